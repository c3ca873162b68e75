"""The log of exchanges: what was asked through a network, and what came back.

The network that writes it down and the questions that look into it know no more of it than this;
what is kept on a disk, and in which form, is evidence (labsupport.evidence).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from labsupport.exchange import Outcome, Request

LAB_CLOCK = "the lab's own clock: it stands still until somebody moves it"
LIVE_CLOCK = "the clock of the computer that asked"
# Which Internet answered an exchange.
ORIGINS = LAB, LIVE, OF_LIVE, OF_LAB = (
    "lab",
    "live",
    "recording",
    "recording of the lab",
)
INVENTED = (LAB, OF_LAB)


class Line(NamedTuple):
    """One exchange: in which lab, when (seconds since 1970, UTC), what was asked, what came.

    `question` is what the person asked that led to it, as a call; "" where that is not known.
    `origin` is one of ORIGINS.
    """

    lab: str
    time: float
    request: Request
    outcome: Outcome
    question: str = ""
    origin: str = LAB


class Log(Protocol):
    """Exchanges in the order in which they were asked."""

    @property
    def lines(self) -> Sequence[Line]:
        """The exchanges so far."""

    def append(
        self,
        lab: str,
        time: float,
        request: Request,
        outcome: Outcome,
        origin: str = LAB,
    ) -> None:
        """Add an exchange, which happened in `lab` at `time`."""
