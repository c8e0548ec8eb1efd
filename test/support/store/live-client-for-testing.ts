import type { Item } from '../../../src/api/item.ts';
import type { LiveEvent, LiveOptions } from '../../../src/api/live.ts';
import type { ProjectApi } from '../../../src/api/project-api.ts';

/**
 * A typical client: it builds a list of items from events, and keeps the cursor of the last event,
 * from which it continues after a break.
 */
export class LiveClientForTesting {
  readonly events: LiveEvent[] = [];
  /** By the id of the item whose position it takes. */
  readonly places: Map<string, Item> = new Map();
  cursor: string | undefined;
  /** How often its connection was cut. */
  cuts: number = 0;
  readonly #caller: ProjectApi;
  readonly #threadId: string;
  readonly #options: LiveOptions;

  constructor(caller: ProjectApi, threadId: string, options: LiveOptions = {}) {
    this.#caller = caller;
    this.#threadId = threadId;
    this.#options = options;
    this.cursor = options.after;
  }

  /**
   * Reads until `isDone` accepts an event, or the tail ends. `isCut` says after which events the
   * connection breaks; `pause` is awaited after each event.
   */
  async read(
    isDone: (event: LiveEvent) => boolean,
    isCut: () => boolean = () => false,
    pause: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    for (;;) {
      const after = this.cursor;
      const tail = this.#caller.threads.live(this.#threadId, {
        ...this.#options,
        ...(after !== undefined && { after }),
      });
      let isOver = true;
      for await (const event of tail) {
        this.#take(event);
        if (isDone(event)) return;
        await pause();
        if (!isCut()) continue;
        isOver = false;
        break;
      }
      if (isOver) return;
      this.cuts++;
    }
  }

  /** The items that the client would show, in order. */
  get items(): Item[] {
    return [...this.places].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  #take(event: LiveEvent): void {
    this.events.push(event);
    this.cursor = event.cursor;
    if (event.type === 'item') this.places.set(event.item.id, event.item);
    if (event.type !== 'change') return;
    const { change, item } = event;
    if (item) this.places.set(change.itemId, item);
    else this.places.delete(change.itemId);
  }
}
