"""`lab.rdap`: what the registry of a name or a number says of it, and what the registrar says.

A file says which server knows what (RFC 9224); that server answers in JSON (RFC 9083), and may
refer to another that knows more. Each record stands for itself: they are never merged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from labsupport.exchange.http import HttpResponse
from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups.lookup import NoAnswer, Unanswered
from labsupport.lookups.registration import (
    Asked,
    Registration,
    candidates,
    domain_of,
    lost,
    no_record,
)
from labsupport.lookups.session import Session
from labsupport.lookups.web import fetch, why_no_answer
from labsupport.rdds import bootstrap
from labsupport.rdds import rdap as reader
from labsupport.rdds.bootstrap import LIST_TYPE, Bootstrap
from labsupport.rdds.record import DirectoryOutcome

MEDIA_TYPE = "application/rdap+json"
ACCEPTED = f"{MEDIA_TYPE}, application/json;q=0.9"
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
NOT_SAID = "rdap.not_said"  # the sentence on what no answer does not say


@dataclass(frozen=True, eq=False, kw_only=True)
class Domain(Registration):
    """What registry and registrar have on record of a name that is registered."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Numbers(Registration):
    """What a registry has on record of an address, a prefix or an AS number.

    After the smallest block comes the one that it was cut out of, where that was had.
    """


Answered = Domain | Numbers | Unanswered


def servers(session: Session, kind: str) -> Bootstrap:
    """Return the list of servers for "dns", "ipv4", "ipv6" or "asn" (RFC 9224).

    Where it cannot be fetched, that is the course's copy, if there is one, and it is said.
    """
    text = session.entry.rdap_lists.get(kind)
    url = f"{session.entry.rdap_bootstrap}{kind}.json"
    host = _host(url)
    try:
        _, response = _get(session, url, LIST_TYPE)
        if response.status != 200:
            kind_of = Kind.REFUSED if response.status in (403, 429) else Kind.NO_ANSWER
            raise NoAnswer(kind_of, "rdap.no_list", host, not_said=NOT_SAID)
        listed = bootstrap.read(response.body)
        if not listed.complete:
            raise NoAnswer(Kind.NO_ANSWER, "rdap.list_incomplete", host)
    except NoAnswer:
        if not text:
            raise
        listed = bootstrap.read(text.encode())
        session.note("rdap.copy_used", host=host, day=listed.publication[:10])
    return listed


def ask(session: Session, url: str) -> Asked:
    """Return what a server answers at `url`, whether that is a record or not."""
    final, response = _get(session, url, ACCEPTED)
    status = response.status
    later = response.header("Retry-After")
    kind = response.header("Content-Type")
    record = reader.read(
        response.body, status=status, content_type=kind, retry_after=later
    )
    return Asked(_host(final), final, record)


def _get(session: Session, url: str, accepted: str) -> tuple[str, HttpResponse]:
    """Fetch `url`, and what it redirects to (RFC 7480 section 5.2)."""
    seen: list[str] = []
    while url not in seen and len(seen) <= MOST_REDIRECTS:
        seen.append(url)
        response = _fetch(session, url, accepted)
        location = response.header("Location")
        if response.status not in REDIRECTS or not location:
            return url, response
        onward = _joined(url, location)
        if url.startswith("https:") and onward.startswith("http:"):
            key = "rdap.leads_to_unencrypted"
            raise NoAnswer(Kind.FAILED, key, not_said=NOT_SAID, host=_host(url))
        url = onward
    raise NoAnswer(Kind.FAILED, "rdap.endless", _host(seen[0]), not_said=NOT_SAID)


def _fetch(session: Session, url: str, accepted: str) -> HttpResponse:
    try:
        host = _host(url)
        if host and not session.network.covers(host):
            raise NoAnswer(Kind.NOT_COVERED, "registration.outside", host=host)
        fetched = fetch(session, url, accepted)
    except (NotUnderstood, ValueError) as problem:
        key = "rdap.cannot_be_asked"
        raise NoAnswer(Kind.FAILED, key, not_said=NOT_SAID, url=url) from problem
    if fetched.response is None:
        raise why_no_answer(fetched, NOT_SAID)
    return fetched.response


