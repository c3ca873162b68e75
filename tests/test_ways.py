"""What is done instead of what does not get through, and that it is said."""

from __future__ import annotations

import json
from dataclasses import replace

import dns.name
import dns.rdatatype
import pytest
import scripted
from rooms import Room

from labsupport import Lab
from labsupport.exchange import DNS_PORT, HTTPS_PORT, WHOIS_PORT
from labsupport.http import HttpResponse
from labsupport.lookups import rdap
from labsupport.lookups.registration import read_domain
from labsupport.lookups.session import Session
from labsupport.lookups.ways import Ways
from labsupport.results import Kind

MUSEUM = dns.name.from_text("www.museum.example")
UDP, TCP, WHOIS = (DNS_PORT, "udp"), (DNS_PORT, "tcp"), (WHOIS_PORT, "tcp")
HTTPS = (HTTPS_PORT, "https")


def seat(*closed: tuple[int, str]) -> tuple[Session, Room, Ways]:
    ways = Ways()
    session = Lab("en")._session
    room = Room(session.network, closed)
    return replace(session, network=room, ways=ways), room, ways


def answered(session: Session) -> bool:
    return session.ask_resolver(MUSEUM, dns.rdatatype.A).response is not None


def test_where_all_is_open_nothing_is_said() -> None:
    session, room, ways = seat()
    assert answered(session)
    assert room.sent == [UDP]
    assert ways.said == []


def test_tcp_where_udp_does_not_get_through() -> None:
    session, room, ways = seat(UDP)
    assert answered(session)
    assert set(room.sent) == {UDP, TCP}
    assert "over TCP" in ways.said[0]


def test_a_public_resolver_where_port_53_is_closed_and_who_saw_the_question() -> None:
    session, room, ways = seat(UDP, TCP)
    assert answered(session)
    assert room.sent[-1] == HTTPS
    (remark,) = ways.said
    assert "Resuelve was asked instead" in remark
    assert "it saw the question" in remark
    room.sent.clear()
    assert answered(session)
    assert room.sent == [HTTPS]  # nobody waits for a closed port twice
    assert ways.said == [remark]


def test_where_nothing_gets_through_all_is_tried_again() -> None:
    session, room, ways = seat(UDP, TCP, HTTPS)
    assert not answered(session)
    assert ways.said == []
    assert ways.is_dead
    room.sent.clear()
    assert not answered(session)
    assert set(room.sent) == {UDP}  # nobody waits long again, a moment later
    room.closed = ()
    assert answered(session)
    assert not ways.is_dead


def test_a_closed_port_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    session, room, _ = seat(UDP, TCP)
    assert answered(session)
    monkeypatch.setattr("labsupport.lookups.ways.CLOSED_FOR", 0.0)
    room.closed = ()
    room.sent.clear()
    assert answered(session)
    assert room.sent == [UDP]


def test_rdap_where_port_43_is_closed() -> None:
    session, room, ways = seat(WHOIS)
    asked = read_domain("museum.example", session.say)
    found = ways.whois(session, asked)
    assert found.kind is Kind.FOUND
    assert "by RDAP instead" in ways.said[0]
    room.sent.clear()
    ways.whois(session, asked)
    assert WHOIS not in room.sent


def test_without_ways_nothing_else_is_tried() -> None:
    session, room, _ = seat(UDP)
    assert not answered(replace(session, ways=None))
    assert set(room.sent) == {UDP}


# The lists of RDAP servers

LISTS = "https://data.rir-lab.example/rdap/dns.json"
LIST = json.dumps(
    {
        "publication": "2026-07-23T02:00:03Z",
        "services": [[["example"], ["https://rdap.nic.example/"]]],
        "version": "1.0",
    }
)


def with_copy(page: HttpResponse | None) -> tuple[Session, Ways]:
    """A seat whose list of servers comes as `page`, and which has a copy of it."""
    there, _ = scripted.lab({LISTS: page})
    session, ways = there._session, Ways()
    entry = replace(session.entry, rdap_lists={"dns": LIST})
    return replace(session, entry=entry, ways=ways), ways


@pytest.mark.parametrize(
    "page",
    [
        None,
        HttpResponse(500),
        HttpResponse(429, (("Retry-After", "60"),)),
        HttpResponse(200, scripted.RDAP_JSON, LIST[:50].encode()),
        HttpResponse(200, (("Content-Type", "text/html"),), b"<h1>Sign in to this network</h1>"),
        HttpResponse(200, scripted.RDAP_JSON),
    ],
    ids=["silence", "500", "429", "cut", "a page", "empty"],
)
def test_the_courses_copy_where_no_whole_list_comes(page: HttpResponse | None) -> None:
    session, ways = with_copy(page)
    found = rdap.rdap(session, read_domain("museum.example", session.say))
    assert found.kind is Kind.FOUND
    (remark,) = ways.said
    assert "No whole list of RDAP servers came from data.rir-lab.example" in remark
    assert "published on 2026-07-23" in remark


def test_todays_list_where_it_comes() -> None:
    there, _ = scripted.lab()
    session, ways = there._session, Ways()
    entry = replace(session.entry, rdap_lists={"dns": LIST})
    rdap.rdap(replace(session, entry=entry, ways=ways), read_domain("uni.test", session.say))
    assert ways.said == []


def test_what_is_not_in_the_copy_proves_nothing() -> None:
    session, ways = with_copy(None)
    found = rdap.rdap(session, read_domain("universidad.test", session.say))
    assert found.kind is Kind.NO_SERVER
    assert "what has changed since is not in it" in ways.said[0]


def test_a_copy_is_of_no_use_where_nothing_gets_through() -> None:
    session, ways = with_copy(None)
    room = Room(session.network, [UDP, TCP, HTTPS])
    found = rdap.rdap(replace(session, network=room), read_domain("museum.example", session.say))
    assert found.kind is Kind.NO_ANSWER
    assert ways.said == []
