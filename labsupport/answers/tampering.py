"""`lab.evidence.tamper`: a file of evidence damaged, to practise."""

from __future__ import annotations

from pathlib import Path

from labsupport.answers.evidence_record import SavedFile
from labsupport.evidence import tampering
from labsupport.evidence.record_file import content_of
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.papers.files import RECORD, create, not_read, read_file_name, renamed
from labsupport.visible import quoted

# how, and what the copy is called after it
WAYS = {
    "byte": "byte",
    "rewrite": "rewritten",
}


def tamper(session: Session, file: object = "", how: object = "") -> SavedFile:
    """Write a copy of a file of the working folder with one answer changed; say what was done.

    `how` says whether only that byte is changed, or all hashes from there on are computed anew.
    """
    say = session.say
    way = choices("damage").key(how, say)
    if way is None:
        ways = choices("damage").listed(say)
        raise NotUnderstood(
            say("tampering.no_such_damage", what=quoted(how), ways=ways)
        )
    name = read_file_name(file or RECORD, ".jsonl", say)
    try:
        content = content_of(Path(name))
        tampered = tampering.tamper(content, rewrite=way == "rewrite")
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    except tampering.CannotTamper as problem:
        raise NotUnderstood(say(str(problem), file=name)) from problem
    done = say("tampering.byte_changed", line=tampered.line, server=tampered.server)
    if way == "rewrite":
        done += " " + say("tampering.then_all_hashes_there")
    own = f"{name.removesuffix('.jsonl')}-{WAYS[way]}.jsonl"
    used = create(own, tampered.content, say)
    sentence = say("tampering.file_damaged_copy_done", file=used, done=done)
    notes = (
        say("tampering.file_itself_not_touched", file=name),
        *renamed(own, used, say),
    )
    return SavedFile(say, None, session.provenance(""), notes, file=used, told=sentence)
