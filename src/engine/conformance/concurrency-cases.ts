import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { ConflictError } from '../../shared/error.ts';
import type { Row } from '../engine.ts';
import type { OpenEngine } from '../open-engine.ts';
import { assertRow, assertRows, columnOf, putAll, scanAll } from './expectations.ts';
import { entries, entry, step, steps, thread, threads } from './tables-for-tests.ts';
import type { Topic } from './topic.ts';

const twenty = Array.from({ length: 20 }, (_, i) => i);

/** The attempts that won; the others must have lost with a conflict. */
async function winners(attempts: readonly Promise<void>[]): Promise<number[]> {
  const outcomes = await Promise.allSettled(attempts);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof ConflictError)) {
      throw outcome.reason;
    }
  }
  return outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
}

/** Puts a row with the next version, and repeats until no other commit was faster. */
async function increment(engine: OpenEngine, threadId: string): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const row = await engine.get(threads, [threadId]);
    const version = Number(row?.version);
    const put = { table: threads, row: thread(threadId, { version: version + 1 }) };
    const expects = [{ table: threads, key: [threadId], version }];
    const [winner] = await winners([engine.commit({ puts: [put], expects })]);
    if (winner !== undefined) return;
  }
  throw new Error('a commit lost a thousand times in a row');
}

/** Calls `check` repeatedly, at least three times, until `writing` is done. Both may fail. */
async function whileWriting(writing: Promise<void>, check: () => Promise<void>): Promise<void> {
  let isWriting = true;
  const end = (): void => {
    isWriting = false;
  };
  const checking = async (): Promise<void> => {
    for (let i = 0; isWriting || i < 3; i++) {
      await check();
      await setImmediate(); // reads that never leave the microtask queue would starve writers
    }
  };
  await Promise.all([writing.finally(end), checking()]);
}

