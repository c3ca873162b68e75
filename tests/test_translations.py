"""The other languages: what is translated fits its source, and the notebooks are made from it."""

from __future__ import annotations

import calendar
import csv
import json
import re
import sys
from pathlib import Path

import nbformat
import polib
import pytest

from labsupport.course import guide_content, originals
from labsupport.language import Language, conventions, languages
from labsupport.run import home

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import messages as course  # noqa: E402
import translate_notebooks as making  # noqa: E402
import update_words  # noqa: E402

ORIGINALS = making.originals()
# What is left of a text when its messages are taken away: abbreviations and lines of code.
NOT_SAID = re.compile(r"(?m)^ {4}.*|\b[A-Z]+\b|" + making.NO_WORDS.pattern)


KEY = "notebook.99"


@pytest.fixture(params=ORIGINALS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_put_in_place_as_they_are_the_messages_give_the_original(
    notebook: nbformat.NotebookNode,
) -> None:
    again = making.made(notebook, KEY, "en", lambda key, text: text)
    assert making.cells(again) == making.cells(notebook)
    assert not any(cell.get("outputs") for cell in again.cells)


def test_everything_that_is_read_is_a_message(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        marked = making.translate(cell, lambda key, text: f"⟦{text}⟧")
        assert re.sub("[⟦⟧]", "", marked) == making.FIRST_USE.sub("", cell.source)
        for text in re.findall("⟦([^⟧]*)⟧", marked):
            assert text == text.strip()
            assert not re.search(r"[\n|⟦]|^[#>]", text), text
        rest = NOT_SAID.sub("", re.sub("⟦[^⟧]*⟧", "", marked))
        if cell.cell_type == "markdown" and cell.id != "words":
            assert not re.search(r"[^\W\d_]", rest), cell.id


def entry(key: str, text: str, said: str, *flags: str) -> polib.POEntry:
    return polib.POEntry(
        msgctxt=f"{KEY}.{key}", msgid=text, msgstr=said, flags=list(flags)
    )


def test_what_is_not_translated_stays_english_and_is_marked() -> None:
    catalogue = polib.POFile()
    catalogue += [
        entry("one.1", "Your turn", "Le toca"),
        entry("two.1", "Summary", "Resumen", "fuzzy"),
        entry("three.1", "One `ask`.", "Uno."),
        entry("four.1", "Another text", "Otro texto"),
        entry("code.typed.2", "A colleague", "Un colega"),
    ]
    cells = {
        "one": "## Your turn",
        "two": "## Summary",
        "three": "- One `ask`.",
        "four": "*Two*",
    }
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(text, id=name) for name, text in cells.items()
        ]
    )
    code = 'Lab("en").keep(by="Your court", witness="A colleague", matter="LAB one")'
    book.cells.append(nbformat.v4.new_code_cell(code, id="code"))
    made = making.made(book, KEY, "en", making.sayer(catalogue))
    *texts, code = (cell.source for cell in made.cells)
    assert texts == ["## Le toca", "## [en] Summary", "- [en] One `ask`.", "[en] *Two*"]
    assert (
        code == 'Lab("en").keep(by="Your court", witness="Un colega", matter="LAB one")'
    )


def test_nothing_translated_has_its_minutes_and_its_first_page_all_the_same() -> None:
    for part, original in enumerate(originals.read_all("en")):
        book = nbformat.read(making.ENGLISH / f"{original.name}.ipynb", as_version=4)
        book = making.made(book, KEY, "en", making.sayer(polib.POFile()))
        cells = (
            originals.NotebookCell(c.id, c.cell_type == "code", c.source)
            for c in book.cells
        )
        new = originals.Notebook(original.name, tuple(cells))
        assert [s.minutes for s in new.sections] == [
            s.minutes for s in original.sections
        ]
        page = json.loads(home.home(Language.load("en")))["parts"][part]
        assert home._part(new)["about"] == making.UNTRANSLATED + page["about"]


FAULTS = {
    "[one](#word-ttl)": "[uno](#word-cache)",
    '<a id="use-ttl"></a>one': "uno",
    "<b>one</b>": "<b>uno",
    "`lab.ask()` one": "`lab.ask` uno",
    '`"one"` or `two`': '`"uno"`',
    "{count} ones": "{cuenta} unos",
    "{count:,} ones": "{count} unos",
    "**One.** Two": "**Uno. Dos",
    "one": "u|no",
}


