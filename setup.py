"""Finds the packages; pyproject.toml says everything else.

It cannot say "all packages found, and the two folders beside them" in one list.
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["labsupport", "labsupport.*"]),
        "labsupport.data",
        "labsupport.notebooks",
    ]
)
