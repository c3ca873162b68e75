"""A room under attack by its own guests: from the Wi-Fi, and from a desk.

The room, an attacker's device and an honest one have a network namespace each. Each test is an
attack that once succeeded, with somebody at work beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import re
import select
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import h2.connection
import h2.events
import pytest
from classroom import (
    XSRF,
    Participant,
    Room,
    everybody_leaves,
    failed,
    folder_for_all,
    opened_room,
    printed_by,
)
from loopback import LABSUPPORT
from namespaces import Namespace, needs, own_name
from tornado.websocket import WebSocketClosedError

from labsupport.exchange import HTTP_PORT, HTTPS_PORT
from labsupport.run.classroom import machine
from labsupport.run.classroom.quota import (
    ALL_OF_IT,
    FILES,
    MEGABYTES_OF_FILES,
    MEGABYTES_READ_A_SECOND,
    NAME,
    READING,
    taken,
)
from labsupport.run.classroom.seats import COOKIE

pytestmark = needs()

FIRST = "00-start-here.ipynb"
ROOM, GUEST = "203.0.113.5", "203.0.113.6"
ROOM_TO_ATTACKER, ATTACKER = "203.0.113.1", "203.0.113.2"
# Where the proxy hangs up early, Python leaves the half-made TLS socket to its collector.
hung_up = pytest.mark.filterwarnings(
    "ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
MOMENT = 2.0  # seconds for a connection that nobody takes
ANSWER = 10.0  # seconds, for one that is answered


@dataclass
class Site:
    """The room, and the namespaces of an honest device and of an attacker's."""

    room: Room
    guest: Namespace
    attacker: Namespace

    def story(self, told: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have something happen on the honest device."""

        async def whole() -> None:
            try:
                await told()
            finally:
                await everybody_leaves()

        self.guest.call(asyncio.run, whole())

    def hold(self, count: int, said: bytes) -> list[socket.socket]:
        """Open connections on the attacker's device, say this much on each, and keep them."""
        return self.attacker.call(_hold, HTTPS_PORT, count, said)

    def process(self, name: str) -> int:
        """Return the number of one of the room's own programs."""
        return int((self.room.folder / "room" / f"{name}.pid").read_text())


def _hold(port: int, count: int, said: bytes) -> list[socket.socket]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    held: list[socket.socket] = []
    for _ in range(count):
        with suppress(OSError), ExitStack() as closing:
            one = socket.create_connection((ROOM_TO_ATTACKER, port), timeout=MOMENT)
            closing.callback(one.close)
            if said:
                one = context.wrap_socket(one, do_handshake_on_connect=False)
                closing.callback(one.close)
                one.sendall(said)
            closing.pop_all()
            one.settimeout(ANSWER)
            held.append(one)
    return held


def _is_refused(connection: socket.socket) -> bool:
    """Say whether a question was refused; where it was long, the refusal may be lost on the way."""
    connection.settimeout(0.05)
    try:
        return b" 429 " in connection.recv(100) or not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=30)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    room, guest, attacker = (own_name(name) for name in ("room", "guest", "attacker"))
    try:
        for name in (room, guest, attacker):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        for number, (other, here, there) in enumerate(
            [(guest, ROOM, GUEST), (attacker, ROOM_TO_ATTACKER, ATTACKER)]
        ):
            ends = f"room{number}", "wifi"
            ip(
                "-n",
                room,
                "link",
                "add",
                ends[0],
                "type",
                "veth",
                "peer",
                ends[1],
                "netns",
                other,
            )
            for name, end, address in ((room, ends[0], here), (other, ends[1], there)):
                ip("-n", name, "address", "add", f"{address}/30", "dev", end)
                ip("-n", name, "link", "set", end, "up")
        with folder_for_all() as place:
            inside = ("ip", "netns", "exec", room)
            # At all addresses of the machine, and reached by honest people at one of them.
            options = ("--seats", "50", "--memory", "900")
            with opened_room(
                place, *options, inside=inside, address="", port=HTTPS_PORT
            ) as opened:
                opened.address = opened.address.replace("//:", f"//{ROOM}:")
                yield Site(opened, Namespace(guest), Namespace(attacker))
        assert machine.desk_users() == []
        assert [*Path("/sys/fs/cgroup").glob(f"*/{NAME}")] == []
    finally:
        for name in (room, guest, attacker):
            subprocess.run(["ip", "netns", "delete", name], check=False, timeout=30)


