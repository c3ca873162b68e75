"""`lab.routes()`: the networks of the lab, and who hands packets to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from labsupport.answers import drawings
from labsupport.answers.page import Page
from labsupport.answers.site_kinds import word
from labsupport.language import tell
from labsupport.lookups.networks import NetworkNode, Networks
from labsupport.results import Figure, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ABROAD = "#e4e4e4"


class NetworksPage(Page[Networks]):
    """All networks of the lab."""

    @property
    def sentence(self) -> str:
        facts = self.facts
        count, meeting = len(facts.nodes), len(facts.members)
        return tell(self.say, "networks.all", count=count, meeting=meeting, exchange=facts.exchange)

    def tabulated(self) -> Table:
        say, facts = self.say, self.facts
        return Table(
            say("The networks"),
            (
                *(say("network"), say("AS number"), say("what it is"), say("country")),
                *(say("buys from"), say("at the exchange point")),
            ),
            tuple(
                (
                    node.name,
                    f"AS{node.asn}",
                    word(node.kind, say),
                    node.country,
                    ", ".join(facts.sellers(node)) or "–",
                    say("yes") if node.peers else "–",
                )
                for node in facts.nodes
            ),
        )

    def figure(self) -> Figure:
        say, facts = self.say, self.facts
        bought = [
            tell(say, "networks.buys", customer=node.name, providers=", ".join(sellers))
            for node in facts.nodes
            if (sellers := facts.sellers(node))
        ]
        alt = tell(
            say,
            "networks.picture",
            lines="; ".join(bought),
            exchange=facts.exchange,
            members=", ".join(node.name for node in facts.members),
        )

        def draw(axes: Axes) -> None:
            _draw_map(axes, facts)
            below, meet = say("the lower one buys from the upper one"), say("meet at the exchange")
            axes.plot([], [], "-", color=drawings.GREY, lw=1.2, label=below)
            axes.plot([], [], ":", color=drawings.GREEN, lw=2, label=meet)
            axes.legend(loc="upper left", frameon=False)
            drawings.leave_as_placed(axes)

        title = say("Who hands packets to whom")
        return Figure(title, alt, self.tabulated(), draw, say, (10.0, 4.6))


def _places(nodes: Sequence[NetworkNode]) -> dict[int, tuple[float, float]]:
    """Where each network stands in the picture: below whoever it buys from."""
    by_asn = {node.asn: node for node in nodes}

    def depth_of(node: NetworkNode) -> int:
        return max((depth_of(by_asn[asn]) + 1 for asn in node.providers), default=0)

    rows: dict[int, list[NetworkNode]] = {}
    for node in nodes:
        # An exchange point neither buys nor sells: it is drawn where its members meet.
        if node.providers or any(node.asn in other.providers for other in nodes):
            rows.setdefault(depth_of(node), []).append(node)
    places: dict[int, tuple[float, float]] = {}
    for row, beside in sorted(rows.items()):
        # Who meets others stands together, so that the exchange point's lines do not cross.
        beside.sort(key=lambda node: (not node.peers, node.asn))
        for place, node in enumerate(beside, start=1):
            # Odd rows stand to the left, so that lines over two rows pass beside boxes.
            x = 10 * place / (len(beside) + 1) - 0.2 * (row % 2)
            if len(beside) == 1 and row:
                x = min(places[asn][0] for asn in node.providers) + 0.5
            places[node.asn] = (x, -float(row))
    return places


def _draw_map(axes: Axes, facts: Networks) -> None:
    """Draw the networks at their places, lines to whoever they buy from, and the meeting."""
    nodes, places = facts.nodes, _places(facts.nodes)
    axes.set_axis_off()
    axes.set_xlim(0, 10)
    members = [places[node.asn] for node in facts.members if node.asn in places]
    bottom = min(y for _, y in places.values()) - 0.55
    axes.set_ylim(bottom - 0.4, 0.6)
    for node in nodes:
        for asn in node.providers:
            (x, y), (above_x, above_y) = places[node.asn], places[asn]
            axes.plot([x, above_x], [y, above_y], "-", color=drawings.GREY, lw=1.2, zorder=1)
    if members:
        middle = sum(x for x, _ in members) / len(members)
        for x, y in members:
            axes.plot([x, middle], [y, bottom], ":", color=drawings.GREEN, lw=2, zorder=1)
        _box(axes, middle, bottom, facts.exchange, drawings.GREEN)
    home = Counter(node.country for node in nodes).most_common(1)[0][0]
    for node in nodes:
        if node.asn in places:
            x, y = places[node.asn]
            words = node.name.replace(" ", "\n")
            # A name in brackets says what the grey ground does: registered in another country.
            away = node.country != home
            words += f"\n({node.country})" if away else ""
            _box(axes, x, y, words, drawings.BLUE, ABROAD if away else drawings.PAPER)


def _box(
    axes: Axes, x: float, y: float, words: str, colour: str, ground: str = drawings.PAPER
) -> None:
    box = {"boxstyle": "round,pad=0.4", "fc": ground, "ec": colour, "lw": 1.8}
    look: dict[str, Any] = {"color": drawings.INK, "zorder": 2, "bbox": box}
    axes.text(x, y, words, ha="center", va="center", **look)
