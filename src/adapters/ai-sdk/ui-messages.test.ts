import { validateUIMessages, type UIMessage } from 'ai';
import { expect, test } from 'vitest';
import { SkeinError } from '../../shared/error.ts';
import { fromUIMessage, fromUIMessages, toUIMessages, type MessageItem } from './ui-messages.ts';
import { itemForTesting } from '../../../test/support/adapters/ai-sdk/turn-for-testing.ts';

const meta = { p: { signature: 'x' } };
const tool = { toolCallId: '1', input: { city: 'Paris' } };
const approval = { id: 'a', approved: true, reason: 'fine' };

const kinds: object[] = [
  { type: 'text', text: 'Hi.', state: 'done', providerMetadata: meta },
  { type: 'text', text: '', citations: [] },
  { type: 'reasoning', text: 'Hm.', id: '0', state: 'streaming', providerMetadata: meta },
  { type: 'file', mediaType: 'image/png', filename: 'x.png', url: 'data:image/png;base64,AA==' },
  { type: 'reasoning-file', mediaType: 'image/png', url: 'data:image/png;base64,AA==' },
  { type: 'source-url', sourceId: 's', url: 'https://x.test', title: 'X' },
  { type: 'source-document', sourceId: 's', mediaType: 'a/b', title: 'X', filename: 'x.pdf' },
  { type: 'custom', kind: 'p.thing', providerMetadata: meta },
  { type: 'steering-message', id: 's', parts: [{ type: 'text', text: 'left' }] },
  { type: 'data-chart', id: 'c', data: { points: [1, 2, null] } },
  { type: 'data-note', data: 'x' },
  { type: 'data-mention', data: { userId: 'ada', name: 'Ada' } },
  { type: 'data-mention', data: { userId: 'ada' }, id: 'm' },
  { type: 'data-mention', data: { is: 'of the application' } },
  { type: 'step-start' },
  { type: 'tool-weather', ...tool, state: 'input-streaming', rawInput: '{"ci' },
  { type: 'tool-weather', ...tool, state: 'input-available', callProviderMetadata: meta },
  { type: 'tool-weather', ...tool, state: 'approval-requested', approval: { id: 'a' } },
  { type: 'tool-weather', ...tool, state: 'approval-responded', approval },
  {
    type: 'tool-weather',
    ...tool,
    state: 'output-available',
    output: { c: 20 },
    preliminary: true,
  },
  { type: 'tool-weather', ...tool, state: 'output-error', errorText: 'no', rawInput: '{' },
  { type: 'tool-weather', ...tool, state: 'output-denied', approval: { id: 'a', approved: false } },
  { type: 'dynamic-tool', toolName: 'w', ...tool, state: 'output-available', output: null },
  { type: 'brand-new-kind', anything: { at: ['all'] } },
];

test('a mention in a message of a page mentions a user, and comes back as the SDK takes it', () => {
  const parts = [{ type: 'data-mention', data: { userId: 'ada' } }];
  expect(fromUIMessages([message(parts)])[0]?.parts).toEqual([{ type: 'mention', userId: 'ada' }]);
  const [own] = fromUIMessages([message([{ type: 'mention', userId: 'ada' }])]);
  expect(toUIMessages([own!])[0]?.parts).toEqual(parts);
  const many = Array.from({ length: 51 }, () => parts[0]!);
  expect(() => fromUIMessages([message(many)])).toThrow(/at most 50 mentions/);
});

/** A page keeps messages as JSON, and so do the tests. */
const message = (parts: object[], more: object = {}): UIMessage =>
  ({ id: 'm1', role: 'assistant', parts, ...more }) as unknown as UIMessage; // unknown kinds, too

const backAndForth = (messages: UIMessage[]): UIMessage[] => toUIMessages(fromUIMessages(messages));

test.each(kinds)('keeps %o', (part) => {
  expect(backAndForth([message([part])])).toEqual([message([part])]);
});

test('what the AI SDK knows of these, it takes back', async () => {
  const known = kinds.filter((part) => !JSON.stringify(part).includes('brand-new'));
  await expect(
    validateUIMessages({ messages: backAndForth([message(known)]) }),
  ).resolves.toHaveLength(1);
});

test('keeps random messages, and stores JSON that stays as it is', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const pick = <T>(all: readonly T[]): T => all[random(all.length)]!; // below the length
  const metadata = [
    undefined,
    { a: 1 },
    { deep: { er: [null, true, ''] } },
    'words',
    0,
    null,
    ['x'],
    {},
  ];
  for (let i = 0; i < 300; i += 1) {
    const given = message(
      Array.from({ length: random(8) }, () => pick(kinds)),
      {
        id: `m-${random(1_000)}`,
        role: pick(['user', 'assistant', 'system']),
        metadata: pick(metadata),
      },
    );
    const items = JSON.parse(JSON.stringify(fromUIMessages([given]))) as MessageItem[]; // as stored
    expect(toUIMessages(items), `SEED=${seed}`).toEqual([given]);
  }
});

