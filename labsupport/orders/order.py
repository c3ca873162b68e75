"""An order as data: a list of measures, and what it says beside them.

It holds what its author wrote, and nothing that was guessed. A field that was not found is
empty: that says "not found in the text", never "missing". What is read from a text is a proposal
until a person has confirmed it; only then is it carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from labsupport.orders.techniques import PROFILES, Technique

Span = tuple[int, int]
"""Where in a text something stands: its first character, and the one behind its last."""


class TargetKind(StrEnum):
    """What a target is."""

    NAME = "name"
    URL = "url"
    ADDRESS = "address"
    PREFIX = "prefix"
    SUFFIX = "suffix"  # an ending under which others register, as "com.test"


class Notice(StrEnum):
    """What an order says of telling those whom it touches."""

    NOT_FOUND = "not found"
    GIVEN = "given"
    DEFERRED = "deferred"  # without a reason that was found
    DEFERRED_WITH_REASON = "deferred with a reason"


class Act(StrEnum):
    """What a measure orders."""

    BLOCK = "block"
    HOLD = "hold"  # the domain is suspended
    REMOVE = "remove"  # the site or the page is taken down where it is
    REDELEGATE = "redelegate"  # the domain is handed to other name servers
    # What blocks nothing, or not in a way that the lab has:
    FREEZE = "freeze"  # nothing is to be changed ("prohibición de innovar")
    ATTACH = "attach"  # as a debtor's good ("embargo")
    ANNOTATE = "annotate"  # in a register ("anotación de litis")
    SEIZE = "seize"  # and no more is said
    TRANSFER = "transfer"
    DELETE = "delete"  # from the registry
    DEINDEX = "deindex"  # from the results of a search
    PRESERVE = "preserve"
    DISCLOSE = "disclose"
    IDENTIFY = "identify"  # all who visited, wrote or read
    THROTTLE = "throttle"
    REMOVE_APP = "remove app"
    STOP_PAYMENTS = "stop payments"
    CLOSE_ACCOUNT = "close account"
    # What is done to a measure ordered before:
    LIFT = "lift"
    MODIFY = "modify"
    KEEP = "keep"


CARRIED_OUT = frozenset({Act.BLOCK, Act.HOLD, Act.REMOVE, Act.REDELEGATE})
"""The acts that the lab carries out; all others are recognised, and nothing more."""

ON_AN_EARLIER_MEASURE = frozenset({Act.LIFT, Act.MODIFY, Act.KEEP})


@dataclass(frozen=True, slots=True)
class Target:
    """What an order is to hit.

    `value` is in one form: names small, in A-labels, without a dot at the end; addresses and
    prefixes as `ipaddress` writes them. With `subtree` everything below the name is meant
    too ("*.name", "and its subdomains"). `beside` is the name that an address stood behind in
    brackets. `start` and `end` say where in the text it stood, `written` how; both ends are 0
    in an order that is no text.
    """

    value: str
    kind: TargetKind
    subtree: bool = False
    beside: str = ""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    written: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[TargetKind, str]:
        """What it is the same target by, wherever it stands."""
        return self.kind, self.value


class TargetPart(StrEnum):
    """What a name, a page or an address in a text was taken for."""

    TARGET = "target"
    OTHER_ACT = "other act"  # of a measure that blocks nothing, or was ordered before
    EXCEPTION = "exception"
    ACTS = "who acts"  # a resolver, a registry, the servers that a domain is handed to
    CONTACT = "contact"
    MENTIONED = "mentioned"  # a victim's, a party's, where something is published
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Mention:
    """Something in a text that could be hit, the `part` it was taken for, and its `sentence`."""

    target: Target
    part: TargetPart
    sentence: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the text that may matter and was not understood."""

    text: str
    start: int
    end: int


