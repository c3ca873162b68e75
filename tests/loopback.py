"""`labsupport serve` on loopback, for tests."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LABSUPPORT = Path(sys.executable).with_name("labsupport")
SECONDS = 20.0


def free_port() -> int:
    """A port that is free on loopback, for UDP and TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        ):
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            try:
                datagram.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def start(*options: str) -> subprocess.Popen[str]:
    """Start `labsupport serve`; what it says is still to be read."""
    return subprocess.Popen(
        (LABSUPPORT, "serve", *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """Run `labsupport serve`; yield it, its port and its first lines."""
    port = free_port()
    process = start("--port", str(port), *options)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = [process.stdout.readline().rstrip("\n") for _ in ("sentence", "command")]
        assert all(said), process.stderr.read()
        yield process, port, said
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            complaints = process.stderr.read()
            process.stdout.close()
            process.stderr.close()
    assert complaints == ""
