"""verify.html in a real browser: its verdict is that of labsupport, and nothing leaves it."""

from __future__ import annotations

import hashlib
import random
import socket
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from axe import findings
from browser import SCREENSHOTS, look
from hostile_records import (
    CASES,
    CONTRADICTING,
    COUNT,
    EXCHANGE,
    EXHIBIT,
    FILE,
    KEPT,
    LATER,
    LATEST,
    LINES,
    OPENING,
    OTHER,
    READABLE,
    REWRITTEN,
    SEAL,
    UNREADABLE,
    chain,
    entries,
    forged,
    raw,
    said_by,
    sealed,
    stamped,
)
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from printed import sheets

from labsupport.evidence.chain import Seal, verify
from labsupport.language import Language, table
from labsupport.visible import visible

PAGE = files("labsupport.data") / "course/report/verify.html"


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    """The page, opened from its file; it fails the module when it asks anybody anything."""
    with as_file(PAGE) as file:
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="en-US"
        )
        requests: list[str] = []
        complaints: list[str] = []

        def asked(request: Request) -> None:
            requests.append(request.url)

        def said(message: ConsoleMessage) -> None:
            complaints.append(message.text)

        page = context.new_page()
        context.on("request", asked)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page.on("console", said)
        page.goto(file.as_uri())
        yield page
        context.close()
        assert set(requests) == {file.as_uri()}
        assert complaints == []


def verdicts(
    page: Page, cases: list[tuple[bytes, Seal | None]]
) -> list[dict[str, Any]]:
    """What the page's own function says."""
    handed = [
        (b64encode(content).decode(), str(seal) if seal else "")
        for content, seal in cases
    ]
    found: list[dict[str, Any]] = page.evaluate(
        """async (cases) => {
            const found = [];
            for (const [content, seal] of cases) {
                const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
                const { bytes: _, ...verdict } = await verify(bytes, readSeal(seal));
                found.push(verdict);
            }
            return found;
        }""",
        handed,
    )
    return found


def choose(
    page: Page, content: bytes, seal: str = "", name: str = "evidence.jsonl"
) -> str:
    """Choose a file and fill in the seal, as a person does; return what is said."""
    page.reload()
    page.get_by_label("2. Type or paste its seal").fill(seal)
    page.get_by_label("1. Choose the file of evidence").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.locator("#verdict h2").wait_for()
    page.locator("#report").wait_for()
    return page.get_by_role("status").inner_text()


def expected(content: bytes, seal: Seal | None) -> dict[str, Any]:
    return verify(content, seal)._asdict()


@pytest.mark.parametrize("case", CASES)
def test_its_verdict_is_that_of_labsupport(opened: Page, case: str) -> None:
    content, seal = CASES[case]
    (found,) = verdicts(opened, [(content, seal)])
    assert found == expected(content, seal)


def test_all_that_can_be_said_of_a_file_is_said_of_one_of_them() -> None:
    said = [verify(*case) for case in CASES.values()]
    assert {verdict.problem for verdict in said} == {
        "",
        *table(Language.load("en"), "evidence_problems"),
    }
    assert any(verdict.copied for verdict in said)


def test_it_agrees_on_damage_by_chance(opened: Page) -> None:
    chance = random.Random(17)
    cases: list[tuple[bytes, Seal | None]] = []
    for _ in range(150):
        lines = list(LINES)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(lines))
            how = chance.choice(["remove", "insert", "swap", "byte", "renew"])
            if how == "remove" and len(lines) > 1:
                del lines[place]
            elif how == "insert":
                lines.insert(place, chance.choice(LINES + OTHER))
            elif how == "swap":
                other = chance.randrange(len(lines))
                lines[place], lines[other] = lines[other], lines[place]
            elif how == "renew":
                lines[place] = (
                    forged(lines[place], lab="x") if lines[place] in LINES else b"{}\n"
                )
            else:
                at = chance.randrange(len(lines[place]) - 1)
                lines[place] = lines[place][:at] + b"~" + lines[place][at + 1 :]
        count = chance.randint(1, COUNT)
        cases.append(
            (b"".join(lines), chance.choice([None, SEAL, sealed(LINES[:count])]))
        )
    assert verdicts(opened, cases) == [expected(*case) for case in cases]


