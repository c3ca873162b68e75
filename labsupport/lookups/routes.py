"""`lab.routes`: which way every network has chosen to a prefix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

from labsupport.language import Language
from labsupport.lookups import drawings
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.numbers import Number, of_nobody, read_number
from labsupport.lookups.observatory import (
    CHECKS,
    INVALID,
    VALID,
    AsName,
    NoAnswer,
    Observatory,
    Prefix,
    Seen,
    host_of,
)
from labsupport.lookups.origin import called, not_covered, unanswered
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Kind, NoFigure, Provenance, Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How a bar looks, and without colour: that of an origin which contradicts a ROA is the second.
HATCHES = ("", "//")
COLOURS = (drawings.BLUE, drawings.ORANGE)
NAMES_A_LINE = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Networks that have something in common, told in `label`; `style` is that of their bar."""

    label: str
    networks: tuple[int, ...]
    style: int = 0


class Routes(Result):
    """The routes to a prefix. `seen` are those that networks have, the smallest prefixes first."""

    def __init__(
        self,
        say: Language,
        asked: Number,
        seen: Sequence[Seen],
        checks: Mapping[tuple[Prefix, int], str],
        names: Mapping[int, AsName],
        provenance: Provenance,
    ) -> None:
        super().__init__(say, Kind.FOUND, provenance, asked.notes)
        self.asked = asked.text
        self.seen = tuple(sorted(seen, key=lambda s: (-s.prefix.prefixlen, s.network)))
        self._checks = checks
        self._names = names

    @property
    def announcements(self) -> tuple[tuple[Prefix, int], ...]:
        """Who announces what: prefix and origin, the smallest prefixes first."""
        return tuple(dict.fromkeys((seen.prefix, seen.origin) for seen in self.seen))

    @property
    def decisive(self) -> Prefix | None:
        """The prefix whose routes decide: the smallest, if all others hold it.

        None where nothing is announced, or several prefixes are that lie beside each other.
        """
        prefixes = list(dict.fromkeys(prefix for prefix, _ in self.announcements))
        if prefixes and all(prefixes[0].overlaps(other) for other in prefixes):
            return prefixes[0]
        return None

    @property
    def followed(self) -> dict[int, Seen]:
        """The route by which each network sends packets for the decisive prefix."""
        decisive = self.decisive
        if decisive is None:
            return {}
        return {seen.network: seen for seen in reversed(self.seen)}

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.seen:
            return say("Nobody announces {what}: no network knows a way there.", what=self.asked)
        if len(self.announcements) == 1:
            return f"{self._one_origin()} {self._said_of_roas()}"
        origins = tuple(dict.fromkeys(origin for _, origin in self.announcements))
        announced = "; ".join(
            say("{network} {prefix}", network=called([asn], self._names, say), prefix=prefix)
            for prefix, asn in self.announcements
        )
        start = say.many(
            "{count} network announces addresses here: {announced}.",
            "{count} networks announce addresses here: {announced}.",
            len(origins),
            announced=announced,
        )
        if self.decisive is None:
            return start + " " + say("Ask for one of these prefixes to see the ways to it.")
        return f"{start} {self._who_follows_whom()} {self._said_of_roas()}"

    def _one_origin(self) -> str:
        say = self.say
        ((prefix, asn),) = self.announcements
        others = [seen for seen in self.seen if seen.network != asn]
        longest = max((len(seen.path) for seen in others), default=1)
        start = say(
            "{network} announces {prefix}.",
            network=called([asn], self._names, say),
            prefix=prefix,
        )
        if not others:
            return start + " " + say("No other network has taken the route.")
        return (
            start
            + " "
            + say.many(
                "{count} other network knows a way there.",
                "{count} other networks know a way there; the longest leads through {longest} "
                "networks, both ends counted.",
                len(others),
                longest=longest,
            )
        )

    def _who_follows_whom(self) -> str:
        say = self.say
        counted = sorted(
            ((len(group.networks), group.label) for group in self._by_origin()), reverse=True
        )
        parts = [
            say.many("{count} follows {network}", "{count} follow {network}", count, network=name)
            for count, name in counted
        ]
        return say(
            "For {prefix}, of the other {total} networks {parts}.",
            prefix=self.decisive,
            total=sum(count for count, _ in counted),
            parts=", ".join(parts),
        )

    def _said_of_roas(self) -> str:
        say = self.say
        against = [
            asn for prefix, asn in self.announcements if self._checks[prefix, asn] in INVALID
        ]
        if against:
            return say(
                "A ROA contradicts the announcement of {network}: networks that check origins "
                "refuse it.",
                network=called(list(dict.fromkeys(against)), self._names, say),
            )
        if all(check == VALID for check in self._checks.values()):
            return say("The holder has authorised this origin in a ROA.")
        unknown = [asn for prefix, asn in self.announcements if self._checks[prefix, asn] != VALID]
        return say(
            "No ROA says whether {network} may announce that.",
            network=called(list(dict.fromkeys(unknown)), self._names, say),
        )

    def tabulated(self) -> Table | None:
        if not self.seen:
            return None
        say = self.say
        decisive = self.decisive
        if decisive is None:
            return Table(
                say("What is announced in {what}", what=self.asked),
                (say("prefix"), say("origin"), say("origin check")),
                tuple(
                    (str(prefix), self._name(asn), say(CHECKS[self._checks[prefix, asn]]))
                    for prefix, asn in self.announcements
                ),
            )
        several = len({seen.prefix for seen in self.followed.values()}) > 1
        columns = (
            say("network"),
            *([say("to")] if several else []),
            say("through"),
            say("origin"),
            say("origin check"),
            say("AS path"),
        )
        return Table(
            say("The routes to {what}", what=self.asked),
            columns,
            tuple(
                (
                    self._name(seen.network),
                    *([str(seen.prefix)] if several else []),
                    " → ".join(map(self._name, seen.path[1:-1])) or "–",
                    self._name(seen.origin),
                    say(CHECKS[self._checks[seen.prefix, seen.origin]]),
                    " ".join(map(str, seen.path)),
                )
                for _, seen in sorted(self.followed.items())
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("An AS path is what networks say of themselves: it is not the way of a packet."),
            say(
                "A check of the origin looks at the last number of the path alone: whoever puts "
                "the right one there passes it."
            ),
            say(
                "This is now, and only of networks that tell the observatory. A false "
                "announcement may last minutes, and says nothing of intent."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        if not self.followed:
            return super().figure()
        say = self.say
        several = len({origin for _, origin in self.announcements}) > 1
        if several:
            groups = self._by_origin()
            title = say("Whose announcement networks follow for {prefix}", prefix=self.decisive)
            heading = say("they follow")
        else:
            groups = self._by_length()
            title = say("How far it is to {what}", what=self.asked)
            heading = say("on the way")
        data = Table(
            title,
            (heading, say("how many"), say("networks")),
            tuple(
                (group.label, len(group.networks), ", ".join(map(self._name, group.networks)))
                for group in groups
            ),
        )
        alt = say(
            "Bars as long as the number of networks. {groups}.",
            groups="; ".join(f"{label}: {count} ({names})" for label, count, names in data.rows),
        )

        def draw(axes: Axes) -> None:
            for place, group in enumerate(groups):
                axes.barh(
                    place,
                    len(group.networks),
                    height=0.7,
                    color=drawings.PAPER,
                    edgecolor=COLOURS[group.style],
                    hatch=HATCHES[group.style],
                    lw=2,
                )
                axes.annotate(
                    self._in_lines(group.networks),
                    (len(group.networks), place),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=9,
                    color=drawings.INK,
                )
            axes.set_yticks(range(len(groups)), [group.label for group in groups])
            axes.invert_yaxis()
            # Room for the names at the right.
            axes.set_xlim(0, 2.6 * max(len(group.networks) for group in groups) + 2)
            axes.set_xticks(range(0, max(len(group.networks) for group in groups) + 1, 2))
            axes.set_xlabel(say("how many networks"))
            axes.spines[["top", "right"]].set_visible(False)

        return Figure(title, alt, data, draw, say, (9.0, 1.2 + 0.95 * len(groups)))

    def _by_origin(self) -> list[Group]:
        groups: dict[int, list[int]] = {}
        for network, seen in sorted(self.followed.items()):
            if network != seen.origin:
                groups.setdefault(seen.origin, []).append(network)
        against = {origin for (_, origin), check in self._checks.items() if check in INVALID}
        return [
            Group(self._name(origin), tuple(found), int(origin in against))
            for origin, found in groups.items()
        ]

    def _by_length(self) -> list[Group]:
        say = self.say
        groups: dict[int, list[int]] = {}
        for network, seen in sorted(self.followed.items()):
            groups.setdefault(len(seen.path), []).append(network)
        words = {1: say("the network itself"), 2: say("next to it")}
        return [
            Group(
                words.get(length)
                or say.many("{count} network between", "{count} networks between", length - 2),
                tuple(found),
            )
            for length, found in sorted(groups.items())
        ]

    def _name(self, asn: int) -> str:
        return self._names[asn].name if asn in self._names else f"AS{asn}"

    def _in_lines(self, networks: Sequence[int]) -> str:
        names = list(map(self._name, networks))
        lines = (names[i : i + NAMES_A_LINE] for i in range(0, len(names), NAMES_A_LINE))
        return ",\n".join(", ".join(line) for line in lines)


def routes(session: Session, text: object) -> Result:
    """Return the route that every network has to a prefix, or to the prefix of an address.

    Raises NotUnderstood when `text` is neither.
    """
    say = session.say
    asked = read_number(text, say)
    if isinstance(asked.resource, int):
        raise NotUnderstood(
            say(
                "{what} is a network. Routes lead to prefixes: ask lab.origin for those that it "
                "announces, and then for one of them here.",
                what=asked.text,
            )
        )
    if sentence := of_nobody(asked, say):
        return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
    observatory = Observatory(session)
    try:
        if sentence := not_covered(asked, observatory.holders(), say):
            return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
        names = observatory.names()
        block = ip_network(asked.resource)
        seen = _deciding(block, _seen(observatory, block))
        pairs = dict.fromkeys((route.prefix, route.origin) for route in seen)
        checks = {pair: observatory.check(*pair) for pair in pairs}
    except NoAnswer as problem:
        return unanswered(session, asked, problem)
    return Routes(say, asked, seen, checks, names, session.provenance(host_of(session)))


def _seen(observatory: Observatory, block: Prefix) -> tuple[Seen, ...]:
    """Return the routes to every prefix that has addresses of `block`."""
    overview = observatory.overview(block)
    # The largest prefix is asked for: its parts come along.
    largest = min((overview.prefix, *overview.related), key=lambda prefix: prefix.prefixlen)
    if largest.prefixlen > block.prefixlen:
        largest = block
    return tuple(seen for seen in observatory.routes(largest) if seen.prefix.overlaps(block))


def _deciding(block: Prefix, seen: Sequence[Seen]) -> list[Seen]:
    """Leave out what decides nothing: a larger prefix where a network has a smaller one.

    Routes to parts of `block` all decide, each for its part.
    """
    covering: dict[int, Seen] = {}
    parts = []
    for route in seen:
        if route.prefix.prefixlen > block.prefixlen:
            parts.append(route)
        elif (
            route.network not in covering
            or route.prefix.prefixlen > covering[route.network].prefix.prefixlen
        ):
            covering[route.network] = route
    return [*parts, *covering.values()]
