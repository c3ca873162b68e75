import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/" });
for (const name of ["document", "HTMLAnchorElement", "window"]) {
  globalThis[name] = name === "window" ? window : window[name];
}
const { build } = await import("../lib/page.js");
const { sayOnce } = await import("../lib/said.js");

const CASES = new URL("../../tests/samples/said/cases.json", import.meta.url);
const CHANGES = "Another resolver may answer differently.";

const list = (...limits) => [
  "details",
  { class: "lab-limits", name: "lab-limits-x", open: "" },
  ["summary", "Limits"],
  ["ul", { "data-again": "limits {count}" }, ...limits.map((limit) => ["li", limit])],
];
const notes = (...remarks) => [
  "div",
  { "data-again": "notes {count}" },
  ...remarks.map((remark) => ["p", { class: "lab-note" }, remark]),
];

/** A notebook with answers as they are drawn, from the top down unless `drawn` says in which order. */
function notebook(...parts) {
  const node = window.document.createElement("div");
  window.document.body.append(node);
  const answers = parts.map((part) => {
    const answer = window.document.createElement("div");
    answer.className = "lab-page";
    answer.append(build(["section", ...part]));
    return answer;
  });
  return { node, answers };
}

function drawn(...parts) {
  const made = notebook(...parts);
  made.node.append(...made.answers);
  sayOnce(made.node);
  return made;
}

const isSeen = (item) => !item.closest("[hidden], details:not([open])");
const seen = (answer) => [...answer.querySelectorAll("li, .lab-note")].filter(isSeen).map((item) => item.textContent);
const folded = (answer) =>
  [...answer.querySelectorAll(".lab-again:not([hidden])")].map((fold) => [
    fold.querySelector("summary").textContent,
    ...[...fold.querySelectorAll("li, .lab-note")].map((item) => item.textContent),
  ]);

// The editions fold by the same rule: see tests/run/test_said.py.
for (const { title, answers, open, folded: folds } of JSON.parse(readFileSync(CASES, "utf8"))) {
  test(title, () => {
    const made = drawn(...answers.map(({ limits, notes: remarks, hidden }) => [
      ...(remarks ? [notes(...remarks)] : []),
      ...(hidden ? [["details", { class: "lab-same" }, ["summary", "In words"], notes(...hidden)]] : []),
      ...(limits ? [list(...limits)] : []),
    ]));
    assert.deepEqual(made.answers.map(seen), open);
    assert.deepEqual(made.answers.map(folded), folds);
  });
}

test("the order of the document decides, in whichever order answers come, go and come again", () => {
  const { node, answers } = notebook([list(CHANGES)], [list(CHANGES)], [list(CHANGES)]);
  const [first, second, third] = answers;
  for (const [change, open] of [
    [() => node.append(third), third],
    [() => node.prepend(first), first],
    [() => first.after(second), first],
    [() => first.remove(), second],
    [() => node.append(second), third],
    [() => node.prepend(first), first],
  ]) {
    change();
    sayOnce(node);
    assert.deepEqual(answers.filter((one) => one.isConnected && seen(one).length), [open]);
  }
});

test("limits for which there is no room are folded by their own title, and stand open below", () => {
  const { node, answers } = notebook([list(CHANGES)], [list(CHANGES)]);
  Object.defineProperty(answers[0], "offsetHeight", { value: 900 });
  node.append(...answers);
  sayOnce(node);
  assert.deepEqual(answers.map(seen), [[], [CHANGES]]);
  assert.deepEqual(answers.map(folded), [[], []]);
});

test("what a reader has opened or closed stays so", () => {
  const { node, answers } = drawn([list(CHANGES)], [list(CHANGES)]);
  const [own, again] = [answers[0].querySelector(".lab-limits"), answers[1].querySelector(".lab-again")];
  own.open = false;
  again.open = true;
  sayOnce(node);
  assert.deepEqual([own.open, again.open], [false, true]);
});

test("a browser folds none of them by itself", () => {
  const { node } = drawn([list(CHANGES)], [list(CHANGES)]);
  assert.equal(node.querySelectorAll("[name]").length, 0);
});
