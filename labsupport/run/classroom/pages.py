"""The room's own pages, by the templates in data/course/classroom: JupyterHub's are among them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2

from labsupport.language import Language, languages
from labsupport.language.naming import NAMES

COURSE = files("labsupport.data") / "course"
TEMPLATES = str(COURSE / "classroom" / "templates")
# The style that all pages share stands among the papers.
SEARCHED = [TEMPLATES, str(COURSE)]
QUIET_MINUTES = 10
# What a desk takes: 140 were measured with 02 open and run (benchmarks/classroom.py), and 04 takes
# a good 50 more.
MEGABYTES_A_DESK = 200


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One desk in the instructor's overview.

    `state` says whether its server runs; `minutes` how long ago a notebook was saved, or None;
    `full` how much of the room for its files is taken, in percent.
    """

    user: str
    name: str
    state: str
    notebook: str = ""
    section: str = ""
    run: int = 0
    cells: int = 0
    minutes: int | None = None
    stopped: bool = False
    megabytes: int = 0
    full: int = 0

    @property
    def quiet(self) -> bool:
        """Whether nothing was saved for long although the desk is in use."""
        return self.megabytes > 0 and (self.minutes or 0) >= QUIET_MINUTES


def words(say: Language) -> dict[str, Any]:
    """Return how a template says things, and in which languages it could."""
    named = {code: NAMES[code] for code in languages()}
    return {"say": say, "languages": named}


def page(name: str, say: Language, **values: object) -> str:
    """Return a page that is shown without the hub, in the language of `say`."""
    return _environment().get_template(f"{name}.html").render(words(say) | values)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(SEARCHED),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
