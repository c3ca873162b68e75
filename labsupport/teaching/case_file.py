"""The file of a case: what was done, the documents, the evidence, in one folder and one archive."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from labsupport.language import Language
from labsupport.lookups.draft import Draft
from labsupport.lookups.files import candidates, not_written, read_file_name, renamed
from labsupport.lookups.forms import TRAINING, page
from labsupport.lookups.names import NotUnderstood
from labsupport.results import Explanation, Kind, Result, Table, escaped
from labsupport.teaching.case import Case
from labsupport.teaching.story import OF_ORDERS

MANIFEST = "MANIFEST.txt"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that an archive can tell


def keep(case: Case, folder: object, by: object, matter: object) -> Result:
    """Write the file of a case into a new folder and an archive. See `Case.keep`."""
    say = case.say
    try:
        name = read_file_name(folder, "", say)
        files = contents(case, by, matter)
        used = _written(name, files, say)
    except NotUnderstood as problem:
        return Explanation(say, Kind.NOT_ASKED, str(problem))
    digest = hashlib.sha256(files[MANIFEST]).hexdigest()
    sentence = say(
        "The case file is in the folder {folder}, and the same in {archive}. Note down the "
        "checksum of its list ({manifest}): {digest}.",
        folder=used,
        archive=f"{used}.zip",
        manifest=MANIFEST,
        digest=digest,
    )
    rows = tuple((path, f"{len(data):,}") for path, data in sorted(files.items()))
    table = Table(say("What is in it"), (say("file"), say("octets")), rows)
    return Explanation(say, None, sentence, renamed(name, used, say), table=table)


def contents(case: Case, by: object, matter: object) -> dict[str, bytes]:
    """Return the files of a case by their path, the manifest last."""
    files = _documents(case)  # first: what is asked for them is evidence as well
    files |= {
        "case.txt": _told(case).encode(),
        "case.html": _told_html(case).encode(),
        "choices.json": case.saved(),
    }
    evidence: Mapping[str, bytes] = case.evidence.files(by, matter)
    files |= {f"evidence/{path}": data for path, data in evidence.items()}
    sums = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    return {**files, MANIFEST: "".join(sorted(sums, key=lambda line: line[66:])).encode()}


def _documents(case: Case) -> dict[str, bytes]:
    """Return the requests, the orders and their reviews on the way so far, as page and text."""
    files: dict[str, bytes] = {}
    banner = case.say(TRAINING)
    for there, _ in case.so_far():
        for call, answer in zip(there.step.asks, there.answers, strict=True):
            name = "documents/" + "-".join((call.method, *call.arguments))
            if isinstance(answer, Draft):
                html, text = answer.html, answer.text
            elif call.method in OF_ORDERS:
                title = f"{case.story.title} · {call.method} · {call.arguments[0]}"
                html = page(title, answer._repr_html_(), case.say.code, banner=banner)
                text = f"{banner}\n\n{answer!r}\n"
            else:
                continue
            files |= {f"{name}.html": html.encode(), f"{name}.txt": text.encode()}
    return files


def _told(case: Case) -> str:
    told = [f"{case.say(TRAINING)}\n\n{case.story.title}"]
    for there, chosen in case.so_far():
        told.append(f"{there.step.title}\n{there.state}\n\n{there.told}")
        if chosen:
            told.append(f"→ {chosen.text}\n{chosen.reply}")
    return "\n\n".join(told) + "\n"


def _told_html(case: Case) -> str:
    parts = []
    for there, chosen in case.so_far():
        parts.append(f"<h2>{escaped(there.step.title)}</h2>\n<p>{escaped(there.state)}</p>\n")
        parts += [f"<p>{escaped(one)}</p>\n" for one in there.told.split("\n\n")]
        if chosen:
            text = f"<strong>→ {escaped(chosen.text)}</strong><br>{escaped(chosen.reply)}"
            parts.append(f"<p>{text}</p>\n")
    say = case.say
    return page(case.story.title, "".join(parts), say.code, banner=say(TRAINING))


def _written(name: str, files: Mapping[str, bytes], say: Language) -> str:
    """Write files into a new folder and an archive beside it; return the folder's name.

    The archive is the same whenever it is made of the same files. Raises NotUnderstood.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"{name}/{path}", EARLIEST), data)
    for candidate in candidates(name):
        folder, packed = Path(candidate), Path(f"{candidate}.zip")
        try:
            if packed.exists():
                continue
            folder.mkdir()
            for path, data in files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(data)
            packed.write_bytes(stream.getvalue())
        except FileExistsError:
            continue
        except OSError as problem:
            raise not_written(candidate, problem, say) from problem
        return candidate
    raise AssertionError("there is always a next name")
