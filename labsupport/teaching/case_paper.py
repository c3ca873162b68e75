"""A case on paper, for a room where no computer works: one reads the replies, the others choose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from labsupport.lookups.forms import BLANK, TRAINING, Paper, filled, heading, page
from labsupport.results import Result, Table, escaped, visible
from labsupport.teaching import case
from labsupport.teaching.case_sheets import (
    Annex,
    Option,
    Sheet,
    Sheets,
    listed,
    on_the_strip,
)
from labsupport.teaching.story import Count, Story

if TYPE_CHECKING:
    from labsupport.lab import Lab

ORDER_LINES = 20  # to write on
LINES = 22  # of the strip: to come to any place in the longer case takes eleven, and some err


class CasePaper(Paper):
    """A case to print. Attributes: `story`; its `sheets`; its `annexes`, the orders and forms."""

    def __init__(self, lab: Lab, story: Story) -> None:
        super().__init__(lab.say, None, None)
        self.story = story
        self.file = f"case-{story.key}-on-paper.html"
        self._begins = lab.now
        found = Sheets(lab, story)
        self.sheets = found.sheets
        self.annexes = found.annexes

    @property
    def sentence(self) -> str:
        say = self.say
        sheets = say.many("{count} sheet", "{count} sheets", len(self.sheets))
        annexes = say.many("{count} annex", "{count} annexes", len(self.annexes))
        return say(
            "{title}, on paper: {sheets} for the group, the replies for its clerk, {annexes} to "
            "hand out. To print it: {call}.",
            title=self.story.title,
            sheets=sheets,
            annexes=annexes,
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
            (sheet.number, sheet.title, self._version(sheet) or "–", _annexes(sheet) or "–")
            for sheet in self.sheets
        )
        columns = (say("sheet"), say("title"), say("this version"), say("with annex"))
        return Table(say("The sheets"), columns, rows)

    # Words that the page and the plain text share

    def _version(self, sheet: Sheet) -> str:
        """When it is this sheet of its step, "" for the only one."""
        return self.say("if {condition}", condition=self._all(sheet.when)) if sheet.when else ""

    def _heads(self, sheet: Sheet) -> tuple[str, ...]:
        version = self._version(sheet)
        return (self.say("This version: {condition}.", condition=version),) if version else ()

    def _all(self, conditions: Sequence[str]) -> str:
        found, *others = map(self._noted, conditions)
        for other in others:
            found = self.say("{one} and {other}", one=found, other=other)
        return found

    def _noted(self, condition: str) -> str:
        mark = condition.removeprefix("not ")
        words = self.story.marks[mark]
        if mark == condition:
            return self.say("you noted “{mark}”", mark=words)
        return self.say("you did not note “{mark}”", mark=words)

    def _titled(self, sheet: Sheet) -> str:
        return f"{self._labelled(sheet)} · {sheet.title}"

    def _labelled(self, sheet: Sheet) -> str:
        return self.say("Sheet {number}", number=sheet.number)

    def _annexed(self, annex: Annex) -> str:
        return self.say("Annex {letter}", letter=annex.letter)

    def _told(self, sheet: Sheet) -> Iterator[str]:
        """The paragraphs, those that are told only under a condition with it in front."""
        for condition, text in sheet.told:
            if condition:
                told = self._noted(condition)
                yield self.say("If {condition}: {text}", condition=told, text=text)
            else:
                yield from text.split("\n\n")

    def _offered(self, option: Option) -> str:
        text = f"{option.letter}) {option.choice.text}"
        if option.when:
            only = self.say("(Only if {condition}.)", condition=self._all(option.when))
            return f"{text} {only}"
        return text

    def _follows(self, option: Option) -> Iterator[tuple[str, str]]:
        """What the clerk says and does after the reply, each under a label."""
        say, choice = self.say, option.choice
        minutes = f"{choice.minutes:,}"
        if choice.until:
            minutes = say("until {count} have gone by", count=choice.until)
        yield say("minutes"), minutes
        if choice.sets:
            instead = say("note down, in place of an earlier order's")
            marks = "; ".join(f"“{self.story.marks[one]}”" for one in choice.sets)
            yield instead if choice.writes else say("note down"), marks
        if option.begin:
            yield say("hand out, now in force"), ", ".join(map(self._annexed, option.begin))
        if option.end:
            yield say("no longer in force"), ", ".join(map(self._annexed, option.end))
        yield say("then"), "; ".join(self._ways(option.leads))

    def _ways(self, numbers: Sequence[str]) -> Iterator[str]:
        for sheet in self.sheets:
            if sheet.number in numbers:
                way = self.say("sheet {number}", number=sheet.number)
                yield f"{way} {self._version(sheet)}" if len(numbers) > 1 else way

    def _rules(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "Print one set for each table, on one side of the paper. Cut sheets and annexes "
                "apart at the lines."
            ),
            say(
                "One of you is the clerk, and holds everything but this page. The clerk hands out "
                "sheet 1. The others read it, talk it over, and choose a letter. What says “only "
                "if” can be chosen only then."
            ),
            say(
                "The clerk looks up the sheet and the letter, reads the reply aloud, says how "
                "long it took and what to note down, and then hands out the sheet that follows, "
                "with its annexes."
            ),
            say(
                "Write each choice into the strip: its minutes, the time gone by so far, and, "
                "word for word, what there is to note down. A note stays until the end."
            ),
            say(
                "You may come to a sheet again: what it tells is unchanged. To take the last "
                "choice back, strike its line out."
            ),
            say(
                "The case begins at {when}. The lab was asked beforehand: where a time depends on "
                "your way, the paper says “{placeholder}”.",
                when=case.in_coralia(self._begins, say),
                placeholder=on_the_strip(say),
            ),
            say("What looks like case.keep() or lab.ask is for those who play at a computer."),
        )

    def _clerks_rules(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("These pages tell how everything ends: keep them to yourself."),
            say(
                "First have noted down what there is to note down. Then see which sheet follows, "
                "and which version of it."
            ),
            *self._clerk_reads(),
        )

    def _clerk_reads(self) -> Iterator[str]:
        if self.story.written:
            yield self.say(
                "Where an order is written: read it, go down the lines, and take the first that "
                "fits. A new order takes the place of an earlier one, and so do its notes: strike "
                "the earlier ones out."
            )

    def _strip(self) -> tuple[str, ...]:
        say = self.say
        return say("sheet"), say("letter"), say("minutes"), say("time gone by"), say("noted down")

    def _growth_rule(self) -> str:
        return self.say(
            "What grew: look up in the strip how much time had gone by at its beginning and at its "
            "end. The hours between them, times what it is an hour. Where it is less for some of "
            "them, count these apart; of two that fit, take the smaller. Without a beginning it is "
            "none."
        )

    def _growths(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """What grows by the hour, from when and until when, each under a label."""
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
            yield (
                (say("what"), count.label),
                (say("an hour"), f"{count.per_hour:,}"),
                (say("at times"), "; ".join(self._slower(count)) or "–"),
                (say("begins with"), begins),
                (say("ends with"), ends),
            )

    def _slower(self, count: Count) -> Iterator[str]:
        """When it grows by less an hour."""
        say = self.say
        for condition, much in count.slower:
            mark = self.story.marks[condition.removeprefix("not ")]
            if condition in self.story.marks:
                yield say("{much} with the note “{mark}”", much=f"{much:,}", mark=mark)
            else:
                yield say("{much} without the note “{mark}”", much=f"{much:,}", mark=mark)
        for order, much in count.under:
            letter = next((one.letter for one in self.annexes if one.order == order), "")
            yield say("{much} while annex {letter} is in force", much=f"{much:,}", letter=letter)

    # The page

    @property
    def html(self) -> str:
        style = resources.files("labsupport.data").joinpath("course/case/paper.css")
        body, styles = [self._front_html()], [style.read_text("utf-8")]
        for number, (label, pieces) in enumerate(self._parts()):
            key = f"part-{number}"
            shown = "".join(
                f'<section class="piece">\n<h2>{escaped(title)}</h2>\n{html}</section>\n'
                for title, html in pieces
            )
            body.append(f'<div class="sheet" style="page: {key}">\n{shown}</div>\n')
            styles.append(_named_page(key, label))
        return page(
            self.story.title,
            "".join(body),
            self.say.code,
            banner=self.say(TRAINING),
            style="".join(styles),
        )

    def _parts(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """What begins on a page of its own: its label, and its pieces, to be cut apart."""
        say = self.say
        yield say("Sheets and annexes"), list(self._handed_out())
        if self.story.written:
            yield say("Your order"), [(say("Your order"), self._blank_html())]
        yield say("For the clerk"), [(say("For the clerk"), self._clerk_html())]

    def _handed_out(self) -> Iterator[tuple[str, str]]:
        """The sheets, each annex behind the first sheet that comes with it, or else at the end."""
        left = {annex.letter: annex for annex in self.annexes}
        for sheet in self.sheets:
            yield self._titled(sheet), self._sheet_html(sheet)
            for answer in sheet.answers:
                if answer.annex and (annex := left.pop(answer.annex.letter, None)):
                    yield f"{self._annexed(annex)} · {annex.title}", annex.html
        for annex in left.values():
            yield f"{self._annexed(annex)} · {annex.title}", annex.html
        if self.story.counts:
            yield self.say("What grew"), self._growth_html()

    def _front_html(self) -> str:
        say = self.say
        rules = "".join(f"<li>{escaped(rule)}</li>" for rule in self._rules())
        empty = (("",) * len(self._strip()),) * LINES
        strip = Table(say("The strip"), self._strip(), empty).html()
        return (
            f'<section class="front"><h2>{escaped(say("How to play"))}</h2>'
            f'<ul>{rules}</ul><div class="strip">{strip}</div></section>\n'
        )

    def _sheet_html(self, sheet: Sheet) -> str:
        say = self.say
        parts = [f'<p class="version">{escaped(text)}</p>' for text in self._heads(sheet)]
        parts += [f"<p>{escaped(text)}</p>" for text in self._told(sheet)]
        if sheet.answers:
            title = say("What the lab answers")
            parts.append(f"<h3>{escaped(title)}</h3>")
            parts += [f'<div class="answer">{answer.html}</div>' for answer in sheet.answers]
        if not sheet.options:
            return "".join([*parts, f"<p><strong>{escaped(self._ends())}</strong></p>"])
        if sheet.writes:
            return "".join([*parts, f"<p><strong>{escaped(self._to_write())}</strong></p>"])
        options = "".join(f"<li>{escaped(self._offered(one))}</li>" for one in sheet.options)
        title = escaped(sheet.question)
        return "".join([*parts, f'<div class="choices"><h3>{title}</h3><ul>{options}</ul></div>'])

    def _to_write(self) -> str:
        return self.say("Write on the page “Your order”, and hand it to the clerk.")

    def _written(self) -> Iterator[str]:
        """What is asked below an order that is written by hand."""
        for step in self.story.steps.values():
            yield from step.questions

    def _blank_html(self) -> str:
        line = '<div class="ruled"></div>'
        asked = (f"<p>{escaped(one)}</p>{line * 2}" for one in self._written())
        return line * ORDER_LINES + "".join(asked)

    def _ends(self) -> str:
        end = self.say("Here the case ends.")
        grew = self.say("Work out what grew: the page with that title says how.")
        return f"{end} {grew}" if self.story.counts else end

    def _growth_html(self) -> str:
        say = self.say
        rows = [dict(growth) for growth in self._growths()]
        columns = (*rows[0], say("hours"), say("together"))
        table = Table(self._growth_rule(), columns, tuple((*row.values(), "", "") for row in rows))
        return f'<div class="growth">{table.html()}</div>'

    def _clerk_html(self) -> str:
        parts = [f"<p>{escaped(text)}</p>" for text in self._clerks_rules()]
        for sheet in self.sheets:
            if sheet.options:
                parts.append(f"<h3>{escaped(self._titled(sheet))}</h3>")
                parts += map(self._reply_html, sheet.options)
        return "".join(parts)

    def _reply_html(self, option: Option) -> str:
        follows = " · ".join(
            f"{escaped(label)}: {escaped(what)}" for label, what in self._follows(option)
        )
        reply = escaped(self._replied(option))
        return f'<p class="reply">{reply} <span>→ {follows}</span></p>'

    def _replied(self, option: Option) -> str:
        choice = option.choice
        found = f"[{choice.text}] " if choice.writes else ""
        return f"{option.letter}) {found}{choice.reply}"

    # The plain text

    @property
    def text(self) -> str:
        say = self.say
        banner = say(TRAINING)
        parts = [banner, self.story.title.upper(), heading(say("How to play"))]
        parts += [filled(f"– {rule}", "  ") for rule in self._rules()]
        parts.append(Table(say("The strip"), self._strip(), ()).text())
        for sheet in self.sheets:
            parts += [banner, heading(self._titled(sheet)), *self._sheet_text(sheet)]
        if self.story.written:
            parts += [banner, heading(say("Your order")), "\n".join([BLANK] * ORDER_LINES)]
            parts += [filled(f"{one} {BLANK}") for one in self._written()]
        if growths := [listed((*one, (say("together"), BLANK))) for one in self._growths()]:
            parts += [heading(say("What grew")), filled(self._growth_rule()), *growths]
        parts += [banner, heading(say("For the clerk")), *map(filled, self._clerks_rules())]
        for sheet in self.sheets:
            if sheet.options:
                parts.append(heading(say("Replies to sheet {number}", number=sheet.number)))
                parts += map(self._reply_text, sheet.options)
        for annex in self.annexes:
            parts += [banner, heading(f"{self._annexed(annex)} · {annex.title}"), annex.text]
        return "\n\n".join(visible(part) for part in [*parts, banner]) + "\n"

    def _sheet_text(self, sheet: Sheet) -> Iterator[str]:
        say = self.say
        yield from map(filled, (*self._heads(sheet), *self._told(sheet)))
        if sheet.answers:
            yield say("What the lab answers:")
            yield from (answer.text for answer in sheet.answers)
        if sheet.writes:
            yield self._to_write()
        elif sheet.options:
            yield sheet.question
            yield from (filled(self._offered(option), "   ") for option in sheet.options)
        else:
            yield filled(self._ends())

    def _reply_text(self, option: Option) -> str:
        reply = filled(self._replied(option), "   ")
        return f"{reply}\n{listed(self._follows(option))}"


def show(lab: Lab, what: object) -> Result:
    """Return a case on paper by its name; without one, list them.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "the fraud").sentence
    'There is no case “the fraud”. There are: fraud, wrong-order.'
    """
    found = case.show(lab, what)
    return CasePaper(lab, found.story) if isinstance(found, case.Case) else found


def _annexes(sheet: Sheet) -> str:
    return ", ".join(answer.annex.letter for answer in sheet.answers if answer.annex)


def _named_page(key: str, label: str) -> str:
    """Say below every page what it belongs to: on a table, pages come apart."""
    words = json.dumps(label, ensure_ascii=False).replace("<", "\\3c ")
    return f"@page {key} {{ @bottom-left {{ content: {words} }} }}\n"
