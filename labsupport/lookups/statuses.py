"""`lab.statuses`: what the status codes of registrations mean, and what follows from them.

One catalogue for RDAP and WHOIS: RFC 8056 says which code of EPP is which word of RDAP.
"""

from __future__ import annotations

from dataclasses import dataclass

from labsupport.language import Language, mark
from labsupport.lookups.names import NotUnderstood, folded
from labsupport.results import Explanation, Result, Table, quoted

REGISTRAR = mark("the registrar")
REGISTRY = mark("the registry")
CALENDAR = mark("the registry, by the calendar")
EITHER = mark("registry or registrar")


@dataclass(frozen=True, slots=True)
class Status:
    """A status code: as RDAP writes it, and as EPP and WHOIS do ("" where they have none).

    `by` is who sets it, `means` says in a few words what it is, `order` what follows for
    whoever wants something done about the name. `source` is the standard.
    """

    rdap: str
    epp: str
    by: str
    means: str
    order: str
    source: str


def _locks(word: str, means: tuple[str, str], order: tuple[str, str]) -> list[Status]:
    """The same lock twice: set by the registrar, and by the registry."""
    epp = word.capitalize()
    return [
        Status(f"{who} {word} prohibited", f"{who}{epp}Prohibited", by, meaning, effect, "RFC 5731")
        for who, by, meaning, effect in zip(
            ("client", "server"), (REGISTRAR, REGISTRY), means, order, strict=True
        )
    ]


