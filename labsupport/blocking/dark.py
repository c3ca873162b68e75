"""Which sites of the lab go dark under an order, by what the lab is made of.

It comes to what a visitor would find packet by packet, once resolvers have forgotten what they
knew before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import dns.name
import dns.rdatatype

from labsupport.blocking.execution import Execution
from labsupport.dnscore.walk import LONGEST_ALIAS_CHAIN
from labsupport.exchange import DNS_PORT, HTTPS_PORT
from labsupport.rules import AddressRule, NameRule, PolicyAnswer, Rule, ServerNameRule
from labsupport.world import World, tables
from labsupport.world.blocks import Blocks
from labsupport.world.changes import Change, Hold, Redelegation, Withdrawal
from labsupport.world.compose import ancestors

# Stories whose zones no validating resolver believes.
NOT_BELIEVED = ("expired", "other-key")


@dataclass(frozen=True, slots=True)
class Way:
    """The way to a site: the names that lead there, their zones, and the addresses of the site.

    Behind each name are those above it; the first is the site's.
    """

    names: tuple[tuple[str, ...], ...]
    zones: frozenset[str]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server of a zone, and how a resolver gets to know its addresses.

    The delegation of the zone `glue` brings them along ("": none does). Otherwise they are looked
    up in the zone `zone`, where the server's own name stands.
    """

    addresses: tuple[str, ...]
    glue: str
    zone: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: the one above it, which leads there ("": none), and the servers that know it."""

    parent: str
    servers: tuple[NameServer, ...]


def dark(
    world: World, execution: Execution, network: int, resolvers: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the sites that `execution` takes from somebody who could open them before.

    He sits in the access network with the AS number `network` and asks the resolver that has the
    addresses `resolvers`. A site opens when an address of it answers over HTTPS, IPv4 or IPv6,
    whichever his network has. Rules and changes are all
    taken as in force. A name rule that spares signed answers is taken to spare nobody, as it spares
    nobody who asks without DNSSEC. Of a domain that is handed to other servers, nothing is left;
    the domain of those servers themselves is no target that this can tell of.

    >>> from labsupport.rules import Action
    >>> from ipaddress import ip_network
    >>> rule = AddressRule(asn=64496, prefix=ip_network("203.0.113.80"), action=Action.DROP)
    >>> len(dark(World.load(), Execution((rule,)), 64496, ("198.18.0.53",)))
    213
    """
    after = set(_opening(world, execution, network, resolvers))
    before = _opening_before(world, network, resolvers)
    return tuple(site for site in before if site not in after)


@lru_cache(maxsize=8)  # a lesson tries many orders from a few connections
def _opening_before(world: World, network: int, resolvers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_opening(world, Execution(), network, resolvers))


def _opening(
    world: World, execution: Execution, network: int, resolvers: tuple[str, ...]
) -> Iterator[str]:
    rules, changes = execution.rules, execution.changes
    if not any(map(_reached(world, rules, network, "udp", DNS_PORT), resolvers)):
        return
    theirs = world.network_of(resolvers[0])
    assert theirs is not None
    zones = _found(_zones(world), changes, _reached(world, rules, theirs.asn, "udp", DNS_PORT))
    hidden = _hidden(rules, theirs.asn)
    reached = _reached(world, rules, network, "https", HTTPS_PORT)
    withdrawn = {change.site for change in changes if isinstance(change, Withdrawal)}
    cut = {
        _text(rule.server_name)
        for rule in rules
        if isinstance(rule, ServerNameRule) and rule.asn == network
    }
    for way in _ways(world):
        site = way.names[0][0]
        if (
            way.zones <= zones
            and site not in withdrawn
            and cut.isdisjoint(way.names[0])
            and not any(map(hidden, way.names))
            and any(map(reached, way.addresses))
        ):
            yield site


def _reached(
    world: World, rules: Sequence[Rule], asn: int, protocol: str, port: int
) -> Callable[[str], bool]:
    """Return what tells of an address whether packets of a network get there."""
    blocked = Blocks(
        (rule.prefix, True)
        for rule in rules
        if isinstance(rule, AddressRule)
        and rule.asn == asn
        and rule.port in (None, port)
        and rule.protocol in (None, protocol)
    )
    prefixes = [p for network in world.networks if network.asn == asn for p in network.prefixes]
    has_ipv6 = any(prefix.version == 6 for prefix in prefixes)

    @cache
    def reached(address: str) -> bool:
        return (has_ipv6 or ":" not in address) and not (blocked and any(blocked.holding(address)))

    return reached


