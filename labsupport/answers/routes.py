"""`lab.routes.to`: which way every network has chosen to a prefix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from labsupport.answers.map import Rectangle, Station, framed, written
from labsupport.answers.origin import called
from labsupport.answers.page import Page
from labsupport.formats.delegated import Prefix
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import read_number
from labsupport.kinds import Kind
from labsupport.language import table
from labsupport.lookups import routes as lookup
from labsupport.lookups.observatory import OriginValidation, SeenRoute
from labsupport.lookups.session import Session
from labsupport.picture import Picture, Shapes, State, shape
from labsupport.results import Column, Explanation, Table

HIGH, ORIGIN_HIGH = 256.0, 96.0
MOST_CARRIERS, MOST_OTHERS = 5, 11  # on the map


class RoutesPage(Page[lookup.Routes]):
    """The routes to a prefix."""

    kind: Kind
    LIMITS = ("routes.path", "routes.last_number", "routes.now")

    @property
    def sentence(self) -> str:
        say, facts, pairs = self.say, self.facts, self.facts.announcements
        if not pairs:
            return say("routes.nobody", what=facts.asked)
        if len(pairs) == 1:
            return f"{self._one_origin()} {self._said_of_roas()}"
        announced = say.listed(f"{self._called(asn)} {prefix}" for prefix, asn in pairs)
        origins = {origin for _, origin in pairs}
        start = say("routes.several_announce", count=len(origins), announced=announced)
        if facts.decisive is None:
            return f"{start} {say('routes.several')}"
        return (
            f"{start} {self._who_follows_whom(facts.followed)} {self._said_of_roas()}"
        )

    def _one_origin(self) -> str:
        ((prefix, asn),) = self.facts.announcements
        others = [seen for seen in self.facts.seen if seen.network != asn]
        start = self.say("routes.one", network=self._called(asn), prefix=prefix)
        if not others:
            return f"{start} {self.say('routes.no_other')}"
        longest = max(len(seen.path) for seen in others)
        return f"{start} {self.say('routes.others_know', count=len(others), longest=longest)}"

    def _who_follows_whom(self, ways: Mapping[int, SeenRoute]) -> str:
        say, prefix = (
            self.say,
            max((seen.prefix for seen in ways.values()), key=_length),
        )
        counted = Counter(
            self._name(seen.origin)
            for network, seen in ways.items()
            if network != seen.origin
        )
        parts = [
            say("routes.followers", count=count, network=name)
            for name, count in counted.most_common()
        ]
        follow, total = say.listed(parts), counted.total()
        return say("routes.follow", prefix=prefix, total=total, parts=follow)

    def _said_of_roas(self) -> str:
        checks = self.facts.checks.items()
        against = [asn for (_, asn), check in checks if check.contradicts]
        unknown = [
            asn for (_, asn), check in checks if check is not OriginValidation.VALID
        ]
        key = "contradicted" if against else "unknown" if unknown else "authorised"
        return self.say(f"routes.{key}", network=self._called(*(against or unknown)))

    def tabulated(self) -> Table | None:
        say, facts, checks = self.say, self.facts, table(self.say, "origin_checks")
        # nothing, or several prefixes: the sentence lists them
        if facts.decisive is None:
            return None
        several = len({seen.prefix for seen in facts.followed.values()}) > 1
        to: Column[SeenRoute] = (say("routes.to"), lambda seen: str(seen.prefix))
        return Table.of(
            say("routes.the_routes_to_what", what=facts.asked),
            [seen for _, seen in sorted(facts.followed.items())],
            (say("routes.label_network"), lambda seen: self._name(seen.network)),
            *([to] if several else []),
            (
                say("routes.through"),
                lambda seen: " → ".join(map(self._name, seen.path[1:-1])) or "–",
            ),
            (say("routes.origin"), lambda seen: self._name(seen.origin)),
            (
                say("routes.origin_check"),
                lambda seen: checks[facts.checks[seen.prefix, seen.origin]],
            ),
            (say("routes.as_path"), lambda seen: " ".join(map(str, seen.path))),
        )

    def _picture(self) -> Picture | None:
        """The map of the ways: who hands packets to whom, and to which origin that leads.

        Where a smaller prefix draws them away from another's larger one, without it and with it.
        """
        say, facts = self.say, self.facts
        now, without, prefix = facts.followed, facts.without, facts.decisive
        if not now:
            return None
        ways = [without, now] if without else [now]
        every = [seen for way in ways for seen in way.values()]
        refused = {seen.origin for seen in every if self._is_refused(seen)}
        origins = sorted(
            {seen.origin for seen in every}, key=lambda asn: asn in refused
        )
        passed = Counter(
            asn for seen in every for asn in seen.path[1:-1] if asn not in origins
        )
        carriers = [asn for asn, _ in passed.most_common(MOST_CARRIERS)]
        others = [asn for asn in now if asn not in {*carriers, *origins}]
        others.sort(
            key=lambda asn: ways[0][asn].path[1] in carriers if asn in ways[0] else True
        )
        places = _places(others[:MOST_OTHERS], carriers, origins)
        lines = dict.fromkeys(line for way in ways for line in _hand_overs(way, places))
        drawing: Shapes = []
        for network, to in lines:
            drawing += _line(network, places[network], to, places[to])
        for asn, rectangle in places.items():
            drawing += framed(rectangle, f"n{asn}")
            drawing += written(rectangle, Station("", (self._name(asn),)), f"w{asn}")
        for asn in origins:
            drawing += written(places[asn], self._announcing(asn, every), f"a{asn}")
        if more := len(others[MOST_OTHERS:]):
            words = say("routes.and_count_more", count=more)
            drawing += shape("text", "small", "", words, x=4, y=HIGH + 16)
        labels = (
            say("routes.without_prefix", prefix=prefix),
            say("routes.with_prefix", prefix=prefix),
        )
        states = []
        for way, label in zip(ways, labels if without else [""], strict=True):
            reached = {seen.origin for seen in way.values()}
            looks = {f"l{network}-{to}": "off" for network, to in lines}
            looks |= {
                f"{'w' if asn in reached else 'a'}{asn}": "off" for asn in origins
            }
            for (network, to), seen in _hand_overs(way, places).items():
                look = "cut" if self._is_refused(seen) else "on"
                looks |= {
                    f"l{network}-{to}": look,
                    f"n{network}": look,
                    f"n{seen.origin}": look,
                }
            states.append(State(self._who_follows_whom(way), looks, label))
        return Picture(drawing, HIGH + 22, states, say, still=len(states) - 1)

    def _is_refused(self, seen: SeenRoute) -> bool:
        """Whether a ROA contradicts the announcement that a network follows."""
        check = self.facts.checks.get((seen.prefix, seen.origin))
        return check is not None and check.contradicts

    def _announcing(self, asn: int, every: Sequence[SeenRoute]) -> Station:
        """An origin, what it announces, and what ROAs say of it."""
        checks: list[str] = []
        for prefix in dict.fromkeys(
            seen.prefix for seen in every if seen.origin == asn
        ):
            check = self.facts.checks.get((prefix, asn))
            checks += [
                str(prefix),
                table(self.say, "origin_checks")[check] if check else "",
            ]
        return Station(self._name(asn), tuple(checks))

    def _name(self, asn: int) -> str:
        names = self.facts.names
        return names[asn].name if asn in names else f"AS{asn}"

    def _called(self, *asns: int) -> str:
        return called(list(dict.fromkeys(asns)), self.facts.names, self.say)


def _length(prefix: Prefix) -> int:
    return prefix.prefixlen


def _places(
    others: Sequence[int], carriers: Sequence[int], origins: Sequence[int]
) -> dict[int, Rectangle]:
    """Where networks stand: to the left those that only send, to the right where packets end."""
    pitch = min(30.0, HIGH / max(1, len(others)))
    places = {
        asn: Rectangle(2, 2 + pitch * n, 150, pitch - 5) for n, asn in enumerate(others)
    }
    # From below, so that the lines that need no carrier pass above.
    places |= {
        asn: Rectangle(270, HIGH - 36 - 52 * n, 140, 34)
        for n, asn in enumerate(carriers)
    }
    gap = (HIGH - ORIGIN_HIGH) / max(1, len(origins) - 1)
    return places | {
        asn: Rectangle(530, 2 + gap * n, 194, ORIGIN_HIGH)
        for n, asn in enumerate(origins)
    }


def _line(network: int, start: Rectangle, other: int, end: Rectangle) -> Shapes:
    """Draw the line by which a network hands packets to another."""
    (x, y), (to_x, to_y) = start.centre, end.centre
    # from the side that looks at the other, or from the middle
    side = (to_x > x) - (to_x < x)
    x, to_x = x + side * start.wide / 2, to_x - side * end.wide / 2
    return shape(
        "path", "line", f"l{network}-{other}", d=f"M{x:g} {y:g}L{to_x:g} {to_y:g}"
    )


def _hand_overs(
    ways: Mapping[int, SeenRoute], places: Mapping[int, Rectangle]
) -> dict[tuple[int, int], SeenRoute]:
    """To whom each network hands packets, of those that have a place."""
    hand_overs = {}
    for network, seen in ways.items():
        behind = [asn for asn in seen.path if asn in places and asn != network]
        if network in places and behind:
            hand_overs[network, behind[0]] = seen
    return hand_overs


def routes(session: Session, text: object) -> RoutesPage | Explanation:
    """Return the route that every network has to a prefix, or to the prefix of an address.

    Raises NotUnderstood when `text` is neither.
    """
    say = session.say
    asked = read_number(text, say)
    if isinstance(asked.resource, int):
        raise NotUnderstood(say("routes.network", what=asked.text))
    return RoutesPage.of(say, lookup.routes(session, asked))
