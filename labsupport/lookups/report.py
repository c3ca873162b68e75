"""The record as a report to print, for somebody who was not there."""

from __future__ import annotations

import contextlib
import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from labsupport import evidence
from labsupport.evidence import (
    INVENTED,
    LAB_CLOCK,
    LIVE,
    OF_LIVE,
    Custody,
    Seal,
    clock_offset,
    no_name_twice,
    refused,
)
from labsupport.exchange import WHOIS_PORT
from labsupport.language import Language
from labsupport.lookups.templates import filled_in
from labsupport.lookups.timestamps import Stamp
from labsupport.results import utc

LONGEST_ANSWER = 6000  # characters of one answer in the annex
MOST_FOUND, LONGEST_GIST = 5, 180  # questions on the front page, characters of what was found
STAMP = "lab.evidence.stamp()"
Record = Mapping[str, Any]

# A text that was given to a call, after its name if it had one; "…" stands for a long one.
ARGUMENT = re.compile(r'(?:([a-z_]+)=)?("(?:[^"\\]|\\.)*"|…)')
DIRECTORY_NAMES = re.compile(r"(domain|ip|autnum|entity|nameserver)/")


def report(
    say: Language,
    records: Sequence[Record],
    seal: Seal,
    now: float,
    *,
    file: str,
    custody: Custody,
    check: tuple[str, str],
    authority: tuple[str, str] = ("", ""),
    stamps: Sequence[tuple[int, Stamp, int]] = (),
) -> str:
    """Return the report as one HTML page that needs nothing else: a front page, and annexes.

    `records` are the lines of the file of evidence, which is called `file`, `seal` theirs, `now`
    when the report is made (seconds since 1970). What is empty in `custody` is filled in by hand.
    `check` is the page that checks a record, `authority` the certificate of who stamped it: the
    names of files, and their SHA-256.
    """
    exchanges = [one for one in records if one["kind"] == "exchange"]
    sent = [one for one in exchanges if one["outcome"] != "not sent"]
    origins = Counter(one["origin"] for one in sent)
    invented = sum(origins[one] for one in INVENTED)
    recorded = evidence.read(b"".join(json.dumps(one).encode() + b"\n" for one in records))
    opening = records[0]
    found = _found(records)
    asked = [one for one in found if one["question"] != STAMP]  # it stands above
    chosen = sorted(asked, key=lambda one: not one["read"])[:MOST_FOUND]
    page = filled_in(
        "papers/report.html",
        say,
        training=opening["clock"] == LAB_CLOCK or invented,
        records=records,
        opening=opening,
        sent=sent,
        origins=len(origins),
        **{"invented": invented, "live": origins[LIVE], "played": origins[OF_LIVE]},
        offset=clock_offset(recorded.lines),
        backwards=evidence.backwards(recorded),
        custody=[(stated, opening[name]) for name, stated in custody._asdict().items()],
        found=found,
        gist=[one for one in asked if one in chosen],
        left=len(asked) - len(chosen),
        answers=_answers(exchanges),
        most=LONGEST_ANSWER,
        **{"call_of": _call_of, "shown_time": shown_time},
        stamps=[one for one in stamps if one[2]],
        **{"seal": seal, "file": file, "check": check, "authority": authority, "made": utc(now)},
    )
    return f"{page}\n"


def _found(records: Sequence[Record]) -> list[dict[str, Any]]:
    """What was asked, each different question once: its lines, and how the program read it."""
    found: dict[str, dict[str, Any]] = {}
    for (kind, question), group in groupby(
        (one for one in records if one["kind"] in ("exchange", "reading")),
        key=lambda one: (one["kind"], one["question"]),
    ):
        one = found.setdefault(question, {"question": question, "lines": [], "read": []})
        lines = list(group)
        if kind == "reading":
            one["read"] += [line["sentence"] for line in lines]
        else:
            one["lines"].append((lines[0]["number"], lines[-1]["number"]))
    for one in found.values():
        spans = one["lines"]
        one["span"] = span_of(spans[0][0], spans[-1][1])
        one["lines"] = [span_of(*span) for span in spans]
        one["short"], one["cut"] = _short(one["read"][-1] if one["read"] else "–")
        one["read"] = list(dict.fromkeys(one["read"]))
    return list(found.values())


def shown_time(text: str) -> str:
    """Return the time of a line without the parts of a second."""
    return text[:19].replace("T", " ")


def span_of(first: int, last: int) -> str:
    """Return lines as "3–7"; a single one as "3"."""
    return f"{first}–{last}" if last > first else str(first)


def _short(text: str) -> tuple[str, bool]:
    """Return as many whole sentences as fit, and whether some are left out.

    A number that is cut is another number.
    """
    if len(text) <= LONGEST_GIST:
        return text, False
    ends = [found.end() for found in re.finditer(r"[.;](?=\s)", text[:LONGEST_GIST])]
    return (text[: ends[-1]] if ends else text.split(maxsplit=1)[0]), True


def _call_of(question: str) -> tuple[str, str]:
    """Return what a question calls and about what, like ("ask", "museum.example")."""
    call = re.fullmatch(r"lab\.([a-z.]+)\((.*)\)", question)
    if not call:
        return "", ""
    given = [
        (name, text if text == "…" else json.loads(text))
        for name, text in ARGUMENT.findall(call.group(2))
    ]
    if call.group(1) == "draft":  # what it is about comes second, or by its name
        given = [one for one in given if not one[0]][1:] + [
            one for one in given if one[0] == "target"
        ]
    return call.group(1), next((text for _, text in given if text), "…")


def _answers(exchanges: Sequence[Record]) -> list[dict[str, Any]]:
    """What directories answered, each different answer of a server once, with its lines."""
    different: dict[tuple[object, ...], dict[str, Any]] = {}
    for record in exchanges:
        if record["answer"] and _of_a_directory(record):
            text = _text_of(record)
            key = (record["address"], record["server"], record["asked"], text)
            different.setdefault(key, {"record": record, "text": text, "lines": []})
            different[key]["lines"].append(record["number"])
    return list(different.values())


def _of_a_directory(record: Record) -> bool:
    """Say whether a message went to WHOIS, or to RDAP: that is told by the address asked for."""
    if record["port"] == WHOIS_PORT:
        return True
    try:
        path = urlsplit(record["asked"].partition(" ")[2]).path
    except ValueError:  # no address of a page, such as http://[::1/
        return False
    return record["protocol"] in ("http", "https") and bool(DIRECTORY_NAMES.search(path))


def _text_of(record: Record) -> str | None:
    """Return an answer as text, without the head of HTTP; None where it is none."""
    answer = b64decode(record["answer"])
    if record["port"] != WHOIS_PORT:
        answer = answer.partition(b"\r\n\r\n")[2]
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError:
        text = answer.decode("latin-1")
    if any(ord(character) < 0x20 and character not in "\t\r\n" for character in text):
        return None
    if text[:1] == "{":
        with contextlib.suppress(ValueError, RecursionError):  # then it stays as it came
            read = json.loads(text, object_pairs_hook=no_name_twice, parse_float=refused)
            members = (
                f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
                for key, value in read.items()
            )
            text = "{" + ",\n".join(members) + "}"
    return text.replace("\r\n", "\n").replace("\t", "    ").strip()
