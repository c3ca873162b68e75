"""An open room: the proxy that browsers meet, the hub behind it, and who keeps them running."""

from __future__ import annotations

import argparse
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from types import FrameType

from labsupport.classroom import certificate, hub, machine, pages, porter
from labsupport.classroom.check import PROXY
from labsupport.classroom.seats import INSTRUCTOR, Codes
from labsupport.classroom.settings import VARIABLE, Settings, free_ports, new_secret
from labsupport.exchange import HTTP_PORT, HTTPS_PORT
from labsupport.language import Language

CONFIGURATION = files("labsupport.data") / "course" / "classroom" / "jupyterhub_config.py"
LAST_PORT = 65535
LOCK = Path("/run/labsupport-classroom.lock")
START_SECONDS, STOP_SECONDS = 60, 60
LOOK_SECONDS, LOOK_AT_DISK_SECONDS = 2, 20
MEGABYTES_OF_FILES = 500  # that a desk may have; what the course hands out takes a few
# A program that ends so often, one start after the other, will not run at the next either.
MOST_STARTS, STEADY_SECONDS = 5, 60
# Where Debian keeps what its programs in JavaScript use; a Node from elsewhere does not look there.
NODE_MODULES = "/usr/share/nodejs"
MEMORY_FOR_THE_ROOM = 400  # megabytes: the hub, the proxy, this program


def run(arguments: argparse.Namespace, say: Language) -> int:
    """Open the room and keep it open until it is ended, or wipe it; return the exit status."""
    folder: Path = arguments.folder.resolve()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    os.umask(0o022)  # desks must pass through the room's folder, whatever root's own habit
    try:
        if arguments.wipe:
            with _alone(say):
                return _wipe(folder, say)
        settings = _settings(arguments, folder, say)
        with _alone(say), Room(settings, say) as room:
            room.announce()
            room.keep()
    except KeyboardInterrupt:
        print(
            say(
                "The room is closed. What participants did is kept in {folder}. "
                "labsupport classroom opens it again; labsupport classroom --wipe removes it.",
                folder=folder,
            )
        )
    except machine.MachineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _settings(arguments: argparse.Namespace, folder: Path, say: Language) -> Settings:
    chosen = {
        "address": arguments.address,
        "port": arguments.port,
        "seats": arguments.seats,
        "megabytes": arguments.memory,
        "idle_minutes": arguments.idle,
        "cell_minutes": arguments.cell,
    }
    if any(value < 1 for value in chosen.values() if isinstance(value, int)):
        raise machine.MachineError(say("The numbers must be greater than nought."))
    if arguments.port > LAST_PORT:
        raise machine.MachineError(say("a port is a number from 1 to 65535"))
    if arguments.address not in ("", *machine.own_addresses()):
        raise machine.MachineError(
            say(
                "{address} is no IPv4 address of this machine. It has: {addresses}.",
                address=arguments.address,
                addresses=", ".join(machine.own_addresses()),
            )
        )
    try:
        (folder / "room").mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "desks").mkdir(mode=0o711, exist_ok=True)
        try:
            # The codes stay, and the ports by which servers that still run know the hub.
            settings = replace(Settings.load(folder), **chosen)
        except (OSError, ValueError, TypeError, KeyError):
            hub_port, api_port = free_ports(2)
            settings = Settings(
                folder=folder,
                hub_port=hub_port,
                api_port=api_port,
                proxy_token=new_secret(),
                codes=Codes.new(),
                **chosen,
            )
        settings.save()
    except OSError as error:
        raise machine.MachineError(
            say(
                "The room's files cannot be written to {folder} ({reason}). "
                "Choose another place with --folder.",
                folder=folder,
                reason=error.strerror or error,
            )
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
                say("A room is open on this machine. End it with Ctrl-C first.")
            ) from error
        yield


def _wipe(folder: Path, say: Language) -> int:
    _end_earlier(folder / "room")
    removed = machine.remove_desks(folder / "desks", say)
    if (folder / "room").is_dir():
        machine.remove(folder / "desks", say)
        machine.remove(folder / "room", say)
        with suppress(OSError):  # something else lies there, which is not ours
            folder.rmdir()
    print(say.many("{count} desk was removed.", "{count} desks were removed.", removed))
    for other in sorted({Path(who.pw_dir).parents[1] for who in machine.desk_users()}):
        print(say("There are desks of another room, in {folder}.", folder=other))
    return 0


