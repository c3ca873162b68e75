"""A page as data: JsonML (jsonml.org), which the front end draws without being handed any HTML.

What may stand in it is listed once more where it is drawn, in frontend/src/page.ts: a stored
answer may have been changed by anybody.
"""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

PAGE = "application/vnd.labsupport.page+json"
VOID = ("br", "img", "input", "wbr")
# How it looks is the front end's; the rest of what stands in our HTML is for other front ends.
LEFT_OUT = ("style", "data-mime-type")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[list[Any]] = [["div"]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("class", "lab-drawing") in attrs:
            source = dict(attrs)["src"] or ""
            drawing = base64.b64decode(source.partition(",")[2])
            self.open[-1].append(_drawn(ElementTree.fromstring(drawing)))
            return
        made: list[Any] = [tag]
        if kept := {name: value or "" for name, value in attrs if name not in LEFT_OUT}:
            made.append(kept)
        self.open[-1].append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].append(data)


def from_html(html: str) -> list[Any]:
    """Return the element that `html` of our own holds.

    >>> from_html('<p lang="es">¿Quién <em>la ve</em>?</p>')
    ['p', {'lang': 'es'}, '¿Quién ', ['em', 'la ve'], '?']
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    (_, *parts) = reader.open[0]
    if len(parts) == 1 and isinstance(parts[0], list):
        return parts[0]
    return ["div", *parts]


def _drawn(element: ElementTree.Element) -> list[Any]:
    """A picture's elements. How they look is the front end's too."""
    made: list[Any] = [element.tag.rpartition("}")[2]]
    if element.attrib:
        made.append(dict(element.attrib))
    if element.text:
        made.append(element.text)
    return made + [_drawn(one) for one in element if not one.tag.endswith("}style")]


def mime_bundle(made: str) -> dict[str, Any]:
    """Return a page in the forms in which a front end may draw it, made once.

    >>> mime_bundle("<p>Yes</p>")["application/vnd.labsupport.page+json"]
    ['p', 'Yes']
    """
    return {PAGE: from_html(made), "text/html": made}
