"""The room, as far as it can be tried without root: seats, codes, pages, counts, the way in."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from said import says

from labsupport.language import Language
from labsupport.run import cli
from labsupport.run.classroom import (
    certificate,
    check,
    machine,
    progress,
    quota,
    room,
    sandbox,
)
from labsupport.run.classroom.pages import TEMPLATES, DeskRow, page
from labsupport.run.classroom.progress import standing
from labsupport.run.classroom.quota import Quota
from labsupport.run.classroom.seats import (
    INSTRUCTOR,
    LETTERS,
    Codes,
    NoSeatError,
    Seats,
    alike,
    tidy,
    typed,
)
from labsupport.run.classroom.settings import VARIABLE, Settings

SAY = Language.load("en")
KEY = "c2VjcmV0"
CODES = Codes("K7M-3PX", "AAAA-BBBB-CCCC")
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def seats(tmp_path: Path) -> Seats:
    return Seats(tmp_path / "seats.json", CODES, 3, lambda: SAY)


def test_the_first_desk_is_had_with_a_name_and_the_code(seats: Seats) -> None:
    seat, own = seats.admit("Ana", " k7m 3px")
    assert (seat.user, seat.name) == ("labdesk01", "Ana")
    assert len(own) == 9
    assert own not in str(seat)


@pytest.mark.parametrize(
    ("name", "code", "own", "sentence"),
    [
        ("Ana", "K7M-3PY", "", "not the code of the class"),
        ("Ana", "", "", "not the code of the class"),
        ("", "K7M-3PX", "", "Type your name"),
        ("  \u200b\t", "K7M-3PX", "", "Type your name"),
        ("x" * 61, "K7M-3PX", "", "60 letters at most"),
        ("ANA MARÍA", "K7M-3PX", "", "add an initial"),
        ("ana maria", "K7M-3PX", "AAAA-AAAA", "not its own code"),
    ],
)
def test_who_may_not_sit_down_gets_a_sentence(
    seats: Seats, name: str, code: str, own: str, sentence: str
) -> None:
    seats.admit("Ana María", "K7M-3PX")
    with pytest.raises(NoSeatError, match=sentence):
        seats.admit(name, code, own)
    assert len(seats) == 1


def test_one_comes_back_with_the_own_code_even_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "seats.json"
    before = Seats(file, CODES, 3, lambda: SAY)
    seat, own = before.admit("Ana María", "K7M-3PX")
    before.was_shown(seat.user)
    later = Seats(file, CODES, 3, lambda: SAY)
    assert later.admit("ana  maria", "k7m3px", own.lower()) == (
        before.of(seat.user),
        "",
    )
    assert own.replace("-", "") not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_who_never_saw_the_own_code_comes_back_with_the_name(tmp_path: Path) -> None:
    file = tmp_path / "seats.json"
    before = Seats(file, CODES, 3, lambda: SAY)
    before.admit("Ana", "K7M-3PX")
    with pytest.raises(NoSeatError) as raised:
        before.admit("Ana", "K7M-3PX")
    assert says(str(raised.value), "seats.name_has_a_desk", name="Ana")
    before.save()  # and the hub dies
    seat, own = Seats(file, CODES, 3, lambda: SAY).admit("ana", "K7M-3PX")
    assert (seat.user, len(own)) == ("labdesk01", 9)


def test_a_new_own_code_ends_the_old_one(seats: Seats) -> None:
    seat, old = seats.admit("Ana", "K7M-3PX")
    new = seats.renew(seat.user)
    assert seats.admit("Ana", "K7M-3PX", new)[0].user == seat.user
    with pytest.raises(NoSeatError):
        seats.admit("Ana", "K7M-3PX", old)


def test_a_full_room_says_so_and_a_seat_given_up_is_free_again(seats: Seats) -> None:
    for name in "abc":
        seats.admit(name, "K7M-3PX")
    with pytest.raises(NoSeatError, match="All 3 desks"):
        seats.admit("d", "K7M-3PX")
    seats.give_up("labdesk02")
    assert seats.admit("d", "K7M-3PX")[0].user == "labdesk02"


def test_the_instructor_needs_another_code_and_takes_nobodys_desk(seats: Seats) -> None:
    seats.admit("Ana", "K7M-3PX")
    seat, _ = seats.admit("Ana", "aaaa bbbb cccc")
    assert seat.user == INSTRUCTOR
    assert seats.admit("Luis", "K7M-3PX")[0].user == "labdesk02"


@given(st.text())
def test_names_are_shown_and_compared_without_surprises(name: str) -> None:
    assert tidy(tidy(name)) == tidy(name)
    assert tidy(name).isprintable()
    assert alike(name.upper()) == alike(name.upper().lower())


@pytest.mark.parametrize(
    "unseen", ["\u2800", "\ufe0f", "\u115f", "\u3164", "\u200b", "."]
)
def test_names_that_look_alike_are_one_name(unseen: str) -> None:
    assert alike(f"An{unseen}a") == alike("Ana")
    assert alike(unseen) == ""


def test_what_is_typed_is_cut_before_it_is_brought_into_order() -> None:
    """Of 16 kilobytes, as long as a login may be, that takes a tenth of a second each time."""
    marks = "\u0301\u0316" * 4000
    assert len(tidy(marks)) <= 240
    assert typed(marks) == ""


def test_codes_are_new_each_time_and_easy_to_read_aloud() -> None:
    codes = {
        code for _ in range(50) for code in (Codes.new().room, Codes.new().instructor)
    }
    assert len(codes) == 100
    assert set("".join(codes)) <= {*LETTERS, "-"}


# ---- What a desk sees


def test_a_desk_sees_the_course_and_not_what_is_the_instructors(tmp_path: Path) -> None:
    words = sandbox.view(sandbox.Desk("labdesk01", str(tmp_path), (), 600))
    shown = [
        words[at + 1]
        for at, word in enumerate(words)
        if word in ("--ro-bind", "--bind")
    ]
    checkout = Path(__file__).parents[2]
    assert {str(checkout / name) for name in ("labsupport", "data", "notebooks")} <= {
        *shown
    }
    # Nothing that is shown has the checkout, or the desks, in it.
    assert not [path for path in shown if checkout.is_relative_to(path)]
    assert not [
        path
        for path in shown
        if tmp_path.is_relative_to(path) and path != str(tmp_path)
    ]
    covered = {words[at + 1] for at, word in enumerate(words) if word == "--tmpfs"}
    for hidden in ("notebooks/en/instructor", "data/course/en/guide"):
        assert str(checkout / hidden) in covered
    of_the_instructor = sandbox.view(sandbox.Desk(INSTRUCTOR, str(tmp_path), (), 600))
    assert str(checkout / "notebooks/en/instructor") not in of_the_instructor


# ---- The pages


class Reader(HTMLParser):
    """Collects what a page consists of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


