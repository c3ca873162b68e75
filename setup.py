"""Finds the packages and the front end; pyproject.toml says everything else.

It cannot say "all packages found, and the two folders beside them" in one list.
"""

from pathlib import Path

from setuptools import find_packages, setup

FRONT = Path("data/course/labextensions/labsupport-course")
# Where a JupyterLab that we do not start looks for it: that of a hub, for example.
FOUND = Path("share/jupyter/labextensions", FRONT.name)

setup(
    packages=[
        *find_packages(include=["labsupport", "labsupport.*"]),
        "labsupport.data",
        "labsupport.notebooks",
    ],
    data_files=[
        (str(FOUND), [str(FRONT / "package.json")]),
        (str(FOUND / "static"), [str(file) for file in sorted((FRONT / "static").iterdir())]),
    ],
)
