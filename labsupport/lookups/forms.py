"""A request as a document: plain text, and one HTML file for the screen and for A4 paper.

It has two parts: the form, and a sheet for its author that is no part of the request.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from importlib import resources

from labsupport.language import Language, mark
from labsupport.lookups.countries import LEGAL_FIELDS, Country, sourced
from labsupport.results import Table, escaped, visible

TRAINING = mark("TRAINING – FICTIONAL")
WIDTH = 78  # of the plain text, in characters
BLANK = "_" * 40
LONGEST_WORD = 24  # that fits the narrowest column of the page in one piece
# Fields that take more than a line.
TALL = ("facts", "data")


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
class Document:
    """A form and the sheet for its author.

    `title` and `introduction` open the form; its `sections` are the technical part. `addressees`
    is the table of who could receive it, `instructions` what to do with it, `remarks` what its
    author has to know. `training` says so on every page.
    """

    title: str
    introduction: str
    country: Country
    sections: tuple[Section, ...]
    addressees: Table
    instructions: tuple[str, ...]
    remarks: tuple[str, ...]
    training: bool = True

    def html(self, say: Language) -> str:
        """Return it as a file that needs no other."""
        style = resources.files("labsupport.data").joinpath("course/draft/form.css")
        banner = say(TRAINING) if self.training else ""
        title = " – ".join(filter(None, (banner, self.title)))
        blanks = "".join(self._blank_html(key, say) for key in self.country.empty)
        tables = "".join(_section_html(section, say) for section in self.sections)
        instructions = "".join(f"<p>{escaped(one)}</p>" for one in self.instructions)
        remarks = "".join(f"<li>{escaped(remark)}</li>" for remark in self._all_remarks(say))
        return (
            f'<!doctype html>\n<html lang="{say.code}" style="--banner: \'{escaped(banner)}\'">\n'
            f'<head><meta charset="utf-8"><title>{escaped(title)}</title>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<style>\n{style.read_text(encoding='utf-8')}</style></head>\n<body>\n"
            f'<p class="watermark" aria-hidden="true">{escaped(banner)}</p>\n'
            f'<p class="banner">{escaped(banner)}</p>\n<main>\n'
            f"<h1>{escaped(self.title)}</h1>\n<p>{escaped(self.introduction)}</p>\n"
            f"<section>\n<h2>{escaped(say(AUTHORS))}</h2>\n{blanks}</section>\n"
            f"<section>\n<h2>{escaped(say(TECHNICAL))}</h2>\n{tables}</section>\n"
            f'<section class="sheet">\n<p class="banner">{escaped(banner)}</p>\n'
            f'<p class="take-out">{escaped(say(TAKE_OUT))}</p>\n'
            f"<h2>{escaped(say(SHEET))}</h2>\n"
            f"{instructions}{_addressees_html(self.addressees)}<ul>{remarks}</ul></section>\n"
            "</main>\n</body>\n</html>\n"
        )

    def text(self, say: Language) -> str:
        """Return it as plain text, in lines of at most 78 characters where words allow."""
        banner = say(TRAINING) if self.training else ""
        parts = [banner, self.title.upper(), _filled(self.introduction)]
        parts += [_heading(say(AUTHORS)), *(self._blank_text(k, say) for k in self.country.empty)]
        parts.append(_heading(say(TECHNICAL)))
        for section in self.sections:
            parts.append(section.title)
            parts += [_field_text(field, say) for field in section.fields]
        parts += [banner, say(TAKE_OUT), _heading(say(SHEET))]
        parts += [*map(_filled, self.instructions), self.addressees.caption]
        for row in self.addressees.rows:
            pairs = zip(self.addressees.columns, row, strict=True)
            parts.append("\n".join(_filled(f"{column}: {cell}", "    ") for column, cell in pairs))
        parts += [_filled(f"– {remark}", "  ") for remark in self._all_remarks(say)]
        parts.append(banner)
        return "\n\n".join(visible(part) for part in parts if part) + "\n"

    def _all_remarks(self, say: Language) -> list[str]:
        """Return the remarks, with the country's facts and the sources of its words."""
        country = self.country
        told = [sourced(country, fact, say) for fact in country.facts]
        told += [
            say(
                "The words for “{label}” in {country}: {source}, {date}.",
                label=say(LEGAL_FIELDS[key]),
                country=country.name,
                source=term.source,
                date=term.date,
            )
            for key, term in country.terms.items()
        ]
        return [*self.remarks, *told]

    def _blank_html(self, key: str, say: Language) -> str:
        """A line to be filled in, on the screen or by hand; nothing typed there is kept."""
        name = f"field-{key}"
        term = self.country.terms.get(key)
        words = ""
        if term:
            local = f'<span lang="{self.country.language}">{escaped(term.text)}</span>'
            where = say("in {country}:", country=self.country.name)
            words = f"<small>{escaped(where)} {local}</small>"
        tall = " tall" if key in TALL else ""
        return (
            f'<div class="blank"><span id="{name}">{escaped(say(LEGAL_FIELDS[key]))}</span>{words}'
            f'<div class="line{tall}" role="textbox" aria-multiline="true" contenteditable="true"'
            f' spellcheck="false" tabindex="0" aria-labelledby="{name}"></div></div>\n'
        )

    def _blank_text(self, key: str, say: Language) -> str:
        term = self.country.terms.get(key)
        words = ""
        if term:
            words = f" ({say('in {country}:', country=self.country.name)} {term.text})"
        lines = 3 if key in TALL else 1
        return "\n".join([_filled(say(LEGAL_FIELDS[key]) + words), *[BLANK] * lines])


AUTHORS = mark("1 · For the author to fill in")
TECHNICAL = mark("2 · Technical data")
TAKE_OUT = mark("TAKE OUT BEFORE SENDING")
SHEET = mark("Sheet for the author: no part of the request")


def _section_html(section: Section, say: Language) -> str:
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


def _addressees_html(table: Table) -> str:
    """A small table for each: side by side, six columns would be too narrow on paper."""
    parts = [f"<h3>{escaped(table.caption)}</h3>\n"]
    for part, name, *rest in table.rows:
        rows = "".join(
            f'<tr><th scope="row">{escaped(column)}</th><td>{_cell(str(cell))}</td></tr>'
            for column, cell in zip(table.columns[2:], rest, strict=True)
        )
        caption = escaped(f"{part}: {name}")
        parts.append(f"<table><caption>{caption}</caption><tbody>{rows}</tbody></table>\n")
    return "".join(parts)


def _cell(text: str) -> str:
    """A cell in which dates, names and telephone numbers are not broken at their hyphens."""
    return re.sub(r"\S*-\S*", _whole, escaped(text))


def _whole(word: re.Match[str]) -> str:
    short = len(word.group()) <= LONGEST_WORD
    return f'<span class="whole">{word.group()}</span>' if short else word.group()


def _field_text(field: Field, say: Language) -> str:
    lines = [_filled(f"{field.label}: {field.value or BLANK}", "    ")]
    if field.source:
        lines.append(_filled("    " + say("from: {source}", source=field.source), "        "))
    return "\n".join(lines)


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _filled(text: str, indent: str = "") -> str:
    """Break a text into lines; names and addresses stay in one piece."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
