"""What each name, page and address of a text is there for: to be hit, to be spared, or neither."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from operator import itemgetter

from labsupport.inputs.number_words import numbers
from labsupport.orders.order import Span, Target, TargetKind, TargetPart
from labsupport.orders.reading import addresses, tables
from labsupport.orders.reading.finding import Finds
from labsupport.orders.reading.words import (
    BEYOND,
    DraftText,
    last_of,
    next_of,
    overlaps,
    phrases,
)
from labsupport.orders.targets import is_page, name_in, registered
from labsupport.orders.vocabulary import Expression, Expressions, vocabulary, words


class _Expressions(Expressions, part="roles"):
    """What a name is there for."""

    an_address = Expression()
    opening = Expression()
    inside = Expression()
    brackets = Expression()
    spaces = Expression()
    little = Expression()
    listed = Expression()
    leads = Expression()
    new_row = Expression()
    spared = Expression()
    yes = Expression()
    column = Expression()
    below = Expression()
    none = Expression()
    no = Expression()
    to_block = Expression()
    negated = Expression()
    an_item = Expression()
    official = Expression()
    next_item = Expression()
    behind_a_name = Expression()
    called = Expression()
    namely = Expression()
    of_it = Expression()
    aside = Expression()
    before_a_clause = Expression()
    from_it = Expression()
    at = Expression()
    no_block = Expression()
    denied = Expression()
    and_the = Expression()
    a_measure = Expression()
    some_day = Expression()
    and_more = Expression()
    head = Expression()
    beside = Expression()
    owner = Expression()
    which = Expression()


RE = _Expressions()

SHOWN = 60  # characters from a word for showing to the page that is shown
FARTHEST = (
    150  # characters from a word, or from the last target it was about, to the next one
)

MOST_CUES = 4  # before a target that are looked at
LONGEST_ITEM = 400  # characters from one target of a list to the next


class TargetRole(Enum):
    """What the words before a target, or behind it, say of it: words of the vocabulary."""

    BLOCK = "block"
    EXCEPT = "except"
    MENTION = "mention"  # the court's own site, the site that is imitated, where it is published
    BACKGROUND = (
        "background"  # the claimant's own site, where a copy was found; of no other
    )
    TOLD = "told"  # where visitors are told; whose an address is
    CONTACT = "contact"
    NAME_SERVER = "name_servers"  # what a domain is handed to
    TURN = "turn"  # "but": what was said before no longer holds


@dataclass
class Parts:
    """The targets by what they are there for; places are those in the plain form of the page.

    `contacts` are pages; `loose` are the targets that no verb of blocking governs.
    """

    targets: list[Target] = field(default_factory=list)
    exceptions: list[Target] = field(default_factory=list)
    contacts: list[Target] = field(default_factory=list)
    doubts: list[Span] = field(default_factory=list)
    mentions: list[tuple[Target, TargetPart]] = field(default_factory=list)
    loose: set[tuple[TargetKind, str]] = field(default_factory=set)

    def put(self, target: Target, role: TargetRole | None, start: int) -> None:
        """Keep a target by its role; `start` is where the words begin that give it."""
        if role is TargetRole.NAME_SERVER:
            self.doubts.append((target.start, target.end))
        elif role in (TargetRole.MENTION, TargetRole.BACKGROUND):
            self.doubts.append((start, target.end))
        elif role is TargetRole.EXCEPT:
            self.exceptions.append(target)
        elif role is not TargetRole.CONTACT:
            self.targets.append(target)
        elif target.kind is TargetKind.URL:
            self.contacts.append(target)


# What stands under these words is neither hit nor spared.
PARTS: Mapping[TargetRole | None, TargetPart] = {
    TargetRole.NAME_SERVER: TargetPart.ACTS,
    TargetRole.CONTACT: TargetPart.CONTACT,
    **dict.fromkeys(
        (TargetRole.MENTION, TargetRole.TOLD, TargetRole.BACKGROUND),
        TargetPart.MENTIONED,
    ),
}


def sort(page: DraftText, finds: Finds, ordered: int = 0) -> Parts:
    """Return what of the finds is to be hit, what to be spared, and whom one can turn to.

    `ordered` is where the operative part begins. What is named only before it is a doubt, unless
    that part names nothing itself.
    """
    parts = Parts(doubts=list(finds.doubts))
    every = _with_subtrees(page, _with_names_beside(page, finds.targets), parts.doubts)
    reader = _RoleReader(page, finds, every)
    roles: dict[int, TargetRole | None] = {}
    for target in every:
        role, start, quiet = reader.role(target)
        acts = _is_an_actor(target) and role is not TargetRole.BLOCK
        roles[target.start] = TargetRole.NAME_SERVER if acts else role
        if not quiet:
            parts.put(target, role, start)
    # What no verb of blocking governs is a target only where none is governed.
    ungoverned = {start for start, role in roles.items() if role is None}
    governed = any(
        o.start not in ungoverned and o.start >= ordered for o in parts.targets
    )
    loose = [one for one in parts.targets if one.start in ungoverned]
    parts.loose = {one.key for one in loose}
    _leave_out(parts, [one for one in loose if governed or _is_in_brackets(page, one)])
    _leave_out_recitals(page, parts, ordered, ungoverned)
    parts.targets = _with_all_below(
        page, _once(_without_hosts(page, parts.targets)), ordered
    )
    meant = {one.key for one in parts.targets}
    spared = _once(parts.exceptions)
    parts.exceptions = [one for one in spared if one.key not in meant]
    parts.doubts += [(one.start, one.end) for one in spared if one.key in meant]
    _doubt_accounts(page, finds.mails, parts)
    spared_now = {one.key for one in parts.exceptions}
    for target in every:
        if target.key in meant:
            part = TargetPart.TARGET
        elif target.key in spared_now:
            part = TargetPart.EXCEPTION
        else:
            # What is only told before the order orders nothing.
            recited = target.start < ordered and parts.targets
            unclear = TargetPart.MENTIONED if recited else TargetPart.UNSURE
            part = PARTS.get(roles[target.start], unclear)
        parts.mentions.append((target, part))
    return parts


def _doubt_accounts(page: DraftText, mails: Sequence[Target], parts: Parts) -> None:
    """Keep accounts that are to be closed as doubts."""
    accounts = page.found("role", "account")
    for mail in mails:
        before = bisect_right(accounts, (mail.start, mail.start)) - 1
        if before >= 0 and not page.plain[accounts[before][1] : mail.start].strip(
            " \n:"
        ):
            parts.doubts.append((mail.start, mail.end))


class _RoleReader:
    """What each find is there for, one after the other, by all that a text says of it."""

    def __init__(
        self, page: DraftText, finds: Finds, targets: Sequence[Target]
    ) -> None:
        self._page = page
        self._cues = _Cues(page, finds)
        governing = self._cues.governing()
        self._hits = [
            start for start, role in governing.items() if role is TargetRole.BLOCK
        ]
        self._scheduled, self._columns = (
            _schedules(page, governing),
            _columns(page, self._hits),
        )
        spans = [*((one.start, one.end) for one in targets), *finds.doubts]
        self._told_ends = sorted({end for _, end in spans})
        self._clauses = page.found("role", "relative")
        mails = [
            _line(page, one.start, one.value.rpartition("@")[2]) for one in finds.mails
        ]
        self._letterheads = {(line, domain) for line, domain in mails if domain}
        self._shown = _pages_shown(page)
        self._before: tuple[Target, TargetRole | None] | None = None

    def role(self, target: Target) -> tuple[TargetRole | None, int, bool]:
        """Return what a find is there for, where that is said, and whether it can be passed over.

        An item of a list is there for what the one before it is.
        """
        role, start = self._cues.role(target)
        if (
            role is None
            and self._before
            and _is_the_next_item(self._page, self._before[0], target)
        ):
            role = self._before[1]
        in_row = _in_its_row(self._page, self._columns, target)
        aside = role in (None, TargetRole.BLOCK) and self._told_of(target)
        if aside:
            role = TargetRole.MENTION
            start = target.start
        role = in_row or role
        aside = aside or in_row is TargetRole.MENTION
        above = [role for start, role in self._scheduled if start < target.start]
        listed = above[-1] if above and _is_an_item(self._page, target.start) else None
        role = role or listed
        if (
            role is None
            and _line(self._page, target.start, name_in(target)) in self._letterheads
        ):
            role = TargetRole.MENTION  # of whoever gives his e-mail address beside it
        hit = role is TargetRole.BLOCK and self._page.before(
            RE.an_address, target.start, 40
        )
        acts = _is_an_actor(target) and not hit
        quiet = role is TargetRole.TOLD or (role is None and acts)
        if acts or self._stands_apart(target, role, listed):
            role = TargetRole.MENTION
        if not (quiet or aside or _is_in_brackets(self._page, target)):
            self._before = target, role
        return role, start, quiet

    def _told_of(self, target: Target) -> bool:
        """Say whether a target stands in a clause that tells of another: "…, which imitates …"."""
        end = last_of(self._told_ends, target.start + 1)
        text = self._page.folded
        if end < 0 or not self._page.same_sentence(end - 1, target.start):
            return False
        clause = bisect_left(self._clauses, (end, end))
        first, last = (self._clauses[clause:] or [(len(text), len(text))])[0]
        return (
            last < target.start
            and RE.before_a_clause.fullmatch(text, end, first) is not None
            and not RE.new_row.search(text, last, target.start)
            and next_of(self._hits, end) >= target.start
        )

    def _stands_apart(
        self, target: Target, role: TargetRole | None, listed: TargetRole | None
    ) -> bool:
        """Say whether a find is an authority's, or of a page that is shown, or whose it is."""
        return role in (None, TargetRole.BLOCK) and bool(
            RE.official.search(name_in(target))
            or _is_of_a_page_shown(self._page, self._shown, target)
            or (listed is None and _stands_apart(self._page, target))
        )


