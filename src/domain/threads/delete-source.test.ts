import { describe, expect, test } from 'vitest';
import { doctor } from '../../store/doctor/doctor.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { edges, items, overlays, threads } from '../../records/tables.ts';
import {
  codeOf,
  only,
  openKit,
  settled,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  TappedEngine,
  type EngineCall,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { Item } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

async function fork(
  kit: StoreKit,
  threadId: string,
  at?: Item,
  caller: ProjectApi = kit.owner,
): Promise<string> {
  return only(await caller.threads.fork([{ threadId, ...(at && { atItemId: at.id }) }])).id;
}

/** Everything that the owner sees of a thread, except when it last changed. */
async function everything(kit: StoreKit, id: string): Promise<unknown> {
  const { updatedAt: _, version: __, ...thread } = await kit.owner.threads.get(id);
  const views = ['current', 'context', 'log'] as const;
  const pages = await Promise.all(
    views.map((view) => kit.owner.items.list(id, { view, limit: 1000 })),
  );
  const edges = await kit.owner.edges.list(id, { limit: 1000 });
  const graph = await kit.owner.threads.graph(id);
  return { thread, items: pages.map(({ data }) => data), edges: edges.data, graph };
}

/**
 * A source, its fork, a fork of that, and a sibling; with edits, hidden items and edges everywhere.
 */
async function family(
  kit: StoreKit,
): Promise<{ a: string; b: string; c: string; sibling: string }> {
  const a = (await kit.thread()).id;
  const said = await kit.owner.items.append(
    a,
    times(6, (i) => ({ role: 'user', text: `a${i}`, spanId: `s${i % 3}`, key: `a${i}` })),
  );
  await kit.append(a, { text: 'a0, edited', replacesId: said[0]!.id });
  await kit.owner.items.update(a, [{ id: said[1]!.id, visibility: 'hidden' }]);
  await edge(kit, a, said[3]!, said[2]!);
  kit.clock.advance(1);
  const b = await fork(kit, a);
  await kit.append(a, { text: 'a2, edited too late', replacesId: said[2]!.id });
  await kit.append(b, { text: 'a0, edited in b', replacesId: said[0]!.id });
  await kit.owner.items.update(b, [{ id: said[3]!.id, visibility: 'archived' }]);
  const own = await kit.say(b, 'b0', 'b1', 'b2');
  await edge(kit, b, own[0]!, said[5]!);
  kit.clock.advance(1);
  const c = await fork(kit, b, own[1]);
  await kit.append(b, { text: 'b0, edited too late', replacesId: own[0]!.id });
  await kit.append(b, { text: 'a4, edited too late', replacesId: said[4]!.id });
  await kit.append(c, { text: 'b1, edited in c', replacesId: own[1]!.id });
  await kit.append(c, { text: 'a5, edited in c', replacesId: said[5]!.id });
  const last = await kit.say(c, 'c0', 'c1');
  await edge(kit, c, last[0]!, said[0]!);
  const sibling = await fork(kit, b, said[2]);
  await kit.say(sibling, 'd0');
  return { a, b, c, sibling };
}

async function edge(kit: StoreKit, id: string, from: Item, to: Item): Promise<void> {
  await kit.owner.edges.create(id, [{ fromItemId: from.id, toItemId: to.id, type: 'depends_on' }]);
}

const orders: readonly (readonly ('a' | 'b' | 'c')[])[] = [
  ['a'],
  ['b'],
  ['a', 'b'],
  ['b', 'a'],
  ['c', 'b', 'a'],
  ['a', 'b', 'c'],
];

describe('forks of a deleted source', () => {
  test.each(orders)('keep what they inherited: %s %s %s', async (...order) => {
    await using kit = await openKit();
    const ids = await family(kit);
    const gone = new Set(order.map((name) => ids[name]));
    const rest = Object.values(ids).filter((id) => !gone.has(id));
    const before = await Promise.all(rest.map((id) => everything(kit, id)));
    for (const name of order) {
      await kit.owner.threads.delete([ids[name]]);
      await settled(kit);
      const left = await Promise.all(rest.map((id) => everything(kit, id)));
      expect(left).toEqual(before);
    }
    expect((await kit.rows(items)).filter(({ threadId }) => gone.has(threadId))).toEqual([]);
    await checkHealthy(kit, rest);
  });

  test.each(orders)('keep it, too, when all are deleted at once: %s %s %s', async (...order) => {
    await using kit = await openKit();
    const ids = await family(kit);
    const gone = order.map((name) => ids[name]);
    const rest = Object.values(ids).filter((id) => !gone.includes(id));
    const before = await Promise.all(rest.map((id) => everything(kit, id)));
    await kit.owner.threads.delete(gone);
    const during = await Promise.all(rest.map((id) => everything(kit, id)));
    expect(during).toEqual(before);
    await settled(kit);
    const after = await Promise.all(rest.map((id) => everything(kit, id)));
    expect(after).toEqual(before);
    await checkHealthy(kit, rest);
  });

  test('go on as before: edits, hiding, redaction, keys, forks', async () => {
    await using kit = await openKit();
    const { a, b, c } = await family(kit);
    await kit.owner.threads.delete([a]);
    await settled(kit);
    const { data } = await kit.owner.items.list(c);
    const inherited = data[0]!;
    const original = (await kit.owner.items.list(c, { view: 'log' })).data[0]!;
    await kit.append(b, { text: 'edited in b, after', replacesId: original.id });
    expect(textsIn((await kit.owner.items.list(b)).data)[0]).toBe('edited in b, after');
    expect(textsIn((await kit.owner.items.list(c)).data)[0]).toBe(textsIn([inherited])[0]);
    const keyed = await kit.owner.items.list(c, { view: 'log' });
    const first = keyed.data.find((item) => item.key === 'a3')!;
    const again = { role: 'user' as const, text: 'a3', spanId: 's0', key: 'a3' };
    expect((await kit.owner.items.append(c, [again]))[0]!.id).toBe(first.id);
    await kit.owner.items.redact(b, [original.id]);
    for (const id of [b, c]) {
      const log = await kit.owner.items.list(id, { view: 'log' });
      const named = log.data.filter((item) => item.id === original.id);
      expect(textsIn([...named, ...versionsOf('a0', log.data)]).join('')).toBe('');
    }
    const next = await fork(kit, c, first);
    expect((await kit.owner.threads.get(next)).itemCount).toBe(4);
  });

  test('with more than a page of items, and of edges, have all of them', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(950, (i) => `${i}`));
    await kit.owner.edges.create(
      id,
      times(600, (i) => ({
        fromItemId: said[i]!.id,
        toItemId: said[i + 1]!.id,
        type: 'caused_by',
      })),
    );
    const made = await fork(kit, id, said[900]);
    await kit.owner.threads.delete([id]);
    await settled(kit);
    const { data } = await kit.owner.items.list(made, { limit: 1000 });
    expect(textsIn(data)).toEqual(times(901, (i) => `${i}`));
    expect(await kit.rows(edges)).toHaveLength(600);
    await checkHealthy(kit, [made]);
  });

  test('are found through what remains of their family, so that a redaction reaches them', async () => {
    await using kit = await openKit();
    const { a, b, c } = await family(kit);
    await kit.owner.threads.delete([b]);
    await settled(kit);
    const original = (await kit.owner.items.list(a, { view: 'log' })).data[0]!;
    await kit.owner.items.redact(a, [original.id]);
    const log = await kit.owner.items.list(c, { view: 'log' });
    expect(versionsOf('a0', log.data)).toEqual([]);
    const siblings = await kit.owner.threads.forks(a, { limit: 10 });
    expect(siblings.data.map((thread) => thread.id)).toContain(c);
  });
});

