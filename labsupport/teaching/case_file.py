"""The file of a case: what was done, the documents, the evidence, in one folder and one archive.

What the players met is in it, and nothing else: the drafts they read, what was carried out, what
was handed to them. Who reads it later must be able to tell these apart.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from labsupport.language import Language, mark
from labsupport.lookups.evidence import BY_HAND, CHECK, MANIFEST, Sealed, custody_labels
from labsupport.lookups.files import candidates, not_written, read_file_name, renamed
from labsupport.lookups.forms import TRAINING, Paper, page
from labsupport.lookups.mail import Mail
from labsupport.lookups.names import NotUnderstood
from labsupport.results import Explanation, Kind, Result, Table, escaped
from labsupport.teaching.case import Case
from labsupport.teaching.story import OF_ORDERS, Call

LAB_ONLY = "subscribers"  # what the lab shows, and nobody has handed over
ONLY_THE_LAB = mark(
    "Only the lab shows this. Nobody has handed it over: it is no evidence, and in a real case you "
    "would not have it."
)
NOT_KEPT = mark(
    "NOT YOUR ORDER. A sample of the lab that makes the same sites dark. An order was written "
    "here; its words are not kept."
)
CARRIED_OUT, SAMPLE = "carried-out", "sample"  # the folders of orders
# What the lab answered, as a page of the file; the rest is called by what was asked.
CALLED = {
    "impact": mark("Who goes dark"),
    "review": mark("What to look at in the order"),
    "mail": mark("The message, line by line"),
    "draft": mark("The request that was the specimen"),
    LAB_ONLY: mark("What the lab's log shows"),
}
MOST_DECIDED = 12  # the last ones, on the front page
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
        "The case file is in the folder {folder}, and the same in {archive}. Write the hash of its "
        "list ({manifest}) into the minutes: with it anybody can check later that nothing was "
        "changed. It is {digest}.",
        folder=used,
        archive=f"{used}.zip",
        manifest=MANIFEST,
        digest=digest,
    )
    folders = Counter(path.partition("/")[0] for path in sorted(files))
    table = Table(say("What is in it"), (say("name"), say("files")), tuple(folders.items()))
    return Explanation(say, None, sentence, renamed(name, used, say), table=table)


def contents(case: Case, by: object, matter: object) -> dict[str, bytes]:
    """Return the files of a case by their path, the manifest last."""
    files = _documents(case)  # first: what is asked for them is evidence as well
    record: Mapping[str, bytes] = case.evidence.files(by, matter)
    front = _front(case, by, matter, files)
    files |= {
        "case.txt": _told(case).encode(),
        "case.html": _told_html(case, front).encode(),
        "choices.json": case.saved(),
    }
    files |= {f"evidence/{path}": data for path, data in record.items()}
    sums = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    return {**files, MANIFEST: "".join(sorted(sums, key=lambda line: line[66:])).encode()}


def _documents(case: Case) -> dict[str, bytes]:
    """Return, as page and text, what was met on the way so far; and the orders in force."""
    files: dict[str, bytes] = {}
    say = case.say
    banner = say(TRAINING)
    for there, chosen in case.so_far():
        for key in chosen.papers if chosen else ():
            files |= _paper(case, key, there.story.orders[key])
        for call, answer in zip(there.asks, there.answers, strict=True):
            if not (name := _path(call)):
                continue
            if isinstance(answer, Paper):
                html, text = answer.html, answer.text
            else:
                title = f"{case.story.title} · {_called(case, call)}"
                html = page(title, answer._repr_html_(), say.code, banner=banner)
                warning = say(ONLY_THE_LAB) if call.method == LAB_ONLY else ""
                if warning:
                    html = html.replace("<h1>", f"<p><strong>{escaped(warning)}</strong></p><h1>")
                text = "\n\n".join(filter(None, (banner, warning, repr(answer)))) + "\n"
            files |= {f"{name}.html": html.encode(), f"{name}.txt": text.encode()}
            if isinstance(answer, Mail):
                files[f"{name}.eml"] = answer.raw
        for key in there.in_force:
            text = there.story.orders[key]
            if key in there.story.written:
                text = f"{say(NOT_KEPT)}\n\n{text}"
            files[_carried_out(there, key)] = text.encode()
    return files


def _paper(case: Case, key: str, text: str) -> dict[str, bytes]:
    """Return a paper that came into the file, as page and text."""
    say = case.say
    told = "".join(f"<p>{escaped(one)}</p>\n" for one in text.strip().split("\n\n"))
    title = f"{case.story.title} · {case.story.titles.get(key, key)}"
    html = page(title, told, say.code, banner=say(TRAINING))
    return {f"documents/{key}.html": html.encode(), f"documents/{key}.txt": text.encode()}


def _path(call: Call) -> str:
    """Return the file of an answer, without its ending; "" for one that has none."""
    if call.method not in {*OF_ORDERS, *CALLED}:
        return ""
    words = "-".join((call.method, *call.arguments))
    folder = "lab-only" if call.method == LAB_ONLY else "documents"
    return f"{folder}/{words.replace(':', '').replace(' ', '_')}"  # Windows takes no colon


def _called(case: Case, call: Call) -> str:
    """Return what an answer is, for who reads the file."""
    what = case.say(CALLED[call.method]) if call.method in CALLED else ""
    of = case.story.titles.get(call.arguments[0], "") if call.method in OF_ORDERS else ""
    return ": ".join(filter(None, (what, of))) or call.arguments[0]


def _carried_out(case: Case, key: str) -> str:
    folder = SAMPLE if key in case.story.written else CARRIED_OUT
    return f"{folder}/{key}.txt"


def _named(case: Case, key: str) -> str:
    """Return the file of an order that is carried out, or that it is the players' own."""
    if key in case.story.written:
        return case.say("your order, of which no words are kept")
    return _carried_out(case, key)


