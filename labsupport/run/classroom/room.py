"""An open room: the proxy that browsers meet, the hub behind it, and who keeps them running."""

from __future__ import annotations

import argparse
import fcntl
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from threading import Thread
from typing import Any

import psutil  # type: ignore[import-untyped]

from labsupport.exchange import HTTP_PORT, HTTPS_PORT
from labsupport.language import Language, make_catalogues
from labsupport.reasons import reason_of
from labsupport.run.classroom import (
    certificate,
    fork_server,
    machine,
    pages,
    quota,
    seats,
)
from labsupport.run.classroom.check import FIRST_PORT_FOR_ALL, PROXY
from labsupport.run.classroom.seats import (
    INSTRUCTOR,
    Codes,
    Seats,
    user_name,
    write_private,
)
from labsupport.run.classroom.settings import (
    DESKS,
    HUB,
    OWN_PORT,
    VARIABLE,
    Settings,
    new_key,
)

CLASSROOM = files("labsupport.data") / "course" / "classroom"
CONFIGURATION = CLASSROOM / "jupyterhub_config.py"
DOOR = CLASSROOM / "haproxy.cfg"
LOCK = Path("/run/labsupport-classroom.lock")
START_SECONDS = 60
STOP_SECONDS = 60
LOOK_SECONDS = 2
MEMORY_LOOK_SECONDS = 0.2
LARGEST_LOG = 20_000_000  # bytes
# A program that ends so often, one start after the other, will not run at the next either.
MOST_STARTS = 5
STEADY_SECONDS = 60
LEAST_LEFT, HARDLY_LEFT = 300, 150  # megabytes
MEMORY_FOR_THE_ROOM = (
    1000  # megabytes: the hub, the proxy, this program, the machine's own
)


def run(arguments: argparse.Namespace, say: Language) -> int:
    """Open the room and keep it open until it is ended, or wipe it; return the exit status."""
    folder: Path = arguments.folder.resolve()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    # desks must pass through the room's folder, whatever root's own habit
    os.umask(0o022)
    make_catalogues()  # desks may not write
    try:
        chosen = _chosen(arguments, say)
        with _alone(say):
            if arguments.wipe:
                return _wipe(folder, say)
            with Room(_settings(chosen, folder, say), say) as room:
                room.announce()
                room.keep()
    except KeyboardInterrupt:
        print(say("room.closed", folder=folder))
    except (machine.MachineError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _chosen(arguments: argparse.Namespace, say: Language) -> dict[str, Any]:
    """Return what was chosen on the command line; raise MachineError where it cannot be."""
    chosen = {
        "address": arguments.address,
        "port": arguments.port,
        "seats": arguments.seats,
        "megabytes": arguments.memory,
        "idle_minutes": arguments.idle,
        "cell_minutes": arguments.cell,
        "language": say.code,
    }
    if not all(
        0 < value < math.inf
        for value in chosen.values()
        if isinstance(value, int | float)
    ):
        raise machine.MachineError(say("classroom.numbers_must_greater_than"))
    if arguments.port >= FIRST_PORT_FOR_ALL or arguments.port == OWN_PORT:
        raise machine.MachineError(
            say("room.choose_port_below", port=FIRST_PORT_FOR_ALL, own=OWN_PORT)
        )
    if arguments.address not in ("", *machine.own_addresses()):
        own = say.listed(machine.own_addresses())
        problem = say("room.no_own_address", address=arguments.address, addresses=own)
        raise machine.MachineError(problem)
    return chosen


def _settings(chosen: Mapping[str, Any], folder: Path, say: Language) -> Settings:
    """Return the settings of the room in `folder`, with what was chosen, and write them down."""
    try:
        (folder / "room").mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "desks").mkdir(mode=0o711, exist_ok=True)
        (folder / "images").mkdir(mode=0o700, exist_ok=True)
        try:
            # The codes stay.
            settings = replace(Settings.load(folder), **chosen)
        except (OSError, ValueError, TypeError, KeyError):
            settings = Settings(
                folder=folder, key=new_key(), codes=Codes.new(), **chosen
            )
        settings.save()
    except OSError as error:
        raise machine.MachineError(
            say("room.files_not_written", folder=folder, reason=reason_of(error, say))
        ) from error
    return settings


@contextmanager
def _alone(say: Language) -> Iterator[None]:
    """Be the one command that opens or wipes a room: desks are users of the whole machine."""
    with LOCK.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise machine.MachineError(
                say("classroom.room_open_machine_end")
            ) from error
        yield


