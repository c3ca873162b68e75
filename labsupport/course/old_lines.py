"""Lines as they were typed until version 0.1: answered as the lines of today, and rewritten.

`OLD` has each old name. It is read in two ways: a line in somebody's own copy is run as the line of
today (`OldLine`), and a copy that is brought up to date gets that line in its place (`rewritten`).
docs/contributing.md says for how long.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labsupport import declared
from labsupport.inputs.choices import choices
from labsupport.kinds import Kind
from labsupport.lab_protocol import HasContext, context_of
from labsupport.language import SOURCE_LANGUAGE, Language, spoken
from labsupport.results import Explanation, Result

NUMBER = "02"  # stands for all notebooks: the instructor's guide called them by their numbers


@dataclass(frozen=True, slots=True)
class Line:
    """A line of today, by its question.

    The first argument chose it, and is left out unless it `keeps` that; `first` comes in its place,
    `named` behind all. `names` are the arguments that are called otherwise today.
    """

    question: str
    keeps: bool = False
    first: tuple[str, ...] = ()
    named: tuple[tuple[str, bool], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OldName:
    """What stood behind "lab.": the `line` of today, that without arguments, and those by `word`.

    `words` is the closed list that has the words for the first argument, `called` its name.
    """

    line: Line
    bare: str = ""
    words: str = ""
    called: str = ""
    by_word: Mapping[str, Line] = field(default_factory=dict)


def _same(question: str) -> OldName:
    return OldName(Line(question, keeps=True))


SHEETS = (
    "opening",
    "law",
    "standards",
    "admissibility",
    "panel",
    "data",
    "attendance",
    "evaluation",
    "change",
    "certificate",
    "nothing works",
    "scoring",
    "order",
)
PLANS = ("half a day", "one day", "two days", "online", "self-study")

OLD: dict[str, OldName] = {
    "memory": _same("investigate.memory"),
    "publish": _same("investigate.publish"),
    "compare": _same("investigate.compare"),
    "lookalikes": _same("investigate.lookalikes"),
    "certificates": _same("investigate.certificates"),
    "neighbours": _same("investigate.neighbours"),
    "subscribers": _same("investigate.subscribers"),
    "observers": _same("investigate.observers"),
    "mail": _same("investigate.mail"),
    "diagnose": _same("investigate.diagnose"),
    "origin": _same("routes.origin"),
    "announce": _same("routes.announce"),
    "routes": OldName(Line("routes.to", keeps=True), bare="routes.networks"),
    "verify": _same("evidence.verify"),
    "tamper": _same("evidence.tamper"),
    "review": _same("orders.review"),
    "impact": _same("orders.impact"),
    "evasion": _same("orders.evasion"),
    "order": OldName(Line("orders.draft", keeps=True), bare="orders.drafts"),
    "measure": OldName(
        Line("orders.technique", keeps=True),
        words="old technique",
        called="technique",
        by_word={"all": Line("orders.techniques")},
    ),
    "draft": OldName(
        Line("evidence.preservation", keeps=True),
        words="old request",
        called="what",
        by_word={
            "preservation": Line("evidence.preservation"),
            "disclosure": Line("evidence.disclosure"),
            "worksheet": Line("orders.worksheet", names={"target": "order"}),
            "configuration": Line("orders.configuration", names={"target": "order"}),
            "order": Line("orders.form"),
        },
    ),
    "question": _same("course.question"),
    "guess": _same("course.guess"),
    "cases": _same("course.real_cases"),
    "case": OldName(
        Line("course.case", keeps=True, names={"what": "name"}),
        words="old case",
        called="what",
        by_word={"hearing": Line("course.hearing")},
    ),
    "reference": OldName(
        Line("course.reference", keeps=True),
        words="old table",
        called="table",
        by_word={
            "glossary": Line("course.glossary", names={"only": "word"}),
            "statuses": Line("course.statuses", names={"only": "status"}),
            "contacts": Line("course.contacts", names={"only": "country"}),
            "questions": Line("course.lines"),
        },
    ),
    "doctor": OldName(
        Line("course.doctor"),
        words="old room",
        called="what",
        by_word={"network": Line("course.doctor", named=(("network", True),))},
    ),
    "guide": OldName(
        Line("course.teaching.sheet", keeps=True, names={"what": "sheet"}),
        bare="course.teaching.notebook",
        words="old paper",
        called="what",
        by_word={
            **{
                plan: Line("course.teaching.plan", keeps=True, names={"detail": "hour"})
                for plan in PLANS
            },
            **{sheet: Line("course.teaching.sheet", keeps=True) for sheet in SHEETS},
            NUMBER: Line(
                "course.teaching.notebook", keeps=True, names={"detail": "section"}
            ),
            "papers": Line("course.teaching.papers", names={"detail": "plan"}),
            "test": Line("course.teaching.test", names={"detail": "number"}),
            "key": Line("course.teaching.key", names={"detail": "number"}),
            "letters": Line("course.teaching.letters", names={"detail": "number"}),
            "checklist": Line(
                "course.teaching.checklist", names={"detail": "language"}
            ),
            "role-cards": Line("course.teaching.role_cards"),
            "case-fraud": Line("course.teaching.case_paper", first=("fraud",)),
            "case-wrong-order": Line(
                "course.teaching.case_paper", first=("wrong-order",)
            ),
        },
    ),
}


def _chosen(name: str, first: object, say: Language) -> Line:
    """Return the line of today for an old name whose first argument is this."""
    old = OLD[name]
    if not old.words:
        return old.line
    key = choices(old.words).key(first, say) or ""
    if NUMBER in old.by_word and isinstance(first, str) and first.strip()[:2].isdigit():
        key = NUMBER
    return old.by_word.get(key, old.line)


# Run


class OldLine:
    """An old name of a lab: called, it asks the question of today, and says how that is typed."""

    def __init__(self, lab: HasContext[Any], name: str) -> None:
        self._lab = lab
        self._name = name

    def __call__(self, *args: object, **kwargs: object) -> Any:
        say = context_of(self._lab).say
        question, args, kwargs = _today(self._name, args, kwargs, say)
        asked: Any = self._lab
        for name in question.split("."):
            asked = getattr(asked, name)
        answer = asked(*args, **kwargs)
        line = declared.in_words(declared.written(question, args, kwargs), say)
        note = say("lab.typed_otherwise", line=line)
        if isinstance(answer, Result):
            answer.notes = (note, *answer.notes)
        else:
            print(note)
        return answer

    def _explained(self) -> Result:
        """What to type in the place of a name without its brackets."""
        say = context_of(self._lab).say
        line = declared.example(OLD[self._name].line.question, say)
        return Explanation(
            say, Kind.NOT_ASKED, say("errors.brackets_missing_example", example=line)
        )

    def __repr__(self) -> str:
        return repr(self._explained())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self._explained()._repr_mimebundle_()


def _today(
    name: str, args: tuple[object, ...], kwargs: Mapping[str, object], say: Language
) -> tuple[str, tuple[object, ...], dict[str, object]]:
    """Return the question of today, and what stands between its brackets."""
    old, values = OLD[name], dict(kwargs)
    if old.bare and not args and not kwargs:
        return old.bare, (), {}
    by_name = old.called in values
    first = values[old.called] if by_name else args[0] if args else None
    line = _chosen(name, first, say)
    if not line.keeps:
        values.pop(old.called, None)
        args = (*line.first, *args[0 if by_name else 1 :])
    renamed = {line.names.get(key, key): value for key, value in values.items()}
    return line.question, args, renamed | dict(line.named)


# Rewritten


def rewritten(code: str, say: Language, labs: Collection[str] = ("lab",)) -> str:
    """Return lines of Python with each old one in them as it is typed today.

    `labs` are the names that hold a lab. What is no Python, or cannot be told for sure, stays.

    >>> rewritten('lab.review(lab.order("flawed"))  # mine', Language.load("en"))
    'lab.orders.review(lab.orders.draft("flawed"))  # mine'
    >>> rewritten('lab.draft("hoja de trabajo", mine)', Language.load("es"))
    'lab.orders.worksheet(mine)'
    >>> rewritten("lab.measure(way, site)", Language.load("en"))
    'lab.measure(way, site)'
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    text = code.encode()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    edits: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            edits += _edits(node, say, labs, starts)
    for start, end, word in sorted(edits, reverse=True):
        text = text[:start] + word.encode() + text[end:]
    return text.decode()


