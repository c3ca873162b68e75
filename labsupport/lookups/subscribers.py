"""`lab.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from labsupport.language import Language, mark
from labsupport.lookups import drawings
from labsupport.lookups.moments import read_zoned
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.numbers import Number, of_nobody
from labsupport.lookups.session import Session
from labsupport.lookups.spans import read_span
from labsupport.results import (
    Explanation,
    Figure,
    Kind,
    NoFigure,
    Result,
    Table,
    quoted,
    span,
    utc,
)
from labsupport.translations import FIRST, LAST, Criteria, Translation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORALIA = timezone(timedelta(hours=-3))
FEW = 5

KINDS_OF_LINE = (
    mark("prepaid phone"),
    mark("contract phone"),
    mark("family plan"),
    mark("home router"),
    mark("corner shop"),
    mark("delivery company"),
    mark("school"),
    mark("clinic"),
    mark("café"),
    mark("hotel"),
)

PROTOCOLS = ("tcp", "udp")


@dataclass(frozen=True, slots=True)
class Step:
    """How many subscribers are left once a criterion counts: its name, its value, the number."""

    criterion: str
    value: str
    left: int


class Subscribers(Result):
    """Who of a log fits what is known of a connection.

    Attributes: `steps`, criterion by criterion; `lines`, the lines of the log that fit them
    all, by subscriber.
    """

    def __init__(
        self,
        session: Session,
        criteria: Criteria,
        steps: tuple[Step, ...],
        fitting: Sequence[Translation],
        notes: tuple[str, ...],
    ) -> None:
        self.criteria = criteria
        self.steps = steps
        self.lines: dict[str, list[Translation]] = {}
        for row in fitting:
            self.lines.setdefault(row.subscriber, []).append(row)
        say = session.say
        if len(self.lines) <= FEW:
            notes += tuple(_described(rows, say) for rows in self.lines.values())
        # That nothing fits is no proof of absence: no badge says so.
        kind = Kind.FOUND if self.lines else None
        super().__init__(say, kind, session.provenance(""), notes)

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.lines:
            return say("Nothing in this log fits what you gave.")
        if len(self.lines) == 1:
            ((subscriber, rows),) = self.lines.items()
            return say(
                "One subscriber is left: {subscriber} ({line}). That is a contract, not yet a "
                "person.",
                subscriber=subscriber,
                line=say(rows[0].line),
            )
        if len(self.lines) <= FEW:
            return say(
                "{count} subscribers are left: {names}. What you gave does not tell which.",
                count=len(self.lines),
                names=", ".join(
                    f"{subscriber} ({say(rows[0].line)})" for subscriber, rows in self.lines.items()
                ),
            )
        return say(
            "{count} subscribers are left. Nobody can be named yet: more must be known.",
            count=len(self.lines),
        )

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("How many subscribers are left, criterion by criterion"),
            (say("criterion"), say("value"), say("subscribers left")),
            tuple((step.criterion, step.value, step.left) for step in self.steps),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        contract = say("A subscriber is a contract, not a person: others may use it as well.")
        clocks = say(
            "It holds if both clocks are right, the server's and the provider's, and the time "
            "zone is."
        )
        if not self.lines:
            return (
                say(
                    "That nothing fits does not prove that nobody did it: a clock or the time "
                    "zone may be wrong, or the log not complete."
                ),
            )
        return (
            contract,
            clocks,
            say(
                "Other logs may know less. Some servers do not note the source port (RFC 6302, "
                "June 2011, asks for it). Some providers do not note the destinations (RFC 6888, "
                "April 2013, advises against it), or note only a block of ports for each "
                "subscriber (RFC 7422, December 2014)."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        say = self.say
        alt = say(
            "Bars of how many subscribers are left: {steps}.",
            steps="; ".join(f"{step.criterion}, {step.value}: {step.left}" for step in self.steps),
        )

        def draw(axes: Axes) -> None:
            _bars(axes, say, self.steps)

        title = say("How many subscribers are left")
        return Figure(
            title, alt, self.tabulated(), draw, say, size=(8.0, 0.6 * len(self.steps) + 1.2)
        )


def _described(rows: Sequence[Translation], say: Language) -> str:
    """Say what the log has of one subscriber."""
    since, until = min(row.start for row in rows), max(row.end for row in rows)
    return say.many(
        "{subscriber}: {line}, inside address {inside}, {count} connection from {since} to {until} "
        "UTC (in Coralia {local_since} to {local_until}).",
        "{subscriber}: {line}, inside address {inside}, {count} connections between {since} and "
        "{until} UTC (in Coralia {local_since} and {local_until}).",
        len(rows),
        subscriber=rows[0].subscriber,
        line=say(rows[0].line),
        inside=", ".join(dict.fromkeys(row.inside for row in rows)),
        since=_clock(since, UTC),
        until=_clock(until, UTC),
        local_since=_clock(since, CORALIA),
        local_until=_clock(until, CORALIA),
    )


def _clock(time: float, zone: timezone) -> str:
    return datetime.fromtimestamp(time, zone).strftime("%H:%M:%S")


def _bars(axes: Axes, say: Language, steps: Sequence[Step]) -> None:
    """Draw a bar a step, from the top down, with its number."""
    labels = [f"{step.criterion}\n{step.value}" for step in steps]
    drawings.bars(axes, labels, [step.left for step in steps])
    axes.set_xlabel(say("subscribers left"))


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
    moment, notes = (None, ()) if time == "" else _read_time(time, say)
    known = Criteria(
        _read_public(address, say),
        moment,
        None if port == "" else read_source_port(port, say),
        None if destination == "" else _read_destination(destination, say),
        None if destination_port == "" else read_destination_port(destination_port, say),
        None if protocol == "" else read_protocol(protocol, say),
        0 if tolerance == "" else read_span(tolerance, say),
    )
    if known.tolerance and known.time is None:
        raise NotUnderstood(
            say("A tolerance says how far the clocks may be apart. Give a time as well.")
        )
    outside = _not_covered(rows, session, known)
    if outside:
        return Explanation(say, Kind.NOT_COVERED, outside, notes, session.provenance(""))

    if moment is not None and not (
        moment - known.tolerance >= FIRST and moment + known.tolerance < LAST + 1
    ):
        notes += (say("With this tolerance, part of the time asked about is outside the log."),)
    steps = [
        Step(
            say("everybody in the log"),
            f"{utc(FIRST).removesuffix(' UTC')} – {_clock(LAST, UTC)} UTC",
            len({row.subscriber for row in rows}),
        )
    ]
    so_far = Criteria(known.address)
    for criterion, value, so_far in _one_by_one(known, say):
        left = {row.subscriber for row in rows if so_far.fit(row)}
        steps.append(Step(criterion, value, len(left)))
    fitting = [row for row in rows if known.fit(row)]
    return Subscribers(session, known, tuple(steps), fitting, notes)


def _one_by_one(known: Criteria, say: Language) -> list[tuple[str, str, Criteria]]:
    """Return the criteria as they are added: the name and value of each, and all up to it."""
    so_far = Criteria(known.address)
    steps = [(say("address"), known.address, so_far)]
    if known.time is not None:
        so_far = replace(so_far, time=known.time, tolerance=known.tolerance)
        value = say(
            "{time} ({local} in Coralia)", time=utc(known.time), local=_clock(known.time, CORALIA)
        )
        if known.tolerance:
            value = say("{time}, ± {span}", time=value, span=span(say, known.tolerance))
        steps.append((say("time"), value, so_far))
    if known.port is not None:
        so_far = replace(so_far, port=known.port)
        steps.append((say("source port"), str(known.port), so_far))
    if known.destination is not None:
        so_far = replace(so_far, destination=known.destination)
        steps.append((say("destination"), known.destination, so_far))
    if known.destination_port is not None:
        so_far = replace(so_far, destination_port=known.destination_port)
        steps.append((say("destination port"), str(known.destination_port), so_far))
    if known.protocol is not None:
        so_far = replace(so_far, protocol=known.protocol)
        steps.append((say("protocol"), known.protocol.upper(), so_far))
    return steps


def _not_covered(rows: Sequence[Translation], session: Session, known: Criteria) -> str:
    """Say why this log cannot know: another network, address or time. "" if it can."""
    say = session.say
    holder, here = session.holder(known.address), session.holder(rows[0].public_address)
    if not holder:
        return say(
            "{address} is not an address of the lab Internet. This log says nothing about it.",
            address=known.address,
        )
    if holder != here:
        return say(
            "{address} belongs to {network}. The lab has a log of {here} only. If one "
            "subscriber has this address alone, address and time lead there, with the provider's "
            "record of who had the address when (DHCP, RADIUS). If a server has it, there is no "
            "subscriber behind it: ask its host for the customer.",
            address=known.address,
            network=holder,
            here=here,
        )
    shared = sorted({row.public_address for row in rows})
    if known.address not in shared:
        return say(
            "{address} belongs to {network}, but subscribers do not share it. This log has only "
            "the addresses that they share: {shared}.",
            address=known.address,
            network=holder,
            shared=", ".join(shared),
        )
    if known.time is not None and not FIRST <= known.time < LAST + 1:
        return say(
            "{time} is outside this log: it covers {first} to {last}. Providers keep their logs "
            "for a limited time: check the date and the time zone.",
            time=utc(known.time),
            first=utc(FIRST),
            last=utc(LAST),
        )
    return ""


def _read_public(text: object, say: Language) -> str:
    advice = say('Type the public address that the server saw, like "198.18.128.2".')
    address = _read_address(text, say, advice)
    if problem := of_nobody(Number(ip_address(address), address), say):
        raise NotUnderstood(f"{problem} {advice}")
    return address


def _read_destination(text: object, say: Language) -> str:
    if isinstance(text, str) and re.fullmatch(r"\s*[0-9.]+:[0-9]+(/\w+)?\s*", text):
        raise NotUnderstood(
            say(
                "{what} has an address and a port. Give each its own place, like "
                'destination="192.0.2.80", destination_port=443, protocol="tcp".',
                what=quoted(text),
            )
        )
    return _read_address(
        text,
        say,
        say(
            "The log has addresses, no names. Type the destination's address, like "
            '"198.18.111.11": lab.ask("…") finds that of a name.'
        ),
    )


def _read_address(text: object, say: Language, advice: str) -> str:
    """Return an IPv4 address; raise NotUnderstood, with advice, for what is none."""
    try:
        address = ip_address(text.strip() if isinstance(text, str) else "")
    except ValueError:
        problem = say("{what} is no address.", what=quoted(text))
        raise NotUnderstood(f"{problem} {advice}") from None
    if isinstance(address, IPv6Address):
        raise NotUnderstood(
            say(
                "{address} is an IPv6 address, and this log has none: Móvil Norte has no IPv6. "
                "Where subscribers have IPv6, they need not share an address.",
                address=address,
            )
            + f" {advice}"
        )
    return str(address)


def read_source_port(text: object, say: Language) -> int:
    """Return a port on the subscriber's side; raise NotUnderstood for what is none."""
    number = _read_port(text)
    if number is None:
        raise NotUnderstood(
            say(
                "{what} is no source port. Type its number, from 1 to 65535, like 40212. It is the "
                "port on the subscriber's side, not the service's (443 for a web page).",
                what=quoted(text),
            )
        )
    return number


