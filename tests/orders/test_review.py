"""Reviewing orders: each finding is made and is not cried out, and no word of an order leaks."""

from __future__ import annotations

import copy
import pickle
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address

import dns.message
import dns.rdatatype
import pytest
from drafts import FURTHER
from hypothesis import given, settings
from hypothesis import strategies as st
from said import begins, says

from labsupport import Lab
from labsupport.exchange import DNS_PORT, Outcome, Request, Silence
from labsupport.kinds import Kind, Source
from labsupport.lab_protocol import context_of
from labsupport.lookups import resolvers
from labsupport.lookups.neighbours import SeenName
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.orders import facts
from labsupport.orders.context import Context
from labsupport.orders.drafts import drafts
from labsupport.orders.facts import Facts, Looked, gather
from labsupport.orders.findings import CHECKS, Finding, Severity
from labsupport.orders.order import (
    Act,
    Measure,
    Notice,
    Order,
    Passage,
    Target,
    TargetKind,
    changed,
    order_of,
)
from labsupport.orders.reading import read_order
from labsupport.orders.review import Review, review, wording
from labsupport.orders.targets import registered
from labsupport.orders.techniques import Technique
from labsupport.orders.vocabulary import LANGUAGES, orders
from labsupport.results import Figure, Missing
from labsupport.servers.passive_dns import SITE as OBSERVATORY
from labsupport.world import World

LAB = Lab("en")
SAY = context_of(LAB).say
WORLD = World.load()
NOW = WORLD.start
DAY = timedelta(days=1)


class Watched(OfflineNetwork):
    """The lab, and what was sent in it; at `silent` addresses nobody answers."""

    def __init__(self, silent: Iterable[str] = ()) -> None:
        super().__init__(WORLD)
        self.requests: list[Request] = []
        self.silent = set(silent)

    def send(self, request: Request) -> Outcome:
        self.requests.append(request)
        if request.to_address in self.silent:
            return Silence(None, request.timeout)
        return super().send(request)

    @property
    def questions(self) -> Counter[tuple[str, str]]:
        """What the connection's resolver was asked, and how often."""
        found: Counter[tuple[str, str]] = Counter()
        for request in self.requests:
            if (
                request.port == DNS_PORT
                and request.source == context_of(LAB).entry.source
            ):
                question = dns.message.from_wire(request.payload).question[0]
                name = question.name.to_text(omit_final_dot=True)
                found[name, dns.rdatatype.to_text(question.rdtype)] += 1
        return found


def session_on(network: OfflineNetwork) -> Session:
    return Session(
        network,
        context_of(LAB).entry,
        SAY,
        Source.LAB,
        resolvers.ask,
        draw=context_of(LAB).draw,
    )


SESSION = session_on(OfflineNetwork(WORLD))


# Targets


def name(value: str, **values: object) -> Target:
    return replace(Target(value, TargetKind.NAME), **values)  # type: ignore[arg-type]


def page(value: str) -> Target:
    return Target(value, TargetKind.URL)


def address(value: str, beside: str = "") -> Target:
    return Target(value, TargetKind.ADDRESS, beside=beside)


def prefix(value: str) -> Target:
    return Target(value, TargetKind.PREFIX)


SITE = "goles-gratis.example"  # a dedicated name at an address that 212 others share
FRAUD = "bancodelfaro-clientes.example"
# An order that leaves nothing open.
CLEAN = order_of(
    targets=(name(SITE),),
    technique=Technique.RESOLVER,
    executors=("proveedores de acceso a Internet",),
    territory="Coralia",
    start=NOW,
    lasts=30 * DAY,
    review="a los 15 días",
    notice=Notice.GIVEN,
    contacts=("bloqueos@corte.gob.test",),
    reasons="…",
    explains=True,
    language="es",
)
# One that is urgent: what can follow later is not in it.
URGENT = order_of(
    targets=(name(FRAUD),),
    technique=Technique.REGISTRAR_HOLD,
    executors=("el registrador Registro Veloz",),
    territory="Coralia",
    lasts=timedelta(hours=72),
    reasons="…",
    language="es",
)


def on(*targets: Target, **values: object) -> Order:
    return changed(CLEAN, targets=targets, **values)  # type: ignore[arg-type]


def reviewed(order: Order, **values: object) -> Review:
    return review(order, SESSION, SAY, **values)  # type: ignore[arg-type]


def codes(order: Order) -> set[str]:
    return {one.code for one in reviewed(order).findings}


def the(code: str, order: Order) -> list[Finding]:
    return [one for one in reviewed(order).findings if one.code == code]


ADDRESSES = {"technique": Technique.ADDRESS}
HOLD = {"technique": Technique.REGISTRY_HOLD, "executors": ("Registro Ejemplo",)}
SEIZED = {"technique": Technique.NAME_SERVERS, "executors": ("Registro Ejemplo",)}
HOSTED = {"technique": Technique.HOST, "executors": ("Alojar",)}
PAGE = f"https://{SITE}/partido/7"


def passages(*texts: str) -> tuple[Passage, ...]:
    """Pieces of a text that were not understood, one behind the other."""
    return tuple(
        Passage(text, 100 * n, 100 * n + len(text)) for n, text in enumerate(texts)
    )


