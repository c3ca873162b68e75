"""Who announces and who registered a number; which way networks have chosen to it."""

from __future__ import annotations

import json
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed import WORLD, Observed
from said import SAY, begins, says
from visits import seat

from labsupport.answers.origin import OriginPage, origin
from labsupport.answers.routes import RoutesPage, routes
from labsupport.exchange import Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.lookups import observatory as client
from labsupport.lookups.lookup import NoAnswer
from labsupport.results import Result
from labsupport.servers.observatory import observatory
from labsupport.servers.web import Page
from labsupport.world.routing import Announcement, Routing, Validity

ULTRAMAR, RED_UNIDA = 64505, 64503
PART = ip_network("198.18.103.0/24")
WHOLE = ip_network("198.18.102.0/23")
FALSE = WORLD.routing.announced(Announcement(PART, ULTRAMAR))


def of(text: object, routing: Routing = WORLD.routing) -> OriginPage:
    result = origin(seat(network=Observed(routing)), text)
    assert isinstance(result, OriginPage), result
    return result


def ways(text: object, routing: Routing = WORLD.routing) -> RoutesPage:
    result = routes(seat(network=Observed(routing)), text)
    assert isinstance(result, RoutesPage), result
    return result


def cells(result: Result) -> dict[str, str]:
    table = result.tabulated()
    assert table is not None
    return {str(row[0]): str(row[1]) for row in table.rows}


# The observatory's pages


def page_of(routing: Routing) -> Page:
    return observatory(WORLD, routing, WORLD.start.timestamp)


def asked(target: str, routing: Routing = WORLD.routing) -> Any:
    response = page_of(routing)(HttpRequest("GET", target))
    answer = json.loads(response.body)
    assert (answer["status_code"], answer["status"], response.status) == (
        200,
        "ok",
        200,
    )
    return answer["data"]


@pytest.mark.parametrize(
    "routing", [WORLD.routing, FALSE], ids=["usual", "false announcement"]
)
def test_the_observatory_sees_what_networks_chose(routing: Routing) -> None:
    speaking = {asn for link in routing.links for asn in link.ends}
    for prefix in routing.prefixes:
        found = asked(f"/data/bgp-state/data.json?resource={prefix}", routing)
        seen = {
            route["path"][0]: tuple(route["path"][1:])
            for route in found["bgp_state"]
            if route["target_prefix"] == str(prefix)
        }
        table = routing.table(prefix)
        assert seen == {asn: table[asn].path for asn in speaking & table.keys()}
        assert found["nr_routes"] == len(found["bgp_state"])


def test_parts_of_a_prefix_and_what_holds_it_are_seen_with_it() -> None:
    found = asked(f"/data/bgp-state/data.json?resource={WHOLE}", FALSE)
    assert {route["target_prefix"] for route in found["bgp_state"]} == {
        str(WHOLE),
        str(PART),
    }
    found = asked("/data/bgp-state/data.json?resource=198.18.103.10", FALSE)
    assert {route["target_prefix"] for route in found["bgp_state"]} == {
        str(WHOLE),
        str(PART),
    }


@pytest.mark.parametrize(
    ("prefix", "asn", "status"),
    [
        ("198.18.102.0/23", RED_UNIDA, "valid"),
        ("198.18.103.0/24", RED_UNIDA, "invalid_length"),
        ("198.18.103.0/24", ULTRAMAR, "invalid_asn"),
        ("198.51.100.0/24", 64501, "unknown"),
    ],
)
def test_origin_validation(prefix: str, asn: int, status: str) -> None:
    found = asked(f"/data/rpki-validation/data.json?resource=AS{asn}&prefix={prefix}")
    assert found["status"] == status
    validity = WORLD.routing.validity(ip_network(prefix), asn)
    assert (validity is Validity.INVALID) == status.startswith("invalid")


@pytest.mark.parametrize(
    "target",
    [
        "/data/bgp-state/data.json",
        "/data/bgp-state/data.json?resource=museum",
        "/data/bgp-state/data.json?resource=198.18.103.0/23",
        "/data/rpki-validation/data.json?resource=AS1&prefix=x",
        "/data/rpki-validation/data.json?resource=AS99999999999&prefix=192.0.2.0/24",
        "/data/announced-prefixes/data.json?resource=192.0.2.0/24",
    ],
)
def test_a_resource_that_is_none_is_an_error(target: str) -> None:
    assert page_of(WORLD.routing)(HttpRequest("GET", target)).status == 400


def test_other_pages_and_methods() -> None:
    page = page_of(WORLD.routing)
    assert page(HttpRequest("GET", "/")).status == 404
    assert (
        page(HttpRequest("GET", "/data/whois/data.json?resource=192.0.2.0/24")).status
        == 404
    )
    assert page(HttpRequest("POST", "/asn.txt")).status == 405


