"""Whether this machine can keep participants apart, and what to do where it cannot."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from labsupport.language import Language

PROXY = "haproxy"
PROGRAMS = {PROXY: "haproxy", "bwrap": "bubblewrap", "useradd": "passwd", "mkfs.ext4": "e2fsprogs"}
MODULES = ("jupyterhub", "psutil", "pyseccomp", "segno")
FIRST_FREE_PORT = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
FIRST_PORT_FOR_ALL = 1024


def obstacles(say: Language) -> list[str]:
    """Return in sentences why participants could not be kept apart here; empty where they can."""
    if sys.platform != "linux":
        return [
            say(
                "On this system the room cannot keep participants apart: each must be a system "
                "user, which needs Linux."
            ),
            _recipe(say),
        ]
    found = []
    if os.geteuid():
        found.append(
            say(
                "Each participant is a system user of their own, and only root can make these. "
                "Begin the command with sudo."
            )
        )
        found.append(_recipe(say))
    if not all(map(importlib.util.find_spec, MODULES)):
        found.append(
            say("JupyterHub is missing. In the folder of the course, make room installs it.")
        )
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            found.append(
                say(
                    "The program {program} is missing. On Debian and Ubuntu: apt install "
                    "{package}.",
                    program=program,
                    package=package,
                )
            )
    if int(FIRST_FREE_PORT.read_text()) < FIRST_PORT_FOR_ALL:
        found.append(
            say(
                "On this machine every program may listen at ports below 1024, and one could take "
                "the place of the room's own. Set this back: sysctl "
                "net.ipv4.ip_unprivileged_port_start=1024."
            )
        )
    return found


def _recipe(say: Language) -> str:
    """Return what to do where this machine cannot keep participants apart."""
    return say(
        "Where this machine cannot do it, a virtual machine or a container with Debian on it can. "
        "Windows: wsl --install -d Debian, with mirrored networking. macOS: a virtual machine, "
        "for example with UTM or Multipass. A container: docker run -it --cap-add SYS_ADMIN "
        "--cap-add NET_ADMIN --security-opt apparmor=unconfined --security-opt "
        "seccomp=unconfined --sysctl net.ipv4.ip_unprivileged_port_start=1024 -p 443:443 debian. "
        "Inside, follow the steps of the guide for instructors. "
        "For one person alone, labsupport lab needs none of this."
    )
