"""The record as a report to print, for somebody who was not there."""

from __future__ import annotations

import contextlib
import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from labsupport.evidence import Seal
from labsupport.exchange import WHOIS_PORT
from labsupport.language import Language, mark
from labsupport.lookups.evidence import questions, shown_time, span_of, what_came, who
from labsupport.lookups.timestamps import Stamp
from labsupport.results import escaped, utc

LONGEST_ANSWER = 6000  # characters of one answer in the annex
USUAL = {("https", 443), ("http", 80), ("icmp", 0)}
MOST_RANGES = 3  # of lines, named one by one
Record = Mapping[str, Any]

# What each call asks, for readers who have never seen one.
ASKED: dict[str, str] = {
    "ask": mark("What does the resolver answer about {what}?"),
    "trace": mark("Who answers for {what}, from the root down?"),
    "dnssec": mark("Are the answers about {what} signed, and do the signatures hold?"),
    "path": mark("Which way do packets take to {what}?"),
    "visit": mark("What comes when somebody opens {what}?"),
    "origin": mark("Which network announces {what}?"),
    "routes": mark("Which announcements of {what} are seen?"),
    "rdap": mark("What do the directories (RDAP) say of {what}?"),
    "whois": mark("What do the directories (WHOIS) say of {what}?"),
    "compare": mark("Do the directories agree on {what}?"),
    "observers": mark("Who can see what of a visit to {what}?"),
    "who": mark("Who has a part in {what}, and could technically do what?"),
    "lookalikes": mark("Which names can be taken for {what}?"),
    "certificates": mark("Which certificates are known of {what}?"),
    "draft": mark("What do the records hold for a request about {what}?"),
    "evidence.stamp": mark("When did this record exist, as an authority signs it?"),
}
# A text that was given to a call, after its name if it had one; "…" stands for a long one.
ARGUMENT = re.compile(r'(?:([a-z_]+)=)?("(?:[^"\\]|\\.)*"|…)')
DIRECTORY_NAMES = re.compile(r"(domain|ip|autnum|entity|nameserver)/")


def report(
    say: Language,
    records: Sequence[Record],
    seal: Seal,
    now: float,
    *,
    by: str = "",
    matter: str = "",
    remarks: Sequence[str] = (),
    stamps: Iterable[tuple[int, Stamp, int]] = (),
) -> str:
    """Return the report as one HTML page that needs nothing else.

    `records` are the lines of the file of evidence, `seal` theirs, `now` when the report is made
    (seconds since 1970). `by` and `matter` are filled in by hand where they are empty; `remarks`
    are said beside the seal.
    """
    style = resources.files("labsupport.data").joinpath("course/report/report.css").read_text()
    title = say("Record of questions to public directories and servers")
    training = say("TRAINING – FICTIONAL")
    sections = (
        _what_it_is(say),
        _who(say, records, now, by, matter),
        _found(say, records),
        _seal(say, seal, remarks, stamps),
        _what_it_proves(say),
        _how_to_check(say, seal),
        _messages(say, records),
        _answers(say, records),
    )
    return (
        f'<!doctype html>\n<html lang="{say.code}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escaped(training)}: {escaped(title)}</title>\n<style>\n{style}</style>\n"
        f'</head>\n<body>\n<p class="training">{escaped(training)}</p>\n<main>\n'
        f"<h1>{escaped(title)}</h1>\n{''.join(sections)}</main>\n</body>\n</html>\n"
    )


def _what_it_is(say: Language) -> str:
    return _section(
        say("1. What this paper is"),
        _text(
            say(
                "A computer program asked questions of public directories and servers. It wrote "
                "down every question, when it was sent, to whom, and what came back, to the last "
                "byte. This paper is made from those notes."
            ),
            say(
                "It comes from a course. Names, numbers and people in it are invented: nothing in "
                "it is about anybody real."
            ),
            say(
                "A hash (SHA-256) is a fingerprint of data: 64 digits from 0 to 9 and a to f. If "
                "one byte of the data changes, the hash is another one."
            ),
        ),
    )


