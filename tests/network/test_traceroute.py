"""What traceroute and tracert print, read; and their runs, as the live network tells of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.exchange import NotSent, Reply, Request, Silence, Unreachable
from labsupport.language import Language
from labsupport.network import traceroute
from labsupport.network.live import Guard, LiveNetwork
from labsupport.network.traceroute import Answered, read

LINUX = """\
traceroute to 198.51.100.10 (198.51.100.10), 30 hops max, 60 byte packets
 1  198.18.0.1  0.412 ms
 2  *
 3  198.18.98.203  8.930 ms !X
 4  198.51.100.10  12.004 ms
"""
LINUX_IPV6 = """\
traceroute to 2001:db8:501::10 (2001:db8:501::10), 30 hops max, 80 byte packets
 1  2001:db8:9600::1  0.5 ms
 2  2001:db8:501::10  11 ms
"""
WINDOWS = """\

Traza a 198.51.100.10 sobre caminos de 30 saltos como máximo.

  1    <1 ms    <1 ms     2 ms  198.18.0.1
  2     *        *        *     Tiempo de espera agotado para esta solicitud.
  3    12 ms    10 ms    11 ms  198.51.100.10

Traza completa.
"""


def test_linux() -> None:
    assert read(LINUX) == {
        1: Answered("198.18.0.1", 0.000412),
        3: Answered("198.18.98.203", 0.00893),
        4: Answered("198.51.100.10", 0.012004),
    }
    assert read(LINUX_IPV6)[1] == Answered("2001:db8:9600::1", 0.0005)


def test_windows_in_spanish() -> None:
    assert read(WINDOWS) == {
        1: Answered("198.18.0.1", 0.001),
        3: Answered("198.51.100.10", 0.01),
    }


@given(st.text())
def test_anything_is_read(text: str) -> None:
    read(text)
    read(f" 1 {text}")


def network() -> LiveNetwork:
    return LiveNetwork(
        Guard((), ["198.18.0.0/15", "198.51.100.0/24"]), b"", Language.load("en")
    )


def hop(live: LiveNetwork, number: int, address: str = "198.51.100.10") -> object:
    return live.send(
        Request("", 0, address, 0, "icmp", None, b"probe", hop_limit=number)
    )


def test_one_run_answers_for_all_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[list[str]] = []

    def run(command: list[str]) -> str:
        runs.append(command)
        return LINUX

    monkeypatch.setattr(traceroute, "_run", run)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr("sys.platform", "linux")
    live = network()
    assert hop(live, 1) == Unreachable("198.18.0.1", 0.000412)
    assert isinstance(hop(live, 2), Silence)
    assert hop(live, 4) == Reply("198.51.100.10", 0.012004, payload=b"probe")
    assert isinstance(hop(live, 5), Silence)
    assert runs == [
        ["traceroute", "-n", "-q", "1", "-w", "1", "-m", "30", "198.51.100.10"]
    ]


def test_without_a_tool_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    outcome = hop(network(), 1)
    assert isinstance(outcome, NotSent)
    assert "traceroute" in outcome.reason


def test_no_probe_goes_to_a_special_address() -> None:
    assert isinstance(hop(network(), 1, "192.168.1.1"), NotSent)


def test_a_tool_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traceroute, "LONGEST", 0.5)
    said = traceroute._run(["sh", "-c", "echo ' 1  198.18.0.1  0.4 ms'; exec sleep 30"])
    assert read(said) == {1: Answered("198.18.0.1", 0.0004)}
    with pytest.raises(OSError, match="nowhere"):
        traceroute._run(["nowhere"])
