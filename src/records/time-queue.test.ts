import { describe, expect, test } from 'vitest';
import { clockForTesting, times } from '../../test/support/store/store-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
  type EngineCall,
} from '../../test/support/store/tapped-engine-for-testing.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import { allTables } from './all-tables.ts';
import { deleteByPartition } from './delete-by-partition.ts';
import { put, Records } from './records.ts';
import { queuePlaces, requests, type RequestRow } from './tables.ts';
import { beginningOfTimeMs, queueMarginMs, TimeQueue } from './time-queue.ts';

const hourMs = 3_600_000;

async function open() {
  const engine = new TappedEngine(memory());
  const records = new Records(await OpenEngine.open(engine, allTables));
  const clock = clockForTesting();
  const core = { records, clock: () => clock.nowMs };
  return {
    records,
    clock,
    calls: recordCalls(engine),
    queue: () => new TimeQueue(core, requests, 'byExpiry'),
    add: (expiresAt: number, scope = 't') =>
      records.commit({ puts: [put(requests, requestAt(expiresAt, scope))] }),
  };
}

function requestAt(expiresAt: number, scope: string): RequestRow {
  return { scope, userId: 'u', key: `${expiresAt}`, hash: '', result: [], expiresAt };
}

/** Where the scans of the queue have begun so far. */
function begins(calls: readonly EngineCall[]): unknown[] {
  return calls.flatMap((call) => {
    const isOfQueue = call.method === 'scan' && call.scan.index === 'byExpiry';
    return isOfQueue ? [call.scan.after?.[0]] : [];
  });
}

function timesOf(rows: readonly RequestRow[]): number[] {
  return rows.map(({ expiresAt }) => expiresAt);
}

/** Takes the due entries and deletes them. */
async function take(
  records: Records,
  queue: TimeQueue<RequestRow>,
  limit = 100,
): Promise<number[]> {
  const rows = await queue.first(limit);
  await deleteByPartition(records, requests, rows);
  return timesOf(rows);
}

describe('a queue by time', () => {
  test('begins at the beginning once, and then where nothing is left before', async () => {
    const { records, clock, calls, queue, add } = await open();
    const one = queue();
    const startMs = clock.nowMs;
    for (const ageMs of [5 * hourMs, 3 * hourMs, 10]) await add(startMs - ageMs);
    expect(await take(records, one)).toHaveLength(3);
    expect(await take(records, one)).toEqual([]);
    expect(await take(records, one)).toEqual([]);
    const [first, second, third] = begins(calls);
    expect(first).toBe(beginningOfTimeMs - 1);
    expect(second).toBe(startMs - 5 * hourMs - 1); // what was found need not have been deleted
    expect(third).toBe(startMs - queueMarginMs - 1);
  });

  test('gives what is due, oldest first, and not more than it is asked for', async () => {
    const { records, clock, queue, add } = await open();
    const one = queue();
    const dues = times(10, (i) => clock.nowMs - (10 - i) * hourMs);
    for (const due of [...dues].toReversed()) await add(due);
    await add(clock.nowMs);
    await add(clock.nowMs + 1);
    expect(await take(records, one, 4)).toEqual(dues.slice(0, 4));
    expect(await take(records, one, 4)).toEqual(dues.slice(4, 8));
    expect(await take(records, one, 4)).toEqual(dues.slice(8));
    expect(await take(records, one, 4)).toEqual([]);
    clock.advance(1);
    expect(await take(records, one, 4)).toEqual([clock.nowMs - 1]);
    expect(timesOf(await one.first(4, { all: true }))).toEqual([clock.nowMs]);
  });

  test('finds again what could not be taken, however much later', async () => {
    const { records, clock, queue, add } = await open();
    const one = queue();
    const stuck = clock.nowMs - 5 * hourMs;
    await add(stuck);
    await add(stuck + 1);
    await records.commit({ deletes: [{ table: requests, key: ['t', 'u', `${stuck + 1}`] }] });
    for (let i = 0; i < 5; i++) {
      expect(timesOf(await one.first(10))).toEqual([stuck]);
      clock.advance(10 * hourMs);
    }
    expect(timesOf(await queue().first(10))).toEqual([stuck]); // another process finds it, too
  });

  test('finds entries of processes whose clocks are up to an hour behind', async () => {
    const { records, clock, queue, add } = await open();
    const one = queue();
    for (let i = 0; i < 20; i++) {
      await add(clock.nowMs - queueMarginMs);
      await add(clock.nowMs - 1, 'other');
      expect(await take(records, one)).toHaveLength(2);
      clock.advance(1 + i * 600_000);
    }
  });

  test('goes back with a clock that is set back, and forth again', async () => {
    const { records, clock, queue, add } = await open();
    const one = queue();
    await add(clock.nowMs - 1);
    expect(await take(records, one)).toHaveLength(1);
    clock.advance(-48 * hourMs);
    expect(await take(records, one)).toEqual([]);
    await add(clock.nowMs + 10);
    clock.advance(48 * hourMs);
    expect(await take(records, one)).toHaveLength(1);
  });
});

