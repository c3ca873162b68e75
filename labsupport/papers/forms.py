"""Papers to keep: plain text, and one HTML file for the screen and for A4."""

from __future__ import annotations

import textwrap
from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.papers.files import create, read_file_name, renamed
from labsupport.papers.templates import filled_in
from labsupport.results import Explanation, Result, Statement

TRAINING = "forms.training_fictional"
WIDTH = 78  # of the plain text, in characters
BLANK = "_" * 40


class PaperField(NamedTuple):
    """A field of the form; `value` is "" where it could not be filled in.

    `source` says where the value comes from: which record of which server, and when.
    """

    label: str
    value: str
    source: str = ""


class PaperSection(NamedTuple):
    """Fields under a heading."""

    title: str
    fields: tuple[PaperField, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """A line to fill in, on the screen or by hand; nothing typed there is kept.

    `words` explain the label: they are in `language`, and `whose` stands before them. A `tall`
    one has room for several lines. `items` stand in it to be struck.
    """

    key: str
    label: str
    words: str = ""
    whose: str = ""
    language: str = ""
    tall: bool = False
    items: tuple[str, ...] = ()

    def text(self) -> str:
        """Return it as plain text."""
        beside = " ".join(filter(None, (self.whose, self.words)))
        label = f"{self.label} ({beside})" if beside else self.label
        items = [filled(f"– {item}", "  ") for item in self.items]
        return "\n".join([filled(label), *items, *[BLANK] * (3 if self.tall else 1)])


USUAL = object()  # no name was given: "" is one, and cannot be used


class Paper(Result):
    """A result to keep on paper.

    `html` is one file that needs no other and prints on A4, `text` the same in plain text;
    `file` is what it is called where no other name is given.
    """

    file = "paper.html"

    @property
    @abstractmethod
    def html(self) -> str:
        """The paper as a web page."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The paper as plain text."""

    def save(self, name: object = USUAL) -> Statement | Explanation:
        """Write it into the working folder: as text if `name` ends in .txt, else as a page.

        A file that holds something else is never overwritten: the next free name is used.
        """
        say = self.say
        name = self.file if name is USUAL else name
        as_text = isinstance(name, str) and name.strip().endswith(".txt")
        try:
            wanted = read_file_name(name, ".txt" if as_text else ".html", say)
            used = create(wanted, (self.text if as_text else self.html).encode(), say)
        except NotUnderstood as problem:
            return Explanation(say, Kind.NOT_ASKED, str(problem))
        sentence = say("forms.saved", file=used)
        return Statement(
            say, None, sentence, renamed(wanted, used, say), written=(used,)
        )


def page(
    title: str, body: str, language: str, *, banner: str = "", style: str = ""
) -> str:
    """Return a web page that needs no other file and prints on A4.

    `body` is HTML; the page is in `language`, a code. `banner` stands at the top of every
    printed page, and behind its text. `style` is added to the style sheet.
    """
    words = {"title": title, "language": language, "banner": banner}
    texts = {"body": Markup(body), "style": Markup(style)}
    return filled_in("papers/page.html", None, **words, **texts) + "\n"


def field_text(field: PaperField, say: Language) -> str:
    """Return a field in plain text; an empty one has a line to write on."""
    lines = [filled(f"{field.label}: {field.value or BLANK}", "    ")]
    if field.source:
        lines.append(
            filled("    " + say("forms.from_source", source=field.source), "        ")
        )
    return "\n".join(lines)


def heading(text: str) -> str:
    """Underline a heading of plain text."""
    return f"{text}\n{'-' * len(text)}"


def filled(text: str, indent: str = "") -> str:
    """Break a text into lines; names and addresses stay in one piece."""
    return textwrap.fill(
        text,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
