"""The head of a mail, read line by line (RFC 5322), and who wrote which of its lines.

Every server that hands a mail on puts a line of its own on top (RFC 5321). So the lines of the
receiver's own servers are the uppermost, and what stands below was there when the mail came:
anybody can have written that.
"""

from __future__ import annotations

import email.errors
import email.header
import email.utils
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from labsupport.bounds import LARGEST_MAIL_HEAD, MOST_MAIL_LINES

# Addresses of one's own machine and of one's own network (RFC 1122, 1918, 3927, 4193, 4291).
WITHIN = tuple(
    ip_network(block)
    for block in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
ADDRESS = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]")
HOST = r"[^\s;()\[\]]+"


class MailHop(NamedTuple):
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


class HeaderLine(NamedTuple):
    """One line of the head: its name as written, its text decoded, and a hop where it is one."""

    name: str
    text: str
    hop: MailHop | None = None


class Head(NamedTuple):
    """The head of a mail: its lines, from the top.

    `own` is how many of them, from the top, the receiver's own servers wrote; `handover` is the
    hop by which the mail came to them, None where no line tells it.
    """

    lines: tuple[HeaderLine, ...]
    own: int
    handover: MailHop | None

    def address(self, name: str) -> str:
        """Return the mail address in the first line of that name, "" where there is none."""
        texts = (line.text for line in self.lines if line.name.lower() == name.lower())
        try:
            _, address = email.utils.parseaddr(next(texts, ""))
        except RecursionError:  # brackets within brackets, hundreds deep
            return ""
        return address.lower()

    @property
    def checks(self) -> dict[str, str]:
        """What the receiver's own server found when it checked the sender (RFC 8601)."""
        results: dict[str, str] = {}
        for line in self.lines[: self.own]:
            if line.name.lower() == "authentication-results":
                for method, result in RESULT.findall(line.text):
                    results.setdefault(method.lower(), result.lower())
        return results


def read_head(data: bytes) -> Head:
    """Read the head of a mail. Never raises: what is no head has no lines.

    >>> head = read_head(b"Received: from a (b [192.0.2.1]) by mx.museum.example; Sat, 31 Oct 2026 "
    ...                  b"12:00:00 +0000\\r\\nFrom: ana@isla.example\\r\\n\\r\\n")
    >>> head.handover.address, head.own, head.address("From")
    ('192.0.2.1', 1, 'ana@isla.example')
    """
    start = data[:LARGEST_MAIL_HEAD].lstrip(b"\r\n")
    every = BytesHeaderParser(policy=compat32).parsebytes(start).items()
    lines = tuple(_line(name, str(value)) for name, value in every[:MOST_MAIL_LINES])
    return Head(lines, *_own(lines))


def _line(name: str, raw: str) -> HeaderLine:
    with suppress(email.errors.HeaderParseError, LookupError, ValueError):
        raw = str(email.header.make_header(email.header.decode_header(raw)))
    text = " ".join(raw.split())
    if name.lower() != "received":
        return HeaderLine(name, text)
    return HeaderLine(name, text, _hop(text))


def _hop(text: str) -> MailHop:
    hosts, _, when = text.rpartition(";")
    before, *after = re.split(r"\bby\s+", hosts or text, maxsplit=1)
    return MailHop(
        _host(rf"^({HOST})", "".join(after)),
        _host(rf"^from\s+({HOST}|\[[^\]]*\])", before),
        _host(rf"\(\s*({HOST})\s*\[", before),
        _address(before),
        _moment(when),
    )


def _host(pattern: str, text: str) -> str:
    host = re.search(pattern, text)
    return host[1].rstrip(".").lower() if host else ""


def _address(text: str) -> str:
    for bracketed in ADDRESS.findall(text):
        try:
            return str(ip_address(bracketed))
        except ValueError:
            continue
    return ""


def _moment(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None


def _own(lines: tuple[HeaderLine, ...]) -> tuple[int, MailHop | None]:
    """Count the lines of the receiver's own servers, and find where the mail came to them.

    Its servers are those with the domain of the uppermost one. They hand a mail on among
    themselves; the lowest such line that took it from outside is the handover.
    """
    count = 0
    own = ""
    for number, line in enumerate(lines, 1):
        hop = line.hop
        if hop is None:
            continue
        domain = _domain_of(hop.by)
        own = own or domain
        if not own or domain != own:
            break
        count = number
        # Over the Internet, and not from within the receiver's own network.
        if hop.address and not any(
            ip_address(hop.address) in block for block in WITHIN
        ):
            return count, hop
    return count, None


def _domain_of(host: str) -> str:
    """The domain that a server's name belongs to: it without its own label."""
    _, _, domain = host.partition(".")
    return domain or host