NASTY = '<script>alert("x")</script>'
ROWS = [
    DeskRow("labdesk01", NASTY, "open", "00", NASTY, 3, 9, 4, True, 200),
    DeskRow("labdesk02", "B", "closed"),
]
TOLD: dict[str, dict[str, object]] = {
    "login": {
        "login_error": NASTY,
        "username": NASTY,
        "authenticator_login_url": "/hub/login",
        "xsrf": NASTY,
    },
    "welcome": {"owner": NASTY, "own_code": "ABCD-EFGH", "guide": "", "full": 95},
    "spawn_pending": {},
    "stop_pending": {},
    "not_running": {"failed": True, "failed_message": NASTY, "spawn_url": "/hub/spawn"},
    "error": {"status_code": 500, "message": NASTY},
    "404": {"status_code": 404, "message": ""},
    "home": {},
    "token": {},
    "restarting": {"busy": True},
    "wall": {
        "places": [("https://127.0.0.1:8443/", "")],
        "code": "K7M-3PX",
        "fingerprint": "AA:BB",
    },
    "class": {
        "rows": ROWS,
        "left": 5000,
        "more": 25,
        "xsrf": NASTY,
        "quota": Quota(),
        "megabytes": 250,
        "quiet_minutes": 10,
        "news": NASTY,
    },
}
ALL = {name: page(name, SAY, **told) for name, told in TOLD.items()}


