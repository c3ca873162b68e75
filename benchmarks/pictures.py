"""Pictures with all their states, beside one chart; and a step of the largest, beside one frame."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import nbformat

from benchmarks.measure import Row, ratio, side_by_side
from labsupport import Lab
from labsupport.results import Result

ROUNDS = 9
MOST_KILOBYTES = 200
FRAME = 1000 / 60  # milliseconds
# How long the page's own code and its layout take, a state after another: one that is put off to a
# frame would be drawn in the next.
STEPS = """(output) => {
    const taken = [];
    for (let round = 0; round < 20; round++) {
        for (const radio of output.querySelectorAll('.lab-controls input[type=radio]')) {
            const start = performance.now();
            radio.click();
            output.querySelector('svg').getBoundingClientRect();
            taken.push(performance.now() - start);
        }
    }
    return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)];
}"""


def _asked(lab: Lab) -> dict[str, Result]:
    return {
        "impact": lab.orders.impact(lab.orders.draft("flawed")),
        "measure": lab.orders.techniques("goles-gratis.example"),
        "neighbours": lab.investigate.neighbours("goles-gratis.example"),
    }


def rows() -> Iterator[Row]:
    """Draw each picture in turn with a chart; open the largest in a browser and move it."""
    lab = Lab("en")
    chart = lab.orders.technique("resolver", "www.museum.example").figure()
    for name, answer in _asked(lab).items():
        sides = (
            lambda answer=answer: answer._picture()._repr_mimebundle_(),
            chart.svg,
        )
        drawn, beside = side_by_side(sides, ROUNDS)
        yield ratio(f"the picture of {name}, beside a chart", drawn, beside, 1)
        size = len(json.dumps(answer._picture()._repr_mimebundle_())) / 1000
        yield Row(
            f"the picture of {name}, as it is stored",
            "",
            "",
            size,
            "KB",
            MOST_KILOBYTES,
        )
    yield _step(lab.orders.impact(lab.orders.draft("flawed")))


def _step(answer: Result) -> Row:
    from browser import PATIENCE_MS, chromium, opened_course, window

    data = answer._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data | {"text/plain": repr(answer)})
    cell = nbformat.v4.new_code_cell("lab.orders.impact()", outputs=[output])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "my-course"
        browser = stack.enter_context(chromium())
        course = stack.enter_context(opened_course(folder))
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "picture.ipynb")
        page = stack.enter_context(window(browser))
        page.goto(course.address_of("picture.ipynb"), timeout=PATIENCE_MS)
        shown = page.locator(".lab-page:has(.lab-controls)")
        shown.wait_for(timeout=PATIENCE_MS)
        taken = float(shown.evaluate(STEPS))
    what = "a step between states of 299 sites, beside one frame of 60 Hz"
    return Row(what, f"{taken:.2f} ms", f"{FRAME:.2f} ms", taken / FRAME, bound=1)
