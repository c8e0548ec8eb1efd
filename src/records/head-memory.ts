import type { ThreadId } from '../shared/ids.ts';
import type { ThreadRow } from './tables.ts';

/**
 * The heads of the threads that were written last. Forgetting one keeps its place: a `Map` in which an entry
 * comes and goes with every append would be built anew again and again, and a profile showed that as garbage. When it is full, the thread that came first goes.
 */
export class HeadMemory {
  readonly #places = new Map<ThreadId, { head: ThreadRow | undefined }>();

  /** The head that is remembered, which then is not any more. */
  take(threadId: ThreadId): ThreadRow | undefined {
    const place = this.#places.get(threadId);
    if (place === undefined) return undefined;
    const { head } = place;
    place.head = undefined;
    return head;
  }

  set(head: ThreadRow): void {
    const place = this.#places.get(head.id);
    if (place !== undefined) {
      place.head = head;
      return;
    }
    this.#places.set(head.id, { head });
    if (this.#places.size <= headsMax) return;
    const oldest = this.#places.keys().next();
    if (!oldest.done) this.#places.delete(oldest.value);
  }

  clear(): void {
    this.#places.clear();
  }
}

/** Most heads take about 1 KiB; one with the largest metadata takes 64 KiB. */
const headsMax = 2000;