# For each finding an order that has it, and one much like it that does not.
FOUND: dict[str, tuple[Order, Order]] = {
    "no-target": (on(), on(annex="Anexo B")),
    "targets-in-annex": (on(annex="Anexo B"), on(name(SITE), annex="Anexo B")),
    "impossible-target": (on(address("300.1.1.1")), on(address("203.0.113.80"))),
    "address-in-brackets": (
        on(name(SITE), address("203.0.113.80", SITE)),
        on(name(SITE), address("203.0.113.80")),
    ),
    "address-differs": (
        on(address("203.0.113.81", SITE), **ADDRESSES),
        on(address("203.0.113.80", SITE), **ADDRESSES),
    ),
    "address-alone": (
        on(address("203.0.113.93"), **ADDRESSES),
        on(name(SITE), address("203.0.113.80"), **ADDRESSES),
    ),
    "shared-address": (
        on(name(SITE), **ADDRESSES),
        on(name("www.museum.example"), **ADDRESSES),
    ),
    "cdn-address": (
        on(name("www.diario-del-puerto.example"), **ADDRESSES),
        on(name("www.diario-del-puerto.example")),
    ),
    "whole-route": (
        on(address("198.51.100.10"), technique=Technique.ROUTE),
        on(prefix("198.51.100.0/24"), technique=Technique.ROUTE),
    ),
    "huge-range": (
        on(prefix("198.18.0.0/15"), **ADDRESSES),
        on(prefix("203.0.113.0/24"), **ADDRESSES),
    ),
    "address-block": (
        on(prefix("203.0.113.0/24"), **ADDRESSES),
        on(prefix("203.0.113.80/32"), address("203.0.113.81"), **ADDRESSES),
    ),
    "special-address": (
        on(address("192.168.1.1"), **ADDRESSES),
        on(address("203.0.113.93"), **ADDRESSES),
    ),
    "ipv6-forgotten": (
        on(name("museum.example"), address("198.51.100.10"), **ADDRESSES),
        on(
            name("museum.example"),
            address("198.51.100.10"),
            address("2001:db8:501::10"),
            **ADDRESSES,
        ),
    ),
    "public-suffix": (on(name("com.test")), on(name("posadas-del-rio.com.test"))),
    "platform": (
        on(name("mis-paginas.example")),
        on(name("alguien.mis-paginas.example")),
    ),
    "page-whole-name": (
        on(page(PAGE)),
        on(page(f"https://{SITE}/")),
    ),
    "exceptions": (
        on(name("museum.example"), exceptions=(name("correo.museum.example"),), **HOLD),
        on(name("museum.example"), exceptions=(name("correo.museum.example"),)),
    ),
    "out-of-reach": (
        on(address("203.0.113.80")),
        on(address("203.0.113.80"), **ADDRESSES),
    ),
    "executor-cannot": (
        on(
            name(SITE),
            executors=("los proveedores de acceso",),
            technique=HOLD["technique"],
        ),
        on(name(SITE), **HOLD),
    ),
    "addresses-too": (on(name(SITE), with_addresses=True), CLEAN),
    "identifies-everybody": (
        Order((Measure(Act.IDENTIFY),)),
        Order((Measure(Act.DISCLOSE),)),
    ),
    "mixed-executors": (
        on(
            name(SITE),
            executors=("All access providers", "the registry"),
            technique=None,
        ),
        on(name(SITE), executors=("All access providers",), technique=None),
    ),
    "executor-not-found": (on(name(SITE), executors=()), CLEAN),
    "technique-not-found": (
        on(name(SITE), page(PAGE), technique=None),
        on(page(PAGE), page(f"{PAGE}8"), technique=None),
    ),
    "several-techniques": (
        changed(CLEAN, not_understood=passages("bloqueo de la dirección IP")),
        changed(CLEAN, not_understood=passages("bloqueo DNS", "300.1.1.1")),
    ),
    "beyond-territory": (
        on(name(SITE), **HOLD),
        on(name(SITE), territory="todo el mundo", **HOLD),
    ),
    "subdomains": (
        on(name("bancodelfaro.example"), **HOLD),
        on(name("isla.example"), **HOLD),
    ),
    "mail": (on(name("museum.example"), **HOLD), on(name(FRAUD), **HOLD)),
    "wildcard": (on(name("alumnos.universidad.test")), on(name("universidad.test"))),
    "no-such-name": (on(name("golez-gratis.example")), CLEAN),
    "idn": (on(name("xn--bncodelfaro-yij.example")), CLEAN),
    "signed-target": (on(name("museum.example")), on(name("isla.example"))),
    "deletion": (
        on(name(SITE), not_understood=passages("la baja del dominio"), **HOLD),
        on(name(SITE), **HOLD),
    ),
    "impossible-period": (
        changed(CLEAN, lasts=None, end=NOW - DAY),
        changed(CLEAN, lasts=None, end=NOW + DAY),
    ),
    "two-ends": (
        changed(CLEAN, end=NOW + 10 * DAY),
        changed(CLEAN, end=NOW + 30 * DAY),
    ),
    "endless": (
        changed(CLEAN, where={"endless": (3, 12)}),
        changed(CLEAN, lasts=None, where={"endless": (3, 12)}),
    ),
    "zone-not-understood": (changed(CLEAN, where={"zone": (3, 12)}), CLEAN),
    "blanks": (changed(CLEAN, blanks=((3, 6), (9, 12))), CLEAN),
    "starts-in-the-past": (changed(CLEAN, start=NOW - 3 * DAY), CLEAN),
    "no-end": (
        changed(CLEAN, lasts=None),
        changed(CLEAN, lasts=None, end=NOW + 30 * DAY),
    ),
    "end-by-event": (
        changed(CLEAN, lasts=None, end_event="hasta sentencia definitiva"),
        changed(CLEAN, end_event="hasta sentencia definitiva"),
    ),
    "no-review": (changed(CLEAN, review=""), CLEAN),
    "open-list": (
        changed(
            CLEAN, review="", not_understood=passages("podrá agregar nuevos nombres")
        ),
        changed(CLEAN, review="", window="durante los partidos", lasts=None),
    ),
    "no-notice": (changed(CLEAN, notice=Notice.NOT_FOUND), CLEAN),
    "no-contact": (changed(CLEAN, contacts=()), CLEAN),
    "no-public-reason": (changed(CLEAN, explains=False), CLEAN),
    "notice-page-https": (
        changed(CLEAN, notice_page=True),
        on(name(SITE), notice_page=True, **SEIZED),
    ),
    "words-not-understood": (
        changed(CLEAN, not_understood=(Passage("espejos", 3, 10),)),
        changed(CLEAN, not_understood=(Passage("300.1.1.1", 3, 12),)),
    ),
    "not-understood": (
        changed(CLEAN, not_understood=(Passage("300.1.1.1", 3, 12),)),
        CLEAN,
    ),
}


def test_there_are_enough_findings_and_each_is_tried() -> None:
    assert len(CHECKS) >= 25
    assert sorted(FOUND) == sorted(check.code for check in CHECKS)


@pytest.mark.parametrize("code", FOUND)
def test_each_finding_is_made(code: str) -> None:
    order, _ = FOUND[code]
    assert code in codes(order)


