import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { changes, items } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { LiveClientForTesting } from '../../../test/support/store/live-client-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  settled,
  textIn,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  TappedEngine,
  recordCalls,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { LiveEvent } from '../../api/live.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const seed = seedForTesting();
const nowhere = '019aa000-0000-7000-8000-000000000000';

function isTitled(title: string): (event: LiveEvent) => boolean {
  return (event) => event.type === 'head' && event.thread.title === title;
}

/** A short name for an event. */
function nameOf(event: LiveEvent): string {
  switch (event.type) {
    case 'item':
      return `item ${textIn(event.item)}`;
    case 'change':
      return `${event.change.type} ${event.item ? textIn(event.item) : 'gone'}`;
    case 'participant':
      return `${event.participant.state} ${event.participant.userId}`;
    case 'reaction':
      return `${event.reaction.emoji} ${event.reaction.count}`;
    case 'head':
      return `head ${event.thread.version}`;
  }
}

/** The next events of a tail, as many as arrive together. */
async function take(tail: AsyncGenerator<LiveEvent, void>, count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const next = await tail.next();
    if (next.done) return [...names, 'end'];
    names.push(nameOf(next.value));
  }
  return names;
}

describe('a live reader', () => {
  test('begins now, with the head, and continues with what arrives', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'before');
    const tail = kit.owner.threads.live(id);
    expect(await take(tail, 1)).toEqual(['head 2']);
    const [a] = await kit.say(id, 'a', 'b');
    expect(await take(tail, 3)).toEqual(['item a', 'item b', 'head 3']);
    await kit.append(id, { text: 'A', replacesId: a!.id });
    expect(await take(tail, 2)).toEqual(['edit A', 'head 5']);
    await kit.owner.items.update(id, [{ id: a!.id, visibility: 'hidden' }]);
    expect(await take(tail, 2)).toEqual(['visibility gone', 'head 6']);
    await kit.owner.items.update(id, [{ id: a!.id, visibility: 'visible' }]);
    expect(await take(tail, 2)).toEqual(['visibility A', 'head 7']);
    await kit.owner.items.redact(id, [a!.id]);
    expect(await take(tail, 2)).toEqual(['redaction ', 'head 8']);
    await kit.owner.threads.update([{ id, title: 'new' }]);
    expect(await take(tail, 1)).toEqual(['head 9']);
    await tail.return();
  });

  test('tells the view that it was asked for', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const views = ['current', 'context', 'log'] as const;
    const tails = views.map((view) => kit.owner.threads.live(id, { view }));
    for (const tail of tails) await take(tail, 1);
    const [a] = await kit.say(id, 'a');
    await kit.append(id, { text: 'hidden', visibility: 'hidden' });
    await kit.append(id, { text: 'archived', visibility: 'archived' });
    await kit.append(id, { text: 'A', replacesId: a!.id });
    await kit.owner.items.update(id, [{ id: a!.id, visibility: 'hidden' }]);
    await kit.owner.threads.update([{ id, title: 'done' }]);
    const found: string[][] = [];
    for (const tail of tails) {
      const names: string[] = [];
      for await (const event of tail) {
        if (event.type !== 'head') names.push(nameOf(event));
        if (isTitled('done')(event)) break;
      }
      found.push(names);
    }
    expect(found).toEqual([
      // The item was hidden before the reader reached it, so the reader sees only the hiding.
      ['edit gone', 'visibility gone'],
      ['item a', 'item hidden', 'edit A', 'visibility A'],
      ['item a', 'item hidden', 'item archived', 'item A', 'edit A', 'visibility A'],
    ]);
  });

  test('continues from a page without missing or repeating anything', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a', 'b', 'c');
    const page = await kit.owner.items.list(id, { order: 'desc', limit: 1 });
    await kit.append(id, { text: 'A', replacesId: a!.id });
    await kit.say(id, 'd');
    const tail = kit.owner.threads.live(id, { after: page.cursor });
    expect(await take(tail, 3)).toEqual(['edit A', 'item d', 'head 5']);
    await tail.return();
  });

  test('continues from an item, even between the items of one append', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said = await kit.say(id, 'a', 'b', 'c');
    await kit.owner.items.update(id, [{ id: said[0]!.id, visibility: 'hidden' }]);
    const tail = kit.owner.threads.live(id, { after: said[1]!.id });
    expect(await take(tail, 3)).toEqual(['item c', 'visibility gone', 'head 3']);
    await tail.return();
  });

  test('continues from any event as if it had not been interrupted', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const begin = (await kit.owner.items.list(id)).cursor;
    const said = await kit.say(id, 'a', 'b', 'c');
    await kit.append(id, { text: 'A', replacesId: said[0]!.id });
    await kit.owner.items.update(
      id,
      said.slice(1).map((item) => ({ id: item.id, visibility: 'hidden' as const })),
    );
    await kit.say(id, 'd', 'e');
    await kit.owner.threads.update([{ id, title: 'done' }]);
    for (const view of ['current', 'log'] as const) {
      const whole = new LiveClientForTesting(kit.owner, id, { view, after: begin });
      await whole.read(isTitled('done'));
      expect(whole.events.length).toBeGreaterThan(6);
      for (const [i, { cursor }] of whole.events.slice(0, -1).entries()) {
        const rest = new LiveClientForTesting(kit.owner, id, { view, after: cursor });
        await rest.read(isTitled('done'));
        expect([i, rest.events]).toEqual([i, whole.events.slice(i + 1)]);
      }
    }
  });

  test('behind by more commits than are kept reads the log, and catches up', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const tail = kit.owner.threads.live(id);
    await take(tail, 1);
    const texts = times(1000, (i) => `${i}`);
    for (const text of texts) await kit.say(id, text);
    const names: string[] = [];
    for await (const event of tail) {
      if (event.type === 'item') names.push(textIn(event.item));
      if (event.type === 'head' && event.thread.itemCount === 1000) break;
    }
    expect(names).toEqual(texts);
  });

  test('costs the engine nothing while it keeps up, and holds nothing for a slow one', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const tails = times(50, () => kit.owner.threads.live(id));
    for (const tail of tails) await take(tail, 1);
    const waiting = tails.map((tail) => take(tail, 20)); // ten items and ten heads, as they come
    const calls = recordCalls(engine);
    for (let i = 0; i < 10; i++) {
      await kit.say(id, `${i}`);
      await someTurns();
    }
    for (const names of await Promise.all(waiting)) expect(names).toHaveLength(20);
    // A scan without a prefix is maintenance, such as the sweep for runs of dead processes.
    const scans = calls.filter((call) => call.method === 'scan' && call.scan.prefix.length > 0);
    expect(scans).toEqual([]);
    for (const tail of tails) await tail.return();
  });

  test.each<[string, object]>([
    ['after', { after: 'x' }],
    ['after', { after: '' }],
    ['after', { after: nowhere }],
    ['view', { view: 'all' }],
  ])('is refused for its %s, %#', async (path, options) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    expect(await issuesOf(kit.owner.threads.live(id, options).next())).toEqual([path]);
  });

  test("takes no cursor of another thread, list or future, and no other thread's item", async () => {
    await using kit = await openKit();
    const [a, b] = [await kit.thread(), await kit.thread()];
    const [item] = await kit.say(a.id, 'x', 'y');
    const page = await kit.owner.items.list(a.id, { limit: 1 });
    for (const after of [item!.id, page.cursor, page.nextCursor!]) {
      expect(await issuesOf(kit.owner.threads.live(b.id, { after }).next())).toEqual(['after']);
    }
    const wrongList = kit.owner.threads.live(a.id, { after: page.nextCursor! });
    expect(await issuesOf(wrongList.next())).toEqual(['after']);
    const parts = JSON.parse(Buffer.from(page.cursor, 'base64url').toString()) as unknown[];
    const ahead = parts.map((part) => (part === 2 ? 3 : part));
    const cursor = Buffer.from(JSON.stringify(ahead)).toString('base64url');
    expect(await issuesOf(kit.owner.threads.live(a.id, { after: cursor }).next())).toEqual([
      'after',
    ]);
  });

  test('is for who may read', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    for (const caller of [kit.other, kit.foreigner]) {
      expect(await codeOf(caller.threads.live(id).next())).toBe('not_found');
    }
    for (const unreadable of [id, 'not-there']) {
      expect(await codeOf(kit.anonymous.threads.live(unreadable).next())).toBe('unauthenticated');
    }
    expect(await codeOf(kit.owner.threads.live('not-there').next())).toBe('not_found');
  });
});

