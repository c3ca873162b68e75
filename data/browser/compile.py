"""Run by the page's own Python as an edition is made: compile what a lesson begins with.

Python would read and compile these modules anew in each page. The other ones stay as they are:
compiled, each is twice as large on its way to a page. What no page reads is left out.
"""

import re
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from py_compile import PycInvalidationMode, compile

RUNTIME, SITE = Path("/edition/static/pyodide"), Path("/site")
NOT_READ = re.compile(r"/tests/|\.data/|/nbextension/")
MADE, UNCHECKED = Path("/made.pyc"), PycInvalidationMode.UNCHECKED_HASH
LONG_AGO = (1980, 1, 1, 0, 0, 0)

archives = [RUNTIME / "python_stdlib.zip", *sorted(RUNTIME.glob("*.whl"))]
for archive in archives:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(SITE / archive.stem)
own, *_ = (place for place in sys.path if place.endswith(".zip"))
sys.path += [str(SITE / archive.stem) for archive in archives[1:]]

for name in ("ipykernel", "piplite", "pyodide_kernel", "labsupport.course.browser"):
    import_module(name)
import_module("labsupport").Lab("en").ask("www.museum.example")._repr_mimebundle_()

of_modules = [
    getattr(module, "__file__", None) or "" for module in sys.modules.values()
]
loaded = {one.replace(own, str(SITE / archives[0].stem)) for one in of_modules}
for archive in archives:
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if not NOT_READ.search(name)]
    with zipfile.ZipFile(archive, "w") as packed:
        for name in names:
            file = SITE / archive.stem / name
            if str(file) in loaded:
                name += "c"
                compile(file, MADE, name, doraise=True, invalidation_mode=UNCHECKED)
                file = MADE
            if file.is_file():
                info = zipfile.ZipInfo(name, LONG_AGO)
                packed.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)
