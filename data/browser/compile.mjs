// Runs compile.py in the Python that pages have.
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.mountNodeFS("/edition", ".");
python.runPython(readFileSync("compile.py", "utf8"));
