"""`lab.measure`: one way of blocking, executed on one site, looked at from every side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import dns.name
import dns.rdatatype

from labsupport.blocking.dark import dark
from labsupport.blocking.execution import Execution
from labsupport.blocking.order import Order, Target, TargetKind
from labsupport.blocking.reach import addresses_of, opens
from labsupport.blocking.targets import same_site
from labsupport.blocking.techniques import PLACES, PROFILES, Place, Technique
from labsupport.blocking.timeline import Timeline, timeline
from labsupport.blocking.trial import Seat, Trial
from labsupport.dnscore.validation import Security
from labsupport.exchange import Request
from labsupport.language import Language, mark
from labsupport.lookups import dnssec, drawings
from labsupport.lookups.names import NotUnderstood, Typed, folded
from labsupport.lookups.neighbours import seen_below
from labsupport.lookups.observatory import NoAnswer
from labsupport.results import (
    Figure,
    Kind,
    NoFigure,
    Provenance,
    Result,
    Source,
    Table,
    quoted,
)
from labsupport.rules import AddressRule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A = dns.rdatatype.A
MX = dns.rdatatype.MX
SMTP_PORT = 25  # RFC 5321 section 4.5.4.2
LASTS = timedelta(days=2)
MOST_NAMED = 4

# What else may be typed for a technique.
ALSO = {
    "hold": Technique.REGISTRAR_HOLD,
    "clienthold": Technique.REGISTRAR_HOLD,
    "registrar": Technique.REGISTRAR_HOLD,
    "serverhold": Technique.REGISTRY_HOLD,
    "registry": Technique.REGISTRY_HOLD,
    "seizure": Technique.NAME_SERVERS,
    "nameserver": Technique.NAME_SERVERS,
    "dns": Technique.RESOLVER,
    "ip": Technique.ADDRESS,
    "addresses": Technique.ADDRESS,
    "bgp": Technique.ROUTE,
    "sni": Technique.SERVER_NAME,
}

EVADED: dict[Technique, str] = {
    Technique.AUTHOR: mark("the author, or whoever has a copy, puts it up elsewhere"),
    Technique.HOST: mark("the site moves to another host and keeps its name"),
    Technique.CDN: mark("the site leaves the CDN: the machine behind it is still there"),
    Technique.REGISTRAR_HOLD: mark("the site takes another name; another resolver does not help"),
    Technique.REGISTRY_HOLD: mark("the site takes another name; another resolver does not help"),
    Technique.NAME_SERVERS: mark("the site takes another name; another resolver does not help"),
    Technique.PUBLIC_RESOLVER: mark(
        "a visitor uses another resolver, or a VPN; the site takes another name"
    ),
    Technique.RESOLVER: mark(
        "a visitor uses another resolver, DNS over HTTPS or a VPN; the site takes another name"
    ),
    Technique.ADDRESS: mark(
        "the site takes another address, in minutes, or has one in IPv6 that was forgotten; a "
        "visitor uses a VPN"
    ),
    Technique.ROUTE: mark("the site moves to another network; a visitor uses a VPN"),
    Technique.SERVER_NAME: mark(
        "browser and site encrypt the name (ECH), where both can, or speak HTTP/3, where the "
        "filter does not read it; a visitor uses a VPN; the site takes another name"
    ),
}
UNDONE: dict[Technique, str] = {
    Technique.AUTHOR: mark("by whoever took it down, if a copy was kept"),
    Technique.HOST: mark("by the host, if it kept the site"),
    Technique.CDN: mark("by the CDN"),
    Technique.REGISTRAR_HOLD: mark("by the registrar; then resolvers must forget the absence"),
    Technique.REGISTRY_HOLD: mark("by the registry; then resolvers must forget the absence"),
    Technique.NAME_SERVERS: mark(
        "by the registry, which restores the DS record too; then resolvers must forget the other "
        "name servers"
    ),
    Technique.PUBLIC_RESOLVER: mark("by its operator, when somebody tells it to"),
    Technique.RESOLVER: mark("by every provider, each when somebody tells it to"),
    Technique.ADDRESS: mark("by every provider, each when somebody tells it to"),
    Technique.ROUTE: mark("by every provider, each when somebody tells it to"),
    Technique.SERVER_NAME: mark("by every provider, each when somebody tells it to"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a measure comes to once every resolver has forgotten what was before.

    `dark` and `open` are the seats from which the site does not open, and does. `bystanders`
    are other sites that no longer open from at least one of them. `mail` says what becomes of
    mail for the domain, None where it has none. `others` are other names of the domain that
    were seen, `lost` those of them that lead nowhere any more, or elsewhere. `of_one_domain` says
    whether all bystanders are of the site's own domain.
    """

    dark: tuple[str, ...]
    open: tuple[str, ...]
    bystanders: tuple[str, ...]
    mail: bool | None
    others: tuple[str, ...]
    lost: tuple[str, ...]
    of_one_domain: bool


