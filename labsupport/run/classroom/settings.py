"""What a room is set up with: written when it first opens, read by all of its programs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from labsupport.language import SOURCE_LANGUAGE
from labsupport.run.classroom.quota import NOTHING, Quota
from labsupport.run.classroom.sandbox import Desk
from labsupport.run.classroom.seats import Codes, write_private

# How the room's own programs are told where it is.
VARIABLE = "LABSUPPORT_CLASSROOM"
KEY_BYTES = 32
# Where the hub listens, and where the proxy tells it that desks answer. Only root may listen there,
# so that no other program of the machine takes the place of one that has just ended.
HUB = "127.83.0.1"
OWN_PORT = 883
DESKS = "127.83.0.2"


@dataclass(frozen=True, slots=True)
class Settings:
    """A room: where its files are, where it answers, its codes, what a participant may use.

    `address` is where it listens ("" for every address of the machine) and `port` the port;
    `key` is what passes to desks are made with.
    `megabytes` is what the programs of one participant may take together. `idle_minutes` is
    after how long without use a notebook's kernel is stopped; `cell_minutes` how long a cell
    may run. `quota` is what of all this the machine itself keeps. `language` is what pages are in
    for whoever has chosen none.
    """

    folder: Path
    address: str
    port: int
    key: str
    codes: Codes
    seats: int
    megabytes: int
    idle_minutes: float
    cell_minutes: int
    quota: Quota = NOTHING
    language: str = SOURCE_LANGUAGE

    @property
    def desks(self) -> Path:
        """The folder of all desks."""
        return self.folder / "desks"

    @property
    def own(self) -> Path:
        """The folder of the room's own files, which nobody but root reads."""
        return self.folder / "room"

    def home(self, user: str) -> Path:
        """Return the home of a system user of the room."""
        return self.desks / user

    def socket(self, user: str) -> Path:
        """Return where the proxy reaches the server of a desk: below its own root."""
        return self.own / "sockets" / user

    def image(self, user: str) -> Path:
        """Return the file that holds the file system of a desk."""
        return self.folder / "images" / f"{user}.image"

    def desk(self, user: str) -> Desk:
        """Return where the programs of a desk run; a single one may take half of all memory."""
        return Desk(user, str(self.home(user)), self.quota.groups, self.megabytes // 2)

    def desk_pass(self, user: str, digest: str) -> str:
        """Return the pass to a desk: the proxy sees that the room made it, the desk that it holds.

        With a new own code, whose digest this is, the desk takes another.
        """
        since = self._mark(f"{user} {digest}")[:16]
        return f"{since}.{self._mark(f'{user}.{since}')}"

    def _mark(self, text: str) -> str:
        key = base64.b64decode(self.key)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest().upper()

    def save(self) -> None:
        """Write it down."""
        kept = asdict(self) | {"folder": str(self.folder)}
        write_private(self.own / "settings.json", json.dumps(kept, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Return the settings of the room in `folder`; raise OSError or ValueError without any."""
        text = (folder / "room" / "settings.json").read_text(encoding="utf-8")
        kept = json.loads(text)
        quota = Quota(**kept["quota"] | {"groups": tuple(kept["quota"]["groups"])})
        return cls(
            **kept
            | {
                "folder": Path(kept["folder"]),
                "codes": Codes(**kept["codes"]),
                "quota": quota,
            }
        )

    @classmethod
    def of_this_process(cls) -> Settings:
        """Return the settings of the room that this process belongs to."""
        return cls.load(Path(os.environ[VARIABLE]))


def new_key() -> str:
    """Return a key that only the room's programs know, in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()
