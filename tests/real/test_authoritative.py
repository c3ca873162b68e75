"""The lab's authoritative servers answer as Knot and NSD do, loaded with the very same zones.

Knot is the reference, NSD the second opinion: where the two of them differ, TOLERATED says so.
Compared are code, flags, EDNS and question of every answer; the answer section where records of
the type that was asked came; all sections of referrals and negative answers. What a truncated
answer still holds is not compared: a client asks again over TCP (RFC 2181 section 9). RRSIG and
ANY are not asked for: a server may choose what it sends (RFC 8482).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rrset
import pytest
from dns.rdatatype import RdataType
from name_servers import (
    ask,
    ask_before,
    knot,
    nsd,
    operators,
    running_operators,
    write_zones,
)
from namespaces import Namespace, bare_namespace, needs, served_lab
from questions import Aim, Maker, Question

from labsupport.exchange import Reply, Request
from labsupport.network.offline import OfflineNetwork
from labsupport.world import World

pytestmark = [pytest.mark.real, needs("knotd", "nsd")]

AT_LEAST_A_CLASS = 200
AT_LEAST = 5000
A_CLASS = 600
A_TIGHT_CLASS = 250

CLIENT = "198.18.0.10"


@dataclass(frozen=True)
class Exchange:
    """One question, and what each server answered: "lab", "knot", "nsd"."""

    question: Question
    answers: dict[str, bytes | None]

    def message(self, server: str) -> dns.message.Message:
        answer = self.answers[server]
        assert answer is not None, f"{server} is silent: {self.question}"
        return dns.message.from_wire(answer)

    def truncated(self, server: str) -> bool:
        return bool(self.message(server).flags & dns.flags.TC)


@dataclass(frozen=True)
class Tolerated:
    """A difference from one server that is not ours to mend: in which parts, when, why.

    `example` (address, name, type, size of UDP answers) is always asked for.
    """

    server: str
    parts: frozenset[str]
    applies: Callable[[Exchange], bool]
    reason: str
    example: tuple[str, str, str, int]


def only_knot_truncates(exchange: Exchange) -> bool:
    return [exchange.truncated(s) for s in ("lab", "knot", "nsd")] == [
        False,
        True,
        False,
    ]


def nsec_of_an_alias(exchange: Exchange) -> bool:
    (asked,) = exchange.question.message.question
    answer = exchange.message("nsd")
    alias = any(
        r.rdtype == RdataType.CNAME and r.name == asked.name for r in answer.answer
    )
    return asked.rdtype == RdataType.NSEC and (alias or exchange.truncated("nsd"))


def nothing_at_a_wildcard_itself(exchange: Exchange) -> bool:
    answer = exchange.message("nsd")
    hashed = any(rrset.rdtype == RdataType.NSEC3 for rrset in answer.authority)
    return answer.question[0].name.is_wild() and hashed and not answer.answer


SECTIONS = frozenset({"answer", "authority", "additional"})
TOLERATED = (
    Tolerated(
        "knot",
        SECTIONS | {"flags"},
        only_knot_truncates,
        "Close to the size limit Knot sets TC where the lab and NSD fit all in: it compresses "
        "names a little less, and lets addresses take the room of a signature.",
        ("198.41.0.4", ".", "NS", 512),
    ),
    Tolerated(
        "nsd",
        SECTIONS | {"flags"},
        nsec_of_an_alias,
        "Where an alias has no NSEC, NSD looks for one at its target. Knot does not: an NSEC "
        "stands beside a CNAME at the same name (RFC 4034 section 4).",
        ("198.18.103.53", "revista.universidad.test", "NSEC", 1232),
    ),
    Tolerated(
        "nsd",
        frozenset({"authority"}),
        nothing_at_a_wildcard_itself,
        "Asked for a wildcard's own name, NSD proves besides that no other name is closer. The "
        "NSEC3 that matches the name is proof enough (RFC 5155 section 7.2.3).",
        ("198.18.103.53", "*.alumnos.universidad.test", "CAA", 1232),
    ),
)


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


@pytest.fixture(scope="module")
def maker(world: World) -> Maker:
    return Maker(world, operators(world))


Message = tuple[str, bytes, bool]
"""To which address, what, and whether over TCP."""


@dataclass(frozen=True)
class Servers:
    """The lab in this process, and Knot and NSD in their namespaces."""

    network: OfflineNetwork
    namespaces: dict[str, Namespace]

    def ask(
        self,
        messages: list[Message],
        ask_real: Callable[[list[Message]], list[bytes | None]],
    ) -> list[dict[str, bytes | None]]:
        """Return for each message what each server answered, None for silence."""
        answers = {"lab": [self._ask_lab(*message) for message in messages]}
        for name, namespace in self.namespaces.items():
            answers[name] = namespace.call(ask_real, messages)
        return [
            dict(zip(answers, row, strict=True))
            for row in zip(*answers.values(), strict=True)
        ]

    def _ask_lab(self, address: str, wire: bytes, tcp: bool) -> bytes | None:
        protocol = "tcp" if tcp else "udp"
        outcome = self.network.send(
            Request(CLIENT, 4000, address, 53, protocol, None, wire)
        )
        return outcome.payload if isinstance(outcome, Reply) else None


def ask_each(messages: list[Message]) -> list[bytes | None]:
    return [ask(wire, address, tcp=tcp) for address, wire, tcp in messages]


@pytest.fixture(scope="module")
def servers(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    zones = tmp_path_factory.mktemp("zones")
    write_zones(world, zones)
    with (
        bare_namespace("knot", world) as of_knot,
        running_operators(knot, of_knot, world, tmp_path_factory.mktemp("knot"), zones),
        bare_namespace("nsd", world) as of_nsd,
        running_operators(nsd, of_nsd, world, tmp_path_factory.mktemp("nsd"), zones),
    ):
        yield Servers(OfflineNetwork(world), {"knot": of_knot, "nsd": of_nsd})


@pytest.fixture(scope="module")
def exchanges(servers: Servers, maker: Maker, world: World) -> list[Exchange]:
    questions = [question for aim in Aim for question in maker.questions(aim, A_CLASS)]
    for aim in (
        Aim.POSITIVE,
        Aim.WILDCARD,
        Aim.ABSENT,
        Aim.NO_DATA,
        Aim.CUT,
        Aim.BELOW,
        Aim.DS,
    ):
        questions += maker.questions(aim, A_TIGHT_CLASS, tight=True)
    for row in TOLERATED:
        address, name, rdtype, size = row.example
        (operator,) = (o for o in operators(world) if address in o.addresses)
        wire = query(name, rdtype, payload=size, want_dnssec=True)
        questions.append(Question(operator, address, False, wire))
    answers = servers.ask([(q.address, q.wire, q.tcp) for q in questions], ask_each)
    return [Exchange(*pair) for pair in zip(questions, answers, strict=True)]


Records = frozenset[tuple[dns.name.Name, RdataType, RdataType, int, bytes]]


def records(section: list[dns.rrset.RRset]) -> Records:
    """The records of a section, whatever their order and the case of their names."""
    return frozenset(
        (rrset.name, rrset.rdtype, rrset.covers, rrset.ttl, rdata.to_digestable())
        for rrset in section
        for rdata in rrset
    )


@cache
def view(answer: bytes | None) -> dict[str, object]:
    """What is compared of an answer, part by part."""
    if answer is None:
        return {"silence": True}
    message = dns.message.from_wire(answer)
    parts: dict[str, object] = {
        "code": message.rcode(),
        "flags": dns.flags.to_text(message.flags),
        "EDNS": (message.edns, message.ednsflags & dns.flags.DO),
        "question": [(rrset.name.labels, rrset.rdtype) for rrset in message.question],
    }
    if message.flags & dns.flags.TC:
        return parts
    parts["answer"] = records(message.answer)
    asked = {rrset.rdtype for rrset in message.question}
    if asked.isdisjoint(rrset.rdtype for rrset in message.answer):
        parts["authority"] = records(message.authority)
        parts["additional"] = records(message.additional)
    return parts


def differing(one: bytes | None, other: bytes | None) -> frozenset[str]:
    ours, theirs = view(one), view(other)
    return frozenset(
        part
        for part in ours.keys() | theirs.keys()
        if ours.get(part) != theirs.get(part)
    )


@pytest.mark.parametrize("server", ["knot", "nsd"])
def test_every_answer_is_the_same(server: str, exchanges: list[Exchange]) -> None:
    rows = [row for row in TOLERATED if row.server == server]
    surprises = []
    used = set()
    for exchange in exchanges:
        parts = differing(exchange.answers["lab"], exchange.answers[server])
        if not parts:
            continue
        reasons = {
            row.reason for row in rows if parts <= row.parts and row.applies(exchange)
        }
        used |= reasons
        if not reasons:
            surprises.append(f"{exchange.question}: {', '.join(sorted(parts))}")
    assert surprises == []
    assert used == {row.reason for row in rows}, "a difference that is no more"


def classes(exchange: Exchange, maker: Maker) -> Iterator[str]:
    """What a question turned out to be, by the reference's answer."""
    question = exchange.question
    query = question.message
    yield "TCP" if question.tcp else "UDP"
    yield "with DO" if query.ednsflags & dns.flags.DO else "without DO"
    answer = exchange.message("knot")
    if answer.flags & dns.flags.TC:
        yield "truncated"
        return
    (asked,) = query.question
    name, rdtype = asked.name, asked.rdtype
    facts = [maker.facts[zone] for zone in question.operator.zones]
    cuts = {cut: types for zone in facts for cut, types in zone.cuts.items()}
    empty = any(name in zone.empty for zone in facts)
    exists = empty or any(name in zone.types for zone in facts)
    found = {rrset.rdtype for rrset in answer.answer if rrset.name == name}
    told = {rrset.rdtype: rrset.name for rrset in answer.authority}
    if answer.rcode() == dns.rcode.NXDOMAIN:
        yield "NXDOMAIN"
    elif answer.rcode() != dns.rcode.NOERROR:
        return
    elif answer.flags & dns.flags.AA:
        if rdtype == RdataType.DS and name in cuts:
            yield "DS at the cut"
        if RdataType.CNAME in found and rdtype != RdataType.CNAME:
            yield "CNAME"
        if not exists and name not in cuts:
            yield "wildcard"
        elif rdtype in found:
            yield "positive"
        elif empty:
            yield "empty non-terminal"
        elif RdataType.SOA in told and not found:
            yield "NODATA"
    elif RdataType.NS in told:
        cut = told[RdataType.NS]
        yield "referral, signed" if RdataType.DS in cuts[cut] else "referral, unsigned"
        if cut != name:
            yield "below a cut"


