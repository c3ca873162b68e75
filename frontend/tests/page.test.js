import assert from "node:assert/strict";
import test from "node:test";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>", { url: "http://127.0.0.1/" });
for (const name of ["document", "HTMLAnchorElement", "window"]) {
  globalThis[name] = name === "window" ? window : window[name];
}
const { build } = await import("../lib/page.js");
const { form, isQuestion } = await import("../lib/question.js");
const { standingOf } = await import("../lib/standing.js");
const { howFar, isHome } = await import("../lib/home.js");

function drawn(data) {
  const place = window.document.createElement("div");
  place.append(build(data));
  return place.innerHTML;
}

test("a page is drawn as it was written", () => {
  const page = ["section", { lang: "es" }, ["p", ["strong", "¿Quién?"], " <b>"]];
  assert.equal(drawn(page), '<section lang="es"><p><strong>¿Quién?</strong> &lt;b&gt;</p></section>');
});

for (const [what, data] of Object.entries({
  "a script": ["script", "alert(1)"],
  "a frame": ["iframe", { src: "https://museum.example" }],
  "an element of every object": ["constructor", "x"],
  "no element": [7],
  nothing: null,
  "an object": { tag: "p" },
})) {
  test(`${what} is not drawn`, () => assert.equal(drawn(data), ""));
}

for (const [what, tag, attributes] of [
  ["a line to run", "p", { onclick: "alert(1)" }],
  ["a style", "p", { style: "position:fixed" }],
  ["somebody else's class", "p", { class: "jp-Dialog" }],
  ["a script as an address", "a", { href: "javascript:alert(1)" }],
  ["an address of this machine", "a", { href: "//museum.example/" }],
  ["a path out of the copy", "a", { href: "/hub/logout" }],
  ["a picture from elsewhere", "img", { src: "https://museum.example/eye.png" }],
  ["a page as a picture", "img", { src: "data:text/html;base64,AAAA" }],
  ["no text", "p", { lang: { a: 1 } }],
]) {
  test(`${what} is left out`, () => {
    assert.equal(drawn([tag, attributes]).replace(/<\/.*/, ""), `<${tag}>`);
  });
}

test("what is nested without end does not end the page", () => {
  let data = "x";
  for (let depth = 0; depth < 5000; depth++) data = ["div", data];
  assert.ok(drawn(data).length < 2000);
});

const QUESTION = {
  id: "dns-time",
  lang: "en",
  prompt: "How long?",
  hint: "Look.",
  call: 'lab.course.question("dns-time", "…")',
  choices: [
    { letter: "a", text: "An hour", reply: "No.", verdict: "✗ not this one", right: false },
    { letter: "b", text: "A day", reply: "Yes.", verdict: "✓ right", right: true },
  ],
  words: { check: "Check", hint: "Hint", plain: "As a line:", choose: "Choose first." },
};

function press(made) {
  made.dispatchEvent(new window.Event("submit", { cancelable: true }));
  return made.querySelector("[role=status]").textContent;
}

test("each answer has its reply, and another choice takes it away", () => {
  const made = form(QUESTION);
  window.document.body.append(made);
  assert.equal(press(made), "Choose first.");
  const [first, second] = made.querySelectorAll("input");
  first.checked = true;
  assert.equal(press(made), "✗ not this one No.");
  second.checked = true;
  made.dispatchEvent(new window.Event("change"));
  assert.equal(made.querySelector("[role=status]").textContent, "");
  assert.equal(press(made), "✓ right Yes.");
  assert.equal(made.querySelector("code").textContent, 'lab.course.question("dns-time", "b")');
});

test("a question that is drawn again has its answer still", () => {
  const again = form(QUESTION);
  assert.equal(again.querySelector("[role=status]").textContent, "✓ right Yes.");
  assert.equal(again.querySelector("input:checked").value, "b");
});

test("what is no question is known as such", () => {
  assert.ok(isQuestion(QUESTION));
  for (const key of Object.keys(QUESTION)) {
    for (const other of [undefined, null, 7, [], [null], {}]) {
      if (key === "choices" && Array.isArray(other) && !other.length) continue;
      assert.ok(!isQuestion({ ...QUESTION, [key]: other }), `${key}: ${other}`);
    }
  }
  assert.ok(!isQuestion(null));
});

test("a section is done once all its lines have run", () => {
  const cell = (type, source, run = false) => ({ type, source, run });
  const cells = [
    cell("code", "lab", true),
    cell("markdown", "## 1\n\nText"),
    cell("code", "lab.ask()", true),
    cell("code", 'lab.course.question("dns-time")', true),
    cell("markdown", "## 2"),
    cell("code", "lab.wait()"),
    cell("code", 'lab.course.question("dns-other")'),
    cell("markdown", "## Words"),
  ];
  const isAnswered = (id) => id === "dns-time";
  assert.deepEqual(standingOf(cells, isAnswered), { sections: 2, done: 1, questions: 2, answered: 1, run: 3 });
  // JupyterLab adds a line without words at the end: it belongs to no section.
  const more = [...cells, { type: "markdown", source: "## Words" }, { type: "code", source: "" }];
  assert.equal(standingOf(more, isAnswered).sections, 2);
});

test("a first page says in words that nothing is done yet", () => {
  const words = { continue: "", begin: "", sections: "{done} of {sections}", questions: "{answered} of {questions}" };
  const counts = { sections: 4, done: 0, questions: 2, answered: 1, run: 1 };
  assert.equal(howFar({ words }, counts), "0 of 4. 1 of 2.");
  const more = { ...words, no_section: "None of {sections}", no_question: "No answer of {questions}" };
  assert.equal(howFar({ words: more }, counts), "None of 4. 1 of 2.");
  assert.equal(howFar({ words: more }, { ...counts, done: 1, answered: 0 }), "1 of 4. No answer of 2.");
});

test("a first page that was changed is none", () => {
  const part = { file: "01-a.ipynb", title: "", about: "", time: "", picture: "data:image/svg+xml;base64,AAAA" };
  const words = { continue: "", begin: "", sections: "", questions: "" };
  const home = { lang: "en", title: "", about: "", parts: [part], words };
  assert.ok(isHome(home));
  const other = { lang: "es", name: "Español", places: ["../es/home.course", "home.course"] };
  assert.ok(isHome({ ...home, others: [other] }));
  for (const place of ["../../home.course", "/home.course", "es/00.ipynb", "https://x/home.course"]) {
    assert.ok(!isHome({ ...home, others: [{ ...other, places: [place] }] }));
  }
  for (const [key, value] of [["file", "../x.ipynb"], ["file", "https://a.example"], ["picture", "x"]]) {
    assert.ok(!isHome({ ...home, parts: [{ ...part, [key]: value }] }));
  }
});
