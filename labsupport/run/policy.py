"""What a page of an edition may load and run, whoever serves it: its content security policy."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Sequence

from labsupport.answers.evidence_record import check_page

# Nothing comes from outside. Scripts in a page are named by their hashes; forms are scripts that
# the page itself made, and JupyterLab makes checks of settings from strings.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:{scripts}; "
    "worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'"
)
FRAMED = "; frame-ancestors 'self'"  # a server can say it, a page cannot
INLINE = re.compile(
    rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE
)
BEGINNING = re.compile(
    rb"<meta charset=.?utf-8.?\s*/?>|<head>|<!doctype html>", re.IGNORECASE
)


def policy(page: bytes) -> str:
    """Return the policy of a page, with the hashes of the scripts within it.

    The page by which a record is checked is among them: it is shown within a frame of the course's.

    >>> "'sha256-" in policy(b"<script>1</script>")
    True
    """
    return POLICY.format(scripts="".join([*_hashes(page), *_of_check_page()]))


def _hashes(page: bytes) -> Sequence[str]:
    # Browsers read a line's end of Windows as any other.
    scripts = INLINE.findall(page.replace(b"\r\n", b"\n"))
    digests = [
        base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts
    ]
    return [f" 'sha256-{digest}'" for digest in digests]


@functools.cache
def _of_check_page() -> Sequence[str]:
    return _hashes(check_page())


def with_policy(page: bytes) -> bytes:
    """Return a page that says its policy itself, before anything in it is loaded.

    >>> with_policy(b"<!DOCTYPE html><title>a</title>")[:44]
    b'<!DOCTYPE html><meta http-equiv="Content-Sec'
    """
    places = [found.end() for found in BEGINNING.finditer(page)]
    meta = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">'.encode()
    )
    return page[: places[-1]] + meta + page[places[-1] :]