@pytest.mark.parametrize(
    ("contents", "problems"),
    [
        (READABLE, {""}),
        (UNREADABLE, {"unreadable"}),
        (CONTRADICTING, {"second log", "false digest"}),
    ],
)
def test_what_could_be_read_in_two_ways_does_not_hold(
    opened: Page, contents: dict[str, bytes], problems: set[str]
) -> None:
    found = verdicts(opened, [(content, None) for content in contents.values()])
    wrong = [
        n
        for n, one in zip(contents, found, strict=True)
        if one["problem"] not in problems
    ]
    assert wrong == []


def test_it_agrees_on_json_by_chance(opened: Page) -> None:
    chance = random.Random(17)
    leaves = [
        b'"a"',
        rb'"\\"',
        rb'"[{\",\":"',
        b"null",
        b"-1.5e3",
        b"1" * 33,
        b"NaN",
        b"01",
    ]
    names = [b'"a"', rb'"\u0061"', b'"b"', b'""', rb'"\"" ', b'"c"']

    def value(depth: int) -> bytes:
        shape = chance.randrange(3) if depth < 18 else 0
        if shape == 0:
            return chance.choice(leaves[: chance.choice([6, 8])])
        parts = [value(depth + 1) for _ in range(chance.randrange(4))]
        if shape == 1:
            return b"[%s]" % b",".join(parts)
        return b"{%s}" % b",".join(
            b"%s:%s" % (chance.choice(names), one) for one in parts
        )

    cases: list[tuple[bytes, Seal | None]] = [
        (said_by(value(2)), None) for _ in range(1000)
    ]
    told = [expected(*case) for case in cases]
    assert {one["problem"] for one in told} == {"", "unreadable"}
    assert verdicts(opened, cases) == told


def test_it_agrees_on_a_line_changed_by_chance(opened: Page) -> None:
    """Each time its hash is computed anew: only what stands in it is judged."""
    chance = random.Random(17)
    lines = [*LINES[1:4], *chain(*KEPT)[:1]]
    pieces = [
        *b'\\"[]{}:,-+.0e9E aAz_=/\t\x00\x7f\xe9',
        rb"\u0041",
        rb"\u00e9",
        b'"a":',
        b"null",
        b"[[",
    ]
    cases: list[tuple[bytes, Seal | None]] = []
    for _ in range(2000):
        line = bytearray(
            chance.choice(lines).split(b",", 2)[2][: -len(',"sha256":""}\n') - 64]
        )
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(line))
            piece = chance.choice(pieces)
            new = bytes([piece]) if isinstance(piece, int) else piece
            line[at : at + chance.randint(0, 2)] = new
        cases.append((raw(bytes(line), LINES[: chance.choice([0, 3])]), None))
    told = [expected(*case) for case in cases]
    assert {one["problem"] for one in told} >= {
        "",
        "unreadable",
        "false digest",
        "no log",
    }
    assert verdicts(opened, cases) == told


def read_seal(text: str) -> str | None:
    try:
        return str(Seal.read(text))
    except ValueError:
        return None


def test_a_seal_is_read_alike(opened: Page) -> None:
    blanks = "".join(map(chr, range(0x10000)))
    texts = [f"{SEAL.count}{chr(one)}-{SEAL.digest}" for one in range(0x10000)]
    texts += [f"{SEAL.count}{chr(one)}{SEAL.digest}" for one in range(0x3000)]
    texts += [f"{chr(one)}{SEAL}" for one in range(0x10000)] + [
        f"{SEAL}{one}" for one in "0g\n\ufeff"
    ]
    texts += [
        SEAL.grouped.upper(),
        f"0{SEAL}",
        "1" * 13 + f"-{SEAL.digest}",
        "",
        "-",
        blanks,
    ]
    said = opened.evaluate(
        "(texts) => texts.map(readSeal).map((one) => one && `${one.count}-${one.digest}`)",
        texts,
    )
    assert said == [read_seal(text) for text in texts]


