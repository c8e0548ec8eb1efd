import { requiredColumns, scanColumns } from './checks.ts';
import { keyOf, valuesOf } from './compare-keys.ts';
import type { Engine, Row, Scan } from './engine.ts';
import { isBesideRows } from './partitions.ts';

/** Whether a scan reads entries in another partition than their rows. */
export function isListElsewhere({ table, index: name }: Scan): boolean {
  const index = table.indexes.find((other) => other.name === name);
  return index !== undefined && !isBesideRows(table, index);
}

/**
 * Scans a list of an engine that may return outdated rows: reads every row by its key, returns it
 * as it is now, and omits those that are deleted or belong elsewhere. A row that was just written
 * may be missing.
 */
export async function scanList(engine: Engine, scan: Scan): Promise<Row[]> {
  const columns = scanColumns(scan.table, scan.index).slice(scan.prefix.length);
  const found: Row[] = [];
  for (let bound: Partial<Scan> = {}; ;) {
    const page = await readPage(engine, { ...scan, ...bound, limit: scan.limit - found.length });
    found.push(...page.rows);
    if (page.last === undefined || found.length === scan.limit) return found;
    const last = valuesOf(page.last, columns);
    bound = scan.reverse ? { before: last } : { after: last };
  }
}

interface EntryPage {
  /** The rows that belong where their entries are. */
  readonly rows: readonly Row[];
  /** The last entry, if more may follow it. */
  readonly last: Row | undefined;
}

/**
 * A row that moves between the two reads would be in neither place, so both are then repeated once.
 */
async function readPage(engine: Engine, scan: Scan): Promise<EntryPage> {
  const first = await readOnce(engine, scan);
  return first.hasMoved ? await readOnce(engine, scan) : first;
}

async function readOnce(
  engine: Engine,
  scan: Scan,
): Promise<EntryPage & { readonly hasMoved: boolean }> {
  const { table, limit } = scan;
  const columns = scanColumns(table, scan.index);
  const index = table.indexes.find(({ name }) => name === scan.index);
  const required = index ? requiredColumns(index) : [];
  const entries = await engine.scan(scan);
  const keys = entries.map((entry) => keyOf(table, entry));
  const current = keys.length === 0 ? [] : await engine.getMany(table, keys);
  const isInPlace = (row: Row | undefined, i: number): row is Row => {
    if (row === undefined || required.some((column) => row[column] === undefined)) return false;
    return columns.every((column) => row[column] === entries[i]![column]);
  };
  return {
    rows: current.filter(isInPlace),
    hasMoved: current.some((row, i) => row !== undefined && !isInPlace(row, i)),
    last: entries.length < limit ? undefined : entries.at(-1),
  };
}
