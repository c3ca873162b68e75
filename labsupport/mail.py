"""What the head of a mail says, line by line, and who wrote each line (RFC 5321, RFC 5322).

Every server that hands a mail on puts a line of its own on top. So the lines of the receiver's own
servers are the uppermost, and what stands below was there when the mail came: anybody can have
written that.
"""

from __future__ import annotations

import email.errors
import email.header
import email.utils
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from ipaddress import ip_address, ip_network

from labsupport.bounds import LARGEST_MAIL_HEAD, MOST_MAIL_LINES

# Addresses of one's own machine and of one's own network (RFC 1122, 1918, 3927, 4193, 4291).
WITHIN = tuple(
    ip_network(block)
    for block in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
RESULT = re.compile(r"\b(spf|dkim|dmarc|arc)\s*=\s*([a-z]+)", re.IGNORECASE)
ADDRESS = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]")
HOST = r"[^\s;()\[\]]+"


@dataclass(frozen=True, slots=True)
class Hop:
    """One handing over, as a "Received" line tells it (RFC 5321 section 4.4).

    `by` is who took the mail, `claimed` how the sender called itself, `address` from where it
    came, as `by` saw it, and `name` what `by` found for that address. What is not told is "", and
    `when` None.
    """

    by: str
    claimed: str
    name: str
    address: str
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the head: its name as written, its text decoded, and a hop where it is one."""

    name: str
    text: str
    hop: Hop | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a mail: its lines, from the top.

    `own` is how many of them, from the top, the receiver's own servers wrote; `handover` is the
    hop by which the mail came to them, None where no line tells it. `whole` is False where the
    head goes on beyond what is read.
    """

    lines: tuple[Line, ...]
    own: int
    handover: Hop | None
    whole: bool = True

    def address(self, name: str) -> str:
        """Return the mail address in the first line of that name, "" where there is none."""
        found = (line.text for line in self.lines if line.name.lower() == name.lower())
        try:
            return email.utils.parseaddr(next(found, ""))[1].lower()
        except RecursionError:  # brackets within brackets, hundreds deep
            return ""

    @property
    def checks(self) -> dict[str, str]:
        """What the receiver's own server found when it checked the sender (RFC 8601)."""
        found: dict[str, str] = {}
        for line in self.lines[: self.own]:
            if line.name.lower() == "authentication-results":
                for method, result in RESULT.findall(line.text):
                    found.setdefault(method.lower(), result.lower())
        return found


def read(data: bytes) -> Head:
    """Read the head of a mail. Never raises: what is no head has no lines.

    >>> head = read(b"Received: from a (b [192.0.2.1]) by mx.museum.example; Sat, 31 Oct 2026 "
    ...             b"12:00:00 +0000\\r\\nFrom: ana@isla.example\\r\\n\\r\\n")
    >>> head.handover.address, head.own, head.address("From")
    ('192.0.2.1', 1, 'ana@isla.example')
    """
    start = data[:LARGEST_MAIL_HEAD].lstrip(b"\r\n")
    every = BytesHeaderParser(policy=compat32).parsebytes(start).items()
    lines = tuple(_line(name, str(value)) for name, value in every[:MOST_MAIL_LINES])
    ends = len(data) <= LARGEST_MAIL_HEAD or re.search(rb"\n\r?\n", start) is not None
    return Head(lines, *_own(lines), whole=ends and len(every) <= MOST_MAIL_LINES)


def domain(address: str) -> str:
    """Return what stands behind the @ of a mail address.

    >>> domain("ana@isla.example")
    'isla.example'
    """
    return address.rpartition("@")[2].rstrip(".").lower()


def _line(name: str, raw: str) -> Line:
    text = " ".join(_decoded(raw).split())
    return Line(name, text, _hop(text) if name.lower() == "received" else None)


def _decoded(raw: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (email.errors.HeaderParseError, LookupError, ValueError):
        return raw


def _hop(text: str) -> Hop:
    told, _, when = text.rpartition(";")
    told = told or text
    by = re.search(rf"\bby\s+({HOST})", told)
    claimed = re.search(rf"^from\s+({HOST}|\[[^\]]*\])", told)
    before = told[: by.start()] if by else told
    name = re.search(rf"\(\s*({HOST})\s*\[", before)
    return Hop(
        by.group(1).rstrip(".").lower() if by else "",
        claimed.group(1).rstrip(".").lower() if claimed else "",
        name.group(1).rstrip(".").lower() if name else "",
        _address(before),
        _moment(when),
    )


def _address(text: str) -> str:
    for found in ADDRESS.findall(text):
        try:
            return str(ip_address(found))
        except ValueError:
            continue
    return ""


def _moment(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text.strip())
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None


def _own(lines: tuple[Line, ...]) -> tuple[int, Hop | None]:
    """Count the lines of the receiver's own servers, and find where the mail came to them.

    Its servers are those with the domain of the uppermost one. They hand a mail on among
    themselves; the lowest such line that took it from outside is the handover.
    """
    hops = [(number, line.hop) for number, line in enumerate(lines, 1) if line.hop]
    if not hops or not hops[0][1].by:
        return 0, None
    own = _of(hops[0][1].by)
    count, handover = 0, None
    for number, hop in hops:
        if _of(hop.by) != own:
            break
        count = number
        if _is_outside(hop):
            handover = hop
            break
    return count, handover


def _of(host: str) -> str:
    """The domain that a server's name belongs to: it without its own label."""
    return host.partition(".")[2] or host


def _is_outside(hop: Hop) -> bool:
    """Whether a mail came over the Internet, and not from within the receiver's own network."""
    if not hop.address:
        return False
    address = ip_address(hop.address)
    return not any(address in block for block in WITHIN if block.version == address.version)
