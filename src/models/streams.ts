import type { NewStream, StreamPatch as StoredPatch } from '../api/stream.ts';
import { invalid } from '../shared/error.ts';
import type { Database, Conditions } from './database.ts';
import { readBack, type WriteOptions } from './find-targets.ts';
import type { StreamKey, StreamRecord } from './records.ts';
import { mustRows, mustNameThread, runAll } from './run-all.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { changeEach, mustSeeWrites } from './write-targets.ts';

export interface StreamInsert extends Omit<NewStream, 'expiresAt'> {
  /** 1970 or later. */
  readonly expiresAt?: Date;
}

/** `null` removes the value. */
export interface StreamPatch extends Omit<StoredPatch, 'expiresAt'> {
  /** 1970 or later. */
  readonly expiresAt?: Date | null;
}

/**
 * Begins streams in existing threads, each in its own commit. Returns the rows in the order of the
 * input; a stream that exists with the same run and token is returned unchanged. Throws `not_found`
 * for a missing thread, and `conflict` for an id that another stream uses.
 *
 * @example
 * const [stream] = await insertStreams(db, [{ threadId: thread.id, runId: 'run_1' }]);
 */
export async function insertStreams(
  db: Database,
  rows: readonly StreamInsert[],
): Promise<StreamRecord[]> {
  for (const [position, row] of mustRows(rows).entries()) mustNameThread(row, position);
  if (rows.length > 0) await mustSeeWrites(db);
  const created = await runAll(rows, async ({ expiresAt, ...row }) => {
    const stream = { ...row, ...(expiresAt !== undefined && { expiresAt: timeOf(expiresAt) }) };
    return db.store.operator.streams.create([stream]);
  });
  return readBack(db, 'streams', created.flat());
}

/**
 * The streams that meet all conditions, at most `limit`. No conditions give the first page of the
 * table.
 */
export function selectStreams(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'streams'>,
): Promise<StreamRecord[]> {
  return selectRows(db, 'streams', conditions, options);
}

/**
 * Changes the streams that meet all conditions (at least one is required), each in its own commit.
 * Returns the changed rows: if two callers race to end a stream, only the winner gets its row.
 *
 * @example
 * const ended = await updateStreams(
 *   db,
 *   [eq(streams.threadId, thread.id), eq(streams.id, id), eq(streams.status, 'active')],
 *   { status: 'completed' },
 * );
 */
export async function updateStreams(
  db: Database,
  conditions: Conditions,
  patch: StreamPatch,
  options?: WriteOptions,
): Promise<StreamRecord[]> {
  const { expiresAt, ...rest } = patch;
  const time = expiresAt === null ? null : expiresAt && timeOf(expiresAt);
  const stored = { ...rest, ...(time !== undefined && { expiresAt: time }) };
  const keys = await changeEach(
    { db, name: 'streams', conditions },
    options,
    ({ threadId, id, version }) => {
      return db.store.operator.streams.update([{ ...stored, threadId, id, ifVersion: version }]);
    },
  );
  return readBack(db, 'streams', keys);
}

/** Deletes the streams that meet all conditions (at least one is required). Returns their keys. */
export async function deleteStreams(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<StreamKey[]> {
  const keys = await changeEach(
    { db, name: 'streams', conditions },
    options,
    ({ threadId, id, version }) => {
      return db.store.operator.streams.delete([{ threadId, id, ifVersion: version }]);
    },
  );
  return keys.map(({ threadId, id }) => ({ threadId, id }));
}

/** Refuses times before 1970: not every database stores them and not every driver reads them. */
function timeOf(value: Date): string {
  if (value instanceof Date && value.getTime() >= 0) return value.toISOString();
  throw invalid('expiresAt', 'must be a date, 1970 or later');
}
