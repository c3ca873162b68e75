"""The header of a mail, read line by line, as an answer of `lab.investigate.mail`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labsupport.answers.page import Page
from labsupport.formats.mail import Head, HeaderLine
from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language, table
from labsupport.lookups import mail as lookup
from labsupport.results import Statement, Table, utc
from labsupport.visible import quoted

LONGEST = 160  # of a line that is shown, but for those that tell the way


class MailPage(Page[lookup.Mail]):
    """What the header of a mail says, and what of it can be relied on."""

    LIMITS = ("mail.machine", "mail.copy")

    @property
    def head(self) -> Head:
        """The header of the mail, line by line."""
        return self.facts.head

    def __init__(self, say: Language, facts: lookup.Mail) -> None:
        super().__init__(say, facts)
        self.notes = tuple(self._remarks())

    @property
    def sentence(self) -> str:
        say = self.say
        head = self.facts.head
        shown = say("mail.shown", address=head.address("From") or "–")
        handover = head.handover
        if handover is None:
            return f"{say('mail.nobody_tells')} {shown}"
        when = utc(handover.when.timestamp()) if handover.when else "–"
        came = say("mail.came", server=handover.by, address=handover.address, when=when)
        results = say.listed(
            f"{key.upper()} {result}" for key, result in head.checks.items()
        )
        checks = say("mail.checks", found=results) if results else ""
        return " ".join(filter(None, (came, shown, checks)))

    def tabulated(self) -> Table:
        say = self.say
        head = self.facts.head
        rows = []
        for number, line in enumerate(head.lines, 1):
            own = number <= head.own
            who = (
                say("mail.the_receiver_own_server")
                if own
                else say("mail.whoever_had_it_before")
            )
            whole = line.hop or len(line.text) <= LONGEST
            text = line.text if whole else f"{line.text[:LONGEST]}…"
            rows.append((number, f"{line.name}: {text}", who, _says(line, own, say)))
        return Table(
            say("mail.header_mail_top"),
            (
                say("mail.line"),
                say("mail.what_stands_there"),
                say("mail.who_wrote_it"),
                say("mail.what_it_says"),
            ),
            tuple(rows),
        )

    def _remarks(self) -> Iterator[str]:
        """What in a head does not fit together."""
        say = self.say
        head = self.facts.head
        if self.provenance is None:
            yield say("mail.real")
        shown, envelope, answers = map(
            head.address, ("From", "Return-Path", "Reply-To")
        )
        for other, key in ((envelope, "mail.back_to"), (answers, "mail.answer_to")):
            if other and shown and other.rpartition("@")[2] != shown.rpartition("@")[2]:
                yield say(key, other=other, shown=shown)
        if (hop := head.handover) and hop.name and hop.claimed not in ("", hop.name):
            yield say(
                "mail.claimed", address=hop.address, claimed=hop.claimed, name=hop.name
            )
        for method, result in head.checks.items():
            yield say(f"mail.{method}", result=result)


def mail(
    what: object, mails: Mapping[str, bytes], now: float, say: Language
) -> MailPage | Statement:
    """Read one of the lab's `mails` by its name, or the text of another one.

    Without either the names are listed. `now` is the lab's time, in seconds since 1970.
    Raises NotUnderstood for a name that no mail has, and for a text that has no header.
    """
    if not isinstance(what, str) or not what.strip():
        names = Table(
            say("mail.mails_of_the_lab"),
            (say("mail.name"),),
            tuple((name,) for name in mails),
        )
        return Statement(say, None, say("mail.list"), table=names)
    message = lookup.mail(what, mails, now)
    if message is None:
        raise NotUnderstood(
            say("mail.no_such", name=quoted(what), names=say.listed(mails))
        )
    if not message.head.lines:
        raise NotUnderstood(say("mail.no_header"))
    return MailPage(say, message)


def _says(line: HeaderLine, own: bool, say: Language) -> str:
    if line.hop:
        came = line.hop.name or line.hop.claimed or "–"
        who = f"{came} ({line.hop.address})" if line.hop.address else came
        key = "mail.took" if own else "mail.took_unvouched"
        return say(key, by=line.hop.by or "–", who=who)
    return table(say, "mail_lines").get(line.name.lower(), "")
