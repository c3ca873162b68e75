"""The file of a case: what was done, the documents, the evidence, in one folder and one archive.

What the players met is in it, and nothing else: the drafts they read, what was carried out, what
was handed to them. Who reads it later must be able to tell these apart.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from labsupport.answers.evidence_record import CHECK, Sealed, custody_labels
from labsupport.answers.mail import MailPage
from labsupport.course.playing import Playing
from labsupport.course.story import LabCall
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.papers.files import (
    MANIFEST,
    candidates,
    not_written,
    read_file_name,
    renamed,
)
from labsupport.papers.forms import TRAINING, Paper, page
from labsupport.papers.plain_text import plain
from labsupport.papers.templates import filled_in
from labsupport.results import Explanation, Result, Statement, Table
from labsupport.tree import as_html
from labsupport.visible import escaped

LAB_ONLY = "investigate.subscribers"  # what the lab shows, and nobody has handed over
ONLY_THE_LAB = "case_file.only_lab_shows_nobody"
NOT_KEPT = "case_file.not_your_order_sample"
# What the lab answered, as a page of the file; the rest is called by what was asked.
CALLED = {
    "orders.impact": "case_file.who_goes_dark",
    "orders.review": "case_file.what_look_order",
    "investigate.mail": "case_file.message_line_line",
    "evidence.preservation": "case_file.request_specimen",
    LAB_ONLY: "case_file.what_lab_log_shows",
}


def keep(
    case: Playing, folder: object, by: object, matter: object
) -> Statement | Explanation:
    """Write the file of a case into a new folder and an archive. See `Case.keep`."""
    say = case.say
    try:
        name = read_file_name(folder, "", say)
        files = contents(case, by, matter)
        used = _written(name, files, say)
    except NotUnderstood as problem:
        return Explanation(say, Kind.NOT_ASKED, str(problem))
    archive = f"{used}.zip"
    digest = hashlib.sha256(files[MANIFEST]).hexdigest()
    values = {
        "folder": used,
        "archive": archive,
        "manifest": MANIFEST,
        "digest": digest,
    }
    sentence = say("case_file.case_file_folder", **values)
    folders = Counter(path.partition("/")[0] for path in sorted(files))
    table = Table(
        say("case_file.what_is_in_it"),
        (say("case_file.name"), say("case_file.files")),
        tuple(folders.items()),
    )
    notes = renamed(name, used, say)
    return Statement(
        say, None, sentence, notes, table=table, written=(f"{used}/case.html", archive)
    )


def contents(case: Playing, by: object, matter: object) -> dict[str, bytes]:
    """Return the files of a case by their path, the manifest last."""
    files = dict(_documents(case))  # first: what is asked for them is evidence as well
    record: Mapping[str, bytes] = case.evidence.files(by, matter)
    text = _told(case, by, matter)
    files |= {
        "case.txt": f"{plain(text)}\n".encode(),
        "case.html": text.encode(),
        "choices.json": case.saved(),
    }
    files |= {f"evidence/{path}": data for path, data in record.items()}
    sums = (
        f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items()
    )
    return {
        **files,
        MANIFEST: "".join(sorted(sums, key=lambda line: line[66:])).encode(),
    }


def _documents(case: Playing) -> Iterator[tuple[str, bytes]]:
    """Yield, as page and text, what was met on the way so far; and the orders in force."""
    say = case.say
    banner = case.say(TRAINING)
    titles = case.story.titles
    for situation, chosen in case.so_far():
        for key in chosen.papers if chosen else ():
            text = situation.story.orders[key]
            paragraphs = "".join(
                f"<p>{escaped(one)}</p>\n" for one in text.strip().split("\n\n")
            )
            title = f"{case.story.title} · {titles.get(key, key)}"
            yield (
                f"documents/{key}.html",
                page(title, paragraphs, say.code, banner=banner).encode(),
            )
            yield f"documents/{key}.txt", text.encode()
        for call, answer in zip(situation.asks, situation.answers, strict=True):
            if name := _path(call):
                html = (
                    answer.html
                    if isinstance(answer, Paper)
                    else _page(case, call, answer)
                )
                yield f"{name}.html", html.encode()
                yield f"{name}.txt", f"{plain(html)}\n".encode()
            if isinstance(answer, MailPage):
                yield f"{name}.eml", answer.facts.raw
        for key in situation.in_force:
            text = situation.story.orders[key]
            if key in situation.story.written:
                text = f"{say(NOT_KEPT)}\n\n{text}"
            yield _carried_out(situation, key), text.encode()


def _page(case: Playing, call: LabCall, answer: Result) -> str:
    say = case.say
    title = f"{case.story.title} · {called(case, call)}"
    html = page(title, as_html(answer.page), say.code, banner=say(TRAINING))
    if call.method == LAB_ONLY:
        warning = escaped(say(ONLY_THE_LAB))
        html = html.replace("<h1>", f"<p><strong>{warning}</strong></p><h1>")
    return html


def _path(call: LabCall) -> str:
    """Return the file of an answer, without its ending; "" for one that has none."""
    if not call.order and call.method not in CALLED:
        return ""
    words = "-".join((call.name, *call.arguments))
    folder = "lab-only" if call.method == LAB_ONLY else "documents"
    return (
        f"{folder}/{words.replace(':', '').replace(' ', '_')}"  # Windows takes no colon
    )


def called(case: Playing, call: LabCall) -> str:
    """Return what an answer is, for who reads it."""
    what = case.say(CALLED[call.method]) if call.method in CALLED else ""
    of = case.story.titles.get(call.order, "")
    return ": ".join(filter(None, (what, of))) or call.arguments[0]


def _carried_out(case: Playing, key: str) -> str:
    return f"{'sample' if key in case.story.written else 'carried-out'}/{key}.txt"


def _named(case: Playing, key: str) -> str:
    """Return the file of an order that is carried out, or that it is the players' own."""
    if key in case.story.written:
        return case.say("case_file.your_order_no_words")
    return _carried_out(case, key)


