"""Orders that speak of the addresses behind a name: "and its IP addresses".

Sentences are composed of a verb, a target, a connector, a noun and what stands around it, in each
language. What is denied, and what speaks of addresses for another reason, stands beside them.
"""

from __future__ import annotations

import time
from itertools import product

import pytest

from labsupport.orders.order import Order
from labsupport.orders.reading import addresses, finding, read_order, roles, terms
from labsupport.orders.reading.addresses import AddressMeaning
from labsupport.orders.reading.words import DraftText
from labsupport.orders.techniques import Technique

NAME = "ruleta-facil.example"


def meanings(text: str) -> list[str]:
    """Return what each word for an address is there for."""
    page = DraftText.of(text)
    targets = roles.sort(page, finding.Finds(page)).targets
    language = terms.language_of(page)
    return [one.meaning.value for one in addresses.read(page, targets, 0, language)]


def doubts(order: Order) -> list[str]:
    return [passage.text for passage in order.not_understood]


# Composed

VERBS = {
    "es": ["Bloquéese", "Se ordena bloquear", "Procédase al bloqueo de"],
    "pt": ["Bloqueie-se", "Determino o bloqueio de", "Requer-se o bloqueio de"],
    "en": ["Block", "The ISPs shall block", "They must prevent access to"],
}
TARGETS = {
    "es": [NAME, f"el dominio «{NAME}»", f"el sitio web https://{NAME}/juego"],
    "pt": [NAME, f"o domínio “{NAME}”", f"o site https://{NAME}/jogo"],
    "en": [NAME, f'the domain "{NAME}"', f"the page https://{NAME}/play"],
}
CONNECTORS = {
    "es": ["y", ", así como", "junto con", ", además de", ", incluyendo", ","],
    "pt": ["e", ", bem como", ", assim como", "juntamente com", ", incluindo"],
    "en": ["and", ", as well as", "together with", "along with", ", including"],
}
# Nouns with a word that says whose they are, before them or behind.
NOUNS = {
    "es": [
        "su IP",
        "sus I.P.",
        "sus direcciones IP",
        "la IP asociada",
        "las IP's vinculadas al mismo",
        "todas las IP a las que apunte",
        "las direcciones IP que utiliza",
        "cualquier IP en que se aloje",
        "su respectiva numeración IP",
    ],
    "pt": [
        "seu IP",
        "seus endereços IP",
        "os respectivos IPs",
        "o respetivo endereço IP",
        "os IPs a ele associados",
        "todos os endereços de IP que utilize",
        "o IP em que está hospedado",
        "qualquer IP para o qual aponte",
        "sua numeração IP",
    ],
    "en": [
        "its IP",
        "its IPs",
        "its IP addresses",
        "all related IP addresses",
        "the IP addresses associated with it",
        "any IP address to which it resolves",
        "every IP address used by the site",
        "the IP on which it is hosted",
        "the corresponding I.P. address",
    ],
}
MACHINES = {
    "es": ["el servidor donde se aloja", "el servidor que lo hospeda"],
    "pt": ["o servidor que o hospeda", "o servidor onde está alojado"],
    "en": ["the server on which it is hosted", "the server hosting it"],
}
LANGUAGES = sorted(VERBS)


def composed(language: str) -> list[str]:
    """Return sentences in which each noun stands with each connector, verbs and targets in turn."""
    nouns = [*NOUNS[language], *MACHINES[language]]
    sentences = []
    around = list(product(VERBS[language], TARGETS[language]))
    for number, (connector, noun) in enumerate(product(CONNECTORS[language], nouns)):
        verb, target = around[number % len(around)]
        joined = connector if connector.startswith(",") else f" {connector}"
        sentences.append(f"{verb} {target}{joined} {noun}.")
    return sentences


COMPOSED = [text for language in LANGUAGES for text in composed(language)]


def test_hundreds_are_composed() -> None:
    assert len(COMPOSED) == len({*COMPOSED}) == 176


@pytest.mark.parametrize("text", COMPOSED)
def test_addresses_behind_a_name_are_meant_too(text: str) -> None:
    assert meanings(text) == ["too"]
    order = read_order(text)
    assert order.technique is None
    start, end = order.where["addresses"]
    assert any(text[start:end] in doubt for doubt in doubts(order))
    assert len(order.targets) == 1


WITH_A_WAY = {
    "es": "{verb} {target} por DNS y también {noun}.",
    "pt": "{verb} {target} por DNS e também {noun}.",
    "en": "{verb} {target} by DNS and also {noun}.",
}
BESIDE_A_WAY = [
    WITH_A_WAY[language].format(verb=verb, target=NAME, noun=noun)
    for language in LANGUAGES
    for verb, noun in product(VERBS[language], NOUNS[language])
]


@pytest.mark.parametrize("text", BESIDE_A_WAY)
def test_how_to_block_is_what_the_text_says_besides(text: str) -> None:
    assert meanings(text) == ["too"]
    assert read_order(text).technique is Technique.RESOLVER


