"""The edition for a browser: JupyterLab, Python and the lab in one folder of files.

JupyterLite builds it of what the registries have, each file checked against a hash: the packages
of `data/browser/page.lock`, Pyodide of `data/browser/package-lock.json`, the rest as installed.
Whatever serves files can serve it, over plain HTTP too: it has no service worker and shares no
memory. Python loads all of its packages at once, by a list of its own, and asks nobody outside.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from labsupport import checksums
from labsupport.language import Language, languages, table
from labsupport.reasons import reason_of
from labsupport.run.editions.reading import edition
from labsupport.run.home import FILE
from labsupport.run.jupyter import COURSE, SETTINGS
from labsupport.run.policy import with_policy
from labsupport.run.workcopy import HIDDEN_FOLDER, folder_of, hand_out

LOCKS = resources.files("labsupport.data") / "browser"
SITE = "jupyter-lite.json"  # what JupyterLite is told
PYODIDE = "static/pyodide"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOADER = "python.js"  # loads the runtime
LISTED = "pyodide-lock.json"  # what Python can load, each with its hash
KERNEL = "@jupyterlite/pyodide-kernel-extension"
SERVICE_WORKER = "@jupyterlite/application-extension:service-worker-manager"
INSTALLED = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
EXTENSIONS = (KERNEL, "@jupyter-widgets/jupyterlab-manager", "anywidget")
# They come with the kernel; the first stands in for the package of that name.
WITH_THE_KERNEL = ("ipykernel", "piplite", "pyodide_kernel")
USED = ("matplotlib", "pandas", "cryptography")  # of what Pyodide has made itself
# Data that the Python of a page never reads.
NOT_READ = (
    "browser/",
    "course/classroom/",
    "course/editions/",
    "course/labextensions/",
)
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time of each file in a wheel made here
THEMES = "@jupyterlab/apputils-extension:themes"
FIRST_THEMES = f"first/settings/{THEMES.replace(':', '/')}.jupyterlab-settings"
STORED = ("contents", "settings", "workspaces")  # what JupyterLite keeps in a browser
# Endings that not every server knows, and what stands behind them in an address. Some servers hand
# out only what they know, and a browser takes for a script only what is called one.
SERVED = {
    ".mjs": ".js",
    ".wasm": ".bin",
    ".whl": ".zip",
    ".ipynb": ".json",
    ".course": ".json",
}
PYTHON = (sys.executable, "-m")
# Wheels of what is pure Python. Of markupsafe PyPI has compiled ones only: it is packed here.
DOWNLOAD = (
    "--disable-pip-version-check",
    "--quiet",
    "--no-deps",
    "--require-hashes",
    "--platform",
    "any",
    "--python-version",
    "3.14",
    "--only-binary",
    ":all:",
)


class NotMadeError(Exception):
    """The edition cannot be made; the message is a sentence for a person."""


def browser(say: Language, wheels: Path | None = None) -> dict[str, bytes]:
    """Return the edition's files, with what it uses of Pyodide's own `wheels` where some are given.

    Raises NotMadeError, and OSError where there is no room.
    """
    if not (INSTALLED / KERNEL).is_dir():
        raise NotMadeError(say("browser.packages_missing"))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        runtime = folder / PYODIDE
        packages = _python(folder, runtime, wheels, say)
        _notebooks(folder / "files", runtime, say)
        _configure(folder, packages, say)
        _run(say, folder, *PYTHON, "jupyterlite_core", "build")
        files = dict(_files(folder / "_output"))
    files[SITE] = files[SITE].replace(RUNTIME[0].encode(), LOADER.encode())
    homes = {code: str(folder_of(code) / FILE) for code in languages()}
    start = (LOCKS / "index.html").read_text(encoding="utf-8")
    start = start.replace("{homes}", json.dumps(homes)).replace("{language}", say.code)
    made = addressed(files) | {"index.html": start.encode()}
    for name in made:
        if name.endswith(".html"):
            made[name] = with_policy(made[name])
    return made


def _python(
    folder: Path, runtime: Path, wheels: Path | None, say: Language
) -> list[str]:
    """Lay Python and all that it loads into `runtime`; return the names of the packages."""
    runtime.mkdir(parents=True)
    _fetch_pyodide(folder, runtime, say)
    _fetch_packages(folder, runtime, say)
    if wheels is not None:
        _take(wheels, runtime, say)
    _pack(runtime, "labsupport", metadata.version("labsupport"), _course())
    # 5 MB to complete lines by: the kernel wants only the name
    _pack(runtime, "jedi", "0", {})
    _run(say, folder, "node", "compile.mjs")
    return _list(runtime)


def _notebooks(folder: Path, runtime: Path, say: Language) -> None:
    """Hand the notebooks out, and let them say what they would have to say in a page only."""
    hand_out(folder, say)
    for hidden in list(folder.rglob(HIDDEN_FOLDER)):
        shutil.rmtree(hidden)
    for code in languages():
        for notebook in (folder / folder_of(code)).glob("*.ipynb"):
            _speak(notebook, Language.load(code))
    for page in folder.rglob(FILE):
        _name_edition(page, runtime)


def addressed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return an edition that any server hands out, and no browser mixes with an older one.

    What some servers do not know has another ending in its address, and the page asks for that.
    Most servers do not say how long a file may be kept, and browsers guess. So Python, with all
    that it loads, has another address in each edition, and the page asks again for all else.
    """
    python = (
        content for name, content in sorted(files.items()) if name.startswith(PYODIDE)
    )
    version = hashlib.sha256(b"".join(python)).hexdigest()[:12]
    old_path = f"{PYODIDE}/"
    new_path = f"{PYODIDE}-{version}/"
    named = {}
    for name, content in files.items():
        ending = Path(name).suffix
        if name == SITE or FILE in name:
            content = content.replace(old_path.encode(), new_path.encode())
        if ending == ".wasm":  # few servers compress what they do not know
            content = gzip.compress(content, mtime=0)
        named[name.replace(old_path, new_path) + SERVED.get(ending, "")] = content
    return named | {"config-utils.js": script("page.js") + named["config-utils.js"]}


