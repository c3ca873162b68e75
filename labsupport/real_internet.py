"""Where the real Internet is entered from this computer.

The starting points are dated facts of data/reference. With the environment variable LAB_ENTRY
they come from a file instead (see `Described`): so the live code runs against a network of
one's own, as the tests do against the lab's.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dns.exception
import dns.name
import dns.resolver

from labsupport import reference
from labsupport.declared import QUESTIONS, warning
from labsupport.dns.transport import RESOLVER_PATH
from labsupport.exchange import DNS_PORT, WHOIS_PORT, dns_endpoints
from labsupport.exchange.entry import Entry
from labsupport.exchange.log import LIVE, OF_LAB, OF_LIVE
from labsupport.kinds import Kind, Source
from labsupport.language import Language
from labsupport.lookups.origin_dns import Holders
from labsupport.lookups.resolvers import Chosen, Fallback
from labsupport.network.cache import Store
from labsupport.network.live import Guard, LiveNetwork
from labsupport.network.rate_limit import RateLimitedNetwork
from labsupport.network.replay import ReplayNetwork
from labsupport.network.replayed_file import CannotEnter as CannotEnter
from labsupport.network.replayed_file import Recording
from labsupport.results import Explanation, Statement
from labsupport.world.tables import filled

ENTRY_FILE = "LAB_ENTRY"
CACHE_FOLDER = "LAB_CACHE"
BOOTSTRAP = "https://data.iana.org/rdap/"  # RFC 9224 section 3
WHOIS_ROOT = "whois.iana.org"
ORIGINS = "asn.cymru.com"
# Names that the public DNS does not have, and that must not be asked of it (RFC 6761, 6762, 7686,
# 8375, 9476; "internal" by a resolution of ICANN's board, 29 July 2024). example.com is real.
NOT_PUBLIC = tuple(
    dns.name.from_text(name)
    for name in (
        "alt.", "example.", "home.arpa.", "internal.", "invalid.", "local.", "localhost.", "onion.",
        "test.",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """A network of one's own: `entry` is where it is entered.

    `allowed` are special prefixes that may be reached in it, `names` the endings of the names
    that it has.
    """

    entry: Entry
    allowed: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def covers(self, name: str) -> bool:
        """Say whether the network may have a name."""
        return _is_below(name, map(dns.name.from_text, self.names))

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        members = dataclasses.asdict(self)
        authority = self.entry.certificate_authority
        members["entry"]["certificate_authority"] = base64.b64encode(authority).decode(
            "ascii"
        )
        return json.dumps(members, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Described:
        """Read a description; raise ValueError, KeyError or TypeError where it is none."""
        data = json.loads(text)
        members: dict[str, Any] = data["entry"]
        members["certificate_authority"] = base64.b64decode(
            members["certificate_authority"]
        )
        hints = {name: tuple(some) for name, some in members["root_hints"].items()}
        entry = filled(Entry, members, root_hints=hints)
        return cls(entry, tuple(data["allowed"]), tuple(data["names"]))


@dataclass(frozen=True)
class Elsewhere:
    """A network outside this process, or a recording of one, and where it is entered.

    `holders` asks and remembers whose an address is; None where the lab's own map tells that.
    """

    network: LiveNetwork | RateLimitedNetwork | ReplayNetwork
    entry: Entry
    source: Source = Source.LIVE
    holders: Holders | None = field(default_factory=Holders)
    fallback: Fallback = field(default_factory=Fallback)
    store: Store | None = None
    recording: Recording | None = None

    @property
    def origin(self) -> str:
        """Which Internet answers, one of `evidence.ORIGINS`."""
        if self.recording is None:
            return LIVE
        return OF_LAB if self.recording.of_the_lab else OF_LIVE

    def here(self, say: Language, remark: str = "") -> Statement:
        """Say where the questions go from now on; `remark` stands below."""
        if self.recording:
            return self.recording.told(say)
        resolvers = say.listed(self.entry.asked_resolvers) or say(
            "real_internet.none_computer_knows"
        )
        where = "page" if sys.platform == "emscripten" else "live"
        sentence = say(f"{where}.begins", resolvers=resolvers)
        return Statement(say, None, sentence, (remark,) if remark else ())

    def refusal(self, question: str, say: Language, quiet: bool) -> Explanation | None:
        """Return why a question is not asked here; None where it is, and say who sees it.

        With `quiet` nothing goes to machines that may be the target's.
        """
        declaration = QUESTIONS[question]
        if declaration.lab_only:
            return Explanation(
                say, Kind.NOT_COVERED, self.not_here(declaration.lab_only, say)
            )
        if self.recording:
            return None
        if declaration.loud and sys.platform == "emscripten":
            return Explanation(say, Kind.NOT_ASKED, say("page.not_here"))
        if quiet and declaration.loud:
            return Explanation(say, Kind.NOT_ASKED, say("live.quiet"))
        if declaration.service and not getattr(self.entry, declaration.service):
            return Explanation(say, Kind.NO_SERVER, say("live.nobody_known"))
        if notice := warning(question, say.listed(self.entry.asked_resolvers), say):
            print(notice, flush=True)
        return None

    def not_here(self, why: str, say: Language) -> str:
        """Say that something can only be done in the lab, and why: words to be said."""
        return say("real_internet.why_try_lab_lab", why=say(why))

    def does_not_cover(self, name: str, say: Language) -> str:
        """Say why nothing can be known of a name here."""
        if self.recording:
            return say("real_internet.name_not_recording_so", name=name)
        return say("live.no_public_name", name=name)

    def through(self, resolver: Chosen) -> Elsewhere:
        """Return the same network, asked through another resolver that a person chose.

        No other is asked in its place.
        """
        network = self.network
        if isinstance(network, LiveNetwork | RateLimitedNetwork):
            for endpoint in resolver.endpoints:
                network = network.also_to(endpoint)
        own = resolver.addresses
        url = resolver.url
        entry = replace(
            self.entry, resolvers=own, resolver_url=url, public_resolvers=()
        )
        fallback = Fallback()
        fallback.said = self.fallback.said
        fallback.closed = self.fallback.closed
        return replace(self, network=network, entry=entry, fallback=fallback)


def enter(say: Language) -> Elsewhere:
    """Enter the real Internet, or the network that LAB_ENTRY describes; raise CannotEnter."""
    own = ENTRY_FILE in os.environ
    described = _described(say)
    covers = described.covers if own else is_public
    entry = described.entry
    guard = Guard(dns_endpoints(entry.resolvers), described.allowed)
    fallback = Fallback()
    if sys.platform == "emscripten":
        from labsupport.network.page import PageNetwork

        fallback.closed[WHOIS_PORT] = math.inf
        page = PageNetwork(guard, b"", say, covers)
        page.note = fallback.note
        return Elsewhere(RateLimitedNetwork(page, say), entry, fallback=fallback)
    network = LiveNetwork(guard, entry.certificate_authority, say, covers)
    store = Store(cache_folder()) if not own or os.environ.get(CACHE_FOLDER) else None
    # In a network of one's own there is nobody to be spared.
    spared = network if own else RateLimitedNetwork(network, say)
    return Elsewhere(spared, entry, store=store)


def cache_folder() -> Path:
    """Return where answers of directories are kept: the folder in LAB_CACHE, or a user's own."""
    if shared := os.environ.get(CACHE_FOLDER):
        return Path(shared)
    import platformdirs  # late: of no use in the lab

    return (
        Path(platformdirs.user_cache_dir("labsupport", appauthor=False)) / "directories"
    )


