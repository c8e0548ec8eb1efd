import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Part, Role } from '../../api/item.ts';
import { itemForTesting } from '../../../test/support/adapters/ai-sdk/turn-for-testing.ts';
import { toModelMessages } from './model-messages.ts';

const words = (text: string): Part => ({ type: 'text', text });
const tool = (state: string, more: object = {}): Part => {
  return { type: 'tool-w', toolCallId: '1', state, input: {}, ...more };
};
const rolesOf = async (...items: [Role, Part[]][]): Promise<string[]> => {
  const messages = await toModelMessages(items.map(([role, parts]) => itemForTesting(role, parts)));
  return messages.map(({ role }) => role);
};

test('texts and files, step by step', async () => {
  const items = [
    itemForTesting('user', [
      words('a'),
      { type: 'file', mediaType: 'image/png', url: 'https://x.test/y' },
    ]),
    itemForTesting('assistant', [
      { type: 'step-start' },
      { type: 'reasoning', text: 'hm' },
      tool('output-available', { output: 'sun' }),
      { type: 'step-start' },
      words('b'),
      { type: 'source-url', sourceId: '1', url: 'https://x.test' },
      { type: 'new-kind' },
    ]),
  ];
  const messages = await toModelMessages(items);
  expect(messages).toMatchObject([
    { role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'file' }] },
    { role: 'assistant', content: [{ type: 'reasoning' }, { type: 'tool-call', toolName: 'w' }] },
    { role: 'tool', content: [{ type: 'tool-result', output: { type: 'text', value: 'sun' } }] },
    { role: 'assistant', content: [{ type: 'text', text: 'b' }] },
  ]);
});

test('results without a name have that of their call, and files by other fields are files', async () => {
  const call = { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: {} };
  const result = { type: 'tool-result', toolCallId: 'c1', result: 'no', isError: true };
  const data = 'iVBORw0KGgo=';
  const messages = await toModelMessages([
    itemForTesting('user', [{ type: 'file', mimeType: 'image/png', name: 'a.png', data }]),
    itemForTesting('assistant', [call]),
    itemForTesting('tool', [result]),
  ]);
  const output = { type: 'error-text', value: 'no' };
  expect(messages).toMatchObject([
    { content: [{ type: 'file', mediaType: 'image/png', filename: 'a.png' }] },
    { role: 'assistant', content: [{ type: 'tool-call', toolName: 'weather' }] },
    { role: 'tool', content: [{ toolCallId: 'c1', toolName: 'weather', output }] },
  ]);
});

const ok = { approval: { id: 'a', approved: true } };
const no = { approval: { id: 'a', approved: false } };

test.each<[string, Part, boolean]>([
  ['an input that is not whole', tool('input-streaming'), false],
  ['an input without an output', tool('input-available'), false],
  ['an approval that nobody gave', tool('approval-requested', { approval: { id: 'a' } }), false],
  ['an approved call that never ran', tool('approval-responded', ok), false],
  ['a preliminary output', tool('output-available', { output: 1, preliminary: true }), false],
  [
    'an input without an output, of a dynamic tool',
    {
      ...tool('input-available'),
      type: 'dynamic-tool',
      toolName: 'w',
    },
    false,
  ],
  ['an output', tool('output-available', { output: 1 }), true],
  ['an error', tool('output-error', { errorText: 'no' }), true],
  ['a refusal', tool('approval-responded', no), true],
  ['a denied output', tool('output-denied', no), true],
])('of tool calls only those with an outcome: %s', async (_name, part, isThere) => {
  const roles = await rolesOf(
    ['user', [words('a')]],
    ['assistant', [part]],
    ['user', [words('b')]],
  );
  expect(roles).toEqual(isThere ? ['user', 'assistant', 'tool', 'user'] : ['user', 'user']);
});

test('the calls that were approved in the continued answer are included', async () => {
  const item = itemForTesting('assistant', [tool('approval-responded', ok)]);
  expect(await toModelMessages([item])).toEqual([]);
  expect(await toModelMessages([item], { continuedId: item.id })).toMatchObject([
    { role: 'assistant', content: [{ type: 'tool-call' }, { type: 'tool-approval-request' }] },
    { role: 'tool', content: [{ type: 'tool-approval-response', approved: true }] },
  ]);
});

