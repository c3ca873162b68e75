"""Papers by jinja2 templates, data/course/papers: the words that stand on a paper are there."""

from __future__ import annotations

import functools
import re
from importlib import resources

import jinja2
from markupsafe import Markup

from labsupport.language import Language
from labsupport.results import escaped, utc, visible

LONGEST_WORD = 24  # that fits the narrowest column of a form in one piece


def rendered(file: str, say: Language | None, /, **values: object) -> str:
    """Return a template, filled in. What is no Markup is escaped in a page, and visible."""
    return _environment().get_template(f"papers/{file}").render(say=say, **values) + "\n"


def part(name: str, *values: object) -> str:
    """Return a part of a page, as a macro of fields.html makes it."""
    return str(getattr(_environment().get_template("papers/fields.html").module, name)(*values))


def broken(value: object) -> Markup:
    """Return text as HTML in which long names may be broken after a dot or a stroke.

    Addresses stay whole: half of one is another.
    """
    text = value if isinstance(value, Markup) else escaped(value)
    return Markup(re.sub(r"(?<![0-9])([./])(?=\w)|([./])(?=[^\W0-9])", r"\1\2<wbr>", text))


def whole(value: str) -> Markup:
    """Return text as HTML in which dates, names and numbers are not broken at their hyphens."""
    short = rf"(?<!\S)(?=\S*-)\S{{1,{LONGEST_WORD}}}(?!\S)"
    return Markup(re.sub(short, r'<span class="whole">\g<0></span>', escaped(value)))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"broken": broken, "whole": whole}
    environment.globals["utc"] = utc
    return environment


def _text(file: str) -> str:
    return resources.files("labsupport.data").joinpath("course", file).read_text(encoding="utf-8")
