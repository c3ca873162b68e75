"""Every word a person sees comes from a catalogue, and every linked word is explained."""

from __future__ import annotations

import ast
import gettext
import html
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import nbformat
import polib
import pytest
from confirmed import confirmed

from labsupport import Lab, language
from labsupport import reference as facts
from labsupport.answers import requests
from labsupport.course import (
    errors,
    glossary,
    guide_content,
    questions,
    reference,
    roles,
    story,
)
from labsupport.course.case import Case
from labsupport.course.form import Form
from labsupport.course.originals import read_all
from labsupport.course.time_limit import TooLongError
from labsupport.course.written_order import facts as facts_of
from labsupport.declared import QUESTIONS
from labsupport.dns.validation import Flaw
from labsupport.dns.walk import Failure
from labsupport.dns.walk import ResponseKind as ReadingKind
from labsupport.formats.certificates import Trust
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import (
    Language,
    conventions,
    keyed,
    languages,
    naming,
    table_of,
)
from labsupport.lookups.diagnose import ANSWERED, Cause, Sign
from labsupport.lookups.reached import Destination, Reach, Resolution
from labsupport.lookups.who import Part
from labsupport.orders import drafts, measure
from labsupport.orders.executors import ExecutorKind
from labsupport.orders.order import Act, Cell
from labsupport.orders.review import wording
from labsupport.orders.techniques import Place, Technique
from labsupport.results import Missing, Result
from labsupport.world import tables

ROOT = Path(__file__).parents[1]
EN = ROOT / "data" / "course" / "en"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))

sys.path.insert(0, str(ROOT / "tools"))
import link_words  # noqa: E402
import messages as course  # noqa: E402
import update_words  # noqa: E402

# Sentences, by their keys


def test_every_key_leads_to_a_sentence_and_every_sentence_is_asked_for() -> None:
    """A key is written out, or its beginning is and the name of an enumeration's member follows."""
    templates = [
        ROOT / "data" / "course" / name for name in ("papers", "editions", "classroom")
    ]
    files = [*(ROOT / "labsupport").rglob("*.py")]
    files += (path for folder in templates for path in folder.rglob("*.*"))
    source = "\n".join(path.read_text("utf-8") for path in files).replace("'", '"')
    keys = {f"{table}.{key}" for table, texts in TABLES.items() for key in texts}
    tables = "|".join(TABLES)
    assert set(re.findall(r'\bsay\(\s*"([^"]+\.[^"]+)"', source)) <= keys
    asked = set(re.findall(rf'"((?:{tables})\.[\w-]+)"', source)) & keys
    begun = set(re.findall(rf'f"((?:{tables})\.\w+_)\{{', source))
    begun |= {"ask.limit_", "dnssec.verdict_"}
    assert all(any(key.startswith(one) for key in keys) for one in begun)
    whole = {f"{of}.{key}" for of in WHOLE for key in TABLES[of]}
    assert not any(
        "{" in TABLES[of][key] for of in ("types", "mail_lines") for key in TABLES[of]
    )
    members = {one.name.lower() for kind in ENUMERATIONS for one in kind}
    members |= {"spf", "dkim", "dmarc", "arc"}
    for key in keys - asked - whole:
        name = key.partition(".")[2]
        is_begun = any(key.startswith(one) for one in begun)
        assert (
            is_begun
            or name in members
            or re.search(rf'["{{(]{re.escape(name)}["]', source)
        ), key
    assert {*Part, requests.ADDRESSES, requests.NETWORK} == TABLES["part"].keys()
    assert set(Place) == TABLES["place"].keys()
    assert {act.name.lower() for act in Act} == TABLES["acts"].keys()
    assert {kind.name.lower() for kind in ExecutorKind} == TABLES["executors"].keys()
    for flaw in Flaw:
        assert f"dnssec.{flaw.name.lower()}" in keys
    for trust in Trust:
        assert f"visit.{trust.name.lower()}" in keys
    for sign in (
        *Sign,
        *ANSWERED,
        Resolution.CHANGES,
        Resolution.FAILS,
        Resolution.DEAD,
    ):
        assert f"diagnose.{sign.name.lower()}" in keys
    for of, members_of in {"cause": Cause, "came": Reach, "led": Destination}.items():
        assert {f"diagnose.{of}_{one.name.lower()}" for one in members_of} <= keys


