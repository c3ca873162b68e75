"""Which network announces an address, asked by DNS: small answers, which resolvers remember.

The form is that of Team Cymru's service (https://www.team-cymru.com/ip-asn-mapping). It tells
which network announces an address, not where a machine stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import dns.name
import dns.rdatatype
import dns.reversename

from labsupport.formats.delegated import LARGEST_AS_NUMBER
from labsupport.inputs.numbers import is_nobodys
from labsupport.lookups.observatory import AsName, read_names
from labsupport.lookups.session import Session

LONGEST_TEXT = 1000  # octets that are read of an answer


@dataclass(frozen=True, slots=True)
class Announced:
    """The network `asn` announces `prefix`, which was registered in `country` (two letters)."""

    asn: int
    prefix: str
    country: str = ""


def read(text: str) -> Announced | None:
    """Read the answer for an address; None where it is none. Of several networks, the first.

    >>> read("64500 64501 | 203.0.113.0/24 | XP | rir-lab | 2006-06-21")
    Announced(asn=64500, prefix='203.0.113.0/24', country='XP')
    """
    fields = [field.strip() for field in text.split("|")]
    numbers = fields[0].split()
    if len(fields) < 3 or not numbers or not _is_number(numbers[0]):
        return None
    try:
        prefix = str(ip_network(fields[1]))
    except ValueError:
        return None
    code = fields[2]
    is_country = len(code) == 2 and code.isascii() and code.isalpha()
    return Announced(int(numbers[0]), prefix, code.upper() if is_country else "")


def read_name(text: str) -> AsName | None:
    """Read the answer for an AS number; None where it is none.

    >>> read_name("64500 | XP | rir-lab | 2006-06-21 | Alojar - Alojar S.A., XP")
    AsName(name='Alojar', holder='Alojar S.A.')
    """
    fields = [field.strip() for field in text.split("|", 4)]
    if len(fields) < 5 or not _is_number(fields[0]):
        return None
    names = read_names(f"{int(fields[0])} {fields[4]}".encode())
    return next(iter(names.values()), None)


def announced(session: Session, address: str) -> Announced | None:
    """Ask which network announces an address; None where nobody says.

    Of several answers the one for the smallest prefix counts: packets go there.
    """
    zone = session.entry.origins
    if not zone:
        return None
    ip = ip_address(address)
    kind = "origin" if ip.version == 4 else "origin6"
    labels = dns.reversename.from_address(address).labels[:-3]
    asked = dns.name.Name(labels).concatenate(dns.name.from_text(f"{kind}.{zone}"))
    answers = filter(None, map(read, _texts(session, asked)))
    return max(
        answers, key=lambda answer: ip_network(answer.prefix).prefixlen, default=None
    )


def as_name(session: Session, asn: int) -> AsName | None:
    """Ask what a network is called; None where nobody says."""
    zone = session.entry.origins
    asked = dns.name.from_text(f"AS{asn}.{zone}")
    names = map(read_name, _texts(session, asked))
    return next(filter(None, names), None)


def _texts(session: Session, name: dns.name.Name) -> Iterator[str]:
    for record in session.records(name, dns.rdatatype.TXT):
        yield b"".join(record.strings)[:LONGEST_TEXT].decode("utf-8", "replace")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:12]) <= LARGEST_AS_NUMBER


class Holders:
    """Remembers whose an address is: each is asked about once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def name(self, session: Session, address: str) -> str:
        """Return what the network is called that announces an address, "" where nobody says."""
        return self._of(session, address)[0]

    def country(self, session: Session, address: str) -> str:
        """Return the country under which an address is registered, by its code or name, or ""."""
        return self._of(session, address)[1]

    def _of(self, session: Session, address: str) -> tuple[str, str]:
        if address not in self._known:
            # what is asked on the way asks nothing again
            self._known[address] = (
                "",
                "",
            )
            if not is_nobodys(address):
                self._known[address] = _asked(session, address)
        return self._known[address]


def _asked(session: Session, address: str) -> tuple[str, str]:
    announcement = announced(session, address)
    if announcement is None:
        return "", ""
    called = as_name(session, announcement.asn)
    name = called.name if called else f"AS{announcement.asn}"
    code = announcement.country
    return name, session.entry.countries.get(code, code)