async def working(room: Room, name: str) -> Participant:
    one = await Participant.arrive(room, name)
    await one.sit_down()
    await one.open(FIRST)
    return one


async def goes_on(one: Participant) -> None:
    """Somebody runs a cell and saves, as if nothing were."""
    assert printed_by(await one.run("print(40 + 2)")) == "42\n"
    await one.save()


def programs_of(one: Participant) -> list[int]:
    uid = pwd.getpwnam(one.user).pw_uid
    return [number for owner, number, _ in machine.programs() if owner == uid]


async def end_programs_of(one: Participant) -> None:
    """End an attack: what comes next would bear it as well."""
    await asyncio.to_thread(machine.end_programs, [pwd.getpwnam(one.user).pw_uid])
    assert programs_of(one) == []


async def no_program_of(one: Participant) -> None:
    """Wait until all that somebody began has ended."""
    async with asyncio.timeout(90):
        while programs_of(one):
            await asyncio.sleep(0.2)


# ---- From the Wi-Fi

HALF_A_LOGIN = (
    b"POST /hub/login HTTP/1.1\r\nHost: room\r\nContent-Length: 100\r\n\r\nusername="
)
HALF_A_HEAD = b"GET /hub/login HTTP/1.1\r\nHost: ro"
TO_A_DESK = (
    b"GET /user/{user}/api HTTP/1.1\r\nHost: room\r\nConnection: keep-alive\r\n\r\n"
)
A_LONG_BODY = (
    b"PUT /user/{user}/api/contents/x HTTP/1.1\r\nHost: room\r\nContent-Length: 400000000\r\n\r\n"
    + bytes(30_000)
)


@hung_up
@pytest.mark.parametrize(
    "said",
    [b"", HALF_A_HEAD, HALF_A_LOGIN],
    ids=["connections that say nothing", "half of a head", "half of a login"],
)
def test_one_device_does_not_close_the_door(site: Site, said: bytes) -> None:
    held = site.hold(1100, said)

    async def somebody_comes_in() -> None:
        one = await working(site.room, f"Ana {len(said)}")
        await goes_on(one)

    site.story(somebody_comes_in)
    for connection in held:
        connection.close()


NEARLY_A_LOGIN = b"POST /hub/login HTTP/1.1\r\nHost: room\r\n"


@pytest.mark.parametrize(
    "cookie",
    [
        b"_xsrf" + b"=" * 28_000 + b'"',  # to read this one took the hub 40 seconds
        b"_xsrf=a;" * 3_500,
        b";".join(b"a%d=1" % number for number in range(3_000)),
    ],
    ids=["a long cookie", "one cookie many times", "many cookies"],
)
def test_cookies_that_take_long_to_read_do_not_reach_the_hub(
    site: Site, cookie: bytes
) -> None:
    said = b"GET /hub/login HTTP/1.1\r\nHost: room\r\nCookie: " + cookie + b"\r\n\r\n"
    held = site.hold(1, said)
    assert held[0].recv(12) in (b"HTTP/1.1 200", b"HTTP/1.1 413")
    held[0].close()


@pytest.mark.parametrize(
    "said",
    [
        b"Content-Length: 40000\r\n\r\n" + bytes(39_900),
        b"X: " + b"x" * 12_800 + b"\r\nContent-Length: 25000\r\n\r\n" + bytes(24_900),
        b"Transfer-Encoding: chunked\r\n\r\n1\r\nu\r\n0\r\n\r\n",
        b"Content-Length: 5000\r\n\r\n" + b"a=&" * 1666 + b"a=",
    ],
    ids=["a long body", "a long head", "in pieces", "many fields"],
)
def test_the_hub_waits_for_no_body(site: Site, said: bytes) -> None:
    """The proxy has no room to wait for the end of a long one, and answers by itself."""
    held = site.hold(1, NEARLY_A_LOGIN + said)
    assert held[0].recv(12) == b"HTTP/1.1 413"
    held[0].close()


