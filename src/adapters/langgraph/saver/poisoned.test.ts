import { HumanMessage } from '@langchain/core/messages';
import {
  emptyCheckpoint,
  MemorySaver,
  type Checkpoint,
  type CheckpointTuple,
  type SerializerProtocol,
} from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { createStore } from '../../../store/index.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';

const metadata = { source: 'loop' as const, step: 1, parents: {} };

function checkpointOf(values: Record<string, unknown>): Checkpoint {
  const versions = Object.fromEntries(Object.keys(values).map((channel) => [channel, 1]));
  return { ...emptyCheckpoint(), channel_values: values, channel_versions: versions };
}

async function roundTrip(
  saver: SkeinSaver | MemorySaver,
  threadId: string,
  values: Record<string, unknown>,
): Promise<CheckpointTuple | undefined> {
  const config = { configurable: { thread_id: threadId, checkpoint_ns: '' } };
  const checkpoint = checkpointOf(values);
  const put = await saver.put(config, checkpoint, metadata, checkpoint.channel_versions);
  await saver.putWrites(put, Object.entries(values), 'task');
  return saver.getTuple(config);
}

/** An object with own keys that assignment could not create. */
const poisonous: unknown = JSON.parse(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1}',
);

const values: readonly (readonly [name: string, value: unknown])[] = [
  ['a __proto__ key', poisonous],
  ['__proto__ keys in a list', Array.from({ length: 20 }, () => [poisonous, { a: poisonous }])],
  ['a list of other lists', [[], [[]], [[[1]], {}], [null], [undefined], [false]]],
  ['keys of serializers', [{ lc: 1 }, { lc: 2, type: 'undefined' }, { lg_name: 'Send' }]],
  ['a message that is none', [{ lc: 1, type: 'constructor', id: ['x'], kwargs: {} }]],
  ['control characters', '\u0000\u001f"\\\u2028\u{1f600}\ufeff'],
  ['messages', [new HumanMessage({ id: '\u0000', content: '\u0000 "\\' })]],
  ['numbers', [0, -0, 1e308, 5e-324, Number.MAX_SAFE_INTEGER]],
  ['dates and maps', { set: new Set([1]), map: new Map([['a', 1]]), regex: /a/g }],
];

for (const [engine, create] of enginePlaces) {
  test(`on ${engine} poisonous values are what LangGraph's own saver makes of them`, async () => {
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await create());
    const store = stack.use(await createStore({ engine: place.open() }));
    const saver = new SkeinSaver({ store });
    for (const [i, [name, value]] of values.entries()) {
      for (const channel of ['value', 'messages', '__proto__x']) {
        const threadId = `${channel} ${i}`;
        const [ours, theirs] = await Promise.all([
          settled(roundTrip(saver, threadId, { [channel]: value })),
          settled(roundTrip(new MemorySaver(), threadId, { [channel]: value })),
        ]);
        expect(ours, name).toEqual(theirs);
      }
    }
    // LangGraph's saver in memory does not read its kept bytes again.
    const bytes = { value: new Uint8Array([0, 255, 128]) };
    const kept = await roundTrip(saver, 'bytes', bytes);
    expect(kept?.checkpoint.channel_values).toEqual(bytes);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test(`on ${engine} values of 10 MB are kept`, async () => {
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await create());
    const store = stack.use(await createStore({ engine: place.open() }));
    const saver = new SkeinSaver({ store });
    const large = 'é"\\'.repeat(3_400_000);
    const tuple = await roundTrip(saver, 't', {
      text: large,
      messages: [{ role: 'user', content: large }],
    });
    const found = tuple!.checkpoint.channel_values as {
      text: string;
      messages: { content: string }[];
    };
    expect(found.text === large).toBe(true);
    expect(found.messages[0]!.content === large).toBe(true);
  }, 180_000);

  test(`on ${engine} any text is a thread id`, async () => {
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await create());
    const store = stack.use(await createStore({ engine: place.open() }));
    const saver = new SkeinSaver({ store });
    const ids = [
      '',
      ' ',
      '.',
      '..',
      'a/b',
      'a%2Fb',
      'a\u0000b',
      'ä',
      '线程',
      '😀',
      'x'.repeat(128),
    ];
    ids.push('x'.repeat(129), `${'x'.repeat(5000)}/`, 'lg..a', 'lg.:a', '\ud800', "'; DROP TABLE");
    for (const id of ids) await roundTrip(saver, id, { id: `value of ${id}` });
    for (const id of ids) {
      const tuple = await saver.getTuple({ configurable: { thread_id: id } });
      expect(tuple?.config.configurable?.thread_id).toBe(id);
      expect(tuple?.checkpoint.channel_values.id).toBe(`value of ${id}`);
    }
    const listed = new Set<unknown>();
    for await (const { config } of saver.list({ configurable: {} })) {
      listed.add(config.configurable?.thread_id);
    }
    expect(listed).toEqual(new Set(ids));
  });

  test(`on ${engine} the serializer's types and bytes are kept, whatever they are`, async () => {
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await create());
    const store = stack.use(await createStore({ engine: place.open() }));
    const serde = new RawSerializer();
    const saver = new SkeinSaver({ store, serde });
    const config = { configurable: { thread_id: 't', checkpoint_ns: '' } };
    const checkpoint = checkpointOf({ raw: 'value' });
    await saver.put(config, checkpoint, metadata, { raw: 1 });
    await saver.getTuple(config);
    expect(serde.loaded.toSorted()).toEqual(serde.dumped.toSorted());
    expect(new Set(serde.loaded.map((dump) => dump.split(':')[0]))).toEqual(
      new Set(['json', 'x-unknown/öäü', '']),
    );
  });
}

/** A serializer with unknown types and bytes that remembers its inputs and outputs. */
class RawSerializer implements SerializerProtocol {
  readonly dumped: string[] = [];
  readonly loaded: string[] = [];
  readonly #values: unknown[] = [];

  dumpsTyped(value: unknown): Promise<[string, Uint8Array]> {
    const number = this.#values.push(value) - 1;
    const type = ['json', 'x-unknown/öäü', ''][number % 3]!;
    const data = new Uint8Array([255, 0, number, 10]);
    this.dumped.push(`${type}:${data.toString()}`);
    return Promise.resolve([type, data]);
  }

  loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    this.loaded.push(`${type}:${data.toString()}`);
    return Promise.resolve(this.#values[Number(data[2])]);
  }
}

/** The values and writes, or the error. */
async function settled(running: Promise<CheckpointTuple | undefined>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([running]);
  if (outcome.status === 'rejected') return String(outcome.reason);
  return [outcome.value?.checkpoint.channel_values, outcome.value?.pendingWrites];
}
