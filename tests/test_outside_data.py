"""What came from outside is shown and never acts: any bytes in, no exception, nothing active out.

The lab's own servers answer here, and on the way back to whoever asked, their answers are spoilt:
bytes that are nothing, or the right form with hostile text in the place of every text. That is
done to each question whose answer has words of others in it, and to the files made of them.
"""

from __future__ import annotations

import json
import random
import re
import struct
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from html.parser import HTMLParser
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pandas as pd
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scripted import RDAP_JSON
from scripted import lab as scripted_lab

from labsupport import Lab, declared
from labsupport.answers.evidence_record import check_page
from labsupport.dns.transport import MEDIA_TYPE
from labsupport.evidence import file_format
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange import (
    DNS_PORT,
    PORTS,
    WHOIS_PORT,
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    TlsFailure,
    Unreachable,
    Unusable,
)
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.lab_protocol import context_of
from labsupport.network.offline import OfflineNetwork
from labsupport.picture import Picture
from labsupport.real_internet import Elsewhere
from labsupport.results import Figure, Missing, Result, Table
from labsupport.tree import PAGE, as_html, from_data
from labsupport.world import World

WORLD = World.load()
LAB = Lab("en")
NAME, DOMAIN, ADDRESS, ASN = (
    "www.museum.example",
    "museum.example",
    "198.51.100.10",
    "AS64500",
)

# Hostile text

FRAGMENTS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</td></tr></table></section><h1>",
    "<!-- ",
    "&lt;b&gt;&#x202e;&#27;",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "|`***`|",
    r"$\href{https://evil.example/}{x}$",
    r"$\frac{$",
    "\x1b[31m\x1b]0;title\x07",
    "\x9b31m\x85",
    "\x00\x08\r\t",
    "safe\u202egnp.exe",
    "\u2066\u200f\u061c",
    "\u200b\u2060\ufeff\u00ad\U000e0041",
    "\u2028\u2029\ue000",
    "\ud800",
    "\u05d0\u05d1 \u0639\u0631",
    "{0}{name}%s\\",
    "é.例.example",
    "x" * 300,
    "\n\n# heading\n",  # the last one: some texts end with their line
)
HOSTILE = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=4).map(
    "".join
)
EVERYTHING = " ".join(FRAGMENTS)
# Of JSON, any value may stand where a text belongs.
ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    float("nan"),
    [],
    {},
    [["<b>"]],
    {"<b>": 1},
)

# The checker

# Everything that answers are made of; all else came from outside.
TABLE = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
TAGS = TABLE | {
    "section",
    "p",
    "span",
    "strong",
    "em",
    "wbr",
    "details",
    "summary",
    "ul",
    "li",
}
TAGS |= {"div"}  # its remarks
TAGS |= {"a", "code"}  # files that were written
SHAPES = {"svg", "g", "circle", "line", "path", "polygon", "rect", "text"}
TAGS |= SHAPES | {"figure", "img", "ol"}  # a picture and its states
TAGS_OF_PANDAS = TABLE | {"div", "style", "p"}
TAGS_OF_FILES = TAGS | {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "div",
    "br",
}
TAGS_OF_FILES |= {"header", "h1", "h2", "h3", "ul", "li", "pre", "code", "small"}
IGNORED = "mathjax_ignore tex2jax_ignore"  # see test_no_text_is_read_as_mathematics
ATTRIBUTES = {"style", "scope", "lang", "open", "data-all", "data-again"}
ATTRIBUTES |= {
    "viewbox",
    "width",
    "height",
    "x",
    "y",
    "cx",
    "cy",
    "r",
    "rx",
    "d",
    "points",
}
ATTRIBUTES |= {"x1", "x2", "y1", "y2", "transform", "data-part", "data-look"}
ATTRIBUTES |= {
    "alt",
    "data-looks",
    "data-label",
    "data-words",
    "data-switches",
    "data-first",
}
OURS = re.compile(r"lab-[a-z-]+( lab-[a-z-]+)*")
FOLD = re.compile(r"lab-limits-[0-9a-f]{8}")  # the name of a fold, by what is in it
FILE = re.compile(r"[\w.%-]+")
PICTURE = re.compile(r"data:image/svg\+xml;base64,[\w+/=]+")
ATTRIBUTES_OF_FILES = ATTRIBUTES | {"class", "charset", "name", "content", "id", "role"}
ATTRIBUTES_OF_FILES |= {"tabindex", "spellcheck", "contenteditable"}