# lab.routes.origin


def test_every_network_is_found_by_its_addresses() -> None:
    for network in WORLD.networks:
        if network.kind == "exchange point":
            continue
        for prefix in network.prefixes:
            found = of(str(prefix[1]))
            assert found.kind is Kind.FOUND
            assert found.network is not None
            assert found.network.name == network.name
            assert found.overview is not None
            assert found.overview.prefix == prefix
            assert f"{network.name} (AS{network.asn})" in found.sentence
            assert network.registered.isoformat() in found.sentence
            assert network.holder_id in found.sentence


def test_what_is_known_of_an_address() -> None:
    found = of("203.0.113.80")
    assert begins(
        found.sentence,
        "origin.lies_in",
        what="203.0.113.80",
        network="Alojar (AS64500)",
        prefix="203.0.113.0/24",
    )
    assert says(found.sentence, "origin.agrees")
    assert says(
        found.sentence,
        "origin.registered",
        registry="RIR-LAB",
        block="203.0.113.0/24",
        date="2006-06-21",
        code="XP",
    )
    assert cells(found)[SAY("origin.same_holder_also")] == "2001:db8:500::/48, AS64500"
    assert cells(found)["status"] == SAY("block_statuses.allocated")
    assert says(found.limits, "origin.country")
    assert len(found.limits) <= 3


def test_an_as_number() -> None:
    found = of("as 64500")
    assert cells(found)["status"] == SAY("block_statuses.held")
    assert found.sentence.startswith(
        SAY(
            "origin.network",
            what="AS64500",
            network="Alojar (Alojar S.A.)",
            prefixes="203.0.113.0/24 and 2001:db8:500::/48",
        )
    )
    assert says(of("AS64499").sentence, "origin.no_prefix")


def test_registered_and_not_announced() -> None:
    found = of("198.18.99.96")
    assert found.kind is Kind.FOUND
    assert "Nobody announces 198.18.99.96" in found.sentence
    assert "Asociación Nodo Coralia" in found.sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("198.18.70.1", "has given it to nobody: available"),
        ("3fff:f00::1", "has given it to nobody: reserved"),
        ("AS65540", "AS65540 is no network's number. RIR-LAB has given it to nobody"),
    ],
)
def test_what_is_not_given_out(text: str, words: str) -> None:
    assert words in of(text).sentence


def test_a_false_announcement_is_told() -> None:
    found = of("198.18.103.10", FALSE)
    assert says(found.sentence, "origin.lies_in", network="Ultramar Host (AS64505)")
    assert says(
        found.sentence, "origin.contradicted", network="Ultramar Host (AS64505)"
    )
    assert says(found.sentence, "origin.larger", prefixes="198.18.102.0/23")
    assert "(Universidad de Coralia)" in found.sentence
    assert says(
        found.sentence, "origin.other_holder", network="Ultramar Host (AS64505)"
    )
    assert says(
        of(str(WHOLE), FALSE).sentence, "origin.smaller", prefixes="198.18.103.0/24"
    )


def test_two_networks_with_the_same_prefix() -> None:
    both = WORLD.routing.announced(Announcement(WHOLE, ULTRAMAR), checking=())
    found = of(str(WHOLE), both)
    assert found.network is None
    assert says(
        found.sentence,
        "origin.announced",
        what=str(WHOLE),
        network="Red Unida (AS64503) and Ultramar Host (AS64505)",
    )


NOBODYS = {
    "10.1.2.3": "RFC 1918",
    "172.31.0.0/16": "RFC 1918",
    "192.168.1.1": "RFC 1918",
    "100.64.7.21": "RFC 6598",
    "127.0.0.1": "RFC 1122",
    "::1": "RFC 4291",
    "169.254.1.1": "RFC 3927",
    "fe80::1%eth0": "RFC 4291",
    "fd00::1": "RFC 4193",
    "224.0.0.1": "RFC 5771",
    "ff02::1": "RFC 4291",
    "255.255.255.255": "RFC 1112",
    "0.0.0.0": "RFC 791",
    "::ffff:10.0.0.1": "RFC 1918",
    "AS64512": "RFC 6996",
    "AS0": "kept for other uses",
}


@pytest.mark.parametrize(("text", "words"), NOBODYS.items())
def test_what_is_nobodys_in_particular(text: str, words: str) -> None:
    network = Observed()
    result = origin(seat(network=network), text)
    assert result.kind is Kind.NOT_COVERED
    assert words in result.sentence
    assert not network.asked, "there was nothing to ask"


