import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';
import { SkeinError, type NewItem, type ProjectApi } from '../../../src/store/index.ts';
import { pauseAtRandom } from '../shared/waits-for-testing.ts';

/** What a thread's writers know about it. */
export interface WrittenThread {
  readonly id: string;
  /** A cursor before everything that is written. */
  readonly start: string;
  /** The id that each key was acknowledged with. */
  readonly acknowledged: Map<string, string>;
  /** The newest acknowledged id: items sent from now on come after it. */
  newestId: string;
}

/**
 * Appends to random threads until it is stopped. If a server does not respond, or responds with
 * `unavailable`, it sends the items again with the same keys, to any server.
 */
export class WriterForTesting {
  readonly #name: string;
  readonly #clients: readonly ProjectApi[];
  readonly #random: SeededRandom;
  #count = 0;
  repeated = 0;

  constructor(name: string, clients: readonly ProjectApi[], random: SeededRandom) {
    this.#name = name;
    this.#clients = clients;
    this.#random = random;
  }

  async run(threads: readonly WrittenThread[], isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const count = this.#random.chance(0.2) ? 1 + this.#random.below(4) : 1;
      const items = Array.from({ length: count }, () => this.#newItem());
      await this.#append(this.#random.pick(threads), items);
      await pauseAtRandom(this.#random, 10);
    }
  }

  #newItem(): NewItem & { key: string } {
    const key = `${this.#name}-${this.#count++}`;
    return { role: 'user', text: `The text of ${key}.`, key };
  }

  async #append(
    thread: WrittenThread,
    items: readonly (NewItem & { readonly key: string })[],
  ): Promise<void> {
    const { newestId } = thread;
    const appended = await this.#appendAtLast(thread.id, items);
    for (const [i, { key }] of items.entries()) {
      const { id, key: answeredKey } = appended[i]!;
      if (answeredKey !== key) throw new Error(`${key} was answered as ${answeredKey}`);
      if (id <= newestId) throw new Error(`${key} has ${id}, which is not after ${newestId}`);
      thread.acknowledged.set(key, id);
      if (id > thread.newestId) thread.newestId = id;
    }
  }

  async #appendAtLast(
    threadId: string,
    items: readonly NewItem[],
  ): ReturnType<ProjectApi['items']['append']> {
    for (;;) {
      try {
        return await this.#random.pick(this.#clients).items.append(threadId, items);
      } catch (error) {
        if (!(error instanceof SkeinError) || error.code !== 'unavailable') throw error;
      }
      this.repeated++;
      await pauseAtRandom(this.#random, 100);
    }
  }
}
