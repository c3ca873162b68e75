"""The chain of trust, as an answer of `lab.dnssec`."""

from __future__ import annotations

from collections.abc import Iterator

import dns.name
import dns.rdatatype
from dns.dnssectypes import Algorithm

from labsupport.answers.map import Station, Step, walk
from labsupport.answers.page import Page
from labsupport.answers.trace import zone_words
from labsupport.dns.chain import Link, Verdict
from labsupport.dns.validation import Check, Flaw, Security
from labsupport.dns.walk import Reading
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.language import Language, limits
from labsupport.lookups import dnssec as lookup
from labsupport.lookups.session import Session
from labsupport.picture import Picture
from labsupport.reference import look_again, overdue, read
from labsupport.results import Table, utc

ANCHORS = "root-trust-anchors"
_SIGNS = {
    Security.SECURE: "✓",
    Security.INSECURE: "○",
    Security.INDETERMINATE: "?",
    Security.BOGUS: "✗",
}


class TrustChainPage(Page[lookup.TrustChain]):
    """A chain of trust from the root's key to an answer."""

    kind: Kind

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        verdict = facts.worst.verdict
        security = facts.security
        if security is Security.SECURE and facts.kind is not None:
            key = f"dnssec.holds_{facts.kind.name.lower()}"
            return say(key, name=shown(facts.judged[-1].name), type=facts.type)
        if verdict is None or security is Security.INDETERMINATE:
            return say("dnssec.not_had", name=facts.name)
        zone = zone_words(verdict.link.zone, say)
        if security is Security.INSECURE:
            unsupported = facts.flaw is Flaw.UNSUPPORTED_ALGORITHM
            key = "dnssec.unsupported" if unsupported else "dnssec.no_ds"
            return say(key, name=facts.name, zone=zone)
        where = (
            zone if verdict.link.security is Security.BOGUS else shown(facts.worst.name)
        )
        return say("dnssec.breaks", place=where, reason=_reason(facts.flaw, say))

    def tabulated(self) -> Table | None:
        say = self.say
        rows: dict[tuple[str, ...], None] = {}
        for judged in self.facts.judged:
            rows.update(dict.fromkeys(self._rows(judged)))
        if not rows:
            return None
        return Table(
            say("dnssec.links_chain"),
            (
                say("dnssec.label_link"),
                say("dnssec.vouched_zone_above_ds"),
                say("dnssec.keys_of_the_zone"),
                say("dnssec.signature_valid_until"),
                say("dnssec.verdict"),
            ),
            tuple(rows),
        )

    def _rows(self, judged: lookup.Judged) -> Iterator[tuple[str, ...]]:
        say = self.say
        for link in judged.links:
            keys = ", ".join(_key_words(key) for key in link.dnskey or ()) or "–"
            until = _until(link.key_check)
            verdict = _verdict(link, say)
            yield zone_words(link.zone, say), self._ds_words(link), keys, until, verdict
        if last := judged.ending:
            yield self._asked(judged), "–", "–", _until(last.check), _verdict(last, say)

    def _asked(self, judged: lookup.Judged) -> str:
        """Name what the last link is about: an answer, an alias, or an absence."""
        name = shown(judged.name)
        type = self.facts.type
        if isinstance(judged.reading, Reading) and judged.reading.target is not None:
            return f"{name} CNAME"
        if isinstance(judged.reading, Reading) and judged.reading.records is None:
            return self.say("dnssec.proof_absence_name_type", name=name, type=type)
        return f"{name} {type}"

    def _ds_words(self, link: Link) -> str:
        if link.ds is None:
            return self.say("dnssec.nobody_no_ds")
        tags = ", ".join(str(ds.key_tag) for ds in link.ds)
        if link.zone == dns.name.root:
            return self.say("dnssec.known_beforehand_key_tags", tags=tags)
        return self.say("dnssec.key_tags", tags=tags)

    @property
    def limits(self) -> tuple[str, ...]:
        of_this = limits(self.say, f"dnssec.limit_{self.facts.security.name.lower()}")
        return (*of_this, *overdue(self.say, self._days()))

    def _days(self) -> Iterator[str]:
        """When to look again at the keys of the real root with which this chain begins."""
        key_tags: set[str] = set()
        for judged in self.facts.judged:
            for link in judged.links:
                if link.zone == dns.name.root:
                    key_tags.update(str(ds.key_tag) for ds in link.ds or ())
        for (tag, *_), again in zip(
            read(ANCHORS).rows, look_again(ANCHORS), strict=True
        ):
            if tag in key_tags:
                yield again

    def _picture(self) -> Picture | None:
        """The map of the chain: zones from the root down, and a barrier where it breaks."""
        say = self.say
        if self.tabulated() is None:
            return None
        # Through aliases several chains lead on; the one that decides is drawn.
        final = self.facts.worst
        judged: list[tuple[str, Link | Verdict]] = [
            (zone_words(link.zone, say), link) for link in final.links
        ]
        judged += [(shown(final.name), final.ending)] if final.ending else []
        stations = []
        steps = []
        for number, (name, step) in enumerate(judged):
            part = f"s{number}"
            words = say("dnssec.link", name=name, verdict=_verdict(step, say))
            lights = (part,) if step.security is Security.SECURE else ()
            broken = (
                say("dnssec.label_broken") if step.security is Security.BOGUS else ""
            )
            heading = f"{_SIGNS[step.security]} {name}"
            stations.append(Station(heading, (_verdict_in_words(step, say),)))
            steps.append(Step(words, lights, broken, part))
        return walk(stations, steps, say)


def dnssec(
    session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType
) -> TrustChainPage:
    """Fetch and check the chain of trust for records of `rdtype` at the name that was typed."""
    return TrustChainPage(session.say, lookup.dnssec(session, typed, rdtype))


def _reason(flaw: Flaw | None, say: Language) -> str:
    return say(f"dnssec.{flaw.name.lower()}") if flaw else ""


def _verdict(judged: Link | Verdict, say: Language) -> str:
    return f"{_SIGNS[judged.security]} {_verdict_in_words(judged, say)}"


def _verdict_in_words(judged: Link | Verdict, say: Language) -> str:
    security = judged.security
    flaw = judged.flaw
    key = "broken" if security is Security.BOGUS else "not_protected"
    if flaw is None:
        key = f"verdict_{security.name.lower()}"
    return say(f"dnssec.{key}", reason=_reason(flaw, say))


def _key_words(key: dns.rdtypes.ANY.DNSKEY.DNSKEY) -> str:
    return f"{key.key_id()} ({Algorithm.to_text(key.algorithm)})"


def _until(check: Check | None) -> str:
    if check is None or check.rrsig is None:
        return "–"
    return utc(check.rrsig.expiration)
