import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Item } from '../../api/item.ts';
import type { LiveEvent } from '../../api/live.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { SkeinError } from '../../shared/error.ts';
import { encodeLiveEvent, LiveEventDecoder } from '../../protocol/live-events.ts';
import { gateForTesting } from '../../../test/support/store/writer-kit-for-testing.ts';
import { EventBytes } from './event-bytes.ts';
import { LiveTails, type TailReader } from './live-tails.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

/** A source of events that records how it is used. */
class SourceForTesting {
  asked = 0;
  hasReturned = false;
  signal: AbortSignal | undefined;

  async *events(
    signal: AbortSignal,
    make: (n: number) => LiveEvent | 'end' | 'wait' | Error,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    this.signal = signal;
    try {
      for (;;) {
        const next = make(this.asked++);
        if (next === 'end') return;
        if (next instanceof Error) throw next;
        if (next === 'wait') {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return;
        }
        yield next;
      }
    } finally {
      this.hasReturned = true;
    }
  }
}

function head(n: number, title = ''): LiveEvent {
  // The tail reads no other fields.
  const thread = { id: 't' as ThreadId, title } as (LiveEvent & { type: 'head' })['thread'];
  return { type: 'head', cursor: `c${n}`, thread };
}

function earlierItem(n: number, text: string): LiveEvent {
  const item = { id: `i${n}`, parts: [{ type: 'text', text }] };
  // The tail reads no other fields.
  return { type: 'item', cursor: `c${n}`, item: item as unknown as Item };
}

interface TailsForTesting {
  readonly commentIntervalMs?: number;
  readonly logged?: string[];
  readonly countMax?: number;
  readonly random?: () => number;
}

function tailsWith(options: TailsForTesting = {}): LiveTails {
  const log = (level: string) => (_object: object, message: string) =>
    void options.logged?.push(`${level}: ${message}`);
  const logger = { error: log('error'), info: log('info'), debug: log('debug') };
  return new LiveTails({
    commentIntervalMs: options.commentIntervalMs ?? 600_000,
    retryMs: 2000,
    random: options.random ?? (() => 0),
    countMax: options.countMax,
    logger,
  });
}

const never = new AbortController().signal;

async function readAll(body: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(body).text();
}