def all_rewritten(cells: Sequence[str]) -> list[str]:
    """Return a notebook's cells of code, each as `rewritten`, in the language of their lab.

    >>> all_rewritten(['lab = Lab("es")', 'copia = lab.with_order(lab.order("suspensión"))',
    ...     'copia.review("…")'])[1:]
    ['copia = lab.with_order(lab.orders.draft("suspensión"))', 'copia.orders.review("…")']
    """
    opened = OPENED.search("\n".join(cells))
    code = spoken(opened[1]) if opened else None
    say = Language.load(code or SOURCE_LANGUAGE)
    labs = {"lab"}
    lines = []
    for cell in cells:
        labs = labs_in(cell, labs)
        lines.append(rewritten(cell, say, labs))
    return lines


def labs_in(code: str, labs: Collection[str] = ("lab",)) -> set[str]:
    """Return the names that hold a lab after these lines; one that holds something else is none.

    >>> sorted(labs_in('held = lab.with_order("…"); page = lab.ask("www.museum.example")'))
    ['held', 'lab']
    """
    held = set(labs)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return held
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = {
                target.id for target in node.targets if isinstance(target, ast.Name)
            }
            held = held | names if _is_lab(node.value, held) else held - names
    return held


OPENED = re.compile(r"""\bLab\(\s*["']([^"'\n]+)["']""")
LAB_FROM = ("at", "with_order", "announce")


