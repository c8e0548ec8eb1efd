import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { serve } from '../server/index.ts';
import type { LiveEvent } from '../api/live.ts';
import type { ProjectApi } from '../api/project-api.ts';
import { createClient } from './create-client.ts';
import {
  networkError,
  serveInMemory,
  textOf,
  type ServedStore,
} from '../../test/support/client/served-store-for-testing.ts';
import { someTurns } from '../../test/support/shared/turns-for-testing.ts';
import { until } from '../../test/support/shared/waits-for-testing.ts';

let served: ServedStore;
let client: ProjectApi;
let abort: AbortController;

beforeEach(async () => {
  served = await serveInMemory({ liveRetryMs: 1, liveCommentIntervalMs: 5 });
  client = served.connect();
  abort = new AbortController();
  await served.project.threads.create([{ id: 't' }]);
});

afterEach(async () => {
  abort.abort();
  await served[Symbol.asyncDispose]();
});

interface Collected {
  readonly events: LiveEvent[];
  readonly texts: () => string[];
  /** Settles when the tail ends. */
  readonly done: Promise<void>;
}

function collect(from: ProjectApi, options: { after?: string } = {}): Collected {
  const events: LiveEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const event of from.threads.live('t', { ...options, signal: abort.signal }))
      events.push(event);
  };
  const texts = (): string[] =>
    events.flatMap((event) => (event.type === 'item' ? [textOf(event.item)] : []));
  return { events, texts, done: run() };
}

async function append(...texts: string[]): Promise<void> {
  for (const text of texts) await served.project.items.append('t', [{ role: 'user', text }]);
}

const isLive = (request: Request): boolean => new URL(request.url).pathname.endsWith('/live');
const liveCount = (): number => served.log.filter((line) => line.endsWith('/live')).length;

/** From here to the end of the test, only `passTime` rings the timers of client and server. */
function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Lets client and server do after each millisecond what they have to do. */
async function passTime(durationMs: number): Promise<void> {
  for (let i = 0; i < durationMs; i++) {
    await vi.advanceTimersByTimeAsync(1);
    await someTurns(5);
  }
}

