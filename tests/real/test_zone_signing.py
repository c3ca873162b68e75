"""Real tools read the zones of the lab: they load all, verify the sound, refuse the broken."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from labsupport.world import World, build
from labsupport.world.compose import file_name

WORLD = World.load()
SIGNED = build.key_names()
NSEC3 = "universidad.test"
UNVERIFIABLE = {
    story.name: story.kind
    for story in WORLD.stories
    if story.kind in ("altered", "expired", "unknown-algorithm")
}
SOUND = [zone for zone in SIGNED if zone not in UNVERIFIABLE]


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every zone as served, in files named as in data/world."""
    folder = tmp_path_factory.mktemp("zones")
    for zone in WORLD.zone_names:
        file = folder / file_name(zone)
        file.write_text(WORLD.zone_text(zone), encoding="utf-8")
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60
    )


def said(result: subprocess.CompletedProcess[str]) -> str:
    return result.stdout + result.stderr


@pytest.mark.parametrize("zone", SOUND)
def test_dnssec_verify_accepts_every_sound_zone(zones: Path, zone: str) -> None:
    result = run(zones, "dnssec-verify", "-z", "-o", zone, file_name(zone))
    assert result.returncode == 0, said(result)
    assert "Zone fully signed" in said(result)


@pytest.mark.parametrize("zone", SOUND)
def test_ldns_accepts_every_sound_zone(zones: Path, zone: str) -> None:
    """Now, and when the clock of the lab begins."""
    for time in ([], ["-t", WORLD.start.strftime("%Y%m%d%H%M%S")]):
        result = run(zones, "ldns-verify-zone", *time, file_name(zone))
        assert result.returncode == 0, said(result)
        assert "Zone is verified and complete" in said(result)


@pytest.mark.parametrize("zone", SOUND)
def test_kzonecheck_accepts_every_sound_zone(zones: Path, zone: str) -> None:
    for time in ([], ["-t", f"{WORLD.start.timestamp():.0f}"]):
        result = run(
            zones, "kzonecheck", "-d", "on", *time, "-o", zone, file_name(zone)
        )
        assert result.returncode == 0, said(result)


@pytest.mark.parametrize("zone", sorted(UNVERIFIABLE))
def test_verifiers_refuse_what_is_broken_on_purpose(zones: Path, zone: str) -> None:
    file = file_name(zone)
    bind = run(zones, "dnssec-verify", "-z", "-o", zone, file)
    ldns = run(zones, "ldns-verify-zone", file)
    assert bind.returncode != 0
    assert ldns.returncode != 0
    reasons = {
        "altered": (
            "No correct ECDSAP256SHA256 signature for www",
            "Bogus DNSSEC signature",
        ),
        "expired": ("signature has expired", "DNSSEC signature has expired"),
        "unknown-algorithm": (
            "No self-signed DNSKEY found",
            "Unknown cryptographic algorithm",
        ),
    }
    for result, reason in zip((bind, ldns), reasons[UNVERIFIABLE[zone]], strict=True):
        assert reason in said(result)


def test_every_name_server_loads_every_zone(zones: Path) -> None:
    """NSD, Knot and BIND take the files as they are; nothing is looked up (-i local)."""
    problems = []
    for zone in WORLD.zone_names:
        file = file_name(zone)
        for command in (
            ["named-checkzone", "-i", "local", zone, file],
            ["nsd-checkzone", zone, file],
            ["kzonecheck", "-d", "off", "-o", zone, file],
        ):
            result = run(zones, *command)
            if result.returncode != 0:
                problems.append((zone, command[0], said(result)))
    assert not problems


def test_signing_the_nsec3_zone_twice_gives_what_is_stored() -> None:
    first = build.signed_with_nsec3(WORLD, NSEC3)
    assert first == build.signed_with_nsec3(WORLD, NSEC3)
    assert first == WORLD.zone_text(NSEC3)


def test_root_hints_are_those_of_debian() -> None:
    hints: dict[str, set[str]] = {}
    for line in (
        Path("/usr/share/dns/root.hints").read_text(encoding="utf-8").splitlines()
    ):
        if not line.startswith(";"):
            owner, _, kind, data = line.lower().split()
            if kind in ("a", "aaaa"):
                hints.setdefault(owner.rstrip("."), set()).add(data)
    assert {name: set(found) for name, found in WORLD.root_hints.items()} == hints
