"""An order as a marked document: each name with what it was taken for, findings at their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from labsupport.language import Language
from labsupport.orders.order import Mention, Order, Span, TargetPart
from labsupport.orders.vocabulary import Expression, Expressions
from labsupport.results import fold
from labsupport.tree import Element, Node, element
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
    TargetPart.OTHER_ACT: ("◇", "marked.of_another_act"),
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
    cells: str = ""  # what it can be lit by, with spaces between


def marked(
    text: str,
    order: Order,
    findings: Sequence[Told],
    say: Language,
    *,
    language: str,
    counts: Sequence[str] = (),
    cells: Sequence[tuple[Span, str]] = (),
    editable: bool = False,
) -> Element:
    """Return a text and what was found in it.

    `cells` are places that can be lit, each with what it is called.

    `counts` says how many things there were to look at, review by review. What is `editable` needs
    the form (data/course/form) that it stands in. Elsewhere the paragraphs without a mark are left
    out, and stand in a fold with the others.
    """
    shown = cut(text, LONGEST)
    names = sorted(order.mentions, key=lambda one: one.part is not TargetPart.UNSURE)
    every = enumerate(findings, start=1)
    numbered = [
        (span, number) for number, one in every for span in one.places[:MOST_PLACES]
    ]
    pieces = list(_pieces(shown, names[:MOST_NAMES], numbered, cells))
    short = [] if editable else list(_shortened(pieces))
    writer = _Writer(findings, say, language, editable=editable)
    document = [element("p", remark) for remark in _remarks(text, names, findings, say)]
    if counted := counted_so_far(counts, say):
        document.insert(0, element("p", element("strong", counted)))
    whole = [number for number, told in enumerate(findings, start=1) if not told.places]
    if whole:
        numbers: list[Node] = []
        for number in whole:
            numbers += [" ", writer.number(number)]
        about = say("marked.about_order_whole")
        document.append(element("p", about, *numbers, class_="lab-whole-order"))
    if editable:
        document.append(_buttons(say))
    document.append(writer.letter(short or pieces))
    if editable:
        again = element(
            "button", say("marked.review_again"), type="submit", value="review"
        )
        document.append(element("p", again))
    if short:
        title = say("marked.the_whole_text")
        document.append(fold("lab-all", title, writer.letter(pieces)))
    page: list[Node] = [element("div", *document, class_="lab-document")]
    if findings:
        folds = listed(
            findings, say, language=language, text=text if editable else None
        )
        page.append(element("div", *folds, class_="lab-findings"))
    return element("div", *page, class_="lab-marked")


def _remarks(
    text: str, names: Sequence[Mention], findings: Sequence[Told], say: Language
) -> Iterator[str]:
    """Say what is not sure, and what is not shown."""
    if unsure := sum(name.part is TargetPart.UNSURE for name in names):
        yield say("marked.unsure", count=unsure)
    if len(names) > MOST_NAMES:
        yield say("marked.more_names", count=len(names) - MOST_NAMES)
    if any(len(told.places) > MOST_PLACES for told in findings):
        yield say("marked.more_places", count=MOST_PLACES)
    if len(text) > LONGEST:
        yield say("marked.is_cut")


def _buttons(say: Language) -> Element:
    edit = element("button", say("marked.edit_the_text"), type="button", data_edit=True)
    copied = say("marked.copied")
    copy = element(
        "button", say("marked.copy_the_text"), type="button", data_copied=copied
    )
    return element("p", edit, " ", copy)


@dataclass(frozen=True)
class _Writer:
    """Writes a text with its marks; what is `editable` can be pressed and changed."""

    findings: Sequence[Told]
    say: Language
    language: str
    editable: bool = field(kw_only=True)

    def number(self, number: int) -> Element:
        """The number of a finding, which leads to it."""
        look, leads = "lab-number", str(number)
        if not self.editable:
            return element("span", leads, class_=look, data_finding=leads)
        title = f"{number}: {self.findings[number - 1].title}"
        named = {"class_": look, "data_finding": leads, "aria_label": title}
        return element("button", leads, type="button", **named)

    def letter(self, pieces: Sequence[Piece]) -> Element:
        """The text."""
        nodes: list[Node] = []
        for piece in pieces:
            is_marked = piece.part or piece.numbers
            look = "lab-name" if piece.part else None
            node: Node = piece.text
            if is_marked:
                node = element("mark", piece.text, class_=look)
            if piece.cells:
                node = element("span", node, data_cells=piece.cells)
            nodes.append(node)
            if piece.name:
                nodes.append(self._choice(piece, piece.name))
            nodes += map(self.number, piece.ended)
        region = {}
        if self.editable:
            label = self.say("marked.the_text_marked")
            region = {"tabindex": "0", "role": "region", "aria_label": label}
        return element("div", *nodes, class_="lab-letter", lang=self.language, **region)

    def _choice(self, piece: Piece, name: Mention) -> Element:
        """What a name was taken for; in a form, with what else it can be."""
        say, value = self.say, name.target.value
        if not self.editable:
            sign, word = PARTS[name.part]
            return element(
                "small", f" {sign} {say(word)}", class_="lab-taken", lang=say.code
            )
        # The word comes first: it is chosen by its first letters.
        options = [
            element(
                "option", f"{say(word)} {sign}", value=part, selected=part is piece.part
            )
            for part, (sign, word) in PARTS.items()
        ]
        label = say("marked.name_is", name=value)
        named = {
            "data_press": "taken",
            "name": value,
            "lang": say.code,
            "aria_label": label,
        }
        return element("select", *options, **named)


def listed(
    findings: Sequence[Told], say: Language, *, language: str, text: str | None = None
) -> list[Node]:
    """Return a fold for each finding: six columns would be too narrow, and all at once too much.

    One is open at a time. With `text`, which is being edited, a wording can be put into it.
    """
    return [
        _finding(number, told, say, language, text)
        for number, told in enumerate(findings, start=1)
    ]


def _finding(
    number: int, told: Told, say: Language, language: str, text: str | None
) -> Element:
    nodes: list[Node] = [
        element("div", detail, class_="lab-detail") for detail in told.details
    ]
    for key, words in (
        ("review.where_in_the_order", told.where),
        ("review.why_it_matters", told.reason),
    ):
        label = element("em", f"{say(key)}:")
        nodes.append(element("div", label, f" {words}", class_="lab-detail"))
    if told.wording:
        label = element("em", f"{say('review.another_technical_wording')}:")
        wording = element("span", told.wording, lang=language)
        nodes.append(element("div", label, " ", wording, class_="lab-detail"))
    if told.wording and text is not None:
        insert = element(
            "button",
            say("review.insert_this_wording"),
            type="button",
            data_insert=told.wording,
            data_at=str(told.put_in(text)),
            data_said=say("marked.inserted"),
        )
        nodes.append(element("p", insert, " ", element("span")))
    source = f"{say('review.source')}: {told.reference}"
    nodes.append(element("div", source, class_="lab-note"))
    title = (
        element("span", str(number), class_="lab-number"),
        " ",
        element("span", told.severity, class_="lab-badge"),
        " ",
        element("strong", told.title),
    )
    summary = element("summary", *title)
    return element("details", summary, *nodes, class_="lab-finding", name="lab-finding")


def counted_so_far(counts: Sequence[str], say: Language) -> str:
    """Say how many things there were to look at, review by review; "" before the second one.

    >>> counted_so_far(("11 (2 serious)", "4", "none"), Language.load("en"))
    'Things to look at, review by review: 11 (2 serious) → 4 → none.'
    """
    return say("marked.counts", counts=" → ".join(counts)) if counts[1:] else ""


def _pieces(
    text: str,
    names: Sequence[Mention],
    numbered: Sequence[tuple[Span, int]],
    cells: Sequence[tuple[Span, str]] = (),
) -> Iterator[Piece]:
    """Cut a text wherever a name or a finding's place begins or ends."""
    named = [((one.target.start, one.target.end), one) for one in names]
    spans = [span for span, _ in (*named, *numbered, *cells)]
    edges = {edge for edge in chain.from_iterable(spans) if edge < len(text)}
    for start, end in pairwise(sorted({0, len(text), *edges})):
        of = [one for span, one in named if span[0] <= start and end <= span[1]]
        about = [
            (span, one) for span, one in numbered if span[0] <= start and end <= span[1]
        ]
        part, numbers = of[0].part if of else None, tuple(number for _, number in about)
        name = next((one for one in of if one.target.end == end), None)
        ended = tuple(number for span, number in about if span[1] == end)
        lit = [cell for (first, last), cell in cells if first <= start and end <= last]
        yield Piece(
            text[start:end], part, numbers, name, ended, " ".join(dict.fromkeys(lit))
        )


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