def test_the_hub_waits_for_no_body_by_http_2_either(site: Site) -> None:
    def asked() -> list[h2.events.Event]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        speaking = h2.connection.H2Connection()
        speaking.initiate_connection()
        place = (ROOM_TO_ATTACKER, HTTPS_PORT)
        with context.wrap_socket(
            socket.create_connection(place, timeout=ANSWER)
        ) as one:
            heads = {":method": "PUT", ":path": "/hub/login", ":scheme": "https"}
            speaking.send_headers(1, [*heads.items(), (":authority", "room")])
            for _ in range(3):
                speaking.send_data(1, bytes(13_000))  # and it says nothing of an end
            one.sendall(speaking.data_to_send())
            while True:
                events = speaking.receive_data(one.recv(1 << 16))
                if found := [
                    e for e in events if isinstance(e, h2.events.ResponseReceived)
                ]:
                    return found

    (answer,) = site.attacker.call(asked)
    assert isinstance(answer, h2.events.ResponseReceived)
    assert (b":status", b"413") in answer.headers


def test_nobody_without_a_code_gets_an_answer_that_the_proxy_cannot_hold(
    site: Site,
) -> None:
    """Whoever reads it slowly would hold a place at the hub."""

    async def knocks() -> None:
        many = "'" * 900
        stranger = Participant(site.room, name="'" * 13_500)
        for answer in (
            await stranger.fetch(f"/hub/login?username={many}"),
            await stranger.fetch(f"/hub/login?next={many}"),
            await stranger.fetch(f"/hub/{many}"),
            await stranger.knock(code="wrong"),
        ):
            assert len(answer.body) < 16_000
        assert (await stranger.fetch(f"/hub/login?username={'x' * 1000}")).code == 404

    site.story(knocks)


def test_one_device_does_not_crowd_the_way_to_the_door(site: Site) -> None:
    """At the port for those who type no https:// there are as many connections as at the other."""

    def crowd() -> int:
        some = []
        for _ in range(900):
            with suppress(OSError):  # it is closed at once
                some.append(socket.create_connection((ROOM_TO_ATTACKER, HTTP_PORT)))
        time.sleep(MOMENT)
        closed, _, _ = select.select(some, [], [], 0)
        for one in some:
            one.close()
        return len(some) - len(closed)

    assert 0 < site.attacker.call(crowd) <= 400


@hung_up
@pytest.mark.parametrize(
    "said", [TO_A_DESK, A_LONG_BODY], ids=["questions", "long bodies"]
)
def test_one_device_does_not_freeze_anothers_desk(site: Site, said: bytes) -> None:
    async def at_work() -> None:
        berta = await working(site.room, f"Berta {len(said)}")
        asked = said.replace(b"{user}", berta.user.encode())
        held = await asyncio.to_thread(site.hold, 4000, asked)
        await goes_on(berta)
        for connection in held:
            connection.close()

    site.story(at_work)


@hung_up
def test_whoever_still_has_an_old_pass_does_not_take_all_places_of_a_desk(
    site: Site,
) -> None:
    async def at_work() -> None:
        sofia = await working(site.room, "Sofia")
        old = sofia.cookies["desk", f"/user/{sofia.user}/"]
        head, _, body = A_LONG_BODY.replace(b"{user}", sofia.user.encode()).partition(
            b"\r\n\r\n"
        )
        asked = (
            head + f"\r\nCookie: {COOKIE}={old}\r\n\r\n".encode() + body + bytes(20_000)
        )
        held = await asyncio.to_thread(site.hold, 130, asked)
        refused: set[socket.socket] = set()
        async with asyncio.timeout(60):
            while len(refused) < 40:  # of 130: places are left
                refused |= {
                    one for one in held if one not in refused and _is_refused(one)
                }
                await asyncio.sleep(0.1)  # the room is at work in this process
        await goes_on(sofia)
        for connection in held:
            connection.close()

    site.story(at_work)


