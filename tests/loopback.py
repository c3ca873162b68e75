"""`labsupport serve` on loopback, for tests."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LABSUPPORT = Path(sys.executable).with_name("labsupport")
SECONDS = 20.0


class Ports(NamedTuple):
    """Where a served lab answers."""

    dns: int
    web: int
    whois: int


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
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], Ports, list[str]]]:
    """Run `labsupport serve`; yield it, its ports and its first lines."""
    ports = Ports(free_port(), free_port(), free_port())
    named = zip(("--port", "--web-port", "--whois-port"), map(str, ports), strict=True)
    process = start(*(word for pair in named for word in pair), *options)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = [process.stdout.readline().rstrip("\n") for _ in ("sentence", *ports)]
        assert all(said), process.stderr.read()
        yield process, ports, said
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
