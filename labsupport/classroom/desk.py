"""A participant's own server: what runs at a desk, as its system user.

It brings the working copy up to date and is JupyterHub's single-user JupyterLab, slimmed: forty
of them must fit into a laptop.
"""

from __future__ import annotations

import json
import os
import socket
from importlib.resources import files
from pathlib import Path
from typing import Any

from labsupport.classroom.seats import INSTRUCTOR
from labsupport.jupyter import START_PAGE, as_options, own_environment, settings_for
from labsupport.language import Language
from labsupport.workcopy import update

COURSE = "my-course"
LOG = "server.log"
# Kernels and their secrets, where only this desk looks: see `enter`. Sockets have short paths.
RUNTIME = Path("/tmp/jupyter")
MINUTE = 60
# Saving in other formats: the server would load all of them as soon as a notebook is opened.
UNUSED = {
    "@jupyterlab/notebook-extension:export": True,
    "@jupyterlab/notebook-extension:update-raw-mimetype": True,
}


def server() -> Any:
    """Return JupyterHub's single-user JupyterLab, not yet started: the long part is over then."""
    from jupyterlab.labhubapp import SingleUserLabApp  # type: ignore[import-untyped]

    return SingleUserLabApp


def write_to_own_log() -> None:
    """Say what there is to say in a file at the desk: a file of the room's is for root to read."""
    with open(Path.home() / LOG, "wb") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)


def serve(app: Any, listening: socket.socket) -> None:
    """Be the server, until it ends; its minutes and its hub are in the environment."""
    from jupyter_server.serverapp import ServerApp

    def listen(server: Any) -> bool:
        server.http_server.add_socket(listening)
        return True

    listening.setblocking(False)
    # There is no setting for a socket that listens already.
    servers: Any = ServerApp
    servers._find_http_port, servers._bind_http_server_tcp = lambda server: None, listen
    say = Language.load("en")
    folder = Path(os.environ["HOME"]) / COURSE
    instructor = os.environ["USER"] == INSTRUCTOR
    update(files("labsupport.notebooks") / say.code, folder, say, instructor=instructor)
    RUNTIME.mkdir(mode=0o700, exist_ok=True)
    os.environ.update(own_environment(folder) | {"JUPYTER_RUNTIME_DIR": str(RUNTIME)})
    page = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "labconfig" / "page_config.json"
    page.parent.mkdir(exist_ok=True)
    page.write_text(json.dumps({"disabledExtensions": UNUSED}), encoding="utf-8")
    os.chdir(folder)
    idle = int(os.environ["LAB_IDLE_MINUTES"]) * MINUTE
    settings = settings_for(folder, START_PAGE) | {
        # Not over ports of the machine: what a kernel sends there, every user could read.
        "KernelManager.transport": "ipc",
        "MappingKernelManager.cull_idle_timeout": idle,
        "MappingKernelManager.cull_interval": MINUTE,
        # A window left open over lunch must not keep a kernel either.
        "MappingKernelManager.cull_connected": True,
        "ServerApp.shutdown_no_activity_timeout": idle + 10 * MINUTE,
        "FileContentsManager.delete_to_trash": False,
        # Nobody at a desk needs them, and each costs memory, forty times.
        "ServerApp.jpserver_extensions": {
            "jupyter_lsp": False,
            "jupyter_server_terminals": False,
            "notebook_shim": False,
        },
    }
    app.launch_instance(as_options(settings))
