"""Two people who change other texts do not get into each other's way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import show_merge  # noqa: E402

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")


def test_two_branches_that_change_other_texts_merge_without_a_conflict(
    tmp_path: Path,
) -> None:
    wanted = {*show_merge.ANA, *show_merge.BRUNO, *show_merge.NEIGHBOURS.values()}
    assert set(show_merge.merged(tmp_path)) == wanted


def test_a_conflict_is_noticed(tmp_path: Path) -> None:
    """The test above can fail: both change the same text."""
    copy = show_merge.Copy(tmp_path, "data")
    for name in ("ana", "bruno"):
        copy.git("switch", "--quiet", "--create", name, "main")
        catalogue = copy.catalogue()
        catalogue[0].msgstr += name
        catalogue.save()
        copy.commit(name)
    with pytest.raises(subprocess.CalledProcessError):
        copy.git("merge", "--quiet", "--no-edit", "ana")
