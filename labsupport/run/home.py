"""The first page of a working copy: data that the front end draws (frontend/src/home.ts)."""

from __future__ import annotations

import base64
import json
from importlib.resources import files

from labsupport.course import work
from labsupport.course.originals import Notebook, read_all
from labsupport.language import SOURCE_LANGUAGE, Language, languages, table
from labsupport.language.naming import NAMES

FILE = "home.course"
# What the page says of work; the sentences on a file of work come with the answer about it.
WORK = (
    "kept",
    "kept_browser",
    "kept_folder",
    "kept_room",
    "kept_record",
    "kept_draft",
    "about",
    "about_folder",
    "take_home",
    "take_up",
    "nothing",
    "taken_home",
    "left_at_home",
    "too_large",
    "no_work",
    "comparing",
    "no_python",
    "changed",
    "accept",
    "refuse",
    "left",
    "nothing_new",
    "taken_up",
    "no_room",
)
PICTURES = files("labsupport.data") / "course" / "home"


def home(say: Language) -> bytes:
    """Return the page as the content of its file.

    >>> page = json.loads(home(Language.load("en")))
    >>> page["parts"][1]["file"], page["parts"][1]["title"]
    ('01-how-the-internet-works.ipynb', '01 · How the Internet works')
    """
    words = dict(table(say, "home"))
    words |= {key: table(say, "strip")[key] for key in ("sections", "questions")}
    page = {
        "lang": say.code,
        "title": words.pop("title"),
        "about": words.pop("about"),
        "version": work.edition(),
        "work": {key: table(say, "work")[key] for key in WORK},
        "others": [_other(code) for code in languages() if code != say.code],
        "parts": [_part(notebook) for notebook in read_all(say.code)],
        "words": words,
    }
    return (json.dumps(page, indent=1, ensure_ascii=False) + "\n").encode()


def _first(text: str) -> str:
    """Return the first of several things that are told, as a sentence."""
    return text.partition(";")[0].rstrip(".") + "."


def _other(language: str) -> dict[str, object]:
    """Return where the first page in another language is; in a copy English has no folder."""
    outside = FILE if language == SOURCE_LANGUAGE else f"{language}/{FILE}"
    places = [f"../{language}/{FILE}", f"../{outside}", outside]
    return {"lang": language, "name": NAMES[language], "places": places}


def _part(notebook: Notebook) -> dict[str, str]:
    # For whom, time, what one can do afterwards, what is needed: each behind its label.
    lines = [
        line for line in notebook.cells[0].text.split("\n") if line.startswith("> ")
    ]
    _, time, about, *_ = (line.removeprefix("> ").replace("**", "") for line in lines)
    picture = base64.b64encode(
        (PICTURES / f"{notebook.number}.svg").read_bytes()
    ).decode()
    return {
        "file": f"{notebook.name}.ipynb",
        "title": notebook.label,
        "about": _first(about),
        "time": _first(time),
        "picture": f"data:image/svg+xml;base64,{picture}",
    }
