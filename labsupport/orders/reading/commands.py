"""Every word that gives a command by its form, whether or not what it orders is known.

The acts that are known never end the list of what a judge may order. A form does: "inscríbase",
"deberán retirar", "shall hand over", "determino a averbação". What has such a form and means
nothing that is known is not understood, and is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labsupport.orders.order import Span
from labsupport.orders.reading.words import DraftText, last_of

# "Inscríbase", "líbrense", "póngaselo": the accent tells them from "clase" and "interese".
ENCLITIC_ES = re.compile(
    r"(?<![\w-])(?=\w*[áéíóúÁÉÍÓÚ])\w{2,}(?i:[ae]n?se)(?:l[aeo]s?)?(?![\w-])"
    r"|(?<![\w-])(?!CLASE|BASE|FASE|FRASE|ENVASE)[A-ZÑ]{4,}[AE]N?SE(?![\w-])"
)
# "Averbe-se", "expeçam-se".
ENCLITIC_PT = re.compile(r"(?<![\w-])\w{2,}(?i:[ae]m?-se)(?![\w-])")
# "Inscribirá", "inscreverão".
FUTURE = re.compile(r"(?<![\w-])(?i:\w{2,}(?:[aei]rán?|[aei]rão))(?![\w-])")
# "Deberá(n), en 24 horas, inscribir": the first infinitive behind it, and those joined to it.
DUTY = re.compile(
    r"(?<!\w)(?:deber(?:a|an|ao)|deben?|dev(?:e|em)|se\s(?:ordena|requiere|solicita|dispone|sirva)"
    r"|(?:orden|dispon|requier|solicit|instruy|impon|conden|conmin|intim|determin|requeir|requer"
    r"|pe[cd]|pid|sirv|mand)\w{0,5}|de?cret\w{0,5}|a\sfin\sde|proced(?:a|an|am|er|era|eran|erao))(?!\w)"
)
INFINITIVE = re.compile(
    r"(?<![\w-])(?!(?:lugar|titular|particular|similar|familiar|auxiliar|regular|popular|militar|celular"
    r"|mujer|mulher|poder|dever|deber|ser|haber|haver|ter|tener|estar|cualquier|qualquer|ayer|caracter"
    r"|taller|alquiler|escolar|preliminar|cautelar|liminar|singular|ejemplar|exemplar|pesar|hogar)(?![\w-]))"
    r"[a-z]{2,}[aei]r(?:se|l[aeo]s?|-l[oae]s?|-se|-lhes?)?(?![\w-])"
)
ITEM = re.compile(
    r"(?:^|\n|[;:])\s*(?:[-–•*]\s*|\(?\w{1,4}[.)º°]+-?\s*)?(?:y\s|e\s|que\s(?:se\s)?)?\Z"
)
JOINED = re.compile(
    r"(?<!\w)(?:y|e|o|ou)\s(?:(?:a|de|para|em\sseguida|luego|tambien)\s)?\Z"
)
# "… que Red Ejemplo inscriba el": behind a word that orders, the verb of what is ordered.
BEHIND_THAT = re.compile(
    r"(?<!\w)(?:que|to)\s[^.;:]{0,140}?(?<!\w)(?<!\wa\s)(?P<verb>[a-z]{3,}(?:[ae]n|[ae]m|a|e))\s"
    r"(?:el|la|los|las|lo|al|del?|en|sus?|tod[oa]s?|dich[oa]s?|cualquier|[oa]s?|aos?|d[oa]s?|na|no|em"
    r"|seus?|suas?|qualquer|inmediat\w+|imediat\w+)(?!\w)"
)
BEFORE_A_NOUN = re.compile(
    r"(?<!\w)(?:el|la|los|las|un|una|uma|um|de|del|d[oa]s?|al?|ao|aos|en|em|n[oa]s?|por|pel[oa]s?|con|com|su|sus|seus?"
    r"|suas?|[oa]s?|y|e|para|como|cada|tod[oa]s?|est[ea]s?|es[ea]|dich[oa]s?|cuy[oa]s?|cuj[oa]s?|que)\s\Z"
)
ORDERS = re.compile(
    r"(?<!\w)(?:orden|dispon|dispus|mand|requier|requir|requer|requeir|solicit|ofici|libr|expid|expec|intim|notifi"
    r"|comuni|encom|encarg|determin|instru|conmin|exhort|pid|pec|ruego|rog|resuelv|decret|fin\sde|fim\sde|efectos?\sde"
    r"|para)\w*(?!\w)"
)
# "Determino a averbação de", "ordénase la inscripción".
NOUN_ORDERED = re.compile(
    r"(?<!\w)(?:orden|dispon|dispong|decret|determin|defir|defier|requeir|requer|requier|solicit|pid|impon|mand|concede|conced)\w{0,6}"
    r"(?:,\s[^,.;:]{0,60},)?\s(?:se\s)?(?:como\s\w+\s\w+\s|igualmente\s|tambem\s|tambien\s|asimismo\s|,?\s?ademas,?\s)?"
    r"(?:el|la|los|las|[oa]s?)\s(?:\w+\s)?(?P<noun>\w+(?:cion(?:es)?|sion|miento|mento|cao|coes|sao|agem|aje|ncia|anza|ro|te|io|ueo|dida|to))(?!\w)"
)
# "Shall, within 24 hours, hand over", "is directed to hand over".
DUTY_EN = re.compile(
    r"(?<!\w)(?:shall|must|(?:is|are|be|stands?)\s(?:hereby\s|also\s|further\s|each\s){0,2}(?:directed|ordered|required"
    r"|requested|commanded|instructed|obliged|called\supon|to)(?:\sto)?"
    r"|(?:direct|order|requir|instruct|request|compel|command|oblig)\w*\s[^.;:]{2,160}?\sto)"
    r"(?:,[^,.;:]{2,80},)?(?:\s(?:also|forthwith|immediately|each|hereby|further|then|jointly|promptly|at\sonce|not))*"
    r"\s(?P<verb>[a-z]{3,}(?:-[a-z]+)?)(?!\w)"
)
JOINED_EN = re.compile(
    r"(?:(?<!\w)and|,|;|\n\s*\(?\w{1,3}[.)])\s(?:to\s|shall\s|that\s)?(?P<verb>[a-z]{3,})\s"
    r"(?:the|all|any|each|every|its|their|such|this|those|no|to)(?!\w)"
)
# Words between who acts and the verb: "the Court shall look", "quien sufra un daño escribirá".
WORDS_BETWEEN = 5


def find(page: DraftText, ordered: int, language: str) -> list[Span]:
    """Return where the words stand, from `ordered` on, that have the form of a command.

    What courts, parties and the public do is left out: it concerns no site.

    >>> page = DraftText.of("Inscríbase la medida y bloquéese a-b.example.")
    >>> [page.written(*span) for span in find(page, 0, "es")]
    ['Inscríbase', 'bloquéese']
    """
    finders = (
        (_english,) if language == "en" else (_by_ending, _infinitives, _behind_that)
    )
    of_the_court = [start for start, _ in page.found("acts", "object", "court")]
    spans: set[Span] = set()
    for finder in finders:
        for start, end in finder(page, language):
            acting = last_of(of_the_court, start)
            between = page.folded[max(acting, 0) : start].split()
            by_the_court = acting >= 0 and len(between) <= WORDS_BETWEEN
            before = page.plain[max(start - 2, 0) : start]
            a_name = page.plain[start].isupper() and before[:1].islower()
            adverb = page.folded[start:end].endswith(("mente", "ly"))
            if start >= ordered and not (by_the_court or a_name or adverb):
                spans.add((start, end))
    return sorted(spans)


def _by_ending(page: DraftText, language: str) -> Iterator[Span]:
    enclitic = ENCLITIC_PT if language == "pt" else ENCLITIC_ES
    for expression in (enclitic, FUTURE):
        for word in expression.finditer(page.plain):
            yield word.span()
    for noun in NOUN_ORDERED.finditer(page.folded):
        start, end = noun.span("noun")
        shouted = page.plain[noun.start() : start].isupper()
        if page.plain[start].islower() or shouted:  # no firm's name
            yield start, end


def _infinitives(page: DraftText, _: str) -> Iterator[Span]:
    """Yield infinitives that begin an item, or stand behind a duty, and those joined to them."""
    duties = [duty.end() for duty in DUTY.finditer(page.folded)]
    commanded: list[int] = []
    for word in INFINITIVE.finditer(page.folded):
        at = word.start()
        begins = page.before(ITEM, at, 20)
        near = [
            duty
            for duty in duties
            if duty < at < duty + 150 and page.same_sentence(duty, at)
        ]
        first = near and not INFINITIVE.search(page.folded, near[-1], at)
        joined = page.before(JOINED, at, 20) and any(
            page.same_sentence(before, at) for before in commanded[-1:]
        )
        if begins or first or joined:
            commanded.append(at)
            yield word.span()


def _behind_that(page: DraftText, _: str) -> Iterator[Span]:
    for order in ORDERS.finditer(page.folded):
        end = page.sentence(order.start())[1]
        for clause in BEHIND_THAT.finditer(page.folded, order.end(), end):
            if not page.before(BEFORE_A_NOUN, clause.start("verb"), 12):
                yield clause.span("verb")


def _english(page: DraftText, _: str) -> Iterator[Span]:
    for duty in DUTY_EN.finditer(page.folded):
        yield duty.span("verb")
        end = page.sentence(duty.start())[1]
        for joined in JOINED_EN.finditer(page.folded, duty.end(), end):
            yield joined.span("verb")
