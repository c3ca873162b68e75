"""`lab.whois`: the text that WHOIS servers send, as it came and in plain words.

The first server is asked who knows more, and so on: each answer says which server to ask next.
The table has the lines that tell something of their own; the text has all.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from labsupport.directories.record import Outcome, Record
from labsupport.language import Language, mark
from labsupport.lookups import port43
from labsupport.lookups.names import Typed, folded
from labsupport.lookups.numbers import Number
from labsupport.lookups.port43 import Asked, Ended
from labsupport.lookups.rdap import Client, suffix
from labsupport.lookups.registration import (
    BLOCK_KINDS,
    KINDS,
    Missing,
    Unanswered,
    asked_above,
    candidates,
    domain_rows,
    explain,
    limits_of_absence,
    limits_of_names,
    limits_of_numbers,
    meaning,
    misread,
    missing,
    periods,
    told_apart,
    told_of_domain,
    told_of_number,
    unanswered,
)
from labsupport.lookups.session import Session
from labsupport.lookups.statuses import find_status
from labsupport.results import Kind, Result, Table

# A longer text is shown up to here; `text` has all of it.
MOST_LINES = 120

REMARKS = ("%", "#", ">>>", "--")  # how a line of the server's own words begins
REMARK = mark("(words of the server)")
STATUS = mark("status")
SIGNED = mark("signed with DNSSEC")
CREATED, CHANGED, EXPIRES = mark("registered"), mark("last changed"), mark("expires")
TESTED = mark("name server last tested")
RIGHT = mark("name server last right")
DATES = (CREATED, CHANGED, EXPIRES, TESTED, RIGHT)
MORE = mark("the server that knows more")

# What the words before the colon mean, in the forms of generic domains, of countries, and of
# the registries of numbers.
KEYS: dict[str, str] = {
    "abuse-c": mark("contact for abuse, by its handle"),
    "address": mark("postal address"),
    "admin-c": mark("contact for administration, by its handle"),
    "aut-num": mark("AS number"),
    "billing-c": mark("contact for bills, by its handle"),
    "changed": CHANGED,
    "country": mark("country code"),
    "created": CREATED,
    "creation date": CREATED,
    "dnssec": SIGNED,
    "dnssec ds data": mark("the registry's word for the zone's key (DS)"),
    "domain": mark("the name"),
    "domain name": mark("the name"),
    "domain status": STATUS,
    "e-mail": mark("e-mail"),
    "expires": EXPIRES,
    "inetnum": mark("block of addresses"),
    "inetnum-up": mark("the larger block that it is a part of"),
    "inetrev": mark("the block whose reverse names are meant"),
    "name server": mark("name server"),
    "nic-hdl": mark("the handle of the contact that follows"),
    "nic-hdl-br": mark("the handle of the contact that follows"),
    "nserver": mark("name server"),
    "nslastaa": RIGHT,
    "nsstat": TESTED,
    "organisation": mark("organisation"),
    "owner": mark("holder"),
    "owner-c": mark("the holder's contact, by its handle"),
    "ownerid": mark("holder's identifier"),
    "person": mark("contact"),
    "phone": mark("telephone"),
    "provider": mark("who registered it for the holder"),
    "refer": MORE,
    "registrar": mark("registrar"),
    "registrar abuse contact email": mark("the registrar's contact for abuse: e-mail"),
    "registrar abuse contact phone": mark("the registrar's contact for abuse: telephone"),
    "registrar iana id": mark("the registrar's number at IANA"),
    "registrar registration expiration date": EXPIRES,
    "registrar url": mark("the registrar's web site"),
    "registrar whois server": MORE,
    "registry domain id": mark("the registry's number for it"),
    "registry expiry date": EXPIRES,
    "reseller": mark("reseller"),
    "responsible": mark("who is responsible at the holder"),
    "routing-c": mark("contact for routing, by its handle"),
    "status": STATUS,
    "tech-c": mark("contact for technical matters, by its handle"),
    "updated date": CHANGED,
    "whois": MORE,
}
_BY_KEY = {folded(key): words for key, words in KEYS.items()}

# In the form of generic domains a contact's fields are told by two words: whose, and which.
WHOSE: dict[str, str] = {
    "registrant": mark("registrant"),
    "admin": mark("contact for administration"),
    "tech": mark("contact for technical matters"),
    "billing": mark("contact for bills"),
}
WHICH: dict[str, str] = {
    "id": mark("the registry's number"),
    "name": mark("name"),
    "organization": mark("organisation"),
    "street": mark("street"),
    "city": mark("town"),
    "state/province": mark("state or province"),
    "postal code": mark("postal code"),
    "country": mark("country code"),
    "phone": mark("telephone"),
    "fax": mark("fax"),
    "email": mark("e-mail, or a way to write"),
}
_OF_CONTACT = re.compile(rf"(?:registry )?({'|'.join(WHOSE)}) ({'|'.join(WHICH)})", re.IGNORECASE)
# Lines that tell nothing of the registration: numbers for the registry's own use, keys of the
# zone, and where more is found.
FOR_MACHINES = re.compile(
    r"registry (\w+ )?id|registrar (url|whois server)|dnssec ds data",
    re.IGNORECASE,
)
END_OF_RECORD = ">>> last update"  # what follows is the server's own words
# Words for a status that only some registries have.
OWN_STATUSES: dict[str, str] = {"published": mark("in the DNS"), **BLOCK_KINDS}


class Whois(Result):
    """What WHOIS servers sent: shown is the last answer with a record, or else the last one.

    The sentence rests on the records of registry and registrar, as that of `lab.rdap` does.

    Attributes: `text`, the answer as it came; `server`, who sent it; `record`, what was read of
    it; `answers`, those of all servers, in order; `missing` says what came in the place of the
    registrar's record, None where nothing is missing; `left_out` says what the table leaves out.
    """

    def __init__(
        self, session: Session, asked: Typed | Number, answers: Sequence[Asked], ended: Ended
    ) -> None:
        say = session.say
        self.answers = tuple(answers)
        found = [one for one in answers[1:] if one.record.outcome is Outcome.FOUND]
        last = found[-1] if found else answers[-1]
        self.text = last.text
        self.server = last.host
        self.record: Record = last.record
        self.name = last.query if found else asked.text
        self._is_number = isinstance(asked, Number)
        self._found = [one.record for one in found]
        self.missing: Missing | None = None
        if len(found) == 1 and isinstance(asked, Typed):
            self.missing = Missing(ended.kind) if ended.kind else missing(answers[-1].record)
        self._now = session.network.clock.now()
        chain = " → ".join(one.host for one in answers)
        notes = [say("Asked in turn, as each answer said: {chain}.", chain=chain)]
        if found and isinstance(asked, Typed):
            notes += asked_above(asked, last.query, say)
        if answers[-1] is not last:
            notes.append(explain(answers[-1].record, answers[-1].host, last.query, say))
        notes += [ended.sentence] if ended.sentence else []
        if self._found:
            notes += periods(self._found[0], say)
        for one in found:
            notes += misread(one.host, one.record, say)
        lines = [line.rstrip() for line in self.text.split("\n") if line.strip()]
        self._told = list(_telling(lines)) if found else lines
        self.left_out: tuple[str, ...] = ()
        if left := len(lines) - len(self._told):
            self.left_out = (
                say.many(
                    "{count} line is not in the table: repetitions, numbers and keys for "
                    "machines, the server's own words. lab.whois(…).text is the whole answer.",
                    "{count} lines are not in the table: repetitions, numbers and keys for "
                    "machines, the server's own words. lab.whois(…).text is the whole answer.",
                    left,
                ),
            )
        provenance = session.provenance(last.host)
        kind = self.missing.kind if self.missing else KINDS[last.record.outcome]
        super().__init__(say, kind, provenance, (*asked.notes, *notes, *self.left_out))

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of those who keep the data, the registry's first: not the root's."""
        return tuple(one.record for one in self.answers[1:])

    @property
    def sentence(self) -> str:
        if self.record.outcome is not Outcome.FOUND:
            return explain(self.record, self.server, self.name, self.say)
        if self._is_number:
            return told_of_number(self.name, self.record, None, self.say)
        told = told_of_domain(self.name, self._found, self._now, self.say, self.missing)
        apart = told_apart(domain_rows(self._found[:2], self.say), self.say)
        return " ".join(filter(None, (told, apart)))

    def tabulated(self) -> Table:
        say = self.say
        redacted = {redaction.name for redaction in self.record.redacted}
        rows: list[tuple[object, ...]] = [
            (line, in_plain_words(line, say, redacted)) for line in self._told[:MOST_LINES]
        ]
        if (left := len(self._told) - MOST_LINES) > 0:
            rows.append(("…", say.many("{count} more line", "{count} more lines", left)))
        caption = say("The answer of {host}", host=self.server)
        return Table(caption, (say("as it came"), say("in plain words")), tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        if self.record.outcome is Outcome.ABSENT:
            return limits_of_absence(self.say, of_a_name=not self._is_number)
        if self.record.outcome is not Outcome.FOUND:
            return ()
        own = limits_of_numbers(self.say) if self._is_number else limits_of_names(self.say)
        return (
            *own,
            self.say("WHOIS is not encrypted: nothing shows that the text came unchanged."),
        )


def whois(session: Session, asked: Typed | Number) -> Result:
    """Return what the WHOIS servers of a name or a number send."""
    try:
        answers, ended = _asked(session, asked)
    except Unanswered as problem:
        return unanswered(session, problem, asked.notes)
    return Whois(session, asked, answers, ended)


def _telling(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a record that tell something: not what was told, and what is for machines."""
    ends = [number for number, line in enumerate(lines) if line.lower().startswith(END_OF_RECORD)]
    told: set[tuple[str, str, str]] = set()
    in_contacts = False  # the form of countries and of numbers: each contact begins with its handle
    for line in lines[: ends[-1] if ends else None]:
        key, _, value = (part.strip() for part in line.partition(":"))
        if line.lstrip().startswith(REMARKS) or FOR_MACHINES.fullmatch(key):
            continue
        in_contacts = in_contacts or key.lower().startswith("nic-hdl")
        found = _OF_CONTACT.fullmatch(key)
        whose, which = map(str.lower, found.groups()) if found else ("", key.lower())
        which = "name" if which == "organization" else which
        same = {("registrant", which, value), (whose, which, value)}
        if (found or in_contacts) and value and same & told:
            continue
        told.add((whose, which, value))
        yield line


def in_plain_words(line: str, say: Language, redacted: Container[str] = ()) -> str:
    """Return what a line of a WHOIS answer says; `redacted` are the fields not shown.

    >>> in_plain_words("Domain Status: clientHold", Language.load("en"))
    'status: the registrar took the name out of the DNS'
    >>> in_plain_words("expires:     20270514", Language.load("en"))
    'expires: 2027-05-14'
    """
    stripped = line.strip()
    key, colon, value = (part.strip() for part in stripped.partition(":"))
    if stripped.startswith(REMARKS) or not colon or not value:
        return say(REMARK)
    words = _words_for(key, say)
    if not words:
        return "–"
    if key in redacted:
        return say("{what}: not shown", what=words)
    told = _value_in_plain_words(_BY_KEY.get(folded(key), ""), value, say)
    return f"{words}: {told}" if told else words


def _words_for(key: str, say: Language) -> str:
    if found := _OF_CONTACT.fullmatch(key):
        whose, which = found.groups()
        return f"{say(WHOSE[whose.lower()])}: {say(WHICH[which.lower()])}"
    known = _BY_KEY.get(folded(key))
    return say(known) if known else ""


def _value_in_plain_words(kind: str, value: str, say: Language) -> str:
    """Say what a value means where that is no plain text; "" where it is."""
    if kind == STATUS:
        word = value.split()[0]
        if find_status(word):
            return meaning(word, say)
        own = OWN_STATUSES.get(folded(value))
        return say(own) if own else ""
    if kind == SIGNED:
        return say("no") if value.lower().startswith(("unsigned", "no")) else say("yes")
    found = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", value) if kind in DATES else None
    return "-".join(found.groups()) if found else ""


def _asked(session: Session, asked: Typed | Number) -> tuple[list[Asked], Ended]:
    """Return the answers, the root's first, and why the way ended.

    Where no name has a record, they are the answers for the name as it was typed.
    """
    say = session.say
    root = port43.ask(session, session.entry.whois_root, asked.text)
    if root.record.outcome not in (Outcome.FOUND, Outcome.ABSENT):
        sentence = explain(root.record, root.host, asked.text, say)
        raise Unanswered(KINDS[root.record.outcome], sentence, root.host)
    host = root.record.referral.lower().rstrip(".")
    if not host:
        sentence = say(
            "{root} knows no WHOIS server for {what}. That says nothing about whether it is "
            'registered: ask lab.rdap("{what}").',
            root=root.host,
            what=asked.text,
        )
        raise Unanswered(Kind.NO_SERVER, sentence, root.host)
    if isinstance(asked, Number):
        names = [asked.text]
    else:
        names = candidates(asked.text, asked.text.rpartition(".")[2])
    first = None
    for name in names:
        if first and name in _suffixes(session, asked):
            break
        answers = [root]
        ended = port43.follow(session, host, name, answers)
        if len(answers) == 1:  # the root refers to itself
            raise Unanswered(Kind.FAILED, ended.sentence, root.host)
        if answers[1].record.outcome is not Outcome.ABSENT:
            return answers, ended
        first = first or (answers, ended)
    assert first
    return first


def _suffixes(session: Session, asked: Typed | Number) -> tuple[str, ...]:
    """The suffix that a name ends in, as the list of RDAP servers has it; none without a list."""
    try:
        servers = Client(session).servers("dns")
    except Unanswered:
        return ()
    return (suffix(asked.text, servers),)
