"""The lab's public directories: every answer is valid, and agrees with the tables and the zones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import dns.name
import dns.rdatatype
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource

from labsupport.exchange import Reply, Request, Reset
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.network.offline import LabClock, OfflineNetwork
from labsupport.servers.names import NoName, ascii_name, epp_status
from labsupport.servers.whois import QUOTA_SECONDS
from labsupport.world import World
from labsupport.world.model import Directory, RegisteredDomain
from labsupport.world.registers import NameRegister, NumberRegister

WORLD = World.load()
NETWORK = OfflineNetwork(WORLD)
HOSTS = {directory.host: directory for directory in WORLD.directories}
RDAP = {d.keeper: d for d in WORLD.directories if d.kind == "rdap"}
WHOIS = {d.keeper: d for d in WORLD.directories if d.kind == "whois"}
NAME_KEEPERS = [keeper for keeper in RDAP if keeper != "RIR-LAB"]
NUMBERS = NumberRegister(WORLD)
ROOT, LOG, LISTS = (
    "whois-root.rir-lab.example",
    "crt.rir-lab.example",
    "data.rir-lab.example",
)
CLIENT = "198.18.0.10"
LATIN = "iso-8859-1"

Json = dict[str, Any]

SCHEMAS = {
    file.name: json.loads(file.read_text("utf-8"))
    for file in (Path(__file__).parents[1] / "schemas").iterdir()
}
KINDS = {
    "domain": "domain.json",
    "ip": "ip-network.json",
    "autnum": "autnum.json",
}


VALID: set[tuple[int, str]] = set()


def once(
    validator: Any, ref: str, instance: object, schema: Json
) -> Iterator[ValidationError]:
    """`$ref`, which looks at what is repeated (contacts, notices) until it is found valid."""
    asked = id(schema), json.dumps(instance)
    if asked not in VALID:
        errors = list(
            Draft202012Validator.VALIDATORS["$ref"](validator, ref, instance, schema)
        )
        yield from errors
        if not errors:
            VALID.add(asked)


Validator = extend(Draft202012Validator, {"$ref": once})


@cache
def validator(schema: str) -> Any:
    known = [(s["$id"], Resource.from_contents(s)) for s in SCHEMAS.values()]
    return Validator(
        SCHEMAS[schema],
        registry=Registry().with_resources(known),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def wrong(answer: object, schema: str) -> list[str]:
    """What is wrong with an answer by a schema."""
    return [
        f"{e.json_path}: {e.message}" for e in validator(schema).iter_errors(answer)
    ]


def fetched(host: str, target: str, method: str = "GET") -> HttpResponse:
    """What a web server of the lab answers, asked as a client asks."""
    address = HOSTS[host].addresses[0]
    asked = HttpRequest(method, target, (("Host", host),)).to_bytes()
    outcome = NETWORK.send(Request(CLIENT, 40000, address, 443, "https", host, asked))
    assert isinstance(outcome, Reply)
    return HttpResponse.from_bytes(outcome.payload)


@cache
def rdap(directory: Directory, path: str) -> Json:
    """An answer of an RDAP server, valid for what was asked for."""
    response = fetched(directory.host, directory.path + path)
    assert response.header("Content-Type") == "application/rdap+json"
    answer: Json = json.loads(response.body)
    schema = KINDS[path.partition("/")[0]] if response.status == 200 else "error.json"
    assert not wrong(answer, schema), path
    if response.status != 200:
        assert answer["errorCode"] == response.status
    return answer


def whois(
    host: str, question: str, network: OfflineNetwork = NETWORK, client: str = CLIENT
) -> list[str]:
    """The lines of a WHOIS server's answer."""
    address = HOSTS[host].addresses[0]
    line = question.encode() + b"\r\n"
    outcome = network.send(Request(client, 40000, address, 43, "tcp", None, line))
    assert isinstance(outcome, Reply)
    text = outcome.payload.decode(LATIN if host == "whois.nic.test" else "utf-8")
    assert text.endswith("\r\n")
    return text.split("\r\n")[:-1]


