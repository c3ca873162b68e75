"""What a participant does in the edition for a browser: taken home, taken up, brought up to date.

A file of work comes from outside, and a browser's storage is nobody's server: what either holds is
tried as somebody would write it who means harm.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from browser import opened_course
from edition import PATIENCE_MS, opened, run, window_of
from playwright.sync_api import Browser, Page, expect

from labsupport.course.work import taken_along
from labsupport.language import Language, table
from labsupport.run.editions.browser import SERVED

FIRST = "00-start-here.ipynb"
BEGIN = 'from labsupport import Lab\nlab = Lab("en")'
SAY = Language.load("en")
WORDS = table(SAY, "work")
Notebook = dict[str, Any]

GET = """path => window.jupyterapp.serviceManager.contents.get(path, { content: true })
    .then(({ content }) => content, () => null)"""
PUT = """([path, content]) => window.jupyterapp.serviceManager.contents.save(path,
    { type: 'notebook', format: 'json', content })"""
PUT_FILE = """([path, content]) => window.jupyterapp.serviceManager.contents.save(path,
    { type: 'file', format: 'text', content })"""
STORED = """async () => {
    const found = [];
    const storage = await window.jupyterapp.serviceManager.contents.defaultDrive.storage;
    await storage.iterate((_, path) => void found.push(path));
    return found.sort();
}"""
READY = "() => window.jupyterapp?.shell.currentWidget?.context.isReady"
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save').catch(() => {})"


def once_kept(page: Page, path: str, seen: Callable[[Any], bool] = bool) -> Any:
    """Return a file's content, once what lies in this browser is so."""
    for _ in range(600):
        content = page.evaluate(GET, path)
        if content is not None and seen(content):
            return content
        page.wait_for_timeout(100)
    raise AssertionError(f"this is not what is kept of {path}: {str(content)[-500:]}")


def at_home(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".lab-home h1")).to_be_visible()
    page.wait_for_function(READY)


def taken_home(page: Page) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=WORDS["take_home"]).click()
    assert re.fullmatch(
        r"course-work-\d{4}-\d\d-\d\d\.json", download.value.suggested_filename
    )
    return download.value.path()


def offered(page: Page, file: Path | bytes) -> list[str]:
    """Choose this file; return what is said: what it would do, or why it is none."""
    said = page.locator(".lab-work [role=status]")
    said.evaluate("e => e.replaceChildren()")
    given = (
        file
        if isinstance(file, Path)
        else {"name": "a.json", "mimeType": "", "buffer": file}
    )
    page.locator(".lab-work input[type=file]").set_input_files(given)
    expect(said).not_to_be_empty()
    expect(said).not_to_have_text(WORDS["comparing"])
    return said.locator("p, li").all_inner_texts()


def taken_up(page: Page, file: Path | bytes, *, agreed: bool = True) -> str:
    """Choose this file, and one of the two buttons, where there are any; return what is said."""
    told = offered(page, file)
    said = page.locator(".lab-work [role=status]")
    button = said.get_by_role("button", name=WORDS["accept" if agreed else "refuse"])
    if not button.count():
        return told[0]
    button.click()
    expect(said.get_by_role("button")).to_have_count(0)
    return said.inner_text()


def work(*files: dict[str, Any]) -> bytes:
    return json.dumps({"kind": "labsupport work", "files": files}).encode()


