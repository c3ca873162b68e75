"""The printed report: complete, self-contained, safe, in order."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from labsupport import Lab
from labsupport.answers.evidence_record import ReportFiles, report
from labsupport.declared import QUESTIONS
from labsupport.evidence.chain import Seal, verify
from labsupport.evidence.file_format import FIRST_PREVIOUS, encode, lines_of
from labsupport.evidence.log import Custody, EvidenceLog
from labsupport.exchange import NotSent, Reply, Request
from labsupport.exchange.log import LAB_CLOCK, LIVE_CLOCK
from labsupport.lab_protocol import context_of
from labsupport.language import languages

PAPERS = Path(__file__).parents[2] / "data" / "course" / "papers"


class Page(HTMLParser):
    """What an HTML page holds: its elements in order, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


NOBODY = Custody()


def report_of(log: EvidenceLog, custody: Custody = NOBODY) -> str:
    session = context_of(Lab("en")).session
    return report(session, log, custody, ReportFiles("evidence.jsonl"))


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    lab.trace("www.museum.example")
    lab.visit("www.museum.example")
    return lab


def test_it_tells_what_was_asked_of_whom_and_what_came(
    lab: Lab, tmp_path: Path
) -> None:
    reading = lab.ask("isla.example").sentence
    lab.evidence.stamp()
    made = lab.evidence.report("report.html", by="Juzgado inventado", matter="12/2026")
    assert "report.html" in made.sentence
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    records = context_of(lab).log.records()
    for record in records[1:]:
        if record["kind"] == "exchange":
            for value in (record["address"], record["asked"], record["answer_sha256"]):
                assert value in page.text
        else:
            assert " ".join(record["sentence"].split()) in page.text
    assert reading in page.text
    assert "Juzgado inventado" in page.text
    assert "12/2026" in page.text
    assert context_of(lab).log.seal().grouped in page.text
    assert "lines 1 to" in page.text, "the time-stamp"
    assert "TRAINING – FICTIONAL" in page.text
    assert "Who answers for www.museum.example, from the root down?" in page.text
    assert 'lab.trace("www.museum.example")' in page.text
    assert "2026-11-02 12:00:00 UTC" in page.text


def test_it_says_which_version_of_the_lab_answered(lab: Lab, tmp_path: Path) -> None:
    lab.evidence.report("report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert context_of(lab).log.records()[0]["world"] in page.text


def test_what_is_not_known_is_left_to_fill_in(lab: Lab, tmp_path: Path) -> None:
    lab.evidence.report()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count('<span class="fill">') == 6


def test_it_is_a_page_that_everybody_can_read(lab: Lab, tmp_path: Path) -> None:
    lab.evidence.report()
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tags.count("table") == tags.count("caption") == 5
    assert all(
        attributes.get("scope") in ("row", "col")
        for tag, attributes in page.tags
        if tag == "th"
    )
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href"} & attributes.keys(), "nothing is fetched"


def test_everything_from_outside_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    log = EvidenceLog()
    request = Request(
        *("198.18.0.10", 1, "198.18.106.80", 80, "http", evil),
        f"GET /{evil} HTTP/1.1\r\nHost: {evil}\r\n\r\n".encode(),
    )
    answer = f"HTTP/1.1 {evil}\r\nX: {evil}\r\n\r\n{evil}\u202e\x1b[31m".encode()
    with log.asking(evil):
        log.append("x", 0.0, request, Reply("198.18.106.80", 0.0, (), answer))
    log.note(0, 0.0, evil, lambda: evil)
    custody = Custody(evil, evil, evil)
    log.state(custody)
    text = report_of(log, custody)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 8
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (b'{"a":{"b":1},"c":[1,{"d":2}]}', '{"a": {"b": 1},\n"c": [1, {"d": 2}]}'),
        (b"{broken", "{broken"),
        (b'{"a":' + b"[" * 3000, "[[["),
        (b"\x00\x01\xff", "This is no text"),
        ("Straße".encode("latin-1"), "Straße"),
        (b"x" * 9000, "cut here"),
    ],
)
def test_what_directories_answered_is_shown_once(answer: bytes, shown: str) -> None:
    log = EvidenceLog()
    log.append("x", 0.0, WHOIS, Reply("198.18.106.43", 0.0, (), answer))
    for _ in range(4):
        message = b"HTTP/1.1 200 OK\r\nX: head\r\n\r\n" + answer
        log.append("x", 0.0, RDAP, Reply("198.18.106.80", 0.0, (), message))
    text = unescape(report_of(log))
    assert text.count(shown) >= 2
    assert "Lines: 3, 4, 5 and others" in text
    assert "X: head" not in text


