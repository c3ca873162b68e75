"""Who else was seen at the address of a site, as an answer of `lab.investigate.neighbours`."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from labsupport.answers.ask import AnswerPage, NoAddress
from labsupport.answers.dark_sites import Seen, Window, dark_sites
from labsupport.answers.lookalikes import listed
from labsupport.answers.page import Page, explained
from labsupport.answers.site_kinds import named_first, word
from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.inputs.numbers import Number
from labsupport.lookups import neighbours as lookup
from labsupport.lookups.ask import Answer
from labsupport.lookups.lookup import Unanswered
from labsupport.lookups.session import Session
from labsupport.picture import Picture
from labsupport.results import Explanation, Table, span, utc

MOST_KINDS = 5  # in a sentence


class NeighboursPage(Page[lookup.Neighbours]):
    """The sites that were seen at the addresses of a name, or at an address."""

    LIMITS = (
        "neighbours.no_list",
        "neighbours.once",
        "neighbours.then",
        "neighbours.share",
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the other sites, or all others where the observatory knows no site."""
        return self.facts.names

    @property
    def _where(self) -> str:
        return self.say.listed(self.facts.subject.addresses)

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        where = self._where
        if facts.kind is None:
            return say("neighbours.observatory_seen_no_name", where=where)
        if not facts.names:
            return say("neighbours.alone", name=facts.subject.name, where=where)
        key = (
            "neighbours.shares_with_sites"
            if facts.sites
            else "neighbours.shares_with_names"
        )
        if facts.subject.addresses == (facts.subject.name,):
            key = "neighbours.seen_at_address"
        counted = say(key, count=len(facts.names), name=facts.subject.name, where=where)
        return " ".join(filter(None, (counted, self._named(), self._can_move())))

    def _named(self) -> str:
        say = self.say
        facts = self.facts
        kinds = self.facts.kinds
        if not facts.sites:
            return say("neighbours.seen_there_names", names=listed(facts.names, say))
        named = [
            (kinds[kind][0], word(kind, say))
            for kind in named_first(kinds)[:MOST_KINDS]
        ]
        sites = [f"{one.title or one.name} ({kind})" for one, kind in named]
        return say("neighbours.among_them_sites", sites=say.listed(sites))

    def _can_move(self) -> str:
        """What a content delivery network can do; "" for the addresses of anybody else."""
        say = self.say
        if not self.facts.cdn:
            return ""
        text = say("neighbours.cdn")
        if (ttl := self.facts.subject.ttl) is not None:
            text += " " + say("neighbours.forgets", span=span(say, ttl))
        return text

    def _picture(self) -> Picture | None:
        """The sites at the address, and what a block of it comes to for a network's customers."""
        say = self.say
        sites = self.facts.sites
        where = self._where
        own = self.facts.subject.name
        if not sites:
            return None
        shown = [
            Window(one.name, one.title or one.name, one.kind, where) for one in sites
        ]
        if own not in self.facts.subject.addresses:
            shown.insert(0, Window(own, own, "", where))
        words = say("neighbours.blocked", count=len(shown), where=where)
        blocked = Seen(
            say("neighbours.if_address_blocked"), words, [one.name for one in shown]
        )
        aimed = say("neighbours.the_site_asked_about")
        first = say("neighbours.as_it_is_now")
        return dark_sites(shown, [own], [blocked], say, aimed=aimed, first=first)

    def tabulated(self) -> Table | None:
        say = self.say
        facts = self.facts
        where = self._where
        if facts.sites:
            return Table.of(
                say("neighbours.sites_seen_where_kind", where=where),
                facts.kinds.values(),
                (say("neighbours.kind"), lambda sites: word(sites[0].kind, say)),
                (say("neighbours.how_many"), len),
                (say("neighbours.for_example"), lambda sites: _titled(sites[0])),
            )
        return Table.of(
            say("neighbours.names_seen_at_where", where=where),
            facts.others,
            (say("neighbours.name"), lambda one: one.name),
            (say("neighbours.first_seen"), lambda one: utc(one.first)[:10]),
            (say("neighbours.last_seen"), lambda one: utc(one.last)[:10]),
        )


def _titled(site: lookup.SeenName) -> str:
    return f"{site.title} ({site.name})" if site.title else site.name


def neighbours(session: Session, asked: Typed | Number) -> NeighboursPage | Explanation:
    """Say which other sites were seen at the addresses of a name, or at an address.

    Raises NotUnderstood for other numbers: a block of addresses, an AS number.
    """
    say = session.say
    if isinstance(asked, Number) and not isinstance(
        asked.resource, IPv4Address | IPv6Address
    ):
        raise NotUnderstood(say("neighbours.no_single_address", what=asked.text))
    subject = lookup.subject_of(session, asked)
    if isinstance(subject, Answer):
        return NoAddress(say, subject)
    if isinstance(subject, Unanswered):
        return explained(say, subject)
    page = NeighboursPage.of(say, lookup.neighbours(session, subject))
    for answer in subject.unknown:
        why = AnswerPage(say, answer).sentence
        page.notes += (say("neighbours.others_unknown", why=why),)
    return page
