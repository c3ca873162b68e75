"""The page that checks a file of evidence: what it is allowed, and that it is the one told."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from importlib.resources import files

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
    assert not re.search(r"https?://|//[a-z]+\.|@import|url\(|\bsrc=|<link|<form|import\(", PAGE)


def test_nothing_of_a_file_becomes_html() -> None:
    dangerous = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|DOMParser"
    assert not re.search(dangerous, PAGE)


def test_no_words_stand_outside_their_object() -> None:
    """What is to be translated is in WORDS alone; but what is said where no script runs."""
    body = PAGE[PAGE.index("<body>") : PAGE.index("<script>")]
    body = re.sub(r"<noscript>.*?</noscript>", "", body)
    assert re.sub(r"<[^>]+>", "", body).strip() == ""
    named = set(re.findall(r'data-word="(\w+)"', PAGE))
    words = PAGE[PAGE.index("const WORDS") : PAGE.index("\n};\n")]
    assert [word for word in named if not re.search(rf"\b{word}: \"", words)] == []


def test_its_sum_stands_in_the_repository() -> None:
    own = hashlib.sha256((DATA / FILE).read_bytes()).hexdigest()
    assert f"{own}  {FILE}\n" in (DATA / "SHA256SUMS").read_text(encoding="utf-8")
