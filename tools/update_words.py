"""Bring the catalogues of translations up to date with the messages of the course: `make words`.

A message is known by its key. Where its English changed, the translation stays, marked as fuzzy,
with the English that it was made of; where a text moved to another key, its translation moves too;
what is gone from the course is kept at the end as obsolete, and comes back with its text. Nothing
translated is thrown away. The file is written as GNU gettext writes it, on lines of any length.
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
HEADER = """\
What a person sees of the course, in another language: docs/translating.md says how to work on it.
Who translated what, and when, is in the history of the repository. Here these two lines stay empty:
so the work of two people merges."""
PERCENT = re.compile("%")
FUZZY = "fuzzy"
BEFORE = (
    " (before)"  # behind the key of what is kept where the key has its text already
)
FORMS = re.compile(r"nplurals=(\d+)")
PLURALS = {
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "pt": "nplurals=2; plural=(n > 1);",
}
English = tuple[str, str]  # a text, and that for more than one, "" where there is none


def entry_of(message: course.Message, forms: int = 2) -> polib.POEntry:
    """Return the entry of a message, not translated; `forms` is how many its language has."""
    entry = polib.POEntry(
        msgctxt=message.key,
        msgid=message.texts[0],
        occurrences=[(message.file, "")],
        comment="\n".join(message.notes),
    )
    if len(message.texts) > 1:
        entry.msgid_plural = message.texts[1]
        entry.msgstr_plural = dict.fromkeys(range(forms), "")
    if any(PERCENT.search(text) for text in message.texts):
        entry.flags.append("no-python-format")
    if course.places(message):
        entry.flags.append("python-brace-format")
    return entry


def updated(old: polib.POFile, found: Iterable[course.Message]) -> polib.POFile:
    """Return the catalogue of these messages, with all that was translated.

    >>> old = begun("es")
    >>> old.append(polib.POEntry(msgctxt="a.b", msgid="One.", msgstr="Uno."))
    >>> (entry,) = updated(old, [course.Message("a.b", "One!", "a.toml")])
    >>> entry.msgstr, entry.fuzzy, entry.previous_msgid
    ('Uno.', True, 'One.')
    """
    new = begun(old.metadata["Language"], old.metadata["Plural-Forms"])
    forms = int(FORMS.findall(old.metadata["Plural-Forms"])[0])
    new += (entry_of(message, forms) for message in found)
    texts = {entry.msgctxt: _text(entry) for entry in new}
    translated = [entry for entry in old if _is_translated(entry)]
    # What stood at each key: if it was in use and something else is kept, what was in use.
    known = {entry.msgctxt: entry for entry in sorted(old, key=_is_in_use)}
    # Where a text is no longer at its key, its translation is free to go where the text went.
    free: dict[English, list[polib.POEntry]] = defaultdict(list)
    for entry in translated:
        if entry.obsolete or texts.get(entry.msgctxt) != _made_of(entry):
            free[_made_of(entry)].append(entry)
    taken: set[int] = set()
    changed: list[polib.POEntry] = []
    for entry in new:
        before, text = known.get(entry.msgctxt), _text(entry)
        if before and _is_translated(before) and _is_of(before, text):
            source = before
        elif free[text]:
            source = _nearest(entry, free[text])
        else:
            changed.append(entry)
            continue
        _take(entry, source)
        taken.add(id(source))
    for entry in changed:
        before = known.get(entry.msgctxt)
        if before and id(before) not in taken:
            _take(entry, before)
            if set(_translations(before)) <= set(_translations(entry)):
                taken.add(id(before))
    in_use = len(new)
    for entry in translated:
        if id(entry) not in taken:
            _keep(new, entry)
    new[in_use:] = sorted(new[in_use:], key=_named)  # so that two people's work merges
    return new


def _text(entry: polib.POEntry) -> English:
    return entry.msgid, entry.msgid_plural


def _made_of(entry: polib.POEntry) -> English:
    """Return the English that a translation was made of: of a fuzzy one that before the change."""
    if FUZZY in entry.flags and entry.previous_msgid is not None:
        return entry.previous_msgid, entry.previous_msgid_plural or ""
    return _text(entry)


def _is_of(entry: polib.POEntry, text: English) -> bool:
    """Whether an entry is of a text; or was, and that text is there again."""
    return text == _text(entry) or (text == _made_of(entry) and not _is_doubted(entry))


def _is_doubted(entry: polib.POEntry) -> bool:
    """Whether somebody marked it, or it was made of a text for one and stands for a plural."""
    is_converted = bool(_made_of(entry)[1]) != bool(entry.msgid_plural)
    return FUZZY in entry.flags and (entry.previous_msgid is None or is_converted)


def _is_in_use(entry: polib.POEntry) -> bool:
    return not entry.obsolete


def _named(entry: polib.POEntry) -> tuple[str, English]:
    return entry.msgctxt, _text(entry)


def _translations(entry: polib.POEntry) -> list[str]:
    """Return what an entry is translated to, form by form."""
    return [said for said in (entry.msgstr, *entry.msgstr_plural.values()) if said]


def _is_translated(entry: polib.POEntry) -> bool:
    return bool(_translations(entry))


def _take(entry: polib.POEntry, source: polib.POEntry) -> None:
    """Translate an entry as another one was; fuzzy where that had another text, or was doubted."""
    entry.tcomment = source.tcomment
    said = _translations(source)
    if not said:
        return
    if not entry.msgid_plural:
        entry.msgstr = said[-1]
    elif source.msgid_plural:
        entry.msgstr_plural = dict(source.msgstr_plural)
    else:
        entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, said[0])
    english, plural = made_of = _made_of(source)
    if made_of != _text(entry):
        entry.flags.insert(0, FUZZY)
        entry.previous_msgid, entry.previous_msgid_plural = english, plural or None
    elif _is_doubted(source):
        entry.flags.insert(0, FUZZY)


def _keep(new: polib.POFile, entry: polib.POEntry) -> None:
    """Keep what is not used at the end; where its key has its text already, by another key."""
    key, (english, plural) = entry.msgctxt, _made_of(entry)
    while any((other.msgctxt, other.msgid) == (key, english) for other in new):
        key += BEFORE
    kept = polib.POEntry(
        msgctxt=key, msgid=english, msgid_plural=plural, obsolete=True, flags=[]
    )
    if plural:
        kept.msgstr_plural = dict.fromkeys(entry.msgstr_plural or range(2), "")
    _take(kept, entry)
    new.append(kept)


def _nearest(entry: polib.POEntry, sources: list[polib.POEntry]) -> polib.POEntry:
    """Return the one that nobody doubts, and whose key begins as this one's for the longest way."""

    def nearness(source: polib.POEntry) -> tuple[bool, int]:
        pairs = zip(source.msgctxt, entry.msgctxt, strict=False)
        shared = next(
            (n for n, (a, b) in enumerate(pairs) if a != b), len(entry.msgctxt)
        )
        return not _is_doubted(source), shared

    return max(sources, key=nearness)


def begun(code: str, plurals: str = "") -> polib.POFile:
    """Return an empty catalogue of a language; `plurals` are its rules, if PLURALS lacks them.

    A language whose rules are nowhere raises KeyError.
    """
    new = polib.POFile(wrapwidth=0)
    new.header = HEADER
    new.metadata = {
        "Project-Id-Version": "labsupport",
        "PO-Revision-Date": "",
        "Last-Translator": "",
        "Language-Team": NAMES.get(code, code),
        "Language": code,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plurals or PLURALS[code],
    }
    return new


def main() -> None:
    """Update the catalogue of each language, and begin those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "language", nargs="*", help=f"begin one: a code, like {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--locale", type=Path, default=LOCALE, help="default: %(default)s"
    )
    asked = parser.parse_args()
    found = course.messages()
    files = {
        path.parts[-3]: path for path in asked.locale.glob("guide/*/LC_MESSAGES/*.po")
    }
    for code in asked.language:
        if code not in files and code not in PLURALS:
            parser.error(
                f"the plural forms of {code} are not in PLURALS of {Path(__file__).name}"
            )
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