def values(lines: list[str], key: str) -> list[str]:
    """What stands behind a key in the lines of a WHOIS answer."""
    return [
        line.partition(":")[2].strip() for line in lines if line.startswith(f"{key}:")
    ]


def role(answer: Json, wanted: str) -> Json:
    (found,) = [entity for entity in answer["entities"] if wanted in entity["roles"]]
    return found  # type: ignore[no-any-return]


def card(entity: Json, name: str) -> list[Any]:
    return [entry for entry in entity["vcardArray"][1] if entry[0] == name]


def kept() -> Iterator[tuple[str, RegisteredDomain]]:
    """Every record of a domain that somebody keeps, with its keeper."""
    for keeper in NAME_KEEPERS:
        for item in NameRegister(WORLD, keeper).registrations.values():
            yield keeper, item


# Every answer is valid


def test_the_schemas_are_schemas() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_domain_is_answered_validly_at_registry_and_registrar() -> None:
    seen = []
    for keeper, item in kept():
        assert rdap(RDAP[keeper], f"domain/{item.name}")["ldhName"] == item.name
        seen.append(item.name)
    for item in WORLD.registrations:
        assert seen.count(item.name) == len({item.registry, item.registrar}), item.name


def test_all_numbers_are_answered_validly() -> None:
    for block in NUMBERS.blocks:
        answer = rdap(RDAP["RIR-LAB"], f"ip/{block.handle}")
        assert answer["handle"] == block.handle
    for asn in NUMBERS.as_numbers:
        answer = rdap(RDAP["RIR-LAB"], f"autnum/{asn}")
        assert answer["startAutnum"] == answer["endAutnum"] == asn


def test_errors_are_answered_validly() -> None:
    for directory in RDAP.values():
        for path in ("entity/NADIE", "domains?name=x*", "domain/", "secret/x", ""):
            answer = rdap(directory, path)
            assert answer["errorCode"] == 501, path
            assert answer["notices"][-1]["title"] == "TRAINING - FICTIONAL"
    assert rdap(RDAP["Registro Ejemplo"], "domain/%FF")["errorCode"] == 400
    for path in ("domain/a..b", "domain/-x.example", "domain/" + "a" * 64 + ".example"):
        assert rdap(RDAP["Registro Ejemplo"], path)["errorCode"] == 400
    for path in (
        "ip/203.0.113.300",
        "ip/203.0.113.7/24",
        "autnum/AS64500",
        "autnum/4294967296",
    ):
        assert rdap(RDAP["RIR-LAB"], path)["errorCode"] == 400


@pytest.mark.parametrize(
    "path",
    [
        ("ldhName",),
        ("objectClassName",),
        ("events", 0, "eventDate"),
        ("status", 0),
        ("entities", 0, "vcardArray"),
        ("entities", 1, "vcardArray", 1, 0),
        ("entities", 1, "roles", 0),
        ("nameservers", 0, "ldhName"),
        ("secureDNS", "delegationSigned"),
        ("redacted", 0, "name"),
        ("redacted", 1, "postPath"),
        ("redacted", 5, "method"),
        ("links", 0, "href"),
        ("rdapConformance", 0),
        ("port43",),
    ],
)
def test_a_damaged_answer_is_not_valid(path: tuple[str | int, ...]) -> None:
    whole = rdap(RDAP["Registro Veloz"], "domain/olvidado.example")
    *way, last = path
    for damage in (None, 7, "\u0000", {}):
        damaged = deepcopy(whole)
        place: Any = damaged
        for step in way:
            place = place[step]
        place[last] = damage
        assert wrong(damaged, "domain.json"), (path, damage)


def test_an_unknown_member_or_a_missing_one_is_noticed() -> None:
    whole = rdap(RDAP["RIR-LAB"], "ip/198.19.105.66")
    assert wrong({**whole, "colour": "red"}, "ip-network.json")
    for member in ("objectClassName", "startAddress", "endAddress", "ipVersion"):
        assert wrong({k: v for k, v in whole.items() if k != member}, "ip-network.json")
    assert wrong({**whole, "startAddress": "203.0.113.000"}, "ip-network.json")


# What both forms say agrees with the tables and with the zone


