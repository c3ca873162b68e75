"""What axe-core, the accessibility checker, finds on a page.

assert findings(page) == []
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")


def findings(page: Page, *impacts: str, within: str | None = None) -> list[str]:
    """Return a line for each element that axe-core finds fault with: impact, rule, element.

    Without `impacts` those of every impact are told; `findings(page, *GRAVE)` tells the serious
    and the critical ones. `within` is a CSS selector: what lies outside it is not looked at.
    """
    violations: list[dict[str, Any]] = (
        Axe().run(page, context=within).response["violations"]
    )
    return [
        f"{violation['impact']}: {violation['id']} ({violation['help']}): {node['html'][:200]}"
        for violation in violations
        if not impacts or violation["impact"] in impacts
        for node in violation["nodes"]
    ]
