import { createResumableStreamContext } from 'assistant-stream/resumable';
import { createResumableStreamContext as createOriginalContext } from 'resumable-stream/generic';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { chunks as chunksTable } from '../../records/tables.ts';
import { gate } from '../../../test/support/domain/responders-for-testing.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import type { Store } from '../../store/store.ts';
import { openKit, storedForTesting } from '../../../test/support/store/store-kit-for-testing.ts';
import { createResumableContext, createResumableStore } from './index.ts';

function streamOf(texts: AsyncGenerator<string>): ReadableStream<string> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function textStream(texts: readonly string[], pause?: Promise<void>): ReadableStream<string> {
  return streamOf(
    (async function* () {
      for (const [i, text] of texts.entries()) {
        if (i === texts.length - 1) await pause;
        yield text;
      }
    })(),
  );
}

async function textOf(stream: ReadableStream<string> | null | undefined): Promise<string> {
  let text = '';
  for await (const piece of stream!) text += piece;
  return text;
}

function bytesOf(texts: readonly string[], pause?: Promise<void>): ReadableStream<Uint8Array> {
  return textStream(texts, pause).pipeThrough(new TextEncoderStream());
}

async function readBytes(stream: ReadableStream<Uint8Array>): Promise<string> {
  // Made here, without shared memory.
  return new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

/** Redis, as far as the original uses it: for comparing with it. */
function fakeRedis(): Parameters<typeof createOriginalContext>[0] {
  const values = new Map<string, string>();
  const channels = new Map<string, (message: string) => void>();
  return {
    waitUntil: null,
    subscriber: {
      connect: () => Promise.resolve(),
      subscribe: (channel: string, callback: (message: string) => void) => {
        channels.set(channel, callback);
        return Promise.resolve();
      },
      unsubscribe: (channel: string) => Promise.resolve(channels.delete(channel)),
    },
    publisher: {
      connect: () => Promise.resolve(),
      publish: (channel: string, message: string) =>
        Promise.resolve(channels.get(channel)?.(message)),
      set: (key: string, value: string) => Promise.resolve(values.set(key, value)),
      get: (key: string) => Promise.resolve(values.get(key) ?? null),
      incr: (key: string) => {
        const value = values.get(key);
        if (value === 'DONE') {
          return Promise.reject(new Error('ERR value is not an integer or out of range'));
        }
        const next = Number(value ?? 0) + 1;
        values.set(key, String(next));
        return Promise.resolve(next);
      },
    },
  };
}

test.each(['the original', 'ours'])('a context behaves alike: %s', async (which) => {
  await using kit = await openKit({ clock: Date.now });
  const context =
    which === 'ours'
      ? createResumableContext({ store: kit.store })
      : createOriginalContext(fakeRedis());
  const halfway = gate();
  expect(await context.hasExistingStream('s')).toBeNull();
  expect(await context.resumeExistingStream('s')).toBeUndefined();
  const first = await context.resumableStream('s', () =>
    textStream(['one ', 'two ', 'three'], halfway.opened),
  );
  expect(await context.hasExistingStream('s')).toBe(true);
  const never = (): never => {
    throw new Error('It is being made already.');
  };
  const second = await context.resumableStream('s', never);
  const third = await context.resumeExistingStream('s', 6);
  halfway.open();
  const texts = await Promise.all([first, second, third].map((stream) => textOf(stream)));
  expect(texts).toEqual(['one two three', 'one two three', 'o three']);
  await expect.poll(() => context.hasExistingStream('s')).toBe('DONE');
  expect(await context.resumableStream('s', never)).toBeNull();
  expect(await context.resumeExistingStream('s')).toBeNull();
  expect(
    await textOf(await context.createNewResumableStream('s', () => textStream(['anew']))),
  ).toBe('anew');
});

describe.each(enginePlaces)('resumable streams on %s', (_name, createPlace) => {
  test('a reader that leaves stops nothing, and others read on, also on another server', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open(), clock: Date.now });
    const isShared = kit.store.capabilities.shared;
    await using other = isShared
      ? await openKit({ engine: place.open(), clock: Date.now })
      : undefined;
    const halfway = gate();
    const waiting: Promise<unknown>[] = [];
    const here = createResumableContext({ store: kit.store, waitUntil: (p) => waiting.push(p) });
    const there = createResumableContext({ store: (other ?? kit).store });
    const stream = await here.createNewResumableStream('s', () =>
      textStream(['a', 'b', 'c'], halfway.opened),
    );
    const reader = stream!.getReader();
    expect(await reader.read()).toEqual({ done: false, value: 'a' });
    await reader.cancel();
    const resumed = await there.resumeExistingStream('s', 1);
    halfway.open();
    expect(await textOf(resumed)).toBe('bc');
    await Promise.all(waiting);
    expect(await there.hasExistingStream('s')).toBe('DONE');
  });

  test('the store of assistant-stream: one producer, many readers, every byte', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open(), clock: Date.now });
    const store = createResumableStore({ store: kit.store });
    const context = createResumableStreamContext({ store });
    const payload = [...Array.from({ length: 20 }, (_, i) => `${i}`), 'hello 🌍 ✨'];
    expect(await context.status('s')).toBe('missing');
    const streams = await Promise.all(
      Array.from({ length: 5 }, () => context.run('s', () => bytesOf(payload))),
    );
    const texts = await Promise.all(streams.map(readBytes));
    expect(new Set(texts)).toEqual(new Set([payload.join('')]));
    expect(await readBytes((await context.resume('s'))!)).toBe(payload.join(''));
    expect(await context.status('s')).toBe('done');
    await context.delete('s');
    expect(await context.status('s')).toBe('missing');
    expect(await context.resume('s')).toBeNull();
    expect(await kit.rows(chunksTable)).toEqual([]);
    expect(await readBytes(await context.run('s', () => bytesOf(['anew'])))).toBe('anew');
  });
});

