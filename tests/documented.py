"""What the course shows of an answer by name: `lab.whois("…").text` is ("whois", "text")."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

from labsupport import lab as lab_module
from labsupport.declared import QUESTIONS, question_in
from labsupport.facade import course, evidence, investigate, orders, routes, teaching

ROOT = Path(__file__).parents[1]
MODULES = (lab_module, course, evidence, investigate, orders, routes, teaching)
LINE = re.compile(
    r"\blab\.[a-z_.]+\((?:[^()]|\([^()]*\))*\)"  # a question,
    r"(?:(?:\.[a-z_]+)(?:\((?:[^()]|\([^()]*\))*\)|\[[^]]*\])?)+"  # and what is read of it
)
# in prose, "…" may stand there
BRACKETS = re.compile(r"\((?:[^()]|\([^()]*\))*\)|\[[^]]*\]")
NAMED = re.compile(r"`\.([a-z_]+)")  # `.save("…")` in the help of a question

Use = tuple[str, str]


def used_in(code: str) -> set[Use]:
    """Return what a piece of Python reads of the answers to questions: question, then names."""
    tree = ast.parse(code)
    answers: dict[str, str] = {}
    uses: set[Use] = set()
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign):
            question = _question(statement.value)
            for target in statement.targets:
                if question and isinstance(target, ast.Name):
                    answers[target.id] = question
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (use := _use(node, answers)):
            uses.add(use)
    return uses


def asked_in(code: str) -> set[str]:
    """Return the questions that a piece of Python asks."""
    calls = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    return {question for call in calls if (question := question_in(call.func))}


def _question(node: ast.expr) -> str:
    return question_in(node.func) if isinstance(node, ast.Call) else ""


def _use(node: ast.Attribute, answers: dict[str, str]) -> Use | None:
    names = [node.attr]
    inner = node.value
    while not (question := _question(inner)):
        if isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        elif isinstance(inner, ast.Call):
            inner = inner.func
        elif isinstance(inner, ast.Subscript):
            inner = inner.value
        elif isinstance(inner, ast.Name) and inner.id in answers:
            question = answers[inner.id]
            break
        else:
            return None
    path = ".".join(reversed(names))
    return (question, path) if f"{question}.{path}" not in QUESTIONS else None


def documented() -> set[Use]:
    """Return every use that help, notebooks, papers and manuals show."""
    uses: set[Use] = set()
    for code in (*_examples(), *_cells()):
        uses |= used_in(code)
    for text in _prose():
        for line in LINE.findall(text):
            uses |= used_in(BRACKETS.sub("()", line))
    for question, known in QUESTIONS.items():
        name, _, method = known.method.rpartition(".")
        owner = next(vars(module)[name] for module in MODULES if name in vars(module))
        text = inspect.getdoc(getattr(owner, method)) or ""
        uses |= {(question, name) for name in NAMED.findall(text)}
    return uses


def _examples() -> Iterator[str]:
    finder = doctest.DocTestFinder()
    for module in MODULES:
        for test in finder.find(importlib.import_module(module.__name__)):
            yield "".join(example.source for example in test.examples)


def _cells() -> Iterator[str]:
    for file in (ROOT / "notebooks/en").rglob("*.ipynb"):
        cells = json.loads(file.read_text("utf-8"))["cells"]
        yield "\n".join(
            "".join(one["source"]) for one in cells if one["cell_type"] == "code"
        )


def _prose() -> Iterator[str]:
    for file in (ROOT / "notebooks/en").rglob("*.ipynb"):
        for cell in json.loads(file.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield "".join(cell["source"])
    for folder, pattern in (
        ("", "*.md"),
        ("docs", "*.md"),
        ("data/course/en", "**/*.toml"),
    ):
        for file in (ROOT / folder).glob(pattern):
            yield file.read_text("utf-8")
