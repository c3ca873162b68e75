"""How much of what a reader sees stood there before: `tools/count_repeats.py` counts it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from labsupport.language import languages

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from count_repeats import NOTEBOOKS, Count, count, pages

MOST = 0.1
NAMES = "02-the-domain-name-system.ipynb"


def read(*htmls: str) -> Count:
    return count(BeautifulSoup(html, "html.parser") for html in htmls)


def test_a_sentence_counts_once_it_has_been_read() -> None:
    sentence = "Another <em>resolver</em> may answer it differently."
    assert read(f"<p>{sentence}</p>") == Count(6, 0)
    assert read(
        f"<p>{sentence}</p>", f"<ul><li>{sentence}</li><li>Or not.</li></ul>"
    ) == (14, 6)
    assert read(f"<p>Look here. {sentence}</p><p>{sentence} Look here.</p>") == Count(
        16, 6
    )


def test_what_is_nearly_the_same_counts_as_new() -> None:
    assert (
        read(
            "<p>One two three four five six.</p><p>One two three four five six</p>"
        ).again
        == 0
    )


@pytest.mark.parametrize("code", languages())
def test_what_a_reader_sees_twice_is_a_tenth_at_most(code: str) -> None:
    notebook = NOTEBOOKS / code / NAMES
    as_stored, as_shown = count(pages(notebook)), count(pages(notebook, set()))
    assert as_shown.share <= MOST
    # By folding, not because nothing is said: answers as they are stored say it each time.
    assert as_stored.share > MOST
