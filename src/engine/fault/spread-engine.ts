import { keyOf } from '../compare-keys.ts';
import type {
  Capabilities,
  Commit,
  Delete,
  Engine,
  Expect,
  Key,
  Put,
  Row,
  Scalar,
  Scan,
  Table,
} from '../engine.ts';
import { isBesideRows } from '../partitions.ts';
import { isListElsewhere } from '../scan-list.ts';
import { LateEntries, rowName, type Token } from './late-entries.ts';

/**
 * Behaves like an engine that keeps each partition on another machine and promises only
 * `atomicAcrossPartitions: false`: the partition of the `expects` comes first; index entries and
 * rows of other partitions follow before the commit resolves. A commit that is cut in between owes
 * them until `repair`; one without `expects` then stays in some partitions and never reaches the
 * others.
 *
 * As with timestamps, owed writes lose against later ones.
 *
 * Invariant: steps run one at a time, so that every read sees the state between two of them.
 */
export class SpreadEngine implements Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #engine: Engine;
  readonly #pause: () => Promise<void>;
  readonly #entries = new LateEntries();
  readonly #owed = new Map<string, Owed>();
  readonly #underWay = new Set<Token>();
  #last: Promise<unknown> = Promise.resolve();

  /** `pause` is awaited between the steps of a commit. */
  constructor(engine: Engine, pause: () => Promise<void>) {
    this.name = engine.name;
    this.capabilities = { ...engine.capabilities, atomicAcrossPartitions: false };
    this.#engine = engine;
    this.#pause = pause;
  }

  open(tables: readonly Table[]): Promise<void> {
    return this.#engine.open(tables);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return this.#engine.get(table, key);
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return this.#engine.getMany(table, keys);
  }

  scan(scan: Scan): Promise<Row[]> {
    if (!isListElsewhere(scan)) return this.#engine.scan(scan);
    return this.#step(() => this.#entries.scan(this.#engine, scan));
  }

  /** `isCut` is called before each step after the first: true prevents the step. */
  async commit(commit: Commit, isCut: () => boolean = () => false): Promise<void> {
    const token: Token = {};
    const [first, ...others] = partsOf(commit);
    if (first === undefined) return;
    this.#underWay.add(token);
    try {
      await this.#step(() => this.#begin(token, first, others));
      if (await this.#finish(token, others, isCut)) this.#settle((other) => other === token);
      else if (first.expects.length === 0) this.#drop(token);
    } finally {
      this.#underWay.delete(token);
    }
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    return this.#step(async () => {
      await this.#engine.deletePrefix(table, prefix);
      this.#forget(table, prefix);
    });
  }

  listen(onHint: (partition: Key | undefined) => void): void {
    this.#engine.listen?.(onHint);
  }

  hint(key: Key): void {
    this.#engine.hint?.(key);
  }

  /** Does what interrupted commits still owe. */
  repair(): Promise<void> {
    return this.#step(async () => {
      const isCut = (token: Token): boolean => !this.#underWay.has(token);
      const owed = [...this.#owed.values()].filter(({ token }) => isCut(token));
      await this.#engine.commit({
        puts: owed.flatMap(({ put }) => put ?? []),
        deletes: owed.flatMap(({ deletion }) => deletion ?? []),
      });
      for (const { name } of owed) this.#owed.delete(name);
      this.#settle(isCut);
    });
  }

  async #begin(
    token: Token,
    first: PartitionWrite,
    others: readonly PartitionWrite[],
  ): Promise<void> {
    await this.#apply(token, first);
    for (const part of others) for (const one of owedBy(token, part)) this.#owed.set(one.name, one);
  }

  /** Returns whether all parts were written. */
  async #finish(
    token: Token,
    others: readonly PartitionWrite[],
    isCut: () => boolean,
  ): Promise<boolean> {
    await this.#pause();
    if (isCut()) return false;
    for (const part of others) {
      await this.#step(() => this.#apply(token, this.#stillOwed(token, part)));
      await this.#pause();
      if (isCut()) return false;
    }
    return true;
  }

  async #apply(token: Token, part: PartitionWrite): Promise<void> {
    for (const [table, keys] of keysByTable(part)) {
      if (table.indexes.every((index) => isBesideRows(table, index))) continue;
      const before = await this.#engine.getMany(table, keys);
      for (const [i, key] of keys.entries()) this.#entries.mark(token, table, key, before[i]);
    }
    try {
      await this.#engine.commit(part);
    } catch (error) {
      this.#settle((other) => other === token); // nothing was written
      throw error;
    }
    for (const name of namesOf(part)) this.#owed.delete(name);
  }

  /** The writes of a part that no newer write has replaced. */
  #stillOwed(token: Token, { puts, deletes }: PartitionWrite): PartitionWrite {
    const isOwed = (table: Table, key: Key): boolean => {
      return this.#owed.get(rowName(table, key))?.token === token;
    };
    return {
      puts: puts.filter(({ table, row }) => isOwed(table, keyOf(table, row))),
      deletes: deletes.filter(({ table, key }) => isOwed(table, key)),
      expects: [],
    };
  }

  /** Gives up the other partitions of a commit without `expects`: they stay as before it. */
  #drop(token: Token): void {
    for (const [name, owed] of this.#owed) if (owed.token === token) this.#owed.delete(name);
  }

  #settle(isSettled: (token: Token) => boolean): void {
    this.#entries.settle(isSettled);
  }

  #forget(table: Table, prefix: Key): void {
    const start = rowName(table, prefix).slice(0, -1); // without the closing bracket of the key
    const isUnder = (name: string): boolean => {
      return name.startsWith(start) && [',', ']'].includes(name.charAt(start.length));
    };
    const isForgotten = prefix.length === 0 ? (name: string) => name.startsWith(start) : isUnder;
    for (const name of this.#owed.keys()) if (isForgotten(name)) this.#owed.delete(name);
    this.#entries.forget(isForgotten);
  }

  #step<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** The writes of a commit in one partition. */
