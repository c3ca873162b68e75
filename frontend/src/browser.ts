/** Where Python runs in the page it has no folder: what it writes is kept beside the notebook. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Contents } from "@jupyterlab/services";
import type { Strip } from "./strip.js";

const IN_THE_PAGE = /Pyodide/;
const TARGET = "labsupport-file"; // labsupport/course/browser.py
const THE_COURSES = /\.ipynb$|\.course$|^progress\.json$/;

/** Return what was written beside a notebook, each file in base64. */
async function written(folder: string, contents: Contents.IManager): Promise<Record<string, string>> {
  const { content: listed } = await contents.get(folder, { content: true });
  const found: Record<string, string> = {};
  for (const { name, path, type } of listed as Contents.IModel[]) {
    if (type !== "file" || THE_COURSES.test(name)) continue;
    const file = await contents.get(path, { type, format: "base64", content: true });
    found[name] = String(file.content);
  }
  return found;
}

export function files({ context, sessionContext }: NotebookPanel, contents: Contents.IManager, strip: Strip): void {
  function begin(): void {
    const kernel = sessionContext.session?.kernel;
    if (!kernel || !IN_THE_PAGE.test(sessionContext.kernelDisplayName)) return;
    const folder = context.path.split("/").slice(0, -1).join("/");
    const run = (line: string) =>
      kernel.requestExecute({ code: `from labsupport.course import browser\n${line}`, silent: true, store_history: false });
    kernel.registerCommTarget(TARGET, (_, { content }) => {
      const { name, content: data } = content.data as Record<string, string>;
      const path = folder ? `${folder}/${name}` : String(name);
      void contents.save(path, { type: "file", format: "base64", content: data });
    });
    // At once: a line that is run while Python starts waits behind it.
    strip.waitFor(run(`browser.begin(${JSON.stringify(folder)})`).done);
    void written(folder, contents).then((found) => run(`browser.take(${JSON.stringify(found)})`));
  }
  sessionContext.kernelChanged.connect(begin);
  let restarts = false; // with a new Python, and the same connection to it
  sessionContext.statusChanged.connect((_, status) => {
    if (restarts && status === "idle") begin();
    restarts = status === "restarting" || (restarts && status !== "idle");
  });
}
