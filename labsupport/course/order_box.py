"""Forms for an order: a box to paste a draft into, and fields to fill in.

What stands in a draft is nobody else's business. It goes from the page to the kernel's memory and
nowhere else; the reply goes to the page alone (see `labsupport.course.form`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import how_to_type, read_moment, read_span
from labsupport.language import Language, mark
from labsupport.orders.order import Notice, Order, TargetPart
from labsupport.orders.reading import read_order
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.papers.templates import filled_in
from labsupport.visible import escaped, quoted

if TYPE_CHECKING:
    from labsupport.lab import Lab


LONGEST_PERIOD = timedelta(days=36525)
DRAFTED = 'lab.order("flawed")'
CORRECTED = f'{DRAFTED}.taken_as("203.0.113.80", "mentioned")'
REVIEW_CALL, IMPACT_CALL = f"lab.review({DRAFTED})", f"lab.impact({DRAFTED})"
MOST_MENTIONS = 200
# What a name in a draft can be taken for; what is not sure stands first.
PARTS = {
    TargetPart.UNSURE: mark("not sure: counts as nothing"),
    TargetPart.TARGET: mark("to be blocked"),
    TargetPart.EXCEPTION: mark("not to be touched"),
    TargetPart.ACTS: mark("who acts"),
    TargetPart.CONTACT: mark("contact for mistakes"),
    TargetPart.MENTIONED: mark("mentioned, no more"),
}
NOT_SAVED = mark(
    "What you put here is not saved. On a hosted service: never put a real order here."
)
NOTICES = {
    Notice.NOT_FOUND: mark("the order does not say"),
    Notice.GIVEN: mark("it is given"),
    Notice.DEFERRED: mark("it is deferred"),
    Notice.DEFERRED_WITH_REASON: mark("it is deferred, with a reason"),
}


def order_box(lab: Lab) -> Form:
    """Return a form to paste a draft order into: what to look at in it, who else goes dark.

    The text is in the kernel's memory until Clear is pressed or another one is pasted, so that
    it need not be pasted again for the second question. It is kept nowhere else.
    """
    say = lab.say
    content = Content(
        title=say("Paste a draft order"),
        note=say(NOT_SAVED),
        fields=(Field("area", "text", say("Draft")),),
        buttons=_buttons(say),
        code=REVIEW_CALL,
        private=True,
    )
    return form(say, content, _Pasted(lab).press)


def order_form(lab: Lab) -> Form:
    """Return a form with the fields of an order, for which `order_box` needs a text.

    The fields stay as they are after a review, to be mended; Clear empties them.
    """
    say = lab.say
    not_said = ("", say("the order does not say"))
    techniques = tuple((str(key), say(profile.name)) for key, profile in PROFILES.items())
    notices = tuple((str(key), say(word)) for key, word in NOTICES.items())
    lasting = say("How long: “30 days”. Several in a line: with commas.")
    content = Content(
        title=say("Fill in an order"),
        note=say(NOT_SAVED),
        fields=(
            Field("area", "targets", say("Targets: names, pages or addresses, one a line")),
            Field("area", "reasons", say("Reasons")),
            Field("list", "technique", say("Technique"), "", (not_said, *techniques)),
            Field("text", "executors", say("Addressed to")),
            Field("text", "territory", say("Territory")),
            Field("text", "start", say("Start")),
            Field("text", "end", say("End")),
            Field("text", "lasts", say("Or: how long")),
            Field("text", "review", say("Looked at again")),
            Field("list", "notice", say("Notice"), str(Notice.NOT_FOUND), notices),
            Field("text", "contacts", say("Contacts")),
        ),
        buttons=_buttons(say),
        code=REVIEW_CALL,
        hint=" ".join([how_to_type(say), lasting]),
        private=True,
        holds=("review", "impact"),
    )

    def press(button: str, values: dict[str, str]) -> FormReply:
        if button == "clear":
            return FormReply.words(say("The fields are empty."), REVIEW_CALL)
        try:
            order = read_fields(values, say)
        except NotUnderstood as problem:
            return FormReply.words(str(problem), REVIEW_CALL)
        return _answer(lab, button, order)

    return form(say, content, press)


class _Pasted:
    """The draft that was pasted last, as read and corrected, in the kernel's memory alone."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._order: Order | None = None
        self._asked = "review"

    def press(self, button: str, values: dict[str, str]) -> FormReply:
        say = self._lab.say
        if button == "clear":
            self._order = None
            return FormReply.words(
                say("The box is empty, and the draft is forgotten."), REVIEW_CALL
            )
        about = ""
        pasted = values.get("text", "")
        if pasted.strip():
            self._order = read_order(pasted)
        elif self._order is None:
            return FormReply.words(say("Paste a draft first."), REVIEW_CALL)
        elif button == "taken":
            self._order = self._order.taken_as(values["name"], values["value"])
            part = say(PARTS[TargetPart(values["value"])])
            about = say("Corrected: {name}, {part}.", name=values["name"], part=part)
        else:
            about = say("About the draft pasted last. Clear forgets it.")
        assert self._order is not None
        self._asked = self._asked if button == "taken" else button
        said = _answer(self._lab, self._asked, self._order, about)
        drafted = CORRECTED if button == "taken" else DRAFTED
        code = said.code.replace(DRAFTED, drafted)
        return FormReply(said.text, _as_read(self._order, say) + said.html, code)


