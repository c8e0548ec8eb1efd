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

/** One call that reaches an engine. */
export type EngineCall =
  | { readonly method: 'get'; readonly table: Table; readonly key: Key }
  | { readonly method: 'getMany'; readonly table: Table; readonly keys: readonly Key[] }
  | { readonly method: 'scan'; readonly scan: Scan }
  | { readonly method: 'commit'; readonly commit: Commit }
  | { readonly method: 'deletePrefix'; readonly table: Table; readonly prefix: readonly Scalar[] };

/** Sees every call: it may wait before or after it, throw instead, or only record it. */
type EngineTap = <T>(call: EngineCall, run: () => Promise<T>) => Promise<T>;

/** A real engine with a tap between it and the store, for tests that count or delay its calls. */
export class TappedEngine implements Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  tap: EngineTap;
  readonly #engine: Engine;

  constructor(engine: Engine, tap: EngineTap = (_call, run) => run()) {
    this.name = engine.name;
    this.capabilities = engine.capabilities;
    this.#engine = engine;
    this.tap = tap;
  }

  open(tables: readonly Table[]): Promise<void> {
    return this.#engine.open(tables);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return this.tap({ method: 'get', table, key }, () => this.#engine.get(table, key));
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return this.tap({ method: 'getMany', table, keys }, () => this.#engine.getMany(table, keys));
  }

  scan(scan: Scan): Promise<Row[]> {
    return this.tap({ method: 'scan', scan }, () => this.#engine.scan(scan));
  }

  commit(commit: Commit): Promise<void> {
    return this.tap({ method: 'commit', commit }, () => this.#engine.commit(commit));
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    return this.tap({ method: 'deletePrefix', table, prefix }, () =>
      this.#engine.deletePrefix(table, prefix),
    );
  }
}

/** Collects the calls of a tapped engine from now on. */
export function recordCalls(engine: TappedEngine): EngineCall[] {
  const calls: EngineCall[] = [];
  engine.tap = (call, run) => {
    calls.push(call);
    return run();
  };
  return calls;
}
