"""What a visit tells, step by step, and where it ends when something fails."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import dns.name
import pytest
from rooms import Replaced, Room
from said import says
from visits import SAY, WORLD, holder, seat

from labsupport import Lab
from labsupport.answers.visit import VisitPage, visit
from labsupport.exchange import NotSent, Outcome, Reply, TlsFailure
from labsupport.exchange.http import HttpResponse
from labsupport.exchange.readable import describe
from labsupport.exchange.rules import Action, AddressRule, Rule, ServerNameRule
from labsupport.inputs.urls import read_url
from labsupport.kinds import Kind
from labsupport.lookups.session import Session
from labsupport.servers import passive_dns, timestamp
from labsupport.servers.observatory import SITE as OBSERVATORY

FIBRA_SUR = 64496
# What these sites offer begins below their first page.
BELOW = {OBSERVATORY, passive_dns.SITE, timestamp.SITE} | {
    directory.host
    for directory in WORLD.directories
    if directory.kind in ("rdap", "bootstrap")
}
SITES = {site.name: site for site in WORLD.sites}
IPV4_ONLY = next(
    site.name
    for site in WORLD.sites
    if site.addresses and ":" not in "".join(site.addresses)
)
MUSEUM, MUSEUM_PREFIX = "www.museum.example", ip_network("198.51.100.10/32")


def visited(text: str, session: Session | None = None) -> VisitPage:
    return visit(session or seat(), read_url(text, SAY))


def told(result: VisitPage, number: int) -> tuple[object, ...]:
    """Return who runs a step, and what came of it."""
    return result.tabulated().rows[number - 1][2:]


def answering(outcome: Outcome) -> Session:
    session = seat()
    network = Replaced(session.network, ("198.51.100.10",), lambda request: outcome)
    return replace(session, network=network)


def http(response: HttpResponse) -> Session:
    return answering(Reply("198.51.100.10", 0.1, (), response.to_bytes()))


def test_a_visit_names_who_runs_each_step() -> None:
    result = visited(MUSEUM)
    assert result.kind is Kind.FOUND
    assert [taken.step for taken in result.steps] == [
        "name",
        "address",
        "route",
        "connection",
        "certificate",
        "page",
    ]
    assert [step.runs for step in result.steps] == [
        (),
        ("Fibra Sur",),
        ("Fibra Sur", "Andarivel", "Cimiento"),
        ("Cimiento",),
        (),
        ("Cimiento",),
    ]
    assert result.sentence == (
        SAY(
            "visit.page_is_there",
            count=3,
            url="https://www.museum.example/",
            who="Fibra Sur, Andarivel and Cimiento",
        )
    )
    assert told(result, 5)[0] == (
        SAY(
            "visit.issuer",
            issuer="Autoridad de Certificación de Coralia",
            date="2026-10-03",
        )
    )
    assert len(result.table) == 6
    assert says(result.limits[0], "visit.padlock")


def test_another_connection_visits_by_others() -> None:
    assert "Móvil Norte" in visited(MUSEUM, seat("movil-norte")).organisations
    resolver = visited(MUSEUM, seat("fibra-sur-resuelve")).steps[1]
    assert resolver.runs == ("Resuelve",)


def test_without_encryption_nobody_vouches() -> None:
    result = visited(f"http://{MUSEUM}")
    assert result.kind is Kind.FOUND
    assert told(result, 5)[0] == "nobody"
    assert result.limits[0].startswith("Nothing was encrypted")


def test_every_look_alike_opens_with_a_padlock() -> None:
    for site in WORLD.sites:
        if site.kind == "look-alike":
            result = visited(site.name)
            assert result.kind is Kind.FOUND
            assert result.steps[4].worked


def test_every_site_opens_unless_a_story_says_otherwise() -> None:
    told = {story.name for story in WORLD.stories}
    for site in WORLD.sites:
        result = visited(site.name)
        if not any(
            site.name == name or site.name.endswith("." + name) for name in told
        ):
            assert result.steps[-1].worked == (site.name not in BELOW), site.name


def test_rules_of_the_access_network_end_a_visit_where_they_bite() -> None:
    def ended(rule: Rule, text: str = MUSEUM) -> tuple[Kind | None, int]:
        result = visited(text, seat(rules=[rule]))
        return result.kind, len(result.steps)

    drop = AddressRule(asn=FIBRA_SUR, prefix=MUSEUM_PREFIX, action=Action.DROP)
    assert ended(drop) == (Kind.NO_ANSWER, 4)
    assert ended(replace(drop, action=Action.UNREACHABLE)) == (Kind.NO_ANSWER, 4)
    assert ended(replace(drop, action=Action.RESET)) == (Kind.REFUSED, 4)
    name = ServerNameRule(
        asn=FIBRA_SUR, server_name=dns.name.from_text(MUSEUM), action=Action.RESET
    )
    assert ended(name) == (Kind.REFUSED, 4)
    assert ended(name, f"http://{MUSEUM}") == (Kind.FOUND, 6)


@pytest.mark.parametrize(
    ("text", "kind", "steps", "words"),
    [
        (
            "no-existe.example",
            Kind.NO_SUCH_NAME,
            2,
            "There is no name no-existe.example.",
        ),
        ("www.alterado.example", Kind.FAILED, 2, "fails the check of signatures"),
        ("www.abandonado.example", Kind.NO_ANSWER, 2, "No answer for"),
        ("rir-lab.example", Kind.NO_SUCH_TYPE, 2, "no record of type A"),
        ("www.isla.example", Kind.FAILED, 5, "ran out on 2025-06-01"),
        ("isla.example", Kind.FAILED, 5, "made out to another name: www.isla.example"),
        ("http://isla.example", Kind.FAILED, 6, "cannot serve this (421)"),
        (
            f"{MUSEUM}/nada",
            Kind.FOUND,
            6,
            "The server answered that it has no such page (404).",
        ),
        (f"{MUSEUM}:8443", Kind.REFUSED, 4, "cut off"),
        (f"http://{MUSEUM}:443", Kind.FAILED, 6, "cannot serve this (400)"),
        (f"https://{MUSEUM}:80", Kind.FAILED, 5, "No encrypted connection"),
        ("https://dns.resuelve.example:53", Kind.REFUSED, 4, "cut off"),
        ("ns1.cimiento.example", Kind.REFUSED, 4, "cut off"),
        ("borde1.brisa-cdn.example", Kind.FAILED, 5, "another name"),
    ],
)
def test_a_visit_ends_at_the_step_that_fails(
    text: str, kind: Kind, steps: int, words: str
) -> None:
    result = visited(text)
    assert (result.kind, len(result.steps)) == (kind, steps)
    assert [step.worked for step in result.steps] == [True] * (steps - 1) + [False]
    assert f"step {steps} of 6" in result.sentence
    assert words in result.sentence
    assert result.limits


def test_a_connection_without_ipv6_calls_nobody() -> None:
    result = visited("www.seis.example", seat("movil-norte"))
    assert (result.kind, result.steps[-1].step) == (Kind.NO_ANSWER, "route")
    assert told(result, 3)[0] == "nobody"
    assert says(result.sentence, "web.no_family", family="IPv6")
    assert result.served is not None
    assert isinstance(result.served.outcome, NotSent)
    assert result.limits == (SAY("visit.from_elsewhere"),)


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (
            HttpResponse(301, (("Location", "https://x.example/"),)),
            Kind.FOUND,
            "elsewhere (301)",
        ),
        (HttpResponse(200), Kind.FOUND, "It has this page (200)."),
        (
            HttpResponse(405),
            Kind.FOUND,
            "says nothing of a page without giving it out (405)",
        ),
        (HttpResponse(403), Kind.REFUSED, "does not give this page out (403)"),
        (HttpResponse(451), Kind.REFUSED, "does not give this page out (451)"),
        (HttpResponse(410), Kind.FOUND, "no such page (410)"),
        (HttpResponse(503), Kind.FAILED, "cannot serve this (503)"),
    ],
)
def test_what_a_machine_may_answer(
    response: HttpResponse, kind: Kind, words: str
) -> None:
    result = visited(f"http://{MUSEUM}", http(response))
    assert result.kind is kind
    assert words in told(result, 6)[1]


def test_a_page_that_is_elsewhere_did_not_come() -> None:
    moved = HttpResponse(301, (("Location", "https://x.example/"),))
    assert says(
        visited(f"http://{MUSEUM}", http(moved)).sentence, "visit.ended", number=6
    )


def test_where_packets_are_led_astray_nobody_is_said_to_have_been_called() -> None:
    astray = Lab("en").routes.announce(
        "198.18.103.0/24", by="AS64497", checking="nobody"
    )
    result = astray.visit("www.universidad.test")
    assert isinstance(result, VisitPage)
    assert told(result, 3) == (
        "Fibra Sur → Andarivel → Oceánica → ?",
        SAY("visit.followed", network="Oceánica"),
    )
    assert says(str(told(result, 4)[0]), "visit.registered", holder="Red Unida")
    assert "Red Unida" not in (*result.organisations, result.sentence)
    assert result.provenance is not None
    assert result.provenance.server == "198.18.103.10"


def test_probes_that_nobody_answers_do_not_end_a_visit() -> None:
    session = seat()
    result = visited(
        MUSEUM, replace(session, network=Room(session.network, [(0, "icmp")]))
    )
    assert result.kind is Kind.FOUND
    assert told(result, 3) == ("not known", SAY("visit.nobody_way_answered"))


@pytest.mark.parametrize(
    ("key", "name", "told"),
    [
        ("fibra-sur", "banca.bancodelfaro.example", True),
        ("movil-norte", "banca.bancodelfaro.example", False),  # no IPv6 to try it by
        ("fibra-sur", IPV4_ONLY, False),
    ],
)
def test_the_other_kind_of_address_is_told_where_it_might_have_helped(
    key: str, name: str, told: bool
) -> None:
    (address,) = (a for a in SITES[name].addresses if ":" not in a)
    asn = next(
        n.asn for n in WORLD.networks if n.name == holder(seat(key).entry.source)
    )
    rule = AddressRule(asn=asn, prefix=ip_network(address), action=Action.DROP)
    limits = visited(name, seat(key, rules=[rule])).limits
    assert any("IPv6 address" in limit for limit in limits) == told
    assert len(limits) <= 3
    assert "IPv6 address" not in " ".join(visited(name, seat(key)).limits)


def test_what_is_no_http_and_no_certificate() -> None:
    nonsense = answering(Reply("198.51.100.10", 0.1, (), b"\0\1\2"))
    assert visited(f"http://{MUSEUM}", nonsense).kind is Kind.FAILED
    secure = visited(MUSEUM, nonsense)
    assert (secure.kind, len(secure.steps)) == (Kind.FAILED, 5)
    assert says(secure.sentence, "visit.unreadable")


def test_encryption_that_does_not_come_about() -> None:
    result = visited(MUSEUM, answering(TlsFailure(None, 0.1, (), "no common version")))
    assert (result.kind, len(result.steps)) == (Kind.FAILED, 5)
    assert "no common version" in result.sentence


def test_what_comes_from_outside_is_escaped() -> None:
    elsewhere = HttpResponse(302, (("Location", "https://<b>x</b>.example/"),))
    assert (
        "&lt;b&gt;x&lt;/b&gt;"
        in visited(f"http://{MUSEUM}", http(elsewhere))._repr_html_()
    )


def test_no_content_is_fetched() -> None:
    lab = Lab("en")
    lab.visit(MUSEUM)
    pages = [
        line.request for line in lab.evidence.lines if line.request.protocol == "https"
    ]
    assert [describe(request) for request in pages] == [
        (f"HEAD https://{MUSEUM}/", MUSEUM)
    ]
