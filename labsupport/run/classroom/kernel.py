"""A notebook's kernel at a desk: as everywhere, but without the network socket that it opens.

ipykernel keeps a port of the machine for what processes print that a cell has forked.
"""

from __future__ import annotations

from typing import Any

from ipykernel import iostream, kernelapp


def without_a_port(socket: Any, **about: Any) -> iostream.IOPubThread:
    """Return what publishes a kernel's outputs, on the socket alone."""
    return iostream.IOPubThread(socket, **about | {"pipe": False})  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    kernelapp.IOPubThread = without_a_port  # type: ignore[attr-defined,assignment]
    kernelapp.launch_new_instance()
