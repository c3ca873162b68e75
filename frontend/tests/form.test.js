import assert from "node:assert/strict";
import test from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/", pretendToBeVisual: true });
for (const name of ["document", "Option", "Event", "HTMLAnchorElement", "requestAnimationFrame"]) {
  globalThis[name] = window[name];
}
window.Element.prototype.scrollIntoView = () => {};
const { default: form } = await import("../../data/course/form/form.js");
const { pictures } = await import("../lib/picture.js");

const WORDS = { plain: "", working: "One moment …", hint: "Hint", silence: "Nothing came back." };
const BOX = {
  title: "Paste a draft",
  fields: [{ kind: "area", key: "text", label: "Draft", value: "" }],
  buttons: [["review", "Review"], ["clear", "Clear"]],
  code: "lab.review()",
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