class Cell(StrEnum):
    """A field of a measure that a person can be asked about."""

    ACT = "act"
    TARGETS = "targets"
    ADDRESSES = "addresses"  # whether those behind the names are meant too
    TECHNIQUE = "technique"
    EXECUTORS = "executors"
    START = "start"
    END = "end"
    ZONE = "zone"
    PASSAGE = "passage"  # words that were not understood, of no field


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in an order that a person has to settle before anything is carried out.

    `measure` is the place of the measure among the order's, None where it is about the text.
    `start` and `end` are where the words stand, both 0 where there are none. `readings` are the
    values that the cell may have, the likeliest first; empty where only a person can tell.
    """

    cell: Cell
    measure: int | None = None
    start: int = 0
    end: int = 0
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is ordered: what, on what, how, by whom, where, from when until when.

    `executors` are those it is addressed to, as the order calls them. With `with_addresses` the
    addresses behind the names are meant as well ("and its IP"). `start` and `end` are times, with
    their zone where the order tells one; `lasts` is a period; `end_event` is what it says of
    ending with an event ("until final judgment"). `window` is what it says of acting only during
    events ("during the match"). `exceptions` are targets that are not to be touched. `point` is
    the number that it stands under in the order. `where` says where in the text each field stood,
    by the field's name, and "measure" where all of it stands.
    """

    act: Act = Act.BLOCK
    targets: tuple[Target, ...] = ()
    technique: Technique | None = None
    with_addresses: bool = False
    executors: tuple[str, ...] = ()
    territory: str = ""
    start: datetime | None = None
    end: datetime | None = None
    lasts: timedelta | None = None
    end_event: str = ""
    window: str = ""
    exceptions: tuple[Target, ...] = ()
    point: str = field(default="", compare=False)
    where: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def carried_out(self) -> bool:
        """Whether the lab carries out what it orders, where somebody can."""
        return self.act in CARRIED_OUT

    @property
    def ends(self) -> datetime | None:
        """When it lapses, where that can be told: its end, or its start and how long it lasts."""
        if self.end is None and self.start is not None and self.lasts is not None:
            try:
                return self.start + self.lasts
            except OverflowError:  # later than any calendar goes
                return None
        return self.end