describe('the place', () => {
  test('is stored for the next process, at most once an hour', async () => {
    const { records, clock, calls, queue, add } = await open();
    const one = queue();
    const commitsOfPlaces = (): number =>
      calls.filter(
        (call) =>
          call.method === 'commit' &&
          call.commit.puts?.some(({ table }) => table === queuePlaces) === true,
      ).length;
    for (let i = 0; i < 180; i++) {
      await add(clock.nowMs);
      clock.advance(60_000);
      await take(records, one);
    }
    expect(commitsOfPlaces()).toBeGreaterThan(0);
    expect(commitsOfPlaces()).toBeLessThanOrEqual(4);
    calls.length = 0;
    await add(clock.nowMs - 1);
    expect(await take(records, queue())).toHaveLength(1);
    expect(Number(begins(calls)[0])).toBeGreaterThan(clock.nowMs - 3 * hourMs);
  });

  test('of a queue that nothing was ever in is not stored', async () => {
    const { records, clock, queue } = await open();
    const one = queue();
    for (let i = 0; i < 10; i++) {
      await take(records, one);
      clock.advance(hourMs);
    }
    expect(await records.get(queuePlaces, ['requests.byExpiry'])).toBeUndefined();
    one.noteUse();
    await take(records, one);
    expect(await records.get(queuePlaces, ['requests.byExpiry'])).toMatchObject({
      beginsAt: clock.nowMs - queueMarginMs,
    });
  });

  test('that another process has stored wrongly, by a clock far ahead, is not believed', async () => {
    const { records, clock, queue, add } = await open();
    const row = { queue: 'requests.byExpiry', beginsAt: clock.nowMs + 1000 * hourMs };
    await records.commit({ puts: [put(queuePlaces, row)] });
    const one = queue();
    await add(clock.nowMs - 1);
    expect(await take(records, one)).toHaveLength(1);
    expect((await records.get(queuePlaces, [row.queue]))?.beginsAt).toBeLessThan(clock.nowMs);
  });
});

test('rows are deleted in one commit a partition', async () => {
  const { records, calls, clock } = await open();
  const rows = times(500, (i) => requestAt(clock.nowMs + i, `t${i % 250}`));
  await records.commit({ puts: rows.map((row) => put(requests, row)) });
  calls.length = 0;
  await deleteByPartition(records, requests, rows);
  expect(calls).toHaveLength(250);
  for (const call of calls) {
    const deletes = call.method === 'commit' ? (call.commit.deletes ?? []) : [];
    expect(new Set(deletes.map(({ key }) => key[0])).size).toBe(1);
    expect(deletes).toHaveLength(2);
  }
  const left = await records.scan(requests, { prefix: [], maintenance: true, limit: 1 });
  expect(left).toEqual([]);
});
