"""WHOIS answers as servers write them, in the words of the lab, read into records."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.rdds import values, whois, whois_lines
from labsupport.rdds.record import DirectoryOutcome, Record
from labsupport.rdds.whois_lines import KEYS

SAMPLES = {
    p.stem: p.read_bytes()
    for p in (Path(__file__).parents[1] / "samples/whois").glob("*.txt")
}
FOUND = {name: data for name, data in SAMPLES.items() if name.endswith("-found")}
ANSWERS = {
    outcome: (
        Path(__file__).parents[1] / f"samples/whois/sentences/{outcome.value}.txt"
    )
    .read_text(encoding="utf-8")
    .split("====\n")
    for outcome in (
        DirectoryOutcome.ABSENT,
        DirectoryOutcome.THROTTLED,
        DirectoryOutcome.REFUSED,
        DirectoryOutcome.FOUND,
    )
}
NAMES = ["ar", "br", "cl", "co", "eu", "iana", "mx", "thick", "thin", "uk", "uy"]
NUMBERS = ["arin", "lacnic", "ripe"]


def sample(name: str, **asked: str) -> Record:
    return whois.read(SAMPLES[name], **asked)


def told(record: Record) -> str:
    """Everything that a record tells but the bytes themselves."""
    return repr(replace(record, raw=b""))


# Found, not found, throttled, refused


@pytest.mark.parametrize("form", NAMES + NUMBERS)
def test_no_form_takes_being_throttled_for_absence(form: str) -> None:
    for outcome in (
        DirectoryOutcome.FOUND,
        DirectoryOutcome.ABSENT,
        DirectoryOutcome.THROTTLED,
    ):
        assert sample(f"{form}-{outcome.value}").outcome is outcome


@pytest.mark.parametrize(
    "name", ["br-refused", "lacnic-refused", "ripe-refused", "thin-refused"]
)
def test_a_refusal_is_told_apart_from_a_limit(name: str) -> None:
    assert sample(name).outcome is DirectoryOutcome.REFUSED


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [(o, answer) for o, answers in ANSWERS.items() for answer in answers],
)
def test_what_a_server_says_decides_where_no_record_came(
    outcome: DirectoryOutcome, answer: str
) -> None:
    assert whois.read(answer.encode()).outcome is outcome
    # Whatever it says, a record that came with it is one.
    if outcome is DirectoryOutcome.ABSENT and "nada.example" not in answer:
        told_too = (
            f"domain: museo.example\ncreated: 2009-06-12\nregistrar: Sur\n\n% {answer}"
        )
        assert whois.read(told_too.encode()).outcome is DirectoryOutcome.FOUND


def test_a_registrys_own_address_makes_no_record_of_an_absence() -> None:
    data = b"No such domain nada.example\n\nRegistrar: NIC de prueba\nURL: https://www.nic.test\n"
    assert whois.read(data).outcome is DirectoryOutcome.ABSENT


def test_a_limit_in_front_of_an_absence_is_a_limit() -> None:
    for answer in ANSWERS[DirectoryOutcome.THROTTLED]:
        both = f"{answer}\n\nNo match for nada.example\n"
        assert whois.read(both.encode()).outcome is DirectoryOutcome.THROTTLED


def test_a_quota_notice_inside_a_normal_answer_leaves_it_found() -> None:
    found = sample("br-reduced")
    assert found.outcome is DirectoryOutcome.FOUND
    assert found.with_role("registrant")[0].organisation == "Ações do Porto Ltda."
    assert any("asked too much" in problem for problem in found.problems)
    assert sample("br-found").problems == ()


@pytest.mark.parametrize("name", ["reserved", "premium"])
def test_a_name_that_is_held_back_is_not_absent(name: str) -> None:
    found = sample(name)
    assert (found.outcome, found.status) == (DirectoryOutcome.FOUND, ("reserved",))
    assert not found.contacts


def test_a_state_that_says_free_is_absence() -> None:
    assert sample("thick-free").outcome is DirectoryOutcome.ABSENT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \r\n\r\n",
        SAMPLES["legal-notice"],
        b"<!DOCTYPE html><p>Not found</p>",
        b"\0\0\0",
    ],
)
def test_what_is_no_answer_is_unreadable(data: bytes) -> None:
    read = whois.read(data)
    assert read.outcome is DirectoryOutcome.UNREADABLE
    assert read.problems


def test_a_web_page_about_too_many_questions_is_a_limit() -> None:
    page = b"HTTP/1.1 429 Too Many Requests\r\n\r\n<html>Not found</html>"
    assert whois.read(page).outcome is DirectoryOutcome.THROTTLED


@pytest.mark.parametrize(
    "name", ["if.example", "may.test", "si.example", "quota.example"]
)
def test_an_absent_name_may_be_any_word(name: str) -> None:
    for answer in (
        f'No match for domain "{name}".',
        f"{name}: no entries found.",
        "NOT FOUND",
    ):
        assert whois.read(answer.encode()).outcome is DirectoryOutcome.ABSENT


# Names


def test_a_thin_gtld() -> None:
    found = sample("thin-found", server="whois.nic.example")
    assert (found.kind, found.name, found.handle) == (
        "domain",
        "museum.example",
        "77_DOMAIN_EXAMPLE",
    )
    assert found.status == ("client hold", "client transfer prohibited", "active")
    assert found.referral == "whois.nombres-del-sur.example"
    assert [server.name for server in found.nameservers] == [
        "ns1.alojar.example",
        "ns2.alojar.example",
    ]
    assert found.signed
    registrar = found.registrar
    assert registrar is not None
    assert registrar.ids == (("IANA Registrar ID", "9995"),)
    assert found.with_role("abuse")[0].emails == ("abuso@nombres-del-sur.example",)
    assert {event.action: event.when.day for event in found.events} == {
        "registration": date(2009, 6, 12),
        "last changed": date(2026, 6, 11),
        "expiration": date(2027, 6, 12),
    }


def test_a_thick_gtld_and_what_it_does_not_show() -> None:
    found = sample("thick-found")
    assert {item.name for item in found.redacted} == {
        "Registry Registrant ID",
        "Registrant Name",
        "Registrant Street",
        "Registrant City",
        "Registrant Phone",
        "Registrant Phone Ext",
        "Tech Email",
    }
    assert {item.method for item in found.redacted} == {"text"}
    (registrant,) = found.with_role("registrant")
    assert (registrant.name, registrant.called) == ("", "Museo de la Costa")
    assert registrant.forms == (
        "https://www.nombres-del-sur.example/contact/museum.example",
    )
    (admin,) = found.with_role("administrative")
    assert admin.address == "Muelle Viejo 7, Piso 2, Puerto Candil"
    assert found.with_role("reseller")[0].name == "Revende Dominios"
    assert found.event("registrar expiration")
    assert found.event("expiration") is None
    assert found.signed is False


def test_a_privacy_service_is_no_redaction() -> None:
    found = sample("co-found")
    assert found.with_role("registrant")[0].organisation == "Velo Privado"
    assert (found.redacted, found.referral) == ((), "")


def test_registro_br() -> None:
    found = sample("br-found")
    (registrant,) = found.with_role("registrant")
    assert (registrant.organisation, registrant.handle) == (
        "Ações do Porto Ltda.",
        "00.000.005/0001-91",
    )
    assert [
        contact.roles for contact in found.contacts if contact.handle == "MEEN1"
    ] == [("administrative", "billing")]
    assert found.nameservers[0].addresses == ("203.0.113.53", "2001:db8:20::53")
    registration = found.event("registration")
    assert registration is not None
    assert (registration.when.text, registration.when.day) == (
        "20091231 #6366355",
        date(2009, 12, 31),
    )
    assert found.status == ("active",)


def test_ar_joins_the_holder_by_its_handle() -> None:
    found = sample("ar-found")
    (registrant,) = found.with_role("registrant")
    assert (registrant.handle, registrant.name) == ("00000000001", "MUSEO DE LA COSTA")
    registrations = [event for event in found.events if event.action == "registration"]
    assert [event.when.day for event in registrations] == [date(2009, 6, 12)]
    assert found.nameservers[0].addresses == ("203.0.113.53",)


def test_cl_in_its_own_zone() -> None:
    registration = sample("cl-found").event("registration")
    assert registration is not None
    assert registration.when.time == datetime(2009, 6, 13, 2, 30, tzinfo=UTC)


def test_blocks_under_headings() -> None:
    for name in ("mx-found", "uk-found", "eu-found", "uy-found"):
        found = sample(name)
        registrar = found.registrar
        assert registrar is not None
        assert [server.name for server in found.nameservers] == [
            "ns1.alojar.example",
            "ns2.alojar.example",
        ]
    assert sample("mx-found").with_role("administrative")[0].name == "Mesa de Entrada"
    assert sample("mx-found").signed
    assert sample("mx-found").referral == "whois.nombres-del-sur.example"
    assert sample("uk-found").nameservers[1].addresses == (
        "203.0.113.54",
        "2001:db8:20::54",
    )
    assert sample("uk-found").with_role("registrant")[0].name == "Museo de la Costa"
    (titular,) = sample("uy-found").with_role("registrant")
    assert titular.emails == ("museo@museo.example",)
    assert titular.phones == ("+1-305-555-0107",)
    assert titular.address == "Muelle Viejo 7, Puerto Candil, La Costa"
    assert sample("uy-found").status == ("active",)


def test_the_root_says_whom_to_ask() -> None:
    found = sample("iana-found")
    assert (found.name, found.referral) == ("test", "whois.nic.test")
    assert [contact.roles for contact in found.contacts] == [
        ("registrant",),
        ("administrative",),
        ("technical",),
    ]
    assert whois.read(b"refer: whois.nic.test\n").referral == "whois.nic.test"


@pytest.mark.parametrize(
    ("line", "referral"),
    [
        (b"ReferralServer: whois://whois.alojar.example", "whois.alojar.example"),
        (b"ReferralServer: whois://whois.alojar.example:4321", "whois.alojar.example"),
        (b"ReferralServer: rwhois://rwhois.alojar.example:4321", ""),
        (b"Whois Server: https://www.alojar.example/whois", ""),
        (b"Registrar WHOIS Server: whois.nic.example", ""),
        (b"whois: no server", ""),
    ],
)
def test_referrals(line: bytes, referral: str) -> None:
    data = b"domain: museum.example\ncreated: 20090612\n" + line
    found = whois.read(data, server="WHOIS.NIC.EXAMPLE.")
    assert found.referral == referral


# Registries' forms: when it was registered, when it ends, when it was changed

DAYS = {
    "registrar3": ("2009-06-12", "2027-06-12", "2026-06-11"),
    "dk": ("2009-06-12", "2027-06-12", None),
    "aiold": (None, None, None),
    "bo": ("2009-06-12", "2027-06-12", None),
    "cn": ("2009-06-12", "2027-06-12", None),
    "coca": ("2009-06-12", "2027-06-12", None),
    "cz": ("2009-06-12", "2027-06-12", None),
    "edu": ("2009-06-12", "2027-06-12", "2026-06-11"),
    "ee": ("2009-06-12", "2027-06-12", "2026-06-11"),
    "gd": ("2009-06-12", "2027-06-12", "2026-06-11"),
    "im": (None, "2027-06-13", None),
    "ir": (None, "2027-06-12", "2026-06-11"),
    "it": ("2009-06-12", "2027-06-12", "2026-06-11"),
    "kz": ("2009-06-12", None, "2026-06-11"),
    "lu": ("2009-06-13", None, None),
    "lv": (None, None, "2026-06-11"),
    "nl": ("2009-06-12", None, "2026-06-11"),
    "nz": ("2009-06-11", "2027-06-11", "2026-06-10"),
    "pl": ("2009-06-12", "2027-06-12", "2026-06-11"),
    "ru": ("2009-06-12", "2027-06-12", None),
    "tk": ("2009-06-13", "2027-06-13", None),
    "tn": ("2009-06-12", None, None),
}


@pytest.mark.parametrize("form", DAYS)
def test_the_days_of_a_domain_and_of_nothing_else(form: str) -> None:
    found = sample(f"{form}-found")
    assert found.outcome is DirectoryOutcome.FOUND
    assert found.name in ("museo.example", "escuela.example")
    for action, day in zip(
        ("registration", "expiration", "last changed"), DAYS[form], strict=True
    ):
        event = found.event(action)
        assert (event and str(event.when.day)) == day
    assert found.problems == ()


@pytest.mark.parametrize("form", sorted(set(DAYS) - {"bo"}))
def test_the_name_servers_of_a_form(form: str) -> None:
    servers = [server.name for server in sample(f"{form}-found").nameservers]
    assert servers == [
        f"ns{number}.alojar.example" for number in range(1, len(servers) + 1)
    ]
    assert servers


@pytest.mark.parametrize("text", ['"2009-06-12T10:00:00+01:00"', "2009-06-12."])
def test_a_day_between_signs(text: str) -> None:
    found = whois.read(f"domain: museum.example\ncreated: {text}\n".encode())
    assert found.events[0].when.day == date(2009, 6, 12)


def test_days_below_name_servers_are_the_domains_where_none_were_told() -> None:
    days = "created: 2009-06-12\nexpires: 2027-06-12\n"
    found = whois.read(
        f"domain: museum.example\n\nnserver: ns1.alojar.example\n{days}".encode()
    )
    assert [event.when.day for event in found.events] == [
        date(2009, 6, 12),
        date(2027, 6, 12),
    ]


@pytest.mark.parametrize("nothing", [".", "-", "--", "()", "....", "(-)"])
def test_signs_are_no_name(nothing: str) -> None:
    data = f"domain: museo.example\ncreated: 20090612\nregistrant: {nothing}\ndomain: {nothing}\n"
    found = whois.read(data.encode())
    assert (found.name, found.contacts) == ("museo.example", ())
    assert (
        whois.read(f"domain: {nothing}\n".encode()).outcome
        is DirectoryOutcome.UNREADABLE
    )


# Every row of the forms is used by a sample

TEXTS = [data.decode() for data in SAMPLES.values()] + [
    a for some in ANSWERS.values() for a in some
]
USED = {
    word
    for text in TEXTS
    for rows in whois_lines.cut(text)[0]
    for key, written, _, heading in rows
    for word in (key, heading, whois_lines.plain(written))
}
LINES_OF_FORMS = [
    (f"{form}: {line}", [" ".join(word.split()) for word in words.split(",")])
    for form, lines in whois_lines.FORMS.items()
    for line, words in lines.items()
    if isinstance(words, str) and not line.startswith("state.")
]
LISTS = [
    (f"{form}: {line}", lines[line])
    for form, lines in whois_lines.FORMS.items()
    for line in whois_lines.OUTCOMES
    if line in lines
]
PATTERNS = [
    (outcome, pattern)
    for name, outcome in whois_lines.OUTCOMES.items()
    for form in whois_lines.FORMS.values()
    for pattern in form.get(name, ())
]


@pytest.mark.parametrize(
    ("line", "words"), LINES_OF_FORMS, ids=[line for line, _ in LINES_OF_FORMS]
)
def test_every_line_of_a_form_is_used_by_a_sample(line: str, words: list[str]) -> None:
    other = {
        "event",
        "pointer",
        "field",
        "role",
        "heading",
        "prefix",
        "person",
        "ignored",
    }
    other |= {*whois_lines.ROLES.values(), "somebody", "numbers"}
    key, _, _ = line.partition(": ")[2].partition(".")
    assert key in {*whois_lines.KINDS, *other}, "the head of whois.toml has the keys"
    if "prefix." in line:
        assert any(key.startswith(tuple(words)) for key in USED)
    else:
        known = {*words, *map(whois_lines.plain, words)}
        assert USED & known, "no sample in tests/samples/whois has one of these words"


@pytest.mark.parametrize(("line", "patterns"), LISTS, ids=[line for line, _ in LISTS])
def test_patterns_stand_in_a_list(line: str, patterns: object) -> None:
    """A single one would be taken letter by letter, and fit everything."""
    assert isinstance(patterns, list), f"{line} = ['…']"


@pytest.mark.parametrize(("outcome", "pattern"), PATTERNS)
def test_every_pattern_is_used_by_an_answer(
    outcome: DirectoryOutcome, pattern: str
) -> None:
    lines = [
        line.strip(whois_lines.AROUND).lower()
        for text in ANSWERS[outcome]
        for line in text.split("\n")
    ]
    assert any(re.search(pattern, line) for line in lines), (
        f"no sentence in tests/samples/whois/sentences/{outcome.value}.txt has it"
    )


@pytest.mark.parametrize(("written", "state"), whois_lines.STATES.items())
def test_every_state_is_told_in_words_of_rdap(written: str, state: str) -> None:
    read = whois.read(
        f"domain: museo.example\nstatus: {written}\nregistrar: Sur\n".encode()
    )
    if state == "free":
        assert (read.outcome, read.status) == (DirectoryOutcome.ABSENT, ())
    else:
        assert (read.outcome, read.status) == (DirectoryOutcome.FOUND, (state,))


# Numbers


def test_lacnic() -> None:
    found = sample("lacnic-found")
    assert (found.kind, found.first, found.last) == (
        "ip network",
        IPv4Address("203.0.113.0"),
        IPv4Address("203.0.113.255"),
    )
    assert found.origins == (64500,)
    assert found.with_role("abuse")[0].emails == ("abuso@alojar.example",)
    (owner,) = found.with_role("registrant")
    assert (owner.handle, owner.country) == ("XA-ALSA-LACNIC", "XA")
    assert owner.address == "Muelle Viejo, 7, 11000 - Puerto Candil -"
    assert owner.phones == ("+1  3055550101",)


def test_ripe_and_its_like() -> None:
    found = sample("ripe-found")
    assert [str(prefix) for prefix in found.prefixes] == ["198.51.100.0/25"], (
        "zeros in front"
    )
    assert found.with_role("abuse")[0].emails == ("abuso@cimiento.example",)
    assert found.with_role("registrant")[0].organisation == "Cimiento Hosting Ltda."
    assert found.with_role("technical")[0].handle == "MR1-TEST"
    assert found.origins == (64501,)
    apnic = sample("apnic-found")
    assert apnic.first == IPv6Address("2001:db8:20::")
    assert {contact.handle for contact in apnic.with_role("abuse")} == {
        "IRT-RED-SUR",
        "AR1-TEST",
    }
    afrinic = sample("afrinic-found")
    assert (afrinic.kind, afrinic.first, afrinic.last) == ("autnum", 64511, 64511)
    assert afrinic.events[0].when.day


def test_arin_has_several_blocks_and_the_record_is_the_smallest() -> None:
    small = sample("arin-found")
    assert small.handle == "NET-198-51-100-32-1"
    assert small.with_role("registrant")[0].organisation == "Taller de Cajas"
    assert [c.handle for c in small.with_role("technical")] == [
        "TEC1-TEST",
        "TEC2-TEST",
    ]


def test_missing_handles_and_roles() -> None:
    found = whois.read(
        b"inetnum: 203.0.113.0/24\nowner: Alojar\ntech-c: GONE\n\nperson: Turno\nphone: 7\n"
    )
    assert found.with_role("technical")[0].handle == "GONE"
    assert [(c.roles, c.name) for c in found.contacts if c.name] == [((), "Turno")]


def test_somebody_alone_is_a_record() -> None:
    found = whois.read(b"nic-hdl: ALO1\nperson: Mesa de Entrada\ncountry: XA\n")
    assert (found.outcome, found.kind) == (DirectoryOutcome.FOUND, "")


@pytest.mark.parametrize(
    "text", ["203.0.113.9/24", "203.0.113/33", "x", "2001:db8::1 - 203.0.113.1"]
)
def test_a_block_that_is_none_is_a_problem(text: str) -> None:
    found = whois.read(f"inetnum: {text}\nowner: Alojar\n".encode())
    assert found.first is None
    assert any("could not be read" in problem for problem in found.problems)


# Days


@pytest.mark.parametrize(
    "text",
    [
        "20261030",
        "2026-10-30",
        "2026/10/30",
        "2026.10.30",
        "2026. 10. 30.",
        "30/10/2026",
        "30-10-2026",
        "30.10.2026",
        "10/30/2026",
        "30-Oct-2026",
        "30-oct.-2026",
        "30 October 2026",
        "30 de octubre de 2026",
        "30 outubro 2026",
        "2026-10-30T10:00:00Z",
        "2026-10-30 10:00:00",
        "2026-10-30 10:00:00 XYZT",
        "30-Oct-2026 10:00:00 UTC",
    ],
)
def test_a_day_in_many_forms(text: str) -> None:
    when = values.moment(text)
    assert (when.day, when.text) == (date(2026, 10, 30), text)


def test_a_leap_second_stays_on_its_day() -> None:
    for text in ("2016-12-31T23:59:60Z", "2016-12-31 23:59:60 UTC"):
        assert values.moment(text).day == date(2016, 12, 31)


@pytest.mark.parametrize(
    "text", ["20260230", "00000000", "0000-00-00", "before Aug-1996", "1993-05"]
)
def test_what_is_no_day_is_kept_as_text(text: str) -> None:
    found = whois.read(
        f"domain: museum.example\ncreated: {text}\nnserver: a.example\n".encode()
    )
    assert [(e.when.text, e.when.time) for e in found.events] == [(text, None)]
    assert len(found.problems) == 1


def test_a_day_that_could_be_two_is_none() -> None:
    data = b"domain: museum.example\nexpires: 03/04/2026\n"
    unread = whois.read(data)
    assert unread.events[0].when.time is None
    assert unread.problems


# Character sets and ends of lines


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "iso-8859-1", "iso-8859-15", "windows-1252"]
)
def test_character_sets(charset: str) -> None:
    read = whois.read(SAMPLES["br-found"].decode().encode(charset))
    assert told(read) == told(sample("br-found"))


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("windows-1252", "Œuvre “Añil” €"),
        ("iso-8859-1", "O´Higgins"),
    ],
)
def test_what_only_one_character_set_has(charset: str, name: str) -> None:
    data = f"domain: museum.example\nowner: {name}\n".encode(charset)
    assert whois.read(data).contacts[0].organisation == name


def test_two_character_sets_in_one_answer() -> None:
    data = "domain: museum.example\nowner: Añil\n".encode() + "tech: Nuñez\n".encode(
        "latin-1"
    )
    found = whois.read(data)
    assert found.contacts[0].organisation == "Añil"
    assert "Nuñez" in told(found)


@pytest.mark.parametrize("name", FOUND)
def test_ends_of_lines(name: str) -> None:
    for end in (b"\r\n", b"\r"):
        assert told(whois.read(FOUND[name].replace(b"\n", end))) == told(
            whois.read(FOUND[name])
        )


def test_international_names() -> None:
    found = whois.read("domain: AÑIL.example\ncreated: 20090612\n".encode())
    assert found.name == "xn--ail-7ma.example"


# Whatever comes

PIECES = st.sampled_from(
    [line for data in SAMPLES.values() for line in data.split(b"\n")]
)
LINES = st.lists(PIECES | st.binary(max_size=40), max_size=30).map(b"\n".join)
KEY_LINES = st.builds(
    lambda key, value: f"{key}: {value}".encode(),
    st.sampled_from(sorted(KEYS)),
    st.text(max_size=20)
    | st.sampled_from(["203.0.113/24", "AS1-AS", "1/1/1", "[]", "::/", "a.b"]),
)


@given(
    st.binary() | LINES | st.lists(KEY_LINES, max_size=12).map(b"\n".join), st.text()
)
def test_any_bytes_are_survived(data: bytes, query: str) -> None:
    read = whois.read(data, server=query)
    assert read.raw == data
    assert read.outcome is not DirectoryOutcome.UNREADABLE or read.problems


ABSENCES = [
    "No match found for x",
    "Not found",
    "No entries found",
    "domain not found: x",
]


@given(
    st.sampled_from(sorted(FOUND)),
    st.sampled_from(ABSENCES),
    st.sampled_from(["%", "#"]),
)
def test_a_record_stays_found_whatever_a_comment_says(
    name: str, said: str, sign: str
) -> None:
    for data in (
        FOUND[name] + f"\n{sign} {said}\n".encode(),
        f"{sign} {said}\n\n".encode() + FOUND[name],
    ):
        assert whois.read(data).outcome is DirectoryOutcome.FOUND


@given(st.sampled_from(sorted(SAMPLES)), st.randoms(use_true_random=False))
def test_the_order_of_comments_changes_nothing(
    name: str, chance: random.Random
) -> None:
    lines = SAMPLES[name].split(b"\n")
    places = [at for at, line in enumerate(lines) if line[:1] in (b"%", b"#")]
    comments = [lines[at] for at in places]
    chance.shuffle(comments)
    for at, comment in zip(places, comments, strict=True):
        lines[at] = comment
    assert whois.read(b"\n".join(lines)).outcome is sample(name).outcome


def test_terms_of_use_about_limits_are_no_limit() -> None:
    """What would happen to who asks too much has happened to nobody."""
    for line in (
        b"If a limit exceeded is seen, try again later.",
        b"We may answer: access denied",
    ):
        assert whois.read(b"% " + line + b"\n").outcome is DirectoryOutcome.UNREADABLE
