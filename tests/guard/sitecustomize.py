"""Lets no packet leave the machine: put this folder on PYTHONPATH, and every Python obeys.

A guard in the test process would not reach a notebook's kernel, which is another process.
"""

import sys

LOOPBACK = ("127.", "::1", "localhost")
WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}


def _stay_here(event: str, arguments: tuple) -> None:
    if event not in WATCHED:
        return
    target = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = target[0] if isinstance(target, tuple) else target
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    # None: a socket already connected; a path: a socket of this machine.
    if host is None or not isinstance(host, str) or host.startswith(("/", "\0")):
        return
    if host and not host.startswith(LOOPBACK):
        raise OSError(f"the guard of the tests: nothing may leave for {host}")


sys.addaudithook(_stay_here)
