"""`lab.review`: what to look at in an order before it is signed.

A review shows no word of an order that is not the lab's own: whatever a cell shows is saved with
its notebook. The words are in `private_html`, for a form that stores nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Never

from labsupport.blocking.context import Context
from labsupport.blocking.facts import Facts, Looked, gather
from labsupport.blocking.findings import CHECKS, SEVERITIES, Finding, Severity
from labsupport.blocking.order import Order, Target
from labsupport.blocking.techniques import PROFILES
from labsupport.blocking.vocabulary import LANGUAGES, orders
from labsupport.language import Language
from labsupport.lookups import lookalikes
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import (
    BADGE,
    CAPTION,
    SMALL,
    Explanation,
    Kind,
    Provenance,
    Result,
    Table,
    escaped,
    quoted,
    span,
    utc,
)

CARD = "margin:.5em 0;padding:.4em .8em;border-left:.3em solid currentColor;max-width:52em"
MOST_TARGETS = 12  # that are listed as they were read
MOST_PLACES = 3  # of one finding that are named in its row; the others are counted


@dataclass(frozen=True, repr=False)
class Sealed:
    """The words of an order, and what is known of its targets: shown to nobody by itself."""

    order: Order
    facts: tuple[Facts, ...]

    def words(self, found: Finding) -> str:
        """Return the words that a finding is about, "" where the order does not keep them."""
        place = (found.start, found.end)
        for target in self.order.exceptions:
            if (target.start, target.end) == place:
                return _shown(target)
        passages = (one.text for one in self.order.not_understood if (one.start, one.end) == place)
        return next(passages, "")


@dataclass(eq=False, repr=False, kw_only=True)
class Review(Result):
    """What to look at in an order.

    Attributes: `findings`, the serious ones first; `own`, whether the order is one of the lab's
    own, so that its words are shown; `sealed`, the order.
    """

    findings: tuple[Finding, ...]
    own: bool
    sealed: Sealed

    def __post_init__(self) -> None:
        self.notes = (as_read(self.sealed.order, self.say, own=self.own), *self._remarks())

    @property
    def language(self) -> str:
        """The language of the wordings: the order's, or this course's where that is not known."""
        language = self.sealed.order.language
        return language if language in LANGUAGES else self.say.code

    @property
    def not_checked(self) -> tuple[str, ...]:
        """What was not, in words."""
        return tuple(_not_checked(self.sealed.facts, self.say))

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.findings:
            return say("Nothing to look at was found. That is no approval of the order.")
        count = Counter(group[0].severity for group in self._groups)
        told = (
            say.many("{count} serious", "{count} serious", count[Severity.SERIOUS]),
            say.many("{count} warning", "{count} warnings", count[Severity.WARNING]),
            say.many("{count} note", "{count} notes", count[Severity.NOTE]),
        )
        return say.many(
            "{count} thing to look at: {parts}. That does not say that the order is wrong, nor "
            "that it is right.",
            "{count} things to look at: {parts}. None of this says that the order is wrong, nor "
            "that it is right.",
            len(self._groups),
            parts=", ".join(words for words, one in zip(told, Severity, strict=True) if count[one]),
        )

    def _remarks(self) -> Iterator[str]:
        say = self.say
        yield say(
            "Serious is what would hit bystanders, or what nobody can execute. Notes can be "
            "settled while the order runs: delay has victims as well."
        )
        if not self.own:
            yield say(
                "The order's own words are left out: what a cell shows is saved with the notebook. "
                "Targets are counted in the order in which they stand in the text."
            )
        yield say("What was not checked: {what}.", what="; ".join(self.not_checked))

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("That nothing was found is no approval, and a finding is no mistake by itself."),
            say(
                "Whether, how and against whom to act is for those to decide who know the case "
                "and the law."
            ),
        )

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.findings:
            return None
        return Table(
            say("What to look at in the order"),
            (
                say("severity"),
                say("where in the order"),
                say("what"),
                say("why it matters"),
                say("source"),
                say("another technical wording"),
            ),
            tuple(
                (
                    say(SEVERITIES[group[0].severity]),
                    self._where(group),
                    self._what(group),
                    group[0].words(say)["reason"],
                    group[0].words(say)["reference"],
                    wording(group[0].wording, self.language) or "–",
                )
                for group in self._groups
            ),
        )

    def _facts_html(self) -> str:
        """A card for each finding: six columns would be too narrow to be read."""
        table = self.tabulated()
        if table is None:
            return ""
        heads = list(map(escaped, table.columns))
        cards = "".join(self._card(heads, list(map(escaped, row))) for row in table.rows)
        caption = f'<p style="{CAPTION}">{escaped(table.caption)}</p>'
        return f'{caption}<ol style="margin:.3em 0;padding-left:2em">{cards}</ol>'

    def _card(self, heads: list[str], cells: list[str]) -> str:
        severity, where, what, why, source, other = cells
        other = f'<span lang="{self.language}">{other}</span>'
        lines = "".join(
            f'<div style="margin:.15em 0"><em>{heads[place]}:</em> {text}</div>'
            for place, text in ((1, where), (3, why), (5, other))
        )
        return (
            f'<li style="{CARD}"><span style="{BADGE}">{severity}</span> '
            f'<strong>{what}</strong>{lines}<div style="{SMALL}">{heads[4]}: {source}</div></li>'
        )

    def alternatives(self, language: object = "") -> Result:
        """Return other technical wordings for what was found, in "es", "pt" or "en".

        Without a language, in that of the order. They have blanks, and no word of the order.
        """
        say = self.say
        chosen = self.language if language == "" else language
        if not isinstance(chosen, str) or chosen not in LANGUAGES:
            return Explanation(
                say,
                Kind.NOT_ASKED,
                say(
                    "There are no wordings in {language}. There are: {languages}.",
                    language=quoted(chosen),
                    languages=", ".join(LANGUAGES),
                ),
            )
        rows = tuple(
            (say(SEVERITIES[group[0].severity]), group[0].words(say)["title"], text)
            for group in self._groups
            if (text := wording(group[0].wording, chosen))
        )
        sentence = say.many(
            "{count} other wording, to compare with what the order says. It is no advice.",
            "{count} other wordings, to compare with what the order says. They are no advice.",
            len(rows),
        )
        columns = say("severity"), say("what"), say("wording")
        table = Table(say("Other technical wordings"), columns, rows)
        return Explanation(say, None, sentence, table=table if rows else None)

    def private_html(self) -> str:
        """Return the review as HTML, the order's words in it: for what is never stored."""
        whole = Review(
            self.say, None, self.provenance, findings=self.findings, own=True, sealed=self.sealed
        )
        return whole._repr_html_()

    def __reduce__(self) -> Never:
        # What is pickled is stored, and a copy of a review would hold the order's words.
        raise TypeError(self.say("A review is not stored, since it knows the words of an order."))

    @property
    def _groups(self) -> list[list[Finding]]:
        """The findings of one kind and severity together, in their order."""
        groups: dict[tuple[str, Severity], list[Finding]] = {}
        for found in self.findings:
            groups.setdefault((found.code, found.severity), []).append(found)
        return list(groups.values())

    def _where(self, group: Sequence[Finding]) -> str:
        say = self.say
        places = list(dict.fromkeys(self._place(found) for found in group))
        text = "; ".join(places[:MOST_PLACES])
        if len(places) > MOST_PLACES:
            text += "; " + say("and {count} more", count=len(places) - MOST_PLACES)
        return text

    def _what(self, group: Sequence[Finding]) -> str:
        say = self.say
        told = [(found, found.detail(say)) for found in group if found.detail]
        details = [
            f"{self._called(found)}: {text}" if len(group) > 1 else text
            for found, text in told[:MOST_PLACES]
        ]
        return " ".join([f"{group[0].words(say)['title']}.", *details])

    def _place(self, found: Finding) -> str:
        """Where a finding stands: its words in an order of the lab, their place in another."""
        say = self.say
        if found.target is None and not found.end:
            return say("the order as a whole")
        parts = [] if found.target is None else [self._called(found)]
        if found.end and not (self.own and parts):
            place = say("characters {first} to {last}", first=found.start + 1, last=found.end)
            parts.append(place)
        if self.own and found.target is None and (words := self.sealed.words(found)):
            parts.append(f"“{words}”")
        return ", ".join(parts)

    def _called(self, found: Finding) -> str:
        """What a target is called: by its number, and in an order of the lab by its value."""
        say = self.say
        if found.target is None:
            return say("the order as a whole")
        number = say("target {number}", number=found.target + 1)
        if not self.own:
            return number
        return f"{number}: {_shown(self.sealed.order.targets[found.target])}"


