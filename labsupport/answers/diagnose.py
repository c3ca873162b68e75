"""Why a site does not open, as an answer of `lab.investigate.diagnose`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labsupport.answers import rdap
from labsupport.answers.ask import AnswerPage, in_short
from labsupport.answers.dnssec import TrustChainPage
from labsupport.answers.page import Page
from labsupport.answers.trace import TracePage
from labsupport.inputs.numbers import of_nobody, read_number
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.language import Language, limits
from labsupport.lookups import diagnose as lookup
from labsupport.lookups import reached
from labsupport.lookups.diagnose import Cause, Diagnosis, Ground, Sign
from labsupport.results import Table


class DiagnosisPage(Page[Diagnosis]):
    """Why a site does not open."""

    kind: Kind

    @property
    def cause(self) -> Cause:
        """What keeps it from opening, or that nothing does."""
        return self.facts.cause

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        url = str(self.facts.url)
        name = facts.url.host if url == f"https://{facts.url.host}/" else url
        cause = say(f"diagnose.cause_{facts.cause.name.lower()}")
        verdict = say("diagnose.name_cause", name=name, cause=cause)
        return " ".join((verdict, *map(self._because, facts.grounds)))

    def _because(self, ground: Ground) -> str:
        """Say a ground."""
        say = self.say
        facts = self.facts
        key = ground.sign.name.lower()
        met = ""
        if isinstance(ground.sign, reached.Reach) and ground.views:
            key = "met"
            met = self._came(ground.sign)
        reason = say(
            f"diagnose.{key}",
            name=facts.url.host,
            port=facts.url.port,
            other_port=reached.beside(facts.url).port,
            count=len(ground.views),
            places=_places(ground.views, say),
            others=_places(ground.others, say),
            what=met,
            **{
                name: in_short(list(value), say)
                for name, value in ground.values.items()
            },
        )
        if ground.sign is not Sign.NOBODYS:
            return reason
        addresses = sorted(facts.addresses, key=reached.by_family)
        return " ".join(
            (reason, *(of_nobody(read_number(one, say), say) for one in addresses))
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = list(self._of_the_name())
        for view in self.facts.views:
            rows += self._seen_by(view)
        columns = (say("diagnose.who_was_asked"), say("diagnose.what_came"))
        return Table(say("diagnose.what_asked_what_came"), columns, tuple(rows))

    def _of_the_name(self) -> Iterator[tuple[str, str]]:
        say = self.say
        servers = self.facts.servers
        if servers.walks:
            walked = TracePage(say, servers.walks[0]).sentence
            if servers.addresses:
                walked = say(
                    "diagnose.they_give_addresses",
                    addresses=_listed(servers.addresses, say),
                )
            yield say("diagnose.name_own_servers_asked"), walked
        if servers.registration:
            yield (
                say("diagnose.the_registry_rdap"),
                rdap.page_of(say, servers.registration).sentence,
            )
        if servers.chain:
            yield (
                say("diagnose.signatures_dnssec"),
                TrustChainPage(say, servers.chain).sentence,
            )

    def _seen_by(self, view: reached.View) -> Iterator[tuple[str, str]]:
        say = self.say
        if view.answers:
            answers = " ".join(
                dict.fromkeys(AnswerPage(say, one).sentence for one in view.answers)
            )
            if view.given and not view.admits:
                answers = say(
                    "diagnose.it_gives_addresses", addresses=_listed(view.given, say)
                )
            yield say("diagnose.place_its_resolver", place=view.place), answers
        for address, led in view.destinations.items():
            only = say("diagnose.resolver_gives", place=view.place, address=address)
            yield only, say(f"diagnose.led_{led.name.lower()}")
        machines: dict[str, list[str]] = {}
        for address, call in view.called.items():
            machines.setdefault(self._came_of(call), []).append(address)
        for outcome, addresses in machines.items():
            yield (
                say(
                    "diagnose.place_address",
                    place=view.place,
                    address=", ".join(addresses),
                ),
                outcome,
            )
        other = view.besides
        fails = other.notice or other.reach is not reached.Reach.OPENS
        if other is not reached.NO_CALL and fails:
            port = reached.beside(self.facts.url).port
            who = say("diagnose.place_same_page_port", place=view.place, port=port)
            yield who, self._came_of(other)

    def _came(self, reach: reached.Reach) -> str:
        return self.say(f"diagnose.came_{reach.name.lower()}")

    def _came_of(self, call: reached.Call) -> str:
        say = self.say
        parts = [self._came(call.reach)]
        if call.page is not None:
            parts.insert(0, say("diagnose.sends_page", page=call.page))
        if call.others_answer is True:
            parts.append(say("diagnose.another_name_machine_answers"))
        elif call.others_answer is False:
            parts.append(say("diagnose.another_name_does_not"))
        if call.way:
            parts.append(
                say("diagnose.way_answered_networks", networks=say.listed(call.way))
            )
        elif call.reach in reached.MUTE:
            parts.append(say("diagnose.nobody_way_answered"))
        return "; ".join(parts)

    @property
    def limits(self) -> tuple[str, ...]:
        more = []
        if any(reached.LEFT_OUT in view.called.values() for view in self.facts.views):
            more.append("diagnose.some_addresses")
        if self.facts.cause in (
            Cause.BLOCKED,
            Cause.ANOMALY,
            Cause.OUTAGE,
            Cause.UNCLEAR,
        ):
            more.append("diagnose.visitors")
        if self.facts.cause is Cause.NOTHING:
            more.append("diagnose.hours")
        return limits(self.say, "diagnose.measurement", "diagnose.memory", *more)


def diagnose(places: Sequence[reached.VantagePoint], url: Url) -> DiagnosisPage:
    """Find out why the page at `url` does not open; the first place speaks for the result."""
    return DiagnosisPage(places[0].session.say, lookup.diagnose(places, url))


def _places(views: Iterable[reached.View], say: Language) -> str:
    return in_short([view.place for view in views], say)


def _listed(addresses: Iterable[str], say: Language) -> str:
    return say.listed(sorted(addresses, key=reached.by_family))
