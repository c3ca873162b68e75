"""A recording answers as the network did, through the same notebook calls; nothing is sent."""

from __future__ import annotations

import socket
from operator import attrgetter
from pathlib import Path

import pytest
from said import says

from labsupport import Lab, declared
from labsupport.evidence import chain, file_format
from labsupport.evidence.file_format import read
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange.log import LAB_CLOCK, LIVE_CLOCK
from labsupport.kinds import Kind, Source
from labsupport.lab_protocol import context_of
from labsupport.run import cli

NAME = "www.museum.example"
QUESTIONS = ["ask", *(key for key, known in declared.QUESTIONS.items() if known.lesson)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recordings") / "lesson.jsonl"
    assert cli.main(["record", NAME, "--to", str(file), "--lab"]) == 0
    return file


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_answered_as_it_was(
    file: Path, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_nothing(*_: object) -> None:
        raise AssertionError("a recording sends nothing")

    monkeypatch.setattr(socket.socket, "connect", send_nothing)
    asked = attrgetter(question)
    now = asked(Lab("en", recording=file))(NAME)
    then = asked(Lab("en"))(NAME)
    assert (now.kind, now.sentence, now.notes) == (then.kind, then.sentence, then.notes)
    assert now.tabulated() == then.tabulated()
    assert now.provenance.source is Source.RECORDING
    assert "A recording" in repr(now)


def test_a_recording_tells_what_is_in_it(file: Path) -> None:
    assert f'lab.trace("{NAME}")' in repr(Lab("en", recording=file))


def test_a_recording_is_evidence_and_can_be_verified(file: Path) -> None:
    assert chain.verify(file.read_bytes()).problem == ""


def test_what_is_not_in_it_is_not_known(file: Path) -> None:
    lab = Lab("en", recording=file)
    answer = lab.ask("www.hospital-central.org.test")
    assert answer.kind is Kind.NOT_COVERED
    assert says(answer.sentence, "real_internet.name_not_recording_so")
    other_type = lab.ask(NAME, "SRV")
    assert other_type.kind is Kind.NO_ANSWER
    assert says(other_type.sentence, "replay.not_recorded")


def test_a_recording_stays_where_and_when_it_was_made(file: Path) -> None:
    lab = Lab("en", recording=file)
    assert says(lab.at("192.0.2.1").ask(NAME).sentence, "lab.recording_connection_made")
    assert says(lab.wait("1 day").sentence, "real_internet.why_try_lab_lab")
    assert says(lab.with_order("…").ask(NAME).sentence, "real_internet.why_try_lab_lab")


@pytest.mark.parametrize("content", [None, b"", b"no recording\n", b'{"kind":"log"}\n'])
def test_what_is_no_recording_gets_a_sentence(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "file.jsonl"
    if content is not None:
        file.write_bytes(content)
    answer = Lab("en", recording=file).ask(NAME)
    assert answer.kind is Kind.NOT_ASKED
    assert "cannot be read" in answer.sentence or "holds no exchange" in answer.sentence


def test_a_recording_that_was_cut_short_answers_what_it_has(
    file: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(file.read_bytes().splitlines(True)[:2]) + b'{"number":3,')
    assert Lab("en", recording=cut).ask(NAME).kind is Kind.FOUND


def test_nothing_is_written_over(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_bytes()
    assert cli.main(["record", NAME, "--to", str(file), "--lab"]) == 1
    assert (
        cli.main(["record", NAME, "--to", str(tmp_path / "no/such.jsonl"), "--lab"])
        == 1
    )
    assert "make it first" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_quiet_asks_nobody_of_the_names_holder(tmp_path: Path) -> None:
    file = tmp_path / "quiet.jsonl"
    assert cli.main(["record", NAME, "--to", str(file), "--lab", "--quiet"]) == 0
    asked = {
        line.request.to_address for line in file_format.read(file.read_bytes()).lines
    }
    own = {"198.51.100.10", "2001:db8:501::10"}
    name_servers = {
        address
        for server in ("ns1.cimiento.example", "ns2.cimiento.example")
        for kind in ("A", "AAAA")
        for address in [r.value for r in Lab("en").ask(server, kind).records]
    }
    assert name_servers
    assert not (own | name_servers) & asked


@pytest.mark.parametrize(("origin", "training"), [("live", False), ("lab", True)])
def test_a_request_from_a_recording_of_real_answers_is_no_training(
    file: Path, tmp_path: Path, origin: str, training: bool
) -> None:
    """What a paper says of itself follows from where its answers came from."""
    log = EvidenceLog(clock=LIVE_CLOCK if origin == "live" else LAB_CLOCK)
    for line in read(file.read_bytes()).lines:
        with log.asking(line.question):
            log.append(line.lab, line.time, line.request, line.outcome, origin)
    log.save(tmp_path / "other.jsonl")
    lab = Lab("en", recording=tmp_path / "other.jsonl")
    assert context_of(lab).session.training is training, "what a draft is marked by"
    lab.ask(NAME)
    assert {line.origin for line in lab.evidence.lines} == {
        "recording" if origin == "live" else "recording of the lab"
    }


@pytest.mark.parametrize(
    ("world", "kept"),
    [("2025.12", "2025.12"), ("", ""), ("2025.12 <b>", ""), ("9" * 90, "")],
)
def test_an_answer_of_a_recording_is_of_the_world_that_it_was_made_in(
    file: Path, tmp_path: Path, world: str, kept: str
) -> None:
    log = EvidenceLog(world=world)
    for line in read(file.read_bytes()).lines:
        with log.asking(line.question):
            log.append(line.lab, line.time, line.request, line.outcome)
    log.save(tmp_path / "older.jsonl")
    lab = Lab("en", recording=tmp_path / "older.jsonl")
    assert lab.ask(NAME).provenance.world == kept
    assert context_of(lab).log.records()[0].get("world", "") == kept
