"""Whether a site opens from one connection, as a browser would find out: packet by packet."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

import dns.name
import dns.rdatatype

from labsupport.lookups import web
from labsupport.lookups.session import Session
from labsupport.lookups.web import Url

# What is asked for, and an address of that kind.
FAMILIES = {dns.rdatatype.A: "0.0.0.0", dns.rdatatype.AAAA: "::"}


def addresses_of(
    session: Session, name: str, families: Iterable[dns.rdatatype.RdataType] = FAMILIES
) -> tuple[str, ...]:
    """Ask the connection's resolver for every address of `name`, IPv4 before IPv6."""
    found: list[str] = []
    for rdtype in families:
        response = session.ask_resolver(dns.name.from_text(name), rdtype).response
        for rrset in response.answer if response is not None else ():
            if rrset.rdtype == rdtype:
                found.extend(record.address for record in rrset)
    return tuple(found)


def opens(session: Session, name: str) -> bool:
    """Say whether the site `name` opens over HTTPS from the session's connection.

    Every address of the kinds that the connection has is tried, as browsers do (RFC 8305). What
    comes counts only with a certificate for the name, and not if it is a refusal by order (451,
    RFC 7725).
    """
    url = Url("https", dns.name.from_text(name))
    kinds = [kind for kind, example in FAMILIES.items() if session.entry.source_for(example)]
    return any(
        _answers(web.get(session, url, address)) for address in addresses_of(session, name, kinds)
    )


def _answers(served: web.Served) -> bool:
    refusal = HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS
    return served.response is not None and served.response.status != refusal
