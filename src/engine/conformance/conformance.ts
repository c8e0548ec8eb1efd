import type { Capabilities } from '../engine.ts';
import { capabilityCases } from './capability-cases.ts';
import { commitCases } from './commit-cases.ts';
import { concurrencyCases } from './concurrency-cases.ts';
import { deletePrefixCases } from './delete-prefix-cases.ts';
import { expectCases } from './expect-cases.ts';
import { indexCases } from './index-cases.ts';
import { jsonCases } from './json-cases.ts';
import { lifecycleCases } from './lifecycle-cases.ts';
import { orderCases } from './order-cases.ts';
import { partitionCases } from './partition-cases.ts';
import { pointReadCases } from './point-read-cases.ts';
import { randomCases } from './random-cases.ts';
import { reopenCases } from './reopen-cases.ts';
import { scanCases } from './scan-cases.ts';
import { Session } from './session.ts';
import type { Subject } from './subject.ts';
import { reasonToSkip, type Case, type Topic } from './topic.ts';

export interface ConformanceOptions {
  /** Precedes the title of every test. */
  readonly name: string;
  /**
   * The function that declares a test: that of vitest, of `node:test`, or any of the same shape.
   */
  readonly test: TestFunction;
  /** Called once per test. It may be slow, and may leave all work to `open`. */
  readonly factory: () => Subject | Promise<Subject>;
  /**
   * The expected flags of the engine. If absent, they are not checked; the tests follow the actual
   * flags.
   */
  readonly capabilities?: Partial<Capabilities>;
  /**
   * The seed of the random operations, 0 to 2^32 - 1. Default: the environment's `SEED`, else one
   * from the clock.
   */
  readonly seed?: number;
}

export type TestFunction = (title: string, run: (context: TestContext) => Promise<void>) => unknown;

/**
 * What a test runner passes to a test. Its `skip` may throw, as vitest's does, or return, as that
 * of `node:test`.
 */
export interface TestContext {
  skip(reason?: string): unknown;
}

/**
 * Declares the tests that every engine must pass. Tests that the engine's flags or its subject rule
 * out are skipped, with the reason.
 *
 * The title of the random operations names their seed, which repeats them:
 * `SEED=123 npx vitest run …`.
 *
 * @example
 * import { test } from 'vitest';
 * import { conformance } from 'skein/engine/conformance';
 * import { memory } from 'skein/engines/memory';
 *
 * conformance({
 *   name: 'memory',
 *   test,
 *   factory: () => ({ open: () => memory(), destroy: () => {} }),
 * });
 */
export function conformance(options: ConformanceOptions): void {
  for (const topic of topicsOf(options)) {
    for (const [title, aCase] of Object.entries(topic.cases)) {
      options.test(`${options.name} · ${topic.name} · ${title}`, (context) =>
        runCase(options, aCase, context),
      );
    }
  }
}

function topicsOf({ capabilities = {}, seed = defaultSeed() }: ConformanceOptions): Topic[] {
  return [
    capabilityCases(capabilities),
    pointReadCases,
    orderCases,
    scanCases,
    indexCases,
    commitCases,
    expectCases,
    jsonCases,
    deletePrefixCases,
    concurrencyCases,
    partitionCases,
    lifecycleCases,
    reopenCases,
    randomCases(seed),
  ];
}

async function runCase(
  { factory }: ConformanceOptions,
  { needs = [], ...aCase }: Case,
  context: TestContext,
): Promise<void> {
  const session = await Session.start(await factory());
  try {
    const reason = reasonToSkip(needs, session);
    if (reason === undefined) await aCase.run(session);
    else context.skip(reason);
  } finally {
    await session.end();
  }
}

function defaultSeed(): number {
  const given = process.env.SEED;
  const seed = given === undefined || given === '' ? Date.now() % 2 ** 32 : Number(given);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new TypeError(`SEED must be 0 to 4294967295, not ${given}`);
  }
  return seed;
}
