/** Work that lies in a browser only: taken home as one file, taken up again, brought up to date. */

import type { DocumentWidget } from "@jupyterlab/docregistry";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Contents } from "@jupyterlab/services";
import { element } from "./page.js";
import { PROGRESS, store } from "./progress.js";
import { type Book, type Cell, sourceOf, takenAlong } from "./taken.js";
import { type Words, filled, wordsOf } from "./words.js";

export type Kept = Pick<Contents.IModel, "path" | "type" | "format" | "content">;

interface Drive extends Contents.IDrive {
  /** The browser's storage, where the notebooks lie in no folder of a server. */
  storage?: Promise<{ iterate(see: (file: Contents.IModel, path: string) => void): Promise<void> }>;
}

const KIND = "labsupport work";
const LARGEST = 50e6; // octets
// Inside the course, nothing hidden, and no first page.
const PATH = /^(?!.*\.course$)([^\s./\\%:][^/\\%:\x00-\x1f]*(\/(?!$)|$))+$/i;
const NOTEBOOK = /\.ipynb$/i;
// What may be drawn of an output, whoever wrote it: no script, and no form, which would bring one.
const DATA = /^(text\/(plain|html)|image\/png|application\/vnd\.labsupport\.[a-z]+\+json)$/;

function drive(): Drive | undefined {
  const contents = store.app?.serviceManager.contents as { defaultDrive?: Drive } | undefined;
  return contents?.defaultDrive?.storage && contents.defaultDrive;
}

function openOnes(): DocumentWidget["context"][] {
  const shown = [...(store.app?.shell.widgets("main") ?? [])];
  return shown.flatMap((one) => (one as DocumentWidget).context ?? []);
}

/** Return all that is kept here, and what is open or was written and could not be kept. */
async function held(): Promise<Kept[]> {
  const found = new Map<string, Partial<Contents.IModel>>();
  await (await drive()?.storage)?.iterate((file, path) => void found.set(path, file));
  store.unsaved.forEach((file, path) => found.set(path, file));
  for (const { path, model } of openOnes()) {
    if (model.dirty && NOTEBOOK.test(path)) found.set(path, { format: "json", content: model.toJSON() });
  }
  return [...found].flatMap(([path, { type, format, content }]): Kept[] => {
    if (type === "directory" || !PATH.test(path)) return [];
    if (NOTEBOOK.test(path)) return [{ path, type: "notebook", format: "json", content }];
    const isText = format !== "base64";
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return [{ path, type: "file", format: isText ? "text" : "base64", content: text }];
  });
}

function untrusted(content: unknown): Book {
  const { cells, metadata: { kernelspec, language_info, labsupport } } = content as Book;
  const bare = ({ data, ...output }: Record<string, unknown>) => ({
    ...output,
    ...(data ? { data: Object.fromEntries(Object.entries(data).filter(([type]) => DATA.test(type))) } : {}),
  });
  const cellOf = ({ metadata: { trusted, ...metadata }, outputs, ...cell }: Cell) => {
    if (!/^(code|markdown|raw)$/.test(cell.cell_type)) throw new TypeError("no cell");
    const shown = cell.cell_type === "code" && { outputs: (outputs as Record<string, unknown>[]).map(bare) };
    return { ...cell, metadata, source: sourceOf({ ...cell, metadata }), ...shown };
  };
  const kept = { kernelspec, language_info, labsupport };
  return { nbformat: 4, nbformat_minor: 5, metadata: kept, cells: cells.map(cellOf) } as Book;
}

/** Return what a file of work holds, and trust none of it; throw an error where it is no such file. */
export function read(text: string): Kept[] {
  const { kind, files } = JSON.parse(text) as { kind: string; files: Kept[] };
  if (kind !== KIND) throw new TypeError("no work");
  return files.map(({ path, format, content }) => {
    if (typeof path !== "string" || !PATH.test(path)) throw new TypeError("no path of the course");
    if (NOTEBOOK.test(path)) return { path, type: "notebook", format: "json", content: untrusted(content) };
    if (typeof content !== "string" || !/^(text|base64)$/.test(String(format))) throw new TypeError("no file");
    if (format === "base64") atob(content);
    if (path === PROGRESS) Object.keys(JSON.parse(content) as object);
    return { path, type: "file", format, content };
  });
}

