"""`lab.course.statuses`: what the status codes of registrations mean, and what follows.

One catalogue for RDAP and WHOIS: RFC 8056 says which code of EPP is which word of RDAP.
"""

from __future__ import annotations

import functools
import json
from typing import NamedTuple

from labsupport.declared import in_words
from labsupport.inputs.choices import choices
from labsupport.inputs.folding import folded
from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.results import Statement, Table
from labsupport.visible import quoted

ALL = "all"


class Status(NamedTuple):
    """A status code, as data/course/en/statuses.toml has it."""

    rdap: str
    by: str
    means: str
    order: str
    source: str
    epp: str = ""
    first: bool = False


@functools.cache
def catalogue(say: Language) -> tuple[Status, ...]:
    """Return all status codes."""
    return tuple(
        Status(rdap, **told) for rdap, told in say.table("statuses.toml").items()
    )


@functools.cache
def _by_name(say: Language) -> dict[str, Status]:
    by_name = {}
    for status in catalogue(say):
        by_name[folded(status.rdap)] = status
        if status.epp:
            by_name[folded(status.epp)] = status
    return by_name


def find_status(text: str, say: Language) -> Status | None:
    """Return the status that is written so, by RDAP or by EPP; None for an unknown one.

    >>> say = Language.load("en")
    >>> find_status("clientHold", say).rdap, find_status("client hold", say).epp
    ('client hold', 'clientHold')
    """
    return _by_name(say).get(folded(text))


def statuses(say: Language, only: object = "") -> Statement:
    """List what the status codes mean: without `only` those that matter most, with "all" all.

    `only` may also be a status in either spelling, or a part of one, such as "hold". Raises
    NotUnderstood when there is none.
    """
    every = catalogue(say)
    wanted = (
        folded(choices("status").key(only, say) or only)
        if isinstance(only, str)
        else ""
    )
    notes: tuple[str, ...] = ()
    if only == "":
        chosen = [status for status in every if status.first]
        notes = (say("statuses.only_first", count=len(chosen), all=len(every)),)
    elif status := find_status(wanted, say):
        chosen = [status]
    else:
        chosen = [
            status
            for status in every
            if wanted == ALL
            or (wanted and wanted in f"{folded(status.rdap)} {folded(status.epp)}")
        ]
    if not chosen:
        word = json.dumps(choices("status").word(ALL, say), ensure_ascii=False)
        call = in_words(f"lab.course.statuses({word})", say)
        raise NotUnderstood(say("statuses.unknown", what=quoted(only), call=call))
    if len(chosen) == 1:
        (single,) = chosen
        sentence = say(
            "statuses.status_means_means", status=single.rdap, means=single.means
        )
        sentence += f" {single.order}"
        if single.epp:
            notes = (
                say(
                    "statuses.whois_written_epp_source",
                    epp=single.epp,
                    source=single.source,
                ),
            )
    else:
        sentence = say("statuses.who_sets_it")
        notes += (say("statuses.whois_writes_most_them"),)
    table = Table(
        say("statuses.what_a_status_means"),
        (
            say("statuses.in_rdap"),
            say("statuses.label_who_sets_it"),
            say("statuses.what_it_means"),
            say("statuses.what_follows_order_technically"),
        ),
        tuple(
            (status.rdap, status.by, status.means, status.order) for status in chosen
        ),
    )
    return Statement(say, None, sentence, notes, table=table)
