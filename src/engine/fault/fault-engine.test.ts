import { describe, expect, test } from 'vitest';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import {
  entries,
  entry,
  tablesForTests,
  thread,
  threads,
} from '../conformance/tables-for-tests.ts';
import type { Commit } from '../engine.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { OpenEngine } from '../open-engine.ts';
import { faultEngine, type FaultEngine } from './fault-engine.ts';
import type { FaultPlan } from './fault-plan.ts';

async function openFaulty(
  plan: FaultPlan = {},
): Promise<{ faulty: FaultEngine; engine: OpenEngine }> {
  const faulty = faultEngine(referenceEngine(), plan);
  return { faulty, engine: await OpenEngine.open(faulty, tablesForTests) };
}

function putOf(entryId: string): Commit {
  return { puts: [{ table: entries, row: entry('t', entryId) }] };
}

async function idsIn(engine: OpenEngine): Promise<unknown[]> {
  const rows = await engine.scan({ table: entries, prefix: ['t'], limit: 1000 });
  return rows.map(({ entryId }) => entryId);
}

const unavailable = expect.objectContaining({ name: 'SkeinError', code: 'unavailable' });

async function errorOf(promise: Promise<unknown>): Promise<SkeinError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SkeinError)) throw new Error('no SkeinError', { cause: error });
  return error;
}

describe('faults of writes', () => {
  test('without a plan nothing is injected', async () => {
    const { faulty, engine } = await openFaulty();
    for (let i = 0; i < 200; i++) await engine.commit(putOf(`e${i}`));
    expect(await idsIn(engine)).toHaveLength(200);
    expect(Object.values(faulty.injected).every((count) => count === 0)).toBe(true);
  });

  test('failBefore writes nothing, once', async () => {
    const { faulty, engine } = await openFaulty();
    faulty.next('failBefore');
    await expect(engine.commit(putOf('a'))).rejects.toEqual(unavailable);
    expect(await idsIn(engine)).toEqual([]);
    await engine.commit(putOf('b'));
    expect(await idsIn(engine)).toEqual(['b']);
    expect(faulty.injected.failBefore).toBe(1);
  });

  test('failAfter writes and loses the response', async () => {
    const { faulty, engine } = await openFaulty();
    faulty.next('failAfter', 'failAfter');
    await expect(engine.commit(putOf('a'))).rejects.toEqual(unavailable);
    expect(await idsIn(engine)).toEqual(['a']);
    await expect(engine.deletePrefix(entries, ['t'])).rejects.toEqual(unavailable);
    expect(await idsIn(engine)).toEqual([]);
  });

  test('failAfter also loses a conflict, and keeps it as the cause', async () => {
    const { faulty, engine } = await openFaulty();
    await engine.commit({ puts: [{ table: threads, row: thread('t') }] });
    faulty.next('failAfter');
    const expects = [{ table: threads, key: ['t'], version: 'absent' as const }];
    const error = await errorOf(engine.commit({ ...putOf('a'), expects }));
    expect(error.code).toBe('unavailable');
    expect(error.cause).toBeInstanceOf(ConflictError);
    await expect(engine.commit({ expects })).rejects.toBeInstanceOf(ConflictError);
    expect(await idsIn(engine)).toEqual([]);
  });

  test('delays let writes overtake each other, and all arrive', async () => {
    const { faulty, engine } = await openFaulty({ delay: 1, delayMsMax: 10, seed: 3 });
    const arrived: number[] = [];
    const calls = Array.from({ length: 20 }, async (_, i) => {
      await engine.commit(putOf(`e${i}`));
      arrived.push(i);
    });
    await Promise.all(calls);
    expect(await idsIn(engine)).toHaveLength(20);
    expect(arrived).not.toEqual(arrived.toSorted((a, b) => a - b));
    expect(faulty.injected.delay).toBe(20);
  });

  test('tear applies nothing of a commit, and nothing works until heal', async () => {
    const { faulty, engine } = await openFaulty();
    await engine.commit(putOf('a'));
    faulty.next('tear');
    await expect(engine.commit(putOf('b'))).rejects.toEqual(unavailable);
    expect(faulty.state).toBe('down');
    for (const call of [
      () => engine.commit(putOf('c')),
      () => engine.get(entries, ['t', 'a']),
      () => engine.getMany(entries, [['t', 'a']]),
      () => idsIn(engine),
      () => engine.deletePrefix(entries, ['t']),
    ]) {
      await expect(call()).rejects.toEqual(unavailable);
    }
    faulty.heal();
    expect(await idsIn(engine)).toEqual(['a']);
  });

  test('tear applies a part of a deletePrefix, and the next call finishes it', async () => {
    const { faulty, engine } = await openFaulty({ seed: 5 });
    for (let i = 0; i < 50; i++) await engine.commit(putOf(`e${i}`));
    faulty.next('tear');
    await expect(engine.deletePrefix(entries, ['t'])).rejects.toEqual(unavailable);
    faulty.heal();
    const left = await idsIn(engine);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(50);
    await engine.deletePrefix(entries, ['t']);
    expect(await idsIn(engine)).toEqual([]);
  });

  test('opening again brings the power back', async () => {
    const { faulty, engine } = await openFaulty();
    await engine.commit(putOf('a'));
    faulty.crash();
    await engine.close();
    const again = await OpenEngine.open(faulty, tablesForTests);
    expect(faulty.state).toBe('healthy');
    expect(await idsIn(again)).toEqual(['a']);
  });

  test('a crash interrupts calls in progress: a waiting write is not applied, nothing is acknowledged', async () => {
    const { faulty, engine } = await openFaulty({ delay: 1, delayMsMax: 20 });
    const writes = Array.from({ length: 10 }, (_, i) => engine.commit(putOf(`e${i}`)));
    const reads = [engine.get(entries, ['t', 'e0']), idsIn(engine)];
    faulty.crash();
    faulty.heal();
    const outcomes = await Promise.allSettled([...writes, ...reads]);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(12).fill('rejected'));
    const appliedAtOnce = await idsIn(engine);
    expect(appliedAtOnce.length).toBeLessThan(10);
  });

  test('a full disk fails every write until heal, reads continue, even after reopening', async () => {
    const { faulty, engine } = await openFaulty();
    await engine.commit(putOf('a'));
    faulty.next('fill');
    const error = await errorOf(engine.commit(putOf('b')));
    expect(error.code).toBe('unavailable');
    expect(error.cause).toMatchObject({ code: 'ENOSPC' });
    await expect(engine.deletePrefix(entries, ['t'])).rejects.toEqual(unavailable);
    expect(await idsIn(engine)).toEqual(['a']);
    await engine.close();
    const again = await OpenEngine.open(faulty, tablesForTests);
    expect(faulty.state).toBe('full');
    await expect(again.commit(putOf('c'))).rejects.toEqual(unavailable);
    faulty.heal();
    await again.commit(putOf('d'));
    expect(await idsIn(again)).toEqual(['a', 'd']);
  });
});

