"""The command line: labsupport doctor, labsupport record."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from labsupport.language import Language
from labsupport.results import Kind, Result

if TYPE_CHECKING:
    from labsupport.lab import Lab


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-commands `doctor` and `record` to the command line."""
    say = Language.load("en")
    _add_record(subparsers, say)
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


def _add_record(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], say: Language
) -> None:
    parser = subparsers.add_parser(
        "record",
        help=say("ask about names now, to show the answers later without the Internet"),
        description=say(
            "Asks live what a lesson may ask about each name, and keeps question and answer in a "
            'file of evidence. In a room without the Internet, Lab("en", recording="FILE") answers '
            "from it. Resolver, registries and registrars see what is asked; without --quiet the "
            "name's own servers do so too."
        ),
    )
    parser.add_argument("names", nargs="+", metavar=say("NAME"))
    parser.add_argument(
        "--to", required=True, type=Path, metavar=say("FILE"), help=say("where it is kept")
    )
    parser.add_argument(
        "--quiet", action="store_true", help=say("ask nobody who may belong to the name's holder")
    )
    parser.add_argument(
        "--lab", action="store_true", help=say("ask the lab instead, to try it out")
    )
    parser.set_defaults(run=record)


RECORDED_TYPES = ("A", "AAAA", "NS", "MX", "TXT", "SOA", "CAA")


def record(arguments: argparse.Namespace) -> int:
    """Ask about each name, and keep the answers; return 0 where a recording was written."""
    from labsupport.lab import Lab

    lab = Lab("en", live=not arguments.lab, quiet=arguments.quiet)
    say = lab.say
    if arguments.to.exists():
        sentence = say("{file} is there already: choose another name.", file=arguments.to)
        print(sentence, file=sys.stderr)
        return 1
    if not arguments.to.parent.is_dir():
        folder = arguments.to.parent
        print(say("There is no folder {folder}: make it first.", folder=folder), file=sys.stderr)
        return 1
    for name in arguments.names:
        for question, result in _questions(lab, name, quiet=arguments.quiet):
            print(f"{question}: {result.sentence}")
    with contextlib.chdir(arguments.to.parent):
        kept = lab.evidence.save(arguments.to.name)
    print(kept.sentence)
    return 0 if kept.kind is None else 1


def _questions(lab: Lab, name: str, *, quiet: bool) -> Iterator[tuple[str, Result]]:
    """Ask what a lesson may ask about a name; yield each question with what came."""
    for rdtype in RECORDED_TYPES:
        answer = lab.ask(name, rdtype)
        yield f'lab.ask("{name}", "{rdtype}")', answer
        for record in getattr(answer, "records", ()):
            if record.type in ("A", "AAAA"):
                for question in (lab.origin, lab.rdap, lab.whois):
                    yield f'lab.{question.__name__}("{record.value}")', question(record.value)
    others: list[Callable[[object], Result]] = [lab.dnssec, lab.rdap, lab.whois, lab.compare]
    loud = [lab.trace, lab.path, lab.visit]  # these go to the name's own machines
    for ask in [*others, lab.who, *([] if quiet else loud)]:
        yield f'lab.{ask.__name__}("{name}")', ask(name)


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
