/**
 * The unfinished writes of a saver, by thread. LangGraph does not await every write before it
 * reads, since the writes of its own savers are done when the call returns.
 */
export class WritesUnderWay {
  readonly #threads = new Map<string, Set<Promise<unknown>>>();

  async track<T>(threadKey: string, write: Promise<T>): Promise<T> {
    const writes = this.#threads.get(threadKey) ?? new Set();
    this.#threads.set(threadKey, writes);
    writes.add(write);
    try {
      return await write;
    } finally {
      writes.delete(write);
      if (writes.size === 0) this.#threads.delete(threadKey);
    }
  }

  /**
   * Resolves when all current writes have settled, successfully or not; without a thread, those of
   * all threads.
   */
  async settled(threadKey?: string): Promise<void> {
    if (this.#threads.size === 0) return;
    const threads =
      threadKey === undefined ? this.#threads.values() : [this.#threads.get(threadKey)];
    const writes = [...threads].flatMap((thread) => (thread ? [...thread] : []));
    // The caller of the write gets its failure.
    await Promise.allSettled(writes);
  }
}
