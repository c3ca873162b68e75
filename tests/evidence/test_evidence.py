"""The record: what its lines hold, that it survives, and that every change to it is found."""

from __future__ import annotations

import codecs
import errno
import hashlib
import json
import os
import struct
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import dns.message
import dns.rdataclass
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.answers.evidence_record import Sealed
from labsupport.answers.verification import Verified
from labsupport.evidence import chain, file_format, time_stamps
from labsupport.evidence.chain import Seal, verify
from labsupport.evidence.file_format import encode, read
from labsupport.evidence.log import EvidenceLog, machine
from labsupport.evidence.record_file import OtherLog
from labsupport.exchange import (
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    TlsFailure,
    Unreachable,
    readable,
)
from labsupport.exchange.log import LAB_CLOCK, LIVE, LIVE_CLOCK
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language, table
from labsupport.results import Result
from labsupport.world import World

TIME = 1793620800.25
REQUEST = Request(
    "198.18.0.10", 40000, "198.18.106.43", 43, "tcp", None, b"x.example\r\n"
)


def log_of(*outcomes: Outcome, request: Request = REQUEST) -> EvidenceLog:
    log = EvidenceLog()
    for outcome in outcomes:
        with log.asking('lab.whois("x.example")'):
            log.append("fibra-sur", TIME, request, outcome)
    return log


def written(log: EvidenceLog) -> bytes:
    return b"".join(log.encoded())


def asked(*names: str) -> Lab:
    lab = Lab("en")
    for name in names or ("www.museum.example", "hospital-central.org.test"):
        lab.ask(name)
    lab.visit("www.museum.example")
    return lab


