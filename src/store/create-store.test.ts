import { describe, expect, test } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { faultEngine } from '../engine/fault/fault-engine.ts';
import { lsm } from '../engines/lsm/lsm-engine.ts';
import { temporaryFolder } from '../../test/support/engines/lsm/temporary-folder.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import type { ProjectApi } from '../api/project-api.ts';
import { threads } from '../records/tables.ts';
import { publicThreadId } from '../shared/ids.ts';
import { SkeinError } from '../shared/error.ts';
import { createStore } from './create-store.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  textsIn,
  times,
  titled,
  type StoreKit,
} from '../../test/support/store/store-kit-for-testing.ts';
import { recordCalls, TappedEngine } from '../../test/support/store/tapped-engine-for-testing.ts';
import { someTurns } from '../../test/support/shared/turns-for-testing.ts';

describe('a call of several', () => {
  test('does nothing for an empty array', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const calls = recordCalls(engine);
    const { owner } = kit;
    expect(await owner.threads.create([])).toEqual([]);
    expect(await owner.threads.update([])).toEqual([]);
    expect(await owner.threads.delete([])).toBeUndefined();
    expect(await owner.threads.fork([])).toEqual([]);
    expect(await owner.items.append(id, [])).toEqual([]);
    expect(await owner.items.update(id, [])).toEqual([]);
    expect(await owner.items.redact(id, [])).toEqual([]);
    expect(await owner.edges.create(id, [])).toEqual([]);
    expect(await owner.scopes.getOrCreate([])).toEqual([]);
    expect(calls.filter(({ method }) => method === 'commit')).toEqual([]);
  });

  test('answers in the order of its input', async () => {
    const random = [3, 0, 2, 1, 0, 4]; // so that commits overtake each other
    let turn = 0;
    const engine = new TappedEngine(memory(), async (call, run) => {
      if (call.method === 'commit') await someTurns(10 * random[turn++ % random.length]!);
      return run();
    });
    await using kit = await openKit({ engine });
    const ids = times(12, (i) => `t${i}`);
    const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id);
    expect(idsOf(await kit.owner.threads.create(ids.map((id) => ({ id }))))).toEqual(ids);
    const updates = ids.toReversed().map((id) => ({ id, title: `of ${id}` }));
    expect(idsOf(await kit.owner.threads.update(updates))).toEqual(ids.toReversed());
    for (const id of ids) await kit.say(id, id);
    const forks = await kit.owner.threads.fork(ids.map((threadId) => ({ threadId })));
    expect(forks.map(({ forkedFrom }) => forkedFrom?.threadId)).toEqual(ids);
    const scopes = ids.map((scopeId) => ({ scopeType: 'ticket', scopeId }));
    const made = await kit.owner.scopes.getOrCreate(scopes);
    expect(made.map(({ scopeId }) => scopeId)).toEqual(ids);
  });

  test('changes one thread in the order of the entries', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const updates = times(9, (i) => ({ id, title: `${i}` }));
    const answers = await kit.owner.threads.update(updates);
    expect(answers.map(({ title }) => title)).toEqual(updates.map(({ title }) => title));
    expect((await kit.owner.threads.get(id)).title).toBe('8');
  });

  test('attempts all entries, and throws the first failure in their order', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'taken', title: 'other' });
    const creates = [{ id: 'a' }, { id: 'taken' }, { id: 'not an id' }, { id: 'b' }];
    expect(await codeOf(kit.owner.threads.create(creates))).toBe('conflict');
    const ids = (await kit.rows(threads)).map(({ id }) => publicThreadId(id));
    expect(ids).toEqual(['a', 'b', 'taken']);
    expect(await codeOf(kit.owner.threads.delete(['a', 'missing', 'b']))).toBe('not_found');
    expect(only((await kit.owner.threads.list()).data).id).toBe('taken');
    const updates = [
      { id: 'taken', title: 'new' },
      { id: 'gone', title: 'new' },
    ];
    expect(await codeOf(kit.owner.threads.update(updates))).toBe('not_found');
    expect((await kit.owner.threads.get('taken')).title).toBe('new');
  });

  test('makes each entry once under its idempotency key', async () => {
    await using kit = await openKit();
    // The second key has the maximum length.
    for (const idempotencyKey of ['key', 'k'.repeat(128)]) {
      const create = () => kit.owner.threads.create([{}, {}, {}], { idempotencyKey });
      const first = await create();
      expect(await create()).toEqual(first);
      expect(new Set(first.map(({ id }) => id)).size).toBe(3);
    }
    const tooLong = { idempotencyKey: 'k'.repeat(129) };
    expect(await codeOf(kit.owner.threads.create([{}, {}], tooLong))).toBe('invalid_request');
    // Another key that only looks like that of an entry is a different key.
    await kit.owner.threads.create([{ title: 'other' }], { idempotencyKey: 'key#0' });
    expect(await kit.rows(threads)).toHaveLength(7);
  });

  test('of something other than an array is misuse', async () => {
    await using kit = await openKit();
    const notArray = { length: 0 } as unknown as []; // what callers without types may send
    const api = kit.owner.threads;
    await expect(api.create(notArray)).rejects.toThrow(TypeError);
    await expect(api.update(notArray)).rejects.toThrow(TypeError);
    await expect(api.delete(notArray)).rejects.toThrow(TypeError);
  });
});

