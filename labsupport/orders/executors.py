"""Who executes an order: what they are, and what each can do.

The table `ABILITIES` has a row for each kind of executor. Names of intermediaries and of what they
can do are those of SSAC's report on DNS blocking (SAC127, 2025) where it has them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from labsupport.orders.order import Act, Measure
from labsupport.orders.techniques import Place, Technique
from labsupport.orders.vocabulary import orders
from labsupport.world import World


class ExecutorKind(StrEnum):
    """What somebody is whom an order is addressed to."""

    AUTHOR = "author"
    HOST = "host"
    CDN = "content delivery network"
    REGISTRAR = "registrar"
    REGISTRY = "registry"
    PUBLIC_RESOLVER = "public resolver"
    ACCESS = "access provider"
    SEARCH = "search engine"
    APP_STORE = "app store"
    VPN = "vpn"
    PAYMENT = "payment service"
    PASSES_ON = "passes it on"  # a regulator, an association: it blocks nothing itself


PLACES: Mapping[ExecutorKind, frozenset[Place]] = {
    ExecutorKind.AUTHOR: frozenset({Place.AUTHOR}),
    ExecutorKind.HOST: frozenset({Place.HOST}),
    ExecutorKind.CDN: frozenset({Place.CDN}),
    ExecutorKind.REGISTRAR: frozenset({Place.REGISTRAR}),
    ExecutorKind.REGISTRY: frozenset({Place.REGISTRY}),
    ExecutorKind.PUBLIC_RESOLVER: frozenset({Place.PUBLIC_RESOLVER}),
    # An access provider has both its resolver and its network.
    ExecutorKind.ACCESS: frozenset({Place.PROVIDER_RESOLVER, Place.PROVIDER_NETWORK}),
}
"""The places at which an executor of a kind acts; none where the lab has no such place."""

# Known by the name of a firm, which may have a resolver, a host, a network as well.
OF_MANY_TRADES = frozenset({ExecutorKind.SEARCH, ExecutorKind.APP_STORE})
HOLDS = (Technique.REGISTRAR_HOLD, Technique.REGISTRY_HOLD)
NOT_HERE: tuple[Technique, ...] = ()
_OF_DATA = {Act.PRESERVE: NOT_HERE, Act.DISCLOSE: NOT_HERE, Act.IDENTIFY: NOT_HERE}
_OF_A_DOMAIN = {
    Act.FREEZE: NOT_HERE,
    Act.ATTACH: NOT_HERE,
    Act.ANNOTATE: NOT_HERE,
    Act.SEIZE: NOT_HERE,
    Act.TRANSFER: NOT_HERE,
    Act.DELETE: NOT_HERE,
    Act.REDELEGATE: (Technique.NAME_SERVERS,),
    **_OF_DATA,
}
_OF_ACCESS = (
    Technique.RESOLVER,
    Technique.ADDRESS,
    Technique.ROUTE,
    Technique.SERVER_NAME,
)

ABILITIES: Mapping[ExecutorKind, Mapping[Act, tuple[Technique, ...]]] = {
    ExecutorKind.AUTHOR: {Act.REMOVE: (Technique.AUTHOR,), **_OF_DATA},
    ExecutorKind.HOST: {
        Act.REMOVE: (Technique.HOST,),
        Act.CLOSE_ACCOUNT: NOT_HERE,
        **_OF_DATA,
    },
    ExecutorKind.CDN: {Act.REMOVE: (Technique.CDN,), **_OF_DATA},
    ExecutorKind.REGISTRAR: {Act.HOLD: (Technique.REGISTRAR_HOLD,), **_OF_A_DOMAIN},
    ExecutorKind.REGISTRY: {Act.HOLD: (Technique.REGISTRY_HOLD,), **_OF_A_DOMAIN},
    ExecutorKind.PUBLIC_RESOLVER: {Act.BLOCK: (Technique.PUBLIC_RESOLVER,), **_OF_DATA},
    ExecutorKind.ACCESS: {Act.BLOCK: _OF_ACCESS, Act.THROTTLE: NOT_HERE, **_OF_DATA},
    ExecutorKind.SEARCH: {Act.DEINDEX: NOT_HERE, **_OF_DATA},
    ExecutorKind.APP_STORE: {Act.REMOVE_APP: NOT_HERE, **_OF_DATA},
    ExecutorKind.VPN: {Act.BLOCK: NOT_HERE},
    ExecutorKind.PAYMENT: {
        Act.STOP_PAYMENTS: NOT_HERE,
        Act.CLOSE_ACCOUNT: NOT_HERE,
        **_OF_DATA,
    },
    # What a regulator passes on, the access providers carry out.
    ExecutorKind.PASSES_ON: {Act.BLOCK: _OF_ACCESS, Act.THROTTLE: NOT_HERE},
}
"""What an executor can do, and by which techniques the lab does it; by none, it is not done here.