class Page(HTMLParser):
    """What a browser makes of HTML: its elements with their attributes, and its text.

    `typeset` is the text that JupyterLab looks through for mathematics.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.typeset = ""
        self._open: list[
            bool
        ] = []  # of each open element, whether MathJax passes it over
        self.feed(html)
        self.close()

    @property
    def tags(self) -> list[str]:
        """The elements in order, but for those that say where a line may be broken."""
        unbroken = {"class": "lab-whole"}
        return [tag for tag, own in self.elements if tag != "wbr" and own != unbroken]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("wbr", "br", "meta", "img"):
            ignored = "mathjax_ignore" in (dict(attrs).get("class") or "").split()
            self._open.append(ignored or any(self._open))

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if not any(self._open):
            self.typeset += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")


def hidden(text: str) -> set[str]:
    """Return the characters in `text` that nobody sees, or that do something when printed."""
    return {
        character
        for character in set(text)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    } - {"\n", "\t"}


def assert_plain(text: str) -> None:
    assert not hidden(text)
    text.encode()


def assert_passive(
    html: str, tags: Collection[str] = TAGS, attributes: Collection[str] = ATTRIBUTES
) -> Page:
    """Check that HTML is made of these elements and attributes alone; return what it holds."""
    page = Page(html)
    for tag, own in page.elements:
        assert tag in tags
        for key, value in own.items():
            if key in ("src", "href"):
                assert {"src": PICTURE, "href": FILE}[key].fullmatch(value or "")
                continue
            ours = key == "class" and (value == IGNORED or OURS.fullmatch(value or ""))
            ours = ours or (
                key == "name" and tag == "details" and FOLD.fullmatch(value or "")
            )
            assert key in attributes or key.startswith("aria-") or ours
            if key == "alt":
                continue  # text, whatever it says
            assert not re.search(
                r"url\(|script:|data:(?!-)", value or "", re.IGNORECASE
            )
    return page


def assert_drawn(picture: Picture) -> None:
    """Check that a drawing is made of shapes and plain text alone."""
    drawing = ElementTree.fromstring(picture.svg())
    for element in drawing.iter():
        tag = element.tag.rpartition("}")[2]
        assert tag in {
            "svg",
            "style",
            "g",
            "circle",
            "line",
            "path",
            "polygon",
            "rect",
            "text",
        }
        assert not {
            name for name in element.attrib if name.startswith("on") or "href" in name
        }
        assert_plain(element.text or "")


def assert_inert(result: Result) -> None:
    """Check what a notebook, a terminal or a program is handed of an answer.

    Of charts only that there is one or none: to draw them takes long.
    """
    figure = result.figure()
    assert isinstance(figure, Figure | Missing | Picture)
    if isinstance(figure, Picture):
        assert_drawn(figure)
    assert_plain(repr(result))
    assert_plain(str(result))
    handed_out = result._repr_mimebundle_()
    drawn = as_html(from_data(handed_out.pop(PAGE)))
    assert drawn == as_html(result.page)
    for html in (drawn, handed_out["text/html"]):
        page = assert_passive(html)
        assert_plain(html)
        assert_plain(page.text)  # character references are resolved in this
    assert handed_out.keys() == {"text/html"}
    assert not {"img", "svg", "a"} & {*page.tags}
    # Neither Markdown nor LaTeX is ever handed out: there would be more to escape.
    handed = {
        name
        for name in dir(result)
        if re.match("_repr_(?!html_|mimebundle_)|_ipython_display_", name)
    }
    assert not handed
    assert_passive(
        framed(result.table), TAGS_OF_PANDAS, {"class", "border", "scoped", "style"}
    )


# Servers that answer badly

Change = Callable[[Request, Reply], Outcome]
Pick = Callable[[Any, str], Any]
"""Returns what stands in the place of a value, which has a name in what it is a part of."""


class Spoilt(OfflineNetwork):
    """The lab, in which `change` makes something else of what comes back to its guest."""

    def __init__(self, change: Change) -> None:
        # All else is the lab's own, caches too: those hold what the servers really answered.
        vars(self).update(vars(context_of(LAB).offline))
        self._asked.clear()  # for WHOIS servers with a quota, each lab is a new guest
        self._change = change

    def send(self, request: Request) -> Outcome:
        outcome = super().send(request)
        # The lab's resolvers send by this as well.
        if request.source not in context_of(LAB).inside.seat.sources or not isinstance(
            outcome, Reply
        ):
            return outcome
        return self._change(request, outcome)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a person types it, to the lab, or as to the real Internet (`live`)."""

    method: str
    arguments: tuple[str, ...]
    live: bool = False

    def __str__(self) -> str:
        return " ".join(
            (*(["live"] if self.live else []), self.method, *self.arguments)
        )

    def asked_of(self, lab: Lab) -> Result:
        if self.method == "investigate.memory":  # of what was asked before
            lab.ask(*self.arguments)
        result = attrgetter(self.method)(lab)(*self.arguments)
        assert isinstance(result, Result)
        return result

    def spoilt(self, change: Change) -> Result:
        return self.asked_of(lab(change, live=self.live))


def lab(change: Change, *, live: bool = False) -> Lab:
    """Return a lab whose servers' answers are spoilt; `live`, nobody has a map of it."""
    found = LAB.at("fibra-sur")
    context_of(found).inside = replace(context_of(found).inside, network=Spoilt(change))
    context_of(found).log = EvidenceLog()
    if live:
        entry = replace(context_of(found).inside.entry, observatory="")
        context_of(found).elsewhere = Elsewhere(context_of(found).offline, entry)  # type: ignore[arg-type]
    return found


RECORD_TYPES = (
    "A",
    "TXT",
    "CNAME",
    "MX",
    "NS",
    "CAA",
    "SOA",
    "SRV",
    "HINFO",
    "PTR",
    "TYPE65280",
)
QUESTIONS = [
    *(Question("ask", (NAME, rdtype)) for rdtype in RECORD_TYPES),
    Question("ask", (ADDRESS,)),
    Question("trace", (NAME,)),
    Question("trace", (NAME, "TXT")),
    Question("dnssec", (NAME,)),
    Question("investigate.memory", (NAME, "TXT")),
    Question("rdap", (NAME,)),
    Question("rdap", (ADDRESS,)),
    Question("rdap", (ASN,)),
    Question("whois", (NAME,)),
    Question("whois", (ADDRESS,)),
    Question("investigate.compare", (NAME,)),
    Question("who", (NAME,)),
    Question("evidence.disclosure", (NAME,)),
    Question("evidence.preservation", (NAME,)),
    Question("investigate.diagnose", (NAME,)),
    Question("investigate.lookalikes", ("bancodelfaro.example",)),
    Question("investigate.mail", ("aviso",)),
    Question("routes.to", ("198.18.102.0/23",)),
    Question("visit", (NAME,)),
    Question("visit", (f"http://{NAME}",)),
    Question("investigate.observers", (NAME,)),
    Question("path", (NAME,)),
    Question("investigate.neighbours", ("goles-gratis.example",)),
    Question("investigate.certificates", (NAME,)),
    Question("routes.origin", (ADDRESS,)),
    Question("routes.origin", (ASN,)),
    # The names of networks on the way come out of the DNS here.
    Question("path", (NAME,), live=True),
    Question("visit", (NAME,), live=True),
    Question("routes.origin", (ADDRESS,), live=True),
    Question("whois", (NAME,), live=True),
]
every_question = pytest.mark.parametrize("question", QUESTIONS, ids=str)


