"""What every answer offers: a sentence, a table, a picture, its limits, where it came from.

A result holds facts; its words are made when somebody looks. Everything that came from
outside is escaped on the way out. This module knows no network.
"""

from __future__ import annotations

import base64
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, Never, TypeVar
from urllib.parse import quote

from labsupport.bounds import LONGEST_CELL, MOST_ROWS
from labsupport.kinds import Kind, Provenance, Source
from labsupport.language import Language, limits
from labsupport.picture import Picture
from labsupport.tree import Element, Node, as_html, bare, element, mime_bundle
from labsupport.visible import NO_MATHS, cut, visible

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


# The badge of each kind: a sign that does not rely on colour, and a word.
BADGES: dict[Kind, tuple[str, str]] = {
    Kind.FOUND: ("✓", "results.found"),
    Kind.NO_SUCH_TYPE: ("○", "results.exists_but_not_type"),
    Kind.NO_SUCH_NAME: ("∅", "results.does_not_exist"),
    Kind.REFUSED: ("⊘", "results.refused"),
    Kind.FAILED: ("✗", "results.failed"),
    Kind.NO_SERVER: ("–", "results.no_server_published"),
    Kind.NO_ANSWER: ("…", "results.no_answer"),
    Kind.NOT_COVERED: ("?", "results.not_covered"),
    Kind.NOT_ASKED: ("!", "results.not_asked"),
}
# Quiet colours beside the signs. What is found is neither good nor bad: a forgery is found too.
UNSURE = (Kind.REFUSED, Kind.NO_ANSWER, Kind.NOT_COVERED, Kind.NOT_ASKED)
TONES: dict[Kind | None, str] = {Kind.FOUND: "found", Kind.FAILED: "bad"}
TONES |= dict.fromkeys(UNSURE, "warn")


SOURCES: dict[Source, str] = {
    Source.LAB: "results.lab",
    Source.LIVE: "results.live",
    Source.RECORDING: "results.recording",
}


def came_from(provenance: Provenance, say: Language) -> str:
    """Return in words where an answer came from."""
    server, when = provenance.server, utc(provenance.time)
    if provenance.source is Source.RECORDING:
        if not server:
            return say("results.recording_made_when", when=when)
        if not provenance.answered:
            return say("results.recording_server_asked_when", server=server, when=when)
        return say("results.recording_server_answered_when", server=server, when=when)
    if server:
        how = "answered" if provenance.answered else "was_asked"
        key = (
            f"results.lab_{how}"
            if provenance.source is Source.LAB
            else f"results.live_{how}"
        )
        return say(key, server=server, when=when)
    if provenance.source is Source.LIVE:
        return say("results.the_real_internet_when", when=when)
    return say("results.lab_internet_invented_data", when=when)


