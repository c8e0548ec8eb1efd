import { HumanMessage } from '@langchain/core/messages';
import {
  emptyCheckpoint,
  MemorySaver,
  uuid6,
  type Checkpoint,
} from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/index.ts';
import { lossMark } from './serializing-loss.ts';
import { SkeinSaver } from './skein-saver.ts';

const config = { configurable: { thread_id: 't', checkpoint_ns: '' } };
const metadata = { source: 'loop' as const, step: 1, parents: {} };

async function openSaver(): Promise<{ saver: SkeinSaver } & AsyncDisposable> {
  const store = await createStore({ engine: memory() });
  const saver = new SkeinSaver({ store, userId: 'ada' });
  return { saver, [Symbol.asyncDispose]: () => store.close() };
}

function checkpointOf(values: Checkpoint['channel_values']): Checkpoint {
  const versions = Object.fromEntries(Object.keys(values).map((channel) => [channel, 1]));
  return { ...emptyCheckpoint(), id: uuid6(1), channel_values: values, channel_versions: versions };
}

const unserializable = {
  toJSON: () => {
    throw new Error('No.');
  },
};
const message = new HumanMessage({ id: 'h', content: 'Hi', additional_kwargs: { total: 1n } });

test.each<[what: string, channel: string, value: unknown, says: string]>([
  ['a BigInt', 'total', 10n, 'The channel "total" holds a BigInt, which'],
  ['one in a dict', 'bill', { lines: [{ n: 1 }, { n: 2n }] }, 'holds a BigInt at lines.1.n, which'],
  ['one in a map', 'bill', new Map([['a', 1n]]), 'holds a BigInt at a.1, which'],
  ['one in a set', 'bill', new Set([1n]), 'holds a BigInt at 0, which'],
  ['one in a long list', 'log', Array.from({ length: 20 }, (_, i) => ({ n: BigInt(i) })), 'BigInt'],
  ['one in a message', 'messages', [message], 'The channel "messages" holds a BigInt at '],
  ['a list of BigInts', 'messages', [1n], 'The channel "messages" holds a BigInt at 0, which'],
  ['an object that refuses', 'odd', { a: unserializable }, 'The channel "odd" holds a value that'],
])('a state with %s is refused with the channel, and nothing is stored', async (...row) => {
  const [, channel, value, says] = row;
  await using kit = await openSaver();
  const checkpoint = checkpointOf({ [channel]: value, fine: 'yes' });
  const putting = kit.saver.put(config, checkpoint, metadata, { [channel]: 1, fine: 1 });
  await expect(putting).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(putting).rejects.toThrow(says);
  expect(await kit.saver.getTuple(config)).toBeUndefined();
});

test('a write and metadata with a BigInt are refused, too', async () => {
  await using kit = await openSaver();
  const { saver } = kit;
  const stored = await saver.put(config, checkpointOf({ a: 1 }), metadata, { a: 1 });
  const writing = saver.putWrites(stored, [['total', { n: 1n }]], 'task');
  await expect(writing).rejects.toThrow('The channel "total" holds a BigInt at n, which');
  expect((await saver.getTuple(config))?.pendingWrites).toEqual([]);
  const odd = { ...metadata, cost: 1n };
  const putting = saver.put(config, checkpointOf({ a: 2 }), odd, { a: 2 });
  await expect(putting).rejects.toThrow('The metadata of the checkpoint holds a BigInt at cost');
});

test('a text that reads like the sentence is stored like any other', async () => {
  await using kit = await openSaver();
  const sentence: unknown = JSON.parse(lossMark);
  const values = { text: sentence, messages: [sentence], list: [sentence, 'b'] };
  await kit.saver.put(config, checkpointOf(values), metadata, { text: 1, messages: 1, list: 1 });
  expect((await kit.saver.getTuple(config))?.checkpoint.channel_values).toEqual(values);
});

test("LangGraph's serializer still writes that sentence", async () => {
  const [type, data] = await new MemorySaver().serde.dumpsTyped({ n: 1n });
  expect([type, new TextDecoder().decode(data)]).toEqual(['json', lossMark]);
});

test('a checkpoint that is put without new versions keeps the values of all its channels', async () => {
  await using kit = await openSaver();
  const values = { messages: [{ role: 'user', content: 'Hi' }], total: 3 };
  await kit.saver.put(config, checkpointOf(values), metadata);
  expect((await kit.saver.getTuple(config))?.checkpoint.channel_values).toEqual(values);
});