FILE = written(context_of(asked()).log)
SEAL = Seal(FILE.count(b"\n"), FILE[-67:-3].decode())
LINES = FILE.splitlines(keepends=True)
OTHER_LINES = written(context_of(asked("isla.example")).log).splitlines(keepends=True)[
    1:3
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# What a line holds


OUTCOMES: tuple[Outcome, ...] = (
    Reply(
        "198.18.106.43",
        0.0125,
        (b"\x00forged", b""),
        b"\xff\x00answer",
        (b"der", b"root"),
    ),
    Silence(None, 5.0),
    Reset("198.18.106.43", 0.5, (b"forged",)),
    Unreachable("198.18.0.1", 0.001),
    TlsFailure("198.18.106.43", 0.1, (), "wrong version number"),
    NotSent(None, 0.0, (), "held back"),
)


@pytest.mark.parametrize(
    "outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__
)
def test_what_was_written_is_read_again(outcome: Outcome) -> None:
    request = Request(
        "2001:db8::1", 1, "3fff::1", 443, "https", "x.example", b"\x00", 7, 1.5
    )
    log = log_of(outcome, request=request)
    recorded = read(written(log))
    assert list(recorded.lines) == log.lines
    assert recorded.numbers == (2,)
    assert recorded.lines[0].question == 'lab.whois("x.example")'


@pytest.mark.parametrize("rdclass", ["CH", "HS", "NONE", "ANY", "CLASS65280"])
def test_an_address_of_another_class_names_nobody_and_stops_no_record(
    rdclass: str,
) -> None:
    server = "192.0.2.53"
    query = dns.message.make_query("www.museum.example", "A")
    answer = dns.message.make_response(query).to_wire()
    name, number = query.question[0].name.to_wire(), dns.rdataclass.from_text(rdclass)
    strange = name + struct.pack("!HHIH", 1, number, 60, 4) + b"\1\0\0\1"
    octets = answer[:6] + b"\0\1" + answer[8:] + strange
    request = Request("198.18.0.10", 40000, server, 53, "udp", None, query.to_wire())
    log = log_of(Reply(server, 0.01, (), octets), Silence(None, 5.0), request=request)
    assert [line["server"] for line in log.records()[1:]] == [None, None]
    assert len(read(written(log)).lines) == 2


def test_all_of_a_labs_lines_are_read_again_to_the_microsecond() -> None:
    lab = asked()
    recorded = read(written(context_of(lab).log))
    for one, other in zip(recorded.lines, lab.evidence.lines, strict=True):
        assert abs(one.outcome.elapsed - other.outcome.elapsed) <= 1e-6
        assert one.request == other.request
        if isinstance(other.outcome, Reply):
            assert isinstance(one.outcome, Reply)
            assert one.outcome.payload == other.outcome.payload
            assert one.outcome.certificates == other.outcome.certificates


def test_a_line_says_what_was_asked_of_whom_and_what_came() -> None:
    lab = Lab("en")
    lab.trace("www.museum.example")
    lab.visit("www.museum.example")
    records = context_of(lab).log.records()
    opening, to_the_root, to_the_registry = records[:3]
    assert opening["format"] == "labsupport evidence 2"
    assert opening["tool"].startswith("labsupport ")
    assert opening["started"] == "2026-11-02T12:00:00.000000Z"
    assert "clock" in opening["clock"]
    assert to_the_root["server"] == "a.root-servers.net"
    assert to_the_root["asked"] == "www.museum.example A"
    assert to_the_root["flags"] == ["QR"]
    assert to_the_root["status"] == "NOERROR"
    assert (to_the_root["lab"], to_the_root["origin"]) == ("fibra-sur", "lab")
    assert to_the_registry["server"] == "ns1.nic.example", "as the root has just said"
    page = next(record for record in records if record.get("protocol") == "https")
    assert page["asked"] == "HEAD https://www.museum.example/"
    assert (page["status"], page["server_name"]) == ("200", "www.museum.example")
    assert ["Content-Type", "text/html; charset=utf-8"] in page["headers"]
    assert page["certificates"]
    answer = b64decode(page["answer"])
    assert hashlib.sha256(answer).hexdigest() == page["answer_sha256"]
    resolver = next(r for r in records if r.get("address") == "198.18.0.53")
    assert {"RA", "AD"} <= set(resolver["flags"])


def test_what_the_tool_made_of_it_stands_apart() -> None:
    lab = Lab("en")
    result = lab.trace("www.museum.example")
    reading = context_of(lab).log.records()[-1]
    assert reading["kind"] == "reading"
    assert reading["sentence"] == result.sentence
    assert reading["question"] == 'lab.trace("www.museum.example")'
    assert reading["lines"] == [2, 3, 4]
    assert "sentence" not in context_of(lab).log.records()[2]


def test_only_what_led_to_an_exchange_is_noted() -> None:
    lab = Lab("en")
    lab.ask("an order: block everything")
    lab.course.glossary("zone")
    lab.investigate.memory("www.museum.example")
    lab.ask("www.museum.example", "x" * 200)
    assert written(context_of(lab).log) == b""
    lab.visit("https://www.museum.example/?" + "a pasted page " * 20)
    assert b"pasted" not in b"".join(
        json.dumps(record["question"]).encode()
        for record in context_of(lab).log.records()[1:]
    )
    assert {record["question"] for record in context_of(lab).log.records()[1:]} == {
        "lab.visit(…)"
    }


def test_of_a_request_only_what_is_technical_is_noted() -> None:
    lab = Lab("en")
    name = "bancodelfaro-clientes.example"
    period = {"since": "2026-10-29 -03:00", "until": "2026-10-30 -03:00"}
    lab.evidence.preservation(
        name, country="we order that all", addressee="the bank", **period
    )
    lab.evidence.disclosure(
        "198.18.128.2", time="29/10/2026 20:14:37 hs -03:00", port=40212
    )
    assert list(dict.fromkeys(line.question for line in lab.evidence.lines)) == [
        f'lab.evidence.preservation("{name}", country=…, addressee=…, since="2026-10-29 -03:00", '
        'until="2026-10-30 -03:00")',
        'lab.evidence.disclosure("198.18.128.2", time="29/10/2026 20:14:37 hs -03:00", port=40212)',
    ]
    assert b"order that" not in written(context_of(lab).log)


@given(
    payload=st.binary(max_size=300),
    port=st.sampled_from([43, 53, 80]),
    answer=st.binary(),
)
def test_no_bytes_upset_the_record(payload: bytes, port: int, answer: bytes) -> None:
    for protocol in ("udp", "http", "https", "icmp"):
        request = Request(
            "198.18.0.10", 1, "198.18.0.53", port, protocol, None, payload
        )
        log = log_of(Reply("198.18.0.53", 0.0, (), answer), request=request)
        assert list(read(written(log)).lines) == log.lines
        assert verify(written(log), log.seal()).problem == ""


def test_headers_without_an_end_are_kept_whole() -> None:
    request = Request(
        "198.18.0.10", 1, "198.18.0.80", 80, "http", None, b"GET / HTTP/1.1"
    )
    log = log_of(
        Reply("198.18.0.80", 0.0, (), b"HTTP/1.1 200 OK\r\nX: whole"), request=request
    )
    assert log.records()[1]["headers"] == [["X", "whole"]]


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\x01x\xc0\x0c"])
def test_a_name_that_points_in_a_circle_is_no_name(pointer: bytes) -> None:
    message = bytes(4) + b"\x00\x01" + bytes(6) + pointer + b"\x00\x01\x00\x01"
    request = Request("198.18.0.10", 1, "198.18.0.53", 53, "udp", None, message)
    assert readable.describe(request)[0].endswith("bytes that are no DNS question")


# Checking


def sha256sum(line: bytes) -> str:
    """The commands that the documentation gives."""
    run = subprocess.run(
        """sed 's/,"sha256":"[0-9a-f]*"}$//' | tr -d '\\n' | sha256sum""",
        shell=True,
        input=line,
        capture_output=True,
        check=True,
    )
    return run.stdout.decode().split()[0]


def test_common_tools_can_check_it() -> None:
    previous = "0" * 64
    for number, line in enumerate(LINES, 1):
        record = json.loads(line)
        assert record["number"] == number
        assert record["previous"] == previous
        assert record["sha256"] == sha256sum(line)
        previous = record["sha256"]


def test_what_was_not_changed_holds() -> None:
    assert verify(FILE) == chain.FileVerdict(len(LINES))
    whole = chain.FileVerdict(len(LINES), sealed=True, covered=len(LINES))
    assert verify(FILE, SEAL) == whole


def forged(number: int) -> bytes:
    """The line with its address changed, and its own hash computed anew."""
    record: dict[str, Any] = json.loads(LINES[number - 1])
    members = {
        k: v
        for k, v in record.items()
        if k not in ("number", "previous", "kind", "sha256")
    }
    return encode(number, record["previous"], record["kind"], members | {"lab": "x"})[0]


def edited(*changes: tuple[int, int, list[bytes]]) -> bytes:
    lines = list(LINES)
    for start, end, new in changes:
        lines[start:end] = new
    return b"".join(lines)


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (FILE.replace(b"museum", b"museun", 1), "changed", 2),
        (edited((3, 4, [])), "moved", 4),
        (edited((3, 4, [LINES[4]]), (4, 5, [LINES[3]])), "moved", 4),
        (edited((3, 4, [LINES[6]]), (6, 7, [LINES[3]])), "moved", 4),
        (edited((3, 3, [LINES[1]])), "moved", 4),
        (edited((3, 3, [LINES[5]])), "moved", 4),
        (edited((3, 3, [b"{}\n"])), "changed", 4),
        (edited((3, 4, [forged(4)])), "moved", 5),
        (FILE[:-20], "torn", len(LINES)),
        (FILE[:-1] + b"}", "torn", len(LINES)),
        (FILE[:-20] + b"\n", "changed", len(LINES)),
        (b"", "no log", 1),
        (b"\n", "no log", 1),
        (LINES[1], "no log", 1),
        (edited((0, 1, [])), "no log", 1),
    ],
)
def test_the_first_bad_line_is_named_even_without_a_seal(
    content: bytes, problem: str, line: int
) -> None:
    verdict = verify(content)
    assert (verdict.problem, verdict.line, verdict.sealed) == (problem, line, False)
    assert problem in table(Language.load("en"), "evidence_problems")


