"""A participant's own server: what runs at a desk, as its system user.

It brings the working copy up to date and is JupyterLab as `labsupport lab` opens it, slimmed: forty
of them must fit into a laptop.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labsupport.language import Language, preferred
from labsupport.run import home
from labsupport.run.classroom.seats import INSTRUCTOR
from labsupport.run.jupyter import as_options, own_environment, page_of, settings_for
from labsupport.run.workcopy import HIDDEN_FOLDER, WorkCopyError, hand_out

COURSE = "my-course"
LOG = "jupyterlab.log"
# Kernels and their secrets. Sockets have short paths.
RUNTIME = Path("/tmp/jupyter")
MINUTE = 60
LARGEST = 50_000_000  # bytes of what is saved or uploaded at once
# Saving in other formats: the server would load all of them as soon as a notebook is opened.
UNUSED = {
    "@jupyterlab/notebook-extension:export": True,
    "@jupyterlab/notebook-extension:update-raw-mimetype": True,
}
KERNEL = {
    "argv": [
        sys.executable,
        "-P",
        "-m",
        "labsupport.run.classroom.kernel",
        "-f",
        "{connection_file}",
    ],
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
}


def server() -> Any:
    """Return JupyterLab's server, not yet started: the long part is over then."""
    # Every desk needs them as well; late, since the room imports this module and needs them not.
    import pyseccomp  # type: ignore[import-untyped]  # noqa: F401
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    from labsupport.run.classroom import owner  # noqa: F401

    return LabApp


def write_to_own_log() -> None:
    """Say what there is to say in a file at the desk: a file of the room's is for root to read."""
    log = Path.home() / COURSE / HIDDEN_FOLDER / LOG
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        # Whatever stands in its place, a link or a pipe, is no log.
        log.unlink(missing_ok=True)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.close(descriptor)


def serve(app: Any, listening: socket.socket, ready: Callable[[], object]) -> None:
    """Be the server, until it ends; call `ready` when it answers.

    What it must know of the room is in the environment.
    """
    from jupyter_server.serverapp import ServerApp
    from tornado.ioloop import IOLoop

    def listen(server: Any) -> bool:
        server.http_server.add_socket(listening)
        IOLoop.current().add_callback(ready)
        return True

    listening.setblocking(False)
    # There is no setting for a socket that listens already.
    servers: Any = ServerApp
    servers._find_http_port = lambda server: None
    servers._bind_http_server_tcp = listen
    say = Language.load(preferred())
    folder = Path.home() / COURSE
    user = os.environ["USER"]
    # a full desk opens all the same, so that it can be emptied
    with suppress(WorkCopyError):
        hand_out(folder, say, instructor=user == INSTRUCTOR)
    RUNTIME.mkdir(mode=0o700, exist_ok=True)
    os.environ.update(own_environment(folder) | {"JUPYTER_RUNTIME_DIR": str(RUNTIME)})
    for variable, file, content in (
        ("CONFIG", "labconfig/page_config.json", {"disabledExtensions": UNUSED}),
        ("DATA", "kernels/python3/kernel.json", KERNEL),
    ):
        path = Path(os.environ[f"JUPYTER_{variable}_DIR"]) / file
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content), encoding="utf-8")
    os.chdir(folder)
    idle = round(float(os.environ["LAB_IDLE_MINUTES"]) * MINUTE)
    settings = settings_for(folder, page_of(say.code, home.FILE)) | {
        "ServerApp.base_url": f"/user/{user}/",
        "ServerApp.identity_provider_class": "labsupport.run.classroom.owner.Owner",
        "ServerApp.tornado_settings": {"login_url": "/hub/course"},
        # It is reached through the room's proxy, which says by which address it was asked.
        "ServerApp.allow_remote_access": True,
        "ServerApp.trust_xheaders": True,
        "ServerApp.ip": "127.0.0.1",  # else it tries which one it could listen at
        "ServerApp.open_browser": False,
        "ServerApp.max_body_size": LARGEST,
        "ServerApp.max_buffer_size": LARGEST,
        "FileContentsManager.pre_save_hook": "labsupport.run.classroom.owner.refuse_when_full",
        # Not over ports, which have no owner.
        "KernelManager.transport": "ipc",
        "MappingKernelManager.cull_idle_timeout": idle,
        "MappingKernelManager.cull_interval": 10,
        # A window left open over lunch must not keep a kernel either.
        "MappingKernelManager.cull_connected": True,
        "ServerApp.shutdown_no_activity_timeout": idle + 10 * MINUTE,
        "FileContentsManager.delete_to_trash": False,
        # A database on the disk takes locks, which a desk may not have.
        "NotebookNotary.db_file": ":memory:",
        # Nobody at a desk needs them, and each costs memory, forty times.
        "ServerApp.jpserver_extensions": {
            "jupyter_lsp": False,
            "jupyter_server_terminals": False,
            "notebook_shim": False,
        },
    }
    app.launch_instance(as_options(settings))
