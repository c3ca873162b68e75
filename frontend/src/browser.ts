/** Where Python runs in the page it has no folder: what it writes is kept beside the notebook. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Contents, Kernel } from "@jupyterlab/services";

const TARGET = "labsupport-file"; // labsupport/course/browser.py
const THE_COURSES = /\.ipynb$|\.course$|^progress\.json$/;

/** Return what was written beside a notebook, each file in base64. */
async function written(folder: string, contents: Contents.IManager): Promise<Record<string, string>> {
  const { content: listed } = await contents.get(folder);
  const found: Record<string, string> = {};
  for (const { name, path, type } of listed as Contents.IModel[]) {
    if (type !== "file" || THE_COURSES.test(name)) continue;
    const file = await contents.get(path, { type, format: "base64", content: true });
    found[name] = String(file.content);
  }
  return found;
}

async function begin(panel: NotebookPanel, contents: Contents.IManager, kernel: Kernel.IKernelConnection | null): Promise<void> {
  if ((await kernel?.info)?.implementation !== "pyodide") return;
  const folder = panel.context.path.split("/").slice(0, -1).join("/");
  kernel?.registerCommTarget(TARGET, (_, { content }) => {
    const { name, content: data } = content.data as Record<string, string>;
    const path = `${folder ? `${folder}/` : ""}${name}`;
    void contents.save(path, { type: "file", format: "base64", content: data });
  });
  const given = `${JSON.stringify(folder)}, ${JSON.stringify(await written(folder, contents))}`;
  const code = `from labsupport.course import browser\nbrowser.begin(${given})`;
  kernel?.requestExecute({ code, silent: true, store_history: false });
}

export function files(panel: NotebookPanel, contents: Contents.IManager): void {
  const { sessionContext } = panel;
  sessionContext.kernelChanged.connect((_, { newValue }) => void begin(panel, contents, newValue));
  let restarts = false; // with a new Python, and the same connection to it
  sessionContext.statusChanged.connect((_, status) => {
    if (restarts && status === "idle") void begin(panel, contents, sessionContext.session?.kernel ?? null);
    restarts = status === "restarting" || (restarts && status !== "idle");
  });
}
