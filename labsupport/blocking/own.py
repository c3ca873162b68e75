"""`lab.order`: the lab's own draft orders, to be marked, reviewed and carried out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache

from labsupport.blocking.drafts import Draft, draft, keys, languages
from labsupport.blocking.order import Order, Part
from labsupport.language import Language, mark
from labsupport.lookups.names import NotUnderstood, folded
from labsupport.results import Explanation, Result, Table, escaped, quoted, visible

LANGUAGES = {"en": mark("English"), "es": mark("Spanish"), "pt": mark("Portuguese")}
SHEET = (
    "border:1px solid currentColor;border-radius:.3em;padding:.8em 1.2em;margin:.5em 0;"
    "max-width:46em;white-space:pre-wrap;font-family:Georgia,serif;line-height:1.5"
)


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
        return self.corrected or _read(self.draft)

    def taken_as(self, name: object, part: object) -> OwnOrder:
        """Return the draft with a name of its text taken for another part: see `Part`.

        Raises NotUnderstood for a name that does not stand there, and for what is no part.
        """
        say = self.say
        names = ", ".join(dict.fromkeys(one.target.value for one in self.order.mentions))
        if name not in names.split(", "):
            raise NotUnderstood(
                say("{name} does not stand in this draft: {names}.", name=quoted(name), names=names)
            )
        if part not in list(Part):
            parts = ", ".join(f'"{one}"' for one in Part)
            raise NotUnderstood(
                say(
                    "A name cannot be taken as {part}, but as: {parts}.",
                    part=quoted(part),
                    parts=parts,
                )
            )
        corrected = self.order.taken_as(str(name), str(part))
        return OwnOrder(say, None, None, draft=self.draft, corrected=corrected)

    @property
    def sentence(self) -> str:
        return self.called or self.say(
            "A draft order of the lab, in {language}; all of it is invented.",
            language=self.say(LANGUAGES[self.draft.language]),
        )

    def __repr__(self) -> str:
        return f"{self.sentence}\n\n{visible(self.draft.text)}"

    def _repr_html_(self) -> str:
        text = escaped(self.draft.text.strip())
        return (
            f'<section lang="{self.say.code}"><p>{escaped(self.sentence)}</p>'
            f'<div lang="{self.draft.language}" style="{SHEET}">{text}</div></section>'
        )


@cache  # there are few drafts
def _read(draft: Draft) -> Order:
    return Order.from_text(draft.text)


def show(key: object, language: object, say: Language) -> Result:
    """Return the draft called `key`, in `language` where it is written in that; "" lists all.

    Raises NotUnderstood for one that is not there.
    """
    if key == "":
        return _all(say)
    wanted = folded(key) if isinstance(key, str) else ""
    found = next((one for one in keys() if folded(one) == wanted), None)
    if found is None:
        close = difflib.get_close_matches(str(key).lower(), keys(), n=3)
        raise NotUnderstood(
            say(
                "There is no draft {key}. There are: {keys}.",
                key=quoted(key),
                keys=", ".join(f'"{one}"' for one in close or keys()),
            )
        )
    written = languages(found)
    if language == "":
        chosen = next((code for code in (say.code, "en") if code in written), written[0])
    elif isinstance(language, str) and language.strip().lower() in written:
        chosen = language.strip().lower()
    else:
        raise NotUnderstood(
            say(
                'The draft "{key}" is not written in {language}. It is in: {codes}.',
                key=found,
                language=quoted(language),
                codes=", ".join(f'"{code}"' for code in written),
            )
        )
    return OwnOrder(say, None, None, draft=draft(found, chosen))


def _all(say: Language) -> Result:
    rows = tuple(
        (key, draft(key, languages(key)[0]).title, ", ".join(languages(key))) for key in keys()
    )
    table = Table(say("Draft orders of the lab"), (say("key"), say("what"), say("languages")), rows)
    sentence = say('The lab has these draft orders, all invented. lab.order("flawed") shows one.')
    return Explanation(say, None, sentence, table=table)
