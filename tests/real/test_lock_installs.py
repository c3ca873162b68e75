"""The lock that conda, pip and Binder share installs in an empty environment; then the room's."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Every room is imported, so that a dependency nobody declared is found.
COURSE = """
import importlib, pkgutil, sys, labsupport
for room in pkgutil.walk_packages(labsupport.__path__, "labsupport."):
    if not room.name.startswith("labsupport.run.classroom.") or "with the classroom" in sys.argv:
        importlib.import_module(room.name)
print(labsupport.Lab().ask("www.museum.example").sentence)
"""


def test_the_lock_installs_by_its_hashes_and_the_course_runs(tmp_path: Path) -> None:
    venv.create(tmp_path / "environment", with_pip=True)
    python = tmp_path / "environment" / "bin" / "python"
    # Most of it is never imported here: it need not be compiled.
    pip = [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-compile",
    ]
    # As conda does it with environment.yml: the lines of its pip section in a file of their own.
    (tmp_path / "from-pip.txt").write_text(f"-r {ROOT / 'requirements.lock'}\n")
    subprocess.run(
        [*pip, "--require-hashes", "-U", "-r", tmp_path / "from-pip.txt"],
        check=True,
        timeout=1200,
    )
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", "postBuild"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        check=True,
        timeout=300,
    )
    imports(python, tmp_path)
    uv = [
        Path(sys.executable).with_name("uv"),
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
    ]
    room = ROOT / "requirements-room.lock"
    subprocess.run([*uv, "--require-hashes", "-r", room], check=True, timeout=1200)
    imports(python, tmp_path, "with the classroom")


def imports(python: Path, folder: Path, *arguments: str) -> None:
    """Import every room of the house, and ask a question."""
    result = subprocess.run(
        [python, "-P", "-c", COURSE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert "www.museum.example" in result.stdout
