"""What one group of the hearing alone knows, and what comes of a choice in a case.

A card is shown to whoever takes it, an outcome to whoever has chosen; nothing that everybody is
shown or handed has either.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labsupport import Lab
from labsupport.course import guide_content, roles, story
from labsupport.course.form import Form
from labsupport.course.roles import Role
from labsupport.declared import in_words
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language, languages
from labsupport.papers.templated import Templated
from labsupport.run.editions import making
from labsupport.run.workcopy import folder_of, hand_out

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FEWEST = 4  # words: fewer are a heading, and may stand elsewhere
KEYS = list(roles.play("en").roles)
CODES = languages()


def plain(text: str) -> str:
    """Return a text without tags and white space: names are broken where they are long."""
    return re.sub(r"\s+", "", html.unescape(re.sub("<[^>]*>", "", text)))


def on_card(role: Role) -> list[str]:
    """Return what stands on a card and on no other."""
    needs = [what for _, what in role.needs]
    options = [line for one in role.options for line in (one.text, one.costs)]
    lines = [
        role.you,
        *role.knows,
        role.wants,
        *role.harm,
        *needs,
        *options,
        *role.ruling,
    ]
    return [line for line in lines if len(line.split()) >= FEWEST]


def replies(role: Role, letters: str = "abc") -> list[str]:
    """Return what the others say to these decisions."""
    return [
        line for one in letters for line in dict(role.lettered)[one].replies.values()
    ]


def secrets(code: str) -> list[str]:
    """Return all that a group alone is to read, and what comes of each choice of each case."""
    known = roles.play(code).roles.values()
    cards = [line for role in known for line in (*on_card(role), *replies(role))]
    return [
        *cards,
        *(line for key in story.stories(code) for line in outcomes(code, key)),
    ]


def outcomes(code: str, case: str) -> list[str]:
    """Return what comes of each choice of a case, and what is told after the first."""
    first, *others = story.stories(code)[case].steps.values()
    told = [choice.reply for step in (first, *others) for choice in step.choices]
    told += [paragraph for step in others for paragraph in step.text.split("\n\n")]
    return [line for line in told if len(line.split()) >= FEWEST]


def shown(secret: list[str], text: str) -> list[str]:
    """Return what of it a text has."""
    whole = plain(text)
    return [line for line in secret if plain(line) in whole]


def strings(value: Any) -> Iterator[str]:
    """Yield each string in what a JSON file has."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings([*value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def files(folder: Path) -> dict[str, str]:
    """Return the files in a folder as they are read."""
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("code", CODES)
def test_there_is_something_to_withhold(code: str) -> None:
    cards = [line for role in roles.play(code).roles.values() for line in on_card(role)]
    assert len(cards) > 80
    assert len({plain(line) for line in cards}) == len(cards), (
        "each belongs to one card alone"
    )
    assert all(len(outcomes(code, key)) > 20 for key in story.stories(code))


# What everybody is shown


@pytest.mark.parametrize("code", CODES)
def test_no_notebook_shows_it_in_its_cells_or_below_them(code: str) -> None:
    for file in sorted((NOTEBOOKS / code).glob("*.ipynb")):
        stored = json.loads(file.read_text("utf-8"))
        assert shown(secrets(code), "".join(strings(stored))) == [], file.name


@pytest.mark.parametrize("code", CODES)
def test_no_slide_page_or_paper_of_the_participants_has_it(code: str) -> None:
    pages = making.participants(Language.load(code))
    assert "slides/05-a-case-from-start-to-end.html" in pages
    for name, page in pages.items():
        assert shown(secrets(code), page) == [], name
    clerk = Language.load(code)("case_paper.for_the_clerk")
    assert not [name for name, page in pages.items() if clerk in page]