@pytest.mark.parametrize(
    "keeper", ["Registro Ejemplo", "NIC Coralia", "Red de Gobierno"]
)
def test_a_registry_says_what_the_tables_and_its_zone_say(keeper: str) -> None:
    for item in (item for item in WORLD.registrations if item.registry == keeper):
        answer = rdap(RDAP[keeper], f"domain/{item.name}")
        events = {e["eventAction"]: e["eventDate"][:10] for e in answer["events"]}
        assert events["registration"] == item.created.isoformat()
        assert events["last changed"] == item.updated.isoformat()
        assert events["expiration"] == item.expires.isoformat()
        assert tuple(answer["status"]) == item.status
        assert (
            tuple(host["ldhName"] for host in answer["nameservers"]) == item.nameservers
        )
        records = [
            f"{d['keyTag']} {d['algorithm']} {d['digestType']} {d['digest'].lower()}"
            for d in answer["secureDNS"].get("dsData", ())
        ]
        assert tuple(records) == tuple(record.lower() for record in item.ds)
        zone = WORLD.parent_zone(item.name)
        assert zone is not None
        assert zone_data(zone, item.name, "NS") == (
            {f"{host}." for host in item.nameservers} if item.delegated else set()
        )
        assert zone_data(zone, item.name, "DS") == set(
            records if item.delegated else ()
        )


def zone_data(zone: str, name: str, kind: str) -> set[str]:
    found = WORLD.zone(zone).get_rdataset(
        dns.name.from_text(name), dns.rdatatype.from_text(kind)
    )
    return {data.to_text().lower() for data in found or ()}


def test_glue_is_given_for_the_hosts_of_the_registry_itself() -> None:
    for keeper, suffix in (("Registro Ejemplo", ".example"), ("NIC Coralia", ".test")):
        for item in WORLD.registrations:
            if item.registry == keeper:
                for host in rdap(RDAP[keeper], f"domain/{item.name}")["nameservers"]:
                    told = host.get("ipAddresses", {})
                    addresses = (*told.get("v4", ()), *told.get("v6", ()))
                    inside = host["ldhName"].endswith(suffix)
                    known = (
                        WORLD.addresses_of_host.get(host["ldhName"], ())
                        if inside
                        else ()
                    )
                    assert addresses == known


def test_whois_says_what_rdap_says() -> None:
    for keeper, item in kept():
        if keeper not in WHOIS or WHOIS[keeper].quota:
            continue
        lines = whois(WHOIS[keeper].host, item.name)
        answer = rdap(RDAP[keeper], f"domain/{item.name}")
        hosts = [host["ldhName"] for host in answer["nameservers"]]
        dates = {event["eventAction"]: event["eventDate"] for event in answer["events"]}
        if keeper == "NIC Coralia":
            assert [value.split()[0] for value in values(lines, "nserver")] == hosts
            days = [values(lines, key)[0] for key in ("created", "changed", "expires")]
            told = [dates[a] for a in ("registration", "last changed", "expiration")]
            assert days == [date[:10].replace("-", "") for date in told]
            assert values(lines, "owner") == [
                card(role(answer, "registrant"), "fn")[0][3]
            ]
            assert [v.split()[0] for v in values(lines, "dsrecord")] == [
                str(d["keyTag"]) for d in answer["secureDNS"].get("dsData", ())
            ]
        else:
            registry = keeper == "Registro Ejemplo"
            last = (
                "Registry Expiry" if registry else "Registrar Registration Expiration"
            )
            assert [v.lower() for v in values(lines, "Name Server")] == hosts
            assert values(lines, "Creation Date") == [dates["registration"]]
            assert values(lines, "Updated Date") == [dates["last changed"]]
            expiry = "expiration" if registry else "registrar expiration"
            assert values(lines, f"{last} Date") == [dates[expiry]]
            assert values(lines, "Domain Status") == [
                epp_status(s) for s in answer["status"]
            ]
            signed = answer["secureDNS"]["delegationSigned"]
            assert values(lines, "DNSSEC") == [
                "signedDelegation" if signed else "unsigned"
            ]
            assert values(lines, "Registry Domain ID") == [answer["handle"]]