def as_read(order: Order, say: Language, *, own: bool) -> str:
    """Say what was read out of an order, to be compared with it: its words if it is one's `own`."""
    nothing = say("not found in the text")
    targets = [
        say("{number} {target}", number=number, target=_shown(target) if own else "…")
        for number, target in enumerate(order.targets[:MOST_TARGETS], start=1)
    ]
    if len(order.targets) > MOST_TARGETS:
        targets.append(say("and {count} more", count=len(order.targets) - MOST_TARGETS))
    found = say("found")
    executors = "; ".join(order.executors) if own else found
    terms = (
        (say("addressed to"), executors if order.executors else nothing),
        (say("how"), say(PROFILES[order.technique].name) if order.technique else nothing),
        (
            say("begins"),
            _when(order.start) if order.start else say("no date or hour in the text"),
        ),
        (say("ends"), _end(order, say) or nothing),
        (say("review"), found if order.review else nothing),
        (say("contact for mistakes"), found if order.contacts else nothing),
    )
    told = "; ".join(f"{label}: {value}" for label, value in terms)
    return say(
        "Read from the text: targets: {targets}; {told}.",
        targets=" · ".join(targets) or nothing,
        told=told,
    )


def _when(moment: datetime) -> str:
    try:
        return utc(moment.timestamp())
    except (OverflowError, ValueError, OSError):  # a year that clocks do not know
        return moment.isoformat(" ")