def test_every_question_that_is_answered_from_outside_is_asked_here() -> None:
    outside = {key for key, known in declared.QUESTIONS.items() if known.outside}
    assert {question.method for question in QUESTIONS} == outside


def of_the_matter(request: Request) -> bool:
    """Say whether a request is not just for the address of a machine to ask."""
    return request.port != DNS_PORT or bool(
        re.search(rb"\x06museum|\x07in-addr", request.payload)
    )


def instead(outcome: Outcome, honest: int = 0) -> Change:
    """Return what gives `outcome` instead of every answer after the first `honest` ones."""
    left = iter(range(honest))

    def change(request: Request, reply: Reply) -> Outcome:
        spared = not of_the_matter(request) or next(left, None) is not None
        return reply if spared else outcome

    return change


def garbled(data: bytes, *, framed: bool, honest: int) -> Change:
    """Return what makes `data` of every answer after the first `honest` ones.

    Where it is `framed` it stands in a message of the protocol.
    """
    left = iter(range(honest))

    def change(request: Request, reply: Reply) -> Outcome:
        if not of_the_matter(request) or next(left, None) is not None:
            return reply
        payload = data
        if framed and request.port == DNS_PORT:
            question = dns.message.from_wire(request.payload).question[0]
            asked = wire(question.name) + struct.pack("!HH", question.rdtype, 1)
            payload = (
                request.payload[:2]
                + struct.pack("!5H", 0x8580, 1, 1, 1, 1)
                + asked
                + data
            )
        elif framed and request.port in PORTS.values():
            payload = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (
                len(data),
                data,
            )
        return replace(reply, payload=payload)

    return change


def hostile(
    texts: Collection[object],
    odds: float = 1.0,
    seed: int = 0,
    status: int | None = None,
    only: Collection[str] = (),
) -> Change:
    """Return what puts one of `texts` in the place of a text in answers, as often as `odds` say.

    `status` stands in the place of the code of HTTP. Where some names are given, `only` what is
    called so is replaced: a member of JSON, a part of a card, a type of records, a key of WHOIS.
    """
    draw = random.Random(seed)
    choices = list(texts)

    def pick(value: Any, called: str) -> Any:
        # What is needed to be read at all is replaced now and then.
        likely = (
            float(called in only) if only else odds * (0.05 if called in NEEDED else 1)
        )
        return draw.choice(choices) if draw.random() < likely else value

    def change(request: Request, reply: Reply) -> Outcome:
        if request.port == WHOIS_PORT:
            return replace(reply, payload=whois_answer(reply.payload, pick))
        if request.port == DNS_PORT:
            return replace(reply, payload=dns_answer(request, reply, pick))
        if request.port not in PORTS.values():
            return reply
        honest = HttpResponse.from_bytes(reply.payload)
        body = http_body(honest.body, pick)
        code = status or honest.status
        answer = HttpResponse(
            code, http_headers(honest, pick), body if honest.body else b""
        )
        return replace(reply, payload=answer.to_bytes())

    return change


# What makes an answer of JSON one that is read; the list of servers; and who knows more by WHOIS.
NEEDED = (
    *("objectClassName", "roles", "rel", "href", "eventAction", "rdapConformance"),
    *("version", "publication", "services"),
    *("rrname", "rrtype", "rdata", "time_first", "time_last"),
    *("resource", "prefix", "target_prefix", "path", "asn"),
    *("refer", "whois", "Registrar WHOIS Server"),
)


def http_body(body: bytes, pick: Pick) -> bytes:
    """Put other texts into JSON, into a JSON object a line, or into a list with a line each."""
    try:
        return json.dumps(in_json(json.loads(body), pick)).encode()
    except ValueError:
        pass
    lines = body.split(b"\n")
    for number, line in enumerate(lines):
        if line.startswith(b"{"):
            lines[number] = json.dumps(in_json(json.loads(line), pick)).encode()
        elif found := re.match(rb"(.*\|(?:allocated|assigned)\||[0-9]+ )(.*)$", line):
            # The lists of who holds a number, and of what each AS is called.
            lines[number] = found.group(1) + on_a_line(pick(found.group(2), "line"))
    return b"\n".join(lines)


def in_json(value: Any, pick: Pick, called: str = "") -> Any:
    if isinstance(value, dict):
        return {key: in_json(member, pick, key) for key, member in value.items()}
    if isinstance(value, list):
        card = called == "vcardArray" and isinstance(value[0], str) and len(value) == 4
        # a property: its name, parameters, type and value
        if card and value[0] != "vcard":
            return [*value[:3], in_json(value[3], pick, value[0])]
        return [in_json(item, pick, called) for item in value]
    return pick(value, called)


