"""The messages of the course: every text that a person sees, in English, each with its key.

Sentences, tables, papers and facts are found by the walk that looks them up when the course runs;
the paragraphs of a notebook by translate_notebooks.py, which puts them in their places.

Each has notes for who translates it: what stands in the comment at the head of its file and in that
above it, in which notebooks the question is asked that these name, and what its places may hold.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import translate_notebooks

from labsupport.language.keyed import SENTENCES, Text, with_words
from labsupport.reference import parsed, sheet_with_words

ROOT = Path(__file__).parents[1]
EN = ROOT / "data" / "course" / "en"
FACTS = ROOT / "data" / "reference"
PLACE = re.compile(r"\{(\w+)[^{}]*\}")
KEY = re.compile(r'(?:"([^"]+)"|([\w-]+))\s*=')
HOLDS = ROOT / "data" / "course" / "locale" / "places.toml"
CALL = re.compile(r'\blab(?:\.\w+)+(?:\("[\w-]+")?')
# By a key: what a notebook calls to show it.
CALLED = {
    re.compile(r"questions\.question\.([\w-]+)\."): "course.question",
    re.compile(r"cases\.([\w-]+)\."): "course.case",
}
SENTENCE = re.compile(r"(?<=\.) (?=[A-Z`{])")  # where one ends and another begins


@dataclass(frozen=True)
class Message:
    """A text: its key, the file it lies in, and what a translator has to know of it."""

    key: str
    text: Text
    file: str
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text, or that for one and that for more."""
        return (
            tuple(self.text.values()) if isinstance(self.text, dict) else (self.text,)
        )


def messages() -> list[Message]:
    """Return all messages, file by file in a fixed order."""
    found = [*_of_the_course(), *_of_the_facts(), *_of_the_notebooks()]
    holds = tomllib.loads(HOLDS.read_text(encoding="utf-8"))
    return [
        replace(
            message, notes=(*message.notes, *_shown(message), *_places(message, holds))
        )
        for message in found
    ]


def places(message: Message) -> list[str]:
    """Return the names of the {places} of a message, in the order of its text.

    >>> places(Message("a.b", {"one": "{name} has one.", "more": "{name} has {count}."}, "a.toml"))
    ['name', 'count']
    """
    return list(
        dict.fromkeys(name for text in message.texts for name in PLACE.findall(text))
    )


def keys_of(message: Message) -> tuple[str, str, str]:
    """Return by what places.toml may know a message: its file, its sentence, its key.

    >>> keys_of(Message("impact.seen.none", "{who}", "impact.toml"))
    ('impact', 'impact.seen', 'impact.seen.none')
    """
    return message.key.partition(".")[0], message.key.removesuffix(".none"), message.key


def _places(message: Message, holds: dict[str, Any]) -> Iterator[str]:
    """Yield what each {place} of a message may hold."""
    known = dict(holds["places"])
    for key in keys_of(message):
        known |= holds["in"].get(key, {})
    return (f"{{{name}}}: {known[name]}" for name in places(message) if name in known)


def _shown(message: Message) -> Iterator[str]:
    """Yield in which notebooks what a message belongs to is asked, and in which section first."""
    calls = dict.fromkeys(call for note in message.notes for call in CALL.findall(note))
    for pattern, method in CALLED.items():
        if match := pattern.match(message.key):
            calls[f'lab.{method}("{match[1]}"'] = None
    sections: dict[str, str] = {}
    for call in calls:
        for notebook, heading in _asked(call):
            sections.setdefault(notebook, heading)
    if sections:
        yield "; ".join(
            f"notebook {number}, {sections[number]}" for number in sorted(sections)
        )


@functools.cache
def _asked(call: str) -> list[tuple[str, str]]:
    """Return the notebooks, by their numbers, and the sections in which something is asked."""
    written = re.compile(re.escape(call) + r"(?!\w)")
    return [
        (notebook, heading)
        for notebook, heading, code in _code()
        if written.search(code)
    ]


