"""What is done instead of what does not get through, and that it is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import dns.name
import dns.rdatatype
import pytest
import scripted
from rooms import Room
from said import says

from labsupport import Lab
from labsupport.answers import rdap, whois
from labsupport.exchange import DNS_PORT, HTTPS_PORT, WHOIS_PORT
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.registered import read_domain
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.lookups import resolvers
from labsupport.lookups.resolvers import Fallback
from labsupport.lookups.session import Session

SAY = Language.load("en")
MUSEUM = dns.name.from_text("www.museum.example")
UDP, WHOIS = (DNS_PORT, "udp"), (WHOIS_PORT, "tcp")
HTTPS = (HTTPS_PORT, "https")


def by(fallback: Fallback) -> dict[str, Any]:
    def note(key: str, **values: object) -> None:
        fallback.note(SAY(key, **values))

    return {"resolve": fallback.ask, "note": note, "closed": fallback.closed}


def seat(*closed: tuple[int, str]) -> tuple[Session, Room, Fallback]:
    fallback = Fallback()
    session = context_of(Lab("en")).session
    room = Room(session.network, closed)
    return replace(session, network=room, **by(fallback)), room, fallback


def answered(session: Session) -> bool:
    return session.ask_resolver(MUSEUM, dns.rdatatype.A).response is not None


def test_where_all_is_open_nothing_is_said() -> None:
    session, room, fallback = seat()
    assert answered(session)
    assert room.sent == [UDP]
    assert fallback.said == []


def test_a_public_resolver_where_port_53_is_closed_and_who_saw_the_question() -> None:
    session, room, fallback = seat(UDP)
    assert answered(session)
    assert room.sent[-1] == HTTPS
    (remark,) = fallback.said
    assert says(remark, "resolver.over_https", operator="Resuelve")
    assert says(remark, "resolver.over_https")
    room.sent.clear()
    assert answered(session)
    assert room.sent == [HTTPS]  # nobody waits for a closed port twice
    assert fallback.said == [remark]


def test_where_nothing_gets_through_all_is_tried_again() -> None:
    session, room, fallback = seat(UDP, HTTPS)
    assert not answered(session)
    assert fallback.said == []
    room.sent.clear()
    assert not answered(session)
    assert set(room.sent) == {UDP}  # nobody waits long again, a moment later
    room.closed = ()
    assert answered(session)


def test_a_closed_port_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    session, room, _ = seat(UDP)
    assert answered(session)
    monkeypatch.setattr("labsupport.lookups.resolvers.CLOSED_FOR", 0.0)
    room.closed = ()
    room.sent.clear()
    assert answered(session)
    assert room.sent == [UDP]


def test_rdap_where_port_43_is_closed() -> None:
    session, room, fallback = seat(WHOIS)
    asked = read_domain("museum.example", session.say)
    for sent in (True, False):  # nobody waits for a closed port twice
        room.sent.clear()
        found = whois.whois(session, asked, or_rdap=True)
        assert found.kind is Kind.FOUND
        assert "by RDAP instead" in fallback.said[0]
        assert (WHOIS in room.sent) is sent


def test_without_a_fallback_nothing_else_is_tried() -> None:
    session, room, _ = seat(UDP)
    assert not answered(replace(session, resolve=resolvers.ask))
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


def with_copy(page: HttpResponse | None) -> tuple[Session, Fallback]:
    """A seat whose list of servers comes as `page`, and which has a copy of it."""
    there, _ = scripted.lab({LISTS: page})
    session, fallback = context_of(there).session, Fallback()
    entry = replace(session.entry, rdap_lists={"dns": LIST})
    return replace(session, entry=entry, **by(fallback)), fallback


@pytest.mark.parametrize(
    "page",
    [
        None,
        HttpResponse(500),
        HttpResponse(429, (("Retry-After", "60"),)),
        HttpResponse(200, scripted.RDAP_JSON, LIST[:50].encode()),
        HttpResponse(
            200, (("Content-Type", "text/html"),), b"<h1>Sign in to this network</h1>"
        ),
        HttpResponse(200, scripted.RDAP_JSON),
    ],
    ids=["silence", "500", "429", "cut", "a page", "empty"],
)
def test_the_courses_copy_where_no_whole_list_comes(page: HttpResponse | None) -> None:
    session, fallback = with_copy(page)
    found = rdap.rdap(session, read_domain("museum.example", session.say))
    assert found.kind is Kind.FOUND
    (remark,) = fallback.said
    assert says(remark, "rdap.copy_used", host="data.rir-lab.example")
    assert "published on 2026-07-23" in remark


def test_todays_list_where_it_comes() -> None:
    there, _ = scripted.lab()
    session, fallback = context_of(there).session, Fallback()
    entry = replace(session.entry, rdap_lists={"dns": LIST})
    rdap.rdap(
        replace(session, entry=entry, **by(fallback)),
        read_domain("uni.test", session.say),
    )
    assert fallback.said == []


def test_what_is_not_in_the_copy_proves_nothing() -> None:
    session, fallback = with_copy(None)
    found = rdap.rdap(session, read_domain("universidad.test", session.say))
    assert found.kind is Kind.NO_SERVER
    assert says(fallback.said[0], "rdap.copy_used")
