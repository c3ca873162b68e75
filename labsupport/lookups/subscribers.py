"""`lab.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from labsupport.formats.nat_log import FIRST, LAST, Criteria, Translation
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.lookups.session import Session


class NarrowingStep(NamedTuple):
    """How many subscribers are `left` once a `part` of the criteria counts; "everybody" before."""

    part: str
    left: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Subscribers(Lookup):
    """Who of a log fits what is known of a connection.

    Attributes: `criteria`; `steps`, criterion by criterion; `lines`, the lines of the log that fit
    them all, by subscriber.
    """

    criteria: Criteria
    steps: list[NarrowingStep]
    lines: dict[str, list[Translation]]

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
    so_far = Criteria(known.address, tolerance=known.tolerance)
    steps = [NarrowingStep("everybody", len({row.subscriber for row in rows}))]
    for part in ("address", "time", "port", "destination", "destination_port", "protocol"):
        if (given := getattr(known, part)) is not None:
            so_far = replace(so_far, **{part: given})
            steps.append(
                NarrowingStep(part, len({row.subscriber for row in rows if so_far.fit(row)}))
            )
    lines: dict[str, list[Translation]] = {}
    for row in filter(known.fit, rows):
        lines.setdefault(row.subscriber, []).append(row)
    return Subscribers(
        # That nothing fits is no proof of absence: no badge says so.
        kind=Kind.FOUND if lines else None,
        provenance=session.provenance(""),
        notes=notes,
        criteria=known,
        steps=steps,
        lines=lines,
    )


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
    values = {
        "address": known.address,
        "network": holder,
        "here": here,
        "shared": ", ".join(shared),
        **{name: datetime.fromtimestamp(moment, UTC) for name, moment in moments.items()},
    }
    return Unanswered(
        kind=Kind.NOT_COVERED,
        provenance=session.provenance(""),
        notes=notes,
        reason=reason,
        values=values,
    )
