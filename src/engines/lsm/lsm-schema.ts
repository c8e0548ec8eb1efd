/**
 * A declared table as the store keeps it: one entry per row, and one per row and index that
 * contains it.
 *
 *   row    = rows keyspace, key columns              -> JSON of the other present columns
 *   entry  = index keyspace, index columns,
 *            key columns that are not among them     -> empty; only if it has all index columns
 */
import { requiredColumns, scanColumns } from '../../engine/checks.ts';
import type {
  ColumnType,
  Index,
  Key,
  Row,
  Scalar,
  Scan,
  Table,
  Value,
} from '../../engine/engine.ts';
import { SkeinError } from '../../shared/error.ts';
import type { JsonObject } from '../../shared/json.ts';
import { encoderOf, endOf, keyspaceOf, KeyReader, rowsId, type ColumnEncoder } from './lsm-key.ts';

/** The keys from `gte` (inclusive) to `lt` (exclusive). Empty if `lt` is not greater. */
export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

/** One order of a table's rows: that of its key, or that of an index. */
export class KeyOrder {
  readonly keyspace: string;
  readonly columns: readonly string[];
  readonly #types: readonly ColumnType[];
  readonly #encoders: readonly ColumnEncoder[];
  readonly #reader = new KeyReader();

  constructor(table: Table, index?: Index) {
    this.keyspace = keyspaceOf(table.id, index?.id ?? rowsId);
    this.columns = scanColumns(table, index?.name);
    this.#types = this.columns.map((column) => table.columns[column]!.type);
    this.#encoders = this.#types.map(encoderOf);
  }

  /** The key of these values, or the prefix of the keys that begin with them. */
  keyOf(values: readonly Scalar[]): string {
    let key = this.keyspace;
    for (let i = 0; i < values.length; i++) key += this.#encoders[i]!(values[i]!);
    return key;
  }

  /** The key of a row that has all columns of this order. */
  keyOfRow(row: Row): string {
    let key = this.keyspace;
    // Checks of the tables ensure that a column of an order holds a scalar.
    for (let i = 0; i < this.columns.length; i++) {
      key += this.#encoders[i]!(row[this.columns[i]!] as Scalar);
    }
    return key;
  }

  /**
   * The values of a key. The first `known.length` are known; their text has `knownLength`
   * characters.
   */
  valuesOf(
    key: string,
    known: readonly Scalar[] = [],
    knownLength: number = this.keyspace.length,
  ): Scalar[] {
    const values = known.slice();
    this.#reader.start(key, knownLength);
    for (let i = known.length; i < this.#types.length; i++) {
      values.push(this.#reader.read(this.#types[i]!));
    }
    return values;
  }

  rangeOf({ prefix, after, before }: Pick<Scan, 'prefix' | 'after' | 'before'>): KeyRange {
    const start = this.keyOf(prefix);
    return {
      gte: after ? endOf(this.keyOf([...prefix, ...after])) : start,
      lt: before ? this.keyOf([...prefix, ...before]) : endOf(start),
    };
  }
}

export class IndexSchema {
  readonly index: Index;
  readonly order: KeyOrder;
  readonly #required: readonly string[];
  readonly #requires: readonly string[];

  constructor(table: Table, index: Index) {
    this.index = index;
    this.order = new KeyOrder(table, index);
    this.#required = requiredColumns(index);
    this.#requires = index.requires ?? [];
  }

  /** The key of a row's entry, or `undefined` if it has none. */
  entryOf(row: Row): string | undefined {
    for (const column of this.#required) {
      if (row[column] === undefined) return undefined;
    }
    return this.order.keyOfRow(row);
  }

  /** Whether two states of a row certainly have the same entry, or both none. */
  isSameEntry(a: Row, b: Row): boolean {
    for (const column of this.index.columns) {
      if (a[column] !== b[column]) return false;
    }
    for (const column of this.#requires) {
      if ((a[column] === undefined) !== (b[column] === undefined)) return false;
    }
    return true;
  }
}

export class TableSchema {
  readonly table: Table;
  readonly order: KeyOrder;
  readonly indexes: readonly IndexSchema[];
  /**
   * Whether rows carry a version that commits expect, as heads do: the row cache keeps such rows.
   */
  readonly isVersioned: boolean;
  readonly #jsonColumns: readonly string[];
  /** The columns on which the entry of a row in any index depends. */
  readonly #placing: readonly string[];

  constructor(table: Table) {
    this.table = table;
    this.order = new KeyOrder(table);
    this.indexes = table.indexes.map((index) => new IndexSchema(table, index));
    this.isVersioned = table.columns.version?.type === 'int' && !table.key.includes('version');
    this.#jsonColumns = Object.keys(table.columns).filter(
      (name) => table.columns[name]!.type === 'json',
    );
    this.#placing = [...new Set(table.indexes.flatMap(requiredColumns))];
  }

  /** Whether two states of a row certainly have the same entries in all indexes. */
  hasSameEntries(a: Row, b: Row): boolean {
    for (const column of this.#placing) {
      if (a[column] !== b[column]) return false;
    }
    return true;
  }

  /** The stored value of a row: the columns outside its key. */
  valueOf(row: Row): string {
    const rest: Record<string, Value | undefined> = { ...row };
    for (const column of this.table.key) rest[column] = undefined; // JSON omits it
    return JSON.stringify(rest);
  }

  rowOf(key: Key, value: string): Row {
    const row = parseRow(this.table, value);
    const columns = this.table.key;
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = key[i];
    return row;
  }

  /** A copy that shares no JSON with the original. */
  copy(row: Row): Row {
    const copy: Record<string, Value | undefined> = { ...row };
    for (const column of this.#jsonColumns) {
      const value = copy[column];
      if (typeof value === 'object') copy[column] = copyJson(value);
    }
    return copy;
  }

  indexNamed(name: string): IndexSchema {
    const found = this.indexes.find(({ index }) => index.name === name);
    if (!found) throw new TypeError(`${this.table.name} has no index ${name}`);
    return found;
  }
}

function parseRow(table: Table, value: string): Record<string, Value | undefined> {
  try {
    // valueOf wrote the value, and the store keeps checksums.
    return JSON.parse(value) as Record<string, Value>;
  } catch (error) {
    throw new SkeinError('internal', `A stored row of ${table.name} is damaged.`, { cause: error });
  }
}

function copyJson(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson);
  // Spreading makes a key `__proto__` an own property, so that assigning to it below is safe. The
  // cast is needed because Array.isArray does not narrow a readonly array: an object remains.
  const copy: Record<string, Value> = { ...(value as JsonObject) };
  for (const name in copy) {
    const inner = copy[name]!;
    if (typeof inner === 'object') copy[name] = copyJson(inner);
  }
  return copy;
}