describe('faults of reads', () => {
  test('failRead fails the next read only, and no write', async () => {
    const { faulty, engine } = await openFaulty();
    faulty.next('failRead', 'failRead');
    await engine.commit(putOf('a'));
    await expect(engine.get(entries, ['t', 'a'])).rejects.toEqual(unavailable);
    await expect(idsIn(engine)).rejects.toEqual(unavailable);
    expect(await idsIn(engine)).toEqual(['a']);
    expect(faulty.injected.failRead).toBe(2);
  });

  test('by plan', async () => {
    const { engine } = await openFaulty({ failRead: 1 });
    await expect(engine.getMany(entries, [['t', 'a']])).rejects.toEqual(unavailable);
  });
});

describe('plans', () => {
  /** The commits out of 300 that fail under a plan. */
  async function failures(plan: FaultPlan): Promise<{ failed: number[]; faulty: FaultEngine }> {
    const { faulty, engine } = await openFaulty(plan);
    const failed: number[] = [];
    for (let i = 0; i < 300; i++) {
      await engine.commit(putOf(`e${i}`)).catch((error: unknown) => {
        expect(error).toEqual(unavailable);
        failed.push(i);
      });
      if (faulty.state !== 'healthy') faulty.heal();
    }
    return { failed, faulty };
  }

  test('the same seed gives the same faults, another seed others', async () => {
    const plan = { failBefore: 0.1, failAfter: 0.1, tear: 0.05, fill: 0.05 };
    const { failed, faulty } = await failures({ ...plan, seed: 42 });
    expect((await failures({ ...plan, seed: 42 })).failed).toEqual(failed);
    expect((await failures({ ...plan, seed: 43 })).failed).not.toEqual(failed);
    const { failBefore, failAfter, tear, fill } = faulty.injected;
    expect(failBefore + failAfter + tear + fill).toBe(failed.length);
    expect(Math.min(failBefore, failAfter, tear, fill)).toBeGreaterThan(0);
    expect(failed.length).toBeGreaterThan(50);
    expect(failed.length).toBeLessThan(130);
  });

  test('follow changes the plan', async () => {
    const { faulty, engine } = await openFaulty({ failBefore: 1 });
    await expect(engine.commit(putOf('a'))).rejects.toEqual(unavailable);
    faulty.follow({});
    await engine.commit(putOf('b'));
    expect(await idsIn(engine)).toEqual(['b']);
  });

  test.for<FaultPlan>([
    { failBefore: -0.1 },
    { failAfter: 1.1 },
    { failRead: Number.NaN },
    { failBefore: 0.6, failAfter: 0.6 },
    { delayMsMax: -1 },
  ])('an invalid plan is refused: %o', (plan) => {
    expect(() => faultEngine(referenceEngine(), plan)).toThrow(TypeError);
  });

  test('the name and the flags are those of the inner engine', () => {
    const inner = referenceEngine();
    const faulty = faultEngine(inner);
    expect(faulty.name).toBe('fault(reference)');
    expect(faulty.capabilities).toEqual(inner.capabilities);
  });
});