def _hidden(rules: Sequence[Rule], asn: int) -> Callable[[tuple[str, ...]], bool]:
    """Return what tells whether a network's resolvers hide the truth about a name.

    It is asked with the name and those above it. The first rule that a name falls under counts.
    """
    alone: dict[str, tuple[int, bool]] = {}
    with_all_below: dict[str, tuple[int, bool]] = {}
    for place, rule in enumerate(rules):
        if isinstance(rule, NameRule) and rule.asn == asn:
            kept = with_all_below if rule.subtree else alone
            kept.setdefault(_text(rule.name), (place, rule.answer is not PolicyAnswer.TRUE))

    def hidden(names: tuple[str, ...]) -> bool:
        if names[0] not in alone and with_all_below.keys().isdisjoint(names):
            return False
        met = [with_all_below[one] for one in names if one in with_all_below]
        return min([*met, alone.get(names[0], (len(rules), False))])[1]

    return hidden


def _found(
    zones: Mapping[str, Zone], changes: Sequence[Change], reached: Callable[[str], bool]
) -> set[str]:
    """Return the zones that a resolver gets to which can ask at addresses that are `reached`."""
    held = {change.domain for change in changes if isinstance(change, Hold)}
    handed_over = {change.domain for change in changes if isinstance(change, Redelegation)}
    gone = held | handed_over
    found = {""}

    def leads_on(zone: Zone) -> bool:
        return zone.parent in found and any(
            ((one.glue and one.glue not in held) or one.zone in found)
            and any(map(reached, one.addresses))
            for one in zone.servers
        )

    known = 0
    while known < len(found):  # until nothing more is found
        known = len(found)
        for name, zone in zones.items():
            if name not in found and name not in gone and leads_on(zone):
                found.add(name)
    return found


@lru_cache(maxsize=2)
def _zones(world: World) -> dict[str, Zone]:
    """Return all zones, each after the one above it."""
    registrations = {item.name: item for item in world.registrations}
    names = {*world.server_of, *registrations}
    operators = {host.name: server for server in world.servers for host in server.hosts}
    undelegated = {item.name for item in world.registrations if not item.delegated}
    not_believed = {story.name for story in world.stories if story.kind in NOT_BELIEVED}
    lost = undelegated | not_believed | world.noticed  # nobody gets to what stands there

    def parent(zone: str) -> str:
        return next((one for one in ancestors(zone) if one in names), "")

    def servers(zone: str) -> Iterator[NameServer]:
        if zone == ".":
            hosts = tuple(world.root_hints)
        elif zone in registrations:
            hosts = registrations[zone].nameservers
        else:
            hosts = tuple(host.name for host in world.server_of[zone].hosts)
        for host in hosts:
            operator = operators.get(host)
            if operator is None or operator.dead or zone not in operator.zones:
                continue  # it does not exist, does not answer, or does not know the zone
            own = [one for one in (host, *ancestors(host)) if one in names]
            # The zone of the host that the same zone above leads to, with the host's addresses.
            beside = next((one for one in own if parent(one) == parent(zone)), "")
            glue = "" if beside in undelegated else beside
            yield NameServer(world.addresses_of_host[host], glue, own[0])

    return {
        zone: Zone(parent(zone), () if zone in lost else tuple(servers(zone)))
        for zone in sorted(names, key=lambda zone: len(list(ancestors(zone))))
    }


@lru_cache(maxsize=2)
def _ways(world: World) -> tuple[Way, ...]:
    """Return the ways to all sites, but to those that open for nobody."""
    expired = {story.name for story in world.stories if story.kind == "expired-certificate"}
    altered = {
        tuple(line.split()[:2])  # an owner and a type of records that disagree with their signature
        for story in tables.signing_stories().values()
        for line in story.get("changed_after_signing", ())
    }
    ways = []
    for site in world.sites:
        if site.name not in expired | world.withdrawn | world.departed:
            names = _names(world, site.name)
            zones = frozenset(_zone_of(name, _zones(world)) for name in names)
            addresses = tuple(
                one
                for one in site.addresses
                if altered.isdisjoint((f"{name}.", "AAAA" if ":" in one else "A") for name in names)
            )
            ways.append(Way(tuple((one, *ancestors(one)) for one in names), zones, addresses))
    return tuple(ways)


def _names(world: World, site: str) -> tuple[str, ...]:
    """Return the names that a visitor is led through. None of the lab's sites needs wildcards.

    The name of a zone itself is no alias (RFC 1034 section 3.6.2), so its zone is not read.
    """
    names = [site]
    while len(names) < LONGEST_ALIAS_CHAIN:
        zone = _zone_of(names[-1], world.server_of)
        alias = zone != names[-1] and world.zone(zone).get_rdataset(
            f"{names[-1]}.", dns.rdatatype.CNAME
        )
        if not alias:
            break
        names.append(_text(alias[0].target))
    return tuple(names)


def _zone_of(name: str, zones: Collection[str]) -> str:
    """Return the deepest zone that a name stands in."""
    return next(one for one in (name, *ancestors(name)) if one in zones)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
