import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/memory-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { taskQueue, threads, type ThreadRow } from '../../records/tables.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import {
  codeOf,
  only,
  openKit,
  rowsOf,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Engine } from '../../engine/engine.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

/** A thread with rows in every table that threads can have rows in. */
async function rich(kit: StoreKit, id = 'rich'): Promise<void> {
  await kit.thread({ id, title: 'Secret', tags: ['secret'], metadata: { secret: 1 } });
  const said = await kit.say(id, 'secret 1', 'secret 2', 'secret 3');
  const [a, b, c] = times(3, (i) => said[i]!.id) as [ItemId, ItemId, ItemId];
  await kit.append(id, { text: 'secret edit', replacesId: a });
  await kit.owner.items.update(id, [{ id: b, visibility: 'hidden' }]);
  await kit.owner.edges.create(id, [{ fromItemId: b, toItemId: c, type: 'depends_on' }]);
  const hello = [{ role: 'user' as const, text: 'secret key', key: 'secret' }];
  await kit.owner.items.append(id, hello, { idempotencyKey: 'secret' });
}

/** Reads everything in a closed engine, through the usual wrapper. */
async function dump(engine: Engine): Promise<string> {
  const open = await OpenEngine.open(engine, allTables);
  try {
    const tables = await Promise.all(
      allTables.map(async (table) => [table.name, await rowsOf(engine, table)] as const),
    );
    return JSON.stringify(Object.fromEntries(tables.filter(([, rows]) => rows.length > 0)));
  } finally {
    await open.close();
  }
}

describe('a deleted thread', () => {
  test('leaves a tombstone and not a word', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    await rich(kit);
    await kit.store.close();
    expect(await dump(engine)).toContain('secret');
    const again = await openKit({ engine });
    await again.owner.threads.delete(['rich']);
    await again.store.close();
    const left = JSON.parse(await dump(engine)) as { threads: ThreadRow[] };
    // `stores` has the store's own id.
    expect(Object.keys(left)).toEqual(['threads', 'stores']);
    expect(only(left.threads)).toMatchObject({
      id: 'project/rich',
      title: '',
      metadata: {},
      tags: [],
    });
    expect(JSON.stringify(left).toLowerCase()).not.toContain('secret');
  });

  test('is gone for every caller and every method', async () => {
    await using kit = await openKit();
    await rich(kit);
    const item = (await kit.owner.items.list('rich')).data[0]!.id;
    await kit.owner.threads.delete(['rich']);
    const { owner } = kit;
    const attempts: (() => Promise<unknown>)[] = [
      () => owner.threads.get('rich'),
      () => owner.threads.update([{ id: 'rich', title: 'x' }]),
      () => owner.threads.delete(['rich']),
      () => owner.threads.fork([{ threadId: 'rich' }]),
      () => owner.threads.forks('rich'),
      () => owner.threads.graph('rich'),
      () => owner.threads.live('rich').next(),
      () => owner.items.append('rich', [{ role: 'user', text: 'late' }]),
      () => owner.items.append('rich', [{ role: 'user', text: 'secret key', key: 'secret' }]),
      () => owner.items.list('rich'),
      () => owner.items.get('rich', item),
      () => owner.items.update('rich', [{ id: item, visibility: 'visible' }]),
      () => owner.items.redact('rich', [item]),
      () => owner.edges.list('rich'),
      () => owner.edges.create('rich', [{ fromItemId: item, toItemId: item, type: 'caused_by' }]),
    ];
    const codes = await Promise.all(attempts.map((attempt) => codeOf(attempt())));
    expect(codes.slice(0, -1)).toEqual(times(attempts.length - 1, () => 'not_found'));
    expect(codes.at(-1)).toBe('invalid_request');
    expect((await kit.rows(threads)).filter(({ deletedAt }) => deletedAt === undefined)).toEqual(
      [],
    );
  });

  test('is deleted once by twenty at once', async () => {
    await using kit = await openKit();
    await rich(kit);
    const codes = await Promise.all(times(20, () => codeOf(kit.owner.threads.delete(['rich']))));
    expect(codes.toSorted()).toEqual(['none', ...times(19, () => 'not_found')]);
  });

  test('takes the appends that came before and none of those after', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 't' });
    const before = times(5, () => codeOf(kit.say('t', 'early')));
    const deleting = codeOf(kit.owner.threads.delete(['t']));
    const after = times(5, () => codeOf(kit.say('t', 'late')));
    expect(await Promise.all([...before, deleting, ...after])).toEqual([
      ...times(6, () => 'none'),
      ...times(5, () => 'not_found'),
    ]);
  });

  test('belongs to its owner alone', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'hidden' });
    await kit.thread({ id: 'open', visibility: 'public' });
    expect(await codeOf(kit.other.threads.delete(['hidden']))).toBe('not_found');
    expect(await codeOf(kit.other.threads.delete(['open']))).toBe('forbidden');
    expect(await codeOf(kit.anonymous.threads.delete(['open']))).toBe('unauthenticated');
    expect(await codeOf(kit.foreigner.threads.delete(['open']))).toBe('not_found');
    expect((await kit.owner.threads.get('open')).version).toBe(1);
    await kit.owner.threads.delete([]);
  });

  test('is unlike its neighbours: they keep every row', async () => {
    const engine = memory();
    await using kit = await openKit({ engine });
    await rich(kit, 'rich');
    // Ids with the same beginning, which sort before and after.
    for (const id of ['ric', 'rich1', 'rich-', 'rici']) await rich(kit, id);
    const before = await Promise.all(
      ['ric', 'rich1', 'rich-', 'rici'].map((id) => kit.owner.items.list(id)),
    );
    await kit.owner.threads.delete(['rich']);
    await kit.store.close();
    await using again = await openKit({ engine });
    const after = await Promise.all(
      ['ric', 'rich1', 'rich-', 'rici'].map((id) => again.owner.items.list(id)),
    );
    expect(after).toEqual(before);
  });
});