test('a store of assistant-stream: cursors, leases, errors and ids', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  await using kit = await openKit({ clock: Date.now });
  const store = createResumableStore({ store: kit.store, ttlMs: 300 });
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { signal } = new AbortController();
  const first = await store.acquireLease!('s');
  expect(await store.acquire('s')).toBe('consumer');
  if (first.role !== 'producer') throw new Error('It is the first.');
  await store.append('s', encode('a'), first.lease);
  await store.append('s', encode('b'));
  const reader = store.read('s', '', signal)[Symbol.asyncIterator]();
  const entry = await reader.next();
  expect(new TextDecoder().decode((entry.value as { chunk: Uint8Array }).chunk)).toBe('a');
  const rest = store.read('s', (entry.value as { cursor: string }).cursor, signal);
  await expect(store.append('none', encode('x'))).rejects.toThrow('not found');
  await expect(store.acquire('no/such')).rejects.toMatchObject({ code: 'invalid-id' });
  await store.finalize('s', 'error', 'It broke.', first.lease);
  expect(await store.status('s')).toBe('error');
  const seen: string[] = [];
  await expect(
    (async () => {
      for await (const { chunk } of rest) seen.push(new TextDecoder().decode(chunk));
    })(),
  ).rejects.toThrow('It broke.');
  expect(seen).toEqual(['b']);
  await expect(store.append('s', encode('x'), first.lease)).rejects.toMatchObject({
    code: 'finalized',
  });
  vi.setSystemTime(Date.now() + 301);
  expect(await store.status('s')).toBe('missing');
  const second = await store.acquireLease!('s');
  expect(second.role).toBe('producer');
  await expect(store.append('s', encode('late'), first.lease)).rejects.toMatchObject({
    code: 'missing',
  });
  await store.finalize('s', 'done', undefined, first.lease);
  expect(await store.status('s')).toBe('streaming');
  const long = 'x'.repeat(256);
  expect(await store.acquire(long)).toBe('producer');
  expect(await store.status(long)).toBe('streaming');
});

