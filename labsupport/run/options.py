"""A command of the command line, and the kinds of options that several have."""

from __future__ import annotations

import argparse
from pathlib import Path

from labsupport.language import Language, languages, preferred


class Command(argparse.ArgumentParser):
    """A parser whose options say alike what they are."""

    def switch(self, option: str, what: str) -> None:
        """Add an option that stands there or not."""
        self.add_argument(option, action="store_true", help=what)

    def language(self) -> None:
        """Add an option for the language of the course; without it, the preferred one."""
        what = Language.load("en")("options.language_of_the_course")
        self.add_argument("--language", choices=languages(), default=preferred(), help=what)

    def value(self, option: str, default: float | Path, what: str) -> None:
        """Add an option that takes a number or a folder, as its default is one."""
        say = Language.load("en")
        number = not isinstance(default, Path)
        shown = f"{default:g}" if number else default
        told = say("options.what_default_default", what=what, default=shown)
        kind, called = (type(default), "N") if number else (Path, "DIR")
        self.add_argument(option, type=kind, default=default, metavar=called, help=told)
