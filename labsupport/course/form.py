"""A form in a notebook: fields, buttons, and a reply that screen readers read out.

ipywidgets' own radio buttons belong to no group, its reply areas are not announced, and
JupyterLab takes the arrow keys and letters pressed on them as commands of its own, "delete
this cell" among them. So the form is made of native elements in data/course/form, which
anywidget puts in the page. Only functions import this module: it brings ipywidgets along.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, NamedTuple

import anywidget
import traitlets
from IPython.display import display, update_display

from labsupport import picture
from labsupport.course import notebook
from labsupport.declared import in_words
from labsupport.language import Language
from labsupport.results import Result, section
from labsupport.tree import Element, as_html, element, mime_bundle

_FILES = resources.files("labsupport.data").joinpath("course/form")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `kind` is "text", "area", "list" (choose from a list) or "choices".

    An area is a text of several lines. `options` are pairs of value and text; `value` is what
    stands there first. Choices need no label: the form's title is their question.
    """

    kind: str
    key: str
    label: str = ""
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What a form shows; `buttons` are pairs of key and text, `code` is the plain call.

    What is typed into a `private` form is nowhere but in the browser's page and in the kernel's
    memory: see `Form`. A press empties its fields, unless the button's key is one of `holds`.
    `note` stands above the fields. With `reply_first` the reply does as well: it is what the
    fields are about.
    """

    title: str
    fields: tuple[Field, ...]
    buttons: tuple[tuple[str, str], ...]
    code: str
    hint: str = ""
    note: str = ""
    private: bool = False
    holds: tuple[str, ...] = ()
    reply_first: bool = False


class FormReply(NamedTuple):
    """The reply to a press: `text` is read out, `html` is shown, `code` does the same.

    The fields and buttons `hidden` are not shown. `options` are what can be chosen from now on, by
    the key of their field; `title` and `labels` (of buttons, by their key) take the place of those
    that the form began with. With `emptied` the fields are. `standing` is HTML that stays in sight
    above the reply. `aside` is HTML above it as well, which goes to the page alone and is kept
    nowhere. `kept` is HTML that stands in the notebook from now on, for when no kernel runs. A
    `note` stands beside the buttons where nothing was done.
    """

    text: str
    html: str
    code: str
    hidden: tuple[str, ...] | None = None
    labels: Mapping[str, str] | None = None
    options: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    title: str | None = None
    emptied: bool | None = None
    standing: str | None = None
    aside: str = ""
    kept: Element | None = None
    note: str = ""

    @classmethod
    def words(cls, text: str, code: str) -> FormReply:
        """Return what is said in a sentence."""
        return cls(text, as_html(element("p", text)), code)

    @classmethod
    def by(cls, result: Result, code: str) -> FormReply:
        """Return what a result says."""
        return cls(result.sentence, as_html(result.page), code)


# What a form does when a button is pressed: it is handed the button's key, and the values by
# the keys of their fields.
Press = Callable[[str, dict[str, str]], FormReply]


class Form(anywidget.AnyWidget):
    """A form. `page` and `text` stand in for it where no kernel runs: on the web, on paper.

    What a form says is part of the widget's state, which Jupyter keeps in the notebook. Not so
    with a private form: its replies go to the browser as messages, its `said` stays empty. What
    was typed is in no state, and nothing of it is printed, logged or told by an error.
    """

    _esm = _FILES.joinpath("form.js").read_text(encoding="utf-8")
    _css = _FILES.joinpath("form.css").read_text(encoding="utf-8") + picture.style()
    content = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(
        self, say: Language, content: Content, press: Press, page: Element, text: str
    ) -> None:
        words = {
            "plain": say("form.without_form_draft_lab")
            if content.private
            else say("form.what_done_last_line")
            if content.reply_first
            else say("form.line_run"),
            "working": say("form.one_moment"),
            "hint": say("form.hint"),
            "sure": say("form.sure"),
            "silence": say(
                "case_box.lost"
                if content.reply_first
                else "form.text_is_here"
                if content.private
                else "form.nothing_came_back",
            ),
        }
        code = in_words(content.code, say)
        shown = asdict(content) | {"code": code, "language": say.code, "words": words}
        super().__init__(content=shown)
        self.add_class("lab-form-box")
        self.say = say
        self._press = press
        self._page = page
        self._text = text
        self._presses = 0
        self._shown = ""  # by which name what stands in the notebook can be changed
        self.on_msg(lambda _, message, buffers: self._hear(message))

    def _hear(self, message: dict[str, Any]) -> None:
        """Do what was pressed, unless it was before the last reply was there to be seen."""
        if message.get("after", self._presses) == self._presses:
            self.press(message["pressed"], message["values"])
            if shell := notebook.shell():
                # as after a cell, for who looks what it wrote
                shell.events.trigger("post_execute")

    def press(self, button: str, values: dict[str, str]) -> None:
        """Do what a press of `button` does; the reply is in `said`, unless the form is private."""
        if self.content["private"]:
            # What a press does may take longer than the page waits for a kernel that is not there.
            self.send({"heard": True})
            self.send({"said": self._quietly(button, values)})
            return
        self._presses += 1
        # The count makes the same reply a new one, so that it is read out again.
        reply = self._quietly(button, values)
        aside, kept = reply.pop("aside"), reply.pop("kept", None)
        self.said = reply | {"presses": self._presses}
        if aside:
            self.send({"aside": aside})
        if kept:
            self.keep(kept)

    def keep(self, page: Element) -> None:
        """Let this stand in the notebook where no kernel runs, in the place of what stood there."""
        self._page = page
        if self._shown:
            bundle, _ = self._repr_mimebundle_()
            update_display(bundle, raw=True, display_id=self._shown)  # type: ignore[no-untyped-call]

    def _quietly(self, button: str, values: dict[str, str]) -> dict[str, Any]:
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                reply = self._press(button, values)
        # whatever it is: its words, or those of a traceback, may be the text's
        except Exception:
            text = self.say("form.something_went_wrong")
            reply = FormReply.words(text, self.content["code"])
        reply = reply._replace(code=in_words(reply.code, self.say))
        return {
            key: value for key, value in reply._asdict().items() if value is not None
        }

    def __repr__(self) -> str:
        return self._text

    def _ipython_display_(self) -> None:
        bundle, _ = self._repr_mimebundle_()
        handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._shown = handle.display_id if handle else ""

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        assert bundle is not None
        data, metadata = bundle
        return data | mime_bundle(self._page) | {"text/plain": self._text}, metadata


def form(say: Language, content: Content, press: Press) -> Form:
    """Return a form for which, where no kernel runs, its title and its plain call stand."""
    notice = say("form.here_stands_one")
    plain = say("form.line_run")
    title = (
        content.title
        if content.title.endswith(("?", "!", "…"))
        else f"{content.title}."
    )
    code = in_words(content.code, say)
    kept = section(
        say,
        element("p", element("strong", title), f" {notice}"),
        element("p", f"{plain} ", element("code", code)),
    )
    return Form(say, content, press, kept, f"{title} {notice}\n{plain} {code}")
