"""Cases to play: every branch, the state it leads to, taking back, saving and going on."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from confirmed import confirmed
from hypothesis import given, settings
from hypothesis import strategies as st
from said import SAY, ends, says

from labsupport import Lab
from labsupport.answers.diagnose import DiagnosisPage
from labsupport.course import case_file, story
from labsupport.course.case import Case
from labsupport.course.form import Form
from labsupport.evidence import chain
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups.diagnose import Cause
from labsupport.results import utc
from labsupport.tree import as_html

LAB = Lab("en")
STORIES = story.stories("en")
# How the case of the fraud ends where nothing is missing.
(REST,) = (
    choice.text
    for choice in STORIES["fraud"].steps["ruling"].choices
    if choice.id == "both"
)
# The way through each case that the notebook shows.
DEFAULT = {"fraud": "acbbcbdaaa", "wrong-order": "bca name a"}
KINDS = ("html", "txt")
CLINIC, STREAM = "clinica-pediatrica-candil.org.test", "goles-gratis.example"


def begun(key: str = "wrong-order", lab: Lab = LAB) -> Case:
    found = lab.course.case(key)
    assert isinstance(found, Case), found
    return found


def played(way: str, key: str = "wrong-order") -> Case:
    """Choose letters; between spaces stands the key of an order to write."""
    found = begun(key)
    for part in way.split():
        if part in STORIES[key].written:
            assert found.write(part) is found, part
            continue
        for letter in part:
            assert found.choose(letter) is found, letter
    return found


@pytest.mark.parametrize("key", STORIES)
def test_every_branch_can_be_played_and_every_answer_comes(key: str) -> None:
    """In every state: something can be done or the case ends, and the lab answers."""
    taken, ended, answered = set(), set(), set()
    for found in begun(key).situations():
        taken |= {(found.step.id, choice.id) for choice in found.choices}
        assert bool(found.choices) == bool(found.step.choices), (
            found.step.id,
            found.marks,
        )
        assert found.step.text.split("\n")[0] in found.told
        lab = (found.step.id, found.in_force, found.gone)
        # what is answered depends on nothing else, but for the time
        if lab not in answered:
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
    quick, slow = played("bca name"), played("abca name")
    assert (quick.minutes, slow.minutes) == (210, 270)
    assert says(
        quick.state, "case.it_is_when", when="2026-11-02, 12:30 in Coralia (15:30 UTC)"
    )
    assert says(quick.state, "case.time_gone_by_span", span="3 hours 30 minutes")
    assert says(
        played("bca").state,
        "case.told_now_rate_hour",
        told=f"{STORIES['wrong-order'].counts[0].label}: 100",
        rate="40",
    )
    assert "page (assumed): 140." in quick.state
    assert "page (assumed): 180." in slow.state
    later = played("bca name a")  # mended: it grows no more
    assert "page (assumed): 140." in later.state


def test_the_lab_is_as_the_choices_left_it() -> None:
    def causes(found: Case) -> tuple[Cause, Cause]:
        seen = [found.lab.investigate.diagnose(name) for name in (CLINIC, STREAM)]
        assert all(isinstance(one, DiagnosisPage) for one in seen)
        return seen[0].cause, seen[1].cause  # type: ignore[attr-defined]

    assert causes(begun()) == (Cause.BLOCKED, Cause.BLOCKED)
    assert causes(played("bca nothing")) == (Cause.NOTHING, Cause.NOTHING)  # lifted
    assert causes(played("bca name")) == (Cause.NOTHING, Cause.BLOCKED)  # replaced
    assert causes(played("bca nothing b name")) == (Cause.NOTHING, Cause.BLOCKED)
    assert context_of(played("bc").lab).now == context_of(begun().lab).now + 90 * 60


# A way through the fraud to each of its ends.
WAYS = {
    "both": DEFAULT["fraud"],
    "late": "acbbccdaaa",
    "line": "aabbcbcaaa",
    "page": "abbaabaaa",
    "wrong": "acbbcbbaaa",
    "nothing": "cbaabaaa",
}
MOST_WORDS = 3500
OVERWRITTEN = datetime(2026, 10, 29, 20, 38, 20, tzinfo=UTC) + timedelta(days=4)


def victims(found: Case) -> tuple[int, ...]:
    return tuple(total // 60 for total in found._sums.values())


def test_no_way_leads_back_and_each_comes_to_one_of_six_ends() -> None:
    order = list(STORIES["fraud"].steps)
    ended = set()
    for found in begun("fraud").situations():
        later = [order.index(choice.leads) for choice in found.choices]
        assert all(one > order.index(found.step.id) for one in later), found.step.id
        if found.step.id == "ruling":  # what is on file decides on the end
            assert len(found.choices) == 1, found.marks
        elif found.choices:
            assert len(found.choices) > 1, (found.step.id, found.marks)
        else:
            ended.add(found.step.id)
    assert ended == set(WAYS)


@pytest.mark.parametrize("end", WAYS)
def test_a_way_to_each_end_is_told_in_few_words(end: str) -> None:
    """Everything that is shown counts: what the lab answers, and what can be chosen."""
    found = begun("fraud")
    shown = [found._repr_html_()]
    for letter in WAYS[end]:
        assert found.choose(letter) is found, letter
        shown.append(found._repr_html_())
    assert found.step.id == end
    words = re.sub("<[^>]*>", " ", " ".join(shown)).split()
    assert 2000 < sum(bool(re.search(r"\w", word)) for word in words) < MOST_WORDS


def test_the_ends_differ_in_what_is_on_file_and_in_what_it_cost() -> None:
    ends = {end: played(way, "fraud") for end, way in WAYS.items()}
    costs = {end: victims(found) for end, found in ends.items()}
    assert costs["both"] == (18, 0)
    assert costs["late"][0] > 400
    assert costs["nothing"][0] < costs["page"][0] < costs["both"][0]
    assert costs["nothing"][1] > 10 < costs["page"][1]
    kept = ("page", "line", "copy", "witness", "clocks")
    assert {
        end: [one for one in kept if one in found.marks] for end, found in ends.items()
    } == {
        "both": ["page", "line", "copy", "witness", "clocks"],
        "late": ["page", "line", "copy", "witness", "clocks"],
        "line": ["line", "copy"],
        "page": ["page"],
        "wrong": ["page", "copy", "witness"],
        "nothing": [],
    }


def test_the_log_is_there_for_who_had_it_kept_and_gone_for_the_others() -> None:
    """As its four days say, by the clock of the story."""
    assert f"{OVERWRITTEN:%H:%M} UTC" in STORIES["fraud"].steps["who"].text
    asked = 0
    for found in begun("fraud").situations():
        now = datetime.fromtimestamp(found.now, UTC)
        if found.step.id == "order" and "kept" in found.marks:
            assert now < OVERWRITTEN
            asked += 1
        if "no line" in found.marks:
            assert now > OVERWRITTEN
            assert "kept" not in found.marks
        if found.marks & {"line", "all 22"}:
            assert "kept" in found.marks
    assert asked


def test_what_the_defence_asks_is_answered_by_what_was_recorded() -> None:
    def heard(way: str) -> str:
        found = played(way[:-1], "fraud")
        assert found.step.id == "ruling"
        return found.told

    whole, little = heard(WAYS["both"]), heard(WAYS["nothing"])
    answered, open_ = "Answered · ", "Open · "
    asked = ("The clock", "The gaps", "Custody", "Attribution", "The search")
    for words in (
        answered + "The clock",
        answered + "Custody",
        "with its source",
        "not to a flat",
    ):
        assert words in whole
        assert words not in little
    for words in (
        open_ + "The clock",
        open_ + "Custody",
        "nobody can show",
        "there was none",
    ):
        assert words in little
        assert words not in whole
    ruling = dict(STORIES["fraud"].steps["ruling"].where)
    assert ruling["wrong"] in heard(WAYS["wrong"])
    assert ruling["picture"].startswith(open_)
    assert ruling["picture"] in heard(WAYS["line"])
    for found in begun("fraud").situations():  # five questions, five answers
        if found.step.id == "ruling":
            lines = [
                one
                for one in found.told.split("\n\n")
                if one.startswith((answered, open_))
            ]
            assert [
                one.split(" · ")[1].startswith(what)
                for one, what in zip(lines, asked, strict=True)
            ]
    blocked = heard("acbbcaacaaa")
    assert "Five sites" in blocked
    assert "until the evening" not in blocked
    assert "until the evening" in heard("acbbcabcaaa")
    assert "at least 21" in heard("acbbcbbbaa")
    assert "administrator" in heard("acabcbcaaa")


def test_a_page_that_is_closed_needs_no_draft_and_the_second_name_can_be_held() -> None:
    for way in ("cbbb", "acbac"):  # closed by Brisa, or by the court
        found = played(way, "fraud")
        assert found.step.id == "order"
        assert not {"broad", "names", "name", "wait"} & {
            one.id for one in found.choices
        }
        assert "needs neither" in found.told
        before = found._rate(found.story.counts[1])
        for choice in found.choices:
            then = found.after(choice)
            held = "faro-recompensas.example" in str(
                then.lab.rdap("faro-recompensas.example")
            )
            assert held
            assert then._rate(found.story.counts[1]) == (
                before if choice.id == "leave" else 0
            )


def test_every_search_is_asked_of_a_court() -> None:
    searches = [
        one for one in STORIES["fraud"].steps["door"].choices if "search" in one.text
    ]
    assert len(searches) == 2
    assert all(one.text.startswith("Ask the court for a search") for one in searches)


def test_the_figures_that_are_told_are_the_labs() -> None:
    story, entry = STORIES["fraud"], ("198.18.128.3", "2026-10-29 17:38:20 -03:00")
    told = {choice.id: choice.reply for choice in story.steps["address"].choices}
    for fields, choice, words in (
        ((), "all", "22 contracts"),
        (("40134",), "port", "Two contracts: a home router and a prepaid phone"),
        (("40134", "198.18.111.11"), "destination", "One contract: a prepaid phone"),
        (("40134", "198.18.111.11"), "clocks", "One contract: a prepaid phone"),
    ):
        assert told[choice].startswith(words)
        found = LAB.investigate.subscribers(*entry, *fields)
        left = {"22": "22", "Two": "2", "One": "One"}[words.split()[0]]
        assert found.sentence.startswith(f"{left} subscriber"), found.sentence
        assert all(
            kind in found.sentence for kind in ("router", "phone") if kind in words
        )
    (line,) = [note for note in found.notes if "prepaid phone" in note]
    assert "17:36:19 to 17:40:22" in line  # "the connection lasted four minutes"
    first = story.steps["complaint"].text
    assert story.counts[0].per_hour == 6
    assert "About six people an hour" in first
    near = LAB.investigate.neighbours("www.faro-verifica.example")
    assert "5 other sites" in near.sentence  # "the school" and "four more"
    assert "Four more sites" in story.steps["hit"].text
    panel = LAB.ask("panel.faro-recompensas.example").sentence
    assert "198.19.105.90" in panel
    assert "198.19.105.90, the address of line 5" in story.steps["who"].text
    seen = LAB.visit("www.faro-verifica.example")
    assert "(200)" in str(seen.tabulated().rows[-1][-1])
    for record in ("record", "witnessed"):
        assert f"{seen.address} (Brisa), with the page (200)" in story.orders[record]
    names = {
        "registrar": "Nombres del Sur",
        "registry": "Registro Ejemplo",
        "DNS": "ServiDNS",
    }
    acting = str(LAB.who("www.faro-verifica.example").tabulated())
    assert all(name in acting for name in (*names.values(), "Brisa", "Móvil Norte"))
    assert "Registro Veloz" in LAB.rdap("faro-recompensas.example").sentence
    assert "Ultramar Host" in LAB.routes.origin("198.19.105.90").sentence


def test_a_warning_and_a_block_make_it_fewer() -> None:
    hit = played("acbbca", "fraud")
    assert hit.step.id == "hit"
    (first, _) = hit.story.counts
    assert first.rate(hit.marks, hit.in_force) == 2
    assert first.rate(hit.marks, ()) == first.per_hour == 6
    assert first.rate({"customers warned"}, ()) == 3


def test_who_is_warned_clears_up_and_the_lab_shows_it() -> None:
    def cause(found: Case, name: str) -> tuple[Cause, set[str]]:
        seen = found.lab.investigate.diagnose(name)
        assert isinstance(seen, DiagnosisPage)
        return seen.cause, {what for _, what in seen.tabulated().rows}  # type: ignore[union-attr]

    page, panel = "www.faro-verifica.example", "panel.faro-recompensas.example"
    assert (
        cause(begun("fraud"), page)[0]
        is cause(begun("fraud"), panel)[0]
        is Cause.NOTHING
    )
    closed = played("c", "fraud")
    assert cause(closed, page)[0] is Cause.REMOVED
    for warned in (closed, played("b", "fraud"), played("abbba", "fraud")):
        assert SAY("diagnose.came_missing") in cause(warned, panel)[1]
    done = played(DEFAULT["fraud"][:6], "fraud")
    assert cause(done, page)[0] is cause(done, panel)[0] is Cause.REMOVED
    hit = played("acbbca", "fraud")
    school = "www.escuela-de-musica-arpegio.org.test"
    assert cause(hit, school)[0] is cause(hit, page)[0] is Cause.BLOCKED
    assert SAY("diagnose.came_opens") in cause(hit, page)[1]  # from Fibra Sur, by IPv6
    assert cause(hit.choose("a"), school)[0] is Cause.NOTHING  # type: ignore[arg-type]


def test_an_answer_in_short_is_its_sentence_and_its_rows_and_says_where_the_whole_is() -> (
    None
):
    found = played("ac", "fraud")
    (answer,), (shown,) = found.answers, found.shown
    table = shown.tabulated()
    assert table is not None
    assert [row[0] for row in table.rows] == [5, 6, 8]
    assert shown.sentence == answer.sentence
    assert 'case.lab.investigate.mail("verifica")' in repr(found)
    assert "X-Training" not in repr(found)
    (form,) = played("acbb", "fraud").shown
    assert form.tabulated() is None
    assert says(repr(form), "case.whole_answer_comes_case")


def test_an_order_takes_effect_when_it_was_signed_and_the_directories_say_so() -> None:
    signed = played(DEFAULT["fraud"][:6], "fraud")
    later = played(DEFAULT["fraud"], "fraud")
    assert later.minutes > signed.minutes
    for found in (signed, later):
        for name in ("faro-verifica.example", "faro-recompensas.example"):
            told = found.lab.rdap(name)
            for record in (told.registry, told.registrar):  # type: ignore[attr-defined]
                (changed,) = [
                    e.when.time for e in record.events if e.action == "last changed"
                ]
                assert changed == datetime.fromtimestamp(signed.now, UTC)


def test_a_choice_that_leads_back_shows_the_answers_folded() -> None:
    found = played("b")
    assert "three places" in found.step.title
    first = repr(found)
    found.choose("a")
    assert "Fibra Sur: 203.0.113.80" in first
    assert "Fibra Sur: 203.0.113.80" not in repr(found)
    assert "stands above, unchanged" in repr(found)
    assert "Read it" in found._repr_html_()
    assert "<details open" not in found._repr_html_()


def test_the_orders_of_the_fraud_do_what_the_story_says() -> None:
    orders = STORIES["fraud"].orders
    broad, source = (confirmed(orders[key]) for key in ("broad", "source"))
    hit = set(LAB.orders.impact(broad).bystanders)  # type: ignore[attr-defined]
    # the page that is meant among them: the draft does not name it
    assert len(hit) == 6
    assert LAB.orders.impact(source).bystanders == ()  # type: ignore[attr-defined]
    assert LAB.orders.review(source).findings == ()  # type: ignore[attr-defined]
    assert LAB.orders.review(broad).findings[0].severity.value == "serious"  # type: ignore[attr-defined]


def test_what_is_told_depends_on_what_was_done() -> None:
    name, lifted = played("bca name a").told, played("bca nothing a").told
    objections = dict(STORIES["wrong-order"].steps["end"].where)
    assert objections["name"] in name
    assert objections["nothing"] not in name
    assert objections["name"] not in lifted
    assert objections["nothing"] in lifted


def test_nothing_tells_the_answer_beforehand() -> None:
    """That an order is in force is for the players to find."""
    assert "order" not in begun().lab.ask("www.museum.example").notes
    assert (
        begun().lab.ask("www.museum.example").notes
        == LAB.ask("www.museum.example").notes
    )


def test_a_choice_can_be_taken_back() -> None:
    found = played("bc")
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
    assert any(
        ends(said.sentence, f"course.{key}", known="a, b and c")
        for key in ("there_is_no", "which_one")
    )
    assert found.taken == ()


def test_where_a_case_has_ended_that_is_said() -> None:
    said = played("bca name a").choose("a")
    assert "has ended here" in said.sentence


def test_a_saved_case_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = played("acb")
    assert "case.json" in found.save().sentence
    assert repr(LAB.course.case("case.json")) == repr(found)
    found.undo()
    assert "case-2.json" in found.save().sentence  # what was saved before stays
    assert len(LAB.course.case("case.json").taken) == 3  # type: ignore[attr-defined]


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
    files = {
        p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()
    }
    assert set(listed) == set(files) - {case_file.MANIFEST}
    assert {
        "case.txt",
        "case.html",
        "evidence/evidence.jsonl",
        "evidence/report.html",
    } <= {*listed}
    for path, digest in listed.items():
        assert hashlib.sha256(files[path].read_bytes()).hexdigest() == digest
    with zipfile.ZipFile(tmp_path / "case-file.zip") as archive:
        assert {
            one.removeprefix("case-file/")
            for one in archive.namelist()
            if not one.endswith("/")
        } == set(files)
        assert archive.read("case-file/case.txt") == files["case.txt"].read_bytes()
    assert chain.verify(files["evidence/evidence.jsonl"].read_bytes()).problem == ""
    assert lab.evidence.verify("case-file/evidence/evidence.jsonl").kind is Kind.FOUND
    assert (
        lab.evidence.verify("case-file/../case-file/choices.json").kind
        is Kind.NOT_ASKED
    )
    told = files["case.txt"].read_text("utf-8")
    assert told.startswith("TRAINING – FICTIONAL")
    (look,) = [
        choice
        for choice in STORIES["wrong-order"].steps["calls"].choices
        if choice.id == "look"
    ]
    assert f"→ {look.text}" in told
    for path in ("case.html", "evidence/report.html"):
        assert "FICTIONAL" in files[path].read_text("utf-8")
    assert LAB.course.case("case-file/choices.json").taken == found.taken  # type: ignore[attr-defined]
    # Another one stands beside it, and the first is not touched.
    assert "case-file-2" in found.keep(by="by hand").sentence
    assert (folder / case_file.MANIFEST).read_bytes() == manifest
    refused = found.keep("../elsewhere", "by hand")
    assert refused.kind is Kind.NOT_ASKED
    assert says(refused.sentence, "files.no_folder_name")


def test_the_case_file_holds_the_documents_that_were_met_and_no_others() -> None:
    def documents(files: Mapping[str, bytes]) -> set[str]:
        for path, data in files.items():
            if path.startswith("documents/"):
                assert re.search("TRAINING [–-] FICTIONAL", data.decode())
        return {path for path in files if path.startswith("documents/")}

    def filed(way: str, key: str = "wrong-order") -> Mapping[str, bytes]:
        return case_file.contents(played(way, key), "by hand", "")

    assert documents(filed("b")) == set()
    met = {
        f"documents/{one}.{kind}"
        for one in ("draft-flawed", "draft-movil-norte", "impact-movil-norte")
        for kind in KINDS
    }
    assert documents(filed("bc")) == met
    files = filed(DEFAULT["fraud"], "fraud")
    whole = documents(files)
    asked = (
        "preservation-198.18.128.3",
        "draft-broad",
        "draft-source",
        "mail-verifica",
    )
    assert whole >= {f"documents/{one}.{ending}" for one in asked for ending in KINDS}
    assert "documents/mail-verifica.eml" in whole
    for letter, record in zip("abc", ("picture", "record", "witnessed"), strict=True):
        found = {
            one for one in documents(filed(f"a{letter}", "fraud")) if "mail" not in one
        }
        assert found == {f"documents/{record}.{ending}" for ending in KINDS}
    # What no provider has handed over stands apart, and says so.
    shown = [path for path in files if path.startswith("lab-only/")]
    assert len(shown) == 2  # as page and as text
    assert all(
        says(" ".join(files[path].decode().split()), "case_file.only_lab_shows_nobody")
        for path in shown
    )
    # what Windows does not take
    assert not any(set(path) & set('<>:"|?*\\ ') for path in files)
    assert not any("second" in path for path in whole)  # not read, but carried out


def test_the_case_file_tells_what_was_in_force_and_what_was_taken_back() -> None:
    found = played(DEFAULT["fraud"], "fraud")
    files = case_file.contents(found, "by hand", "")
    orders = STORIES["fraud"].orders
    assert {path for path in files if path.startswith("carried-out/")} == {
        "carried-out/source.txt",
        "carried-out/second.txt",
    }
    assert files["carried-out/source.txt"].decode() == orders["source"]
    told = files["case.txt"].decode()
    assert (
        SAY(
            "case_file.carried_out_now_files",
            files="carried-out/source.txt and carried-out/second.txt",
        )
        in told
    )
    assert "(See documents/mail-verifica.)" in told
    front = files["case.html"].decode().partition('<section class="sheet">')[0]
    marks = STORIES["fraud"].marks
    assert "; ".join((marks["page"], marks["witness"], "")) in front
    assert marks["wrong"] not in front
    assert "taken back" not in told
    lifted = played("acbbcaa", "fraud")
    assert (
        SAY("case_file.no_longer_carried_out", files="carried-out/broad.txt")
        in case_file.contents(lifted, "by hand", "")["case.txt"].decode()
    )
    found.undo()
    told = case_file.contents(found, "by hand", "")["case.txt"].decode()
    assert f"{found.step.title} → {REST}" in told


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
    assert len(lab.evidence) == count > 10


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
    yield json.dumps(saved | {"taken": [["seen", "address"]]}), "cut short, or changed"
    yield json.dumps(saved | {"taken": 7}), "cut short, or changed"
    yield json.dumps(saved | {"edition": "0"}), "another edition"
    yield json.dumps(saved | {"format": "labsupport case 0"}), "another edition"


def test_a_saved_case_that_cannot_be_read_gets_a_sentence_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    played("bc").save("mine.json")
    file = tmp_path / "mine.json"
    for text, words in damaged(json.loads(file.read_text())):
        file.write_text(text)
        said = LAB.course.case("mine.json")
        assert said.kind is Kind.NOT_ASKED
        assert words in said.sentence
        assert 'lab.course.case("wrong-order")' in said.sentence
        assert file.read_text() == text
    for name in ("none.json", "\0.json"):
        said = LAB.course.case(name)
        assert said.kind is Kind.NOT_ASKED
        assert ".json" in said.sentence


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_case(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "case.json"
    file.write_bytes(data)
    assert LAB.course.case(str(file)).kind is Kind.NOT_ASKED


@pytest.mark.parametrize("key", STORIES)
def test_every_step_choice_and_mark_is_there_once(key: str) -> None:
    file = Path(__file__).parents[2] / f"data/course/en/cases/{key}/case.toml"
    table = tomllib.loads(file.read_text("utf-8"))
    assert list(STORIES[key].steps) == [step["id"] for step in table["step"]]
    for step in STORIES[key].steps.values():
        assert len({choice.id for choice in step.choices}) == len(step.choices)
    choices = [
        choice for step in STORIES[key].steps.values() for choice in step.choices
    ]
    marks = STORIES[key].marks
    assert {mark for choice in choices for mark in choice.sets} == set(marks)
    assert len({words.strip() for words in marks.values()} - {""}) == len(marks)
    conditions = {one for choice in choices for one in choice.when}
    conditions |= {
        mark for step in STORIES[key].steps.values() for mark, _ in step.where
    }
    assert {one.removeprefix("not ") for one in conditions} <= {"", *marks}


def test_a_form_asks_what_the_step_asks_and_at_an_end_nothing() -> None:
    form = LAB.course.case("fraud", play=True)
    assert isinstance(form, Form)
    assert form.said["title"] == STORIES["fraud"].steps["complaint"].question
    for letter in DEFAULT["fraud"][:-1]:
        form.press("choose", {"choice": letter, "text": ""})
    assert form.said["title"] == REST
    assert form.said["labels"] == {"choose": "Go on"}
    assert form.said["options"]["choice"] == ()
    form.press("choose", {"choice": "", "text": ""})  # there is but one
    assert "End · " in form.said["text"]
    assert says(form.said["title"], "case_box.end_compare_take_choice")
    assert "choose" in form.said["hidden"]
    assert "again" not in form.said["hidden"]
    form.press("again", {"choice": "", "text": ""})
    assert "Nine o'clock" in form.said["text"]
    assert form.said["emptied"]
    assert form.said["code"] == 'case = lab.course.case("fraud")'


def test_a_case_is_played_in_the_lab_whatever_is_asked_live() -> None:
    found = Lab("en", live=True).course.case("wrong-order")
    assert isinstance(found, Case)
    assert "Lab Internet" in repr(found.lab.ask("www.museum.example"))


def test_a_form_plays_the_case() -> None:
    form = LAB.course.case("wrong-order", play=True)
    assert isinstance(form, Form)
    assert "Two calls" in form.said["text"]
    assert "clinica-pediatrica-candil" in form.said["html"]
    form.press("choose", {"choice": "b", "text": ""})
    seen = STORIES["wrong-order"].steps["seen"]
    assert seen.title in form.said["text"]
    assert form.said["code"] == 'case.choose("b")'
    form.press("choose", {"choice": "h", "text": ""})
    assert "There is no" in form.said["text"]
    (third,) = (
        text for letter, text in form.said["options"]["choice"] if letter == "c"
    )
    assert third.startswith(f"c) {seen.choices[2].text}")
    form.press("back", {"choice": "a", "text": ""})
    assert "Two calls" in form.said["text"]
    assert "back" in form.said["hidden"]  # there is nothing to take back
    form.press("choose", {"choice": "", "text": ""})
    assert says(form.said["text"], "case_box.mark_one_answer_first")
    assert form.said["note"] == form.said["text"]
    assert "not asked" not in form.said["html"]
    assert not isinstance(LAB.course.case("none", play=True), Form)


def test_two_presses_at_one_question_are_one_choice() -> None:
    form = LAB.course.case("fraud", play=True)
    assert isinstance(form, Form)
    pressed = {"pressed": "choose", "values": {"choice": "a", "text": ""}, "after": 0}
    for _ in range(2):
        form._handle_custom_msg(pressed, [])
    assert form.said["title"] == STORIES["fraud"].steps["record"].question
    assert form.said["presses"] == 1
    form._handle_custom_msg(pressed | {"after": 1}, [])
    assert form.said["title"] == STORIES["fraud"].steps["message"].question


def test_a_form_keeps_the_figures_in_sight_and_says_in_the_notebook_where_one_stands() -> (
    None
):
    form = LAB.course.case("fraud", play=True)
    assert isinstance(form, Form)
    assert says(as_html(form._page), "form.here_stands_one")
    for letter in "ac":
        form.press("choose", {"choice": letter, "text": ""})
    assert "45 minutes" in form.said["standing"]
    assert (
        SAY("case.time_gone_by_span", span="45 minutes") in form.said["text"]
    )  # as it is read out
    assert "<h3>I · The message</h3>" in form.said["html"]
    assert "kept" not in form.said
    for told in (
        "Here you stood",
        "45 minutes",
        "The message",
        "Which line do you act on?",
    ):
        assert told in as_html(form._page)
    form.press("back", {"choice": "", "text": ""})
    assert "10 minutes" in as_html(form._page)


def test_a_form_saves_and_goes_on_in_another_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = LAB.course.case("wrong-order", play=True)
    assert isinstance(form, Form)
    form.press("choose", {"choice": "b", "text": ""})
    form.press("save", {"choice": "", "text": ""})
    assert says(form.said["text"], "case.saved", file="case.json")
    assert "lab-open" not in form.said["html"]  # there is nothing to read in it
    assert form.said["code"] == "case.save()"
    again = Lab("en").course.case("case.json", play=True)
    assert isinstance(again, Form)
    assert again.said["code"] == 'case = lab.course.case("case.json")'
    assert again.said["title"] == form.said["title"]
    assert again.said["options"] == form.said["options"]
    again.press("again", {"choice": "", "text": ""})
    assert "Two calls" in again.said["text"]
    assert again.said["code"] == 'case = lab.course.case("wrong-order")'
