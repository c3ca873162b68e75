"""What the room needs of the machine: system users, folders, memory, and their end.

All of it needs Linux, and nearly all of it root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from labsupport.classroom import quota
from labsupport.classroom.seats import USER
from labsupport.classroom.settings import Settings
from labsupport.exchange import HTTPS_PORT
from labsupport.language import Language

# Written with each system user, by which the room knows its own.
COMMENT = "labsupport classroom"
SECONDS_A_COMMAND = 60
SECONDS_TO_END = 10


class MachineError(Exception):
    """The machine cannot do it; the message is a sentence."""


def make_desk(room: Settings, user: str, say: Language) -> None:
    """Make the system user, the home and the bounds of a desk, where they are not there yet."""
    home = room.home(user)
    try:
        who = pwd.getpwnam(user)
        if who.pw_gecos != COMMENT:
            raise MachineError(
                say("This machine has a user {user} of its own. Remove or rename it.", user=user)
            )
        if who.pw_dir != str(home):
            # The same number would open the files of both.
            raise MachineError(
                say(
                    "This machine has desks of another room, in {folder}. End that room for good "
                    "with --wipe and --folder, or open it again.",
                    folder=Path(who.pw_dir).parents[1],
                )
            )
    except KeyError:
        _run(
            [
                *("useradd", "--system", "--user-group", "--no-create-home", "--comment", COMMENT),
                *("--home-dir", str(home), "--shell", "/usr/sbin/nologin", user),
            ],
            say,
        )
    who = pwd.getpwnam(user)
    image = room.image(user)
    # A folder without an image is from a room on a machine that had none; its work stays there.
    bounded = room.quota.files and (image.exists() or not home.exists())
    home.mkdir(mode=0o700, exist_ok=True)
    try:
        if bounded:
            quota.open_files(home, image)
        quota.open_groups(room.quota.groups, user, room.megabytes)
    except OSError as error:
        raise MachineError(
            say("The desk {user} cannot be opened: {reason}", user=user, reason=error)
        ) from error
    os.chmod(home, 0o700)
    os.chown(home, who.pw_uid, who.pw_gid)


def close_desks(room: Settings) -> None:
    """End all programs of desks, and hide their file systems."""
    users = desk_users()
    end_programs(who.pw_uid for who in users)
    for who in users:
        quota.close_files(Path(who.pw_dir))
        quota.close_groups(room.quota.groups, who.pw_name)


def desk_users() -> list[pwd.struct_passwd]:
    """Return the system users that rooms on this machine have made."""
    return [
        who for who in pwd.getpwall() if who.pw_gecos == COMMENT and who.pw_name.startswith(USER)
    ]


def belongs(number: int, user: str) -> bool:
    """Tell whether a program runs as this user."""
    import psutil  # type: ignore[import-untyped]

    try:
        return bool(psutil.Process(number).username() == user)
    except psutil.NoSuchProcess:
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
                "A participant's program does not run on this machine ({reason}). Inside a "
                "container, it needs the rights to mount and to set up a network of its own "
                "(SYS_ADMIN, NET_ADMIN). The folder of the course must be readable by all users.",
                reason=" ".join(last) or done.returncode,
            )
        )


def end_programs(users: Iterable[int]) -> None:
    """End every program that runs as one of these users; give each time to save."""
    wanted = set(users)
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + SECONDS_TO_END
        while (left := [pid for uid, pid, _ in programs() if uid in wanted]) and (
            time.monotonic() < deadline
        ):
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            time.sleep(0.2)


def end(number: int, by: signal.Signals, seconds: float) -> None:
    """Send a program a signal, and wait so long until it has ended."""
    deadline = time.monotonic() + seconds
    with suppress(ProcessLookupError):
        os.kill(number, by)
        while time.monotonic() < deadline:
            os.kill(number, 0)
            time.sleep(0.1)


def answers(place: tuple[str, int] | str) -> bool:
    """Tell whether a program of this machine listens at a port, or at a socket's path."""
    with socket.socket(socket.AF_UNIX if isinstance(place, str) else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex(place) == 0


def remove_desks(folder: Path, say: Language) -> int:
    """Remove the desks in a folder, with their files and system users; return how many."""
    users = [who for who in desk_users() if Path(who.pw_dir).parent == folder]
    end_programs(who.pw_uid for who in users)
    for who in users:
        quota.close_files(Path(who.pw_dir))
    if users:
        # Before the users: a number that is free again is given to somebody else.
        remove(folder, say)
    for who in users:
        _run(["userdel", who.pw_name], say)
    return len(users)


def remove(folder: Path, say: Language) -> None:
    """Remove a folder with all that is in it, however deep it goes."""
    done = subprocess.run(["rm", "-rf", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachineError(
            say("{command} failed: {reason}", command="rm", reason=done.stderr.strip())
        )


def programs() -> Iterator[tuple[int, int, int]]:
    """Yield user number, process number and memory in megabytes of every program."""
    import psutil

    for process in psutil.process_iter(["uids", "memory_info"]):
        uids, memory = process.info["uids"], process.info["memory_info"]
        if uids and memory:
            yield uids.real, process.pid, memory.rss >> 20


def memory_by_user() -> dict[int, int]:
    """Return the megabytes that each user's programs have, by user number."""
    found: dict[int, int] = defaultdict(int)
    for uid, _, megabytes in programs():
        found[uid] += megabytes
    return found


def memory_left() -> int:
    """Return the megabytes of memory that programs of this machine can still get."""
    import psutil

    return int(psutil.virtual_memory().available >> 20)


def disk_left(folder: Path) -> int:
    """Return the megabytes that the disk of a folder has left."""
    return shutil.disk_usage(folder).free >> 20


def own_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine, those of its own loopback last."""
    import psutil

    found = [
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    ]
    return sorted(found, key=lambda address: address.startswith("127."))


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


def _run(command: Sequence[str], say: Language) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS_A_COMMAND, check=False
    )
    if done.returncode:
        raise MachineError(
            say("{command} failed: {reason}", command=command[0], reason=done.stderr.strip())
        )