test('a stream that fails fails for its readers', async () => {
  await using kit = await openKit({ clock: Date.now });
  const context = createResumableContext({ store: kit.store });
  const broken = (): ReadableStream<string> =>
    streamOf(
      (async function* () {
        yield 'half';
        await Promise.resolve();
        throw new Error('It broke.');
      })(),
    );
  await expect(textOf(await context.resumableStream('s', broken))).rejects.toThrow('It broke.');
});

test('a reader that leaves in the middle releases the stream', async () => {
  await using kit = await openKit({ clock: Date.now });
  const { operator } = kit.store;
  let readers = 0;
  const read: typeof operator.streams.read = async function* (...asked) {
    readers += 1;
    try {
      yield* operator.streams.read(...asked);
    } finally {
      readers -= 1;
    }
  };
  const store = {
    project: (projectId: string) => kit.store.project(projectId),
    operator: { ...operator, streams: { ...operator.streams, read } },
  } as Store; // all of it that a context uses
  const context = createResumableContext({ store });
  const stream = await context.resumableStream('s', () => textStream(['a', 'b', 'c']));
  await expect.poll(() => context.hasExistingStream('s')).toBe('DONE');
  const reader = stream!.getReader();
  expect(await reader.read()).toEqual({ done: false, value: 'a' });
  expect(readers).toBe(1);
  await reader.cancel();
  expect(readers).toBe(0);
});