An act that is not in a row is one that such an executor cannot carry out.
"""

# What a verb of another act comes to at somebody who has one way only.
_MEANT_BY = {
    ExecutorKind.HOST: Act.REMOVE,
    ExecutorKind.CDN: Act.REMOVE,
    ExecutorKind.AUTHOR: Act.REMOVE,
    ExecutorKind.REGISTRAR: Act.HOLD,
    ExecutorKind.REGISTRY: Act.HOLD,
}


def act_meant(act: Act, kinds: Iterable[ExecutorKind]) -> Act:
    """Return the act that "block", "suspend" or "remove" comes to at executors of some kinds.

    >>> act_meant(Act.BLOCK, [ExecutorKind.HOST]).value, act_meant(Act.BLOCK, []).value
    ('remove', 'block')
    """
    if act not in (Act.BLOCK, Act.HOLD, Act.REMOVE):
        return act
    meant = {_MEANT_BY.get(kind, Act.BLOCK) for kind in kinds}
    return meant.pop() if len(meant) == 1 else act


def techniques_for(act: Act, kinds: Iterable[ExecutorKind]) -> tuple[Technique, ...]:
    """Return the ways in which executors of some kinds can carry out an act in the lab.

    >>> [way.value for way in techniques_for(Act.HOLD, [ExecutorKind.REGISTRY])]
    ['registry hold']
    """
    every: dict[Technique, None] = {}
    for kind in kinds:
        every.update(dict.fromkeys(ABILITIES[kind].get(act, NOT_HERE)))
    return tuple(every)


def can(act: Act, technique: Technique | None, kinds: Iterable[ExecutorKind]) -> bool:
    """Whether somebody of these kinds can do what is ordered, in this way where one is told.

    >>> can(Act.BLOCK, Technique.RESOLVER, [ExecutorKind.HOST])
    False
    """
    for kind in kinds:
        if technique is not None and kind in OF_MANY_TRADES:
            return True
        if act not in ABILITIES[kind]:
            continue
        ways = ABILITIES[kind][act]
        # A hold is one, whoever of the two is asked for it.
        hold = act is Act.HOLD and technique in HOLDS
        if technique is None or not ways or technique in ways or hold:
            return True
    return False


def able(measure: Measure) -> bool:
    """Whether one of those whom a measure is addressed to can do it, or nothing is known of them.

    >>> able(Measure(Act.BLOCK, executors=("the host Alojar",), technique=Technique.RESOLVER))
    False
    """
    kinds = kinds_in(measure.executors)
    act = measure.act
    if measure.technique is None:
        act = act_meant(act, kinds)
    return not kinds or can(act, measure.technique, kinds)


# Who they are


@dataclass(frozen=True, slots=True)
class OrderParty:
    """Somebody in the lab to whom an order may be addressed, and what they are.

    `names` is what they are called. `asn` is the number of their network, 0 where they have none.
    A registry has `suffixes`.
    """

    names: tuple[str, ...]
    kind: ExecutorKind
    asn: int = 0
    suffixes: tuple[str, ...] = ()

    def is_in(self, texts: Iterable[str]) -> bool:
        """Whether one of the texts names them: as a name, not as an ordinary word."""
        return any(map(self._pattern.search, texts))

    @property
    def place(self) -> Place:
        """The place that is theirs; an access provider's network is one."""
        places = PLACES[self.kind]
        if Place.PROVIDER_NETWORK in places:
            return Place.PROVIDER_NETWORK
        return next(iter(places))

    @property
    def _pattern(self) -> re.Pattern[str]:
        return _named(self.names)


