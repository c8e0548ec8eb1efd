import type { StoredThreadId } from '../shared/ids.ts';
import type { ThreadRow } from './tables.ts';

/**
 * The heads of the most recently written threads. Forgetting one keeps its entry: a profile showed
 * that a `Map` whose entries come and go with every append is rebuilt again and again. When the
 * memory is full, the oldest entry goes.
 */
export class HeadMemory {
  readonly #entries = new Map<StoredThreadId, { head: ThreadRow | undefined }>();

  /** Removes and returns a remembered head. */
  take(threadId: StoredThreadId): ThreadRow | undefined {
    const entry = this.#entries.get(threadId);
    if (entry === undefined) return undefined;
    const { head } = entry;
    entry.head = undefined;
    return head;
  }

  set(head: ThreadRow): void {
    const entry = this.#entries.get(head.id);
    if (entry !== undefined) {
      entry.head = head;
      return;
    }
    this.#entries.set(head.id, { head });
    if (this.#entries.size <= headsMax) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  clear(): void {
    this.#entries.clear();
  }
}

/** Most heads take about 1 KiB; one with the largest metadata takes 64 KiB. */
const headsMax = 2000;