# Tables whose keys come from elsewhere.
WHOLE = (
    *("argparse", "arrival", "home", "part", "place", "strip", "work"),
    *("types", "mail_lines", "evidence_problems", "network_ways", "network_otherwise"),
    *("limits_of_names", "limits_of_absence", "limits_of_numbers", "block_statuses"),
    *("origin_checks", "lookalike_ways", "criteria", "kinds_of_line"),
)
SENTENCES = EN / "sentences"
TABLES = {
    path.stem: language.source(f"sentences/{path.name}") for path in SENTENCES.iterdir()
}
ENUMERATIONS = (
    *(Trust, Flaw, Failure, ReadingKind, Kind, Resolution, Reach, Sign),
    *(Act, Cell, ExecutorKind),
)


def test_what_is_no_word_is_listed_once_and_is_there() -> None:
    """Each line of the list fits a key: what is gone from the course goes from the list."""
    file = ROOT / "data" / "course" / "locale" / "no-words.txt"
    lines = file.read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed == sorted(set(listed))
    keys: list[str] = []
    for path in EN.rglob("*.toml"):
        name = path.relative_to(EN).as_posix()
        keys += (key for key, _ in strings(table_of("en", name), keyed.key_of(name)))
    for table in facts.tables():
        sheet = facts.parsed(
            (ROOT / "data" / "reference" / f"{table}.csv").read_text("utf-8")
        )
        keys += (
            f"reference.{table}.{row}.{column}"
            for row in sheet.keys
            for column in sheet.columns
        )
    for line in listed:
        pattern = re.escape(line).replace(r"\*", "[^.]*")
        assert any(re.fullmatch(pattern, key) for key in keys), line


def strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """The strings of a table, each with its key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for name, inner in zip(keyed.names_in(value), value, strict=True):
            yield from strings(inner, f"{key}.{name}")
    elif isinstance(value, str):
        yield key, value


# How a text is looked up


def compiled(entries: Iterable[polib.POEntry]) -> gettext.NullTranslations:
    """Return a catalogue of these entries, compiled and read as the course reads it."""
    catalogue = polib.POFile()
    catalogue.metadata = update_words.begun("es").metadata
    catalogue += entries
    return language.read_catalogue(io.BytesIO(catalogue.to_binary()))


def translated(key: str, said: str, *flags: str) -> polib.POEntry:
    subject, _, name = key.partition(".")
    return polib.POEntry(
        msgctxt=key, msgid=TABLES[subject][name], msgstr=said, flags=list(flags)
    )


def test_a_missing_or_broken_translation_is_english_with_a_mark() -> None:
    entries = [translated("ask.name", "nombre", "fuzzy")]
    entries.append(translated("visit.followed", "Hasta {quien}."))
    entries.append(translated("visit.passed", "(Pasa por {networks"))
    entries.append(
        polib.POEntry(msgctxt="ask.type", msgid="what was the type", msgstr="tipo")
    )
    say = Language("xx", compiled(entries))
    assert say("ask.value") == "[en] value", "not translated"
    assert say("ask.name") == "[en] name", "doubtful"
    assert say("ask.type") == "[en] type", "translated from another text"
    assert say("visit.followed", network="Isla").startswith(
        "[en] Followed as far as Isla"
    )
    assert say("visit.passed", networks="Isla") == "[en] (On the way: Isla)"
    with pytest.raises(LookupError):
        Language.load("xx")
    with pytest.raises(LookupError):
        say("visit.no_such_sentence")


def test_a_sentence_whose_number_can_be_zero_says_so_in_words() -> None:
    """Each has `none`, or stands in NEVER_ZERO, and none in both."""
    counted = {
        f"{table}.{key}": text
        for table, texts in TABLES.items()
        for key, text in texts.items()
        if keyed.is_counted(text)
    }
    without = {key for key, text in counted.items() if "none" not in text}
    assert without == NEVER_ZERO.keys()
    for key, text in counted.items():
        assert not re.search(r"\{count\b", text.get("none", "")), key


OTHERWISE = "another sentence is said where there is none"
LEFT_OUT = "left out where there is none"
# Why the number of a sentence is not 0, or may be shown as one.
NEVER_ZERO = {
    "ask.addresses": OTHERWISE,
    "ask.records_of_type": OTHERWISE,
    "case_cards.papers": "stands below its number, as in a table",
    "case_ways.own": "a way that has ended has a choice",
    "cases.cases_list_other": OTHERWISE,
    "cases.no_other_effect": OTHERWISE,
    "certificates.known": OTHERWISE,
    "diagnose.withheld": "said of the resolvers that do so",
    "doctor.partly_live": OTHERWISE,
    "export.networks_configure_order": OTHERWISE,
    "guide.minutes_talk": LEFT_OUT,
    "guide.sections": LEFT_OUT,
    "impact.more_kinds": LEFT_OUT,
    "impact.sites_lab_go": OTHERWISE,
    "impact.unknown_to_lab": LEFT_OUT,
    "lookalikes.found": OTHERWISE,
    "marked.more_names": LEFT_OUT,
    "marked.unsure": LEFT_OUT,
    "neighbours.blocked": OTHERWISE,
    "neighbours.seen_at_address": OTHERWISE,
    "neighbours.shares_with_names": OTHERWISE,
    "neighbours.shares_with_sites": OTHERWISE,
    "reference.overdue": LEFT_OUT,
    "reference.rows": OTHERWISE,
    "registration.fields_not_shown": LEFT_OUT,
    "results.days": LEFT_OUT,
    "results.hours": LEFT_OUT,
    "results.minutes": "the clock of a case begins there",
    "review.notes": LEFT_OUT,
    "review.serious": LEFT_OUT,
    "review.things_look_none": OTHERWISE,
    "review.warnings": LEFT_OUT,
    "routes.followers": "counted among those that follow",
    "routes.others_know": OTHERWISE,
    "routes.several_announce": "said of more than one",
    "server_log.questions": OTHERWISE,
    "server_log.visits": OTHERWISE,
    "timeline.goes_dark_seats": OTHERWISE,
    "trace.questions": "whoever walks asks",
    "verification.lines_before_fit": LEFT_OUT,
    "verification.lines_came_later": LEFT_OUT,
    "visit.networks_on_the_way": OTHERWISE,
    "visit.page_is_there": "whoever runs the machine answered",
    "whois.lines_left_out": LEFT_OUT,
    "worksheet.worksheet_technical_facts": "what was ordered stands there always",
}


def test_a_number_chooses_what_is_said() -> None:
    text = TABLES["results"]["hours"]
    entry = polib.POEntry(
        msgctxt="results.hours", msgid=text["one"], msgid_plural=text["more"]
    )
    entry.msgstr_plural = {0: "una hora", 1: "{count} horas"}
    say = Language("es", compiled([entry]))
    assert [say("results.hours", count=count) for count in (0, 1, 2)] == [
        "0 horas",
        "una hora",
        "2 horas",
    ]


def test_every_language_of_the_course_can_be_loaded() -> None:
    assert languages()[0] == "en"
    for code in languages():
        assert context_of(Lab(code)).say.code == code


# A language in which every word is marked: what is not marked did not come from the catalogue


@pytest.fixture(scope="module")
def marked() -> Iterator[None]:
    """There is a language "xx": English with each piece of each line of each message in ⟦ ⟧."""
    catalogue = compiled(marked_entry(message) for message in course.messages())
    there = language.catalogue_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            language,
            "catalogue_of",
            lambda code: catalogue if code == "xx" else there(code),
        )
        known = [*languages(), "xx"]
        patch.setattr(language, "languages", lambda: known)
        patch.setitem(naming.NAMES, "xx", "⟦xx⟧")
        patch.setitem(naming.CALLED, "xx", ())
        patch.setitem(
            conventions.OF, "xx", conventions.Conventions(joint="⟦and⟧", either="⟦or⟧")
        )
        yield


def marked_entry(message: course.Message) -> polib.POEntry:
    entry = update_words.entry_of(message)
    said = [
        "".join(map(in_brackets, re.split(r"(\{[^{}]*\}|\n)", text)))
        for text in message.texts
    ]
    if len(said) == 1:
        entry.msgstr = said[0]
    else:
        entry.msgstr_plural = dict(enumerate(said))
    return entry


def in_brackets(piece: str) -> str:
    return f"⟦{piece}⟧" if piece.strip() and not piece.startswith("{") else piece


@pytest.fixture
def lab(marked: None) -> Lab:
    return Lab("xx")


def unmarked(text: str) -> str:
    """Return what is left when everything inside ⟦ ⟧ is taken away."""
    text = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    assert not set("⟦⟧") & set(text), "a text was cut"
    return text


def words_in(text: str) -> list[str]:
    """Return the words of `text` that are neither marked, nor names, numbers or code."""
    text = re.sub(
        r"<code>.*?</code>|`[^`]*`|<[^>]*>", " ", text.replace("<wbr>", ""), flags=re.S
    )
    text = " ".join(unmarked(html.unescape(text)).split())
    text = not_words().sub(" ", text)
    text = re.sub(r"lab\.[\w.]+\([^)]*\)|(?<!\w)\.\w+(\([^)]*\))?", " ", text)
    # Names have dots, numbers digits, types and codes are in capitals.
    plain = (token.strip("()[]{},;:.!?…“”\"'=") for token in text.split())
    return [
        token
        for token in plain
        if re.search(r"[a-z]{2}", token)
        and not re.search(r"[\d./@_]|^example$|^test$", token)
    ]


@cache
def not_words() -> re.Pattern[str]:
    """What may stand in an answer in any language, though it is no word of this one."""
    world = context_of(Lab("en")).offline.world
    files = ("organisations.toml", "networks.toml", "world.toml")
    remedies = (wording(code, "en") for code in table_of("en", "findings.toml"))
    texts = [
        # Names are data.
        *(text for file in files for _, text in strings(tables.read_toml(file))),
        *(name for site in world.sites for name in (site.title, site.name)),
        *(
            name
            for item in world.registrations
            for name in (item.registrar, item.registrant)
        ),
        *(str(row[0]) for row in facts.read("public-resolvers").rows),
        *(str(row[1]) for row in facts.read("root-servers").rows),
        # Others gave these names: a certificate's issuer, Unicode, the languages themselves.
        *(
            "Autoridad de Certificación de Coralia",
            "CYRILLIC SMALL LETTER",
            "English",
            "español",
            "português",
        ),
        # The title of a source stays in the language that it is written in.
        *(str(row[-2]) for key in facts.tables() for row in facts.read(key).rows),
        *sources_told(),
        measure.counted(Language.load("en"))[1].partition("(")[2],
        # What is typed: a table, a draft, a question, a way, a status, a role, a case, a country.
        *(
            *facts.tables(),
            *drafts.drafts(),
            *questions.catalogue("en"),
            *Technique,
        ),
        *(
            *table_of("en", "statuses.toml"),
            *roles.play("en").roles,
            *story.stories("en"),
        ),
        *(f".{place.code.lower()}" for place in reference.places("en")),
        *("ms", "from labsupport import Lab", *TYPED, *ARGUMENTS),
        # Notebooks are translated by themselves, and orders are in a language of their own.
        *(book.label for book in read_all("en")),
        *(section.title for book in read_all("en") for section in book.sections),
        *(
            " ".join(one["en"].text.split())
            for one in drafts.drafts().values()
            if "en" in one
        ),
        *(" ".join(text.split()) for text in remedies),
    ]
    longest = sorted(set(filter(None, texts)), key=len, reverse=True)
    return re.compile(
        rf"(?<![\w.-])({'|'.join(map(re.escape, longest))})(?![\w-]|\.\w)"
    )


def sources_told() -> Iterator[str]:
    """The sources of all facts, as the other languages of the course have them."""
    for code in languages()[1:]:
        for key in facts.tables():
            yield from (
                str(row[-2]) for row in facts.read(key, Language.load(code)).rows
            )


# below
TYPED = (
    "xx",
    "en",
    "es",
    "pt",
    "qqq",
    "soon",
    "nowhere",
    "when",
    "bаncodelfaro",
)
ARGUMENTS = ("https", "page", "addressee", "since", "until")

ASKED: dict[str, Callable[[Lab], object]] = {
    "ready": lambda lab: context_of(lab).here,
    "found": lambda lab: lab.ask("www.museum.example"),
    "mail": lambda lab: lab.ask("museum.example", "MX"),
    "servers": lambda lab: lab.ask("museum.example", "NS"),
    "soa": lambda lab: lab.ask("museum.example", "SOA"),
    "alias": lambda lab: lab.ask("www.diario-del-puerto.example"),
    "reverse": lambda lab: lab.ask("198.51.100.10"),
    "nothing": lambda lab: lab.ask("salas.museum.example"),
    "no name": lambda lab: lab.ask("nada.museum.example"),
    "bogus": lambda lab: lab.ask("www.mudanza.example"),
    "dead": lambda lab: lab.ask("www.abandonado.example"),
    "outside": lambda lab: lab.ask("google.com"),
    "page": lambda lab: lab.ask("hxxps://www[.]museum[.]example/a"),
    "mail address": lambda lab: lab.ask("clerk@museum.example"),
    "look-alike": lambda lab: lab.ask("bаncodelfaro.example"),
    "empty": lambda lab: lab.ask(""),
    "number": lambda lab: lab.ask(42),
    "type": lambda lab: lab.ask("museum.example", "XYZ"),
    "walk": lambda lab: lab.trace("www.diario-del-puerto.example"),
    "lame": lambda lab: lab.trace("www.cooperativa.example"),
    "orphan": lambda lab: lab.trace("www.huerfano.example"),
    "no walk": lambda lab: lab.trace("nada.museum.example"),
    "circle": lambda lab: lab.trace("a.bucle.example"),
    "secure": lambda lab: lab.dnssec("www.museum.example"),
    "denied": lambda lab: lab.dnssec("nada.museum.example"),
    "insecure": lambda lab: lab.dnssec("www.isla.example"),
    "unknown algorithm": lambda lab: lab.dnssec("www.experimento.example"),
    "altered": lambda lab: lab.dnssec("www.alterado.example"),
    "expired": lambda lab: lab.dnssec("www.archivo.example"),
    "old key": lambda lab: lab.dnssec("www.mudanza.example"),
    "memory": lambda lab: (
        lab.ask("corte.gob.test") and lab.investigate.memory("corte.gob.test")
    ),
    "no memory": lambda lab: lab.investigate.memory("corte.gob.test"),
    "wait": lambda lab: lab.wait("90 minutes"),
    "no wait": lambda lab: lab.wait("soon"),
    "places": lambda lab: lab.at(),
    "no place": lambda lab: context_of(lab.at("nowhere")).here,
    "doctor": lambda lab: lab.course.doctor(),
    "no answer": lambda lab: lab.course.question("dns-time", "z"),
    "no question": lambda lab: lab.course.question("qqq"),
    "no word": lambda lab: lab.course.glossary("qqq"),
    "similar word": lambda lab: lab.course.glossary("DNSSEC QQQ"),
    "several words": lambda lab: lab.course.glossary("PROXY"),
    "no table": lambda lab: lab.course.reference("qqq"),
    "no order": lambda lab: lab.orders.draft("qqq"),
    "measure": lambda lab: lab.orders.technique("resolver", "www.museum.example"),
    "hold": lambda lab: lab.orders.technique("hold", "goles-gratis.example"),
    "no measure": lambda lab: lab.orders.technique("magic", "www.museum.example"),
    "measures": lambda lab: lab.orders.techniques("www.museum.example"),
    "evasion": lambda lab: lab.orders.evasion(vpn=10),
    "impact": lambda lab: lab.orders.impact(
        confirmed("Block www.museum.example (198.51.100.10).")
    ),
    "configuration": lambda lab: lab.orders.configuration(
        confirmed("Block museum.example (198.51.100.10).")
    ),
    "carried out": lambda lab: (
        context_of(lab.with_order(confirmed("Block museum.example."))).here
    ),
    "no checklist": lambda lab: lab.course.teaching.checklist("xx"),
    "no brackets": lambda lab: errors.without_brackets(context_of(lab).say, lab.ask),
}


SHEETS = [key for key, sheet in guide_content.sheets("en").items() if not sheet.drawn]
DRAWN = [key for key, sheet in guide_content.sheets("en").items() if sheet.drawn]
ASKED |= {
    **{
        f"table {key}": lambda lab, key=key: lab.course.reference(key)
        for key in facts.tables()
    },
    **{
        f"question {key}": lambda lab, key=key: lab.course.question(key)
        for key in questions.catalogue("en")
    },
    **{
        f"hearing {key}": lambda lab, key=key: lab.course.hearing(key)
        for key in roles.play("en").roles
    },
    **{
        f"plan {key}": lambda lab, key=key: lab.course.teaching.plan(key)
        for key in guide_content.plans("en")
    },
    **{
        f"guide {key}": lambda lab, key=key: lab.course.teaching.notebook(key)
        for key in guide_content.NOTEBOOKS
    },
    **{
        f"sheet {key}": lambda lab, key=key: lab.course.teaching.sheet(key)
        for key in SHEETS
    },
    **{
        f"drawn {key}": lambda lab, key=key: getattr(lab.course.teaching, key)()
        for key in DRAWN
    },
    **{
        f"case on paper {key}": lambda lab, key=key: lab.course.teaching.case_paper(key)
        for key in story.stories("en")
    },
    "papers": lambda lab: lab.course.teaching.papers(),
    "role cards": lambda lab: lab.course.teaching.role_cards(),
    "statuses": lambda lab: lab.course.statuses(),
    "questions": lambda lab: lab.course.lines(),
    "contacts": lambda lab: lab.course.contacts(),
    "contacts there": lambda lab: lab.course.contacts("Trinidad and Tobago"),
    "words": lambda lab: lab.course.glossary(),
    "word": lambda lab: lab.course.glossary("cache"),
    "reply": lambda lab: lab.course.question("dns-time", "a"),
    "cases": lambda lab: lab.course.real_cases(),
    "two cases": lambda lab: lab.course.real_cases("leakymails", beside="mooo"),
    "hearing": lambda lab: lab.course.hearing(),
    "case": lambda lab: lab.course.case("fraud"),
    "other case": lambda lab: lab.course.case("wrong-order"),
    "review": lambda lab: lab.orders.review("Block museum.example (198.51.100.10)."),
    "request": lambda lab: lab.evidence.preservation(
        "www.museum.example", country="UY"
    ),
    "diagnosis": lambda lab: lab.investigate.diagnose("www.museum.example"),
    "who": lambda lab: lab.who("www.museum.example"),
    "visit": lambda lab: lab.visit("www.museum.example"),
    "path": lambda lab: lab.path("www.museum.example"),
    "origin": lambda lab: lab.routes.origin("198.51.100.10"),
    "neighbours": lambda lab: lab.investigate.neighbours("198.51.100.10"),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_results_speak_through_the_catalogue(
    lab: Lab, asked: Callable[[Lab], object]
) -> None:
    result = asked(lab)
    assert isinstance(result, Result)
    for text in (repr(result), result._repr_html_()):
        assert "⟦" in text
        assert "[en]" not in text
        assert words_in(text) == [], (
            "say them by a key; in `not_words` stands what is the same in every language"
        )
    figure = result.figure()
    assert (
        words_in(figure.sentence if isinstance(figure, Missing) else repr(figure)) == []
    )


# Words that English sentences have, and names of institutions have not.
ENGLISH = re.compile(
    r"(?<![\w./@-])(the|is|are|was|which|that|it|has|not|by whom)(?![\w./@-])"
)
# Names and sources that are in English for everybody.
STAYS = re.compile(r"University of the West Indies|on the notice in El Peruano")


def english(text: str) -> str:
    """Return where a text has a word of an English sentence; "" where it has none."""
    text = STAYS.sub(" ", html.unescape(re.sub(r"<[^>]*>", " ", text)))
    text = re.sub(r"lab\.[\w.]+\([^)]*\)|`[^`]*`", " ", not_words().sub(" ", text))
    found = ENGLISH.search(text)
    return text[max(0, found.start() - 60) :][:120] if found else ""


@pytest.mark.parametrize("code", languages()[1:])
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_no_answer_in_another_language_has_an_english_sentence(
    code: str, asked: Callable[[Lab], object]
) -> None:
    result = asked(Lab(code))
    assert isinstance(result, Result)
    figure = result.figure()
    for text in (repr(result), result._repr_html_(), repr(figure)):
        assert not (found := english(text)), found


# What no question understands, or only some: it is put in the place of each of its arguments.
CLUMSY = (
    *("None", "-1.5", "10**400", "7", "b'0'", "[[]]", "{1: 2}"),
    *(
        '""',
        '"qqq"',
        '"qqq.example"',
        '"www..example"',
        '"."',
        '"test"',
        '"x" * 10000',
        '"-3 días"',
    ),
    *(
        '"203.0.113.999"',
        '"203.0.113.0/33"',
        '"203.0.113.1/24"',
        '"2001:db8::zz"',
        '"AS4294967296"',
    ),
    *(
        '"8.8.8.8"',
        '"10.0.0.1"',
        '"127.0.0.1"',
        '"224.0.0.1"',
        '"AS64512"',
        '"google.com"',
    ),
    *(
        '"https://qqq.example:99999/"',
        '"2026-13-45"',
        '"2026-10-29"',
        '"10-11-2026 20:14"',
    ),
)


def clumsily(lab: Lab, method: str) -> Iterator[tuple[str, Result]]:
    """What is said when a question is asked with one argument that does not fit, or wrongly."""
    call = ast.parse(f"lab.{method}({QUESTIONS[method].example})", mode="eval").body
    assert isinstance(call, ast.Call)
    names = QUESTIONS[method].parameters
    known = dict(zip(names, map(ast.unparse, call.args), strict=False))
    known |= {str(one.arg): ast.unparse(one.value) for one in call.keywords}
    asked = [known | {name: value} for name in names for value in ("", *CLUMSY)]
    lines = [", ".join(f"{n}={v}" for n, v in each.items() if v) for each in asked]
    for line in (*dict.fromkeys(lines), "qqq=1", "*range(20)"):
        try:
            said = eval(f"lab.{method}({line})", {"lab": lab})
        except Exception as error:
            said = errors.explain(context_of(lab).say, error)
        said = context_of(said).here if isinstance(said, Lab) else said
        if isinstance(said, Result):
            yield f"lab.{method}({line})", said


# What Python says of a mistyped line, or of one that could not be done.
MISTAKES: tuple[BaseException, ...] = (
    SyntaxError("x"),
    *(
        SyntaxError("x", ("", 1, 1, line))
        for line in ("lab.ask(“qqq”)", "lab.ask(192.0.2.1)")
    ),
    IndentationError("x"),
    *(NameError("x", name=name) for name in ("lab", "Lab", "ask", "c", "when")),
    *(AttributeError("x", name=name, obj=0) for name in (None, "y")),
    *(AttributeError("x", name=name, obj=Lab("en")) for name in ("aks", "qqq")),
    *(
        TypeError(text)
        for text in ("Lab.visit() got", "Lab.__init__() got", "Page.save() got")
    ),
    TypeError("'method' object is not subscriptable"),
    *(
        TypeError(f"'{kind}' object is not callable")
        for kind in ("module", "Lab", "int")
    ),
    *(
        ImportError(),
        ValueError("qqq"),
        KeyboardInterrupt(),
        MemoryError(),
        TooLongError(5),
    ),
)
# What may stand in what is said then, besides what was typed: what can be typed instead.
INSTEAD = re.compile('“[^“”]*”|"[^"]*"')
KNOWN = {name for known in QUESTIONS.values() for name in known.parameters}
KNOWN |= {
    "ask",
    "trace",
    "visit",
    "path",
    "who",
    "rdap",
    "review",
    "impact",
    "evidence",
}
KNOWN |= {name for name in dir(Lab) if name[0] != "_"}
KNOWN |= {
    "reference",
    "aviso",
    "verifica",
    "lab",
    "Lab",
    "aks",
    "ValueError",
    *QUESTIONS,
}
# It repeats what it gets; it asks for hundreds of names; it examines the machine each time.
NOT_EACH = {
    "course.guess",
    "evidence.custody",
    "investigate.lookalikes",
    "course.doctor",
}


def is_in_the_language(lab: Lab, text: str) -> bool:
    """Whether it comes from the catalogue; in a real language, whether it is not English."""
    if context_of(lab).say.code == "xx":
        return set(words_in(INSTEAD.sub(" ", text))) <= KNOWN
    return "[en]" not in text and not english(text)


@pytest.mark.parametrize("method", sorted(set(QUESTIONS) - NOT_EACH))
def test_whatever_is_asked_wrongly_is_answered_in_the_language(
    marked: None, method: str
) -> None:
    for lab in map(Lab, ("xx", *languages()[1:])):
        for line, said in clumsily(lab, method):
            for text in (said.sentence, *said.notes):
                assert is_in_the_language(lab, text), f"{line}: {text}"


@pytest.mark.parametrize("mistake", MISTAKES, ids=repr)
def test_a_mistyped_line_is_answered_in_the_language(
    marked: None, mistake: BaseException
) -> None:
    for lab in map(Lab, ("xx", *languages()[1:])):
        assert is_in_the_language(
            lab, errors.explain(context_of(lab).say, mistake).sentence
        )


def test_an_english_sentence_after_a_mistake_is_noticed() -> None:
    """The check above can fail."""
    lab = Lab("en")
    said = [one.sentence for _, one in clumsily(lab, "ask")]
    said += [errors.explain(context_of(lab).say, one).sentence for one in MISTAKES]
    assert len(list(filter(english, said))) > len(said) / 2


def test_a_text_that_misses_the_catalogue_is_noticed() -> None:
    """The check above can fail."""
    assert "value" in words_in(repr(Lab("en").ask("www.museum.example")))


PRESSES: dict[str, tuple[Callable[[Lab], object], str, dict[str, str]]] = {
    "ask": (lambda lab: lab.ask(), "ask", {"name": "www.museum.example", "type": "A"}),
    "walk": (lambda lab: lab.trace(), "next", {"name": "www.museum.example"}),
    "wait": (
        lambda lab: lab.wait(),
        "wait",
        {"name": "corte.gob.test", "span": "1 day"},
    ),
}


@pytest.mark.parametrize(("show", "button", "values"), PRESSES.values(), ids=PRESSES)
def test_forms_speak_through_the_catalogue(
    lab: Lab, show: Callable[[Lab], object], button: str, values: dict[str, str]
) -> None:
    form = show(lab)
    assert isinstance(form, Form)
    form.press(button, values)
    content = form.content
    bundle, _ = form._repr_mimebundle_()
    texts = [content["title"], *content["words"].values(), bundle["text/plain"]]
    texts += [field["label"] for field in content["fields"]]
    texts += [text for field in content["fields"] for _, text in field["options"]]
    texts += [text for _, text in content["buttons"]]
    texts += [
        form.said["text"],
        form.said["html"],
        form.said["code"],
        bundle["text/html"],
    ]
    for text in texts:
        assert words_in(text) == []


@pytest.mark.parametrize("key", story.stories("en"))
def test_a_case_is_told_alike_in_every_language(lab: Lab, key: str) -> None:
    """The rows that a step shows are found, whatever they are called."""
    told, written = (
        Case(of, story.stories(context_of(of).say.code)[key]) for of in (lab, Lab("en"))
    )
    assert told.story.edition == written.story.edition
    states = set()
    for one, same in zip(told.situations(), written.situations(), strict=True):
        assert one.step.id == same.step.id
        if (state := (one.step.id, one.in_force, one.gone)) in states:
            continue  # what is answered depends on nothing else
        states.add(state)
        for answer, other in zip(one.shown, same.shown, strict=True):
            rows = [
                len(table.rows) if (table := of.tabulated()) else 0
                for of in (answer, other)
            ]
            assert rows[0] == rows[1], one.step.id


def orders_in(code: str) -> dict[str, str]:
    """The texts that the review reads, of cases and of the test, in a language."""
    told = [
        text for one in story.stories(code).values() for text in one.orders.values()
    ]
    told += [one["text"] for one in table_of(code, "guide/pool.toml")["draft"]]
    return {f"{number}: {text[:60]}": text for number, text in enumerate(told)}


def test_an_order_comes_to_the_same_in_every_language() -> None:
    """What goes dark, what is spared, and what the review finds."""
    lab = Lab("en")
    texts = {code: orders_in(code) for code in languages()}
    wanted = [
        facts_of(lab, confirmed(text), context_of(lab).now)
        for text in texts.pop("en").values()
    ]
    for told in texts.values():
        for (name, text), same in zip(told.items(), wanted, strict=True):
            assert facts_of(lab, confirmed(text), context_of(lab).now) == same, name


# Words in notebooks


def notebook(*texts: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(text) for text in texts]
    )


def test_a_linked_word_is_explained_in_its_notebook() -> None:
    book = notebook(
        "# One", "A [memory](#word-cache), and the [memory](#word-cache) again."
    )
    link_words.link(book, "en")
    link = "[memory](#word-cache)"
    assert (
        book.cells[1].source == f'A <a id="use-cache"></a>{link}, and the {link} again.'
    )
    meaning = glossary.words("en")["cache"].text
    assert f'<a id="word-cache"></a>**cache**: {meaning}' in book.cells[-1].source
    assert "(#use-cache)" in book.cells[-1].source


def test_linking_again_changes_nothing() -> None:
    book = notebook("A [memory](#word-cache) and a [resolver](#word-resolver).", "End.")
    link_words.link(book, "en")
    once = nbformat.writes(book)
    link_words.link(book, "en")
    assert nbformat.writes(book) == once
    book.cells[0].source = "Nothing to explain."
    link_words.link(book, "en")
    assert [cell.source for cell in book.cells] == ["Nothing to explain.", "End."]


def test_a_link_to_an_unknown_word_is_refused() -> None:
    with pytest.raises(link_words.UnknownWordError, match="#word-qqq"):
        link_words.link(notebook("[this](#word-qqq)"), "en")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_words_of_each_notebook_are_up_to_date(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    before = [cell.source for cell in stored.cells]
    link_words.link(stored, path.parent.name)
    assert [cell.source for cell in stored.cells] == before, (
        "run: python tools/link_words.py"
    )
