"""`lab.orders.draft`: the lab's own draft orders, to be marked, reviewed and carried out.

All are invented. Each is a text in data/course/orders/drafts that begins with what it is, between
two lines of "+++" (TOML).
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace

from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.language.naming import code_of
from labsupport.orders.order import Order
from labsupport.orders.reading import read_order
from labsupport.orders.vocabulary import FOLDER
from labsupport.results import Result, Statement, Table, fitting, fold
from labsupport.tree import Element, Node, element
from labsupport.visible import quoted, visible

FENCE = "+++\n"
LANGUAGES = {"en": "drafts.english", "es": "drafts.spanish", "pt": "drafts.portuguese"}
FIRST_LETTERS = 700  # of an order, before it is unfolded


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft order in one language. `source` says what it is made after."""

    key: str
    language: str
    title: str
    source: str
    text: str


@functools.cache
def drafts() -> dict[str, dict[str, Draft]]:
    """Return the drafts by what they are called, and by the languages they are written in.

    >>> [*drafts()][:3], [*drafts()["like-messenger"]]
    (['clean', 'flawed', 'hold'], ['pt'])
    """
    found: dict[str, dict[str, Draft]] = {}
    for file in sorted(FOLDER.joinpath("drafts").iterdir(), key=lambda file: file.name):
        _, about, text = file.read_text(encoding="utf-8").split(FENCE, 2)
        one = Draft(**tomllib.loads(about), text=text)
        found.setdefault(one.key, {})[one.language] = one
    return found


def in_language(key: str, language: str) -> Draft:
    """Return a draft in a language, or else in English, or in the first that it is written in.

    >>> in_language("like-messenger", "es").language
    'pt'
    """
    written = drafts()[key]
    return next(written[one] for one in (language, "en", *written) if one in written)


@dataclass(eq=False, repr=False, kw_only=True)
class OwnOrder(Result):
    """A draft of the lab's own. Attributes: `draft`, its text and what it is made after.

    `corrected` is the order where what was read from the text was corrected. `called` says what
    it is in a case that is played, where it may have been signed.
    """

    draft: Draft
    corrected: Order | None = None
    called: str = ""

    @property
    def order(self) -> Order:
        """The order, as it is read from the text, or as that was corrected."""
        return self.corrected or _read(self.draft.text)

    def taken_as(self, name: object, part: object) -> OwnOrder:
        """Return the draft with a name of its text taken for another part: see `TargetPart`.

        Raises NotUnderstood for a name that does not stand there, and for what is no part.
        """
        say = self.say
        names = list(dict.fromkeys(one.target.value for one in self.order.mentions))
        if name not in names:
            values = {"name": quoted(name), "names": say.listed(names)}
            raise NotUnderstood(say("drafts.name_does_not_stand", **values))
        parts = choices("part")
        chosen = parts.key(part, say)
        if chosen is None:
            every = parts.listed(say, either=True)
            raise NotUnderstood(
                say("drafts.no_such_part", part=quoted(part), parts=every)
            )
        corrected = self.order.taken_as(str(name), chosen)
        return OwnOrder(say, None, None, draft=self.draft, corrected=corrected)

    @property
    def sentence(self) -> str:
        return self.called or self.say(
            "drafts.draft_order_lab", language=self.say(LANGUAGES[self.draft.language])
        )

    def __repr__(self) -> str:
        return f"{self.sentence}\n\n{visible(self.draft.text)}"

    def fact_nodes(self) -> list[Node]:
        lines = self.draft.text.strip().splitlines(keepends=True)
        fit = fitting(lines, FIRST_LETTERS)
        shown: list[Node] = [self._sheet(lines[:fit])]
        if fit < len(lines):
            shown.append(
                fold("lab-all", self.say("drafts.the_whole_text"), self._sheet(lines))
            )
        return shown

    def _sheet(self, lines: list[str]) -> Element:
        text = "".join(lines).rstrip()
        return element("div", text, lang=self.draft.language, class_="lab-letter")


@functools.cache  # there are few drafts
def _read(text: str) -> Order:
    """The order in a draft, whose authors confirm what is read."""
    return replace(read_order(text), confirmed=True)


def show_all(say: Language) -> Statement:
    """List the drafts."""
    rows = tuple(
        (
            choices("draft").word(key, say),
            in_language(key, say.code).title,
            ", ".join(written),
        )
        for key, written in drafts().items()
    )
    columns = say("drafts.key"), say("drafts.what"), say("drafts.languages")
    table = Table(say("drafts.draft_orders_lab"), columns, rows)
    return Statement(say, None, say("drafts.lab_these_draft"), table=table)


def show(key: object, language: object, say: Language) -> OwnOrder:
    """Return the draft called `key`, in `language` where it is written in that.

    Raises NotUnderstood for one that is not there.
    """
    known = choices("draft")
    found = known.key(key, say)
    if found is None:
        keys = known.listed(say, known.near(key, say) or drafts())
        raise NotUnderstood(say("drafts.no_such_draft", key=quoted(key), keys=keys))
    written = drafts()[found]
    chosen = code_of(language)
    if language == "":
        chosen = in_language(found, say.code).language
    if chosen not in written:
        codes = say.listed(f'"{code}"' for code in written)
        values = {"key": found, "language": quoted(language), "codes": codes}
        raise NotUnderstood(say("drafts.not_in_language", **values))
    return OwnOrder(say, None, None, draft=written[chosen])
