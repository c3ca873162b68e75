"""A form that plays a case: it shows where one stands, and does what is chosen."""

from __future__ import annotations

import json
from collections.abc import Iterable

from labsupport.course import case, confirming
from labsupport.course.case import Case
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.course.written_order import read_back
from labsupport.declared import in_words
from labsupport.inputs.choices import choices
from labsupport.lab_protocol import Lab, context_of
from labsupport.orders.order import Order
from labsupport.orders.reading import read_order
from labsupport.results import Explanation, Result, Statement, section
from labsupport.tree import Element, Node, as_html, element


def show(lab: Lab, what: object) -> Form | Statement | Explanation:
    """Return the form for a case, or a sentence where there is no such case."""
    opened = case.show(lab, what)
    if not isinstance(opened, Case):
        return opened
    say, box = context_of(lab).say, _Box(lab, opened)
    code = f"case = lab.course.case({json.dumps(what)})"
    content = Content(
        title=opened.story.title,
        fields=(
            Field("choices", "choice"),
            Field("area", "text", say("case_box.your_order_what_you")),
        ),
        buttons=(
            ("choose", say("case_box.do_this")),
            ("back", say("case_box.take_last_choice_back")),
            ("again", say("case_box.start_again")),
            ("save", say("case_box.save_go_later")),
            ("keep", say("case_box.write_the_case_file")),
        ),
        code=code,
        reply_first=True,
    )
    made = form(say, content, box.press)
    reply = box.said(in_words(code, say))
    if reply.kept:
        made.keep(reply.kept)
    made.said = reply._replace(kept=None)._asdict() | {"presses": 0}
    return made


class _Box:
    """A case that is played in a form."""

    def __init__(self, lab: Lab, playing: Case) -> None:
        self._lab = lab
        self._case = playing
        self.say = playing.say

    def press(self, button: str, values: dict[str, str]) -> FormReply:
        """Do what a button does."""
        playing = self._case
        if button == "back":
            playing.undo()
            # What was written can be mended.
            return self.said(
                "case.undo()", emptied=not (playing.to_write or playing.wrote)
            )
        if button == "again":
            while playing.taken:
                playing.undo()
            return self.said(
                f"case = lab.course.case({json.dumps(playing.story.key)})", emptied=True
            )
        if button == "save":
            return self.said("case.save()", playing.save())
        if button == "keep":
            return self.said("case.keep()", playing.keep())
        return self._write(button, values) if playing.to_write else self._choose(values)

    def _write(self, button: str, values: dict[str, str]) -> FormReply:
        if not values["text"].strip():
            return self._not_done(self.say("case_box.write_order_into_box"))
        text = values["text"]
        if self._is_model(text):
            call = f"case.write({json.dumps(text.strip())})"
            done = self._case.write(text)
        else:
            corrections = json.loads(values.get("taken", "{}"))
            order, problems = confirming.corrected(
                read_order(text), text, corrections, self.say
            )
            if button != "confirm" or order.doubts or not order.measures:
                return self._asks(order, text, problems.values())
            call = "case.write(lab.orders.confirmed())"
            order = order.as_confirmed()
            context_of(self._lab).confirmed = order
            done = self._case.write(order)
        read = self._case.read
        if done is not self._case or read is None:
            return self.said(call, done)
        return self.said(call, aside=as_html(element("p", read_back(read, self.say))))

    def _is_model(self, text: str) -> bool:
        """Whether the key of a model was typed, and no order."""
        key = choices("model").key(text, self.say) or text.strip()
        return key in self._case.story.written

    def _asks(self, order: Order, text: str, problems: Iterable[str]) -> FormReply:
        """Show what was read, to be confirmed: to the page alone, and kept nowhere."""
        page = confirming.panel(order, text, self.say)
        sentence = " ".join([*problems, self.say("case_box.confirm_first")])
        reply = self.said('case.write("…")', aside=as_html(page))
        return reply._replace(text=sentence)

    def _choose(self, values: dict[str, str]) -> FormReply:
        letter = "a" if len(self._case.options) == 1 else values["choice"]
        if not letter:
            return self._not_done(self.say("case_box.mark_one_answer_first"))
        done = self._case.choose(letter)
        return self.said(
            f"case.choose({json.dumps(letter)})", None if done is self._case else done
        )

    def _not_done(self, sentence: str) -> FormReply:
        return self.said("case")._replace(text=sentence, note=sentence)

    def said(
        self,
        call: str,
        first: Result | None = None,
        *,
        aside: str = "",
        emptied: bool = False,
    ) -> FormReply:
        """Return where the case stands, below what came `first`."""
        playing, say = self._case, self.say
        asked, hidden = playing.question, ["again"]
        options = tuple(
            (letter, f"{letter}) {text}") for letter, text in playing.options
        )
        labels = {}
        if not playing.choices:
            asked = say("case_box.end_compare_take_choice")
            hidden = ["choose"]
        elif len(options) == 1:
            asked, options, labels = (
                playing.options[0][1],
                (),
                {"choose": say("case_box.go_on")},
            )
        if not playing.to_write:
            hidden.append("text")
        if not playing.taken:
            hidden.append("back")
        reply = playing.last.reply if playing.last else ""
        parts = (reply, f"{playing.step.title}.", playing.cost)
        shown = [first.page] if first else []
        return FormReply(
            first.sentence if first else " ".join(filter(None, parts)),
            as_html(*shown, playing.in_form()),
            call,
            tuple(hidden),
            labels,
            {"choice": options},
            asked,
            emptied,
            as_html(section(say, playing.standing())),
            aside,
            self._kept(asked),
        )

    def _kept(self, asked: str) -> Element:
        """Return where the case stands, for when no kernel runs: and what to do then."""
        playing, say = self._case, self.say
        how = say("case_box.kept" if playing.taken else "form.here_stands_one")
        body: list[Node] = [
            element("p", element("strong", f"{playing.story.title}."), f" {how}"),
            playing.standing(),
            playing.in_form(),
            element("p", element("strong", asked)),
        ]
        if playing.options:
            options = [element("li", text) for _, text in playing.options]
            body.append(element("ul", *options))
        return section(say, *body)