@functools.cache
def _named(names: tuple[str, ...]) -> re.Pattern[str]:
    every = [*names, *map(str.upper, names)]
    return re.compile("|".join(rf"\b{re.escape(name)}(?!\w)" for name in every))


KIND_OF_NETWORK = {
    "access network": ExecutorKind.ACCESS,
    "hosting company": ExecutorKind.HOST,
    "content delivery network": ExecutorKind.CDN,
    "public resolver operator": ExecutorKind.PUBLIC_RESOLVER,
}


@functools.cache
def parties() -> tuple[OrderParty, ...]:
    """Return those in the lab who could execute an order.

    >>> next(party.kind.value for party in parties() if "Alojar" in party.names)
    'host'
    """
    world = World.load()
    legal = {one.name: one.legal_name for one in world.described_organisations}
    keepers = {registry.name for registry in world.registries}
    registrars = sorted({item.registrar for item in world.registrations} - keepers)
    every = []
    for network in world.networks:
        if kind := KIND_OF_NETWORK.get(network.kind):
            names = (network.name, network.holder)
            every.append(OrderParty(names, kind, network.asn))
    for registry in world.registries:
        every.append(
            OrderParty(
                (registry.name,), ExecutorKind.REGISTRY, suffixes=registry.suffixes
            )
        )
    for name in registrars:
        names = (name, legal.get(name, name))
        every.append(OrderParty(names, ExecutorKind.REGISTRAR))
    return tuple(every)


def parties_in(texts: Iterable[str]) -> tuple[OrderParty, ...]:
    """Return those in the lab whom an order names."""
    texts = tuple(texts)
    return tuple(party for party in parties() if party.is_in(texts))


@functools.cache
def _called() -> Mapping[ExecutorKind, re.Pattern[str]]:
    """Return the words by which orders call those whom they are addressed to."""
    return {
        ExecutorKind(kind): re.compile("|".join(words), re.IGNORECASE)
        for kind, words in orders("addressees.toml").items()
    }


def called_in(texts: Iterable[str]) -> list[ExecutorKind]:
    """Return the kinds of those whom an order calls by what they are.

    >>> [kind.value for kind in called_in(["the registrar", "all ISPs"])]
    ['access provider', 'registrar']
    """
    texts = tuple(texts)
    kinds = []
    for kind, words in _called().items():
        if any(map(words.search, texts)):
            kinds.append(kind)
    return kinds


def passing_on(text: str) -> list[tuple[int, int]]:
    """Return where those are named who pass an order on: a regulator, an association.

    >>> [text[start:end] for text in ["via Anatel"] for start, end in passing_on(text)]
    ['Anatel']
    """
    words = _called()[ExecutorKind.PASSES_ON]
    return [named.span() for named in words.finditer(text)]


def kinds_in(texts: Iterable[str]) -> frozenset[ExecutorKind]:
    """Return the kinds of all whom an order is addressed to, as far as its words tell."""
    texts = tuple(texts)
    return frozenset([*called_in(texts), *(party.kind for party in parties_in(texts))])


def places_in(texts: Iterable[str]) -> frozenset[Place]:
    """Return the places of those whom an order is addressed to, as far as its words tell."""
    places: set[Place] = set()
    for kind in kinds_in(texts):
        places |= PLACES.get(kind, frozenset())
    return frozenset(places)