def test_no_question_reaches_a_desk_without_its_pass(site: Site) -> None:
    """Whoever has no pass, or another's, has the proxy's answer."""

    async def at_work() -> None:
        carla, dora = (
            await working(site.room, "Carla"),
            await working(site.room, "Dora"),
        )
        theirs = f"/user/{carla.user}/api/contents"
        passes = {
            path: value
            for (name, path), value in dora.cookies.items()
            if name == "desk"
        }
        since = passes[f"/user/{dora.user}/"].split(".")[0]
        for given in (
            "",
            ".",
            passes[f"/user/{dora.user}/"],
            f"{since}.",
            f"{since}.{'0' * 64}",
        ):
            dora.cookies["desk", f"/user/{carla.user}/"] = given
            answer = await dora.fetch(theirs)
            assert (answer.code, "Server" in answer.headers) == (403, False), given

    site.story(at_work)


# ---- From a desk: its disk

FILL = """
import errno, os
kept, most = os.open('unseen', os.O_RDWR | os.O_CREAT), bytes(1 << 20)
os.unlink('unseen')
written = 0
try:
    while written < 2000: written += os.write(kept, most) >> 20
except OSError as error:
    print(written, errno.errorcode[error.errno])
"""
MANY = """
import errno
made = 0
try:
    while made < 190_000: open(f'empty {made}', 'w').close(); made += 1
except OSError as error:
    print(made, errno.errorcode[error.errno])
"""


@pytest.mark.parametrize(
    ("typed", "most"),
    [(FILL, MEGABYTES_OF_FILES), (MANY, FILES)],
    ids=["bytes", "files"],
)
def test_a_desk_fills_its_own_room_and_nobody_elses(
    site: Site, typed: str, most: int
) -> None:
    async def at_work() -> None:
        eva, fito = (
            await working(site.room, f"Eva {most}"),
            await working(site.room, f"Fito {most}"),
        )
        taken, why = printed_by(await fito.run(typed)).split()
        assert (int(taken) <= most, why) == (True, "ENOSPC")
        await goes_on(eva)
        await goes_on(await working(site.room, f"Gala {most}"))

    site.story(at_work)


def test_a_full_desk_is_told_so_and_is_emptied_by_its_owner(site: Site) -> None:
    async def at_work() -> None:
        hugo = await working(site.room, "Hugo")
        await hugo.run(FILL.replace("os.unlink('unseen')", ""))
        content = {"type": "notebook", "format": "json", "content": hugo.notebook}
        refused = await hugo.fetch(
            f"/user/{hugo.user}/api/contents/{FIRST}", "PUT", json.dumps(content)
        )
        assert refused.code == 507
        assert "Your desk is full" in json.loads(refused.body)["message"]
        assert "100 percent full" in (await hugo.fetch("/hub/welcome")).body.decode()
        packed = await hugo.fetch("/hub/take-home")
        assert packed.body[:2] == b"PK"
        # Even closed and opened again: there is room for nothing, and it opens.
        await hugo.ask("api/shutdown", "POST")
        await hugo.sit_down()
        await hugo.open(FIRST)
        await hugo.ask("api/contents/unseen", "DELETE")
        await goes_on(hugo)

    site.story(at_work)


# ---- From a desk: memory


async def forever(again: Callable[[], Coroutine[Any, Any, object]]) -> None:
    while True:
        await again()


# Shared memory without a name, which counts as no program's data.
HIDDEN = (
    "import mmap; kept = globals().get('kept', []) + [mmap.mmap(-1, 200 << 20)]; "
    "kept[-1].write(bytes(200 << 20))"
)
BELOW = """
import errno
for folder in ('/tmp', '/dev/shm'):
    try: open(f'{folder}/x', 'wb').write(bytes(100 << 20))
    except OSError as error: print(errno.errorcode[error.errno])
"""


def test_memory_that_no_program_has_counts_as_the_desks(site: Site) -> None:
    async def at_work() -> None:
        ines, juan = await working(site.room, "Ines"), await working(site.room, "Juan")
        assert printed_by(await juan.run(BELOW)) == "ENOSPC\nENOSPC\n"
        with pytest.raises((ConnectionError, WebSocketClosedError)):
            await forever(lambda: juan.run(HIDDEN))
        await goes_on(ines)
        # The server was spared, and has begun a kernel anew.
        await juan.ask(f"api/kernels/{juan.kernel_id}", "DELETE")
        await juan.open(FIRST)
        await goes_on(juan)

    site.story(at_work)


