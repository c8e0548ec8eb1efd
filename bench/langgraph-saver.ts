import Database from 'better-sqlite3';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { execFile } from 'node:child_process';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStore } from 'skein';
import { SkeinSaver } from 'skein/adapters/langgraph';
import { postgres } from 'skein/engines/postgres';
import { sqlite } from 'skein/engines/sqlite';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads } from './compare-reads.ts';
import { CheckpointedThread, listNewest, readNewest } from './langgraph-load.ts';
import type { PutTimes } from './langgraph-puts-child.ts';
import type { BenchContext, Measure, MeasureResult, Row } from './measure.ts';
import { startPostgres } from './postgres-server.ts';
import { productNodeOptions } from './product-node-options.ts';
import { median } from './statistics.ts';

/**
 * One thread of a graph that adds a message per step, in our saver on SQLite and in LangGraph's
 * own.
 */
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
  const [ours, theirs] = [join(folder, 'ours.db'), join(folder, 'theirs.db')];
  const putRows = await measurePuts(context, { ours, theirs, steps });
  const [bytes, referenceBytes] = [await bytesOf(folder, 'ours'), await bytesOf(folder, 'theirs')];
  context.progress(`${steps * 2} steps of ours`);
  const doubled = await fillAnew(join(folder, 'double.db'), steps * 2);
  const sizeRows: Row[] = [
    {
      measure: `LangGraph, ${steps.toLocaleString('en')} steps, on disk`,
      unit: 'MB',
      ours: bytes / megabyte,
      reference: referenceBytes / megabyte,
      against: 'SQLite saver',
      bar: { kind: 'atMost', value: 0.02 },
    },
    {
      measure: `LangGraph, ${(steps * 2).toLocaleString('en')} steps, on disk`,
      unit: 'MB',
      ours: doubled / megabyte,
      reference: bytes / megabyte,
      against: `ours, ${steps.toLocaleString('en')} steps`,
      bar: { kind: 'atMost', value: 2.2 },
    },
  ];
  const reference = new Database(theirs);
  try {
    const readRows = await measureReads(context, ours, new SqliteSaver(reference), steps);
    return { rows: [...sizeRows, ...putRows, ...readRows], notes: [syncNote] };
  } finally {
    reference.close();
  }
}

const syncNote =
  'LangGraph on SQLite: both sides with a write-ahead log and synchronous = FULL, so that a put is on the disk when ' +
  'it returns. The SQLite saver leaves it at NORMAL by itself. The puts of each side run in processes of their own, by turns.';

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

/** On PostgreSQL the sides alternate in one process, and only the later puts of a turn count. */
const stepsPerTurn = 100;
const lateSteps = 50;

interface PutFiles {
  readonly ours: string;
  readonly theirs: string;
  readonly steps: number;
}

/**
 * Runs each side in its own process, as programs have one saver: in a shared process, the garbage
 * of the states that the other side serializes whole would be collected during our puts. The files
 * of the first round are kept for measuring.
 */
async function measurePuts(
  context: BenchContext,
  { ours, theirs, steps }: PutFiles,
): Promise<Row[]> {
  const rounds: { readonly ours: PutTimes; readonly theirs: PutTimes }[] = [];
  for (let round = 0; round < (context.isQuick ? 1 : 5); round++) {
    const again = round === 0 ? '' : `.${round}`;
    const mine = await putInProcess('ours', ours + again, steps);
    const reference = await putInProcess('theirs', theirs + again, steps);
    rounds.push({ ours: mine, theirs: reference });
    const told = [mine, reference].map(({ lateMs }) => lateMs.toFixed(2));
    context.progress(`${steps} steps, round ${round + 1}: ${told[0]} ms, theirs ${told[1]} ms`);
    for (const path of [ours, theirs]) await removeDatabases(path, again);
  }
  const late = median(rounds.map((round) => round.ours.lateMs));
  const common = {
    measure: `LangGraph on SQLite, put at step ${steps.toLocaleString('en')}`,
    unit: 'ms',
    ours: late,
  } as const;
  const ratios = rounds.map((round) => round.ours.lateMs / round.theirs.lateMs);
  return [
    {
      ...common,
      reference: median(rounds.map((round) => round.theirs.lateMs)),
      against: 'SQLite saver',
      spread: [Math.min(...ratios), Math.max(...ratios)],
      bar: { kind: 'atMost', value: 0.2 },
    },
    {
      ...common,
      reference: median(rounds.map((round) => round.ours.earlyMs)),
      against: 'ours at step 10',
      bar: { kind: 'atMost', value: 2 },
    },
  ];
}

async function putInProcess(side: string, path: string, steps: number): Promise<PutTimes> {
  const child = fileURLToPath(new URL('langgraph-puts-child.ts', import.meta.url));
  const args = [...(await productNodeOptions()), child, side, path, String(steps)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as PutTimes; // the child prints it
}

/** Files of a round that are no longer needed. */
async function removeDatabases(path: string, again: string): Promise<void> {
  const beginnings = again === '' ? [`${path}.early`] : [path + again];
  const endings = ['', '-wal', '-shm', '.early', '.early-wal', '.early-shm'];
  const files = beginnings.flatMap((beginning) => endings.map((ending) => beginning + ending));
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

async function measureReads(
  context: BenchContext,
  path: string,
  referenceSaver: SqliteSaver,
  steps: number,
): Promise<Row[]> {
  // Reopened, as after a restart.
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
    const fresh = new SkeinSaver({ store }); // it has read nothing yet
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
