"""Cases on paper: what the sheets and the clerk's pages tell is what the engine plays."""

from __future__ import annotations

import functools
import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from said import SAY, says

from labsupport import Lab
from labsupport.course import story
from labsupport.course.case import Case
from labsupport.course.case_paper import CasePaper, CaseSheet
from labsupport.course.playing import drafted, in_short
from labsupport.course.story import OWN
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.papers import templated
from labsupport.papers.forms import WIDTH, Paper
from labsupport.results import unbroken, utc
from labsupport.tree import as_html

LAB = Lab("en")
STORIES = story.stories("en")
TRAINING = "TRAINING – FICTIONAL"
ON_THE_STRIP = "[the time on your strip]"
# What stands above the choices.
QUESTIONS = {"What do you do?"} | {
    step.question for story in STORIES.values() for step in story.steps.values()
}
TO_WRITE = "Write on the page “Your order”, and hand it to the clerk."
INSTEAD = "note down, in place of an earlier order's"
WAYS = 25  # to play at random through each case
PATIENCE = 300  # choices: a way at random goes round in circles for a while


@functools.cache
def paper(key: str) -> CasePaper:
    found = LAB.course.teaching.case_paper(key)
    assert isinstance(found, CasePaper), found
    return found


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def shown(html: str) -> str:
    """What is read of a page."""
    return plain(templated.plain(html))


# The plain text, read as a group at a table reads it


@dataclass
class Reply:
    """What the clerk's pages say of a letter."""

    text: str
    minutes: int
    until: int
    notes: set[str]
    instead: bool
    leads: str
    begin: str
    end: str


@dataclass
class Told:
    """What a sheet says."""

    title: str
    text: list[str] = field(default_factory=list)
    options: dict[str, tuple[str, str]] = field(default_factory=dict)


def met(condition: str, notes: set[str]) -> bool:
    """Whether a condition in words is met by the notes on the strip."""
    parts = condition.removeprefix("if ").split(" and ") if condition else []
    for part in parts:
        found = re.fullmatch(r"you (noted|did not note) “(.*)”", part)
        assert found, part
        if (found[2] in notes) is not (found[1] == "noted"):
            return False
    return True


class Reader:
    """The sheets by their number, and the replies by sheet and letter."""

    def __init__(self, text: str) -> None:
        self.sheets: dict[str, Told] = {}
        self.replies: dict[tuple[str, str], Reply] = {}
        self.annexes: dict[str, str] = {}
        self.growths: list[dict[str, str]] = []
        self.written = Told("")
        sheet, replies, annex, choosing, clerk = None, "", "", False, False
        for block in text.strip().split("\n\n"):
            if heading := re.fullmatch(r"(.+)\n-+", block):
                sheet, replies, annex, choosing = None, "", "", False
                clerk = heading[1] == "For the clerk"
                if found := re.fullmatch(r"Sheet ([\d.]+) · (.*)", heading[1]):
                    sheet = self.sheets[found[1]] = Told(found[2])
                elif found := re.fullmatch(r"Annex ([A-Z]) · .*", heading[1]):
                    annex = found[1]
            elif clerk and (found := re.fullmatch(r"Sheet ([\d.]+) · .*", block)):
                replies = found[1]
            elif replies:
                self._reply(replies, plain(block))
            elif annex and block != TRAINING:
                self.annexes[annex] = f"{self.annexes.get(annex, '')} {plain(block)}"
            elif plain(block) in QUESTIONS:
                choosing = True
            elif sheet and choosing:
                for line in block.removeprefix("– ").split("\n– "):
                    found = re.fullmatch(
                        r"([a-z])\) (.*?)(?: \(Only if (.*)\.\))?", plain(line)
                    )
                    assert found, line
                    sheet.options[found[1]] = (found[2], found[3] or "")
            elif "\n– what: " in block:
                rows = block.split("\n– what: ")[1:]
                self.growths += [labelled(f"what: {row}".splitlines()) for row in rows]
            elif sheet and block == TO_WRITE:
                self.written = sheet
            elif sheet:
                sheet.text.append(plain(block))

    def _reply(self, sheet: str, block: str) -> None:
        told, _, follows = block.partition(" → ")
        said = dict(one.split(": ", 1) for one in follows.split(" · "))
        letter, _, reply = told.partition(") ")
        if fits := re.fullmatch(r"\[(.*?)\] (.*)", reply):
            self.written.options[letter], reply = (fits[1], ""), fits[2]
        until = re.fullmatch(r"until (\d+) have gone by", said["minutes"])
        self.replies[sheet, letter] = Reply(
            reply,
            0 if until else int(said["minutes"].replace(",", "")),
            int(until[1]) if until else 0,
            set(re.findall("“(.*?)”", said.get("note down", said.get(INSTEAD, "")))),
            INSTEAD in said,
            said["then"].removeprefix("sheet "),
            said.get("hand out, now in force", ""),
            said.get("no longer in force", ""),
        )

    def open_options(self, number: str, notes: set[str]) -> dict[str, str]:
        """The letters of a sheet that can be chosen, and what they say."""
        options = self.sheets[number].options
        return {
            letter: text for letter, (text, when) in options.items() if met(when, notes)
        }


