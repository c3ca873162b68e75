"""Papers that a template makes.

What a paper says is written once, in its template: its plain text is read from its page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labsupport.papers.forms import TRAINING, Paper, filled, page
from labsupport.papers.plain_text import as_text, plain
from labsupport.papers.templates import filled_in, text_of


@dataclass(eq=False, repr=False, kw_only=True)
class Templated(Paper):
    """A paper that a template makes; it is called `paper` there.

    `gist` says in a sentence what it is. One with rows is shown as these.
    """

    template: ClassVar[str]
    style: ClassVar[str]
    title: str
    file: str
    gist: str
    banner: str = TRAINING

    @property
    def sentence(self) -> str:
        return self.gist

    def made(self) -> str:
        """Return it as HTML."""
        return filled_in(self.template, self.say, paper=self)

    @property
    def html(self) -> str:
        return page(
            self.title,
            self.made(),
            self.say.code,
            banner=self.say(self.banner),
            style=text_of(self.style),
        )

    @property
    def text(self) -> str:
        return plain(self.html) + "\n"

    def __repr__(self) -> str:
        if self.tabulated():
            return super().__repr__()
        parts = [self.sentence, *map(filled, self.notes), as_text(*self.fact_nodes())]
        return "\n\n".join(parts)
