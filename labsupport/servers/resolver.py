"""A validating resolver: walks down from the root, checks signatures, remembers answers.

What it does for its clients is RFC 1034 section 5.3.3, RFC 4035 section 4, RFC 2308 for
remembering absence and RFC 8914 for saying why it failed; RFC 8484 when asked over HTTPS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import dns.edns
import dns.rdataclass
import dns.rrset
from dns import flags, rcode
from dns.edns import EDECode
from dns.message import Message
from dns.name import Name
from dns.rdatatype import AAAA, DS, SOA, A, RdataType
from dns.rrset import RRset

from labsupport.dns import walk
from labsupport.dns.chain import PROOFS, Chain, Link
from labsupport.dns.transport import MEDIA_TYPE, RESOLVER_PATH, UDP_PAYLOAD, Send
from labsupport.dns.validation import Flaw, Security, read_trust_anchor
from labsupport.dns.walk import Failure, Known, Reading, Records, ResponseKind, Walk
from labsupport.exchange import HTTPS_PORT, Clock, Outcome, Reply, Request, Reset
from labsupport.exchange.http import Headers, HttpRequest, HttpResponse, NotHttp
from labsupport.exchange.rules import NameRule, PolicyAnswer
from labsupport.servers.messages import respond

# How long to keep an absence that came without the SOA that would tell (RFC 2308 section 5).
SECONDS_OF_ABSENCE_UNTOLD = 0

# Extended DNS Errors (RFC 8914 section 4).
ERROR_OF_FLAW: dict[Flaw | None, EDECode] = {
    Flaw.UNSUPPORTED_ALGORITHM: EDECode.UNSUPPORTED_DNSKEY_ALGORITHM,
    Flaw.EXPIRED: EDECode.SIGNATURE_EXPIRED,
    Flaw.NOT_YET_VALID: EDECode.SIGNATURE_NOT_YET_VALID,
    Flaw.NO_DNSKEY: EDECode.DNSKEY_MISSING,
    Flaw.NO_MATCHING_KEY: EDECode.DNSKEY_MISSING,
    Flaw.NO_SIGNATURE: EDECode.RRSIGS_MISSING,
    Flaw.MISSING_DENIAL: EDECode.NSEC_MISSING,
}

Key = tuple[Name, RdataType | None]


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """An answer in the cache: until when, and what validation made of it (None: not yet)."""

    reading: Reading
    expires: float
    security: Security | None = None
    flaw: Flaw | None = None


@dataclass(slots=True)
class ResolverCache:
    """All that a resolver remembers."""

    known: Known
    answers: dict[Key, CacheEntry] = field(default_factory=dict)
    delegations: dict[Name, CacheEntry] = field(default_factory=dict)
    links: dict[Name, tuple[Link | None, float]] = field(default_factory=dict)

    def copy(self) -> ResolverCache:
        """Return a copy that learns and forgets on its own."""
        return ResolverCache(
            known=self.known.copy(),
            answers=dict(self.answers),
            delegations=dict(self.delegations),
            links=dict(self.links),
        )


class Resolver:
    """Answers its clients' questions by asking authoritative servers through the network.

    `addresses` are its own, `root_hints` the root servers' by name, `trust_anchor` the
    root's DS set as master-file text, `policy` what it says instead of the truth. One that does
    not check signatures has `checks` false. Asked over HTTPS it answers only if it has
    `certificates`: a function from a time (seconds since 1970) to those it shows, as DER.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        root_hints: Mapping[str, tuple[str, ...]],
        trust_anchor: str,
        policy: Sequence[NameRule] = (),
        certificates: Callable[[float], tuple[bytes, ...]] | None = None,
    ) -> None:
        self._source4 = next((a for a in addresses if ":" not in a), "")
        self._source6 = next((a for a in addresses if ":" in a), "")
        self._anchor = read_trust_anchor(trust_anchor)
        self._policy = policy
        self._certificates = certificates
        self._memory = ResolverCache(Known(root_hints))
        self.checks = True

    def take_cache_of(self, other: Resolver) -> None:
        """Remember what `other` remembers now, and go on separately."""
        self._memory = other._memory.copy()

    def forget(self, above: Name) -> None:
        """Forget all that was learnt of names at and below `above`."""
        memory = self._memory
        for part in (memory.delegations, memory.links, memory.known.cuts):
            below = [name for name in part if name.is_subdomain(above)]
            for name in below:
                del part[name]
        memory.answers = {
            key: kept
            for key, kept in memory.answers.items()
            if not key[0].is_subdomain(above)
        }

    def kept(self, now: float) -> dict[tuple[object, ...], float]:
        """Return each piece that is still remembered at `now`, and until when (since 1970)."""
        memory = self._memory
        pieces: dict[tuple[object, ...], float] = {}
        pieces |= {
            ("answer", *key): kept.expires for key, kept in memory.answers.items()
        }
        pieces |= {
            ("DS", zone): kept.expires for zone, kept in memory.delegations.items()
        }
        pieces |= {
            ("key", zone): expires for zone, (_, expires) in memory.links.items()
        }
        pieces |= {
            ("cut", zone): expires for zone, (_, expires) in memory.known.cuts.items()
        }
        return {piece: expires for piece, expires in pieces.items() if expires > now}

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one DNS message from a client, which may have come over HTTPS."""
        if request.protocol in ("http", "https"):
            over_https = request.protocol == "https" and request.port == HTTPS_PORT
            if self._certificates is None or not over_https:
                return Reset(request.to_address, 0.0)
            certificates = self._certificates(clock.now())
            return _over_https(
                request, lambda inner: self.handle(inner, send, clock), certificates
            )

        def answer(query: Message, response: Message) -> float:
            # Who set CD checks for himself (RFC 4035 section 3.2.2).
            response.flags |= query.flags & flags.CD
            if (
                query.question[0].rdclass != dns.rdataclass.IN
                or not query.flags & flags.RD
            ):
                response.set_rcode(rcode.REFUSED)
                return 0.0
            way = Walk(send, self._source_for, self._memory.known, clock)
            own = _Resolution(
                self._memory, way, self._anchor, self._policy, self.checks
            )
            own.answer(query, response)
            return sum(step.exchange.elapsed for step in way.steps)

        return respond(request, answer, recursion_available=True)

    def _source_for(self, to_address: str) -> str:
        return self._source6 if ":" in to_address else self._source4


@dataclass(slots=True)
class _Resolution:
    """One client's question, while it is being answered."""

    memory: ResolverCache
    walk: Walk
    anchor: RRset
    policy: Sequence[NameRule]
    checks: bool
    chain: Chain = field(init=False)

    def __post_init__(self) -> None:
        self.walk.address_of = self._addresses_of
        self.chain = Chain(self._fetch, self.anchor, self.walk.clock, self.memory.links)

    def answer(self, query: Message, response: Message) -> None:
        """Fill `response` to `query`, following aliases."""
        name = query.question[0].name
        rdtype = query.question[0].rdtype
        dnssec = bool(query.ednsflags & flags.DO)
        checking = self.checks and not query.flags & flags.CD
        secure = True
        for _ in range(walk.LONGEST_ALIAS_CHAIN):
            rule = self._rule_for(name)
            if rule is not None and not (rule.spares_signed and dnssec):
                self._answer_by(rule, name, rdtype, response)
                return
            kept = self._look_up(name, rdtype)
            if isinstance(kept, CacheEntry) and (checking or rule is not None):
                kept = self._judged(name, rdtype, kept)
            unsigned = isinstance(kept, Failure) or kept.security is not Security.SECURE
            if rule is not None and unsigned:
                self._answer_by(rule, name, rdtype, response)
                return
            if isinstance(kept, Failure):
                response.set_rcode(rcode.SERVFAIL)
                too_long = kept is Failure.TOO_LONG
                _explain(
                    response,
                    EDECode.OTHER if too_long else EDECode.NO_REACHABLE_AUTHORITY,
                )
                return
            if checking and kept.security not in _TO_BE_GIVEN_OUT:
                response.set_rcode(rcode.SERVFAIL)
                response.answer.clear()
                response.authority.clear()
                _explain(response, ERROR_OF_FLAW.get(kept.flaw, EDECode.DNSSEC_BOGUS))
                return
            secure = secure and checking and not unsigned
            self._append(response, kept, dnssec=dnssec)
            target = kept.reading.target
            if target is None:
                break
            name = target
        else:
            response.set_rcode(rcode.SERVFAIL)
            response.answer.clear()
            return
        if secure and (dnssec or query.flags & flags.AD):
            response.flags |= flags.AD

    def _append(self, response: Message, kept: CacheEntry, *, dnssec: bool) -> None:
        ttl = max(0, int(kept.expires - self.walk.clock.now()))
        reading = kept.reading
        if reading.rcode == rcode.NXDOMAIN:
            response.set_rcode(rcode.NXDOMAIN)
        if reading.records is not None:
            _put(response.answer, reading.records, ttl, dnssec=dnssec)
        for records in reading.authority:
            absent = reading.records is None and records.rrset.rdtype == SOA
            if absent or (dnssec and records.rrset.rdtype in PROOFS):
                _put(response.authority, records, ttl, dnssec=dnssec)

    # Policy

    def _rule_for(self, name: Name) -> NameRule | None:
        now = self.walk.clock.now()
        for rule in self.policy:
            if rule.in_force(now) and rule.meets(name):
                return None if rule.answer is PolicyAnswer.TRUE else rule
        return None

    @staticmethod
    def _answer_by(
        rule: NameRule, name: Name, rdtype: RdataType, response: Message
    ) -> None:
        if rule.answer is PolicyAnswer.NAME_ERROR:
            response.set_rcode(rcode.NXDOMAIN)
        elif rule.answer is PolicyAnswer.REFUSED:
            response.set_rcode(rcode.REFUSED)
        elif rule.answer is PolicyAnswer.ADDRESSES and rdtype in (A, AAAA):
            given = [a for a in rule.addresses if (":" in a) == (rdtype == AAAA)]
            if given:
                response.answer.append(
                    dns.rrset.from_text_list(name, 60, "IN", rdtype, given)
                )
        if rule.error is not None:
            _explain(response, rule.error, rule.error_text)

    # Answers, from memory or from the walk

    def _look_up(
        self, name: Name, rdtype: RdataType, detour: int = 0
    ) -> CacheEntry | Failure:
        now = self.walk.clock.now()
        for asked in (rdtype, None):
            kept = self.memory.answers.get((name, asked))
            if kept is not None and kept.expires > now:
                return kept
        reading = self._walk_for(name, rdtype, detour)
        if isinstance(reading, Failure):
            return reading
        kept = CacheEntry(reading, now + _seconds_to_keep(reading))
        # That a name does not exist holds for every type (RFC 2308 section 5). What the zone above
        # says when it is asked for a DS is kept for that alone, as Unbound does: servers below that
        # are still remembered may know more.
        absent = reading.kind is ResponseKind.NAME_ERROR and rdtype != DS
        key: Key = (name, None if absent else rdtype)
        self.memory.answers[key] = kept
        return kept

    def _walk_for(
        self, name: Name, rdtype: RdataType, detour: int
    ) -> Reading | Failure:
        before = len(self.walk.steps)
        reading = self.walk.find(name, rdtype, detour)
        now = self.walk.clock.now()
        for step in self.walk.steps[before:]:
            cut = step.reading.cut if step.reading else None
            if cut is None or not (cut.ds or cut.denial):
                continue
            # A referral tells on the way whether the zone below is signed (RFC 4035 3.1.4).
            kind = ResponseKind.ANSWER if cut.ds else ResponseKind.NO_DATA
            referral = Reading(
                kind, rcode.NOERROR, records=cut.ds, authority=cut.denial
            )
            expires = now + _seconds_to_keep(referral)
            self.memory.delegations[cut.zone] = CacheEntry(referral, expires)
        return reading

    def _addresses_of(self, server: Name, detour: int) -> Iterable[str]:
        for rdtype in (A, AAAA):
            kept = self._look_up(server, rdtype, detour)
            if (
                not isinstance(kept, Failure)
                and kept.reading.kind is ResponseKind.ANSWER
            ):
                records = kept.reading.records
                assert records is not None
                yield from (record.address for record in records.rrset)

    # Validation

    def _fetch(self, name: Name, rdtype: RdataType) -> Reading | Failure:
        if rdtype == DS:
            delegation = self.memory.delegations.get(name)
            if delegation is not None and delegation.expires > self.walk.clock.now():
                return delegation.reading
        kept = self._look_up(name, rdtype)
        return kept if isinstance(kept, Failure) else kept.reading

    def _judged(self, name: Name, rdtype: RdataType, kept: CacheEntry) -> CacheEntry:
        """Return `kept` with what validation makes of it, and remember that."""
        if kept.security is not None:
            return kept
        verdict = self.chain.judge(name, rdtype, kept.reading)
        # Only what was checked is bound by its signatures (RFC 4035 section 5.3.3).
        expires = kept.expires
        if verdict.security is not Security.INSECURE:
            expires = min(expires, verdict.expires)
        judged = replace(
            kept, expires=expires, security=verdict.security, flaw=verdict.flaw
        )
        for key in ((name, rdtype), (name, None)):
            if self.memory.answers.get(key) is kept:
                self.memory.answers[key] = judged
        return judged