def test_what_a_browser_or_a_desk_is_handed_takes_no_card_by_itself(
    tmp_path: Path,
) -> None:
    """Its notebooks have no answers; whoever runs all of their lines sees no card either."""
    hand_out(tmp_path, Language.load("en"))
    handed = files(tmp_path)
    for code in CODES:
        place = folder_of(code) / "05-a-case-from-start-to-end.ipynb"
        cells = json.loads(handed[str(place)])["cells"]
        lines = [
            line for cell in cells for line in "".join(cell["source"]).splitlines()
        ]
        lab = Lab(code)
        hearing = [line for line in lines if line.startswith("lab.course.hearing(")]
        assert len(hearing) == 2
        for line in hearing:
            answer = eval(line, {"lab": lab})
            said = (
                answer.said["html"]
                if isinstance(answer, Form)
                else answer._repr_html_()
            )
            assert shown(secrets(code), said + repr(answer)) == []
    for name, text in handed.items():
        for code in CODES:
            assert shown(secrets(code), text) == [], name


@pytest.mark.parametrize("code", CODES)
def test_how_the_hearing_goes_and_how_cards_are_printed_tells_of_no_card(
    code: str,
) -> None:
    lab = Lab(code)
    for found in (
        lab.course.hearing(),
        lab.course.teaching.role_cards(),
        lab.course.teaching.papers(),
    ):
        paper = getattr(found, "html", "")
        assert shown(secrets(code), repr(found) + found._repr_html_() + paper) == []


# Whoever takes a card


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("key", KEYS)
def test_whoever_takes_a_card_sees_that_card_alone(key: str, code: str) -> None:
    known, form = roles.play(code).roles, Lab(code).course.hearing(play=True)
    assert isinstance(form, Form)
    role = known[key]
    assert [name for name, _ in form.said["options"]["choice"]] == KEYS
    assert form.said["code"] == in_words("lab.course.hearing()", form.say)

    form.press("go", {"choice": key})
    card = form.said["html"] + "".join(strings(form.said["options"]))
    assert shown(on_card(role), card) == on_card(role)
    assert (
        shown([line for line in secrets(code) if line not in on_card(role)], card) == []
    )

    form.press("go", {"choice": "b"})
    answered = form.said["html"]
    assert shown(replies(role), answered) == replies(role, "b")
    mine = {*on_card(role), *replies(role, "b")}
    assert shown([line for line in secrets(code) if line not in mine], answered) == []

    form.press("back", {"choice": ""})
    assert shown(secrets(code), "".join(strings(form.said))) == []


@pytest.mark.parametrize(
    ("taken", "choice"), [(None, ""), (None, "b"), ("court", ""), ("court", "z")]
)
def test_what_is_no_choice_is_said_and_shows_no_card_more(
    taken: str | None, choice: str
) -> None:
    form = Lab("en").course.hearing(play=True)
    if taken:
        form.press("go", {"choice": taken})
    before = form.said["html"]
    form.press("go", {"choice": choice})
    assert form.said["note"]
    assert form.said["text"] == form.said["note"]
    assert form.said["html"] == before


def test_a_case_on_paper_is_at_no_participants_desk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guide_content, "is_here", lambda: False)
    lab = Lab("en")
    for what in ("case-fraud", "case-wrong-order", "05", "papers", "key"):
        found = lab.course.teaching.sheet(what)
        assert found.kind is Kind.NOT_COVERED
        assert found.sentence == context_of(lab).say("guide.instructors_alone")
    assert isinstance(lab.course.hearing("league"), Templated)


# The instructor


@pytest.mark.parametrize("code", CODES)
def test_the_instructor_has_each_card_on_its_own_paper_and_the_outcomes(
    code: str,
) -> None:
    made = making.instructors(Language.load(code), "editions")
    known = roles.play(code).roles
    for key, role in known.items():
        paper = made[f"papers/role-{key}.html"]
        assert paper.count('<section class="sheet card">') == 1
        assert shown(on_card(role), paper) == on_card(role)
        others = [line for line in secrets(code) if line not in on_card(role)]
        assert shown(others, paper) == []
        assert f'href="papers/role-{key}.html"' in made["index.html"]
    for case in ("fraud", "wrong-order"):
        paper = made[f"papers/case-{case}.html"]
        assert shown(outcomes(code, case), paper) == outcomes(code, case)
        assert f'href="papers/case-{case}.html"' in made["index.html"]
