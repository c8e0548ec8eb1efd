import { expect } from 'vitest';
import { ServerEventDecoder } from '../../../src/protocol/server-events.ts';
import { until } from '../shared/waits-for-testing.ts';
import { LiveSocketForTesting } from './live-socket-for-testing.ts';

/** An event of a followed thread, as it came over the wire. */
interface LiveToldForTesting {
  readonly type: string;
  readonly threadId?: string;
  readonly code?: string;
  readonly item?: { readonly id: string; readonly parts: readonly { readonly text?: string }[] };
  readonly participant?: { readonly userId: string; readonly state: string };
}

interface Followed {
  readonly id: string;
  readonly after: string | undefined;
}

/** Follows threads over both forms of `/v1/live` at once: what one tells, the other must, too. */
export class LiveReaderForTesting implements AsyncDisposable {
  /** In the order of arrival. */
  readonly bySocket: LiveToldForTesting[] = [];
  readonly byEvents: LiveToldForTesting[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<unknown>;

  constructor(url: string, headers: Record<string, string>, threads: readonly Followed[]) {
    this.#done = Promise.all([
      this.#readSocket(url, headers, threads),
      this.#readEvents(url, headers, threads),
    ]);
  }

  /** Resolves once both have told such an event. */
  async hears(what: string, isIt: (told: LiveToldForTesting) => boolean): Promise<void> {
    const all = [this.bySocket, this.byEvents];
    await until(
      () => all.every((told) => told.some(isIt)),
      () => `Not heard: ${what}. ${JSON.stringify(all.map((told) => told.map(nameOf)))}`,
    );
  }

  hearsText(text: string): Promise<void> {
    return this.hears(text, ({ item }) => item?.parts.some((part) => part.text === text) ?? false);
  }

  hearsEnd(threadId: string): Promise<void> {
    return this.hears(`the end of ${threadId}`, (told) => isEndOf(told, threadId));
  }

  hearsParticipant(userId: string, state: string): Promise<void> {
    return this.hears(
      `${userId} ${state}`,
      ({ participant }) => participant?.userId === userId && participant.state === state,
    );
  }

  /** The texts that were heard in a thread: both connections have the same, each once. */
  texts(threadId: string): string[] {
    const [bySocket, byEvents] = [this.bySocket, this.byEvents].map((all) =>
      all.flatMap((told) =>
        told.type === 'item' && told.threadId === threadId
          ? [(told.item?.parts ?? []).map(({ text }) => text ?? '').join('')]
          : [],
      ),
    );
    expect(bySocket).toEqual(byEvents);
    return bySocket!; // there are two
  }

  async #readSocket(
    url: string,
    headers: Record<string, string>,
    threads: readonly Followed[],
  ): Promise<void> {
    const socket = await LiveSocketForTesting.open(url, headers);
    this.#abort.signal.addEventListener('abort', () => socket.socket.terminate());
    if (headers['authorization'] === undefined) socket.say({ type: 'auth' });
    const named = threads.map(({ id, after }) => ({ id, ...(after !== undefined && { after }) }));
    socket.say({ type: 'subscribe', threads: named });
    try {
      for (;;) this.bySocket.push((await socket.next()) as unknown as LiveToldForTesting); // wire
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it was closed
    }
  }

  async #readEvents(
    url: string,
    headers: Record<string, string>,
    threads: readonly Followed[],
  ): Promise<void> {
    const query = threads.map(({ id, after }) => {
      const position = after === undefined ? id : `${id}@${after}`;
      return `thread=${encodeURIComponent(position)}`;
    });
    const decoder = new ServerEventDecoder();
    try {
      const response = await fetch(`${url}/v1/live?${query.join('&')}`, {
        headers,
        signal: this.#abort.signal,
      });
      for await (const bytes of response.body ?? []) {
        for (const { name, data } of decoder.push(bytes)) {
          this.byEvents.push(toldBy(name, JSON.parse(data) as LiveToldForTesting)); // wire
        }
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }
}

/** Server-sent events have the item or participant itself as their data. */
function toldBy(type: string, data: LiveToldForTesting): LiveToldForTesting {
  const { threadId } = data;
  const isWhole = type === 'item' || type === 'participant';
  return { ...(isWhole ? { [type]: data } : data), type, ...(threadId && { threadId }) };
}

function isEndOf(told: LiveToldForTesting, threadId: string): boolean {
  return told.type === 'end' && told.threadId === threadId;
}

function nameOf({ type, code, threadId }: LiveToldForTesting): string {
  return [threadId, type, code].filter((part) => part !== undefined).join(' ');
}
