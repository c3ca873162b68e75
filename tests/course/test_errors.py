"""Mistyped lines get a sentence: tried in a real kernel, since IPython decides what happens."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from said import says

from labsupport import Lab
from labsupport.answers.visit import VisitPage
from labsupport.course import errors
from labsupport.course.notebook import stopped_by
from labsupport.course.old_lines import OLD
from labsupport.declared import QUESTIONS, example, key
from labsupport.facade.room import Room
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import languages
from labsupport.results import Result

OPEN = 'from labsupport import Lab; lab = Lab("en")'
BROKEN = 'from labsupport.lab_protocol import context_of; broken = Lab("en")'
TIME = "2026-10-29 20:14:37 -03:00"
SUBSCRIBERS = f'lab.investigate.subscribers("198.18.128.2", "{TIME}", port=40212)'
OFFERS = ".sentence, .table, .figure(), .limits"

FAULT = "context_of(broken).inside = None; broken.routes.networks()"
# Lines as a person types them, in this order, and what the answer must say.
TYPED: dict[str, str] = {
    # An answer has no such thing.
    'lab.visit("www.museum.example").picture()': (
        f"There is no picture here. An answer offers: {OFFERS}."
    ),
    'lab.visit("www.museum.example").pictur': f"An answer offers: {OFFERS}.",
    'lab.visit("www.museum.example").organisation': "Did you mean .organisations?",
    'lab.visit("www.museum.example").sentenc': "Did you mean .sentence?",
    'lab.visit("www.museum.example").sentence.figure()': f"An answer offers: {OFFERS}.",
    'lab.whois("www.unknown.com").text': f"There is no text here. An answer offers: {OFFERS}.",
    "lab.routes.networks().table.figure()": f"An answer offers: {OFFERS}.",
    "lab.routes.networks().figure().show()": f"An answer offers: {OFFERS}.",
    # The lab has no such thing.
    'lab.vist("www.museum.example")': "Did you mean lab.visit?",
    "lab.figure()": "lab has no question called figure. It has: ask,",
    'lab.qqqqqq("x")': "lab has no question called qqqqqq. It has: ask,",
    # Brackets.
    'lab.path("www.museum.example").figure': "Add () at the end: .figure()",
    "lab.ask": 'The brackets are missing: lab.ask("www.museum.example").',
    "lab.investigate.subscribers": SUBSCRIBERS,
    "lab.orders.draft.figure()": 'The brackets are missing: lab.orders.draft("flawed").',
    'lab.path("www.museum.example").figure.show()': "Add () at the end: .figure()",
    'lab.path["www.museum.example"]': 'Type round ones: lab.path("www.museum.example").',
    'lab.path("www.museum.example").sentence()': f"takes no brackets. It offers: {OFFERS}.",
    "lab.routes.networks().table()": f"takes no brackets. It offers: {OFFERS}.",
    'lab.routes.networks().figure("large")': ".figure() was asked with too much or too little",
    'lab.evidence.report("r.html", who="me")': (
        "lab.evidence.report knows: file, by, matter and witness."
    ),
    'lab.course.case("wrong-order").chose("a")': "There is no chose here. Did you mean .choose?",
    "lab.routes.networks()[0]": f"no list, and takes no brackets. It offers: {OFFERS}.",
    "len(lab.routes.networks())": f"It offers: {OFFERS}.",
    'lab.routes.networks().sentence = "x"': f"An answer stays as it came. It offers: {OFFERS}.",
    'lab.routes.networks().table["nme"]': "what this line says (KeyError: “'nme'”).",
    "raise KeyboardInterrupt": "This cell was stopped.",
    "def again(): again()\nagain()": "Python cannot do what this line says (RecursionError:",
    "1 / 0": "Python cannot do what this line says (ZeroDivisionError: “division by zero”).",
    'lab("www.museum.example")': 'with a dot: lab.ask("www.museum.example").',
    # What a question knows.
    'lab.investigate.subscribers("198.18.128.2", source_port=40212)': (
        "lab.investigate.subscribers knows: address, time, port, destination, tolerance"
    ),
    'lab.investigate.subscribers("198.18.128.2", Port=40212)': f"Compare it with {SUBSCRIBERS}.",
    'lab.investigate.subscribers("198.18.128.2", puerto=40212)': "knows: address, time, port",
    'lab.investigate.subscribers("198.18.128.2", date="2026-10-29")': "knows: address, time",
    'lab.visit("www.museum.example", "http", 3)': "lab.visit knows: page.",
    'lab.routes.announce("198.18.103.0/24", "AS64497", check="nobody")': (
        "lab.routes.announce knows: prefix, by and checking."
    ),
    "Lab.ask()": "lab.ask knows: name and type.",
    'Lab("en", "es")': 'from labsupport import Lab; lab = Lab("en")',
    'lab.ask("www.museum.example") + 1': f"It offers: {OFFERS}.",
    '"www" + 1': 'Compare it with lab.ask("www.museum.example").',
    # Names that are not set.
    'lab.investigate.subscribers("198.18.128.3", when, port=40244)': (
        "when is not set. If an earlier cell sets it (when = …), run that one first."
    ),
    'lab.investigate.subscribers("198.18.128.3", destination=bank)': "(bank = …), run that one",
    'mobile.investigate.observers("www.aula-abierta.org.test")': "(mobile = …), run that one",
    'wrong.routes.to("198.18.102.0/23")': "(wrong = …), run that one first.",
    "lab.ask(www.museum.example)": 'all of it in quotation marks: "www.museum.example".',
    'lab.course.question("internet-padlock", c)': 'A letter stands in quotation marks: "c".',
    'ask("www.museum.example")': 'Write lab and a dot in front: lab.ask("www.museum.example").',
    'labb.ask("www.museum.example")': "labb is not set. Did you mean lab?",
    'LAB.ask("www.museum.example")': "LAB is not set. Did you mean lab?",
    # Lines that cannot be read.
    "lab.routes.origin(203.0.113.80)": 'in quotation marks, at both ends: "203.0.113.80".',
    "lab.routes.to(198.18.102.0/23)": '"198.18.102.0/23".',
    "lab.routes.origin(2001:db8:500::10)": '"2001:db8:500::10".',
    'lab.routes.origin("203.0.113.80)': '"203.0.113.80".',
    "moment = 2026-10-29 20:14:37 -03:00": '"2026-10-29".',
    'lab.investigate.subscribers("198.18.128.3", source port=40244)': (
        f"Compare it with {SUBSCRIBERS}."
    ),
    'lab.investigate.subscribers("198.18.128.3" port=40244)': f"Compare it with {SUBSCRIBERS}.",
    'lab.visit("www.museum.example"': 'Compare it with lab.visit("www.museum.example").',
    'lab.visit("www.museum.example)': 'Compare it with lab.visit("www.museum.example").',
    'lab.at("movil-norte").path("x" 1)': 'Compare it with lab.path("www.museum.example").',
    'lab.path "www.museum.example"': 'Compare it with lab.path("www.museum.example").',
    "lab.visit(https://www.museum.example)": "Compare it with lab.visit",
    "lab.path(“www.museum.example”)": 'no guillemets: lab.path("www.museum.example").',
    "lab.path(«www.museum.example»)": "no guillemets",
    'where = 1\n  lab.ask("www.museum.example")': "begins with spaces",
    # The first cell.
    "from labsuport import Lab": 'from labsupport import Lab; lab = Lab("en")',
    "from labsupport import Labb": 'from labsupport import Lab; lab = Lab("en")',
    'from labsupport import lab\nlab.ask("www.museum.example")': "from labsupport import Lab",
    "lab.kinds()": "from labsupport import Lab",
    'del Lab; lab = Lab("en")': "from labsupport import Lab",
    'del lab; lab.ask("www.museum.example")': "There is no lab yet. Run the first cell",
}


@pytest.fixture(scope="module")
def shown() -> dict[str, nbformat.NotebookNode]:
    """What stands below each typed line, in one kernel."""
    cells = [nbformat.v4.new_code_cell(line) for line in (OPEN, BROKEN, FAULT, *TYPED)]
    book = nbformat.v4.new_notebook(cells=cells)
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as profile,
    ):
        patch.setenv("IPYTHONDIR", profile)
        NotebookClient(
            book, timeout=120, kernel_name="python3", allow_errors=True
        ).execute()
    return {cell.source: cell.outputs for cell in book.cells[2:]}


@pytest.mark.parametrize("line", TYPED)
def test_a_mistyped_line_gets_a_sentence(
    shown: dict[str, list[nbformat.NotebookNode]], line: str
) -> None:
    (output,) = shown[line]
    assert output.output_type in ("display_data", "execute_result"), output
    assert output.data["text/plain"].startswith("[! not asked] ")
    assert TYPED[line] in output.data["text/plain"]
    assert output.data["text/html"].startswith("<section")


def test_a_line_that_failed_can_be_told_from_one_that_answers(
    shown: dict[str, list[nbformat.NotebookNode]],
) -> None:
    """The instructor's page counts who is perhaps stuck."""
    (output,) = shown['lab.vist("www.museum.example")']
    assert stopped_by(output) == "AttributeError"
    answered = [one for one in shown.values() if one[0].output_type == "execute_result"]
    assert answered
    assert not any(stopped_by(output) for (output,) in answered)


