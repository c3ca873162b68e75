"""`lab.measure`: one way of blocking, executed on one site, looked at from every side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import dns.name
import dns.rdatatype

from labsupport.blocking.dark import dark
from labsupport.blocking.execution import Execution
from labsupport.blocking.order import Order, Target, TargetKind
from labsupport.blocking.targets import same_site
from labsupport.blocking.techniques import PROFILES, Place, Technique
from labsupport.blocking.timeline import Timeline, timeline
from labsupport.blocking.trial import Seat, Trial, addresses_of, opens
from labsupport.dnscore.validation import Security
from labsupport.exchange import Request
from labsupport.language import Language
from labsupport.lookups import dnssec
from labsupport.lookups.names import NotUnderstood, Typed, folded
from labsupport.lookups.neighbours import seen_below
from labsupport.lookups.observatory import NoAnswer
from labsupport.results import (
    Figure,
    Kind,
    Missing,
    Provenance,
    Result,
    Source,
    Table,
    quoted,
)
from labsupport.rules import AddressRule

A = dns.rdatatype.A
MX = dns.rdatatype.MX
SMTP_PORT = 25  # RFC 5321 section 4.5.4.2
LASTS = timedelta(days=2)
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """What a measure comes to once every resolver has forgotten what was before.

    `dark` and `open` are the seats from which the site does not open, and does. `bystanders`
    are other sites that no longer open from at least one of them. `mail` says what becomes of
    mail for the domain, None where it has none. `others` are other names of the domain that
    were seen, `lost` those of them that lead nowhere any more, or elsewhere.
    """

    dark: tuple[str, ...]
    open: tuple[str, ...]
    bystanders: tuple[str, ...]
    mail: bool | None
    others: tuple[str, ...]
    lost: tuple[str, ...]


def read_technique(typed: object, say: Language) -> Technique:
    """Return the way of blocking that was typed; raise NotUnderstood for another.

    >>> read_technique("Registrar-Hold", Language.load("en")).value
    'registrar hold'
    """
    wanted = folded(typed) if isinstance(typed, str) else ""
    for technique in Technique:
        names = (technique, say(PROFILES[technique].name), *_words(technique, say)["also"])
        if wanted in map(folded, names):
            return technique
    raise NotUnderstood(
        say(
            "{what} is no way of blocking that the lab knows. There are: {all}.",
            what=quoted(typed),
            all=", ".join(f'"{technique}"' for technique in Technique),
        )
    )


def _words(technique: Technique, say: Language) -> Mapping[str, Any]:
    """What is said of a technique: how it is evaded, and undone."""
    words: Mapping[str, Any] = say.table("techniques.toml")[technique]
    return words


def order_for(technique: Technique, name: str, lasts: timedelta | None = None) -> Order:
    """Return an order that blocks `name` in one way, and says nothing else."""
    return Order((Target(name, TargetKind.NAME),), technique, lasts=lasts)


class Undisturbed:
    """A site without an order: `trial`, in which it has been visited from every seat."""

    def __init__(self, trial: Trial, site: str) -> None:
        self.trial = trial.apart()
        self.site = site
        self.opened = [seat for seat in trial.seats if opens(self.trial.session(seat), site)]
        self.domain = trial.world.domain_of(site)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """Names of the domain that an observatory has seen, besides the site's own."""
        try:
            seen = seen_below(self.trial.session(self.trial.seats[0]), self.domain)
        except NoAnswer:
            return ()
        return tuple(
            dict.fromkeys(one.name for one in seen if one.name not in (self.site, self.domain))
        )

    def under(self, execution: Execution) -> Trial:
        """Return the lab under an order, once every resolver has forgotten the site's domain."""
        return self.trial.under(execution).forgetting(self.site)

    def effect(self, execution: Execution, after: Trial) -> Effect:
        """Return what an order without an end comes to; `after` is the lab under it."""
        trial = before = self.trial
        seats = {seat.name: opens(after.session(seat), self.site) for seat in self.opened}
        hit = {
            name
            for seat in trial.seats
            for name in dark(trial.world, execution, seat.network, seat.entry.resolvers)
        }
        hit.difference_update(same_site(self.site))
        bystanders = tuple(site.name for site in trial.world.sites if site.name in hit)
        hit_seat = next((s for s in self.opened if not seats[s.name]), trial.seats[0])
        old, new = before.session(hit_seat), after.session(hit_seat)
        return Effect(
            tuple(name for name, is_open in seats.items() if not is_open),
            tuple(name for name, is_open in seats.items() if is_open),
            bystanders,
            _mail(after, hit_seat, self.domain, execution)
            if _mail(before, hit_seat, self.domain, Execution())
            else None,
            self.others,
            tuple(one for one in self.others if addresses_of(old, one) != addresses_of(new, one)),
        )


