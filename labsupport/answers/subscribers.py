"""`lab.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from labsupport.answers import drawings
from labsupport.formats.nat_log import FIRST, LAST, Criteria, Translation
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import Number, of_nobody
from labsupport.inputs.times import read_span, read_zoned
from labsupport.kinds import Kind
from labsupport.language import Language, limits, mark, tell
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Result, Table, quoted, span, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

T = TypeVar("T")

CORALIA = timezone(timedelta(hours=-3))
FEW = 5
KINDS_OF_LINE = (
    *(mark("prepaid phone"), mark("contract phone"), mark("family plan"), mark("home router")),
    *(mark("corner shop"), mark("delivery company"), mark("school"), mark("clinic")),
    *(mark("café"), mark("hotel")),
)


class Step(NamedTuple):
    """How many subscribers are left once a criterion counts: its name, its value, the number."""

    criterion: str
    value: str
    left: int


@dataclass(eq=False, repr=False, kw_only=True)
class Subscribers(Result):
    """Who of a log fits what is known of a connection.

    Attributes: `criteria`; `steps`, criterion by criterion; `lines`, the lines of the log that fit
    them all, by subscriber.
    """

    criteria: Criteria
    steps: list[Step]
    lines: dict[str, list[Translation]]

    @property
    def sentence(self) -> str:
        say, count = self.say, len(self.lines)
        names = ", ".join(f"{name} ({say(rows[0].line)})" for name, rows in self.lines.items())
        key = ("none", "one", *["few"] * (FEW - 1))[count] if count <= FEW else "many"
        return tell(say, f"subscribers.{key}", names=names, count=count)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("How many subscribers are left, criterion by criterion"),
            (say("criterion"), say("value"), say("subscribers left")),
            tuple((step.criterion, step.value, step.left) for step in self.steps),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        if not self.lines:
            return limits(self.say, "subscribers.nothing")
        keys = ("contract", "clocks", "other_logs")
        return limits(self.say, *(f"subscribers.{key}" for key in keys))

    def figure(self) -> Figure:
        say, steps = self.say, self.steps
        told = "; ".join(f"{step.criterion}, {step.value}: {step.left}" for step in steps)
        alt = say("Bars of how many subscribers are left: {steps}.", steps=told)

        def draw(axes: Axes) -> None:
            labels = [f"{step.criterion}\n{step.value}" for step in steps]
            drawings.bars(axes, labels, [step.left for step in steps])
            axes.set_xlabel(say("subscribers left"))

        title = say("How many subscribers are left")
        return Figure(title, alt, self.tabulated(), draw, say, (8.0, 0.6 * len(steps) + 1.2))


def _described(rows: Sequence[Translation], say: Language) -> str:
    """Say what the log has of one subscriber."""
    since, until = min(row.start for row in rows), max(row.end for row in rows)
    return tell(
        say,
        "subscribers.described",
        subscriber=rows[0].subscriber,
        line=say(rows[0].line),
        inside=", ".join(dict.fromkeys(row.inside for row in rows)),
        count=len(rows),
        since=_clock(since, UTC),
        until=_clock(until, UTC),
        local_since=_clock(since, CORALIA),
        local_until=_clock(until, CORALIA),
    )


def _clock(time: float, zone: timezone) -> str:
    return datetime.fromtimestamp(time, zone).strftime("%H:%M:%S")


def subscribers(
    rows: Sequence[Translation],
    session: Session,
    address: object,
    time: object = "",
    port: object = "",
    destination: object = "",
    tolerance: object = "",
    destination_port: object = "",
    protocol: object = "",
) -> Result:
    """Search `rows`, a provider's log, for who fits what was typed.

    `address` is the public address a server saw; `time` has a time zone; `port` is the source
    port; `destination` the server's address; `tolerance` how far the clocks may be apart;
    `destination_port` the server's port; `protocol` "tcp" or "udp". All but the first may be
    left out (""). Raises NotUnderstood for what cannot be read.
    """
    say = session.say

    def read(reader: Callable[[object, Language], T], typed: object) -> T | None:
        return None if typed == "" else reader(typed, say)

    moment, notes = (None, ()) if time == "" else _read_time(time, say)
    advice = tell(say, "subscribers.type_public")
    public = _read_address(address, say, advice)
    if problem := of_nobody(Number(ip_address(public), public), say):
        raise NotUnderstood(f"{problem} {advice}")
    known = Criteria(
        public,
        moment,
        read(read_source_port, port),
        read(_read_destination, destination),
        read(read_destination_port, destination_port),
        read(read_protocol, protocol),
        read(read_span, tolerance) or 0,
    )
    if known.tolerance and moment is None:
        raise NotUnderstood(tell(say, "subscribers.tolerance"))
    if outside := _not_covered(rows, session, known):
        return Explanation(say, Kind.NOT_COVERED, outside, notes, session.provenance(""))
    apart = known.tolerance
    if moment is not None and not FIRST + apart <= moment < LAST + 1 - apart:
        notes += (tell(say, "subscribers.partly_outside"),)
    log = f"{utc(FIRST).removesuffix(' UTC')} – {_clock(LAST, UTC)} UTC"
    everybody = len({row.subscriber for row in rows})
    steps = [Step(say("everybody in the log"), log, everybody)]
    for criterion, value, so_far in _one_by_one(known, say):
        left = {row.subscriber for row in rows if so_far.fit(row)}
        steps.append(Step(criterion, value, len(left)))
    lines: dict[str, list[Translation]] = {}
    for row in filter(known.fit, rows):
        lines.setdefault(row.subscriber, []).append(row)
    if len(lines) <= FEW:
        notes += tuple(_described(some, say) for some in lines.values())
    # That nothing fits is no proof of absence: no badge says so.
    kind = Kind.FOUND if lines else None
    now = session.provenance("")
    return Subscribers(say, kind, now, notes, criteria=known, steps=steps, lines=lines)


def _one_by_one(known: Criteria, say: Language) -> Iterator[tuple[str, str, Criteria]]:
    """Yield the criteria as they are added: the name and value of each, and all up to it."""
    so_far = Criteria(known.address, tolerance=known.tolerance)
    yield say("address"), known.address, so_far
    moment = ""
    if known.time is not None:
        moment = tell(
            say, "subscribers.coralia", time=utc(known.time), local=_clock(known.time, CORALIA)
        )
        if known.tolerance:
            moment += f", ± {span(say, known.tolerance)}"
    for part, criterion, value in (
        ("time", say("time"), moment),
        ("port", say("source port"), str(known.port)),
        ("destination", say("destination"), str(known.destination)),
        ("destination_port", say("destination port"), str(known.destination_port)),
        ("protocol", say("protocol"), str(known.protocol).upper()),
    ):
        if (given := getattr(known, part)) is not None:
            so_far = replace(so_far, **{part: given})
            yield criterion, value, so_far


def _not_covered(rows: Sequence[Translation], session: Session, known: Criteria) -> str:
    """Say why this log cannot know: another network, address or time. "" if it can."""
    holder, here = session.holder(known.address), session.holder(rows[0].public_address)
    shared = sorted({row.public_address for row in rows})
    why = ""
    if not holder:
        why = "not_of_the_lab"
    elif holder != here:
        why = "other_network"
    elif known.address not in shared:
        why = "not_shared"
    elif known.time is not None and not FIRST <= known.time < LAST + 1:
        why = "other_time"
    return why and tell(
        session.say,
        f"subscribers.{why}",
        address=known.address,
        network=holder,
        here=here,
        shared=", ".join(shared),
        time=utc(known.time or 0),
        first=utc(FIRST),
        last=utc(LAST),
    )


def _read_destination(text: object, say: Language) -> str:
    return _read_address(text, say, tell(say, "subscribers.type_destination"))


def _read_address(text: object, say: Language, advice: str) -> str:
    """Return an IPv4 address; raise NotUnderstood, with advice, for what is none."""
    try:
        address = ip_address(text.strip() if isinstance(text, str) else "")
    except ValueError:
        problem = say("{what} is no address.", what=quoted(text))
        raise NotUnderstood(f"{problem} {advice}") from None
    if isinstance(address, IPv6Address):
        raise NotUnderstood(tell(say, "subscribers.ipv6", address=address))
    return str(address)


def _read_port(key: str, text: object, say: Language) -> int:
    digits = "" if isinstance(text, bool) else str(text).strip()
    number = int(digits) if re.fullmatch("[0-9]{1,5}", digits) else 0
    if not 1 <= number <= 65535:
        raise NotUnderstood(tell(say, key, what=quoted(text)))
    return number


read_source_port = partial(_read_port, "subscribers.source_port")
read_destination_port = partial(_read_port, "subscribers.destination_port")


def read_protocol(text: object, say: Language) -> str:
    """Return "tcp" or "udp"; raise NotUnderstood for anything else."""
    protocol = text.strip().lower() if isinstance(text, str) else ""
    if protocol not in ("tcp", "udp"):
        raise NotUnderstood(tell(say, "subscribers.protocol", what=quoted(text)))
    return protocol


def _read_time(text: object, say: Language) -> tuple[float, tuple[str, ...]]:
    """Return seconds since 1970, and remarks; raise NotUnderstood for what is no time."""
    moment = read_zoned(text, say)
    assert moment.time is not None
    notes: tuple[str, ...] = ()
    if moment.without_seconds:
        notes = (tell(say, "subscribers.no_seconds", time=f"{moment.local:%H:%M:%S}"),)
    if moment.fraction:
        notes = (tell(say, "subscribers.fraction"),)
    return moment.time, notes
