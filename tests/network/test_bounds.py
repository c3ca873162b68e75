"""Hostile answers: the work grows as their size does, and what is over a bound is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from misbehaving import saying, tcp
from said import says
from scripted import RDAP_JSON, lab
from test_live import get

from labsupport import bounds
from labsupport.answers.rdap import DomainPage
from labsupport.exchange import Outcome, Reply, Unusable
from labsupport.exchange.http import HttpResponse
from labsupport.formats import certificates, mail
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups import certificates as logs
from labsupport.lookups import lookalikes, neighbours
from labsupport.network import traceroute
from labsupport.rdds import rdap, whois
from labsupport.results import Explanation, Table

SAY = Language.load("en")
MUSEUM = "https://rdap.nic.example/domain/museum.example"
Reading = Callable[[], object]


def calls(work: Reading) -> int:
    """Count the functions that are called, in Python and in C."""
    count = 0

    def seen(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def domain(**members: object) -> bytes:
    found = {"objectClassName": "domain", "ldhName": "museum.example", **members}
    return json.dumps(found).encode()


# JSON


def doubled(count: int) -> bytes:
    members = (f'"m{number}":1,"m{number}":2' for number in range(count))
    return b'{"objectClassName":"domain",' + ",".join(members).encode() + b"}"


def test_a_hundred_thousand_doubled_names_are_read() -> None:
    record = rdap.read(doubled(99_000))
    assert (record.kind, record.problems) == ("domain", ())


def test_an_answer_with_more_values_than_are_read_says_so() -> None:
    page = HttpResponse(200, RDAP_JSON, doubled(bounds.MOST_VALUES))
    result = lab({MUSEUM: page})[0].rdap("museum.example")
    assert result.kind is Kind.FAILED
    assert (
        "The answer has more than 200,000 values: it was not read." in result.notes[-1]
    )


def test_many_problems_are_counted() -> None:
    body = domain(
        events=[{"eventAction": "x", "eventDate": f"on {n}"} for n in range(50)]
    )
    result = lab({MUSEUM: HttpResponse(200, RDAP_JSON, body)})[0].rdap("museum.example")
    assert isinstance(result, DomainPage)
    problems = result.notes[-1]
    assert problems.endswith("could not be read. (and 30 more)")
    assert problems.count("eventDate") == bounds.MOST_NAMED


@pytest.mark.parametrize(
    "make",
    [
        lambda n: domain(
            entities=[{"roles": ["registrant"], "handle": f"h{i}"} for i in range(n)]
        ),
        lambda n: domain(status=[f"status {i}" for i in range(n)]),
        lambda n: domain(
            redacted=[{"name": {"description": f"f{i}"}} for i in range(n)]
        ),
        lambda n: domain(nameservers=[{"ldhName": f"ns{i}.example"} for i in range(n)]),
        lambda n: domain(remarks=[{"title": "t", "description": ["d"]}] * n),
    ],
)
def test_a_record_is_shown_in_calls_that_grow_with_it(
    make: Callable[[int], bytes],
) -> None:
    def shown(count: int) -> int:
        page = HttpResponse(200, RDAP_JSON, make(count))
        session, _ = lab({MUSEUM: page})
        return calls(lambda: session.rdap("museum.example")._repr_html_())

    shown(10)  # what is made once
    small, middle, large = shown(500), shown(1500), shown(2500)
    assert large - middle <= 1.1 * (middle - small)


# Texts of the largest size: work that grew with its square would take hours

LINE = b"domain: museum.example\nowner: x\n"
REPEATED = {
    "comment": (LINE + b"% ", b"Abuse contact for '"),
    "contact": (LINE + b"% Abuse contact for 'x' is '", b"a@"),
    "host": (LINE + b"nserver: a.", b"a"),
    "block": (b"(NET ", b"A (NET-"),
    "organisation": (b"inetnum: 10.0.0.0/24\nOrganization: x", b" (a"),
    "prose": (LINE + b"x", b" quota"),
    "indent": (LINE, b" "),
}


@pytest.mark.parametrize("name", REPEATED)
def test_the_largest_text_is_read(name: str) -> None:
    start, part = REPEATED[name]
    room = bounds.LARGEST_WHOIS_ANSWER - len(start) - 2
    record = whois.read(start + part * (room // len(part)) + b"!\n")
    assert record.raw.endswith(b"!\n")


@pytest.mark.parametrize(
    "part", ["if slow down", "if you exceeded your limit exceeded ", "quota "]
)
def test_the_largest_notice_is_read(part: str) -> None:
    title = part * (bounds.LARGEST_MESSAGE // len(part) // 4)
    limit = json.dumps({"errorCode": 400, "title": f"{title}. Slow down"}).encode()
    assert rdap.read(limit).outcome is rdap.DirectoryOutcome.THROTTLED


def test_a_long_line_of_a_tool_is_read() -> None:
    assert traceroute.read(" 1  " + "1" * 1_000_000) == {}


# HTTP


def in_pieces(count: int, size: int = 1) -> Outcome:
    piece = b"%x\r\n%s\r\n" % (size, b"x" * size)
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with tcp(saying(start + piece * count + b"0\r\n\r\n")) as port:
        return get(port, timeout=5)


def test_a_body_in_very_many_pieces_is_not_read() -> None:
    outcome = in_pieces(200_000)
    assert isinstance(outcome, Unusable)
    assert outcome.reason == SAY("live.sent_far_more_than")


@pytest.mark.parametrize(("count", "size"), [(20_000, 1), (2000, 4096), (1, 4_000_000)])
def test_a_body_in_as_many_pieces_as_servers_send_is_read(
    count: int, size: int
) -> None:
    outcome = in_pieces(count, size)
    assert isinstance(outcome, Reply)
    assert len(HttpResponse.from_bytes(outcome.payload).body) == count * size


@pytest.mark.parametrize("more", [0, 1])
def test_the_largest_body_is_read_and_no_larger_one(more: int) -> None:
    size = bounds.LARGEST_MESSAGE + more
    with tcp(
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
    ) as port:
        outcome = get(port, timeout=5)
    if more:
        assert isinstance(outcome, Unusable)
        assert says(outcome.reason, "live.sent_far_more_than")
    else:
        assert isinstance(outcome, Reply)


def test_a_kept_body_in_pieces_is_put_together_in_calls_that_grow_with_it() -> None:
    def read(count: int) -> int:
        start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        data = start + b"1\r\nx\r\n" * count + b"0\r\n\r\n"
        return calls(lambda: HttpResponse.from_bytes(data))

    assert read(2000) <= 2.1 * read(1000)


# Certificates


def certificate(names: list[str]) -> tuple[bytes, bytes]:
    """Return a certificate for a site, in DER, and the authority that issued it, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())

    def issued(name: str, *extensions: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")]),
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
            key.public_key(),
            x509.random_serial_number(),
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        )
        own, authority = key.public_key(), name == "authority"
        for extension in (
            x509.BasicConstraints(authority, None),
            x509.SubjectKeyIdentifier.from_public_key(own),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(own),
            *extensions,
        ):
            critical = isinstance(extension, x509.BasicConstraints)
            builder = builder.add_extension(extension, critical)
        return builder.sign(key, hashes.SHA256())

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    site = issued(
        "site",
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
        x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]),
    )
    return site.public_bytes(Encoding.DER), issued("authority", usage).public_bytes(
        Encoding.PEM
    )


