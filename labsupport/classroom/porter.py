"""The porter: has a participant's server in memory once, and gives each desk a copy of it.

A copy shares with all others what none of them changes. So forty servers take half the memory
and a fraction of the time that forty programs started anew would. It is asked over a socket that
only root opens, by one line of JSON; it answers with the number of the new process.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any

from labsupport.classroom import desk, enter
from labsupport.classroom.settings import Settings

SOCKET = "porter.socket"
LONGEST = 1 << 20  # bytes of a question
SECONDS = 60


def ask(room: Settings, user: str, environment: dict[str, str]) -> int:
    """Have a server started for this user, with this environment; return its process number."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(SECONDS)
        asking.connect(str(room.own / SOCKET))
        asking.sendall(json.dumps([user, environment]).encode() + b"\n")
        return int(asking.makefile().readline())


def main() -> None:
    """Answer until told to end."""
    room = Settings.of_this_process()
    app = desk.server()
    place = room.own / SOCKET
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
                if not (question := asked.makefile().readline(LONGEST)):
                    continue  # somebody only looked whether there is a porter
                user, environment = json.loads(question)
                if not (number := os.fork()):
                    listening.close()
                    asked.close()
                    _be(app, room, user, environment)
                asked.sendall(f"{number}\n".encode())


def _be(app: Any, room: Settings, user: str, environment: dict[str, str]) -> None:
    """Be this user's server; never return."""
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        enter.settle(user, room.home(user), room.megabytes_each)
        desk.serve(app)
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
