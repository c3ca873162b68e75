"""What each name, page and address of a text is there for: to be hit, to be spared, or neither."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from labsupport.blocking.order import Span, Target, TargetKind
from labsupport.blocking.reading.finding import Finds
from labsupport.blocking.reading.words import Page, phrases
from labsupport.blocking.targets import name_in, registered

LONGEST_LINE = 300  # characters of a letterhead
FARTHEST = 150  # characters from a word, or from the last target it was about, to the next one

OPENING = re.compile(r"[\"'»”’*_.,;]*\s*[(\[][^()\[\]]{0,60}\[?")
INSIDE = re.compile(r"[^()]{0,60}")
BRACKETS = re.compile(r"\([^()]{0,200}\)")
LITTLE = re.compile(r"[\W_]{0,8}")
LISTED = re.compile(r"[\W_]{0,8}(?:y|e|and)?[\W_]{0,8}")
NAME_SERVER = re.compile(r"d?ns-?[0-9]{0,2}\.")
NOT = re.compile(r"(?<!\w)(?:no|not|sin|sem|nao|without|but)\s{1,3}\Z")


class Role(Enum):
    """What the words before a target, or behind it, say of it."""

    BLOCK = auto()
    EXCEPT = auto()
    MENTION = auto()  # the court's own site, the site that is imitated, where it is published
    BACKGROUND = auto()  # the claimant's own site, where a copy was found; it says so of no other
    CONTACT = auto()
    NAME_SERVER = auto()  # what a domain is handed to
    TURN = auto()  # "but": what was said before no longer holds


@dataclass
class Parts:
    """The targets by what they are there for; places are those in the plain form of the page."""

    targets: list[Target] = field(default_factory=list)
    exceptions: list[Target] = field(default_factory=list)
    contacts: list[Target] = field(default_factory=list)
    doubts: list[Span] = field(default_factory=list)


def sort(page: Page, finds: Finds, ordered: int = 0) -> Parts:
    """Return what of the finds is to be hit, what to be spared, and whom one can turn to.

    `ordered` is where the operative part begins. What is named only before it is a doubt, unless
    that part names nothing itself.
    """
    found = _with_subtrees(page, _with_names_beside(page, finds.targets), finds.doubts)
    cues = _Cues(page)
    parts = Parts(doubts=list(finds.doubts))
    letterheads = _letterheads(page, finds.mails)
    for one in found:
        role, start = cues.role(one)
        if role is None and letterheads and _line(page, one.start, name_in(one)) in letterheads:
            role = Role.MENTION  # of whoever gives his e-mail address beside it
        if role is Role.NAME_SERVER:
            parts.doubts.append((one.start, one.end))
        elif role in (Role.MENTION, Role.BACKGROUND) or (
            role is Role.EXCEPT and cues.is_mail(start, one.start)
        ):
            parts.doubts.append((start, one.end))
        elif role is Role.EXCEPT:
            parts.exceptions.append(one)
        elif role is Role.CONTACT and one.kind is TargetKind.URL:
            parts.contacts.append(one)
        else:
            parts.targets.append(one)
    _leave_out_recitals(page, parts, ordered)
    parts.targets = _with_all_below(page, _once(parts.targets))
    meant = {(one.kind, one.value) for one in parts.targets}
    spared = _once(parts.exceptions)
    parts.exceptions = [one for one in spared if (one.kind, one.value) not in meant]
    parts.doubts += [(one.start, one.end) for one in spared if (one.kind, one.value) in meant]
    accounts = phrases("role", "account").found_in(page.folded)
    for mail in finds.mails:
        place = bisect_right(accounts, (mail.start, mail.start)) - 1
        if place >= 0 and not page.plain[accounts[place][1] : mail.start].strip(" \n:"):
            parts.doubts.append((mail.start, mail.end))  # an account that is to be closed?
        else:
            parts.contacts.append(mail)
    return parts


def _leave_out_recitals(page: Page, parts: Parts, ordered: int) -> None:
    if not any(one.start >= ordered for one in parts.targets):
        return
    again = {(one.kind, one.value) for one in parts.targets if one.start >= ordered}
    recited = [one for one in parts.targets if one.start < ordered]
    parts.targets = [one for one in parts.targets if one.start >= ordered]
    spared = page.sentence(ordered)[0]  # "Without affecting …, IT IS ORDERED"
    recited += [one for one in parts.exceptions if one.start < spared]
    parts.exceptions = [one for one in parts.exceptions if one.start >= spared]
    parts.doubts += [(one.start, one.end) for one in recited if (one.kind, one.value) not in again]


class _Cues:
    """The words that say what the targets near them are there for."""

    def __init__(self, page: Page) -> None:
        self._page = page
        folded = page.folded
        found = [
            (start, end, role)
            for role, name in (
                (Role.EXCEPT, "except"),
                (Role.MENTION, "mention"),
                (Role.BACKGROUND, "background"),
                (Role.CONTACT, "contact"),
                (Role.NAME_SERVER, "name_servers"),
                (Role.TURN, "turn"),
            )
            for start, end in phrases("role", name).found_in(folded)
        ]
        found += [
            (start, end, Role.MENTION)
            for start, end in phrases("role", "letterhead").found_in(folded)
            if page.begins_a_line(start)
        ]
        self._after = phrases("role", "except_after").found_in(folded)
        taken = sorted([(s, e) for s, e, role in found if role is not Role.TURN] + self._after)
        found += [
            (start, end, Role.BLOCK)
            for start, end in phrases("role", "block").found_in(folded)
            if not _overlaps(taken, start, end)
        ]
        self._cues = sorted(found, key=lambda cue: (cue[1], cue[0]))
        self._ends = [end for _, end, _ in self._cues]
        self._turns = [end for _, end, role in self._cues if role in (Role.TURN, Role.BLOCK)]
        self._mails = phrases("role", "mail").found_in(folded)
        self._name_servers = phrases("technique", "name servers").found_in(folded)
        self._lines = {
            end for _, end, role in found if role is Role.MENTION and folded[end - 1] == ":"
        }
        self._last: tuple[int, int] = (-1, 0)  # which cue the last target was under, where it ends

    def role(self, target: Target) -> tuple[Role | None, int]:
        """Return what is said of a target, and where the words that say it begin."""
        place = bisect_right(self._ends, target.start) - 1
        if place >= 0:
            start, _, role = self._cues[place]
            if role is not Role.TURN and self._reaches(place, target):
                self._last = (place, target.end)
                return role, start
        if self._is_spared(target):
            return Role.EXCEPT, target.start
        return (Role.NAME_SERVER if self._is_name_server(target) else None), target.start

    def is_mail(self, start: int, end: int) -> bool:
        """Say whether only the mail of the target that begins at `end` is to be spared."""
        place = bisect_left(self._mails, (start, start))
        return place < len(self._mails) and self._mails[place][1] <= end

    def _is_name_server(self, target: Target) -> bool:
        """Say whether "ns1.…" stands in a sentence on name servers."""
        if not NAME_SERVER.match(target.value):
            return False
        place = bisect_left(self._name_servers, self._page.sentence(target.start))
        return place < len(self._name_servers) and self._page.same_sentence(
            self._name_servers[place][0], target.start
        )

    def _reaches(self, place: int, target: Target) -> bool:
        start, end, role = self._cues[place]
        if not self._page.same_sentence(start, target.start):
            return False
        if role is Role.BLOCK:
            return True
        if end in self._lines and "\n" in self._page.plain[end : target.start].strip():
            return False
        last = self._last[1] if self._last[0] == place else end
        if role is Role.BACKGROUND:
            gap = self._page.folded[last : target.start] if target.start - last <= 40 else "far"
            return LISTED.fullmatch(gap) is not None if last > end else gap != "far"
        return target.start - last <= FARTHEST

    def _is_spared(self, target: Target) -> bool:
        """Say whether the sentence says behind a target that it is not to be touched."""
        place = bisect_left(self._after, (target.end, target.end))
        if place == len(self._after):
            return False
        start = self._after[place][0]
        turn = bisect_right(self._turns, target.end)
        turned = turn < len(self._turns) and self._turns[turn] <= start
        return not turned and self._page.same_sentence(target.start, start)


def _letterheads(page: Page, mails: Sequence[Target]) -> set[tuple[int, str]]:
    """In which lines stand e-mail addresses, and of which domains."""
    found = {_line(page, one.start, one.value.rpartition("@")[2]) for one in mails}
    return {(line, domain) for line, domain in found if domain}


def _line(page: Page, place: int, name: str) -> tuple[int, str]:
    """Where the line of a place begins, and the registered domain of a name in it."""
    first = page.plain.rfind("\n", max(0, place - LONGEST_LINE), place)
    return first, registered(name)[0] if first >= 0 or place < LONGEST_LINE else ""


def _overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    place = bisect_left(spans, (end, end))
    return any(other > start for _, other in spans[max(0, place - 2) : place])


def _with_names_beside(page: Page, targets: Sequence[Target]) -> list[Target]:
    """Note at each address in brackets which name it stands behind."""
    found: list[Target] = []
    for one in targets:
        last = found[-1] if found else None
        if last is not None and one.kind in (TargetKind.ADDRESS, TargetKind.PREFIX):
            gap = page.plain[last.end : one.start] if one.start - last.end <= 100 else "()"
            if last.kind in (TargetKind.NAME, TargetKind.URL) and OPENING.fullmatch(gap):
                beside = name_in(last)
            else:
                beside = last.beside if INSIDE.fullmatch(gap) else ""
            one = replace(one, beside=beside)
        found.append(one)
    return found


def _with_subtrees(page: Page, targets: list[Target], doubts: list[Span]) -> list[Target]:
    """Note at each name whether the text means those below it too."""
    found = list(targets)
    names = [place for place, one in enumerate(found) if one.kind is TargetKind.NAME]
    starts = [found[place].start for place in names]

    def mark(number: int) -> None:
        found[names[number]] = replace(found[names[number]], subtree=True)

    for kind in ("one", "every"):
        for start, end in phrases("subtree", kind).found_in(page.folded):
            number = bisect_left(starts, start) - 1
            if number < 0 or NOT.search(page.folded, max(0, start - 10), start):
                continue
            last = found[names[number]]
            gap = page.plain[last.end : start] if start - last.end <= 250 else "far away"
            if not LITTLE.fullmatch(BRACKETS.sub("", gap)):
                continue
            mark(number)
            first = _list_begins(page, found, names[max(0, number - 200) : number + 1])
            if first and kind == "every":
                for other in range(number - first, number):
                    mark(other)
            elif first and not _ends_its_item(page, found, names[number - 1], names[number], start):
                doubts.append((start, end))  # of the last of the list, or of all?
    for start, end in phrases("subtree", "before").found_in(page.folded):
        number = bisect_left(starts, end)
        if (
            number < len(starts)
            and starts[number] - end <= 30
            and page.same_sentence(start, starts[number])
        ):
            mark(number)
    return found


def _ends_its_item(
    page: Page, found: Sequence[Target], before: int, name: int, phrase: int
) -> bool:
    """Say whether words stand in the line of a list with its name, so that they are of no other."""
    between = page.plain[found[before].end : found[name].start]
    return ("\n" in between or ";" in between) and "\n" not in page.plain[found[name].end : phrase]


def _with_all_below(page: Page, targets: list[Target]) -> list[Target]:
    """Note at each name what is said of all: "it covers the subdomains of each"."""
    said = phrases("subtree", "all").found_in(page.folded)
    meant = [s for s, _ in said if not NOT.search(page.folded, max(0, s - 10), s)]
    last = max(meant, default=0)
    return [
        replace(one, subtree=True) if one.kind is TargetKind.NAME and one.start < last else one
        for one in targets
    ]


def _list_begins(page: Page, found: Sequence[Target], names: Sequence[int]) -> int:
    """Return how many of the names stand before the last one in one list with it."""
    count = 0
    for number in range(len(names) - 1, 0, -1):
        before, behind = found[names[number - 1]], found[names[number]]
        gap = page.folded[before.end : behind.start] if behind.start - before.end < 250 else "far"
        if not LISTED.fullmatch(BRACKETS.sub("", gap)):
            break
        count += 1
    return count


def _once(targets: Iterable[Target]) -> list[Target]:
    """Return each target once, as it stood first; the names below it count if they do once."""
    found: dict[tuple[TargetKind, str], Target] = {}
    for one in targets:
        first = found.setdefault((one.kind, one.value), one)
        if one.subtree and not first.subtree:
            found[(one.kind, one.value)] = replace(first, subtree=True)
    return list(found.values())