def rewritten() -> bytes:
    lines, previous = [], file_format.FIRST_PREVIOUS
    for raw in LINES:
        members = json.loads(raw.replace(b"hospital", b"hospitol"))
        number, _, kind, _ = (
            members.pop(k) for k in ("number", "previous", "kind", "sha256")
        )
        line, previous = encode(number, previous, kind, members)
        lines.append(line)
    return b"".join(lines)


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (edited((-1, len(LINES), [])), "end missing", len(LINES)),
        (rewritten(), "rewritten", None),
        (rewritten() + b"{}\n", "rewritten", None),
        (edited((-1, len(LINES), [forged(len(LINES))])), "rewritten", None),
    ],
)
def test_a_seal_finds_what_cannot_be_found_without(
    content: bytes, problem: str, line: int | None
) -> None:
    assert verify(content).problem == "" or content.endswith(b"{}\n")
    verdict = verify(content, SEAL)
    assert (verdict.problem, verdict.line, verdict.sealed) == (problem, line, True)
    assert verdict.covered == 0


def follower(number: int, previous: str) -> bytes:
    members = {"lab": "later", "answer": "", "answer_sha256": ""}
    return encode(number, previous, "exchange", members)[0]


LATER = follower(len(LINES) + 1, SEAL.digest)
LATEST = follower(len(LINES) + 2, LATER[-67:-3].decode())


def test_lines_that_came_after_the_seal_are_told() -> None:
    verdict = verify(FILE + LATER + LATEST, SEAL)
    assert (verdict.problem, verdict.covered, verdict.good) == (
        "",
        len(LINES),
        len(LINES) + 2,
    )


@pytest.mark.parametrize(
    ("later", "problem", "line"),
    [
        (LATER.replace(b"later", b"lated"), "changed", 1),
        (LATER[:-20], "torn", 1),
        (LATEST, "moved", 1),
        (LATEST + LATER, "moved", 1),
        (follower(len(LINES) + 1, "0" * 64), "moved", 1),
        (LATER + LATER, "moved", 2),
        (LATER + LATEST + LATEST, "moved", 3),
        (LATER + follower(len(LINES) + 2, "0" * 64), "moved", 2),
    ],
)
def test_damage_after_the_seal_leaves_the_sealed_lines_as_they_were(
    later: bytes, problem: str, line: int
) -> None:
    verdict = verify(FILE + later, SEAL)
    assert (verdict.problem, verdict.line) == (problem, len(LINES) + line)
    assert (verdict.covered, verdict.good) == (len(LINES), len(LINES) + line - 1)


def test_a_sealed_line_replaced_is_not_the_one_that_was_sealed() -> None:
    seal = Seal(4, LINES[3][-67:-3].decode())
    verdict = verify(edited((3, 4, [forged(4)])), seal)
    assert (verdict.problem, verdict.line, verdict.covered) == ("rewritten", None, 0)


@given(data=st.data())
def test_with_a_seal_every_changed_byte_is_found(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(FILE) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != FILE[place]))
    changed = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    verdict = verify(changed, SEAL)
    # without which the file is byte for byte the one that was sealed
    if verdict.copied:
        assert verdict.covered == len(LINES)
        return
    assert verdict.problem
    line = FILE[: place + 1].count(b"\n") + 1
    assert (
        verdict.line == line or verdict.line is None or FILE[place : place + 1] == b"\n"
    )


