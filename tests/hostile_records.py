"""Records that somebody damaged or forged, for all who check one. They say the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from labsupport import Lab
from labsupport.evidence.chain import Seal
from labsupport.evidence.file_format import FIRST_PREVIOUS, digest_of, encode
from labsupport.lab_protocol import context_of

OLD = Path(__file__).parent / "samples" / "evidence" / "format-1.jsonl"


def record(*names: str) -> list[bytes]:
    lab = Lab("en")
    for name in names:
        lab.ask(name)
    lab.visit("www.museum.example")
    return list(context_of(lab).log.encoded())


def stamped(name: str = "www.museum.example") -> list[bytes]:
    lab = Lab("en")
    lab.ask(name)
    lab.evidence.stamp()
    return list(context_of(lab).log.encoded())


def own(line: bytes) -> tuple[int, str, str, dict[str, Any]]:
    members = json.loads(line)
    number, previous, kind, _ = (
        members.pop(k) for k in ("number", "previous", "kind", "sha256")
    )
    return number, previous, kind, members


def forged(line: bytes, **changes: object) -> bytes:
    """The line with members changed, and its own hash computed anew."""
    number, previous, kind, members = own(line)
    return encode(number, previous, kind, members | changes)[0]


def chain(*entries: tuple[str, dict[str, Any]]) -> list[bytes]:
    """Lines that fit together, with these kinds and members."""
    lines, previous = [], FIRST_PREVIOUS
    for number, (kind, members) in enumerate(entries, 1):
        line, previous = encode(number, previous, kind, members)
        lines.append(line)
    return lines


def entries(lines: list[bytes]) -> list[tuple[str, dict[str, Any]]]:
    return [own(line)[2:] for line in lines]


def sealed(lines: list[bytes]) -> Seal:
    return Seal(len(lines), digest_of(lines[-1]))


LINES = record("www.museum.example", "hospital-central.org.test")
FILE = b"".join(LINES)
SEAL = sealed(LINES)
COUNT = len(LINES)
OTHER = record("isla.example")
LATER, _ = encode(
    COUNT + 1, SEAL.digest, "exchange", {"answer": "", "answer_sha256": ""}
)
LATEST, _ = encode(COUNT + 2, digest_of(LATER), "reading", {"sentence": "later"})
REWRITTEN = b"".join(
    [
        *LINES[:4],
        *chain(
            *entries(LINES[:4]), ("reading", {"sentence": "x"}), *entries(LINES[5:])
        )[4:],
    ]
)


def put(start: int, end: int, *new: bytes) -> bytes:
    return b"".join([*LINES[:start], *new, *LINES[end:]])


CASES: dict[str, tuple[bytes, Seal | None]] = {
    "honest": (FILE, None),
    "honest, sealed": (FILE, SEAL),
    "lines after the seal": (FILE + LATER + LATEST, SEAL),
    "sealed in the middle": (FILE, sealed(LINES[:4])),
    "first line only": (LINES[0], sealed(LINES[:1])),
    "a byte changed": (FILE.replace(b"museum", b"museun", 1), None),
    "a byte of the first line changed": (
        FILE.replace(b"stands still", b"stands stilk"),
        None,
    ),
    "a hash changed": (put(3, 4, LINES[3][:-4] + b"_" + LINES[3][-3:]), SEAL),
    "a number changed in a member": (
        FILE.replace(b'"port":53,', b'"port":54,', 1),
        SEAL,
    ),
    "changed, own hash renewed": (put(3, 4, forged(LINES[3], lab="x")), None),
    "changed, own hash renewed, sealed there": (
        put(3, 4, forged(LINES[3], lab="x")),
        sealed(LINES[:4]),
    ),
    "last line changed, own hash renewed": (
        put(COUNT - 1, COUNT, forged(LINES[-1], lab="x")),
        SEAL,
    ),
    "a line removed": (put(3, 4), None),
    "the first line removed": (put(0, 1), SEAL),
    "the last line removed": (put(COUNT - 1, COUNT), None),
    "the last line removed, sealed": (put(COUNT - 1, COUNT), SEAL),
    "half of it removed, sealed": (b"".join(LINES[: COUNT // 2]), SEAL),
    "a line put in": (put(3, 3, b"{}\n"), None),
    "an empty line put in": (put(3, 3, b"\n"), SEAL),
    "a line doubled": (put(4, 4, LINES[3]), None),
    "another record's line put in": (put(3, 3, OTHER[3]), None),
    "another record's line in place of one": (put(3, 4, OTHER[3]), SEAL),
    "two lines swapped": (put(3, 5, LINES[4], LINES[3]), None),
    "a line moved far": (
        b"".join([*LINES[:2], *LINES[3:9], LINES[2], *LINES[9:]]),
        None,
    ),
    "all lines in reverse": (b"".join(reversed(LINES)), SEAL),
    "written anew from a line on": (REWRITTEN, None),
    "written anew from a line on, sealed": (REWRITTEN, SEAL),
    "written anew, and damaged after the seal": (REWRITTEN + b"{}\n", SEAL),
    "another record, sealed": (b"".join(OTHER), SEAL),
    "torn": (FILE[:-20], None),
    "torn in the first line": (FILE[:40], None),
    "torn, sealed": (FILE[:-20], SEAL),
    "appended after the seal": (FILE + b'{"number":99}\n', SEAL),
    "damaged after the seal": (FILE + LATER.replace(b"exchange", b"exchanga"), SEAL),
    "missing after the seal": (FILE + LATEST, SEAL),
    "swapped after the seal": (FILE + LATEST + LATER, SEAL),
    "doubled after the seal": (FILE + LATER + LATER, SEAL),
    "torn after the seal": (FILE + LATER[:-20], SEAL),
    "not ASCII": (FILE.replace(b"museum", "muséum".encode(), 1), None),
    "not UTF-8": (FILE.replace(b"museum", b"mus\xe9um", 1), SEAL),
    "zero bytes put in": (FILE[:900] + bytes(3) + FILE[900:], SEAL),
    "zero bytes at the end": (FILE + bytes(512), SEAL),
    "lone carriage returns": (FILE.replace(b"\n", b"\r"), SEAL),
    "a space after a comma": (FILE.replace(b'","kind"', b'", "kind"', 1), None),
    "empty": (b"", SEAL),
    "a line feed": (b"\n", None),
    "no file of evidence": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", SEAL),
    "another format": (chain(("log", {"format": "other 1"}))[0], None),
    "a huge line put in": (put(3, 3, b"x" * 3_000_000 + b"\n"), None),
    "a huge line that fits": (
        b"".join(
            chain(*entries(LINES[:2]), ("reading", {"sentence": "x" * 2_000_000}))
        ),
        None,
    ),
    "a seal over more lines": (FILE, Seal(COUNT + 5, SEAL.digest)),
    "a seal of another hash": (FILE, Seal(COUNT, "0" * 64)),
}

EXHIBIT = {
    "time": "2026-11-02T12:30:00.000000Z",
    "file": "page.png",
    "size": 21,
    "exhibit_sha256": hashlib.sha256(b"a picture of the page").hexdigest(),
    "origin": "the bank's fraud desk",
    "receipt": "handed over by A. Vidal on 2 November 2026",
}
OPENING = {
    **own(LINES[0])[3],
    **{
        "by": "Juzgado Segundo",
        "matter": "12/2026",
        "machine": "desk 4",
        "program": "ab" * 32,
    },
    "clock_offset": {"from": -0.25, "to": 1.5, "servers": 3},
}
KEPT = [("log", OPENING), *entries(LINES[1:4]), ("exhibit", EXHIBIT)]
EXCHANGE = next(n for n, line in enumerate(LINES) if b'"outcome":"reply"' in line)


def with_exchange(**changes: object) -> bytes:
    """The record with an exchange changed, and all hashes computed anew."""
    all_of_it = entries(LINES)
    kind, members = all_of_it[EXCHANGE]
    all_of_it[EXCHANGE] = (
        kind,
        {k: v for k, v in (members | changes).items() if v is not None},
    )
    return b"".join(chain(*all_of_it))


def raw(members: bytes, lines: list[bytes] = LINES[:3]) -> bytes:
    """The lines and one more with these members as they are; all hashes are right."""
    previous = digest_of(lines[-1]) if lines else FIRST_PREVIOUS
    body = b'{"number":%d,"previous":"%s",%s' % (
        len(lines) + 1,
        previous.encode(),
        members,
    )
    own_hash = hashlib.sha256(body).hexdigest().encode()
    return b"".join([*lines, b'%s,"sha256":"%s"}\n' % (body, own_hash)])


def said_by(value: bytes) -> bytes:
    """The record with one more reading, in which this value stands."""
    return raw(b'"kind":"reading","sentence":%s' % value)


OF_A = hashlib.sha256(b"A").hexdigest().encode()
SIGNED = b'"answer":"QQ==","answer_sha256":"%s"' % OF_A
OF_SLASHES = hashlib.sha256(b"\xff\xff\xff").hexdigest().encode()
FIRST = LINES[0].split(b",", 2)[2][: -len(',"sha256":""}\n') - 64]
READABLE = {
    "one reading more": said_by(b'"x"'),
    "a text of all that stands in one": said_by(
        rb'"'
        + bytes(n for n in range(0x20, 0x7F) if n not in b'"\\')
        + rb'\"\\\b\f\n\r\t\u0000\u007f"'
    ),
    "brackets in a text": said_by(b'"' + b'[{\\"[{' * 20 + b'"'),
    "a name in a text": said_by(rb'"{\"kind\":1,\"sentence\":2,"'),
    "17 lists side by side": said_by(b"[%s]" % b",".join([b"[]"] * 17)),
    "a list of all that stands in one": said_by(b'["",0,-1.5,true,false,null,["",1]]'),
    "100,000 members of a list": said_by(b"[%s]" % b",".join([b"0"] * 100_000)),
    "numbers": said_by(
        b"[0,-0,1.50,999999999999999,-999999999999999,1e-06,1.25e-99,0.%s]"
        % (b"1" * 30)
    ),
    "digits in a text": said_by(b'"%s"' % (b"1" * 40)),
    "lone surrogates": said_by(rb'"\ud800 \udc00\ud800"'),
    "an object in the first line": raw(FIRST + b',"x":{"a":1,"b":"y"},"y":{}', []),
    "answer members of a reading": raw(
        b'"kind":"reading","answer":"?","answer_sha256":1'
    ),
    "no answer, and no hash of one": raw(
        b'"kind":"exchange","answer":"","answer_sha256":""'
    ),
    "the hash before the answer": raw(
        b'"kind":"exchange","answer_sha256":"%s","answer":"QQ=="' % OF_A
    ),
}
UNREADABLE = {
    "many brackets": said_by(b"[" * 50 + b"]" * 50),
    "a list in a list in a list": said_by(b"[[[]]]"),
    "an object in a reading": said_by(b'{"a":1}'),
    "an object in a list": raw(FIRST + b',"x":[{"a":1}]', []),
    "a list in an object": raw(FIRST + b',"x":{"a":[]}', []),
    "a name in two objects": raw(FIRST + b',"x":{"a":1},"y":{"a":2}', []),
    "a name within as the line's": raw(FIRST + b',"x":{"by":1}', []),
    "16 digits": said_by(b"9007199254740993"),
    "5,000 digits": said_by(b"1" * 5000),
    "31 digits after the point": said_by(b"0." + b"1" * 31),
    "a number that has no value": said_by(b"1e999"),
    "a large exponent": said_by(b"1e22"),
    "a capital exponent": said_by(b"1E-06"),
    "a bare point": said_by(b"1."),
    "a plus": said_by(b"+1"),
    "blanks between": said_by(b' "a"'),
    "a blank at the end": raw(b'"kind":"reading","sentence":"" '),
    "a name in capitals": raw(b'"kind":"reading","Sentence":""'),
    "an escaped name": raw(rb'"kind":"reading","sentenc\u0065":""'),
    "a name of surrogates": raw(rb'"kind":"reading","\ud800":""'),
    "an escaped letter": said_by(rb'"\u0061"'),
    "an escaped quotation mark": said_by(rb'"\u0022"'),
    "an escape in capitals": said_by(rb'"\u00E9"'),
    "an escaped slash": said_by(rb'"\/"'),
    "an escaped kind": raw(rb'"k\u0069nd":"r\u0065ading"'),
    "kind in another place": raw(b'"sentence":"","kind":"reading"'),
    "sha256 twice": raw(b'"kind":"reading","sha256":"%s"' % (b"0" * 64)),
    "slashes in base64": raw(
        rb'"kind":"exchange","answer":"\/\/\/\/","answer_sha256":"%s"' % OF_SLASHES
    ),
    "an escape in base64": raw(
        rb'"kind":"exchange","answer":"\u0051Q==","answer_sha256":"%s"' % OF_A
    ),
    "answer members of an object": raw(
        b'"kind":"exchange",%s,"x":{"answer":"","answer_sha256":"0"}' % SIGNED
    ),
    "an answer twice": raw(b'"kind":"exchange",%s,"answer":""' % SIGNED),
    "a hash without an answer": raw(b'"kind":"exchange","answer_sha256":""'),
    "200,000 brackets": said_by(b"[" * 200_000 + b"]" * 200_000),
    "200,000 brackets, not closed": said_by(b'[{"":' * 100_000),
    "NaN": said_by(b"NaN"),
    "infinite": said_by(b"-Infinity"),
    "a zero before a number": said_by(b"01"),
    "bytes of a surrogate": said_by(b'"\xed\xa0\x80"'),
    "UTF-8": said_by('"é"'.encode()),
    "a byte that is no character": said_by(b'"\x7f"'),
    "a tab": said_by(b"\t1"),
    "a carriage return": said_by(b"\r1"),
    "a tab in a text": said_by(b'"\t"'),
    "a zero byte": said_by(b'"\x00"'),
    "half an escape": said_by(rb'"\u12"'),
    "kind twice": raw(b'"kind":"log","kind":"reading"'),
    "kind twice, escaped": raw(rb'"kind":"reading","\u006bind":"log"'),
    "kind twice, number twice": raw(b'"kind":"reading","number":4'),
    "a name twice, inside": said_by(rb'[{"a":1,"b":[{}],"\u0061":1}]'),
    "an empty name twice": said_by(b'{"":1,"":2}'),
    "a blank after the name": said_by(b'{"a" :1,"a"  :2}'),
    "__proto__ twice": said_by(b'{"__proto__":1,"__proto__":{}}'),
    "surrogates as a name twice": said_by(rb'{"\ud83d\ude00":1,"\uD83D\uDE00":2}'),
    "the first line's by twice": raw(FIRST + b',"by":"x"', []),
    "garbage": raw(b"garbage"),
    "garbage of escapes": raw(b'"kind":"reading","x":"' + rb"\"" * 2000 + rb"\\"),
    "a second value": raw(b'"kind":"reading"} {"a":1'),
    "an unknown kind": raw(b'"kind":"note"'),
    "a kind of JavaScript's own": raw(b'"kind":"toString"'),
    "no kind": raw(b'"x":1'),
    "kind in an object": raw(b'"x":{"kind":"reading"}'),
    "a list as kind": raw(b'"kind":["reading"]'),
    "an exchange without members": raw(b'"kind":"exchange"'),
    "an exchange without an answer": raw(
        b'"kind":"exchange","answer_sha256":"","answer":null'
    ),
    "answer members only of an object": raw(b'"kind":"exchange","x":{%s}' % SIGNED),
    "an escaped log": raw(rb'"kind":"l\u006fg"'),
    "an escaped exchange": raw(
        rb'"kind":"exch\u0061nge","answer":"QQ==","answer_sha256":""'
    ),
    "an object with right members": raw(
        b'"kind":"exchange","answer":"QQ==","answer_sha256":"","x":{%s}' % SIGNED
    ),
}
CONTRADICTING = {
    "other last bits of base64": raw(
        b'"kind":"exchange",%s' % SIGNED.replace(b"QQ==", b"QR==")
    ),
    "base64 twice": raw(
        b'"kind":"exchange","answer":"QQ==QQ==","answer_sha256":"%s"' % OF_A
    ),
    "base64 for addresses": raw(
        b'"kind":"exchange","answer":"____","answer_sha256":"%s"' % OF_SLASHES
    ),
    "padding left out of base64": raw(
        b'"kind":"exchange","answer":"QQ","answer_sha256":"%s"' % OF_A
    ),
    "a blank in base64": raw(
        b'"kind":"exchange","answer":" QQ==","answer_sha256":"%s"' % OF_A
    ),
    "a log with an answer": raw(b'"kind":"log",%s' % SIGNED),
    "capitals in a hash": raw(
        b'"kind":"exchange","answer":"////","answer_sha256":"%s"' % OF_SLASHES.upper()
    ),
    "a lone surrogate for an answer": raw(
        rb'"kind":"exchange","answer":"\ud800","answer_sha256":""'
    ),
    "a line feed in base64": raw(
        rb'"kind":"exchange","answer":"QQ==\n","answer_sha256":""'
    ),
    "only padding": raw(b'"kind":"exchange","answer":"====","answer_sha256":""'),
}
WINDOWS = FILE.replace(b"\n", b"\r\n")
TWICE = b"".join(chain(*entries(LINES), *entries(LINES[:1])))
CASES |= {
    "format 1": (OLD.read_bytes(), Seal.read(OLD.with_suffix(".seal").read_text())),
    "format 1, changed": (OLD.read_bytes().replace(b"reply", b"replx", 1), None),
    "custody and an exhibit": (b"".join(chain(*KEPT)), sealed(chain(*KEPT))),
    "opened twice": (TWICE, None),
    "opened twice, after the seal": (TWICE, SEAL),
    "a false hash of an answer": (with_exchange(answer_sha256="0" * 64), None),
    "a hash of no answer": (with_exchange(answer=""), None),
    "no hash of an answer": (with_exchange(answer_sha256=""), None),
    "no such member": (with_exchange(answer_sha256=None), None),
    "no answer": (with_exchange(answer=None), None),
    "a number for an answer": (with_exchange(answer=1234), None),
    "blanks in base64": (with_exchange(answer="xT6B oAA"), None),
    "padding left out": (with_exchange(answer="xT6BoA"), None),
    "byte order mark": (b"\xef\xbb\xbf" + FILE, SEAL),
    "line ends": (WINDOWS, SEAL),
    "byte order mark and line ends": (b"\xef\xbb\xbf" + WINDOWS, SEAL),
    "no last line feed": (FILE[:-1], SEAL),
    "no last line feed after a carriage return": (WINDOWS[:-1], SEAL),
    "two carriage returns at each end": (FILE.replace(b"\n", b"\r\r\n"), SEAL),
    "an empty line at the end": (FILE + b"\n", SEAL),
    "a mark before the second line": (
        LINES[0] + b"\xef\xbb\xbf" + b"".join(LINES[1:]),
        SEAL,
    ),
    "two marks": (b"\xef\xbb\xbf" * 2 + FILE, SEAL),
    "UTF-16": (FILE.decode().encode("utf-16"), SEAL),
    "zero bytes alone": (bytes(4096), SEAL),
    "no last line feed, line ends": (WINDOWS[:-2], None),
    "a mark, an end missing, and a byte changed": (
        b"\xef\xbb\xbf" + FILE[:-1].replace(b'"number":3', b'"number":9', 1),
        SEAL,
    ),
    "line ends, and a byte changed": (WINDOWS.replace(b"museum", b"museun", 1), SEAL),
    "line ends, and the end missing": (
        b"".join(WINDOWS.splitlines(keepends=True)[:-2]),
        SEAL,
    ),
    "unreadable, though sealed": (
        UNREADABLE["NaN"],
        sealed(UNREADABLE["NaN"].splitlines(True)),
    ),
    "unreadable after the seal": (UNREADABLE["NaN"], sealed(LINES[:3])),
    "unreadable after another line than the sealed one": (
        UNREADABLE["NaN"],
        Seal(2, SEAL.digest),
    ),
    **{
        name: (one, None)
        for name, one in (READABLE | UNREADABLE | CONTRADICTING).items()
    },
}
