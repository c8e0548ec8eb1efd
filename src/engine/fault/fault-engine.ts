import { sleep } from '../../shared/backoff.ts';
import { SkeinError } from '../../shared/error.ts';
import { scanColumns } from '../checks.ts';
import type { Capabilities, Commit, Engine, Key, Row, Scalar, Scan, Table } from '../engine.ts';
import {
  checkFaultPlan,
  writeFaults,
  type Fault,
  type FaultOptions,
  type FaultPlan,
  type WriteFault,
} from './fault-plan.ts';
import { seededRandom, type SeededRandom } from './seeded-random.ts';
import { SpreadEngine } from './spread-engine.ts';

/** `full`: writes fail. `down`: everything fails, as after a loss of power. */
export type FaultState = 'healthy' | 'full' | 'down';

/** An engine with switches for its faults. They take effect immediately, even on waiting calls. */
export interface FaultEngine extends Engine {
  readonly state: FaultState;
  /** The number of faults of each kind injected so far. */
  readonly injected: Readonly<Record<Fault, number>>;
  /**
   * Follows another plan from now on; `{}` injects no more faults. Faults requested with `next`
   * stay.
   */
  follow(plan: FaultPlan): void;
  /** Gives the next writes (`failRead`: reads) these faults, one each, before any of the plan. */
  next(...faults: readonly Fault[]): void;
  /** The disk is full from now on. */
  fill(): void;
  /** The power fails now: calls in progress fail, and waiting writes are not applied. */
  crash(): void;
  /** Frees the disk and restores the power. */
  heal(): void;
  /** Finishes commits that were cut between partitions, as an engine eventually does by itself. */
  repair(): Promise<void>;
}

/**
 * Wraps an engine and injects faults, at random under a seeded plan or one by one with switches.
 * Every fault surfaces as a `SkeinError` with code `unavailable`, as from a real engine. Reopening
 * restores the power but does not free a full disk.
 *
 * @example
 * const engine = faultEngine(memory(), { seed: 7, failBefore: 0.1, failAfter: 0.1 });
 * const store = await createStore({ engine });
 */
export function faultEngine(
  engine: Engine,
  plan: FaultPlan = {},
  options: FaultOptions = {},
): FaultEngine {
  return new FaultInjectingEngine(engine, plan, options);
}

/**
 * States: `healthy` → `full` (fill) → `healthy` (heal), and from either → `down` (crash, tear) →
 * `healthy` (heal, open; after `open` a full disk is still full). Invariant: no call that began
 * before a loss of power is acknowledged after it.
 */
class FaultInjectingEngine implements FaultEngine {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly injected: Record<Fault, number> = {
    failBefore: 0,
    failAfter: 0,
    delay: 0,
    tear: 0,
    fill: 0,
    split: 0,
    failRead: 0,
  };
  readonly #engine: Engine;
  /** The same engine, if it keeps its partitions apart. */
  readonly #spread: SpreadEngine | undefined;
  readonly #repairDelayMs: number | undefined;
  #repairTimer: ReturnType<typeof setTimeout> | undefined;
  #repairing: Promise<void> = Promise.resolve();
  readonly #nextWrites: WriteFault[] = [];
  #nextFailedReads = 0;
  #plan: FaultPlan = {};
  #random: SeededRandom = seededRandom(1);
  #isFull = false;
  #isDown = false;
  /** How often the power failed: a call that sees this change was interrupted. */
  #crashes = 0;

  constructor(engine: Engine, plan: FaultPlan, options: FaultOptions) {
    const { partitionsApart = false, repairDelayMs } = options;
    this.#spread = partitionsApart ? new SpreadEngine(engine, () => this.#pause()) : undefined;
    this.#engine = this.#spread ?? engine;
    this.#repairDelayMs = repairDelayMs;
    this.name = `fault(${engine.name})`;
    this.capabilities = this.#engine.capabilities;
    this.follow(plan);
  }

  get state(): FaultState {
    if (this.#isDown) return 'down';
    return this.#isFull ? 'full' : 'healthy';
  }

  follow(plan: FaultPlan): void {
    checkFaultPlan(plan);
    if (plan.split !== undefined) this.#mustBeSpread();
    this.#plan = plan;
    this.#random = seededRandom(plan.seed ?? 1);
  }

  next(...faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (fault === 'split') this.#mustBeSpread();
      if (fault === 'failRead') this.#nextFailedReads++;
      else this.#nextWrites.push(fault);
    }
  }

  fill(): void {
    this.#isFull = true;
  }

  crash(): void {
    this.#isDown = true;
    this.#crashes++;
  }

  heal(): void {
    this.#restorePower();
    this.#isFull = false;
  }

  async repair(): Promise<void> {
    await this.#spread?.repair();
  }

  async open(tables: readonly Table[]): Promise<void> {
    await this.#engine.open(tables);
    this.#restorePower();
  }

