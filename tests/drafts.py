"""How well orders are read: drafts with what is expected of each, and the counting.

The drafts in tests/samples/orders are invented; brief.md there says what the expectations mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.lookups.session import Session
from labsupport.lookups.web import once
from labsupport.orders.context import aware
from labsupport.orders.findings import CHECKS, Severity
from labsupport.orders.order import Order, Target, TargetKind
from labsupport.orders.reading import read_order
from labsupport.orders.review import findings_in, gather

FOLDER = Path(__file__).parent / "samples" / "orders"
# What a text alone tells, without asking anybody. Whether visitors are told is looked at only where
# access providers act and nothing is secret, unlike in the brief: it is left out.
TOLD_BY_THE_TEXT = {
    *(
        "no-target",
        "targets-in-annex",
        "impossible-target",
        "address-in-brackets",
        "huge-range",
    ),
    *(
        "special-address",
        "public-suffix",
        "page-whole-name",
        "out-of-reach",
        "executor-cannot",
    ),
    *(
        "impossible-period",
        "address-block",
        "address-alone",
        "mixed-executors",
        "deletion",
    ),
    *(
        "executor-not-found",
        "technique-not-found",
        "several-techniques",
        "beyond-territory",
    ),
    *(
        "two-ends",
        "no-end",
        "open-list",
        "no-notice",
        "no-contact",
        "starts-in-the-past",
    ),
    *("end-by-event", "no-review", "notice-page-https"),
}
assert {check.code for check in CHECKS} >= TOLD_BY_THE_TEXT
# Further wordings, each with the code of the finding that it is given for.
FURTHER = {
    "page-behind-https": "page-whole-name",
    "subdomains-domain": "subdomains",
    "beyond-territory-resolver": "beyond-territory",
    "beyond-territory-site": "beyond-territory",
    "no-public-reason-network": "no-public-reason",
}
DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
# A day that is stated may be read in the zone of the country.
ZONES = timedelta(hours=6)
Read = list[tuple[dict[str, Any], Order]]


@dataclass
class Count:
    """What was right, and what was not, over some drafts; `wrong` says where."""

    drafts: int = 0
    exact: int = 0
    targets: int = 0
    missing: int = 0
    invented: int = 0
    exceptions: int = 0
    exceptions_found: int = 0
    exceptions_invented: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    fields_right: Counter[str] = field(default_factory=Counter)
    expected: int = 0
    found: int = 0
    said: int = 0
    false: int = 0
    good: int = 0
    good_called_serious: int = 0
    wrong: list[str] = field(default_factory=list)


def read(*names: str) -> Read:
    """Return the drafts in these files, each with the order that is read from it."""
    drafts = [
        one for name in names for one in yaml.safe_load((FOLDER / name).read_text())
    ]
    return [(one, read_order(one["text"])) for one in drafts]


def count(lab: Lab, some: Read) -> Count:
    """Review drafts in a lab that is asked for nothing twice, and count."""
    counted, session = (
        Count(),
        once(context_of(lab).trial.session(context_of(lab).trial.seats[0])),
    )
    for draft, order in some:
        _count(session, draft, order, counted)
    return counted


def _count(
    session: Session, draft: dict[str, Any], order: Order, counted: Count
) -> None:
    counted.drafts += 1
    wanted = {_plain(str(one)) for one in draft.get("targets") or []}
    got = {_plain(_written(one)) for one in order.targets}
    bare_wanted, bare_got = ({_bare(one) for one in some} for some in (wanted, got))
    counted.targets += len(wanted)
    counted.exact += wanted == got
    counted.missing += len(bare_wanted - bare_got)
    counted.invented += len(bare_got - bare_wanted)
    wrong = sorted(f"-{one}" for one in wanted - got) + sorted(
        f"+{one}" for one in got - wanted
    )
    spared = {_bare(str(one)) for one in draft.get("exceptions") or []}
    read = {_bare(one.value) for one in order.exceptions}
    counted.exceptions += len(spared)
    counted.exceptions_found += len(spared & read)
    counted.exceptions_invented += len(read - spared)
    wrong += [f"exception missing {one}" for one in sorted(spared - read)]
    wrong += [f"exception invented {one}" for one in sorted(read - spared)]
    for name, expected in (draft.get("fields") or {}).items():
        counted.fields[name] += 1
        right = _is_right(name, expected, order)
        counted.fields_right[name] += right
        if not right:
            wrong.append(f"{name}: {expected!r}, not {getattr(order, name, None)!r}")
    day = datetime.combine(draft["reviewed_on"], time(12), UTC)
    facts, exceptions = (
        gather(session, order.targets),
        gather(session, order.exceptions),
    )
    findings = list(findings_in(order, facts, exceptions, day))
    said = {one.code for one in findings} & TOLD_BY_THE_TEXT
    expected = set(draft.get("findings") or ()) & TOLD_BY_THE_TEXT
    counted.expected += len(expected)
    counted.found += len(expected & said)
    counted.said += len(said)
    counted.false += len(said - expected)
    serious = {one.code for one in findings if one.severity is Severity.SERIOUS}
    counted.good += bool(draft.get("good"))
    counted.good_called_serious += bool(
        draft.get("good") and serious & TOLD_BY_THE_TEXT
    )
    wrong += [f"missed {code}" for code in sorted(expected - said)]
    wrong += [f"false {code}" for code in sorted(said - expected)]
    counted.wrong += [f"{draft['id']} {text}" for text in wrong]


def _written(target: Target) -> str:
    below = target.subtree and target.kind is not TargetKind.SUFFIX
    return f"*.{target.value}" if below else target.value


def _plain(written: str) -> str:
    """A target as it is compared; an ending under which others register counts with all below."""
    plain = written.rstrip("/").lower()
    bare = plain.removeprefix("*.")
    return bare if re.fullmatch(r"(?:com|org|net|gob|gov)\.[a-z]{2}", bare) else plain


def _bare(written: str) -> str:
    return _plain(written).removeprefix("*.")


def _is_right(name: str, expected: Any, order: Order) -> bool:
    found = getattr(order, name, None)
    if name == "technique":
        several = isinstance(expected, list)
        return (
            found is None if several else found is not None and found.value in expected
        )
    if name == "executors":
        called = [_folded(one) for one in order.executors]
        return all(
            any(_alike(_folded(one), other) for other in called) for one in expected
        )
    if name == "territory":
        return bool(found) and _alike(_folded(expected), _folded(found))
    if name in ("start", "end"):
        moment = aware(order.ends if name == "end" else order.start)
        wanted = datetime.fromisoformat(str(expected))
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
        return moment is not None and abs(moment - wanted) <= ZONES
    if name == "lasts":
        number, unit = re.fullmatch(r"(\d+) (\w+?)s?", str(expected)).groups()  # type: ignore[union-attr]
        if order.lasts is None:
            return order.start is not None and order.end is not None
        days = int(number) * DAYS[unit]
        return abs(order.lasts / timedelta(days=1) - days) <= 0.03 * days
    if name == "notice":
        return order.notice.value == expected
    if name == "contacts":
        called = [_folded(one) for one in order.contacts]
        return any(_alike(_folded(one), other) for one in expected for other in called)
    return bool(found) == bool(expected)


def _alike(one: str, other: str) -> bool:
    return one in other or (len(other) > 3 and other in one)


def _folded(text: object) -> str:
    """A text as it is compared, without the article it begins with."""
    plain = (
        unicodedata.normalize("NFKD", str(text))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    words = re.sub(r"[^a-z0-9]+", " ", plain).strip()
    return re.sub(r"\A(?:(?:all|the|el|la|los|las|o|a|os|as) )+(?=\w{3})", "", words)
