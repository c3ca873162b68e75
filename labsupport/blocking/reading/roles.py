"""What each name, page and address of a text is there for: to be hit, to be spared, or neither."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from labsupport.blocking.order import Part, Span, Target, TargetKind
from labsupport.blocking.reading.finding import Finds
from labsupport.blocking.reading.words import Page, phrases
from labsupport.blocking.targets import name_in, registered
from labsupport.blocking.vocabulary import words

LONGEST_LINE = 300  # characters of a letterhead
FARTHEST = 150  # characters from a word, or from the last target it was about, to the next one

OPENING = re.compile(r"[\"'»”’*_.,;]*\s*[(\[][^()\[\]]{0,60}\[?")
INSIDE = re.compile(r"[^()]{0,60}")
BRACKETS = re.compile(r"\([^()]{0,200}\)")
LITTLE = re.compile(r"[\W_]{0,8}")
LISTED = re.compile(r"[\W_]{0,8}(?:y|e|and)?[\W_]{0,8}")
NAME_SERVER = re.compile(r"d?ns-?[0-9]{0,2}\.")
# Between "with all their subdomains" and the first name of a list.
LEADS = re.compile(
    r"[^.;]{0,120}(?::|\))[^.:;a-z]{0,120}(?:[a-z'’ ]{0,40}\n)?[\W\d_]*(?:[a-z]\)\s*)?"
)
# A table's cells, and what one of them says of its row.
MOST_CUES = 4  # before a target that are looked at
NEW_ROW = re.compile(r"\n\s*(?:\(?\w{1,3}[.)º]|[0-9]{1,3}|[|*•–-])\s")
CELL = re.compile(r"[^|\t\s](?:[^|\t]*?[^|\t\s])?(?=\s*[|\t]|\s{2,}|\s*\Z)")
SPARED = re.compile(
    r"(?:.*\W)?(?:no|nao|not?)(?: (?:se )?bloque\w*|(?: to)? (?:be )?block\w*)?(?: ?\(.*)?"
)
HIT = re.compile(r"(?:si|sim|yes|bloque\w*|block\w*)\W*")
TO_BLOCK = re.compile(r"(?<!\w)(?:bloque|block)")
NEGATED = re.compile(r"(?<!\w)(?:no|nao|not)(?!\w)")
MOST_ROWS = 40
AN_ITEM = re.compile(r"[\W\d_]*(?:[a-z]{1,4}[.)]\s*)?")
OFFICIAL = re.compile(
    r"(?:^|\.)(?:(?:gob|gov|gub|go|jus|jud|gc|mil|leg)\.[a-z]{2}|gov|mil|boe\.es|bcn\.cl|impo\.com\.uy)$"
)
LONGEST_ITEM = 400  # characters from one target of a list to the next
# What may stand behind a target, up to the sign with which the next item begins.
NEXT_ITEM = re.compile(
    r"[^.;:\n]{0,120}(?:[;,.]?[ \t]*\n[-=+|_ \t\n]*|[;,]\s*)(?:(?:y|e|and|ou|or|o)\s+)?"
    r"(?:[-–—•*·|]+\s*|\(?[0-9]{1,3}[.)º°:|]?-?\s+\|?\s*|\(?[a-z]\)\s*|\(?[a-z]\.\s+|\(?[ivxl]{1,5}[.)]?\s+[-–—]?\s*){0,2}"
    r"(?:(?:de|da|do|a|el|la|o|the)\s+)?(?:(?:sitio|site|nombre|nome|dominio|domain|direccion|endereco|address)\s+)?"
)
# "Crédito Tapatío, S.A. de C.V. (" and a name: whose it is.
BEHIND_A_NAME = re.compile(
    r"[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ][\w.&-]*,?\s+(?:(?:de|del|da|do|of)\s+)?[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ][\w.&-]*[”\"’]?,?"
    r"\s{1,2}\((?:[\w ]{0,20}\s)?[\"“<]?\Z"
)
NOT = re.compile(r"(?<!\w)(?:no|not|sin|sem|nao|without|but)\s{1,3}\Z")


class Role(Enum):
    """What the words before a target, or behind it, say of it."""

    BLOCK = auto()
    EXCEPT = auto()
    MENTION = auto()  # the court's own site, the site that is imitated, where it is published
    BACKGROUND = auto()  # the claimant's own site, where a copy was found; it says so of no other
    TOLD = auto()  # where visitors are told
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
    mentions: list[tuple[Target, Part]] = field(default_factory=list)


# What stands under these words is neither hit nor spared.
PARTS = {
    Role.NAME_SERVER: Part.ACTS,
    Role.CONTACT: Part.CONTACT,
    Role.MENTION: Part.MENTIONED,
    Role.TOLD: Part.MENTIONED,
    Role.BACKGROUND: Part.MENTIONED,
}


def sort(page: Page, finds: Finds, ordered: int = 0) -> Parts:
    """Return what of the finds is to be hit, what to be spared, and whom one can turn to.

    `ordered` is where the operative part begins. What is named only before it is a doubt, unless
    that part names nothing itself.
    """
    found = _with_subtrees(page, _with_names_beside(page, finds.targets), finds.doubts)
    cues = _Cues(page)
    parts = Parts(doubts=list(finds.doubts))
    letterheads = _letterheads(page, finds.mails)
    ungoverned: set[int] = set()  # where they begin
    scheduled = _Schedules(page)
    before: tuple[Target, Role | None] | None = None
    roles: dict[int, Role | None] = {}
    for one in found:
        role, start = cues.role(one)
        if role is None and before is not None and _is_the_next_item(page, before[0], one):
            role = before[1]
        role = _in_its_row(page, one) or role
        if role is None and scheduled.holds(one.start):
            role = Role.BLOCK
        if role is None and letterheads and _line(page, one.start, name_in(one)) in letterheads:
            role = Role.MENTION  # of whoever gives his e-mail address beside it
        acts = _is_an_actor(one)
        quiet = role is Role.TOLD or (role is None and acts)
        if role in (None, Role.BLOCK) and (acts or _stands_apart(page, one)):
            role = Role.MENTION
        roles[one.start] = Role.NAME_SERVER if acts else role
        if quiet:
            continue
        if not _is_in_brackets(page, one):
            before = one, role
        if role is None:
            ungoverned.add(one.start)
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
    # What no verb of blocking governs is a target only where none is governed.
    governed = any(o.start not in ungoverned and o.start >= ordered for o in parts.targets)
    left_out = [
        one
        for one in parts.targets
        if one.start in ungoverned
        and (governed or OFFICIAL.search(name_in(one)) or _is_in_brackets(page, one))
    ]
    gone = {one.start for one in left_out}
    parts.targets = [one for one in parts.targets if one.start not in gone]
    kept = {(one.kind, one.value) for one in parts.targets}
    parts.doubts += [(o.start, o.end) for o in left_out if (o.kind, o.value) not in kept]
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
    spared_now = {(one.kind, one.value) for one in parts.exceptions}
    for one in found:
        key = one.kind, one.value
        role = roles[one.start]
        part = PARTS.get(role, Part.UNSURE) if role else Part.UNSURE
        if key in meant:
            part = Part.TARGET
        elif key in spared_now:
            part = Part.EXCEPTION
        parts.mentions.append((one, part))
    return parts


class _Schedules:
    """The lists behind an order that it refers to: "listed in Schedule A"."""

    def __init__(self, page: Page) -> None:
        self._page = page
        named = [start for start, _ in phrases("term", "schedule").found_in(page.folded)]
        blocks = [start for start, _ in phrases("role", "block").found_in(page.folded)]
        headings = [start for start in named if page.begins_a_line(start)]
        told = [s for s in named if any(page.same_sentence(s, b) for b in blocks)]
        last = max((start for start in headings if told and start > told[0]), default=None)
        self._first = min((s for s in headings if last and s > told[0]), default=None)

    def holds(self, place: int) -> bool:
        """Say whether an item of such a list begins, or nearly so, at a place."""
        if self._first is None or place < self._first:
            return False
        first, _ = _line_of(self._page, place)
        return AN_ITEM.fullmatch(self._page.folded, first, place) is not None


def _is_in_brackets(page: Page, target: Target) -> bool:
    before = page.plain[max(0, target.start - 60) : target.start]
    return "(" in before.rpartition(")")[2]


def _is_an_actor(target: Target) -> bool:
    """Say whether a name is a registry's or an address a public resolver's: they act."""
    return name_in(target).removeprefix("www.") in words("names", "actors")


def _stands_apart(page: Page, target: Target) -> bool:
    """Say whether a name stands in brackets behind another's, or alone below a heading."""
    before = page.plain[max(0, target.start - 80) : target.start]
    if BEHIND_A_NAME.search(before):
        return True
    first, last = _line_of(page, target.start)
    if page.plain[first:last].strip(" ()<>") != page.plain[target.start : target.end]:
        return False
    above = page.plain[max(0, first - 200) : first].rstrip().rpartition("\n")[2].strip()
    return not above.strip("-_=*") or (above.isupper() and " " in above and above[-1] != ":")


