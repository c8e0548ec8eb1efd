import type { JsonValue } from '../../shared/json.ts';
import { scanColumns } from '../checks.ts';
import type {
  ColumnType,
  Commit,
  Delete,
  Expect,
  Key,
  Put,
  Row,
  Scalar,
  Scan,
  Table,
} from '../engine.ts';
import type { SeededRandom } from '../fault/seeded-random.ts';
import type { OpenEngine } from '../open-engine.ts';
import { entryPartition } from '../partitions.ts';
import { type ScalarType, entries, tablesForTests, threads } from './tables-for-tests.ts';

/** A few values of each type, so that operations hit each other's rows, and some awkward ones. */
const values: Readonly<Record<ScalarType, readonly Scalar[]>> = {
  string: ['', 'a', 'a\u0000', 'ab', '\uffff', '\u{1f600}'],
  int: [-300, -1, 0, 1, 255, 256],
  number: [-1.5, -0.1, 0, 0.1, 1e21],
  boolean: [false, true],
  timestamp: [-1, 0, 1, 1_700_000_000_000],
};

const documents: readonly JsonValue[] = [null, 0, '', [], { a: [1, { b: null }] }, '\ud800\u0000'];

/** The first key column of every row that an operation touches; any value if it is absent. */
type Partition = Scalar | undefined;

/**
 * Makes random operations that fit the tables for tests. It reads the reference engine to make
 * conditions that often hold.
 */
export class RandomOperations {
  readonly #random: SeededRandom;
  readonly #reference: OpenEngine;

  constructor(random: SeededRandom, reference: OpenEngine) {
    this.#random = random;
    this.#reference = reference;
  }

  get partitions(): readonly string[] {
    return values.string.map(String);
  }

  table(): Table {
    return this.#random.pick(tablesForTests);
  }

  /** A key of a table, or with `length` the beginning of one. */
  key(table: Table, partition?: Partition, length: number = table.key.length): Key {
    const columns = table.key.slice(0, length);
    return columns.map((column, i) => {
      return i === 0 && partition !== undefined ? partition : this.#scalar(table, column);
    });
  }

  /** A prefix for `deletePrefix`: at least the first column. */
  prefix(table: Table): Key {
    return this.key(table, undefined, 1 + this.#random.below(table.key.length));
  }

  scan(): Scan {
    const table = this.table();
    const name = this.#random.pick([undefined, ...table.indexes.map((index) => index.name)]);
    const columns = scanColumns(table, name);
    const index = table.indexes.find((other) => other.name === name);
    const least = index ? entryPartition(table, index) : 0;
    const prefixLength = least + this.#random.below(columns.length + 1 - least);
    const prefix = columns.slice(0, prefixLength).map((column) => this.#scalar(table, column));
    const rest = columns.slice(prefixLength);
    return {
      table,
      prefix,
      limit: this.#random.pick([1, 2, 5, 1000]),
      ...(name === undefined ? { maintenance: prefixLength < table.partition } : { index: name }),
      ...this.#bound('after', table, rest, prefixLength === 0 && name !== undefined),
      ...this.#bound('before', table, rest),
      ...(this.#random.chance(0.5) ? { reverse: true } : {}),
    };
  }

  /**
   * Puts and deletes of several tables. Half of them are guarded by conditions, most of which hold.
   */
  async commit(partition?: Partition): Promise<Commit> {
    const guard = this.#random.chance(0.5) ? await this.#guard(partition) : undefined;
    const puts: Put[] = [];
    const deletes: Delete[] = [];
    for (let count = 1 + this.#random.below(6); count > 0; count--) {
      const table = this.#random.chance(0.6) ? this.#random.pick([threads, entries]) : this.table();
      if (this.#random.chance(0.7)) puts.push({ table, row: this.#row(table, partition) });
      else deletes.push({ table, key: this.key(table, partition) });
    }
    if (!guard) return { puts, deletes };
    const { threadId, head, expects } = guard;
    const put: Put = { table: threads, row: { ...this.#row(threads, threadId) } };
    const withReplaces = { ...put, replaces: head ?? null };
    puts.push(this.#random.chance(0.5) ? withReplaces : put);
    return { puts, deletes, expects };
  }

  /**
   * Conditions on a thread: its version as it is, or now and then another, and perhaps a free
   * entry.
   */
  async #guard(partition: Partition): Promise<Guard> {
    const threadId = partition ?? this.#scalar(threads, 'threadId');
    const head = await this.#reference.get(threads, [threadId]);
    const version = this.#random.chance(0.2) ? 12_345 : Number(head?.version);
    const expects: Expect[] = [
      { table: threads, key: [threadId], version: head === undefined ? 'absent' : version },
    ];
    if (this.#random.chance(0.3)) {
      expects.push({ table: entries, key: this.key(entries, threadId), version: 'absent' });
    }
    return { threadId, head, expects };
  }

  #bound(
    name: 'after' | 'before',
    table: Table,
    columns: readonly string[],
    isRequired = false,
  ): Partial<Scan> {
    if (columns.length === 0 || (!isRequired && this.#random.chance(0.6))) return {};
    const length = 1 + this.#random.below(columns.length);
    return { [name]: columns.slice(0, length).map((column) => this.#scalar(table, column)) };
  }

  #row(table: Table, partition: Partition): Row {
    const row: Record<string, JsonValue> = {};
    for (const [name, { type, optional }] of Object.entries(table.columns)) {
      if (optional && this.#random.chance(0.4)) continue;
      row[name] = this.#value(type);
    }
    if (partition !== undefined) row[table.key[0]!] = partition;
    return row;
  }

  #scalar(table: Table, column: string): Scalar {
    const type = table.columns[column]?.type;
    if (type === undefined || type === 'json') throw new TypeError(`${column} has no order`);
    return this.#random.pick(values[type]);
  }

  #value(type: ColumnType): JsonValue {
    return this.#random.pick(type === 'json' ? documents : values[type]);
  }
}

interface Guard {
  readonly threadId: Scalar;
  readonly head: Row | undefined;
  readonly expects: readonly Expect[];
}
