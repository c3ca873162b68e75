"""Network namespaces of the lab's addresses, and programs in them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from labsupport.language import Language
from labsupport.run.serve.namespace import enter, lab_namespace
from labsupport.world import World

P = ParamSpec("P")
T = TypeVar("T")

LABSUPPORT = Path(sys.executable).with_name("labsupport")
SECONDS_TO_END = 10


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip a module's tests, with the reason, where they cannot run."""
    missing = [
        program for program in ("ip", "nft", *programs) if shutil.which(program) is None
    ]
    if sys.platform != "linux" or os.geteuid() != 0:
        reason = "network namespaces need Linux and root"
    else:
        reason = f"not installed: {', '.join(missing)}"
    return pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or bool(missing), reason=reason
    )


class Namespace:
    """A network namespace that exists."""

    def __init__(self, name: str) -> None:
        self.name = name

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in the namespace: the sockets it opens belong there."""
        with ThreadPoolExecutor(1, initializer=enter, initargs=(self.name,)) as thread:
            return thread.submit(function, *args, **kwargs).result()

    def run(
        self, *command: str | Path, timeout: float = 60, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the namespace to its end."""
        return subprocess.run(
            ("ip", "netns", "exec", self.name, *command),
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=cwd,
        )

    @contextmanager
    def running(
        self, *command: str | Path, log: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Keep a program running in the namespace; what it says goes to `log`."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                ("ip", "netns", "exec", self.name, *command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    """Ask a process to end, and make it if it does not; return its exit status."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def own_name(name: str) -> str:
    """A namespace's name that no other run of the tests uses."""
    return f"lab-test-{os.getpid()}-{name}"


@contextmanager
def bare_namespace(name: str, world: World) -> Iterator[Namespace]:
    """Make a namespace with the addresses of the lab, where nobody answers yet."""
    served = [
        address
        for server in world.servers
        if not server.dead
        for host in server.hosts
        for address in host.addresses
    ]
    name = own_name(name)
    with lab_namespace(name, world, world.connections[0], served, Language.load("en")):
        yield Namespace(name)


def start_lab(
    name: str, *options: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `labsupport serve --namespace`; its first line is still to be read."""
    return subprocess.Popen(
        (LABSUPPORT, "serve", "--namespace", name, *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )


@contextmanager
def served_lab(
    name: str, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[Namespace]:
    """Have the lab served in a namespace of its own; it is up when this is entered."""
    name = own_name(name)
    process = start_lab(name, *options, environment=environment)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert b"is up" in process.stdout.readline(), process.stderr.read()
        yield Namespace(name)
    finally:
        end(process)
        complaints = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        assert complaints == b""
