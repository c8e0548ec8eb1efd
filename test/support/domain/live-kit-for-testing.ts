import { textIn, type StoreKit } from '../store/store-kit-for-testing.ts';
import type { LiveOptions, LiveEvent } from '../../../src/api/live.ts';
import type { ProjectApi } from '../../../src/api/project-api.ts';
import { holdLongTimers } from '../shared/waits-for-testing.ts';

/**
 * A live reader from which a test takes one event at a time. It has to be woken: while there is
 * one, no reader looks by itself.
 */
export class Tail implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #held = holdLongTimers();
  readonly #events: AsyncGenerator<LiveEvent, void, undefined>;

  constructor(api: ProjectApi, threadId: string, options: Omit<LiveOptions, 'signal'> = {}) {
    this.#events = api.threads.live(threadId, { ...options, signal: this.#abort.signal });
  }

  /** The next event, or `undefined` at the end. */
  async next(): Promise<LiveEvent | undefined> {
    return (await this.#events.next()).value ?? undefined;
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
    this.#held[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    await this.#events.return();
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
  if (event.type === 'participant') return `participant ${event.participant.userId}`;
  if (event.type === 'reaction') {
    const { emoji, userId, count } = event.reaction;
    return `reaction ${emoji} ${userId} ${count}`;
  }
  return event.type === 'change'
    ? `change ${event.change.version}`
    : `head ${event.thread.version}`;
}

export function textsOf(events: readonly LiveEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'item') return [textIn(event.item)];
    if (event.type !== 'change') return [];
    const { change, item } = event;
    return [`${change.type}: ${item ? textIn(item) : 'gone'}`];
  });
}
