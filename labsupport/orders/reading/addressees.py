"""Whom each clause is addressed to, by its grammar: who stands before "shall", or behind "order".

Lists of firms and of words for them never end. Here the place in the sentence tells: the subject
of a verb that orders ("los operadores bloquearán"), the person to whom an order is given
("ordénese al registrador que"), and who is named as the one who acts ("through the Authority").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labsupport.orders.executors import passing_on
from labsupport.orders.order import Span
from labsupport.orders.reading import firms
from labsupport.orders.reading.acts import NOUN, Clause
from labsupport.orders.reading.words import DraftText, overlaps

LONGEST = 260  # characters of a phrase that names somebody
ARTICLE = r"""(?:el|los?|las?|the|an?|os?|as|aos?|each|every|all|any|both|cada|tod[oa]s?|ambos
    |ambas|such|sus?|seus|suas|un[oa]?s?|uma?)"""
# A clause behind "que" that only tells who somebody is: "empresas que prestan acceso".
RELATIVE = r"""(?:prest|ofre|aloj|brind|oper|prove|hosped|funcion|explot|comerci|suminist|fornec
    |ten|haya|mant|gestion|admin|is|are|have|has|provide|host|hold|mantem|interm|l[oa]\s)"""
# What may stand before those who act: "y que", "THAT", "asimismo,".
CONNECTED = re.compile(
    r"""(?:[\s,.;:\-–—•*"“”«»]|\(?[a-z0-9]{1,4}[.)º°]+-?(?=\s)|(?<![\w])(?:y|e|and|but|or|o|ou
    |que|that|asi\smismo|asimismo|ademas|tambien|further(?:more)?|also|igualmente|outrossim|bem
    \scomo|asi\scomo|asi|likewise|por\s(?:su|otra)\sparte|por\ssu\slado|a\ssu\svez|por\ssua\svez|then|wherefore
    |en\sconsecuencia|por\ssu\s(?:conducto|intermedio)|por\sseu\sintermedio|em\sconsequencia|assim|destarte|accordingly|consequently|in\sturn)(?=[\s,]|\Z))+""",
    re.VERBOSE,
)
# What is told of when and how before or behind those who act: "en el plazo de 24 horas".
ADVERBIAL = re.compile(
    r"""(?:en|dentro|desde|within|from|on|upon|during|durante|hasta|ate|until|till|pending|previ[ao]s?
    |mediante|with|without|con|com|sin|sem|by|subject|tal|in|no|na|nos|nas|em|apos|tras|after|before
    |antes|at|for|if|where|when|cuando|quando|conforme|segun|segundo|inmediata|imediata|forthwith
    |immediately|jointly|severally|today|tonight|hoy|hoje|sob|bajo|under|sean|quedan|whether|having
    |whereupon|habiendo|siendo|notwithstanding|atento|presentes?|vistos?|dad[oa]s?|habida
    |usted|pois|ordenandose|oficiandose|por|pel[oa]s?|para|se|si|sendo|tendo|face|ante|so|as\s(?:from|of)
    |\w+mente|(?:verificad|reunid|cumplid|acredit|concluid|exhibid|vencid|constatad)\w+
    |con(?:s)?iderando)(?!\w)
    |a\s(?:partir|contar|mas|fin|tal|los\sefectos|efectos|titulo|costa|su\scosta)(?!\w)
    |al\s(?:amparo|tenor|final)|ao\sfinal|una\svez|uma\svez|nos\stermos|esta\snoche|esta\snoite|not\slater
    |no\slater|de\s|del\s|d[ao]s?\s|to\sthe\sextent|toda\svez|e\sem\s""",
    re.VERBOSE,
)
# What tells who somebody is: it belongs to the name before it.
APPOSITION = re.compile(
    r"""(?:as\s|como\s|en\s(?:su\s)?(?:calidad|caracter|condicion)|na\s(?:qualidade|condicao)|in\s(?:its|their)
    \scapacity|being|who|quien|que\s|which|com\ssede|con\s(?:sede|domicilio|rif|ruc|nit|cuit)|cnpj|inscrit
    |domiciliad|(?:el|la|los|las|the|o|a|os|as)\s(?:\w+\s){0,2}(?:edit|operat|owner|registra|provee|prove|operad|prestad
    |host|aloja|hosped|empresa|platform|plata|search|busc|concesion|titular|registr|defend|demandad))""",
    re.VERBOSE,
)
IS_RELATIVE = re.compile(rf"\s{RELATIVE}", re.VERBOSE)
ONLY_WHO = re.compile(rf"\sque\s{RELATIVE}", re.VERBOSE)
# "Retirar", "SUSPENDER": a verb, not a name.
INFINITIVE_STOP = re.compile(
    r"\s(?!titular|lugar|particular|similar|familiar|auxiliar|regular)"
    r"(?:[a-záéíóúãõç]{2,}[aei]r(?:se|l[oae]s?)?|[A-ZÁÉÍÓÚ]{3,}[AEI]R(?:SE)?)\s"
)
# Between those who act and what they are to do.
MODAL = re.compile(
    r"""(?<!\w)(?:(?:shall|must|will|do|does|(?:is|are|be|stands?)(?:\s(?:hereby|also|further|
    accordingly|each|jointly)){0,2}\s(?:directed|ordered|required|requested|commanded|enjoined
    |instructed|restrained|prohibited|obliged|bound|called\supon|authori[sz]ed\sand\sdirected|to)
    (?:\s(?:to|from))?|(?:is|are)\sto)
    |deber(?:a|an|ao)|deb[ae]n?|dev(?:e|em|am|era|erao)|tendran?\sque|tera(?:o)?\s(?:de|que)
    |habran?\sde|proced(?:era|eran|erao|a|an|am)(?:\s(?:al?|ao|com|con))?|se\sabst(?:engan?|endran?)
    |abst(?:enham?|era|erao)-se|queda?n?\sobligad[oa]s?|fica?m?\sobrigad[oa]s?
    |cumpl(?:a|an|iran?)\scon|adopt(?:e|en|ara|aran)|cesen?|cese|deje?n|deix(?:e|em)|haga?n|facam?
    |tendran?|ha(?:n|ja|jam)?\sde|se\sordena|neither)(?!\w)""",
    re.VERBOSE,
)
PASSIVE = re.compile(
    r"\s(?:not\s)?(?:be|ser|sean?|sejam?|quedar|ficar|remain|permanecer)(?!\w)"
)
INFINITIVE = re.compile(r"\w+[aei]r(?:l[oae]s?|se|-se|-lh?[oae]s?|-l[oa])?\Z")
NOUNISH = re.compile(
    r"\w+(?:cion|sion|cao|sao|enci[ao]|anc[ia]+|mient[ao]|ment[ao]|o|ada|ida|ura|al|aje|agem|dade?s?)"
)
BEFORE_A_NOUN = re.compile(
    r"(?<!\w)(?:el|la|los|las|un|una|[oa]s?|the|an?|del?|al|d[oa]|su)\s+\Z"
)
ENCLITIC = re.compile(r"\w+(?:se|nse|-se|-o|-a|-os|-as|lo|los|la|las)\Z")
# What somebody stands behind who is given an order.
GIVEN = re.compile(
    r"""(?<!\w)(?:(?:orden|dispon|dispus|mand|requi|requer|requir|solicit|conoc|saber|traslad|ofici|libr|expid|expec|exped
    |curs|comuni|notif|remit|dirig|dirij|instru|conden|conmin|intim|encarg|encomend|encomiend|exhort
    |exig|prohib|proib|impon|impo|determin|inst|convoc|cient|mandamiento|mandado|oficio|copia|direct
    |order|compel|requir|command|request|enjoin|restrain|instruct|oblig|pid|ped|rog|autori|insta
    |resuelv|resolv|decret|decid|adverte|adviert|apercib|delib|particip|carta|injunction)\w*(?:-se)?)
    (?!\w)""",
    re.VERBOSE,
)
DATIVE = re.compile(
    r"""(?<!\w)(?:[Aa]l?\s(?=[A-ZÀ-Þ(])|(?i:al\s|a\s(?=(?:el|los?|las?|cada|tod[oa]s?|amb[oa]s|dich[oa]s?
    |sus?|esta|ese|esa|estos|estas|su|quien|demais|demas|un[oa]?)\s)
    |aos?\s|às?\s|as\s)|to\s(?=(?:the|all|each|every|[A-Z])))""",
    re.VERBOSE,
)
# In English they stand right behind the verb.
DIRECT = re.compile(
    r"""(?<!\w)(?:direct(?:s|ed|ing)?|order(?:s|ing)?|compel(?:s|ling)?|requir(?:e|es|ing)|let|permit
    |instruct(?:s|ing)?|command(?:s|ing)?|request(?:s|ing)?|enjoin(?:s|ing)?|restrain(?:s|ing)?
    |oblig(?:e|es|ing))\s(?=(?:the|all|each|every|any|both|such|said|[A-Z])(?:\W|\w))""",
    re.VERBOSE,
)
NP_STOPS = re.compile(
    rf"""[:;]|,?\s(?:que(?!\s{RELATIVE})|para|a\sfin|a\sefectos?|a\slos\s(?:efectos|fines)|con\sel\s(?:objeto|fin)
    |a\sfim|afim|quien(?:es)?|to|from|so\sthat|that|shall|must|do|com\svistas|no\ssentido|en\sel\ssentido
    |(?:en|dentro)\s(?:el|un|de[l]?)\s(?:plazo|termino)|no\sprazo|em\s(?:ate|\d)|within|forthwith|inmediatamente
    |de\s(?:inmediato|forma)|abst|proceda)(?!\w)
    |,\s(?=(?:abst|a\sfin|en\sel|en\sun|dentro|proced|mediante|no\spraz|within|bajo|sob|under))
    |,?\s(?=(?:la|el|o|a|the)\s(?:suspens|bloque|retir|baj|transfer|cancel|inscri|elimin|desindex|conserv
      |preserv|entreg|remoc|remoç|exclus|remess|redir|apunt|anot|averb|immed|inmed|immobil))
    |,?\s(?:la|el|the|o|a)\s(?:suspens|bloque|retir|baj|transf|cancel|inscri|elimin|desindex|conserv|preserv
      |entreg|remoc|exclus|remess|redir|apunt|anot|averb|inmov|imobil|retencion|retenca)\w*
    |\n\s*\n""",
    re.VERBOSE,
)
# Who acts, behind the verb.
AGENT = re.compile(
    r"""(?<!\w)(?:por\s(?:parte|intermedio|conducto|medio)\sd[aeo]l?s?|a\scargo\sd[aeo]l?s?|a\straves\sd[aeo]l?s?
    |por\sintermedio\sd[aeo]s?|hara[n]?\sefectiva|la\scual\s\w+|through|by|pel[oa]s?|por|mediante\soficio\sal?
    |con\soficio\sal?|(?:ofici|libr|expid)\w+(?:-se)?(?:\s\w+)?\s(?:al?|aos?|as))\s""",
    re.VERBOSE,
)
ROLE = re.compile(
    r"""(?<!\w)(?:prov(?:e|ee)dor|operador|prestador|empresa|compan|registr|regist|administrador|banc|entidad|buscador
    |motor|plataforma|red\ssocial|rede\ssocial|tienda|loja|ministerio|superintend|camara|asocia|associa
    |regulador|provider|operator|host|bank|platform|carrier|licens|isps?|respond|defend|depart|authorit
    |association|autoridad|agenc|comis|concesion|concession|licenciat|permision|alojad|hosped|demandad
    |requerid|red\sde|rede\sde|firm|data\scent|centro|nic|network|search|store|app|fornecedor|titular
    |propriet|propiet|autor|editor|medio|noticee|telecom|instituc|instituic|editor|interme|responsab|prst|payment|cdn|minist|polic|medio)""",
    re.VERBOSE,
)
NOBODY = re.compile(
    r"""(?:(?:el|la|los|las|the|o|a|os|as)\s)?(?:(?:nombre|nome|acces|address|publica|resolu|notifi|tecnic|secretar
    |actor|plaintiff|claimant|applicant|petition|complain|efect)\w*|contents?|urls?|ips?|dns|medidas?|measures?|bloqueos?
    |blocks?|orden|ordem|orders?|plazo|prazo|vigencia|presente|medios?\s(?:tecnic|idone)\w*|tribunal|court|juzgado|judge
    |dias?|horas?|fechas?|partes|parte\sactora|solicitante|autor\sd\w*|costas|costs|copia|copy|same|fin|nivel|via
    |correo|e?mail|those|aquell[oa]s|l[oa]s\sdetallad[oa]s|[oa]s\sdetalhad[oa]s|los\sanexos?|judicatura|despacho|it|senor|juez|juiz|jueza|magistrad|ese\sh|ese\st|h\W|v\W|vuestra|honou?rable
    |ministerio\spublic|usted|fiscal|procurador|counsel|conservatory|this\s|the\scourt|i)(?!\w)
    |(?:(?:el|la|los|las|the|o|a|os|as)\s)?(?:sitio|site|pagina|page|domini|domain|direcci|endere|contenid|conteud)""",
    re.VERBOSE,
)
# "A la URSEC", "à Anatel", "via Anatel".
TO_THEM = re.compile(
    r"(?:\b[Aa]l|\b[Aa]\sla|[àÀ]|\bao|\bto(?:\sthe)?|\bvia|\bthrough(?:\sthe)?|\ba\s(?:essa|esa)|\sa"
    r"|^A)\s+\Z",
)
INFORMED = re.compile(
    r"(?i)\b(?:inform|recurso|reclam|licen|autoriz|habilit|resoluc|resoluç)\w*\s[^.;]*\Z"
)
# What a party is called, or the reader of a letter.
PARTY = re.compile(
    r"""(?<!\w)(?:defendants?|respondents?|(?:co)?demandad[ao]s?|requerid[ao]s?|representad[oa]s?|reus?|res?|noticees?
    |notice\sparties|you|vossa\ssenhoria)(?!\w)""",
    re.VERBOSE,
)
# "Al mismo registrador": those who were named before.
SAME = re.compile(
    r"""(?<!\w)(?:mism[oa]s?|mesm[oa]s?|dich[oa]s|dich[oa]|said|aforesaid|referid[oa]s?|citad[oa]s?|est[ae]s?
    |ést[ae]s?|aquell[oa]s?|ell[oa]s?|ele?s?|it|they|latter|ultim[oa]s?|quien(?:es)?|which|who|nombrad[oa]s
    |l[oa]s\scuales|[oa]\scual|[oa]\squal|[oa]s\squais)(?!\w)""",
    re.VERBOSE,
)
# "Fibra Sur", "Red del Bajío": several words with capitals.
PROPER = re.compile(
    r"[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ][\w&'-]+(?:\s(?:del?|d[aeo]s?|la|of|y|e|and|&|[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ][\w&'-]+)){0,5}"
    r"\s[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ][\w&'-]+"
)
# Where an item begins: "(a)" or "1." behind a colon.
LIST_BEGINS = re.compile(r":\s*(?=\(?\w{1,3}[.)]\s|[-–•])")
OF_THEIRS = re.compile(r"(?:sus?|its|their|seus?|suas?)\s")
LIST_MARK = re.compile(r"\s*(?:\(?\w{1,3}[.)º°]+-?\s+|[-–•]\s+)?")
THAT = re.compile(r"(?<!\w)(?:que|that)\s*\Z")
TOGETHER = re.compile(r"(?:,|(?<!\w)(?:y|e|and))\s(?:al?\s|aos?\s|as\s|to\s)?\Z")
PURPOSE = re.compile(
    r"""\s*,?\s*(?:para(?:\sque)?|a\sefectos?\sde(?:\sque)?|a\sfin\sde(?:\sque)?|a\s(?:los\s)?efectos\sde(?:\sque)?|con\sel\s(?:objeto|fin)\sde(?:\sque)?
    |so\sthat|in\sorder\sthat|a\sfim\sde(?:\sque)?|afim\sde\sque|que)(?!\w)""",
    re.VERBOSE,
)
# Somebody carries out, where another sentence tells what: "para que lo ejecuten".
EXECUTES = re.compile(
    r"""(?<!\w)(?:l[oa]s?\s)?(?:ejecut(?:en?|aran?|ar|e)|haga?n?\sefectiv[oa]s?|cumpla?n|materiali[cz]en?|practiquen?
    |den?\scumplimiento|give\seffect|implement|carry\sout|executem?|efetivem?|cumpram?|deem?\scumprimento|hagan?\scumplir
    |traslade?n?|retransmita?n?|difunda?n?|pongan?\sen\spractica|adopten?\slas\smedidas|transmita?n?)(?!\w)""",
    re.VERBOSE,
)


CLAUSAL = frozenset(
    [
        "que",
        "se",
        "shall",
        "must",
        "which",
        "whose",
        "cuyo",
        "cuya",
        "cujo",
        "cuja",
        "is",
        "are",
        "was",
        "fue",
        "foi",
        "habiendo",
        "sido",
        "ordena",
        "dispone",
        "resuelve",
        "solicita",
        "solicito",
        "pide",
        "requer",
        "requiere",
        "determina",
        "ordered",
        "prays",
        "seeks",
        "not",
        "no",
        "nao",
    ]
)
IS_ARTICLE = re.compile(rf"(?:{ARTICLE})\s(?:\.\w+\s)?", re.VERBOSE)
ONLY_AN_ARTICLE = re.compile(rf"(?:{ARTICLE})", re.VERBOSE)
PAST = re.compile(r"(?:aron|ieron|aram|eram|iram)\Z")
WORD = re.compile(r"[\w-]+")
SEGMENT = re.compile(r",|\.\s*\n|\n\s*\n")
MARKS = re.compile(
    r"(?<![0-9]):|:(?![0-9])|;|(?<!\w)(?:que|that)(?=[\s,])|\n\s*(?:[-–•]|\(?\w{1,3}[.)])(?=\s)"
)
ITEMS = re.compile(
    r"(?:[:;]|\n\s*\(?\w{1,3}[.)]|,?\s(?:y|e|and))\s+(?:que\s|that\s)?(?=(?:al?|aos?|as|to)\s)"
)
BETWEEN = re.compile(
    r"\s(?:y|e|and)\s(?:al?s?\s)?(?=(?:los?|las?|el|the|os?|as|all|cada|tod[oa]s)\s)"
)
THROUGH = re.compile(
    r"(?<!\w)(?:through|por\s(?:intermedio|conducto)\sd[aeo]l?|a\straves\sd[aeo]l?)\s"
)
# "Ministerio de Tecnologías de la Información y las Comunicaciones": one.
INSTITUTION = re.compile(
    r"""(?:(?:el|la|o|a|the)\s)?(?:minist|superintend|secretar|comisi|comiss|direcc|direc|agenc|autori|depart|institut
    |conse[jl]|junta|camara|commission|authority|board|asocia|associa)""",
    re.VERBOSE,
)
# "be restrained from": those who act stand before it.
NOT_TO = re.compile(r"(?:restrained|prohibited|refrain|enjoined)(?!\w)")
AUXILIARY = re.compile(r"(?<!\w)(?:be|is|are|shall|do|stand)\s*\Z")
ITSELF_BEFORE = re.compile(r"(?<!\w)se\s\Z")


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody whom a clause is addressed to: where they stand, and of which clause they are.

    `clause` is the place of the clause, None where a sentence says only that they carry it out.
    `same` says that the words mean those who were named before ("the said registrar"), `party`
    that they are called as a party ("the Defendants"), `known` that they are a firm, or called by
    what they do, and `proper` that it is a name of several words ("Fibra Sur").
    """

    span: Span
    clause: int | None
    same: bool = False
    party: bool = False
    known: bool = False
    proper: bool = False


@dataclass
class AddresseesRead:
    """Who was found, and the clauses that somebody is to act in who was not."""

    found: list[Addressee]
    unread: dict[int, Span]


def read(
    page: DraftText, clauses: Sequence[Clause], names: Sequence[Span], language: str
) -> AddresseesRead:
    """Return those whom the clauses of a page are addressed to, as far as grammar tells.

    `names` are those of sites, which act nowhere.

    >>> from labsupport.orders.reading import acts
    >>> page = DraftText.of("Ordénese a Nube Sur S.A. que bloquee a-b.example.")
    >>> [page.written(*one.span) for one in read(page, acts.read(page), [], "es").found]
    ['Nube Sur S.A.']
    """
    reader = _Reader(page, clauses, names, language)
    result = AddresseesRead([], {})
    for number in range(len(clauses)):
        spans = reader.of_clause(number)
        result.found += [reader.addressee(span, number) for span in spans]
        unread = reader.unread(number) if not spans else None
        if unread:
            result.unread[number] = unread
    result.found += [reader.addressee(span, None) for span in reader.carrying_out()]
    result.found += [Addressee(span, None, known=True) for span in reader.passing_on()]
    return result


class _Reader:
    def __init__(
        self,
        page: DraftText,
        clauses: Sequence[Clause],
        names: Sequence[Span],
        language: str,
    ) -> None:
        self._page = page
        self._folded = page.folded
        self._clauses = clauses
        self._names = names
        self._english = language == "en"
        self._firms = firms.find(page)

    def of_clause(self, number: int) -> list[Span]:
        """Return those whom a clause is addressed to."""
        clause = self._clauses[number]
        verb, end = self._acting(clause)
        if not clause.commands and (verb, end) == clause.verb:
            return []
        if PAST.search(self._folded, verb, end):
            return []
        start = self._from(number, verb)
        subject = self._subject(start, verb, end)
        given = self._given(start, verb, every=True)
        if subject and given and given[-1][1] <= subject[0][0]:
            # "Ofíciese al regulador para que los operadores bloqueen": both
            between = self._folded[given[-1][1] : subject[0][0]]
            given = given if PURPOSE.match(between) else []
        elif given:
            subject = []
        if subject or given:
            through = self._through(start, subject[0][0]) if subject else ()
            return [*given, *through, *subject]
        return self._lead(verb) or list(self._agents(clause))

    def addressee(self, span: Span, clause: int | None) -> Addressee:
        """Return what is told of those who are named there."""
        firm = overlaps(self._firms, *span)
        return Addressee(
            span,
            clause,
            same=not firm and SAME.search(self._folded, *span) is not None,
            party=PARTY.search(self._folded, *span) is not None,
            known=firm or ROLE.search(self._folded, *span) is not None,
            proper=PROPER.fullmatch(self._page.plain, *span) is not None,
        )

    def _acting(self, clause: Clause) -> Span:
        """Return where the verb stands whose subject acts: "que ejecuten el bloqueo"."""
        verb, end = clause.verb
        if self._is_noun(verb, end):
            does = EXECUTES.search(self._folded, clause.start, verb)
            if does:
                return does.span()
        return verb, end

    def _from(self, number: int, verb: int) -> int:
        """Return where the words begin that may name those who act in a clause.

        That is behind what the verb before it governs.
        """
        start = self._page.sentence(verb)[0]
        for before in self._clauses[:number]:
            if self._is_noun(*before.verb) or not before.commands:
                continue
            start = max(start, before.verb[1])
        if start == self._page.sentence(verb)[0]:
            return start
        within = [end for at, end in self._names if start <= at < verb]
        return max([start, *within])

    # Before the verb

    def _subject(self, start: int, verb: int, end: int) -> list[Span]:
        region = self._region(start, verb, end)
        return self._phrase(*region) if region else []

    def _region(self, start: int, verb: int, end: int) -> Span | None:
        """Return what stands before a verb that somebody is the subject of."""
        start, told = self._behind_that(max(start, verb - 3 * LONGEST), verb)
        modals = [
            one for one in self._modals(start, verb) if verb - one.end() < LONGEST
        ]
        if modals:
            last = modals[-1]
            if PASSIVE.match(self._folded, last.end()):
                return None
            return (start, last.start())
        if self._is_noun(verb, end):
            return None
        word = WORD.match(self._folded, verb)
        inside = AUXILIARY.search(self._folded, start, verb)
        if NOT_TO.match(self._folded, verb) and inside:
            return (start, inside.start())
        if self._english:
            bare = told and not (word and word[0].endswith(("ing", "ed")))
            before = self._folded[start:verb].rstrip()
            ends = before.endswith(("to", "be", "not", "by", "of"))
            return (start, verb) if bare and not ends else None
        if word is None or INFINITIVE.fullmatch(word[0]) or ENCLITIC.fullmatch(word[0]):
            return None
        if self._page.before(ITSELF_BEFORE, verb, 5):
            return None
        return (start, verb)

    def _modals(self, start: int, end: int) -> list[re.Match[str]]:
        """Return the words that say somebody is to do something: "shall", "deberá"."""
        modals = list(MODAL.finditer(self._folded, start, end))
        if self._english:
            return modals
        # "do" is "of the" elsewhere
        return [one for one in modals if one[0] not in ("do", "must")]

    def _behind_that(self, start: int, verb: int) -> tuple[int, bool]:
        """Return where what stands behind the last "that" or sign of a list begins, if any."""
        told = False
        for mark in MARKS.finditer(self._folded, start, verb):
            if IS_RELATIVE.match(self._folded, mark.end()):
                continue
            start, told = mark.end(), True
        return start, told

    def _phrase(self, start: int, end: int) -> list[Span]:
        """Return those whom the words up to `end` name; none where they are no name.

        What stands before a verb is read from its end: what is told before may be anything.
        """
        segments = list(self._segments(start, end))
        while segments and ADVERBIAL.match(self._folded, *segments[-1]):
            segments.pop()
        spans: list[Span] = []
        last = 0
        for first, stop in reversed(segments):
            apposition = APPOSITION.match(self._folded, first, stop)
            if apposition and (first, stop) != segments[0]:
                last = last or stop
                continue
            if OF_THEIRS.match(self._folded, first, stop):
                return []
            if ADVERBIAL.match(self._folded, first, stop):
                break
            if not self._names_somebody(first, stop):
                break
            spans.append((first, last or stop))
            last = 0
        return self._all_parted(spans[::-1])

    def _named_first(self, start: int, end: int) -> list[Span]:
        """Return those whom the words from `start` on name, behind a word that gives an order."""
        spans: list[Span] = []
        for first, last in self._segments(start, self._stop(start, end)):
            if spans and APPOSITION.match(self._folded, first, last):
                spans[-1] = (spans[-1][0], last)
                continue
            if ADVERBIAL.match(self._folded, first, last):
                break
            if not self._names_somebody(first, last, bare=not spans):
                break
            spans.append((first, last))
        return self._all_parted(spans)

    def _segments(self, start: int, end: int) -> Iterator[Span]:
        """Yield the pieces between commas, without what connects them to others."""
        first = start
        for mark in SEGMENT.finditer(self._folded, start, end):
            if not self._is_within_a_firm(mark.start()):
                yield from self._trimmed(first, mark.start())
                first = mark.end()
        yield from self._trimmed(first, end)

    def _trimmed(self, first: int, last: int) -> Iterator[Span]:
        lead = CONNECTED.match(self._folded, first, last)
        if lead:
            first = lead.end()
        while last > first and self._folded[last - 1] in " \t\n,;:–—-":
            last -= 1
        if first < last:
            yield first, last

    def _is_within_a_firm(self, at: int) -> bool:
        return any(start < at < end for start, end in self._firms)

    def _names_somebody(self, first: int, last: int, *, bare: bool = False) -> bool:
        """Whether words name somebody who can act: not a site, not a time."""
        if not 2 <= last - first <= LONGEST:
            return False
        if ONLY_AN_ARTICLE.fullmatch(self._folded, first, last):
            return False
        role = ROLE.search(self._folded, first, last) is not None
        if overlaps(self._names, first, last) and not role:
            return False
        if NOBODY.match(self._folded, first, last):
            return False
        words = ONLY_WHO.sub(" ", self._folded[first:last]).split()
        if CLAUSAL & set(words):
            return False
        capital = self._page.plain[first].isupper()
        begins = IS_ARTICLE.match(self._folded, first, last)
        same = SAME.match(self._folded, first, last)
        begins_so = ROLE.match(self._folded, first, last)
        return bool(bare or begins or capital or begins_so or same)

    def _all_parted(self, spans: Sequence[Span]) -> list[Span]:
        every: list[Span] = []
        for span in spans:
            every += self._parted(*span)
        return every

    def _parted(self, first: int, last: int) -> Iterator[Span]:
        """Yield each of those whom a phrase names: "Apple Inc. y Google LLC"."""
        within = [one for one in self._firms if first <= one[0] and one[1] <= last]
        at = first
        for mark in BETWEEN.finditer(self._folded, first, last):
            if self._is_within_a_firm(mark.start()):
                continue
            article = IS_ARTICLE.match(self._folded, mark.end(), last)
            behind = article.end() if article else mark.end()
            institution = INSTITUTION.match(self._folded, at, mark.start())
            if institution and not ROLE.match(self._folded, behind, last):
                continue
            yield at, mark.start()
            at = mark.end()
        if at == first and len(within) > 1:
            yield from within
            return
        yield at, last

    # Behind a word that orders

    def _given(self, start: int, verb: int, *, every: bool = False) -> list[Span]:
        """Return those to whom an order is given, before a verb; the last, or all of them."""
        candidates = self._datives(start, verb)
        named: list[Span] = []
        while candidates:
            at = candidates.pop()
            # "a A y a B que bloqueen": one list of those to whom it is given
            while candidates and self._joins(candidates[-1], at):
                at = candidates.pop()
            spans = self._named_first(at, verb)
            if not spans:
                continue
            named = [*spans, *named]
            if not every and not OF_THEIRS.match(self._folded, *spans[0]):
                break
        return named

    def _datives(self, start: int, verb: int) -> list[int]:
        """Return where those begin to whom something may be ordered, from the first to the last."""
        plain = self._page.plain
        found: set[int] = set()
        orders = [one.end() for one in GIVEN.finditer(self._folded, start, verb)]
        for order in orders:
            near = DATIVE.search(plain, order, min(verb, order + 45))
            if near and "," not in plain[order : near.start()]:
                found.add(near.end())
        for direct in DIRECT.finditer(plain, start, verb):
            found.add(direct.end())
        items = [start]
        items += [one.end() for one in ITEMS.finditer(self._folded, start, verb)]
        for item in items:
            mark = LIST_MARK.match(self._folded, item)
            near = DATIVE.match(plain, mark.end() if mark else item, verb)
            if near:
                found.add(near.end())
        return sorted(found)

    def _stop(self, at: int, end: int) -> int:
        """Return where the name of those ends that begins at a place."""
        stops = [NP_STOPS.search(self._folded, at, end)]
        stops.append(INFINITIVE_STOP.search(self._page.plain, at, end))
        return min([end, *(one.start() for one in stops if one)])

    def _joins(self, before: int, at: int) -> bool:
        """Whether who stands at a place is named together with who stands before."""
        if self._stop(before, at) < at - 1 or at - before > LONGEST:
            return False
        return self._page.before(TOGETHER, at, 12) is not None

    # Elsewhere

    def _lead(self, verb: int) -> list[Span]:
        """Return those whom the words before a list name: "that X shall: (a) preserve"."""
        sentence = self._page.sentence(verb)[0]
        colons = list(LIST_BEGINS.finditer(self._folded, sentence, verb))
        if not colons:
            return []
        colon = colons[-1].start()
        start, told = self._behind_that(sentence, colon)
        modals = self._modals(start, colon)
        if modals or told:
            end = modals[-1].start() if modals else colon
            if spans := self._phrase(start, end):
                return spans
        return self._given(sentence, colon)

    def _is_noun(self, verb: int, end: int) -> bool:
        """Whether what orders is a noun: "el bloqueo", or any behind an article."""
        if NOUN.fullmatch(self._folded, verb, end):
            return True
        word = WORD.match(self._folded, verb)
        if word is None or not self._page.before(BEFORE_A_NOUN, verb, 8):
            return False
        return self._english or NOUNISH.fullmatch(word[0]) is not None

    def _agents(self, clause: Clause) -> Iterator[Span]:
        """Yield those who are named behind the verb: "by the .IN Registry"."""
        end = min(clause.end, self._page.sentence(clause.verb[0])[1])
        for agent in AGENT.finditer(self._folded, clause.verb[1], end):
            at = agent.end()
            last = self._stop(at, end)
            last = min([last, *(one for one, _ in self._names if one > at)])
            first, last = next(self._segments(at, last), (at, at))
            while last > first and self._folded[last - 1] in " \t\n.,;":
                last -= 1
            named = IS_ARTICLE.match(self._folded, first, last)
            begins = named.end() if named else first
            firm = any(first <= one[0] < last for one in self._firms)
            role = ROLE.match(self._folded, begins, last) is not None
            if (firm or role) and self._names_somebody(first, last):
                yield from self._parted(first, last)
                return

    def _through(self, start: int, before: int) -> Iterator[Span]:
        """Yield those who pass an order on: "through the Authority, all providers block"."""
        for agent in THROUGH.finditer(self._folded, start, before):
            end = self._folded.find(",", agent.end(), before)
            end = before if end < 0 else end
            if self._names_somebody(agent.end(), end):
                yield (agent.end(), end)

    def carrying_out(self) -> Iterator[Span]:
        """Yield those who are to carry out what stands in another sentence."""
        verbs = [clause.verb[0] for clause in self._clauses]
        for cue in EXECUTES.finditer(self._folded):
            if any(self._page.same_sentence(cue.start(), verb) for verb in verbs):
                continue
            start = self._page.sentence(cue.start())[0]
            yield from self._given(start, cue.start(), every=True)
            yield from self._subject(start, *cue.span())

    def passing_on(self) -> Iterator[Span]:
        """Yield those through whom an order reaches those who carry it out: "via Anatel"."""
        for start, end in passing_on(self._page.plain):
            before = self._page.plain[max(0, start - 60) : start]
            if TO_THEM.search(before) and not INFORMED.search(before):
                yield start, end

    # What was not read

    def unread(self, number: int) -> Span | None:
        """Return the words before a verb that must be those who act, and are not understood."""
        verb, end = self._acting(self._clauses[number])
        start = self._from(number, verb)
        modals = self._modals(start, verb)
        if not modals or PASSIVE.match(self._folded, modals[-1].end()):
            return None
        region = self._region(start, verb, end)
        if region is None or not self._folded[slice(*region)].strip(" ,;:\n"):
            return None
        return region