def http_headers(honest: HttpResponse, pick: Pick) -> tuple[tuple[str, str], ...]:
    """Add hostile headers; all that h11 lets through may stand in them, escapes too."""
    own = {
        key: value for key, value in honest.headers if key.lower() != "content-length"
    }
    for key in ("Server", "Retry-After", "Location", "Content-Type"):
        text = on_a_line(pick(own.get(key, ""), key)).decode("latin-1")
        own[key] = re.sub(r"[\x00\x7f\s]", " ", text, flags=re.ASCII).strip()
    return tuple((key, value) for key, value in own.items() if value)


def whois_answer(text: bytes, pick: Pick) -> bytes:
    lines = []
    for line in text.split(b"\r\n"):
        key, colon, value = line.partition(b":")
        called = key.decode("utf-8", "replace").strip()
        if value.strip():
            line = key + colon + b" " + on_a_line(pick(value, called))
        lines.append(line)
    return b"\r\n".join(lines)


def octets(text: object) -> bytes:
    """Return a text as bytes: halves of characters as well, which are no UTF-8 then."""
    return (
        text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass")
    )


def on_a_line(text: object) -> bytes:
    return octets(text).replace(b"\n", b" ").replace(b"\r", b" ")


def dns_answer(request: Request, reply: Reply, pick: Pick) -> bytes:
    """Put other names and texts into a DNS answer, consistently: aliases and servers lead on.

    Where the honest answer has nothing of the type that was asked, a record is added.
    """
    asked = dns.message.from_wire(request.payload).question[0]
    honest = dns.message.from_wire(reply.payload)
    if not (of_the_matter(request) or asked.rdtype == dns.rdatatype.TXT):
        return reply.payload
    if asked.rdtype in (dns.rdatatype.DS, dns.rdatatype.DNSKEY):
        return reply.payload  # there are no texts in these
    question = wire(asked.name) + struct.pack("!HH", asked.rdtype, 1)
    names: dict[dns.name.Name, bytes] = {}

    def called(name: dns.name.Name) -> bytes:
        return names.get(name) or wire(name)

    def told(record: dns.rdata.Rdata) -> bytes:
        target = getattr(record, "target", getattr(record, "exchange", None))
        if record.rdtype in WITH_A_NAME and isinstance(target, dns.name.Name):
            text = pick(None, dns.rdatatype.to_text(record.rdtype))
            names.setdefault(target, wire(target) if text is None else a_name(text))
            return wire(record)[: WITH_A_NAME[record.rdtype]] + called(target)
        if record.rdtype == dns.rdatatype.TXT:
            # Where fields stand between strokes, the last one is a text.
            plain = b"".join(record.strings)  # type: ignore[attr-defined]
            fields, stroke, last = plain.rpartition(b"|")
            return some_strings(fields + stroke + octets(pick(last, "TXT")))
        return wire(record)

    records = []
    if not honest.answer and not honest.authority[:1]:
        return reply.payload
    alias = pick(None, "CNAME")
    if alias is not None and asked.rdtype != dns.rdatatype.CNAME and honest.answer:
        names[asked.name] = a_name(alias)
        records.append(
            a_record(wire(asked.name), dns.rdatatype.CNAME, names[asked.name])
        )
    for rrset in honest.answer:
        records += [
            a_record(called(rrset.name), rrset.rdtype, told(one)) for one in rrset
        ]
    referral = any(rrset.rdtype == dns.rdatatype.NS for rrset in honest.authority)
    text = pick(None, dns.rdatatype.to_text(asked.rdtype))
    if (
        text is not None
        and not referral
        and asked.rdtype not in {r.rdtype for r in honest.answer}
    ):
        records.append(
            a_record(called(asked.name), asked.rdtype, data_of(asked.rdtype, text))
        )
    counts = [1, len(records)]
    for section in (honest.authority, honest.additional):
        some = [
            a_record(called(rrset.name), rrset.rdtype, told(one))
            for rrset in section
            for one in rrset
        ]
        records += some
        counts.append(len(some))
    # An Extended DNS Error (RFC 8914): that the name is blocked, and why.
    if why := str(pick("", "OPT")).encode("utf-8", "replace"):
        option = struct.pack("!HHH", 15, 2 + len(why), 15) + why
        records.append(a_record(b"\0", dns.rdatatype.OPT, option, rdclass=1232, ttl=0))
        counts[-1] += 1
    head = request.payload[:2] + struct.pack("!5H", int(honest.flags), *counts)
    return b"".join((head, question, *records))


# Where in the data of a record its name begins.
WITH_A_NAME: dict[int, int] = {
    dns.rdatatype.NS: 0,
    dns.rdatatype.CNAME: 0,
    dns.rdatatype.PTR: 0,
    dns.rdatatype.MX: 2,
}


def a_record(
    owner: bytes, rdtype: int, data: bytes, rdclass: int = 1, ttl: int = 300
) -> bytes:
    return owner + struct.pack("!HHIH", rdtype, rdclass, ttl, len(data)) + data


def wire(part: dns.name.Name | dns.rdata.Rdata) -> bytes:
    """Return a name or the data of a record as it travels."""
    data = part.to_wire()
    assert data is not None
    return data


def a_name(text: object) -> bytes:
    """Return a text as a name: any octets may stand in one (RFC 2181 section 11)."""
    data = octets(text)[: 3 * 63]
    labels = (data[start : start + 63] for start in range(0, len(data), 63))
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def some_strings(text: object) -> bytes:
    data = octets(text)[:1000]
    parts = (data[start : start + 255] for start in range(0, max(len(data), 1), 255))
    return b"".join(bytes([len(part)]) + part for part in parts)


