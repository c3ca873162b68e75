"""The one object a notebook holds: a method for each question."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Concatenate, ParamSpec

import dns.rdatatype

from labsupport import doctor
from labsupport.entry import Entry
from labsupport.evidence import Log
from labsupport.language import SOURCE_LANGUAGE, Language, mark
from labsupport.lookups import ask, dnssec, memory, path, trace
from labsupport.lookups.names import NotUnderstood, Typed, read_question
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.network.recorded import RecordedNetwork
from labsupport.results import (
    BADGES,
    Explanation,
    Kind,
    Provenance,
    Result,
    Source,
    Table,
    span,
    utc,
    visible,
)
from labsupport.teaching import mishaps
from labsupport.world import World

P = ParamSpec("P")

# The units of time that a participant may type, in English, Spanish and Portuguese.
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
UNITS |= {"segundo": 1, "minuto": 60, "hora": 3600, "día": 86400, "dia": 86400, "semana": 604800}
LONGEST_WAIT = 366 * 86400


def _answered(
    method: Callable[Concatenate[Lab, P], Result],
) -> Callable[Concatenate[Lab, P], Result]:
    """Turn what cannot be understood into a result that says so: no traceback in a lesson."""

    @functools.wraps(method)
    def wrapper(lab: Lab, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        if not isinstance(lab, Lab):  # Lab.ask("…") with a capital letter
            say = Language.load(SOURCE_LANGUAGE)
            return Explanation(
                say, Kind.NOT_ASKED, say('Write lab with a small letter: lab.ask("…").')
            )
        try:
            return method(lab, *args, **kwargs)
        except NotUnderstood as problem:
            return Explanation(lab.say, Kind.NOT_ASKED, str(problem))

    return wrapper


class Lab:
    """The lab Internet, seen from one connection.

    `language` is a language code; where the course lacks it, English is used and said.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> print(lab.ask("www.museum.example").sentence)
    www.museum.example has the address 198.51.100.10.
    """

    def __init__(self, language: str = SOURCE_LANGUAGE) -> None:
        self._missing_language = ""
        try:
            self.say = Language.load(language)
        except LookupError:
            self.say = Language.load(SOURCE_LANGUAGE)
            self._missing_language = str(language)
        self.evidence = Log()
        self._offline = OfflineNetwork(World.load())
        self._seat = self._offline.world.connections[0]
        self._resolvers = self._seat.resolvers
        mishaps.explain_from_now_on(self.say)

    # Questions

    @_answered
    def ask(self, name: object = "", type: object = "A") -> Result:
        """Ask this connection's resolver for records of `type` at `name`.

        An IP address in the place of the name asks what its holder calls it.
        """
        return self._look_up(ask.ask, name, type)

    @_answered
    def trace(self, name: object = "", type: object = "A") -> Result:
        """Walk from the root to the answer, and keep every question on the way."""
        return self._look_up(trace.trace, name, type)

    @_answered
    def dnssec(self, name: object = "", type: object = "A") -> Result:
        """Check the chain of trust, link by link, and say where it breaks."""
        return self._look_up(dnssec.dnssec, name, type)

    @_answered
    def memory(self, name: object = "", type: object = "A") -> Result:
        """Tell from the answers so far how long the resolver still remembers this one."""
        lines = self.evidence.lines
        return self._look_up(functools.partial(memory.memory, lines), name, type)

    @_answered
    def path(self, name: object = "") -> Result:
        """Follow the way to a name or an address: each router on it, and whose it is.

        >>> Lab("en").path("www.museum.example").networks
        ('Fibra Sur', 'Andarivel', 'Cimiento')
        """
        return self._look_up(path.path, name, "A")

    # The lab itself

    @_answered
    def wait(self, span_of_time: object = "") -> Result:
        """Move the lab's clock forward: "10 minutes", "2 hours", "1 day"."""
        seconds = _seconds(span_of_time, self.say)
        self._offline.clock.advance(seconds)
        now = self._offline.clock.now()
        sentence = self.say(
            "{span} later. In the lab it is now {when}.",
            span=span(self.say, seconds),
            when=utc(now),
        )
        return self._explain(sentence)

    def at(self, where: object) -> Lab:
        """Return the same lab seen from another connection, or through another resolver.

        `where` is a connection's key ("movil-norte"), or a resolver's address. What is
        neither is answered by a sentence, and the lab stays where it was.
        """
        world = self._offline.world
        other = copy.copy(self)
        for connection in world.connections:
            if where == connection.key:
                other._seat, other._resolvers = connection, connection.resolvers
                return other
        for server in world.servers:
            addresses = tuple(a for host in server.hosts for a in host.addresses)
            if server.kind == "resolver" and where in addresses:
                other._resolvers = (str(where),)
                return other
        keys = ", ".join(connection.key for connection in world.connections)
        other._remark = self.say(
            "There is no connection {where} in this lab. There are: {keys}. The lab stays where "
            "it was.",
            where=repr(where),
            keys=keys,
        )
        return other

    def places(self) -> Result:
        """List the connections and resolvers that `at` knows."""
        say = self.say
        rows = tuple(
            (connection.key, connection.name, ", ".join(connection.resolvers))
            for connection in self._offline.world.connections
        )
        table = Table(
            say("Where you can sit"),
            (say('for lab.at("…")'), say("connection"), say("its resolver")),
            rows,
        )
        sentence = say("You are connected through {name}.", name=self._seat.name)
        return self._explain(sentence, table)

    def kinds(self) -> Result:
        """List the badges that stand before an answer, and what they mean."""
        say = self.say
        rows = tuple(
            (f"{sign} {say(word)}", say(MEANINGS_OF_KINDS[kind]))
            for kind, (sign, word) in BADGES.items()
        )
        table = Table(say("The badges"), (say("badge"), say("what it means")), rows)
        sentence = say(
            "Every answer begins with a badge: first which Internet answered, then what kind of "
            "answer it is."
        )
        return self._explain(sentence, table)

    def doctor(self) -> Result:
        """Check that everything the course needs works on this machine."""
        return doctor.examine(self)

    # Teaching

    def question(self, key: object = "") -> object:
        """Show a question of the course, with a reply to each answer."""
        from labsupport.teaching import questions

        return questions.show(self, key)

    def answer(self, key: object = "", choice: object = "") -> Result:
        """Answer a question by its letter, without a form: the reply comes back."""
        from labsupport.teaching import questions

        return questions.answer(self, key, choice)

    def glossary(self, term: object = "") -> Result:
        """Explain a word of the course; without a word, list them all."""
        from labsupport.teaching import glossary

        return glossary.explain(self, term)

    def reference(self, table: object = "") -> Result:
        """Show a table of facts about the real Internet, with source and date."""
        from labsupport.teaching import reference

        return reference.show(self, table)

    def ask_box(self) -> object:
        """Show a form that asks what `ask` asks."""
        from labsupport.teaching import widgets

        return widgets.ask_box(self)

    def walk_box(self, name: object = "www.museum.example") -> object:
        """Show a walk from the root one step at a time: what `trace` tells at once."""
        from labsupport.teaching import widgets

        return widgets.walk_box(self, name)

    def clock_box(self, name: object = "www.museum.example") -> object:
        """Show a form that moves the clock and asks again: what `wait` and `memory` do."""
        from labsupport.teaching import widgets

        return widgets.clock_box(self, name)

    # How a lab shows itself

    @property
    def here(self) -> Result:
        """Where this lab is entered, and what time it is there."""
        notes = tuple(filter(None, (self._language_remark(), self._remark)))
        sentence = self.say(
            "The lab Internet is ready. You are connected through {name}; in the lab it is {when}.",
            name=self._seat.name,
            when=utc(self._offline.clock.now()),
        )
        return self._explain(sentence, notes=notes)

    def __repr__(self) -> str:
        return repr(self.here)

    def _repr_html_(self) -> str:
        return self.here._repr_html_()

    @property
    def now(self) -> float:
        """The lab's time, in seconds since 1970-01-01 00:00 UTC."""
        return self._offline.clock.now()

    # Inside

    _remark = ""

    def _language_remark(self) -> str:
        if not self._missing_language:
            return ""
        return self.say(
            "The course does not speak {language} yet: it speaks English.",
            language=repr(self._missing_language),
        )

    @property
    def _session(self) -> Session:
        network = RecordedNetwork(self._offline, self.evidence, self._seat.key)
        return Session(network, self._entry, self.say, Source.LAB, self._holder, self._country)

    @property
    def _entry(self) -> Entry:
        world = self._offline.world
        source4, source6 = self._seat.sources
        return Entry(
            self._seat.key,
            source4,
            source6 or "",
            self._resolvers,
            world.root_hints,
            world.trust_anchor,
        )

    def _holder(self, address: str) -> str:
        network = self._offline.world.network_of(address)
        return network.name if network else ""

    def _country(self, address: str) -> str:
        network = self._offline.world.network_of(address)
        return network.country if network else ""

    def _look_up(
        self,
        lookup: Callable[[Session, Typed, dns.rdatatype.RdataType], Result],
        name: object,
        type: object,
    ) -> Result:
        """Read the question and hand it to `lookup`, unless the lab cannot know the name.

        That is decided before asking. Raises NotUnderstood when it cannot be read.
        """
        typed, rdtype = read_question(name, type, self.say)
        typed = replace(typed, notes=(*filter(None, [self._remark]), *typed.notes))
        if self._offline.covers(typed.name.to_text()):
            return lookup(self._session, typed, rdtype)
        sentence = self.say(
            "{name} is not part of the lab Internet, so it was not asked. This says nothing "
            "about the real name. Names here end in .example or .test: try "
            '"www.museum.example".',
            name=typed.text,
        )
        return Explanation(self.say, Kind.NOT_COVERED, sentence, typed.notes)

    def _explain(
        self, sentence: str, table: Table | None = None, notes: tuple[str, ...] = ()
    ) -> Explanation:
        """Say something about the lab itself: no answer to a question, so of no kind."""
        provenance = Provenance(Source.LAB, "", self._offline.clock.now())
        return Explanation(self.say, None, sentence, notes, provenance, table)


