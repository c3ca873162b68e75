"""A real room: who comes in, what one reaches of another, and what survives."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pwd
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from classroom import (
    XSRF,
    Participant,
    Refused,
    Room,
    everybody_leaves,
    failed,
    folder_for_all,
    memory_of,
    opened_room,
    printed_by,
)
from cryptography import x509
from loopback import LABSUPPORT
from tornado.websocket import WebSocketClosedError

from labsupport.run.classroom import machine
from labsupport.run.classroom.certificate import fingerprint
from labsupport.run.classroom.room import LARGEST_LOG
from labsupport.run.classroom.seats import typed as compared
from labsupport.run.classroom.settings import Settings

SEATS = 19
FIRST = "00-start-here.ipynb"


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with folder_for_all() as folder:
        with opened_room(folder, "--seats", str(SEATS), "--memory", "900") as room:
            yield room
        assert machine.desk_users() == []
        assert not folder.exists()


def asyncs(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test with an event loop of its own."""

    async def whole(room: Room) -> None:
        try:
            await test(room)
        finally:
            await everybody_leaves()

    def run(room: Room) -> None:
        asyncio.run(whole(room))

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


async def seated(room: Room, name: str) -> Participant:
    one = await Participant.arrive(room, name)
    await one.sit_down()
    return one


async def working(room: Room, name: str) -> Participant:
    one = await seated(room, name)
    await one.open(FIRST)
    return one


# The names differ from test to test: a desk, once taken, is its owner's.


@asyncs
async def test_one_works_through_a_notebook_and_takes_it_home(room: Room) -> None:
    ana = await working(room, "Ana")
    await ana.run_all()
    await ana.run(
        "import os; os.close(os.open('zz-locked.txt', os.O_CREAT, 0)); os.mkfifo('zz')"
    )
    await ana.run("open(b'n-\\xff.txt', 'w').close(); os.mkdir('zz-closed', 0)")
    packed = await ana.fetch("/hub/take-home")
    with zipfile.ZipFile(io.BytesIO(packed.body)) as home:
        saved = json.loads(home.read(f"my-course/{FIRST}"))
        assert not any("/." in name for name in home.namelist())
        missing = home.read("my-course/not-packed.txt").decode()
        assert all(
            name in missing for name in ("zz-locked.txt", "zz-closed", "n-?.txt")
        )
    runs = [
        cell["execution_count"]
        for cell in saved["cells"]
        if cell["cell_type"] == "code"
    ]
    assert all(runs)


@asyncs
async def test_a_wrong_code_and_a_name_that_is_taken_get_a_sentence(room: Room) -> None:
    first = await Participant.arrive(room, "Berta")
    with pytest.raises(Refused, match="not the code of the class"):
        await Participant.arrive(room, "Beatriz", code="AAA-AAA")
    with pytest.raises(Refused, match="has a desk already"):
        await Participant.arrive(room, " BERTA ")
    with pytest.raises(Refused, match="not its own code"):
        await Participant.arrive(room, "Berta", own="AAAA-AAAA")
    again = await Participant.arrive(room, "Berta", own=first.own_code.lower())
    await asyncio.gather(first.sit_down(), again.sit_down())
    assert again.user == first.user
    back = await again.fetch("/hub/login")  # by the back button, or a tab that was kept
    assert (back.code, urlsplit(back.effective_url).path) != (200, "/hub/login")
    assert back.code == 200


@asyncs
async def test_whoever_chooses_spanish_at_the_door_has_all_in_spanish(
    room: Room,
) -> None:
    one = Participant(room, name="Isabel")
    one.cookies["language", "/"] = "es"
    refused = await one.knock("AAA-AAA")
    assert '<html lang="es">' in refused.body.decode()
    assert "no es el código de la sala" in refused.body.decode()
    assert "Le damos la bienvenida" in (await one.knock(room.code)).body.decode()
    await one.sit_down()  # a slow machine shows first that the desk is being made
    course = await one.fetch("/hub/course")
    assert "/doc/tree/es/home.course" in course.effective_url
    one.cookies["language", "/"] = "xx"
    assert '<html lang="en">' in (await one.fetch("/hub/welcome")).body.decode()


