"""What the room adds to JupyterHub: who may come in, where they work, three pages.

Runs inside the hub's process, as root. JupyterHub loads it by data/course/classroom.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import segno
from jupyterhub.auth import Authenticator  # type: ignore[import-untyped]
from jupyterhub.handlers import BaseHandler, LoginHandler  # type: ignore[import-untyped]
from jupyterhub.orm import new_token  # type: ignore[import-untyped]
from jupyterhub.proxy import Proxy  # type: ignore[import-untyped]
from jupyterhub.spawner import LocalProcessSpawner  # type: ignore[import-untyped]
from markupsafe import Markup
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.httputil import url_concat

from labsupport.language import Language, languages
from labsupport.run.classroom import (
    certificate,
    desk_server,
    fork_server,
    machine,
    pages,
    progress,
    quota,
    seats,
)
from labsupport.run.classroom.seats import (
    INSTRUCTOR,
    LANGUAGE,
    PASS,
    NoSeatError,
    Seat,
    Seats,
)
from labsupport.run.classroom.settings import DESKS, HUB, OWN_PORT, Settings
from labsupport.run.home import FILE as START_PAGE
from labsupport.run.jupyter import INSTRUCTOR_PAGE, page_of

# Who guesses codes has to wait; who mistyped one hardly notices.
SECONDS_AFTER_A_WRONG_CODE = 1
START_SECONDS = 120
# Megabytes of memory, and of disk, below which no further desk is opened.
SMALLEST_REST = 500
SMALLEST_DISK = 1000
LONGEST_DOWNLOAD = 600_000_000  # bytes: more than a desk may have
LONGEST_STANDSTILL = (
    20  # seconds; the proxy does not tell when a browser gave up a download
)
# a name and codes; the hub keeps it in memory
LONGEST_QUESTION, BODY_SECONDS = (
    16_000,
    20,
)
READ_AT_ONCE = 1 << 16
MOST_DESKS = 1000
DESK_SECONDS, LOOK_SECONDS = 20, 3  # how long to wait for what a desk may hold up
MOST_WAITING = 4  # for one desk at a time

T = TypeVar("T")
# The language that a browser has chosen, or "": of the question that is being answered.
CHOSEN: ContextVar[str] = ContextVar("CHOSEN", default="")


class AtDesks:
    """Does what touches a desk's files. Whoever sits there can hold it up: then that desk waits.

    Each desk has one thread at most, and never another's. Few may wait for it: each of them has one
    of the hub's places.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_DESKS)
        self._running: dict[str, asyncio.Future[Any]] = {}
        self._waiting: Counter[str] = Counter()

    async def run(
        self, user: str, seconds: float, do: Callable[..., T], *given: Any
    ) -> T:
        """Return what `do` returns, after what is still being done there; raise TimeoutError."""
        if self._waiting[user] >= MOST_WAITING:
            raise TimeoutError
        self._waiting[user] += 1
        try:
            async with asyncio.timeout(seconds):
                while (before := self._running.get(user)) and not before.done():
                    await asyncio.wait([before])
                now = asyncio.get_running_loop().run_in_executor(
                    self._threads, do, *given
                )
                self._running[user] = now
                return await asyncio.shield(now)
        finally:
            self._waiting[user] -= 1


