"""What one or more clauses of a text say of one measure, before it is put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labsupport.orders.executors import ExecutorKind, kinds_in
from labsupport.orders.order import Act, Cell, Span, Target
from labsupport.orders.reading.acts import Clause
from labsupport.orders.reading.addressees import Addressee
from labsupport.orders.reading.addresses import AddressMeaning
from labsupport.orders.techniques import Technique

Question = tuple[Cell, tuple[str, ...]]
"""A cell that is not sure, and what it may hold."""


@dataclass(eq=False)
class MeasurePart:
    """What one or more clauses say of a measure, and what of it is to be `asked`."""

    act: Act | None  # of a command that is not understood there is none
    clauses: list[Clause]
    targets: list[Target] = field(default_factory=list)
    exceptions: list[Target] = field(default_factory=list)
    techniques: list[tuple[Technique, Span]] = field(default_factory=list)
    executors: list[tuple[str, Span]] = field(default_factory=list)
    addresses: list[tuple[AddressMeaning, Span]] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    terms: dict[str, list[tuple[Any, Span]]] = field(default_factory=dict)
    unsure: list[tuple[Cell, Span]] = field(
        default_factory=list
    )  # times not understood
    named: list[tuple[str, Addressee]] = field(default_factory=list)  # by grammar
    goes_on: bool = False  # with what those of the clause before it are to do
    unread: bool = False  # somebody is to act whose name was not understood

    @property
    def ways(self) -> set[Technique]:
        """The ways of blocking that are named."""
        return {technique for technique, _ in self.techniques}

    @property
    def addressees(self) -> tuple[str, ...]:
        """Those whom it is addressed to, as they are called, each once."""
        return tuple(dict.fromkeys(text for text, _ in self.executors))

    @property
    def kinds(self) -> frozenset[ExecutorKind]:
        """What these are."""
        return kinds_in(self.addressees)

    def take(self, other: MeasurePart) -> None:
        """Add what the clauses of another part say."""
        self.clauses += other.clauses
        self.targets += other.targets
        self.exceptions += other.exceptions
        self.techniques += other.techniques
        self.executors += other.executors
        self.named += other.named
        self.addresses += other.addresses
        self.asked += other.asked