@pytest.mark.parametrize("text", ["8.8.8.8", "2001:4860::/32", "AS3356", "198.41.0.4"])
def test_the_real_internet_is_not_covered(text: str) -> None:
    network = Observed()
    result = origin(seat(network=network), text)
    assert result.kind is Kind.NOT_COVERED
    assert says(result.sentence, "origin.not_covered")
    assert network.asked == ["/delegated-rir-lab-extended-latest"], (
        "the rest would give it away"
    )
    for beyond in ("198.0.0.0/8", "198.18.96.0/21"):
        assert says(origin(seat(network=network), beyond).sentence, "origin.beyond")


BAD_INPUT = {
    "empty": ("  ", "Nothing was typed"),
    "nothing": (None, "in quotation marks"),
    "number": (64500, "in quotation marks"),
    "bare number": ("64500", "write AS before its number"),
    "name": ("www.museum.example", "looks like a name"),
    "host bits": ("198.18.103.0/23", "would be 198.18.102.0/23"),
    "host bits, IPv6": ("2001:db8:500::1/48", "would be 2001:db8:500::/48"),
    "too long": ("198.18.0.0/33", "a number up to 32"),
    "too long, IPv6": ("2001:db8::/129", "128 in IPv6"),
    "over 255": ("203.0.113.300", "from 0 to 255"),
    "zeros in front": ("203.0.113.080", "zeros in front"),
    "AS too large": ("AS4294967296", "they end at 4294967295"),
    "AS of words": ("ASalojar", "neither an address"),
    "hidden": ("203.0.113.7\u202e", "U+202E"),
}