STATUSES: tuple[Status, ...] = (
    Status(
        "active",
        "ok",
        REGISTRY,
        mark("nothing is pending, and nothing is locked"),
        mark("No lock stands in the way of a change. It does not say that a site works."),
        "RFC 5731",
    ),
    Status(
        "inactive",
        "inactive",
        REGISTRY,
        mark("no name servers are given for it"),
        mark("The name does not resolve: there is nothing in the DNS to stop."),
        "RFC 5731",
    ),
    Status(
        "client hold",
        "clientHold",
        REGISTRAR,
        mark("the registrar took the name out of the DNS"),
        mark(
            "The name does not resolve once resolvers have forgotten it: web and mail stop, for "
            "all who use it. Other domains break too where their name servers are named below "
            "it. The registration stays, and so do the machines behind the name. The registrar "
            "can undo it."
        ),
        "RFC 5731",
    ),
    Status(
        "server hold",
        "serverHold",
        REGISTRY,
        mark("the registry took the name out of the DNS"),
        mark(
            "The name does not resolve once resolvers have forgotten it: web and mail stop, for "
            "all who use it. Other domains break too where their name servers are named below "
            "it. The registration stays, and so do the machines behind the name. The registrar "
            "cannot undo it, only the registry can."
        ),
        "RFC 5731",
    ),
    *_locks(
        "transfer",
        (
            mark("the registrar locked it against a move to another registrar"),
            mark("the registry locked it against a move to another registrar"),
        ),
        (
            mark(
                "A move to another registrar must be unlocked first, by the registrar. It may be "
                "a habit of the registrar, a wish of the holder, a dispute or an order: the "
                "status does not say which."
            ),
            mark(
                "A move to another registrar must be unlocked first, by the registry. It may be "
                "a bought protection, a dispute or an order: the status does not say which."
            ),
        ),
    ),
    *_locks(
        "update",
        (
            mark("the registrar locked it against changes"),
            mark("the registry locked it against changes"),
        ),
        (
            mark("A change of name servers or contacts must be unlocked first, by the registrar."),
            mark("A change of name servers or contacts must be unlocked first, by the registry."),
        ),
    ),
    *_locks(
        "delete",
        (
            mark("the registrar locked it against deletion"),
            mark("the registry locked it against deletion"),
        ),
        (
            mark("A deletion must be unlocked first, by the registrar."),
            mark("A deletion must be unlocked first, by the registry."),
        ),
    ),
    *_locks(
        "renew",
        (
            mark("the registrar locked it against renewal"),
            mark("the registry locked it against renewal"),
        ),
        (
            mark("Until the registrar unlocks it, nobody can prolong the registration."),
            mark("Until the registry unlocks it, nobody can prolong the registration."),
        ),
    ),
    Status(
        "add period",
        "addPeriod",
        CALENDAR,
        mark("it was registered within the last days"),
        mark(
            "The name is new. If the registrar deletes it within this time, the registry credits "
            "it the fee."
        ),
        "RFC 3915",
    ),
    Status(
        "auto renew period",
        "autoRenewPeriod",
        CALENDAR,
        mark("it ran out, and the registry renewed it by itself"),
        mark(
            "The new date of expiry is no sign that the holder has paid. If the registrar deletes "
            "the name within this time, the registry credits it the fee for the renewal. How long "
            "differs between registries."
        ),
        "RFC 3915",
    ),
    Status(
        "renew period",
        "renewPeriod",
        CALENDAR,
        mark("the registrar renewed it within the last days"),
        mark(
            "The name works as before. If the registrar deletes it within this time, the registry "
            "credits it the fee for the renewal."
        ),
        "RFC 3915",
    ),
    Status(
        "transfer period",
        "transferPeriod",
        CALENDAR,
        mark("it moved to another registrar within the last days"),
        mark(
            "What happened before, the earlier registrar knows, and perhaps only that one. If the "
            "new one deletes the name within this time, the registry credits it the fee for the "
            "move."
        ),
        "RFC 3915",
    ),
    Status(
        "redemption period",
        "redemptionPeriod",
        REGISTRY,
        mark("it was deleted, and only its earlier holder can still have it restored"),
        mark(
            "The name does not resolve. Under the rules for generic domains it can be restored "
            "for 30 days; then follow 5 days of pending delete, and then anybody can register "
            "it. A country's registry may have other periods, or none."
        ),
        "RFC 3915",
    ),
    Status(
        "pending restore",
        "pendingRestore",
        REGISTRY,
        mark("its restoration was asked for and is not complete"),
        mark(
            "It is on its way back to the holder. Unless the registrar reports in time, it falls "
            "back into the redemption period."
        ),
        "RFC 3915",
    ),
    Status(
        "pending delete",
        "pendingDelete",
        REGISTRY,
        mark("it is about to be deleted"),
        mark(
            "Beside redemption period, it can still be restored. Alone, nobody can restore it any "
            "more: under the rules for generic domains it is free after 5 days, and whoever "
            "registers it next receives its visitors and mail. A country's registry may have "
            "other periods."
        ),
        "RFC 5731, RFC 3915",
    ),
    Status(
        "pending create",
        "pendingCreate",
        REGISTRY,
        mark("its registration was asked for and is not complete"),
        mark("The name may not be in the DNS yet, and may never be."),
        "RFC 5731",
    ),
    Status(
        "pending renew",
        "pendingRenew",
        REGISTRY,
        mark("its renewal was asked for and is not complete"),
        mark("The date of expiry may change within days."),
        "RFC 5731",
    ),
    Status(
        "pending transfer",
        "pendingTransfer",
        REGISTRY,
        mark("a move to another registrar was asked for and is not complete"),
        mark("The registrar of today may not be that of next week."),
        "RFC 5731",
    ),
    Status(
        "pending update",
        "pendingUpdate",
        REGISTRY,
        mark("a change was asked for and is not complete"),
        mark("What the record says may change within days."),
        "RFC 5731",
    ),
    Status(
        "transfer prohibited",
        "",
        EITHER,
        mark("it is locked against a move to another registrar"),
        mark("A move must be unlocked first. Who set the lock is not said."),
        "RFC 9083",
    ),
    Status(
        "update prohibited",
        "",
        EITHER,
        mark("it is locked against changes"),
        mark("A change must be unlocked first. Who set the lock is not said."),
        "RFC 9083",
    ),
    Status(
        "delete prohibited",
        "",
        EITHER,
        mark("it is locked against deletion"),
        mark("A deletion must be unlocked first. Who set the lock is not said."),
        "RFC 9083",
    ),
    Status(
        "renew prohibited",
        "",
        EITHER,
        mark("it is locked against renewal"),
        mark("A renewal must be unlocked first. Who set the lock is not said."),
        "RFC 9083",
    ),
    Status(
        "locked",
        "",
        EITHER,
        mark("nothing in it can be changed"),
        mark("Every change must be unlocked first. Who set the lock is not said."),
        "RFC 9083",
    ),
    Status(
        "validated",
        "",
        EITHER,
        mark("the directory says that the data were checked"),
        mark("What was checked, and how, the status does not say."),
        "RFC 9083",
    ),
    Status(
        "proxy",
        "",
        EITHER,
        mark("a proxy service stands in the place of the holder"),
        mark("Who is behind it is not in the record; that service may know."),
        "RFC 9083",
    ),
    Status(
        "private",
        "",
        EITHER,
        mark("the data are held and not shown to the public"),
        mark("Whoever keeps the directory has them."),
        "RFC 9083",
    ),
    Status(
        "removed",
        "",
        EITHER,
        mark("some data were left out"),
        mark("Whoever keeps the directory may have them."),
        "RFC 9083",
    ),
    Status(
        "obscured",
        "",
        EITHER,
        mark("some data were altered so that they cannot be read"),
        mark("Whoever keeps the directory may have them as they were."),
        "RFC 9083",
    ),
    Status(
        "associated",
        "linked",
        REGISTRY,
        mark("other records refer to this contact or this name server"),
        mark("It is no status of a domain. What has it cannot be deleted while they do."),
        "RFC 5732, RFC 5733",
    ),
)

