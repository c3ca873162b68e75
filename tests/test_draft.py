"""The form of a request: what it fills in, what it leaves empty, and where it is written."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.language import Language
from labsupport.lookups import countries
from labsupport.lookups.countries import GENERAL, LEGAL_FIELDS, Country
from labsupport.lookups.draft import HOLDS, MIND, Draft, written
from labsupport.lookups.forms import BLANK
from labsupport.lookups.moments import read_moment
from labsupport.lookups.names import NotUnderstood
from labsupport.results import Explanation, Kind, Result

LAB = Lab("en")
SAY = Language.load("en")
LOOKALIKE = "bancodelfaro-clientes.example"
CYRILLIC = "xn--bncodelfaro-yij.example"
SHARED = "198.18.128.2"
CONNECTION = {
    "time": "2026-10-29 20:14:37 -03:00",
    "port": 40212,
    "destination": "198.18.111.11",
    "destination_port": 443,
    "protocol": "tcp",
    "tolerance": "30 seconds",
}


def drafted(*typed: object, **details: object) -> Draft:
    result = LAB.draft(*typed, **details)  # type: ignore[arg-type]
    assert isinstance(result, Draft), result
    return result


def refused(result: Result) -> str:
    assert isinstance(result, Explanation)
    assert result.kind is Kind.NOT_ASKED
    return result.sentence


def filled(draft: Draft, title: str = "") -> dict[str, str]:
    """Return the values by label, of all sections or of those whose title begins so."""
    return {
        field.label: field.value
        for section in draft.sections
        for field in section.fields
        if field.value and section.title.startswith(title)
    }


class Page(HTMLParser):
    """What matters of a form's page: its headings, its ids, its blanks and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.in_blanks = ""
        self.loads: list[str] = []
        self.languages: list[str] = []
        self._blank = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self._blank = of.get("role") == "textbox"
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if "id" in of:
            self.ids.append(str(of["id"]))
        if self._blank:
            self.labelled.append(str(of["aria-labelledby"]))
        if tag in ("script", "link", "img", "iframe", "form") or "src" in of or "href" in of:
            self.loads.append(tag)
        if "lang" in of:
            self.languages.append(str(of["lang"]))

    def handle_data(self, data: str) -> None:
        if self._blank:
            self.in_blanks += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self._blank = False


# A connection


def test_a_connection_is_filled_in_from_what_was_typed() -> None:
    draft = drafted("disclosure", SHARED, **CONNECTION)
    values = filled(draft)
    assert values["address seen by the server"] == SHARED
    assert values["source port"] == "40212"
    assert values["time"] == "2026-10-29 23:14:37 UTC; given as 2026-10-29 20:14:37 -03:00"
    assert values["how far the clocks may be apart"] == "± 30 seconds"
    assert values["destination address"] == "198.18.111.11"
    assert values["destination port"] == "443"
    assert values["protocol"] == "TCP"
    assert not any("RFC 6302" in note for note in draft.notes)


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        ("time", "time"),
        ("port", "source port"),
        ("destination", "destination address"),
        ("destination_port", "destination port"),
        ("protocol", "protocol"),
        ("tolerance", "how far the clocks may be apart"),
    ],
)
def test_what_was_not_given_is_named_and_has_an_empty_field(left_out: str, named: str) -> None:
    details = {key: value for key, value in CONNECTION.items() if key != left_out}
    draft = drafted("disclosure", SHARED, **details)
    (note,) = (note for note in draft.notes if "RFC 6302" in note)
    assert note.startswith(f"Not given: {named}.")
    assert named not in filled(draft)
    assert f"{named}: {BLANK}" in draft.text
    assert ("The connection", named, "(empty)", "–") in list(
        draft.table.itertuples(index=False, name=None)
    )


