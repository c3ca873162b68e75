"""The course's own wordings, put into orders: the finding goes, and no other comes."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from drafts import FURTHER

from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.lookups.web import once
from labsupport.orders.drafts import drafts
from labsupport.orders.findings import CHECKS, Severity
from labsupport.orders.order import Notice, Order
from labsupport.orders.reading import read_order
from labsupport.orders.review import review, wording
from labsupport.orders.techniques import Technique
from labsupport.orders.vocabulary import LANGUAGES, orders

REMEDIES = tomllib.loads(
    (Path(__file__).parents[1] / "samples" / "orders" / "remedies.toml").read_text(
        encoding="utf-8"
    )
)
SAID = REMEDIES.pop("said")
LAB = Lab("en")
SESSION = once(context_of(LAB).trial.session(context_of(LAB).trial.seats[0]))
ITEM = re.compile(r"\d\.?º?[.)]+ ")
# "[Either] … [Or] …", and what a note in brackets asks of whoever drafts.
OTHERWISE = re.compile(r" ?\[(?:Either|Or|O bien|Ou)\] ?")
NOTE = re.compile(
    r" \((?:author|autor|registrar |registrador |date|fecha|data|each|indíq|indiq)[^)]*\)"
    r"| \[(?:If|Si|Se) [^\]]*\]"
)
# What no text of a few lines leads to; test_review makes these findings.
NOT_FROM_A_TEXT = {"impossible-target", "several-techniques"}
CODES = {check.code: check.code for check in CHECKS} | FURTHER


@dataclass(frozen=True)
class Remedy:
    """An order with a finding, and the same with the wording of `key` in `language`."""

    key: str
    language: str
    of: dict[str, Any]
    number: int = 0  # of the wording, where it has several

    @property
    def faulty(self) -> str:
        return self._order(self._said(self.of["faulty"]))

    @property
    def mended(self) -> str:
        filled = self._filled()
        text = self._said(self.of.get("mended", "$wording"))
        return self._order(text.replace("$wording", filled))

    def _filled(self) -> str:
        parts = [
            one for one in OTHERWISE.split(wording(self.key, self.language)) if one
        ]
        text = NOTE.sub("", parts[self.number])
        values = [self._said(one) for one in self.of["values"]]
        assert text.count("[…]") == len(values), text
        for value in values:
            text = text.replace("[…]", value, 1)
        return text

    def _said(self, text: str | dict[str, str]) -> str:
        written = text if isinstance(text, str) else text[self.language]
        for name, words in SAID.items():
            written = re.sub(
                rf"\${name}\b", lambda _, words=words: words[self.language], written
            )
        return written

    def _order(self, text: str) -> str:
        paragraphs = drafts()[self.of["draft"]][self.language].text.split("\n\n")
        items = [place for place, one in enumerate(paragraphs) if ITEM.match(one)]
        paragraphs[items[self.of.get("item", 1) - 1]] = f"1. {text}" if text else ""
        for number in self.of.get("drop", ()):
            paragraphs[items[number - 1]] = ""
        return "\n\n".join(filter(None, paragraphs))


def remedies() -> Iterator[Remedy]:
    for key, of in REMEDIES.items():
        for language in LANGUAGES:
            yield Remedy(key, language, of)
            if "or" in of:
                yield Remedy(key, language, {**of, **of["or"]}, 1)


EVERY_REMEDY = list(remedies())


def called(remedy: Remedy) -> str:
    return f"{remedy.key}-{remedy.language}-{remedy.number}"


@functools.cache
def read(text: str) -> Order:
    return read_order(text)


@functools.cache
def weights(text: str) -> dict[str, Severity]:
    """The codes of what is found in an order, with the severity of the first of each."""
    found = review(read(text), SESSION, context_of(LAB).say, own=True).findings
    return {one.code: one.severity for one in reversed(found)}


def test_each_wording_is_tried() -> None:
    assert set(REMEDIES) == set(orders("wording.toml")), (
        "each wording has a draft that it mends in tests/samples/orders/remedies.toml"
    )


@pytest.mark.parametrize("remedy", EVERY_REMEDY, ids=called)
def test_a_wording_settles_what_it_was_given_for(remedy: Remedy) -> None:
    code = CODES[remedy.key]
    had, has = weights(remedy.faulty), weights(remedy.mended)
    assert code in had or remedy.key in NOT_FROM_A_TEXT
    if not remedy.of.get("stays"):
        assert code not in has
    new = {one for one in has if has[one] is not Severity.NOTE and one not in had}
    assert not new, [one.text for one in read(remedy.mended).not_understood]


@pytest.mark.parametrize("remedy", EVERY_REMEDY, ids=called)
def test_a_wording_put_in_beside_what_stands_there_makes_nothing_serious(
    remedy: Remedy,
) -> None:
    """As the button puts it in, its blanks filled: what was found of the order as a whole goes."""
    code, had = CODES[remedy.key], weights(remedy.faulty)
    found = review(read(remedy.faulty), SESSION, context_of(LAB).say, own=True)
    whole = {one.code for one in found.findings if not one.end}
    told = zip(found._groups, found._told, strict=True)
    place = next(
        (one.put_in(remedy.faulty) for of, one in told if of[0].code == code), 0
    )
    has = weights(
        f"{remedy.faulty[:place]}\n\n{remedy._filled()}{remedy.faulty[place:]}"
    )
    assert code not in has or code not in whole or remedy.of.get("stays")
    assert not [
        one for one in has if has[one] is Severity.SERIOUS and had.get(one) != has[one]
    ]


@pytest.mark.parametrize(
    "text",
    [
        "THE COURT ORDERS:\n\n1. Alojar shall take the page {} down. "
        "Access providers need not do anything.",
        "THE COURT ORDERS:\n\n1. Alojar is to remove the page {}. "
        "Access providers need do nothing.",
        "RESUELVO:\n\n1. Alojar retirará la página {}. "
        "Los proveedores de acceso no tienen que hacer nada.",
        "DECIDO:\n\n1. A Alojar removerá a página {}. "
        "Os provedores de conexão não precisam fazer nada.",
    ],
)
def test_who_takes_a_page_down_is_asked_and_nobody_else(text: str) -> None:
    order = read_order(text.format("https://goles-gratis.example/partido/7"))
    assert order.technique is Technique.HOST
    assert [one.split()[-1] for one in order.executors] == ["Alojar"]
    assert [one.value for one in order.targets] == [
        "https://goles-gratis.example/partido/7"
    ]


@pytest.mark.parametrize("remedy", EVERY_REMEDY, ids=called)
def test_a_wording_is_read_as_it_is_meant(remedy: Remedy) -> None:
    order = read(remedy.mended)
    targets = {one.value for one in order.targets}
    spared = {one.value for one in order.exceptions}
    expected = remedy.of.get("targets")
    if expected is None and remedy.of.get("item", 1) > 1:
        expected = ["goles-gratis.example"]
    assert targets == set(expected or ())
    assert spared >= set(remedy.of.get("spared", ()))
    assert order.language == remedy.language


@pytest.mark.parametrize(
    ("text", "executors"),
    [
        ("O Registro.br suspenderá o domínio x-1.example.", ("O Registro.br",)),
        (
            "Oficie-se ao NIC.br para que suspenda a resolução do nome x-1.example.",
            ("NIC.br",),
        ),
        (
            "Ofíciese a NIC.uy para que suspenda la resolución del nombre x-1.example.",
            ("NIC.uy",),
        ),
        (
            "El operador de registro suspenderá x-1.example.",
            ("El operador de registro",),
        ),
        ("O operador do registro suspenderá x-1.example.", ("O operador do registro",)),
    ],
)
def test_a_registry_acts_and_is_not_hit(text: str, executors: tuple[str, ...]) -> None:
    order = read_order(text)
    assert [one.value for one in order.targets] == ["x-1.example"]
    assert order.technique is Technique.REGISTRY_HOLD
    assert order.executors == executors
    assert not order.not_understood


@pytest.mark.parametrize(
    "text",
    [
        "Bloquéese x-1.example. No debe verse afectado: museum.example.",
        "Bloquéese x-1.example. La medida no se aplica al sitio museum.example.",
        "Bloqueie-se x-1.example. Não deve ser afetado: museum.example.",
        "Bloqueie-se x-1.example. Ficam excluídos da medida: museum.example.",
        "Block x-1.example. Not to be touched: museum.example.",
        "Block x-1.example. The measure does not apply to museum.example.",
    ],
)
def test_what_is_spared_is_no_target(text: str) -> None:
    order = read_order(text)
    assert [one.value for one in order.targets] == ["x-1.example"]
    assert [one.value for one in order.exceptions] == ["museum.example"]


@pytest.mark.parametrize(
    "text",
    [
        "Póngase en conocimiento del titular del nombre.",
        "Dê-se notícia ao titular do nome.",
    ],
)
def test_notice_is_known_by_the_words_of_the_region(text: str) -> None:
    assert read_order(text).notice is Notice.GIVEN
