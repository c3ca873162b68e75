/** A line above the notebook: how much is done, what is running, where it goes on. */

import type { ICodeCellModel, Cell as NotebookCell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { Widget } from "@lumino/widgets";
import { element } from "./page.js";
import { HOME, store } from "./progress.js";
import { type Cell, standingOf } from "./standing.js";
import { filled, wordsOf } from "./words.js";

const LONG_MS = 1000;

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
  }

  /** Say that Python is on its way, until it has answered. */
  waitFor(answer: Promise<unknown>): void {
    this.fetching = true;
    this.running.textContent = filled(wordsOf(this.panel)?.fetching, {});
    const end = () => {
      this.fetching = false;
      this.running.textContent = "";
    };
    void answer.then(end, end);
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
    const counts = standingOf(cellsOf(this.panel));
    const told = [words.sections, words.questions].map((one) =>
      element("span", {}, filled(one, { ...counts })),
    );
    const { next, next_title } = words;
    if (next) told.push(this.linkTo(next, filled(words.go_on, { title: next_title })));
    this.node.replaceChildren(this.linkTo(HOME, words.home ?? ""), this.running, ...told);
  }
}
