"""The edition for the projector: a page a notebook, in which each idea fills the window.

It shows the heading and the sentence that matters, the line to run and the answer's sentence or
picture, a question and, one slide on, the replies. All of it is words of the notebook. Nothing
is cut: where the letters do not fit, a slide is longer than the window. The keys go from slide
to slide by a few lines of script; the links below each slide do so without.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bs4 import Tag
from markupsafe import Markup

from labsupport.editions import markup
from labsupport.editions.about import About
from labsupport.editions.originals import (
    NEXT,
    SOURCES,
    WORDS,
    Cell,
    Notebook,
    Section,
    question_of,
)
from labsupport.editions.reading import boxes, facts_of, form_of
from labsupport.language import Language
from labsupport.lookups.forms import TRAINING
from labsupport.lookups.templates import filled_in, text_of
from labsupport.results import escaped

# What can be read from the back of a room.
MOST_WORDS = 65  # of a paragraph that is shown whole
SOME_WORDS = 45  # of a longer one: as many sentences as fit, and one at least
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 9, 5, 900  # of a table; a larger one is for the reader
MOST_ROWS_BELOW = 2  # of a table that stands on the same slide as its sentence
LETTERS_OF_A_ROW = 25  # what a table's row takes besides its letters
# A slide with more letters than these has smaller ones.
FEW, SOME, MANY, MOST = 150, 330, 560, 750


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide: `kicker` is the section's title, where the heading is another."""

    heading: str
    body: Markup
    kicker: str = ""
    kind: str = ""

    @property
    def size(self) -> str:
        """The size of its letters, by how many there are."""
        body = markup.soup(self.body)
        letters = len(body.get_text()) + LETTERS_OF_A_ROW * len(body.find_all("tr"))
        for most, size in ((FEW, "largest"), (SOME, "large"), (MANY, "medium"), (MOST, "small")):
            if letters <= most:
                return size
        return "smallest"


@dataclass(frozen=True)
class Slides:
    """Makes the slides."""

    say: Language
    about: About
    notebooks: Sequence[Notebook]

    def pages(self) -> dict[str, str]:
        """Return the slides by the names of their files."""
        return {f"{notebook.name}.html": self._page(notebook) for notebook in self.notebooks}

    def _page(self, notebook: Notebook) -> str:
        say = self.say
        return filled_in(
            "editions/slides.html",
            say,
            notebook=notebook,
            facts=Markup("".join(map(str, facts_of(notebook)[1:3]))),
            style=Markup(text_of("editions/slides.css")),
            script=Markup(text_of("editions/slides.js")),
            slides=list(self.slides(notebook)),
            training=say(TRAINING),
            about=self.about.line(say),
        )

    def slides(self, notebook: Notebook) -> Iterator[Slide]:
        """Yield the slides of a notebook, but for its first.

        Sources and words are for the reader, and so is what stands behind the last section.

        >>> from labsupport.editions.about import about
        >>> from labsupport.editions.originals import read_all
        >>> say, notebooks = Language.load("en"), read_all("en")
        >>> next(Slides(say, about("en"), notebooks).slides(notebooks[0])).heading
        '1 · A page that can answer'
        """
        for section in notebook.sections[1:]:
            if section.id not in (SOURCES, WORDS):
                yield from _Section(self.say, notebook, section).slides()
            if section.id == NEXT:
                return


