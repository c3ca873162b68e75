"""The printed report: complete, self-contained, safe, in order."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from labsupport import Lab
from labsupport.evidence import Log
from labsupport.exchange import Reply, Request
from labsupport.language import Language
from labsupport.lookups.report import report

SAY = Language.load("en")


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


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    lab.trace("www.museum.example")
    lab.visit("www.museum.example")
    return lab


def test_it_tells_what_was_asked_of_whom_and_what_came(lab: Lab, tmp_path: Path) -> None:
    reading = lab.ask("isla.example").sentence
    lab.evidence.stamp()
    made = lab.evidence.report("report.html", by="Juzgado inventado", matter="12/2026")
    assert "report.html" in made.sentence
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    records = lab._log.records()
    for record in records[1:]:
        if record["kind"] == "exchange":
            for value in (record["address"], record["asked"], record["answer_sha256"]):
                assert value in page.text
        else:
            assert " ".join(record["sentence"].split()) in page.text
    assert reading in page.text
    assert "Juzgado inventado" in page.text
    assert "12/2026" in page.text
    assert lab._log.seal().grouped in page.text
    assert "lines 1 to" in page.text, "the time-stamp"
    assert "TRAINING – FICTIONAL" in page.text
    assert "Who answers for www.museum.example, from the root down?" in page.text
    assert 'lab.trace("www.museum.example")' in page.text
    assert "later lines are not covered" in page.text
    assert "2026-11-02 12:00:00 UTC" in page.text


def test_what_is_not_known_is_left_to_fill_in(lab: Lab, tmp_path: Path) -> None:
    lab.evidence.report()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count('<span class="fill">') == 4


def test_it_is_a_page_that_everybody_can_read(lab: Lab, tmp_path: Path) -> None:
    lab.evidence.report()
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tags.count("table") == tags.count("caption") == 3
    assert all(
        attributes.get("scope") in ("row", "col") for tag, attributes in page.tags if tag == "th"
    )
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href"} & attributes.keys(), "nothing is fetched"


def test_everything_from_outside_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    log = Log()
    request = Request(
        *("198.18.0.10", 1, "198.18.106.80", 80, "http", evil),
        f"GET /{evil} HTTP/1.1\r\nHost: {evil}\r\n\r\n".encode(),
    )
    answer = f"HTTP/1.1 {evil}\r\nX: {evil}\r\n\r\n{evil}\u202e\x1b[31m".encode()
    with log.asking(evil):
        log.append("x", 0.0, request, Reply("198.18.106.80", 0.0, (), answer))
    log.note(0, 0.0, evil, lambda: evil)
    text = report(SAY, log.records(), log.seal(), 0.0, by=evil, matter=evil)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 8
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (b'{"a":{"b":1},"c":[1,{"d":2}]}', '{"a": {"b": 1},\n"c": [\n  1,\n  {"d": 2}]}'),
        (b"{broken", "{broken"),
        (b'{"a":' + b"[" * 3000, "[[["),
        (b"\x00\x01\xff", "This is no text"),
        ("Straße".encode("latin-1"), "Straße"),
        (b"x" * 9000, "cut here"),
    ],
)
def test_what_directories_answered_is_shown_once(answer: bytes, shown: str) -> None:
    log = Log()
    log.append("x", 0.0, WHOIS, Reply("198.18.106.43", 0.0, (), answer))
    for _ in range(4):
        message = b"HTTP/1.1 200 OK\r\nX: head\r\n\r\n" + answer
        log.append("x", 0.0, RDAP, Reply("198.18.106.80", 0.0, (), message))
    text = report(SAY, log.records(), log.seal(), 0.0)
    assert text.count(shown.replace('"', "&quot;")) >= 2
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
    assert text.count("lab.ask(&quot;museum.example&quot;)") == 1
    assert re.search(r"[0-9]+–[0-9]+, 5 times", text)
    annex = text[text.index("Annex B") :]
    assert len(re.findall("<pre>", annex)) == 2, "registry and registrar, no bootstrap, no page"


BROKEN = "198.<wbr>18.<wbr>128.<wbr>2"  # where a line may be broken


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ('lab.whois("x.example")', "(WHOIS) say of x.<wbr>example?<br><code>lab.whois("),
        ('lab.draft("preservation", "x.example")', "for a request about x.<wbr>example?<br>"),
        ('lab.draft("disclosure", country="UY", address="198.18.128.2")', f"about {BROKEN}?"),
        ('lab.draft("disclosure", "", address="198.18.128.2")', f"about {BROKEN}?"),
        (
            'lab.draft(target="museum.example", request="preservation")',
            "about museum.<wbr>example?",
        ),
        (
            'lab.draft("disclosure", "x.example", port=1, address="198.18.128.2")',
            f"about x.<wbr>example, {BROKEN}?",
        ),
        ('lab.draft("preservation", …)', "about …?"),
        ('lab.draft("preservation")', "about …?"),
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
    log = Log()
    with log.asking(question):
        log.append("x", 0.0, WHOIS, Reply("198.18.106.43", 0.0, (), b"x"))
    assert shown in report(SAY, log.records(), log.seal(), 0.0)


def test_a_report_after_a_seal_says_that_it_has_its_own(lab: Lab, tmp_path: Path) -> None:
    assert "seal of its own" not in repr(lab.evidence.report("a.html"))
    lab.evidence.seal()
    assert "seal of its own" not in repr(lab.evidence.report("b.html"))
    lab.ask("museum.example")
    count = len(lab._log.encoded())
    assert f"a seal of its own: {count} lines" in repr(lab.evidence.report("c.html"))
    assert f"a seal of its own: {count} lines" in (tmp_path / "c.html").read_text(encoding="utf-8")
