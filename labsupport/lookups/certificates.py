"""`lab.investigate.certificates`: certificates that logs have of a name, names beside it.

Whoever issues a certificate that browsers accept puts it into public logs (RFC 6962, RFC 9162).
A search over such logs answers here in the form of crt.sh, in JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from labsupport.bounds import MOST_CERTIFICATES, MOST_NAMES
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups.lookalikes import registered_part
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered, unanswered
from labsupport.lookups.observatory import get, useless
from labsupport.lookups.session import Session

# A part of an issuer's name, such as: O=Let's Encrypt, CN="R 3, new"
PART = re.compile(r'\b(\w+)=(?:"([^"]*)"|([^,]*))')
NOT_SAID = "certificates.not_said"  # the sentence on what no answer does not say


@dataclass(frozen=True, slots=True)
class LoggedCertificate:
    """A certificate in a log: the names in it, in lower case, and by whom it was issued.

    `issuer` is as the search writes it, `serial` the number that it gave the certificate. `seen` is
    when it was first put into a log, `begins` and `ends` bound its validity: seconds since 1970,
    None where that could not be read.
    """

    names: tuple[str, ...]
    issuer: str = ""
    serial: str = ""
    seen: float | None = None
    begins: float | None = None
    ends: float | None = None

    @property
    def issued_by(self) -> str:
        """The issuer's organisation and its own name, or else all that is written."""
        parts = {
            key: quoted or plain.strip()
            for key, quoted, plain in PART.findall(self.issuer)
        }
        organisation = parts.get("O")
        name = parts.get("CN")
        return ": ".join(filter(None, (organisation, name))) or self.issuer


def read(data: bytes) -> tuple[list[LoggedCertificate], bool] | None:
    """Read crt.sh's answer in JSON: its certificates, the newest first, and whether these are all.

    One certificate stands in the answer for each log entry, and often twice: as it was announced
    (a precertificate) and as it was issued. Of those with the same issuer and serial number the
    one that was seen first counts. None where the bytes are none: a page, an error, nothing.

    >>> read(b'[{"id": 7, "name_value": "a.example\\\\nb.example"}]')[0][0].names
    ('a.example', 'b.example')
    >>> read(b"<html>too many requests</html>") is None
    True
    """
    try:
        items = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list):
        return None
    entries: list[LoggedCertificate] = []
    names = 0
    for item in items[:MOST_CERTIFICATES]:
        if not isinstance(item, dict):
            continue
        certificate = _certificate(item)
        names += len(certificate.names)
        if certificate.names and names <= MOST_NAMES:
            entries.append(certificate)
    if items and not entries:
        return None
    entries.sort(key=_first_seen, reverse=True)
    distinct: dict[object, LoggedCertificate] = {}
    for certificate in entries:
        number = certificate.serial or certificate.names
        distinct[certificate.issuer, number] = certificate
    newest_first = sorted(distinct.values(), key=_first_seen, reverse=True)
    return newest_first, len(entries) == len(items)


def _first_seen(certificate: LoggedCertificate) -> float:
    return certificate.seen or 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Certificates(Lookup):
    """The certificates that a search over logs has of a name.

    `name` is what was asked for; `found`, the certificates, the newest first; `complete` tells
    whether all of the answer was read.
    """

    name: str
    found: tuple[LoggedCertificate, ...]
    complete: bool

    @property
    def others(self) -> tuple[str, ...]:
        """The other names in these certificates, each once; those of other domains first."""
        names: dict[str, None] = {}
        for certificate in self.found:
            names |= dict.fromkeys(certificate.names)
        names.pop(self.name, None)
        return tuple(sorted(names, key=self.has_domain_of))

    def has_domain_of(self, name: str) -> bool:
        """Whether a name is of the same domain as the one that was asked for."""
        return registered_part(name) == registered_part(self.name)


def certificates(session: Session, typed: Typed) -> Certificates | Unanswered:
    """Ask the search over certificate logs for a name.

    Returns Unanswered where none is known, or it gave nothing that can be used.
    """
    name = typed.text.lower()
    base = session.entry.certificate_log
    if not base:
        return unanswered(Kind.NO_SERVER, "certificates.nobody_asked", typed.notes)
    host = urlsplit(base).hostname or ""
    url = f"{base}?q={quote(name, safe='')}&output=json"
    try:
        search = read(get(session, url, NOT_SAID, what=name))
        if search is None:
            raise useless(host, NOT_SAID, what=name)
    except NoAnswer as problem:
        return problem.unanswered(session, typed.notes)
    logged, complete = search
    return Certificates(
        # That a search knows none is no proof that there is none: so that has no badge.
        kind=Kind.FOUND if logged else None,
        provenance=session.provenance(host),
        notes=typed.notes,
        name=name,
        found=tuple(logged),
        complete=complete,
    )


def _certificate(item: dict[str, Any]) -> LoggedCertificate:
    written = f"{_text(item.get('common_name'))}\n{_text(item.get('name_value'))}"
    cleaned = (name.strip().rstrip(".").lower() for name in written.split("\n"))
    names = tuple(dict.fromkeys(filter(None, cleaned)))
    issuer = _text(item.get("issuer_name"))
    serial = _text(item.get("serial_number")).lower()
    times = [
        _time(item.get(field))
        for field in ("entry_timestamp", "not_before", "not_after")
    ]
    return LoggedCertificate(names, issuer, serial, *times)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> float | None:
    """Read a time as crt.sh writes it, which is in UTC and says no zone."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return (
            time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        ).timestamp()
    except (ValueError, OverflowError):
        return None