def environment(settings: Settings, user: str) -> dict[str, str]:
    """Return the variables that programs of a desk have; nothing of root's own is among them."""
    return {
        "HOME": str(settings.desk(user).place),
        "USER": user,
        "LOGNAME": user,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "LAB_LANGUAGE": settings.language,
        "LAB_IDLE_MINUTES": str(settings.idle_minutes),
        "LAB_CELL_MINUTES": str(settings.cell_minutes),
        # One thread a program: forty times as many would only wait for each other.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def say_of(room: Settings) -> Language:
    """Return the language of whoever asks."""
    return Language.load(CHOSEN.get() or room.language)


def in_the_chosen_language(prepare: Callable[[Any], Awaitable[None]]) -> Any:
    """Return what JupyterHub does before each answer, once it is known in which language."""

    async def prepared(handler: Any) -> None:
        chosen = handler.get_cookie(LANGUAGE, "")
        CHOSEN.set(chosen if chosen in languages() else "")
        await prepare(handler)

    return prepared


class Door(Authenticator):  # type: ignore[misc]
    """Lets in who has the code of the class, and gives a desk."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.room = Settings.of_this_process()
        room = self.room
        self.seats = Seats(
            room.own / "seats.json", room.codes, room.seats, lambda: self.say
        )
        self.fresh: dict[str, str] = {}  # own codes that their owners have still to see
        self.at_desks = AtDesks()

    @property
    def say(self) -> Language:
        """The language of whoever asks."""
        return say_of(self.room)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, str]:
        """Return the desk's user for what was typed; raise a sentence otherwise."""
        try:
            seat, own = self.seats.admit(
                data.get("username", ""), data.get("password", ""), data.get("own", "")
            )
            handler.digest = seat.digest
            if own:
                # The seat may be one that was given up: whoever had it goes before anybody waits.
                forget_browsers(handler, seat.user)
                if problem := self.shortage():
                    self.seats.give_up(seat.user)
                    raise NoSeatError(problem)
            try:
                make = (machine.make_desk, self.room, seat.user, self.say)
                await self.at_desks.run(seat.user, DESK_SECONDS, *make)
            except BaseException:
                if own:  # it was never shown: nobody could come back to the desk
                    self.seats.give_up(seat.user)
                raise
            if own:
                self.seats.save()
        except NoSeatError as refusal:
            await asyncio.sleep(SECONDS_AFTER_A_WRONG_CODE)
            raise web.HTTPError(403, str(refusal).replace("%", "%%")) from None
        except machine.MachineError as trouble:
            raise web.HTTPError(500, str(trouble).replace("%", "%%")) from None
        except TimeoutError:
            raise web.HTTPError(
                503, self.say("classroom.desk_does_not_answer")
            ) from None
        if own:
            # of somebody who never saw its own code
            await end_sessions(handler, seat.user)
            self.fresh[seat.user] = own
        return {"name": seat.user}

    def get_handlers(self, app: Any) -> list[tuple[str, type[BaseHandler]]]:
        """Return the page where one comes in, in the place of JupyterHub's."""
        return [("/login", ComeIn)]

    def shortage(self) -> str:
        """Return in a sentence what this machine lacks for another desk; "" where nothing."""
        if machine.memory_left() < SMALLEST_REST:
            lacking = self.say("classroom.memory")
        elif (
            self.room.quota.files
            and machine.disk_left(self.room.folder) < SMALLEST_DISK
        ):
            lacking = self.say("classroom.room_on_its_disk")
        else:
            return ""
        return self.say("hub.nothing_left", lacking=lacking)


def forget_browsers(handler: BaseHandler, user: str) -> Any:
    """Let no browser in again that was let in at a desk; return the desk's user, or None."""
    if owner := handler.find_user(user):
        owner.cookie_id = new_token()
        handler.db.commit()
    return owner


async def end_sessions(handler: BaseHandler, user: str) -> None:
    """End what was opened at a desk: the browsers' cookies, and its server."""
    if (owner := forget_browsers(handler, user)) is None:
        return
    # A server that is still being started is not ready, and JupyterHub stops none of those.
    with suppress(KeyError):
        await asyncio.to_thread(machine.end_programs, [pwd.getpwnam(user).pw_uid])
    if owner.spawner.ready:
        await handler.stop_single_user(owner)


class ComeIn(LoginHandler):  # type: ignore[misc]
    """Where one types a name and codes."""

    digest = ""  # of the own code by which one is let in

    async def get(self) -> None:
        """Show the door, but to those who are in: they come back to their desk."""
        if user := self.current_user:
            # Without a new cookie: the own code may just have been replaced.
            self.redirect(self.get_next_url(user))
        else:
            await super().get()

    def set_login_cookie(self, user: Any) -> None:
        """Let a browser in, unless a new own code was given since its own was looked at."""
        seat = self.authenticator.seats.of(user.name)
        if seat is None or seat.digest != self.digest:
            reason = self.authenticator.say("classroom.own_code_just_been")
            raise web.HTTPError(403, reason)
        super().set_login_cookie(user)


class DeskSpawner(LocalProcessSpawner):  # type: ignore[misc]
    """Starts a participant's server as the desk's system user."""

    async def start(self) -> tuple[str, int]:
        """Start the server, and wait until it answers."""
        room = Settings.of_this_process()
        user = self.user.name
        digest = self.authenticator.seats.digest_of(user)
        variables = environment(room, user) | {PASS: room.desk_pass(user, digest)}
        self.ip = DESKS
        self.port = OWN_PORT
        # No child of the hub's: it is known by its number alone, as after a restart of the hub.
        self.proc = None
        async for number in fork_server.ask(room, user, variables):
            self.pid = int(number)
        if variables[PASS] != room.desk_pass(
            user, self.authenticator.seats.digest_of(user)
        ):
            # the hub ends the server
            raise RuntimeError("a new own code was given meanwhile")
        return DESKS, OWN_PORT

    async def _signal(self, sig: int) -> bool:
        # After a power cut the number may be another program's, which nobody may end.
        # Whoever sits there does not decide when it ends.
        sig = sig and signal.SIGKILL
        return machine.belongs(self.pid, self.user.name) and await super()._signal(sig)


class Ways(Proxy):  # type: ignore[misc]
    """The ways to desks, which the room's proxy has from the start; the hub only remembers them."""

    known: ClassVar[dict[str, dict[str, Any]]] = {}

    async def add_route(
        self, routespec: str, target: str, data: dict[str, Any]
    ) -> None:
        """Remember a way."""
        self.known[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        """Forget a way."""
        self.known.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        """Return all ways that are remembered."""
        return self.known


class RoomHandler(BaseHandler):  # type: ignore[misc]
    """A page of the room."""

    @property
    def door(self) -> Door:
        return self.authenticator  # type: ignore[no-any-return]

    async def show_page(self, name: str, **values: object) -> None:
        self.finish(await self.render_template(f"{name}.html", **values))

    def only_instructor(self) -> None:
        if self.current_user.name != INSTRUCTOR:
            raise web.HTTPError(403)


class Welcome(RoomHandler):
    """One's desk."""

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user.name
        seat = self.door.seats.of(user)
        if seat is None:
            raise web.HTTPError(404)
        own = self.door.fresh.get(user, "")
        if not seat.digest:  # the hub died before its own code was seen
            own = self.door.fresh[user] = self.door.seats.renew(user)
        self.door.seats.was_shown(user)
        full = round(100 * quota.used(self.door.room.home(user)))
        guide = ""
        if user == INSTRUCTOR:
            page = page_of(self.door.say.code, INSTRUCTOR_PAGE)
            own = ""
            guide = f"/hub/course?next=/user/{user}/{page}"
        await self.show_page(
            "welcome", owner=seat.name, own_code=own, guide=guide, full=full
        )


class CourseHandler(RoomHandler):
    """The way to one's own notebooks, by an address that is the same for all."""

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user.name
        door = self.door
        first = f"/user/{user}/{page_of(door.say.code, START_PAGE)}"
        page = self.get_argument("next", first)
        if not page.startswith(f"/user/{user}/"):
            raise web.HTTPError(403)
        if (seat := door.seats.of(user)) is None:
            raise web.HTTPError(404)
        if not seat.shown:  # first its own code, by which one comes back to it
            self.redirect("/hub/welcome")
            return
        spawner = self.current_user.spawner
        if spawner.ready:
            await spawner.poll_and_notify()  # it may have ended a moment ago
        self.set_cookie(
            seats.COOKIE,
            door.room.desk_pass(user, seat.digest),
            path=f"/user/{user}/",
            secure=True,
            httponly=True,
            samesite="Lax",
        )
        self.redirect(url_concat(f"/hub/spawn/{user}", {"next": page}))


class TakeHome(RoomHandler):
    """All that lies on one's desk, as a zip file; packed as the desk's own user."""

    packing: ClassVar[set[str]] = set()  # the users for whom it is being done

    @web.authenticated
    async def get(self) -> None:
        room = self.door.room
        user = self.current_user.name
        if user in self.packing:
            raise web.HTTPError(429)
        digest = self.door.seats.digest_of(user)
        self.packing.add(user)
        packing = None
        try:
            packing = await asyncio.create_subprocess_exec(
                *room.desk(user).command(
                    sys.executable, "-P", "-m", "labsupport.run.classroom.pack"
                ),
                env=environment(room, user),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # what is the hub's own stays with it
            )
            assert packing.stdout is not None
            self.set_header("Content-Type", "application/zip")
            self.set_header(
                "Content-Disposition", 'attachment; filename="my-course.zip"'
            )
            sent = 0
            async with asyncio.timeout(LONGEST_STANDSTILL) as standstill:
                while part := await packing.stdout.read(READ_AT_ONCE):
                    if digest != self.door.seats.digest_of(user):
                        raise TimeoutError  # a new own code was given meanwhile
                    sent += len(part)
                    self.write(part)
                    await self.flush()
                    if sent > LONGEST_DOWNLOAD:
                        break
                    standstill.reschedule(
                        asyncio.get_running_loop().time() + LONGEST_STANDSTILL
                    )
                if not sent:
                    raise web.HTTPError(500)
                if sent > LONGEST_DOWNLOAD or await packing.wait():
                    raise TimeoutError
        except TimeoutError:
            self.detach().close()  # half a file must not look whole
        finally:
            if packing is not None:
                with suppress(ProcessLookupError):
                    packing.kill()
                await packing.communicate()  # it has not ended before all of it is read
            self.packing.discard(user)


class Wall(RoomHandler):
    """What is projected."""

    @web.authenticated
    async def get(self) -> None:
        self.only_instructor()
        room = self.door.room
        places = [
            (address, Markup(segno.make(address, micro=False).svg_inline(scale=6)))
            for address in machine.places(room.address, room.port)
        ]
        mark = certificate.shown_in(room.own)
        await self.show_page(
            "wall", places=places, code=room.codes.room, fingerprint=mark
        )


class OverviewHandler(RoomHandler):
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
        # Whoever is in by the old one goes out: nobody knows who that is.
        await end_sessions(self, user)
        await self.show(self.door.say("hub.new_own_code", name=seat.name, code=code))

    async def show(self, news: str = "") -> None:
        left = machine.memory_left()
        memory = await asyncio.to_thread(machine.memory_by_user)
        seats = [seat for seat in self.door.seats if seat.user != INSTRUCTOR]
        seats.sort(key=lambda seat: seat.name.casefold())
        await self.show_page(
            "class",
            rows=await asyncio.gather(*(self.row(seat, memory) for seat in seats)),
            left=left,
            more=max(0, left // pages.MEGABYTES_A_DESK),
            quota=self.door.room.quota,
            megabytes=quota.MEGABYTES_OF_FILES,
            quiet_minutes=pages.QUIET_MINUTES,
            news=news,
        )

    async def row(self, seat: Seat, memory: Mapping[int, int]) -> pages.DeskRow:
        say = self.door.say
        try:
            megabytes = memory.get(pwd.getpwnam(seat.user).pw_uid, 0)
            home = self.door.room.home(seat.user)
            full = quota.used(home)
            look = (progress.standing, home / desk_server.COURSE)
            at = await self.door.at_desks.run(seat.user, LOOK_SECONDS, *look)
        # no user, no disk, or it is held up: the others are shown
        except (
            KeyError,
            OSError,
        ):
            return pages.DeskRow(seat.user, seat.name, say("classroom.not_readable"))
        state = say("classroom.open") if megabytes else say("classroom.closed")
        row = pages.DeskRow(
            seat.user, seat.name, state, megabytes=megabytes, full=round(100 * full)
        )
        if at is None:
            return row
        kept = asdict(at)
        minutes = max(0, int(time.time() - kept.pop("saved"))) // 60
        return replace(row, **kept, minutes=minutes)


def configure(config: Any) -> None:
    """Set up JupyterHub for the room that this process belongs to."""
    room = Settings.of_this_process()
    HTTPServer.configure(
        None, max_body_size=LONGEST_QUESTION, body_timeout=BODY_SECONDS
    )
    hub = config.JupyterHub
    hub.bind_url = f"https://{room.address}:{room.port}/"
    hub.hub_bind_url = f"http://{HUB}:{OWN_PORT}"
    hub.db_url = f"sqlite:///{room.own / 'hub.sqlite'}"
    hub.cookie_secret_file = str(room.own / "cookie-secret")
    # The proxy is a program of its own: while the hub starts again, everybody works on.
    hub.proxy_class = Ways
    config.Proxy.should_start = False
    hub.authenticator_class = Door
    config.Authenticator.allow_all = True
    hub.spawner_class = DeskSpawner
    config.Spawner.start_timeout = START_SECONDS
    config.Spawner.http_timeout = START_SECONDS
    config.Spawner.default_url = f"/{page_of(room.language, START_PAGE)}"
    config.Spawner.consecutive_failure_limit = 0
    hub.concurrent_spawn_limit = 0  # all may come at once
    hub.default_url = "/hub/welcome"
    hub.template_paths = pages.SEARCHED
    # What can be called is called, with the user, before a template has it.
    BaseHandler.prepare = in_the_chosen_language(BaseHandler.prepare)
    hub.template_vars = {
        name: lambda user, name=name: pages.words(say_of(room))[name]
        for name in pages.words(say_of(room))
    }
    hub.extra_handlers = [
        ("/welcome", Welcome),
        ("/course", CourseHandler),
        ("/take-home", TakeHome),
        ("/wall", Wall),
        ("/class", OverviewHandler),
    ]