def test_work_is_taken_home_as_one_file_and_taken_up_in_another_browser(
    alone: Browser, site: Path, address: str, window: Page, tmp_path: Path
) -> None:
    at_home(window, address)
    window.get_by_role("button", name=WORDS["take_home"]).click()
    expect(window.locator(".lab-work [role=status]")).to_have_text(WORDS["nothing"])
    opened(window, address, FIRST)
    expect(window.locator(".jp-TableOfContents")).to_be_visible()
    run(window, BEGIN, 'lab.ask("www.museum.example")', "lab.evidence.save()")
    run(window, 'lab.course.question("start-evidence")')
    form = window.locator("form.lab-question").first
    form.locator("input").first.check()
    form.get_by_role("button").click()
    window.evaluate(SAVE)
    window.locator(".lab-strip a").first.click()
    # What was not saved yet comes along as well.
    window.evaluate("""() => [...window.jupyterapp.shell.widgets('main')]
        .find(one => one.context.path.endsWith('.ipynb'))
        .content.model.sharedModel.insertCell(0, { cell_type: 'raw', source: 'mine' })""")
    file = tmp_path / "work.json"
    file.write_bytes(taken_home(window).read_bytes())
    names = [one["path"] for one in json.loads(file.read_bytes())["files"]]
    assert sorted(names) == [FIRST, "evidence.jsonl", "progress.json"]
    said = window.locator(".lab-work [role=status]").inner_text()
    assert said == SAY("work.taken_home", file=f"{_day(window)}.json", count="3")
    with window_of(alone, site, address) as other:
        at_home(other, address)
        expect(other.locator(".lab-done").first).to_be_empty()
        told = taken_up(other, file)
        assert told == SAY("work.taken_up", names=", ".join(names))
        expect(other.locator(".lab-done").first).to_contain_text(
            "2 of 4 questions answered"
        )
        for name in names:
            assert other.evaluate(GET, name), name
        assert other.evaluate(GET, FIRST)["cells"][0]["source"] == "mine"
        assert offered(other, file)[-1] == WORDS["nothing_new"]
        # Another record of that name, another answer: nothing is written before it is agreed to.
        changed = json.loads(file.read_bytes())
        for one in changed["files"]:
            if one["path"] == "evidence.jsonl":
                one["content"] = b64encode(b"another").decode()
            elif one["path"] == "progress.json":
                one["content"] = json.dumps({"answers": {"start-evidence": "c"}})
        for agreed in (False, True):
            told = taken_up(other, json.dumps(changed).encode(), agreed=agreed)
            assert told.startswith(WORDS["taken_up"][:10]) is agreed
            kept = b64decode(other.evaluate(GET, "evidence.jsonl"))
            assert kept.startswith(b'{"number":1,')
            beside = other.evaluate(GET, "evidence (2).jsonl")
            assert (beside and b64decode(beside)) == (b"another" if agreed else None)
            answers = json.loads(other.evaluate(GET, "progress.json"))[
                "answers"
            ].values()
            assert (list(answers) == ["c"]) is agreed
        other.goto(f"{address}lab/index.html?path={FIRST}")
        expect(other.locator("form.lab-question input[value=c]").first).to_be_checked()
        expect(other.locator(".jp-OutputArea .lab-page").first).to_be_visible()


def _day(page: Page) -> str:
    return f"course-work-{page.evaluate('() => new Date().toISOString().slice(0, 10)')}"


def hacked(name: str) -> str:
    return f"globalThis.hacked = [...(globalThis.hacked ?? []), '{name}']"


def hostile() -> Notebook:
    """A notebook that says it is to be trusted, and runs a script by each way that there is."""
    widget = {
        "model_name": "AnyModel",
        "model_module": "anywidget",
        "model_module_version": "~0.9.*",
        "state": {"_esm": f"{hacked('widget')}; export default {{}}"},
    }
    states = {"version_major": 2, "version_minor": 0, "state": {"abc": widget}}
    image = f'<img src=x onerror="{hacked("image")}">'
    shown: list[dict[str, Any]] = [
        {"application/javascript": hacked("javascript")},
        {"text/html": f"<script>{hacked('script')}</script>{image}<p>shown</p>"},
        {"text/html": f'<a href="javascript:{hacked("link")}">a link</a>'},
        {"text/markdown": image},
        {
            "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{hacked('svg')}\"/>"
        },
        {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "model_id": "abc",
            }
        },
        # A chart that JupyterLab never ends drawing, where it draws such ones.
        {"application/vnd.vega.v5+json": {"data": [{"url": "a.json"}], "marks": []}},
    ]
    cells: list[dict[str, Any]] = [
        {
            "id": f"c{at}",
            "cell_type": "code",
            "metadata": {"trusted": True},
            "source": "",
            "execution_count": 1,
            "outputs": [{"output_type": "display_data", "metadata": {}, "data": data}],
        }
        for at, data in enumerate(shown)
    ]
    text = {
        "id": "m",
        "cell_type": "markdown",
        "metadata": {"trusted": True},
        "source": image,
    }
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "trusted": True,
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "widgets": {"application/vnd.jupyter.widget-state+json": states},
        },
        "cells": [text, *cells],
    }


