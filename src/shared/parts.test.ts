import { describe, expect, test } from 'vitest';
import { memory } from '../engines/memory/memory-engine.ts';
import { codeOf, issuesOf, only, openKit } from '../../test/support/store/store-kit-for-testing.ts';
import type { Part } from '../api/item.ts';
import { textOf, toParts } from './parts.ts';

const toolStates = [
  'input-streaming',
  'input-available',
  'approval-requested',
  'approval-responded',
  'output-available',
  'output-error',
  'output-denied',
];

/** Parts as the AI SDK's UI messages and model messages have them, and parts of no known kind. */
const good: readonly string[] = [
  '{"type":"text","text":""}',
  '{"type":"text","text":"hi","state":"done","providerMetadata":{"x":{"y":1}}}',
  '{"type":"reasoning","text":"hm","state":"streaming"}',
  '{"type":"file","mediaType":"image/png","url":"data:image/png;base64,AAAA","filename":"a.png"}',
  '{"type":"source-url","sourceId":"1","url":"https://example.com","title":"E"}',
  '{"type":"source-document","sourceId":"1","mediaType":"application/pdf","title":"D"}',
  '{"type":"tool-call","toolCallId":"c1","toolName":"weather","input":{"city":"Bern"}}',
  '{"type":"tool-result","toolCallId":"c1","toolName":"weather","output":{"type":"json","value":[1]}}',
  '{"type":"mention","userId":"ada"}',
  '{"type":"mention","userId":"agent:helper","name":"Helper","color":"#fff"}',
  '{"type":"tool-weather","something":"without a state is a kind that we do not know"}',
  ...toolStates.map(
    (state) =>
      `{"type":"tool-weather","toolCallId":"c1","state":"${state}","input":null,"approval":{"id":"a","approved":false,"reason":"no"}}`,
  ),
  ...toolStates.map(
    (state) => `{"type":"dynamic-tool","toolName":"t","toolCallId":"c1","state":"${state}"}`,
  ),
  '{"type":"data-chart","id":"7","data":[1,2.5,{"deep":[[[[null]]]]}],"transient":false}',
  '{"type":"step-start"}',
  '{"type":"made-up-tomorrow","a":{"b":{"c":true}},"":"empty key","é":1}',
  '{"type":"x","__proto__":{"polluted":1},"constructor":{"prototype":2},"toString":"s"}',
  '{"type":"text","text":"\\u0000\\u0007\\u001b[31m\\u2028\\u2029\\ufeff","text2":"\\ud83d\\ude00"}',
  '{"type":"text","text":"lone \\ud800 and \\udc00\\ud800"}',
  '{"type":"text","text":"e\\u0301 é 👩‍👩‍👧 한국어 עברית"}',
  '{"type":"n","a":0,"b":1e21,"c":5e-324,"d":1.7976931348623157e+308,"e":9007199254740991,"f":0.1}',
  '{"type":"order","z":1,"a":2,"m":3}',
];

