import { formatTable, type TableColumn } from './format/table.ts';
import type { Page } from './store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from './terminal.ts';

interface Listing<T> {
  readonly isJson: boolean;
  readonly columns: readonly TableColumn[];
  /** Each is one line without control characters. */
  readonly cellsOf: (entry: T) => string[];
  /** What is said of an empty list. */
  readonly none: string;
}

/** Prints the entries of a bounded list as one table, or as JSON lines. */
export async function printPages<T>(
  terminal: Terminal,
  pages: AsyncIterable<Page<T>>,
  { isJson, columns, cellsOf, none }: Listing<T>,
): Promise<void> {
  const rows: string[][] = [];
  for await (const { data } of pages) {
    for (const entry of data) {
      if (isJson) await writeJsonLine(terminal.out, entry);
      else rows.push(cellsOf(entry));
    }
  }
  if (isJson) return;
  if (rows.length === 0) terminal.err.write(`${none}\n`);
  else
    for (const line of formatTable(columns, rows, terminal.width))
      await writeLine(terminal.out, line);
}