def test_each_question_is_declared() -> None:
    lab = Lab("en")
    rooms = {"": lab, "course.teaching": lab.course.teaching}
    rooms |= {
        name: getattr(lab, name)
        for name in dir(lab)
        if isinstance(getattr(lab, name), Room)
    }
    offered = [
        key(path, name)
        for path, room in rooms.items()
        for name, member in vars(type(room)).items()
        if callable(member) and name[0] != "_"
    ]
    assert sorted(QUESTIONS) == sorted(offered)


def test_a_room_has_few_questions_and_all_are_found_by_completion() -> None:
    lab = Lab("en")
    names = [name for name in dir(lab) if name[0] != "_"]
    assert len(names) <= 16, "the lab is full: a further question goes into a room"
    for room in (lab.routes, lab.investigate, lab.orders, lab.evidence, lab.course):
        assert 1 < len([name for name in dir(room) if name[0] != "_"]) <= 12
    assert len([name for name in dir(lab.course.teaching) if name[0] != "_"]) <= 12
    assert not set(OLD) & set(dir(lab)) - {"routes"}


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("method", QUESTIONS)
def test_each_example_can_be_asked(
    method: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab(code)
    lab.ask("www.museum.example")
    if method != "evidence.custody":  # which is stated before the record is written
        lab.evidence.save("evidence.jsonl")
    answer = eval(example(method, context_of(lab).say), {"lab": lab})
    if isinstance(answer, Lab):
        answer = context_of(answer).here
    assert not isinstance(answer, Result) or answer.kind is not Kind.NOT_ASKED


def test_an_answer_offers_what_is_said() -> None:
    visit = Lab("en").visit("www.museum.example")
    assert isinstance(visit, VisitPage)
    for offer in errors.OFFERED.split(", "):
        assert callable(getattr(visit, offer.strip(".()"))) is offer.endswith("()")


def test_a_fault_of_the_course_is_said_to_be_one(
    shown: dict[str, list[nbformat.NotebookNode]],
) -> None:
    """Where to mend it is told, the error's words are not: they may be those of a draft."""
    (output,) = shown[FAULT]
    *_, sentence, place = output.data["text/plain"].split("\n\n")
    assert says(sentence, "errors.course_failed")
    assert re.fullmatch(r"AttributeError in labsupport\.lab_context, line \d+\.", place)


def test_what_is_typed_is_not_kept_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither before the first cell nor after it; what other courses wrote stays."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))

    def run(*cells: str) -> str:
        manager, client = start_new_kernel(kernel_name="python3")
        told: list[str] = []
        for cell in cells:
            client.execute_interactive(
                cell,
                output_hook=lambda message: told.append(
                    message["content"].get("text", "")
                ),
            )
        client.stop_channels()
        manager.shutdown_kernel()
        return "".join(told)

    run("draft = 'elsewhere'")
    told = run(
        "draft = 'before'",
        f"draft = 'meanwhile'; {OPEN}",
        "draft = 'after'",
        "%history",
    )
    assert "draft = 'after'" in told
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    # as typed, and as read
    assert re.findall(rb"draft = '(\w+)'", kept) == [b"elsewhere"] * 2


# Words of a language for questions


@pytest.mark.parametrize(
    ("word", "question"),
    [
        (word, question)
        for question, words in choices("question").words.items()
        for word in words["es"]
        if word.isidentifier()
    ],
)
def test_a_spanish_word_for_a_question_proposes_it(word: str, question: str) -> None:
    lab = Lab("es")
    error = AttributeError("x", name=word, obj=lab)
    assert f".{question}" in errors.explain(context_of(lab).say, error).sentence
    said = errors.explain(context_of(lab).say, NameError("x", name=word)).sentence
    assert f"lab.{question}" in said


def test_a_word_for_what_an_answer_offers_proposes_it() -> None:
    lab = Lab("es")
    answer = lab.ask("www.museum.example")
    for word, name in {
        "tabla": "table",
        "límites": "limits",
        "figura": "figure",
    }.items():
        error = AttributeError("x", name=word, obj=answer)
        assert f".{name}" in errors.explain(context_of(lab).say, error).sentence


def test_a_name_like_nothing_gets_what_there_is() -> None:
    lab = Lab("es")
    for room, word in (
        (lab, "ask (consultar)"),
        (lab.orders, "orders.review (revisar)"),
    ):
        error = AttributeError("x", name="qqq", obj=room)
        said = errors.explain(context_of(lab).say, error).sentence
        named = [name for name in dir(room) if name[0] != "_" and f"{name} (" in said]
        assert named == [name for name in dir(room) if name[0] != "_"]
        assert word in said


def test_what_an_answer_does_not_understand_is_told_in_its_own_words() -> None:
    lab = Lab("es")
    with pytest.raises(NotUnderstood) as problem:
        lab.orders.draft("corregida").taken_as("nadie", "objeto")  # type: ignore[attr-defined]
    assert errors.explain(context_of(lab).say, problem.value).sentence == str(
        problem.value
    )