def _end(order: Order, say: Language) -> str:
    """When an order ends, or how long it lasts, "" where it does not say."""
    if order.ends is not None:
        return _when(order.ends)
    return span(say, order.lasts.total_seconds()) if order.lasts is not None else ""


def review(
    order: Order,
    session: Session,
    say: Language,
    *,
    earlier: Iterable[Order] = (),
    own: bool = False,
) -> Review:
    """Say what to look at in `order`.

    The targets are looked up through `session`, whose network must keep no record: the names
    in a draft are nobody's business. `earlier` are orders that were made before. `own` says
    that the order is one of the lab's, so that its words may be shown. Raises NotUnderstood
    for what is no order.
    """
    if not isinstance(order, Order):
        raise NotUnderstood(say("A review needs an order: a text, or one of the lab's own drafts."))
    facts = gather(session, order.targets)
    exceptions = gather(session, order.exceptions)
    now = session.network.clock.now()
    context = Context(order, facts, exceptions, datetime.fromtimestamp(now, UTC), earlier)
    found = [one for check in CHECKS for one in check.check(order, facts, context)]
    severities = list(Severity)
    found.sort(key=lambda one: severities.index(one.severity))  # the rest stays as it was
    return Review(
        say,
        None,
        Provenance(session.source, "", now),
        findings=tuple(found),
        own=own,
        sealed=Sealed(order, facts),
    )


def wording(code: str, language: str) -> str:
    """Return another wording for what has this code, in "es", "pt" or "en"; "" without one.

    >>> wording("no-end", "en").partition(" […]")[0]
    'In force until'
    """
    texts: dict[str, str] = orders("wording.toml").get(code, {})
    return texts.get(language) or texts.get("en", "")


def _shown(target: Target) -> str:
    """A target in the form of the DNS; where people see another one, that as well."""
    if "xn--" not in target.value:
        return target.value
    seen = lookalikes.shown(target.value)
    return target.value if seen == target.value else f"{seen} ({target.value})"


def _not_checked(facts: Sequence[Facts], say: Language) -> Iterator[str]:
    yield say("the law: who may order what, on which grounds, and whether it is proportionate")
    yield say("the facts of the case: whether a target is what the order says")
    yield say("whether the text was read rightly: compare the targets with it")
    looked = Counter(one.looked for one in facts)
    if count := looked[Looked.OUTSIDE]:
        yield say("targets outside the lab, which nobody was asked about: {count}", count=count)
    if count := looked[Looked.TOO_MANY]:
        yield say("targets beyond the first ones, which were not looked up: {count}", count=count)
    if count := sum(one.unanswered for one in facts):
        yield say("targets on which somebody who was asked gave no answer: {count}", count=count)
    yield say("real networks: how they are built, and what they can do")
    yield say("who shares a name or an address without having been seen there")
