"""BIND signs the zones, Knot answers from them: what they say is what the validator reads."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdataclass
import dns.zone
import pytest
from denial_oracle import (
    APEX,
    INSECURE,
    QTYPES,
    SECURE,
    Truth,
    Zone,
    is_insecure_delegation,
    nsec3_chain,
    nsec_chain,
    questions,
    records_of,
    to_dnspython,
    truth,
    zones,
)
from dns.name import Name, from_text
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rrset import RRset
from hypothesis import given, settings
from loopback import free_port

from labsupport.dns.denial import (
    prove_name_error,
    prove_no_data,
    prove_no_ds,
    prove_wildcard_expansion,
)
from labsupport.dns.validation import check_rrset

pytestmark = pytest.mark.real

CHAINS = {
    "nsec": (),
    "nsec3": ("-3", "-"),
    "nsec3 with salt and iterations": ("-3", "00ff", "-H", "3"),
    "nsec3 with opt-out": ("-3", "-", "-A"),
}


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the stem of a key that dnssec-keygen made."""
    folder = tmp_path_factory.mktemp("key")
    command = (
        "dnssec-keygen",
        "-a",
        "ECDSAP256SHA256",
        "-f",
        "KSK",
        "-K",
        folder,
        APEX.to_text(),
    )
    made = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    return folder / made.stdout.strip()


def sign(zone: Zone, key: Path, folder: Path, options: Sequence[str]) -> dns.zone.Zone:
    """Have dnssec-signzone sign the zone into folder/signed, and read it."""
    unsigned = to_dnspython(zone)
    unsigned.delete_rdataset(APEX, RdataType.DNSKEY)
    text = (
        unsigned.to_text(relativize=False)
        + key.with_suffix(key.suffix + ".key").read_text()
    )
    (folder / "unsigned").write_text(text)
    files = ("-f", folder / "signed", folder / "unsigned", key)
    subprocess.run(
        ("dnssec-signzone", "-z", "-P", "-o", APEX.to_text(), *options, *files),
        cwd=folder,  # where it leaves its DS records
        check=True,
        capture_output=True,
        timeout=60,
    )
    return dns.zone.from_file(str(folder / "signed"), APEX, relativize=False)


def in_order(chain: list[RRset]) -> list[tuple[Name, str]]:
    """Return owners and contents in a form that can be compared, whatever the case and TTL."""
    return sorted((rrset.name, rrset[0].to_text().lower()) for rrset in chain)


@pytest.mark.parametrize("options", CHAINS.values(), ids=CHAINS)
def test_bind_signs_what_the_tests_take_for_granted(
    options: Sequence[str], key: Path, tmp_path: Path
) -> None:
    """The chains that the other tests prove by are those of a real signer; all signatures hold."""

    @given(zones())
    @settings(max_examples=25)
    def compare(zone: Zone) -> None:
        signed = sign(zone, key, tmp_path, options)
        keys = list(signed.find_rdataset(APEX, RdataType.DNSKEY))
        for name, rdataset in signed.iterate_rdatasets():
            if rdataset.rdtype == RdataType.RRSIG:
                rrset = signed.find_rrset(name, rdataset.covers)
                assert (
                    check_rrset(rrset, rdataset, keys, APEX, time.time()).flaw is None
                )
        if not options:
            assert in_order(records_of(signed, RdataType.NSEC)) == in_order(
                nsec_chain(zone)
            )
            return
        parameters = signed.find_rdataset(APEX, RdataType.NSEC3PARAM)[0]
        with_parameters = Zone(zone)
        with_parameters[APEX] |= {RdataType.NSEC3PARAM}
        expected = nsec3_chain(
            with_parameters,
            parameters.salt,
            parameters.iterations,
            opt_out="-A" in options,
        )
        assert in_order(records_of(signed, RdataType.NSEC3)) == in_order(expected)

    compare()


RICH = Zone(
    {
        Name((*from_text(name, None).labels, *APEX.labels)): frozenset(
            RdataType.make(rdtype) for rdtype in types.split()
        )
        for name, types in {
            "www": "A TXT",
            "c.b.deep": "A",
            "*.b.deep": "TXT",
            "*": "A",
            "*.wild": "CNAME",
            "alias": "CNAME",
            "elsewhere": "DNAME",
            "odd": "TYPE65280",
            "isla": "NS",
            "ns.isla": "A",
            "museum": "NS DS",
            "ns.museum": "A",
        }.items()
    }
    | {APEX: frozenset({RdataType.SOA, RdataType.NS, RdataType.DNSKEY})}
)


