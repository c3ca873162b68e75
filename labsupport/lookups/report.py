"""The record as a report to print, for somebody who was not there."""

from __future__ import annotations

import contextlib
import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from labsupport import evidence
from labsupport.declared import QUESTIONS
from labsupport.evidence import (
    INVENTED,
    LAB_CLOCK,
    LIVE,
    OF_LIVE,
    Custody,
    Recording,
    Seal,
    clock_offset,
    no_name_twice,
    refused,
)
from labsupport.exchange import WHOIS_PORT
from labsupport.language import Language, mark
from labsupport.lookups import shell_check
from labsupport.lookups.evidence import (
    custody_labels,
    questions,
    shown_time,
    span_of,
    what_came,
    who,
)
from labsupport.lookups.timestamps import Stamp
from labsupport.results import escaped, utc

LONGEST_ANSWER = 6000  # characters of one answer in the annex
MOST_FOUND, LONGEST_GIST = 5, 180  # questions on the front page, characters of what was found
TRANSFERS = 6  # lines to sign
STAMP = "lab.evidence.stamp()"
EXHIBIT = ("file", "size", "exhibit_sha256", "origin", "receipt")
USUAL = {("https", 443), ("http", 80), ("icmp", 0)}
MOST_RANGES = 3  # of lines, named one by one
Record = Mapping[str, Any]

