"""Whether this machine can keep participants apart, and what to do where it cannot."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from labsupport.language import Language

PROXY = "haproxy"
PROGRAMS = {
    PROXY: "haproxy",
    "bwrap": "bubblewrap",
    "useradd": "passwd",
    "mkfs.ext4": "e2fsprogs",
}
MODULES = ("jupyterhub", "psutil", "pyseccomp")
FIRST_FREE_PORT = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
FIRST_PORT_FOR_ALL = 1024


def obstacles(say: Language) -> list[str]:
    """Return in sentences why participants could not be kept apart here; empty where they can."""
    if sys.platform != "linux":
        return [say("check.needs_linux"), say("check.what_to_do_instead")]
    problems = []
    if os.geteuid():
        problems += [say("check.needs_root"), say("check.what_to_do_instead")]
    if not all(map(importlib.util.find_spec, MODULES)):
        problems.append(say("classroom.jupyterhub_missing_folder_course"))
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            problems.append(
                say("check.program_missing", program=program, package=package)
            )
    if int(FIRST_FREE_PORT.read_text()) < FIRST_PORT_FOR_ALL:
        problems.append(say("check.low_ports_are_open"))
    return problems
