"""The edition for the projector: a page a notebook, in which each idea fills the window.

It shows the heading and the sentence that matters, the line to run and the answer's sentence or
picture, a question and, one slide on, the replies. All of it is words of the notebook. Nothing
is cut: where the letters do not fit, a slide is longer than the window. The keys go from slide
to slide by a few lines of script; the links below each slide do so without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import Tag
from markupsafe import Markup

from labsupport.course.originals import Notebook, NotebookCell, Section
from labsupport.course.questions import catalogue, verdict
from labsupport.language import Language
from labsupport.papers.forms import TRAINING
from labsupport.papers.templates import filled_in, text_of
from labsupport.run.editions import markup
from labsupport.run.editions.reading import about, boxes, facts_of, form_of
from labsupport.visible import escaped

# Sections by the identifiers of their first cells, which translations share.
SOURCES = "sources"
NEXT = "next"
# What can be read from the back of a room.
MOST_WORDS = 65  # of a paragraph that is shown whole
SOME_WORDS = 45  # of a longer one: as many sentences as fit, and one at least
# of a table; a larger one is for the reader
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = (
    9,
    5,
    900,
)
MOST_ROWS_BELOW = 2  # of a table that stands on the same slide as its sentence
LETTERS_OF_A_ROW = 25  # what a table's row takes besides its letters
# How large its letters are, by how many a slide has at most.
SIZES = {150: 1.25, 330: 1.05, 560: 0.88, 750: 0.72}
SMALLEST = 0.62
WITH_PICTURE = 0.7  # a picture needs the room: its own letters are the ones to be read


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide: `kicker` is the section's title, where the heading is another."""

    heading: str
    body: Markup
    kicker: str = ""
    kind: str = ""

    @property
    def size(self) -> float:
        """The size of its letters, by how many there are."""
        if self.kind == "picture":
            return WITH_PICTURE
        body = markup.soup(self.body)
        letters = len(body.get_text()) + LETTERS_OF_A_ROW * len(body.find_all("tr"))
        return next((size for most, size in SIZES.items() if letters <= most), SMALLEST)


def slides(notebook: Notebook, say: Language) -> str:
    """Return the slides of a notebook as a page.

    The sources are for the reader, and so is what stands behind the last section: the words.
    """
    made: list[Slide] = []
    for section in notebook.sections[1:]:
        if section.id != SOURCES:
            made += _Section(say, notebook, section).slides()
        if section.id == NEXT:
            break
    return filled_in(
        "editions/slides.html",
        say,
        notebook=notebook,
        facts=facts_of(notebook, 1, 3),
        style=markup.style("editions/slides.css"),
        script=Markup(text_of("editions/slides.js")),
        slides=made,
        training=say(TRAINING),
        about=about(say),
    )


