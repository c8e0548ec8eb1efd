import { describe, expect, test } from 'vitest';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  startOfTests,
  textsIn,
  times,
  titled,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  TappedEngine,
  recordCalls,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { parseThreadId, publicThreadId } from '../../shared/ids.ts';
import { scopes, threads } from '../../records/tables.ts';
import type { NewThread } from '../../api/thread.ts';

describe('a new thread', () => {
  test('has every default', async () => {
    await using kit = await openKit();
    const thread = await kit.thread();
    const now = new Date(startOfTests).toISOString();
    expect(thread).toEqual({
      id: thread.id,
      projectId: 'project',
      ownerId: 'owner',
      mode: 'assistant',
      title: 'New Thread',
      titleSource: 'default',
      visibility: 'private',
      metadata: {},
      tags: [],
      createdAt: now,
      updatedAt: now,
      version: 1,
      itemCount: 0,
      lastItemId: null,
      lastPreview: '',
      lastRole: null,
    });
    expect(parseThreadId(thread.id)).toBe(thread.id);
    expect(await kit.owner.threads.get(thread.id)).toEqual(thread);
  });

  test('has the given fields', async () => {
    await using kit = await openKit();
    const given = {
      id: 'T-1',
      mode: 'group',
      title: '  Käse & Brot 🧀 ',
      visibility: 'unlisted',
      scopeType: 'ticket',
      scopeId: '101',
      tags: ['b', 'a', 'b'],
      metadata: JSON.parse('{"a":{"__proto__":[1]},"n":null}') as NewThread['metadata'] & {},
    } as const;
    const thread = await kit.thread(given);
    expect(thread).toMatchObject({
      ...given,
      title: 'Käse & Brot 🧀',
      titleSource: 'user',
      tags: ['b', 'a'],
    });
    const read = await kit.owner.threads.get('T-1');
    expect(JSON.stringify(read.metadata)).toBe('{"a":{"__proto__":[1]},"n":null}');
  });

  test.each([
    [undefined, 'New Thread', 'default'],
    ['', 'Untitled', 'user'],
    [' \u00a0 ', 'Untitled', 'user'],
    ['New Thread', 'New Thread', 'user'],
    ['x'.repeat(200), 'x'.repeat(200), 'user'],
  ])('has the title that it was given, %#: by $2', async (title, expected, source) => {
    await using kit = await openKit();
    const thread = await kit.thread(title === undefined ? {} : { title });
    expect([thread.title, thread.titleSource]).toEqual([expected, source]);
  });

  test('has its first items from the same commit', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const calls = recordCalls(engine);
    const thread = await kit.thread({
      items: [
        { role: 'system', text: 'Be kind.', visibility: 'hidden' },
        { role: 'user', text: 'Hello', key: 'k' },
        { role: 'user', text: 'Hello', key: 'k' },
        { role: 'assistant', text: 'Hi' },
      ],
    });
    expect(calls.filter(({ method }) => method === 'commit')).toHaveLength(1);
    expect(thread).toMatchObject({ itemCount: 3, lastPreview: 'Hi', lastRole: 'assistant' });
    const { data } = await kit.owner.items.list(thread.id);
    expect(textsIn(data)).toEqual(['Hello', 'Hi']);
    expect(data.at(-1)?.id).toBe(thread.lastItemId);
    expect(new Set(data.map(({ requestId }) => requestId)).size).toBe(1);
  });

  test('is not there at all when one of its items is refused', async () => {
    await using kit = await openKit();
    const items = [{ role: 'user', text: 'fine' }, { role: 'user' }] as const;
    expect(await issuesOf(kit.owner.threads.create([{ id: 'T-1', items }]))).toEqual(['items.1']);
    expect(await kit.rows(threads)).toEqual([]);
    expect(await codeOf(kit.owner.threads.get('T-1'))).toBe('not_found');
  });

  test('is not affected by later changes to the input', async () => {
    await using kit = await openKit();
    const input = {
      title: 'before',
      tags: ['before'],
      metadata: { at: 'before' },
      items: [{ role: 'user' as const, parts: [{ type: 'text', text: 'before' }] }],
    };
    const creating = kit.owner.threads.create([input], { idempotencyKey: 'k' });
    input.tags[0] = input.metadata.at = input.items[0]!.parts[0]!.text = 'after';
    input.items.push({ role: 'user', parts: [] });
    const thread = only(await creating);
    expect(thread).toMatchObject({ tags: ['before'], metadata: { at: 'before' }, itemCount: 1 });
    expect(textsIn((await kit.owner.items.list(thread.id)).data)).toEqual(['before']);
    thread.metadata satisfies object;
    Object.assign(thread.metadata, { at: 'mine' });
    expect((await kit.owner.threads.get(thread.id)).metadata).toEqual({ at: 'before' });
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ['title', { title: 'x'.repeat(201) }],
    ['title', { title: 'a\nb' }],
    ['title', { title: 'a\ud800' }],
    ['title', { title: 7 }],
    ['title', { title: null }],
    ['mode', { mode: 'chat' }],
    ['visibility', { visibility: 'secret' }],
    ['scopeId', { scopeType: 'a' }],
    ['scopeType', { scopeId: 'a' }],
    ['scopeType', { scopeType: '', scopeId: 'a' }],
    ['scopeId', { scopeType: 'a', scopeId: 'x'.repeat(129) }],
    ['tags', { tags: 'a' }],
    ['tags', { tags: times(21, (i) => `t${i}`) }],
    ['tags.1', { tags: ['a', ''] }],
    ['tags.0', { tags: ['x'.repeat(65)] }],
    ['tags.0', { tags: ['a\u0000'] }],
    ['tags.0', { tags: [null] }],
    ['metadata', { metadata: [] }],
    ['metadata', { metadata: null }],
    ['metadata.a.b', { metadata: { a: { b: Number.NaN } } }],
    ['metadata', { metadata: { a: 'x'.repeat(65 * 1024) } }],
    ['id', { id: '' }],
    ['id', { id: 'a b' }],
    ['id', { id: '..' }],
    ['id', { id: 7 }],
    ['id', { id: 'x'.repeat(129) }],
    ['participants', { participants: {} }],
    ['participants.0.userId', { participants: [{}] }],
    ['participants.0.role', { participants: [{ userId: 'x', role: 'owner' }] }],
    ['participants.0.answers', { participants: [{ userId: 'x', answers: 'always' }] }],
    ['participants', { mode: 'direct', participants: [{ userId: 'x' }] }],
    ['ownerId', { ownerId: 'somebody' }],
    ['items', { items: {} }],
    ['items', { items: times(1001, () => ({ role: 'user', text: '' })) }],
    ['items.0.parentId', { items: [{ role: 'user', text: '', parentId: 'x' }] }],
    ['', 7],
    ['', null],
    ['', []],
  ];
  test.each(titled(bad))('is refused for its $0: $2', async (path, input) => {
    await using kit = await openKit();
    // Requests may contain what no type allows.
    expect(await issuesOf(kit.owner.threads.create([input as NewThread]))).toEqual([path]);
    expect(await kit.rows(threads)).toEqual([]);
  });

  test('is refused if a value is not JSON, even with an idempotency key', async () => {
    await using kit = await openKit();
    for (const wrong of [1n, () => 1, Symbol('s'), new Date(0)]) {
      const input = {
        items: [{ role: 'user', text: '', metadata: { wrong } }],
      } as unknown as NewThread;
      for (const options of [{}, { idempotencyKey: 'k' }]) {
        expect(await issuesOf(kit.owner.threads.create([input], options))).toEqual([
          'items.0.metadata.wrong',
        ]);
      }
    }
  });

  test('needs a signed-in caller', async () => {
    await using kit = await openKit();
    expect(await codeOf(kit.anonymous.threads.create([{}]))).toBe('unauthenticated');
  });
});

