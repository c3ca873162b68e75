"""A class of simulated participants in a room; prints what came of it as JSON.

    python whole_class.py PARTICIPANTS [FOLDER ADDRESS CODE]

Each takes a desk; all run 02 at once, each in a kernel of its own, and keep it open. Without an
open room it opens one of its own, where all run before that a notebook of one empty cell, to
compare with, and 00. A process of its own: a browser's tests have an event loop already.
"""

from __future__ import annotations

import asyncio
import json
import pwd
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))  # what all tests share

import nbformat
from classroom import (
    Participant,
    Room,
    everybody_leaves,
    folder_for_all,
    memory_of,
    opened_room,
)
from tornado.httpclient import AsyncHTTPClient

ORIGINALS = Path(__file__).parents[2] / "notebooks" / "en"
EMPTY, FIRST, SECOND = (
    "empty.ipynb",
    "00-start-here.ipynb",
    "02-the-domain-name-system.ipynb",
)
LARGEST = 100_000_000  # bytes of an answer


async def whole_class(room: Room, size: int, *notebooks: str) -> dict[str, Any]:
    """Run the class; return seconds, megabytes, and whatever differs from what is stored."""
    began = time.monotonic()
    people = await asyncio.gather(*(_arrive(room, number) for number in range(size)))
    result: dict[str, Any] = {"arrived": time.monotonic() - began, "different": []}
    result["notebooks"] = notebooks
    for notebook in notebooks:
        began = time.monotonic()
        different = await asyncio.gather(*(_work(one, notebook) for one in people))
        result[notebook] = {
            "all": time.monotonic() - began,
            "slowest": max(max(one.seconds) for one in people),
        }
        result["different"] += [line for lines in different for line in lines]
    users = {pwd.getpwnam(one.user).pw_uid for one in people}
    result["desks"] = len(users)
    result["megabytes"] = memory_of(users, _programs(room))
    await everybody_leaves()
    return result


async def _arrive(room: Room, number: int) -> Participant:
    one = await Participant.arrive(room, f"Participant {number}")
    await one.sit_down()
    return one


async def _work(one: Participant, notebook: str) -> list[str]:
    """Run a notebook as JupyterLab does; return the cells that do not show what is stored."""
    one.seconds.clear()
    if one.kernel_id:
        await one.ask(f"api/kernels/{one.kernel_id}", "DELETE")
    if notebook == EMPTY:
        one.path, one.notebook = notebook, nbformat.v4.new_notebook()
        one.notebook["cells"].append(nbformat.v4.new_code_cell())
        await one.save()
    began = time.monotonic()
    await one.open(notebook)
    # a kernel's start is waited for like a cell
    one.seconds.append(time.monotonic() - began)
    ran = await one.run_all()
    if notebook == EMPTY:
        return []
    stored = nbformat.read(ORIGINALS / notebook, as_version=4)
    return [
        f"{one.user}, {notebook}, {there.id}: {_shown(here)[-300:]}"
        for here, there in zip(ran["cells"], stored.cells, strict=True)
        if _shown(here) != _shown(there)
    ]


def _shown(cell: Any) -> str:
    """Return what a cell shows as text, which is the same on every machine."""
    outputs = cell.get("outputs", ())
    return "".join(
        out.get("ename", "")
        or "".join(out.get("text", out.get("data", {}).get("text/plain", "")))
        for out in outputs
    )


def _programs(room: Room) -> set[int]:
    """Return the numbers of the room's own programs."""
    return {int(file.read_text()) for file in (room.folder / "room").glob("*.pid")}


def run_class(room: Room, size: int) -> dict[str, Any]:
    """Run this program beside an open room, and return what it printed."""
    done = subprocess.run(
        [
            sys.executable,
            __file__,
            str(size),
            str(room.folder),
            room.address,
            room.code,
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    size, *place = sys.argv[1:]
    AsyncHTTPClient.configure(None, max_clients=1000, max_body_size=LARGEST)
    notebooks = [SECOND]
    with ExitStack() as stack:
        if place:
            folder, address, code = place
            room = Room(Path(folder), address, code)
        else:
            folder_of_room = stack.enter_context(folder_for_all())
            room = stack.enter_context(opened_room(folder_of_room))
            notebooks = [EMPTY, FIRST, SECOND]
        result = asyncio.run(whole_class(room, int(size), *notebooks))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
