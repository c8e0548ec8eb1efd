import type { NewStream, StreamPatch as StoredPatch } from '../api/stream.ts';
import { invalid } from '../shared/error.ts';
import type { Database } from './database.ts';
import { readBack, type WriteOptions } from './find-targets.ts';
import { mustSeeWrites } from './must-see-writes.ts';
import type { StreamKey, StreamRecord } from './records.ts';
import { mustRows, mustThreadId, runAll } from './run-all.ts';
import type { Conditions } from './conditions.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { changeEach } from './write-targets.ts';

export interface StreamInsert extends Omit<NewStream, 'expiresAt'> {
  /** 1970 or later. */
  readonly expiresAt?: Date;
}

/** `null` takes the value away. */
export interface StreamPatch extends Omit<StoredPatch, 'expiresAt'> {
  /** 1970 or later. */
  readonly expiresAt?: Date | null;
}

/**
 * Begins streams in threads that are there, each in a commit of its own. Returns their rows in the same
 * order; one that is there already, with the same run and token, is returned as it is. Throws `not_found`
 * for a thread that is not there, and `conflict` for an id in use otherwise.
 *
 * @example
 * const [stream] = await insertStreams(db, [{ threadId: thread.id, runId: 'run_1' }]);
 */
export async function insertStreams(
  db: Database,
  rows: readonly StreamInsert[],
): Promise<StreamRecord[]> {
  for (const [place, row] of mustRows(rows).entries()) mustThreadId(row, place);
  if (rows.length > 0) await mustSeeWrites(db);
  const created = await runAll(rows, async ({ expiresAt, ...row }) => {
    const stream = { ...row, ...(expiresAt !== undefined && { expiresAt: timeOf(expiresAt) }) };
    return db.store.operator.streams.create([stream]);
  });
  return readBack(db, 'streams', created.flat());
}

/** The streams that meet all conditions, at most `limit` of them. An empty list gives the first page of the table. */
export function selectStreams(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'streams'>,
): Promise<StreamRecord[]> {
  return selectRows(db, 'streams', conditions, options);
}

/**
 * Changes the streams that meet all conditions, of which there must be at least one, each in a commit of
 * its own. Returns the changed rows: of two that race to end a stream, only the one that did gets it.
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
  const keys = await changeEach(db, 'streams', conditions, options, ({ threadId, id, version }) => {
    return db.store.operator.streams.update([{ ...stored, threadId, id, ifVersion: version }]);
  });
  return readBack(db, 'streams', keys);
}

/** Removes the streams that meet all conditions, of which there must be at least one. Returns their keys. */
export async function deleteStreams(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<StreamKey[]> {
  const keys = await changeEach(db, 'streams', conditions, options, ({ threadId, id, version }) => {
    return db.store.operator.streams.delete([{ threadId, id, ifVersion: version }]);
  });
  return keys.map(({ threadId, id }) => ({ threadId, id }));
}

/** Times long ago, which nothing expires at, are none that every database keeps and every driver reads. */
function timeOf(value: Date): string {
  if (value instanceof Date && value.getTime() >= 0) return value.toISOString();
  throw invalid('expiresAt', 'must be a date, 1970 or later');
}
