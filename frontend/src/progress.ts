/** What a participant has answered: kept in a file of their working copy, nowhere else. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Contents } from "@jupyterlab/services";
import { base64 } from "./python.js";
import { type Cell, sourceOf } from "./standing.js";

export const HOME = "home.course";
export const PROGRESS = "progress.json";

export interface Progress {
  /** By the id of a question: the letter chosen last. */
  answers: Record<string, string>;
  /** The notebook that was open last. */
  last: string;
}

type Listener = () => void;

class Store {
  private progress: Progress = { answers: {}, last: "" };
  private changed: Partial<Progress> & { answers: Progress["answers"] } = { answers: {} };
  app: JupyterFrontEnd | undefined;
  /** What could not be saved, by its path. */
  readonly unsaved = new Map<string, Partial<Contents.IModel>>();
  private listeners = new Set<Listener>();
  private saving = Promise.resolve();

  /** Read what was kept, and keep from now on. */
  async open(app: JupyterFrontEnd): Promise<void> {
    this.app = app;
    await this.readAgain();
  }

  /** Take over what is in the file, but for what was changed here since it was saved. */
  private async readAgain(): Promise<void> {
    try {
      if (await this.has(PROGRESS)) this.parse(await this.content(PROGRESS), this.progress);
    } catch {
      // The file holds something else.
    }
    Object.assign(this.progress.answers, this.changed.answers);
    this.progress.last = this.changed.last ?? this.progress.last;
    this.tell();
  }

  private parse(text: string, into: Store["changed"]): void {
    const kept = JSON.parse(text) as Partial<Progress>;
    for (const [id, letter] of Object.entries(kept.answers ?? {})) {
      if (typeof letter === "string") into.answers[id] = letter;
    }
    if (typeof kept.last === "string") into.last = kept.last;
  }

  /** Take over what was answered elsewhere, beside what was answered here. */
  async takeUp(text: string): Promise<void> {
    this.parse(text, this.changed);
    this.save();
    await this.saving;
  }

  /** Save a file; return whether it was saved. */
  async keep(path: string, file: Partial<Contents.IModel>): Promise<boolean> {
    await this.app?.serviceManager.contents.save(path, file).catch(() => undefined);
    return !this.unsaved.has(path);
  }

  /** Return the content of a file in base64. */
  async bytes(path: string): Promise<string> {
    const contents = this.app?.serviceManager.contents;
    const { format, content } = (await contents?.get(path, { type: "file", content: true })) ?? {};
    if (format === "base64") return String(content);
    return base64(format === "json" ? JSON.stringify(content) : String(content));
  }

  /** Remember what could not be saved; without a file, that it was. */
  missed(path: string, file?: Partial<Contents.IModel>): void {
    if (file ? this.unsaved.set(path, file) : this.unsaved.delete(path)) this.tell();
  }

  private async content(path: string): Promise<string> {
    const contents = this.app?.serviceManager.contents;
    const file = await contents?.get(path, { type: "file", format: "text", content: true });
    return String(file?.content);
  }

  /** Return the cells of a notebook that may not be open; none where there is no such file. */
  async read(name: string, from: IRenderMime.IResolver | null): Promise<Cell[]> {
    try {
      const path = (await from?.resolveUrl(name)) ?? name;
      const { cells } = JSON.parse(await this.content(path)) as {
        cells: { cell_type: string; source: string | string[]; execution_count?: number | null }[];
      };
      return cells.map((cell) => ({
        type: cell.cell_type,
        source: sourceOf(cell),
        run: Boolean(cell.execution_count), // 0: run by nobody but who made the course
      }));
    } catch {
      return [];
    }
  }

  /** Whether a file is there, by its folders: of one that was asked for in vain, the console would tell. */
  private async has(path: string): Promise<boolean> {
    let folder = "";
    for (const part of path.split("/")) {
      const { content } = (await this.app?.serviceManager.contents.get(folder, { content: true })) ?? {};
      const found = (content as Contents.IModel[]).find(({ name }) => name === part);
      if (!found) return false;
      folder = found.path;
    }
    return true;
  }

  /** Return the path of the first of these that is there. */
  async first(names: string[], from: IRenderMime.IResolver | null): Promise<string | undefined> {
    for (const name of names) {
      const path = (await from?.resolveUrl(name)) ?? name;
      if (await this.has(path).catch(() => false)) return path;
    }
    return undefined;
  }

  /** Open what is named in a file, as seen from there. */
  async openFile(name: string, from: IRenderMime.IResolver | null): Promise<void> {
    const path = (await from?.resolveUrl(name)) ?? name;
    void this.app?.commands.execute("docmanager:open", { path });
  }

  /** Whether this is a desk of a room, and not one's own computer. */
  get isDesk(): boolean {
    return /\/user\/[^/]+\/$/.test(this.app?.serviceManager.serverSettings.baseUrl ?? "");
  }

  get last(): string {
    return this.progress.last;
  }

  /** Remember which notebook is open. */
  opened(path: string): void {
    if (path === this.progress.last) return;
    this.progress.last = this.changed.last = path;
    this.save();
  }

  answered(question: string): string | undefined {
    return Object.hasOwn(this.progress.answers, question)
      ? this.progress.answers[question]
      : undefined;
  }

  isAnswered = (question: string): boolean => this.answered(question) !== undefined;

  answer(question: string, letter: string): void {
    this.progress.answers[question] = this.changed.answers[question] = letter;
    this.tell();
    this.save();
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Call each time that a file was saved, here or by a kernel in the page. */
  onSaved(path: string, listener: Listener): () => void {
    const saved = this.app?.serviceManager.contents.fileChanged;
    const heard = (_: unknown, { type, newValue }: Contents.IChangedArgs) => {
      if (type === "save" && newValue?.path === path) listener();
    };
    saved?.connect(heard);
    return () => saved?.disconnect(heard);
  }

  private tell(): void {
    this.listeners.forEach((listener) => listener());
  }

  /** Save it at once, one after the other, with what another tab has saved meanwhile. */
  private save(): void {
    this.saving = this.saving.then(async () => {
      await this.readAgain();
      const { answers, last } = this.changed;
      this.changed = { answers: {} };
      const content = JSON.stringify(this.progress, null, 1);
      if (!(await this.keep(PROGRESS, { type: "file", format: "text", content }))) {
        // The server is away. What was changed goes with what is saved next.
        this.changed = { last, ...this.changed, answers: { ...answers, ...this.changed.answers } };
      }
    });
  }
}

export const store = new Store();
