"""A page as a tree: elements and texts, which an answer is built of, and what prints them.

Nobody writes HTML by hand, and nothing is read back from it. `as_html` prints a tree with the
classes by which a style sheet of the course knows its parts, `as_data` prints data for the course's
own front end (JsonML, jsonml.org), and plain_text.py prints text. Texts are made safe there and
nowhere else. `bare` is what is left of a tree for front ends that have no style of the course. What
may stand in data is listed once more where it is drawn, in frontend/src/page.ts: a stored answer
may have been changed by anybody.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from labsupport.visible import NO_MATHS, visible

PAGE = "application/vnd.labsupport.page+json"
VOID = ("br", "img", "input", "wbr")
# What an element has where no style is, and what is left out there whole.
BARE = ("colspan", "lang", "name", "open", "rowspan", "scope", "start")
UNSEEN = ("a", "button", "input", "select", "svg")


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its tag, its attributes, and what stands in it, in this order.

    An attribute that is True stands without a value. Texts are as they are, not yet made safe.
    """

    tag: str
    attributes: Mapping[str, str | bool] = field(default_factory=dict)
    children: tuple[Node, ...] = ()


Node = Union[Element, str]  # noqa: UP007  (it is named before it is whole)


def element(
    tag: str, *children: Node | None, **attributes: str | bool | None
) -> Element:
    """Return an element; what is None is left out, and `class_` or `data_all` is an attribute.

    >>> as_html(element("p", "Who ", element("em", "sees"), " it & why?", lang="en"))
    '<p lang="en">Who <em>sees</em> it &amp; why?</p>'
    """
    kept = tuple(child for child in children if child is not None)
    named = {
        name.rstrip("_").replace("_", "-"): value
        for name, value in attributes.items()
        if value is not None and value is not False
    }
    return Element(tag, named, kept)


def as_html(*nodes: Node) -> str:
    """Print nodes as HTML, in which everything is text but the elements.

    >>> as_html(element("p", "<b>", class_="lab-sentence"))
    '<p class="lab-sentence">&lt;b&gt;</p>'
    """
    return "".join(map(_html, nodes))


def _html(node: Node) -> str:
    if isinstance(node, str):
        return html.escape(visible(node))
    start = node.tag + "".join(_attribute(*one) for one in node.attributes.items())
    if node.tag in VOID:
        return f"<{start}>"
    return f"<{start}>{as_html(*node.children)}</{node.tag}>"


def _attribute(name: str, value: str | bool) -> str:
    return (
        f" {name}" if value is True else f' {name}="{html.escape(visible(str(value)))}"'
    )


def as_data(node: Node) -> Any:
    """Print a node as data for the course's own front end, which knows how it looks.

    >>> as_data(element("p", "Who ", element("em", "sees"), class_="lab-sentence"))
    ['p', {'class': 'lab-sentence'}, 'Who ', ['em', 'sees']]
    """
    if isinstance(node, str):
        return visible(node)
    attributes = {
        name: "" if value is True else visible(str(value))
        for name, value in node.attributes.items()
    }
    return [
        node.tag,
        *([attributes] if attributes else []),
        *map(as_data, node.children),
    ]


def from_data(data: Any) -> Node:
    """Return the node that data was printed from.

    >>> from_data(["p", {"lang": "en"}, "Who ", ["em", "sees"]]) == element(
    ...     "p", "Who ", element("em", "sees"), lang="en"
    ... )
    True
    """
    if isinstance(data, str):
        return data
    tag, *parts = data
    attributes: Mapping[str, str | bool] = {}
    if parts and isinstance(parts[0], Mapping):
        attributes = {name: value or True for name, value in parts.pop(0).items()}
    return Element(tag, attributes, tuple(map(from_data, parts)))


def bare(node: Node) -> Iterator[Node]:
    """Yield what is left of a node where no style is: no look, no picture, no link.

    A picture's words stand in its place, those of a drawing beside it already. What only had a
    look is what is in it. A letter keeps its lines.

    >>> page = element("p", element("span", "Found", class_="lab-badge"), class_="lab-sentence")
    >>> as_html(*bare(page))
    '<p>Found</p>'
    >>> as_html(*bare(element("p", "shop.example", element("span", "2", data_finding="2"))))
    '<p>shop.example [2]</p>'
    """
    if isinstance(node, str):
        yield node
    elif node.tag == "img":
        yield element("p", str(node.attributes.get("alt", "")))
    elif node.tag not in UNSEEN:
        yield from _bare(node)


def _bare(node: Element) -> Iterator[Node]:
    children = [part for child in node.children for part in bare(child)]
    look = node.attributes.get("class")
    kept = {name: value for name, value in node.attributes.items() if name in BARE}
    if look == NO_MATHS:
        kept["class"] = look
    if look == "lab-letter":
        children = [part for child in children for part in _lined(child)]
    if "data-finding" in node.attributes:  # a number that stands in the midst of a text
        yield from (" [", *children, "]")
    elif node.tag == "span" and not kept:
        yield from children
    else:
        yield Element(node.tag, kept, tuple(children))


def _lined(node: Node) -> Iterator[Node]:
    """Yield a node with an element for the end of each line."""
    if isinstance(node, Element):
        lined = (part for child in node.children for part in _lined(child))
        yield Element(node.tag, node.attributes, tuple(lined))
        return
    first, *others = node.split("\n")
    yield first
    for line in others:
        yield element("br")
        yield line


def elements(*nodes: Node) -> Iterator[Element]:
    """Yield all elements, each before those in it."""
    for node in nodes:
        if isinstance(node, Element):
            yield node
            yield from elements(*node.children)


def words(*nodes: Node) -> str:
    """Return the texts in nodes, one after another.

    >>> words(element("p", "Who ", element("em", "sees"), " it?"))
    'Who sees it?'
    """
    return "".join(
        node if isinstance(node, str) else words(*node.children) for node in nodes
    )


def looks(node: Element, look: str) -> bool:
    """Whether an element has this class."""
    return look in str(node.attributes.get("class", "")).split()


def mime_bundle(page: Element) -> dict[str, Any]:
    """Return a page in the forms in which a front end may draw it.

    >>> mime_bundle(element("p", "Yes"))["application/vnd.labsupport.page+json"]
    ['p', 'Yes']
    """
    return {PAGE: as_data(page), "text/html": as_html(*bare(page))}


def coded(text: str) -> list[Node]:
    """Return a text with what stands between backticks as code.

    >>> as_html(*coded("Run `lab.ask()` & look"))
    'Run <code>lab.ask()</code> &amp; look'
    """
    nodes: list[Node] = []
    for number, part in enumerate(re.split("`([^`]+)`", text)):
        nodes.append(element("code", part) if number % 2 else part)
    return [node for node in nodes if node != ""]


def listed(lines: Iterable[str], tag: str = "ul") -> Element:
    """Return a list of lines, with code in them."""
    return element(tag, *(element("li", *coded(line)) for line in lines))


def paragraphs(texts: Iterable[str]) -> list[Node]:
    """Return a paragraph for each text."""
    return [element("p", text) for text in texts]