def _without_hosts(page: DraftText, targets: list[Target]) -> list[Target]:
    """Leave out a site that is named right before those of its pages that are meant."""
    pages = [(name_in(one), one.start) for one in targets if is_page(one)]
    kept = []
    for target in targets:
        behind = [start for host, start in pages if host == target.value]
        near = [start for start in behind if 0 < start - target.end <= LONGEST_ITEM]
        of_pages = any(page.same_sentence(target.start, start) for start in near)
        if target.kind is not TargetKind.NAME or not of_pages:
            kept.append(target)
    return kept


def _schedules(
    page: DraftText, cues: Mapping[int, TargetRole]
) -> Sequence[tuple[int, TargetRole]]:
    """Where the lists begin that an order refers to ("in Schedule A"), and what it says of each."""
    named = [start for start, _ in page.found("term", "schedule")]
    headings = [start for start in named if page.begins_a_line(start)]
    places = list(cues)

    def first_of(start: int, last: int) -> TargetRole | None:
        one = next_of(places, start)
        return cues[one] if one < last else None

    def label(start: int) -> str:
        return " ".join(page.folded[start : start + 40].split()[:2]).strip(
            ".,;:()\"'“”"
        )

    roles = {}
    lists = sorted({*named} - {*headings})
    for number, start in enumerate(lists):
        first, last = page.sentence(start)
        before = last_of(places, start)
        behind = min([last, *lists[number + 1 : number + 2]])
        role = cues[before] if before >= first else None
        # the first one behind it, if not of the next
        role = role or first_of(start, behind)
        if role is not None:
            roles[start] = role
    role_of = {
        label(start): role for start, role in sorted(roles.items(), reverse=True)
    }
    first = min(roles, default=len(page.plain))
    return [
        (start, role or role_of.get(label(start), TargetRole.BLOCK))
        for start in headings
        if (role := first_of(start, tables.line(page.folded, start)[1]))
        or start > first
    ]


