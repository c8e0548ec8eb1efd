import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/memory-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { items } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  textsIn,
  times,
  titled,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { NewItem } from '../../api/item.ts';

const nowhere = '019aa000-0000-7000-8000-000000000000';

describe('an append', () => {
  test('sets every default', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const item = only(await kit.owner.items.append(id, [{ role: 'user', text: 'hello' }]));
    expect(item).toEqual({
      id: item.id,
      threadId: id,
      authorId: 'owner',
      role: 'user',
      parts: [{ type: 'text', text: 'hello' }],
      visibility: 'visible',
      private: false,
      attempt: 1,
      requestId: item.requestId,
      metadata: {},
      createdAt: new Date(kit.clock.nowMs).toISOString(),
    });
    expect(await kit.owner.items.get(id, item.id)).toEqual(item);
    const answer = await kit.append(id, { role: 'assistant' });
    expect('authorId' in answer).toBe(false);
    expect(answer.requestId).not.toBe(item.requestId);
  });

  test('stores all given fields', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [parent] = await kit.say(id, 'parent');
    const given: NewItem = {
      role: 'tool',
      parts: [{ type: 'text', text: 'x' }, { type: 'new' }],
      key: 'k',
      authorId: 'weather service',
      runId: 'run',
      spanId: 'span',
      parentId: parent!.id,
      visibility: 'hidden',
      private: true,
      attempt: 3,
      requestId: 'req_abc',
      metadata: { a: [1] },
    };
    const item = await kit.append(id, given);
    expect(item).toMatchObject(given);
    expect(await kit.owner.items.get(id, item.id)).toEqual(item);
  });

  test('of many is one commit, in order', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const calls = recordCalls(engine);
    const texts = times(1000, (i) => `text ${i}`);
    const appended = await kit.say(id, ...texts);
    expect(calls.filter(({ method }) => method === 'commit')).toHaveLength(1);
    expect(textsIn(appended)).toEqual(texts);
    const ids = appended.map((item) => item.id);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(1000);
    expect(await kit.owner.threads.get(id)).toMatchObject({
      itemCount: 1000,
      lastItemId: ids.at(-1),
      version: 2,
    });
  });

  test('of none does nothing', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const before = await kit.thread();
    const calls = recordCalls(engine);
    expect(await kit.owner.items.append(before.id, [])).toEqual([]);
    expect(calls.filter(({ method }) => method === 'commit')).toEqual([]);
    expect(await kit.owner.threads.get(before.id)).toEqual(before);
  });

  test('that is refused in one place is refused as a whole', async () => {
    await using kit = await openKit();
    const before = await kit.thread();
    const good: NewItem = { role: 'user', text: 'fine' };
    for (const wrong of [{ role: 'nobody' }, { text: 'x', parentId: nowhere }] as const) {
      const request = [good, { ...good, ...wrong } as NewItem, good];
      expect(await codeOf(kit.owner.items.append(before.id, request))).toBe('invalid_request');
    }
    expect(await kit.owner.threads.get(before.id)).toEqual(before);
    expect(await kit.rows(items)).toEqual([]);
  });

  test('takes the request id of the call, or of the item', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const request: NewItem[] = [
      { role: 'user', text: 'a' },
      { role: 'user', text: 'b', requestId: 'own' },
    ];
    const appended = await kit.owner.items.append(id, request, { requestId: 'call' });
    expect(appended.map(({ requestId }) => requestId)).toEqual(['call', 'own']);
    const made = await kit.owner.threads.create([{ items: request }], { requestId: 'creation' });
    const { data } = await kit.owner.items.list(only(made).id);
    expect(data.map(({ requestId }) => requestId)).toEqual(['creation', 'own']);
    expect(await issuesOf(kit.owner.items.append(id, request, { requestId: 'a\nb' }))).toEqual([
      'requestId',
    ]);
  });

  test('is not affected by later changes to the input', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const inner = { deep: ['before'] };
    const request = [
      { role: 'user' as const, parts: [{ type: 'x', inner }], metadata: { inner }, key: 'k' },
    ];
    const appending = kit.owner.items.append(id, request, { idempotencyKey: 'i' });
    inner.deep[0] = 'after';
    request[0]!.key = 'other';
    request[0]!.parts.push({ type: 'y', inner });
    const item = only(await appending);
    const expected = { parts: [{ type: 'x', inner: { deep: ['before'] } }], key: 'k' };
    expect(item).toMatchObject(expected);
    expect(await kit.owner.items.get(id, item.id)).toMatchObject({
      ...expected,
      metadata: { inner: { deep: ['before'] } },
    });
  });

  test.each(
    titled<[string, object]>([
      ['items.0', { parts: undefined, text: undefined }],
      ['items.0', { parts: [{ type: 'text', text: 'x' }], text: 'x' }],
      ['items.0.text', { text: 7 }],
      ['items.0.text', { text: null }],
      ['items.0.parts', { text: undefined, parts: [] }],
      ['items.0.role', { role: undefined }],
      ['items.0.role', { role: 'bot' }],
      ['items.0.key', { key: '' }],
      ['items.0.key', { key: 'x'.repeat(129) }],
      ['items.0.key', { key: 'a\tb' }],
      ['items.0.key', { key: null }],
      ['items.0.authorId', { authorId: '' }],
      ['items.0.runId', { runId: 7 }],
      ['items.0.spanId', { spanId: 'x'.repeat(129) }],
      ['items.0.parentId', { parentId: 'x' }],
      ['items.0.parentId', { parentId: nowhere }],
      ['items.0.replacesId', { replacesId: 7 }],
      ['items.0.replacesId', { replacesId: nowhere }],
      ['items.0.visibility', { visibility: 'secret' }],
      ['items.0.private', { private: 'yes' }],
      ['items.0.private', { private: null }],
      ['items.0.attempt', { attempt: 0 }],
      ['items.0.attempt', { attempt: 1.5 }],
      ['items.0.requestId', { requestId: '' }],
      ['items.0.metadata', { metadata: 'x' }],
      ['items.0.metadata', { metadata: { a: 'x'.repeat(65 * 1024) } }],
      ['items.0.id', { id: nowhere }],
      ['items.0.threadId', { threadId: 'x' }],
      ['items.0.createdAt', { createdAt: '2026-01-01' }],
      ['items.0.__proto__', JSON.parse('{"__proto__":{"role":"system"}}')],
    ]),
  )('is refused for its $0: $2', async (path, patch) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const input: Record<string, unknown> = { role: 'user', text: 'x' };
    for (const [key, value] of Object.entries(patch)) {
      Object.defineProperty(input, key, { value, enumerable: true });
    }
    expect(await issuesOf(kit.owner.items.append(id, [input as unknown as NewItem]))).toEqual([
      path,
    ]);
    expect(await kit.rows(items)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['items', {}],
    ['items', 'x'],
    ['items.0', [null]],
    ['items.0', [[]]],
    ['items.0', ['x']],
    ['items', times(1001, () => ({ role: 'user', text: '' }))],
  ])('is refused for its %s as a whole, %#', async (path, input) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    expect(await issuesOf(kit.owner.items.append(id, input as NewItem[]))).toEqual([path]);
  });

  test('keeps to the limits that the store was opened with', async () => {
    const limits = { itemsPerRequestMax: 2, partsBytesMax: 100, metadataBytesMax: 20 };
    await using kit = await openKit({ limits });
    const { id } = await kit.thread();
    expect(await codeOf(kit.say(id, 'a', 'b'))).toBe('none');
    expect(await issuesOf(kit.say(id, 'a', 'b', 'c'))).toEqual(['items']);
    expect(await issuesOf(kit.say(id, 'x'.repeat(100)))).toEqual(['items.0.parts']);
    const metadata = { a: 'x'.repeat(20) };
    expect(await issuesOf(kit.append(id, { metadata }))).toEqual(['items.0.metadata']);
  });

  test('answers a parent of another thread, or one not there, alike', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [elsewhere] = await kit.say((await kit.thread()).id, 'elsewhere');
    for (const field of ['parentId', 'replacesId']) {
      const messages = await Promise.all(
        [elsewhere!.id, nowhere].map((wrong) =>
          kit.append(id, { [field]: wrong }).catch((error: unknown) => String(error)),
        ),
      );
      expect(messages[0]).toBe(messages[1]);
    }
  });
});

