import type { Commit, Engine, Key, Row, Scalar, Scan, Table } from 'skein/engine';

/**
 * An engine that can be cut off from its disk, as by a power failure: from then on no write
 * returns, except commits that promise a task. The promised work stays undone.
 */
export class CuttingEngine implements Engine {
  readonly name: string;
  readonly capabilities: Engine['capabilities'];
  readonly listen?: NonNullable<Engine['listen']>;
  readonly #engine: Engine;
  #isCut = false;
  #allowed = 0;
  #promised = 0;
  #onChange: () => void = () => undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.name = engine.name;
    this.capabilities = engine.capabilities;
    if (engine.listen) this.listen = (onHint) => engine.listen?.(onHint);
  }

  /** Cuts after `allowed` more commits. Commits that promise a task do not count. */
  cut(allowed: number): void {
    this.#isCut = true;
    this.#allowed = allowed;
  }

  /** Resolves when `count` tasks were promised since the cut and every allowed commit is done. */
  async untilPromised(count: number): Promise<void> {
    while (this.#promised < count || this.#allowed > 0) {
      await new Promise<void>((resolve) => (this.#onChange = resolve));
    }
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
    return this.#engine.scan(scan);
  }

  async commit(commit: Commit): Promise<void> {
    const promises = (commit.puts ?? []).some(({ table }) => table.name === 'tasks');
    if (this.#isCut && !promises && this.#allowed === 0) return never();
    await this.#engine.commit(commit);
    if (!this.#isCut) return;
    if (promises) this.#promised++;
    else this.#allowed--;
    this.#onChange();
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    return this.#isCut ? never() : this.#engine.deletePrefix(table, prefix);
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
