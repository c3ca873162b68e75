"""Write everything that the course shows into a folder, so that two states of it can be compared.

`python tools/show_everything.py FOLDER`, and then `diff -r` on two folders. It writes what the
stored notebooks show, each reply to each question, the answers that tests/test_words.py asks for,
and all papers, pages and slides.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from labsupport import Lab  # noqa: E402
from labsupport.course import questions  # noqa: E402


def of_notebooks() -> Iterator[tuple[str, str]]:
    """Return each cell that has an output, with what it shows."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            shown = [output.get("data", output) for output in cell.get("outputs", ())]
            texts = [str(data.get(kind, "")) for data in shown for kind in KINDS]
            if any(texts):
                yield (
                    f"notebooks/{path.stem}/{cell.id}",
                    "\n\n".join([cell.source, *texts]),
                )


KINDS = ("text/plain", "text/html", "text")


def of_questions() -> Iterator[tuple[str, str]]:
    """Return the reply to each choice of each question."""
    for key, question in questions.catalogue("en").items():
        for letter, _ in question.lettered:
            yield (
                f"questions/{key}-{letter}",
                repr(Lab("en").course.question(key, letter)),
            )


def of_answers() -> Iterator[tuple[str, str]]:
    """Return the examples of answers, as text and as HTML."""
    from test_words import ASKED

    for name, asked in ASKED.items():
        answer = asked(Lab("en"))
        html = getattr(answer, "_repr_html_", str)()
        yield f"answers/{name}", f"{answer!r}\n\n{html}"


def main(folder: Path) -> None:
    for part in (of_notebooks, of_questions, of_answers):
        for name, text in part():
            file = folder / f"{name}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            # One element a line, so that a difference is short.
            file.write_text(re.sub(r"(?<=>)(?=<)", "\n", text), encoding="utf-8")
    command = [
        Path(sys.executable).with_name("labsupport"),
        "editions",
        "--instructor",
        "--to",
    ]
    subprocess.run([*command, str(folder / "editions")], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
