"""Every word a person sees comes from a catalogue, and every linked word is explained."""

from __future__ import annotations

import ast
import gettext
import html
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from labsupport import Lab, language
from labsupport.course import errors, questions, reference
from labsupport.course.form import Form
from labsupport.dns.validation import Flaw
from labsupport.dns.walk import Failure
from labsupport.dns.walk import ResponseKind as ReadingKind
from labsupport.formats.certificates import Trust
from labsupport.kinds import Kind
from labsupport.language import Language, table_of
from labsupport.lookups.diagnose import ANSWERED, Cause, Sign
from labsupport.lookups.reached import Led, Naming, Reach
from labsupport.results import Figure, Result

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "data" / "course" / "locale"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))

sys.path.insert(0, str(ROOT / "tools"))
import link_words  # noqa: E402

# The template of the catalogue


def test_the_template_holds_the_words_of_the_code(tmp_path: Path) -> None:
    """What `make words` collects now is what is stored."""
    make = shutil.which("make")
    assert make, "make is needed: Debian's package make"
    command = [make, "--old-file=.venv/ready", "words", f"LOCALE={tmp_path}"]
    command.append(f"BIN={Path(sys.executable).parent}")
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    stored = (LOCALE / "labsupport.pot").read_text(encoding="utf-8")
    assert (tmp_path / "labsupport.pot").read_text(encoding="utf-8") == stored, "run: make words"


def test_the_template_changes_only_with_the_words() -> None:
    for line in (LOCALE / "labsupport.pot").read_text(encoding="utf-8").splitlines():
        assert not re.match(r'"[A-Z][A-Za-z-]+: ', line), "a header carries a date"
        if line.startswith("#:"):
            assert all(re.fullmatch(r"[a-z0-9_/]+\.(py|html)", f) for f in line[2:].split())