def _mail(trial: Trial, seat: Seat, domain: str, execution: Execution) -> bool:
    """Whether a mail server of a domain is named to a seat, and its network lets mail pass."""
    session = trial.session(seat)
    blocks = [
        rule
        for rule in execution.rules
        if isinstance(rule, AddressRule) and rule.asn == seat.network
    ]
    response = session.ask_resolver(dns.name.from_text(domain), MX).response
    for rrset in response.answer if response is not None else ():
        for record in rrset if rrset.rdtype == MX else ():
            for address in addresses_of(session, record.exchange.to_text()):
                letter = Request("", 0, address, SMTP_PORT, "tcp", None, b"")
                if not any(rule.meets(letter) for rule in blocks):
                    return True
    return False


@dataclass(eq=False, repr=False, kw_only=True)
class Measure(Result):
    """One way of blocking, executed on one site.

    Attributes: `technique`, `site`, `executors`, `effect`, `timeline`; `signed`, whether the name
    was before, and what somebody who checks signatures finds after (`checked`, a kind of answer);
    `unchanged` says whether the name leads to the same addresses as before.
    """

    technique: Technique
    site: str
    executors: str
    effect: Effect
    timeline: Timeline
    signed: bool
    checked: Kind | None
    unchanged: bool

    @property
    def sentence(self) -> str:
        say = self.say
        how = say(PROFILES[self.technique].name)
        if not self.effect.dark:
            return say("{site}, {how}: nothing goes dark.", site=self.site, how=how)
        everywhere = PROFILES[self.technique].everywhere and not self.effect.open
        reach = (
            say("for everybody")
            if everywhere
            else say("for customers of {seats}", seats=", ".join(self.effect.dark))
        )
        return say(
            "{site}, {how}: the site goes dark {reach}; other sites of the lab that go with it: "
            "{count}.",
            site=self.site,
            how=how,
            reach=reach,
            count=len(self.effect.bystanders),
        )

    def tabulated(self) -> Table:
        say = self.say
        dark_for = ", ".join(self.effect.dark) or say("nobody")
        open_for = ", ".join(self.effect.open) or say("nobody")
        ever = bool(self.timeline.dark)
        after = self.timeline.when() if ever else say("never")
        undone = _words(self.technique, say)["undone"]
        if ever:
            back = self.timeline.when(back=True)
            undone = say("{how}; open again: {when}", how=undone, when=back)
        rows = (
            (say("Who carries it out?"), self.executors or say("nobody can")),
            (
                say("Does the site disappear, and for whom?"),
                say("dark for: {dark}; open for: {open}", dark=dark_for, open=open_for),
            ),
            (say("After how long?"), after),
            (say("Who else is hit?"), self._who_else()),
            (say("Mail and other names of the domain?"), self._mail_and_names()),
            (say("What do those notice who check signatures (DNSSEC)?"), self._signatures()),
            (say("How is it evaded?"), _words(self.technique, say)["evaded"]),
            (say("How is it undone?"), undone),
        )
        return Table(say("Looked at from every side"), (say("question"), say("answer")), rows)

    def figure(self) -> Figure | Missing:
        return self.timeline.figure()

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "Others are counted over the sites of the lab. How many share a name, a host or an "
                "address in the real world is not in the DNS."
            ),
            say("Executors act at once here, and to the letter. Real ones take hours or days."),
        )

    def _who_else(self) -> str:
        names = self.effect.bystanders
        if not names:
            return self.say("no other site of the lab")
        named = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        return self.say("other sites of the lab: {count} ({names})", count=len(names), names=named)

    def _mail_and_names(self) -> str:
        say, effect = self.say, self.effect
        mail = _mail_word(self.technique, effect, say)
        if not effect.others:
            return say("mail: {mail}; no other name was seen", mail=mail)
        return say(
            "mail: {mail}; other names seen: {all}; now leading nowhere, or elsewhere: {count}",
            mail=mail,
            all=len(effect.others),
            count=len(effect.lost),
        )

    def _signatures(self) -> str:
        say = self.say
        if self.unchanged:
            return say("nothing: the DNS answers as before")
        if self.checked is Kind.FAILED:
            return say("a failure, and no notice page: the false answer has no proof")
        if not self.signed:
            return say("nothing: the name is not signed")
        if self.checked is Kind.FOUND:
            return say(
                "the domain is signed no longer: the registry removed its key. Had it been left, "
                "they would see a failure"
            )
        if self.checked is Kind.NO_SUCH_NAME:
            return say("nothing wrong: that the name is gone is signed by the registry")
        return say("nothing can be checked: the name servers are not reached")