def _who(say: Language, records: Sequence[Record], now: float, by: str, matter: str) -> str:
    opening = records[0]
    fill = '<span class="fill">&nbsp;</span>'
    rows = (
        (say("Asked by"), escaped(by) or fill),
        (say("In the matter of"), escaped(matter) or fill),
        (say("Tool"), escaped(opening["tool"])),
        (say("First question"), escaped(f"{shown_time(opening['started'])} UTC")),
        (say("This paper was made"), escaped(utc(now))),
        (
            say("Messages sent"),
            escaped(sum(record["kind"] == "exchange" for record in records)),
        ),
        (
            say("Clock"),
            escaped(
                say(
                    "The clock of the course's invented Internet. It is moved by hand, and "
                    "was not compared with any other."
                )
            ),
        ),
        (
            say("Times"),
            escaped(
                say(
                    "All times are UTC, the time that others are counted from. Where clocks show "
                    "UTC−03:00, 15:00 UTC is 12:00."
                )
            ),
        ),
    )
    body = "".join(
        f'<tr><th scope="row">{escaped(what)}</th><td>{value}</td></tr>' for what, value in rows
    )
    caption = escaped(say("Who asked, with what, by which clock"))
    return _section(
        say("2. Who asked"), f"<table><caption>{caption}</caption><tbody>{body}</tbody></table>"
    )


def _found(say: Language, records: Sequence[Record]) -> str:
    """What was asked and how the program read it: a row for each different question."""
    intro = _text(
        say(
            "The sentences were made by the program from the answers. They are its reading, not "
            "part of what came. The lines are those of the file of evidence that hold the "
            "messages: annex A lists them, annex B has what the directories answered."
        )
    )
    asked: dict[str, list[list[int]]] = {}
    for group in questions(records):
        numbers = [record["number"] for record in group]
        asked.setdefault(group[0]["question"], []).append(numbers)
    read: dict[str, dict[str, None]] = {}
    for record in records:
        if record["kind"] == "reading":
            read.setdefault(record["question"], {})[record["sentence"]] = None
    rows = [
        (
            f'<th scope="row">{number}</th>',
            f"<td>{_question(say, question)}</td>",
            f"<td>{'<br>'.join(map(_broken, read.get(question, ())) or ['–'])}</td>",
            f"<td>{escaped(_where(say, times))}</td>",
        )
        for number, (question, times) in enumerate(asked.items(), 1)
    ]
    head = (say("no."), say("asked"), say("what the program made of it"), say("lines"))
    table = _rows(say("Questions, and how the program read the answers"), head, rows, "found")
    return _section(say("3. What was asked, and what was found"), intro + table)


def _question(say: Language, question: str) -> str:
    """Return a question in plain words, and as it was typed."""
    code = f"<code>{escaped(question or '–')}</code>"
    call = re.fullmatch(r"lab\.([a-z.]+)\((.*)\)", question)
    words = ASKED.get(call.group(1)) if call else None
    if not call or words is None:
        return code
    given = [
        (name, text if text == "…" else json.loads(text))
        for name, text in ARGUMENT.findall(call.group(2))
    ]
    subjects = _subjects_of_a_draft(given) if call.group(1) == "draft" else given[:1]
    what = ", ".join(text for _, text in subjects if text) or "…"
    return f"{_broken(say(words, what=what))}<br>{code}"


