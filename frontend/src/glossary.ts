/** A word of the glossary opens where it stands, not where the glossary is. */

import type { Notebook } from "@jupyterlab/notebook";
import { element } from "./page.js";

const WORD = /^#(word-[\w-]+)$/;

/** Return a line of Markdown as words, without the link that leads back to the text. */
function plain(line: string): string {
  const words = line.replace(/<[^>]*>|\[↩[^\]]*\]\([^)]*\)|^- /g, "");
  return words.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*`|]/g, "").trim();
}

/** Return what the notebook's glossary says of a word: the row or the paragraph with its anchor. */
function explanation(notebook: Notebook, id: string): string | undefined {
  const anchor = `id="${id}"`;
  for (const cell of notebook.model?.cells ?? []) {
    const line = cell.sharedModel.getSource().split("\n").find((one) => one.includes(anchor));
    if (line) return plain(line);
  }
  return undefined;
}

export function glossary(notebook: Notebook): void {
  const note = element("div", { className: "lab-word", role: "note", tabIndex: -1 });
  note.setAttribute("popover", "auto");
  notebook.node.append(note);
  notebook.node.addEventListener(
    "click",
    (event) => {
      const link = (event.target as Element).closest?.("a[href]");
      const id = WORD.exec(link?.getAttribute("href") ?? "")?.[1];
      const said = id && explanation(notebook, id);
      if (!link || !said) return;
      event.preventDefault();
      event.stopPropagation();
      note.textContent = said;
      note.showPopover();
      const place = link.getBoundingClientRect();
      note.style.left = `${Math.min(place.left, window.innerWidth - note.offsetWidth - 16)}px`;
      note.style.top = `${place.bottom + 6}px`;
      note.focus();
    },
    true,
  );
}
