"""Print each paper of the instructor's guide, and write down how many pages it has.

It needs Debian's chromium-headless-shell. Other fonts may give a page more or less.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from labsupport import Lab
from labsupport.course import guide_content
from labsupport.language import languages
from labsupport.papers.forms import Paper

FILE = Path(__file__).parents[1] / "data" / "course" / "en" / guide_content.PAGES
HEAD = "# Pages of A4 of each paper: written by tools/count_pages.py, not by hand.\n"
PAGE = re.compile(rb"/Type\s*/Page\b")


def pages(window: Page, language: str) -> dict[str, int]:
    """Return the pages of each paper as a browser prints it, by the call that makes it."""
    lab = Lab(language)
    found = {}
    for plan in guide_content.plans(language).values():
        for one in guide_content.prints(language, plan):
            if one.call in found:  # plans have papers in common
                continue
            paper = eval(one.call, {"lab": lab})
            assert isinstance(paper, Paper), one.call
            window.set_content(paper.html)
            found[one.call] = len(PAGE.findall(window.pdf(prefer_css_page_size=True)))
    return found


if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell"
        )
        lines = []
        for code in languages():
            counted = pages(browser.new_page(), code)
            lines += [
                f"\n[{code}]\n",
                *(f"'{call}' = {n}\n" for call, n in counted.items()),
            ]
    FILE.write_text(HEAD + "".join(lines), encoding="utf-8")
