"""Forms for an order: a box to paste a draft into, and fields to fill in.

What stands in a draft is nobody else's business. It stays in the page, and goes to the kernel with
each press and is forgotten there; the reply goes to the page alone (see `labsupport.course.form`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from labsupport.course import confirming
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import how_to_type, read_span
from labsupport.lab_protocol import Lab, context_of
from labsupport.language import Language
from labsupport.orders.marked import PARTS, counted_so_far, marked
from labsupport.orders.order import Notice, Order, TargetPart, order_of
from labsupport.orders.reading import read_order
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.tree import as_html, paragraphs
from labsupport.visible import quoted

LONGEST_PERIOD = timedelta(days=36525)
DRAFTED = 'lab.orders.draft("flawed")'
REVIEW_CALL, IMPACT_CALL = (
    f"lab.orders.review({DRAFTED})",
    f"lab.orders.impact({DRAFTED})",
)
NOT_SAVED = "order_box.what_you_put_here"
NOTICES = {
    Notice.NOT_FOUND: "order_box.order_does_not_say",
    Notice.GIVEN: "order_box.it_is_given",
    Notice.DEFERRED: "order_box.it_is_deferred",
    Notice.DEFERRED_WITH_REASON: "order_box.deferred_reason",
}


def order_box(lab: Lab) -> Form:
    """Return a form to paste a draft order into: what to look at in it, who else goes dark.

    It answers with the text as a marked document, to be corrected, edited and reviewed again. The
    text stays in the page until Clear is pressed. It is kept nowhere else.
    """
    say = context_of(lab).say
    content = Content(
        title=say("order_box.paste_a_draft_order"),
        note=say(NOT_SAVED),
        fields=(Field("area", "text", say("order_box.draft")),),
        buttons=_buttons(say),
        code=REVIEW_CALL,
        private=True,
        holds=("review", "impact", "confirm"),
    )
    return form(say, content, _Pasted(lab).press)


def order_form(lab: Lab) -> Form:
    """Return a form with the fields of an order, for which `order_box` needs a text.

    The fields stay as they are after a review, to be mended; Clear empties them.
    """
    say = context_of(lab).say
    not_said = ("", say("order_box.order_does_not_say"))
    techniques = tuple(
        (str(key), say(profile.name)) for key, profile in PROFILES.items()
    )
    notices = tuple((str(key), say(word)) for key, word in NOTICES.items())
    lasting = say("order_box.how_long_30_days")
    content = Content(
        title=say("order_box.fill_in_an_order"),
        note=say(NOT_SAVED),
        fields=(
            Field("area", "targets", say("order_box.targets_names_pages_addresses")),
            Field("area", "reasons", say("order_box.reasons")),
            Field(
                "list",
                "technique",
                say("order_box.technique"),
                "",
                (not_said, *techniques),
            ),
            Field("text", "executors", say("order_box.addressed_to")),
            Field("text", "territory", say("order_box.territory")),
            Field("text", "start", say("order_box.start")),
            Field("text", "end", say("order_box.end")),
            Field("text", "lasts", say("order_box.or_how_long")),
            Field("text", "review", say("order_box.looked_at_again")),
            Field(
                "list",
                "notice",
                say("order_box.notice"),
                str(Notice.NOT_FOUND),
                notices,
            ),
            Field("text", "contacts", say("order_box.contacts")),
        ),
        buttons=_buttons(say),
        code=REVIEW_CALL,
        hint=" ".join([how_to_type(say), lasting]),
        private=True,
        holds=("review", "impact"),
    )

    def press(button: str, values: dict[str, str]) -> FormReply:
        if button == "clear":
            return FormReply.words(say("order_box.the_fields_are_empty"), REVIEW_CALL)
        try:
            order = read_fields(values, say)
        except NotUnderstood as problem:
            return FormReply.words(str(problem), REVIEW_CALL)
        return _answer(lab, button, order)

    return form(say, content, press)


class _Pasted:
    """Answers on what is pasted.

    It knows how many things there were to look at, and the order that was confirmed; no text.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._say = context_of(lab).say
        self._counts: list[str] = []
        self._asked = "review"
        self._confirmed: Order | None = None

    def press(self, button: str, values: dict[str, str]) -> FormReply:
        say = self._say
        text = values.get("text", "")
        if button == "clear" or "isNew" in values:
            self._counts = []
            self._confirmed = None
        if button == "clear":
            return FormReply.words(
                say("order_box.box_empty_draft_forgotten"), REVIEW_CALL
            )
        if not text.strip():
            return FormReply.words(say("order_box.paste_a_draft_first"), REVIEW_CALL)
        corrections = json.loads(values.get("taken", "{}"))
        order, problems = confirming.corrected(read_order(text), text, corrections, say)
        about = list(problems.values())
        if button == "confirm" and order.measures and not order.doubts:
            self._confirmed = order.as_confirmed()
            self._asked = "impact"
            context_of(self._lab).confirmed = self._confirmed
        elif button in ("review", "impact"):
            self._asked = button
        elif values["name"] not in problems:
            about.insert(0, self._about(values))
        if self._confirmed == order:
            order = replace(order, confirmed=True)
        review = self._asked == "review"
        reply = self._review(order, text) if review else self._impact(order, text)
        return FormReply(
            " ".join([*about, reply.text]),
            as_html(*paragraphs(about)) + reply.html,
            "",  # the plain call is on another order: it would be in the way
            ("text",),  # in its place stands the marked document, until it is edited
            {"review": say("order_box.review_again")},
            title=say("order_box.your_draft_order"),
        )

    def _about(self, values: Mapping[str, str]) -> str:
        """Say what was corrected."""
        say = self._say
        if values["value"] not in set(TargetPart):
            return say("order_box.corrected")
        _, word = PARTS[TargetPart(values["value"])]
        return say("order_box.corrected_name_part", name=values["name"], part=say(word))

    def _panel(self, order: Order, text: str) -> str:
        # Only who asks how many go dark is told it for each reading of a doubt.
        count = self._count if self._asked == "impact" else None
        return as_html(confirming.panel(order, text, self._say, count))

    def _count(self, order: Order) -> int | None:
        """How many sites that are not meant go dark under an order, where that was counted."""
        result: Any = self._lab.orders.impact(order)
        return len(result.bystanders) if getattr(result, "counted", False) else None

    def _review(self, order: Order, text: str) -> FormReply:
        review: Any = self._lab.orders.review(order)
        if self._counts[-1:] != [review.tally]:
            self._counts.append(review.tally)
        counted = counted_so_far(self._counts, self._say)
        page = review.private_html(text, self._counts, confirming.places(order))
        return FormReply(
            " ".join(filter(None, (review.sentence, counted))),
            self._panel(order, text) + page,
            REVIEW_CALL,
        )

    def _impact(self, order: Order, text: str) -> FormReply:
        say = self._say
        reply = _answer(self._lab, "impact", order)
        page = marked(
            text,
            order,
            (),
            say,
            language=order.language or say.code,
            cells=confirming.places(order),
            editable=True,
        )
        html = self._panel(order, text)
        html = reply.html + html if order.confirmed else html
        return FormReply(reply.text, html + as_html(page), reply.code)


