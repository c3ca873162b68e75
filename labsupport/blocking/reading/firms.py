"""Firms that a text names with their legal form, and those who stand behind "the Defendants"."""

from __future__ import annotations

import re
from bisect import bisect_left

from labsupport.blocking.order import Span
from labsupport.blocking.reading.words import Page, phrases, stems

FORM = (
    r"(?:S\.(?:\s?[A-Z]\.|\s{1,9}(?i:de)\s{1,9}[A-Z]\.){1,7}|E\.\s?I\.\s?R\.\s?L\.|S\.p\.A\.|C\.\s?A\."
    r"|L\.\s?L\.\s?[CP]\.|P\.\s?L\.\s?C\.|E\.\s?P\.|(?i:lt[ée]e)"
    r"|[BN]\.\s?V\.|R\.\s?L\.|S/A|EIRELI|ME|EPP|S\.?A|S(?:RL|AS|AC|AA|AU|AE|AB|LU|L)|EP|SpA|SPA|GmbH"
    r"|(?i:c[ií]a\.\s{1,9})?(?i:ltda|lda|eireli|inc|corp|plc|llc|llp|dac)\.?"
    r"|(?i:(?:pty|pvt|pte|private)\.?\s)?(?i:ltd\.?|limited)|(?i:limitada|incorporated|corporation)"
    r"|(?i:designated\sactivity\scompany|sociedade?\san[oóô]nima))(?!\w)(?:\sE\.S\.P\.)?"
)
# No name of a firm goes through a word for a party.
NO_NAME = (
    r"(?:(?i:defendants?|claimants?|plaintiffs?|applicants?|respondents?|between|senhor\w*"
    r"|se[ñn]or\w*|que|first|second|third)|AND|E|Y)(?![\w-])"
)
WORD = rf"(?!{NO_NAME})[A-ZÀ-ÖØ-Þ][\w&'’+/-]*"
IN_BRACKETS = r"\([A-ZÀ-ÖØ-Þ][\w&.’' ]{1,30}\)"
SMALL = r"(?:de|del|da|do|das|dos|la|las|los|el|en|y|e|of|and|the|for|por|para|&|–|-|\.\w+)"
GAP = r"(?:[ \t]{1,40}(?:\n[ \t]{0,40})?|\n[ \t]{0,40})"  # no empty line
FIRM = re.compile(
    rf"(?<![\w.@/-])(?!(?:À|ÀS|A|AL|AO|TO|QUE)\s){WORD}"
    rf"(?:{GAP}(?:{SMALL}{GAP}){{0,2}}{WORD}|\s(?:AND|OF|Y|E)\s{WORD}|{GAP}{IN_BRACKETS}){{0,9}}?"
    rf"(?:,|\sT\+,|,?\s{{1,9}}(?i:unipessoal),?)?{GAP}{FORM}"
)
BLOCK = 600  # characters between a party's name and what it is called behind it
NEAR = 80  # characters between "Defendant No. 5" and the name behind it
NUMBERS = re.compile(r"(?<![0-9])[0-9]{1,2}(?![0-9])")
FIRST, LAST = re.compile(r"[^.;:]{0,24}\Z"), re.compile(r"\s?(?:nos?\.?)?[\s0-9,and&to]{0,12}")


def find(page: Page) -> list[Span]:
    """Return where firms stand that are named with their legal form.

    >>> page = Page.of("que CLARO S.A., Red del Bajío, S. de R.L. de C.V. y Oi S/A bloqueen")
    >>> [page.written(*span) for span in find(page)]
    ['CLARO S.A.', 'Red del Bajío, S. de R.L. de C.V.', 'Oi S/A']
    """
    return [found.span() for found in FIRM.finditer(page.plain)]


