/** Pages made of data: JsonML (jsonml.org), of these elements and attributes and no others. */

export const PAGE = "application/vnd.labsupport.page+json";

export type Node = string | [string, ...(Node | Attributes)[]];
type Attributes = Record<string, string>;

/** What each element may have besides `class` and `lang`. */
const ELEMENTS: Record<string, readonly string[]> = {
  a: ["href"],
  blockquote: [],
  br: [],
  caption: [],
  code: [],
  dd: [],
  details: ["open", "name"],
  div: ["data-again"],
  dl: [],
  dt: [],
  em: [],
  figure: [],
  h3: [],
  h4: [],
  h5: [],
  img: ["src", "alt"],
  li: ["data-looks", "data-label"],
  mark: [],
  ol: ["start", "data-words", "data-switches", "data-first"],
  p: [],
  pre: [],
  section: [],
  small: [],
  span: ["data-finding"],
  strong: [],
  summary: ["aria-label"],
  table: ["data-all"],
  tbody: [],
  td: ["colspan", "rowspan"],
  th: ["scope", "colspan", "rowspan"],
  thead: [],
  tr: [],
  ul: ["data-again"],
  wbr: [],
};
/** Of pictures: what stands where. Nothing in them points anywhere. */
const SHAPES: Record<string, readonly string[]> = {
  svg: ["viewBox", "width", "height", "aria-hidden"],
  g: ["transform"],
  circle: ["cx", "cy", "r"],
  line: ["x1", "y1", "x2", "y2"],
  path: ["d"],
  polygon: ["points"],
  rect: ["x", "y", "width", "height", "rx"],
  text: ["x", "y"],
};
const OF_SHAPES = ["data-part", "data-look"];
const EVERYWHERE = ["class", "lang"];
// Of this course's own classes only: no other style of the page is borrowed.
const CLASS = /^lab-[a-z-]+$/;
// A word of the glossary, a page of the working copy, a source on the web; no script.
const ADDRESS = /^(#[\w-]+|https:\/\/[^\s]+|[\w.%-]+(\/[\w.%-]+)*(#[\w-]+)?)$/;
export const PICTURE = /^data:image\/(svg\+xml|png);base64,[A-Za-z0-9+/=]+$/;
const DEEPEST = 40;

function isAllowed(name: string, value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (name === "class") return value.split(" ").every((one) => CLASS.test(one));
  if (name === "name") return CLASS.test(value);
  if (name === "href") return ADDRESS.test(value);
  if (name === "src") return PICTURE.test(value);
  return true;
}

/** Whether an object has these members, each a text. */
export function isText(value: unknown, ...members: string[]): boolean {
  const object = value as Record<string, unknown> | null;
  return members.every((member) => typeof object?.[member] === "string");
}

/** Make an element of our own. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: (globalThis.Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Build an element from data; what is no page is left out, whoever wrote it. */
export function build(data: unknown, depth = 0): globalThis.Node {
  if (typeof data === "string") return document.createTextNode(data);
  const nothing = document.createDocumentFragment();
  if (!Array.isArray(data) || depth > DEEPEST) return nothing;
  const [tag, ...rest] = data;
  if (typeof tag !== "string") return nothing;
  const drawn = Object.hasOwn(SHAPES, tag);
  const attributes = drawn ? [...OF_SHAPES, ...(SHAPES[tag] ?? [])] : Object.hasOwn(ELEMENTS, tag) && ELEMENTS[tag];
  if (!attributes) return nothing;
  const made = drawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const part of rest) {
    if (part !== null && typeof part === "object" && !Array.isArray(part)) {
      for (const [name, value] of Object.entries(part)) {
        if (![...EVERYWHERE, ...attributes].includes(name) || !isAllowed(name, value)) continue;
        made.setAttribute(name, value);
      }
    } else made.append(build(part, depth + 1));
  }
  if (made instanceof HTMLAnchorElement && /^https:/.test(made.getAttribute("href") ?? "")) {
    made.target = "_blank";
    made.rel = "noopener noreferrer";
  }
  return made;
}