@pytest.mark.parametrize("code", FOUND)
def test_no_finding_cries_wolf(code: str) -> None:
    _, order = FOUND[code]
    assert code not in codes(order)


# What weighs how much


def severities(order: Order) -> set[Severity]:
    return {one.severity for one in reviewed(order).findings}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_that_leaves_nothing_open_gets_no_warning(language: str) -> None:
    assert severities(changed(CLEAN, language=language)) <= {Severity.NOTE}


def test_an_urgent_hold_is_not_made_to_look_bad_for_what_can_follow() -> None:
    assert severities(URGENT) <= {Severity.NOTE}
    assert not {"no-review", "no-public-reason", "mail", "no-end"} & codes(URGENT)


def test_the_same_gaps_in_an_order_for_a_year_are_warnings() -> None:
    order = changed(URGENT, lasts=365 * DAY)
    warnings = {
        o.code for o in reviewed(order).findings if o.severity is Severity.WARNING
    }
    assert {"no-review", "no-notice", "no-contact", "beyond-territory"} <= warnings


def test_what_hits_bystanders_comes_first() -> None:
    order = on(
        name(SITE),
        address("203.0.113.80", SITE),
        technique=None,
        contacts=(),
        review="",
    )
    found = [one.severity for one in reviewed(order).findings]
    assert found == sorted(found, key=list(Severity).index)
    assert found[0] is Severity.SERIOUS
    assert found[-1] is not Severity.SERIOUS


def test_bystanders_are_counted_by_kind_each_site_once() -> None:
    (found,) = the("shared-address", on(name(SITE), **ADDRESSES))
    assert found.detail is not None
    sites = [site for site in WORLD.sites if "203.0.113.80" in site.addresses]
    kinds = Counter(site.kind for site in sites if site.name != SITE)
    told = found.detail(SAY)
    assert begins(
        told,
        "findings.other_sites_seen",
        count=212,
        kinds=(
            "health 8, school 2, newspaper 1, water company 1, municipality 1, "
            "radio 1 and others 198"
        ),
    )
    assert sum(map(int, re.findall(r"[a-z] (\d+)", told))) == kinds.total() == 212


def test_targets_of_the_order_are_no_bystanders() -> None:
    others = [
        s.name for s in WORLD.sites if "203.0.113.80" in s.addresses and s.name != SITE
    ]
    order = on(*(name(other) for other in [SITE, *others]), **ADDRESSES)
    # What is left are names of no site, such as the museum's shop, an alias of one of these.
    left = the("shared-address", order)
    assert all(one.detail and "names seen" in one.detail(SAY) for one in left)
    order = on(name(SITE), name(others[0]), **ADDRESSES)
    told = [
        one.detail(SAY).partition(" (")[0]
        for one in the("shared-address", order)
        if one.detail
    ]
    assert told == ["Other sites seen: 211"] * 2


def test_an_address_in_brackets_weighs_less_where_nobody_else_was_seen() -> None:
    (shared,) = the("address-in-brackets", on(address("203.0.113.80", SITE)))
    (alone,) = the(
        "address-in-brackets", on(address("198.51.100.10", "museum.example"))
    )
    (unknown,) = the("address-in-brackets", on(address("8.8.8.8", "museum.example")))
    assert shared.severity is unknown.severity is Severity.SERIOUS
    assert alone.severity is Severity.WARNING


def test_deferred_notice_is_asked_about_and_with_a_reason_it_is_not() -> None:
    (found,) = the("no-notice", changed(CLEAN, notice=Notice.DEFERRED))
    assert found.severity is Severity.NOTE
    assert not the("no-notice", changed(CLEAN, notice=Notice.DEFERRED_WITH_REASON))


def test_a_customers_hold_takes_the_whole_platform() -> None:
    hold = on(name("fotos-del-valle.mis-paginas.example"), **HOLD)
    assert "platform" in codes(hold)
    assert "platform" not in codes(changed(hold, technique=Technique.RESOLVER))


def test_a_platform_of_the_real_internet_is_known_without_asking() -> None:
    assert "platform" in codes(on(name("github.io")))
    assert "platform" not in codes(on(name("somebody.github.io")))
    assert "public-suffix" in codes(on(name("com.ar")))


@pytest.mark.parametrize(
    ("technique", "executor", "target", "reached"),
    [
        (Technique.REGISTRY_HOLD, "Registro Ejemplo", SITE, True),
        (Technique.REGISTRY_HOLD, "NIC Coralia", SITE, False),
        (Technique.REGISTRY_HOLD, "NIC Coralia", "google.com", False),
        (Technique.REGISTRY_HOLD, "el registro del dominio", SITE, True),
        (Technique.REGISTRAR_HOLD, "Registro Veloz", SITE, True),
        (Technique.REGISTRAR_HOLD, "NOMBRES DEL SUR", SITE, False),
        (Technique.HOST, "Alojar S.A.", SITE, True),
        (Technique.HOST, "Cimiento", SITE, False),
        (Technique.HOST, "la empresa de alojamiento", SITE, True),
        (Technique.CDN, "Brisa", "www.diario-del-puerto.example", True),
        (Technique.CDN, "Brisa", SITE, False),
        (Technique.RESOLVER, "Fibra Sur", SITE, True),
    ],
)
def test_a_named_executor_must_have_the_target(
    technique: Technique, executor: str, target: str, reached: bool
) -> None:
    order = on(name(target), technique=technique, executors=(executor,))
    assert ("out-of-reach" in codes(order)) is not reached


