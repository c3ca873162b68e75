"""Papers to keep: plain text, and one HTML file for the screen and for A4.

A request has two parts: the form, and notes for the requesting office that are no part
of the request.
"""

from __future__ import annotations

import re
import textwrap
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources

from labsupport.language import Language, mark
from labsupport.lookups.countries import Country
from labsupport.lookups.files import create, read_file_name, renamed
from labsupport.lookups.names import NotUnderstood
from labsupport.results import Explanation, Kind, Result, escaped, visible

TRAINING = mark("TRAINING – FICTIONAL")
WIDTH = 78  # of the plain text, in characters
BLANK = "_" * 40
LONGEST_WORD = 24  # that fits the narrowest column of the page in one piece
# Fields that take more than a line.
TALL = ("facts",)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form; `value` is "" where it could not be filled in.

    `source` says where the value comes from: which record of which server, and when.
    """

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """A line for the requesting office, on the screen or by hand; nothing typed there is kept.

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

    def html(self) -> str:
        """Return it for a page."""
        name = f"field-{self.key}"
        language = f' lang="{self.language}"' if self.language else ""
        words = f"<span{language}>{escaped(self.words)}</span>"
        beside = " ".join(filter(None, (escaped(self.whose), words)))
        small = f"<small>{beside}</small>" if self.words else ""
        tall = " tall" if self.tall else ""
        items = "".join(f"<li>{escaped(item)}</li>" for item in self.items)
        items = f"<ul>{items}</ul>" if items else ""
        return (
            f'<div class="blank"><span id="{name}">{escaped(self.label)}</span>{small}'
            f'<div class="line{tall}" role="textbox" aria-multiline="true" contenteditable="true"'
            f' spellcheck="false" tabindex="0" aria-labelledby="{name}">{items}</div></div>\n'
        )

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

    def save(self, name: object = USUAL) -> Result:
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
        sentence = say(
            "It is in {file}, in the folder of this notebook. To print it, right-click it in the "
            "list of files at the left, and choose Open in New Browser Tab. What you type into it "
            "is kept nowhere.",
            file=used,
        )
        return Explanation(say, None, sentence, renamed(wanted, used, say))


