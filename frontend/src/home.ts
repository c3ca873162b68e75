/** The first page: what the course is, its parts, how far one is in each, where to go on. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { PICTURE, element, isText } from "./page.js";
import { store } from "./progress.js";
import { type Counts, standingOf } from "./standing.js";
import { type Offer, compare, inBrowser, takeHome, takeUp } from "./work.js";
import { type Words, filled } from "./words.js";

interface Part {
  file: string;
  title: string;
  about: string;
  time: string;
  picture: string;
}

interface Other {
  lang: string;
  name: string;
  places: string[];
}

export interface Home {
  lang: string;
  title: string;
  about: string;
  /** The first pages in other languages, each with the places where it may lie. */
  others?: Other[];
  /** Of which version and day this edition is, where that is no matter of what is installed. */
  edition?: string;
  /** Of which version the course is. */
  version?: string;
  /** What is said of work, wherever it lies. */
  work?: Words;
  /** The files of Python, where it runs in the page. */
  python?: string[];
  parts: Part[];
  words: { continue: string; begin: string; sections: string; questions: string; no_section?: string; no_question?: string };
}

const FILE = /^[\w-]+\.ipynb$/;
const PYTHON_FILE = /^static\/pyodide(-[0-9a-f]+)?\/[\w+-][\w.+-]*$/;
const HOME_FILE = /^(\.\.\/)?([a-z]{2}\/)?home\.course$/;

/** Whether a file, which anybody may have changed, is a first page. */
export function isHome(data: unknown): data is Home {
  const { parts, words, others = [] } = (data ?? {}) as Partial<Home>;
  return (
    isText(data, "lang", "title", "about") &&
    isText(words, "continue", "begin", "sections", "questions") &&
    Array.isArray(others) &&
    others.every(
      (one) =>
        isText(one, "lang", "name") &&
        Array.isArray(one.places) &&
        one.places.every((place) => HOME_FILE.test(String(place))),
    ) &&
    Array.isArray(parts) &&
    parts.every(
      (one) =>
        isText(one, "file", "title", "about", "time", "picture") &&
        FILE.test(one.file) &&
        PICTURE.test(one.picture),
    )
  );
}

/** Say how far somebody is in a notebook: a first page that was made before has no words for none. */
export function howFar({ words }: Home, counts: Counts): string {
  const sections = (!counts.done && words.no_section) || words.sections;
  const questions = (!counts.answered && words.no_question) || words.questions;
  return `${filled(sections, { ...counts })}. ${filled(questions, { ...counts })}.`;
}

function card(home: Home, part: Part, from: IRenderMime.IResolver | null): HTMLElement {
  const link = element("a", { href: `#${part.file}` }, part.title);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    void store.openFile(part.file, from);
  });
  const done = element("p", { className: "lab-done" });
  void store.read(part.file, from).then((notebook) => {
    const counts: Counts = standingOf(notebook, store.isAnswered);
    done.textContent = counts.run || counts.answered ? howFar(home, counts) : "";
  });
  return element(
    "li",
    {},
    element("img", { src: part.picture, alt: "" }),
    element("h2", {}, link),
    element("p", {}, part.about),
    element("p", { className: "lab-time" }, part.time),
    done,
  );
}

/** A button that leads to the first page in another language, if there is one. */
function other({ lang, name, places }: Other, from: IRenderMime.IResolver | null): HTMLElement {
  const button = element("button", { type: "button", lang, hidden: true }, name);
  void store.first(places, from).then((path) => {
    button.hidden = !path;
    button.addEventListener("click", () => path && store.openFile(path, null));
  });
  return button;
}

/** Work is taken home as one file, and taken up again; `draw` shows how far one is then. */
function work(home: Home, words: Words, draw: () => void): HTMLElement {
  const said = element("div", { className: "lab-said" });
  said.setAttribute("role", "status");
  const say = (sentence: string) => said.replaceChildren(element("p", {}, sentence));
  const picker = element("input", { type: "file", accept: ".json", hidden: true });
  const down = element("button", { type: "button" }, words.take_home ?? "");
  const up = element("button", { type: "button" }, words.take_up ?? "");
  down.addEventListener("click", async () => say(await takeHome(home.version ?? "", words)));
  up.addEventListener("click", () => picker.click());
  const choose = async (file: File, why = "") => {
    say(words.comparing ?? "");
    const offer = await compare(file, home.lang, words);
    if (typeof offer === "string") return say(offer);
    const again = () => void choose(file, words.changed);
    const shown = offered(offer, words, (sentence) => (say(sentence), draw()), again);
    said.replaceChildren(...(why ? [element("p", {}, why)] : []), ...shown);
  };
  picker.addEventListener("change", () => {
    const [file] = picker.files ?? [];
    picker.value = ""; // the same once more is another choice
    if (file) void choose(file);
  });
  const where = inBrowser() ? words.kept_browser : store.isDesk ? words.kept_room : words.kept_folder;
  const rows = [where, words.kept_record, words.kept_draft].map((one) => element("li", {}, one ?? ""));
  const kept = element("details", {}, element("summary", {}, words.kept ?? ""), element("ul", {}, ...rows));
  const about = element("p", {}, (inBrowser() ? words.about : words.about_folder) ?? "");
  return element("section", { className: "lab-work" }, about, down, up, picker, said, kept);
}

/** What taking up would do, and two buttons: nothing is written before one is pressed, or where somebody worked on. */
function offered(offer: Offer, words: Words, end: (sentence: string) => void, again: () => void): HTMLElement[] {
  const [made = "", ...changes] = offer.sentences;
  const list = element("ul", {}, ...changes.map((one) => element("li", {}, one)));
  if (!offer.files.length) return [element("p", {}, made), list, element("p", {}, words.nothing_new ?? "")];
  const accept = element("button", { type: "button" }, words.accept ?? "");
  const refuse = element("button", { type: "button" }, words.refuse ?? "");
  accept.addEventListener("click", async () => {
    accept.disabled = refuse.disabled = true;
    if (await offer.isStill().catch(() => false)) end(await takeUp(offer, words));
    else again();
  });
  refuse.addEventListener("click", () => end(words.left ?? ""));
  return [element("p", {}, made), list, accept, refuse];
}

export function homePage(home: Home, from: IRenderMime.IResolver | null): HTMLElement {
  const last = home.parts.find(({ file }) => store.last.endsWith(file)) ?? home.parts[0];
  const on = store.last ? home.words.continue : home.words.begin;
  const button = element("button", { type: "button" }, filled(on, { title: last?.title }));
  button.addEventListener("click", () => last && store.openFile(last.file, from));
  const list = element("ul");
  const draw = () => list.replaceChildren(...home.parts.map((part) => card(home, part, from)));
  draw();
  const made = element(
    "div",
    { className: "lab-home" },
    element("p", { className: "lab-languages" }, ...(home.others ?? []).map((one) => other(one, from))),
    element("h1", {}, home.title),
    element("p", {}, home.about),
    button,
    list,
    ...(home.work ? [work(home, home.work, draw)] : []),
    element("p", { className: "lab-time" }, isText(home, "edition") ? home.edition ?? "" : ""),
  );
  made.lang = home.lang;
  // While somebody reads this, Python comes: the first line waits for it less.
  for (const file of [home.python ?? []].flat().filter((one) => PYTHON_FILE.test(one))) {
    document.head.append(element("link", { rel: "prefetch", href: `../${file}` }));
  }
  return made;
}
