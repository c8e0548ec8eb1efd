import { describe, expect, test } from 'vitest';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  times,
  titled,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { ThreadUpdate } from '../../api/thread.ts';

describe('an update', () => {
  test('changes what it names and nothing else', async () => {
    await using kit = await openKit();
    const before = await kit.thread({ title: 'a', tags: ['t'], metadata: { m: 1 } });
    kit.clock.advance(1500);
    const updatedAt = new Date(kit.clock.nowMs).toISOString();
    const after = only(await kit.owner.threads.update([{ id: before.id, title: 'b' }]));
    expect(after).toEqual({ ...before, title: 'b', titleSource: 'user', updatedAt, version: 2 });
    expect(await kit.owner.threads.get(before.id)).toEqual(after);
  });

  test('of nothing changes nothing', async () => {
    await using kit = await openKit();
    const before = await kit.thread();
    kit.clock.advance(1500);
    expect(await kit.owner.threads.update([{ id: before.id }])).toEqual([before]);
    expect(await kit.owner.threads.update([])).toEqual([]);
  });

  test("of a default title makes it the user's", async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const titles = [];
    for (const title of ['New Thread', '', '  trimmed ']) {
      titles.push(only(await kit.owner.threads.update([{ id, title }])));
    }
    expect(titles.map(({ title, titleSource }) => [title, titleSource])).toEqual([
      ['New Thread', 'user'],
      ['Untitled', 'user'],
      ['trimmed', 'user'],
    ]);
  });

  test('archives, keeps the time at which it did, and takes it back', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const archivedAt = new Date(kit.clock.nowMs).toISOString();
    expect(await kit.owner.threads.update([{ id, archived: true }])).toMatchObject([
      { archivedAt },
    ]);
    kit.clock.advance(5000);
    expect(await kit.owner.threads.update([{ id, archived: true }])).toMatchObject([
      { archivedAt },
    ]);
    await kit.say(id, 'An archived thread goes on.');
    const back = only(await kit.owner.threads.update([{ id, archived: false }]));
    expect('archivedAt' in back).toBe(false);
  });

  test('many at once are each their own commit', async () => {
    await using kit = await openKit();
    const created = await kit.owner.threads.create(times(5, () => ({})));
    const updates = created.map(({ id }, i) => ({ id, title: i === 2 ? 'a\nb' : `t${i}` }));
    expect(await issuesOf(kit.owner.threads.update(updates))).toEqual(['title']);
    const titles = await Promise.all(created.map(({ id }) => kit.owner.threads.get(id)));
    expect(titles.map(({ title }) => title)).toEqual(['t0', 't1', 'New Thread', 't3', 't4']);
  });

  test.each(
    titled<[string, object]>([
      ['title', { title: 'x'.repeat(201) }],
      ['title', { title: null }],
      ['visibility', { visibility: 'secret' }],
      ['tags', { tags: 'x' }],
      ['tags.0', { tags: [''] }],
      ['tags', { tags: times(21, (i) => `t${i}`) }],
      ['metadata', { metadata: [] }],
      ['metadata', { metadata: null }],
      ['metadata.a', { metadata: { a: Number.NaN } }],
      ['metadata', { metadata: { a: 'x'.repeat(65 * 1024) } }],
      ['metadata', { metadata: Object.fromEntries(times(1001, (i) => [`k${i}`, i])) }],
      ['archived', { archived: 'true' }],
      ['archived', { archived: null }],
      ['ifVersion', { title: 'x', ifVersion: '1' }],
      ['ifVersion', { title: 'x', ifVersion: -1 }],
      ['ownerId', { ownerId: 'me' }],
      ['mode', { mode: 'chat' }],
      ['version', { version: 7 }],
      ['items', { items: [] }],
    ]),
  )('is refused for its %s: $2', async (path, patch) => {
    await using kit = await openKit();
    const before = await kit.thread();
    // Requests may contain what no type allows.
    const update = { id: before.id, ...patch } as ThreadUpdate;
    expect(await issuesOf(kit.owner.threads.update([update]))).toEqual([path]);
    expect(await kit.owner.threads.get(before.id)).toEqual(before);
  });

  test('of metadata that is small itself is refused when the whole becomes too big', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ metadata: { a: 'x'.repeat(40_000) } });
    const patch = { metadata: { b: 'x'.repeat(40_000) } };
    expect(await issuesOf(kit.owner.threads.update([{ id, ...patch }]))).toEqual(['metadata']);
    await kit.owner.threads.update([{ id, metadata: { a: null, ...patch.metadata } }]);
  });
});