def labelled(lines: list[str]) -> dict[str, str]:
    """Read lines under labels: what goes on in the next line is further in."""
    joined = re.sub(r"\n {8}", " ", "\n".join(lines))
    return dict(line.strip().split(": ", 1) for line in joined.splitlines())


# The engine, to compare with


def states(key: str) -> Iterator[Case]:
    """The case in every situation, without asking the lab anything."""
    return Case(LAB, STORIES[key]).situations()


def after(found: Case, choice: str) -> Case:
    return found.at((*found.taken, (found.step.id, choice)))


def notes_of(found: Case) -> set[str]:
    return {found.story.marks[mark] for mark in found.marks}


def written_notes(found: Case) -> set[str]:
    """The notes that are struck out when another order is written."""
    marks = {mark for one in found.step.choices if one.writes for mark in one.sets}
    return {found.story.marks[mark] for mark in marks}


def sheet_of(found: Case) -> CaseSheet:
    """The one sheet that tells a state."""
    (sheet,) = [
        sheet for sheet in paper(found.story.key).sheets if sheet.step is found.step
    ]
    return sheet


@functools.cache
def letters_of(key: str, order: str) -> set[str]:
    """The letter of the annex with an order; none for one that is read at no step."""
    text = plain(STORIES[key].orders[order])
    found = {one.letter for one in paper(key).annexes if shown(one.html) == text}
    assert len(found) == (order in read_orders(key))
    return found


def read_orders(key: str) -> set[str]:
    """The orders whose text is read at some step."""
    asks = (call for step in STORIES[key].steps.values() for call in step.asks)
    return {call.arguments[0] for call in asks if call.method == "orders.draft"}


def heard_on(told: Told, notes: set[str]) -> Iterator[str]:
    """The paragraphs of a sheet that are told with these notes."""
    for text in told.text:
        under = re.match(r"If (you (?:noted|did not note) “[^”]*”): (.*)", text)
        if not under:
            yield text
        elif met(under[1], notes):
            yield under[2]


def disagreements(key: str, reader: Reader) -> Iterator[str]:
    """Where the text tells something else than the engine plays, over all states and choices."""
    for found in states(key):
        notes, number = notes_of(found), sheet_of(found).number
        told = reader.sheets.get(number)
        place = f"{number}, {sorted(found.marks)}"
        if told is None:
            yield f"{place}: there is no such sheet"
            continue
        if told.title != found.step.title:
            yield f"{place}: it is another step"
        paragraphs = set(map(plain, found.told.split("\n\n")))
        more = {plain(text) for _, text in found.step.where}
        heard = set(heard_on(told, notes))
        if not paragraphs <= heard or (more & heard) - paragraphs:
            yield f"{place}: {heard} is told"
        offered = reader.open_options(number, notes)
        if list(offered.values()) != [plain(choice.text) for choice in found.choices]:
            yield f"{place}: the choices are {offered}"
            continue
        for letter, choice in zip(offered, found.choices, strict=True):
            reply = reader.replies.get((number, letter))
            if reply is None:
                yield f"{place}, {letter}: there is no reply"
                continue
            onward = after(found, choice.id)
            struck = written_notes(found) if reply.instead else set()
            noted = (notes - struck) | reply.notes
            begun = set().union(*(letters_of(key, one) for one in choice.orders))
            lifted = [one for one in choice.lifts if one in found.in_force]
            ended = set().union(*(letters_of(key, one) for one in lifted))
            same = (
                reply.text == plain(choice.reply),
                (reply.minutes, reply.until) == (choice.minutes, choice.until),
                noted == notes_of(onward),
                reply.leads == sheet_of(onward).number,
                set(re.findall(r"Annex (\w)", reply.begin)) == begun,
                set(re.findall(r"Annex (\w)", reply.end)) >= ended,
            )
            if not all(same):
                yield f"{place}, {letter}: {same}"


