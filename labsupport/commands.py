"""The command line: labsupport doctor."""

from __future__ import annotations

import argparse
import sys

from labsupport.language import Language
from labsupport.results import Kind


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command `doctor` to the command line."""
    say = Language.load("en")
    parser = subparsers.add_parser(
        "doctor",
        help=say("check this machine, and what the network of this room lets through"),
        description=say(
            "Checks that the course works on this machine, and which live questions get through. "
            "For that, some small questions go to public servers: the resolver of this "
            "connection, a root server, a public resolver, IANA. Without a network the course "
            "works all the same. The exit status is 0 where the lab works."
        ),
    )
    parser.add_argument("--json", action="store_true", help=say("print it for programs"))
    parser.add_argument(
        "--offline", action="store_true", help=say("check the machine only, and send nothing")
    )
    parser.set_defaults(run=doctor)


def doctor(arguments: argparse.Namespace) -> int:
    """Print what was found; return 0 where the lab works, 1 where it does not."""
    from labsupport.lab import Lab
    from labsupport.live import CannotEnter

    lab = Lab("en", live=False)
    try:
        found = lab.doctor("" if arguments.offline else "network")
    except CannotEnter as problem:
        print(problem, file=sys.stderr)
        return 1
    print(found.to_json() if arguments.json else found)
    return 0 if found.kind is Kind.FOUND else 1