BESIDE = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {!r}])"
HALF_READ = """
import ctypes, os
libc = ctypes.CDLL(None)
children = 0
try:
    while not os.fork():
        children += 1
        kept = []
        try:
            while len(kept) < 100_000:
                kept.append(os.open('/usr/bin', os.O_RDONLY))
                libc.syscall({'x86_64': 217}.get(os.uname().machine, 61), kept[-1], bytes(64), 64)
        except OSError: pass
        if children > 100: break
except OSError: pass
import time; time.sleep(1000)
"""
# Under a name by which a careless reader of /proc takes it for another's.
FAST = """
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b'\\rUid:\\t{uid}')
kept = []
for _ in range(60):
    if not os.fork():
        kept.append(bytearray(os.urandom(1 << 20) * 20)); time.sleep(1000)
    time.sleep(0.05)
time.sleep(1000)
"""


def unreclaimable() -> int:
    """Return the kernel's own memory that stays, in megabytes."""
    return (
        int(re.search(r"SUnreclaim: +(\d+)", Path("/proc/meminfo").read_text())[1])
        >> 10
    )  # type: ignore[index]


def test_folders_that_are_half_read_take_little_memory(site: Site) -> None:
    async def at_work() -> None:
        nora, otto = await working(site.room, "Nora"), await working(site.room, "Otto")
        before, most, steady = unreclaimable(), 0, 0
        await otto.run(BESIDE.format(HALF_READ))
        for _ in range(20):
            await asyncio.sleep(1)
            now = unreclaimable() - before
            most, steady = max(most, now), 0 if now > most + 1 else steady + 1
            assert most < 600
            if most > 1 and steady == 6:  # it grew, and grows no more
                break
        await goes_on(nora)
        await otto.ask(f"api/kernels/{otto.kernel_id}", "DELETE")

    site.story(at_work)


def test_the_kernel_reads_no_whole_folder_of_a_desk_into_memory(site: Site) -> None:
    async def at_work() -> None:
        rita = await working(site.room, "Rita")
        image = site.room.folder / "images" / f"{rita.user}.image"
        told = subprocess.run(
            ["dumpe2fs", "-h", image], capture_output=True, text=True, check=True
        )
        assert "has_journal" in told.stdout
        assert "dir_index" not in told.stdout

    site.story(at_work)


def test_where_memory_runs_out_the_desk_with_most_is_ended(site: Site) -> None:
    parents = [*Path("/sys/fs/cgroup").glob(f"**/{NAME}")]
    bounds = [folder / name for folder in parents for name in ALL_OF_IT]
    kept = {file: file.read_text() for file in bounds if file.exists()}
    assert kept

    async def at_work() -> None:
        pia, quino = await working(site.room, "Pia"), await working(site.room, "Quino")
        await pia.run("kept = bytearray(150 << 20)")
        together = taken(*parents) + (400 << 20)
        for file in sorted(kept, key=lambda one: "memsw" in one.name):
            file.write_text(str(together))
        typed = FAST.replace("{uid}", str(pwd.getpwnam(pia.user).pw_uid))
        await quino.run(BESIDE.format(typed))
        await no_program_of(quino)
        assert printed_by(await pia.run("print(len(kept) >> 20)")) == "150\n"
        await goes_on(pia)

    try:
        site.story(at_work)
    finally:
        for file in sorted(kept, key=lambda one: "memsw" not in one.name):
            file.write_text(kept[file])


# ---- One desk holds up its own files, or the disk


def test_whoever_holds_up_their_own_files_holds_up_nobody_else(site: Site) -> None:
    async def at_work() -> None:
        vera, wim = await working(site.room, "Vera"), await working(site.room, "Wim")
        home = site.room.folder / "desks" / wim.user
        inside = ("nsenter", "-t", str(site.process("hub")), "-m", "fsfreeze")
        subprocess.run([*inside, "-f", home], check=True, timeout=30)
        try:
            coming = [
                asyncio.ensure_future(
                    Participant.arrive(site.room, "Wim", own=wim.own_code)
                )
                for _ in range(20)
            ]
            await asyncio.sleep(2)
            await goes_on(await working(site.room, "Xenia"))
            await goes_on(vera)
            assert "Vera" in await overview(site.room)
        finally:
            subprocess.run([*inside, "-u", home], check=True, timeout=30)
        await asyncio.gather(*coming, return_exceptions=True)

    site.story(at_work)


