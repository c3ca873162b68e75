/** How far somebody is in a notebook: a section is done once all its lines have run. */

const SECTION = /^## /m;
const QUESTION = /^lab\.course\.question\("([\w-]+)"\)/m;

export interface Cell {
  type: string;
  source: string;
  run: boolean;
}

export interface Counts {
  sections: number;
  done: number;
  questions: number;
  answered: number;
  run: number;
}

/** Return the text of a cell as a file has it: in one piece, or line by line. */
export function sourceOf({ source }: { source: string | string[] }): string {
  return [source].flat().join("");
}

/** Count what was done in these cells; `isAnswered` says so of a question. */
export function standingOf(cells: Iterable<Cell>, isAnswered: (id: string) => boolean): Counts {
  const sections: boolean[][] = [];
  const questions: boolean[] = [];
  let run = 0;
  for (const cell of cells) {
    if (cell.type === "markdown" && SECTION.test(cell.source)) sections.push([]);
    if (cell.type !== "code" || !cell.source.trim()) continue; // JupyterLab adds empty ones
    run += Number(cell.run);
    sections.at(-1)?.push(cell.run);
    const id = QUESTION.exec(cell.source)?.[1];
    if (id) questions.push(isAnswered(id));
  }
  const withLines = sections.filter((lines) => lines.length);
  return {
    sections: withLines.length,
    done: withLines.filter((lines) => lines.every(Boolean)).length,
    questions: questions.length,
    answered: questions.filter(Boolean).length,
    run,
  };
}