def test_every_page_of_the_room_is_tried_here() -> None:
    parts = {"frame", "parts"}
    assert {file.stem for file in Path(TEMPLATES).glob("*.html")} - parts == ALL.keys()


def test_the_wall_says_of_the_certificate_what_notebook_01_teaches() -> None:
    words = " ".join(ALL["wall"].split())
    assert says(words, "classroom.certificate_encrypts_connection_laptop")
    assert says(words, "classroom.your_browser_warns_no")
    assert "vouch" not in words


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_page_is_whole_and_asks_nobody_else(text: str) -> None:
    read = Reader(text)
    assert text.startswith("<!DOCTYPE html>")
    assert dict(read.tags[0][1]) == {"lang": "en"}
    assert [tag for tag, _ in read.tags].count("h1") == 1
    assert "main" in [tag for tag, _ in read.tags]
    scripts = [tag for tag, _ in read.tags if tag == "script"]
    assert len(scripts) == 1, "what somebody typed became part of the page"
    for _, attributes in read.tags:
        for name in ("src", "href"):
            assert (attributes.get(name) or "/").startswith(
                ("/", "data:,", "https://127.0.0.1")
            )


def test_a_new_desk_shows_its_own_code_and_an_old_one_does_not() -> None:
    assert "ABCD-EFGH" in ALL["welcome"]
    assert "own code" not in page("welcome", SAY, **TOLD["welcome"] | {"own_code": ""})


def test_the_instructors_page_counts_and_tells_no_answers() -> None:
    text = Reader(ALL["class"]).text
    assert "2 participants." in text
    assert f"{SAY('classroom.no_cell_run_yet')}: 1; 00: 1." in text
    assert SAY("classroom.perhaps_stuck_stopped", stopped=1) in text
    assert "3 of 9" in text


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "This is not your desk"),
        (404, "no such page"),
        (500, "went wrong"),
        (503, "wrong"),
    ],
)
def test_trouble_is_a_sentence(status: int, sentence: str) -> None:
    assert sentence in page("error", SAY, status_code=status, message="")


# ---- How far somebody is


def notebook(*runs: int | None, error: bool = False) -> bytes:
    """Return a notebook with a section a cell, of which some have run."""
    cells = []
    for number, run in enumerate(runs):
        cells.append({"cell_type": "markdown", "source": [f"## {number} · Part\n"]})
        outputs = [{"output_type": "error"}] if error and run else []
        cells.append({"cell_type": "code", "execution_count": run, "outputs": outputs})
    return json.dumps({"cells": cells}).encode()


def test_the_notebook_saved_last_counts(tmp_path: Path) -> None:
    (tmp_path / "00.ipynb").write_bytes(notebook(1, 2))
    (tmp_path / "01.ipynb").write_bytes(notebook(1, None, 3, None, error=True))
    (tmp_path / "02.ipynb").write_bytes(notebook(None, None))
    os.utime(tmp_path / "00.ipynb", (100, 100))
    os.utime(tmp_path / "01.ipynb", (200, 200))
    at = standing(tmp_path)
    assert at is not None
    assert (at.notebook, at.section, at.run, at.cells) == ("01", "2 · Part", 2, 4)
    assert at.stopped
    (tmp_path / "01.ipynb").write_bytes(notebook(1, 2, 3, 4))
    again = standing(tmp_path)
    assert again is not None
    assert (again.run, again.stopped) == (4, False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [3]}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_notebook_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "00.ipynb").write_bytes(content)
    assert standing(tmp_path) is None


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(notebook(1))
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "link.ipynb").symlink_to(elsewhere)
    os.mkfifo(desk / "pipe.ipynb")
    (desk / "folder.ipynb").mkdir()
    assert standing(desk) is None
    assert standing(tmp_path / "nowhere") is None
    other = tmp_path / "other"
    other.mkdir()
    (other / "00.ipynb").write_bytes(notebook(1))
    (tmp_path / "my-course").symlink_to(other)
    assert standing(other) is not None
    assert standing(tmp_path / "my-course") is None


