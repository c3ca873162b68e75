/** What stands open in an answer is folded in the answers below it: it is said once in a notebook. */

import { HIGHEST } from "./fit.js";
import { element } from "./page.js";
import { filled } from "./words.js";

/** Sentences of an answer: those that are new stand in `list`, those that are said above in `again`. */
interface Sentences {
  items: Element[];
  list: HTMLElement;
  again: HTMLElement;
  fold: HTMLDetailsElement;
  /** Folded because the answer would be too high: nobody has met them. */
  tooHigh: boolean;
}

const known = new WeakMap<HTMLElement, Sentences>();

/** What holds a list, and is hidden where all of it is said above. */
function boxOf(list: HTMLElement): HTMLElement {
  return list.closest<HTMLElement>(".lab-limits") ?? list;
}

function sentencesOf(list: HTMLElement): Sentences {
  const again = list.cloneNode() as HTMLElement;
  delete again.dataset.again;
  const fold = element("details", { className: "lab-again", hidden: true }, element("summary"), again);
  boxOf(list).after(fold);
  boxOf(list).removeAttribute("name"); // of those with one name a browser closes all but the first
  return { items: [...list.children], list, again, fold, tooHigh: false };
}

/** Lay each sentence where it belongs; return whether one has moved. */
function sort({ items, list, again, fold }: Sentences, said: Set<string>): boolean {
  const belongs = (item: Element) => (said.has(item.textContent ?? "") ? again : list);
  if (items.every((item) => item.parentElement === belongs(item))) return false;
  items.forEach((item) => belongs(item).append(item));
  const count = again.children.length;
  fold.firstElementChild!.textContent = filled(list.dataset.again, { count });
  fold.hidden = !count;
  boxOf(list).hidden = count === items.length;
  return true;
}

/** Fold in each answer of a notebook what is said above it; the answer `drawn` has just been drawn. */
export function sayOnce(notebook: Element, drawn?: Element): void {
  const said = new Set<string>();
  for (const list of notebook.querySelectorAll<HTMLElement>(".lab-page [data-again]")) {
    if (list.closest("details:not(.lab-limits, [open])")) continue; // nobody sees it
    const sentences = known.get(list) ?? sentencesOf(list);
    const isNew = !known.has(list);
    known.set(list, sentences);
    const hasMoved = sort(sentences, said);
    const answer = list.closest<HTMLElement>(".lab-page")!;
    const limits = list.closest<HTMLDetailsElement>("details.lab-limits");
    if (limits && (isNew || hasMoved || answer === drawn)) {
      limits.open = true;
      sentences.tooHigh = answer.offsetHeight > HIGHEST;
      limits.open = !sentences.tooHigh;
    }
    if (sentences.tooHigh) continue;
    for (const item of list.children) said.add(item.textContent ?? "");
  }
}
