import { describe, expect, test } from 'vitest';
import type { Capabilities, Engine } from '../engine.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { conformance, type ConformanceOptions } from './conformance.ts';
import type { Subject } from './subject.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

interface Report {
  readonly title: string;
  readonly skipped: string | undefined;
  readonly error: Error | undefined;
}

/** Runs the suite with a three-line test runner, only the tests whose titles contain a text. */
async function runSuite(
  factory: () => Subject,
  only: string,
  options: Partial<ConformanceOptions> = {},
): Promise<Report[]> {
  const declared: [string, Parameters<ConformanceOptions['test']>[1]][] = [];
  conformance({
    name: 'subject',
    test: (title, run) => declared.push([title, run]),
    factory,
    ...options,
  });
  const reports: Report[] = [];
  for (const [title, run] of declared.filter(([declaredTitle]) => declaredTitle.includes(only))) {
    let skipped: string | undefined;
    const skip = (reason?: string): void => {
      skipped = reason ?? '';
    };
    const error = await run({ skip }).then(
      () => undefined,
      (reason: unknown) => (reason instanceof Error ? reason : new Error('no error')),
    );
    reports.push({ title, skipped, error });
  }
  return reports;
}

/** A reference engine with some of its methods replaced by wrong ones. */
function broken(change: (reference: Engine) => Partial<Engine>): () => Subject {
  return () => {
    const reference = referenceEngine();
    const engine: Engine = {
      name: reference.name,
      capabilities: reference.capabilities,
      open: (tables) => reference.open(tables),
      close: () => reference.close(),
      get: (table, key) => reference.get(table, key),
      getMany: (table, keys) => reference.getMany(table, keys),
      scan: (scan) => reference.scan(scan),
      commit: (commit) => reference.commit(commit),
      deletePrefix: (table, prefix) => reference.deletePrefix(table, prefix),
      ...change(reference),
    };
    return { open: () => engine, reopen: () => engine, destroy: () => {} };
  };
}

function failuresOf(reports: readonly Report[]): string[] {
  return reports.filter(({ error }) => error !== undefined).map(({ title }) => title);
}

describe('a broken engine is detected', () => {
  test.for<[string, string, (reference: Engine) => Partial<Engine>]>([
    [
      'expects are ignored',
      'expects',
      (reference) => ({
        commit: (commit) => reference.commit({ ...commit, expects: [] }),
      }),
    ],
    [
      'a scan forgets reverse',
      'scans',
      (reference) => ({
        scan: (scan) => reference.scan({ ...scan, reverse: false }),
      }),
    ],
    [
      'deletes are lost',
      'commits',
      (reference) => ({
        commit: (commit) => reference.commit({ ...commit, deletes: [] }),
      }),
    ],
    [
      'deletePrefix does nothing',
      'deletePrefix',
      () => ({
        deletePrefix: () => Promise.resolve(),
      }),
    ],
    [
      'a commit is acknowledged before it is applied',
      'sees the writes',
      (reference) => ({
        commit: (commit) => {
          setImmediate(() => void reference.commit(commit));
          return Promise.resolve();
        },
      }),
    ],
    [
      'a commit is applied in two parts',
      'one view',
      (reference) => ({
        commit: async ({ puts = [], ...commit }) => {
          await reference.commit({ ...commit, puts: puts.slice(0, 1) });
          await someTurns(1);
          await reference.commit({ puts: puts.slice(1) });
        },
      }),
    ],
    [
      'it may be opened twice',
      'second opening',
      (reference) => ({
        open: async (tables) => {
          await reference.close();
          await reference.open(tables);
        },
      }),
    ],
  ])('%s', async ([, only, change]) => {
    expect(failuresOf(await runSuite(broken(change), only))).not.toEqual([]);
  });

  test('by random operations, with the seed and the step in the message', async () => {
    const change = (reference: Engine): Partial<Engine> => ({
      scan: ({ table, prefix, limit }) => reference.scan({ table, prefix, limit }),
    });
    const [first] = await runSuite(broken(change), 'random', { seed: 77 });
    expect(first?.title).toContain('SEED=77');
    expect(first?.error?.message).toMatch(/^SEED=77, step \d+, scan \{"table":"conformance_/);
    expect(first?.error?.cause).toBeInstanceOf(Error);
    const [again] = await runSuite(broken(change), 'random', { seed: 77 });
    expect(again?.error?.message).toBe(first?.error?.message);
    const [other] = await runSuite(broken(change), 'random', { seed: 78 });
    expect(other?.error?.message).not.toBe(first?.error?.message);
  });
});

describe('enrolling', () => {
  test('tests that do not apply are skipped with a reason', async () => {
    const reports = await runSuite(
      () => ({ open: referenceEngine, destroy: () => {} }),
      'reopening',
    );
    expect(reports.length).toBeGreaterThan(5);
    for (const { skipped, error } of reports) {
      expect(skipped).toMatch(/^the (subject|engine) /);
      expect(error).toBeUndefined();
    }
  });

  test('flags that are not as enrolled fail', async () => {
    const factory = (): Subject => ({ open: referenceEngine, destroy: () => {} });
    const capabilities = { durable: true };
    const right = await runSuite(factory, 'every flag', { capabilities: { durable: false } });
    expect(failuresOf(right)).toEqual([]);
    expect(failuresOf(await runSuite(factory, 'every flag', { capabilities }))).toHaveLength(1);
  });

  test.each<[claim: keyof Capabilities, given: Partial<Subject>, missing: string]>([
    ['durable', {}, 'give the subject `reopen` and `crash`'],
    ['durable', { reopen: referenceEngine }, 'give the subject `reopen` and `crash`'],
    ['durable', { crash: () => undefined }, 'give the subject `reopen` and `crash`'],
    ['shared', {}, 'give the subject `reopen`'],
  ])('a claim to be %s without the means to check it fails: %o', async (claim, given, missing) => {
    const open = (): Engine => {
      const engine = referenceEngine();
      const capabilities = { ...engine.capabilities, durable: false, shared: false, [claim]: true };
      return Object.defineProperty(engine, 'capabilities', { value: capabilities });
    };
    const factory = (): Subject => ({ open, destroy: () => {}, ...given });
    const [report] = await runSuite(factory, 'a claim comes with');
    expect(report?.error?.message).toContain(missing);
  });

  test('every subject is destroyed once, after its engine is closed, whatever happened', async () => {
    const events: string[] = [];
    const change = (reference: Engine): Partial<Engine> => ({
      get: () => Promise.reject(new Error('broken')),
      close: () => reference.close().then(() => void events.push('closed')),
    });
    const factory = (): Subject => {
      return { ...broken(change)(), destroy: () => void events.push('destroyed') };
    };
    const reports = await runSuite(factory, 'a missing row is undefined');
    expect(failuresOf(reports)).toHaveLength(1);
    expect(events).toEqual(['closed', 'destroyed']);
  });
});
