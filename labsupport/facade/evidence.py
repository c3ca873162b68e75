"""`lab.evidence`: the record of everything that was asked, files of it, and requests for data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labsupport.facade.room import Room, asks, offers
from labsupport.inputs.names import Typed
from labsupport.inputs.registered import read_what
from labsupport.results import Explanation, Missing, Result, Statement

if TYPE_CHECKING:
    import pandas as pd

    from labsupport.answers.evidence_record import SavedFile, Sealed
    from labsupport.answers.requests import Receivers, RequestForm
    from labsupport.answers.verification import Stamped, Verified

REQUEST = '"bancodelfaro-clientes.example"'
RECORD_FILE = "evidence.jsonl"
REPORT_FILE = "report.html"


class EvidenceRoom(Room, path="evidence"):
    """The record of everything that was asked: to save, to seal, to report; and what follows.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> lab.ask("www.museum.example").kind.name, len(lab.evidence)
    ('FOUND', 1)
    """

    @property
    def _here(self) -> Result:
        return self._context.record

    def __len__(self) -> int:
        return len(self._context.log.lines)

    @property
    def sentence(self) -> str:
        """How much was asked, and where the record is kept."""
        return self._here.sentence

    @property
    def table(self) -> pd.DataFrame | Missing:
        """A row for each question, as a pandas DataFrame."""
        return self._here.table

    @property
    def limits(self) -> tuple[str, ...]:
        """What the record does not prove."""
        return self._here.limits

    @offers('by="Eva Solís"')
    def custody(
        self, by: object = "", matter: object = "", witness: object = ""
    ) -> Statement | Explanation:
        """State who keeps the record, in which matter, and who watches: for its first line.

        Once the record is saved, sealed or stamped, its first line stands. A report can say more.

        >>> from labsupport import Lab
        >>> Lab("en").evidence.custody(by="Eva Solís").kind is None
        True
        """
        return self._context.record.custody(by, matter, witness)

    @offers(f'"{RECORD_FILE}"')
    def save(self, file: object = RECORD_FILE) -> SavedFile | Explanation:
        """Keep the record in a file of the working folder, from now on line by line.

        A file that is already there is never overwritten: the next free name is used, and said.

        >>> from labsupport import Lab
        >>> Lab("en").evidence.save().sentence
        'Nothing was asked yet. Ask something first: lab.ask("www.museum.example").'
        """
        return self._context.record.save(file)

    @offers()
    def seal(self) -> Sealed | Explanation:
        """Return the seal of the record so far: the number of lines and the last hash.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.ask("www.museum.example").kind.name, lab.evidence.seal().text[:2]
        ('FOUND', '3-')
        """
        return self._context.record.seal()

    @offers()
    def stamp(self) -> Stamped | Explanation:
        """Have the seal of the record so far time-stamped by an authority (RFC 3161).

        The answer becomes a line of the record itself, where `lab.evidence.verify` finds it.

        >>> from labsupport import Lab
        >>> lab = Lab("en")
        >>> lab.ask("www.museum.example").kind.name, lab.evidence.stamp().kind.name
        ('FOUND', 'FOUND')
        """
        return self._context.record.stamp()

    @offers(f'"{REPORT_FILE}"')
    def report(
        self,
        file: object = REPORT_FILE,
        by: object = "",
        matter: object = "",
        witness: object = "",
    ) -> SavedFile | Explanation:
        """Write the record as a report to print: who asked what of whom, when, what came.

        `by` is who asked, `matter` what for, `witness` who watched, where the first line of the
        record does not have them; what nobody stated has a line to fill in. Beside the report lies
        the page by which others check the record, and the record itself is kept in a file.

        >>> from labsupport import Lab
        >>> Lab("en").evidence.report().kind
        <Kind.NOT_ASKED: 'not asked'>
        """
        return self._context.record.report(file, by, matter, witness)

    @asks(f'"{RECORD_FILE}"')
    def verify(
        self, file: object = "", seal: object = ""
    ) -> Verified | Statement | Explanation:
        """Check a file of evidence line by line; with its seal, also as a whole.

        Of a case file (its folder) each file is compared with its list of hashes.

        >>> from labsupport import Lab
        >>> Lab("en").evidence.verify("nothing-here.jsonl").kind
        <Kind.NOT_ASKED: 'not asked'>
        """
        from labsupport.answers import verification

        return verification.verify(self._context.session, file, seal)

    @asks(f'"{RECORD_FILE}", "byte"', words={"how": "damage"})
    def tamper(self, file: object = "", how: object = "") -> SavedFile | Explanation:
        """Damage a copy of a file of evidence, to practise; the file itself is not touched.

        `how` is "byte" or "rewrite".

        >>> from labsupport import Lab
        >>> Lab("en").evidence.tamper("nothing-here.jsonl", "byte").kind
        <Kind.NOT_ASKED: 'not asked'>
        """
        from labsupport.answers import tampering

        return tampering.tamper(self._context.session, file, how)

    @asks(
        REQUEST,
        means="lab.what_do_records_hold",
        words={"addressee": "addressee"},
        outside=True,
    )
    def preservation(
        self,
        target: object = "",
        *,
        addressee: object = "",
        country: object = "",
        since: object = "",
        until: object = "",
        time: object = "",
        port: object = "",
        destination: object = "",
        destination_port: object = "",
        protocol: object = "",
        tolerance: object = "",
    ) -> RequestForm | Receivers | Explanation:
        """Fill the technical part of a request to preserve data; the law's part stays empty.

        `target` is a name or an address, `addressee` a part ("registrar") or a name; without one
        the answer says who could receive it. `since` and `until` say from when to when data exist
        that are asked for; a connection has `time` instead, and the rest as in
        `lab.investigate.subscribers`. `country` ("UY") takes words from a country's file.
        `.save("…")` writes the form.

        >>> from labsupport import Lab
        >>> Lab("en").evidence.preservation("198.18.128.2").table["part"][0]
        'holder of the addresses'
        """
        return self._request(
            "preservation",
            target,
            addressee=addressee,
            country=country,
            since=since,
            until=until,
            time=time,
            port=port,
            destination=destination,
            destination_port=destination_port,
            protocol=protocol,
            tolerance=tolerance,
        )

    @asks(
        REQUEST,
        means="lab.what_do_records_hold",
        words={"addressee": "addressee"},
        outside=True,
    )
    def disclosure(
        self,
        target: object = "",
        *,
        addressee: object = "",
        country: object = "",
        since: object = "",
        until: object = "",
        time: object = "",
        port: object = "",
        destination: object = "",
        destination_port: object = "",
        protocol: object = "",
        tolerance: object = "",
    ) -> RequestForm | Receivers | Explanation:
        """Fill the technical part of a request to hand data over; the law's part stays empty.

        What stands between the brackets is as in `preservation`.

        >>> from labsupport import Lab
        >>> Lab("en").evidence.disclosure("198.18.128.2").table["part"][0]
        'holder of the addresses'
        """
        return self._request(
            "disclosure",
            target,
            addressee=addressee,
            country=country,
            since=since,
            until=until,
            time=time,
            port=port,
            destination=destination,
            destination_port=destination_port,
            protocol=protocol,
            tolerance=tolerance,
        )

    def _request(
        self, kind: str, target: object, **details: object
    ) -> RequestForm | Receivers | Explanation:
        from labsupport.answers import requests

        context = self._context
        if target != "":
            if refused := context.refusal("rdap"):  # and say who sees it
                return refused
            asked = read_what(target, context.say)
            if isinstance(asked, Typed) and not context.network.covers(asked.text):
                return context.outside(asked.text, asked.notes)
        return requests.draft(context.session, kind, target, **details)

    # what the record itself offers, as it was typed until version 0.1
    if not TYPE_CHECKING:

        def __getattr__(self, name):
            """Return what only the record has: its lines, its notes."""
            if name.startswith("_"):
                raise AttributeError(name, name=name, obj=self)
            try:
                return getattr(self._here, name)
            except AttributeError:
                raise AttributeError(name, name=name, obj=self) from None
