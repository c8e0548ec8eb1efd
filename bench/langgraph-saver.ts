import Database from 'better-sqlite3';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createStore } from 'skein';
import { SkeinSaver } from 'skein/adapters/langgraph';
import { postgres } from 'skein/engines/postgres';
import { sqlite } from 'skein/engines/sqlite';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads } from './compare-reads.ts';
import { CheckpointedThread, listNewest, readNewest } from './langgraph-load.ts';
import type { BenchContext, Measure, MeasureResult, Row } from './measure.ts';
import { startPostgres } from './postgres-server.ts';
import { median } from './statistics.ts';

/** One thread of a graph that adds a message a step, in our saver on SQLite and in LangGraph's own. */
export const langgraphSqlite: Measure = {
  name: 'langgraph-sqlite',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    return await measureSqlite(context, folder.path);
  },
};

/** The same on PostgreSQL. */
export const langgraphPostgres: Measure = {
  name: 'langgraph-postgres',
  async run(context) {
    await using server = await startPostgres(context.folder);
    return await measurePostgres(context, server.url);
  },
};

const megabyte = 1e6;

async function measureSqlite(context: BenchContext, folder: string): Promise<MeasureResult> {
  const steps = context.isQuick ? 200 : 1000;
  const ours = join(folder, 'ours.db');
  const rows: Row[] = [];
  context.progress(`${steps} steps on both sides`);
  const reference = new Database(join(folder, 'theirs.db'));
  const referenceSaver = new SqliteSaver(reference);
  await referenceSaver.getTuple({ configurable: { thread_id: 'none' } }); // makes its tables
  // As durable as ours: it would leave the write-ahead log unsynced.
  reference.pragma('synchronous = FULL');
  try {
    const putRows = await measurePuts(context, ours, referenceSaver, steps);
    reference.pragma('wal_checkpoint(TRUNCATE)');
    const [bytes, referenceBytes] = [
      await bytesOf(folder, 'ours'),
      await bytesOf(folder, 'theirs'),
    ];
    const what = `LangGraph, ${steps.toLocaleString('en')} steps`;
    rows.push({
      measure: `${what}, on disk`,
      unit: 'MB',
      ours: bytes / megabyte,
      reference: referenceBytes / megabyte,
      against: 'SQLite saver',
      bar: { kind: 'atMost', value: 0.02 },
    });
    context.progress(`${steps * 2} steps of ours`);
    const doubled = await fillAnew(join(folder, 'double.db'), steps * 2);
    rows.push({
      measure: `LangGraph, ${(steps * 2).toLocaleString('en')} steps, on disk`,
      unit: 'MB',
      ours: doubled / megabyte,
      reference: bytes / megabyte,
      against: `ours, ${steps.toLocaleString('en')} steps`,
      bar: { kind: 'atMost', value: 2.2 },
    });
    rows.push(...putRows, ...(await measureReads(context, ours, referenceSaver, steps)));
    return { rows, notes: [syncNote] };
  } finally {
    reference.close();
  }
}

const syncNote =
  'LangGraph on SQLite: both sides with a write-ahead log and synchronous = FULL, so that a put is on the disk when ' +
  'it returns. The SQLite saver leaves it at NORMAL by itself.';