def play(file: object, say: Language, lab: Entry) -> Elsewhere:
    """Open a recording as a network; raise CannotEnter. `lab` is where the lab is entered."""
    recording = Recording(file, say)
    holders = None if recording.of_the_lab else Holders()
    entry = recording.entered_by(lab if recording.of_the_lab else _described(say).entry)
    return Elsewhere(
        recording.network, entry, Source.RECORDING, holders, recording=recording
    )


def real_entry(say: Language) -> Entry:
    """Return the starting points of the real Internet; nothing is sent.

    >>> len(real_entry(Language.load("en")).root_hints)
    13
    """
    import certifi  # late: of no use in the lab

    hints = {
        f"{letter}.root-servers.net.": (str(ipv4), str(ipv6))
        for letter, _, ipv4, ipv6, _, _ in reference.read("root-servers").rows
    }
    anchors = reference.read("root-trust-anchors").rows
    public = reference.read("public-resolvers").rows
    towards4, towards6 = hints["l.root-servers.net."]
    return Entry(
        say("real_internet.this_computer"),
        own_address(towards4),
        own_address(towards6),
        system_resolvers(),
        hints,
        "\n".join(". IN DS " + " ".join(map(str, row[:4])) for row in anchors),
        Path(certifi.where()).read_bytes(),
        rdap_bootstrap=BOOTSTRAP,
        rdap_lists=reference.rdap_lists(),
        whois_root=WHOIS_ROOT,
        origins=ORIGINS,
        public_resolvers=tuple(tuple(map(str, row[:4])) for row in public),
    )


def own_address(towards: str) -> str:
    """Return the address from which this computer would send there, "" where it cannot.

    Nothing is sent: a datagram's socket only looks up the way.
    """
    family = socket.AF_INET6 if ":" in towards else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((towards, DNS_PORT))
            address: str = probe.getsockname()[0]
            return address
    except OSError:
        return ""


def system_resolvers() -> tuple[str, ...]:
    """Return the addresses of the resolvers that this computer was given to ask."""
    try:
        servers = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(one for one in servers if isinstance(one, str))


def is_public(name: str) -> bool:
    """Say whether the public DNS may be asked about a name.

    >>> is_public("example.com"), is_public("www.museum.example"), is_public("printer.local")
    (True, False, False)
    """
    return _is_below(name, [dns.name.root]) and not _is_below(name, NOT_PUBLIC)


def _is_below(name: str, others: Iterable[dns.name.Name]) -> bool:
    """Say whether a text is a name, and one of the others or below one."""
    try:
        return any(map(dns.name.from_text(name).is_subdomain, others))
    except dns.exception.DNSException:
        return False


def _described(say: Language) -> Described:
    """Return the real Internet, or the network that LAB_ENTRY describes; raise CannotEnter."""
    file = os.environ.get(ENTRY_FILE)
    try:
        described = (
            Described(real_entry(say))
            if file is None
            else Described.from_json(Path(file).read_text(encoding="utf-8"))
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        sentence = say("live.no_description", variable=ENTRY_FILE, file=file)
        raise CannotEnter(sentence) from problem
    if sys.platform != "emscripten":
        return described
    return replace(described, entry=_by_page(described.entry))


def _by_page(entry: Entry) -> Entry:
    """Return an entry as a page has it: by one public resolver, from an address nobody knows."""
    _, name, *addresses = entry.public_resolvers[0]
    return replace(
        entry,
        source="0.0.0.0",
        source6="::",
        resolvers=tuple(addresses[:1]),
        resolver_url=f"https://{name}{RESOLVER_PATH}",
        certificate_authority=b"",
    )
