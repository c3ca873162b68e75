"""The editions say once in a page what several of its answers say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from labsupport.course import originals
from labsupport.language import Language, languages
from labsupport.run.editions import markup
from labsupport.run.editions.reading import EditionPages
from labsupport.run.editions.said import fold_said
from labsupport.tree import PAGE, Element, Node, as_html, element, from_data

# JupyterLab's front end folds by the same rule: see frontend/tests/said.test.js.
CASES = json.loads(
    (Path(__file__).parents[1] / "samples" / "said" / "cases.json").read_bytes()
)
SENTENCES = "li, .lab-note"


def noted(notes: Iterable[str]) -> list[Node]:
    items = [element("p", note, class_="lab-note") for note in notes]
    return [element("div", *items, data_again="notes {count}")] if items else []


def stored(answer: dict[str, Any]) -> Element:
    """Return an answer as it is stored."""
    made = noted(answer.get("notes", ()))
    if hidden := answer.get("hidden"):
        made.append(element("details", element("summary", "In words"), *noted(hidden)))
    if limits := answer.get("limits"):
        items = [element("li", limit) for limit in limits]
        listed = element("ul", *items, data_again="limits {count}")
        named = {"class_": "lab-limits", "name": "lab-limits-x", "open": True}
        made.append(element("details", element("summary", "Limits"), listed, **named))
    return element("section", *made)


def stand_open(page: Tag, sentences: str) -> list[str]:
    return [
        found.get_text()
        for found in page.select(sentences)
        if all(fold.has_attr("open") for fold in found.find_parents("details"))
    ]


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_it_is_folded_as_in_jupyterlab(case: dict[str, Any]) -> None:
    said: set[str] = set()
    for answer, unfolded, folds in zip(
        case["answers"], case["open"], case["folded"], strict=True
    ):
        page = BeautifulSoup(as_html(*fold_said(stored(answer), said)), "html.parser")
        assert stand_open(page, SENTENCES) == unfolded
        found = [
            [part.get_text() for part in fold.select(f"summary, {SENTENCES}")]
            for fold in page.select(".lab-again")
        ]
        assert found == folds
        assert page.select("[data-again], [name], ul:empty, div:empty") == []


@pytest.mark.parametrize("code", languages())
def test_no_limit_stands_open_twice_on_a_page_and_none_is_missing(code: str) -> None:
    say = Language.load(code)
    notebooks = originals.read_all(code)
    pages = EditionPages(say, notebooks).pages()
    for notebook in notebooks:
        page = markup.soup(pages[notebook.file])
        opened = stand_open(page, ".lab-limits li")
        assert len(opened) == len(set(opened)), notebook.name
        answers = [
            markup.soup(as_html(from_data(output["data"][PAGE])))
            for cell in notebook.cells
            for output in cell.outputs
            if not cell.form and not cell.question and PAGE in output["data"]
        ]
        whole = [
            limit.get_text()
            for answer in answers
            for limit in answer.select(".lab-limits li")
        ]
        listed = page.select(".lab-limits li, .lab-again li")
        assert sorted(limit.get_text() for limit in listed) == sorted(whole)
        assert set(opened) == set(whole)
