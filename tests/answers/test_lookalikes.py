"""Names that can be taken for another: how they are made, and which of them exist."""

from __future__ import annotations

import string
from dataclasses import replace

import dns.name
import idna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from said import SAY, begins, says
from scripted import lab

from labsupport import Lab
from labsupport.answers.lookalikes import LookalikesPage, lookalikes
from labsupport.exchange import DNS_PORT, Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.names import read_question
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups.lookalikes import (
    MOST_VARIANTS,
    Likeness,
    Lookalike,
    registered_part,
    shown,
    variants,
)
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.results import Result
from labsupport.world import World

WORLD = World.load()
BANK = "bancodelfaro.example"
LAB = Lab("en")
LABELS = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=63)


def of(name: str) -> LookalikesPage:
    result = LAB.investigate.lookalikes(name)
    assert isinstance(result, LookalikesPage), result
    return result


def named(result: LookalikesPage) -> dict[str, Lookalike]:
    return {one.name: one for one in result.found}


# How they are made


@pytest.mark.parametrize(
    ("label", "way"),
    [
        ("bancdelfaro", Likeness.OMISSION),
        ("banccodelfaro", Likeness.REPETITION),
        ("bnacodelfaro", Likeness.TRANSPOSITION),
        ("bancode1faro", Likeness.LOOKALIKE),
        ("bancoclelfaro", Likeness.LOOKALIKE),
        ("báncodelfaro", Likeness.LOOKALIKE),
        ("bancоdelfaro", Likeness.LOOKALIKE),  # a Cyrillic o
        ("bañcodelfaro", Likeness.LOOKALIKE),
        ("banco-delfaro", Likeness.HYPHEN_ADDED),
        ("banco-del-faro", Likeness.HYPHEN_ADDED),
        ("bancodelfaro-clientes", Likeness.WORD_ADDED),
        ("segurobancodelfaro", Likeness.WORD_ADDED),
    ],
)
def test_each_rule_makes_its_names(label: str, way: Likeness) -> None:
    assert variants(BANK)[f"{idna.encode(label).decode()}.example"].way is way


def test_the_same_name_is_tried_under_other_suffixes_and_hyphens_are_left_out() -> None:
    made = variants("museo-del-mar.com.test")
    assert made["museo-del-mar.example"].way is Likeness.OTHER_SUFFIX
    assert made["museodelmar.com.test"].way is Likeness.HYPHEN_REMOVED
    assert made["museo-delmar.com.test"].way is Likeness.HYPHEN_REMOVED


def test_a_character_that_only_looks_alike_is_named() -> None:
    made = variants(BANK)
    assert "CYRILLIC SMALL LETTER A" in made["xn--bncodelfaro-yij.example"].what
    assert shown("xn--bncodelfaro-yij.example") == "bаncodelfaro.example"


def test_there_are_enough_names_and_not_too_many() -> None:
    assert 250 <= len(variants(BANK)) <= MOST_VARIANTS
    assert (
        len(variants("x" * 20 + "abcdefghijklmnopqrstuvwxyz" + ".example"))
        <= MOST_VARIANTS
    )


@settings(max_examples=25)  # each makes hundreds of names
@given(LABELS, st.sampled_from(["example", "com.test", "gob.test"]))
def test_every_name_made_could_be_registered_and_is_another(
    label: str, suffix: str
) -> None:
    name = f"{label}.{suffix}"
    for other in variants(name):
        assert other != name
        first = other.partition(".")[0]
        assert not first.startswith("-")
        assert not first.endswith("-")
        dns.name.from_text(other)
        idna.encode(idna.decode(first), strict=True, std3_rules=True)


@given(st.text(max_size=80))
def test_any_text_has_a_registered_part_and_a_form_to_show(text: str) -> None:
    assert text.endswith(registered_part(text))
    assert isinstance(shown(text), str)


# Which of them exist


def test_the_look_alikes_of_the_bank_are_found() -> None:
    found = named(of(BANK))
    assert set(found) == {
        "banco-del-faro.example",
        "bancodelfaro-clientes.example",
        "xn--bncodelfaro-yij.example",
    }
    clients = found["bancodelfaro-clientes.example"]
    assert clients.said.registered == "2026-10-30"
    assert clients.said.registrar == "Registro Veloz Ltd."
    assert clients.said.proxy
    assert clients.address == "198.19.105.66 (Ultramar Host)"


