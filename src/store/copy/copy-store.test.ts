import { describe, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { faultEngine } from '../../engine/fault/fault-engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import type { EnginePlace } from '../../../test/support/engine/engine-in-place-for-testing.ts';
import { memory } from '../../engines/memory/index.ts';
import { allTables } from '../../records/all-tables.ts';
import { copies, items, threads, type ThreadRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { createStore } from '../create-store.ts';
import { doctor } from '../doctor/doctor.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { fillWithRows, readAllRows } from '../../../test/support/store/rows-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { copyStore, type CopyOptions, type CopyReport } from './copy-store.ts';
import { copyId } from './must-be-whole.ts';

const places = enginePlaces.filter(([name]) => name !== 'memory' && name !== 'lsm in memory');
const pairs = places.flatMap(([from, createFrom]) =>
  places.map(([to, createTo]) => ({ from, to, createFrom, createTo })),
);
const seed = seedForTesting();

function copyOf(from: Engine, to: Engine, options: Partial<CopyOptions> = {}): Promise<CopyReport> {
  return copyStore({ from, to, source: 'the source', ...options });
}

async function refusalOf(task: Promise<unknown>): Promise<SkeinError> {
  try {
    await task;
  } catch (error) {
    if (error instanceof SkeinError) return error;
    throw error;
  }
  throw new Error('the store was not refused');
}

/** A store whose copy is unfinished cannot be opened. */
async function mustBeRefused(place: EnginePlace): Promise<void> {
  const refusal = await refusalOf(createStore({ engine: place.open() }));
  expect(refusal).toMatchObject({ code: 'unavailable' });
  expect(refusal.message).toMatch(/unfinished copy of the source.*skein copy/);
}

/** Copies through an engine that fails at times, as often as needed. */
async function copyThroughFaults(from: EnginePlace, to: EnginePlace): Promise<number> {
  for (let runs = 1; runs < 200; runs++) {
    const engine = faultEngine(to.open(), { seed: seed + runs, failBefore: 0.05, failAfter: 0.05 });
    try {
      const report = await copyOf(from.open(), engine, { commitRowsMax: 20 });
      expect(report).toMatchObject({ mismatchCount: 0 });
      return runs;
    } catch (error) {
      expect(error).toMatchObject({ code: 'unavailable', message: /fail|lost/ });
      if (await isUnfinished(to)) await mustBeRefused(to);
    }
  }
  throw new Error('the copy never ended');
}

/** Begun and not finished; only the response of the final commit may have been lost. */
async function isUnfinished(place: EnginePlace): Promise<boolean> {
  const open = await OpenEngine.open(place.open(), allTables);
  try {
    const copy = await open.get(copies, [copyId]);
    return copy !== undefined && copy.finishedAt === undefined;
  } finally {
    await open.close();
  }
}

describe.each(pairs)('a copy from $from to $to', ({ createFrom, createTo }) => {
  test(`is the same row for row, whatever interrupts it (SEED=${seed})`, async () => {
    await using from = await createFrom();
    await using to = await createTo();
    await fillWithRows(from.open(), seed, ({ name }) => (name === 'items' ? 200 : 25));
    await copyThroughFaults(from, to);
    expect(await readAllRows(to.open())).toEqual(await readAllRows(from.open()));
    expect(await copyOf(from.open(), to.open())).toMatchObject({
      finishedAt: expect.any(Number),
      mismatchCount: 0,
      rowsWritten: 0,
    });
    const elsewhere = copyOf(from.open(), to.open(), { source: 'another one' });
    expect((await refusalOf(elsewhere)).message).toMatch(/not empty/);
  });

  test('is a store with all content of the source', async () => {
    await using from = await createFrom();
    await using to = await createTo();
    const { secret, forkId } = await fillByHand(from.open());
    const report = await copyOf(from.open(), to.open());
    expect(report).toMatchObject({ threads: 3, mismatches: [], isResumed: false });
    expect(await doctor(to.open(), { repair: false })).toMatchObject({ threads: 3, problems: [] });
    await using store = await createStore({ engine: to.open() });
    const owner = store.project('default').as({ userId: 'u' });
    const fork = await owner.items.list(forkId);
    expect(fork.data.map(({ parts }) => parts)).toEqual([
      [{ type: 'text', text: 'one' }],
      [{ type: 'text', text: 'mine' }],
    ]);
    await expect(owner.threads.get('gone')).rejects.toMatchObject({ code: 'not_found' });
    // A deleted thread stays deleted, and a request that was answered once is not repeated.
    await expect(owner.threads.create([{ id: 'gone' }])).rejects.toMatchObject({});
    const again = await owner.items.append('kept', [{ role: 'user', text: 'two' }], {
      idempotencyKey: 'request-2',
    });
    expect((await owner.items.list('kept')).data.at(-1)).toEqual(again[0]);
    expect((await owner.items.list('kept')).data).toHaveLength(2);
    expect(await store.keys.verify(secret)).toMatchObject({ name: 'server' });
  });
});

/** Fills a store as its users would. */
async function fillByHand(engine: Engine): Promise<{ secret: string; forkId: string }> {
  await using store = await createStore({ engine });
  const owner = store.project('default').as({ userId: 'u' });
  await owner.threads.create([
    { id: 'kept', title: 'Kept', tags: ['x'], metadata: { z: 1, a: [null] } },
    { id: 'gone', items: [{ role: 'user', text: 'never mind' }] },
    { id: 'other', scopeType: 'ticket', scopeId: 'T-1', visibility: 'public' },
  ]);
  const [first] = await owner.items.append('kept', [{ role: 'user', text: 'one', key: 'k' }]);
  await owner.items.append('kept', [{ role: 'user', text: 'two' }], {
    idempotencyKey: 'request-2',
  });
  const [fork] = await owner.threads.fork([{ threadId: 'kept', atItemId: first!.id }]);
  await owner.items.append(fork!.id, [{ role: 'user', text: 'mine' }]);
  await owner.threads.delete(['gone']);
  const { secret } = await store.keys.create({ projectId: 'p', name: 'server' });
  return { secret, forkId: fork!.id };
}

/** A store with one thread of `count` items. */
async function fillOneThread(engine: Engine, count: number): Promise<void> {
  await using store = await createStore({ engine });
  const owner = store.project('default').as({ userId: 'u' });
  await owner.threads.create([{ id: 'long' }]);
  await owner.items.append(
    'long',
    Array.from({ length: count }, (_, i) => ({ role: 'user' as const, text: `text ${i}` })),
  );
}

describe('a copy', () => {
  test('hides a thread until all of it is there', async () => {
    const [from, to] = [memory(), memory()];
    await fillOneThread(from, 100);
    const counts: number[] = [];
    for (;;) {
      const engine = faultEngine(to, { delayMsMax: 0 });
      // Three commits succeed, one of which takes over.
      engine.next('delay', 'delay', 'delay', 'failBefore');
      try {
        expect((await copyOf(from, engine, { commitRowsMax: 10 })).isResumed).toBe(true);
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
      }
      await refusalOf(createStore({ engine: to }));
      await refusalOf(doctor(to, { repair: true }));
      const { head, count } = await lookAt(to, 'long');
      counts.push(count);
      if (count === 100) continue; // only the verification is missing
      expect(head).toMatchObject({ version: 0, itemCount: 0, title: '' });
      expect(head?.deletedAt).toBeDefined();
      expect(head?.listedAt).toBeUndefined();
    }
    expect(counts).toEqual([20, 40, 60, 80, 100]);
    expect(await readAllRows(to)).toEqual(await readAllRows(from));
  });

  test('follows a source that changes meanwhile, and a target that has changed', async () => {
    const [from, to] = [memory(), memory()];
    await fillByHand(from);
    await fillOneThread(from, 3);
    const foreign = { ...(await readAllRows(from)).threads![0]!, id: 'foreign', version: 3 };
    const open = await OpenEngine.open(from, allTables);
    const [row] = await open.scan({ table: items, prefix: ['long'], limit: 1 });
    let changes = 0;
    const report = await copyStore({
      from: borrowed(open),
      to,
      source: 'the source',
      onProgress: ({ step }) => {
        if (step !== 'copying' || changes++ > 0) return;
        void open.commit({ puts: [{ table: items, row: { ...row!, authorId: 'another' } }] });
        void open.commit({ puts: [{ table: items, row: { ...row!, threadId: 'kept' } }] });
        void open.commit({ deletes: [{ table: items, key: ['long', row!.id as string] }] });
        void open.commit({ puts: [{ table: threads, row: foreign }] });
      },
    });
    await open.close();
    expect(report).toMatchObject({ mismatchCount: 0 });
    expect(await readAllRows(to)).toEqual(await readAllRows(from));
  });

  test('reports what differs, stays unfinished, and continues from there', async () => {
    const [from, to] = [memory(), memory()];
    await fillByHand(from);
    const open = await OpenEngine.open(to, allTables);
    const honest = borrowed(open);
    const lossy: Engine = {
      ...honest,
      scan: async (scan) => {
        const rows = await honest.scan(scan);
        const isWrong = (id: unknown): boolean => scan.table === threads && id === 'kept';
        return rows.map((row) => (isWrong(row.id) ? { ...row, title: 'Lost' } : row));
      },
    };
    const report = await copyOf(from, lossy);
    expect(report.mismatchCount).toBe(1);
    expect(report.mismatches).toMatchObject([
      { threadId: 'kept', from: { rows: 5 }, to: { rows: 5 } },
    ]);
    await open.close();
    await refusalOf(createStore({ engine: to }));
    expect(await copyOf(from, to)).toMatchObject({ mismatchCount: 0, rowsWritten: 0 });
    expect(await readAllRows(to)).toEqual(await readAllRows(from));
  });

  test('is refused into a copy of another source, and from one that is unfinished', async () => {
    const [from, to] = [memory(), memory()];
    await fillOneThread(from, 3);
    const engine = faultEngine(to);
    engine.next('failAfter');
    await refusalOf(copyOf(from, engine));
    const other = await refusalOf(copyOf(from, to, { source: 'another one' }));
    expect(other).toMatchObject({ code: 'conflict' });
    expect(other.message).toMatch(/unfinished copy of the source/);
    expect((await refusalOf(copyOf(to, memory()))).message).toMatch(/unfinished copy/);
    expect(await copyOf(from, to)).toMatchObject({ isResumed: true, mismatchCount: 0 });
  });

  test('gives way to one that was started after it', async () => {
    const [from, to] = [memory(), memory()];
    await fillOneThread(from, 50);
    const open = await OpenEngine.open(to, allTables);
    let second: Promise<CopyReport> | undefined;
    const source = borrowed(await OpenEngine.open(from, allTables));
    const first = copyStore({
      from: source,
      to: borrowed(open),
      source: 'the source',
      commitRowsMax: 5,
      onProgress: ({ step }) => {
        if (step !== 'copying') return;
        second ??= copyOf(source, borrowed(open), { commitRowsMax: 5 });
      },
    });
    expect((await refusalOf(first)).message).toMatch(/taken over/);
    expect((await second!).mismatchCount).toBe(0);
  });

  test('run again only compares, and does not touch a store that has changed since', async () => {
    const [from, to] = [memory(), memory()];
    await fillOneThread(from, 3);
    expect((await copyOf(from, to)).finishedAt).toBeUndefined();
    expect(await copyOf(from, to)).toMatchObject({ mismatchCount: 0, rowsWritten: 0 });
    const store = await createStore({ engine: to });
    await store
      .project('default')
      .as({ userId: 'u' })
      .items.append('long', [{ role: 'user', text: 'x' }]);
    await store.close();
    const rows = await readAllRows(to);
    const report = await copyOf(from, to);
    expect(report).toMatchObject({ mismatchCount: 1, finishedAt: expect.any(Number) });
    expect(await readAllRows(to)).toEqual(rows);
    await (await createStore({ engine: to })).close();
  });

  test('into a store that is not empty is refused', async () => {
    const [from, to] = [memory(), memory()];
    await fillOneThread(from, 3);
    await fillOneThread(to, 3);
    expect(await refusalOf(copyOf(from, to))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('not empty'),
    });
  });

  test('stops when it is aborted', async () => {
    const [from, to] = [memory(), memory()];
    await fillOneThread(from, 10);
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(copyOf(from, to, { signal: stop.signal })).rejects.toThrow('enough');
    expect((await copyOf(from, to)).mismatchCount).toBe(0);
  });

  test.each([0, 1.5, 10_001])('takes no commits of %j rows', async (commitRowsMax) => {
    await expect(copyOf(memory(), memory(), { commitRowsMax })).rejects.toThrow(TypeError);
  });
});

async function lookAt(
  engine: Engine,
  threadId: string,
): Promise<{ head: ThreadRow | undefined; count: number }> {
  const open = await OpenEngine.open(engine, allTables);
  try {
    const head = (await open.get(threads, [threadId])) as ThreadRow | undefined; // its table's rows
    const rows = await open.scan({ table: items, prefix: [threadId], limit: 1000 });
    return { head, count: rows.length };
  } finally {
    await open.close();
  }
}

/** An engine over an open one, which stays open: two that share it see each other's writes. */
function borrowed(open: OpenEngine): Engine {
  return {
    name: open.name,
    capabilities: open.capabilities,
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    get: (table, key) => open.get(table, key),
    getMany: (table, keys) => open.getMany(table, keys),
    scan: (scan) => open.scan(scan),
    commit: (commit) => open.commit(commit),
    deletePrefix: (table, prefix) => open.deletePrefix(table, prefix),
  };
}
