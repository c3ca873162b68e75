"""A thousand rounds of two kernels that keep their records in one folder at the same instant."""

from __future__ import annotations

from pathlib import Path

import kernels
import pytest

ROUNDS = 1000


@pytest.mark.parametrize("way", kernels.WAYS)
def test_two_that_save_at_once_lose_nothing_that_was_told_as_kept(
    tmp_path: Path, way: str
) -> None:
    kernels.check(tmp_path, kernels.saved_at_once(tmp_path, way, ROUNDS))
