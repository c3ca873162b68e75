"""The templates and style sheets of the editions: data/course/editions."""

from __future__ import annotations

import functools
from importlib import resources

import jinja2
from markupsafe import Markup

_FOLDER = resources.files("labsupport.data").joinpath("course/editions")


def text_of(file: str) -> str:
    """Return a file of the folder."""
    return _FOLDER.joinpath(file).read_text(encoding="utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(text_of), autoescape=True, undefined=jinja2.StrictUndefined
    )


def filled_in(file: str, **values: object) -> str:
    """Return a template with its places filled; what is no Markup is escaped."""
    return _environment().get_template(file).render(**values) + "\n"


def ready(file: str) -> Markup:
    """Return a style sheet or a script as it stands.

    >>> "</style" in ready("reading.css")
    False
    """
    return Markup(text_of(file))
