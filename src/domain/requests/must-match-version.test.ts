import { expect, test } from 'vitest';
import type { VersionOptions } from '../../api/write-options.ts';
import type { ThreadUpdate } from '../../api/thread.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

const answer = (name: string): ReturnType<typeof scripted> =>
  scripted(() => textChunks('An answer.'), name);
const responders = sourceOf(answer('demo/left'), answer('demo/right'));
const said = [{ role: 'user' as const, text: 'x' }];

type Write = (
  kit: StoreKit,
  id: string,
  itemIds: readonly string[],
  options: VersionOptions,
) => Promise<unknown>;

/** Every call that takes the version of a thread. */
const writes: Readonly<Record<string, Write>> = {
  'items.append': ({ owner }, id, _ids, options) => owner.items.append(id, said, options),
  'items.append with a reference': ({ owner }, id, [parentId], options) =>
    owner.items.append(id, [{ ...said[0]!, parentId: parentId! }], options),
  'items.append with keys': ({ owner }, id, _ids, options) =>
    owner.items.append(id, [{ ...said[0]!, key: 'k' }], options),
  'items.update': ({ owner }, id, ids, options) => {
    const hide = ids.map((itemId) => ({ id: itemId, visibility: 'hidden' as const }));
    return owner.items.update(id, hide, options);
  },
  'items.redact': ({ owner }, id, [itemId], options) => owner.items.redact(id, [itemId!], options),
  'edges.create': ({ owner }, id, [from, to], options) =>
    owner.edges.create(id, [{ fromItemId: from!, toItemId: to!, type: 'caused_by' }], options),
  'threads.fork': ({ owner }, threadId, _ids, options) =>
    owner.threads.fork([{ threadId }], options),
  'threads.update': ({ owner }, id, _ids, options) =>
    // The type has one version, as before; a list is taken, too.
    owner.threads.update([{ id, title: 'new', ...options } as ThreadUpdate]),
  'runs.start': async ({ owner }, id, _ids, options) => {
    const { done } = await owner.runs.start(id, { input: 'x', model: 'demo/left' }, options);
    await done;
  },
  'comparisons.create': async ({ owner }, id, _ids, options) => {
    const { done } = await owner.comparisons.create(id, { prompt: 'x', models: 'random' }, options);
    await done;
  },
};

async function everything(kit: StoreKit, id: string): Promise<unknown> {
  const { threads, items, edges, runs } = kit.owner;
  const log = await items.list(id, { view: 'log' });
  return [await threads.list(), log, await edges.list(id), await runs.list(id)];
}

test.each(Object.entries(writes))('%s changes only the version that it names', async (_, write) => {
  await using kit = await openKit({ responders });
  const { id } = await kit.thread();
  const ids = (await kit.say(id, 'one', 'two')).map((item) => item.id);
  const { version } = await kit.owner.threads.get(id);
  const before = await everything(kit, id);
  for (const ifVersion of [version - 1, version + 1, 0, [], [1, version + 1]]) {
    expect(await codeOf(write(kit, id, ids, { ifVersion }))).toBe('precondition_failed');
  }
  for (const ifVersion of [-1, 1.5, '3', null, [version, '3']] as unknown as number[]) {
    expect(await issuesOf(write(kit, id, ids, { ifVersion }))).toEqual(['ifVersion']);
  }
  expect(await everything(kit, id)).toEqual(before);
  await write(kit, id, ids, { ifVersion: [1, version] });
  expect(await everything(kit, id)).not.toEqual(before);
});

test('of twenty appends to one version, one is stored, whatever else is appended', async () => {
  await using kit = await openKit();
  const { id, version } = await kit.thread();
  const appends = times(20, (i) =>
    codeOf(kit.owner.items.append(id, [{ role: 'user', text: `${i}` }], { ifVersion: version })),
  );
  const others = times(20, () => kit.say(id, 'other'));
  const codes = await Promise.all(appends);
  await Promise.all(others);
  expect(codes.filter((code) => code === 'none')).toHaveLength(1);
  expect(codes.filter((code) => code === 'precondition_failed')).toHaveLength(19);
  const texts = textsIn((await kit.owner.items.list(id)).data);
  expect(texts.filter((text) => text !== 'other')).toEqual([`${codes.indexOf('none')}`]);
});

test('an append that is repeated in part names the present version', async () => {
  await using kit = await openKit();
  const { id, version } = await kit.thread();
  const keyed = (...keys: string[]): { role: 'user'; text: string; key: string }[] =>
    keys.map((key) => ({ role: 'user', text: key, key }));
  const first = await kit.owner.items.append(id, keyed('a'), { ifVersion: version });
  expect(await kit.owner.items.append(id, keyed('a'), { ifVersion: version })).toEqual(first);
  const more = kit.owner.items.append(id, keyed('a', 'b'), { ifVersion: version });
  expect(await codeOf(more)).toBe('precondition_failed');
});

test('a repeated fork is the first one, whatever version the thread has by then', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  await kit.say(id, 'one');
  const { version: ifVersion } = await kit.owner.threads.get(id);
  const fork = (idempotencyKey: string): ReturnType<typeof kit.owner.threads.fork> =>
    kit.owner.threads.fork([{ threadId: id }], { ifVersion, idempotencyKey });
  const first = await fork('a');
  await kit.say(id, 'two');
  expect(await fork('a')).toEqual(first);
  expect(await codeOf(fork('b'))).toBe('precondition_failed');
});

test('the version of a fork counts for what it inherits', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [item] = await kit.say(id, 'one');
  const [fork] = await kit.owner.threads.fork([{ threadId: id }]);
  const stale = { ifVersion: fork!.version + 1 };
  expect(await codeOf(kit.owner.items.redact(fork!.id, [item!.id], stale))).toBe(
    'precondition_failed',
  );
  const again = kit.owner.threads.fork([{ threadId: fork!.id }], stale);
  expect(await codeOf(again)).toBe('precondition_failed');
  expect((await kit.owner.items.get(id, item!.id)).redactedAt).toBeUndefined();
  const fresh = { ifVersion: fork!.version };
  await kit.owner.threads.fork([{ threadId: fork!.id }], fresh);
  await kit.owner.items.redact(fork!.id, [item!.id], fresh);
  expect((await kit.owner.items.get(id, item!.id)).redactedAt).toBeDefined();
});

test('a version that could not be compared is refused', async () => {
  await using kit = await openKit();
  const { id, version } = await kit.thread();
  const ids = (await kit.say(id, 'one', 'two')).map((item) => item.id);
  const options = { ifVersion: version + 1 } as object;
  const { items, threads, scopes } = kit.owner;
  expect(await issuesOf(items.redact(id, ids, options))).toEqual(['ifVersion']);
  expect(await issuesOf(threads.create([{}], options))).toEqual(['ifVersion']);
  const scope = { scopeType: 'ticket', scopeId: '1' };
  expect(await issuesOf(scopes.getOrCreate([scope], options))).toEqual(['ifVersion']);
  expect((await items.list(id)).data.every(({ redactedAt }) => redactedAt === undefined)).toBe(
    true,
  );
});