def _over_https(
    request: Request,
    answer: Callable[[Request], Outcome],
    certificates: tuple[bytes, ...],
) -> Outcome:
    """Have `answer` answer the DNS message that is posted in `request` (RFC 8484).

    A message over HTTPS may be as long as over TCP (section 6), so it is handed on as one that
    came so. What a name server leaves unanswered is no question.
    """
    elapsed = 0.0
    body = b""
    headers: Headers = ()
    try:
        asked = HttpRequest.from_bytes(request.payload)
    except NotHttp:
        asked = HttpRequest("", "")
    status = HTTPStatus.BAD_REQUEST
    if asked.method and asked.target != RESOLVER_PATH:
        status = HTTPStatus.NOT_FOUND
    elif asked.method == "POST" and asked.header("Content-Type").lower() == MEDIA_TYPE:
        outcome = answer(
            replace(request, protocol="tcp", server_name=None, payload=asked.body)
        )
        elapsed = outcome.elapsed
        if isinstance(outcome, Reply):
            status = HTTPStatus.OK
            body = outcome.payload
            headers = (("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"))
    response = HttpResponse(status, headers, body)
    return Reply(request.to_address, elapsed, (), response.to_bytes(), certificates)


_TO_BE_GIVEN_OUT = {Security.SECURE, Security.INSECURE}