def read_technique(typed: object, say: Language) -> Technique:
    """Return the way of blocking that was typed; raise NotUnderstood for another.

    >>> read_technique("Registrar-Hold", Language.load("en")).value
    'registrar hold'
    """
    wanted = folded(typed) if isinstance(typed, str) else ""
    for technique in Technique:
        if wanted in (folded(technique), folded(say(PROFILES[technique].name))):
            return technique
    if wanted in ALSO:
        return ALSO[wanted]
    raise NotUnderstood(
        say(
            "{what} is no way of blocking that the lab knows. There are: {all}.",
            what=quoted(typed),
            all=", ".join(f'"{technique}"' for technique in Technique),
        )
    )


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
            bool(bystanders)
            and all(trial.world.domain_of(one) == self.domain for one in bystanders),
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


class Measure(Result):
    """One way of blocking, executed on one site.

    Attributes: `technique`, `site`, `effect`, `timeline`; `signed`, whether the name was before,
    and what somebody who checks signatures finds after (`checked`, a kind of answer); `unchanged`
    says whether the name leads to the same addresses as before.
    """

    def __init__(
        self,
        trial: Trial,
        technique: Technique,
        site: str,
        execution: Execution,
        effect: Effect,
        course: Timeline,
        signed: bool,
        checked: Kind | None,
        unchanged: bool,
    ) -> None:
        self.technique = technique
        self.site = site
        self.effect = effect
        self.timeline = course
        self.signed = signed
        self.checked = checked
        self.unchanged = unchanged
        self._executors = _executors(trial, technique, site, execution)
        provenance = Provenance(Source.LAB, "", trial.now)
        super().__init__(trial.say, None, provenance, execution.told)

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
        if not self.effect.bystanders:
            return say(
                "{site}, {how}: the site goes dark {reach}, and no other with it.",
                site=self.site,
                how=how,
                reach=reach,
            )
        if self.effect.of_one_domain:
            return say.many(
                "{site}, {how}: the site goes dark {reach}, and {count} other site of its domain.",
                "{site}, {how}: the site goes dark {reach}, and {count} other sites of its domain.",
                len(self.effect.bystanders),
                site=self.site,
                how=how,
                reach=reach,
            )
        return say.many(
            "{site}, {how}: the site goes dark {reach}, and {count} other site with it.",
            "{site}, {how}: the site goes dark {reach}, and {count} other sites with it.",
            len(self.effect.bystanders),
            site=self.site,
            how=how,
            reach=reach,
        )

    def tabulated(self) -> Table:
        say = self.say
        dark_for = ", ".join(self.effect.dark) or say("nobody")
        open_for = ", ".join(self.effect.open) or say("nobody")
        rows = (
            (say("Who carries it out?"), self._executors or say("nobody can")),
            (
                say("Does the site disappear, and for whom?"),
                say("dark for: {dark}; open for: {open}", dark=dark_for, open=open_for),
            ),
            (say("After how long?"), self._after_how_long()),
            (say("Who else is hit?"), self._who_else()),
            (say("Mail and other names of the domain?"), self._mail_and_names()),
            (say("What do those notice who check signatures (DNSSEC)?"), self._signatures()),
            (say("How is it evaded?"), say(EVADED[self.technique])),
            (say("How is it undone?"), self._undone()),
        )
        return Table(say("Looked at from every side"), (say("question"), say("answer")), rows)

    def figure(self) -> Figure | NoFigure:
        return self.timeline.figure()

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        told = [
            say(
                "Who else is hit is counted over the sites of the lab. How many sites share a "
                "name, a host or an address in the real world is not in the DNS."
            ),
            say(
                "Executors act at once here, and to the letter. In the real world hours or days go "
                "by first."
            ),
        ]
        return tuple(told)

    def _after_how_long(self) -> str:
        say = self.say
        if not self.timeline.dark:
            return say("never")
        when = self.timeline.when(lambda line: line.darkens)
        return say("when it is carried out: {when}", when=when)

    def _who_else(self) -> str:
        names = self.effect.bystanders
        if not names:
            return self.say("no other site of the lab")
        return self.say.many(
            "{count} other site of the lab: {names}",
            "{count} other sites of the lab: {names}",
            len(names),
            names=in_short(names),
        )

    def _mail_and_names(self) -> str:
        say = self.say
        if self.effect.mail is None:
            mail = say("the domain names no mail server (MX)")
        elif self.effect.mail:
            mail = say("mail goes on")
        elif PROFILES[self.technique].everywhere:
            mail = say("mail stops, from everywhere")
        else:
            mail = say("mail servers of those who are hit can no longer send there")
        others, lost = self.effect.others, self.effect.lost
        if not others:
            return say("{mail}; no other name was seen", mail=mail)
        names = say.many(
            "{count} other name was seen", "{count} other names were seen", len(others)
        )
        if not lost:
            return say("{mail}; {names}; nothing changes for that", mail=mail, names=names)
        return say.many(
            "{mail}; {names}, of which {count} leads nowhere any more, or elsewhere",
            "{mail}; {names}, of which {count} lead nowhere any more, or elsewhere",
            len(lost),
            mail=mail,
            names=names,
        )

    def _signatures(self) -> str:
        say = self.say
        if self.unchanged:
            return say("nothing: the DNS answers as before")
        if self.checked is Kind.FAILED:
            return say(
                "a device that checks sees a failure, and no notice page: the false answer has no "
                "proof. Most leave that to the resolver, and notice nothing"
            )
        if not self.signed and len({line.darkens.longest for line in self.timeline.dark}) > 1:
            return say(
                "nothing: the name is not signed. They lose it earlier than others: their resolver "
                "asks the registry more often"
            )
        if not self.signed:
            return say("nothing: the name is not signed")
        if self.checked is Kind.FOUND:
            return say(
                "that the domain is signed no longer: its key was removed at the registry. Had it "
                "been left, they would see a failure"
            )
        if self.checked is Kind.NO_SUCH_NAME:
            return say("nothing wrong: that the name is gone is signed by the registry")
        return say("nothing can be checked: the name servers are not reached")

    def _undone(self) -> str:
        how = self.say(UNDONE[self.technique])
        if not self.timeline.dark:
            return how
        when = self.timeline.when(lambda line: line.returns)
        return self.say("{how}; open again: {when}", how=how, when=when)


