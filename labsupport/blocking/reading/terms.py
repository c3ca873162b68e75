"""The terms of an order: how, by whom, where, with what notice, and what is said to whom."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from labsupport.blocking.order import Notice, Span
from labsupport.blocking.reading.words import Page, phrases
from labsupport.blocking.techniques import Technique
from labsupport.blocking.vocabulary import LANGUAGES, words

ENOUGH_TO_TELL = 100_000  # characters, for the language
LONGEST_TERM = 300  # characters of a sentence that are kept

WORD = re.compile(r"[a-z]+")
NUMBERED = re.compile(r"(?:\(?[0-9]{1,2}[.)°]-?|\(?[a-z]\)|[IVX]{1,4}[.)]|[-–—•*])\s+")
PHONE = re.compile(
    r"[\s.:°]{0,4}(?:n[o°]\.?\s{0,3})?(?:[\w,]+[\s:]{1,3}){0,6}?(\+?\(?[0-9][0-9\s().\-/]{4,22}[0-9])(?!\w)"
)

ONE_WORD = r"[A-ZÀ-ÖØ-Þ](?!\.)[\w&'’-]*"
SMALL_WORD = r"(?:de|del|da|do|das|dos|la|los|las|of)"
FIRM = r"(?:,?\s(?:S\.\s?A\.(?:\s?S\.)?|S\.\s?R\.\s?L\.|S\.L\.|Ltda?\.?|Inc\.?))?"
NAME = rf"{ONE_WORD}(?:\s{{1,3}}(?:{SMALL_WORD}\s{{1,3}})?{ONE_WORD}){{0,5}}{FIRM}"
A_NAME = re.compile(NAME)
NAMES_BEFORE = re.compile(
    rf"(?:{NAME},\s{{1,3}}){{0,10}}(?:{NAME}\s{{1,3}}(?:y|e|and)\s{{1,3}})?{NAME}[\s,]*\Z"
)
TO_WHOM = re.compile(r"[\s:]{1,4}(?:(?:a|al|ao|aos|as|à|to|that|que|on|upon)\s{1,3})?")
# Within "block at the resolvers and not by IP address".
BUT_NOT = re.compile(
    r"(?<!\w)(?:(?:y|pero) no|(?:e|mas) nao|(?:and|but) not|(?:en|em) (?:lugar|vez) de"
    r"|instead of|rather than)\s(?!solo|solamente|apenas|so\s|somente|only)"
)
ADDRESSED = re.compile(
    r"(?<!\w)(?:a|al|ao|aos|as|to|that|que|on|upon|by|at|pelos|pelas|pelo|pela|de|das|dos|bloqueen|bloquee|bloqueiem|suspendan|impidan|suspendam|impecam|bloqueo|determino|:)\s{0,3}\Z"
)
DATIVE = re.compile(r"(?<!\w)(?:a|al|ao|aos|as|to)\s{1,3}(?:(?:los|las|la|the)\s{1,3})?\Z")
WHAT_TO_DO = re.compile(
    r",?\s{1,3}(?:el|la|o|a)\s{1,3}"
    r"(?:retir|baja|suspen|bloque|remoc|inhabilit|cambio|troca|alterac|sustituc|substituic)"
)
TO_DO = re.compile(r",?\s{1,3}(?:que|para\s+que|a\s+fin\s+de\s+que|to)\s")
ARTICLE = re.compile(
    r"(?<!\w)(?:(?:todos|todas|all|each|every|any|both)\s{1,3})?(?:(?:los|las|el|la|os|as|o|the)\s{1,3})?\Z"
)
GAP = re.compile(r"[\s,:]{1,4}")
AND = re.compile(r"(?:\s*,)?\s{1,3}(?:(?:y|e|and|&)\s{1,3})?(?:(?:a|al|ao|aos|as|to|on)\s{1,3})?")


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
    phones: list[tuple[str, Span]] = field(default_factory=list)
    where: dict[str, Span] = field(default_factory=dict)
    doubts: list[Span] = field(default_factory=list)


def language_of(page: Page) -> str:
    """Return the language most of whose frequent words stand in a page, "" where none leads."""
    counted = Counter(WORD.findall(page.folded[:ENOUGH_TO_TELL]))
    score = {code: sum(counted[one] for one in words(code, "common")) for code in LANGUAGES}
    first, second, _ = sorted(score.values(), reverse=True)
    return max(score, key=lambda code: score[code]) if first > second else ""


def read(page: Page, language: str, ordered: int = 0) -> Terms:
    """Return the terms that a page tells, whose operative part begins at `ordered`."""
    reader = _Reader(page, language)
    reader.technique(ordered)
    reader.executors()
    reader.phrases()
    reader.notice()
    reader.reasons()
    reader.phones()
    return reader.terms


class _Reader:
    def __init__(self, page: Page, language: str) -> None:
        self._page = page
        self._folded = page.folded
        self._negation = re.compile(
            rf"(?<!\w)(?:{'|'.join(_negations(language))})\s(?:[^.;]{{0,20}}\s)?\Z"
        )
        self._explaining = self._found("term", "explains")
        self._page_shown = self._found("term", "notice_page")
        self._annexes = self._found("term", "annex")
        self._annexes_of_executors: set[Span] = set()
        self.terms = Terms()

    def _found(self, *path: str) -> list[Span]:
        return phrases(*path).found_in(self._folded)

    def _is_denied(self, place: int) -> bool:
        """Say whether what begins at `place` is said not to be: "y no por dirección IP"."""
        return self._negation.search(self._folded, max(0, place - 30), place) is not None

    def _written(self, span: Span) -> str:
        return self._page.written(*span)

    # How

    def technique(self, ordered: int) -> None:
        """Take the technique that is named; where there are several, none, and all are doubts.

        What only the recitals name does not count where the operative part names one.
        """
        beside = self._found("unclear", "addresses")
        mixed = self._found("unclear", "mixed")
        self.terms.doubts += [*beside, *mixed]
        unclear = sorted([*beside, *mixed])
        found = [
            (start, end, technique)
            for technique in Technique
            for start, end in self._found("technique", technique.value)
            if not self._is_denied(start)
            and not BUT_NOT.search(self._folded, start, end)
            and not _overlaps(self._explaining, start, end)
            and not (technique is Technique.ADDRESS and _overlaps(unclear, start, end))
        ]
        found.sort(key=lambda one: (one[0] - one[1], one[0]))  # the longest first
        kept: list[tuple[int, int, Technique]] = []
        taken: list[Span] = []
        for start, end, technique in found:
            if not _overlaps(taken, start, end):
                kept.append((start, end, technique))
                _insert(taken, (start, end))
        kept = [one for one in kept if one[0] >= ordered] or kept
        named = {technique for _, _, technique in kept}
        if len(named) == 1:
            self.terms.technique = named.pop()
            self.terms.where["technique"] = min((start, end) for start, end, _ in kept)
        else:
            self.terms.doubts += [(start, end) for start, end, _ in kept]

    # By whom

    def executors(self) -> None:
        """Take those who are ordered to do something, by what they are or by name."""
        self._groups = self._found("executors", "groups")
        roles = self._found("executors", "roles")
        orders = self._found("executors", "orders")
        told = self._found("notice", "given")
        found: list[Span] = []
        for start, end in orders:
            if _overlaps(told, start, end):
                continue  # those whom it hits are told of it
            to_whom = TO_WHOM.match(self._folded, end)
            first = to_whom.end() if to_whom else end
            listed = self._listed(first, roles)
            if len(listed) == 1 and self._is_a_heading(end, listed[0]):
                listed = []
            found += listed or self._addressed(end, roles, first + 100)
        for _, end in self._found("executors", "roles_only"):
            found += self._addressed(end, roles, end + 40)
        for start, _ in roles:
            first = self._with_article(start)
            if DATIVE.search(self._folded, max(0, first - 6), start):
                listed = self._listed(first, roles)
                found += listed if listed and self._is_to_act(listed[-1][1], orders) else []
        for start, _ in self._found("executors", "duties"):
            found += self._before_a_duty(start, roles)
        called: dict[str, Span] = {}
        for span in sorted(set(found), key=lambda one: (one[0], -one[1])):
            if not any(other[0] <= span[0] and span[1] <= other[1] for other in called.values()):
                called.setdefault(self._written(span), span)
        if called:
            self.terms.executors = tuple(called)
            self.terms.where["executors"] = next(iter(called.values()))

    def _is_to_act(self, end: int, orders: Sequence[Span]) -> bool:
        """Say whether what those are to do stands behind them: "que bloqueen", "la baja de"."""
        if TO_DO.match(self._folded, end):
            return True
        place = bisect_left(orders, (end, end)) - 1
        ordered = place >= 0 and self._page.same_sentence(orders[place][0], end)
        return ordered and WHAT_TO_DO.match(self._folded, end) is not None

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
        return any(ADDRESSED.search(self._folded, max(0, one - 14), one) for one in places)

    def _before_a_duty(self, duty: int, roles: Sequence[Span]) -> list[Span]:
        """Those who stand before "shall block"."""
        sentence = self._page.sentence(duty)[0]
        end = self._before_an_annex(duty)
        start = max(sentence, duty - 250)
        place = bisect_left(roles, (start, start))
        for first, _ in roles[place : place + 10]:
            if first >= duty:
                break
            listed = self._listed(self._with_article(first), roles)
            if listed and not self._page.plain[listed[-1][1] : end].strip(" \n\t,"):
                return listed
        number = bisect_left(self._groups, (end, end))
        for first, last in self._groups[max(0, number - 1) : number]:
            if start <= first and not self._page.plain[last:end].strip(" \n\t,"):
                return [(self._with_article(first), last)]
        if end < duty:
            return []
        names = NAMES_BEFORE.search(self._page.plain, start, duty)
        if names is None:
            return []
        first = names.start()
        alone = " " not in names.group().strip() and not self._page.plain[sentence:first].strip()
        return [] if alone else self._listed(first, roles)

    def _before_an_annex(self, duty: int) -> int:
        """Where those end who are "listed in Annex B" before a duty; it is they who stand there."""
        number = bisect_left(self._annexes, (duty, duty))
        for start, end in self._annexes[max(0, number - 1) : number]:
            if end <= duty <= end + 10 and not self._page.plain[end:duty].strip(" \n\t,"):
                self._annexes_of_executors.add((start, end))
                return start
        return duty

    def _with_article(self, first: int) -> int:
        article = ARTICLE.search(self._folded, max(0, first - 20), first)
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
            joined = AND.match(self._folded, found[-1][1])
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
        if not ARTICLE.fullmatch(self._folded, place, first):
            return []
        gap = GAP.match(self._page.plain, end)
        if gap is None:
            return [(place, end)]
        names: list[Span] = []
        at = gap.end()
        while one := self._name(at):
            names += one
            joined = AND.match(self._folded, one[0][1])
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
            named = GAP.match(self._page.plain, end)
            if named is not None and ARTICLE.fullmatch(self._folded, place, first):
                return self._name(named.end())
        return []

    def _name(self, place: int) -> list[Span]:
        found = A_NAME.match(self._page.plain, place)
        if found is None:
            return []
        first = self._folded[place : found.end()].split()[0]
        return [] if first in words("names", "nobody") else [found.span()]

    # Where, when, what is said

    def phrases(self) -> None:
        """Take what is said in phrases of its own."""
        terms = self.terms
        for start, end in self._found("term", "territory")[:1]:
            colon = self._folded.find(":", start, end) + 1
            terms.territory = self._written((colon or start, end))
            terms.where["territory"] = start, end
        for start, end in self._found("term", "window")[:1]:
            terms.window = self._written((start, end))
            terms.where["window"] = start, end
        other = self._found("term", "review_not")
        for start, end in self._found("term", "review"):
            if _overlaps(other, start, end) or self._is_denied(start):
                continue
            text, where = self._sentence(start)
            if not terms.review or terms.review.count(" ") < 2:  # better than a heading
                terms.review, terms.where["review"] = text, where
            if terms.review.count(" ") >= 2:
                break
        for start, end in self._explaining:
            if not self._is_denied(start):
                terms.explains = True
                terms.where["explains"] = start, end
                break
        for start, end in self._page_shown:
            if not self._is_denied(start):
                terms.notice_page = True
                terms.where["notice_page"] = start, end
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

    def _sentence(self, place: int) -> tuple[str, Span]:
        """Return the sentence around `place`, cut where it is very long."""
        start, end = self._page.sentence(place)
        if place - start > LONGEST_TERM:
            start = place
        end = min(end, start + LONGEST_TERM)
        text = self._page.plain
        while start < end and text[start].isspace():
            start += 1
        while number := NUMBERED.match(text, start, end):
            start = number.end()
        while end > start and text[end - 1].isspace():
            end -= 1
        return self._written((start, end)), (start, end)

    # Whether it is told to those whom it hits

    def notice(self) -> None:
        """Take what is said of telling those whom the measure hits."""
        given = self._found("notice", "given")
        withheld = [span for span in given if self._is_denied(span[0])]
        deferred = sorted([*self._found("notice", "deferred"), *withheld])
        forms = self._found("notice", "form")
        self._deferred = [*deferred, *forms]
        if forms:
            self._note_notice(Notice.DEFERRED_WITH_REASON, forms[0])
        elif deferred:
            reasons = self._found("notice", "reason")
            why = next((one for one in deferred if self._near(reasons, one)), None)
            kind = Notice.DEFERRED_WITH_REASON if why else Notice.DEFERRED
            self._note_notice(kind, why or deferred[0])
        elif given:
            self._note_notice(Notice.GIVEN, given[0])
        else:  # ordered, perhaps, and to whom is not told
            self.terms.doubts += self._found("unclear", "notice")

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

    def phones(self) -> None:
        """Take the telephone numbers that are called so."""
        called = {end for _, end in self._found("term", "phone")}
        last = -1
        for end in sorted({*called, *(end for _, end in self._found("role", "contact"))}):
            found = PHONE.match(self._folded, end)
            if found is None or found.start(1) <= last:
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


def _overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    """Say whether one of the spans, which are sorted and apart, overlaps a place."""
    place = bisect_left(spans, (end, end))
    return place > 0 and spans[place - 1][1] > start


def _insert(spans: list[Span], span: Span) -> None:
    spans.insert(bisect_left(spans, span), span)