describe('metadata is patched as RFC 7396 says', () => {
  // The object examples of its appendix A, and some more.
  const cases: readonly (readonly [string, string, string])[] = [
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    ['{"a":"text"}', '{"a":{"b":1,"c":null}}', '{"a":{"b":1}}'],
    ['{"a":{"b":1}}', '{"a":[null]}', '{"a":[null]}'],
    ['{"a":1}', '{}', '{"a":1}'],
    ['{"a":1}', '{"__proto__":{"b":1}}', '{"a":1,"__proto__":{"b":1}}'],
    [
      '{"a":1,"__proto__":{"b":1}}',
      '{"__proto__":{"c":2,"b":null}}',
      '{"a":1,"__proto__":{"c":2}}',
    ],
    ['{"a":1,"__proto__":1}', '{"__proto__":null}', '{"a":1}'],
    [
      '{"constructor":{"prototype":1}}',
      '{"constructor":{"x":2}}',
      '{"constructor":{"prototype":1,"x":2}}',
    ],
    ['{"toString":1}', '{"hasOwnProperty":2}', '{"toString":1,"hasOwnProperty":2}'],
  ];
  test.each(cases)('%s with %s is %s', async (target, patch, result) => {
    await using kit = await openKit();
    const { id } = await kit.thread({ metadata: JSON.parse(target) as JsonObject });
    const [updated] = await kit.owner.threads.update([
      { id, metadata: JSON.parse(patch) as JsonObject },
    ]);
    expect(JSON.stringify(updated?.metadata)).toBe(result);
    expect(JSON.stringify((await kit.owner.threads.get(id)).metadata)).toBe(result);
    expect(({} as Record<string, unknown>).b).toBeUndefined();
  });

  test('by twenty at once, none lost', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ metadata: { start: true } });
    await Promise.all(
      times(20, (i) => kit.owner.threads.update([{ id, metadata: { [`k${i}`]: i } }])),
    );
    const { metadata } = await kit.owner.threads.get(id);
    expect(metadata).toEqual({
      start: true,
      ...Object.fromEntries(times(20, (i) => [`k${i}`, i])),
    });
  });
});

describe('ifVersion', () => {
  test('lets one of twenty through', async () => {
    await using kit = await openKit();
    const { id, version } = await kit.thread();
    const codes = await Promise.all(
      times(20, (i) =>
        codeOf(kit.owner.threads.update([{ id, title: `t${i}`, ifVersion: version }])),
      ),
    );
    expect(codes.toSorted()).toEqual(['none', ...times(19, () => 'precondition_failed')]);
    expect((await kit.owner.threads.get(id)).title).toBe('t0');
  });

  test('sees every write, appends included', async () => {
    await using kit = await openKit();
    const { id, version } = await kit.thread();
    await kit.say(id, 'hello');
    const stale = { id, title: 'x', ifVersion: version };
    expect(await codeOf(kit.owner.threads.update([stale]))).toBe('precondition_failed');
    expect(await codeOf(kit.owner.threads.delete([id], { ifVersion: version }))).toBe(
      'precondition_failed',
    );
    expect((await kit.owner.threads.get(id)).title).toBe('hello');
  });

  test('of no change is checked, too', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    expect(await codeOf(kit.owner.threads.update([{ id, ifVersion: 2 }]))).toBe(
      'precondition_failed',
    );
  });
});

describe('who may', () => {
  test.each<[string, Partial<ThreadUpdate>]>([
    ['title', { title: 'x' }],
    ['tags', { tags: [] }],
    ['metadata', { metadata: {} }],
    ['archived', { archived: true }],
    ['visibility', { visibility: 'private' }],
  ])('change the %s is the owner alone', async (_name, patch) => {
    await using kit = await openKit();
    const hidden = await kit.thread();
    const open = await kit.thread({ visibility: 'public' });
    const code = (caller: typeof kit.owner, id: string): Promise<unknown> =>
      codeOf(caller.threads.update([{ id, ...patch }]));
    expect(await code(kit.other, hidden.id)).toBe('not_found');
    expect(await code(kit.anonymous, hidden.id)).toBe('unauthenticated');
    expect(await code(kit.anonymous, 'not-there')).toBe('unauthenticated');
    expect(await code(kit.foreigner, hidden.id)).toBe('not_found');
    expect(await code(kit.other, open.id)).toBe('forbidden');
    expect(await code(kit.anonymous, open.id)).toBe('unauthenticated');
    expect(await code(kit.foreigner, open.id)).toBe('not_found');
    expect(await code(kit.owner, 'not-there')).toBe('not_found');
    expect(await code(kit.owner, '../etc')).toBe('not_found');
    expect((await kit.owner.threads.get(open.id)).version).toBe(1);
  });
});
