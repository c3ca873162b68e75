"""Notebooks run live where a network lets less through: what needs more says so in a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import running_live as live
from live_namespace import PORTS_CLOSED, closed
from namespaces import Namespace
from running_live import network

__all__ = ["network"]
pytestmark = live.NEEDED

# Questions that need what is closed: each must be answered in a sentence, with nothing lost.
NEEDS = {
    "no port 53": ("lab.trace(", "lab.visit("),
    "no port 43": (".whois(", "lab.investigate.compare(", "lab.who(", "lab.evidence.preservation("),
    "only port 443": (
        "lab.trace(", ".whois(", "lab.investigate.compare(", "lab.who(",
        "lab.evidence.preservation(",
        "lab.path(", "lab.visit(", "http://",
    ),
}  # fmt: skip
INSTEAD = re.compile(
    r"\n\n(The resolver of this connection did not answer at port 53|WHOIS servers did not answer)"
    r"[^\n]*"
)


@pytest.fixture(scope="module", params=PORTS_CLOSED)
def room(
    request: pytest.FixtureRequest,
    network: tuple[Namespace, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, dict[str, list[list[str]]]]:
    """A network that lets less through, and what all notebooks show there."""
    namespace, entry = network
    with closed(namespace, PORTS_CLOSED[request.param]):
        return request.param, live.run_live(
            namespace, entry, tmp_path_factory.mktemp("shown")
        )


@pytest.mark.parametrize("notebook", live.NOTEBOOKS)
def test_a_notebook_in_a_room_that_lets_less_through(
    room: tuple[str, dict[str, list[list[str]]]], notebook: str
) -> None:
    closes, shown = room
    stored = live.outputs(live.ORIGINALS / f"{notebook}.ipynb")
    for cell, before, now in zip(
        live.code_cells(notebook), stored, shown[notebook], strict=True
    ):
        if live.is_lab_only(cell) or cell.source.startswith(
            "from labsupport import Lab"
        ):
            continue
        if any(question in cell.source for question in NEEDS[closes]):
            assert now, cell.source
            assert not any("Error" in text.partition("\n")[0] for text in now), (
                cell.source,
                now,
            )
            continue
        live.assert_same(cell, [INSTEAD.sub("", text) for text in now], before)