describe('a tail ends', () => {
  async function tailOf(kit: StoreKit, caller = kit.owner, signal?: AbortSignal) {
    const { id } = await kit.thread({ visibility: 'public' });
    const tail = caller.threads.live(id, signal ? { signal } : {});
    await take(tail, 1);
    return { id, tail };
  }

  test('when the thread is deleted', async () => {
    await using kit = await openKit();
    const { id, tail } = await tailOf(kit);
    const waiting = take(tail, 5);
    await kit.say(id, 'last');
    await kit.owner.threads.delete([id]);
    const names = await waiting;
    expect(names.at(-1)).toBe('end');
  });

  test('when access ends, for those who lose it', async () => {
    await using kit = await openKit();
    const { id, tail } = await tailOf(kit, kit.other);
    const own = kit.owner.threads.live(id);
    await take(own, 1);
    const waiting = take(tail, 5);
    await kit.owner.threads.update([{ id, visibility: 'private' }]);
    await kit.say(id, 'secret');
    expect(await waiting).toEqual(['end']);
    expect(await take(own, 2)).toEqual(['item secret', 'head 3']);
    await own.return();
  });

  test('when its reader aborts, waiting or not', async () => {
    await using kit = await openKit();
    const controller = new AbortController();
    const { id, tail } = await tailOf(kit, kit.owner, controller.signal);
    const waiting = take(tail, 1);
    await someTurns();
    controller.abort();
    expect(await waiting).toEqual(['end']);
    const aborted = kit.owner.threads.live(id, { signal: AbortSignal.abort() });
    const names = await take(aborted, 2);
    expect(names.at(-1)).toBe('end');
  });

  test('when the store is closed', async () => {
    const kit = await openKit();
    const { tail } = await tailOf(kit);
    const waiting = take(tail, 1);
    await someTurns();
    await kit.store.close();
    expect(await waiting).toEqual(['end']);
  });

  test('by being left, and leaves no listener behind', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    for (let i = 0; i < 100; i++) {
      for await (const event of kit.owner.threads.live(id)) {
        expect(event.type).toBe('head');
        break;
      }
    }
    await kit.say(id, 'x');
  });
});

