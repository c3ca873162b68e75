"""`lab.routes.networks()`: the networks of the lab, and who hands packets to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from labsupport.answers.map import MAP_WIDE, Rectangle, Station, box, joined
from labsupport.answers.page import Page
from labsupport.answers.site_kinds import word
from labsupport.lookups.networks import NetworkNode, Networks
from labsupport.picture import Picture, Shapes, State, shape
from labsupport.results import Table

WIDEST_BOX, BOX_HIGH, ROW_HIGH = 150.0, 48.0, 80.0


class NetworksPage(Page[Networks]):
    """All networks of the lab."""

    @property
    def sentence(self) -> str:
        facts = self.facts
        count, meeting = len(facts.nodes), len(facts.members)
        return self.say(
            "networks.all", count=count, meeting=meeting, exchange=facts.exchange
        )

    def tabulated(self) -> Table | None:
        say, facts = self.say, self.facts
        return Table.of(
            say("networks.the_networks"),
            facts.nodes,
            (say("networks.network"), lambda node: node.name),
            (say("networks.as_number"), lambda node: f"AS{node.asn}"),
            (say("networks.what_it_is"), lambda node: word(node.kind, say)),
            (say("networks.country"), lambda node: node.country),
            (
                say("networks.buys_from"),
                lambda node: ", ".join(facts.sellers(node)) or "–",
            ),
            (
                say("networks.at_the_exchange_point"),
                lambda node: say("networks.yes") if node.peers else "–",
            ),
        )

    def _picture(self) -> Picture:
        """The map of all networks, sellers above their customers; a choice of what is lit."""
        say, facts = self.say, self.facts
        rows = _rows(facts.nodes)
        places = {asn: place for row in rows for asn, place in row.items()}
        bottom = max(place.y + place.high for place in places.values())
        meeting = Rectangle(MAP_WIDE / 2 - 90, bottom - 34, 180, 34)
        members = [node.asn for node in facts.members if node.asn in places]
        drawing: Shapes = []
        for asn in members:
            drawing += joined(places[asn], meeting, f"m{asn}", "line dotted")
        home = Counter(node.country for node in facts.nodes).most_common(1)[0][0]
        for node in (one for one in facts.nodes if one.asn in places):
            for asn in node.providers:
                drawing += _bought(rows, node.asn, asn)
        for node in (one for one in facts.nodes if one.asn in places):
            # In brackets: registered in another country than most.
            away = "" if node.country == home else f"({node.country})"
            drawing += box(
                places[node.asn], Station("", (node.name, away)), f"n{node.asn}"
            )
        drawing += box(meeting, Station(facts.exchange), "exchange")
        buying = {
            f"b{node.asn}-{asn}": "on" for node in facts.nodes for asn in node.providers
        }
        met = {f"{part}{asn}": "on" for asn in members for part in "mn"} | {
            "exchange": "on"
        }
        names = say.listed(node.name for node in facts.members)
        states = (
            State(
                say("networks.lines", exchange=facts.exchange),
                {},
                say("networks.all_networks"),
            ),
            State(say("networks.buying"), buying, say("networks.who_buys_from_whom")),
            State(say("networks.met", members=names), met, facts.exchange),
        )
        return Picture(drawing, bottom + 4, states, say)


def _rows(nodes: Sequence[NetworkNode]) -> list[dict[int, Rectangle]]:
    """Where each network stands: below whoever it buys from."""
    by_asn = {node.asn: node for node in nodes}

    def depth_of(node: NetworkNode) -> int:
        return max((depth_of(by_asn[asn]) + 1 for asn in node.providers), default=0)

    rows: dict[int, list[NetworkNode]] = {}
    for node in nodes:
        # An exchange point neither buys nor sells: it is drawn where its members meet.
        if node.providers or any(node.asn in other.providers for other in nodes):
            rows.setdefault(depth_of(node), []).append(node)
    placed = []
    for row, beside in sorted(rows.items()):
        # Who meets others stands together, so that the exchange point's lines do not cross.
        beside.sort(key=lambda node: (not node.peers, node.asn))
        pitch = (MAP_WIDE - 2) / len(beside)
        wide = min(WIDEST_BOX, pitch - 3)
        left = (pitch - wide) / 2 if len(beside) > 1 or not row else 0
        placed.append(
            {
                node.asn: Rectangle(
                    2 + pitch * number + left, 2 + ROW_HIGH * row, wide, BOX_HIGH
                )
                for number, node in enumerate(beside)
            }
        )
    return placed


def _bought(
    rows: Sequence[Mapping[int, Rectangle]], customer: int, seller: int
) -> Shapes:
    """Draw the line from a seller down to a customer, between the boxes of rows that it passes."""
    level = {asn: number for number, row in enumerate(rows) for asn in row}
    above, below = rows[level[seller]][seller], rows[level[customer]][customer]
    x, end = above.centre[0], below.centre[0]
    d = f"M{x:g} {above.y + BOX_HIGH:g}"
    for row in rows[level[seller] + 1 : level[customer]]:
        boxes = list(row.values())
        gaps = [(one.x + one.wide + other.x) / 2 for one, other in pairwise(boxes)] or [
            x
        ]
        share = (boxes[0].y - above.y) / (below.y - above.y)
        gap = min(gaps, key=lambda one: abs(one - x - (end - x) * share))
        d += f"L{gap:g} {boxes[0].y - 2:g}v{BOX_HIGH + 4:g}"
    return shape("path", "line", f"b{customer}-{seller}", d=f"{d}L{end:g} {below.y:g}")
