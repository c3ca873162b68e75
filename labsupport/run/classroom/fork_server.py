"""The porter: has a participant's server in memory once, and gives each desk a copy of it.

A copy shares with all others what none of them changes. So forty servers take half the memory
and a fraction of the time that forty programs started anew would. It is asked over a socket that
only root opens, by one line of JSON; the new process answers with its number, and with a sign when
browsers can come. It has no socket in common with the desk, but stays between it and the proxy:
who sends to a socket walks past all that wait for it, and a desk can have very many wait.

Whatever the porter knows, every desk could look up in its copy. So it knows no secret: neither
the room's settings nor what it is asked, which the new process alone reads.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tornado.iostream import IOStream
from tornado.tcpserver import TCPServer

from labsupport.run.classroom import desk_server, sandbox
from labsupport.run.classroom.settings import VARIABLE, Settings

SOCKET = "porter.socket"
# bytes of a question, and of what is passed on
LONGEST, READ_AT_ONCE = (
    1 << 20,
    1 << 16,
)
READY = b"+"
AT_THE_DESK = "\0server"  # in the desk's own network
NOBODY, CONNECTIONS = 65534, 128  # the proxy's user, and how many may wait


async def ask(
    room: Settings, user: str, environment: dict[str, str]
) -> AsyncIterator[str]:
    """Have a server started for this user, with this environment.

    Yield its process number, and come to an end once it answers; how long to wait is the hub's to
    say. Raises OSError with what went wrong where it cannot be started.
    """
    reader, writer = await asyncio.open_unix_connection(str(room.own / SOCKET))
    try:
        question = [asdict(room.desk(user)), str(room.socket(user)), environment]
        writer.write(json.dumps(question).encode() + b"\n")
        number = (await reader.readline()).decode().strip()
        if not number.isdigit():
            raise OSError(number)
        yield number
        if await reader.read(len(READY)) != READY:
            raise OSError("the server ended as it started")
    finally:
        writer.close()


def main() -> None:
    """Answer until told to end."""
    app = desk_server.server()
    path = Path(os.environ[VARIABLE]) / "room" / SOCKET
    path.unlink(missing_ok=True)
    # Nobody waits for the servers: the hub sees by their numbers whether they run.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is there now stays as it is, so that the copies keep sharing it.
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        while True:
            asked, _ = listening.accept()
            with asked:
                if not os.fork():
                    listening.close()
                    _be(app, asked)


def _be(app: Any, asked: socket.socket) -> None:
    """Be the server of the desk that is asked for; never return."""
    try:
        with asked.makefile() as lines:
            if not (question := lines.readline(LONGEST)):
                return  # somebody only looked whether there is a porter
        about, path, environment = json.loads(question)
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            listening = _socket(Path(path))
            sign, signs = os.pipe()
            between = (asked, listening, sign)
            sandbox.settle(
                sandbox.Desk(**about), lambda own: asyncio.run(_stay(own, *between))
            )
        except OSError as error:
            asked.sendall(f"{error}\n".encode())
            raise
        asked.close()
        listening.close()
        desk_server.write_to_own_log()
        with socket.socket(socket.AF_UNIX) as serving:
            serving.bind(AT_THE_DESK)
            serving.listen(CONNECTIONS)
            desk_server.serve(app, serving, lambda: os.write(signs, READY))
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


async def _stay(
    child: int, asked: socket.socket, listening: socket.socket, sign: int
) -> int:
    """Pass on what the proxy and a desk say to each other, until it ends; return how it did."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def ready() -> None:
        loop.remove_reader(sign)
        with asked:
            asked.sendall(READY)

    asked.sendall(f"{os.getpid()}\n".encode())
    loop.add_reader(sign, ready)
    listening.setblocking(False)
    _Between().add_socket(listening)
    loop.add_signal_handler(signal.SIGCHLD, ended.set)
    # Who has changed to another process namespace cannot have a thread that waits.
    while not (how := os.waitpid(child, os.WNOHANG))[0]:
        await ended.wait()
        ended.clear()
    return how[1]


class _Between(TCPServer):
    async def handle_stream(self, stream: IOStream, address: Any) -> None:
        own = IOStream(socket.socket(socket.AF_UNIX))
        with closing(stream), closing(own), suppress(OSError):
            await own.connect(AT_THE_DESK)
            await asyncio.gather(_pass_on(stream, own), _pass_on(own, stream))


async def _pass_on(source: IOStream, target: IOStream) -> None:
    while True:  # until one of them is closed
        await target.write(await source.read_bytes(READ_AT_ONCE, partial=True))


def _socket(path: Path) -> socket.socket:
    """Return a socket of this machine's on which the proxy, and nobody else, reaches a server."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    os.chown(path, NOBODY, NOBODY)
    os.chmod(path, 0o600)
    listening.listen(CONNECTIONS)
    return listening


if __name__ == "__main__":
    main()
