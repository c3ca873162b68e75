"""All who have a part in a name on one page, and what each could technically do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from said import SAY, says

from labsupport import Lab
from labsupport.answers.registration import meaning
from labsupport.answers.who import WhoPage, who
from labsupport.exchange import DNS_PORT, WHOIS_PORT, Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.names import read_question
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups.registration import calls_it_a_cdn
from labsupport.lookups.who import Actor, Part
from labsupport.network.offline import OfflineNetwork
from labsupport.rdds.record import Contact, Record
from labsupport.rdds.record import DirectoryOutcome as Answered
from labsupport.results import Result
from labsupport.world import World

WORLD = World.load()
LAB = Lab("en")
NUMBERS = "rdap.rir-lab.example"


def of(name: str) -> WhoPage:
    result = LAB.who(name)
    assert isinstance(result, WhoPage), result
    return result


def the(result: WhoPage, part: Part) -> Actor:
    (actor,) = result.with_part(part)
    return actor


# One page


def test_the_parts_of_a_name_stand_in_order() -> None:
    result = of("bancodelfaro-clientes.example")
    assert [actor.part for actor in result.actors] == [
        Part.REGISTRANT,
        Part.PROXY,
        Part.REGISTRAR,
        Part.REGISTRY,
        Part.DNS_OPERATOR,
        Part.HOST,
        Part.CUSTOMER,
        Part.ACCESS,
        Part.ACCESS,
    ]
    assert the(result, Part.REGISTRAR).who == "Registro Veloz Ltd."
    assert the(result, Part.REGISTRAR).source == "rdap.nic.example"
    assert the(result, Part.REGISTRY).who == "Registro Ejemplo"
    assert the(result, Part.DNS_OPERATOR).who == "Ultramar Host Ltd."


def test_behind_a_proxy_service_the_registrant_is_not_known() -> None:
    result = of("bancodelfaro-clientes.example")
    registrant, proxy = the(result, Part.REGISTRANT), the(result, Part.PROXY)
    assert registrant.who == ""
    assert result.detail(registrant) == SAY("who.behind_proxy", of="Velo Privado Ltd.")
    assert proxy.who == "Velo Privado Ltd."
    assert "domain=bancodelfaro-clientes.example" in proxy.reached
    assert says(
        result.sentence,
        "registration.registered_through",
        name=SAY("registration.name_a_proxy_service", name="Velo Privado Ltd."),
    )
    assert SAY("registration.who_behind_service_not") in result.sentence


def test_both_the_network_and_who_got_the_part_are_told() -> None:
    result = of("bancodelfaro-clientes.example")
    assert the(result, Part.HOST).who == "Ultramar Host Ltd."
    assert the(result, Part.HOST).reached.startswith("abuse@ultramar-host.example")
    assert the(result, Part.CUSTOMER).who == "Nube Barata Ltd."
    assert the(result, Part.CUSTOMER).reached.startswith("abuse@nube-barata.example")
    where = (
        SAY("who.network", hosts="Ultramar Host Ltd."),
        SAY("who.part_passed_customers", customers="Nube Barata Ltd."),
    )
    assert says(result.sentence, "who.leads", where="; ".join(where))


def test_a_part_that_the_host_keeps_has_no_other_customer() -> None:
    result = of("goles-gratis.example")
    assert the(result, Part.HOST).who == "Alojar S.A."
    assert result.with_part(Part.CUSTOMER) == ()


def test_a_content_delivery_network_is_known_by_what_its_record_says() -> None:
    result = of("www.diario-del-puerto.example")
    assert the(result, Part.CDN).who == "Brisa CDN S.A."
    assert "“Brisa CDN S.A.”" in result.cdn
    assert any(result.cdn in note for note in result.notes)
    assert the(result, Part.BEHIND).who == ""
    assert result.with_part(Part.HOST) == ()


def test_what_a_redacted_registrant_can_be_reached_by_is_told() -> None:
    result = of("suspendido.example")
    registrant = the(result, Part.REGISTRANT)
    assert registrant.who == ""
    assert result.detail(registrant) == SAY("who.not_shown")
    assert "domain=suspendido.example" in registrant.reached


def test_a_reseller_has_a_row() -> None:
    reseller = the(of("cooperativa.example"), Part.RESELLER)
    assert reseller.who == "Revende Dominios S.A.S."
    assert reseller.source == "rdap.nombres-del-sur.example"


def test_a_name_held_back_has_no_address_and_the_reason_is_told() -> None:
    for name, status in (
        ("retenido.example", "server hold"),
        ("suspendido.example", "client hold"),
    ):
        result = of(name)
        assert result.kind is Kind.FOUND
        assert result.dns.addresses == ()
        assert result.detail(the(result, Part.HOST)) == SAY("who.no_address")
        assert says(result.sentence, "who.name_not_dns_now", name=name)
        why = f"{status} ({meaning(status, SAY)})"
        assert says(result.sentence, "who.registration_says_why_held", held=why)


def test_each_of_two_dns_operators_has_a_row() -> None:
    operators = of("cooperativa.example").with_part(Part.DNS_OPERATOR)
    assert {one.who for one in operators} == {"Alojar S.A.", "Cimiento Servidores S.A."}


def test_name_servers_that_are_switched_off_are_found_by_the_record() -> None:
    result = of("abandonado.example")
    operator = the(result, Part.DNS_OPERATOR)
    assert operator.who == "Cimiento Servidores S.A."
    assert result.detail(operator) == "ns1.abandonado.example, ns2.abandonado.example"


def test_name_servers_without_an_address_are_said_to_be_unknown() -> None:
    result = of("huerfano.example")
    assert the(result, Part.DNS_OPERATOR).who == ""
    assert any("ns1.servidor-perdido.test" in note for note in result.notes)


def test_a_site_with_ipv6_alone() -> None:
    result = of("www.seis.example")
    assert result.dns.addresses == ("2001:db8:501::60",)
    assert the(result, Part.HOST).who == "Cimiento Servidores S.A."


def test_a_customers_name_below_a_domain_is_told_from_the_domain() -> None:
    result = of("fotos-del-valle.mis-paginas.example")
    assert result.domain == "mis-paginas.example"
    assert says(result.notes, "who.name_below")
    hits = result.table.set_index("part")["that would hit"]
    words = SAY.table("parts.toml")["hits"]
    assert hits[Part.REGISTRAR] == words["registrar"].format(
        domain="mis-paginas.example"
    )
    assert not says(of("www.museum.example").notes, "who.name_below")


def test_nobody_has_a_part_in_what_is_not_registered() -> None:
    result = LAB.who("nada.test")
    assert result.kind is Kind.NO_SUCH_NAME
    assert says(result.notes[-1], "who.no_registration_today")
    assert any("may be reserved" in limit for limit in result.limits)


@pytest.mark.parametrize(
    ("name", "part", "words"),
    [
        ("suspendido.example", Part.REGISTRAR, "lift the hold (client hold)"),
        ("suspendido.example", Part.REGISTRY, "it cannot lift the hold"),
        ("retenido.example", Part.REGISTRAR, "it cannot lift the hold"),
        ("retenido.example", Part.REGISTRY, "lift the hold (server hold)"),
        (
            "olvidado.example",
            Part.REGISTRANT,
            "have the name restored, through the registrar",
        ),
        ("olvidado.example", Part.REGISTRAR, "have the name restored"),
        ("olvidado.example", Part.REGISTRY, "restore the name when the registrar asks"),
        (
            "museum.example",
            Part.REGISTRAR,
            "take the name out of the DNS (client hold)",
        ),
    ],
)
def test_what_can_be_done_follows_the_status(name: str, part: str, words: str) -> None:
    can = of(name).table.set_index("part")["can technically"]
    assert can[part].startswith(words)


def test_whose_network_it_is_does_not_say_who_runs_the_machine() -> None:
    assert any("whose network" in limit for limit in of("museum.example").limits)


def test_a_suffix_is_refused_as_by_rdap() -> None:
    assert LAB.who("example").sentence == LAB.rdap("example").sentence
    assert LAB.who("example").kind is Kind.NOT_ASKED


@pytest.mark.parametrize("number", ["203.0.113.80", "2001:db8:500::10"])
def test_a_number_is_sent_to_where_it_is_told(number: str) -> None:
    for question in (
        LAB.who,
        LAB.investigate.certificates,
        LAB.investigate.compare,
        LAB.investigate.lookalikes,
    ):
        told = question(number)
        assert told.kind is Kind.NOT_ASKED
        assert says(repr(told), "names.number_for_a_name", number=number)
    assert LAB.routes.origin(number).kind is Kind.FOUND
    assert LAB.investigate.neighbours(number).kind is Kind.FOUND


def test_the_access_networks_reach_only_their_own_customers() -> None:
    result = of("www.museum.example")
    assert [one.who for one in result.with_part(Part.ACCESS)] == [
        "Fibra Sur S.A.",
        "Móvil Norte S.A.",
    ]
    hits = result.table[result.table["part"] == Part.ACCESS]["that would hit"]
    words = SAY.table("parts.toml")["hits"]
    assert set(hits) == {words["access network"]}


def test_the_law_is_left_to_the_reader() -> None:
    result = of("www.museum.example")
    assert says(result.notes[-1], "who.law_decides")
    assert not any(word in repr(result) for word in ("should", "must", "lawful"))


def test_every_part_has_words_for_what_it_can_do_and_what_that_hits() -> None:
    words = context_of(LAB).say.table("parts.toml")
    assert set(words["can"]) == set(words["hits"]) == set(Part)
    assert all(set(told) <= set(Part) for told in words["while"].values())


@pytest.mark.parametrize("typed", ["203.0.113.1", "", "dos palabras"])
def test_what_is_no_name_gets_a_sentence(typed: str) -> None:
    assert LAB.who(typed).kind is Kind.NOT_ASKED


# What is missing is said


class Partly(OfflineNetwork):
    """The lab where one directory answers with a status alone, or where some are silent."""

    def __init__(
        self, refusing: str = "", silent: Callable[[Request], bool] = lambda _: False
    ):
        super().__init__(WORLD)
        self.refusing = refusing
        self.silent = silent
        self.asked: list[Request] = []

    def send(self, request: Request) -> Outcome:
        self.asked.append(request)
        if self.silent(request):
            return Silence(None, 1.0)
        outcome = super().send(request)
        if (
            self.refusing
            and request.server_name == self.refusing
            and isinstance(outcome, Reply)
        ):
            return replace(
                outcome, payload=HttpResponse(429, (), b"<p>Later</p>").to_bytes()
            )
        return outcome


def seen_through(network: Partly, name: str) -> Result:
    typed, _ = read_question(name, "A", context_of(LAB).say)
    session = replace(context_of(LAB).session, network=network)
    return who(session, typed, ["198.18.0.1"])


def test_a_throttled_registry_is_no_absence() -> None:
    result = seen_through(Partly("rdap.nic.example"), "www.museum.example")
    assert isinstance(result, WhoPage)
    assert result.kind is Kind.FOUND
    for part in (Part.REGISTRANT, Part.REGISTRAR):
        assert the(result, part).who == ""
    assert says(result.notes, "registration.not_said")
    assert the(result, Part.HOST).who == "Cimiento Servidores S.A."
    assert the(result, Part.REGISTRY).who == "Registro Ejemplo"


def test_without_the_registrars_record_the_registrant_is_not_known_and_it_is_said_why() -> (
    None
):
    result = seen_through(Partly("rdap.nombres-del-sur.example"), "www.museum.example")
    assert isinstance(result, WhoPage)
    detail = result.detail(the(result, Part.REGISTRANT))
    assert detail == SAY("who.not_learned")
    assert the(result, Part.REGISTRAR).who == "Nombres del Sur S.A."
    assert any("rdap.nombres-del-sur.example" in note for note in result.notes)


def test_a_throttled_registry_of_numbers_leaves_hosts_unknown() -> None:
    result = seen_through(Partly(NUMBERS), "www.museum.example")
    assert isinstance(result, WhoPage)
    for part in (Part.HOST, Part.DNS_OPERATOR, Part.ACCESS):
        assert the(result, part).who == ""
        assert the(result, part).problems
    assert "not known" in result.table.set_index("part")["who"][Part.HOST]


def test_a_silent_whois_root_leaves_the_registry_unknown() -> None:
    silent = Partly(silent=lambda request: request.port == WHOIS_PORT)
    result = seen_through(silent, "www.museum.example")
    assert isinstance(result, WhoPage)
    assert the(result, Part.REGISTRY).who == ""
    assert the(result, Part.REGISTRY).problems


def test_when_nobody_answers_nothing_is_claimed() -> None:
    result = seen_through(
        Partly(silent=lambda request: request.port == DNS_PORT), "nada.example"
    )
    assert result.kind is Kind.NO_ANSWER
    assert isinstance(result, WhoPage)
    assert not any(actor.who for actor in result.actors)
    assert says(result.sentence, "who.dns_silent")


def test_nothing_is_asked_twice_of_a_directory() -> None:
    network = Partly()
    seen_through(network, "bancodelfaro-clientes.example")
    pages = [(r.to_address, r.payload) for r in network.asked if r.server_name]
    assert len(pages) == len(set(pages))


# Content delivery networks


@pytest.mark.parametrize(
    ("record", "alias", "known"),
    [
        ({"name": "BORDE-CDN"}, "", True),
        ({"remarks": ("A content delivery network",)}, "", True),
        ({"remarks": ("Red de distribución de contenidos",)}, "", True),
        ({}, "sitio.red-cdn.example", True),
        ({"name": "CDNERO"}, "", False),
        ({}, "sitio.alojar.example", False),
    ],
)
def test_only_words_make_a_content_delivery_network(
    record: dict[str, object], alias: str, known: bool
) -> None:
    holder = Contact(("registrant",), organisation="Red S.A.")
    block = replace(Record(Answered.FOUND, contacts=(holder,)), **record)  # type: ignore[arg-type]
    words = calls_it_a_cdn([block], alias)
    assert bool(words) is known


def test_a_lost_answer_is_not_told_as_no_address() -> None:
    """There is no IPv6 address, and of an IPv4 address nobody knows."""
    question = b"\x03crt\x07rir-lab\x07example\x00\x00\x01"

    def lost(request: Request) -> bool:
        return request.port == DNS_PORT and question in request.payload

    result = seen_through(Partly(silent=lost), "crt.rir-lab.example")
    assert isinstance(result, WhoPage)
    assert result.dns.kind is Kind.NO_ANSWER
    assert "without an address" not in result.sentence
