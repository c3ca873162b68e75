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
    what = say("editions.make_course_without_server")
    more = say("command.what_it_does")
    parser = subparsers.add_parser("editions", help=what, description=more)
    editions, which = ("pages", "browser"), say("command.which_edition")
    parser.add_argument("edition", nargs="?", choices=editions, default="pages", help=which)
    parser.language()
    parser.value("--to", DEFAULT_FOLDER, say("editions.where_it_is_written"))
    beside = say("editions.also_make_instructor_pages")
    parser.switch("--instructor", beside)
    wheels, of_wheels = say("command.wheels"), say("editions.folder")
    parser.add_argument("--wheels", type=Path, metavar=of_wheels, help=wheels)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the editions, in the place of earlier ones; return 0 where they were made."""
    from labsupport.run.editions import browser, making  # late: only this command makes them

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
        for place in made:  # before anything is made: that takes a while
            mark = place / MARK
            made_here = mark.is_file() and mark.read_bytes() == _state(place)
            if place.exists() and not (made_here or (place.is_dir() and not any(place.iterdir()))):
                sentence = say("command.holds_something_else", path=place)
                print(sentence, file=sys.stderr)
                return 1
        for place, make in made.items():
            files = make()
            for earlier in _files(place):
                earlier.unlink()
            for name, page in files.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(page if isinstance(page, bytes) else page.encode())
            (place / MARK).write_bytes(_state(place))
            index = place / "index.html"
            print(say(done, count=len(files), folder=place, index=index))
    except browser.NotMadeError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        reason = reason_of(error, say)
        sentence = say("command.folder_not_written", folder=folder, reason=reason)
        print(sentence, file=sys.stderr)
        return 1
    return 0


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file() and one != folder / MARK)


def _state(folder: Path) -> bytes:
    """Return one hash of all that is in a folder, but for its mark: it tells of any change."""
    whole = hashlib.sha256()
    for file in _files(folder):
        whole.update(hashlib.sha256(file.read_bytes()).digest())
        whole.update(file.relative_to(folder).as_posix().encode() + b"\0")
    return whole.hexdigest().encode()
