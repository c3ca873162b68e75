"""What a review may find in an order: a small class a finding.

A finding is something to look at, never a mistake by itself. Its severity weighs the harm of
delay as well: serious is what would hit bystanders, or what nobody can execute; a warning is
what is better settled first; a note can be settled while the order runs.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import ClassVar

from labsupport.blocking.context import (
    ACCESS_PLACES,
    LONGEST,
    Context,
    Party,
    alike,
    aware,
)
from labsupport.blocking.facts import Facts, Looked
from labsupport.blocking.order import Notice, Order, Part, Span, Target, TargetKind
from labsupport.blocking.reading.words import Page, phrases
from labsupport.blocking.targets import (
    address_in,
    block_in,
    canonical_address,
    is_page,
    without_www,
)
from labsupport.blocking.techniques import PROFILES, Place, Technique
from labsupport.language import Language, mark
from labsupport.lookups import lookalikes
from labsupport.lookups.neighbours import Seen
from labsupport.lookups.numbers import SPECIAL, lies_in
from labsupport.lookups.site_kinds import NAMED_FIRST, word
from labsupport.lookups.who import OUT_OF_THE_DNS
from labsupport.results import Kind, span

LONG = timedelta(days=180)  # from here on nobody remembers it unless it says so
WIDEST = {4: 24, 6: 48}  # the widest block, in bits, that is still told from a whole network
MOST_KINDS = 6  # named in a sentence
TWO_TO_THE = mark("It has 2 to the power of {bits} addresses.")
JOINT_DECLARATION = mark(
    "Joint Declaration on Freedom of Expression and the Internet, 1 June 2011: mandatory blocking "
    "of whole sites, addresses, ports or protocols is an extreme measure (as reported)"
)


class Severity(StrEnum):
    """How much a finding weighs, the delay that it may cause included."""

    SERIOUS = "serious"
    WARNING = "warning"
    NOTE = "note"


SEVERITIES: dict[Severity, str] = {
    Severity.SERIOUS: mark("serious"),
    Severity.WARNING: mark("warning"),
    Severity.NOTE: mark("note"),
}


# What is read as an address is a target: this is one that cannot be.
LIKE_AN_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3,4}")


class SiteKind(str):
    """A kind of site, in the observatory's English word."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """A sentence that is said later: its English words, and what fills their places.

    It has numbers, spans and kinds of site; no word of an order, and no name.
    """

    words: str
    values: Mapping[str, object] = field(default_factory=dict)

    def said(self, say: Language) -> str:
        """Return it in words."""
        return say(self.words, **{key: _said(value, say) for key, value in self.values.items()})


def _said(value: object, say: Language) -> object:
    if isinstance(value, timedelta):
        return span(say, value.total_seconds())
    if isinstance(value, SiteKind):
        return word(value, say)
    if isinstance(value, Counter):
        named = sorted(value.items(), key=lambda one: (_place(one[0]), -one[1], one[0]))
        words = [f"{_said(SiteKind(kind), say)} {n}" for kind, n in named[:MOST_KINDS]]
        rest = sum(count for _, count in named[MOST_KINDS:])
        return ", ".join([*words, say("others {count}", count=rest)] if rest else words)
    return value


def _place(kind: str) -> int:
    """Before which kinds a kind is named: first those that the public depends on."""
    return NAMED_FIRST.index(kind) if kind in NAMED_FIRST else len(NAMED_FIRST)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at in an order.

    `code` is the same for ever, `title`, `reason` and `reference` are English words to be said.
    `target` is the place of the target it is about among the order's, None where it is about
    the order; `start` and `end` say where in the text, both 0 where that is nowhere. It holds
    no word of the order. `wording` is the key of an alternative wording, "" without one.
    """

    code: str
    severity: Severity
    title: str
    reason: str
    reference: str
    wording: str = ""
    target: int | None = None
    start: int = 0
    end: int = 0
    detail: Detail | None = None


class Check(ABC):
    """One thing that a review looks for."""

    code: ClassVar[str]
    severity: ClassVar[Severity] = Severity.WARNING
    title: ClassVar[str]
    reason: ClassVar[str]
    reference: ClassVar[str]
    wording: ClassVar[bool] = True  # whether wording.toml has other words for it
    further_wordings: ClassVar[tuple[str, ...]] = ()  # keys beside its code

    @abstractmethod
    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        """Return each place where it is found."""

    def found(
        self,
        where: Span | None = None,
        *,
        severity: Severity | None = None,
        detail: Detail | None = None,
        reason: str = "",
        wording: str = "",
    ) -> Finding:
        """Return a finding, `where` in the text it is; `wording` is a key other than its code."""
        start, end = where or (0, 0)
        return Finding(
            self.code,
            severity or self.severity,
            self.title,
            reason or self.reason,
            self.reference,
            (wording or self.code) if self.wording else "",
            None,
            start,
            end,
            detail,
        )


class TargetCheck(Check):
    """One thing that a review looks for in each target."""

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        for place, one in enumerate(facts):
            for found in self.on(one, order, context):
                yield replace(found, target=place, start=one.target.start, end=one.target.end)

    @abstractmethod
    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        """Return what is found in one target."""


class TargetTrait(TargetCheck):
    """What is so of a target or not, and weighs the same in each."""

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if self.holds(one, order, context):
            yield self.found()

    @abstractmethod
    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        """Say whether it is so of one target."""


class Absent(Check):
    """What was not found in an order: none of its `fields`."""

    fields: ClassVar[tuple[str, ...]]

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if all(getattr(order, name) in (None, "", ()) for name in self.fields):
            yield self.found(severity=Severity.NOTE if self.eased(order, context) else None)

    def eased(self, order: Order, context: Context) -> bool:
        """Say whether it is but a note in this order."""
        return False


# What the checks share


def _on(order: Order) -> str:
    """What the order's technique acts on, "" where none was found."""
    return PROFILES[order.technique].on if order.technique else ""


