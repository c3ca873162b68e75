"""How well single sentences are read: the public corpus, and the counting of its cells.

The pieces in tests/samples/orders/sentences are invented; brief.md there says what is expected. A
cell is a field of one measure. It is *right*, it is *asked* where the reader shows a doubt on it
(whether what it proposes is right or not), and else it is *wrong*: wrong without a doubt shown.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from labsupport.orders.context import aware
from labsupport.orders.order import Cell, Doubt, Measure, Order, Target, TargetPart
from labsupport.orders.reading import read_order
from labsupport.orders.techniques import Technique
from tests.drafts import DAYS, FOLDER, ZONES, _alike, _bare, _folded, _plain, _written

CELLS = (
    "act",
    "targets",
    "addresses",
    "technique",
    "executors",
    "exceptions",
    "start",
    "end",
)
"""What is compared of a measure, one by one."""

# By the doubt on which a cell is asked.
ASKED_BY = {
    "act": {Cell.ACT},
    "targets": {Cell.TARGETS},
    "addresses": {Cell.ADDRESSES},
    "technique": {Cell.TECHNIQUE},
    "executors": {Cell.EXECUTORS},
    "exceptions": {Cell.TARGETS},
    "start": {Cell.START, Cell.ZONE},
    "end": {Cell.END, Cell.ZONE},
}

Piece = dict[str, Any]


@dataclass
class Shares:
    """Cells counted over some pieces; `notes` says what was wrong, and where."""

    pieces: int = 0
    pieces_right: int = 0
    pieces_wrong: int = 0
    right: int = 0
    asked: int = 0
    wrong: int = 0
    questions: int = 0
    by_cell: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells were compared."""
        return self.right + self.asked + self.wrong

    def add(self, name: str, verdict: str) -> None:
        """Count one cell as "right", "asked" or "wrong"."""
        setattr(self, verdict, getattr(self, verdict) + 1)
        self.by_cell[f"{name} {verdict}"] += 1

    def __str__(self) -> str:
        def share(number: int, of: int) -> str:
            return f"{number / max(of, 1):.1%}"

        return (
            f"{self.pieces} pieces, {self.cells} cells: right {share(self.right, self.cells)}, "
            f"wrong without a doubt shown {share(self.wrong, self.cells)}, "
            f"asked back {share(self.asked, self.cells)}; pieces with nothing wrong or asked "
            f"{self.pieces_right}, with something wrong unasked {self.pieces_wrong}; "
            f"{self.questions / max(self.pieces, 1):.2f} questions a piece"
        )


def corpus(*names: str) -> list[Piece]:
    """Return the pieces of some files of the corpus, of all where none is named."""
    folder = FOLDER / "sentences"
    paths = [folder / name for name in names] or sorted(folder.glob("*.yaml"))
    pieces: list[Piece] = []
    for path in paths:
        pieces.extend(yaml.safe_load(path.read_text()))
    return pieces


def count(pieces: list[Piece]) -> Shares:
    """Read pieces and count their cells."""
    shares = Shares()
    for piece in pieces:
        _Compared(piece, read_order(piece["text"]), shares).count()
    return shares