describe('a store', () => {
  test('that is closed is unavailable', async () => {
    const kit = await openKit();
    const { id } = await kit.thread();
    const [item] = await kit.say(id, 'text');
    await kit.store.close();
    await kit.store.close();
    const calls = [...verbs(kit.owner, id, item!.id), ...operatorCalls(kit)];
    const codes = await Promise.all(
      calls.map(async ([name, call]) => [name, await codeOf(call())]),
    );
    expect(codes).toEqual(calls.map(([name]) => [name, 'unavailable']));
  });

  test('that closes finishes what was begun', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    const { id } = await kit.thread();
    const saying = times(20, (i) => codeOf(kit.say(id, `${i}`)));
    const closing = kit.store.close();
    const codes = await Promise.all(saying);
    await closing;
    await using again = await openKit({ engine });
    const kept = textsIn((await again.owner.items.list(id)).data);
    // Acknowledged items are stored, refused ones are not.
    expect(kept).toEqual(times(20, (i) => `${i}`).filter((_, i) => codes[i] === 'none'));
    expect(new Set(codes)).not.toContain('internal');
  });

  test('closes at the end of its block', async () => {
    const engine = memory();
    let owner: ProjectApi;
    {
      await using store = await createStore({ engine });
      owner = store.project('project').as({ userId: 'owner' });
      await owner.threads.create([{ id: 'kept' }]);
    }
    expect(await codeOf(owner.threads.get('kept'))).toBe('unavailable');
    await using kit = await openKit({ engine });
    expect((await kit.owner.threads.get('kept')).id).toBe('kept');
  });

  test('ends its live readers when it closes', async () => {
    const kit = await openKit();
    const { id } = await kit.thread();
    const live = kit.owner.threads.live(id);
    await live.next();
    const next = live.next();
    await kit.store.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('says whether it is ready', async () => {
    const engine = faultEngine(memory());
    await using kit = await openKit({ engine });
    await kit.store.checkReady();
    engine.fill();
    expect(await codeOf(kit.store.checkReady())).toBe('unavailable');
    engine.heal();
    await kit.store.checkReady();
    expect(kit.store.capabilities).toEqual(engine.capabilities);
  });
});

describe('a store that cannot be opened', () => {
  test("throws the engine's error and holds no resource", async () => {
    const base = memory();
    let isBroken = true;
    const engine: Engine = Object.assign(new TappedEngine(base), {
      open: (tables: Parameters<Engine['open']>[0]) =>
        isBroken ? Promise.reject(new SkeinError('unavailable', 'no')) : base.open(tables),
    });
    expect(await codeOf(createStore({ engine }))).toBe('unavailable');
    isBroken = false;
    await using kit = await openKit({ engine });
    await kit.thread();
  });

  test('closes the engine when the first read fails', async () => {
    const engine = faultEngine(memory());
    engine.next('failRead');
    expect(await codeOf(createStore({ engine }))).toBe('unavailable');
    await using kit = await openKit({ engine }); // refused if it were still open
    await kit.thread();
  });

  test('leaves the directory to the store that holds it', async () => {
    await using folder = await temporaryFolder();
    const engine = () => lsm({ path: folder.pathOf('data') });
    const kit = await openKit({ engine: engine() });
    expect(await codeOf(createStore({ engine: engine() }))).toBe('unavailable');
    const { id } = await kit.thread();
    await kit.store.close();
    await using again = await openKit({ engine: engine() });
    expect((await again.owner.threads.get(id)).id).toBe(id);
  });
});

const badNames: readonly (readonly [unknown])[] = [
  [''],
  ['x'.repeat(129)],
  ['a\nb'],
  ['a\u0000'],
  [7],
  [null],
];

describe('a caller', () => {
  test.each(titled(badNames))('cannot be named %j', async (name) => {
    await using kit = await openKit();
    const text = name as string; // what callers without types may send
    expect(await issuesOf(later(() => kit.store.project(text)))).toEqual(['projectId']);
    const naming = later(() => kit.store.project('project').as({ userId: text }));
    expect(await issuesOf(naming)).toEqual(['userId']);
  });

  test('without a name is anonymous', async () => {
    await using kit = await openKit();
    const nobody = {} as { userId: string }; // what callers without types may send
    const project = kit.store.project('project').as(nobody);
    expect(await codeOf(project.threads.create([{}]))).toBe('unauthenticated');
  });

  test('who is anonymous reads public threads and writes nothing', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'unlisted' });
    const [item] = await kit.say(id, 'text', 'more');
    const { anonymous } = kit;
    expect((await anonymous.threads.get(id)).id).toBe(id);
    expect(textsIn((await anonymous.items.list(id)).data)).toEqual(['text', 'more']);
    const writes = verbs(anonymous, id, item!.id).filter(([name]) => name.startsWith('write'));
    const codes = await Promise.all(
      writes.map(async ([name, call]) => [name, await codeOf(call())]),
    );
    expect(codes).toEqual(writes.map(([name]) => [name, 'unauthenticated']));
    const { id: hidden } = await kit.thread();
    for (const unreadable of [hidden, 'not-there', '../etc']) {
      const calls = verbs(anonymous, unreadable, item!.id).filter(
        ([name]) => !name.endsWith('elsewhere'),
      );
      const found = await Promise.all(
        calls.map(async ([name, call]) => [name, await codeOf(call())]),
      );
      expect(found).toEqual(calls.map(([name]) => [name, 'unauthenticated']));
    }
  });

  test.each(['private', 'unlisted', 'public'] as const)(
    'finds no %s thread of another project, whatever it does',
    async (visibility) => {
      await using kit = await openKit();
      const { id } = await kit.thread({ visibility, tags: ['tag'] });
      const [item] = await kit.say(id, 'text', 'more');
      const before = await kit.owner.threads.get(id);
      const calls = verbs(kit.foreigner, id, item!.id).filter(
        ([name]) => !name.endsWith('elsewhere'),
      );
      const codes = await Promise.all(
        calls.map(async ([name, call]) => [name, await codeOf(call())]),
      );
      expect(codes).toEqual(calls.map(([name]) => [name, 'not_found']));
      for (const list of [{}, { tag: 'tag' }, { visibility: 'public' as const }]) {
        expect((await kit.foreigner.threads.list(list)).data).toEqual([]);
      }
      expect(only(await kit.foreigner.threads.create([{ id }])).itemCount).toBe(0);
      expect(await kit.owner.threads.get(id)).toEqual(before);
    },
  );
});

