"""Every picture in a real JupyterLab, without a kernel: legible, whole, and moved by keys."""

from __future__ import annotations

from collections.abc import Iterator
from operator import gt

import nbformat
import pytest
from browser import PATIENCE_MS, Course, opened_course, scrolled_to
from playwright.sync_api import Browser, Locator, Page

from labsupport import Lab
from labsupport.picture import Picture

pytestmark = pytest.mark.real

LETTERS = 14  # pixels, at least
# Pixels, of an answer before anything is unfolded, and where more is said of a state.
HIGHEST = {"en": (500, 560), "es": (560, 610)}  # Spanish is longer
SIZES = {1366: 768, 1024: 768, 683: 384}  # of windows; the last is the first at 200 %
BANK, FALSE = "www.bancodelfaro.example", "www.bancodelfaro-clientes.example"
KNOWN = '"198.18.128.2", "2026-10-29 20:14:37 -03:00", port=40212, destination="198.18.111.11"'
WRONG = 'lab.routes.announce("198.18.103.0/24", by="AS64497", checking="nobody")'
ASKED = {
    "visit": 'lab.visit("www.museum.example")',
    "visit, blocked": 'lab.with_order(lab.orders.draft("flawed")).visit("goles-gratis.example")',
    "visit, beside": f'lab.visit("{FALSE}").beside(lab.visit("{BANK}"))',
    "path": 'lab.path("www.universidad.test")',
    "trace": 'lab.trace("www.museum.example")',
    "dnssec": 'lab.dnssec("www.alterado.example")',
    "observers": 'lab.investigate.observers("https://www.museum.example")',
    "networks": "lab.routes.networks()",
    "routes": f'{WRONG}.routes("198.18.102.0/23")',
    "memory": f'[lab.ask("{BANK}"), lab.investigate.memory("{BANK}")][1]',
    "subscribers": f"lab.investigate.subscribers({KNOWN})",
    "impact": 'lab.orders.impact(lab.orders.draft("flawed"))',
    "measure": 'lab.orders.technique("address", "goles-gratis.example")',
    "compare": 'lab.orders.techniques("goles-gratis.example")',
    "neighbours": 'lab.investigate.neighbours("goles-gratis.example")',
}  # fmt: skip
TALL = {"compare"}  # its ways of blocking are many to choose from

# Of each text that is seen: its letters' height, and whether it lies within the picture and upon no
# other text.
FAULTS = """(figure, least) => {
    const svg = figure.querySelector('svg');
    const within = svg.getBoundingClientRect();
    const scale = within.width / svg.viewBox.baseVal.width;
    const seen = (text) => getComputedStyle(text).visibility !== 'hidden';
    const texts = [...svg.querySelectorAll('text')].filter(seen);
    const boxes = texts.map((text) => text.getBoundingClientRect());
    const faults = [];
    texts.forEach((text, place) => {
        const box = boxes[place], said = text.textContent;
        const letters = parseFloat(getComputedStyle(text).fontSize) * scale;
        if (letters < least) faults.push(`${said}: ${letters} px`);
        const beside = box.left < within.left - 1 || box.right > within.right + 1;
        if (beside || box.bottom > within.bottom + 1)
            faults.push(`${said}: outside`);
        for (const [other, beside] of boxes.entries())
            if (other > place && box.left < beside.right - 2 && beside.left < box.right - 2 &&
                box.top < beside.bottom - 5 && beside.top < box.bottom - 5)
                faults.push(`${said}: upon ${texts[other].textContent}`);
    });
    return faults;
}"""


@pytest.fixture(scope="module")
def pictures() -> dict[str, dict[str, Picture]]:
    found: dict[str, dict[str, Picture]] = {}
    for language in ("en", "es"):
        lab = Lab(language)
        found[language] = {
            name: eval(asked, {"lab": lab}) for name, asked in ASKED.items()
        }
    return found


@pytest.fixture(scope="module")
def course(
    tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, dict[str, Picture]]
) -> Iterator[Course]:
    folder = tmp_path_factory.mktemp("pictures") / "my-course"
    with opened_course(folder) as opened:
        for language, answers in pictures.items():
            cells = [
                nbformat.v4.new_code_cell(
                    name,
                    outputs=[
                        nbformat.v4.new_output(
                            "display_data",
                            answer._repr_mimebundle_() | {"text/plain": repr(answer)},
                        )
                    ],
                )
                for name, answer in answers.items()
            ]
            nbformat.write(
                nbformat.v4.new_notebook(cells=cells), folder / f"{language}.ipynb"
            )
        yield opened


@pytest.fixture(scope="module", params=["en", "es"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def page(language: str, browser: Browser, course: Course) -> Iterator[Page]:
    """All pictures, in one language."""
    page = browser.new_page()
    page.goto(course.address_of(f"{language}.ipynb"), timeout=PATIENCE_MS)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE_MS)
    yield page
    page.close()


def answer_of(page: Page, name: str) -> Locator:
    place = [*ASKED].index(name)
    cell = page.locator(f'.jp-Cell[data-windowed-list-index="{place}"] .lab-page')
    return scrolled_to(page, cell)


def states(page: Page, answer: Locator) -> Iterator[None]:
    """Move a picture through its states, by keys alone."""
    controls = answer.locator(".lab-controls input")
    kind = controls.first.get_attribute("type")
    if kind == "checkbox":
        for box in controls.all():
            box.focus()
            page.keyboard.press("Space")
            yield
        return
    most = (
        controls.count()
        if kind == "radio"
        else int(controls.first.get_attribute("max") or 0) + 1
    )
    controls.first.press("Home" if kind == "range" else "Space")
    yield
    for _ in range(most - 1):
        page.keyboard.press("ArrowRight")
        yield


@pytest.mark.parametrize("width", SIZES)
def test_each_state_is_legible(page: Page, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    found = {}
    for name in ASKED:
        answer = answer_of(page, name)
        figure, said = answer.locator(".lab-figure"), answer.locator(".lab-state")
        seen = []
        high: list[float] = []
        for _ in states(page, answer):
            seen.append(said.inner_text())
            high.append(answer.evaluate("e => e.offsetHeight"))
            if faults := figure.evaluate(FAULTS, LETTERS):
                found[name, seen[-1]] = faults
        assert len(seen) == len({*seen}) > 1, name  # each state has words of its own
        if width == 1366 and name not in TALL:
            first, later = HIGHEST[language]
            bounds = [first] + [later] * (len(high) - 1)
            if any(map(gt, high, bounds)):
                found[name, "height"] = high
    assert not found


def test_nothing_moves_where_somebody_wants_that(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    part = answer_of(page, "impact").locator("[data-part]").first
    assert part.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    page.emulate_media(reduced_motion="no-preference")
    assert part.evaluate("e => getComputedStyle(e).transitionDuration") != "0s"