CLASSES = {
    *("positive", "CNAME", "wildcard", "empty non-terminal", "NXDOMAIN", "NODATA"),
    *("referral, signed", "referral, unsigned", "DS at the cut", "below a cut"),
    *("with DO", "without DO", "UDP", "TCP", "truncated"),
}


def test_every_class_was_asked_for_often_enough(
    exchanges: list[Exchange], maker: Maker
) -> None:
    counted = Counter(
        kind for exchange in exchanges for kind in classes(exchange, maker)
    )
    assert counted.keys() == CLASSES
    assert {kind: n for kind, n in counted.items() if n < AT_LEAST_A_CLASS} == {}
    assert (
        len({(e.question.address, e.question.tcp, e.question.wire) for e in exchanges})
        >= AT_LEAST
    )


def everything(answer: bytes | None) -> object:
    if answer is None:
        return None
    message = dns.message.from_wire(answer)
    return len(answer), view(answer), [records(section) for section in message.sections]


def test_served_on_sockets_it_answers_the_same(exchanges: list[Exchange]) -> None:
    sample = exchanges[::10]
    with served_lab("served") as lab:
        asked = [(e.question.address, e.question.wire, e.question.tcp) for e in sample]
        served = lab.call(ask_each, asked)
    differences = [
        str(exchange.question)
        for exchange, answer in zip(sample, served, strict=True)
        if everything(answer) != everything(exchange.answers["lab"])
    ]
    assert differences == []


