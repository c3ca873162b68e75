"""`lab.routes.to`: which way every network has chosen to a prefix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from operator import attrgetter

from labsupport.formats.delegated import Prefix
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered
from labsupport.lookups.observatory import (
    AsName,
    Observatory,
    OriginValidation,
    SeenRoute,
)
from labsupport.lookups.origin import nobodys, not_covered
from labsupport.lookups.session import Session


@dataclass(frozen=True, eq=False, kw_only=True)
class Routes(Lookup):
    """The routes to a prefix, or to the prefix of an address, as `asked`.

    `seen` are those that networks have, the smallest prefixes first; `checks` is what ROAs say of
    each prefix and origin, in the same order, `names` what each AS is called. `told` are all routes
    that the observatory has, with those to larger prefixes that decide nothing.
    """

    kind: Kind
    asked: str
    seen: list[SeenRoute]
    checks: Mapping[tuple[Prefix, int], OriginValidation]
    names: Mapping[int, AsName]
    told: Sequence[SeenRoute]

    @property
    def announcements(self) -> tuple[tuple[Prefix, int], ...]:
        """Who announces what: prefix and origin, the smallest prefixes first."""
        return tuple(self.checks)

    @property
    def decisive(self) -> Prefix | None:
        """The prefix whose routes decide: the smallest, if all others hold it.

        None where nothing is announced, or several prefixes are that lie beside each other.
        """
        prefixes = [prefix for prefix, _ in self.announcements]
        alone = prefixes and all(prefixes[0].overlaps(other) for other in prefixes)
        return prefixes[0] if alone else None

    @property
    def followed(self) -> dict[int, SeenRoute]:
        """The route by which each network sends packets for the decisive prefix."""
        return (
            {seen.network: seen for seen in reversed(self.seen)}
            if self.decisive
            else {}
        )

    @property
    def without(self) -> dict[int, SeenRoute]:
        """The route of each network if the decisive prefix were not announced by its origins.

        Empty where nobody else announces a larger one, as what then follows is not known.
        """
        now = self.decisive
        if now is None:
            return {}
        origins = {seen.origin for seen in self.told if seen.prefix == now}
        others = [seen for seen in self.told if seen.origin not in origins]
        larger = [seen for seen in others if seen.prefix.prefixlen < now.prefixlen]
        longest = max((seen.prefix.prefixlen for seen in larger), default=0)
        return {
            seen.network: seen for seen in larger if seen.prefix.prefixlen == longest
        }


def routes(session: Session, asked: Number) -> Routes | Unanswered:
    """Ask the observatory for the route that every network has to an address or a prefix.

    Returns Unanswered where it is nobody's, the registry's list has no part of it, or nobody
    answered.
    """
    if unanswered := nobodys(asked):
        return unanswered
    observatory = Observatory(session)
    block = ip_network(asked.resource)
    try:
        holders = observatory.holders()
        if not holders.covering(asked.resource):
            return not_covered(asked, holders)
        names = observatory.names()
        all_routes = observatory.routes(block)
        seen = _deciding(block, all_routes)
        checks = {}
        for route in seen:
            announcement = route.prefix, route.origin
            if announcement not in checks:
                checks[announcement] = observatory.check(*announcement)
    except NoAnswer as problem:
        return problem.unanswered(session, asked.notes)
    return Routes(
        kind=Kind.FOUND,
        provenance=session.provenance(observatory.host),
        notes=asked.notes,
        asked=asked.text,
        seen=seen,
        checks=checks,
        names=names,
        told=all_routes,
    )


def _deciding(block: Prefix, seen: Sequence[SeenRoute]) -> list[SeenRoute]:
    """Leave out what decides nothing: a larger prefix where a network has a smaller one.

    Routes to parts of `block` all decide, each for its part. The smallest prefixes come first.
    """
    by_network = sorted(seen, key=attrgetter("network"))
    smallest_first = sorted(
        by_network, key=attrgetter("prefix.prefixlen"), reverse=True
    )
    parts: list[SeenRoute] = []
    covering: dict[int, SeenRoute] = {}
    for route in smallest_first:
        if route.prefix.prefixlen > block.prefixlen:
            parts.append(route)
        else:
            covering.setdefault(route.network, route)
    return [*parts, *covering.values()]
