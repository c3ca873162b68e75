"""A question on paper, on a page and on a slide: from the catalogue, with every reply."""

from __future__ import annotations

from labsupport.editions.originals import Cell
from labsupport.language import Language
from labsupport.teaching.questions import Question, catalogue


def question_of(cell: Cell, say: Language) -> Question | None:
    """Return the question that a cell asks, if it asks one.

    >>> cell = Cell("q", True, 'lab.question("dns-time")')
    >>> question_of(cell, Language.load("en")).id
    'dns-time'
    """
    if cell.method != "question":
        return None
    return catalogue(say.code).get(cell.argument)
