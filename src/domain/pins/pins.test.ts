import { describe, expect, test } from 'vitest';
import type { LiveEvent } from '../../api/live.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { threads } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  settled,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  exportOf,
  importInto,
  problemsOf,
} from '../../../test/support/store/transfer-kit-for-testing.ts';
import { memory } from '../../engines/memory/index.ts';

function as(kit: StoreKit, userId: string): ProjectApi {
  return kit.store.project('project').as({ userId });
}

async function pinned(caller: ProjectApi, id: string): Promise<string[]> {
  const { data } = await caller.pins.list(id);
  const page = await caller.items.list(id, { order: 'desc' });
  expect(textsIn(page.data.filter((item) => item.pinned))).toEqual(textsIn(data));
  return textsIn(data);
}

describe.each(enginePlaces)('pins on %s', (_name, create) => {
  test('are set and taken once each, and listed with the newest item first', async () => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread();
    const said = await kit.say(id, 'a', 'b', 'c');
    const [a, b, c] = said.map((item) => item.id);
    const done = await kit.owner.pins.add(id, [c!, a!]);
    expect(done.map((item) => [item.id, item.pinned])).toEqual([
      [c, true],
      [a, true],
    ]);
    const { version } = await kit.owner.threads.get(id);
    await kit.owner.pins.add(id, [a!, a!]);
    await kit.owner.pins.remove(id, [b!]);
    expect((await kit.owner.threads.get(id)).version).toBe(version);
    expect(await pinned(kit.owner, id)).toEqual(['c', 'a']);
    const first = await kit.owner.pins.list(id, { limit: 1 });
    const second = await kit.owner.pins.list(id, { limit: 1, after: first.nextCursor! });
    expect(textsIn([...first.data, ...second.data])).toEqual(['c', 'a']);
    expect(second.nextCursor).toBeNull();
    await kit.owner.pins.remove(id, [c!]);
    expect(await pinned(kit.owner, id)).toEqual(['a']);
    await kit.owner.pins.remove(id, [a!]);
    expect(await pinned(kit.owner, id)).toEqual([]);
    expect((await kit.rows(threads)).map(({ pins }) => pins)).toEqual([undefined]);
    await kit.owner.pins.add(id, [b!]);
    await kit.store.close();
    expect(await problemsOf(place.open())).toEqual([]);
    await using again = await openKit({ engine: place.open() });
    expect(await pinned(again.owner, id)).toEqual(['b']);
  });

  test('of many at once are all kept, up to fifty', async () => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    await using there = kit.store.capabilities.shared
      ? await openKit({ engine: place.open() })
      : undefined;
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(51, (i) => `${i}`));
    const callers = [kit.owner, (there ?? kit).owner];
    await Promise.all(said.slice(0, 50).map((item, i) => callers[i % 2]!.pins.add(id, [item.id])));
    expect((await kit.owner.pins.list(id)).data).toHaveLength(50);
    const last = said[50]!.id;
    expect(await codeOf(kit.owner.pins.add(id, [last]))).toBe('conflict');
    await kit.owner.pins.remove(id, [said[0]!.id]);
    await kit.owner.pins.add(id, [last]);
    const { data } = await kit.owner.pins.list(id, { limit: 1 });
    expect(textsIn(data)).toEqual(['50']);
  });
});