@contextmanager
def knot(folder: Path) -> Iterator[int]:
    """Run Knot with folder/signed; yield its port on loopback."""
    port = free_port()
    (folder / "knot.conf").write_text(
        f"""
server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
database:
    storage: "{folder}"
log:
  - target: "{folder}/log"
    any: info
zone:
  - domain: {APEX}
    file: "{folder}/signed"
"""
    )
    process = subprocess.Popen(("knotd", "-c", folder / "knot.conf"))
    try:
        for _ in range(100):
            try:
                if ask(port, APEX, RdataType.SOA).answer:
                    break
            except (dns.exception.Timeout, OSError):
                pass
            time.sleep(0.1)
        else:
            pytest.fail((folder / "log").read_text())
        yield port
    finally:
        process.terminate()
        process.wait(10)


def ask(port: int, qname: Name, qtype: RdataType) -> dns.message.Message:
    query = dns.message.make_query(qname, qtype, want_dnssec=True)
    query.flags &= ~dns.flags.RD
    return dns.query.udp(query, "127.0.0.1", timeout=20, port=port)


def validated(
    section: list[RRset], keys: Sequence[DNSKEY]
) -> dict[tuple[Name, RdataType], Name]:
    """Check every signed RRset of a section; return its owners and types, and their wildcards."""
    found = {}
    for rrset in section:
        if rrset.rdtype == RdataType.RRSIG:
            continue
        rrsigs = [
            other for other in section if other.match(rrset.name, 1, 46, rrset.rdtype)
        ]
        # a delegation's NS, or a CNAME that a DNAME stands for, is not signed
        if not rrsigs:
            assert rrset.rdtype in (RdataType.NS, RdataType.CNAME)
            continue
        check = check_rrset(rrset, rrsigs[0], keys, APEX, time.time())
        assert check.flaw is None
        found[rrset.name, rrset.rdtype] = check.wildcard
    return found


@pytest.mark.parametrize("options", CHAINS.values(), ids=CHAINS)
def test_what_knot_sends_is_proof_enough(
    options: Sequence[str], key: Path, tmp_path: Path
) -> None:
    signed = sign(RICH, key, tmp_path, options)
    keys = list(signed.find_rdataset(APEX, RdataType.DNSKEY))
    opt_out = "-A" in options
    seen = set()
    with knot(tmp_path) as port:
        for qname in sorted(questions(RICH)):
            for qtype in QTYPES:
                if qtype == RdataType.ANY:
                    continue  # a server may answer with any subset: RFC 8482
                expected = truth(RICH, qname, qtype)
                response = ask(port, qname, qtype)
                answer = validated(response.answer, keys)
                validated(response.authority, keys)
                records = response.authority
                seen.add(expected)
                if expected is Truth.NAME_ERROR:
                    assert response.rcode() == dns.rcode.NXDOMAIN
                    assert prove_name_error(qname, records, APEX).proven, (
                        response.to_text()
                    )
                elif expected in (
                    Truth.NO_DATA,
                    Truth.EMPTY_NON_TERMINAL,
                    Truth.WILDCARD_NO_DATA,
                ):
                    denial = prove_no_data(qname, qtype, records, APEX)
                    assert denial.proven, response.to_text()
                elif expected is Truth.WILDCARD_DATA:
                    (wildcard,) = {answer[qname, rdtype] for _, rdtype in answer}
                    assert wildcard is not None
                    denial = prove_wildcard_expansion(qname, wildcard, records, APEX)
                    assert denial.proven
                elif expected is Truth.DATA:
                    assert set(answer.values()) == {None}
                else:
                    cut = next(
                        (rrset.name for rrset in records if rrset.rdtype == 2), None
                    )
                    if cut is None:  # below the DNAME, or the DS of the apex
                        continue
                    if RICH[cut] == SECURE:
                        assert any(rrset.rdtype == RdataType.DS for rrset in records)
                        assert not prove_no_ds(cut, records, APEX).proven
                    else:
                        assert RICH[cut] == INSECURE
                        assert is_insecure_delegation(RICH, cut)
                        denial = prove_no_ds(cut, records, APEX)
                        assert denial.proven
                        assert denial.opt_out is opt_out
    assert seen == set(Truth)
