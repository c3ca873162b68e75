"""From Markdown and from stored answers to HTML that can be read without a mouse or a colour.

What a notebook shows was made for JupyterLab. Here links lead from page to page, every table
has a caption and can be scrolled by keyboard where it is wide, and what looks like something
says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import mistune
from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from labsupport.language import Language
from labsupport.papers.templates import text_of
from labsupport.run.editions.said import fold_said
from labsupport.tree import (
    PAGE,
    Element,
    Node,
    as_html,
    element,
    from_data,
    looks,
    words,
)

PICTURES = ("img", "svg")
OURS = "lab-"  # how the classes begin by which an answer says what its parts are
MOST_WHOLE_COLUMNS = 2  # a table with more may be wider than a telephone

LONGEST_ALT = (
    300  # letters of a description that is heard in one piece; a longer one is below
)

# Between two sentences: what ends one, perhaps a closing mark, and what begins the next.
_BETWEEN = re.compile(
    r"(?:(?<=[.?!:…])|(?<=[.?!…][”)’]))(?<!No\.) +(?=[A-ZÁÉÍÓÚÑÇÀÂÊÔÃÕ“¿¡(0-9`])"
)

_markdown = mistune.create_markdown(escape=False, plugins=["table"])


def soup(html: str) -> BeautifulSoup:
    """Return HTML as a tree."""
    return BeautifulSoup(html, "html.parser")


def prose(text: str, page_of: Callable[[str], str] = str) -> BeautifulSoup:
    """Return a cell's Markdown as HTML; `page_of` says where a link to a notebook leads.

    >>> print(prose("See [01](01-how.ipynb).", lambda link: link.replace(".ipynb", ".html")))
    <p>See <a href="01-how.html">01</a>.</p>
    <BLANKLINE>
    """
    tree = soup(str(_markdown(text)))
    # The place that an empty anchor marks gets its name: a link takes the focus there.
    for anchor in tree.find_all("a", id=True, href=False):
        marked = anchor.next_sibling
        if isinstance(marked, Tag) and "id" not in marked.attrs:
            marked["id"] = anchor["id"]
            anchor.decompose()
    for link in tree.find_all("a", href=True):
        link["href"] = page_of(str(link["href"]))
    for heading in tree.select("th"):
        heading["scope"] = "col"
    for cell in tree.select("td, th"):
        cell.attrs.pop("style", None)
    return tree


def caption_tables(tree: BeautifulSoup, heading: str) -> None:
    """Give each table of the prose a caption: the sentence that leads to it, or `heading`.

    It is for who cannot see what stands above the table, so it is not shown a second time.
    """
    for table in tree.find_all("table"):
        before = table.find_previous_sibling(["p", "ul", "ol", "table"])
        led = before.get_text() if before is not None and before.name == "p" else ""
        _unseen_caption(tree, table, sentences(led)[-1].rstrip(":") or heading)


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph; it has one at least, which may be empty.

    >>> sentences("One address. Many sites, e.g. shops. Who is hit?")
    ['One address.', 'Many sites, e.g. shops.', 'Who is hit?']
    """
    return _BETWEEN.split(" ".join(text.split()))


def blocks_of(text: str, heading: str) -> list[Tag]:
    """Return the parts of a text under a heading, without links: these lead elsewhere."""
    tree = prose(text)
    caption_tables(tree, heading)
    for link in tree.find_all("a"):
        link.unwrap()
    return tree.find_all(True, recursive=False)


def label_of(block: Tag) -> str:
    """Return what a paragraph is called that begins so: "**What you see.** …"."""
    first = next(block.children, None)
    if block.name == "p" and isinstance(first, Tag) and first.name == "strong":
        return first.get_text().rstrip(".:")
    return ""


def asks_first(block: Tag) -> bool:
    """Whether a paragraph asks what has to be thought of before one goes on.

    Not each question mark does: "No computer at your table? Both cases are on paper."

    >>> asks_first(prose("What will you see?").p)
    True
    >>> asks_first(prose("Whose is it? Read on:").p)
    False
    >>> asks_first(prose("**Predict first.** Whose is it? Then run the line.").p)
    True
    >>> asks_first(prose("**Whose computer is it?** It need not be yours:").p)
    False
    """
    text = block.get_text().strip().removeprefix(label_of(block))
    stands_out = block.find("strong", recursive=False) is not None
    return block.name == "p" and "?" in text and (stands_out or text.endswith("?"))


def is_minutes(block: Tag) -> bool:
    """Whether it says how long a section takes, and nothing else: all of it leans."""
    leaning = block.find("em", recursive=False)
    return leaning is not None and leaning.get_text() == block.get_text().strip()