describe('a live tail', () => {
  test('gives a hint when to come back, then all events, then ends', async () => {
    const [tails, source] = [tailsWith(), new SourceForTesting()];
    const body = await tails.open(
      (signal) => source.events(signal, (n) => (n === 3 ? 'end' : head(n))),
      encodeLiveEvent,
      never,
    );
    expect(tails.size).toBe(1);
    const text = await readAll(body);
    expect(text.startsWith('retry: 2000\n\nid: c0\nevent: head\n')).toBe(true);
    expect(new LiveEventDecoder().push(Buffer.from(text)).map(({ cursor }) => cursor)).toEqual([
      'c0',
      'c1',
      'c2',
    ]);
    expect([tails.size, source.hasReturned]).toEqual([0, true]);
  });

  test('is never ahead of its reader by more than one event', async () => {
    const [tails, source] = [tailsWith(), new SourceForTesting()];
    const body = await tails.open(
      (signal) => source.events(signal, (n) => head(n)),
      encodeLiveEvent,
      never,
    );
    await someTurns();
    expect(source.asked).toBe(1);
    const reader = body.getReader();
    for (let read = 1; read <= 5; read++) {
      await reader.read();
      await someTurns();
      expect(source.asked).toBeLessThanOrEqual(read + 1);
    }
    await reader.cancel();
  });

  test('hands out a large event in small chunks', async () => {
    const [tails, source] = [tailsWith(), new SourceForTesting()];
    const title = 'x👍'.repeat(100_000);
    const body = await tails.open(
      (signal) => source.events(signal, (n) => (n === 1 ? 'end' : head(n, title))),
      encodeLiveEvent,
      never,
    );
    const decoder = new LiveEventDecoder();
    const events: LiveEvent[] = [];
    let largest = 0;
    for await (const chunk of body) {
      largest = Math.max(largest, chunk.byteLength);
      events.push(...decoder.push(chunk));
    }
    expect(largest).toBeLessThanOrEqual(16 * 1024);
    expect(events).toEqual([head(0, title)]);
  });

  test('sends a comment when nothing happens, one each interval and no more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const [tails, source] = [tailsWith({ commentIntervalMs: 20 }), new SourceForTesting()];
    const body = await tails.open(
      (signal) => source.events(signal, (n) => (n === 0 ? head(n) : 'wait')),
      encodeLiveEvent,
      never,
    );
    const reader = body.getReader();
    const texts: string[] = [];
    const read = async (): Promise<unknown> =>
      texts.push(Buffer.from((await reader.read()).value!).toString());
    await read();
    for (let i = 1; i <= 3; i++) {
      const reading = read();
      await vi.advanceTimersByTimeAsync(19);
      expect(texts).toHaveLength(i);
      await vi.advanceTimersByTimeAsync(1);
      await reading;
    }
    expect(texts.slice(1)).toEqual([':\n\n', ':\n\n', ':\n\n']);
    // While no client reads, no comments accumulate.
    await vi.advanceTimersByTimeAsync(100);
    const reading = read();
    await vi.advanceTimersByTimeAsync(19);
    expect(texts).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(1);
    await reading;
    await reader.cancel();
  });

  test('does not keep its client waiting when there is nothing new', async () => {
    const [tails, source] = [tailsWith(), new SourceForTesting()];
    const body = await tails.open(
      (signal) => source.events(signal, () => 'wait'),
      encodeLiveEvent,
      never,
    );
    const reader = body.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('retry: 2000\n\n:\n\n');
    await reader.cancel();
  });

  test('throws an error that occurs before the first event', async () => {
    const [tails, source] = [tailsWith(), new SourceForTesting()];
    const opening = tails.open(
      (signal) => source.events(signal, () => new SkeinError('not_found', 'No thread.')),
      encodeLiveEvent,
      never,
    );
    await expect(opening).rejects.toMatchObject({ code: 'not_found' });
    expect(tails.size).toBe(0);
  });

  test.each([
    ['info', new SkeinError('unavailable', 'The disk is full.')],
    ['error', new TypeError('a bug')],
  ])('ends and logs at %s when an error occurs later', async (level, error) => {
    const logged: string[] = [];
    const [tails, source] = [tailsWith({ logged }), new SourceForTesting()];
    const body = await tails.open(
      (signal) => source.events(signal, (n) => (n === 1 ? error : head(n))),
      encodeLiveEvent,
      never,
    );
    expect(await readAll(body)).toContain('id: c0');
    expect(logged).toEqual([`${level}: A live tail ended with an error.`]);
    expect([tails.size, source.hasReturned]).toEqual([0, true]);
  });

  const endings: readonly (readonly [
    string,
    (end: {
      tails: LiveTails;
      reader: ReadableStreamDefaultReader;
      client: AbortController;
    }) => unknown,
  ])[] = [
    ['the body is cancelled', ({ reader }) => reader.cancel()],
    ['the client has gone', ({ client }) => client.abort()],
    ['the server stops', ({ tails }) => tails.stop()],
  ];

  test.each(endings)('ends when %s, also while it waits', async (_name, end) => {
    for (const make of [
      (n: number) => (n === 0 ? head(n) : 'wait'),
      (n: number) => head(n),
    ] as const) {
      const logged: string[] = [];
      const [tails, source, client] = [
        tailsWith({ logged }),
        new SourceForTesting(),
        new AbortController(),
      ];
      const reader = (
        await tails.open((signal) => source.events(signal, make), encodeLiveEvent, client.signal)
      ).getReader();
      await reader.read();
      const pending = reader.read();
      await someTurns();
      await end({ tails, reader, client });
      await pending;
      await someTurns();
      expect([source.signal?.aborted, source.hasReturned, tails.size, logged]).toEqual([
        true,
        true,
        0,
        [],
      ]);
      if (make(1) === 'wait') expect((await reader.read()).done).toBe(true);
    }
  });

  test('encodes an event once for all readers who see the same, and once more for others', async () => {
    const tails = tailsWith();
    let encoded = 0;
    const encode = (event: LiveEvent): string => {
      encoded += 1;
      return encodeLiveEvent(event);
    };
    const bodies: ReadableStream<Uint8Array>[] = [];
    for (let reader = 0; reader < 30; reader++) {
      const source = new SourceForTesting();
      // The last readers see another title under the same cursors.
      const make = (n: number) => (n === 3 ? 'end' : head(n, reader < 20 ? 'ours' : 'theirs'));
      bodies.push(await tails.open((signal) => source.events(signal, make), encode, never));
    }
    const texts = await Promise.all(bodies.map(readAll));
    expect(encoded).toBe(6);
    expect(texts.map((text) => text.includes('ours'))).toEqual(texts.map((_, i) => i < 20));
    expect(texts.map((text) => text.includes('theirs'))).toEqual(texts.map((_, i) => i >= 20));
    expect(new Set(texts).size).toBe(2);
  });

  test('forgets what it has encoded when that becomes too much', () => {
    const bytes = new EventBytes(1000);
    let encoded = 0;
    const encode = ({ cursor }: { readonly cursor: string }): string => {
      encoded += 1;
      return cursor.padEnd(400);
    };
    const cursors = ['a', 'b', 'c', 'a', 'c'];
    const lengths = cursors.map((cursor) => bytes.of({ cursor }, encode).byteLength);
    expect(lengths).toEqual([400, 400, 400, 400, 400]);
    expect(encoded).toBe(4);
  });

  describe('of a client that does not read', () => {
    const size = 300 * 1024;

    test.each([true, false])('is cut once 1 MiB waits (own server: %s)', async (isOwn) => {
      const [tails, source] = [tailsWith(), new SourceForTesting()];
      const news = gateForTesting();
      const events = async function* (signal: AbortSignal): AsyncGenerator<LiveEvent> {
        yield head(0);
        await news.opened;
        yield* source.events(signal, (n) => head(n + 1, 'x'.repeat(size)));
      };
      let cuts = 0;
      const options = isOwn ? { cut: () => void (cuts += 1) } : {};
      const reader = (await tails.open(events, encodeLiveEvent, never, options)).getReader();
      await reader.read();
      const pending = reader.read(); // it has caught up
      await someTurns();
      news.open();
      await pending;
      tails.check(); // it has read since
      await someTurns();
      expect(source.asked).toBe(1);
      tails.check();
      await someTurns();
      // The one under way, and four that wait.
      expect([source.asked, source.hasReturned, tails.size]).toEqual([5, true, 0]);
      if (isOwn) expect(cuts).toBe(1);
      else await expect(reader.read()).rejects.toThrow('does not read');
    });

    test('goes on if it reads again in time, and misses nothing', async () => {
      const [tails, source] = [tailsWith(), new SourceForTesting()];
      const make = (n: number) => (n === 0 ? head(n) : n < 4 ? head(n, 'x'.repeat(size)) : 'end');
      const news = gateForTesting();
      const events = async function* (signal: AbortSignal): AsyncGenerator<LiveEvent> {
        for await (const event of source.events(signal, make)) {
          yield event;
          if (event.cursor === 'c0') await news.opened;
        }
      };
      const body = await tails.open(events, encodeLiveEvent, never);
      const reader = body.getReader();
      const decoder = new LiveEventDecoder();
      const seen = decoder.push((await reader.read()).value!);
      const pending = reader.read();
      await someTurns();
      news.open();
      seen.push(...decoder.push((await pending).value!));
      for (let i = 0; i < 3; i++) {
        tails.check();
        await someTurns();
      }
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        seen.push(...decoder.push(read.value));
      }
      expect(seen.map(({ cursor }) => cursor)).toEqual(['c0', 'c1', 'c2', 'c3']);
    });

    test('holds one event while it catches up, and is not cut', async () => {
      const [tails, source] = [tailsWith(), new SourceForTesting()];
      const make = (n: number) => earlierItem(n, 'x'.repeat(size));
      const body = await tails.open(
        (signal) => source.events(signal, make),
        encodeLiveEvent,
        never,
      );
      const reader = body.getReader();
      await reader.read();
      for (let i = 0; i < 5; i++) {
        tails.check();
        await someTurns();
      }
      expect([source.asked, tails.size]).toEqual([1, 1]);
      await reader.cancel();
    });
  });

  describe('has a bound', () => {
    const open = (tails: LiveTails, reader: TailReader): Promise<ReadableStream<Uint8Array>> => {
      const source = new SourceForTesting();
      return tails.open((signal) => source.events(signal, () => 'wait'), String, never, reader);
    };

    test('of 20 a user, which end with the tails', async () => {
      const tails = tailsWith();
      const bodies = await Promise.all(
        Array.from({ length: 20 }, () => open(tails, { user: 'ada' })),
      );
      await expect(open(tails, { user: 'ada' })).rejects.toMatchObject({ code: 'rate_limited' });
      // An answer that was begun is sent, others have their own number, and strangers have none.
      await open(tails, { user: 'ada', isBounded: false });
      await open(tails, { user: 'bob' });
      await open(tails, {});
      await bodies[0]!.cancel();
      await bodies[1]!.cancel();
      await open(tails, { user: 'ada' });
      await expect(open(tails, { user: 'ada' })).rejects.toMatchObject({ code: 'rate_limited' });
    });

    test('of all, whoever reads', async () => {
      const tails = tailsWith({ countMax: 3 });
      for (const user of ['ada', 'bob', undefined]) await open(tails, { user });
      await expect(open(tails, { user: 'eve' })).rejects.toMatchObject({ code: 'unavailable' });
      await expect(open(tails, {})).rejects.toMatchObject({ code: 'unavailable' });
      tails.stop();
      expect(tails.size).toBe(0);
    });
  });

  test('counts what others send, until that ends or its client goes', () => {
    const tails = tailsWith({ countMax: 4 });
    const client = new AbortController();
    const first = tails.hold({ user: 'ada' }, never);
    tails.hold({ user: 'ada' }, client.signal);
    expect(tails.size).toBe(2);
    first.release();
    first.release();
    client.abort();
    expect(tails.size).toBe(0);
    tails.hold({ user: 'ada' }, client.signal);
    expect(tails.size).toBe(0);
    for (let i = 0; i < 4; i++) tails.hold({}, never);
    expect(() => tails.hold({}, never)).toThrow('Too many live tails');
    tails.hold({ isBounded: false }, never).release();
    expect(tails.size).toBe(4);
    tails.stop();
  });

  test('hands out little in a turn of the event loop, however many read', async () => {
    const tails = tailsWith({ countMax: 100 });
    const big = head(0, 'x'.repeat(1_000_000));
    const bodies = await Promise.all(
      Array.from({ length: 60 }, () => {
        const source = new SourceForTesting();
        const make = (n: number) => (n === 0 ? big : 'end');
        return tails.open((signal) => source.events(signal, make), encodeLiveEvent, never);
      }),
    );
    let [total, inTurn, mostInTurn, isOver] = [0, 0, 0, false];
    const watch = (): void => {
      mostInTurn = Math.max(mostInTurn, inTurn);
      inTurn = 0;
      if (!isOver) setImmediate(watch);
    };
    setImmediate(watch);
    const reading = bodies.map(async (body) => {
      for await (const { byteLength } of body)
        [total, inTurn] = [total + byteLength, inTurn + byteLength];
    });
    await Promise.all(reading);
    isOver = true;
    expect(total).toBeGreaterThan(60_000_000);
    expect(mostInTurn).toBeLessThan(12_000_000);
  });

  test('tells clients to come back at different times', async () => {
    const chances = [0, 0.5, 0.999];
    const tails = tailsWith({ random: () => chances.shift()! });
    const retries: string[] = [];
    while (chances.length > 0) {
      const source = new SourceForTesting();
      const body = await tails.open((signal) => source.events(signal, () => 'end'), String, never);
      retries.push(await readAll(body));
    }
    expect(retries).toEqual(['retry: 2000\n\n', 'retry: 3000\n\n', 'retry: 3998\n\n']);
  });

  test('does not begin for a client that has gone, or on a server that has stopped', async () => {
    for (const isStopped of [true, false]) {
      const [tails, source] = [tailsWith(), new SourceForTesting()];
      if (isStopped) tails.stop();
      const client = isStopped ? never : AbortSignal.abort();
      const body = await tails.open(
        (signal) => source.events(signal, () => 'wait'),
        encodeLiveEvent,
        client,
      );
      expect(await readAll(body)).toBe('retry: 2000\n\n');
      expect([tails.size, source.asked]).toEqual([0, 0]);
    }
  });
});
