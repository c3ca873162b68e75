"""The format of a file of evidence: its lines written, and read.

Line by line: docs/evidence-format.md. The lines are JSON, each ends with its own hash and holds
that of the line before, so that what was changed, taken out, put in or moved breaks the chain
(labsupport.evidence.chain).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

from labsupport import exchange
from labsupport.exchange import Outcome, Request
from labsupport.exchange.log import ORIGINS, Line

FORMAT = "labsupport evidence 2"
FORMAT_1 = "labsupport evidence 1"
FIRST_PREVIOUS = "0" * 64
# What an exchange can have. A file with other numbers in it was not made by asking anybody.
LAST_PORT = 65535
MOST_HOPS = 255
LONGEST = 86400.0  # seconds

OUTCOMES: dict[str, type[Outcome]] = {
    "reply": exchange.Reply,
    "silence": exchange.Silence,
    "reset": exchange.Reset,
    "unreachable": exchange.Unreachable,
    "tls failure": exchange.TlsFailure,
    "unusable": exchange.Unusable,
    "not sent": exchange.NotSent,
}
OUTCOME_NAMES = {kind: name for name, kind in OUTCOMES.items()}

_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
TAIL = len(b',"sha256":""}\n') + 64  # bytes from the hash member to the line's end


def encode(
    number: int, previous: str, kind: str, members: Mapping[str, object]
) -> tuple[bytes, str]:
    """Return a line of the file, and its hash.

    >>> line, digest = encode(1, FIRST_PREVIOUS, "log", {"format": FORMAT})
    >>> line.endswith(digest.encode() + b'"}\\n')
    True
    """
    whole = {"number": number, "previous": previous, "kind": kind, **members}
    body = _ENCODER.encode(whole)[:-1].encode()
    digest = hashlib.sha256(body).hexdigest()
    return b'%s,"sha256":"%s"}\n' % (body, digest.encode()), digest


class EvidenceFile(NamedTuple):
    """What a file of evidence holds.

    `opening` is what its first line says. `lines` are the exchanges, `numbers` those of their
    lines in the file.
    """

    opening: Mapping[str, Any]
    lines: tuple[Line, ...]
    numbers: tuple[int, ...]


def read(content: bytes) -> EvidenceFile:
    """Read the content of a file of evidence; what is no line of one is left out.

    It does not check whether anything was changed: `verify` does.

    >>> read(b"no evidence").lines
    ()
    """
    opening: dict[str, Any] = {}
    exchanges: dict[int, Line] = {}
    for number, raw in enumerate(lines_of(content), 1):
        # RecursionError: brackets within brackets.
        with contextlib.suppress(
            ValueError, TypeError, KeyError, ArithmeticError, RecursionError
        ):
            record = json.loads(raw) if raw.endswith(b"\n") else {"kind": "torn"}
            if record["kind"] == "log" and number == 1:
                opening = record
            elif record["kind"] == "exchange":
                exchanges[number] = _line(record)
    return EvidenceFile(opening, tuple(exchanges.values()), tuple(exchanges))


def _line(record: Mapping[str, Any]) -> Line:
    """Return the exchange that a line tells of; raise what comes when it tells of none."""
    moment = datetime.fromisoformat(record["time"])
    if moment.utcoffset() != timedelta(0) or moment.year == MAXYEAR:
        raise ValueError("a time that is not in UTC, or at the calendar's end")
    origin = str(record.get("origin", ""))
    return Line(
        str(record["lab"]),
        moment.timestamp(),
        _request(record),
        _outcome(record),
        str(record["question"]),
        origin if origin in ORIGINS else "",
    )


def _request(record: Mapping[str, Any]) -> Request:
    server_name = record["server_name"]
    hop_limit = record["hop_limit"]
    return Request(
        source=_address(record["source"]),
        source_port=int(_number(record["source_port"], LAST_PORT)),
        to_address=_address(record["address"]),
        port=int(_number(record["port"], LAST_PORT)),
        protocol=str(record["protocol"]),
        server_name=None if server_name is None else str(server_name),
        payload=_octets(record["request"]),
        hop_limit=None if hop_limit is None else int(_number(hop_limit, MOST_HOPS)),
        timeout=float(_number(record["timeout"], LONGEST)),
    )


def _outcome(record: Mapping[str, Any]) -> Outcome:
    members: dict[str, Any] = {
        "from_address": None if record["from"] is None else _address(record["from"]),
        "elapsed": float(_number(record["elapsed"], LONGEST)),
        "ignored": tuple(map(_octets, record["ignored"])),
        "payload": _octets(record["answer"]),
        "certificates": tuple(map(_octets, record["certificates"])),
        "reason": str(record["reason"]),
    }
    kind = OUTCOMES[record["outcome"]]
    names = members.keys() & {field.name for field in fields(kind)}
    return kind(**{name: members[name] for name in names})


# What a line is, whatever it says: docs/evidence-format.md. verify.html and the commands of the
# report have the same expressions.
_CODE = "u(?:00(?:[0189a-f][0-9a-f]|7f)|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3})"
_TEXT = rf'"[ !#-\[\]-~]*+(?:\\(?:["\\bfnrt]|{_CODE})[ !#-\[\]-~]*+)*+"'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,30})?(?:e-[0-9]{2})?"
_ATOM = f"(?:{_TEXT}|{_NUMBER}|true|false|null)"
_FLAT = rf"\[(?:{_ATOM}(?:,{_ATOM})*+)?\]"
_LIST = rf"\[(?:(?:{_ATOM}|{_FLAT})(?:,(?:{_ATOM}|{_FLAT}))*+)?\]"
_NAME = r'"[a-z0-9_]++"'
_OBJECT = rf"\{{(?:{_NAME}:{_ATOM}(?:,{_NAME}:{_ATOM})*+)?\}}"
_START = r'\{"number":[1-9][0-9]{0,11},"previous":"[0-9a-f]{64}","kind":'
_LINE = (
    rf'{_START}(?:"log"(?:,{_NAME}:(?:{_ATOM}|{_LIST}|{_OBJECT}))*+'
    rf'|"(?:exchange|reading|exhibit)"(?:,{_NAME}:(?:{_ATOM}|{_LIST}))*+)\}}\n'.encode()
)


def record_of(line: bytes) -> dict[str, Any] | None:
    """Return what a line says, None where it is not as the program writes one.

    Then two readers of JSON could read two things in it.
    """
    if not re.fullmatch(_LINE, line):
        return None
    try:
        record: dict[str, Any] = _ONCE.raw_decode(line.decode("ascii"))[0]
    except ValueError:
        return None
    if record["kind"] == "log":  # in which objects may stand
        names = list(record)
        for value in record.values():
            if isinstance(value, dict):
                names += value
        return record if len(set(names)) == len(names) else None
    if record["kind"] == "exchange":
        digest = record.get("answer_sha256")
        if not isinstance(record.get("answer"), str) or not isinstance(digest, str):
            return None
    return record


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise ValueError where two readers could read two of it."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name twice")
    return members


def refused(text: str) -> Any:
    """Raise ValueError for a number in JSON."""
    raise ValueError("no number")


_ONCE = json.JSONDecoder(object_pairs_hook=no_name_twice)
# How a file of evidence begins, in each format.
BEGINNINGS = tuple(
    encode(1, FIRST_PREVIOUS, "log", {"format": version})[0][:-TAIL]
    for version in (FORMAT, FORMAT_1)
)


def digest_of(line: bytes) -> str:
    """Return the hash that a line says it has; anything, where it has none."""
    return line[-67:-3].decode("latin-1")


def lines_of(content: bytes) -> list[bytes]:
    """Return the lines of a file's content; only a line feed ends one."""
    return io.BytesIO(content).readlines()


@lru_cache(64)
def rfc3339(time: float) -> str:
    """Return seconds since 1970 as a time in UTC (RFC 3339).

    >>> rfc3339(1793620800)
    '2026-11-02T12:00:00.000000Z'
    """
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def base64(data: bytes) -> str:
    """Return octets as they stand in a line (RFC 4648 section 4)."""
    return b64encode(data).decode()


def _octets(text: str) -> bytes:
    return b64decode(text, validate=True)


def _address(value: object) -> str:
    """Return an IP address, or "" for none; raise ValueError for what is neither."""
    return str(ip_address(str(value))) if value != "" else ""


def _number(value: object, most: float) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError("no such number")
    return value
