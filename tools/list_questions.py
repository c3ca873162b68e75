"""Write into docs/live.md who sees each question that is really asked, as it is declared."""

from __future__ import annotations

from pathlib import Path

import labsupport
from labsupport.declared import QUESTIONS
from labsupport.language import Language

PAGE = Path(__file__).parents[1] / "docs" / "live.md"
BEGIN, END = "<!-- questions: made by make notebooks -->\n", "<!-- end -->"


def table() -> str:
    """Return the table: questions that the same parties see stand in one row."""
    assert labsupport.Lab  # it declares them
    say = Language.load("en")
    rows: dict[str, list[str]] = {}
    for name, known in QUESTIONS.items():
        parties = "; ".join(
            say(one, resolvers="of this computer") for one in known.seen_by
        )
        if parties:
            rows.setdefault(parties, []).append(f"`{name}`")
    lines = [f"| {', '.join(names)} | {parties} |\n" for parties, names in rows.items()]
    return "".join(["| Question | Who sees it |\n|---|---|\n", *lines])


def page() -> str:
    """Return the page with the table in its place."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
