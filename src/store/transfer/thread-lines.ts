import type { Core } from '../../domain/base/core.ts';
import type { Leaving } from '../../domain/base/transfer.ts';
import { partingOf } from '../../domain/inheritance/carry-inherited.ts';
import { keyOf } from '../../engine/compare-keys.ts';
import type { Row } from '../../engine/engine.ts';
import type { Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import { threads, type ThreadRow } from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { mergeRows } from './merge-rows.ts';
import { rowLine } from './transfer-lines.ts';
import type { TransferMap } from './transfer-map.ts';

/** A line with the name of its table, for the counts. */
export interface CountedLine {
  readonly table: string;
  readonly text: string;
}

/** A thread as lines: those that fit into memory, and the rest of a large one. */
export interface ThreadLines {
  readonly head: ThreadRow;
  readonly first: readonly CountedLine[];
  readonly rest: AsyncGenerator<CountedLine, void, undefined> | undefined;
}

/**
 * Reads one thread. Of a thread that fits into memory the lines are those of one moment: if it was
 * written to meanwhile, it is read again.
 */
export async function readThreadLines(
  core: Core,
  map: TransferMap,
  threadId: StoredThreadId,
  comesAlong: Leaving['comesAlong'],
): Promise<ThreadLines | undefined> {
  for (let attempt = 1; ; attempt++) {
    const head = await core.records.get(threads, [threadId]);
    if (head === undefined) return undefined;
    const lines = linesOf(core, map, head, comesAlong);
    const first: CountedLine[] = [];
    let characters = 0;
    let step = await lines.next();
    while (!step.done && characters < heldMax) {
      first.push(step.value);
      characters += step.value.text.length;
      step = await lines.next();
    }
    if (!step.done) return { head, first, rest: andThen(step.value, lines) };
    const now = await core.records.get(threads, [threadId]);
    const isSame = now?.version === head.version && now.deletedAt === head.deletedAt;
    if (isSame || attempt === attemptsMax) return { head, first, rest: undefined };
  }
}

const heldMax = 1024 * 1024;
const attemptsMax = 10;

async function* andThen(
  line: CountedLine,
  rest: AsyncIterable<CountedLine>,
): AsyncGenerator<CountedLine, void, undefined> {
  yield line;
  yield* rest;
}

/** The rows of a deleted thread are being purged; its id is never used again. */
async function* linesOf(
  core: Core,
  map: TransferMap,
  head: ThreadRow,
  comesAlong: Leaving['comesAlong'],
): AsyncGenerator<CountedLine, void, undefined> {
  const own = <R>(table: TypedTable<R>): AsyncIterable<R> => {
    return readRows(core.records, table, [head.id]);
  };
  const leaving = { core, head, ...(await partingOf(head, comesAlong)), comesAlong, own };
  let written = head;
  for (const change of map.heads) written = await change(leaving, written);
  yield { table: threads.name, text: rowLine(threads, written) };
  if (head.deletedAt !== undefined) return;
  // All tables at once: one after the other, a small thread would wait twenty times for a server.
  const readers = map.ofThreads.map(async (table) => {
    const given = await map.rows[table.name]?.(leaving);
    const rows = mergeRows(table, given ?? [own<Row>(table)]);
    return { table, rows, step: await rows.next() };
  });
  for (const { table, rows, step } of await Promise.all(readers)) {
    for (let next = step; !next.done; next = await rows.next()) {
      yield { table: table.name, text: rowLine(table, next.value) };
    }
  }
}

/** The rows under a prefix, in pages whose size in rows follows from the size of the rows. */
export async function* readRows<R>(
  records: Records,
  table: TypedTable<R>,
  prefix: readonly string[],
): AsyncGenerator<R, void, undefined> {
  let after: Row | undefined;
  for (let limit = rowsFirst; ;) {
    const start = after && { after: keyOf(table, after).slice(prefix.length) };
    const rows = await records.scan(table, { prefix, maintenance: true, limit, ...start });
    yield* rows;
    after = rows.at(-1) as Row | undefined; // what an engine returns
    if (after === undefined || rows.length < limit) return;
    const fitting = Math.floor(pageCharactersMax / JSON.stringify(after).length);
    limit = Math.min(1000, Math.max(8, fitting));
  }
}

const rowsFirst = 32;
const pageCharactersMax = 256 * 1024;
