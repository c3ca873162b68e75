/** A picture: moves between the states that are stored with it, by keys or by pressing. */

import { element } from "./page.js";

type Looks = Map<string, string>;

interface State {
  words: string;
  label: string;
  looks: Looks;
}

/** What is stored as "look:part part;look:part". */
function looksOf(text: string): Looks {
  const looks: Looks = new Map();
  for (const group of text.split(";")) {
    const [look = "", parts = ""] = group.split(":");
    for (const part of parts.split(" ")) if (part) looks.set(part, look);
  }
  return looks;
}

function statesOf(list: HTMLElement): State[] {
  return [...list.children].map((item) => {
    const { looks = "", label = "" } = (item as HTMLElement).dataset;
    return { words: item.querySelector(".lab-words")?.textContent ?? "", label, looks: looksOf(looks) };
  });
}

/** Give each picture of a page what moves it. */
export function pictures(page: HTMLElement): void {
  for (const figure of page.querySelectorAll<HTMLElement>("figure.lab-figure")) {
    const list = figure.nextElementSibling?.querySelector<HTMLElement>("ol.lab-states");
    if (list && !figure.querySelector(".lab-controls")) move(figure, list);
  }
}

let made = 0;

function move(figure: HTMLElement, list: HTMLElement): void {
  const states = statesOf(list);
  const said = figure.querySelector<HTMLElement>(".lab-state");
  if (!said || states.length < 2) return;
  said.setAttribute("role", "status");
  const parts = [...figure.querySelectorAll<SVGElement>("[data-part]")];
  const show = (number: number) => {
    const { looks, words } = states[number] ?? { looks: new Map() as Looks, words: "" };
    for (const { dataset } of parts) {
      const look = looks.get(dataset.part ?? "");
      if (look === dataset.look) continue;
      if (look) dataset.look = look;
      else delete dataset.look;
    }
    if (said.textContent !== words) said.textContent = words;
  };
  const controls = element("div", { className: "lab-controls" });
  const switches = list.dataset.switches?.split("|") ?? [];
  const words = (list.dataset.words ?? "").split("|");
  const first = Number(list.dataset.first) || 0;
  controls.setAttribute("role", "group");
  if (switches.length) switchable(controls, switches, first, show);
  else if (states.every((state) => state.label)) choosable(controls, states, first, show);
  else steppable(controls, states.length, words, show);
  controls.setAttribute("aria-label", words[3] ?? "");
  for (const control of controls.querySelectorAll("input, button")) {
    control.setAttribute("data-lm-suppress-shortcuts", "true"); // the notebook's keys are others
    control.setAttribute("form", ""); // it is none of the form that the picture stands in: Enter would press it
  }
  figure.prepend(controls);
  show(first);
}

function input(type: string, name: string, label: string): [HTMLLabelElement, HTMLInputElement] {
  const made = element("input", { type, name });
  return [element("label", {}, made, ` ${label}`), made];
}

function switchable(controls: HTMLElement, labels: string[], first: number, show: (state: number) => void): void {
  const boxes = labels.map((label, place) => {
    const [box, made] = input("checkbox", "", label);
    made.checked = Boolean((first >> place) & 1);
    controls.append(box);
    return made;
  });
  controls.onchange = () => show(boxes.reduce((bits, box, place) => bits + (box.checked ? 2 ** place : 0), 0));
}

function choosable(controls: HTMLElement, states: State[], first: number, show: (state: number) => void): void {
  controls.setAttribute("role", "radiogroup");
  const name = `lab-picture-${++made}`;
  states.forEach((state, place) => {
    const [label, radio] = input("radio", name, state.label);
    radio.checked = place === first;
    radio.onchange = () => show(place);
    controls.append(label);
  });
}

function steppable(controls: HTMLElement, count: number, words: string[], show: (state: number) => void): void {
  const [back = "", next = "", named = ""] = words;
  const slider = element("input", { type: "range", min: "0", max: String(count - 1), value: "0" });
  const place = element("span", { className: "lab-place" });
  const go = (to: number) => {
    slider.value = String(to); // held between the first and the last
    const number = String(slider.valueAsNumber + 1);
    place.textContent = named.replace("{number}", number).replace("{count}", String(count));
    slider.setAttribute("aria-label", place.textContent);
    show(slider.valueAsNumber);
  };
  slider.oninput = () => go(slider.valueAsNumber);
  const button = (label: string, by: number) =>
    element("button", { type: "button", onclick: () => go(slider.valueAsNumber + by) }, label);
  controls.append(button(back, -1), slider, button(next, 1), place);
  go(0);
}