describe('the promised part of a deletion', () => {
  test('is done by the next store when this one was cut short', async () => {
    const memoryEngine = memory();
    const engine = new TappedEngine(memoryEngine);
    const kit = await openKit({ engine });
    await rich(kit);
    engine.tap = (call, run) =>
      call.method === 'deletePrefix' ? Promise.reject(new Error('killed')) : run();
    await kit.owner.threads.delete(['rich']);
    await kit.store.close();
    expect(await dump(memoryEngine)).toContain('secret');
    await (await openKit({ engine: memoryEngine })).store.close();
    expect(await dump(memoryEngine)).not.toContain('secret');
    expect(JSON.parse(await dump(memoryEngine))).not.toHaveProperty('task_queue');
  });

  test('can be cut short anywhere', async () => {
    for (let survives = 0; survives < 40; survives++) {
      const memoryEngine = memory();
      const engine = new TappedEngine(memoryEngine);
      const kit = await openKit({ engine });
      await rich(kit);
      let count = 0;
      engine.tap = (call, run) => {
        const isWrite = call.method === 'commit' || call.method === 'deletePrefix';
        return isWrite && count++ >= survives ? Promise.reject(new Error('killed')) : run();
      };
      const code = await codeOf(kit.owner.threads.delete(['rich']));
      await kit.store.close();
      const again = await openKit({ engine: memoryEngine });
      const isThere = (await codeOf(again.owner.threads.get('rich'))) === 'none';
      expect(isThere).toBe(code !== 'none');
      await again.store.close();
      expect((await dump(memoryEngine)).includes('secret')).toBe(isThere);
      if (count <= survives) return; // it ran to its end
    }
    throw new Error('deleting never came to its end');
  });

  test('stays promised while it fails', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    await rich(kit);
    engine.tap = (call, run) =>
      call.method === 'deletePrefix' ? Promise.reject(new Error('no')) : run();
    await kit.owner.threads.delete(['rich']);
    await someTurns();
    expect((await kit.rows(taskQueue)).map(({ kind, threadId }) => [kind, threadId])).toEqual([
      ['purge', 'project/rich'],
    ]);
  });
});