def test_whois_says_of_numbers_what_rdap_says() -> None:
    for block in NUMBERS.blocks:
        lines = whois("whois.rir-lab.example", block.handle)
        answer = rdap(RDAP["RIR-LAB"], f"ip/{block.handle}")
        assert values(lines, "inetnum") == [answer["handle"]]
        assert values(lines, "status") == [answer["type"].lower()]
        assert values(lines, "aut-num") == answer["lacnic_originAutnum"]
        assert values(lines, "ownerid") == [role(answer, "registrant")["handle"]]
        assert values(lines, "abuse-c") == [role(answer, "abuse")["handle"]]
        assert values(lines, "inetnum-up") == [
            p for p in [answer.get("parentHandle")] if p
        ]
        assert set(values(lines, "nserver")) == {
            host["ldhName"]
            for part in answer["lacnic_reverseDelegations"]
            for host in part["nameservers"]
        }


# Registry, registrar, and what neither publishes


def test_a_thin_registry_has_no_holder_and_leads_to_the_registrar() -> None:
    for item in WORLD.registrations:
        if item.registry == "Registro Ejemplo":
            answer = rdap(RDAP["Registro Ejemplo"], f"domain/{item.name}")
            assert [entity["roles"] for entity in answer["entities"]] == [["registrar"]]
            (related,) = [link for link in answer["links"] if link["rel"] == "related"]
            assert related["href"] == f"{RDAP[item.registrar].url}domain/{item.name}"
            assert related["type"] == "application/rdap+json"
            referral = values(
                whois("whois.nic.example", item.name), "Registrar WHOIS Server"
            )
            assert referral == [WHOIS[item.registrar].host]


def test_a_country_registry_publishes_the_holder_and_leads_nowhere() -> None:
    for keeper in ("NIC Coralia", "Red de Gobierno"):
        for item in WORLD.registrations:
            if item.registry == keeper:
                answer = rdap(RDAP[keeper], f"domain/{item.name}")
                assert card(role(answer, "registrant"), "fn")[0][3] == item.registrant
                assert [link["rel"] for link in answer["links"]] == ["self"]


def test_what_a_registrar_hides_is_nowhere_in_its_answers() -> None:
    for keeper in ("Nombres del Sur", "Registro Veloz"):
        network = OfflineNetwork(WORLD)
        for item in NameRegister(WORLD, keeper).registrations.values():
            answer = rdap(RDAP[keeper], f"domain/{item.name}")
            holder = role(answer, "registrant")
            assert ("redacted" in answer) == (item.privacy == "redacted")
            network.clock.advance(QUOTA_SECONDS)
            lines = whois(WHOIS[keeper].host, item.name, network)
            if item.privacy == "redacted":
                body = WORLD.organisation(item.registrant)
                published = json.dumps(answer, ensure_ascii=False) + "\n".join(lines)
                assert body.legal_name not in published.replace(body.name.lower(), "")
                assert body.email not in published
                assert body.phone not in published
                assert body.phone.replace("-", "")[2:] not in published
                assert "handle" not in holder
                assert_the_same_is_hidden(answer, lines)
            elif item.privacy == "proxy":
                assert holder["roles"] == ["registrant", "proxy"]
                assert card(holder, "org")[0][3] == "Velo Privado Ltd."
                assert item.name in card(holder, "contact-uri")[0][3]
            else:
                assert card(holder, "org")[0][3] in (
                    item.registrant,
                    WORLD.organisation(item.registrant).legal_name,
                )


def assert_the_same_is_hidden(answer: Json, lines: list[str]) -> None:
    """RDAP and WHOIS do not publish the same fields, and put the same in the place of some."""
    methods = {
        member["name"]["type"]: member["method"] for member in answer["redacted"]
    }
    assert set(methods.values()) == {
        "removal",
        "emptyValue",
        "partialValue",
        "replacementValue",
    }
    replaced = {
        field for field, method in methods.items() if method == "replacementValue"
    }
    hidden = {
        line.partition(":")[0]
        for line in lines
        if line.endswith(": REDACTED FOR PRIVACY")
    }
    assert hidden == methods.keys() - replaced
    holder = role(answer, "registrant")
    (way,) = [
        card(holder, name)[0][3]
        for name in ("email", "contact-uri")
        if card(holder, name)
    ]
    assert all(values(lines, field) == [way] for field in replaced)