@pytest.mark.parametrize(
    ("time", "missing", "value"),
    [
        ("2026-10-29 20:14 -03:00", "seconds", "2026-10-29 23:14 UTC; given as 2026-10-29 20:14"),
        ("2026-10-29 20:14:37", "time zone", "2026-10-29 20:14:37, time zone not given"),
        ("2026-10-29", "time of day, time zone", "2026-10-29, time zone not given"),
        ("2026-10-29 UTC", "time of day", "2026-10-29 UTC"),
        ("2026-10-29 -03:00", "time of day", "2026-10-29 -03:00"),
    ],
)
def test_a_time_is_no_more_exact_than_it_was_typed(time: str, missing: str, value: str) -> None:
    draft = drafted("disclosure", SHARED, **{**CONNECTION, "time": time})
    assert filled(draft)["time"].startswith(value)
    assert any(note.startswith(f"Not given: {missing}.") for note in draft.notes)
    assert any("was not turned into UTC" in note for note in draft.notes) == ("zone" in missing)


ZONES = st.sampled_from([ZoneInfo("UTC"), ZoneInfo("America/Caracas"), ZoneInfo("Asia/Kolkata")])


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=ZONES))
def test_the_time_of_the_form_is_the_time_that_was_typed(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    read = read_moment(moment.isoformat(), SAY)
    assert read.time == moment.timestamp()
    for country in (GENERAL, *countries.countries()):
        for part in written(read, country, SAY).split("; "):
            stamp = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*$", part)
            assert stamp
            assert read_moment(stamp.group(), SAY).time == moment.timestamp()


@given(st.text())
def test_any_text_is_a_time_or_gets_a_sentence(text: str) -> None:
    with contextlib.suppress(NotUnderstood):
        read_moment(text, SAY)


@pytest.mark.parametrize(
    ("typed", "details", "says"),
    [
        (("",), {}, "no kind of request"),
        (("arrest", SHARED), {}, "no kind of request"),
        ((7, SHARED), {}, "no kind of request"),
        (("preservation",), {}, "About what?"),
        (("preservation", "not a name at all!"), {}, ""),
        (("preservation", LOOKALIKE), {"port": 40212}, "belongs to a connection"),
        (("preservation", "AS64500"), {"port": 40212}, "is no address"),
        (("preservation", SHARED), {"port": 0}, "is no port"),
        (("preservation", SHARED), {"port": 65536}, "is no port"),
        (("preservation", SHARED), {"port": True}, "is no port"),
        (("preservation", SHARED), {"destination_port": "https"}, "is no port"),
        (("preservation", SHARED), {"protocol": "icmp"}, "is no protocol"),
        (("preservation", SHARED), {"time": "last night"}, "is no time"),
        (("preservation", SHARED), {"time": "2026-02-30 10:00:00 UTC"}, "is no time"),
        (("preservation", SHARED), {"destination": "www.museum.example"}, "is no address"),
        (("preservation", SHARED), {"tolerance": "much"}, "is no span of time"),
        (("preservation", ""), {"address": "everything"}, ""),
        (
            ("preservation", SHARED),
            {"since": "2026-10-30 00:00:00 UTC", "until": "2026-10-29 00:00:00 UTC"},
            "ends before it begins",
        ),
        (
            ("preservation", SHARED),
            {"since": "2026-10-30 UTC", "until": "2026-10-29 UTC"},
            "ends before it begins",
        ),
        (
            ("preservation", SHARED),
            {"since": "2026-10-29 10:00:00", "until": "2026-10-29 09:00:00"},
            "ends before it begins",
        ),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(
    typed: tuple[object, ...], details: dict[str, object], says: str
) -> None:
    assert says in refused(LAB.draft(*typed, **details))  # type: ignore[arg-type]


def test_the_kinds_have_names_in_the_languages_of_the_region() -> None:
    kinds = ("preservation", "Preservación", "preservação", "disclosure", "divulgación")
    assert [drafted(kind, SHARED).request for kind in kinds] == [
        *["preservation"] * 3,
        *["disclosure"] * 2,
    ]


def test_a_name_outside_the_lab_is_not_asked_for() -> None:
    result = LAB.draft("preservation", "www.iana.org")
    assert result.kind is Kind.NOT_COVERED


def test_the_period_is_in_utc() -> None:
    draft = drafted("preservation", SHARED, since="2026-10-29 00:00:00 -03:00")
    assert filled(draft)["data from"].startswith("2026-10-29 03:00:00 UTC")
    assert "data until" not in filled(draft)


@pytest.mark.parametrize("country", ["", "UY"])
@pytest.mark.parametrize("since", ["2026-10-29 UTC", "2026-10-29 10:00:00 UTC"])
def test_a_period_that_ends_on_a_day_has_the_whole_day(since: str, country: str) -> None:
    draft = drafted("preservation", SHARED, country=country, since=since, until="2026-10-29 UTC")
    assert filled(draft)["data from"].startswith(since)
    assert filled(draft)["data until"] == "2026-10-29 UTC"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-10-29 23:00:00 UTC", "2026-10-29 21:00:00"),
        ("2026-10-29 23:00:00", "2026-10-29 21:00:00 UTC"),
    ],
)
def test_ends_of_which_one_has_no_zone_are_not_compared(since: str, until: str) -> None:
    values = filled(drafted("preservation", SHARED, since=since, until=until))
    assert values["data from"].startswith(since)
    assert values["data until"].startswith(until)


# The fields of the law


@pytest.mark.parametrize("country", [GENERAL, *countries.countries()], ids=lambda c: c.code or "-")
def test_what_belongs_to_the_law_stays_empty(country: Country) -> None:
    draft = drafted("preservation", SHARED, country=country.code, **CONNECTION)
    page = Page(draft.html)
    assert page.labelled == [f"field-{key}" for key in country.empty]
    assert page.in_blanks == ""
    for key in country.empty:
        _, _, after = draft.text.partition(f"\n{LEGAL_FIELDS[key]}")
        paragraph = after.partition("\n\n")[0]
        assert paragraph.endswith(f"\n{BLANK}")
        if key not in country.terms:
            assert not paragraph.replace(BLANK, "").strip()


def test_a_country_nobody_wrote_a_file_for_gets_the_general_form() -> None:
    draft = drafted("preservation", SHARED, country="Atlantis")
    assert draft.country is GENERAL
    assert any("no country file for “Atlantis”" in note for note in draft.notes)
    assert any("Trinidad and Tobago (TT), Uruguay (UY)" in note for note in draft.notes)


@pytest.mark.parametrize("country", countries.countries(), ids=lambda country: country.code)
def test_a_country_file_says_where_everything_is_from(country: Country) -> None:
    assert re.fullmatch("[a-z]{2}", country.code)
    assert countries.find(country.code.upper()) is country
    assert countries.find(country.name) is country
    assert set(country.empty) == set(LEGAL_FIELDS), "a field of the law is missing"
    assert set(country.terms) <= set(country.empty)
    ZoneInfo(country.time_zone)
    assert country.tradition
    for said in (country.tradition, *country.terms.values(), *country.facts):
        assert said.text
        assert said.source
        assert re.search(r"(19|20)\d\d", said.date), said


def test_there_is_a_country_of_each_tradition() -> None:
    traditions = {c.tradition.text for c in countries.countries() if c.tradition}
    assert {"civil law", "common law"} <= traditions


def test_the_sources_of_a_country_are_on_the_sheet_for_the_author() -> None:
    country = countries.find("UY")
    assert country
    draft = drafted("preservation", SHARED, country="UY")
    text = re.sub(r"\s+", " ", draft.text)
    for said in (*country.terms.values(), *country.facts):
        assert said.source in text
        assert said.date in text


# The records


def test_a_name_stands_as_machines_write_it_and_as_people_see_it() -> None:
    values = filled(drafted("preservation", CYRILLIC))
    assert values["name, as machines write it"] == CYRILLIC
    assert values["name, as people see it"] == "bаncodelfaro.example"
    assert "name, as people see it" not in filled(drafted("preservation", LOOKALIKE))


def test_the_records_of_a_name_fill_the_form() -> None:
    draft = drafted("preservation", LOOKALIKE)
    assert filled(draft, "The name")["addresses"] == "198.19.105.66"
    values = filled(draft, "The registration")
    assert "Registro Veloz" in values["registrar"]
    assert "9996" in values["registrar"]
    assert any("abuse@registro-veloz.example" in value for value in values.values())
    assert "ns1.ultramar-host.example" in values["name servers"]
    assert values["registered"] == "2026-10-30"


def test_everybody_who_holds_a_part_is_named_with_what_it_could_hold() -> None:
    draft = drafted("preservation", LOOKALIKE)
    table = draft.addressees.table
    who = dict(zip(table["part"], table["who"], strict=True))
    assert who["registrar"].startswith("Registro Veloz")
    assert who["proxy service"].startswith("Velo Privado")
    assert who["registry"].startswith("Registro Ejemplo")
    assert who["host"].startswith("Ultramar Host")
    assert who["customer of the host"].startswith("Nube Barata")
    assert who["DNS operator"].startswith("Ultramar Host")
    assert all(table["what it could technically hold"])
    minded = dict(zip(table["part"], table["to mind"], strict=True))
    for part in ("proxy service", "host", "customer of the host"):
        assert "may be the suspect" in minded[part]
        assert "may tell its customer" in minded[part]
    assert any("may be the suspect" in note for note in draft.notes)


def test_a_reseller_is_named_where_the_record_names_one() -> None:
    table = drafted("disclosure", "cafe-tinta-y-azucar.example").addressees.table
    who = dict(zip(table["part"], table["who"], strict=True))
    assert who["reseller"].startswith("Revende Dominios")


def test_each_value_says_where_it_is_from() -> None:
    draft = drafted("preservation", LOOKALIKE, since="2026-10-30 00:00:00 UTC", address=SHARED)
    for section in draft.sections:
        for field in section.fields:
            assert bool(field.value) == bool(field.source), field
    when = r"asked \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    table = draft.tabulated()
    assert table
    for text in (table.caption, draft.html, draft.text.replace("\n", " ")):
        assert len(re.findall(when, text)) == 1


def test_what_is_of_lesser_use_stands_in_the_form_alone() -> None:
    draft = drafted("preservation", LOOKALIKE)
    shown = set(draft.table["field"])
    assert not shown & {"DNSSEC", "name", "kind", "holder's identifier", "a part of"}
    assert "name servers" in shown
    assert "DNSSEC: not signed" in draft.text
    (note,) = (note for note in draft.notes if note.startswith("In the form, and not in this"))
    assert "DNSSEC" in note


def test_a_web_address_is_not_called_an_e_mail() -> None:
    values = filled(drafted("preservation", LOOKALIKE), "The registration")
    assert values["way to write to the registrant"].startswith("https://")
    assert "registrant's e-mail" not in values


def test_the_sheet_says_that_it_is_taken_out() -> None:
    draft = drafted("preservation", LOOKALIKE, country="UY")
    for form in (draft.text, draft.html):
        before, _, sheet = form.partition("TAKE OUT BEFORE SENDING")
        assert "Data asked for" in before
        assert "Strike from the form what this addressee need not know." in sheet
        assert "civil law" not in form
    assert any("civil law" in note for note in draft.notes)


def test_nothing_is_asked_twice_of_a_directory() -> None:
    lab = Lab("en")
    lab.draft("preservation", LOOKALIKE)
    asked = Counter(
        (line.request.to_address, line.request.payload)
        for line in lab._log.lines
        if line.request.protocol in ("http", "https")
    )
    assert asked
    assert set(asked.values()) == {1}


def test_a_name_that_is_not_registered_fills_nothing_in() -> None:
    draft = drafted("preservation", "nobody-has-this.example")
    assert set(filled(draft)) == {"name, as machines write it"}
    assert any("no record of nobody-has-this.example" in note for note in draft.notes)
    assert "nobody who could receive it" in draft.addressees.sentence


def test_an_address_of_nobody_in_particular_gets_a_sentence() -> None:
    draft = drafted("disclosure", "10.0.0.1")
    assert filled(draft) == {"address": "10.0.0.1"}
    assert any("RFC 1918" in note for note in draft.notes)


def test_an_as_number_is_a_target_too() -> None:
    values = filled(drafted("disclosure", "AS64500"))
    assert values["AS number"] == "AS64500"
    assert values["holder"] == "Alojar S.A."


def test_a_content_network_is_called_one() -> None:
    table = drafted("preservation", "www.brisa-cdn.example").addressees.table
    assert "content delivery network" in set(table["part"])


def test_every_part_has_something_to_mind() -> None:
    assert set(HOLDS) == set(MIND)


# The document


@pytest.mark.parametrize("country", ["", "UY", "TT"])
def test_the_page_needs_nothing_else_and_can_be_read_aloud(country: str) -> None:
    draft = drafted("preservation", LOOKALIKE, country=country)
    page = Page(draft.html)
    assert page.loads == []
    assert "http://" not in draft.html
    assert "@import" not in draft.html
    assert "url(" not in draft.html
    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1
    assert page.headings[1:] == ["h2", "h2", "h2", "h3"]
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.labelled) <= set(page.ids)
    assert page.languages[0] == "en"
    assert set(page.languages) == {"en", "es"} if country == "UY" else {"en"}


