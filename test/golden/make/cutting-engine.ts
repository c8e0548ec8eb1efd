import type { Commit, Engine } from 'skein/engine';

/**
 * An engine that can be cut off from its disk, as by a power failure: from then on no write
 * returns, except commits that promise a task. The promised work stays undone.
 */
export class CuttingEngine {
  /** What a store is opened with. */
  readonly engine: Engine;
  readonly #inner: Engine;
  #isCut = false;
  #allowed = 0;
  #promised = 0;
  #onChange: () => void = () => undefined;

  constructor(inner: Engine) {
    this.#inner = inner;
    const cut: Partial<Engine> = {
      commit: (commit) => this.#commit(commit),
      deletePrefix: (...under) => (this.#isCut ? never() : inner.deletePrefix(...under)),
    };
    this.engine = new Proxy(inner, {
      get(_inner, name: keyof Engine) {
        const value = cut[name] ?? inner[name];
        return typeof value === 'function' ? value.bind(inner) : value;
      },
    });
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

  async #commit(commit: Commit): Promise<void> {
    const promises = (commit.puts ?? []).some(({ table }) => table.name === 'tasks');
    if (this.#isCut && !promises && this.#allowed === 0) return never();
    await this.#inner.commit(commit);
    if (!this.#isCut) return;
    if (promises) this.#promised++;
    else this.#allowed--;
    this.#onChange();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