def answer(
    outputs: tuple[dict[str, Any], ...],
    say: Language,
    sentences: set[str] | None = None,
) -> str:
    """Return what is stored below a cell as HTML, pictures within it.

    Of its sentences, those that stand in answers above it are folded; the others are added.
    """
    sentences = set() if sentences is None else sentences
    nodes: list[Node] = []
    for output in outputs:
        data = output.get("data", {})
        if PAGE in data:
            pages = fold_said(from_data(data[PAGE]), sentences)
            nodes += _Cleaning(say).cleaned(pages)
        elif plain := "".join(data.get("text/plain", output.get("text", ""))):
            nodes.append(element("pre", plain))
    return as_html(*nodes)


@dataclass
class _Cleaning:
    """Makes of a stored answer what a page of an edition has.

    `title` and `state` are what stands above a picture: a title, and what it shows.
    """

    say: Language
    title: str = ""
    state: str = ""

    def cleaned(self, nodes: Iterable[Node]) -> list[Node]:
        """Return nodes as they stand in a page."""
        made = (self._cleaned(node) for node in nodes)
        return [node for node in made if node is not None]

    def _cleaned(self, node: Node) -> Node | None:
        if isinstance(node, str):
            return node
        if looks(node, "lab-files"):
            return None  # what was written lies beside a notebook, not beside this page
        if node.tag == "strong":
            self.title = words(node)
        if looks(node, "lab-state"):
            self.state = words(node)
        if node.tag in PICTURES:
            return self._scrolls(node)
        attributes = {
            name: value
            for name, value in node.attributes.items()
            if name != "class" or str(value).startswith(OURS)
        }
        # A part without a name of its own is no landmark.
        tag = "div" if node.tag == "section" else node.tag
        return Element(tag, attributes, tuple(self.cleaned(node.children)))

    def _scrolls(self, picture: Element) -> Element:
        """A long description is heard where it stands beside, and can be read there."""
        described = str(picture.attributes.get("alt", self.state))
        if len(described) > LONGEST_ALT:
            described = self.say("editions.what_shows_stands_below")
        attributes = {"alt": described}
        if picture.tag == "svg":
            attributes = {"role": "img", "aria-label": described}
        shown = {
            name: value
            for name, value in picture.attributes.items()
            if name != "aria-hidden"
        }
        drawn = Element(picture.tag, {**shown, **attributes}, picture.children)
        label = self.say("editions.picture_title", title=self.title or self.state)
        part = {"role": "group", "tabindex": "0", "aria_label": label}
        return element("figure", drawn, class_="picture", **part)


def title_of(picture: Tag) -> str:
    """Return the title of a picture in an answer, which stands above it, or else its words."""
    title = picture.find_previous("strong") or picture.find_previous(class_="lab-state")
    return title.get_text() if title else ""


def style(file: str) -> Markup:
    """Return a style sheet of the editions, with that of the pictures."""
    return Markup(text_of("pictures/pictures.css") + text_of(file))


def _unseen_caption(tree: BeautifulSoup, table: Tag, text: str) -> Tag:
    caption = tree.new_tag("caption")
    caption.append(tree.new_tag("span", attrs={"class": "unseen"}, string=text))
    table.insert(0, caption)
    return caption


def finish(html: str) -> Markup:
    """Return a page's content with its wide tables in parts that scroll, each with a name.

    >>> print(finish("<table><caption>Ports</caption><tr><td>53</td></tr></table>"))
    <table class="narrow"><caption id="table-1">Ports</caption><tr><td>53</td></tr></table>
    """
    tree = soup(html)
    for number, table in enumerate(tree.find_all("table"), 1):
        caption = table.find("caption")
        if not isinstance(caption, Tag):
            heading = table.find_previous(["h1", "h2", "h3", "h4"])
            caption = _unseen_caption(
                tree, table, heading.get_text() if heading else "–"
            )
        caption["id"] = f"table-{number}"
        first = table.find("tr")
        if (
            isinstance(first, Tag)
            and len(first.find_all(["td", "th"])) <= MOST_WHOLE_COLUMNS
        ):
            table["class"] = "narrow"
            continue
        stays = tree.new_tag("span", attrs={"class": "stays"})
        stays.extend(list(caption.contents))
        caption.append(stays)
        attributes = {"class": "scroll", "role": "group", "tabindex": "0"}
        table.wrap(
            tree.new_tag(
                "div", attrs=attributes | {"aria-labelledby": str(caption["id"])}
            )
        )
    return Markup(str(tree))