TERMINAL = """
import os
try:
    os.openpty()
except OSError:
    print("none")
"""


def test_a_desk_takes_none_of_the_machines_terminals(site: Site) -> None:
    async def at_work() -> None:
        zoe = await working(site.room, "Zoe")
        assert printed_by(await zoe.run(TERMINAL)) == "none\n"
        await goes_on(zoe)

    site.story(at_work)


PAST_THE_MEMORY = """
import fcntl, mmap, os, pathlib, sys
refused = 0
try:
    os.open(sys.executable, os.O_RDONLY | os.O_DIRECT)
except OSError:
    refused += 1
with open(sys.executable, "rb") as file:
    try:
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_DIRECT)
    except OSError:
        refused += 1
    fcntl.fcntl(file, fcntl.F_SETFL, os.O_NONBLOCK)
    try:
        os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
    except OSError:
        refused += 1
    with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as pages:
        pages.madvise(mmap.MADV_RANDOM)
        try:
            pages.madvise(mmap.MADV_WILLNEED)
        except OSError:
            refused += 1
print(refused)
"""


def test_a_desk_does_not_take_the_disk_for_itself(site: Site) -> None:
    async def at_work() -> None:
        yara = await working(site.room, "Yara")
        assert printed_by(await yara.run(PAST_THE_MEMORY)) == "4\n"
        own = [
            folder / yara.user for folder in Path("/sys/fs/cgroup").glob(f"**/{NAME}")
        ]
        told = [
            file.read_text()
            for one in own
            for name in READING
            if (file := one / name).exists()
        ]
        assert any(str(MEGABYTES_READ_A_SECOND << 20) in text for text in told)
        await goes_on(yara)

    site.story(at_work)


NAPS = """
import os, time
end = time.monotonic() + 12
for _ in range(110):
    if not os.fork():
        while time.monotonic() < end:
            time.sleep(1e-6)
        os._exit(0)
for _ in range(110):
    os.wait()
"""


# Reads 2 GB of chance in one go, in each of its threads: none of them can be stopped meanwhile.
LONG_READS = """
import os, threading, time
end = time.monotonic() + 25
chance = os.open("/dev/urandom", os.O_RDONLY)
room = [bytearray(2 << 20)] * 1024
def read():
    time.sleep(end - 20 - time.monotonic())  # all at once
    while time.monotonic() < end:
        os.readv(chance, room)
threading.stack_size(65536)
threads = [threading.Thread(target=read) for _ in range(90)]
for one in threads:
    one.start()
"""


@pytest.mark.parametrize("takes", ["short sleeps", "long reads"])
def test_a_desk_that_takes_all_processors_stops_nobody(site: Site, takes: str) -> None:
    code, times = {"short sleeps": (NAPS, 5), "long reads": (LONG_READS, 12)}[takes]
    begin = f"import subprocess, sys; taking = subprocess.Popen([sys.executable, '-c', {code!r}])"

    async def at_work() -> None:
        hernan = await working(site.room, f"Hernan with {takes}")
        ana = await working(site.room, f"Ana beside {takes}")
        idle = len(programs_of(hernan))
        await hernan.run(begin)
        await asyncio.sleep(3)
        for _ in range(times):
            await goes_on(ana)
            await asyncio.sleep(1)
        assert len(programs_of(hernan)) > idle
        await end_programs_of(hernan)
        await goes_on(ana)

    site.story(at_work)


# ---- One desk has very many wait for a socket: whoever wakes them walks past all of them