@asyncs
async def test_whoever_took_a_desk_and_left_before_its_code_came_has_it_no_longer(
    room: Room,
) -> None:
    thief = Participant(room, name="Zoe")
    assert (await thief.knock(follow=False)).code == 302
    file = room.folder / "room" / "hub.pid"
    before = file.read_text()
    os.kill(int(before), signal.SIGKILL)
    while file.read_text() == before:
        await asyncio.sleep(0.5)
    await answering(Participant(room))
    zoe = await working(room, "Zoe")
    for path in ("/hub/welcome", "/hub/course"):
        assert "The code of the class" in (await thief.fetch(path)).body.decode(), path
    assert (await thief.fetch(f"/user/{zoe.user}/files/{FIRST}")).code == 403
    assert printed_by(await zoe.run("print(40 + 2)")) == "42\n"


@asyncs
async def test_a_lid_is_shut_and_the_work_is_there_on_another_device(
    room: Room,
) -> None:
    carla = await working(room, "Carla")
    await carla.run_all()
    assert carla.kernel is not None
    carla.kernel.close()
    tablet = await Participant.arrive(room, "Carla", own=carla.own_code)
    await tablet.sit_down()
    kept = (await tablet.ask(f"api/contents/{FIRST}"))["content"]
    assert [c["execution_count"] for c in kept["cells"] if c["cell_type"] == "code"][-1]
    sessions = await tablet.ask("api/sessions")
    await tablet.connect(sessions[0]["kernel"]["id"])
    assert printed_by(await tablet.run("print(type(lab).__name__)")) == "Lab\n"


@asyncs
async def test_nobody_opens_the_pages_of_others(room: Room) -> None:
    dora, eva = await asyncio.gather(working(room, "Dora"), seated(room, "Eva"))
    theirs = f"/user/{dora.user}"
    for path in (
        f"{theirs}/doc/tree/{FIRST}",
        f"{theirs}/files/{FIRST}",
        f"{theirs}/api/contents/{FIRST}",
        f"{theirs}/api/kernels/{dora.kernel_id}",
        "/hub/class",
        "/hub/wall",
        "/hub/admin",
        "/hub/api/users",
        f"/hub/spawn/{dora.user}",
    ):
        answer = await eva.fetch(path)
        assert answer.code in (403, 404), path
        assert FIRST.encode() not in answer.body, path
    page = (await eva.fetch(f"{theirs}/doc/tree/{FIRST}")).body.decode()
    assert "This is not your desk" in page
    with pytest.raises(Exception, match="HTTP 403"):
        await Participant(room, cookies=eva.cookies, user=dora.user).connect(
            dora.kernel_id
        )


