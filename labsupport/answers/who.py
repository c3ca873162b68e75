"""All who have a part in a name on one page, and what each could do: an answer of `lab.who`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from labsupport.answers import rdap
from labsupport.answers.page import Page, explained
from labsupport.answers.registration import meaning, nothing_learned, whose
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups import who as lookup
from labsupport.lookups.lookalikes import registered_part
from labsupport.lookups.lookup import Unanswered
from labsupport.lookups.rdap import Domain
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Table

OUT_OF_THE_DNS = (
    "client hold",
    "server hold",
    "redemption period",
    "pending delete",
    "inactive",
)


class WhoPage(Page[lookup.Who]):
    """Who has a part in a name, and what each could technically do."""

    LIMITS = (
        "who.today",
        "who.not_located",
        "who.by_networks",
        "who.not_called_cdn",
        "who.could_act",
    )

    @cached_property
    def registration(self) -> rdap.DomainPage | rdap.NumbersPage | Explanation:
        """What `lab.rdap` says of the name."""
        return rdap.page_of(self.say, self.facts.registration)

    @property
    def cdn(self) -> str:
        """What calls the network at the address a content delivery network, in words, or ""."""
        words = self.facts.cdn
        key = (
            "who.is_alias"
            if words == self.facts.dns.alias
            else "who.words_of_registration"
        )
        if words:
            return self.say(key, text=" ".join(words.split()))
        return ""

    @property
    def sentence(self) -> str:
        say = self.say
        domain = self.facts.domain
        registration = self.facts.registration
        holder = say("who.whom_domain_registered_not", domain=domain)
        if isinstance(registration, Domain):
            holder = whose(domain, registration.records, say)
        return f"{self._leads()} {holder}"

    def _leads(self) -> str:
        say = self.say
        name = self.facts.name
        dns = self.facts.dns
        if dns.addresses:
            hosts = self._named(lookup.Part.CDN, lookup.Part.HOST) or say(
                "who.somebody_not_known"
            )
            where = say("who.network", hosts=hosts)
            if customers := self._named(lookup.Part.CUSTOMER):
                where += "; " + say("who.part_passed_customers", customers=customers)
            addresses = say.listed(dns.addresses)
            return say("who.leads", name=name, addresses=addresses, where=where)
        if dns.kind is Kind.NO_SUCH_NAME:
            text = say("who.name_not_dns_now", name=name)
            removing = (one for one in self.facts.status if one in OUT_OF_THE_DNS)
            if held := say.listed(f"{one} ({meaning(one, say)})" for one in removing):
                text += " " + say("who.registration_says_why_held", held=held)
            return text
        if dns.kind is Kind.NO_SUCH_TYPE:
            return say("who.name_dns_without_address", name=name)
        return say("who.dns_silent", name=name)

    def _named(self, *parts: lookup.Part) -> str:
        names = (actor.who for actor in self.facts.with_part(*parts) if actor.who)
        return self.say.listed(dict.fromkeys(names))

    def remarks(self) -> Iterator[str]:
        """What stands below the sentence: where the name belongs, and what is not known."""
        say = self.say
        facts = self.facts
        if self.cdn:
            yield say("who.cdn", words=self.cdn)
        if facts.name not in (facts.domain, f"www.{facts.domain}"):
            yield say("who.name_below", name=facts.name, domain=facts.domain)
        if isinstance(facts.registration, Domain) and facts.registration.missing:
            yield from self.registration.notes
        yield from filter(None, map(self.problem, facts.actors))
        yield say("who.law_decides")

    def problem(self, actor: lookup.Actor) -> str:
        """Say why something of an actor is not known; "" where nothing is missing."""
        sentences = (explained(self.say, one).sentence for one in actor.problems)
        return " ".join(dict.fromkeys(sentences))

    def detail(self, actor: lookup.Actor) -> str:
        """Say what of theirs it is, or why nobody is named."""
        of = ", ".join(actor.of)
        if actor.told:
            return self.say(actor.told, of=of)
        return of

    def tabulated(self) -> Table | None:
        say = self.say
        facts = self.facts
        words = self.say.table("parts.toml")
        status = next((one for one in words["while"] if one in facts.status), "")
        can = words["can"] | words["while"].get(status, {})
        hits = words["hits"]
        return Table.of(
            say("who.who_could_technically_act", name=facts.name),
            facts.actors,
            (say("who.part"), lambda one: say(f"part.{one.part}")),
            (say("who.who"), self._called),
            (say("who.can_technically"), lambda one: can[one.part]),
            (
                say("who.that_would_hit"),
                lambda one: hits[one.part].format(domain=facts.domain),
            ),
            (say("who.reached_record_says"), self._reached),
        )

    def _called(self, actor: lookup.Actor) -> str:
        who = actor.who or self.say("who.not_known")
        detail = self.detail(actor)
        return f"{who} ({detail})" if detail else who

    def _reached(self, actor: lookup.Actor) -> str:
        if not actor.source:
            return "–"
        key = "through_proxy" if actor.told == "who.behind_proxy" else "no_way"
        return f"{actor.reached or self.say(f'who.{key}')} ({actor.source})"


def who(session: Session, typed: Typed, access: Sequence[str]) -> WhoPage | Explanation:
    """Join what the DNS and the directories say of a name, and who could act on what.

    `access` has an address of each access network to list. Raises NotUnderstood for a name that
    nobody registers.
    """
    answer = lookup.who(session, typed, registered_part(typed.text), access)
    if isinstance(answer, Unanswered):
        page = nothing_learned(session.say, answer)
        page.notes += (session.say("who.no_registration_today"),)
        return page
    return WhoPage(session.say, answer)