def _paragraphs(case: Playing) -> Iterator[tuple[str, list[str]]]:
    """Yield a heading and paragraphs for each step: what was told, done, and put in force."""
    say = case.say
    before: tuple[str, ...] = ()
    for situation, chosen in case.so_far():
        paragraphs = [situation.state]
        if begun := [
            _named(situation, key) for key in situation.in_force if key not in before
        ]:
            paragraphs.append(
                say("case_file.carried_out_now_files", files=say.listed(begun))
            )
        if ended := [
            _named(situation, key) for key in before if key not in situation.in_force
        ]:
            paragraphs.append(
                say("case_file.no_longer_carried_out", files=say.listed(ended))
            )
        before = situation.in_force
        paragraphs += situation.told.split("\n\n")
        if shown := [path for call in situation.asks if (path := _path(call))]:
            paragraphs.append(say("case_file.see_files", files=say.listed(shown)))
        if chosen:
            paragraphs += [f"→ {chosen.text}", chosen.reply]
            if papers := say.listed(f"documents/{key}" for key in chosen.papers):
                paragraphs.append(say("case_file.into_the_file_files", files=papers))
        yield situation.step.title, paragraphs
    if case.taken_back:
        paragraphs = [say("case_file.these_choices_taken")]
        yield (
            say("case_file.taken_back"),
            paragraphs + [f"{step} → {text}" for step, text in case.taken_back],
        )


def _told(case: Playing, by: object, matter: object) -> str:
    """Return the page that a judge reads first: who, what was decided, the seal; then the way."""
    say = case.say
    way = list(case.so_far())
    asked, about, _ = custody_labels(say)
    seal = case.evidence.seal()
    noted = "; ".join(
        words for one, words in case.story.marks.items() if one in case.marks
    )
    carried_out = ", ".join(_named(case, key) for key in case.in_force)
    facts = (
        (asked, by),
        (about, matter),
        (say("case_file.where_it_stands"), f"{way[-1][0].step.title}. {case.state}"),
        (say("case_file.noted"), noted or "–"),
        (say("case_file.carried_out"), carried_out or "–"),
        (say("case_file.papers_on_file"), len(case.papers) or "–"),
        (
            say("case_file.seal_of_the_record"),
            seal.text if isinstance(seal, Sealed) else "–",
        ),
    )
    parts = list(_paragraphs(case))
    values = {
        "facts": facts,
        "way": way,
        "parts": parts,
        "manifest": MANIFEST,
        "check": CHECK,
    }
    content = filled_in("papers/case_file.html", say, **values)
    return page(case.story.title, content, say.code, banner=say(TRAINING))


def _written(name: str, files: Mapping[str, bytes], say: Language) -> str:
    """Write files into a new folder and an archive beside it; return the folder's name.

    Raises NotUnderstood.
    """
    for candidate in candidates(name):
        folder = Path(candidate)
        try:
            if Path(f"{candidate}.zip").exists():
                continue
            folder.mkdir()
            for path, data in files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(data)
            shutil.make_archive(candidate, "zip", base_dir=candidate)
        except FileExistsError:
            continue
        except OSError as problem:
            raise not_written(candidate, problem, say) from problem
        return candidate
    raise AssertionError("there is always a next name")
