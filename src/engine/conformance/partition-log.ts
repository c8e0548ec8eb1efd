import { requiredColumns, scanColumns } from '../checks.ts';
import { compareKeys } from '../compare-keys.ts';
import type { Commit, Engine, Key, Row, Scalar, Table } from '../engine.ts';
import type { OpenEngine } from '../open-engine.ts';
import { entryPartition } from '../partitions.ts';

/**
 * The partitions of every index that rows were ever put into. A scan stays in one partition, so
 * this is how an index is read completely, including anything that a faulty engine leaves behind.
 */
export class PartitionLog {
  readonly #partitions = new Map<string, Map<string, Key>>();

  /** Records where the entries of rows go. */
  note(table: Table, rows: readonly Row[]): void {
    for (const { name } of table.indexes) {
      for (const row of rows) {
        const key = partitionOf(table, name, row);
        if (key !== undefined) this.#of(table, name).set(JSON.stringify(key), key);
      }
    }
  }

  /** In the order that an index over all of them would have. */
  list(table: Table, index: string): Key[] {
    return [...this.#of(table, index).values()].toSorted(compareKeys);
  }

  #of(table: Table, index: string): Map<string, Key> {
    const name = `${table.name} ${index}`;
    const found = this.#partitions.get(name) ?? new Map<string, Key>();
    this.#partitions.set(name, found);
    return found;
  }
}

const logs = new WeakMap<OpenEngine, PartitionLog>();

/** Makes `partitionsOf` use this log for this engine. */
export function keepPartitionLog(engine: OpenEngine, log: PartitionLog): void {
  logs.set(engine, log);
}

/** The partitions of an index, including those whose rows are gone. */
export function partitionsOf(
  engine: OpenEngine,
  table: Table,
  index: string,
  rows: readonly Row[],
): Key[] {
  const log = logs.get(engine) ?? new PartitionLog();
  log.note(table, rows);
  return log.list(table, index);
}

/** The same engine, which records every commit in the log before it is made. */
export function withPartitionLog(engine: Engine, log: PartitionLog): Engine {
  const commit = (one: Commit): Promise<void> => {
    for (const { table, row } of one.puts ?? []) log.note(table, [row]);
    return engine.commit(one);
  };
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === 'commit') return commit;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function partitionOf(table: Table, indexName: string, row: Row): Key | undefined {
  // A caller names an index of the table.
  const index = table.indexes.find(({ name }) => name === indexName)!;
  if (requiredColumns(index).some((column) => row[column] === undefined)) return undefined;
  const columns = scanColumns(table, indexName).slice(0, entryPartition(table, index));
  return columns.map((column) => row[column] as Scalar); // columns of an index are scalars
}
