"""From Markdown and from stored answers to HTML that can be read without a mouse or a colour.

What a notebook shows was made for JupyterLab. Here links lead from page to page, every table
has a caption and can be scrolled by keyboard where it is wide, and what looks like something
says so.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import mistune
from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from labsupport.editions.originals import joined, question_of
from labsupport.language import Language
from labsupport.lookups.templates import filled_in
from labsupport.results import BADGE, SMALL, escaped
from labsupport.teaching.questions import verdict

# What `results` writes into its tags for JupyterLab, and the classes of the style sheets.
CLASSES = {BADGE: "badge", SMALL: "small"}
FINDING = "border-left"  # an item of a review carries a line at its left, and its own style
MOST_WHOLE_COLUMNS = 2  # a table with more may be wider than a telephone

LONGEST_ALT = 300  # letters of a description that is heard in one piece; a longer one is below

# A sign in front of words that say the same: a screen reader would speak both.
_SIGN = re.compile(r"(^|· )([✓✗○∅⊘▶])(?= \w)")
# Between two sentences: what ends one, perhaps a closing mark, and what begins the next.
_BETWEEN = re.compile(r"(?:(?<=[.?!:…])|(?<=[.?!…][”)’]))(?<!No\.) +(?=[A-ZÁÉÍÓÚÑÇÀÂÊÔÃÕ“¿¡(0-9`])")

_markdown = mistune.create_markdown(escape=False, plugins=["table"])


def soup(html: str) -> BeautifulSoup:
    """Return HTML as a tree."""
    return BeautifulSoup(html, "html.parser")


def prose(text: str, page_of: Callable[[str], str] | None = None) -> BeautifulSoup:
    """Return a cell's Markdown as HTML; `page_of` says where a link to a notebook leads.

    >>> print(prose("See [01](01-how.ipynb).", lambda link: link.replace(".ipynb", ".html")))
    <p>See <a href="01-how.html">01</a>.</p>
    <BLANKLINE>
    """
    rendered = _markdown(text)
    assert isinstance(rendered, str)
    tree = soup(rendered)
    _merge_anchors(tree)
    for link in tree.find_all("a", href=True):
        if page_of is not None:
            link["href"] = page_of(str(link["href"]))
        _name_way_back(tree, link)
    for heading in tree.select("th"):
        heading["scope"] = "col"
    for cell in tree.select("td, th"):
        cell.attrs.pop("style", None)
    return tree


def _merge_anchors(tree: BeautifulSoup) -> None:
    """Give the place that an empty anchor marks to what stands there: a link takes the focus."""
    for anchor in tree.find_all("a", id=True, href=False):
        place = anchor.next_sibling
        if isinstance(place, Tag) and "id" not in place.attrs:
            place["id"] = anchor["id"]
            anchor.decompose()


def _name_way_back(tree: BeautifulSoup, link: Tag) -> None:
    """Let a link "↩ back to the text" be heard without its arrow, and with its word."""
    arrow, _, words = link.get_text().partition(" ")
    term = link.find_previous_sibling("strong")
    if arrow == "↩" and term is not None:
        link.clear()
        link.extend([_hidden(tree, arrow), f" {words}", _unseen(tree, f": {term.get_text()}")])


def made(template: str, say: Language, **values: object) -> Markup:
    """Return a template of the editions with its places filled."""
    values |= {"quiet": lambda text: Markup(quiet(text)), "question_of": question_of}
    return Markup(filled_in(f"editions/{template}", say, verdict=verdict, **values))


def quiet(text: str) -> str:
    """Return a text as HTML in which a sign is not spoken where words behind it say the same.

    >>> quiet("✓ right: 1 < 2")
    '<span aria-hidden="true">✓</span> right: 1 &lt; 2'
    """
    return _SIGN.sub(r'\1<span aria-hidden="true">\2</span>', escaped(text))


def _hidden(tree: BeautifulSoup, sign: str) -> Tag:
    return tree.new_tag("span", attrs={"aria-hidden": "true"}, string=sign)


def _unseen(tree: BeautifulSoup, text: str) -> Tag:
    return tree.new_tag("span", attrs={"class": "unseen"}, string=text)


def caption_tables(tree: BeautifulSoup, heading: str) -> None:
    """Give each table of the prose a caption: the sentence that leads to it, or `heading`.

    It is for who cannot see what stands above the table, so it is not shown a second time.
    """
    for table in tree.find_all("table"):
        before = table.find_previous_sibling(["p", "ul", "ol", "table"])
        led = before is not None and before.name == "p"
        text = sentences(before.get_text())[-1] if led and before is not None else heading
        _unseen_caption(tree, table, text.rstrip(":").strip() or heading)


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph; it has one at least, which may be empty.

    >>> sentences("One address. Many sites, e.g. shops. Who is hit?")
    ['One address.', 'Many sites, e.g. shops.', 'Who is hit?']
    """
    return _BETWEEN.split(" ".join(text.split()))


