"""`lab.orders.technique`: one way of blocking, executed on one site, looked at from every side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any

import dns.name
import dns.rdatatype

from labsupport.answers.dark_sites import Seen, dark_sites
from labsupport.inputs.choices import choices
from labsupport.inputs.folding import folded
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Provenance, Source
from labsupport.language import Language
from labsupport.orders.execution import Execution
from labsupport.orders.impact import dark, first_of, reached_by, windows
from labsupport.orders.remarks import said
from labsupport.orders.simulation import (
    Trial,
    TrialSeat,
    addresses_of,
    opens,
    order_for,
)
from labsupport.orders.targets import same_site
from labsupport.orders.techniques import PROFILES, Place, Technique
from labsupport.orders.timeline import Timeline, timeline
from labsupport.picture import Picture
from labsupport.reference import look_again, overdue, pairs
from labsupport.results import Figure, Missing, Result, Table
from labsupport.visible import quoted
from labsupport.world.model import Site

MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """What a measure comes to once every resolver has forgotten what was before.

    `dark` and `open` are the seats from which the site does not open, and does; `hit` the sites
    that no longer open, seat by seat. `bystanders` are those among them that are another site.
    `mail` tells whether mail for the domain goes on, None where it has none.
    """

    dark: tuple[str, ...]
    open: tuple[str, ...]
    hit: Mapping[str, tuple[str, ...]]
    bystanders: tuple[str, ...]
    mail: bool | None


SHARE = re.compile(r"([0-9]{1,3}) ?(?:%|percent|por ciento|por cento)?", re.IGNORECASE)
ALL = "all"  # techniques, side by side


def read_technique(typed: object, say: Language) -> Technique:
    """Return the way of blocking that was typed; raise NotUnderstood for another.

    >>> read_technique("Registrar-Hold", Language.load("en")).value
    'registrar hold'
    """
    wanted = folded(typed) if isinstance(typed, str) else ""
    known = choices("technique")
    key = known.key(typed, say)
    for technique in Technique:
        if technique == key or wanted == folded(say(PROFILES[technique].name)):
            return technique
    raise NotUnderstood(say("measure.no_such_way", all=known.listed(say)))


def _words(technique: Technique, say: Language) -> Mapping[str, Any]:
    """What is said of a technique: how it is evaded, and undone."""
    words: Mapping[str, Any] = say.table("techniques.toml")[technique]
    return words


def _visited(trial: Trial, site: str) -> tuple[Trial, list[TrialSeat]]:
    """Return a copy in which a site has been visited, and the seats from which it opened."""
    twin = trial.apart()
    return twin, [seat for seat in twin.seats if opens(twin.session(seat), site)]


def _effect(
    trial: Trial, opened: Sequence[TrialSeat], site: str, execution: Execution
) -> Effect:
    """Return what an order without an end comes to for a site, which `opened` from some seats."""
    after = trial.under(execution).forgetting(site)
    world = trial.world
    still_open: list[TrialSeat] = []
    closed: list[TrialSeat] = []
    for seat in opened:
        seats = still_open if opens(after.session(seat), site) else closed
        seats.append(seat)
    hit = {}
    names: set[str] = set()
    for seat in trial.seats:
        hit[seat.name] = dark(world, execution, seat.network, seat.entry.resolvers)
        names |= set(hit[seat.name])
    names -= set(same_site(site))
    bystanders = tuple(other.name for other in world.sites if other.name in names)
    hit_seat = next(iter(closed), trial.seats[0])
    domain = world.domain_of(site)
    mail = None
    if _mail(trial, hit_seat, domain, Execution()):
        mail = _mail(after, hit_seat, domain, execution)
    dark_seats = tuple(seat.name for seat in closed)
    open_seats = tuple(seat.name for seat in still_open)
    return Effect(dark_seats, open_seats, hit, bystanders, mail)


def _mail(trial: Trial, seat: TrialSeat, domain: str, execution: Execution) -> bool:
    """Whether a mail server of a domain is named to a seat, and its network lets mail pass."""
    session = trial.session(seat)
    reached = reached_by(trial.world, execution.rules, seat.network)
    for record in session.records(dns.name.from_text(domain), dns.rdatatype.MX):
        if any(map(reached, addresses_of(session, record.exchange.to_text()))):
            return True
    return False


@dataclass(eq=False, repr=False, kw_only=True)
class TechniqueTrial(Result):
    """One way of blocking, executed on one site.

    Attributes: `technique`, `site`, `executors`, `effect`, `timeline`; `sites` of the lab.
    """

    LIMITS = (
        "measure.others_counted_over",
        "measure.executors_act_once_here",
    )
    sites: Sequence[Site]
    technique: Technique
    site: str
    executors: str
    effect: Effect
    timeline: Timeline

    @property
    def sentence(self) -> str:
        say = self.say
        how = say(PROFILES[self.technique].name)
        if not self.effect.dark:
            return say("measure.site_how_nothing_goes", site=self.site, how=how)
        reach = say(
            "measure.for_customers_of_seats", seats=say.listed(self.effect.dark)
        )
        if PROFILES[self.technique].everywhere and not self.effect.open:
            reach = say("measure.for_everybody")
        count = len(self.effect.bystanders)
        return say(
            "measure.site_goes_dark", count=count, site=self.site, how=how, reach=reach
        )

    def tabulated(self) -> Table:
        say = self.say
        dark_for = say.listed(self.effect.dark) or say("measure.nobody")
        open_for = say.listed(self.effect.open) or say("measure.nobody")
        seen = say("measure.dark_dark_open_open", dark=dark_for, open=open_for)
        ever = bool(self.timeline.dark)
        after = self.timeline.when() if ever else say("measure.never")
        undone = _words(self.technique, say)["undone"]
        if ever:
            back = self.timeline.when(back=True)
            undone = say("measure.how_open_again_when", how=undone, when=back)
        rows = (
            (
                say("measure.who_carries_it_out"),
                self.executors or say("measure.nobody_can"),
            ),
            (say("measure.does_site_disappear_whom"), seen),
            (say("measure.after_how_long"), after),
            (say("measure.who_else_is_hit"), self._who_else()),
            (
                say("measure.mail_for_the_domain"),
                _mail_word(self.technique, self.effect, say),
            ),
            (say("measure.how_is_it_evaded"), _words(self.technique, say)["evaded"]),
            (say("measure.how_is_it_undone"), undone),
        )
        return Table(
            say("measure.looked_every_side"),
            (say("measure.question"), say("measure.answer")),
            rows,
        )

    def _picture(self) -> Picture | None:
        after = (
            self.timeline.when() if self.timeline.dark else self.say("measure.never")
        )
        who = self.executors or self.say("measure.nobody_can")
        seen = []
        for seat, names in self.effect.hit.items():
            words = self.say("measure.seen", count=len(names), who=who, after=after)
            seen.append(Seen(seat, words, names))
        return _dark(self.sites, self.site, seen, self.say)

    def figure(self) -> Figure | Picture | Missing:
        return self.timeline.figure()

    def _who_else(self) -> str:
        names = self.effect.bystanders
        if not names:
            return self.say("measure.no_other_site_lab")
        named = first_of(names, self.say, MOST_NAMED)
        return self.say("measure.other_sites_lab_count", count=len(names), names=named)


@dataclass(eq=False, repr=False, kw_only=True)
class TechniqueComparison(Result):
    """Every way of blocking one site, side by side.

    Attributes: `site`; `seats`, how many look; `effects`, what each comes to, those that hit
    fewest others first; `sites` of the lab.
    """

    LIMITS = (
        "measure.fewest_bystanders_model",
        "measure.bystanders_counted_over_sites",
    )
    sites: Sequence[Site]
    site: str
    seats: int
    effects: Sequence[tuple[Technique, Effect]]

    @property
    def sentence(self) -> str:
        others = [len(effect.bystanders) for _, effect in self.effects if effect.dark]
        fewest = min(others, default=0)
        most = max(others, default=0)
        key = "measure.ways_make_disappear"
        if others and not most:
            key = "measure.ways_take_no_other"
        elif others and not fewest:
            key = "measure.ways_take_none_or_others"
        return self.say(
            key,
            count=len(others),
            all=len(self.effects),
            site=self.site,
            fewest=fewest,
            most=most,
        )

    def _picture(self) -> Picture | None:
        seen = []
        for technique, effect in self.effects:
            counts = {"dark": len(effect.dark), "count": len(effect.bystanders)}
            key = "compared" if any(effect.hit.values()) else "opens_from_all_seats"
            words = self.say(f"measure.{key}", all=self.seats, **counts)
            hit = set(chain.from_iterable(effect.hit.values()))
            seen.append(Seen(self.say(PROFILES[technique].name), words, hit))
        return _dark(self.sites, self.site, seen, self.say)

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for technique, effect in self.effects:
            profile = PROFILES[technique]
            row = (
                say(profile.name),
                say(f"place.{profile.place}"),
                say(
                    "measure.count_of_all_seats", count=len(effect.dark), all=self.seats
                ),
                len(effect.bystanders),
                _mail_word(technique, effect, say),
                _words(technique, say)["evaded"],
            )
            rows.append(row)
        columns = (
            say("measure.way"),
            say("measure.where"),
            say("measure.dark_for"),
            say("measure.other_sites_hit"),
            say("measure.mail"),
            say("measure.evaded_when"),
        )
        caption = say("measure.ways_blocking_site_fewest", site=self.site)
        return Table(caption, columns, tuple(rows))


def measure(trial: Trial, technique: Technique, site: str) -> TechniqueTrial:
    """Execute one way of blocking on `site` in copies of the lab, and look from every side."""
    site = trial.opening(site)
    free, opened = _visited(trial, site)
    execution = trial.execution(order_for(technique, site))
    return TechniqueTrial(
        trial.say,
        None,
        Provenance(Source.LAB, "", trial.now, world=trial.world.version),
        said(execution.remarks, trial.say),
        sites=trial.world.sites,
        technique=technique,
        site=site,
        executors=_executors(trial, technique, site, execution),
        effect=_effect(free, opened, site, execution),
        timeline=timeline(free, technique, site),
    )


def compare(trial: Trial, site: str) -> TechniqueComparison:
    """Execute every way of blocking on `site`, and put the effects side by side."""
    site = trial.opening(site)
    free, opened = _visited(trial, site)
    effects = []
    for technique in Technique:
        execution = trial.execution(order_for(technique, site))
        effects.append((technique, _effect(free, opened, site, execution)))
    effects.sort(key=_by_bystanders)
    provenance = Provenance(Source.LAB, "", trial.now, world=trial.world.version)
    sites = trial.world.sites
    seats = len(trial.seats)
    return TechniqueComparison(
        trial.say,
        None,
        provenance,
        sites=sites,
        site=site,
        seats=seats,
        effects=effects,
    )


def _by_bystanders(compared: tuple[Technique, Effect]) -> tuple[bool, int]:
    """Sort effects by this: who hits fewest others first, and last what takes nothing away."""
    _, effect = compared
    return not effect.dark, len(effect.bystanders)


def _dark(
    sites: Sequence[Site], site: str, seen: Sequence[Seen], say: Language
) -> Picture:
    aimed = say("measure.site_blocked")
    return dark_sites(windows(sites), same_site(site), seen, say, aimed=aimed)


def _mail_word(technique: Technique, effect: Effect, say: Language) -> str:
    if effect.mail is None:
        return say("measure.none")
    if effect.mail:
        return say("measure.goes_on")
    everywhere = PROFILES[technique].everywhere
    if everywhere:
        return say("measure.stops")
    return say("measure.stops_for_these_customers")


def _executors(
    trial: Trial, technique: Technique, site: str, execution: Execution
) -> str:
    """The names of those who carry it out."""
    world = trial.world
    if not execution.rules and not execution.changes:
        return ""
    domain = world.domain_of(site)
    registration = next(
        (item for item in world.registrations if item.name == domain), None
    )
    where = PROFILES[technique].place
    if where is Place.REGISTRAR and registration:
        return registration.registrar
    if where is Place.REGISTRY and registration:
        return registration.registry
    if where in (Place.HOST, Place.CDN):
        session = trial.session(trial.seats[0])
        held = (trial.holder(address) for address in addresses_of(session, site))
        return trial.say.listed(dict.fromkeys(filter(None, held)))
    if where is Place.AUTHOR:
        return trial.say("measure.whoever_page_hand_no")
    numbers = {rule.asn for rule in execution.rules}
    return trial.say.listed(
        network.name for network in world.networks if network.asn in numbers
    )


# `lab.orders.evasion`: what of a block remains when visitors and site evade it, by stated
# assumptions. A simple model: of all visits, a share is made in a way that the block does not
# meet. The ways are taken as independent of each other.

LABELS = {
    "public_resolver": "measure.through_a_public_resolver",
    "vpn": "measure.through_a_vpn",
    "hidden_name": "measure.server_name_encrypted_ech",
    "new_name": "measure.another_name_site",
    "new_address": "measure.another_address_site",
}
# What nobody has counted, as far as was found: a first number to change, no fact.
UNCOUNTED = {"vpn": 5, "hidden_name": 0, "new_name": 0, "new_address": 0}
COUNTED = (
    "use at least one public resolver"  # a row of data/reference/concentration.csv
)

# What evades a way of blocking, by what that acts on. Visits through the public resolver are those
# that a block there meets, so they stand apart.
BY_TARGET = {
    "sites": ("new_address",),
    "domains": ("new_name",),
    "names": ("vpn", "new_name"),
    "addresses": ("vpn", "new_address"),
}
EVADES: dict[Technique, tuple[str, ...]] = {
    **{technique: BY_TARGET[profile.on] for technique, profile in PROFILES.items()},
    Technique.AUTHOR: (),
    Technique.RESOLVER: ("public_resolver", "vpn", "new_name"),
    Technique.SERVER_NAME: ("vpn", "hidden_name", "new_name"),
}


def counted(say: Language) -> tuple[int, str, str]:
    """Return the share of those who use a public resolver, in percent, its source and its day.

    That is the day by which to look at the source again.

    >>> counted(Language.load("en"))[0]
    28
    """
    table = "concentration"
    for (shown, written), again in zip(
        pairs(table, say), look_again(table), strict=True
    ):
        key, share, *_ = map(str, written)
        if key == COUNTED:
            _, _, what, source, date = map(str, shown)
            return round(float(share.rstrip("%"))), f"{what} ({source}, {date})", again
    raise LookupError(COUNTED)


def remaining(technique: Technique, shares: Mapping[str, int]) -> int:
    """Return the percentage of visits that a way of blocking still meets.

    `shares` are in percent, by the keys of `LABELS`.

    >>> shares = dict(UNCOUNTED, public_resolver=50, vpn=10)
    >>> remaining(Technique.RESOLVER, shares), remaining(Technique.REGISTRY_HOLD, shares)
    (45, 100)
    """
    met = shares["public_resolver"] if technique is Technique.PUBLIC_RESOLVER else 100
    return round(met * prod(1 - shares[key] / 100 for key in EVADES[technique]))


@dataclass(eq=False, repr=False, kw_only=True)
class Evasion(Result):
    """What remains blocked. Attributes: `shares` that are assumed; `left`, by way of blocking.

    `days` are those by which to look again at what was counted, where that is assumed.
    """

    LIMITS = (
        "measure.arithmetic_assumptions_measurement",
        "measure.not_every_visitor_who",
    )
    shares: Mapping[str, int]
    days: tuple[str, ...]

    @property
    def limits(self) -> tuple[str, ...]:
        return (*super().limits, *overdue(self.say, self.days))

    @property
    def left(self) -> dict[Technique, int]:
        return {technique: remaining(technique, self.shares) for technique in Technique}

    @property
    def sentence(self) -> str:
        return self.say(
            "measure.these_assumptions_block",
            resolver=self.left[Technique.RESOLVER],
            address=self.left[Technique.ADDRESS],
            hold=self.left[Technique.REGISTRAR_HOLD],
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for technique, left in self.left.items():
            evades = "; ".join(say(LABELS[key]) for key in EVADES[technique])
            name = say(PROFILES[technique].name)
            rows.append(
                (name, f"{left} %", evades or say("measure.nothing_in_this_model"))
            )
        columns = (
            say("measure.way"),
            say("measure.still_blocked"),
            say("measure.evaded_by_visits"),
        )
        return Table(say("measure.what_remains_blocked_100"), columns, tuple(rows))


def evasion(say: Language, **typed: object) -> Evasion:
    """Return what remains blocked; `typed` has shares in percent, by the keys of `LABELS`.

    "" stands for the share that is assumed anyway. Raises NotUnderstood for what is no share.
    """
    share, source, again = counted(say)
    shares = {"public_resolver": share, **UNCOUNTED}
    sources = dict.fromkeys(UNCOUNTED, say("measure.not_counted_by_anybody"))
    sources["public_resolver"] = source
    given = {key: value for key, value in typed.items() if value != ""}
    for key, value in given.items():
        shares[key] = _share(value, say)
        sources[key] = say("measure.typed_by_you")
    days = () if "public_resolver" in given else (again,)
    assumptions = []
    for key, share in shares.items():
        label = say(LABELS[key])
        assumptions.append(
            say(
                "measure.count_label_source",
                count=share,
                label=label,
                source=sources[key],
            )
        )
    note = say("measure.assumed_100_visits_list", list=say.listed(assumptions))
    return Evasion(say, None, None, (note,), shares=shares, days=days)


def _share(value: object, say: Language) -> int:
    text = "" if isinstance(value, bool) else str(value).strip()
    typed = SHARE.fullmatch(text)
    if typed and int(typed[1]) <= 100:
        return int(typed[1])
    raise NotUnderstood(say("measure.what_no_share_give", what=quoted(value)))
