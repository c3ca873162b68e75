"""`lab.course.teaching`: the instructor's plans, a guide to each notebook, papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from labsupport.facade.room import Room, asks
from labsupport.results import Explanation, Statement

if TYPE_CHECKING:
    from labsupport.course.case_paper import CasePaper
    from labsupport.course.guide import Guide, Plan, Printed
    from labsupport.orders.checklist import Checklist


class TeachingRoom(Room, path="course.teaching"):
    """The instructor's plans, the guide to each notebook, papers for the room.

    `.save()` of an answer prints it.

    >>> from labsupport import Lab
    >>> Lab("en").course.teaching.test(7).file
    'test-7.html'
    """

    @asks('"two days", "9:00"', words={"plan": "plan"})
    def plan(self, plan: object = "", hour: object = "") -> Plan | Explanation:
        """Show the plan of a course with its hours; `hour` is that at which each day begins.

        >>> from labsupport import Lab
        >>> [len(day) for day in Lab("en").course.teaching.plan("two days", "8:30").course.days]
        [12, 12]
        """
        from labsupport.course import guide

        return guide.plan(self._context.say, plan, hour)

    @overload
    def notebook(self) -> Statement: ...

    @overload
    def notebook(
        self, notebook: object, section: object = ""
    ) -> Guide | Explanation: ...

    @asks('"02"')
    def notebook(
        self, notebook: object = "", section: object = ""
    ) -> Guide | Statement | Explanation:
        """Show what to know of a notebook, or of one of its sections; without one, list them.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.notebook("04", "Your turn").sections[0].minutes
        13
        """
        from labsupport.course import guide

        return guide.notebook(self._context.say, notebook, section)

    @asks('"half a day"', words={"plan": "plan"})
    def papers(self, plan: object = "") -> Statement | Explanation:
        """List what there is to print for a plan, and by which line.

        >>> from labsupport import Lab
        >>> len(Lab("en").course.teaching.papers("half a day").table)
        22
        """
        from labsupport.course import guide

        return guide.papers(self._context.say, plan)

    @asks('"opening"', words={"sheet": "sheet"})
    def sheet(self, sheet: object = "") -> Printed | Explanation:
        """Show a sheet to print: "opening", "scoring", "order", "panel" or another.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.sheet("opening").file
        'at-the-opening.html'
        """
        from labsupport.course import guide

        return guide.sheet(self._context.say, sheet)

    @asks("20261128")
    def test(self, number: object = "") -> Printed | Explanation:
        """Show the test; its drafts are drawn by a `number`.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.test(7).file
        'test-7.html'
        """
        from labsupport.course import guide

        return guide.drawn(self._context.say, "test", number, self._review)

    @asks("20261128")
    def key(self, number: object = "") -> Printed | Explanation:
        """Show what the lab's own review finds in the drafts of the test with this `number`.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.key(7).file
        'test-key-7.html'
        """
        from labsupport.course import guide

        return guide.drawn(self._context.say, "key", number, self._review)

    @asks("20261128")
    def letters(self, number: object = "") -> Printed | Explanation:
        """Show the letters that are sent 30 and 90 days later, with drafts drawn by a `number`.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.letters(7).file
        'letters-7.html'
        """
        from labsupport.course import guide

        return guide.drawn(self._context.say, "letters", number, self._review)

    @asks('"en"')
    def checklist(self, language: object = "") -> Checklist | Explanation:
        """Show the page of twelve questions to an order, in a language.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.checklist("pt").file
        'checklist.html'
        """
        from labsupport.orders import checklist

        return checklist.checklist(
            language or self._context.say.code, self._context.say
        )

    @asks()
    def role_cards(self) -> Statement | Explanation:
        """List the lines that print the cards of the hearing, one for each group.

        >>> from labsupport import Lab
        >>> len(Lab("en").course.teaching.role_cards().table)
        5
        """
        from labsupport.course import roles

        return roles.to_print(self._context.say)

    @asks('"fraud"', words={"case": "case"})
    def case_paper(self, case: object = "") -> CasePaper | Explanation:
        """Show a case as papers, for a group that plays it without a computer.

        >>> from labsupport import Lab
        >>> Lab("en").course.teaching.case_paper("qqq").kind
        <Kind.NOT_ASKED: 'not asked'>
        """
        from labsupport.course import case_paper, guide

        if withheld := guide.withheld(self._context.say):
            return withheld
        # In a lab of its own: what is asked for it is in nobody's evidence.
        return case_paper.show(self._context.apart.lab, case)

    def _review(self, text: str) -> object:
        return self._context.lab.orders.review(text)
