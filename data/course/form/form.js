// A form of native elements, so that browsers, keyboards and screen readers know what they are.
// labsupport/course/form.py says what is in it, and answers when a button is pressed.

const PATIENCE_MS = 8000;
const AREA_ROWS = 8;
const LOW_ROWS = 2;
const MANY = 3; // fields: more stand side by side, and areas are lower
let forms = 0;

/** Whether most pairs of words of a text are in the one before: two orders share words, not these. */
function isEdit(text, before) {
  const pairsOf = (all) => new Set(all.split(/[\s,;:()]+/).map((word, place, words) => `${words[place - 1]} ${word}`));
  const [pairs, others] = [pairsOf(text), pairsOf(before)];
  const same = [...pairs].filter((pair) => others.has(pair)).length;
  return 2 * same >= Math.min(pairs.size, others.size);
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function choices(options, group) {
  return options.map(([value, text]) =>
    element(
      "label",
      { className: "lab-choice" },
      element("input", { type: "radio", name: group, value }),
      element("span", { textContent: text }),
    ),
  );
}

function control(field, rows) {
  if (field.kind === "list") {
    const options = field.options.map(([value, text]) => new Option(text, value));
    return Object.assign(element("select", {}, ...options), { value: field.value });
  }
  const input =
    field.kind === "area"
      ? element("textarea", { rows, value: field.value })
      : element("input", { type: "text", value: field.value });
  // A domain name is no word: no red line under it, no capital letter at its start.
  input.spellcheck = false;
  input.autocapitalize = "off";
  return input;
}

function render({ model, el }) {
  const content = model.get("content");
  const number = ++forms;
  const read = {};
  const fill = {};
  const empty = [];
  const rows = {};
  const legend = element("legend", { textContent: content.title, tabIndex: -1 });
  const isLong = content.fields.length > MANY;
  const fieldset = element("fieldset", { className: isLong ? "lab-many" : "" }, legend);
  const note = element("p", { className: "lab-note", id: `lab-form-${number}-note` });
  if (content.note) {
    note.textContent = content.note;
    fieldset.append(note);
    fieldset.setAttribute("aria-describedby", note.id);
  }
  for (const field of content.fields) {
    if (field.kind === "choices") {
      const made = element("div");
      fill[field.key] = (options) => {
        made.replaceChildren(...choices(options, `lab-form-${number}-${field.key}`));
      };
      fill[field.key](field.options);
      read[field.key] = () => made.querySelector("input:checked")?.value ?? "";
      fieldset.append(made);
    } else {
      const made = control(field, isLong ? LOW_ROWS : AREA_ROWS);
      read[field.key] = () => made.value;
      empty.push(() => (made.value = field.value));
      const label = element("span", { textContent: field.label });
      const className = field.kind === "area" ? "lab-field lab-area" : "lab-field";
      rows[field.key] = element("label", { className }, label, made);
      fieldset.append(rows[field.key]);
    }
  }
  if (content.hint) {
    const summary = element("summary", { textContent: content.words.hint });
    const hint = element("p", { textContent: content.hint });
    fieldset.append(element("details", {}, summary, hint));
  }
  const buttons = content.buttons.map(([value, text]) =>
    element("button", { type: "submit", value, textContent: text }),
  );
  const reply = element("div", { className: "lab-reply lab-page" });
  // It stands there, empty, before anything is said: only then do screen readers read it out.
  const status = element("div", { className: "lab-status" });
  status.setAttribute("role", "status");
  const code = element("code");
  const plain = element("p", { className: "lab-plain" }, `${content.words.plain} `, code);
  const lost = element("p", { className: "lab-lost" });
  const row = element("div", { className: "lab-buttons" }, ...buttons, lost);
  const standing = element("div", { className: "lab-page lab-stays", hidden: true });
  const parts = content.reply_first ? [standing, reply, fieldset, row] : [fieldset, row, reply];
  // What is filled in is not kept for when the page is opened again, nor are the names of choices.
  const off = { lang: content.language, autocomplete: "off" };
  const form = element("form", { ...off, ariaLabel: content.title }, ...parts, status, plain);

  // Otherwise JupyterLab takes the arrow keys, and two presses of "d" delete the cell.
  function keepKeys() {
    for (const focusable of form.querySelectorAll("legend, input, textarea, select, button, summary")) {
      focusable.setAttribute("data-lm-suppress-shortcuts", "true");
    }
  }
  keepKeys();

  let silence; // runs while an answer is waited for
  let reviewed = ""; // the text that was looked at last
  let taken = {}; // what names of a marked document were corrected to
  let choosing = false; // what was pressed last is a choice in it
  let waiting; // a choice in it that was made by keys: it counts with Enter, or when it is left
  let key = "";
  let looked = 0; // the place of the finding that is looked at
  let edited; // the field that stands in the place of the document
  const all = (selector) => [...reply.querySelectorAll(selector)];
  /** What is typed while an answer is on its way would not be what the answer is about. */
  function wait(waits) {
    silence = clearTimeout(silence);
    for (const area of form.querySelectorAll("textarea")) area.readOnly = waits;
  }
  function show(said) {
    wait(false);
    lost.textContent = said.note ?? "";
    if (edited) {
      fieldset.append(edited);
      edited = undefined;
    }
    // Where nothing was done, all stays: unfolded, with what was told to the page alone.
    if (!said.note || !reply.firstChild) {
      reply.innerHTML = said.html ?? "";
      // The front end, where it is, moves the pictures in it and leads its links.
      requestAnimationFrame(() => reply.dispatchEvent(new Event("lab-page", { bubbles: true })));
    }
    standing.innerHTML = said.standing ?? "";
    standing.hidden = !said.standing;
    code.textContent = said.code ?? content.code;
    plain.hidden = !code.textContent;
    for (const [key, options] of Object.entries(said.options ?? {})) fill[key](options);
    for (const [key, shown] of [...Object.entries(rows), ...buttons.map((one) => [one.value, one])]) {
      shown.hidden = (said.hidden ?? []).includes(key);
    }
    legend.textContent = said.title || content.title;
    content.buttons.forEach(([value, text], count) => {
      buttons[count].textContent = said.labels?.[value] ?? text;
    });
    if (said.emptied) empty.forEach((clear) => clear());
    for (const choice of all("select[data-press]")) choice.value = taken[choice.name] ?? choice.value;
    keepKeys();
  }
  function tell(said) {
    const { tagName } = document.activeElement;
    const place = choosing ? all(tagName).indexOf(document.activeElement) : -1;
    // Rows may have come or gone: the same cell is known by its name.
    const { name } = document.activeElement;
    const sameNamed = all(tagName).filter((one) => one.name === name).indexOf(document.activeElement);
    const scrolled = reply.querySelector(".lab-letter")?.scrollTop;
    const waits = waiting;
    waiting = undefined; // it goes, and is not left
    show(said);
    if (content.reply_first && !said.note) {
      form.scrollIntoView({ block: "start" }); // the reply is what is read next
      legend.focus({ preventScroll: true });
    }
    status.textContent = said.text;
    const findings = all(".lab-marked details[name]");
    const next = findings[Math.min(looked, findings.length - 1)];
    if (choosing) {
      Object.assign(reply.querySelector(".lab-letter") ?? {}, { scrollTop: scrolled });
      const named = all(tagName).filter((one) => one.name && one.name === name);
      const again = named[sameNamed] ?? named[0] ?? all(tagName)[place];
      again?.focus({ preventScroll: true });
      waiting = waits && again;
    } else if (next) {
      next.open = true;
      next.firstElementChild.focus();
    }
  }
  const tellState = () => tell(model.get("said"));
  // The replies of a private form come as messages, which nothing keeps.
  function tellMessage(message) {
    if (message.heard) {
      silence = clearTimeout(silence);
      lost.textContent = status.textContent = content.words.working;
    } else if (message.said && choosing && edited) {
      wait(false); // the document that it is about is gone
      lost.textContent = "";
    } else if (message.said) {
      tell(message.said);
    } else if (message.aside) {
      const aside = element("div", { className: "lab-aside", innerHTML: message.aside });
      reply.prepend(aside);
      status.textContent += ` ${aside.textContent}`;
    }
  }
  // Where one stood is still to be seen, and what one typed is to be copied.
  function lose() {
    wait(false);
    lost.textContent = status.textContent = content.words.silence;
    lost.scrollIntoView({ block: "nearest" });
    unfold();
  }
  function press(pressed, values) {
    wait(content.private);
    silence = setTimeout(lose, PATIENCE_MS);
    try {
      model.send({ pressed, values, after: model.get("said").presses });
    } catch {
      lose(); // a kernel that was started anew knows nothing of the form
    }
  }
  function values() {
    const found = Object.fromEntries(Object.entries(read).map(([key, value]) => [key, value()]));
    return Object.keys(taken).length ? { ...found, taken: JSON.stringify(taken) } : found;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (silence && content.reply_first) return; // the question may be another one by now
    choosing = false;
    waiting = undefined;
    const pressed = event.submitter?.value ?? buttons[0].value;
    const clears = content.private && !content.holds.includes(pressed);
    const isFilled = content.fields.some(({ key, value }) => read[key]() !== value);
    if (clears && isFilled && !window.confirm(content.words.sure)) {
      return;
    }
    const text = read.text?.() ?? "";
    const isNew = content.private && !isEdit(text, reviewed);
    if (isNew || clears) {
      taken = {};
      looked = 0;
    }
    press(pressed, isNew ? { ...values(), isNew: "yes" } : values());
    reviewed = clears ? "" : text;
    if (clears) {
      empty.forEach((clear) => clear());
    }
  });
  // The second click of a double one is no press of its own.
  buttons[0].addEventListener("click", (event) => event.detail > 1 && event.preventDefault());
  // Another choice: the reply to the last one no longer belongs to what is seen.
  fieldset.addEventListener("change", ({ target }) => {
    if (target.type === "radio" && !content.reply_first) {
      reply.textContent = status.textContent = "";
    }
  });
  // A choice in the reply itself is a press of its own. Each arrow key on a closed list makes one.
  function choose() {
    if (waiting) {
      const { name, value, dataset } = waiting;
      waiting = undefined;
      choosing = true;
      press(dataset.press, { ...values(), name, value });
    }
  }
  // Words that are selected in the text, and what they are for.
  let selected = "";
  const selecting = () => {
    const selection = document.getSelection();
    const inside = reply.querySelector(".lab-letter")?.contains(selection.anchorNode);
    const area = edited?.querySelector("textarea") ?? rows.text?.querySelector("textarea");
    if (inside) selected = selection.toString();
    else if (area && document.activeElement === area) {
      selected = area.value.slice(area.selectionStart, area.selectionEnd);
    }
  };
  document.addEventListener("selectionchange", selecting);
  function correct(name, value) {
    taken[name] = value;
    choosing = true;
    press("taken", { ...values(), name, value });
  }
  function assign({ dataset, value }) {
    if (selected.trim()) correct(dataset.words + selected.split(/\s+/).join(" ").trim(), value);
    else lost.textContent = status.textContent = dataset.said;
  }
  reply.addEventListener("change", ({ target }) => {
    if (target.dataset.words) {
      assign(target);
    } else if (target.dataset.press && target.value !== "") {
      taken[target.name] = target.value;
      waiting = target;
      if (!key || key === "Enter") {
        choose();
      }
    }
  });
  reply.addEventListener("focusout", choose);
  reply.addEventListener("pointerdown", () => {
    key = "";
  });
  // Puts the field with the text in the place of the marked document.
  function unfold() {
    const letter = reply.querySelector(".lab-letter");
    if (letter) {
      edited = rows.text;
      edited.hidden = false;
      letter.replaceWith(edited);
      reply.querySelector("[data-edit]").remove();
    }
  }
  function edit() {
    unfold();
    const area = rows.text.querySelector("textarea");
    area.focus();
    return area;
  }
  async function copy() {
    await navigator.clipboard.writeText(read.text());
  }
  // What is put in, and what is typed, moves the places of what stands behind it.
  let before;
  function move(area) {
    const now = area.value;
    let same = 0;
    while (same < before.length && before[same] === now[same]) same += 1;
    for (const one of all("[data-at]")) {
      const at = Number(one.dataset.at);
      one.dataset.at = at < same ? at : Math.max(same, at + now.length - before.length);
    }
    before = now;
  }
  // The words that a cell came from are lit in the text.
  function light({ target }) {
    const cell = target.closest("[data-cell]")?.dataset.cell;
    for (const one of all("[data-cells]")) {
      one.classList.toggle("lab-here", one.dataset.cells.split(" ").includes(cell));
    }
    const letter = reply.querySelector(".lab-letter");
    const first = cell && letter?.querySelector(".lab-here");
    if (first) letter.scrollTop = first.offsetTop - letter.clientHeight / 2;
  }
  reply.addEventListener("focusin", light);
  reply.addEventListener("pointerover", light);
  reply.addEventListener("click", ({ target }) => {
    if (target.type === "button" && target.dataset.press) {
      correct(target.name, target.value);
    } else if (target.type === "button" && target.dataset.words) {
      assign(target);
    } else if (target.dataset.edit !== undefined) {
      before = edit().value;
    } else if (target.dataset.copied) {
      copy().then(
        () => {
          lost.textContent = status.textContent = target.dataset.copied;
        },
        () => edit().select(), // where the browser does not allow it
      );
    } else if (target.dataset.insert) {
      const wording = target.dataset.insert;
      const area = edit();
      before = area.value;
      const at = Number(target.dataset.at);
      area.setRangeText(`\n\n${wording}`, at, at);
      move(area);
      const blank = at + 2 + Math.max(0, wording.indexOf("["));
      const end = area.value.indexOf("]", blank) + 1 || blank;
      area.setSelectionRange(blank, end);
      area.scrollTop = (area.scrollHeight * at) / area.value.length - area.clientHeight / 2;
      target.nextElementSibling.textContent = status.textContent = target.dataset.said;
    }
  });
  reply.addEventListener("input", ({ target }) => {
    if (target.type === "textarea") move(target);
  });
  const look = ({ target }) => {
    if (target.open && target.name) looked = all(".lab-marked details[name]").indexOf(target);
  };
  reply.addEventListener("toggle", look, true); // it does not bubble
  form.addEventListener("keydown", (event) => {
    if (event.target.dataset.press) {
      key = event.key;
      if (key === "Enter" && event.target.type !== "button") {
        event.preventDefault(); // it would press the form's first button
        if (event.target.type === "text" && !event.isComposing) correct(event.target.name, event.target.value);
        else choose();
        return;
      }
    }
    // In an area it makes a new line, which JupyterLab, further out, would take away.
    if (event.key === "Enter" && event.target.type === "textarea") event.stopPropagation();
    // In a text field, JupyterLab keeps Enter from reaching the form.
    if (event.key === "Enter" && event.target.type === "text" && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(buttons[0]);
    }
  });
  model.on("change:said", tellState);
  model.on("msg:custom", tellMessage);
  form.addEventListener("lab-lost", lose); // the front end tells when the kernel has gone
  show(model.get("said"));
  el.append(form);
  return () => {
    clearTimeout(silence);
    document.removeEventListener("selectionchange", selecting);
    model.off("change:said", tellState);
    model.off("msg:custom", tellMessage);
  };
}

export default { render };