WAIT = """
import os, select, socket, time
from contextlib import suppress

def have_wait(times, *ends):
    watched = select.epoll()
    for end in ends:
        copies = [os.dup(end.fileno()) for _ in range(times)]
        for copy in copies:
            watched.register(copy, select.EPOLLIN | select.EPOLLOUT)
        for copy in copies:
            os.close(copy)
    for _ in range(100):
        if not os.fork():
            lists = [os.dup(watched.fileno()) for _ in range(200)]
            for most in (200, 4):
                polled = select.poll()
                for number in lists[:most]:
                    polled.register(number, select.POLLPRI)
                with suppress(OSError):
                    polled.poll(60_000)
                    break
            os._exit(0)
    for end in ends:
        end.setblocking(False)
    time.sleep(1)
    return time.monotonic() + 40

def fill(end):
    with suppress(OSError):
        while True:
            end.send(b"x")
"""
# What a desk's server does in the place of serving.
IN_THE_SERVER = """
found = []
for name in os.listdir("/proc/self/fd"):
    with suppress(OSError):
        found.append(socket.socket(fileno=os.dup(int(name))))
waits = [one for one in found if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)]
if {proxy}:
    waits[0].setblocking(True)
    ends = [waits[0].accept()[0] for _ in range(4)]
else:
    ends = [one for one in found if one not in waits]
end = have_wait(200, *ends)
for one in ends:
    one.send(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
while time.monotonic() < end:
    for one in ends:
        fill(one)
os._exit(0)
"""
BY_ITSELF = """
pairs = [socket.socketpair() for _ in range(2)]
for one, _ in pairs:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
end = have_wait(50, *(one for one, _ in pairs))
one, other = pairs[bool(os.fork())]
while time.monotonic() < end:
    fill(one)
    other.recv(1 << 16)
"""


@pytest.mark.parametrize("whom", ["proxy", "hub", "everybody"])
def test_a_desk_that_has_very_many_wait_for_a_socket_stops_nobody(
    site: Site, whom: str
) -> None:
    async def at_work() -> None:
        ivo = await working(site.room, f"Ivo {whom}")
        jana = await working(site.room, f"Jana {whom}")
        asked = []
        if whom != "everybody":
            typed = WAIT + IN_THE_SERVER.replace("{proxy}", str(whom == "proxy"))
            place = "os.environ['JUPYTER_CONFIG_DIR'] + '/jupyter_server_config.py'"
            await ivo.run(f"import os; open({place}, 'w').write({typed!r})")
            await ivo.ask("api/shutdown", "POST")
            await no_program_of(ivo)
        async with asyncio.timeout(30):
            if whom == "everybody":
                await ivo.run(BESIDE.format(WAIT + BY_ITSELF))
            else:
                asked = [asyncio.create_task(ivo.fetch("/hub/course"))]
                await asyncio.sleep(4)
                for number in range(4):
                    asked.append(
                        asyncio.create_task(ivo.fetch(f"/user/{ivo.user}/{number}"))
                    )
            await asyncio.sleep(4)
            for _ in range(3):
                await goes_on(jana)
            await goes_on(await working(site.room, f"Kai {whom}"))
        for one in asked:
            one.cancel()
        await end_programs_of(ivo)

    site.story(at_work)


# ---- What begins at a desk ends with it


def test_programs_in_the_background_end_and_a_pipe_for_a_log_stops_nobody(
    site: Site,
) -> None:
    async def at_work() -> None:
        kim = await working(site.room, "Kim")
        outputs = await kim.run(
            "import os, subprocess\n"
            "subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
            "log = '.course/jupyterlab.log'; os.unlink(log); os.mkfifo(log)"
        )
        assert not failed(outputs)
        await kim.ask("api/shutdown", "POST")
        await no_program_of(kim)
        await kim.sit_down()
        await kim.open(FIRST)
        await goes_on(kim)

    site.story(at_work)


# ---- A hub that dies at the wrong moment

SIZE = "import os; at = os.statvfs('.'); print(at.f_blocks * at.f_frsize >> 20)"


