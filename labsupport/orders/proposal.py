"""What is answered on an order that nobody has confirmed: what was read, and no number.

It has no word of the order: whatever a cell shows is saved with its notebook.
"""

from __future__ import annotations

from collections.abc import Iterator

from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.orders.execution import act_key
from labsupport.orders.order import Cell, Measure, Order
from labsupport.orders.techniques import PROFILES
from labsupport.results import Explanation, Table

MOST_MEASURES = 12  # that are listed


class Proposal(Explanation):
    """What was read of an order, to be confirmed before anything is carried out.

    Attributes: `order`, as it was read. `doubts` is how many questions are open.
    """

    LIMITS = ("proposal.read_by_machine",)

    def __init__(self, say: Language, order: Order) -> None:
        self.say = say
        self.order = order
        key = "proposal.where_to_confirm"
        if order.confirmed:
            key = "proposal.carry_it_out"
        super().__init__(
            say, Kind.NOT_ASKED, self._told(), (say(key),), table=self._measures()
        )
        # It was asked, and has an answer.
        self.kind = None  # type: ignore[assignment]

    @property
    def doubts(self) -> int:
        """How many questions are open."""
        return len(self.order.doubts)

    def _told(self) -> str:
        say = self.say
        measures = say("proposal.measures", count=len(self.order.measures))
        if self.order.confirmed:
            return say("proposal.confirmed", measures=measures)
        doubts = say("proposal.questions", count=self.doubts)
        return say("proposal.not_confirmed", measures=measures, doubts=doubts)

    def _measures(self) -> Table | None:
        say = self.say
        rows = []
        for number, measure in enumerate(self.order.measures[:MOST_MEASURES]):
            asked = {one.cell for one in self.order.doubts if one.measure == number}
            rows.append((number + 1, *self._cells(measure, asked)))
        if not rows:
            return None
        columns = (
            say("proposal.no"),
            say("proposal.act"),
            say("proposal.targets"),
            say("proposal.means"),
            say("proposal.addressed_to"),
            say("proposal.ends"),
        )
        return Table(say("proposal.what_was_read"), columns, tuple(rows))

    def _cells(self, measure: Measure, asked: set[Cell]) -> Iterator[str]:
        say = self.say
        found = say("proposal.found")
        missing = say("proposal.not_said")
        ends = measure.end or measure.lasts or measure.end_event
        technique = measure.technique
        cells = (
            (Cell.ACT, say(act_key(measure.act))),
            (Cell.TARGETS, str(len(measure.targets))),
            (Cell.TECHNIQUE, say(PROFILES[technique].name) if technique else missing),
            (Cell.EXECUTORS, found if measure.executors else missing),
            (Cell.END, found if ends else missing),
        )
        for cell, text in cells:
            yield say("proposal.asked", what=text) if cell in asked else text