def test_what_is_not_what_was_sealed_stays_so(opened: Page) -> None:
    """A second fault further down does not make the lines before it good."""
    again = b"".join(chain(*entries(REWRITTEN.splitlines()), ("log", OPENING)))
    (found,) = verdicts(opened, [(again, SEAL)])
    assert (found["problem"], found["good"], found["line"]) == ("rewritten", 0, None)


def test_a_file_that_cannot_be_read_gets_a_sentence(
    opened: Page, tmp_path: Path
) -> None:
    opened.reload()
    file = tmp_path / "gone.jsonl"
    file.write_bytes(FILE)
    opened.get_by_label("1. Choose the file of evidence").set_input_files(file)
    opened.locator("#verdict h2").wait_for()
    file.unlink()
    opened.get_by_label("2. Type or paste its seal").fill(str(SEAL))
    opened.get_by_role("status").get_by_text("gone.jsonl cannot be read").wait_for()
    opened.get_by_role("button", name="Español").click()
    opened.get_by_role("status").get_by_text("No se puede leer gone.jsonl").wait_for()
    opened.get_by_role("button", name="English").click()
    file.write_bytes(FILE)
    opened.get_by_label("1. Choose the file of evidence").set_input_files(file)
    opened.get_by_role("status").get_by_text("as it was sealed").wait_for()


# SHA-256: the examples that NIST publishes for FIPS 180-4.
VECTORS = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    b"a"
    * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}


def test_a_hash_is_right(opened: Page) -> None:
    messages = {**VECTORS, **{bytes(range(n)): "" for n in range(1, 200)}}
    found = opened.evaluate(
        """(all) => Promise.all(all.map((one) =>
            sha256(Uint8Array.from(atob(one), (byte) => byte.charCodeAt(0)))))""",
        [b64encode(message).decode() for message in messages],
    )
    for message, digest in zip(messages, found, strict=True):
        assert digest == VECTORS.get(message, hashlib.sha256(message).hexdigest())


def test_where_a_browser_computes_no_hashes_it_says_what_to_do(
    browser: Browser,
) -> None:
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.route(
        "**/*",
        lambda route: route.fulfill(body=PAGE.read_bytes(), content_type="text/html"),
    )
    page.goto("http://plain.test/verify.html")
    assert page.evaluate("[isSecureContext, typeof crypto.subtle]") == [
        False,
        "undefined",
    ]
    page.get_by_label("1. Choose the file of evidence").set_input_files(
        {"name": "evidence.jsonl", "mimeType": "", "buffer": FILE}
    )
    page.get_by_role("status").get_by_text("Open this page from a file").wait_for()
    context.close()


# What a person sees


def rows(page: Page) -> list[str]:
    return page.locator("#lines tbody tr").all_inner_texts()


def test_an_honest_file_holds_line_by_line(opened: Page) -> None:
    said = choose(opened, FILE, SEAL.grouped)
    look(opened, "verify-honest")
    assert said.startswith("✓ Holds")
    assert f"all {COUNT} lines are those of then" in said
    results = rows(opened)
    assert len(results) == COUNT
    assert all("✓ holds, sealed" in row for row in results)
    assert "www.museum.example A" in results[1]
    assert "198.18.0.53" in results[1]
    assert hashlib.sha256(FILE).hexdigest() in opened.locator("#about").inner_text()
    # What the line says is folded.
    opened.locator("#line-2 summary").click()
    content = opened.locator("#line-2 dl").inner_text()
    assert 'lab.ask("www.museum.example")' in content
    assert "NOERROR" in content