@dataclass
class _Section:
    """Makes the slides of a section; `lead` is what leads to the next line to run."""

    say: Language
    notebook: Notebook
    section: Section
    lead: str = ""

    def slides(self) -> Iterator[Slide]:
        cells = self.section.cells
        for number, cell in enumerate(cells):
            if cell.code:
                yield from self._code(cell)
                self.lead = ""
            else:
                leads = number + 1 < len(cells) and cells[number + 1].code
                yield from self._text(cell, leads, first=number == 0)

    def _slide(self, heading: str, body: str, kind: str = "") -> Slide:
        return Slide(heading, Markup(body), self.section.title, kind)

    # Text

    def _text(self, cell: NotebookCell, leads: bool, *, first: bool) -> Iterator[Slide]:
        """Yield the slides of a text; the last paragraph before a line to run goes with it."""
        blocks = markup.blocks_of(cell.text, self.section.title)
        if first:
            yield self._idea(blocks)
        while blocks:
            block = blocks.pop(0)
            label = markup.label_of(block)
            # What has to be thought of first stands on a slide before the answer.
            asks = leads and not blocks and markup.asks_first(block)
            if block.name == "p" and leads and not blocks and not asks:
                self.lead = _short(block)
            elif label or asks:
                beside = str(blocks.pop(0)) if blocks and blocks[0].name != "p" else ""
                yield self._slide(
                    label or self.say("editions.think_first"),
                    _short(block, label) + beside,
                )
            elif block.name == "table" and _is_small(block):
                yield self._slide(_caption(block), str(block), "table")

    def _idea(self, blocks: list[Tag]) -> Slide:
        """Take heading, minutes and first paragraph, with a list that belongs to it."""
        begin = []
        blocks.pop(0)  # the heading
        if blocks and markup.is_minutes(blocks[0]):
            begin.append(f'<p class="minutes">{blocks.pop(0).decode_contents()}</p>')
        while blocks and blocks[0].name != "table" and not markup.label_of(blocks[0]):
            begin.append(_short(blocks.pop(0)))
            if not blocks or blocks[0].name == "p":
                break
        return Slide(self.section.title, Markup("".join(begin)), kind="idea")

    # Lines to run

    def _code(self, cell: NotebookCell) -> Iterator[Slide]:
        say = self.say
        if cell.hidden or ("import Lab" in cell.text and not self.lead):
            return
        line = f"<pre><code>{escaped(cell.text)}</code></pre>"
        if number := self.notebook.questions.get(cell.id):
            values = {
                "question": catalogue(say.code)[cell.question],
                "verdict": verdict,
            }
            for heading, kind in (
                (say("editions.question_number", number=number), "question"),
                (say("editions.replies_question_number", number=number), "replies"),
            ):
                body = filled_in(
                    "editions/slide_question.html", say, kind=kind, **values
                )
                yield self._slide(heading, body, kind)
        elif text := boxes(say.code).get(cell.form):
            yield self._slide(form_of(cell, say)[0], f"<p>{escaped(text)}</p>{line}")
        else:
            yield from self._answer(cell, self.lead + line)

    def _answer(self, cell: NotebookCell, line: str) -> Iterator[Slide]:
        say = self.say
        answer = markup.soup(markup.answer(cell.outputs, say))
        if picture := answer.find(markup.PICTURES):
            title = markup.title_of(picture)
            if self.lead:  # a picture needs the room
                yield self._slide(title, line)
                line = ""
            yield self._slide(title, f"{line}{picture}", "picture")
            return
        if letter := answer.find(class_="lab-letter"):
            yield self._slide(say("editions.the_text"), f"{line}{letter}", "text")
            return
        body = f'{line}<div class="answer">{answer.find("p") or ""}</div>'
        whole = answer.select(".lab-all table, table:not(:has(+ .lab-all))")
        tables = [table for table in whole[:1] if _is_small(table)]
        short = [
            table for table in tables if len(table.select("tr")) <= MOST_ROWS_BELOW + 1
        ]
        below = "".join(map(str, short))
        yield self._slide(say("editions.the_answer"), body + below, "call")
        for table in () if below else tables:
            yield self._slide(_caption(table), str(table), "table")


def _short(block: Tag, label: str = "") -> str:
    """Return a paragraph without its label, or its first sentences; another block as it is."""
    if block.name != "p":
        return str(block)
    text = block.get_text().strip()
    if label:
        text = text.removeprefix(label).lstrip(".: ")
        text = text[:1].upper() + text[1:]
    most = len(text.split()) if len(text.split()) <= MOST_WORDS else SOME_WORDS
    taken: list[str] = []
    for sentence in markup.sentences(text):
        if taken and len(" ".join((*taken, sentence)).split()) > most:
            break
        taken.append(sentence)
    # The whole of it may have words that stand out; a part of it is plain.
    if " ".join(taken) == " ".join(text.split()) and not label:
        return str(block)
    return f"<p>{escaped(' '.join(taken))}</p>"


def _is_small(table: Tag) -> bool:
    rows = table.select("tr")
    few = len(rows) <= MOST_ROWS + 1 and len(rows[0].select("th, td")) <= MOST_COLUMNS
    return few and len(table.get_text()) <= MOST_LETTERS


def _caption(table: Tag) -> str:
    """Take a table's caption out of sight: it is the slide's heading."""
    caption = table.find("caption")
    assert isinstance(caption, Tag)
    caption["class"] = "unseen"
    return caption.get_text()
