"""What a visit tells, step by step, and where it ends when something fails."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st
from visits import SAY, WORLD, carriers, seat

from labsupport.exchange import Clock, NotSent, Outcome, Reply, Request, TlsFailure
from labsupport.http import HttpResponse
from labsupport.lookups.session import Session
from labsupport.lookups.visit import Visit, title_of, visit
from labsupport.lookups.web import read_url
from labsupport.results import Figure, Kind
from labsupport.rules import Action, AddressRule, Rule, ServerNameRule
from labsupport.servers.observatory import SITE as OBSERVATORY

FIBRA_SUR = 64496
MUSEUM, MUSEUM_PREFIX = "www.museum.example", ip_network("198.51.100.10/32")


def visited(text: str, session: Session | None = None) -> Visit:
    session = session or seat()
    source = session.entry.source
    return visit(session, read_url(text, SAY), lambda address: carriers(source, address))


class Answering:
    """A network of which one machine answers as a test wants; the rest is the lab's."""

    def __init__(self, session: Session, outcome: Outcome) -> None:
        self._network = session.network
        self._outcome = outcome

    @property
    def clock(self) -> Clock:
        return self._network.clock

    def covers(self, name: str) -> bool:
        return self._network.covers(name)

    def send(self, request: Request) -> Outcome:
        if request.to_address != "198.51.100.10":
            return self._network.send(request)
        return self._outcome


def answering(outcome: Outcome) -> Session:
    session = seat()
    return replace(session, network=Answering(session, outcome))


def http(response: HttpResponse) -> Session:
    return answering(Reply("198.51.100.10", 0.1, (), response.to_bytes()))


def test_a_visit_names_who_runs_each_step() -> None:
    result = visited(MUSEUM)
    assert result.kind is Kind.FOUND
    assert [step.name for step in result.steps] == [
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
        ("Autoridad de Certificación de Prueba",),
        ("Cimiento",),
    ]
    assert result.title == "Museo de Faros y Navegación"
    assert result.sentence == (
        "The page https://www.museum.example/ came: “Museo de Faros y Navegación”. 4 organisations "
        "had a part in it: Fibra Sur, Andarivel, Cimiento, Autoridad de Certificación de Prueba."
    )
    assert len(result.table) == 6
    assert "who is behind the name" in result.limits[0]


def test_another_connection_visits_by_others() -> None:
    assert "Móvil Norte" in visited(MUSEUM, seat("movil-norte")).organisations
    resolver = visited(MUSEUM, seat("fibra-sur-resuelve")).steps[1]
    assert resolver.runs == ("Resuelve",)


def test_without_encryption_nobody_vouches() -> None:
    result = visited(f"http://{MUSEUM}")
    assert result.kind is Kind.FOUND
    assert result.steps[4].who == "nobody"
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
        if not any(site.name == name or site.name.endswith("." + name) for name in told):
            # What the registry's observatory offers begins below its first page.
            assert (result.kind is Kind.FOUND) == (site.name != OBSERVATORY), site.name


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
        ("no-existe.example", Kind.NO_SUCH_NAME, 2, "There is no name no-existe.example."),
        ("www.alterado.example", Kind.FAILED, 2, "fails the check of signatures"),
        ("www.abandonado.example", Kind.NO_ANSWER, 2, "No answer for"),
        ("rir-lab.example", Kind.NO_SUCH_TYPE, 2, "no record of type A"),
        ("www.isla.example", Kind.FAILED, 5, "ran out on 2025-06-01"),
        ("isla.example", Kind.FAILED, 5, "made out to another name: www.isla.example"),
        ("http://isla.example", Kind.FAILED, 6, "cannot serve this (421)"),
        (f"{MUSEUM}/nada", Kind.NO_SUCH_TYPE, 6, "no such page (404)"),
        ("ns1.cimiento.example", Kind.REFUSED, 4, "cut off"),
        ("borde1.brisa-cdn.example", Kind.FAILED, 5, "another name"),
    ],
)
def test_a_visit_ends_at_the_step_that_fails(text: str, kind: Kind, steps: int, words: str) -> None:
    result = visited(text)
    assert (result.kind, len(result.steps)) == (kind, steps)
    assert [step.worked for step in result.steps] == [True] * (steps - 1) + [False]
    assert f"step {steps} of 6" in result.sentence
    assert words in result.sentence
    assert result.limits
    assert isinstance(result.figure(), Figure)


def test_a_connection_without_ipv6_calls_nobody() -> None:
    result = visited("www.seis.example", seat("movil-norte"))
    assert (result.kind, len(result.steps)) == (Kind.NOT_ASKED, 4)
    assert result.served is not None
    assert isinstance(result.served.outcome, NotSent)
    assert result.limits == ("The machine may be there: from another connection it can be called.",)


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (HttpResponse(301, (("Location", "https://x.example/"),)), Kind.FOUND, "elsewhere (301)"),
        (HttpResponse(200, body=b"no title"), Kind.FOUND, "The page came (200)"),
        (HttpResponse(403), Kind.REFUSED, "does not give this page out (403)"),
        (HttpResponse(451), Kind.REFUSED, "does not give this page out (451)"),
        (HttpResponse(410), Kind.NO_SUCH_TYPE, "no such page (410)"),
        (HttpResponse(503), Kind.FAILED, "cannot serve this (503)"),
    ],
)
def test_what_a_machine_may_answer(response: HttpResponse, kind: Kind, words: str) -> None:
    result = visited(f"http://{MUSEUM}", http(response))
    assert result.kind is kind
    assert words in result.steps[-1].came


def test_what_is_no_http_and_no_certificate() -> None:
    nonsense = answering(Reply("198.51.100.10", 0.1, (), b"\0\1\2"))
    assert visited(f"http://{MUSEUM}", nonsense).kind is Kind.FAILED
    secure = visited(MUSEUM, nonsense)
    assert (secure.kind, len(secure.steps)) == (Kind.FAILED, 5)
    assert "no certificate that can be read" in secure.sentence


def test_encryption_that_does_not_come_about() -> None:
    result = visited(MUSEUM, answering(TlsFailure(None, 0.1, (), "no common version")))
    assert (result.kind, len(result.steps)) == (Kind.FAILED, 5)
    assert "no common version" in result.sentence


@given(st.binary())
def test_any_page_has_a_title_or_none(page: bytes) -> None:
    assert len(title_of(page)) <= 81
    assert len(title_of(b"<title>" + page + b"</title>")) <= 81


def test_a_title_from_outside_is_escaped() -> None:
    page = HttpResponse(200, body="<TITLE lang=en>\n<b>x</b>\u202e</TITLE>".encode())
    shown = visited(f"http://{MUSEUM}", http(page))._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;&lt;U+202E&gt;" in shown


def test_the_picture_says_the_same_as_the_table() -> None:
    result = visited(MUSEUM)
    figure = result.figure()
    assert isinstance(figure, Figure)
    assert figure.data == result.tabulated()
    assert "Fibra Sur → Andarivel → Cimiento" in figure.alt
    assert figure.png().startswith(b"\x89PNG")
