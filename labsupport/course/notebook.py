"""The notebook around the course, where there is one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any


def shell() -> Any:
    """Return IPython's shell, or None outside of a notebook."""
    ipython = sys.modules.get("IPython")  # asked, not imported: only a notebook has it
    return ipython.get_ipython() if ipython else None


def not_a_cell() -> None:
    """Have a line that the front end runs not be counted: in a page every line is."""
    if sys.platform == "emscripten":
        shell().execution_count -= 1


STOPPED = (
    "labsupport-stopped"  # in an output's metadata: the name of the error that it is of
)


def stopped_by(output: Mapping[str, Any]) -> str:
    """Return the name of the error that an output of a cell is of; "" for another output.

    >>> stopped_by({"output_type": "error", "ename": "ValueError"})
    'ValueError'
    """
    if output["output_type"] == "error":
        return str(output.get("ename", "")) or "error"
    return str(output.get("metadata", {}).get(STOPPED, ""))


def keep_no_history() -> None:
    """In a notebook, keep what is typed in memory only: a draft in a cell is nobody's business.

    What this session has written to disk so far is taken away. Earlier ones stay as they are.
    """
    history = getattr(shell(), "history_manager", None)
    if history is None or not history.enabled or history.hist_file == ":memory:":
        return
    import sqlite3  # late: only a notebook has a history

    if history.save_thread:
        history.save_thread.stop()
    history.using_thread = False
    with suppress(sqlite3.Error), history.db as kept:
        # else the words stay in the file, unlisted
        kept.execute("PRAGMA secure_delete = ON")
        for table in ("history", "output_history", "sessions"):
            kept.execute(
                f"DELETE FROM {table} WHERE session = ?", (history.session_number,)
            )
    history.db.close()
    history.hist_file = ":memory:"
    history.init_db()
    history.new_session()