def _place_of(order: Order) -> Place | None:
    return PROFILES[order.technique].place if order.technique else None


def _everywhere(order: Order) -> bool:
    """Whether the technique also holds for people whom no executor in the territory serves."""
    technique = order.technique
    return technique is not None and (
        PROFILES[technique].everywhere or technique is Technique.PUBLIC_RESOLVER
    )


def _by_address(order: Order, facts: Facts) -> bool:
    """Whether the target is blocked by its addresses, or may be, since it is one."""
    on = _on(order)
    return on == "addresses" or (not facts.name and on in ("", "names"))


def _scheme(target: Target) -> str:
    return target.value.partition(":")[0].lower()


def _others(kinds: Counter[str]) -> Detail:
    """How many others there are, and of which kinds where that is known."""
    count = sum(kinds.values())
    if "" in kinds:
        return Detail(mark("Other names seen: {count}."), {"count": count})
    return Detail(mark("Other sites seen: {count} ({kinds})."), {"count": count, "kinds": kinds})


# Targets: which they are


class NoTarget(Absent):
    code = "no-target"
    fields = ("targets", "annex")
    severity = Severity.SERIOUS
    title = mark("No target was found in the text")
    reason = mark("Without a name, a page or an address nobody can execute the order.")
    reference = mark(
        "Survey of operators for the panel at LACNOG 2023 (LACNIC): almost 6 in 10 had had orders "
        "that drafting errors made impossible to comply with"
    )


class TargetsInAnnex(Check):
    code = "targets-in-annex"
    severity = Severity.NOTE
    title = mark("No target was found in the text; it points to an annex")
    reason = mark(
        "The targets stand in an annex, which this review has not seen. Lists are often, and "
        "lawfully, kept apart."
    )
    reference = mark("Manila Principles, 24 March 2015: an order is to be clear and unambiguous")

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if order.annex and not order.targets:
            yield self.found(order.where.get("annex"))


class ImpossibleTarget(TargetTrait):
    code = "impossible-target"
    severity = Severity.SERIOUS
    title = mark("A target that is no name, address or page")
    reason = mark(
        "Equipment cannot be told to block it. Whoever executes the order would have to guess "
        "what was meant, or leave it out."
    )
    reference = NoTarget.reference

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        yield from super().check(order, facts, context)
        for passage in order.not_understood:
            if LIKE_AN_ADDRESS.fullmatch(passage.text) and not canonical_address(passage.text):
                yield self.found((passage.start, passage.end))

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return one.looked is Looked.UNREADABLE