def _is_the_next_item(page: Page, one: Target, other: Target) -> bool:
    """Say whether two targets stand in one list: "a) …; b) …", or one below the other."""
    if other.start - one.end > LONGEST_ITEM:
        return False
    gap = BRACKETS.sub(" ", page.folded[one.end : other.start])
    return NEXT_ITEM.fullmatch(gap) is not None


def _line_of(page: Page, place: int) -> Span:
    """Where the line of a place goes, as far as it is looked at."""
    least, most = max(0, place - LONGEST_LINE), min(len(page.plain), place + LONGEST_LINE)
    first, last = page.plain.rfind("\n", least, place), page.plain.find("\n", place, most)
    return least if first < 0 else first + 1, most if last < 0 else last


def _in_its_row(page: Page, target: Target) -> Role | None:
    """Return what a table says of a target: in its row, or above its column."""
    first, last = _line_of(page, target.start)
    cells = [(cell.start(), cell.group()) for cell in CELL.finditer(page.folded[first:last])]
    if len(cells) < 2 or last - first > LONGEST_LINE:
        return None
    own = [text for at, text in cells if at > target.start - first]
    if any(SPARED.fullmatch(text) for text in own):
        return Role.EXCEPT
    if any(HIT.fullmatch(text) for text in own):
        return Role.BLOCK
    place = first
    for _ in range(MOST_ROWS):
        if place <= 0:
            return None
        place, end = _line_of(page, place - 1)
        heads = [(cell.start(), cell.group()) for cell in CELL.finditer(page.folded[place:end])]
        if not any(TO_BLOCK.search(text) for _, text in heads) or len(heads) < 2:
            continue
        over = [text for at, text in heads if at <= target.start - first + 2]
        if not over or len(page.folded[place:end]) > LONGEST_LINE:
            return None
        if not TO_BLOCK.search(over[-1]):
            return Role.MENTION
        return Role.EXCEPT if NEGATED.search(over[-1]) else Role.BLOCK
    return None


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
                (Role.TOLD, "told"),
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
        self._hit = phrases("role", "block_after").found_in(folded)
        taken = sorted([(s, e) for s, e, role in found if role is not Role.TURN] + self._after)
        found += [
            (start, end, Role.BLOCK)
            for start, end in phrases("role", "block").found_in(folded)
            if not _overlaps(taken, start, end)
        ]
        self._cues = sorted(found, key=lambda cue: (cue[1], -cue[0]))
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
        for number in range(place, max(-1, place - MOST_CUES), -1):
            start, _, role = self._cues[number]
            if role is Role.TURN or not self._page.same_sentence(start, target.start):
                break
            if self._reaches(number, target):
                self._last = (number, target.end)
                return role, start
            if role is not Role.MENTION:
                break
        if self._is_spared(target):
            return Role.EXCEPT, target.start
        behind = bisect_left(self._hit, (target.end, target.end))
        if behind < len(self._hit) and self._page.same_sentence(target.start, self._hit[behind][0]):
            return Role.BLOCK, target.start
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
        if role in (Role.MENTION, Role.BACKGROUND) and NEW_ROW.search(
            self._page.plain, end, target.start
        ):
            return False
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
        between = bisect_right(self._ends, target.end)
        _, ends, role = self._cues[between] if between < len(self._ends) else (0, start + 1, None)
        if role is Role.EXCEPT and ends <= start:  # it says so of another
            return False
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
    for _, end in phrases("subtree", "lead").found_in(page.folded):
        number = bisect_left(starts, end)
        if number == len(starts) or not LEADS.fullmatch(page.folded, end, starts[number]):
            continue
        mark(number)
        while number + 1 < len(names) and _is_the_next_item(
            page, found[names[number]], found[names[number + 1]]
        ):
            number += 1
            mark(number)
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
