"""What access providers would configure: a policy zone for names, routes for addresses.

Each function returns the text of one file for one network, made from the rules that an order
comes to there. What is done at the source, a hold for instance, is no file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dns.name

from labsupport.exchange.rules import (
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.inputs.names import shown
from labsupport.kinds import Provenance, Source
from labsupport.language import Language
from labsupport.orders.execution import Execution
from labsupport.orders.remarks import said
from labsupport.papers.forms import TRAINING, WIDTH
from labsupport.results import Result, Table, utc
from labsupport.tree import Node, element
from labsupport.visible import visible
from labsupport.world.changes import FOR_EVER, Change, Hold, Redelegation, Withdrawal
from labsupport.world.tables import read_version

POLICY_ZONE = "policy.invalid"  # the policy zone's own name, which nobody asks for
SECONDS_TO_KEEP = 60  # of what a policy zone gives out, as in the lab's resolvers
# Extended DNS Errors (RFC 8914) as BIND 9.20 calls them for a policy zone: named.conf, "ede".
EDE_WORDS = {4: "forged", 16: "censored"}
RECORDS = {
    PolicyAnswer.NAME_ERROR: ["CNAME ."],
    PolicyAnswer.NO_DATA: ["CNAME *."],
    PolicyAnswer.TRUE: ["CNAME rpz-passthru."],
}

ZONE = "export.what_resolvers_network_answer"
ADDRESSES = "export.addresses_network_passes_nothing"


Rules = Iterable[Rule]


def policy_zone(
    rules: Rules,
    asn: int,
    say: Language,
    *,
    network: str = "",
    remarks: Iterable[str] = (),
) -> str:
    """Return the name rules of a network as a response policy zone, a master file.

    The format is that of draft-vixie-dnsop-dns-rpz. Where several rules meet a name the first
    decides, as in the lab's resolvers: the records are what follows from all rules together.
    `network` is the network's name; `remarks` on the order stand at the top.

    >>> rule = NameRule(
    ...     asn=64500, name=dns.name.from_text("goles.example"), answer=PolicyAnswer.NAME_ERROR
    ... )
    >>> policy_zone([rule], 64500, Language.load("en")).splitlines()[-2:]
    ['goles.example CNAME .', '*.goles.example CNAME .']
    """
    own = [rule for rule in rules if isinstance(rule, NameRule) and rule.asn == asn]
    errors = {rule.error for rule in own} - {None}
    word = EDE_WORDS.get(errors.pop() or 0) if len(errors) == 1 else ""
    zone = f'zone "{POLICY_ZONE}"{f" ede {word}" if word else ""};'
    file = f"AS{asn}-policy.zone"
    head = (
        "; " + say("export.bind_first_line_within"),
        f";     response-policy {{ {zone} }} break-dnssec yes qname-wait-recurse no;",
        f';     zone "{POLICY_ZONE}" {{ type primary; file "{file}"; allow-query {{ none; }}; }};',
        "",
        f"$TTL {SECONDS_TO_KEEP}",
        f"@ SOA localhost. nobody.invalid. 1 3600 600 86400 {SECONDS_TO_KEEP}",
        "@ NS localhost.",
        "",
    )
    records = [
        f"{owner} {record}"
        for owner, rule in _deciding(own)
        for record in RECORDS.get(rule.answer) or map(_address_record, rule.addresses)
    ]
    told = [_what(ZONE, asn, network, say), *remarks]
    return _file(";", told, (*head, *_times(";", own, say), *records), say)


def blackhole_routes(
    rules: Rules,
    asn: int,
    say: Language,
    *,
    network: str = "",
    remarks: Iterable[str] = (),
) -> str:
    """Return a network's address rules as commands of Linux that add routes leading nowhere.

    `network` and `remarks` are those of `policy_zone`.
    """
    own = [rule for rule in rules if isinstance(rule, AddressRule) and rule.asn == asn]
    told = [_what(ADDRESSES, asn, network, say), *remarks]
    told.append(say("export.take_one_out_write"))
    commands = {4: "ip", 6: "ip -6"}
    routes = [
        f"{commands[one.prefix.version]} route add blackhole {one.prefix}"
        for one in own
    ]
    return _file("#", told, (*_times("#", own, say), *routes), say)


# What is done where no file of a network reaches.
AT_THE_SOURCE: dict[type[Change], str] = {
    Hold: "export.no_file_domain_registrar",
    Redelegation: "export.no_file_domain_registry",
    Withdrawal: "export.no_file_whoever_site",
}
# The kinds of file: how its name ends, what it is, whose rules it has, and who makes it.
KINDS = (
    ("policy.zone", ZONE, NameRule, policy_zone),
    ("addresses.txt", ADDRESSES, AddressRule, blackhole_routes),
)


@dataclass(eq=False, repr=False, kw_only=True)
class Configuration(Result):
    """What the networks of an order would configure, as files.

    Attributes: `files`, the text of each by its name, and `kinds`, what each is. They hold the
    order's targets: of a draft that is not the lab's `own`, what is shown names none of them.
    """

    LIMITS = (
        "export.operators_differ_what_they",
        "export.measure_can_configured_says",
    )
    files: Mapping[str, str]
    kinds: Mapping[str, str]
    own: bool

    @property
    def sentence(self) -> str:
        if not self.files:
            return self.say("export.order_gives_no_network")
        return self.say("export.networks_configure_order", count=len(self.files))

    def tabulated(self) -> Table | None:
        columns = (self.say("export.file"), self.say("export.what_it_is"))
        rows = tuple(self.kinds.items())
        return (
            Table(self.say("export.what_would_be_configured"), columns, rows)
            if rows
            else None
        )

    def fact_nodes(self) -> list[Node]:
        """Add the text of each file, folded away, where it is no secret."""
        nodes = super().fact_nodes()
        if self.own:
            for name, text in self.files.items():
                nodes.append(
                    element("details", element("summary", name), element("pre", text))
                )
        return nodes


def configuration(
    execution: Execution,
    names: Mapping[int, str],
    say: Language,
    now: float,
    *,
    own: bool = False,
) -> Configuration:
    """Return what every network would configure to do its part of an order.

    `names` are the networks' names, by AS number; `now` is the time, in seconds since 1970.
    `own` says that the order is one of the lab's, and no secret.
    """
    rules = execution.rules
    files, kinds = {}, {}
    for asn in sorted({rule.asn for rule in rules}):
        network = names.get(asn, "")
        for ending, word, rule_kind, make in KINDS:
            if any(isinstance(rule, rule_kind) and rule.asn == asn for rule in rules):
                file = f"AS{asn}-{ending}"
                kinds[file] = say(word, network=_called(asn, network))
                files[file] = make(
                    rules,
                    asn,
                    say,
                    network=network,
                    remarks=said(execution.remarks, say),
                )
    changes = [(type(one), getattr(one, "status", "")) for one in execution.changes]
    notes = dict.fromkeys(
        say(AT_THE_SOURCE[kind], status=status) for kind, status in changes
    )
    told = [*notes, *said(execution.remarks, say, own=own)]
    if any(isinstance(rule, ServerNameRule) for rule in rules):
        told.append(say("export.no_file_here_equipment"))
    if files and not own:
        why = say("export.files_name_draft_targets")
        told.append(why)
    provenance = Provenance(Source.LAB, "", now, world=read_version())
    return Configuration(
        say, None, provenance, tuple(told), files=files, kinds=kinds, own=own
    )


def _deciding(rules: Sequence[NameRule]) -> Iterator[tuple[str, NameRule]]:
    """Return the names of a policy zone, wildcards included, each with the rule that decides.

    A wildcard covers nothing below a name that exists, even one without records (RFC 4592
    section 2.2.2): so the names between those of two rules have to be there as well.
    """
    named: dict[dns.name.Name, int] = {}
    over: dict[dns.name.Name, int] = {}
    for place, rule in enumerate(rules):
        named.setdefault(rule.name, place)
        if rule.subtree:
            over.setdefault(rule.name, place)
    for name in sorted({one for rule in rules for one in _up(rule.name)}):
        below = [over[one] for one in _up(name) if one in over]
        here = [*below, *([named[name]] if name in named else [])]
        if here:
            yield shown(name), rules[min(here)]
        if below:
            yield f"*.{shown(name)}", rules[min(below)]


def _up(name: dns.name.Name) -> Iterator[dns.name.Name]:
    """Return a name and those above it, but the root."""
    while name != dns.name.root:
        yield name
        name = name.parent()


def _address_record(address: str) -> str:
    return f"{'AAAA' if ':' in address else 'A'} {address}"


def _times(sign: str, rules: Rules, say: Language) -> list[str]:
    """Say from when to when the lines below are in force: all rules of an order are alike."""
    no_end = "export.start_no_end_given"
    with_end = "export.start_until_end_taken"
    return [
        f"{sign} {say(no_end if end == FOR_EVER else with_end, start=utc(start), end=utc(end))}"
        for start, end in dict.fromkeys((rule.start, rule.end) for rule in rules)
    ]


def _file(sign: str, told: Iterable[str], lines: Iterable[str], say: Language) -> str:
    """Return a text file: paragraphs of comments for people, then lines for a program."""
    comments: list[str] = []
    made_of = say("export.facts_of_version", version=read_version())
    for paragraph in (say(TRAINING), *told, made_of):
        text = visible(paragraph)
        # Names, addresses and options stay in one piece.
        wrapped = textwrap.wrap(
            text, WIDTH, break_long_words=False, break_on_hyphens=False
        )
        comments += [sign, *(f"{sign} {line}" for line in wrapped)]
    return "\n".join([*comments[1:], "", *lines, ""])


def _what(words: str, asn: int, network: str, say: Language) -> str:
    return say("export.this_file_what", what=say(words, network=_called(asn, network)))


def _called(asn: int, network: str) -> str:
    return f"AS{asn} ({network})" if network else f"AS{asn}"
