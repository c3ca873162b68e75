"""A command of the command line, and the kinds of options that several have."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from labsupport.inputs.urls import LAST_PORT
from labsupport.language import (
    SOURCE_LANGUAGE,
    Language,
    languages,
    preferred,
    spoken,
    table,
)
from labsupport.visible import quoted

WORDS = "argparse"  # what argparse says itself


class Command(argparse.ArgumentParser):
    """A parser whose options say alike what they are, in the language `say`."""

    say = Language.load(SOURCE_LANGUAGE)

    @classmethod
    def speak(cls, arguments: Sequence[str]) -> Language:
        """Have all commands speak the language that is asked for, else this machine's; return it.

        argparse looks its own words up by gettext, whose catalogues it does not have: it gets them
        here, and what it does not find stays English.
        """
        option = "--language"
        named = [after for before, after in pairwise(arguments) if before == option]
        named += [
            text.removeprefix(f"{option}=")
            for text in arguments
            if f"{option}=" in text
        ]
        cls.say = Language.load(next(filter(None, map(spoken, named)), preferred()))
        english = table(Language.load(SOURCE_LANGUAGE), WORDS)
        words = {english[key]: said for key, said in table(cls.say, WORDS).items()}

        def translated(text: str) -> str:
            return words.get(text, text)

        def counted(single: str, more: str, count: int) -> str:
            return translated(single if count == 1 else more)

        vars(argparse).update(_=translated, ngettext=counted)
        return cls.say

    def switch(self, option: str, what: str) -> None:
        """Add an option that stands there or not."""
        self.add_argument(option, action="store_true", help=what)

    def language(self) -> None:
        """Add an option for the language of the course; without it, the preferred one."""
        self.add_argument(
            "--language",
            type=lambda text: spoken(text) or text,
            choices=languages(),
            default=preferred(),
            help=self.say("options.language_of_the_course"),
        )

    def value(self, option: str, default: float | Path, what: str) -> None:
        """Add an option that takes a number or a folder, as its default is one."""
        if isinstance(default, Path):
            words = self.say("options.what_default_default", what=what, default=default)
            self.add_argument(
                option, type=Path, default=default, metavar="DIR", help=words
            )
            return
        words = self.say(
            "options.what_default_default", what=what, default=f"{default:g}"
        )
        self.add_argument(
            option, type=type(default), default=default, metavar="N", help=words
        )

    def port(self, default: int, what: str) -> None:
        """Add an option for the port that a server answers at."""

        def read(text: str) -> int:
            number = int(text) if re.fullmatch("[0-9]{1,5}", text) else 0
            if not 1 <= number <= LAST_PORT:
                problem = self.say(
                    "options.no_port",
                    what=quoted(text),
                    last=LAST_PORT,
                    default=default,
                )
                raise argparse.ArgumentTypeError(problem)
            return number

        words = self.say("options.what_default_default", what=what, default=default)
        self.add_argument("--port", type=read, default=default, metavar="N", help=words)
