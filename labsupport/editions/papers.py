"""What a participant gets on paper: a worksheet a notebook, and the papers that the lab has.

A worksheet has the questions and the tasks of its notebook, with room to write, and no replies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bs4 import Tag
from markupsafe import Markup

from labsupport.editions import markup
from labsupport.editions.about import About
from labsupport.editions.originals import NEXT, Cell, Notebook, Section, question_of
from labsupport.editions.reading import facts_of
from labsupport.editions.slides import asks_first, is_minutes, label_of
from labsupport.language import Language, mark
from labsupport.lookups.forms import TRAINING, Paper, page
from labsupport.lookups.templates import text_of
from labsupport.teaching.questions import Question

# Sections whose whole text is a task: by the identifier of their first cell.
TASKS = ("before", "task", "your-turn")
# What a paragraph is called that tells what came of a line: it asks for nothing.
TOLD = mark("What you see")
# Sections that ask for nothing to be written.
NO_TASKS = ("limits", "summary", "sources", NEXT)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper: `name` is its file's without an ending, `key` the call that makes it, or "".

    `key` is written as `reading.paper_key` does.
    """

    name: str
    title: str
    html: str
    key: str = ""


def all_papers(notebooks: Sequence[Notebook], about: About, say: Language) -> list[Sheet]:
    """Return a worksheet for each notebook, and the papers that the lab makes."""
    made = [
        Sheet(
            f"worksheet-{notebook.name}",
            say("Worksheet: {title}", title=notebook.label),
            worksheet(notebook, about, say),
        )
        for notebook in notebooks
    ]
    return [*made, *_of_the_lab(say)]


def _of_the_lab(say: Language) -> Iterator[Sheet]:
    from labsupport.blocking.checklist import checklist, languages
    from labsupport.lab import Lab

    lab = Lab(say.code, live=False)
    title = checklist(say.code, say).words["title"]
    for code in sorted(languages(), key=lambda code: (code != say.code, code)):
        paper = checklist(code, say)
        # In words of the page that leads there: a screen reader reads it in its language.
        words = say(
            "Checklist, one page: {title} ({language})", title=title, language=paper.words["name"]
        )
        yield Sheet(f"checklist-{code}", words, paper.html, f"checklist {code}")
    for name, title, key, made in (
        (
            "worksheet-on-a-measure",
            say("Worksheet on a blocking measure, filled in for an order of the lab"),
            "worksheet",
            lab.draft("worksheet", lab.order("clean")),
        ),
        ("role-cards", say("Cards of the five roles"), "role-cards", lab.guide("role-cards")),
        (
            "case-fraud",
            say("Case A on paper: a set for each table"),
            "case-fraud",
            lab.guide("case-fraud"),
        ),
        (
            "case-wrong-order",
            say("Case B on paper: a set for each table"),
            "case-wrong-order",
            lab.guide("case-wrong-order"),
        ),
    ):
        assert isinstance(made, Paper), made
        yield Sheet(name, title, made.html, key)


def worksheet(notebook: Notebook, about: About, say: Language) -> str:
    """Return a notebook's worksheet as a page for A4.

    >>> from labsupport.editions.about import about
    >>> from labsupport.editions.originals import read_all
    >>> say = Language.load("en")
    >>> "✓" in worksheet(read_all("en")[0], about("en"), say)
    False
    """
    sections = []
    for section in notebook.sections[1:]:
        if section.id in NO_TASKS:
            break
        if parts := list(_tasks(section, say)):
            sections.append((section, _minutes(section), parts))
    facts = Markup("".join(map(str, facts_of(notebook)[1:2])))
    values = {"facts": facts, "sections": sections, "notebook": notebook, "about": about.line(say)}
    return page(
        say("Worksheet: {title}", title=notebook.label),
        markup.finish(markup.made("worksheet.html", say, **values)),
        say.code,
        banner=say(TRAINING),
        style=text_of("editions/worksheet.css"),
    )


def _minutes(section: Section) -> Markup:
    """How long a section takes, as it says itself."""
    tree = markup.prose(section.cells[0].text)
    found = next((one for one in tree.find_all("p") if is_minutes(one)), None)
    return Markup(found.decode_contents() if found else "")


def _tasks(section: Section, say: Language) -> Iterator[tuple[Cell, Question | None, Markup, bool]]:
    """Yield what there is to write in a section: questions, and tasks, perhaps with room below."""
    whole = section.id in TASKS
    for cell, following in zip(section.cells, (*section.cells[1:], None), strict=True):
        if question := question_of(cell, say):
            yield cell, question, Markup(), False
        elif whole and cell.method == "order":
            letter = markup.soup(markup.answer(cell.outputs, say)).find(class_="letter")
            yield cell, None, Markup(letter or ""), True
        elif whole and cell.code:
            yield cell, None, Markup("<p><code>{}</code></p>").format(cell.text), False
        elif not cell.code and (texts := list(_asks(cell, whole, following, say))):
            # An order that stands next has room for notes below it.
            room = not (whole and following and following.method == "order")
            yield cell, None, Markup("\n".join(map(str, texts))), room


def _asks(cell: Cell, whole: bool, following: Cell | None, say: Language) -> list[Tag]:
    """Return the paragraphs of a text that ask for something; all of them where it is a task.

    Those ask that have a question in them and a name ("Predict first."), or stand before a line
    to run.
    """
    tree = markup.prose(cell.text)
    for link in tree.find_all("a"):
        link.unwrap()
    blocks = [
        block
        for block in tree.children
        if isinstance(block, Tag)
        and block.name != "h2"
        and not is_minutes(block)
        and label_of(block) != say(TOLD)
    ]
    if whole:
        markup.caption_tables(tree, "")
        # A sentence that only leads to a question gives nothing to write.
        leading = all(
            block.name == "p" and block.get_text().strip().endswith(":") for block in blocks
        )
        return [] if leading else blocks
    leads = following is not None and following.code
    last = blocks[-1:] if leads else []
    return [one for one in blocks if asks_first(one) and (label_of(one) or one in last)]
