"""The command line: labsupport lab | serve | doctor | record | editions | show | classroom."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from labsupport.kinds import Kind
from labsupport.lab import Lab
from labsupport.language import Language, tell
from labsupport.results import Result
from labsupport.run import classroom, editions, jupyter, serve, show
from labsupport.run.options import Command

RECORDED_TYPES = ("A", "AAAA", "NS", "MX", "TXT", "SOA", "CAA")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (by default the one this process was started with).

    Returns the exit status. The sub-commands that are not here are modules with `add_parser`, which
    adds a parser and sets `run` to the function that does the work.
    """
    say = Language.load("en")
    what = say("A course on how the Internet works, with an Internet to try it out on.")
    parser = Command(prog="labsupport", description=what)
    subparsers = parser.add_subparsers(required=True, metavar=say("COMMAND"))
    jupyter.add_parser(subparsers, say)
    serve.add_parser(subparsers, say)
    what = say("check this machine, and what the network of this room lets through")
    examiner = subparsers.add_parser("doctor", help=what, description=tell(say, "cli.doctor_does"))
    examiner.language()
    examiner.switch("--offline", say("check the machine only, and send nothing"))
    examiner.set_defaults(run=doctor)
    what = say("ask about names now, to show the answers later without the Internet")
    recorder = subparsers.add_parser("record", help=what, description=tell(say, "cli.record_does"))
    recorder.language()
    recorder.add_argument("names", nargs="+", metavar=say("NAME"))
    recorder.add_argument(
        "--to", required=True, type=Path, metavar=say("FILE"), help=say("where it is kept")
    )
    recorder.switch("--quiet", say("ask nobody who may belong to the name's holder"))
    recorder.switch("--lab", say("ask the lab instead, to try it out"))
    recorder.set_defaults(run=record)
    classroom.add_parser(subparsers, say)
    editions.add_parser(subparsers, say)
    show.add_parser(subparsers, say)
    chosen = parser.parse_args(arguments)
    status: int = chosen.run(chosen)
    return status


def doctor(arguments: argparse.Namespace) -> int:
    """Print what was found; return 0 where the lab works, 1 where it does not."""
    found = Lab(arguments.language, live=False).doctor("" if arguments.offline else "network")
    print(found)
    return 0 if found.kind is Kind.FOUND else 1


def record(arguments: argparse.Namespace) -> int:
    """Ask about each name, and keep the answers; return 0 where a recording was written."""
    lab = Lab(arguments.language, live=not arguments.lab, quiet=arguments.quiet)
    problem, folder = "", arguments.to.parent
    if arguments.to.exists():
        problem = lab.say("{file} is there already: choose another name.", file=arguments.to)
    elif not folder.is_dir():
        problem = lab.say("There is no folder {folder}: make it first.", folder=folder)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    for name in arguments.names:
        for result in _asked(lab, name, quiet=arguments.quiet):
            print(result.sentence)
    with contextlib.chdir(folder):
        kept = lab.evidence.save(arguments.to.name)
    print(kept.sentence)
    return 0 if kept.kind is None else 1


def _asked(lab: Lab, name: str, *, quiet: bool) -> Iterator[Result]:
    """Ask what a lesson may ask about a name."""
    for rdtype in RECORDED_TYPES:
        answer = lab.ask(name, rdtype)
        yield answer
        for record in getattr(answer, "records", ()):
            if record.type in ("A", "AAAA"):
                yield from (ask(record.value) for ask in (lab.origin, lab.rdap, lab.whois))
    loud = () if quiet else (lab.trace, lab.path, lab.visit)  # to the name's own machines
    for ask in (lab.dnssec, lab.rdap, lab.whois, lab.compare, lab.who, *loud):
        yield ask(name)
