"""What of a notebook's outputs must be the same live and in the lab.

Left out, and nothing else: who will see a live question; which Internet answered and what stands
for that (the badge's first word, the last paragraph, whose clock it is); the time of day; how long
something took, and how long a resolver still keeps it; what is drawn by chance (an identifier, a
port, a checksum over them); how wide a table's columns are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

WHICH_INTERNET = re.compile(
    r"\n\n(Lab Internet, invented data|The real Internet)[^\n]*\Z"
)
WHO_SEES_IT = "Who will see this: "  # said before a live question, and not in the lab
BADGE = re.compile(r"^\[LIVE\b")
CLOCK = re.compile(r"this computer's clock|the lab's clock")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) \d\d:\d\d(:\d\d)? UTC")
SPAN_OF_MOMENTS = re.compile(r"(\d{4}-\d\d-\d\d …) UTC to \1 UTC")
TOOK = re.compile(r"\b(?:(?:less than|menos de) )?\d+ ms\b")
# Said of a way where a reply took long, as one of a busy machine may.
TOOK_LONGER = re.compile(r"From hop \d+ to hop \d+ the time grows[^\n]*\n+")
RULE = re.compile(r"-+(\+-+)*")
KEPT_FOR = "kept for"
STILL_KNOWN = re.compile(r"(forgets the old address after )[^.]+")
BY_CHANCE = {"source port", "checksum", "identifier"}
DRAWN = re.compile(r"0x[0-9a-f]+|\d+|[0-9a-f]{2}( [0-9a-f]{2})*")


def projected(outputs: list[Any]) -> list[str]:
    """Return what is compared of a cell's outputs, one text for each."""
    texts = [text for text in _texts(outputs) if not text.startswith(WHO_SEES_IT)]
    return [_projected(text) for text in texts if text]


def _texts(outputs: list[Any]) -> list[str]:
    """The text of each output. What was printed in one go may have come in pieces."""
    texts: list[str] = []
    before = ""
    for output in outputs:
        kind = output["output_type"]
        if kind == before == "stream":
            texts[-1] += _text(output)
        else:
            texts.append(_text(output))
        before = kind
    return texts


def _text(output: Any) -> str:
    if output["output_type"] == "stream":
        return str(output["text"])
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return str(output["data"].get("text/plain", ""))


def _projected(text: str) -> str:
    text = WHICH_INTERNET.sub("", BADGE.sub("[LAB", text))
    text = CLOCK.sub("the clock", TOOK_LONGER.sub("", text))
    text = SPAN_OF_MOMENTS.sub(r"\1 UTC", MOMENT.sub(r"\1 … UTC", text))
    text = STILL_KNOWN.sub(r"\1…", TOOK.sub("… ms", text))
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    """The lines of a text; of a table's rows only the cells, without rules and wide spaces."""
    left_out: int | None = None
    for line in text.split("\n"):
        if RULE.fullmatch(line):
            continue
        if "|" not in line:
            left_out = None
            yield line
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if KEPT_FOR in cells:
            left_out = cells.index(KEPT_FOR)
        if left_out is not None:
            cells[left_out : left_out + 1] = []
        if not BY_CHANCE.isdisjoint(cells):
            cells = ["…" if DRAWN.fullmatch(cell) else cell for cell in cells]
        yield " | ".join(cells)