def data_of(rdtype: int, text: object) -> bytes:
    """Return the data of a record in which a hostile text stands wherever a text may."""
    one_string = some_strings(octets(text)[:255])
    made = {
        dns.rdatatype.A: octets(text)[:4].ljust(4, b"\0"),
        dns.rdatatype.TXT: some_strings(text),
        dns.rdatatype.HINFO: one_string * 2,
        dns.rdatatype.CAA: b"\0\5issue" + octets(text),
        dns.rdatatype.SOA: a_name(text) * 2 + bytes(20),
        dns.rdatatype.SRV: bytes(6) + a_name(text),
    }
    if rdtype in WITH_A_NAME:
        return bytes(WITH_A_NAME[dns.rdatatype.RdataType(rdtype)]) + a_name(text)
    return made.get(dns.rdatatype.RdataType(rdtype), octets(text))


TEXTS = st.lists(HOSTILE | st.sampled_from(ODD), min_size=1, max_size=3)
STATUSES = st.sampled_from((None, None, None, None, 302, 404, 429, 503))
# A change draws as it goes: each lab needs one of its own.
Way = Callable[[], Change]
WAYS: st.SearchStrategy[Way] = st.builds(
    partial,
    st.just(hostile),
    TEXTS,
    st.sampled_from((0.2, 0.6, 1.0)),
    st.integers(0, 2**16),
    STATUSES,
)

# Every question


@every_question
@settings(max_examples=4)
@example(b'[{"\xff', True, 0)
@example(b'[{"\xff', True, 2)
@example(b"\xff\xfe\x00\xd8x", True, 0)
@given(
    data=st.binary(max_size=120)
    | st.binary(max_size=60).map(b"HTTP/1.1 200 OK\r\n".__add__)
    | HOSTILE.map(octets),
    framed=st.sampled_from((True, True, False)),
    honest=st.sampled_from((0, 0, 0, 1, 2, 3, 5)),
)
def test_any_bytes_get_an_answer(
    question: Question, data: bytes, framed: bool, honest: int
) -> None:
    assert_inert(question.spoilt(garbled(data, framed=framed, honest=honest)))


@every_question
@settings(max_examples=4)
@example(partial(hostile, [EVERYTHING]))
@example(partial(hostile, [EVERYTHING, *FRAGMENTS], 0.5))
@example(partial(hostile, [EVERYTHING], status=302))
@example(partial(hostile, ["https://["], only=("Location", "href"), status=302))
@example(partial(hostile, ["https://["], only=("href",)))
@example(
    partial(hostile, ["x" * 64 + ".example"], only=("refer", "Registrar WHOIS Server"))
)
@given(WAYS)
def test_hostile_text_stays_text(question: Question, way: Way) -> None:
    assert_inert(question.spoilt(way()))


MARKUP = ("<b>x</b></td><td>&lt;i&gt;x'\" onload='x' <script>x", "<plaintext><!--x")
# What people write as they like: nothing is read out of it that would change an answer's form.
FREE = (
    "fn",
    "org",
    "title",
    "description",
    "x-title",
    "issuer_name",
    "Registrant Organization",
)


@pytest.mark.parametrize(
    "question",
    [q for q in QUESTIONS if q.method not in ("ask", "trace", "dnssec")],
    ids=str,
)
def test_markup_makes_no_elements(question: Question) -> None:
    for text in MARKUP:
        plain = re.sub(r"[^\w ]", "x", text)
        spoilt, honest = (
            question.spoilt(hostile([one], only=FREE))._repr_html_()
            for one in (text, plain)
        )
        assert Page(spoilt).tags == Page(honest).tags


