"""From root to a desk: a program of a participant's begins here, and never comes back.

    python -m labsupport.run.classroom.sandbox DESK COMMAND …

Bubblewrap (bwrap(1)) lays out what the desk sees: the system's programs, this Python, the course
and the desk's own folder; neither another program of the machine nor any network. A process that
root forked joins these namespaces and becomes the desk's user for good. Linux only; the system
calls that Python 3.11 does not have come from the C library.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import pwd
import resource
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from labsupport.run.classroom.quota import MEGABYTE
from labsupport.run.classroom.seats import INSTRUCTOR

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_NO_NEW_PRIVS = 38

HOMES = Path("/home")
TEMPORARY = ("/tmp", "/dev/shm")
TEMPORARY_MEGABYTES = 64
# What of the machine's settings a Python with pictures reads; who has an account is not among it.
SETTINGS = ("alternatives", "fonts", "hosts", "ld.so.cache", "localtime", "mime.types")
# Threads count as programs; each program may have so many files. For each folder that is half read
# the kernel keeps up to 13 KB, and counts them as nobody's.
PROGRAMS = 128
OPEN_FILES = 256
# The room's own programs come first where a processor is wanted by many.
NICE = 5
# Where memory runs out, a desk's programs go before the room's own.
FIRST_TO_GO = "500"
# In a user namespace one is root, and may mount what nobody counts.
NEW_NAMESPACES = 0x7E020000
CLONE_THREAD = 0x00010000
CLONE_FILES = 0x00000400
# Files that one program waits for at once by poll: more would take long to walk past. Python's own
# wait for three.
MOST_POLLED = 4
SOCK_TYPE_MASK = 0xF
SYSTEM_CALLS = files("labsupport.data") / "course" / "classroom" / "system-calls.toml"
# What the instructor alone gets: the guide, and the words it is made of.
FOR_THE_INSTRUCTOR = {
    "labsupport.notebooks": "*/instructor",
    "labsupport.data": "course/*/guide",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a program of a participant's runs, as this user.

    `home` is its folder as the machine calls it; `groups` are the folders of the control groups
    that the desk's own are in. `megabytes` is what one program may take; all together, the groups
    bound.
    """

    user: str
    home: str
    groups: tuple[str, ...]
    megabytes: int

    def command(self, *command: str) -> list[str]:
        """Return the command by which root has `command` run at this desk."""
        desk = json.dumps(asdict(self))
        return [
            sys.executable,
            "-P",
            "-m",
            "labsupport.run.classroom.sandbox",
            desk,
            *command,
        ]

    @property
    def place(self) -> Path:
        """The home, as it is called by the programs at the desk."""
        return HOMES / self.user


# One list, in the order in which the mounts lie over each other.
def view(desk: Desk) -> list[str]:  # noqa: C901
    """Return bubblewrap's words for what this desk sees of the machine.

    >>> words = view(Desk("labdesk01", "/var/lib/desks/labdesk01", (), 600))
    >>> " ".join(words[-3:])
    '--bind /var/lib/desks/labdesk01 /home/labdesk01'
    """
    words = [
        "bwrap",
        "--die-with-parent",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-net",
    ]
    words += ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    # the machine has so many terminals, and no desk needs one
    words += [
        "--tmpfs",
        "/dev/pts",
    ]
    # To read it holds up everybody's locks on files, or tells who saves when.
    for file in ("locks", "diskstats"):
        words += ["--ro-bind", "/dev/null", f"/proc/{file}"]
    for folder in ("fs", "pressure"):
        if Path("/proc", folder).exists():
            words += ["--tmpfs", f"/proc/{folder}"]
    for root in ("/bin", "/lib", "/lib32", "/lib64", "/sbin"):
        if os.path.islink(root):
            words += ["--symlink", os.readlink(root), root]
        else:
            words += ["--ro-bind-try", root, root]
    # Of a folder that bubblewrap makes on the way, root alone would be let through.
    pass_by = ["--perms", "755", "--dir"]
    words += [*pass_by, "/etc"]
    for name in SETTINGS:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in TEMPORARY:
        size = str(TEMPORARY_MEGABYTES * MEGABYTE)
        words += ["--perms", "1777", "--size", size, "--tmpfs", folder]
    packages = [Path(str(files(name))) for name in ("labsupport", *FOR_THE_INSTRUCTOR)]
    for needed in [Path(sys.prefix), Path(sys.base_prefix), *packages]:
        for parent in reversed(needed.parents):
            words += [*pass_by, str(parent)]
        words += ["--ro-bind", str(needed), str(needed)]
    if desk.user != INSTRUCTOR:
        for package, hidden in FOR_THE_INSTRUCTOR.items():
            for covered in sorted(Path(str(files(package))).glob(hidden)):
                words += ["--tmpfs", str(covered)]
    return [*words, *pass_by, str(HOMES), "--bind", desk.home, str(desk.place)]


def _wait(child: int) -> int:
    return os.waitpid(child, 0)[1]


