"""WHOIS servers (RFC 3912): a line is asked, a text comes back, each in its keeper's own form.

The registry of .example answers as the thin gTLD registries do, the registrars as theirs, NIC
Coralia as registro.br, RIR-LAB as LACNIC, and the root as IANA. The forms are templates in
data/world/whois. The words of the comments are the lab's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, partial
from ipaddress import ip_network

from labsupport.dns.transport import Send
from labsupport.exchange import Clock, Outcome, Reply, Request, Reset
from labsupport.servers.names import NoName, ascii_name, form
from labsupport.world import World
from labsupport.world.blocks import within
from labsupport.world.facts import ancestors
from labsupport.world.model import Directory, Prefix
from labsupport.world.registers import NameRegister, NumberRegister

LONGEST_QUESTION = 1024  # octets
QUOTA_SECONDS = 600

Facts = Callable[[str], dict[str, object]]
"""What a form is filled with to answer a question."""

Asked = dict[tuple[str, str], list[float]]
"""When each client asked each server that counts: (host, client's address) to times."""


class WhoisServer:
    """Answers the questions put to one WHOIS directory.

    `asked` is where it notes who asked when, if it has a quota: it belongs to the network.

    >>> world = World.load()
    >>> at = next(d for d in world.directories if d.host == "whois.nic.example")
    >>> server = WhoisServer(world, at, {})
    >>> server.answer("museum.example", "198.18.0.10", world.start.timestamp()).splitlines()[0]
    b'Domain Name: MUSEUM.EXAMPLE'
    """

    def __init__(self, world: World, directory: Directory, asked: Asked) -> None:
        self._world = world
        self._directory = directory
        self._asked = asked

    @cached_property
    def _made(self) -> tuple[str, Facts, str]:
        """The form, what fills it, and its encoding: made late, as most copies ask nothing."""
        world = self._world
        keeper = self._directory.keeper
        if self._directory.kind == "whois-root":
            return "root", partial(_root, world), "utf-8"
        if keeper == "RIR-LAB":
            return "numbers", partial(_number, NumberRegister(world)), "utf-8"
        register = NameRegister(world, keeper)
        facts = partial(_name, world, register)
        if register.registry and not register.registry.thin:
            return "country", facts, "iso-8859-1"
        return "generic", facts, "utf-8"

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one line, ended by CR and LF, or by LF alone; what is no line is cut off."""
        line, end, rest = request.payload.partition(b"\n")
        if request.protocol != "tcp" or not end or rest or len(line) > LONGEST_QUESTION:
            return Reset(request.to_address, 0.0)
        payload = self.answer(
            line.decode("utf-8", "replace"), request.source, clock.now()
        )
        return Reply(request.to_address, 0.0, payload=payload)

    def answer(self, question: str, client: str, now: float) -> bytes:
        """Return what a client is told at a time, in seconds since 1970."""
        name, facts, encoding = self._made
        text = self._refusal(client, now)
        if not text:
            values = {
                "question": question.strip(),
                "now": datetime.fromtimestamp(now, UTC),
            }
            text = form(f"whois/{name}.txt").render(values | facts(question.strip()))
        return text.replace("\n", "\r\n").encode(encoding, "replace")

    def _refusal(self, client: str, now: float) -> str:
        """What somebody is told who has asked too much: nothing about the question."""
        quota = self._directory.quota
        if quota is None:
            return ""
        who = (self._directory.host, client)
        times = [
            time for time in self._asked.get(who, ()) if time > now - QUOTA_SECONDS
        ]
        self._asked[who] = times
        if len(times) >= quota:
            return (
                f"% Query rate limit exceeded for {client}.\n"
                f"% {quota} queries are answered in {QUOTA_SECONDS // 60} minutes. Try later.\n"
            )
        times.append(now)
        return ""


def _name(world: World, register: NameRegister, question: str) -> dict[str, object]:
    try:
        name = ascii_name(question.removeprefix("domain ").strip())
    except NoName:
        name = ""
    suffixes = _suffixes(world)
    keepers = [suffixes[above] for above in ancestors(name) if above in suffixes]
    others = [keeper for keeper in keepers if keeper != register.keeper.name]
    return {
        "name": name,
        "record": register.domain(name),
        "register": register,
        "elsewhere": others[0] if others else "",
        "directories": world.directories,
    }


def _number(register: NumberRegister, question: str) -> dict[str, object]:
    number = _read_number(question)
    block = None
    if isinstance(number, int):
        block = register.as_numbers.get(number)
    elif number:
        block = register.holding(number)
    return {"number": number, "found": block, "register": register}


def _root(world: World, question: str) -> dict[str, object]:
    """The object that a question falls into, and who keeps it."""
    numbers = world.number_registry
    keeper = numbers.name.upper()
    whats = []
    number = _read_number(question)
    if isinstance(number, int):
        blocks = [block for block in numbers.as_numbers if number in block]
        whats = [f"as-block:     {block[0]}-{block[-1]}" for block in blocks]
    elif number:
        whats = [
            f"inetnum:      {pool}" for pool in numbers.pools if within(number, pool)
        ]
    elif suffix := _suffix_of(question, world):
        keeper = _suffixes(world)[suffix]
        whats = [f"domain:       {suffix.upper()}"]
    own = {d.kind: d for d in world.directories if d.keeper == keeper}
    return {
        "what": "".join(whats),
        "keeper": world.organisation(keeper) if whats else None,
        "whois": own.get("whois"),
        "rdap": own["rdap"],
    }


def _suffixes(world: World) -> dict[str, str]:
    keepers: dict[str, str] = {}
    for registry in world.registries:
        keepers.update(dict.fromkeys(registry.suffixes, registry.name))
    return keepers


def _suffix_of(question: str, world: World) -> str:
    """The longest suffix that the name asked for is or stands below, "" for none."""
    try:
        name = ascii_name(question)
    except NoName:
        return ""
    suffixes = _suffixes(world)
    return next((above for above in (name, *ancestors(name)) if above in suffixes), "")


def _read_number(question: str) -> int | Prefix | None:
    """The AS number, the address or the prefix that a question asks for, None for others."""
    text = question.upper().removeprefix("AS")
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return ip_network(question)
    except ValueError:
        return None
