"""The printed report in a real browser, and the time-stamp checked by OpenSSL."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
from browser import look
from playwright.sync_api import Browser

from labsupport import Lab
from labsupport.lab_protocol import context_of

A4_POINTS = (595, 842)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    lab.trace("www.museum.example")
    lab.visit("www.museum.example")
    lab.routes.origin("203.0.113.7")
    return lab


def test_the_report_prints_on_a4_and_says_training_on_every_page(
    lab: Lab, tmp_path: Path, browser: Browser
) -> None:
    lab.evidence.report("report.html")
    context = browser.new_context(viewport={"width": 900, "height": 1200}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    look(page, "evidence-report")
    assert asked == [(tmp_path / "report.html").as_uri()]
    assert complaints == []
    assert page.title().startswith("TRAINING – FICTIONAL")
    words = page.inner_text("main")
    assert context_of(lab).log.seal().grouped.split("-")[1][:9] in words
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.emulate_media(media="print")
    # What is fixed is printed on every page, at the left; the text keeps clear of it.
    band = page.locator(".training").bounding_box()
    text = page.locator("main").bounding_box()
    assert (
        page.locator(".training").evaluate("one => getComputedStyle(one).position")
        == "fixed"
    )
    assert band is not None
    assert text is not None
    assert band["x"] + band["width"] <= text["x"]

    pdf = page.pdf(prefer_css_page_size=True)
    context.close()
    sizes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    assert len(sizes) >= 4
    assert {(round(float(x)), round(float(y))) for x, y in sizes} == {A4_POINTS}


def pages(pdf: bytes, folder: Path) -> list[str]:
    (folder / "printed.pdf").write_bytes(pdf)
    said = subprocess.run(
        ["pdftotext", "-layout", "printed.pdf", "-"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return said.stdout.split("\f")


def test_the_front_page_is_one_page(tmp_path: Path, browser: Browser, lab: Lab) -> None:
    """However much was asked: what a judge reads first is on one sheet, the rest behind it."""
    for name in (
        "museum.example",
        "bancodelfaro-clientes.example",
        "www.diario-del-puerto.example",
    ):
        lab.rdap(name)
        lab.who(name)
    lab.evidence.custody(*("w" * 60 + " " + "x" * 130 for _ in range(3)))
    lab.evidence.report("report.html")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    front, second, *_ = pages(page.pdf(prefer_css_page_size=True), tmp_path)
    page.close()
    for words in ("asked by", "Signature of the witness", "is for the court"):
        assert words in front
    assert "Annex A: what was asked" in second


def test_openssl_agrees_with_the_time_stamp_as_it_is_printed(
    lab: Lab, tmp_path: Path
) -> None:
    lab.evidence.stamp()
    lab.evidence.report()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    (command,) = re.findall(
        r'<pre class="commands">([^<]*openssl.*?)</pre>', text, re.DOTALL
    )

    def verified(commands: str) -> bool:
        run = subprocess.run(
            ["sh", "-c", commands],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return "Verification: OK" in run.stdout + run.stderr

    command = unescape(command)
    assert verified(command)
    seal = re.search("[0-9]+-[0-9a-f]{64}", command)
    assert seal is not None
    assert not verified(command.replace(seal[0], seal[0][:-1] + "x"))
