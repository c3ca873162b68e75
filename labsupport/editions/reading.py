"""The edition to read: a page a notebook, the words, and a page that leads to all of it.

It needs no script and nothing else but the page itself: it opens from a USB stick, and in a
screen reader. A question's replies unfold, as does what a picture shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bs4 import Tag

from labsupport.editions import markup, templates
from labsupport.editions.about import CANNOT, COURSE, INVENTED, LICENCE, About
from labsupport.editions.originals import Cell, Notebook, Section
from labsupport.editions.questions import question_of
from labsupport.language import Language, mark
from labsupport.lookups.forms import TRAINING
from labsupport.results import escaped
from labsupport.teaching.glossary import words
from labsupport.teaching.questions import Question, verdict

INDEX, WORDS = "index.html", "words.html"
# What one would do with a form, by the question that it asks.
BOXES = {
    "ask": mark(
        "Where the course runs, a form stands here: one types a name, chooses a type, and presses "
        "Ask. Its answers look like the others on this page."
    ),
    "trace": mark(
        "Where the course runs, a form stands here: with each press it goes one step further down "
        "from the root, or back."
    ),
    "wait": mark(
        "Where the course runs, a form stands here: one asks for a name, lets time pass, and asks "
        "again, to see what is still remembered."
    ),
    "review": mark(
        "Where the course runs, a form stands here: one pastes a draft order, and it is reviewed. "
        "Nothing of it is kept."
    ),
    "draft": mark(
        "Where the course runs, a form stands here: one writes an order part by part, and it is "
        "reviewed. Nothing of it is kept."
    ),
    "case": mark(
        "Where the course runs, a form stands here: one reads where the case stands, marks an "
        "answer, and presses a button. Time goes by with each choice."
    ),
}


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
        made = {INDEX: self._index()}
        for number, notebook in enumerate(self.notebooks):
            made[f"{notebook.name}.html"] = self._notebook(number, notebook)
        if self.notebooks and not self.others:
            made[WORDS] = self._words()
        return made

    # What all pages share

    def _page(self, here: str, title: str, body: str, onward: Iterable[Link] = ()) -> str:
        say = self.say
        course = say(COURSE)
        links = [Link(INDEX, say("Contents"))]
        links += [Link(f"{one.name}.html", one.label) for one in self.notebooks]
        if self.others:
            links.append(Link(f"../{self.others}/{INDEX}", say("The participants' edition")))
        elif self.notebooks:
            links.append(Link(WORDS, say("All words")))
        return templates.filled_in(
            "page.html",
            language=say.code,
            title=f"{title} – {course}" if title != course else course,
            style=templates.ready("reading.css"),
            skip=say("Skip to the content"),
            training=say(TRAINING),
            invented=say(INVENTED),
            course=say("The course"),
            links=links,
            here=here,
            body=markup.finish(body),
            onward=tuple(onward),
            onward_label=say("Onward"),
            about=(self.about.line(say), say(LICENCE)),
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

    # A notebook

    def _notebook(self, number: int, notebook: Notebook) -> str:
        say = self.say
        first, *sections = notebook.sections
        contents = "".join(
            f'<li><a href="#{escaped(one.id)}">{escaped(one.title)}</a></li>' for one in sections
        )
        heading = escaped(say("On this page"))
        parts = [
            self._section(first, notebook),
            f'<nav class="contents" aria-labelledby="contents"><h2 id="contents">{heading}</h2>'
            f"<ul>{contents}</ul></nav>",
            *(self._section(section, notebook) for section in sections),
            self._printed_replies(notebook),
        ]
        around = []
        if number:
            before = self.notebooks[number - 1]
            around.append(Link(f"{before.name}.html", say("Before: {title}", title=before.label)))
        around.append(Link(INDEX, say("Contents")))
        if number + 1 < len(self.notebooks):
            after = self.notebooks[number + 1]
            around.append(Link(f"{after.name}.html", say("Next: {title}", title=after.label)))
        return self._page(f"{notebook.name}.html", notebook.label, "".join(parts), around)

    def _section(self, section: Section, notebook: Notebook) -> str:
        return "".join(
            self._code(cell, section, notebook)
            if cell.code
            else self._text(cell, section, notebook)
            for cell in section.cells
        )

    def _text(self, cell: Cell, section: Section, notebook: Notebook) -> str:
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
        return str(tree)

    def _code(self, cell: Cell, section: Section, notebook: Notebook) -> str:
        say = self.say
        if question := question_of(cell, say):
            return question_html(question, cell.id, notebook.questions[cell.id], say)
        if cell.form:
            return self._box(cell, notebook)
        shown = f"<pre><code>{escaped(cell.text)}</code></pre>"
        if cell.hidden:
            folded = escaped(say("The lines behind this answer"))
            shown = f'<details class="run"><summary>{folded}</summary>{shown}</details>'
        else:
            label = escaped(say("You would run:"))
            shown = f'<div class="run"><p>{label}</p>{shown}</div>'
        came = markup.answer(cell.outputs, say)
        if came:
            label = escaped(say("The answer:"))
            came = (
                f'<div class="answer"><p class="label">{label}</p>{came}{self._paper(cell)}</div>'
            )
        return f'<div id="{escaped(cell.id)}">{shown}{came}</div>'

    def _printed_replies(self, notebook: Notebook) -> str:
        """The replies to all questions, at the end of the page where it is printed."""
        say = self.say
        parts = []
        for cell in notebook.cells:
            if question := question_of(cell, say):
                heading = say("Question {number}", number=notebook.questions[cell.id])
                parts.append(f"<h3>{escaped(heading)}</h3>{replies_html(question, say)}")
        if not parts:
            return ""
        title = escaped(say("The replies"))
        return f'<div class="on-paper replies"><h2>{title}</h2>{"".join(parts)}</div>'

    def _box(self, cell: Cell, notebook: Notebook) -> str:
        """A form as it reads where nothing runs, with what one would do with it."""
        say = self.say
        stored = markup.soup(markup.answer(cell.outputs, say))
        title = stored.find("strong")
        line = stored.find("code")
        heading = title.get_text().removesuffix(".") if title else cell.method
        parts = [f"<h3>{escaped(heading)}</h3><p>{escaped(say(BOXES[cell.form]))}</p>"]
        if line is not None:
            parts.append("<p>" + escaped(say("As a line to run:")) + f" {line}</p>")
        if cell.form == "case":
            begins = f'lab.case("{cell.argument}")'
            for section in notebook.sections:
                if section.id != cell.id and any(begins in one.text for one in section.cells):
                    way = escaped(say("One way through this case, line by line"))
                    parts.append(f'<p><a href="#{section.id}">{way}</a></p>')
        parts.append(self._paper(cell))
        return f'<div class="box" id="{escaped(cell.id)}">{"".join(parts)}</div>'

    def _paper(self, cell: Cell) -> str:
        """A link to the paper that a line would write, where it was made."""
        to = self.papers.get(paper_key(cell))
        if to is None:
            return ""
        words = escaped(self.say("The page to print, in this edition"))
        return f'<p><a href="{to}">{words}</a></p>'

    # The words, and the first page

    def _words(self) -> str:
        say = self.say
        title = say("All words")
        parts = [f"<h1>{escaped(title)}</h1><dl>"]
        known = words(say.code)
        place = {term: word.anchor for term, word in known.items()}
        for word in sorted(known.values(), key=lambda word: word.term.lower()):
            also = f" ({escaped(', '.join(word.also))})" if word.also else ""
            parts.append(f'<dt id="{word.anchor}">{escaped(word.term)}{also}</dt>')
            parts.append(f"<dd>{escaped(word.text)}")
            if word.like:
                parts.append(" " + escaped(say("A comparison: {text}", text=word.like)))
            if word.see:
                see = ", ".join(
                    f'<a href="#{place[one]}">{escaped(one)}</a>' if one in place else escaped(one)
                    for one in word.see
                )
                parts.append(" " + escaped(say("See also:")) + f" {see}.")
            if word.source:
                parts.append(" " + escaped(say("Source: {source}.", source=word.source)))
            parts.append("</dd>")
        body = "".join([*parts, "</dl>"])
        return self._page(WORDS, title, body, [Link(INDEX, say("Contents"))])

    def _index(self) -> str:
        say = self.say
        parts = [f"<h1>{escaped(self._title())}</h1>"]
        parts.append(f'<p class="edition">{escaped(say(CANNOT))}</p>')
        if self.notebooks:
            parts.append("<h2>" + escaped(say("To read")) + "</h2>")
            items = "".join(map(self._entry, self.notebooks))
            parts.append(f'<ul class="notebooks">{items}</ul>')
        if self.notebooks and not self.others:
            all_words = escaped(say("All words of the course, explained"))
            parts.append(f'<p><a href="{WORDS}">{all_words}</a></p>')
        for shelf in self.shelves:
            links = "".join(
                f'<li><a href="{link.to}">{escaped(link.text)}</a></li>' for link in shelf.links
            )
            parts.append(
                f"<h2>{escaped(shelf.title)}</h2><p>{escaped(shelf.sentence)}</p><ul>{links}</ul>"
            )
        return self._page(INDEX, self._title(), "".join(parts))

    def _title(self) -> str:
        return self.say("For the instructor") if self.others else self.say(COURSE)

    def _entry(self, notebook: Notebook) -> str:
        """A notebook in the list: its link, and what its first cell says of it."""
        facts = "".join(str(fact) for fact in facts_of(notebook)[:2])
        link = f'<a href="{notebook.name}.html">{escaped(notebook.label)}</a>'
        tree = markup.soup(facts)
        for inner in tree.find_all("a"):
            inner.unwrap()  # one link is enough to choose a notebook by
        return f"<li><p><strong>{link}</strong></p>{tree}</li>"


def facts_of(notebook: Notebook) -> list[Tag]:
    """Return the paragraphs that say for whom a notebook is, how long it takes, what for."""
    tree = markup.prose(notebook.cells[0].text)
    quotation = tree.find("blockquote")
    return list(quotation.find_all("p")) if isinstance(quotation, Tag) else []


def question_html(question: Question, place: str, number: int, say: Language) -> str:
    """Return a question whose answers unfold to the reply; nothing tells which is right before.

    >>> from labsupport.teaching.questions import catalogue
    >>> html = question_html(catalogue("en")["dns-time"], "q", 1, Language.load("en"))
    >>> html.count("<li>"), html.count("✓")
    (3, 1)
    """

    def folded(heading: str, text: str) -> str:
        summary, inside = escaped(heading), markup.quiet(text)
        return f"<details><summary>{summary}</summary><p>{inside}</p></details>"

    options = "".join(
        f"<li>{folded(f'{letter}) {choice.text}', f'{verdict(say, choice)}: {choice.reply}')}</li>"
        for letter, choice in question.lettered
    )
    hint = folded(say("Hint"), question.hint) if question.hint else ""
    title = escaped(say("Question {number}", number=number))
    help_text = escaped(say("Choose, then unfold your answer to see the reply."))
    on_paper = escaped(say("The replies stand on the last sheets."))
    return (
        f'<div class="question" id="{escaped(place)}"><h3>{title}</h3>'
        f'<p class="prompt">{escaped(question.prompt)}</p><p class="small on-screen">{help_text}'
        f'</p><p class="small on-paper">{on_paper}</p><ul class="options">{options}</ul>'
        f"{hint}</div>"
    )


def replies_html(question: Question, say: Language) -> str:
    """Return the replies to a question, each by its letter."""
    items = "".join(
        f"<li{' class=right' if choice.right else ''}><strong>{letter}) "
        f"{markup.quiet(verdict(say, choice))}</strong> {escaped(choice.reply)}</li>"
        for letter, choice in question.lettered
    )
    return f'<ul class="options">{items}</ul>'


def paper_key(cell: Cell) -> str:
    """Return which paper a line is about: "checklist es", "case-fraud", "worksheet", or "".

    >>> paper_key(Cell("c", True, 'lab.guide("checklist", "es").save("checklist.html")'))
    'checklist es'
    >>> paper_key(Cell("c", True, 'lab.case("fraud").play()'))
    'case-fraud'
    """
    if cell.form == "case":
        return f"case-{cell.argument}"
    if cell.method == "case" and cell.text.strip() == 'lab.case("hearing")':
        return "role-cards"
    if cell.method == "guide":
        return " ".join(re.findall(r'"([^"]+)"', cell.text)[:2])
    return cell.argument if cell.method == "draft" else ""