@functools.cache
def _code() -> list[tuple[str, str, str]]:
    """Return each cell with code: the number of its notebook, its section, its source."""
    cells: list[tuple[str, str, str]] = []
    for path in translate_notebooks.originals():
        number = translate_notebooks.key_of(path).removeprefix("notebook.")
        for heading, cell in translate_notebooks.with_headings(path):
            if cell.cell_type == "code":
                cells.append((number, heading, cell.source))
    return cells


def _of_the_course() -> Iterator[Message]:
    """The files of data/course/en: TOML, and whole texts."""
    for path in sorted(EN.rglob("*")):
        name = path.relative_to(EN).as_posix()
        if path.suffix == ".toml":
            written = path.read_text(encoding="utf-8")
            is_sentences = name.startswith(SENTENCES)
            notes = _comments(written) if is_sentences else _first_sentence(written)
            yield from _collected(tomllib.loads(written), name, path, notes)
        elif path.suffix == ".txt":  # an order or a paper of a case
            notes = _first_sentence(
                (path.parent / "case.toml").read_text(encoding="utf-8")
            )
            yield from _collected(path.read_text(encoding="utf-8"), name, path, notes)


def _collected(
    value: Any, name: str, path: Path, notes: dict[str, list[str]]
) -> list[Message]:
    """Return the messages of one file of the course."""
    found: list[Message] = []

    def put(key: str, text: Text) -> Text:
        last = key.rpartition(".")[2]
        said = tuple(notes.get("", []) + (notes.get(last, []) if last else []))
        if isinstance(text, dict) and "none" in text:
            found.append(Message(f"{key}.none", text["none"], _place(path), said))
        counted = (
            {one: text[one] for one in ("one", "more")}
            if isinstance(text, dict)
            else text
        )
        found.append(Message(key, counted, _place(path), said))
        return text

    with_words(value, name, put)
    return found


def _comments(written: str) -> dict[str, list[str]]:
    """Return what a file of sentences says of all of them (""), and of those below a comment.

    The comment at its head, which an empty line ends, is of all.
    """
    head, _, rest = written.partition("\n\n")
    if any(not line.startswith("#") for line in head.splitlines()):
        head, rest = "", written
    notes = {"": [_plain(head)] if head else []}
    above: list[str] = []
    was_comment = False
    for line in rest.splitlines():
        if line.startswith("#"):
            above = [*above, line] if was_comment else [line]
        elif match := KEY.match(line):
            notes[match[1] or match[2]] = [_plain("\n".join(above))] if above else []
        was_comment = line.startswith("#")
    return notes


def _first_sentence(written: str) -> dict[str, list[str]]:
    """Return what the comment at the head of a file begins with: of all that is in it."""
    lines = itertools.takewhile(re.compile("# ").match, written.splitlines())
    return {"": [SENTENCE.split(_plain("\n".join(lines)))[0]]}


def _plain(comment: str) -> str:
    """Return a comment of TOML as a text."""
    return " ".join(line.lstrip("# ") for line in comment.splitlines())


def _of_the_facts() -> Iterator[Message]:
    """The tables of data/reference."""
    for path in sorted(FACTS.glob("*.csv")):
        yield from _of_a_table(path)


def _of_a_table(path: Path) -> list[Message]:
    found: dict[str, Message] = {}

    def put(key: str, text: str) -> str:
        table, _, place = key.removeprefix("reference.").partition(".")
        note = f'lab.course.reference("{table}"): {place or "its title"}'
        found.setdefault(key, Message(key, text, _place(path), (note,)))
        return text

    sheet_with_words(parsed(path.read_text(encoding="utf-8")), path.stem, put)
    return list(found.values())


def _of_the_notebooks() -> Iterator[Message]:
    for path in translate_notebooks.originals():
        for key, text, note in translate_notebooks.messages(path):
            yield Message(key, text, _place(path), (note,))


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