WHOIS = Request("198.18.0.10", 1, "198.18.106.43", 43, "tcp", None, b"x.example\r\n")
RDAP = Request(
    *("198.18.0.10", 1, "198.18.106.80", 443, "https", "rdap.nic.example"),
    b"GET /domain/x.example HTTP/1.1\r\nHost: rdap.nic.example\r\n\r\n",
)


def test_a_question_asked_again_and_again_is_one_row(lab: Lab, tmp_path: Path) -> None:
    for _ in range(5):
        lab.ask("museum.example")
    lab.rdap("museum.example")
    lab.evidence.report()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert unescape(text).count('lab.ask("museum.example")') == 1
    assert re.search(r"[0-9]+–[0-9]+, 5 times", text)
    annex = text[text.index("Annex E") :]
    assert len(re.findall("<pre>", annex)) == 2, (
        "registry and registrar, no bootstrap, no page"
    )


WHOLE = "198.18.128.2"  # half of an address is another


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        (
            'lab.whois("x.example")',
            "(WHOIS) say of x.<wbr>example?<br><code>lab.whois(",
        ),
        (
            'lab.evidence.preservation("x.example")',
            "for a request about x.<wbr>example?<br>",
        ),
        ('lab.evidence.disclosure("198.18.128.2", country="UY")', f"about {WHOLE}?"),
        ("lab.evidence.preservation(…)", "about …?"),
        ("lab.evidence.preservation()", "about …?"),
        (r'lab.ask("a\"b.example")', "answer about a&quot;b.<wbr>example?"),
        (r'lab.ask("a\\", "b.example")', r"answer about a\?"),
        ("lab.visit(…)", "opens …?<br><code>lab.visit(…)"),
        ("lab.rdap()", "say of …?<br><code>lab.rdap()"),
        ("lab.unheard_of()", "<td><code>lab.unheard_of()</code></td>"),
        ("something else", "<td><code>something else</code></td>"),
        ("", "<td><code>–</code></td>"),
    ],
)
def test_a_stranger_reads_what_was_asked(question: str, shown: str) -> None:
    log = EvidenceLog()
    with log.asking(question):
        log.append("x", 0.0, WHOIS, Reply("198.18.106.43", 0.0, (), b"x"))
    assert shown in report_of(log)


def test_what_is_said_in_words_is_a_question_of_the_lab() -> None:
    """A question that is called otherwise one day is found here."""
    template = (PAPERS / "report.html").read_text("utf-8")
    keys = re.findall(r'^  "([a-z_.]+)": say', template, re.MULTILINE)
    assert len(keys) > 10
    assert set(keys) <= set(QUESTIONS)


# What others check it by, run as it is printed


def printed(folder: Path) -> list[str]:
    """The commands in annex B."""
    text = (folder / "report.html").read_text(encoding="utf-8")
    found = re.findall('<pre class="commands">(.*?)</pre>', text, re.DOTALL)
    return [unescape(one) for one in found]


