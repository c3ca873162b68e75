"""Bring the catalogues of translations up to date with the messages of the course: `make words`.

A message is known by its key. Where its English changed, the translation stays, marked as fuzzy,
with the English that it was made of; where a text moved to another key, its translation moves too;
what is gone from the course is kept at the end as obsolete. Nothing translated is thrown away.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import messages as course
import polib

from labsupport.language.compiling import compile_all, source_of
from labsupport.language.naming import NAMES

LOCALE = Path(__file__).parents[1] / "data" / "course" / "locale"
PERCENT = re.compile("%")
FUZZY = "fuzzy"
PLURALS = {"es": "nplurals=2; plural=(n != 1);", "pt": "nplurals=2; plural=(n > 1);"}


def entry_of(message: course.Message) -> polib.POEntry:
    """Return the entry of a message, not translated."""
    entry = polib.POEntry(
        msgctxt=message.key,
        msgid=message.texts[0],
        occurrences=[(message.file, "")],
        comment="\n".join(message.notes),
    )
    if len(message.texts) > 1:
        entry.msgid_plural = message.texts[1]
        entry.msgstr_plural = {0: "", 1: ""}
    if any("{" in text for text in message.texts):
        entry.flags.append("python-brace-format")
    if any(PERCENT.search(text) for text in message.texts):
        entry.flags.append("no-python-format")
    return entry


def updated(old: polib.POFile, found: Iterable[course.Message]) -> polib.POFile:
    """Return the catalogue of these messages, with all that was translated.

    >>> old = polib.POFile()
    >>> old.append(polib.POEntry(msgctxt="a.b", msgid="One.", msgstr="Uno."))
    >>> (entry,) = updated(old, [course.Message("a.b", "One!", "a.toml")])
    >>> entry.msgstr, entry.fuzzy, entry.previous_msgid
    ('Uno.', True, 'One.')
    """
    new = polib.POFile(wrapwidth=0)
    new.metadata, new.header = dict(old.metadata), old.header
    entries = [entry_of(message) for message in found]
    texts = {entry.msgctxt: _text(entry) for entry in entries}
    known = {entry.msgctxt: entry for entry in old}
    # Where a text is no longer at its key, its translation is free to go where the text went.
    free = defaultdict(list)
    for entry in old:
        if _is_translated(entry) and texts.get(entry.msgctxt) != _text(entry):
            free[_text(entry)].append(entry)
    moved = set()
    for entry in entries:
        before = known.get(entry.msgctxt)
        if before and _text(before) == _text(entry):
            _take(entry, before)
        elif free[_text(entry)]:
            source = _nearest(entry, free[_text(entry)])
            _take(entry, source)
            moved.add(source.msgctxt)
        elif before and _is_translated(before):
            _take_as_fuzzy(entry, before)
        new.append(entry)
    for entry in old:
        is_gone = entry.msgctxt not in texts and entry.msgctxt not in moved
        if is_gone and _is_translated(entry):
            entry.obsolete, entry.comment, entry.occurrences = True, "", []
            new.append(entry)
    return new


def _text(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgid, entry.msgid_plural


def _is_translated(entry: polib.POEntry) -> bool:
    return bool(entry.msgstr or any(entry.msgstr_plural.values()))


def _take(entry: polib.POEntry, before: polib.POEntry) -> None:
    """Translate an entry as one of the same text was translated, its doubts included."""
    entry.msgstr, entry.msgstr_plural = before.msgstr, dict(before.msgstr_plural)
    entry.tcomment = before.tcomment
    if FUZZY in before.flags:
        entry.flags.insert(0, FUZZY)
        entry.previous_msgid = before.previous_msgid
        entry.previous_msgid_plural = before.previous_msgid_plural


def _take_as_fuzzy(entry: polib.POEntry, before: polib.POEntry) -> None:
    """Keep the translation of what stood at this key, and say of which English it was made."""
    _take(entry, before)
    if FUZZY not in entry.flags:
        entry.flags.insert(0, FUZZY)
        entry.previous_msgid = before.msgid
        entry.previous_msgid_plural = before.msgid_plural or None
    if bool(entry.msgid_plural) != bool(before.msgid_plural):
        said = before.msgstr or before.msgstr_plural[1]
        entry.msgstr = "" if entry.msgid_plural else said
        entry.msgstr_plural = {0: said, 1: said} if entry.msgid_plural else {}


def _nearest(entry: polib.POEntry, sources: list[polib.POEntry]) -> polib.POEntry:
    """Return the entry whose key begins as this one's does, for the longest way."""

    def shared(source: polib.POEntry) -> int:
        pairs = zip(source.msgctxt, entry.msgctxt, strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), len(entry.msgctxt))

    return max(sources, key=shared)


def begun(code: str) -> polib.POFile:
    """Return an empty catalogue of a language."""
    new = polib.POFile(wrapwidth=0)
    new.metadata = {
        "Project-Id-Version": "labsupport",
        "Language": code,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS.get(code, PLURALS["es"]),
    }
    return new


def main() -> None:
    """Update the catalogue of each language, and begin those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", nargs="*", help=f"begin one: a code, like {', '.join(NAMES)}")
    parser.add_argument("--locale", type=Path, default=LOCALE, help="default: %(default)s")
    asked = parser.parse_args()
    found = course.messages()
    files = {path.parts[-3]: path for path in asked.locale.glob("guide/*/LC_MESSAGES/*.po")}
    for code in asked.language:
        files.setdefault(code, source_of(asked.locale, code))
    for code, file in sorted(files.items()):
        old = polib.pofile(str(file)) if file.exists() else begun(code)
        new = updated(old, found)
        file.parent.mkdir(parents=True, exist_ok=True)
        new.save(str(file))
        done = len(new.translated_entries())
        doubtful, obsolete = len(new.fuzzy_entries()), len(new.obsolete_entries())
        print(f"{code}: {done} of {len(found)} messages are translated", end="")
        print(f"; to look at again: {doubtful}; kept, and no longer used: {obsolete}")
    compile_all(asked.locale)


if __name__ == "__main__":
    main()
