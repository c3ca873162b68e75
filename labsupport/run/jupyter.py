"""`labsupport lab`: opens the course in a JupyterLab set up for people who never saw one."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from labsupport.inputs.folding import folded
from labsupport.language import Language
from labsupport.run import home
from labsupport.run.options import Command
from labsupport.run.workcopy import (
    HIDDEN_FOLDER,
    WorkCopyError,
    folder_of,
    hand_out,
    take_up,
)

DEFAULT_FOLDER = Path("my-course")
# Settings for everybody; its folder `first` holds those that a learner may change afterwards.
COURSE = files("labsupport.data") / "course"
SETTINGS = COURSE / "jupyterlab"
INSTRUCTOR_PAGE = "instructor/1-before-the-course.ipynb"
# A closed terminal or `kill` ends the course as Ctrl-C does, so that no server is left.
# Windows has no SIGHUP.
ENDINGS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]
START_SECONDS = 120
STOP_SECONDS = 20


def add_parser(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    """Add the sub-command `lab` to the command line."""
    what = say("jupyter.open_course_jupyterlab")
    parser = subparsers.add_parser(
        "lab", help=what, description=say("jupyter.what_it_does")
    )
    parser.switch("--no-browser", say("jupyter.open_no_browser_only"))
    parser.switch("--instructor", say("jupyter.hand_out_guide_instructors"))
    parser.language()
    parser.value("--folder", DEFAULT_FOLDER, say("jupyter.where_working_copy"))
    parser.port(8888, say("jupyter.port_try_first"))
    parser.add_argument(
        "--take-up",
        type=Path,
        metavar=say("cli.file"),
        help=say("jupyter.take_up_work"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Bring the working copy up to date and show it in JupyterLab until it is ended."""
    say = Language.load(arguments.language)
    folder: Path = arguments.folder
    try:
        besides = hand_out(folder, say, instructor=arguments.instructor)
        if arguments.take_up:
            print(
                take_up(
                    folder,
                    arguments.take_up,
                    say,
                    lambda changes: _agreed(changes, say),
                )
            )
    except WorkCopyError as error:
        print(error, file=sys.stderr)
        return 1
    for kept, added in besides:
        print(say("jupyter.copy_was_changed", kept=kept, added=added))
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    page = page_of(say.code, INSTRUCTOR_PAGE if arguments.instructor else home.FILE)
    return _show(folder.resolve(), page, arguments.port, not arguments.no_browser, say)


def _agreed(changes: Sequence[str], say: Language) -> bool:
    """Show what would be done, and ask whether it is wanted; where nobody can answer, it is not."""
    print("\n".join(changes))
    try:
        answer = input(say("work.ask") + " ")
    except EOFError:
        answer = ""
        print()
    return folded(answer.strip()) in say("work.yes").split()


def _show(folder: Path, page: str, port: int, browser: bool, say: Language) -> int:
    token = secrets.token_hex(24)
    log_file = folder / HIDDEN_FOLDER / "jupyterlab.log"
    with log_file.open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            _command(folder, page, port, browser),
            # Not in the copy: JupyterLab would take a file there for its settings.
            cwd=folder / HIDDEN_FOLDER,
            env=_environment(folder, token),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        url = _wait_until_up(server, folder, token)
        if url is None:
            print(say("jupyter.jupyterlab_did_not_start"), file=sys.stderr)
            for line in log_file.read_text(
                encoding="utf-8", errors="replace"
            ).splitlines()[-15:]:
                print(f"  {line}", file=sys.stderr)
            return 1
        if browser:
            print(say("jupyter.course_opens_your_browser"))
        else:
            print(say("jupyter.open_address_browser"))
        print(f"{url}{page}?token={token}")
        print(say("jupyter.end_press_ctrl_c"), flush=True)
        server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        _stop(server)
    print(say("jupyter.course_closed_your_notebooks", folder=folder))
    return 0


