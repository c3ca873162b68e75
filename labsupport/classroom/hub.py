"""What the room adds to JupyterHub: who may come in, where they work, three pages.

Runs inside the hub's process, as root. JupyterHub loads it by data/course/classroom.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

from jupyterhub.auth import Authenticator  # type: ignore[import-untyped]
from jupyterhub.handlers import BaseHandler  # type: ignore[import-untyped]
from jupyterhub.spawner import LocalProcessSpawner  # type: ignore[import-untyped]
from jupyterhub.utils import wait_for_server  # type: ignore[import-untyped]
from tornado import web
from tornado.escape import url_escape
from tornado.httpserver import HTTPServer

from labsupport.classroom import certificate, desk, machine, pages, porter, progress
from labsupport.classroom.seats import INSTRUCTOR, NoSeatError, Seats
from labsupport.classroom.settings import Settings
from labsupport.jupyter import START_PAGE
from labsupport.language import Language

TEMPLATES = files("labsupport.data") / "course" / "classroom" / "templates"
# Who guesses codes has to wait; who mistyped one hardly notices.
SECONDS_AFTER_A_WRONG_CODE = 1
# Servers that are started at the same moment: more of them would only be slower, all together.
AT_ONCE = 2 * (os.cpu_count() or 1)
START_SECONDS = 600
SMALLEST_REST = 500  # megabytes of memory, below which no further desk is opened
LONGEST_DOWNLOAD = 600_000_000  # bytes: more than a desk may have
LONGEST_STANDSTILL = 20  # seconds; the proxy does not tell when a browser gave up a download
LONGEST_QUESTION = 1_000_000  # bytes, of which the hub keeps each in memory
READ_AT_ONCE = 1 << 16


def enter(settings: Settings, user: str, *command: str) -> list[str]:
    """Return the command that runs `command` as this user, at the user's desk."""
    home = str(settings.home(user))
    python = [sys.executable, "-P", "-m"]
    return [
        *python,
        "labsupport.classroom.enter",
        user,
        home,
        str(settings.megabytes_each),
        *command,
    ]


