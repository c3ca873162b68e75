"""`lab.orders.review`: what to look at in an order before it is signed.

A review shows no word of an order that is not the lab's own: whatever a cell shows is saved with
its notebook. The words are in `private_html`, for a form that stores nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Never

from labsupport.language import Language
from labsupport.lookups import lookalikes
from labsupport.lookups.session import Session
from labsupport.orders.context import Context
from labsupport.orders.facts import Facts, Looked, gather
from labsupport.orders.findings import CHECKS, Finding, Severity
from labsupport.orders.marked import Told, listed, marked
from labsupport.orders.order import Measure, Order, Target
from labsupport.orders.techniques import PROFILES
from labsupport.orders.vocabulary import LANGUAGES, orders
from labsupport.results import Result, Statement, Table, fold, span, utc
from labsupport.tree import Node, as_html
from labsupport.visible import cut

MOST_TARGETS = 12  # that are listed as they were read
MOST_WORDS = 60  # characters of a place that are quoted
MOST_PLACES = 3  # of one finding that are named in its row; the others are counted


@dataclass(frozen=True, repr=False)
class SealedDraft:
    """The words of an order, and what is known of its targets: shown to nobody by itself."""

    order: Order
    facts: tuple[Facts, ...]

    def words(self, found: Finding) -> str:
        """Return the words that a finding is about, "" where the order does not keep them."""
        words = {(one.start, one.end): one.text for one in self.order.not_understood}
        words |= {(one.start, one.end): _shown(one) for one in self.order.exceptions}
        return words.get((found.start, found.end), "")


@dataclass(eq=False, repr=False, kw_only=True)
class Review(Result):
    """What to look at in an order.

    Attributes: `findings`, the serious ones first; `own`, whether the order is one of the lab's
    own, so that its words are shown; `sealed`, the order; `text`, what it was read from, where that
    may be shown; `counts`, how many things there were to look at, review by review, in a form in
    which the text is edited; `cells`, places of it that can be lit.
    """

    LIMITS = (
        "review.nothing_found_no_approval",
        "review.not_decided_here",
    )
    findings: tuple[Finding, ...]
    own: bool
    sealed: SealedDraft
    text: str = ""
    counts: tuple[str, ...] = ()
    cells: tuple[tuple[tuple[int, int], str], ...] = ()

    def __post_init__(self) -> None:
        self.notes = (
            as_read(self.sealed.order, self.say, own=self.own),
            *self._remarks(),
        )

    @property
    def language(self) -> str:
        """The language of the wordings: the order's, or this course's where that is not known."""
        language = self.sealed.order.language
        return language if language in LANGUAGES else self.say.code

    @property
    def not_checked(self) -> tuple[str, ...]:
        """What was not, in words."""
        say, facts = self.say, self.sealed.facts
        looked = Counter(one.looked for one in facts)
        unanswered = sum(one.unanswered for one in facts)
        targets = (
            (looked[Looked.OUTSIDE], "review.outside_lab_nobody_asked"),
            (looked[Looked.TOO_MANY], "review.beyond_first_ones_not"),
            (unanswered, "review.somebody_who_asked_gave"),
        )
        some = [(count, say(which)) for count, which in targets if count]
        return (
            say("review.law_who_may_order"),
            say("review.facts_case_whether_target"),
            say("review.whether_text_read_rightly"),
            *(
                say("review.targets_which_count", which=which, count=count)
                for count, which in some
            ),
            say("review.real_networks_how_they"),
            say("review.who_shares_name_address"),
        )

    @property
    def count(self) -> int:
        """How many things there are to look at."""
        return len(self._groups)

    @property
    def tally(self) -> str:
        """How many things there are to look at, and of these how many serious ones."""
        if not self.count:
            return self.say("review.count_none")
        serious = sum(group[0].severity is Severity.SERIOUS for group in self._groups)
        told = self.say("review.serious", count=serious)
        return f"{self.count} ({told})" if serious else str(self.count)

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.findings:
            return say("review.nothing_look_found_no")
        count = Counter(group[0].severity for group in self._groups)
        keys = zip(
            ("review.serious", "review.warnings", "review.notes"), Severity, strict=True
        )
        told = [say(key, count=count[one]) for key, one in keys if count[one]]
        return say("review.things_look_none", count=self.count, parts=say.listed(told))

    def _remarks(self) -> Iterator[str]:
        yield self.say("review.serious_hit_bystanders")
        if not self.own:
            yield self.say("review.own_words_left_out")
        yield self.say(
            "review.what_not_checked_what", what=self.say.listed(self.not_checked)
        )

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.findings:
            return None
        columns = (
            say("review.severity"),
            say("review.where_in_the_order"),
            say("review.what"),
            say("review.why_it_matters"),
            say("review.source"),
            say("review.another_technical_wording"),
        )
        rows = []
        for one in self._told:
            what, other = " ".join([f"{one.title}.", *one.details]), one.wording or "–"
            rows.append(
                (one.severity, one.where, what, one.reason, one.reference, other)
            )
        return Table(say("review.what_look_order"), columns, tuple(rows))

    def note_nodes(self) -> list[Node]:
        title = self.say("review.how_order_read_what")
        return [fold("lab-same", title, *super().note_nodes())]

    def fact_nodes(self) -> list[Node]:
        told, language = self._told, self.language
        if not self.text:
            return listed(told, self.say, language=language)
        page = marked(
            self.text,
            self.sealed.order,
            told,
            self.say,
            language=language,
            counts=self.counts,
            cells=self.cells,
            editable=bool(self.counts),
        )
        return [page]

    def alternatives(self) -> Statement:
        """Return other technical wordings for what was found, in the order's language.

        They have blanks, and no word of the order.
        """
        say = self.say
        rows = tuple(
            (say(f"findings.{first.severity}"), first.words(say)["title"], text)
            for first, *_ in self._groups
            if (text := wording(first.wording, self.language))
        )
        sentence = say("review.other_wordings_compare", count=len(rows))
        columns = say("review.severity"), say("review.what"), say("review.wording")
        table = Table(say("review.other_technical_wordings"), columns, rows)
        return Statement(say, None, sentence, table=table if rows else None)

    def private_html(
        self,
        text: str = "",
        counts: Sequence[str] = (),
        cells: Sequence[tuple[tuple[int, int], str]] = (),
    ) -> str:
        """Return the review as HTML, the order's words in it: for what is never stored.

        With the `text` it stands beside that, which can be edited; `cells` are its places that
        can be lit.
        """
        own = replace(
            self, own=True, text=text, counts=tuple(counts), cells=tuple(cells)
        )
        return as_html(own.page)

    def __reduce__(self) -> Never:
        # What is pickled is stored, and a copy of a review would hold the order's words.
        raise TypeError(self.say("review.review_not_stored_since"))

    @property
    def _groups(self) -> list[list[Finding]]:
        """The findings of one kind and severity together, in their order."""
        groups: dict[tuple[str, Severity], list[Finding]] = {}
        for found in self.findings:
            groups.setdefault((found.code, found.severity), []).append(found)
        return list(groups.values())

    @property
    def _told(self) -> tuple[Told, ...]:
        return tuple(map(self._tell, self._groups))

    def _tell(self, group: Sequence[Finding]) -> Told:
        say, words = self.say, group[0].words(self.say)
        said = [(found, found.detail(say)) for found in group if found.detail]
        alike = len({text for _, text in said}) == 1
        details = [
            text if alike else f"{self._place(one)}: {text}" for one, text in said
        ]
        details = details[:1] if alike else details
        return Told(
            say(f"findings.{group[0].severity}"),
            words["title"],
            tuple(details[:MOST_PLACES]),
            _some([self._place(found) for found in group], say),
            words["reason"],
            words["reference"],
            wording(group[0].wording, self.language),
            tuple((found.start, found.end) for found in group if found.end),
        )

    def _place(self, found: Finding) -> str:
        """Where a finding stands: its words in an order of the lab, their place in another."""
        say, order, parts = self.say, self.sealed.order, []
        if found.target is not None:
            number = say("review.target_number", number=found.target + 1)
            parts.append(
                f"{number}: {_shown(order.targets[found.target])}"
                if self.own
                else number
            )
        if found.end and not (self.own and parts):
            words = self.text[found.start : found.end] or self.sealed.words(found)
            place = say(
                "review.characters_first_to_last", first=found.start + 1, last=found.end
            )
            parts.append(
                say.quote(cut(words, MOST_WORDS)) if self.own and words else place
            )
        return ", ".join(parts) or say("review.order_whole")


def _some(places: Sequence[str], say: Language) -> str:
    """Name the first of some places, and count the others."""
    different = list(dict.fromkeys(places))
    shown = different[:MOST_PLACES]
    if more := len(different) - len(shown):
        shown.append(say("review.and_count_more", count=more))
    return "; ".join(shown)


def as_read(order: Order, say: Language, *, own: bool) -> str:
    """Say what was read out of an order, to be compared with it: its words if it is one's `own`."""
    nothing = say("review.not_found_text")
    targets = [
        say(
            "review.number_target", number=number, target=_shown(target) if own else "…"
        )
        for number, target in enumerate(order.targets[:MOST_TARGETS], start=1)
    ]
    if len(order.targets) > MOST_TARGETS:
        targets.append(
            say("review.and_count_more", count=len(order.targets) - MOST_TARGETS)
        )
    found = say("review.found")
    executors = "; ".join(order.executors) if own else found
    starts = when(order.start) if order.start else say("review.no_date_hour_text")
    ends = when(order.ends) if order.ends else ""
    if order.lasts is not None and not ends:
        ends = span(say, order.lasts.total_seconds())
    terms = (
        (say("review.addressed_to"), executors if order.executors else nothing),
        (
            say("review.how"),
            say(PROFILES[order.technique].name) if order.technique else nothing,
        ),
        (say("review.begins"), starts),
        (say("review.ends"), ends or nothing),
        (say("review.review"), found if order.review else nothing),
        (say("review.contact_for_mistakes"), found if order.contacts else nothing),
    )
    told = "; ".join(f"{label}: {value}" for label, value in terms)
    return say(
        "review.read_text_targets", targets=" · ".join(targets) or nothing, told=told
    )