describe('while a source is being deleted', () => {
  /** Holds every call that `isHeld` selects until `release` is called. */
  function hold(engine: TappedEngine, isHeld: (call: EngineCall) => boolean): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.tap = async (call, run) => {
      if (isHeld(call)) await promise;
      return run();
    };
    return resolve;
  }

  test('forks can be amended, and no amendment is lost', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(10, (i) => `${i}`));
    const made = await fork(kit, id);
    const isTakeOver = (call: EngineCall): boolean =>
      call.method === 'scan' && call.scan.table === overlays && call.scan.prefix[0] === id;
    // The items are copied, the lineage still holds the source.
    const release = hold(engine, isTakeOver);
    await kit.owner.threads.delete([id]);
    await someTurns();
    expect((await kit.rows(items, [made])).length).toBe(10);
    await kit.append(made, { text: '3, edited', replacesId: said[3]!.id });
    await kit.owner.items.update(made, [{ id: said[5]!.id, visibility: 'hidden' }]);
    release();
    await settled(kit);
    expect(textsIn((await kit.owner.items.list(made)).data)).toEqual([
      ...['0', '1', '2', '3, edited', '4', '6', '7', '8', '9'],
    ]);
    expect(await kit.rows(overlays)).toEqual([]);
  });

  test('a reader of a fork misses nothing, however long it reads', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(10, (i) => `${i}`));
    await edge(kit, id, said[1]!, said[0]!);
    const made = await fork(kit, id);
    await kit.say(made, 'own');
    const before = await everything(kit, made);
    const release = hold(
      engine,
      (call) => call.method === 'scan' && call.scan.table === items && call.scan.limit === 51,
    );
    const reading = kit.owner.items.list(made);
    const isHeld = (call: EngineCall): boolean =>
      (call.method === 'get' && call.table === items) ||
      (call.method === 'scan' && call.scan.table === edges && call.scan.limit === 51);
    const later = hold(engine, isHeld);
    const getting = kit.owner.items.get(made, said[3]!.id);
    const drawing = kit.owner.edges.list(made);
    await someTurns();
    engine.tap = (_call, run) => run();
    await kit.owner.threads.delete([id]);
    await settled(kit);
    release();
    later();
    expect(textsIn((await reading).data)).toEqual([...times(10, (i) => `${i}`), 'own']);
    expect(textsIn([await getting])).toEqual(['3']);
    expect((await drawing).data).toHaveLength(1);
    expect(await everything(kit, made)).toEqual(before);
  });

  test('a fork at an inherited item waits for the copies', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(10, (i) => `${i}`));
    const made = await fork(kit, id);
    const release = hold(
      engine,
      (call) =>
        call.method === 'scan' && call.scan.table === overlays && call.scan.prefix[0] === id,
    );
    await kit.owner.threads.delete([id]);
    const forking = fork(kit, made, said[4]);
    const redacting = kit.owner.items.redact(made, [said[2]!.id]);
    await someTurns();
    release();
    await redacting;
    expect(textsIn((await kit.owner.items.list(await forking)).data)).toEqual([
      '0',
      '1',
      '',
      '3',
      '4',
    ]);
    await settled(kit);
    await checkHealthy(kit, [made]);
  });

  test('what it owes its forks is done first', async () => {
    const memoryEngine = memory();
    const engine = new TappedEngine(memoryEngine);
    const kit = await openKit({ engine });
    const { id } = await kit.thread();
    const [secret] = await kit.say(id, 'secret', 'b');
    const made = await fork(kit, id);
    await kit.append(made, { text: 'secret edit', replacesId: secret!.id });
    // The process ends between the promise and its fulfillment, both times.
    let isDead = false;
    engine.tap = (call, run) => {
      if (isDead) return Promise.reject(new Error('killed'));
      isDead = call.method === 'commit' && JSON.stringify(call.commit).includes('"kind":"redact"');
      return run();
    };
    await codeOf(kit.owner.items.redact(id, [secret!.id]));
    await kit.store.close();
    engine.tap = (call, run) => {
      const isStep =
        call.method === 'commit' && !JSON.stringify(call.commit).includes('"kind":"purge"');
      return isStep ? Promise.reject(new Error('killed')) : run();
    };
    const second = await openKit({ engine });
    await second.owner.threads.delete([id]);
    await second.store.close();
    await using third = await openKit({ engine: memoryEngine });
    await settled(third);
    expect(JSON.stringify(await third.rows(items))).not.toContain('secret');
    expect((await third.rows(threads)).map(({ lastPreview }) => lastPreview)).not.toContain(
      'secret edit',
    );
  });
});