def _as_read(order: Order, say: Language) -> str:
    """What each name in a draft was taken for, and its sentence: to be corrected by a choice."""
    mentions = {one.target.value: one for one in reversed(order.mentions)}
    listed = sorted(
        mentions.values(), key=lambda one: (one.part is not TargetPart.UNSURE, one.target.start)
    )
    if not listed:
        return ""
    return filled_in(
        "papers/as_read.html",
        say,
        mentions=listed[:MOST_MENTIONS],
        more=len(listed) - MOST_MENTIONS,
        unsure=sum(one.part is TargetPart.UNSURE for one in listed),
        parts=PARTS,
    )


def _answer(lab: Lab, button: str, order: Order, about: str = "") -> FormReply:
    """Ask the lab about an order, and say what it answers to the reader alone."""
    asks_impact = button == "impact"
    result: Any = lab.impact(order) if asks_impact else lab.review(order)
    # What a notebook would keep is left out of a result's own HTML.
    html = getattr(result, "private_html", result._repr_html_)()
    before = f"<p>{escaped(about)}</p>" if about else ""
    text = " ".join(filter(None, (about, result.sentence)))
    return FormReply(text, before + html, IMPACT_CALL if asks_impact else REVIEW_CALL)


def _buttons(say: Language) -> tuple[tuple[str, str], ...]:
    return (
        ("review", say("Review")),
        ("impact", say("Who else goes dark")),
        ("clear", say("Clear")),
    )


# Reading the fields


def read_fields(values: Mapping[str, str], say: Language) -> Order:
    """Return the order in the fields of the form; raise NotUnderstood for what cannot be read.

    >>> fields = {"technique": "resolver", "executors": "Fibra Sur, Movil Norte"}
    >>> order = read_fields(fields, Language.load("en"))
    >>> order.technique.value, order.executors
    ('resolver', ('Fibra Sur', 'Movil Norte'))
    """
    typed = {key: text.strip() for key, text in values.items()}
    found = read_order(f"Block:\n{typed.get('targets', '')}")  # all of it is to be hit
    technique = typed.get("technique")
    return replace(
        found,
        technique=Technique(technique) if technique else None,
        executors=_several(typed.get("executors", "")),
        territory=typed.get("territory", ""),
        start=_read_time(typed.get("start", ""), say),
        end=_read_time(typed.get("end", ""), say, ends=True),
        lasts=_read_period(typed.get("lasts", ""), say),
        review=typed.get("review", ""),
        notice=Notice(typed.get("notice") or Notice.NOT_FOUND),
        contacts=_several(typed.get("contacts", "")),
        reasons=typed.get("reasons", ""),
        mentions=(),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for one in re.split("[,;\\n]", text) if (part := one.strip()))


def _read_time(text: str, say: Language, *, ends: bool = False) -> datetime | None:
    """Read when an order starts, or ends: a day on which it ends belongs to it."""
    if not text:
        return None
    moment = read_moment(text, say)
    time = moment.end if ends else moment.local
    if time.tzinfo is None:
        raise NotUnderstood(
            say("{time} has no time zone: it could be any.", time=quoted(text))
            + f" {how_to_type(say)}"
        )
    return time


def _read_period(text: str, say: Language) -> timedelta | None:
    if not text:
        return None
    seconds = read_span(text, say)
    if seconds > LONGEST_PERIOD.total_seconds():
        raise NotUnderstood(say("An order that lasts longer than a hundred years has no end."))
    return timedelta(seconds=seconds)
