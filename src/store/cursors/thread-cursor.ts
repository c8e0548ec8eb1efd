import type { Table } from '../../engine/engine.ts';
import type { OpenEngine } from '../../engine/open-engine.ts';
import { tablesOfThreads } from '../../records/all-tables.ts';
import { copies, stores, threads } from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import { RowCursor, type Entry } from './row-cursor.ts';

/** The tables whose rows belong to no thread, except those about the store itself. */
export function otherTablesOf({ tables }: OpenEngine): readonly Table[] {
  const ofThreads = tablesOfThreads(tables);
  return tables
    .filter((table) => table !== threads && !isOfStore(table) && !ofThreads.includes(table))
    .toSorted((a, b) => a.id - b.id);
}

/** What is about one store alone: a copy into it, and its own id. */
function isOfStore(table: Table): boolean {
  return table === copies || table === stores;
}

/**
 * Reads a store thread by thread, with one cursor over the heads and one over each table of
 * threads, which all list threads in the same order.
 */
export class ThreadCursor {
  readonly heads: RowCursor;
  readonly tables: readonly RowCursor[];

  /** `after`: begins with the thread after this id. */
  constructor(engine: OpenEngine, after: string | undefined) {
    const key = after === undefined ? undefined : [after];
    this.heads = new RowCursor(engine, threads, key);
    this.tables = tablesOfThreads(engine.tables).map((table) => new RowCursor(engine, table, key));
  }

  /** The least id that still has rows, with or without a head. */
  async peekId(): Promise<string | undefined> {
    let least: string | undefined;
    for (const cursor of [this.heads, ...this.tables]) {
      const entry = await cursor.peek();
      least = lesser(least, entry && String(entry.key[0]));
    }
    return least;
  }

  async takeHead(id: string): Promise<Entry | undefined> {
    const head = await this.heads.peekIn([id]);
    if (head) this.heads.take();
    return head;
  }
}

/** The lesser of two ids, either of which may be missing. */
export function lesser(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareUtf8(a, b) <= 0 ? a : b;
}
