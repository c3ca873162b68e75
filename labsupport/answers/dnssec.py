"""The chain of trust, as an answer of `lab.dnssec`."""

from __future__ import annotations

from collections.abc import Iterator

import dns.name
import dns.rdatatype
from dns.dnssectypes import Algorithm

from labsupport.answers import drawings
from labsupport.answers.page import Page
from labsupport.answers.trace import zone_words
from labsupport.dns.chain import Link, Verdict
from labsupport.dns.validation import Check, Flaw, Security
from labsupport.dns.walk import Reading
from labsupport.inputs.names import Typed, shown
from labsupport.language import Language, limits, tell
from labsupport.lookups import dnssec as lookup
from labsupport.lookups.dnssec import Judged, TrustChain
from labsupport.lookups.session import Session
from labsupport.results import Figure, Missing, Table, utc

_SIGNS = {
    Security.SECURE: ("✓", drawings.GREEN),
    Security.INSECURE: ("○", drawings.GREY),
    Security.INDETERMINATE: ("?", drawings.GREY),
    Security.BOGUS: ("✗", drawings.ORANGE),
}


class TrustChainPage(Page[TrustChain]):
    """A chain of trust from the root's key to an answer."""

    @property
    def sentence(self) -> str:
        say, facts = self.say, self.facts
        verdict, security = facts.worst.verdict, facts.security
        if security is Security.SECURE and facts.kind is not None:
            key = f"dnssec.holds_{facts.kind.name.lower()}"
            return tell(say, key, name=shown(facts.judged[-1].name), type=facts.type)
        if verdict is None or security is Security.INDETERMINATE:
            return tell(say, "dnssec.not_had", name=facts.name)
        zone = zone_words(verdict.link.zone, say)
        if security is Security.INSECURE:
            unsupported = facts.flaw is Flaw.UNSUPPORTED_ALGORITHM
            key = "dnssec.unsupported" if unsupported else "dnssec.no_ds"
            return tell(say, key, name=facts.name, zone=zone)
        place = zone if verdict.link.security is Security.BOGUS else shown(facts.worst.name)
        return tell(say, "dnssec.breaks", place=place, reason=_reason(facts.flaw, say))

    def tabulated(self) -> Table | None:
        say = self.say
        rows = dict.fromkeys(row for one in self.facts.judged for row in self._rows(one))
        if not rows:
            return None
        return Table(
            say("The links of the chain"),
            (
                *(say("link"), say("vouched for by the zone above (DS)")),
                *(say("keys of the zone"), say("signature valid until"), say("verdict")),
            ),
            tuple(rows),
        )

    def _rows(self, one: Judged) -> Iterator[tuple[str, ...]]:
        say = self.say
        for link in one.links:
            keys = ", ".join(_key_words(key) for key in link.dnskey or ()) or "–"
            until, verdict = _until(link.key_check), _verdict(link, say)
            yield zone_words(link.zone, say), self._ds_words(link), keys, until, verdict
        if last := one.ending:
            yield self._asked(one), "–", "–", _until(last.check), _verdict(last, say)

    def _asked(self, one: Judged) -> str:
        """Name what the last link is about: an answer, an alias, or an absence."""
        name, type = shown(one.name), self.facts.type
        if isinstance(one.reading, Reading) and one.reading.target is not None:
            return f"{name} CNAME"
        if isinstance(one.reading, Reading) and one.reading.records is None:
            return self.say("proof of absence: {name} {type}", name=name, type=type)
        return f"{name} {type}"

    def _ds_words(self, link: Link) -> str:
        if link.ds is None:
            return self.say("nobody: no DS")
        tags = ", ".join(str(ds.key_tag) for ds in link.ds)
        if link.zone == dns.name.root:
            return self.say("known beforehand: key {tags}", tags=tags)
        return self.say("key {tags}", tags=tags)

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, f"dnssec.limit_{self.facts.security.name.lower()}")

    def figure(self) -> Figure | Missing:
        say, data = self.say, self.tabulated()
        if data is None:
            return super().figure()
        # Through aliases several chains lead on; the one that decides is drawn.
        final = self.facts.worst
        boxes = [_box(zone_words(link.zone, say), link, say) for link in final.links]
        words = [
            say("the zone above vouches for no key")
            if link.ds is None
            else say("the zone above vouches for its key (DS)")
            for link in final.links[1:]
        ]
        if final.ending is not None:
            boxes.append(_box(shown(final.name), final.ending, say))
            words.append(say("signature over the answer"))
        told = "; ".join(f"{box.heading}: {box.text}" for box in boxes)
        alt = tell(say, "dnssec.picture", count=len(boxes), boxes=told)
        title = say("The chain of trust of {name}", name=shown(final.name))
        return drawings.chain(title, alt, data, boxes, words, say)


def dnssec(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> TrustChainPage:
    """Fetch and check the chain of trust for records of `rdtype` at the name that was typed."""
    return TrustChainPage(session.say, lookup.dnssec(session, typed, rdtype))


def _box(name: str, judged: Link | Verdict, say: Language) -> drawings.Box:
    sign, colour = _SIGNS[judged.security]
    return drawings.Box(f"{sign} {name}", _verdict_in_words(judged, say), colour)


def _reason(flaw: Flaw | None, say: Language) -> str:
    return tell(say, f"dnssec.{flaw.name.lower()}") if flaw else ""


def _verdict(judged: Link | Verdict, say: Language) -> str:
    return f"{_SIGNS[judged.security][0]} {_verdict_in_words(judged, say)}"


def _verdict_in_words(judged: Link | Verdict, say: Language) -> str:
    security, flaw = judged.security, judged.flaw
    key = "broken" if security is Security.BOGUS else "not_protected"
    if flaw is None:
        key = f"verdict_{security.name.lower()}"
    return tell(say, f"dnssec.{key}", reason=_reason(flaw, say))


def _key_words(key: dns.rdtypes.ANY.DNSKEY.DNSKEY) -> str:
    return f"{key.key_id()} ({Algorithm.to_text(key.algorithm)})"


def _until(check: Check | None) -> str:
    return "–" if check is None or check.rrsig is None else utc(check.rrsig.expiration)
