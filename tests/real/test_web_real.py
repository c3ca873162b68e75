"""The lab's sites over real TLS: curl trusts and refuses what `lookups.web` does."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from namespaces import Namespace, bare_namespace, needs

from labsupport.exchange import Reply, Request
from labsupport.http import HttpRequest, NotHttp
from labsupport.network.offline import LabClock, OfflineNetwork
from labsupport.world import World

pytestmark = [pytest.mark.real, needs("curl")]

WORLD = World.load()
AUTHORITY = WORLD.certificate_authority
CLIENT = "198.18.0.10"
RESOLVER, RESOLVER_NAME = "198.18.104.104", "dns.resuelve.example"
SITES = {site.name: site for site in WORLD.sites}
SHARED = [site for site in WORLD.sites if site.hosting == "shared"][:3]
NOT_TRUSTED = 60  # curl's exit status for a certificate that does not hold


class TlsFront:
    """Takes TLS off what real clients send to `address`, and hands it to the lab."""

    def __init__(self, address: str, default: str, folder: Path) -> None:
        self.listener = socket.create_server((address, 443))
        self.listener.settimeout(30)
        self._default = default
        self._folder = folder
        # The machine's clock runs: certificates and signatures are judged by it.
        self._network = OfflineNetwork(WORLD, clock=LabClock(0, time.time))
        threading.Thread(target=self._serve, daemon=True).start()

    def _context(self, name: str) -> ssl.SSLContext:
        leaf = AUTHORITY.chain(name, time.time())[0]
        pem = self._folder / f"{name}.pem"
        pem.write_bytes(ssl.DER_cert_to_PEM_cert(leaf).encode() + AUTHORITY.sites_key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed, or nobody came any more
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._answer(connection)
                except OSError:  # the client did not trust the certificate
                    continue

    def _answer(self, connection: socket.socket) -> None:
        address = connection.getsockname()[0]
        shown = [""]

        def choose(tls: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
            if name in SITES and address in SITES[name].addresses:
                tls.context = self._context(name)
            shown[0] = name or ""

        context = self._context(self._default)
        context.sni_callback = choose  # type: ignore[assignment]
        with context.wrap_socket(connection, server_side=True) as tls:
            data = b""
            while not whole(data):
                data += tls.recv(4096)
            port = tls.getpeername()[1]
            request = Request(CLIENT, port, address, 443, "https", shown[0], data)
            outcome = self._network.send(request)
            assert isinstance(outcome, Reply)
            tls.sendall(outcome.payload)


def whole(data: bytes) -> bool:
    try:
        HttpRequest.from_bytes(data)
    except NotHttp:
        return False
    return True


FRONTS = {
    SHARED[0].addresses[0]: SHARED[0].name,
    "198.51.100.10": "www.museum.example",
    "198.51.100.33": "www.isla.example",
    "198.19.105.66": "www.bancodelfaro-clientes.example",
    RESOLVER: RESOLVER_NAME,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Namespace]:
    folder = tmp_path_factory.mktemp("certificates")
    with bare_namespace("web", WORLD) as namespace, ExitStack() as stack:
        for address, default in FRONTS.items():
            front = namespace.call(TlsFront, address, default, folder)
            stack.callback(front.listener.close)
        yield namespace


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_bytes(AUTHORITY.root)
    return path


def curl(served: Namespace, ca: Path, name: str, *options: str) -> tuple[int, str]:
    """Ask for a site at its first address; return curl's exit status and the page."""
    done = served.run(
        "curl",
        "--silent",
        "--max-time",
        "15",
        "--cacert",
        ca,
        *(options or ("--resolve", f"{name}:443:{SITES[name].addresses[0]}")),
        f"https://{name}/",
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "name",
    ["www.museum.example", "www.bancodelfaro-clientes.example", *(site.name for site in SHARED)],
)
def test_curl_trusts_every_site_and_gets_its_page(served: Namespace, ca: Path, name: str) -> None:
    status, page = curl(served, ca, name)
    assert status == 0
    assert SITES[name].title in page
    assert "TRAINING" in page


def test_curl_refuses_the_expired_certificate(served: Namespace, ca: Path) -> None:
    assert curl(served, ca, "www.isla.example") == (NOT_TRUSTED, "")


def test_curl_refuses_a_machine_that_shows_another_name(served: Namespace, ca: Path) -> None:
    elsewhere = "www.cimiento.example:443:198.51.100.10"
    assert curl(served, ca, "www.cimiento.example", "--resolve", elsewhere) == (NOT_TRUSTED, "")


def test_curl_trusts_nobody_without_the_authority(served: Namespace, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    leaf = AUTHORITY.chain("www.cimiento.example", time.time())[0]
    other.write_text(ssl.DER_cert_to_PEM_cert(leaf))
    assert curl(served, other, "www.museum.example") == (NOT_TRUSTED, "")


def test_curl_finds_a_site_by_dns_over_https(served: Namespace, ca: Path) -> None:
    status, page = curl(
        served,
        ca,
        "www.museum.example",
        "--ipv4",
        "--resolve",
        f"{RESOLVER_NAME}:443:{RESOLVER}",
        "--doh-url",
        f"https://{RESOLVER_NAME}/dns-query",
    )
    assert status == 0
    assert SITES["www.museum.example"].title in page
