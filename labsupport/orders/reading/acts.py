"""What is ordered, clause by clause: to block, to seize, to disclose, to lift.

The act comes before the names: what stands behind "conserve" is no target, however much it looks
like one. A clause has a verb, or a noun made of one ("el bloqueo de"), and what that is done to.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from labsupport.orders.order import Act, Span
from labsupport.orders.reading import tables
from labsupport.orders.reading.words import (
    DraftText,
    any_in,
    next_of,
    overlaps,
    phrases,
)
from labsupport.orders.techniques import Technique

VERBS = (
    "suspend",
    "remove",
    "delete",
    "deindex",
    "seize",
    "attach",
    "annotate",
    "freeze",
    "transfer",
    "redelegate",
    "delegate",
    "throttle",
    "disclose",
    "preserve",
    "lift",
    "modify",
    "keep",
    "pay",
    "close",
)
OBJECTS = (
    "measure",
    "bar",
    "apart",
    "same",
    "as_it_is",
    "app",
    "results",
    "data",
    "kept",
    "copies",
    "visitors",
    "payment",
    "account",
    "registry",
    "domain",
    "name",
    "access",
    "site",
    "servers",
)
BLOCK = "block"  # the verbs of blocking stand elsewhere in the vocabulary
UNKNOWN = "unknown"  # a command that none of the kinds has
REFUSED = "refuse"  # what follows is asked for, and not ordered

NEAR = 60  # characters between a verb and what decides its meaning
FAR = 240  # the same, for whose data are asked for
ORDERED = 140  # characters between a word that orders and the noun that it orders
RIGHT_BEHIND = 3  # characters between "and" and the verb that it joins
RIGHT_BEFORE = 12  # characters between a name and "shall continue"
MAY = 45  # characters before a verb in which a word may say that it is only possible

# "El bloqueo", "retirando", "lo retirado": no command by itself.
NOUN = re.compile(
    r"(?:bloqueos?|bloqueios?|suspens(?:ion(?:es)?|ao|oes)|retiros?|retirada|bajas?|filtrado"
    r"|filtragem|filtros?|congelam\w+|blocks|blocking|suspensions?|removal|(?:on )?hold"
    r"|\w+idade?s?)(?:\s.*)?"
)
NO_COMMAND = re.compile(
    NOUN.pattern
    + r"|\w+(?:ando|endo|indo|ing|ados?|adas?|idos?|idas?|ed)(?:-\w+)?(?:\s.*)?"
)
# Where what a verb governs may begin: at an item of a list, behind a sign, behind "and".
STRONG = re.compile(r"\n\s*(?:\(?\w{1,3}[.)º°]|[-–•*])(?=\s)|\n\s*\n|;")
CLAUSE = re.compile(
    r"[:,]|(?<!\w)(?:y|e|and|pero|mas|but|que|that|asi como|bem como)\s"
)
POINT = re.compile(
    r"(?:^|[.;:]\s+)\(?(?P<point>[0-9]{1,2}|[ivx]{1,5}|[a-h]|primero|segundo|tercero|cuarto"
    r"|quinto|sexto|septimo|primeiro|terceiro|quarto)(?:[.)º°]|\.?[ºo°]\.?|:)-?[ \t]",
    re.MULTILINE,
)


PARTICIPLE = re.compile(r"\w+(?:ados?|adas?|idos?|idas?|ed)(?:-\w+)?")
IS = re.compile(
    r"(?<!\w)(?:is|are|quedan?|es|son|ficam?|sao|e)\s(?:hereby\s|por\s\w+\s)?\Z"
)
FOR = re.compile(r"[(\[]\s?\Z|(?<!\w)(?:para|for)\s\Z")
LABEL = re.compile(r"(?<!\w)(?:com|con|with)\s\Z|[“\"«]\Z")
FORBIDDEN = re.compile(
    r"(?<!\w)(?:no|not|nao|never|nunca|neither|abst\w+(?:-se)?\sde|refrain\sfrom|restrained\sfrom)"
    r"\s(?:[\w-]+\s){0,2}\Z"
)
# "Ordenada por auto de": what was there before.
EARLIER = re.compile(
    r"(?<!\w)(?:(?:ordenad|decretad|dictad|dispuest|acordad|impuest|vigent|anterior|determinad|impost|deferid"
    r"|concedid|exist)\w*|imposed|granted|made|already|previous|earlier|(?:el|la|los|las|[oa]s?)\sd[aeo]l?\s)"
)
WHOSE = re.compile(r"(?<!\w)(?:cuy[oa]s?|cuj[oa]s?|whose)\s\w+[^.;]*\Z")
ARTICLE = re.compile(r"(?<!\w)(?:el|la|los|las|[oa]s?|the|an?)\s\Z")
DENIED = re.compile(
    r"(?<!\w)(?:abst\w+(?:-se)?\sde|refrain\sfrom|restrained\sfrom|no|not|ni|nor|neither|without|sin|sem|nao|nem|never|nunca|jamas|ningun[oa]?|nenhuma?|indef[ei]r\w*(?:-se)?|desestim\w*|dene[gi]\w*|se\sniega|rechaz\w*|reject\w*|refus\w*|no\sha\slugar\sa)[\s,]{1,40}"
    r"(?:(?!(?:y|e|and|but|pero|mas|que|shall|must)\s)[\w-]+\s{1,40}){0,8}\Z"
)


class Rule(NamedTuple):
    """An act, by a verb of some kinds and, where the verb alone does not tell, its object.

    With `near` the object stands within so many characters behind the verb, or right before it.
    """

    act: Act
    verbs: tuple[str, ...]
    objects: tuple[str, ...] = ()
    near: int = NEAR


ENDS_ACCESS = ("suspend", "remove", "delete", "close", BLOCK)
# The first that fits holds.
RULES = (
    Rule(Act.MODIFY, ("suspend",), ("apart",)),
    Rule(Act.LIFT, ("lift",)),
    Rule(Act.LIFT, ("remove", "delete"), ("bar",), 15),
    Rule(Act.MODIFY, ("modify",), ("measure",)),
    Rule(Act.KEEP, ("keep",), ("measure", "same", "as_it_is"), 60),
    Rule(Act.ANNOTATE, ("annotate",)),
    Rule(Act.ATTACH, ("attach",), ("domain", "name", "site"), 60),
    Rule(Act.FREEZE, ("freeze",)),
    Rule(Act.REDELEGATE, ("redelegate",)),
    Rule(Act.REDELEGATE, ("delegate",), ("servers",), 120),
    Rule(Act.TRANSFER, ("transfer",)),
    Rule(Act.SEIZE, ("seize",), ("domain", "name", "site"), 60),
    Rule(Act.DEINDEX, ("deindex",)),
    Rule(Act.DEINDEX, ("remove", "delete", BLOCK), ("results",), 160),
    Rule(Act.THROTTLE, ("throttle",)),
    Rule(Act.IDENTIFY, ("disclose",), ("visitors",), FAR),
    Rule(Act.PRESERVE, ("preserve",), ("data", "kept"), 90),
    Rule(Act.DISCLOSE, ("disclose",), ("data", "copies"), 90),
    Rule(Act.REMOVE_APP, ENDS_ACCESS, ("app",), 40),
    Rule(Act.STOP_PAYMENTS, ("pay",)),
    Rule(Act.STOP_PAYMENTS, ENDS_ACCESS, ("payment",), 40),
    Rule(Act.CLOSE_ACCOUNT, ENDS_ACCESS, ("account",), 25),
    Rule(Act.BLOCK, ("remove", "delete"), ("access",), 25),
    Rule(Act.DELETE, ("delete",), ("registry", "domain"), 40),
    Rule(Act.BLOCK, ("suspend",), ("site",), 40),
    Rule(Act.HOLD, ("suspend",)),
    Rule(Act.HOLD, ("remove",), ("registry", "domain"), 60),
    Rule(Act.REMOVE, ("remove", "delete")),
    Rule(Act.BLOCK, (BLOCK,)),
)
# A noun behind one of these is its object, and orders nothing itself: "levántese el bloqueo".
GOVERNING = frozenset({Act.LIFT, Act.MODIFY, Act.KEEP})
# Of these the object may stand before the verb.
PASSIVE = ("lift", "modify", "delegate", "keep", "delete", "attach", "seize")
ABSORBED = 70  # characters from such a verb to its object


@dataclass(frozen=True, slots=True)
class Clause:
    """What is ordered, and the passage of the text that it governs.

    `verb` is where the word stands that orders it, `kind` which of `VERBS` that is, and `commands`
    says whether that word is one that orders by itself ("bloquéese", not "el bloqueo"). `point` is
    the number of the paragraph it stands in. Without an act it is a command that is not
    understood.
    """

    act: Act | None
    kind: str
    verb: Span
    start: int
    end: int
    commands: bool = True
    point: str = ""


class _Cue(NamedTuple):
    start: int
    end: int
    kind: str
    formed: bool = False  # it has the form of a command


def read(
    page: DraftText,
    names: Sequence[Span] = (),
    ordered: int = 0,
    others: Sequence[Span] = (),
) -> list[Clause]:
    """Return the clauses of a page that order something, from the first to the last.

    No word within one of the `names`, which are sorted, is a verb. `ordered` is where the
    operative part begins: what is told before it orders nothing. The `others` are words that give
    a command by their form; those that no act is known for are clauses without one.

    >>> text = "Bloquéese a-b.example y consérvense los datos. Levántese el bloqueo."
    >>> page = DraftText.of(text)
    >>> [clause.act.value for clause in read(page)]
    ['block', 'preserve', 'lift']
    """
    cues = _with_unknown(page, _usable(page, names, ordered), names, others)
    objects: dict[str, list[Span]] = {}
    for name in OBJECTS:
        spans = page.found("acts", "object", name)
        objects[name] = [span for span in spans if not overlaps(names, span[0])]
    clauses: list[Clause] = []
    for number, cue in enumerate(cues):
        known = [clause for clause in clauses if clause.act]
        last = known[-1] if known else None
        behind = cues[number + 1].start if number + 1 < len(cues) else len(page.folded)
        act = None
        if cue.kind not in (UNKNOWN, REFUSED) and not _is_refused(page, cue, clauses):
            act = _ordered(page, cue, last, objects, behind)
            if act is Act.KEEP and not _is_kept(page, cue, names):
                act = None
        no_command = cue.kind != UNKNOWN or _is_no_command(page, cue)
        if act is None and cue.kind != REFUSED and no_command:
            continue
        start = _begins(page, cue, last, names, ordered)
        if last is not None and act in GOVERNING and _is_of(page, last, cue):
            start = last.start
            clauses.remove(last)
        if clauses:
            clauses[-1] = replace(clauses[-1], end=start)
        verb = (cue.start, cue.end)
        commands = _commands(page, cue)
        clauses.append(Clause(act, cue.kind, verb, start, len(page.folded), commands))
    return _with_points(page, clauses)


def _is_refused(page: DraftText, cue: _Cue, clauses: Sequence[Clause]) -> bool:
    """Whether a noun stands behind a word that refuses: "se desestima el bloqueo de"."""
    if not clauses or clauses[-1].kind != REFUSED:
        return False
    same = page.same_sentence(clauses[-1].verb[0], cue.start)
    noun = NO_COMMAND.fullmatch(page.folded, cue.start, cue.end) is not None
    return same and noun


def _is_kept(page: DraftText, cue: _Cue, names: Sequence[Span]) -> bool:
    """Whether an earlier measure is kept, and not told how long a new one lasts."""
    first, last = page.sentence(cue.start)
    starts = [start for start, _ in names]
    if any_in(starts, cue.end, last) or EARLIER.search(page.folded, cue.end, last):
        return True
    if overlaps(names, max(first, cue.start - RIGHT_BEFORE), cue.start):
        return True
    return page.before(WHOSE, cue.start, 2 * NEAR) is not None


def _is_no_command(page: DraftText, cue: _Cue) -> bool:
    """Whether what has the form of a command is only possible, or not to be done."""
    denied = page.before(DENIED, cue.start, 2 * MAY) is not None
    return denied or _is_only_possible(page, cue)


def _with_unknown(
    page: DraftText,
    cues: Sequence[_Cue],
    names: Sequence[Span],
    others: Sequence[Span],
) -> list[_Cue]:
    """Return the verbs that are known, and the commands that are not, as far as they may matter."""
    known = [(cue.start, cue.end) for cue in _cues(page)]
    for kind in ("nothing", "harmless", "about", REFUSED):
        known += page.found("acts", "verb", kind)
    known.sort()
    objects = sorted([*names, *page.found("acts", "object", "any")])
    starts = [start for start, _ in objects]
    refused = [_Cue(*span, REFUSED) for span in page.found("acts", "verb", REFUSED)]
    verbs = [cue.start for cue in cues]
    every = [cue._replace(formed=overlaps(others, cue.start, cue.end)) for cue in cues]
    for start, end in others:
        if overlaps(known, start, end) or overlaps(names, start, end):
            continue
        cue = _Cue(start, end, UNKNOWN, formed=True)
        last = min(page.sentence(start)[1], next_of(verbs, end), end + FAR)
        done_to_something = any_in(starts, end, last)
        if done_to_something and not _is_in_a_cell(page, cue):
            every.append(cue)
    for cue in refused:
        if any_in(starts, cue.end, page.sentence(cue.start)[1]):
            every.append(cue)
    return sorted(every)


def _usable(page: DraftText, names: Sequence[Span], ordered: int) -> list[_Cue]:
    """Verbs that may order something: not what is past, in a table, or part of a name."""
    cues = []
    for cue in _cues(page):
        past = page.plain[cue.end - 1] in "óÓ"  # "ordenó", "levantó"
        if not past and not overlaps(names, cue.start) and not _is_in_a_cell(page, cue):
            cues.append(cue)
    # "It is so ordered" may stand at the end.
    return [cue for cue in cues if cue.start >= ordered] or cues


def _ordered(
    page: DraftText,
    cue: _Cue,
    last: Clause | None,
    objects: dict[str, list[Span]],
    behind: int,
) -> Act | None:
    """Return what a verb orders here; None where it orders nothing."""
    if last is not None and (
        _is_the_object(page, last, cue) or _is_in_brackets(page, last, cue)
    ):
        return None
    act = _act(page, cue, objects, behind)
    if act is None or _is_only_possible(page, cue) or _only_tells(page, cue):
        return None
    if _is_denied(page, cue):
        a_noun = page.before(ARTICLE, cue.start, 5) is not None
        forbidden = not a_noun and page.before(FORBIDDEN, cue.start, MAY) is not None
        kept = forbidden and cue.kind in ("delete", "transfer")
        return Act.FREEZE if kept else None
    return act


def _cues(page: DraftText) -> list[_Cue]:
    """Verbs of all kinds; where one kind's words overlap another's, the longer ones count."""
    nothing = page.found("acts", "verb", "nothing")
    cues = []
    for kind in VERBS:
        cues += [_Cue(*span, kind) for span in page.found("acts", "verb", kind)]
    blocking = [("role", "block"), ("role", "block_after"), ("acts", "verb", BLOCK)]
    about = [start for start, _ in page.found("acts", "verb", "about")]
    for path in blocking:
        for start, end in page.found(*path):
            if start not in about:
                cues.append(_Cue(start, end, BLOCK))
    spared = page.found("role", "except")
    cues = [
        cue
        for cue in cues
        if not overlaps(nothing, cue.start, cue.end)
        and not (cue.kind == BLOCK and overlaps(spared, cue.start, cue.end))
    ]
    order = {kind: number for number, kind in enumerate((*VERBS, BLOCK))}
    cues += _by_technique(page, cues)
    cues.sort(key=lambda cue: (cue.start, order[cue.kind] == len(VERBS), -cue.end))
    kept: list[_Cue] = []
    for cue in cues:
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
        elif cue.kind != BLOCK and cue.end >= kept[-1].end and kept[-1].kind == BLOCK:
            kept[-1] = cue
    return kept


def _by_technique(page: DraftText, cues: Iterable[_Cue]) -> Iterator[_Cue]:
    """Yield ways of blocking, in sentences that have no verb: "a una ruta nula"."""
    ending = (BLOCK, "suspend", "remove", "delete")
    sentences = {page.sentence(cue.start) for cue in cues if cue.kind in ending}
    for path in ("technique", "effect"):
        for technique in Technique:
            for start, end in page.found(path, technique.value):
                if page.sentence(start) not in sentences:
                    yield _Cue(start, end, BLOCK)


def _is_in_a_cell(page: DraftText, cue: _Cue) -> bool:
    """Say whether a word stands in a table, or speaks of one: "marked with BLOCK"."""
    if page.before(LABEL, cue.start, 10):
        return True
    return page.plain.find("|", *tables.line(page.folded, cue.start)) >= 0


def _is_the_object(page: DraftText, clause: Clause, cue: _Cue) -> bool:
    """Say whether a word is what the verb before it is done to: "el levantamiento del bloqueo"."""
    if clause.act not in GOVERNING or cue.start - clause.verb[1] > ABSORBED:
        return False
    between = page.folded[clause.verb[1] : cue.start]
    if ":" in between or STRONG.search(between):
        return False
    if not page.same_sentence(clause.verb[0], cue.start):
        return False
    nouns = phrases("acts", "object", "measure")
    word = page.folded[cue.start : cue.end]
    return nouns.found_in(word)[:1] == [(0, len(word))]


def _is_of(page: DraftText, before: Clause, cue: _Cue) -> bool:
    """Say whether a verb is about the noun before it: "the block of … is revoked"."""
    word = page.folded[slice(*before.verb)]
    nouns = phrases("acts", "object", "measure").found_in(word)
    return nouns[:1] == [(0, len(word))] and page.same_sentence(
        before.verb[0], cue.start
    )


def _act(
    page: DraftText, cue: _Cue, objects: dict[str, list[Span]], behind: int
) -> Act | None:
    """Return what a verb orders; None where that is no act, as in "inform the court"."""
    first, last = page.sentence(cue.start)
    for rule in RULES:
        if cue.kind not in rule.verbs:
            continue
        if not rule.objects:
            return rule.act
        until = min(last, cue.end + rule.near)
        if rule.act is not Act.IDENTIFY:
            until = min(until, max(behind, cue.end) + 1)
        for name in rule.objects:
            if _any(objects[name], cue.start, until):
                return rule.act
            # "the block is maintained"
            before = max(first, cue.start - 2 * NEAR)
            lasts = rule.act is Act.KEEP and name == "measure"  # "it continues until"
            if (
                cue.kind in PASSIVE
                and not lasts
                and _any(objects[name], before, cue.start)
            ):
                return rule.act
    return None


def _any(spans: Sequence[Span], start: int, end: int) -> bool:
    """Say whether one of the spans, which are sorted, begins from `start` up to `end`."""
    number = bisect_right(spans, (start, 0))
    return number < len(spans) and spans[number][0] < end


def _is_only_possible(page: DraftText, cue: _Cue) -> bool:
    """Say whether a verb tells what may be asked or done later: "podrán pedir el levantamiento".

    What has the form of a command is one also on a condition: "once it is served, disclose".
    """
    first = max(page.sentence(cue.start)[0], cue.start - 2 * MAY)
    for start, _ in page.found("acts", "may", "court"):
        if first <= start < cue.start:
            return True
    if cue.kind in (BLOCK, "suspend", "remove"):
        return False
    first = max(first, cue.start - MAY)
    words = page.found("acts", "may", "words")
    if cue.formed:
        words = page.found("acts", "may", "modals")
    return any(first <= start < cue.start for start, _ in words)


def _commands(page: DraftText, cue: _Cue) -> bool:
    """Say whether a word orders by itself, or is a noun behind one that does."""
    if NO_COMMAND.fullmatch(page.folded, cue.start, cue.end) is None:
        return True
    if NOUN.fullmatch(page.folded, cue.start, cue.end) is None:
        return False
    first = max(page.sentence(cue.start)[0], cue.start - ORDERED)
    orders = page.found("executors", "orders")
    return any(first <= start < cue.start for start, _ in orders)


def _only_tells(page: DraftText, cue: _Cue) -> bool:
    """Say whether a word tells of something that is so: "the servers furnished to subscribers"."""
    if cue.kind not in ("disclose", "preserve", "lift", "keep"):
        return False
    participle = PARTICIPLE.fullmatch(page.folded, cue.start, cue.end) is not None
    if participle and page.before(IS, cue.start, 20):
        return False
    return participle or page.before(FOR, cue.start, 12) is not None


def _is_denied(page: DraftText, cue: _Cue) -> bool:
    """Say whether a verb is what is not to be done: "no route is to be withdrawn".

    Where it is a verb of blocking, the names behind it tell what is meant.
    """
    if cue.kind in (BLOCK, "freeze"):
        return False
    return page.before(DENIED, cue.start, 2 * MAY) is not None


def _is_in_brackets(page: DraftText, last: Clause, cue: _Cue) -> bool:
    """Say whether a word only explains the verb before it: "block (clientHold)"."""
    between = page.folded[last.verb[1] : cue.start]
    return between.endswith("(") and page.same_sentence(last.verb[0], cue.start)


def _begins(
    page: DraftText,
    cue: _Cue,
    last: Clause | None,
    names: Sequence[Span],
    ordered: int,
) -> int:
    """Return where the clause of a verb begins: whoever acts stands before it.

    That is at an item of a list or behind a semicolon; else at the first "and" behind the last
    name that the verb before it governs; else at the last "and".
    """
    first = max(page.sentence(cue.start)[0], ordered)
    if last is None or last.verb[1] <= first:
        return first
    strong = STRONG.finditer(page.folded, last.verb[1], cue.start)
    if starts := [mark.end() for mark in strong]:
        return starts[-1]
    named = [end for start, end in names if last.verb[1] <= start < cue.start]
    marks = CLAUSE.finditer(page.folded, max([last.verb[1], *named]), cue.start)
    starts = [mark.end() for mark in marks]
    if not starts:
        return cue.start
    right_behind = cue.start - starts[-1] <= RIGHT_BEHIND  # "…, y a transferir"
    return starts[0] if named and not right_behind else starts[-1]


def _with_points(page: DraftText, clauses: Iterable[Clause]) -> list[Clause]:
    """Note under which number each clause stands."""
    points = [(one.start("point"), one["point"]) for one in POINT.finditer(page.folded)]
    starts = [start for start, _ in points]
    noted = []
    for clause in clauses:
        number = bisect_right(starts, clause.verb[0]) - 1
        point = points[number][1] if number >= 0 else ""
        noted.append(replace(clause, point=point))
    return noted
