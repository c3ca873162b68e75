"""What the room needs of the machine: system users, folders, memory, and their end.

All of it needs Linux, and nearly all of it root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

import labsupport
from labsupport.exchange import HTTPS_PORT
from labsupport.language import Language
from labsupport.reasons import reason_of
from labsupport.run.classroom import quota
from labsupport.run.classroom.seats import USER
from labsupport.run.classroom.settings import Settings

# Written with each system user, by which the room knows its own.
COMMENT = "labsupport classroom"
SECONDS_A_COMMAND = 60
SECONDS_TO_END = 10
ATTEMPTS = 3
BYTES_AN_OPEN_FILE = 213_000  # at most: of a connection of which nothing is read


class MachineError(Exception):
    """The machine cannot do it; the message is a sentence."""


def make_desk(room: Settings, user: str, say: Language) -> None:
    """Make the system user, the home and the bounds of a desk, where they are not there yet.

    Raises MachineError with a sentence where this machine cannot.
    """
    home = room.home(user)
    image = room.image(user)
    try:
        who = _system_user(user, home, say)
        # A folder without an image is of a room on a machine that had none; its work stays.
        if image.exists() or (room.quota.files and not home.exists()):
            quota.open_files(home, image)
        home.mkdir(mode=0o700, exist_ok=True)
        # a change waits as long as the desk holds its folder
        if home.stat().st_uid != who.pw_uid:
            os.chmod(home, 0o700)
            os.chown(home, who.pw_uid, who.pw_gid)
        quota.open_groups(room.quota.groups, user, room.megabytes)
    except OSError as error:
        raise MachineError(
            say(
                "classroom.desk_user_cannot_opened",
                user=user,
                reason=reason_of(error, say),
            )
        ) from error


def read_what_desks_read() -> None:
    """Have this Python and the course in memory as nobody's own: no desk pushes them out."""
    for folder in (Path(sys.prefix), *map(Path, labsupport.__path__)):
        for file in folder.rglob("*"):
            with suppress(OSError):
                if file.is_file():
                    file.read_bytes()


def _system_user(user: str, home: Path, say: Language) -> pwd.struct_passwd:
    try:
        who = pwd.getpwnam(user)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home", "--comment", COMMENT]
        quota.run(
            "useradd",
            *options,
            "--home-dir",
            home,
            "--shell",
            "/usr/sbin/nologin",
            user,
        )
        return pwd.getpwnam(user)
    if who.pw_gecos != COMMENT:
        raise MachineError(say("classroom.machine_user_user_own", user=user))
    if who.pw_dir != str(home):
        # The same number would open the files of both.
        raise MachineError(
            say("machine.desks_of_another_room", folder=Path(who.pw_dir).parents[1])
        )
    return who


def close_desks(room: Settings) -> None:
    """End all programs of desks, and hide their file systems."""
    users = desk_users()
    end_programs(who.pw_uid for who in users)
    for who in users:
        quota.close_files(Path(who.pw_dir))
    quota.close_groups(room.quota.groups, *(who.pw_name for who in users))


def desk_users() -> list[pwd.struct_passwd]:
    """Return the system users that rooms on this machine have made."""
    return [
        who
        for who in pwd.getpwall()
        if who.pw_gecos == COMMENT and who.pw_name.startswith(USER)
    ]


def belongs(number: int, user: str) -> bool:
    """Tell whether a program runs as this user."""
    try:
        return owner(number) == pwd.getpwnam(user).pw_uid
    except (OSError, KeyError):
        return False


def try_a_desk(command: Sequence[str], say: Language) -> None:
    """Run a participant's Python once; raise MachineError with what it said if it does not run."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS_A_COMMAND, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise MachineError(
            say(
                "machine.program_does_not_run", reason=" ".join(last) or done.returncode
            )
        )


def end_programs(users: Iterable[int]) -> None:
    """End every program that runs as one of these users, by number."""
    wanted = set(users)
    names = [who.pw_name for who in desk_users() if who.pw_uid in wanted]
    with quota.unthrottled(*names):
        for _ in range(ATTEMPTS):  # one may have begun another in the meantime
            left = []
            for program in psutil.process_iter(["status"]):
                with suppress(OSError):
                    ended = program.info["status"] == psutil.STATUS_ZOMBIE
                    if owner(program.pid) in wanted and not ended:
                        left.append(program)
            for program in left:
                with suppress(psutil.NoSuchProcess):
                    program.kill()
            psutil.wait_procs(left, SECONDS_TO_END)


def answers(address: tuple[str, int] | str) -> bool:
    """Tell whether a program of this machine listens at a port, or at a socket's path."""
    with socket.socket(
        socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    ) as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