OUTCOMES: dict[str, Outcome] = {
    "silence": Silence(None, 5.0),
    "reset": Reset(ADDRESS, 0.1),
    "unreachable": Unreachable(None, 0.1),
    "tls failure": TlsFailure(None, 0.1, (b"\xff",), EVERYTHING, (b"\x30\x00",)),
    "unusable": Unusable(None, 0.1, (), EVERYTHING),
    "not sent": NotSent(None, 0.0, (), EVERYTHING),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_whatever_becomes_of_a_request_there_is_an_answer(outcome: str) -> None:
    assert {
        file_format.OUTCOME_NAMES[type(one)] for one in OUTCOMES.values()
    } == OUTCOMES.keys()
    for number, question in enumerate(QUESTIONS):
        assert_inert(question.spoilt(instead(OUTCOMES[outcome], honest=number % 4)))
    chosen = "https://198.18.104.104/dns-query"
    assert_inert(lab(instead(OUTCOMES[outcome])).at(chosen).ask(NAME))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_whatever_became_of_a_request_the_record_and_its_report_say_so(
    outcome: str,
) -> None:
    of = lab(instead(OUTCOMES[outcome], honest=1))
    of.visit(NAME)
    with TemporaryDirectory() as folder, chdir(folder):
        for result in (of.evidence, of.evidence.report()):
            assert_inert(result)
        assert Path("report.html").exists()


# Odd records of the DNS

Sections = tuple[bytes, bytes, bytes]
"""Answers, referrals and what comes along: records as they travel."""


def answered(
    by: Callable[[dns.message.Message], Sections | None], rcode: int = 0
) -> Change:
    """Return what answers DNS questions with a record, or none, in each of the three sections.

    `by` returns those; None leaves an answer as it is. It may travel inside HTTPS (RFC 8484).
    """

    def change(request: Request, reply: Reply) -> Outcome:
        wrapped = MEDIA_TYPE.encode() in request.payload
        if not (wrapped or request.port == DNS_PORT):
            return reply
        data = (
            HttpRequest.from_bytes(request.payload).body if wrapped else request.payload
        )
        query = dns.message.from_wire(data)
        if (sections := by(query)) is None:
            return reply
        asked = query.question[0]
        # AA, RD and RA
        flags = 0x8000 | rcode | (0x0580 if query.flags & dns.flags.RD else 0)
        counts = (1, *(int(bool(section)) for section in sections))
        question = wire(asked.name) + struct.pack("!HH", asked.rdtype, 1)
        message = b"".join(
            (data[:2], struct.pack("!5H", flags, *counts), question, *sections)
        )
        page = HttpResponse(200, (("Content-Type", MEDIA_TYPE),), message)
        return replace(reply, payload=page.to_bytes() if wrapped else message)

    return change


@settings(max_examples=40)
@example(dns.rdatatype.TSIG, dns.rdataclass.ANY, bytes(17), 2)
@example(dns.rdatatype.TXT, dns.rdataclass.IN, some_strings("x"), 2)
@example(dns.rdatatype.OPT, 1232, struct.pack("!HHH", 15, 4, 15) + b"\xff\xfe", 2)
@example(dns.rdatatype.OPT, 1232, b"", 0)
@given(
    st.integers(0, 110) | st.integers(0, 65535),
    st.sampled_from((1, 1, 1, 3, 254, 255)),
    st.binary(max_size=60) | HOSTILE.map(octets),
    st.integers(0, 2),
)
def test_any_record_may_come_along(
    rdtype: int, rdclass: int, data: bytes, place: int
) -> None:
    def by(query: dns.message.Message) -> Sections | None:
        name = wire(query.question[0].name)
        owner = b"\0" if rdtype == dns.rdatatype.OPT else name
        record = a_record(owner, rdtype, data, rdclass)
        # in place of an address
        if not query.flags & dns.flags.RD and rdtype != dns.rdatatype.OPT:
            return b"", a_record(name, dns.rdatatype.NS, name), record
        sections = [b"", b"", b""]
        sections[place] = record
        return sections[0], sections[1], sections[2]

    for asked in (("ask", NAME, "A"), ("ask", NAME, f"TYPE{rdtype}"), ("trace", NAME)):
        assert_inert(Question(asked[0], asked[1:]).spoilt(answered(by)))


@pytest.mark.parametrize(
    "rcode", [dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL]
)
@pytest.mark.parametrize("target", [NAME, DOMAIN], ids=["to itself", "in a circle"])
def test_an_answer_that_contradicts_itself_is_survived(target: str, rcode: int) -> None:
    def by(query: dns.message.Message) -> Sections | None:
        asked = query.question[0]
        if not str(asked.name).endswith(f"{DOMAIN}."):
            return None
        leads_to = wire(
            dns.name.from_text(target if str(asked.name) == f"{NAME}." else NAME)
        )
        return a_record(wire(asked.name), dns.rdatatype.CNAME, leads_to), b"", b""

    for method in (
        "ask",
        "trace",
        "dnssec",
        "visit",
        "path",
        "who",
        "observers",
        "neighbours",
    ):
        assert_inert(Question(method, (NAME,)).spoilt(answered(by, rcode)))


@pytest.mark.parametrize("rdclass", [dns.rdataclass.CH, dns.rdataclass.HS, 77])
@pytest.mark.parametrize("rdtype", [dns.rdatatype.A, dns.rdatatype.HTTPS], ids=str)
def test_records_of_another_class_are_nobodys(
    rdclass: int, rdtype: dns.rdatatype.RdataType
) -> None:
    data = b"\0\1\1"  # in the class CH, an address is a name and a number
    zone, server = (
        wire(dns.name.from_text(name)) for name in ("example", "ns.example")
    )

    def by(query: dns.message.Message) -> Sections | None:
        asked = query.question[0]
        if DOMAIN not in str(asked.name):
            return None
        if not query.flags & dns.flags.RD:  # a walk is led on, to such an address
            referral = a_record(zone, dns.rdatatype.NS, server)
            return b"", referral, a_record(server, rdtype, data, rdclass)
        if asked.rdtype != rdtype:
            return None
        return a_record(wire(asked.name), rdtype, data, rdclass), b"", b""

    for method in ("ask", "trace"):
        assert_inert(
            Question(method, (NAME, dns.rdatatype.to_text(rdtype))).spoilt(answered(by))
        )
    for method in ("visit", "who", "neighbours", "observers"):
        assert_inert(Question(method, (NAME,)).spoilt(answered(by)))


def test_an_alias_in_the_place_of_keys_is_no_key() -> None:
    def by(query: dns.message.Message) -> Sections | None:
        asked = query.question[0]
        alias = a_record(wire(asked.name), dns.rdatatype.CNAME, a_name("x"))
        return (alias, b"", b"") if asked.rdtype == dns.rdatatype.DNSKEY else None

    assert_inert(Question("dnssec", (NAME,)).spoilt(answered(by)))


# Days at the end of the calendar


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_no_day_is_too_early_or_too_late_to_tell(day: str) -> None:
    days = {"registration": "2009-05-14", "last changed": day}
    events = [
        {"eventAction": action, "eventDate": when} for action, when in days.items()
    ]
    members = {"ldhName": DOMAIN, "status": ["redemption period"], "events": events}
    record = json.dumps({"objectClassName": "domain"} | members).encode()
    text = f"Domain Name: {DOMAIN}\r\nUpdated Date: {day}\r\nDomain Status: redemptionPeriod\r\n"
    of, _ = scripted_lab(
        {
            f"https://rdap.nic.example/domain/{DOMAIN}": HttpResponse(
                200, RDAP_JSON, record
            )
        },
        {"whois.nic.example": text.encode()},
    )
    for question in ("rdap", "whois", "compare", "who"):
        assert_inert(getattr(of, question)(DOMAIN))


# Certificates


@cache
def site_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(issuer: str, names: Iterable[str]) -> bytes:
    """Return a certificate that anybody can make, as DER."""
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer or "x")])
    now = datetime.fromtimestamp(context_of(LAB).now, UTC)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(site_key().public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternatives, critical=False)
    )
    return builder.sign(site_key(), hashes.SHA256()).public_bytes(
        serialization.Encoding.DER
    )