@pytest.mark.parametrize(
    ("executors", "technique", "code"),
    [
        (("proveedores de acceso a Internet",), Technique.RESOLVER, ""),
        (("os provedores de conexão à Internet",), Technique.ADDRESS, ""),
        (("all Internet access providers",), Technique.SERVER_NAME, ""),
        (("Fibra Sur", "Móvil Norte"), Technique.RESOLVER, ""),
        (("a quien corresponda",), Technique.RESOLVER, ""),
        (("the registrar of the domain",), Technique.REGISTRAR_HOLD, ""),
        (("el registro de dominios",), Technique.REGISTRAR_HOLD, ""),
        (("o registro", "o registrador"), Technique.REGISTRY_HOLD, ""),
        (("a empresa de hospedagem",), Technique.HOST, ""),
        (
            ("all Internet access providers",),
            Technique.REGISTRAR_HOLD,
            "executor-cannot",
        ),
        (("el registrador del dominio",), Technique.ADDRESS, "executor-cannot"),
        (("Alojar",), Technique.RESOLVER, "executor-cannot"),
        (("Alojar", "el registro"), Technique.RESOLVER, "executor-cannot"),
        (("Fibra Sur", "el registrador"), Technique.RESOLVER, "mixed-executors"),
        (("os provedores de acesso", "o registro"), None, "mixed-executors"),
        (("el registro", "el registrador"), None, ""),
    ],
)
def test_executors_and_technique_must_fit(
    executors: tuple[str, ...], technique: Technique | None, code: str
) -> None:
    found = codes(on(name(SITE), executors=executors, technique=technique))
    assert found & {"executor-cannot", "mixed-executors"} == ({code} if code else set())


def test_a_verb_is_no_hosting_company() -> None:
    """Alojar is a company of the lab, and a Spanish word for hosting."""
    order = changed(CLEAN, executors=("proveedores que suelen alojar sitios",))
    assert not Context(order, (), (), NOW).named


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"start": NOW + 5 * DAY, "end": NOW + DAY}, "impossible-period"),
        ({"lasts": timedelta(0)}, "impossible-period"),
        ({"lasts": -DAY}, "impossible-period"),
        ({"lasts": timedelta.max}, "impossible-period"),
        ({"start": datetime.max.replace(tzinfo=UTC), "lasts": 9000 * DAY}, None),
        (
            {"start": datetime(2026, 11, 2, 18), "end": datetime(2026, 11, 1)},
            "impossible-period",
        ),
        ({"start": datetime.min.replace(tzinfo=timezone(timedelta(hours=9)))}, None),
        ({"end": datetime.max, "lasts": None}, None),
    ],
)
def test_impossible_dates_get_a_finding_and_break_nothing(
    values: dict[str, object], code: str | None
) -> None:
    found = codes(changed(CLEAN, **values))  # type: ignore[arg-type]
    assert code is None or code in found


@pytest.mark.parametrize(
    "text",
    [
        "podrá agregar",
        "quaisquer outros domínios",
        "poderão ser incluídos",
        "may be added",
    ],
)
def test_targets_that_may_be_added_later_are_noticed(text: str) -> None:
    order = changed(CLEAN, review="", not_understood=(Passage(text, 5, 5 + len(text)),))
    assert "open-list" in codes(order)
    assert "open-list" not in codes(changed(order, not_understood=()))


def wording_of(code: str, order: Order) -> str:
    (found,) = the(code, order)
    return found.wording


def said_of(code: str, order: Order) -> str:
    """What the one finding of a code adds to its title."""
    (found,) = the(code, order)
    return found.detail(SAY) if found.detail else ""


def test_a_sealed_list_is_a_note() -> None:
    order = on(
        annex="Anexo B",
        where={"annex": (3, 10)},
        not_understood=passages("en el anexo"),
    )
    (found,) = the("targets-in-annex", order)
    assert (found.severity, found.start, found.end) == (Severity.NOTE, 3, 10)
    assert not {"no-target", "not-understood"} & codes(order)


@pytest.mark.parametrize(
    ("technique", "found"),
    [
        (Technique.RESOLVER, True),
        (Technique.PUBLIC_RESOLVER, True),
        (None, True),
        (Technique.NAME_SERVERS, False),
        (Technique.HOST, False),
        (Technique.CDN, False),
        (Technique.ADDRESS, False),
        (Technique.SERVER_NAME, False),
    ],
)
def test_only_a_resolver_leads_https_to_a_page_without_a_certificate(
    technique: Technique | None, found: bool
) -> None:
    order = on(name(SITE), technique=technique, notice_page=True)
    assert ("notice-page-https" in codes(order)) is found


ACCESS = {"executors": ("los proveedores de acceso a Internet",)}


def test_a_page_asked_of_access_providers_takes_the_whole_name_however_it_is_done() -> (
    None
):
    order = on(page(PAGE), technique=None, **ACCESS)
    assert wording_of("page-whole-name", order) == "page-behind-https"
    (found,) = the("page-whole-name", order)
    assert "which page" in found.words(SAY)["reason"]
    plain = on(page(f"http://{SITE}/partido/7"), technique=None, **ACCESS)
    assert wording_of("page-whole-name", plain) == "page-whole-name"
    hold = on(page(PAGE), **HOLD)
    assert wording_of("page-whole-name", hold) == "page-whole-name"


def test_a_page_is_no_problem_at_its_host_nor_where_its_whole_site_is_meant() -> None:
    assert "page-whole-name" not in codes(on(page(PAGE), **HOSTED))
    assert "page-whole-name" not in codes(
        on(page(PAGE), technique=None, executors=("Alojar",))
    )
    assert "page-whole-name" not in codes(on(page(PAGE), name(f"www.{SITE}")))
    assert "page-whole-name" in codes(on(page(PAGE), name("museum.example")))


def test_the_means_may_be_left_open_for_pages_alone() -> None:
    assert "technique-not-found" in codes(on(technique=None))
    assert "technique-not-found" not in codes(on(page(PAGE), technique=None))


def test_a_hold_and_a_resolver_have_other_words_for_names_below() -> None:
    order = on(name("bancodelfaro.example", subtree=True))
    assert wording_of("subdomains", order) == "subdomains"
    hold = on(name("bancodelfaro.example"), **HOLD)
    assert wording_of("subdomains", hold) == "subdomains-domain"


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        ("Notifíquese.", Severity.NOTE, "to whom was not found"),
        ("Regístrese, notifíquese", Severity.NOTE, "to whom was not found"),
        ("Notifíquese a las partes", Severity.NOTE, "to whom was not found"),
        ("Intimem-se.", Severity.NOTE, "to whom was not found"),
        (
            "Notifíquese a las operadoras.",
            Severity.WARNING,
            "Notice to the operators is ordered",
        ),
        (
            "Intimem-se os provedores de conexão",
            Severity.WARNING,
            "Notice to the operators",
        ),
        ("a partir de la notificación", Severity.WARNING, ""),
        ("intímese a cumplir", Severity.WARNING, ""),
    ],
)
def test_a_formula_of_notice_is_no_warning(
    text: str, severity: Severity, words: str
) -> None:
    order = changed(CLEAN, notice=Notice.NOT_FOUND, not_understood=passages(text))
    (found,) = the("no-notice", order)
    assert found.severity is severity
    assert words in said_of("no-notice", order)
    assert ("words-not-understood" in codes(order)) is not bool(words)