def share_a_row(page: DraftText, one: Target, other: Target) -> bool:
    """Say whether two targets stand in cells of the same row of a table."""
    first, last = tables.line(page.folded, one.start)
    return (
        first <= other.start < last and len(tables.cells(page.folded, first, last)) > 1
    )


def _is_an_item(page: DraftText, place: int) -> bool:
    """Say whether nothing but a number or a letter stands in the line before a place."""
    return (
        RE.an_item.fullmatch(page.folded, tables.line(page.folded, place)[0], place)
        is not None
    )


def _is_in_brackets(page: DraftText, target: Target) -> bool:
    before = page.plain[max(0, target.start - 60) : target.start]
    return "(" in before.rpartition(")")[2]


def _is_an_actor(target: Target) -> bool:
    """Say whether a name is a registry's or an address a public resolver's: they act."""
    return (name_in(target) or target.value).removeprefix("www.") in words(
        "names", "actors"
    )


def _stands_apart(page: DraftText, target: Target) -> bool:
    """Say whether a name stands in brackets behind another's, or alone below a heading."""
    before = page.plain[max(0, target.start - 80) : target.start]
    if RE.behind_a_name.search(before) or RE.owner.search(before.casefold()):
        return True
    first, last = tables.line(page.folded, target.start)
    if page.plain[first:last].strip(" ()<>") != page.plain[target.start : target.end]:
        return False
    above = page.plain[max(0, first - 200) : first].rstrip().rpartition("\n")[2].strip()
    return above.isupper() and " " in above


