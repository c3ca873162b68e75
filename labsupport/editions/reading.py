"""The edition to read: a page a notebook, the words, the papers, and a page that leads to all.

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

from labsupport.blocking.checklist import checklist, languages
from labsupport.editions import markup
from labsupport.lab import Lab
from labsupport.language import Language, mark, table_of
from labsupport.lookups.forms import TRAINING, Paper
from labsupport.lookups.templates import filled_in, text_of
from labsupport.teaching.glossary import words
from labsupport.teaching.originals import Cell, Notebook, Section, read_all
from labsupport.teaching.questions import catalogue, verdict

COURSE = mark("The Internet, for those who must decide about it")
CANNOT = mark(
    "What this edition cannot do: run a line, take a question of your own, move the lab's clock, "
    "or keep a record of what was asked. It shows what the lab answered when the course was made."
)
INDEX, WORDS = "index.html", "words.html"
Link = tuple[str, str]
"""Where a link leads, and its words."""


@cache
def boxes(language: str) -> dict[str, str]:
    """Return what one would do with a form, by the call that shows it."""
    return table_of(language, "boxes.toml")


def participants(say: Language) -> dict[str, str]:
    """Return the pages and papers of the participants' edition, by the names of their files."""
    lab = Lab(say.code, live=False)
    papers: dict[Link, str] = {}
    for code in sorted(languages(), key=lambda code: (code != say.code, code)):
        page = checklist(code, say)
        # In words of the page that leads there: a screen reader reads it in its language.
        title = say(
            "Checklist, one page: {title} ({language})",
            title=checklist(say.code, say).words.title,
            language=page.words.name,
        )
        papers[f"papers/checklist-{code}.html", title] = page.html
    for name, title, paper in (
        (
            "worksheet",
            say("Worksheet on a blocking measure, filled in for an order of the lab"),
            lab.draft("worksheet", lab.order("clean")),
        ),
        ("role-cards", say("Cards of the five roles"), lab.guide("role-cards")),
        ("case-fraud", say("Case A on paper: a set for each table"), lab.guide("case-fraud")),
        (
            "case-wrong-order",
            say("Case B on paper: a set for each table"),
            lab.guide("case-wrong-order"),
        ),
    ):
        assert isinstance(paper, Paper)
        papers[f"papers/{name}.html", title] = paper.html
    pages = Reading(say, read_all(say.code), tuple(papers)).pages()
    return pages | {name: paper for (name, _), paper in papers.items()}


def instructors(say: Language, others: str) -> dict[str, str]:
    """Return the instructor's pages; the folder `others` beside theirs has the participants'."""
    return Reading(say, read_all(say.code, instructor=True), others=others).pages()


@dataclass(frozen=True)
class Reading:
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
        title = say("For the instructor") if self.others else say(COURSE)
        made = {INDEX: self._page(INDEX, title, edition=self, cannot=say(CANNOT), facts=_summary)}
        contents = (INDEX, say("Contents"))
        for number, notebook in enumerate(self.notebooks):
            onward = [contents]
            if number:
                before = self.notebooks[number - 1]
                onward.insert(0, (before.file, say("Before: {title}", title=before.label)))
            for after in self.notebooks[number + 1 : number + 2]:
                onward.append((after.file, say("Next: {title}", title=after.label)))
            made[notebook.file] = self._page(
                "notebook.html",
                notebook.label,
                notebook.file,
                onward,
                notebook=notebook,
                catalogue=catalogue(say.code),
                verdict=verdict,
                boxes=boxes(say.code),
                answer=lambda cell: Markup(markup.answer(cell.outputs, say)),
                form_of=lambda cell: _form_of(cell, say),
                text=self._text,
            )
        if not self.others:
            explained = words(say.code)
            made[WORDS] = self._page(WORDS, say("All words"), WORDS, [contents], words=explained)
        return made

    def _page(
        self,
        template: str,
        title: str,
        here: str = INDEX,
        onward: Sequence[Link] = (),
        **values: object,
    ) -> str:
        say = self.say
        last = (WORDS, say("All words"))
        if self.others:
            last = (f"../{self.others}/{INDEX}", say("The participants' edition"))
        notebooks = [(one.file, one.label) for one in self.notebooks]
        body = filled_in(f"editions/{template}", say, title=title, **values)
        return filled_in(
            "editions/page.html",
            say,
            title=f"{title} – {say(COURSE)}" if title != say(COURSE) else title,
            style=Markup(text_of("editions/reading.css")),
            training=say(TRAINING),
            links=[(INDEX, say("Contents")), *notebooks, last],
            here=here,
            body=markup.finish(body),
            onward=onward,
            about=say(
                "Edition without a server, made on {date} from version {version} of the course.",
                date=f"{datetime.now(UTC):%Y-%m-%d}",
                version=metadata.version("labsupport"),
            ),
        )

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


def _form_of(cell: Cell, say: Language) -> tuple[str, str]:
    """Return the title of a stored form, and the line that does the same."""
    stored = markup.soup(markup.answer(cell.outputs, say))
    title, line = stored.find("strong"), stored.find("code")
    heading = title.get_text().removesuffix(".") if title else cell.form
    return heading, line.get_text() if line else ""


def _summary(notebook: Notebook) -> Markup:
    """Return for whom a notebook is and how long it takes, without links: one is enough."""
    tree = markup.prose(notebook.cells[0].text)
    for inner in tree.find_all("a"):
        inner.unwrap()
    return Markup("".join(map(str, tree.select("blockquote p")[:2])))
