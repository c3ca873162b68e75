"""`lab.packet`: the packet of a question that was asked, byte by byte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from labsupport.evidence import Line
from labsupport.exchange import DNS_PORT, Request
from labsupport.language import mark
from labsupport.lookups import drawings
from labsupport.lookups.names import Typed
from labsupport.lookups.session import Session
from labsupport.packets import USUAL_HOP_LIMIT, Field, Layer, fields, udp_packet
from labsupport.results import Explanation, Figure, Kind, NoFigure, Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BYTES_A_ROW = 16

LAYERS: dict[Layer, str] = {
    "ip": mark("envelope: addresses (IP)"),
    "udp": mark("envelope: ports (UDP)"),
    "dns": mark("letter: DNS question"),
}

# Each field of labsupport.packets, and what it is for.
IN_WORDS: dict[str, str] = {
    mark("version and header length"): mark(
        "which Internet Protocol this is; how many bytes its header has"
    ),
    mark("version, traffic class and flow label"): mark(
        "which Internet Protocol this is; a wish for special treatment; a mark of its flow"
    ),
    mark("type of service"): mark("a wish for special treatment on the way; 0: none"),
    mark("total length"): mark("bytes of the whole packet"),
    mark("payload length"): mark("bytes after this header"),
    mark("identification"): mark("joins the parts again if a packet is cut in parts"),
    mark("flags and fragment offset"): mark(
        "whether it is a part of a packet; DF: do not cut it in parts"
    ),
    mark("time to live"): mark("how many routers may still hand it on; each takes one off"),
    mark("hop limit"): mark("how many routers may still hand it on; each takes one off"),
    mark("protocol"): mark("what the next header is"),
    mark("header checksum"): mark("shows damage to this header"),
    mark("source address"): mark("who sent it, as the sender wrote it"),
    mark("destination address"): mark("where it goes; each router on the way reads this"),
    mark("options"): mark("special requests to routers"),
    mark("source port"): mark(
        "the port the answer shall come to; chosen by chance for each question"
    ),
    mark("destination port"): mark("the port it goes to; 53 is that of the DNS"),
    mark("length"): mark("bytes from here to the end"),
    mark("checksum"): mark("shows damage to addresses, ports and letter"),
    mark("identifier"): mark("a number chosen by chance; the answer must repeat it"),
    mark("flags"): mark("what kind of message this is; RD: please look it up for me"),
    mark("questions"): mark("how many questions follow"),
    mark("answer records"): mark("how many answers follow; none in a question"),
    mark("authority records"): mark("how many records say who is in charge; none in a question"),
    mark("additional records"): mark("how many further records follow"),
    mark("name asked"): mark("the name in the question, readable by all who carry it"),
    mark("type asked"): mark("what is asked about the name"),
    mark("class asked"): mark("IN: the Internet"),
    mark("EDNS: name"): mark("the extension of the DNS has no name of its own"),
    mark("EDNS: type"): mark("OPT: the sender knows the extension of the DNS (EDNS)"),
    mark("EDNS: largest answer"): mark("how many bytes of answer fit in one packet"),
    mark("EDNS: flags"): mark("DO: please send signatures along"),
    mark("EDNS: length of options"): mark("bytes of further wishes"),
    mark("EDNS: options"): mark("further wishes"),
    mark("further records"): mark("further records of the message"),
}


class Packet(Result):
    """One packet with its fields.

    Attributes: `packet`, its bytes; `fields`, what they say; `hop_limit`.
    """

    def __init__(self, session: Session, request: Request, typed: Typed) -> None:
        self.hop_limit = USUAL_HOP_LIMIT if request.hop_limit is None else request.hop_limit
        self.packet = udp_packet(
            request.source,
            request.source_port,
            request.to_address,
            request.port,
            request.payload,
            self.hop_limit,
        )
        self.fields = fields(self.packet)
        self.name = typed.text
        super().__init__(session.say, Kind.FOUND, session.provenance(""), typed.notes)

    @property
    def sentence(self) -> str:
        letter = sum(field.length for field in self.fields if field.layer == "dns")
        return self.say(
            "This packet has {count} bytes: {envelope} on the envelope, {letter} in the letter. "
            "Who carries it reads where it goes, and, since nothing is encrypted, also what it "
            "asks.",
            count=len(self.packet),
            envelope=len(self.packet) - letter,
            letter=letter,
        )

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("The packet of the question for {name}, byte by byte", name=self.name),
            (say("layer"), say("bytes (hex)"), say("field"), say("value"), say("in words")),
            tuple(
                (
                    say(LAYERS[field.layer]),
                    field.raw.hex(" "),
                    say(field.name),
                    field.value,
                    say(IN_WORDS[field.name]),
                )
                for field in self.fields
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "Only the letter was sent as it stands. The envelope was written afterwards from "
                "the addresses and ports; the rest of it is what systems usually write "
                "({hop_limit} routers may hand it on; in IPv4 identification 0 and DF).",
                hop_limit=self.hop_limit,
            ),
            say("The source address is what the sender wrote: with UDP nothing proves it."),
            say(
                "On the way each router takes one off the number that may still hand it on, and a "
                "shared address (NAT) replaces the source address and port."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        say = self.say
        layers = tuple(dict.fromkeys(field.layer for field in self.fields))
        sizes = {
            layer: sum(field.length for field in self.fields if field.layer == layer)
            for layer in layers
        }
        parts = [
            say.many("{layer}, {count} byte", "{layer}, {count} bytes", n, layer=say(LAYERS[layer]))
            for layer, n in sizes.items()
        ]
        alt = say(
            "The {count} bytes of the packet in rows of {row}, as they are sent: {parts}.",
            count=len(self.packet),
            row=BYTES_A_ROW,
            parts="; ".join(parts),
        )
        data = Table(
            say("The bytes of the packet"),
            (say("from byte"), say("layer"), say("field"), say("bytes (hex)")),
            tuple(
                (field.offset, say(LAYERS[field.layer]), say(field.name), field.raw.hex(" "))
                for field in self.fields
            ),
        )
        title = say("One packet on its way: the question for {name}", name=self.name)
        words = {layer: say(LAYERS[layer]) for layer in layers}

        def draw(axes: Axes) -> None:
            _grid(axes, self.fields, words)

        rows = -(-len(self.packet) // BYTES_A_ROW)
        return Figure(title, alt, data, draw, say, size=(8.0, 0.42 * rows + 1.2))


# A pale colour, that of edges and hatching, and the hatching: ways to tell a layer.
STYLES: dict[Layer, tuple[str, str, str]] = {
    "ip": ("#d6e8f5", drawings.BLUE, ""),
    "udp": ("#fbe3d3", drawings.ORANGE, "//"),
    "dns": ("#d5f0e7", drawings.GREEN, ".."),
}


def _grid(axes: Axes, packet: Sequence[Field], words: dict[Layer, str]) -> None:
    """Draw each byte of a packet in a cell, in the style of its layer."""
    from matplotlib.patches import Patch, Rectangle

    axes.set_axis_off()
    axes.set(xticks=(), yticks=())  # unseen, and they would still be measured
    layer_of = [field.layer for field in packet for _ in field.raw]
    for place, (layer, byte) in enumerate(
        zip(layer_of, b"".join(field.raw for field in packet), strict=True)
    ):
        row, column = divmod(place, BYTES_A_ROW)
        if not column or layer != layer_of[place - 1]:  # one box for all that are of one layer
            pale, strong, hatch = STYLES[layer]
            rest = layer_of[place : place + BYTES_A_ROW - column]
            width = next((n for n, other in enumerate(rest) if other != layer), len(rest))
            box = (column, -row), width, 0.9
            # The hatching is pale, so that the numbers on it can be read.
            axes.add_patch(Rectangle(*box, fc=pale, ec=strong, hatch=hatch, lw=0, alpha=0.45))
            axes.add_patch(Rectangle(*box, fill=False, ec=strong, lw=1.2))
        axes.text(
            column + 0.5,
            -row + 0.45,
            f"{byte:02x}",
            ha="center",
            va="center",
            family="monospace",
            fontsize=10,
            color=drawings.INK,
        )
    rows = 1 + (packet[-1].offset + packet[-1].length - 1) // BYTES_A_ROW
    for row in range(rows):
        axes.text(
            -0.2,
            -row + 0.45,
            str(row * BYTES_A_ROW),
            ha="right",
            va="center",
            fontsize=8,
            color=drawings.GREY,
        )
    axes.set_xlim(-1, BYTES_A_ROW)
    axes.set_ylim(-rows - 0.9, 1)
    axes.legend(
        handles=[
            Patch(fc=STYLES[layer][0], ec=STYLES[layer][1], hatch=STYLES[layer][2], label=label)
            for layer, label in words.items()
        ],
        loc="lower center",
        ncols=len(words),
        fontsize=9,
        frameon=False,
    )
    drawings.leave_as_placed(axes)


def packet(
    lines: Sequence[Line], session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType
) -> Result:
    """Show the packet of the question for `rdtype` at a name, as last asked from this connection.

    It is read from `lines` of evidence.
    """
    asked = [
        line.request
        for line in lines
        if line.lab == session.entry.connection
        and (line.request.protocol, line.request.port) == ("udp", DNS_PORT)
        and _asks(line.request.payload, typed.name, rdtype)
    ]
    if asked:
        return Packet(session, asked[-1], typed)
    sentence = session.say(
        'Nothing of this type was asked about {name} from here yet. Run lab.ask("{name}") first.',
        name=typed.text,
    )
    return Explanation(session.say, Kind.NOT_ASKED, sentence, typed.notes)


def _asks(payload: bytes, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> bool:
    try:
        question = dns.message.from_wire(payload, question_only=True).question
    except (dns.exception.DNSException, ValueError):
        return False
    return [(asked.name, asked.rdtype) for asked in question] == [(name, rdtype)]