def _listed(case: Case) -> Iterator[tuple[str, str]]:
    """Yield each file that was met on the way, without its ending, and what it is."""
    titles = case.story.titles
    for there, chosen in case.so_far():
        yield from ((path, _called(case, call)) for call in there.asks if (path := _path(call)))
        papers = chosen.papers if chosen else ()
        yield from ((f"documents/{key}", titles.get(key, key)) for key in papers)
        for key in there.in_force:
            what = case.say("a sample, not your order") if key in case.story.written else key
            yield _carried_out(there, key), titles.get(key, what)


def _paragraphs(case: Case) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a heading and paragraphs for each step: what was told, done, and put in force."""
    say = case.say
    before: tuple[str, ...] = ()
    for there, chosen in case.so_far():
        told = [there.state]
        if begun := [key for key in there.in_force if key not in before]:
            files = ", ".join(_named(there, key) for key in begun)
            told.append(say("Carried out from now on: {files}.", files=files))
        if ended := [key for key in before if key not in there.in_force]:
            files = ", ".join(_named(there, key) for key in ended)
            told.append(say("No longer carried out: {files}.", files=files))
        before = there.in_force
        told += there.told.split("\n\n")
        shown = [path for call in there.asks if (path := _path(call))]
        if shown:
            told.append(say("(See {files}.)", files=", ".join(shown)))
        if chosen:
            told += [f"→ {chosen.text}", chosen.reply]
        if chosen and chosen.papers:
            papers = ", ".join(f"documents/{key}" for key in chosen.papers)
            told.append(say("(Into the file: {files}.)", files=papers))
        yield there.step.title, tuple(told)
    if case.taken_back:
        told = [
            say(
                "These choices were taken back while playing. What was asked after them is in the "
                "record as well, with times that run backwards."
            )
        ]
        told += [f"{step} → {text}" for step, text in case.taken_back]
        yield say("Taken back"), tuple(told)
    listed = dict(_listed(case)).items()
    yield say("What is in the folder"), tuple(f"{path}: {what}" for path, what in listed)


def _told(case: Case) -> str:
    told = [f"{case.say(TRAINING)}\n\n{case.story.title}"]
    told += ["\n\n".join((title.upper(), *lines)) for title, lines in _paragraphs(case)]
    return "\n\n".join(told) + "\n"


def _front(case: Case, by: object, matter: object, documents: Mapping[str, bytes]) -> str:
    """What a judge reads first, on one page: who, what was decided, what is there, the seal."""
    say = case.say
    way = list(case.so_far())
    decided = [(there.step.title, chosen.text) for there, chosen in way if chosen]
    blank = (BY_HAND, say(BY_HAND))
    stated = ["" if text in blank else str(text) for text in (by, matter)]
    pages = [path for path in documents if path.endswith(".html")]
    seal = case.evidence.seal()
    asked, about, _ = custody_labels(say)
    rows = (
        (asked, stated[0]),
        (about, stated[1]),
        (say("where it stands"), f"{way[-1][0].step.title}. {case.state}"),
        (say("noted"), "; ".join(w for m, w in case.story.marks.items() if m in case.marks) or "–"),
        (say("carried out"), ", ".join(_named(case, key) for key in case.in_force) or "–"),
        (say("documents"), say.many("{count} paper", "{count} papers", len(pages))),
        (say("seal of the record"), seal.text if isinstance(seal, Sealed) else "–"),
    )
    facts = "".join(
        f'<tr><th scope="row">{escaped(label)}</th><td>{escaped(value)}</td></tr>'
        for label, value in rows
    )
    shown = "".join(
        f"<li>{escaped(title)}: {escaped(text)}</li>" for title, text in decided[-MOST_DECIDED:]
    )
    caption, heading = say("The case"), say("What was decided")
    checked = say(
        "Whether a file was changed: sha256sum -c {manifest}. Whether one was added as well: "
        "lab.verify with the folder's name. The record has a report of its own, and a page that "
        "checks it (evidence/{page}).",
        manifest=MANIFEST,
        page=CHECK,
    )
    return (
        f"<table><caption>{escaped(caption)}</caption><tbody>{facts}</tbody></table>\n"
        f"<h2>{escaped(heading)}</h2>\n<ol>{shown}</ol>\n"
        f"<p>{escaped(checked)}</p>\n"
    )


def _told_html(case: Case, front: str) -> str:
    parts = [front, '<section class="sheet">\n']
    for title, lines in _paragraphs(case):
        parts.append(f"<h2>{escaped(title)}</h2>\n")
        parts += [f"<p>{escaped(line)}</p>\n" for line in lines]
    parts.append("</section>\n")
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