# What an attacker types at a desk, and what must be printed.
ATTACKS = {
    "files": (
        "import os; home = os.path.expanduser('~'); print(os.listdir(os.path.dirname(home)))",
        "['{user}']",
    ),
    # The course itself may lie there, as where CI has its clone.
    "temporary files": (
        "import labsupport, os, sys; print(set(os.listdir('/tmp')) - {p.split('/')[2] for p in "
        "(sys.prefix, sys.base_prefix, labsupport.__file__)})",
        "{'jupyter'}",
    ),
    "the instructor's checkout": (
        "import os; print(sorted(set(os.listdir('{checkout}')) - {os.path.basename(sys.prefix)}))",
        "['data', 'labsupport', 'notebooks']",
    ),
    "the instructor's guide": (
        "print(os.listdir('{checkout}/notebooks/en/instructor'), "
        "os.listdir('{checkout}/data/course/en/guide'), "
        "os.listdir('{checkout}/data/course/locale/guide'))",
        "[] [] []",
    ),
    "what comes of a choice": (
        "from labsupport import Lab; print(Lab('en').course.teaching.case_paper('fraud').kind)",
        "not covered",
    ),
    "who has an account on the machine": ("open('/etc/passwd')", "FileNotFoundError"),
    # Its own, and the two that hold its view of the machine.
    "programs": (
        "import os; found = [os.stat(f'/proc/{p}').st_uid for p in os.listdir('/proc') "
        "if p.isdigit()]; print(found.count(0), set(found) == {0, os.getuid()})",
        "2 True",
    ),
    "the room's secrets": (
        "import glob; print(glob.glob('{folder}/room/*'), open('/etc/shadow').read())",
        "FileNotFoundError",
    ),
    "becoming root": ("import os; os.setuid(0)", "OSError"),
    "a program that makes one root": (
        "import subprocess; print(subprocess.run(['su', '-c', 'id'], input='', text=True, "
        "capture_output=True).returncode != 0)",
        "True",
    ),
    "what the room's programs say": (
        "import os; print([n for n in os.listdir('/proc/self/fd') if "
        "os.path.realpath(f'/proc/self/fd/{n}').startswith('{folder}/room')])",
        "[]",
    ),
    "a network socket": ("import socket; socket.socket()", "OSError"),
    "a network socket of another kind": (
        "socket.socket(type=socket.SOCK_DGRAM)",
        "OSError",
    ),
    "a socket of the kernel's": (
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "OSError",
    ),
    "a socket to the machine around": ("socket.socket(socket.AF_VSOCK)", "OSError"),
    "a program for the kernel at a socket": (
        "import socket; socket.socketpair()[0].setsockopt(1, 26, bytes(16))",
        "OSError",
    ),
    "a filter of the kernel's": (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True); "
        "print(libc.prctl(22, 2, 0, 0, 0), ctypes.get_errno())",
        "-1 38",
    ),
    "everybody's locks": ("open('/proc/locks')", "PermissionError"),
    "who saves when": ("open('/proc/diskstats')", "PermissionError"),
    "others' file systems": ("print(os.listdir('/proc/fs'))", "[]"),
    "a lock that nobody counts": (
        "import fcntl; fcntl.lockf(open('locked', 'w'), fcntl.LOCK_EX)",
        "OSError",
    ),
    "a list of rights": (
        "import os; os.setxattr('/tmp', 'user.x', b'x')",
        "OSError",
    ),
    "a list of rights by the newer call": (
        "libc = ctypes.CDLL(None, use_errno=True); "
        "print(libc.syscall(463, -100, b'/tmp', 0, b'user.x', None, 0), ctypes.get_errno())",
        "-1 38",
    ),
    "a lock with a number that only looks like another": (
        "print(libc.syscall({'x86_64': 72}.get(os.uname().machine, 25), ctypes.c_long("
        "os.open('/tmp', 0)), ctypes.c_long((1 << 32) + 6), ctypes.c_long(0)), ctypes.get_errno())",
        "-1 38",
    ),
    "a choice of the pages' place": (
        "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall("
        "{'x86_64': 237}.get(os.uname().machine, 235), 0, 0, 0, 0, 0, 0), ctypes.get_errno())",
        "-1 38",
    ),
    "files handed to the proxy": (
        "one, other = socket.socketpair(); socket.send_fds(one, [b'x'], [0])",
        "OSError",
    ),
    "root's keys": (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall("
        "{'x86_64': 250}.get(os.uname().machine, 219), 0, -3, 0), ctypes.get_errno())",
        "-1 38",
    ),
    "memory that no program has": ("os.memfd_create('x')", "OSError"),
    "pages that stay": ("import mmap; mmap.mmap(-1, 4096, 0x2021)", "PermissionError"),
    "a thread with files of its own": (
        "print(libc.syscall({'x86_64': 56}.get(os.uname().machine, 220), 0x10900, 0, 0, 0, 0), "
        "ctypes.get_errno())",
        "-1 38",
    ),
    "a look at what others do": (
        "print(ctypes.CDLL(None).inotify_init())",
        "-1",
    ),
    "a lease that holds up others": (
        "fcntl.fcntl(os.open('locked', os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_WRLCK)",
        "OSError",
    ),
    "another discipline for a terminal": (
        "import termios; fcntl.ioctl(0, termios.TIOCSETD, bytes(4))",
        "OSError",
    ),
    "a network of its own": (
        "import ctypes; print(ctypes.CDLL(None).unshare(0x40000000))",
        "-1",
    ),
    "a user namespace": (
        "import subprocess; print(subprocess.run(['unshare', '--user', '--map-root-user', 'true'], "
        "capture_output=True).returncode != 0)",
        "True",
    ),
    "a user namespace by clone": (
        # clone(SIGCHLD | CLONE_NEWUSER) on x86-64, or ARM: they have the flags first.
        "import platform; print(ctypes.CDLL(None).syscall({'x86_64': 56}.get(platform.machine(), "
        "220), 0x10000011, 0, 0, 0, 0))",
        "-1",
    ),
    "another's namespaces": (
        "print(ctypes.CDLL(None).setns(os.open('/proc/1/ns/mnt', os.O_RDONLY), 0))",
        "PermissionError",
    ),
    "memory shared with others": ("import os; print(os.listdir('/dev/shm'))", "[]"),
    "files of the course": (
        "import labsupport; open(labsupport.__file__, 'a')",
        "PermissionError",
    ),
}


