"""Reading orders: what is found in a text, what is not taken for a target.

The tables are the promise. Each row of finds has what was written and what it is read as; the
rows of false alarms have what must not be taken for a target, and there are as many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.language import Language
from labsupport.orders import checklist, marked, reading
from labsupport.orders.drafts import drafts
from labsupport.orders.order import (
    Act,
    Measure,
    Notice,
    Order,
    Target,
    TargetKind,
    TargetPart,
)
from labsupport.orders.reading import (
    finding,
    firms,
    read_order,
    roles,
    tables,
    terms,
)
from labsupport.orders.reading.words import DraftText, Phrases
from labsupport.orders.targets import public_suffix
from labsupport.orders.techniques import Technique
from labsupport.orders.vocabulary import (
    LANGUAGES,
    Expression,
    Expressions,
    vocabulary,
    words,
)
from labsupport.world import World

SAY = Language.load("en")
EVERY_DRAFT = [
    (key, language) for key, written in drafts().items() for language in written
]


def read(text: str) -> Order:
    """Read a text, and hold what holds for every text."""
    order = read_order(text)
    for target in (*order.targets, *order.exceptions):
        assert text[target.start : target.end] == target.written != ""
    for passage in order.not_understood:
        assert text[passage.start : passage.end] == passage.text != ""
    for start, end in order.where.values():
        assert 0 <= start < end <= len(text)
    return order


def values(text: str) -> list[str]:
    return [target.value for target in read(text).targets]


def doubts(text: str) -> list[str]:
    return [passage.text for passage in read(text).not_understood]


# Targets: how they may be written

WRITTEN = [
    # names
    ("goles-gratis.example", "name", "goles-gratis.example"),
    ("GOLES-GRATIS.EXAMPLE", "name", "goles-gratis.example"),
    ("Goles-Gratis.Example", "name", "goles-gratis.example"),
    ("goles-gratis.example.", "name", "goles-gratis.example"),
    ("«goles-gratis.example»", "name", "goles-gratis.example"),
    ("“goles-gratis.example”,", "name", "goles-gratis.example"),
    ("'goles-gratis.example';", "name", "goles-gratis.example"),
    ("**goles-gratis.example**", "name", "goles-gratis.example"),
    ("<b>goles-gratis.example</b>", "name", "goles-gratis.example"),
    ("- goles-gratis.example", "name", "goles-gratis.example"),
    ("-goles-gratis.example", "name", "goles-gratis.example"),
    ("1.goles-gratis.example", "name", "goles-gratis.example"),
    ("dominio:goles-gratis.example", "name", "goles-gratis.example"),
    ("goles-gratis[.]example", "name", "goles-gratis.example"),
    ("goles-gratis(.)example", "name", "goles-gratis.example"),
    ("goles-gratis[dot]example", "name", "goles-gratis.example"),
    ("goles-gratis (dot) example", "name", "goles-gratis.example"),
    ("goles-gratis [punto] example", "name", "goles-gratis.example"),
    ("goles-gratis．example", "name", "goles-gratis.example"),  # full width
    ("goles-gratis。example", "name", "goles-gratis.example"),  # ideographic
    ("ｇｏｌｅｓ-gratis.example", "name", "goles-gratis.example"),
    ("goles\u200b-gratis.exam\u200bple", "name", "goles-gratis.example"),  # zero width
    # a hyphen that does not break
    (
        "goles\u2011gratis.example",
        "name",
        "goles-gratis.example",
    ),
    ("goles\u00ad-gratis.example", "name", "goles-gratis.example"),  # a soft hyphen
    ("báncodelfaro.example", "name", "xn--bncodelfaro-k7a.example"),
    # accent behind
    (
        "ba\u0301ncodelfaro.example",
        "name",
        "xn--bncodelfaro-k7a.example",
    ),
    ("xn--bncodelfaro-yij.example", "name", "xn--bncodelfaro-yij.example"),
    ("гол.example", "name", "xn--c1aqi.example"),
    ("goles.futbol", "name", "goles.futbol"),
    ("goles.com.ar", "name", "goles.com.ar"),
    ("t.me", "name", "t.me"),
    ("123.to", "name", "123.to"),
    # with all below
    ("*.goles-gratis.example", "name", "goles-gratis.example"),
    (".goles-gratis.example", "name", "goles-gratis.example"),
    # pages
    ("https://goles-gratis.example", "url", "https://goles-gratis.example/"),
    ("HTTP://Goles-Gratis.example/Vivo", "url", "http://goles-gratis.example/Vivo"),
    ("hxxp://goles-gratis[.]example/vivo", "url", "http://goles-gratis.example/vivo"),
    ("hXXps[:]//goles-gratis.example/", "url", "https://goles-gratis.example/"),
    ("https://goles-gratis.example:443/a", "url", "https://goles-gratis.example/a"),
    (
        "https://goles-gratis.example:8443/a",
        "url",
        "https://goles-gratis.example:8443/a",
    ),
    (
        "(https://goles-gratis.example/a_(b))",
        "url",
        "https://goles-gratis.example/a_(b)",
    ),
    (
        "https://goles-gratis.example/a?b=c&d=é.",
        "url",
        "https://goles-gratis.example/a?b=c&d=é",
    ),
    ("https://banco.example@goles.example/", "url", "https://goles.example/"),
    ("http://203.0.113.80/vivo", "url", "http://203.0.113.80/vivo"),
    ("https://[2001:DB8::80]/vivo", "url", "https://[2001:db8::80]/vivo"),
    ("mis-paginas.example/fotos.", "url", "https://mis-paginas.example/fotos"),
    ("203.0.113.80/vivo", "url", "https://203.0.113.80/vivo"),
    ("[goles](https://goles.example/)", "url", "https://goles.example/"),
    # addresses
    ("203.0.113.80", "address", "203.0.113.80"),
    ("203.0.113.80.", "address", "203.0.113.80"),
    ("203[.]0[.]113[.]80", "address", "203.0.113.80"),
    ("203.0.113(.)80", "address", "203.0.113.80"),
    ("IP:203.0.113.80", "address", "203.0.113.80"),
    ("IP N.º 203.0.113.80", "address", "203.0.113.80"),
    ("(ver 203.0.113.80)", "address", "203.0.113.80"),
    ("2001:DB8:0:0::80", "address", "2001:db8::80"),
    ("[2001:db8::80]", "address", "2001:db8::80"),
    ("IPv6:2001:db8::80", "address", "2001:db8::80"),
    # blocks
    ("203.0.113.0/24", "prefix", "203.0.113.0/24"),
    ("2001:DB8::/32,", "prefix", "2001:db8::/32"),
    ("203.0.113.0/255.255.255.0", "prefix", "203.0.113.0/24"),
    ("203.0.113.0 máscara 255.255.255.0", "prefix", "203.0.113.0/24"),
    ("203.0.113.0, mask 255.255.255.0", "prefix", "203.0.113.0/24"),
    # endings under which others register
    (".com.test", "suffix", "com.test"),
    ("com.test", "suffix", "com.test"),
    ("*.com.test", "suffix", "com.test"),
    ("*.test", "suffix", "test"),
    (".example", "suffix", "example"),
    ("com.br", "suffix", "com.br"),
]


@pytest.mark.parametrize(
    "sentence", ["Bloquéese {}", "Bloqueie-se {} já.", "Block {} now"]
)
@pytest.mark.parametrize(("written", "kind", "value"), WRITTEN)
def test_a_target_is_found_however_it_is_written(
    written: str, kind: str, value: str, sentence: str
) -> None:
    if written[0].isdigit() and written[:3] != "203":
        # the number of a list begins its line
        sentence = sentence.replace("{}", "\n{}")
    order = read(sentence.format(written))
    assert [(one.kind.value, one.value) for one in order.targets] == [(kind, value)]
    assert order.exceptions == ()


NO_TARGETS = [
    # numbers that are no addresses
    "según el art. 5.2 de la ley",
    "art. 10.0.0.1 del pliego",
    "artículos 5.2, 5.3 y 14.1",
    "expediente 12.345/2024",
    "LAB 0-34567/2026",
    "autos n.º 0801234-56.2026.4.03.6100",
    "processo 0001234-12.2026.8.26.0100",
    "Ley 19.924 y Decreto 345/022",
    "Lei n.º 12.965, de 2014",
    "la versión 2.1 del programa",
    "versión 10.0.0.1 del programa",
    "v2.1, v10.2.0.1",
    "el punto 4.1.2 del informe",
    "cláusula 4.1.2.3",
    "$ 1.250.000,00",
    "US$ 1.234.567.890",
    "R$ 1.250,00",
    "1.234.567.890 pesos",
    "el 12.11.2026 a las 18.30",
    "de 18:00:00 a 20:30:00",
    "C.I. 1.234.567-8",
    "RUT 12.345.678-9",
    "CPF 123.456.789-00, CNPJ 12.345.678/0001-95",
    "tel. 2.000.00.00",
    "+598 2 000.00.00",
    "MAC 00:1a:2b:3c:4d:5e",
    "12.5% de 3.000.000",
    # words, short and joined
    "Fibra Sur S.A. y Alojar S.R.L.",
    "los EE.UU. y Bs.As.",
    "a las 6 p.m. (e.g. hoy, i.e. ya)",
    "Sr.Juez, Dra.Paz, Exmo.Sr.",
    "Juzgado de 3.er Turno, 1.ª Sala, 2.o piso",
    "nro.de expediente",
    "se dicta la medida.La empresa responde",
    "dentro del plazo.No obstante",
    "o prazo.Em seguida",
    "a decisão.No entanto",
    "in the order.The provider",
    "is lawful.It is so ordered",
    "1.La empresa\n2.El proveedor",
    "la Ley 19.924.La empresa",
    "la medida .La empresa",
    "este punto es claro, punto de vista",
    "Dicho... pero no...tanto",
    "y/o, s/n, c/u",
    "el sitio. com",
    # files and programs
    "según el anexo.pdf y la lista.xlsx",
    "index.html, fotos.jpg, datos.csv",
    "ver README.txt",
    "Node.js y document.write(x)",
    # mail
    "escribir a bloqueos@corte.gob.test",
    "BLOQUEOS@CORTE.GOB.TEST",
    "mailto:a.b+c@correo.corte.gob.test",
    "bloqueos [at] corte [dot] gob [dot] test",
    "bloqueos(arroba)corte.gob.test",
    # the registry's own ending
    "el registro de nombres .test",
    "the registry of .example",
    # the author's own site, the site that was copied, where it is published
    "Sitio web: www.corte.gob.test",
    "e-mail: juzgado3@corte.gob.test · Tel: 2908 1234 · www.corte.gob.test",
    "Juzgado Letrado\nWebsite: https://www.corte.gob.test/\nPuerto Candil",
    "el sitio web de este Juzgado, www.corte.gob.test",
    "o site deste Tribunal (www.corte.gob.test)",
    "the website of this Court, www.corte.gob.test",
    "the www of the court: www.corte.gob.test",
    "publíquese en www.corte.gob.test",
    "will be published at https://www.corte.gob.test/bloqueos",
    "que imita a www.bancodelfaro.example",
    "se faz passar por www.bancodelfaro.example",
    "a look-alike of www.bancodelfaro.example",
    # what must not be touched
    "sin afectar a www.museum.example",
    "sem afetar www.museum.example",
    "without affecting www.museum.example",
    "salvo www.museum.example",
    "exceto www.museum.example",
    "except www.museum.example",
    "no se bloqueará www.museum.example",
    "must not affect www.museum.example",
    "no other site at these addresses may be affected, in particular www.museum.example",
    "ningún otro sitio podrá verse afectado, en particular www.museum.example",
    "nenhum outro site poderá ser afetado, em especial www.museum.example",
    # no such endings, no such numbers
    "goles.futbolero",
    "www.goles.inexistente",
    "vitrina3xample.onion",
    "300.1.1.1",
    "203.000.113.080",
    "203.0.113.0/45",
    "203.0.113.80/24",
    "203.0.113.80.80.1",
    "203.0.113.95-80",
    "2001:db8::/129",
    "2001:db8::1::2",
    "goles..example",
    "goles-.example",
    f"{'a' * 64}.example",
    "xn--a-.example",
    "gol*s.example",
    "goles–gratis.example",
    "foo://goles.example",
    "http://localhost/",
    "https://goles.inexistente/a",
    "goles.zip",
    "T.ME",
]


@pytest.mark.parametrize("written", NO_TARGETS)
def test_what_is_no_target_is_not_taken_for_one(written: str) -> None:
    assert values(written) == []
    assert values(f"Considerando lo que sigue:\n{written}\nSe resuelve.") == []
    assert values(f"Bloquéese goles-gratis.example.\n{written}") == [
        "goles-gratis.example"
    ]


def test_there_are_as_many_false_alarms_as_finds() -> None:
    assert len(NO_TARGETS) >= len(WRITTEN)


# Of these, a person is told: they may have been meant.
DOUBTFUL = [
    ("300.1.1.1", "300.1.1.1"),
    ("203.000.113.080", "203.000.113.080"),
    ("203.0.113.0/45", "203.0.113.0/45"),
    ("203.0.113.80/24", "203.0.113.80/24"),
    ("203.0.113.x", "203.0.113.x"),
    ("203.0.113.*", "203.0.113.*"),
    ("203.0.113.80-95", "203.0.113.80-95"),
    ("203.0.113.80 – 203.0.113.95", "203.0.113.80 – 203.0.113.95"),
    ("203.0.113.80 hasta 203.0.113.95", "203.0.113.80 hasta 203.0.113.95"),
    ("range from 203.0.113.80 to 203.0.113.95", "203.0.113.80 to 203.0.113.95"),
    ("2001:db8::-2001:db8::f", "2001:db8::-2001:db8::f"),
    ("203.0.113.95-80", "203.0.113.95-80"),
    ("203.0.113.7 a 203.0.113.9", "203.0.113.7 a 203.0.113.9"),
    ("203.0.113.80:8080", "203.0.113.80:8080"),
    ("203.0.113.80 (puerto 8080)", "203.0.113.80 (puerto 8080"),
    ("2001:db8::/129", "2001:db8::/129"),
    ("goles..example", "goles..example"),
    ("goles-.example", "goles-.example"),
    ("gol*s.example", "gol*s.example"),
    ("goles–gratis.example", "goles–gratis.example"),
    ("goles.example:8080", "goles.example:8080"),
    ("www.goles.inexistente", "www.goles.inexistente"),
    ("vitrina3xample.onion", "vitrina3xample.onion"),
    ("http://localhost/", "http://localhost/"),
    ("anexo.zip", "anexo.zip"),
    ("un dominio .com", ".com"),
    ("SE BLOQUEA GOLES.LA EMPRESA", "GOLES.LA"),
    ("Sitio web: www.corte.gob.test", "Sitio web: www.corte.gob.test"),
    ("ciérrese la cuenta goles@correo.example", "goles@correo.example"),
    ("y cualquier otro sitio que lo reproduzca", "y cualquier otro sitio"),
    (
        "Bloquéese a-b.example y todo otro que lo reproduzca",
        "y todo otro que lo reproduzca",
    ),
    (
        "a-b.example y los que en el futuro lo reemplacen",
        "y los que en el futuro lo reemplacen",
    ),
    ("Bloquéese a-b.example y sus direcciones IP", "y sus direcciones IP"),
    (
        "a-b.example, bem como os respectivos endereços IP",
        "bem como os respectivos endereços IP",
    ),
    (
        "a-b.example and their respective IP addresses",
        "and their respective IP addresses",
    ),
    ("a-b.example e seus espelhos", "e seus espelhos"),
    ("e os que venham a substituí-lo", "que venham a substituí-lo"),
    ("en forma definitiva", "en forma definitiva"),
    ("con carácter permanente", "con carácter permanente"),
    ("em caráter definitivo", "em caráter definitivo"),
    ("203.0.113.80 (only port 443)", "203.0.113.80 (only port 443"),
    ("203.0.113.80 (solo en el puerto 443)", "203.0.113.80 (solo en el puerto 443"),
    ("los sitios del Anexo I", "los sitios del Anexo I"),
    ("Bloqueo hasta sentencia definitiva", "hasta sentencia definitiva"),
    ("bem como quaisquer outros domínios", "bem como quaisquer outros domínios"),
    ("and any other website", "and any other website"),
    ("los sitios detallados en el anexo", "detallados en el anexo"),
    ("hasta nueva orden", "hasta nueva orden"),
    ("por tempo indeterminado", "por tempo indeterminado"),
    ("until further order", "until further order"),
]


@pytest.mark.parametrize(("written", "passage"), DOUBTFUL)
def test_what_may_have_been_meant_is_listed(written: str, passage: str) -> None:
    assert passage in doubts(written)


@pytest.mark.parametrize(
    "written",
    [
        "según el art. 5.2 de la Ley 19.924, Fibra Sur S.A. (EE.UU.) pagará $ 1.234.567,00.",
        "Juzgado de 3.er Turno, LAB 0-34567/2026, 2 de noviembre de 2026, 18:00:00.",
        "autos n.º 0801234-56.2026.4.03.6100, CPF 123.456.789-00, anexo.pdf",
        "se dicta la medida.La empresa responde dentro del plazo.No obstante",
        "5. Review. 6. Autos. 7. Now. The order.The provider",
        "bloqueos@corte.gob.test, tel. +598 2 000 00 00",
        "goles.example y sus direcciones IP: 203.0.113.80 y 203.0.113.81",
        "la sentencia definitiva y los permanentes espejos del salón, puerto de Candil",
        "y todo otro sí digo",
        "a-b.example;\nc-d.example, including all subdomains",
    ],
)
def test_what_is_certainly_no_target_raises_no_doubt(written: str) -> None:
    assert doubts(written) == []


# What stands around a target

AROUND = [
    # an address in brackets behind a name
    ("goles.example (203.0.113.80)", ["goles.example", "203.0.113.80 beside goles.example"]),
    ("goles.example [203.0.113.80]", ["goles.example", "203.0.113.80 beside goles.example"]),
    ("«goles.example» (IP: 203.0.113.80)", ["goles.example", "203.0.113.80 beside goles.example"]),
    (
        "goles.example (IP 203.0.113.80 y 203.0.113.81)",
        [
            "goles.example",
            "203.0.113.80 beside goles.example",
            "203.0.113.81 beside goles.example",
        ],
    ),
    (
        "https://www.goles.example/a (203.0.113.0/24)",
        ["https://www.goles.example/a", "203.0.113.0/24 beside www.goles.example"],
    ),
    ("goles.example ([2001:db8::80])", ["goles.example", "2001:db8::80 beside goles.example"]),
    ("goles.example, 203.0.113.80", ["goles.example", "203.0.113.80"]),
    ("goles.example (véase abajo) y 203.0.113.80", ["goles.example", "203.0.113.80"]),
    ("203.0.113.80 (goles.example)", ["203.0.113.80", "goles.example"]),
    # all below it
    ("goles.example y sus subdominios", ["*.goles.example"]),
    ("«goles.example» y todos sus subdominios", ["*.goles.example"]),
    ("goles.example, incluidos sus subdominios", ["*.goles.example"]),
    ("goles.example e seus subdomínios", ["*.goles.example"]),
    ("goles.example, bem como todos os seus subdomínios", ["*.goles.example"]),
    ("goles.example and its subdomains", ["*.goles.example"]),
    ("goles.example and all of its sub-domains", ["*.goles.example"]),
    ("goles.example (203.0.113.80) and its subdomains",
     ["*.goles.example", "203.0.113.80 beside goles.example"]),
    ("los subdominios de goles.example", ["*.goles.example"]),
    ("a-b.example and c-d.example and their subdomains", ["*.a-b.example", "*.c-d.example"]),
    ("a-b.example y c-d.example y sus respectivos subdominios", ["*.a-b.example", "*.c-d.example"]),
    ("a-b.example y los subdominios de c-d.example", ["a-b.example", "*.c-d.example"]),
    ("goles.example, sin sus subdominios", ["goles.example"]),
    ("goles.example, not including its subdomains", ["goles.example"]),
    ("goles.example. Sobre sus subdominios se resolverá", ["goles.example"]),
    ("a-b.example y c-d.example. El bloqueo comprenderá los subdominios de cada uno",
     ["*.a-b.example", "*.c-d.example"]),
    ("a-b.example and c-d.example. The measure covers the subdomains of each",
     ["*.a-b.example", "*.c-d.example"]),
    ("a-b.example e c-d.example. A medida abrange os subdomínios de ambos",
     ["*.a-b.example", "*.c-d.example"]),
    ("a-b.example y c-d.example. No comprenderá los subdominios de cada uno",
     ["a-b.example", "c-d.example"]),
    ("a-b.example;\nc-d.example, including all subdomains", ["a-b.example", "*.c-d.example"]),
    *(
        (text.format("a-b.example", "c-d.example"), ["*.a-b.example", "*.c-d.example"])
        for text in (
            "{} y {}, incluidos los subdominios de uno y otro.",
            "{} y {}, así como cualquier nombre situado por debajo de ambos.",
            "{} y {}. La medida alcanza también a los subdominios de tales nombres.",
            "{} e {}, e bem assim os nomes que deles dependam.",
            "{} e {}. A medida abrange os subdomínios daqueles nomes.",
            "{} and {}, in each case including all sub-domains.",
            "{} and {} and every name beneath either of them.",
            ":\n\n  Nome           Âmbito\n  {}    nome e todos os subdomínios"
            "\n  {}    nome e subdomínios\n",
            ":\n\n| Nombre | Subdominios |\n|---|---|\n| {} | sí, todos |\n| {} | todos |\n",
            ":\n\n  Name                    Note\n  {} and all its     -\n    subdomains"
            "\n  {} with all        -\n    sub-domains\n",
        )
    ),
    *(
        (text, ["a-b.example", "d.a-b.example"])
        for text in (
            "a-b.example. Se bloquearán asimismo estos subdominios: d.a-b.example.",
            "a-b.example y los siguientes subdominios, y ningún otro: d.a-b.example",
            "o nome a-b.example e os seguintes subdomínios, e nenhum outro: d.a-b.example",
            "a-b.example. These names below it are to be blocked as well: d.a-b.example.",
        )
    ),
    (":\n\n  Nombre         Subdominios\n  a-b.example    todos\n  c-d.example    no\n",
     ["*.a-b.example", "c-d.example"]),
    # once
    ("goles.example, GOLES.example. y «goles[.]example»", ["goles.example"]),
    ("goles.example y https://goles.example/", ["goles.example", "https://goles.example/"]),
    # a sentence goes on without a space
    ("goles-gratis.example.La empresa", ["goles-gratis.example"]),
    ("goles-gratis.example.The order", ["goles-gratis.example"]),
]  # fmt: skip


def shown(target: Target) -> str:
    star = "*." if target.subtree else ""
    return f"{star}{target.value}" + (
        f" beside {target.beside}" if target.beside else ""
    )


@pytest.mark.parametrize(("written", "targets"), AROUND)
def test_what_stands_around_a_target_is_read(written: str, targets: list[str]) -> None:
    assert [shown(one) for one in read(f"Bloquéese {written}").targets] == targets


def test_whose_subdomains_are_meant_may_be_doubtful() -> None:
    order = read("Bloquéese a-b.example y c-d.example y sus subdominios")
    assert [shown(one) for one in order.targets] == ["a-b.example", "*.c-d.example"]
    assert [one.text for one in order.not_understood] == ["y sus subdominios"]


@pytest.mark.parametrize(
    "text",
    [
        "retirará las páginas:\n - {0}\nEl resto del sitio a-b.example no será tocado.",
        "retirará {0}. El sitio a-b.example, en su conjunto, no debe retirarse.",
        "shall remove {0}\n\nThe site a-b.example as a whole is not to be disabled.",
        "shall remove {0} only, and not the remainder of the site a-b.example.",
        "removerá a página {0}, permanecendo no ar o restante de a-b.example.",
    ],
)
def test_a_site_may_be_spared_of_which_a_page_is_meant(text: str) -> None:
    order = read("Hospeda S.A. " + text.format("https://a-b.example/first"))
    assert [shown(one) for one in order.targets] == ["https://a-b.example/first"]
    assert [shown(one) for one in order.exceptions] == ["a-b.example"]


@pytest.mark.parametrize(
    "text",
    [
        "La medida se mantendrá hasta la sentencia y, como máximo, hasta el 30 de junio de 2027.",
        "Regirá hasta que concluya el torneo o, a más tardar, el 30 de junio de 2027. Bloquéese.",
        "O bloqueio cessará com o trânsito em julgado e, em todo caso, em 30 de junho de 2027.",
        "The block shall end with the season, that is to say on 30 June 2027.",
        "The block shall lapse when the season ends and in any event no later than 30 June 2027.",
        "It shall block it until the final match or 30 June 2027, whichever is the earlier.",
    ],
)
def test_a_day_behind_an_event_ends_it_at_the_latest(text: str) -> None:
    order = read(text)
    assert order.end is not None
    assert order.end.date().isoformat() == "2027-06-30"
    assert order.end_event


EXCEPTED = [
    "Bloquéese goles.example, sin afectar a www.museum.example ni a {}.",
    "Bloquéese goles.example, salvo www.museum.example y {}.",
    "Bloquéese goles.example. No se bloqueará www.museum.example, {}.",
    "Bloquéese goles.example. Los sitios www.museum.example y {} no deberán verse afectados.",
    "Bloquéese goles.example. Quedan excluidos de la medida: www.museum.example, {}",
    "Sin afectar a www.museum.example y {}, bloquéese goles.example.",
    "Bloqueie-se goles.example, sem afetar www.museum.example e {}.",
    "Bloqueie-se goles.example, exceto www.museum.example e {}.",
    "Bloqueie-se goles.example. A medida não deverá afetar www.museum.example nem {}.",
    "Bloqueie-se goles.example. www.museum.example e {} devem permanecer acessíveis.",
    "Block goles.example without affecting www.museum.example or {}.",
    "Block goles.example, except for www.museum.example and {}.",
    "Block goles.example. The measure must not affect www.museum.example and {}.",
    "Block goles.example, but www.museum.example and {} must remain reachable.",
    "Block goles.example. www.museum.example and {} must not be affected.",
    "Block goles.example. Do not block www.museum.example, {}.",
    "Bloquéese goles.example. No se deberá afectar www.museum.example ni el sitio {}.",
    "Bloquéese goles.example, sin perjuicio de mantener operativo www.museum.example y {}.",
    "Bloquéese goles.example, preservando el funcionamiento de www.museum.example y {}.",
    "Bloquéese goles.example, manteniendo en línea www.museum.example y {}.",
    "Bloquéese goles.example sin que ello alcance a www.museum.example ni a {}.",
    "Bloquéese goles.example, pero no www.museum.example ni {}.",
    "Bloquéese goles.example. Quedan a salvo www.museum.example y {}.",
    "Bloquéese goles.example. Los sitios www.museum.example y {} seguirán en línea.",
    "Bloqueie-se goles.example, preservando-se www.museum.example e {}.",
    "Bloqueie-se goles.example, preservando-se o funcionamento de www.museum.example e {}.",
    "Bloqueie-se goles.example, sem prejuízo de manter no ar www.museum.example e {}.",
    "Bloqueie-se goles.example, mas não www.museum.example nem {}.",
    "Block goles.example and leave www.museum.example and {} working.",
    "Block goles.example, keeping www.museum.example and {} online.",
    "Block goles.example and not www.museum.example nor {}.",
    "Block goles.example. www.museum.example and {} are unaffected.",
]


@pytest.mark.parametrize("text", EXCEPTED)
def test_what_is_not_to_be_touched_is_an_exception(text: str) -> None:
    order = read(text.format("198.51.100.20"))
    assert [one.value for one in order.targets] == ["goles.example"]
    assert [one.value for one in order.exceptions] == [
        "www.museum.example",
        "198.51.100.20",
    ]


NOT_EXCEPTED = [
    "Bloquéese, salvo orden en contrario, el sitio goles.example.",
    "Salvo que se acredite licencia, bloquéese goles.example.",
    "Bloquéese goles.example. Salvo mejor criterio.",
    "Bloqueie-se, salvo determinação em contrário, goles.example.",
    "Block, except where a licence is shown, goles.example.",
    "No correspondiendo afectar a terceros, bloquéese goles.example.",
    "Sin más trámite, bloquéese el acceso a goles.example.",
    "The provider shall not delay and shall block goles.example.",
    "Será multado el proveedor que no bloquee goles.example.",
    "Será multado o provedor que não bloqueie goles.example.",
    "Sin perjuicio de lo que se resuelva, bloquéese goles.example.",
    "Preservando la prueba, bloquéese goles.example.",
    "Bloquéese no solo por su contenido, y no por capricho, goles.example.",
    "Sin oír al titular ni demorar, bloquéese goles.example.",
    "Sem prejuízo das multas, bloqueie-se goles.example.",
    "Leave is granted to block goles.example.",
    "Keep the logs and block goles.example.",
    "Neither notice nor delay: block goles.example.",
]


@pytest.mark.parametrize("text", NOT_EXCEPTED)
def test_a_target_is_no_exception_by_a_word_alone(text: str) -> None:
    order = read(text)
    assert [one.value for one in order.targets] == ["goles.example"]
    assert order.exceptions == ()


def test_what_is_both_ordered_and_excepted_is_doubtful() -> None:
    order = read(
        "Bloquéese goles.example. La medida no deberá afectar a goles.example."
    )
    assert [one.value for one in order.targets] == ["goles.example"]
    assert order.exceptions == ()
    assert "goles.example" in [one.text for one in order.not_understood]


def test_a_mentioned_site_does_not_hide_the_target_before_it() -> None:
    text = "Suspend bancodelfaro-x.example, which imitates www.bancodelfaro.example."
    assert values(text) == ["bancodelfaro-x.example"]
    assert any("www.bancodelfaro.example" in passage for passage in doubts(text))


RECITED = [
    ("La actora, titular de mi-marca.example, solicita el bloqueo de goles.example.\n\n"
     "RESUELVO: bloquéese goles.example.", ["mi-marca.example"]),
    ("Según informe www.pericia.example (fs. 12), se emite sin licencia.\n\n"
     "SE RESUELVE:\n\n1. Bloquéese goles.example.", ["www.pericia.example"]),
    ("De la empresa Play Andes N.V. (https://www.playandes.example/terminos).\n\n"
     "DISPONGO el bloqueo de goles.example.", ["https://www.playandes.example/terminos"]),
    ("Vista la captura de web-archivo.example. Se ordena bloquear goles.example.",
     ["web-archivo.example"]),
    ("Visto que el actor tiene mi-marca.example, SE ORDENA bloquear goles.example.",
     ["mi-marca.example"]),
    ("En marzo se ordenó el bloqueo de a-b.example.\n\nRESUELVE: bloquéese goles.example.",
     ["a-b.example"]),
    ("A autora, titular do site minha-marca.example, requer a medida.\n\n"
     "DETERMINO que as operadoras bloqueiem goles.example.", ["minha-marca.example"]),
    ("A autora usa minha-marca.example. Ante o exposto, defiro o bloqueio de goles.example.",
     ["minha-marca.example"]),
    ("The claimant, who owns my-brand.example, complains.\n\n"
     "THE COURT ORDERS: Fibra Sur shall block goles.example.", ["my-brand.example"]),
    ("Evidence was kept at www.evidence.example. It is hereby ordered that Fibra Sur block "
     "goles.example.", ["www.evidence.example"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "recited"), RECITED)
def test_what_only_the_recitals_name_is_no_target(
    text: str, recited: list[str]
) -> None:
    order = read(text)
    assert [one.value for one in order.targets] == ["goles.example"]
    parts = {mention.target.value: mention.part for mention in order.mentions}
    for name in recited:
        assert parts[name] in (TargetPart.MENTIONED, TargetPart.CONTACT)
        assert not any(name in passage.text for passage in order.not_understood)


NOT_RECITED = [
    # the operative part names nothing itself
    "Se pidió el bloqueo de goles.example y a-b.example.\n\nRESUELVO: bloquear dichos sitios.",
    "Block goles.example and a-b.example. IT IS SO ORDERED.",
    "Block goles.example and a-b.example. It is ordered.",
    # there is none
    "La actora pide bloquear goles.example y también a-b.example.",
    # a command before it
    "1. Bloquéese goles.example.\n2. Asimismo, se ordena el bloqueo de a-b.example.",
    "As operadoras deverão bloquear goles.example. Determino ainda o bloqueio de a-b.example.",
    "Fibra Sur shall block goles.example. It is ordered that Móvil Norte block a-b.example.",
    # in the same sentence
    "Respecto de goles.example se ordena el bloqueo, y la baja de a-b.example.",
    # in both
    "Vistos goles.example y a-b.example, SE ORDENA bloquear goles.example y a-b.example.",
]


@pytest.mark.parametrize("text", NOT_RECITED)
def test_what_is_ordered_is_not_left_to_the_recitals(text: str) -> None:
    order = read(text)
    assert [one.value for one in order.targets] == ["goles.example", "a-b.example"]
    assert order.not_understood == ()


HANDED_TO = [
    "The registry shall change the name servers of goles.example to {} and {}.",
    "Replace the name servers of goles.example with {}, {}.",
    "Redelegate goles.example to {} and {}.",
    "The name servers of goles.example shall be changed to the following: {}, {}.",
    "Cámbiense los servidores de nombres de goles.example por {} y {}.",
    "Sustituir los servidores de nombres del dominio goles.example por los siguientes: {}, {}.",
    "Substituam-se os servidores de nomes de goles.example por {} e {}.",
    "Alterem-se os servidores de nomes do domínio goles.example para {} e {}.",
]


@pytest.mark.parametrize("text", HANDED_TO)
@pytest.mark.parametrize(
    "pair", [("ns1.c-d.example", "ns2.c-d.example"), ("a.b.test", "c.d.test")]
)
def test_what_a_domain_is_handed_to_is_no_target(
    text: str, pair: tuple[str, str]
) -> None:
    order = read(text.format(*pair))
    assert [one.value for one in order.targets] == ["goles.example"]
    assert order.technique is Technique.NAME_SERVERS
    assert [one.text for one in order.not_understood] == [*pair]


@pytest.mark.parametrize(
    "text",
    [
        "Bloquéense {} y {}.",
        "Block {}, {} at the resolvers.",
        "Seize the domains {} and {}.",
        "Cámbiense los servidores de nombres de {} y de {}.",
        "The name servers that answer for {} and {} shall be changed.",
    ],
)
def test_what_is_seized_is_a_target(text: str) -> None:
    order = read(text.format("a-b.example", "c-d.example"))
    assert [one.value for one in order.measures[0].targets] == [
        "a-b.example",
        "c-d.example",
    ]


def test_a_name_server_alone_may_be_blocked() -> None:
    assert values("Block ns1.goles.example and its subdomains.") == [
        "ns1.goles.example"
    ]


MENTIONED = [
    (
        "hacer lugar a lo pedido por la actora, titular de mi-marca.example",
        "mi-marca.example",
    ),
    ("pedido da autora, titular do site minha-marca.example", "minha-marca.example"),
    ("at the request of the claimant, who owns my-brand.example", "my-brand.example"),
    ("según captura tomada de web-archivo.example", "web-archivo.example"),
    (
        "denuncia en https://denuncias.gob.test/tramite/4",
        "https://denuncias.gob.test/tramite/4",
    ),
]


@pytest.mark.parametrize(("text", "name"), MENTIONED)
def test_whose_a_site_is_makes_it_no_target(text: str, name: str) -> None:
    order = read(f"{text}. RESUELVO: bloquéese goles.example. También: {text}.")
    assert [one.value for one in order.targets] == ["goles.example"]
    assert any(name in passage.text for passage in order.not_understood)


def test_what_the_claimant_owns_does_not_hide_the_target_behind_it() -> None:
    text = "The claimant, who owns my-brand.example, complains of goles.example."
    assert values(f"{text} It shall be blocked.") == ["goles.example"]
    assert any("my-brand.example" in passage for passage in doubts(text))


def test_what_nobody_orders_to_block_is_doubtful() -> None:
    order = read("The claimant complains of goles.example.")
    assert order.targets == ()
    assert [one.part for one in order.mentions] == [TargetPart.UNSURE]


def test_the_holder_of_a_target_does_not_hide_it() -> None:
    assert values("Ordénase al titular de goles.example retirar el sitio.") == [
        "goles.example"
    ]


# How

TECHNIQUES = [
    ("bloqueen el sitio en sus resolvedores de DNS", "resolver"),
    ("bloqueo por DNS", "resolver"),
    ("bloqueiem no resolvedor", "resolver"),
    ("em seus próprios resolvedores", "resolver"),
    ("block the name at their own resolvers", "resolver"),
    ("DNS blocking", "resolver"),
    ("bloqueo de la dirección IP", "address"),
    ("bloqueen las direcciones IP que siguen", "address"),
    ("bloqueio de endereços IP", "address"),
    ("block the following IP addresses", "address"),
    ("IP blocking", "address"),
    ("retirar el anuncio de la ruta BGP", "route"),
    ("withdraw the announcement of the prefix", "route"),
    ("bloqueo de la ruta", "route"),
    ("null-route the block", "address"),
    ("null route 203.0.113.80", "address"),
    ("nullroute 203.0.113.80", "address"),
    ("send it to a black hole", "address"),
    ("blackhole the traffic to 203.0.113.80", "address"),
    ("una ruta nula hacia 203.0.113.80", "address"),
    ("el tráfico va a un agujero negro", "address"),
    ("uma rota nula para 203.0.113.80", "address"),
    ("bloqueo por SNI", "server name"),
    ("by the server name (SNI)", "server name"),
    ("indicação do nome do servidor", "server name"),
    ("clientHold", "registrar hold"),
    ("the registrar shall place it on hold", "registrar hold"),
    ("al registrador la suspensión del dominio", "registrar hold"),
    ("serverHold", "registry hold"),
    ("the registry shall suspend the domain", "registry hold"),
    ("el registro de dominios suspenderá el nombre", "registry hold"),
    ("congelamento do domínio", "registry hold"),
    ("cámbiense los servidores de nombres", "name servers"),
    ("alteração dos servidores de nomes", "name servers"),
    ("la empresa de alojamiento retire el sitio", "host"),
    ("a empresa de hospedagem suspenderá o site", "host"),
    ("the hosting company shall take down the site", "host"),
    ("the CDN shall stop delivering the site", "cdn"),
    ("la red de distribución de contenidos deje de servir el sitio", "cdn"),
    ("the author shall remove the page", "author"),
    ("bloqueo en el resolvedor público", "public resolver"),
    ("the operator of the public DNS resolver", "public resolver"),
]

NO_TECHNIQUES = [
    "bloqueen el acceso a goles.example (IP 203.0.113.80)",
    "bloqueen el acceso a los sitios goles.example y a-b.example",
    "no se bloqueará por dirección IP",
    "and not by IP address",
    "sem bloqueio de endereços IP",
    "el registro del dominio es de 2024",
    "Registro Veloz responderá",
    "the registrar was asked on 3 October 2026",
    "the site is behind the CDN Brisa",
    "se indicará el motivo por DNS (código 16)",
    "el servidor respondió",
    "la ruta del dinero",
    "the road map of the account manager",
    "os provedores bloquearão o site",
    "shall block goles.example",
    "la cuenta bancaria",
]


@pytest.mark.parametrize(("text", "technique"), TECHNIQUES)
def test_a_technique_is_read_where_it_is_named(text: str, technique: str) -> None:
    found = read(f"Que {text}.").technique
    assert found is not None
    assert found.value == technique


def test_every_technique_is_read_in_some_words() -> None:
    assert {technique for _, technique in TECHNIQUES} == {
        one.value for one in Technique
    }


@pytest.mark.parametrize("text", NO_TECHNIQUES)
def test_a_technique_is_not_guessed(text: str) -> None:
    assert read(f"Que {text}.").technique is None


SEVERAL_TECHNIQUES = [
    (
        "Block the name at their resolvers, and block the following IP addresses.",
        ["at their resolvers", "block the following IP addresses"],
    ),
    (
        "Se ordena al NIC la baja del dominio a-b.example, y a la empresa de hosting Alojar el "
        "retiro de c-d.example.",
        ["NIC la baja", "baja del dominio", "hosting Alojar el retiro"],
    ),
    (
        "Se dispone el bloqueo dinámico de las direcciones IP, dominios y URL que siguen.",
        ["bloqueo dinámico de las direcciones IP, dominios y URL"],
    ),
    (
        "Determino o bloqueio dos domínios e endereços IP.",
        ["bloqueio dos domínios e endereços IP"],
    ),
    (
        "Blocking of IP addresses, domains and URLs.",
        ["Blocking of IP addresses, domains and URLs"],
    ),
]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("Dese de baja el dominio a-b.example.", "Dese de baja el dominio"),
        (
            "Cancélese el registro del dominio a-b.example.",
            "Cancélese el registro del dominio",
        ),
        ("Determino o cancelamento do domínio a-b.example.", "cancelamento do domínio"),
        ("The registry shall delete the domain a-b.example.", "delete the domain"),
        ("The registry shall not delete the domain a-b.example.", None),
        ("… sin que ello implique la baja del dominio a-b.example.", None),
    ],
)
def test_that_a_domain_is_to_be_deleted_is_a_doubt(
    text: str, passage: str | None
) -> None:
    order = read(text)
    assert [one.value for one in order.measures[-1].targets] == ["a-b.example"]
    if (
        order.measures[-1].act is not Act.DELETE
    ):  # that blocks nothing: it is told as what it is
        assert [one.text for one in order.not_understood] == (
            [passage] if passage else []
        )


@pytest.mark.parametrize(("text", "passages"), SEVERAL_TECHNIQUES)
def test_of_several_techniques_none_is_taken(text: str, passages: list[str]) -> None:
    order = read(text)
    assert order.technique is None
    assert "technique" not in order.where
    assert [one.text for one in order.not_understood] == passages


@pytest.mark.parametrize(
    "text",
    [
        "DNS blocking: the resolvers shall not resolve it, and block it in their DNS servers.",
        "Block it at the resolvers and not by IP address.",
        "Bloquéese en sus resolvedores y no por dirección IP.",
        "Bloqueiem em seus resolvedores e não por endereço IP.",
        "Block it at the resolvers rather than by IP address.",
        "The claimant asks for IP blocking.\n\nTHE COURT ORDERS: block it at the resolvers.",
        "El bloqueo se practicará mediante el sistema de nombres de dominio (DNS).",
        "Bloquéese goles.example y sus direcciones IP en sus resolvedores.",
        # Of one provider.
        "The provider Movil Norte shall block the name goles.example at its own resolver.",
        "El proveedor bloqueará el nombre goles.example en su propio resolvedor.",
        "O provedor deve bloquear o nome goles.example em seu próprio resolvedor.",
        "O provedor deve bloquear o nome goles.example no seu resolvedor.",
    ],
)
def test_one_technique_in_several_words_is_one(text: str) -> None:
    assert read(text).technique is Technique.RESOLVER


# By whom

EXECUTORS = [
    ("Ofíciese a Fibra Sur para que bloquee x-y.example.", ["Fibra Sur"]),
    ("Se ordena a Fibra Sur y a Móvil Norte el bloqueo.", ["Fibra Sur", "Móvil Norte"]),
    (
        "Ordénase a los proveedores de acceso a Internet (ISP) bloquear x-y.example.",
        ["los proveedores de acceso a Internet (ISP)"],
    ),
    (
        "Los proveedores de acceso Fibra Sur, Móvil Norte y Andarivel deberán bloquear x.example.",
        ["Fibra Sur", "Móvil Norte", "Andarivel"],
    ),
    ("El registrador Registro Veloz deberá suspender x-y.example.",
     ["El registrador Registro Veloz"]),
    ("Fibra Sur S.A. deberá bloquear x-y.example.", ["Fibra Sur S.A."]),
    ("Todos los proveedores de acceso y el registro deberán bloquear x-y.example.",
     ["Todos los proveedores de acceso", "el registro"]),
    ("Líbrense oficios a Fibra Sur S.A. y a Móvil Norte.", ["Fibra Sur S.A.", "Móvil Norte"]),
    (
        "Señor Director de la empresa proveedora de acceso a Internet Andarivel:",
        ["la empresa proveedora de acceso a Internet Andarivel"],
    ),
    ("Determino que as operadoras bloqueiem x-y.example.", ["as operadoras"]),
    (
        "DETERMINO: a) às prestadoras de telecomunicações que bloqueiem x.example; b) ao registro "
        "de domínios que congele z-z.example.",
        ["prestadoras de telecomunicações", "registro de domínios"],
    ),
    ("Aos Senhores Diretores das operadoras Fibra Sur, Móvil Norte.", ["Fibra Sur", "Móvil Norte"]),
    ("Oficie-se aos provedores de conexão à internet.", ["provedores de conexão à internet"]),
    ("O registro deverá congelar x-y.example.", ["O registro"]),
    ("Intime-se a Fibra Sur.", ["Fibra Sur"]),
    ("All access providers and the registry shall block x-y.example.",
     ["All access providers", "the registry"]),
    ("The registrar Registro Veloz shall suspend x-y.example.", ["The registrar Registro Veloz"]),
    ("The Court orders Fibra Sur to block x-y.example.", ["Fibra Sur"]),
    ("Fibra Sur and Móvil Norte shall block x-y.example.", ["Fibra Sur", "Móvil Norte"]),
    ("x-y.example is to be blocked by the access providers.", ["the access providers"]),
    ("DETERMINO aos provedores Fibra Sur e Móvil Norte que bloqueiem x-y.example.",
     ["Fibra Sur", "Móvil Norte"]),
    ("Ordénase a las empresas Fibra Sur, Andarivel y Móvil Norte bloquear x-y.example.",
     ["Fibra Sur", "Andarivel", "Móvil Norte"]),
    ("Se ordena al NIC la baja de x-y.example, y a la empresa de hosting Alojar el retiro del "
     "sitio.", ["NIC", "la empresa de hosting Alojar"]),
    ("A rede de distribuição de conteúdo Brisa deixe de entregar x-y.example.",
     ["rede de distribuição de conteúdo Brisa"]),
    ("The registry shall change the name servers of x-y.example.", ["The registry"]),
    ("Providers shall null-route 203.0.113.80.", ["Providers"]),
    ("The access providers listed in Annex B shall block x-y.example.", ["The access providers"]),
]  # fmt: skip

NO_EXECUTORS = [
    "Los clientes de los proveedores de acceso perdieron el servicio.",
    "El proveedor de alojamiento no respondió.",
    "The registry was not asked.",
    "The measure shall block the site.",
    "It shall block x-y.example.",
    "Notice shall be given to the holder.",
    "Notifíquese al titular y a la empresa de alojamiento Alojar.",
    "Intime-se o titular do nome e a empresa de hospedagem Alojar.",
    "SE RESUELVE:\n\nPrimero. Bloquéese x-y.example.",
    "Extended DNS Error 16 is given.",
    "A sociedade é cliente de um provedor de acesso.",
    "Those listed in Annex B shall block x-y.example.",
    "Los detallados en el Anexo B deberán bloquear x-y.example.",
    "Las empresas Fibra Sur y Móvil Norte no contestaron.",
    "Os provedores Fibra Sur e Móvil Norte foram ouvidos.",
    "Several providers and companies were asked.",
    "The registry changed its address.",
    "El sitio dejó de funcionar; la empresa Alojar deja de existir.",
    "Notice of this order shall be given to the hosting company Alojar and to its holder.",
]


@pytest.mark.parametrize(("text", "executors"), EXECUTORS)
def test_those_who_are_addressed_are_read_as_they_are_called(
    text: str, executors: list[str]
) -> None:
    assert list(read(text).executors) == executors


@pytest.mark.parametrize("text", NO_EXECUTORS)
def test_those_who_are_only_mentioned_are_not_addressed(text: str) -> None:
    assert read(text).executors == ()


# When


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc]


def local(*when: int) -> datetime:
    """A time whose zone is not told."""
    return datetime(*when)  # type: ignore[arg-type]


STARTS = [
    ("La medida rige desde el 3 de noviembre de 2026", local(2026, 11, 3)),
    ("El bloqueo comenzará el 1.º de diciembre de 2026", local(2026, 12, 1)),
    (
        "bloqueo a partir del día 3 de noviembre de 2026 a las 18:00 (UTC-3)",
        utc(2026, 11, 3, 21),
    ),
    (
        "bloqueo desde las 18:00 horas del 3 de noviembre de 2026",
        local(2026, 11, 3, 18),
    ),
    ("bloqueo desde 03/11/2026", local(2026, 11, 3)),
    ("Fecha de inicio: 03-11-2026", local(2026, 11, 3)),
    ("bloqueo desde el primero de diciembre de 2026", local(2026, 12, 1)),
    (
        "O bloqueio vale a partir de 3 de novembro de 2026, às 18h30",
        local(2026, 11, 3, 18, 30),
    ),
    ("bloqueio com início em 1º de dezembro de 2026", local(2026, 12, 1)),
    ("bloqueio a contar de 03/11/2026", local(2026, 11, 3)),
    ("The order is in force from 3 November 2026, 12:00 UTC", utc(2026, 11, 3, 12)),
    ("Blocking starts on November 3rd, 2026 at 6 pm", local(2026, 11, 3, 18)),
    ("block from 2026-11-03T12:00:00Z", utc(2026, 11, 3, 12)),
    ("block from 2026-11-03 12:00 -03:00", local(2026, 11, 3, 12)),
    ("block from 2026-11-03T12:00:00-03:00", utc(2026, 11, 3, 15)),
    ("block as of 25/11/2026", local(2026, 11, 25)),
    ("block as of 11/25/2026", local(2026, 11, 25)),
]
ENDS = [
    ("bloqueo hasta el 2 de diciembre de 2026", local(2026, 12, 2, 23, 59, 59)),
    ("bloqueo hasta las 24:00 horas del 1.º de diciembre de 2026", local(2026, 12, 2)),
    ("La medida vence el 02/12/2026", local(2026, 12, 2, 23, 59, 59)),
    ("bloqueio até 2 de dezembro de 2026", local(2026, 12, 2, 23, 59, 59)),
    (
        "bloqueio até as 23h59 (horário de Brasília) de 2 de dezembro de 2026",
        utc(2026, 12, 3, 2, 59),
    ),
    (
        "bloqueio até 2 de dezembro de 2026, às 18h (hora oficial de Brasília)",
        utc(2026, 12, 2, 21),
    ),
    (
        "change the name servers, so that visitors see a banner, until 30 November 2026",
        local(2026, 11, 30, 23, 59, 59),
    ),
    ("A ordem expira em 2 de dezembro de 2026 às 18h", local(2026, 12, 2, 18)),
    ("block until 2 December 2026", local(2026, 12, 2, 23, 59, 59)),
    ("The order expires on December 2, 2026", local(2026, 12, 2, 23, 59, 59)),
    ("block until 2026-12-02", local(2026, 12, 2, 23, 59, 59)),
]
NO_DATES = [
    "Puerto Candil, 2 de noviembre de 2026.",
    "VISTO el escrito del 2 de octubre de 2026, bloquéese.",
    "Bloquéese x-y.example, registrado el 3 de octubre de 2026.",
    "The site has shown matches from 2 October 2026.",
    "Los clubes podrán apelar.",
    "within 24 hours of 2 November 2026",
    "The Court sat on 2 November 2026 at 10:00.",
    "The Court sat on 2 November 2026 from 10:00 to 12:00.",
    "El 2 de noviembre de 2026 de 15:00 a 17:00 hubo audiencia.",
    "A perícia foi em 2 de novembro de 2026, das 15h às 17h.",
    "Bloqueo de 15 a 17 sitios del 2 de noviembre de 2026.",
    "This order shall not be disclosed to the registrant until 19 November 2026.",
    "Se difiere la notificación hasta el 2 de diciembre de 2026.",
]


@pytest.mark.parametrize(("text", "start"), STARTS)
def test_a_start_is_read(text: str, start: datetime) -> None:
    order = read(f"{text}.")
    assert order.start == start
    assert order.end is None


@pytest.mark.parametrize(("text", "end"), ENDS)
def test_an_end_is_read_and_a_day_counts_to_its_end(text: str, end: datetime) -> None:
    order = read(f"{text}.")
    assert order.end == end
    assert order.start is None


@pytest.mark.parametrize(
    "text",
    [
        "Bloqueo del 3 al 30 de noviembre de 2026.",
        "Bloqueo desde el 3 de noviembre hasta el 30 de noviembre de 2026.",
        "Bloqueio de 3 a 30 de novembro de 2026.",
        "Block from 3 to 30 November 2026.",
        "Block between 3 November and 30 November 2026.",
        "Start: 2026-11-03\nEnd: 2026-11-30",
    ],
)
def test_a_stretch_of_time_is_read(text: str) -> None:
    order = read(text)
    assert (order.start, order.end) == (
        local(2026, 11, 3),
        local(2026, 11, 30, 23, 59, 59),
    )


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Bloqueo el 8 de noviembre de 2026 de 15:00 a 17:00", 15, 17),
        ("Bloqueo el 8 de noviembre de 2026, de 15 a 17 horas", 15, 17),
        (
            "El bloqueo regirá el 8 de noviembre de 2026 entre las 15:00 y las 17:00",
            15,
            17,
        ),
        ("Bloqueo de 15:00 a 17:00 del 8 de noviembre de 2026", 15, 17),
        ("Bloqueo el 8 de noviembre de 2026 de 15:00 a 17:00 (UTC-3)", 18, 20),
        ("Bloqueio em 8 de novembro de 2026, das 15h às 17h", 15, 17),
        (
            "Bloqueio em 8 de novembro de 2026, das 15h às 17h (horário de Brasília)",
            18,
            20,
        ),
        ("Block on 8 November 2026 from 15:00 to 17:00 UTC", 15, 17),
        ("Block on 8 November 2026 between 3 pm and 5 pm", 15, 17),
    ],
)
def test_hours_of_a_day_are_a_start_and_an_end(
    text: str, first: int, last: int
) -> None:
    order = read(f"{text}.")
    in_zone = text.endswith(("UTC", ")"))
    told = utc if in_zone else local
    assert (order.start, order.end) == (
        told(2026, 11, 8, first),
        told(2026, 11, 8, last),
    )
    assert order.not_understood == ()
    assert ("zone" in order.where) is not in_zone


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Bloqueo hasta el 30 de junio de 2027 a las 23:59, hora legal de Colombia", 5),
        ("Bloqueo hasta el 30 de junio de 2027 a las 23:59 (hora de Bogotá, UTC-5)", 5),
        ("Bloqueo hasta el 30 de junio de 2027 a las 23:59 (UTC-5, hora de Bogotá)", 5),
        ("Bloqueo hasta las 23:59 del 30 de junio de 2027, hora colombiana", 5),
        ("Bloqueo hasta las 23:59 del 30 de junio de 2027 (UTC-5)", 5),
        ("Bloqueo hasta las 23:59, hora de La Paz, del 30 de junio de 2027", 4),
        ("Bloqueo hasta el 30 de junio de 2027 a las 23:59, hora peninsular", -2),
        ("O bloqueio vigora até 30 de junho de 2027, 23h59, hora de Brasília", 3),
        (
            "O bloqueio vigora até as 23h59 de 30 de junho de 2027, horário de Montevidéu",
            3,
        ),
        ("Block until 30 June 2027 at 11:59 p.m., Bogotá time", 5),
        ("Block until 11:59 p.m. Jamaica time on 30 June 2027", 5),
        ("Block until 11:59 p.m. on 30 June 2027, Peruvian time", 5),
    ],
)
def test_a_zone_is_known_by_its_country_or_city(text: str, hours: int) -> None:
    order = read(f"{text}.")
    assert order.end == utc(2027, 6, 30, 23, 59) + timedelta(hours=hours)
    assert order.not_understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "Bloqueo el 8 de noviembre de 2026 de 15:00 a 17:00, hora local.",
        "Bloqueo hasta el 8 de noviembre de 2026 a las 15:00, hora oficial de Chile.",
        "Bloqueo hasta las 15:00 del 8 de noviembre de 2026, hora oficial de Chile.",
        "Bloqueo hasta el 8 de noviembre de 2026 a las 15:00. La hora es hora legal de Colombia.",
        "O bloqueio vigora até 8 de novembro de 2026, 15h00, horário local.",
        "Block until 8 November 2026 at 15:00, Chile time.",
        "Block until 15:00 on 8 November 2026, local time.",
    ],
)
def test_a_zone_that_is_not_understood_is_doubtful(text: str) -> None:
    order = read(text)
    assert order.end in (local(2026, 11, 8, 15), local(2026, 11, 8, 17))
    assert len(order.not_understood) == 1
    assert "zone" in order.where


def test_capitals_with_spaces_between_them_are_no_words_of_a_language() -> None:
    odd = "R E S U E L V E :\r\n\r\n1.º)\tBloquéese a-b.example y c-d.example \ufb01bra"
    assert read(odd).language == "es"


def test_a_public_resolvers_address_that_is_to_be_blocked_is_a_target() -> None:
    order = read("Bloquéese www.a-b.example y la dirección 8.8.8.8.")
    assert [one.value for one in order.targets] == ["www.a-b.example", "8.8.8.8"]
    acts = read("Los operadores de 1.1.1.1 y 8.8.8.8 bloquearán a-b.example.")
    assert [one.value for one in acts.targets] == ["a-b.example"]


def test_a_ministry_of_information_and_communications_is_one() -> None:
    ministry = "Ministerio de Tecnologías de la Información y las Comunicaciones"
    order = read(f"Ordénese al {ministry} que bloquee a-b.example.")
    assert order.executors == (ministry,)


def test_the_registrars_part_is_not_how_others_block() -> None:
    order = read(
        "IT IS ORDERED THAT: 1. All access providers shall block a-b.example. "
        "2. The registrar shall suspend c-d.example."
    )
    assert order.technique is None
    assert "techniques" not in order.where


def test_where_somebody_is_is_no_addressee() -> None:
    order = read("Access providers in Coralia shall block a-b.example.")
    assert order.executors == ("Access providers",)


def test_an_address_that_is_not_sure_is_not_sure_wherever_it_stands() -> None:
    order = read(
        "The site a-b.example is at 203.0.113.80. THE COURT ORDERS: providers shall block "
        "a-b.example (203.0.113.80) at their resolvers."
    )
    parts = {one.part for one in order.mentions if one.target.value == "203.0.113.80"}
    assert len(parts) == 1


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        (
            "Bloquéese a-1.example hasta nueva orden. Vigente hasta el 30 de junio de 2027.",
            True,
        ),
        (
            "Bloqueie-se a-1.example até nova ordem. Vigente até 30 de junho de 2027.",
            True,
        ),
        ("Block a-1.example until further order. In force until 30 June 2027.", True),
        ("Block a-1.example until 30 June 2027 or until further order.", False),
        (
            "Block until 30 June 2027; it is then to be lifted without a further order.",
            False,
        ),
    ],
)
def test_until_further_order_is_no_end(text: str, endless: bool) -> None:
    order = read(text)
    assert order.end is not None
    assert ("endless" in order.where) is endless


@pytest.mark.parametrize(
    ("text", "blanks"),
    [
        ("Block […] until [...] or [   ].", 3),
        ("[Either] Block it. [Or] Hold it.", 2),
        ("[O bien] Bloquéese. [O bien] Suspéndase. [Si es reservado: motivo.]", 3),
        ("Bloqueie-se até [data]. [Ou] Suspenda-se.", 2),
        ("[DRAFT] Block goles[.]example [1]. Tick [ ] or [X].", 0),
    ],
)
def test_brackets_that_are_still_to_be_filled_in_are_counted(
    text: str, blanks: int
) -> None:
    assert len(read(text).blanks) == blanks


@pytest.mark.parametrize("text", NO_DATES)
def test_other_dates_are_neither_start_nor_end(text: str) -> None:
    order = read(text)
    assert (order.start, order.end) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "bloqueo hasta el 31 de febrero de 2027",
        "bloqueo desde el 3 de noviembre",
        "bloqueio até 30/02/2027",
        "block from 05/06/2027",  # the fifth of June, or the sixth of May?
        "bloqueo desde 03/11/26",
        "block from 2026-13-40",
    ],
)
def test_a_date_that_cannot_be_told_is_doubtful(text: str) -> None:
    order = read(text)
    assert (order.start, order.end) == (None, None)
    assert len(order.not_understood) == 1


def test_reversed_dates_are_kept_as_they_stand() -> None:
    order = read("Block from 30 November 2026 until 3 November 2026.")
    assert order.start is not None
    assert order.end is not None
    assert order.end < order.start


PERIODS = [
    ("por el plazo de 30 (treinta) días", timedelta(days=30)),
    ("por treinta (30) días", timedelta(days=30)),
    ("por el término de noventa días", timedelta(days=90)),
    ("durante 72 horas", timedelta(hours=72)),
    ("por un período de seis meses", timedelta(days=180)),
    ("por un mes", timedelta(days=30)),
    ("con una vigencia de dos semanas", timedelta(weeks=2)),
    ("por treinta y un días", timedelta(days=31)),
    ("por el término de (90) noventa días corridos", timedelta(days=90)),
    ("pelo prazo de 30 dias", timedelta(days=30)),
    ("por 48 (quarenta e oito) horas", timedelta(hours=48)),
    ("pelo período de vinte e um dias", timedelta(days=21)),
    ("com vigência de três meses", timedelta(days=90)),
    ("for 30 days", timedelta(days=30)),
    ("for a period of thirty (30) days", timedelta(days=30)),
    ("for ninety-nine days", timedelta(days=99)),
    ("for up to two weeks", timedelta(weeks=2)),
    ("for a month", timedelta(days=30)),
    ("lasting 72 hours", timedelta(hours=72)),
]
NO_PERIODS = [
    "en el plazo de 24 horas",
    "dentro de los diez días",
    "en 5 días",
    "no prazo de 24 horas",
    "em até dez dias",
    "within 24 hours",
    "no later than 5 days after service",
    "cada 15 días",
    "conservará los registros por seis meses",
    "shall keep the logs for 6 months",
    "guardar os registros pelo prazo de seis meses",
    "a site of 30 days ago",
    "la guardia de 24 horas",
    "por día",
]


@pytest.mark.parametrize(("text", "lasts"), PERIODS)
def test_a_period_is_read(text: str, lasts: timedelta) -> None:
    assert read(f"Bloqueo {text}.").lasts == lasts


@pytest.mark.parametrize("text", NO_PERIODS)
def test_other_periods_are_not_that_of_the_measure(text: str) -> None:
    assert read(f"Bloqueo: {text}.").lasts is None


@pytest.mark.parametrize(
    "text",
    [
        "por 10 días hábiles",
        "por treinta (60) días",
        "por 10 dias úteis",
        "for ten business days",
        "prorrogable por 30 días",
        "renewable for 30 days",
    ],
)
def test_a_period_that_cannot_be_told_is_doubtful(text: str) -> None:
    order = read(f"Bloqueo {text}.")
    assert order.lasts is None
    assert len(order.not_understood) == 1


# What else it says

NOTICES = [
    ("Notifíquese al titular del dominio.", Notice.GIVEN),
    ("Se notificará a los afectados.", Notice.GIVEN),
    ("Intime-se o titular.", Notice.GIVEN),
    (
        "Os titulares serão notificados; a notificação ao titular é imediata.",
        Notice.GIVEN,
    ),
    ("Notice shall be given to the registrant.", Notice.GIVEN),
    ("The owner of the site shall be notified.", Notice.GIVEN),
    ("Se difiere la notificación.", Notice.DEFERRED),
    ("No se notificará al titular.", Notice.DEFERRED),
    ("A notificação será diferida.", Notice.DEFERRED),
    ("Notice is deferred.", Notice.DEFERRED),
    ("It shall not be disclosed to the registrant.", Notice.DEFERRED),
    ("Without notice to the holder.", Notice.DEFERRED),
    (
        "Se difiere la notificación mientras dure la investigación.",
        Notice.DEFERRED_WITH_REASON,
    ),
    ("Sin noticia de la contraria.", Notice.DEFERRED_WITH_REASON),
    ("Sin oír a la otra parte.", Notice.DEFERRED_WITH_REASON),
    ("La medida se dicta inaudita altera parte.", Notice.DEFERRED_WITH_REASON),
    ("Autos em segredo de justiça.", Notice.DEFERRED_WITH_REASON),
    (
        "A notificação será diferida, para não frustrar a medida.",
        Notice.DEFERRED_WITH_REASON,
    ),
    (
        "Notice to the holder is deferred. There is an ongoing investigation.",
        Notice.DEFERRED_WITH_REASON,
    ),
    ("Notifíquese y archívese.", Notice.NOT_FOUND),
    ("Notifíquese a las operadoras.", Notice.NOT_FOUND),
    ("Oficie-se e intime-se.", Notice.NOT_FOUND),
    ("The providers shall be notified.", Notice.NOT_FOUND),
    ("There is an ongoing investigation.", Notice.NOT_FOUND),
]


@pytest.mark.parametrize(("text", "notice"), NOTICES)
def test_notice_is_given_deferred_or_not_found(text: str, notice: Notice) -> None:
    assert read(text).notice is notice


SAID = [
    ("end_event", "Bloquéese hasta sentencia definitiva.", "hasta sentencia definitiva"),
    ("end_event", "La medida rige mientras dure la investigación.",
     "mientras dure la investigación"),
    ("end_event", "Bloquéese mientras no obtenga autorización.",
     "mientras no obtenga autorización"),
    ("end_event", "Bloquéese hasta que se acredite la licencia.",
     "hasta que se acredite la licencia"),
    ("end_event", "Bloqueie-se até o trânsito em julgado.", "até o trânsito em julgado"),
    ("end_event", "Bloqueie-se enquanto durar a investigação.", "enquanto durar a investigação"),
    ("end_event", "Block it until final judgment.", "until final judgment"),
    ("end_event", "Block it until the holder shows a licence.", "until the holder shows a licence"),
    ("end_event", "The block shall end with the season.", "end with the season"),
    ("end_event", "Se difiere la notificación mientras dure la investigación.", ""),
    ("end_event", "Notice is deferred until final judgment.", ""),
    ("end_event", "Bloquéese hasta nueva orden.", ""),
    ("end_event", "Bloqueo mientras dure el partido.", ""),
    ("end_event", "Dictó sentencia definitiva en la causa.", ""),
    ("end_event", "The case was pending in March.", ""),
    ("annex", "Bloquéense los sitios del Anexo I.", "los sitios del Anexo I"),
    ("annex", "Bloquéense los dominios detallados en el anexo.", "detallados en el anexo"),
    ("annex", "Bloqueiem os sites conforme lista do Anexo.", "conforme lista do Anexo"),
    ("annex", "Block the sites listed in Annex B.", "listed in Annex B"),
    ("annex", "según el anexo.pdf", ""),
    ("annex", "Se agrega el anexo al expediente.", ""),
    ("annex", "the annex of the building", ""),
    ("territory", "Bloquéese en todo el territorio nacional.", "en todo el territorio nacional"),
    ("territory", "em todo o território nacional", "em todo o território nacional"),
    ("territory", "customers in the territory of Coralia", "in the territory of Coralia"),
    ("territory", "Alcance territorial: Coralia", "Coralia"),
    ("territory", "blocked nationwide", "nationwide"),
    ("window", "direcciones, durante los partidos, por", "durante los partidos"),
    ("window", "enquanto durar a partida", "enquanto durar a partida"),
    ("window", "only during the match.", "during the match"),
    ("review", "Se revisará el 16 de noviembre.", "Se revisará el 16 de noviembre."),
    ("review", "5. Revisão. Será revista em 30 dias.", "Será revista em 30 dias."),
    ("review", "It shall be reviewed monthly.", "It shall be reviewed monthly."),
    ("review", "Interpuso recurso de revisión.", ""),
    ("review", "subject to judicial review", ""),
    ("review", "Having reviewed the file, the Court", ""),
    ("review", "sin revisión alguna", ""),
    ("explains", "con el código 16 (Extended DNS Error)", True),
    ("explains", "informe o motivo pelo DNS", True),
    ("explains", "without an Extended DNS Error", False),
    ("explains", "el Código Penal, art. 16", False),
    ("notice_page", "verán una página de aviso", True),
    ("notice_page", "uma página de aviso", True),
    ("notice_page", "a banner, or HTTP 451", True),
    ("notice_page", "sin página de aviso", False),
    ("notice_page", "no notice page is shown", False),
    ("notice_page", "the page of the notice board", False),
    ("reasons", "Motivo: falta de licencia.", "Motivo: falta de licencia."),
    ("contacts", "Errores: bloqueos@corte.gob.test", ("bloqueos@corte.gob.test",)),
    ("contacts", "tel. +598 2000-0000.", ("+598 2000-0000",)),
    ("contacts", "telefone: (11) 0000-0142", ("(11) 0000-0142",)),
    ("contacts", "call the hotline 555 0142", ("555 0142",)),
    ("contacts", "Em caso de dúvida: (61) 0000-4444", ("(61) 0000-4444",)),
    ("contacts", "To report errors write to +1 370 555 0142", ("+1 370 555 0142",)),
    ("contacts", "Expediente 2908 1234", ()),
    ("contacts", "Errores en 2908 1234 casos", ()),
    ("contacts", "report mistakes at https://www.corte.gob.test/e", ("https://www.corte.gob.test/e",)),
]  # fmt: skip


@pytest.mark.parametrize(("field", "text", "value"), SAID)
def test_what_else_an_order_says(field: str, text: str, value: object) -> None:
    order = read(text)
    assert getattr(order, field) == value
    assert (field in order.where) == bool(value)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Los proveedores de acceso deberán bloquear el sitio.", "es"),
        ("Os provedores de acesso deverão bloquear o sítio e não outros.", "pt"),
        ("The access providers shall block the site.", "en"),
        ("goles.example", ""),
        ("", ""),
        ("封锁这个网站", ""),
    ],
)
def test_the_language_is_that_of_the_words(text: str, language: str) -> None:
    assert read(text).language == language


def test_languages_may_be_mixed() -> None:
    order = read(
        "The registrar shall place goles.example on hold. Pelo prazo de 30 dias, a partir de 3 de "
        "novembro de 2026. No deberá afectar a www.museum.example. Notice is given to the holder."
    )
    assert [one.value for one in order.targets] == ["goles.example"]
    assert [one.value for one in order.exceptions] == ["www.museum.example"]
    assert order.technique is Technique.REGISTRAR_HOLD
    assert order.lasts == timedelta(days=30)
    assert order.start == local(2026, 11, 3)
    assert order.notice is Notice.GIVEN


def test_where_says_where_each_field_stood() -> None:
    text = drafts()["clean"]["es"].text
    order = read(text)
    written = {name: text[start:end] for name, (start, end) in order.where.items()}
    assert written["lasts"] == "por el plazo de 30 (treinta) días"
    assert written["start"] == "desde el 3 de noviembre de 2026 a las 00:00 UTC"
    assert written["executors"] == "Fibra Sur"
    assert written["contacts"] == "bloqueos@corte.gob.test"
    assert written["explains"] == "error extendido del DNS"
    of_measures = {one.name for one in fields(Measure)}
    assert set(written) <= of_measures | {one.name for one in fields(Order)}


# What nobody would write


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\x00\x01\x02goles.example\x00",
        "\ud800goles.example\udfff",
        "<script>alert('goles.example')</script><img src=x onerror=y>",
        "封锁goles-gratis.example。下一句",
        "احجب goles-gratis.example الآن",
        "заблокировать гол.example",
        "\u202egoles.example\u202c",
        "a" * 5000 + ".example",
        "." * 5000,
        "https://" * 1000,
        "@" * 1000,
        "[.]" * 1000,
        "1" * 5000,
        "e" + "\u0301" * 5000,
        "por 99999999999 años, desde 9999-12-31T24:00 hasta 0001-01-01T00:00+14:00",
        "block from 9999-12-31 24:00 until 0001-01-01 00:00+14:00",
    ],
)
def test_hostile_text_is_read_like_any_other(text: str) -> None:
    read(text)


def test_text_with_active_parts_is_only_read() -> None:
    order = read(
        "Block <a href='https://goles.example/'>this</a> and <b>goles-ya.example</b>"
    )
    assert [one.value for one in order.targets] == [
        "https://goles.example/",
        "goles-ya.example",
    ]


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("sitio-{}.example", "sitio-{}.example"),
        ("hxxps://sitio-{}[.]example/a", "https://sitio-{}.example/a"),
    ],
)
def test_ten_thousand_targets_are_all_read(form: str, value: str) -> None:
    text = "Bloquéese:\n" + "\n".join(form.format(number) for number in range(10_000))
    found = {target.value for target in read_order(text).targets}
    assert found == {value.format(number) for number in range(10_000)}


@pytest.mark.parametrize(
    "piece",
    ["a.", "aa ", "[.]", "a:", "30 días ", "bloqueo ", "http://", "300.1.1.1 "],
)
def test_two_hundred_thousand_characters_of_nothing_are_read(piece: str) -> None:
    order = read_order(piece * (200_000 // len(piece)))
    assert len(order.targets) <= 1
    assert len(order.not_understood) <= 2


PIECES = st.sampled_from(
    [
        *(written for written, _, _ in WRITTEN),
        *NO_TARGETS,
        *(written for written, _ in DOUBTFUL),
        *(text for text, _ in TECHNIQUES),
        *(text for text, _ in EXECUTORS),
        *(text for text, _ in PERIODS),
        *(text for text, _ in STARTS),
        *(text for text, _ in NOTICES),
    ]
)
NOISE = st.text(st.characters(codec="utf-32"), max_size=12) | st.sampled_from(
    [
        *".,;:-–/@[]()«»\n\t *?\u200b\u0301\u3002",
        "\n\n",
        " y ",
        " e ",
        " and ",
        "..",
        "://",
    ]
)


@given(st.lists(PIECES | NOISE, max_size=12).map("".join))
def test_any_text_is_read_and_every_place_is_where_it_says(text: str) -> None:
    order = read(text)
    keys = [(one.kind, one.value) for one in order.targets]
    assert len(keys) == len(set(keys))
    for target in (*order.targets, *order.exceptions):
        match target.kind:
            case TargetKind.NAME:
                assert public_suffix(target.value) not in ("", target.value)
            case TargetKind.SUFFIX:
                assert public_suffix(target.value) == target.value
            case TargetKind.ADDRESS | TargetKind.PREFIX:
                assert ip_network(target.value)
            case TargetKind.URL:
                assert re.match(r"[a-z]+://[a-z0-9.:_\[\]-]+/", target.value)


@given(st.text(max_size=300))
def test_any_characters_are_read(text: str) -> None:
    read(text)


@given(
    st.sampled_from([text for text, _, _ in WRITTEN]),
    st.text("\u200b\u200d\u2060\ufeff\u00ad"),
)
def test_what_is_not_seen_changes_nothing(written: str, unseen: str) -> None:
    middle = len(written) // 2
    assert values(f"x {written[:middle]}{unseen}{written[middle:]}") == values(
        f"x {written}"
    )


# The drafts


def found(order: Order) -> dict[str, object]:
    """What was found in an order, without what is different in each language."""
    return {
        "targets": [(shown(one), one.kind.value) for one in order.targets],
        "exceptions": [one.value for one in order.exceptions],
        "technique": order.technique,
        "executors": len(order.executors),
        "start": order.start,
        "end": order.end,
        "lasts": order.lasts,
        "review": bool(order.review),
        "window": bool(order.window),
        "notice": order.notice,
        "contacts": order.contacts,
        "explains": order.explains,
        "notice_page": order.notice_page,
    }


FLAWED = {
    "targets": [
        ("goles-gratis.example", "name"),
        ("203.0.113.80 beside goles-gratis.example", "address"),
        ("mis-paginas.example", "name"),
    ],
    "exceptions": [],
    "technique": None,
    "executors": 2,
    "start": None,
    "end": None,
    "lasts": None,
    "review": False,
    "window": False,
    "notice": Notice.NOT_FOUND,
    "contacts": (),
    "explains": False,
    "notice_page": False,
}
CLEAN = {
    "targets": [("*.goles-gratis.example", "name")],
    "exceptions": ["municipio-candil.org.test", "aguas-de-candil.org.test"],
    "technique": Technique.RESOLVER,
    "executors": 2,
    "start": utc(2026, 11, 3),
    "end": None,
    "lasts": timedelta(days=30),
    "review": True,
    "window": False,
    "notice": Notice.GIVEN,
    "contacts": ("bloqueos@corte.gob.test", "555 0142"),
    "explains": True,
    "notice_page": False,
}
DRAFTS = {
    "flawed": FLAWED,
    "clean": CLEAN,
    "hold": {
        **FLAWED,
        "targets": [("*.bancodelfaro-clientes.example", "name")],
        "technique": Technique.REGISTRAR_HOLD,
        "executors": 1,
        "lasts": timedelta(hours=72),
        "review": True,
        "notice": Notice.DEFERRED_WITH_REASON,
        "contacts": ("guardia@corte.gob.test", "555 0143"),
    },
    "like-leakymails": {
        **FLAWED,
        "targets": [
            ("correos-filtrados.example", "name"),
            ("correos-filtrados.org.test", "name"),
            ("correos-filtrados.mis-paginas.example", "name"),
            ("203.0.113.90 beside correos-filtrados.mis-paginas.example", "address"),
        ],
        "executors": 1,
    },
    "like-messenger": {
        **FLAWED,
        "targets": [
            ("*.recado-rapido.example", "name"),
            ("*.recado-rapido.org.test", "name"),
        ],
        "start": utc(2026, 11, 3),
        "lasts": timedelta(hours=48),
        "notice": Notice.DEFERRED_WITH_REASON,
    },
    "like-match-addresses": {
        **FLAWED,
        "targets": [("192.0.2.80", "address"), ("192.0.2.81", "address")],
        "technique": Technique.ADDRESS,
        "executors": 1,
        "start": local(2026, 11, 6),
        "end": local(2027, 5, 23, 23, 59, 59),
        "window": True,
    },
}
NOT_READ = {
    "like-leakymails": ["mientras dure la investigación", "Comuníquese a la autoridad"],
    "like-messenger": ["bem como quaisquer outros domínios"],
    "like-match-addresses": [
        "podrá añadir cada semana nuevas direcciones",
        "Notifíquese a las operadoras",
    ],
}


def test_there_is_a_draft_for_each_purpose() -> None:
    assert set(drafts()) == set(DRAFTS)
    assert {key: tuple(written) for key, written in drafts().items()} == {
        "flawed": ("en", "es", "pt"),
        "clean": ("en", "es", "pt"),
        "hold": ("en", "es", "pt"),
        "like-leakymails": ("es",),
        "like-messenger": ("pt",),
        "like-match-addresses": ("es",),
    }


@pytest.mark.parametrize(("key", "language"), EVERY_DRAFT)
def test_a_draft_is_read_as_it_is_meant(key: str, language: str) -> None:
    order = read(drafts()[key][language].text)
    assert found(order) == DRAFTS[key]
    assert order.language == language
    assert [one.text for one in order.not_understood] == NOT_READ.get(key, [])


@pytest.mark.parametrize(("key", "language"), EVERY_DRAFT)
def test_a_draft_is_invented_and_says_so_in_its_language(
    key: str, language: str
) -> None:
    draft = drafts()[key][language]
    assert draft.text.startswith(f"{checklist.languages()[language]['training']}\n")
    assert draft.title
    assert draft.source.startswith(("invent",))
    for target in read_order(draft.text).targets:
        if target.kind is TargetKind.NAME:
            assert public_suffix(target.value) in words("names", "suffixes")


# The vocabulary


def test_every_ending_of_the_labs_registries_is_known() -> None:
    suffixes = {
        suffix for registry in World.load().registries for suffix in registry.suffixes
    }
    assert suffixes <= words("names", "suffixes")


def every_phrase() -> Iterator[tuple[tuple[str, ...], str]]:
    def within(
        table: object, path: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], str]]:
        if isinstance(table, dict):
            for key, value in table.items():
                yield from within(value, (*path, key))
        elif isinstance(table, list):
            yield from ((path, phrase) for phrase in table)

    for language in LANGUAGES:
        yield from within(vocabulary()[language], (language,))


def test_every_phrase_can_be_found() -> None:
    """A phrase stands in small letters without accents, and begins with plain characters."""
    for path, phrase in every_phrase():
        assert DraftText.of(
            phrase.replace("~", "").replace("…", "")
        ).folded == phrase.replace("~", "").replace("…", ""), (path, phrase)
        one = Phrases([phrase])
        assert all(each.head[:1].isalnum() for each in one.every), (path, phrase)


PARTS = {
    type(part).part: part
    for part in (
        finding.RE,
        firms.RE,
        marked.RE,
        reading.RE,
        roles.RE,
        terms.RE,
        reading.words.RE,
    )
}


def expressions_of(part: Expressions) -> set[str]:
    return {
        name
        for name, field in vars(type(part)).items()
        if isinstance(field, Expression)
    }


def test_every_expression_can_be_looked_for() -> None:
    for key, part in PARTS.items():
        for name in expressions_of(part):
            assert getattr(part, name).pattern, (key, name)


def test_every_expression_is_asked_for_or_a_piece_of_another() -> None:
    written = vocabulary()["expressions"]
    assert PARTS.keys() == written.keys()
    for key, part in PARTS.items():
        text = "\n".join(map(str, written[key].values()))
        pieces = {name for name in written[key] if f"{{{name}}}" in text}
        assert written[key].keys() == expressions_of(part) | pieces, key


def test_the_languages_have_words_for_the_same_things() -> None:
    paths = {
        code: {path[1:] for path, _ in every_phrase() if path[0] == code}
        for code in LANGUAGES
    }
    assert paths["es"] == paths["pt"] == paths["en"]


def test_no_ending_of_a_file_is_one_of_names() -> None:
    assert {one for one in words("names", "files") if public_suffix(one)} == set()
    assert {
        one for one in words("names", "doubtful") if not public_suffix(one)
    } == set()


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("bloque~", "bloqueese y desbloqueo", ["bloqueese"]),
        ("por dns", "por\n  dns, por dns.", ["por\n  dns", "por dns"]),
        ("block~ … address", "blocking (the address) block an ip address", ["block an ip address"]),
        ("block~ … address", "block a name, block an address", ["block an address"]),
        ("block~ … address", "block x.example by address", ["block x.example by address"]),
        ("block~ … address", "block it. the address", []),
        ("(sitio )?web ?:", "web: x, sitio web : y", ["web:", "sitio web :"]),
    ],
)  # fmt: skip
def test_a_phrase_finds_what_it_says(phrase: str, text: str, found: list[str]) -> None:
    assert [text[slice(*span)] for span in Phrases([phrase]).found_in(text)] == found


SOME_OF_A_LIST = [
    (
        "con los subdominios de los dos primeros",
        ["*.a-b.example", "*.c-d.example", "e-f.example"],
    ),
    ("com os subdomínios do último", ["a-b.example", "c-d.example", "*.e-f.example"]),
    (
        "with the subdomains of the first",
        ["*.a-b.example", "c-d.example", "e-f.example"],
    ),
]


@pytest.mark.parametrize(("said", "meant"), SOME_OF_A_LIST)
def test_subdomains_of_some_of_a_list_are_meant(said: str, meant: list[str]) -> None:
    order = read(f"RESUELVO: bloquear a-b.example, c-d.example, e-f.example, {said}.")
    assert [
        f"*.{one.value}" if one.subtree else one.value for one in order.targets
    ] == meant


SPARED_BEHIND = [
    "El sitio oficial, c-d.example, no es materia de esta orden.",
    "El portal c-d.example no queda alcanzado por la medida.",
    "O portal c-d.example não é atingido pela presente ordem.",
    "Nada se faça em relação a c-d.example.",
    "No step shall be taken against c-d.example, which is the genuine shop.",
    "The licensed shop whose site is c-d.example is not concerned; its site shall remain open.",
]


@pytest.mark.parametrize("said", SPARED_BEHIND)
def test_what_is_said_behind_a_name_spares_it(said: str) -> None:
    order = read(f"RESUELVO: bloquear a-b.example. {said}")
    assert [one.value for one in order.targets] == ["a-b.example"]
    assert [one.value for one in order.exceptions] == ["c-d.example"]


def test_a_column_that_is_called_by_its_name_is_meant() -> None:
    order = read(
        'RESUELVO: descartar el tráfico hacia lo consignado en la columna "IP".\n\n'
        "Sitio           IP\na-b.example     203.0.113.7\nc-d.example     203.0.113.8\n"
    )
    assert [one.value for one in order.targets] == ["203.0.113.7", "203.0.113.8"]


def test_no_line_of_a_text_is_remembered_once_it_is_read() -> None:
    read_order("RESUELVO: bloquear\n\nSitio   IP\na-b.example   203.0.113.7\n")
    assert tables.cells.cache_info().currsize == 0


def test_a_page_goes_on_in_the_next_line() -> None:
    order = read("RESUELVO: bloquear\nhttps://a-b.example/tienda/\noferta-2-x.html")
    assert [one.value for one in order.targets] == [
        "https://a-b.example/tienda/oferta-2-x.html"
    ]


@pytest.mark.parametrize(
    "lifts",
    [
        "The blocks of 203.0.113.80 and of mis-paginas.example are revoked.",
        "The order on mis-paginas.example is annulled. The block of 203.0.113.80 is set aside.",
        "Block goles-gratis.example, and nothing else at 203.0.113.80; "
        "the measure against mis-paginas.example is withdrawn.",
        "Déjese sin efecto la orden respecto de la IP 203.0.113.80 y del nombre "
        "mis-paginas.example.",
        "Revóquese el bloqueo de mis-paginas.example. Cese el bloqueo de la IP 203.0.113.80.",
        "Revogo o bloqueio de mis-paginas.example. Cessa o bloqueio do endereço 203.0.113.80.",
    ],
)
def test_what_is_lifted_is_not_hit(lifts: str) -> None:
    order = read_order(f"{lifts} Fibra Sur shall block the name goles-gratis.example.")
    assert [one.value for one in order.targets] == ["goles-gratis.example"]
    lifted = {one.value for one in order.exceptions}
    for measure in order.others:
        assert measure.act is Act.LIFT
        lifted |= {one.value for one in measure.targets}
    assert lifted == {"203.0.113.80", "mis-paginas.example"}


def test_what_is_lifted_some_day_is_hit_until_then() -> None:
    order = read_order(
        "The block of goles.example shall last until the order is lifted."
    )
    assert [one.value for one in order.targets] == ["goles.example"]
