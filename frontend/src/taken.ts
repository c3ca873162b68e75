/** A notebook's new edition takes along what was done in the old one, as workcopy.py has it. */

type Other = Record<string, unknown>;
export type Cell = { id: string; cell_type: string; source: string | string[]; metadata: Other } & Other;
export type Book = { cells: Cell[]; metadata: Other } & Other;

const DONE = ["source", "outputs", "execution_count"]; // of a cell: what a learner does

export function sourceOf(cell: Cell): string {
  return [cell.source].flat().join("");
}

/** Return `fresh` with all that was done in `mine`; `given` has each line as it was handed out. */
export function takenAlong(mine: Book, given: Record<string, string>, fresh: Book): Book {
  const coming = new Map(fresh.cells.map((cell) => [cell.id, { ...cell }]));
  const behind = new Map<string, Cell[]>([["", []]]); // what stands behind a cell of the course
  let last = "";
  for (const cell of mine.cells) {
    const [there, source] = [coming.get(cell.id), sourceOf(cell)];
    const old = Object.hasOwn(given, cell.id) ? given[cell.id] : undefined;
    if (there) last = cell.id;
    if (there && [source, old].includes(sourceOf(there))) {
      for (const key of DONE) if (key in cell) there[key] = cell[key];
    } else if (source !== old) {
      const own = there ? { ...cell, id: Math.random().toString(16).slice(2, 10) } : cell;
      behind.set(last, [...(behind.get(last) ?? []), own]);
    }
  }
  const cells = [...coming].flatMap(([id, cell]) => [cell, ...(behind.get(id) ?? [])]);
  const { widgets } = mine.metadata;
  const metadata = { ...fresh.metadata, ...(widgets ? { widgets } : {}) };
  return { ...fresh, metadata, cells: [...(behind.get("") ?? []), ...cells] };
}
