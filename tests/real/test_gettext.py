"""The catalogues as GNU gettext reads them: what Poedit, Weblate and other tools stand on."""

from __future__ import annotations

import gettext
import os
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from labsupport.language import compiling

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "data" / "course" / "locale"
CODES = compiling.codes(LOCALE)
CHANGED = 'Another text,\nwith a line\\ and "quotation marks" and {count} %.'

sys.path.insert(0, str(ROOT / "tools"))
import messages as course  # noqa: E402
import update_words  # noqa: E402


def run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run a program of gettext; what it says is English."""
    env = os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    return subprocess.run(command, env=env, capture_output=True, check=True)


def read_again(text: bytes) -> str:
    """What we read of it, as we write it."""
    return str(polib.pofile(text.decode(), wrapwidth=0))


@pytest.fixture(params=CODES)
def source(request: pytest.FixtureRequest) -> Path:
    return compiling.source_of(LOCALE, request.param)


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A catalogue with all that can become of a translation: changed, doubted, moved, gone."""
    found = course.messages()
    catalogue = polib.pofile(str(compiling.source_of(LOCALE, "es")), wrapwidth=0)
    changed = {message.key: message for message in found}
    for number, (key, message) in enumerate(list(changed.items())[::50]):
        if number % 4 == 0:
            changed[key] = course.Message(key, CHANGED, message.file)
        elif number % 4 == 1:
            changed[key] = course.Message(f"moved.{key}", message.text, message.file)
        elif number % 4 == 2:
            del changed[key]
        else:
            changed[key] = course.Message(
                key, {"one": "a", "more": "b {count}"}, message.file
            )
    for entry in catalogue[1::50]:
        entry.flags.insert(0, "fuzzy")
        entry.tcomment = "Who knows?\nNot I."
    new = update_words.updated(catalogue, changed.values())
    assert len(new.fuzzy_entries()) > 100
    assert len(new.obsolete_entries()) > 30
    file = tmp_path / "edited.po"
    new.save(str(file))
    return file


def checked(file: Path) -> str:
    """What `msgfmt --check` says of a file: no warning, and how much is translated."""
    return run(
        "msgfmt", "--check", "--verbose", "--output-file", os.devnull, file
    ).stderr.decode()


def answered(catalogue: gettext.GNUTranslations, entry: polib.POEntry) -> list[str]:
    """What a catalogue has for a message, for each number."""
    key, text, plural = entry.msgctxt, entry.msgid, entry.msgid_plural
    if plural:
        return [catalogue.npgettext(key, text, plural, count) for count in range(12)]
    return [catalogue.pgettext(key, text)]


def test_a_catalogue_is_checked_without_a_warning(source: Path) -> None:
    done = len(polib.pofile(str(source)).translated_entries())
    assert checked(source) == f"{done} translated messages.\n"


def test_a_catalogue_in_the_middle_of_work_is_checked_without_a_warning(
    edited: Path,
) -> None:
    said = checked(edited)
    assert said.count("\n") == 1
    assert "translated messages" in said
    assert "fuzzy translations" in said


def test_a_fault_is_found(edited: Path) -> None:
    """The checks above can fail."""
    catalogue = polib.pofile(str(edited), wrapwidth=0)
    broken = next(
        one for one in catalogue if "{name}" in one.msgstr and one.translated()
    )
    broken.msgstr = broken.msgstr.replace("{name}", "{nombre}")
    catalogue.save()
    with pytest.raises(subprocess.CalledProcessError):
        checked(edited)


def test_what_gettext_writes_we_read_as_what_it_read(
    source: Path, edited: Path
) -> None:
    for file in (source, edited):
        text = file.read_text("utf-8")
        assert run("msgcat", "--no-wrap", file).stdout.decode() == text
        # Poedit and others wrap the lines.
        assert read_again(run("msgcat", file).stdout) == text


def test_merged_with_itself_a_catalogue_loses_nothing(source: Path) -> None:
    merged = run(
        "msgmerge", "--quiet", "--previous", "--output-file=-", source, source
    ).stdout
    assert read_again(merged) == source.read_text("utf-8")


def test_compiled_by_gettext_a_catalogue_answers_as_compiled_by_us(
    source: Path, edited: Path, tmp_path: Path
) -> None:
    for number, file in enumerate((source, edited)):
        theirs, ours = tmp_path / f"theirs{number}.mo", tmp_path / f"ours{number}.mo"
        run("msgfmt", "--output-file", theirs, file)
        ours.write_bytes(compiling.compiled(file.read_bytes())[0])
        with theirs.open("rb") as stream:
            by_gettext = gettext.GNUTranslations(stream)
        with ours.open("rb") as stream:
            by_us = gettext.GNUTranslations(stream)
        for entry in polib.pofile(str(file)):
            said = answered(by_gettext, entry)
            assert said == answered(by_us, entry), entry.msgctxt
            if entry.translated():
                assert set(said) <= {entry.msgstr, *entry.msgstr_plural.values()}
