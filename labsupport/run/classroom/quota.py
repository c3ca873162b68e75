"""What a desk may take of memory, processors and disk, as the operating system itself keeps it.

Memory, processors and reading from the disk: a control group for each desk (cgroups(7)), version 2
or 1. Files: a file system of fixed size in a file. Neither is to be had everywhere, in some
containers for example: `find` tries, and the room says what is missing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from labsupport.language import Language

NAME = "labsupport-classroom"
UNIFIED = Path("/sys/fs/cgroup")
MOUNTED = Path("/run") / NAME  # where version 1 is shown, if it is nowhere else
VERSION_1 = ("memory", "cpu", "blkio")
VERSION_2 = ("memory", "cpu", "io")
MEGABYTE = 1 << 20
# Of version 2, then of version 1. What is swapped counts as memory.
ALL_OF_IT = ("memory.max", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
OOM, SLOWER = "memory.oom_control", "memory.high"  # of version 1, and of version 2
TAKEN = ("memory.current", "memory.usage_in_bytes", "memory.memsw.usage_in_bytes")
NO_MORE_SWAP = "memory.swap.max"
SHARES = ("cpu.weight", "cpu.shares")
# Very many programs that sleep very shortly can stop a whole machine: a desk has half of the
# processors, and no more but while the kernel does something for it in one go, which it waits for
# afterwards. All desks together have no such bound: each would wait for what one of them took.
PERIOD = 100_000  # microseconds
A_DESK = 0.5
# of version 2 and 1, without a bound
PROCESSORS = {
    "cpu.max": "max",
    "cpu.cfs_quota_us": "-1",
}
# of the memory of all desks: then the one with most is ended
NEARLY, NEARLY_ALL = (
    0.9,
    0.95,
)
# Of the machine: as many open files as systemd allows when it starts. Of each user: whoever wakes
# what waits for a file walks past all of it; the proxy needs 16,500 such entries.
ALL_FILES = {
    Path("/proc/sys/fs/file-max"): (1 << 63) - 1,
    Path("/proc/sys/fs/epoll/max_user_watches"): 20_000,
}
READING = ("io.max", "blkio.throttle.read_bps_device")
# From each disk. What was read once, the machine keeps in memory. Less would let a desk keep others
# waiting for files that it reads slowly.
MEGABYTES_READ_A_SECOND = 100
# What the course hands out takes a few megabytes and a hundred files.
MEGABYTES_OF_FILES = 250
FILES = 10_000


@dataclass(frozen=True, slots=True)
class Quota:
    """What this machine keeps: control groups below these folders, and what is bounded by them.

    `processors` tells that desks get even shares, `reading` that none takes a disk for itself,
    `files` that each has a file system, `handles` that all desks together cannot have as many files
    open as the machine allows, nor one desk any number of entries that wait for a file.
    """

    groups: tuple[str, ...] = ()
    memory: bool = False
    processors: bool = False
    reading: bool = False
    files: bool = False
    handles: bool = False

    def unbounded(self, say: Language) -> list[str]:
        """Return in sentences what this machine does not keep a desk from taking."""
        kept = {
            "quota.memory_not_bounded": self.memory,
            "quota.processors_not_shared": self.processors,
            "quota.reading_not_bounded": self.reading,
            "quota.files_not_bounded": self.files,
            "quota.open_files_not_bounded": self.handles,
        }
        return [say(key) for key, bounded in kept.items() if not bounded]


NOTHING = Quota()


def find(own: Path, megabytes_together: int) -> Quota:
    """Return what can be had on this machine, tried in the room's `own` folder; needs root.

    `megabytes_together` is the memory that all desks may have.
    """
    groups = tuple(str(folder) for folder in _parents())
    for group in groups:
        _bound(Path(group), megabytes_together)
        # Where all desks together have too much, they wait until the room has ended one; the
        # kernel would end anybody's program.
        _write(Path(group, OOM), 1)
        _write(Path(group, SLOWER), int(NEARLY_ALL * megabytes_together * MEGABYTE))
        for (
            name,
            most,
        ) in PROCESSORS.items():  # an earlier version's bound may still stand
            _write(Path(group, name), most)
    trial = "trial"
    megabytes = 8
    home = own / trial
    image = own / f"{trial}.image"
    made = open_groups(groups, trial, megabytes)
    memory = any(_is_bound(file, megabytes) for file in _in_each(made, ALL_OF_IT))
    processors = any(file.exists() for file in _in_each(made, SHARES))
    reading = any(map(_told, _in_each(made, READING)))
    close_groups(groups, trial)
    try:
        open_files(home, image, megabytes)
        close_files(home)
        files = True
    except OSError:
        files = False
    image.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        home.rmdir()
    return Quota(groups, memory, processors, reading, files, _has_handles())


def _in_each(folders: Iterable[Path], names: Iterable[str]) -> Iterator[Path]:
    for folder, name in product(folders, names):
        yield folder / name


def _has_handles() -> bool:
    """Set how many files may be open, and waited for; tell whether that is so."""
    for file, most in ALL_FILES.items():
        _write(file, most)
    return all(_told(file) == str(most) for file, most in ALL_FILES.items())


def _is_bound(file: Path, megabytes: int) -> bool:
    return file.exists() and file.read_text().strip() == str(megabytes * MEGABYTE)


def open_groups(groups: tuple[str, ...], user: str, megabytes: int) -> list[Path]:
    """Make the control groups of a desk below `groups`; return their folders.

    `megabytes` is what all of its programs may have together. Raises OSError.
    """
    folders = [Path(group) / user for group in groups]
    for folder in folders:
        folder.mkdir(exist_ok=True)
        _bound(folder, megabytes)
        most = int(A_DESK * (os.cpu_count() or 1) * PERIOD)
        for name, limit in zip(PROCESSORS, (f"{most} {PERIOD}", most), strict=True):
            _write(folder / name, limit)  # the period is version 1's, too
        _write(folder / OOM, 0)  # a desk's own program is ended at once
        for disk in _disks():
            for name, form in zip(READING, ("{} rbps={}", "{} {}"), strict=True):
                _write(
                    folder / name, form.format(disk, MEGABYTES_READ_A_SECOND * MEGABYTE)
                )
    return folders


@contextmanager
def unthrottled(*users: str) -> Iterator[None]:
    """Let programs of these desks run as they like: what waits for a processor cannot be ended."""
    places = product(_parents(), users, PROCESSORS)
    before = {
        file: _told(file)
        for group, *names in places
        if (file := group.joinpath(*names)).exists()
    }
    for file in before:
        _write(file, PROCESSORS[file.name])
    try:
        yield
    finally:
        for file, value in before.items():
            _write(file, value)


def _bound(folder: Path, megabytes: int) -> None:
    for name, most in (
        (NO_MORE_SWAP, 0),
        *((name, megabytes * MEGABYTE) for name in ALL_OF_IT),
    ):
        # A kernel has one version's names, and may count no swap.
        _write(folder / name, most)


def _write(file: Path, value: object) -> None:
    """Set what the kernel has not set yet: set again, a bound on time would begin anew."""
    lines = _told(file).splitlines()
    if file.exists() and not any(f"{line} ".startswith(f"{value} ") for line in lines):
        with suppress(OSError):
            file.write_text(str(value))


def _disks() -> Iterator[str]:
    """Yield the number of each disk, as "8:0"; behind a loop device is one of the others."""
    for disk in Path("/sys/block").glob("*"):
        if not disk.name.startswith(("loop", "ram", "zram")):
            yield (disk / "dev").read_text().strip()


def waits(groups: tuple[str, ...]) -> bool:
    """Tell whether desks wait for memory, all of which they have together."""
    return any("under_oom 1" in _told(Path(group, OOM)) for group in groups)


def is_nearly_full(groups: tuple[str, ...]) -> bool:
    """Tell whether all desks together have nearly all the memory that they may have."""
    for folder in map(Path, groups):
        most = [
            int(text) for name in ALL_OF_IT if (text := _told(folder / name)).isdigit()
        ]
        if most and taken(folder) > NEARLY * min(most):
            return True
    return False


def taken(*folders: Path) -> int:
    """Return the bytes that the programs of control groups have, without what can be read again."""
    used = 0
    for folder in folders:
        stat = dict(line.split() for line in _told(folder / "memory.stat").splitlines())
        cached = int(stat.get("file") or stat.get("total_cache") or 0)
        shared = int(stat.get("total_shmem") or stat.get("shmem") or 0)
        all_of_it = max(int(_told(folder / name) or 0) for name in TAKEN)
        used += max(0, all_of_it - cached + shared)
    return used


def _told(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def close_groups(groups: tuple[str, ...], *users: str) -> None:
    """Remove the control groups of desks in which no program is left."""
    for group, user in product(groups, users):
        with suppress(OSError):
            (Path(group) / user).rmdir()


def remove_groups(users: Iterable[str]) -> None:
    """Remove the control groups of desks, and those that they are in."""
    names = [*users]
    for parent in _parents():
        close_groups((str(parent),), *names)
        with suppress(OSError):
            parent.rmdir()


def open_files(home: Path, image: Path, megabytes: int = MEGABYTES_OF_FILES) -> None:
    """Show the file system in `image` at `home`; make both first where they are missing.

    All of its room on the disk is taken at once, so that no desk can take another's. Raises
    OSError where this machine has no such file systems, or no room.
    """
    if home.is_mount():
        return
    if not image.exists():
        unfinished = image.with_suffix(".unfinished")
        try:
            with open(
                os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            ) as file:
                os.posix_fallocate(file.fileno(), 0, megabytes * MEGABYTE)
            options = [
                "-E",
                "nodiscard,lazy_itable_init=0",
                "-m",
                "0",
                "-N",
                str(FILES),
            ]
            # With an index, the kernel reads whole folders into memory that it counts as nobody's.
            options += ["-O", "^dir_index"]
            run("mkfs.ext4", "-q", "-F", *options, unfinished)
            os.replace(unfinished, image)
        finally:
            unfinished.unlink(missing_ok=True)
    # last: an image without a home is taken up again
    home.mkdir(mode=0o700, exist_ok=True)
    run("mount", "-t", "ext4", "-o", "loop,nosuid,nodev", image, home)


def close_files(home: Path) -> None:
    """Hide the file system that is shown at `home`, if one is."""
    if home.is_mount():
        with suppress(OSError):
            run("umount", home)
            return
        run("umount", "--lazy", home)  # somebody of the machine stands in it


def used(home: Path) -> float:
    """Return how full the file system at `home` is, of bytes or of files, from 0 to 1.

    It is 0 where the desk has none of its own.
    """
    if not home.is_mount():
        return 0.0
    at = os.statvfs(home)
    return 1 - min(at.f_bavail / at.f_blocks, at.f_favail / at.f_files)


def _parents() -> Iterator[Path]:
    """Make the control group of all desks, in each hierarchy that there is, and yield it."""
    if (UNIFIED / "cgroup.controllers").exists():
        with suppress(OSError):
            (UNIFIED / NAME).mkdir(exist_ok=True)
            for folder, controller in product((UNIFIED, UNIFIED / NAME), VERSION_2):
                with suppress(OSError):
                    (folder / "cgroup.subtree_control").write_text(f"+{controller}")
            yield UNIFIED / NAME
        return
    for controller in VERSION_1:
        with suppress(OSError):
            parent = _version_1(controller) / NAME
            parent.mkdir(exist_ok=True)
            yield parent


def _version_1(controller: str) -> Path:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options = line.split()[:4]
        if kind == "cgroup" and controller in options.split(","):
            return Path(folder)
    shown = MOUNTED / controller
    shown.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "cgroup", "-o", controller, "cgroup", shown)
    return shown


def run(*command: str | Path) -> None:
    """Run a program of the machine; raise OSError with what it said where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.returncode, f"{command[0]}: {done.stderr.strip()}")