T = TypeVar("T")
Column = tuple[str, Callable[[T], object]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, with a caption.

    >>> Table("Ports", ("service", "port"), (("DNS", 53),)).text()
    'Ports\\nservice | port\\n--------+-----\\nDNS     | 53'
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    @classmethod
    def of(cls, caption: str, each: Iterable[T], *columns: Column[T]) -> Table | None:
        """Return a row for each of something: of each column its heading, and what it says of one.

        Without anything to list, return None.

        >>> Table.of("Names", ["eva"], ("name", str.title), ("letters", len)).rows
        (('Eva', 3),)
        """
        rows = []
        for thing in each:
            rows.append(tuple(cell(thing) for _, cell in columns))
        if not rows:
            return None
        headings = tuple(heading for heading, _ in columns)
        return cls(caption, headings, tuple(rows))

    def frame(self) -> pd.DataFrame:
        """Return the table for further work with pandas."""
        import pandas as pd

        # What stands in a frame is shown by pandas, which spells out nothing.
        pd.set_option("display.html.use_mathjax", False)
        rows = [list(map(_spelt_out, row)) for row in self.rows]
        frame = pd.DataFrame(rows, columns=list(map(visible, self.columns)))
        frame.attrs["caption"] = self.caption
        return frame

    def shown(self, say: Language) -> Table:
        """Return the table as far as it is shown; its caption says what is cut.

        >>> long = Table("Ports", ("port",), tuple((port,) for port in range(2000)))
        >>> short = long.shown(Language.load("en"))
        >>> len(short.rows), short.caption
        (1000, 'Ports. Only the first 1,000 of 2,000 rows are shown; .table has all.')
        """
        caption, rows = self.caption, self.rows
        if len(rows) > MOST_ROWS:
            count, every = say.number(MOST_ROWS), say.number(len(rows))
            caption += ". " + say("results.first_rows_shown", count=count, all=every)
            rows = rows[:MOST_ROWS]
        if any(len(str(cell)) > LONGEST_CELL for row in rows for cell in row):
            caption += ". " + say("results.what_ends_cut_table")
            rows = tuple(tuple(map(_cut, row)) for row in rows)
        return Table(caption, self.columns, rows)

    def text(self) -> str:
        """Return the table as plain text."""
        cells = []
        for row in (self.columns, *self.rows):
            cells.append([visible(str(cell)) for cell in row])
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = []
        for spelt in cells:
            padded = map(str.ljust, spelt, widths)
            lines.append(" | ".join(padded).rstrip())
        rule = "-+-".join("-" * width for width in widths)
        return "\n".join([visible(self.caption), lines[0], rule, *lines[1:]])

    def nodes(self, say: Language) -> list[Node]:
        """Return the table as it is shown: its first rows, and a fold with all of them."""
        title = say("results.all_rows", count=len(self.rows))
        fit = fitting(("".join(map(str, row)) for row in self.rows), FIRST_LETTERS)
        # one row more is shorter than a fold
        if len(self.rows) <= min(fit, FIRST_ROWS + 1):
            return [self._node(title)]
        first = Table(self.caption, self.columns, self.rows[: min(fit, FIRST_ROWS)])
        return [first._node(title), fold("lab-all", title, self._node(title))]

    def _node(self, title: str) -> Element:
        """All rows, with the caption and the headings marked as such.

        `title` is that of a fold, should the front end have less room than for all of them.
        """
        head = [element("th", heading, scope="col") for heading in self.columns]
        body = [element("tr", *map(_cell, map(str, row))) for row in self.rows]
        return element(
            "table",
            element("caption", self.caption),
            element("thead", element("tr", *head)),
            element("tbody", *body),
            data_all=title,
        )


def _spelt_out(cell: object) -> object:
    """Return a cell for pandas, which shows text as it is."""
    return visible(cell) if isinstance(cell, str) else cell


def _cut(cell: object) -> str:
    return cut(str(cell), LONGEST_CELL)


FIRST_ROWS = 6
FIRST_LETTERS = 900
# A chart is shown this large at most (frontend/style/index.css), with letters of this height.
PIXELS_WIDE, PIXELS_HIGH, LETTER_PIXELS = 900, 420, 15
LONGEST_WORD = 40


def fitting(parts: Iterable[str], letters: int) -> int:
    """Return how many parts have no more letters than this together; one at least.

    >>> fitting(["one", "two", "three"], 6)
    2
    """
    return sum(count <= letters for count in accumulate(map(len, parts))) or 1


def section(say: Language, *body: Node) -> Element:
    """Return a part of its own, which says its language and has no mathematics."""
    return element("section", *body, lang=say.code, class_=NO_MATHS)


def unbroken(text: str) -> list[Node]:
    """Return text in which names, dates and numbers with hyphens stay on one line.

    >>> as_html(*unbroken("since 2026-11-02"))
    'since <span class="lab-whole">2026-11-02</span>'
    """
    nodes: list[Node] = []
    before = 0
    for word in _HYPHENED.finditer(text):
        if len(word[0]) <= LONGEST_WORD and re.search(r"[.\d]", word[0]):
            nodes += [
                text[before : word.start()],
                element("span", word[0], class_="lab-whole"),
            ]
            before = word.end()
    return [node for node in (*nodes, text[before:]) if node != ""]


_HYPHENED = re.compile(r"[^\s-]*-\S*")


def small(text: str) -> Element:
    """Return a remark."""
    return element("p", *unbroken(text), class_="lab-note")


def fold(look: str, title: str, *body: Node, **attributes: str | bool) -> Element:
    """Return what stands behind its title until somebody opens it."""
    return element(
        "details", element("summary", title), *body, class_=look, **attributes
    )


def open_part(title: str, *body: Node, is_open: bool = True) -> Element:
    """Return what stands open below its title, and can be folded away."""
    summary = element("summary", element("strong", title))
    return element("details", summary, *body, class_="lab-same", open=is_open)


def _cell(text: str) -> Element:
    """A cell in which names, dates and addresses stay whole."""
    if max(map(len, text.split()), default=0) > LONGEST_WORD:
        return element("td", text, class_="lab-long")
    return element("td", *unbroken(text))


@dataclass(frozen=True)
class Figure:
    """A picture with its title, its description in words, and its data.

    `draw` puts it on matplotlib's axes when it is shown. Text readers get the title, `alt`
    and the data; so do tests, since pictures are hard to compare.
    """

    title: str
    alt: str
    data: Table
    draw: Callable[[Axes], None]
    say: Language
    size: tuple[float, float] = (8.0, 4.0)

    def __post_init__(self) -> None:
        for words in ("title", "alt"):
            object.__setattr__(self, words, visible(getattr(self, words)))

    def svg(self) -> bytes:
        """Return the picture as an SVG file, the same on every machine; its letters are drawn."""
        import logging

        from matplotlib import rc_context

        # That it lists the machine's fonts, and that this takes a while, is nothing to a reader.
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        # Letters are as high as they must be when the chart is shown.
        width, height = self.size
        points = LETTER_PIXELS * max(
            width * 72 / PIXELS_WIDE, height * 72 / PIXELS_HIGH
        )
        # A dollar sign is a dollar sign; marks are named alike each time.
        with rc_context(
            {"text.parse_math": False, "svg.hashsalt": "lab", "font.size": points}
        ):
            return self._drawn()

    def _drawn(self) -> bytes:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure as Canvas
        from matplotlib.text import Text

        canvas = Canvas(figsize=self.size, layout="constrained")
        paper = FigureCanvasSVG(canvas)
        axes = canvas.add_subplot()
        self.draw(axes)
        for text in canvas.findobj(Text):
            text.set_text(visible(text.get_text()))
        # the words beside an axis are set when it is drawn
        for axis in (
            axes.xaxis,
            axes.yaxis,
        ):
            labels = [label.get_text() for label in axis.get_majorticklabels()]
            if (spelt := list(map(visible, labels))) != labels:
                axis.set_ticklabels(spelt)
        stream = io.BytesIO()
        paper.print_svg(stream, metadata={"Date": None})  # type: ignore[no-untyped-call]
        return stream.getvalue()

    def __repr__(self) -> str:
        return f"{self.title}\n{cut(self.alt)}\n\n{self.data.shown(self.say).text()}"

    @property
    def page(self) -> Element:
        """The picture, and a fold with the same in words and as a table."""
        say, shown = self.say, None
        try:
            source = (
                f"data:image/svg+xml;base64,{base64.b64encode(self.svg()).decode()}"
            )
            shown = element("img", class_="lab-picture", src=source, alt=cut(self.alt))
            title = say("results.same_words_table")
        except ImportError:
            title = say("results.words_table_chart_needs")
        words = [small(cut(self.alt)), *self.data.shown(say).nodes(say)]
        heading = element("p", element("strong", self.title))
        return section(
            say, heading, *filter(None, [shown]), fold("lab-same", title, *words)
        )

    def _repr_html_(self) -> str:
        return as_html(*bare(self.page))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return mime_bundle(self.page)


@dataclass(eq=False, repr=False)
class Result(ABC):
    """An answer that explains itself.

    Attributes: `kind` is one of the kinds of answer, None for what is no answer to a
    question; `provenance` says where it came from; `notes` are remarks about how the
    question was understood; `written` names the files that were made, beside the notebook. What
    another kind of answer knows besides are its own fields. `LIMITS` are the keys of what it does
    not prove, or the words, where that does not depend on the facts.
    """

    LIMITS: ClassVar[tuple[str, ...]] = ()
    say: Language
    kind: Kind | None
    provenance: Provenance | None
    notes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The answer in plain language."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What this answer does not prove."""
        return limits(self.say, *self.LIMITS)

    def tabulated(self) -> Table | None:
        """The facts as rows, or None where there is nothing to list."""
        return None

    @property
    def table(self) -> pd.DataFrame | Missing:
        """The facts as a pandas DataFrame; empty where there is nothing to list."""
        try:
            return (self.tabulated() or Table("", (), ())).frame()
        except ImportError:
            return Missing(self.say("results.table_work_needs_pandas"))

    def _picture(self) -> Picture | None:
        """The answer as a picture with its states, where that is looked at rather than rows."""
        return None

    def figure(self) -> Figure | Picture | Missing:
        """The answer as a picture, or a sentence where a picture would not help."""
        return self._picture() or Missing(self.say("results.there_no_picture_answer"))

    def __repr__(self) -> str:
        badge = f"[{self._badge()}] " if self._badge() else ""
        parts = [
            badge + visible(cut(self.sentence)),
            *map(visible, map(cut, self.notes)),
        ]
        if table := self.tabulated():
            parts.append(table.shown(self.say).text())
        if self.limits:
            parts.append(
                self.say("results.what_does_not_prove", limits=" ".join(self.limits))
            )
        if self.provenance:
            parts.append(visible(came_from(self.provenance, self.say)))
        return "\n\n".join(parts)

    @property
    def page(self) -> Element:
        """The answer as a tree."""
        parts: list[Node] = [self._sentence_node()]
        facts, picture = [*self.note_nodes(), *self.fact_nodes()], self._picture()
        parts += picture.nodes(facts) if picture else facts
        parts += map(self._file_node, self.written)
        if self.limits:
            parts.append(self._limits_node())
        if self.provenance:
            text = small(came_from(self.provenance, self.say))
            parts.append(
                fold("lab-origin", self.say("results.where_this_came_from"), text)
            )
        return section(self.say, *parts)

    def _repr_html_(self) -> str:
        return as_html(*bare(self.page))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return mime_bundle(self.page)

    def _sentence_node(self) -> Element:
        parts: list[Node] = []
        if badge := self._badge():
            tone = f"lab-{TONES.get(self.kind, 'plain')}"
            parts = [element("span", badge, class_=f"lab-badge {tone}"), " "]
        sentence = element("strong", *unbroken(cut(self.sentence)))
        return element("p", *parts, sentence, class_="lab-sentence")

    def note_nodes(self) -> list[Node]:
        """The remarks below the sentence, as they are shown."""
        if not self.notes:
            return []
        notes = [small(cut(note)) for note in self.notes]
        return [element("div", *notes, data_again=self._again("results.notes_again"))]

    def _limits_node(self) -> Element:
        """The limits, whole and unfolded: what of them stands above, the answer does not know.

        Of folds with one name a browser keeps one open. So a front end that is not the course's
        own folds limits that it has shown before.
        """
        items = [element("li", *unbroken(limit)) for limit in self.limits]
        again = self._again("results.limits_again")
        text = element("ul", *items, data_again=again, class_="lab-limit-list")
        named = sha256(as_html(*items).encode()).hexdigest()[:8]
        title = self.say("results.label_what_does_not_prove")
        return fold("lab-limits", title, text, name=f"lab-limits-{named}", open=True)

    def _again(self, key: str) -> str:
        """Say by what title a fold goes that holds what stands open further up already."""
        return self.say(key, count="{count}")

    def _file_node(self, name: str) -> Element:
        ways = {"download": self.say("results.download")}
        # a browser shows nothing to read of these
        if not name.endswith((".json", ".zip")):
            ways = {"open": self.say("results.open")} | ways
        if name.endswith(".html"):
            ways["print"] = self.say("results.print")
        links: list[Node] = []
        for way, word in ways.items():
            links += [" ", element("a", word, class_=f"lab-{way}", href=quote(name))]
        return element("p", element("code", name), *links, class_="lab-files")

    def fact_nodes(self) -> list[Node]:
        """The facts as they are shown: their table, or what reads better for them."""
        table = self.tabulated()
        return table.shown(self.say).nodes(self.say) if table else []

    def _badge(self) -> str:
        parts = []
        if self.provenance is not None:
            parts.append(self.say(SOURCES[self.provenance.source]))
        if self.kind is not None:
            sign, word = BADGES[self.kind]
            parts.append(f"{sign} {self.say(word)}")
        return " · ".join(parts)


class Statement(Result):
    """A result whose words are ready: a list, a help text, that something was done."""

    def __init__(  # noqa: PLR0913 - the fields of a result, with its words
        self,
        say: Language,
        kind: Kind | None,
        sentence: str,
        notes: tuple[str, ...] = (),
        provenance: Provenance | None = None,
        table: Table | None = None,
        written: tuple[str, ...] = (),
    ) -> None:
        super().__init__(say, kind, provenance, notes, written)
        self._sentence = sentence
        self._table = table

    @property
    def sentence(self) -> str:
        return self._sentence

    def tabulated(self) -> Table | None:
        return self._table


class Explanation(Statement):
    """Says why a question has no answer: it could not be read, or asked, or nobody answered.

    A question returns its own page or this. What only the page has is missing here: asked for, it
    raises AttributeError, so to a type checker `lab.whois("…").text` is text.
    """

    kind: Kind

    def __init__(  # noqa: PLR0913 - those of a statement, which writes no file here
        self,
        say: Language,
        kind: Kind,
        sentence: str,
        notes: tuple[str, ...] = (),
        provenance: Provenance | None = None,
        table: Table | None = None,
    ) -> None:
        super().__init__(say, kind, sentence, notes, provenance, table)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Never: ...


@dataclass(frozen=True)
class Missing:
    """Says why there is no picture, or no table to work with: what is asked of those, it raises."""

    sentence: str

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Never: ...

        def __getitem__(self, key: object) -> Never: ...

        def __len__(self) -> Never: ...

    def __repr__(self) -> str:
        return self.sentence


def utc(time: float) -> str:
    """Return seconds since 1970 as a date and time.

    >>> utc(1793620800)
    '2026-11-02 12:00:00 UTC'
    """
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # outside the calendar
        return "–"


def span(say: Language, seconds: float) -> str:
    """Return a length of time in words, in its largest whole units.

    >>> span(Language.load("en"), 3600)
    '1 hour'
    >>> span(Language.load("en"), 5400)
    '1 hour 30 minutes'
    """
    days, rest = divmod(round(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    units = {"days": days, "hours": hours, "minutes": minutes, "seconds": rest}
    units = {unit: count for unit, count in units.items() if count} or {"seconds": 0}
    parts = [say(f"results.{unit}", count=count) for unit, count in units.items()]
    return " ".join(parts[:2])