class _Compared:
    """One piece against what was read of it."""

    def __init__(self, piece: Piece, order: Order, shares: Shares) -> None:
        self.piece, self.order, self.shares = piece, order, shares
        self.doubts = order.doubts
        self.unsure = {
            _bare(_written(mention.target))
            for mention in order.mentions
            if mention.part is TargetPart.UNSURE
        }
        self.verdicts: Counter[str] = Counter()

    def count(self) -> None:
        wanted = list(self.piece.get("measures") or [])
        pairs, missing, invented = _paired(wanted, list(self.order.measures))
        for expected, number in pairs:
            self._compare(expected, number)
        for expected in missing:
            verdict = "asked" if self._asked_of_missing(expected) else "wrong"
            self._add("measure", verdict, f"missing {expected}")
        for number in invented:
            measure = self.order.measures[number]
            mine = {doubt.cell for doubt in self.doubts if doubt.measure == number}
            asked = mine & {Cell.ACT, Cell.TARGETS, Cell.PASSAGE}
            note = f"invented {measure.act.value} {_values(measure.targets)}"
            self._add("measure", "asked" if asked else "wrong", note)
        for name in ("annex", "open_list"):
            expected, found = bool(self.piece.get(name)), getattr(self.order, name)
            right = expected == bool(found)
            asked = any(doubt.cell is Cell.PASSAGE for doubt in self.doubts)
            verdict = "right" if right else "asked" if asked else "wrong"
            self._add(name, verdict, f"{expected}, not {found!r}")
        self.shares.pieces += 1
        self.shares.questions += len(self.doubts)
        self.shares.pieces_wrong += bool(self.verdicts["wrong"])
        only_right = not self.verdicts["wrong"] and not self.verdicts["asked"]
        self.shares.pieces_right += only_right

    def _add(self, name: str, verdict: str, note: str) -> None:
        self.shares.add(name, verdict)
        self.verdicts[verdict] += 1
        if verdict == "wrong":
            self.shares.notes.append(f"{self.piece['id']} {name}: {note}")

    def _compare(self, expected: dict[str, Any], number: int) -> None:
        measure = self.order.measures[number]
        open_cells = {
            doubt.cell for doubt in self.doubts if doubt.measure in (number, None)
        }
        for name in CELLS:
            want, got = _cell(name, expected, measure)
            want = self._allowed(name, expected, want, got)
            if name == "act" and want == "block" and measure.technique is Technique.CDN:
                want = got  # a network that delivers content takes it down: the same
            asked = bool(ASKED_BY[name] & open_cells)
            if name in ("targets", "exceptions"):
                asked = self._asked_of_targets(want, got, number)
            verdict = "asked" if asked else "wrong"
            if not asked and _same(name, want, got):
                verdict = "right"
            self._add(name, verdict, f"{want!r}, not {got!r}")

    def _allowed(self, name: str, expected: dict[str, Any], want: Any, got: Any) -> Any:
        """Return what else is right: pieces do not always say which of two things it is.

        What is not to be touched may stand among what is no target, and an app's package may be
        called its target. Nothing but an address is blocked by address.
        """
        others = {_unschemed(str(one)) for one in self.piece.get("not_targets") or ()}
        if name == "exceptions" and want <= got and got - want <= others:
            return got
        if name == "end" and want[2] and "endless" in self.order.where:
            return [*want[:2], got[2]]  # "until further notice": told, and no end
        if name == "targets" and expected["act"] == "remove app":
            return got if got - want <= others else want
        targets = expected.get("targets") or ()
        if name == "technique" and want is None and got == "address" and targets:
            numbers = all(re.fullmatch(r"[0-9a-f:./]+", str(one)) for one in targets)
            return got if numbers else want
        return want

    def _asked_of_targets(self, want: set[str], got: set[str], number: int) -> bool:
        """Whether a doubt is shown on the targets of a measure, or on those that differ."""
        for doubt in self.doubts:
            if doubt.cell is Cell.TARGETS and doubt.measure == number:
                return True
        differ = {_bare(one) for one in want ^ got}
        return bool(differ) and differ <= self.unsure

    def _asked_of_missing(self, expected: dict[str, Any]) -> bool:
        """Whether a doubt stands where a measure that was not read would be."""
        targets = {_bare(str(one)) for one in expected.get("targets") or ()}
        if targets & self.unsure:
            return True
        near = [
            mention.sentence
            for mention in self.order.mentions
            if _bare(_written(mention.target)) in targets
        ]
        return any(self._touches(doubt, near) for doubt in self.doubts)

    def _touches(self, doubt: Doubt, sentences: list[str]) -> bool:
        if doubt.cell not in (Cell.PASSAGE, Cell.ACT):
            return False
        words = self.piece["text"][doubt.start : doubt.end]
        return not sentences or any(words in sentence for sentence in sentences)