def test_a_notebook_that_grows_while_it_is_read_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "00.ipynb"
    file.write_bytes(notebook(1))
    looked = os.fstat
    read: list[int] = []

    def grows(number: int) -> os.stat_result:
        about = looked(number)
        os.truncate(file, 1 << 40)
        return about

    monkeypatch.setattr(os, "fstat", grows)
    monkeypatch.setattr(
        progress, "_count", lambda content, *_: read.append(len(content))
    )
    assert standing(tmp_path) is None
    assert read == [progress.LARGEST]


def test_a_heading_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    """To bring so many marks into order would take minutes, in the hub's own process."""
    (tmp_path / "00.ipynb").write_bytes(
        notebook(1).replace(b"Part", b"a" + "\u0301\u0327".encode() * 400_000)
    )
    at = standing(tmp_path)
    assert at is not None
    assert len(at.section) <= 80


def test_what_somebody_wrote_does_not_break_the_instructors_page(
    tmp_path: Path,
) -> None:
    content = notebook(1).replace(b"Part", b"\\ud800" + b"x" * 1000)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.ipynb")).write_bytes(content)
    at = standing(tmp_path)
    assert at is not None
    assert len((at.notebook + at.section).encode()) < 200


# ---- Certificate, settings, machine


def test_a_certificate_is_kept_while_it_serves_and_made_anew_when_not(
    tmp_path: Path,
) -> None:
    mark = certificate.ensure(tmp_path, ["127.0.0.1", "198.51.100.7"], NOW)
    file = tmp_path / certificate.FILE
    assert file.stat().st_mode & 0o077 == 0
    assert certificate.ensure(tmp_path, ["127.0.0.1"], NOW) == mark
    assert certificate.ensure(tmp_path, ["198.51.100.8"], NOW) != mark
    late = NOW + timedelta(days=certificate.DAYS - 3)
    other = certificate.ensure(tmp_path, ["198.51.100.8"], NOW)
    assert certificate.ensure(tmp_path, ["198.51.100.8"], late) != other
    file.write_text("no certificate")
    assert len(certificate.ensure(tmp_path, ["127.0.0.1"], NOW)) == 95


def test_settings_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    written = Settings(
        tmp_path,
        "127.0.0.1",
        843,
        KEY,
        CODES,
        60,
        1200,
        90,
        5,
        Quota(("/x", "/y"), True, True, True),
    )
    written.save()
    assert Settings.load(tmp_path) == written
    replace(written, port=443).save()
    assert Settings.load(tmp_path).port == 443


def test_a_pass_is_of_one_desk_and_one_own_code() -> None:
    settings = Settings(Path("/x"), "", 443, KEY, CODES, 300, 1200, 90, 5)
    made = {
        settings.desk_pass(user, digest) for user in ("a", "b") for digest in ("1", "2")
    }
    assert len(made) == 4
    assert settings.desk_pass("a", "1") in made
    assert not [
        one
        for one in made
        if replace(settings, key="b3RoZXI=").desk_pass("a", "1") == one
    ]


def test_what_to_type_into_a_browser_is_said() -> None:
    assert machine.places("198.51.100.7", 443) == ["https://198.51.100.7/"]
    assert machine.places("198.51.100.7", 8443) == ["https://198.51.100.7:8443/"]