def test_without_a_seal_it_says_what_is_left_open(opened: Page) -> None:
    said = choose(opened, FILE)
    assert said.startswith("? Fits together, but was not compared with a seal")
    assert "missing at the end" in said
    opened.get_by_label("2. Type or paste its seal").fill(SEAL.grouped)
    opened.get_by_role("status").get_by_text("as it was sealed").wait_for()


def test_a_forged_file_is_told_with_its_line(opened: Page) -> None:
    content, _ = CASES["a byte changed"]
    said = choose(opened, content, str(SEAL))
    look(opened, "verify-forged")
    assert said.startswith("✗ Does not hold")
    assert "Line 2 of evidence.jsonl was changed" in said
    first, second, third, *_ = rows(opened)
    assert "? fits the line before; not compared with the seal" in first
    assert "✗ does not hold: its hash does not fit" in second
    assert "? its own hash is right; it stands after a line that does not hold" in third
    opened.get_by_role("link", name="Go to line 2").click()
    assert opened.locator("#line-2").evaluate("row => row.matches(':target')")


def test_lines_after_the_seal_are_told_apart(opened: Page) -> None:
    said = choose(opened, FILE + LATER + LATEST, str(SEAL))
    assert f"All {COUNT} sealed lines are as they were. 2 lines came later" in said
    results = rows(opened)
    assert "holds, sealed" in results[COUNT - 1]
    assert "? fits, came after the seal" in results[COUNT]


def test_what_came_after_the_seal_never_counts_as_sealed(opened: Page) -> None:
    other = entries(stamped("isla.example"))
    stamp = next(one for one in other if one[1].get("asked", "").startswith("POST"))
    live = ("exchange", {**entries(LINES)[EXCHANGE][1], "origin": "live"})
    lines = [*LINES, *chain(*entries(LINES), stamp, live, ("exhibit", EXHIBIT))[COUNT:]]
    said = choose(opened, b"".join(lines), str(SEAL))
    assert said.startswith("✓ Holds"), (
        "a strange time-stamp after the seal is only noted"
    )
    stamps = opened.locator("#stamps tbody").inner_text()
    assert "other lines than those before it; came after the seal" in stamps
    who = opened.locator("#who").inner_text()
    assert "the real Internet (came after the seal)" in who
    assert "nobody real was asked (" not in who
    look(opened, "verify-after-the-seal")
    said = choose(opened, b"".join(lines), str(sealed(lines)))
    assert said.startswith("? Fits together, but a time-stamp is of other lines")
    assert "came after the seal" not in opened.locator("main").inner_text()


def test_no_line_that_cannot_be_read_is_said_to_hold(opened: Page) -> None:
    for case in (
        "an unknown kind",
        "bytes of a surrogate",
        "the first line's by twice",
    ):
        content = UNREADABLE[case]
        said = choose(opened, content, str(sealed(content.splitlines(keepends=True))))
        assert said.startswith("✗ Does not hold")
        last = rows(opened)[-1]
        assert "cannot be read" in last
        assert "✗ does not hold: two programs could read two things in it" in last
    look(opened, "verify-unreadable")


def test_characters_that_are_not_seen_are_shown_as_numbers(opened: Page) -> None:
    hidden = (
        0x3164,
        0x34F,
        0x115F,
        0x1160,
        0xFE00,
        0xFE0F,
        0x180E,
        0xFFF9,
        0xFFFB,
        0x202E,
        0xFEFF,
    )
    shown = opened.evaluate("visible", "".join(map(chr, hidden)))
    assert shown == "".join(f"\\u{one:04x}" for one in hidden)
    shown = opened.evaluate("visible", "\U000e0041\U000e007f\U0001f600é\t")
    assert shown == r"\udb40\udc41\udb40\udc7f" + "\U0001f600é\t"


def test_the_page_and_the_lab_spell_out_the_same_characters(opened: Page) -> None:
    """But a tab, and what one of the two does not know yet: Unicode grows."""
    spelt = opened.evaluate(
        """[...Array(0x110000).keys()].filter((code) => {
             const one = String.fromCodePoint(code);
             return visible(one) !== one;
           })"""
    )
    by_the_lab = {code for code in range(0x110000) if visible(chr(code)) != chr(code)}
    for code in by_the_lab ^ {*spelt}:
        assert code == ord("\t") or unicodedata.category(chr(code)) == "Cn", f"{code:x}"


