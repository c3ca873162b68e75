"""What the pages for maintainers say is true of today's tree."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from labsupport import Lab
from labsupport.declared import QUESTIONS
from labsupport.kinds import Kind

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import list_questions  # noqa: E402
import show_everything  # noqa: E402
import tests_of_change  # noqa: E402

PAGES = [
    ROOT / "README.md",
    ROOT / "data" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_and_file_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target
    for name in re.findall(
        r"`((?:labsupport|tests|tools|docs|notebooks)/[\w./-]+)`", text
    ):
        assert "NAME" in name or (ROOT / name).exists(), name


def test_who_sees_a_question_is_as_declared() -> None:
    assert list_questions.PAGE.read_text("utf-8") == list_questions.page(), (
        "run: make notebooks"
    )


def test_each_name_of_the_world_page_is_in_the_lab() -> None:
    text = (ROOT / "docs" / "world.md").read_text(encoding="utf-8")
    names = re.findall(r"`((?:[\w-]+\.)+(?:example|test))`", text)
    assert len(names) > 20
    for name in names:
        held = name in ("suspendido.example", "retenido.example")
        kinds = {Lab("en").ask(name).kind, Lab("en").dnssec(name).kind}
        assert (Kind.NO_SUCH_NAME in kinds) == held, name
        assert Kind.NOT_COVERED not in kinds


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_question_that_a_page_names_is_there(page: Path) -> None:
    for name in re.findall(r"\blab\.([a-z_.]+)\(", page.read_text(encoding="utf-8")):
        assert name in QUESTIONS, name


def test_the_tool_that_shows_everything_finds_each_kind_of_it() -> None:
    for part in (show_everything.of_notebooks, show_everything.of_questions):
        name, text = next(iter(part()))
        assert name
        assert text


def test_what_goes_with_a_change_is_there() -> None:
    """The table of `make quick`."""
    for begin, tests in tests_of_change.GO_WITH.items():
        assert list(ROOT.glob(f"{begin}*")), begin
        assert all((ROOT / test).exists() for test in tests), begin
    imports = tests_of_change.imports_of_tests()
    found = tests_of_change.tests_of("labsupport/orders/impact.py", imports)
    assert {"labsupport/orders/impact.py", "tests/orders/test_impact.py"} <= found
