"""What a lab offers to those who are handed one: the teaching, and the doctor.

They never import the lab itself. So the lab can hold them, and a test can hand them
something smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from labsupport.language import Language
from labsupport.results import Result


class Lab(Protocol):
    """The questions of `labsupport.lab.Lab` that teaching asks; that class documents them."""

    say: Language

    @property
    def now(self) -> float: ...

    def ask(self, name: object = "", type: object = "A") -> Result: ...

    def trace(self, name: object = "", type: object = "A") -> Result: ...

    def dnssec(self, name: object = "", type: object = "A") -> Result: ...

    def memory(self, name: object = "", type: object = "A") -> Result: ...

    @property
    def evidence(self) -> Any: ...

    def staged(
        self,
        seconds: float = 0.0,
        orders: Sequence[tuple[object, float]] = (),
        gone: Sequence[str] = (),
    ) -> Lab: ...

    def wait(self, span_of_time: object = "") -> Result: ...

    def review(self, order: object = "") -> Result: ...

    def impact(self, order: object = "") -> Result: ...

    def evasion(
        self,
        public_resolver: object = "",
        vpn: object = "",
        hidden_name: object = "",
        new_name: object = "",
        new_address: object = "",
    ) -> Result: ...