@dataclass(eq=False, repr=False, kw_only=True)
class Comparison(Result):
    """Every way of blocking one site, side by side.

    Attributes: `site`; `seats`, how many look; `effects`, what each comes to, those that hit
    fewest others first.
    """

    site: str
    seats: int
    effects: tuple[tuple[Technique, Effect], ...]

    @property
    def sentence(self) -> str:
        say = self.say
        working = [effect for _, effect in self.effects if effect.dark]
        if not working:
            return say("None of these ways makes {site} disappear.", site=self.site)
        fewest = min(len(effect.bystanders) for effect in working)
        most = max(len(effect.bystanders) for effect in working)
        return say.many(
            "{count} of these {all} ways makes {site} disappear for somebody. Besides it, "
            "between {fewest} and {most} other sites of the lab go dark.",
            "{count} of these {all} ways make {site} disappear for somebody. Besides it, "
            "between {fewest} and {most} other sites of the lab go dark.",
            len(working),
            all=len(self.effects),
            site=self.site,
            fewest=fewest,
            most=most,
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple(
            (
                say(PROFILES[technique].name),
                say(PROFILES[technique].place),
                say("{count} of {all} seats", count=len(effect.dark), all=self.seats)
                if effect.dark
                else say("nobody"),
                len(effect.bystanders),
                _mail_word(technique, effect, say),
                _words(technique, say)["evaded"],
            )
            for technique, effect in self.effects
        )
        columns = (
            say("way"),
            say("where"),
            say("dark for"),
            say("other sites hit"),
            say("mail"),
            say("evaded when"),
        )
        caption = say("Ways of blocking {site}, fewest bystanders first", site=self.site)
        return Table(caption, columns, rows)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        told = [
            say(
                "Fewest bystanders in this model is not best: a way may be out of reach, too "
                "slow, too easily evaded, or not allowed. Weighing that is not for this table."
            ),
            say("Bystanders are counted over the sites of the lab, once caches have run out."),
        ]
        if left_out := len(Technique) - len(self.effects):
            told.append(say("Ways left out, as not marked as available: {count}.", count=left_out))
        return tuple(told)


def measure(trial: Trial, technique: Technique, site: str) -> Measure:
    """Execute one way of blocking on `site` in copies of the lab, and look from every side."""
    site = trial.opening(site)
    free = Undisturbed(trial, site)
    over_time = timeline(free.trial, order_for(technique, site, LASTS), site, site)
    execution = trial.execution(order_for(technique, site))
    after = free.under(execution)
    effect = free.effect(execution, after)
    hit = next((seat for seat in trial.seats if seat.name in effect.dark), trial.seats[0])
    same = addresses_of(free.trial.session(hit), site) == addresses_of(after.session(hit), site)
    checked = dnssec.dnssec(after.session(hit), *_typed(site)).kind
    signed = dnssec.dnssec(free.trial.session(trial.seats[0]), *_typed(site)).security
    return Measure(
        trial.say,
        None,
        Provenance(Source.LAB, "", trial.now),
        execution.told,
        technique=technique,
        site=site,
        executors=_executors(trial, technique, site, execution),
        effect=effect,
        timeline=over_time,
        signed=signed is Security.SECURE,
        checked=checked,
        unchanged=same,
    )


def compare(
    trial: Trial, site: str, techniques: Sequence[Technique] = tuple(Technique)
) -> Comparison:
    """Execute each of `techniques` on `site`, and put the effects side by side."""
    site = trial.opening(site)
    free = Undisturbed(trial, site)
    effects = []
    for technique in techniques:
        execution = trial.execution(order_for(technique, site))
        effects.append((technique, free.effect(execution, free.under(execution))))
    effects.sort(key=_fewest_bystanders)
    provenance = Provenance(Source.LAB, "", trial.now)
    seats = len(trial.seats)
    return Comparison(trial.say, None, provenance, site=site, seats=seats, effects=tuple(effects))


def _fewest_bystanders(item: tuple[Technique, Effect]) -> tuple[bool, int, int]:
    technique, effect = item
    return not effect.dark, len(effect.bystanders), list(Technique).index(technique)


def _mail_word(technique: Technique, effect: Effect, say: Language) -> str:
    if effect.mail is None:
        return say("none")
    if effect.mail:
        return say("goes on")
    everywhere = PROFILES[technique].everywhere
    return say("stops") if everywhere else say("stops for these customers")


def _typed(site: str) -> tuple[Typed, dns.rdatatype.RdataType]:
    return Typed(dns.name.from_text(site), site), A


def _executors(trial: Trial, technique: Technique, site: str, execution: Execution) -> str:
    """The names of those who carry it out."""
    world = trial.world
    if not execution.rules and not execution.changes:
        return ""
    domain = world.domain_of(site)
    registration = next((item for item in world.registrations if item.name == domain), None)
    place = PROFILES[technique].place
    if place is Place.REGISTRAR and registration:
        return registration.registrar
    if place is Place.REGISTRY and registration:
        return registration.registry
    if place in (Place.HOST, Place.CDN):
        session = trial.session(trial.seats[0])
        held = (trial.holder(address) for address in addresses_of(session, site))
        return ", ".join(dict.fromkeys(filter(None, held)))
    if place is Place.AUTHOR:
        return trial.say("whoever has the page in hand; no directory tells who that is")
    numbers = {rule.asn for rule in execution.rules}
    return ", ".join(network.name for network in world.networks if network.asn in numbers)