describe('parts', () => {
  test.each(good)('of a good kind come back byte for byte: %s', async (text) => {
    const engine = memory();
    const kit = await openKit({ engine });
    const { id } = await kit.thread({ visibility: 'public' });
    const given = JSON.parse(`[${text}]`) as Part[];
    const expected = JSON.stringify(given);
    const item = await kit.append(id, { parts: given, metadata: { copy: given } });
    expect(JSON.stringify(item.parts)).toBe(expected);
    const page = await kit.owner.items.list(id);
    expect(JSON.stringify(page.data[0]?.parts)).toBe(expected);
    expect(JSON.stringify((await kit.other.items.get(id, item.id)).parts)).toBe(expected);
    await kit.store.close();
    await using reopened = await openKit({ engine });
    const read = await reopened.owner.items.get(id, item.id);
    expect(JSON.stringify(read.parts)).toBe(expected);
    expect(JSON.stringify(read.metadata)).toBe(`{"copy":${expected}}`);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ['p', undefined],
    ['p', null],
    ['p', 'text'],
    ['p', {}],
    ['p', []],
    ['p', Array.from({ length: 10_001 }, () => ({ type: 'x' }))],
    ['p.0', [null]],
    ['p.0', ['text']],
    ['p.0', [[{ type: 'text', text: '' }]]],
    ['p.0', [new Date(0)]],
    ['p.0.type', [{}]],
    ['p.0.type', [{ type: '' }]],
    ['p.0.type', [{ type: 7 }]],
    ['p.0.type', [JSON.parse('{"__proto__":{"type":"text"}}')]],
    ['p.0.text', [{ type: 'text' }]],
    ['p.0.text', [{ type: 'text', text: 7 }]],
    ['p.0.text', [{ type: 'text', text: null }]],
    ['p.1.text', [{ type: 'x' }, { type: 'reasoning' }]],
    ['p.0.mediaType', [{ type: 'file', url: 'x' }]],
    ['p.0.sourceId', [{ type: 'source-url', url: 'x' }]],
    ['p.0.url', [{ type: 'source-url', sourceId: 'x' }]],
    ['p.0.title', [{ type: 'source-document', sourceId: 'x', mediaType: 'y' }]],
    ['p.0.toolName', [{ type: 'tool-call', toolCallId: 'x' }]],
    ['p.0.toolCallId', [{ type: 'tool-result', toolName: 'x' }]],
    ['p.0.toolCallId', [{ type: 'tool-weather', state: 'input-available' }]],
    ['p.0.state', [{ type: 'tool-weather', toolCallId: 'x', state: 'done' }]],
    ['p.0.state', [{ type: 'tool-weather', toolCallId: 'x', state: 7 }]],
    ['p.0.state', [{ type: 'dynamic-tool', toolName: 'x', toolCallId: 'y' }]],
    ['p.0.toolName', [{ type: 'dynamic-tool', toolCallId: 'y', state: 'input-available' }]],
    ['p.0.userId', [{ type: 'mention' }]],
    ['p.0.userId', [{ type: 'mention', userId: '' }]],
    ['p.0.userId', [{ type: 'mention', userId: 'x'.repeat(129) }]],
    ['p.0.userId', [{ type: 'mention', userId: 'a\u0000b' }]],
    ['p.1.name', [{ type: 'x' }, { type: 'mention', userId: 'ada', name: 5 }]],
    ['p', Array.from({ length: 51 }, () => ({ type: 'mention', userId: 'ada' }))],
    ['p.0.a.0', [{ type: 'x', a: [() => 1] }]],
    ['p.0.a', [{ type: 'x', a: Number.NaN }]],
    ['p.0.a', [{ type: 'x', a: 1n }]],
  ];
  test.each(bad)('are refused at $0, case %#', async (path, value) => {
    const parse = (): Promise<unknown> => new Promise((resolve) => resolve(toParts(value, 'p')));
    expect(await issuesOf(parse())).toEqual([path]);
  });

  test('may be as deep as 64 levels, the list and the part itself included', async () => {
    const nested = (levels: number): Part[] => [
      { type: 'x', a: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Part[string] },
    ];
    await using kit = await openKit();
    const { id } = await kit.thread();
    const item = await kit.append(id, { parts: nested(62) });
    expect(item.parts).toEqual(nested(62));
    expect(await codeOf(kit.append(id, { parts: nested(63) }))).toBe('invalid_request');
  });

  test('of one megabyte come back whole, of more are refused', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const overhead = JSON.stringify([{ type: 'text', text: '' }]).length;
    for (const unit of ['x', 'é', '😀', '"', '\u0001', '\ud800']) {
      const bytes = new TextEncoder().encode(JSON.stringify(unit)).byteLength - 2;
      const text = unit.repeat(Math.floor((1024 * 1024 - overhead) / bytes));
      const item = await kit.append(id, { text });
      expect(only((await kit.owner.items.get(id, item.id)).parts).text === text).toBe(true);
      expect(await issuesOf(kit.append(id, { text: text + unit }))).toEqual(['items.0.parts']);
    }
  });
});

test('textOf is what people read', () => {
  const parts = toParts(
    [
      { type: 'reasoning', text: 'hidden' },
      { type: 'text', text: 'one' },
      { type: 'file', mediaType: 'x' },
      { type: 'text', text: '' },
      { type: 'text', text: 'two' },
    ],
    '',
  );
  expect(textOf(parts)).toBe('one  two');
  expect(textOf([])).toBe('');
});
