"""A page as a tree: elements and texts, which an answer is built of, and what prints them.

Nobody writes HTML by hand, and nothing is read back from it: `as_html` prints a tree for nbval, for
papers and for front ends that are not the course's own, `as_data` for the course's own (JsonML,
jsonml.org). Texts are made safe there and nowhere else. What may stand in data is listed once more
where it is drawn, in frontend/src/page.ts: a stored answer may have been changed by anybody.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from labsupport.visible import visible

PAGE = "application/vnd.labsupport.page+json"
VOID = ("br", "img", "input", "wbr")
# How an element looks where no style of the course is: by its class, else by its tag.
LOOKS = {
    "lab-badge": "border:1px solid currentColor;border-radius:.3em;padding:0 .4em;font-size:.85em",
    "lab-note": "font-size:.92em;margin:.3em 0",
    "lab-letter": (
        "border:1px solid currentColor;border-radius:.3em;padding:.8em 1.2em;margin:.5em 0;"
        "max-width:46em;white-space:pre-wrap;font-family:Georgia,serif;line-height:1.5"
    ),
    "lab-limit-list": "font-size:.92em;margin:.3em 0",
    "lab-sentence": "margin:.3em 0",
    "lab-whole": "white-space:nowrap",
    "lab-detail": "margin:.15em 0",
    "lab-finding": (
        "margin:.2em 0;padding:0 .8em;border-left:.3em solid currentColor;max-width:52em"
    ),
    "table": "margin:.4em 0",
    "caption": "caption-side:top;text-align:left;font-weight:600;padding:.2em 0",
    "th": "text-align:left;vertical-align:bottom",
    "td": "text-align:left;vertical-align:top;white-space:normal",
    # A key or a signature: a word that may be broken anywhere.
    "lab-long": "text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere",
}


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its tag, its attributes, and what stands in it, in this order.

    An attribute that is True stands without a value. Texts are as they are, not yet made safe.
    """

    tag: str
    attributes: Mapping[str, str | bool] = field(default_factory=dict)
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG file that the course's own front end draws itself, and others show as an image.

    `words` say what is to be seen; `style` is for those who show an image.
    """

    svg: Element
    words: str
    style: str


Node = Union[Element, Drawing, str]  # noqa: UP007  (it is named before it is whole)


def element(tag: str, *children: Node | None, **attributes: str | bool | None) -> Element:
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
    """Print nodes as HTML, with their looks, in which everything is text but the elements.

    >>> as_html(element("p", "<b>", class_="lab-sentence"))
    '<p class="lab-sentence" style="margin:.3em 0">&lt;b&gt;</p>'
    """
    return "".join(map(_html, nodes))


def _html(node: Node) -> str:
    if isinstance(node, str):
        return html.escape(visible(node))
    if isinstance(node, Drawing):
        source = b64encode(svg_file(node.svg, node.style).encode()).decode()
        address = f"data:image/svg+xml;base64,{source}"
        return _html(element("img", class_="lab-drawing", src=address, alt=node.words))
    start = node.tag + "".join(_attribute(*one) for one in _looking(node).items())
    if node.tag in VOID:
        return f"<{start}>"
    return f"<{start}>{as_html(*node.children)}</{node.tag}>"


def _attribute(name: str, value: str | bool) -> str:
    return f" {name}" if value is True else f' {name}="{html.escape(visible(str(value)))}"'


def _looking(node: Element) -> Mapping[str, str | bool]:
    """Return the attributes of an element with its look."""
    names = str(node.attributes.get("class", "")).split()
    looks = [LOOKS[name] for name in (*names, node.tag) if name in LOOKS]
    return {**node.attributes, "style": looks[0]} if looks else node.attributes


def svg_file(svg: Element, style: str) -> str:
    """Print a drawing as an SVG file."""
    styled = Element("svg", svg.attributes, (element("style", style), *svg.children))
    return _html(styled)


def as_data(node: Node) -> Any:
    """Print a node as data for the course's own front end, which knows how it looks.

    >>> as_data(element("p", "Who ", element("em", "sees"), class_="lab-sentence"))
    ['p', {'class': 'lab-sentence'}, 'Who ', ['em', 'sees']]
    """
    if isinstance(node, str):
        return visible(node)
    if isinstance(node, Drawing):
        return as_data(node.svg)
    attributes = {
        name: "" if value is True else visible(str(value))
        for name, value in node.attributes.items()
    }
    return [node.tag, *([attributes] if attributes else []), *map(as_data, node.children)]


def mime_bundle(page: Element) -> dict[str, Any]:
    """Return a page in the forms in which a front end may draw it.

    >>> mime_bundle(element("p", "Yes"))["application/vnd.labsupport.page+json"]
    ['p', 'Yes']
    """
    return {PAGE: as_data(page), "text/html": as_html(page)}


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
