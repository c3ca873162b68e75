"""What the course and the doctor use of a lab that they are handed: `labsupport.lab` has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from labsupport.language import Language
from labsupport.results import Result

if TYPE_CHECKING:  # a form is shown without what reads evidence
    from labsupport.evidence.record import Evidence


class Lab(Protocol):
    """A lab that can be asked these questions. Each is explained where it is answered."""

    say: Language

    @property
    def evidence(self) -> Evidence:
        """The record of what was asked."""

    def ask(self, name: object = None, type: object = "A") -> Any:
        """Ask a resolver."""

    def trace(self, name: object = None, type: object = "A") -> Any:
        """Walk from the root to the answer."""

    def dnssec(self, name: object = "", type: object = "A") -> Result:
        """Check the chain of trust."""

    def memory(self, name: object = "", type: object = "A") -> Result:
        """Tell how long an answer is remembered."""

    def wait(self, span_of_time: object = None, *, name: object = "") -> Any:
        """Move the clock."""

    def review(self, order: object = None) -> Any:
        """Say what to look at in an order."""

    def impact(self, order: object = "") -> Result:
        """Say which sites go dark under an order."""

    @property
    def _now(self) -> float:
        """The lab's time in seconds since 1970-01-01 00:00 UTC."""

    def _staged(
        self,
        seconds: float = 0.0,
        orders: Sequence[tuple[object, float]] = (),
        gone: Sequence[str] = (),
    ) -> Lab:
        """Return the undisturbed lab after so many seconds, with orders in force."""