def test_no_registrar_shows_a_contact_for_administration_and_both_forms_the_technical() -> (
    None
):
    network = OfflineNetwork(WORLD)
    for keeper in ("Nombres del Sur", "Registro Veloz"):
        for item in NameRegister(WORLD, keeper).registrations.values():
            network.clock.advance(QUOTA_SECONDS)
            lines = whois(WHOIS[keeper].host, item.name, network)
            entities = rdap(RDAP[keeper], f"domain/{item.name}")["entities"]
            roles = {told for entity in entities for told in entity["roles"]}
            assert "administrative" not in roles
            assert not [
                line for line in lines if line.startswith(("Admin", "Registry Admin"))
            ]
            assert ("technical" in roles) == bool(values(lines, "Tech Email"))
            assert ("technical" in roles) == (item.privacy != "proxy")


def test_hidden_mail_goes_by_a_mailbox_at_one_registrar_and_a_form_at_the_other() -> (
    None
):
    south = role(rdap(RDAP["Nombres del Sur"], "domain/mudanza.example"), "registrant")
    assert (
        card(south, "email")[0][3] == "mudanza.example@relevo.nombres-del-sur.example"
    )
    fast = role(rdap(RDAP["Registro Veloz"], "domain/isla.example"), "registrant")
    assert not card(fast, "email")
    assert card(fast, "contact-uri")[0][3] == (
        "https://www.registro-veloz.example/contacto?domain=isla.example"
    )


def test_resellers_are_named_by_the_registrar() -> None:
    for item in WORLD.registrations:
        if item.reseller:
            answer = rdap(RDAP[item.registrar], f"domain/{item.name}")
            assert (
                card(role(answer, "reseller"), "fn")[0][3] == "Revende Dominios S.A.S."
            )


def test_registry_and_registrar_disagree_where_it_is_told_and_nowhere_else() -> None:
    differing = set()
    for item in WORLD.registrations:
        if item.registry != "Registro Ejemplo":
            continue
        one, other = (
            rdap(RDAP[keeper], f"domain/{item.name}")
            for keeper in (item.registry, item.registrar)
        )
        dates = [
            sorted(
                e["eventDate"]
                for e in answer["events"]
                if "update" not in e["eventAction"]
            )
            for answer in (one, other)
        ]
        hosts = [
            [host["ldhName"] for host in answer["nameservers"]]
            for answer in (one, other)
        ]
        same = ("handle", "status", "secureDNS")
        if (
            dates[0] != dates[1]
            or hosts[0] != hosts[1]
            or any(one[key] != other[key] for key in same)
        ):
            differing.add(item.name)
    assert differing == {d.name for d in WORLD.differences}
    assert len(differing) == 3


def test_names_out_of_the_dns_are_on_record_all_the_same() -> None:
    for name in ("suspendido.example", "retenido.example", "olvidado.example"):
        assert rdap(RDAP["Registro Ejemplo"], f"domain/{name}")["ldhName"] == name
    # RFC 3915 section 3.1: both at once, as long as it can be restored.
    assert rdap(RDAP["Registro Ejemplo"], "domain/olvidado.example")["status"] == [
        "redemption period",
        "pending delete",
    ]
    assert values(whois("whois.nic.example", "olvidado.example"), "Domain Status") == [
        "redemptionPeriod",
        "pendingDelete",
    ]
    assert rdap(RDAP["Registro Veloz"], "domain/olvidado.example")["status"] == [
        "client transfer prohibited"
    ]


def test_a_registrar_answers_for_its_own_names_only() -> None:
    assert rdap(RDAP["Registro Veloz"], "domain/museum.example")["errorCode"] == 404
    assert "Domain not found." in whois("whois.nombres-del-sur.example", "isla.example")
    assert rdap(RDAP["NIC Coralia"], "domain/corte.gob.test")["errorCode"] == 404


