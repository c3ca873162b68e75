"""Prints a tree as plain text, in lines that fit a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from labsupport.papers.forms import BLANK, WIDTH, filled, heading
from labsupport.results import Table
from labsupport.tree import VOID, Element, Node, elements, looks

INLINE = {"a", "b", "br", "code", "em", "i", "mark", "small", "span", "strong", "wbr"}
UNSEEN = {"head", "style", "svg"}
AS_LINES = ("order", "lab-letter")  # in which the end of a line is one
END = "\v"  # of a line that stays one


def as_text(*nodes: Node) -> str:
    """Print nodes as plain text.

    >>> from labsupport.tree import element
    >>> print(as_text(element("h2", "Ports"), element("ul", element("li", "53"))))
    Ports
    -----
    <BLANKLINE>
    – 53
    """
    return "\n\n".join(_parts(nodes))


def _parts(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the paragraphs in nodes."""
    paragraph = ""
    for node in nodes:
        if isinstance(node, str) or node.tag in INLINE:
            paragraph += _words(node)
            continue
        if paragraph.strip():
            yield _lines(paragraph)
            paragraph = ""
        yield from _block(node)
    if paragraph.strip():
        yield _lines(paragraph)


def _block(node: Element) -> Iterator[str]:
    if node.tag in UNSEEN or looks(node, "watermark"):
        return
    if node.tag == "pre" or any(looks(node, look) for look in AS_LINES):
        node = _with_lines(node)
    if node.tag == "h1":
        yield _lines(_words(node)).upper()
    elif node.tag in ("h2", "summary"):
        yield heading(_lines(_words(node)))
    elif node.tag in ("ul", "ol"):
        yield "\n".join(_items(node))
    elif node.tag == "table":
        yield _table(node)
    elif looks(node, "line") or looks(node, "ruled"):
        lines = 3 if looks(node, "tall") else 1
        yield "\n\n".join([*_parts(node.children), "\n".join([BLANK] * lines)])
    else:
        yield from _parts(node.children)


def _with_lines(node: Element) -> Element:
    children: list[Node] = []
    for child in node.children:
        kept = (
            child.replace("\n", END) if isinstance(child, str) else _with_lines(child)
        )
        children.append(kept)
    return Element(node.tag, node.attributes, tuple(children))


def _items(node: Element) -> Iterator[str]:
    items = (
        child
        for child in node.children
        if isinstance(child, Element) and child.tag == "li"
    )
    for number, item in enumerate(items, 1):
        first, *more = [*_parts(item.children)] or [""]
        sign = f"{number}." if node.tag == "ol" else "–"
        yield filled(f"{sign} {' '.join(first.split())}", "   ")
        yield from more


def _table(table: Element) -> str:
    """Return a table as text, and one that is too wide row by row."""
    inside = [*elements(*table.children)]
    rows = [_cells(one) for one in inside if one.tag == "tr"]
    caption = "".join(_words(one) for one in inside if one.tag == "caption")
    if not any(one.tag == "thead" for one in inside):
        parts = [
            filled(f"– {label}: {' '.join(cells)}", "   ") for label, *cells in rows
        ]
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


def _cells(row: Element) -> tuple[str, ...]:
    cells = (cell for cell in elements(*row.children) if cell.tag in ("th", "td"))
    return tuple(" ".join(" ".join(_strings(cell)).split()) for cell in cells)


def _words(node: Node) -> str:
    return "".join(_strings(node))


def _strings(node: Node) -> Iterator[str]:
    """Yield the texts in a node, code between backticks."""
    if isinstance(node, str):
        yield node
    elif node.tag == "br":
        yield END
    elif node.tag == "code":
        yield f"`{''.join(map(_words, node.children))}`"
    else:
        for child in node.children:
            yield from _strings(child)


def _lines(text: str) -> str:
    return "\n".join(filled(" ".join(line.split())) for line in text.strip().split(END))


def plain(html: str) -> str:
    """Return a page that a template has made as plain text.

    >>> print(plain("<h2>Ports</h2><p>Two <b>are</b> known:</p><ul><li>53</li></ul>"))
    Ports
    -----
    <BLANKLINE>
    Two are known:
    <BLANKLINE>
    – 53
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return as_text(*reader.open[0][1])


class _Reader(HTMLParser):
    """Makes nodes of a page whose elements are all closed, as those of the templates are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[Element, list[Node]]] = [(Element("html"), [])]

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        named = {name: True if value is None else value for name, value in attributes}
        self.open.append((Element(tag, named), []))
        if tag in (*VOID, "meta", "link"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        made, children = self.open.pop()
        self.open[-1][1].append(Element(tag, made.attributes, tuple(children)))

    def handle_data(self, text: str) -> None:
        self.open[-1][1].append(text)
