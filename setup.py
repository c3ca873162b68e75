"""Finds the packages and the front end, and makes what is not stored; pyproject.toml says the rest.

It cannot say "all packages found, and the two folders beside them" in one list.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FRONT = Path("data/course/labextensions/labsupport-course")
# Where a JupyterLab that we do not start looks for it: that of a hub, for example.
FOUND = Path("share/jupyter/labextensions", FRONT.name)


def ours(path: str) -> ModuleType:
    """Load one module of the package, which is not installed yet."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Build(build_py):
    """Compiles the translations; where files are handed out, lists their checksums."""

    def run(self) -> None:
        ours("labsupport/language/compiling.py").compile_all(
            ROOT / "data/course/locale"
        )
        super().run()
        if not self.editable_mode:
            checksums, data = (
                ours("labsupport/checksums.py"),
                Path(self.build_lib, "labsupport/data"),
            )
            listed = checksums.listed(checksums.files_in(data))
            (data / checksums.NAME).write_text(listed, encoding="utf-8")


setup(
    cmdclass={"build_py": Build},
    packages=[
        *find_packages(include=["labsupport", "labsupport.*"]),
        "labsupport.data",
        "labsupport.notebooks",
    ],
    data_files=[
        (str(FOUND), [str(FRONT / "package.json")]),
        (
            str(FOUND / "static"),
            [str(file) for file in sorted((FRONT / "static").iterdir())],
        ),
    ],
)