test.each([[{}], [null], [[]], [''], [{ a: {} }], [undefined]])(
  'keeps the metadata %j',
  (metadata) => {
    const given = message([], { metadata });
    const [item] = fromUIMessages([given]);
    const stored = JSON.parse(JSON.stringify(item)) as MessageItem; // as stored
    expect(toUIMessages([stored])[0]?.metadata).toEqual(metadata);
  },
);

test('fields added to empty metadata are visible', () => {
  const [item] = fromUIMessages([message([], { metadata: {} })]);
  const continued = { ...item!, metadata: { ...item!.metadata, usage: { totalTokens: 1 } } };
  expect(toUIMessages([continued])[0]?.metadata).toEqual({ usage: { totalTokens: 1 } });
});

test('a message without parts is one again', () => {
  const [item] = fromUIMessages([message([])]);
  expect(item?.parts).toHaveLength(1);
  expect(backAndForth([message([])])).toEqual([message([])]);
});

test('the id is the one sent to the client, or else its key, or else the item’s own', () => {
  const words = [{ type: 'text', text: 'x' }];
  const told = { 'skein:messageId': 'first', mine: 1 };
  const items = [
    itemForTesting('assistant', words, { key: 'key-2', metadata: told }),
    itemForTesting('user', words, { key: 'key-1' }),
    itemForTesting('user', words),
  ];
  const messages = toUIMessages(items);
  expect(messages.map(({ id }) => id)).toEqual(['first', 'key-1', items[2]!.id]);
  expect(messages[0]?.metadata).toEqual({ mine: 1 });
  expect(messages[1]).not.toHaveProperty('metadata');
  expect(() => toUIMessages([{ role: 'user', parts: words, metadata: {} }])).toThrow(TypeError);
});

test('an item of a tool is a message of the assistant, and comes back', () => {
  const parts = [{ type: 'tool-result', toolCallId: '1', toolName: 'w', output: 1 }];
  const messages = toUIMessages([itemForTesting('tool', parts, { key: 'k', metadata: { a: 1 } })]);
  expect(messages).toMatchObject([{ role: 'assistant', parts }]);
  expect(fromUIMessages(messages)).toEqual([{ key: 'k', role: 'tool', parts, metadata: { a: 1 } }]);
});

test.each<[object, object, unknown]>([
  [{ private: true }, {}, { private: true }],
  [{ private: true, metadata: {} }, { 'skein:metadata': {} }, { private: true }],
  [{ metadata: { private: true } }, {}, { private: true }],
  [{ metadata: { private: true, a: 1 } }, { a: 1 }, { a: 1, private: true }],
])('a private message is a private item, and says so: %o', (more, metadata, back) => {
  const [item] = fromUIMessages([message([], more)]);
  expect(item).toMatchObject({ private: true, metadata });
  expect(toUIMessages([item!])[0]?.metadata).toEqual(back);
  expect(toUIMessages(fromUIMessages(toUIMessages([item!])))).toEqual(toUIMessages([item!]));
});

test('the stored value is a copy', () => {
  const part = { type: 'data-x', data: { n: 1 } };
  const [item] = fromUIMessages([message([part])]);
  part.data.n = 2;
  expect(item?.parts).toEqual([{ type: 'data-x', data: { n: 1 } }]);
});

test.each<[unknown, string]>([
  ['x', ''],
  [[], ''],
  [null, ''],
  [{ role: 'user', parts: [] }, 'id'],
  [{ id: '', role: 'user', parts: [] }, 'id'],
  [{ id: 'x'.repeat(129), role: 'user', parts: [] }, 'id'],
  [{ id: 'a', role: 'tool', parts: [] }, 'role'],
  [{ id: 'a', role: 'user' }, 'parts'],
  [{ id: 'a', role: 'user', parts: 'Hi.' }, 'parts'],
  [{ id: 'a', role: 'user', parts: [{}] }, 'parts.0.type'],
  [{ id: 'a', role: 'user', parts: [{ type: 'text' }] }, 'parts.0.text'],
  [{ id: 'a', role: 'user', parts: [{ type: 'skein-empty' }] }, 'parts.0.type'],
  [
    { id: 'a', role: 'user', parts: [{ type: 'tool-x', toolCallId: '1', state: 'odd' }] },
    'parts.0.state',
  ],
  [{ id: 'a', role: 'user', parts: [{ type: 'data-x', data: 1n }] }, 'parts.0.data'],
  [{ id: 'a', role: 'user', parts: [], metadata: Number.NaN }, 'metadata'],
  [
    { id: 'a', role: 'user', parts: [], metadata: { 'skein:messageId': 'b' } },
    'metadata.skein:messageId',
  ],
  [{ id: 'a', role: 'user', parts: [], metadata: { 'skein:role': 'tool' } }, 'metadata.skein:role'],
])('refuses what is malformed (%#)', (value, path) => {
  let error: unknown;
  try {
    fromUIMessage(value);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SkeinError);
  expect(error).toMatchObject({ code: 'invalid_request', issues: [{ path }] });
});

test('of many, says which', () => {
  const bad = message([{ type: 'text' }]);
  expect(() => fromUIMessages([message([]), bad])).toThrow('1.parts.0.text');
});
