"""Walking through zones that lie, loop or stay silent costs little and ends in a sentence."""

from __future__ import annotations

from collections.abc import Callable

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.dns.walk import (
    MOST_EFFORT,
    Failure,
    Known,
    Reading,
    ResponseKind,
    Walk,
    read,
    read_resolved,
)
from labsupport.exchange import NotSent, Outcome, Reply, Request, Silence
from labsupport.network.offline import LabClock

A = dns.rdatatype.A
ROOT = {"a.root-servers.net": ("198.41.0.4",)}
HELD_BACK = "10.0.0.1"
Answer = Callable[[dns.message.Message], dns.message.Message | None]


def name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


def walk_over(servers: dict[str, Answer]) -> Walk:
    """Walk over a network in which the servers at these addresses answer as told."""

    def send(request: Request) -> Outcome:
        if request.to_address == HELD_BACK:
            return NotSent(None, 0.0, (), "It is not public.")
        query = dns.message.from_wire(request.payload)
        answer = servers.get(request.to_address, lambda query: None)(query)
        if answer is None:
            return Silence(None, request.timeout)
        return Reply(request.to_address, 0.01, payload=answer.to_wire(max_size=65535))

    return Walk(send, lambda address: "198.18.0.10", Known(ROOT), LabClock(0.0))


def referral(zone: str, server: str, glue: str | None = None) -> Answer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.authority.append(dns.rrset.from_text(zone, 3600, "IN", "NS", server))
        if glue:
            response.additional.append(
                dns.rrset.from_text(server, 3600, "IN", "A", glue)
            )
        return response

    return answer


def answering(address: str) -> Answer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        asked = query.question[0].name
        response.answer.append(dns.rrset.from_text(asked, 60, "IN", "A", address))
        return response

    return answer


def refusing(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.REFUSED)
    return response


def test_glue_is_used_and_the_cut_remembered() -> None:
    walk = walk_over(
        {
            "198.41.0.4": referral("example.", "ns.nic.example.", "198.18.106.53"),
            "198.18.106.53": answering("198.51.100.10"),
        }
    )
    found = walk.find(name("www.example."), A)
    assert isinstance(found, Reading)
    assert found.kind is ResponseKind.ANSWER
    assert walk.known.closest(name("other.example."), 0.0).zone == name("example.")
    assert walk.known.closest(name("other.example."), 3601.0).zone == dns.name.root


def test_a_referral_upward_or_sideways_is_lame() -> None:
    for zone in (".", "example.", "test."):
        walk = walk_over(
            {
                "198.41.0.4": referral("example.", "ns.nic.example.", "198.18.106.53"),
                "198.18.106.53": referral(zone, "ns.nic.example.", "198.18.106.53"),
            }
        )
        assert walk.find(name("www.example."), A) is Failure.LAME
        assert len(walk.steps) == 2