@given(data=st.data())
def test_with_a_seal_every_other_sequence_of_lines_is_found(
    data: st.DataObject,
) -> None:
    """Lines removed, put in twice, swapped, or put in from another record."""
    others = [*LINES, *OTHER_LINES]
    chosen = data.draw(
        st.one_of(
            st.lists(st.sampled_from(others), max_size=len(LINES) + 2),
            st.permutations(LINES),
            st.integers(0, len(LINES) - 1).map(lambda n: LINES[:n] + LINES[n + 1 :]),
            st.tuples(st.integers(0, len(LINES)), st.sampled_from(others)).map(
                lambda one: [*LINES[: one[0]], one[1], *LINES[one[0] :]]
            ),
        )
    )
    verdict = verify(b"".join(chosen), SEAL)
    assert bool(verdict.problem) == (chosen != LINES)
    assert bool(verdict.covered) == (chosen[: len(LINES)] == LINES)


OLD = Path(__file__).parents[1] / "samples" / "evidence" / "format-1.jsonl"


def test_what_was_sealed_in_format_1_still_holds() -> None:
    seal = Seal.read(OLD.with_suffix(".seal").read_text())
    verdict = verify(OLD.read_bytes(), seal)
    assert (verdict.problem, verdict.covered) == ("", seal.count)
    recorded = read(OLD.read_bytes())
    assert len(recorded.lines) > 3
    assert {line.origin for line in recorded.lines} == {""}
    assert (
        verify(OLD.read_bytes().replace(b"reply", b"replx", 1), seal).problem
        == "changed"
    )


def chained(*lines: tuple[str, dict[str, Any]]) -> bytes:
    """The file, and after it lines whose hashes hold."""
    content, number, previous = FILE, len(LINES), SEAL.digest
    for kind, members in lines:
        number += 1
        line, previous = encode(number, previous, kind, members)
        content += line
    return content


def test_a_file_has_one_line_that_opens_it() -> None:
    content = chained(("log", {"format": file_format.FORMAT, "clock": LIVE_CLOCK}))
    verdict = verify(content, SEAL)
    assert (verdict.problem, verdict.line) == ("second log", len(LINES) + 1)
    assert verdict.covered == len(LINES)
    assert read(content).opening["clock"] == LAB_CLOCK


@pytest.mark.parametrize("order", [list, lambda members: sorted(members, reverse=True)])
@pytest.mark.parametrize(
    "false",
    [{"answer_sha256": "0" * 64}, {"answer": "QQ=="}, {"answer": "?"}, {"answer": ""}],
)
def test_a_false_hash_of_an_answer_is_noticed(
    false: dict[str, str], order: Any
) -> None:
    line = json.loads(next(line for line in LINES if b'"outcome":"reply"' in line))
    members = {
        k: v
        for k, v in line.items()
        if k not in ("number", "previous", "kind", "sha256")
    }
    assert (
        verify(
            chained(("exchange", {key: members[key] for key in order(members)}))
        ).problem
        == ""
    )
    members |= false
    verdict = verify(
        chained(("exchange", {key: members[key] for key in order(members)}))
    )
    assert (verdict.problem, verdict.line) == ("false digest", len(LINES) + 1)


@pytest.mark.parametrize(
    "copied",
    [
        FILE.replace(b"\n", b"\r\n"),
        codecs.BOM_UTF8 + FILE,
        codecs.BOM_UTF8 + FILE.replace(b"\n", b"\r\n"),
        FILE[:-1],
    ],
)
def test_a_careless_copy_is_not_tampering(copied: bytes) -> None:
    assert copied != FILE
    verdict = verify(copied, SEAL)
    assert (verdict.problem, verdict.covered) == ("", len(LINES))
    assert verdict.copied
    # It hides no change: what is said of the file is said of the file without that.
    assert verify(copied.replace(b"fibra-sur", b"fibra-sud", 1), SEAL).problem


@pytest.mark.parametrize(
    "time",
    ["9999-12-31T23:59:59.999999Z", "10000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
)
def test_a_time_at_the_end_of_the_calendar_is_no_accident(
    folder: Path, time: str
) -> None:
    line = json.loads(LINES[1])
    members = {
        k: v
        for k, v in line.items()
        if k not in ("number", "previous", "kind", "sha256")
    }
    (folder / "late.jsonl").write_bytes(chained(("exchange", members | {"time": time})))
    assert "hold" in repr(Lab("en").evidence.verify("late.jsonl"))
    assert Lab("en", recording="late.jsonl").ask("www.museum.example").kind is not None


@given(content=st.one_of(st.binary(), st.lists(st.sampled_from(LINES)).map(b"".join)))
def test_checking_and_reading_never_fail(content: bytes) -> None:
    verify(content)
    verify(content, SEAL)
    read(content)


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    key=st.sampled_from(sorted(json.loads(LINES[1]))),
)
def test_a_line_with_anything_in_it_upsets_no_reader(data: object, key: str) -> None:
    read(json.dumps({**json.loads(LINES[1]), key: data}).encode() + b"\n")


def test_nested_without_end_is_no_line() -> None:
    assert read(b"[" * 200_000 + b"\n").lines == ()