def test_the_lab_says_that_it_is_training() -> None:
    draft = drafted("preservation", LOOKALIKE)
    assert "<title>TRAINING – FICTIONAL" in draft.html
    assert draft.text.startswith("TRAINING – FICTIONAL")
    assert draft.text.rstrip().endswith("TRAINING – FICTIONAL")


def test_what_was_typed_is_escaped() -> None:
    draft = drafted("preservation", SHARED, country="<script>alert(1)</script>")
    assert "<script" not in draft.html
    assert "<script" not in draft._repr_html_()


def test_text_and_page_say_the_same() -> None:
    draft = drafted("preservation", LOOKALIKE, country="TT")
    text = re.sub(r"\s+", " ", draft.text)
    for section in draft.sections:
        assert section.title in text
        for field in section.fields:
            assert f"{field.label}: {field.value or BLANK}" in text
    assert max(len(line) for line in draft.text.splitlines() if " " in line.strip()) <= 110


def test_no_advice_on_law() -> None:
    draft = drafted("disclosure", LOOKALIKE, country="UY", address=SHARED, **CONNECTION)
    assert not re.search(r"\b(should|lawful|admissible|entitled|obliged)\b", draft.text)


# Saving


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["request.html", "request.txt", "pedido de preservación.html"])
def test_a_draft_is_saved_beside_the_notebook(here: Path, name: str) -> None:
    draft = drafted("preservation", SHARED)
    saved = draft.save(name)
    assert saved.kind is None
    assert name in saved.sentence
    written = (here / name).read_text(encoding="utf-8")
    assert written == (draft.html if name.endswith(".html") else draft.text)
    assert draft.save(name).kind is None, "the same again changes nothing"


