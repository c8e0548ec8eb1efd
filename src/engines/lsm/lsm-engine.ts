import type {
  Capabilities,
  Commit,
  Engine,
  Key,
  Row,
  Scalar,
  Scan,
  Table,
} from '../../engine/engine.ts';
import { assert } from '../../shared/assert.ts';
import { SkeinError } from '../../shared/error.ts';
import { deleteRows } from './delete-rows.ts';
import { encodeCommit } from './encode-commit.ts';
import { GroupCommitter } from './group-committer.ts';
import { LevelStore } from './level-store.ts';
import { toLsmConfig, type LsmConfig, type LsmOptions } from './lsm-config.ts';
import { prepareFormat } from './lsm-format.ts';
import { TableSchema } from './lsm-schema.ts';
import { openDatabase, type OpenDatabase } from './open-database.ts';
import { RowCache } from './row-cache.ts';
import { scanRows } from './row-scan.ts';

/**
 * The embedded engine: a log-structured store in a directory, or in an abstract-level database of
 * yours. Only one process can use it at a time.
 *
 * @example
 * const store = await createStore({ engine: lsm({ path: './data' }) });
 */
export function lsm(options: LsmOptions): Engine {
  return new LsmEngine(toLsmConfig(options), openDatabase);
}

/** See `lsm`. Tests replace what opens the database and the interval between its attempts. */
export class LsmEngine implements Engine {
  readonly name = 'lsm';
  readonly capabilities: Capabilities;
  readonly #config: LsmConfig;
  readonly #openDatabase: OpenDatabase;
  readonly #retryIntervalMs: number;
  #opened: Promise<OpenState> | undefined;
  #state: OpenState | undefined;

  constructor(config: LsmConfig, open: OpenDatabase, retryIntervalMs: number = 1000) {
    this.#config = config;
    this.#openDatabase = open;
    this.#retryIntervalMs = retryIntervalMs;
    this.capabilities = { durable: config.durable, atomicAcrossPartitions: true, shared: false };
  }

  async open(tables: readonly Table[]): Promise<void> {
    if (this.#opened) throw new SkeinError('unavailable', 'This engine is already open.');
    try {
      this.#opened = this.#open(tables);
      this.#state = await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #open(tables: readonly Table[]): Promise<OpenState> {
    const schemas = new Map(tables.map((table) => [table, new TableSchema(table)]));
    checkIds(tables);
    const { sync, rowCacheEntriesMax, location } = this.#config;
    const cache = new RowCache(rowCacheEntriesMax);
    const { database, probe, release } = await this.#openDatabase(location);
    const onReopened = (): void => cache.clear();
    const retryIntervalMs = this.#retryIntervalMs;
    const store = new LevelStore(database, { sync, probe, release, onReopened, retryIntervalMs });
    try {
      await prepareFormat(store, [...schemas.values()]);
    } catch (error) {
      await store.close();
      throw error;
    }
    return { schemas, cache, store, committer: new GroupCommitter(store, cache) };
  }

  async close(): Promise<void> {
    const { store } = this.#mustBeOpen();
    this.#state = undefined;
    try {
      await store.close();
    } finally {
      this.#opened = undefined;
    }
  }

  async get(table: Table, key: Key): Promise<Row | undefined> {
    const { cache, schemas, store } = this.#mustBeOpen();
    const schema = schemas.get(table)!;
    const rowKey = schema.order.keyOf(key);
    const cached = schema.isVersioned ? cache.get(schema, rowKey) : undefined;
    if (cached) return cached;
    if (!store.isSyncFast) {
      const value = await store.read((database, options) => database.get(rowKey, options));
      return value === undefined ? undefined : schema.rowOf(key, value);
    }
    const value = store.getSync(rowKey);
    if (value === undefined) return undefined;
    const row = schema.rowOf(key, value);
    if (schema.isVersioned) cache.set(rowKey, schema.copy(row), value.length);
    return row;
  }

  async getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    const { schemas, store } = this.#mustBeOpen();
    const schema = schemas.get(table)!;
    const values = await store.getMany(keys.map((key) => schema.order.keyOf(key)));
    return values.map((value, i) =>
      value === undefined ? undefined : schema.rowOf(keys[i]!, value),
    );
  }

  async scan(scan: Scan): Promise<Row[]> {
    const { schemas, store } = this.#mustBeOpen();
    return scanRows(store, schemas.get(scan.table)!, scan);
  }

  async commit(commit: Commit): Promise<void> {
    const { schemas, committer } = this.#mustBeOpen();
    return committer.commit(encodeCommit(schemas, commit));
  }

  async deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    const state = this.#mustBeOpen();
    return deleteRows(state, state.schemas.get(table)!, prefix);
  }

  compact(): Promise<void> {
    return this.#mustBeOpen().store.compactFiles();
  }

  /** The wrapper ensures this: see the engine contract. */
  #mustBeOpen(): OpenState {
    assert(this.#state, 'the engine is open');
    return this.#state;
  }
}

interface OpenState {
  readonly schemas: ReadonlyMap<Table, TableSchema>;
  readonly cache: RowCache;
  readonly store: LevelStore;
  readonly committer: GroupCommitter;
}

/** Two tables with the same id would share their rows. */
function checkIds(tables: readonly Table[]): void {
  if (new Set(tables.map(({ id }) => id)).size !== tables.length) {
    throw new TypeError('Two tables have the same id.');
  }
}
