"""What is typed in the words of a language comes to the same as in English."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.course import guide_content, roles, story
from labsupport.course.originals import read_all
from labsupport.declared import QUESTIONS, in_words, written
from labsupport.inputs.choices import choices
from labsupport.inputs.folding import folded
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import read_moment, read_span
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language, languages, preferred, spoken
from labsupport.language.naming import code_of
from labsupport.lookups.observers import VisitMethod
from labsupport.lookups.who import Part
from labsupport.orders import drafts
from labsupport.orders.order import TargetPart
from labsupport.orders.techniques import Technique
from labsupport.reference import tables

FILE = Path(__file__).parents[2] / "data" / "course" / "typed.toml"
LISTS = tomllib.loads(FILE.read_text(encoding="utf-8"))
OTHERS = [code for code in languages() if code != "en"]
SPANISH = Lab("es")
WORDS = [
    (name, code, key, word)
    for name, keys in LISTS.items()
    for key, by_language in keys.items()
    for code, words in by_language.items()
    for word in words
]

# What the lists are of, where the code knows it.
KEYS = {
    "technique": set(Technique),
    "draft": drafts.drafts().keys(),
    "part": set(TargetPart),
    "way": {way.name.lower() for way in VisitMethod},
    "case": story.stories("en").keys(),
    "group": roles.play("en").roles.keys(),
    "model": story.stories("en")["wrong-order"].written,
    "table": set(tables()),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_thing_of_a_list_has_words(name: str) -> None:
    assert LISTS[name].keys() == set(KEYS[name])
    for code in OTHERS:
        assert all(words.get(code) for words in LISTS[name].values()), code


def test_each_plan_sheet_and_part_has_words() -> None:
    assert LISTS["plan"].keys() == guide_content.plans("en").keys()
    undrawn = {
        key for key, sheet in guide_content.sheets("en").items() if not sheet.drawn
    }
    assert LISTS["sheet"].keys() == undrawn
    assert set(Part) <= LISTS["addressee"].keys()
    rooms = {question.rpartition(".")[0] for question in QUESTIONS} - {""}
    assert set(LISTS["question"]) == {*QUESTIONS, *rooms}


def test_no_word_means_two_things() -> None:
    for name, keys in LISTS.items():
        for code in languages():
            meant: dict[str, set[str]] = {}
            for key, words in keys.items():
                for word in (key, *words.get(code, ())):
                    meant.setdefault(folded(word), set()).add(key)
            assert not {word: keys for word, keys in meant.items() if len(keys) > 1}, (
                name,
                code,
            )


@given(st.sampled_from(WORDS), st.data())
def test_a_word_is_understood_however_it_is_written(
    found: tuple[str, str, str, str], data: st.DataObject
) -> None:
    """Capitals, accents, spaces and hyphens do not count."""
    name, code, key, word = found
    if code not in languages():
        return
    say = Language.load(code)
    plain = "".join(
        sign
        for sign in unicodedata.normalize("NFD", word)
        if not unicodedata.combining(sign)
    )
    changed = data.draw(
        st.sampled_from([word, word.upper(), plain, f"  {word} ", word.title()])
    )
    for typed in (
        changed,
        changed.strip().replace(" ", "-"),
        changed.replace("-", " "),
    ):
        assert choices(name).key(typed, say) == key


SPANISH_LINES = [
    'lab.orders.technique("suspensión", "goles-gratis.example")',
    (
        'lab.evidence.preservation("museum.example", addressee="registrador",'
        ' since="2026-10-30 UTC", until="2026-10-31 UTC")'
    ),
    'lab.orders.draft("defectuosa")',
    'lab.course.reference("registros-del-caribe", "Jamaica")',
    'lab.course.glossary("caché")',
    'lab.course.statuses("suspensión")',
    'lab.course.hearing("tribunal", "a")',
    'lab.course.case("fraude")',
    'lab.course.teaching.plan("medio dia")',
    'lab.course.teaching.sheet("apertura")',
    'lab.investigate.observers("www.museum.example", "sin cifrado")',
    'lab.wait("dos horas")',
    'lab.ask("museum.example", "correo")',
    'lab.course.teaching.checklist("inglés")',
]


@pytest.mark.parametrize("line", SPANISH_LINES)
def test_a_line_in_spanish_words_is_answered(line: str) -> None:
    found = eval(line, {"lab": Lab("es")})
    assert getattr(found, "kind", None) is not Kind.NOT_ASKED


def test_a_key_and_its_word_get_the_same_answer() -> None:
    say = context_of(SPANISH).say
    for key in LISTS["table"]:
        assert repr(SPANISH.course.reference(choices("table").word(key, say))) == repr(
            SPANISH.course.reference(key)
        )
    for key in LISTS["draft"]:
        assert repr(SPANISH.orders.draft(choices("draft").word(key, say))) == repr(
            SPANISH.orders.draft(key)
        )
    for key in LISTS["group"]:
        word = choices("group").word(key, say)
        assert repr(SPANISH.course.hearing(word)) == repr(SPANISH.course.hearing(key))


REFUSED = {
    "record type": lambda: SPANISH.ask("museum.example", "qqq"),
    "technique": lambda: SPANISH.orders.technique("magia", "www.museum.example"),
    "draft": lambda: SPANISH.orders.draft("qqq"),
    "damage": lambda: SPANISH.evidence.tamper("a.jsonl", "qqq"),
    "way": lambda: SPANISH.investigate.observers("www.museum.example", "qqq"),
    "case": lambda: SPANISH.course.case("qqq"),
    "group": lambda: SPANISH.course.hearing("qqq"),
    "plan": lambda: SPANISH.course.teaching.plan("qqq"),
    "sheet": lambda: SPANISH.course.teaching.sheet("qqq"),
    "table": lambda: SPANISH.course.reference("qqq"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_what_there_is_in_the_language(name: str) -> None:
    found = REFUSED[name]()
    assert found.kind is Kind.NOT_ASKED
    for key in LISTS[name]:
        assert f'"{choices(name).word(key, context_of(SPANISH).say)}"' in found.sentence


def test_a_word_that_is_nearly_one_is_proposed() -> None:
    assert (
        choices("technique").near("suspencion", context_of(SPANISH).say)[0]
        == "registrar hold"
    )
    assert '"concentración"' in SPANISH.course.reference("concentracio").sentence
    assert choices("table").near(None, context_of(SPANISH).say) == []
    assert choices("table").near("x" * 100_000, context_of(SPANISH).say) == []


def test_a_draft_asked_for_in_spanish_stays_out_of_the_evidence() -> None:
    """Of a paper on an order nothing is written down, in whatever language it is asked for."""
    assert "goles" not in written("orders.configuration", ("goles-gratis.example",), {})
    lab = Lab("es")
    lab.orders.configuration("goles-gratis.example")
    lab.ask("www.museum.example")
    assert "museum" in repr(lab.evidence)
    assert "goles" not in repr(lab.evidence)


def test_the_name_of_a_draft_is_no_order() -> None:
    assert SPANISH.orders.review("defectuosa").kind is Kind.NOT_ASKED
    assert SPANISH.orders.impact("defectuosa").kind is Kind.NOT_ASKED
    assert (
        'lab.orders.draft("defectuosa")' in SPANISH.orders.review("defectuosa").sentence
    )
    assert 'lab.orders.draft("flawed")' in Lab("en").orders.review("flawed").sentence


# Lines of Python


def test_lines_are_written_in_the_words_of_a_language() -> None:
    say = context_of(SPANISH).say
    line = 'held = lab.with_order(lab.orders.draft("hold"))\nheld.wait("10 hours")'
    spanish = 'suspendido = lab.with_order(lab.orders.draft("suspensión"))\n'
    spanish += 'suspendido.wait("10 horas")'
    assert in_words(line, say) == spanish
    assert in_words(spanish, say) == spanish
    assert in_words(line, Language.load("en")) == line
    for kept in (
        'lab.ask("address")',
        'lab.ask(time="page")',
        "no Python at all",
        'lab.orders.draft("',
    ):
        assert in_words(kept, say) == kept


@given(st.text(max_size=60))
def test_whatever_stands_in_a_cell_is_survived(text: str) -> None:
    assert isinstance(in_words(text, context_of(SPANISH).say), str)


def test_the_spanish_notebooks_have_the_spanish_words() -> None:
    for book in read_all("es"):
        for cell in book.cells:
            if cell.code:
                assert in_words(cell.text, context_of(SPANISH).say) == cell.text, (
                    cell.id
                )


# Languages

CALLED = {
    "es": [
        "es",
        "ES",
        "es-CO",
        "es_AR.UTF-8",
        "es-419",
        "español",
        "ESPAÑOL",
        "espanol",
    ],
    "en": ["en", "EN", "en-US", "English", "inglés"],
    "pt": ["pt", "pt-BR", "português", "portugués"],
}
ON_WINDOWS = {"Spanish_Argentina.1252": "es", "English_United States.1252": "en"}


def test_a_language_is_known_by_code_region_and_name() -> None:
    for code, names in CALLED.items():
        assert {code_of(name) for name in names} == {code}
    for other in ("", "e", "est", "estonian", "xx", None, 7, "esperanto"):
        assert code_of(other) is None
        assert context_of(Lab(other)).say.code == "en"  # type: ignore[arg-type]


def test_a_language_that_is_missing_says_which_there_are() -> None:
    missing = context_of(Lab("klingon")).here
    for code in languages():
        assert any(f'"{code}"' in note for note in missing.notes)
    assert not context_of(Lab("es-CO")).here.notes


@pytest.mark.parametrize(("machine", "code"), ON_WINDOWS.items())
def test_a_machine_speaks_its_language(
    machine: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_LANGUAGE", machine)
    assert preferred() == code


def test_who_reads_portuguese_gets_the_nearest_language_there_is() -> None:
    assert spoken("pt-BR") == ("pt" if "pt" in languages() else "es")


# Moments, shares and hours

MOMENTS = [
    "29 de octubre de 2026, 20:14:37 -03:00",
    "29 de octubre de 2026 a las 20:14:37 (UTC-3)",
    "29 oct 2026 20:14:37 -03:00",
    "29 October 2026 at 20:14:37 -03:00",
    "29/10/2026 20:14:37 hs -03:00",
]


@pytest.mark.parametrize("typed", MOMENTS)
def test_a_moment_is_read_with_the_month_in_words(typed: str) -> None:
    assert read_moment(typed, context_of(SPANISH).say).time == 1_793_315_677


@pytest.mark.parametrize(
    "typed", ["5 de brumario de 2026", "31 de febrero de 2026 10:00 UTC"]
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(NotUnderstood):
        read_moment(typed, context_of(SPANISH).say)


def test_a_share_and_an_hour_may_be_written_out() -> None:
    assert SPANISH.orders.evasion(vpn="20 por ciento").kind is not Kind.NOT_ASKED
    assert SPANISH.orders.evasion(vpn="200 por ciento").kind is Kind.NOT_ASKED
    for hour in ("9:00 hs", "9 h", "9 horas"):
        assert SPANISH.course.teaching.plan("un día", hour).kind is not Kind.NOT_ASKED


# Spans of time

SPANS = {
    "2 horas": 7200,
    "dos días": 172_800,
    "una hora y media": 5400,
    "1,5 horas": 5400,
    "media hora": 1800,
    "medio día": 43_200,
    "treinta y un días": 2_678_400,
    "ciento veinte minutos": 7200,
    "2 días y 15 minutos": 173_700,
    "48hs": 172_800,
    "10 HORAS": 36_000,
    "10 hours": 36_000,
    "half an hour": 1800,
    "a day": 86_400,
}
NO_SPANS = ["", "dos", "mañana", "600", "días", "1 mes", "2 días y", 600, None]


@pytest.mark.parametrize(("typed", "seconds"), SPANS.items())
def test_a_span_is_read_in_words_and_digits(typed: str, seconds: int) -> None:
    assert read_span(typed, context_of(SPANISH).say) == seconds


@pytest.mark.parametrize("typed", NO_SPANS)
def test_what_is_no_span_is_refused(typed: object) -> None:
    with pytest.raises(NotUnderstood):
        read_span(typed, context_of(SPANISH).say)


@given(
    st.integers(0, 10**6),
    st.sampled_from(["segundos", "minutos", "horas", "días", "semanas"]),
)
def test_a_number_of_units_is_so_many(count: int, unit: str) -> None:
    assert read_span(f"{count} {unit}", context_of(SPANISH).say) == count * read_span(
        f"1 {unit}", context_of(SPANISH).say
    )
