"""An order as a marked document: each name with what it was taken for, findings at their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from labsupport.language import Language
from labsupport.orders.order import Mention, Order, Span, TargetPart
from labsupport.orders.vocabulary import Expression, Expressions
from labsupport.papers.templates import filled_in
from labsupport.visible import cut

# More is neither read nor drawn in good time; the page says so.
MOST_NAMES = 200  # that are marked, what is not sure first
MOST_PLACES = 20  # of one finding that are numbered
LONGEST_NAME = 60  # of who signs an order: a longer line, without a formula, is none of its closing
LONGEST = 1_000_000  # characters of a text: some 300 pages

# What a name can be taken for, each with a sign; what is not sure stands first.
PARTS = {
    TargetPart.UNSURE: ("?", "marked.not_sure_counts_nothing"),
    TargetPart.TARGET: ("⊘", "marked.to_be_blocked"),
    TargetPart.EXCEPTION: ("✓", "marked.not_to_be_touched"),
    TargetPart.ACTS: ("→", "marked.who_acts"),
    TargetPart.CONTACT: ("@", "marked.contact_for_mistakes"),
    TargetPart.MENTIONED: ("○", "marked.mentioned_no_more"),
}
BLANK_LINE = "\n\n"


class _Expressions(Expressions, part="marked"):
    """Where the closing of an order begins."""

    formula = Expression()
    date = Expression()


RE = _Expressions()
# Where something can be put in behind what a finding is about: where a line ends with its
# sentence, or a paragraph does.
ENDS = re.compile(r"[.;:][”\"»)]*[ \t]*(?=\n|\Z)|(?=\n[ \t]*\n)|\Z")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, and its places in the text; none where it is about the whole order."""

    severity: str
    title: str
    details: tuple[str, ...]
    where: str
    reason: str
    reference: str
    wording: str
    places: tuple[Span, ...]

    def put_in(self, text: str) -> int:
        """Return where its wording goes in, counted as a browser counts: in UTF-16.

        One on the order as a whole goes in before its closing.

        >>> told = Told("note", "No end", (), "", "", "", "Until […].", ((6, 15),))
        >>> text = "Block a.example.\\n\\nThe Judge"
        >>> text[: told.put_in(text)]
        'Block a.example.'
        """
        found = ENDS.search(text, min(self.places)[1]) if self.places else None
        end = found.end() if found else len(text[: _closes_at(text)].rstrip())
        return len(text[:end].encode("utf-16-le", "surrogatepass")) // 2


def _closes_at(text: str) -> int:
    """Return where an order's last formula, date or signature begins; its end without any.

    >>> text = "Block a.example.\\n\\nNOTIFÍQUESE Y CÚMPLASE\\nEl Juez"
    >>> text[_closes_at(text) :].splitlines()
    ['NOTIFÍQUESE Y CÚMPLASE', 'El Juez']
    """
    closes = at = len(text)
    for line in reversed(text.splitlines(keepends=True)):
        at -= len(line)
        dated = closes < len(text) and RE.date.match(line)
        if dated or RE.formula.match(line):
            closes = at
        elif len(line) > LONGEST_NAME:
            break
    return closes


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text that is marked alike.

    `part` is what the name in it was taken for, `numbers` are the findings that it is about;
    `name` and `ended` are those of them that end with it.
    """

    text: str
    part: TargetPart | None = None
    numbers: tuple[int, ...] = ()
    name: Mention | None = None
    ended: tuple[int, ...] = ()


def marked(
    text: str,
    order: Order,
    findings: Sequence[Told],
    say: Language,
    *,
    language: str,
    counts: Sequence[str] = (),
    editable: bool = False,
) -> str:
    """Return HTML of a text and what was found in it.

    `counts` says how many things there were to look at, review by review. What is `editable` needs
    the form (data/course/form) that it stands in. Elsewhere the paragraphs without a mark are left
    out, and stand in a fold with the others.
    """
    shown = cut(text, LONGEST)
    names = sorted(order.mentions, key=lambda one: one.part is not TargetPart.UNSURE)
    every = enumerate(findings, start=1)
    numbered = [(span, number) for number, one in every for span in one.places[:MOST_PLACES]]
    pieces = list(_pieces(shown, names[:MOST_NAMES], numbered))
    return filled_in(
        "papers/marked.html",
        say,
        pieces=pieces,
        short=[] if editable else list(_shortened(pieces)),
        text=text,
        findings=findings,
        language=language,
        counted=counted_so_far(counts, say),
        editable=editable,
        parts=PARTS,
        unsure=sum(one.part is TargetPart.UNSURE for one in names),
        more_names=max(0, len(names) - MOST_NAMES),
        most=MOST_PLACES if any(len(one.places) > MOST_PLACES for one in findings) else 0,
        is_cut=len(text) > LONGEST,
    )


def counted_so_far(counts: Sequence[str], say: Language) -> str:
    """Say how many things there were to look at, review by review; "" before the second one.

    >>> counted_so_far(("11 (2 serious)", "4", "none"), Language.load("en"))
    'Things to look at, review by review: 11 (2 serious) → 4 → none.'
    """
    return say("marked.counts", counts=" → ".join(counts)) if counts[1:] else ""


def _pieces(
    text: str, names: Sequence[Mention], numbered: Sequence[tuple[Span, int]]
) -> Iterator[Piece]:
    """Cut a text wherever a name or a finding's place begins or ends."""
    named = [((one.target.start, one.target.end), one) for one in names]
    edges = {edge for span, _ in (*named, *numbered) for edge in span if edge < len(text)}
    for start, end in pairwise(sorted({0, len(text), *edges})):
        of = [one for span, one in named if span[0] <= start and end <= span[1]]
        about = [(span, one) for span, one in numbered if span[0] <= start and end <= span[1]]
        part, numbers = of[0].part if of else None, tuple(number for _, number in about)
        name = next((one for one in of if one.target.end == end), None)
        ended = tuple(number for span, number in about if span[1] == end)
        yield Piece(text[start:end], part, numbers, name, ended)


def _shortened(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Leave out the paragraphs in which nothing is marked."""
    for place, piece in enumerate(pieces):
        paragraphs = piece.text.split(BLANK_LINE)
        if piece.part or piece.numbers or len(paragraphs) < 3:
            yield piece
            continue
        first = [paragraphs[0]] if place else []
        last = [paragraphs[-1]] if place < len(pieces) - 1 else []
        yield replace(piece, text=BLANK_LINE.join([*first, "[…]", *last]))