def test_an_end_by_an_event_takes_the_place_of_no_end() -> None:
    order = changed(
        CLEAN,
        lasts=None,
        end_event="hasta sentencia",
        where={"end_event": (0, 15)},
        not_understood=passages("hasta sentencia"),
    )
    assert {"end-by-event"} == {
        "no-end",
        "end-by-event",
        "words-not-understood",
    } & codes(order)
    (found,) = the("end-by-event", order)
    assert (found.severity, found.start, found.end) == (Severity.NOTE, 0, 15)


@pytest.mark.parametrize(
    ("technique", "key"),
    [
        (Technique.RESOLVER, "no-public-reason"),
        (Technique.PUBLIC_RESOLVER, "no-public-reason"),
        (Technique.ADDRESS, "no-public-reason-network"),
        (Technique.ROUTE, "no-public-reason-network"),
        (Technique.SERVER_NAME, "no-public-reason-network"),
    ],
)
def test_only_a_resolver_is_asked_for_an_error_of_the_dns(
    technique: Technique, key: str
) -> None:
    assert (
        wording_of(
            "no-public-reason", on(name(SITE), technique=technique, explains=False)
        )
        == key
    )


@pytest.mark.parametrize(
    ("technique", "key", "severity"),
    [
        (Technique.REGISTRY_HOLD, "beyond-territory", Severity.WARNING),
        (Technique.CDN, "beyond-territory-site", Severity.WARNING),
        (Technique.PUBLIC_RESOLVER, "beyond-territory-resolver", Severity.NOTE),
    ],
)
def test_each_way_beyond_the_territory_has_its_words(
    technique: Technique, key: str, severity: Severity
) -> None:
    (found,) = the("beyond-territory", on(name(SITE), technique=technique))
    assert (found.wording, found.severity) == (key, severity)
    assert ("public resolver" in found.words(SAY)["reason"]) is (
        technique is Technique.PUBLIC_RESOLVER
    )


def test_a_block_of_addresses_is_counted_and_a_huge_one_is_one_finding() -> None:
    block = on(prefix("203.0.113.0/24"), **ADDRESSES)
    assert said_of("address-block", block) == "It has 256 addresses."
    block = on(prefix("2001:db8:501::/64"), **ADDRESSES)
    assert said_of("address-block", block) == SAY(
        "findings.part_2_power_bits_addresses", bits=64
    )
    assert "address-block" not in codes(on(prefix("198.18.0.0/15"), **ADDRESSES))


def test_what_another_finding_says_is_not_listed_as_not_understood() -> None:
    added, technique, other = passages(
        "nuevos nombres", "bloqueo de la dirección IP", "300.1.1.1"
    )
    order = changed(CLEAN, review="", not_understood=(added, technique, other))
    assert {"open-list", "several-techniques"} <= codes(order)
    assert [one.start for one in the("not-understood", order)] == [other.start]
    # With an end and a review a list that may grow is no finding: the passage still is one.
    closed = changed(order, review="cada semana", not_understood=(added,))
    assert [one.start for one in the("words-not-understood", closed)] == [added.start]


# The lab's own drafts


