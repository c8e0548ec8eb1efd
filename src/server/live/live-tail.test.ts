import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LiveEvent } from '../../api/live.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { SkeinError } from '../../shared/error.ts';
import { encodeLiveEvent, LiveEventDecoder } from '../../protocol/live-events.ts';
import { LiveTails } from './live-tails.ts';
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

function tailsWith(options: { commentIntervalMs?: number; logged?: string[] } = {}): LiveTails {
  const log = (level: string) => (_object: object, message: string) =>
    void options.logged?.push(`${level}: ${message}`);
  const logger = { error: log('error'), info: log('info'), debug: log('debug') };
  return new LiveTails({
    commentIntervalMs: options.commentIntervalMs ?? 600_000,
    retryMs: 2000,
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