# 64 is the most that the standard allows there (RFC 5280 appendix A.1).
ISSUERS = HOSTILE.map(
    lambda text: text.encode("utf-8", "replace")[:64].decode("utf-8", "ignore")
)
ASCII_TEXTS = HOSTILE.map(
    lambda text: text.encode("ascii", "replace").decode()[:200] or "x"
)


@settings(max_examples=25)
@given(
    ISSUERS, st.lists(ASCII_TEXTS, max_size=3), st.booleans(), st.binary(max_size=30)
)
def test_a_certificate_may_be_made_out_to_anything(
    issuer: str, names: list[str], refused: bool, more: bytes
) -> None:
    for method in ("visit", "observers", "rdap"):
        result = Question(method, (NAME,)).spoilt(
            certified(issuer, names, more, refused=refused)
        )
        assert_inert(result)


def certified(
    issuer: str, names: Iterable[str], more: bytes = b"", *, refused: bool
) -> Change:
    """Return what makes each site show such a certificate, and `more`."""
    chain = (certificate(issuer, names), more)

    def change(request: Request, reply: Reply) -> Outcome:
        if request.protocol != "https":
            return reply
        if refused:
            return TlsFailure(None, 0.1, (), issuer, chain)
        return replace(reply, certificates=chain)

    return change


@settings(max_examples=15)
@given(st.binary(max_size=60), st.integers(0, 2**16))
def test_a_time_stamp_may_be_any_bytes(data: bytes, place: int) -> None:
    def change(request: Request, reply: Reply) -> Outcome:
        if b"timestamp-query" not in request.payload:
            return reply
        honest = HttpResponse.from_bytes(reply.payload)
        where = place % len(honest.body)
        body = honest.body[:where] + data + honest.body[where + len(data) :]
        return replace(reply, payload=replace(honest, body=body).to_bytes())

    of = lab(change)
    of.ask(NAME)
    assert_inert(of.evidence.stamp())
    assert_inert(of.evidence)


# What else is shown: mathematics, pandas, pictures


def test_no_text_is_read_as_mathematics() -> None:
    r"""JupyterLab hands all HTML to MathJax, which makes a link of "\href" between two "$".

    It leaves alone what stands in an element of the class "mathjax_ignore".
    """
    text = Question("ask", (NAME, "TXT")).spoilt(
        hostile([r"$\href{https://evil.example/}{x}$"])
    )
    names = hostile([r"\(\href{https://evil.example/}{x}\)"], only=("fn", "org"))
    for result in (text, Question("rdap", (NAME,)).spoilt(names)):
        for page in (Page(result._repr_html_()), Page(framed(result.table))):
            assert "evil.example" in page.text
            assert not MATHEMATICS.search(page.typeset)


MATHEMATICS = re.compile(r"\$|\\[(\[]|\\begin")


def framed(frame: pd.DataFrame) -> str:
    return str(frame._repr_html_())  # type: ignore[operator]


@given(HOSTILE)
@example(EVERYTHING)
@settings(max_examples=20)
def test_a_data_frame_shows_nothing_hidden(text: str) -> None:
    frame = Table(text, (text,), ((text,),)).frame()
    assert_plain(repr(frame))
    assert_plain(framed(frame))


ODDITY = "<b>\u202e\x1b\u200b\u05d0 $\\frac{$"


def named(*called: str) -> Change:
    return hostile([ODDITY], only=called)


PICTURES = {
    "trace TXT": (Question("trace", (NAME, "TXT")), named("TXT")),
    "live path": (Question("path", (NAME,), live=True), named("TXT")),
}


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_as_inert_as_its_words(picture: str) -> None:
    question, change = PICTURES[picture]
    figure = question.spoilt(change).figure()
    assert isinstance(figure, Picture)
    assert_drawn(figure)
    assert_plain(repr(figure))
    page = assert_passive(figure._repr_mimebundle_()["text/html"])
    assert "<b>" in page.text
    assert_plain(page.text)
    assert not MATHEMATICS.search(page.typeset)


# Files