def respondents(page: Page, firms: list[Span], ordered: int) -> list[Span]:
    """Return the firms that stand behind words as "each of the Defendants" in what is ordered.

    The heading tells who they are, before `ordered` or beside the word itself.
    """
    parties = phrases("parties", "respondents").found_in(page.folded)
    others = phrases("parties", "claimants").found_in(page.folded)
    acting = [span for span in parties if span[0] >= ordered and acts(page, *span)]
    if not acting:
        return []
    wanted = set().union(*(_numbers(page, *span) for span in acting))
    found: set[Span] = set()
    for start, end in parties:
        numbers = _numbers(page, start, end)
        if wanted and numbers and not wanted & numbers:
            continue
        rest = bisect_left(firms, (end, end))
        if listed := COLON.match(page.folded, end):  # "Parte demandada: A, S.A.; B, S.L."
            stop = min([listed.end(), *(one for one, _ in others if end < one < listed.end())])
            found.update(one for one in firms[rest : rest + 50] if one[1] <= stop)
            continue
        if start < acting[0][0]:
            ends = [0, start - BLOCK, *(last for _, last in [*parties, *others] if last <= start)]
            found.update(one for one in firms[:rest] if max(ends) <= one[0] and one[1] <= start)
        at, last = end, page.sentence(end)[1]
        for one in firms[rest : rest + 50]:
            near = 3 if start >= acting[0][0] and at == end else NEAR
            if one[0] - at > near or one[1] > last:
                break
            found.add(one)
            at = one[1]
    for listed in SCHEDULE.finditer(page.plain):  # "named in Schedule A"
        found.update(one for one in firms if listed.start(1) <= one[0] and one[1] <= listed.end(1))
    if not found:
        found.update(_sued(page, firms, ordered))
    return sorted([*found, *_before_them(page, found, ordered)])


def _sued(page: Page, firms: list[Span], ordered: int) -> list[Span]:
    """Return the firms that the recitals name behind a word like "against"."""
    found = []
    for against in AGAINST.finditer(page.folded, 0, ordered):
        at = against.end()
        for one in firms[bisect_left(firms, (at, at)) :]:
            if not BETWEEN.fullmatch(page.folded, at, one[0]):
                break
            found.append(one)
            at = one[1]
    return found


def _before_them(page: Page, firms: set[Span], ordered: int) -> list[Span]:
    """Return those without a legal form whom a heading names right before a firm."""
    found = (IN_CAPITALS.search(page.plain, max(0, at - 80), at) for at, _ in firms if at < ordered)
    return [one.span(1) for one in found if one]


def acts(page: Page, start: int, end: int) -> bool:
    """Say whether a party is ordered to do something: "the Defendants shall"."""
    before, behind = page.folded[max(0, start - 30) : start], page.folded[end : end + 250]
    return bool(TO_THEM.search(before) or stems("act", DUTY).match(behind))


AGAINST = re.compile(
    r"(?<!\w)(?:frente a|contra|em face d[aeo]s?|against)\s{1,9}(?:(?:el|l[ao]s?|[ao]s?)\s)?"
)
BETWEEN = re.compile(r"[\s,;]{0,9}(?:(?:y|e|and)\s{1,40})?(?:(?:a|contra|against)\s)?")
IN_CAPITALS = re.compile(r"\n[ \t]*((?:[A-ZÀ-Þ&]{2,} ){0,4}[A-ZÀ-Þ&]{2,}),\s{1,40}\Z")
# A list of nothing but firms: each line ends as a firm's name does.
SCHEDULE = re.compile(
    r"(?m)^[ \t]*(?:SCHEDULE|ANNEX|APPENDIX|ANEXO|Schedule|Annex|Appendix|Anexo)\b"
    r"[^\n]{0,80}\n\s{0,40}"
    rf"((?:[^\n]{{1,120}}{FORM}[;,.]?[ \t]*\n){{1,30}})[ \t]*(?:\n|\Z)"
)
COLON = re.compile(r"\s{0,3}:(?:[^\n]|\n(?![ \t]*\n)){0,400}")
TO_THEM = re.compile(
    r"(?:(?:orden|requi?er|determin|intim|cada una|each of)\w*(?:-se)?"
    r"\s(?:a|de|the)?\s?(?:l[ao]s\s)?(?:\w{3,6}\s)?|\bas\s)\Z"
)
DUTY = (
    r"(?:\snos?\.)?(?:[^.;:]|[.:](?=[\w:])){0,150}?\b(?:(?:shall|must|will)(?!\sbe\b|\shave\b(?!\s(?:taken|done)\b))|deber\w+|dever\w+|devem"
    r"|(?:is|are)\s(?:hereby\s)?(?:directed|ordered|required|commanded|to(?!\sbe\b))"
    r"|(?:bloquea|configura|corta|deja|filtra|impedi|interrumpi|suspende)r\w+"
    r"|do(?:\seach|\sforthwith)?(?:,[^.;:]{1,100},)?\s{1,40}(?:{}))\b"
)


def _numbers(page: Page, start: int, end: int) -> set[str]:
    """Which of several a party is: "the 2nd and 3rd Defendants", "Defendant Nos. 6 and 7"."""
    before = FIRST.search(page.folded, max(0, start - 24), start)
    behind = LAST.match(page.folded, end)
    text = f"{before[0] if before else ''} {behind[0] if behind else ''}"
    for number, word in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), 1):
        text = text.replace(word, str(number))
    return set(NUMBERS.findall(text))
