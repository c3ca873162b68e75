"""What directories answered is kept: whole, young, a user's own, and never more than was told."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import says

from labsupport import Lab
from labsupport.exchange import Clock, Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.lab_protocol import context_of
from labsupport.network.cache import (
    ABSENT_FOR,
    FOUND_FOR,
    LIST_FOR,
    CachedNetwork,
    Store,
)
from labsupport.network.offline import LabClock
from labsupport.rdds import bootstrap

RDAP_JSON = (("Content-Type", "application/rdap+json"),)
JSON = (("Content-Type", "application/json"),)
DOMAIN = b'{"objectClassName":"domain","ldhName":"museum.example"}'
LIST = b'{"version":"1.0","services":[[["test"],["https://rdap.nic.test/"]]]}'
FOUND = b"Domain Name: MUSEUM.EXAMPLE\r\nRegistrar: Nombres del Sur S.A.\r\n"


def get(
    target: str, method: str = "GET", accept: str = "application/rdap+json"
) -> Request:
    headers = (("Host", "rdap.nic.example"), ("Accept", accept))
    payload = HttpRequest(method, target, headers).to_bytes()
    return Request("", 0, "192.0.2.1", 443, "https", "rdap.nic.example", payload)


DOMAIN_ASKED, LIST_ASKED = (
    get("/domain/museum.example"),
    get("/rdap/dns.json", accept=bootstrap.LIST_TYPE),
)
WHOIS = Request("", 0, "192.0.2.1", 43, "tcp", None, b"museum.example\r\n")


class Answering:
    """Answers what a test says, and counts."""

    def __init__(self, payload: bytes) -> None:
        self.payload: bytes | None = payload
        self.count = 0
        self.time = 1000.0

    @property
    def clock(self) -> Clock:
        return LabClock(self.time)

    def covers(self, name: str) -> bool:
        return True

    def send(self, request: Request) -> Outcome:
        self.count += 1
        if self.payload is None:
            return Silence(None, 5.0)
        return Reply(request.to_address, 0.1, (), self.payload, (b"certificate",))


def page(status: int = 200, headers: tuple = RDAP_JSON, body: bytes = DOMAIN) -> bytes:
    return HttpResponse(status, headers, body).to_bytes()


def keeping(
    folder: Path, payload: bytes
) -> tuple[CachedNetwork, Answering, list[float]]:
    told: list[float] = []
    network = Answering(payload)
    kept = CachedNetwork(
        network, Store(folder), lambda time, request, reply: told.append(time)
    )
    return kept, network, told


@pytest.mark.parametrize(
    ("request_", "payload", "seconds"),
    [
        (DOMAIN_ASKED, page(), FOUND_FOR),
        (DOMAIN_ASKED, page(404, RDAP_JSON, b'{"errorCode":404}'), ABSENT_FOR),
        (LIST_ASKED, page(200, JSON, LIST), LIST_FOR),
        (WHOIS, FOUND, FOUND_FOR),
        (WHOIS, b"No match for museum.example\r\n", ABSENT_FOR),
    ],
)
def test_the_same_is_asked_once_as_long_as_it_holds(
    tmp_path: Path, request_: Request, payload: bytes, seconds: float
) -> None:
    kept, network, told = keeping(tmp_path, payload)
    first = kept.send(request_)
    network.time += seconds - 1
    again = kept.send(request_)
    assert network.count == 1
    assert told == [1000.0]
    assert isinstance(first, Reply)
    assert again == replace(first, elapsed=0.0)
    network.time += 2
    kept.send(request_)
    assert network.count == 2


@pytest.mark.parametrize(
    ("request_", "payload"),
    [
        (DOMAIN_ASKED, page(429)),
        (DOMAIN_ASKED, page(500)),
        (DOMAIN_ASKED, page(200, RDAP_JSON, b'{"errorCode":429,"title":"slow down"}')),
        (
            DOMAIN_ASKED,
            page(200, (("Content-Type", "text/html"),), b"<html>Slow down</html>"),
        ),
        (DOMAIN_ASKED, page(200, RDAP_JSON, DOMAIN[:20])),
        (
            DOMAIN_ASKED,
            page(404, (("Content-Type", "text/html"),), b"<html>Gone fishing</html>"),
        ),
        (DOMAIN_ASKED, page(302, (("Location", "/domain/museum.example"),), b"")),
        (DOMAIN_ASKED, page(302, (("Location", "http://127.0.0.1/"),), b"")),
        (LIST_ASKED, page(200, JSON, LIST[:40])),
        (LIST_ASKED, page(404, JSON, b"")),
        (WHOIS, b"% Query rate limit exceeded\r\n"),
        (WHOIS, b""),
        (get("/", "HEAD"), page()),
        (get("/dns-query", "POST"), page()),
        (Request("", 0, "192.0.2.1", 53, "udp", None, bytes(20)), b"x"),
        (Request("", 0, "192.0.2.1", 53, "tcp", None, bytes(20)), b"x"),
    ],
)
def test_what_is_no_answer_or_no_directory_is_not_kept(
    tmp_path: Path, request_: Request, payload: bytes
) -> None:
    kept, network, told = keeping(tmp_path, payload)
    kept.send(request_)
    kept.send(request_)
    assert network.count == 2
    assert told == []
    assert list(tmp_path.iterdir()) == []


def test_a_second_look_at_many_objects_sends_nothing(tmp_path: Path) -> None:
    kept, network, _ = keeping(tmp_path, page())
    for look in range(2):
        for number in range(200):
            kept.send(get(f"/domain/n{number}.example"))
        assert network.count == 200, look


@pytest.mark.parametrize(
    "broken", [None, page(200, JSON, LIST[:40]), page(500, JSON, b"")]
)
def test_a_broken_list_is_not_kept(tmp_path: Path, broken: bytes | None) -> None:
    kept, network, told = keeping(tmp_path, broken)
    kept.send(LIST_ASKED)
    kept.send(LIST_ASKED)
    assert network.count == 2
    assert told == []


def test_the_folder_is_the_users_own(tmp_path: Path) -> None:
    kept, _, _ = keeping(tmp_path / "own", page())
    kept.send(DOMAIN_ASKED)
    assert (tmp_path / "own").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept, network, _ = keeping(tmp_path / "file", page())
    assert isinstance(kept.send(DOMAIN_ASKED), Reply)
    assert isinstance(kept.send(DOMAIN_ASKED), Reply)
    assert network.count == 2


@given(st.data())
def test_a_damaged_file_is_as_good_as_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept, network, _ = keeping(folder, page())
    kept.send(DOMAIN_ASKED)
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content[: data.draw(st.integers(place + 1, len(content)))])
    assert isinstance(kept.send(DOMAIN_ASKED), Reply)
    assert network.count == 2


def write_many(folder: Path, number: int) -> None:
    store = Store(folder)
    for n in range(40):
        store.put(
            f"key {n}".encode(), float(n), Reply("192.0.2.1", 0.0, (), b"%d" % n * 2000)
        )


def test_many_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    writers = [
        spawning.Process(target=write_many, args=(tmp_path, n)) for n in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    store = Store(tmp_path)
    for n in range(40):
        found = store.get(f"key {n}".encode())
        assert found is not None
        assert (found[0], found[1].payload) == (float(n), b"%d" % n * 2000)
    assert all(name.endswith(".kept") for name in os.listdir(tmp_path))


def test_what_was_kept_is_said_and_in_the_evidence_with_its_own_time(
    tmp_path: Path,
) -> None:
    lab = Lab("en", live=True)
    assert context_of(lab).elsewhere is not None
    inside = Lab("en")
    context_of(lab).elsewhere = replace(
        context_of(lab).elsewhere,
        network=context_of(inside).offline,  # type: ignore[arg-type]
        entry=context_of(inside).entry,
        store=Store(tmp_path),
    )
    first = lab.rdap("museum.example")
    count = len(lab.evidence)
    assert not any("kept" in note for note in first.notes)
    inside.wait("10 minutes")
    again = lab.rdap("museum.example")
    assert again.sentence == first.sentence
    assert says(again.notes, "live.kept", when="2026-11-02 12:00:00 UTC")
    later = lab.evidence.lines[count:]
    of_directories = [line for line in later if line.request.protocol == "https"]
    assert of_directories
    assert {line.time for line in of_directories} == {
        context_of(inside).offline.world.start.timestamp()
    }