def read_destination_port(text: object, say: Language) -> int:
    """Return a service's port; raise NotUnderstood for what is none."""
    number = _read_port(text)
    if number is None:
        raise NotUnderstood(
            say(
                "{what} is no destination port. Type its number, from 1 to 65535: 443 for an "
                "encrypted web page, 80 for one that is not, 53 for the DNS.",
                what=quoted(text),
            )
        )
    return number


def read_protocol(text: object, say: Language) -> str:
    """Return "tcp" or "udp"; raise NotUnderstood for anything else."""
    protocol = text.strip().lower() if isinstance(text, str) else ""
    if protocol not in PROTOCOLS:
        raise NotUnderstood(
            say(
                '{what} is no protocol here. Type "tcp" or "udp": web pages come over '
                "both, and the server's log may say which.",
                what=quoted(text),
            )
        )
    return protocol


def _read_port(text: object) -> int | None:
    number = (
        int(text)
        if isinstance(text, int | str)
        and not isinstance(text, bool)
        and re.fullmatch(r"\s*[0-9]{1,5}\s*", str(text))
        else 0
    )
    return number if 1 <= number <= 65535 else None


def _read_time(text: object, say: Language) -> tuple[float, tuple[str, ...]]:
    """Return seconds since 1970, and remarks; raise NotUnderstood for what is no time."""
    moment = read_zoned(text, say)
    assert moment.time is not None
    notes: tuple[str, ...] = ()
    if moment.without_seconds:
        notes = (
            say(
                "The time has no seconds: it was read as {time}. Without seconds, add a tolerance "
                "of at least a minute.",
                time=f"{moment.local:%H:%M:%S}",
            ),
        )
    if moment.fraction:
        notes = (say("The log has whole seconds: fractions of a second change nothing."),)
    return moment.time, notes