def test_another_file_is_not_overwritten(here: Path) -> None:
    (here / "request.html").write_text("something of mine")
    draft = drafted("preservation", SHARED)
    saved = draft.save("request.html")
    assert (here / "request.html").read_text() == "something of mine"
    assert (here / "request-2.html").read_text(encoding="utf-8") == draft.html
    assert "request-2.html" in saved.sentence
    assert "was not overwritten" in saved.notes[0]


NO_PLAIN_NAMES = ["", "request.pdf", "../request.html", "a/b.html", "/tmp/r.html"]
NO_PLAIN_NAMES += ["a\\b.html", ".request.html", "C:request.html", "r\n.html"]


@pytest.mark.parametrize("name", [*NO_PLAIN_NAMES, 7, None])
def test_only_plain_names_are_written(here: Path, name: object) -> None:
    refused(drafted("preservation", SHARED).save(name))
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("typed", "future"),
    [
        ("2026-10-29 20:14:37 -03:00", False),
        ("2049-10-29 20:14:37 -03:00", True),
        ("2049-10-29 20:14:37", True),
    ],
)
def test_a_time_in_the_future_is_pointed_out(typed: str, future: bool) -> None:
    of_connection = drafted("disclosure", SHARED, time=typed)
    of_period = drafted("disclosure", SHARED, until=typed)
    for draft in (of_connection, of_period):
        assert any("lies in the future" in note for note in draft.notes) is future


def test_one_thing_that_is_missing_is_told_as_one() -> None:
    less = {key: value for key, value in CONNECTION.items() if key != "port"}
    one = drafted("disclosure", SHARED, **less)
    several = drafted("disclosure", SHARED, time=CONNECTION["time"])
    assert any("may need it to find" in note for note in one.notes)
    assert any("may need them to find" in note for note in several.notes)
