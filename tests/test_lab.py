"""What a participant can ask the lab, and what they can type wrongly."""

from __future__ import annotations

import re

import pytest
from said import says

from labsupport import Lab
from labsupport.answers.ask import AnswerPage
from labsupport.answers.dnssec import TrustChainPage
from labsupport.answers.trace import TracePage
from labsupport.dns.validation import Flaw, Security
from labsupport.exchange import Outcome, Request
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import languages
from labsupport.results import Result

METHODS = ("ask", "trace", "dnssec", "memory")


@pytest.fixture
def lab() -> Lab:
    return Lab("en")


def asked(lab: Lab, name: str, type: str = "A") -> AnswerPage:
    answer = lab.ask(name, type)
    assert isinstance(answer, AnswerPage)
    return answer


BAD_INPUT: dict[str, tuple[object, Kind, str]] = {
    "empty": ("", Kind.NOT_ASKED, "No name was given"),
    "blanks": ("   ", Kind.NOT_ASKED, "No name was given"),
    "300 characters": ("a." * 150 + "example", Kind.NOT_ASKED, "at most 253"),
    "label of 64": ("x" * 64 + ".example", Kind.NOT_ASKED, "at most 63"),
    "space": ("museo bonito", Kind.NOT_ASKED, "contains a space"),
    "emoji": ("😀.example", Kind.NOT_ASKED, "IDNA 2008"),
    "control character": (
        "www.mus\x07eum.example",
        Kind.NOT_ASKED,
        "invisible character (U+0007)",
    ),
    "zero-width": (
        "www.mus\u200beum.example",
        Kind.NOT_ASKED,
        "invisible character (U+200B)",
    ),
    "filler": (
        "www.mus\u3164eum.example",
        Kind.NOT_ASKED,
        "invisible character (U+3164)",
    ),
    "selector": (
        "www.mus\ufe0feum.example",
        Kind.NOT_ASKED,
        "invisible character (U+FE0F)",
    ),
    "emoji and selector": ("\u2764\ufe0f.example", Kind.NOT_ASKED, "IDNA 2008"),
    "right-to-left": (
        "www.\u202eelpmaxe",
        Kind.NOT_ASKED,
        "invisible character (U+202E)",
    ),
    "two dots": ("www..example", Kind.NOT_ASKED, "two dots"),
    "only dots": ("..", Kind.NOT_ASKED, "two dots"),
    "number": (42, Kind.NOT_ASKED, "text in quotation marks"),
    "bytes": (b"museum.example", Kind.NOT_ASKED, "text in quotation marks"),
    "list": (["museum.example"], Kind.NOT_ASKED, "text in quotation marks"),
    "no host in URL": ("http://", Kind.NOT_ASKED, "No name was found"),
    "address over 255": ("203.0.113.300", Kind.NOT_ASKED, "at most 255"),
    "outside": ("google.com", Kind.NOT_COVERED, "not part of the lab Internet"),
    "outside address": ("8.8.8.8", Kind.NOT_COVERED, "8.8.8.8 is not part of the lab"),
    "loopback": ("localhost", Kind.NOT_COVERED, "not part of the lab Internet"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("typed", "kind", "words"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_what_cannot_be_asked_gets_a_sentence(
    lab: Lab, method: str, typed: object, kind: Kind, words: str
) -> None:
    result = getattr(lab, method)(typed)
    assert isinstance(result, Result)
    assert result.kind is kind
    assert words in result.sentence
    assert len(lab.evidence) == 0, "nothing may be sent for what is not understood"


@pytest.mark.parametrize(
    "typed",
    [
        "https://www.museum.example/rooms?day=1",
        "hxxps://www[.]museum[.]example/",
        "www.museum.example/rooms",
        "clerk@www.museum.example",
        "WWW.MUSEUM.EXAMPLE",
        "www.museum.example.",
        "  www.museum.example  ",
        "www.museum.example:443",
        "“www.museum.example”",
    ],
)
def test_the_name_is_found_in_what_was_pasted(lab: Lab, typed: str) -> None:
    answer = asked(lab, typed)
    assert answer.kind is Kind.FOUND
    assert answer.name == "www.museum.example"


@pytest.mark.parametrize(
    "typed", ["https://www.museum.example/", "clerk@museum.example"]
)
def test_what_was_taken_from_it_is_said(lab: Lab, typed: str) -> None:
    assert any("taken" in note for note in lab.ask(typed).notes)


@pytest.mark.parametrize(
    "typed",
    [
        "203.0.113.80",
        "https://203.0.113.80/page",
        "203[.]0[.]113[.]80",
        "203.0.113.80:443",
        "203.0.113.80.",
        "203.0.113.80/32",
    ],
)
def test_an_address_asks_for_its_reverse_name_however_it_is_written(
    lab: Lab, typed: str
) -> None:
    answer = asked(lab, typed)
    assert answer.name == "80.113.0.203.in-addr.arpa"
    assert answer.records[0].value == "web80.alojar.example"


@pytest.mark.parametrize(
    "typed", ["[2001:db8:501::10]", "https://[2001:db8:501::10]/x"]
)
def test_an_ipv6_address_does_so_too(lab: Lab, typed: str) -> None:
    assert asked(lab, typed).records[0].value == "www.museum.example"


def test_an_address_with_a_scope_gets_a_sentence(lab: Lab) -> None:
    assert lab.ask("fe80::1%eth0").kind is Kind.NOT_COVERED


@pytest.mark.parametrize(
    "rdtype", ["XYZ", "", 5, None, "AXFR", "OPT", "TYPE0", "ANY", "RRSIG"]
)
def test_unknown_types_get_a_sentence(lab: Lab, rdtype: object) -> None:
    result = lab.ask("museum.example", rdtype)
    assert result.kind is Kind.NOT_ASKED
    assert "no record type" in result.sentence


def test_idna_2008_keeps_the_sharp_s(lab: Lab) -> None:
    assert asked(lab, "straße.example").name == "xn--strae-oqa.example"


def test_mixed_alphabets_are_pointed_out(lab: Lab) -> None:
    notes = " ".join(lab.ask("bаncodelfaro.example").notes)
    assert "U+0430" in notes
    assert "another alphabet" in notes
    plain = " ".join(lab.ask("peña-azul.example").notes)
    assert "Look-alike" not in plain


STORIES = {
    # name, type: kind of answer, security, flaw
    ("www.museum.example", "A"): (Kind.FOUND, Security.SECURE, None),
    ("nada.museum.example", "A"): (Kind.NO_SUCH_NAME, Security.SECURE, None),
    ("salas.museum.example", "A"): (Kind.NO_SUCH_TYPE, Security.SECURE, None),
    ("boletin.museum.example", "TXT"): (Kind.FOUND, Security.SECURE, None),
    ("any.mis-paginas.example", "A"): (Kind.FOUND, Security.SECURE, None),
    ("x.alumnos.universidad.test", "A"): (Kind.FOUND, Security.SECURE, None),
    ("nada.universidad.test", "A"): (Kind.NO_SUCH_NAME, Security.SECURE, None),
    ("datos.universidad.test", "A"): (Kind.FOUND, Security.SECURE, None),
    ("biblioteca.universidad.test", "A"): (Kind.FOUND, Security.INSECURE, None),
    ("www.diario-del-puerto.example", "A"): (Kind.FOUND, Security.INSECURE, None),
    ("www.isla.example", "A"): (Kind.FOUND, Security.INSECURE, None),
    ("www.experimento.example", "A"): (
        Kind.FOUND,
        Security.INSECURE,
        Flaw.UNSUPPORTED_ALGORITHM,
    ),
    ("www.cooperativa.example", "A"): (Kind.FOUND, Security.INSECURE, None),
    ("suspendido.example", "A"): (Kind.NO_SUCH_NAME, Security.SECURE, None),
    ("www.alterado.example", "A"): (Kind.FAILED, Security.BOGUS, Flaw.WRONG_SIGNATURE),
    ("www.archivo.example", "A"): (Kind.FAILED, Security.BOGUS, Flaw.EXPIRED),
    ("www.mudanza.example", "A"): (Kind.FAILED, Security.BOGUS, Flaw.NO_MATCHING_KEY),
    ("www.abandonado.example", "A"): (Kind.NO_ANSWER, Security.INDETERMINATE, None),
    ("www.huerfano.example", "A"): (Kind.NO_ANSWER, Security.INDETERMINATE, None),
    ("a.bucle.example", "A"): (Kind.FAILED, Security.INDETERMINATE, None),
}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: "-".join(story))
def test_each_story_of_the_lab_has_its_kind_and_its_verdict(
    lab: Lab, story: tuple[str, str]
) -> None:
    name, rdtype = story
    kind, security, flaw = STORIES[story]
    answer = asked(lab, name, rdtype)
    chain = lab.dnssec(name, rdtype)
    assert isinstance(chain, TrustChainPage)
    assert answer.kind is kind
    assert (chain.security, chain.flaw) == (security, flaw)
    assert answer.authenticated == (security is Security.SECURE)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: "-".join(story))
@pytest.mark.parametrize("method", METHODS)
def test_each_answer_explains_itself(
    lab: Lab, story: tuple[str, str], method: str
) -> None:
    lab.ask(*story)
    result = getattr(lab, method)(*story)
    assert result.sentence.endswith(".")
    assert result.sentence in repr(result)
    assert len(result.table) == len(
        result.tabulated().rows if result.tabulated() else ()
    )
    if result.provenance:
        assert "invented data" in repr(result)
        assert "invented data" in result._repr_html_()


def test_what_an_answer_stores_does_not_depend_on_what_was_said_before(
    lab: Lab,
) -> None:
    first = asked(lab, "www.museum.example")
    stored = repr(first), first._repr_mimebundle_()
    for name in ("www.bancodelfaro.example", "www.museum.example"):
        assert asked(lab, name).limits == first.limits
        assert asked(lab, name)._repr_mimebundle_()
    again = asked(lab, "www.museum.example")
    assert (repr(again), again._repr_mimebundle_()) == stored
    for limit in again.limits:
        assert f"<li>{limit}</li>" in stored[1]["text/html"]
        assert limit in stored[0]


@pytest.mark.parametrize("method", ["trace", "dnssec"])
def test_every_figure_says_in_words_what_it_shows(lab: Lab, method: str) -> None:
    figure = getattr(lab, method)("www.museum.example").figure()
    assert "<svg" in figure.svg()
    assert len(figure.states) > 1
    assert all(state.words in repr(figure) for state in figure.states)


def test_the_walk_goes_from_the_root_down(lab: Lab) -> None:
    walk = lab.trace("www.museum.example")
    assert isinstance(walk, TracePage)
    assert [str(step.zone) for step in walk.steps] == [
        ".",
        "example.",
        "museum.example.",
    ]
    assert all(step.glue for step in walk.steps)


def test_servers_of_another_zone_cost_a_detour(lab: Lab) -> None:
    walk = lab.trace("www.diario-del-puerto.example")
    assert isinstance(walk, TracePage)
    detours = [step for step in walk.steps if step.detour]
    assert {str(step.name) for step in detours} == {"ns1.servidns.test."}
    assert [str(name) for name in walk.aliases] == [
        "www.diario-del-puerto.example.",
        "diario-del-puerto.clientes.brisa-cdn.example.",
    ]


def test_a_lame_server_is_seen_and_passed_by(lab: Lab) -> None:
    walk = lab.trace("www.cooperativa.example")
    assert isinstance(walk, TracePage)
    assert says(str(walk), "trace.learnt_lame", code="REFUSED")
    assert walk.kind is Kind.FOUND


def test_a_time_to_live_runs_out_without_waiting(lab: Lab) -> None:
    first = asked(lab, "www.bancodelfaro.example").records[0].ttl
    lab.wait("2 minutes")
    assert asked(lab, "www.bancodelfaro.example").records[0].ttl == first - 120
    lab.wait(f"{first} seconds")
    assert asked(lab, "www.bancodelfaro.example").records[0].ttl == first


def test_memory_reads_what_was_seen(lab: Lab) -> None:
    lab.ask("www.bancodelfaro.example")
    lab.wait("1 minute")
    lab.ask("www.bancodelfaro.example")
    seen = lab.investigate.memory("www.bancodelfaro.example")
    assert [left for _, left in seen.seen] == [300, 240]  # type: ignore[attr-defined]
    assert "another 4 minutes" in seen.sentence


def test_an_unsigned_answer_is_kept_as_long_as_it_says(lab: Lab) -> None:
    """The proof that nobody vouches for the zone runs out sooner, and binds nobody."""
    assert asked(lab, "recuerdos-del-museo.example").records[0].ttl == 14400


def test_absence_is_remembered_and_seen(lab: Lab) -> None:
    lab.ask("nada.museum.example")
    assert says(
        lab.investigate.memory("nada.museum.example").sentence, "memory.remembered"
    )


def test_a_remembered_delegation_outlives_the_answer(lab: Lab) -> None:
    """When an answer has run out, the resolver still knows the way, and need not walk it."""
    root = {
        a
        for addresses in context_of(lab).offline.world.root_hints.values()
        for a in addresses
    }
    sent: list[str] = []
    deliver = context_of(lab).offline.send

    def watching(request: Request) -> Outcome:
        sent.append(request.to_address)
        return deliver(request)

    context_of(lab).offline.send = watching  # type: ignore[method-assign]
    lab.ask("goles-gratis.example")
    assert root & set(sent)
    lab.wait("5 hours")
    sent.clear()
    lab.ask("goles-gratis.example")
    assert "203.0.113.53" in sent, (
        "the answer has run out, and its server is asked again"
    )
    assert not root & set(sent)


@pytest.mark.parametrize("typed", ["soon", "", "10", "-5 minutes", 10, "9999999 days"])
def test_a_span_of_time_that_is_none_gets_a_sentence(lab: Lab, typed: object) -> None:
    before = context_of(lab).now
    assert lab.wait(typed).kind is Kind.NOT_ASKED
    assert context_of(lab).now == before


@pytest.mark.parametrize("code", languages())
def test_a_span_is_read_as_the_sentence_says_in_each_language(code: str) -> None:
    lab = Lab(code)
    said = lab.wait("soon").sentence
    examples = re.findall('"(.*?)"', said)
    assert len(examples) == 4
    assert all(lab.wait(one).kind is None for one in examples)
    assert lab.wait(" y ".join(examples)).kind is None


def test_each_connection_has_a_memory_of_its_own(lab: Lab) -> None:
    lab.ask("www.corte.gob.test")
    lab.wait("1 hour")
    elsewhere = lab.at("movil-norte")
    assert asked(elsewhere, "www.corte.gob.test").records[0].ttl == 86400
    assert asked(lab, "www.corte.gob.test").records[0].ttl == 86400 - 3600
    assert context_of(elsewhere).now == context_of(lab).now
    assert elsewhere.evidence.lines is lab.evidence.lines


@pytest.mark.parametrize("where", ["nowhere", "", 7, "203.0.113.80"])
def test_a_place_that_is_none_gets_a_sentence(lab: Lab, where: object) -> None:
    assert "no connection" in repr(lab.at(where))
    assert "no connection" in repr(lab.at(where).ask("www.museum.example"))


def test_a_resolver_out_of_reach_is_said(lab: Lab) -> None:
    """The mobile network has no IPv6."""
    answer = lab.at("movil-norte").at("2001:db8:504::104").ask("www.museum.example")
    assert answer.kind is Kind.NO_ANSWER
    assert "Nothing was sent" in answer.sentence


def test_the_chain_that_decides_is_drawn(lab: Lab) -> None:
    """An alias leads from a signed zone into an unsigned one."""
    assert "not protected" in repr(lab.dnssec("tienda.museum.example").figure())


def test_only_the_labs_own_questions_are_evidence(lab: Lab) -> None:
    lab.ask("www.museum.example")
    assert [line.request.to_address for line in lab.evidence.lines] == ["198.18.0.53"]
    assert {line.lab for line in lab.evidence.lines} == {"fibra-sur"}


def test_a_missing_language_is_said(lab: Lab) -> None:
    assert says(repr(Lab("xx")), "lab.language_missing", language="“xx”")


def test_the_doctor_finds_this_machine_well(lab: Lab) -> None:
    assert lab.course.doctor().kind is Kind.FOUND