def test_the_columns_are_said_to_be_the_programs_words(opened: Page) -> None:
    choose(opened, FILE)
    assert "words of the program" in opened.locator("#lines").inner_text()


def test_written_anew_no_line_is_called_the_sealed_one(opened: Page) -> None:
    said = choose(opened, REWRITTEN, str(SEAL))
    assert said.startswith("✗ Does not hold")
    assert "is not the file that was sealed" in said
    assert not any("✓" in row for row in rows(opened))


def test_a_seal_that_is_none_gets_a_sentence_and_no_verdict(opened: Page) -> None:
    choose(opened, FILE, str(SEAL))
    seal = opened.get_by_label("2. Type or paste its seal")
    seal.fill(SEAL.grouped[:-5])
    seal.blur()
    opened.get_by_text("60 are there").wait_for()
    assert opened.get_by_role("status").inner_text() == ""
    assert not opened.locator("#report").is_visible()
    assert seal.get_attribute("aria-invalid") == "true"
    seal.fill("")
    opened.get_by_role("status").get_by_text("not compared with a seal").wait_for()


def test_what_is_no_file_of_evidence_is_not_listed(opened: Page) -> None:
    said = choose(opened, CASES["no file of evidence"][0], str(SEAL), "scan.pdf")
    assert "scan.pdf is no file of evidence" in said
    assert rows(opened) == []


def test_an_accident_is_called_one(opened: Page) -> None:
    said = choose(opened, CASES["byte order mark and line ends"][0], str(SEAL))
    assert said.startswith("✓ Holds")
    assert "byte-order mark before it, or changed its line ends" in said


def test_of_a_long_file_the_part_that_matters_is_shown(opened: Page) -> None:
    lines = chain(
        ("log", OPENING), *[("reading", {"sentence": f"s{n}"}) for n in range(2, 2501)]
    )
    choose(opened, b"".join(lines))
    assert len(rows(opened)) == 1000
    assert "Lines 1 to 1000 of 2500" in opened.locator("#lines").inner_text()
    # The line that is wrong is among those shown.
    choose(opened, b"".join(lines).replace(b"s2400", b"s2401"))
    assert "✗ does not hold" in opened.locator("#line-2400").inner_text()


def test_who_asked_is_shown(opened: Page) -> None:
    lines = chain(*KEPT)
    choose(opened, b"".join(lines), str(sealed(lines)))
    who = opened.locator("#who").inner_text()
    assert "Juzgado Segundo" in who
    assert '"from":-0.25,"to":1.5' in who, "as earlier versions measured it"
    assert "nobody real was asked" in who
    assert "not stated" in who, "of a second witness"
    assert "page.png" in rows(opened)[-1], (
        "an exhibit, as earlier versions entered them"
    )


def test_a_time_stamp_is_shown_and_said_not_to_be_verified(opened: Page) -> None:
    lines = stamped()
    said = choose(opened, b"".join(lines), str(sealed(lines)))
    assert said.startswith("✓ Holds")
    covered = next(n for n, one in enumerate(lines) if b"lab.evidence.stamp()" in one)
    stamps = opened.locator("#stamps").inner_text()
    assert "POST http://hora.rir-lab.example/" in stamps
    assert f"lines 1 to {covered}" in stamps
    assert "openssl ts -verify" in stamps


def test_a_chain_made_anew_after_its_time_stamp_is_not_called_good(
    opened: Page,
) -> None:
    all_of_it = entries(stamped())
    all_of_it[2] = ("reading", {"sentence": "x"})
    said = choose(opened, b"".join(chain(*all_of_it)))
    assert said.startswith("? Fits together, but a time-stamp is of other lines")
    assert "written anew" in said


# What must not happen