def test_where_participants_cannot_be_kept_apart_it_says_so_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(check.shutil, "which", lambda program: None)
    monkeypatch.setattr(check.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["classroom"]) == 1
    said = capsys.readouterr().err
    for words in ("with sudo", "wsl --install", "make room", "haproxy", "bubblewrap"):
        assert words in said
    monkeypatch.setattr(check.sys, "platform", "win32")
    assert cli.main(["classroom"]) == 1
    said = capsys.readouterr().err
    assert "needs Linux" in said
    assert "wsl --install" in said


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            ["--address", "nowhere"],
            "nowhere is no IPv4 address of this machine. It has:",
        ),
        (
            ["--address", "203.0.113.7"],
            "203.0.113.7 is no IPv4 address of this machine.",
        ),
        (["--port", "8443"], "Choose a port below 1024, and not 883"),
        (["--port", "883"], "Choose a port below 1024, and not 883"),
        (["--seats", "0"], "The numbers must be greater than nought."),
        (["--idle", "nan"], "The numbers must be greater than nought."),
        (["--folder", "/proc/nowhere"], "cannot be written to /proc/nowhere"),
    ],
)
def test_what_is_typed_wrongly_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    typed: list[str],
    sentence: str,
) -> None:
    monkeypatch.setattr(check, "obstacles", lambda say: [])
    monkeypatch.setattr(room, "LOCK", tmp_path / "lock")  # the real one is root's
    assert cli.main(["classroom", "--folder", str(tmp_path / "room"), *typed]) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "room" / "room" / "settings.json").exists()


def test_a_port_in_use_is_known() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not machine.is_free("127.0.0.1", port)
    assert machine.is_free("127.0.0.1", port)


@pytest.mark.skipif(sys.platform != "linux", reason="a room is for Linux")
def test_a_program_is_its_owners_whatever_it_calls_itself() -> None:
    call = "open('/proc/self/comm', 'w').write('\\rUid:\\t7\\t'); print(flush=True); input()"
    command = [sys.executable, "-c", call]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        assert machine.owner(program.pid) == os.getuid()
        program.communicate(b"\n")


# ---- What a cell may take


