"""`lab.dnssec`: the chain of trust, link by link, and where it breaks."""

from __future__ import annotations

from dataclasses import dataclass

import dns.name
import dns.rdatatype
from dns.dnssectypes import Algorithm

from labsupport.answers import drawings
from labsupport.answers.trace import zone_words
from labsupport.dns.chain import Chain, Link, Verdict
from labsupport.dns.validation import Check, Flaw, Security, read_trust_anchor
from labsupport.dns.walk import LONGEST_ALIAS_CHAIN, Failure, Reading, read_resolved
from labsupport.dns.walk import Kind as ReadingKind
from labsupport.exchange import Reply
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.language import Language, limits, tell
from labsupport.lookups.session import Session
from labsupport.results import Figure, Missing, Result, Table, utc


@dataclass(frozen=True, slots=True)
class Judged:
    """One name on the way through aliases, its answer and what the chain says of it."""

    name: dns.name.Name
    reading: Reading | Failure
    verdict: Verdict | None
    links: tuple[Link, ...]

    @property
    def security(self) -> Security:
        """What the chain says of it."""
        return Security.INDETERMINATE if self.verdict is None else self.verdict.security


@dataclass(eq=False, repr=False, kw_only=True)
class TrustChain(Result):
    """A chain of trust from the root's key to an answer.

    Attributes: `judged`, the names on the way, each with its links; `worst`, the one of them that
    decides; `type`, as text.
    """

    judged: list[Judged]
    worst: Judged
    type: str

    @property
    def security(self) -> Security:
        """That of the whole."""
        return self.worst.security

    @property
    def flaw(self) -> Flaw | None:
        """Why the chain breaks; None if it does not."""
        return self.worst.verdict.flaw if self.worst.verdict else None

    @property
    def name(self) -> str:
        """The name that was asked for."""
        return shown(self.judged[0].name)

    @property
    def sentence(self) -> str:
        say, verdict, security = self.say, self.worst.verdict, self.security
        if security is Security.SECURE:
            key = f"dnssec.holds_{self.kind.name.lower() if self.kind else ''}"
            return tell(say, key, name=shown(self.judged[-1].name), type=self.type)
        if verdict is None or security is Security.INDETERMINATE:
            return tell(say, "dnssec.not_had", name=self.name)
        zone = zone_words(verdict.link.zone, say)
        if security is Security.INSECURE:
            unsupported = self.flaw is Flaw.UNSUPPORTED_ALGORITHM
            key = "dnssec.unsupported" if unsupported else "dnssec.no_ds"
            return tell(say, key, name=self.name, zone=zone)
        place = zone if verdict.link.security is Security.BOGUS else shown(self.worst.name)
        return tell(say, "dnssec.breaks", place=place, reason=_reason(self.flaw, say))

    def tabulated(self) -> Table | None:
        say = self.say
        rows = [row for one in self.judged for row in self._rows(one)]
        if not rows:
            return None
        return Table(
            say("The links of the chain"),
            (
                *(say("link"), say("vouched for by the zone above (DS)")),
                *(say("keys of the zone"), say("signature valid until"), say("verdict")),
            ),
            tuple(dict.fromkeys(rows)),
        )

    def _rows(self, one: Judged) -> list[tuple[object, ...]]:
        say = self.say
        rows: list[tuple[object, ...]] = [
            (
                zone_words(link.zone, say),
                self._ds_words(link),
                ", ".join(_key_words(key) for key in link.dnskey or ()) or "–",
                _until(link.key_check),
                _verdict_words(link.security, link.flaw, say),
            )
            for link in one.links
        ]
        last = one.verdict
        if last is not None and last.link.security is Security.SECURE:
            words = _verdict_words(last.security, last.flaw, say)
            rows.append((self._asked(one), "–", "–", _until(last.check), words))
        return rows

    def _asked(self, one: Judged) -> str:
        """Name what the last link is about: an answer, an alias, or an absence."""
        name = shown(one.name)
        if isinstance(one.reading, Reading) and one.reading.target is not None:
            return f"{name} CNAME"
        if isinstance(one.reading, Reading) and one.reading.records is None:
            return self.say("proof of absence: {name} {type}", name=name, type=self.type)
        return f"{name} {self.type}"

    def _ds_words(self, link: Link) -> str:
        if link.ds is None:
            return self.say("nobody: no DS")
        tags = ", ".join(str(ds.key_tag) for ds in link.ds)
        if link.zone == dns.name.root:
            return self.say("known beforehand: key {tags}", tags=tags)
        return self.say("key {tags}", tags=tags)

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, f"dnssec.limit_{self.security.name.lower()}")

    def figure(self) -> Figure | Missing:
        say = self.say
        data = self.tabulated()
        if data is None:
            return super().figure()
        # Through aliases several chains lead on; the one that decides is drawn.
        final = self.worst
        boxes = [self._box(zone_words(link.zone, say), link) for link in final.links]
        if final.verdict is not None and final.verdict.link.security is Security.SECURE:
            boxes.append(self._box(shown(final.name), final.verdict))
        words = [
            say("the zone above vouches for no key")
            if link.ds is None
            else say("the zone above vouches for its key (DS)")
            for link in final.links[1:]
        ]
        if len(words) < len(boxes) - 1:
            words.append(say("signature over the answer"))
        alt = tell(
            say,
            "dnssec.picture",
            count=len(boxes),
            boxes="; ".join(f"{box.heading}: {box.text}" for box in boxes),
        )
        title = say("The chain of trust of {name}", name=shown(final.name))
        return drawings.chain(title, alt, data, boxes, words, say)

    def _box(self, name: str, judged: Link | Verdict) -> drawings.Box:
        sign, colour = _SIGNS[judged.security]
        words = _verdict_words(judged.security, judged.flaw, self.say)
        return drawings.Box(f"{sign} {name}", words, colour)