def answer(outputs: tuple[dict[str, Any], ...], say: Language) -> str:
    """Return what is stored below a cell as HTML, pictures within it."""
    parts = []
    pictured = ""  # the title of the picture that stands above
    for output in outputs:
        data = output.get("data", {})
        if "image/png" in data:
            parts.append(picture(output, say))
            pictured = picture_parts(output)[0]
        elif "text/html" in data:
            tree = _cleaned(joined(data["text/html"]), say)
            if pictured and tree.summary:
                tree.summary.append(_unseen(tree, f": {pictured}"))
            parts.append(str(tree))
        elif plain := joined(data.get("text/plain", output.get("text", ""))):
            parts.append(f"<pre>{escaped(plain)}</pre>")
    return "".join(parts)


def picture(output: Mapping[str, Any], say: Language) -> str:
    """Return a stored picture in a part that scrolls; its title is drawn in it.

    A long description is heard where it stands below, and can be read there piece by piece.
    """
    title, alt, source = picture_parts(output)
    if len(alt) > LONGEST_ALT:
        alt = say("What it shows stands below, in words and as a table.")
    label = escaped(say("Picture: {title}", title=title))
    image = f'<img alt="{escaped(alt)}" src="{source}">'
    return (
        f'<figure class="picture" role="group" tabindex="0" aria-label="{label}">{image}</figure>'
    )


def picture_parts(output: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return a picture's title, its description in words, and itself as an address."""
    title = joined(output["data"].get("text/plain", "")).partition("\n")[0]
    alt = str(output.get("metadata", {}).get("image/png", {}).get("alt", "")) or title
    # Stored in lines; an address is one.
    image = base64.b64decode(joined(output["data"]["image/png"]))
    return title, alt, f"data:image/png;base64,{base64.b64encode(image).decode()}"


def _cleaned(html: str, say: Language) -> BeautifulSoup:
    """Return a stored answer without the styles that are for JupyterLab alone."""
    tree = soup(html)
    for tag in tree.find_all(True):
        style = str(tag.attrs.pop("style", ""))
        tag.attrs.pop("class", None)
        if name := _class_of(tag, style):
            tag["class"] = name
    for section in tree.find_all("section"):
        section.name = "div"  # a part without a name of its own is no landmark
    for text in tree.find_all(string=_SIGN):
        text.replace_with(soup(quiet(text)))
    for cell in tree.find_all("td", string="✓"):
        cell.clear()
        cell.extend([_hidden(tree, "✓"), _unseen(tree, say("yes"))])
    return tree


def _class_of(tag: Tag, style: str) -> str:
    """Return what the style sheets of the editions call a tag that JupyterLab shows so."""
    known = {
        "data": tag.name == "details" and tag.find("table") is not None,
        "long": tag.name == "td" and "overflow-wrap" in style,
        "finding": tag.name == "li" and FINDING in style,
        "letter": "pre-wrap" in style,
        "heading": tag.name == "p" and "font-weight:600" in style,
    }
    return CLASSES.get(style) or next((name for name, is_so in known.items() if is_so), "")


def _captioned(tree: BeautifulSoup, table: Tag) -> Tag:
    """Give a table that came without a caption the heading that it stands under."""
    heading = table.find_previous(["h1", "h2", "h3", "h4"])
    return _unseen_caption(tree, table, heading.get_text() if heading else "–")


def _unseen_caption(tree: BeautifulSoup, table: Tag, text: str) -> Tag:
    caption = tree.new_tag("caption")
    caption.append(_unseen(tree, text))
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
            caption = _captioned(tree, table)
        caption["id"] = f"table-{number}"
        first = table.find("tr")
        if isinstance(first, Tag) and len(first.find_all(["td", "th"])) <= MOST_WHOLE_COLUMNS:
            table["class"] = "narrow"
            continue
        stays = tree.new_tag("span", attrs={"class": "stays"})
        stays.extend(list(caption.contents))
        caption.append(stays)
        attributes = {"class": "scroll", "role": "group", "tabindex": "0"}
        around = tree.new_tag("div", attrs=attributes | {"aria-labelledby": str(caption["id"])})
        table.wrap(around)
    return Markup(str(tree))