@settings(max_examples=6)
@example([EVERYTHING], 1.0, 0)
@example([EVERYTHING], 0.3, 1)
@given(TEXTS, st.sampled_from((0.3, 1.0)), st.integers(0, 2**16))
def test_files_made_of_hostile_answers_are_inert(
    texts: list[object], odds: float, seed: int
) -> None:
    of = lab(hostile(texts, odds, seed))
    for method, arguments in (
        ("ask", (NAME, "TXT")),
        ("rdap", (NAME,)),
        ("whois", (NAME,)),
    ):
        getattr(of, method)(*arguments)
    of.visit(NAME)
    with TemporaryDirectory() as folder, chdir(folder):
        period = {"since": "2026-10-29 UTC", "until": "2026-10-30 UTC"}
        receivers = of.evidence.disclosure(NAME, country="UY")
        named = [row[1] for row in receivers.tabulated().rows]  # type: ignore[attr-defined]
        drafts = [
            of.evidence.disclosure(NAME, addressee=name, **period) for name in named
        ]
        draft = next((one for one in drafts if hasattr(one, "addressee")), None)
        draft = draft or of.evidence.disclosure(ADDRESS, addressee="network", **period)
        results = [
            *drafts,
            draft,
            receivers,
            draft.save(),  # type: ignore[attr-defined]
            draft.save("draft.txt"),  # type: ignore[attr-defined]
            of.evidence,
            of.evidence.report("report.html", by=EVERYTHING[:200], matter="<b>"),
            of.evidence.save("evidence.jsonl"),
            of.evidence.verify("evidence.jsonl"),
            of.evidence.tamper("evidence.jsonl", "byte"),
        ]
        for result in results:
            assert_inert(result)
        check = Path("verify.html")  # with a script, and the same whatever was answered
        assert check.read_bytes() == check_page()
        check.unlink()
        assert len([*Path().glob("*.html")]) == 1 + hasattr(draft, "addressee")
        for file in Path().iterdir():
            text = file.read_text(encoding="utf-8")
            assert_plain(text)
            if file.suffix == ".html":
                page = assert_passive(text, TAGS_OF_FILES, ATTRIBUTES_OF_FILES)
                assert page.tags.count("style") == page.tags.count("title") == 1


# Recordings that somebody else made


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """The lines of an honest record."""
    of = Lab("en")
    for method in ("ask", "trace", "path", "visit"):
        getattr(of, method)(NAME)
    return context_of(of).log.records()


def written(records: Iterable[dict[str, Any]], others: Mapping[str, Any]) -> Path:
    """Write a file of evidence whose hashes are right, with other values of some members."""
    lines = []
    previous = file_format.FIRST_PREVIOUS
    for number, record in enumerate(records, 1):
        own = ("number", "previous", "kind", "sha256")
        members = {key: value for key, value in record.items() if key not in own}
        members |= {key: value for key, value in others.items() if key in members}
        line, previous = file_format.encode(number, previous, record["kind"], members)
        lines.append(line)
    file = Path("recording.jsonl")
    file.write_bytes(b"".join(lines))
    return file


def shown_of(file: Path) -> Iterator[Result]:
    """Return answers out of a recording, and what is said of the file itself."""
    of = Lab("en", recording=file)
    yield context_of(of).here
    for method in ("ask", "trace", "path", "visit", "memory"):
        yield getattr(of, method)(NAME)
    yield of.evidence
    yield LAB.evidence.verify(file.name)
    for damage in ("byte", "rewrite"):
        yield LAB.evidence.tamper(file.name, damage)


@settings(max_examples=8)
@example(EVERYTHING)
@given(HOSTILE)
def test_words_in_a_recording_stay_words(
    records: list[dict[str, Any]], text: str
) -> None:
    words = (
        "lab",
        "question",
        "server",
        "asked",
        "status",
        "reason",
        "sentence",
        "tool",
        "clock",
    )
    with TemporaryDirectory() as folder, chdir(folder):
        for result in shown_of(written(records, dict.fromkeys(words, text))):
            assert_inert(result)


# What is of the right kind there, and cannot be true.
UNTRUE: dict[str, Any] = {
    "time": "9999-12-31T23:59:59+00:00",
    "outcome": "unusable",
    "address": "::1",
    "source": "fe80::1",
    "from": "fe80::1%<b>",
    "elapsed": float("inf"),
    "answer": "PHNjcmlwdD4=",
    "request": "PHNjcmlwdD4=",
}
MEMBERS = (
    *(
        "time",
        "lab",
        "question",
        "server",
        "source",
        "address",
        "port",
        "protocol",
        "server_name",
    ),
    *(
        "hop_limit",
        "timeout",
        "source_port",
        "outcome",
        "from",
        "elapsed",
        "reason",
        "answer",
    ),
    *("request", "ignored", "certificates", "asked", "sentence"),
)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_recording_may_hold_anything(
    records: list[dict[str, Any]],
    member: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for odd in (EVERYTHING, None, float("nan"), -(2**70), UNTRUE.get(member, {})):
        for result in shown_of(written(records, {member: odd})):
            assert_inert(result)


def test_a_recording_in_which_no_resolver_was_asked_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    of = Lab("en")
    of.trace(NAME)
    of.evidence.save("walk.jsonl")
    recorded = Lab("en", recording="walk.jsonl")
    for method in ("ask", "path", "visit", "who", "dnssec"):
        result = getattr(recorded, method)(NAME)
        assert_inert(result)
        assert "no resolver" in repr(result) or method in ("who", "dnssec")


def beside(rdtype: dns.rdatatype.RdataType, data: bytes) -> Change:
    """Put a record with these octets into each set of its type."""

    def change(request: Request, reply: Reply) -> Outcome:
        if request.port != DNS_PORT:
            return reply
        response = dns.message.from_wire(reply.payload)
        for rrset in response.answer:
            if rrset.rdtype == rdtype:
                rrset.add(dns.rdata.GenericRdata(rrset.rdclass, rdtype, data))
        return replace(reply, payload=response.to_wire(max_size=65535))

    return change


def test_a_malformed_record_beside_others_makes_the_answer_unreadable() -> None:
    change = beside(dns.rdatatype.A, b"\xc0\0\2")
    found = lab(change).ask(NAME)
    assert "cannot be read" in found.sentence
    assert_inert(Question("ask", (NAME,)).spoilt(change))
