import { compareKeys, keyOf } from '../../engine/compare-keys.ts';
import type { Row, Table } from '../../engine/engine.ts';

/**
 * Merges rows of one table from several sources, each in the order of its keys. Of rows with the
 * same key, the last one of the last source wins.
 */
export async function* mergeRows(
  table: Table,
  sources: readonly AsyncIterable<Row>[],
): AsyncGenerator<Row, void, undefined> {
  const heads: Source[] = [];
  for (const source of sources) heads.push(await next(source[Symbol.asyncIterator]()));
  let held: Row | undefined;
  for (;;) {
    const at = leastOf(table, heads);
    if (at === undefined) break;
    const { row, rest } = heads[at]!;
    if (held && orderOf(table, held, row!) !== 0) yield held; // the least source has a row
    held = row;
    heads[at] = await next(rest);
  }
  if (held) yield held;
}

interface Source {
  readonly row: Row | undefined;
  readonly rest: AsyncIterator<Row>;
}

async function next(rest: AsyncIterator<Row>): Promise<Source> {
  const step = await rest.next();
  return { row: step.done ? undefined : step.value, rest };
}

function leastOf(table: Table, heads: readonly Source[]): number | undefined {
  let least: number | undefined;
  for (const [i, { row }] of heads.entries()) {
    if (row === undefined) continue;
    const before = least === undefined ? undefined : heads[least]!.row;
    if (before === undefined || orderOf(table, row, before) < 0) least = i;
  }
  return least;
}

function orderOf(table: Table, a: Row, b: Row): number {
  return compareKeys(keyOf(table, a), keyOf(table, b));
}
