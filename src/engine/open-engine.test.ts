import { describe, expect, test } from 'vitest';
import { SkeinError } from '../shared/error.ts';
import { entries, entry, tablesForTests, thread, threads } from './conformance/tables-for-tests.ts';
import type { Engine, Table } from './engine.ts';
import { referenceEngine } from './reference/reference-engine.ts';
import { OpenEngine } from './open-engine.ts';

const unavailable = expect.objectContaining({ name: 'SkeinError', code: 'unavailable' });

/** A reference engine that records its calls, and whose commits wait until they are released. */
function watchedEngine(): { engine: Engine; calls: string[]; letGo: () => void } {
  const reference = referenceEngine();
  const calls: string[] = [];
  const gate = Promise.withResolvers<void>();
  const engine: Engine = {
    name: reference.name,
    capabilities: reference.capabilities,
    open: (tables) => note('open', () => reference.open(tables)),
    close: () => note('close', () => reference.close()),
    get: (table, key) => note('get', () => reference.get(table, key)),
    getMany: (table, keys) => note('getMany', () => reference.getMany(table, keys)),
    scan: (scan) => note('scan', () => reference.scan(scan)),
    commit: (commit) => note('commit', () => gate.promise.then(() => reference.commit(commit))),
    deletePrefix: (table, prefix) =>
      note('deletePrefix', () => reference.deletePrefix(table, prefix)),
  };
  async function note<T>(name: string, call: () => Promise<T>): Promise<T> {
    calls.push(name);
    const result = await call();
    calls.push(`${name} done`);
    return result;
  }
  return { engine, calls, letGo: gate.resolve };
}

describe('opening', () => {
  test('gives the name, the flags and the tables of the engine', async () => {
    const reference = referenceEngine();
    const engine = await OpenEngine.open(reference, tablesForTests);
    expect(engine.name).toBe('reference');
    expect(engine.capabilities).toBe(reference.capabilities);
    expect(engine.tables).toBe(tablesForTests);
    expect(engine.isOpen).toBe(true);
  });

  test('refuses bad tables before it touches the engine', async () => {
    const { engine, calls } = watchedEngine();
    const bad: Table = { ...entries, partition: 0 };
    await expect(OpenEngine.open(engine, [bad])).rejects.toThrow(TypeError);
    await expect(OpenEngine.open(engine, [entries, entries])).rejects.toThrow(TypeError);
    expect(calls).toEqual([]);
  });

  test('throws what the engine throws', async () => {
    const cause = new SkeinError('unavailable', 'in use');
    const engine: Engine = { ...watchedEngine().engine, open: () => Promise.reject(cause) };
    await expect(OpenEngine.open(engine, tablesForTests)).rejects.toBe(cause);
  });
});

describe('arguments', () => {
  test('that do not fit throw TypeError, and the engine is not called', async () => {
    const { engine: inner, calls } = watchedEngine();
    const engine = await OpenEngine.open(inner, [threads]);
    const copy = { ...threads };
    const misuses = [
      () => engine.get(entries, ['t', 'e']),
      () => engine.get(copy, ['t']),
      () => engine.get(threads, []),
      () => engine.get(threads, [1]),
      () => engine.getMany(threads, [['t'], []]),
      () =>
        engine.getMany(
          threads,
          Array.from({ length: 1001 }, () => ['t']),
        ),
      () => engine.getMany(entries, []),
      () => engine.scan({ table: entries, prefix: ['t'], limit: 1 }),
      () => engine.scan({ table: threads, prefix: [], limit: 0 }),
      () => engine.commit({ puts: [{ table: entries, row: entry('t', 'e') }] }),
      () => engine.commit({ puts: [{ table: threads, row: { threadId: 't' } }] }),
      () => engine.commit({ deletes: [{ table: entries, key: ['t', 'e'] }] }),
      () => engine.commit({ expects: [{ table: entries, key: ['t', 'e'], version: 'absent' }] }),
      () => engine.deletePrefix(entries, ['t']),
      () => engine.deletePrefix(threads, ['t', 'u']),
    ];
    for (const misuse of misuses) expect(misuse).toThrow(TypeError);
    expect(calls).toEqual(['open', 'open done']);
  });

  test('that fit reach the engine, but an empty list of keys does not', async () => {
    const { engine: inner, calls, letGo } = watchedEngine();
    const engine = await OpenEngine.open(inner, tablesForTests);
    letGo();
    await engine.commit({ puts: [{ table: threads, row: thread('t') }] });
    expect(await engine.get(threads, ['t'])).toEqual(thread('t'));
    expect(await engine.getMany(threads, [])).toEqual([]);
    expect(calls).not.toContain('getMany');
  });
});

describe('closing', () => {
  test('waits for calls in progress, refuses new ones, and closes the engine once', async () => {
    const { engine: inner, calls, letGo } = watchedEngine();
    const engine = await OpenEngine.open(inner, tablesForTests);
    const write = engine.commit({ puts: [{ table: threads, row: thread('t') }] });
    const closings = [engine.close(), engine.close()];
    expect(engine.isOpen).toBe(false);
    await expect(engine.get(threads, ['t'])).rejects.toEqual(unavailable);
    expect(calls).not.toContain('close');
    letGo();
    await Promise.all([write, ...closings]);
    await engine.close();
    expect(calls).toEqual(['open', 'open done', 'commit', 'commit done', 'close', 'close done']);
    await expect(engine.getMany(threads, [])).rejects.toEqual(unavailable);
  });

  test('waits for calls that fail, too', async () => {
    const { engine: inner, calls, letGo } = watchedEngine();
    const engine = await OpenEngine.open(inner, tablesForTests);
    const expects = [{ table: threads, key: ['t'], version: 1 }];
    const writes = Promise.allSettled([engine.commit({ expects }), engine.commit({ expects })]);
    const closing = engine.close();
    letGo();
    await closing;
    expect((await writes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls.at(-1)).toBe('close done');
  });

  test('that fails throws, and leaves the store closed', async () => {
    const cause = new SkeinError('unavailable', 'the last write failed');
    const inner: Engine = { ...watchedEngine().engine, close: () => Promise.reject(cause) };
    const engine = await OpenEngine.open(inner, tablesForTests);
    await expect(engine.close()).rejects.toBe(cause);
    await expect(engine.close()).rejects.toBe(cause);
    await expect(engine.get(threads, ['t'])).rejects.toEqual(unavailable);
  });

  test('an engine that throws instead of rejecting is waited for as well', async () => {
    const inner: Engine = {
      ...watchedEngine().engine,
      scan: () => {
        throw new SkeinError('unavailable', 'thrown at once');
      },
    };
    const engine = await OpenEngine.open(inner, tablesForTests);
    const scan = engine.scan({ table: threads, prefix: ['t'], limit: 1 });
    await expect(scan).rejects.toEqual(unavailable);
    await engine.close();
  });
});
