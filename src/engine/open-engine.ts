import { SkeinError } from '../shared/error.ts';
import {
  checkCommit,
  checkKey,
  checkKnown,
  checkPrefix,
  checkScan,
  checkTables,
  rowChecksOf,
  type RowChecks,
} from './checks.ts';
import { isListElsewhere, scanList } from './scan-list.ts';
import type { Capabilities, Commit, Engine, Key, Row, Scalar, Scan, Table } from './engine.ts';

/**
 * The wrapper around every engine, with everything that they would otherwise repeat: the lifecycle,
 * the checks of arguments, and waiting for calls in progress on close. Lists of an engine that is
 * not atomic across partitions are checked against their rows.
 *
 * States: `open` → `closing` → `closed`. Invariant: the engine is called only while `open`, and is
 * closed once, after the last call has settled. Misuse throws `TypeError`; a call on a closed store
 * throws `unavailable`.
 */
export class OpenEngine {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly tables: readonly Table[];
  readonly #engine: Engine;
  readonly #known: RowChecks;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #underWay = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine, tables: readonly Table[]) {
    this.name = engine.name;
    this.capabilities = engine.capabilities;
    this.tables = tables;
    this.#engine = engine;
    this.#known = rowChecksOf(tables);
  }

  /**
   * Opens an engine with these tables. Throws what the engine throws, after which no resource is
   * held.
   */
  static async open(engine: Engine, tables: readonly Table[]): Promise<OpenEngine> {
    checkTables(tables);
    const wrapper = new OpenEngine(engine, tables);
    await engine.open(tables);
    return wrapper;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    checkKnown(table, this.#known);
    checkKey(table, key);
    return this.#run(() => this.#engine.get(table, key));
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    checkKnown(table, this.#known);
    if (keys.length > 1000) throw new TypeError('getMany takes at most 1,000 keys');
    for (const key of keys) checkKey(table, key);
    return this.#run(() => {
      return keys.length === 0 ? Promise.resolve([]) : this.#engine.getMany(table, keys);
    });
  }

  scan(scan: Scan): Promise<Row[]> {
    checkKnown(scan.table, this.#known);
    checkScan(scan);
    const isLate = !this.capabilities.atomicAcrossPartitions && isListElsewhere(scan);
    return this.#run(() => (isLate ? scanList(this.#engine, scan) : this.#engine.scan(scan)));
  }

  commit(commit: Commit): Promise<void> {
    checkCommit(commit, this.#known);
    return this.#run(() => this.#engine.commit(commit));
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    checkKnown(table, this.#known);
    checkPrefix(table, table.key, prefix);
    return this.#run(() => this.#engine.deletePrefix(table, prefix));
  }

  /** Whether the engine reports commits of other processes: see `listen`. */
  get givesHints(): boolean {
    return this.#engine.listen !== undefined;
  }

  /** See the contract. Does nothing if the engine gives no hints. */
  listen(onHint: (partition: Key | undefined) => void): void {
    if (this.#state === 'open') this.#engine.listen?.(onHint);
  }

  /** See the contract. Does nothing if the engine reaches no other process. */
  hint(key: Key): void {
    if (this.#state === 'open') this.#engine.hint?.(key);
  }

  /** See the contract. Throws `unavailable` if the engine has no files of its own to compact. */
  compact(): Promise<void> {
    return this.#run(async () => {
      if (this.#engine.compact) return this.#engine.compact();
      const message = `The engine ${this.name} has no files of its own: its database compacts them.`;
      throw new SkeinError('unavailable', message);
    });
  }

  /** Refuses new calls, waits for those in progress, and closes the engine. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    try {
      await this.#engine.close();
    } finally {
      this.#state = 'closed';
    }
  }

  async #run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#state !== 'open') throw new SkeinError('unavailable', 'The store is closed.');
    this.#underWay++;
    try {
      return await call();
    } finally {
      if (--this.#underWay === 0) this.#idle?.();
    }
  }
}
