"""`lab.investigate.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

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
        steps = []
        for count, part in enumerate(parts):
            first_parts = 2**count - 1
            steps.append(NarrowingStep(part, len(self.left[first_parts])))
        return steps

    @property
    def partly_outside(self) -> bool:
        """Whether a part of the time that was asked about is outside the log."""
        time = self.criteria.time
        apart = self.criteria.tolerance
        return time is not None and not FIRST + apart <= time < LAST + 1 - apart


def subscribers(
    rows: Sequence[Translation],
    session: Session,
    criteria: Criteria,
    notes: tuple[str, ...] = (),
) -> Subscribers | Unanswered:
    """Search `rows`, a provider's log, for who fits what is known of a connection.

    Returns Unanswered where the log cannot know: of another network, address or time.
    """
    if unknown := _not_covered(rows, session, criteria, notes):
        return unknown
    parts, left = _combinations(rows, criteria)
    lines: dict[str, list[Translation]] = {}
    for row in filter(criteria.fit, rows):
        lines.setdefault(row.subscriber, []).append(row)
    return Subscribers(
        # That nothing fits is no proof of absence: no badge says so.
        kind=Kind.FOUND if lines else None,
        provenance=session.provenance(""),
        notes=notes,
        criteria=criteria,
        parts=parts,
        left=left,
        kinds={row.subscriber: row.line for row in rows},
        lines=lines,
    )


def _combinations(
    rows: Sequence[Translation], criteria: Criteria
) -> tuple[tuple[str, ...], tuple[frozenset[str], ...]]:
    """Return the parts of what is known, and who is left by each combination of them."""
    parts = tuple(part for part in PARTS if getattr(criteria, part) is not None)
    left = _by_combination(rows, criteria, parts)
    if (
        criteria.time is None
        or not criteria.zone
        or not FIRST <= criteria.time + criteria.zone < LAST + 1
    ):
        return parts, left
    misread = replace(criteria, time=criteria.time + criteria.zone)
    return (*parts, ZONE), left + _by_combination(rows, misread, parts)


def _by_combination(
    rows: Sequence[Translation], criteria: Criteria, parts: Sequence[str]
) -> tuple[frozenset[str], ...]:
    """Return who is left by each combination of these parts of what is known."""
    # Whom the log names where exactly these parts fit, as a number: a bit for each part.
    by_fit: dict[int, set[str]] = {}
    for row in rows:
        fits = criteria.each(row)
        number = sum(1 << bit for bit, part in enumerate(parts) if fits[part])
        by_fit.setdefault(number, set()).add(row.subscriber)
    left = []
    for asked in range(1 << len(parts)):
        who: set[str] = set()
        for number, named in by_fit.items():
            if number & asked == asked:
                who |= named
        left.append(frozenset(who))
    return tuple(left)


def _not_covered(
    rows: Sequence[Translation],
    session: Session,
    criteria: Criteria,
    notes: tuple[str, ...],
) -> Unanswered | None:
    """Say why this log cannot know: another network, address or time. None if it can."""
    holder = session.holder(criteria.address)
    own_network = session.holder(rows[0].public_address)
    shared = sorted({row.public_address for row in rows})
    if not holder:
        reason = "subscribers.not_of_the_lab"
    elif holder != own_network:
        reason = "subscribers.other_network"
    elif criteria.address not in shared:
        reason = "subscribers.not_shared"
    elif criteria.time is not None and not FIRST <= criteria.time < LAST + 1:
        reason = "subscribers.other_time"
    else:
        return None
    why = NoAnswer(
        Kind.NOT_COVERED,
        reason,
        address=criteria.address,
        network=holder,
        here=own_network,
        shared=", ".join(shared),
        time=datetime.fromtimestamp(criteria.time or 0, UTC),
        first=datetime.fromtimestamp(FIRST, UTC),
        last=datetime.fromtimestamp(LAST, UTC),
    )
    return why.unanswered(session, notes)
