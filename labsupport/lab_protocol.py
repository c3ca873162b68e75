"""What the course and the doctor use of a lab that they are handed: `labsupport.lab` has one.

What stands behind a lab is its context: `context_of` returns it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from labsupport.language import Language
from labsupport.results import Explanation, Statement

if TYPE_CHECKING:  # a form is shown without what reads evidence
    from labsupport.answers.ask import AnswerPage
    from labsupport.answers.dnssec import TrustChainPage
    from labsupport.answers.evidence_record import Evidence
    from labsupport.answers.memory import MemoryPage
    from labsupport.answers.trace import TracePage
    from labsupport.orders.impact import Impact
    from labsupport.orders.order import Order
    from labsupport.orders.review import Review

C_co = TypeVar("C_co", covariant=True)


class HasContext(Protocol[C_co]):
    """A lab, or one of its rooms."""

    @property
    def _context(self) -> C_co: ...


def context_of(lab: HasContext[C_co]) -> C_co:
    """Return what stands behind a lab, or behind one of its rooms."""
    return lab._context


class Context(Protocol):
    """What stands behind a lab: see labsupport.lab_context."""

    say: Language
    confirmed: Order | None

    @property
    def now(self) -> float:
        """The lab's time in seconds since 1970-01-01 00:00 UTC."""

    @property
    def record(self) -> Evidence:
        """The record of what was asked."""

    def staged(
        self,
        seconds: float = 0.0,
        orders: Sequence[tuple[object, float]] = (),
        gone: Sequence[str] = (),
    ) -> Any:
        """Return the undisturbed lab after so many seconds, with orders in force."""


class Investigate(Protocol):
    """The room to look closer."""

    def memory(self, name: object = "", type: object = "A") -> MemoryPage | Explanation:
        """Tell how long an answer is remembered."""


class Orders(Protocol):
    """The room of orders."""

    def review(self, order: object) -> Review | Explanation:
        """Say what to look at in an order."""

    def impact(self, order: object = "") -> Impact | Explanation:
        """Say which sites go dark under an order."""


class Lab(Protocol):
    """A lab that can be asked these questions. Each is explained where it is answered."""

    @property
    def _context(self) -> Context: ...

    @property
    def investigate(self) -> Investigate:
        """The room to look closer."""

    @property
    def orders(self) -> Orders:
        """The room of orders."""

    def ask(self, name: object, type: object = "A") -> AnswerPage | Explanation:
        """Ask a resolver."""

    def trace(self, name: object, type: object = "A") -> TracePage | Explanation:
        """Walk from the root to the answer."""

    def dnssec(
        self, name: object = "", type: object = "A"
    ) -> TrustChainPage | Explanation:
        """Check the chain of trust."""

    def wait(self, span_of_time: object) -> Statement | Explanation:
        """Move the clock."""
