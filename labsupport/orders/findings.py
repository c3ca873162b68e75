"""What a review may find in an order: a function a finding. The words are in findings.toml.

A finding is something to look at, never a mistake by itself. Its severity weighs the harm of
delay as well: serious is what would hit bystanders, or what nobody can execute; a warning is
what is better settled first; a note can be settled while the order runs.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from labsupport.answers.site_kinds import named_first, word
from labsupport.inputs.numbers import SPECIAL, lies_in
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups.neighbours import SeenName
from labsupport.orders.context import ACCESS_PLACES, LONGEST, Context, aware
from labsupport.orders.executors import OrderParty, able, act_meant, kinds_in
from labsupport.orders.facts import Facts, Looked
from labsupport.orders.order import (
    Act,
    Notice,
    Order,
    Passage,
    Span,
    TargetKind,
    TargetPart,
)
from labsupport.orders.reading import read_order
from labsupport.orders.reading.words import DraftText
from labsupport.orders.targets import (
    address_in,
    block_in,
    canonical_address,
    is_page,
    without_www,
)
from labsupport.orders.techniques import PROFILES, Place, Technique
from labsupport.world.model import Prefix

LONG = timedelta(days=180)  # from here on nobody remembers it unless it says so
# the widest block, in bits, that is still told from a whole network
WIDEST = {
    4: 24,
    6: 48,
}
MOST_KINDS = 6  # named in a sentence


class Severity(StrEnum):
    """How much a finding weighs, the delay that it may cause included."""

    SERIOUS = "serious"
    WARNING = "warning"
    NOTE = "note"


SERIOUS, WARNING, NOTE = Severity

Detail = Callable[[Language], str]
"""A sentence that is said later. It has numbers and kinds of site; no word of an order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at in an order.

    `code` is the same for ever. `target` is the place of the target it is about among the
    order's, None where it is about the order; `start` and `end` say where in the text, both 0
    where that is nowhere. It holds no word of the order. `wording` is the key of an alternative
    wording.
    """

    code: str
    severity: Severity
    wording: str
    target: int | None
    start: int
    end: int
    detail: Detail | None

    def words(self, say: Language) -> Mapping[str, str]:
        """Return its title, its reason and its reference."""
        words = say.table("findings.toml")
        return {**words[self.code], **words.get(self.wording, {})}


@dataclass(frozen=True, slots=True)
class Found:
    """One place where something is found; what is left out is as always with this finding."""

    where: Span | None = None
    severity: Severity | None = None
    detail: Detail | None = None
    wording: str = ""
    target: int | None = None


@dataclass(frozen=True, slots=True)
class FindingCheck:
    """One thing that a review looks for, measure by measure.

    `of_blocks` says whether it is looked for only where something is to be blocked.
    """

    code: str
    severity: Severity
    run: Callable[[Order, Sequence[Facts], Context], Iterable[Found]]
    of_blocks: bool = True

    def check(
        self, order: Order, facts: Sequence[Facts], context: Context
    ) -> Iterator[Finding]:
        """Return each place where it is found."""
        for hit in self.run(order, facts, context):
            start, end = hit.where or (0, 0)
            severity = hit.severity or self.severity
            wording = hit.wording or self.code
            yield Finding(
                self.code, severity, wording, hit.target, start, end, hit.detail
            )


CHECKS: list[FindingCheck] = []
InOrder = Callable[[Order, Sequence[Facts], Context], Iterator[Found]]
InTarget = Callable[[Facts, Order, Context], Found | bool | None]
Eased = Callable[[Order, Context], bool]


def _looks(
    code: str, severity: Severity = WARNING, *, of_blocks: bool = True
) -> Callable[[InOrder], InOrder]:
    """Register a function that looks at an order as a whole."""

    def register(run: InOrder) -> InOrder:
        CHECKS.append(FindingCheck(code, severity, run, of_blocks))
        return run

    return register


def _looks_at_each(
    code: str, severity: Severity = WARNING
) -> Callable[[InTarget], InOrder]:
    """Register a function that looks at one target."""

    def register(look: InTarget) -> InOrder:
        return _looks(code, severity)(functools.partial(_each, look))

    return register


def _each(
    look: InTarget, order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    for number, of_target in enumerate(facts):
        hit = look(of_target, order, context)
        if hit is True:
            hit = Found()
        if hit:
            yield replace(hit, target=number, where=_where(of_target))


def _where(facts: Facts) -> Span:
    """Where a target stands in the text."""
    return facts.target.start, facts.target.end


def _absent(
    code: str, severity: Severity, *fields: str, eased: Eased | None = None
) -> None:
    """Register what is found where an order has none of some fields; `eased`, it is but a note."""

    def look(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
        values = (getattr(order, name) for name in fields)
        if all(value in (None, "", ()) for value in values):
            yield Found(severity=NOTE if eased and eased(order, context) else None)

    _looks(code, severity)(look)


# What the checks share


def _on(order: Order) -> str:
    """What the order's technique acts on, "" where none was found."""
    if order.technique:
        return PROFILES[order.technique].on
    return ""


