/**
 * One side of the puts, in its own process: `… ours|theirs FILE STEPS` prints medians in ms as
 * JSON.
 */
import Database from 'better-sqlite3';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { createStore } from 'skein';
import { SkeinSaver } from 'skein/adapters/langgraph';
import { sqlite } from 'skein/engines/sqlite';
import { CheckpointedThread } from './langgraph-load.ts';
import { median } from './statistics.ts';

/** The result of a process about its puts. */
export interface PutTimes {
  /** Around step 10 of short threads, after others that warm up; only for our side. */
  readonly earlyMs: number;
  /** The last steps of the long thread. */
  readonly lateMs: number;
}

const lateSteps = 50;
const shortThreads = 10;

async function measureLate(
  saver: BaseCheckpointSaver<string | number>,
  steps: number,
): Promise<number> {
  const long = new CheckpointedThread(saver, 'long', steps);
  await long.stepTo(steps);
  return median(long.timesMs.slice(-lateSteps));
}

async function measureEarly(saver: BaseCheckpointSaver<string | number>): Promise<number> {
  const timesMs: number[] = [];
  for (let i = -shortThreads; i < shortThreads; i++) {
    const thread = new CheckpointedThread(saver, `short${i}`, 15);
    await thread.stepTo(15);
    if (i >= 0) timesMs.push(...thread.timesMs.slice(5, 15));
  }
  return median(timesMs);
}

async function measureOurs(path: string, steps: number): Promise<PutTimes> {
  // The size of the file must be that of the one thread.
  await using warm = await createStore({ engine: sqlite({ path: `${path}.early` }) });
  const earlyMs = await measureEarly(new SkeinSaver({ store: warm }));
  await using store = await createStore({ engine: sqlite({ path }) });
  return { lateMs: await measureLate(new SkeinSaver({ store }), steps), earlyMs };
}

async function measureTheirs(path: string, steps: number): Promise<PutTimes> {
  const database = new Database(path);
  const saver = new SqliteSaver(database);
  await saver.getTuple({ configurable: { thread_id: 'none' } }); // creates its tables
  // As durable as ours: by default it leaves the write-ahead log unsynced.
  database.pragma('synchronous = FULL');
  try {
    return { lateMs: await measureLate(saver, steps), earlyMs: 0 };
  } finally {
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
  }
}

const [side, path = '', steps = ''] = process.argv.slice(2);
const times = await (side === 'ours' ? measureOurs : measureTheirs)(path, Number(steps));
process.stdout.write(JSON.stringify(times));
