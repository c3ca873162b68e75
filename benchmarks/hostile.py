"""Answers made to cost time: each at its size and at twice the size, in the same run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.measure import Row, ratio, side_by_side
from labsupport import Lab
from labsupport.evidence import time_stamps
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange.http import HttpResponse
from labsupport.formats import certificates, mail
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.lookups import certificates as logs
from labsupport.lookups import neighbours
from labsupport.rdds import rdap, whois
from labsupport.results import Explanation, Table

ROUNDS = 9
MORE_TIME = 2.6  # times as long for twice as much
SAY = Language.load("en")


def rows() -> Iterator[Row]:
    """Measure how much longer twice as much takes."""
    for what, (count, make, read) in KINDS.items():
        once, twice = make(count), make(2 * count)
        one, two = side_by_side(
            (
                lambda read=read, once=once: read(once),
                lambda read=read, twice=twice: read(twice),
            ),
            ROUNDS,
            clock=time.process_time,
        )
        yield ratio(f"{what}: {2 * count:,}, and {count:,}", two, one, MORE_TIME)


def _record(**members: object) -> bytes:
    return json.dumps({"objectClassName": "domain", **members}).encode()


def _doubled(count: int) -> bytes:
    return ("{" + ",".join(f'"m{n}":1,"m{n}":2' for n in range(count)) + "}").encode()


def _pieces(count: int) -> bytes:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return start + b"1\r\nx\r\n" * count + b"0\r\n\r\n"


def _certificate(count: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName(f"n{n}.example") for n in range(count)]
    )
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def _judge(site: bytes) -> object:
    authority = x509.load_der_x509_certificate(site).public_bytes(Encoding.PEM)
    for kept in (certificates.read_certificate, certificates.judge):
        kept.cache_clear()
    return certificates.judge((site,), "museum.example", authority, 1_790_000_000)


def _entries(count: int) -> bytes:
    every = [
        {"serial_number": "1", "name_value": f"n{n}.example"} for n in range(count)
    ]
    return json.dumps(every).encode()


def _table(count: int) -> Explanation:
    return Explanation(
        SAY, None, "", table=Table("", ("",), tuple((n,) for n in range(count)))
    )


def _stamped(count: int) -> list[bytes]:
    """Return the lines of a record with one time-stamp, this many times."""
    lab = Lab("en")
    lab.ask("www.museum.example")
    lab.evidence.stamp()
    log = EvidenceLog()
    for line in (*lab.evidence.lines, *lab.evidence.lines[-1:] * count):
        log.append(line.lab, line.time, line.request, line.outcome)
    return log.encoded()


Kind = tuple[int, Callable[[int], object], Callable[..., object]]
DOMAIN = b"domain: museum.example\nowner: x\n"
SEEN = b'{"rrname":"a%d.test","rrtype":"A","rdata":"192.0.2.1","time_first":1,"time_last":2}\n'
KINDS: dict[str, Kind] = {
    "doubled names in JSON": (20_000, _doubled, rdap.read),
    "contacts of a record": (
        5000,
        lambda count: _record(entities=[{"roles": ["abuse"]}] * count),
        rdap.read,
    ),
    "statuses of a record": (
        20_000,
        lambda count: _record(status=[f"status {n}" for n in range(count)]),
        rdap.read,
    ),
    "words of a notice": (
        20_000,
        lambda count: json.dumps(
            {"errorCode": 400, "title": "if slow down " * count}
        ).encode(),
        rdap.read,
    ),
    "pieces of a body, one octet each": (20_000, _pieces, HttpResponse.from_bytes),
    "names in a certificate": (5000, _certificate, _judge),
    "entries of one certificate in a log": (5000, _entries, logs.read),
    "lines of WHOIS": (
        10_000,
        lambda count: DOMAIN + b"".join(b"key%d: x\n" % n for n in range(count)),
        whois.read,
    ),
    "letters of one line of WHOIS": (
        100_000,
        lambda count: DOMAIN + b"nserver: a." + b"a" * count + b"!\n",
        whois.read,
    ),
    "sightings of names": (
        10_000,
        lambda count: b"".join(SEEN % n for n in range(count)),
        neighbours.read,
    ),
    "letters of a mail's sender": (
        20_000,
        lambda count: b"From: " + b"a@" * (count // 2),
        lambda data: mail.read_head(data).address("From"),
    ),
    "time-stamps of a record": (
        2000,
        _stamped,
        lambda lines: time_stamps.stamps_in(
            lines, context_of(Lab("en")).session.entry.certificate_authority
        ),
    ),
    "rows of a table": (50_000, _table, repr),
}