def _place_of(order: Order) -> Place | None:
    if order.technique:
        return PROFILES[order.technique].place
    return None


def _by_address(order: Order, facts: Facts) -> bool:
    """Whether the target is blocked by its addresses, or may be, since it is one."""
    on = _on(order)
    return on == "addresses" or (not facts.name and on in ("", "names"))


def _others(kinds: Counter[str]) -> Detail | None:
    """How many others there are, and of which kinds where that is known."""
    if not kinds:
        return None
    count = sum(kinds.values())
    if "" in kinds:
        return lambda say: say("findings.other_names_seen_count", count=count)
    return lambda say: say(
        "findings.other_sites_seen", count=count, kinds=_counted(kinds, say)
    )


def _counted(kinds: Counter[str], say: Language) -> str:
    """Name the kinds of site, first those that the public depends on."""
    frequent_first = sorted(sorted(kinds), key=lambda kind: kinds[kind], reverse=True)
    named = named_first(frequent_first)
    words = [f"{word(kind, say)} {kinds[kind]}" for kind in named[:MOST_KINDS]]
    rest = sum(kinds[kind] for kind in named[MOST_KINDS:])
    if rest:
        words.append(say("findings.others_count", count=rest))
    return say.listed(words)


def _size(block: Prefix) -> Detail:
    bits = block.max_prefixlen - block.prefixlen
    if block.version == 4 and bits <= 32 - WIDEST[4]:
        return lambda say: say(
            "findings.it_has_count_addresses", count=block.num_addresses
        )
    return lambda say: say("findings.part_2_power_bits_addresses", bits=bits)


def _between(passage: Passage) -> Span:
    return passage.start, passage.end


# Targets: which they are


_absent("no-target", SERIOUS, "targets", "annex")


@_looks("targets-in-annex", NOTE)
def _in_annex(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    if order.annex and not order.targets:
        yield Found(order.where.get("annex"))


# What is read as an address is a target: this is one that cannot be.
LIKE_AN_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3,4}")