def _is_the_next_item(page: DraftText, first: Target, second: Target) -> bool:
    """Say whether two targets stand in one list: "a) …; b) …", or one below the other."""
    if second.start - first.end > LONGEST_ITEM:
        return False
    below = "\n\n" in page.folded[first.end : second.start]
    if (
        below
        and tables.row(page.folded, first.start)
        and not tables.row(page.folded, second.start)
    ):
        return False  # it stands below a table
    gap = RE.brackets.sub(" ", page.folded[first.end : second.start])
    return (RE.next_item.fullmatch(gap) or RE.listed.fullmatch(gap)) is not None


def _columns(page: DraftText, hits: Sequence[int]) -> set[str]:
    """Which columns of tables a text calls by their names: "what is in the column “IP”"."""
    found = RE.column.finditer(page.folded)
    return {one[1] for one in found if page.follows(hits, one.start())}


def _in_its_row(
    page: DraftText, columns: set[str], target: Target
) -> TargetRole | None:
    """Return what a table says of a target: in its row, or above its column."""
    row = tables.row(page.folded, target.start)
    if row is None:
        return None
    heads = row.above[-1] if row.above else ()
    meant = [head for head in heads if head.text in columns]
    if meant and row.over(target.start, heads) in meant:
        return TargetRole.BLOCK
    return _in_its_cells(row, target) or (TargetRole.MENTION if meant else None)


def _in_its_cells(row: tables.TableRow, target: Target) -> TargetRole | None:
    heads = row.above[-1] if row.above else ()
    if any(RE.head.match(one.text) for one in heads):
        head = row.over(target.start, heads)
        text = head.text if head else ""
        others = not RE.head.match(text) or RE.beside.search(text)
        if others and not RE.to_block.search(text):
            return TargetRole.MENTION
    own = [
        one.text
        for one in row.behind(target.start)
        if not RE.below.search(row.head(one))
    ]
    hit = phrases("role", "block")  # a cell may tell how: "bloquear en el DNS"
    for text in own:
        if RE.yes.fullmatch(text) or any(start == 0 for start, _ in hit.found_in(text)):
            return TargetRole.BLOCK
    if any(RE.spared.fullmatch(text) for text in own) or RE.no.fullmatch(
        own[-1] if own else ""
    ):
        return TargetRole.EXCEPT
    for heads in row.above:
        over = [one for one in heads if RE.to_block.search(one.text)]
        if not over:
            continue
        head = row.over(target.start, heads)
        if head is None or head not in over:
            return (
                None
                if any(RE.negated.search(one.text) for one in over)
                else TargetRole.MENTION
            )
        return TargetRole.EXCEPT if RE.negated.search(head.text) else TargetRole.BLOCK
    return None