class AddressInBrackets(TargetCheck):
    code = "address-in-brackets"
    severity = Severity.SERIOUS
    title = mark("An address in brackets behind a name")
    reason = mark(
        "Whoever executes the order cannot tell whether the name is to be blocked, the address, "
        "or both. To be safe, many block both, and with the address everybody else who is there."
    )
    reference = mark(
        "Argentina, order on Leakymails, August 2011: three names and an address in brackets; "
        "Google said that more than a million blogs became unreachable for customers of some "
        "providers; which address was blocked is disputed (Clarín)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        yield from super().check(order, facts, context)
        for one in order.mentions:
            if one.target.beside and one.part is Part.UNSURE:
                yield self.found((one.target.start, one.target.end))

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if not one.target.beside:
            return
        others = context.sites(one, one.at_addresses, own_domain=False)
        alone = one.looked is Looked.UP and not others and not one.unanswered
        yield self.found(severity=Severity.WARNING if alone else None)


class AddressDiffers(TargetTrait):
    code = "address-differs"
    severity = Severity.SERIOUS
    title = mark("The name in front of an address does not lead to that address today")
    reason = mark(
        "Sites move, and digits are mistyped. To block this address would hit whoever is there "
        "now, and not the site."
    )
    reference = mark(
        "Hoang and others, ASIACCS 2020 (arXiv 1911.00563): 7.7% of long-lived domains change "
        "their address daily"
    )

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        leads, block = one.addresses_of_name, block_in(one.target)
        if leads is None or block is None:
            return False
        return not any(ip_address(address) in block for address in leads)


class AddressAlone(TargetTrait):
    code = "address-alone"
    title = mark("An address without a name")
    reason = mark(
        "An address says where a machine is, not which site is meant. Nobody can check later "
        "whether the site is still there, nor see when it has left."
    )
    reference = mark(
        "Australia, ASIC, March and April 2013: about 250,000 sites at blocked addresses; the "
        "staff had not been aware that sites share addresses (press)"
    )

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        block = block_in(one.target)
        beside = one.target.beside or order.where.get(one.target.value)
        if block is None or beside:
            return False
        if one.target.kind is TargetKind.PREFIX:  # a block, and no site is named at all
            return not any(
                other.kind in (TargetKind.NAME, TargetKind.URL) for other in order.targets
            )
        return not any(ip_address(address) in block for address in context.leading)


class SpecialAddress(TargetTrait):
    code = "special-address"
    severity = Severity.SERIOUS
    title = mark("An address that is nobody's in particular")
    reason = mark(
        "It is kept for private networks, for a machine itself, for groups, for tests or for "
        "documents. To block it stops no site; it can break the networks inside homes, offices "
        "and providers."
    )
    reference = mark("RFC 6890 (April 2013), special-purpose addresses")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        block = block_in(one.target)
        if block is None:
            return False
        special = any(lies_in(block, kept) for kept in NOBODYS)
        return special or (one.looked is Looked.OUTSIDE and not block.is_global)


NOBODYS = tuple(ip_network(block) for block, _, _ in SPECIAL)


class HugeRange(TargetCheck):
    code = "huge-range"
    severity = Severity.SERIOUS
    title = mark("A very large block of addresses")
    reason = mark(
        "Whole networks with all their customers have such blocks. Everything in it goes dark, "
        "on every port: sites, mail, telephony."
    )
    reference = mark(
        "Russia, order on Telegram, April 2018: about 16 million addresses on 17 April, 18 million "
        "by 19 April; Telegram kept working (press)"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        block = block_in(one.target)
        if block is not None and block.prefixlen < WIDEST[block.version]:
            bits = block.max_prefixlen - block.prefixlen
            yield self.found(detail=Detail(TWO_TO_THE, {"bits": bits}))


class AddressBlock(TargetCheck):
    code = "address-block"
    title = mark("A block, not single addresses")
    reason = mark(
        "Whoever has one of its addresses goes dark, today or later. Only somebody who has looked "
        "at each of them knows who that is."
    )
    reference = JOINT_DECLARATION

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        block = block_in(one.target)
        if block is None or block.num_addresses == 1 or block.prefixlen < WIDEST[block.version]:
            return
        bits = block.max_prefixlen - block.prefixlen
        detail = Detail(TWO_TO_THE, {"bits": bits})
        if block.version == 4:
            detail = Detail(mark("It has {count} addresses."), {"count": block.num_addresses})
        yield self.found(detail=detail)


class PublicSuffix(TargetCheck):
    code = "public-suffix"
    severity = Severity.SERIOUS
    title = mark("An ending under which everybody registers")
    reason = mark(
        "Everything below it would go: every domain of everybody who registered there. Perhaps a "
        "part of the name was lost."
    )
    reference = mark("Public Suffix List (publicsuffix.org), version of 23 October 2026")

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if one.name and (not one.domain or one.target.kind is TargetKind.SUFFIX):
            kinds = context.sites(one, one.below, own_domain=True)
            yield self.found(detail=_others(kinds) if kinds else None)


class PlatformsName(TargetCheck):
    code = "platform"
    severity = Severity.SERIOUS
    title = mark("The name of a platform whose customers have names below it")
    reason = mark(
        "All customers of the platform go dark with the one that is meant. The platform itself "
        "can remove a single one."
    )
    reference = mark(
        "United States, seizure of mooo.com, February 2011: an operation against child-abuse "
        "material hit 84,000 subdomains; the authority called the wider effect inadvertent; "
        "reverted within days (press)"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        on = _on(order)
        if not one.platform or on == "addresses" or order.technique is Technique.AUTHOR:
            return
        if on == "domains" or one.name == one.platform:
            kinds = context.sites(one, one.in_domain, own_domain=True)
            yield self.found(detail=_others(kinds) if kinds else None)


class NoSuchName(TargetCheck):
    code = "no-such-name"
    title = mark("A name that does not exist")
    reason = mark(
        "There is nothing to block. Perhaps it was mistyped, and the site that was meant stays; "
        "perhaps it is gone already."
    )
    reference = mark(
        "Brazil, “Entre o direito e o protocolo”, 304 orders from December 2022 to June 2025: of "
        "26,637 domains 18,245 were active (press)"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if one.looked is not Looked.UP or not one.name or _is_dead(one, context):
            return
        if one.kind is Kind.NO_SUCH_NAME:
            gone = one.registration.kind is Kind.NO_SUCH_NAME
            words = mark("Nobody has registered the domain.")
            yield self.found(detail=Detail(words) if gone else None)
        elif one.kind is Kind.NO_SUCH_TYPE and one.domain:
            words = mark("The name exists; it has no address, so it leads to no site.")
            yield self.found(severity=Severity.NOTE, detail=Detail(words))


def _is_dead(facts: Facts, context: Context) -> bool:
    """Whether the registry says that a domain is out of the DNS, or that it has run out."""
    registration = facts.registration
    if any(status in OUT_OF_THE_DNS for status in registration.status):
        return True
    return registration.expires is not None and registration.expires < context.now


class DeadName(TargetTrait):
    code = "dead-name"
    severity = Severity.NOTE
    title = mark("A name that the registry already keeps out of the DNS, or that has run out")
    reason = mark(
        "It leads nowhere by now. The order would stay behind it, and hit whoever registers the "
        "name next."
    )
    reference = NoSuchName.reference

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return _is_dead(one, context)


class AlreadyOrdered(TargetTrait):
    code = "already-ordered"
    severity = Severity.NOTE
    title = mark("A target of an order that was made before")
    reason = mark(
        "Two orders on one target can end on different days. Whoever lifts one leaves the other."
    )
    reference = mark(
        "Brazil, “Entre o direito e o protocolo”, 304 orders from December 2022 to June 2025: "
        "52.4% of the domains stood in more than one (press)"
    )

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return (one.target.kind, one.target.value) in context.earlier


class LookAlike(TargetCheck):
    code = "look-alike"
    severity = Severity.NOTE
    title = mark("A name that looks like that of a bank, a court, a hospital or a newspaper")
    reason = mark(
        "One letter decides who is hit. A fraudster's name is meant to be mistaken: copied by "
        "hand, it easily becomes the name of the victim."
    )
    reference = mark("RFC 5890 (August 2010), section 4.4, visually similar characters")

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        kind = alike().get(one.domain)
        if kind is None:
            return
        mistyped = one.kind is Kind.NO_SUCH_NAME
        words = mark("What it looks like is the name of: {kind}.")
        if mistyped:
            words = mark("It does not exist. What it looks like does, and is the name of: {kind}.")
        yield self.found(
            severity=Severity.WARNING if mistyped else None,
            detail=Detail(words, {"kind": SiteKind(kind)}),
        )


class MixedAlphabets(TargetTrait):
    code = "mixed-alphabets"
    severity = Severity.NOTE
    title = mark("Letters of several alphabets in one name")
    reason = mark(
        "Some letters of other alphabets look like Latin ones. Typed again by hand, the name "
        "becomes another, which somebody else may have."
    )
    reference = LookAlike.reference

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return any(len(_alphabets(label)) > 1 for label in _read_labels(one.name))


class Internationalised(TargetTrait):
    code = "idn"
    severity = Severity.NOTE
    title = mark("A name with letters beyond a to z")
    reason = mark(
        "The DNS knows it in another form, which begins with xn--. Equipment needs that one, and "
        "people recognise the other: an order that has both leaves no doubt."
    )
    reference = mark("RFC 5890 (August 2010), U-label and A-label")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return "xn--" in one.name


def _read_labels(name: str) -> list[str]:
    return lookalikes.shown(name).split(".") if "xn--" in name else []


def _alphabets(label: str) -> set[str]:
    """The alphabets of the letters in a label, from their Unicode names."""
    return {unicodedata.name(c, "?").partition(" ")[0] for c in label if c.isalpha()}


class TooMany(Check):
    code = "too-many-targets"
    title = mark("More targets than a review looks up")
    reason = mark(
        "What is said of addresses, neighbours, mail and registrations covers the first ones only."
    )
    reference = mark(
        "Brazil, “Entre o direito e o protocolo”, December 2022 to June 2025: 26,637 domains in "
        "304 orders (press)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        count = sum(one.looked is Looked.TOO_MANY for one in facts)
        if count:
            words = mark("Not looked up: {count} of {all}.")
            yield self.found(detail=Detail(words, {"count": count, "all": len(facts)}))


# Targets: who else is hit


class SharedAddress(TargetCheck):
    code = "shared-address"
    severity = Severity.SERIOUS
    title = mark("Others at the same address")
    reason = mark(
        "Equipment that blocks an address sees no names: everybody who is there goes dark with "
        "the target, and so does mail that is handled there."
    )
    reference = mark(
        "Edelman, Berkman Center, 2003: more than two thirds of active domains shared an address "
        "with 50 or more others; Hoang and others, ASIACCS 2020: 30% share with more than 100"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if not _by_address(order, one):
            return
        kinds = context.sites(one, one.at_addresses, own_domain=False)
        if one.platform:
            yield self.found(detail=Detail(mark("All customers of the platform are there.")))
        elif kinds:
            yield self.found(detail=_others(kinds))


class CdnAddress(TargetTrait):
    code = "cdn-address"
    severity = Severity.SERIOUS
    title = mark("An address of a content delivery network")
    reason = mark(
        "Such a network answers for very many sites from a few addresses, and moves them about. "
        "Whoever is blocked changes by the hour; the site that was meant may be elsewhere by then."
    )
    reference = mark(
        "Austria, August 2022: 11 addresses of a content delivery network for 14 sites, thousands "
        "of others unreachable, about two days; Italy, Piracy Shield, 24 February 2024: one such "
        "address, hours (press)"
    )

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return bool(one.cdn) and _by_address(order, one)


class WholeRoute(TargetTrait):
    code = "whole-route"
    severity = Severity.SERIOUS
    title = mark("A whole route for single targets")
    reason = mark(
        "Networks know routes to blocks, as a rule of 256 addresses or more. Everybody in the "
        "block goes dark; and a route that leaks abroad does so for others as well."
    )
    reference = mark(
        "Pakistan, YouTube, 24 February 2008: a route meant for one country was taken up worldwide "
        "for 2 hours 14 minutes"
    )

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        block = block_in(one.target)
        single = block is None or block.prefixlen > WIDEST[block.version]
        return single and order.technique is Technique.ROUTE


class PageWholeName(TargetCheck):
    code = "page-whole-name"
    further_wordings = ("page-behind-https",)
    severity = Severity.SERIOUS
    title = mark("A page is meant, and the way of blocking takes the whole name")
    reason = mark(
        "This way of blocking knows names or addresses, not pages: all other pages of the site "
        "go as well. The author, the platform or the host can remove a single page."
    )
    reference = mark(
        "Mexico, Supreme Court, AR 1/2017, 19 April 2017: a whole site blocked, freedom of "
        "expression prevailed; ECtHR, Yıldırım v. Turkey, 3111/10, 18 December 2012; India, 17 "
        "December 2014: 32 addresses of pages, mostly blocked as whole sites (press)"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if not is_page(one.target) or without_www(one.name) in context.whole_names:
            return
        place = _place_of(order)
        if place is None and "techniques" in order.where and Place.HOST in context.places:
            return  # each has a part, the host this one
        by_access = bool((context.places if place is None else {place}) & ACCESS_PLACES)
        if not by_access and _on(order) not in ("names", "addresses", "domains"):
            return
        if by_access and _scheme(one.target) == "https":
            words = mark(
                "Over HTTPS an access provider sees at most the name of the site, never which page."
            )
            yield self.found(detail=Detail(words), wording="page-behind-https")
        else:
            yield self.found()


class Subdomains(TargetCheck):
    code = "subdomains"
    further_wordings = ("subdomains-domain",)
    title = mark("There are names below the target")
    reason = mark(
        "They may be other services, or other people's. A hold takes them all; elsewhere, where "
        "the order does not say whether they are meant, each executor decides for itself."
    )
    reference = mark(
        "ISNIC on torrentz.eu, May 2014: a suspension breaks unrelated mail and subdomains"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        on = _on(order)
        if on not in ("domains", "names", ""):
            return
        if not one.name or not one.domain or one.platform:
            return
        seen = one.in_domain if on == "domains" else one.below
        sites = context.sites(one, _without_own(one, seen), own_domain=True)
        if not sites:
            return
        of_others = bool(set(sites) - one.kinds - {""}) and (on == "domains" or one.target.subtree)
        yield self.found(
            severity=None if of_others else Severity.NOTE,
            detail=_others(sites),
            wording="subdomains-domain" if on == "domains" else "",
        )


def _without_own(facts: Facts, seen: Iterable[Seen]) -> Iterator[Seen]:
    """Leave out the domain's own first site, which is the target's under another name."""
    own = (facts.domain, f"www.{facts.domain}")
    return (one for one in seen if one.name not in own)


class Wildcard(TargetTrait):
    code = "wildcard"
    severity = Severity.NOTE
    title = mark("Every name below the target exists")
    reason = mark(
        "A wildcard answers for whatever is typed. Blocked one by one, there is always another "
        "name; blocked with all below it, it is unknown what else goes."
    )
    reference = mark("RFC 4592 (July 2006), the role of wildcards")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return bool(one.wildcard) and _on(order) not in ("addresses", "sites")


class Mail(TargetCheck):
    code = "mail"
    title = mark("Mail is delivered to the same name")
    reason = mark(
        "With a hold, mail to the name comes back to its sender. With a block at providers' "
        "resolvers, mail servers that ask them can no longer send any there."
    )
    reference = Subdomains.reference

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        on = _on(order)
        # Mail servers show no server name: cutting connections that do leaves mail alone.
        in_dns = on == "names" and order.technique is not Technique.SERVER_NAME
        if on == "domains" and one.mail:
            yield self.found()
        elif in_dns and one.name in one.mail:
            yield self.found(severity=Severity.NOTE)


class Exceptions(Check):
    code = "exceptions"
    severity = Severity.SERIOUS
    title = mark("An exception that this way of blocking cannot honour")
    reason = mark(
        "What is excepted has the same domain, the same address or the same name as a target. "
        "The equipment cannot tell them apart: either both are blocked, or neither."
    )
    reference = mark(
        "ICANN, The Value of Assessing Collateral Damage Before Requesting a Domain Seizure, 24 "
        "January 2013"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        on = _on(order)
        domains = {one.domain for one in facts if one.domain}
        addresses = {address for one in facts for address in (*one.addresses, one.target.value)}
        for one in context.exceptions:
            fails = {
                "domains": one.domain in domains,
                "addresses": bool(addresses & {*one.addresses, one.target.value}),
                "names": without_www(one.name) in context.names,
            }
            if fails.get(on):
                yield self.found(where=(one.target.start, one.target.end))


# Who executes it, and how


class TechniqueNotFound(Check):
    code = "technique-not-found"
    title = mark("How to block was not found in the text")
    reason = mark(
        "Each executor then chooses for itself: one blocks the name, another the address with "
        "everybody who is there. What is hit depends on that choice."
    )
    reference = mark(
        "CJEU, UPC Telekabel, C-314/12, 27 March 2014: an order may leave the means open, provided "
        "that users are not unnecessarily deprived of lawful access"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        only_pages = bool(order.targets) and all(map(is_page, order.targets))
        if order.technique is None and "techniques" not in order.where and not only_pages:
            yield self.found()


class SeveralTechniques(Check):
    code = "several-techniques"
    title = mark("More than one way of blocking is named")
    reason = mark(
        "Each way hits others beside the target, in another place. Whether all are meant, or any "
        "one of them, each executor decides for itself."
    )
    reference = TechniqueNotFound.reference

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        names = [one.target for one in order.mentions]
        for passage in order.not_understood:
            if any(one.start < passage.end and passage.start < one.end for one in names):
                continue  # what it is about is a name
            named = Order.from_text(passage.text)
            if "techniques" in named.where or named.technique not in (None, order.technique):
                yield self.found((passage.start, passage.end))


class ExecutorNotFound(Absent):
    code = "executor-not-found"
    fields = ("executors",)
    title = mark("Whom the order is addressed to was not found in the text")
    reason = mark(
        "Author, host, registrar, registry and access provider can each do something else. An "
        "order that reaches the wrong one is not executed, and time is lost."
    )
    reference = NoTarget.reference


class ExecutorCannot(Check):
    code = "executor-cannot"
    severity = Severity.SERIOUS
    title = mark("Those it is addressed to cannot block in this way")
    reason = mark(
        "A hold is the registry's or the registrar's, a resolver its operator's, an address the "
        "access provider's. Nobody can execute what is in another's hands."
    )
    reference = NoTarget.reference

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        place = _place_of(order)
        able = bool(context.places & ABLE[place]) if place is not None else True
        known = bool(context.places) or all(map(UNABLE.search, order.executors))
        if order.executors and known and not able:
            yield self.found(order.where.get("technique") or order.where.get("executors"))


# Who blocks nothing: banks and payments, police, the registers of companies.
UNABLE = re.compile(
    r"\b(payments?|pagos?|pagamentos?|banco?s?|banks?|polic[eií]\w*|companies|sociedades)\b",
    re.IGNORECASE,
)


class MixedExecutors(Check):
    code = "mixed-executors"
    title = mark("Addressed to executors who can do different things")
    reason = mark(
        "An access provider blocks for its customers, a registry for the whole Internet, a host "
        "one site. Without a part for each, one does nothing, or another more than was meant."
    )
    reference = mark(
        "SSAC, SAC050 (June 2011): whoever blocks stays within its own administrative domain"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        place = _place_of(order)
        able = [ABLE[one] for one in context.places]
        fits = place is not None and context.places <= ABLE[place]
        none = place is not None and not context.places & ABLE[place]
        if "techniques" in order.where and not any(
            SeveralTechniques().check(order, facts, context)
        ):
            return  # each has a part
        if len(set(able)) > 1 and not fits and not none:
            yield self.found(order.where.get("executors"))


_DOMAIN_KEEPERS = frozenset({Place.REGISTRAR, Place.REGISTRY})
# Who can do what is done at each place.
ABLE: dict[Place, frozenset[Place]] = {
    Place.AUTHOR: frozenset({Place.AUTHOR}),
    Place.HOST: frozenset({Place.HOST}),
    Place.CDN: frozenset({Place.CDN}),
    Place.REGISTRAR: _DOMAIN_KEEPERS,
    Place.REGISTRY: _DOMAIN_KEEPERS,
    Place.PUBLIC_RESOLVER: frozenset({Place.PUBLIC_RESOLVER}),
    Place.PROVIDER_RESOLVER: ACCESS_PLACES,
    Place.PROVIDER_NETWORK: ACCESS_PLACES,
}


class OutOfReach(TargetTrait):
    code = "out-of-reach"
    severity = Severity.SERIOUS
    title = mark("A target that the executor cannot reach")
    reason = mark(
        "A resolver and a registry know names, not addresses; a registry has the names below its "
        "own suffixes, a registrar those of its customers, a host what is on its machines."
    )
    reference = mark("SSAC, SAC050, 14 June 2011: stay within your own administrative domain")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        on = _on(order)
        by_name = on in ("names", "domains") or (
            not on and bool(context.places) and not context.places - _KNOW_NAMES
        )
        named: dict[Place, list[Party]] = {}
        for party in context.named:
            named.setdefault(party.place, []).append(party)
        if not one.name:
            return by_name and block_in(one.target) is not None and not one.target.beside
        return any(_all_elsewhere(place, some, order, one) for place, some in named.items())


_KNOW_NAMES = frozenset(
    {Place.REGISTRAR, Place.REGISTRY, Place.PUBLIC_RESOLVER, Place.PROVIDER_RESOLVER}
)


def _all_elsewhere(place: Place, parties: Sequence[Party], order: Order, facts: Facts) -> bool:
    """Whether none of the executors that are named for a place has this target."""
    technique = order.technique
    if technique is None or PROFILES[technique].place is not place:
        return False
    if place is Place.REGISTRY:
        return bool(facts.domain) and not any(facts.suffix in one.suffixes for one in parties)
    if place is Place.REGISTRAR:
        registrar = facts.registration.registrar
        return bool(registrar) and not any(one.is_called(registrar) for one in parties)
    if place in (Place.HOST, Place.CDN):
        holders = facts.holders
        return bool(holders) and not any(one.is_called(h) for one in parties for h in holders)
    return False


class SignedTarget(TargetCheck):
    code = "signed-target"
    severity = Severity.NOTE
    title = mark("Forged answers for a signed name")
    reason = mark(
        "The name is signed (DNSSEC), and a forged answer does not pass the check. Whoever checks "
        "sees an error and no notice page. What can come with an answer is an Extended DNS Error: "
        "RFC 8914 names code 16 “Censored”."
    )
    reference = mark("SSAC, SAC056, 2012: blocking by the DNS conflicts with DNSSEC")

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        if order.technique not in (Technique.RESOLVER, Technique.PUBLIC_RESOLVER):
            return
        severity = Severity.WARNING if order.notice_page else None
        if one.signed:
            yield self.found(severity=severity)


class SignedHandedOver(TargetTrait):
    code = "signed-name-servers"
    title = mark("Other name servers for a signed domain")
    reason = mark(
        "The zone above still vouches for the old key (DS). Until the registry removes that, "
        "whoever checks signatures gets an error and not the page that is to be shown."
    )
    reference = mark("RFC 4035 (March 2005), section 5")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        return bool(one.signed) and order.technique is Technique.NAME_SERVERS


class Deletion(Check):
    code = "deletion"
    title = mark("A domain is to be deleted, and not held")
    reason = mark(
        "A deleted domain comes free after a while, and anybody may register it, its author "
        "included. A hold takes it out of the DNS as well, keeps it out of other hands, and can be "
        "undone. Under some endings “deletion” is said of both."
    )
    reference = mark("RFC 3915 (September 2004), grace periods; RFC 5731 (August 2009), delete")

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        for passage in order.not_understood:
            if phrases("unclear", "deletion").found_in(Page.of(passage.text).folded):
                yield self.found((passage.start, passage.end))


class HoldWithoutLock(TargetTrait):
    code = "hold-without-lock"
    severity = Severity.NOTE
    title = mark("A hold by the registrar, and the registry shows no lock against a transfer")
    reason = mark(
        "A domain that moves to another registrar can be back in the DNS there. A lock keeps it "
        "where it is while the hold lasts."
    )
    reference = mark("RFC 5731 (August 2009), section 2.3, clientHold and clientTransferProhibited")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        locked = any("transfer prohibited" in status for status in one.registration.status)
        known = one.registration.kind is Kind.FOUND
        held = order.technique is Technique.REGISTRAR_HOLD and not context.short
        return held and known and not locked


class Ipv6Forgotten(TargetTrait):
    code = "ipv6-forgotten"
    title = mark("The site has an IPv6 address too, and the order does not name it")
    reason = mark(
        "Browsers try both kinds of address. With IPv4 alone blocked, the site stays open for "
        "everybody whose connection has IPv6."
    )
    reference = mark("RFC 8305 (December 2017), how clients try both kinds of address")

    def holds(self, one: Facts, order: Order, context: Context) -> bool:
        address = address_in(one.target)
        if address is None or address.version != 4 or not _by_address(order, one):
            return False
        leads = one.addresses_of_name or context.leading.get(str(address)) or ()
        twins = [other for other in leads if ":" in other]
        return not all(map(context.is_target, twins))


class BeyondTerritory(Check):
    code = "beyond-territory"
    further_wordings = ("beyond-territory-resolver", "beyond-territory-site")
    title = mark("The effect reaches beyond the territory that the order names")
    reason = mark(
        "What is done at the source holds for the whole Internet. It hits visitors in other "
        "countries as well, where another law applies."
    )
    reason_resolver = mark(
        "A public resolver has users in many countries. Its operator tells where a question comes "
        "from by its address, and that not always rightly: some in other countries may be hit, "
        "and some in this one not."
    )
    reference = mark(
        "SSAC, SAC127, 2025: do not affect networks or users outside your control (as reported)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if "nationwide" in order.where:
            yield self.found(order.where["nationwide"])
            return
        if not order.territory or WORLDWIDE.search(order.territory) or not _everywhere(order):
            return
        where = order.where.get("territory")
        if order.technique is Technique.PUBLIC_RESOLVER:
            yield self.found(
                where,
                severity=Severity.NOTE,
                reason=self.reason_resolver,
                wording="beyond-territory-resolver",
            )
        else:
            yield self.found(
                where,
                severity=Severity.NOTE if context.short else None,
                wording="beyond-territory-site" if _on(order) == "sites" else "",
            )


WORLDWIDE = re.compile(r"mundial|mundo|global|world|everywhere|universal", re.IGNORECASE)


# From when until when


class ImpossiblePeriod(Check):
    code = "impossible-period"
    severity = Severity.SERIOUS
    title = mark("A period that cannot be")
    reason = mark(
        "The order would end before it begins, is over already, or has no length that a calendar "
        "knows. Nobody can execute it as it stands."
    )
    reference = NoTarget.reference

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        start, end = aware(order.start), aware(order.end)
        reversed_ = start is not None and end is not None and end <= start
        if reversed_ or (context.ends is not None and context.ends <= context.now):
            yield self.found(where=order.where.get("end") or order.where.get("lasts"))
        elif order.lasts is not None and not timedelta(0) < order.lasts <= LONGEST:
            yield self.found(where=order.where.get("lasts"))


class Contradiction(Check):
    code = "two-ends"
    title = mark("The end and the period do not fit each other")
    reason = mark("Whoever executes the order must choose one of two days to lift it.")
    reference = NoTarget.reference

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        start, end = aware(order.start), aware(order.end)
        if start is None or end is None or order.lasts is None or context.lasts is None:
            return
        # Some count a month as 30 days.
        if abs((end - start) - order.lasts) > max(timedelta(days=1), 0.035 * order.lasts):
            yield self.found(where=order.where.get("lasts"))


class StartsInThePast(Check):
    code = "starts-in-the-past"
    severity = Severity.NOTE
    title = mark("It begins on a day that has passed")
    reason = mark("Nobody can block yesterday: it begins when it arrives.")
    reference = NoTarget.reference

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if context.starts is not None and context.starts < context.now - timedelta(days=1):
            yield self.found(where=order.where.get("start"))


class NoEnd(Absent):
    code = "no-end"
    fields = ("end", "lasts", "end_event")
    title = mark("No end was found in the text")
    reason = mark(
        "A block that nobody lifts stays. Names and addresses get new holders, who are then "
        "blocked for what others did."
    )
    reference = mark(
        "Brazil, “Entre o direito e o protocolo”, study of 304 orders, December 2022 to June 2025: "
        "18,245 of 26,637 names were active (press); Peru, Indecopi, about 1,300 sites since 2022 "
        "(press); (EU) Regulation 2015/2120, article 3(3): only as long as necessary"
    )

    def eased(self, order: Order, context: Context) -> bool:
        # What an author or a host removes is gone; there is nothing to lift.
        return _on(order) == "sites"


class EndByEvent(Check):
    code = "end-by-event"
    severity = Severity.NOTE
    title = mark("The end is an event")
    reason = mark(
        "It ends with an event, not on a day: equipment does not see the event. Who tells the "
        "executors?"
    )
    reference = mark(
        "Turkey, Google Sites, order of 23 June 2009 during proceedings: still blocked in April "
        "2012 (ECtHR, Yıldırım v. Turkey, 3111/10)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if order.end_event and order.end is None and order.lasts is None:
            yield self.found(order.where.get("end_event"))


class NoReview(Check):
    code = "no-review"
    severity = Severity.NOTE
    title = mark("No review was found in the text")
    reason = mark(
        "Sites move and change hands while an order is in force. Somebody who looks again, on a "
        "day that is fixed, notices; it can be added while the order runs."
    )
    reference = mark(
        "Germany, CUII: about a third of the blocks were no longer justified; by order of a court "
        "only since July 2025 (press)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if order.review or context.short or _on(order) == "sites":
            return
        longer = context.lasts is None or context.lasts > LONG
        yield self.found(severity=Severity.WARNING if longer else None)


class TtlTooLong(TargetCheck):
    code = "ttl-longer-than-period"
    title = mark("Resolvers remember the domain longer than the order lasts")
    reason = mark(
        "Who has asked shortly before keeps the old answer for that time, and after the end keeps "
        "the blocked one. For some, the order begins when it is over."
    )
    reference = mark(
        "RFC 1035 (November 1987), section 3.2.1, TTL; mooo.com, February 2011: caches kept the "
        "seizure up to three days longer (press)"
    )

    def on(self, one: Facts, order: Order, context: Context) -> Iterator[Finding]:
        # A block at a resolver overrides what it remembers; a hold does not.
        if context.lasts is None or _on(order) != "domains" or one.delegation_ttl is None:
            return
        time = timedelta(seconds=one.delegation_ttl)
        if time > context.lasts:
            words = mark("It is remembered for {time}.")
            yield self.found(detail=Detail(words, {"time": time}))


class OpenList(Check):
    code = "open-list"
    title = mark("Targets may be added later, without a limit that was found")
    reason = mark(
        "Who may add, how many, until when, and who checks them first decide what is blocked in "
        "the end. A wrong addition works as fast as a right one."
    )
    reference = mark(
        "Spain, LaLiga, order of 18 December 2024: addresses named during matches; OONI (January "
        "to June 2026): 554,507 domains affected at some point; Argentina, 31 May to 1 June 2025: "
        "targets picked live (press)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if (context.ends is not None or order.end_event) and order.review:
            return
        # A passage of its own, or where the order is no text.
        passages = [one for one in order.not_understood if Order.from_text(one.text).open_list]
        for passage in passages:
            yield self.found((passage.start, passage.end))
        if order.open_list and not passages:
            yield self.found(order.where.get("open_list"))


# Those whom it touches


class NoNotice(Check):
    code = "no-notice"
    title = mark("Notice: neither given nor deferred with a reason, as far as was found")
    reason = mark(
        "Holders, hosts and third parties who know of an order can have it corrected. Secrecy is "
        "often lawful: is notice deferred or restricted, and with a reason?"
    )
    reference = mark(
        "ECtHR, Vladimir Kharitonov v. Russia, 10795/14, 23 June 2020: no notice to third parties, "
        "no access to the decision; Uruguay, Law 19.924, article 712: notice when appropriate"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        where = order.where.get("notice")
        if order.notice is Notice.DEFERRED:
            words = mark("It is deferred; the reason was not found.")
            yield self.found(where, severity=Severity.NOTE, detail=Detail(words))
        if order.notice is not Notice.NOT_FOUND:
            return
        ordered = [one for one in order.not_understood if NOTICE.search(one.text)]
        for passage in ordered[:1]:
            words = mark("Notice is ordered; to whom was not found.")
            severity: Severity | None = Severity.NOTE
            if any(OPERATORS.search(one.text) for one in ordered):
                words = mark(
                    "Notice to the operators is ordered; to those whom it hits, it was not found."
                )
                severity = Severity.NOTE if context.short else None
            yield self.found((passage.start, passage.end), severity=severity, detail=Detail(words))
        if not ordered:
            yield self.found(severity=Severity.NOTE if context.short else None)


# The words that order notice, and those for whoever executes the order. A "notificación" may
# be one that a period begins with; the Spanish "intímese" orders something else.
NOTICE = re.compile(
    r"\b(notif[ií]que|intime(m|-se)|cientifique|comun[ií]quese|comunique(m)?-se|d[êe]-se ciência"
    r"|notify|give notice)",
    re.IGNORECASE,
)
OPERATORS = re.compile(
    r"operador|prestador|provee?dor\w* de (acces|acess|conex|servic|internet)|operator|provider",
    re.IGNORECASE,
)


class NoContact(Absent):
    code = "no-contact"
    fields = ("contacts",)
    title = mark("No contact for mistakes was found in the text")
    reason = mark(
        "When the wrong site goes dark, its holder and the operator need somebody who can decide "
        "within hours."
    )
    reference = mark(
        "“90th Minute”, University of Twente, 2025, on Italy's Piracy Shield: hundreds of lawful "
        "sites hit, a lower bound"
    )

    def eased(self, order: Order, context: Context) -> bool:
        return context.short


class NoPublicReason(Check):
    code = "no-public-reason"
    further_wordings = ("no-public-reason-network",)
    severity = Severity.NOTE
    title = mark("Visitors are not told why, as far as was found")
    reason = mark(
        "A block without a word looks like a fault: people call their provider, and change their "
        "resolver. A resolver can say that there is an order: RFC 8914 names code 16 “Censored”. "
        "Where addresses or connections are blocked, a public list can."
    )
    reference = mark(
        "RFC 8914 (October 2020), Extended DNS Errors; Uruguay, under Law 19.924, article 712, and "
        "Decree 345/022 of 25 October 2022: a public register of blocks (press)"
    )

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        if order.explains or order.notice_page or context.short:
            return
        secret = order.notice in (Notice.DEFERRED, Notice.DEFERRED_WITH_REASON)
        if not secret and _on(order) in ("names", "addresses"):
            in_network = _place_of(order) is Place.PROVIDER_NETWORK
            yield self.found(wording="no-public-reason-network" if in_network else "")


class NoticePage(Check):
    code = "notice-page-https"
    severity = Severity.NOTE
    title = mark("A page with a notice, in the place of sites with HTTPS")
    reason = mark(
        "A resolver does not know whether HTTP or HTTPS follows, and leads both to the page. It "
        "has no certificate for the blocked name: over HTTPS the browser warns of an attack and "
        "shows no notice. People who learn to pass by such warnings are easier to defraud."
    )
    reference = mark("RFC 9110 (June 2022), section 4.3.4, certificates of https")

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        # Others can have a certificate: a host, a CDN, whoever gets the name servers.
        by_resolver = order.technique in (Technique.RESOLVER, Technique.PUBLIC_RESOLVER, None)
        if order.notice_page and by_resolver:
            yield self.found(where=order.where.get("notice_page"))


class NotUnderstood(Check):
    code = "not-understood"
    title = mark("Passages that were not understood")
    reason = mark(
        "They may matter, and this review does not know. Whoever executes the order may read "
        "them otherwise as well."
    )
    reference = NoTarget.reference
    wording = False

    def check(self, order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Finding]:
        told = [
            (one.start, one.end) for kind in TELLING for one in kind().check(order, facts, context)
        ]
        for passage in order.not_understood:
            if any(start < passage.end and passage.start < end for start, end in told):
                continue
            technical = TECHNICAL.search(passage.text)
            yield self.found(
                where=(passage.start, passage.end),
                severity=None if technical else Severity.NOTE,
            )


# What says by itself what is not clear in the passages that it is about.
TELLING: tuple[type[Check], ...] = (
    TargetsInAnnex, SeveralTechniques, Deletion, EndByEvent, OpenList, NoNotice,
)  # fmt: skip
# What may have been meant as a name, an address or a page.
TECHNICAL = re.compile(r"\w[.:]\w|\[\.\]|\(\.\)|://")


CHECKS: tuple[Check, ...] = tuple(
    kind()
    for kind in (
        NoTarget, TargetsInAnnex, ImpossibleTarget, AddressInBrackets, AddressDiffers,
        SharedAddress, CdnAddress, WholeRoute, HugeRange, AddressBlock, SpecialAddress,
        AddressAlone, Ipv6Forgotten, PublicSuffix, PlatformsName, PageWholeName, Exceptions,
        OutOfReach, ExecutorCannot, MixedExecutors, ExecutorNotFound, TechniqueNotFound,
        SeveralTechniques, BeyondTerritory, Subdomains, Mail, Wildcard, NoSuchName, DeadName,
        LookAlike, MixedAlphabets, Internationalised, SignedTarget, SignedHandedOver,
        Deletion, HoldWithoutLock, ImpossiblePeriod, Contradiction, StartsInThePast, NoEnd,
        EndByEvent, NoReview, TtlTooLong, OpenList, NoNotice, NoContact, NoPublicReason, NoticePage,
        AlreadyOrdered, NotUnderstood, TooMany,
    )
)  # fmt: skip