def test_the_sentence_tells_how_many_were_tried() -> None:
    result = of(BANK)
    assert result.tried == len(variants(BANK))
    assert begins(
        result.sentence, "lookalikes.found", count=3, tried=result.tried, name=BANK
    )
    assert result.kind is Kind.FOUND


def test_a_name_that_the_bank_itself_registered_is_told_apart() -> None:
    result = of(BANK)
    (note,) = result.notes
    assert "banco-del-faro.example" in note
    assert "clientes" not in note
    assert "Banco del Faro S.A." in note
    assert any("proves nothing" in limit for limit in result.limits)


def test_the_table_shows_names_as_people_see_them() -> None:
    table = of(BANK).table
    row = table[table["name"] == "xn--bncodelfaro-yij.example"].iloc[0]
    assert row[SAY("lookalikes.as_it_is_shown")] == "bаncodelfaro.example"
    assert row[SAY("lookalikes.registrant_in_the_record")] == SAY(
        "lookalikes.name_a_proxy_service", name="Velo Privado Ltd."
    )


def test_a_name_without_look_alikes() -> None:
    result = of("www.hospital-central.org.test")
    assert result.name == "hospital-central.org.test"
    assert result.kind is Kind.NO_SUCH_NAME
    assert says(result.sentence, "lookalikes.none_found")
    assert says(
        result.notes,
        "lookalikes.looked_names_like_name",
        name="hospital-central.org.test",
    )


@pytest.mark.parametrize("typed", ["203.0.113.1", "ab.example", "example", ""])
def test_what_has_no_look_alikes_gets_a_sentence(typed: str) -> None:
    assert LAB.investigate.lookalikes(typed).kind is Kind.NOT_ASKED


class Partly(OfflineNetwork):
    """The lab where the resolver says nothing of some names, and a web server answers `page`."""

    def __init__(
        self, silent: bytes = b"", refusing: str = "", status: int = 429
    ) -> None:
        super().__init__(WORLD)
        self.silent = silent
        self.refusing = refusing
        self.status = status

    def send(self, request: Request) -> Outcome:
        if self.silent and request.port == DNS_PORT and self.silent in request.payload:
            return Silence(None, 1.0)
        outcome = super().send(request)
        if (
            self.refusing
            and request.server_name == self.refusing
            and isinstance(outcome, Reply)
        ):
            page = HttpResponse(
                self.status, (("Content-Type", "text/html"),), b"<p>Later.</p>"
            )
            return replace(outcome, payload=page.to_bytes())
        return outcome


def partly(name: str, network: Partly) -> Result:
    session: Session = replace(context_of(LAB).session, network=network)
    typed, _ = read_question(name, "A", context_of(LAB).say)
    return lookalikes(session, typed)


def test_what_is_not_answered_is_counted_apart() -> None:
    result = partly(BANK, Partly(silent=b"bancodelfaro-clientes"))
    assert isinstance(result, LookalikesPage)
    assert result.unanswered == ("bancodelfaro-clientes.example",)
    assert says(
        result.sentence, "lookalikes.unanswered", names="bancodelfaro-clientes.example"
    )
    assert "bancodelfaro-clientes.example" not in named(result)


def test_no_answer_at_all_is_no_absence() -> None:
    result = partly(BANK, Partly(silent=b"\x07example"))
    assert isinstance(result, LookalikesPage)
    assert result.kind is Kind.NO_ANSWER
    assert "not known" in result.sentence


def test_a_directory_that_refuses_leaves_its_columns_empty_and_says_so() -> None:
    result = partly(BANK, Partly(refusing="rdap.nic.example"))
    assert isinstance(result, LookalikesPage)
    assert len(result.found) == 3
    assert all(one.said.missing and not one.said.registered for one in result.found)
    assert any("rdap.nic.example" in note for note in result.notes)
    assert "–" in set(result.table["registered"])


def test_a_registrant_whose_registrar_did_not_answer_was_not_learned() -> None:
    name = "bancodelfaro-clientes.example"
    throttled, _ = lab(
        {f"https://rdap.registro-veloz.example/domain/{name}": HttpResponse(429)}
    )
    found = throttled.investigate.lookalikes(BANK)
    registrants = found.table.set_index("name")["registrant in the record"]
    assert registrants[name] == "not learned"
    assert says(found.notes, "registration.not_learned_refused")