HTML = (
    "<img src=http://127.0.0.1:{port}/x onerror=document.title='x'>"
    "<script>document.title='x'</script><link rel=prefetch href=//127.0.0.1:{port}/>\u202eltr"
)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what each who came there sent."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def wait() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    came.append(b"")
                    connection.settimeout(0.3)
                    with suppress(OSError):
                        came[-1] += connection.recv(1000)

        threading.Thread(target=wait, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


def test_html_in_a_file_is_only_text(
    opened: Page, listener: tuple[int, list[bytes]]
) -> None:
    port, came = listener
    html = HTML.format(port=port)
    exchange = {
        **dict.fromkeys(
            ("time", "question", "server", "address", "asked", "request"), html
        ),
        "answer": b64encode(html.encode()).decode(),
        "answer_sha256": hashlib.sha256(html.encode()).hexdigest(),
    }
    opening = {**OPENING, "by": {"state": "holds", "value": html}, "machine": html}
    sly = {"state": "holds", "value": html}
    exhibit = {**EXHIBIT, "file": html, "origin": html, "receipt": [html]}
    odd = [
        ("exhibit", {**exhibit, "file": sly}),
        ("exchange", {html: html}),
        (html, {"x": html}),
    ]
    lines = chain(("log", opening), ("exchange", exchange), ("exhibit", exhibit), *odd)
    said = choose(opened, b"".join(lines), name=html.replace("/", "_"))
    assert said.startswith("✗ Does not hold"), "what is no line is shown as it is"
    assert all("cannot be read" in row for row in rows(opened)[3:])
    for summary in opened.locator("summary").all():
        summary.click()
    assert opened.locator("#line-2 dd").count() == len(exchange) + 4
    assert html[:40] in opened.locator("main").inner_text()
    assert "\u202e" not in opened.locator("main").inner_text()
    assert opened.locator("img, link, script:not(body > script)").count() == 0
    assert opened.title() == "Check a file of evidence"
    assert opened.locator("#who .holds").count() == 0
    assert came == []


def test_the_policy_forbids_every_request(
    browser: Browser, listener: tuple[int, list[bytes]]
) -> None:
    port, came = listener
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    with as_file(PAGE) as file:
        page.goto(file.as_uri())
    refused = page.evaluate(
        """async (address) => {
            const refused = new Set();
            addEventListener("securitypolicyviolation", (event) =>
                refused.add(event.effectiveDirective));
            const add = (tag, members) =>
                document.body.append(Object.assign(document.createElement(tag), members));
            await fetch(address).catch(() => 0);
            try { new WebSocket(address.replace("http", "ws")); } catch { /* refused */ }
            try { navigator.sendBeacon(address, "x"); } catch { /* refused */ }
            add("img", { src: address });
            add("script", { src: address });
            add("script", { textContent: "document.title = 'x'" });
            add("iframe", { src: address });
            add("link", { rel: "stylesheet", href: address });
            add("video", { src: address });
            add("object", { data: address });
            const form = document.createElement("form");
            form.action = address;
            document.body.append(form);
            form.submit();
            await new Promise((resolve) => setTimeout(resolve, 1000));
            return [...refused].sort();
        }""",
        f"http://127.0.0.1:{port}/",
    )
    assert page.evaluate("document.title") == "Check a file of evidence"
    context.close()
    # Chromium opens a connection for a frame and a form before it refuses them, and sends nothing.
    assert set(came) <= {b""}
    assert {
        "connect-src",
        "img-src",
        "script-src-elem",
        "frame-src",
        "form-action",
    } <= set(refused)


# For everybody


@pytest.mark.parametrize("width", [1366, 320])
@pytest.mark.parametrize(
    "case", ["honest, sealed", "a byte changed", "custody and an exhibit"]
)
def test_it_can_be_read_by_everybody(opened: Page, width: int, case: str) -> None:
    opened.set_viewport_size({"width": width, "height": 768})
    content, seal = CASES[case]
    choose(opened, content, str(seal or ""))
    opened.locator("#line-2 summary").click()
    opened.locator("#line-2 dl").wait_for()
    look(opened, f"verify-{case.replace(' ', '-').replace(',', '')}-{width}")
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert findings(opened) == []
    opened.set_viewport_size({"width": 1366, "height": 768})


def test_it_speaks_the_language_of_the_browser_until_another_is_chosen(
    browser: Browser,
) -> None:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="es-UY"
    )
    page = context.new_page()
    said, seal = page.get_by_role("status"), page.locator("#seal")

    def shows(language: str, title: str, verdict: str) -> None:
        said.get_by_text(verdict).wait_for()
        page.locator("#report").wait_for()
        look(page, f"verify-{language}")
        assert page.locator("html").get_attribute("lang") == language
        assert page.title() == page.locator("h1").inner_text() == title
        assert page.locator("[aria-pressed=true]").get_attribute("lang") == language
        assert seal.input_value() == SEAL.grouped
        assert len(rows(page)) == COUNT
        assert findings(page) == []

    with as_file(PAGE) as file:
        page.goto(file.as_uri())
    seal.fill(SEAL.grouped)
    page.get_by_label("1. Elija el archivo de prueba").set_input_files(
        {"name": "evidence.jsonl", "mimeType": "", "buffer": FILE}
    )
    shows(
        "es",
        "Comprobar un archivo de prueba",
        f"las {COUNT} líneas son las de entonces",
    )
    assert said.inner_text().startswith("✓ Coincide")
    page.get_by_role("button", name="English").press("Enter")
    shows("en", "Check a file of evidence", f"all {COUNT} lines are those of then")
    page.get_by_role("button", name="Español").click()
    shows(
        "es",
        "Comprobar un archivo de prueba",
        f"las {COUNT} líneas son las de entonces",
    )
    # A seal that is none yet is told in the other language as well.
    seal.fill(SEAL.grouped[:-5])
    page.get_by_text("hay 60.").wait_for()
    page.get_by_role("button", name="English").click()
    page.get_by_text("60 are there").wait_for()
    assert seal.input_value() == SEAL.grouped[:-5]
    context.close()


