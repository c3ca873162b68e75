"""Puts the editions together: pages to read, slides, papers, and among these the worksheets.

A worksheet has a notebook's questions and tasks, with room to write, and no replies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bs4 import Tag
from markupsafe import Markup

from labsupport.course import roles
from labsupport.course.originals import Notebook, NotebookCell, Section, read_all
from labsupport.course.questions import Question, catalogue
from labsupport.lab import Lab
from labsupport.language import Language
from labsupport.orders.checklist import checklist, languages
from labsupport.papers.forms import TRAINING, page
from labsupport.papers.templates import filled_in, text_of
from labsupport.run.editions import markup
from labsupport.run.editions.markup import asks_first, blocks_of, is_minutes, label_of
from labsupport.run.editions.reading import EditionPages, Link, about, facts_of
from labsupport.run.editions.slides import NEXT, SOURCES, slides

# Sections whose whole text is a task: by the identifier of their first cell.
TASKS = ("before", "task", "your-turn")
# Sections that ask for nothing to be written.
NO_TASKS = ("limits", "summary", SOURCES, NEXT)


def participants(say: Language) -> dict[str, str]:
    """Return the participants' edition: pages to read, slides, papers."""
    lab: Any = Lab(say.code, live=False)
    notebooks = read_all(say.code)
    papers: dict[Link, str] = {}
    for notebook in notebooks:
        title = say("editions.worksheet_title", title=notebook.label)
        papers[f"papers/worksheet-{notebook.file}", title] = worksheet(
            notebook, title, say
        )
    own = checklist(say.code, say).words["title"]
    for code in sorted(languages(), key=lambda code: (code != say.code, code)):
        paper = checklist(code, say)
        # In words of the page that leads there: a screen reader reads it in its language.
        title = say("making.checklist_page", title=own, language=paper.words["name"])
        papers[f"papers/checklist-{code}.html", title] = paper.html
    title = say("editions.worksheet_blocking_measure_filled")
    measure = lab.orders.worksheet(lab.orders.draft("clean"))
    papers["papers/worksheet-on-a-measure.html", title] = measure.html
    pages = EditionPages(say, notebooks, tuple(papers)).pages()
    pages |= {
        f"slides/{notebook.file}": slides(notebook, say) for notebook in notebooks
    }
    return pages | {name: paper for (name, _), paper in papers.items()}


def instructors(say: Language, others: str) -> dict[str, str]:
    """Return the instructor's pages, and papers that are handed out one by one.

    These are a card for each group of the hearing, and the cases, which have what comes of each
    choice. The folder `others` beside theirs has the participants' pages.
    """
    lab: Any = Lab(say.code, live=False)
    papers: dict[Link, str] = {}
    for role in roles.play(say.code).roles.values():
        paper = lab.course.hearing(role.key)
        papers[
            f"papers/{paper.file}", say("editions.card_of_group", group=role.name)
        ] = paper.html
    for key, title in (
        ("fraud", say("editions.case_paper_set_each")),
        ("wrong-order", say("editions.case_b_paper_set")),
    ):
        papers[f"papers/case-{key}.html", title] = lab.course.teaching.case_paper(
            key
        ).html
    notebooks = read_all(say.code, instructor=True)
    pages = EditionPages(say, notebooks, tuple(papers), others=others).pages()
    return pages | {name: paper for (name, _), paper in papers.items()}


def worksheet(notebook: Notebook, title: str, say: Language) -> str:
    """Return a notebook's worksheet as a page for A4."""
    sections = []
    for section in notebook.sections[1:]:
        if section.id in NO_TASKS:
            break
        parts = list(_tasks(section, say))
        if parts:
            sections.append((section, _minutes(section), parts))
    content = filled_in(
        "editions/worksheet.html",
        say,
        facts=facts_of(notebook, 1, 2),
        sections=sections,
        notebook=notebook,
        about=about(say),
    )
    style = text_of("editions/worksheet.css")
    return page(
        title, markup.finish(content), say.code, banner=say(TRAINING), style=style
    )


def _minutes(section: Section) -> Markup:
    """How long a section takes, where it says so."""
    for paragraph in markup.prose(section.cells[0].text).find_all("p"):
        if is_minutes(paragraph):
            return Markup(paragraph.decode_contents())
    return Markup("")


def _tasks(
    section: Section, say: Language
) -> Iterator[tuple[NotebookCell, Question | None, Markup, bool]]:
    """Yield what there is to write in a section: questions, and tasks, perhaps with room below."""
    whole = section.id in TASKS
    for cell, following in zip(section.cells, (*section.cells[1:], None), strict=True):
        if cell.question:
            yield cell, catalogue(say.code)[cell.question], Markup(), False
        elif whole and _shows_an_order(cell):
            shown = markup.soup(markup.answer(cell.outputs, say))
            letter = shown.find(class_="lab-letter")
            yield cell, None, Markup(letter or ""), True
        elif whole and cell.code:
            yield cell, None, Markup("<p><code>{}</code></p>").format(cell.text), False
        elif not cell.code:
            texts = _asks(cell, section, following, say)
            # An order that stands next has room for notes below it.
            room = not (whole and following and _shows_an_order(following))
            if texts:
                yield cell, None, Markup("\n".join(map(str, texts))), room


def _shows_an_order(cell: NotebookCell) -> bool:
    return cell.code and cell.text.splitlines()[-1].startswith("lab.orders.draft(")


def _asks(
    cell: NotebookCell, section: Section, following: NotebookCell | None, say: Language
) -> list[Tag]:
    """Return the paragraphs of a text that ask for something; all of them where it is a task.

    Those ask that have a question in them and a name ("Predict first."), or stand before a line
    to run. "What you see" tells what came of one.
    """
    what_you_see = say("editions.what_you_see")
    blocks = []
    for block in blocks_of(cell.text, section.title):
        if (
            block.name != "h2"
            and not is_minutes(block)
            and label_of(block) != what_you_see
        ):
            blocks.append(block)
    if section.id in TASKS:
        return [] if all(map(_leads_on, blocks)) else blocks
    before_a_line = blocks[-1:] if following is not None and following.code else []
    asking = [block for block in blocks if asks_first(block)]
    return [block for block in asking if label_of(block) or block in before_a_line]


def _leads_on(block: Tag) -> bool:
    """Whether it only leads to a question, and gives nothing to write."""
    return block.name == "p" and block.get_text().strip().endswith(":")