class _Section:
    """Makes the slides of a section; `_lead` is what leads to the next line to run."""

    def __init__(self, say: Language, notebook: Notebook, section: Section) -> None:
        self.say = say
        self._notebook = notebook
        self._section = section
        self._lead = ""

    def slides(self) -> Iterator[Slide]:
        cells = self._section.cells
        for number, cell in enumerate(cells):
            if cell.code:
                yield from self._code(cell)
                self._lead = ""
            else:
                leads = number + 1 < len(cells) and cells[number + 1].code
                yield from self._text(cell, leads, first=number == 0)

    def _slide(self, heading: str, body: str, kind: str = "") -> Slide:
        return Slide(heading, Markup(body), self._section.title, kind)

    # Text

    def _text(self, cell: Cell, leads: bool, *, first: bool) -> Iterator[Slide]:
        """Yield the slides of a text; the last paragraph before a line to run goes with it."""
        tree = markup.prose(cell.text)
        markup.caption_tables(tree, self._section.title)
        for link in tree.find_all("a"):
            link.unwrap()  # its target is on another page
        blocks = [block for block in tree.children if isinstance(block, Tag)]
        if first:
            yield self._idea(blocks)
        while blocks:
            block = blocks.pop(0)
            label = label_of(block)
            # What has to be thought of first stands on a slide before the answer.
            asks = leads and not blocks and asks_first(block)
            if block.name == "p" and leads and not blocks and not asks:
                self._lead = _short(block)
            elif label or asks:
                beside = str(blocks.pop(0)) if blocks and blocks[0].name != "p" else ""
                heading = label or self.say("Think first")
                yield self._slide(heading, _short(block, label) + beside)
            elif block.name == "table" and _is_small(block):
                yield self._slide(_caption(block), str(block), "table")

    def _idea(self, blocks: list[Tag]) -> Slide:
        """Take heading, minutes and first paragraph, with a list that belongs to it."""
        begin = []
        blocks.pop(0)  # the heading
        if blocks and is_minutes(blocks[0]):
            begin.append(f'<p class="minutes">{blocks.pop(0).decode_contents()}</p>')
        while blocks and blocks[0].name != "table" and not label_of(blocks[0]):
            begin.append(_short(blocks.pop(0)))
            if not blocks or blocks[0].name == "p":
                break
        return Slide(self._section.title, Markup("".join(begin)), kind="idea")

    # Lines to run

    def _code(self, cell: Cell) -> Iterator[Slide]:
        say = self.say
        if cell.hidden or (cell.opens_the_lab and not self._lead):
            return
        line = f"<pre><code>{escaped(cell.text)}</code></pre>"
        if question := question_of(cell, say):
            number = self._notebook.questions[cell.id]
            for heading, kind in (
                (say("Question {number}", number=number), "question"),
                (say("The replies to question {number}", number=number), "replies"),
            ):
                body = markup.made("slide_question.html", say, question=question, kind=kind)
                yield self._slide(heading, body, kind)
        elif told := boxes(say.code).get(cell.form):
            yield self._slide(form_of(cell, say)[0], f"<p>{escaped(told)}</p>{line}")
        else:
            yield from self._answer(cell, self._lead + line)

    def _answer(self, cell: Cell, line: str) -> Iterator[Slide]:
        say = self.say
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        if pictures:
            title, alt, source = markup.picture_parts(pictures[0])
            if self._lead:  # a picture needs the room
                yield self._slide(title, line)
                line = ""
            image = f'<img alt="{escaped(alt)}" src="{source}">'
            yield self._slide(title, line + image, "picture")
            return
        answer = markup.soup(markup.answer(cell.outputs, say))
        if letter := answer.find(class_="letter"):
            yield self._slide(say("The text"), f"{line}{letter}", "text")
            return
        body = f'{line}<div class="answer">{answer.find("p") or ""}</div>'
        table = answer.find("table")
        if not isinstance(table, Tag) or not _is_small(table):
            yield self._slide(say("The answer"), body, "call")
        elif len(table.find_all("tr")) <= MOST_ROWS_BELOW + 1:
            yield self._slide(say("The answer"), f"{body}{table}", "call")
        else:
            yield self._slide(say("The answer"), body, "call")
            yield self._slide(_caption(table), str(table), "table")


def label_of(block: Tag) -> str:
    """Return what a paragraph is called that begins so: "**What you see.** …"."""
    first = next(block.children, None)
    if block.name == "p" and isinstance(first, Tag) and first.name == "strong":
        return first.get_text().rstrip(".:")
    return ""


def asks_first(block: Tag) -> bool:
    """Whether a paragraph asks what has to be thought of before one goes on.

    Not each question mark does: "No computer at your table? Both cases are on paper."

    >>> asks_first(markup.prose("What will you see?").p)
    True
    >>> asks_first(markup.prose("Whose is it? Read on:").p)
    False
    >>> asks_first(markup.prose("**Predict first.** Whose is it? Then run the line.").p)
    True
    >>> asks_first(markup.prose("**Whose computer is it?** It need not be yours:").p)
    False
    """
    text = block.get_text().strip().removeprefix(label_of(block))
    stands_out = block.find("strong", recursive=False) is not None
    return block.name == "p" and "?" in text and (stands_out or text.endswith("?"))


def is_minutes(block: Tag) -> bool:
    """Whether it says how long a section takes, and nothing else: all of it leans."""
    leaning = block.find("em", recursive=False)
    return leaning is not None and leaning.get_text() == block.get_text().strip()


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
        if taken and sum(len(one.split()) for one in (*taken, sentence)) > most:
            break
        taken.append(sentence)
    # The whole of it may have words that stand out; a part of it is plain.
    if " ".join(taken) == " ".join(text.split()) and not label:
        return str(block)
    return f"<p>{escaped(' '.join(taken))}</p>"


def _is_small(table: Tag) -> bool:
    rows = table.find_all("tr")
    columns = len(rows[0].find_all(["th", "td"])) if rows else 0
    few = len(rows) <= MOST_ROWS + 1 and columns <= MOST_COLUMNS
    return few and len(table.get_text()) <= MOST_LETTERS


def _caption(table: Tag) -> str:
    """Take a table's caption out of sight: it is the slide's heading."""
    caption = table.find("caption")
    assert isinstance(caption, Tag)
    caption["class"] = "unseen"
    return caption.get_text()