def when(moment: datetime) -> str:
    """Return a time in UTC, or as it is written where it has no zone."""
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%d %H:%M}"
    try:
        return utc(moment.timestamp())
    except (OverflowError, ValueError, OSError):  # a year that clocks do not know
        return moment.isoformat(" ")


def review(
    order: Order, session: Session, say: Language, *, own: bool = False, text: str = ""
) -> Review:
    """Say what to look at in `order`.

    The targets are looked up through `session`, whose network must keep no record: the names
    in a draft are nobody's business. `own` says that the order is one of the lab's, so that its
    words may be shown; `text` is what it was read from then.
    """
    facts = gather(session, order.targets)
    exceptions = gather(session, order.exceptions)
    now = datetime.fromtimestamp(session.network.clock.now(), UTC)
    found = list(findings_in(order, facts, exceptions, now))
    # the rest stays as it was
    found.sort(key=lambda one: list(Severity).index(one.severity))
    return Review(
        say,
        None,
        session.provenance(""),
        findings=tuple(found),
        own=own,
        sealed=SealedDraft(order, facts),
        text=text,
    )


def findings_in(
    order: Order, facts: Sequence[Facts], exceptions: Sequence[Facts], now: datetime
) -> Iterator[Finding]:
    """Look at each measure that is carried out; what is found in several is told once."""
    of_target = {one.target.key: number for number, one in enumerate(facts)}
    blocks = order.blocks
    whole = Context(order, facts, exceptions, now)
    for check in CHECKS:
        if not check.of_blocks:
            yield from check.check(order, facts, whole)
    if order.measures and not blocks:
        return
    seen = set()
    for measure in blocks or (Measure(),):
        one = order.narrowed(measure) if measure in blocks else order
        own = [facts[of_target[target.key]] for target in measure.targets]
        spared = {target.key for target in measure.exceptions}
        excepted = [one for one in exceptions if one.target.key in spared]
        context = Context(one, facts, excepted, now, order.targets)
        for check in CHECKS:
            if not check.of_blocks:
                continue
            for found in check.check(one, own, context):
                target = found.target
                if target is not None:
                    target = of_target[own[target].target.key]
                found = replace(found, target=target)
                place = (found.code, found.start, found.end, found.target)
                if place not in seen:
                    seen.add(place)
                    yield found


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