def environment(settings: Settings, user: str) -> dict[str, str]:
    """Return the variables that programs of a desk have; nothing of root's own is among them."""
    return {
        "HOME": str(settings.home(user)),
        "USER": user,
        "LOGNAME": user,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "LAB_IDLE_MINUTES": str(settings.idle_minutes),
        "LAB_CELL_MINUTES": str(settings.cell_minutes),
        # One thread a program: forty times as many would only wait for each other.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


class Door(Authenticator):  # type: ignore[misc]
    """Lets in who has the code of the class, and gives a desk."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.room = Settings.of_this_process()
        self.say = Language.load("en")
        self.seats = Seats(self.room.own / "seats.json", self.room.codes, self.room.seats, self.say)
        self.fresh: dict[str, str] = {}  # own codes that their owners have still to see

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, str]:
        """Return the desk's user for what was typed; raise a sentence otherwise."""
        try:
            known = len(self.seats)
            seat, own = self.seats.admit(
                data.get("username", ""), data.get("password", ""), data.get("own", "")
            )
            new = len(self.seats) > known
            if new and machine.memory_left() < SMALLEST_REST:
                self.seats.give_up(seat.user)
                raise NoSeatError(
                    self.say(
                        "The room's computer has no memory left for another desk. Share a screen "
                        "with your neighbour, and tell the instructor."
                    )
                )
            home = self.room.home(seat.user)
            try:
                await asyncio.to_thread(machine.make_desk, seat.user, home, self.say)
            except BaseException:
                if new:  # its own code was never shown: nobody could come back to it
                    self.seats.give_up(seat.user)
                raise
        except NoSeatError as problem:
            await asyncio.sleep(SECONDS_AFTER_A_WRONG_CODE)
            raise web.HTTPError(403, str(problem).replace("%", "%%")) from None
        except machine.MachineError as problem:
            raise web.HTTPError(500, str(problem).replace("%", "%%")) from None
        if own:
            self.fresh[seat.user] = own
        return {"name": seat.user}


class Desk(LocalProcessSpawner):  # type: ignore[misc]
    """Starts a participant's server as the desk's system user, a few at a time."""

    gate = asyncio.Semaphore(AT_ONCE)
    waiting = False

    def get_env(self) -> dict[str, str]:
        """Return what the server needs to know of the hub, and the desk's own variables.

        Where the server listens is among it: the port must be chosen before.
        """
        room = Settings.of_this_process()
        told = {k: v for k, v in super().get_env().items() if k.startswith("JUPYTERHUB_")}
        return told | environment(room, self.user.name)

    async def start(self) -> tuple[str, int]:
        """Start the server, when it is its turn, and wait until it answers."""
        room = Settings.of_this_process()
        self.waiting = self.gate.locked()
        async with self.gate:
            self.waiting = False
            self.ip, self.port = address, port = room.place(self.user.name)
            # No child of the hub's: it is known by its number alone, as after a restart of the hub.
            self.proc = None
            self.pid = await asyncio.to_thread(porter.ask, room, self.user.name, self.get_env())
            waited_for = asyncio.ensure_future(wait_for_server(address, port, START_SECONDS))
            while not waited_for.done() and await self.poll() is None:
                await asyncio.wait([waited_for], timeout=0.5)
            waited_for.cancel()
        return address, port

    async def _signal(self, sig: int) -> bool:
        # After a power cut the number may be another program's, which nobody may end.
        return machine.belongs(self.pid, self.user.name) and await super()._signal(sig)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the page that waits shows."""
        say = Language.load("en")
        if self.waiting:
            yield {"progress": 10, "message": say("Others came before you; it is your turn soon.")}
        while self.waiting:
            await asyncio.sleep(1)
        yield {"progress": 50, "message": say("Your notebooks are laid out.")}


class Page(BaseHandler):  # type: ignore[misc]
    """A page of the room."""

    @property
    def door(self) -> Door:
        return self.authenticator  # type: ignore[no-any-return]

    @property
    def room_pages(self) -> pages.Pages:
        return pages.Pages(self.door.say)

    def only_instructor(self) -> None:
        if self.current_user.name != INSTRUCTOR:
            raise web.HTTPError(403)


class Welcome(Page):
    """One's desk."""

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user.name
        seat = self.door.seats.of(user)
        if seat is None:
            raise web.HTTPError(404)
        own = self.door.fresh.get(user, "") if user != INSTRUCTOR else ""
        self.finish(self.room_pages.welcome(seat.name, own, user == INSTRUCTOR))


class Course(Page):
    """The way to one's own notebooks, by an address that is the same for all."""

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user.name
        page = self.get_argument("page", START_PAGE)
        # Whatever page it is: the hub only goes on to addresses of its own.
        self.redirect(f"/hub/spawn/{user}?next=/user/{user}/{url_escape(page, plus=False)}")


class TakeHome(Page):
    """All that lies on one's desk, as a zip file; packed as the desk's own user."""

    packing: ClassVar[set[str]] = set()  # the users for whom it is being done

    @web.authenticated
    async def get(self) -> None:
        room, user = self.door.room, self.current_user.name
        if user in self.packing:
            raise web.HTTPError(429)
        self.packing.add(user)
        packing = None
        try:
            packing = await asyncio.create_subprocess_exec(
                *enter(room, user, sys.executable, "-P", "-m", "labsupport.classroom.pack"),
                env=environment(room, user),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # what is the hub's own stays with it
            )
            assert packing.stdout is not None
            self.set_header("Content-Type", "application/zip")
            self.set_header("Content-Disposition", 'attachment; filename="my-course.zip"')
            sent = 0
            while sent < LONGEST_DOWNLOAD and (part := await packing.stdout.read(READ_AT_ONCE)):
                sent += len(part)
                self.write(part)
                await asyncio.wait_for(self.flush(), LONGEST_STANDSTILL)
            if not sent:
                raise web.HTTPError(500)
        except TimeoutError:
            self.detach().close()  # half a file must not look whole
        finally:
            if packing is not None:
                with suppress(ProcessLookupError):
                    packing.kill()
                await packing.communicate()  # it has not ended before all of it is read
            self.packing.discard(user)


class Wall(Page):
    """What is projected."""

    @web.authenticated
    async def get(self) -> None:
        self.only_instructor()
        room = self.door.room
        _, _, mark = certificate.ensure(
            room.own, machine.addresses(room.address), datetime.now(UTC)
        )
        self.finish(
            self.room_pages.wall(machine.places(room.address, room.port), room.codes.room, mark)
        )


class Overview(Page):
    """Who has come how far."""

    @web.authenticated
    async def get(self) -> None:
        self.only_instructor()
        await self.show()

    @web.authenticated
    async def post(self) -> None:
        """Give one who has lost it a new own code."""
        self.only_instructor()
        user = self.get_body_argument("user")
        seat = self.door.seats.of(user)
        if seat is None or user == INSTRUCTOR:
            raise web.HTTPError(404)
        code = self.door.seats.renew(user)
        self.door.fresh.pop(user, None)
        await self.show(
            self.door.say("The new own code of {name}: {code}", name=seat.name, code=code)
        )

    async def show(self, news: str = "") -> None:
        rows = await asyncio.to_thread(self.rows)
        left = machine.memory_left()
        self.finish(self.room_pages.overview(rows, left, self.xsrf_token.decode(), news))

    def rows(self) -> Sequence[pages.Row]:
        say, memory = self.door.say, machine.memory_by_user()
        rows = []
        for seat in sorted(self.door.seats, key=lambda seat: seat.name.casefold()):
            if seat.user == INSTRUCTOR:
                continue
            megabytes = memory.get(pwd.getpwnam(seat.user).pw_uid, 0)
            state = say("open") if megabytes else say("closed")
            at = progress.standing(self.door.room.home(seat.user) / desk.COURSE)
            if at is None:
                rows.append(pages.Row(seat.user, seat.name, state, megabytes=megabytes))
                continue
            minutes = max(0, int(time.time() - at.saved)) // 60
            rows.append(
                pages.Row(
                    *(seat.user, seat.name, state, at.notebook, at.section, at.run, at.cells),
                    minutes=minutes,
                    stopped=at.stopped,
                    megabytes=megabytes,
                )
            )
        return rows


def configure(config: Any) -> None:
    """Set up JupyterHub for the room that this process belongs to."""
    room = Settings.of_this_process()
    say = Language.load("en")
    HTTPServer.configure(None, max_body_size=LONGEST_QUESTION)
    hub = config.JupyterHub
    hub.bind_url = f"https://{room.address}:{room.port}/"
    hub.hub_bind_url = f"http://127.0.0.1:{room.hub_port}"
    hub.db_url = f"sqlite:///{room.own / 'hub.sqlite'}"
    hub.cookie_secret_file = str(room.own / "cookie-secret")
    # The proxy is a program of its own: while the hub starts again, everybody works on.
    config.ConfigurableHTTPProxy.should_start = False
    config.ConfigurableHTTPProxy.api_url = room.api
    config.ConfigurableHTTPProxy.auth_token = room.proxy_token
    # So often it also tells the proxy the ways to the desks: a proxy started anew knows none.
    hub.last_activity_interval = 5
    hub.authenticator_class = Door
    config.Authenticator.allow_all = True
    hub.spawner_class = Desk
    config.Spawner.start_timeout = START_SECONDS
    config.Spawner.http_timeout = START_SECONDS
    config.Spawner.default_url = f"/{START_PAGE}"
    config.Spawner.consecutive_failure_limit = 0
    hub.concurrent_spawn_limit = 0  # they wait for their turn instead of being sent away
    hub.default_url = "/hub/welcome"
    hub.template_paths = [str(TEMPLATES)]
    hub.template_vars = {"room": pages.Pages(say)}
    hub.extra_handlers = [
        ("/welcome", Welcome),
        ("/course", Course),
        ("/take-home", TakeHome),
        ("/wall", Wall),
        ("/class", Overview),
    ]
