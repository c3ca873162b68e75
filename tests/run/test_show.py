"""`labsupport show`: which files of an edition are answered, with what, and nothing else."""

from __future__ import annotations

import asyncio
import gzip
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loopback import LABSUPPORT, free_port
from said import SAY, says

from labsupport.language import Language
from labsupport.run import cli, show
from labsupport.run.editions.command import MARK
from labsupport.run.serve.sockets import LARGEST_HEAD, Sockets

SECRET = b"what lies outside"
PAGE = b"<script>let a = 1;</script><script src=a.js></script>" + b"<p>A page.</p>" * 50
FILES = {
    "index.html": PAGE,
    "lab/index.html": PAGE + b"<p>Another.</p>",
    "static/python.wasm": b"\0asm" * 90_000,
    "static/course-1.0-py3-none-any.whl": bytes(range(256)),
    "a.js": b"export default 1;" * 9,
    "a name.json": b"{}",
}
HERE = ("127.0.0.1", "::1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outside = tmp_path_factory.mktemp("show")
    (outside / "secret.html").write_bytes(SECRET)
    edition = outside / "edition"
    for name, content in FILES.items():
        (edition / name).parent.mkdir(parents=True, exist_ok=True)
        (edition / name).write_bytes(content)
    (edition / MARK).write_text("mark")
    (edition / "inside.html").symlink_to(edition / "index.html")
    (edition / "secret.html").symlink_to(outside / "secret.html")
    (edition / "up").symlink_to(outside, target_is_directory=True)
    return edition


@pytest.fixture(scope="module")
def shown(folder: Path) -> show.Shown:
    return show.Shown.read(folder, "not there")


def ask(
    shown: show.Shown, target: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    said = [
        ("Host", "x"),
        *((name.replace("_", "-"), value) for name, value in headers.items()),
    ]
    status, told, body = shown.answer(
        h11.Request(method=method, target=target, headers=said)
    )
    return status, dict(told), body


def test_each_file_is_answered_as_it_is_and_compressed_where_that_is_worth_it(
    shown: show.Shown,
) -> None:
    for name, content in FILES.items():
        target = f"/{shown.version}/{quote(name)}"
        status, plain, body = ask(shown, target)
        assert (status, body) == (200, content)
        assert "Content-Encoding" not in plain
        _, packed, body = ask(shown, target, Accept_Encoding="gzip, deflate")
        assert packed["ETag"] != plain["ETag"] or body == content
        if name.endswith((".whl", "a name.json")):
            assert body == content
        else:
            assert packed["Content-Encoding"] == "gzip"
            assert gzip.decompress(body) == content


def test_pages_are_asked_for_again_and_all_else_is_kept(shown: show.Shown) -> None:
    for name in FILES:
        _, headers, _ = ask(shown, f"/{shown.version}/{quote(name)}?v=1")
        page = name.endswith(".html")
        assert (
            headers["Cache-Control"] == "no-cache"
            if page
            else "immutable" in str(headers)
        )
        again = ask(
            shown, f"/{shown.version}/{quote(name)}", If_None_Match=headers["ETag"]
        )
        assert (again[0], again[2]) == (304, b"")


def test_each_address_leads_into_the_edition_that_is_shown_now(
    shown: show.Shown,
) -> None:
    for target, place in (
        ("/", ""),
        ("/lab/?path=a.ipynb", "lab/?path=a.ipynb"),
        ("/0123456789ab/a%20name.json", "a%20name.json"),
    ):
        status, headers, _ = ask(shown, target)
        assert (status, headers["Location"]) == (307, f"/{shown.version}/{place}")
    assert ask(shown, f"/{shown.version}/lab/")[2] == FILES["lab/index.html"]


def test_a_changed_edition_has_another_address(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(PAGE)
    first = show.Shown.read(tmp_path, "").version
    (tmp_path / "index.html").rename(tmp_path / "other.html")
    assert len({first, show.Shown.read(tmp_path, "").version}) == 2


def test_types_are_the_same_on_each_system(
    shown: show.Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mimetypes.guess_type", lambda *about, **more: ("text/plain", None)
    )
    for name, kind in (
        ("static/python.wasm", "application/wasm"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a%20name.json", "application/json"),
    ):
        _, headers, _ = ask(shown, f"/{shown.version}/{name}")
        assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == (
            kind,
            "nosniff",
        )


def test_scripts_within_a_page_are_named_by_their_hashes(shown: show.Shown) -> None:
    _, headers, _ = ask(shown, f"/{shown.version}/")
    policy = headers["Content-Security-Policy"]
    # Its own, and the page by which a record is checked.
    own, check = re.findall("'sha256-[^']+'", policy)
    assert own == "'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck='"
    assert (
        check
        in ask(shown, f"/{shown.version}/a%20name.json")[1]["Content-Security-Policy"]
    )
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert not re.search("https?:|[*]", policy)


@given(
    st.one_of(
        st.text(st.characters(min_codepoint=33, max_codepoint=126)),
        st.lists(
            st.sampled_from(
                [
                    "/",
                    "//",
                    "\\",
                    "..",
                    ".",
                    "?",
                    "http:",
                    "%2e",
                    "%2f",
                    "%5c",
                    "%00",
                    "secret.html",
                    "up",
                    "edition",
                    "lab",
                    "C:",
                    "VERSION",
                ]
            )
        ).map("".join),
    )
)
@example("/up/secret.html")
@example("/secret.html")
@example("/VERSION/../secret.html")
@example("/VERSION/up/edition/index.html")
@example(f"/VERSION/{MARK}")
@example("/VERSION/static/")
def test_no_path_reaches_a_file_outside(shown: show.Shown, path: str) -> None:
    status, headers, body = ask(shown, (path or "/").replace("VERSION", shown.version))
    assert status in (200, 307, 404)
    assert status != 200 or body in FILES.values()
    assert status != 404 or body == b"not there"
    assert headers.get("Location", f"/{shown.version}/").startswith(
        f"/{shown.version}/"
    )


def talk(shown: show.Shown, address: str, *said: bytes) -> bytes:
    """Say something to the edition over a socket; return all that it answers."""

    async def speak() -> bytes:
        with closing(Sockets()) as sockets:
            await sockets.open_tcp("", port, shown.converse)
            reader, writer = await asyncio.open_connection(address, port)
            with closing(writer):
                for part in said:
                    writer.write(part)
                    await writer.drain()
                return await asyncio.wait_for(reader.read(), 20)

    port = free_port()
    return asyncio.run(speak())


@pytest.mark.parametrize("address", HERE)
def test_one_connection_asks_several_times(shown: show.Shown, address: str) -> None:
    head = (
        f"HEAD /{shown.version}/static/python.wasm HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    )
    last = f"GET /{shown.version}/static/python.wasm HTTP/1.0\r\n\r\n".encode()
    answered = talk(shown, address, head, head, last)
    assert answered.count(b"HTTP/1.1 200") == 3
    assert answered.count(b"Content-Length: 360000\r\n") == 3
    assert answered.endswith(b"\r\n\r\n" + FILES["static/python.wasm"])
    assert len(answered) < 363_000


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nsomething", b"405"),
        (b"DELETE / HTTP/1.0\r\n\r\n", b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (LARGEST_HEAD + 8192), b"431"),
    ],
)
def test_what_is_no_question_is_refused(
    shown: show.Shown, said: bytes, status: bytes
) -> None:
    assert talk(shown, HERE[0], said).split()[1] == status


def test_who_asks_or_takes_too_slowly_is_cut_off(
    shown: show.Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "SECONDS", 0.2)
    assert talk(shown, HERE[0], b"GET / HTTP/1.1\r\n") == b""

    async def never_read() -> None:
        with closing(Sockets()) as sockets:
            await sockets.open_tcp("", port, large.converse)
            _, writer = await asyncio.open_connection(HERE[0], port, limit=1)
            writer.write(
                f"GET /{large.version}/large HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            )
            await writer.drain()
            await asyncio.sleep(0.1)
            assert sockets._connections
            while sockets._connections:
                await asyncio.sleep(0.05)
            writer.transport.abort()
            await asyncio.sleep(0)

    file = show.File(bytes(30_000_000), None, "", [])
    large, port = show.Shown({"large": file}, "0123456789ab", ""), free_port()
    asyncio.run(asyncio.wait_for(never_read(), 20))


# The command


@pytest.fixture
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    command = [LABSUPPORT, "show", folder, "--language", "en", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, port
        process.kill()


@pytest.mark.skipif(
    sys.platform == "win32", reason="a signal ends a program there at once"
)
def test_it_says_where_and_ends_with_a_sentence(
    running: tuple[subprocess.Popen[str], int],
    capsys: pytest.CaptureFixture[str],
    folder: Path,
) -> None:
    process, port = running
    assert process.stdout is not None
    assert process.stdout.readline() == SAY("show.whoever_network_opens") + "\n"
    places = [
        line.strip()
        for line in iter(process.stdout.readline, "To end, press Ctrl-C here.\n")
    ]
    assert places == [show._url(address, port) for address in show.own_addresses()]
    for address in HERE:
        with socket.create_connection((address, port), timeout=20) as asking:
            asking.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert asking.recv(12) == b"HTTP/1.1 307"
    assert cli.main(["show", str(folder), "--port", str(port)]) == 1
    assert "choose another port" in capsys.readouterr().err.lower()
    process.send_signal(signal.SIGINT)
    assert (
        process.communicate(timeout=20)[0] == SAY("show.edition_no_longer_shown") + "\n"
    )
    assert process.returncode == 0


def test_a_folder_that_is_no_edition_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_bytes(PAGE)
    assert cli.main(["show", str(tmp_path), "--language", "en"]) == 1
    assert says(capsys.readouterr().err, "show.no_edition")


def test_an_edition_that_cannot_be_read_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unplugged(path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", unplugged)
    assert cli.main(["show", str(folder), "--language", "en"]) == 1
    told = capsys.readouterr().err
    assert says(told, "show.not_read", reason=SAY("reasons.disk"))


def test_more_connections_than_there_may_be_are_closed(
    shown: show.Shown,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def crowd() -> list[bytes]:
        serving = asyncio.create_task(
            show._serve(shown, HERE[0], port, Language.load("en"))
        )
        answers, writers = [], []
        while "Ctrl-C" not in capsys.readouterr().out:
            await asyncio.sleep(0.05)
        for _ in range(3):
            reader, writer = await asyncio.open_connection(HERE[0], port)
            writers.append(writer)
            with suppress(ConnectionError):
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                answers.append(await asyncio.wait_for(reader.read(12), 20))
        for writer in writers:
            writer.close()
        serving.cancel()
        await asyncio.wait([serving])
        return answers

    monkeypatch.setattr(show, "MOST_CONNECTIONS", 2)
    port = free_port()
    answers = asyncio.run(crowd())
    assert [one for one in answers if one] == [b"HTTP/1.1 307"] * 2


def test_the_address_is_drawn_for_cameras() -> None:
    lines = show.drawn("http://192.168.1.5:8000/").splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) >= set("█▀▄ ")
