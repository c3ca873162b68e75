"""Lines as they were typed until version 0.1: answered, said, rewritten, and nowhere left."""

from __future__ import annotations

import ast
import json
import re
from html import unescape
from operator import attrgetter
from pathlib import Path

import pytest

from labsupport import Lab
from labsupport.course.old_lines import NUMBER, OLD, OldLine, all_rewritten, rewritten
from labsupport.course.work import handed_out, taken_along
from labsupport.declared import QUESTIONS, example
from labsupport.inputs.choices import choices
from labsupport.language import Language, languages
from labsupport.results import Result

ROOT = Path(__file__).parents[2]
SAY = Language.load("en")
LAB = Lab("en")


def old_call(name: str, first: str = "") -> str:
    """Return an old line, with what the question of today has in its example."""
    line = OLD[name].by_word.get(first, OLD[name].line)
    call = ast.parse(example(line.question, SAY), mode="eval").body
    assert isinstance(call, ast.Call)
    given = [ast.unparse(one) for one in (*call.args, *call.keywords)]
    if first:
        shown = json.dumps("02" if first == NUMBER else first)
        given = [shown, *given[1 if line.keeps else len(line.first) :]]
        if first == "network":
            given = [shown]
    return f"lab.{name}({', '.join(given)})"


CALLS = {old_call(name): OLD[name].line.question for name in OLD}
CALLS |= {f"lab.{name}()": old.bare for name, old in OLD.items() if old.bare}
CALLS |= {
    old_call(name, word): line.question
    for name, old in OLD.items()
    for word, line in old.by_word.items()
}
SENT = {"course.doctor"}  # asks this machine for long


# Answered


@pytest.mark.parametrize("call", CALLS)
def test_an_old_line_is_the_question_of_today(call: str) -> None:
    today = rewritten(call, SAY)
    assert today.startswith(f"lab.{CALLS[call]}("), today
    assert CALLS[call] in QUESTIONS
    attrgetter(CALLS[call])(LAB)
    assert rewritten(today, SAY) == today