@asyncs
async def test_from_a_desk_nothing_else_is_reached(room: Room) -> None:
    gil = await working(room, "Gil")
    with tempfile.NamedTemporaryFile(dir="/dev/shm"):
        await _attack(gil, room)


async def _attack(gil: Participant, room: Room) -> None:
    about = {
        "folder": str(room.folder),
        "checkout": str(Path(__file__).parents[2]),
    }
    said, expected = {}, {}
    for what, (typed, outcome) in ATTACKS.items():
        for name, meant in about.items():
            typed = typed.replace(f"{{{name}}}", meant)
        outputs = await gil.run(typed)
        said[what] = printed_by(outputs).strip() or failed(outputs)
        expected[what] = outcome.replace("{user}", gil.user)
    assert said == expected


@asyncs
async def test_programs_of_a_desk_hold_nothing_of_the_room_or_of_another(
    room: Room,
) -> None:
    nora = await working(room, "Nora")
    olga = await working(room, "Olga")
    settings = Settings.load(room.folder)
    given = "import os; print(os.environ['LAB_DESK_PASS'])"
    own, others = [printed_by(await one.run(given)).strip() for one in (olga, nora)]
    # Whoever sits at a desk has all that is in the memory of its server, a copy of the porter.
    secrets = [others, settings.key, room.instructor_code]
    secrets.append(compared(room.instructor_code))
    memory = b""
    for user, number, _ in machine.programs():
        if user == uid(olga.user):
            memory += written(number)
            files = [os.readlink(file) for file in Path(f"/proc/{number}/fd").iterdir()]
            assert not [
                file for file in files if file.startswith(f"{room.folder}/room")
            ]
    assert own.encode() in memory
    assert not [secret for secret in secrets if secret.encode() in memory]


def written(number: int) -> bytes:
    """Return the memory of a program that it may have written to (proc(5))."""
    found = b""
    with Path(f"/proc/{number}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{number}/maps").read_text().splitlines():
            first, last = (int(end, 16) for end in line.split()[0].split("-"))
            if line.split()[1].startswith("rw"):
                memory.seek(first)
                found += memory.read(last - first)
    return found


@asyncs
async def test_no_port_of_this_machine_leads_to_anothers_kernel_or_server(
    room: Room,
) -> None:
    kim, lea = await asyncio.gather(working(room, "Kim"), working(room, "Lea"))
    numbers = [
        number for owner, number, _ in machine.programs() if owner == uid(kim.user)
    ]
    assert len(numbers) >= 3
    sockets = [psutil.Process(number).net_connections("inet") for number in numbers]
    assert not [found for found in sockets if found]
    places = [(host, port) for _, host, port in listening()]
    outputs = await lea.run(
        "import urllib.request, urllib.error\n"
        f"for host, port in {places}:\n"
        "    try: print(urllib.request.urlopen(f'http://{host}:{port}/', timeout=5).read())\n"
        "    except OSError: pass\n"
    )
    assert (printed_by(outputs), failed(outputs)) == ("", "")


