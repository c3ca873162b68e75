import assert from "node:assert/strict";
import test from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/" });
for (const name of ["document", "HTMLAnchorElement", "window"]) {
  globalThis[name] = name === "window" ? window : window[name];
}
const { build } = await import("../lib/page.js");
const { pictures } = await import("../lib/picture.js");

const WORDS = "Back|Next|Picture {number} of {count}|What is shown";

function page(states, list = {}) {
  const part = (name) => ["rect", { class: "lab-box", "data-part": name, x: "1", y: "2" }];
  const svg = ["svg", { class: "lab-svg", viewBox: "0 0 800 40" }, part("a"), part("b"), part("b")];
  const items = states.map(([looks, words, label]) => {
    const data = { "data-looks": looks, ...(label ? { "data-label": label } : {}) };
    return ["li", data, ["span", { class: "lab-words" }, words]];
  });
  const made = build([
    "section",
    ["figure", { class: "lab-figure" }, ["p", { class: "lab-state" }, "the still"], svg],
    ["details", ["ol", { class: "lab-states", "data-words": WORDS, ...list }, ...items]],
  ]);
  pictures(made);
  return made;
}

const looks = (made) => [...made.querySelectorAll("[data-part]")].map((one) => one.getAttribute("data-look"));
const said = (made) => made.querySelector("[role=status]").textContent;

function change(box, value) {
  box.checked = value;
  box.dispatchEvent(new window.Event("change", { bubbles: true }));
}

test("steps go on and back, and end at their ends", () => {
  const made = page([["", "One."], ["on:a", "Two."], ["cut:b;on:a", "Three."]]);
  const [back, next] = made.querySelectorAll("button");
  const place = () => [said(made), made.querySelector(".lab-place").textContent, ...looks(made)];
  assert.deepEqual(place(), ["One.", "Picture 1 of 3", null, null, null]);
  back.click();
  assert.equal(said(made), "One.");
  next.click();
  assert.deepEqual(place(), ["Two.", "Picture 2 of 3", "on", null, null]);
  next.click();
  next.click();
  assert.deepEqual(place(), ["Three.", "Picture 3 of 3", "on", "cut", "cut"]);
  const slider = made.querySelector("[type=range]");
  assert.equal(slider.getAttribute("aria-label"), "Picture 3 of 3");
  slider.value = "0";
  slider.dispatchEvent(new window.Event("input"));
  assert.deepEqual(place(), ["One.", "Picture 1 of 3", null, null, null]);
});

test("states with a name are chosen", () => {
  const made = page([["", "One.", "before"], ["dark:a b", "Two.", "after"]]);
  const [before, after] = made.querySelectorAll("[type=radio]");
  assert.equal(made.querySelector("[role=radiogroup]").getAttribute("aria-label"), "What is shown");
  assert.ok(before.checked);
  change(after, true);
  assert.deepEqual([said(made), ...looks(made)], ["Two.", "dark", "dark", "dark"]);
});

test("switches lead to the state of their combination", () => {
  const states = ["none", "first", "second", "both"].map((words) => ["", words]);
  const made = page(states, { "data-switches": "first|second", "data-first": "1" });
  const [first, second] = made.querySelectorAll("[type=checkbox]");
  assert.deepEqual([said(made), first.checked, second.checked], ["first", true, false]);
  change(first, false);
  change(second, true);
  assert.equal(said(made), "second");
  change(first, true);
  assert.equal(said(made), "both");
});

test("a picture that was changed by hand does no harm", () => {
  const odd = page([["on", "One."], [":;::on:nobody;__proto__:a;on:b", ""]], { "data-words": "" });
  odd.querySelectorAll("button")[1].click();
  assert.equal(looks(odd).length, 3);
  const few = page([["", "One."]], { "data-switches": "a|b|c" });
  assert.equal(few.querySelector(".lab-controls"), null); // one state: nothing moves
  const gone = page([["", "One."], ["", "Two."]], { "data-switches": "a|b|c", "data-first": "many" });
  const boxes = gone.querySelectorAll("[type=checkbox]");
  boxes.forEach((box) => change(box, true));
  assert.equal(said(gone), "");
});

for (const [what, shape] of Object.entries({
  "a script in a picture": ["svg", ["script", "alert(1)"]],
  "a page in a picture": ["svg", ["foreignObject", ["p", "x"]]],
  "a picture from elsewhere": ["svg", ["image", { href: "https://museum.example/eye.png" }]],
  "a part of elsewhere": ["svg", ["use", { href: "https://museum.example/#a" }]],
  "a style": ["svg", ["style", "*{}"]],
})) {
  test(`${what} is not drawn`, () => {
    const place = window.document.createElement("div");
    place.append(build(shape));
    assert.equal(place.innerHTML, "<svg></svg>");
  });
}

test("shapes have their numbers and nothing else", () => {
  const place = window.document.createElement("div");
  const more = { onload: "alert(1)", style: "position:fixed", href: "https://museum.example", fill: "url(#a)" };
  place.append(build(["svg", { viewBox: "0 0 1 1", class: "jp-Dialog", ...more }, ["rect", { x: "1", ...more }]]));
  assert.equal(place.innerHTML, '<svg viewBox="0 0 1 1"><rect x="1"></rect></svg>');
});
