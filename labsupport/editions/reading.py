"""The edition to read: a page a notebook, the words, and a page that leads to all of it.

It needs no script and nothing else but the page itself: it opens from a USB stick, and in a
screen reader. A question's replies unfold, as does what a picture shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bs4 import Tag
from markupsafe import Markup

from labsupport.editions import markup
from labsupport.editions.about import CANNOT, COURSE, About
from labsupport.editions.originals import Cell, Notebook, Section
from labsupport.language import Language, table_of
from labsupport.lookups.forms import TRAINING
from labsupport.lookups.templates import filled_in, text_of
from labsupport.teaching.reference import words

INDEX, WORDS = "index.html", "words.html"


@cache
def boxes(language: str) -> dict[str, str]:
    """Return what one would do with a form, by the call that shows it."""
    return table_of(language, "boxes.toml")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and its words."""

    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What else was made: a list of links under a heading, with a sentence on it."""

    title: str
    sentence: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Reading:
    """Makes the pages.

    `shelves` are shown on the first page. `papers` are the addresses of the papers that were
    made, each by the call that makes it in a notebook. `others` is the folder of the
    participants' pages, for an instructor's.
    """

    say: Language
    about: About
    notebooks: Sequence[Notebook]
    shelves: Sequence[Shelf] = ()
    papers: Mapping[str, str] = field(default_factory=dict)
    others: str = ""

    def pages(self) -> dict[str, str]:
        """Return the pages by the names of their files."""
        say = self.say
        title = say("For the instructor") if self.others else say(COURSE)
        made = {
            INDEX: self._page(
                INDEX,
                title,
                "index.html",
                cannot=say(CANNOT),
                notebooks=self.notebooks,
                others=self.others,
                shelves=self.shelves,
                facts=_summary,
            )
        }
        for number, notebook in enumerate(self.notebooks):
            name = f"{notebook.name}.html"
            onward = tuple(self._around(number))
            made[name] = self._page(
                name,
                notebook.label,
                "notebook.html",
                onward,
                notebook=notebook,
                boxes=boxes(say.code),
                answer=lambda cell: Markup(markup.answer(cell.outputs, say)),
                form_of=lambda cell: form_of(cell, say),
                paper=lambda cell: self.papers.get(paper_key(cell), ""),
                text=self._text,
                ways_through=_ways_through,
            )
        if self.notebooks and not self.others:
            contents = (Link(INDEX, say("Contents")),)
            made[WORDS] = self._page(
                WORDS, say("All words"), "words.html", contents, words=words(say.code)
            )
        return made

    def _page(
        self, here: str, title: str, template: str, onward: Sequence[Link] = (), **values: object
    ) -> str:
        say = self.say
        links = [Link(INDEX, say("Contents"))]
        links += [Link(f"{one.name}.html", one.label) for one in self.notebooks]
        if self.others:
            links.append(Link(f"../{self.others}/{INDEX}", say("The participants' edition")))
        elif self.notebooks:
            links.append(Link(WORDS, say("All words")))
        whole = f"{title} – {say(COURSE)}" if title != say(COURSE) else title
        return filled_in(
            "editions/page.html",
            say,
            title=whole,
            style=Markup(text_of("editions/reading.css")),
            training=say(TRAINING),
            links=links,
            here=here,
            body=markup.finish(markup.made(template, say, title=title, **values)),
            onward=onward,
            about=self.about.line(say),
        )

    def _around(self, number: int) -> Iterator[Link]:
        """Yield what stands before a notebook, and what comes next."""
        say = self.say
        if number:
            before = self.notebooks[number - 1]
            yield Link(f"{before.name}.html", say("Before: {title}", title=before.label))
        yield Link(INDEX, say("Contents"))
        if number + 1 < len(self.notebooks):
            after = self.notebooks[number + 1]
            yield Link(f"{after.name}.html", say("Next: {title}", title=after.label))

    def _leads(self, link: str) -> str:
        """Where a link of a notebook leads in this edition."""
        path, sign, place = link.partition("#")
        if "://" in path or not path.endswith(".ipynb"):
            return link
        name = path.rpartition("/")[2].removesuffix(".ipynb")
        own = name in {notebook.name for notebook in self.notebooks}
        folder = f"../{self.others}/" if self.others and not own else ""
        return f"{folder}{name}.html{sign}{place}"

    def _text(self, cell: Cell, section: Section, notebook: Notebook) -> Markup:
        tree = markup.prose(cell.text, self._leads)
        markup.caption_tables(tree, section.title or notebook.title)
        for heading in tree.find_all("h2")[:1]:
            heading["id"] = cell.id
        if not section.title and (quotation := tree.find("blockquote")):
            quotation.name = "div"  # for whom it is, how long it takes: nobody is quoted
            quotation["class"] = "facts"
            note = tree.new_tag("p", attrs={"class": "edition"})
            note.string = self.say(
                "You read this page without the program behind it. Nothing can be run here. Below "
                "“You would run” stands what one would run; below “The answer”, what the lab "
                "answered, as it was stored. Questions unfold their replies."
            )
            quotation.insert_after(note)
        return Markup(tree)


def _ways_through(notebook: Notebook, box: Cell) -> list[Section]:
    """Return the sections in which the case of a form is played line by line."""
    begins = f'lab.case("{box.argument}")'
    return [
        section
        for section in notebook.sections
        if section.id != box.id and any(begins in cell.text for cell in section.cells)
    ]


def form_of(cell: Cell, say: Language) -> tuple[str, str]:
    """Return the title of a stored form, and the line that does the same."""
    stored = markup.soup(markup.answer(cell.outputs, say))
    title, line = stored.find("strong"), stored.find("code")
    heading = title.get_text().removesuffix(".") if title else cell.method
    return heading, line.get_text() if line else ""


def facts_of(notebook: Notebook) -> list[Tag]:
    """Return the paragraphs that say for whom a notebook is, how long it takes, what for."""
    tree = markup.prose(notebook.cells[0].text)
    quotation = tree.find("blockquote")
    return list(quotation.find_all("p")) if isinstance(quotation, Tag) else []


def _summary(notebook: Notebook) -> Markup:
    """Return what its first cell says of a notebook, without links: one is enough."""
    tree = markup.soup("".join(map(str, facts_of(notebook)[:2])))
    for inner in tree.find_all("a"):
        inner.unwrap()
    return Markup(tree)


def paper_key(cell: Cell) -> str:
    """Return which paper a line is about: "checklist es", "case-fraud", "worksheet", or "".

    >>> paper_key(Cell("c", True, 'lab.guide("checklist", "es").save("checklist.html")'))
    'checklist es'
    >>> paper_key(Cell("c", True, 'lab.case("fraud", play=True)'))
    'case-fraud'
    """
    if cell.form == "case":
        return f"case-{cell.argument}"
    if cell.method == "case" and cell.text.strip() == 'lab.case("hearing")':
        return "role-cards"
    if cell.method == "guide":
        return " ".join(re.findall(r'"([^"]+)"', cell.text)[:2])
    return cell.argument if cell.method == "draft" else ""
