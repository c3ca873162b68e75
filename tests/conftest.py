"""Settings of all tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.real_internet import ENTRY_FILE, Described

# Whatever the machine speaks.
os.environ["LAB_LANGUAGE"] = "en"
# Whatever day it is: from the first row that is to be looked at again on, answers say more.
os.environ["LAB_TODAY"] = "2026-11-28"
# No test is timed: a busy machine is no defect of the course.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Programs that tests start end on a signal. What is ignored, under nohup for example, they would
# ignore as well; what has a handler, even one that does nothing, they have as usual.
for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *about: None)

# The kernels' own sitecustomize: Debian's Python has one of that name already. And a program that
# test_types.py runs in a folder of its own: collected, it would leave its files in the project's.
collect_ignore = ["guard", "samples"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage once all tests are read, and from then on only in what they make."""
    gc.disable()
    result = yield
    gc.collect()
    gc.freeze()
    # each look takes time, and a test's garbage is little
    gc.set_threshold(100_000, 20, 50)
    gc.enable()
    return result


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a live lab enter the lab's own servers, as `labsupport serve` would."""
    file = tmp_path / "entry.json"
    described = Described(
        context_of(Lab("en")).entry, ("0.0.0.0/0", "::/0"), ("example", "test", "arpa")
    )
    file.write_text(described.to_json(), encoding="utf-8")
    monkeypatch.setenv(ENTRY_FILE, str(file))