def _says_all_below(page: DraftText, target: Target) -> bool:
    """Say whether a table tells that the names below a target are meant: in its cell or beside."""
    row = tables.row(page.folded, target.start)
    if row is None:
        return False
    beside = [
        one.text for one in row.behind(target.start) if RE.below.search(row.head(one))
    ]
    if beside:
        return not RE.none.match(beside[0])
    cells = [tables.cell(page.folded, row, target.start)]
    cells += [one.text for one in row.behind(target.start)]
    return any(phrases("subtree", "below").found_in(one) for one in cells)


def _leave_out_recitals(
    page: DraftText, parts: Parts, ordered: int, ungoverned: set[int]
) -> None:
    """Leave out what only the recitals name, unless the order names nothing itself.

    They may tell of what it has a name for: (the "Phishing Domains").
    """
    recited = [one for one in parts.targets if one.start < ordered]
    if len(recited) == len(parts.targets):
        matches = RE.called.finditer(page.folded, 0, ordered)
        ends = [
            one.start() for one in matches if page.folded.find(one[1], ordered) >= 0
        ]
        called = [(page.sentence(end)[0], end + 1) for end in ends]
        loose = [one for one in recited if called and one.start in ungoverned]
        recited = [one for one in loose if not overlaps(called, one.start)]
    _leave_out(parts, recited)


def _leave_out(parts: Parts, some: Sequence[Target]) -> None:
    """Make doubts of targets, but of those that are targets elsewhere."""
    gone = {one.start for one in some}
    parts.targets = [one for one in parts.targets if one.start not in gone]
    kept = {one.key for one in parts.targets}
    parts.doubts += [(one.start, one.end) for one in some if one.key not in kept]


