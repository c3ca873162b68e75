/** After a run the answer is what is looked at: it is marked, and stays in the window with its line. */

import type { Cell } from "@jupyterlab/cells";
import type { Notebook } from "@jupyterlab/notebook";

const MARGIN = 24; // pixels above an answer
const AGAIN_MS = [0, 150, 600]; // what is drawn late makes an answer longer
const NEWEST = "lab-newest";

function show(cell: Cell, scroller: Element): void {
  const output = cell.node.querySelector(".jp-OutputArea-output")?.getBoundingClientRect();
  if (!output?.height) return;
  const seen = scroller.getBoundingClientRect();
  const line = cell.node.getBoundingClientRect().top;
  const begin = output.bottom - line + 2 * MARGIN < seen.height ? line : output.top;
  const below = Math.max(0, output.bottom + MARGIN - seen.bottom);
  const above = Math.min(0, begin - MARGIN - seen.top);
  scroller.scrollTop += above || Math.min(below, begin - MARGIN - seen.top);
}

/** Scroll as little as shows the answer, and its beginning where it is higher than the window. */
export function bringIntoSight(notebook: Notebook, cell: Cell): void {
  const scroller = notebook.node.querySelector(".jp-WindowedPanel-outer") ?? notebook.node;
  // Where many run at once, the last one is shown.
  const isLast = () => [0, 1].includes(notebook.activeCellIndex - notebook.widgets.indexOf(cell));
  if (!isLast()) return;
  notebook.node.querySelector(`.${NEWEST}`)?.classList.remove(NEWEST);
  cell.addClass(NEWEST);
  for (const wait of AGAIN_MS) window.setTimeout(() => isLast() && show(cell, scroller), wait);
}
