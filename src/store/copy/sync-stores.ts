import { compareKeys } from '../../engine/compare-keys.ts';
import type { Key, Table } from '../../engine/engine.ts';
import type { OpenEngine } from '../../engine/open-engine.ts';
import { threads } from '../../records/tables.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { CopyWriter } from './copy-writer.ts';
import { RowCursor, type Entry } from '../cursors/row-cursor.ts';
import { lesser, otherTablesOf, ThreadCursor } from '../cursors/thread-cursor.ts';

/** Two open stores, with callbacks for progress and abortion. */
export interface StorePair {
  readonly from: OpenEngine;
  readonly to: OpenEngine;
  /** Called for every compared row of a thread. */
  readonly onRow: () => void;
  /** Called when a thread is done, with its head in the source. */
  readonly onThread: (head: Entry | undefined) => void;
  /** Throws if the work must stop. */
  readonly throwIfAborted: () => void;
}

/**
 * How far a copy is: everything up to and including this key of this table is done. A head stands
 * for its whole thread; threads come before the other tables.
 */
export interface Position {
  readonly table: string;
  readonly key: Key;
}

/** Parses what `positionOf` wrote. If the store lacks the table, starts from the beginning. */
export function toPosition(value: JsonValue | undefined, store: OpenEngine): Position | undefined {
  const position = value as Position | undefined; // only positions are ever written
  const isKnown = [threads, ...otherTablesOf(store)].some(({ name }) => name === position?.table);
  return isKnown ? position : undefined;
}

function positionOf({ table, key }: Position): JsonValue {
  return { table, key: [...key] };
}

/**
 * Makes the target equal to the source from a position on. Reads both in key order and writes only
 * the differences: equal rows stay, excess rows are deleted.
 */
export async function syncStores(
  pair: StorePair,
  writer: CopyWriter,
  start: Position | undefined,
): Promise<void> {
  const tables = otherTablesOf(pair.from);
  const stages = tables.map(({ name }) => name);
  const stage = start === undefined ? -1 : stages.indexOf(start.table);
  if (stage < 0) await syncThreads(pair, writer, start && String(start.key[0]));
  for (const table of tables.slice(Math.max(0, stage))) {
    await syncTable(pair, writer, table, start?.table === table.name ? start.key : undefined);
  }
  await writer.flush();
}

async function syncThreads(
  pair: StorePair,
  writer: CopyWriter,
  after: string | undefined,
): Promise<void> {
  const from = new ThreadCursor(pair.from, after);
  const to = new ThreadCursor(pair.to, after);
  for (;;) {
    pair.throwIfAborted();
    const id = lesser(await from.peekId(), await to.peekId());
    if (id === undefined) return;
    const head = await from.takeHead(id);
    writer.begin(head, await to.takeHead(id));
    for (const [i, rows] of from.tables.entries()) {
      await mergeRows(rows, to.tables[i]!, [id], async (here, there) => {
        pair.onRow();
        // Rows without a head belong to no thread; the verification reports them.
        await writer.write(rows.table, head && here, there);
      });
    }
    writer.moveTo(positionOf({ table: threads.name, key: [id] }));
    await writer.end();
    pair.onThread(head);
  }
}

async function syncTable(
  pair: StorePair,
  writer: CopyWriter,
  table: Table,
  after: Key | undefined,
): Promise<void> {
  const from = new RowCursor(pair.from, table, after);
  const to = new RowCursor(pair.to, table, after);
  await mergeRows(from, to, [], async (here, there) => {
    pair.throwIfAborted();
    // One of the two exists.
    writer.moveTo(positionOf({ table: table.name, key: (here ?? there)!.key }));
    await writer.write(table, here, there);
  });
}

/** Visits the rows under a prefix in key order, each with its counterpart on the other side. */
async function mergeRows(
  from: RowCursor,
  to: RowCursor,
  prefix: Key,
  visit: (from: Entry | undefined, to: Entry | undefined) => Promise<void>,
): Promise<void> {
  for (;;) {
    const [here, there] = [await from.peekIn(prefix), await to.peekIn(prefix)];
    if (here === undefined && there === undefined) return;
    const order = here && there ? compareKeys(here.key, there.key) : here ? -1 : 1;
    if (order <= 0) from.take();
    if (order >= 0) to.take();
    await visit(order <= 0 ? here : undefined, order >= 0 ? there : undefined);
  }
}