class Comparison(Result):
    """Every way of blocking one site, side by side.

    Attributes: `site`; `effects`, what each comes to, those that hit fewest others first.
    """

    def __init__(
        self, trial: Trial, site: str, effects: Sequence[tuple[Technique, Effect]], left_out: int
    ) -> None:
        self.site = site
        self._left_out = left_out
        self.effects = tuple(sorted(effects, key=_fewest_bystanders))
        super().__init__(trial.say, None, Provenance(Source.LAB, "", trial.now))
        self._seats = len(trial.seats)

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
                say(PLACES[PROFILES[technique].place]),
                say("{count} of {all} seats", count=len(effect.dark), all=self._seats)
                if effect.dark
                else say("nobody"),
                len(effect.bystanders),
                _mail_word(technique, effect, say),
                say(EVADED[technique]),
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
        if self._left_out:
            told.append(
                say.many(
                    "{count} way was not marked as available and is left out.",
                    "{count} ways were not marked as available and are left out.",
                    self._left_out,
                )
            )
        return tuple(told)

    def figure(self) -> Figure | NoFigure:
        say = self.say
        labels = [say(PROFILES[technique].name) for technique, _ in self.effects]
        counts = [len(effect.bystanders) for _, effect in self.effects]
        words = [
            str(count) if effect.dark else say("does not work here")
            for count, (_, effect) in zip(counts, self.effects, strict=True)
        ]
        title = say("Other sites that go dark with {site}", site=self.site)
        pairs = "; ".join(f"{a}: {b}" for a, b in zip(labels, words, strict=True))
        alt = say("A bar for each way of blocking. {pairs}.", pairs=pairs)
        data = Table(
            title,
            (say("way"), say("other sites hit")),
            tuple(zip(labels, words, strict=True)),
        )

        def draw(axes: Axes) -> None:
            drawings.bars(axes, labels, counts, words)
            axes.set_xlabel(say("other sites of the lab"))

        return Figure(title, alt, data, draw, say, size=(8.0, 1.0 + 0.36 * len(labels)))


def measure(trial: Trial, technique: Technique, site: str) -> Measure:
    """Execute one way of blocking on `site` in copies of the lab, and look from every side."""
    site = trial.opening(site)
    free = Undisturbed(trial, site)
    course = timeline(free.trial, order_for(technique, site, LASTS), site, site)
    execution = trial.execution(order_for(technique, site))
    after = free.under(execution)
    effect = free.effect(execution, after)
    hit = next((seat for seat in trial.seats if seat.name in effect.dark), trial.seats[0])
    same = addresses_of(free.trial.session(hit), site) == addresses_of(after.session(hit), site)
    checked = dnssec.dnssec(after.session(hit), *_typed(site)).kind
    signed = dnssec.dnssec(free.trial.session(trial.seats[0]), *_typed(site)).security
    secure = signed is Security.SECURE
    return Measure(trial, technique, site, execution, effect, course, secure, checked, same)


def compare(trial: Trial, site: str, techniques: Sequence[Technique]) -> Comparison:
    """Execute each of `techniques` on `site`, and put the effects side by side."""
    site = trial.opening(site)
    free = Undisturbed(trial, site)
    effects = []
    for technique in techniques:
        execution = trial.execution(order_for(technique, site))
        effects.append((technique, free.effect(execution, free.under(execution))))
    return Comparison(trial, site, effects, len(Technique) - len(techniques))


def in_short(names: Sequence[str]) -> str:
    """Return the first few of some names.

    >>> in_short(["a", "b", "c", "d", "e"])
    'a, b, c, d, …'
    """
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


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
