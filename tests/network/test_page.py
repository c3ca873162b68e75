"""What a page asks live by way of its browser, with a stand-in for the browser."""

from __future__ import annotations

import sys
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from operator import attrgetter
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from said import begins, says

from labsupport import Lab
from labsupport.bounds import LARGEST_MESSAGE
from labsupport.exchange import NotSent, Outcome, Reply, Request, Silence, Unusable
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.network.live import Guard
from labsupport.network.page import PageNetwork

SAY = Language.load("en")
NAME = "www.museum.example"
LAB = Lab("en")


class JsException(Exception):
    """What the browser throws."""


@dataclass
class Browser:
    """Answers requests of a page from the lab; `hands_over` says whether the page may see it."""

    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    hands_over: bool = True
    body: bytes = b""
    leads_to: str = ""

    def new(self) -> XMLHttpRequest:
        return XMLHttpRequest(self)


class XMLHttpRequest:
    """A request as a browser has it: what the course uses of it."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.headers = browser, dict[str, str]()

    def open(self, method: str, url: str, waits_not: bool) -> None:
        assert not waits_not
        self.method, self.url = method, url

    def setRequestHeader(self, key: str, value: str) -> None:
        self.headers[key] = value

    def send(self) -> None:
        assert self.responseType == "arraybuffer"  # type: ignore[attr-defined]
        assert self.timeout > 0  # type: ignore[attr-defined]
        self.browser.asked.append((self.method, self.url, self.headers))
        if not self.browser.hands_over:
            raise JsException
        answer = answered(self.method, self.url, self.headers)
        body = self.browser.body or answer.body
        self.status, self._headers = answer.status, answer.headers
        self.responseURL = self.browser.leads_to or self.url
        self.response = SimpleNamespace(to_bytes=lambda: body)

    def getAllResponseHeaders(self) -> str:
        # the browser has undone it
        coded = [
            *self._headers,
            ("Content-Encoding", "gzip"),
        ]
        return "".join(f"{key.lower()}: {value}\r\n" for key, value in coded)


def answered(method: str, url: str, headers: dict[str, str]) -> HttpResponse:
    """Have the lab answer what a page asks."""
    protocol, _, rest = url.partition("://")
    host, _, target = rest.partition("/")
    path, _, query = target.partition("?dns=")
    told, body = (("Host", host), *headers.items()), b""
    if query:  # the lab's resolver takes what is posted
        body = urlsafe_b64decode(query + "=" * (-len(query) % 4))
        told, method = (*told, ("Content-Type", "application/dns-message")), "POST"
    message = HttpRequest(method, f"/{path}", told, body).to_bytes()
    found: Any = LAB.ask(host)
    there = found.records[-1].value
    source = context_of(LAB).entry.source
    outcome = context_of(LAB).network.send(
        Request(source, 40000, there, 443, protocol, host, message)
    )
    assert isinstance(outcome, Reply)
    return HttpResponse.from_bytes(outcome.payload)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A page, for the course."""
    found = Browser()
    url = SimpleNamespace(new=lambda text: SimpleNamespace(href=text))
    js: Any = ModuleType("js")
    ffi: Any = ModuleType("pyodide.ffi")
    js.XMLHttpRequest, js.URL, ffi.JsException = found, url, JsException
    for name, module in {
        "js": js,
        "pyodide": ModuleType("pyodide"),
        "pyodide.ffi": ffi,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "platform", "emscripten")
    return found


def send(
    protocol: str, address: str = "198.51.100.10", port: int = 443, message: str = "GET"
) -> tuple[Outcome, list[str]]:
    said: list[str] = []
    network = PageNetwork(Guard((), ("198.51.100.0/24",)), b"", SAY)
    network.note = said.append
    payload = HttpRequest(message, "/", (("Host", NAME),)).to_bytes()
    return network.send(Request("", 0, address, port, protocol, NAME, payload)), said


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("protocol", ["udp", "tcp", "icmp"])
def test_what_is_not_over_http_is_refused(protocol: str) -> None:
    outcome, _ = send(protocol)
    assert isinstance(outcome, NotSent)
    assert outcome.reason == SAY("page.not_from_here")


def test_where_a_request_may_go_is_looked_at_as_ever(browser: Browser) -> None:
    outcome, _ = send("https", "10.0.0.1")
    assert isinstance(outcome, NotSent)
    assert says(outcome.reason, "live.no_public_address", address="10.0.0.1")
    assert browser.asked == []


def test_an_answer_comes_as_the_server_sent_it(browser: Browser) -> None:
    outcome, said = send("https")
    assert isinstance(outcome, Reply)
    response = HttpResponse.from_bytes(outcome.payload)
    assert response.status == 200
    assert response.body == answered("GET", f"https://{NAME}/", {}).body
    # Who answered from where, and with which certificate, the browser does not tell.
    assert (outcome.from_address, outcome.certificates, said) == (None, (), [])
    # No header that a server would first be asked about.
    assert browser.asked == [("GET", f"https://{NAME}/", {})]


