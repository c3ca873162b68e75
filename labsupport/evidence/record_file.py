"""The file that a log is kept in, on the disk line by line.

A log writes only into a file that it made itself: so two never write into one, no file has to be
locked, and whatever a log finds in its own file that it would write there, it wrote before it was
interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path


class OtherLog(Exception):
    """The file is another log's, or something else: nothing is written to it."""


class DisturbedError(OSError):
    """Somebody else wrote to the file, moved it or took it away: nothing is written any more."""


class RecordFile:
    """The file at `path`; `begin` makes it, `add` writes what a log has more by now.

    Both are given all lines of the log. On return these are in the file and on the disk; else they
    raise OSError, or OtherLog where they belong into another file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made: tuple[int, int, int] | None = (
            None  # the file that this log made, if it did
        )
        self.count = self._size = (
            0  # lines that are safely in the file, and bytes of them
        )

    def begin(self, lines: Sequence[bytes]) -> None:
        """Make the file, or find that it is there with these lines, or the first of its own."""
        self.count = self._size = 0
        is_new = False
        try:
            with FileIO(self.path, "x") as file:
                self._made = _identity(os.fstat(file.fileno()))
                is_new = True
        except FileExistsError:
            if not self.path.exists() or is_endless(self.path):  # a link to nowhere
                raise OtherLog from None
        try:
            self.add(lines)
        except DisturbedError as problem:
            raise OtherLog from problem
        except OSError:
            if is_new:
                self.path.unlink(missing_ok=True)
                self._made = None
            raise
        sync_folder(self.path)

    def add(self, lines: Sequence[bytes]) -> None:
        """Add the lines that are missing in the file.

        Raises DisturbedError where it is gone, or has not the lines that it had or others after
        them, and OtherLog where it has them but this log did not make it.
        """
        try:
            with FileIO(self.path, "r+", opener=_for_appending) as file:
                self._add(file, lines)
        except FileNotFoundError as problem:
            raise DisturbedError from problem

    def _add(self, file: FileIO, lines: Sequence[bytes]) -> None:
        status = os.fstat(file.fileno())
        identity = _identity(status)
        is_own = identity == self._made
        size = status.st_size
        missing = b"".join(lines[self.count :])
        if not is_own or size != self._size:
            written = file.read()
            whole = b"".join(lines)
            if written[: self._size] != whole[: self._size]:
                raise DisturbedError
            if not is_own and written != whole:
                raise OtherLog
            if not whole.startswith(written):
                raise DisturbedError
            size = len(written)
            missing = whole[len(written) :]
        _write(file, size, missing)
        # Nothing kept others from the file meanwhile.
        file.seek(size)
        kept = file.read(len(missing) + 1)
        if kept != missing or _identity(self.path.stat()) != identity:
            raise DisturbedError
        self.count = len(lines)
        self._size = size + len(missing)


def content_of(path: Path) -> bytes:
    """Return what is in a file; raise OSError, for a pipe and a device too."""
    if is_endless(path):
        raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))
    return path.read_bytes()


def is_endless(path: Path) -> bool:
    """Whether it is a pipe, a device or the like: reading one may never come to an end."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    """Return what tells a file from others. Of a process that was forked off, none is its own."""
    return os.getpid(), status.st_dev, status.st_ino


def _for_appending(path: str, mode: int) -> int:
    return os.open(path, mode | os.O_APPEND)


def _write(file: FileIO, size: int, data: bytes) -> None:
    """Add to a file of that size, and have it on the disk; of what does not fit, nothing stays."""
    try:
        while data:
            data = data[os.write(file.fileno(), data) :]
        os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(size)
        raise


def sync_folder(path: Path) -> None:
    """Make sure that the file's name is on the disk as well, where a system can."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Have what is done meanwhile done to its end: who interrupts it (SIGINT) is heard then."""
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or usual is None:
        yield  # nothing interrupts this thread
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if came:
            signal.raise_signal(signal.SIGINT)
