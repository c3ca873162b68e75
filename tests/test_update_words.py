"""`make words`: what becomes of translations as the messages of the course change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.language import UNTRANSLATED, Language, compiling, read_catalogue

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import messages as course  # noqa: E402
import update_words  # noqa: E402

COUNTED = {"one": "{count} site", "more": "{count} sites"}


def message(key: str, text: course.Text) -> course.Message:
    return course.Message(key, text, "data/course/en/sentences/a.toml")


def written(catalogue: polib.POFile) -> polib.POFile:
    """The catalogue as it is read again."""
    text = str(catalogue)
    again = polib.pofile(text, wrapwidth=0)
    assert str(again) == text
    return again


def after(old: polib.POFile, *messages: course.Message) -> polib.POFile:
    """The catalogue of these messages, once it has been written and read again."""
    new = written(update_words.updated(old, messages))
    assert str(update_words.updated(new, messages)) == str(new), (
        "a second time changes nothing"
    )
    return new


def translated(**texts: tuple[course.Text, str]) -> polib.POFile:
    """A catalogue of messages, each with what it is translated to: a key `a_b` stands for `a.b`."""
    messages = [
        message(key.replace("_", "."), text) for key, (text, _) in texts.items()
    ]
    catalogue = after(update_words.begun("es"), *messages)
    for entry, (_, said) in zip(catalogue, texts.values(), strict=True):
        if entry.msgid_plural:
            entry.msgstr_plural = {0: f"{said} (1)", 1: f"{said} (n)"}
        else:
            entry.msgstr = said
    return written(catalogue)


def entry(catalogue: polib.POFile, key: str) -> polib.POEntry:
    (found,) = (one for one in catalogue if one.msgctxt == key and not one.obsolete)
    return found


def kept(catalogue: polib.POFile) -> list[tuple[str, str, str]]:
    return [
        (one.msgctxt, one.msgid, one.msgstr) for one in catalogue.obsolete_entries()
    ]


def test_a_text_that_changed_keeps_its_translation_and_says_what_it_was_made_of() -> (
    None
):
    old = translated(a_b=("A\nlong text.", "Un\ntexto."), a_c=("Two.", "Dos."))
    new = after(old, message("a.b", "A\nshort text."), message("a.c", "Two."))
    changed = entry(new, "a.b")
    assert changed.fuzzy
    assert (changed.msgstr, changed.previous_msgid) == ("Un\ntexto.", "A\nlong text.")
    assert entry(new, "a.c").translated()
    assert not new.obsolete_entries()


def test_a_text_that_changed_is_said_in_english_with_a_mark(tmp_path: Path) -> None:
    old = translated(a_b=("One.", "Uno."), a_c=(COUNTED, "sitios"))
    new = after(
        old,
        message("a.b", "One!"),
        message("a.c", COUNTED | {"more": "{count} of them"}),
    )
    file = tmp_path / "labsupport.mo"
    file.write_bytes(compiling.compiled(str(new).encode())[0])
    with file.open("rb") as stream:
        say = Language("es", read_catalogue(stream))
    assert say.translated("a.b", "One!") == f"{UNTRANSLATED}One!"
    assert say._for_number(
        "a.c", {"one": "{count} site", "more": "{count} of them"}, 2
    ) == (f"{UNTRANSLATED}{{count}} of them")


def test_the_test_of_all_translations_names_a_text_that_changed() -> None:
    from test_translations import left

    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    new = after(
        old, message("a.b", "One!"), message("a.c", "Two."), message("a.d", "Three.")
    )
    named = [
        "data/course/en/sentences/a.toml a.b: One!",
        "data/course/en/sentences/a.toml a.d: Three.",
    ]
    assert left("es", new) == [f"es: {one}" for one in named]


def test_changed_twice_the_translation_says_of_what_it_was_made() -> None:
    old = translated(a_b=("First.", "Primero."), a_c=(COUNTED, "sitios"))
    second = after(
        old, message("a.b", "Second."), message("a.c", COUNTED | {"one": "a site"})
    )
    third = after(
        second, message("a.b", "Third."), message("a.c", COUNTED | {"one": "one site"})
    )
    assert entry(third, "a.b").previous_msgid == "First."
    assert entry(third, "a.c").previous_msgid == COUNTED["one"]
    assert entry(third, "a.c").previous_msgid_plural == COUNTED["more"]


def test_changed_back_the_translation_is_good_again() -> None:
    old = translated(a_b=("First.", "Primero."))
    again = after(after(old, message("a.b", "Second.")), message("a.b", "First."))
    assert str(again) == str(old)


def test_who_doubts_a_translation_doubts_it_still() -> None:
    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    entry(old, "a.b").flags.insert(0, "fuzzy")
    new = after(old, message("a.b", "One."), message("a.c", "Two."))
    assert entry(new, "a.b").fuzzy
    moved = after(new, message("a.d", "One."), message("a.c", "Two."))
    assert entry(moved, "a.d").fuzzy
    changed = after(new, message("a.b", "One!"), message("a.c", "Two."))
    assert entry(changed, "a.b").previous_msgid == "One."


def test_a_text_that_moves_takes_its_translation_along() -> None:
    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    new = after(old, message("z.y", "One."), message("a.c", "Two."))
    assert entry(new, "z.y").translated()
    assert entry(new, "z.y").msgstr == "Uno."
    assert not new.obsolete_entries()


def test_what_comes_in_before_others_does_not_take_their_translations() -> None:
    """The paragraphs of a cell have numbers."""
    old = translated(n_1=("One.", "Uno."), n_2=("Two.", "Dos."))
    new = after(
        old, message("n.1", "New."), message("n.2", "One."), message("n.3", "Two.")
    )
    assert [one.msgstr for one in new] == ["", "Uno.", "Dos."]
    assert not new.fuzzy_entries()


def test_texts_change_places_with_their_translations() -> None:
    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    new = after(old, message("a.b", "Two."), message("a.c", "One."))
    assert [one.msgstr for one in new.translated_entries()] == ["Dos.", "Uno."]


def test_what_is_gone_is_kept_and_comes_back_with_its_text() -> None:
    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    gone = after(old, message("a.c", "Two."))
    assert kept(gone) == [("a.b", "One.", "Uno.")]
    assert kept(after(gone, message("a.c", "Two."))) == kept(gone)
    assert str(after(gone, message("a.b", "One."), message("a.c", "Two."))) == str(old)
    elsewhere = after(gone, message("a.c", "Two."), message("z.y", "One."))
    assert entry(elsewhere, "z.y").translated()
    changed = after(gone, message("a.b", "One!"), message("a.c", "Two."))
    assert entry(changed, "a.b").previous_msgid == "One."


def test_what_is_kept_comes_back_to_its_key_where_another_text_has_been() -> None:
    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    other = after(old, message("a.b", "Two."))
    assert kept(other) == [("a.b", "One.", "Uno.")]
    back = after(other, message("a.b", "One."))
    assert entry(back, "a.b").translated()
    assert entry(back, "a.b").msgstr == "Uno."


def test_what_is_gone_while_it_is_fuzzy_is_kept_with_the_text_that_it_was_made_of() -> (
    None
):
    old = translated(a_b=("One.", "Uno."))
    gone = after(after(old, message("a.b", "One!")))
    assert kept(gone) == [("a.b", "One.", "Uno.")]


def test_a_plural_becomes_a_singular_and_keeps_both_forms() -> None:
    old = translated(a_b=(COUNTED, "sitios"))
    for text in ("Many sites.", COUNTED["one"]):
        changed = after(old, message("a.b", text))
        single = entry(changed, "a.b")
        assert single.fuzzy
        assert (single.previous_msgid, single.previous_msgid_plural) == tuple(
            COUNTED.values()
        )
        assert single.msgstr == "sitios (n)"
        (both,) = changed.obsolete_entries()
        assert both.msgstr_plural == {0: "sitios (1)", 1: "sitios (n)"}
        back = after(changed, message("a.b", COUNTED))
        assert entry(back, "a.b").translated()
        assert entry(back, "a.b").msgstr_plural == both.msgstr_plural


def test_a_singular_becomes_a_plural() -> None:
    old = translated(a_b=("Many sites.", "Sitios."))
    counted = entry(after(old, message("a.b", COUNTED)), "a.b")
    assert counted.fuzzy
    assert counted.previous_msgid == "Many sites."
    assert counted.msgstr_plural == {0: "Sitios.", 1: "Sitios."}


def test_what_would_stand_twice_is_kept_by_another_key() -> None:
    """GNU gettext takes each key and text once."""
    old = translated(a_b=("One.", "Uno."), a_c=("Two.", "Dos."))
    gone = after(old, message("a.c", "Two."))
    again = translated(a_b=("One.", "Otro uno."), a_c=("Two.", "Dos."))
    again.append(gone.obsolete_entries()[0])
    new = after(again, message("a.b", "One."), message("a.c", "Two."))
    assert entry(new, "a.b").msgstr == "Otro uno."
    assert kept(new) == [(f"a.b{update_words.BEFORE}", "One.", "Uno.")]


def test_the_header_is_the_same_whoever_saved_the_file() -> None:
    old = translated(a_b=("One.", "Uno."))
    edited = written(old)
    edited.metadata |= {
        "X-Generator": "Poedit",
        "PO-Revision-Date": "2026-12-02 10:00-0300",
    }
    edited.metadata["Last-Translator"] = "Ana"
    edited.header = "Edited."
    assert str(after(edited, message("a.b", "One."))) == str(old)


def test_a_language_has_as_many_forms_as_its_header_says() -> None:
    plurals = "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);"
    new = after(update_words.begun("xx", plurals), message("a.b", COUNTED))
    assert new[0].msgstr_plural == {0: "", 1: "", 2: ""}
    assert new.metadata["Plural-Forms"] == plurals
    with pytest.raises(KeyError):
        update_words.begun("xx")


FLAGS: list[tuple[course.Text, list[str]]] = [
    ("One.", []),
    ("over 87%", ["no-python-format"]),
    ("{count} ones", ["python-brace-format"]),
    ("{count} % of it", ["no-python-format", "python-brace-format"]),
    (COUNTED, ["python-brace-format"]),
]


@pytest.mark.parametrize(("text", "flags"), FLAGS)
def test_a_percent_sign_is_text_and_a_place_is_named(
    text: course.Text, flags: list[str]
) -> None:
    assert update_words.entry_of(message("a.b", text)).flags == flags


# Nothing translated is lost, whatever becomes of the messages.


KEYS = st.sampled_from(["a.b", "a.c", "a.d", "z.y"])
TEXTS = st.one_of(
    st.sampled_from(
        ["One.", "Two.", "{count} site", 'Lines\nwith "signs"\\ and %.\n\n–']
    ),
    st.sampled_from([COUNTED, COUNTED | {"more": "many"}]),
)
MESSAGES = st.dictionaries(KEYS, TEXTS, max_size=4)


def translations(catalogue: Iterable[polib.POEntry]) -> set[str]:
    return {
        said for one in catalogue for said in (one.msgstr, *one.msgstr_plural.values())
    } - {""}


@given(
    st.lists(st.tuples(MESSAGES, st.sets(KEYS), st.sets(KEYS)), min_size=2, max_size=6)
)
def test_nothing_translated_is_lost_and_nothing_is_said_of_another_text(
    steps: list[tuple[dict[str, course.Text], set[str], set[str]]],
) -> None:
    """At each step the messages change, some are translated, and some are doubted."""
    catalogue = update_words.begun("es")
    made_of: dict[str, tuple[str, str]] = {}
    for messages, to_translate, doubted in steps:
        before = translations(catalogue)
        catalogue = after(
            catalogue, *(message(key, text) for key, text in messages.items())
        )
        assert translations(catalogue) == before
        assert [one.msgctxt for one in catalogue if not one.obsolete] == list(messages)
        named = [(one.msgctxt, one.msgid) for one in catalogue]
        assert len(set(named)) == len(named), "GNU gettext takes each key and text once"
        for held in catalogue:
            english = (held.msgid, held.msgid_plural)
            for said in {held.msgstr, *held.msgstr_plural.values()} - {""}:
                previous = (held.previous_msgid, held.previous_msgid_plural or "")
                is_of_another = held.fuzzy and held.previous_msgid is not None
                assert made_of[said] == (previous if is_of_another else english)
            is_new = (
                held.msgctxt in to_translate
                and not held.obsolete
                and not held.translated()
            )
            if is_new and not translations([held]):
                said = f"said {len(made_of)}"
                made_of[said] = english
                if held.msgid_plural:
                    held.msgstr_plural = {0: said, 1: f"{said}, more"}
                    made_of[f"{said}, more"] = english
                else:
                    held.msgstr = said
                if held.msgctxt in doubted:
                    held.flags.insert(0, "fuzzy")
        catalogue = written(catalogue)


# A module that moves


DRAFTED = """
import runpy, sys
from labsupport import Lab
from labsupport.lab_protocol import context_of

