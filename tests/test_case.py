"""Cases to play: every branch, the state it leads to, taking back, saving and going on."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport import Lab, evidence
from labsupport.blocking.order import Order
from labsupport.lookups.diagnose import Cause, Diagnosis
from labsupport.results import Kind, utc
from labsupport.teaching import case, case_file, story
from labsupport.teaching.case import Case
from labsupport.teaching.form import Form
from labsupport.teaching.story import StoryError

LAB = Lab("en")
STORIES = story.stories("en")
# The way through each case that the notebook shows.
DEFAULT = {"fraud": "abbabbabaabab", "wrong-order": "bdbbca"}
KINDS = ("html", "txt")
REQUESTS = (
    "draft-preservation-www.faro-verifica.example",
    "draft-preservation-panel.faro-recompensas.example",
    "draft-preservation-198.19.105.90",
    "draft-preservation-198.18.128.3",
    "draft-disclosure-198.18.128.3",
)
CLINIC, STREAM = "www.clinica-del-estuario.org.test", "www.partidos-ya.example"


def begun(key: str = "wrong-order", lab: Lab = LAB) -> Case:
    found = lab.case(key)
    assert isinstance(found, Case), found
    return found


def played(letters: str, key: str = "wrong-order") -> Case:
    found = begun(key)
    for letter in letters:
        assert found.choose(letter) is found, letter
    return found


@pytest.mark.parametrize("key", STORIES)
def test_every_branch_can_be_played_and_every_answer_comes(key: str) -> None:
    """In every state: something can be done or the case ends, and the lab answers."""
    taken, ended, answered = set(), set(), set()
    for found in begun(key).situations():
        taken |= {(found.step.id, choice.id) for choice in found.choices}
        assert bool(found.choices) == bool(found.step.choices), (found.step.id, found.marks)
        assert found.step.text.split("\n")[0] in found.told
        lab = (found.step.id, found.in_force, found.gone)
        if lab not in answered:  # what is answered depends on nothing else, but for the time
            answered.add(lab)
            for answer in found.answers:
                assert answer.kind in (None, Kind.FOUND, Kind.NO_SUCH_NAME), answer
            assert found.told.split("\n")[0] in repr(found)
        if not found.choices:
            ended.add(found.marks)
            assert found.tabulated() is None
    steps = STORIES[key].steps.values()
    assert taken == {(step.id, choice.id) for step in steps for choice in step.choices}
    assert len(ended) > 1


def test_choices_take_time_and_what_they_cost_grows_until_it_is_mended() -> None:
    quick, slow = played("bdbbc"), played("aadbbc")
    assert (quick.minutes, slow.minutes) == (150, 210)
    assert "It is 2026-11-02 14:30:00 UTC. Time gone by: 2 hours 30 minutes." in quick.state
    assert "(an assumption of the story): 100." in quick.state  # 40 an hour
    assert "(an assumption of the story): 140." in slow.state
    later = played("bdbbca")  # mended: it grows no more
    assert "(an assumption of the story): 100." in later.state


def test_the_lab_is_as_the_choices_left_it() -> None:
    def causes(found: Case) -> tuple[Cause, Cause]:
        seen = [found.lab.diagnose(name) for name in (CLINIC, STREAM)]
        assert all(isinstance(one, Diagnosis) for one in seen)
        return seen[0].cause, seen[1].cause  # type: ignore[attr-defined]

    assert causes(begun()) == (Cause.BLOCKED, Cause.BLOCKED)
    assert causes(played("bdbba")) == (Cause.NOTHING, Cause.NOTHING)  # lifted
    assert causes(played("bdbbc")) == (Cause.NOTHING, Cause.BLOCKED)  # replaced
    assert causes(played("bdbbaa")) == (Cause.NOTHING, Cause.BLOCKED)
    assert played("bdb").lab.now == begun().lab.now + 75 * 60


# Ways through the fraud to its end: what comes first is closing, securing, or both.
CLOSED_AT_ONCE = "dbbab" + "babaa" + "bab"  # the page is closed before anything is known
CLOSED_FIRST = "abbab" + "abaaa" + "bab"
SECURED_FIRST = "abbab" + "cabaa" + "bab"


def victims(found: Case) -> list[int]:
    return [total // 60 for total in found._sums.values()]


def marks_at_the_end(letters: str) -> frozenset[str]:
    found = played(letters, "fraud")
    assert found.step.id == "end", found.step.id
    return found.marks


def test_each_way_costs_something_else() -> None:
    middle, late = played(DEFAULT["fraud"], "fraud"), played(SECURED_FIRST, "fraud")
    at_once, first = played(CLOSED_AT_ONCE, "fraud"), played(CLOSED_FIRST, "fraud")
    assert victims(middle) == [19, 0]
    assert victims(late)[0] > 400  # secured, while the page was up for three days
    assert victims(at_once)[0] < victims(first)[0] < victims(middle)[0]
    assert victims(at_once)[1] > 0 < victims(first)[1]  # on the second page
    assert "preserved" in marks_at_the_end(DEFAULT["fraud"])
    assert "copied" in marks_at_the_end(SECURED_FIRST)
    for way in (CLOSED_AT_ONCE, CLOSED_FIRST):
        assert not {"preserved", "copied"} & marks_at_the_end(way)
        assert "warned" in marks_at_the_end(way)


def test_a_warning_and_a_block_make_it_fewer() -> None:
    warned = played("b" + DEFAULT["fraud"], "fraud")
    assert victims(warned)[0] == pytest.approx(victims(played(DEFAULT["fraud"], "fraud"))[0] / 2, 1)
    hit = played("abbabbaaab", "fraud")
    assert "broad" in hit.in_force
    (first, _) = hit.story.counts
    assert first.rate(hit.marks, hit.in_force) == 2
    assert first.rate(hit.marks, ()) == first.per_hour == 6


def test_who_is_warned_clears_up_and_the_lab_shows_it() -> None:
    def cause(found: Case, name: str) -> tuple[Cause, set[str]]:
        seen = found.lab.diagnose(name)
        assert isinstance(seen, Diagnosis)
        return seen.cause, {what for _, what in seen.tabulated().rows}  # type: ignore[union-attr]

    page, panel = "www.faro-verifica.example", "panel.faro-recompensas.example"
    assert cause(begun("fraud"), page)[0] is cause(begun("fraud"), panel)[0] is Cause.NOTHING
    warned = played("d", "fraud")
    assert cause(warned, page)[0] is Cause.REMOVED
    assert "it says that there is no such page" in cause(warned, panel)[1]
    done = played(DEFAULT["fraud"][:9], "fraud")
    assert cause(done, page)[0] is cause(done, panel)[0] is Cause.REMOVED
    hit = played("abbabbaaa", "fraud")
    assert hit.step.id == "hit"
    school = "www.escuela-de-musica-arpegio.org.test"
    assert cause(hit, school)[0] is cause(hit, page)[0] is Cause.BLOCKED
    assert "the page is there" in cause(hit, page)[1]  # from Fibra Sur, by IPv6
    assert cause(hit.choose("a"), school)[0] is Cause.NOTHING  # type: ignore[arg-type]


def test_an_order_takes_effect_when_it_was_signed_and_the_directories_say_so() -> None:
    signed = played(DEFAULT["fraud"][:9], "fraud")
    later = played(DEFAULT["fraud"], "fraud")
    assert later.minutes > signed.minutes
    for found in (signed, later):
        for name in ("faro-verifica.example", "faro-recompensas.example"):
            told = found.lab.rdap(name)
            for record in (told.registry, told.registrar):  # type: ignore[attr-defined]
                (changed,) = [e.when.time for e in record.events if e.action == "last changed"]
                assert changed == datetime.fromtimestamp(signed.now, UTC)


def test_a_choice_that_leads_back_shows_the_answers_folded() -> None:
    found = played("b")
    assert "three places" in found.step.title
    first, first_html = repr(found), found._repr_html_()
    found.choose("a")
    assert len(repr(found)) < len(first) / 2
    assert "stands above, unchanged" in repr(found)
    assert "<details" in found._repr_html_()
    assert "<details" not in first_html


def test_the_orders_of_the_fraud_do_what_the_story_says() -> None:
    orders = STORIES["fraud"].orders
    broad, source = (Order.from_text(orders[key]) for key in ("broad", "source"))
    hit = set(LAB.impact(broad).bystanders)  # type: ignore[attr-defined]
    assert len(hit) == 6  # the page that is meant among them: the draft does not name it
    assert LAB.impact(source).bystanders == ()  # type: ignore[attr-defined]
    assert LAB.review(source).findings == ()  # type: ignore[attr-defined]
    assert LAB.review(broad).findings[0].severity.value == "serious"  # type: ignore[attr-defined]


def test_the_wrong_order_and_the_new_one_differ_where_the_story_says_so() -> None:
    story = STORIES["wrong-order"]
    wide, narrow = (Order.from_text(story.orders[key]) for key in ("wide", "narrow"))
    assert len(LAB.impact(wide).bystanders) == 21  # type: ignore[attr-defined]
    assert LAB.impact(narrow).bystanders == ()  # type: ignore[attr-defined]
    warnings = [one for one in LAB.review(narrow).findings if one.severity.value != "note"]  # type: ignore[attr-defined]
    assert warnings == []


def test_what_is_told_depends_on_what_was_done() -> None:
    replaced, lifted = played("bdbbca").told, played("bdbbab").told
    assert ("blocked by its name" in replaced, "opens for everybody" in replaced) == (True, False)
    assert ("blocked by its name" in lifted, "opens for everybody" in lifted) == (False, True)


def test_nothing_tells_the_answer_beforehand() -> None:
    """That an order is in force is for the players to find."""
    assert "order" not in begun().lab.ask("www.museum.example").notes
    assert begun().lab.ask("www.museum.example").notes == LAB.ask("www.museum.example").notes


def test_a_choice_can_be_taken_back() -> None:
    found = played("bd")
    before = repr(found)
    found.choose("a")
    found.undo()
    assert repr(found) == before
    for _ in range(5):
        found.undo()
    assert repr(found) == repr(begun())


def test_what_is_asked_in_a_case_is_in_the_evidence_once() -> None:
    lab = Lab("en")
    found = begun(lab=lab)
    found.choose("b")
    repr(found), found._repr_html_()
    count = len(lab.evidence)
    repr(found)
    assert len(lab.evidence) == count > 10
    assert {line.lab.partition(",")[0] for line in lab.evidence.lines} == {"case"}


@pytest.mark.parametrize("typed", ["", "z", None, 7, "ab", "\x1b[31m"])
def test_what_is_no_choice_gets_a_sentence(typed: object) -> None:
    found = begun()
    said = found.choose(typed)
    assert said.kind is Kind.NOT_ASKED
    assert "There are: a, b, c" in said.sentence
    assert found.taken == ()


def test_where_a_case_has_ended_that_is_said() -> None:
    said = played("bdbbca").choose("a")
    assert "has ended here" in said.sentence


def test_a_saved_case_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = played("aad")
    assert "case.json" in found.save().sentence
    assert repr(LAB.case("case.json")) == repr(found)
    found.undo()
    assert "case-2.json" in found.save().sentence  # what was saved before stays
    assert len(LAB.case("case.json").taken) == 3  # type: ignore[attr-defined]


def test_the_case_file_holds_everything_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    found = begun(lab=lab)
    found.choose("b")
    repr(found)
    said = found.keep(by="Court of Puerto Candil", matter="case B")
    folder = tmp_path / "case-file"
    manifest = (folder / case_file.MANIFEST).read_bytes()
    assert hashlib.sha256(manifest).hexdigest() in said.sentence
    listed = dict(reversed(line.split("  ")) for line in manifest.decode().splitlines())
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert set(listed) == set(files) - {case_file.MANIFEST}
    assert {"case.txt", "case.html", "evidence/evidence.jsonl", "evidence/report.html"} <= {*listed}
    for path, digest in listed.items():
        assert hashlib.sha256(files[path].read_bytes()).hexdigest() == digest
    with zipfile.ZipFile(tmp_path / "case-file.zip") as archive:
        assert {one.removeprefix("case-file/") for one in archive.namelist()} == set(files)
        assert archive.read("case-file/case.txt") == files["case.txt"].read_bytes()
    assert evidence.verify(files["evidence/evidence.jsonl"]).problem == ""
    assert lab.verify("case-file/evidence/evidence.jsonl").kind is Kind.FOUND
    assert lab.verify("case-file/../case-file/choices.json").kind is Kind.NOT_ASKED
    told = files["case.txt"].read_text("utf-8")
    assert told.startswith("TRAINING – FICTIONAL")
    assert "→ Have somebody look at both pages from several connections." in told
    for path in ("case.html", "evidence/report.html"):
        assert "FICTIONAL" in files[path].read_text("utf-8")
    assert LAB.case("case-file/choices.json").taken == found.taken  # type: ignore[attr-defined]
    # Another one stands beside it, and the first is not touched.
    assert "case-file-2" in found.keep(by="by hand").sentence
    assert (folder / case_file.MANIFEST).read_bytes() == manifest
    assert found.keep("../elsewhere", "by hand").kind is Kind.NOT_ASKED


def test_the_case_file_holds_the_documents_that_were_met_and_no_others() -> None:
    def documents(found: Case) -> set[str]:
        files = case_file.contents(found, "by hand", "")
        for path, data in files.items():
            if path.startswith("documents/"):
                assert re.search("TRAINING [–-] FICTIONAL", data.decode())
        return {path for path in files if path.startswith("documents/")}

    assert documents(played("bd")) == set()
    wide = {f"documents/{what}-wide.{ending}" for what in ("order", "impact") for ending in KINDS}
    assert documents(played("bdb")) == wide
    whole = documents(played(DEFAULT["fraud"], "fraud"))
    asked = (
        *REQUESTS,
        *("order-broad", "order-source", "review-source", "impact-source", "order-second"),
        "mail-verifica",
    )
    assert whole >= {f"documents/{one}.{ending}" for one in asked for ending in KINDS}
    assert "documents/mail-verifica.eml" in whole
    # What no provider has handed over stands apart, and says so.
    files = case_file.contents(played(DEFAULT["fraud"], "fraud"), "by hand", "")
    shown = [path for path in files if path.startswith("lab-only/")]
    assert len(shown) == 6  # 22 lines, 2, and 1: each as page and text
    assert all("it is no evidence" in files[path].decode() for path in shown)
    assert not any(set(path) & set('<>:"|?*\\ ') for path in files)  # what Windows does not take
    assert not any("review-broad" in path for path in whole)  # that one was not looked at


def test_the_case_file_tells_what_was_in_force_and_what_was_taken_back() -> None:
    found = played(DEFAULT["fraud"], "fraud")
    files = case_file.contents(found, "by hand", "")
    orders = STORIES["fraud"].orders
    assert {path for path in files if path.startswith("in-force/")} == {
        "in-force/source.txt",
        "in-force/second.txt",
    }
    assert files["in-force/source.txt"].decode() == orders["source"]
    told = files["case.txt"].decode()
    assert "From now on in force: in-force/source.txt, in-force/second.txt." in told
    assert "taken back" not in told
    lifted = played("abbabbaaaa", "fraud")
    assert (
        "No longer in force: in-force/broad.txt."
        in case_file.contents(lifted, "by hand", "")["case.txt"].decode()
    )
    found.undo()
    told = case_file.contents(found, "by hand", "")["case.txt"].decode()
    assert "One subscriber → That this subscriber's connection reached" in told


def test_the_report_is_made_after_the_last_question() -> None:
    lab = Lab("en")
    found = begun("fraud", lab)
    for letter in DEFAULT["fraud"]:
        found.choose(letter)
    report = case_file.contents(found, "by hand", "")["evidence/report.html"].decode()
    assert re.search(f"this paper made(</?t[hd]>)+{utc(found.now)}", report)
    assert max(line.time for line in lab.evidence.lines) <= found.now


def test_a_case_file_asks_nothing_that_was_asked_before() -> None:
    lab = Lab("en")
    found = begun("fraud", lab)
    for letter in DEFAULT["fraud"]:
        repr(found.choose(letter))
    count = len(lab.evidence)
    case_file.contents(found, "by hand", "")
    assert len(lab.evidence) == count > 50


def test_a_case_file_before_anything_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begun(lab=Lab("en")).keep(by="by hand")
    assert not (tmp_path / "case-file/evidence").exists()


def damaged(saved: dict[str, object]) -> Iterator[tuple[str, str]]:
    whole = json.dumps(saved)
    yield whole[: len(whole) // 2], "cut short, or changed"
    yield "", "cut short, or changed"
    yield "[" * 5000, "cut short, or changed"
    yield json.dumps(saved | {"case": "none"}), "cut short, or changed"
    yield json.dumps(saved | {"taken": [["measured", "address"]]}), "cut short, or changed"
    yield json.dumps(saved | {"taken": 7}), "cut short, or changed"
    yield json.dumps(saved | {"edition": "0"}), "another edition"
    yield json.dumps(saved | {"format": "labsupport case 0"}), "another edition"


def test_a_saved_case_that_cannot_be_read_gets_a_sentence_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    played("bd").save("mine.json")
    file = tmp_path / "mine.json"
    for text, words in damaged(json.loads(file.read_text())):
        file.write_text(text)
        said = LAB.case("mine.json")
        assert said.kind is Kind.NOT_ASKED
        assert words in said.sentence
        assert 'lab.case("wrong-order")' in said.sentence
        assert file.read_text() == text
    assert LAB.case("none.json").kind is Kind.NOT_ASKED


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_case(data: bytes) -> None:
    file = Path(__file__).with_name("no-such-case.json")
    assert case._read_saved(data, STORIES, LAB.say, file.name).kind is Kind.NOT_ASKED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('leads  = "measured"', 'leads  = "nowhere"'), "which is no step"),
        (('begins = ["wide"]', 'begins = ["wide"]\n[[step]]\nid="x"'), "'title'"),
        (('["order", "wide"]', '["order", "none"]'), "cannot be asked"),
        (('["origin", "192.0.2.80"]', '["wait", "1 day"]'), "cannot be asked"),
        (('orders = ["narrow"]', 'orders = ["none"]'), "there is no order none"),
        (('id     = "certificate"', 'id     = "silence"'), "is there twice"),
    ],
)
def test_a_story_that_cannot_be_played_is_refused(change: tuple[str, str], words: str) -> None:
    folder = Path(__file__).parents[1] / "data/course/en/cases/wrong-order"
    text = (folder / "case.toml").read_text("utf-8")
    assert change[0] in text
    with pytest.raises(StoryError, match=words):
        story.read("x", text.replace(*change, 1).encode(), STORIES["wrong-order"].orders)


def test_a_case_is_played_in_the_lab_whatever_is_asked_live() -> None:
    found = Lab("en", live=True).case("wrong-order")
    assert isinstance(found, Case)
    assert "Lab Internet" in repr(found.lab.ask("www.museum.example"))


def test_a_form_plays_the_case() -> None:
    form = LAB.case_box("wrong-order")
    assert isinstance(form, Form)
    assert "Two complaints" in form.said["text"]
    assert "Clínica del Estuario" in form.said["html"]
    form.press("choose", {"choice": "b"})
    assert "What is seen from three places" in form.said["text"]
    assert form.said["code"] == 'case.choose("b")'
    form.press("choose", {"choice": "h"})
    assert "There is no choice" in form.said["text"]
    assert dict(form.said["options"]["choice"])["d"].startswith("That at the same hour Fibra Sur")
    form.press("back", {"choice": "a"})
    assert "Two complaints" in form.said["text"]
    form.press("choose", {"choice": ""})
    assert "There is no choice" in form.said["text"]
    assert not isinstance(LAB.case_box("none"), Form)