/** Hand out one file with all work; return what to say. */
export async function takeHome(words: Words): Promise<string> {
  const files = await held();
  if (!files.length) return words.nothing ?? "";
  const made = new Date().toISOString();
  const name = `course-work-${made.slice(0, 10)}.json`;
  const blob = new Blob([JSON.stringify({ kind: KIND, made, files })], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return filled(words.taken_home, { file: name, count: files.length });
}

/** Take up what such a file holds; return what to say. */
export async function takeUp(file: File, words: Words): Promise<string> {
  if (file.size > LARGEST) return filled(words.too_large, { most: LARGEST / 1e6 });
  let work: Kept[];
  try {
    work = read(await file.text());
  } catch {
    return words.no_work ?? "";
  }
  const contents = store.app?.serviceManager.contents;
  const here = new Set((await held()).map(({ path }) => path));
  const replaced = work.map(({ path }) => path).filter((path) => here.has(path) && path !== PROGRESS);
  if (replaced.length && !window.confirm(filled(words.replace, { names: replaced.join(", ") }))) return words.left ?? "";
  const done: string[] = [];
  const told = (sentence?: string) => filled(sentence, { names: done.join(", ") });
  try {
    for (const { path, ...model } of work) {
      const folders = path.split("/").slice(0, -1).map((_, at, names) => names.slice(0, at + 1).join("/"));
      for (const folder of folders) {
        await contents?.get(folder, { content: false }).catch(() => contents.save(folder, { type: "directory", format: "json" }));
      }
      if (path === PROGRESS) await store.takeUp(String(model.content));
      else await contents?.save(path, model);
      store.missed(path);
      done.push(path);
    }
  } catch {
    return told(words.no_room);
  } finally {
    await Promise.all(openOnes().map((one) => done.includes(one.path) && one.revert()));
  }
  return told(words.taken_up);
}

/** How it was handed out: the whole by a hash, and each line. */
function handedOut({ metadata }: Book): { as?: string; lines?: Record<string, string> } {
  return (metadata.labsupport as Book | undefined)?.handed_out ?? {};
}

/** Where a browser holds a notebook of an earlier edition, take along what was done in it. */
export async function renew(panel: NotebookPanel): Promise<void> {
  const { context } = panel;
  if (!drive()) return;
  context.saveState.connect((_, state) => {
    if (state === "failed") store.missed(context.path, { format: "json", content: context.model.toJSON() });
    if (state === "completed") store.missed(context.path);
  });
  await context.ready;
  notKept = wordsOf(panel)?.not_kept;
  const place = `${store.app?.serviceManager.serverSettings.baseUrl}files/${context.path}`;
  const answer = await fetch(place, { cache: "no-cache" }).catch(() => undefined);
  if (!answer?.ok) return; // a notebook of one's own, or the edition is out of reach
  const fresh = (await answer.json()) as Book;
  const mine = context.model.toJSON() as unknown as Book;
  const { as, lines = {} } = handedOut(mine);
  if (as === handedOut(fresh).as) return;
  context.model.fromJSON(takenAlong(mine, lines, fresh) as never);
  await context.save();
}

let notKept: string | undefined; // the sentence, in the language of the notebook opened last

/** Have what finds no room in this browser said by a sentence. */
export function guard(): void {
  const here = drive();
  if (!here) return;
  const [save, createCheckpoint] = [here.save.bind(here), here.createCheckpoint.bind(here)];
  here.save = (path, file) =>
    save(path, file).catch((error) => {
      throw new Error(filled(notKept, { names: path }) || String(error));
    });
  // Without room for a copy of it, JupyterLab would not even open a file.
  here.createCheckpoint = (path) => createCheckpoint(path).catch(() => ({ id: "", last_modified: "" }));
}
