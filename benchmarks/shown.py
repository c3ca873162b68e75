"""`labsupport show` beside nginx: the browsers of a room fetch an edition at once."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from benchmarks.measure import Row, ratio

CLIENTS, EACH = 40, 6  # browsers, and how much each asks for at the same time
ROUNDS = 3
RATE = "300mbit"
HERE, THERE = "labsupport-shown", "labsupport-room"
OURS, THEIRS, PORT = "198.18.0.1", "198.18.0.2", 8000
PLACE = f"http://{OURS}:{PORT}/"
MARK = ".labsupport-editions"
NGINX = """
user root; daemon off; worker_processes 1; pid {folder}/pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off; gzip_static on; sendfile on; tcp_nopush on; keepalive_requests 10000;
  server {{ listen {port}; root {root}; }}
}}
"""


def rows(given: Path | None = None) -> Iterator[Row]:
    """Serve one folder by both, in turn, over a link between two namespaces: one made here, or
    a `given` one.

    nginx finds the files compressed beforehand, beside them. A browser is a curl.
    """
    if os.geteuid() or not all(map(shutil.which, ("nginx", "tc", "curl"))):
        raise SystemExit("Measured as root: apt-get install nginx-light iproute2 curl.")
    seconds: dict[str, list[float]] = {"show": [], "nginx": []}
    octets = set()
    with tempfile.TemporaryDirectory() as name, _link():
        folder, edition = Path(name), Path(name, "edition")
        if given:
            shutil.copytree(given, edition)
        else:
            _make(edition)
        names = [path for path in sorted(edition.rglob("*")) if path.is_file()]
        asked = [quote(path.relative_to(edition).as_posix()) for path in names]
        for path in names:
            packed = gzip.compress(path.read_bytes(), 6, mtime=0)
            if len(packed) < 0.9 * path.stat().st_size:
                path.with_name(f"{path.name}.gz").write_bytes(packed)
        (edition / MARK).touch()
        (folder / "nginx.conf").write_text(
            NGINX.format(folder=name, root=edition, port=PORT)
        )
        labsupport = Path(sys.executable).with_name("labsupport")
        commands = {
            "show": (
                labsupport,
                "show",
                edition,
                "--address",
                OURS,
                "--port",
                str(PORT),
            ),
            "nginx": ("nginx", "-c", folder / "nginx.conf"),
        }
        for number in range(-1, ROUNDS):
            for server, times in seconds.items():
                with _running(HERE, *commands[server]):
                    taken, size = _fetch(asked, folder / "asked")
                octets.add(size)
                if number >= 0:
                    times.append(taken)
    (size,) = octets  # both sent the same
    what = f"{CLIENTS} browsers fetch {size / CLIENTS / 1e6:.0f} MB each over {RATE}, beside nginx"
    yield ratio(what, seconds["show"], seconds["nginx"], bound=1.3)


def _make(edition: Path) -> None:
    """Write files as a browser's edition has them: a third as many, and as large all in all."""
    edition.mkdir()
    chance = random.Random(40)
    for number in range(40):
        (edition / f"package-{number}.whl").write_bytes(chance.randbytes(150_000))
        words = b" ".join(b"%x" % chance.getrandbits(24) for _ in range(8_000))
        (edition / f"part-{number}.js").write_bytes(words)
    (edition / "index.html").write_text("<p>An edition.</p>\n" * 99)
    (edition / "python.wasm").write_bytes(
        chance.randbytes(3_000_000) + bytes(6_000_000)
    )


def _fetch(asked: list[str], listed: Path) -> tuple[float, int]:
    """Have all browsers fetch all; return the seconds until the last has, and the octets sent."""
    curl = ("ip", "netns", "exec", THERE, "curl", "--silent", "--fail")
    patient = ("--retry", "60", "--retry-delay", "1", "--retry-connrefused")
    begin = (
        *curl,
        *patient,
        "--output",
        os.devnull,
        "--write-out",
        "%{redirect_url}",
        PLACE,
    )
    place = (
        subprocess.run(begin, check=True, stdout=subprocess.PIPE, text=True).stdout
        or PLACE
    )
    listed.write_text(
        "".join(f'url = "{place}{name}"\noutput = "{os.devnull}"\n' for name in asked)
    )
    browser = (
        *curl,
        "--parallel",
        "--parallel-max",
        str(EACH),
        "--config",
        str(listed),
    )
    said = ("--header", "Accept-Encoding: gzip", "--write-out", "%{size_download}\n")
    start = time.perf_counter()
    with ExitStack() as stack:
        browsers = [
            stack.enter_context(
                subprocess.Popen((*browser, *said), stdout=subprocess.PIPE)
            )
            for _ in range(CLIENTS)
        ]
        sizes = [sum(map(int, one.communicate()[0].split())) for one in browsers]
    taken = time.perf_counter() - start
    if any(one.returncode for one in browsers):
        raise SystemExit("A browser did not get all that it asked for.")
    return taken, sum(sizes)


@contextmanager
def _link() -> Iterator[None]:
    """Join two namespaces, shaped on the way to the browsers."""
    with ExitStack() as stack:
        for name in (HERE, THERE):
            _run("netns", "add", name)
            stack.callback(_run, "netns", "delete", name)
        _run(
            "link",
            "add",
            "shown",
            "netns",
            HERE,
            "type",
            "veth",
            "peer",
            "room",
            "netns",
            THERE,
        )
        for name, device, address in ((HERE, "shown", OURS), (THERE, "room", THEIRS)):
            _run("-n", name, "address", "add", f"{address}/30", "dev", device)
            _run("-n", name, "link", "set", device, "up")
        shape = ("tbf", "rate", RATE, "burst", "256k", "latency", "50ms")
        subprocess.run(
            ("tc", "-n", HERE, "qdisc", "add", "dev", "shown", "root", *shape),
            check=True,
        )
        yield


def _run(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True)


@contextmanager
def _running(namespace: str, *command: str | Path) -> Iterator[None]:
    with subprocess.Popen(
        ("ip", "netns", "exec", namespace, *command), stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()