@dataclass(frozen=True, slots=True)
class Order:
    """An order, or a request for one. Everything may be left out.

    `measures` are in the order of the text. `review` is what it says of being looked at again.
    `explains` says whether those who are blocked are to be told why by the DNS (RFC 8914),
    `notice_page` whether they are to see a page. `annex` is what it says of targets that stand in
    an annex ("listed in Annex B"), which is not read, `open_list` what it says of targets that may
    be added later. `language` is "es", "pt", "en", or "" where it is not known.

    `where` says where in the text each field stood, by the field's name, "techniques" where
    several are named, "nationwide" where a narrower territory is named as well, "endless" where it
    holds "until further order", "zone" where a time zone was not told or not understood, and by an
    address the name of a site beside it. `not_understood` is what may matter and was not read,
    `unsettled` what was read and is not sure. `blanks` are places in square brackets, still to be
    filled in. `mentions` are all names, pages and addresses of the text.

    What a text is read as is a proposal, and not `confirmed`: `settled`, `taken_as`,
    `with_measure`, `without_measure` and `dismissed` mend it, `as_confirmed` ends that. An order
    that somebody wrote as data is confirmed by its author.
    """

    measures: tuple[Measure, ...] = ()
    review: str = ""
    notice: Notice = Notice.NOT_FOUND
    contacts: tuple[str, ...] = ()
    reasons: str = ""
    explains: bool = False
    notice_page: bool = False
    annex: str = ""
    open_list: str = ""
    language: str = ""
    not_understood: tuple[Passage, ...] = field(default=(), compare=False)
    unsettled: tuple[Doubt, ...] = field(default=(), compare=False)
    blanks: tuple[Span, ...] = field(default=(), compare=False)
    mentions: tuple[Mention, ...] = field(default=(), compare=False)
    where: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    confirmed: bool = field(default=True, compare=False)

    # What the measures have in common

    @property
    def blocks(self) -> tuple[Measure, ...]:
        """The measures that the lab carries out."""
        return tuple(measure for measure in self.measures if measure.carried_out)

    @property
    def others(self) -> tuple[Measure, ...]:
        """The measures that are recognised, and not carried out here."""
        return tuple(measure for measure in self.measures if not measure.carried_out)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is to be hit, each once."""
        return once(target for measure in self.blocks for target in measure.targets)

    @property
    def exceptions(self) -> tuple[Target, ...]:
        """What is not to be touched, each once."""
        return once(target for measure in self.blocks for target in measure.exceptions)

    @property
    def executors(self) -> tuple[str, ...]:
        """Those whom it is addressed to, each once."""
        every: dict[str, None] = {}
        for measure in self.measures:
            every.update(dict.fromkeys(measure.executors))
        return tuple(every)

    @property
    def technique(self) -> Technique | None:
        """How it is to be done, where all that is carried out is done in one way."""
        every = {measure.technique for measure in self.blocks}
        return every.pop() if len(every) == 1 else None

    @property
    def with_addresses(self) -> bool:
        """Whether the addresses behind names are meant as well, somewhere."""
        return any(measure.with_addresses for measure in self.blocks)

    @property
    def territory(self) -> str:
        """Where it holds, as the first measure that tells it says."""
        return next((one.territory for one in self.blocks if one.territory), "")

    @property
    def start(self) -> datetime | None:
        """When it begins, as the first measure that tells it says."""
        moments = (one.start for one in self.blocks)
        return next((one for one in moments if one is not None), None)

    @property
    def end(self) -> datetime | None:
        """When it ends, as the first measure that tells it says."""
        moments = (one.end for one in self.blocks)
        return next((one for one in moments if one is not None), None)

    @property
    def lasts(self) -> timedelta | None:
        """How long it holds, as the first measure that tells it says."""
        periods = (one.lasts for one in self.blocks)
        return next((one for one in periods if one is not None), None)

    @property
    def end_event(self) -> str:
        """What it ends with, as the first measure that tells it says."""
        return next((one.end_event for one in self.blocks if one.end_event), "")

    @property
    def window(self) -> str:
        """During what it acts, as the first measure that tells it says."""
        return next((one.window for one in self.blocks if one.window), "")

    @property
    def ends(self) -> datetime | None:
        """When it lapses, as the first measure that tells it says."""
        moments = (one.ends for one in self.blocks)
        return next((one for one in moments if one is not None), None)

    def narrowed(self, measure: Measure) -> Order:
        """Return the order with nothing but one of its measures."""
        return replace(self, measures=(measure,), where={**self.where, **measure.where})

    # A proposal becomes an order

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is to be settled before it can be confirmed, in the order of the text.

        That is what is not sure, names of which it is not, and passages that were not understood.
        What stands in another doubt, or is told by a field of its own, is not asked twice.
        """
        doubts = list(self.unsettled)
        for mention in self.mentions:
            if mention.part is TargetPart.UNSURE:
                target = mention.target
                doubts.append(Doubt(Cell.TARGETS, None, target.start, target.end))
        known = [(doubt.start, doubt.end) for doubt in doubts if doubt.end]
        known += [self.where[name] for name in _TOLD if name in self.where]
        for measure in self.measures:
            known += [measure.where[name] for name in _TOLD if name in measure.where]
        for passage in self.not_understood:
            if not any(
                start < passage.end and passage.start < end for start, end in known
            ):
                doubts.append(Doubt(Cell.PASSAGE, None, passage.start, passage.end))
        return tuple(sorted(doubts, key=lambda doubt: (doubt.start, doubt.end)))

    def as_confirmed(self) -> Order:
        """Return the order as a person confirmed it; as it is while a doubt is open.

        >>> from labsupport.orders.reading import read_order
        >>> read_order("Los proveedores bloquean por DNS a-b.example.").as_confirmed().confirmed
        True
        """
        return self if self.doubts else replace(self, confirmed=True)

    def settled(self, number: int, cell: Cell, value: object) -> Order:
        """Return the order with a cell of one measure as a person says it is.

        Its doubts on that cell are settled. With the zone, times without one get it. Raises
        IndexError where there is no such measure.
        """
        measure = self.measures[number]
        if cell is Cell.ZONE:
            return self._in_zone(value)
        if cell is Cell.ADDRESSES:
            measure = replace(measure, with_addresses=bool(value))
        else:
            terms: dict[str, Any] = {cell.value: value}
            measure = replace(measure, **terms)
        measures = (*self.measures[:number], measure, *self.measures[number + 1 :])
        left = []
        for doubt in self.unsettled:
            if doubt.cell is not cell or doubt.measure not in (number, None):
                left.append(doubt)
        return replace(self, measures=measures, unsettled=tuple(left))

    def _in_zone(self, zone: object) -> Order:
        """Return the order with its hours in a zone, where none was told."""
        measures = []
        for measure in self.measures:
            moments: dict[str, Any] = {}
            for name in ("start", "end"):
                moment = getattr(measure, name)
                if moment is not None and moment.tzinfo is None:
                    moments[name] = moment.replace(tzinfo=zone)
            measures.append(replace(measure, **moments))
        left = [doubt for doubt in self.unsettled if doubt.cell is not Cell.ZONE]
        return replace(self, measures=tuple(measures), unsettled=tuple(left))

    def with_measure(self, measure: Measure) -> Order:
        """Return the order with one more measure, which stands where its words do.

        Passages and doubts within these words are settled.
        """
        span = measure.where.get("measure", (0, 0))
        after = self.dismissed(*span) if span[1] else self
        number = len(after.measures)
        for place, other in enumerate(after.measures):
            if span[1] and other.where.get("measure", (0, 0))[0] > span[0]:
                number = place
                break
        measures = (*after.measures[:number], measure, *after.measures[number:])
        unsettled = []
        for doubt in after.unsettled:
            if doubt.measure is not None and doubt.measure >= number:
                doubt = replace(doubt, measure=doubt.measure + 1)
            unsettled.append(doubt)
        return replace(after, measures=measures, unsettled=tuple(unsettled))

    def without_measure(self, number: int) -> Order:
        """Return the order without one of its measures, and what was to be settled of it."""
        measures = (*self.measures[:number], *self.measures[number + 1 :])
        unsettled = []
        for doubt in self.unsettled:
            if doubt.measure == number:
                continue
            if doubt.measure is not None and doubt.measure > number:
                doubt = replace(doubt, measure=doubt.measure - 1)
            unsettled.append(doubt)
        return replace(self, measures=measures, unsettled=tuple(unsettled))

    def dismissed(self, start: int, end: int) -> Order:
        """Return the order where what stands there means nothing: it is asked no more."""

        def within(first: int, last: int) -> bool:
            return start <= first and last <= end

        unread = [one for one in self.not_understood if not within(one.start, one.end)]
        unsettled = []
        for doubt in self.unsettled:
            if not (doubt.end and within(doubt.start, doubt.end)):
                unsettled.append(doubt)
        mentions = []
        for mention in self.mentions:
            target = mention.target
            unsure = mention.part is TargetPart.UNSURE
            if unsure and within(target.start, target.end):
                mention = replace(mention, part=TargetPart.MENTIONED)
            mentions.append(mention)
        return replace(
            self,
            not_understood=tuple(unread),
            unsettled=tuple(unsettled),
            mentions=tuple(mentions),
        )

    def taken_as(self, value: str, part: str) -> Order:
        """Return the order with what stands in its text as `value` taken for another part.

        A target joins the first measure that is carried out; where there is none, one that blocks.
        Raises KeyError where it does not stand there, and ValueError for what is no part.

        >>> from labsupport.orders.reading import read_order
        >>> order = read_order("Block goles.example. The bank's own is faro.example.")
        >>> order.taken_as("goles.example", "mentioned").targets
        ()
        >>> [target.value for target in order.taken_as("faro.example", "target").targets]
        ['goles.example', 'faro.example']
        """
        chosen = TargetPart(part)
        every = [
            *self.targets,
            *self.exceptions,
            *(mention.target for mention in self.mentions),
        ]
        meant = {target.value: target for target in reversed(every)}[value]
        measures = list(self.measures)
        if chosen is TargetPart.TARGET and not self.blocks:
            measures.append(Measure())
        joined = False
        for number, measure in enumerate(measures):
            joins = chosen is TargetPart.TARGET and measure.carried_out and not joined
            joined = joined or joins
            spared = chosen is TargetPart.EXCEPTION and measure.carried_out
            measures[number] = replace(
                measure,
                targets=_with(measure.targets, meant, joins=joins),
                exceptions=_with(measure.exceptions, meant, joins=spared),
            )
        mentions = []
        spans = [(meant.start, meant.end)]
        for mention in self.mentions:
            if mention.target.key == meant.key:
                mention = replace(mention, part=chosen)
                spans.append((mention.target.start, mention.target.end))
            mentions.append(mention)
        after = replace(self, measures=tuple(measures), mentions=tuple(mentions))
        for span in spans:
            after = after.dismissed(*span)
        return after