describe('the thread that holds the streams', () => {
  const name = 'skein.streams';
  const scope = { scopeType: 'skein', scopeId: 'streams' };

  test('cannot be taken by a caller who is first', async () => {
    await using kit = await openKit({ clock: Date.now });
    const mallory = kit.store.project('default').as({ userId: 'mallory' });
    await mallory.threads.create([{ id: name, visibility: 'public' }]);
    await mallory.scopes.getOrCreate([scope]);
    const context = createResumableContext({ store: kit.store });
    expect(await textOf(await context.resumableStream('s', () => textStream(['mine'])))).toBe(
      'mine',
    );
    expect(await createResumableStore({ store: kit.store }).acquire('t')).toBe('producer');
    const { threadId } = (await kit.rows(chunksTable))[0]!;
    await expect(mallory.threads.get(threadId)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is one for all servers, and belongs to no caller of a server, whatever the name', async () => {
    await using kit = await openKit({ clock: Date.now });
    const contexts = Array.from({ length: 5 }, () => createResumableContext({ store: kit.store }));
    const halfway = gate();
    const made = await Promise.all(
      contexts.map((context) =>
        context.resumableStream('s', () => textStream(['one ', 'two'], halfway.opened)),
      ),
    );
    halfway.open();
    expect(await Promise.all(made.map(textOf))).toEqual(Array(5).fill('one two'));
    const namesake = kit.store.project('default').as({ userId: 'skein' });
    expect((await namesake.threads.list()).data).toEqual([]);
    const { threadId } = (await kit.rows(chunksTable))[0]!;
    await expect(namesake.threads.get(threadId)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is not that of a caller in a project that is shared with callers', async () => {
    await using kit = await openKit({ clock: Date.now });
    await kit.owner.scopes.getOrCreate([{ ...scope, visibility: 'public' }]);
    const context = createResumableContext({ store: kit.store, projectId: 'project' });
    await expect(context.resumableStream('s', () => textStream(['secret']))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await kit.rows(chunksTable)).toEqual([]);
  });
});

describe.each(enginePlaces)('a stream whose lease ran out on %s', (_name, createPlace) => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const never = new AbortController().signal;

  async function readAll(entries: AsyncIterable<{ chunk: Uint8Array }>): Promise<string> {
    let text = '';
    for await (const { chunk } of entries) text += new TextDecoder().decode(chunk);
    return text;
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('takes no more chunks, and a later run of the id has only its own', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open(), clock: Date.now });
    const store = createResumableStore({ store: kit.store });
    const idle = await store.acquireLease!('a', { ttlMs: 100 });
    const busy = await store.acquireLease!('b', { ttlMs: 100 });
    if (idle.role !== 'producer' || busy.role !== 'producer') throw new Error('They are first.');
    await store.append('b', encode('old'), busy.lease);
    vi.setSystemTime(Date.now() + 150);
    const leases = { a: idle.lease, b: busy.lease };
    for (const [id, lease] of Object.entries(leases)) {
      await expect(store.append(id, encode('late'), lease)).rejects.toMatchObject({
        code: 'missing',
      });
      expect(await store.status(id)).toBe('missing');
      const own = await store.acquireLease!(id);
      if (own.role !== 'producer') throw new Error('The id is free.');
      // The first producer may be the first to write, too.
      await expect(store.append(id, encode('late'), lease)).rejects.toMatchObject({
        code: 'missing',
      });
      await store.append(id, encode('new'), own.lease);
      await store.finalize(id, 'done', undefined, own.lease);
      expect(await readAll(store.read(id, '', never))).toBe('new');
    }
  });

  test('ends with an error for its readers when it expires, not as if it were complete', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open(), clock: Date.now });
    const store = createResumableStore({ store: kit.store });
    const own = await store.acquireLease!('s', { ttlMs: 100 });
    if (own.role !== 'producer') throw new Error('It is the first.');
    await store.append('s', encode('half'), own.lease);
    const reader = store.read('s', '', never)[Symbol.asyncIterator]();
    expect((await reader.next()).done).toBe(false);
    const rest = reader.next();
    vi.setSystemTime(Date.now() + 150);
    await expect(rest).rejects.toThrow('expired');
  });

  test('cannot be ended or prolonged any more', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open(), clock: Date.now });
    const { streams } = kit.store.operator;
    const threadId = storedForTesting((await kit.thread()).id);
    const expiresAt = new Date(Date.now() + 100).toISOString();
    await streams.create([{ threadId, id: 's', resumeToken: 't', expiresAt }]);
    const producer = await streams.open({ threadId, id: 's', resumeToken: 't' });
    vi.setSystemTime(Date.now() + 150);
    expect(await producer.end('completed', 1000)).toBe(false);
    const later = new Date(Date.now() + 1000).toISOString();
    for (const patch of [{ expiresAt: later }, { status: 'completed' as const }]) {
      const updating = streams.update([{ threadId, id: 's', ...patch }]);
      await expect(updating).rejects.toMatchObject({ code: 'conflict' });
    }
    const opening = streams.open({ threadId, id: 's', resumeToken: 't' });
    await expect(opening).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is not written by a producer whose stream was deleted and begun again', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open(), clock: Date.now });
    const store = createResumableStore({ store: kit.store });
    const first = await store.acquireLease!('s');
    await store.delete('s');
    const second = await store.acquireLease!('s');
    if (first.role !== 'producer' || second.role !== 'producer') throw new Error('Both are first.');
    await expect(store.append('s', encode('late'), first.lease)).rejects.toMatchObject({
      code: 'missing',
    });
    await store.append('s', encode('new'), second.lease);
    await store.finalize('s', 'done');
    expect(await readAll(store.read('s', '', never))).toBe('new');
  });
});

test('the methods of a resumable store work on their own', async () => {
  await using kit = await openKit({ clock: Date.now });
  const store = createResumableStore({ store: kit.store });
  expect(await store.acquire.call(undefined, 's')).toBe('producer');
  await store.append.call(undefined, 's', new TextEncoder().encode('alone'));
  await store.finalize.call(undefined, 's', 'done');
  expect(await store.status.call(undefined, 's')).toBe('done');
  const seen: number[] = [];
  const entries = store.read.call(undefined, 's', '', new AbortController().signal);
  for await (const { chunk } of entries) seen.push(chunk.length);
  expect(seen).toEqual([5]);
});