def _is_lab(node: ast.expr, labs: Collection[str]) -> bool:
    """Whether an expression is a lab for sure."""
    if isinstance(node, ast.Name):
        return node.id in labs
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "Lab"
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in LAB_FROM:
        return False
    inner = node.func.value
    if isinstance(inner, ast.Attribute) and inner.attr == "routes":
        inner = inner.value
    return _is_lab(inner, labs)


def _edits(
    call: ast.Call, say: Language, labs: Collection[str], starts: Sequence[int]
) -> Iterator[tuple[int, int, str]]:
    """Yield what is to be changed in a call: from which octet to which, and to what."""
    function, first = call.func, call.args[0] if call.args else None
    if not isinstance(function, ast.Attribute) or not _is_sure(
        function, call, first, labs
    ):
        return
    old = OLD[function.attr]
    ends = starts[(function.end_lineno or 1) - 1] + (function.end_col_offset or 0)
    name = ends - len(function.attr.encode()), ends
    if old.bare and not call.args and not call.keywords:
        yield *name, old.bare
        return
    line = _chosen(function.attr, getattr(first, "value", None), say)
    yield *name, line.question
    for word in call.keywords:
        if word.arg and word.arg in line.names:
            begins = starts[word.lineno - 1] + word.col_offset
            yield begins, begins + len(word.arg.encode()), line.names[word.arg]
    if line.keeps or first is None:
        return
    begins = starts[first.lineno - 1] + first.col_offset
    put = [json.dumps(value) for value in line.first]
    put += [f"{key}={value}" for key, value in line.named]
    if put or len(call.args) + len(call.keywords) == 1:
        ends = starts[(first.end_lineno or 1) - 1] + (first.end_col_offset or 0)
    else:  # up to the second argument, with the comma
        others: list[ast.expr | ast.keyword] = [*call.args[1:], *call.keywords]
        second = others[0]
        ends = starts[second.lineno - 1] + second.col_offset
    yield begins, ends, ", ".join(put)


def _is_sure(
    function: ast.Attribute,
    call: ast.Call,
    first: ast.expr | None,
    labs: Collection[str],
) -> bool:
    """Whether a call is an old line, and can be read without running it."""
    if function.attr not in OLD or not _is_lab(function.value, labs):
        return False
    words = [word.arg for word in call.keywords]
    old = OLD[function.attr]
    if (
        None in words
        or old.called in words
        or any(isinstance(v, ast.Starred) for v in call.args)
    ):
        return False
    return not old.words or first is None or isinstance(first, ast.Constant)
