// A form of native elements, so that browsers, keyboards and screen readers know what they are.
// labsupport/teaching/form.py says what is in it, and answers when a button is pressed.

const PATIENCE_MS = 8000;
let forms = 0;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function choices(field, group) {
  return field.options.map(([value, text]) =>
    element(
      "label",
      { className: "lab-choice" },
      element("input", { type: "radio", name: group, value }),
      element("span", { textContent: text }),
    ),
  );
}

function control(field) {
  if (field.kind === "list") {
    const options = field.options.map(([value, text]) => new Option(text, value));
    return Object.assign(element("select", {}, ...options), { value: field.value });
  }
  const input = element("input", { type: "text", value: field.value, autocomplete: "off" });
  // A domain name is no word: no red line under it, no capital letter at its start.
  input.spellcheck = false;
  input.autocapitalize = "off";
  return input;
}

function render({ model, el }) {
  const content = model.get("content");
  const number = ++forms;
  const read = {};
  const legend = element("legend", { textContent: content.title });
  const fieldset = element("fieldset", {}, legend);
  for (const field of content.fields) {
    if (field.kind === "choices") {
      const made = choices(field, `lab-form-${number}-${field.key}`);
      read[field.key] = () => made.find((label) => label.firstChild.checked)?.firstChild.value ?? "";
      fieldset.append(...made);
    } else {
      const made = control(field);
      read[field.key] = () => made.value;
      const label = element("span", { textContent: field.label });
      fieldset.append(element("label", { className: "lab-field" }, label, made));
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
  const reply = element("div", { className: "lab-reply" });
  // It stands there, empty, before anything is said: only then do screen readers read it out.
  const status = element("div", { className: "lab-status" });
  status.setAttribute("role", "status");
  const code = element("code");
  const plain = element("p", { className: "lab-plain" }, `${content.words.plain} `, code);
  const row = element("div", { className: "lab-buttons" }, ...buttons);
  const form = element("form", { lang: content.language }, fieldset, row, reply, status, plain);

  // Otherwise JupyterLab takes the arrow keys, and two presses of "d" delete the cell.
  for (const focusable of form.querySelectorAll("input, select, button, summary")) {
    focusable.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  let silence;
  function show() {
    clearTimeout(silence);
    const said = model.get("said");
    reply.innerHTML = said.html ?? "";
    code.textContent = said.code ?? content.code;
  }
  function tell() {
    show();
    status.textContent = model.get("said").text;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(silence);
    silence = setTimeout(() => {
      reply.textContent = status.textContent = content.words.silence;
    }, PATIENCE_MS);
    const values = Object.fromEntries(Object.entries(read).map(([key, value]) => [key, value()]));
    model.send({ pressed: event.submitter?.value ?? buttons[0].value, values });
  });
  // Another choice: the reply to the last one no longer belongs to what is seen.
  form.addEventListener("change", (event) => {
    if (event.target.type === "radio") {
      reply.textContent = status.textContent = "";
    }
  });
  form.addEventListener("keydown", (event) => {
    // In a text field, JupyterLab keeps Enter from reaching the form.
    if (event.key === "Enter" && event.target.type === "text" && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(buttons[0]);
    }
  });
  model.on("change:said", tell);
  show();
  el.append(form);
  return () => {
    clearTimeout(silence);
    model.off("change:said", tell);
  };
}

export default { render };
