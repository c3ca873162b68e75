/** A question with its choices: the reply to each is in the data, so that no kernel is asked. */

import { element, isText } from "./page.js";
import { store } from "./progress.js";

interface Choice {
  letter: string;
  text: string;
  reply: string;
  verdict: string;
  right: boolean;
}

export interface Question {
  id: string;
  lang: string;
  prompt: string;
  hint: string;
  call: string;
  choices: Choice[];
  words: { check: string; hint: string; plain: string; choose: string };
}

/** Whether stored data, which anybody may have changed, is a question. */
export function isQuestion(data: unknown): data is Question {
  const { choices, words } = (data ?? {}) as Partial<Question>;
  return (
    isText(data, "id", "lang", "prompt", "hint", "call") &&
    isText(words, "check", "hint", "plain", "choose") &&
    Array.isArray(choices) &&
    choices.every((one) => isText(one, "letter", "text", "reply", "verdict"))
  );
}

let questions = 0;

/** Return the form of a question; what was chosen before stands in it. */
export function form(question: Question): HTMLFormElement {
  const { choices, words } = question;
  const name = `lab-question-${++questions}`;
  const radios = choices.map(({ letter }) =>
    element("input", { type: "radio", name, value: letter }),
  );
  const labels = choices.map(({ letter, text }, at) =>
    element("label", { className: "lab-choice" }, radios[at]!, element("span", {}, `${letter}) ${text}`)),
  );
  const legend = element("legend", {}, question.prompt);
  const fieldset = element("fieldset", {}, legend, ...labels);
  if (question.hint) {
    fieldset.append(
      element("details", {}, element("summary", {}, words.hint), element("p", {}, question.hint)),
    );
  }
  const check = element("button", { type: "submit" }, words.check);
  // It stands there, empty, before anything is said: only then do screen readers read it out.
  const reply = element("div", { className: "lab-reply", role: "status" });
  const code = element("code", {}, question.call);
  const plain = element("p", { className: "lab-plain" }, `${words.plain} `, code);
  const made = element("form", { className: "lab-question" }, fieldset, check, reply, plain);
  made.lang = question.lang;
  // Otherwise JupyterLab takes the arrow keys, and two presses of "d" delete the cell.
  for (const part of made.querySelectorAll("input, button, summary")) {
    part.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  let shown: string | undefined;
  function show(letter: string | undefined): void {
    shown = letter;
    const choice = choices.find((one) => one.letter === letter);
    radios.forEach((radio) => {
      radio.checked = radio.value === letter;
    });
    code.textContent = letter ? question.call.replace("…", letter) : question.call;
    if (!choice) return reply.replaceChildren();
    const tone = choice.right ? "lab-good" : "lab-bad";
    const badge = element("span", { className: `lab-badge ${tone}` }, choice.verdict);
    reply.replaceChildren(element("p", {}, badge, " ", choice.reply));
  }
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const letter = radios.find((radio) => radio.checked)?.value;
    if (!letter) return reply.replaceChildren(element("p", {}, words.choose));
    show(letter);
    store.answer(question.id, letter);
  });
  // Another choice: the reply to the last one no longer belongs to what is seen.
  made.addEventListener("change", () => reply.replaceChildren());
  const stop = store.onChange(() => {
    const letter = store.answered(question.id);
    if (!made.isConnected && letter === undefined) return stop();
    // What is being chosen is not taken back because something was saved.
    if (letter !== undefined && letter !== shown) show(letter);
  });
  show(store.answered(question.id));
  return made;
}
