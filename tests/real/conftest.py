"""What the tests against real programs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Course, chromium, opened_course
from browser import window as laptop
from edition import address as address
from edition import alone as alone
from edition import site as site
from edition import window as window
from playwright.sync_api import Browser, Page
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

HERE = Path(__file__).parent
# A machine has one room: one worker opens them all, one after the other.
ROOMS = ("test_classroom_class_real", "test_classroom_real", "test_room_attacked")
# They take longest. Begun first, none of them is what one worker still does when the others have
# ended.
LONGEST = (
    *ROOMS,
    *("test_browser_edition", "test_learning", "test_closed_networks"),
    *(
        "test_live_notebooks",
        "test_diagnose_real",
        "test_answers_stay",
        "test_editions_real",
    ),
    *("test_browser_work", "test_guide_real", "test_languages_real", "test_case_real"),
    "test_lock_installs",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("real")
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


class OneRoomAtATime(LoadFileScheduling):
    """Each file goes to a worker; those that open rooms go to one together.

    The groups of pytest-xdist would say that, and with pytest 9 they say nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "rooms" if Path(file).stem in ROOMS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneRoomAtATime:
    return OneRoomAtATime(config, log)


# One browser and one JupyterLab a module: Playwright keeps an event loop running, which other
# tests must not meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The course as `labsupport lab --no-browser` opens it in an empty folder."""
    with opened_course(tmp_path_factory.mktemp("learner") / "my-course") as course:
        yield course


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A laptop-sized window; it fails the test when a page asks anyone outside this machine."""
    with laptop(browser) as page:
        yield page
