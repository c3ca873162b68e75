"""`lab.routes`: which way every network has chosen to a prefix; and what `lab.announce` reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from labsupport.answers.origin import CHECKS, called, not_covered
from labsupport.answers.page import explained
from labsupport.formats.delegated import Prefix
from labsupport.inputs.names import NotUnderstood, folded
from labsupport.inputs.numbers import lies_in, of_nobody, read_number
from labsupport.kinds import Kind
from labsupport.language import Language, limits, tell
from labsupport.lookups.observatory import (
    AsName,
    Check,
    NoAnswer,
    Observatory,
    Seen,
    host_of,
    unanswered,
)
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Result, Table


@dataclass(eq=False, repr=False, kw_only=True)
class Routes(Result):
    """The routes to a prefix.

    `seen` are those that networks have, the smallest prefixes first; `checks` is what ROAs say of
    each prefix and origin, `names` what each AS is called.
    """

    asked: str
    seen: list[Seen]
    checks: Mapping[tuple[Prefix, int], Check]
    names: Mapping[int, AsName]

    @property
    def announcements(self) -> tuple[tuple[Prefix, int], ...]:
        """Who announces what: prefix and origin, the smallest prefixes first."""
        return tuple(dict.fromkeys((seen.prefix, seen.origin) for seen in self.seen))

    @property
    def decisive(self) -> Prefix | None:
        """The prefix whose routes decide: the smallest, if all others hold it.

        None where nothing is announced, or several prefixes are that lie beside each other.
        """
        prefixes = [prefix for prefix, _ in self.announcements]
        alone = prefixes and all(prefixes[0].overlaps(other) for other in prefixes)
        return prefixes[0] if alone else None

    @property
    def followed(self) -> dict[int, Seen]:
        """The route by which each network sends packets for the decisive prefix."""
        return {seen.network: seen for seen in reversed(self.seen)} if self.decisive else {}

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.seen:
            return tell(say, "routes.nobody", what=self.asked)
        if len(self.announcements) == 1:
            return f"{self._one_origin()} {self._said_of_roas()}"
        announced = "; ".join(f"{self._called(asn)} {prefix}" for prefix, asn in self.announcements)
        origins = {origin for _, origin in self.announcements}
        start = tell(say, "routes.several_announce", count=len(origins), announced=announced)
        if self.decisive is None:
            return f"{start} {tell(say, 'routes.several')}"
        return f"{start} {self._who_follows_whom()} {self._said_of_roas()}"

    def _one_origin(self) -> str:
        ((prefix, asn),) = self.announcements
        others = [seen for seen in self.seen if seen.network != asn]
        start = tell(self.say, "routes.one", network=self._called(asn), prefix=prefix)
        if not others:
            return f"{start} {tell(self.say, 'routes.no_other')}"
        longest = max(len(seen.path) for seen in others)
        more = tell(self.say, "routes.others_know", count=len(others), longest=longest)
        return f"{start} {more}"

    def _who_follows_whom(self) -> str:
        say = self.say
        counted = Counter(
            self._name(seen.origin)
            for network, seen in self.followed.items()
            if network != seen.origin
        )
        parts = [
            tell(say, "routes.followers", count=count, network=name)
            for name, count in counted.most_common()
        ]
        follow, total = ", ".join(parts), counted.total()
        return tell(say, "routes.follow", prefix=self.decisive, total=total, parts=follow)

    def _said_of_roas(self) -> str:
        against = [pair[1] for pair in self.announcements if self.checks[pair].contradicts]
        unknown = [pair[1] for pair in self.announcements if self.checks[pair] is not Check.VALID]
        key = "contradicted" if against else "unknown" if unknown else "authorised"
        return tell(self.say, f"routes.{key}", network=self._called(*(against or unknown)))

    def tabulated(self) -> Table | None:
        if self.decisive is None:  # nothing, or several prefixes: the sentence lists them
            return None
        say, checks = self.say, self.checks
        several = len({seen.prefix for seen in self.followed.values()}) > 1
        return Table(
            say("The routes to {what}", what=self.asked),
            (
                say("network"),
                *([say("to")] if several else []),
                *(say("through"), say("origin"), say("origin check"), say("AS path")),
            ),
            tuple(
                (
                    self._name(seen.network),
                    *([str(seen.prefix)] if several else []),
                    " → ".join(map(self._name, seen.path[1:-1])) or "–",
                    self._name(seen.origin),
                    say(CHECKS[checks[seen.prefix, seen.origin]]),
                    " ".join(map(str, seen.path)),
                )
                for _, seen in sorted(self.followed.items())
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "routes.path", "routes.last_number", "routes.now")

    def _name(self, asn: int) -> str:
        return self.names[asn].name if asn in self.names else f"AS{asn}"

    def _called(self, *asns: int) -> str:
        return called(list(dict.fromkeys(asns)), self.names, self.say)


def routes(session: Session, text: object) -> Result:
    """Return the route that every network has to a prefix, or to the prefix of an address.

    Raises NotUnderstood when `text` is neither.
    """
    say = session.say
    asked = read_number(text, say)
    if isinstance(asked.resource, int):
        raise NotUnderstood(tell(say, "routes.network", what=asked.text))
    if sentence := of_nobody(asked, say):
        return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
    observatory = Observatory(session)
    try:
        if sentence := not_covered(asked, observatory.holders(), say):
            return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
        names = observatory.names()
        block = ip_network(asked.resource)
        seen = _deciding(block, observatory.routes(block))
        pairs = dict.fromkeys((route.prefix, route.origin) for route in seen)
        checks = {pair: observatory.check(*pair) for pair in pairs}
    except NoAnswer as problem:
        return explained(say, unanswered(session, problem, asked.notes))
    return Routes(
        *(say, Kind.FOUND, session.provenance(host_of(session)), asked.notes),
        asked=asked.text,
        seen=sorted(seen, key=lambda one: (-one.prefix.prefixlen, one.network)),
        checks=checks,
        names=names,
    )


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


# What is to be announced besides


def read_prefix(text: object, pools: Iterable[Prefix], say: Language) -> Prefix:
    """Return the block in `text`, a part of one of `pools`; raise NotUnderstood otherwise."""
    block = read_number(text, say).resource
    if isinstance(block, int):
        raise NotUnderstood(tell(say, "announcement.block"))
    prefix = ip_network(block)
    if any(lies_in(prefix, pool) for pool in pools):
        return prefix
    raise NotUnderstood(tell(say, "announcement.outside", prefix=prefix))


def read_network(typed: object, names: Mapping[int, str], say: Language) -> int:
    """Return the AS number of one of `names`, typed as a number or a name.

    Raises NotUnderstood for another.

    >>> read_network("movil norte", {64497: "Móvil Norte"}, Language.load("en"))
    64497
    """
    wanted = folded(str(typed))
    for asn, name in names.items():
        if wanted in (str(asn), f"as{asn}", folded(name)):
            return asn
    if not wanted:
        raise NotUnderstood(tell(say, "announcement.by"))
    raise NotUnderstood(tell(say, "announcement.network", what=repr(typed)))


def read_checking(typed: object, everybody: Iterable[int], say: Language) -> tuple[int, ...] | None:
    """Return the networks that check origins; None, for no change, where nothing is typed."""
    if typed == "":
        return None
    if typed == "nobody":
        return ()
    if typed == "everybody":
        return tuple(everybody)
    raise NotUnderstood(tell(say, "announcement.checking"))
