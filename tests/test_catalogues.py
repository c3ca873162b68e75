"""What is compiled of the translations: made where it is missing or stale, and not stored."""

from __future__ import annotations

import gettext
import io
import shutil
import subprocess
import threading
from pathlib import Path

import polib
import pytest

from labsupport import language
from labsupport.language import compiling

ROOT = Path(__file__).parents[1]
SOURCE = compiling.source_of(ROOT / "data" / "course" / "locale", "es")
KEY, TEXT = "ask.name", "name"
GUIDE_KEY = "guide.plans.plan.two days.title"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder with the translations, which the course reads from now on."""
    shutil.copytree(
        ROOT / "data" / "course" / "locale",
        tmp_path / "locale",
        ignore=shutil.ignore_patterns("*.mo"),
    )
    monkeypatch.setattr(language, "_course", lambda: tmp_path)
    return tmp_path / "locale"


def read(file: Path) -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO(file.read_bytes()))


def changed(source: Path) -> None:
    """As a `git pull` leaves a catalogue: another translation."""
    written = source.read_text("utf-8")
    before = f'msgctxt "{KEY}"\nmsgid "{TEXT}"\nmsgstr "nombre"'
    assert before in written
    source.write_text(
        written.replace(before, before.replace("nombre", "otro")), "utf-8"
    )


def test_what_is_missing_or_stale_is_made_when_it_is_read(course: Path) -> None:
    catalogue_of = language.catalogue_of.__wrapped__
    assert catalogue_of("es").pgettext(KEY, TEXT) == "nombre"
    source, files = compiling.source_of(course, "es"), compiling.made_of(course, "es")
    assert not any(compiling.is_stale(file, source) for file in files)
    changed(source)
    assert all(compiling.is_stale(file, source) for file in files)
    assert catalogue_of("es").pgettext(KEY, TEXT) == "otro"
    assert compiling.compile_all(course) == []


def test_where_nobody_may_write_it_is_read_all_the_same(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: Path) -> list[Path]:
        raise PermissionError(folder)

    monkeypatch.setattr(compiling, "compile_all", refused)
    assert language.catalogue_of.__wrapped__("es").pgettext(KEY, TEXT) == "nombre"
    assert not list(course.rglob("*.mo"))


def test_a_desk_without_the_guide_has_the_rest(course: Path) -> None:
    """A desk of a room has no .po: there is nothing to compare with."""
    compiling.compile_all(course)
    whole, without = map(read, compiling.made_of(course, "es"))
    title = next(
        one.msgid for one in polib.pofile(str(SOURCE)) if one.msgctxt == GUIDE_KEY
    )
    assert whole.pgettext(GUIDE_KEY, title) != title
    assert without.pgettext(GUIDE_KEY, title) == title
    shutil.rmtree(course / "guide")
    assert language.languages() == ["en", "es"]
    assert language.catalogue_of.__wrapped__("es").pgettext(KEY, TEXT) == "nombre"


def test_the_same_source_makes_the_same_bytes_however_its_lines_end(
    course: Path,
) -> None:
    source = compiling.source_of(course, "es").read_bytes()
    assert compiling.compiled(source) == compiling.compiled(source)
    file = compiling.made_of(course, "es")[0]
    compiling.compile_all(course)
    compiling.source_of(course, "es").write_bytes(source.replace(b"\n", b"\r\n"))
    assert not compiling.is_stale(file, compiling.source_of(course, "es"))


def test_several_may_make_it_at_once(course: Path) -> None:
    threads = [
        threading.Thread(target=compiling.compile_all, args=(course,)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(compiling.made_of(course, "es")[0]).pgettext(KEY, TEXT) == "nombre"
    assert sorted(file.suffix for file in course.rglob("*labsupport*")) == [
        ".mo",
        ".mo",
        ".po",
    ]


def test_nothing_that_is_made_is_stored() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.mo", "*.pot", "*SHA256SUMS"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert listed.stdout == ""
