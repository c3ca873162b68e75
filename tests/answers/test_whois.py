"""Asking WHOIS servers, from the root on."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from said import begins, says
from scripted import WORLD, lab

from labsupport import Lab
from labsupport.answers.registration import meaning
from labsupport.answers.whois import WhoisPage, in_plain_words
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups.whois import MOST_HOPS

LAB = Lab("en")
SAY = Language.load("en")
ROOT, REGISTRY = "whois-root.rir-lab.example", "whois.nic.example"
REGISTRAR = "whois.nombres-del-sur.example"


def whois(what: str, of: Lab = LAB) -> WhoisPage:
    result = of.whois(what)
    assert isinstance(result, WhoisPage), result
    return result


def lines(result: WhoisPage) -> dict[str, str]:
    table = result.tabulated()
    return {str(came): str(plain) for came, plain in table.rows}


def thin(server: str) -> bytes:
    return (
        f"Domain Name: MUSEUM.EXAMPLE\r\nRegistrar WHOIS Server: {server}\r\n".encode()
    )


def test_the_way_leads_from_the_root_to_the_registrar() -> None:
    of, network = lab()
    found = whois("museum.example", of)
    assert found.kind is Kind.FOUND
    assert network.asked == [
        f"{host} museum.example" for host in (ROOT, REGISTRY, REGISTRAR)
    ]
    assert found.notes[0].endswith(f"{ROOT} → {REGISTRY} → {REGISTRAR}.")
    assert found.server == REGISTRAR
    assert found.text.startswith("Domain Name: MUSEUM.EXAMPLE\n")
    assert begins(
        found.sentence,
        "registration.registered_through",
        domain="museum.example",
        name="Fundación Museo de Faros y Navegación",
        registrar="Nombres del Sur S.A",
    )
    assert says(
        found.sentence, "registration.been_registered_since_day", day="2009-05-14"
    )
    assert says(found.sentence, "registration.it_runs_until_day", day="2027-05-14")


def test_each_line_stands_beside_its_meaning() -> None:
    found = whois("suspendido.example")
    told = lines(found)
    lines_of_text = [line for line in found.text.split("\n") if line.strip()]
    assert set(told) < set(lines_of_text)
    left_out = set(lines_of_text) - set(told)
    assert says(found.tabulated().caption, "whois.lines_left_out", count=len(left_out))
    telling = (
        "Registrant Name",
        "Registrant Email",
        "Registrar:",
        "Domain",
        "Name Server",
    )
    assert not any(line.startswith(telling) for line in left_out)
    assert told["Domain Status: clientHold"] == f"status: {meaning('client hold', SAY)}"
    assert told["Registrant Name: REDACTED FOR PRIVACY"] == SAY(
        "whois.what_not_shown", what="registrant: name"
    )
    words = SAY.table("whois.toml")
    assert told["DNSSEC: unsigned"] == f"{words['signed']['dnssec']}: {SAY('whois.no')}"
    assert (
        SAY("registration.who_registered_domain_not", domain="suspendido.example")
        in found.sentence
    )


@pytest.mark.parametrize(
    "what", ["museum.example", "AS64500", "abogadas-del-muelle.com.test"]
)
def test_what_repeats_or_is_for_machines_is_left_to_the_text(what: str) -> None:
    found = whois(what)
    shown = list(lines(found))
    assert not any(line.startswith(("%", ">>>", "Registry ")) for line in shown)
    assert len(found.tabulated().rows) < 25


def test_the_record_of_a_generic_name_fits_a_page() -> None:
    shown = lines(whois("museum.example"))
    assert len(shown) == 18
    assert not any(line.startswith("Tech ") for line in shown)


def test_another_contact_is_shown() -> None:
    text = (
        b"Domain Name: MUSEUM.EXAMPLE\r\nRegistrant Name: Ana\r\nTech Name: Luis\r\n"
        b"Registrant Phone: +1.3715550186\r\nTech Phone: +1.3715550186\r\n"
    )
    of, _ = lab(texts={REGISTRY: text})
    assert list(lines(whois("museum.example", of))) == [
        "Domain Name: MUSEUM.EXAMPLE",
        "Registrant Name: Ana",
        "Tech Name: Luis",
        "Registrant Phone: +1.3715550186",
    ]


def test_a_country_registry_has_a_form_of_its_own() -> None:
    found = whois("www.abogadas-del-muelle.com.test")
    assert found.server == "whois.nic.test"
    assert found.name == "abogadas-del-muelle.com.test"
    told = lines(found)
    assert told["created:     20100315"] == "registered: 2010-03-15"
    assert told["status:      published"] == "status: in the DNS"
    assert told["owner:       Abogadas del Muelle"] == "holder"


def test_a_registry_without_whois_is_no_absence() -> None:
    found = LAB.whois("corte.gob.test")
    assert found.kind is Kind.NO_SERVER
    assert says(found.sentence, "whois.no_server")


@pytest.mark.parametrize(
    "name", ["nada-de-nada.example", "nada.com.test", "www.nada.example"]
)
def test_an_absence_is_the_registrys_word(name: str) -> None:
    found = whois(name)
    assert found.kind is Kind.NO_SUCH_NAME
    assert says(found.sentence, "registration.absent", what=name)
    assert says(found.limits, "limits_of_absence.history")
    assert f"No match for {name}" in found.text or f'"{name.upper()}"' in found.text


def test_no_suffix_is_asked_for() -> None:
    of, network = lab()
    found = whois("no-hay-nadie.com.test", of)
    assert found.kind is Kind.NO_SUCH_NAME
    assert "whois.nic.test no-hay-nadie.com.test" in network.asked
    assert "whois.nic.test com.test" not in network.asked


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            "198.19.105.66",
            "lies in 198.19.105.64/28, which is registered for Nube Barata Ltd.",
        ),
        ("203.0.113.0/24", "203.0.113.0/24 is registered for Alojar S.A."),
        ("AS64500", "AS64500 is registered for Alojar S.A."),
    ],
)
def test_numbers(number: str, words: str) -> None:
    found = whois(number)
    assert found.server == "whois.rir-lab.example"
    assert words in found.sentence
    assert says(found.sentence, "registration.abuse_reported_abuse")


# Beside RDAP

STATUS_AND_DATES = re.compile(
    r"It has been registered[^.]+|It r[au]n[^.]+|Status: .*?\)\."
)


def test_both_protocols_tell_the_same_status_and_dates() -> None:
    """Of a name that registry and registrar disagree on as well: the registry's word is told."""
    compared = 0
    of = Lab("en")
    (quota,) = [d.quota for d in WORLD.directories if d.quota]
    for number, registration in enumerate(WORLD.registrations):
        if number % (quota // 2) == 0:
            of.wait("10 minutes")  # nobody is asked too often
        by_rdap, by_whois = of.rdap(registration.name), of.whois(registration.name)
        if isinstance(by_whois, WhoisPage):
            compared += 1
            told = STATUS_AND_DATES.findall(by_whois.sentence)
            assert len(told) == 3, registration.name
            assert told == STATUS_AND_DATES.findall(by_rdap.sentence), registration.name
    assert compared > len(WORLD.registrations) / 2


def test_where_the_registrar_lags_the_registrys_status_is_told() -> None:
    lapsed = whois("olvidado.example")
    assert lapsed.shown.record.status == ("client transfer prohibited",)
    assert "Status: redemption period" in lapsed.sentence
    assert "disagree on: status" in lapsed.sentence
    assert "It runs until 2027-10-17." in whois("harbour-view-rooms.example").sentence


# What is no answer is no absence


def test_a_registrar_that_was_asked_too_often() -> None:
    """The lab's own quota: the registry's record stands, and the name does not vanish."""
    of = Lab("en")
    (quota,) = [d.quota for d in WORLD.directories if d.quota]
    for _ in range(quota):
        assert whois("suspendido.example", of).server == "whois.registro-veloz.example"
    found = whois("suspendido.example", of)
    assert found.kind is Kind.REFUSED
    assert begins(found.sentence, "registration.not_learned_refused")
    assert says(
        found.sentence,
        "registration.registry_alone_told",
        told=SAY(
            "registration.registered_by",
            domain="suspendido.example",
            registrar="Registro Veloz Ltd",
        ),
    )
    assert says(found.sentence, "registration.been_registered_since_day")
    assert found.sentence.endswith(SAY("registration.who_holds_not_learned"))
    assert found.server == REGISTRY
    assert any("asked too often" in note for note in found.notes)
    of.wait("10 minutes")
    assert whois("suspendido.example", of).server == "whois.registro-veloz.example"


NO_RECORD = {
    "throttled": (b"%% Query rate limit exceeded. Try again later.\r\n", Kind.REFUSED),
    "refused": (b"%% Access denied\r\n", Kind.REFUSED),
    "a page": (b"<html><body>Welcome</body></html>\r\n", Kind.FAILED),
    "silence": (None, Kind.NO_ANSWER),
}


@pytest.mark.parametrize("host", [ROOT, REGISTRY])
@pytest.mark.parametrize(("text", "kind"), NO_RECORD.values(), ids=NO_RECORD)
def test_what_is_no_record_says_nothing_about_the_name(
    host: str, text: bytes | None, kind: Kind
) -> None:
    of, _ = lab(texts={host: text})
    found = of.whois("museum.example")
    assert found.kind is kind
    assert "says nothing about" in found.sentence


@pytest.mark.parametrize(("text", "kind"), NO_RECORD.values(), ids=NO_RECORD)
def test_without_the_registrar_the_registrys_record_stands(
    text: bytes | None, kind: Kind
) -> None:
    of, _ = lab(texts={REGISTRAR: text})
    found = whois("museum.example", of)
    assert found.kind is kind
    assert found.sentence.startswith(
        ("The registrar's directory", "What the registrar's")
    )
    assert says(
        found.sentence,
        "registration.registry_alone_told",
        told=SAY(
            "registration.registered_by",
            domain="museum.example",
            registrar="Nombres del Sur S.A",
        ),
    )
    assert found.server == REGISTRY
    assert any(
        note.startswith((REGISTRAR, f"What {REGISTRAR} sent")) for note in found.notes
    )


@pytest.mark.parametrize("host", [REGISTRY, REGISTRAR])
def test_the_record_of_another_name_is_none_of_this_one(host: str) -> None:
    text = b"Domain Name: BANCODELFARO.EXAMPLE\r\n"
    text += b"Registrant Name: Banco\r\nCreation Date: 2009-01-01"
    of, _ = lab(texts={host: text})
    found = whois("museum.example", of)
    assert found.kind is Kind.FAILED
    assert "registered for Banco" not in repr(found)
    assert says(repr(found), "registration.other", name="bancodelfaro.example")


# Where servers refer to each other


def test_servers_that_refer_to_each_other() -> None:
    of, network = lab(texts={REGISTRY: thin(REGISTRAR), REGISTRAR: thin(REGISTRY)})
    found = whois("museum.example", of)
    assert len(network.asked) == 3
    assert SAY("whois.circle", host=REGISTRY) in found.notes


def test_a_root_that_refers_to_itself() -> None:
    of, network = lab(texts={ROOT: f"refer: {ROOT}\n\ndomain: EXAMPLE\n".encode()})
    assert of.whois("museum.example").kind in (Kind.FAILED, Kind.NO_SERVER)
    assert len(network.asked) == 1


def test_a_long_chain_is_left() -> None:
    hosts = [d.host for d in WORLD.directories if d.kind == "whois"]
    texts = {
        one: thin(other)
        for one, other in zip(hosts, [*hosts[1:], hosts[0]], strict=True)
    }
    of, network = lab(texts={**texts, ROOT: f"refer: {hosts[0]}\n".encode()})
    of.whois("museum.example")
    assert len(network.asked) == min(MOST_HOPS, len(hosts) + 1)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("whois.verisign-grs.com", "outside this network"),
        ("whois.nada-de-nada.example", "led to no address"),
        (f"{'w' * 70}.example", "not the name of a server"),
    ],
)
def test_a_referral_that_leads_nowhere(server: str, words: str) -> None:
    of, _ = lab(texts={REGISTRY: thin(server)})
    found = whois("museum.example", of)
    assert found.server == REGISTRY
    assert any(words in note for note in found.notes)


