"""Answers of RDAP servers: as five regional registries, registries of names and registrars form
them, and as they arrive when something is wrong with them.

The answers in samples/rdap are written in those forms, with the lab's names and numbers.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labsupport.rdds import rdap, values
from labsupport.rdds.record import Contact, DirectoryOutcome, Record, Redaction

SAMPLES = {
    path.stem: json.loads(path.read_bytes())
    for path in sorted((Path(__file__).parents[1] / "samples" / "rdap").glob("*.json"))
}
DOMAIN = SAMPLES["gtld-thin"]
PAGE = b"<!DOCTYPE html><html><body>Hello</body></html>"


def answered(value: object, **headers: Any) -> Record:
    return rdap.read(json.dumps(value).encode(), **headers)


def domain(**members: object) -> Record:
    return answered(
        {"objectClassName": "domain", "ldhName": "museo.example", **members}
    )


def contact(card: object, **members: object) -> tuple[Record, Contact]:
    record = domain(entities=[{"roles": ["registrant"], "vcardArray": card, **members}])
    return record, record.contacts[0]


def network(**members: object) -> Record:
    return answered({"objectClassName": "ip network", **members})


# The forms of the registries


@pytest.mark.parametrize("name", SAMPLES)
def test_each_form_is_read_without_a_problem(name: str) -> None:
    record = answered(SAMPLES[name])
    assert record.outcome is DirectoryOutcome.FOUND
    assert record.kind == SAMPLES[name]["objectClassName"]
    assert record.problems == ()
    assert record.handle
    assert record.contacts
    assert record.event("last changed")


def test_a_thin_registry() -> None:
    record = answered(DOMAIN)
    assert (record.name, record.signed) == ("museo.example", True)
    assert record.status == ("client delete prohibited", "client transfer prohibited")
    assert [server.name for server in record.nameservers] == [
        "ns1.alojar.example",
        "ns2.alojar.example",
    ]
    assert record.registrar is not None
    assert record.registrar.called == "Nombres Del Sur"
    assert record.registrar.ids == (("IANA Registrar ID", "9995"),)
    (abuse,) = record.with_role("abuse")
    assert (abuse.emails, abuse.phones) == (
        ("abuse@nombres-del-sur.example",),
        ("+1-202-555-0142",),
    )
    assert {link.rel for link in record.links} == {"self", "related"}


def test_a_registrar_that_redacts_as_the_standard_says() -> None:
    record = answered(SAMPLES["registrar-redacted"])
    assert [field.name for field in record.redacted] == [
        "Registrant Name",
        "Registrant Street",
        "Registrant City",
        "Registrant Email",
        "Tech Phone",
    ]
    assert [field.method for field in record.redacted[2:]] == [
        "emptyValue",
        "replacementValue",
        "removal",
    ]
    assert record.redacted[0].reason == "Server policy"
    (registrant,) = record.with_role("registrant")
    assert registrant.organisation == "Mudanzas Caja y Cinta S.R.L."
    assert (registrant.name, registrant.country) == ("", "UY")
    assert registrant.forms == (
        "https://www.nombres-del-sur.example/contact/mudanza.example",
    )


def test_words_in_the_place_of_values_are_no_values() -> None:
    record = answered(SAMPLES["registrar-old-redaction"])
    (registrant,) = record.with_role("registrant")
    assert (registrant.name, registrant.organisation, registrant.emails) == ("", "", ())
    assert (registrant.address, registrant.country) == ("Sur", "UY")
    assert (
        Redaction("registrant name", "text", "REDACTED FOR PRIVACY") in record.redacted
    )


def test_a_remark_tells_of_what_is_left_out_where_nothing_else_does() -> None:
    remark = {
        "title": "REDACTED FOR PRIVACY",
        "description": ["Some data was removed."],
    }
    record, _ = contact(["vcard", [["fn", {}, "text", ""]]], remarks=[remark])
    assert record.redacted == (
        Redaction(
            "registrant",
            "removal",
            "REDACTED FOR PRIVACY\nSome data was removed.",
        ),
    )


def test_a_country_registry_like_brazils() -> None:
    record = answered(SAMPLES["registro-br-domain"])
    (registrant,) = record.with_role("registrant")
    assert registrant.ids == (("cnpj", "00.000.003/0001-91"),)
    assert answered(SAMPLES["registro-br-idn"]).name == "xn--cafetera-i2a.com.test"


def test_the_regional_registry_of_latin_america() -> None:
    record = answered(SAMPLES["lacnic-network"])
    assert record.prefixes == (ip_network("203.0.113.0/24"),)
    assert record.origins == (64500,)
    assert (record.type, record.country) == ("DIRECT ALLOCATION", "UY")
    assert (
        record.with_role("registrant")[0].address
        == "1200, Rambla Sur, Puerto Candil, PC, 11000"
    )
    begun = record.event("registration")
    assert begun is not None
    assert begun.when.time == datetime(2015, 6, 1, 3, tzinfo=UTC)
    assert answered(SAMPLES["registro-br-network"]).origins == (64501,)


def test_zeros_in_front_of_an_address_mean_nothing() -> None:
    assert '"203.000.113.064"' in json.dumps(SAMPLES["lacnic-reassigned"])
    record = answered(SAMPLES["lacnic-reassigned"])
    assert record.first == IPv4Address("203.0.113.64")
    assert record.prefixes == (ip_network("203.0.113.64/26"),)
    # Read as octal it would be 192.0.2.8.
    assert network(startAddress="192.000.002.010").first == IPv4Address("192.0.2.10")


def test_a_block_that_is_no_single_prefix() -> None:
    record = answered(SAMPLES["afrinic-network"])
    assert list(map(str, record.prefixes)) == [
        "198.18.60.0/24",
        "198.18.61.0/25",
        "198.18.61.128/26",
    ]


def test_a_reverse_domain() -> None:
    record = answered(SAMPLES["ripe-reverse"])
    assert record.nameservers[1].addresses == ("198.19.105.53", "3fff:105::53")


# Names


@pytest.mark.parametrize(
    "written", ["MUSEO.EXAMPLE.", " museo.example ", "Museo.Example"]
)
def test_a_name_has_one_spelling(written: str) -> None:
    assert domain(ldhName=written).name == "museo.example"


def test_an_international_name_where_only_letters_and_digits_belong() -> None:
    record = domain(ldhName="Cafetería.Example")
    assert record.name == "xn--cafetera-i2a.example"
    only = answered({"objectClassName": "domain", "unicodeName": "cafetería.example"})
    assert only.name == record.name
    # IDNA 2008 keeps the sharp s, which the older rules wrote as "ss".
    assert domain(ldhName="straße.example").name == "xn--strae-oqa.example"


def test_a_name_that_is_none_is_told_of() -> None:
    record = domain(ldhName="a\N{ZERO WIDTH JOINER}b.example")
    assert record.name == ""
    assert "ldhName" in record.problems[0]


def test_name_servers_in_every_shape() -> None:
    wanted = ["ns1.alojar.example", "ns2.alojar.example"]
    for told in (
        [{"ldhName": "NS1.alojar.example."}, {"ldhName": "ns2.alojar.example"}],
    ):
        record = domain(nameservers=told)
        assert [server.name for server in record.nameservers] == wanted
        assert record.problems == ()
    (single,) = domain(nameservers={"ldhName": "ns1.alojar.example"}).nameservers
    assert single.name == "ns1.alojar.example"
    glue = {
        "ldhName": "ns1.museo.example",
        "ipAddresses": {"v4": "198.51.100.007", "v6": ["x"]},
    }
    record = domain(nameservers=[glue])
    assert record.nameservers[0].addresses == ("198.51.100.7",)
    assert record.problems == ('ipAddresses: "x" could not be read.',)


# Numbers


def test_as_numbers_written_as_text() -> None:
    record = answered(
        {"objectClassName": "autnum", "startAutnum": "64500", "endAutnum": "AS64511"}
    )
    assert (record.first, record.last) == (64500, 64511)
    alone = answered({"objectClassName": "autnum", "startAutnum": 64500})
    assert (alone.first, alone.last) == (64500, 64500)


@pytest.mark.parametrize(
    "ends", [(64511, 64500), (1, 2**32), ("x", "y"), (-1, -1), (True, True)]
)
def test_as_numbers_that_are_none(ends: tuple[object, object]) -> None:
    record = answered(
        {"objectClassName": "autnum", "startAutnum": ends[0], "endAutnum": ends[1]}
    )
    assert (record.first, record.last) == (None, None)
    assert record.problems


def test_a_prefix_where_an_address_belongs() -> None:
    record = network(startAddress="2001:db8::/48")
    assert record.prefixes == (ip_network("2001:db8::/48"),)
    assert network(
        startAddress="192.0.2.0/24", endAddress="192.0.2.0/24"
    ).last == IPv4Address("192.0.2.255")
    for nonsense in (
        "192.0.2.1/24",
        "192.0.2.0/99",
        "192.0.2",
        "192.0.2.256",
        "2001:db8::%eth0",
    ):
        wrong = network(startAddress=nonsense)
        assert wrong.problems == (f'startAddress: "{nonsense}" could not be read.',)


def test_ends_that_cannot_be_those_of_a_block() -> None:
    swapped = network(startAddress="192.0.2.9", endAddress="192.0.2.1")
    assert swapped.prefixes == ()
    assert swapped.problems == ('startAddress: "192.0.2.9" could not be read.',)
    mixed = network(startAddress="192.0.2.9", endAddress="2001:db8::")
    assert mixed.prefixes == ()
    assert mixed.problems == ('startAddress: "192.0.2.9" could not be read.',)


@pytest.mark.parametrize(
    ("told", "origins"),
    [
        ({"lacnic_originAutnum": "AS64500"}, (64500,)),
        ({"lacnic_originAutnum": ["AS64500", "64501"]}, (64500, 64501)),
        ({"lacnic_originAutnum": "N/A"}, ()),
        ({"nicbr_autnum": 64500}, (64500,)),
        ({"nicbr_autnum": 0}, ()),
        ({"arin_originas0_originautnums": [64500], "nicbr_autnum": "64500"}, (64500,)),
    ],
)
def test_the_network_behind_a_block(
    told: dict[str, object], origins: tuple[int, ...]
) -> None:
    record = network(startAddress="192.0.2.0", **told)
    assert record.origins == origins
    assert record.problems == ()


# Moments


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T04:05:06Z", datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-01t04:05:06z", datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-01T01:05:06-03:00", datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-01 01:05:06 -0300", datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-01 04:05:06 UTC", datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-01T04:05:06.25Z", datetime(2026, 3, 1, 4, 5, 6, 250_000, tzinfo=UTC)),
        (
            "2026-03-01T04:05:06.123456789Z",
            datetime(2026, 3, 1, 4, 5, 6, 123_456, tzinfo=UTC),
        ),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (
            "2016-12-31T20:59:60.5-03:00",
            datetime(2016, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC),
        ),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_moments(text: str, time: datetime) -> None:
    record = domain(events=[{"eventAction": "registration", "eventDate": text}])
    (event,) = record.events
    assert (event.when.time, event.when.text) == (time, text)
    assert record.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-02-30",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_moment_stays_text(text: str) -> None:
    record = domain(events=[{"eventAction": "expiration", "eventDate": text}])
    assert record.events[0].when.time is None
    assert record.events[0].when.day is None
    assert record.events[0].when.text == text
    assert record.problems


def test_actions_are_in_the_words_of_the_standard() -> None:
    actions = [
        "Last Changed",
        "lastChanged",
        "LAST UPDATE OF RDAP DATABASE",
        "registration",
    ]
    record = domain(
        events=[{"eventAction": a, "eventDate": "2026-01-01"} for a in actions]
    )
    assert [event.action for event in record.events] == [
        "last changed",
        "last changed",
        "last update of rdap database",
        "registration",
    ]


# Statuses (RFC 8056)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (["clientHold"], ("client hold",)),
        (["serverTransferProhibited"], ("server transfer prohibited",)),
        (["ok"], ("active",)),
        (["OK", "linked"], ("active", "associated")),
        (["autoRenewPeriod"], ("auto renew period",)),
        (["Client Hold"], ("client hold",)),
        (
            ["client_hold", "pendingDelete https://icann.example/epp"],
            ("client hold", "pending delete"),
        ),
        ("active", ("active",)),
        (["active", "", None], ("active",)),
        (None, ()),
        ([], ()),
    ],
)
def test_statuses(told: object, status: tuple[str, ...]) -> None:
    record = domain(status=told)
    assert record.status == status
    assert record.problems == ()


def test_every_status_of_epp_becomes_the_word_of_rdap() -> None:
    # RFC 8056 section 2: but for two, EPP's word is RDAP's without the spaces.
    for word in (
        "add period",
        "client delete prohibited",
        "client renew prohibited",
        "client update prohibited",
        "inactive",
        "pending create",
        "pending restore",
        "redemption period",
        "server hold",
        "transfer period",
    ):
        first, *rest = word.split()
        assert values.status(first + "".join(part.title() for part in rest)) == word


# Contacts


def test_every_property_of_a_card() -> None:
    record, holder = contact(
        [
            "vcard",
            [
                ["version", {}, "text", "4.0"],
                ["FN", {}, "text", "Mesa de Entrada"],
                ["org", {"type": "work"}, "text", ["Museo del Puerto", "Archivo"]],
                ["KIND", {}, "text", "Org"],
                [
                    "adr",
                    {"cc": "uy"},
                    "text",
                    ["", "", ["Rambla 9", "Piso 2"], "Candil", "", "", ""],
                ],
                ["tel", {"type": ["Voice"]}, "uri", "TEL:+1-202-555-0101"],
                ["tel", {"TYPE": "fax"}, "uri", "tel:+1-202-555-0102"],
                ["tel", {}, "text", "+1.2025550103"],
                ["email", {}, "text", "mailto:mesa@museo.example"],
                ["email", {}, "text", "otra@museo.example"],
                ["email", {}, "text", "otra@museo.example"],
                ["contact-uri", {}, "uri", "https://www.museo.example/contacto"],
                ["url", {}, "uri", "https://www.museo.example/"],
            ],
        ]
    )
    assert (holder.name, holder.organisation) == (
        "Mesa de Entrada",
        "Museo del Puerto, Archivo",
    )
    assert holder.called == "Museo del Puerto, Archivo"
    assert (holder.address, holder.country) == ("Rambla 9, Piso 2, Candil", "UY")
    assert holder.phones == ("+1-202-555-0101", "+1.2025550103")
    assert holder.emails == ("mesa@museo.example", "otra@museo.example")
    assert holder.forms == ("https://www.museo.example/contacto",)
    assert record.problems == ()


NAMED = ["fn", {}, "text", "Museo"]


@pytest.mark.parametrize(
    "card",
    [
        ["vcard", [NAMED]],
        ["VCARD", [["version", {}, "text", "4.0"], NAMED]],
        [NAMED],
        ["vcard", [["fn", "Museo", "text", "Museo"]]],
        ["vcard", [["fn", {}, "text", ["Museo"]]]],
        ["vcard", [["fn", {}, "text", None], ["org", {}, "text", "Museo"]]],
    ],
)
def test_cards_in_every_wrapping(card: object) -> None:
    record, holder = contact(card)
    assert holder.called == "Museo"
    assert record.problems == ()


def test_an_address_that_is_only_a_label() -> None:
    lines = ["Muelle 1", "Candil", "Uruguay"]
    for label in ("\n".join(lines), r"\n".join(lines), lines):
        _, holder = contact(["vcard", [["adr", {"label": label}, "text", [""] * 7]]])
        assert holder.address == "Muelle 1, Candil, Uruguay"
    _, plain = contact(["vcard", [["adr", {}, "text", "Muelle 1, Candil"]]])
    assert plain.address == "Muelle 1, Candil"


def test_a_form_where_an_email_address_belongs() -> None:
    _, holder = contact(
        ["vcard", [["email", {}, "text", "https://www.museo.example/form"]]]
    )
    assert (holder.emails, holder.forms) == ((), ("https://www.museo.example/form",))


@pytest.mark.parametrize(
    ("members", "roles"),
    [
        ({}, ()),
        ({"roles": "registrant"}, ("registrant",)),
        ({"roles": ["Registrant", "ABUSE"]}, ("registrant", "abuse")),
        ({"roles": None}, ()),
    ],
)
def test_roles(members: dict[str, object], roles: tuple[str, ...]) -> None:
    record = domain(entities={"handle": "LAB-1", **members})
    assert record.contacts == (Contact(roles, "LAB-1"),)
    assert record.problems == ()


def test_a_contact_without_a_handle_or_with_a_number_for_one() -> None:
    record = domain(
        entities=[{"roles": ["technical"]}, {"handle": 9995, "roles": ["registrar"]}]
    )
    assert [one.handle for one in record.contacts] == ["", "9995"]


def test_a_privacy_service_is_a_registrant() -> None:
    record, holder = contact(
        ["vcard", [["org", {}, "text", "Privacy Service of the Lab"]]]
    )
    assert holder.organisation == "Privacy Service of the Lab"
    assert record.redacted == ()


# Redaction (RFC 9537) in other shapes than its own


def test_redactions_in_every_shape() -> None:
    record = domain(
        redacted=[
            {
                "name": {"type": "Registrant Email"},
                "prePath": "$.a",
                "method": "REPLACEMENTVALUE",
            },
            {"name": "Registrant Phone", "path": "$.b", "reason": "Policy"},
        ]
    )
    assert record.redacted == (
        Redaction("Registrant Email", "replacementValue"),
        Redaction("Registrant Phone", "removal", "Policy"),
    )
    assert record.problems == ()


# DNSSEC


@pytest.mark.parametrize(
    ("told", "signed"),
    [
        (None, None),
        ({}, None),
        ({"delegationSigned": False}, False),
        ({"delegationSigned": "true"}, True),
        ({"delegationSigned": 0}, False),
        ({"zoneSigned": True}, None),
        (
            {
                "dsData": {
                    "keyTag": "1",
                    "algorithm": 13,
                    "digestType": 2,
                    "digest": "AB CD",
                }
            },
            True,
        ),
    ],
)
def test_whether_a_name_is_signed(told: object, signed: bool | None) -> None:
    record = domain(secureDNS=told)
    assert record.signed is signed
    assert record.problems == ()


# What an answer is


@pytest.mark.parametrize(
    "written", ["IP Network", "ipNetwork", "ip_network", "network"]
)
def test_kinds_are_spelled_in_many_ways(written: str) -> None:
    assert (
        answered({"objectClassName": written, "startAddress": "192.0.2.0"}).kind
        == "ip network"
    )


NOT_FOUND = {
    "rdapConformance": ["rdap_level_0"],
    "errorCode": 404,
    "title": "Not Found",
}
QUOTA = {
    "title": "Rate Limit Notice",
    "description": ["You have exceeded your query limit."],
}


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (json.dumps(NOT_FOUND).encode(), 404, DirectoryOutcome.ABSENT),
        (json.dumps(NOT_FOUND).encode(), 200, DirectoryOutcome.ABSENT),
        (b'{"errorCode": "404", "description": "none"}', 404, DirectoryOutcome.ABSENT),
        (b'{"rdapConformance": ["rdap_level_0"]}', 404, DirectoryOutcome.ABSENT),
        (b"", 404, DirectoryOutcome.ABSENT),
        (b" \n", 404, DirectoryOutcome.ABSENT),
        # Not every 404 says that the object is not there.
        (PAGE, 404, DirectoryOutcome.UNREADABLE),
        (b"404 page not found", 404, DirectoryOutcome.UNREADABLE),
        (b'{"message": "no route to that address"}', 404, DirectoryOutcome.UNREADABLE),
        (
            b'{"type": "about:blank", "title": "Not Found", "status": 404}',
            404,
            DirectoryOutcome.UNREADABLE,
        ),
        (b'{"errorCode": 404, "title": "Not Fo', 404, DirectoryOutcome.UNREADABLE),
        (b"null", 404, DirectoryOutcome.UNREADABLE),
        (b'{"errorCode": 429}', 404, DirectoryOutcome.THROTTLED),
        (b'{"errorCode": 403}', 404, DirectoryOutcome.REFUSED),
        (
            b'{"errorCode": 404, "title": "Too many requests"}',
            404,
            DirectoryOutcome.THROTTLED,
        ),
        # Asked too much.
        (PAGE, 429, DirectoryOutcome.THROTTLED),
        (b"", 429, DirectoryOutcome.THROTTLED),
        (b'{"errorCode": 429, "title": "Rate limit"}', 429, DirectoryOutcome.THROTTLED),
        (b'{"errorCode": 429}', 200, DirectoryOutcome.THROTTLED),
        (b'{"errorCode": 404}', 429, DirectoryOutcome.THROTTLED),
        (
            '{"title": "Límite de consultas excedido"}'.encode(),
            200,
            DirectoryOutcome.THROTTLED,
        ),
        (
            '{"description": "Taxa máxima de consultas excedida"}'.encode(),
            403,
            DirectoryOutcome.THROTTLED,
        ),
        (b"<p>You are being rate limited.</p>", 503, DirectoryOutcome.THROTTLED),
        (b"Quota exceeded", 200, DirectoryOutcome.THROTTLED),
        # Refused.
        (b'{"errorCode": 403, "title": "Forbidden"}', 403, DirectoryOutcome.REFUSED),
        (PAGE, 403, DirectoryOutcome.REFUSED),
        (b"", 401, DirectoryOutcome.REFUSED),
        (
            b'{"errorCode": "400", "description": "Invalid address"}',
            400,
            DirectoryOutcome.REFUSED,
        ),
        (b'{"errorCode": 501}', 501, DirectoryOutcome.REFUSED),
        (b'{"errorCode": 403}', 200, DirectoryOutcome.REFUSED),
        (b"", 410, DirectoryOutcome.REFUSED),
        # Nothing that could be read.
        (PAGE, 200, DirectoryOutcome.UNREADABLE),
        (b"", 200, DirectoryOutcome.UNREADABLE),
        (b"{}", 200, DirectoryOutcome.UNREADABLE),
        (b"{}", 404, DirectoryOutcome.UNREADABLE),
        (b"[]", 200, DirectoryOutcome.UNREADABLE),
        (b'"museo.example"', 200, DirectoryOutcome.UNREADABLE),
        (b'{"errorCode": 500}', 500, DirectoryOutcome.UNREADABLE),
        (PAGE, 502, DirectoryOutcome.UNREADABLE),
        (b"", 503, DirectoryOutcome.UNREADABLE),
        (PAGE, 302, DirectoryOutcome.UNREADABLE),
        (
            b'{"objectClassName": "domain", "ldhName": "museo.exa',
            200,
            DirectoryOutcome.UNREADABLE,
        ),
        (b'{"objectClassName": "teapot"}', 200, DirectoryOutcome.UNREADABLE),
    ],
)
def test_what_an_answer_without_an_object_is(
    body: bytes, status: int, outcome: DirectoryOutcome
) -> None:
    record = rdap.read(body, status=status)
    assert record.outcome is outcome
    assert record.raw == body
    if outcome is DirectoryOutcome.UNREADABLE:
        assert record.problems


def test_a_page_behind_a_404_is_told_apart() -> None:
    record = rdap.read(PAGE, status=404, content_type="text/html")
    assert "does not say that the object is not there" in " ".join(record.problems)
    bare = rdap.read(b"{}", status=404, content_type="application/rdap+json")
    assert bare.outcome is DirectoryOutcome.ABSENT


def test_a_server_that_says_when_to_come_back_is_only_busy() -> None:
    assert (
        rdap.read(b"", status=503, retry_after="120").outcome
        is DirectoryOutcome.THROTTLED
    )
    assert (
        rdap.read(b"", status=500, retry_after="120").outcome
        is DirectoryOutcome.UNREADABLE
    )


def test_a_notice_of_a_quota_beside_a_record_changes_nothing() -> None:
    record = answered(DOMAIN | {"notices": [QUOTA]})
    assert (record.outcome, record.name) == (DirectoryOutcome.FOUND, "museo.example")
    with_terms = answered(NOT_FOUND | {"notices": [QUOTA]}, status=404)
    assert with_terms.outcome is DirectoryOutcome.ABSENT


def test_a_record_behind_the_status_of_an_error_is_a_record() -> None:
    record = answered(DOMAIN, status=404)
    assert (record.outcome, record.name) == (DirectoryOutcome.FOUND, "museo.example")
    assert "404" in record.problems[0]


# Bytes


WITH_ACCENTS = (
    '{"objectClassName": "domain", "ldhName": "museo.example", "handle": "ñandú"}'
)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"],
)
def test_encodings(encoding: str) -> None:
    record = rdap.read(WITH_ACCENTS.encode(encoding))
    assert record.handle == "ñandú"
    assert record.problems == ()


def test_json_that_others_would_refuse() -> None:
    torn_lines = rdap.read(
        b'\n {"objectClassName": "domain", "ldhName": "museo.example", "handle": "a\n\tb"} '
    )
    assert torn_lines.handle == "a\n\tb"
    followed = rdap.read(
        b'{"objectClassName": "domain", "ldhName": "museo.example"}<!-- 5 ms -->'
    )
    assert (followed.name, len(followed.problems)) == ("museo.example", 1)
    in_a_list = rdap.read(
        b'[{"objectClassName": "domain", "ldhName": "museo.example"}]'
    )
    assert in_a_list.name == "museo.example"


def test_numbers_that_are_none() -> None:
    huge = b"9" * 5000
    assert (
        rdap.read(b'{"startAutnum": ' + huge + b"}").outcome
        is DirectoryOutcome.UNREADABLE
    )
    record = rdap.read(
        b'{"objectClassName": "autnum", "startAutnum": 7, "x": NaN, "y": [1e999, -Infinity]}'
    )
    assert (record.kind, record.first) == ("autnum", 7)


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "NaN", "Infinity", "12.0", "1.50"]
)
def test_a_number_in_the_place_of_a_text_stays_as_it_was_written(number: str) -> None:
    record = rdap.read(
        b'{"objectClassName": "domain", "ldhName": "museo.example", "handle": %s, "events":'
        b'[{"eventAction": "expiration", "eventDate": %s}]}'
        % (number.encode(), number.encode())
    )
    assert record.handle == number
    expiration = record.event("expiration")
    assert expiration is not None
    assert (expiration.when.text, expiration.when.time) == (number, None)
    assert len(record.problems) == 1


def test_half_a_character_can_be_printed() -> None:
    record = rdap.read(
        b'{"objectClassName": "domain", "handle": "x\\ud83dy \\ud83d\\ude00"}'
    )
    assert record.handle == "x?y \N{GRINNING FACE}"


def test_deep_nesting() -> None:
    for deep in (b"[" * 100_000, b'{"a":' * 100_000, b'{"ldhName":' + b"[" * 5000):
        assert rdap.read(deep).outcome is DirectoryOutcome.UNREADABLE
    levels = 200
    wrapped = (
        b'{"objectClassName": "domain", "ldhName": "museo.example", "x": '
        + b"[" * levels
        + b"]" * levels
        + b"}"
    )
    record = rdap.read(wrapped)
    assert record.name == "museo.example"
    entity: dict[str, object] = {"handle": "innermost"}
    for _ in range(40):
        entity = {"handle": "one", "entities": [entity]}
    nested = domain(entities=[entity])
    assert nested.contacts[0].contacts[0].handle == "one"
    assert nested.problems == ("entities: an object could not be read.",)


# Whatever comes


MARK = "lostandfound"
# properties of a card; a tel may be a fax
NO_PLACE = (
    "version",
    "kind",
    "lang",
    "url",
    "tel",
)
# What says what an answer is, or how to read something else, and what no record has a place for.
UNTOLD = {
    *(
        "objectClassName",
        "pathLang",
        "version",
        "ipVersion",
        "rdapConformance",
        "notices",
        "lang",
    ),
    *(
        "port43",
        "unicodeName",
        "zoneSigned",
        "dsData",
        "eventActor",
        "title",
        "value",
        "context",
    ),
    *(
        "prePath",
        "postPath",
        "path",
        "replacementPath",
        "method",
        "cidr0_cidrs",
        "network",
    ),
    *(
        "nicbr_arbitration",
        "lacnic_reverseDelegations",
        "parentHandle",
        "legalRepresentative",
    ),
    "lacnic_legalRepresentative",
}
# What only the outermost object has a place for.
OUTERMOST = {"events", "links"}


def places(
    value: object, above: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Yield the ways to all values, but not into the parameters and types of a card's parts."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield (*above, key)
            yield from places(member, (*above, key))
    elif isinstance(value, list):
        in_card = "vcardArray" in above and isinstance(value[0] if value else None, str)
        for number, member in enumerate(value):
            if in_card and value[0] != "vcard" and (number < 3 or value[0] in NO_PLACE):
                continue
            yield (*above, number)
            yield from places(member, (*above, number))


def value_at(value: Any, where: tuple[str | int, ...]) -> object:
    for step in where:
        value = value[step]
    return value


def changed(value: object, where: tuple[str | int, ...], other: object) -> Any:
    value = copy.deepcopy(value)
    inner: Any = value_at(value, where[:-1])
    inner[where[-1]] = other
    return value


@pytest.mark.parametrize(
    "name",
    ["lacnic-network", "registrar-redacted", "registro-br-domain", "ripe-reverse"],
)
@pytest.mark.parametrize("other", [MARK, [MARK], {"inside": MARK}, [[MARK]]])
def test_a_value_of_the_wrong_kind_is_read_or_told_of(name: str, other: object) -> None:
    sample = SAMPLES[name]
    for where in places(sample):
        if UNTOLD & set(where) or OUTERMOST & set(where[1:]):
            continue
        if isinstance(other, dict) and not isinstance(
            value_at(sample, where), str | int
        ):
            continue  # an object in the place of others has only members that nobody knows
        record = answered(changed(sample, where, other))
        assert record.outcome is DirectoryOutcome.FOUND
        assert MARK in repr(replace(record, raw=b"")) or record.problems, where


@given(
    st.binary() | st.text().map(str.encode), st.integers(100, 599), st.text(), st.text()
)
def test_any_bytes_are_survived(data: bytes, status: int, kind: str, wait: str) -> None:
    record = rdap.read(data, status=status, content_type=kind, retry_after=wait)
    assert record.raw == data
    assert record.outcome is not DirectoryOutcome.ABSENT or status == 404


READ = {key for sample in SAMPLES.values() for key in sample}
KEYS = st.sampled_from(sorted({*READ, "eventDate", "digest", "v4", "0", "dsData"}))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["domain", "ip network", "autnum", "entity", "vcard", "adr", "192.0.2.1", "::"]
    )
    | st.sampled_from(
        ["2026-01-01", "tel:", "\ud800", "ß.example", "64500", "REDACTED"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=8)
        | st.dictionaries(KEYS | st.text(), inner, max_size=8)
    ),
    max_leaves=40,
)


@given(st.dictionaries(KEYS, JSON))
def test_any_json_is_survived(value: dict[str, object]) -> None:
    record = answered(value)
    assert repr(record)
    assert record == answered(value)


ALL_PLACES = [
    (name, where) for name, sample in SAMPLES.items() for where in places(sample)
]


@given(st.sampled_from(ALL_PLACES), JSON)
@example(("apnic-autnum", ("objectClassName",)), None)
def test_a_wrong_value_never_makes_a_record_absent(
    place: tuple[str, tuple[str | int, ...]], other: object
) -> None:
    name, where = place
    record = answered(changed(SAMPLES[name], where, other))
    if where == ("objectClassName",):  # then nothing says what it is a record of
        assert record.outcome is not DirectoryOutcome.ABSENT
    else:
        assert record.outcome is DirectoryOutcome.FOUND
        assert record.kind == SAMPLES[name]["objectClassName"]


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 20_000))
def test_an_answer_cut_short_is_known_as_such(name: str, end: int) -> None:
    data = json.dumps(SAMPLES[name]).encode()
    end = min(end, len(data) - 1)
    for status in (200, 404):
        record = rdap.read(data[:end], status=status)
        if end:
            assert record.outcome is DirectoryOutcome.UNREADABLE
            assert "cut short" in record.problems[0]
