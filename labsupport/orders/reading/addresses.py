"""What an order says of the addresses behind a name: "and its IP addresses".

A small grammar, and no list of sayings: a noun for an address with what stands before it (whose,
which, a connector, a denial) and behind it ("to which it resolves", "of the site"). The words are
in data/course/orders/addresses.toml; how they are put together is told here.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from labsupport.orders.order import Span, Target, TargetKind
from labsupport.orders.reading import tables
from labsupport.orders.reading.words import DraftText, overlaps
from labsupport.orders.vocabulary import LANGUAGES, orders

NUMBERS = (TargetKind.ADDRESS, TargetKind.PREFIX)
BEFORE = 160  # characters before a noun that are looked at for words that belong to it
BEHIND = 160  # the same, behind it
NEAR = 120  # characters between a target and words that go with it
FARTHEST = 1500  # characters of a sentence before a noun
COLUMN = 500  # characters from the head of a column to its first address
LITERAL = 70  # characters between a noun and the address that it announces


class AddressMeaning(StrEnum):
    """What a word for an address is there for."""

    TOO = "too"  # the addresses behind a name are to be blocked as well
    NOT = "not"  # they are not to be touched
    OTHER = "other"  # an address that is written out, a log, what somebody did
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class AddressPhrase:
    """Where words for an address stand, with those that belong to them, and what they mean.

    `is_way` says that they may name a way of blocking: "by IP address", "the IP 192.0.2.80".
    """

    start: int
    end: int
    meaning: AddressMeaning
    is_way: bool = False


def read(
    page: DraftText, targets: Sequence[Target], ordered: int = 0, language: str = ""
) -> list[AddressPhrase]:
    """Return what a page says of addresses, from the first word for one to the last.

    `targets` are those that are to be hit, with their places in the plain form of the page, and
    `ordered` is where its operative part begins. In Portuguese ("pt") "no" denies nothing.

    >>> page = DraftText.of("Block goles.example and its IP addresses, by DNS.")
    >>> target = Target("goles.example", TargetKind.NAME, start=6, end=19)
    >>> [(page.written(one.start, one.end), one.meaning.value) for one in read(page, [target])]
    [('and its IP addresses', 'too')]
    """
    reader = _AddressReader(page, targets, ordered, language)
    phrases: list[AddressPhrase] = []
    for noun in _words("nouns").finditer(page.folded):
        if phrases and noun.start() < phrases[-1].end:
            continue
        phrases.append(reader.address(*noun.span()))
    for noun in _words("machines").finditer(page.folded):
        phrase = reader.machine(*noun.span())
        if phrase is not None:
            phrases.append(phrase)
    return sorted(phrases, key=lambda one: one.start)


def stand_behind(page: DraftText, place: int) -> bool:
    """Say whether words for an address stand right behind a place: "… their IPs"."""
    return _sequence(ADDRESSES).match(page.folded, place) is not None


def spans(phrases: Sequence[AddressPhrase], *meanings: AddressMeaning) -> list[Span]:
    """Return where the phrases stand that mean one of these."""
    return [(one.start, one.end) for one in phrases if one.meaning in meanings]


# How the words are put together


def _listed(*kinds: str) -> str:
    """The words of these kinds in all languages, the longest first, as an expression."""
    every = set()
    for code in LANGUAGES:
        for kind in kinds:
            every.update(orders("addresses.toml")[code][kind])
    ordered = sorted(every, key=lambda one: (-len(one), one))
    written = []
    for word in ordered:
        plain = re.escape(word.removesuffix("*")).replace(r"\ ", r"\s{1,40}")
        written.append(plain + (r"\w{0,20}" if word.endswith("*") else ""))
    return f"(?:{'|'.join(written)})"


WORD_ENDS = r"(?![\w@]|[-./]\w)"
# A noun may stand behind a stroke ("DNS/IP"), and not within a name or a number of a case.
WORD_BEGINS = r"(?<![\w@./-])"
STROKE = r"(?:(?<=dns/)|(?<=dominio/)|(?<=domain/)|(?<=url/)|(?<=sitio/)|(?<=site/))"
QUOTES = r"[\"'»”’*_\])]{0,4}"
# An address of version 6 has two colons together, or three at least: "22:15" is an hour.
LITERAL_ADDRESS = re.compile(
    r"(?<![\w.])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|(?:[0-9a-f]{1,4}:){1,7}:[0-9a-f:]{0,40}|(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4})"
)
NAME = re.compile(
    r"(?<![\w@.+-])(?:[a-z]{2,8}://)?(?:[\w-]{1,63}\.){1,5}[a-z]{2,20}(?![\w@])"
)


@functools.cache
def _words(*kinds: str) -> re.Pattern[str]:
    """Words of these kinds, as whole words, anywhere."""
    if kinds == ("nouns",):
        return re.compile(rf"(?:{WORD_BEGINS}|{STROKE}){_listed(*kinds)}{WORD_ENDS}")
    return re.compile(rf"{WORD_BEGINS}{_listed(*kinds)}(?![\w@])")


@functools.cache
def _before(*kinds: str) -> re.Pattern[str]:
    """Words of these kinds that end where something else begins."""
    return re.compile(rf"{WORD_BEGINS}({_listed(*kinds)})[\s,]{{1,40}}\Z")


@functools.cache
def _sequence(pattern: str) -> re.Pattern[str]:
    """An expression in which "<kind>" stands for the words of a kind."""

    def words(kind: re.Match[str]) -> str:
        return _listed(*kind[1].split())

    return re.compile(re.sub(r"(?<!\?P)<([a-z ]+)>", words, pattern))


A_COLUMN = re.compile(r"(?<!\w)(?:columna|coluna|column|field|campo)\s{1,3}[\"'“«]?\Z")
DNS_BEFORE = re.compile(
    r"(?<!\w)(?:dns|sni|url)(?:\s{1,40}(?:y|e|and)\s|\s?[,/+]\s?)\s{0,40}\Z"
)
# "tanto el dominio como la IP"
BOTH = re.compile(
    r"(?<!\w)tanto\s(?:[^.;:]|\.(?=\w)){1,100}\s(?:como|quanto)\s{1,40}\Z"
)
ADDRESS_BEFORE = re.compile(r"[0-9]\.[0-9]{1,3}(?:/[0-9]{1,2})?\)?\s?[,(]?\s{0,3}\Z")
NOR = re.compile(r"(?<!\w)(?:ni|nem|nor)\s{1,40}\Z")
PUBLIC_INSTITUTE = re.compile(r"[A-ZÀ-Þ][\w-]*,\s{1,3}I\.\s?P\.?\Z")  # of Portugal
IN_THE = re.compile(r"(?<!\w)nos?\s{1,40}\Z")  # in Portuguese

# What belongs to the words behind it.
LOOSE = re.compile(
    r"(?:\s{1,40}(?:o|a|e|os|as|de|del|da|do|en|em|con|com|por|the|to|que|la|el|los))+\Z"
)
BLOCKING = r"(?<!\w)<blocking>(?:\s{1,40}<of>)?\s{1,40}\Z"
BY_BLOCKING = (
    r"(?<!\w)<by>\s{1,40}(?:<articles>\s{1,40}){0,2}<blocking>\s{1,40}(?:<of>\s{1,40})?"
    r"(?:<articles>\s{1,40}){0,2}\Z"
)

# Behind a noun: what says that its address is one of the site's.
AKIN = r"\s{1,40}(?:<akin>)(?!\w)"
RELATIVE = (
    r",?\s{1,40}<relatives>\s{1,40}(?:<aside>\s{1,40}){0,4}<serves>(?!\w)"
    r"(?:\s{1,40}(?:<aside>|<serves>|<of>|<own>)(?!\w)(?!\.\w)){0,5}"
)
OF_IT = (
    r"\s{1,40}(?:<of>\s{1,40}){1,2}(?:(?:<articles>|<own>)\s{1,40}){0,3}"
    r"(?:<sites>(?!\w)|[\"'«“]?(?:https?://)?(?:[\w-]{1,63}\.){1,5}[a-z]{2,20})"
)
JOINED_AGAIN = r",\s{1,40}<connectors>(?!\w)"
# "used by it", "serving the site"
SERVING = (
    r"\s{1,40}<serves>(?:\s{1,40}<of>)?(?:\s{1,40}(?:<articles>|<own>)){0,2}"
    r"\s{1,40}(?:<sites>|<aside>)(?!\w)"
)
OF_PEOPLE = (
    r"(?:\s{1,40}(?:<of>|<relatives>|<articles>|<own>|<akin>|<uses>|<marks>|<listed>)"
    r"(?!\w)){0,6}\s{1,40}<people>(?!\w)"
)
MARKED = r"\s{1,40}<marks>(?!\w)"
LISTED = r",?\s{1,40}(?:<akin>\s{1,40})?(?:<listed>)(?!\w)"
LEFT = r"(?:[^.;:]|\.(?=\w)){0,60}?(?<!\w)<left>(?!\w)"
DENIED_BEHIND = (
    r"(?:[^.;:\w]{1,3}[\w]{1,20}){0,5}?,?\s{1,40}(?:no|nao|not|nunca|never|tampoco|tampouco)"
    r"(?:\s{1,40}(?:<carries>|ser|be|been|are|is))*\s{1,40}(?:ser\s|be\s)?(?:<hits>|<spans>|<carries>)(?!\w)"
)
PASSIVE = (
    r"(?:\s{1,40}(?:<akin>|<of>|<articles>|<own>|<sites>)(?!\w)){0,6},?\s{1,40}<passive>"
    r"(?:\s{1,40}\w{1,20}){0,2}?\s{1,40}(?:<hits>)(?!\w)"
)
DENIED = (
    r"(?<!\w)(?P<no><no>)(?!\s{1,40}<only>(?!\w))"
    r"(?:,?\s{1,40}(?:<carries>|<own>|<articles>|<akin>)(?!\w)){0,12},?\s{1,40}\Z"
)
LEAVING = (
    r"(?<!\w)<kept>(?:\s{1,40}(?:<carries>|<articles>|<own>|<akin>)){0,8}\s{1,40}\Z"
)
LEFT_BEFORE = (
    r"(?<!\w)<kept>(?:\s{1,40}(?:<carries>|<articles>)){0,3}\s{1,40}<left>"
    r"(?:\s{1,40}(?:<carries>|<own>|<articles>|<akin>)(?!\w)){0,8}\s{1,40}\Z"
)
OTHERS_BEHIND = (
    r"\s{1,40}(?:rights?|holders?|owners?|owned|infring\w+|laws?|offices?|court|claims?|lawyers?"
    r"|lists?|division|enterprise|theft|crime|telephony|television|cameras?|networks?|protocol"
    r"|transit|transito)(?!\w)"
)
TECHNIQUE_BEHIND = (
    r"[-\s](?:address(?:es)?[-\s])?(?:based[-\s])?(?:block|filter|level)\w{0,6}(?!\w)"
)
OTHER_WAY_BEFORE = (
    r"(?<!\w)<ways>(?:\s{0,2}\((?:dns|sni|url)\))?(?:,?\s{1,40}(?:<connectors>|tanto)|\s{0,3}[,/+]"
    r"|,?\s{1,40}como|,?\s{1,40}quanto|\s{1,40}level\s{1,40}and)\s{0,40}(?:tambien\s|tambem\s|also\s)?\Z"
)
OTHER_WAY_BEHIND = (
    r"(?:\s{0,3}[,/+]|\s{1,40}(?:<connectors>|como|quanto))\s{1,40}"
    r"(?:<by>\s{1,40})?<ways>(?!\w)"
)
ITEM = r"[;,]?\s{0,3}\n\s{0,9}(?:[-–—•*·]\s{0,3}|\(?[a-z0-9]{1,3}[.)]\s{1,3}){0,2}\Z"
LIST_OPENS = r"[(\[:]\s{0,3}\Z"
COMMA = r"\s{0,2}[,+&/]\s{0,40}\Z"
# Between a target, or what it is called, and the words that go with it.
GAP = (
    r"[\"'»”’*_\])\s]{0,6}(?:\([^()]{0,80}\)\s{0,3})?"
    r"(?:,?\s{0,3}(?:<by>|en sus|em seus|at their|at its|at the)\s{1,40}"
    r"(?:(?:own|propi[oa]s|propri[oa]s)\s)?(?:dns\s?)?(?:dns|resolv\w+|servidores dns)?)?"
    r"[,\s]{0,40}"
)
CALLED = (
    r"(?<!\w)(?:<sites>)(?:\s{1,40}[\"'«“]?(?:https?://)?(?:[\w-]{1,63}\.){1,5}[a-z]{2,20})?"
    r"[\"'»”’\])]{0,3}\s{0,3},?\s{0,3}\Z"
)
# Before a verb with which another clause begins.
CLAUSE = (
    r"(?:[,;:]|(?<!\w)<connectors>)\s{1,40}"
    r"(?:(?:se|que se|que|to|also|tambien|tambem|deben|debera\w{0,2}|devem|devera\w{0,2}"
    r"|shall|must|will|do|they|each|ordena|ordenase|requierese|asimismo)"
    r"\s{1,40}){0,3}\Z"
)
ADDRESSES = r"(?:\s{1,40}(?:<articles>|<own>|<akin>|<of>)){0,5}\s{1,40}<nouns>(?!\w)"
NO_SITE = (
    r"\s{1,40}(?:dns|d[eo]s? (?:dns|nomes?|nombres?|correo|e-?mail)|name|public|autoritat"
    r"|recursiv|authoritative)"
)


@dataclass(frozen=True, slots=True)
class _NounPhrase:
    """A noun for an address with the words around it.

    `start` is where its articles begin, `whole` where the connector before them does. `own` says
    whether words tell whose it is, `joined` whether a connector stands before it.
    """

    noun: int
    noun_end: int
    start: int
    whole: int
    end: int
    own: bool
    akin: bool
    joined: bool
    by: bool


class _AddressReader:
    """Tells of one noun after the other what it is there for."""

    def __init__(
        self, page: DraftText, targets: Sequence[Target], ordered: int, language: str
    ) -> None:
        self._page = page
        self._folded = page.folded
        self._targets = sorted(targets, key=lambda one: one.start)
        self._names = [one for one in self._targets if one.kind not in NUMBERS]
        self._numbers = [one for one in self._targets if one.kind in NUMBERS]
        self._places = [(one.start, one.end) for one in self._targets]
        self._name_ends = sorted(one.end for one in self._names)
        # What is told before the order counts where the order names nothing itself.
        names_something = any(one.start >= ordered for one in self._targets)
        self._ordered = ordered if names_something else 0
        self._language = language

    def address(self, start: int, end: int) -> AddressPhrase:
        """Say what a word for an address is there for."""
        phrase = self._phrase(start, end)
        aside = self._aside(phrase)
        meaning = aside or self._meaning(phrase)
        first = phrase.whole if meaning is AddressMeaning.TOO else phrase.start
        is_way = aside is None and meaning in (
            AddressMeaning.OTHER,
            AddressMeaning.UNCLEAR,
        )
        return AddressPhrase(first, phrase.end, meaning, is_way)

    def machine(self, start: int, end: int) -> AddressPhrase | None:
        """Say what a word for the machine of a site is there for; None where for nothing here."""
        phrase = self._phrase(start, end)
        if not phrase.joined or not (phrase.own or phrase.akin):
            return None
        before = self._folded[max(0, phrase.start - 50) : phrase.start]
        if ADDRESS_BEFORE.search(before) and not phrase.own:
            return None
        if re.match(NO_SITE, self._folded[end : end + 40]):
            return None
        if denied := self._denied(phrase):
            return AddressPhrase(phrase.whole, phrase.end, denied)
        if not self._goes_with_a_name(phrase) or start < self._ordered:
            return None
        return AddressPhrase(phrase.whole, phrase.end, AddressMeaning.TOO)

    # What stands around a noun

    def _phrase(self, start: int, end: int) -> _NounPhrase:
        """Return a noun with its articles, the connector before it and the words behind it."""
        first, last = self._passage(start)
        least = max(first, start - BEFORE)
        at = start
        kinds = set()
        while word := self._article(least, at, start):
            kind, at = word
            kinds.add(kind)
        whole = self._connector(least, at)
        end_of_tail, akin = self._tail(end, last)
        return _NounPhrase(
            noun=start,
            noun_end=end,
            start=at,
            whole=at if whole is None else whole,
            end=end_of_tail,
            own="own" in kinds,
            akin=akin or "akin" in kinds,
            joined=whole is not None,
            by="by" in kinds,
        )

    def _passage(self, place: int) -> Span:
        """Return the sentence of a place, with those before it that a semicolon ends."""
        first, last = self._page.sentence(place)
        for _ in range(3):
            if not self._folded[max(0, first - 3) : first].rstrip().endswith(";"):
                break
            first = self._page.sentence(first - 1)[0]
        return first, last

    def _article(self, least: int, at: int, noun: int) -> tuple[str, int] | None:
        """Return the kind of the word before a place, and where it begins; else None."""
        text = self._folded[least:at]
        if word := self._way_before(text, bare=at == noun):
            return "by", least + word.start()
        for kind in ("own", "akin"):
            if word := _before(kind).search(text):
                return kind, least + word.start()
        if self._language == "pt" and (word := IN_THE.search(text)):
            return "articles", least + word.start()
        word = _before("articles", "of").search(text)
        if word is None or (
            _before("connectors").search(text) and not self._is_of(text)
        ):
            return None  # "con", "junto a"
        return "articles", least + word.start()

    def _connector(self, least: int, at: int) -> int | None:
        """Return where the connector before a place begins; None where there is none."""
        text = self._folded[least:at]
        nor = NOR.search(text)
        if nor and self._is_behind_a_name(least + nor.start()):
            return least + nor.start()  # "that nobody reach X nor its IP"
        patterns = (
            _before("connectors"),
            _sequence(COMMA),
            _sequence(ITEM),
            _sequence(LIST_OPENS),
        )
        for pattern in patterns:
            if connector := pattern.search(text):
                return least + connector.start()
        return at if BOTH.search(text) else None

    def _way_before(self, text: str, *, bare: bool) -> re.Match[str] | None:
        """Return the words by which the noun behind them becomes a way of blocking: "por"."""
        way = _before("by").search(text) or _sequence(BY_BLOCKING).search(text)
        if way is not None:
            return way
        noun = _sequence(BLOCKING).search(text)
        if noun and (bare or _sequence(OTHER_WAY_BEFORE).search(text[: noun.start()])):
            return noun
        return None

    def _is_of(self, text: str) -> bool:
        """Say whether "de" and the like before a noun is no part of a connector."""
        connector = _before("connectors").search(text)
        word = _before("of").search(text)
        return bool(word and connector and connector.start() >= word.start())

    def _tail(self, end: int, last: int) -> tuple[int, bool]:
        """Return where the words behind a noun end, and whether they say that it is a site's."""
        at = end
        akin = False
        for _ in range(4):
            text = self._folded[at : min(last, at + BEHIND)]
            word = (
                _sequence(RELATIVE).match(text)
                or _sequence(AKIN).match(text)
                or _sequence(OF_IT).match(text)
                or _sequence(SERVING).match(text)
            )
            if word is None:
                break
            at += word.end()
            akin = True
        loose = LOOSE.search(self._folded, end, at)
        return loose.start() if loose else at, akin

    # What it is there for

    def _aside(self, phrase: _NounPhrase) -> AddressMeaning | None:
        """Return what a noun means that is denied, or of people, or no address; else None."""
        before, behind = self._around(phrase)
        near = self._page.plain[max(0, phrase.noun - 40) : phrase.noun_end]
        if (
            re.match(OTHERS_BEHIND, behind)
            or (phrase.start == phrase.noun and _before("others").search(before))
            or PUBLIC_INSTITUTE.search(near)
        ):
            return AddressMeaning.OTHER
        if self._is_written_out(phrase):
            return None
        if denied := self._denied(phrase):
            return denied
        people = _sequence(OF_PEOPLE).match(behind) or _sequence(MARKED).match(behind)
        verb, stands = self._governing(phrase)
        if people or verb in ("hands", "uses"):
            return self._of_people(phrase, verb, stands, people=people is not None)
        return None

    def _around(self, phrase: _NounPhrase) -> tuple[str, str]:
        """Return what stands in the sentence before a noun and its articles, and behind it."""
        first, last = self._passage(phrase.noun)
        before = self._folded[max(first, phrase.start - BEFORE) : phrase.start]
        behind = self._folded[phrase.noun_end : min(last, phrase.noun_end + BEHIND)]
        return before, behind

    def _meaning(self, phrase: _NounPhrase) -> AddressMeaning:
        """Return what a noun means that is to be hit, by itself or with a name."""
        if self._is_written_out(phrase):
            return AddressMeaning.OTHER
        before, behind = self._around(phrase)
        with_dns = not phrase.own and DNS_BEFORE.search(before)
        if phrase.by or with_dns or re.match(TECHNIQUE_BEHIND, behind):
            return self._way(phrase, before, behind)
        meaning = self._beside_names(phrase, behind)
        if meaning is AddressMeaning.UNCLEAR and self._heads_a_column(phrase):
            return AddressMeaning.OTHER
        if phrase.noun >= self._ordered:
            return meaning
        if meaning is AddressMeaning.TOO:
            return AddressMeaning.UNCLEAR  # asked for, and the order names its own
        return AddressMeaning.OTHER

    def _heads_a_column(self, phrase: _NounPhrase) -> bool:
        """Say whether a noun stands in a row of a table that has addresses below."""
        if A_COLUMN.search(self._folded, max(0, phrase.noun - 20), phrase.noun):
            return True
        row = tables.row(self._folded, phrase.noun)
        return row is not None and self._has_addresses_below(phrase)

    def _has_addresses_below(self, phrase: _NounPhrase) -> bool:
        """Say whether addresses are written out in the lines behind a noun."""
        last = min(len(self._folded), phrase.noun_end + COLUMN)
        return LITERAL_ADDRESS.search(self._folded, phrase.noun_end, last) is not None

    def _is_written_out(self, phrase: _NounPhrase) -> bool:
        """Say whether the address itself stands beside the noun."""
        text = self._folded
        if overlaps(self._places, phrase.noun, phrase.noun_end):
            return True  # within a page's address
        before = text[max(0, phrase.start - 50) : phrase.start]
        if ADDRESS_BEFORE.search(before) and not phrase.own:
            return True
        found = LITERAL_ADDRESS.search(
            text, phrase.noun_end, min(len(text), phrase.noun_end + LITERAL)
        )
        if found is None:
            return False
        between = text[phrase.noun_end : found.start()]
        if _words("nouns").search(between) or NAME.search(between):
            return False
        joined = _sequence(r"\s{0,3},?\s{1,40}<connectors>(?!\w)").match(between)
        return not joined and not re.search(r"[;.](?!\w)", between)

    def _denied(self, phrase: _NounPhrase) -> AddressMeaning | None:
        """Return what is meant where words before a noun or behind it deny; else None."""
        first, last = self._passage(phrase.noun)
        before = self._folded[max(first, phrase.noun - BEFORE) : phrase.noun]
        denied = _sequence(DENIED).search(before)
        while denied is not None and self._denies_nothing(phrase, denied):
            denied = _sequence(DENIED).search(before, denied.end("no"))
        if denied is not None:
            may_be_in_the = denied[0].split() == ["no"] and self._language == ""
            again = _sequence(JOINED_AGAIN).search(denied[0])
            if may_be_in_the or again:
                return AddressMeaning.UNCLEAR
            return AddressMeaning.NOT
        behind = self._folded[phrase.end : min(last, phrase.end + BEHIND)]
        if _sequence(LEFT_BEFORE).search(before) or _sequence(DENIED_BEHIND).match(
            behind
        ):
            return AddressMeaning.NOT
        left = _sequence(LEFT).match(behind)
        if left is None or _words("hits").search(left[0].replace("sin bloquear", "")):
            return None
        if _sequence(LEAVING).search(before) or _words("kept").search(left[0]):
            return AddressMeaning.NOT
        return None

    def _denies_nothing(self, phrase: _NounPhrase, denied: re.Match[str]) -> bool:
        """Say whether a word that denies elsewhere does not here."""
        if denied["no"] == "no" and self._language == "pt":
            return True  # "in the"
        if denied["no"] not in ("ni", "nem", "nor"):
            return False
        start = phrase.noun - len(denied.string) + denied.start()
        return self._is_behind_a_name(start)  # "that nobody reach X nor its IP"

    def _is_behind_a_name(self, place: int) -> bool:
        """Say whether a name that is to be hit stands right before a place."""
        number = bisect_left(self._name_ends, place + 1) - 1
        if number < 0:
            return False
        gap = self._folded[self._name_ends[number] : place]
        return len(gap) < 8 and not gap.strip(" \n\t,\"'»”’")

    def _governing(self, phrase: _NounPhrase) -> tuple[str, int]:
        """Return of which kind the verb is that stands next before a noun, and where."""
        first, _ = self._passage(phrase.noun)
        least = max(first, phrase.whole - 400)
        last = ("", -1)
        for kind in ("hits", "spans", "hands", "uses"):
            for verb in _words(kind).finditer(self._folded, least, phrase.start):
                if verb.start() >= last[1] and not overlaps(self._places, *verb.span()):
                    last = (kind, verb.start())
        return last

    def _of_people(
        self, phrase: _NounPhrase, verb: str, stands: int, *, people: bool
    ) -> AddressMeaning:
        """Say what addresses are there for that are data, or somebody's."""
        told = phrase.own or phrase.akin
        near = phrase.joined and told and self._is_near_a_name(phrase)
        if verb in ("hands", "uses") and not near:
            tells = verb == "uses" and not told  # "for other sites share an IP"
            hit = not tells and self._is_hit_before(stands)
            if hit and not self._begins_anew(phrase):
                return AddressMeaning.UNCLEAR  # "block, as the report has it, …"
            return AddressMeaning.OTHER
        arriving = re.search(
            r"(?<!\w)(?:from|desde|proven\w+ de)\s", self._before(phrase)
        )
        if phrase.noun < self._ordered or (arriving and not phrase.joined):
            return AddressMeaning.OTHER
        hit = near and self._is_hit_before(stands)
        if hit and not people and self._is_next_to_a_name(phrase):
            return AddressMeaning.TOO
        return AddressMeaning.UNCLEAR

    def _begins_anew(self, phrase: _NounPhrase) -> bool:
        """Say whether behind what is to be hit a clause of data begins: "and keep the logs"."""
        first, _ = self._passage(phrase.noun)
        least = max(first, phrase.whole - FARTHEST)
        hit = least
        for verb in _words("hits").finditer(self._folded, least, phrase.start):
            hit = verb.end()
        begins = _sequence(CLAUSE)
        for verb in _words("hands", "uses").finditer(self._folded, hit, phrase.start):
            if begins.search(self._folded, max(hit, verb.start() - NEAR), verb.start()):
                return True
        return False

    def _before(self, phrase: _NounPhrase) -> str:
        """The words right before a noun and its articles, and these."""
        first, _ = self._passage(phrase.noun)
        return self._folded[max(first, phrase.whole - 20) : phrase.noun]

    def _is_hit_before(self, place: int) -> bool:
        """Say whether a word for blocking stands in the sentence before a place."""
        first, _ = self._passage(place)
        least = max(first, place - FARTHEST)
        return _words("hits").search(self._folded, least, place) is not None

    def _way(self, phrase: _NounPhrase, before: str, behind: str) -> AddressMeaning:
        """Say what "by IP" is there for: beside another way, the addresses of names are meant."""
        if not self._names or self._has_a_choice(phrase):
            return AddressMeaning.OTHER  # how is told elsewhere
        joined = _sequence(OTHER_WAY_BEFORE).search(before)
        if phrase.noun < self._ordered:
            return AddressMeaning.OTHER
        if joined or _sequence(OTHER_WAY_BEHIND).match(behind):
            return AddressMeaning.TOO
        return AddressMeaning.OTHER

    def _has_a_choice(self, phrase: _NounPhrase) -> bool:
        """Say whether ways are named to choose from: "by DNS or by IP"."""
        first, last = self._passage(phrase.noun)
        text = self._folded[max(first, phrase.start - 80) : min(last, phrase.end + 80)]
        words = (one[0] for one in _words("either").finditer(text))
        # "o" is "the" in Portuguese
        return any(one not in ("o", "u") or self._language != "pt" for one in words)

    def _beside_names(self, phrase: _NounPhrase, behind: str) -> AddressMeaning:
        """Say whether the addresses of names are meant."""
        verb, _ = self._governing(phrase)
        told = phrase.own or phrase.akin
        sites = bool(self._names) or not self._numbers
        listed = not phrase.own and _sequence(LISTED).match(behind)
        if listed and (self._numbers or self._has_addresses_below(phrase)):
            return AddressMeaning.OTHER
        if listed:
            return AddressMeaning.UNCLEAR
        if sites and self._goes_with_a_name(phrase):
            return AddressMeaning.TOO
        if sites and told and self._names and verb in ("hits", "spans"):
            governed = self._is_governed_alone(phrase)
            return AddressMeaning.UNCLEAR if governed else AddressMeaning.TOO
        if sites and told and self._names and _sequence(PASSIVE).match(behind):
            return AddressMeaning.TOO
        if not told and self._numbers:
            return AddressMeaning.OTHER
        return AddressMeaning.UNCLEAR

    def _is_governed_alone(self, phrase: _NounPhrase) -> bool:
        """Say whether the addresses of a name are to be hit, and the name is not spoken of."""
        first, last = self._passage(phrase.noun)
        if phrase.own:
            return False
        before = bisect_left(self._places, (first, 0))
        behind = bisect_left(self._places, (last, 0))
        if before < len(self._places) and self._places[before][0] < phrase.noun:
            return False
        return behind - before == len(self._places)

    def _goes_with_a_name(self, phrase: _NounPhrase) -> bool:
        """Say whether a noun is joined to a name that is to be hit, or to what it is called."""
        told = phrase.own or phrase.akin
        if phrase.joined:
            if self._is_next_to_a_name(phrase) and (told or not self._numbers):
                return True
            if self._is_next_to_a_word(phrase):
                return True
            if told and self._is_near_a_name(phrase):
                return True
            if told and not self._targets and self._is_near_a_word(phrase):
                return True  # of an annex
        joined = _sequence(
            r"(?:\s{1,40}<connectors>\s{1,40})(?:(?:<of>|<articles>|<own>|<akin>)\s{1,40}){0,4}"
            r"[\"'«“]?(?:<sites>(?!\w)|(?P<name>(?:https?://)?(?:[\w-]{1,63}\.)+[a-z]{2,20}))"
        )
        for end in {phrase.noun_end, phrase.end}:
            behind = joined.match(self._folded, end)
            if behind and (
                behind["name"] is None or overlaps(self._places, *behind.span("name"))
            ):
                return self._has_names(phrase)
        return False

    def _has_names(self, phrase: _NounPhrase) -> bool:
        """Say whether names are to be hit, or those of an annex."""
        return bool(self._names) or self._is_hit_before(phrase.start)

    def _is_next_to_a_name(self, phrase: _NounPhrase) -> bool:
        """Say whether only a way of blocking stands between a name and a noun's connector."""
        first, _ = self._passage(phrase.noun)
        number = bisect_left(self._name_ends, phrase.whole + 1) - 1
        if number < 0:
            return False
        end = self._name_ends[number]
        if end < first or phrase.whole - end > NEAR:
            return False
        return _sequence(GAP).fullmatch(self._folded, end, phrase.whole) is not None

    def _is_near_a_name(self, phrase: _NounPhrase) -> bool:
        """Say whether a name that is to be hit is the last that is named in the sentence."""
        first, _ = self._passage(phrase.noun)
        number = bisect_left(self._name_ends, phrase.whole + 1) - 1
        if number < 0:
            return False
        end = self._name_ends[number]
        least = max(first, phrase.whole - 2 * NEAR)
        if end < least:
            return False
        between = self._folded[end : phrase.whole]
        return NAME.search(between) is None

    def _is_near_a_word(self, phrase: _NounPhrase) -> bool:
        """Say whether what is to be hit is called sites or names somewhat before a noun."""
        first, _ = self._passage(phrase.noun)
        least = max(first, phrase.whole - NEAR)
        sites = _words("sites").search(self._folded, least, phrase.whole)
        return sites is not None and self._is_hit_before(sites.start())

    def _is_next_to_a_word(self, phrase: _NounPhrase) -> bool:
        """Say whether a noun is joined to what names are called: "the domain and its IP"."""
        first, _ = self._passage(phrase.noun)
        before = self._folded[max(first, phrase.whole - NEAR) : phrase.whole]
        if not self._has_names(phrase):
            return False
        word = _sequence(CALLED).search(before.rstrip(" ,\n") + " ")
        if word is None:
            return False
        name = NAME.search(word[0])
        start = max(first, phrase.whole - NEAR) + word.start()
        return name is None or any(
            start <= one.start < phrase.whole for one in self._names
        )
