"""`lab.mail`: the header of a mail, read line by line, and what of it can be relied on."""

from __future__ import annotations

from collections.abc import Mapping

from labsupport import mail
from labsupport.bounds import LARGEST_MAIL_HEAD, MOST_MAIL_LINES
from labsupport.language import Language, mark
from labsupport.lookups.names import NotUnderstood
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
SAYS: Mapping[str, str] = {
    "return-path": mark(
        "where it would go back to if it could not be delivered, as the sender gave it"
    ),
    "delivered-to": mark("whose mailbox it came to"),
    "authentication-results": mark("what the receiving server checked of the sender"),
    "from": mark("what the reader is shown as the sender: free text"),
    "reply-to": mark("where an answer goes"),
    "to": mark("what the reader is shown as the receiver"),
    "subject": mark("the subject"),
    "date": mark("when the sender says that it was written"),
    "message-id": mark("a number, and often the name of the machine that made it"),
    "dkim-signature": mark("a signature of a domain over this mail"),
}
CHECKS = {
    "spf": mark("SPF (may this address send for the envelope's domain?)"),
    "dkim": mark("DKIM (is a domain's signature on it?)"),
    "dmarc": mark("DMARC (does either fit the sender that is shown?)"),
    "arc": mark("ARC (what earlier receivers found)"),
}


class Mail(Result):
    """What the header of a mail says. Attributes: `head`, as it was read; `raw`, the whole mail."""

    def __init__(
        self,
        say: Language,
        raw: bytes,
        head: Head,
        provenance: Provenance | None,
        notes: tuple[str, ...],
    ) -> None:
        self.raw = raw
        self.head = head
        if not head.whole:
            notes += (
                say(
                    "The header is longer than what is read of one: {lines} lines, {size} kB.",
                    lines=MOST_MAIL_LINES,
                    size=LARGEST_MAIL_HEAD // 1024,
                ),
            )
        super().__init__(say, Kind.FOUND, provenance, (*notes, *_remarks(head, say)))

    @property
    def sentence(self) -> str:
        say, head = self.say, self.head
        shown = say("It says to be from {address}.", address=head.address("From") or "–")
        handover = head.handover
        if handover is None:
            return " ".join(
                (
                    say(
                        "No line tells by which machine this mail came in, so all of it may be "
                        "invented."
                    ),
                    shown,
                )
            )
        came = say(
            "{server} took this mail from {address} on {when}: its own line says so. What stands "
            "below that line was there when it came.",
            server=handover.by,
            address=handover.address,
            when=utc(handover.when.timestamp()) if handover.when else "–",
        )
        found = ", ".join(f"{key.upper()} {result}" for key, result in head.checks.items())
        checks = say("The receiving server's own checks: {found}.", found=found) if found else ""
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
        say = self.say
        return (
            say(
                "The address is of the machine that handed the mail over: a provider's, or one "
                "that was broken into. Whose mailbox or connection was behind it, its operator's "
                "records may tell, for as long as they are kept."
            ),
            say("A copy of a mail can be changed. Ask for the message as the mailbox has it."),
        )


def read(what: object, mails: Mapping[str, bytes], now: float, say: Language) -> Result:
    """Read one of the lab's `mails` by its name, or the text of another one.

    Without either the names are listed. `now` is the lab's time, in seconds since 1970.
    """
    text = what if isinstance(what, str) else ""
    if not text.strip():
        table = Table(say("Mails of the lab"), (say("name"),), tuple((name,) for name in mails))
        sentence = say('There are these mails, all invented. To read one: lab.mail("aviso").')
        return Explanation(say, None, sentence, table=table)
    notes: tuple[str, ...] = ()
    provenance = None
    if "\n" in text.strip():
        data = text.encode("utf-8", "replace")
        notes = (
            say(
                "What a cell shows is saved with the notebook. A real mail has people's data in "
                "it: read it where only those who may can open the file."
            ),
        )
    else:
        try:
            data = mails[text.strip().lower()]
            provenance = Provenance(Source.LAB, "", now)
        except KeyError:
            raise NotUnderstood(
                say(
                    "There is no mail {name} in the lab. There are: {names}. The text of another "
                    "begins with its first line.",
                    name=quoted(text),
                    names=", ".join(mails),
                )
            ) from None
    head = mail.read(data)
    if not head.lines:
        raise NotUnderstood(
            say(
                "This is no header of a mail: lines such as “Received: …” and “From: …”. Mail "
                "programs show it as “source” or “original”."
            )
        )
    return Mail(say, data, head, provenance, notes)


def _says(line: Line, own: bool, say: Language) -> str:
    if line.hop:
        came = line.hop.name or line.hop.claimed or "–"
        who = f"{came} ({line.hop.address})" if line.hop.address else came
        by = line.hop.by or "–"
        if own:
            return say("{by} took it from {who}", by=by, who=who)
        return say("that {by} took it from {who}: nobody vouches for it", by=by, who=who)
    words = SAYS.get(line.name.lower())
    return say(words) if words else ""


def _remarks(head: Head, say: Language) -> tuple[str, ...]:
    """What in a head does not fit together."""
    notes = []
    shown, envelope, answers = map(head.address, ("From", "Return-Path", "Reply-To"))
    for other, words in (
        (
            envelope,
            mark("Not delivered, it would go back to {other}, of another domain than {shown}."),
        ),
        (answers, mark("An answer would go to {other}, of another domain than {shown}.")),
    ):
        if other and shown and mail.domain(other) != mail.domain(shown):
            notes.append(say(words, other=other, shown=shown))
    handover = head.handover
    if handover and handover.name and handover.claimed not in ("", handover.name):
        notes.append(
            say(
                "The machine at {address} called itself {claimed}. For that address the receiving "
                "server found the name {name}.",
                address=handover.address,
                claimed=handover.claimed,
                name=handover.name,
            )
        )
    notes += _off(head, say)
    notes += [
        say("{check}: {result}.", check=say(CHECKS[method]), result=result)
        for method, result in head.checks.items()
    ]
    return tuple(notes)


def _off(head: Head, say: Language) -> list[str]:
    """Say by how much the line below the handing over is off in time."""
    below = next((line.hop for line in head.lines[head.own :] if line.hop), None)
    if not (head.handover and head.handover.when and below and below.when):
        return []
    earlier = (head.handover.when - below.when).total_seconds()
    if 0 <= earlier <= USUAL:
        return []
    time = span(say, abs(earlier))
    if earlier < 0:
        return [
            say(
                "The line below tells of a time {span} after the handing over: a wrong clock, or "
                "an invented line.",
                span=time,
            )
        ]
    return [
        say(
            "The line below tells of a time {span} before the handing over: a queue, a wrong "
            "clock, or an invented line.",
            span=time,
        )
    ]
