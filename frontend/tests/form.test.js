import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/", pretendToBeVisual: true });
for (const name of ["document", "Option", "Event", "HTMLAnchorElement", "requestAnimationFrame"]) {
  globalThis[name] = window[name];
}
mock.timers.enable({ apis: ["setTimeout"] });
globalThis.window = window;
window.Element.prototype.scrollIntoView = () => {};
const { default: form } = await import("../../data/course/form/form.js");
const { pictures } = await import("../lib/picture.js");

const WORDS = { plain: "", working: "One moment …", hint: "Hint", silence: "Nothing came back." };
const BOX = {
  title: "Paste a draft",
  fields: [{ kind: "area", key: "text", label: "Draft", value: "" }],
  buttons: [["review", "Review"], ["clear", "Clear"]],
  code: "lab.orders.review()",
  private: true,
  holds: ["review"],
  words: WORDS,
};

/** A form in a page; `sent` is what its presses sent, `answer` is what comes back. */
function made(content = BOX) {
  const hears = {};
  const sent = [];
  const model = {
    get: (key) => (key === "content" ? content : {}),
    on: (what, hear) => (hears[what] = hear),
    send: (message) => sent.push(message),
  };
  const el = window.document.createElement("div");
  window.document.body.replaceChildren(el);
  form.render({ model, el });
  const find = (selector) => el.querySelector(selector);
  const answer = (html, more = {}) =>
    hears["msg:custom"]({ said: { text: "Said.", html, hidden: ["text"], ...more } });
  const review = (text) => {
    find("textarea").value = text;
    find("button[value=review]").click();
  };
  return { el, find, sent, answer, review, hear: hears["msg:custom"] };
}

const change = (target) => target.dispatchEvent(new window.Event("change", { bubbles: true }));
const press = (target, key) =>
  target.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

test("what is chosen in a picture does not change the form", () => {
  const { find, answer, sent } = made();
  answer(
    '<figure class="lab-figure"><p class="lab-state"></p></figure><details><ol class="lab-states">' +
      '<li data-label="before"></li><li data-label="after"></li></ol></details>',
  );
  pictures(find(".lab-reply"));
  const [, after] = find(".lab-reply").querySelectorAll("input");
  after.checked = true;
  change(after);
  assert.ok(find("figure"));
  assert.equal(find("[role=status].lab-status").textContent, "Said.");
  assert.equal(after.form, null); // Enter would press the form's first button
  assert.deepEqual(sent, []);
});

const DOCUMENT =
  '<div class="lab-marked"><div class="lab-document"><button type="button" data-edit>Edit</button>' +
  '<div class="lab-letter">Block a.example.</div></div></div>';

test("when nothing comes back, the text is there to be copied", () => {
  const { find, answer, review, hear } = made();
  review("Block a.example.");
  answer(DOCUMENT);
  find("button[value=review]").click();
  hear({ heard: true });
  assert.equal(find(".lab-lost").textContent, WORDS.working);
  assert.ok(find(".lab-letter"), "it stays until the answer is there");
  assert.ok(find("textarea").readOnly);
  find("button[value=review]").click();
  mock.timers.tick(9000);
  assert.equal(find(".lab-lost").textContent, WORDS.silence);
  assert.equal(find("[role=status]").textContent, WORDS.silence);
  assert.equal(find(".lab-letter"), null);
  assert.equal(find("textarea").value, "Block a.example.");
  assert.ok(!find("textarea").readOnly);
  assert.ok(!find("textarea").closest("[hidden]"));
});

const choice = (name, part) =>
  `<select data-press="taken" name="${name}"><option value="unsure">?<option value="target">x<option value="mentioned">o</select>`.replace(
    `value="${part}"`,
    `value="${part}" selected`,
  );
const CHOICES = `<div class="lab-marked"><div class="lab-letter">${choice("a.example", "unsure")}${choice("b.example", "unsure")}</div></div>`;

