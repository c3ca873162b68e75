"""What registries and registrars say, as an answer of `lab.rdap`.

Each record stands for itself: they are never merged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labsupport.answers import registration
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number
from labsupport.language import Language
from labsupport.lookups import rdap as lookup
from labsupport.lookups.rdap import Answered, Domain, Numbers
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Table


class DomainPage(registration.RegistrationPage[Domain]):
    """What registry and registrar say of a domain."""

    def __init__(self, say: Language, facts: Domain) -> None:
        super().__init__(say, facts)
        hosts = say.listed(one.host for one in facts.answers)
        self.provenance = facts.provenance and replace(facts.provenance, server=hosts)

    @property
    def rows(self) -> list[registration.FactRow]:
        """The facts, in the words of registry and registrar."""
        return registration.domain_rows(
            (self.facts.registry, self.facts.registrar), self.say
        )

    @property
    def sentence(self) -> str:
        return registration.told_of_domain(self.facts, self.say)

    def remarks(self) -> Iterator[str]:
        say = self.say
        facts = self.facts
        yield from super().remarks()
        if facts.registrar is None and not facts.instead:
            yield say("rdap.registry_record_leads_no")
        if facts.missing:
            yield say("rdap.so_registrar_column_empty")
        keepers = (say("rdap.the_registry"), say("rdap.the_registrar"))
        for keeper, answer in zip(keepers, facts.answers, strict=False):
            yield from registration.misread(keeper, answer.record, say)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("rdap.what_directories_say_name", name=self.facts.name),
            (
                say("rdap.field"),
                say("rdap.registry_says"),
                say("rdap.registrar_says"),
                say("rdap.remark"),
            ),
            tuple((row.label, *row.cells, row.remark) for row in self.rows),
        )


class NumbersPage(registration.RegistrationPage[Numbers]):
    """What a registry says of an address, a prefix or an AS number."""

    @property
    def sentence(self) -> str:
        return registration.told_of_number(
            self.facts.name, self.facts.records, self.say
        )

    def remarks(self) -> Iterator[str]:
        yield from super().remarks()
        yield from registration.misread(
            self.say("rdap.the_registry"), self.facts.registry, self.say
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for number, answer in enumerate(self.facts.answers):
            for row in registration.number_rows(answer.record, say, larger=number > 0):
                rows.append((row.label, row.cells[0], answer.host))
        return Table(
            say("rdap.what_registry_says_what", what=self.facts.name),
            (say("rdap.what"), say("rdap.answer"), say("rdap.who_says_so")),
            tuple(rows),
        )


def rdap(
    session: Session, asked: Typed | Number
) -> DomainPage | NumbersPage | Explanation:
    """Return what the registry, and for names the registrar, say of a name or a number."""
    return page_of(session.say, lookup.rdap(session, asked))


def page_of(
    say: Language, answered: Answered
) -> DomainPage | NumbersPage | Explanation:
    """Return the page of what was found, or what is to be said where nothing was."""
    if isinstance(answered, Domain):
        return DomainPage(say, answered)
    if isinstance(answered, Numbers):
        return NumbersPage(say, answered)
    return registration.nothing_learned(say, answered)