@pytest.mark.parametrize(("source", "translation"), FAULTS.items())
def test_a_translation_that_does_not_fit_is_noticed(
    source: str, translation: str
) -> None:
    assert making.faults(source, translation)
    assert not making.faults(source, source)


def test_a_translation_may_have_another_order_and_other_words_to_type() -> None:
    source = 'The [registry](#word-registry) of `{name}`, {count:,}: put `"account"`.'
    assert not making.faults(
        source,
        '{count:,}: escriba `"cuenta"`. El [registro](#word-registry) de `{name}`.',
    )


# What there is


def pairs(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Each text of an entry with its translation; of a plural, both."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return list(
        zip(
            (entry.msgid, entry.msgid_plural), entry.msgstr_plural.values(), strict=True
        )
    )


def translations(catalogue: polib.POFile) -> list[tuple[polib.POEntry, str, str]]:
    """Each translated text: its entry, the English, the translation."""
    done = [entry for entry in catalogue if entry.translated() and not entry.obsolete]
    return [(entry, *pair) for entry in done for pair in pairs(entry)]


def test_every_translation_fits_its_source() -> None:
    for code, catalogue in making.catalogues().items():
        wrong = {
            f"{entry.msgctxt}: {text}": making.faults(text, said, Language.load(code))
            for entry, text, said in translations(catalogue)
        }
        assert not {text: said for text, said in wrong.items() if said}, code


def left(code: str, catalogue: polib.POFile) -> list[str]:
    """What is still to be translated: the language, the place, the text."""
    there = (one for one in catalogue if not one.obsolete and not one.translated())
    return [
        f"{code}: {one.occurrences[0][0]} {one.msgctxt}: {one.msgid}" for one in there
    ]


def test_everything_is_translated_and_nothing_is_doubtful() -> None:
    for code, catalogue in making.catalogues().items():
        assert left(code, catalogue) == [], "translate these, see docs/translating.md"


def test_the_catalogues_hold_the_words_of_the_course() -> None:
    """What `make words` would write is what is stored."""
    found = course.messages()
    assert len({message.key for message in found}) == len(found), (
        "each key is one message's"
    )
    for code, catalogue in making.catalogues().items():
        file = making.CATALOGUES / code / "LC_MESSAGES" / "labsupport.po"
        assert str(update_words.updated(catalogue, found)) == file.read_text("utf-8")


