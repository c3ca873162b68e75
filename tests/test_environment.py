"""What conda, pip and Binder install is one and the same set of versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.compile(r"^([a-z0-9.-]+)==\S+( ; .+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def canonical(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")


def test_environment_yml_takes_python_from_conda_forge_and_the_rest_from_the_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    python, pip, from_pip = environment["dependencies"]
    assert re.fullmatch(r"python=3\.1[123]", python)
    assert pip == "pip"
    assert from_pip == {"pip": ["-r requirements.lock"]}


def test_the_lock_pins_and_hashes_everything_and_names_no_index() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert lines
    for line in lines:
        assert PINNED.match(line) or HASH.match(line), line


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    locked = {match[1] for line in LOCK.splitlines() if (match := PINNED.match(line))}
    assert {canonical(requirement) for requirement in wanted} <= locked