# What a record holds besides the lab's questions.
BESIDES = {"evidence.stamp": mark("When did this record exist, as an authority signs it?")}
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
    remarks: Sequence[str] = (),
    stamps: Sequence[tuple[int, Stamp, int]] = (),
) -> str:
    """Return the report as one HTML page that needs nothing else: a front page, and annexes.

    `records` are the lines of the file of evidence, which is called `file`, `seal` theirs, `now`
    when the report is made (seconds since 1970). What is empty in `custody` is filled in by hand.
    `check` is the page that checks a record, `authority` the certificate of who stamped it: the
    names of files, and their SHA-256. `remarks` are said beside the seal.
    """
    style = resources.files("labsupport.data").joinpath("course/report/report.css").read_text()
    title = say("Record of questions to public directories and servers")
    invented = records[0]["clock"] == LAB_CLOCK or _origins(records) & set(INVENTED)
    banner = say("TRAINING – FICTIONAL") if invented else ""
    parts = (
        _front(say, records, seal, now, custody, remarks, stamps),
        _annex(say("Annex A: what was asked, and what was found"), _found(say, records)),
        _annex(
            say("Annex B: how somebody else can check it"),
            _how_to_check(say, records, seal, file, check, authority, stamps),
        ),
        _annex(say("Annex C: who had it in hand"), _handed(say, records)),
        _annex(say("Annex D: every message"), _messages(say, records)),
        _annex(say("Annex E: what the directories answered"), _answers(say, records)),
    )
    mark_of_training = f'<p class="training">{escaped(banner)}</p>\n' if banner else ""
    full_title = ": ".join(filter(None, (banner, title)))
    return (
        f'<!doctype html>\n<html lang="{say.code}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escaped(full_title)}</title>\n<style>\n{style}</style>\n"
        f"</head>\n<body>\n{mark_of_training}<main>\n"
        f"<h1>{escaped(title)}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _sent(records: Iterable[Record]) -> list[Record]:
    """The exchanges, but for those in which nothing was sent."""
    return [one for one in records if one["kind"] == "exchange" and one["outcome"] != "not sent"]


def _origins(records: Iterable[Record]) -> set[str]:
    """Which Internets were asked; where nothing was sent, none."""
    return {record["origin"] for record in _sent(records)}


# The front page: what a judge reads


def _front(
    say: Language,
    records: Sequence[Record],
    seal: Seal,
    now: float,
    custody: Custody,
    remarks: Sequence[str],
    stamps: Iterable[tuple[int, Stamp, int]],
) -> str:
    place, first, second = (
        say("Place and date:"),
        say("Signature of who asked:"),
        say("Signature of the witness:"),
    )
    signed = "".join(f"<p>{escaped(one)} {FILL}</p>" for one in (place, first, second))
    label = say("Seal of this record (a number, not a stamp)")
    heading = say("What this record shows, and what it does not")
    return (
        _text(
            say(
                "A program asked questions of public directories and servers. It wrote down each "
                "question, when it was sent, to whom, and what came back, to the last byte."
            ),
            _where_from(say, records),
        )
        + _who(say, records, now, custody, stamps)
        + _gist(say, records)
        + _text(
            say(
                "The seal is the number of lines in the record and the hash of the last one. With "
                "it anybody can find out whether a line was changed, added or taken away since "
                "(annex B)."
            ),
            *remarks,
        )
        + f'<div class="seal"><p>{escaped(label)}</p><code>{escaped(seal.grouped)}</code>'
        + f"{signed}</div><h2>{escaped(heading)}</h2>"
        + _list(_what_it_proves(say))
    )


def _where_from(say: Language, records: Sequence[Record]) -> str:
    """Say which Internet answered: what the paper says of itself follows from its lines."""
    found = Counter(one["origin"] for one in _sent(records))
    invented = sum(found[one] for one in INVENTED)
    if not found:
        return say("No message was sent.")
    if invented == found.total():
        return say(
            "It comes from a course. Names, numbers and people in it are invented, and its clock "
            "is moved by hand: nothing in it is about anybody real."
        )
    if found[LIVE] == found.total():
        return say("The questions went to real servers on the Internet.")
    if found[OF_LIVE] == found.total():
        return say(
            "The answers came from a recording of real servers, and have the times of then. "
            "Nothing was sent when this record was made."
        )
    return say(
        "Messages sent to real servers: {live}. Answered from a recording of real servers: "
        "{recorded}. From a course's invented Internet, about nobody real and by a clock that is "
        "moved by hand: {invented}. Annex D has it message by message.",
        live=found[LIVE],
        recorded=found[OF_LIVE],
        invented=invented,
    )


FILL = '<span class="fill">&nbsp;</span>'


def _who(
    say: Language,
    records: Sequence[Record],
    now: float,
    custody: Custody,
    stamps: Iterable[tuple[int, Stamp, int]],
) -> str:
    opening = records[0]
    first_line = Custody(*(opening[name] for name in Custody._fields))
    said: list[tuple[str, str]] = []
    for label, stated, there in zip(custody_labels(say), custody, first_line, strict=True):
        late = ""
        if stated != there:
            late = say(
                "(stated when this paper was made; the record's first line: {words})",
                words=there or say("nothing"),
            )
        said.append((label, " ".join(filter(None, (escaped(stated) or FILL, escaped(late))))))
    program = opening["program"]
    facts = (
        (say("first question"), f"{shown_time(opening['started'])} UTC"),
        (say("this paper made"), utc(now)),
        (say("messages"), str(len(_sent(records)))),
        (say("machine"), opening["machine"] or say("not noted in the lab")),
        (
            say("program"),
            say("{tool}, SHA-256 {hash}", tool=opening["tool"], hash=program)
            if program
            else opening["tool"],
        ),
        (say("clock"), _clock(say, records)),
    )
    signed = [
        (
            say("time-stamp"),
            say(
                "{authority} signed on {when} that lines 1 to {covered} existed",
                authority=stamp.authority,
                when=utc(stamp.time),
                covered=covered,
            ),
        )
        for _, stamp, covered in stamps
        if covered
    ]
    rows = [*said, *((what, _broken(value)) for what, value in (*facts, *signed[-1:]))]
    body = "".join(f'<tr><th scope="row">{escaped(a)}</th><td>{b}</td></tr>' for a, b in rows)
    caption = escaped(say("Who asked, with what, by which clock"))
    return f"<table><caption>{caption}</caption><tbody>{body}</tbody></table>"


def _clock(say: Language, records: Sequence[Record]) -> str:
    """Which clock the times are from, how far it was off, and whether they run backwards."""
    encoded = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    recorded = evidence.read(encoded)
    words = _whose_clock(say, records, recorded)
    if number := evidence.backwards(recorded):
        words += "; " + say("line {line} is earlier than the exchange before it", line=number)
    return words


def _whose_clock(say: Language, records: Sequence[Record], recorded: Recording) -> str:
    if not _origins(records) - set(INVENTED):
        return say("the course's own, moved by hand; times are UTC")
    if LIVE not in _origins(records):
        return say("that of the recording; times are UTC")
    offset = clock_offset(recorded.lines)
    if offset is None:
        return say("that of the machine; not compared with another (not measured); times are UTC")
    words = say(
        "that of the machine; between {early} and {late} seconds ahead of the clocks of {count} "
        "servers that told the time; times are UTC",
        early=offset["from"],
        late=offset["to"],
        count=offset["servers"],
    )
    apart = say("No one distance fits all of them: a clock was wrong, or was moved.")
    return words if offset["agree"] else f"{words}. {apart}"


def _gist(say: Language, records: Sequence[Record]) -> str:
    """What was found, as far as it fits on the front page."""
    read = {one["question"]: one["sentence"] for one in records if one["kind"] == "reading"}
    asked = list(dict.fromkeys(group[0]["question"] for group in questions(records)))
    asked = [question for question in asked if question != STAMP]  # it stands above
    chosen = sorted(asked, key=lambda question: question not in read)[:MOST_FOUND]
    chosen.sort(key=asked.index)
    rows = [
        (f"<td>{_plain(say, one)}</td>", f"<td>{_broken(_short(say, read.get(one, '–')))}</td>")
        for one in chosen
    ]
    left = len(asked) - len(chosen)
    more = say.many("Annex A has {count} more.", "Annex A has {count} more.", left) if left else ""
    caption = say("What was asked, and how the program read the answers")
    exhibits = sum(one["kind"] == "exhibit" for one in records)
    if exhibits:
        entered = say.many("{count} exhibit: annex C.", "{count} exhibits: annex C.", exhibits)
        more = " ".join(filter(None, (more, entered)))
    return _rows(caption, (say("asked"), say("read")), rows, "gist") + _text(*filter(None, [more]))


def _short(say: Language, text: str) -> str:
    """Return as many whole sentences as fit: a number that is cut is another number."""
    if len(text) <= LONGEST_GIST:
        return text
    ends = [found.end() for found in re.finditer(r"[.;](?=\s)", text[:LONGEST_GIST])]
    whole = text[: ends[-1]] if ends else text.split(maxsplit=1)[0]
    return say("{text} (more in annex A)", text=whole)


def _what_it_proves(say: Language) -> tuple[str, ...]:
    return (
        say(
            "The record shows what this program sent and received, if whoever ran it ran it "
            "unchanged."
        ),
        say(
            "It is of the moment of the question, not of the day of an offence. Another server or "
            "connection may be answered differently, and what a server says may be untrue. Only "
            "over TLS is an answer tied to the server that is named."
        ),
        say(
            "Who asked, who watched, on which machine: as stated. That there is no other record, "
            "and that nothing was left out, it cannot show."
        ),
        say("Whoever held the record before it was sealed could have written it anew."),
        say("Whether it is admitted, and what it is worth, is for the court."),
    )


# The annexes


def _found(say: Language, records: Sequence[Record]) -> str:
    """What was asked and how the program read it: a row for each different question."""
    intro = _text(
        say(
            "The sentences are the program's reading of the answers, and no part of what came. The "
            "lines are those of the record that hold the messages (annex D)."
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
    return intro + table


def _question(say: Language, question: str) -> str:
    """Return a question in plain words, and as it was typed."""
    code = f"<code>{escaped(question or '–')}</code>"
    plain = _plain(say, question)
    return code if plain == code else f"{plain}<br>{code}"


def _plain(say: Language, question: str) -> str:
    """Return a question in plain words; as it was typed, where there are none for it."""
    call = re.fullmatch(r"lab\.([a-z.]+)\((.*)\)", question)
    known = QUESTIONS.get(call[1]) if call else None
    words = known.means if known else BESIDES.get(call[1]) if call else ""
    if not call or not words:
        return f"<code>{escaped(question or '–')}</code>"
    given = [
        (name, text if text == "…" else json.loads(text))
        for name, text in ARGUMENT.findall(call.group(2))
    ]
    subjects = _subjects_of_a_draft(given) if call.group(1) == "draft" else given[:1]
    what = ", ".join(text for _, text in subjects if text) or "…"
    return _broken(say(words, what=what))


def _subjects_of_a_draft(given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the argument that says what a draft is about."""
    by_place = [argument for argument in given if not argument[0]]
    return by_place[1:2] + [one for one in given if one[0] == "target"]


def _where(say: Language, times: Sequence[Sequence[int]]) -> str:
    """Return the lines of a question that was asked once or several times."""
    if len(times) <= MOST_RANGES:
        return ", ".join(map(span_of, times))
    return say(
        "{lines}, {count} times", lines=span_of([times[0][0], times[-1][-1]]), count=len(times)
    )


def _how_to_check(
    say: Language,
    records: Sequence[Record],
    seal: Seal,
    file: str,
    check: tuple[str, str],
    authority: tuple[str, str],
    stamps: Iterable[tuple[int, Stamp, int]],
) -> str:
    parts = [
        _text(
            say(
                "Ask for the record ({file}). A hash (SHA-256) is a fingerprint of data: 64 digits "
                "from 0 to 9 and a to f. If one byte changes, the hash is another one. Each line "
                "ends with the hash of what stands before it in the line, and names the hash of "
                "the line before.",
                file=file,
            )
        ),
        _heading(say("In a browser")),
        _text(
            say(
                "Open {page}, choose the record, and type the seal. Take the page from the course "
                "or the court, and the seal from the minutes, not from whoever gave you the "
                "record. The page's SHA-256 is {hash}.",
                page=check[0],
                hash=check[1],
            )
        ),
        _heading(say("By commands, on Linux (on macOS they were not tried)")),
        _text(
            say(
                "In the folder of the record. Replace the seal below by that of the minutes. The "
                "commands check every line's hash, the chain and the seal, and not what a line "
                "says; 5,000 lines take about half a minute. A copy by a mail program, with other "
                "line ends, makes them fail: ask for the file in an archive."
            )
        ),
        _commands(shell_check.shell(file, seal)),
        _heading(say("By commands, on Windows (PowerShell); these were not tried")),
        _commands(shell_check.powershell(file, seal)),
    ]
    for line, stamp, covered in stamps:
        if not covered:
            continue
        told = say(
            "Line {line} holds a time-stamp: {authority} signed on {when} that lines 1 to "
            "{covered} existed. The last line printed must show that time. Have the authority's "
            "certificate ({file}) from the authority itself, or compare its SHA-256: {hash}.",
            line=line,
            authority=stamp.authority,
            when=utc(stamp.time),
            covered=covered,
            file=authority[0],
            hash=authority[1],
        )
        of = Seal(covered, records[covered - 1]["sha256"])
        parts += [
            _heading(say("The time-stamp in line {line}", line=line)),
            _text(told),
            _commands(shell_check.time_stamp(file, line, of, authority[0])),
        ]
    if exhibits := shell_check.exhibits(records):
        parts += [_heading(say("The exhibits")), _commands(exhibits)]
    return "".join(parts)


def _heading(text: str) -> str:
    return f"<h3>{escaped(text)}</h3>"


def _commands(text: str) -> str:
    return f'<pre class="commands">{escaped(text)}</pre>'


def _handed(say: Language, records: Sequence[Record]) -> str:
    """The exhibits, and a table to sign for whoever hands the record on."""
    parts = []
    rows = [
        tuple(one[name] for name in ("number", *EXHIBIT))
        for one in records
        if one["kind"] == "exhibit"
    ]
    if rows:
        columns = (
            *(say("line"), say("file"), say("bytes"), say("SHA-256")),
            *(say("where it is from, as stated"), say("received from, as stated")),
        )
        parts.append(_table(say("Exhibits entered into the record"), columns, rows, "exhibits"))
    head = (
        *(say("date and time, with zone"), say("what: the file, a copy (its number), this paper")),
        *(say("handed over by: name, signature"), say("received by: name, signature")),
    )
    empty = [("<td>&nbsp;</td>",) * len(head)] * TRANSFERS
    parts.append(_rows(say("Copies and transfers, to fill in by hand"), head, empty, "transfers"))
    parts.append(
        _text(
            say(
                "Not covered: the machine itself and what else ran on it, an image of a disk, what "
                "a page looks like, who else had access. ISO/IEC 27037:2012, RFC 3227 and the "
                "Berkeley Protocol (2022) ask for more than a record of questions can hold."
            )
        )
    )
    return "".join(parts)


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
            f"{who(one, say)}, {_how(say, one)}{_told_apart(one, records)}",
            one["asked"],
            what_came(one, say),
            one["answer_sha256"] or "–",
        )
        for one in records
        if one["kind"] == "exchange"
    ]
    head = (
        say("line"),
        say("time (UTC)"),
        say("to whom, how"),
        say("what was asked"),
        say("what came"),
        say("hash of the raw answer (SHA-256)"),
    )
    table = _table(say("Messages"), head, rows, "messages")
    return intro + table


def _told_apart(record: Record, records: Iterable[Record]) -> str:
    """Return which Internet answered, where not all of them are of one."""
    return f" [{record['origin']}]" if len(_origins(records)) > 1 else ""


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
                "What the directories answered (RDAP and WHOIS); RDAP is set out in lines. An "
                "answer that came several times from one server stands here once. The bytes, and "
                "the headers of the web, are in the file."
            )
        )
    ]
    different: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        if record["kind"] == "exchange" and record["answer"] and _of_a_directory(record):
            key = (who(record, say), record["asked"], _text_of(record, say))
            different.setdefault(key, []).append(record)
    for (server, asked, text), same in different.items():
        lines = ", ".join(str(record["number"]) for record in same[:MOST_RANGES])
        if len(same) > MOST_RANGES:
            lines = say("{lines} and others", lines=lines)
        title = say("{server}: {asked}", server=server, asked=asked)
        if len(text) > LONGEST_ANSWER:
            cut = say("(cut here; the file of evidence has all of it)")
            text = f"{text[:LONGEST_ANSWER]}\n{cut}"
        where = say("Lines: {lines}", lines=lines)
        parts.append(f"<h3>{_broken(title)}</h3><p>{escaped(where)}</p><pre>{escaped(text)}</pre>")
    return "".join(parts)


def _annex(heading: str, body: str) -> str:
    return f'<section class="annex"><h2>{escaped(heading)}</h2>{body}</section>\n'


def _of_a_directory(record: Record) -> bool:
    """Say whether a message went to WHOIS, or to RDAP: that is told by the address asked for."""
    if record["port"] == WHOIS_PORT:
        return True
    try:
        path = urlsplit(record["asked"].partition(" ")[2]).path
    except ValueError:  # no address of a page, such as http://[::1/
        return False
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
            text = _set_out(json.loads(text, object_pairs_hook=no_name_twice, parse_float=refused))
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
    """Return text as HTML in which long names may be broken after a dot or a stroke.

    Addresses stay whole: half of one is another.
    """
    return re.sub(r"(?<![0-9])([./])(?=\w)|([./])(?=[^\W0-9])", r"\1\2<wbr>", escaped(text))