describe('who', () => {
  test('may pin is who leads the thread, and both in a direct one', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({
      mode: 'group',
      visibility: 'public',
      participants: [{ userId: 'other' }, { userId: 'moderator', role: 'moderator' }],
    });
    const [said] = await kit.say(id, 'hello');
    const pin = (caller: ProjectApi) => codeOf(caller.pins.add(id, [said!.id]));
    const unpin = (caller: ProjectApi) => codeOf(caller.pins.remove(id, [said!.id]));
    for (const call of [pin, unpin]) {
      expect(await call(kit.other)).toBe('forbidden');
      expect(await call(as(kit, 'stranger'))).toBe('forbidden');
      expect(await call(kit.anonymous)).toBe('unauthenticated');
      expect(await call(kit.foreigner)).toBe('not_found');
      expect(await call(as(kit, 'moderator'))).toBe('none');
    }
    await pin(kit.owner);
    expect(await pinned(kit.anonymous, id)).toEqual(['hello']);
    const [direct] = [await kit.owner.direct.open('other')];
    const [mine] = await kit.say(direct.id, 'first');
    const edit = { text: 'second', replacesId: mine!.id };
    const edited = await kit.append(direct.id, edit);
    const [shown] = await kit.other.pins.add(direct.id, [edited.id]);
    expect(shown).toMatchObject({ id: edited.id, pinned: true });
    expect(await pinned(kit.owner, direct.id)).toEqual(['second']);
    await kit.owner.pins.remove(direct.id, [mine!.id]);
    expect(await pinned(kit.other, direct.id)).toEqual([]);
  });

  test('does not see an item sees no pin of it, and cannot pin it', async () => {
    await using kit = await openKit();
    const participants = [{ userId: 'other', role: 'moderator' as const }, { userId: 'reader' }];
    const { id } = await kit.thread({ mode: 'group', participants });
    const [secret] = await kit.other.items.append(id, [
      { role: 'user', text: 'secret', private: true },
    ]);
    const [said, hidden] = await kit.say(id, 'hello', 'hidden');
    const tail = as(kit, 'reader').threads.live(id);
    await tail.next();
    await kit.other.pins.add(id, [secret!.id, hidden!.id]);
    await kit.owner.items.update(id, [{ id: hidden!.id, visibility: 'hidden' }]);
    await kit.owner.pins.add(id, [said!.id]);
    expect(await pinned(kit.owner, id)).toEqual(['hello']);
    expect(await pinned(kit.other, id)).toEqual(['hello', 'secret']);
    expect(await codeOf(kit.owner.pins.add(id, [secret!.id]))).toBe('not_found');
    expect(await codeOf(kit.owner.pins.remove(id, [secret!.id]))).toBe('not_found');
    expect(await codeOf(kit.owner.pins.add(id, [hidden!.id]))).toBe('conflict');
    expect(await codeOf(kit.owner.pins.add(id, ['x']))).toBe('not_found');
    const events: LiveEvent[] = [];
    for await (const event of tail) {
      events.push(event);
      if (JSON.stringify(event).includes(said!.id)) break;
    }
    expect(JSON.stringify(events)).not.toContain(secret!.id);
    await kit.owner.pins.remove(id, [hidden!.id]);
    await kit.owner.items.update(id, [{ id: hidden!.id, visibility: 'visible' }]);
    expect(await pinned(kit.owner, id)).toEqual(['hello']);
  });

  test('asks for too much, or with another version, is told so', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [said] = await kit.say(id, 'hello');
    const many = times(51, () => said!.id);
    expect(await issuesOf(kit.owner.pins.add(id, many))).toEqual(['itemIds']);
    expect(await kit.owner.pins.add(id, [])).toEqual([]);
    const { version } = await kit.owner.threads.get(id);
    const stale = { ifVersion: version - 1 };
    expect(await codeOf(kit.owner.pins.add(id, [said!.id], stale))).toBe('precondition_failed');
    await kit.owner.pins.add(id, [said!.id], { ifVersion: version });
    expect(await codeOf(kit.owner.pins.remove(id, [said!.id], stale))).toBe('precondition_failed');
    expect(await pinned(kit.owner, id)).toEqual(['hello']);
  });
});

test('live readers hear of pins, with the item', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [said] = await kit.say(id, 'hello');
  const { cursor } = await kit.owner.items.list(id);
  await kit.owner.pins.add(id, [said!.id]);
  await kit.owner.pins.remove(id, [said!.id]);
  await kit.owner.pins.add(id, [said!.id]);
  const told: unknown[] = [];
  for await (const event of kit.owner.threads.live(id, { after: cursor })) {
    if (event.type === 'head') break;
    if (event.type !== 'change') continue;
    const { type, itemId, authorId } = event.change;
    told.push([type, itemId, authorId, event.item?.pinned]);
  }
  const by = [said!.id, 'owner', true]; // as the item is now
  expect(told).toEqual([
    ['pin', ...by],
    ['unpin', ...by],
    ['pin', ...by],
  ]);
});

test('an edited item stays pinned, and a redacted one does not, also in forks', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [a, b] = await kit.say(id, 'a', 'b');
  await kit.owner.pins.add(id, [a!.id, b!.id]);
  await kit.append(id, { text: 'A', replacesId: a!.id });
  const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
  expect(await pinned(kit.owner, fork.id)).toEqual([]);
  await kit.owner.pins.add(fork.id, [a!.id, b!.id]);
  await kit.owner.items.redact(id, [b!.id]);
  await settled(kit);
  for (const thread of [id, fork.id]) expect(await pinned(kit.owner, thread)).toEqual(['A']);
  await kit.owner.threads.delete([id]);
  await settled(kit);
  expect(await pinned(kit.owner, fork.id)).toEqual(['A']);
  const gone = (await kit.rows(threads)).find((row) => row.deletedAt !== undefined);
  expect(gone?.pins).toBeUndefined();
  await kit.store.close();
  expect(await problemsOf(kit.engine)).toEqual([]);
});

test('an import has the pins, reactions, replies and revisions that its export had', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [said] = await kit.say(id, 'hello');
  const itemId = said!.id;
  await kit.owner.pins.add(id, [itemId]);
  await kit.owner.reactions.add(id, [{ itemId, emoji: ':seen:' }]);
  await kit.append(id, { text: 'a reply', parentId: itemId });
  await kit.append(id, { text: 'hallo', replacesId: itemId });
  const attached = (caller: ProjectApi): Promise<unknown> =>
    Promise.all([
      caller.pins.list(id),
      caller.items.replies(id, itemId),
      caller.items.revisions(id, itemId),
    ]);
  const before = await attached(kit.owner);
  expect(JSON.stringify(before)).toContain(':seen:');
  await kit.store.close();
  const { lines } = await exportOf(kit.engine);
  const engine = memory();
  await importInto(engine, lines);
  await using there = await openKit({ engine });
  expect(await attached(there.owner)).toEqual(before);
  // Once more, on top of what has been pinned there meanwhile.
  await there.owner.pins.remove(id, [itemId]);
  await there.store.close();
  await importInto(engine, lines);
  await using again = await openKit({ engine });
  expect((await again.owner.pins.list(id)).data).toEqual([]);
  await again.store.close();
  expect(await problemsOf(engine)).toEqual([]);
});