# What a field tells by itself: it is found in the order, and asked about by nobody.
_TOLD = ("addresses", "end_event", "annex", "open_list", "endless")


def once(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return targets, the first of those that are the same; all below it counts if it does once."""
    by_key: dict[tuple[TargetKind, str], Target] = {}
    for target in targets:
        first = by_key.setdefault(target.key, target)
        if target.subtree and not first.subtree:
            by_key[target.key] = replace(first, subtree=True)
    return tuple(by_key.values())


def _with(
    targets: tuple[Target, ...], target: Target, *, joins: bool
) -> tuple[Target, ...]:
    """Targets with one of them added at their end, or left out."""
    others = tuple(other for other in targets if other.key != target.key)
    return (*others, target) if joins else others


_OF_A_MEASURE = frozenset(item.name for item in fields(Measure)) - {"where"}


def act_of(technique: Technique | None) -> Act:
    """Return what is ordered where somebody acts in this way.

    >>> act_of(Technique.HOST), act_of(None)
    (<Act.REMOVE: 'remove'>, <Act.BLOCK: 'block'>)
    """
    if technique is Technique.NAME_SERVERS:
        return Act.REDELEGATE
    on = PROFILES[technique].on if technique else ""
    return {"sites": Act.REMOVE, "domains": Act.HOLD}.get(on, Act.BLOCK)


def order_of(
    targets: Iterable[Target] = (), technique: Technique | None = None, **terms: Any
) -> Order:
    """Return an order of one measure; `terms` are fields of `Measure` and of `Order`.

    >>> order = order_of([Target("a-b.example", TargetKind.NAME)], Technique.RESOLVER, review="May")
    >>> order.measures[0].act, order.technique, order.review
    (<Act.BLOCK: 'block'>, <Technique.RESOLVER: 'resolver'>, 'May')
    """
    measure = Measure(act_of(technique), tuple(targets), technique)
    return changed(Order(measures=(measure,)), **terms)


def changed(order: Order, **terms: Any) -> Order:
    """Return an order with other terms; those that are fields of `Measure`, in every measure.

    >>> order = changed(order_of(), executors=("Fibra Sur",), language="en")
    >>> order.measures[0].executors, order.language
    (('Fibra Sur',), 'en')
    """
    of_measures = {name: terms.pop(name) for name in _OF_A_MEASURE & terms.keys()}
    if "technique" in of_measures:
        of_measures.setdefault("act", act_of(of_measures["technique"]))
    measures = tuple(replace(measure, **of_measures) for measure in order.measures)
    return replace(order, measures=measures, **terms)
