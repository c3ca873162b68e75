"""What a server wrote down of who called it: a site's web server, or a zone's name server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labsupport.exchange import Reply, Request, TlsFailure
from labsupport.exchange.evidence import Line, describe
from labsupport.exchange.http import PORTS, HttpRequest, NotHttp
from labsupport.inputs.names import NotUnderstood, Typed, read_question
from labsupport.kinds import Kind, Source
from labsupport.language import Language, limits, tell
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Result, Table, quoted, utc

if TYPE_CHECKING:
    from labsupport.answers.visit import Visit

Asked = Callable[[], Iterable[tuple[float, Request]]]
"""What has been asked of name servers so far: when (seconds since 1970), and the message."""


@dataclass(eq=False, repr=False, kw_only=True)
class ServerLog(Result):
    """What a server wrote down, in `words` and in `lines`; `unproven`: its limits."""

    words: str
    headings: tuple[str, ...] = ()
    lines: tuple[tuple[object, ...], ...] = ()
    unproven: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return self.words

    def tabulated(self) -> Table | None:
        caption = self.say("What the server wrote down")
        return Table(caption, self.headings, self.lines) if self.lines else None

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, *self.unproven)


class Published(Explanation):
    """A record of one's own. Attribute: `name`, under which it can be asked for."""

    def __init__(self, session: Session, typed: Typed, zone: str, address: str, log: Asked) -> None:
        say = session.say
        self.name = typed.text
        self._zone, self._session, self._log = zone, session, log
        sentence = tell(say, "log.published", name=typed.text, address=address, zone=zone)
        super().__init__(say, None, sentence, typed.notes, session.provenance(""))

    def log(self) -> ServerLog:
        """Say who has asked the name servers for this name until now."""
        say, session = self.say, self._session
        rows = tuple(
            (utc(time), session.named(session.seen_as(request.source, 0)[0]), asked)
            for time, request in self._log()
            if (asked := describe(request)[0]).lower().startswith(f"{self.name} ")
        )
        provenance = session.provenance("")
        if not rows:
            sentence = tell(say, "log.nobody_asked", name=self.name)
            return ServerLog(say, None, provenance, words=sentence)
        sentence = tell(
            say, "server_log.questions", count=len(rows), zone=self._zone, name=self.name
        )
        sources = filter(None, (session.entry.source, session.entry.source6))
        own = [session.named(session.seen_as(one, 0)[0]) for one in sources]
        if not any(row[1] in own for row in rows):
            sentence += " " + tell(say, "log.not_there", address=own[0])
        return ServerLog(
            *(say, Kind.FOUND, provenance),
            words=sentence,
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
    say, name, provenance = session.say, visit.url.host, session.provenance("")
    copy = session.entry.connection.rpartition(", ")[0]
    rows = []
    for line in lines:
        page = _page_asked(line, name) if line.lab.rpartition(", ")[0] == copy else ""
        if page and line.request.protocol == "https" and not visit.trusted:
            page = say("none: the visit ended at the certificate")
        if page:
            port = line.outcome.source_port or line.request.source_port
            address, seen_port = session.seen_as(line.request.source, port)
            rows.append((utc(line.time), session.named(address), seen_port, page))
    if not rows or not visit.address:
        key = "log.not_arrived" if visit.address else "log.not_called"
        return ServerLog(say, None, provenance, words=tell(say, key, name=name))
    server = session.named(visit.address)
    sentence = tell(say, "log.possible", server=server, name=name)
    known = session.source is Source.LAB
    if known:
        sentence = tell(say, "server_log.visits", count=len(rows), server=server, name=name)
        own, _ = session.seen_as(session.entry.source_for(visit.address), 0)
        if any(row[1] == session.named(own) for row in rows):
            sentence += " " + tell(say, "log.you", address=own)
    return ServerLog(
        *(say, Kind.FOUND, provenance),
        words=sentence,
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
