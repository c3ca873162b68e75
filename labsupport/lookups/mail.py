"""`lab.mail`: the header of a mail, read line by line, and what of it can be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from labsupport import mail
from labsupport.bounds import LARGEST_MAIL_HEAD, MOST_MAIL_LINES
from labsupport.language import Language
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.words import limits, table, tell
from labsupport.mail import Head, Line
from labsupport.results import (
    Explanation,
    Kind,
    Provenance,
    Result,
    Source,
    Table,
    quoted,
    span,
    utc,
)

LONGEST = 160  # of a line that is shown, but for those that tell the way
USUAL = 3600.0  # seconds that a mail may wait without anything being odd


@dataclass(eq=False, repr=False, kw_only=True)
class Mail(Result):
    """What the header of a mail says. Attributes: `head`, as it was read; `raw`, the whole mail."""

    raw: bytes
    head: Head

    @property
    def sentence(self) -> str:
        say, head = self.say, self.head
        shown = tell(say, "mail.shown", address=head.address("From") or "–")
        handover = head.handover
        if handover is None:
            return f"{tell(say, 'mail.nobody_tells')} {shown}"
        when = utc(handover.when.timestamp()) if handover.when else "–"
        came = tell(say, "mail.came", server=handover.by, address=handover.address, when=when)
        found = ", ".join(f"{key.upper()} {result}" for key, result in head.checks.items())
        checks = tell(say, "mail.checks", found=found) if found else ""
        return " ".join(filter(None, (came, shown, checks)))

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for number, line in enumerate(self.head.lines, 1):
            own = number <= self.head.own
            who = say("the receiver's own server") if own else say("whoever had it before")
            whole = line.hop or len(line.text) <= LONGEST
            text = line.text if whole else f"{line.text[:LONGEST]}…"
            rows.append((number, f"{line.name}: {text}", who, _says(line, own, say)))
        return Table(
            say("The header of the mail, from the top"),
            (say("line"), say("what stands there"), say("who wrote it"), say("what it says")),
            tuple(rows),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "mail.machine", "mail.copy")


def read(what: object, mails: Mapping[str, bytes], now: float, say: Language) -> Result:
    """Read one of the lab's `mails` by its name, or the text of another one.

    Without either the names are listed. `now` is the lab's time, in seconds since 1970.
    """
    text = what if isinstance(what, str) else ""
    if not text.strip():
        names = Table(say("Mails of the lab"), (say("name"),), tuple((name,) for name in mails))
        return Explanation(say, None, tell(say, "mail.list"), table=names)
    notes: tuple[str, ...] = ()
    provenance = None
    key = text.strip().lower()
    if "\n" in key:
        data = text.encode("utf-8", "replace")
        notes = (tell(say, "mail.real"),)
    elif key in mails:
        data = mails[key]
        provenance = Provenance(Source.LAB, "", now)
    else:
        raise NotUnderstood(tell(say, "mail.no_such", name=quoted(text), names=", ".join(mails)))
    head = mail.read(data)
    if not head.lines:
        raise NotUnderstood(tell(say, "mail.no_header"))
    if not head.whole:
        size = LARGEST_MAIL_HEAD // 1024
        notes += (tell(say, "mail.longer", lines=MOST_MAIL_LINES, size=size),)
    return Mail(say, Kind.FOUND, provenance, (*notes, *_remarks(head, say)), raw=data, head=head)


def _says(line: Line, own: bool, say: Language) -> str:
    if line.hop:
        came = line.hop.name or line.hop.claimed or "–"
        who = f"{came} ({line.hop.address})" if line.hop.address else came
        key = "mail.took" if own else "mail.took_unvouched"
        return tell(say, key, by=line.hop.by or "–", who=who)
    return table(say, "mail_lines").get(line.name.lower(), "")


def _remarks(head: Head, say: Language) -> Iterator[str]:
    """What in a head does not fit together."""
    shown, envelope, answers = map(head.address, ("From", "Return-Path", "Reply-To"))
    for other, key in ((envelope, "mail.back_to"), (answers, "mail.answer_to")):
        if other and shown and mail.domain(other) != mail.domain(shown):
            yield tell(say, key, other=other, shown=shown)
    handover = head.handover
    if handover and handover.name and handover.claimed not in ("", handover.name):
        names = {"claimed": handover.claimed, "name": handover.name}
        yield tell(say, "mail.claimed", address=handover.address, **names)
    below = next((line.hop for line in head.lines[head.own :] if line.hop), None)
    if handover and handover.when and below and below.when:
        earlier = (handover.when - below.when).total_seconds()
        if not 0 <= earlier <= USUAL:
            key = "mail.after" if earlier < 0 else "mail.before"
            yield tell(say, key, span=span(say, abs(earlier)))
    for method, result in head.checks.items():
        yield tell(say, f"mail.{method}", result=result)