@pytest.mark.parametrize(
    ("keeper", "suffix"),
    [
        ("Registro Ejemplo", "example"),
        ("NIC Coralia", "test"),
        ("NIC Coralia", "com.test"),
        ("Red de Gobierno", "gob.test"),
    ],
)
def test_a_suffix_is_no_registration_of_its_own_registry(
    keeper: str, suffix: str
) -> None:
    answer = rdap(RDAP[keeper], f"domain/{suffix}")
    assert answer["errorCode"] == 404
    assert (
        answer["description"][1]
        == "It is a suffix: names below it are registered here."
    )
    for other in ("nadie." + suffix, "invalid"):
        assert len(rdap(RDAP[keeper], f"domain/{other}")["description"]) == 1


# Names as they are typed


@pytest.mark.parametrize(
    "typed",
    [
        "xn--pea-azul-e3a.example",
        "XN--PEA-AZUL-E3A.EXAMPLE",
        "pe%C3%B1a-azul.example.",
        "PE%C3%91A-AZUL.example",
    ],
)
def test_international_names_are_found_in_both_forms(typed: str) -> None:
    answer = rdap(RDAP["Registro Ejemplo"], f"domain/{typed}")
    assert answer["ldhName"] == "xn--pea-azul-e3a.example"
    assert answer["unicodeName"] == "peña-azul.example"
    assert "unicodeName" not in rdap(RDAP["Registro Ejemplo"], "domain/Museum.EXAMPLE")


def test_whois_finds_them_in_both_forms_too() -> None:
    for typed in ("peña-azul.example", "XN--PEA-AZUL-E3A.example"):
        lines = whois("whois.nic.example", typed)
        assert values(lines, "Domain Name") == ["XN--PEA-AZUL-E3A.EXAMPLE"]


@given(st.text())
def test_no_text_is_more_than_a_name_or_none(text: str) -> None:
    try:
        name = ascii_name(text)
    except NoName:
        return
    assert name.isascii()
    assert ascii_name(name) == name


def test_a_head_is_told_whether_there_is_something() -> None:
    directory = RDAP["Registro Ejemplo"]
    for name, status in (("museum", 200), ("nadie", 404)):
        response = fetched(directory.host, f"/domain/{name}.example", "HEAD")
        assert (response.status, response.body) == (status, b"")
        assert response.header("Content-Type") == "application/rdap+json"
    assert fetched(directory.host, "/domain/museum.example", "POST").status == 405


# Numbers


def test_the_smallest_block_answers() -> None:
    def block(asked: str) -> Json:
        return rdap(RDAP["RIR-LAB"], f"ip/{asked}")

    assert block("198.19.105.66")["handle"] == "198.19.105.64/28"
    assert block("198.19.105.66")["parentHandle"] == "198.19.105.0/24"
    assert block("198.19.105.0/25")["handle"] == "198.19.105.0/24"
    assert block("2001:DB8:501::10")["handle"] == "2001:db8:501::/48"
    assert block("203.0.113.80")["name"] == "ALOJAR-COMPARTIDO"
    for nobody in (
        "8.8.8.8",
        "198.19.200.1",
        "198.19.240.1",
        "198.18.0.0/15",
        "100.64.7.21",
    ):
        assert block(nobody)["errorCode"] == 404
    assert rdap(RDAP["RIR-LAB"], "autnum/65536")["errorCode"] == 404


def test_the_cdn_says_what_its_addresses_are() -> None:
    for block in NUMBERS.blocks:
        answer = rdap(RDAP["RIR-LAB"], f"ip/{block.handle}")
        told = [
            line
            for remark in answer.get("remarks", ())
            for line in remark["description"]
        ]
        assert told == (
            [
                "Content delivery network: the sites' own servers stand behind these addresses."
            ]
            if block.asn == 64502
            else []
        )


def test_every_address_of_the_lab_is_somebodys() -> None:
    for site in WORLD.sites:
        for address in site.addresses:
            answer = rdap(RDAP["RIR-LAB"], f"ip/{address}")
            first, last = answer["startAddress"], answer["endAddress"]
            assert ip_address(first) <= ip_address(address) <= ip_address(last)  # type: ignore[operator]


