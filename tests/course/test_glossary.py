"""The glossary: what its entries are held to, and that the words people type are found."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.course import glossary
from labsupport.course.glossary import Word
from labsupport.kinds import Kind
from labsupport.language import languages, table_of

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples" / "glossary"
SPANISH = Lab("es")
WORDS = list(glossary.words("en").values())
# Forms that the texts of other entries use as ordinary words; of the last, "writes" is no plural.
ORDINARY = {"expiry", "fingerprint", "network", "search", "third party", "writ"}


def written(code: str, key: str) -> dict[str, list[str]]:
    """A table of the file of a language's forms."""
    table: dict[str, list[str]] = glossary._written(code)[key]
    return table


def forms_of(code: str, word: Word) -> list[str]:
    """The ways to write a word."""
    also, typed = written(code, "also"), written(code, "typed")
    return [word.term, *also.get(word.key, ()), *typed.get(word.key, ())]


def known(code: str) -> list[tuple[str, Word]]:
    """Each form of a language, with its word."""
    return [
        (form, word)
        for word in glossary.words(code).values()
        for form in forms_of(code, word)
    ]


def answers(code: str, typed: str) -> set[str]:
    """The keys of all words that an answer names."""
    found = glossary.find(code, typed) or glossary.proposed(code, typed)
    return {word.key for word in found}


def domains(code: str, typed: str) -> set[str]:
    """The domains of all words that an answer names."""
    return {glossary.words(code)[key].domain for key in answers(code, typed)}


# Entries


def test_no_word_is_explained_by_one_that_comes_later() -> None:
    for number, later in enumerate(WORDS):
        forms = [
            form
            for form in forms_of("en", later)
            if len(form) > 3 and form not in ORDINARY
        ]
        any_form = "|".join(map(re.escape, forms))
        pattern = re.compile(rf"(?<![\w-])({any_form})(s|es)?(?![\w-])")
        for word in WORDS[:number] if forms else ():
            found = pattern.search(f"{word.text} {word.like}")
            assert not found, f"{word.term} is explained by {later.term}"


def test_every_reference_leads_to_another_word() -> None:
    keys = {word.key for word in WORDS}
    for word in WORDS:
        assert set(word.see) <= keys - {word.key}, word.term
        assert len(word.see) == len(set(word.see)), word.term


def test_each_entry_is_short_and_whole() -> None:
    entries = table_of("en", "glossary.toml")["word"]
    assert {key for entry in entries for key in entry} <= {*Word.__slots__} - {"also"}
    assert len({word.key for word in WORDS}) == len(entries)
    for word in WORDS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", word.key), word.term
        assert word.domain in ("law", "technique", "course"), word.term
        assert word.text.endswith("."), word.term
        assert len(word.text.split()) <= 45, word.term
        if "RFC" in word.source:
            assert re.fullmatch(r"(RFC \d+(, section [\d.]+)?(; )?)+", word.source), (
                word.term
            )


def test_no_date_of_a_treaty_grows_old_in_an_entry() -> None:
    """Who takes part, and as of when, stands in a table that is looked at again."""
    for key in ("second-additional-protocol", "un-convention-against-cybercrime"):
        text = glossary.words("en")[key].text
        assert 'lab.course.reference("conventions")' in text
        assert not re.search("202[6-9]", text)


# The files of forms


@pytest.mark.parametrize("code", languages())
def test_the_forms_of_a_language_lead_to_entries(code: str) -> None:
    keys = set(glossary.words(code))
    assert set(written(code, "also")) <= keys
    assert set(written(code, "typed")) <= keys
    for typed, meant in written(code, "several").items():
        assert set(meant) <= keys, typed
        assert len(set(meant)) == len(meant) > 1, typed


@pytest.mark.parametrize("code", languages())
def test_every_form_belongs_to_one_entry(code: str) -> None:
    """And stands once; a term may be among the words with several meanings, if it is one."""
    little = glossary.forms(code).little
    several = {
        stem(form, little): keys for form, keys in written(code, "several").items()
    }
    false_friends = {stem(form, little) for form in written(code, "false_friends")}
    assert len(false_friends) == len(written(code, "false_friends"))
    assert not false_friends & several.keys()
    owners: dict[str, str] = {}
    for form, word in known(code):
        assert stem(form, little) not in owners, f"{form}: {owners[stem(form, little)]}"
        owners[stem(form, little)] = word.key
    assert not false_friends & owners.keys()
    terms = {
        stem(word.term, little): word.key for word in glossary.words(code).values()
    }
    for form in several.keys() & owners.keys():
        assert terms[form] in several[form]


def stem(form: str, little: frozenset[str]) -> str:
    return " ".join(glossary.stems(form, little))


@pytest.mark.parametrize("code", languages())
def test_every_form_leads_to_its_word(code: str) -> None:
    for form, word in known(code):
        assert word in glossary.find(code, form), form
        assert word in glossary.find(code, f" {form.upper()} "), form


