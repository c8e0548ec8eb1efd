import { describe, expect, test } from 'vitest';
import type { Item, ItemPage } from '../../api/item.ts';
import { itemPageSchema } from '../../protocol/schemas/items.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';

/** Parts as JSON text, since a literal cannot express some of them. */
const partsTexts: readonly (readonly [name: string, parts: string])[] = [
  ['text', '[{"type":"text","text":"Hello"}]'],
  ['empty text', '[{"type":"text","text":""}]'],
  ['unknown fields, in their order', '[{"z":1,"type":"text","text":"x","a":{"y":[],"b":{}}}]'],
  ['an unknown kind', '[{"type":"x-hologram","depth":3,"state":null}]'],
  ['a kind with odd characters', '[{"type":"data-wéather/é\\n","data":[[],{}]}]'],
  [
    'a tool call waiting for approval',
    '[{"type":"tool-getWeather","toolCallId":"c1","state":"approval-requested","input":{"city":"Bonn"},"approval":{"id":"a1"},"providerExecuted":false}]',
  ],
  [
    'a tool result',
    '[{"type":"dynamic-tool","toolName":"f","toolCallId":"c2","state":"output-available","input":null,"output":[1,"2",{"three":3}]}]',
  ],
  [
    'reasoning, files and sources',
    '[{"type":"reasoning","text":"hm","providerMetadata":{"x":{"signature":"AAA="}}},{"type":"file","mediaType":"image/png","url":"data:image/png;base64,AAAA"},{"type":"source-url","sourceId":"s","url":"https://example.org/?a=1&b=%20"},{"type":"step-start"}]',
  ],
  [
    'every kind of number',
    '[{"type":"x","n":[0,-1,1.5,1e-7,123456789012345,9007199254740991,-9007199254740991,1e+21,5e-324]}]',
  ],
  [
    '__proto__ and similar keys',
    '[{"type":"x","__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":null,"":0,"hasOwnProperty":[{"__proto__":[]}]}]',
  ],
  [
    'unicode beyond the basic plane, combined and reordered',
    JSON.stringify([
      { type: 'text', text: '👩‍👩‍👧‍👦 e\u0301 é \u202e עברית \u0000 \u001f \u2028 \ufeff \uffff' },
    ]),
  ],
  ['lone surrogates', '[{"type":"text","text":"a\\ud800b\\udfff"}]'],
  ['a key that is a lone surrogate', '[{"type":"x","\\ud83d":1}]'],
  ['numbers as keys, in the order that JSON gives them', '[{"1":"a","2":"b","type":"x"}]'],
  ['text of nearly 1 MiB', JSON.stringify([{ type: 'text', text: 'ü👍x'.repeat(140_000) }])],
  ['deep nesting', `[{"type":"x","v":${'['.repeat(60)}${']'.repeat(60)}}]`],
];

