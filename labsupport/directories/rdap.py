"""RDAP answers (RFC 7480, RFC 9083, RFC 9537), read into a `Record` as servers really write them.

A value of the wrong shape is read where its meaning is plain (a status that is no array, a number
that is text). Where it is not, the record's `problems` tell of it.
"""

from __future__ import annotations

import re

from labsupport.directories import jsontext
from labsupport.directories.rdap_objects import Object, Objects, kind_of
from labsupport.directories.record import Outcome, Record

NO_RDAP = (
    "The status is 404, and what came with it is no answer of RDAP: perhaps the web address leads "
    "to no RDAP server. It does not say that the object is not there."
)
LONGEST_NOTICE = 2000  # characters of a page looked through for such words
# In English, Spanish and Portuguese: that somebody asked too much.
TOO_MUCH = re.compile(
    r"(?:too many|demasiad[ao]s|muitas) (?:requests|queries|consultas|solicitudes|requisições)"
    r"|(?:limit|quota|rate)s? (?:was |is |has been )?(?:exceeded|reached)"
    r"|exceeded (?:the|your)\b|rate.?limited|throttled|slow down"
    r"|(?:consultas|l[ií]mite|cuota|cota|taxa)\b.{0,30}excedid[ao]",
    re.IGNORECASE,
)


def read(
    data: bytes, *, status: int = 200, content_type: str = "", retry_after: str = ""
) -> Record:
    """Read an answer. Never raises: what cannot be read is told in the record's `problems`.

    `status` is the code of HTTP, `content_type` and `retry_after` are the values of those
    headers, "" where the answer has none. What the answer is stands in `outcome`. ABSENT is only
    said by an error of RDAP with the code 404, or by an empty body behind a 404 (RFC 7480
    section 5.3). A server that fails is UNREADABLE; it is THROTTLED with a 503 that says when to
    come back. Only domains, networks and AS numbers are records.

    >>> record = read(b'{"objectClassName": "domain", "ldhName": "MUSEO.example."}')
    >>> record.outcome.value, record.name
    ('found', 'museo.example')
    >>> read(b"<html>Slow down</html>", status=429).outcome.value
    'throttled'
    """
    answer = jsontext.read(data)
    reading = Objects(answer.problems)
    value = answer.value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    code = status if status >= 400 else None
    if isinstance(value, dict):
        if kind := kind_of(value):
            if code:
                reading.problems.append(f"The record came with the status {status} of an error.")
            return reading.record(value, kind, data)
        outcome, code = _error(reading, value, status, content_type, retry_after)
    else:
        if answer.found:
            reading.problems.append("The answer is no object.")
        outcome = _outcome({status}, answer.text[:LONGEST_NOTICE], retry_after)
        if outcome is Outcome.ABSENT and answer.text:
            outcome = Outcome.UNREADABLE
            reading.problems.append(NO_RDAP)
        elif outcome is Outcome.ABSENT:
            reading.problems.clear()  # it needs no body
    if status >= 500 and status != 501:
        reading.problems.append(f"The server failed (status {status}).")
    elif 300 <= status < 400:
        reading.problems.append(f"The server sends elsewhere (status {status}).")
    return Record(outcome, error_code=code, raw=data, problems=tuple(reading.problems))


def _error(
    reading: Objects, value: Object, status: int, content_type: str, retry_after: str
) -> tuple[Outcome, int | None]:
    """Say what JSON is that is no object: an error with its code (RFC 9083 section 6), or none."""
    written = reading.text(value, "errorCode")
    code = int(written) if re.fullmatch("[0-9]{3}", written) else None
    said = (
        reading.text(value, "title"),
        *reading.as_texts(value.get("description"), "description"),
    )
    codes = {found for found in (status, code) if found is not None and found >= 300}
    outcome = _outcome(codes, "\n".join(said), retry_after)
    of_rdap = code is not None or "rdapConformance" in value or "rdap+json" in content_type.lower()
    if outcome is Outcome.ABSENT and not of_rdap:
        outcome = Outcome.UNREADABLE
        reading.problems.append(NO_RDAP)
    elif outcome is Outcome.UNREADABLE and not codes:
        reading.problems.append("The answer has no object of RDAP in it.")
    return outcome, code


def _outcome(codes: set[int], said: str, retry_after: str) -> Outcome:
    """Say what an answer without an object is. ABSENT needs all codes to agree on it."""
    if 429 in codes or TOO_MUCH.search(said) or (503 in codes and retry_after):
        return Outcome.THROTTLED
    if any(code >= 500 and code != 501 for code in codes):
        return Outcome.UNREADABLE
    if any(code == 501 or (400 <= code < 500 and code != 404) for code in codes):
        return Outcome.REFUSED
    return Outcome.ABSENT if codes == {404} else Outcome.UNREADABLE