# Oddities: what a server does with messages that no stub resolver sends.

NAME, BIG = "www.museum.example", "boletin.museum.example"
SILENCE = "silence"


def query(
    name: str = NAME, rdtype: str = "A", rdclass: str = "IN", **options: object
) -> bytes:
    message = dns.message.make_query(name, rdtype, rdclass, **options)  # type: ignore[arg-type]
    message.id = 4711
    return message.to_wire()


def with_header(wire: bytes, flags: int, questions: int) -> bytes:
    return wire[:2] + flags.to_bytes(2, "big") + questions.to_bytes(2, "big") + wire[6:]


def with_opcode(number: int) -> bytes:
    return with_header(query(), number << 11 | dns.flags.RD, 1)


ODD_OPTION = dns.edns.GenericOption(65001, b"lab")

# What is sent, what comes back, and which server does otherwise, and why.
NO_ERROR_MESSAGE = "Knot drops it; RFC 1035 section 4.1.1 has a code for it."
ODDITIES: dict[str, tuple[bytes, str, dict[str, str]]] = {
    "EDNS version 1": (query(use_edns=1), "BADVERS", {}),
    "EDNS version 1, DO": (query(use_edns=1, ednsflags=dns.flags.DO), "BADVERS", {}),
    "opcode 3": (with_opcode(3), "NOTIMP", {}),
    "opcode 15": (with_opcode(15), "NOTIMP", {}),
    "class CH": (query(rdtype="TXT", rdclass="CH"), "REFUSED", {}),
    "class HS": (query(rdclass="HS"), "REFUSED", {}),
    "no question": (with_header(query()[:12], dns.flags.RD, 0), "FORMERR", {}),
    "two questions": (
        with_header(query() + query()[12:], dns.flags.RD, 2),
        "FORMERR",
        {"knot": "Knot drops it; RFC 9619 section 4 wants FORMERR."},
    ),
    "a response": (with_header(query(), dns.flags.QR | dns.flags.RD, 1), SILENCE, {}),
    "garbage": (
        with_header(b"\x12\x67" + bytes(10) + b"\xff" * 40, 0, 1),
        "FORMERR",
        {"knot": NO_ERROR_MESSAGE},
    ),
    "garbage that says it is a response": (b"\xff" * 52, SILENCE, {}),
    "cut off in the question": (query()[:-3], "FORMERR", {"knot": NO_ERROR_MESSAGE}),
    "less than a header": (query()[:11], SILENCE, {}),
    "a name that points at itself": (
        query()[:12] + b"\xc0\x0c\x00\x01\x00\x01",
        "FORMERR",
        {"knot": NO_ERROR_MESSAGE},
    ),
    "a label of 64 octets": (
        query()[:12] + b"\x40" + b"a" * 64 + b"\x00\x00\x01\x00\x01",
        "FORMERR",
        {"knot": NO_ERROR_MESSAGE},
    ),
    "two OPT records": (
        query(use_edns=0)[:10]
        + b"\x00\x02"
        + query(use_edns=0)[12:]
        + query(use_edns=0)[-11:],
        "FORMERR",
        {},
    ),
    "upper and lower case": (query("wWw.MuSeUm.eXaMpLe"), "NOERROR AA", {}),
    "an unknown EDNS option": (
        query(use_edns=0, options=[ODD_OPTION]),
        "NOERROR AA",
        {},
    ),
    "padding": (
        query(use_edns=0, options=[dns.edns.GenericOption(12, bytes(20))]),
        "NOERROR AA",
        {},
    ),
    "room for 512 octets": (
        query(BIG, "TXT", payload=512, use_edns=0),
        "NOERROR AA TC",
        {},
    ),
    "room for 100 octets": (
        query(BIG, "TXT", payload=100, use_edns=0),
        "NOERROR AA TC",
        {},
    ),
    "room for 4096 octets": (
        query(BIG, "TXT", payload=4096, use_edns=0),
        "NOERROR AA TC",
        {},
    ),
    "no EDNS": (query(BIG, "TXT"), "NOERROR AA TC", {}),
}