def test_nothing_in_a_file_of_work_is_run_by_taking_it_up_and_opening_it(
    window: Page, address: str
) -> None:
    at_home(window, address)
    window.evaluate(PUT, ["believed.ipynb", hostile()])
    module = {
        "path": "comm.py",
        "format": "text",
        "content": "open('run-by-itself', 'w').close()",
    }
    notebook = {"path": "a.ipynb", "format": "json", "content": hostile()}
    assert SAY("work.left_out", path="comm.py") in offered(
        window, work(notebook, module)
    )
    assert taken_up(window, work(notebook, module)) == SAY(
        "work.taken_up", names="a.ipynb"
    )
    window.evaluate(PUT_FILE, ["comm.py", module["content"]])
    opened(window, address, "a.ipynb")
    lines = "import os\nprint(1, os.path.exists('comm.py'), os.path.exists('run-by-itself'))"
    run(window, "open('evidence.jsonl', 'w').close()", "1")
    assert run(window, lines)[0].outputs[0]["text"] == "1 True False\n"
    link = window.locator(".jp-OutputArea a", has_text="a link")
    expect(link).not_to_have_attribute("href", re.compile("script"))
    expect(window.locator(".jp-OutputArea p", has_text="shown")).to_be_visible()
    assert window.evaluate("window.hacked") is None
    # The same notebook, had it been written into the storage as it came: JupyterLab draws it all,
    # and the page's own policy stops what would run.
    window.goto(f"{address}lab/index.html?path=believed.ipynb")
    expect(window.locator(".jp-OutputArea img[onerror]").first).to_be_attached()
    assert window.evaluate("window.hacked") is None


SCRIPT = "document.body.append('run'); parent.postMessage(document.cookie, '*')"
FILES = {
    "report.html": f"<p>a report</p><script>{SCRIPT}</script>",
    "picture.svg": f"<svg xmlns='http://www.w3.org/2000/svg'><script>{SCRIPT}</script></svg>",
}