sys.argv = ["update_words.py"]
sys.path.insert(0, "tools")
runpy.run_path("tools/update_words.py", run_name="__main__")
lab = Lab("es")
answer = lab.evidence.preservation("www.museum.example", addressee=context_of(lab).say("part.host"),
    since="2026-10-29 -03:00", until="2026-10-30 12:00:00 -03:00")
assert "labsupport.answers.letters" in sys.modules
assert "labsupport.answers.requests" not in sys.modules
print(repr(answer), answer._repr_html_())
"""


def test_a_module_that_moves_finds_its_messages_and_translations_where_they_were(
    tmp_path: Path,
) -> None:
    """In a copy labsupport/answers/requests.py is renamed, and what imports it says so."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "labsupport", tmp_path / "labsupport", ignore=without)
    shutil.copytree(ROOT / "data", tmp_path / "labsupport" / "data")
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=without)
    (tmp_path / "data").symlink_to(tmp_path / "labsupport" / "data")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    module = tmp_path / "labsupport" / "answers" / "requests.py"
    module.rename(module.with_name("letters.py"))
    lab = tmp_path / "labsupport" / "facade" / "evidence.py"
    before = "from labsupport.answers import requests"
    text = lab.read_text("utf-8")
    assert text.count(before) == 1
    lab.write_text(text.replace(before, f"{before[:-8]}letters as requests"), "utf-8")
    file = compiling.source_of(tmp_path / "data" / "course" / "locale", "es")
    catalogue = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", DRAFTED],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == catalogue
    assert Language.load("es")("requests.request_to_preserve_data") in done.stdout
    assert UNTRANSLATED.strip() not in done.stdout
