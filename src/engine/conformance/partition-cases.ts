import assert from 'node:assert/strict';
import { keyOf } from '../compare-keys.ts';
import type { Commit, Row } from '../engine.ts';
import type { OpenEngine } from '../open-engine.ts';
import { assertRow, assertRows, columnOf, putAll, scanAll, rowText } from './expectations.ts';
import { entries, entry, listing, listings, thread, threads } from './tables-for-tests.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';
import { sleep } from '../../shared/backoff.ts';

const owners = ['u0', 'u1', 'u2'];

/**
 * A step of a thread: its head moves to another owner's list, and a row in another partition
 * reflects it.
 */
function stepOf(threadId: string, version: number): Commit {
  const ownerId = owners[version % owners.length]!;
  const head = thread(threadId, { version, ownerId, updatedAt: version });
  return {
    puts: [
      { table: threads, row: head },
      { table: entries, row: entry(threadId, `e${version}`, { kind: 'step', weight: version }) },
      { table: listings, row: listing(ownerId, version, threadId) },
    ],
    expects: [{ table: threads, key: [threadId], version: version === 1 ? 'absent' : version - 1 }],
  };
}

/**
 * Makes steps of several threads in parallel until a crash interrupts them. Returns the last
 * acknowledged step of each.
 */
async function crashAmidSteps(session: Session, names: readonly string[]): Promise<number[]> {
  const acknowledged = names.map(() => 0);
  const { engine } = session;
  const enough = Promise.withResolvers<void>();
  const writing = names.map(async (name, i) => {
    for (let version = 1; version <= 400; version++) {
      await engine.commit(stepOf(name, version));
      acknowledged[i] = version;
      if (version === 12) enough.resolve();
    }
  });
  void Promise.allSettled(writing); // interrupted ones fail or never settle
  await enough.promise;
  const certain = [...acknowledged];
  await session.crash();
  return certain;
}

/** A minute of them, at least: only what never comes takes longer. */
const attemptsMax = 3000;

/** Waits until a check passes: an engine may finish an interrupted commit a little later. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await check();
      return;
    } catch (error) {
      if (attempt === attemptsMax || !(error instanceof assert.AssertionError)) throw error;
      await sleep(20);
    }
  }
}

/**
 * Checks that everything of a thread in its own partition is from the same commit. Returns the
 * head.
 */
async function assertWhole(engine: OpenEngine, threadId: string): Promise<Row> {
  const head = await engine.get(threads, [threadId]);
  const version = Number(head?.version);
  const rows = await engine.scan({ table: entries, prefix: [threadId], limit: 1000 });
  const expected = Array.from({ length: version }, (_, i) => `e${i + 1}`).toSorted();
  assert.deepEqual(columnOf(rows, 'entryId'), expected, `of ${threadId} at version ${version}`);
  assert(head);
  return head;
}

/** Checks that every list contains what the heads say, and nothing else. */
async function assertListed(engine: OpenEngine, heads: readonly Row[]): Promise<void> {
  for (const ownerId of owners) {
    const scan = { table: threads, index: 'byOwner', prefix: [ownerId], limit: 1000 };
    const listed = (await engine.scan(scan)).map(rowText).toSorted();
    const expected = heads.filter((head) => head.ownerId === ownerId).map(rowText);
    assert.deepEqual(listed, expected.toSorted());
  }
  const told = await scanAll(engine, listings);
  const steps = heads.flatMap(({ threadId, version }) =>
    Array.from({ length: Number(version) }, (_, i) => {
      // As stepOf puts it.
      return listing(owners[(i + 1) % owners.length]!, i + 1, threadId as string);
    }),
  );
  assert.deepEqual(told.map(rowText).toSorted(), steps.map(rowText).toSorted());
}

