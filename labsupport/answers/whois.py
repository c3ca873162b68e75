"""What WHOIS servers sent, as it came and in plain words: an answer of `lab.whois`.

The table has the lines that tell something of their own; the text has all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterator, Sequence
from itertools import product

from labsupport.answers import rdap, registration
from labsupport.answers.page import explained
from labsupport.answers.statuses import find_status
from labsupport.inputs.folding import folded
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number
from labsupport.language import Language, limits
from labsupport.lookups import whois as lookup
from labsupport.lookups.rdap import Answered
from labsupport.lookups.registration import no_record
from labsupport.lookups.session import Session
from labsupport.rdds.record import DirectoryOutcome
from labsupport.results import Explanation, Table

REMARKS = ("%", "#", ">>>", "--")  # how a line of the server's own words begins
# Lines that tell nothing of the registration: numbers for the registry's own use, keys of the
# zone, and where more is found.
FOR_MACHINES = re.compile(
    r"registry (\w+ )?id|registrar (url|whois server)|dnssec ds data",
    re.IGNORECASE,
)
END_OF_RECORD = ">>> last update"  # what follows is the server's own words


class WhoisPage(registration.RegistrationPage[lookup.Whois]):
    """What WHOIS servers sent.

    The sentence rests on the records of registry and registrar, as that of `lab.rdap` does.
    """

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        if not facts.found:
            return explained(say, no_record(facts.shown, facts.name)).sentence
        if isinstance(facts.asked, Number):
            return registration.told_of_number(facts.name, [facts.shown.record], say)
        return registration.told_of_domain(facts, say)

    def remarks(self) -> Iterator[str]:
        say = self.say
        facts = self.facts
        chain = " → ".join(one.host for one in (facts.root, *facts.answers))
        yield say("whois.asked_turn_each_answer", chain=chain)
        yield from super().remarks()
        for answer in facts.found:
            yield from registration.misread(answer.host, answer.record, say)

    def tabulated(self) -> Table:
        say = self.say
        facts = self.facts
        redacted = {redaction.name for redaction in facts.shown.record.redacted}
        lines = [line.rstrip() for line in facts.text.split("\n") if line.strip()]
        shown = list(_telling(lines)) if facts.found else lines
        caption = say("whois.the_answer_of_host", host=facts.server)
        if left := len(lines) - len(shown):
            caption += ". " + say("whois.lines_left_out", count=left)
        return Table(
            caption,
            (say("whois.as_it_came"), say("whois.in_plain_words")),
            tuple((line, in_plain_words(line, say, redacted)) for line in shown),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        facts = self.facts
        if facts.shown.record.outcome is DirectoryOutcome.ABSENT:
            return limits(self.say, "limits_of_absence")
        if not facts.found:
            return ()
        return (*super().limits, *limits(self.say, "whois.unencrypted"))


Directories = WhoisPage | rdap.DomainPage | rdap.NumbersPage | Explanation


def whois(
    session: Session, asked: Typed | Number, *, or_rdap: bool = False
) -> Directories:
    """Return what the WHOIS servers of a name or a number send.

    With `or_rdap`, RDAP is asked where they do not answer: rooms let little through.
    """
    ask = lookup.whois_or_rdap if or_rdap else lookup.whois
    return page_of(session.say, ask(session, asked))


def page_of(say: Language, facts: lookup.Whois | Answered) -> Directories:
    """Return the page of what was found, or what is to be said where nothing was."""
    if isinstance(facts, lookup.Whois):
        return WhoisPage(say, facts)
    return rdap.page_of(say, facts)


def _telling(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a record that tell something: not what was told, and what is for machines."""
    ends = [
        number
        for number, line in enumerate(lines)
        if line.lower().startswith(END_OF_RECORD)
    ]
    seen: set[tuple[str, str, str]] = set()
    in_contacts = False  # the form of countries and of numbers: each contact begins with its handle
    for line in lines[: ends[-1] if ends else None]:
        key, _, value = (part.strip() for part in line.partition(":"))
        key = key.lower()
        if line.lstrip().startswith(REMARKS) or FOR_MACHINES.fullmatch(key):
            continue
        in_contacts = in_contacts or key.startswith("nic-hdl")
        whose, _, which = (
            key.partition(" ") if key.startswith(CONTACTS) else ("", "", key)
        )
        which = "name" if which == "organization" else which
        same = {("registrant", which, value), (whose, which, value)}
        if (whose or in_contacts) and value and same & seen:
            continue
        seen.add((whose, which, value))
        yield line


CONTACTS = ("registrant ", "admin ", "tech ", "billing ")


def in_plain_words(line: str, say: Language, redacted: Container[str] = ()) -> str:
    """Return what a line of a WHOIS answer says; `redacted` are the fields not shown.

    >>> in_plain_words("Domain Status: clientHold", Language.load("en"))
    'status: the registrar took the name out of the DNS'
    >>> in_plain_words("expires:     20270514", Language.load("en"))
    'expires: 2027-05-14'
    """
    key, colon, value = (part.strip() for part in line.strip().partition(":"))
    if line.strip().startswith(REMARKS) or not colon or not value:
        return say("whois.words_of_the_server")
    kind, words = _meanings(say).get(folded(key), ("", ""))
    if not words:
        return "–"
    if key in redacted:
        return say("whois.what_not_shown", what=words)
    meaning = ""
    if kind == "status":
        status = find_status(value.split()[0], say)
        meaning = status.means if status else registration.own_word(value, say)
    elif kind == "signed":
        negative = value.lower().startswith(("unsigned", "no"))
        meaning = say("whois.no" if negative else "whois.yes")
    elif kind == "date" and (date := re.match(r"(\d{4})-?(\d{2})-?(\d{2})", value)):
        meaning = "-".join(date.groups())
    return f"{words}: {meaning}" if meaning else words


@functools.cache
def _meanings(say: Language) -> dict[str, tuple[str, str]]:
    """Of what kind the value of each key is, and what the key means."""
    table = say.table("whois.toml")
    meanings = {}
    for kind in ("text", "date", "status", "signed"):
        for key, words in table[kind].items():
            meanings[folded(key)] = (kind, words)
    for (whose, whom), (which, field) in product(
        table["whose"].items(), table["which"].items()
    ):
        for key in (f"{whose} {which}", f"registry {whose} {which}"):
            meanings[folded(key)] = ("contact", f"{whom}: {field}")
    return meanings