def rdap(session: Session, asked: Typed | Number) -> Answered:
    """Return what the registry, and for names the registrar, have on record of what is asked."""
    try:
        return (
            _number(session, asked)
            if isinstance(asked, Number)
            else _domain(session, asked)
        )
    except NoAnswer as problem:
        return problem.unanswered(session, asked.notes)


def _domain(session: Session, typed: Typed) -> Answered:
    listed = servers(session, "dns")
    bases = listed.find(typed.text)
    if not bases:
        host = _host(session.entry.rdap_bootstrap)
        raise NoAnswer(Kind.NO_SERVER, "rdap.no_server_for_name", host, name=typed.text)
    names = candidates(typed.text, suffix(typed.text, listed))
    for domain in names:
        registry = ask(session, f"{bases[0]}domain/{domain}").about(names)
        # A registry may call a name too deep for it no absence, but a bad question.
        is_bad_question = registry.record.error_code == 400
        if (
            registry.record.outcome is not DirectoryOutcome.ABSENT
            and not is_bad_question
        ):
            break
    if registry.record.outcome is not DirectoryOutcome.FOUND:
        why = no_record(registry, names[0])
        return replace(
            why, provenance=session.provenance(registry.host), notes=typed.notes
        )
    domain = domain_of(registry.record, domain)
    answers = [registry]
    instead = None
    link = _linked(registry, ("related",), "/domain/")
    if link and not link.startswith(f"https://{registry.host}/"):
        try:
            registrar = ask(session, link).about(names)
        except NoAnswer as problem:
            instead = problem.unanswered(session)
        else:
            answers.append(registrar)
            if registrar.record.outcome is not DirectoryOutcome.FOUND:
                instead = no_record(registrar, domain)
    missing = lost(instead)
    return Domain(
        kind=missing or Kind.FOUND,
        provenance=session.provenance(", ".join(answer.host for answer in answers)),
        notes=typed.notes,
        asked=typed,
        name=domain,
        answers=tuple(answers),
        instead=instead,
        missing=missing,
    )


def suffix(name: str, servers: Bootstrap) -> str:
    """Return the longest ending of `name` that the list of servers has, such as com.test.

    A suffix has no registrant: its record is never that of a name below it. A name that is not
    in the list ends in its last label.
    """
    _, _, ending = name.partition(".")
    while "." in ending and ending not in servers.names:
        _, _, ending = ending.partition(".")
    return ending


def _linked(answer: Asked, rels: tuple[str, ...], path: str) -> str:
    """Return where a record links to for another, "" where nowhere.

    A link leads to a record where its media type says so, or says nothing.
    """
    for link in answer.record.links:
        media_type, _, _ = link.media_type.partition(";")
        is_rdap = media_type.strip().lower() in (MEDIA_TYPE, "")
        if link.rel in rels and is_rdap and path in link.href:
            return _joined(answer.query, link.href)
    return ""


def _joined(base: str, href: str) -> str:
    """Return where a link leads; what cannot be asked comes back as it is, and is said then."""
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def _number(session: Session, number: Number) -> Answered:
    resource = number.resource
    if isinstance(resource, int):
        kind = "asn"
        path = f"autnum/{resource}"
    else:
        kind = f"ipv{resource.version}"
        path = f"ip/{resource}"
    bases = servers(session, kind).find(resource)
    if not bases:
        host = _host(session.entry.rdap_bootstrap)
        raise NoAnswer(
            Kind.NO_SERVER, "rdap.no_server_for_number", host, what=number.text
        )
    registry = ask(session, bases[0] + path).about(resource)
    if registry.record.outcome is not DirectoryOutcome.FOUND:
        why = no_record(registry, number.text)
        return replace(
            why, provenance=session.provenance(registry.host), notes=number.notes
        )
    answers = [registry]
    instead = None
    if link := _linked(registry, ("up", "rdap-up"), "/ip/"):
        try:
            larger = ask(session, link).about(resource)
        except NoAnswer as problem:
            instead = problem.unanswered(session)
        else:
            if larger.record.outcome is DirectoryOutcome.FOUND:
                answers.append(larger)
    return Numbers(
        kind=Kind.FOUND,
        provenance=session.provenance(registry.host),
        notes=number.notes,
        asked=number,
        name=number.text,
        answers=tuple(answers),
        instead=instead,
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
