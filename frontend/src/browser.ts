/** Where Python runs in the page it has no folder: what it writes is kept beside the notebook. */

import type { INotebookModel, NotebookPanel } from "@jupyterlab/notebook";
import type { Contents } from "@jupyterlab/services";
import { store } from "./progress.js";
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
    found[name] = await store.bytes(path);
  }
  return found;
}

function fileOf(content: string): Partial<Contents.IModel> {
  return { type: "file", format: "base64", content };
}

/** Keep what Python wrote. What another window has written there meanwhile gets another name. */
async function keep(path: string, content: string, known: string | undefined, contents: Contents.IManager): Promise<void> {
  const there = await store.bytes(path).catch(() => undefined);
  if (there !== undefined && there !== known && there !== content) {
    const [, stem, ending] = /^(.*?)(\.[^./]*)?$/.exec(path) ?? [];
    let [number, other] = [2, ""];
    do other = `${stem} (${number++})${ending ?? ""}`;
    while (await contents.get(other, { content: false }).then(() => true, () => false));
    await contents.rename(path, other);
  }
  await store.keep(path, fileOf(content));
}

/** Until what was written before lies where Python finds it, no line is run: it would be written anew. */
export const laying = new WeakMap<INotebookModel, Promise<void>>();

export function files({ content, context, sessionContext }: NotebookPanel, contents: Contents.IManager, strip: Strip): void {
  let laid = () => {};
  function wait(): void {
    const earlier = laid;
    const end = new Promise<void>((done) => {
      laid = () => {
        earlier();
        done();
      };
    });
    laying.set(content.model as INotebookModel, end);
  }
  function begin(): void {
    const kernel = sessionContext.session?.kernel;
    if (!kernel || !IN_THE_PAGE.test(sessionContext.kernelDisplayName)) return laid();
    const folder = context.path.split("/").slice(0, -1).join("/");
    const run = (line: string) =>
      kernel.requestExecute({ code: `from labsupport.course import browser\n${line}`, silent: true, store_history: false });
    const known = written(folder, contents);
    let last: Promise<unknown> = known;
    kernel.registerCommTarget(TARGET, (_, { content }) => {
      const { name, content: data } = content.data as { name: string; content: string };
      last = last.then(async () => {
        const seen = await known;
        const path = folder ? `${folder}/${name}` : name;
        await keep(path, data, seen[name], contents).catch(() => store.missed(path, fileOf(data)));
        seen[name] = data;
      });
    });
    // At once: a line that is run while Python starts waits behind it.
    strip.waitFor(run(`browser.begin(${JSON.stringify(folder)})`).done);
    void known.then((found) => void run(`browser.take(${JSON.stringify(found)})`)).finally(laid);
  }
  sessionContext.kernelChanged.connect(() => {
    wait();
    begin();
  });
  let restarts = false; // with a new Python, and the same connection to it
  sessionContext.statusChanged.connect((_, status) => {
    if (restarts && status === "idle") begin();
    if (status === "restarting") wait();
    if (/dead|unknown/.test(status)) laid();
    restarts = status === "restarting" || (restarts && status !== "idle");
  });
}
