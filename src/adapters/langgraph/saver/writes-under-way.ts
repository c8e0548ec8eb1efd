/**
 * The writes of a saver that are on their way, by thread. LangGraph does not wait for every one before it reads,
 * since with its own savers a write is done when it was called.
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

  /** When those that are on their way now have come to an end, well or not; without a thread, those of all. */
  async settled(threadKey?: string): Promise<void> {
    if (this.#threads.size === 0) return;
    const threads =
      threadKey === undefined ? this.#threads.values() : [this.#threads.get(threadKey)];
    const writes = [...threads].flatMap((thread) => (thread ? [...thread] : []));
    // Whoever called the write hears of its failure.
    await Promise.allSettled(writes);
  }
}