def script(name: str) -> bytes:
    """Return a script of the page, which knows by what addresses files are served."""
    text = (LOCKS / name).read_text(encoding="utf-8")
    return text.replace("{served}", json.dumps(SERVED)).encode()


def _run(say: Language, folder: Path, tool: str, *arguments: str) -> None:
    """Run a tool in a folder; raise NotMadeError where it fails."""
    midnight = datetime.fromisoformat(edition()["date"]).replace(tzinfo=UTC)
    clock = {"SOURCE_DATE_EPOCH": f"{midnight.timestamp():.0f}"}
    program = shutil.which(tool) or tool  # on Windows npm is a script
    try:
        subprocess.run(
            (program, *arguments),
            cwd=folder,
            env=os.environ | clock,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError as error:
        raise NotMadeError(say("browser.tool_missing", tool=tool)) from error
    except subprocess.CalledProcessError as error:
        last_line = error.stdout.strip().rpartition("\n")[2]
        raise NotMadeError(
            say("browser.tool_failed", tool=Path(tool).stem, said=last_line)
        ) from error


def _fetch_pyodide(folder: Path, runtime: Path, say: Language) -> None:
    for name in ("package.json", "package-lock.json", "compile.mjs", "compile.py"):
        (folder / name).write_bytes((LOCKS / name).read_bytes())
    _run(say, folder, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    for name in (*RUNTIME, LISTED):
        shutil.copy(folder / "node_modules" / "pyodide" / name, runtime)
    (runtime / LOADER).write_bytes(script(LOADER))


def _fetch_packages(folder: Path, runtime: Path, say: Language) -> None:
    (folder / "page.lock").write_bytes((LOCKS / "page.lock").read_bytes())
    _run(
        say,
        folder,
        *PYTHON,
        "pip",
        "download",
        *DOWNLOAD,
        "-r",
        "page.lock",
        "-d",
        PYODIDE,
    )
    pure = {}
    for name, content in _files(resources.files("markupsafe")):
        if name.endswith(".py"):
            pure[f"markupsafe/{name}"] = content
    _pack(runtime, "markupsafe", metadata.version("markupsafe"), pure)
    for name in WITH_THE_KERNEL:
        for wheel in (INSTALLED / KERNEL / "static" / "pypi").glob(f"{name}-*.whl"):
            shutil.copy(wheel, runtime)


def _take(folder: Path, runtime: Path, say: Language) -> None:
    """Lay Pyodide's own wheels that are used, and what those need, beside the others."""
    packages = json.loads((runtime / LISTED).read_bytes())["packages"]
    names = {package["file_name"] for package in packages.values()}
    try:
        given = {file.name: file for file in folder.iterdir() if file.suffix == ".whl"}
        for name, file in sorted(given.items()):
            if name not in names or file.is_symlink() or not file.is_file():
                raise NotMadeError(say("browser.wheel_unknown", file=name))
        bundled = {_called(wheel) for wheel in runtime.glob("*.whl")}
        needed = [name for name in USED if packages[name]["file_name"] in given]
        for name in needed:  # which grows
            wheel = packages[name]["file_name"]
            if wheel not in given:
                raise NotMadeError(say("browser.wheel_missing", file=wheel))
            content = given[wheel].read_bytes()
            if hashlib.sha256(content).hexdigest() != packages[name]["sha256"]:
                raise NotMadeError(say("browser.wheel_changed", file=wheel))
            (runtime / wheel).write_bytes(content)
            for dependency in packages[name]["depends"]:
                if dependency not in needed and dependency not in bundled:
                    needed.append(dependency)
    except OSError as error:
        reason = reason_of(error, say)
        raise NotMadeError(
            say("browser.wheels_not_read", folder=folder, reason=reason)
        ) from error
    if not needed:
        raise NotMadeError(
            say("browser.wheels_none", folder=folder, used=say.listed(USED))
        )


def _called(wheel: Path) -> str:
    """Return the package of a wheel, as lists have it."""
    return wheel.name.partition("-")[0].replace("_", "-").lower()


def _course() -> dict[str, bytes]:
    """Return the files of the course that the page needs, by their names in a wheel."""
    files = {}
    for name, content in _files(resources.files("labsupport")):
        if not name.startswith(("run/", "data/", "notebooks/")):
            files[f"labsupport/{name}"] = content
    data = {}
    for name, content in _files(resources.files("labsupport.data")):
        if not name.startswith(NOT_READ) and not name.endswith(".po"):
            data[name] = content
    data[checksums.NAME] = checksums.listed(data).encode()
    for name, content in data.items():
        files[f"labsupport/data/{name}"] = content
    return files


def _files(folder: Traversable, inside: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_file():
            yield f"{inside}{entry.name}", entry.read_bytes()
        elif entry.name != "__pycache__":
            yield from _files(entry, f"{inside}{entry.name}/")


def _pack(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> None:
    """Write a wheel of pure Python, the same bytes for the same files."""
    about = f"{name}-{version}.dist-info"
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    held = {**files, f"{about}/METADATA": described.encode(), f"{about}/WHEEL": b""}
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for inside, content in sorted(held.items()):
            wheel.writestr(
                zipfile.ZipInfo(inside, LONG_AGO), content, zipfile.ZIP_DEFLATED
            )


def _list(runtime: Path) -> list[str]:
    """Write the list by which Python loads packages; return their names."""
    listed = json.loads((runtime / LISTED).read_bytes())
    listed["packages"] = {}
    for wheel in sorted(runtime.glob("*.whl")):
        name, version, *_ = wheel.name.split("-")
        listed["packages"][_called(wheel)] = {
            "name": name,
            "version": version,
            "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "install_dir": "site",
            "package_type": "package",
            "imports": [],
            "depends": [],  # all are loaded
        }
    (runtime / LISTED).write_text(json.dumps(listed, indent=1))
    return list(listed["packages"])


def _speak(notebook: Path, say: Language) -> None:
    """Let a notebook say what it would have to say in a page only."""
    content = json.loads(notebook.read_bytes())
    words = content["metadata"]["labsupport"]["words"]
    words |= {"not_kept": table(say, "work")["not_kept"], **table(say, "arrival")}
    notebook.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _name_edition(page: Path, runtime: Path) -> None:
    """Let a first page say which edition this is: browsers keep old ones.

    It also names the files of Python, which a browser fetches while somebody reads the page.
    """
    home = json.loads(page.read_bytes())
    say = Language.load(home["lang"])
    home |= {
        "edition": say("browser.edition", **edition()),
        "python": sorted(
            f"{PYODIDE}/{file.name}{SERVED.get(file.suffix, '')}"
            for file in runtime.iterdir()
        ),
    }
    page.write_text(json.dumps(home, ensure_ascii=False), encoding="utf-8")


def _configure(folder: Path, packages: list[str], say: Language) -> None:
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": packages}}
    page = {
        "appName": say("home.title"),
        # Where a browser keeps what one does, whatever the folder of the edition is called.
        **{f"{what}StorageName": f"labsupport {what}" for what in STORED},
        "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        "disabledExtensions": [
            *json.loads((SETTINGS / "page_config.json").read_bytes())[
                "disabledExtensions"
            ],
            SERVICE_WORKER,
            "@jupyterlab/javascript-extension",  # a line of the course never shows a script
            "@jupyterlite/application-extension:opener",  # frontend/src/plugin.ts opens
        ],
    }
    build = {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": [str(folder / "files")],
            "ignore_sys_prefix": True,
            "federated_extensions": [
                *(str(INSTALLED / name) for name in EXTENSIONS),
                str(COURSE / "labextensions" / "labsupport-course"),
            ],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        }
    }
    settings = json.loads((SETTINGS / "overrides.json").read_bytes())
    settings[THEMES] |= json.loads((SETTINGS / FIRST_THEMES).read_bytes())
    for name, content in {
        SITE: {"jupyter-lite-schema-version": 0, "jupyter-config-data": page},
        "jupyter_lite_config.json": build,
        "lab/jupyter-lite.json": {"jupyter-config-data": {"mode": "single-document"}},
        "overrides.json": settings,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    # At the left the list of contents stands, as where the course is installed.
    (layout,) = (SETTINGS / "first" / "workspaces").iterdir()
    (folder / "workspaces").mkdir()
    (folder / "workspaces" / layout.name).write_bytes(layout.read_bytes())