SENTENCES_OF_THEIR_OWN = [
    f"Bloquéese {NAME}. La medida se extiende a sus direcciones IP.",
    f"Bloquéese {NAME}. Sus direcciones IP también serán bloqueadas.",
    f"Bloquéese {NAME}. El bloqueo alcanzará a las IP en que se aloje.",
    f"Bloqueie-se {NAME}. A medida abrange os IPs associados.",
    f"Bloqueie-se {NAME}. Seus endereços IP também serão bloqueados.",
    f"Block {NAME}. The measure extends to its IP addresses.",
    f"Block {NAME}. Its IP addresses shall also be blocked.",
]
OTHER_FORMS = [
    f"Bloquéese tanto el dominio {NAME} como su dirección IP.",
    f"Bloqueie-se tanto o site {NAME} quanto seu IP.",
    f"Block both the site {NAME} and its IP.",
    f"Bloquéese el dominio e IP de {NAME}.",
    f"Bloqueie-se o domínio e o IP de {NAME}.",
    f"Block the domain and IP addresses of {NAME}.",
    f"Bloquéense la IP y el dominio {NAME}.",
    f"Block the IP address and the domain {NAME}.",
    f"Bloquéese {NAME} (dominio, subdominios e IP).",
    f"Bloqueie-se {NAME} (domínio, subdomínios e IPs).",
    f"Block {NAME} (domain, subdomains and IPs).",
    f"Bloquéese {NAME} (y su IP).",
    f"Bloquéese {NAME} por DNS y por IP.",
    f"Bloqueie-se {NAME} por domínio e por IP.",
    f"Block {NAME} by domain and by IP.",
    f"Bloquéese {NAME} y la IP.",
    f"No permitan el acceso a {NAME} ni a sus IP.",
    f"Bloquéese no solo {NAME} sino también su IP.",
    f"Block not only {NAME} but also its IP.",
    f"Procédase al bloqueo de {NAME} y al bloqueo de las IP asociadas.",
    f"Bloquéese:\n1. {NAME};\n2. su dirección IP.",
    "Bloquéense los sitios del Anexo I y sus direcciones IP.",
]


@pytest.mark.parametrize("text", [*SENTENCES_OF_THEIR_OWN, *OTHER_FORMS])
def test_addresses_are_meant_too_however_that_is_said(text: str) -> None:
    assert meanings(text) == ["too"]
    order = read_order(text)
    assert "addresses" in order.where
    assert order.technique is not Technique.ADDRESS
    assert order.not_understood


# Denied

DENIALS = {
    "es": [
        ", sin afectar {}",
        ", sin bloquear {}",
        " y no {}",
        ", pero no {}",
        ", con exclusión de {}",
        ", dejando intactas {}",
        ", dejando {} a salvo",
        " en lugar de {}",
        ". No se bloquearán {}",
    ],
    "pt": [
        ", sem atingir {}",
        ", sem bloquear {}",
        " e não {}",
        ", mas não {}",
        ", com exclusão de {}",
        ", deixando {} de fora",
        " em vez de {}",
        ". Não serão bloqueados {}",
    ],
    "en": [
        ", without affecting {}",
        " and not {}",
        ", but not {}",
        ", excluding {}",
        ", leaving {} untouched",
        " rather than {}",
        ". Do not block {}",
    ],
}
DENIED_NOUNS = {
    "es": ["sus IP", "las direcciones IP asociadas", "las IP en que se aloje"],
    "pt": ["seus IPs", "os endereços IP associados", "os respectivos IPs"],
    "en": ["its IPs", "any IP address", "the IP addresses associated with it"],
}
BY_DNS = {
    "es": "Bloquéese {} por DNS",
    "pt": "Bloqueie-se {} por DNS",
    "en": "Block {} by DNS",
}
DENIED = [
    BY_DNS[language].format(NAME) + denial.format(noun) + "."
    for language in LANGUAGES
    for denial, noun in product(DENIALS[language], DENIED_NOUNS[language])
]


@pytest.mark.parametrize("text", DENIED)
def test_addresses_that_are_not_to_be_touched_are_not_meant(text: str) -> None:
    assert meanings(text) == ["not"]
    order = read_order(text)
    assert order.technique is Technique.RESOLVER
    assert "addresses" not in order.where
    assert [target.value for target in order.targets] == [NAME]
    assert doubts(order) == []


@pytest.mark.parametrize(
    "text",
    [
        f"Bloquéese {NAME} por DNS y no por IP.",
        f"Bloqueie-se {NAME} por DNS e não por IP.",
        f"Block {NAME} by DNS and not by IP.",
        f"Bloquéese {NAME} por DNS. Sus direcciones IP no serán bloqueadas.",
        f"Bloqueie-se {NAME} por DNS. Seus endereços IP não serão bloqueados.",
        f"Block {NAME} by DNS. Its IP addresses shall not be blocked.",
        f"Bloquéese por DNS {NAME} y ninguna dirección IP.",
        f"Bloqueie-se por DNS {NAME} e nenhum endereço IP.",
        f"Block by DNS {NAME}, and no IP address.",
        f"Block {NAME} by DNS. No Defendant is required to block any IP address.",
        f"Bloquéese {NAME} por DNS. No se dispone medida alguna sobre direcciones IP.",
    ],
)
def test_what_is_denied_in_other_words_is_denied(text: str) -> None:
    assert meanings(text) == ["not"]
    assert read_order(text).technique is Technique.RESOLVER


