"""The edition for a browser: the course with nothing but files, in a page that is not secure.

Nobody outside is asked for anything (edition.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from edition import opened, run, window_of
from playwright.sync_api import Browser, Page, expect
from projection import projected

from labsupport.language import Language, languages

ORIGINALS = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = [
    (language, file.name)
    for language in languages()
    for file in sorted((ORIGINALS / language).glob("*.ipynb"))
]
FIRST = "00-start-here.ipynb"


def without_stamps(text: str, say: Language) -> str:
    """Leave out what is said where no time-stamp can be checked: that needs what is compiled."""
    return text.replace(f" {say('verification.stamps_unchecked')}", "")


# A page that begins, and its Python, take longer than the cells: one takes all notebooks in turn.
TURN = """async ([path, source]) => {
    const { serviceManager: { contents }, shell } = window.jupyterapp;
    const { content } = await contents.get(path, { content: true });
    await (await contents.defaultDrive.storage).clear();
    content.cells.unshift({ cell_type: 'code', source, metadata: {}, outputs: [] });
    shell.currentWidget.content.model.fromJSON(content);
}"""
ANEW = """import pathlib, shutil
for one in pathlib.Path().iterdir():
    shutil.rmtree(one) if one.is_dir() else one.unlink()
%reset -f"""


@pytest.fixture(scope="module")
def lesson(alone: Browser, site: Path, address: str) -> Iterator[Page]:
    with window_of(alone, site, address) as page:
        opened(page, address, FIRST)
        yield page


@pytest.mark.parametrize(("language", "notebook"), NOTEBOOKS)
def test_every_cell_shows_what_is_stored(
    lesson: Page, language: str, notebook: str
) -> None:
    assert lesson.evaluate("[isSecureContext, crossOriginIsolated]") == [False, False]
    lesson.evaluate(
        TURN, [notebook if language == "en" else f"{language}/{notebook}", ANEW]
    )
    say = Language.load(language)
    stored = nbformat.read(ORIGINALS / language / notebook, as_version=4).cells
    expected = {
        cell.id: projected(cell.outputs) for cell in stored if cell.cell_type == "code"
    }
    _, *ran = run(lesson)
    shown = {
        cell.id: [without_stamps(text, say) for text in projected(cell.outputs)]
        for cell in ran
    }
    different = {
        cell.source: (shown[cell.id], expected[cell.id])
        for cell in ran
        if shown[cell.id] != expected[cell.id]
    }
    assert different == {}
    assert shown.keys() == expected.keys()


def test_the_first_page_names_its_edition_and_leads_into_the_course(
    window: Page, address: str
) -> None:
    window.goto(address)
    home = window.locator(".lab-home")
    expect(home.locator("h1")).to_be_visible()
    expect(home).to_contain_text(
        f"version {metadata.version('labsupport')} of the course"
    )
    home.get_by_role("button", name="Español").click()
    expect(window.locator(".lab-home[lang=es] h1")).to_be_visible()
    window.locator(".lab-home[lang=es]").get_by_role("button", name="00").click()
    expect(window.locator(".jp-Notebook h1").first).to_be_visible()
    expect(window.locator(".lab-strip")).to_contain_text("0")


def test_what_a_lesson_writes_is_taken_home_and_is_there_another_time(
    window: Page, address: str
) -> None:
    begin = 'from labsupport import Lab\nlab = Lab("en")'
    opened(window, address, FIRST)
    # The course begins with the kernel, not with its first line.
    assert (
        "There is no lab yet" in projected(run(window, "lab.ask(museum)")[0].outputs)[0]
    )
    run(window, begin, 'lab.ask("www.museum.example")', "lab.evidence.save()")
    link = window.locator("a.lab-download").first
    with window.expect_download() as download:
        link.click()
    lines = download.value.path().read_text().splitlines()
    assert (
        json.loads(lines[0])["tool"] == f"labsupport {metadata.version('labsupport')}"
    )
    assert download.value.suggested_filename == "evidence.jsonl"
    # Another time: nothing of it is written over.
    opened(window, address, FIRST)
    other = 'lab.ask("www.isla.example")'
    cells = run(
        window,
        begin,
        other,
        "lab.evidence.save()",
        'lab.evidence.verify("evidence.jsonl")',
    )
    assert "evidence-2.jsonl" in projected(cells[2].outputs)[0]
    assert f"{len(lines)} lines" in projected(cells[3].outputs)[0]


def test_what_is_switched_off_is_called_so(site: Path) -> None:
    """A name that nobody has switches nothing off: a page at home would have a service worker."""
    page = json.loads((site / "jupyter-lite.json").read_bytes())["jupyter-config-data"]
    ours = {
        one for one in page["disabledExtensions"] if one.startswith("@jupyterlite/")
    }
    scripts = [
        file.read_text(encoding="utf-8") for file in (site / "build").glob("*.js")
    ]
    assert (
        {one for one in ours if any(f'"{one}"' in script for script in scripts)}
        == ours
        != set()
    )