@pytest.mark.parametrize(
    "names",
    [
        [f"n{number}.example" for number in range(3000)],
        ["no_name.example", "n.example"],
        ["*.isla.example"],
    ],
)
def test_a_certificate_with_thousands_of_names_is_checked_a_few_times(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, authority = certificate(names)
    checked = []
    holds = certificates.vouched_for

    def counted(*values: object) -> bool:
        checked.append(values)
        return holds(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(certificates, "vouched_for", counted)
    now = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
    found = certificates.judge((site,), "museum.example", authority, now)
    assert found is certificates.Trust.OTHER_NAME
    assert len(checked) <= 4


def test_one_certificate_in_very_many_entries_of_a_log() -> None:
    def entries(count: int) -> bytes:
        every = [
            {"serial_number": "1", "name_value": f"n{i}.example"} for i in range(count)
        ]
        return json.dumps(every).encode()

    found = logs.read(entries(bounds.MOST_CERTIFICATES))
    assert found
    assert found[1]
    assert len(found[0]) == 1
    more = logs.read(entries(bounds.MOST_CERTIFICATES + 1))
    assert more
    assert not more[1]
    long = json.dumps(
        [{"id": 1, "name_value": "a", "issuer_name": "x" * 4_000_000}]
    ).encode()
    known = logs.read(long)
    assert known
    assert len(known[0][0].issued_by) == 4_000_000


def test_a_name_with_a_million_labels() -> None:
    assert (
        lookalikes.registered_part("a." * 1_000_000 + "museum.example")
        == "museum.example"
    )
    assert lookalikes.shown("xn--" + "a" * 1_000_000).startswith("xn--a")


# Mails and sightings


def test_a_mails_header_is_read_so_far_and_no_further() -> None:
    head = mail.read_head(
        b"From: ana@isla.example\n" + b"X-Line: y\n" * 400 + b"\nBody"
    )
    assert len(head.lines) == bounds.MOST_MAIL_LINES
    assert mail.read_head(b"From: " + b"a" * 1_000_000).lines


def test_brackets_within_brackets_are_no_address() -> None:
    assert mail.read_head(b"From: " + b"(" * 5000).address("From") == ""


def test_lines_over_the_bound_are_not_read() -> None:
    line = (
        b'{"rrname": "a.example", "rrtype": "A", "rdata": "192.0.2.1", "time_first": 1, '
        b'"time_last": 2}\n'
    )
    other = line.replace(b"a.example", b"b.example")
    (found,) = neighbours.read(b"\n" * (bounds.MOST_VALUES - 1) + line + other)
    assert found.name == "a.example"


# What is shown


def test_a_long_table_is_shown_in_part_and_says_so() -> None:
    rows = tuple((str(IPv4Address(number)),) for number in range(100_000))
    result = Explanation(
        SAY, None, "Many.", table=Table("Addresses", ("address",), rows)
    )
    for text in (repr(result), result._repr_html_()):
        assert SAY("results.first_rows_shown", count="1,000", all="100,000") in text
        assert "0.0.3.231" in text
        assert "0.0.3.232" not in text
    assert len(result.table) == 100_000


def test_a_long_cell_and_a_long_sentence_are_cut_and_say_so() -> None:
    rows = (("x" * 5_000_000,), *((number,) for number in range(900)))
    result = Explanation(
        SAY, None, "y" * 5_000_000, ("z" * 5_000_000,), None, Table("", ("",), rows)
    )
    # As HTML the first rows and the caption stand there twice: outside the fold and in it.
    for text, count in ((repr(result), 4), (result._repr_html_(), 6)):
        assert SAY("results.what_ends_cut_table") in text
        assert text.count("[...]") == count
        assert len(text) < 6_000_000