def run(commands: str, folder: Path, shell: str = "sh") -> str:
    done = subprocess.run(
        [shell, "-c", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout + done.stderr


def forgeries(lines: list[bytes]) -> dict[str, list[bytes]]:
    """The lines of a record, forged; each as good as a forger without the seal can make it."""

    def chained(found: list[dict[str, Any]]) -> list[bytes]:
        previous, made = FIRST_PREVIOUS, []
        for number, members in enumerate(found, 1):
            kept = {k: v for k, v in members.items() if k not in CHAIN}
            line, previous = encode(number, previous, members["kind"], kept)
            made.append(line)
        return made

    def whole(number: int, line: bytes) -> bytes:
        members = json.loads(line)
        kept = {k: v for k, v in members.items() if k not in CHAIN}
        return encode(number, members["previous"], members["kind"], kept)[0]

    records = [json.loads(line) for line in lines]
    fifth = lines[4].replace(b'"time":"2026', b'"time":"2025')
    last = len(lines)
    return {
        "a byte changed": [*lines[:4], fifth, *lines[5:]],
        "a byte changed, its hash renewed": [*lines[:4], whole(5, fifth), *lines[5:]],
        "a byte changed in the last line": [
            *lines[:-1],
            lines[-1].replace(b"a", b"b", 1),
        ],
        "rewritten from a line on": chained(
            [*records[:4], json.loads(fifth), *records[5:]]
        ),
        "a line removed": lines[:4] + lines[5:],
        "the first line removed": lines[1:],
        "a line removed, chained anew": chained(records[:4] + records[5:]),
        "the end removed": lines[:-2],
        "a line doubled": [*lines[:5], *lines[4:]],
        "a line put in": chained([*records[:5], *records[4:]]),
        "two lines swapped": [*lines[:4], lines[5], lines[4], *lines[6:]],
        "the last line torn": [*lines[:-1], lines[-1][:-10]],
        "without its last line feed": [*lines[:-1], lines[-1][:-1]],
        "opened a second time": [
            *lines,
            encode(last + 1, records[-1]["sha256"], "log", {})[0],
        ],
        "zero bytes put in": [
            *lines[:4],
            lines[4].replace(b",", b",\0", 1),
            *lines[5:],
        ],
        "carriage returns put in": [line.replace(b"\n", b"\r\n") for line in lines],
        "no ASCII": [
            *lines[:4],
            lines[4].replace(b"question", "questión".encode()),
            *lines[5:],
        ],
        "a line of nothing": [*lines[:5], b"\n", *lines[5:]],
        "commands in a line": [*lines[:5], b"$(touch x); `touch x`\n", *lines[5:]],
        "empty": [],
    }


CHAIN = ("number", "previous", "kind", "sha256")


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_what_is_printed_checks_every_line_the_chain_and_the_seal(
    lab: Lab, tmp_path: Path, shell: str
) -> None:
    lab.evidence.save("seized record.jsonl")
    lab.evidence.report()
    check = printed(tmp_path)[0]
    record = tmp_path / "seized record.jsonl"
    lines = lines_of(record.read_bytes())
    assert run(check, tmp_path, shell).startswith(f"HOLDS: lines 1 to {len(lines)} ")
    lab.ask("isla.example")
    assert "HOLDS: lines" in run(check, tmp_path, shell), (
        "what came after the seal may be there"
    )
    for what, forged in forgeries(lines).items():
        record.write_bytes(b"".join(forged))
        said = run(check, tmp_path, shell)
        seal = Seal(len(lines), json.loads(lines[-1])["sha256"])
        verdict = verify(record.read_bytes(), seal)
        assert verdict.problem or verdict.copied, what
        assert said.startswith("DOES NOT HOLD: " if verdict.problem else "HOLDS: "), (
            what
        )
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("origins", "said", "training"),
    [
        (["lab"], "nothing in it is about anybody real", True),
        (["recording of the lab"], "nothing in it is about anybody real", True),
        (["live"], "real servers on the Internet", False),
        (["recording"], "a recording of real servers", False),
        (
            ["live", "lab"],
            "Messages sent to real servers: 1. None was answered from",
            True,
        ),
    ],
)
def test_a_paper_says_of_itself_where_its_answers_came_from(
    origins: list[str], said: str, training: bool
) -> None:
    log = EvidenceLog(
        clock=LIVE_CLOCK
        if "live" in origins[0] or origins == ["recording"]
        else LAB_CLOCK
    )
    for origin in origins:
        log.append("x", 0.0, WHOIS, Reply("198.18.106.43", 0.0, (), b"x"), origin)
    text = report_of(log)
    assert said in text
    assert ("TRAINING" in text) is training
    assert ("moved by hand" in text) is training
    assert ("[live]" in text) is (len(origins) > 1)


def test_a_seal_is_typed_as_the_minutes_have_it(lab: Lab, tmp_path: Path) -> None:
    first = lab.evidence.seal()
    lab.ask("isla.example")
    lab.evidence.report()
    check = printed(tmp_path)[0]
    own = str(context_of(lab).log.seal())
    for seal in (context_of(lab).log.seal().grouped, own.upper(), first.text):  # type: ignore[attr-defined]
        assert run(check.replace(own, seal), tmp_path).startswith("HOLDS: ")
    (tmp_path / "evidence.jsonl").unlink()
    assert run(check, tmp_path).startswith("DOES NOT HOLD: the file cannot be read")


@pytest.mark.parametrize("language", languages())
def test_what_is_printed_speaks_the_language_of_the_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab(language)
    say = context_of(lab).session.say
    lab.ask("isla.example")
    lab.evidence.report()
    shell, powershell = printed(tmp_path)
    held = say("report.holds_lines_1_sealed", sealed=3, count=3)
    assert run(shell, tmp_path) == f"{held}\n"
    assert (
        f'"{say("report.holds_lines_1_sealed", sealed="$sealed", count="${n}")}"'
        in powershell
    )
    record = tmp_path / "evidence.jsonl"
    record.write_bytes(record.read_bytes().replace(b"isla", b"isle", 1))
    fault = say("report.line_line_its_hash", line=2)
    assert run(shell, tmp_path) == say("report.does_not_hold_fault", fault=fault) + "\n"
    record.unlink()
    assert say("report.file_cannot_read") in run(shell, tmp_path)


def test_what_is_printed_shows_when_the_authority_signed(
    lab: Lab, tmp_path: Path
) -> None:
    lab.evidence.stamp()
    lab.evidence.report()
    assert "grep 'Time stamp'" in printed(tmp_path)[2]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert hashlib.sha256((tmp_path / "authority.pem").read_bytes()).hexdigest() in text
    assert hashlib.sha256((tmp_path / "verify.html").read_bytes()).hexdigest() in text


def test_a_page_or_a_certificate_that_lay_there_is_not_what_the_paper_names(
    lab: Lab, tmp_path: Path
) -> None:
    (tmp_path / "verify.html").write_text("<h1>always holds</h1>")
    (tmp_path / "authority.pem").write_text("planted")
    lab.evidence.stamp()
    made = lab.evidence.report()
    assert "verify-2.html" in made.sentence
    text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert "Open verify-2.html" in text
    assert "-CAfile authority-2.pem" in text


@pytest.mark.parametrize("change", [b"", b"{}\n", None])
def test_a_paper_is_of_the_file_that_is_there(
    lab: Lab, tmp_path: Path, change: bytes | None
) -> None:
    """Whatever was done to the file meanwhile: paper, seal and file are of one record."""
    record = tmp_path / lab.evidence.save().file  # type: ignore[attr-defined]
    if change is None:
        record.unlink()
    else:
        record.write_bytes(
            record.read_bytes().replace(b"fibra-sur", b"fibra-sud", 1) + change
        )
    sealed = lab.evidence.seal()
    assert ("holds something else" in repr(sealed)) == (change is not None)
    lab.evidence.report()
    assert run(printed(tmp_path)[0], tmp_path).startswith("HOLDS: ")


def test_custody_is_shown_as_it_was_stated_first_and_now(
    lab: Lab, tmp_path: Path
) -> None:
    lab.evidence.custody(by="Court 3")
    lab.evidence.save()
    lab.evidence.report(by="Court 9", witness="A\nclerk")
    text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert (
        "Court 9 (stated when this paper was made; the record's first line: Court 3)"
        in text
    )
    assert "A clerk (stated when" in text


def test_each_server_answers_for_itself() -> None:
    log = EvidenceLog()
    for address in ("198.18.106.43", "198.18.106.44"):
        log.append(
            "x",
            0.0,
            replace(WHOIS, to_address=address),
            Reply(address, 0.0, (), b"same"),
        )
    annex = report_of(log).partition("Annex E")[2].partition("Annex E")[2] or report_of(
        log
    )
    assert annex.count("<pre>same</pre>") == 2


def test_what_cannot_be_set_out_stays_as_it_came() -> None:
    for answer in (
        b'{"a":"x","a":"y"}',
        b'{"a":1.0000000000000000001}',
        b'{"a":1e400}',
    ):
        log = EvidenceLog()
        log.append(
            "x",
            0.0,
            RDAP,
            Reply("198.18.106.80", 0.0, (), b"HTTP/1.1 200\r\n\r\n" + answer),
        )
        assert answer.decode() in unescape(report_of(log))


def test_a_name_that_an_answer_gave_is_said_to_be_one() -> None:
    log = EvidenceLog({"198.18.106.43": "whois.court.example"})
    log.append("x", 0.0, WHOIS, Reply("198.18.106.43", 0.0, (), b"x"))
    text = Page(report_of(log)).text
    assert "198.18.106.43 (named whois.court.example by an answer)" in text


def test_what_was_not_sent_is_no_message() -> None:
    log = EvidenceLog(clock=LIVE_CLOCK)
    log.append("x", 0.0, WHOIS, NotSent(None, 0.0, (), "no way"), "live")
    text = report_of(log)
    assert "No message was sent." in text
    assert '<th scope="row">messages</th><td>0</td>' in text


def test_a_text_that_ends_in_log_opens_no_second_record(
    lab: Lab, tmp_path: Path
) -> None:
    lab.visit("http://museum.example/:log")
    lab.evidence.report()
    check = printed(tmp_path)[0]
    assert run(check, tmp_path).startswith("HOLDS: ")
    own = str(context_of(lab).log.seal())
    for seal in (
        "0-" + own.partition("-")[2],
        "0",
        "",
        "x",
        own + "0",
        f"0{own}",
        own[:-1] + "g",
    ):
        assert "this is no seal" in run(check.replace(own, seal), tmp_path)
        with pytest.raises(ValueError, match="seal"):
            Seal.read(seal)
    for seal in (f"\t{own}\r", own.replace("-", "–").upper(), own.replace("-", " - ")):
        assert run(check.replace(own, seal), tmp_path).startswith("HOLDS: ")
        assert str(Seal.read(seal)) == own