def test_a_browser_that_hands_over_nothing(browser: Browser) -> None:
    browser.hands_over = False
    outcome, said = send("https")
    assert isinstance(outcome, Silence)
    assert said == [SAY("page.nothing_came", host=NAME)]


def test_what_led_elsewhere_or_is_too_long_is_not_used(browser: Browser) -> None:
    browser.leads_to = "https://elsewhere.example/"
    outcome, _ = send("https")
    assert isinstance(outcome, Unusable)
    assert "https://elsewhere.example/" in outcome.reason
    browser.leads_to, browser.body = "", bytes(LARGEST_MESSAGE + 1)
    outcome, _ = send("https")
    assert isinstance(outcome, Unusable)
    assert says(outcome.reason, "page.sent_far_more_than")


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("ask", NAME),
        ("dnssec", NAME),
        ("rdap", "museum.example"),
        ("rdap", "203.0.113.80"),
        ("routes.origin", "203.0.113.80"),
        ("investigate.certificates", NAME),
    ],
)
def test_what_goes_over_https_is_answered(
    browser: Browser, question: str, what: str
) -> None:
    answer = attrgetter(question)(Lab("en", live=True))(what)
    assert answer.kind is Kind.FOUND
    assert answer.sentence == attrgetter(question)(LAB)(what).sentence
    assert {method for method, *_ in browser.asked} == {"GET"}
    assert {key for *_, headers in browser.asked for key in headers} <= {"accept"}


@pytest.mark.usefixtures("entry")
def test_whois_is_answered_by_rdap(browser: Browser) -> None:
    answer = Lab("en", live=True).whois("museum.example")
    assert answer.kind is Kind.FOUND
    assert SAY("resolver.by_rdap") in answer.notes
    assert browser.asked


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("question", ["trace", "path", "visit", "investigate.diagnose"])
def test_what_needs_more_is_refused_before_anything_is_sent(
    browser: Browser, question: str
) -> None:
    answer = attrgetter(question)(Lab("en", live=True))(NAME)
    assert (answer.kind, answer.sentence) == (Kind.NOT_ASKED, SAY("page.not_here"))
    assert browser.asked == []


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    "question", ["ask", "dnssec", "rdap", "whois", "investigate.compare", "who"]
)
def test_an_answer_says_that_the_browser_handed_over_nothing(
    browser: Browser, question: str
) -> None:
    browser.hands_over = False
    lab = Lab("en", live=True)
    for asked in (lab, lab.at("https://198.18.104.104/dns-query")):
        answer = attrgetter(question)(asked)("museum.example")
        assert answer.kind is Kind.NO_ANSWER
        assert any(
            "hands over" in note or "handed over" in note for note in answer.notes
        )
    assert begins(
        lab.ask(NAME).notes[0], "page.nothing_came", host="dns.resuelve.example"
    )


@pytest.mark.usefixtures("entry")
def test_a_resolver_in_the_clear_is_refused(browser: Browser) -> None:
    answer = Lab("en", live=True).at("198.18.104.104").ask(NAME)
    assert SAY("page.not_from_here") in answer.sentence
    assert browser.asked == []


@pytest.mark.usefixtures("browser", "entry")
def test_the_beginning_says_what_a_page_can_ask() -> None:
    assert says(
        repr(Lab("en", live=True)),
        "page.begins",
        resolvers="https://dns.resuelve.example/dns-query",
    )


@pytest.mark.usefixtures("entry")
def test_the_doctor_looks_at_what_goes_over_https(browser: Browser) -> None:
    found = Lab("en").course.doctor(network=True)
    assert found.notes[0] == SAY("page.doctor")
    assert found.room is not None
    open_ways = {way for way, is_open in found.room.is_open.items() if is_open}
    assert open_ways - {"traceroute"} == {"443 doh", "443 rdap"}
    browser.hands_over = False
    assert says(
        " ".join(Lab("en").course.doctor(network=True).notes), "page.nothing_came"
    )


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("question", ["plan", "notebook", "papers"])
@pytest.mark.parametrize("what", ["04", "two days", "", 3])
def test_the_guide_says_what_a_page_has_not(question: str, what: object) -> None:
    answer = getattr(LAB.course.teaching, question)(what)
    assert answer.sentence == SAY("guide.not_in_a_page")


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("what", ["fraud", "wrong-order"])
def test_a_page_has_no_case_on_paper_with_what_comes_of_each_choice(what: str) -> None:
    assert LAB.course.teaching.case_paper(what).sentence == SAY(
        "guide.instructors_alone"
    )