def _wipe(folder: Path, say: Language) -> int:
    _end_earlier(folder / "room")
    removed = machine.remove_desks(folder / "desks")
    if (folder / "room").is_dir():
        quota.run("rm", "-rf", folder / "images", folder / "room")
        with suppress(OSError):  # something else lies there, which is not ours
            folder.rmdir()
    print(say("room.desks_removed", count=removed))
    for other in sorted({Path(who.pw_dir).parents[1] for who in machine.desk_users()}):
        print(say("classroom.there_desks_another_room", folder=other))
    return 0


class Room:
    """The programs of an open room: the proxy that browsers meet, the hub and the porter."""

    def __init__(self, settings: Settings, say: Language) -> None:
        self.settings = settings
        self.say = say
        self._programs: dict[str, psutil.Popen] = {}
        self._starts: dict[str, list[float]] = {}

    def __enter__(self) -> Room:
        say = self.say
        _end_earlier(self.settings.own)
        machine.close_desks(self.settings)
        together = psutil.virtual_memory().total // quota.MEGABYTE - MEMORY_FOR_THE_ROOM
        self.settings = settings = replace(
            self.settings, quota=quota.find(self.settings.own, together)
        )
        settings.save()
        if not machine.is_free(settings.address, settings.port):
            raise machine.MachineError(say("room.port_in_use", port=settings.port))
        addresses = machine.addresses(settings.address)
        self.fingerprint = certificate.ensure(
            settings.own, addresses, datetime.now(UTC)
        )
        python = [sys.executable, "-P", "-c", "import labsupport.lab, jupyterlab"]
        try:
            taken = Seats(
                settings.own / "seats.json", settings.codes, settings.seats, lambda: say
            )
            for user in sorted({INSTRUCTOR, *(seat.user for seat in taken)}):
                machine.make_desk(settings, user, say)
            machine.try_a_desk(settings.desk(INSTRUCTOR).command(*python), say)
            Thread(target=machine.read_what_desks_read, daemon=True).start()
            self._write_door()
            for name in ("proxy", "porter", "hub"):
                self._start(name)
                self._wait_until_up(name)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def announce(self) -> None:
        """Say where the room is, and by which codes one comes in."""
        say = self.say
        settings = self.settings
        print(say("classroom.room_open_wall"))
        for address in machine.places(settings.address, settings.port):
            print(f"  {address}")
        print(f"  {say('classroom.code_class_code', code=settings.codes.room)}")
        print(say("classroom.only_for_you"))
        print(
            f"  {say('classroom.the_instructor_code_code', code=settings.codes.instructor)}"
        )
        print(
            f"  {say('classroom.fingerprint_certificate_mark', mark=self.fingerprint)}"
        )
        left = machine.memory_left()
        count = max(0, left - MEMORY_FOR_THE_ROOM) // pages.MEGABYTES_A_DESK
        print(say("room.memory_free", left=left, count=count))
        for sentence in settings.quota.unbounded(say):
            print(sentence)
        print(say("classroom.end_press_ctrl_c"), flush=True)

    def keep(self) -> None:
        """Keep the room open: start again what ends, and see that memory is left."""
        while True:
            for _ in range(int(LOOK_SECONDS / MEMORY_LOOK_SECONDS)):
                time.sleep(MEMORY_LOOK_SECONDS)
                if self._makes_room():
                    break
            for name, program in list(self._programs.items()):
                log = self.settings.own / f"{name}.log"
                if log.stat().st_size > LARGEST_LOG:
                    os.truncate(log, 0)  # somebody makes it grow on purpose
                if program.poll() is not None:
                    print(
                        self.say("classroom.room_name_ended_starts", name=name),
                        flush=True,
                    )
                    self._start(name)

    def _makes_room(self) -> bool:
        """End the desk with most memory before there is none; tell whether there was too little.

        The kernel would end anybody's. As long as some is left, it may be others of the machine who
        take it, and no desk of the usual size is ended.
        """
        groups = self.settings.quota.groups
        waits = quota.waits(groups)
        if (
            not waits
            and machine.memory_left() > LEAST_LEFT
            and not quota.is_nearly_full(groups)
        ):
            return False
        hardly = waits or machine.memory_left() < HARDLY_LEFT
        if who := machine.greediest(
            groups, 0 if hardly else 2 * pages.MEGABYTES_A_DESK
        ):
            machine.end_programs([who.pw_uid])
            print(
                self.say("classroom.memory_ran_out_user", user=who.pw_name),
                flush=True,
            )
        time.sleep(LOOK_SECONDS)  # what it had comes back a while later
        return True

    def close(self) -> None:
        """End the room's programs, and the desks' servers with them."""
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        for name in ("hub", "porter", "proxy"):
            if program := self._programs.pop(name, None):
                _end(program)
        machine.close_desks(self.settings)

    def _start(self, name: str) -> None:
        now = time.monotonic()
        starts = [
            at for at in self._starts.get(name, []) if now - at < STEADY_SECONDS
        ] + [now]
        self._starts[name] = starts
        log = self.settings.own / f"{name}.log"
        if len(starts) > MOST_STARTS:
            raise machine.MachineError(self._last_said(name))
        private = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(private, "ab") as out:
            self._programs[name] = psutil.Popen(
                self._command(name),
                env=self._environment(),
                cwd=self.settings.own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is for this program, which ends the others in turn
            )
        write_private(self.settings.own / f"{name}.pid", str(self._programs[name].pid))

    def _environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "HOME")
            if name in os.environ
        }
        return kept | {VARIABLE: str(self.settings.folder)}

    def _command(self, name: str) -> list[str]:
        python = [sys.executable, "-P", "-m"]
        if name == "proxy":
            return [PROXY, "-db", "-f", DOOR.name]
        if name == "porter":
            return [*python, "labsupport.run.classroom.fork_server"]
        return [*python, "jupyterhub", "-f", str(CONFIGURATION)]

    def _write_door(self) -> None:
        """Write the proxy's settings and the pages that it shows by itself."""
        settings = self.settings
        own = self.settings.own
        for file, name, values in (
            ("restarting", "restarting", {"busy": False}),
            ("busy", "restarting", {"busy": True}),
            ("asleep", "not_running", {"failed": False, "spawn_url": "/hub/course"}),
            ("not-yours", "error", {"status_code": 403}),
            ("no-such-page", "error", {"status_code": 404}),
        ):
            page = pages.page(name, self.say, message="", **values)
            (own / f"{file}.html").write_text(page, encoding="utf-8")
        (own / "sockets").mkdir(exist_ok=True)
        text = Template(DOOR.read_text(encoding="utf-8")).substitute(
            address=settings.address,
            port=settings.port,
            certificate=certificate.FILE,
            cookie=seats.COOKIE,
            language=seats.LANGUAGE,
            key=settings.key,
            hub=HUB,
            desks=DESKS,
            own_port=OWN_PORT,
        )
        # Who types no https:// is sent on.
        if settings.port == HTTPS_PORT and machine.is_free(settings.address, HTTP_PORT):
            text += f"\nfrontend plain\n    bind {settings.address}:{HTTP_PORT}\n    maxconn 1000\n"
            text += "    tcp-request connection track-sc0 src table room\n"
            text += "    tcp-request connection reject if { sc_conn_cur(0) gt 400 }\n"
            text += "    http-request redirect scheme https\n"
        # A room that is opened for fewer people still has the desks of all who came.
        numbered = {user_name(number) for number in range(settings.seats + 1)}
        for user in sorted(numbered | {who.pw_name for who in machine.desk_users()}):
            text += f"\nbackend {user}\n    server desk unix@/{user} maxconn 100\n"
        write_private(own / DOOR.name, text)

    def _wait_until_up(self, name: str) -> None:
        settings = self.settings
        places: dict[str, tuple[str, int] | str] = {
            "proxy": (machine.addresses(settings.address)[0], settings.port),
            "hub": (HUB, OWN_PORT),
            "porter": str(settings.own / fork_server.SOCKET),
        }
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._programs[name].poll() is None:
            if machine.answers(places[name]):
                return
            time.sleep(0.2)
        raise machine.MachineError(self._last_said(name))

    def _last_said(self, name: str) -> str:
        log = self.settings.own / f"{name}.log"
        lines = (
            log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        )
        return "\n  ".join(
            [self.say("classroom.room_name_does_not", name=name), *lines]
        )


def _end_earlier(own: Path) -> None:
    """End the room's own programs that a killed command left behind."""
    for name in ("hub", "porter", "proxy"):
        with suppress(OSError, ValueError, psutil.Error):
            program = psutil.Process(int((own / f"{name}.pid").read_text()))
            # The number may be another program's by now.
            if program.environ().get(VARIABLE) == str(own.parent):
                _end(program)


def _end(program: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # it has ended by itself
        program.terminate()
        try:
            program.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            program.kill()
            program.wait()
