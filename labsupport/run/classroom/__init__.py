"""`labsupport classroom`: one laptop serves the course to a room, without the Internet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from labsupport.exchange import HTTPS_PORT
from labsupport.language import Language, tell
from labsupport.run.classroom import check
from labsupport.run.options import Command

FOLDER = Path("/var/lib/labsupport-classroom")


def add_parser(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    """Add the sub-command `classroom` to the command line."""
    what = say("serve the course to the browsers of a whole room")
    more = tell(say, "classroom.what_it_does")
    parser = subparsers.add_parser("classroom", help=what, description=more)
    parser.switch("--wipe", say("remove all desks, with everything on them"))
    named = say("ADDRESS")
    what = say("answer at this address only (default: at all of this machine)")
    parser.add_argument("--address", default="", metavar=named, help=what)
    parser.language()
    by_themselves = say("the port; browsers try {port} by themselves", port=HTTPS_PORT)
    for option, default, what in (
        ("--port", HTTPS_PORT, by_themselves),
        ("--seats", 60, say("how many participants there may be")),
        ("--memory", 1200, say("megabytes that the programs of one participant may take")),
        ("--idle", 90.0, say("minutes after which an unused notebook's kernel stops")),
        ("--cell", 5, say("minutes that one cell may run")),
        ("--folder", FOLDER, say("where desks are kept")),
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