def test_every_text_that_the_code_says_is_collected() -> None:
    """Babel does not look inside f-strings, for example: what it misses is found here."""
    with (LOCALE / "labsupport.pot").open(encoding="utf-8") as file:
        template = read_po(file)
    collected = {message.id for message in template}
    for path in sorted((ROOT / "labsupport").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(KEYWORDS):
                said = {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
                assert said <= collected, f"{path.name}, line {node.lineno}"


def test_every_key_leads_to_a_sentence_and_every_sentence_is_asked_for() -> None:
    """A key is written out, or its beginning is and the name of an enumeration's member follows."""
    files = [*(ROOT / "labsupport").rglob("*.py"), *(ROOT / "data" / "course").rglob("*.html")]
    source = "\n".join(path.read_text("utf-8") for path in files).replace("'", '"')
    keys = {f"{table}.{key}" for table, texts in TABLES.items() for key in texts}
    tables = "|".join(TABLES)
    assert set(re.findall(r'tell\([\w.()]+,\s*"([\w.-]+)"', source)) <= keys
    asked = set(re.findall(rf'"((?:{tables})\.[\w-]+)"', source)) & keys
    begun = set(re.findall(rf'f"((?:{tables})\.\w+_)\{{', source))
    begun |= {"ask.limit_", "dnssec.verdict_"}
    assert all(any(key.startswith(one) for key in keys) for one in begun)
    whole = {f"{of}.{key}" for of in WHOLE for key in TABLES[of]}
    assert not any("{" in TABLES[of][key] for of in ("types", "mail_lines") for key in TABLES[of])
    members = {one.name.lower() for kind in ENUMERATIONS for one in kind}
    members |= {"spf", "dkim", "dmarc", "arc"}
    for key in keys - asked - whole:
        name = key.partition(".")[2]
        is_begun = any(key.startswith(one) for one in begun)
        assert is_begun or name in members or re.search(rf'["{{(]{re.escape(name)}["]', source), key
    for flaw in Flaw:
        assert f"dnssec.{flaw.name.lower()}" in keys
    for trust in Trust:
        assert f"visit.{trust.name.lower()}" in keys
    for sign in (*Sign, *ANSWERED, Naming.CHANGES, Naming.FAILS, Naming.DEAD):
        assert f"diagnose.{sign.name.lower()}" in keys
    for of, members_of in {"cause": Cause, "came": Reach, "led": Led}.items():
        assert {f"diagnose.{of}_{one.name.lower()}" for one in members_of} <= keys


# Tables whose keys come from elsewhere.
WHOLE = (
    *("home", "strip"),
    *("types", "mail_lines", "evidence_problems", "network_ways", "network_otherwise"),
    *("limits_of_names", "limits_of_absence", "limits_of_numbers", "block_statuses"),
    *("origin_checks", "lookalike_ways", "criteria", "kinds_of_line"),
)
TABLES = Language.load("en").table("sentences.toml")
ENUMERATIONS = (Trust, Flaw, Failure, ReadingKind, Kind, Naming, Reach, Sign)
KEYWORDS = ("say", "mark")


# A language in which every word is marked: what is not marked did not come from a catalogue


@pytest.fixture(scope="module")
def marked() -> Language:
    """English with every message of the template in ⟦ ⟧, through Babel and gettext."""
    with (LOCALE / "labsupport.pot").open(encoding="utf-8") as file:
        template = read_po(file)
    catalogue = Catalog(locale="en")
    for message in template:
        if message.id:
            catalogue.add(message.id, f"⟦{message.id}⟧")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language("en", gettext.GNUTranslations(compiled))


def marked_table(value: object, file: str) -> object:
    """Return a table of words with its sentences in ⟦ ⟧; beside those of answers keys may stand."""
    if isinstance(value, dict):
        return {key: marked_table(one, file) for key, one in value.items()}
    said = isinstance(value, str) and (" " in value or file == "sentences.toml")
    return f"⟦{value}⟧" if said else value


@pytest.fixture
def lab(marked: Language, monkeypatch: pytest.MonkeyPatch) -> Lab:
    read = language.table_of

    def in_brackets(code: str, file: str) -> object:
        return marked_table(read(code, file), file)

    monkeypatch.setattr(language, "table_of", in_brackets)
    lab = Lab("en")
    lab.say = marked
    return lab


def unmarked(text: str) -> str:
    """Return what is left when everything inside ⟦ ⟧ is taken away."""
    inside = re.compile(r"⟦[^⟦⟧]*⟧")
    while inside.search(text):
        text = inside.sub(" ", text)
    assert not set("⟦⟧") & set(text), "a text was cut"
    return text


def words_in(text: str) -> list[str]:
    """Return the words of `text` that are neither marked, nor names, numbers or code."""
    text = re.sub(r"<[^>]*>", " ", text.replace("<wbr>", ""))
    text = unmarked(html.unescape(text))
    text = re.sub(r"lab\.\w+\([^)]*\)", " ", text)
    # Names have dots, numbers digits, types and codes are in capitals.
    plain = (token.strip("()[]{},;:.!?…“”\"'=") for token in text.split())
    return [
        token
        for token in plain
        if re.search(r"[a-z]{2}", token)
        and not re.search(r"[\d./@_]|^example$|^test$", token)
        and token not in NAMES
    ]


@pytest.fixture(scope="module", autouse=True)
def _names() -> Iterator[None]:
    """Names of networks, places and operators are data, and so is what the course's files say."""
    world = Lab("en")._offline.world
    sources = [network.name for network in world.networks]
    sources += [item.registrar for item in world.registrations]
    sources += [connection.key for connection in world.connections]
    sources += [connection.name for connection in world.connections]
    sources += Language.load("en").table("site_kinds.toml").values()
    NAMES.update(word for source in sources for word in source.split())
    yield
    NAMES.clear()


NAMES: set[str] = set()
ASKED: dict[str, Callable[[Lab], object]] = {
    "ready": lambda lab: lab._here,
    "found": lambda lab: lab.ask("www.museum.example"),
    "mail": lambda lab: lab.ask("museum.example", "MX"),
    "servers": lambda lab: lab.ask("museum.example", "NS"),
    "soa": lambda lab: lab.ask("museum.example", "SOA"),
    "alias": lambda lab: lab.ask("www.diario-del-puerto.example"),
    "reverse": lambda lab: lab.ask("198.51.100.10"),
    "nothing": lambda lab: lab.ask("salas.museum.example"),
    "no name": lambda lab: lab.ask("nada.museum.example"),
    "bogus": lambda lab: lab.ask("www.mudanza.example"),
    "dead": lambda lab: lab.ask("www.abandonado.example"),
    "outside": lambda lab: lab.ask("google.com"),
    "page": lambda lab: lab.ask("hxxps://www[.]museum[.]example/a"),
    "mail address": lambda lab: lab.ask("clerk@museum.example"),
    "look-alike": lambda lab: lab.ask("bаncodelfaro.example"),
    "empty": lambda lab: lab.ask(""),
    "number": lambda lab: lab.ask(42),
    "type": lambda lab: lab.ask("museum.example", "XYZ"),
    "walk": lambda lab: lab.trace("www.diario-del-puerto.example"),
    "lame": lambda lab: lab.trace("www.cooperativa.example"),
    "orphan": lambda lab: lab.trace("www.huerfano.example"),
    "no walk": lambda lab: lab.trace("nada.museum.example"),
    "circle": lambda lab: lab.trace("a.bucle.example"),
    "secure": lambda lab: lab.dnssec("www.museum.example"),
    "denied": lambda lab: lab.dnssec("nada.museum.example"),
    "insecure": lambda lab: lab.dnssec("www.isla.example"),
    "unknown algorithm": lambda lab: lab.dnssec("www.experimento.example"),
    "altered": lambda lab: lab.dnssec("www.alterado.example"),
    "expired": lambda lab: lab.dnssec("www.archivo.example"),
    "old key": lambda lab: lab.dnssec("www.mudanza.example"),
    "memory": lambda lab: lab.ask("corte.gob.test") and lab.memory("corte.gob.test"),
    "no memory": lambda lab: lab.memory("corte.gob.test"),
    "wait": lambda lab: lab.wait("90 minutes"),
    "no wait": lambda lab: lab.wait("soon"),
    "places": lambda lab: lab.at(),
    "no place": lambda lab: lab.at("nowhere")._here,
    "doctor": lambda lab: lab.doctor(),
    "no answer": lambda lab: lab.question("dns-time", "z"),
    "no question": lambda lab: lab.question("qqq"),
    "no word": lambda lab: lab.reference("glossary", "qqq"),
    "no table": lambda lab: lab.reference("qqq"),
    "typing error": lambda lab: errors.explain(lab.say, SyntaxError("x")),
    "unknown name": lambda lab: errors.explain(lab.say, NameError("x", name="when")),
    "not offered": lambda lab: errors.explain(lab.say, AttributeError("x", name="y", obj=0)),
    "too much": lambda lab: errors.explain(lab.say, TypeError("Lab.visit() got")),
    "no order": lambda lab: lab.order("qqq"),
    "measure": lambda lab: lab.measure("resolver", "www.museum.example"),
    "hold": lambda lab: lab.measure("hold", "goles-gratis.example"),
    "no measure": lambda lab: lab.measure("magic", "www.museum.example"),
    "measures": lambda lab: lab.measure("all", "www.museum.example"),
    "evasion": lambda lab: lab.evasion(vpn=10),
    "impact": lambda lab: lab.impact("Block www.museum.example (198.51.100.10)."),
    "configuration": lambda lab: lab.draft(
        "configuration", "Block museum.example (198.51.100.10)."
    ),
    "carried out": lambda lab: lab.with_order("Block museum.example.")._here,
    "no checklist": lambda lab: lab.guide("checklist", "xx"),
    "no brackets": lambda lab: errors.without_brackets(lab.say, lab.ask),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_results_speak_through_the_catalogue(lab: Lab, asked: Callable[[Lab], object]) -> None:
    result = asked(lab)
    assert isinstance(result, Result)
    ids = set(questions.catalogue("en"))
    for text in (repr(result), result._repr_html_()):
        assert "⟦" in text
        assert [word for word in words_in(text) if word not in ids] == []
    figure = result.figure()
    if isinstance(figure, Figure):
        assert words_in(repr(figure)) == []
    else:
        assert words_in(figure.sentence) == []


def test_a_text_that_misses_the_catalogue_is_noticed(lab: Lab) -> None:
    """The check above can fail."""
    lab.say = Language.load("en")
    assert "value" in words_in(repr(lab.ask("www.museum.example")))


PRESSES: dict[str, tuple[Callable[[Lab], object], str, dict[str, str]]] = {
    "ask": (lambda lab: lab.ask(), "ask", {"name": "www.museum.example", "type": "A"}),
    "walk": (lambda lab: lab.trace(), "next", {"name": "www.museum.example"}),
    "wait": (lambda lab: lab.wait(), "wait", {"name": "corte.gob.test", "span": "1 day"}),
}


@pytest.mark.parametrize(("show", "button", "values"), PRESSES.values(), ids=PRESSES)
def test_forms_speak_through_the_catalogue(
    lab: Lab, show: Callable[[Lab], object], button: str, values: dict[str, str]
) -> None:
    form = show(lab)
    assert isinstance(form, Form)
    form.press(button, values)
    content = form.content
    bundle, _ = form._repr_mimebundle_()
    texts = [content["title"], *content["words"].values(), bundle["text/plain"]]
    texts += [field["label"] for field in content["fields"]]
    texts += [text for field in content["fields"] for _, text in field["options"]]
    texts += [text for _, text in content["buttons"]]
    texts += [form.said["text"], form.said["html"], form.said["code"], bundle["text/html"]]
    for text in texts:
        assert words_in(without_content(text)) == []


def test_replies_and_words_speak_through_the_catalogue(lab: Lab) -> None:
    asked, reply = lab.question("dns-time"), lab.question("dns-time", "a")
    (data,) = asked._repr_mimebundle_().values()
    verdicts = [choice["verdict"] for choice in data["choices"]]
    for said in (repr(reply), repr(asked), *data["words"].values(), *verdicts):
        assert words_in(without_content(said)) == []
    word = reference.words("en")["cache"]
    text = repr(lab.reference("glossary", "cache")).replace(word.text, " ").replace(word.term, " ")
    assert words_in(text) == []


def without_content(text: str) -> str:
    """Take away what the question dns-time says: the course's files are per language."""
    question = questions.catalogue("en")["dns-time"]
    said = [question.prompt, question.hint]
    said += [part for choice in question.choices for part in (choice.text, choice.reply)]
    text = html.unescape(text)
    for part in sorted(said, key=len, reverse=True):
        text = text.replace(part, " ")
    return text.replace("dns-time", " ")


# The glossary


WORDS = list(reference.words("en").values())


def forms(word: reference.Word) -> list[str]:
    """The ways to write a word, without short forms that are ordinary words, like A."""
    return [form for form in (word.term, *word.also) if len(form) > 3]


def test_no_word_is_explained_by_one_that_comes_later() -> None:
    for number, word in enumerate(WORDS):
        for later in WORDS[number + 1 :]:
            for form in forms(later):
                found = re.search(
                    rf"(?<![\w-]){re.escape(form)}(s|es)?(?![\w-])", f"{word.text} {word.like}"
                )
                assert not found, f"{word.term} is explained by {later.term}"


def test_every_reference_leads_to_another_word() -> None:
    known = reference.words("en")
    for word in WORDS:
        assert set(word.see) <= set(known) - {word.term}, word.term


def test_every_spelling_leads_to_its_word() -> None:
    spellings = [form.lower() for word in WORDS for form in (word.term, *word.also)]
    assert len(spellings) == len(set(spellings))
    for word in WORDS:
        for form in (word.term, *word.also, word.term.upper(), f" {word.term} "):
            assert reference.find("en", form) is word
    assert len({word.anchor for word in WORDS}) == len(WORDS)


def test_each_entry_is_short_and_whole() -> None:
    entries = table_of("en", "glossary.toml")["word"]
    assert {key for entry in entries for key in entry} <= set(reference.Word.__slots__)
    for word in WORDS:
        assert word.text.endswith("."), word.term
        assert len(word.text.split()) <= 45, word.term
        if "RFC" in word.source:
            assert re.fullmatch(r"(RFC \d+(, section [\d.]+)?(; )?)+", word.source), word.term


# The names that the notebooks of this part cannot do without.
NEEDED = """
    domain name, label, zone, delegation, name server, authoritative server, resolver, recursive,
    root, TLD, registrant, registrar, registry, reseller, DNS operator, TTL, cache, A, AAAA,
    CNAME, MX, NS, TXT, PTR, SOA, CAA, DS, DNSKEY, RRSIG, NSEC, NXDOMAIN, NODATA, SERVFAIL, glue,
    lame delegation, DNSSEC, chain of trust, signature, DoT, DoH, IDN, look-alike, wildcard,
    IPv4, IPv6 address, prefix, CDN, hosting, phishing, kernel, cell, notebook, output,
    announce, RPKI, certificate authority, CA, traceroute, tracert, probes, byte, UDP, TCP, browser,
    millisecond, ms, inside address
"""


@pytest.mark.parametrize("term", [term.strip() for term in NEEDED.split(",")])
def test_what_the_notebooks_need_is_explained(term: str) -> None:
    assert Lab("en").reference("glossary", term).kind is Kind.FOUND


@pytest.mark.parametrize("typed", ["qqqqqq", "x" * 500, 5, None, "<b>", ["resolver"]])
def test_an_unknown_word_gets_a_sentence(typed: object) -> None:
    result = Lab("en").reference("glossary", typed)
    assert result.kind is Kind.NOT_ASKED
    assert "The glossary does not have" in result.sentence
    assert len(result.sentence) < 200


def test_all_words_are_listed() -> None:
    table = Lab("en").reference("glossary").tabulated()
    assert table is not None
    assert sorted(row[0] for row in table.rows) == sorted(word.term for word in WORDS)


# Words in notebooks


def notebook(*texts: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text) for text in texts])


def test_a_linked_word_is_explained_in_its_notebook() -> None:
    book = notebook("# One", "A [memory](#word-cache), and the [memory](#word-cache) again.")
    link_words.link(book, "en")
    link = "[memory](#word-cache)"
    assert book.cells[1].source == f'A <a id="use-cache"></a>{link}, and the {link} again.'
    meaning = reference.words("en")["cache"].text
    assert f'<a id="word-cache"></a>**cache**: {meaning}' in book.cells[-1].source
    assert "(#use-cache)" in book.cells[-1].source


def test_linking_again_changes_nothing() -> None:
    book = notebook("A [memory](#word-cache) and a [resolver](#word-resolver).", "End.")
    link_words.link(book, "en")
    once = nbformat.writes(book)
    link_words.link(book, "en")
    assert nbformat.writes(book) == once
    book.cells[0].source = "Nothing to explain."
    link_words.link(book, "en")
    assert [cell.source for cell in book.cells] == ["Nothing to explain.", "End."]


def test_a_link_to_an_unknown_word_is_refused() -> None:
    with pytest.raises(link_words.UnknownWordError, match="#word-qqq"):
        link_words.link(notebook("[this](#word-qqq)"), "en")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_words_of_each_notebook_are_up_to_date(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    before = [cell.source for cell in stored.cells]
    link_words.link(stored, path.parent.name)
    assert [cell.source for cell in stored.cells] == before, "run: python tools/link_words.py"
