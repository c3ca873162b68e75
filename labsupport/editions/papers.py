"""What a participant gets on paper: a worksheet a notebook, and the papers that the lab has.

A worksheet has the questions and the tasks of its notebook, with room to write, and no replies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bs4 import Tag

from labsupport.editions import markup, templates
from labsupport.editions.about import About
from labsupport.editions.originals import NEXT, Cell, Notebook, Section
from labsupport.editions.questions import question_of
from labsupport.editions.reading import facts_of
from labsupport.editions.slides import asks_first, is_minutes, label_of
from labsupport.language import Language, mark
from labsupport.lookups.forms import TRAINING, Blank, Paper, page
from labsupport.results import escaped
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
    title = checklist(say.code, say).words.title
    for code in sorted(languages(), key=lambda code: (code != say.code, code)):
        page_before = checklist(code, say)
        # In words of the page that leads there: a screen reader reads it in its language.
        words = say(
            "Checklist, one page: {title} ({language})",
            title=title,
            language=page_before.words.name,
        )
        yield Sheet(f"checklist-{code}", words, page_before.html, f"checklist {code}")
    for name, title, key, paper in (
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
        assert isinstance(paper, Paper), paper
        yield Sheet(name, title, paper.html, key)


def worksheet(notebook: Notebook, about: About, say: Language) -> str:
    """Return a notebook's worksheet as a page for A4.

    >>> from labsupport.editions.about import about
    >>> from labsupport.editions.originals import read_all
    >>> say = Language.load("en")
    >>> "✓" in worksheet(read_all("en")[0], about("en"), say)
    False
    """
    body = [
        *(str(fact) for fact in facts_of(notebook)[1:2]),
        Blank("name", say("Name, date")).html(),
    ]
    for section in notebook.sections[1:]:
        if section.id in NO_TASKS:
            break
        if parts := list(_tasks(section, notebook, say)):
            body += [
                f"<section>\n<h2>{escaped(section.title)}</h2>\n",
                _minutes(section),
                *parts,
                "</section>\n",
            ]
    replies = say(
        "The replies are not on this sheet: run the question's line in the notebook, or unfold "
        "the answers on the page to read."
    )
    body.append(f'<p class="foot">{escaped(replies)}</p>\n')
    body.append(f'<p class="foot">{escaped(about.line(say))}</p>\n')
    return page(
        say("Worksheet: {title}", title=notebook.label),
        str(markup.finish("".join(body))),
        say.code,
        banner=say(TRAINING),
        style=templates.text_of("worksheet.css"),
    )


def _minutes(section: Section) -> str:
    """How long a section takes, as it says itself."""
    tree = markup.prose(section.cells[0].text)
    found = next((one for one in tree.find_all("p") if is_minutes(one)), None)
    return f'<p class="minutes">{found.decode_contents()}</p>\n' if found else ""


def _tasks(section: Section, notebook: Notebook, say: Language) -> Iterator[str]:
    """Yield what there is to write in a section: tasks, and questions."""
    whole = section.id in TASKS
    for number, cell in enumerate(section.cells):
        leads = number + 1 < len(section.cells) and section.cells[number + 1].code
        if question := question_of(cell, say):
            yield _question(question, cell, notebook.questions[cell.id], say)
        elif cell.code:
            if whole and cell.method == "order":
                letter = markup.soup(markup.answer(cell.outputs, say)).find(class_="letter")
                yield f"{letter or ''}\n"
                yield Blank(cell.id, say("Your notes"), tall=True).html()
            elif whole:
                yield f"<p><code>{escaped(cell.text)}</code></p>\n"
        elif texts := list(_asks(cell, whole, leads, say)):
            if not _order_follows(section, number):
                texts.append(Blank(cell.id, say("Your notes"), tall=True).html())
            yield f'<div class="task">{"".join(texts)}</div>\n'


def _order_follows(section: Section, number: int) -> bool:
    """Whether an order stands next, which has room for notes below it."""
    following = section.cells[number + 1 : number + 2]
    return section.id in TASKS and any(cell.method == "order" for cell in following)


def _asks(cell: Cell, whole: bool, leads: bool, say: Language) -> Iterator[str]:
    """Yield the paragraphs of a text that ask for something; all of them where it is a task.

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
        if any(block.name != "p" or not block.get_text().strip().endswith(":") for block in blocks):
            yield from (f"{block}\n" for block in blocks)
        return
    for number, block in enumerate(blocks):
        last = number + 1 == len(blocks)
        if asks_first(block) and (label_of(block) or (leads and last)):
            yield f"{block}\n"


def _question(question: Question, cell: Cell, number: int, say: Language) -> str:
    options = "".join(
        f'<li><span class="box" aria-hidden="true"></span> {escaped(f"{letter}) {choice.text}")}'
        "</li>"
        for letter, choice in question.lettered
    )
    line, title = escaped(cell.text), escaped(say("Question {number}", number=number))
    room_to_write = Blank(cell.id, say("Why?")).html()
    return (
        f'<div class="question"><h3>{title}</h3>'
        f'<p class="prompt">{escaped(question.prompt)}</p><ul class="options">{options}</ul>'
        f"{room_to_write}"
        f'<p class="key"><code>{line}</code></p></div>\n'
    )
