// Loads a page's Python by addresses whose endings each server knows. The page is told how many
// files are under way, whenever more of one has come, and what goes wrong (frontend/src/strip.ts).
const PYTHON = new URL(".", import.meta.url).href;
const SERVED = {served};
const EVERY_MS = 1000;

const page = new BroadcastChannel("labsupport-python");
const ask = fetch;
const instantiate = WebAssembly.instantiateStreaming;
let underWay = 0;
let failure;
let lastTold = 0;

function tell() {
  lastTold = performance.now();
  page.postMessage(failure ?? { underWay });
}
// A notebook asks, or another Python of this browser tells.
page.onmessage = ({ data }) => data.asked && (underWay || failure) && tell();

function count(change) {
  underWay += change;
  if (change || performance.now() > lastTold + EVERY_MS) tell();
}

/** Do what Python cannot do without; `file` is empty where no file is to blame. */
async function needed(file, work) {
  try {
    return await work();
  } catch (error) {
    failure ??= { file: file && served(file), reason: await reasonOf(error, file) };
    tell();
    throw error;
  }
}

/** A browser says of most errors only that a file did not come: ask once more. */
async function reasonOf({ message }, file) {
  if (!file) return message;
  const { ok, status } = await ask(PYTHON + served(file)).catch(() => ({ ok: true }));
  return ok ? message : `HTTP ${status}`;
}

function served(file) {
  return file + (SERVED[/\.\w+$/.exec(file)] ?? "");
}

function counted(body, file) {
  const reader = body.getReader();
  const pull = (to) => needed(file, async () => {
    const { done, value } = await reader.read();
    count(done ? -1 : 0);
    if (done) to.close();
    else to.enqueue(value);
  });
  return new ReadableStream({ pull });
}

globalThis.fetch = (what, how) => {
  const { href } = new URL(what.url ?? what, location);
  if (!href.startsWith(PYTHON)) return ask(what, how);
  const file = href.slice(PYTHON.length);
  return needed(file, async () => {
    count(1);
    const answer = await ask(PYTHON + served(file), how);
    if (!answer.ok) throw new Error(answer.statusText);
    const body = counted(answer.body, file);
    if (!file.endsWith(".wasm")) return new Response(body);
    // Few servers compress what they do not know: it is compressed.
    const headers = { "Content-Type": "application/wasm" };
    return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers });
  });
};

// Pyodide says in the console only that a browser cannot run it.
WebAssembly.instantiateStreaming = (...all) =>
  needed("", () => instantiate.apply(WebAssembly, all));

function part(file) {
  return needed(file, async () => {
    count(1);
    const made = await import(PYTHON + served(file));
    count(-1);
    return made;
  });
}

export function loadPyodide(options) {
  return needed("", async () => {
    const runtime = part("pyodide.asm.mjs");
    const { loadPyodide } = await part("pyodide.mjs");
    const createPyodideModule = async (settings) => (await runtime).default(settings);
    return loadPyodide({ ...options, createPyodideModule });
  });
}