def _seconds_to_keep(reading: Reading) -> int:
    """How long an answer may be kept: its own TTL, or what the SOA allows for absence."""
    if reading.records is not None:
        return min(reading.records.rrset.ttl, walk.SECONDS_A_DAY)
    if not reading.authority:
        return SECONDS_OF_ABSENCE_UNTOLD
    seconds = walk.SECONDS_A_DAY
    for records in reading.authority:
        seconds = min(seconds, records.rrset.ttl)
        if records.rrset.rdtype == SOA:
            seconds = min(seconds, records.rrset[0].minimum)
    return seconds


def _put(section: list[RRset], records: Records, ttl: int, *, dnssec: bool) -> None:
    section.append(_aged(records.rrset, ttl))
    if dnssec and records.signatures is not None:
        section.append(_aged(records.signatures, ttl))


def _aged(rrset: RRset, ttl: int) -> RRset:
    aged: RRset = rrset.copy()  # type: ignore[no-untyped-call]
    aged.ttl = ttl
    return aged


def _explain(response: Message, code: int, text: str | None = None) -> None:
    """Say why in an Extended DNS Error, to clients that speak EDNS (RFC 8914 section 2)."""
    if response.edns >= 0:
        option = dns.edns.EDEOption(EDECode.make(code), text or None)
        response.use_edns(0, response.ednsflags, UDP_PAYLOAD, options=[option])