class Room:
    """The programs of an open room: the proxy that browsers meet, and the hub behind it."""

    def __init__(self, settings: Settings, say: Language) -> None:
        self.settings = settings
        self.say = say
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        self._starts: dict[str, list[float]] = {}

    def __enter__(self) -> Room:
        settings, say = self.settings, self.say
        _end_earlier(settings.own)
        if not machine.is_free(settings.address, settings.port):
            raise machine.MachineError(
                say(
                    "Another program of this machine uses port {port}. End it, or choose another "
                    "port with --port.",
                    port=settings.port,
                )
            )
        addresses = machine.addresses(settings.address)
        _, _, self.fingerprint = certificate.ensure(settings.own, addresses, datetime.now(UTC))
        user = INSTRUCTOR
        machine.make_desk(user, settings.home(user), say)
        python = [sys.executable, "-P", "-c", "import labsupport.lab, jupyterlab"]
        machine.try_a_desk(hub.enter(settings, user, *python), say)
        self._write_restarting()
        try:
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
        say, settings = self.say, self.settings
        print(say("The room is open. On the wall:"))
        for place in machine.places(settings.address, settings.port):
            print(f"  {place}")
        print(say("  code of the class: {code}", code=settings.codes.room))
        print(say("Only for you:"))
        print(say("  the instructor's code: {code}", code=settings.codes.instructor))
        print(say("  fingerprint of the certificate: {mark}", mark=self.fingerprint))
        left = machine.memory_left()
        print(
            say(
                "Memory: {left} MB are free, enough for about {count} participants.",
                left=left,
                count=max(0, left - MEMORY_FOR_THE_ROOM) // pages.MEGABYTES_A_DESK,
            )
        )
        print(say("To end, press Ctrl-C here."), flush=True)

    def keep(self) -> None:
        """Keep the room open: start again what ends, end what takes too much."""
        # Measuring takes long where somebody made very many files.
        threading.Thread(target=self._look_at_disk, daemon=True).start()
        while True:
            time.sleep(LOOK_SECONDS)
            for name, program in list(self._programs.items()):
                if program.poll() is not None:
                    print(
                        self.say("The room's {name} ended; it starts again.", name=name), flush=True
                    )
                    self._start(name)
            for user, megabytes in machine.end_greedy(self.settings.megabytes):
                print(
                    self.say(
                        "{user} had too much memory: a program with {megabytes} MB was ended.",
                        user=user,
                        megabytes=megabytes,
                    ),
                    flush=True,
                )

    def _look_at_disk(self) -> None:
        while True:
            time.sleep(LOOK_AT_DISK_SECONDS)
            for user, megabytes in machine.full_desks(self.settings.desks, MEGABYTES_OF_FILES):
                number = pwd.getpwnam(user).pw_uid
                if number in machine.memory_by_user():
                    machine.end_programs([number])
                    print(
                        self.say(
                            "{user} has too many files, {megabytes} MB: its programs were ended.",
                            user=user,
                            megabytes=megabytes,
                        ),
                        flush=True,
                    )

    def close(self) -> None:
        """End the room's programs, and the desks' servers with them."""
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        for name in ("hub", "porter", "proxy"):  # the hub ends the servers, and tells the proxy
            if program := self._programs.pop(name, None):
                _end(program)
        machine.end_programs(who.pw_uid for who in machine.desk_users())

    def _start(self, name: str) -> None:
        now = time.monotonic()
        starts = [at for at in self._starts.get(name, []) if now - at < STEADY_SECONDS] + [now]
        self._starts[name] = starts
        log = self.settings.own / f"{name}.log"
        if len(starts) > MOST_STARTS:
            raise machine.MachineError(self._last_said(name))
        private = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(private, "ab") as out:
            self._programs[name] = subprocess.Popen(
                self._command(name),
                env=self._environment(secret=name == "proxy"),
                cwd=self.settings.own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is for this program, which ends the others in turn
            )
        (self.settings.own / f"{name}.pid").write_text(str(self._programs[name].pid))

    def _environment(self, secret: bool) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "HOME", "NODE_PATH")}
        modules = [kept["NODE_PATH"]] if "NODE_PATH" in kept else []
        told = kept | {
            VARIABLE: str(self.settings.folder),
            "NODE_PATH": os.pathsep.join([*modules, NODE_MODULES]),
        }
        # What the porter is told, every desk could find out.
        return told | ({"CONFIGPROXY_AUTH_TOKEN": self.settings.proxy_token} if secret else {})

    def _command(self, name: str) -> list[str]:
        python = [sys.executable, "-P", "-m"]
        if name == "proxy":
            return self._proxy()
        if name == "porter":
            return [*python, "labsupport.classroom.porter"]
        return [*python, "jupyterhub", "-f", str(CONFIGURATION)]

    def _proxy(self) -> list[str]:
        settings = self.settings
        options = {
            "--ip": settings.address or "0.0.0.0",
            "--port": settings.port,
            "--api-ip": "127.0.0.1",
            "--api-port": settings.api_port,
            "--ssl-key": settings.own / "key.pem",
            "--ssl-cert": settings.own / "certificate.pem",
            "--error-path": settings.own / "errors",
            "--log-level": "warn",
        }
        if settings.port == HTTPS_PORT:  # who types no https:// is sent on
            options |= {"--redirect-port": HTTP_PORT}
        words = [str(word) for pair in options.items() for word in pair]
        return [PROXY, *words]

    def _write_restarting(self) -> None:
        folder = self.settings.own / "errors"
        folder.mkdir(exist_ok=True)
        for name in ("error", "404", "503"):
            page = folder / f"{name}.html"
            page.write_text(pages.Pages(self.say).restarting(), encoding="utf-8")

    def _wait_until_up(self, name: str) -> None:
        settings = self.settings
        places: dict[str, tuple[str, int] | str] = {
            "proxy": ("127.0.0.1", settings.api_port),
            "hub": ("127.0.0.1", settings.hub_port),
            "porter": str(settings.own / porter.SOCKET),
        }
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._programs[name].poll() is None:
            if machine.answers(places[name]):
                return
            time.sleep(0.2)
        raise machine.MachineError(self._last_said(name))

    def _last_said(self, name: str) -> str:
        log = self.settings.own / f"{name}.log"
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        return "\n  ".join(
            [self.say("The room's {name} does not run. The last it said:", name=name), *lines]
        )


def _end_earlier(own: Path) -> None:
    """End the hub and the proxy of this room that a killed command left behind."""
    for name in ("hub", "porter", "proxy"):
        try:
            number = int((own / f"{name}.pid").read_text())
            environment = Path(f"/proc/{number}/environ").read_bytes()
        except (OSError, ValueError):
            continue
        # The number may be another program's by now.
        if f"{VARIABLE}={own.parent}".encode() in environment.split(b"\0"):
            for ending in (signal.SIGTERM, signal.SIGKILL):
                machine.end(number, ending, STOP_SECONDS)


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
