"""Pyodide's own wheels in the edition for a browser: what is taken, and what is refused.

None of them can be had here: the test packs some, and has the list say so.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from labsupport.language import Language
from labsupport.run.editions import browser

SAY = Language.load("en")
NEEDS = {
    "matplotlib": ["numpy", "six"],
    "pandas": ["numpy"],
    "cryptography": ["cffi"],
    "numpy": [],
    "cffi": [],
    "scipy": ["numpy"],
    "six": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every wheel of the list but six's, which the edition has itself, as cffi's is lost."""
    (tmp_path / "runtime").mkdir()
    (tmp_path / "wheels").mkdir()
    listed = {}
    for name, depends in NEEDS.items():
        wheel = f"{name}-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
        content = f"the wheel of {name}".encode()
        (tmp_path / "wheels" / wheel).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        listed[name] = {"file_name": wheel, "sha256": digest, "depends": depends}
    place = tmp_path / "runtime"
    (place / browser.LISTED).write_text(json.dumps({"packages": listed}))
    (place / "six-2.0-py3-none-any.whl").write_bytes(b"the edition's own")
    wheel_of(tmp_path, "six").unlink()
    return tmp_path


def wheel_of(folder: Path, name: str) -> Path:
    return next((folder / "wheels").glob(f"{name}-*"))


def taken(folder: Path) -> set[str]:
    browser._take(folder / "wheels", folder / "runtime", SAY)
    return {browser._called(wheel) for wheel in (folder / "runtime").glob("*.whl")}


def refused(folder: Path, words: str) -> None:
    with pytest.raises(browser.NotMadeError, match=re.escape(words)) as problem:
        taken(folder)
    assert str(problem.value).endswith(".")


def test_what_the_course_uses_is_taken_with_what_it_needs(folder: Path) -> None:
    (folder / "wheels" / "README.md").write_text("what else lies in a release")
    everything = {"matplotlib", "pandas", "cryptography", "numpy", "cffi", "six"}
    assert taken(folder) == everything
    assert wheel_of(folder, "numpy").read_bytes() == b"the wheel of numpy"
    assert set(browser._list(folder / "runtime")) == everything
    listed = json.loads((folder / "runtime" / browser.LISTED).read_bytes())["packages"]
    assert (
        listed["numpy"]["sha256"] == hashlib.sha256(b"the wheel of numpy").hexdigest()
    )
    assert (
        folder / "runtime/six-2.0-py3-none-any.whl"
    ).read_bytes() == b"the edition's own"


def test_some_of_it_is_enough(folder: Path) -> None:
    for name in ("matplotlib", "cryptography", "cffi", "scipy"):
        wheel_of(folder, name).unlink()
    assert taken(folder) == {"pandas", "numpy", "six"}


@pytest.mark.parametrize("name", ["pandas", "numpy"])
def test_a_wheel_that_is_not_the_listed_one_is_refused(folder: Path, name: str) -> None:
    wheel_of(folder, name).write_bytes(b"another wheel")
    refused(
        folder, f"{name}-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl is not what"
    )


def test_what_another_needs_is_missed(folder: Path) -> None:
    wheel_of(folder, "numpy").unlink()
    refused(folder, "numpy-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl is missing")


@pytest.mark.parametrize(
    "name", ["pandas-9.9-py3-none-any.whl", "..\\pandas.whl", "ev\nil.whl"]
)
def test_a_wheel_that_is_not_listed_is_refused(folder: Path, name: str) -> None:
    (folder / "wheels" / name).write_bytes(b"")
    refused(folder, "is no file of Pyodide's release")


def test_no_link_and_no_folder_is_followed(folder: Path) -> None:
    wheel = wheel_of(folder, "pandas")
    moved = wheel.rename(folder / "elsewhere")
    wheel.symlink_to(moved)
    refused(folder, "or a link to somewhere else")
    wheel.unlink()
    wheel.mkdir()
    refused(folder, "or a link to somewhere else")


def test_a_folder_without_any(folder: Path) -> None:
    for wheel in (folder / "wheels").iterdir():
        wheel.unlink()
    refused(folder, "is no wheel that the course uses")
    (folder / "wheels").rmdir()
    refused(folder, "cannot be read")
