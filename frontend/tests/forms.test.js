import assert from "node:assert/strict";
import test from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/" });
for (const name of ["document", "HTMLAnchorElement", "window", "DOMParser", "Event", "MutationObserver"]) {
  globalThis[name] = name === "window" ? window : window[name];
}
const { forms } = await import("../lib/forms.js");
const VIEW = "application/vnd.jupyter.widget-view+json";
const PAGE = "application/vnd.labsupport.page+json";
const stored = (id, words) => ({ data: { [VIEW]: { model_id: id }, [PAGE]: ["p", words] } });

/** A notebook whose forms fail, or are drawn; how often they are is counted. `tell` is of its kernel. */
function notebook(fails) {
  const node = window.document.createElement("div");
  const made = {
    node: window.document.createElement("div"),
    widgets: [],
    count: 0,
    hasClass: (name) => made.node.classList.contains(name),
    async renderModel() {
      made.count += 1;
      made.node.textContent = fails ? "Error" : "form";
      if (fails) made.node.classList.add("jupyter-widgets");
      else made.widgets = ["form"];
    },
  };
  const rendermime = { createRenderer: () => made, resolver: { resolveUrl: async (path) => path, getDownloadUrl: async (path) => `/files/${path}` } };
  let tell;
  const statusChanged = { connect: (slot) => (tell = (status) => slot({}, status)) };
  forms({ content: { node, rendermime }, sessionContext: { statusChanged } });
  return { node, form: rendermime.createRenderer(VIEW), made, tell };
}

test("a form that lost its kernel shows what stands beside it", async () => {
  const { form, made } = notebook(true);
  assert.equal(form, made); // what it was made as
  await form.renderModel(stored("1", "Here you stood."));
  assert.equal(made.node.textContent, "Here you stood.");
});

test("what stands beside a form changes, and the form stays", async () => {
  const { form, made } = notebook(false);
  await form.renderModel(stored("1", "one"));
  await form.renderModel(stored("1", "two"));
  assert.equal(made.count, 1);
  await form.renderModel(stored("2", "another form"));
  assert.equal(made.count, 2);
});

test("a form is told when its kernel was started anew", () => {
  const { node, tell } = notebook(false);
  node.innerHTML = '<div class="lab-form-box"><form></form></div>';
  let lost = 0;
  node.querySelector("form").addEventListener("lab-lost", () => (lost += 1));
  ["idle", "restarting"].forEach(tell);
  assert.equal(lost, 1);
});

test("the links of a reply lead to its files", async () => {
  const { node } = notebook(false);
  node.innerHTML = '<div><a class="lab-open" href="case.html">Open</a></div>';
  node.firstElementChild.dispatchEvent(new window.Event("lab-page", { bubbles: true }));
  await new Promise(setImmediate);
  const link = node.querySelector("a");
  assert.deepEqual([link.getAttribute("href"), link.target], ["/files/case.html", "_blank"]);
});

test("a picture in a reply moves", () => {
  const { node } = notebook(false);
  const svg = '<svg><rect data-part="ñ"></rect></svg>';
  const state = (label, looks) => `<li data-looks="${looks}" data-label="${label}"><span class="lab-words">${label}.</span></li>`;
  node.innerHTML =
    `<div><figure class="lab-figure"><p class="lab-state"></p>` +
    `${svg}</figure>` +
    `<details><ol class="lab-states">${state("one", "on:ñ")}${state("two", "")}</ol></details></div>`;
  node.firstElementChild.dispatchEvent(new window.Event("lab-page", { bubbles: true }));
  const part = node.querySelector("[data-part]");
  assert.equal(part.getAttribute("data-look"), "on");
  const radios = node.querySelectorAll("input[type=radio]");
  assert.equal(radios.length, 2);
  radios[1].onchange();
  assert.equal(part.getAttribute("data-look"), null);
  assert.equal(node.querySelector(".lab-state").textContent, "two.");
});