@pytest.mark.parametrize(
    "text", [str(SEAL), SEAL.grouped, SEAL.grouped.upper(), f" {SEAL.grouped}\n"]
)
def test_a_seal_can_be_printed_and_typed(text: str) -> None:
    assert Seal.read(text) == SEAL


@given(text=st.text())
def test_what_is_no_seal_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="seal"):
        Seal.read(text)


# The file


def test_each_line_is_on_the_disk_at_once(folder: Path) -> None:
    lab = asked()
    path = folder / "evidence.jsonl"
    context_of(lab).log.save(path)
    assert path.read_bytes() == written(context_of(lab).log)
    lab.ask("isla.example")
    assert path.read_bytes() == written(context_of(lab).log)
    assert verify(path.read_bytes(), context_of(lab).log.seal()).problem == ""


def test_a_killed_process_loses_at_most_the_line_being_written(folder: Path) -> None:
    program = """
import os, signal
from pathlib import Path
from labsupport import Lab
from labsupport.lab_protocol import context_of
lab = Lab("en")
lab.ask("www.museum.example")
context_of(lab).log.save(Path("evidence.jsonl"))
lab.ask("isla.example")
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=folder, check=False)
    assert run.returncode < 0
    content = (folder / "evidence.jsonl").read_bytes()
    assert verify(content).problem == ""
    questions = [line.question for line in read(content).lines]
    assert questions == ['lab.ask("www.museum.example")', 'lab.ask("isla.example")']


def test_a_torn_line_is_reported_and_written_again_by_its_own_log(folder: Path) -> None:
    lab = asked()
    path = folder / "evidence.jsonl"
    context_of(lab).log.save(path)
    os.truncate(path, len(written(context_of(lab).log)) - 30)
    assert verify(path.read_bytes()).problem == "torn"
    context_of(lab).log.save(path)
    assert path.read_bytes() == written(context_of(lab).log)


@pytest.mark.parametrize("content", [b"something else\n", FILE, b"\n"])
def test_nothing_is_overwritten(folder: Path, content: bytes) -> None:
    path = folder / "evidence.jsonl"
    path.write_bytes(content)
    with pytest.raises(OtherLog):
        log_of(Silence(None, 5.0)).save(path)
    assert path.read_bytes() == content


def test_a_full_disk_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    lab.evidence.save("evidence.jsonl")
    real = os.write

    def full(file: int, data: memoryview) -> int:
        real(file, bytes(data[:10]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    result = lab.ask("isla.example")
    assert "is in memory only" in repr(result)
    assert "no space is left" in lab.evidence.sentence
    assert verify((folder / "evidence.jsonl").read_bytes()).problem == "", (
        "of a line that does not fit nothing stays"
    )
    monkeypatch.setattr(os, "write", real)
    assert "memory only" not in repr(lab.ask("museum.example"))
    assert (folder / "evidence.jsonl").read_bytes() == written(context_of(lab).log)


# What people do with it


def sealed(lab: Lab) -> Sealed:
    result = lab.evidence.seal()
    assert isinstance(result, Sealed)
    return result


def checked(result: Result) -> Verified:
    assert isinstance(result, Verified), result
    return result


def test_the_record_shows_itself_by_question() -> None:
    lab = Lab("en")
    assert "empty" in lab.evidence.sentence
    assert lab.evidence.tabulated() is None
    lab.ask("www.museum.example")
    lab.trace("www.museum.example")
    lab.trace("www.museum.example")
    table = lab.evidence.tabulated()
    assert table is not None
    assert [row[0] for row in table.rows] == ["2", "4–10"]
    assert table.rows[1][2] == 'lab.trace("www.museum.example")'
    assert table.rows[0][3] == "198.18.0.53"
    assert (
        table.rows[1][3] == "a.root-servers.net, ns1.nic.example, ns1.cimiento.example"
    )
    assert "how it read the answers" in lab.evidence.notes[0]
    assert len(lab.evidence) == len(lab.evidence.lines) == 7


def test_saved_sealed_and_checked(folder: Path) -> None:
    lab = asked()
    assert "evidence.jsonl" in lab.evidence.save().sentence
    seal = sealed(lab)
    for given_seal in (seal, seal.text, seal.sentence.split(" is ")[1].rstrip(".")):
        result = checked(lab.evidence.verify("evidence.jsonl", given_seal))
        assert result.kind is Kind.FOUND
        assert result.verdict.sealed
        assert not any("seal" in limit for limit in result.limits)
    result = checked(lab.evidence.verify("evidence.jsonl"))
    assert result.kind is Kind.FOUND
    assert "✓ holds" in repr(result)
    assert "missing at the end" in result.limits[0]
    assert "written anew" in result.limits[0]
    lab.ask("isla.example")
    result = checked(lab.evidence.verify("evidence.jsonl", seal))
    count = int(seal.text.partition("-")[0])
    assert result.sentence == (
        f"All {count} sealed lines are as they were. 2 lines came later, of which this seal says "
        "nothing: they fit together."
    )
    assert "✓ holds" in result._repr_html_()
    path = folder / "evidence.jsonl"
    (folder / "torn.jsonl").write_bytes(path.read_bytes()[:-9])
    result = checked(lab.evidence.verify("torn.jsonl", seal))
    assert result.sentence.startswith(
        f"All {count} sealed lines are as they were. The last line"
    )
    assert "✗ does not hold" in repr(result)


@pytest.mark.parametrize(
    ("how", "file", "without", "sealed_problem"),
    [
        ("byte", "evidence-byte.jsonl", "changed", "changed"),
        ("rewrite", "evidence-rewritten.jsonl", "", "rewritten"),
    ],
)
def test_damage_is_done_to_a_copy_and_found(
    folder: Path, how: str, file: str, without: str, sealed_problem: str
) -> None:
    lab = asked()
    lab.evidence.save("evidence.jsonl")
    before = (folder / "evidence.jsonl").read_bytes()
    done = lab.evidence.tamper("evidence.jsonl", how)
    assert file in done.sentence
    assert (folder / "evidence.jsonl").read_bytes() == before
    assert (folder / file).read_bytes() != before
    assert checked(lab.evidence.verify(file)).verdict.problem == without
    result = checked(lab.evidence.verify(file, sealed(lab)))
    assert result.verdict.problem == sealed_problem
    assert result.kind is Kind.FAILED
    assert lab.evidence.tamper("evidence.jsonl", how).sentence == done.sentence, (
        "again, the same copy"
    )


def test_a_file_of_the_same_name_is_left_alone(folder: Path) -> None:
    (folder / "evidence.jsonl").write_text("minutes")
    (folder / "report.html").write_text("minutes")
    lab = asked()
    saved = lab.evidence.save("evidence")
    assert "evidence-2.jsonl" in saved.sentence
    assert "not overwritten" in repr(saved)
    assert "evidence-2.jsonl" in lab.evidence.save("evidence").sentence, "its own file"
    assert "report-2.html" in lab.evidence.report().sentence
    assert (folder / "evidence.jsonl").read_text() == "minutes"
    assert (folder / "report.html").read_text() == "minutes"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../x.jsonl",
            "/tmp/x.jsonl",
            "a\\b.jsonl",
            "C:x.jsonl",
            "x.ipynb",
            ".jsonl",
            "x" * 100,
        ),
        *("a\u202e.jsonl", "a\n.jsonl", "", 7, None),
    ],
)
def test_only_files_of_the_folder_are_touched(folder: Path, name: object) -> None:
    lab = asked()
    assert lab.evidence.save(name).kind is Kind.NOT_ASKED
    assert list(folder.iterdir()) == []
    if name:
        assert lab.evidence.verify(name).kind is Kind.NOT_ASKED
        assert lab.evidence.tamper(name, "byte").kind is Kind.NOT_ASKED


def test_what_cannot_be_done_gets_a_sentence(folder: Path) -> None:
    lab = Lab("en")
    empty = lab.evidence
    for result in (empty.save(), empty.seal(), empty.stamp(), empty.report()):
        assert result.kind is Kind.NOT_ASKED
        assert "Nothing was asked yet" in result.sentence
    lab.ask("www.museum.example")
    assert "no file evidence.jsonl" in lab.evidence.verify("evidence.jsonl").sentence
    (folder / "folder.jsonl").mkdir()
    assert "no list" in lab.evidence.verify("folder.jsonl").sentence
    assert "cannot be written" in lab.evidence.save("folder.jsonl").sentence
    assert "no seal" in lab.evidence.verify("evidence.jsonl", "14-abc").sentence
    assert "no seal" in lab.evidence.verify("evidence.jsonl", 14).sentence
    assert '"rewrite"' in lab.evidence.tamper("evidence.jsonl", "everything").sentence
    (folder / "other.jsonl").write_text("minutes")
    assert "left alone" in lab.evidence.tamper("other.jsonl", "byte").sentence
    assert checked(lab.evidence.verify("other.jsonl")).verdict.problem == "no log"
    assert lab.evidence.report(by=7).kind is Kind.NOT_ASKED
    assert lab.evidence.report(matter="x" * 300).kind is Kind.NOT_ASKED


PIPES = """
import os, sys
from labsupport import Lab
from labsupport.lab_protocol import context_of
lab = Lab("en")
lab.ask("www.museum.example")
print(lab.evidence.verify("pipe.jsonl").kind.value)
print(lab.evidence.tamper("pipe.jsonl", "byte").kind.value)
print(lab.evidence.verify("zeros.jsonl").kind.value)
print(Lab("en", recording="pipe.jsonl").ask("www.museum.example").kind.value)
for name in ("pipe.jsonl", "zeros.jsonl"):
    lab.evidence.save(name)
    print(context_of(lab).log.path.name)
