"""A draft is reviewed, mended and reviewed again in a real browser, and then it is nowhere.

The course and the browser write into one folder: their home, their temporary files, the browser's
profile. All of it is searched, while they run and after they have ended.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from browser import (
    ARGUMENTS,
    PATIENCE_MS,
    Course,
    complaints,
    focused,
    form,
    look,
    open_notebook,
    opened_course,
    run_all,
    saved,
    scrolled_to,
    wait_until_idle,
)
from playwright.sync_api import Locator, Page, expect, sync_playwright
from test_order_box_real import logged

from labsupport.orders.drafts import drafts

NOTEBOOK = "scratch.ipynb"
PASTED, FILLED_IN, TYPED = "tucan-secreto", "tucan-de-plazo", "tucan-anotado"
DRAFT = (
    drafts()["flawed"]["en"].text.replace("goles-gratis", PASTED)
    + "\nSee info.example.\n"
)
LOOKED_FOR = [
    one.encode(code)
    for one in (PASTED, FILLED_IN, TYPED)
    for code in ("utf-8", "utf-16-le")
]
KEPT = """
import os, sys
print(os.getpid(), In, Out, _, __, ___, dir(), getattr(sys, "last_value", ""))
%history -g
"""
STORED = """async () => {
    const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
    found.push(location.href, JSON.stringify(history.state), document.title);
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((done, failed) => {
            const opening = indexedDB.open(name);
            opening.onsuccess = () => done(opening.result);
            opening.onerror = failed;
        });
        for (const store of base.objectStoreNames) {
            const all = base.transaction(store).objectStore(store).getAll();
            found.push(JSON.stringify(await new Promise(done => {
                all.onsuccess = () => done(all.result);
            })));
        }
        base.close();
    }
    for (const name of (await globalThis.caches?.keys()) ?? []) {
        found.push(...(await (await caches.open(name)).keys()).map(one => one.url));
    }
    return found.join('\\n');
}"""


@dataclass
class Traces:
    """The course in a window, and all that is left of it."""

    folder: Path
    course: Course
    page: Page
    console: list[str] = field(default_factory=list)
    log: str = ""

    def found(self) -> list[str]:
        """Where something of the draft is, apart from the page itself."""
        self.log += logged(self.course)
        told = {
            "log": self.log,
            "console": repr(self.console),
            "store": self.page.evaluate(STORED),
        }
        places = [place for place, text in told.items() if holds(text.encode())]
        return places + files_with_it(self.folder)


def holds(data: bytes) -> bool:
    return any(one in data for one in LOOKED_FOR)


def files_with_it(folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and holds(path.read_bytes())
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traces")


@pytest.fixture(scope="module")
def traces(folder: Path) -> Iterator[Traces]:
    lines = ('from labsupport import Lab\nlab = Lab("en")', "lab.orders.review()", KEPT)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        for name in (
            "HOME",
            "TMPDIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
        ):
            (folder / name).mkdir()
            patch.setenv(name, str(folder / name))
        with opened_course(folder / "my-course") as course:
            context = playwright.chromium.launch_persistent_context(
                folder / "profile",
                executable_path="/usr/bin/chromium",
                args=ARGUMENTS,
                timeout=PATIENCE_MS,
                viewport={"width": 1366, "height": 768},
                env={**os.environ},
            )
            page = context.new_page()
            traces = Traces(folder, course, page)
            page.on("console", lambda message: traces.console.append(message.text))
            page.on("dialog", lambda asked: asked.accept())
            page.on("pageerror", lambda error: traces.console.append(str(error)))
            cells = [nbformat.v4.new_code_cell(one) for one in lines]
            nbformat.write(
                nbformat.v4.new_notebook(cells=cells), course.folder / NOTEBOOK
            )
            open_notebook(page, course, NOTEBOOK)
            assert complaints(run_all(page, course, NOTEBOOK)) == []
            yield traces
            context.close()


@pytest.fixture
def box(traces: Traces) -> Locator:
    """The box, without what an earlier test has put there."""
    box = form(traces.page, "draft order")
    box.locator("button[value=clear]").click()
    expect(box.get_by_role("textbox", name="Draft")).to_be_visible()
    return box


def review(box: Locator, text: str) -> None:
    box.get_by_role("textbox", name="Draft").fill(text)
    box.locator("button[value=review]").click()
    expect(box.locator(".lab-marked")).to_be_visible(timeout=PATIENCE_MS)


def run_last_cell(page: Page) -> None:
    cell = scrolled_to(page, page.locator(".jp-Cell[data-windowed-list-index='2']"))
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_until_idle(page)


def test_what_is_pasted_put_in_and_typed_is_nowhere(
    traces: Traces, box: Locator
) -> None:
    page, course = traces.page, traces.course
    review(box, DRAFT)
    expect(box.locator(".lab-letter")).to_contain_text(f"{PASTED}.example")
    box.get_by_role("combobox", name="info.example is").select_option("mentioned")
    expect(box.get_by_role("status")).to_contain_text(
        "Corrected: info.example, mentioned"
    )
    finding = box.locator(".lab-finding", has_text="No review was found in the text")
    finding.locator("summary").click()
    finding.get_by_role("button", name="Insert this wording").click()
    page.keyboard.type(FILLED_IN)
    area = box.get_by_role("textbox", name="Draft")
    area.press("Control+Home")
    page.keyboard.type(f"{TYPED}. ")
    box.get_by_role("button", name="Review again").last.click()
    expect(box.get_by_role("status")).to_contain_text("review by review:")
    expect(box.locator(".lab-letter")).to_contain_text(FILLED_IN)
    expect(box.locator(".lab-letter")).to_contain_text(TYPED)
    look(page, "order-marked-again")
    run_last_cell(page)
    notebook = saved(page, course, NOTEBOOK)
    assert "Paste a draft order" in json.dumps(notebook["metadata"]["widgets"])
    assert not holds(json.dumps(notebook, ensure_ascii=False).encode())
    assert "lab.orders.review()" in str(notebook["cells"][2]["outputs"]), (
        "the history is looked at"
    )
    assert list(course.folder.rglob("history.sqlite")), "it is a file"
    assert traces.found() == []


def test_what_is_cleared_is_not_in_the_page(traces: Traces, box: Locator) -> None:
    page = traces.page
    review(box, DRAFT)
    box.get_by_role("button", name="Edit the text").click()
    area = box.get_by_role("textbox", name="Draft")
    expect(area).to_have_value(DRAFT)
    assert holds(box.inner_html().encode()), (
        "it is looked for in the form in which it stands there"
    )
    box.get_by_role("button", name="Clear").click()
    expect(box.get_by_role("status")).to_have_text(
        "The box is empty, and the draft is forgotten."
    )
    expect(area).to_have_value("")
    expect(box.locator(".lab-marked")).to_have_count(0)
    assert not holds(page.content().encode())
    box.locator("button[value=impact]").click()
    expect(box.get_by_role("status")).to_have_text("Paste a draft first.")


def test_what_a_name_is_there_for_is_corrected_by_keyboard(
    traces: Traces, box: Locator
) -> None:
    review(box, DRAFT)
    choice = box.get_by_role("combobox", name="info.example is")
    expect(choice).to_have_value("unsure")
    expect(box.locator(".lab-document")).to_contain_text("1 is not sure")
    focused(choice)
    traces.page.keyboard.type("to be")
    expect(choice).to_have_value("target")
    expect(box.get_by_role("status")).not_to_contain_text("Corrected")
    traces.page.keyboard.press("Enter")
    expect(choice).to_be_focused()
    expect(box.get_by_role("status")).to_contain_text(
        "Corrected: info.example, to be blocked."
    )
    expect(choice).to_have_value("target")
    expect(choice).to_be_focused()  # where one more may be chosen
    expect(box.locator(".lab-document")).not_to_contain_text("not sure, and")
    box.get_by_role("button", name="Edit the text").click()
    box.get_by_role("textbox", name="Draft").press("Control+End")
    traces.page.keyboard.type("More.")
    box.get_by_role("button", name="Review again").last.click()
    expect(box.locator(".lab-letter")).to_contain_text("More.", timeout=PATIENCE_MS)
    expect(choice).to_have_value("target")  # what was corrected stays


# A draft that lacks two things, and what its author writes into the wordings for them.
CLEAN = drafts()["clean"]["en"].text.split("\n\n")
SHORT = "\n\n".join(one for one in CLEAN if not one.startswith(("5.", "8.")))
SHORT = SHORT.replace(
    "goles-gratis.example and its subdomains", "www.bancodelfaro-clientes.example"
)
ANSWERS = {
    "No contact": ("bloqueos@corte.gob.test", "555 0142", "4"),
    "No review": ("The Court", "17 November 2026", "10"),
}


def test_the_count_falls_to_nothing_by_keyboard_alone(
    traces: Traces, box: Locator
) -> None:
    page, key = traces.page, traces.page.keyboard
    status, area = box.get_by_role("status"), box.get_by_role("textbox", name="Draft")
    focused(area)
    key.insert_text(SHORT)
    key.press("Tab")
    key.press("Enter")
    for left in (2, 1):
        expect(status).to_contain_text(f"{left} thing", timeout=PATIENCE_MS)
        summary = box.locator(".lab-finding[open] summary")
        expect(summary).to_be_focused()
        title = summary.text_content() or ""
        key.press("Tab")
        expect(box.get_by_role("button", name="Insert this wording")).to_be_focused()
        key.press("Enter")
        expect(area).to_be_focused()
        expect(status).to_contain_text("Fill in what is in brackets")
        answers = next(answers for what, answers in ANSWERS.items() if what in title)
        key.insert_text(answers[0])
        area.fill(
            area.input_value()
            .replace("[…]", answers[1], 1)
            .replace("[…]", answers[2], 1)
        )
        for _ in range(60):
            key.press("Shift+Tab")
            if page.evaluate("document.activeElement.value") == "review":
                break
        key.press("Enter")
    expect(status).to_contain_text("Nothing to look at was found", timeout=PATIENCE_MS)
    expect(status).to_contain_text("review by review: 2 → 1 → none.")
    expect(box.locator(".lab-marked")).to_contain_text("2 → 1 → none")
    expect(box.locator(".lab-letter")).to_be_visible()


def test_one_finding_is_open_and_its_number_leads_to_it(
    traces: Traces, box: Locator
) -> None:
    page = traces.page
    review(box, DRAFT)
    expect(box.locator(".lab-finding summary").first).to_be_focused()
    for button in box.locator("button.lab-number").all()[:4]:
        button.focus()
        page.keyboard.press("Enter")
        opened = box.locator(".lab-finding[open]")
        expect(opened).to_have_count(1)
        number = button.get_attribute("data-finding") or ""
        expect(opened.locator(".lab-number")).to_have_text(number)
        expect(opened.locator("summary")).to_be_focused()
        expect(button).to_have_class("lab-number lab-here")


def test_wordings_stand_where_they_belong_however_the_text_moved(
    traces: Traces, box: Locator
) -> None:
    page = traces.page
    review(box, f"\U0001f600 {DRAFT}")
    area = box.get_by_role("textbox", name="Draft")

    def put_in(title: str) -> str:
        finding = box.locator(".lab-finding", has_text=title)
        if finding.get_attribute("open") is None:
            finding.locator("summary").click()
        wording = finding.locator("[data-insert]").get_attribute("data-insert") or ""
        finding.get_by_role("button", name="Insert this wording").click()
        expect(area).to_be_focused()
        return wording

    first = put_in("An address in brackets")
    assert page.evaluate("getSelection().toString()") in ("[…]", "")
    page.keyboard.type("this")
    area.press("Control+Home")
    page.keyboard.type("Put before it. ")
    second = put_in("The name of a platform")
    last = put_in("No contact for mistakes")
    text = area.input_value()
    paragraphs = text.split("\n\n")
    place = next(at for at, one in enumerate(paragraphs) if one.startswith("1. "))
    assert paragraphs[place + 1] == first.replace("[…]", "this", 1)
    assert paragraphs[place + 3] == second
    assert paragraphs[paragraphs.index("Let it be carried out.") - 1] == last
    assert text.startswith("Put before it. \U0001f600 TRAINING")


def test_what_is_copied_is_the_text_without_its_marks(
    traces: Traces, box: Locator
) -> None:
    page = traces.page
    draft = "Block a.example (203.0.113.80).\nSee info.example."
    review(box, draft)
    box.locator(".lab-letter").evaluate(
        "letter => getSelection().selectAllChildren(letter)"
    )
    assert page.evaluate("getSelection().toString()").strip() == draft
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box.get_by_role("button", name="Copy the text").click()
    expect(box.get_by_role("status")).to_contain_text("The text is copied")
    assert page.evaluate("navigator.clipboard.readText()") == draft
    page.evaluate("navigator.clipboard.writeText('')")


def test_a_picture_in_the_answer_moves_and_the_answer_stays(
    traces: Traces, box: Locator
) -> None:
    text = "Fibra Sur shall block the address 203.0.113.80 for two days."
    box.get_by_role("textbox", name="Draft").fill(text)
    box.locator("button[value=impact]").click()
    box.locator("button[value=confirm]").click(timeout=PATIENCE_MS)
    choices = box.locator(".lab-controls input")
    expect(choices.first).to_be_visible(timeout=PATIENCE_MS)
    before = box.locator(".lab-state").text_content() or ""
    choices.last.click()
    expect(box.locator(".lab-state")).not_to_have_text(before)
    choices.last.press("Enter")
    expect(box.locator(".lab-letter")).to_be_visible()
    look(traces.page, "order-impact-moved")


def test_a_kernel_that_dies_tells_nothing_and_leaves_the_text(
    traces: Traces, box: Locator
) -> None:
    page, course = traces.page, traces.course
    review(box, DRAFT)
    notebook = saved(page, course, NOTEBOOK)
    number = int("".join(notebook["cells"][2]["outputs"][0]["text"]).split()[0])
    os.kill(number, signal.SIGABRT)
    page.wait_for_timeout(5000)
    page.locator(".jp-Dialog .jp-mod-accept").click()
    box.get_by_role("button", name="Review again").last.click()
    status = box.get_by_role("status")
    expect(status).to_contain_text("Your text is still here", timeout=PATIENCE_MS)
    expect(box.get_by_role("textbox", name="Draft")).to_have_value(DRAFT)
    look(page, "order-nothing-came-back")
    assert traces.found() == []


def test_nothing_is_left_when_all_has_ended(folder: Path) -> None:
    """It comes last: the course and the browser are still open in the tests before it."""
    assert (folder / "profile").is_dir()
    assert files_with_it(folder) == []