# For another reason

OTHERS = [
    "El imputado usó diversas IP.",
    "Remítanse los registros de IP de los administradores.",
    "Informe la empresa las direcciones IP de los usuarios que ingresaron.",
    "Consérvense los logs con las IP de conexión.",
    "La denunciante presta telefonía IP.",
    "O réu acessou por vários IPs.",
    "Forneçam-se os registros de IP dos administradores.",
    "Informe a empresa os endereços IP dos visitantes.",
    "Preservem-se os dados de acesso e IPs de conexão.",
    "The culprit used several IP addresses.",
    "Disclose the IP addresses of its visitors.",
    "Preserve the log-in IPs of its administrator.",
    "The site infringes the IP rights of the claimant.",
]


@pytest.mark.parametrize("text", OTHERS)
@pytest.mark.parametrize("way", BY_DNS.values())
def test_addresses_are_spoken_of_for_another_reason(text: str, way: str) -> None:
    order = read_order(f"{text} {way.format(NAME)}.")
    assert meanings(f"{way.format(NAME)}. {text}") == ["other"]
    assert order.technique is Technique.RESOLVER
    assert "addresses" not in order.where


@pytest.mark.parametrize(
    "text",
    [
        f"Bloquéese por DNS {NAME} y consérvense las direcciones IP de conexión.",
        f"Bloqueie-se por DNS {NAME} e forneçam-se os endereços IP dos visitantes.",
        f"Block {NAME} by DNS and disclose the IP addresses of its visitors.",
    ],
)
def test_data_in_the_sentence_of_a_block_are_no_way_of_blocking(text: str) -> None:
    assert meanings(text) == ["other"]
    assert read_order(text).technique is Technique.RESOLVER


@pytest.mark.parametrize(
    "text",
    [
        f"Bloquéense {NAME} y la IP 203.0.113.80.",
        f"Bloquéese {NAME} y sus direcciones IP: 203.0.113.80 y 203.0.113.81.",
        f"Bloqueie-se {NAME} e o IP 203.0.113.80.",
        f"Block {NAME} and its IP address (203.0.113.80).",
        f"Block {NAME} and the IP address 2001:db8::80.",
        "Bloquéense las direcciones IP siguientes: 203.0.113.80, 203.0.113.81.",
        "Block, by IP address, 203.0.113.80.",
        "Bloqueen en sus redes las direcciones IP 203.0.113.80 y 203.0.113.81.",
        f"Bloquéese {NAME} por DNS o por IP.",
        f"Block {NAME} by DNS or by IP address.",
    ],
)
def test_an_address_that_is_written_out_and_a_choice_are_told_elsewhere(
    text: str,
) -> None:
    assert meanings(text) == ["other"]
    assert "addresses" not in read_order(text).where


# Not clear

UNCLEAR = [
    f"Bloquéese {NAME} por DNS. Queda el tema de las IP.",
    f"Bloquéese {NAME} por DNS. Véanse las IP.",
    f"Bloquéese {NAME} y las IP de sus usuarios.",
    f"Bloquéense las IP de {NAME}.",
    "Bloquéense, según el informe pericial, las direcciones IP asociadas al servicio.",
    f"Bloquéese {NAME} sin afectar otros sitios, y también su IP.",
    f"Bloqueie-se {NAME} por DNS. Vejam-se os IPs.",
    f"Block {NAME} by DNS. There is the matter of the IPs.",
]


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_no_rule_explains_is_shown_as_a_doubt(text: str) -> None:
    assert meanings(text) == ["unclear"]
    order = read_order(text)
    assert any("IP" in doubt for doubt in doubts(order))
    assert "addresses" not in order.where


def test_what_is_only_asked_for_is_no_part_of_the_order() -> None:
    text = (
        f"The claimant asks to block {NAME} and its IP addresses.\n\n"
        f"THE COURT ORDERS: block {NAME} by DNS."
    )
    order = read_order(text)
    assert "addresses" not in order.where
    assert order.technique is Technique.RESOLVER
    assert not order.with_addresses


@pytest.mark.parametrize(
    "piece", ["IP ", "y su IP, ", "no de la IP y ", f"{NAME} y su IP ", "tanto la IP "]
)
def test_a_long_text_takes_no_longer_for_each_of_its_words(piece: str) -> None:
    def seconds(times: int) -> float:
        text = piece * times
        page = DraftText.of(text)
        targets = roles.sort(page, finding.Finds(page)).targets
        begun = time.process_time()
        addresses.read(page, targets)
        return time.process_time() - begun

    seconds(10)
    assert seconds(800) < 8 * seconds(200) + 0.2


def test_every_meaning_is_met() -> None:
    texts = [COMPOSED[0], DENIED[0], OTHERS[0], UNCLEAR[0]]
    found = {meaning for text in texts for meaning in meanings(text)}
    assert found == {one.value for one in AddressMeaning}
