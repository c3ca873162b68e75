"""What `labsupport show` serves works in a real browser, and nothing comes from outside."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import PATIENCE_MS, chromium
from loopback import LABSUPPORT, free_port

from labsupport.run.editions.command import MARK

pytestmark = pytest.mark.real

# (module (func (export "f") (result i32) i32.const 42))
WASM = bytes.fromhex(
    "0061736d010000000105016000017f03020100070501016600000a06010400412a0b"
)
PAGE = """<!DOCTYPE html><html lang="en"><title>An edition</title>
<style>p { color: rgb(0, 0, 255); }</style>
<p id="said">nothing yet</p>
<img id="drawn" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E" alt="">
<script>
window.inline = true;
</script>
<script type="module">
const made = URL.createObjectURL(new Blob(["export default 'form'"], {type: "text/javascript"}));
const form = (await import(made)).default;
const settings = new Function("return 'settings'")();
const blob = URL.createObjectURL(new Blob(["postMessage('blob')"], {type: "text/javascript"}));
const heard = worker => new Promise(done => { worker.onmessage = event => done(event.data); });
const said = [form, settings, await heard(new Worker(blob)),
    await heard(new Worker("worker.mjs", {type: "module"}))];
document.getElementById("said").textContent = said.join(" ");
</script>
"""
WORKER = """
const {instance} = await WebAssembly.instantiateStreaming(fetch("python.wasm"));
postMessage(instance.exports.f());
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    for name, content in (
        ("index.html", PAGE.replace("\n", "\r\n").encode()),  # as written on Windows
        ("worker.mjs", WORKER.encode()),
        ("python.wasm", WASM),
        (MARK, b""),
    ):
        (tmp_path / name).write_bytes(content)
    port = free_port()
    command = [
        LABSUPPORT,
        "show",
        tmp_path,
        "--address",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("Ctrl-C" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}/"
        process.terminate()


def test_a_page_has_its_workers_and_webassembly_and_nothing_from_outside(
    place: str,
) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(place, timeout=PATIENCE_MS)
        page.get_by_text("form settings blob 42").wait_for(timeout=PATIENCE_MS)
        assert page.evaluate("inline && document.getElementById('drawn').complete")
        assert page.evaluate("getComputedStyle(said).color") == "rgb(0, 0, 255)"
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url))
        for ask in (
            "fetch('http://127.0.0.2:9/')",
            "import('http://127.0.0.2:9/a.js')",
            "new Promise((done, failed) => { const i = new Image(); i.onerror = failed; i.onload = "
            "done; i.src = 'http://127.0.0.2:9/a.png'; })",
        ):
            stopped = (
                "new Promise(done => addEventListener('securitypolicyviolation', done))"
            )
            blocked = page.evaluate(
                f"async () => {{ const seen = {stopped}; {ask}.catch(() => 0);"
                " return (await seen).blockedURI; }"
            )
            assert blocked.startswith("http://127.0.0.2:9/")


def test_a_second_visit_asks_for_the_page_alone(place: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        sent = []
        for _ in range(2):
            page.goto(place, timeout=PATIENCE_MS)
            page.get_by_text("form settings blob 42").wait_for(timeout=PATIENCE_MS)
            sent.append(
                page.evaluate(
                    "performance.getEntriesByType('resource').map(one => one.transferSize)"
                )
            )
        assert max(sent[0]) > 0
        assert max(sent[1]) == 0