def test_a_holders_id_joins_what_it_holds_as_in_the_statistics() -> None:
    for network in WORLD.networks:
        code = "XP" if network.country == "Coralia" else "XU"
        for path in (
            f"autnum/{network.asn}",
            *(f"ip/{prefix}" for prefix in network.prefixes),
        ):
            holder = role(rdap(RDAP["RIR-LAB"], path), "registrant")
            assert holder["handle"] == f"{code}-{network.holder_id}-LAB"


def test_reverse_delegations_are_those_of_the_zones() -> None:
    told = {}
    for block in NUMBERS.blocks:
        for part in rdap(RDAP["RIR-LAB"], f"ip/{block.handle}")[
            "lacnic_reverseDelegations"
        ]:
            hosts = {f"{host['ldhName']}." for host in part["nameservers"]}
            told[part["startAddress"]] = hosts
    for zone in ("in-addr.arpa", "ip6.arpa"):
        for name, rdataset in WORLD.zone(zone).iterate_rdatasets("NS"):
            if name != WORLD.zone(zone).origin:
                assert {data.target.to_text() for data in rdataset} in told.values()
    assert len(told) == sum(z.endswith(".arpa") for z in WORLD.zone_names) - 2


# The root of WHOIS, and lists of servers


@pytest.mark.parametrize(
    ("question", "referral"),
    [
        ("www.museum.example", ["whois.nic.example"]),
        ("EXAMPLE", ["whois.nic.example"]),
        ("hospital-central.org.test", ["whois.nic.test"]),
        ("corte.gob.test", []),
        ("198.51.100.10", ["whois.rir-lab.example"]),
        ("2001:db8::1", ["whois.rir-lab.example"]),
        ("AS64500", ["whois.rir-lab.example"]),
        ("google.com", []),
        ("8.8.8.8", []),
        ("AS15169", []),
    ],
)
def test_the_root_refers_to_who_knows(question: str, referral: list[str]) -> None:
    assert values(whois(ROOT, question), "refer") == referral


def test_each_form_has_its_own_words_for_nothing() -> None:
    assert 'No match for "NADIE.EXAMPLE".' in whois(
        "whois.nic.example", "nadie.example"
    )
    assert "Domain not found." in whois(
        "whois.nombres-del-sur.example", "nadie.example"
    )
    assert "% No match for nadie.test" in whois("whois.nic.test", "nadie.test")
    assert "% No match for 198.19.200.1" in whois(
        "whois.rir-lab.example", "198.19.200.1"
    )
    assert "% This query returned 0 objects." in whois(ROOT, "nada.invalid")


def test_the_lists_lead_to_the_servers() -> None:
    found = {}
    for kind in ("dns", "ipv4", "ipv6", "asn"):
        answer = json.loads(fetched(LISTS, f"/rdap/{kind}.json").body)
        assert not wrong(answer, "bootstrap.json")
        found |= {
            entry: urls for entries, urls in answer["services"] for entry in entries
        }
    urls = {directory.url for directory in RDAP.values()}
    assert {url for listed in found.values() for url in listed} < urls
    assert found["com.test"] == ["https://rdap.nic.test/"]
    assert found["64496-64511"] == ["https://rdap.rir-lab.example/rdap/"]
    for network in WORLD.networks:
        for prefix in network.prefixes:
            assert any(
                prefix.subnet_of(ip_network(entry))  # type: ignore[arg-type]
                for entry in found
                if "/" in entry and (":" in entry) == (prefix.version == 6)
            )
    assert fetched(LISTS, "/rdap/object-tags.json").status == 404


# Who asks too much


def test_the_quota_of_registro_veloz_passes_and_is_each_clients_own() -> None:
    network = OfflineNetwork(WORLD)
    host = "whois.registro-veloz.example"
    quota = HOSTS[host].quota
    assert quota == 20
    for _ in range(quota):
        assert values(whois(host, "isla.example", network), "Domain Name")
    for question in ("isla.example", "nadie.example"):
        (first, second) = whois(host, question, network)
        assert first == f"% Query rate limit exceeded for {CLIENT}."
        assert second == "% 20 queries are answered in 10 minutes. Try later."
    assert values(whois(host, "isla.example", network.copy()), "Domain Name") == []
    assert values(whois(host, "isla.example", network, "198.18.0.11"), "Domain Name")
    network.clock.advance(QUOTA_SECONDS)
    assert values(whois(host, "isla.example", network), "Domain Name")