def test_words_that_are_not_to_be_said_are_not() -> None:
    with (ROOT / "data" / "course" / "terms.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        terms = list(csv.DictReader(file))
    for code, catalogue in making.catalogues().items():
        # A source may be called by such a word.
        done = translations(catalogue)
        said = [one for entry, _, one in done if not entry.msgctxt.endswith(".source")]
        for term in terms:
            for word in filter(None, (term.get(f"never in {code}") or "").split("; ")):
                pattern = rf"(?i)(?<!\w){re.escape(word)}(?!\w)".replace(r"\*", r"\w*")
                assert not [text for text in said if re.search(pattern, text)], word


# Drafts are in the language of the course, and what is sealed or hashed is another text.
OF_THE_LANGUAGE = {
    *(
        "draft-order",
        "flawed-first",
        "hold-order",
        "review-flawed",
        "clean-order",
        "order-sheets",
    ),
    *("seal-run", "lines-keep"),
}
CALL = re.compile(
    r"\b[a-z]\w*\.[a-z_]+\((?:[^()]|\([^()]*\))*\)\S*|\b[a-z]+\.[a-z]+\b(?=\()"
)
DATUM = re.compile(r"[\w-]+(?:[.:/][\w-]+)+|\bAS\d+|\d+(?:[.,\u202f]\d+)*")


def data(cell: nbformat.NotebookNode) -> set[str]:
    """Names, addresses and numbers that stand below a cell."""
    texts = (
        one.get("data", {}).get("text/plain") or one.get("text", "")
        for one in cell.outputs
    )
    # Not what is to be typed, nor how ordinals are written.
    text = re.sub(
        rf"{CALL.pattern}|\.(?:º|ª|er\b)", "", re.sub(r"[ \n]+", " ", " ".join(texts))
    )
    found = {
        one.lower()
        for one in DATUM.findall(WRITTEN_OUT.sub(in_digits, text))
        if one[0].isalnum()
    }
    # 18,250 and 18 250, 47.6 and 47,6
    return {
        re.sub(r"[.,\u202f](?=\d{3}\b)", "", one).replace(",", ".") for one in found
    }


# A day that is written out: one language does where another has digits.
MONTHS = dict(zip(conventions.OF["es"].months, range(1, 13), strict=True))
MONTHS |= {
    month.lower(): number for number, month in enumerate(calendar.month_name) if month
}
WRITTEN_OUT = re.compile(
    rf"(?i)(?:(\d{{1,2}}) (?:de )?)?\b({'|'.join(MONTHS)}) (?:de )?((?:19|20)\d\d)\b"
)


def in_digits(match: re.Match[str]) -> str:
    day, month, year = match.groups()
    return f"{year}-{MONTHS[month.lower()]:02}" + (f"-{int(day):02}" if day else "")


# A paper may have another number of pages in another language.
PLANS = [
    (code, plan) for code in languages() for plan in guide_content.plans(code).values()
]
PAGES = {
    str(one.pages) for code, plan in PLANS for one in guide_content.prints(code, plan)
}
PAGES |= {
    str(pages) for plan in PLANS for pages in guide_content.counted(*plan).values()
}


@pytest.mark.parametrize("path", ORIGINALS, ids=lambda path: path.stem)
def test_what_is_answered_is_the_same_in_every_language(path: Path) -> None:
    english = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    for code in making.catalogues():
        other = making.ENGLISH.parent / code / path.relative_to(making.ENGLISH)
        for cell in nbformat.read(other, as_version=4).cells:
            assert making.UNTRANSLATED.strip() not in str(cell), f"{code}: {cell.id}"
            if cell.cell_type == "code" and cell.id not in OF_THE_LANGUAGE:
                pages = PAGES if "lab.course.teaching." in cell.source else set()
                assert data(cell) - pages == data(english[cell.id]) - pages, (
                    f"{code}: {cell.id}"
                )


def test_what_a_text_says_to_type_is_what_the_code_has() -> None:
    for code, catalogue in making.catalogues().items():
        done = translations(catalogue)
        typed = {
            text: said for one, text, said in done if f".{making.TYPED}." in one.msgctxt
        }
        for _, text, said in done:
            for quoted in re.findall('`"([^`"]*)"`', text):
                if quoted in typed:
                    assert f'`"{typed[quoted]}"`' in said, f"{code}: {said}"


def test_the_notebooks_of_each_language_are_made_from_its_catalogue() -> None:
    assert languages() == ["en", *making.catalogues()]
    for code, catalogue in making.catalogues().items():
        folder = making.ENGLISH.parent / code
        expected = {path.relative_to(making.ENGLISH) for path in ORIGINALS}
        assert {
            path.relative_to(folder) for path in folder.rglob("*.ipynb")
        } == expected
        said = making.sayer(catalogue)
        for path in expected:
            book = nbformat.read(making.ENGLISH / path, as_version=4)
            new = making.made(book, making.key_of(making.ENGLISH / path), code, said)
            stored = nbformat.read(folder / path, as_version=4)
            assert making.cells(stored) == making.cells(new), (
                f"{code}/{path}: run make notebooks"
            )
            for before, after in zip(book.cells, new.cells, strict=True):
                assert before.source.count("\n") == after.source.count("\n"), before.id
        minutes = [
            [s.minutes for s in one.sections] for one in originals.read_all(code)
        ]
        assert minutes == [
            [s.minutes for s in one.sections] for one in originals.read_all("en")
        ]


def test_what_a_script_prints_has_no_sign_that_means_something_there() -> None:
    scripts = [
        ROOT / "data" / "course" / "papers" / name for name in ("check.sh", "check.ps1")
    ]
    keys = {
        key
        for file in scripts
        for key in re.findall(r'say\("([\w.]+)"', file.read_text("utf-8"))
    }
    assert len(keys) > 10
    texts = [(one.key, text) for one in course.messages() for text in one.texts]
    for catalogue in making.catalogues().values():
        texts += [(entry.msgctxt, said) for entry, _, said in translations(catalogue)]
    wrong = [
        text for key, text in texts if key in keys and re.search(r"""['"$`\\]""", text)
    ]
    assert wrong == []


def test_spanish_has_the_signs_of_spanish() -> None:
    """A share with a space that does not break, "e" before the sound of i, its own quotes."""
    for _, source, text in translations(making.catalogues()["es"]):
        if text == source:
            continue
        assert not re.search(r"[\d}] ?%", text), text
        assert not re.search(r"(?i)(?<!\w)(y h?[ií](?![aeo])|o h?[oó])(?!\W)", text), (
            text
        )
        outside = re.sub(r"`[^`]*`|«[^«»]*»|<code>.*?</code>", " ", text)
        assert not re.search("[“”]", outside), text