describe('in a fork', () => {
  test('what it inherits is shown as it is there', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const [a, b, c] = await kit.say(id, 'a', 'b', 'c');
    await kit.append(id, { text: 'A', replacesId: a!.id });
    const made = only(await kit.owner.threads.fork([{ threadId: id }]));
    await kit.append(id, { text: 'B, too late', replacesId: b!.id });
    await kit.owner.items.update(made.id, [{ id: c!.id, visibility: 'hidden' }]);
    await kit.owner.threads.update([{ id: made.id, visibility: 'public' }]);
    const begin = encodeStart(made.id, await kit.owner.items.list(made.id));
    const tail = kit.anonymous.threads.live(made.id, { after: begin });
    expect(await take(tail, 4)).toEqual(['item A', 'item b', 'visibility gone', 'head 3']);
    await tail.return();
  });

  test('amendments of the source arrive, and its deletion changes nothing', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b] = await kit.say(id, 'a', 'b');
    const made = only(await kit.owner.threads.fork([{ threadId: id }]));
    await kit.say(made.id, 'own');
    const client = new LiveClientForTesting(kit.owner, made.id, {
      after: encodeStart(made.id, await kit.owner.items.list(made.id)),
    });
    const reading = client.read(isTitled('done'));
    await kit.owner.items.update(id, [{ id: a!.id, visibility: 'hidden' }]);
    await kit.owner.items.redact(id, [b!.id]);
    await kit.owner.threads.delete([id]);
    await settled(kit);
    await kit.say(made.id, 'after');
    await kit.append(made.id, { text: 'edited', replacesId: b!.id }).catch(() => undefined);
    await kit.owner.items.update(made.id, [{ id: a!.id, visibility: 'visible' }]);
    await kit.owner.threads.update([{ id: made.id, title: 'done' }]);
    await reading;
    const expected = await kit.owner.items.list(made.id);
    expect(textsIn(client.items)).toEqual(textsIn(expected.data));
    const told = client.events.filter(({ type }) => type === 'item');
    expect(new Set(told.map((event) => event.type === 'item' && event.item.id)).size).toBe(
      told.length,
    );
  });

  /** A cursor before everything in the thread. */
  function encodeStart(id: string, { cursor }: { readonly cursor: string }): string {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    expect(id).not.toBe('');
    const start = parts.map((part, i) => (i === 1 ? '' : typeof part === 'number' ? 0 : part));
    return Buffer.from(JSON.stringify(start)).toString('base64url');
  }
});

