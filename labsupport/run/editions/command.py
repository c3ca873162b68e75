"""The command line: labsupport editions."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from labsupport.language import Language
from labsupport.reasons import reason_of
from labsupport.run.options import Command

DEFAULT_FOLDER = Path("build/editions")
MARK = ".labsupport-editions"  # in a folder that was made here: one hash of all that is in it


def add_parser(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    """Add the sub-command `editions` to the command line."""
    parser = subparsers.add_parser(
        "editions",
        help=say("editions.make_course_without_server"),
        description=say("command.what_it_does"),
    )
    parser.add_argument(
        "edition",
        nargs="?",
        choices=("pages", "browser"),
        default="pages",
        help=say("command.which_edition"),
    )
    parser.language()
    parser.value("--to", DEFAULT_FOLDER, say("editions.where_it_is_written"))
    parser.switch("--instructor", say("editions.also_make_instructor_pages"))
    parser.add_argument(
        "--wheels",
        type=Path,
        metavar=say("editions.folder"),
        help=say("command.wheels"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the editions, in the place of earlier ones; return 0 where they were made."""
    # late: only this command makes them
    from labsupport.run.editions import (
        browser,
        making,
    )

    say = Language.load(arguments.language)
    folder: Path = arguments.to
    made: dict[Path, Callable[[], Mapping[str, str | bytes]]]
    made = {folder: partial(making.participants, say)}
    done = "command.files_open"
    if arguments.edition == "browser":
        folder = folder if folder != DEFAULT_FOLDER else folder.with_name("browser")
        made = {folder: partial(browser.browser, say, arguments.wheels)}
        done = "command.files_served"
    elif arguments.instructor:
        others = folder.with_name(f"{folder.name}-instructor")
        made[others] = partial(making.instructors, say, folder.resolve().name)
    try:
        for target in made:  # before anything is made: that takes a while
            if not _may_be_written(target):
                print(say("command.holds_something_else", path=target), file=sys.stderr)
                return 1
        for target, make in made.items():
            files = make()
            _write(files, target)
            print(
                say(done, count=len(files), folder=target, index=target / "index.html")
            )
    except browser.NotMadeError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        reason = reason_of(error, say)
        sentence = say("command.folder_not_written", folder=folder, reason=reason)
        print(sentence, file=sys.stderr)
        return 1
    return 0


def _may_be_written(folder: Path) -> bool:
    """Whether nothing is in a folder but what was made here, and nobody changed."""
    if not folder.exists():
        return True
    mark = folder / MARK
    if mark.is_file():
        return mark.read_bytes() == _state(folder)
    return folder.is_dir() and not any(folder.iterdir())


def _write(files: Mapping[str, str | bytes], folder: Path) -> None:
    """Write an edition in the place of an earlier one."""
    for earlier in _files(folder):
        earlier.unlink()
    for name, page in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(page if isinstance(page, bytes) else page.encode())
    (folder / MARK).write_bytes(_state(folder))


def _files(folder: Path) -> list[Path]:
    mark = folder / MARK
    return sorted(file for file in folder.rglob("*") if file.is_file() and file != mark)


def _state(folder: Path) -> bytes:
    """Return one hash of all that is in a folder, but for its mark: it tells of any change."""
    whole = hashlib.sha256()
    for file in _files(folder):
        whole.update(hashlib.sha256(file.read_bytes()).digest())
        whole.update(file.relative_to(folder).as_posix().encode() + b"\0")
    return whole.hexdigest().encode()
