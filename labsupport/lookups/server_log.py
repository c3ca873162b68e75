"""What a server wrote down of who called it: a site's web server, or a zone's name server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from labsupport.evidence import Line
from labsupport.exchange import Reply, Request, TlsFailure
from labsupport.http import PORTS, HttpRequest, NotHttp
from labsupport.language import Language
from labsupport.lookups.names import NotUnderstood, Typed, read_question
from labsupport.lookups.session import Session
from labsupport.lookups.words import limits, tell
from labsupport.results import Explanation, Kind, Result, Source, Table, quoted, utc

if TYPE_CHECKING:
    from labsupport.lookups.visit import Visit

Asked = Callable[[], Iterable[tuple[float, Request]]]
"""What has been asked of name servers so far: when (seconds since 1970), and the message."""


@dataclass(eq=False, repr=False, kw_only=True)
class ServerLog(Result):
    """What a server wrote down, in `words` and in `lines`; `unproven`: its limits."""

    words: str
    caption: str = ""
    headings: tuple[str, ...] = ()
    lines: tuple[tuple[object, ...], ...] = ()
    unproven: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return self.words

    def tabulated(self) -> Table | None:
        return Table(self.caption, self.headings, self.lines) if self.lines else None

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, *self.unproven)


class Published(Explanation):
    """A record of one's own. Attribute: `name`, under which it can be asked for."""

    def __init__(self, session: Session, typed: Typed, zone: str, address: str, log: Asked) -> None:
        say = session.say
        self.name = typed.text
        self._typed, self._zone, self._session, self._log = typed, zone, session, log
        sentence = tell(say, "log.published", name=typed.text, address=address, zone=zone)
        super().__init__(say, None, sentence, typed.notes, session.provenance(""))

    def log(self) -> ServerLog:
        """Say who has asked the name servers for this name until now."""
        say, session = self.say, self._session

        def named(source: str) -> str:
            return session.named(session.seen_as(source, 0)[0])

        rows = tuple(
            (utc(time), named(request.source), f"{self.name} {rdtype}")
            for time, request in self._log()
            if (rdtype := _type_asked(request.payload, self._typed.name))
        )
        provenance = session.provenance("")
        if not rows:
            sentence = tell(say, "log.nobody_asked", name=self.name)
            return ServerLog(say, None, provenance, words=sentence)
        sentence = say.many(
            "The name servers of {zone} wrote down {count} question for {name}.",
            "The name servers of {zone} wrote down {count} questions for {name}.",
            len(rows),
            zone=self._zone,
            name=self.name,
        )
        own = [named(one) for one in (session.entry.source, session.entry.source6) if one]
        if not any(row[1] in own for row in rows):
            sentence += " " + tell(say, "log.not_there", address=own[0])
        return ServerLog(
            *(say, Kind.FOUND, provenance),
            words=sentence,
            caption=say("What the name servers wrote down"),
            headings=(say("time"), say("from"), say("asked for")),
            lines=rows,
            unproven=("log.resolver", "log.remembered"),
        )


def read_own(name: object, zone: str, say: Language) -> Typed:
    """Return the name in `zone` that begins with a word of a person's choice.

    Raises NotUnderstood where it is no word.
    """
    word = name.strip().lower().removesuffix("." + zone) if isinstance(name, str) else ""
    if not re.fullmatch(r"[\w-]+", word):
        raise NotUnderstood(tell(say, "log.one_word", what=quoted(name)))
    typed, _ = read_question(f"{word}.{zone}", "A", say)
    return typed


def of_visit(visit: Visit, session: Session, lines: Iterable[Line]) -> ServerLog:
    """Return what the server of a visit's site wrote down, as `lines` of evidence show it.

    They are of all visits that were made in this copy of the lab. Live it is what the server can
    have written down.
    """
    say = session.say
    name = visit.url.host
    provenance = session.provenance("")
    if not visit.address:
        return ServerLog(say, None, provenance, words=tell(say, "log.not_called", name=name))
    copy = session.entry.connection.rpartition(", ")[0]
    own, _ = session.seen_as(session.entry.source_for(visit.address), 0)
    rows = []
    for line in lines:
        page = _page_asked(line, name) if line.lab.rpartition(", ")[0] == copy else ""
        if not page:
            continue
        if line.request.protocol == "https" and not visit.trusted:
            page = say("none: the visit ended at the certificate")
        port = line.outcome.source_port or line.request.source_port
        address, seen_port = session.seen_as(line.request.source, port)
        rows.append((utc(line.time), session.named(address), seen_port, page))
    server = session.named(visit.address)
    if not rows:
        return ServerLog(say, None, provenance, words=tell(say, "log.not_arrived", name=name))
    known = session.source is Source.LAB
    if known:
        sentence = say.many(
            "The server at {server} wrote down {count} visit to {name}.",
            "The server at {server} wrote down {count} visits to {name}.",
            len(rows),
            server=server,
            name=name,
        )
        if any(row[1] == session.named(own) for row in rows):
            sentence += " " + tell(say, "log.you", address=own)
    else:
        sentence = tell(say, "log.possible", server=server, name=name)
    return ServerLog(
        *(say, Kind.FOUND, provenance),
        words=sentence,
        caption=say("What the server wrote down"),
        headings=(say("time"), say("from"), say("source port"), say("page asked for")),
        lines=tuple(rows),
        unproven=("log.person", "log.network", *([] if known else ["log.behind_router"])),
    )


def _page_asked(line: Line, host: str) -> str:
    """Return the page that a line asked of a site of that name, if it arrived there; else ""."""
    request = line.request
    if request.protocol not in PORTS or not isinstance(line.outcome, Reply | TlsFailure):
        return ""
    try:
        asked = HttpRequest.from_bytes(request.payload)
    except NotHttp:
        return ""
    same = asked.header("Host").partition(":")[0].rstrip(".").lower() == host
    return asked.target if same else ""


def _type_asked(payload: bytes, name: dns.name.Name) -> str:
    """Return the type of a question for `name`; "" for another question."""
    try:
        question = dns.message.from_wire(payload).question
    except (dns.exception.DNSException, ValueError):
        return ""
    return dns.rdatatype.to_text(question[0].rdtype) if question[0].name == name else ""
