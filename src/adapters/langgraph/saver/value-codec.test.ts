import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { emptyCheckpoint, MemorySaver, uuid6 } from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { memory } from '../../../engines/memory/index.ts';
import {
  createStore,
  type CheckpointPut,
  type Store,
  type StoreProjectApi,
} from '../../../store/index.ts';
import { SkeinSaver } from './skein-saver.ts';

/** One thread, and what its saver passes to the store. */
class Kit implements AsyncDisposable {
  readonly #opening = createStore({ engine: memory() });
  readonly puts: CheckpointPut[] = [];
  #config: RunnableConfig = { configurable: { thread_id: 't', checkpoint_ns: '' } };
  #step = 0;

  /** Passes everything on to the store. */
  async openSaver(): Promise<SkeinSaver> {
    const project = (await this.#opening).project('default').as({ userId: 'local' });
    const { checkpoints } = project;
    const put: typeof checkpoints.put = (threadId, input, options) => {
      this.puts.push(input);
      return checkpoints.put(threadId, input, options);
    };
    const seen: StoreProjectApi = { ...project, checkpoints: { ...checkpoints, put } };
    return new SkeinSaver({ project: seen });
  }

  store(): Promise<Store> {
    return this.#opening;
  }

  /** By default every value is a new one. */
  async put(
    saver: SkeinSaver,
    values: Record<string, unknown>,
    fixed: Record<string, number> = {},
  ): Promise<void> {
    const step = this.#step++;
    const versions = Object.fromEntries(Object.keys(values).map((name) => [name, step + 1]));
    const all = { ...versions, ...fixed };
    for (const name of Object.keys(fixed)) delete versions[name];
    const checkpoint = { ...emptyCheckpoint(), id: uuid6(step), channel_values: values };
    const metadata = { source: 'loop' as const, step, parents: {} };
    const full = { ...checkpoint, channel_versions: all };
    this.#config = await saver.put(this.#config, full, metadata, versions);
  }

  /** What a saver without any knowledge reads. */
  async read(): Promise<Record<string, unknown>> {
    const tuple = await (await this.openSaver()).getTuple(this.#config);
    return tuple!.checkpoint.channel_values;
  }

  /** How the last put passed a list: the number of known elements, and of elements that it sent. */
  counts(channel: string): { readonly known: number; readonly sent: number } | undefined {
    const value = this.puts.at(-1)?.values.get(channel);
    if (value?.kind !== 'list') return undefined;
    const known = value.elements.filter((element) => typeof element === 'number').length;
    return { known, sent: value.elements.length - known };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opening).close();
  }
}

function talk(length: number): BaseMessage[] {
  return Array.from({ length }, (_, i) => new HumanMessage({ id: `m${i}`, content: `Text ${i}` }));
}

test('only lists of objects and of long texts are kept by their elements', async () => {
  await using kit = new Kit();
  const long = 'A text that is so long that it is worth to be kept only once, as a row. ';
  const of = (make: (i: number) => unknown): unknown[] =>
    Array.from({ length: 1536 }, (_, i) => make(i));
  const values = {
    embedding: of((i) => i / 7),
    words: of((i) => `word ${i}`),
    mixed: of((i) => (i % 100 === 0 ? long.repeat(100) : null)),
    points: of((i) => [i, i / 2]),
    messages: ['short', 1],
    texts: of((i) => `${long}${i}`),
    objects: of((i) => ({ i })),
    vectors: of((i) => Array.from({ length: 16 }, (__, j) => i * j)),
  };
  await kit.put(await kit.openSaver(), values);
  const lists = Object.keys(values).filter((channel) => kit.counts(channel) !== undefined);
  expect(lists).toEqual(['messages', 'texts', 'objects', 'vectors']);
  expect(await kit.read()).toEqual(values);
});

test('of a list with an element that is more than JSON, all others stay known', async () => {
  await using kit = new Kit();
  const saver = await kit.openSaver();
  const artifact = new Uint8Array([1, 2, 3]);
  const odd = new ToolMessage({ id: 'odd', content: 'x', tool_call_id: 'c', artifact });
  let messages = [...talk(20), odd, ...talk(3)];
  await kit.put(saver, { messages });
  messages = [...messages, new AIMessage({ id: 'new', content: 'new' })];
  await kit.put(saver, { messages });
  expect(kit.counts('messages')).toEqual({ known: 24, sent: 1 });
  // Any change of it is noticed.
  artifact[0] = 9;
  await kit.put(saver, { messages });
  expect(kit.counts('messages')).toEqual({ known: 24, sent: 1 });
  const { serde } = new MemorySaver();
  const plain: unknown = await serde.loadsTyped(...(await serde.dumpsTyped(messages)));
  expect((await kit.read()).messages).toEqual(plain);
});

test('equal messages that are new objects are known', async () => {
  await using kit = new Kit();
  const saver = await kit.openSaver();
  await kit.put(saver, { messages: talk(50) });
  await kit.put(saver, { messages: talk(51) });
  expect(kit.counts('messages')).toEqual({ known: 50, sent: 1 });
  await kit.put(saver, { messages: talk(51).toReversed() });
  expect(kit.counts('messages')).toEqual({ known: 51, sent: 0 });
  expect(await kit.read()).toEqual({ messages: talk(51).toReversed() });
  // Ids learned before elements were deleted do not count.
  const other = new SkeinSaver({ store: await kit.store() });
  expect((await other.prune({ keepLast: 1, threadId: 't' })).checkpoints).toBe(2);
  await kit.put(saver, { messages: talk(2) });
  await other.prune({ keepLast: 1, threadId: 't' });
  await kit.put(saver, { messages: talk(51) });
  expect(await kit.read()).toEqual({ messages: talk(51) });
});

test('every value in a list comes back as from the serializer itself', async () => {
  const circular: Record<string, unknown> = { name: 'circular' };
  circular.self = circular;
  const list: unknown[] = [
    ...[undefined, null, Number.NaN, new Date(5), new Map([[1, new Set([2])]]), /x/g],
    ...[new Uint8Array([1]), new Error('no'), () => 1, Symbol('s'), { a: undefined }, circular],
    ...[{ toJSON: () => 'own' }, new Date(Number.NaN), [[new Uint8Array([2])]], { deep: deep(60) }],
  ];
  const inItself: unknown[] = [{ before: 1 }, ...list];
  inItself.push({ inItself });
  const { serde } = new MemorySaver();
  for (const messages of [list, inItself]) {
    await using kit = new Kit();
    const saver = await kit.openSaver();
    const plain: unknown = await serde.loadsTyped(...(await serde.dumpsTyped(messages)));
    for (const value of [messages, [...messages], messages]) {
      await kit.put(saver, { messages: value });
      if (value === messages) expect((await kit.read()).messages).toEqual(plain);
    }
  }
});

function deep(depth: number): unknown {
  return depth === 0 ? 'bottom' : { down: deep(depth - 1) };
}

test('the store keeps the value that was passed, even if it asks for it again', async () => {
  await using kit = new Kit();
  const saver = await kit.openSaver();
  const messages = talk(20);
  await kit.put(saver, { messages: [...messages, new HumanMessage({ id: 'gone', content: '' })] });
  await kit.put(saver, { messages });
  const other = new SkeinSaver({ store: await kit.store() });
  expect((await other.prune({ keepLast: 1, threadId: 't' })).elements).toBeGreaterThan(0);
  const profile = { step: 'before' };
  const list = [...messages, new HumanMessage({ id: 'new', content: 'before' })];
  const putting = kit.put(saver, { messages: list, profile });
  profile.step = 'after';
  list[20]!.content = 'after';
  list.pop();
  await putting;
  expect(kit.puts).toHaveLength(4); // the last one was asked for twice
  const found = await kit.read();
  expect(found.profile).toEqual({ step: 'before' });
  expect((found.messages as BaseMessage[]).slice(19).map(({ content }) => content)).toEqual([
    'Text 19',
    'before',
  ]);
});

test('a value that is not said to be new, and that the parent does not have, is stored', async () => {
  await using kit = new Kit();
  const saver = await kit.openSaver();
  await kit.put(saver, { a: 1 });
  await kit.put(saver, { a: 1, b: 2, c: 3 }, { a: 1, b: 9 });
  expect(await kit.read()).toEqual({ a: 1, b: 2, c: 3 });
  await kit.put(saver, { a: 5, b: 2 }, { a: 2, b: 9 });
  expect(await kit.read()).toEqual({ a: 5, b: 2 });
  expect(kit.puts).toHaveLength(5); // two were asked for again
  await kit.put(saver, { a: 5, b: 2, c: 4 }, { a: 2, b: 9 });
  expect(kit.puts).toHaveLength(6);
});
