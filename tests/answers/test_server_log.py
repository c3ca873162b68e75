"""What servers write down of who called them: a site's of a visit, name servers of a question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from confirmed import confirmed
from rooms import Room
from said import SAY, begins, says

from labsupport import Lab
from labsupport.answers.server_log import Published, QuestionsLog, VisitsLog
from labsupport.answers.visit import VisitPage
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of

SUSPECT = "www.bancodelfaro-clientes.example"
YOU, SHARED = "198.18.0.10 (Fibra Sur)", "198.18.128.1 (Móvil Norte)"
RESOLVERS = ["198.18.0.53 (Fibra Sur)", "198.18.129.53 (Móvil Norte)"]


def log_of(lab: Lab, page: str) -> VisitsLog:
    visit = lab.visit(page)
    assert isinstance(visit, VisitPage)
    return visit.log()


def publish(lab: Lab, word: str) -> Published:
    mine = lab.investigate.publish(word)
    assert isinstance(mine, Published)
    return mine


def senders(log: VisitsLog | QuestionsLog) -> list[object]:
    return [line.sender for line in log.lines]


def test_a_visit_leaves_its_address_in_the_sites_log() -> None:
    lab = Lab("en")
    lab.visit(SUSPECT)
    lab.at("movil-norte").visit(SUSPECT)
    lab.visit("www.museum.example")
    lab.wait("1 minute")
    log = log_of(lab, f"https://{SUSPECT}/contacto")
    assert senders(log) == [YOU, SHARED, YOU]
    assert [row[0] for row in log.tabulated().rows][1:] == [
        "2026-11-02 12:00:00 UTC",
        "2026-11-02 12:01:00 UTC",
    ]
    assert [line.asked for line in log.lines] == ["/", "/", "/contacto"]
    visits = SAY(
        "server_log.visits",
        count=3,
        server="198.19.105.66 (Ultramar Host)",
        name=SUSPECT,
    )
    assert log.sentence == f"{visits} {SAY('log.you', address='198.18.0.10')}"


def test_ports_are_those_that_the_server_sees() -> None:
    """Behind a shared address the provider's machine chooses them."""
    lab = Lab("en")
    own = log_of(lab, SUSPECT)
    sent = [
        line.request
        for line in context_of(lab).log.lines
        if line.request.protocol == "https"
    ]
    assert own.lines[0].port == sent[0].source_port
    mobile = lab.at("movil-norte")
    for _ in range(5):
        port = log_of(mobile, "www.museum.example").lines[-1].port
        assert isinstance(port, int)
        assert 40000 <= port < 40320


def test_where_a_cdn_answers_it_is_the_cdns_log() -> None:
    log = log_of(Lab("en"), "www.aula-abierta.org.test")
    assert begins(
        log.sentence, "server_log.visits", count=1, server="192.0.2.80 (Brisa)"
    )
    assert says(log.limits[1], "log.network")


def test_what_did_not_arrive_is_in_no_log() -> None:
    lab = Lab("en")
    lab.visit("goles-gratis.example")
    order = "The access provider Fibra Sur shall block the address 203.0.113.80 for two days."
    blocked = log_of(lab.with_order(confirmed(order)), "goles-gratis.example")
    assert blocked.lines == ()
    assert begins(blocked.sentence, "log.not_arrived")
    nowhere = log_of(lab, "no-existe.example")
    assert begins(nowhere.sentence, "log.not_called", name="no-existe.example")


def test_whoever_stops_at_the_certificate_asked_for_no_page() -> None:
    log = log_of(Lab("en"), "www.isla.example")
    assert [row[3] for row in log.tabulated().rows] == [
        SAY("server_log.none_visit_ended_certificate")
    ]


@pytest.mark.usefixtures("entry")
def test_live_it_is_what_the_server_can_have_written_down() -> None:
    lab = Lab("en", live=True)
    assert context_of(lab).elsewhere is not None
    room = Room(context_of(Lab("en")).offline, ())
    context_of(lab).elsewhere = replace(context_of(lab).elsewhere, network=room)  # type: ignore[arg-type]
    log = log_of(lab, SUSPECT)
    assert says(log.sentence, "log.possible")
    assert [str(sender).partition(" ")[0] for sender in senders(log)] == ["198.18.0.10"]
    assert "perhaps another port" in log.limits[-1]


@pytest.mark.usefixtures("entry")
def test_live_nobody_makes_a_record() -> None:
    answer = Lab("en", live=True).investigate.publish("ana")
    assert answer.kind is Kind.NOT_COVERED
    assert says(answer.sentence, "real_internet.why_try_lab_lab")


def test_name_servers_hear_of_resolvers_not_of_who_asked_them() -> None:
    lab = Lab("en")
    mine = publish(lab, "Ana")
    assert mine.log().sentence == SAY("log.nobody_asked", name="ana.racimo.example")
    for seat in (lab, lab.at("movil-norte"), lab):
        assert seat.ask(mine.name).sentence == SAY(
            "ask.addresses", count=1, name="ana.racimo.example", values="198.51.100.99"
        )
    log = mine.log()
    assert senders(log) == RESOLVERS
    assert says(
        log.sentence, "server_log.questions", count=2, name="ana.racimo.example"
    )
    assert says(log.sentence, "log.not_there", address="198.18.0.10 (Fibra Sur)")


def test_it_is_asked_again_when_the_resolver_has_forgotten() -> None:
    lab = Lab("en")
    mine = publish(lab, "ana")
    for _ in range(3):
        lab.ask(mine.name)
        lab.wait("6 minutes")
    assert [row[:2] for row in mine.log().tabulated().rows] == [
        ("2026-11-02 12:00:00 UTC", RESOLVERS[0]),
        ("2026-11-02 12:12:00 UTC", RESOLVERS[0]),
    ]


def test_whoever_walks_down_alone_is_written_down() -> None:
    lab = Lab("en")
    mine = publish(lab, "ana")
    lab.trace(mine.name)
    lab.at("movil-norte").trace(mine.name)
    assert senders(mine.log()) == [YOU, SHARED]
    assert not says(mine.log().sentence, "log.not_there")


def test_each_record_has_its_own_questions_and_other_labs_have_none() -> None:
    lab = Lab("en")
    one, other = publish(lab, "ana"), publish(lab, "ana-2")
    lab.ask(one.name)
    assert (len(one.log().lines), len(other.log().lines)) == (1, 0)
    assert lab.ask(other.name).kind is Kind.FOUND
    assert lab.ask("racimo.example", "MX").kind is Kind.FOUND
    assert lab.with_order(lab.orders.draft("hold")).ask(one.name).kind is Kind.FOUND
    assert Lab("en").ask(one.name).kind is Kind.NO_SUCH_NAME


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "two words",
        "www.museum.example",
        "*",
        "@",
        "ana; rm",
        'a"b',
        "x" * 64,
        3,
        None,
    ],
)
def test_what_is_no_word_gets_a_sentence(typed: object) -> None:
    answer = Lab("en").investigate.publish(typed)
    assert answer.kind is Kind.NOT_ASKED
    assert answer.sentence


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        (" ", ""),
        (4, "You guessed: 4\n"),
        ("yes,\nno", "You guessed: yes, no\n"),
        ("\u202e", "You guessed: <U+202E>\n"),
        ("x" * 101, f"You guessed: {'x' * 100} [...]\n"),
    ],
)
def test_a_guess_is_shown_and_none_shows_nothing(
    typed: object, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Lab("en").course.guess(typed)
    assert capsys.readouterr().out == shown
