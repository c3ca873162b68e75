"""Whose an address or a network is, where nobody is known who has collected announcements.

The DNS tells which network announces it, a registry for whom it is registered. Both are shown,
for they need not be the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from labsupport.lookups import rdap
from labsupport.lookups.numbers import Number
from labsupport.lookups.observatory import AsName
from labsupport.lookups.origin_dns import Announced, announced, as_name
from labsupport.lookups.registration import limits_of_numbers
from labsupport.lookups.session import Session
from labsupport.results import Kind, Result, Table

Network = tuple[int, AsName | None]


@dataclass(eq=False, repr=False, kw_only=True)
class Whose(Result):
    """Who announces a number, by DNS, and for whom it is registered, by RDAP.

    `asked` is the number; `announced` is None where nobody said; `network`, the AS number with
    what it is called, None where that is not known; `registration` is what RDAP said, `service`
    the zone of the DNS that was asked.
    """

    asked: str
    announced: Announced | None
    network: Network | None
    registration: Result
    service: str

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
        source = say("the DNS, under {zone}", zone=self.service)
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
        return limits_of_numbers(self.say)


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
    registration = rdap.rdap(session, asked)
    service = session.entry.origins
    return Whose(
        session.say,
        Kind.FOUND if found or network else registration.kind,
        session.provenance(service),
        tuple(dict.fromkeys((*asked.notes, *registration.notes))),
        asked=asked.text,
        announced=found,
        network=network,
        registration=registration,
        service=service,
    )
