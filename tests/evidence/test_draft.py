"""The form of a request: what it fills in, what it leaves empty, and where it is written."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.answers import countries
from labsupport.answers.countries import GENERAL, Country, labels
from labsupport.answers.registration import DOMAIN_FACTS
from labsupport.answers.requests import FACTS, WORDS, Receivers, RequestForm, written
from labsupport.course import story
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import read_moment
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.papers.forms import BLANK
from labsupport.papers.forms import filled as line_broken
from labsupport.results import Explanation, Result

NOTEBOOKS = Path(__file__).parents[1].parent / "notebooks" / "en"
LAB = Lab("en")
SAY = Language.load("en")
LOOKALIKE = "bancodelfaro-clientes.example"
CYRILLIC = "xn--bncodelfaro-yij.example"
SHARED = "198.18.128.2"
CONNECTION = {
    "addressee": "access network",
    "time": "2026-10-29 20:14:37 -03:00",
    "port": 40212,
    "destination": "198.18.111.11",
    "destination_port": 443,
    "protocol": "tcp",
    "tolerance": "30 seconds",
}
REGISTRAR = {
    "addressee": "registrar",
    "since": "2026-10-30 UTC",
    "until": "2026-10-31 UTC",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(kind: str, *typed: object, **details: object) -> Result:
    """Return what a request of this kind is answered with."""
    result = getattr(LAB.evidence, kind)(*typed, **details)
    assert isinstance(result, Result)
    return result


def drafted(*typed: object, **details: object) -> RequestForm:
    result = answer(*typed, **details)  # type: ignore[arg-type]
    assert isinstance(result, RequestForm), result
    return result


def receivers(*typed: object, **details: object) -> Receivers:
    result = answer(*typed, **details)  # type: ignore[arg-type]
    assert isinstance(result, Receivers), result
    return result


def refused(result: Result) -> str:
    assert isinstance(result, Explanation)
    assert result.kind is Kind.NOT_ASKED
    return result.sentence


def filled(draft: RequestForm, title: str = "") -> dict[str, str]:
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
        self.items: list[str] = []
        self.loads: list[str] = []
        self.languages: list[str] = []
        self._blank = self._item = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self._item = tag == "li" and self._blank
        self._blank = of.get("role") == "textbox" or (
            self._blank and tag in ("ul", "li")
        )
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if "id" in of:
            self.ids.append(str(of["id"]))
        if of.get("role") == "textbox":
            self.labelled.append(str(of["aria-labelledby"]))
        if (
            tag in ("script", "link", "img", "iframe", "form")
            or "src" in of
            or "href" in of
        ):
            self.loads.append(tag)
        if "lang" in of:
            self.languages.append(str(of["lang"]))

    def handle_data(self, data: str) -> None:
        if self._item:
            self.items.append(data)
        elif self._blank:
            self.in_blanks += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self._item = False
        self._blank = self._blank and tag in ("ul", "li")


# A connection


def test_a_connection_is_filled_in_from_what_was_typed() -> None:
    draft = drafted("disclosure", SHARED, **CONNECTION)
    values = filled(draft)
    assert values["address"] == SHARED
    assert values["source port"] == "40212"
    assert (
        values["time"] == "2026-10-29 23:14:37 UTC; given as 2026-10-29 20:14:37 -03:00"
    )
    assert values["how far the clocks may be apart"] == "± 30 seconds"
    assert values["destination address"] == "198.18.111.11"
    assert values["destination port"] == "443"
    assert values["protocol"] == "TCP"
    assert not any("RFC 6302" in note for note in draft.notes)


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        ("port", "source port"),
        ("destination", "destination address"),
        ("destination_port", "destination port"),
        ("protocol", "protocol"),
        ("tolerance", "how far the clocks may be apart"),
    ],
)
def test_what_was_not_given_is_named_and_has_an_empty_field(
    left_out: str, named: str
) -> None:
    details = {key: value for key, value in CONNECTION.items() if key != left_out}
    draft = drafted("disclosure", SHARED, **details)
    (note,) = (note for note in draft.notes if "RFC 6302" in note)
    assert note.startswith(f"Not given: {named}.")
    assert named not in filled(draft)
    assert f"{named}: {BLANK}" in draft.text
    assert ("The connection", named, "(empty)", "–") in list(
        draft.table.itertuples(index=False, name=None)
    )


def test_a_time_is_no_more_exact_than_it_was_typed() -> None:
    draft = drafted(
        "disclosure", SHARED, **{**CONNECTION, "time": "2026-10-29 20:14 -03:00"}
    )
    assert (
        filled(draft)["time"]
        == "2026-10-29 23:14 UTC; given as 2026-10-29 20:14 -03:00"
    )
    assert any(note.startswith("Not given: seconds.") for note in draft.notes)


ZONES = st.sampled_from(
    [ZoneInfo("UTC"), ZoneInfo("America/Caracas"), ZoneInfo("Asia/Kolkata")]
)


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=ZONES))
def test_the_time_of_the_form_is_the_time_that_was_typed(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    read = read_moment(moment.isoformat(), SAY)
    assert read.time == moment.timestamp()
    for country in (GENERAL, *countries.countries("en")):
        for part in written(read, country, SAY).split("; "):
            stamp = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*$", part)
            assert stamp
            assert read_moment(stamp.group(), SAY).time == moment.timestamp()


DAYS = st.dates(datetime(2001, 1, 1).date(), datetime(2099, 12, 31).date())
HOURS = st.times().map(lambda time: time.strftime("%H:%M:%S"))
LOCAL = st.sampled_from(["UTC", "-03:00", "UTC-3", "-0430", "+05:30"])


@given(
    DAYS,
    st.sampled_from("/-."),
    HOURS,
    st.sampled_from(["", "h", " hs", " hrs."]),
    LOCAL,
)
def test_the_regions_dates_are_read_as_their_iso_form(
    day: date, mark: str, hours: str, suffix: str, zone: str
) -> None:
    typed = day.strftime(f"%d{mark}%m{mark}%Y")
    iso = f"{day.isoformat()} {hours} {zone}"
    if day.day > 12 or day.day == day.month:
        read = read_moment(f"{typed} {hours}{suffix} {zone}", SAY)
        assert read.time == read_moment(iso, SAY).time
        assert read_moment(typed, SAY).day_only
    else:  # it could be another day: both are told in a form that can be typed as it stands
        with pytest.raises(NotUnderstood) as told:
            read_moment(f"{typed} {hours} {zone}", SAY)
        first, second = re.findall("“(.*?)”", str(told.value))[1:]
        assert first == iso
        other = read_moment(second, SAY).local
        assert (other.day, other.month) == (day.month, day.day)


@given(st.text())
def test_any_text_is_a_time_or_gets_a_sentence(text: str) -> None:
    with contextlib.suppress(NotUnderstood):
        read_moment(text, SAY)


@pytest.mark.parametrize(
    ("typed", "details", "says"),
    [
        (("preservation",), {}, "About what?"),
        (("preservation", "not a name at all!"), {}, ""),
        (("preservation", LOOKALIKE), {"port": 40212}, "belongs to a connection"),
        (("preservation", "AS64500"), {"port": 40212}, "belongs to a connection"),
        (("preservation", SHARED), {"port": 40212}, "When?"),
        *(
            (("preservation", SHARED), {"time": CONNECTION["time"], name: typed}, says)
            for name, typed, says in (
                ("port", 0, "is no source port"),
                ("port", 65536, "is no source port"),
                ("port", True, "is no source port"),
                ("destination_port", "https", "is no destination port"),
                ("protocol", "icmp", "is no protocol"),
                ("destination", "www.museum.example", "is no address"),
                ("tolerance", "much", "is no span of time"),
            )
        ),
        (("preservation", SHARED), {"time": "last night"}, "is no time"),
        (("preservation", SHARED), {"time": "2026-02-30 10:00:00 UTC"}, "is no time"),
        (
            ("preservation", SHARED),
            {"time": "03/04/2026 10:00:00 UTC"},
            "can be two days",
        ),
        (("preservation", SHARED), {"time": "2026-10-29 20:14:37"}, "has no time zone"),
        (
            ("preservation", SHARED),
            {"time": "2026-10-29 UTC"},
            "is a day without a time",
        ),
        (("preservation", LOOKALIKE), {"addressee": "registrar"}, "From when to when?"),
        (("preservation", LOOKALIKE), {**REGISTRAR, "until": ""}, "From when to when?"),
        (("preservation", LOOKALIKE), {**REGISTRAR, "since": ""}, "From when to when?"),
        (
            ("preservation", LOOKALIKE),
            {**REGISTRAR, "since": "2026-10-30"},
            "has no time zone",
        ),
        (
            ("preservation", LOOKALIKE),
            {**REGISTRAR, "until": "2026-10-29 UTC"},
            "before it begins",
        ),
        (
            ("preservation", LOOKALIKE),
            {"since": "2026-10-30 01:00:00 -03:00", "until": "2026-10-30 03:00:00 UTC"},
            "before it begins",
        ),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(
    typed: tuple[object, ...], details: dict[str, object], says: str
) -> None:
    assert says in refused(answer(*typed, **details))  # type: ignore[arg-type]


def test_a_name_outside_the_lab_is_not_asked_for() -> None:
    result = LAB.evidence.preservation("www.iana.org")
    assert result.kind is Kind.NOT_COVERED


def test_the_period_is_in_utc_and_whole_days_have_their_last_second() -> None:
    period = {"since": "29/10/2026 -03:00", "until": "2026-10-29 -03:00"}
    values = filled(drafted("preservation", LOOKALIKE, **{**REGISTRAR, **period}))
    assert values["data from"].startswith(
        "2026-10-29 03:00:00 UTC; given as 2026-10-29 00:00:00"
    )
    assert values["data until"].startswith(
        "2026-10-30 02:59:59 UTC; given as 2026-10-29 23:59:59"
    )


# For whom


def test_without_an_addressee_the_answer_says_who_there_is_and_how_to_name_one(
    here: Path,
) -> None:
    answer = receivers("preservation", LOOKALIKE)
    assert 'addressee="proxy service", since="…", until="…"' in answer.sentence
    assert "Registro Veloz Ltd. (registrar)" in answer.sentence
    saved = answer.save("request.html")
    assert saved.kind is Kind.NOT_ASKED
    assert saved.sentence == answer.sentence
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("registrar", "Registro Veloz Ltd. (registrar)"),
        ("Registro Veloz Ltd.", "Registro Veloz Ltd. (registrar)"),
        ("registro veloz", "Registro Veloz Ltd. (registrar)"),
        ("Registry", "Registro Ejemplo (registry)"),
        ("host", "Ultramar Host Ltd. (host)"),
        ("customer", "Nube Barata Ltd. (customer of the host)"),
        ("Ultramar Host Ltd.", "Ultramar Host Ltd. (DNS operator, host)"),
    ],
)
def test_an_addressee_is_named_by_part_or_by_name(typed: str, named: str) -> None:
    draft = drafted("preservation", LOOKALIKE, **{**REGISTRAR, "addressee": typed})
    assert draft.addressee.called(SAY) == named
    assert f"To {named}" in draft.text
    assert f"To {named}" in draft.html


@pytest.mark.parametrize("typed", ["bank", "Ltd.", "b", 7, "<b>"])
def test_an_addressee_whom_the_records_do_not_name_gets_the_choices(
    typed: object,
) -> None:
    answer = receivers("preservation", LOOKALIKE, **{**REGISTRAR, "addressee": typed})
    assert "is none of them, or more than one" in answer.sentence
    assert "Registro Veloz Ltd. (registrar)" in answer.sentence
    assert "<b>" not in answer._repr_html_()


def test_a_paper_has_what_concerns_its_addressee_and_nothing_on_others() -> None:
    others = {
        "registrar": ("198.19.105.66", "Nube Barata", "Ultramar Host"),
        "registry": ("198.19.105.66", "Nube Barata", "Ultramar Host"),
        "host": ("Registro", "Velo Privado", "Nube Barata", "ns1."),
        "customer": ("Registro", "Velo Privado", "Ultramar Host", "ns1."),
        "DNS operator": ("Registro", "Velo Privado", "Nube Barata", "198.19.105.66"),
    }
    for part, names in others.items():
        draft = drafted("preservation", LOOKALIKE, **{**REGISTRAR, "addressee": part})
        for name in names:
            assert name not in draft.text, (part, name)
            assert name not in draft.html, (part, name)
    draft = drafted("disclosure", SHARED, **CONNECTION)
    assert set(filled(draft, "The address")) == {"block of the addressee"}


def test_data_asked_for_are_items_to_strike_of_what_that_one_could_hold() -> None:
    draft = drafted("preservation", LOOKALIKE, **REGISTRAR)
    page = Page(draft.html)
    assert page.items == list(draft.addressee.holds(SAY))
    for item in page.items:
        assert f"– {item}" in " ".join(draft.text.split())
    assert "strike what is not asked for" in draft.text


def test_a_network_of_ipv6_is_asked_for_by_its_prefix() -> None:
    details = {**CONNECTION, "destination": "2001:db8:110::11"}
    draft = drafted("disclosure", "2001:db8:502::82", **details)
    assert filled(draft)["address"] == "2001:db8:502::82"
    assert filled(draft)["prefix"] == "2001:db8:502::/64"
    assert "RFC 8981" in draft.text
    assert "prefix" not in filled(drafted("disclosure", SHARED, **CONNECTION))


# Requests that the course makes


def of_the_course(folder: Path) -> Iterator[tuple[str, RequestForm]]:
    """Every paper that a notebook or a case makes, and where."""
    made: list[Result] = []

    class Recorder:
        @property
        def evidence(self) -> Recorder:
            return self

        def preservation(self, *typed: object, **details: object) -> Result:
            made.append(LAB.evidence.preservation(*typed, **details))  # type: ignore[arg-type]
            return made[-1]

        def disclosure(self, *typed: object, **details: object) -> Result:
            made.append(LAB.evidence.disclosure(*typed, **details))  # type: ignore[arg-type]
            return made[-1]

    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and re.search(
                r"lab\.evidence\.(pres|disc)", source
            ):
                exec(source, {"lab": Recorder()})
        yield from (
            (notebook.stem, one) for one in made if isinstance(one, RequestForm)
        )
        made.clear()
    for key, told in story.stories("en").items():
        for call in (call for step in told.steps.values() for call in step.asks):
            if call.method in ("evidence.preservation", "evidence.disclosure"):
                yield key, drafted(call.name, *call.arguments, **dict(call.named))


def unmet(draft: RequestForm) -> set[str]:
    """What a request is not yet good for: a clerk could not carry it out without asking back."""
    values = filled(draft)
    times, needed = {"data from", "data until"}, set[str]()
    if any(section.title == "The connection" for section in draft.sections):
        times, needed = (
            {"time"},
            {"address", "source port", "how far the clocks may be apart"},
        )
        needed |= {"destination address", "destination port", "protocol"}
    exact = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC(;.*)?"
    missing = {label for label in needed if not values.get(label)}
    missing |= {
        label for label in times if not re.fullmatch(exact, values.get(label, ""))
    }
    return missing | (
        set() if {"address", "registered domain"} & set(values) else {"about"}
    )


def test_what_the_course_asks_for_passes_the_courses_own_test(here: Path) -> None:
    steps = story.stories("en")["fraud"].steps
    right = next(one for one in steps["requests"].choices if one.id == "exact").text
    for words in (
        "of which name or address",
        "from when to when",
        "in which time zone",
    ):
        assert words in right
    papers = list(of_the_course(here))
    assert Counter(where for where, _ in papers) == {
        "03-public-directories": 1,
        "fraud": 1,
    }
    # The case's leaves one field open: notebook 05 asks which, and whom one would ask.
    exercise = (NOTEBOOKS / "05-a-case-from-start-to-end.ipynb").read_text(
        encoding="utf-8"
    )
    assert "one field of the technical part is empty" in exercise
    gaps = [(where, unmet(draft)) for where, draft in papers if unmet(draft)]
    assert gaps == [("fraud", {"how far the clocks may be apart"})]


# The fields of the law


@pytest.mark.parametrize(
    "country", [GENERAL, *countries.countries("en")], ids=lambda c: c.code or "-"
)
def test_what_belongs_to_the_law_stays_empty(country: Country) -> None:
    draft = drafted("preservation", SHARED, country=country.code, **CONNECTION)
    page = Page(draft.html)
    assert page.labelled == [f"field-{key}" for key in labels("preservation", SAY)]
    assert page.in_blanks == ""
    for key, label in labels("preservation", SAY).items():
        _, _, after = draft.text.partition(f"\n{line_broken(label)}")
        paragraph = after.partition("\n\n")[0]
        assert paragraph.endswith(f"\n{BLANK}")
        if key not in country.terms and key != "data":
            assert not paragraph.replace(BLANK, "").strip()


def test_a_country_nobody_wrote_a_file_for_gets_the_general_form() -> None:
    draft = drafted("preservation", SHARED, country="Atlantis", **CONNECTION)
    assert draft.country is GENERAL
    assert any("no country file for “Atlantis”" in note for note in draft.notes)
    assert any(
        "Trinidad and Tobago (TT) and Uruguay (UY)" in note for note in draft.notes
    )


@pytest.mark.parametrize(
    "country", countries.countries("en"), ids=lambda country: country.code
)
def test_a_country_file_says_where_everything_is_from(country: Country) -> None:
    assert re.fullmatch("[a-z]{2}", country.code)
    assert countries.find(country.code.upper(), "en") is country
    assert countries.find(country.name, "en") is country
    assert set(country.terms) <= set(labels("disclosure", SAY))
    ZoneInfo(country.time_zone)
    assert country.tradition
    told = (country.tradition, *country.terms.values(), *country.facts, *country.domain)
    for said in told:
        assert said.text
        assert said.source
        assert re.search(r"(19|20)\d\d", said.date), said


def test_there_is_a_country_of_each_tradition() -> None:
    traditions = {c.tradition.text for c in countries.countries("en") if c.tradition}
    assert {"civil law", "common law"} <= traditions


@pytest.mark.parametrize(
    "country", countries.countries("en"), ids=lambda country: country.code
)
def test_the_sources_of_a_country_are_in_the_notes(country: Country) -> None:
    draft = drafted("preservation", SHARED, country=country.code, **CONNECTION)
    text = re.sub(r"\s+", " ", draft.text)
    for said in (*country.terms.values(), *country.facts):
        assert said.source in text
        assert said.date in text


@pytest.mark.parametrize(
    "country", countries.countries("en"), ids=lambda country: country.code
)
def test_the_registry_of_a_country_is_told_only_of_a_name_below_its_domain(
    country: Country,
) -> None:
    assert country.domain
    assert country.facts_on(f"www.museum.{country.code}")[-1] == country.domain[-1]
    assert (
        country.facts_on("museum.example") == country.facts_on(SHARED) == country.facts
    )
    draft = drafted("preservation", LOOKALIKE, country=country.code, **REGISTRAR)
    assert not any(said.text in draft.html for said in country.domain)


def test_a_preservation_is_kept_until_and_a_disclosure_answered_by_a_day() -> None:
    kept, answered = (
        drafted(kind, LOOKALIKE, **REGISTRAR) for kind in ("preservation", "disclosure")
    )
    assert "Keep until" in kept.html
    assert "Answer by" in answered.html
    assert "Answer by" not in kept.html
    assert "Keep until" not in answered.html


# The records


def test_a_name_stands_as_machines_write_it_and_as_people_see_it() -> None:
    values = filled(drafted("preservation", CYRILLIC, **REGISTRAR))
    assert values["name, as machines write it"] == CYRILLIC
    assert values["name, as people see it"] == "bаncodelfaro.example"
    assert "name, as people see it" not in filled(
        drafted("preservation", LOOKALIKE, **REGISTRAR)
    )


def test_the_records_of_a_name_fill_the_form() -> None:
    values = filled(drafted("preservation", LOOKALIKE, **REGISTRAR), "The name")
    assert "Registro Veloz" in values["registrar"]
    assert "9996" in values["registrar"]
    assert "ns1.ultramar-host.example" in values["name servers"]
    assert values["registered"] == "2026-10-30"
    assert set(FACTS) <= {label for label, _ in DOMAIN_FACTS} | {"registration.status"}
    values = filled(
        drafted("preservation", LOOKALIKE, **{**REGISTRAR, "addressee": "host"})
    )
    assert values["addresses"] == "198.19.105.66"


def test_everybody_who_holds_a_part_is_named_with_what_it_could_hold() -> None:
    table = receivers("preservation", LOOKALIKE).table
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


def test_a_reseller_is_named_where_the_record_names_one() -> None:
    table = receivers("disclosure", "cafe-tinta-y-azucar.example").table
    who = dict(zip(table["part"], table["who"], strict=True))
    assert who["reseller"].startswith("Revende Dominios")


def test_each_value_says_where_it_is_from() -> None:
    draft = drafted("preservation", LOOKALIKE, **REGISTRAR)
    for section in draft.sections:
        for field in section.fields:
            assert bool(field.value) == bool(field.source), field
    when = r"asked (?:on )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    table = draft.tabulated()
    for text in (table.caption, draft.html, draft.text.replace("\n", " ")):
        assert len(re.findall(when, text)) == 1


def test_the_sheet_says_that_it_is_taken_out() -> None:
    draft = drafted("preservation", LOOKALIKE, country="UY", **REGISTRAR)
    for form in (draft.text, draft.html):
        before, _, sheet = form.partition("TAKE OUT BEFORE SENDING")
        assert "Data to be kept" in before
        assert "it may tell its customer" not in before
        assert "it may tell its customer" in sheet
        assert "civil law" not in form
    assert any("civil law" in note for note in draft.notes)


def test_nothing_is_asked_twice_of_a_directory() -> None:
    lab = Lab("en")
    lab.evidence.preservation(LOOKALIKE, **REGISTRAR)
    asked = Counter(
        (line.request.to_address, line.request.payload)
        for line in context_of(lab).log.lines
        if line.request.protocol in ("http", "https")
    )
    assert asked
    assert set(asked.values()) == {1}


def test_a_name_that_is_not_registered_fills_nothing_in() -> None:
    answer = receivers("preservation", "nobody-has-this.example", **REGISTRAR)
    assert any("no record of nobody-has-this.example" in note for note in answer.notes)
    assert "nobody who could receive it" in answer.sentence


def test_an_address_of_nobody_in_particular_gets_a_sentence() -> None:
    answer = receivers("disclosure", "10.0.0.1", **CONNECTION)
    assert "nobody who could receive it" in answer.sentence
    assert any("RFC 1918" in note for note in answer.notes)


def test_an_as_number_is_a_target_too() -> None:
    draft = drafted("disclosure", "AS64500", **{**REGISTRAR, "addressee": "network"})
    assert filled(draft)["AS number"] == "AS64500"
    assert draft.addressee.name == "Alojar S.A."


@pytest.mark.parametrize("typed", ["cdn", "content delivery network", "Brisa"])
def test_a_content_network_is_called_one(typed: str) -> None:
    draft = drafted(
        "preservation", "www.brisa-cdn.example", **{**REGISTRAR, "addressee": typed}
    )
    assert "content delivery network" in draft.addressee.parts


def test_every_part_has_something_to_mind() -> None:
    told = SAY.table(WORDS)
    for part in told["part"].values():
        assert part["mind"] in told["mind"]
        assert {*part["holds"]} <= told["items"].keys()


# The document


@pytest.mark.parametrize("country", ["", "UY", "TT"])
def test_the_page_needs_nothing_else_and_can_be_read_aloud(country: str) -> None:
    draft = drafted("preservation", LOOKALIKE, country=country, **REGISTRAR)
    page = Page(draft.html)
    assert page.loads == []
    assert "http://" not in draft.html
    assert "@import" not in draft.html
    assert "url(" not in draft.html
    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1
    assert page.headings[1:] == ["h2", "h2", "h2"]
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.labelled) <= set(page.ids)
    assert page.languages[0] == "en"
    assert set(page.languages) == {"en", "es"} if country == "UY" else {"en"}


def test_the_lab_says_that_it_is_training() -> None:
    draft = drafted("preservation", LOOKALIKE, **REGISTRAR)
    assert "<title>TRAINING – FICTIONAL" in draft.html
    assert draft.text.startswith("TRAINING – FICTIONAL")
    assert draft.text.rstrip().endswith("TRAINING – FICTIONAL")


def test_what_was_typed_is_escaped() -> None:
    draft = drafted(
        "preservation", SHARED, country="<script>alert(1)</script>", **CONNECTION
    )
    assert "<script" not in draft.html
    assert "<script" not in draft._repr_html_()


def test_text_and_page_say_the_same() -> None:
    draft = drafted("preservation", LOOKALIKE, country="TT", **REGISTRAR)
    text = re.sub(r"\s+", " ", draft.text)
    for section in draft.sections:
        assert section.title in text
        for field in section.fields:
            assert f"{field.label}: {field.value or BLANK}" in text
    assert (
        max(len(line) for line in draft.text.splitlines() if " " in line.strip()) <= 110
    )


def test_no_advice_on_law() -> None:
    draft = drafted("disclosure", SHARED, country="UY", **CONNECTION)
    assert not re.search(r"\b(should|lawful|admissible|entitled|obliged)\b", draft.text)


# Saving


@pytest.mark.parametrize(
    "name", ["request.html", "request.txt", "pedido de preservación.html"]
)
def test_a_draft_is_saved_beside_the_notebook(here: Path, name: str) -> None:
    draft = drafted("preservation", SHARED, **CONNECTION)
    saved = draft.save(name)
    assert saved.kind is None
    assert name in saved.sentence
    written = (here / name).read_text(encoding="utf-8")
    assert written == (draft.html if name.endswith(".html") else draft.text)
    assert draft.save(name).kind is None, "the same again changes nothing"


def test_another_file_is_not_overwritten(here: Path) -> None:
    (here / "request.html").write_text("something of mine")
    draft = drafted("preservation", SHARED, **CONNECTION)
    saved = draft.save("request.html")
    assert (here / "request.html").read_text() == "something of mine"
    assert (here / "request-2.html").read_text(encoding="utf-8") == draft.html
    assert "request-2.html" in saved.sentence
    assert "was not overwritten" in saved.notes[0]


NO_PLAIN_NAMES = ["", "request.pdf", "../request.html", "a/b.html", "/tmp/r.html"]
NO_PLAIN_NAMES += ["a\\b.html", ".request.html", "C:request.html", "r\n.html"]


@pytest.mark.parametrize("name", [*NO_PLAIN_NAMES, 7, None])
def test_only_plain_names_are_written(here: Path, name: object) -> None:
    refused(drafted("preservation", SHARED, **CONNECTION).save(name))
    assert list(here.iterdir()) == []
