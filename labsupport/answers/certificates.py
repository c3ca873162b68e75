"""The certificates that logs have of a name, as an answer of `lab.investigate.certificates`."""

from __future__ import annotations

from collections.abc import Iterator

from labsupport.answers.lookalikes import listed
from labsupport.answers.page import Page
from labsupport.inputs.names import Typed
from labsupport.lookups import certificates as lookup
from labsupport.lookups.lookalikes import shown
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Table, utc


class CertificatesPage(Page[lookup.Certificates]):
    """The certificates that a search over logs has of a name."""

    LIMITS = (
        "certificates.no_link_proven",
        "certificates.only_issued",
        "certificates.late",
    )

    @property
    def others(self) -> tuple[str, ...]:
        """The other names that stand in the certificates."""
        return self.facts.others

    def remarks(self) -> Iterator[str]:
        if not self.facts.complete:
            yield self.say("certificates.not_all_read")

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        if not facts.found:
            return say("certificates.search_knows_no_certificate", what=facts.name)
        text = say("certificates.known", count=len(facts.found), what=facts.name)
        foreign = [name for name in facts.others if not facts.has_domain_of(name)]
        same = [name for name in facts.others if facts.has_domain_of(name)]
        key = "certificates.beside" if foreign else "certificates.none_beside"
        text += " " + say(key, names=listed(foreign, say))
        if same:
            text += " " + say("certificates.same_domain_names", names=listed(same, say))
        return text

    def tabulated(self) -> Table | None:
        say = self.say
        facts = self.facts
        return Table.of(
            say("certificates.certificates_name_logs", name=facts.name),
            facts.found,
            (say("certificates.first_seen_log"), lambda one: _day(one.seen)),
            (
                say("certificates.names_in_it"),
                lambda one: ", ".join(map(_as_shown, one.names)),
            ),
            (say("certificates.issuer"), lambda one: one.issued_by or "–"),
            (say("certificates.valid_from"), lambda one: _day(one.begins)),
            (say("certificates.valid_until"), lambda one: _day(one.ends)),
            (say("certificates.serial_number"), lambda one: one.serial or "–"),
        )


def certificates(session: Session, typed: Typed) -> CertificatesPage | Explanation:
    """Ask the search over certificate logs for a name."""
    return CertificatesPage.of(session.say, lookup.certificates(session, typed))


def _as_shown(name: str) -> str:
    return name if shown(name) == name else f"{name} ({shown(name)})"


def _day(time: float | None) -> str:
    if time is None:
        return "–"
    return utc(time)[:10]