@pytest.mark.parametrize(
    "call", [one for one, question in CALLS.items() if question not in SENT]
)
def test_an_old_line_answers_and_says_what_is_typed_today(
    call: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evidence.jsonl").touch()
    today = rewritten(call, SAY)
    wanted = eval(today, {"lab": Lab("en")})
    capsys.readouterr()
    answer = eval(call, {"lab": Lab("en")})
    assert type(answer).__name__ == type(wanted).__name__
    said = (
        " ".join(answer.notes)
        if isinstance(answer, Result)
        else capsys.readouterr().out
    )
    assert f"lab.{CALLS[call]}(" in said
    if isinstance(answer, Result):
        assert answer.sentence == wanted.sentence


@pytest.mark.parametrize("code", languages())
def test_one_is_told_in_the_readers_language(code: str) -> None:
    say = Language.load(code)
    word = choices("old request").word("worksheet", say)
    lab = Lab(code)
    answer = lab.draft(word, lab.orders.draft("clean"))
    assert answer.notes[0] == say("lab.typed_otherwise", line="lab.orders.worksheet(…)")


def test_old_names_are_answered_and_not_offered() -> None:
    for name in OLD:
        assert isinstance(getattr(LAB, name), OldLine) or name == "routes"
    assert not (set(OLD) - {"routes"}) & set(dir(LAB))


# Rewritten


OLD_CELLS = {
    'lab = Lab("es")': 'lab = Lab("es")',
    'lab.ask("www.museum.example")  # stays': 'lab.ask("www.museum.example")  # stays',
    'copia = lab.with_order(lab.order("suspensión"))': (
        'copia = lab.with_order(lab.orders.draft("suspensión"))'
    ),
    "copia.review(  # mío\n    texto)": "copia.orders.review(  # mío\n    texto)",
    'lab.draft("hoja de trabajo",  texto)': "lab.orders.worksheet(texto)",
    'print("lab.order()");lab.order()': 'print("lab.order()");lab.orders.drafts()',
    'lab.measure(way, "isla.example")': 'lab.measure(way, "isla.example")',
    "other.review(texto)": "other.review(texto)",
    "lab.order(": "lab.order(",
    'lab.case("audiencia", what2=1)\nx = "ñ"; lab.mail("ñ")': (
        'lab.course.hearing(what2=1)\nx = "ñ"; lab.investigate.mail("ñ")'
    ),
}


def test_cells_are_rewritten_in_the_language_of_their_lab() -> None:
    assert all_rewritten(list(OLD_CELLS)) == list(OLD_CELLS.values())


def test_a_name_that_holds_something_else_is_left_alone() -> None:
    cells = [
        "held = lab.with_order(x)",
        "held.review(x)",
        "held = notes()",
        "held.review(x)",
    ]
    assert all_rewritten(cells)[1::2] == ["held.orders.review(x)", "held.review(x)"]


class _Blank(ast.NodeTransformer):
    """Leaves of each call to a lab that it is one."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        base = node.func
        while isinstance(base, ast.Attribute):
            base = base.value
        is_asked = isinstance(base, ast.Name) and base.id in ("lab", "copia")
        return ast.Name("asked", ast.Load()) if is_asked else node


def test_nothing_else_of_a_cell_changes() -> None:
    for before, after in OLD_CELLS.items():
        try:
            trees = [_Blank().visit(ast.parse(code)) for code in (before, after)]
        except SyntaxError:
            assert before == after
            continue
        assert ast.dump(trees[0]) == ast.dump(trees[1])
        comments = [re.findall("#.*", code) for code in (before, after)]
        assert comments[0] == comments[1]


def book(*lines: tuple[str, str]) -> bytes:
    cells = [
        {"id": id, "cell_type": "code", "source": text, "metadata": {}, "outputs": []}
        for id, text in lines
    ]
    return json.dumps({"cells": cells, "metadata": {}}).encode()


def test_a_copy_that_is_brought_up_to_date_has_the_lines_of_today() -> None:
    given = book(
        ("open", 'lab = Lab("en")'), ("a", 'lab.order("flawed")'), ("b", "lab.order()")
    )
    mine = json.loads(handed_out(given))
    mine["cells"][1]["source"] = 'held = lab.with_order(lab.order("hold"))'
    mine["cells"].append(
        json.loads(book(("own", 'held.impact(lab.order("hold"))')))["cells"][0]
    )
    course = book(
        ("open", 'lab = Lab("en")'),
        ("a", 'lab.orders.draft("flawed")'),
        ("b", "lab.orders.drafts()"),
    )
    new = handed_out(course)
    taken = taken_along(json.dumps(mine).encode(), new)
    assert taken is not None
    assert [cell["source"] for cell in json.loads(taken)["cells"]] == [
        'lab = Lab("en")',
        'held = lab.with_order(lab.orders.draft("hold"))',
        "lab.orders.drafts()",
        'held.orders.impact(lab.orders.draft("hold"))',
    ]
    assert taken_along(taken, new) == taken


# Nowhere left

HERE = {
    "labsupport/course/old_lines.py",
    "labsupport/facade/routes.py",  # lab.routes(…) is answered there
    "tests/course/test_old_lines.py",
    "CHANGELOG.md",
}
FILES = [
    path
    for pattern in (
        *("*.md", "docs/*.md", "data/*.md", "data/course/**/*", "notebooks/**/*.ipynb"),
        *(
            "labsupport/**/*.py",
            "tests/**/*.py",
            "tools/*.py",
            "benchmarks/*.py",
            "Makefile",
        ),
        *("frontend/src/*.ts", "frontend/tests/*.js"),
    )
    for path in sorted(ROOT.glob(pattern))
    if path.suffix not in (".mo", ".png", ".pyc") and path.is_file()
    if "labextensions" not in path.parts
    and path.relative_to(ROOT).as_posix() not in HERE
]
LABS = {"lab", "LAB", "SPANISH", "held", "wrong", "mobile", "suspendido", "movil"}
BEGINS = re.compile(rf"\b({'|'.join(LABS)})\.({'|'.join(OLD)})\(")
LONGEST = 300


def written(path: Path) -> str:
    """Return what is written in a file: of a notebook the cells, their outputs left out."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return unescape(text).replace('\\"', '"')


def old_lines(text: str) -> list[str]:
    """Return the old lines in a text, each up to the bracket that closes it."""
    found = []
    for begin in BEGINS.finditer(text):
        said = text[begin.start() : begin.start() + LONGEST].replace("…", "None")
        ends = (said[: end.end()] for end in re.finditer(r"\)", said))
        call = next((one for one in ends if _is_code(one)), f"{begin[0]})")
        if any(
            rewritten(call, Language.load(code), LABS) != call for code in languages()
        ):
            found.append(call)
    return found


def _is_code(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_old_line_stands_anywhere(path: Path) -> None:
    assert old_lines(written(path)) == []


def test_an_old_line_is_noticed() -> None:
    """The check above can fail."""
    assert old_lines(
        'so lab.order("flawed") and `lab.draft("worksheet", …)`, LAB.routes()'
    ) == [
        'lab.order("flawed")',
        'lab.draft("worksheet", None)',
        "LAB.routes()",
    ]
