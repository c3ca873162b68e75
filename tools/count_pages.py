"""Print each paper of the instructor's guide, and write down how many pages it has.

It needs a browser of the Chromium family. Other fonts may give a page more or less.
"""

from __future__ import annotations

import re
from pathlib import Path

from labsupport import Lab
from labsupport.editions import printing
from labsupport.lookups.forms import Paper
from labsupport.teaching import guide_content

FILE = Path(__file__).parents[1] / "data" / "course" / "en" / guide_content.PAGES
HEAD = "# Pages of A4 of each paper: written by tools/count_pages.py, not by hand.\n\n[pages]\n"
PAGE = re.compile(rb"/Type\s*/Page\b")


def pages() -> dict[str, int]:
    """Return the pages of each paper, by the call that makes it."""
    lab = Lab("en")
    program = printing.browser()
    assert program, "no Chromium, Chrome or Edge was found"
    papers = {}
    for plan in guide_content.plans("en").values():
        for one in guide_content.prints("en", plan):
            paper = eval(one.call, {"lab": lab})
            assert isinstance(paper, Paper), one.call
            papers[one.call] = paper.html
    names = {str(number): call for number, call in enumerate(papers)}
    files = {name: papers[call] for name, call in names.items()}
    printed = printing.pdfs(program, files, lab.say)
    return {names[name]: len(PAGE.findall(pdf)) for name, pdf in printed}


if __name__ == "__main__":
    lines = [f"'{call}' = {count}\n" for call, count in pages().items()]
    FILE.write_text(HEAD + "".join(lines), encoding="utf-8")
