import type {
  Capabilities,
  Commit,
  Engine,
  Expect,
  Key,
  Row,
  Scalar,
  Scan,
  Table,
} from '../../engine/engine.ts';
import { assert } from '../../shared/assert.ts';
import { sleep } from '../../shared/backoff.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { parseMemoryConfig, type MemoryConfig } from './memory-config.ts';
import { MemoryTable } from './memory-table.ts';

/**
 * An engine that keeps everything in memory, for tests and demos. The data lives as long as the
 * engine object: reopening the same one finds everything, a new one is empty.
 *
 * @example
 * const store = await createStore({ engine: memory() });
 */
export function memory(config: MemoryConfig = {}): Engine {
  return new MemoryEngine(parseMemoryConfig(config));
}

/** Rows that one step of `deletePrefix` deletes before other operations get their turn. */
const deleteStepRows = 1000;

/**
 * States: closed → open → closed → …. Every operation except `deletePrefix` runs within one turn of
 * the event loop, which makes commits atomic, serial and isolated without a lock.
 */
class MemoryEngine implements Engine {
  readonly name = 'memory';
  readonly capabilities: Capabilities = {
    durable: false,
    atomicAcrossPartitions: true,
    shared: false,
  };
  readonly #chunkRowsMax: number;
  readonly #tables = new Map<number, MemoryTable>();
  #isOpen = false;

  constructor(config: Required<MemoryConfig>) {
    this.#chunkRowsMax = config.chunkRowsMax;
  }

  open(tables: readonly Table[]): Promise<void> {
    return attempt(() => {
      if (this.#isOpen) throw new SkeinError('unavailable', 'This memory store is already open.');
      for (const table of tables) this.#declare(table);
      this.#isOpen = true;
    });
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return attempt(() => this.#of(table).get(key));
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return attempt(() => keys.map((key) => this.#of(table).get(key)));
  }

  scan(scan: Scan): Promise<Row[]> {
    return attempt(() => this.#of(scan.table).scan(scan));
  }

  commit(commit: Commit): Promise<void> {
    return attempt(() => this.#commit(commit));
  }

  async deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    while (this.#of(table).deletePrefix(prefix, deleteStepRows) === deleteStepRows) {
      await sleep(0);
    }
  }

  /** Everything that can fail comes first, so that a commit happens as a whole or not at all. */
  #commit({ puts = [], deletes = [], expects = [] }: Commit): void {
    for (const expect of expects) this.#check(expect);
    const rows = puts.map(({ table, row }) => this.#of(table).prepare(row));
    for (const { table, key } of deletes) this.#of(table).delete(key);
    for (const [i, row] of rows.entries()) this.#of(puts[i]!.table).put(row);
  }

  #check({ table, key, version }: Expect): void {
    const rows = this.#of(table);
    if (version === 'absent') {
      if (rows.has(key)) throw new ConflictError(`A row of ${table.name} already exists.`);
    } else if (rows.getColumn(key, 'version') !== version) {
      throw new ConflictError(`A row of ${table.name} is not at version ${version}.`);
    }
  }

  #declare(table: Table): void {
    const before = this.#tables.get(table.id);
    if (before?.schema.table === table) return;
    const rows = new MemoryTable(table, this.#chunkRowsMax);
    if (before) rows.takeOver(before);
    this.#tables.set(table.id, rows);
  }

  #of(table: Table): MemoryTable {
    const rows = this.#tables.get(table.id);
    assert(rows, `table ${table.name} was opened`);
    return rows;
  }
}

/** The result of a function as a promise; an exception becomes a rejection. */
function attempt<T>(run: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(run());
  });
}
