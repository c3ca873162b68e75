"""The terms of an order: how, by whom, where, with what notice, and what is said to whom."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from labsupport.orders.order import Notice, Span
from labsupport.orders.reading import firms, tables, times
from labsupport.orders.reading.words import (
    DraftText,
    FieldReading,
    any_in,
    next_of,
    overlaps,
)
from labsupport.orders.techniques import Technique
from labsupport.orders.vocabulary import LANGUAGES, Expression, Expressions, words


class _Expressions(Expressions, part="terms"):
    """Who is named, and to whom something is ordered."""

    or_else = Expression()
    word = Expression()
    begins = Expression()
    phone = Expression()
    inside = Expression()
    a_name = Expression()
    the = Expression()
    aside = Expression()
    as_what = Expression()
    to_whom = Expression()
    by = Expression()
    to_also = Expression()
    but_not = Expression()
    addressed = Expression()
    dative = Expression()
    what_to_do = Expression()
    to_do = Expression()
    a_noun = Expression()
    will = Expression()
    by_whom = Expression()
    article = Expression()
    applied = Expression()
    of_something = Expression()
    not_written_to = Expression()
    of_a_name = Expression()
    gap = Expression()
    no_name = Expression()
    of_others = Expression()
    province = Expression()
    a_province = Expression()
    genitive = Expression()
    mail = Expression()
    domain = Expression()
    and_also = Expression()
    none = Expression()
    theirs = Expression()
    numbers = Expression()
    own_site = Expression()
    addressees = Expression()
    an_addressee = Expression()
    to_all = Expression()
    to_a_name = Expression()
    to_a_kind = Expression()
    joined = Expression()
    answer = Expression()
    duty = Expression()
    users = Expression()
    to_act = Expression()
    place = Expression()


RE = _Expressions()

ENOUGH_TO_TELL = 100_000  # characters, for the language
NEAR = 220  # characters between words that together say something
BESIDE = 95  # the same, where they are to stand in one short passage
LONGEST_HEAD = 1500  # characters before the text of a letter
LONGEST_TERM = 300  # characters of a sentence that are kept

# Words by which a sentence says that the measure is looked at again, and of which other kinds one
# list has to stand near them whole.
REVIEWS = {
    "acts": ("when matter",),
    "looks": ("when matter", "when recur"),
    "sure": ("when",),
    "recur": ("matter", "acts measure"),
    "again": ("matter", "when"),
}
# the same, beside a word for a target
LISTS = (
    "add more",
    "add tell",
    "more tell",
    "add may",
)

HOLDS = (Technique.REGISTRAR_HOLD, Technique.REGISTRY_HOLD)
# A name on hold resolves nowhere.
OUT_OF_THE_DNS = {*HOLDS, Technique.NAME_SERVERS, Technique.PUBLIC_RESOLVER}
Way = tuple[int, int, Technique]


def language_of(page: DraftText) -> str:
    """Return the language most of whose frequent words stand in a page, "" where none leads."""
    counted = Counter(RE.word.findall(page.folded[:ENOUGH_TO_TELL]))
    score = {}
    for code in LANGUAGES:
        score[code] = sum(counted[word] for word in words(code, "common"))
    first, second, _ = sorted(score.values(), reverse=True)
    if first > second:
        return max(score, key=lambda code: score[code])
    return ""


def read(
    page: DraftText,
    language: str,
    ordered: int = 0,
    pages: Sequence[tuple[str, Span]] = (),
    addresses: Sequence[Span] = (),
) -> FieldReading:
    """Return the terms that a page tells, whose operative part begins at `ordered`.

    `pages` are those at which mistakes may be told. `addresses` is where the text speaks of those
    behind a name, in sequence: they are no way of blocking.
    """
    reader = _TermReader(page, language, ordered)
    reader.technique(addresses)
    reader.executors()
    reader.territory()
    reader.phrases()
    reader.reviews()
    reader.open_lists()
    reader.notice_page()
    reader.notice()
    reader.reasons()
    reader.contacts(pages)
    return reader.found


def site_beside(page: DraftText, at: int) -> Span | None:
    """Return the name of a site in the line of an address at `place`, or behind it."""
    line, end = tables.line(page.folded, at)
    last = min(max(end, min(page.sentence(at)[1], at + 160)), at + 250)
    for domain in RE.domain.finditer(page.folded, max(line, at - 200), last):
        return domain.span(1)
    return None


class _TermReader:
    def __init__(self, page: DraftText, language: str, ordered: int) -> None:
        self._page = page
        self._folded = page.folded
        self._found = page.found
        self._ordered = ordered
        negations = set().union(*(words(code, "negation") for code in LANGUAGES))
        if language == "pt":
            negations -= {"no"}  # it is "in the"
        self._negation = re.compile(
            rf"(?<!\w)(?:{'|'.join(negations)})\s(?:[^.;]{{0,20}}\s)?\Z"
        )
        self._annexes = self._found("term", "annex")
        self._events = self._found("when", "event")
        self._denied = self._starts("denied")
        self._excused = self._starts("excused")
        self._duties = self._starts("executors", "duties")
        self._respondents: list[Span] = []
        self.found = FieldReading()

    def _is_denied(self, at: int) -> bool:
        """Say whether what begins at `place` is said not to be: "y no por dirección IP"."""
        negation = self._page.before(self._negation, at, 30)
        if negation is not None and not RE.answer.search(negation[0]):
            return True
        return self._page.follows(self._denied, at, BESIDE)

    def _is_excused(self, end: int) -> bool:
        """Say whether of those up to `end` nothing is asked, or what is named there is refused."""
        behind = next_of(self._excused, end)
        return behind < end + BESIDE and self._page.same_sentence(end, behind)

    # How

    def technique(self, addresses: Sequence[Span] = ()) -> None:
        """Take the technique that is named; where there are several, none.

        Those that stand in one sentence are doubts. What only the recitals name does not count
        where the operative part names one.
        """
        mixed = self._found("unclear", "mixed")
        self.found.doubts += mixed
        no_way = sorted([*mixed, *addresses])
        explaining = self._found("term", "explains")
        ways: list[Way] = []
        for way in Technique:
            ways += [(*span, way) for span in self._found("technique", way.value)]
        ways += self._holds()
        ways.sort(key=lambda one: (one[0] - one[1], one[0]))  # the longest first
        kept: list[Way] = []
        taken: list[Span] = []
        for start, end, technique in ways:
            meant = not (
                self._is_denied(start)
                or self._is_excused(end)
                or RE.but_not.search(self._folded, start, end)
                or overlaps(explaining, start, end)
                or (technique is Technique.ADDRESS and overlaps(no_way, start, end))
            )
            goes_on = any(  # this way and another: "bloqueo por DNS y por IP"
                one == start and RE.and_also.search(self._folded, end, other)
                for one, other, _ in kept
            )
            if meant and (goes_on or not overlaps(taken, start, end)):
                kept.append((start, end, technique))
                insort(taken, (start, end))
        kept += self._by_effect(kept)
        kept = [one for one in kept if one[0] >= self._ordered] or kept
        public = [
            start
            for start, _, technique in kept
            if technique is Technique.PUBLIC_RESOLVER
        ]
        theirs = [one for one in kept if self._page.before(RE.theirs, one[0], 12)]
        for start in public:
            same = [one for one in theirs if self._page.same_sentence(start, one[0])]
            kept = [
                one
                for one in kept
                if one[2] is not Technique.RESOLVER or one not in same
            ]
        self.found.every["technique"] = [
            (technique, (start, end)) for start, end, technique in sorted(kept)
        ]
        named = {technique for _, _, technique in kept}
        if named <= {*HOLDS} and self._others_block(kept):
            return  # the registrar's part alone
        if len(named) == 1:
            self.found.note("technique", named.pop(), min(one[:2] for one in kept))
        elif named:
            self.found.where["techniques"] = min(one[:2] for one in kept)
            # Each in a sentence of its own, or for what only it hits, is a part; else, a choice.
            kept = [one for one in kept if not self._has_a_part(one[0], kept)]
            sentences = {
                (self._page.sentence(start), technique) for start, _, technique in kept
            }
            named_in = Counter(sentence for sentence, _ in sentences)
            self.found.doubts += [
                one[:2] for one in kept if named_in[self._page.sentence(one[0])] > 1
            ]

    def _others_block(self, kept: Sequence[Way]) -> bool:
        """Say whether access providers are to block in a sentence of their own."""
        sentences = {self._page.sentence(start) for start, _, _ in kept}
        blocks = self._starts("role", "block")
        return any(
            start >= self._ordered
            and self._page.sentence(start) not in sentences
            and not self._is_excused(end)
            and not self._is_denied(start)
            and (block := next_of(blocks, end)) < end + BESIDE
            and self._page.same_sentence(end, block)
            for start, end in self._found("executors", "access")
        )

    def _has_a_part(self, at: int, kept: Sequence[Way]) -> bool:
        """Say whether each way in a sentence is for what stands behind it: a name, an address."""
        first, last = self._page.sentence(at)
        ways = sorted(one[:2] for one in kept if first <= one[0] < last)
        by_number = {
            one[0] for one in kept if one[2] in (Technique.ADDRESS, Technique.ROUTE)
        }
        ends = [*(start for start, _ in ways[1:]), last]
        return len({start in by_number for start, _ in ways}) == 2 and all(
            (RE.numbers if start in by_number else RE.domain).search(
                self._folded, end, stop
            )
            for (start, end), stop in zip(ways, ends, strict=True)
        )

    def _by_effect(self, kept: Sequence[Way]) -> list[Way]:
        """What is to happen, in sentences that name no technique: "shall cease to resolve"."""
        sentences = {self._page.sentence(start) for start, _, _ in kept}
        ways = {Technique.RESOLVER, Technique.ADDRESS}
        if {technique for _, _, technique in kept} & OUT_OF_THE_DNS:
            ways.remove(Technique.RESOLVER)
        effects = []
        for technique in ways:
            for start, end in self._found("effect", technique.value):
                if start < self._ordered or self._page.sentence(start) in sentences:
                    continue
                if technique is Technique.ADDRESS and RE.none.search(
                    self._folded, start, end
                ):
                    continue
                effects.append((start, end, technique))
        return effects

    def _holds(self) -> list[Way]:
        """Where names are to be held: by whom its own sentence tells, or else the text."""
        keepers = {}
        for technique in HOLDS:
            spans = self._found("holds", technique.value.partition(" ")[0])
            if starts := [start for start, end in spans if end > self._ordered]:
                keepers[technique] = starts
        ways = []
        for start, end in self._found("holds", "hold") if keepers else ():
            sentence = self._page.sentence(start)
            within = [
                one for one, starts in keepers.items() if any_in(starts, *sentence)
            ]
            ways.append((start, end, (within if len(within) == 1 else [*keepers])[0]))
        return ways

    # By whom

    def executors(self) -> None:
        """Take those who are ordered to do something, by what they are or by name."""
        self._firms = firms.find(self._page)
        self._groups = self._found("executors", "groups")
        access = self._found("executors", "access")
        self._roles = list(
            dict(sorted([*access, *self._found("executors", "roles")])).items()
        )
        spans = [*self._behind_orders(), *self._before_duties(access)]
        self._respondents = firms.respondents(self._page, self._firms, self._ordered)
        spans += self._respondents
        for holder in self._firms:
            acts = RE.to_act.match(self._folded, holder[1]) or self._is_ordered(holder)
            spans += [holder] if holder[0] >= self._ordered and acts else []
        spans += self._heading()
        for holder in access:
            first = self._with_article(holder[0])
            genitive = RE.genitive.search(self._folded, max(0, first - 6), holder[0])
            if holder[0] >= self._ordered and not genitive and self._is_ordered(holder):
                spans += self._role(first)
        called: dict[str, Span] = {}
        if not spans and (block := RE.to_all.search(self._page.plain[:LONGEST_HEAD])):
            spans.append(block.span(1))  # "To: all brokers"
        kept = {one for one in spans if not self._is_excused(one[1])}
        for span in sorted(kept, key=lambda one: (one[0], -one[1])):
            if not any(span[1] <= other[1] for other in called.values()):
                called.setdefault(self._page.written(*span), span)
        if len(called) > 1:  # in English, with a capital, an officer of the court
            called.pop("the Registrar", None)
        if called:
            self.found.note("executors", tuple(called), next(iter(called.values())))
            self.found.every["executors"] = list(called.items())

    def _behind_orders(self) -> list[Span]:
        """Those who stand behind a word that orders: "Ordénese a los proveedores que"."""
        orders = self._found("executors", "orders")
        notices = self._told()
        spans: list[Span] = []
        for start, end in orders:
            before = self._page.before
            other = before(RE.a_noun, start, 7) or before(RE.not_written_to, start, 20)
            # those whom it hits are told of it
            if other or overlaps(notices, start, end):
                continue
            to = RE.to_whom.match(self._folded, end)
            first = to.end() if to else end
            listed = self._listed(first)
            if len(listed) == 1:
                name = self._page.plain[slice(*listed[0])]
                if "\n" in self._page.plain[end : listed[0][0]] and " " not in name:
                    listed = []  # a word with a capital only begins the next paragraph
            spans += listed or self._addressed(end, first + 100)
        asked = sorted([*self._duties, *self._starts("role", "block")])
        for _, end in self._found("executors", "told"):
            to = RE.to_whom.match(self._folded, end)
            listed = self._listed(to.end() if to else end)
            spans += listed if listed and self._is_asked(listed[-1][1], asked) else []
        for by in RE.by_whom.finditer(self._folded, self._ordered):
            spans += self._listed(by.end())
        for _, end in self._found("executors", "roles_only"):
            spans += self._addressed(end, end + 40)
        for start, _ in self._roles:
            first = self._with_article(start)
            if RE.dative.search(self._folded, max(0, first - 6), start):
                listed = self._listed(first)
                spans += (
                    listed if listed and self._is_to_act(listed[-1][1], orders) else []
                )
        return spans

    def _before_duties(self, access: Sequence[Span]) -> list[Span]:
        """Those who stand before what they are to do: "the Respondents will cut"."""
        spans = []
        for start in self._duties:
            spans += self._before_a_duty(start)
        for _, end in [*self._firms, *access]:
            if will := RE.will.match(self._folded, end):
                spans += self._before_a_duty(will.start("verb"))
        return spans

    def _is_to_act(self, end: int, orders: Sequence[Span]) -> bool:
        """Say whether what those are to do stands behind them: "que bloqueen", "la baja de"."""
        if RE.to_do.match(self._folded, end):
            return True
        number = bisect_left(orders, (end, end)) - 1
        ordered = number >= 0 and self._page.same_sentence(orders[number][0], end)
        return ordered and RE.what_to_do.match(self._folded, end) is not None

    def _is_asked(self, end: int, duties: Sequence[int]) -> bool:
        """Say whether those up to `end` are told of it so that they do something."""
        duty = next_of(duties, end)
        near = duty < end + BESIDE and self._page.same_sentence(end, duty)
        return near and RE.to_do.match(self._folded, end) is not None

    def _is_ordered(self, firm: Span) -> bool:
        """Say whether a firm that the operative part names is one that is to act."""
        first, end = firm
        other = self._page.before(RE.of_others, first) or RE.own_site.match(
            self._folded, end
        )
        duty = RE.duty.search(self._folded, max(0, first - 300), end + 300)
        return duty is not None and not other

    def _heading(self) -> list[Span]:
        """Those to whom a letter is addressed: "To:", "Exmos. Senhores", before "Presente"."""
        head = self._page.plain[:LONGEST_HEAD]
        spans = [addressee.span(1) for addressee in RE.to_a_kind.finditer(head)]
        spans += [addressee.span(1) for addressee in RE.to_a_name.finditer(head)]
        for block in RE.addressees.finditer(self._page.plain):
            start, end = block.span(block.lastindex or 0)
            spans += [one for one in self._firms if start <= one[0] and one[1] <= end]
            spans += [one for one in self._roles if start <= one[0] and one[1] <= end]
            items = [
                one.span(1)
                for one in RE.an_addressee.finditer(self._page.plain, start, end)
            ]
            spans += items if len(items) > 1 else []
        return spans

    def _addressed(self, start: int, most: int) -> list[Span]:
        """Those who are called by what they are, somewhat behind the word that addresses them."""
        number = bisect_left(self._roles, (start, start))
        for first, _ in self._roles[number : number + 1]:
            before = self._with_article(first)
            near = first <= most and self._page.same_sentence(start, first)
            if near and any(
                self._page.before(RE.addressed, one, 14) for one in (before, first)
            ):
                return self._listed(before)
        return []

    def _before_a_duty(self, duty: int) -> list[Span]:
        """Those who stand before "shall block"."""
        start = max(self._page.sentence(duty)[0], duty - 250)
        matches = RE.a_name.finditer(self._page.plain, start, duty)
        called = [
            one for one in matches if one[0].lower() not in words("names", "countries")
        ]
        called = [
            one for one in called if not self._page.before(RE.inside, one.start(), 12)
        ]
        names = [one.span() for one in called if self._name(one.start())]
        index = bisect_left(self._roles, (start, start))
        for first, _ in self._roles[index : index + 10]:
            if first >= duty:
                break
            around = next((name for name in names if name[0] < first < name[1]), None)
            first = self._with_article(around[0] if around else first)
            if not self._page.before(RE.as_what, first, 24):
                for begin in (*(name for name, _ in names if name < first), first):
                    if listed := self._up_to(begin, duty):
                        return listed
        number = bisect_left(self._groups, (duty, duty))
        for first, last in self._groups[max(0, number - 1) : number]:
            if start <= first and not self._page.plain[last:duty].strip(" \n\t,"):
                return [(self._with_article(first), last)]
        for first, _ in names:
            if listed := self._up_to(first, duty):
                return listed
        return []

    def _up_to(self, first: int, end: int) -> list[Span]:
        """Those of the list that begins at `first`, where it goes up to `end`."""
        listed = self._listed(first)
        last = listed[-1][1] if listed else end
        if last <= end and RE.aside.fullmatch(self._page.plain, last, end):
            return listed
        return []

    def _with_article(self, first: int) -> int:
        article = self._page.before(RE.article, first, 20)
        start = article.start() if article else first
        return first if self._page.plain[start] in "àÀ" else start  # "às" is "a as"

    def _listed(self, place: int) -> list[Span]:
        """Return those of the list that begins at `place`."""
        return self._series(
            place, lambda at: self._role(at) or self._group(at) or self._name(at)
        )

    def _series(self, at: int, read: Callable[[int], list[Span]]) -> list[Span]:
        """Return what is read at `place`, and behind each "and" that follows it."""
        spans: list[Span] = []
        while spans_here := read(at):
            spans += spans_here
            joined = RE.joined.match(self._folded, spans_here[-1][1])
            if joined is None:
                break
            at = joined.end()
        return spans

    def _role(self, at: int) -> list[Span]:
        """Read "los proveedores de acceso", "the registrar Registro Veloz" at `place`."""
        number = bisect_left(self._roles, (at, at))
        if number == len(self._roles) or self._roles[number][0] - at > 20:
            return []
        first, end = self._roles[number]
        if self._page.plain[end : end + 1] == "-":
            return self._name(first)  # NIC-PY
        if not RE.article.fullmatch(self._folded, at, first):
            return []
        if self._page.plain[first].isupper() and RE.of_a_name.match(
            self._page.plain, end
        ):
            return self._name(first)  # "the Registrar of Companies"
        gap = RE.gap.match(self._page.plain, end)
        if gap is None:
            return [(at, end)]
        names = self._series(gap.end(), self._name)
        if len(names) == 1 and "," not in gap.group():
            return [(at, names[0][1])]
        return names or [(at, end)]

    def _group(self, at: int) -> list[Span]:
        """Read "las empresas Fibra Sur y Móvil Norte" at `place`: the names, not the firms."""
        number = bisect_left(self._groups, (at, at))
        for first, end in self._groups[number : number + 1]:
            named = RE.gap.match(self._page.plain, end)
            if named is not None and RE.article.fullmatch(self._folded, at, first):
                return self._name(named.end())
        return []

    def _name(self, at: int) -> list[Span]:
        if article := RE.the.match(self._folded, at):
            at = article.end()
        number = bisect_left(self._firms, (at, at))
        if self._firms[number : number + 1] and self._firms[number][0] == at:
            return [self._firms[number]]
        name = RE.a_name.match(self._page.plain, at)
        if name is None:
            return []
        said = self._folded[at : name.end()].split()
        nobody = words("names", "nobody")
        other = said[0] in nobody or set(said) & (nobody - words("names", "within"))
        if other or RE.no_name.search(name[0]):
            return []
        return [name.span()]

    # Where, when, what is said

    def territory(self) -> None:
        """Take the narrowest place that is named for what is ordered: a province, a country."""
        matches = RE.place.finditer(self._folded, self._ordered)
        places = [one.span(1) for one in matches if self._is_of_users(*one.span())]
        countries = [span for span in places if not overlaps(self._firms, *span)]
        provinces = [
            rest.span()
            for one in RE.province.finditer(self._folded, self._ordered)
            if (rest := RE.a_province.match(self._page.plain, one.start(1)))
            and self._is_of_users(*one.span(1))
        ]
        nationwide = [
            one for one in self._found("term", "nationwide") if one[0] >= self._ordered
        ]
        if provinces and nationwide:
            self.found.where["nationwide"] = nationwide[0]
        for start, end in [*provinces, *countries, *self._found("term", "territory")][
            :1
        ]:
            colon = self._folded.find(":", start, end) + 1
            self.found.note(
                "territory", self._page.written(colon or start, end), (start, end)
            )

    def _is_of_users(self, start: int, end: int) -> bool:
        """Say whether what is said of a place is said of whoever is blocked there."""
        return RE.users.search(self._folded, max(0, start - 150), end + 80) is not None

    def phrases(self) -> None:
        """Take what is said in phrases of its own."""
        windows = self._found("term", "window")
        for span in windows[:1]:
            self.found.note("window", self._page.written(*span), span)
        every = [(self._page.written(*span), span) for span in windows]
        self.found.every["window"] = every
        for span in self._affirmed("term", "explains")[:1]:
            self.found.note("explains", True, span)
        for span in self._annexes[:1]:
            self.found.note("annex", self._page.written(*span), span)
        self.found.doubts += self._annexes
        for span in self._affirmed("unclear", "endless"):
            self.found.doubts.append(span)
            if not self._page.before(RE.or_else, span[0], 8):
                self.found.where.setdefault("endless", span)
        for what in ("period", "target", "deletion"):
            self.found.doubts += self._affirmed("unclear", what)

    def reviews(self) -> None:
        """Take the sentence that says that the measure is looked at again while it runs.

        What is lifted or told of "each month" says so too, where nothing is added to a list.
        """
        at = {
            kind: self._starts("review", kind)
            for kind in (*REVIEWS, "matter", "not", "when")
        }
        at["when"] = sorted([*times.calendar(self._page), *at["recur"], *at["when"]])
        at["measure"] = self._starts("measure")
        added = sorted(
            [*self._starts("open_list", "add"), *self._starts("open_list", "more")]
        )
        others = {"again": [], "recur": sorted([*added, *at["not"]])}
        kinds = {}
        for kind in REVIEWS:
            kinds.update(dict.fromkeys(self._found("review", kind), kind))
        never = self._found("review", "not")
        for (start, end), kind in sorted(kinds.items()):
            near = self._near(start, start, NEAR)
            early = start < self._ordered + (self._ordered > 0)
            other = overlaps(never, start, end) or overlaps(self._events, start, end)
            near_other = any_in(others.get(kind, at["not"]), *near)
            if early or other or near_other or self._is_denied(start):
                continue
            asked = kind == "again" or (kind == "looks" and any_in(at["when"], *near))
            measured = asked and any_in(at["measure"], *self._near(start, end, 60))
            if measured or _stand(at, REVIEWS[kind], near):
                self.found.note("review", *self._sentence(start))
                return

    def open_lists(self) -> None:
        """Take what says that targets may be added later, also that somebody may add them."""
        spans = self._affirmed("open_list", "joined")
        kinds = ("add", "more", "tell", "may")
        words_for = {kind: self._affirmed("open_list", kind) for kind in kinds}
        at = {}
        for kind, some in words_for.items():
            at[kind] = [start for start, _ in some]
        mistakes = self._starts("open_list", "not")
        last = self._ordered
        for start, end in self._affirmed("open_list", "things"):
            near = self._near(start, end, BESIDE)
            if start < last or any_in(mistakes, *near):
                continue
            may = any_in(at["may"], self._near(start, start, NEAR)[0], start)
            if _stand(at, LISTS, near) or (may and any_in(at["add"], *near)):
                first = start
                stop = end
                for some in words_for.values():
                    beside = [one for one in some if near[0] <= one[0] < near[1]]
                    if beside:
                        nearest = min(beside, key=lambda one: abs(one[0] - start))
                        first = min(first, nearest[0])
                        stop = max(stop, nearest[1])
                spans.append((first, stop))
                last = self._page.sentence(start)[1]
        self.found.doubts += spans
        for span in sorted(spans)[:1]:
            self.found.note("open_list", self._page.written(*span), span)

    def notice_page(self) -> None:
        """Take the page that visitors see."""
        at = {
            kind: self._starts("notice_page", kind)
            for kind in ("visitors", "lead", "show")
        }
        spans = self._affirmed("notice_page", "named")
        for start, end in self._affirmed("notice_page", "page"):
            first, last = self._near(start, end, BESIDE)
            near = max(first, self._ordered), last
            if start >= self._ordered and _stand(at, ("lead visitors", "show"), near):
                spans.append((start, end))
        for span in sorted(spans)[:1]:
            self.found.note("notice_page", True, span)

    def _starts(self, *path: str) -> list[int]:
        return [start for start, _ in self._found(*path)]

    def _affirmed(self, *path: str) -> list[Span]:
        return [one for one in self._found(*path) if not self._is_denied(one[0])]

    def _near(self, start: int, end: int, most: int) -> Span:
        """Return the sentence of a passage, as far as it is near."""
        first, last = self._page.sentence(start)
        return max(first, start - most), min(last, end + most)

    def _sentence(self, at: int) -> tuple[str, Span]:
        """Return the sentence around `place`, cut where it is very long."""
        start, end = self._page.sentence(at)
        end = min(end, start + LONGEST_TERM)
        while begins := RE.begins.match(self._page.plain, start, end):
            start = begins.end()
        end = start + len(self._page.plain[start:end].rstrip())
        return self._page.written(start, end), (start, end)

    # Whether it is told to those whom it hits

    def notice(self) -> None:
        """Take what is said of telling those whom the measure hits.

        They are told where a sentence has words for telling, and whom: in words, or by an
        address for mail in a domain that is spoken of elsewhere too.
        """
        reasons = self._starts("notice", "reason")
        later = self._starts("notice", "later")
        soon = self._starts("notice", "soon")
        deferring = self._found("notice", "deferred")
        deferred = [
            one for one in deferring if not self._page.before(RE.applied, one[0])
        ]
        forms = self._found("notice", "form")
        acting = DraftText.of(
            " ".join(self.found.fields.get("executors", ()))
        ).folded.split()
        whom = sorted(
            start
            for start, end in [*self._whom(), *self._sites_mail()]
            if self._folded[start:end] not in acting
            or RE.of_something.match(self._folded, end)
        )
        given: list[Span] = []
        for act in self._found("notice", "acts"):
            start, end = self._page.sentence(act[0])
            goes_on = self._folded[start:end].rstrip().endswith(";")
            if goes_on and RE.to_also.match(self._folded, end):
                end = self._page.sentence(end)[1]  # "…; to the operators, by post"
            if any_in(whom, max(start, act[0] - 250), min(end, act[0] + 250)):
                at_once = any_in(soon, start, end) and not self._has_near(reasons, act)
                late = any_in(later, start, end) and not at_once
                (deferred if late or self._is_denied(act[0]) else given).append(act)
        deferred.sort()
        self._deferred = [*deferred, *forms]
        is_given = not deferred and any(
            start >= self._ordered > 0 for start, _ in given
        )
        why = [one for one in deferred if self._has_near(reasons, one)]
        if (forms or why) and not is_given:
            self.found.note("notice", Notice.DEFERRED_WITH_REASON, [*forms, *why][0])
        elif deferred:
            self.found.note("notice", Notice.DEFERRED, deferred[0])
        elif given:
            self.found.note("notice", Notice.GIVEN, given[0])
        else:  # ordered, perhaps, and to whom is not told
            self.found.doubts += self._found("unclear", "notice")

    def _told(self) -> list[Span]:
        """Words for telling, up to those for whom the measure hits: "Intime-se o titular"."""
        whom = [one for one, _ in self._whom()]
        acts = self._found("notice", "acts")
        return [(start, end) for start, end in acts if any_in(whom, end, end + 31)]

    def _whom(self) -> list[Span]:
        """Words for those whom the measure hits; none of those who carry it out or tell."""
        parties = self._found("parties", "respondents") if self._respondents else []
        act = {self._called(*one) for one in parties if firms.acts(self._page, *one)}
        acting = [one for one in parties if self._called(*one) in act]
        whom = [
            one for one in self._found("notice", "whom") if not overlaps(acting, *one)
        ]
        return [one for one in whom if not self._page.before(RE.by, one[0], 30)]

    def _called(self, start: int, end: int) -> str:
        return self._folded[start:end].split()[-1].removesuffix("s")

    def _sites_mail(self) -> list[Span]:
        """Addresses for mail in a domain that stands alone elsewhere: a site's own."""
        domains = set(RE.domain.findall(self._folded))
        return [
            one.span() for one in RE.mail.finditer(self._folded) if one[1] in domains
        ]

    def _has_near(self, reasons: Sequence[int], deferred: Span) -> bool:
        """Say whether a reason stands in the sentence of a deferral or in the next one."""
        start, end = self._page.sentence(deferred[0])
        _, last = self._page.sentence(min(end, len(self._folded) - 1))
        return any_in(reasons, start, last)

    def reasons(self) -> None:
        """Take the sentence that says why, unless it only says why nobody is told."""
        for start in self._starts("term", "reasons"):
            if not any(
                self._page.same_sentence(start, other) for other, _ in self._deferred
            ):
                self.found.note("reasons", *self._sentence(start))
                return

    def contacts(self, pages: Sequence[tuple[str, Span]]) -> None:
        """Keep the addresses at which mistakes are to be told, by the words around them."""
        notices = [start for start, _ in self._told()]
        sites = self._sites_mail()
        mistakes = self._starts("term", "mistakes")
        reach = self._starts("term", "reach")
        proof = self._starts("term", "proof")
        acts = self._starts("notice", "acts")
        every = {one.span(): one[0] for one in RE.mail.finditer(self._folded)}
        every.update((span, value) for value, span in pages)
        contacts = []
        for span, value in every.items():
            near = self._near(span[0], span[0], 300)
            other = any_in(proof, *near) or any_in(acts, *near) or span in sites
            turn_to = self._ordered and any_in(reach, *near) and not other
            if span[0] >= self._ordered and not any_in(notices, *near):
                contacts += (
                    [(span, value)] if turn_to or any_in(mistakes, *near) else []
                )
        called = {end for _, end in self._found("term", "phone")}
        for end in sorted(
            {*called, *(end for _, end in self._found("role", "contact"))}
        ):
            phone = RE.phone.match(self._folded, end)
            if phone is None or end < self._ordered or phone[1].count(".") == 3:
                continue
            if end in called or phone[1][0] in "+(":
                contacts.append((phone.span(1), self._page.written(*phone.span(1))))
        for span, _ in sorted(contacts)[:1]:
            values = dict.fromkeys(value for _, value in sorted(contacts))
            self.found.note("contacts", tuple(values), span)


def _stand(at: Mapping[str, Sequence[int]], ways: Sequence[str], near: Span) -> bool:
    """Say whether words of all kinds of one of the ways stand near."""
    here = {kind for kind, starts in at.items() if any_in(starts, *near)}
    return any(here.issuperset(way.split()) for way in ways)