def test_who_was_not_asked_is_not_said_to_be_silent() -> None:
    """Nor to be lame; where others of the zone were asked, they are what it failed of."""
    walk = walk_over({"198.41.0.4": referral("example.", "ns.nic.example.", HELD_BACK)})
    assert walk.find(name("www.example."), A) is Failure.NOT_SENT

    def both(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        hosts = {"ns1.nic.example.": "198.18.106.53", "ns2.nic.example.": HELD_BACK}
        response.authority.append(
            dns.rrset.from_text("example.", 3600, "IN", "NS", *hosts)
        )
        for host, address in hosts.items():
            response.additional.append(
                dns.rrset.from_text(host, 3600, "IN", "A", address)
            )
        return response

    for answer, failure in (
        (refusing, Failure.LAME),
        (lambda _: None, Failure.NO_ANSWER),
    ):
        walk = walk_over({"198.41.0.4": both, "198.18.106.53": answer})
        assert walk.find(name("www.example."), A) is failure


def test_servers_that_need_each_other_end_the_walk() -> None:
    """example. is served by a name below test., and test. by one below example.: no way in."""
    both = {"example.": "ns.test.", "test.": "ns.example."}

    def root(query: dns.message.Message) -> dns.message.Message | None:
        zone = query.question[0].name.split(2)[1]
        return referral(str(zone), both[str(zone)])(query)

    walk = walk_over({"198.41.0.4": root})
    assert walk.find(name("www.example."), A) in (Failure.NO_SERVER, Failure.TOO_LONG)
    assert len(walk.steps) <= MOST_EFFORT


def test_a_thousand_name_servers_do_not_cost_a_thousand_questions() -> None:
    def root(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        servers = [f"ns{number}.example." for number in range(1000)]
        response.authority.append(
            dns.rrset.from_text_list("example.", 60, "IN", "NS", servers)
        )
        return response

    walk = walk_over({"198.41.0.4": root})
    assert isinstance(walk.find(name("www.example."), A), Failure)
    assert len(walk.steps) <= MOST_EFFORT


def test_the_next_server_is_asked_when_one_is_of_no_use() -> None:
    def root(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.authority.append(
            dns.rrset.from_text(
                "example.", 60, "IN", "NS", "a.example.", "b.example.", "c.example."
            )
        )
        for server, address in (
            ("a", "198.18.1.1"),
            ("b", "198.18.1.2"),
            ("c", "198.18.1.3"),
        ):
            response.additional.append(
                dns.rrset.from_text(f"{server}.example.", 60, "IN", "A", address)
            )
        return response

    walk = walk_over(
        {
            "198.41.0.4": root,
            "198.18.1.2": refusing,
            "198.18.1.3": answering("198.51.100.1"),
        }
    )
    found = walk.find(name("www.example."), A)
    assert isinstance(found, Reading)
    kinds = [step.reading.kind if step.reading else None for step in walk.steps]
    assert kinds == [
        ResponseKind.REFERRAL,
        None,
        ResponseKind.LAME,
        ResponseKind.ANSWER,
    ]


@pytest.mark.parametrize(
    ("servers", "failure"),
    [
        ({}, Failure.NO_ANSWER),
        ({"198.41.0.4": refusing}, Failure.LAME),
        ({"198.41.0.4": referral("example.", "ns.example.")}, Failure.NO_SERVER),
    ],
)
def test_each_way_of_failing_has_its_name(
    servers: dict[str, Answer], failure: Failure
) -> None:
    assert walk_over(servers).find(name("www.example."), A) is failure


def test_an_answer_for_another_question_is_not_believed() -> None:
    def other(query: dns.message.Message) -> dns.message.Message:
        return answering("198.51.100.66")(dns.message.make_query("evil.example.", "A"))

    assert (
        walk_over({"198.41.0.4": other}).find(name("www.example."), A)
        is Failure.NO_ANSWER
    )


def test_glue_from_outside_the_servers_own_zone_is_left_aside() -> None:
    query = dns.message.make_query("www.shop.example.", "A")
    response = referral("shop.example.", "ns.bank.test.", "198.18.66.66")(query)
    assert response is not None
    question = query.question[0]
    reading = read(response, name("example."), question.name, question.rdtype)
    assert reading.cut is not None
    assert dict(reading.cut.addresses) == {name("ns.bank.test."): ()}


def test_an_answer_without_authority_is_no_answer_of_a_zones_server() -> None:
    query = dns.message.make_query("www.example.", "A")
    response = answering("198.51.100.1")(query)
    assert response is not None
    response.flags &= ~dns.flags.AA
    question = query.question[0]
    assert read(response, name("example."), question.name, A).kind is ResponseKind.LAME
    assert read_resolved(response, question.name, A).kind is ResponseKind.ANSWER


@given(st.binary(max_size=300))
def test_no_bytes_upset_the_reader(rest: bytes) -> None:
    query = dns.message.make_query("www.example.", "A")
    wire = query.to_wire()[:2] + b"\x84\x00" + rest
    try:
        response = dns.message.from_wire(wire)
    except Exception:  # what dnspython cannot read never gets here
        return
    question = query.question[0]
    assert isinstance(read(response, dns.name.root, question.name, A), Reading)
    assert isinstance(read_resolved(response, question.name, A), Reading)
