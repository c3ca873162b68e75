"""`labsupport classroom`: one laptop serves the course to a room, without the Internet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from labsupport.exchange import HTTPS_PORT
from labsupport.language import Language
from labsupport.run.classroom import check
from labsupport.run.options import Command

FOLDER = Path("/var/lib/labsupport-classroom")


def add_parser(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    """Add the sub-command `classroom` to the command line."""
    what = say("classroom.serve_course_browsers_whole")
    more = say("classroom.what_it_does")
    parser = subparsers.add_parser("classroom", help=what, description=more)
    parser.switch("--wipe", say("classroom.remove_all_desks_everything"))
    named = say("classroom.address")
    what = say("classroom.answer_address_only_default")
    parser.add_argument("--address", default="", metavar=named, help=what)
    parser.language()
    parser.port(HTTPS_PORT, say("classroom.port_browsers_try_port", port=HTTPS_PORT))
    for option, default, what in (
        ("--seats", 60, say("classroom.how_many_participants_there")),
        ("--memory", 1200, say("classroom.megabytes_programs_one_participant")),
        ("--idle", 90.0, say("classroom.minutes_after_unused_notebook")),
        ("--cell", 5, say("classroom.minutes_one_cell_may")),
        ("--folder", FOLDER, say("classroom.where_desks_are_kept")),
    ):
        parser.value(option, default, what)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the room, or wipe it; where the machine cannot keep participants apart, say so."""
    say = Language.load(arguments.language)
    if obstacles := check.obstacles(say):
        print("\n".join(obstacles), file=sys.stderr)
        return 1
    # What follows exists on Linux only, and JupyterHub is heavy.
    from labsupport.run.classroom import room

    return room.run(arguments, say)