def dnssec(session: Session, typed: Typed, asked_type: dns.rdatatype.RdataType) -> TrustChain:
    """Fetch and check the chain of trust for records of a type at the name that was typed.

    The records come from the connection's resolver, asked not to check them itself; the
    checking is done here.
    """
    servers: dict[str, None] = {}

    def fetch(name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> Reading | Failure:
        asked = session.ask_resolver(name, rdtype, checking_disabled=True)
        if asked.response is None:
            return Failure.NO_ANSWER if not isinstance(asked.outcome, Reply) else Failure.LAME
        servers[asked.to_address] = None
        reading = read_resolved(asked.response, name, rdtype)
        return Failure.LAME if reading.kind is ReadingKind.LAME else reading

    chain = Chain(fetch, read_trust_anchor(session.entry.trust_anchor), session.network.clock)
    judged: list[Judged] = []
    target: dns.name.Name | None = typed.name
    while target is not None and len(judged) <= LONGEST_ALIAS_CHAIN:
        reading = fetch(target, asked_type)
        verdict = None
        links: tuple[Link, ...] = ()
        if isinstance(reading, Reading):
            verdict = chain.judge(target, asked_type, reading)
            links = tuple(chain.links_to(verdict.link.zone))
        judged.append(Judged(target, reading, verdict, links))
        following = reading.target if isinstance(reading, Reading) else None
        target = None if following in [one.name for one in judged] else following
    worst = max(judged, key=lambda one: _ORDER.index(one.security))
    kind = _kind(worst.security, judged[-1].reading)
    now = session.provenance(", ".join(map(session.named, servers)))
    rdtype = dns.rdatatype.to_text(asked_type)
    return TrustChain(session.say, kind, now, typed.notes, judged=judged, worst=worst, type=rdtype)


_ORDER = (Security.SECURE, Security.INSECURE, Security.INDETERMINATE, Security.BOGUS)
_SIGNS = {
    Security.SECURE: ("✓", drawings.GREEN),
    Security.INSECURE: ("○", drawings.GREY),
    Security.INDETERMINATE: ("?", drawings.GREY),
    Security.BOGUS: ("✗", drawings.ORANGE),
}


def _kind(security: Security, reading: Reading | Failure) -> Kind:
    if security is Security.BOGUS:
        return Kind.FAILED
    if security is Security.INDETERMINATE or isinstance(reading, Failure):
        return Kind.NO_ANSWER
    return {
        ReadingKind.NAME_ERROR: Kind.NO_SUCH_NAME,
        ReadingKind.NO_DATA: Kind.NO_SUCH_TYPE,
    }.get(reading.kind, Kind.FOUND)


def _reason(flaw: Flaw | None, say: Language) -> str:
    return tell(say, f"dnssec.{flaw.name.lower()}") if flaw else ""


def _verdict_words(security: Security, flaw: Flaw | None, say: Language) -> str:
    key = f"verdict_{security.name.lower()}" if flaw is None else "not_protected"
    if flaw is not None and security is Security.BOGUS:
        key = "broken"
    return f"{_SIGNS[security][0]} {tell(say, f'dnssec.{key}', reason=_reason(flaw, say))}"


def _key_words(key: dns.rdtypes.ANY.DNSKEY.DNSKEY) -> str:
    return f"{key.key_id()} ({Algorithm.to_text(key.algorithm)})"


def _until(check: Check | None) -> str:
    return "–" if check is None or check.rrsig is None else utc(check.rrsig.expiration)