# Those that an order about a name meets most.
FIRST = (
    "active",
    "client hold",
    "server hold",
    "client transfer prohibited",
    "server transfer prohibited",
    "server update prohibited",
    "redemption period",
    "pending delete",
)
ALL = "all"

_BY_NAME = {folded(name): status for status in STATUSES for name in (status.rdap, status.epp)}
_BY_NAME.pop("")


def find_status(text: str) -> Status | None:
    """Return the status that is written so, by RDAP or by EPP; None for an unknown one.

    >>> find_status("clientHold").rdap, find_status("client hold").epp
    ('client hold', 'clientHold')
    """
    return _BY_NAME.get(folded(text))


def statuses(say: Language, only: object = "") -> Result:
    """List what the status codes mean: without `only` those that matter most, with "all" all.

    `only` may also be a status in either spelling, or a part of one, such as "hold". Raises
    NotUnderstood when there is none.
    """
    wanted = folded(only) if isinstance(only, str) else ""
    notes: tuple[str, ...] = ()
    if only == "":
        chosen = [status for status in STATUSES if status.rdap in FIRST]
        notes = (
            say(
                'These are {count} of {all}. lab.reference("statuses", "all") lists all of them, '
                'lab.reference("statuses", "hold") those with that word.',
                count=len(chosen),
                all=len(STATUSES),
            ),
        )
    elif known := find_status(wanted):
        chosen = [known]
    else:
        chosen = [
            status
            for status in STATUSES
            if wanted == ALL or (wanted and wanted in f"{folded(status.rdap)} {folded(status.epp)}")
        ]
    if not chosen:
        raise NotUnderstood(
            say(
                'There is no status {what} in the list. For all: lab.reference("statuses", "all").',
                what=quoted(only),
            )
        )
    if len(chosen) == 1:
        (one,) = chosen
        sentence = say(
            "{status} means: {means}. {order}",
            status=one.rdap,
            means=say(one.means),
            order=say(one.order),
        )
        if one.epp:
            notes = (
                say("In WHOIS it is written {epp} ({source}).", epp=one.epp, source=one.source),
            )
        else:
            notes = (say("It is in RDAP alone ({source}).", source=one.source),)
    else:
        sentence = say(
            "A status beginning with client is set by the registrar, one beginning with server "
            "by the registry: who set it can undo it."
        )
        notes += (
            say(
                "WHOIS writes most of them in one word, like clientHold. There active is ok, and "
                "associated is linked (RFC 8056)."
            ),
        )
    table = Table(
        say("What a status means"),
        (
            say("in RDAP"),
            say("who sets it"),
            say("what it means"),
            say("what follows for an order, technically"),
        ),
        tuple(
            (status.rdap, say(status.by), say(status.means), say(status.order)) for status in chosen
        ),
    )
    return Explanation(say, None, sentence, notes, table=table)
