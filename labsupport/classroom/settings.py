"""What a room is set up with: written when it first opens, read by all of its programs."""

from __future__ import annotations

import json
import os
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from labsupport.classroom.machine import is_free
from labsupport.classroom.seats import USER, Codes, new_code, write_private

# How the room's own programs are told where it is.
VARIABLE = "LABSUPPORT_CLASSROOM"
SECRET_LETTERS = 32
# Where only root may listen. Elsewhere somebody at a desk could take the place of a program of
# the room, or of another's server, in the moment in which it ends, and get what is meant for it.
ROOT_PORTS = range(640, 1024)
DESK_PORT = 883  # of an address of its own for each desk


@dataclass(frozen=True, slots=True)
class Settings:
    """A room: where its files are, where it answers, its codes, what a participant may use.

    `address` is where it listens ("" for every address of the machine) and `port` the port;
    `hub_port` and `api_port` are for the room's own programs. `megabytes` is what the programs
    of one participant may take together. `idle_minutes` is after how long without use a
    notebook's kernel is stopped; `cell_minutes` how long a cell may run.
    """

    folder: Path
    address: str
    port: int
    hub_port: int
    api_port: int
    proxy_token: str
    codes: Codes
    seats: int
    megabytes: int
    idle_minutes: int
    cell_minutes: int

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

    def place(self, user: str) -> tuple[str, int]:
        """Return address and port, on this machine, of the server of a system user of the room."""
        number = int(user.removeprefix(USER))
        return f"127.83.{number >> 8}.{number & 255}", DESK_PORT

    @property
    def api(self) -> str:
        """Where the proxy takes orders from the hub."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def megabytes_each(self) -> int:
        """What a single program may take: half of all."""
        return self.megabytes // 2

    def save(self) -> None:
        """Write it down."""
        kept = asdict(self) | {"folder": str(self.folder)}
        write_private(self.own / "settings.json", json.dumps(kept, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Return the settings of the room in `folder`; raise OSError or ValueError without any."""
        text = (folder / "room" / "settings.json").read_text(encoding="utf-8")
        kept = json.loads(text)
        return cls(**kept | {"folder": Path(kept["folder"]), "codes": Codes(**kept["codes"])})

    @classmethod
    def of_this_process(cls) -> Settings:
        """Return the settings of the room that this process belongs to."""
        return cls.load(Path(os.environ[VARIABLE]))


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody uses, and that only root may use."""
    return random.sample([port for port in ROOT_PORTS if is_free("127.0.0.1", port)], count)


def new_secret() -> str:
    """Return a secret that only programs use."""
    return new_code(SECRET_LETTERS).replace("-", "")