describe.each(enginesForTesting)('items over HTTP on %s', (_engine, createEngine) => {
  async function withKit(run: (kit: HttpKitForTesting) => Promise<void>): Promise<void> {
    await using kit = await HttpKitForTesting.open(createEngine());
    await run(kit);
  }

  test.each(partsTexts)('come back byte for byte: %s', (_name, parts) =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const body = `{"items":[{"role":"assistant","parts":${parts},"metadata":{"__proto__":1,"b":{"a":2}}}]}`;
      const headers = { 'content-type': 'application/json' };
      const answer = await kit.call<{ data: Item[] }>('POST', '/v1/threads/t/items', {
        body,
        headers,
      });
      expect(answer.status, answer.text.slice(0, 300)).toBe(201);
      const { id } = answer.json.data[0]!;
      const stored = [
        answer.text,
        (await kit.call('GET', `/v1/threads/t/items/${id}`)).text,
        (await kit.call('GET', '/v1/threads/t/items')).text,
        (await kit.call('GET', '/v1/threads/t/items?view=context&order=desc')).text,
      ];
      for (const text of stored) {
        expect(text.includes(`"parts":${parts}`)).toBe(true);
        expect(text.includes('"metadata":{"__proto__":1,"b":{"a":2}}')).toBe(true);
      }
    }),
  );

  test('carry every field, and the request id', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' }, 'alice');
      const [first] = await kit.append('t', [{ role: 'user', text: 'q' }], 'alice');
      const json = {
        items: [
          {
            role: 'assistant',
            text: 'a',
            runId: 'run',
            spanId: 'span',
            parentId: first!.id,
            visibility: 'hidden',
            private: true,
            attempt: 3,
            key: 'k',
            metadata: { m: 1 },
          },
          { role: 'tool', parts: [{ type: 'x' }], requestId: 'own' },
        ],
      };
      const answer = await kit.call<{ data: Item[] }>('POST', '/v1/threads/t/items', {
        json,
        user: 'alice',
        headers: { 'x-request-id': 'req_abc' },
      });
      const { text: _text, ...fields } = json.items[0]!;
      expect(answer.json.data[0]).toMatchObject({
        ...fields,
        threadId: 't',
        requestId: 'req_abc',
        parts: [{ type: 'text', text: 'a' }],
      });
      expect(answer.json.data[1]).toMatchObject({
        role: 'tool',
        parts: [{ type: 'x' }],
        requestId: 'own',
      });
      expect(first).toMatchObject({ authorId: 'alice' });
    }));

  test('are read in pages, from both ends and from any item', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const items = await kit.append(
        't',
        Array.from({ length: 7 }, (_, i) => ({ role: 'user', text: `${i}` })),
      );
      const ids = items.map(({ id }) => id);
      const page = async (query: string): Promise<ItemPage> =>
        kit.must<ItemPage>(200, 'GET', `/v1/threads/t/items?${query}`);
      const idsOf = ({ data }: ItemPage): string[] => data.map(({ id }) => id);
      const first = await page('limit=3');
      expect(itemPageSchema.safeParse(first).success).toBe(true);
      expect(first.data).toEqual(items.slice(0, 3));
      expect(idsOf(await page(`limit=3&after=${first.nextCursor}`))).toEqual(ids.slice(3, 6));
      expect(idsOf(await page('limit=2&order=desc'))).toEqual([ids[6], ids[5]]);
      expect(idsOf(await page(`after=${ids[4]}`))).toEqual(ids.slice(5));
      expect(idsOf(await page(`before=${ids[2]}`))).toEqual(ids.slice(0, 2));
      expect((await page(`after=${ids[6]}`)).data).toEqual([]);
    }));

  test('are filtered by run, span and parent', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const [first] = await kit.append('t', [
        { role: 'user', text: 'q', runId: 'r1', spanId: 's1' },
      ]);
      const [reply] = await kit.append('t', [
        { role: 'user', text: 'a', runId: 'r2', spanId: 's2', parentId: first!.id },
      ]);
      for (const [query, id] of [
        ['runId=r1', first!.id],
        ['spanId=s2', reply!.id],
        [`parentId=${first!.id}`, reply!.id],
      ]) {
        expect(
          (await kit.must<ItemPage>(200, 'GET', `/v1/threads/t/items?${query}`)).data.map(
            (item) => item.id,
          ),
        ).toEqual([id]);
      }
    }));

  test('are amended: edited, hidden, redacted', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const [item, other] = await kit.append('t', [
        { role: 'user', text: 'old' },
        { role: 'user', text: 'other' },
      ]);
      const [revision] = await kit.append('t', [
        { role: 'user', text: 'new', replacesId: item!.id },
      ]);
      const texts = async (view: string): Promise<unknown[]> =>
        (await kit.must<ItemPage>(200, 'GET', `/v1/threads/t/items?view=${view}`)).data.map(
          ({ parts }) => parts[0]?.text,
        );
      expect(await texts('current')).toEqual(['new', 'other']);
      expect(await texts('log')).toEqual(['old', 'other', 'new']);
      const hidden = await kit.must<Item>(200, 'PATCH', `/v1/threads/t/items/${other!.id}`, {
        json: { visibility: 'hidden' },
      });
      expect(hidden).toMatchObject({ id: other!.id, visibility: 'hidden' });
      expect(await texts('current')).toEqual(['new']);
      expect(await texts('context')).toEqual(['new', 'other']);
      const tombstone = await kit.must<Item>(200, 'DELETE', `/v1/threads/t/items/${item!.id}`);
      expect(tombstone).toMatchObject({ id: item!.id, parts: [], redactedAt: expect.any(String) });
      expect(
        JSON.stringify(await kit.must(200, 'GET', '/v1/threads/t/items?view=log')),
      ).not.toMatch(/old|new/);
      expect(
        (await kit.must<Item>(200, 'GET', `/v1/threads/t/items/${revision!.id}`)).parts,
      ).toEqual([]);
    }));

  test('with a key are appended once, however often and at once', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const json = { items: [{ role: 'user', text: 'once', key: 'k1', metadata: { b: 1, a: 2 } }] };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          kit.call<{ data: Item[] }>('POST', '/v1/threads/t/items', { json }),
        ),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
      expect(new Set(answers.map((answer) => answer.json.data[0]!.id)).size).toBe(1);
      expect((await kit.must<ItemPage>(200, 'GET', '/v1/threads/t/items')).data).toHaveLength(1);
      // The order of an object's keys does not matter.
      const same = { items: [{ metadata: { a: 2, b: 1 }, key: 'k1', text: 'once', role: 'user' }] };
      await kit.must(200, 'POST', '/v1/threads/t/items', { json: same });
      const other = { items: [{ role: 'user', text: 'other', key: 'k1' }] };
      expectProblem(
        await kit.call('POST', '/v1/threads/t/items', { json: other }),
        409,
        'key_conflict',
      );
    }));

  test('with an Idempotency-Key are appended once, however often and at once', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const send = (
        text: string,
        key: string,
        user = 'local',
      ): ReturnType<typeof kit.call<{ data: Item[] }>> =>
        kit.call('POST', '/v1/threads/t/items', {
          json: {
            items: [
              { role: 'user', text },
              { role: 'user', text },
            ],
          },
          headers: { 'idempotency-key': key },
          user,
        });
      const answers = await Promise.all(Array.from({ length: 20 }, () => send('x', 'key 1')));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        ...Array.from({ length: 19 }, () => 200),
        201,
      ]);
      expect(
        new Set(answers.map((answer) => JSON.stringify(answer.json.data.map(({ id }) => id)))).size,
      ).toBe(1);
      expect((await kit.must<ItemPage>(200, 'GET', '/v1/threads/t/items')).data).toHaveLength(2);
      expectProblem(await send('y', 'key 1'), 409, 'key_conflict');
      expect((await send('y', 'key 2')).status).toBe(201);
    }));

  test('an empty list appends nothing', () =>
    withKit(async (kit) => {
      const { id, version } = await kit.createThread();
      expect(
        (await kit.call('POST', `/v1/threads/${id}/items`, { json: { items: [] } })).json,
      ).toEqual({ data: [] });
      expect(await kit.must(200, 'GET', `/v1/threads/${id}`)).toMatchObject({
        version,
        itemCount: 0,
      });
    }));

  test('1,000 are appended at once', () =>
    withKit(async (kit) => {
      await kit.createThread({ id: 't' });
      const items = await kit.append(
        't',
        Array.from({ length: 1000 }, (_, i) => ({ role: 'user', text: `${i}` })),
      );
      expect(items.map(({ id }) => id)).toEqual(items.map(({ id }) => id).toSorted());
      expect((await kit.must<ItemPage>(200, 'GET', '/v1/threads/t/items?limit=1000')).data).toEqual(
        items,
      );
    }));
});