"""


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="this system has no pipes with a name"
)
def test_nobody_waits_for_the_end_of_a_pipe_or_a_device(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "zeros.jsonl").symlink_to("/dev/zero")
    command = [sys.executable, "-c", PIPES]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )
    not_asked = Kind.NOT_ASKED.value
    said = [*[not_asked] * 4, "pipe-2.jsonl", "zeros-2.jsonl"]
    assert done.stdout.split("\n")[:-1] == said, done.stderr


def test_lines_cut_off_at_the_end_are_seen_by_the_seal_alone(folder: Path) -> None:
    lab = asked()
    lab.evidence.save("evidence.jsonl")
    lines = (folder / "evidence.jsonl").read_bytes().splitlines(True)
    (folder / "cut.jsonl").write_bytes(b"".join(lines[:-3]))
    assert checked(lab.evidence.verify("cut.jsonl")).verdict.problem == ""
    assert (
        checked(lab.evidence.verify("cut.jsonl", sealed(lab))).verdict.problem
        == "end missing"
    )


# Time-stamps


def test_a_time_stamp_vouches_for_the_lines_before_it(folder: Path) -> None:
    lab = asked()
    covered = len(context_of(lab).log.encoded())
    assert lab.evidence.stamp().kind is Kind.FOUND
    lab.evidence.save("evidence.jsonl")
    assert f"lines 1 to {covered} existed" in repr(
        lab.evidence.verify("evidence.jsonl")
    )


def test_a_time_stamp_kept_again_and_again_is_checked_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = asked()
    covered = len(context_of(lab).log.encoded())
    lab.evidence.stamp()
    stamp = lab.evidence.lines[-1]
    for _ in range(20):
        context_of(lab).log.append(stamp.lab, stamp.time, stamp.request, stamp.outcome)
    checked: list[bytes] = []
    real = time_stamps.check

    def check(answer: bytes, authorities: bytes) -> object:
        checked.append(answer)
        return real(answer, authorities)

    monkeypatch.setattr(time_stamps, "check", check)
    lab.evidence.save()
    found = lab.evidence.verify("evidence.jsonl")
    assert repr(found).count(f"lines 1 to {covered} existed") == 21
    assert len(checked) == 1


def test_a_chain_rebuilt_before_a_time_stamp_no_longer_fits_it(folder: Path) -> None:
    lab = Lab("en")
    lab.routes.origin("203.0.113.7")
    lab.evidence.stamp()
    lab.evidence.save("evidence.jsonl")
    text = lab.evidence.tamper("evidence.jsonl", "rewrite").sentence
    assert "computed anew" in text
    verdict = lab.evidence.verify("evidence-rewritten.jsonl")
    assert verdict.kind is Kind.FAILED
    assert "belongs to other lines" in verdict.sentence
    assert "does not hold" in repr(verdict)
    assert lab.evidence.verify("evidence.jsonl").kind is Kind.FOUND


# Two writers, and what goes with a record


OTHER_KERNEL = """
from labsupport import Lab
lab = Lab("en")
lab.ask("www.museum.example")
print(lab.evidence.save().file, flush=True)
lab.ask("isla.example")
"""


def test_two_kernels_keep_to_two_files(folder: Path) -> None:
    """Their first lines are alike in the lab: only who made a file writes into it."""
    lab = Lab("en")
    lab.ask("www.museum.example")
    assert lab.evidence.save().file == "evidence.jsonl"
    command = [sys.executable, "-c", OTHER_KERNEL]
    other = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True
    )
    assert other.stdout == "evidence.jsonl\n"
    theirs = (folder / "evidence-2.jsonl").read_bytes()
    assert read(theirs).lines[-1].question == 'lab.ask("isla.example")'
    assert verify(theirs).problem == ""
    assert "by somebody else" not in repr(lab.ask("corte.gob.test"))
    seal = lab.evidence.seal()
    assert "evidence-2.jsonl" not in repr(seal)
    assert "as it was sealed" in lab.evidence.verify("evidence.jsonl", seal).sentence
    assert (folder / "evidence-2.jsonl").read_bytes() == theirs


def test_a_new_lab_finds_the_file_of_an_older_one(folder: Path) -> None:
    """Whoever runs a notebook from the top again finds the record where it was."""
    older, lab = asked(), asked()
    assert older.evidence.save().file == lab.evidence.save().file == "evidence.jsonl"
    lab.ask("isla.example")
    older.ask("corte.gob.test")
    assert (folder / "evidence.jsonl").read_bytes() == written(context_of(older).log)
    assert (folder / "evidence-2.jsonl").read_bytes() == written(context_of(lab).log)
    assert lab.evidence.save().file == "evidence-2.jsonl"


@pytest.mark.parametrize(
    "disturb",
    [
        lambda path: path.write_bytes(path.read_bytes() + b"{}\n"),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.unlink(),
        lambda path: path.rename("elsewhere.jsonl"),
    ],
)
def test_a_file_that_somebody_else_touched_is_left_alone(
    folder: Path, disturb: Any
) -> None:
    lab = asked()
    path = folder / lab.evidence.save().file
    disturb(path)
    found = {one: one.read_bytes() for one in folder.iterdir()}
    assert "by somebody else" in repr(lab.ask("isla.example"))
    assert {one: one.read_bytes() for one in folder.iterdir()} == found
    again = folder / lab.evidence.save().file
    assert again.read_bytes() == written(context_of(lab).log)
    assert "by somebody else" not in repr(lab.ask("corte.gob.test"))


def test_the_first_line_says_who_kept_the_record(folder: Path) -> None:
    lab = asked()
    assert "Who asked" in lab.evidence.custody().sentence
    assert (
        lab.evidence.custody(by="Court 3", matter="12/2026", witness="A clerk").kind
        is None
    )
    lab.evidence.save()
    opening = json.loads((folder / "evidence.jsonl").read_bytes().splitlines()[0])
    assert [opening[name] for name in ("by", "matter", "witness")] == [
        *("Court 3", "12/2026", "A clerk")
    ]
    assert "written already" in lab.evidence.custody(by="Court 4").sentence
    assert (opening["machine"], opening["program"]) == ("", ""), (
        "in the lab all keep the same"
    )


def test_a_record_of_live_answers_names_the_machine_and_no_version_of_the_lab() -> None:
    kept = EvidenceLog(clock=LIVE_CLOCK, machine=machine)
    kept.append("x", TIME, REQUEST, Silence(None, 5.0), LIVE)
    opening = kept.records()[0]
    assert opening["machine"]
    assert "world" not in opening


def test_a_record_of_the_lab_says_which_version_of_its_world_answered() -> None:
    lab = Lab("en")
    answer = lab.ask("www.museum.example")
    version = World.load().version
    assert context_of(lab).log.records()[0]["world"] == version
    assert answer.provenance.world == version


def test_what_was_rewritten_after_a_time_stamp_is_said_without_contradiction(
    folder: Path,
) -> None:
    lab = asked()
    lab.rdap("museum.example")
    lab.evidence.stamp()
    found = lab.evidence.verify(lab.evidence.tamper(lab.evidence.save(), "rewrite"))
    assert "written anew" in found.sentence
    assert not any("nobody can see" in one for one in found.limits)


@pytest.mark.parametrize(
    "members",
    [
        b'"kind":"log","kind":"reading"',
        b'"kind":"log","answer":"","answer_sha256":"","elapsed":NaN',
        b'"kind":"reading","x":' + b"1" * 5000,
        b'"kind":"reading","x":' + b"[" * 200_000 + b"]" * 200_000,
        b'"kind":"reading","sentence":"\xed\xa0\x80"',
        b'"kind":"reading","sentence":"\x7f"',
        b'"kind":"reading",\t"sentence":""',
        b'"kind":"exchange",garbage',
        b'"kind":"exchange","answer":""',
        b'"kind":"verdict"',
        b'"kind":7',
        b'"kind":"exchange","answer":"\\/\\/\\/\\/","answer_sha256":"00"',
        b'"kind":"exchange","answer":"","answer_sha256":"0","x":{"answer_sha256":"","request":"",'
        b'"answer":"","ignored":[],"certificates":[]}',
        b'"kind":"l\\u006fg"',
        b'"kind":"reading","answer_sha256":"00","request":"","answer":"","ignored":[],'
        b'"certificates":[],"kind":"exchange"',
        b'"kind":"exchange","answer_sha256":"","request":"","answer":"","ignored":[],'
        b'"certificates":[],"\\u0061nswer":"QQ=="',
        b'"kind":"exchange","answer_sha256":"\\ud800","answer":""',
        b'"kind":"exhibit","\\u006bind":"log"',
    ],
)
def test_a_member_said_twice_or_in_disguise_hides_nothing(members: bytes) -> None:
    body = f'{{"number":{len(LINES) + 1},"previous":"{SEAL.digest}",'.encode() + members
    line = body + f',"sha256":"{hashlib.sha256(body).hexdigest()}"}}\n'.encode()
    assert verify(FILE + line).problem in ("false digest", "second log", "unreadable")
    changed = FILE.replace(b"fibra-sur", b"fibra-sud")
    assert verify(changed + line, SEAL).problem == "changed"


def test_of_a_copy_that_was_changed_the_change_is_told() -> None:
    changed = FILE.replace(b"www.museum", b"www.museun").replace(b"\n", b"\r\n")
    verdict = verify(changed, SEAL)
    assert (verdict.problem, verdict.copied) == ("changed", True)
    assert verdict.line == 2


def test_a_careless_copy_of_a_stamped_record_is_no_forgery(folder: Path) -> None:
    lab = asked()
    lab.evidence.stamp()
    seal = lab.evidence.seal()
    copy = written(context_of(lab).log).replace(b"\n", b"\r\n")
    (folder / "copy.jsonl").write_bytes(copy)
    found = lab.evidence.verify("copy.jsonl", seal)
    assert "✓ holds" in repr(found)
    assert "line ends" in found.sentence


def test_what_is_added_after_the_seal_cannot_make_a_record_fail(folder: Path) -> None:
    """Anybody gets a genuine time-stamp of other lines."""
    lab, other = asked(), asked("isla.example")
    seal = lab.evidence.seal()
    other.evidence.stamp()
    stamp = next(
        line
        for line in context_of(other).log.encoded()
        if b"timestamp-query" in base64_in(line)
    )
    members = {
        k: v
        for k, v in json.loads(stamp).items()
        if k not in ("number", "previous", "kind", "sha256")
    }
    sealed = Seal.read(seal.text)  # type: ignore[attr-defined]
    line, _ = encode(sealed.count + 1, sealed.digest, "exchange", members)
    (folder / "longer.jsonl").write_bytes(written(context_of(lab).log) + line)
    assert "✓ holds" in repr(lab.evidence.verify("longer.jsonl", seal))
    assert "belongs to other lines" in lab.evidence.verify("longer.jsonl").sentence


def base64_in(line: bytes) -> bytes:
    return b64decode(json.loads(line).get("request", ""))
