"""The printed report in a real browser, and the time-stamp checked by OpenSSL."""

from __future__ import annotations

import hashlib
import re
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from browser import look
from playwright.sync_api import Browser

from labsupport import Lab
from labsupport.http import HttpResponse

A4_POINTS = (595, 842)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    lab.trace("www.museum.example")
    lab.visit("www.museum.example")
    lab.origin("203.0.113.7")
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
    assert lab._log.seal().grouped.split("-")[1][:9] in words
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.emulate_media(media="print")
    # What is fixed is printed on every page, at the left; the text keeps clear of it.
    band = page.locator(".training").bounding_box()
    text = page.locator("main").bounding_box()
    assert page.locator(".training").evaluate("one => getComputedStyle(one).position") == "fixed"
    assert band is not None
    assert text is not None
    assert band["x"] + band["width"] <= text["x"]

    pdf = page.pdf(prefer_css_page_size=True)
    context.close()
    sizes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    assert len(sizes) >= 4
    assert {(round(float(x)), round(float(y))) for x, y in sizes} == {A4_POINTS}


def test_openssl_agrees_with_the_time_stamp(lab: Lab, tmp_path: Path) -> None:
    seal = lab._log.seal()
    lab.evidence.stamp()
    records = [r for r in lab._log.records() if r.get("asked", "").startswith("POST http://hora.")]
    token = HttpResponse.from_bytes(b64decode(records[-1]["answer"])).body
    (tmp_path / "stamp.tsr").write_bytes(token)
    (tmp_path / "ca.pem").write_bytes(lab._session.entry.certificate_authority)

    def verified(data: str) -> bool:
        run = subprocess.run(
            [
                *("openssl", "ts", "-verify", "-in", "stamp.tsr", "-CAfile", "ca.pem"),
                *("-digest", hashlib.sha256(data.encode()).hexdigest()),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return "Verification: OK" in run.stdout + run.stderr

    assert verified(str(seal))
    assert not verified(str(seal)[:-1] + "x")
