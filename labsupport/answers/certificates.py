"""`lab.certificates`: the certificates that logs have of a name, and the names beside it.

Whoever issues a certificate that browsers accept puts it into public logs (RFC 6962, RFC 9162).
A search over such logs answers here in the form of crt.sh, in JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any
from urllib.parse import quote, urlsplit

import dns.rdatatype

from labsupport.answers.lookalikes import listed, registered_part, shown
from labsupport.answers.page import explained
from labsupport.bounds import MOST_CERTIFICATES, MOST_NAMES
from labsupport.inputs.names import Typed, no_name, read_question
from labsupport.kinds import Kind
from labsupport.language import Language, tell
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.observatory import get, useless
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Result, Table

# A part of an issuer's name, such as: O=Let's Encrypt, CN="R 3, new"
PART = re.compile(r'\b(\w+)=(?:"([^"]*)"|([^,]*))')


@dataclass(frozen=True, slots=True)
class Certificate:
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
        parts = {key: quoted or plain.strip() for key, quoted, plain in PART.findall(self.issuer)}
        return ": ".join(filter(None, map(parts.get, ("O", "CN")))) or self.issuer


def read(data: bytes) -> tuple[list[Certificate], bool] | None:
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
    entries = [_certificate(item) for item in items[:MOST_CERTIFICATES] if isinstance(item, dict)]
    all_names = accumulate(len(one.names) for one in entries)
    read = [one for one, n in zip(entries, all_names, strict=True) if one.names and n <= MOST_NAMES]
    if items and not read:
        return None
    read.sort(key=lambda one: one.seen or 0.0, reverse=True)
    found = {(one.issuer, one.serial or one.names): one for one in read}
    known = sorted(found.values(), key=lambda one: one.seen or 0.0, reverse=True)
    return known, len(read) == len(items)


@dataclass(eq=False, repr=False, kw_only=True)
class Certificates(Result):
    """The certificates that a search over logs has of a name.

    `name` is what was asked for; `found`, the certificates, the newest first.
    """

    name: str
    found: tuple[Certificate, ...]

    @property
    def others(self) -> tuple[str, ...]:
        """The other names in these certificates, each once; those of other domains first."""
        names = dict.fromkeys(n for one in self.found for n in one.names if n != self.name)
        own = registered_part(self.name)
        return tuple(sorted(names, key=lambda name: registered_part(name) == own))

    @property
    def sentence(self) -> str:
        say, own = self.say, registered_part(self.name)
        if not self.found:
            return say("The search knows no certificate for {what}.", what=self.name)
        text = tell(say, "certificates.known", count=len(self.found), what=self.name)
        foreign = [name for name in self.others if registered_part(name) != own]
        same = [name for name in self.others if registered_part(name) == own]
        beside = (
            say("Names of other domains stand beside it: {names}.", names=listed(foreign, say))
            if foreign
            else say("No name of another domain stands beside it.")
        )
        if same:
            beside += " " + say("Of the same domain: {names}.", names=listed(same, say))
        return f"{text} {beside}"

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.found:
            return None
        return Table(
            say("Certificates for {name} in the logs", name=self.name),
            (
                *(say("first seen in a log"), say("names in it"), say("issuer")),
                *(say("valid from"), say("valid until"), say("serial number")),
            ),
            tuple(
                (
                    _day(one.seen),
                    ", ".join(n if shown(n) == n else f"{n} ({shown(n)})" for n in one.names),
                    one.issued_by or "–",
                    _day(one.begins),
                    _day(one.ends),
                    one.serial or "–",
                )
                for one in self.found
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            tell(say, "certificates.no_link_proven"),
            tell(say, "certificates.only_issued"),
            say("A search may lag behind the logs, and a site may do without a certificate."),
        )


def certificates(session: Session, typed: Typed) -> Result:
    """Ask the search over certificate logs for a name."""
    say, name, notes = session.say, typed.text.lower(), typed.notes
    base = session.entry.certificate_log
    if not base:
        sentence = say("No search over certificate logs is known here, so nobody was asked.")
        return Explanation(say, Kind.NO_SERVER, sentence, notes)
    host = urlsplit(base).hostname or ""
    url, nothing = f"{base}?q={quote(name, safe='')}&output=json", "certificates.not_said"
    try:
        search = read(get(session, url, nothing, what=name))
        if search is None:
            raise useless(host, nothing, what=name)
    except NoAnswer as problem:
        return explained(say, problem.unanswered(session, notes))
    found, complete = search
    if not complete:
        more = say("Not all of the answer was read: there may be more certificates than these.")
        notes += (more,)
    # That a search knows none is no proof that there is none: so that has no badge.
    kind = Kind.FOUND if found else None
    return Certificates(say, kind, session.provenance(host), notes, name=name, found=tuple(found))


def read_name(text: object, say: Language) -> Typed:
    """Return the name in `text`; raise NotUnderstood where it is none."""
    typed, rdtype = read_question(text, "A", say)
    if rdtype == dns.rdatatype.PTR:
        raise no_name(typed.text, say)
    return typed


def _certificate(item: dict[str, Any]) -> Certificate:
    fields = (_text(item.get(field)) for field in ("common_name", "name_value"))
    cleaned = (n.strip().rstrip(".").lower() for field in fields for n in field.split("\n"))
    return Certificate(
        tuple(dict.fromkeys(filter(None, cleaned))),
        _text(item.get("issuer_name")),
        _text(item.get("serial_number")).lower(),
        _time(item.get("entry_timestamp")),
        _time(item.get("not_before")),
        _time(item.get("not_after")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> float | None:
    """Read a time as crt.sh writes it, which is in UTC and says no zone."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _day(time: float | None) -> str:
    return "–" if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")
