"""`make bench`: each part tells what it measured, whatever becomes of the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks import __main__ as bench
from benchmarks.measure import Row


def reached() -> Iterator[Row]:
    yield Row("a figure", "", "", 1, bound=2)


def stops() -> Iterator[Row]:
    yield Row("a figure before the end", "", "", 1, bound=2)
    raise TimeoutError("nothing came\nfor long")


def needs() -> Iterator[Row]:
    raise SystemExit("Measured as root.")


def missed() -> Iterator[Row]:
    yield Row("a figure too large", "", "", 3, bound=2)


def test_a_part_that_fails_is_told_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {"stops": stops, "needs": needs, "reached": reached}
    monkeypatch.setattr(bench, "PARTS", parts)
    assert bench.main([]) == 1
    told = capsys.readouterr().out
    assert "stops FAILED: TimeoutError: nothing came\n" in told
    assert "a figure before the end" in told
    assert "needs FAILED: SystemExit: Measured as root.\n" in told
    assert told.index("needs FAILED") < told.index("a figure  ")


def test_a_part_is_told_before_the_next_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def then() -> Iterator[Row]:
        assert "a figure  " in capsys.readouterr().out
        yield from reached()

    monkeypatch.setattr(bench, "PARTS", {"reached": reached, "then": then})
    assert bench.main([]) == 0


@pytest.mark.parametrize(("part", "code"), [(reached, 0), (missed, 1), (needs, 1)])
def test_what_is_missed_or_not_measured_is_in_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, part: object, code: int
) -> None:
    monkeypatch.setattr(bench, "PARTS", {"part": part})
    assert bench.main(["part"]) == code
    assert bench.main(["none of them"]) == 2
