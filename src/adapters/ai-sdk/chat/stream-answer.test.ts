import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  gate,
  scripted,
  textChunks,
} from '../../../../test/support/domain/responders-for-testing.ts';
import type { Responder } from '../../../api/responder.ts';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/create-store.ts';
import type { Store } from '../../../store/store.ts';
import { createChatMount } from './chat-mount.ts';
import { userMessage } from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';

let store: Store;
beforeEach(async () => {
  store = await createStore({ engine: memory() });
});
afterEach(() => store.close());

/** Asks a chat that is mounted in a server, whose signal lives longer than any answer. */
function opener(
  responder: Responder,
  signal: AbortSignal,
): (threadId: string, method?: 'POST' | 'GET' | 'HEAD') => Promise<Response> {
  const mount = createChatMount({ store, responder, commentIntervalMs: 20 });
  return (threadId, method = 'POST') => {
    const path = method === 'POST' ? '/api/chat' : `/api/chat/${threadId}/stream`;
    const request = new Request(`http://localhost${path}`, { method });
    const body = { id: threadId, message: JSON.parse(JSON.stringify(userMessage('m', 'Hi'))) };
    return mount.handler(
      request,
      { projectId: 'default', userId: 'u1' },
      { requestId: 'r', signal, readJson: () => Promise.resolve(body) },
    );
  };
}

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

test('answers that are over leave nothing on the signal of the server', async () => {
  const { signal } = new AbortController();
  const open = opener(
    scripted(() => textChunks('Hello.')),
    signal,
  );
  for (let i = 0; i < 20; i++) await (await open(`t${i}`)).text();
  expect(listenersOf(signal)).toBe(0);
});

test('neither do those whose client goes away, or never reads', async () => {
  const { signal } = new AbortController();
  const never = gate();
  const responder = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await never.opened;
  });
  const open = opener(responder, signal);
  const read = (await open('t1')).body!.getReader();
  await read.read();
  expect(listenersOf(signal)).toBe(1);
  const reading = read.read(); // it waits for the next chunk
  await read.cancel();
  await reading;
  const other = (await open('t1', 'GET')).body!.getReader();
  await other.read();
  await other.cancel(); // while no read is pending
  await (await open('t1', 'GET')).body!.cancel();
  await open('t1', 'HEAD');
  expect(listenersOf(signal)).toBe(0);
  never.open();
});

test('neither do those that end with an error', async () => {
  const { signal } = new AbortController();
  const open = opener(
    scripted(() => textChunks('Hello.')),
    signal,
  );
  const answer = await open('t1');
  await store.project('default').as({ userId: 'u1' }).threads.delete(['t1']);
  expect(await answer.text()).toContain('was not found');
  expect(listenersOf(signal)).toBe(0);
});

test('a server that has stopped already ends an answer at once', async () => {
  const stopping = new AbortController();
  const never = gate();
  const responder = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await never.opened;
  });
  const open = opener(responder, stopping.signal);
  const answer = await open('t1');
  stopping.abort();
  expect(await answer.text()).toContain('The server is stopping.');
  expect(listenersOf(stopping.signal)).toBe(0);
  never.open();
});

test('those who follow an answer share its bytes', async () => {
  const { signal } = new AbortController();
  const [first, second] = [gate(), gate()];
  const responder = scripted(async function* () {
    const chunks = textChunks('Hello.', ' And more.');
    yield* chunks.slice(0, 4);
    await first.opened;
    yield* chunks.slice(4, 5);
    await second.opened;
    yield* chunks.slice(5);
  });
  const open = opener(responder, signal);
  const readers = [(await open('t1')).body!.getReader()];
  const begun = [decode(await readUntil(readers[0]!, 'Hello.'))];
  readers.push((await open('t1', 'GET')).body!.getReader());
  begun.push(decode(await readUntil(readers[1]!, 'Hello.')));
  expect(begun.map((text) => text.includes('"items":[]'))).toEqual([false, true]);
  const reading = readers.map((reader) => readUntil(reader, ' And more.'));
  first.open();
  const [mine, theirs] = await Promise.all(reading);
  expect(theirs).toBe(mine);
  second.open();
  for (const reader of readers) await reader.cancel();
});

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<Uint8Array> {
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error(`The stream ended without ${text}`);
    if (decode(value).includes(text)) return value;
  }
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
