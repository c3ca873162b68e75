"""The lab's sites over real TLS: curl trusts and refuses what `lookups.web` does."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import Namespace, needs, served_lab

from labsupport.world import World

pytestmark = [pytest.mark.real, needs("curl")]

WORLD = World.load()
AUTHORITY = WORLD.certificate_authority
RESOLVER_NAME = "dns.resuelve.example"
SITES = {site.name: site for site in WORLD.sites}
SHARED = [site for site in WORLD.sites if site.hosting == "shared"][:3]
MISDIRECTED = "421"  # HTTP's word for: no such site is served here
# curl's exit statuses; the last is for a certificate that does not hold.
CANNOT_CONNECT, TIMED_OUT, NOT_TRUSTED = 7, 28, 60


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    with served_lab("web") as namespace:
        yield namespace


def curl(served: Namespace, url: str, *options: str | Path) -> tuple[int, str]:
    """Ask for a page; return curl's exit status and the page."""
    done = served.run("curl", "--silent", "--max-time", "15", *options, url)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "www.museum.example",
        "www.bancodelfaro-clientes.example",
        *(site.name for site in SHARED),
    ],
)
def test_curl_trusts_every_site_and_gets_its_page(served: Namespace, name: str) -> None:
    status, page = curl(served, f"https://{name}/")
    assert status == 0
    assert SITES[name].title in page
    assert "TRAINING" in page


def test_curl_refuses_the_expired_certificate(served: Namespace) -> None:
    assert curl(served, "https://www.isla.example/") == (NOT_TRUSTED, "")


def test_curl_refuses_a_machine_that_shows_another_name(served: Namespace) -> None:
    elsewhere = "www.cimiento.example:443:198.51.100.10"
    url = "https://www.cimiento.example/"
    assert curl(served, url, "--resolve", elsewhere) == (NOT_TRUSTED, "")


def test_curl_trusts_nobody_without_the_authority(
    served: Namespace, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    leaf = AUTHORITY.chain("www.cimiento.example", time.time())[0]
    other.write_text(ssl.DER_cert_to_PEM_cert(leaf))
    options = ("--cacert", other, "--capath", tmp_path)
    assert curl(served, "https://www.museum.example/", *options) == (NOT_TRUSTED, "")


def test_sites_answer_at_each_of_their_addresses_encrypted_or_not(
    served: Namespace,
) -> None:
    for site in SITES.values():
        if site.hosting == "shared" and site not in SHARED:
            continue
        for address in site.addresses:
            if ":" in address:
                continue
            for scheme, port in (("https", 443), ("http", 80)):
                there = ("--resolve", f"{site.name}:{port}:{address}", "--insecure")
                code = ("--output", "/dev/null", "--write-out", "%{http_code}")
                status, answered = curl(
                    served, f"{scheme}://{site.name}/", *there, *code
                )
                assert status == 0
                assert answered != MISDIRECTED


def test_curl_finds_a_site_by_dns_over_https(served: Namespace) -> None:
    options = ("--ipv4", "--doh-url", f"https://{RESOLVER_NAME}/dns-query")
    status, page = curl(served, "https://www.museum.example/", *options)
    assert status == 0
    assert SITES["www.museum.example"].title in page
    assert "TRAINING" in page


def test_a_client_gets_one_page_after_the_other(served: Namespace) -> None:
    name = "www.museum.example"
    urls = (f"https://{name}/", f"https://{name}/contacto")
    done = served.run("curl", "--silent", "--max-time", "15", *urls)
    assert done.returncode == 0
    assert done.stdout.count("<!doctype html>") == 2


def test_a_shared_machine_shows_each_client_the_certificate_of_its_site(
    served: Namespace,
) -> None:
    address = SHARED[0].addresses[0]
    for site in SHARED:
        leaf = WORLD.certificates(site.name, time.time())[0]
        assert leaf == served.call(certificate, address, site.name)


def certificate(address: str, name: str) -> bytes:
    """Make a handshake; return the certificate that is shown, whatever it is worth."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address, 443), timeout=15) as connection,
        context.wrap_socket(connection, server_hostname=name) as tls,
    ):
        shown = tls.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def test_a_resolver_that_speaks_no_https_is_closed_there(served: Namespace) -> None:
    with pytest.raises(ConnectionRefusedError):
        served.call(
            socket.create_connection, (WORLD.connections[0].resolvers[0], 443), 15
        )


def test_a_machine_without_a_web_server_says_so_and_an_address_of_nobody_is_silent(
    served: Namespace,
) -> None:
    status, _ = curl(served, "http://203.0.113.53/")
    assert status == CANNOT_CONNECT
    status, _ = curl(served, "http://203.0.113.254/", "--connect-timeout", "0.3")
    assert status == TIMED_OUT
