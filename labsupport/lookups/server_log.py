"""What a server wrote down of who called it: a site's web server, or a zone's name server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from labsupport.exchange import PORTS, Reply, Request, TlsFailure
from labsupport.exchange.http import HttpRequest, NotHttp
from labsupport.exchange.log import Line
from labsupport.exchange.readable import describe
from labsupport.kinds import Kind, Source
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.session import Session
from labsupport.lookups.visit import Visit


class Written(NamedTuple):
    """One line of a log: when, from which address and port, and what was asked for.

    `asked` is "" where the visit ended at the certificate.
    """

    time: float
    sender: str
    port: int
    asked: str


@dataclass(frozen=True, eq=False, kw_only=True)
class ServerLog(Lookup):
    """What a server wrote down of those who asked it for a `name`.

    `server` is whose log it is, "" where none was called; `own` is the participant's address as
    it is seen there, and `has_own` tells whether it stands in one of the `lines`.
    """

    name: str
    server: str
    lines: tuple[Written, ...]
    own: str
    has_own: bool

    @property
    def certain(self) -> bool:
        """Whether it is the log itself, and not what can stand in it."""
        return self.provenance is not None and self.provenance.source is Source.LAB


def of_questions(
    session: Session, name: str, zone: str, asked: Iterable[tuple[float, Request]]
) -> ServerLog:
    """Return what the name servers of `zone` wrote down of questions for `name`.

    `asked` is all that was asked of them: when (seconds since 1970), and the message.
    """
    lines = []
    for time, request in asked:
        question, _ = describe(request)
        if question.lower().startswith(f"{name} "):
            sender, _ = session.seen_as(request.source, 0)
            lines.append(Written(time, sender, 0, question))
    own = []
    for source in filter(None, (session.entry.source, session.entry.source6)):
        address, _ = session.seen_as(source, 0)
        own.append(address)
    return _log(session, name, zone, lines, own, session.named(own[0]))


def of_visit(session: Session, visit: Visit, evidence: Iterable[Line]) -> ServerLog:
    """Return what the server of a visit's site wrote down, as lines of evidence show it.

    They are of all visits that were made in this copy of the lab. Live it is what the server can
    have written down.
    """
    name = visit.url.host
    copy, _, _ = session.entry.connection.rpartition(", ")
    lines = []
    for line in evidence if visit.address else ():
        copy_of_line, _, _ = line.lab.rpartition(", ")
        if copy_of_line != copy:
            continue
        request = line.request
        if page := _page_asked(line, name):
            port = line.outcome.source_port or request.source_port
            sender, port = session.seen_as(request.source, port)
            if request.protocol == "https" and not visit.trusted:
                page = ""
            lines.append(Written(line.time, sender, port, page))
    own, _ = session.seen_as(session.entry.source_for(visit.address), 0)
    return _log(session, name, visit.machine, lines, [own], own)


def _log(  # noqa: PLR0913 - a value for each part of a log
    session: Session,
    name: str,
    server: str,
    lines: list[Written],
    own: list[str],
    called: str,
) -> ServerLog:
    with_names = [line._replace(sender=session.named(line.sender)) for line in lines]
    return ServerLog(
        kind=Kind.FOUND if lines else None,
        provenance=session.provenance(""),
        name=name,
        server=server,
        lines=tuple(with_names),
        own=called,
        has_own=any(line.sender in own for line in lines),
    )


def _page_asked(line: Line, host: str) -> str:
    """Return the page that a line asked of a site of that name, if it arrived there; else ""."""
    request = line.request
    if request.protocol not in PORTS or not isinstance(
        line.outcome, Reply | TlsFailure
    ):
        return ""
    try:
        asked = HttpRequest.from_bytes(request.payload)
    except NotHttp:
        return ""
    name, _, _ = asked.header("Host").partition(":")
    return asked.target if name.rstrip(".").lower() == host else ""
