import { join } from 'node:path';
import { createStore } from 'skein';
import type { Engine } from 'skein/engine';
import { postgres } from 'skein/engines/postgres';
import { sqlite } from 'skein/engines/sqlite';
import { createThreads, fillThread } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads } from './compare-reads.ts';
import type { BenchContext, Measure, MeasureResult, Row } from './measure.ts';
import { startPostgres } from './postgres-server.ts';

/**
 * The newest 50 items of a thread of a million, against those of one of a thousand in the same
 * database.
 */
export const sqlitePages: Measure = {
  name: 'sqlite-pages',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    return await measurePages(context, 'SQLite', () => sqlite({ path: join(folder.path, 'a.db') }));
  },
};

/** As `sqlitePages`. */
export const postgresPages: Measure = {
  name: 'postgres-pages',
  async run(context) {
    await using server = await startPostgres(context.folder);
    return await measurePages(context, 'PostgreSQL', () => postgres({ url: server.url }));
  },
};

const pageSize = 50;

async function measurePages(
  context: BenchContext,
  name: string,
  createEngine: () => Engine,
): Promise<MeasureResult> {
  const few = 1000;
  const many = context.isQuick ? 20_000 : 1_000_000;
  const [short, long] = await fillStore(context, createEngine, few, many);
  // Reopened, as after a restart.
  await using store = await createStore({ engine: createEngine() });
  const project = store.project('default').as({ userId: 'u1' });
  const readOf = (id: string) => () => project.items.list(id, { order: 'desc', limit: pageSize });
  const rows: Row[] = [];
  for (const readers of [1, 8]) {
    const figures = await compareReads({
      ours: readOf(long),
      reference: readOf(short),
      readers,
      readsPerTurn: 100,
      turns: context.isQuick ? 10 : 20,
    });
    const who = readers === 1 ? 'one reader' : `${readers} readers`;
    rows.push({
      ...figures,
      measure: `${name}, newest ${pageSize} of ${many.toLocaleString('en')} items, ${who}`,
      against: `of ${few.toLocaleString('en')}`,
      bar: { kind: 'atMost', value: 1.3 },
    });
  }
  return { rows, notes: [] };
}

async function fillStore(
  context: BenchContext,
  createEngine: () => Engine,
  few: number,
  many: number,
): Promise<[short: string, long: string]> {
  await using store = await createStore({ engine: createEngine() });
  const project = store.project('default').as({ userId: 'u1' });
  const ids = await createThreads(project, 2);
  const [short, long] = [ids[0]!, ids[1]!]; // two were created
  await fillThread(project, short, few);
  context.progress(`filling a thread with ${many.toLocaleString('en')} items`);
  await fillThread(project, long, many);
  return [short, long];
}
