"""Does everything work on this machine? Asked once, at the start of the course."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

from labsupport.results import Explanation, Kind, Provenance, Result, Source, Table

if TYPE_CHECKING:
    from labsupport.handed import Lab

OLDEST_PYTHON = (3, 11)
PACKAGES = ("dnspython", "cryptography", "pandas", "matplotlib", "ipywidgets", "jupyterlab")


def examine(lab: Lab) -> Result:
    """Try, one by one, what the course needs; say of each whether it works, and what to do."""
    say = lab.say
    checks: tuple[tuple[str, Callable[[Lab], str]], ...] = (
        (say("Python is recent enough"), _python),
        (say("the packages are there"), _packages),
        (say("files can be written"), _writing),
        (say("the lab Internet answers"), _answers),
        (say("signatures can be checked"), _signatures),
    )
    rows = []
    well = True
    for words, check in checks:
        problem = check(lab)
        well = well and not problem
        rows.append((words, "✗ " + problem if problem else "✓"))
    sentence = (
        say("Everything works. You can begin.")
        if well
        else say("Something does not work. Show the table to whoever helps with the machines.")
    )
    table = Table(say("What was tried"), (say("check"), say("result")), tuple(rows))
    provenance = Provenance(Source.LAB, "", lab.now)
    return Explanation(say, Kind.FOUND if well else Kind.FAILED, sentence, (), provenance, table)


def _python(lab: Lab) -> str:
    if sys.version_info >= OLDEST_PYTHON:
        return ""
    return lab.say("Python 3.11 or later is needed. Make the environment again: make env.")


def _packages(lab: Lab) -> str:
    from importlib import metadata  # late: it takes a tenth of the time to open the lab

    missing = []
    for package in PACKAGES:
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            missing.append(package)
    if not missing:
        return ""
    return lab.say(
        "Missing: {packages}. Make the environment again: make env.", packages=", ".join(missing)
    )


def _writing(lab: Lab) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=".") as file:
            file.write(b".")
    except OSError:
        return lab.say("This folder cannot be written to: copy the course to one of your own.")
    return ""


def _answers(lab: Lab) -> str:
    answer = lab.ask("www.museum.example")
    return "" if answer.kind is Kind.FOUND else answer.sentence


def _signatures(lab: Lab) -> str:
    secure = lab.dnssec("www.museum.example").kind is Kind.FOUND
    broken = lab.dnssec("www.alterado.example").kind is Kind.FAILED
    if secure and broken:
        return ""
    return lab.say("A true and a forged answer were not told apart: reinstall the course.")