describe('many at once', () => {
  test('none do nothing', async () => {
    await using kit = await openKit();
    expect(await kit.owner.threads.create([])).toEqual([]);
    expect(await kit.rows(threads)).toEqual([]);
    // Passing a single thread is a mistake of a TypeScript caller.
    await expect(kit.owner.threads.create({} as unknown as NewThread[])).rejects.toThrow(TypeError);
  });

  test('come back in the order of the request', async () => {
    await using kit = await openKit();
    const created = await kit.owner.threads.create(times(50, (i) => ({ title: `thread ${i}` })));
    expect(created.map(({ title }) => title)).toEqual(times(50, (i) => `thread ${i}`));
    expect(new Set(created.map(({ id }) => id)).size).toBe(50);
  });

  test('one that is refused does not prevent the others', async () => {
    await using kit = await openKit();
    const creating = kit.owner.threads.create([{ id: 'a' }, { id: 'b c' }, { id: 'd' }]);
    expect(await issuesOf(creating)).toEqual(['id']);
    expect((await kit.rows(threads)).map(({ id }) => publicThreadId(id))).toEqual(['a', 'd']);
  });
});

describe("a client's id", () => {
  const input: NewThread = { id: 'mine', title: 'Mine', metadata: { a: 1, b: 2 } };

  test('with the same content returns the first thread', async () => {
    await using kit = await openKit();
    const first = await kit.owner.threads.createWithOutcome(input);
    kit.clock.advance(5000);
    await kit.say('mine', 'hello');
    const again = { metadata: { b: 2, a: 1 }, title: 'Mine', id: 'mine' };
    const second = await kit.owner.threads.createWithOutcome(again);
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.data).toEqual(await kit.owner.threads.get('mine'));
    expect(second.data.itemCount).toBe(1);
  });

  test.each<[string, NewThread]>([
    ['title', { ...input, title: 'Other' }],
    ['metadata', { ...input, metadata: { a: 1 } }],
    ['items', { ...input, items: [{ role: 'user', text: 'hello' }] }],
  ])('with another %s is a conflict', async (_name, other) => {
    await using kit = await openKit();
    await kit.thread(input);
    expect(await codeOf(kit.thread(other))).toBe('conflict');
    expect((await kit.owner.threads.get('mine')).version).toBe(1);
  });

  test('that was changed since is still the one of its creation', async () => {
    await using kit = await openKit();
    await kit.thread(input);
    await kit.owner.threads.update([{ id: 'mine', title: 'Renamed' }]);
    expect((await kit.thread(input)).title).toBe('Renamed');
  });

  test('of another user is a conflict that reveals nothing', async () => {
    await using kit = await openKit();
    await kit.thread(input);
    expect(await codeOf(kit.other.threads.create([input]))).toBe('conflict');
  });

  test('of a thread of another project is free', async () => {
    await using kit = await openKit();
    const mine = await kit.thread(input);
    const other = { ...input, title: 'Other' };
    const theirs = only(await kit.foreigner.threads.create([other]));
    expect([theirs.id, theirs.projectId, theirs.title]).toEqual(['mine', 'elsewhere', 'Other']);
    const inDefault = kit.store.project('default').as({ userId: 'owner' });
    expect(only(await inDefault.threads.create([other])).id).toBe('mine');
    expect(await kit.owner.threads.get('mine')).toEqual(mine);
    await kit.foreigner.threads.delete(['mine']);
    expect(await kit.owner.threads.get('mine')).toEqual(mine);
  });

  test('of a deleted thread stays taken', async () => {
    await using kit = await openKit();
    await kit.thread(input);
    await kit.owner.threads.delete(['mine']);
    expect(await codeOf(kit.thread(input))).toBe('conflict');
    expect(await codeOf(kit.owner.threads.get('mine'))).toBe('not_found');
  });

  test('that twenty use at once makes one thread', async () => {
    await using kit = await openKit();
    const outcomes = await Promise.all(
      times(20, () =>
        kit.owner.threads.createWithOutcome({ ...input, items: [{ role: 'user', text: 'x' }] }),
      ),
    );
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(outcomes.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(await kit.rows(threads)).toHaveLength(1);
  });

  test('that twenty use at once for other things makes one thread and nineteen conflicts', async () => {
    await using kit = await openKit();
    const codes = await Promise.all(
      times(20, (i) => codeOf(kit.thread({ id: 'mine', title: `thread ${i}` }))),
    );
    expect(codes.toSorted()).toEqual([...times(19, () => 'conflict'), 'none']);
  });

  test('in the list of created threads twice is one thread', async () => {
    await using kit = await openKit();
    const [a, b] = await kit.owner.threads.create([input, input]);
    expect(a).toEqual(b);
  });

  test('does not touch the primary thread of its scope', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'mine', scopeType: 'ticket', scopeId: '1' });
    expect(await kit.rows(scopes)).toEqual([]);
    const [primary] = await kit.owner.scopes.getOrCreate([{ scopeType: 'ticket', scopeId: '1' }]);
    expect(primary?.id).not.toBe('mine');
  });
});