def draft(key: str, language: str) -> Order:
    return read_order(drafts()[key][language].text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean_drafts_get_no_warning(language: str) -> None:
    assert severities(draft("clean", language)) <= {Severity.NOTE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_flawed_is_found_in_each_language(language: str) -> None:
    result = reviewed(draft("flawed", language))
    assert {one.code for one in result.findings} >= {
        "address-in-brackets", "shared-address", "platform", "technique-not-found",
        "mixed-executors", "no-end", "no-review", "no-notice", "no-contact",
    }  # fmt: skip
    text = drafts()["flawed"][language].text
    (brackets,) = (one for one in result.findings if one.code == "address-in-brackets")
    assert text[brackets.start : brackets.end] == "203.0.113.80"


@pytest.mark.parametrize("language", drafts()["hold"])
def test_the_urgent_hold_gets_no_warning(language: str) -> None:
    assert severities(draft("hold", language)) <= {Severity.NOTE}


def test_drafts_after_real_cases_show_what_those_were_about() -> None:
    assert {"address-in-brackets", "shared-address", "technique-not-found"} <= codes(
        draft("like-leakymails", "es")
    )
    assert {"cdn-address", "shared-address", "address-alone", "open-list"} <= codes(
        draft("like-match-addresses", "es")
    )
    assert {"technique-not-found", "open-list"} <= codes(draft("like-messenger", "pt"))


# What is looked up


def test_facts_of_a_name() -> None:
    (found,) = gather(SESSION, [name("www.museum.example")])
    assert found.looked is Looked.UP
    assert (found.domain, found.suffix, found.kind) == (
        "museum.example",
        "example",
        Kind.FOUND,
    )
    assert found.addresses == ("198.51.100.10", "2001:db8:501::10")
    assert found.mail == ("museum.example",)
    assert found.signed is True
    assert found.wildcard is False
    assert found.holders == ("Cimiento Servidores S.A.",)
    assert {one.name for one in found.in_domain} >= {
        "www.museum.example",
        "tienda.museum.example",
    }
    assert found.registrar == "Nombres del Sur S.A."
    assert found.kinds == {"museum"}
    assert not found.cdn
    assert not found.unanswered


def test_facts_of_addresses_and_blocks() -> None:
    cdn, block, beside = gather(
        SESSION,
        [
            address("192.0.2.80"),
            prefix("203.0.113.80/28"),
            address("203.0.113.80", SITE),
        ],
    )
    assert cdn.cdn
    # with www. and without
    assert len(block.at_addresses) > len(beside.at_addresses) > 400
    assert beside.addresses_of_name == ("203.0.113.80",)
    assert beside.domain == SITE


@pytest.mark.parametrize(
    ("given", "domain", "suffix"),
    [
        ("www.corte.gob.test", "corte.gob.test", "gob.test"),
        ("a.b.posadas-del-rio.com.test", "posadas-del-rio.com.test", "com.test"),
        ("museum.example", "museum.example", "example"),
        ("gob.test", "", "gob.test"),
        ("www.afip.gob.ar", "afip.gob.ar", "gob.ar"),
        ("somebody.github.io", "github.io", "io"),
        ("a.b.co.uk", "b.co.uk", "co.uk"),
    ],
)
def test_the_registered_part_of_a_name(given: str, domain: str, suffix: str) -> None:
    assert registered(given) == (domain, suffix)


def test_each_question_is_asked_once() -> None:
    network = Watched()
    targets = [
        name(SITE),
        page(f"https://{SITE}/a"),
        address("203.0.113.80", SITE),
        name(SITE),
    ]
    targets += [name(f"c{number}.mis-paginas.example") for number in range(5)]
    review(on(*targets), session_on(network), SAY)
    assert network.questions[SITE, "A"] == 1
    assert network.questions["mis-paginas.example", "MX"] == 1
    assert set(network.questions.values()) == {1}
    sent = [r for r in network.requests if r.server_name]
    pages = Counter((r.server_name, r.payload.split(b"\r\n", 1)[0]) for r in sent)
    assert pages
    assert set(pages.values()) == {1}


def test_nobody_is_asked_about_real_names_and_numbers() -> None:
    network = Watched()
    order = on(
        name("google.com"),
        page("https://real.com.ar/x"),
        address("8.8.8.8"),
        prefix("9.9.9.0/24"),
    )
    result = review(
        changed(order, exceptions=(name("bbc.co.uk"),)), session_on(network), SAY
    )
    sent = b" ".join(request.payload for request in network.requests).lower()
    for word in (b"google", b"real", b"8.8.8.8", b"9.9.9", b"bbc"):
        assert word not in sent
    assert says(result.not_checked, "review.targets_which_count", count=4)
    assert says(result.not_checked, "review.outside_lab_nobody_asked")


def test_of_very_many_targets_the_first_are_looked_up_and_it_is_said() -> None:
    targets = [name(f"c{number}.mis-paginas.example") for number in range(5)]
    found = gather(SESSION, [name("google.com"), *targets], most=3)
    looked = [one.looked for one in found]
    assert looked == [Looked.OUTSIDE, *[Looked.UP] * 3, *[Looked.TOO_MANY] * 2]
    # Of a block, each address is asked for.
    found = gather(SESSION, [prefix("203.0.113.0/28"), name(SITE)], most=10)
    assert [one.looked for one in found] == [Looked.UP, Looked.TOO_MANY]


def test_ten_thousand_targets_get_a_review(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST_LOOKED_UP", 20)
    monkeypatch.setattr(gather, "__kwdefaults__", {"most": 20})
    targets = [name(f"c{number}.mis-paginas.example") for number in range(5_000)]
    targets += [
        address(str(ip_address("10.0.0.0") + number)) for number in range(5_000)
    ]
    result = reviewed(on(*targets))
    assert "special-address" in {one.code for one in result.findings}
    assert any("not looked up: 4980" in one for one in result.not_checked)
    assert len(repr(result)) < 30_000


def test_an_observatorys_own_words_are_data() -> None:
    """Another observatory may call kinds what it likes."""
    seen = (SeenName("a.b.example", "{0} <b>kind</b>", "", 0, 0),)
    one = Facts(name(SITE), Looked.UP, SITE, SITE, "example", at_addresses=seen)
    order = on(name(SITE), **ADDRESSES)
    context = Context(order, (one,), (), NOW)
    (found,) = (
        f
        for c in CHECKS
        if c.code == "shared-address"
        for f in c.check(order, (one,), context)
    )
    assert found.detail is not None
    assert found.detail(SAY) == SAY(
        "findings.other_sites_seen", count=1, kinds="{0} <b>kind</b> 1"
    )


def test_an_observatory_that_is_silent_is_told_and_nothing_is_made_up() -> None:
    (home,) = (site.addresses for site in WORLD.sites if site.name == OBSERVATORY)
    result = review(on(name(SITE), **ADDRESSES), session_on(Watched(home)), SAY)
    assert "shared-address" not in {one.code for one in result.findings}
    assert any("gave no answer" in sentence for sentence in result.not_checked)


def test_a_resolver_that_is_silent_breaks_nothing() -> None:
    result = review(CLEAN, session_on(Watched(context_of(LAB).entry.resolvers)), SAY)
    assert "no-such-name" not in {one.code for one in result.findings}
    assert any("gave no answer" in sentence for sentence in result.not_checked)


def test_a_name_that_fails_validation_is_not_said_to_be_absent() -> None:
    (found,) = gather(SESSION, [name("www.mudanza.example")])
    assert found.kind is Kind.FAILED
    assert "no-such-name" not in codes(on(name("www.mudanza.example")))


# How it is shown


def test_the_sentence_counts_what_there_is_to_look_at() -> None:
    result = reviewed(on(name(SITE), **ADDRESSES, review="", contacts=()))
    rows = result.tabulated()
    assert rows is not None
    assert result.sentence == (
        SAY(
            "review.things_look_none",
            count=len(rows.rows),
            parts="1 serious, 1 warning and 1 note",
        )
    )
    assert result.kind is None


def test_an_order_without_findings_is_not_approved() -> None:
    result = reviewed(on(name("isla.example")))
    assert result.findings == ()
    assert result.kind is None
    for text in (repr(result), result._repr_html_()):
        assert says(text, "review.nothing_look_found_no")
        assert says(text, "review.what_not_checked_what")


def test_what_was_not_checked_is_always_said() -> None:
    for order in (CLEAN, URGENT, on()):
        result = reviewed(order)
        assert len(result.not_checked) >= 5
        for sentence in result.not_checked:
            assert sentence in repr(result)


def test_many_targets_with_one_finding_make_one_row() -> None:
    result = reviewed(
        on(*(name(f"c{number}.mis-paginas.example") for number in range(9)))
    )
    table = result.tabulated()
    assert table is not None
    (row,) = [row for row in table.rows if "Every name below" in str(row[2])]
    first = [SAY("review.target_number", number=number) for number in (1, 2, 3)]
    assert row[1] == "; ".join((*first, SAY("review.and_count_more", count=6)))
    assert len([one for one in result.findings if one.code == "wildcard"]) == 9


def test_a_finding_points_to_its_place() -> None:
    order = changed(
        on(name(SITE, start=119, end=140), **ADDRESSES),
        territory="Coralia",
        where={"territory": (7, 13)},
        technique=Technique.PUBLIC_RESOLVER,
        executors=("public resolver",),
    )
    (mail,) = the("mail", order)
    assert (mail.target, mail.start, mail.end) == (0, 119, 140)
    (territory,) = the("beyond-territory", order)
    assert (territory.target, territory.start, territory.end) == (None, 7, 13)
    table = reviewed(order).tabulated()
    assert table is not None
    assert "target 1, characters 120 to 140" in [row[1] for row in table.rows]
    assert "characters 8 to 13" in [row[1] for row in table.rows]


def test_until_further_order_is_where_an_end_is_looked_for() -> None:
    order = changed(CLEAN, lasts=None, where={"endless": (3, 12)})
    assert [(one.start, one.end) for one in the("no-end", order)] == [(3, 12)]


def test_where_words_may_be_shown_the_first_of_a_place_are_quoted() -> None:
    text = "Block goles-gratis.example in Coralia from now on until further order."
    shown = reviewed(
        read_order(f"{text} In force until 3 December 2026.")
    ).private_html(text)
    assert "“until further order”" in shown
    assert "characters" not in shown


def test_what_was_chosen_for_a_name_settles_that_it_was_not_understood() -> None:
    order = read_order("Block goles-gratis.example (203.0.113.80).")
    place = next(
        one.target for one in order.mentions if one.target.value == "203.0.113.80"
    )
    unsure = changed(
        order, not_understood=(Passage("203.0.113.80", place.start, place.end),)
    )
    assert not unsure.taken_as("203.0.113.80", "mentioned").not_understood
    assert unsure.taken_as("goles-gratis.example", "target").not_understood


@pytest.mark.parametrize("language", LANGUAGES)
def test_wordings_come_in_the_language_of_the_order(language: str) -> None:
    result = reviewed(changed(CLEAN, lasts=None, language=language))
    assert wording("no-end", language) in repr(result)
    assert wording("no-end", language) in repr(result.alternatives())


# The words that are not the order's


WORDINGS = orders("wording.toml")
WORDS = SAY.table("findings.toml")


def test_each_finding_has_its_words_and_a_source_with_a_date() -> None:
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    known = {check.code for check in CHECKS} | set(FURTHER)
    assert known >= set(WORDS), "words in findings.toml, but no function in findings.py"
    assert len({words["title"] for words in WORDS.values() if "title" in words}) == len(
        CHECKS
    )
    for code in (check.code for check in CHECKS):
        assert code in WORDS, "it has no words in data/course/en/findings.toml"
        words = WORDS[code]
        assert re.fullmatch(r"[a-z0-9-]+", code)
        assert re.search(r"\b(19|20)\d\d\b", words["reference"]), code
        assert words["reason"].endswith((".", "?")), code
        assert "missing" not in f"{words['title']} {words['reason']}".lower(), code


def test_each_wording_has_three_languages_and_blanks() -> None:
    codes = {check.code for check in CHECKS} - {
        "not-understood",
        "words-not-understood",
        "blanks",
    }
    assert set(WORDINGS) == codes | set(FURTHER), "data/course/orders/wording.toml"
    for code, texts in WORDINGS.items():
        assert set(texts) == set(LANGUAGES), code
        for text in texts.values():
            assert "[…]" in text, code
            assert not re.search(r"example|\.test\b|\d+\.\d+\.\d+", text), code
        assert len({text.count("[…]") for text in texts.values()}) == 1, code


# Nobody else's eyes


CANARIES = (
    "canario-nombre", "canario-pagina", "203.0.113.197", "canario@corte.gob.test", "CANARIOFRASE",
    "Canarilandia", "canario-excepto", "canario-beside", "canario-autoridad", "CANARIOREVISION",
)  # fmt: skip


def canary_order() -> Order:
    """An order whose every word is one that must not be seen."""
    return order_of(
        targets=(
            name(
                "canario-nombre.example",
                start=5,
                end=27,
                written="CANARIO-NOMBRE[.]example",
            ),
            name("canario-nombre.mis-paginas.example"),
            page("https://canario-pagina.example/canario-pagina"),
            address("203.0.113.197", "canario-beside.example"),
            Target(
                "canario-nombre<b>", TargetKind.ADDRESS, written="canario-nombre<b>"
            ),
            name("canario-nombre.com.ar"),
        ),
        technique=Technique.PUBLIC_RESOLVER,
        executors=("canario-autoridad, registrador",),
        territory="Canarilandia",
        start=NOW - 9 * DAY,
        review="CANARIOREVISION",
        window="durante el CANARIOFRASE",
        end_event="hasta CANARIOFRASE",
        contacts=("canario@corte.gob.test",),
        reasons="CANARIOFRASE",
        notice_page=True,
        exceptions=(name("canario-excepto.canario-nombre.example", start=90, end=99),),
        language="es",
        annex="CANARIOFRASE",
        not_understood=(
            Passage("CANARIOFRASE 300.1.1.1", 40, 60),
            Passage("bloqueo DNS, CANARIOFRASE", 62, 69),
            Passage("notifíquese a CANARIOFRASE", 91, 95),
        ),
        where={"territory": (60, 70), "end_event": (70, 80), "start": (80, 90)},
    )


def seen_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


def shown(result: Review) -> list[str]:
    """Everything of a review that a cell may show."""
    figure = result.figure()
    assert isinstance(figure, Missing | Figure)
    other = result.alternatives()
    return [
        result.sentence,
        repr(result),
        result._repr_html_(),
        result.table.to_html() + repr(result.table.attrs) + result.table.to_json(),
        repr(figure),
        *result.notes,
        *result.limits,
        *result.not_checked,
        repr(result.findings),
        repr([one.detail and one.detail(SAY) for one in result.findings]),
        repr(other) + other._repr_html_(),
        repr(vars(result)),
        repr(result.provenance),
    ]


def test_no_word_of_an_order_is_shown() -> None:
    result = reviewed(canary_order())
    assert len({one.code for one in result.findings}) >= 15
    for text in shown(result):
        assert seen_in(text) == []
    assert says(repr(result), "review.own_words_left_out")
    assert "target 1, characters 6 to 27" in repr(result)


def test_the_private_form_shows_them() -> None:
    """The check above can fail; and a form that stores nothing may show where a finding is."""
    result = reviewed(canary_order())
    text = result.private_html()
    assert {"canario-nombre", "canario-pagina", "203.0.113.197", "CANARIOFRASE"} <= set(
        seen_in(text)
    )
    assert not says(text, "review.own_words_left_out")


def test_the_words_of_the_labs_own_orders_are_shown() -> None:
    result = reviewed(
        on(name("xn--bncodelfaro-yij.example"), name(SITE), **ADDRESSES), own=True
    )
    assert SITE in repr(result)
    assert "bаncodelfaro.example (xn--bncodelfaro-yij.example)" in repr(result)


CANARY_TEXT = """
Ordénese a los proveedores de acceso bloquear canario-nombre.example (203.0.113.197) y
https://canario-pagina.example/canario-pagina, CANARIOFRASE, en Canarilandia, durante 300.1.1.1;
se exceptúa canario-excepto.example. Escríbase a canario@corte.gob.test. CANARIOREVISION a los
diez días. También podrán agregarse otros sitios de canario-autoridad. CANARIOFRASE.
"""


def test_no_word_of_a_text_is_shown() -> None:
    result = reviewed(read_order(CANARY_TEXT))
    assert len({one.code for one in result.findings}) > 5
    assert set(seen_in(result.private_html())) >= {"canario-nombre", "203.0.113.197"}
    for text in shown(result):
        assert seen_in(text) == []


def test_a_review_is_not_stored() -> None:
    result = reviewed(canary_order())
    for store in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not stored") as problem:
            store(result)
        assert seen_in(str(problem.value)) == []


def test_nothing_of_an_order_is_recorded() -> None:
    lab = Lab("en")
    session = Session(
        context_of(lab).offline,
        context_of(lab).entry,
        context_of(lab).say,
        Source.LAB,
        resolvers.ask,
    )
    review(canary_order(), session, context_of(lab).say)
    assert len(lab.evidence) == 0


ACTIVE = "<script>alert(1)</script>"


@pytest.mark.parametrize("kind", TargetKind)
def test_active_content_stays_text(kind: TargetKind) -> None:
    target = Target(ACTIVE, kind, beside=ACTIVE, written=ACTIVE)
    order = order_of(
        (target,),
        executors=(ACTIVE,),
        territory=ACTIVE,
        review=ACTIVE,
        exceptions=(target,),
        language=ACTIVE,
        not_understood=(Passage(ACTIVE, 0, 5),),
    )
    result = reviewed(order)
    for text in (result._repr_html_(), result.private_html()):
        assert "<script" not in text
    assert "<script" not in result.alternatives()._repr_html_()


# Whatever comes


WILD = [
    "", ".", "..", "a..b", "-", "*.example", "_x.example", "a" * 64 + ".example", "ä.example",
    "xn--.example", "xn--a.example", "x." * 126 + "example", "300.1.1.1", "1.2.3.4/99", "::1",
    "http://[", "http://[::1]/x", "https:///", "203.0.113.0/0", "0.0.0.0/0", "::/0", "\x00",
    "\ud800", "a\u202eb.example", "EXAMPLE", "example", "test", "localhost", "nada.invalid",
    "fe80::1%eth0", "203.0.113.080", "https://203.0.113.80/x?y", "host name.example", "%",
    "https://museum.example:99999/", "\\.example", "..%2f.example", "museum.example.",
]  # fmt: skip
VALUES = st.one_of(st.sampled_from(WILD), st.text(max_size=40))
TARGETS = st.builds(
    Target,
    VALUES,
    st.sampled_from(TargetKind),
    st.booleans(),
    st.one_of(st.just(""), VALUES),
    st.integers(0, 99),
    st.integers(0, 99),
    VALUES,
)
TIMES = st.one_of(st.none(), st.datetimes(timezones=st.sampled_from([None, UTC])))
ORDERS = st.builds(
    order_of,
    targets=st.lists(TARGETS, max_size=4).map(tuple),
    technique=st.one_of(st.none(), st.sampled_from(Technique)),
    executors=st.lists(VALUES, max_size=2).map(tuple),
    territory=VALUES,
    start=TIMES,
    end=TIMES,
    lasts=st.one_of(st.none(), st.timedeltas()),
    review=VALUES,
    window=VALUES,
    notice=st.sampled_from(Notice),
    exceptions=st.lists(TARGETS, max_size=2).map(tuple),
    language=st.sampled_from(["", "es", "pt", "en", "fr"]),
    notice_page=st.booleans(),
)


@pytest.mark.parametrize("value", WILD)
@pytest.mark.parametrize("kind", TargetKind)
def test_no_target_breaks_a_review(value: str, kind: TargetKind) -> None:
    for technique in (None, Technique.ADDRESS, Technique.REGISTRY_HOLD):
        result = reviewed(on(Target(value, kind, beside=value), technique=technique))
        result.private_html()


@settings(max_examples=60)
@given(ORDERS)
def test_no_order_breaks_a_review(order: Order) -> None:
    result = reviewed(order)
    assert result.sentence
    result.private_html()
    result.alternatives()


PIECES = st.one_of(
    st.sampled_from(WILD),
    st.sampled_from(drafts()["flawed"]["es"].text.split("\n")),
    st.sampled_from(drafts()["clean"]["en"].text.split("\n")),
    st.sampled_from(
        ["(", ")", "por el plazo de", "pelo prazo de 99999999 dias", "until 1 1 0001"]
    ),
    st.text(max_size=30),
)


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_no_text_breaks_a_review(text: str) -> None:
    result = reviewed(read_order(text))
    assert result.sentence
    result.private_html()


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_any_text_has_at_most_one_registered_part(text: str) -> None:
    domain, suffix = registered(text)
    assert not domain or domain.endswith(suffix)
