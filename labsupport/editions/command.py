"""The command line: labsupport editions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path

from labsupport.language import Language, mark

DEFAULT_FOLDER = Path("build/editions")
KINDS = {
    "read": mark("pages to read, in a browser or with a screen reader"),
    "slides": mark("slides for a projector"),
    "paper": mark("worksheets, checklists, cards and cases to print"),
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command `editions` to the command line."""
    say = Language.load("en")
    kinds = "; ".join(f"{kind}: {say(words)}" for kind, words in KINDS.items())
    parser = subparsers.add_parser(
        "editions",
        help=say("make the course without a server: pages to read, slides, papers"),
        description=say(
            "Makes the course as pages that need no server: open index.html in the folder. PDF "
            "files are made where Chromium, Chrome or Edge is installed."
        ),
    )
    parser.add_argument(
        "kinds",
        nargs="*",
        metavar=say("KIND"),
        help=kinds,
    )
    parser.add_argument(
        "--to",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="DIR",
        help=say("where it is written (default: {folder})", folder=DEFAULT_FOLDER.as_posix()),
    )
    parser.add_argument(
        "--instructor",
        action="store_true",
        help=say("also make the instructor's pages, in a folder of their own beside it"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the editions; return 0 where all that was asked for was made."""
    say = Language.load("en")
    unknown = [kind for kind in arguments.kinds if kind not in KINDS]
    if unknown:
        sentence = say(
            "There is no edition “{kind}”. There are: {kinds}.",
            kind=unknown[0],
            kinds=", ".join(KINDS),
        )
        print(sentence, file=sys.stderr)
        return 1
    return _make(arguments.to, arguments.kinds or list(KINDS), arguments.instructor, say)


def _make(folder: Path, kinds: Collection[str], instructor: bool, say: Language) -> int:
    # Late: what makes pages is not needed by the other commands.
    from labsupport.editions import making
    from labsupport.editions.folder import FolderError, check, write

    others = folder.with_name(f"{folder.name}-instructor")
    try:
        # Before anything is made: that takes a while.
        for place in (folder, *([others] if instructor else [])):
            check(place, say)
        made = making.editions(kinds, say)
        write(folder, made.files, say)
        print(_told(folder, made.files, say))
        for remark in made.remarks:
            print(remark)
        if instructor:
            files = making.instructors(folder.resolve().name, say)
            if not files:
                print(say("There are no notebooks for the instructor."), file=sys.stderr)
                return 1
            write(others, files, say)
            print(_told(others, files, say))
    except FolderError as problem:
        print(problem, file=sys.stderr)
        return 1
    if made.failed:
        print(made.failed, file=sys.stderr)
    return 1 if made.failed else 0


def _told(folder: Path, files: dict[str, bytes], say: Language) -> str:
    return say.many(
        "{count} file ({size} MB) is in {folder}. Open {index}.",
        "{count} files ({size} MB) are in {folder}. Open {index}.",
        len(files),
        size=f"{sum(map(len, files.values())) / 1e6:.1f}",
        folder=folder,
        index=folder / "index.html",
    )