def test_a_file_that_came_from_elsewhere_is_opened_without_the_origin(
    window: Page, address: str
) -> None:
    link = ["a", {"href": "report.html", "class": "lab-open"}, "a report"]
    page = {"application/vnd.labsupport.page+json": ["p", link]}
    foreign = hostile()
    foreign["cells"][1]["outputs"][0]["data"] = page
    report = {"path": "report.html", "format": "text", "content": FILES["report.html"]}
    notebook = {"path": "a.ipynb", "format": "json", "content": foreign}
    at_home(window, address)
    taken_up(window, work(notebook, report))
    for name, content in FILES.items():
        window.evaluate(PUT_FILE, [name, content])
        # So JupyterLab opens it in a window of its own, and so it is by the mouse's other button.
        got = """async path => {
            const address = await window.jupyterapp.serviceManager.contents.getDownloadUrl(path);
            return (await (await fetch(address)).blob()).type;
        }"""
        assert window.evaluate(got, name) == "application/octet-stream"
    opened(window, address, "a.ipynb")
    with window.expect_popup() as shown:
        window.get_by_role("link", name="a report").click()
    frame = shown.value.locator("iframe")
    expect(frame.content_frame.locator("p")).to_have_text("a report")
    assert (
        frame.get_attribute("sandbox") == "allow-scripts allow-modals allow-downloads"
    )
    expect(frame.content_frame.locator("body")).not_to_contain_text("run")
    inside = frame.element_handle().content_frame()
    assert inside
    assert inside.evaluate("() => globalThis.origin") == "null"
    # The page's own policy stands, though this server says none.
    window.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.hacked = 1';
        document.body.append(script);
    }""")
    assert window.evaluate("globalThis.hacked") is None


def test_the_page_that_checks_a_record_works_in_its_frame(
    window: Page, address: str
) -> None:
    opened(window, address, FIRST)
    lines = run(window, BEGIN, 'lab.ask("www.museum.example")', "lab.evidence.report()")
    assert lines
    once_kept(window, "verify.html")
    with window.expect_popup() as shown:
        window.locator("a.lab-open[download], a.lab-open").last.click()
    expect(
        shown.value.locator("iframe").content_frame.locator("body")
    ).not_to_be_empty()


def test_what_is_run_or_typed_is_kept_at_once(window: Page, address: str) -> None:
    opened(window, address, FIRST)
    window.evaluate(
        "() => window.jupyterapp.commands.execute('docmanager:toggle-autosave')"
    )
    run(window, "1 + 1")
    once_kept(window, FIRST, lambda it: it["cells"][0]["source"] == "1 + 1")
    insert = """source => window.jupyterapp.shell.currentWidget.content.model.sharedModel
        .insertCell(0, { cell_type: 'raw', source })"""
    window.evaluate(insert, "typed")
    once_kept(window, FIRST, lambda it: it["cells"][0]["source"] == "typed")
    window.evaluate(insert, "left")
    window.goto("about:blank")
    opened(window, address, FIRST)
    once_kept(window, FIRST, lambda it: it["cells"][0]["source"] == "left")


def test_what_is_no_file_of_work_gets_a_sentence_and_changes_nothing(
    window: Page, address: str, tmp_path: Path
) -> None:
    """All else that is no work is tried where it is read: tests/course/test_work.py."""
    at_home(window, address)
    before = window.evaluate(STORED)
    good = {"path": "es/mine/a.txt", "format": "text", "content": "a"}
    deep = work({**good, "content": "@"}).replace(b'"@"', b"[" * 50_000 + b"]" * 50_000)
    for file in (b"", b"[" * 100_000, deep, work({**good, "content": 7})):
        assert offered(window, file) == [WORDS["no_work"]]
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.truncate(50_000_001)
    assert offered(window, huge) == [SAY("work.too_large", most="50")]
    assert window.evaluate(STORED) == before
    outside = {**good, "path": "../a.txt"}
    assert SAY("work.left_out", path="../a.txt") in offered(window, work(good, outside))
    assert taken_up(window, work(good, outside)) == SAY(
        "work.taken_up", names="es/mine/a.txt"
    )
    assert window.evaluate(GET, "es/mine/a.txt") == "YQ=="


def test_what_is_done_while_the_list_is_read_is_not_lost(
    window: Page, address: str
) -> None:
    at_home(window, address)
    theirs = window.evaluate(GET, FIRST)
    theirs["cells"].insert(
        1, {**theirs["cells"][0], "id": "theirs", "source": "theirs"}
    )
    file = work({"path": FIRST, "format": "json", "content": theirs})
    said = window.locator(".lab-work [role=status]")
    accept = said.get_by_role("button", name=WORDS["accept"])
    offered(window, file)
    mine = window.evaluate(GET, FIRST)
    mine["cells"].insert(1, {**mine["cells"][0], "id": "mine", "source": "mine"})
    window.evaluate(PUT, [FIRST, mine])
    accept.click()
    expect(said.locator("p").first).to_have_text(WORDS["changed"])
    assert window.evaluate(GET, FIRST)["cells"] == mine["cells"]
    accept.click()
    expect(said).to_have_text(SAY("work.taken_up", names=FIRST))
    kept = ["".join(cell["source"]) for cell in window.evaluate(GET, FIRST)["cells"]]
    assert {"mine", "theirs"} < set(kept)


LEAVE = """async () => {
    const { context, content } = window.jupyterapp.shell.currentWidget;
    const drive = window.jupyterapp.serviceManager.contents.defaultDrive;
    const save = drive.save.bind(drive);
    let release;
    drive.save = async (...all) => {
        await new Promise(done => (release ? undefined : (release = done)));
        return save(...all);
    };
    const first = context.save();
    while (!release) await new Promise(done => setTimeout(done, 10));
    content.model.sharedModel.insertCell(0, { cell_type: 'raw', source: 'left' });
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
    release();
    await first;
}"""


def test_what_is_typed_during_a_save_is_kept_when_the_page_is_left(
    window: Page, address: str
) -> None:
    opened(window, address, FIRST)
    window.evaluate(LEAVE)
    window.goto("about:blank")
    opened(window, address, FIRST)
    once_kept(window, FIRST, lambda it: it["cells"][0]["source"] == "left")


RESTART = """async source => {
    const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
    content.model.sharedModel.insertCell(0, { cell_type: 'code', source });
    content.activeCellIndex = 0;
    await sessionContext.restartKernel();
    await window.jupyterapp.commands.execute('notebook:run-cell');
    return content.model.toJSON().cells[0].outputs[0].text;
}"""


def test_the_first_line_after_a_restart_finds_what_was_written(
    window: Page, address: str
) -> None:
    """Otherwise a record begins anew, in the place of the one that is kept."""
    opened(window, address, FIRST)
    for name in ("evidence.jsonl", *(f"{number}.txt" for number in range(40))):
        window.evaluate(PUT_FILE, [name, "a" * 200_000])
    look = "import os\nprint(os.path.getsize('evidence.jsonl'))"
    for _ in range(2):
        assert "".join(window.evaluate(RESTART, look)) == "200000\n"


def test_what_is_damaged_keeps_nothing_else_from_being_taken_home(
    window: Page, address: str
) -> None:
    at_home(window, address)
    window.evaluate(PUT_FILE, ["mine.txt", "mine"])
    damaged = """async content => {
        const storage = await window.jupyterapp.serviceManager.contents.defaultDrive.storage;
        const file = await storage.getItem('mine.txt');
        const names = { name: 'damaged.ipynb', path: 'damaged.ipynb' };
        await storage.setItem('damaged.ipynb', { ...file, ...names, content });
    }"""
    for content in (None, "", "text", {}, {"cells": [None]}):
        window.evaluate(damaged, content)
        names = [
            one["path"] for one in json.loads(taken_home(window).read_bytes())["files"]
        ]
        assert names == ["mine.txt"]
        said = window.locator(".lab-work [role=status]").inner_text()
        assert said.endswith(SAY("work.left_at_home", names="damaged.ipynb"))
    # Nor more than can be taken up again: what is largest stays.
    large = """async ([path, size]) => {
        const content = 'a'.repeat(size);
        const storage = await window.jupyterapp.serviceManager.contents.defaultDrive.storage;
        await storage.setItem(path, { path, type: 'file', format: 'text', content });
    }"""
    for path, size in (("larger.txt", 26_000_000), ("large.txt", 25_000_000)):
        window.evaluate(large, [path, size])
    names = [
        one["path"] for one in json.loads(taken_home(window).read_bytes())["files"]
    ]
    assert sorted(names) == ["large.txt", "mine.txt"]


def test_a_text_of_a_notebook_gives_jupyterlab_no_command(
    window: Page, address: str
) -> None:
    button = (
        '<button data-commandlinker-command="notebook:run-all-cells">press</button>'
    )
    foreign = hostile()
    foreign["cells"][0]["source"] = button
    foreign["cells"][1]["outputs"][0]["data"] = {"text/html": button}
    at_home(window, address)
    taken_up(window, work({"path": "a.ipynb", "format": "json", "content": foreign}))
    opened(window, address, "a.ipynb")
    buttons = window.locator(".jp-Notebook").get_by_role("button", name="press")
    expect(buttons).to_have_count(2)
    expect(window.locator("[data-commandlinker-command]")).to_have_count(0)


def test_an_address_that_names_nothing_leads_to_the_first_page(
    window: Page, address: str
) -> None:
    for path in (
        "nowhere.ipynb",
        "../../nowhere.ipynb",
        "https://evil.example/a.ipynb",
    ):
        window.goto(f"{address}lab/index.html?path={path}")
        expect(window.locator(".lab-home h1")).to_be_visible()


def handed_out(notebook: Notebook) -> dict[str, Any]:
    found: dict[str, Any] = notebook["metadata"]["labsupport"]["handed_out"]
    return found


def named(notebook: Notebook) -> list[Any]:
    """Return the cells, those that got a new id under none."""
    return [
        {**cell, "id": "" if re.fullmatch("[0-9a-f]{1,8}", cell["id"]) else cell["id"]}
        for cell in notebook["cells"]
    ]


def seen(notebook: Notebook) -> list[Any]:
    """Return of each cell what a learner sees of it, as JupyterLab writes the rest its own way."""
    return [
        (
            one["id"],
            "".join(one["source"]),
            one.get("execution_count"),
            bool(one.get("outputs")),
        )
        for one in named(notebook)
    ]


def test_a_new_edition_takes_along_what_was_done_in_the_old_one(
    window: Page, address: str, site: Path
) -> None:
    new = json.loads((site / "files" / f"{FIRST}{SERVED['.ipynb']}").read_bytes())
    old = json.loads(json.dumps(new))
    handed_out(old)["as"] = "before"
    lines = handed_out(old)["lines"]
    first, second, third = [
        cell for cell in old["cells"] if cell["cell_type"] == "code"
    ][:3]
    # The course has changed the first since, and the learner the second, and run the third.
    lines[first["id"]] = first["source"] = "old"
    second["source"] = "mine"
    third["execution_count"] = 3
    third["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "seen\n"}]
    own = {**first, "id": "own-one", "source": "my own", "outputs": []}
    old["cells"].insert(4, own)
    merged = taken_along(*(json.dumps(one).encode() for one in (old, new)))
    at_home(window, address)
    window.evaluate(PUT, [FIRST, old])
    now = handed_out(new)["as"]
    for _ in range(2):
        window.goto(f"{address}lab/index.html?path={FIRST}")
        window.wait_for_function(READY)
        stored = once_kept(window, FIRST, lambda it: handed_out(it)["as"] == now)
        assert merged
        assert seen(stored) == seen(json.loads(merged))
        assert stored["metadata"]["labsupport"] == new["metadata"]["labsupport"]


FILL = """async () => {
    const contents = window.jupyterapp.serviceManager.contents.defaultDrive;
    const letter = () => String.fromCharCode(33 + Math.random() * 90);
    for (const size of [200_000, 20_000, 2_000]) {
        for (let at = 0, saved = true; saved; at++) {
            const content = Array.from({ length: size }, letter).join('');
            const file = { type: 'file', format: 'text', content };
            saved = await contents.save(`${size}-${at}.txt`, file).then(() => true, () => false);
        }
    }
}"""


def test_two_windows_and_a_full_storage_lose_nothing_in_silence(
    window: Page, address: str
) -> None:
    """In one browser, whose storage is small from the beginning: it notices no later change."""
    quota = {"origin": address.rstrip("/"), "quotaSize": 4_000_000}
    window.context.new_cdp_session(window).send("Storage.overrideQuotaForOrigin", quota)
    other = window.context.new_page()
    opened(window, address, FIRST)
    window.evaluate(SAVE)
    opened(other, address, FIRST)
    for page, name in ((window, "www.museum.example"), (other, "www.isla.example")):
        run(page, BEGIN, f'lab.ask("{name}")', "lab.evidence.save()")
        once_kept(page, "evidence.jsonl")
    # What the first had written stands beside what the second has.
    for name, asked in (("evidence.jsonl", "isla"), ("evidence (2).jsonl", "museum")):
        once_kept(window, name, lambda it, asked=asked: asked.encode() in b64decode(it))
    window.evaluate(SAVE)
    other.evaluate(f"() => void ({SAVE})()")
    expect(other.locator(".jp-Dialog")).to_contain_text("has changed on disk")
    other.close()
    window.evaluate(FILL)
    many = "import os\nprint(os.urandom(150_000).hex())"
    run(window, many, 'lab.ask("www.isla.example")', 'lab.evidence.save("more")')
    strip = window.locator(".lab-strip [role=alert]")
    # and soon the notebook, which saves itself
    expect(strip).to_contain_text("more.jsonl")
    window.evaluate(f"() => void ({SAVE})()")
    expect(strip).to_contain_text(FIRST)
    # it is said once, above the notebook
    expect(window.locator(".jp-Dialog")).to_have_count(0)
    window.locator(".lab-strip a").first.click()
    expect(window.locator(".lab-home h1")).to_be_visible()
    files = {
        one["path"]: one for one in json.loads(taken_home(window).read_bytes())["files"]
    }
    assert files["more.jsonl"]["content"]
    assert files[FIRST]["content"]["cells"][0]["source"] == many
    assert files["evidence (2).jsonl"]


def test_work_goes_from_a_computer_to_a_browser_and_to_another_computer(
    alone: Browser, window: Page, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "work.json"
    with opened_course(tmp_path / "mine", "--language", "en") as course:
        notebook = course.folder / FIRST
        book = json.loads(notebook.read_bytes())
        book["cells"].insert(
            3, {"id": "own", "cell_type": "raw", "metadata": {}, "source": "mine"}
        )
        notebook.write_text(json.dumps(book))
        (course.folder / "evidence.jsonl").write_text("a record")
        context = alone.new_context()
        page = context.new_page()
        page.goto(course.address, timeout=PATIENCE_MS)
        expect(page.locator(".lab-work")).to_contain_text(WORDS["about_folder"])
        kept = page.locator(".lab-work details")
        kept.locator("summary").click()
        expect(kept.locator("li").first).to_have_text(WORDS["kept_folder"])
        file.write_bytes(taken_home(page).read_bytes())
        context.close()
    # What nobody touched is not in it.
    paths = {one["path"] for one in json.loads(file.read_bytes())["files"]}
    assert paths == {FIRST, "evidence.jsonl"}
    at_home(window, address)
    taken_up(window, file)
    cells = window.evaluate(GET, FIRST)["cells"]
    assert cells[3]["source"] == "mine"
    # And from there to another computer, on its first page.
    from_browser = tmp_path / "browser.json"
    from_browser.write_bytes(taken_home(window).read_bytes())
    with opened_course(tmp_path / "other", "--language", "en") as course:
        context = alone.new_context()
        page = context.new_page()
        page.goto(course.address, timeout=PATIENCE_MS)
        expect(page.locator(".lab-home h1")).to_be_visible()
        assert FIRST in taken_up(page, from_browser)
        context.close()
        book = json.loads((course.folder / FIRST).read_bytes())
        assert "".join(book["cells"][3]["source"]) == "mine"
        assert (course.folder / "evidence.jsonl").read_text() == "a record"
