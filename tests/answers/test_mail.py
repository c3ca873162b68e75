"""The head of a mail, and who wrote which line of it."""

from __future__ import annotations

import email.message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAY, says

from labsupport import Lab
from labsupport.answers.mail import MailPage
from labsupport.formats.mail import Head, read_head
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.world import World
from labsupport.world.tables import read_mails

LAB = Lab("en")
WORLD = World.load()


def opened(what: str) -> MailPage:
    found = LAB.investigate.mail(what)
    assert isinstance(found, MailPage), found
    return found


def head(*lines: str) -> Head:
    return read_head("\r\n".join((*lines, "", "text")).encode())


def test_the_labs_mail_came_from_elsewhere_than_it_says() -> None:
    found = opened("aviso")
    handover = found.head.handover
    assert handover is not None
    assert (handover.by, handover.address) == ("correo.museum.example", "198.19.105.25")
    assert found.head.address("From") == "avisos@bancodelfaro.example"
    assert found.head.address("Reply-To") == "soporte@bancodelfaro-clientes.example"
    assert found.head.checks == {"spf": "none", "dkim": "none", "dmarc": "fail"}
    assert says(
        found.sentence,
        "mail.came",
        address="198.19.105.25",
        when="2026-10-31 12:12:39 UTC",
    )
    told = " ".join(found.notes)
    assert "called itself mail.bancodelfaro.example" in told
    assert says(told, "mail.claimed", name="mx.ultramar-host.example")
    assert says(told, "mail.answer_to", other="soporte@bancodelfaro-clientes.example")
    who = [row[2] for row in found.tabulated().rows]
    own = 5  # the last of them is the handing over
    assert who == [SAY("mail.the_receiver_own_server")] * own + [
        SAY("mail.whoever_had_it_before")
    ] * (len(who) - own)


def test_the_labs_mails_agree_with_its_dns() -> None:
    """What a receiving server found is what the lab's own zones say."""
    for data in read_mails().values():
        found = read_head(data)
        assert found.handover is not None
        assert LAB.ask(found.handover.address).records[0].value == found.handover.name  # type: ignore[attr-defined]
        exchangers = LAB.ask(
            found.address("Delivered-To").partition("@")[2], "MX"
        ).records  # type: ignore[attr-defined]
        assert found.handover.by in [one.value.partition(" ")[2] for one in exchangers]


def test_lines_that_others_wrote_are_nobodys_word() -> None:
    """A forged check below the handing over counts for nothing."""
    found = head(
        "Received: from x (evil.example [192.0.2.1]) by mx.museum.example; "
        "Sat, 31 Oct 2026 12:00:00 +0000",
        "Authentication-Results: mx.museum.example; spf=pass; dkim=pass; dmarc=pass",
        "Received: from y ([192.0.2.9]) by correo.museum.example; Sat, 31 Oct 2026 11:00:00 +0000",
    )
    assert found.own == 1
    assert found.checks == {}
    assert found.handover is not None
    assert found.handover.address == "192.0.2.1"


@pytest.mark.parametrize(
    "inside", ["10.0.0.5", "192.168.1.9", "127.0.0.1", "IPv6:fd00::5"]
)
def test_what_servers_hand_on_among_themselves_is_no_handing_over(inside: str) -> None:
    moment = "Sat, 31 Oct 2026 12:00:00 +0000"
    found = head(
        f"Received: from mx.museum.example (mx [{inside}]) by buzon.museum.example; {moment}",
        f"Received: from a (b.example [192.0.2.1]) by mx.museum.example; {moment}",
        f"Received: from c ([192.0.2.9]) by a.example; {moment}",
    )
    assert found.own == 2
    assert found.handover is not None
    assert found.handover.address == "192.0.2.1"


@pytest.mark.parametrize(
    ("line", "address", "claimed", "name"),
    [
        ("from a.test (b.test [192.0.2.1]) by c.example", "192.0.2.1", "a.test", "b.test"),
        ("from [192.0.2.5] ([192.0.2.5]) by c.example", "192.0.2.5", "[192.0.2.5]", ""),
        ("from a.example ([IPv6:2001:db8::25]) by c.example", "2001:db8::25", "a.example", ""),
        ("from a.example (HELO b) (192.0.2.1) by c.example", "", "a.example", ""),
        ("by c.example (Postfix, from userid 33)", "", "", ""),
        ("from a.example (b.example. [999.0.2.1]) by c.example", "", "a.example", "b.example"),
        ("(qmail 1 invoked by uid 0)", "", "", ""),
    ],
)  # fmt: skip
def test_received_lines_in_many_forms(
    line: str, address: str, claimed: str, name: str
) -> None:
    (found,) = head(f"Received: {line}; Sat, 31 Oct 2026 12:00:00 -0300").lines
    assert found.hop is not None
    assert (found.hop.address, found.hop.claimed, found.hop.name) == (
        address,
        claimed,
        name,
    )
    assert found.hop.when is not None
    assert found.hop.when.hour == 15


@pytest.mark.parametrize(
    "when",
    ["", "yesterday", "Sat, 31 Oct 2026 12:00:00", "Sat, 31 Oct 9999999 1:0:0 +0"],
)
def test_a_time_without_a_zone_is_no_moment(when: str) -> None:
    (found,) = head(f"Received: from a by b; {when}").lines
    assert found.hop is not None
    assert found.hop.when is None


def test_a_mail_that_no_server_tells_of() -> None:
    found = opened("From: ana@isla.example\nSubject: hola\n\n")
    assert found.head.handover is None
    assert says(found.sentence, "mail.nobody_tells")


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", None),
        ("nothing-of-the-kind", Kind.NOT_ASKED),
        ("no head at all\nonly words", Kind.NOT_ASKED),
        (7, None),
    ],
)
def test_what_is_no_mail_gets_a_sentence(typed: object, kind: Kind | None) -> None:
    assert LAB.investigate.mail(typed).kind is kind


def test_of_a_pasted_mail_nothing_is_recorded() -> None:
    lab = Lab("en")
    lab.investigate.mail("From: ana@isla.example\nX-Canary: 7f3a\n\n")
    assert not any("7f3a" in repr(record) for record in context_of(lab).log.records())


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    found = read_head(data)
    assert 0 <= found.own <= len(found.lines)
    LAB.investigate.mail("\n" + data.decode("latin-1"))._repr_html_()


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z-]{0,12}", fullmatch=True),
            st.text(
                st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]),
                max_size=40,
            ),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_line_is_there_in_its_order(fields: list[tuple[str, str]]) -> None:
    """As Python's own writer of mails puts them."""
    written = email.message.Message()
    for name, text in fields:
        written[name] = " ".join(text.split())
    found = read_head(written.as_bytes())
    assert [line.name for line in found.lines] == [name for name, _ in fields]
