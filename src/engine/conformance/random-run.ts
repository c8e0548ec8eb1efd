import assert from 'node:assert/strict';
import { ConflictError } from '../../shared/error.ts';
import type { Commit, Scan } from '../engine.ts';
import { seededRandom, type SeededRandom } from '../fault/seeded-random.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { OpenEngine } from '../open-engine.ts';
import { assertRows, scanAll } from './expectations.ts';
import { RandomOperations } from './random-operations.ts';
import type { Session } from './session.ts';
import { tablesForTests } from './tables-for-tests.ts';

/** A slow engine does fewer of the same steps, so that no test exceeds its runner's time limit. */
const durationMsMax = 2500;

/**
 * An engine under test beside the reference engine that it must agree with, and random operations
 * for both.
 */
export class RandomRun {
  readonly session: Session;
  readonly reference: OpenEngine;
  readonly random: SeededRandom;
  readonly operations: RandomOperations;
  /** What is being done, for the message of a failure. */
  #doing = 'nothing';

  private constructor(session: Session, reference: OpenEngine, random: SeededRandom) {
    this.session = session;
    this.reference = reference;
    this.random = random;
    this.operations = new RandomOperations(random, reference);
  }

  /**
   * Runs a step many times over and compares everything at the end. A failure names the seed and
   * the step.
   */
  static async of(
    session: Session,
    seed: number,
    stepsMax: number,
    step: (run: RandomRun, count: number) => Promise<void>,
  ): Promise<void> {
    const reference = await OpenEngine.open(referenceEngine(), tablesForTests);
    const run = new RandomRun(session, reference, seededRandom(seed));
    const endMs = performance.now() + durationMsMax;
    let count = 0;
    try {
      for (; count < stepsMax && performance.now() < endMs; count++) await step(run, count);
      await run.compareAll();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const where = `SEED=${seed}, step ${count}, ${run.#doing}`;
      throw new Error(`${where}: ${text}`, { cause: error });
    }
  }

  /** Notes what is done next. */
  note(doing: string, what?: unknown): void {
    this.#doing = `${doing} ${describe(what)}`;
  }

  /** Commits to both. Both must take it, or both refuse it with a conflict. */
  async commit(commit: Commit): Promise<void> {
    this.note('commit', commit);
    const outcome = await commitOutcome(this.session.engine.commit(commit));
    assert.equal(outcome, await commitOutcome(this.reference.commit(commit)));
  }

  async deletePrefix(): Promise<void> {
    const table = this.operations.table();
    const prefix = this.operations.prefix(table);
    this.note('deletePrefix', { table, prefix });
    await this.session.engine.deletePrefix(table, prefix);
    await this.reference.deletePrefix(table, prefix);
  }

  async compareScan(scan: Scan): Promise<void> {
    this.note('scan', scan);
    assertRows(await this.session.engine.scan(scan), await this.reference.scan(scan));
  }

  async compareGets(): Promise<void> {
    const table = this.operations.table();
    const keys = Array.from({ length: 4 }, () => this.operations.key(table));
    this.note('getMany', { table, keys });
    const expected = await this.reference.getMany(table, keys);
    assertRows(await this.session.engine.getMany(table, keys), expected);
    assertRows([await this.session.engine.get(table, keys[0]!)], expected.slice(0, 1));
  }

  /** Compares every row, read by key and through every index. */
  async compareAll(): Promise<void> {
    for (const table of tablesForTests) {
      for (const index of [undefined, ...table.indexes.map(({ name }) => name)]) {
        const expected = await scanAll(this.reference, table, index);
        const actual = await scanAll(this.session.engine, table, index);
        assertRows(actual, expected, `all of ${table.name} ${index ?? 'by key'} differ`);
      }
    }
  }

  /** Whether everything is as in the reference engine. */
  async isAsModel(): Promise<boolean> {
    try {
      await this.compareAll();
      return true;
    } catch (error) {
      if (error instanceof assert.AssertionError) return false;
      throw error;
    }
  }

  /** Crashes or reopens the store, as far as it can be. */
  async restart(): Promise<void> {
    const { subject, engine } = this.session;
    if (!subject.reopen) return;
    const canCrash = subject.crash !== undefined && engine.capabilities.durable;
    const crashes = canCrash && this.random.chance(0.5);
    this.note(crashes ? 'crash' : 'reopen');
    await (crashes ? this.session.crash() : this.session.reopen());
    await this.compareAll();
  }
}

export async function commitOutcome(promise: Promise<void>): Promise<'done' | 'conflict'> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    if (error instanceof ConflictError) return 'conflict';
    throw error;
  }
}

/** Any argument as text, tables by their names. */
function describe(what: unknown): string {
  if (what === undefined) return '';
  return JSON.stringify(what, (key, value: { name?: unknown }) =>
    key === 'table' ? value.name : value,
  );
}
