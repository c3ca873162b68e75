/** Work, wherever it lies: taken home as one file, taken up again, brought up to date. */

import type { DocumentWidget } from "@jupyterlab/docregistry";
import type { INotebookModel, NotebookPanel } from "@jupyterlab/notebook";
import type { Contents } from "@jupyterlab/services";
import { element } from "./page.js";
import { PROGRESS, store } from "./progress.js";
import { askPython, base64 } from "./python.js";
import { sourceOf } from "./standing.js";
import { type Words, filled } from "./words.js";

type File = Pick<Contents.IModel, "path" | "type" | "format" | "content">;
type Notebook = {
  cells: { id: string; source: string | string[]; execution_count?: number | null }[];
  metadata: { labsupport?: { handed_out?: { as?: string; lines?: Record<string, string> } } };
};

/** What a file of work would do here. */
export interface Offer {
  sentences: string[];
  files: File[];
  /** Whether what is here is what the file was compared with. */
  isStill: () => Promise<boolean>;
}

interface Drive extends Contents.IDrive {
  /** The browser's storage, where the notebooks lie in no folder of a server. */
  storage?: Promise<{ iterate(see: (file: Contents.IModel, path: string) => void): Promise<void> }>;
}

const KIND = "labsupport work"; // labsupport/course/work.py
const LARGEST = 50e6; // octets of a file of work
const LARGEST_PART = 20e6; // of one file in it
const DEEPEST = 100; // how deep a notebook with its answers is nested, and more
const PATIENCE_MS = 180_000; // on a slow link Python takes its time
const PAUSE_MS = 2000; // without a key pressed: what was typed is saved
const HIDDEN = /(^|\/)\./;
const FIRST_PAGE = /\.course$/;
const NOTEBOOK = /\.ipynb$/i;

function drive(): Drive | undefined {
  const contents = store.app?.serviceManager.contents as { defaultDrive?: Drive } | undefined;
  return contents?.defaultDrive?.storage && contents.defaultDrive;
}

/** Whether work lies in this browser, and not in a folder. */
export function inBrowser(): boolean {
  return Boolean(drive());
}

function openOnes(): DocumentWidget["context"][] {
  const shown = [...(store.app?.shell.widgets("main") ?? [])];
  return shown.flatMap((one) => (one as DocumentWidget).context ?? []);
}

/** Return what lies in a folder, and in the folders within. */
async function listed(folder = ""): Promise<Contents.IModel[]> {
  const { content } = (await store.app?.serviceManager.contents.get(folder, { content: true })) ?? {};
  const found: Contents.IModel[] = [];
  for (const entry of (content ?? []) as Contents.IModel[]) {
    // A folder that cannot be read is handed on as it is: nothing in it will be had.
    if (entry.type === "directory") found.push(...(await listed(entry.path).catch(() => [entry])));
    else found.push(entry);
  }
  return found;
}

/** Whether somebody ran or changed a line. */
function isTouched({ cells, metadata }: Notebook): boolean {
  const lines = metadata?.labsupport?.handed_out?.lines ?? {};
  return cells.some((cell) => cell.execution_count || sourceOf(cell) !== lines[cell.id]);
}

/** Return all that somebody did: what is kept, and what is open or could not be kept. */
async function held(): Promise<{ files: File[]; left: string[] }> {
  const found = new Map<string, Partial<Contents.IModel>>();
  const left: string[] = [];
  const kept = await drive()?.storage;
  if (kept) await kept.iterate((file, path) => void found.set(path, file));
  else {
    for (const { path, size } of await listed()) {
      if (FIRST_PAGE.test(path)) continue;
      const get = async () => store.app?.serviceManager.contents.get(path, { content: true });
      const file = (size ?? 0) > LARGEST_PART ? undefined : await get().catch(() => undefined);
      if (file) found.set(path, file);
      else left.push(path);
    }
  }
  store.unsaved.forEach((file, path) => found.set(path, file));
  for (const { path, model } of openOnes()) {
    if (model.dirty && NOTEBOOK.test(path)) found.set(path, { format: "json", content: model.toJSON() });
  }
  const files = [...found].flatMap(([path, { type, format, content }]): File[] => {
    if (type === "directory" || FIRST_PAGE.test(path) || HIDDEN.test(path)) return [];
    if (NOTEBOOK.test(path)) {
      try {
        return isTouched(content) ? [{ path, type: "notebook", format: "json", content }] : [];
      } catch {
        left.push(path); // it is no notebook
        return [];
      }
    }
    const isText = format !== "base64";
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return [{ path, type: "file", format: isText ? "text" : "base64", content: text }];
  });
  return { files, left };
}