@pytest.mark.parametrize("code", languages())
def test_what_is_shown_beside_a_term_is_what_the_course_may_say(code: str) -> None:
    with (ROOT / "data" / "course" / "terms.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        cells = [row.get(f"never in {code}") or "" for row in csv.DictReader(file)]
    never = [word for cell in cells for word in cell.split("; ") if word]
    for word in glossary.words(code).values():
        assert word.also == tuple(written(code, "also").get(word.key, ()))
        for form in word.also:
            for one in never:
                pattern = rf"(?i)(?<!\w){re.escape(one)}(?!\w)".replace(r"\*", r"\w*")
                assert not re.search(pattern, form), form


# What people type


def samples(code: str) -> list[tuple[str, str]]:
    """Words as jurists and others type them, each with the key of its entry."""
    with (SAMPLES / f"{code}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["typed"], row["key"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("code", "least"), [("es", 100), ("en", 90)])
def test_nine_of_ten_words_that_are_typed_are_found(code: str, least: int) -> None:
    typed = samples(code)
    assert len(typed) >= least
    assert {key for _, key in typed} <= set(glossary.words(code))
    found = [
        key in {word.key for word in glossary.find(code, form)} for form, key in typed
    ]
    assert sum(found) >= 0.9 * len(typed)


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("sample", ["es", "en"])
def test_words_are_found_from_a_lab_in_any_language(code: str, sample: str) -> None:
    """Words of several meanings apart, by which the lab's own language decides."""
    typed = samples(sample)
    found = [
        key in {word.key for word in glossary.find(code, form)} for form, key in typed
    ]
    assert sum(found) >= 0.9 * len(typed)


# What was asked for by name.
ASKED = {
    "suspensión": "hold",
    "registro de actividad": "log",
    "enrutador": "router",
    "exhorto": "letter-rogatory",
    "carta rogatoria": "letter-rogatory",
    "evidencia": "digital-evidence",
    "prueba": "digital-evidence",
    "prueba digital": "digital-evidence",
    "URL": "url",
    "firma digital": "digital-signature",
    "MLAT": "mutual-legal-assistance",
    "asistencia jurídica mutua": "mutual-legal-assistance",
    "medida cautelar": "interim-measure",
    "cadena de custodia": "chain-of-custody",
    "chain of custody": "chain-of-custody",
    "letter rogatory": "letter-rogatory",
    "interim measure": "interim-measure",
    "digital evidence": "digital-evidence",
    "digital signature": "digital-signature",
}


@pytest.mark.parametrize(("typed", "key"), ASKED.items(), ids=ASKED)
def test_what_was_asked_for_is_found(typed: str, key: str) -> None:
    for code in languages():
        assert Lab(code).course.glossary(typed).kind is Kind.FOUND
        assert glossary.find(code, typed)[0].key == key


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
    assert Lab("en").course.glossary(term).kind is Kind.FOUND


# However it is written

HAS_PLURAL = re.compile(r"[^\W\d_]{3,}(?<![sS])")
ACCENTS = str.maketrans("áéíóúüñ", "aeiouun")


def plural(word: str) -> str:
    """A word in the plural, as Spanish and English make it; the word itself if it has none."""
    if not HAS_PLURAL.fullmatch(word) or word.lower() == "http":
        return word
    if re.search("[A-Z].*[A-Z]|([aeiouáéíóú]|[bcfgkmpqtvw]|[aeiou]y)$", word):
        return f"{word}s"
    stem, last = word[:-1], word[-1]
    return stem + {"z": "ces", "y": "ies"}.get(last, f"{last}es")


EVERY_FORM = [(code, form) for code in languages() for form, _ in known(code)]
# A word with several meanings has them whatever stands in brackets beside it.
CLEAR = [
    (code, form) for code, form in EVERY_FORM if len(glossary.find(code, form)) == 1
]
ARTICLES = {"en": "the", "es": "los"}
Change = Callable[[str], str]


@given(
    st.sampled_from(EVERY_FORM),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from(
        [str, lambda text: text.translate(ACCENTS), lambda text: f" [{text}?] "]
    ),
)
def test_case_accents_and_signs_do_not_matter(
    form: tuple[str, str], letters: Change, signs: Change
) -> None:
    code, text = form
    assert glossary.find(code, signs(letters(text))) == glossary.find(code, text)


@given(
    st.sampled_from(CLEAR),
    st.sampled_from(
        ["{form}", "({form})", "{article} {form}", "{form} (qqq)", "qqq ({form})"]
    ),
)
def test_number_articles_and_brackets_do_not_matter(
    form: tuple[str, str], around: str
) -> None:
    code, text = form
    little = glossary.forms(code).little
    plurals = " ".join(
        word if word in little else plural(word) for word in text.split()
    )
    typed = around.format(form=plurals, article=ARTICLES.get(code, ""))
    assert glossary.find(code, typed) == glossary.find(code, text), typed


# Near misses

CUSTODY = (
    "cadena de custodia",
    "cadena de custodia digital",
    "custodia",
    "chain of custody",
)


def slips(form: str) -> Iterator[str]:
    """A form with one letter left out, doubled, or after its neighbour."""
    for place in range(len(form)):
        before, letter, after = form[:place], form[place], form[place + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield before + after[:1] + letter + after[1:]


@pytest.mark.parametrize("form", CUSTODY)
def test_a_chain_of_custody_is_never_taken_for_a_chain_of_trust(form: str) -> None:
    typed = [*slips(form), f"{form} de un teléfono", f"la {form}", f"{form} confianza"]
    for code in languages():
        for one in typed:
            assert domains(code, one) <= {"law"}, one
        assert "chain-of-custody" in answers(code, typed[0])


def test_a_chain_of_trust_is_found_and_is_no_word_of_the_law() -> None:
    for code in languages():
        for typed in ("cadena de confianza", "cadena de confiansa", "chain of trust"):
            assert "chain-of-trust" in answers(code, typed)
            assert domains(code, typed) == {"technique"}


@pytest.mark.parametrize("code", languages())
def test_a_slip_in_a_word_of_the_law_proposes_no_technique(code: str) -> None:
    """One letter left out in the middle. "perto" may be "puerto" as well as "perito"."""
    for form, word in known(code):
        if word.domain == "law" and len(form) > 5:
            middle = len(form) // 2
            typed = form[:middle] + form[middle + 1 :]
            if not glossary.find(code, typed) and typed != "perto":
                assert domains(code, typed) <= {"law"}, typed


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("delegaton", "delegation"),
        ("resolutr", "resolver"),
        ("cadenade custodia", "chain-of-custody"),
        ("exorto internacional", "letter-rogatory"),
        ("copia forense de un teléfono celular", "forensic-copy"),
        ("pedido de asistencia judicial al Perú", "mutual-legal-assistance"),
        ("the letter rogatory to Spain", "letter-rogatory"),
    ],
)
def test_what_is_nearly_a_word_is_proposed(typed: str, first: str) -> None:
    for code in languages():
        assert glossary.find(code, typed) == ()
        proposed = glossary.proposed(code, typed)
        assert proposed[0].key == first
        assert len(proposed) <= 3
        result = Lab(code).course.glossary(typed)
        assert result.kind is Kind.NOT_ASKED
        table = result.tabulated()
        assert table is not None
        assert [row[0] for row in table.rows] == [word.term for word in proposed]


@pytest.mark.parametrize("code", languages())
def test_what_is_proposed_is_of_one_domain(code: str) -> None:
    for typed, _ in samples(code):
        proposed = glossary.proposed(code, f"{typed} qqq")
        assert len({word.domain for word in proposed}) <= 1, typed


@pytest.mark.parametrize("code", languages())
def test_a_false_friend_proposes_nothing(code: str) -> None:
    for form in written(code, "false_friends"):
        for typed in (form, f"{form} qqq", form.upper()):
            assert answers(code, typed) == set(), typed


@pytest.mark.parametrize("code", languages())
def test_an_ambiguous_word_offers_each_of_its_meanings(code: str) -> None:
    for typed, keys in written(code, "several").items():
        assert [word.key for word in glossary.find(code, typed)] == keys
        result = Lab(code).course.glossary(typed)
        assert result.kind is Kind.FOUND
        table = result.tabulated()
        assert table is not None
        assert [row[0] for row in table.rows] == [
            glossary.words(code)[key].term for key in keys
        ]


def test_what_was_registered_is_not_guessed() -> None:
    assert answers("es", "registro") >= {"record", "log", "registry", "registration"}
    assert answers("es", "suspensión") == {"hold", "interim-measure"}
    assert answers("es", "bloqueo del dominio") == {"dns-blocking", "hold", "lock"}


# Whatever is typed

HOSTILE = [
    *(5, 1.5, None, True, b"zone", ["resolver"], {"zone": 1}),
    *("x" * 10_000, "zon " * 2_500, "(" * 10_000, "()" * 5_000, "ﷺ" * 10_000),
    *(
        "<b>",
        "<script>alert(1)</script>",
        "{0}",
        "{what}",
        "%s",
        "…",
        "\x00",
        "\u202e",
        "🙂",
        "??",
    ),
    *("qqqqqq", "$$\\href{x}{y}$$", "'; DROP TABLE words"),
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("code", languages())
def test_an_unknown_word_gets_a_sentence(code: str, typed: object) -> None:
    result = Lab(code).course.glossary(typed)
    assert result.kind is Kind.NOT_ASKED
    assert len(result.sentence) < 200
    assert "<script" not in result._repr_html_()
    assert repr(result)


@given(st.text())
def test_any_text_gets_an_answer(typed: str) -> None:
    assert len(glossary.proposed("es", typed)) <= 3
    assert repr(SPANISH.course.glossary(typed))


def test_all_words_are_listed() -> None:
    table = Lab("en").course.glossary().tabulated()
    assert table is not None
    assert sorted(row[0] for row in table.rows) == sorted(word.term for word in WORDS)
