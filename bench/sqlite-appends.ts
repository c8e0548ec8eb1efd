import Database from 'better-sqlite3';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { sqlite } from 'skein/engines/sqlite';
import { createTemporaryFolder } from './cleanup.ts';
import type { Measure } from './measure.ts';
import {
  givenColumns,
  groupsOf,
  HeadFollower,
  runAppendRounds,
  type RecordedHead,
  type RecordedItem,
  type RecordedRun,
} from './sql-append-rounds.ts';

/**
 * Durable appends on SQLite: 64 writers, each waiting for its own append, over 1,000 threads. The
 * reference is better-sqlite3, which writes the same rows of items and heads, in one transaction
 * for as many appends as ours had.
 */
export const sqliteAppends: Measure = {
  name: 'sqlite-appends',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const pathOf = (place: string): string => join(folder.path, `${place}.db`);
    return await runAppendRounds(context, {
      name: 'SQLite',
      driver: 'better-sqlite3',
      createEngine: (place) => sqlite({ path: pathOf(place) }),
      record: (place, work) => record(pathOf(place), work),
      replay: (place, run) => Promise.resolve(replay(pathOf(place), run)),
    });
  },
};

async function record(path: string, work: () => Promise<void>): Promise<RecordedRun> {
  const transactions = await countTransactions(work);
  const database = new Database(path, { readonly: true });
  try {
    const follower = new HeadFollower();
    // As declared.
    const rows = database.prepare('SELECT * FROM items ORDER BY id').all() as ItemRow[];
    const items = rows.map((columns) => {
      const [part] = JSON.parse(columns.parts) as { text: string }[]; // as the load appends them
      return { columns, head: follower.next({ ...columns, text: part!.text }) };
    });
    return { items, transactions };
  } finally {
    database.close();
  }
}

type ItemRow = Record<string, string | number | null> & {
  readonly id: string;
  readonly threadId: string;
  readonly role: string;
  readonly parts: string;
  readonly position: number;
  readonly commitVersion: number;
  readonly createdAt: number;
};

/** Each transaction goes as one message to the thread that writes. */
async function countTransactions(work: () => Promise<void>): Promise<number> {
  const post = Object.getOwnPropertyDescriptor(Worker.prototype, 'postMessage')!;
  let count = 0;
  const counting = function (this: Worker, ...args: Parameters<Worker['postMessage']>): void {
    const [message] = args as [{ type?: string }]; // the engine's own message
    if (message.type === 'write') count++;
    (post.value as Worker['postMessage']).apply(this, args); // Node's own method
  };
  Object.defineProperty(Worker.prototype, 'postMessage', { ...post, value: counting });
  try {
    await work();
  } finally {
    Object.defineProperty(Worker.prototype, 'postMessage', post);
  }
  if (count === 0) throw new TypeError('The engine writes in a way that is not counted.');
  return count;
}

/** The settings of the engine, so that SQLite does the same work for the disk. */
const pragmas = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'fullfsync = ON',
  'foreign_keys = ON',
  'cache_size = -65536',
  'temp_store = MEMORY',
  'wal_autocheckpoint = 8192',
];

function replay(path: string, run: RecordedRun): number {
  const database = new Database(path);
  try {
    for (const pragma of pragmas) database.pragma(pragma);
    const columns = givenColumns(run);
    const names = columns.map((name) => `"${name}"`).join(', ');
    const insert = database.prepare(
      `INSERT INTO items (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const update = prepareUpdates(database);
    const write = database.transaction((group: readonly RecordedItem[]) => {
      for (const item of group) {
        update(item.head);
        insert.run(columns.map((name) => item.columns[name]));
      }
    });
    const groups = groupsOf(run);
    const startMs = performance.now();
    for (const group of groups) write.immediate(group);
    return (performance.now() - startMs) / 1000;
  } finally {
    database.close();
  }
}

/** Guarded by the version, as a program without the store would need; lists move once a second. */
function prepareUpdates(database: Database.Database): (head: RecordedHead) => void {
  const set =
    'UPDATE threads SET "updatedAt" = ?, "version" = ?, "itemCount" = ?, "lastItemId" = ?, ' +
    '"lastPreview" = ?, "lastRole" = ?, "previewItemId" = ?';
  const stay = database.prepare(`${set} WHERE "id" = ? AND "version" < ?`);
  const move = database.prepare(`${set}, "listedAt" = ? WHERE "id" = ? AND "version" < ?`);
  return (head) => {
    const { id, version, itemCount, lastItemId, lastPreview, lastRole, updatedAt, listedAt } = head;
    const values = [
      ...[updatedAt, version, itemCount, lastItemId, lastPreview, lastRole, lastItemId],
      ...(listedAt === undefined ? [] : [listedAt]),
      ...[id, version],
    ];
    const { changes } = (listedAt === undefined ? stay : move).run(values);
    if (changes !== 1) throw new Error(`The head of ${id} is not as it was recorded.`);
  };
}