export const concurrencyCases: Topic = {
  name: 'concurrency',
  cases: {
    'one of twenty commits that expect the same version wins': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t', { ownerId: 'nobody' })]);
        const row = (i: number): Row => thread('t', { version: 2, ownerId: `u${i}` });
        const expects = [{ table: threads, key: ['t'], version: 1 }];
        const attempts = twenty.map((i) => {
          const note = { table: entries, row: entry('t', `e${i}`) };
          return engine.commit({ puts: [{ table: threads, row: row(i) }, note], expects });
        });
        const won = await winners(attempts);
        assert.equal(won.length, 1);
        assertRow(await engine.get(threads, ['t']), row(won[0]!));
        assertRows(await scanAll(engine, threads, 'byOwner'), [row(won[0]!)]);
        assertRows(await scanAll(engine, entries), [entry('t', `e${won[0]}`)]);
      },
    },
    'one of twenty commits that expect absence wins': {
      async run({ engine }) {
        const expects = [{ table: entries, key: ['t', 'e'], version: 'absent' as const }];
        const row = (i: number): Row => entry('t', 'e', { weight: i, kind: `k${i}` });
        const attempts = twenty.map((i) => {
          return engine.commit({ puts: [{ table: entries, row: row(i) }], expects });
        });
        const won = await winners(attempts);
        assert.equal(won.length, 1);
        assertRows(await scanAll(engine, entries), [row(won[0]!)]);
        assertRows(await scanAll(engine, entries, 'byWeight'), [row(won[0]!)]);
      },
    },
    'twenty counters by compare-and-set lose no increment': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t', { version: 0 })]);
        await Promise.all(twenty.map(() => increment(engine, 't')));
        assert.equal((await engine.get(threads, ['t']))?.version, 20);
      },
    },
    'commits on different partitions do not conflict': {
      async run({ engine }) {
        const attempts = twenty.map((i) => {
          const expects = [{ table: threads, key: [`t${i}`], version: 'absent' as const }];
          return engine.commit({ puts: [{ table: threads, row: thread(`t${i}`) }], expects });
        });
        assert.equal((await winners(attempts)).length, 20);
        assert.equal((await scanAll(engine, threads)).length, 20);
      },
    },
    'puts of one row that race leave one row and its index entries': {
      async run({ engine }) {
        for (let round = 0; round < 5; round++) {
          await Promise.all(
            twenty.map((i) => {
              const isOwned = (i + round) % 4 > 0;
              const row = thread('t', isOwned ? { ownerId: `u${i}`, updatedAt: i } : {});
              return i === 10
                ? engine.commit({ deletes: [{ table: threads, key: ['t'] }] })
                : engine.commit({ puts: [{ table: threads, row }] });
            }),
          );
          const rows = await scanAll(engine, threads);
          assert(rows.length <= 1);
          const indexed = rows.filter(({ ownerId }) => ownerId !== undefined);
          assertRows(await scanAll(engine, threads, 'byOwner'), indexed);
        }
      },
    },
    'racing commits leave the rows of one of them, never a mixture': {
      async run({ engine }) {
        await Promise.all(
          twenty.map((i) => {
            const rows = ['a', 'b', 'c'].map((id) => entry('t', id, { weight: i, kind: 'k' }));
            return engine.commit({ puts: rows.map((row) => ({ table: entries, row })) });
          }),
        );
        const weights = new Set(columnOf(await scanAll(engine, entries), 'weight'));
        assert.equal(weights.size, 1, 'all three rows are of one commit');
        assert.equal((await scanAll(engine, entries, 'byWeight')).length, 3);
      },
    },
    'every read sees the writes acknowledged before it': {
      async run({ engine }) {
        const writeAndRead = async (threadId: string): Promise<void> => {
          for (let i = 0; i < 15; i++) {
            const row = entry(threadId, 'last', { kind: threadId, weight: i });
            await engine.commit({ puts: [{ table: entries, row }] });
            const [byGet, [byGetMany], [byScan], byIndex] = await Promise.all([
              engine.get(entries, [threadId, 'last']),
              engine.getMany(entries, [[threadId, 'last']]),
              engine.scan({ table: entries, prefix: [threadId], limit: 1, reverse: true }),
              engine.scan({ table: entries, index: 'byKind', prefix: [threadId], limit: 9 }),
            ]);
            assertRows([byGet, byGetMany, byScan, ...byIndex], [row, row, row, row]);
          }
        };
        await Promise.all(['t1', 't2', 't3', 't4'].map(writeAndRead));
      },
    },
    'a scan is one view of a partition during writes': {
      async run({ engine }) {
        const rows = (text: string): Row[] => {
          return Array.from({ length: 30 }, (_, i) => step('t', 'r', i, { text }));
        };
        await putAll(engine, steps, rows('0'));
        const write = async (): Promise<void> => {
          for (let n = 1; n <= 40; n++) await putAll(engine, steps, rows(String(n)));
        };
        await whileWriting(write(), async () => {
          const found = await engine.scan({ table: steps, prefix: ['t', 'r'], limit: 1000 });
          assert.equal(found.length, 30);
          assert.equal(new Set(columnOf(found, 'text')).size, 1, 'a scan mixed two commits');
        });
      },
    },
    'a scan never misses a row that moves, nor sees it twice': {
      async run({ engine }) {
        const rows = (number: number): Row => entry('t', `e${number}`, { kind: `k${number % 7}` });
        await putAll(engine, entries, [rows(0)]);
        const write = async (): Promise<void> => {
          for (let number = 1; number <= 120; number++) {
            const deletes = [{ table: entries, key: ['t', `e${number - 1}`] }];
            await engine.commit({ puts: [{ table: entries, row: rows(number) }], deletes });
          }
        };
        await whileWriting(write(), async () => {
          const scan = { table: entries, prefix: ['t'], limit: 10 };
          assert.equal((await engine.scan(scan)).length, 1, 'by key');
          const byKind = await engine.scan({ ...scan, index: 'byKind', reverse: true });
          assert.equal(byKind.length, 1, 'by index');
        });
      },
    },
  },
};