def page_of(language: str, file: str) -> str:
    """Return the address in JupyterLab, in its mode for single documents, of a file of the copy.

    >>> page_of("en", "home.course"), page_of("es", "home.course")
    ('doc/tree/home.course', 'doc/tree/es/home.course')
    """
    return f"doc/tree/{folder_of(language) / file}"


def settings_for(folder: Path, page: str) -> dict[str, object]:
    """Return the settings of a JupyterLab that shows the copy in `folder`, and `page` first."""
    return {
        "ServerApp.root_dir": folder,
        "ServerApp.terminals_enabled": False,
        "LabApp.default_url": f"/{page}",
        "LabApp.app_settings_dir": SETTINGS,
        "LabApp.extra_labextensions_path": COURSE / "labextensions",
        # As settings, not as variables: those are read when JupyterLab is imported, and a desk's
        # server is a copy of one that was.
        "LabApp.user_settings_dir": folder / HIDDEN_FOLDER / "settings",
        "LabApp.workspaces_dir": folder / HIDDEN_FOLDER / "workspaces",
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        # No other Python of this computer, so that there is no kernel to choose.
        "KernelSpecManager.allowed_kernelspecs": {"python3"},
    }


def own_environment(folder: Path) -> dict[str, str]:
    """Return variables that keep a JupyterLab inside the copy in `folder`, and make its folders.

    With them nothing of the user's own Jupyter is read or changed.
    """
    environment = {"PYTHONNOUSERSITE": "1"}
    hidden = folder / HIDDEN_FOLDER
    for variable, name in (
        ("IPYTHONDIR", "ipython"),
        ("JUPYTER_CONFIG_DIR", "config"),
        ("JUPYTER_DATA_DIR", "data"),
        ("JUPYTER_RUNTIME_DIR", "runtime"),
    ):
        (hidden / name).mkdir(exist_ok=True)
        environment[variable] = str(hidden / name)
    _copy_missing(SETTINGS / "first", hidden)
    return environment


def as_options(settings: dict[str, object]) -> list[str]:
    """Return settings as a command line takes them.

    >>> as_options({"ServerApp.port": 8888})
    ['--ServerApp.port=8888']
    """
    return [f"--{name}={value}" for name, value in settings.items()]


def _command(folder: Path, page: str, port: int, browser: bool) -> list[str]:
    settings = settings_for(folder, page) | {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.open_browser": browser,
        "ServerApp.answer_yes": True,  # Ctrl-C ends it without a question
        "ServerApp.allow_root": True,  # as in a container; it listens on loopback only
    }
    # -P: a file in the learner's folder must not be taken for a module of JupyterLab.
    return [sys.executable, "-P", "-m", "jupyterlab", *as_options(settings)]


def _environment(folder: Path, token: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON"))
    }
    return inherited | own_environment(folder) | {"JUPYTER_TOKEN": token}


def _copy_missing(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        if entry.is_dir():
            (target / entry.name).mkdir(exist_ok=True)
            _copy_missing(entry, target / entry.name)
        elif not (target / entry.name).exists():
            (target / entry.name).write_bytes(entry.read_bytes())


def _wait_until_up(
    server: subprocess.Popen[bytes], folder: Path, token: str
) -> str | None:
    """Return the server's address once it listens; None when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        for file in (folder / HIDDEN_FOLDER / "runtime").glob("jpserver-*.json"):
            try:
                running = json.loads(file.read_text(encoding="utf-8"))
            except (FileNotFoundError, ValueError):
                continue  # it is just being written, or the server of an earlier start ends
            if running["token"] == token:
                return str(running["url"])
        time.sleep(0.1)
    return None


def _stop(server: subprocess.Popen[bytes]) -> None:
    # The server is given its time; an impatient second Ctrl-C must not leave it running.
    for ending in (signal.SIGINT, *ENDINGS):
        signal.signal(ending, signal.SIG_IGN)
    try:
        # On Windows terminate() would give it no time; there Ctrl-C reached it as well.
        if os.name != "nt":
            server.terminate()
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
