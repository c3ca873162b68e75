"""The terms of an order: how, by whom, where, with what notice, and what is said to whom."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from labsupport.blocking.order import Notice, Span
from labsupport.blocking.reading import firms, times
from labsupport.blocking.reading.words import Page, phrases
from labsupport.blocking.techniques import Technique
from labsupport.blocking.vocabulary import LANGUAGES, Expressions, words

RE = Expressions("terms")

ENOUGH_TO_TELL = 100_000  # characters, for the language
NEAR = 220  # characters between words that together say something
BESIDE = 95  # the same, where they are to stand in one short passage
LONGEST_HEAD = 1500  # characters before the text of a letter
LONGEST_TERM = 300  # characters of a sentence that are kept


# A name on hold resolves nowhere.
OUT_OF_THE_DNS = {
    Technique.REGISTRAR_HOLD, Technique.REGISTRY_HOLD, Technique.NAME_SERVERS,
    Technique.PUBLIC_RESOLVER,
}  # fmt: skip


@dataclass
class Terms:
    """What was found, with where each field stood; places are those in the plain page."""

    technique: Technique | None = None
    executors: tuple[str, ...] = ()
    territory: str = ""
    review: str = ""
    window: str = ""
    notice: Notice = Notice.NOT_FOUND
    reasons: str = ""
    explains: bool = False
    notice_page: bool = False
    annex: str = ""
    open_list: str = ""
    phones: list[tuple[str, Span]] = field(default_factory=list)
    mails: list[tuple[str, Span]] = field(default_factory=list)
    where: dict[str, Span] = field(default_factory=dict)
    doubts: list[Span] = field(default_factory=list)


def language_of(page: Page) -> str:
    """Return the language most of whose frequent words stand in a page, "" where none leads."""
    counted = Counter(RE.word.findall(page.folded[:ENOUGH_TO_TELL]))
    score = {code: sum(counted[one] for one in words(code, "common")) for code in LANGUAGES}
    first, second, _ = sorted(score.values(), reverse=True)
    return max(score, key=lambda code: score[code]) if first > second else ""


def read(
    page: Page, language: str, ordered: int = 0, mails: Sequence[tuple[str, Span]] = ()
) -> Terms:
    """Return the terms that a page tells, whose operative part begins at `ordered`.

    `mails` are addresses that may be contacts for mistakes.
    """
    reader = _Reader(page, language)
    reader.technique(ordered)
    reader.executors(ordered)
    reader.phrases(ordered)
    reader.reviews(ordered)
    reader.open_lists(ordered)
    reader.notice_page(ordered)
    reader.notice(ordered)
    reader.reasons()
    reader.phones(ordered)
    reader.mails(ordered, mails)
    return reader.terms


def site_beside(page: Page, place: int) -> Span | None:
    """Return the name of a site in the line of an address at `place`, or behind it."""
    line = page.folded.rfind("\n", max(0, place - 200), place) + 1
    end = page.folded.find("\n", place)
    last = max(end if end >= 0 else len(page.folded), min(page.sentence(place)[1], place + 160))
    for found in RE.domain.finditer(page.folded, max(line, place - 200), min(last, place + 250)):
        if not RE.numeric.fullmatch(found[1]):
            return found.span(1)
    return None


class _Reader:
    def __init__(self, page: Page, language: str) -> None:
        self._page = page
        self._folded = page.folded
        negations = "|".join(_negations(language))
        self._negated = re.compile(rf"(?<!\w)(?:{negations})(?!\w)")
        self._negation = re.compile(rf"(?<!\w)(?:{negations})\s(?:[^.;]{{0,20}}\s)?\Z")
        self._explaining = self._found("term", "explains")
        self._annexes = self._found("term", "annex")
        self._annexes_of_executors: set[Span] = set()
        self._events = self._found("when", "event")
        self._denied = self._starts("denied")
        self._excused = self._found("excused")
        self._duties = self._starts("executors", "duties")
        self._respondents: list[Span] = []
        self.terms = Terms()

    def _found(self, *path: str) -> list[Span]:
        return phrases(*path).found_in(self._folded)

    def _is_denied(self, place: int) -> bool:
        """Say whether what begins at `place` is said not to be: "y no por dirección IP"."""
        found = self._negation.search(self._folded, max(0, place - 30), place)
        if found is not None and not RE.answer.search(found[0]):
            return True
        number = bisect_left(self._denied, place) - 1
        return (
            number >= 0
            and place - self._denied[number] < BESIDE
            and self._page.same_sentence(self._denied[number], place)
            and not RE.clause.search(self._folded, self._denied[number], place)
        )

    def _is_excused(self, end: int) -> bool:
        """Say whether of those up to `end` nothing is asked, or what is named there is refused."""
        number = bisect_left(self._excused, (end, end))
        if number == len(self._excused):
            return False
        start = self._excused[number][0]
        return (
            start < end + BESIDE
            and self._page.same_sentence(end, start)
            and not _any_in(self._duties, end, start)
            and not RE.clause.search(self._folded, end, start)
        )

    def _written(self, span: Span) -> str:
        return self._page.written(*span)

    # How

    def technique(self, ordered: int) -> None:
        """Take the technique that is named; where there are several, none.

        Those that stand in one sentence are doubts. What only the recitals name does not count
        where the operative part names one.
        """
        beside = self._found("unclear", "addresses")
        mixed = self._found("unclear", "mixed")
        self.terms.doubts += [*beside, *mixed]
        unclear = sorted([*beside, *mixed])
        named_so = [
            (start, end, technique)
            for technique in Technique
            for start, end in self._found("technique", technique.value)
        ]
        named_so += self._holds(ordered)
        found = [
            (start, end, technique)
            for start, end, technique in named_so
            if not self._is_denied(start)
            and not self._is_excused(end)
            and not RE.but_not.search(self._folded, start, end)
            and not _overlaps(self._explaining, start, end)
            and not (technique is Technique.ADDRESS and _overlaps(unclear, start, end))
        ]
        found.sort(key=lambda one: (one[0] - one[1], one[0]))  # the longest first
        kept: list[tuple[int, int, Technique]] = []
        taken: list[Span] = []
        for start, end, technique in found:
            if not _overlaps(taken, start, end) or self._goes_on(start, end, kept):
                kept.append((start, end, technique))
                _insert(taken, (start, end))
        kept += self._by_effect(kept, ordered)
        kept = [one for one in kept if one[0] >= ordered] or kept
        access = self._starts("executors", "access")
        public = [
            start
            for start, _, technique in kept
            if technique is Technique.PUBLIC_RESOLVER
            and not _any_in(access, *self._page.sentence(start))
        ]
        kept = [
            one
            for one in kept
            if one[2] is not Technique.RESOLVER
            or not RE.theirs.search(self._folded, max(0, one[0] - 12), one[0])
            or not any(s < one[0] and self._page.same_sentence(s, one[0]) for s in public)
        ]
        named = {technique for _, _, technique in kept}
        if named:
            key = "technique" if len(named) == 1 else "techniques"
            self.terms.where[key] = min((start, end) for start, end, _ in kept)
        if len(named) == 1:
            self.terms.technique = named.pop()
            return
        # Each in a sentence of its own, or for what only it hits, is a part; else, a choice.
        kept = [one for one in kept if not self._has_a_part(one[0], kept)]
        sentences = {(self._page.sentence(start), technique) for start, _, technique in kept}
        named_in = Counter(sentence for sentence, _ in sentences)
        self.terms.doubts += [
            (start, end) for start, end, _ in kept if named_in[self._page.sentence(start)] > 1
        ]

    def _has_a_part(self, place: int, kept: Sequence[tuple[int, int, Technique]]) -> bool:
        """Say whether each way in a sentence is for what stands behind it: a name, an address."""
        first, last = self._page.sentence(place)
        ways = sorted(one[:2] for one in kept if first <= one[0] < last)
        by_number = {one[0] for one in kept if one[2] in (Technique.ADDRESS, Technique.ROUTE)}
        ends = [*(start for start, _ in ways[1:]), last]
        return len({start in by_number for start, _ in ways}) == 2 and all(
            (RE.numbers if start in by_number else RE.domain).search(self._folded, end, stop)
            for (start, end), stop in zip(ways, ends, strict=True)
        )

    def _goes_on(self, start: int, end: int, kept: Sequence[tuple[int, int, Technique]]) -> bool:
        """Say whether a longer passage names this way and another: "bloqueo por DNS y por IP"."""
        return any(
            one == start and RE.and_also.search(self._folded, end, other) for one, other, _ in kept
        )

    def _by_effect(
        self, kept: Sequence[tuple[int, int, Technique]], ordered: int
    ) -> list[tuple[int, int, Technique]]:
        """What is to happen, in sentences that name no technique: "shall cease to resolve"."""
        sentences = {self._page.sentence(start) for start, _, _ in kept}
        named = {technique for _, _, technique in kept}
        return [
            (start, end, technique)
            for technique in (Technique.RESOLVER, Technique.ADDRESS)
            for start, end in self._found("effect", technique.value)
            if start >= ordered
            and not (
                technique is Technique.ADDRESS and self._negated.search(self._folded, start, end)
            )
            and self._page.sentence(start) not in sentences
            and not (technique is Technique.RESOLVER and named & OUT_OF_THE_DNS)
        ]

    def _holds(self, ordered: int) -> list[tuple[int, int, Technique]]:
        """Where names are to be held: by whom its own sentence tells, or else the text."""
        keepers = {
            technique: [one for one in self._found("holds", keeper) if one[1] > ordered]
            for technique, keeper in (
                (Technique.REGISTRAR_HOLD, "registrar"),
                (Technique.REGISTRY_HOLD, "registry"),
            )
        }
        named = [technique for technique, some in keepers.items() if some]
        found = []
        for start, end in self._found("holds", "hold") if named else ():
            first, last = self._page.sentence(start)
            within = [one for one in named if any(first <= at < last for at, _ in keepers[one])]
            found.append((start, end, (within if len(within) == 1 else named)[0]))
        return found

    # By whom

    def executors(self, ordered: int) -> None:
        """Take those who are ordered to do something, by what they are or by name."""
        self._firms = firms.find(self._page)
        self._groups = self._found("executors", "groups")
        access = self._found("executors", "access")
        longest = dict(sorted([*access, *self._found("executors", "roles")]))
        roles = list(longest.items())
        orders = self._found("executors", "orders")
        duties = self._found("executors", "duties")
        told, claimants = self._told(), self._starts("parties", "claimants")
        found: list[Span] = []
        for start, end in orders:
            if _overlaps(told, start, end) or RE.a_noun.search(
                self._folded, max(0, start - 7), start
            ):
                continue  # those whom it hits are told of it
            if RE.not_written_to.search(self._folded, max(0, start - 20), start):
                continue
            to_whom = RE.to_whom.match(self._folded, end)
            first = to_whom.end() if to_whom else end
            listed = self._listed(first, roles)
            if len(listed) == 1 and self._is_a_heading(end, listed[0]):
                listed = []
            found += listed or self._addressed(end, roles, first + 100)
        asked = sorted([*duties, *self._found("role", "block")])
        for start, end in self._found("executors", "told"):
            to_whom = RE.to_whom.match(self._folded, end)
            listed = self._listed(to_whom.end() if to_whom else end, roles)
            if listed and not _overlaps(told, start, end) and self._is_asked(listed[-1][1], asked):
                found += listed
        for by in RE.by_whom.finditer(self._folded, ordered):
            found += self._listed(by.end(), roles)
        for _, end in self._found("executors", "roles_only"):
            found += self._addressed(end, roles, end + 40)
        for start, _ in roles:
            first = self._with_article(start)
            if RE.dative.search(self._folded, max(0, first - 6), start):
                listed = self._listed(first, roles)
                found += listed if listed and self._is_to_act(listed[-1][1], orders) else []
        for start, _ in duties:
            found += self._before_a_duty(start, roles)
        for _, end in [*self._firms, *access]:
            will = RE.will.match(self._folded, end)
            if will and end > ordered and not _any_in(claimants, end, will.start("verb")):
                found += self._before_a_duty(will.start("verb"), roles)
        self._respondents = firms.respondents(self._page, self._firms, ordered)
        found += self._respondents
        operative = [one for one in self._firms if one[0] >= ordered]
        found += [one for one in operative if RE.to_act.match(self._folded, one[1])]
        found += [one for one in operative if self._is_ordered(one)]
        found += self._heading(roles)
        for one in access:
            first = self._with_article(one[0])
            genitive = RE.genitive.search(self._folded, max(0, first - 6), one[0])
            if one[0] >= ordered and not genitive and self._is_ordered(one):
                found += self._role(first, roles)
        called: dict[str, Span] = {}
        kept = {one for one in found or self._in_words() if not self._is_excused(one[1])}
        for span in sorted(kept, key=lambda one: (one[0], -one[1])):
            if not any(other[0] <= span[0] and span[1] <= other[1] for other in called.values()):
                called.setdefault(self._written(span), span)
        if len(called) > 1:  # in English, with a capital, an officer of the court
            called.pop("the Registrar", None)
        if called:
            self.terms.executors = tuple(called)
            self.terms.where["executors"] = next(iter(called.values()))

    def _is_to_act(self, end: int, orders: Sequence[Span]) -> bool:
        """Say whether what those are to do stands behind them: "que bloqueen", "la baja de"."""
        if RE.to_do.match(self._folded, end):
            return True
        place = bisect_left(orders, (end, end)) - 1
        ordered = place >= 0 and self._page.same_sentence(orders[place][0], end)
        return ordered and RE.what_to_do.match(self._folded, end) is not None

    def _is_asked(self, end: int, duties: Sequence[Span]) -> bool:
        """Say whether those up to `end` are told of it so that they do something."""
        number = bisect_left(duties, (end, end))
        near = [start for start, _ in duties[number : number + 1] if start < end + BESIDE]
        return RE.to_do.match(self._folded, end) is not None and any(
            self._page.same_sentence(end, start) for start in near
        )

    def _is_ordered(self, firm: Span) -> bool:
        """Say whether a firm that the operative part names is one that is to act."""
        first, end = firm
        before = self._folded[max(0, first - 60) : first]
        return (
            not RE.of_others.search(before)
            and not RE.own_site.match(self._folded, end)
            and RE.duty.search(self._folded, max(0, first - 300), end + 300) is not None
        )

    def _heading(self, roles: Sequence[Span]) -> list[Span]:
        """Those to whom a letter is addressed: "To:", "Exmos. Senhores", before "Presente"."""
        head = self._page.plain[:LONGEST_HEAD]
        found = [one.span(1) for to in (RE.to_a_kind, RE.to_a_name) for one in to.finditer(head)]
        commands = {*self._starts("role", "block"), *self._starts("notice", "acts")}
        for block in RE.addressees.finditer(self._page.plain):
            start, end = block.span(block.lastindex or 0)
            found += [one for one in self._firms if start <= one[0] and one[1] <= end]
            found += [one for one in roles if start <= one[0] and one[1] <= end]
            items = [
                one.span(1)
                for one in RE.an_addressee.finditer(self._page.plain, start, end)
                if one.start(1) not in commands
            ]
            found += items if len(items) > 1 else []
        return found

    def _in_words(self) -> list[Span]:
        """Those to whom a letter is addressed, by what they are: "To: all brokers"."""
        block = RE.to_all.search(self._page.plain[:LONGEST_HEAD])
        return [block.span(1)] if block else []

    def _is_a_heading(self, start: int, name: Span) -> bool:
        """Say whether a word with a capital only begins the next paragraph."""
        written = self._page.plain[slice(*name)]
        return "\n" in self._page.plain[start : name[0]] and " " not in written

    def _addressed(self, start: int, roles: Sequence[Span], most: int) -> list[Span]:
        """Those who are called by what they are, somewhat behind the word that addresses them."""
        place = bisect_left(roles, (start, start))
        for first, _ in roles[place : place + 1]:
            before = self._with_article(first)
            if (
                first <= most
                and self._page.same_sentence(start, first)
                and self._is_addressed(before, first)
            ):
                return self._listed(before, roles)
        return []

    def _is_addressed(self, *places: int) -> bool:
        """Say whether a word like "to" stands before one of the places."""
        return any(RE.addressed.search(self._folded, max(0, one - 14), one) for one in places)

    def _before_a_duty(self, duty: int, roles: Sequence[Span]) -> list[Span]:
        """Those who stand before "shall block"."""
        sentence = self._page.sentence(duty)[0]
        end = self._before_an_annex(duty)
        start = max(sentence, duty - 250)
        names = [
            one.span()
            for one in RE.a_name.finditer(self._page.plain, start, duty)
            if self._name(one.start()) and one[0].lower() not in words("names", "countries")
        ]
        place = bisect_left(roles, (start, start))
        for first, _ in roles[place : place + 10]:
            if first >= duty:
                break
            around = next((name for name in names if name[0] < first < name[1]), None)
            first = self._with_article(around[0] if around else first)
            if not RE.as_what.search(self._folded, max(0, first - 24), first):
                for one in (*(name for name, _ in names if name < first), first):
                    if listed := self._up_to(one, end, roles):
                        return listed
        number = bisect_left(self._groups, (end, end))
        for first, last in self._groups[max(0, number - 1) : number]:
            if start <= first and not self._page.plain[last:end].strip(" \n\t,"):
                return [(self._with_article(first), last)]
        for first, _ in names if end == duty else ():
            listed = self._up_to(first, end, roles)
            alone = len(listed) == 1 and " " not in self._written(listed[0])
            alone = alone and not self._page.plain[listed[0][1] : end].startswith(",")
            if listed and not (alone and not self._page.plain[sentence:first].strip()):
                return listed
        return []

    def _up_to(self, first: int, end: int, roles: Sequence[Span]) -> list[Span]:
        """Those of the list that begins at `first`, where it goes up to `end`."""
        listed = self._listed(first, roles)
        if listed and listed[-1][1] <= end:
            return listed if RE.aside.fullmatch(self._page.plain, listed[-1][1], end) else []
        return []

    def _before_an_annex(self, duty: int) -> int:
        """Where those end who are "listed in Annex B" before a duty; it is they who stand there."""
        number = bisect_left(self._annexes, (duty, duty))
        for start, end in self._annexes[max(0, number - 1) : number]:
            if end <= duty <= end + 10 and not self._page.plain[end:duty].strip(" \n\t,"):
                self._annexes_of_executors.add((start, end))
                return start
        return duty

    def _with_article(self, first: int) -> int:
        article = RE.article.search(self._folded, max(0, first - 20), first)
        start = article.start() if article else first
        return first if self._page.plain[start] in "àÀ" else start  # "às" is "a as"

    def _listed(self, place: int, roles: Sequence[Span]) -> list[Span]:
        """Return those of the list that begins at `place`."""
        found: list[Span] = []
        while place < len(self._page.plain) and len(found) < 100:
            one = self._role(place, roles) or self._group(place) or self._name(place)
            if not one:
                break
            found += one
            joined = RE.joined.match(self._folded, found[-1][1])
            if joined is None:
                break
            place = joined.end()
        return found

    def _role(self, place: int, roles: Sequence[Span]) -> list[Span]:
        """Read "los proveedores de acceso", "the registrar Registro Veloz" at `place`."""
        number = bisect_left(roles, (place, place))
        if number == len(roles) or roles[number][0] - place > 20:
            return []
        first, end = roles[number]
        if self._page.plain[end : end + 1] == "-":
            return self._name(first)  # NIC-PY
        if not RE.article.fullmatch(self._folded, place, first):
            return []
        if self._page.plain[first].isupper() and RE.of_a_name.match(self._page.plain, end):
            return self._name(first)  # "the Registrar of Companies"
        gap = RE.gap.match(self._page.plain, end)
        if gap is None:
            return [(place, end)]
        names: list[Span] = []
        at = gap.end()
        while one := self._name(at):
            names += one
            joined = RE.joined.match(self._folded, one[0][1])
            if joined is None:
                break
            at = joined.end()
        if len(names) == 1 and "," not in gap.group():
            return [(place, names[0][1])]
        return names or [(place, end)]

    def _group(self, place: int) -> list[Span]:
        """Read "las empresas Fibra Sur y Móvil Norte" at `place`: the names, not the firms."""
        number = bisect_left(self._groups, (place, place))
        for first, end in self._groups[number : number + 1]:
            named = RE.gap.match(self._page.plain, end)
            if named is not None and RE.article.fullmatch(self._folded, place, first):
                return self._name(named.end())
        return []

    def _name(self, place: int) -> list[Span]:
        if article := RE.the.match(self._folded, place):
            place = article.end()
        number = bisect_left(self._firms, (place, place))
        if self._firms[number : number + 1] and self._firms[number][0] == place:
            return [self._firms[number]]
        found = RE.a_name.match(self._page.plain, place)
        if found is None:
            return []
        said = self._folded[place : found.end()].split()
        nobody = words("names", "nobody")
        other = said[0] in nobody or set(said) & (nobody - words("names", "within"))
        return [] if other or RE.no_name.search(found[0]) else [found.span()]

    # Where, when, what is said

    def _territories(self, ordered: int) -> list[Span]:
        """Countries and provinces in what is ordered; the narrowest first."""
        found = [
            one.span(1)
            for one in RE.place.finditer(self._folded, ordered)
            if not _overlaps(self._firms, *one.span(1))
            and self._page.plain[one.end(1) - 1].isalnum()
            and RE.users.search(self._folded, max(0, one.start() - 150), one.end() + 80)
        ]
        provinces = [
            (start, start + len(rest[0]))
            for start, end in (one.span(1) for one in RE.province.finditer(self._folded, ordered))
            if (rest := RE.a_province.match(self._page.plain, start))
            and RE.users.search(self._folded, max(0, start - 150), end + 80)
        ]
        nationwide = [span for span in self._found("term", "nationwide") if span[0] >= ordered]
        if provinces and nationwide:
            self.terms.where["nationwide"] = nationwide[0]
        return [*provinces, *found]

    def phrases(self, ordered: int) -> None:
        """Take what is said in phrases of its own."""
        terms = self.terms
        for start, end in [*self._territories(ordered), *self._found("term", "territory")][:1]:
            colon = self._folded.find(":", start, end) + 1
            terms.territory = self._written((colon or start, end))
            terms.where["territory"] = start, end
        for start, end in self._found("term", "window")[:1]:
            terms.window = self._written((start, end))
            terms.where["window"] = start, end
        for start, end in self._explaining:
            if not self._is_denied(start):
                terms.explains = True
                terms.where["explains"] = start, end
                break
        for start, end in self._annexes:
            terms.doubts.append((start, end))
            if not terms.annex and (start, end) not in self._annexes_of_executors:
                terms.annex = self._written((start, end))
                terms.where["annex"] = start, end
        for what in ("period", "target", "deletion"):
            terms.doubts += [
                span for span in self._found("unclear", what) if not self._is_denied(span[0])
            ]

    def reviews(self, ordered: int) -> None:
        """Take the sentence that says that the measure is looked at again while it runs.

        It says so by a word like "revisit", beside a time or what is asked; by one like "check",
        again and again, or of the measure on a day; or has all three: somebody who examines or
        decides, whether it is to go on, and when. What is lifted or told of "each month" says
        so too, where nothing is added to a list.
        """
        found_in = {
            kind: self._found("review", kind)
            for kind in ("again", "sure", "looks", "acts", "recur", "matter", "when", "not")
        }
        matter, acts, recur, other = (
            [start for start, _ in found_in[kind]] for kind in ("matter", "acts", "recur", "not")
        )
        when = sorted([*times.calendar(self._page), *recur, *self._starts("review", "when")])
        added = sorted([*self._starts("open_list", "add"), *self._starts("open_list", "more")])
        measure = self._starts("measure")
        kinds = {
            span: kind
            for kind in ("acts", "looks", "sure", "recur", "again")
            for span in found_in[kind]
        }
        for (start, end), kind in sorted(kinds.items()):
            first, last = self._page.sentence(start)
            near = max(first, start - NEAR), min(last, start + NEAR)
            beside = max(first, start - 60), min(last, end + 60)
            whether, then = _any_in(matter, *near), _any_in(when, *near)
            if start < ordered or self._is_denied(start) or _overlaps(found_in["not"], start, end):
                continue
            if start == ordered > 0:
                continue  # "RESUELVE"
            if kind == "again":
                found = whether or then or _any_in(measure, *beside)
            elif _any_in(other, *near):
                found = False
            elif kind == "recur":
                told = _any_in(acts, *near) and _any_in(measure, *near)
                found = (whether or told) and not _any_in(added, *near)
            else:
                looks = kind == "looks" and (_any_in(recur, *near) or _any_in(measure, *beside))
                found = then and (whether or looks or kind == "sure")
            if found and not _overlaps(self._events, start, end):
                text, where = self._sentence(start)
                if not self.terms.review or self.terms.review.count(" ") < 2:
                    self.terms.review, self.terms.where["review"] = text, where
                if text.count(" ") >= 2:  # better than a heading
                    return

    def open_lists(self, ordered: int) -> None:
        """Take what says that targets may be added later.

        Beside a word for a target stand two of three: a word for adding, one for others or
        later ones, one for telling them ("that the claimant notifies"); or somebody may add it.
        """
        mistakes = self._starts("open_list", "not")
        words_for = {
            kind: [one for one in self._found("open_list", kind) if not self._is_denied(one[0])]
            for kind in ("add", "more", "tell", "may")
        }
        spans = [one for one in self._found("open_list", "joined") if not self._is_denied(one[0])]
        last = ordered
        for start, end in self._found("open_list", "things"):
            first, stop = self._page.sentence(start)
            first, stop = max(first, start - BESIDE), min(stop, end + BESIDE)
            near = {
                kind: [one for one in some if first <= one[0] and one[1] <= stop]
                for kind, some in words_for.items()
            }
            said = [kind for kind in ("add", "more", "tell") if near[kind]]
            if start < last or self._is_denied(start) or _any_in(mistakes, first, stop):
                continue
            far = range(max(self._page.sentence(start)[0], start - NEAR), start)
            may = near["may"] or any(one in far for one, _ in words_for["may"])
            if len(said) > 1 or (near["add"] and may):
                nearest = [
                    min(some, key=lambda one: abs(one[0] - start)) for some in near.values() if some
                ]
                told = [(start, end), *nearest]
                spans.append((min(one for one, _ in told), max(one for _, one in told)))
                last = self._page.sentence(start)[1]
        self.terms.doubts += spans
        for span in sorted(spans)[:1]:
            self.terms.open_list, self.terms.where["open_list"] = self._written(span), span

    def notice_page(self, ordered: int) -> None:
        """Take the page that visitors see: by its name, or beside a word for showing it.

        Words for leading somewhere count only beside one for visitors.
        """
        visitors = self._starts("notice_page", "visitors")
        lead, show = self._starts("notice_page", "lead"), self._starts("notice_page", "show")
        found = self._found("notice_page", "named")
        for start, end in self._found("notice_page", "page"):
            first, last = self._page.sentence(start)
            near = max(first, start - BESIDE, ordered), min(last, end + BESIDE)
            led = _any_in(lead, *near) and _any_in(visitors, *near)
            if start >= ordered and (led or _any_in(show, *near)):
                found.append((start, end))
        for span in sorted(found):
            if not self._is_denied(span[0]):
                self.terms.notice_page = True
                self.terms.where["notice_page"] = span
                return

    def _starts(self, *path: str) -> list[int]:
        return [start for start, _ in self._found(*path)]

    def _sentence(self, place: int) -> tuple[str, Span]:
        """Return the sentence around `place`, cut where it is very long."""
        start, end = self._page.sentence(place)
        if place - start > LONGEST_TERM:
            start = place
        end = min(end, start + LONGEST_TERM)
        text = self._page.plain
        while start < end and text[start].isspace():
            start += 1
        while number := RE.numbered.match(text, start, end):
            start = number.end()
        while end > start and text[end - 1].isspace():
            end -= 1
        return self._written((start, end)), (start, end)

    # Whether it is told to those whom it hits

    def notice(self, ordered: int) -> None:
        """Take what is said of telling those whom the measure hits.

        They are told where a sentence has words for telling, and whom: in words, or by an
        address for mail in a domain that is spoken of elsewhere too.
        """
        reasons = self._found("notice", "reason")
        later, soon = self._starts("notice", "later"), self._starts("notice", "soon")
        deferred = [
            (start, end)
            for start, end in self._found("notice", "deferred")
            if not RE.applied.search(self._folded, max(0, start - 60), start)
        ]
        forms = self._found("notice", "form")
        acting = Page.of(" ".join(self.terms.executors)).folded.split()
        whom = sorted(
            start
            for start, end in [*self._whom(), *self._sites_mail()]
            if self._folded[start:end] not in acting or RE.of_something.match(self._folded, end)
        )
        given: list[Span] = []
        for act in self._found("notice", "acts"):
            start, end = self._page.sentence(act[0])
            if self._folded[start:end].rstrip().endswith(";") and RE.to_also.match(
                self._folded, end
            ):
                end = self._page.sentence(end)[1]  # "…; to the operators, by post"
            if _any_in(whom, max(start, act[0] - 250), min(end, act[0] + 250)):
                at_once = _any_in(soon, start, end) and not self._near(reasons, act)
                late = _any_in(later, start, end) and not at_once
                withheld = self._is_denied(act[0]) or late
                (deferred if withheld else given).append(act)
        deferred.sort()
        self._deferred = [*deferred, *forms]
        told = not deferred and any(start >= ordered > 0 for start, _ in given)
        if forms and not told:
            self._note_notice(Notice.DEFERRED_WITH_REASON, forms[0])
        elif deferred:
            why = next((one for one in deferred if self._near(reasons, one)), None)
            kind = Notice.DEFERRED_WITH_REASON if why else Notice.DEFERRED
            self._note_notice(kind, why or deferred[0])
        elif given:
            self._note_notice(Notice.GIVEN, given[0])
        else:  # ordered, perhaps, and to whom is not told
            self.terms.doubts += self._found("unclear", "notice")

    def _told(self) -> list[Span]:
        """Words for telling, up to those for whom the measure hits: "Intime-se o titular"."""
        whom = [one for one, _ in self._whom()]
        return [
            (start, end)
            for start, end in self._found("notice", "acts")
            if _any_in(whom, end, end + 31)
        ]

    def _whom(self) -> list[Span]:
        """Words for those whom the measure hits; none of those who carry it out or tell."""
        found = self._found("notice", "whom")
        parties = self._found("parties", "respondents") if self._respondents else []
        act = {self._called(*one) for one in parties if firms.acts(self._page, *one)}
        acting = [one for one in parties if self._called(*one) in act]
        return [
            one
            for one in found
            if not _overlaps(acting, *one)
            and not RE.by.search(self._folded, max(0, one[0] - 30), one[0])
        ]

    def _called(self, start: int, end: int) -> str:
        return self._folded[start:end].split()[-1].removesuffix("s")

    def _sites_mail(self) -> list[Span]:
        """Addresses for mail in a domain that stands alone elsewhere: a site's own."""
        domains = Counter(RE.domain.findall(self._folded))
        return [one.span() for one in RE.mail.finditer(self._folded) if domains[one[1]]]

    def _note_notice(self, notice: Notice, span: Span) -> None:
        self.terms.notice = notice
        self.terms.where["notice"] = span

    def _near(self, reasons: Sequence[Span], deferred: Span) -> bool:
        """Say whether a reason stands in the sentence of a deferral or in the next one."""
        start, end = self._page.sentence(deferred[0])
        _, last = self._page.sentence(min(end, len(self._folded) - 1))
        place = bisect_left(reasons, (start, start))
        return place < len(reasons) and reasons[place][0] < last

    def reasons(self) -> None:
        """Take the sentence that says why, unless it only says why nobody is told."""
        for start, _ in self._found("term", "reasons"):
            if not any(self._page.same_sentence(start, other) for other, _ in self._deferred):
                self.terms.reasons, self.terms.where["reasons"] = self._sentence(start)
                return

    def mails(self, ordered: int, mails: Sequence[tuple[str, Span]]) -> None:
        """Keep the addresses at which mistakes are to be told, by the words around them."""
        told, sites = [start for start, _ in self._told()], self._sites_mail()
        mistakes, reach = self._starts("term", "mistakes"), self._starts("term", "reach")
        proof, acts = self._starts("term", "proof"), self._starts("notice", "acts")
        every = {one.span(): one[0] for one in RE.mail.finditer(self._folded, ordered)}
        every.update((span, value) for value, span in mails if span[0] >= ordered)
        for span, value in every.items():
            start, end = self._page.sentence(span[0])
            around = max(start, span[0] - 300), min(end, span[0] + 300)
            other = _any_in(proof, *around) or _any_in(acts, *around) or span in sites
            turn_to = start >= ordered > 0 and _any_in(reach, *around) and not other
            if (_any_in(mistakes, *around) or turn_to) and not _any_in(told, *around):
                self.terms.mails.append((value, span))

    def phones(self, ordered: int) -> None:
        """Take the telephone numbers that are called so."""
        called = {end for _, end in self._found("term", "phone")}
        last = -1
        for end in sorted({*called, *(end for _, end in self._found("role", "contact"))}):
            found = RE.phone.match(self._folded, end)
            if found is None or found.start(1) <= last or end < ordered:
                continue
            if end not in called and found[1][0] not in "+(":
                continue
            last = found.end(1)
            if sum(sign.isdigit() for sign in found[1]) >= 6 and found[1].count(".") != 3:
                self.terms.phones.append((self._written(found.span(1)), found.span(1)))


def _negations(language: str) -> list[str]:
    """Words that deny. In Portuguese "no" does not: it is "in the"."""
    found = set().union(*(words(code, "negation") for code in LANGUAGES))
    return sorted(found - {"no"} if language == "pt" else found, key=len, reverse=True)


def _any_in(places: Sequence[int], start: int, end: int) -> bool:
    """Say whether one of the places, which are sorted, lies from `start` up to `end`."""
    number = bisect_left(places, start)
    return number < len(places) and places[number] < end


def _overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    """Say whether one of the spans, which are sorted and apart, overlaps a place."""
    place = bisect_left(spans, (end, end))
    return place > 0 and spans[place - 1][1] > start


def _insert(spans: list[Span], span: Span) -> None:
    spans.insert(bisect_left(spans, span), span)