def test_a_cell_that_takes_too_much_is_stopped_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A minute is shortened; the alarm, the kernel and the sentence are real."""
    monkeypatch.setenv("LAB_CELL_MINUTES", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    book = nbformat.v4.new_notebook()
    book.cells += [
        nbformat.v4.new_code_cell(source)
        for source in (
            'from labsupport import Lab; lab = Lab("en")\n'
            "from labsupport.course import time_limit; time_limit.SECONDS = 0.5\n"
            "time_limit.limit_cells()",
            "while True: pass",
            "import resource; resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))\n"
            "much = bytearray(2 << 30)",
            "40 + 2",
        )
    ]
    NotebookClient(book, timeout=60, allow_errors=True).execute()
    shown = [cell.outputs[-1].data["text/plain"] for cell in book.cells[1:]]
    assert says(shown[0], "errors.ran_too_long", minutes=1)
    assert says(shown[1], "errors.out_of_memory")
    assert shown[2] == "42"


def test_what_desks_take_is_read_from_either_kind_of_control_group(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    (first / "memory.usage_in_bytes").write_text("900\n")
    (first / "memory.memsw.usage_in_bytes").write_text("950\n")
    (first / "memory.stat").write_text("cache 7\ntotal_cache 300\ntotal_shmem 100\n")
    (first / "memory.limit_in_bytes").write_text("800\n")
    (second / "memory.current").write_text("900\n")
    (second / "memory.stat").write_text("anon 500\nfile 400\nshmem 50\n")
    (second / "memory.max").write_text("max\n")
    assert quota.taken(first) == 750
    assert quota.taken(second, tmp_path / "gone") == 550
    assert quota.is_nearly_full((str(first),))
    assert not quota.is_nearly_full((str(second),))
    assert not quota.waits((str(first), str(second)))
    (first / "memory.oom_control").write_text("oom_kill_disable 1\nunder_oom 1\n")
    assert quota.waits((str(first), str(second)))


def test_a_bound_that_stands_is_not_set_again(tmp_path: Path) -> None:
    """Each time a bound on processors is set, the kernel lets go what had to wait for it."""
    folder = tmp_path / "desk"
    folder.mkdir()
    files = [folder / name for name in quota.PROCESSORS]
    for file in files:
        file.touch()
    quota.open_groups((str(tmp_path),), "desk", 8)
    set_once = {file: file.stat().st_mtime_ns for file in files}
    assert all(file.read_text() for file in files)
    quota.open_groups((str(tmp_path),), "desk", 8)
    assert {file: file.stat().st_mtime_ns for file in files} == set_once
    files[0].write_text("another")
    quota.open_groups((str(tmp_path),), "desk", 8)
    assert files[0].read_text() != "another"


def test_a_desk_that_is_held_up_takes_one_thread_and_holds_up_nobody_else() -> None:
    from labsupport.run.classroom.hub import AtDesks

    held, begun = threading.Event(), []

    def waits() -> None:
        begun.append(1)
        held.wait()

    async def story() -> None:
        desks = AtDesks()
        came = [desks.run("labdesk01", 0.2, waits) for _ in range(100)]
        told = await asyncio.gather(*came, return_exceptions=True)
        assert {type(one) for one in told} == {TimeoutError}
        assert await desks.run("labdesk02", 60, lambda: "open") == "open"
        held.set()
        assert await desks.run("labdesk01", 60, lambda: "open") == "open"

    asyncio.run(story())
    assert begun == [1]


@pytest.mark.parametrize(
    ("left", "waits", "least"),
    [(400, False, None), (200, False, 400), (100, False, 0), (400, True, 0)],
)
def test_how_large_a_desk_is_that_is_ended(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    left: int,
    waits: bool,
    least: int | None,
) -> None:
    asked = []
    monkeypatch.setattr(machine, "memory_left", lambda: left)
    monkeypatch.setattr(machine, "greediest", lambda groups, least: asked.append(least))
    monkeypatch.setattr(quota, "waits", lambda groups: waits)
    monkeypatch.setattr(room, "LOOK_SECONDS", 0)
    opened = room.Room(Settings(tmp_path, "", 443, KEY, CODES, 300, 1200, 90, 5), SAY)
    assert opened._makes_room() is (least is not None)
    assert asked == ([] if least is None else [least])


@pytest.mark.parametrize("part", [b"[],", b"1,", b'"":1,'])
def test_a_notebook_that_takes_long_to_read_is_not_read(part: bytes) -> None:
    assert (
        progress._count(b"[" + part * progress.MOST_PARTS + b"1]", "a.ipynb", 0.0)
        is None
    )


def test_a_notebook_whose_text_has_very_many_letters_costs_no_more_than_its_size() -> (
    None
):
    # The join of a text makes an object of each letter, and the hub waits for it.
    cell = {"cell_type": "markdown", "source": "ā" * (progress.LARGEST // 3)}
    content = json.dumps({"cells": [cell]}, ensure_ascii=False).encode()
    tracemalloc.start()
    assert progress._count(content, "a.ipynb", 0.0) is not None
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * len(content)


def test_few_wait_for_a_desk_that_is_held_up() -> None:
    from labsupport.run.classroom import hub

    async def many() -> list[object]:
        at_desks, held = hub.AtDesks(), threading.Event()
        calls = [
            at_desks.run("labdesk01", 10, held.wait)
            for _ in range(hub.MOST_WAITING + 3)
        ]
        coming = [asyncio.ensure_future(call) for call in calls]
        done, _ = await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
        assert {type(one.exception()) for one in done} == {TimeoutError}
        assert await at_desks.run("labdesk02", 10, str, 1) == "1"
        held.set()
        return await asyncio.gather(*coming, return_exceptions=True)

    answers = asyncio.run(many())
    assert sum(answer is True for answer in answers) == hub.MOST_WAITING


class Visit:
    """What the hub's pages are to a login: here there is one user, who may have been in before."""

    def __init__(self, *, starting: bool = False) -> None:
        self.owner = SimpleNamespace(
            cookie_id="old", spawner=SimpleNamespace(ready=not starting)
        )
        self.db = SimpleNamespace(commit=lambda: None)
        self.stopped = 0

    def find_user(self, user: str) -> SimpleNamespace:
        return self.owner

    async def stop_single_user(self, owner: SimpleNamespace) -> None:
        self.stopped += 1


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    from labsupport.run.classroom import hub

    (tmp_path / "room").mkdir()
    Settings(tmp_path, "", 443, KEY, CODES, 300, 1200, 90, 5).save()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    door = hub.Door()
    monkeypatch.setattr(door, "shortage", lambda: "")
    monkeypatch.setattr(hub, "SECONDS_AFTER_A_WRONG_CODE", 0)
    monkeypatch.setattr(machine, "make_desk", lambda *about: None)
    return door