def _paired(
    wanted: list[dict[str, Any]], read: list[Measure]
) -> tuple[list[tuple[dict[str, Any], int]], list[dict[str, Any]], list[int]]:
    """Pair what is expected with what was read, the likest first."""
    scores = []
    for first, expected in enumerate(wanted):
        for second, measure in enumerate(read):
            score = _likeness(expected, measure)
            if score:
                scores.append((-score, abs(first - second), first, second))
    pairs, firsts, seconds = [], set(), set()
    for _, _, first, second in sorted(scores):
        if first not in firsts and second not in seconds:
            pairs.append((first, second))
            firsts.add(first)
            seconds.add(second)
    missing = [one for place, one in enumerate(wanted) if place not in firsts]
    invented = [place for place in range(len(read)) if place not in seconds]
    return [(wanted[first], second) for first, second in pairs], missing, invented


def _likeness(expected: dict[str, Any], measure: Measure) -> int:
    targets = {_bare(str(one)) for one in expected.get("targets") or ()}
    shared = targets & {_bare(one) for one in _values(measure.targets)}
    same_act = expected["act"] == measure.act.value
    if not same_act and not shared:
        return 0
    want, got = _cell("executors", expected, measure)
    return 4 * same_act + 2 * len(shared) + 2 * bool(_same("executors", want, got))


def _values(targets: tuple[Target, ...]) -> set[str]:
    return {_unschemed(_written(target)) for target in targets}


def _unschemed(name: str) -> str:
    """A page or site without "https://", which pieces write or leave out."""
    return re.sub(r"^https?://", "", _plain(name)).rstrip("/")


def _cell(name: str, expected: dict[str, Any], measure: Measure) -> tuple[Any, Any]:
    """Return what a cell should be and what it is, in forms that can be compared."""
    if name == "act":
        return expected["act"], measure.act.value
    if name in ("targets", "exceptions"):
        want = {_unschemed(str(one)) for one in expected.get(name) or ()}
        return want, _values(getattr(measure, name))
    if name == "addresses":
        return bool(expected.get("with_addresses")), measure.with_addresses
    if name == "technique":
        technique = measure.technique
        return expected.get("technique"), technique.value if technique else None
    if name == "executors":
        want = [_folded(one) for one in expected.get("executors") or ()]
        return want, [_folded(one) for one in measure.executors]
    if name == "start":
        return expected.get("start"), measure.start
    want = [expected.get(key) for key in ("end", "lasts", "end_event")]
    return want, [measure.end, measure.lasts, measure.end_event]


def _same(name: str, want: Any, got: Any) -> bool:
    if name == "executors":
        every = all(any(_alike(one, other) for other in got) for one in want)
        return every and all(any(_alike(one, other) for other in want) for one in got)
    if name == "start":
        return _same_moment(want, got)
    if name == "end":
        end, lasts, event = want
        read_end, read_lasts, read_event = got
        if end is not None and read_end is not None:
            return _same_moment(end, read_end)
        if lasts is not None and read_lasts is not None:
            return _same_period(lasts, read_lasts)
        if end is not None or lasts is not None:
            return False
        nothing = read_end is None and read_lasts is None
        return nothing and bool(event) == bool(read_event)
    return bool(want == got)


def _same_moment(want: Any, got: datetime | None) -> bool:
    if want is None or got is None:
        return want is None and got is None
    moment = datetime.fromisoformat(str(want))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # A day alone may be read in the zone of its country.
    by_day = (moment.hour, moment.minute) in ((0, 0), (23, 59))
    read = aware(got)
    return read is not None and abs(read - moment) <= (ZONES if by_day else timedelta())


def _same_period(want: str, got: timedelta) -> bool:
    number, unit = str(want).split()
    days = int(number) * DAYS[unit.rstrip("s")]
    return abs(got / timedelta(days=1) - days) <= 0.03 * days


if __name__ == "__main__":
    import sys

    counted = count(corpus(*sys.argv[1:]))
    print("\n".join(counted.notes))
    print(dict(sorted(counted.by_cell.items())))
    print(counted)
