import assert from "node:assert/strict";
import test from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/" });
for (const name of ["document", "HTMLAnchorElement"]) globalThis[name] = window[name];
const { build } = await import("../lib/page.js");
const { marked, watchMarked } = await import("../lib/marked.js");

const number = (finding) => ["span", { class: "lab-number", "data-finding": finding }, finding];
const finding = (title) => [
  "details",
  { class: "lab-finding", name: "lab-finding" },
  ["summary", ["span", { class: "lab-number" }, "x"], ["strong", title]],
];
const PAGE = [
  "div",
  { class: "lab-marked" },
  ["p", { class: "lab-whole-order" }, number("2"), number("9")],
  ["div", { class: "lab-letter" }, "Block ", ["mark", "a.example"], number("1")],
  ["div", finding("<b>Others</b>"), finding("No end")],
];

watchMarked();
const page = window.document.createElement("div");
page.append(build(PAGE));
window.document.body.append(page);
marked(page);
const buttons = [...page.querySelectorAll("button")];
const findings = [...page.querySelectorAll("details")];

test("a number becomes a button that says which finding it is", () => {
  assert.deepEqual(buttons.map((one) => one.getAttribute("aria-label")), ["2: No end", "9: ", "1: <b>Others</b>"]);
  assert.equal(page.querySelectorAll("summary button").length, 0);
});

test("it opens its finding, and the finding has the focus", () => {
  buttons[2].click();
  assert.ok(findings[0].open);
  assert.equal(window.document.activeElement, findings[0].querySelector("summary"));
  buttons[1].click(); // changed by hand: there is none
  assert.ok(!findings[1].open);
});

test("the numbers of the finding that is open look so", () => {
  findings[1].open = true;
  findings[1].dispatchEvent(new window.Event("toggle"));
  assert.deepEqual(buttons.map((one) => one.classList.contains("lab-here")), [true, false, false]);
  findings[1].open = false;
  findings[1].dispatchEvent(new window.Event("toggle"));
  assert.ok(!page.querySelector(".lab-here"));
});

test("findings are one of a group of the course's own, and of no other", () => {
  assert.equal(findings[0].getAttribute("name"), "lab-finding");
  assert.equal(build(["details", { name: "jp-menu" }]).getAttribute("name"), null);
});
