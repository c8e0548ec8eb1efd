import { textIn, type StoreKit } from '../store/store-kit-for-testing.ts';
import type { LiveOptions, LiveEvent } from '../../../src/api/live.ts';
import type { ProjectApi } from '../../../src/api/project-api.ts';

/** Much less than a reader sleeps by itself: tests must not depend on that, in milliseconds. */
const patienceMs = 8000;

/** A live reader from which a test takes one event at a time. A wait that is too long fails. */
export class Tail implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<LiveEvent, void, undefined>;

  constructor(api: ProjectApi, threadId: string, options: Omit<LiveOptions, 'signal'> = {}) {
    this.#events = api.threads.live(threadId, { ...options, signal: this.#abort.signal });
  }

  /** The next event, or `undefined` at the end. */
  async next(): Promise<LiveEvent | undefined> {
    return (await inTime(this.#events.next())).value ?? undefined;
  }

  /** All events up to the head of this version or a later one. */
  async upTo(version: number): Promise<LiveEvent[]> {
    const events: LiveEvent[] = [];
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new TypeError('The tail ended too early.');
      events.push(event);
      if (event.type === 'head' && event.thread.version >= version) return events;
    }
  }

  abort(): void {
    this.#abort.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#events.return();
  }
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TypeError('Nothing came.')), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function versionOf(kit: StoreKit, id: string): Promise<number> {
  return (await kit.owner.threads.get(id)).version;
}

export async function cursorOf(api: ProjectApi, id: string): Promise<string> {
  return (await api.items.list(id, { order: 'desc' })).cursor;
}

/**
 * The name under which a test compares an event; heads are left out, since each sums up as many
 * commits as were read together.
 */
export function nameOf(event: LiveEvent): string {
  if (event.type === 'item') return `item ${event.item.id}`;
  return event.type === 'change'
    ? `change ${event.change.version}`
    : `head ${event.thread.version}`;
}

export function textsOf(events: readonly LiveEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'head') return [];
    if (event.type === 'item') return [textIn(event.item)];
    const { change, item } = event;
    return [`${change.type}: ${item ? textIn(item) : 'gone'}`];
  });
}