def in_short(answer: bytes | None) -> str:
    if answer is None:
        return SILENCE
    message = dns.message.from_wire(answer)
    flags = message.flags & (dns.flags.AA | dns.flags.TC)
    return f"{dns.rcode.to_text(message.rcode())} {dns.flags.to_text(flags)}".strip()


ORDINARY = b"\x00\x01" + query()[2:]


def ask_oddly(messages: list[Message]) -> list[bytes | None]:
    return [ask_before(ORDINARY, wire, address) for address, wire, _ in messages]


def test_oddities(servers: Servers, world: World) -> None:
    (address,) = (
        o.addresses[0] for o in operators(world) if "museum.example" in o.zones
    )
    answers = servers.ask(
        [(address, wire, False) for wire, _, _ in ODDITIES.values()], ask_oddly
    )
    surprises = []
    for (what, (_, expected, others)), answer in zip(
        ODDITIES.items(), answers, strict=True
    ):
        for server, wire in answer.items():
            as_expected = in_short(wire) == expected
            if as_expected == (server in others):
                surprises.append(
                    f"{what}: {server} says {in_short(wire)}, not {expected}"
                )
        lab, of_knot = answer["lab"], answer["knot"]
        # EDNS, flags and, to the case of its letters, the question come back as from Knot.
        if of_knot is not None and lab is not None and expected != "FORMERR":
            assert differing(lab, of_knot) == frozenset(), what
            assert lab[12:48].startswith(of_knot[12:36])
    assert surprises == []