def settle(desk: Desk, wait: Callable[[int], int] = _wait) -> None:
    """Make this process a program of the desk's; the number by which it is known stays.

    Raises KeyError without the desk's user, and OSError with what bubblewrap or the kernel said.
    The process that called waits for the one that returns, and ends with it; whoever sits at the
    desk does not get at it. When it ends, however it does, `cat` sees nobody at the other end of a
    pipe, bubblewrap ends with it, with that the namespace's first process, and with that all others
    (pid_namespaces(7)).
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    who = pwd.getpwnam(desk.user)  # at a desk nobody knows the machine's users
    for group in desk.groups:
        (Path(group) / desk.user / "cgroup.procs").write_text(str(os.getpid()))
    Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    reading, writing = os.pipe()
    ready = ["sh", "-c", "echo; exec cat"]
    held = subprocess.Popen(
        [*view(desk), "--info-fd", str(writing), *ready],
        pass_fds=[writing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert held.stdin is not None
    assert held.stdout is not None
    assert held.stderr is not None
    os.close(writing)
    # before its first word the view is still the machine's
    if not held.stdout.readline():
        raise OSError(errno.EPERM, held.stderr.read().decode(errors="replace").strip())
    with open(reading) as about:
        first = os.pidfd_open(json.load(about)["child-pid"])
    held.stdout.close()
    held.stderr.close()
    _join(first)
    os.close(first)
    _limit(desk.megabytes)
    _become(who)
    if child := os.fork():
        # what root may have given it to write to is not for a desk's user
        os.closerange(0, 3)
        for _ in range(3):
            os.open(os.devnull, os.O_RDWR)
        os._exit(os.waitstatus_to_exitcode(wait(child)) & 0xFF)
    held.stdin.close()
    os.setsid()  # what a desk sends to all of its own does not reach the process that waits
    os.chdir(desk.place)


def _join(first: int) -> None:
    """Join the namespaces of a process; its process namespace is for what is forked from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(first, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _limit(megabytes: int) -> None:
    """Limit what this process, and each that it starts, may take."""
    for what, most in (
        (resource.RLIMIT_DATA, megabytes * MEGABYTE),
        # pages of files that stay would not count as taken
        (
            resource.RLIMIT_MEMLOCK,
            0,
        ),
        (resource.RLIMIT_NPROC, PROGRAMS),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        # with 0, a program of the machine's is still started for it
        (
            resource.RLIMIT_CORE,
            1,
        ),
    ):
        _, already = resource.getrlimit(what)
        if already != resource.RLIM_INFINITY:
            most = min(most, already)
        resource.setrlimit(what, (most, most))
    os.nice(NICE)


def _become(who: pwd.struct_passwd) -> None:
    """Be this system user from now on, nobody else again, and in no namespace of one's own."""
    import pyseccomp  # type: ignore[import-untyped]  # looks for its library on the machine

    os.setgroups([])
    os.setresgid(who.pw_gid, who.pw_gid, who.pw_gid)
    os.setresuid(who.pw_uid, who.pw_uid, who.pw_uid)
    if ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(errno.EPERM, "prctl")
    filters = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    allowed = tomllib.loads(SYSTEM_CALLS.read_text("utf-8"))
    for name in allowed["calls"].split():
        filters.add_rule(pyseccomp.ALLOW, name)
    for name, (argument, numbers) in allowed["arguments"].items():
        for number in numbers:
            # The kernel looks at the lower half of these arguments alone.
            same = pyseccomp.Arg(argument, pyseccomp.MASKED_EQ, 0xFFFFFFFF, number)
            filters.add_rule(pyseccomp.ALLOW, name, same)
    # Past the memory of the machine, what is read waits in a row that nobody can leave.
    for name, argument in (("open", 1), ("openat", 2), ("fcntl", 2)):
        usual = [pyseccomp.Arg(argument, pyseccomp.MASKED_EQ, os.O_DIRECT, 0)]
        if name == "fcntl":
            usual.append(
                pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, fcntl.F_SETFL)
            )
        filters.add_rule(pyseccomp.ALLOW, name, *usual)
    for name in ("poll", "ppoll"):
        filters.add_rule(
            pyseccomp.ALLOW, name, pyseccomp.Arg(1, pyseccomp.LE, MOST_POLLED)
        )
    # The buffers of other sockets belong to the machine; and who may write again to a socket for
    # datagrams is told to each of any number of senders.
    for name in ("socket", "socketpair"):
        local = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 0xFFFFFFFF, socket.AF_UNIX)
        stream = pyseccomp.Arg(
            1, pyseccomp.MASKED_EQ, SOCK_TYPE_MASK, socket.SOCK_STREAM
        )
        filters.add_rule(pyseccomp.ALLOW, name, local, stream)
    # A thread has the files of its program, and not as many again.
    for kept in (0, CLONE_THREAD | CLONE_FILES):
        flags = pyseccomp.Arg(
            0, pyseccomp.MASKED_EQ, NEW_NAMESPACES | CLONE_THREAD | kept, kept
        )
        filters.add_rule(pyseccomp.ALLOW, "clone", flags)
    filters.load()
    os.umask(0o077)


def main(arguments: list[str]) -> None:
    """Settle at a desk, which comes as JSON, and run the command."""
    about, *command = arguments
    settle(Desk(**json.loads(about)))
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