@pytest.mark.parametrize("lookup", [origin, routes])
@pytest.mark.parametrize(("text", "words"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_what_cannot_be_read_gets_a_sentence(
    lookup: Any, text: object, words: str
) -> None:
    network = Observed()
    with pytest.raises(NotUnderstood) as problem:
        lookup(seat(network=network), text)
    assert words in str(problem.value)
    assert not network.asked


@given(st.text(max_size=30))
def test_any_text_gets_a_sentence_or_an_answer(text: str) -> None:
    with suppress(NotUnderstood):
        assert origin(seat(network=Observed()), text).sentence


@pytest.mark.parametrize(
    "text", ["203.0.113[.]7", " <203.0.113.7> ", "::ffff:203.0.113.7"]
)
def test_what_people_paste_is_understood(text: str) -> None:
    assert "203.0.113.0/24" in of(text).sentence


# When the observatory gives nothing that can be used


class Broken(Observed):
    def __init__(self, response: HttpResponse | None) -> None:
        super().__init__()
        self.response = response

    def send(self, request: Request) -> Outcome:
        outcome = super().send(request)
        if request.protocol != "https" or not isinstance(outcome, Reply):
            return outcome
        if self.response is None:
            return Silence(None, request.timeout)
        return Reply(
            outcome.from_address,
            0.0,
            (),
            self.response.to_bytes(),
            outcome.certificates,
        )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.just("198.18.0.0/18"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "resource",
                    "asns",
                    "asn",
                    "bgp_state",
                    "path",
                    "target_prefix",
                ]
            )
            | st.sampled_from(["prefixes", "prefix", "status", "related_prefixes"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
ANYTHING = st.binary() | JSON.map(lambda value: json.dumps(value).encode())
ANYTHING |= JSON.map(lambda value: json.dumps({"data": value}).encode())


@given(ANYTHING)
def test_readers_survive_anything(data: bytes) -> None:
    client.read_names(data)
    observatory = client.Observatory(seat(network=Broken(HttpResponse(200, body=data))))
    for ask in (
        lambda: observatory.overview(WHOLE),
        lambda: observatory.announced(ULTRAMAR),
        lambda: observatory.check(WHOLE, ULTRAMAR),
    ):
        with suppress(NoAnswer):
            ask()


def test_deeply_nested_answers_are_survived() -> None:
    response = HttpResponse(200, body=b"[" * 100_000)
    with pytest.raises(NoAnswer):
        client.Observatory(seat(network=Broken(response))).routes(WHOLE)


SAYS_NOTHING = "That says nothing about what was asked."


@pytest.mark.parametrize("lookup", [origin, routes])
@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (None, Kind.NO_ANSWER, f"did not answer. {SAYS_NOTHING}"),
        (HttpResponse(429), Kind.REFUSED, f"how often one may ask. {SAYS_NOTHING}"),
        (HttpResponse(500), Kind.FAILED, f"nothing that can be used. {SAYS_NOTHING}"),
        (HttpResponse(200, body=b"<html>"), Kind.FAILED, "incomplete"),
    ],
)
def test_no_answer_is_never_taken_for_an_absence(
    lookup: Any, response: HttpResponse | None, kind: Kind, words: str
) -> None:
    result = lookup(seat(network=Broken(response)), "203.0.113.7")
    assert result.kind is kind
    assert words in result.sentence


@pytest.mark.parametrize("lookup", [origin, routes])
def test_a_whole_list_without_a_record_covers_nothing(lookup: Any) -> None:
    response = HttpResponse(
        200, body=b"2.3|rir-lab|20261102|0|19990111|20261102|-0300\n"
    )
    result = lookup(seat(network=Broken(response)), "203.0.113.7")
    assert result.kind is Kind.NOT_COVERED
    assert says(result.sentence, "origin.not_covered", registry="RIR-LAB")


# lab.routes.to


def test_the_routes_to_a_prefix() -> None:
    found = ways(str(WHOLE))
    assert begins(
        found.sentence,
        "routes.one",
        network="Red Unida (AS64503)",
        prefix="198.18.102.0/23",
    )
    assert says(found.sentence, "routes.others_know", count=14)
    assert says(found.sentence, "routes.authorised")
    frame = found.table.set_index("network")
    assert frame.loc["Móvil Norte", "AS path"] == "64497 64509 64498 64503"
    assert frame.loc["Móvil Norte", "through"] == "Oceánica → Andarivel"
    assert frame.loc["Fibra Sur", "through"] == "–"
    table = WORLD.routing.table(WHOLE)
    assert len(frame) == len(table)


@pytest.mark.parametrize("text", ["198.18.103.10", str(PART), str(WHOLE)])
def test_who_follows_a_false_announcement(text: str) -> None:
    found = ways(text, FALSE)
    assert begins(
        found.sentence,
        "routes.several_announce",
        count=2,
        announced="Ultramar Host (AS64505) 198.18.103.0/24 and Red Unida (AS64503) 198.18.102.0/23",
    )
    following = {
        asn: route.path[-1] if route.path else asn
        for asn in FALSE.table(WHOLE)
        if (route := FALSE.best(asn, "198.18.103.10")) is not None
    }
    following[RED_UNIDA] = RED_UNIDA
    assert {asn: seen.origin for asn, seen in found.followed.items()} == following
    others = {
        asn: origin
        for asn, origin in following.items()
        if asn not in (RED_UNIDA, ULTRAMAR)
    }
    counted = sum(origin == ULTRAMAR for origin in others.values())
    assert 0 < counted < len(others)
    assert (
        SAY("routes.followers", count=counted, network="Ultramar Host")
        in found.sentence
    )
    assert says(
        found.sentence, "routes.contradicted", network="Ultramar Host (AS64505)"
    )


def test_an_announcement_that_nobody_takes_is_seen_at_its_origin_only() -> None:
    tiny = ip_network("198.18.103.0/25")
    found = ways("198.18.103.10", WORLD.routing.announced(Announcement(tiny, ULTRAMAR)))
    assert found.announcements[0] == (tiny, ULTRAMAR)
    assert says(found.sentence, "routes.follow", total=13, parts="13 follow Red Unida")


def test_a_holders_name_has_another_source_than_its_identifier() -> None:
    table = of("198.19.105.66").tabulated()
    assert table is not None
    sources = {str(row[0]): str(row[2]) for row in table.rows}
    assert sources["registered block"] == SAY(
        "origin.the_list_of_registry", registry="RIR-LAB"
    )
    assert sources["holder"] == (
        SAY("origin.list_name_list_what", list="the list of RIR-LAB")
    )


def test_prefixes_that_have_nothing_to_do_with_each_other_are_listed() -> None:
    found = ways("198.18.0.0/17")
    assert found.decisive is None
    assert says(found.sentence, "routes.several")
    assert all(str(prefix) in found.sentence for prefix, _ in found.announcements)
    assert found.tabulated() is None


def test_no_route() -> None:
    found = ways("198.18.99.0/24")
    assert found.sentence == SAY("routes.nobody", what="198.18.99.0/24")
    assert found.tabulated() is None


def test_routes_to_what_is_not_a_prefix_of_the_lab() -> None:
    with pytest.raises(NotUnderstood) as raised:
        routes(seat(network=Observed()), "AS64500")
    assert says(str(raised.value), "routes.network", what="AS64500")
    assert routes(seat(network=Observed()), "10.0.0.0/8").kind is Kind.NOT_COVERED
    assert routes(seat(network=Observed()), "8.8.8.0/24").kind is Kind.NOT_COVERED


def test_every_site_leads_to_a_network() -> None:
    for address in {address for site in WORLD.sites for address in site.addresses}:
        network = WORLD.network_of(address)
        assert network is not None
        assert ip_address(address) in ways(address).announcements[0][0]
        assert ways(address).announcements[0][1] == network.asn
