"""The porter: has a participant's server in memory once, and gives each desk a copy of it.

A copy shares with all others what none of them changes. So forty servers take half the memory
and a fraction of the time that forty programs started anew would. It is asked over a socket that
only root opens, by one line of JSON; the new process answers with its number, and with a sign when
browsers can come.

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
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labsupport.classroom import desk, enter
from labsupport.classroom.settings import VARIABLE, Settings

SOCKET = "porter.socket"
LONGEST = 1 << 20  # bytes of a question
READY = b"+"
NOBODY, CONNECTIONS = 65534, 128  # the proxy's user, and how many may wait


async def ask(room: Settings, user: str, environment: dict[str, str]) -> AsyncIterator[str]:
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
        # From here on it is the desk that talks.
        if await reader.read(len(READY)) != READY:
            raise OSError("the server ended as it started")
    finally:
        writer.close()


def main() -> None:
    """Answer until told to end."""
    app = desk.server()
    place = Path(os.environ[VARIABLE]) / "room" / SOCKET
    place.unlink(missing_ok=True)
    # Nobody waits for the servers: the hub sees by their numbers whether they run.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is there now stays as it is, so that the copies keep sharing it.
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
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
        about, place, environment = json.loads(question)
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        number = os.getpid()
        try:
            listening = _socket(Path(place))
            enter.settle(enter.Desk(**about))
        except OSError as error:
            asked.sendall(f"{error}\n".encode())
            raise
        desk.write_to_own_log()
        asked.sendall(f"{number}\n".encode())

        def ready() -> None:
            with asked:
                asked.sendall(READY)

        desk.serve(app, listening, ready)
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _socket(place: Path) -> socket.socket:
    """Return a socket of this machine's on which the proxy, and nobody else, reaches a server."""
    place.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(place))
    os.chown(place, NOBODY, NOBODY)
    os.chmod(place, 0o600)
    listening.listen(CONNECTIONS)
    return listening


if __name__ == "__main__":
    main()