  async close(): Promise<void> {
    clearTimeout(this.#repairTimer);
    await this.#repairing;
    await this.#engine.close();
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return this.#read(() => this.#engine.get(table, key));
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return this.#read(() => this.#engine.getMany(table, keys));
  }

  scan(scan: Scan): Promise<Row[]> {
    return this.#read(() => this.#engine.scan(scan));
  }

  commit(commit: Commit): Promise<void> {
    const crashes = this.#crashes;
    const isCut = (): boolean => this.#crashes !== crashes;
    return this.#write({
      apply: () => this.#spread?.commit(commit, isCut) ?? this.#engine.commit(commit),
      applyTorn: () => Promise.resolve(),
      applySplit: () => this.#mustBeSpread().commit(commit, () => this.#cut()),
    });
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    const applyPart = (): Promise<void> => this.#deletePart(table, prefix);
    return this.#write({
      apply: () => this.#engine.deletePrefix(table, prefix),
      applyTorn: applyPart,
      applySplit: () => applyPart().finally(() => this.crash()),
    });
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    const crashes = this.#crashes;
    this.#assertPower(crashes);
    if (this.#isNextReadFailed()) {
      this.injected.failRead++;
      throw unavailable('The read failed.');
    }
    const result = await read();
    this.#assertPower(crashes);
    return result;
  }

  async #write({ apply, applyTorn, applySplit }: Write): Promise<void> {
    const crashes = this.#crashes;
    this.#assertWritable(crashes);
    const fault = this.#nextWriteFault();
    if (fault === undefined) return await this.#applyWhole(apply, crashes);
    this.injected[fault]++;
    switch (fault) {
      case 'failBefore':
        throw unavailable('The write failed.');
      case 'failAfter':
        return await applyUnanswered(apply);
      case 'delay':
        return await this.#applyLate(apply, crashes);
      case 'tear':
        this.crash();
        await applyTorn();
        throw unavailable('The power was lost in the middle of the write.');
      case 'fill':
        this.fill();
        throw noSpace();
      case 'split':
        await applySplit();
        throw unavailable('The power was lost between the partitions of the write.');
    }
  }

  #cut(): true {
    this.crash();
    return true;
  }

  #restorePower(): void {
    this.#isDown = false;
    if (this.#repairDelayMs === undefined) return;
    clearTimeout(this.#repairTimer);
    this.#repairTimer = setTimeout(() => {
      this.#repairing = this.repair();
    }, this.#repairDelayMs);
  }

  /**
   * A pause between two partitions: long enough for other callers to see it, or only for those
   * already waiting.
   */
  #pause(): Promise<void> {
    return this.#random.chance(0.2) ? sleep(0) : Promise.resolve();
  }

  #mustBeSpread(): SpreadEngine {
    if (this.#spread === undefined)
      throw new TypeError('The fault split needs the option partitionsApart.');
    return this.#spread;
  }

  async #applyWhole(apply: () => Promise<void>, crashes: number): Promise<void> {
    await apply();
    this.#assertPower(crashes);
  }

  async #applyLate(apply: () => Promise<void>, crashes: number): Promise<void> {
    const delayMs = this.#random.fraction() * (this.#plan.delayMsMax ?? 5);
    const isBefore = this.#random.chance(0.5);
    if (isBefore) await sleep(delayMs);
    this.#assertWritable(crashes);
    await this.#applyWhole(apply, crashes);
    if (!isBefore) await sleep(delayMs);
    this.#assertPower(crashes);
  }

  /** Deletes some of the rows of a `deletePrefix`, but not all if there are several. */
  async #deletePart(table: Table, prefix: readonly Scalar[]): Promise<void> {
    const rows = await this.#engine.scan({ table, prefix, maintenance: true, limit: 1000 });
    const part = rows.slice(0, this.#random.below(rows.length));
    const columns = scanColumns(table);
    // Key columns hold scalars.
    const keys = part.map((row) => columns.map((column) => row[column] as Scalar));
    await this.#engine.commit({ deletes: keys.map((key) => ({ table, key })) });
  }

  #nextWriteFault(): WriteFault | undefined {
    const asked = this.#nextWrites.shift();
    if (asked !== undefined) return asked;
    let rest = this.#random.fraction();
    return writeFaults.find((fault) => (rest -= this.#plan[fault] ?? 0) < 0);
  }

  #isNextReadFailed(): boolean {
    if (this.#nextFailedReads === 0) return this.#random.chance(this.#plan.failRead ?? 0);
    this.#nextFailedReads--;
    return true;
  }

  #assertWritable(crashes: number): void {
    this.#assertPower(crashes);
    if (this.#isFull) throw noSpace();
  }

  #assertPower(crashes: number): void {
    if (this.#isDown || this.#crashes !== crashes) throw unavailable('The power was lost.');
  }
}

/** A write, and what remains of it if the power fails in its middle or between its partitions. */
interface Write {
  readonly apply: () => Promise<void>;
  readonly applyTorn: () => Promise<void>;
  readonly applySplit: () => Promise<void>;
}

async function applyUnanswered(apply: () => Promise<void>): Promise<never> {
  try {
    await apply();
  } catch (error) {
    throw new SkeinError('unavailable', 'The response to the write was lost.', { cause: error });
  }
  throw unavailable('The response to the write was lost.');
}

function unavailable(message: string): SkeinError {
  return new SkeinError('unavailable', message, { cause: new Error('an injected fault') });
}

function noSpace(): SkeinError {
  const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  });
  return new SkeinError('unavailable', 'The disk is full.', { cause });
}