# The text itself


def test_old_encodings_and_markup_are_shown_as_text() -> None:
    text = (
        "Domain Name: MUSEUM.EXAMPLE\r\nRegistrant Name: Se\xf1or <b>X</b>\r\n".encode(
            "latin-1"
        )
    )
    of, _ = lab(texts={REGISTRY: text})
    found = whois("museum.example", of)
    assert "Señor <b>X</b>" in found.text
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<b>X" not in found._repr_html_()


def test_the_text_shown_has_the_letters_of_the_record() -> None:
    name = "Cœur à 5 €".encode("cp1252")
    of, _ = lab(
        texts={REGISTRY: b"Domain Name: MUSEUM.EXAMPLE\r\nRegistrant Name: " + name}
    )
    found = whois("museum.example", of)
    assert "Registrant Name: Cœur à 5 €" in found.text
    assert found.shown.record.with_role("registrant")[0].name == "Cœur à 5 €"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Registry Expiry Date: 2027-01-28T20:50:32Z", "expires: 2027-01-28"),
        ("Registry Registrant ID: 7", "registrant: the registry's number"),
        ("Admin State/Province: Sur", "contact for administration: state or province"),
        (
            "status:      allocated",
            "status: given to the holder, who may pass parts of it on",
        ),
        ("Sponsor: somebody", "–"),
    ],
)
def test_lines_in_plain_words(line: str, words: str) -> None:
    assert in_plain_words(line, SAY) == words


@given(st.text(max_size=80))
def test_any_line_has_plain_words(line: str) -> None:
    assert isinstance(in_plain_words(line, SAY), str)


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_any_answer_gets_a_sentence(text: bytes) -> None:
    of, _ = lab(texts={REGISTRY: text or b"\n"})
    found = of.whois("museum.example")
    assert found.sentence
    assert found._repr_html_()


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("google.com", Kind.NOT_COVERED),
        ("8.8.8.8", Kind.NOT_COVERED),
        ("192.168.1.1", Kind.NOT_COVERED),
        ("test", Kind.NOT_ASKED),
        ("", Kind.NOT_ASKED),
        (None, Kind.NOT_ASKED),
    ],
)
def test_what_is_not_asked(typed: object, kind: Kind) -> None:
    of, network = lab()
    assert of.whois(typed).kind is kind
    assert not network.asked