def page(title: str, body: str, language: str, *, banner: str = "", style: str = "") -> str:
    """Return a web page that needs no other file and prints on A4.

    `body` is HTML; the page is in `language`, a code. `banner` stands at the top of every
    printed page, and behind its text. `style` is added to the style sheet.
    """
    sheet = resources.files("labsupport.data").joinpath("course/draft/form.css")
    full_title = " – ".join(filter(None, (banner, title)))
    head = f'<header>\n<p class="banner">{escaped(banner)}</p>\n</header>\n' if banner else ""
    return (
        f'<!doctype html>\n<html lang="{language}" style="--banner: \'{escaped(banner)}\'">\n'
        f'<head><meta charset="utf-8"><title>{escaped(full_title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{sheet.read_text(encoding='utf-8')}{style}</style></head>\n<body>\n"
        f'<p class="watermark" aria-hidden="true">{escaped(banner)}</p>\n'
        f"{head}<main>\n"
        f"<h1>{escaped(title)}</h1>\n{body}</main>\n</body>\n</html>\n"
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A form for one addressee, and notes for the requesting office.

    `title`, `to` and `introduction` open the form; `data` are the items that could be asked for,
    its `sections` the technical part; `remarks` are what the office has to know. `labels` are those
    of LEGAL_FIELDS. `training` says so on every page.
    """

    title: str
    to: str
    introduction: str
    country: Country
    labels: Mapping[str, str]
    data: tuple[str, ...]
    sections: tuple[Section, ...]
    remarks: tuple[str, ...]
    training: bool = True

    def html(self, say: Language) -> str:
        """Return it as a file that needs no other."""
        banner = say(TRAINING) if self.training else ""
        blanks = "".join(blank.html() for blank in self._blanks(say))
        tables = "".join(section_html(section, say) for section in self.sections)
        remarks = "".join(f"<li>{escaped(remark)}</li>" for remark in self._all_remarks(say))
        body = (
            f'<p class="to">{escaped(self.to)}</p>\n<p>{escaped(self.introduction)}</p>\n'
            f"<section>\n<h2>{escaped(say(AUTHORS))}</h2>\n{blanks}</section>\n"
            f"<section>\n<h2>{escaped(say(TECHNICAL))}</h2>\n{tables}</section>\n"
            f'<section class="sheet">\n<p class="banner">{escaped(banner)}</p>\n'
            f'<p class="take-out">{escaped(say(TAKE_OUT))}</p>\n'
            f"<h2>{escaped(say(SHEET))}</h2>\n<ul>{remarks}</ul></section>\n"
        )
        return page(self.title, body, say.code, banner=banner)

    def text(self, say: Language) -> str:
        """Return it as plain text, in lines of at most 78 characters where words allow."""
        banner = say(TRAINING) if self.training else ""
        parts = [banner, self.title.upper(), filled(self.to), filled(self.introduction)]
        parts += [heading(say(AUTHORS)), *(blank.text() for blank in self._blanks(say))]
        parts.append(heading(say(TECHNICAL)))
        for section in self.sections:
            parts.append(section.title)
            parts += [field_text(field, say) for field in section.fields]
        parts += [banner, say(TAKE_OUT), heading(say(SHEET))]
        parts += [filled(f"– {remark}", "  ") for remark in self._all_remarks(say)]
        parts.append(banner)
        return "\n\n".join(visible(part) for part in parts if part) + "\n"

    def _all_remarks(self, say: Language) -> list[str]:
        """Return the remarks, with the sources of the country's words."""
        country = self.country
        told = [
            say(
                "The words for “{label}” in {country}: {source}, {date}.",
                label=say(self.labels[key]),
                country=country.name,
                source=term.source,
                date=term.date,
            )
            for key, term in country.terms.items()
        ]
        return [*self.remarks, *told]

    def _blanks(self, say: Language) -> list[Blank]:
        """The requesting office's fields, explained by the country's words where known."""
        country = self.country
        blanks = []
        for key, label in self.labels.items():
            blank = Blank(key, say(label), tall=key in TALL)
            if key == "data":
                blank = replace(blank, words=say("strike what is not asked for"), items=self.data)
            elif term := country.terms.get(key):
                whose = say("in {country}, for example:", country=country.name)
                blank = replace(blank, words=term.text, whose=whose, language=country.language)
            blanks.append(blank)
        return blanks


AUTHORS = mark("1 · For the requesting office to fill in")
TECHNICAL = mark("2 · Technical data")
TAKE_OUT = mark("TAKE OUT BEFORE SENDING")
SHEET = mark("Notes for the requesting office: no part of the request")


def section_html(section: Section, say: Language) -> str:
    """Return fields under their heading as a table: field, value, where it comes from."""
    rows = "".join(
        f'<tr><th scope="row">{escaped(field.label)}</th><td>{_cell(field.value)}</td>'
        f'<td class="source">{_cell(field.source)}</td></tr>'
        for field in section.fields
    )
    columns = (say("field"), say("value"), say("where it comes from"))
    head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in columns)
    return (
        f"<table><caption>{escaped(section.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"
    )


def _cell(text: str) -> str:
    """A cell in which dates, names and telephone numbers are not broken at their hyphens."""
    return re.sub(r"\S*-\S*", _whole, escaped(text))


def _whole(word: re.Match[str]) -> str:
    short = len(word.group()) <= LONGEST_WORD
    return f'<span class="whole">{word.group()}</span>' if short else word.group()


def field_text(field: Field, say: Language) -> str:
    """Return a field in plain text; an empty one has a line to write on."""
    lines = [filled(f"{field.label}: {field.value or BLANK}", "    ")]
    if field.source:
        lines.append(filled("    " + say("from: {source}", source=field.source), "        "))
    return "\n".join(lines)


def heading(text: str) -> str:
    """Underline a heading of plain text."""
    return f"{text}\n{'-' * len(text)}"


def filled(text: str, indent: str = "") -> str:
    """Break a text into lines; names and addresses stay in one piece."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
