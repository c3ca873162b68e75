"""`labsupport classroom`: one laptop serves the course to a room, without the Internet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from labsupport.exchange import HTTPS_PORT
from labsupport.language import Language, tell
from labsupport.run.classroom import check

FOLDER = Path("/var/lib/labsupport-classroom")
SEATS, MEGABYTES, IDLE_MINUTES, CELL_MINUTES = 60, 1200, 90, 5


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command `classroom` to the command line."""
    say = Language.load("en")
    parser = subparsers.add_parser(
        "classroom",
        help=say("serve the course to the browsers of a whole room"),
        description=tell(say, "classroom.serves_course_everybody"),
    )
    parser.add_argument(
        "--wipe", action="store_true", help=say("remove all desks, with everything on them")
    )
    parser.add_argument(
        "--address",
        default="",
        metavar=say("ADDRESS"),
        help=say("answer at this address only (default: at all of this machine)"),
    )
    parser.add_argument(
        "--port",
        type=int,
        default=HTTPS_PORT,
        metavar="N",
        help=say("the port (default: {port}, which browsers try by themselves)", port=HTTPS_PORT),
    )
    for option, default, what in (
        ("--seats", SEATS, say("how many participants there may be")),
        ("--memory", MEGABYTES, say("megabytes that the programs of one participant may take")),
        ("--idle", IDLE_MINUTES, say("minutes after which an unused notebook's kernel stops")),
        ("--cell", CELL_MINUTES, say("minutes that one cell may run")),
    ):
        parser.add_argument(
            option,
            type=int,
            default=default,
            metavar="N",
            help=say("{what} (default: {default})", what=what, default=default),
        )
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        metavar="DIR",
        help=say("where desks are kept (default: {folder})", folder=FOLDER),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the room, or wipe it; where the machine cannot keep participants apart, say so."""
    say = Language.load("en")
    if obstacles := check.obstacles(say):
        print("\n".join(obstacles), file=sys.stderr)
        return 1
    # What follows exists on Linux only, and JupyterHub is heavy.
    from labsupport.run.classroom import room

    return room.run(arguments, say)