def come(door: Any, own: str = "", visit: Visit | None = None) -> str:
    """Come in as Ana; return the desk's user."""
    data = {"username": "Ana", "password": CODES.room, "own": own}
    return str(asyncio.run(door.authenticate(visit or Visit(), data))["name"])


def test_no_cookie_is_given_for_an_own_code_that_was_replaced(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking at the code and giving the cookie, JupyterHub does other things."""
    from labsupport.run.classroom import hub

    user = come(door)
    assert come(door, door.fresh[user]) == user
    page = object.__new__(hub.ComeIn)
    let_in: list[Any] = []
    monkeypatch.setattr(hub.ComeIn, "authenticator", door)
    monkeypatch.setattr(
        hub.LoginHandler, "set_login_cookie", lambda self, user: let_in.append(user)
    )
    page.digest = door.seats.of(user).digest
    page.set_login_cookie(SimpleNamespace(name=user))
    assert len(let_in) == 1
    door.seats.renew(user)
    with pytest.raises(hub.web.HTTPError, match="replaced"):
        page.set_login_cookie(SimpleNamespace(name=user))
    assert len(let_in) == 1


PACKING = (
    "import sys, time; print('x' * 99_999, flush=True); time.sleep(1); print('secret')"
)


@pytest.mark.parametrize("renewed", [False, True])
def test_a_download_ends_with_the_own_code_that_it_was_asked_with(
    door: Any, monkeypatch: pytest.MonkeyPatch, *, renewed: bool
) -> None:
    """What packs is root's until it has become the desk's own: nothing else ends it."""
    from labsupport.run.classroom import hub

    user, written, cut = come(door), bytearray(), []

    async def flush(page: Any) -> None:
        if renewed and not cut:
            door.seats.renew(user)

    page = object.__new__(hub.TakeHome)
    for name, stands_in in {
        "door": door,
        "current_user": SimpleNamespace(name=user),
        "set_header": lambda *about: None,
        "write": written.extend,
        "flush": flush,
        "detach": lambda page: SimpleNamespace(close=lambda: cut.append(True)),
    }.items():
        monkeypatch.setattr(hub.TakeHome, name, stands_in, raising=False)
    desk = SimpleNamespace(
        command=lambda *about: [sys.executable, "-c", PACKING], place=""
    )
    monkeypatch.setattr(Settings, "desk", lambda *about: desk)
    asyncio.run(hub.TakeHome.get.__wrapped__(page))
    assert (b"secret" in written, bool(cut)) == (not renewed, renewed)


def test_whoever_had_a_seat_before_is_out_before_its_desk_is_made(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = Visit()
    cookies = []
    monkeypatch.setattr(
        machine, "make_desk", lambda *about: cookies.append(visit.owner.cookie_id)
    )
    come(door, visit=visit)
    assert cookies
    assert cookies != ["old"]


def test_a_server_that_is_being_started_ends_with_its_own_code(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labsupport.run.classroom import hub

    ended: list[Any] = []
    monkeypatch.setattr(hub.pwd, "getpwnam", lambda user: SimpleNamespace(pw_uid=12345))
    monkeypatch.setattr(machine, "end_programs", ended.append)
    visit = Visit(starting=True)
    asyncio.run(hub.end_sessions(visit, "labdesk01"))
    assert (ended, visit.stopped) == ([[12345]], 0)
    assert visit.owner.cookie_id != "old"