def test_a_hub_that_dies_while_people_arrive_loses_nobody(site: Site) -> None:
    async def arrives(name: str) -> Participant:
        one = Participant(site.room, name=name)
        async with asyncio.timeout(120):
            while True:
                try:
                    await one.come_in(own=one.own_code)
                    await one.sit_down()
                except (OSError, AssertionError):
                    await asyncio.sleep(0.5)  # the room is just starting again
                else:
                    return one

    async def at_work() -> None:
        arrivals = [
            asyncio.ensure_future(arrives(f"Lea {number}")) for number in range(4)
        ]
        for _ in range(3):
            await asyncio.sleep(0.7)
            before = site.process("hub")
            os.kill(before, signal.SIGKILL)
            async with asyncio.timeout(60):
                while site.process("hub") == before:
                    await asyncio.sleep(0.2)
        for one in await asyncio.gather(*arrivals):
            await one.open(FIRST)
            bound = printed_by(await one.run(SIZE))
            assert int(bound) <= MEGABYTES_OF_FILES
        page = await overview(site.room)
        assert all(f"Lea {number}" in page for number in range(4))

    site.story(at_work)


async def overview(room: Room) -> str:
    """Return the instructor's page, as soon as there is one."""
    async with asyncio.timeout(120):
        while True:
            with suppress(OSError, AssertionError):
                teacher = await Participant.arrive(
                    room, "Instructor", code=room.instructor_code
                )
                answer = await teacher.fetch("/hub/class")
                assert answer.code != 503
                break
            await asyncio.sleep(0.5)
    assert answer.code == 200
    return answer.body.decode()


def test_a_seat_without_a_user_does_not_take_the_instructors_page_away(
    site: Site,
) -> None:
    file = site.room.folder / "room" / "seats.json"

    async def at_work() -> None:
        seat = {"user": "labdesk50", "name": "Nobody", "digest": "", "shown": False}
        file.write_text(json.dumps([*json.loads(file.read_text()), seat]))
        before = site.process("hub")
        os.kill(before, signal.SIGKILL)
        page = await overview(site.room)
        assert re.search(
            r"Nobody <small>labdesk50</small></th>\s*<td>not readable", page
        )
        assert "What is bounded here" in page
        assert "Not bounded" not in page
        # Whoever has that name finds the desk open.
        await goes_on(await working(site.room, "Nobody"))

    site.story(at_work)


# ---- Where the room does not open


@pytest.mark.parametrize(
    ("first_port", "options", "sentence"),
    [
        (80, (), "On this machine every program may listen at ports below 1024"),
        (1024, ("--port", "8443"), "Choose a port below 1024,"),
    ],
)
def test_where_a_desk_could_take_anothers_place_the_room_does_not_open(
    tmp_path: Path, first_port: int, options: tuple[str, ...], sentence: str
) -> None:
    name = own_name("ports")
    ip("netns", "add", name)
    try:
        inside = Namespace(name)
        inside.run(
            "sysctl", "-q", "-w", f"net.ipv4.ip_unprivileged_port_start={first_port}"
        )
        said = inside.run(
            LABSUPPORT, "classroom", "--folder", tmp_path / "room", *options
        )
    finally:
        ip("netns", "delete", name)
    assert said.returncode == 1
    assert said.stderr.startswith(sentence)


def test_a_long_question_is_refused_before_it_is_read(site: Site) -> None:
    async def at_work() -> None:
        stranger = Participant(site.room)
        door = (await stranger.fetch("/hub/login")).body.decode()
        token = XSRF.search(door)
        assert token is not None
        typed = urlencode(
            {"_xsrf": token[1], "username": "x" * 50_000, "password": "y"}
        )
        with suppress(ConnectionError):  # the hub may hang up in the middle of it
            assert (await stranger.fetch("/hub/login", "POST", typed)).code in (
                400,
                413,
                502,
            )
        await goes_on(await working(site.room, "Mara"))

    site.story(at_work)


def test_one_address_does_not_ask_the_hub_without_end(site: Site) -> None:
    """What a browser takes back, the hub goes on with. This comes last: it is refused now."""
    told = b""
    for connection in site.hold(
        20, b"GET /hub/login HTTP/1.1\r\nHost: room\r\n\r\n" * 30
    ):
        with connection, suppress(OSError):
            connection.settimeout(MOMENT)
            while more := connection.recv(1 << 16):
                told += more
    assert b"HTTP/1.1 429 " in told
    assert b"tries again by itself" in told
