"""Debian's `whois` and `rdap` meet the served directories, and agree with lab.whois and lab.rdap.

In the namespace they ask each server at its own address. The clock of the served lab runs, and
that of the other stands where the course begins: so the moments that tell how fresh an answer is
are left out. Every other octet counts.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from namespaces import Namespace, needs, served_lab

from labsupport import Lab
from labsupport.answers.rdap import DomainPage, NumbersPage
from labsupport.answers.whois import WhoisPage
from labsupport.kinds import Kind
from labsupport.rdds.record import DirectoryOutcome, Record
from labsupport.world import World
from labsupport.world.model import Directory

pytestmark = [pytest.mark.real, needs("whois", "rdap", "curl")]

WORLD = World.load()
(BOOTSTRAP,) = (
    own.url.rstrip("/") for own in WORLD.directories if own.kind == "bootstrap"
)
QUOTAS = {own.host: own.quota for own in WORLD.directories if own.quota is not None}
SECONDS = "20"
ABSENT = ("no-hay-nadie.example", "no-hay-nadie.com.test", "no-hay-nadie.gob.test")
NO_QUOTA = 10_000
NO_SUCH_OBJECT = "404, object does not exist"
# When an answer was made, and when its keeper last looked at the name servers.
MADE = re.compile(
    rb"^(% |>>> Last update of WHOIS database: )\d{4}-\d\d-\d\dT.*$", re.MULTILINE
)
LOOKED = re.compile(rb"^((nsstat|nslastaa|dsstatus|dslastok): +)\d{8}\b", re.MULTILINE)


def domains() -> list[str]:
    """The domains of all stories, and of the others three of each kind."""
    stories = {story.name for story in WORLD.stories}
    chosen: dict[object, list[str]] = {}
    for item in WORLD.registrations:
        told = any(f".{story}".endswith(f".{item.name}") for story in stories)
        sold = (item.registrar, item.suffix, item.reseller, item.privacy, item.status)
        kind = item.name if told else (*sold, bool(item.ds))
        chosen.setdefault(kind, []).append(item.name)
    return sorted(name for names in chosen.values() for name in names[:3])


def numbers() -> list[str]:
    """An address in each block of each network and in each part of one, and all AS numbers."""
    blocks = [prefix for network in WORLD.networks for prefix in network.prefixes]
    blocks += [part.prefix for part in WORLD.assignments]
    as_numbers = [f"AS{network.asn}" for network in WORLD.networks]
    return sorted({str(block[1]) for block in blocks} | set(as_numbers))


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    with served_lab("directories") as namespace:
        yield namespace


class Said(NamedTuple):
    """A program's exit status, what it printed, and what it complained of."""

    status: int
    answer: bytes
    complaint: str


def run(*command: str) -> Said:
    """Run a program to its end."""
    done = subprocess.run(
        ("timeout", SECONDS, *command), capture_output=True, timeout=60
    )
    return Said(done.returncode, done.stdout, done.stderr.decode())


def inside(served: Namespace, *command: str) -> Said:
    """Run a program in the namespace to its end."""
    return run("ip", "netns", "exec", served.name, *command)


def rdap(served: Namespace, *arguments: str) -> Said:
    """Ask as anybody would, but for the place of the bootstrap files."""
    return inside(served, "rdap", "--cache-dir=", f"--bs-url={BOOTSTRAP}", *arguments)


def lines(answer: bytes) -> bytes:
    """A WHOIS answer without what differs by the clock, and with one kind of line ends."""
    timeless = LOOKED.sub(rb"\1", MADE.sub(rb"\1", answer.replace(b"\r\n", b"\n")))
    return timeless.strip(b"\n")


def timeless(answer: bytes) -> object:
    """An RDAP answer without what differs by the clock."""

    def without(value: object) -> object:
        if isinstance(value, list):
            return [without(item) for item in value if not is_fresh(item)]
        if isinstance(value, dict):
            return {key: without(item) for key, item in value.items()}
        return value

    return without(json.loads(answer))


def is_fresh(value: object) -> bool:
    return isinstance(value, dict) and str(value.get("eventAction", "")) in (
        "last update of RDAP database",
        "delegation check",
        "last correct delegation check",
        "delegation sign check",
        "last correct delegation sign check",
    )


def url_of(record: Record) -> str:
    """Where a record says that it is."""
    return next(link.href for link in record.links if link.rel == "self")


# Each server at its own address


def test_whois_shows_what_lab_whois_kept(served: Namespace) -> None:
    lab = Lab("en")
    left = dict(QUOTAS)
    compared: Counter[str] = Counter()
    for what in (*domains(), *numbers()):
        result = lab.whois(what)
        if not isinstance(result, WhoisPage):
            assert (result.kind, what.endswith("gob.test")) == (Kind.NO_SERVER, True)
            continue
        for one in (result.root, *result.answers):
            left[one.host] = left.get(one.host, NO_QUOTA) - 1
            if left[one.host] < 0:
                continue
            status, answer, _ = inside(served, "whois", "-h", one.host, one.query)
            assert status == 0
            assert lines(answer) == lines(one.record.raw), (one.host, one.query)
            compared[one.host] += 1
    assert set(compared) == {
        d.host for d in WORLD.directories if d.kind.startswith("whois")
    }
    assert min(compared.values()) > 10


