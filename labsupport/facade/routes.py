"""`lab.routes`: which network announces what, and which way packets go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from labsupport.facade.room import Room, asks, offers
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Provenance, Source
from labsupport.lab_context import LabContext
from labsupport.results import Explanation

if TYPE_CHECKING:
    from labsupport.answers.networks import NetworksPage
    from labsupport.answers.origin import OriginPage, WhosePage
    from labsupport.answers.routes import RoutesPage

L = TypeVar("L")  # the lab that the room belongs to


class RoutesRoom(Room, Generic[L], path="routes"):
    """Which network announces what, and which way packets go.

    >>> from labsupport import Lab
    >>> Lab("en").routes.origin("203.0.113.80").kind
    <Kind.FOUND: 'found'>
    """

    @asks(
        '"203.0.113.80"',
        means="lab.which_network_announces_what",
        seen_by=("lab.whoever_tells_network_announces",),
        outside=True,
    )
    def origin(self, number: object = "") -> OriginPage | WhosePage | Explanation:
        """Say who holds an address, a prefix or an AS number, and which network announces it.

        >>> from labsupport import Lab
        >>> Lab("en").routes.origin("203.0.113.80").kind
        <Kind.FOUND: 'found'>
        """
        from labsupport.answers import origin

        return origin.origin(self._context.session, number)

    @asks(
        '"198.18.102.0/23"',
        means="lab.announcements_what_seen",
        seen_by=("lab.observatory_internet_routes",),
        service="observatory",
        outside=True,
    )
    def to(self, prefix: object = "") -> RoutesPage | Explanation:
        """List the route of every network to a prefix, or to the prefix of an address.

        >>> from labsupport import Lab
        >>> len(Lab("en").routes.to("198.18.102.0/23").table)
        15
        """
        from labsupport.answers import routes

        return routes.routes(self._context.session, prefix)

    @asks(lab_only="lab.nobody_map_whole_internet")
    def networks(self) -> NetworksPage | Explanation:
        """List the lab's networks, and from whom each buys its connection.

        >>> from labsupport import Lab
        >>> len(Lab("en").routes.networks().table)
        16
        """
        from labsupport.answers import networks
        from labsupport.lookups.networks import Networks

        context = self._context
        provenance = Provenance(
            Source.LAB, "", context.now, world=context.inside.world.version
        )
        networks_known = Networks(
            kind=None, provenance=provenance, nodes=context.inside.nodes
        )
        return networks.NetworksPage(context.say, networks_known)

    @offers('"198.18.103.0/24", by="AS64497"', words={"checking": "checking"})
    def announce(
        self, prefix: object = "", by: object = "", checking: object = ""
    ) -> L:
        """Return a copy of the lab in which the network `by` announces `prefix` as well.

        Clock and memories are copied, so each goes its own way from here on. `checking` says
        which networks refuse what contradicts a ROA: "nobody" or "everybody"; left out, those
        that do so already. What cannot be done gives a lab that answers every question with a
        sentence which says why.

        >>> from labsupport import Lab
        >>> wrong = Lab("en").routes.announce("198.18.103.0/24", by="AS64497", checking="nobody")
        >>> wrong.path("198.18.103.53").kind.name
        'NO_ANSWER'
        """
        from labsupport.inputs.announcements import (
            read_checking,
            read_network,
            read_prefix,
        )
        from labsupport.world.routing import LONGEST_ACCEPTED, Announcement

        context = self._context
        say, other = context.say, context.copied()
        if context.elsewhere:
            why = "lab.real_internet_not_yours"
            other.mistake = context.elsewhere.not_here(why, say)
            return self._lab(other)
        names, offline = context.inside.network_names, context.offline
        try:
            asn = read_network(by, names, say)
            block = read_prefix(prefix, offline.world.number_registry.pools, say)
            checkers = read_checking(checking, names, say)
        except NotUnderstood as problem:
            other.mistake = str(problem)
            return self._lab(other)
        routing = offline.routing.announced(Announcement(block, asn), checkers)
        other.move(offline.copy(routing=routing), f"AS{asn} announces {block}, ")
        taken = sum(
            route.path[-1:] == (asn,) for route in routing.table(block).values()
        )
        values = {"count": taken, "network": names[asn], "prefix": block}
        remark = say("lab.announced_as_well", **values)
        longest = LONGEST_ACCEPTED[block.version]
        if block.prefixlen > longest:
            remark += " " + say("lab.narrowest_block", longest=longest)
        other.remarks = (*context.remarks, remark)
        return self._lab(other)

    def _lab(self, context: LabContext) -> L:
        lab: L = context.lab
        return lab

    if not TYPE_CHECKING:  # as it was typed until version 0.1

        def __call__(self, *args, **kwargs):
            """Answer `lab.routes(…)`: see labsupport.course.old_lines."""
            from labsupport.course.old_lines import OldLine

            return OldLine(self._context.lab, "routes")(*args, **kwargs)