class _Cues:
    """The words that say what the targets near them are there for."""

    def __init__(self, page: DraftText, finds: Finds) -> None:
        self._page = page
        folded = page.folded
        names = sorted((one.start, one.end) for one in [*finds.targets, *finds.mails])
        untouched = page.found("role", "untouched")
        # what is left alone are the addresses behind a name, and not the name
        untouched = [
            one for one in untouched if not addresses.stand_behind(page, one[1])
        ]
        self._after = [start for start, _ in untouched]
        cues = [(start, end, TargetRole.EXCEPT) for start, end in untouched]
        for role in TargetRole:
            if role is not TargetRole.BLOCK:
                cues += [(*span, role) for span in page.found("role", role.value)]
        heads = [
            one
            for one in page.found("role", "letterhead")
            if page.begins_a_line(one[0])
        ]
        cues += [(*one, TargetRole.MENTION) for one in heads]
        hits = page.found("role", "block")
        # as in "shall not return"
        denied = [hit for hit in hits if RE.negated.match(folded, hit[0])]
        cues = [
            c
            for c in cues
            if c[2] is not TargetRole.MENTION or not overlaps(denied, c[0])
        ]
        self._hit = [start for start, _ in page.found("role", "block_after")]
        spared = sorted(end for _, end, role in cues if role is TargetRole.EXCEPT)
        taken = sorted(
            [(s, e) for s, e, role in cues if role is not TargetRole.TURN] + untouched
        )
        hits = [one for one in hits if not page.before(RE.no_block, one[0], 6)]
        hits = [one for one in hits if not self._is_not_to_be(spared, one[0])]
        cues += [(*one, TargetRole.BLOCK) for one in hits if not overlaps(taken, *one)]
        cues = [cue for cue in cues if not overlaps(names, cue[0])]
        self._cues = sorted(cues, key=lambda cue: (cue[1], -cue[0]))
        self._ends = [end for _, end, _ in self._cues]
        turning = (TargetRole.TURN, TargetRole.BLOCK)
        self._turns = [end for _, end, role in self._cues if role in turning]
        self._again = [start for start, _ in page.found("role", "again")]
        self._lifted = [*_lifted(page)]
        # which cue the last target was under, where it ends
        self._last: tuple[int, int] = (
            -1,
            0,
        )

    def governing(self) -> Mapping[int, TargetRole]:
        """Return where words stand by which something is to be hit, or spared."""
        kinds = (TargetRole.BLOCK, TargetRole.EXCEPT)
        cues = sorted(self._cues, key=itemgetter(0))
        return {start: role for start, _, role in cues if role in kinds}

    def role(self, target: Target) -> tuple[TargetRole | None, int]:
        """Return what is said of a target, and where the words that say it begin."""
        spared, hit = (
            next_of(places, target.end) for places in (self._after, self._hit)
        )
        is_spared = spared < BEYOND and self._is_said_to_be_spared(target, spared)
        if is_spared or overlaps(self._lifted, target.start):
            return TargetRole.EXCEPT, target.start
        role, start = self._said_before(target)
        if role not in (None, TargetRole.MENTION, TargetRole.BACKGROUND):
            return role, start
        if spared < BEYOND and self._is_spared(target, spared):
            return TargetRole.EXCEPT, target.start
        if (
            role is None
            and hit < BEYOND
            and self._page.same_sentence(target.start, hit)
        ):
            return TargetRole.BLOCK, target.start
        return role, start

    def _is_not_to_be(self, spared: Sequence[int], hit: int) -> bool:
        """Say whether a block is what something is spared from: "a salvo del bloqueo"."""
        end = last_of(spared, hit)
        return (
            end >= 0 and RE.from_it.fullmatch(self._page.folded, end, hit) is not None
        )

    def _said_before(self, target: Target) -> tuple[TargetRole | None, int]:
        """Return what the words before a target say of it, and where they begin."""
        last = bisect_right(self._ends, target.start) - 1
        for number in range(last, max(-1, last - MOST_CUES), -1):
            start, _, role = self._cues[number]
            if role is TargetRole.TURN or not self._page.same_sentence(
                start, target.start
            ):
                break
            if self._heads_a_column(start, target.start) and (
                role is TargetRole.EXCEPT
                or (
                    role is not TargetRole.BLOCK
                    and tables.row(self._page.folded, target.start)
                )
            ):
                continue
            if role is not TargetRole.BLOCK and self._is_closed(start, target.start):
                continue
            if self._reaches(number, target):
                self._last = (number, target.end)
                return role, start
            if role is not TargetRole.MENTION:
                break
        return None, target.start

    def _heads_a_column(self, cue: int, place: int) -> bool:
        """Say whether words stand in a line of cells above a place."""
        first, last = tables.line(self._page.folded, cue)
        return last < place and len(tables.cells(self._page.folded, first, last)) > 1

    def _is_closed(self, cue: int, place: int) -> bool:
        """Say whether words stand in brackets that end before a place: they are of nothing else."""
        first, _ = self._page.sentence(cue)
        before = self._page.plain[first:cue]
        between = self._page.plain[cue:place]
        return before.rfind("(") > before.rfind(")") and ")" in between

    def _reaches(self, number: int, target: Target) -> bool:
        _, end, role = self._cues[number]
        if role is TargetRole.BLOCK:
            return True
        if role in (TargetRole.MENTION, TargetRole.BACKGROUND) and RE.new_row.search(
            self._page.plain, end, target.start
        ):
            return False
        last = self._last[1] if self._last[0] == number else end
        if role is TargetRole.TOLD and RE.namely.search(
            self._page.folded, end, target.start
        ):
            return False
        if role is TargetRole.BACKGROUND:
            gap = (
                self._page.folded[last : target.start]
                if target.start - last <= 40
                else "far"
            )
            if last > end:
                return RE.listed.fullmatch(gap) is not None
            return gap != "far"
        return target.start - last <= FARTHEST

    def _is_said_to_be_spared(self, target: Target, spared: int) -> bool:
        """Say whether "shall not be touched" is said of a target and of no other."""
        end = target.end
        cue = (
            self._cues[bisect_right(self._ends, target.start) - 1]
            if self._cues
            else None
        )
        free = cue is None or not self._page.same_sentence(cue[0], target.start)
        if free and (aside := RE.aside.match(self._page.folded, end, spared)):
            end = aside.end()
        return RE.of_it.fullmatch(self._page.folded, end, spared) is not None

    def _is_spared(self, target: Target, spared: int) -> bool:
        """Say whether the sentence says behind a target, at `spared`, that it is spared."""
        between = bisect_right(self._ends, target.end)
        for _, ends, role in self._cues[between : between + 1]:
            if role is TargetRole.EXCEPT and ends <= spared:  # it says so of another
                return False
        turned = next_of(self._turns, target.end + 1) <= spared
        if turned or self._page.same_sentence(target.start, spared):
            return not turned
        first = self._page.sentence(target.start)[1]
        last = self._page.sentence(spared)[0]
        # "It is not …", "Este sitio no …", "leave it"
        again = next_of(self._again, first)
        return (
            first == last
            and again < BEYOND
            and not self._page.folded[first:again].strip(" \n-–")
        )


