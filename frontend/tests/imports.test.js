import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const SOURCES = new URL("../src/", import.meta.url);
const IMPORT = /from "\.\/(\w+)\.js"/g;

/** What each module imports of the others, types included. */
const imports = new Map();
for (const file of readdirSync(SOURCES)) {
  const names = [...readFileSync(new URL(file, SOURCES), "utf8").matchAll(IMPORT)].map(([, name]) => name);
  imports.set(file.replace(".ts", ""), new Set(names));
}

test("no module imports itself by way of others", () => {
  // Take away, again and again, what imports nothing that is left: in a ring, something stays.
  for (let before = -1; before !== imports.size; ) {
    before = imports.size;
    for (const [name, needed] of imports) {
      if (![...needed].some((other) => imports.has(other))) imports.delete(name);
    }
  }
  assert.deepEqual([...imports.keys()], []);
});
