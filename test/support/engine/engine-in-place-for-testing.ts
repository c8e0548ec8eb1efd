import type {
  Capabilities,
  Commit,
  Engine,
  Key,
  Row,
  Scalar,
  Scan,
  Table,
} from '../../../src/engine/engine.ts';

/**
 * A place where an engine keeps its data; each `open` returns an engine that finds the data of the
 * previous one.
 */
export interface EnginePlace extends AsyncDisposable {
  open(): Engine;
}

/**
 * An engine for tests that need an empty one. Its place is created when it opens and deleted when
 * it closes.
 */
export function engineInPlaceForTesting(
  name: string,
  capabilities: Capabilities,
  create: () => Promise<EnginePlace>,
): Engine {
  return new EngineInPlace(name, capabilities, create);
}

/** States: closed → open → closed, once. */
class EngineInPlace implements Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #create: () => Promise<EnginePlace>;
  #place: EnginePlace | undefined;
  #engine: Engine | undefined;

  constructor(name: string, capabilities: Capabilities, create: () => Promise<EnginePlace>) {
    this.name = name;
    this.capabilities = capabilities;
    this.#create = create;
  }

  async open(tables: readonly Table[]): Promise<void> {
    this.#place = await this.#create();
    try {
      const engine = this.#place.open();
      // Tests ask for them before there is a place, so they are given in advance and checked here.
      if (JSON.stringify(engine.capabilities) !== JSON.stringify(this.capabilities)) {
        throw new TypeError(`${this.name} has other capabilities than the test declared.`);
      }
      await engine.open(tables);
      this.#engine = engine;
    } catch (error) {
      await this.#place[Symbol.asyncDispose]();
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.#opened.close();
    } finally {
      await this.#place![Symbol.asyncDispose]();
    }
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return this.#opened.get(table, key);
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return this.#opened.getMany(table, keys);
  }

  scan(scan: Scan): Promise<Row[]> {
    return this.#opened.scan(scan);
  }

  commit(commit: Commit): Promise<void> {
    return this.#opened.commit(commit);
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    return this.#opened.deletePrefix(table, prefix);
  }

  listen(onHint: (partition: Key | undefined) => void): void {
    this.#opened.listen?.(onHint);
  }

  hint(key: Key): void {
    this.#opened.hint?.(key);
  }

  get #opened(): Engine {
    if (this.#engine === undefined) throw new TypeError(`${this.name} is not open.`);
    return this.#engine;
  }
}
