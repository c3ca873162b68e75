"""Puts the editions together: the files of a folder, by their names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from labsupport.editions import originals, papers, printing
from labsupport.editions.about import about
from labsupport.editions.papers import Sheet
from labsupport.editions.reading import Link, Reading, Shelf
from labsupport.editions.slides import Slides
from labsupport.language import Language

SLIDES, PAPERS = "slides", "papers"


@dataclass(slots=True)
class Made:
    """The files of an edition. `remarks` are sentences on it; `failed` says what went wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    failed: str = ""

    def add(self, pages: dict[str, str], folder: str = "") -> None:
        """Add pages, by the names of their files."""
        self.files |= {f"{folder}{name}": page.encode() for name, page in pages.items()}


def editions(kinds: Collection[str], say: Language) -> Made:
    """Make the participants' editions of the `kinds` ("read", "slides", "paper")."""
    notebooks = originals.read_all(say.code)
    now = about(say.code)
    made = Made()
    shelves: list[Shelf] = []
    sheets: list[Sheet] = []
    if "slides" in kinds:
        made.add(Slides(say, now, notebooks).pages(), f"{SLIDES}/")
        links = tuple(
            Link(f"{SLIDES}/{one.name}.html", say("Slides: {title}", title=one.label))
            for one in notebooks
        )
        sentence = say(
            "Each file is one notebook; it needs nothing but a browser. Arrow keys go from slide "
            "to slide."
        )
        shelves.append(Shelf(say("For the projector"), sentence, links))
    if "paper" in kinds:
        sheets = papers.all_papers(notebooks, now, say)
        made.add({f"{sheet.name}.html": sheet.html for sheet in sheets}, f"{PAPERS}/")
        _print(made, sheets, say)
        sentence = say(
            "Each is on A4. The worksheets have questions and tasks with room to write, and no "
            "replies. A page can also be filled in on the screen: what is typed is kept nowhere."
        )
        shelves.append(Shelf(say("On paper"), sentence, tuple(_links(made, sheets, say))))
    reading = Reading(
        say,
        now,
        notebooks if "read" in kinds else (),
        shelves,
        {sheet.key: f"{PAPERS}/{sheet.name}.html" for sheet in sheets if sheet.key},
    )
    made.add(reading.pages())
    return made


def instructors(participants: str, say: Language) -> dict[str, bytes]:
    """Make the instructor's pages; none where there are no notebooks for one.

    `participants` is the name of the folder beside theirs that has the participants' edition.
    """
    notebooks = originals.read_all(say.code, instructor=True)
    made = Made()
    if notebooks:
        now = about(say.code, instructor=True)
        made.add(Reading(say, now, notebooks, others=participants).pages())
    return made.files


def _print(made: Made, sheets: list[Sheet], say: Language) -> None:
    """Add a PDF of each sheet, where there is a program for it."""
    program = printing.browser()
    if program is None:
        made.remarks.append(
            say(
                "No PDF was made: neither Chromium nor Chrome nor Edge was found. To print a "
                "paper, open its page in a browser and choose Print: A4, without headers."
            )
        )
        return
    try:
        for name, pdf in printing.pdfs(program, {one.name: one.html for one in sheets}, say):
            made.files[f"{PAPERS}/{name}.pdf"] = pdf
    except printing.PrintingError as problem:
        made.failed = str(problem)


def _links(made: Made, sheets: list[Sheet], say: Language) -> Iterator[Link]:
    for sheet in sheets:
        yield Link(f"{PAPERS}/{sheet.name}.html", sheet.title)
        if f"{PAPERS}/{sheet.name}.pdf" in made.files:
            yield Link(
                f"{PAPERS}/{sheet.name}.pdf", say("{title}, as a PDF to print", title=sheet.title)
            )