describe('a key', () => {
  const item: NewItem = {
    role: 'user',
    parts: [{ type: 'x', a: 1, b: 2 }],
    key: 'k',
    metadata: { m: 1, n: 2 },
  };

  test('that twenty use at once makes one item', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const outcomes = await Promise.all(
      times(20, () => kit.owner.items.appendWithOutcome(id, [item])),
    );
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(outcomes.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(await kit.rows(items)).toHaveLength(1);
    expect((await kit.owner.threads.get(id)).itemCount).toBe(1);
  });

  test('is the same whatever the order of JSON keys, the time and the request', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const first = await kit.append(id, item);
    kit.clock.advance(10_000);
    const again = { ...item, metadata: { n: 2, m: 1 }, parts: [{ b: 2, type: 'x', a: 1 }] };
    const second = await kit.owner.items.appendWithOutcome(id, [again], { requestId: 'other' });
    expect(second).toEqual({ data: [first], replayed: true });
  });

  test.each<[string, Partial<NewItem>]>([
    ['role', { role: 'assistant', authorId: 'owner' }],
    ['parts', { parts: [{ type: 'x', a: 1 }] }],
    ['authorId', { authorId: 'somebody' }],
    ['runId', { runId: 'r' }],
    ['spanId', { spanId: 's' }],
    ['private', { private: true }],
    ['attempt', { attempt: 2 }],
    ['metadata', { metadata: {} }],
  ])('with another %s is a key_conflict and writes nothing', async (_name, patch) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.append(id, item);
    const before = await kit.rows(items);
    const request = [
      { role: 'user' as const, text: 'new' },
      { ...item, ...patch },
    ];
    expect(await codeOf(kit.owner.items.append(id, request))).toBe('key_conflict');
    expect(await kit.rows(items)).toEqual(before);
  });

  test('used for ten things at once is one of them', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const codes = await Promise.all(
      times(10, (i) => codeOf(kit.append(id, { ...item, metadata: { i } }))),
    );
    expect(codes.toSorted()).toEqual([...times(9, () => 'key_conflict'), 'none']);
  });

  test('twice in one request is one item, or a conflict', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b, c] = await kit.owner.items.append(id, [item, { role: 'user', text: 'x' }, item]);
    expect(c).toEqual(a);
    expect(b?.key).toBeUndefined();
    expect(await kit.rows(items)).toHaveLength(2);
    const clash: NewItem[] = [
      { ...item, key: 'l' },
      { ...item, key: 'l', attempt: 9 },
    ];
    expect(await codeOf(kit.owner.items.append(id, clash))).toBe('key_conflict');
    expect(await kit.rows(items)).toHaveLength(2);
  });

  test('returns existing items and appends the rest', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const keyed = (i: number): NewItem => ({ role: 'user', text: `text ${i}`, key: `k${i}` });
    const first = await kit.owner.items.append(id, [keyed(1), keyed(3)]);
    const all = await kit.owner.items.appendWithOutcome(id, times(5, keyed));
    expect(all.replayed).toBe(false);
    expect([all.data[1], all.data[3]]).toEqual(first);
    expect(textsIn(all.data)).toEqual(times(5, (i) => `text ${i}`));
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual([
      ...['text 1', 'text 3', 'text 0', 'text 2', 'text 4'],
    ]);
  });

  test('belongs to its thread', async () => {
    await using kit = await openKit();
    for (const { id } of [await kit.thread(), await kit.thread()]) await kit.append(id, item);
    expect(await kit.rows(items)).toHaveLength(2);
  });

  test('of an item that was edited, hidden or redacted since still answers with that item', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const first = await kit.append(id, item);
    const revision = { ...item, key: 'edit', replacesId: first.id, metadata: { edited: true } };
    const edited = await kit.append(id, revision);
    expect((await kit.append(id, item)).replacedById).toBe(edited.id);
    expect((await kit.append(id, revision)).id).toBe(edited.id);
    await kit.owner.items.update(id, [{ id: first.id, visibility: 'archived' }]);
    expect((await kit.append(id, item)).id).toBe(first.id);
    await kit.owner.items.redact(id, [first.id]);
    expect(await kit.append(id, item)).toMatchObject({ id: first.id, parts: [] });
    expect(await kit.rows(items)).toHaveLength(2);
  });

  test("that looks like a prototype's is a key like any other", async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    for (const key of ['__proto__', 'constructor', 'toString', ' ', '😀', '\uffff']) {
      const first = await kit.append(id, { ...item, key });
      expect((await kit.append(id, { ...item, key })).id).toBe(first.id);
    }
    expect(await kit.rows(items)).toHaveLength(6);
  });
});

