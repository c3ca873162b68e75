"""Whose an address or a network is, where nobody is known who has collected announcements.

The DNS tells which network announces it, a registry for whom it is registered. Both are shown,
for they need not be the same.
"""

from __future__ import annotations

from labsupport.lookups import rdap
from labsupport.lookups.numbers import Number
from labsupport.lookups.observatory import AsName
from labsupport.lookups.origin_dns import Announced, announced, as_name
from labsupport.lookups.session import Session
from labsupport.results import Kind, Result, Table

Network = tuple[int, AsName | None]


class Whose(Result):
    """Who announces a number, by DNS, and for whom it is registered, by RDAP.

    Attributes: `asked`, the number; `announced`, None where nobody said; `network`, the AS
    number with what it is called, None where that is not known; `registration`, what RDAP said.
    """

    def __init__(
        self,
        session: Session,
        asked: Number,
        found: Announced | None,
        network: Network | None,
        registration: Result,
    ) -> None:
        self.asked = asked.text
        self.announced = found
        self.network = network
        self.registration = registration
        self._service = session.entry.origins
        kind = Kind.FOUND if found or network else registration.kind
        notes = (*asked.notes, *(note for note in registration.notes if note not in asked.notes))
        super().__init__(session.say, kind, session.provenance(self._service), notes)

    @property
    def sentence(self) -> str:
        return f"{self._announcement()} {self.registration.sentence}"

    def _announcement(self) -> str:
        say = self.say
        if self.announced is not None:
            return say(
                "{what} lies in {prefix}, which {network} announces.",
                what=self.asked,
                prefix=self.announced.prefix,
                network=self._called(),
            )
        if self.network is not None and self.network[1] is not None:
            return say("{what} is {network}.", what=self.asked, network=self.network[1].name)
        return say("Who announces {what} was not found out.", what=self.asked)

    def _called(self) -> str:
        if self.network is None:
            return "–"
        asn, name = self.network
        return f"{name.name} (AS{asn})" if name else f"AS{asn}"

    def tabulated(self) -> Table:
        say = self.say
        rows: list[tuple[object, ...]] = []
        source = say("the DNS, under {zone}", zone=self._service)
        if self.announced is not None:
            rows.append((say("announced prefix"), self.announced.prefix, source))
        if self.network is not None:
            rows.append((say("network"), self._called(), source))
        registered = self.registration.tabulated()
        rows += registered.rows if registered else ()
        return Table(
            say("What is known of {what}", what=self.asked),
            (say("what"), say("answer"), say("who says so")),
            tuple(rows),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("The country code says where the holder registered, not where a machine stands."),
            say("The holder of an address is not the person who used it."),
            say("This is today's state, not that of the day of an offence."),
        )


def whose(session: Session, asked: Number) -> Whose:
    """Ask the DNS who announces an address, a prefix or an AS number, and RDAP who holds it.

    Of a prefix the DNS is asked about its first address.
    """
    resource = asked.resource
    found, network = None, None
    if isinstance(resource, int):
        network = resource, as_name(session, resource)
    else:
        address = str(resource).partition("/")[0]
        found = announced(session, address)
        network = (found.asn, as_name(session, found.asn)) if found else None
    return Whose(session, asked, found, network, rdap.rdap(session, asked))
