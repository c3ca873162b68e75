"""What conda, pip and Binder install is one and the same set of versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
# Each lock, with the extras that it holds besides the dependencies.
LOCKS = {
    "requirements.lock": [],
    "requirements-room.lock": ["room"],
    "requirements-test.lock": ["editions", "room", "test"],
}
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)( ; .+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def canonical(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")


def test_environment_yml_takes_python_from_conda_forge_and_the_rest_from_the_lock() -> (
    None
):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    python, pip, from_pip = environment["dependencies"]
    assert re.fullmatch(r"python=3\.1[123]", python)
    assert pip == "pip"
    assert from_pip == {"pip": ["-r requirements.lock"]}


def pinned(lock: str) -> dict[str, str]:
    """Return the versions that a lock names, by package."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {match[1]: match[2] for line in lines if (match := PINNED.match(line))}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines
    for line in lines:
        assert PINNED.match(line) or HASH.match(line), line


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items(), ids=LOCKS)
def test_a_lock_holds_every_dependency(lock: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    assert {canonical(requirement) for requirement in wanted} <= pinned(lock).keys()


def test_each_dependency_says_from_which_version_on_it_was_tried() -> None:
    """And no lock has an older one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    wanted = list(project["dependencies"])
    for requirements in project["optional-dependencies"].values():
        wanted += requirements
    for requirement in map(Requirement, wanted):
        (floor,) = requirement.specifier
        assert floor.operator == ">="
        for lock in (*LOCKS, "requirements-browser.lock"):
            version = pinned(lock).get(canonical(requirement.name))
            assert version is None or requirement.specifier.contains(version), (
                lock,
                requirement,
            )


def test_all_locks_have_one_version_of_each_package() -> None:
    course, *others = (pinned(lock) for lock in LOCKS)
    for other in others:
        assert course.items() <= other.items()


def test_a_participant_installs_what_the_course_needs_and_no_more() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    extras = project["optional-dependencies"]
    others = {canonical(one) for extra in ("room", "test") for one in extras[extra]}
    # These come with JupyterLab.
    theirs = {"jsonschema", "nbclient", "nbformat", "psutil", "pyyaml"}
    assert pinned("requirements.lock").keys() & others == theirs