export const partitionCases: Topic = {
  name: 'partitions',
  cases: {
    'a list shows each row once and up to date while rows move between lists': {
      async run({ engine }) {
        const names = ['a', 'b', 'c', 'd'];
        let isWriting = true;
        const write = async (name: string): Promise<void> => {
          for (let version = 1; version <= 60; version++)
            await engine.commit(stepOf(name, version));
        };
        const writing = Promise.all(names.map(write)).finally(() => (isWriting = false));
        const newest = new Map<unknown, number>();
        for (let i = 0; isWriting || i < 3; i++) {
          const prefix = [owners[i % owners.length]!];
          const scan = { table: threads, index: 'byOwner', prefix, limit: 10 };
          const rows = await engine.scan(scan);
          assert.deepEqual(new Set(columnOf(rows, 'ownerId')), new Set(rows.length ? prefix : []));
          assert.equal(new Set(columnOf(rows, 'threadId')).size, rows.length);
          for (const { threadId, version } of rows) {
            const last = newest.get(threadId) ?? 0;
            assert(Number(version) >= last, 'a list went back to an older row');
            newest.set(threadId, Number(version));
          }
          await sleep(0);
        }
        await writing;
        const heads = await scanAll(engine, threads);
        assert.deepEqual(columnOf(heads, 'version'), [60, 60, 60, 60]);
        await assertListed(engine, heads);
      },
    },
    'a row that an index omits is listed again once it fits': {
      async run({ engine }) {
        for (let round = 0; round < 3; round++) {
          const listed = thread('t', { ownerId: 'u', updatedAt: round });
          await putAll(engine, threads, [listed]);
          assertRows(await scanAll(engine, threads, 'byOwner', { prefix: ['u'] }), [listed]);
          await putAll(engine, threads, [thread('t')]);
          assertRows(await scanAll(engine, threads, 'byOwner', { prefix: ['u'] }), []);
        }
      },
    },
    'a crash amid guarded commits leaves their partition whole, and the rest follows': {
      needs: ['crash'],
      async run(session) {
        const names = ['a', 'b', 'c'];
        const certain = await crashAmidSteps(session, names);
        const heads = await Promise.all(names.map((name) => assertWhole(session.engine, name)));
        for (const [i, { version }] of heads.entries()) {
          assert(Number(version) >= certain[i]!, `${names[i]} lost an acknowledged step`);
        }
        await eventually(() => assertListed(session.engine, heads));
        for (const [i, { version }] of heads.entries()) {
          await session.engine.commit(stepOf(names[i]!, Number(version) + 1));
        }
        const after = await Promise.all(names.map((name) => assertWhole(session.engine, name)));
        await assertListed(session.engine, after);
      },
    },
    'a crash amid commits without conditions leaves each partition whole': {
      needs: ['crash'],
      async run(session) {
        const { engine } = session;
        const partitions = ['a', 'b', 'c', 'd'];
        const rowsOf = (threadId: string, round: number): Row[] =>
          ['x', 'y', 'z'].map((id) => entry(threadId, `${id}${round}`, { kind: `k${round}` }));
        const enough = Promise.withResolvers<void>();
        const write = async (): Promise<void> => {
          for (let round = 0; round < 400; round++) {
            const rows = partitions.flatMap((threadId) => rowsOf(threadId, round));
            await engine.commit({ puts: rows.map((row) => ({ table: entries, row })) });
            if (round === 8) enough.resolve();
          }
        };
        void Promise.allSettled([write()]); // the crash interrupts it
        await enough.promise;
        await session.crash();
        for (const threadId of partitions) {
          const rows = await scanAll(session.engine, entries, undefined, { prefix: [threadId] });
          const rounds = new Set(columnOf(rows, 'kind'));
          assert(rounds.size >= 9, 'an acknowledged commit is lost');
          assert.equal(rows.length, rounds.size * 3, `${threadId} has a part of a commit`);
          for (const row of rows)
            assertRow(await session.engine.get(entries, keyOf(entries, row)), row);
        }
      },
    },
  },
};
