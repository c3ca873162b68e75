"""The page that checks a file of evidence: what it is allowed, and that it is the one told."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import polib
import pytest

FILE = "course/report/verify.html"
DATA = files("labsupport.data")
PAGE = (DATA / FILE).read_text(encoding="utf-8")
POLICY = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', PAGE)


@pytest.mark.parametrize("kind", ["script", "style"])
def test_only_its_own_script_and_style_may_run(kind: str) -> None:
    (inside,) = re.findall(rf"<{kind}>(.*?)</{kind}>", PAGE, re.DOTALL)
    own = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    assert f"{kind}-src 'sha256-{own}';" in POLICY[0]
    assert PAGE.count(f"<{kind}") == 1


def test_it_may_ask_nobody() -> None:
    (policy,) = POLICY
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    for kind in ("default", "connect", "img"):
        assert directives.pop(f"{kind}-src") == "'none'"
    assert directives.pop("form-action") == directives.pop("base-uri") == "'none'"
    assert set(directives) == {"script-src", "style-src"}
    assert not re.search(
        r"https?://|//[a-z]+\.|@import|url\(|\bsrc=|<link|<form|import\(", PAGE
    )


def test_nothing_of_a_file_becomes_html() -> None:
    dangerous = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|DOMParser"
    assert not re.search(dangerous, PAGE)


def words() -> dict[str, dict[str, Any]]:
    """The words of the page, by language: their object, read as JSON."""
    written = re.search(r"const LANGUAGES = (\{.*?\n\});\n", PAGE, re.DOTALL)
    assert written
    quoted = re.sub(
        r'("(?:[^"\\]|\\.)*")|(\w+):', lambda m: m[1] or f'"{m[2]}":', written[1]
    )
    found: dict[str, dict[str, Any]] = json.loads(re.sub(r",(?=\s*[}\]])", "", quoted))
    return found


def texts(words: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each text among them, with the keys that lead to it."""
    if isinstance(words, str):
        yield place, words
    else:
        for key, inner in (
            words.items() if isinstance(words, dict) else enumerate(words)
        ):
            yield from texts(inner, f"{place}.{key}")


def test_no_words_stand_outside_their_object() -> None:
    """What is to be translated is there alone; but what is said where no script runs."""
    body = PAGE[PAGE.index("<body>") : PAGE.index("<script>")]
    body = re.sub(r"<noscript>.*?</noscript>", "", body, flags=re.DOTALL)
    assert re.sub(r"<[^>]+>", "", body).strip() == ""
    named = set(re.findall(r'data-word="(\w+)"', PAGE))
    used = set(re.findall(r"\bWORDS\.(\w+)", PAGE)) | named
    assert used == {*words()["en"]} - {"name"}


def test_where_no_script_runs_it_is_said_in_all_languages() -> None:
    said = re.search(r"<noscript>(.*?)</noscript>", PAGE, re.DOTALL)
    assert said
    assert re.findall(r"<p( lang=\"\w+\")?>", said[1]) == ["", ' lang="es"']


def test_every_language_says_the_same() -> None:
    english, *others = ({*texts(one)} for one in words().values())
    shape = {place: sorted(re.findall(r"\{\w+\}", text)) for place, text in english}
    assert list(words()) == ["en", "es"]
    for other in others:
        found = {place: sorted(re.findall(r"\{\w+\}", text)) for place, text in other}
        assert found == shape
        assert {text for _, text in other & english} <= {""}


def test_its_words_are_those_of_the_catalogue() -> None:
    """What the course says as well, it says in the same words."""
    known: dict[str, set[str]] = {}
    catalogue = polib.pofile(
        str(DATA / "course/locale/guide/es/LC_MESSAGES/labsupport.po")
    )
    for entry in catalogue:
        known.setdefault(entry.msgid, set()).add(entry.msgstr or entry.msgstr_plural[0])
        known.setdefault(entry.msgid_plural, set()).add(entry.msgstr_plural.get(1, ""))
    spanish = dict(texts(words()["es"]))
    english = {place: text for place, text in texts(words()["en"]) if place != ".name"}
    both = {text: spanish[place] for place, text in english.items() if text in known}
    assert len(both) > 20
    assert {text: one for text, one in both.items() if one not in known[text]} == {}
