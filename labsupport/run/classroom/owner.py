"""Who may use the server of a desk, and what it says when the desk is full."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado import web

from labsupport.language import Language, preferred
from labsupport.run.classroom.seats import COOKIE, PASS

# Below this a desk is full: a notebook is written beside the old one before it takes its place.
LAST_BYTES = 3_000_000
LAST_FILES = 10


class Owner(IdentityProvider):
    """Knows the desk's owner by what the room gave to the browser."""

    def get_user(self, handler: Any) -> User | None:
        """Return the owner, or None for anybody else."""
        given = handler.get_cookie(COOKIE, "").encode()
        if not hmac.compare_digest(given, os.environ[PASS].encode()):
            return None
        return User(username=os.environ["USER"])


def refuse_when_full(model: dict[str, Any], path: str, contents_manager: Any) -> None:
    """Say in a sentence, before a file is saved, that there is no room for it."""
    at = os.statvfs(Path.home())
    # Some file systems count no files.
    if at.f_bavail * at.f_frsize < LAST_BYTES or (
        at.f_files and at.f_favail < LAST_FILES
    ):
        say = Language.load(preferred())
        raise web.HTTPError(507, say("owner.desk_is_full"))
