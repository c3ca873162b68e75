"""Papers and pages by jinja2 templates, in data/course: the words that stand on them are there."""

from __future__ import annotations

import functools
import re
from importlib import resources

import jinja2
from jinja2 import nodes
from markupsafe import Markup

from labsupport.language import Language
from labsupport.results import utc
from labsupport.visible import escaped, visible

LONGEST_WORD = 24  # that fits the narrowest column of a form in one piece


def filled_in(file: str, say: Language | None, /, **values: object) -> str:
    """Return a template of data/course with its places filled.

    In a page, what is no Markup is escaped; everywhere, what is hidden is spelt out.
    """
    return _environment().get_template(file).render(say=say, **values)


def coded(text: str) -> Markup:
    """Return a text as HTML, with what stands between backticks as code.

    >>> str(coded("Run `lab.ask()` & look"))
    'Run <code>lab.ask()</code> &amp; look'
    """
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", escaped(text)))


def broken(value: object) -> Markup:
    """Return text as HTML in which long names may be broken after a dot or a stroke.

    Addresses stay whole: half of one is another.
    """
    text = value if isinstance(value, Markup) else escaped(value)
    return Markup(
        re.sub(r"(?<![0-9])([./])(?=\w)|([./])(?=[^\W0-9])", r"\1\2<wbr>", text)
    )


def whole(value: str) -> Markup:
    """Return text as HTML in which dates, names and numbers are not broken at their hyphens."""
    short = rf"(?<!\S)(?=\S*-)\S{{1,{LONGEST_WORD}}}(?!\S)"
    return Markup(re.sub(short, r'<span class="whole">\g<0></span>', escaped(value)))


@jinja2.pass_eval_context
def _shown(context: nodes.EvalContext, value: object) -> object:
    if hasattr(value, "__html__"):
        return value
    if context.autoescape:
        return Markup(escaped(value))
    return visible(value) if isinstance(value, str) else value


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(text_of),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"broken": broken, "coded": coded, "whole": whole}
    environment.globals["utc"] = utc
    # for a style sheet
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return environment


def text_of(file: str) -> str:
    """Return a file of data/course."""
    return (
        resources.files("labsupport.data")
        .joinpath("course", file)
        .read_text(encoding="utf-8")
    )
