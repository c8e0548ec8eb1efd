import {
  and,
  eq,
  getTableColumns,
  inArray,
  or,
  type Column,
  type SQL,
  type Table,
} from 'drizzle-orm';
import { invalid, notFound, SkeinError } from '../shared/error.ts';
import type { Database, Conditions } from './database.ts';
import { keyColumns, type KeyOf, type ModelName, type RecordOf } from './records.ts';
import { mustRowLimit, rowsMax, runSelect, selectRows, type Matching } from './select-rows.ts';

export interface WriteOptions {
  /**
   * The most rows to change, the first in key order: 1 to 10,000. Default: all that match. More
   * than 10,000 matches throw `invalid_request`, and nothing changes.
   */
  readonly limit?: number;
}

/** A thread and its owner, who may do everything in it. */
export interface ThreadOwner {
  readonly threadId: string;
  readonly projectId: string;
  readonly ownerId: string;
}

/** A row to change, and the version at which it, or its thread, was found. */
export type Target<Name extends ModelName> = KeyOf<Name> & {
  readonly owner: ThreadOwner;
  readonly version: number;
};

const targetsMax = 10_000;

/** The rows to change. Throws `invalid_request` if no condition narrows them. */
export async function findTargets<Name extends ModelName>(
  matching: Matching<Name>,
  options: WriteOptions = {},
): Promise<Target<Name>[]> {
  mustNarrow(matching.conditions);
  const limit = mustRowLimit(options.limit, targetsMax);
  const targets: Target<Name>[] = [];
  while (targets.length < limit) {
    const page = Math.min(rowsMax, limit - targets.length);
    const found = await readTargets(matching, page, targets.at(-1));
    targets.push(...found);
    if (found.length < page) return targets;
  }
  if (options.limit === undefined) {
    const more = await readTargets(matching, 1, targets.at(-1));
    if (more.length > 0) {
      throw invalid(
        'conditions',
        `match more than ${targetsMax} rows: narrow them, or give a limit`,
      );
    }
  }
  return targets;
}

/** An empty list must never mean the whole table. */
function mustNarrow(conditions: Conditions): void {
  if (!Array.isArray(conditions)) throw new TypeError('Conditions must be an array.');
  if (conditions.every((condition) => condition === undefined)) {
    throw invalid('conditions', 'must not be empty: say which rows');
  }
}

async function readTargets<Name extends ModelName>(
  matching: Matching<Name>,
  limit: number,
  after: Target<Name> | undefined,
): Promise<Target<Name>[]> {
  const { db, name } = matching;
  const { threads } = db.tables;
  const columns = getTableColumns<Table>(db.tables[name]);
  const fields: Record<string, Column> = {};
  for (const column of keyColumns[name]) fields[column] = columns[column]!;
  const rows = (await runSelect(
    matching,
    {
      ...fields,
      owningThreadId: threads.id,
      owningProjectId: threads.projectId,
      owningUserId: threads.ownerId,
      atVersion: name === 'streams' ? columns.version! : threads.version,
    },
    // A target has the columns of its key.
    { limit, ...(after && { after: after as Partial<RecordOf<Name>> }) },
  )) as (KeyOf<Name> & OwningColumns)[]; // `fields` names these columns
  return rows.map(({ owningThreadId, owningProjectId, owningUserId, atVersion, ...key }) => ({
    ...(key as unknown as KeyOf<Name>), // the columns of the key remain
    owner: { threadId: owningThreadId, projectId: owningProjectId, ownerId: owningUserId },
    version: atVersion,
  }));
}

interface OwningColumns {
  readonly owningThreadId: string;
  readonly owningProjectId: string;
  readonly owningUserId: string;
  readonly atVersion: number;
}

/** The owners of threads, by thread id. Throws `not_found` if a thread is missing. */
export async function findOwners(
  db: Database,
  threadIds: readonly string[],
): Promise<Map<string, ThreadOwner>> {
  const owners = new Map<string, ThreadOwner>();
  const wanted = [...new Set(threadIds)];
  for (let i = 0; i < wanted.length; i += rowsMax) {
    const ids = wanted.slice(i, i + rowsMax);
    const conditions = [inArray(db.tables.threads.id, ids)];
    const found = await readTargets({ db, name: 'threads', conditions }, rowsMax, undefined);
    for (const { id, owner } of found) owners.set(id, owner);
  }
  const missing = wanted.find((id) => !owners.has(id));
  if (missing !== undefined) throw notFound(`The thread ${missing}`);
  return owners;
}

/** The rows of these keys, in the same order. Rows deleted in the meantime are left out. */
export async function readBack<Name extends ModelName>(
  db: Database,
  name: Name,
  keys: readonly KeyOf<Name>[],
): Promise<RecordOf<Name>[]> {
  const rows = new Map<string, RecordOf<Name>>();
  for (let i = 0; i < keys.length; i += keysPerQuery) {
    const wanted = conditionForAll(db, name, keys.slice(i, i + keysPerQuery));
    for (const row of await selectRows(db, name, [wanted])) rows.set(textOf(name, row), row);
  }
  return keys.map((key) => rows.get(textOf(name, key))).filter((row) => row !== undefined);
}

/** A condition that only the row of this key meets. */
export function conditionFor<Name extends ModelName>(
  db: Database,
  name: Name,
  key: KeyOf<Name>,
): SQL | undefined {
  const columns = getTableColumns<Table>(db.tables[name]);
  const values: Readonly<Record<string, unknown>> = key;
  return and(...keyColumns[name].map((column) => eq(columns[column]!, values[column])));
}

/** A condition for several keys; those that differ only in the last column share one `IN`. */
function conditionForAll<Name extends ModelName>(
  db: Database,
  name: Name,
  keys: readonly KeyOf<Name>[],
): SQL | undefined {
  const columns = getTableColumns<Table>(db.tables[name]);
  const [last, ...leading] = keyColumns[name].toReversed();
  const groups = Map.groupBy<string, Readonly<Record<string, unknown>>>(keys, (key) => {
    const values: Readonly<Record<string, unknown>> = key;
    return JSON.stringify(leading.map((column) => values[column]));
  });
  const conditions = [...groups.values()].map((group) => {
    const same = leading.map((column) => eq(columns[column]!, group[0]![column]));
    const values = group.map((key) => key[last!]);
    return and(...same, inArray(columns[last!]!, values)); // a key has a last column
  });
  return or(...conditions);
}

/** SQLite limits the depth of an expression to 1,000. */
const keysPerQuery = 200;

function textOf<Name extends ModelName>(name: Name, key: KeyOf<Name>): string {
  const values: Readonly<Record<string, unknown>> = key;
  return JSON.stringify(keyColumns[name].map((column) => values[column]));
}

/** Whether the error is a `SkeinError` with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly SkeinError['code'][]): boolean {
  return error instanceof SkeinError && codes.includes(error.code);
}
