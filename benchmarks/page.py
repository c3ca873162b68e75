"""The edition for a browser, and a bare kernel: JupyterLite with Pyodide and one line, `1 + 1`.

That one is built in the same way, of the same versions, without what only the course needs.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.measure import Row, ratio
from labsupport.language import SOURCE_LANGUAGE, Language
from labsupport.run.editions import browser
from labsupport.run.show import Shown

ROUNDS = 5
FIRST, BARE = "00-start-here.ipynb", "bare.ipynb"
FIRST_ANSWER = 'lab.ask("www.museum.example")'
# What the kernel imports, and what that needs.
KERNEL = """
asttokens comm executing ipykernel ipython ipython-pygments-lexers jedi matplotlib-inline micropip
parso piplite prompt-toolkit pure-eval pygments pyodide-kernel stack-data traitlets
typing-extensions wcwidth
"""
# The kernel wants them, whether or not the edition does without.
JEDI = """
jedi==0.20.1 --hash=sha256:0fb16d86c4a4c73c37ba518c77419975e30fcc620658a8d14fbb5720cdd34142
parso==0.8.7 --hash=sha256:a8926eb2a1b915486941fdbd31e86a4baf88fe8c210f25f2f35ecec5b574ca1c
"""
STARTED = (
    "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
)
# Runs these cells, or all once Python has started; returns how long each showed nothing.
RUN = """async sources => {
    const { sessionContext, content } = window.jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    if (!sources) await sessionContext.session.kernel.requestExecute({ code: '' }).done;
    const waits = [];
    for (const [at, { model }] of content.widgets.entries()) {
        const source = model.sharedModel.getSource();
        if (model.type !== 'code' || !(sources ?? [source]).includes(source)) continue;
        let shown;
        model.outputs.clear();
        model.outputs.changed.connect(() => {
            if (model.outputs.length) shown ??= performance.now();
        });
        const begin = performance.now();
        content.activeCellIndex = at;
        await window.jupyterapp.commands.execute('notebook:run-cell');
        waits.push([((shown ?? performance.now()) - begin) / 1000, source]);
        if (sources?.at(-1) === source) break;
    }
    await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
    return waits;
}"""


def rows(given: Path | None = None) -> Iterator[Row]:
    """Visit both in turn, each time with a browser that has never been there."""
    from browser import WHOLE, chromium

    say = Language.load(SOURCE_LANGUAGE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if given:
            shutil.copytree(given, folder / "course")
        else:
            _write(folder / "course", browser.browser(say))
        _make_bare(folder / "made", folder / "bare", say)
        ending = browser.SERVED[".ipynb"]
        files = folder / "course" / "files"
        notebooks = sorted(
            one.name[: -len(ending)] for one in files.glob(f"*.ipynb{ending}")
        )
        cells = json.loads((files / f"{FIRST}{ending}").read_bytes())["cells"]
        begin = next(
            "".join(one["source"]) for one in cells if one["cell_type"] == "code"
        )
        course = Site(folder / "course", FIRST, [begin, FIRST_ANSWER])
        bare = Site(folder / "bare", BARE, ["1 + 1"])
        for site in (course, bare):
            stack.enter_context(site.served())
        course.window = bare.window = stack.enter_context(chromium(WHOLE))
        for _ in range(ROUNDS):
            course.visit(again=True)
            bare.visit()
        passes = []  # of each cell the shorter wait counts
        for _ in range(2):
            passes.append([])
            for name in notebooks:
                passes[-1] += course.all_cells(name)
        waits = list(map(min, *passes))
    answer = f"up to {FIRST_ANSWER}, beside 1 + 1 in a bare kernel"
    yield ratio(f"a first visit {answer}", course.seconds, bare.seconds, bound=0.85)
    for what, measured, reference, bound in (
        ("over the wire", course.octets, bare.octets, 1.25),
        ("memory of the page", course.memory, bare.memory, 1.3),
    ):
        one, other = (
            statistics.median(measured) / 1e6,
            statistics.median(reference) / 1e6,
        )
        compared = (f"{one:.1f} MB", f"{other:.1f} MB", one / other)
        yield Row(f"{what} {answer}", *compared, bound=bound)
    yield Row("files fetched at a second visit", "", "", max(course.again), "files", 0)
    seconds, source = max(waits)
    what = f"the longest that one of {len(waits)} cells shows nothing: {source.splitlines()[0]}"
    yield Row(what, "", "", seconds, "s", 3)


class Site:
    """A folder as `labsupport show` serves it, and what came of visits to it."""

    window: Any  # the browser

    def __init__(self, folder: Path, notebook: str, lines: list[str]) -> None:
        settings = folder / "jupyter-lite.json"
        told = json.loads(settings.read_bytes())
        told["jupyter-config-data"]["exposeAppInBrowser"] = True
        settings.write_text(json.dumps(told))
        self.shown = Shown.read(folder, "")
        self.notebook, self.lines = notebook, lines
        self.sent = self.files = 0
        self.seconds: list[float] = []
        self.octets: list[int] = []
        self.memory: list[int] = []
        self.again: list[int] = []

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection; count octets, and files that are not as the browser has them."""
        send = writer.write

        def write(data: bytes) -> None:
            self.sent += len(data)
            self.files += data.startswith(b"HTTP/1.1 200")
            send(data)

        writer.write = write  # type: ignore[method-assign,assignment]
        with suppress(EOFError, OSError):
            await self.shown.converse(reader, writer)
        writer.close()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it on loopback."""
        loop = asyncio.new_event_loop()
        thread = Thread(target=loop.run_forever)
        thread.start()
        serve = asyncio.start_server(self.converse, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(serve, loop).result()
        self.port = server.sockets[0].getsockname()[1]
        yield
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

    def run(
        self, page: Any, notebook: str, lines: list[str] | None
    ) -> list[tuple[float, str]]:
        """Open a notebook, and run these lines of it, or all."""
        page.set_default_timeout(300_000)
        page.goto(f"http://127.0.0.1:{self.port}/lab/index.html?path={notebook}")
        page.wait_for_function(STARTED)
        waits: list[tuple[float, str]] = page.evaluate(RUN, lines)
        return waits

    def visit(self, again: bool = False) -> None:
        """Visit it for the first time, and once more."""
        with self.window.new_context() as context, context.new_page() as page:
            self.sent, start = 0, time.perf_counter()
            self.run(page, self.notebook, self.lines)
            self.seconds.append(time.perf_counter() - start)
            self.octets.append(self.sent)
            # Python is in the page's process; others hold empty pages, or none.
            every = psutil.Process().children(recursive=True)
            pages = [one for one in every if "--type=renderer" in one.cmdline()]
            self.memory.append(max(one.memory_full_info().pss for one in pages))
            self.files = 0
            if again:
                page.reload()
                self.run(page, self.notebook, self.lines)
                self.again.append(self.files)

    def all_cells(self, notebook: str) -> list[tuple[float, str]]:
        """Return how long each cell of a notebook shows nothing."""
        with self.window.new_context() as context, context.new_page() as page:
            return self.run(page, notebook, None)


def _make_bare(place: Path, to: Path, say: Language) -> None:
    """Build what JupyterLite and Pyodide are by themselves, but without a service worker too."""
    runtime = place / browser.PYODIDE
    runtime.mkdir(parents=True)
    browser._fetch_pyodide(place, runtime, say)
    browser._fetch_packages(place, runtime, say)
    (place / "jedi.lock").write_text(JEDI)
    fetch = (
        *browser.PYTHON,
        "pip",
        "download",
        *browser.DOWNLOAD,
        "-d",
        browser.PYODIDE,
    )
    browser._run(say, place, *fetch, "-r", "jedi.lock")
    for wheel in runtime.glob("*.whl"):
        if wheel.name.partition("-")[0].replace("_", "-").lower() not in KERNEL.split():
            wheel.unlink()
    packages = {"packages": browser._list(runtime)}
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": packages}
    page = {
        "litePluginSettings": {f"{browser.KERNEL}:kernel": kernel},
        "disabledExtensions": [browser.SERVICE_WORKER],
    }
    build = {
        "apps": ["lab"],
        "contents": [str(place / "files")],
        "federated_extensions": [str(browser.INSTALLED / browser.KERNEL)],
        "ignore_sys_prefix": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": str(to),
    }
    cell = {
        "id": "one",
        "cell_type": "code",
        "source": "1 + 1",
        "execution_count": None,
    }
    notebook = {
        "cells": [cell | {"metadata": {}, "outputs": []}],
        "metadata": {
            "kernelspec": {"name": "python", "display_name": "Python (Pyodide)"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    settings = {"jupyter-lite-schema-version": 0, "jupyter-config-data": page}
    files = {
        f"files/{BARE}": notebook,
        "jupyter-lite.json": settings,
        "jupyter_lite_config.json": {"LiteBuildConfig": build},
    }
    _write(
        place, {name: json.dumps(content).encode() for name, content in files.items()}
    )
    browser._run(say, place, *browser.PYTHON, "jupyterlite_core", "build")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