describe('who may', () => {
  test('append is the owner, and in a public thread every signed-in user', async () => {
    await using kit = await openKit();
    const hello: NewItem[] = [{ role: 'user', text: 'hello' }];
    const modes = ['assistant', 'direct', 'group', 'channel', 'public', 'feed'] as const;
    for (const mode of modes) {
      for (const visibility of ['private', 'unlisted', 'public'] as const) {
        const { id } = await kit.thread({ mode, visibility });
        const callers = [kit.owner, kit.other, kit.anonymous, kit.foreigner];
        const codes = await Promise.all(
          callers.map((caller) => codeOf(caller.items.append(id, hello))),
        );
        const isOpen = visibility !== 'private';
        const others = !isOpen ? 'not_found' : mode === 'public' ? 'none' : 'forbidden';
        const nobody = 'unauthenticated';
        expect([mode, visibility, ...codes]).toEqual([
          ...[mode, visibility, 'none', others, nobody, 'not_found'],
        ]);
      }
    }
  });

  test('write for others, or as the model, is the owner', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const attempts: Partial<NewItem>[] = [
      { authorId: 'somebody' },
      { role: 'assistant' },
      { role: 'system' },
      { role: 'tool' },
    ];
    for (const attempt of attempts) {
      const request: NewItem[] = [{ role: 'user', text: 'x', ...attempt }];
      const isForAnother = attempt.authorId !== undefined;
      const owners = await codeOf(kit.owner.items.append(id, request));
      expect(owners).toBe(isForAnother ? 'forbidden' : 'none');
      expect(await codeOf(kit.other.items.append(id, request))).toBe('forbidden');
    }
    const own: NewItem[] = [{ role: 'user', text: 'x', authorId: 'other' }];
    expect(await codeOf(kit.other.items.append(id, own))).toBe('none');
    // Now that another user takes part, the owner, too, writes only for themselves; a server may.
    attempts.push({ visibility: 'hidden' }, { visibility: 'archived' }, { runId: 'r' });
    for (const attempt of attempts) {
      const request: NewItem[] = [{ role: 'user', text: 'x', ...attempt }];
      expect(await codeOf(kit.owner.items.append(id, request))).toBe('forbidden');
      expect(await codeOf(kit.host.items.append(id, request))).toBe('none');
    }
  });

  test("write into a feed is the host's to say", async () => {
    const asked: unknown[] = [];
    await using kit = await openKit({
      authorize: (principal, action, thread) => {
        asked.push([principal.userId, action, thread.id]);
        return Promise.resolve(thread.scopeId === 'open');
      },
    });
    const feed = { mode: 'feed', scopeType: 'record' } as const;
    const open = await kit.thread({ ...feed, scopeId: 'open' });
    const shut = await kit.thread({ ...feed, scopeId: 'shut', visibility: 'unlisted' });
    const hello: NewItem[] = [{ role: 'user', text: 'hello' }];
    expect(await codeOf(kit.other.items.append(open.id, hello))).toBe('none');
    expect(await codeOf(kit.other.items.append(shut.id, hello))).toBe('not_found');
    expect(await codeOf(kit.anonymous.items.append(shut.id, hello))).toBe('unauthenticated');
    expect(await codeOf(kit.owner.items.append(shut.id, hello))).toBe('none');
    expect(asked).toEqual([
      ['other', 'read', open.id],
      ['other', 'append', open.id],
      ['other', 'read', shut.id],
    ]);
    expect(await codeOf(kit.other.items.list(open.id))).toBe('none');
    // The host is called before the content is checked, and its refusal is reported.
    const answer: NewItem[] = [{ role: 'assistant', text: 'x' }];
    expect(await codeOf(kit.other.items.append(open.id, answer))).toBe('forbidden');
    const secret = await kit.thread({ ...feed, scopeId: 'secret' });
    expect(await codeOf(kit.other.items.append(secret.id, answer))).toBe('not_found');
  });

  test('a refused append leaves nothing behind in any table', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const before = await Promise.all(allTables.map((table) => kit.rows(table)));
    const hello: NewItem[] = [{ role: 'user', text: 'hello', key: 'k' }];
    const options = { idempotencyKey: 'i' };
    expect(await codeOf(kit.other.items.append(id, hello, options))).toBe('forbidden');
    expect(await Promise.all(allTables.map((table) => kit.rows(table)))).toEqual(before);
  });
});