test('what people see and the model never gets', async () => {
  const error: Part = { type: 'data-error', data: { message: 'no' } };
  const roles = await rolesOf(
    ['user', [words('a')]],
    ['assistant', [error]],
    ['assistant', [{ type: 'skein-empty' }]],
    ['user', [{ type: 'data-x', data: 1 }]],
    ['assistant', [words('half'), error]],
    ['assistant', []],
    ['user', [words('b')]],
  );
  expect(roles).toEqual(['user', 'assistant', 'user']);
});

test('calls and results as model messages have them, in pairs only', async () => {
  const call = (id: string): Part => {
    return { type: 'tool-call', toolCallId: id, toolName: 'w', input: { id } };
  };
  const result = (id: string, more: object): Part => {
    return { type: 'tool-result', toolCallId: id, toolName: 'w', ...more };
  };
  const messages = await toModelMessages([
    itemForTesting('tool', [result('before', { output: 1 })]),
    itemForTesting('assistant', [words('see'), call('1'), call('2'), call('3'), call('never')]),
    itemForTesting('tool', [
      result('1', { output: { type: 'text', value: 'sun' } }),
      result('2', { result: { c: 20 } }),
      result('3', { output: 'rain' }),
    ]),
    itemForTesting('assistant', [words('done')]),
  ]);
  expect(messages).toMatchObject([
    { role: 'assistant', content: [{ type: 'text', text: 'see' }] },
    {
      role: 'assistant',
      content: [{ toolCallId: '1', input: { id: '1' } }, {}, { toolCallId: '3' }],
    },
    {
      role: 'tool',
      content: [
        { toolCallId: '1', output: { type: 'text', value: 'sun' } },
        { toolCallId: '2', output: { type: 'json', value: { c: 20 } } },
        { toolCallId: '3', output: { type: 'text', value: 'rain' } },
      ],
    },
    { role: 'assistant', content: [{ text: 'done' }] },
  ]);
});

test('a file that no model can be given becomes a note in its place', async () => {
  const urls = ['not a url', '/uploads/cat.png', 'blob:https://x.test/1', 'file-abc', 'data:,x'];
  for (const url of urls) {
    const cat = { type: 'file', mediaType: 'image/png', filename: 'cat.png', url };
    const item = itemForTesting('user', [words('See:'), cat, words('Well?')]);
    const [message] = await toModelMessages([item]);
    expect(message?.content, url).toMatchObject([
      { text: 'See:' },
      {
        type: 'text',
        text: expect.stringMatching(/^\[A file \(cat\.png, image\/png\) was here\./),
      },
      { text: 'Well?' },
    ]);
  }
});

test('a result without a name has that of its call, and one that failed is an error', async () => {
  const [, message] = await toModelMessages([
    itemForTesting('assistant', [
      { type: 'tool-call', toolCallId: '1', toolName: 'mail', input: {} },
      { type: 'tool-call', toolCallId: '2', toolName: 'mail', input: {} },
    ]),
    itemForTesting('user', [words('Meanwhile.')]),
    itemForTesting('tool', [
      { type: 'tool-result', toolCallId: '2', toolName: '', output: { a: 1 }, isError: true },
      { type: 'tool-result', toolCallId: '1', toolName: '', output: 'no', isError: true },
    ]),
  ]);
  // The results follow their calls at once, whatever stands between.
  expect(message).toMatchObject({
    role: 'tool',
    content: [
      { toolCallId: '1', toolName: 'mail', output: { type: 'error-text', value: 'no' } },
      { toolCallId: '2', toolName: 'mail', output: { type: 'error-json', value: { a: 1 } } },
    ],
  });
});

test('a tool that no longer understands what it returned ends nothing', async () => {
  const toModelOutput = ({ output }: { output: { rows: string[] } }) => {
    return { type: 'text', value: output.rows.join() } as const;
  };
  const item = itemForTesting('assistant', [tool('output-available', { output: { secret: 1 } })]);
  const tools = { w: { inputSchema: z.object({}), toModelOutput } };
  const messages = await toModelMessages([item], { tools });
  expect(messages[1]).toMatchObject({ content: [{ output: { type: 'text' } }] });
  expect(JSON.stringify(messages)).not.toContain('secret');
});