@pytest.mark.parametrize("key", STORIES)
def test_the_text_tells_in_every_state_what_the_engine_plays(key: str) -> None:
    reader = Reader(paper(key).text)
    assert list(disagreements(key, reader)) == []
    # And it tells nothing that no state has.
    numbers = {sheet_of(found).number for found in states(key)}
    assert set(reader.sheets) == numbers
    offered = {
        (number, one) for number, told in reader.sheets.items() for one in told.options
    }
    assert set(reader.replies) == offered


@pytest.mark.parametrize("key", STORIES)
def test_every_step_choice_and_reply_is_on_paper(key: str) -> None:
    text, page = plain(paper(key).text), plain(Page(paper(key).html).text)
    for step in STORIES[key].steps.values():
        told = [
            step.title,
            *step.text.split("\n\n"),
            *(words for _, words in step.where),
        ]
        told += [
            part for choice in step.choices for part in (choice.text, choice.reply)
        ]
        for words in map(plain, told):
            assert words in text
            assert words in page
    for order in read_orders(key):
        for paragraph in drafted(
            STORIES[key], order, context_of(LAB).say
        ).draft.text.split("\n\n"):
            assert plain(paragraph) in text
            assert plain(paragraph) in page


MUTATIONS = {
    "a choice is missing": (r"– a\) Tell the clinic to have.*?(?=– b)", ""),
    "a choice is another": (r"That all three were sent", "That none was sent"),
    "a reply is missing": (r"\n\na\) An hour later it is.*?(?=\n\n)", ""),
    "a reply is another": (r"An hour later it is as", "A day later it is as"),
    "the minutes are wrong": (r"minutes: 90", "minutes: 91"),
    "it lasts longer": (r"until 600\shave", "until 700 have"),
    "a note is missing": (r"note down: [^·]*· ", ""),
    "a note takes no other's place": (INSTEAD.replace(" ", r"\s"), "note down"),
    "it leads elsewhere": (r"then: sheet 5", "then: sheet 6"),
    "what fits is another": (
        r"\[It blocks the address 203",
        "[It spares the address 203",
    ),
    "a paragraph is missing": (
        r"Both say: some people can open it",
        "Both say nothing",
    ),
    "a condition is turned round": (
        r"If you noted “nobody",
        "If you did not note “nobody",
    ),
    "a step is missing": (r"Sheet 4 · .*?(?=\n)", "Sheet 40 · Nothing"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_left_out_or_changed_is_noticed(name: str) -> None:
    pattern, other = MUTATIONS[name]
    text = paper("wrong-order").text
    changed = re.sub(pattern, other, text, count=1, flags=re.S)
    assert changed != text
    assert list(disagreements("wrong-order", Reader(changed)))


# Played on paper


Times = dict[str, list[int]]
"""The minutes at which a note was made, or an order came into force, and was ended, in turn."""


def turned(times: Times, what: str, minute: int, *, on: bool) -> None:
    """Begin or end something, unless it is so already."""
    if holding(times, what, minute) is not on:
        times.setdefault(what, []).append(minute)


def holding(times: Times, what: str, minute: int) -> bool:
    return bool(sum(time <= minute for time in times.get(what, [])) % 2)


def played(key: str, seed: int) -> None:
    """Play by the text alone, and compare each choice and the end with the engine."""
    reader, draw = Reader(paper(key).text), random.Random(seed)
    engine = Case(LAB, STORIES[key])
    number, minutes, noted, orders = "1", 0, Times(), Times()
    for order in engine.in_force:  # in force before anything is chosen
        orders |= {letter: [0] for letter in letters_of(key, order)}
    for _ in range(PATIENCE):
        told = reader.sheets[number]
        assert told.title == engine.step.title
        notes = {note for note in noted if holding(noted, note, minutes)}
        offered = reader.open_options(number, notes)
        if not told.options:
            break
        letter = draw.choice(list(offered))
        reply = reader.replies[number, letter]
        minutes = max(minutes + reply.minutes, reply.until)
        for note in written_notes(engine) if reply.instead else ():
            turned(noted, note, minutes, on=False)
        for note in reply.notes:
            turned(noted, note, minutes, on=True)
        for annex in orders if reply.instead else ():  # another order takes its place
            turned(orders, annex, minutes, on=False)
        for annexes, begins in ((reply.begin, True), (reply.end, False)):
            for annex in re.findall(r"Annex (\w)", annexes):
                turned(orders, annex, minutes, on=begins)
        notes = {note for note in noted if holding(noted, note, minutes)}
        number = reply.leads
        (choice,) = [
            one for one in engine.choices if plain(one.text) == offered[letter]
        ]
        engine = after(engine, choice.id)
        assert plain(engine.last.reply) == reply.text  # type: ignore[union-attr]
    assert not engine.choices, "the way did not end"
    assert engine.minutes == minutes
    assert notes_of(engine) == notes
    grown = [grown_by(one, noted, orders, minutes) for one in reader.growths]
    assert grown == [pytest.approx(total / 60) for total in engine._sums.values()]


def grown_by(
    growth: dict[str, str], notes: Times, orders: Times, minutes: int
) -> float:
    """Work out what grew, as the last sheet says: minute by minute, as a patient clerk would."""
    never = minutes + 1
    begins, ends = (
        moment(growth["begins with"], notes, 0),
        moment(growth["ends with"], notes, never),
    )
    less = [one for one in growth["at times"].split("; ") if one != "–"]
    total = 0
    for minute in range(minutes):
        if begins <= minute < ends:
            total += min(
                int(growth["an hour"]),
                *(rate(one, notes, orders, minute) for one in less),
            )
    return total / 60


def moment(words: str, notes: Times, otherwise: int) -> int:
    """Return the minute at which something begins or ends to grow, as it is told."""
    if hour := re.fullmatch(r"(\d+) minutes gone by", words):
        return int(hour[1])
    note = re.search("the note “(.*?)”", words)
    return min(notes.get(note[1], [10**6])) if note else otherwise


def rate(words: str, notes: Times, orders: Times, minute: int) -> int:
    """Return what it is an hour by a line of the last sheet; much, where that does not fit."""
    found = re.fullmatch(
        "([0-9,]+) (?:(with|without) the note “(.*)”|while annex (.*) is in force)",
        words,
    )
    assert found, words
    if annex := found[4]:
        fits = holding(orders, annex, minute)
    else:
        fits = holding(notes, found[3], minute) is (found[2] == "with")
    return int(found[1].replace(",", "")) if fits else 1_000_000


@pytest.mark.parametrize("seed", range(WAYS))
@pytest.mark.parametrize("key", STORIES)
def test_played_on_paper_it_takes_as_long_and_ends_as_at_a_computer(
    key: str, seed: int
) -> None:
    played(key, seed)


# What the lab answers


def asked_latest(key: str) -> list[Case]:
    """For all orders in force and sites gone at each step, the state reached after most time."""
    found: dict[tuple[object, ...], Case] = {}
    for one in sorted(states(key), key=lambda one: one.minutes):
        if one.step.asks:
            found[one.step.id, one.in_force, one.gone] = one
    return list(found.values())


@pytest.mark.parametrize("key", STORIES)
def test_what_a_sheet_shows_is_what_the_lab_answers_there(key: str) -> None:
    """At another time than that at which the sheet was made: only the time may differ."""
    for found in asked_latest(key):
        sheet = sheet_of(found)
        if any(OWN in call.arguments for call in found.step.asks):
            assert not sheet.answers  # the lab cannot read what is written by hand
            continue
        answers = map(in_short, found.step.asks, found.answers)
        for whole, answer, told in zip(
            found.answers, answers, sheet.answers, strict=True
        ):
            at = utc(found.now)
            if isinstance(whole, Paper):
                assert told.annex
                form = whole.html.partition("</h1>")[2].replace(at, ON_THE_STRIP)
                assert plain(Page(told.annex.html).text) == plain(Page(form).text)
            elif told.annex:
                assert shown(told.annex.html) in plain(repr(answer))
            else:
                html = as_html(answer.page).replace(as_html(*unbroken(at)), at)
                assert html.replace(at, ON_THE_STRIP) in told.html
                assert plain(answer.sentence.replace(at, ON_THE_STRIP)) in shown(
                    told.html
                )
                for row in table.rows if (table := answer.tabulated()) else ():
                    for cell in row:
                        assert plain(str(cell).replace(at, ON_THE_STRIP)) in shown(
                            told.html
                        )


def test_times_that_depend_on_the_way_are_left_out_and_facts_stay() -> None:
    text = plain(paper("fraud").text)
    assert says(text, "requests.about_about_draft_not", when=ON_THE_STRIP)
    assert "lab time 2026" not in text
    # when the museum's server took the mail
    assert "on 2026-11-02 11:31:20 UTC" in text
    assert says(
        text,
        "case_paper.case_begins_when_lab",
        when="2026-11-02, 09:00 in Coralia (12:00 UTC)",
    )


def test_a_form_is_an_annex_and_an_order_that_is_read() -> None:
    annexes = paper("fraud").annexes
    titles = [annex.title for annex in annexes]
    drafts = [STORIES["fraud"].titles[one] for one in ("broad", "source")]
    assert titles == [SAY("requests.request_to_preserve_data"), *drafts]
    assert [annex.letter for annex in annexes] == list("ABC")
    with_annexes = {
        sheet.step.id: [one.annex.letter for one in sheet.answers if one.annex]
        for sheet in paper("fraud").sheets
    }
    assert with_annexes["requests"] == ["A"]
    assert with_annexes["order"] == ["B", "C"]


# The page and the file


class Page(HTMLParser):
    """What matters of a page: its text, headings, ids, and what it loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.loads: list[str] = []
        self.language = ""
        self._tag = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self._tag = tag
        if tag == "html":
            self.language = of.get("lang") or ""
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        self.ids += [of["id"] or ""] if "id" in of else []
        self.named += [of["aria-labelledby"] or ""] if "aria-labelledby" in of else []
        if tag in ("script", "link", "img", "iframe", "form", "details") or {
            "src",
            "href",
        } & {*of}:
            self.loads.append(tag)
        if tag in ("p", "td", "th", "li", "br", "div"):
            self.text += " "

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        self.text += data if self._tag != "style" else ""


@pytest.mark.parametrize("key", STORIES)
def test_the_page_needs_no_other_and_is_in_order(key: str) -> None:
    page = Page(paper(key).html)
    assert page.language == "en"
    assert page.loads == []
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(
        after - before <= 1 for before, after in itertools.pairwise(page.headings)
    )
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.named) <= set(page.ids)
    assert TRAINING in page.text
    assert paper(key).text.startswith(TRAINING)
    assert "http" not in page.text.replace("https://www.faro-verifica.example/", "")


def test_the_text_fits_a_sheet_of_paper() -> None:
    for key in STORIES:
        assert max(map(len, paper(key).text.splitlines())) <= WIDTH


def test_the_table_lists_the_sheets() -> None:
    table = paper("fraud").table
    assert table["sheet"].tolist() == [sheet.number for sheet in paper("fraud").sheets]
    sentence = paper("fraud").sentence
    assert says(sentence, "case_paper.paper_sheets_group", sheets=17)
    assert says(sentence, "case_paper.paper_sheets_group", annexes=3)
    assert (
        'lab.course.teaching.case_paper("fraud").save("case-fraud-on-paper.html")'
        in sentence
    )


def test_it_is_saved_as_a_page_or_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = paper("wrong-order")
    assert "case-wrong-order-on-paper.html" in found.save().sentence
    assert Path("case-wrong-order-on-paper.html").read_text("utf-8") == found.html
    assert "sheets.txt" in found.save("sheets.txt").sentence
    assert Path("sheets.txt").read_text("utf-8") == found.text
    assert found.save("../elsewhere.html").kind is Kind.NOT_ASKED


def test_nothing_of_it_is_in_the_evidence_and_nothing_is_sent_live() -> None:
    lab = Lab("en", live=True)
    found = lab.course.teaching.case_paper("wrong-order")
    assert isinstance(found, CasePaper)
    assert len(lab.evidence) == 0
    assert found.text == paper("wrong-order").text
