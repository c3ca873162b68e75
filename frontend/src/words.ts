/** The words of the page come with the notebook, in its language. */

import type { NotebookPanel } from "@jupyterlab/notebook";

export type Words = Record<string, string>;

/** Return the words that a notebook of the course brings; undefined for any other notebook. */
export function wordsOf(panel: NotebookPanel): Words | undefined {
  const ours = panel.model?.getMetadata("labsupport") as { words?: Words } | undefined;
  return typeof ours?.words === "object" ? ours.words : undefined;
}

/** Put values into a sentence: `{done} of {count}`. */
export function filled(sentence: string | undefined, values: Record<string, unknown>): string {
  return (sentence ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
