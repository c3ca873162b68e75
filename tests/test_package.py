"""The wheel holds all rooms, all data and all notebooks, and finds them where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from labsupport.language import compiling

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "labsupport": "labsupport",
    "data": "labsupport/data",
    "notebooks": "labsupport/notebooks",
}
READ = """
from importlib.resources import files
from labsupport.run.cli import main
print(files("labsupport.data").joinpath("course/jupyterlab/overrides.json").read_text()[0])
print(len(list(files("labsupport.notebooks").joinpath("en").glob("*.ipynb"))))
from labsupport import Lab, checksums
from labsupport.lab_protocol import context_of
print(context_of(Lab("es")).say("ask.name"), checksums.damaged())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Built from a copy, because setuptools leaves its traces in the folder it builds.
    source = tmp_path_factory.mktemp("source")
    no_traces = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.mo")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=no_traces)
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / file, source)
    target = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run(
        [*pip, "wheel", *options, "-w", target, source], check=True, timeout=300
    )
    return next(target.glob("*.whl"))


def test_the_wheel_holds_every_file(wheel: Path) -> None:
    expected = {
        f"{place}/{file.relative_to(ROOT / folder).as_posix()}"
        for folder, place in FOLDERS.items()
        for file in (ROOT / folder).rglob("*")
        if file.is_file()
        and not {"__pycache__", ".ipynb_checkpoints"} & set(file.parts)
    }
    # What is not stored is made as the wheel is built.
    locale = compiling.made_of(Path("labsupport/data/course/locale"), "es")
    expected |= {"labsupport/data/SHA256SUMS", *map(str, locale)}
    # The front end is twice in it: once where any JupyterLab looks for it.
    begin = "labsupport/data/course/labextensions/labsupport-course/"
    place = "labsupport-0.1.0.data/data/share/jupyter/labextensions/labsupport-course/"
    expected |= {
        place + name.removeprefix(begin) for name in expected if name.startswith(begin)
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected


def test_an_installed_wheel_finds_its_data(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    # The folder comes before the editable install of the environment that runs this.
    place = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    check = "import labsupport; assert labsupport.__file__.startswith(sys.path[0])"
    result = subprocess.run(
        [sys.executable, "-P", "-c", f"{place}\n{check}\n{READ}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    opening, notebooks, translated, damaged = result.stdout.split()
    assert opening == "{"
    assert int(notebooks) == len(list((ROOT / "notebooks" / "en").glob("*.ipynb")))
    assert (translated, damaged) == ("nombre", "[]")
