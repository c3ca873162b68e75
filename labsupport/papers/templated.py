"""Papers that a template makes, and the plain text of a page.

What a paper says is written once, in its template: its plain text is read from its page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from labsupport.papers.forms import BLANK, TRAINING, WIDTH, Paper, filled, heading, page
from labsupport.papers.templates import filled_in, text_of
from labsupport.results import Table
from labsupport.tree import as_html

if TYPE_CHECKING:
    from bs4 import Tag

INLINE = {"a", "b", "br", "code", "em", "i", "small", "span", "strong", "wbr"}
AS_LINES = ".order, pre"  # in which the end of a line is one


@dataclass(eq=False, repr=False, kw_only=True)
class Templated(Paper):
    """A paper that a template makes; it is called `paper` there.

    `gist` says in a sentence what it is. One with rows is shown as these.
    """

    template: ClassVar[str]
    style: ClassVar[str]
    title: str
    file: str
    gist: str
    banner: str = TRAINING

    @property
    def sentence(self) -> str:
        return self.gist

    def made(self) -> str:
        """Return it as HTML."""
        return filled_in(self.template, self.say, paper=self)

    @property
    def html(self) -> str:
        return page(
            self.title,
            self.made(),
            self.say.code,
            banner=self.say(self.banner),
            style=text_of(self.style),
        )

    @property
    def text(self) -> str:
        return plain(self.html) + "\n"

    def __repr__(self) -> str:
        if self.tabulated():
            return super().__repr__()
        return "\n\n".join(
            [self.sentence, *map(filled, self.notes), plain(as_html(*self.fact_nodes()))]
        )


def plain(html: str) -> str:
    """Return a page as plain text, in lines that fit a sheet.

    >>> print(plain("<h2>Ports</h2><p>Two <b>are</b> known:</p><ul><li>53</li></ul>"))
    Ports
    -----
    <BLANKLINE>
    Two are known:
    <BLANKLINE>
    – 53
    """
    from bs4 import BeautifulSoup  # late: a paper is seldom wanted as text

    tree = BeautifulSoup(re.sub("<(?:br|wbr)>", _broken, html), "html.parser")
    for unseen in tree.select("head, style, .watermark"):
        unseen.decompose()
    for code in tree.select("code"):
        code.string = f"`{code.get_text()}`"
    for tag in tree.select(AS_LINES):
        for text in tag.find_all(string=True):
            text.replace_with(text.replace("\n", "\v"))
    return "\n\n".join(_parts(tree))


def _broken(tag: re.Match[str]) -> str:
    return "\v" if tag.group() == "<br>" else ""


def _parts(tag: Tag) -> Iterator[str]:
    """Yield the paragraphs in a tag."""
    words = ""
    for child in (*tag.children, None):
        name = getattr(child, "name", None)
        if child is not None and (name is None or name in INLINE):
            words += child.get_text()
            continue
        if words.strip():
            yield _lines(words)
            words = ""
        if child is not None:
            yield from _block(child)


def _block(tag: Any) -> Iterator[str]:
    words = _lines(tag.get_text())
    if tag.name == "h1":
        yield words.upper()
    elif tag.name in ("h2", "summary"):
        yield heading(words)
    elif tag.name in ("ul", "ol"):
        yield "\n".join(_items(tag))
    elif tag.name == "table":
        yield _table(tag)
    elif {"line", "ruled"} & set(tag.get("class", ())):
        lines = 3 if "tall" in tag["class"] else 1
        yield "\n\n".join([*_parts(tag), "\n".join([BLANK] * lines)])
    else:
        yield from _parts(tag)


def _items(tag: Tag) -> Iterator[str]:
    for number, item in enumerate(tag.find_all("li", recursive=False), 1):
        first, *more = [*_parts(item)] or [""]
        sign = f"{number}." if tag.name == "ol" else "–"
        yield filled(f"{sign} {' '.join(first.split())}", "   ")
        yield from more


def _table(tag: Tag) -> str:
    """Return a table as text, and one that is too wide row by row."""
    rows = [_cells(row) for row in tag.find_all("tr")]
    caption = tag.caption.get_text() if tag.caption else ""
    if not tag.thead:
        parts = [filled(f"– {label}: {' '.join(cells)}", "   ") for label, *cells in rows]
        return "\n".join(filter(None, [_lines(caption), *parts]))
    heads, *others = rows
    text = Table(caption, heads, tuple(others)).text()
    if all(len(line) <= WIDTH for line in text.splitlines()):
        return text
    parts = [_lines(caption)]
    for row in others:
        fields = [
            filled(f"    {head}: {cell or BLANK}", "        ")
            for head, cell in zip(heads, row, strict=False)
        ]
        parts.append("–" + "\n".join(fields)[3:])
    return "\n".join(parts)


def _cells(row: Tag) -> tuple[str, ...]:
    return tuple(" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"]))


def _lines(text: str) -> str:
    return "\n".join(filled(" ".join(line.split())) for line in text.strip().split("\v"))