/** Hand out one file with all work; return what to say. */
export async function takeHome(edition: string, words: Words): Promise<string> {
  const { files, left } = await held();
  const missing = () => (left.length ? ` ${filled(words.left_at_home, { names: left.join(", ") })}` : "");
  const made = new Date().toISOString();
  const name = `course-work-${made.slice(0, 10)}.json`;
  const pack = () => new Blob([JSON.stringify({ kind: KIND, made, edition, files })], { type: "application/json" });
  const letters = (file: File) => JSON.stringify(file).length;
  let blob = pack();
  for (; blob.size > LARGEST; blob = pack()) {
    const largest = files.reduce((one, other) => (letters(other) > letters(one) ? other : one));
    left.push(...files.splice(files.indexOf(largest), 1).map(({ path }) => path));
  }
  if (!files.length) return left.length ? missing().trim() : (words.nothing ?? "");
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return filled(words.taken_home, { file: name, count: files.length }) + missing();
}

/** Return the files beside which those of `paths` would lie, with the content of these in base64. */
async function beside(paths: string[]): Promise<Record<string, string | null>> {
  const contents = store.app?.serviceManager.contents;
  const found: Record<string, string | null> = {};
  const folders = new Set(paths.map((path) => path.split("/").slice(0, -1).join("/")));
  for (const folder of folders) {
    const { content } = (await contents?.get(folder, { content: true }).catch(() => undefined)) ?? {};
    for (const { path } of (content ?? []) as Contents.IModel[]) found[path] = null;
  }
  for (const path of paths) {
    if (!(path in found)) continue;
    if (NOTEBOOK.test(path)) {
      const open = openOnes().find((one) => one.path === path && one.isReady);
      const content = open ? open.model.toJSON() : (await contents?.get(path, { content: true }))?.content;
      found[path] = base64(JSON.stringify(content));
    } else found[path] = await store.bytes(path);
  }
  return found;
}

/** Whether a text may be a file of work: what is nested too deep would end Python in a page. */
function mayBeWork(text: string): boolean {
  try {
    let layer: unknown[] = [JSON.parse(text)];
    if ((layer[0] as { kind?: unknown } | null)?.kind !== KIND) return false;
    for (let depth = 0; layer.length; depth++) {
      if (depth > DEEPEST) return false;
      layer = layer.flatMap((one) => (one && typeof one === "object" ? Object.values(one) : []));
    }
    return true;
  } catch {
    return false;
  }
}

/** Have Python say what taking up this file would do; return a sentence where it cannot be. */
export async function compare(file: globalThis.File, language: string, words: Words): Promise<Offer | string> {
  if (file.size > LARGEST) return filled(words.too_large, { most: LARGEST / 1e6 });
  const text = await file.text();
  if (!mayBeWork(text)) return words.no_work ?? "";
  const kernels = store.app?.serviceManager.kernels;
  const late = new Promise<never>((_, fail) => setTimeout(fail, PATIENCE_MS));
  const begun = kernels?.startNew({ name: store.app?.serviceManager.kernelspecs.specs?.default });
  try {
    const kernel = await Promise.race([begun, late]);
    if (!kernel) throw new Error();
    const paths = (await Promise.race([askPython(kernel, "paths", { text }), late])) as string[] | null;
    if (!paths) return words.no_work ?? "";
    const here = await beside(paths);
    const offer = (await Promise.race([askPython(kernel, "offer", { text, language, here }), late])) as Offer;
    const before = JSON.stringify(here);
    return { ...offer, isStill: async () => JSON.stringify(await beside(paths)) === before };
  } catch {
    return words.no_python ?? "";
  } finally {
    void begun?.then((kernel) => kernel.shutdown()).catch(() => undefined);
  }
}

/** Write what an offer holds; return what to say. */
export async function takeUp({ files }: Offer, words: Words): Promise<string> {
  const contents = store.app?.serviceManager.contents;
  const done: string[] = [];
  try {
    for (const { path, ...model } of files) {
      const folders = path.split("/").slice(0, -1).map((_, at, names) => names.slice(0, at + 1).join("/"));
      for (const folder of folders) {
        await contents?.get(folder, { content: false }).catch(() => contents.save(folder, { type: "directory", format: "json" }));
      }
      if (path === PROGRESS) await store.takeUp(atob(String(model.content)));
      else await contents?.save(path, model);
      if (store.unsaved.has(path)) throw new Error(path);
      done.push(path);
    }
  } catch {
    return filled(words.no_room, { names: done.join(", ") });
  } finally {
    await Promise.all(openOnes().map((one) => done.includes(one.path) && one.revert()));
  }
  return filled(words.taken_up, { names: done.join(", ") });
}

/** Until a notebook of an earlier edition is brought up to date, none of its lines is run. */
export const renewing = new WeakMap<INotebookModel, Promise<void>>();

