"""A course on how the Internet works, and the lab Internet it is tried out on.

    from labsupport import Lab

is all that a notebook needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labsupport.lab import Lab as Lab

__all__ = ["Lab"]


def __getattr__(name: str) -> object:
    # Lazy, so that what needs a part of the package starts without all the others.
    if name == "Lab":
        from labsupport.lab import Lab

        return Lab
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
