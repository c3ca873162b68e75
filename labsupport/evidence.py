"""The log of everything that was asked, and what came back."""

from __future__ import annotations

from dataclasses import dataclass, field

from labsupport.exchange import Outcome, Request


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange: in which lab, when (seconds since 1970, UTC), what was asked, what came."""

    lab: str
    time: float
    request: Request
    outcome: Outcome


@dataclass(slots=True)
class Log:
    """Lines in the order in which they were asked.

    >>> len(Log())
    0
    """

    lines: list[Line] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)
