"""PDF files from pages, by a browser of the Chromium family that is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labsupport.language import Language

# Programs that print a page without a window, as they are called on Linux, macOS and Windows.
BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge"),
)
ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # as root, in a container; the pages are the course's own
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--no-pdf-header-footer",
)
PATIENCE = 120  # seconds for one paper, on a slow machine
AT_ONCE = 2


class PrintingError(Exception):
    """A paper could not be printed; the message is a sentence for a person."""


def browser() -> str | None:
    """Return the program to print with, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def pdfs(program: str, pages: Mapping[str, str], say: Language) -> Iterator[tuple[str, bytes]]:
    """Yield each page by its name as a PDF file; raise PrintingError for one that fails."""

    def made(name: str) -> tuple[str, bytes]:
        return name, _printed(program, pages[name], say)

    with ThreadPoolExecutor(AT_ONCE) as workers:
        yield from workers.map(made, pages)


def _printed(program: str, page: str, say: Language) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        profile = f"--user-data-dir={Path(folder, 'profile')}"
        command = [program, *ARGUMENTS, profile, f"--print-to-pdf={target}", source.as_uri()]
        try:
            _run(command)
            return target.read_bytes()
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PrintingError(
                say(
                    "{program} did not print the papers. Open their pages in a browser, and print "
                    "them there.",
                    program=Path(program).name,
                )
            ) from error


def _run(command: list[str]) -> None:
    """Run a browser to its end; one that takes too long is ended with all its processes."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(PATIENCE)
    except BaseException:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        raise