@asyncs
async def test_of_the_hub_there_is_only_what_the_rooms_pages_need(room: Room) -> None:
    otto = await seated(room, "Otto")
    for path in (
        "/hub/api/users/{user}/tokens",
        "/hub/api/users/{user}/server/progress",
        "/hub/static/js/admin-react.js",
        "/hub/token",
        "/hub//api/users",
        "/user-redirect/x",
        "/hub/user-redirect/x",
        f"/hub/welcome?{'x' * 5000}",
    ):
        answer = await otto.fetch(path.replace("{user}", otto.user))
        assert answer.code == 404, path
        assert "no such page in this room" in answer.body.decode()


@asyncs
async def test_what_the_rooms_programs_write_down_does_not_fill_the_disk(
    room: Room,
) -> None:
    log = room.folder / "room" / "hub.log"
    with log.open("ab") as written:
        written.write(bytes(LARGEST_LOG + 1))
    async with asyncio.timeout(60):
        while log.stat().st_size > LARGEST_LOG:
            await asyncio.sleep(0.2)


@asyncs
async def test_the_instructor_gives_a_new_own_code_and_sees_no_answers(
    room: Room,
) -> None:
    mara = await working(room, "Mara")
    await mara.run("secret = 'zorzalito'; secret")
    await mara.run_all()
    teacher = await Participant.arrive(room, "Instructor", code=room.instructor_code)
    page = (await teacher.fetch("/hub/class")).body.decode()
    content = json.loads(
        (Path(__file__).parents[2] / "notebooks" / "en" / FIRST).read_bytes()
    )
    cells = [cell["cell_type"] for cell in content["cells"]].count("code")
    assert f"{cells} of {cells}" in page
    assert "zorzalito" not in page
    token = XSRF.search(page)
    assert token is not None
    renewed = await teacher.fetch(
        "/hub/class", "POST", f"_xsrf={token[1]}&user={mara.user}"
    )
    code = re.search(r"own code of Mara: ([\w-]+)", renewed.body.decode())
    assert code is not None
    with pytest.raises(Refused):
        await Participant.arrive(room, "Mara", own=mara.own_code)
    again = await Participant.arrive(room, "Mara", own=code[1])
    await again.sit_down()
    assert again.user == mara.user
    # What was opened with the old one is at an end: kernel, pages, and the desk's address.
    with pytest.raises((ConnectionError, WebSocketClosedError)):
        await mara.run("secret")
    for path in ("/hub/welcome", f"/user/{mara.user}/files/{FIRST}"):
        assert "The code of the class" in (await mara.fetch(path)).body.decode(), path
    assert (await mara.fetch(f"/user/{mara.user}/api/contents")).code == 403


@asyncs
async def test_whoever_stops_their_server_does_not_stay_when_a_new_own_code_is_given(
    room: Room,
) -> None:
    pia = await working(room, "Pia")
    await pia.run(
        "import os, signal, threading\n"
        "threading.Timer(1, os.kill, (os.getppid(), signal.SIGSTOP)).start()"
    )
    await asyncio.sleep(2)
    teacher = await Participant.arrive(room, "Instructor", code=room.instructor_code)
    page = (await teacher.fetch("/hub/class")).body.decode()
    token = XSRF.search(page)
    assert token is not None
    await teacher.fetch("/hub/class", "POST", f"_xsrf={token[1]}&user={pia.user}")
    assert (await pia.fetch(f"/user/{pia.user}/api/contents")).code != 200
    assert "The code of the class" in (await pia.fetch("/hub/welcome")).body.decode()


def uid(user: str) -> int:
    return pwd.getpwnam(user).pw_uid


