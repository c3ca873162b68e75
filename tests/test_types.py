"""Types that hold for who uses the package: every question, and what is shown of its answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from documented import asked_in, documented, used_in

from labsupport.declared import QUESTIONS
from labsupport.inputs.choices import choices

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "tests/samples/typed_use.py"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python in which the package is installed, and not this folder."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    python = home / "bin/python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run(
        [python, "-c", where], check=True, capture_output=True, text=True, timeout=60
    )
    packages = Path(found.stdout.strip())
    nothing_else = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "labsupport", packages / "labsupport", ignore=nothing_else)
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_the_sample_is_free_of_errors_for_who_has_the_package_installed(
    python: Path, tmp_path: Path
) -> None:
    shutil.copy(SAMPLE, tmp_path)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python]
    cache = python.parents[1] / "mypy"
    outside = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    done = subprocess.run(
        [*mypy, "--cache-dir", cache, SAMPLE.name],
        cwd=tmp_path,
        env=outside,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_sample_reads_is_there(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, SAMPLE],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=120,
    )


def test_the_sample_asks_every_question_and_reads_what_is_shown_of_its_answer() -> None:
    code = SAMPLE.read_text("utf-8")
    assert QUESTIONS.keys() - asked_in(code) == set()
    assert documented() - used_in(code) == set()


def test_the_sample_reads_every_name_that_has_words() -> None:
    code = SAMPLE.read_text("utf-8")
    names = {name for _, path in used_in(code) for name in path.split(".")}
    names |= {question.rpartition(".")[2] for question in asked_in(code)}
    assert set(choices("answer").words) - names == set()