test('deleting a family can be cut short anywhere, and again, and is finished later', async () => {
  for (let survives = 0; ; survives += 3) {
    expect(survives).toBeLessThan(400);
    const memoryEngine = memory();
    const engine = new TappedEngine(memoryEngine);
    const kit = await openKit({ engine });
    const ids = await family(kit);
    const before = await Promise.all([ids.c, ids.sibling].map((id) => everything(kit, id)));
    await kit.owner.threads.delete([ids.a, ids.b]);
    let writes = 0;
    const cutShort: typeof engine.tap = (call, run) => {
      const isWrite = call.method === 'commit' || call.method === 'deletePrefix';
      return isWrite && writes++ >= survives ? Promise.reject(new Error('killed')) : run();
    };
    engine.tap = cutShort;
    await kit.store.close();
    const isCut = writes > survives;
    writes = 0;
    const second = await openKit({ engine });
    await second.store.close();
    const third = await openKit({ engine: memoryEngine });
    await settled(third);
    const after = await Promise.all([ids.c, ids.sibling].map((id) => everything(third, id)));
    expect([survives, after]).toEqual([survives, before]);
    const left = new Set((await third.rows(items)).map(({ threadId }) => threadId as string));
    expect(left.has(ids.a) || left.has(ids.b)).toBe(false);
    await third.store.close();
    if (!isCut) return;
  }
});

function versionsOf(text: string, log: readonly Item[]): Item[] {
  return log.filter((item) => textsIn([item])[0]!.startsWith(text));
}

async function checkHealthy(kit: StoreKit, rest: readonly string[]): Promise<void> {
  for (const id of rest) await kit.say(id, 'still alive');
  await kit.store.close();
  const report = await doctor(kit.engine, { repair: false });
  expect(report.problems).toEqual([]);
}