def listening() -> Iterator[tuple[int, str, int]]:
    """Yield user number, address and port of every TCP socket that listens here (proc(5))."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A":
            address, port = fields[1].split(":")
            yield (
                int(fields[7]),
                socket.inet_ntoa(bytes.fromhex(address)[::-1]),
                int(port, 16),
            )


@asyncs
async def test_a_cell_that_eats_memory_harms_nobody(room: Room) -> None:
    hugo = await working(room, "Hugo")
    await hugo.run_all()
    outputs = await hugo.run("much = [bytearray(50 << 20) for _ in range(100)]")
    assert "needs more memory than there is" in outputs[-1]["data"]["text/plain"]
    assert printed_by(await hugo.run("print(type(lab).__name__)")) == "Lab\n"
    # Many programs, each below what one may have: the largest is ended.
    children = (
        "import subprocess, sys\n"
        "eat = 'x = bytearray(250 << 20); input()'\n"
        "many = [subprocess.Popen([sys.executable, '-c', eat], stdin=subprocess.PIPE) "
        "for _ in range(5)]"
    )
    await hugo.run(children)
    ended = "print([child.poll() for child in many].count(-9) > 0)"
    async with asyncio.timeout(60):
        while printed_by(await hugo.run(ended)) != "True\n":
            await asyncio.sleep(1)
        # With the libraries, which are others' as well where there are others.
        while memory_of({uid(hugo.user)}) > 1000:
            await asyncio.sleep(1)
    assert (await hugo.ask(f"api/contents/{FIRST}"))["content"]["cells"]


@asyncs
async def test_the_hub_the_proxy_and_the_porter_are_killed_and_nobody_loses_work(
    room: Room,
) -> None:
    ines = await working(room, "Ines")
    await ines.run_all()
    for name in ("hub", "porter", "proxy"):
        file = room.folder / "room" / f"{name}.pid"
        before = file.read_text()
        os.kill(int(before), signal.SIGKILL)
        if name != "proxy":  # the way to the servers does not lead through them
            assert printed_by(await ines.run("print(40 + 2)")) == "42\n"
            await ines.save()
        while file.read_text() == before:
            await asyncio.sleep(0.5)
        await answering(ines)
        await ines.sit_down()
        await ines.connect(ines.kernel_id)
        assert printed_by(await ines.run("print(type(lab).__name__)")) == "Lab\n"
        await ines.save()
    juan = await working(room, "Juan")
    assert juan.user != ines.user


async def answering(one: Participant) -> None:
    """Wait until the room answers again; while it does not, there is a sentence or nothing."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            answer = await one.fetch("/hub/welcome")
        except OSError:
            pass  # there is no proxy yet
        else:
            if answer.code == 200:
                return
            assert "The room is just starting again" in answer.body.decode()
        await asyncio.sleep(0.5)
    raise AssertionError("the room does not come back")


@asyncs
async def test_two_hundred_at_once_fill_the_room_and_the_rest_get_a_sentence(
    room: Room,
) -> None:
    async def try_to(number: int) -> str:
        try:
            await Participant.arrive(room, f"Somebody {number}")
        except Refused as refusal:
            return str(refusal)
        return ""

    # the instructor's is no seat
    taken = len({who.pw_name for who in machine.desk_users()}) - 1
    answers = await asyncio.gather(*(try_to(number) for number in range(200)))
    assert answers.count("") == SEATS - taken
    others = {answer for answer in answers if answer}
    assert len(others) == 1
    assert f"All {SEATS} desks of this room are taken" in others.pop()
    teacher = await Participant.arrive(room, "Instructor", code=room.instructor_code)
    page = (await teacher.fetch("/hub/class")).body.decode()
    assert f"{SEATS} participants." in page


def test_the_certificate_is_the_one_on_the_wall(room: Room) -> None:
    port = int(room.address.rsplit(":", 1)[1])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    assert shown is not None
    printed = "\n".join(room.printed)
    assert fingerprint(x509.load_der_x509_certificate(shown)) in printed
    assert room.code in printed
    assert room.address in printed


def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LABSUPPORT, "classroom", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_second_room_and_a_wipe_are_refused_while_one_is_open(
    room: Room, tmp_path: Path
) -> None:
    for arguments in (["--wipe"], ["--address", "127.0.0.1"]):
        said = run(*arguments, "--folder", tmp_path / "other")
        assert said.returncode == 1
        assert (
            said.stderr.strip()
            == "A room is open on this machine. End it with Ctrl-C first."
        )
    assert room.folder.is_dir()
