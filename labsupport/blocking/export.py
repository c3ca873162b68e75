"""What an operator would configure: a policy zone, lists of addresses, a packet filter, routes.

Each function returns the text of one file for one network, made from the rules that an order
comes to there; `configuration` makes those of all networks. What is done at the source, a hold
for instance, is no file: whoever keeps the registry or the machine sets it there.
"""

from __future__ import annotations

import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from itertools import count, groupby
from pathlib import Path
from typing import TypeVar

import dns.name

from labsupport.blocking.execution import Execution
from labsupport.language import Language, mark
from labsupport.lookups.files import LONGEST_FILE_NAME, not_written
from labsupport.lookups.forms import TRAINING, WIDTH
from labsupport.lookups.names import NotUnderstood, shown
from labsupport.results import (
    Explanation,
    Kind,
    Provenance,
    Result,
    Source,
    Table,
    escaped,
    quoted,
    utc,
    visible,
)
from labsupport.rules import (
    ALWAYS,
    FOR_EVER,
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.world.changes import Change, Hold, Redelegation, Withdrawal

R = TypeVar("R", bound=Rule)
Prefix = IPv4Network | IPv6Network
# From when and up to when something is in force, in seconds since 1970.
Windows = tuple[tuple[float, float], ...]

POLICY_ZONE = "policy.invalid"  # the policy zone's own name, which nobody asks for
TABLE = "blocked"  # the table of nftables
SECONDS_TO_KEEP = 60  # of what a policy zone gives out, as in the lab's resolvers
LONGEST_NAME = 255  # bytes in a message, the policy zone's name included (RFC 1035 section 3.1)
LARGEST_SERIAL = 2**32 - 1
# Extended DNS Errors (RFC 8914) that BIND 9.20 can set for a policy zone: named.conf, "ede".
FORGED = 4
EDE_WORDS = {FORGED: "forged", 15: "blocked", 16: "censored", 17: "filtered", 18: "prohibited"}
PASS = "CNAME rpz-passthru."  # what a policy zone says where the true answer is to be given
# What ends so in a policy zone is a trigger of another kind, no name that a client asks for.
TRIGGERS = {b"rpz-ip", b"rpz-nsip", b"rpz-nsdname", b"rpz-client-ip"}
# Protocols of the lab that travel inside TCP.
TRANSPORT = {"http": "tcp", "https": "tcp"}

ZONE = mark("what the resolvers of {network} answer in place of the truth: a response policy zone")
ADDRESSES = mark("the addresses that {network} passes nothing on to")
FILTER = mark("a packet filter for the routers of {network}, for nftables")
ROUTES = mark("routes that lead nowhere, for a router of {network}")
SERVER_NAMES = mark("the names that {network} looks for when a TLS connection begins")


def policy_zone(
    rules: Iterable[Rule],
    asn: int,
    say: Language,
    *,
    network: str = "",
    training: bool = True,
    remarks: Sequence[str] = (),
) -> str:
    """Return the name rules of a network as a response policy zone, a master file.

    The format is that of draft-vixie-dnsop-dns-rpz. Where several rules meet a name the first
    decides, as in the lab's resolvers: the records are what follows from all rules together.
    REFUSED cannot be said in a policy zone; a comment has the line for Unbound.

    `network` is the network's name. `training` says in the file that all of it is invented.
    `remarks` are sentences on the order that stand at the top.

    >>> rule = NameRule(
    ...     asn=64500, name=dns.name.from_text("goles.example"), answer=PolicyAnswer.NAME_ERROR
    ... )
    >>> policy_zone([rule], 64500, Language.load("en")).splitlines()[-2:]
    ['goles.example CNAME .', '*.goles.example CNAME .']
    """
    own = _of(NameRule, rules, asn)
    policy = _Policy(own)
    records: list[tuple[Windows, str]] = []
    refused, unsaid = [], []
    for name in policy.names:
        here, below, above = policy.at(name), policy.below(name), policy.above(name)
        if _refuses(here) or _refuses(below):
            refused.append(f'local-zone: "{name}" refuse')
        elif _refuses(above):
            refused.append(f'local-zone: "{name}" transparent')
        if not _fits(name):
            unsaid.append(shown(name))
            continue
        for owner, rule in ((shown(name), here), (f"*.{shown(name)}", below)):
            if rule is not None:
                # Without a record of its own, a refused name would be covered from above.
                passes = _refuses(rule) and above is not None and not _refuses(above)
                lines = [f"{owner} {PASS}"] if passes else _records(owner, rule)
                records += [(policy.windows(rule), line) for line in lines]
    page = _Page(";", say, training, say(ZONE, network=_called(asn, network)), remarks)
    page.tell(
        say(
            "A policy zone does not end by itself. Above each group of lines stands when somebody "
            "has to take them out."
        )
    )
    _tell_of_bind(page, own, asn)
    _tell_of_unbound(page, asn)
    if refused:
        page.tell(
            say(
                "REFUSED cannot be said in a policy zone. In Unbound's configuration these lines "
                "say it, for what is below the name as well:"
            )
        )
        page.show(*refused)
    if unsaid:
        page.tell(say("These names cannot stand in a policy zone:"))
        page.show(*unsaid)
    starts = [rule.start for rule in own if rule.start != ALWAYS]
    serial = min(max(1, int(max(starts, default=1))), LARGEST_SERIAL)
    page.add(
        "",
        f"$TTL {SECONDS_TO_KEEP}",
        f"@ SOA localhost. nobody.invalid. {serial} 3600 600 86400 {SECONDS_TO_KEEP}",
        "@ NS localhost.",
    )
    page.add_with_times(records)
    return page.text


def address_list(
    rules: Iterable[Rule],
    asn: int,
    say: Language,
    *,
    network: str = "",
    training: bool = True,
    remarks: Sequence[str] = (),
) -> str:
    """Return the addresses and blocks of a network's address rules, one a line.

    `network`, `training` and `remarks` are those of `policy_zone`.
    """
    lines = []
    for rule, windows in _merged(_of(AddressRule, rules, asn)):
        limit = say("{what} only", what=_limit(rule)) if _limit(rule) else ""
        lines.append((windows, _written(rule.prefix) + (f"  # {limit}" if limit else "")))
    page = _Page("#", say, training, say(ADDRESSES, network=_called(asn, network)), remarks)
    page.tell(say(NO_END_OF_ITS_OWN))
    page.add_with_times(lines)
    return page.text


def nftables(
    rules: Iterable[Rule],
    asn: int,
    say: Language,
    *,
    network: str = "",
    training: bool = True,
    remarks: Sequence[str] = (),
) -> str:
    """Return a network's address rules as a ruleset of nftables, for `nft -f`.

    Addresses stand in named sets, one for each run of rules that do the same. As in the lab, the
    first rule that meets a packet decides. What has a start or an end carries it: by the clock of
    the machine it begins, and lapses by itself.

    `network`, `training` and `remarks` are those of `policy_zone`.
    """
    own = _of(AddressRule, rules, asn)
    sets, chain = [], []
    runs = groupby(_merged(own), lambda one: (one[0].action, _transport(one[0]), one[1]))
    for number, ((action, (protocol, port), windows), run) in enumerate(runs, 1):
        prefixes = [rule.prefix for rule, _ in run]
        for version, field in ((4, "ip"), (6, "ip6")):
            members = _outermost([one for one in prefixes if one.version == version])
            if not members:
                continue
            name = f"{action}_{number}_v{version}"
            sets += [
                f"    set {name} {{",
                f"        type ipv{version}_addr",
                "        flags interval",
            ]
            sets += ["        elements = {", *(f"            {_written(one)}," for one in members)]
            sets += ["        }", "    }"]
            to = f"{field} daddr @{name}{_ports(protocol, port)}"
            for window in windows:
                verdicts = _verdicts(action, version, protocol)
                chain += [f"        {_while(*window)}{to} {verdict}" for verdict in verdicts]
    page = _Page("#", say, training, say(FILTER, network=_called(asn, network)), remarks)
    times = _known_times(own)
    if times:
        page.tell(
            say(
                "What has a start or an end begins and lapses by itself, by the clock of the "
                "machine. Its times, in seconds since 1970:"
            )
        )
        page.show(*(f"{_seconds(time)} = {utc(time)}" for time in times))
    if any(rule.end == FOR_EVER for rule in own):
        page.tell(say("What has no end stays until somebody takes it out."))
    page.tell(say("To check the file, to load it, and to take everything out again:"))
    file = _file_name(asn, "filter.nft")
    page.show(f"nft -c -f {file}", f"nft -f {file}", f"nft delete table inet {TABLE}")
    # Emptied first, so that loading the file again replaces what it loaded before.
    page.add("", f"table inet {TABLE}", f"delete table inet {TABLE}", "", f"table inet {TABLE} {{")
    page.add(*sets, "    chain order {", *chain, "    }")
    for hook in ("forward", "output"):  # what passes, and what the machine sends itself
        page.add(
            f"    chain {hook} {{",
            f"        type filter hook {hook} priority filter; policy accept;",
            "        jump order",
            "    }",
        )
    page.add("}")
    return page.text


def blackhole_routes(
    rules: Iterable[Rule],
    asn: int,
    say: Language,
    *,
    network: str = "",
    training: bool = True,
    remarks: Sequence[str] = (),
) -> str:
    """Return a network's address rules as commands of Linux that add routes leading nowhere.

    A route knows neither ports nor connections: rules on one port, and those that cut
    connections, stand in comments. `network`, `training` and `remarks` are those of `policy_zone`.
    """
    lines: list[tuple[Windows, str]] = []
    unsaid = []
    for rule, windows in _merged(_of(AddressRule, rules, asn)):
        if _limit(rule) or rule.action is Action.RESET:
            limit = say("{what} only", what=_limit(rule)) if _limit(rule) else ""
            why = limit or say("connections are cut, no packet is dropped")
            unsaid.append(f"{_written(rule.prefix)} ({why})")
            continue
        kind = "unreachable" if rule.action is Action.UNREACHABLE else "blackhole"
        command = "ip -6" if rule.prefix.version == 6 else "ip"
        lines.append((windows, f"{command} route add {kind} {rule.prefix}"))
    page = _Page("#", say, training, say(ROUTES, network=_called(asn, network)), remarks)
    page.tell(say(NO_END_OF_ITS_OWN), say("To take one out, write “del” in place of “add”."))
    if unsaid:
        page.tell(say("Routes cannot do this:"))
        page.show(*unsaid)
    page.add_with_times(lines)
    return page.text


def server_names(
    rules: Iterable[Rule],
    asn: int,
    say: Language,
    *,
    network: str = "",
    training: bool = True,
    remarks: Sequence[str] = (),
) -> str:
    """Return the names of a network's server name rules, one a line.

    `network`, `training` and `remarks` are those of `policy_zone`.
    """
    merged = _merged(_of(ServerNameRule, rules, asn))
    page = _Page("#", say, training, say(SERVER_NAMES, network=_called(asn, network)), remarks)
    page.tell(
        say("Each stands for itself and for every name below it."),
        say("A connection that hides the name (Encrypted Client Hello, RFC 9849) is not met."),
    )
    page.tell(say(NO_END_OF_ITS_OWN))
    page.add_with_times([(windows, shown(rule.server_name)) for rule, windows in merged])
    return page.text


NO_END_OF_ITS_OWN = mark(
    "Nothing here ends by itself. Above each group of lines stands when somebody has to take them "
    "out."
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: how its name ends, what it is, whose rules it has, and who makes it."""

    ending: str
    word: str
    rules: type[Rule]
    make: Callable[..., str]


KINDS = (
    _Kind("policy.zone", ZONE, NameRule, policy_zone),
    _Kind("addresses.txt", ADDRESSES, AddressRule, address_list),
    _Kind("filter.nft", FILTER, AddressRule, nftables),
    _Kind("routes.txt", ROUTES, AddressRule, blackhole_routes),
    _Kind("server-names.txt", SERVER_NAMES, ServerNameRule, server_names),
)


README = "README.txt"


class Configuration(Result):
    """What the networks of an order would configure, as files.

    Attributes: `files`, the text of each by its name. They hold the order's targets. Of a draft
    that is not the lab's own, what is shown names none of them.
    """

    def __init__(
        self,
        say: Language,
        now: float,
        files: Mapping[str, str],
        kinds: Mapping[str, str],
        told: Sequence[str],
        *,
        own: bool,
    ) -> None:
        shown_told = tuple(told) if own else _counted(len(told), say)
        super().__init__(say, None, Provenance(Source.LAB, "", now), shown_told)
        self.files = dict(files)
        self._kinds = kinds
        self._own = own

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.files:
            return say("This order gives nobody anything to configure.")
        if set(self.files) == {README}:
            return say(
                "This order gives no network anything to configure: it is carried out elsewhere. "
                "README.txt says where."
            )
        return say.many(
            "What networks would configure for this order: {count} file, which .save() writes.",
            "What networks would configure for this order: {count} files, which .save() writes.",
            len(self.files),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        if not self.files:
            return ()
        say = self.say
        return (
            say("Operators differ in what they run, and in how they read an order."),
            say("That a measure can be configured says nothing on whether it should be ordered."),
        )

    def tabulated(self) -> Table | None:
        return self._table(self.say("What would be configured"))

    def save(self, folder: object = "configuration") -> Result:
        """Write the files into a folder beside the notebook.

        A folder that holds something else is left as it is: the next free name is taken.
        """
        say = self.say
        if not self.files:
            return Explanation(say, None, self.sentence)
        try:
            wanted = _read_folder(folder, say)
            used = _write(wanted, self.files, say)
        except NotUnderstood as problem:
            return Explanation(say, Kind.NOT_ASKED, str(problem))
        sentence = say.many(
            "{count} file is in the folder {folder}, beside this notebook.",
            "{count} files are in the folder {folder}, beside this notebook.",
            len(self.files),
            folder=used,
        )
        other = say(
            "There is a folder {folder} already that holds something else. It was left as it is.",
            folder=wanted,
        )
        notes = (say(TARGETS_INSIDE), *((other,) if used != wanted else ()))
        table = self._table(say("The files in {folder}", folder=used))
        return Explanation(say, None, sentence, notes, table=table)

    def _table(self, caption: str) -> Table | None:
        if not self.files:
            return None
        say = self.say
        rows = [
            (name, self._kinds[name], len(text.splitlines())) for name, text in self.files.items()
        ]
        return Table(caption, (say("file"), say("what it is"), say("lines")), tuple(rows))

    def _repr_html_(self) -> str:
        """Add the text of each file, folded away, where it is no secret."""
        page = super()._repr_html_()
        if not self._own:
            return page
        folds = "".join(
            f"<details><summary>{escaped(name)}</summary><pre>{escaped(text)}</pre></details>"
            for name, text in self.files.items()
        )
        return page.removesuffix("</section>") + folds + "</section>"


def configuration(
    execution: Execution,
    names: Mapping[int, str],
    say: Language,
    now: float,
    *,
    own: bool = False,
    training: bool = True,
) -> Configuration:
    """Return what every network would configure to do its part of an order.

    `names` are the networks' names, by AS number; `now` is the time, in seconds since 1970.
    `own` says that the order is one of the lab's, and no secret. `training` says in each file
    that all of it is invented.
    """
    rules = execution.rules
    files, kinds = {}, {}
    for asn in sorted({rule.asn for rule in rules}):
        network = names.get(asn, "")
        for kind in KINDS:
            if _of(kind.rules, rules, asn):
                file = _file_name(asn, kind.ending)
                kinds[file] = say(kind.word, network=_called(asn, network))
                files[file] = kind.make(
                    rules, asn, say, network=network, training=training, remarks=execution.told
                )
    told = (*(_at_the_source(change, say) for change in execution.changes), *execution.told)
    if files or told:
        files[README] = _readme(kinds, told, say, training)
        kinds[README] = say("what each of these files is, and what is no file")
    return Configuration(say, now, files, kinds, told, own=own)


def _counted(count: int, say: Language) -> tuple[str, ...]:
    """Say how many remarks there are on a draft that must not be quoted."""
    if not count:
        return ()
    return (
        say.many(
            "{count} remark on what no network configures stands in README.txt.",
            "{count} remarks on what no network configures stand in README.txt.",
            count,
        ),
    )


TARGETS_INSIDE = mark(
    "These files contain the order's targets: whoever reads them knows what is to be blocked. "
    "Delete them when nobody needs them any more."
)


def _readme(kinds: Mapping[str, str], told: Iterable[str], say: Language, training: bool) -> str:
    what = say("what the networks of an order would configure, as the lab understands the order")
    page = _Page("", say, training, what)
    page.tell(say(TARGETS_INSIDE))
    page.tell(say("That these files were made says nothing on whether the order should be."))
    for file, word in kinds.items():
        page.tell(f"{file}: {word}.")
    for sentence in told:
        page.tell(f"– {sentence}")
    return page.text


def _at_the_source(change: Change, say: Language) -> str:
    """Say what is done where no file of a network reaches."""
    if isinstance(change, Hold):
        by_registrar = change.status == "client hold"
        words = (
            say("No file: the registrar of {domain} sets “clientHold”.", domain=change.domain)
            if by_registrar
            else say("No file: the registry of {domain} sets “serverHold”.", domain=change.domain)
        )
    elif isinstance(change, Redelegation):
        words = say(
            "No file: the registry of {domain} enters other name servers.", domain=change.domain
        )
    else:
        assert isinstance(change, Withdrawal)
        words = say(
            "No file: whoever has the machines of {site} no longer gives it out.", site=change.site
        )
    return " ".join([words, *_when(((change.start, change.end),), say)])


# Rules


def _of(kind: type[R], rules: Iterable[Rule], asn: int) -> list[R]:
    return [rule for rule in rules if isinstance(rule, kind) and rule.asn == asn]


def _does(rule: Rule) -> tuple[object, ...]:
    """What a rule does, whenever it does it."""
    if isinstance(rule, NameRule):
        return (rule.name, rule.subtree, rule.answer, rule.addresses)
    if isinstance(rule, AddressRule):
        return (rule.prefix, rule.action, rule.port, rule.protocol)
    assert isinstance(rule, ServerNameRule)
    return (rule.server_name, rule.action)


def _windows(rules: Iterable[Rule]) -> dict[tuple[object, ...], Windows]:
    """When each thing is done: a block during each match is one line with many times."""
    found: dict[tuple[object, ...], dict[tuple[float, float], None]] = {}
    for rule in rules:
        found.setdefault(_does(rule), {})[rule.start, rule.end] = None
    return {does: tuple(windows) for does, windows in found.items()}


def _merged(rules: Sequence[R]) -> list[tuple[R, Windows]]:
    """Return each thing that is done once, with all its times."""
    first: dict[tuple[object, ...], R] = {}
    for rule in rules:
        first.setdefault(_does(rule), rule)
    windows = _windows(rules)
    return [(rule, windows[does]) for does, rule in first.items()]


NOWHERE = sys.maxsize  # the place of a rule that there is none of


class _Policy:
    """Which of a network's name rules decides for a name: the first that meets it."""

    def __init__(self, rules: Sequence[NameRule]) -> None:
        self._rules = rules
        self._windows = _windows(rules)
        self._named: dict[dns.name.Name, int] = {}
        self._subtrees: dict[dns.name.Name, int] = {}
        self._over: dict[dns.name.Name, int] = {}
        for place, rule in enumerate(rules):
            self._named.setdefault(rule.name, place)
            if rule.subtree:
                self._subtrees.setdefault(rule.name, place)

    @property
    def names(self) -> list[dns.name.Name]:
        """The names that have to stand in a zone, in its order.

        A wildcard covers nothing below a name that exists, even one without records (RFC 4592
        section 2.2.2): so the names between those of two rules have to be there as well.
        """
        found: set[dns.name.Name] = set()
        for rule in self._rules:
            name = rule.name
            while name not in found and self.at(name) is not None:
                found.add(name)
                if name == dns.name.root:
                    break
                name = name.parent()
        return sorted(found)

    def at(self, name: dns.name.Name) -> NameRule | None:
        """The rule that decides for `name` itself."""
        return self._rule(min(self._named.get(name, NOWHERE), self._first_over(name)))

    def below(self, name: dns.name.Name) -> NameRule | None:
        """The rule that decides for names below `name` that no rule names."""
        return self._rule(self._first_over(name))

    def above(self, name: dns.name.Name) -> NameRule | None:
        """The rule that would decide for `name` if no rule named it."""
        return None if name == dns.name.root else self.below(name.parent())

    def windows(self, rule: NameRule) -> Windows:
        """When `rule`, and others that do the same, are in force."""
        return self._windows[_does(rule)]

    def _first_over(self, name: dns.name.Name) -> int:
        """The place of the first rule for `name` and all below it."""
        if name not in self._over:
            place = self._subtrees.get(name, NOWHERE)
            if name != dns.name.root:
                place = min(place, self._first_over(name.parent()))
            self._over[name] = place
        return self._over[name]

    def _rule(self, place: int) -> NameRule | None:
        return None if place == NOWHERE else self._rules[place]


def _refuses(rule: NameRule | None) -> bool:
    return rule is not None and rule.answer is PolicyAnswer.REFUSED


def _fits(name: dns.name.Name) -> bool:
    """Say whether `name`, and a wildcard below it, can stand in a policy zone."""
    if name == dns.name.root or name.labels[-2].lower() in TRIGGERS:
        return False
    return _bytes(name) + len("*.") + _bytes(dns.name.from_text(POLICY_ZONE)) - 1 <= LONGEST_NAME


def _bytes(name: dns.name.Name) -> int:
    """How long a name is in a message: each label with its length, the root's as well."""
    return sum(len(label) + 1 for label in name.labels)


def _records(owner: str, rule: NameRule) -> Iterator[str]:
    """Yield the records that make a resolver answer so; none for what they cannot say."""
    if rule.answer is PolicyAnswer.NAME_ERROR:
        yield f"{owner} CNAME ."
    elif rule.answer is PolicyAnswer.TRUE:
        yield f"{owner} {PASS}"
    elif rule.answer is PolicyAnswer.ADDRESSES and rule.addresses:
        for address in rule.addresses:
            yield f"{owner} {'AAAA' if ':' in address else 'A'} {address}"
    elif rule.answer is not PolicyAnswer.REFUSED:
        yield f"{owner} CNAME *."


def _limit(rule: AddressRule) -> str:
    """Return "TCP 443" for a rule on one port or one protocol, "" for any other."""
    port = "" if rule.port is None else str(rule.port)
    return " ".join(filter(None, ((rule.protocol or "").upper(), port)))


def _written(prefix: Prefix) -> str:
    """Return a block as it is written, and an address that stands alone without a length."""
    alone = prefix.prefixlen == prefix.max_prefixlen
    return str(prefix.network_address if alone else prefix)


# nftables


def _outermost(prefixes: Sequence[Prefix]) -> list[Prefix]:
    """Leave out what lies in another prefix: a set takes no interval within another."""
    kept: list[Prefix] = []
    end = -1
    for prefix in sorted(prefixes, key=lambda one: (int(one.network_address), one.prefixlen)):
        if int(prefix.network_address) > end:
            kept.append(prefix)
            end = int(prefix.broadcast_address)
    return kept


def _transport(rule: AddressRule) -> tuple[str | None, int | None]:
    protocol = TRANSPORT.get(rule.protocol or "", rule.protocol)
    return protocol, rule.port


def _ports(protocol: str | None, port: int | None) -> str:
    if protocol is None:
        return "" if port is None else f" meta l4proto {{ tcp, udp }} th dport {port}"
    if protocol == "icmp":
        return " meta l4proto { icmp, ipv6-icmp }"
    return f" meta l4proto {protocol}" if port is None else f" {protocol} dport {port}"


def _while(start: float, end: float) -> str:
    since = "" if start == ALWAYS else f"meta time >= {_seconds(start)} "
    until = "" if end == FOR_EVER else f"meta time < {_seconds(end)} "
    return since + until


def _verdicts(action: Action, version: int, protocol: str | None) -> tuple[str, ...]:
    if action is Action.UNREACHABLE:
        kind = "icmp host-unreachable" if version == 4 else "icmpv6 addr-unreachable"
        return (f"counter reject with {kind}",)
    # Only TCP has connections to cut; of anything else nothing comes back.
    cut = "counter reject with tcp reset"
    if action is Action.RESET and protocol in (None, "tcp"):
        return (cut,) if protocol else (f"meta l4proto tcp {cut}", "counter drop")
    return ("counter drop",)


def _seconds(time: float) -> int:
    return max(0, math.ceil(time))


def _known_times(rules: Iterable[Rule]) -> list[float]:
    times = {time for rule in rules for time in (rule.start, rule.end)}
    return sorted(times - {ALWAYS, FOR_EVER})


# Words


class _Page:
    """A text file in the making: comments for people, and lines for a program.

    `sign` begins a comment; with "" the whole file is for people. It says at its top `what` it
    is, and has the `remarks` there.
    """

    def __init__(
        self, sign: str, say: Language, training: bool, what: str, remarks: Iterable[str] = ()
    ) -> None:
        self._sign = sign
        self.say = say
        self._lines: list[str] = []
        if training:
            self.tell(say(TRAINING))
        self.tell(say("This file: {what}.", what=what))
        for remark in remarks:
            self.tell(remark)

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join((*self._lines, ""))

    def tell(self, *sentences: str) -> None:
        """Add a paragraph of comment, broken into lines."""
        if self._lines:
            self._lines.append(self._sign)
        text = visible(" ".join(sentences))
        # Names, addresses and options stay in one piece.
        self._comment(textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))

    def show(self, *lines: str) -> None:
        """Add lines to a comment that are for copying: they are not broken."""
        self._comment(f"    {visible(line)}" for line in lines)

    def add(self, *lines: str) -> None:
        """Add lines for the program."""
        self._lines += lines

    def add_with_times(self, lines: Iterable[tuple[Windows, str]]) -> None:
        """Add lines for the program, in groups below a comment with their times."""
        groups: dict[Windows, list[str]] = {}
        for windows, line in lines:
            groups.setdefault(windows, []).append(line)
        for windows, group in groups.items():
            self._lines.append("")
            self._comment(_when(windows, self.say))
            self._lines += group

    def _comment(self, lines: Iterable[str]) -> None:
        self._lines += [f"{self._sign} {line}".strip() if self._sign else line for line in lines]


def _when(windows: Windows, say: Language) -> Iterator[str]:
    """Say from when to when something is in force, and when somebody has to act."""
    for start, end in windows:
        if start == ALWAYS and end == FOR_EVER:
            yield say("No start and no end given: it stays until somebody takes it out.")
        elif end == FOR_EVER:
            yield say(
                "From {start}; no end given: it stays until somebody takes it out.",
                start=utc(start),
            )
        elif start == ALWAYS:
            yield say("Until {end}: to be taken out then.", end=utc(end))
        else:
            yield say(
                "From {start} until {end}: to be taken out then.", start=utc(start), end=utc(end)
            )


def _called(asn: int, network: str) -> str:
    return f"AS{asn} ({network})" if network else f"AS{asn}"


def _file_name(asn: int, ending: str) -> str:
    return f"AS{asn}-{ending}"


def _tell_of_bind(page: _Page, rules: Sequence[NameRule], asn: int) -> None:
    """Say how BIND loads the zone, and how it tells clients why (RFC 8914)."""
    say = page.say
    codes = sorted({code for rule in rules if (code := _error(rule)) is not None})
    word = EDE_WORDS.get(codes[0], "") if len(codes) == 1 else ""
    reason = f" ede {word}" if word else ""
    breaks = "" if all(rule.spares_signed for rule in rules) else " break-dnssec yes"
    file = _file_name(asn, "policy.zone")
    page.tell(say("For BIND, the first line within “options”:"))
    page.show(
        f'response-policy {{ zone "{POLICY_ZONE}"{reason}; }}{breaks} qname-wait-recurse no;',
        f'zone "{POLICY_ZONE}" {{ type primary; file "{file}"; allow-query {{ none; }}; }};',
    )
    page.tell(
        say(
            "Without “break-dnssec yes”, a client that asks for signatures gets a signed answer as "
            "it is. With it, a client that checks signatures refuses what it gets."
        ),
    )
    page.tell(
        say(
            "Without “qname-wait-recurse no”, BIND first asks the target's own servers, and a name "
            "that fails there is not rewritten."
        )
    )
    if word:
        page.tell(
            say(
                "“ede {word}” tells clients why: Extended DNS Error {code} (RFC 8914), without a "
                "text. BIND 9.20 knows it.",
                word=word,
                code=codes[0],
            )
        )
    elif codes:
        page.tell(
            say(
                "Asked for: Extended DNS Errors {codes} (RFC 8914). BIND 9.20 gives a whole zone "
                "one of these: {known}. Split this file, or do without.",
                codes=", ".join(map(str, codes)),
                known=", ".join(f"{code} ({name})" for code, name in EDE_WORDS.items()),
            )
        )


def _error(rule: NameRule) -> int | None:
    """The Extended DNS Error of a rule: an address that is not the name's is a forged answer.

    The other codes are for where no answer is given (RFC 8914 sections 4.5 and 4.17).
    """
    forged = rule.error is not None and rule.answer is PolicyAnswer.ADDRESSES
    return FORGED if forged else rule.error


def _tell_of_unbound(page: _Page, asn: int) -> None:
    say = page.say
    page.tell(say("For Unbound:"))
    page.show(
        "server:",
        '    module-config: "respip validator iterator"',
        "rpz:",
        f'    name: "{POLICY_ZONE}"',
        f'    zonefile: "{_file_name(asn, "policy.zone")}"',
    )
    page.tell(
        say(
            "It answers so whether a client asks for signatures or not. It tells no client why: "
            "for a policy zone it sends no Extended DNS Error, with “ede: yes” neither (tried with "
            "Unbound 1.26.2, November 2026)."
        )
    )


# The folder


def _read_folder(text: object, say: Language) -> str:
    name = text.strip() if isinstance(text, str) else ""
    plain = re.fullmatch(r"\w[\w -]*", name) and visible(name) == name
    if not plain or len(name) > LONGEST_FILE_NAME:
        raise NotUnderstood(
            say(
                "{what} cannot be the name of a folder here. Give a plain one, like “export”: the "
                "folder is made beside this notebook.",
                what=quoted(text),
            )
        )
    return name


def _write(wanted: str, files: Mapping[str, str], say: Language) -> str:
    """Make the folder, or find that it is there already; return the name that it has."""
    content = {name: text.encode() for name, text in files.items()}
    try:
        for number in count(1):
            folder = Path(wanted if number == 1 else f"{wanted}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                if _holds(folder, content):
                    return folder.name
                continue
            for name, data in content.items():
                folder.joinpath(name).write_bytes(data)
            return folder.name
    except OSError as problem:
        raise not_written(wanted, problem, say) from problem
    raise AssertionError("there is always a next name")


def _holds(folder: Path, content: Mapping[str, bytes]) -> bool:
    """Say whether `folder` has these files, and no others."""
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != set(content):
        return False
    return all(folder.joinpath(name).read_bytes() == data for name, data in content.items())
