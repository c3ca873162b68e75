"""The doctor: this machine, and what is said of a room's network."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import rooms
from said import SAY, says

from labsupport import Lab, checksums, doctor
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.network_check import WAYS, RoomCheck, examine
from labsupport.run import cli

ROOT = Path(__file__).parents[1]

LAB = Lab("en")
OPEN = dict.fromkeys(WAYS, True)


def test_an_open_room() -> None:
    found = doctor.examine(LAB, RoomCheck(OPEN, 0.4))
    assert (found.kind, found.sentence) == (
        Kind.FOUND,
        SAY("doctor.everything_works_live_questions"),
    )
    assert "✗" not in repr(found)


def test_a_live_lab_examines_the_lab_and_sends_nothing_for_it() -> None:
    live = Lab("en", live=True)  # nothing is sent by that
    found = live.course.doctor()
    assert (found.kind, found.sentence) == (
        Kind.FOUND,
        SAY("doctor.everything_works_you_can"),
    )
    assert len(live.evidence) == 0


def test_each_closed_way_says_what_is_lost() -> None:
    for way in WAYS:
        found = doctor.examine(LAB, RoomCheck(OPEN | {way: False}))
        assert found.kind is Kind.FOUND
        (row,) = (row for row in found.tabulated().rows if "✗" in str(row[1]))
        assert (row[0], row[2]) == (
            context_of(LAB).say(f"network_ways.{way}"),
            context_of(LAB).say(f"network_otherwise.{way}"),
        )


def test_no_network_at_all_is_fine() -> None:
    found = doctor.examine(LAB, RoomCheck(dict.fromkeys(OPEN, False)))
    assert found.kind is Kind.FOUND
    assert says(found.sentence, "doctor.no_network")


def test_a_clock_that_is_off_is_said() -> None:
    assert "off by 1 hour" in repr(doctor.examine(LAB, RoomCheck(OPEN, -3600.0)))
    assert "off by" not in repr(doctor.examine(LAB, RoomCheck(OPEN, 30.0)))


def test_what_is_broken_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    found = LAB.course.doctor()
    assert found.kind is Kind.FAILED
    assert says(repr(found), "doctor.packages_missing")


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--offline"]) == 0
    assert "You can begin" in capsys.readouterr().out


PROTOCOLS = ("udp", "tcp", "https")


@pytest.mark.parametrize(
    ("closed", "lost"),
    [
        ((), set()),
        ((53,), {"53/udp", "53/tcp", "53 root", "ipv6"}),
        ((43,), {"43"}),
        ((53, 43, 80), {"53/udp", "53/tcp", "53 root", "ipv6", "43"}),
        ((443,), {"443 doh", "443 rdap"}),
        (
            (53, 443, 43),
            {"53/udp", "53/tcp", "53 root", "ipv6", "443 doh", "443 rdap", "43"},
        ),
    ],
)
def test_what_is_closed_is_found(closed: tuple[int, ...], lost: set[str]) -> None:
    session = context_of(LAB).session
    ways = [(port, protocol) for port in closed for protocol in PROTOCOLS]
    room = examine(replace(session, network=rooms.Room(session.network, ways)))
    found = {key for key, is_open in room.is_open.items() if not is_open}
    # Whether this machine has traceroute is its own matter.
    assert found - {"traceroute"} == lost
    assert list(room.is_open) == list(WAYS)


def test_a_checkout_has_no_checksums_and_is_no_fault() -> None:
    assert checksums.is_checkout()


def test_a_damaged_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "data", tmp_path, dirs_exist_ok=True)
    listed = checksums.listed(checksums.files_in(tmp_path))
    (tmp_path / checksums.NAME).write_text(listed, encoding="utf-8")
    monkeypatch.setattr(checksums.resources, "files", lambda package: tmp_path)
    assert checksums.damaged() == []
    names = (
        "reference/root-servers.csv",
        "world/networks.toml",
        "course/lookalikes.toml",
    )
    changed, cut, gone = (tmp_path / name for name in names)
    changed.write_bytes(changed.read_bytes().replace(b"198.41.0.4", b"198.41.0.5"))
    cut.write_bytes(cut.read_bytes()[:-1])
    gone.unlink()
    found = LAB.course.doctor()
    assert found.kind is Kind.FAILED
    (problem,) = (problem for _, problem in found.checks if problem)
    assert all(name in problem for name in names)
    shutil.copytree(ROOT / "data", tmp_path, dirs_exist_ok=True)
    for file in tmp_path.rglob("*.csv"):  # as a checkout on Windows has them
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert checksums.damaged() == []
    (tmp_path / checksums.NAME).unlink()
    assert LAB.course.doctor().kind is Kind.FAILED


@pytest.mark.parametrize("what", ["netwrok", 3, None, ["network"]])
def test_only_one_word_sends_the_doctor_out(what: object) -> None:
    found = LAB.course.doctor(network=what)
    assert found.room is None
    assert found.notes == (
        SAY("lab.network_well_type_lab", call="lab.course.doctor(network=True)"),
    )
