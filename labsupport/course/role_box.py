"""A form in which a group takes its card of the hearing: it shows that card and no other."""

from __future__ import annotations

import json

from labsupport.course import roles
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.course.roles import Role
from labsupport.declared import in_words
from labsupport.language import Language
from labsupport.results import Result
from labsupport.tree import as_html

CALL = "lab.course.hearing()"  # it says which cards there are, and by which line each is taken


def show(say: Language) -> Form:
    """Return the form."""
    box = _Box(say)
    content = Content(
        title=say("roles.whose_card"),
        fields=(Field("choices", "choice"),),
        buttons=(("go", say("roles.take_card")), ("back", say("roles.put_it_back"))),
        code=CALL,
        reply_first=True,
    )
    made = form(say, content, box.press)
    first = box.said()
    made.said = first._replace(code=in_words(first.code, say))._asdict() | {
        "presses": 0
    }
    return made


class _Box:
    """The card that is taken, if one is."""

    def __init__(self, say: Language) -> None:
        self.say = say
        self._play = roles.play(say.code)
        self._role: Role | None = None

    def press(self, button: str, values: dict[str, str]) -> FormReply:
        """Take a card, put it back, or show what the others answer to a decision."""
        role = self._role
        chosen = values.get("choice", "")
        if button == "back":
            self._role = None
        elif role is None:
            self._role = self._play.roles.get(chosen)
            if self._role is None:
                return self._not_done("roles.mark_group_first")
        elif chosen in dict(role.lettered):
            call = f"lab.course.hearing({json.dumps(role.key)}, {json.dumps(chosen)})"
            return self.said(roles.replies(self.say, self._play, role, chosen), call)
        else:
            return self._not_done("roles.mark_answer_first")
        return self.said()

    def _not_done(self, key: str) -> FormReply:
        sentence = self.say(key)
        return self.said()._replace(text=sentence, note=sentence)

    def said(self, first: Result | None = None, call: str = "") -> FormReply:
        """Return the card that is taken, below what came `first`."""
        say = self.say
        role = self._role
        if role is None:
            reply = FormReply.words(say("roles.no_card_taken"), CALL)
            options = tuple((one.key, one.name) for one in self._play.roles.values())
            labels = {"go": say("roles.take_card")}
            title = say("roles.whose_card")
            hidden = ["back"]
        else:
            card = roles.card(say, self._play, role)
            reply = FormReply.by(
                card, call or f"lab.course.hearing({json.dumps(role.key)})"
            )
            if first:
                html = as_html(first.page) + reply.html
                reply = reply._replace(text=first.sentence, html=html)
            options = tuple(
                (letter, f"{letter}) {one.text}") for letter, one in role.lettered
            )
            labels = {"go": say("roles.what_others_answer")}
            title = role.decision
            hidden = []
        return reply._replace(
            hidden=tuple(hidden),
            labels=labels,
            options={"choice": options},
            title=title,
        )