/** Turns a synchronous throw into a rejection. */
async function later(run: () => unknown): Promise<void> {
  await Promise.resolve();
  run();
}

/** The id of no item. */
const nowhere = '019aa000-0000-7000-8000-000000000000';

type Call = readonly [name: string, call: () => Promise<unknown>];

/** Every verb, called on one thread; the calls marked `elsewhere` need none. */
function verbs(project: ProjectApi, id: string, itemId: string): Call[] {
  const { threads, items, edges, scopes, models } = project;
  const item = { role: 'user', text: 'x' } as const;
  const edge = { fromItemId: itemId, toItemId: itemId, type: 'depends_on' } as const;
  return [
    ['get', () => threads.get(id)],
    ['live', () => threads.live(id).next()],
    ['forks', () => threads.forks(id)],
    ['graph', () => threads.graph(id)],
    ['list items', () => items.list(id)],
    ['get item', () => items.get(id, itemId)],
    ['list edges', () => edges.list(id)],
    ['list elsewhere', () => threads.list({ visibility: 'public' })],
    ['list models elsewhere', () => models.list()],
    ['write: update', () => threads.update([{ id, title: 'x' }])],
    ['write: delete', () => threads.delete([id])],
    ['write: fork', () => threads.fork([{ threadId: id }])],
    ['write: forkWithOutcome', () => threads.forkWithOutcome({ threadId: id })],
    ['write: append', () => items.append(id, [item])],
    ['write: appendWithOutcome', () => items.appendWithOutcome(id, [item])],
    ['write: visibility', () => items.update(id, [{ id: itemId, visibility: 'hidden' }])],
    ['write: redact', () => items.redact(id, [itemId])],
    ['write: edges', () => edges.create(id, [{ ...edge, toItemId: nowhere }])],
    ['write: create elsewhere', () => threads.create([{}])],
    ['write: createWithOutcome elsewhere', () => threads.createWithOutcome({})],
    ['write: scope elsewhere', () => scopes.getOrCreate([{ scopeType: 'a', scopeId: 'b' }])],
  ];
}

function operatorCalls({ store }: StoreKit): Call[] {
  const { keys } = store;
  return [
    ['ready', () => store.checkReady()],
    ['create key', () => keys.create({ projectId: 'project', name: 'key' })],
    ['list keys', () => keys.list()],
    ['revoke key', () => keys.revoke('key')],
    ['verify key', () => keys.verify('sk_key')],
    ['issue token', () => keys.issueToken({ projectId: 'project', userId: 'owner' })],
    ['verify token', () => keys.verifyToken('ut_token')],
  ];
}
