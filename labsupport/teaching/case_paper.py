"""A case on paper, for a room where no computer works: one reads the replies, the others choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labsupport.results import Result, Table
from labsupport.teaching import case
from labsupport.teaching.case_sheets import Annex, Option, Sheet, Sheets, on_the_strip
from labsupport.teaching.story import Count, Story
from labsupport.teaching.templates import Templated

if TYPE_CHECKING:
    from labsupport.lab import Lab


class CasePaper(Templated):
    """A case to print. Attributes: `story`; its `sheets`; its `annexes`, the orders and forms."""

    template = "papers/case.html"
    style = "case/paper.css"
    __repr__ = Result.__repr__
    _facts_html = Result._facts_html

    def __init__(self, lab: Lab, story: Story) -> None:
        super().__init__(lab.say, None, None)
        self.story = story
        self.title = story.title
        self.file = f"case-{story.key}-on-paper.html"
        self.begins = case.in_coralia(lab.now, lab.say)
        self.placeholder = on_the_strip(lab.say)
        found = Sheets(lab, story)
        self.sheets = found.sheets
        self.annexes = found.annexes

    @property
    def sentence(self) -> str:
        return self.say(
            "{title}, on paper: {sheets} sheets for the group, the replies for its clerk, annexes "
            "to hand out ({annexes}). To print it: {call}.",
            title=self.title,
            sheets=len(self.sheets),
            annexes=len(self.annexes),
            call=f'lab.guide("case-{self.story.key}").save("{self.file}")',
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return (
            self.say(
                "All of it is invented. On paper the lab can be asked nothing but what the sheets "
                "show."
            ),
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple(
            (
                sheet.number,
                sheet.step.title,
                ", ".join(one.annex.letter for one in sheet.answers if one.annex) or "–",
            )
            for sheet in self.sheets
        )
        columns = (say("sheet"), say("title"), say("with annex"))
        return Table(say("The sheets"), columns, rows)

    # What the template asks for

    def titled(self, sheet: Sheet) -> str:
        """Return the number of a sheet, and its title."""
        return self.say("Sheet {number}", number=sheet.number) + f" · {sheet.step.title}"

    def noted(self, conditions: Sequence[str]) -> str:
        """Return conditions in words."""
        found = ""
        for condition in conditions:
            mark = condition.removeprefix("not ")
            words = self.story.marks[mark]
            if mark == condition:
                one = self.say("you noted “{mark}”", mark=words)
            else:
                one = self.say("you did not note “{mark}”", mark=words)
            found = self.say("{one} and {other}", one=found, other=one) if found else one
        return found

    def handed_out(self) -> Iterator[tuple[Sheet, list[Annex]]]:
        """Yield each sheet with the annexes that first come with it; all others with the last."""
        left = {annex.letter: annex for annex in self.annexes}
        for sheet in self.sheets:
            with_it = [one.annex.letter for one in sheet.answers if one.annex]
            if sheet is self.sheets[-1]:
                with_it += left
            yield sheet, [left.pop(letter) for letter in dict.fromkeys(with_it) if letter in left]

    def asked(self) -> Iterator[str]:
        """Yield what is asked below an order that is written by hand."""
        for step in self.story.steps.values():
            yield from step.questions

    def follows(self, option: Option) -> Iterator[tuple[str, str]]:
        """Yield what the clerk says and does after the reply, each under a label."""
        say, choice = self.say, option.choice
        minutes = f"{choice.minutes:,}"
        if choice.until:
            minutes = say("until {count} have gone by", count=choice.until)
        yield say("minutes"), minutes
        if choice.sets:
            instead = say("note down, in place of an earlier order's")
            marks = "; ".join(f"“{self.story.marks[one]}”" for one in choice.sets)
            yield instead if choice.writes else say("note down"), marks
        for label, annexes in (
            (say("hand out, now in force"), option.begin),
            (say("no longer in force"), option.end),
        ):
            if annexes:
                letters = [say("Annex {letter}", letter=annex.letter) for annex in annexes]
                yield label, ", ".join(letters)
        yield say("then"), say("sheet {number}", number=option.leads)

    def growths(self) -> Iterator[tuple[str, ...]]:
        """Yield what grows by the hour, from when and until when, with room for two numbers."""
        say, words = self.say, self.story.marks
        for count in self.story.counts:
            begins, ends = say("the beginning"), say("the end")
            if count.begins:
                begins = say("{count} minutes gone by", count=count.begins)
            if count.ends:
                ends = say("{count} minutes gone by", count=count.ends)
            if count.since:
                begins = say("the note “{mark}”", mark=words[count.since])
            if count.until:
                ends = say("the note “{mark}”, or the end", mark=words[count.until])
            less = "; ".join(self._slower(count)) or "–"
            yield count.label, f"{count.per_hour:,}", less, begins, ends, "", ""

    def _slower(self, count: Count) -> Iterator[str]:
        """When it grows by less an hour."""
        say, marks = self.say, self.story.marks
        for mark, much in count.slower:
            yield say("{much} with the note “{mark}”", much=much, mark=marks[mark])
        for order, much in count.under:
            letter = next((one.letter for one in self.annexes if one.order == order), "")
            yield say("{much} while annex {letter} is in force", much=much, letter=letter)


def show(lab: Lab, what: object) -> Result:
    """Return a case on paper by its name; without one, list them.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "the fraud").sentence
    'There is no “the fraud” here. There are: fraud, wrong-order.'
    """
    found = case.show(lab, what)
    return CasePaper(lab, found.story) if isinstance(found, case.Case) else found
