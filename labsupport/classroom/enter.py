"""From root to a desk: a program of a participant's begins here, and never comes back.

    python -m labsupport.classroom.enter USER HOME MEGABYTES COMMAND …

What it sees of the machine is its own: the other desks, people's folders, disks that are plugged
in, other people's programs, temporary files and shared memory are not there. What the course
needs is, even where it lies in a folder that only the instructor may enter. Linux only; the
system calls that Python 3.11 does not have come from the C library.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import resource
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

CLONE_NEWNS, CLONE_NEWIPC = 0x00020000, 0x08000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
PR_SET_NO_NEW_PRIVS = 38

# Where programs leave what they share, and where people's own lies; under /mnt and /run/WSL is
# Windows, where there is one.
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
PRIVATE = ("/home", "/root", "/media", "/mnt", "/run/media", "/run/WSL")
OUT_OF_SIGHT = Path("/proc")
MEGABYTE = 1 << 20
TEMPORARY_MEGABYTES, TEMPORARY_FILES = 64, 10_000
FILE_MEGABYTES = 64
PROGRAMS = 256  # threads count as well
# The kernel is to take memory back from a desk before it takes it from the room's own programs.
FIRST_TO_GO = "500"
# The room's own programs come first where a processor is wanted by many.
NICE = 5


def covers(wanted: Iterable[Path], home: Path) -> dict[Path, list[Path]]:
    """Return the folders to cover, each with what of it must stay in sight.

    A folder that others may not enter is covered, and what of `wanted` lies in it is shown
    there; so are the folder of all desks, but for this one, and what is shared or private.

    >>> covers([], Path("/usr/desks/labdesk01"))[Path("/usr/desks")]
    [PosixPath('/usr/desks/labdesk01')]
    """
    wanted = {path.resolve() for path in wanted}
    closed = {found for path in (*wanted, home.parent) if (found := _closed(path))}
    wanted.add(home)
    outermost: list[Path] = []
    always = {Path(name).resolve() for name in (*SHARED, *PRIVATE) if Path(name).is_dir()}
    for folder in sorted(closed | always | {home.parent}):
        if not any(folder.is_relative_to(other) for other in outermost):
            outermost.append(folder)
    return {
        folder: sorted(path for path in wanted if path.is_relative_to(folder))
        for folder in outermost
    }


def needed() -> list[Path]:
    """Return the folders that a Python with this course needs: its own, and the course's."""
    return [Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[2]]


def _closed(path: Path) -> Path | None:
    """Return the first folder on the way to `path` that others may not enter."""
    return next((f for f in reversed(path.parents) if not f.stat().st_mode & stat.S_IXOTH), None)


def hide(covered: dict[Path, list[Path]]) -> None:
    """Give this process a view of its own of the machine's folders."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result: int) -> None:
        if result:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def mount(source: str, target: Path, kind: str | None, flags: int, data: str = "") -> None:
        must(
            libc.mount(
                source.encode(),
                str(target).encode(),
                kind.encode() if kind else None,
                ctypes.c_ulong(flags),
                data.encode(),
            )
        )

    must(libc.unshare(CLONE_NEWNS | CLONE_NEWIPC))
    mount("none", Path("/"), None, MS_REC | MS_PRIVATE)
    # All are held first: a cover may lie on the way to another folder that is still wanted.
    held = {path: os.open(path, os.O_PATH) for paths in covered.values() for path in paths}
    for folder, paths in covered.items():
        mode = "1777" if folder.stat().st_mode & stat.S_ISVTX else "755"
        most = f"size={TEMPORARY_MEGABYTES}m,nr_inodes={TEMPORARY_FILES}"
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, f"mode={mode},{most}")
        for path in paths:
            path.mkdir(parents=True, exist_ok=True)
            mount(f"/proc/self/fd/{held[path]}", path, None, MS_BIND | MS_REC)
    for number in held.values():
        os.close(number)
    # Some containers do not allow it. Who runs what is no secret then; nothing else depends on it.
    with suppress(OSError):
        mount("proc", OUT_OF_SIGHT, "proc", MS_NOSUID | MS_NODEV, "hidepid=2")


def limit(megabytes: int) -> None:
    """Limit what this process, and each that it starts, may take."""
    for what, most in (
        (resource.RLIMIT_DATA, megabytes * MEGABYTE),
        (resource.RLIMIT_FSIZE, FILE_MEGABYTES * MEGABYTE),
        (resource.RLIMIT_NPROC, PROGRAMS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    os.nice(NICE)


def become(user: str) -> None:
    """Be this system user from now on, and nobody else again."""
    who = pwd.getpwnam(user)
    os.setgroups([])
    os.setresgid(who.pw_gid, who.pw_gid, who.pw_gid)
    os.setresuid(who.pw_uid, who.pw_uid, who.pw_uid)
    if ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError("prctl")
    os.umask(0o077)


def settle(user: str, home: Path, megabytes: int) -> None:
    """Make this process a desk's: this user, in this home, with so much memory for a program."""
    folder = home.resolve()
    hide(covers(needed(), folder))
    limit(megabytes)
    become(user)
    os.chdir(folder)


def main(arguments: Sequence[str]) -> None:
    """Settle at the user's desk, with this home and so much memory, and run the command."""
    user, home, megabytes, *command = arguments
    settle(user, Path(home), int(megabytes))
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
