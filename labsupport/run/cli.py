"""The command line: labsupport lab | serve | doctor | record | editions | show | classroom."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from labsupport.declared import QUESTIONS
from labsupport.kinds import Kind
from labsupport.lab import Lab
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.results import Result
from labsupport.run import classroom, editions, jupyter, serve, show
from labsupport.run.options import Command

RECORDED_TYPES = ("A", "AAAA", "NS", "MX", "TXT", "SOA", "CAA")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (by default the one this process was started with).

    Returns the exit status. The sub-commands that are not here are modules with `add_parser`, which
    adds a parser and sets `run` to the function that does the work.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    say = Command.speak(arguments)
    parser = Command(
        prog="labsupport", description=say("cli.course_how_internet_works")
    )
    subparsers = parser.add_subparsers(required=True, metavar=say("cli.command"))
    jupyter.add_parser(subparsers, say)
    serve.add_parser(subparsers, say)
    _add_doctor(subparsers, say)
    _add_record(subparsers, say)
    classroom.add_parser(subparsers, say)
    editions.add_parser(subparsers, say)
    show.add_parser(subparsers, say)
    chosen = parser.parse_args(arguments)
    status: int = chosen.run(chosen)
    return status


def _add_doctor(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    parser = subparsers.add_parser(
        "doctor",
        help=say("cli.check_machine_what_network"),
        description=say("cli.doctor_does"),
    )
    parser.language()
    parser.switch("--offline", say("cli.check_machine_only_send"))
    parser.set_defaults(run=doctor)


def _add_record(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    parser = subparsers.add_parser(
        "record",
        help=say("cli.ask_about_names_now"),
        description=say("cli.record_does"),
    )
    parser.language()
    parser.add_argument("names", nargs="+", metavar=say("cli.name"))
    parser.add_argument(
        "--to",
        required=True,
        type=Path,
        metavar=say("cli.file"),
        help=say("cli.where_it_is_kept"),
    )
    parser.switch("--quiet", say("cli.ask_nobody_who_may"))
    parser.switch("--lab", say("cli.ask_lab_instead_try"))
    parser.set_defaults(run=record)


def doctor(arguments: argparse.Namespace) -> int:
    """Print what was found; return 0 where the lab works, 1 where it does not."""
    lab = Lab(arguments.language, live=False)
    examination = lab.course.doctor(network=not arguments.offline)
    print(examination)
    return 0 if examination.kind is Kind.FOUND else 1


def record(arguments: argparse.Namespace) -> int:
    """Ask about each name, and keep the answers; return 0 where a recording was written."""
    lab = Lab(arguments.language, live=not arguments.lab, quiet=arguments.quiet)
    say = context_of(lab).say
    problem = ""
    folder = arguments.to.parent
    if arguments.to.exists():
        problem = say("cli.file_there_already_choose", file=arguments.to)
    elif not folder.is_dir():
        problem = say("cli.there_no_folder_folder", folder=folder)
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
                yield lab.routes.origin(record.value)
                yield lab.rdap(record.value)
                yield lab.whois(record.value)
    for question, declaration in QUESTIONS.items():
        if declaration.lesson and not (quiet and declaration.loud):
            yield attrgetter(question)(lab)(name)
