"""What a server wrote down, as the answer of `.log()` to a visit or to a record of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from labsupport.answers.page import Page
from labsupport.exchange import Request
from labsupport.inputs.names import Typed
from labsupport.language import limits
from labsupport.lookups import server_log as lookup
from labsupport.lookups.session import Session
from labsupport.results import Statement, Table, utc

Asked = Callable[[], Iterable[tuple[float, Request]]]
"""What has been asked of name servers so far: when (seconds since 1970), and the message."""


class QuestionsLog(Page[lookup.ServerLog]):
    """What name servers wrote down of the questions for a name."""

    @property
    def lines(self) -> tuple[lookup.Written, ...]:
        """What the server wrote down."""
        return self.facts.lines

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        if not facts.lines:
            return say("log.nobody_asked", name=facts.name)
        values = {"zone": facts.server, "name": facts.name}
        counted = say("server_log.questions", count=len(facts.lines), **values)
        return (
            counted
            if facts.has_own
            else f"{counted} {say('log.not_there', address=facts.own)}"
        )

    def tabulated(self) -> Table | None:
        say = self.say
        lines = self.facts.lines
        headings = (
            say("server_log.time"),
            say("server_log.from"),
            say("server_log.asked_for"),
        )
        rows = tuple((utc(line.time), line.sender, line.asked) for line in lines)
        if rows:
            return Table(say("server_log.what_server_wrote_down"), headings, rows)
        return None

    @property
    def limits(self) -> tuple[str, ...]:
        keys = ("log.resolver", "log.remembered") if self.facts.lines else ()
        return limits(self.say, *keys)


class VisitsLog(Page[lookup.ServerLog]):
    """What a site's server wrote down of visits."""

    @property
    def lines(self) -> tuple[lookup.Written, ...]:
        """What the server wrote down."""
        return self.facts.lines

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        count = len(self.facts.lines)
        if not count:
            key = "log.not_arrived" if facts.server else "log.not_called"
            return say(key, name=facts.name)
        key = "server_log.visits" if facts.certain else "log.possible"
        counted = say(key, count=count, server=facts.server, name=facts.name)
        is_told = facts.certain and facts.has_own
        return f"{counted} {say('log.you', address=facts.own)}" if is_told else counted

    def tabulated(self) -> Table | None:
        say = self.say
        lines = self.facts.lines
        headings = (
            say("server_log.time"),
            say("server_log.from"),
            say("server_log.source_port"),
            say("server_log.page_asked_for"),
        )
        none = say("server_log.none_visit_ended_certificate")
        rows = tuple(
            (utc(one.time), one.sender, one.port, one.asked or none) for one in lines
        )
        if rows:
            return Table(say("server_log.what_server_wrote_down"), headings, rows)
        return None

    @property
    def limits(self) -> tuple[str, ...]:
        behind = [] if self.facts.certain else ["log.behind_router"]
        keys = ["log.person", "log.network", *behind] if self.facts.lines else []
        return limits(self.say, *keys)


class Published(Statement):
    """A record of one's own. Attribute: `name`, under which it can be asked for."""

    def __init__(
        self, session: Session, typed: Typed, zone: str, address: str, log: Asked
    ) -> None:
        say = session.say
        self.name = typed.text
        self._zone = zone
        self._session = session
        self._log = log
        sentence = say("log.published", name=typed.text, address=address, zone=zone)
        super().__init__(say, None, sentence, typed.notes, session.provenance(""))

    def log(self) -> QuestionsLog:
        """Say who has asked the name servers for this name until now."""
        facts = lookup.of_questions(self._session, self.name, self._zone, self._log())
        return QuestionsLog(self.say, facts)
