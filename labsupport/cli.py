"""The command line: labsupport lab | serve | doctor | record | editions | classroom."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from labsupport import classroom, commands, editions, jupyter, serve
from labsupport.language import Language


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (by default the one this process was started with).

    Returns the exit status. Each sub-command is a module with `add_parser`, which adds its
    parser and sets `run` to the function that does the work.
    """
    say = Language.load("en")
    parser = argparse.ArgumentParser(
        prog="labsupport",
        description=say("A course on how the Internet works, with an Internet to try it out on."),
    )
    subparsers = parser.add_subparsers(required=True, metavar=say("COMMAND"))
    jupyter.add_parser(subparsers)
    serve.add_parser(subparsers)
    commands.add_parser(subparsers)
    classroom.add_parser(subparsers)
    editions.add_parser(subparsers)
    chosen = parser.parse_args(arguments)
    status: int = chosen.run(chosen)
    return status
