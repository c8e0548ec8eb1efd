import { describe, expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import type { Subject } from '../conformance/subject.ts';
import {
  entries,
  entry,
  listing,
  listings,
  tablesForTests,
  thread,
  threads,
} from '../conformance/tables-for-tests.ts';
import type { Commit, Engine, Row, Scan } from '../engine.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { OpenEngine } from '../open-engine.ts';
import { faultEngine, type FaultEngine } from './fault-engine.ts';

const capabilities = { atomicAcrossPartitions: false, shared: false };

conformance({
  name: 'partitions apart',
  test,
  capabilities: { ...capabilities, durable: false },
  factory: () => subject(referenceEngine()),
});

conformance({
  name: 'partitions apart, with crashes',
  test,
  capabilities: { ...capabilities, durable: true },
  factory: () => subject(durableModel()),
});

/** The reference engine keeps its rows when its wrapper crashes. */
function durableModel(): Engine {
  const reference = referenceEngine();
  return Object.assign(reference, { capabilities: { ...reference.capabilities, durable: true } });
}

/** Work that a crash interrupts is finished a few milliseconds after the store is reopened. */
function subject(inner: Engine): Subject {
  const engine = faultEngine(inner, {}, { partitionsApart: true, repairDelayMs: 5 });
  return {
    open: () => engine,
    reopen: () => engine,
    crash: async () => {
      engine.crash();
      await inner.close();
    },
    destroy: () => {},
  };
}

async function openApart(): Promise<{ faulty: FaultEngine; engine: OpenEngine }> {
  const faulty = faultEngine(referenceEngine(), {}, { partitionsApart: true });
  return { faulty, engine: await OpenEngine.open(faulty, tablesForTests) };
}

const byOwner = (ownerId: string): Scan => {
  return { table: threads, index: 'byOwner', prefix: [ownerId], limit: 10 };
};

/** A thread moves to another owner, and a row in another partition reflects it. */
function step(version: number, ownerId: string): Commit {
  return {
    puts: [
      { table: threads, row: headAt(version, ownerId) },
      { table: entries, row: entry('t', `e${version}`) },
      { table: listings, row: listing(ownerId, version, 't') },
    ],
    expects: [{ table: threads, key: ['t'], version: version === 1 ? 'absent' : version - 1 }],
  };
}

function headAt(version: number, ownerId: string): Row {
  return thread('t', { version, ownerId, updatedAt: version });
}

const unavailable = { code: 'unavailable' };

describe('a commit that is split', () => {
  test('is in its own partition, and in the others after the repair', async () => {
    const { faulty, engine } = await openApart();
    await engine.commit(step(1, 'u1'));
    faulty.next('split');
    await expect(engine.commit(step(2, 'u2'))).rejects.toMatchObject(unavailable);
    expect(faulty.state).toBe('down');
    faulty.heal();
    expect(await engine.get(threads, ['t'])).toEqual(headAt(2, 'u2'));
    expect(await engine.get(entries, ['t', 'e2'])).toBeDefined();
    expect(await engine.get(listings, ['u2', 2, 't'])).toBeUndefined();
    // The list of the first owner still has the thread; the wrapper sees that it has moved.
    expect(await faulty.scan(byOwner('u1'))).toEqual([headAt(1, 'u1')]);
    expect(await engine.scan(byOwner('u1'))).toEqual([]);
    expect(await engine.scan(byOwner('u2'))).toEqual([]);
    await faulty.repair();
    expect(await engine.get(listings, ['u2', 2, 't'])).toEqual(listing('u2', 2, 't'));
    expect(await faulty.scan(byOwner('u1'))).toEqual([]);
    expect(await engine.scan(byOwner('u2'))).toEqual([headAt(2, 'u2')]);
  });

  test('that does not move a row leaves it in its list, with its present content', async () => {
    const { faulty, engine } = await openApart();
    const before = thread('t', { ownerId: 'u', body: 'before' });
    const after = thread('t', { ownerId: 'u', body: 'after', version: 2 });
    await engine.commit({ puts: [{ table: threads, row: before }] });
    faulty.next('split');
    const expects = [{ table: threads, key: ['t'], version: 1 }];
    const split = engine.commit({ puts: [{ table: threads, row: after }], expects });
    await expect(split).rejects.toMatchObject(unavailable);
    faulty.heal();
    expect(await faulty.scan(byOwner('u'))).toEqual([before]);
    expect(await engine.scan(byOwner('u'))).toEqual([after]);
  });

  test('loses against what is written before the repair', async () => {
    const { faulty, engine } = await openApart();
    faulty.next('split');
    await expect(engine.commit(step(1, 'u1'))).rejects.toMatchObject(unavailable);
    faulty.heal();
    const newer = { ...listing('u1', 1, 't'), note: 'newer' };
    await engine.commit({ puts: [{ table: listings, row: newer }] });
    await engine.commit(step(2, 'u2'));
    expect(await engine.scan(byOwner('u2'))).toEqual([headAt(2, 'u2')]);
    await faulty.repair();
    expect(await engine.get(listings, ['u1', 1, 't'])).toEqual(newer);
    expect(await engine.scan(byOwner('u1'))).toEqual([]);
    expect(await engine.scan(byOwner('u2'))).toEqual([headAt(2, 'u2')]);
  });

  test('has no effect where deletePrefix has run since', async () => {
    const { faulty, engine } = await openApart();
    faulty.next('split');
    await expect(engine.commit(step(1, 'u1'))).rejects.toMatchObject(unavailable);
    faulty.heal();
    await engine.deletePrefix(listings, ['u1']);
    await faulty.repair();
    expect(await engine.get(listings, ['u1', 1, 't'])).toBeUndefined();
  });

  test('without expects is in one partition and never in the others', async () => {
    const { faulty, engine } = await openApart();
    faulty.next('split');
    const rows = ['a', 'b'].map((id) => ({ table: entries, row: entry(id, 'e', { kind: 'k' }) }));
    await expect(engine.commit({ puts: rows })).rejects.toMatchObject(unavailable);
    faulty.heal();
    await faulty.repair();
    const found = await engine.getMany(entries, [
      ['a', 'e'],
      ['b', 'e'],
    ]);
    expect(found.map((row) => row !== undefined)).toEqual([true, false]);
  });

  test('that conflicts has no effect anywhere', async () => {
    const { faulty, engine } = await openApart();
    faulty.next('split');
    await expect(engine.commit(step(2, 'u'))).rejects.toMatchObject({ code: 'conflict' });
    expect(faulty.state).toBe('healthy');
    expect(await engine.get(listings, ['u', 2, 't'])).toBeUndefined();
  });
});

test('a commit that is interrupted between its partitions owes the rest', async () => {
  const { faulty, engine } = await openApart();
  await engine.commit(step(1, 'u1'));
  const writing = engine.commit(step(2, 'u2'));
  while ((await engine.get(threads, ['t']))?.version === 1) await Promise.resolve();
  faulty.crash();
  await expect(writing).rejects.toMatchObject(unavailable);
  faulty.heal();
  expect(await engine.get(listings, ['u2', 2, 't'])).toBeUndefined();
  await faulty.repair();
  expect(await engine.get(listings, ['u2', 2, 't'])).toBeDefined();
});

test('only separate partitions can split', () => {
  const together = faultEngine(referenceEngine());
  expect(() => together.next('split')).toThrow(TypeError);
  expect(() => together.follow({ split: 0.1 })).toThrow(TypeError);
});

describe('a list', () => {
  test('continues past entries whose rows are gone until the page is full', async () => {
    const { faulty, engine } = await openApart();
    const rows = Array.from({ length: 30 }, (_, i) =>
      thread(`t${String(i).padStart(2, '0')}`, { ownerId: 'u', updatedAt: i }),
    );
    await engine.commit({ puts: rows.map((row) => ({ table: threads, row })) });
    for (const { threadId } of rows.slice(3, 20)) {
      faulty.next('split');
      const key = [String(threadId)];
      const gone = engine.commit({ deletes: [{ table: threads, key }] });
      await expect(gone).rejects.toMatchObject(unavailable);
      faulty.heal();
    }
    const left = [...rows.slice(0, 3), ...rows.slice(20)];
    expect(await faulty.scan({ ...byOwner('u'), limit: 30 })).toHaveLength(30);
    expect(await engine.scan({ ...byOwner('u'), limit: 5 })).toEqual(left.slice(0, 5));
    expect(await engine.scan({ ...byOwner('u'), limit: 30 })).toEqual(left);
    const down = await engine.scan({ ...byOwner('u'), limit: 12, reverse: true });
    expect(down).toEqual(left.toReversed().slice(0, 12));
  });
});
