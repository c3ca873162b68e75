"""An order as data: what is to be blocked, how, by whom, from when until when.

It holds what its author wrote, and nothing that was guessed. A field that was not found is
empty: that says "not found in the text", never "missing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from labsupport.orders.techniques import Technique

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


@dataclass(frozen=True, slots=True)
class Order:
    """An order to block. Everything may be left out.

    `executors` are those it is addressed to, as it calls them. `start` and `end` are times with
    their zone; `lasts` is a period; `end_event` is what it says of ending with an event ("until
    final judgment"). `review` is what it says of being looked at again. `window` is what it says
    of acting only during events ("during the match"). `explains` says whether those who are
    blocked are to be told why by the DNS (RFC 8914), `notice_page` whether they are to see a
    page. `exceptions` are targets that it says are not to be touched. `annex` is what it says of
    targets that stand in an annex ("listed in Annex B"), which is not read, `open_list` what it
    says of targets that may be added later. `language` is "es", "pt", "en", or "" where it is not
    known. `where` says where in the text each field stood, by the field's name, "techniques" where
    several are named, "nationwide" where a narrower territory is named as well, "endless" where it
    holds "until further order", "zone" where a time zone was not understood, and by an address the
    name of a site beside it; `not_understood` is what may matter and was not read. `blanks` are
    places in square brackets, still to be filled in. `mentions` are all names, pages and addresses
    of the text: the reading is a proposal, and `taken_as` corrects it.
    """

    targets: tuple[Target, ...] = ()
    technique: Technique | None = None
    executors: tuple[str, ...] = ()
    territory: str = ""
    start: datetime | None = None
    end: datetime | None = None
    lasts: timedelta | None = None
    end_event: str = ""
    review: str = ""
    window: str = ""
    notice: Notice = Notice.NOT_FOUND
    contacts: tuple[str, ...] = ()
    reasons: str = ""
    explains: bool = False
    notice_page: bool = False
    exceptions: tuple[Target, ...] = ()
    annex: str = ""
    open_list: str = ""
    language: str = ""
    not_understood: tuple[Passage, ...] = field(default=(), compare=False)
    blanks: tuple[Span, ...] = field(default=(), compare=False)
    mentions: tuple[Mention, ...] = field(default=(), compare=False)
    where: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def ends(self) -> datetime | None:
        """When it lapses, where that can be told: its end, or its start and how long it lasts."""
        if self.end is None and self.start is not None and self.lasts is not None:
            try:
                return self.start + self.lasts
            except OverflowError:  # later than any calendar goes
                return None
        return self.end

    def taken_as(self, value: str, part: str) -> Order:
        """Return the order with what stands in its text as `value` taken for another part.

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
            *(one.target for one in self.mentions),
        ]
        meant = {one.value: one for one in reversed(every)}[value]
        key = meant.key

        def those(had: tuple[Target, ...], kind: TargetPart) -> tuple[Target, ...]:
            others = tuple(one for one in had if one.key != key)
            if chosen is kind:
                return (*others, meant)
            return others

        targets = those(self.targets, TargetPart.TARGET)
        exceptions = those(self.exceptions, TargetPart.EXCEPTION)
        mentions = tuple(
            replace(one, part=chosen) if one.target.key == key else one
            for one in self.mentions
        )
        settled = [one for one in every if one.key == key]
        unread = []
        for passage in self.not_understood:
            if not any(
                one.start <= passage.start and passage.end <= one.end for one in settled
            ):
                unread.append(passage)
        return replace(
            self,
            targets=targets,
            exceptions=exceptions,
            mentions=mentions,
            not_understood=tuple(unread),
        )