def _subjects_of_a_draft(given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those arguments that say what a draft is about: a target, an address, or both."""
    by_place = [argument for argument in given if not argument[0]]
    return by_place[1:2] + [one for one in given if one[0] in ("target", "address")]


def _where(say: Language, times: Sequence[Sequence[int]]) -> str:
    """Return the lines of a question that was asked once or several times."""
    if len(times) <= MOST_RANGES:
        return ", ".join(map(span_of, times))
    return say(
        "{lines}, {count} times", lines=span_of([times[0][0], times[-1][-1]]), count=len(times)
    )


def _seal(
    say: Language,
    seal: Seal,
    remarks: Sequence[str],
    stamps: Iterable[tuple[int, Stamp, int]],
) -> str:
    fill = '<span class="fill">&nbsp;</span>'
    place, name = say("Place and date:"), say("Name and signature:")
    parts = [
        _text(
            say(
                "The seal is the number of lines in the file of evidence and the hash of the last "
                "one. Each line holds the hash of the line before. So whoever has this paper can "
                "find out whether any line of the file was changed later."
            ),
            *remarks,
        ),
        f'<div class="seal"><code>{escaped(seal.grouped)}</code>',
        f"<p>{escaped(place)} {fill}</p>",
        f"<p>{escaped(name)} {fill}</p></div>",
    ]
    parts += [
        _text(
            say(
                "Line {line} holds a time-stamp: {authority} signed on {when} that lines 1 to "
                "{covered} existed.",
                line=line,
                authority=stamp.authority,
                when=utc(stamp.time),
                covered=covered,
            )
        )
        for line, stamp, covered in stamps
        if covered
    ]
    return _section(say("4. The seal"), "".join(parts))


def _what_it_proves(say: Language) -> str:
    shows = (
        say(
            "The file holds the messages as this program sent and received them, if whoever ran it "
            "ran it unchanged."
        ),
        say(
            "With the seal kept elsewhere, a later change of any line of the file is found, and "
            "so are lines that are missing or were put in."
        ),
    )
    not_shown = (
        say(
            "The record is of the moment of the question, not of the day of any offence. Since "
            "then, or before, an answer may have been another one."
        ),
        say("What a server answers may be wrong or untrue. The record shows that it said so."),
        say(
            "Whoever held the file before the seal was made could have written it anew, with all "
            "its hashes."
        ),
        say("The clock was not compared with another."),
        say("Another server, or another connection, may have been answered differently."),
        say("Whether it is admitted, and what it is worth, is for the court."),
    )
    head, other_head = say("It shows"), say("It does not show")
    return _section(
        say("5. What it proves, and what it does not"),
        f"<h3>{escaped(head)}</h3>{_list(shows)}<h3>{escaped(other_head)}</h3>{_list(not_shown)}",
    )


def _how_to_check(say: Language, seal: Seal) -> str:
    command = (
        f'sed -n {seal.count}p evidence.jsonl | sed \'s/,"sha256":"[0-9a-f]*"}}$//\' '
        "| tr -d '\\n' | sha256sum"
    )
    return _section(
        say("6. How somebody else can check it"),
        _text(
            say(
                "Ask for the file of evidence (evidence.jsonl). Compare the hash of line {count} "
                "with the seal; later lines are not covered.",
                count=seal.count,
            ),
            say(
                "With the course's program: lab.verify with the file's name and the seal. It names "
                "the first line that is wrong."
            ),
            say(
                "Without it: each line ends with its own hash, computed over all that stands "
                "before it in the line, and holds the hash of the line before as “previous”. On "
                "Linux this prints that of line {count}:",
                count=seal.count,
            ),
        )
        + f"<pre>{escaped(command)}</pre>",
    )


def _messages(say: Language, records: Sequence[Record]) -> str:
    """A row for each message; where the same question was asked again, only its lines."""
    intro = _text(
        say(
            "Each message that was sent, and what came. The hash is that of the raw answer, which "
            "the file of evidence holds to the last byte. DNS is the system that leads from a "
            "name to an address."
        )
    )
    rows = [
        (
            one["number"],
            shown_time(one["time"]),
            f"{who(one)}, {_how(say, one)}",
            one["asked"],
            what_came(one, say),
            one["answer_sha256"] or "–",
        )
        for one in records
        if one["kind"] == "exchange"
    ]
    head = (
        say("line"),
        say("sent (UTC)"),
        say("to whom, how"),
        say("what was asked"),
        say("what came"),
        say("hash of the raw answer (SHA-256)"),
    )
    table = _table(say("Messages"), head, rows, "messages")
    return _annex(say("Annex A: every message"), intro + table)


def _how(say: Language, record: Record) -> str:
    """Return how a message travelled; the web's usual ports go without saying."""
    if (record["protocol"], record["port"]) in USUAL:
        return str(record["protocol"])
    port = say("port {port}", port=record["port"])
    return f"{record['protocol']}, {port}"


def _answers(say: Language, records: Sequence[Record]) -> str:
    """The text of what directories answered, each different answer once."""
    parts = [
        _text(
            say(
                "What the directories answered (RDAP and WHOIS), as it came. An answer that came "
                "several times stands here once. The headers of the web are in the file only."
            )
        )
    ]
    different: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record["kind"] == "exchange" and record["answer"] and _of_a_directory(record):
            key = (record["asked"], _text_of(record, say))
            different.setdefault(key, []).append(record)
    for (asked, text), same in different.items():
        lines = ", ".join(str(record["number"]) for record in same[:MOST_RANGES])
        if len(same) > MOST_RANGES:
            lines = say("{lines} and others", lines=lines)
        title = say(
            "{server}: {asked}", server=same[0]["server"] or same[0]["address"], asked=asked
        )
        if len(text) > LONGEST_ANSWER:
            cut = say("(cut here; the file of evidence has all of it)")
            text = f"{text[:LONGEST_ANSWER]}\n{cut}"
        where = say("Lines: {lines}", lines=lines)
        parts.append(f"<h3>{_broken(title)}</h3><p>{escaped(where)}</p><pre>{escaped(text)}</pre>")
    return _annex(say("Annex B: what the directories answered"), "".join(parts))


def _annex(heading: str, body: str) -> str:
    return f'<section class="annex"><h2>{escaped(heading)}</h2>{body}</section>\n'


def _of_a_directory(record: Record) -> bool:
    """Say whether a message went to WHOIS, or to RDAP: that is told by the address asked for."""
    if record["port"] == WHOIS_PORT:
        return True
    path = urlsplit(record["asked"].partition(" ")[2]).path
    return record["protocol"] in ("http", "https") and bool(DIRECTORY_NAMES.search(path))


def _text_of(record: Record, say: Language) -> str:
    """Return an answer as text, without the head of HTTP."""
    answer = b64decode(record["answer"])
    if record["port"] != WHOIS_PORT:
        answer = answer.partition(b"\r\n\r\n")[2]
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError:
        text = answer.decode("latin-1")
    if any(ord(character) < 0x20 and character not in "\t\r\n" for character in text):
        return say("(This is no text. The file of evidence has its bytes.)")
    if text[:1] == "{":
        with contextlib.suppress(ValueError, RecursionError):  # then it stays as it came
            text = _set_out(json.loads(text))
    return text.replace("\r\n", "\n").replace("\t", "    ").strip()


def _set_out(record: Mapping[str, object]) -> str:
    """Return a JSON object with a line for each member, and one for each item of a list."""
    lines = []
    for key, value in record.items():
        if isinstance(value, list) and len(value) > 1:
            items = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in value)
            lines.append(f"{json.dumps(key)}: [\n{items}]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{" + ",\n".join(lines) + "}"


# Pieces of HTML; all that goes in is escaped here


def _section(heading: str, body: str) -> str:
    return f"<section><h2>{escaped(heading)}</h2>{body}</section>\n"


def _text(*sentences: str) -> str:
    return "".join(f"<p>{escaped(sentence)}</p>" for sentence in sentences)


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escaped(item)}</li>' for item in items)}</ul>"


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], kind: str) -> str:
    cells = ([_cell(cell, place == 0) for place, cell in enumerate(row)] for row in rows)
    return _rows(caption, head, cells, kind)


def _rows(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> str:
    """Return a table; the cells of `rows` are HTML already."""
    top = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<table class="{kind}"><caption>{escaped(caption)}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _cell(cell: object, first: bool) -> str:
    text = str(cell)
    shown = f"<code>{escaped(text)}</code>" if len(text) == 64 else _broken(text)  # 64: a hash
    return f'<th scope="row">{shown}</th>' if first else f"<td>{shown}</td>"


def _broken(text: object) -> str:
    """Return text as HTML in which long names may be broken after a dot or a stroke."""
    return re.sub(r"([./])(?=\w)", r"\1<wbr>", escaped(text))