describe('the live tail', () => {
  test('begins now, and yields items, changes and heads as they arrive', async () => {
    await append('before');
    const { events, texts, done } = collect(client);
    await until(() => liveCount() === 1);
    await append('one', 'two');
    await until(() => texts().length === 2);
    const [item] = (await served.project.items.list('t', { order: 'desc', limit: 1 })).data;
    await served.project.items.redact('t', [item!.id]);
    await until(() => events.some(({ type }) => type === 'change'));
    expect(texts()).toEqual(['one', 'two']);
    expect(events.find(({ type }) => type === 'change')).toMatchObject({
      change: { itemId: item!.id, type: 'redaction' },
    });
    expect(events.some(({ type }) => type === 'head')).toBe(true);
    abort.abort();
    await done;
  });

  test('continues behind a page without missing anything', async () => {
    const page = await client.items.list('t');
    await append('between');
    const { texts } = collect(client, { after: page.cursor });
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['between']);
  });

  test('sees each event exactly once, however often the connection breaks', async () => {
    // Cuts every connection after a few bytes, within an event as often as between two.
    let cuts = 0;
    served.deliver = (response, request) => {
      if (!isLive(request) || response.body === null) return response;
      cuts++;
      return new Response(
        response.body.pipeThrough(cutAfter(20 + ((cuts * 389) % 1500))),
        response,
      );
    };
    const { texts, events, done } = collect(client);
    const sent = Array.from({ length: 60 }, (_, i) => `item ${i}`);
    await until(() => liveCount() > 0);
    await append(...sent);
    await until(() => texts().length >= sent.length);
    expect(texts()).toEqual(sent);
    expect(cuts).toBeGreaterThan(10);
    expect(new Set(events.map(({ cursor, type }) => `${type} ${cursor}`)).size).toBe(events.length);
    abort.abort();
    await done;
  });

  test('an event before the first one arrives is not lost with the first connection', async () => {
    let isFirst = true;
    served.intercept = async (request) => {
      if (!isLive(request) || !isFirst) return undefined;
      isFirst = false;
      await append('while disconnected');
      throw networkError();
    };
    const { texts } = collect(client);
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['while disconnected']);
  });

  test('a connection that falls silent is replaced', async () => {
    let isFirst = true;
    served.intercept = (request) => {
      if (!isLive(request) || !isFirst) return undefined;
      isFirst = false;
      return new Response(new ReadableStream({ start() {} }));
    };
    useFakeTimers();
    const { texts } = collect(served.connect({ liveSilenceMs: 50 }));
    await until(() => liveCount() === 1);
    await passTime(49);
    expect(liveCount()).toBe(1);
    await passTime(1);
    await until(async () => {
      await passTime(5); // a pause comes before the next connection
      return liveCount() === 2;
    });
    await append('heard');
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['heard']);
  });

  test('comments keep a quiet connection alive', async () => {
    useFakeTimers();
    collect(served.connect({ liveSilenceMs: 300 }));
    await until(() => liveCount() === 1);
    await passTime(1500); // five times as long as it takes to be cut off
    expect(liveCount()).toBe(1);
  });

  test('waits as the server asks when it is refused', async () => {
    let refusals = 2;
    served.intercept = (request) =>
      isLive(request) && refusals-- > 0
        ? new Response('', { status: 503, headers: { 'retry-after': '0' } })
        : undefined;
    const { texts } = collect(client);
    await until(() => liveCount() === 3);
    await append('heard');
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['heard']);
  });

  test('ends when the thread is deleted', async () => {
    const { done, texts } = collect(client);
    await until(() => liveCount() === 1);
    await append('one');
    await until(() => texts().length === 1);
    await served.project.threads.delete(['t']);
    await expect(done).resolves.toBeUndefined();
  });

  test('ends when it is aborted, while it waits and while it is connected', async () => {
    served.intercept = (request) => {
      if (isLive(request)) throw networkError();
      return undefined;
    };
    const waiting = collect(client);
    await until(() => liveCount() === 1);
    abort.abort();
    await expect(waiting.done).resolves.toBeUndefined();
    expect(liveCount()).toBe(1);
  });

  test('leaving the loop closes the connection', async () => {
    const page = await client.items.list('t');
    await append('one');
    let signal: AbortSignal | undefined;
    served.deliver = (response, request) => {
      if (isLive(request)) signal = request.signal;
      return response;
    };
    for await (const event of client.threads.live('t', { after: page.cursor })) {
      if (event.type === 'item') break;
    }
    expect(signal?.aborted).toBe(true);
  });

  test('a permanent failure is thrown', async () => {
    const fail = async (options: { threadId?: string; after?: string }): Promise<void> => {
      await client.threads.live(options.threadId ?? 't', options).next();
    };
    await expect(fail({ threadId: 'missing' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(fail({ threadId: 'missing', after: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(fail({ after: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_request' });
    served.intercept = (request) =>
      isLive(request) ? new Response('', { status: 401 }) : undefined;
    await expect(fail({})).rejects.toMatchObject({ code: 'unauthenticated' });
    served.intercept = (request) =>
      isLive(request)
        ? new Response('', { status: 500, headers: { 'retry-after': '0' } })
        : undefined;
    await expect(fail({})).rejects.toMatchObject({ code: 'internal' });
  });
});

test('over a real port, it survives a restart of the server', async () => {
  const options = { store: served.store, liveRetryMs: 1 };
  const first = await serve({ ...options, port: 0 });
  const overPort = createClient({ baseUrl: first.url, userId: 'u1' });
  const { cursor } = await overPort.items.list('t');
  const { texts, done } = collect(overPort, { after: cursor });
  const appended = await overPort.items.append('t', [{ role: 'user', text: 'Grüße' }]);
  expect(appended).toMatchObject([{ parts: [{ type: 'text', text: 'Grüße' }] }]);
  await until(() => texts().length === 1);
  await first.close();
  await append('while it is down');
  const second = await serve({ ...options, port: first.port });
  await until(() => texts().length === 2);
  expect(texts()).toEqual(['Grüße', 'while it is down']);
  abort.abort();
  await done;
  await second.close();
});

/** Passes `bytes` bytes on, then breaks like a lost connection. */
function cutAfter(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk.slice(0, left));
      left -= chunk.length;
      if (left <= 0) controller.error(networkError());
    },
  });
}