MEANINGS_OF_KINDS: dict[Kind, str] = {
    Kind.FOUND: mark("There is an answer, and here it is."),
    Kind.NO_SUCH_TYPE: mark("The name exists, but has nothing of the type that was asked."),
    Kind.NO_SUCH_NAME: mark("Whoever answered says that there is no such name."),
    Kind.REFUSED: mark("A server did not want to answer. That is not an absence."),
    Kind.FAILED: mark("Something is broken: signatures do not hold, or a server fails."),
    Kind.NO_SERVER: mark("No server is published that could be asked."),
    Kind.NO_ANSWER: mark("No server answered. That proves little."),
    Kind.NOT_COVERED: mark("This lab cannot know. It says nothing about the real name."),
    Kind.NOT_ASKED: mark("The question could not be understood, so nothing was asked."),
}


def _seconds(text: object, say: Language) -> int:
    """Return the seconds in "10 minutes"; raise NotUnderstood for what is no span of time."""
    found = (
        re.fullmatch(r"\s*(\d{1,9})\s*([a-zí]+?)s?\s*", text.lower())
        if isinstance(text, str)
        else None
    )
    unit = UNITS.get(found.group(2)) if found else None
    if found is None or unit is None:
        raise NotUnderstood(
            say(
                "{what} is no span of time. Write a number and a unit: "
                '"90 seconds", "10 minutes", "2 hours", "1 day".',
                what=visible(repr(text)[:60]),
            )
        )
    seconds = int(found.group(1)) * unit
    if seconds > LONGEST_WAIT:
        raise NotUnderstood(say("The lab's clock moves by at most a year at a time."))
    return seconds