def _lifted(page: DraftText) -> Iterator[Span]:
    """Yield where what was ordered earlier is lifted: "the block of … is revoked"."""
    for start, _ in page.found("role", "lift"):
        last = page.sentence(start)[1]
        more = RE.and_more.search(page.folded, start, last)
        yield start, more.start() if more else last
    for start, end in page.found("role", "lifted"):
        first = page.sentence(start)[0]
        for mark in RE.and_the.finditer(page.folded, first, start):
            first = mark.start()
        measure = RE.a_measure.search(page.folded, first, start)
        if measure and not RE.some_day.search(page.folded, first, start):
            yield first, end


def _pages_shown(page: DraftText) -> list[int]:
    """Where it is told of a page that visitors see, behind the word for showing it."""
    acts = page.found("notice_page", "show") + page.found("notice_page", "lead")
    shown = []
    for start, _ in page.found("notice_page", "page"):
        near = [end for _, end in acts if end <= start <= end + SHOWN]
        if any(page.same_sentence(end, start) for end in near):
            shown.append(start)
    return shown


def _is_of_a_page_shown(page: DraftText, shown: Sequence[int], target: Target) -> bool:
    """Say whether a page's address stands behind words for a page that visitors see."""
    named = _is_in_brackets(page, target) or page.before(RE.at, target.start, 6)
    if target.kind is not TargetKind.URL and not named:
        return False
    return page.follows(shown, target.start)


def _line(page: DraftText, place: int, name: str) -> tuple[int, str]:
    """Where the line of a place begins, and the registered domain of a name in it."""
    return tables.line(page.plain, place)[0], registered(name)[0]


def _with_names_beside(page: DraftText, targets: Sequence[Target]) -> list[Target]:
    """Note at each address in brackets which name it stands behind."""
    merged: list[Target] = []
    for target in targets:
        last = merged[-1] if merged else None
        if last is not None and target.kind in (TargetKind.ADDRESS, TargetKind.PREFIX):
            gap = (
                page.plain[last.end : target.start]
                if target.start - last.end <= 100
                else "()"
            )
            if last.kind in (TargetKind.NAME, TargetKind.URL) and RE.opening.fullmatch(
                gap
            ):
                beside = name_in(last)
            else:
                beside = last.beside if RE.inside.fullmatch(gap) else ""
            target = replace(target, beside=beside)
        merged.append(target)
    return merged