/** Where a browser holds a notebook of an earlier edition, take along what was done in it. */
export function renew(panel: NotebookPanel): void {
  if (drive()) renewing.set(panel.content.model as INotebookModel, renewed(panel));
}

async function renewed({ context, sessionContext }: NotebookPanel): Promise<void> {
  await context.ready;
  const address = `${store.app?.serviceManager.serverSettings.baseUrl}files/${context.path}`;
  const answer = await fetch(address, { cache: "no-cache" }).catch(() => undefined);
  if (!answer?.ok) return; // a notebook of one's own, or the edition is out of reach
  const fresh = (await answer.json()) as Notebook;
  const as = ({ metadata }: Notebook) => metadata.labsupport?.handed_out?.as;
  const held = () => context.model.toJSON() as unknown as Notebook;
  if (as(held()) === as(fresh)) return;
  await sessionContext.ready;
  const kernel = sessionContext.session?.kernel;
  if (!kernel) return;
  for (let mine = held(), merged; merged !== null; ) {
    merged = await askPython(kernel, "renewed", { mine, fresh }).catch(() => null);
    const now = held(); // somebody may have gone on typing
    if (merged && JSON.stringify(now) === JSON.stringify(mine)) {
      context.model.fromJSON(merged as never);
      return context.save();
    }
    mine = now;
  }
}

/** Keep a notebook in this browser: after each run, two seconds after typing, and when it is left. */
export function keep({ context }: NotebookPanel): () => void {
  if (!drive()) return () => undefined;
  const { model } = context;
  let timer = 0;
  const save = () => {
    window.clearTimeout(timer);
    if (model.dirty && !context.isDisposed) void context.save();
  };
  // A page that is left does not wait for a save: what is laid here at once is found by the next.
  const place = `labsupport left ${context.path}`;
  let leftAt = 0;
  let beganAt = 0; // the newest save
  const lay = () => {
    leftAt = Date.now();
    try {
      localStorage.setItem(place, JSON.stringify({ at: leftAt, content: model.toJSON() }));
    } catch {
      // No room: the save is all there is.
    }
  };
  const leave = () => {
    if (!model.dirty || document.visibilityState !== "hidden") return;
    lay();
    save();
  };
  void context.ready.then(() => {
    const left = localStorage.getItem(place);
    localStorage.removeItem(place);
    try {
      const { at, content } = left ? JSON.parse(left) : { at: 0 };
      if (at > Date.parse(context.contentsModel?.last_modified ?? "")) {
        model.fromJSON(content);
        model.dirty = true;
        save();
      }
    } catch {
      // Another page of this address has written something else there.
    }
    context.saveState.connect((_, state) => {
      if (state === "started") beganAt = Date.now();
      if (state !== "completed" || store.unsaved.has(context.path)) return;
      if (leftAt <= beganAt) localStorage.removeItem(place);
      else lay(); // that save was under way already, and does not have it
    });
    model.contentChanged.connect(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, PAUSE_MS);
    });
  });
  document.addEventListener("visibilitychange", leave);
  context.disposed.connect(() => document.removeEventListener("visibilitychange", leave));
  return save;
}

// What a window of its own may show: the rest, a page above all, would be of the course's origin.
const SHOWN = /^(image\/(png|jpeg|gif|webp)|text\/plain|application\/(json|pdf))$/;

/** Have what is not saved be remembered, and what lies in a browser be handed out as a file only. */
export function guard(): void {
  const contents = store.app?.serviceManager.contents;
  const here = drive();
  if (!contents) return;
  const save = contents.save.bind(contents);
  contents.save = async (path, file = {}) => {
    try {
      const saved = await save(path, file);
      store.missed(path);
      return saved;
    } catch (error) {
      store.missed(path, file);
      if (!here) throw error;
      // The strip says it, once; JupyterLab would ask at each of the many saves.
      const kept = await contents.get(path, { content: false }).catch(() => undefined);
      return { ...(file as Contents.IModel), ...kept };
    }
  };
  window.addEventListener("beforeunload", (event) => store.unsaved.size && event.preventDefault());
  if (!here) return;
  const [createCheckpoint, download] = [here.createCheckpoint.bind(here), here.getDownloadUrl.bind(here)];
  // Without room for a copy of it, JupyterLab would not even open a file.
  here.createCheckpoint = (path) => createCheckpoint(path).catch(() => ({ id: "", last_modified: "" }));
  here.getDownloadUrl = async (path) => {
    const address = await download(path);
    if (!address.startsWith("blob:")) return address; // the course's own
    const held = await (await fetch(address)).blob();
    URL.revokeObjectURL(address);
    const type = SHOWN.test(held.type) ? held.type : "application/octet-stream";
    return URL.createObjectURL(held.slice(0, held.size, type));
  };
}