def remove_desks(folder: Path) -> int:
    """Remove the desks in a folder, with their files and system users; return how many.

    Raises OSError where something stays.
    """
    users = [who for who in desk_users() if Path(who.pw_dir).parent == folder]
    end_programs(who.pw_uid for who in users)
    for who in users:
        quota.close_files(Path(who.pw_dir))
    quota.remove_groups(who.pw_name for who in users)
    # Before the users: a number that is free again is given to somebody else.
    quota.run("rm", "-rf", folder)
    for who in users:
        quota.run("userdel", who.pw_name)
    return len(users)


def programs() -> Iterator[tuple[int, int, int]]:
    """Yield user number, process number and memory in megabytes of every program."""
    for process in psutil.process_iter(["memory_info"]):
        with suppress(OSError):
            if memory := process.info["memory_info"]:
                yield owner(process.pid), process.pid, memory.rss >> 20


def memory_by_user() -> dict[int, int]:
    """Return the megabytes that each user's programs have, by user number."""
    megabytes_of: dict[int, int] = defaultdict(int)
    for uid, _, megabytes in programs():
        megabytes_of[uid] += megabytes
    return megabytes_of


def greediest(groups: Sequence[str], least: int) -> pwd.struct_passwd | None:
    """Return the user of the desk that has most memory, and what the kernel keeps for its files.

    None where no desk has more than `least` megabytes: then others of the machine take it.
    """
    files: dict[int, int] = defaultdict(int)
    for number in (int(path.name) for path in Path("/proc").glob("[0-9]*")):
        with suppress(OSError, ValueError):  # it has ended in the meantime
            files[owner(number)] += _open_files(number)
    uncounted = {} if quota.taken(*map(Path, groups)) else memory_by_user()

    def has(who: pwd.struct_passwd) -> int:
        counted = quota.taken(*(Path(group, who.pw_name) for group in groups))
        own = counted or uncounted.get(who.pw_uid, 0) << 20
        return own + files[who.pw_uid] * BYTES_AN_OPEN_FILE

    desks = [who for who in desk_users() if has(who) > least << 20]
    return max(desks, key=has, default=None)


def _open_files(number: int) -> int:
    """Return how many files a program has open: of threads that have ended, the list is empty."""
    for thread in Path(f"/proc/{number}/task").iterdir():
        with suppress(OSError):
            if count := len(os.listdir(thread / "fd")):
                return count
    return 0


def owner(number: int) -> int:
    """Return the user number of a program; raise OSError without it."""
    # It may call itself by anything but an end of line, which the kernel writes otherwise.
    for line in Path(f"/proc/{number}/status").read_bytes().split(b"\n"):
        if line.startswith(b"Uid:"):
            return int(line.split()[1])
    raise ProcessLookupError(number)


def memory_left() -> int:
    """Return the megabytes of memory that programs of this machine can still get."""
    return int(psutil.virtual_memory().available >> 20)


def disk_left(folder: Path) -> int:
    """Return the megabytes that the disk of a folder has left."""
    return shutil.disk_usage(folder).free >> 20


def own_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine, those of its own loopback last."""
    addresses: list[str] = []
    for interface in psutil.net_if_addrs().values():
        addresses += [own.address for own in interface if own.family == socket.AF_INET]
    return sorted(addresses, key=lambda address: address.startswith("127."))


def addresses(only: str) -> list[str]:
    """Return the addresses at which others may reach this machine, or `only` that one."""
    others = [address for address in own_addresses() if not address.startswith("127.")]
    return [only] if only else others or own_addresses()


def is_free(address: str, port: int) -> bool:
    """Tell whether no program of this machine uses a port at this address ("" for all)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def places(only: str, port: int) -> list[str]:
    """Return what to type into a browser to reach the room, for each address of this machine."""
    after = "" if port == HTTPS_PORT else f":{port}"
    return [f"https://{address}{after}/" for address in addresses(only)]