def _answer(lab: Lab, button: str, order: Order) -> FormReply:
    """Ask the lab about an order, and say what it answers to the reader alone."""
    asks_impact = button == "impact"
    result: Any = lab.orders.impact(order) if asks_impact else lab.orders.review(order)
    # What a notebook would keep is left out of a result's own HTML.
    html = (
        result.private_html()
        if hasattr(result, "private_html")
        else as_html(result.page)
    )
    return FormReply(result.sentence, html, IMPACT_CALL if asks_impact else REVIEW_CALL)


def _buttons(say: Language) -> tuple[tuple[str, str], ...]:
    return (
        ("review", say("order_box.review")),
        ("impact", say("order_box.who_else_goes_dark")),
        ("clear", say("order_box.clear")),
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
    named = read_order(f"Block:\n{typed.get('targets', '')}")  # all of it is to be hit
    if named.not_understood:
        what = say.listed(quoted(one.text) for one in named.not_understood)
        raise NotUnderstood(say("order_box.targets_not_understood", what=what))
    technique = typed.get("technique")
    return order_of(
        named.targets,
        Technique(technique) if technique else None,
        executors=_several(typed.get("executors", "")),
        territory=typed.get("territory", ""),
        start=confirming.read_time(typed.get("start", ""), say),
        end=confirming.read_time(typed.get("end", ""), say, ends=True),
        lasts=_read_period(typed.get("lasts", ""), say),
        review=typed.get("review", ""),
        notice=Notice(typed.get("notice") or Notice.NOT_FOUND),
        contacts=_several(typed.get("contacts", "")),
        reasons=typed.get("reasons", ""),
        exceptions=named.exceptions,
        language=named.language,
        confirmed=True,
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for one in re.split("[,;\\n]", text) if (part := one.strip()))


def _read_period(text: str, say: Language) -> timedelta | None:
    if not text:
        return None
    seconds = read_span(text, say)
    if seconds > LONGEST_PERIOD.total_seconds():
        raise NotUnderstood(say("order_box.order_lasts_longer_than"))
    return timedelta(seconds=seconds)
