"""The edition to read: a page a notebook, the words, and a page that leads to all of it.

It needs no script and nothing else but the page itself: it opens from a USB stick, and in a
screen reader. A question's replies unfold, as does what a picture shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata

from markupsafe import Markup

from labsupport.course.glossary import words
from labsupport.course.originals import Notebook, NotebookCell, Section
from labsupport.course.questions import catalogue, verdict
from labsupport.language import Language, table_of
from labsupport.papers.forms import TRAINING
from labsupport.papers.templates import filled_in
from labsupport.run.editions import markup

COURSE = "editions.internet_those_who_must"
CANNOT = "editions.what_edition_cannot_do"
INDEX = "index.html"
WORDS = "words.html"
Link = tuple[str, str]
"""Where a link leads, and its words."""


@cache
def boxes(language: str) -> dict[str, str]:
    """Return what one would do with a form, by the call that shows it."""
    return table_of(language, "boxes.toml")


def about(say: Language) -> str:
    """Return what every edition says of itself."""
    return say("reading.about_the_edition", **edition())


def edition() -> dict[str, str]:
    """Return the day on which an edition is made, and the course's version."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "version": metadata.version("labsupport"),
    }


@dataclass(frozen=True)
class EditionPages:
    """Makes the pages. `papers` are listed on the first one.

    `others` is the folder of the participants' pages, for an instructor's.
    """

    say: Language
    notebooks: Sequence[Notebook]
    papers: Sequence[Link] = ()
    others: str = ""

    def pages(self) -> dict[str, str]:
        """Return the pages by the names of their files."""
        say = self.say
        title = say("editions.for_the_instructor") if self.others else say(COURSE)
        made = {
            INDEX: self._page(
                INDEX, title, edition=self, cannot=say(CANNOT), facts=facts_of
            )
        }
        contents = (INDEX, say("editions.contents"))
        for number, notebook in enumerate(self.notebooks):
            onward = [contents]
            if number:
                before = self.notebooks[number - 1]
                onward.insert(
                    0, (before.file, say("editions.before_title", title=before.label))
                )
            for after in self.notebooks[number + 1 : number + 2]:
                onward.append(
                    (after.file, say("editions.next_title", title=after.label))
                )
            made[notebook.file] = self._page(
                "notebook.html",
                notebook.label,
                notebook.file,
                onward,
                notebook=notebook,
                catalogue=catalogue(say.code),
                verdict=verdict,
                boxes=boxes(say.code),
                answers=self._answers(notebook),
                form_of=lambda cell: form_of(cell, say),
                text=self._text,
            )
        if not self.others:
            explained = words(say.code)
            made[WORDS] = self._page(
                WORDS, say("editions.all_words"), WORDS, [contents], words=explained
            )
        return made

    def _page(
        self,
        template: str,
        title: str,
        file: str = INDEX,
        onward: Sequence[Link] = (),
        **values: object,
    ) -> str:
        say = self.say
        last = (WORDS, say("editions.all_words"))
        if self.others:
            last = (
                f"../{self.others}/{INDEX}",
                say("editions.the_participants_edition"),
            )
        course = say(COURSE)
        notebooks = [(notebook.file, notebook.label) for notebook in self.notebooks]
        body = filled_in(f"editions/{template}", say, title=title, **values)
        return filled_in(
            "editions/page.html",
            say,
            title=title if title == course else f"{title} – {course}",
            style=markup.style("editions/reading.css"),
            training=say(TRAINING),
            links=[(INDEX, say("editions.contents")), *notebooks, last],
            here=file,
            body=markup.finish(body),
            onward=onward,
            about=about(say),
        )

    def _answers(self, notebook: Notebook) -> dict[str, Markup]:
        """Return what each line shows, by its cell; forms and questions are drawn otherwise."""
        sentences: set[str] = set()
        return {
            cell.id: Markup(markup.answer(cell.outputs, self.say, sentences))
            for cell in notebook.cells
            if cell.code and not cell.question and not cell.form
        }

    def _leads(self, link: str) -> str:
        """Where a link of a notebook leads in this edition."""
        path, sign, fragment = link.partition("#")
        if "://" in path or not path.endswith(".ipynb"):
            return link
        name = path.rpartition("/")[2].removesuffix(".ipynb")
        own = name in {notebook.name for notebook in self.notebooks}
        folder = f"../{self.others}/" if self.others and not own else ""
        return f"{folder}{name}.html{sign}{fragment}"

    def _text(self, cell: NotebookCell, section: Section, notebook: Notebook) -> Markup:
        tree = markup.prose(cell.text, self._leads)
        markup.caption_tables(tree, section.title or notebook.title)
        for heading in tree.find_all("h2")[:1]:
            heading["id"] = cell.id
        if not section.title and (quotation := tree.find("blockquote")):
            quotation.name = (
                "div"  # for whom it is, how long it takes: nobody is quoted
            )
            quotation["class"] = "facts"
            note = tree.new_tag("p", attrs={"class": "edition"})
            note.string = self.say("reading.nothing_runs_here")
            quotation.insert_after(note)
        return Markup(tree)


def form_of(cell: NotebookCell, say: Language) -> tuple[str, str]:
    """Return the title of a stored form, and the line that does the same."""
    stored = markup.soup(markup.answer(cell.outputs, say))
    title = stored.find("strong")
    line = stored.find("code")
    heading = title.get_text().removesuffix(".") if title else cell.form
    return heading, line.get_text() if line else ""


def facts_of(notebook: Notebook, begin: int, end: int) -> Markup:
    """Return for whom a notebook is, how long it takes, what for, or some of it; no links."""
    facts = markup.prose(notebook.cells[0].text).select("blockquote p")[begin:end]
    for fact in facts:
        for link in fact.find_all("a"):
            link.unwrap()
    return Markup("".join(map(str, facts)))
