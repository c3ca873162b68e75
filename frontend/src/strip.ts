/** A line above the notebook: how much is done, what is running, where it goes on. */

import type { ICodeCellModel, Cell as NotebookCell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { KernelMessage } from "@jupyterlab/services";
import { Widget } from "@lumino/widgets";
import { element } from "./page.js";
import { HOME, store } from "./progress.js";
import { type Cell, standingOf } from "./standing.js";
import { filled, wordsOf } from "./words.js";

const LONG_MS = 1000;
const SILENT_MS = 60_000;
const PYTHON = "labsupport-python"; // data/browser/python.js
/** How many files of Python are under way; or what went wrong, and with which; or another notebook asks. */
type Heard = { underWay?: number; reason?: string; file?: string };

function cellsOf(panel: NotebookPanel): Cell[] {
  return Array.from(panel.model?.cells ?? [], (cell) => ({
    type: cell.type,
    source: cell.sharedModel.getSource(),
    run: cell.type === "code" && Boolean((cell as ICodeCellModel).executionCount),
  }));
}

export class Strip extends Widget {
  private running = element("span", { className: "lab-running", role: "status" });
  private timer = 0;
  private fetching = false;
  private heard?: BroadcastChannel;
  private silence = 0;
  private trouble?: HTMLElement[];

  constructor(private panel: NotebookPanel) {
    super();
    this.addClass("lab-strip");
    this.hide();
    const refresh = () => this.refresh();
    void panel.context.ready.then(() => {
      refresh();
      panel.model?.contentChanged.connect(refresh);
      this.disposed.connect(store.onChange(refresh));
    });
    this.disposed.connect(() => this.stopListening());
  }

  /** Say that Python is on its way until it has answered; and why it does not come. */
  waitFor(answer: Promise<KernelMessage.IExecuteReplyMsg>): void {
    this.stopListening();
    this.fetching = true;
    this.running.textContent = filled(wordsOf(this.panel)?.fetching, {});
    const heard = new BroadcastChannel(PYTHON);
    this.heard = heard;
    this.expect(true);
    heard.onmessage = ({ data }: MessageEvent<Heard>) => {
      if (data.underWay !== undefined) this.expect(data.underWay > 0);
      if (data.reason === undefined) return;
      this.stopListening();
      this.warn(data.file ? "not_had" : "not_started", data);
    };
    heard.postMessage({ asked: true });
    const end = (reply?: KernelMessage.IExecuteReplyMsg) => {
      if (this.heard !== heard) return; // another Python is on its way
      this.stopListening();
      this.fetching = false;
      this.running.textContent = "";
      const content = reply?.content;
      if (content?.status === "ok") this.warn();
      else if (content?.status === "error" && !this.trouble) this.warn("not_started", { reason: content.evalue });
    };
    void answer.then(end, () => end());
  }

  private stopListening(): void {
    window.clearTimeout(this.silence);
    this.heard?.close();
  }

  /** Something has come. Where more is to come, it may not take long. */
  private expect(more: boolean): void {
    if (this.trouble) this.warn();
    window.clearTimeout(this.silence);
    if (more) this.silence = window.setTimeout(() => this.warn("silent"), SILENT_MS);
  }

  /** Say above the notebook why Python does not come, or no longer. */
  private warn(key?: string, values: Record<string, unknown> = {}): void {
    const words = wordsOf(this.panel);
    this.trouble = undefined;
    if (key) {
      const sentence = filled(words?.[key], { host: location.host, seconds: SILENT_MS / 1000, ...values });
      const again = element("button", { type: "button" }, words?.try_again ?? "");
      again.addEventListener("click", () => {
        const { context, model } = this.panel;
        void (model?.dirty ? context.save() : Promise.resolve()).finally(() => location.reload());
      });
      this.trouble = [element("strong", { role: "alert" }, sentence), again];
    }
    this.toggleClass("lab-in-trouble", Boolean(key));
    this.refresh();
    this.parent?.fit();
  }

  /** Say which line is running if it takes a while. */
  started(cell: NotebookCell): void {
    const line = cell.model.sharedModel.getSource().trim().split("\n").at(-1);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (!this.fetching) this.running.textContent = filled(wordsOf(this.panel)?.running, { line });
    }, LONG_MS);
  }

  ended(): void {
    window.clearTimeout(this.timer);
    if (!this.fetching) this.running.textContent = "";
  }

  private linkTo(file: string, text: string): HTMLAnchorElement {
    const link = element("a", { href: "#" }, text);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      void store.openFile(file, this.panel.context.urlResolver);
    });
    return link;
  }

  private refresh(): void {
    const words = wordsOf(this.panel);
    this.setHidden(!words);
    if (!words) return;
    if (words.not_kept && store.unsaved.size) {
      const names = [...store.unsaved.keys()].join(", ");
      const lost = element("strong", {}, filled(words.not_kept, { names }));
      lost.setAttribute("role", "alert");
      this.node.replaceChildren(this.linkTo(HOME, words.home ?? ""), lost);
      return;
    }
    if (this.trouble) {
      const [sentence] = this.trouble;
      // Put there once: it is read out each time.
      if (!sentence?.isConnected) this.node.replaceChildren(this.linkTo(HOME, words.home ?? ""), ...this.trouble);
      return;
    }
    const counts = standingOf(cellsOf(this.panel), store.isAnswered);
    const told = [words.sections, words.questions].map((one) =>
      element("span", {}, filled(one, { ...counts })),
    );
    const { next, next_title } = words;
    if (next) told.push(this.linkTo(next, filled(words.go_on, { title: next_title })));
    this.node.replaceChildren(this.linkTo(HOME, words.home ?? ""), this.running, ...told);
  }
}
