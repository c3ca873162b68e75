"""A bar that shows how far a long question has come, where a notebook shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labsupport.language import Language
from labsupport.teaching import notebook

FEWEST = 20  # what is shorter needs no bar
STEPS = 100  # at most so many changes are sent to the browser


@contextmanager
def progress(say: Language) -> Iterator[Callable[[int, int], None]]:
    """Yield what is told how many of how many are done; the bar goes away in the end."""
    if not hasattr(notebook.shell(), "kernel"):
        yield lambda done, of: None
        return
    import ipywidgets  # type: ignore[import-untyped]
    from IPython.display import display

    bar = ipywidgets.IntProgress(description=say("asking"))

    def show(done: int, of: int) -> None:
        if of < FEWEST:
            return
        if bar.max != of or done == 1:
            bar.max = of
            display(bar)  # type: ignore[no-untyped-call]
        if done == of or done % max(1, of // STEPS) == 0:
            bar.value = done

    try:
        yield show
    finally:
        bar.close()