def _with_subtrees(
    page: DraftText, targets: list[Target], doubts: list[Span]
) -> list[Target]:
    """Note at each name whether the text means those below it too."""
    names = [one for one in targets if one.kind is TargetKind.NAME]
    starts = [one.start for one in names]
    marked = {number for number, one in enumerate(names) if _says_all_below(page, one)}
    for start, end in page.found("subtree", "below"):
        number = bisect_left(starts, start) - 1
        if page.before(RE.denied, start, 10):
            continue
        gap = (
            page.folded[names[number].end : start]
            if number >= 0
            else "far" * LONGEST_ITEM
        )
        if len(gap) > 250 or not RE.little.fullmatch(
            RE.spaces.sub(" ", RE.brackets.sub("", gap))
        ):
            marked |= _said_before(page, names, number + 1, end)
        elif which := RE.which.search(
            page.folded, start, min(end + 20, page.sentence(start)[1])
        ):
            marked |= {*_list(page, names, number, -1)[_chosen(which)]}
        else:
            marked.add(number)
            first = len(_list(page, names, number, -1)) - 1
            if phrases("subtree", "every").found_in(
                page.folded[names[number].end : end]
            ):
                marked.update(range(number - first, number))
            elif (
                first
                and "\n" not in page.plain[names[number - 1].end : names[number].start]
            ):
                doubts.append((start, end))  # of the last of the list, or of all?
    for _, end in page.found("subtree", "before"):
        number = bisect_left(starts, end)
        near = number < len(starts) and starts[number] - end <= 30
        if near and page.same_sentence(end, starts[number]):
            marked.add(number)
    meant = {starts[number] for number in marked}
    return [
        replace(one, subtree=True) if one.start in meant else one for one in targets
    ]


def _said_before(
    page: DraftText, names: Sequence[Target], number: int, end: int
) -> set[int]:
    """Which names stand in the list behind words for all below them, that end at `end`."""
    at = end
    for first in range(number, min(number + 2, len(names))):
        start = names[first].start
        if start - end <= FARTHEST and RE.leads.fullmatch(page.folded, at, start):
            return {*_list(page, names, first, 1)}
        at = names[first].end  # behind "by the page a-b.example:"
    return set()


def _list(
    page: DraftText, names: Sequence[Target], number: int, step: int
) -> list[int]:
    """Which names stand in a list from one of them on, or back to its first."""
    numbers = [number]
    while 0 <= number + step < len(names):
        upper, lower = sorted((number, number + step))
        if not _is_the_next_item(page, names[upper], names[lower]):
            break
        number += step
        numbers.append(number)
    return sorted(numbers)


def _chosen(which: re.Match[str]) -> slice:
    """Which of a list are meant."""
    count = numbers().get(which["before"]) or numbers().get(which["behind"] or "") or 1
    place = next(n for n, kind in enumerate(vocabulary()["ordinals"]) if which[kind])
    if which["last"]:
        return slice(-count, None)
    return slice(place, place + count)


def _with_all_below(
    page: DraftText, targets: list[Target], ordered: int
) -> list[Target]:
    """Note at each name what is said of all: "it covers the subdomains of each"."""
    said = page.found("subtree", "all")
    if not any(one.start >= ordered for one in targets):
        back = [start for start, _ in page.found("role", "back")]
        for start, end in page.found("subtree", "below"):
            before = [one for one in back if ordered <= one < start]
            if any(page.same_sentence(one, start) for one in before):
                said.append((start, end))
    said = [one for one in said if not page.before(RE.denied, one[0], 10)]
    meant = [
        start
        for start, end in said
        if not RE.which.search(page.folded, start, end + 20)
    ]
    last = max(meant, default=0)
    return [
        replace(one, subtree=True)
        if one.kind is TargetKind.NAME and one.start < last
        else one
        for one in targets
    ]


def _once(targets: Iterable[Target]) -> list[Target]:
    """Return each target once, as it stood first; the names below it count if they do once."""
    by_key: dict[tuple[TargetKind, str], Target] = {}
    for target in targets:
        first = by_key.setdefault(target.key, target)
        if target.subtree and not first.subtree:
            by_key[target.key] = replace(first, subtree=True)
    return list(by_key.values())
