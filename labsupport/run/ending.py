"""What the commands have in common that serve until somebody ends them."""

from __future__ import annotations

import asyncio
import signal
import sys

from labsupport.language import Language


class ServeError(Exception):
    """A sentence for the user: why the lab cannot be served, and what to do."""


async def until_ended(say: Language) -> None:
    """Wait for a signal to end, taken between two messages: none is cut off in the middle."""
    print(say("serve.end_press_ctrl_c"), flush=True)
    ended = asyncio.Event()
    if sys.platform != "win32":  # there, Ctrl-C interrupts asyncio.run itself
        for number in ending_signals():
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


def ending_signals() -> list[signal.Signals]:
    """The signals that end it: those that this system has, and its starter did not shut out."""
    signals = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return [
        n
        for n in signals
        if n is not None and signal.getsignal(n) is not signal.SIG_IGN
    ]
