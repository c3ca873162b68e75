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

# JupyterLab's front end folds by the same rule: see frontend/tests/said.test.js.
CASES = json.loads((Path(__file__).parents[1] / "samples" / "said" / "cases.json").read_bytes())
SENTENCES = "li, .lab-note"


def noted(notes: Iterable[str]) -> str:
    text = "".join(f'<p class="lab-note">{note}</p>' for note in notes)
    return f'<div data-again="notes {{count}}">{text}</div>' if text else ""


def stored(answer: dict[str, Any]) -> str:
    """Return an answer as it is stored."""
    made = noted(answer.get("notes", ()))
    if hidden := answer.get("hidden"):
        made += f"<details><summary>In words</summary>{noted(hidden)}</details>"
    if limits := answer.get("limits"):
        items = "".join(f"<li>{limit}</li>" for limit in limits)
        made += '<details class="lab-limits" name="lab-limits-x" open><summary>Limits</summary>'
        made += f'<ul data-again="limits {{count}}">{items}</ul></details>'
    return f"<section>{made}</section>"


def stand_open(page: Tag, sentences: str) -> list[str]:
    return [
        found.get_text()
        for found in page.select(sentences)
        if all(fold.has_attr("open") for fold in found.find_parents("details"))
    ]


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_it_is_folded_as_in_jupyterlab(case: dict[str, Any]) -> None:
    said: set[str] = set()
    for answer, unfolded, folds in zip(case["answers"], case["open"], case["folded"], strict=True):
        page = BeautifulSoup(stored(answer), "html.parser")
        fold_said(page, said)
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
            markup.soup("".join(output.get("data", {}).get("text/html", "")))
            for cell in notebook.cells
            for output in cell.outputs
            if not cell.form and not cell.question
        ]
        whole = [
            limit.get_text() for answer in answers for limit in answer.select(".lab-limits li")
        ]
        listed = page.select(".lab-limits li, .lab-again li")
        assert sorted(limit.get_text() for limit in listed) == sorted(whole)
        assert set(opened) == set(whole)