@_looks("impossible-target", SERIOUS)
def _impossible(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    yield from _each(_unreadable, order, facts, context)
    for passage in order.not_understood:
        if LIKE_AN_ADDRESS.fullmatch(passage.text) and not canonical_address(
            passage.text
        ):
            yield Found(_between(passage))


def _unreadable(facts: Facts, order: Order, context: Context) -> bool:
    return facts.looked is Looked.UNREADABLE


@_looks("address-in-brackets", SERIOUS)
def _in_brackets(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    yield from _each(_beside_a_name, order, facts, context)
    for mention in order.mentions:
        if mention.target.beside and mention.part is TargetPart.UNSURE:
            yield Found((mention.target.start, mention.target.end))


def _beside_a_name(facts: Facts, order: Order, context: Context) -> Found | None:
    if not facts.target.beside:
        return None
    others = context.sites(facts, facts.at_addresses, own_domain=False)
    alone = facts.looked is Looked.UP and not others and not facts.unanswered
    return Found(severity=WARNING if alone else None)


@_looks_at_each("address-differs", SERIOUS)
def _differs(facts: Facts, order: Order, context: Context) -> bool:
    leads = facts.addresses_of_name
    block = block_in(facts.target)
    if leads is None or block is None:
        return False
    return not any(ip_address(address) in block for address in leads)


@_looks_at_each("shared-address", SERIOUS)
def _shared(facts: Facts, order: Order, context: Context) -> Found | None:
    if not _by_address(order, facts):
        return None
    if facts.platform:
        return Found(detail=lambda say: say("findings.all_customers_platform_there"))
    kinds = context.sites(facts, facts.at_addresses, own_domain=False)
    if kinds:
        return Found(detail=_others(kinds))
    return None


@_looks_at_each("cdn-address", SERIOUS)
def _of_cdn(facts: Facts, order: Order, context: Context) -> bool:
    return facts.cdn and _by_address(order, facts)


@_looks("addresses-too", SERIOUS)
def _addresses_too(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    if not order.with_addresses:
        return
    kinds: Counter[str] = Counter()
    shared = False
    for of_target in facts:
        if of_target.name:
            kinds += context.sites(of_target, of_target.at_addresses, own_domain=False)
            shared = shared or of_target.cdn or bool(of_target.platform)
    severity = None if kinds or shared else WARNING
    yield Found(order.where.get("addresses"), severity, _others(kinds))


@_looks("identifies-everybody", SERIOUS, of_blocks=False)
def _identifies(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    for measure in order.measures:
        if measure.act is Act.IDENTIFY:
            yield Found(measure.where.get("act"))


@_looks_at_each("whole-route", SERIOUS)
def _whole_route(facts: Facts, order: Order, context: Context) -> bool:
    block = block_in(facts.target)
    single = block is None or block.prefixlen > WIDEST[block.version]
    return single and order.technique is Technique.ROUTE


@_looks_at_each("huge-range", SERIOUS)
def _huge(facts: Facts, order: Order, context: Context) -> Found | None:
    block = block_in(facts.target)
    if block is None or block.prefixlen >= WIDEST[block.version]:
        return None
    return Found(detail=_size(block))


@_looks_at_each("address-block")
def _block(facts: Facts, order: Order, context: Context) -> Found | None:
    block = block_in(facts.target)
    if (
        block is None
        or block.num_addresses == 1
        or block.prefixlen < WIDEST[block.version]
    ):
        return None
    return Found(detail=_size(block))


NOBODYS = tuple(ip_network(block) for block, _, _ in SPECIAL)


@_looks_at_each("special-address", SERIOUS)
def _special(facts: Facts, order: Order, context: Context) -> bool:
    block = block_in(facts.target)
    if block is None:
        return False
    special = any(lies_in(block, kept) for kept in NOBODYS)
    return special or (facts.looked is Looked.OUTSIDE and not block.is_global)


@_looks_at_each("address-alone")
def _alone(facts: Facts, order: Order, context: Context) -> bool:
    block = block_in(facts.target)
    if block is None or facts.target.beside or order.where.get(facts.target.value):
        return False
    if facts.target.kind is TargetKind.PREFIX:  # a block, and no site is named at all
        return not any(
            other.kind in (TargetKind.NAME, TargetKind.URL) for other in order.targets
        )
    return not any(ip_address(address) in block for address in context.leading)


@_looks_at_each("ipv6-forgotten")
def _no_ipv6(facts: Facts, order: Order, context: Context) -> bool:
    address = address_in(facts.target)
    if address is None or address.version != 4 or not _by_address(order, facts):
        return False
    leads = facts.addresses_of_name or context.leading.get(str(address)) or ()
    return not all(context.is_target(other) for other in leads if ":" in other)


@_looks_at_each("public-suffix", SERIOUS)
def _suffix(facts: Facts, order: Order, context: Context) -> Found | None:
    if not facts.name or (facts.domain and facts.target.kind is not TargetKind.SUFFIX):
        return None
    return Found(detail=_others(context.sites(facts, facts.below, own_domain=True)))


@_looks_at_each("platform", SERIOUS)
def _platform(facts: Facts, order: Order, context: Context) -> Found | None:
    on = _on(order)
    if not facts.platform or on == "addresses" or order.technique is Technique.AUTHOR:
        return None
    if on != "domains" and facts.name != facts.platform:
        return None
    return Found(detail=_others(context.sites(facts, facts.in_domain, own_domain=True)))


@_looks_at_each("page-whole-name", SERIOUS)
def _page(facts: Facts, order: Order, context: Context) -> Found | None:
    if not is_page(facts.target) or without_www(facts.name) in context.whole_names:
        return None
    executor = _place_of(order)
    if (
        executor is None
        and "techniques" in order.where
        and Place.HOST in context.places
    ):
        return None  # each has a part, the host this facts
    places = context.places if executor is None else {executor}
    by_access = bool(places & ACCESS_PLACES)
    if not by_access and _on(order) not in ("names", "addresses", "domains"):
        return None
    encrypted = by_access and facts.target.value.lower().startswith("https:")
    return Found(wording="page-behind-https" if encrypted else "")


@_looks("exceptions", SERIOUS)
def _exceptions(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    domains = {of_target.domain for of_target in facts if of_target.domain}
    addresses: set[str] = set()
    for of_target in facts:
        addresses |= {*of_target.addresses, of_target.target.value}
    for excepted in context.exceptions:
        fails = {
            "domains": excepted.domain in domains,
            "addresses": bool(addresses & {*excepted.addresses, excepted.target.value}),
            "names": without_www(excepted.name) in context.names,
        }
        if fails.get(_on(order)):
            yield Found(_where(excepted))


# Who executes it, and how


KNOW_NAMES = frozenset(
    {Place.REGISTRAR, Place.REGISTRY, Place.PUBLIC_RESOLVER, Place.PROVIDER_RESOLVER}
)
_DOMAIN_KEEPERS = frozenset({Place.REGISTRAR, Place.REGISTRY})
# Who can do what is done at each place.
ABLE: dict[Place, frozenset[Place]] = {
    **{place: frozenset({place}) for place in Place},
    **dict.fromkeys(_DOMAIN_KEEPERS, _DOMAIN_KEEPERS),
    **dict.fromkeys(ACCESS_PLACES, ACCESS_PLACES),
}
# Who blocks nothing: banks and payments, police, the registers of companies.
UNABLE = re.compile(
    r"\b(payments?|pagos?|pagamentos?|banco?s?|banks?|polic[eií]\w*|companies|sociedades)\b",
    re.IGNORECASE,
)


@_looks_at_each("out-of-reach", SERIOUS)
def _out_of_reach(facts: Facts, order: Order, context: Context) -> bool:
    on = _on(order)
    if not facts.name:
        know_names = bool(context.places) and not context.places - KNOW_NAMES
        by_name = on in ("names", "domains") or (not on and know_names)
        return (
            by_name and block_in(facts.target) is not None and not facts.target.beside
        )
    executor = _place_of(order)
    named = [party for party in context.named if party.place is executor]
    return bool(named) and _all_elsewhere(executor, named, facts)


def _all_elsewhere(
    executor: Place | None, parties: Sequence[OrderParty], facts: Facts
) -> bool:
    """Whether none of the executors that are named for a place has this target."""
    if executor is Place.REGISTRY:
        return bool(facts.domain) and not any(
            facts.suffix in party.suffixes for party in parties
        )
    holders = facts.holders if executor in (Place.HOST, Place.CDN) else ()
    if executor is Place.REGISTRAR and facts.registrar:
        holders = (facts.registrar,)
    return bool(holders) and all(
        set(holders).isdisjoint(party.names) for party in parties
    )


@_looks("executor-cannot", SERIOUS)
def _cannot(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    unable = not all(map(able, order.blocks))
    nobody = bool(order.executors) and all(map(UNABLE.search, order.executors))
    if unable or (nobody and order.technique is not None):
        yield Found(order.where.get("technique") or order.where.get("executors"))


@_looks("mixed-executors")
def _mixed(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    executor = _place_of(order)
    fits = executor is not None and context.places <= ABLE[executor]
    none = executor is not None and not context.places & ABLE[executor]
    if "techniques" in order.where and not any(_several(order, facts, context)):
        return  # each has a part
    groups = {ABLE[other] for other in context.places}
    if len(groups) > 1 and not fits and not none:
        yield Found(order.where.get("executors"))


_absent("executor-not-found", WARNING, "executors")


@_looks("technique-not-found")
def _no_technique(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    only_pages = bool(order.targets) and all(map(is_page, order.targets))
    for measure in order.blocks:
        if act_meant(measure.act, kinds_in(measure.executors)) is not Act.BLOCK:
            return  # a hold, a page that is taken down: that is how
    if order.technique is None and "techniques" not in order.where and not only_pages:
        yield Found()


@_looks("several-techniques")
def _several(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    names = [mention.target for mention in order.mentions]
    for passage in order.not_understood:
        if any(name.start < passage.end and passage.start < name.end for name in names):
            continue  # what it is about is a name
        named = read_order(passage.text)
        if "techniques" in named.where or named.technique not in (
            None,
            order.technique,
        ):
            yield Found(_between(passage))


WORLDWIDE = re.compile(
    r"mundial|mundo|global|world|everywhere|universal", re.IGNORECASE
)


@_looks("beyond-territory")
def _beyond(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    if "nationwide" in order.where:
        yield Found(order.where["nationwide"])
        return
    technique = order.technique
    where = order.where.get("territory")
    if technique is None or not order.territory or WORLDWIDE.search(order.territory):
        return
    if technique is Technique.PUBLIC_RESOLVER:
        yield Found(where, NOTE, wording="beyond-territory-resolver")
    elif PROFILES[technique].everywhere:
        wording = "beyond-territory-site" if _on(order) == "sites" else ""
        severity = NOTE if context.short else None
        yield Found(where, severity, wording=wording)


# Targets: what hangs on them


@_looks_at_each("subdomains")
def _below(facts: Facts, order: Order, context: Context) -> Found | None:
    on = _on(order)
    if (
        on not in ("domains", "names", "")
        or not facts.name
        or not facts.domain
        or facts.platform
    ):
        return None
    own = (facts.domain, f"www.{facts.domain}")  # the target's, under another name
    whole_domain = on == "domains"
    below: Iterable[SeenName] = facts.in_domain if whole_domain else facts.below
    others = [seen for seen in below if seen.name not in own]
    sites = context.sites(facts, others, own_domain=True)
    if not sites:
        return None
    other_kinds = set(sites) - facts.kinds - {""}
    of_others = bool(other_kinds) and (whole_domain or facts.target.subtree)
    wording = "subdomains-domain" if whole_domain else ""
    return Found(
        severity=None if of_others else NOTE, detail=_others(sites), wording=wording
    )


@_looks_at_each("mail")
def _mail(facts: Facts, order: Order, context: Context) -> Found | None:
    on = _on(order)
    if on == "domains" and facts.mail:
        return Found()
    # Mail servers show no server name: cutting connections that do leaves mail alone.
    in_dns = on == "names" and order.technique is not Technique.SERVER_NAME
    if in_dns and facts.name in facts.mail:
        return Found(severity=NOTE)
    return None


@_looks_at_each("wildcard", NOTE)
def _wildcard(facts: Facts, order: Order, context: Context) -> bool:
    return bool(facts.wildcard) and _on(order) not in ("addresses", "sites")


@_looks_at_each("no-such-name")
def _no_such_name(facts: Facts, order: Order, context: Context) -> Found | None:
    if facts.kind is not Kind.NO_SUCH_NAME:
        return None
    if facts.registered is not Kind.NO_SUCH_NAME:
        return Found()
    return Found(detail=lambda say: say("findings.nobody_lab_internet_registered"))


@_looks_at_each("idn", NOTE)
def _idn(facts: Facts, order: Order, context: Context) -> bool:
    return "xn--" in facts.name


@_looks_at_each("signed-target", NOTE)
def _signed(facts: Facts, order: Order, context: Context) -> Found | None:
    forged = order.technique in (Technique.RESOLVER, Technique.PUBLIC_RESOLVER)
    if not facts.signed or not forged:
        return None
    return Found(severity=WARNING if order.notice_page else None)


@_looks("deletion")
def _deletion(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    for passage in order.not_understood:
        if DraftText.of(passage.text).found("unclear", "deletion"):
            yield Found(_between(passage))


# From when until when


@_looks("impossible-period", SERIOUS)
def _impossible_period(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    start = aware(order.start)
    end = aware(order.end)
    is_reversed = start is not None and end is not None and end <= start
    if is_reversed or (context.ends is not None and context.ends <= context.now):
        yield Found(order.where.get("end") or order.where.get("lasts"))
    elif order.lasts is not None and not timedelta(0) < order.lasts <= LONGEST:
        yield Found(order.where.get("lasts"))


@_looks("two-ends")
def _two_ends(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    start = aware(order.start)
    end = aware(order.end)
    if start is None or end is None or order.lasts is None or context.lasts is None:
        return
    # Some count a month as 30 days.
    if abs((end - start) - order.lasts) > max(timedelta(days=1), 0.035 * order.lasts):
        yield Found(order.where.get("lasts"))


@_looks("endless")
def _endless(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    ends = order.end is not None or order.lasts is not None or order.end_event
    if ends and "endless" in order.where:
        yield Found(order.where["endless"])


@_looks("zone-not-understood")
def _zone(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    if "zone" in order.where:
        yield Found(order.where["zone"])


@_looks("starts-in-the-past", NOTE)
def _past(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    if context.starts is not None and context.starts < context.now - timedelta(days=1):
        yield Found(order.where.get("start"))


@_looks("no-end")
def _no_end(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    if order.end is None and order.lasts is None and not order.end_event:
        # What an author or a host removes is gone; there is nothing to lift.
        severity = NOTE if _on(order) == "sites" else None
        yield Found(order.where.get("endless"), severity)


@_looks("end-by-event", NOTE)
def _by_event(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    if order.end_event and order.end is None and order.lasts is None:
        yield Found(order.where.get("end_event"))


@_looks("no-review", NOTE)
def _no_review(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    if not (order.review or context.short or _on(order) == "sites"):
        longer = context.lasts is None or context.lasts > LONG
        yield Found(severity=WARNING if longer else None)


@_looks("open-list")
def _open_list(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    if (context.ends is not None or order.end_event) and order.review:
        return
    # A passage of its own, or where the order is no text.
    passages = [
        passage
        for passage in order.not_understood
        if read_order(passage.text).open_list
    ]
    for passage in passages:
        yield Found(_between(passage))
    if order.open_list and not passages:
        yield Found(order.where.get("open_list"))


# Those whom it touches


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


@_looks("no-notice")
def _no_notice(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    eased = NOTE if context.short else None
    if order.notice is Notice.DEFERRED:
        where = order.where.get("notice")
        yield Found(where, NOTE, lambda say: say("findings.deferred_reason_not_found"))
    if order.notice is not Notice.NOT_FOUND:
        return
    ordered = [
        passage for passage in order.not_understood if NOTICE.search(passage.text)
    ]
    if not ordered:
        yield Found(severity=eased)
        return
    where = _between(ordered[0])
    if any(OPERATORS.search(passage.text) for passage in ordered):
        yield Found(where, eased, lambda say: say("findings.notice_operators_ordered"))
    else:
        yield Found(where, NOTE, lambda say: say("findings.notice_ordered_whom_not"))


_absent("no-contact", WARNING, "contacts", eased=lambda order, context: context.short)


@_looks("no-public-reason", NOTE)
def _no_public_reason(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    secret = order.notice in (Notice.DEFERRED, Notice.DEFERRED_WITH_REASON)
    if order.explains or order.notice_page or context.short or secret:
        return
    if _on(order) in ("names", "addresses"):
        in_network = _place_of(order) is Place.PROVIDER_NETWORK
        yield Found(wording="no-public-reason-network" if in_network else "")


@_looks("notice-page-https", NOTE)
def _notice_page(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    # Others can have a certificate: a host, a CDN, whoever gets the name servers.
    by_resolver = order.technique in (
        Technique.RESOLVER,
        Technique.PUBLIC_RESOLVER,
        None,
    )
    if order.notice_page and by_resolver:
        yield Found(order.where.get("notice_page"))


# How it is written


@_looks("blanks", of_blocks=False)
def _blanks(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    count = len(order.blanks)
    for blank in order.blanks:
        yield Found(
            blank, detail=lambda say: say("findings.there_are_count", count=count)
        )


# What says by itself what is not clear in the passages that it is about.
TELLING = (
    _in_annex,
    _addresses_too,
    _several,
    _deletion,
    _by_event,
    _no_end,
    _endless,
    _zone,
    _open_list,
    _no_notice,
    _blanks,
)
# What may have been meant as a name, an address or a page.
TECHNICAL = re.compile(r"\w[.:]\w|\[\.\]|\(\.\)|://")


def _unread(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Passage]:
    spans: list[Span] = []
    for look in TELLING:
        spans += (found.where for found in look(order, facts, context) if found.where)
    for passage in order.not_understood:
        if not any(start < passage.end and passage.start < end for start, end in spans):
            yield passage


@_looks("not-understood", of_blocks=False)
def _not_understood(
    order: Order, facts: Sequence[Facts], context: Context
) -> Iterator[Found]:
    for passage in _unread(order, facts, context):
        if TECHNICAL.search(passage.text):
            yield Found(_between(passage))


@_looks("words-not-understood", NOTE, of_blocks=False)
def _words(order: Order, facts: Sequence[Facts], context: Context) -> Iterator[Found]:
    for passage in _unread(order, facts, context):
        if not TECHNICAL.search(passage.text):
            yield Found(_between(passage))
