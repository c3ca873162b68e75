"""`lab.investigate.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from labsupport.formats.nat_log import FIRST, LAST, Criteria, Translation
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered
from labsupport.lookups.session import Session

PARTS = ("address", "time", "port", "destination", "destination_port", "protocol")
ZONE = "zone"


class NarrowingStep(NamedTuple):
    """How many subscribers are `left` once a `part` of the criteria counts; "everybody" before."""

    part: str
    left: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Subscribers(Lookup):
    """Who of a log fits what is known of a connection.

    Attributes: `criteria`; `parts` of them that were given, and last "zone", where the log also
    covers the moment that somebody who leaves out the time's zone makes of it; `left`, the
    subscribers who fit each combination of these: in the one of number n, part i counts where bit
    i of n is 1; `kinds` of line of all subscribers in the log; `lines` of the log that fit all that
    was given, by subscriber.
    """

    criteria: Criteria
    parts: tuple[str, ...]
    left: tuple[frozenset[str], ...]
    kinds: dict[str, str]
    lines: dict[str, list[Translation]]

    @property
    def given(self) -> int:
        """The number of the combination of all that was given."""
        return (1 << sum(part != ZONE for part in self.parts)) - 1

    @property
    def steps(self) -> list[NarrowingStep]:
        """How few are left, criterion by criterion."""
        parts = ("everybody", *self.parts)[: self.given.bit_length() + 1]
        return [NarrowingStep(one, len(self.left[2**n - 1])) for n, one in enumerate(parts)]

    @property
    def partly_outside(self) -> bool:
        """Whether a part of the time that was asked about is outside the log."""
        time, apart = self.criteria.time, self.criteria.tolerance
        return time is not None and not FIRST + apart <= time < LAST + 1 - apart


def subscribers(
    rows: Sequence[Translation], session: Session, known: Criteria, notes: tuple[str, ...] = ()
) -> Subscribers | Unanswered:
    """Search `rows`, a provider's log, for who fits what is known of a connection.

    Returns Unanswered where the log cannot know: of another network, address or time.
    """
    if unknown := _not_covered(rows, session, known, notes):
        return unknown
    parts, left = _combinations(rows, known)
    lines: dict[str, list[Translation]] = {}
    for row in filter(known.fit, rows):
        lines.setdefault(row.subscriber, []).append(row)
    return Subscribers(
        # That nothing fits is no proof of absence: no badge says so.
        kind=Kind.FOUND if lines else None,
        provenance=session.provenance(""),
        notes=notes,
        criteria=known,
        parts=parts,
        left=left,
        kinds={row.subscriber: row.line for row in rows},
        lines=lines,
    )


def _combinations(
    rows: Sequence[Translation], known: Criteria
) -> tuple[tuple[str, ...], tuple[frozenset[str], ...]]:
    """Return the parts of what is known, and who is left by each combination of them."""
    parts = [part for part in PARTS if getattr(known, part) is not None]
    read, zone = [known], 0
    if known.time is not None and known.zone and FIRST <= known.time + known.zone < LAST + 1:
        zone = 2 ** len(parts)
        read.append(replace(known, time=known.time + known.zone))
    # What fits a line of the log, as a number: a bit for each part, and one for the wrong zone.
    fits: dict[str, set[int]] = {row.subscriber: set() for row in rows}
    for row in rows:
        for wrong, criteria in enumerate(read):
            each = criteria.each(row)
            bits = sum(2**place for place, part in enumerate(parts) if each[part])
            fits[row.subscriber].add(bits + wrong * zone)

    def who(number: int) -> frozenset[str]:
        asked = number | zone
        return frozenset(n for n, found in fits.items() if any(f & asked == number for f in found))

    left = tuple(map(who, range(2 ** len(parts) * len(read))))
    return (*parts, ZONE) if zone else tuple(parts), left


def _not_covered(
    rows: Sequence[Translation], session: Session, known: Criteria, notes: tuple[str, ...]
) -> Unanswered | None:
    """Say why this log cannot know: another network, address or time. None if it can."""
    holder, here = session.holder(known.address), session.holder(rows[0].public_address)
    shared = sorted({row.public_address for row in rows})
    if not holder:
        reason = "subscribers.not_of_the_lab"
    elif holder != here:
        reason = "subscribers.other_network"
    elif known.address not in shared:
        reason = "subscribers.not_shared"
    elif known.time is not None and not FIRST <= known.time < LAST + 1:
        reason = "subscribers.other_time"
    else:
        return None
    moments = {"time": known.time or 0, "first": FIRST, "last": LAST}
    values: dict[str, Any] = {
        "address": known.address,
        "network": holder,
        "here": here,
        "shared": ", ".join(shared),
        **{name: datetime.fromtimestamp(moment, UTC) for name, moment in moments.items()},
    }
    return NoAnswer(Kind.NOT_COVERED, reason, **values).unanswered(session, notes)