def test_a_question_is_one_line_over_tcp() -> None:
    address = HOSTS[ROOT].addresses[0]
    for protocol, payload in (
        ("tcp", b"example"),
        ("tcp", b"example\r\ntest\r\n"),
        ("tcp", b"x" * 2000 + b"\r\n"),
        ("http", b"example\r\n"),
    ):
        request = Request(CLIENT, 40000, address, 43, protocol, None, payload)
        assert isinstance(NETWORK.send(request), Reset)


@given(
    st.sampled_from(sorted(d.host for d in WORLD.directories if "whois" in d.kind)),
    st.binary(),
)
def test_no_question_breaks_a_server(host: str, question: bytes) -> None:
    line = question.replace(b"\n", b"") + b"\r\n"
    request = Request(CLIENT, 40000, HOSTS[host].addresses[0], 43, "tcp", None, line)
    assert isinstance(NETWORK.send(request), Reply)


# The log of certificates


def log(query: str) -> list[Json]:
    found: list[Json] = json.loads(fetched(LOG, f"/?q={query}&output=json").body)
    return found


def test_the_log_is_searched_by_name_by_pattern_and_by_part() -> None:
    bank = {entry["name_value"] for entry in log("%25.bancodelfaro.example")}
    assert bank == {"www.bancodelfaro.example", "banca.bancodelfaro.example"}
    assert {e["common_name"] for e in log("WWW.museum.example")} == {
        "www.museum.example"
    }
    assert log("museum.example") == []
    names = "".join(entry["name_value"] for entry in log("%25bancodelfaro%25"))
    assert "bancodelfaro-clientes" in names
    # with the Cyrillic letter, as it is typed
    alike = log("www.b%D0%B0ncodelfaro.example")
    assert [e["common_name"] for e in alike] == ["www.bancodelfaro-clientes.example"]


def test_the_log_holds_what_the_sites_show_and_what_they_showed_before() -> None:
    now = WORLD.start.timestamp()
    expired = {
        story.name for story in WORLD.stories if story.kind == "expired-certificate"
    }
    for name in ("www.museum.example", "rdap.nic.example", *expired):
        (current, before) = log(name)
        (der,) = WORLD.certificates(name, now)
        shown = x509.load_der_x509_certificate(der)
        assert int(current["serial_number"], 16) == shown.serial_number
        begin = shown.not_valid_before_utc.replace(tzinfo=None)
        assert current["not_before"] == begin.isoformat()
        assert before["not_before"] < current["not_before"] < before["not_after"]
        assert before["id"] != current["id"]


def test_the_look_alikes_share_one_certificate_younger_than_their_domains() -> None:
    (entry,) = log("%25.bancodelfaro-clientes.example")
    names = entry["name_value"].split("\n")
    assert len(names) == 3
    for name in names:
        (der,) = WORLD.certificates(name, WORLD.start.timestamp())
        shown = x509.load_der_x509_certificate(der)
        extension = shown.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        assert extension.value.get_values_for_type(x509.DNSName) == names
        assert f"{shown.serial_number:032x}" == entry["serial_number"]
    created = {r.name: r.created.isoformat() for r in WORLD.registrations}
    assert entry["not_before"] > created["bancodelfaro-clientes.example"]


def test_the_log_goes_on_as_the_clock_does() -> None:
    later = OfflineNetwork(WORLD, clock=LabClock(WORLD.start.timestamp() + 70 * 86400))
    asked = HttpRequest(
        "GET", "/?q=www.museum.example&output=json", (("Host", LOG),)
    ).to_bytes()
    outcome = later.send(
        Request(CLIENT, 40000, HOSTS[LOG].addresses[0], 443, "https", LOG, asked)
    )
    assert isinstance(outcome, Reply)
    entries = json.loads(HttpResponse.from_bytes(outcome.payload).body)
    assert entries[1]["not_before"] >= log("www.museum.example")[0]["not_before"]