interface PartitionWrite {
  readonly puts: readonly Put[];
  readonly deletes: readonly Delete[];
  readonly expects: readonly Expect[];
}

/** A row that is not written yet. */
interface Owed {
  readonly name: string;
  readonly token: Token;
  readonly put?: Put;
  readonly deletion?: Delete;
}

/** Splits a commit by partition; that of the `expects` comes first. */
function partsOf({ puts = [], deletes = [], expects = [] }: Commit): PartitionWrite[] {
  const parts = new Map<string, { puts: Put[]; deletes: Delete[]; expects: Expect[] }>();
  const partOf = (
    table: Table,
    key: Key,
  ): { puts: Put[]; deletes: Delete[]; expects: Expect[] } => {
    const name = JSON.stringify(key.slice(0, table.partition));
    const part = parts.get(name) ?? { puts: [], deletes: [], expects: [] };
    parts.set(name, part);
    return part;
  };
  for (const expect of expects) partOf(expect.table, expect.key).expects.push(expect);
  for (const one of deletes) partOf(one.table, one.key).deletes.push(one);
  for (const one of puts) partOf(one.table, keyOf(one.table, one.row)).puts.push(one);
  return [...parts.values()].map((part, i) => (i === 0 ? part : withoutReplaces(part)));
}

/** A `replaces` from before the commit need not be true any more when its later steps run. */
function withoutReplaces({ puts, deletes, expects }: PartitionWrite): PartitionWrite {
  return {
    puts: puts.map(({ table, row }) => ({ table, row })),
    deletes: deletes.map(({ table, key }) => ({ table, key })),
    expects,
  };
}

function owedBy(token: Token, { puts, deletes }: PartitionWrite): Owed[] {
  return [
    ...deletes.map((deletion) => ({
      name: rowName(deletion.table, deletion.key),
      token,
      deletion,
    })),
    ...puts.map((put) => ({ name: rowName(put.table, keyOf(put.table, put.row)), token, put })),
  ];
}

function namesOf({ puts, deletes }: PartitionWrite): string[] {
  return [
    ...deletes.map(({ table, key }) => rowName(table, key)),
    ...puts.map(({ table, row }) => rowName(table, keyOf(table, row))),
  ];
}

/** The rows that a part writes, each once. */
function keysByTable({ puts, deletes }: PartitionWrite): Map<Table, Key[]> {
  const keys = new Map<Table, Map<string, Key>>();
  const add = (table: Table, key: Key): void => {
    const found = keys.get(table) ?? new Map<string, Key>();
    keys.set(table, found.set(JSON.stringify(key), key));
  };
  for (const { table, key } of deletes) add(table, key);
  for (const { table, row } of puts) add(table, keyOf(table, row));
  return new Map([...keys].map(([table, found]) => [table, [...found.values()]]));
}