describe(`random writers and readers that are cut off at random (SEED=${seed})`, () => {
  test.each(enginePlaces.filter(([name]) => name !== 'lsm in memory'))(
    'see each event exactly once, and agree with a page: %s',
    async (_name, create) => {
      await using place = await create();
      await using kit = await openKit({ engine: place.open() });
      const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
      const random = seededRandom(seed);
      const start = (await kit.owner.items.list(id)).cursor;
      const clients = [
        ...times(3, () => new LiveClientForTesting(kit.owner, id, { view: 'log', after: start })),
        ...times(
          3,
          () => new LiveClientForTesting(kit.owner, id, { view: 'current', after: start }),
        ),
        ...times(
          2,
          () => new LiveClientForTesting(kit.owner, id, { view: 'context', after: start }),
        ),
        ...times(2, () => new LiveClientForTesting(kit.anonymous, id, { after: start })),
      ];
      const reading = clients.map((client, i) =>
        client.read(
          isTitled('done'),
          () => random.chance(i % 2 ? 0.1 : 0.02),
          () => pause(random, i),
        ),
      );
      await Promise.all(times(4, (writer) => writeRandomly(kit, id, random, writer)));
      await kit.owner.threads.update([{ id, title: 'done' }]);
      await Promise.all(reading);
      const order = await orderOf(kit, id);
      for (const [i, client] of clients.entries()) checkOrder(client, i < 3 ? order : undefined);
      await checkLists(kit, id, clients);
      expect(clients.some(({ cuts }) => cuts > 5)).toBe(true);
    },
  );

  test('see those of another process, too', async () => {
    const share = shareEngineForTesting(memory());
    await using here = await openKit({ engine: share() });
    await using there = await openKit({ engine: share() });
    const { id } = await here.thread();
    const random = seededRandom(seed);
    const client = new LiveClientForTesting(here.owner, id, { view: 'log' });
    const reading = client.read(isTitled('done'), () => random.chance(0.1));
    await someTurns();
    for (let i = 0; i < 20; i++) {
      await (i % 3 === 0 ? here : there).say(id, `${i}`);
      await someTurns(random.below(50));
    }
    await there.owner.threads.update([{ id, title: 'done' }]);
    await reading;
    checkOrder(client, await orderOf(here, id));
  });
});

/** Slow readers, which fall behind the commits in memory. */
async function pause(random: SeededRandom, reader: number): Promise<void> {
  if (reader % 3 === 0 && random.chance(0.1)) await someTurns(random.below(400));
}

async function writeRandomly(
  kit: StoreKit,
  id: string,
  random: SeededRandom,
  writer: number,
): Promise<void> {
  const own: string[] = [];
  for (let step = 0; step < 40; step++) {
    const kind = random.below(10);
    const named = own.length > 0 ? random.pick(own) : undefined;
    if (named === undefined || kind < 5) {
      const said = await kit.say(
        id,
        ...times(1 + random.below(3), (i) => `${writer}.${step}.${i}`),
      );
      own.push(...said.map((item) => item.id));
    } else if (kind < 7) {
      const edit = { text: `${writer}.${step}, edited`, replacesId: named };
      await kit.append(id, edit).catch(mustBeRedacted);
    } else if (kind < 9) {
      const visibility = random.pick(['visible', 'hidden', 'archived'] as const);
      await kit.owner.items.update(id, [{ id: named, visibility }]);
    } else if (random.chance(0.3)) await kit.owner.items.redact(id, [named]);
    else await kit.owner.threads.update([{ id, title: `${writer}.${step}` }]);
  }
}

function mustBeRedacted(error: unknown): void {
  expect(error).toMatchObject({ code: 'conflict' });
}

/** Items and changes in commit order, from the engine. */
async function orderOf(kit: StoreKit, id: string): Promise<string[]> {
  const entries = [
    ...(await kit.rows(items, [id])).map((row) => ({
      at: row.commitVersion,
      name: row.id as string,
    })),
    ...(await kit.rows(changes, [id])).map(({ version }) => ({ at: version, name: `${version}` })),
  ];
  return entries
    .toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** Checks that no event is repeated or out of order; with `order`, that none is missing. */
function checkOrder({ events }: LiveClientForTesting, order: readonly string[] | undefined): void {
  const heads = events.flatMap((event) => (event.type === 'head' ? [event.thread.version] : []));
  expect(heads).toEqual([...new Set(heads)].toSorted((a, b) => a - b));
  const told = events.flatMap((event) => {
    if (event.type === 'item') return [event.item.id];
    return event.type === 'change' ? [`${event.change.version}`] : [];
  });
  if (order) expect(told).toEqual(order);
  expect(new Set(told).size).toBe(told.length);
  const versions = events.flatMap((event) =>
    event.type === 'change' ? [event.change.version] : [],
  );
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length);
}

/** Checks that the client's list equals what a page shows now. */
async function checkLists(
  kit: StoreKit,
  id: string,
  clients: readonly LiveClientForTesting[],
): Promise<void> {
  const page = async (view: 'current' | 'context'): Promise<string[]> =>
    textsIn((await kit.owner.items.list(id, { view, limit: 1000 })).data);
  const [current, context] = [await page('current'), await page('context')];
  for (const client of clients.slice(3, 6)) expect(textsIn(client.items)).toEqual(current);
  for (const client of clients.slice(6, 8)) expect(textsIn(client.items)).toEqual(context);
  for (const client of clients.slice(8)) expect(textsIn(client.items)).toEqual(current);
}