test("a choice by arrow keys counts with Enter or when it is left, and the focus stays", () => {
  const { el, find, answer, review, sent } = made();
  review("Block.");
  answer(CHOICES);
  const choices = () => el.querySelectorAll("select");
  const by = (place, name, value) => {
    choices()[place].focus();
    press(choices()[place], name);
    choices()[place].value = value;
    change(choices()[place]);
  };
  by(0, "ArrowDown", "target");
  by(0, "ArrowDown", "mentioned");
  assert.equal(sent.length, 1);
  press(choices()[0], "Enter");
  assert.deepEqual([sent.length, sent[1].values.value, sent[1].values.taken], [2, "mentioned", '{"a.example":"mentioned"}']);
  assert.equal(window.document.activeElement, choices()[0], "while the answer is on its way");
  by(1, "ArrowDown", "target"); // sooner than the answer
  answer(CHOICES);
  assert.equal(window.document.activeElement, choices()[1]);
  assert.deepEqual([...choices()].map((one) => one.value), ["mentioned", "target"]);
  assert.equal(sent.length, 2);
  find("button[value=review]").focus();
  assert.deepEqual([sent.length, sent[2].values.name, sent[2].values.value], [3, "b.example", "target"]);
  answer(CHOICES);
  assert.equal(window.document.activeElement, find("button[value=review]"));
});

test("a choice by pointer counts at once", () => {
  const { find, answer, review, sent } = made();
  review("Block.");
  answer(CHOICES);
  press(find("select"), "ArrowDown");
  find("select").dispatchEvent(new window.Event("pointerdown", { bubbles: true }));
  find("select").value = "target";
  change(find("select"));
  assert.equal(sent.length, 2);
});

test("a text that is no edit of the one before begins anew", () => {
  const { el, find, answer, review, sent } = made();
  const order = "THE COURT ORDERS: all access providers shall block a.example until 3 November.";
  const last = () => sent.at(-1).values;
  review(order);
  assert.ok(last().isNew);
  answer(CHOICES);
  find("select").value = "target";
  change(find("select"));
  answer(CHOICES);
  review(`${order} It is to be looked at again on 1 November.`);
  assert.deepEqual([last().taken, last().isNew], ['{"a.example":"target"}', undefined]);
  answer(CHOICES);
  review("THE COURT ORDERS: the registry shall hold the domain a.example, and tell its holder.");
  assert.deepEqual([last().taken, last().isNew], [undefined, "yes"]);
  answer(CHOICES);
  assert.equal(el.querySelector("select").value, "unsure");
});

test("what was typed is cleared once it was asked for twice", () => {
  const { find, sent, review } = made();
  const clear = () => find("button[value=clear]").click();
  let asked = 0;
  let yes = false;
  window.confirm = () => (asked++, yes);
  clear();
  assert.deepEqual([asked, sent.length], [0, 1], "there is nothing to lose");
  review("Block a.example.");
  clear();
  assert.deepEqual([asked, sent.length, find("textarea").value], [1, 2, "Block a.example."]);
  yes = true;
  clear();
  assert.deepEqual([sent.length, sent.at(-1).pressed, find("textarea").value], [3, "clear", ""]);
});

test("what to do with a wording that was put in is seen, and it stands where it belongs", () => {
  const { find, answer, review } = made();
  review("Block a.example.\n\nThe Judge");
  const insert = '<p><button type="button" data-insert="Until […]." data-at="16" data-said="Fill it in.">Insert</button> <span></span></p>';
  answer(DOCUMENT + insert);
  find("[data-insert]").click();
  assert.equal(find("[data-insert] + span").textContent, "Fill it in.");
  assert.equal(find("textarea").value, "Block a.example.\n\nUntil […].\n\nThe Judge");
});

test("where a plain call would be on another order, none is shown", () => {
  const { find, answer } = made();
  answer(DOCUMENT, { code: "", title: "Your draft" });
  assert.deepEqual([find(".lab-plain").hidden, find("legend").textContent], [true, "Your draft"]);
  answer("", { code: "lab.orders.review()" });
  assert.ok(!find(".lab-plain").hidden);
});