def test_rdap_shows_what_lab_rdap_kept(served: Namespace) -> None:
    lab = Lab("en")
    compared: Counter[str] = Counter()
    for what in (*domains(), *numbers()):
        result = lab.rdap(what)
        found = rdap(served, "--raw", what)
        if not isinstance(result, DomainPage | NumbersPage):
            assert result.kind is Kind.NO_SUCH_NAME
            assert (found.status, NO_SUCH_OBJECT in found.complaint) == (1, True), what
            continue
        assert found.status == 0, found.complaint
        assert timeless(found.answer) == timeless(result.registry.raw), what
        for one in result.answers:
            compared[one.host] += 1
            if one in result.found[1:]:
                linked = rdap(served, "--raw", url_of(one.record))
                assert linked.status == 0, linked.complaint
                assert timeless(linked.answer) == timeless(one.record.raw), (
                    one.host,
                    what,
                )
    assert set(compared) == {d.host for d in WORLD.directories if d.kind == "rdap"}
    assert compared.total() > 100


def test_rdap_reads_every_record_as_it_came(served: Namespace) -> None:
    """Its own parser finds in each record what is there, and complains of nothing."""
    for what in (
        "museum.example",
        "xn--bncodelfaro-yij.example",
        "198.19.105.66",
        "AS64500",
    ):
        found = rdap(served, "--json", what)
        assert (found.status, found.complaint) == (0, "")
        raw = rdap(served, "--raw", what)
        assert timeless(found.answer) == timeless(raw.answer)


@pytest.mark.parametrize("name", ABSENT)
def test_a_name_that_nobody_registered_is_absent_for_all(
    name: str, served: Namespace
) -> None:
    lab = Lab("en")
    assert lab.rdap(name).kind is Kind.NO_SUCH_NAME
    found = rdap(served, name)
    assert (found.status, found.answer) == (1, b"")
    assert NO_SUCH_OBJECT in found.complaint
    kept = lab.whois(name)
    if not isinstance(kept, WhoisPage):
        assert kept.kind is Kind.NO_SERVER
        return
    assert kept.kind is Kind.NO_SUCH_NAME
    for one in kept.answers:
        status, answer, _ = inside(served, "whois", "-h", one.host, one.query)
        assert status == 0
        assert lines(answer) == lines(one.record.raw)


def test_where_nobody_is_responsible_both_say_so(served: Namespace) -> None:
    assert Lab("en").rdap("nadie.invalid").kind is Kind.NO_SERVER
    found = rdap(served, "nadie.invalid")
    assert (found.status, found.answer) == (1, b"")
    assert "No RDAP servers found" in found.complaint


def test_whois_finds_a_name_as_people_write_it(served: Namespace) -> None:
    status, answer, _ = inside(
        served,
        "env",
        "LC_ALL=C.UTF-8",
        "whois",
        "-h",
        "whois.nic.example",
        "báncodelfaro.example",
    )
    assert status == 0
    kept = Lab("en").whois("báncodelfaro.example")
    assert isinstance(kept, WhoisPage)
    assert lines(answer) == lines(kept.answers[0].record.raw)


def test_who_asks_too_often_is_refused_as_in_the_lab() -> None:
    (host, quota), *_ = QUOTAS.items()
    name = "bancodelfaro-clientes.example"
    lab = Lab("en")
    with served_lab("quota") as served:
        for time in range(quota + 1):
            kept = lab.whois(name)
            status, answer, _ = inside(served, "whois", "-h", host, name)
            assert isinstance(kept, WhoisPage)
            assert status == 0
            assert lines(answer) == lines(kept.answers[-1].record.raw)
            refused = kept.answers[-1].record.outcome is DirectoryOutcome.THROTTLED
            assert refused == (time == quota)


@pytest.mark.parametrize(
    "directory",
    [d for d in WORLD.directories if not d.kind.startswith("whois")],
    ids=lambda directory: directory.host,
)
def test_curl_trusts_every_directory_on_the_web(
    directory: Directory, served: Namespace
) -> None:
    keeper = directory.keeper
    own = [
        one.name
        for one in WORLD.registrations
        if keeper in (one.registry, one.registrar)
    ]
    page = {
        "rdap": f"domain/{own[0]}" if own else "autnum/64500",
        "bootstrap": "dns.json",
        "certificates": "?q=museum&output=json",
    }
    url = directory.url + page[directory.kind]
    status, answer, _ = inside(
        served, "curl", "--silent", "--write-out", "\n%{http_code} %{content_type}", url
    )
    body, _, last = answer.decode().rpartition("\n")
    code, _, media_type = last.partition(" ")
    assert (status, code) == (0, "200")
    json.loads(body)
    assert media_type.startswith(("application/rdap+json", "application/json"))
