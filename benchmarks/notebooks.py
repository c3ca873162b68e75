"""Each notebook under nbval, beside one that only imports what the course draws with."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat.v4

from benchmarks.measure import Row, ratio, usual_environment

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks" / "en"
ROUNDS = 5
SECONDS_A_NOTEBOOK = 300
MORE_SECONDS = 1.5  # times as long
MORE_MEGABYTES = 40

YARDSTICK = "import ipywidgets, matplotlib.pyplot, pandas"

# Run by IPython at the start of each kernel: nbval ends a kernel without a farewell.
STARTUP = """
def _keep_peak(_):
    import os, pathlib
    status = pathlib.Path("/proc/self/status").read_text()
    kilobytes = status.partition("VmHWM:")[2].split()[0]
    pathlib.Path(os.environ["BENCHMARKS_PEAK"]).write_text(kilobytes)

get_ipython().events.register("post_run_cell", _keep_peak)
del _keep_peak
"""


def rows() -> Iterator[Row]:
    """Measure time and peak memory of each notebook's kernel."""
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        startup = folder / "ipython" / "profile_default" / "startup" / "peak.py"
        startup.parent.mkdir(parents=True)
        startup.write_text(STARTUP, encoding="utf-8")
        yardstick = folder / "yardstick.ipynb"
        cell = nbformat.v4.new_code_cell(YARDSTICK, execution_count=1)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), yardstick)
        everything = (yardstick, *notebooks)
        seconds: dict[Path, list[float]] = {notebook: [] for notebook in everything}
        megabytes: dict[Path, list[float]] = {notebook: [] for notebook in everything}
        for number in range(-1, ROUNDS):
            for notebook in everything:
                taken = _run(notebook, folder)
                if number >= 0:
                    seconds[notebook].append(taken)
                    megabytes[notebook].append(int(_peak_in(folder).read_text()) / 1024)
    for notebook in notebooks:
        what = f"{notebook.name} under nbval, beside {YARDSTICK}"
        yield ratio(what, seconds[notebook], seconds[yardstick], MORE_SECONDS)
        peak, floor = (
            statistics.median(megabytes[notebook]),
            statistics.median(megabytes[yardstick]),
        )
        yield Row(
            f"{notebook.name}: peak memory of its kernel above the same one's",
            f"{peak:.0f} MB",
            f"{floor:.0f} MB",
            peak - floor,
            "MB",
            MORE_MEGABYTES,
        )


def seconds_of(notebook: Path) -> float:
    """Return the seconds of one run of a notebook under nbval."""
    with tempfile.TemporaryDirectory() as folder:
        return _run(notebook, Path(folder))


def _run(notebook: Path, folder: Path) -> float:
    """Return the seconds of one run of pytest, with IPython's own files in `folder`."""
    environment = {
        **usual_environment(),
        "IPYTHONDIR": str(folder / "ipython"),
        "BENCHMARKS_PEAK": str(_peak_in(folder)),
    }
    # lessons write files beside their notebook
    with tempfile.TemporaryDirectory() as own:
        copy = shutil.copy(notebook, own)
        start = time.perf_counter()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"),
                *("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)),
                *("--nbval", copy),
            ],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_A_NOTEBOOK,
        )
        taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(
            f"{notebook.name} does not pass nbval:\n{done.stdout}{done.stderr}"
        )
    return taken


def _peak_in(folder: Path) -> Path:
    """Return the file in which a kernel keeps the most memory it had, in kilobytes."""
    return folder / "peak"
