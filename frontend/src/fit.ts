/** An answer fits the window: rows for which there is no room stand behind a fold. */

import { element } from "./page.js";

export const HIGHEST = 480; // pixels, before anything is unfolded; with what stands around it, 500

export function fit(answer: HTMLElement): void {
  for (const table of answer.querySelectorAll<HTMLTableElement>("table[data-all]")) {
    if (table.closest("details")) continue;
    const whole = table.cloneNode(true);
    const rows = [...(table.tBodies[0]?.rows ?? [])];
    while (answer.offsetHeight > HIGHEST && rows.length) rows.pop()?.remove();
    table.hidden = !rows.length;
    if (table.rows.length === (whole as HTMLTableElement).rows.length) continue;
    if (table.nextElementSibling?.matches(".lab-all")) continue;
    const title = element("summary", {}, table.dataset.all ?? "");
    table.after(element("details", { className: "lab-all" }, title, whole));
  }
}