async function bytesOf(folder: string, name: string): Promise<number> {
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${name}.db`));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function fillAnew(path: string, steps: number): Promise<number> {
  {
    await using store = await createStore({ engine: sqlite({ path }) });
    await new CheckpointedThread(new SkeinSaver({ store }), 'long', steps).stepTo(steps);
  }
  return bytesOf(join(path, '..'), 'double');
}

/**
 * The sides take turns, and the puts that count are the later ones of the last turn, so that what the other side
 * wrote just before is behind them. The ratio depends on this: see docs/performance.md.
 */
const stepsPerTurn = 100;
const lateSteps = 50;
const shortThreads = 10;

async function measurePuts(
  context: BenchContext,
  path: string,
  referenceSaver: SqliteSaver,
  steps: number,
): Promise<Row[]> {
  // What is warmed up, and what comes early in a thread, goes elsewhere: the files' sizes are of one thread.
  const early = await measureEarlyPuts(context);
  await using store = await createStore({ engine: sqlite({ path }) });
  const ours = new CheckpointedThread(new SkeinSaver({ store }), 'long', steps);
  const reference = new CheckpointedThread(referenceSaver, 'long', steps);
  for (let done = stepsPerTurn; done <= steps; done += stepsPerTurn) {
    await ours.stepTo(done);
    await reference.stepTo(done);
  }
  const [late, referenceLate] = [ours, reference].map(({ timesMs }) =>
    median(timesMs.slice(-lateSteps)),
  );
  const measure = `LangGraph on SQLite, put at step ${steps.toLocaleString('en')}`;
  return [
    {
      measure,
      unit: 'ms',
      ours: late!,
      reference: referenceLate!,
      against: 'SQLite saver',
      bar: { kind: 'atMost', value: 0.2 },
    },
    {
      measure,
      unit: 'ms',
      ours: late!,
      reference: early,
      against: 'ours at step 10',
      bar: { kind: 'atMost', value: 2 },
    },
  ];
}

/** Puts around step 10 of several threads, after others that warm up. */
async function measureEarlyPuts(context: BenchContext): Promise<number> {
  await using folder = await createTemporaryFolder(context.folder);
  await using store = await createStore({
    engine: sqlite({ path: join(folder.path, 'early.db') }),
  });
  const saver = new SkeinSaver({ store });
  const timesMs: number[] = [];
  for (let i = -shortThreads; i < shortThreads; i++) {
    const thread = new CheckpointedThread(saver, `short${i}`, 15);
    await thread.stepTo(15);
    if (i >= 0) timesMs.push(...thread.timesMs.slice(5, 15));
  }
  return median(timesMs);
}

async function measureReads(
  context: BenchContext,
  path: string,
  referenceSaver: SqliteSaver,
  steps: number,
): Promise<Row[]> {
  // Opened anew, as after a restart.
  await using store = await createStore({ engine: sqlite({ path }) });
  const saver = new SkeinSaver({ store });
  const thread = { config: { configurable: { thread_id: 'long', checkpoint_ns: '' } }, steps };
  const turns = { readers: 1, readsPerTurn: 5, turns: context.isQuick ? 4 : 10 };
  const of = `of ${steps.toLocaleString('en')} messages`;
  const newest = await compareReads({
    ours: () => readNewest(saver, thread),
    reference: () => readNewest(referenceSaver, thread),
    ...turns,
  });
  const list = await compareReads({
    ours: () => listNewest(saver, thread),
    reference: () => listNewest(referenceSaver, thread),
    ...turns,
    readsPerTurn: 1,
  });
  return [
    {
      ...newest,
      measure: `LangGraph on SQLite, getTuple ${of}`,
      against: 'SQLite saver',
      bar: { kind: 'atMost', value: 0.33 },
    },
    {
      ...list,
      measure: `LangGraph on SQLite, newest 10 checkpoints ${of}`,
      against: 'SQLite saver',
      bar: { kind: 'atMost', value: 0.2 },
    },
  ];
}

async function measurePostgres(context: BenchContext, url: string): Promise<MeasureResult> {
  const steps = context.isQuick ? 200 : 1000;
  context.progress(`${steps} steps on both sides`);
  const referenceSaver = PostgresSaver.fromConnString(url, { schema: 'reference' });
  try {
    await referenceSaver.setup();
    await using store = await createStore({ engine: postgres({ url, schema: 'ours' }) });
    const saver = new SkeinSaver({ store });
    const ours = new CheckpointedThread(saver, 'long', steps);
    const reference = new CheckpointedThread(referenceSaver, 'long', steps);
    for (let done = stepsPerTurn; done <= steps; done += stepsPerTurn) {
      await ours.stepTo(done);
      await reference.stepTo(done);
    }
    const fresh = new SkeinSaver({ store }); // which has read nothing yet
    const newest = await compareReads({
      ours: () => readNewest(fresh, ours),
      reference: () => readNewest(referenceSaver, reference),
      readers: 1,
      readsPerTurn: 5,
      turns: context.isQuick ? 4 : 10,
    });
    const count = steps.toLocaleString('en');
    const [late, referenceLate] = [ours, reference].map(({ timesMs }) =>
      median(timesMs.slice(-lateSteps)),
    );
    const rows: Row[] = [
      {
        ...newest,
        measure: `LangGraph on PostgreSQL, getTuple of ${count} messages`,
        against: 'PostgreSQL saver',
        bar: { kind: 'atMost', value: 0.33 },
      },
      {
        measure: `LangGraph on PostgreSQL, put at step ${count}`,
        unit: 'ms',
        ours: late!, // one of each
        reference: referenceLate!,
        against: 'PostgreSQL saver',
      },
    ];
    return { rows, notes: [] };
  } finally {
    await referenceSaver.end();
  }
}