@pytest.mark.parametrize(
    ("locale", "language"),
    [("pt-BR", "en"), ("en-GB", "en"), ("ES", "es"), ("est", "en")],
)
def test_english_is_spoken_where_the_browser_has_no_language_of_the_page(
    browser: Browser, locale: str, language: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    with as_file(PAGE) as file:
        page.goto(file.as_uri())
    assert page.locator("html").get_attribute("lang") == language
    context.close()


def test_a_link_says_in_which_language_the_page_opens(browser: Browser) -> None:
    with as_file(PAGE) as file:
        page = browser.new_page()
        page.goto(f"{file.as_uri()}#es")
    assert page.locator("html").get_attribute("lang") == "es"
    page.close()


def test_all_is_reached_by_the_keyboard_in_order(opened: Page) -> None:
    choose(opened, CASES["a byte changed"][0])
    opened.get_by_role("button", name="English").focus()
    reached = []
    for _ in range(6):
        reached.append(
            opened.evaluate(
                "document.activeElement.id || document.activeElement.tagName"
            )
        )
        opened.keyboard.press("Tab")
    assert reached == ["BUTTON", "BUTTON", "file", "seal", "A", "SUMMARY"]
    opened.keyboard.press("Enter")
    assert opened.locator("#lines details[open]").count() == 1


def test_the_verdict_is_printed_with_the_file_it_is_of(opened: Page) -> None:
    choose(opened, FILE, str(SEAL))
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf = SCREENSHOTS / "verify.pdf"
    pdf.write_bytes(opened.pdf(format="A4"))
    printed = sheets(pdf)
    assert "Holds" in printed[0]
    assert SEAL.grouped[:17] in "".join(printed)
    assert "Choose the file" not in "".join(printed)
    assert "Español" not in "".join(printed)
    assert Path(pdf).stat().st_size
