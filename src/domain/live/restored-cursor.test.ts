/** Live cursors after their store was restored from an earlier state, copied, or reopened. */
import { describe, expect, test } from 'vitest';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { lsm } from '../../engines/lsm/index.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { sqlite } from '../../engines/sqlite/index.ts';
import type { Engine } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { copyStore } from '../../store/copy/copy-store.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { snapshotOf } from '../../../test/support/store/golden-rows-for-testing.ts';
import {
  codeOf,
  openKit,
  times,
  type StoreKit,
  storedForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { Tail, versionOf } from '../../../test/support/domain/live-kit-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { encodeLivePosition } from '../log/live-cursor.ts';

/** A cursor that the store gives for the newest moment of a thread. */
async function cursorOf({ owner }: StoreKit, threadId: string): Promise<string> {
  return (await owner.items.list(threadId)).cursor;
}

/** What a reader meets that goes on from a cursor: the texts that it gets, or an error's code. */
async function readOn({ owner }: StoreKit, threadId: string, after: string): Promise<unknown> {
  const reading = owner.threads.live(threadId, { after });
  const first = reading.next();
  const code = await codeOf(first);
  await reading.return(undefined);
  return code === 'none' ? (await first).value?.type : code;
}

/** What happens after the backup, and after the restore: as many steps, but others. */
async function goOn(kit: StoreKit, threadId: string): Promise<string> {
  await kit.say(threadId, 'four', 'five');
  await kit.say(threadId, 'six');
  await kit.say(threadId, 'seven');
  return cursorOf(kit, threadId);
}

async function goOnOtherwise(kit: StoreKit, threadId: string, firstId: string): Promise<void> {
  await kit.owner.items.redact(threadId, [firstId]);
  for (const text of ['4', '5', '6']) await kit.say(threadId, text);
}

async function begin(kit: StoreKit): Promise<[threadId: string, firstId: string]> {
  const { id } = await kit.thread();
  const [first] = await kit.say(id, 'one', 'two', 'three');
  return [id, first!.id];
}

/** A store as a database's own backup brings it back, with what it says of itself. */
async function restored(
  rows: Awaited<ReturnType<typeof snapshotOf>>,
  engine: Engine = memory(),
): Promise<Engine> {
  const open = await OpenEngine.open(engine, allTables);
  for (const table of allTables) {
    await open.commit({ puts: (rows[table.name] ?? []).map((row) => ({ table, row })) });
  }
  await open.close();
  return engine;
}

describe('an old live cursor', () => {
  test('is refused where its thread was restored from a file', async () => {
    await using kit = await openKit();
    const [id, firstId] = await begin(kit);
    const lines: string[] = [];
    for await (const line of kit.store.operator.exportLines()) lines.push(line);
    const atBackup = await cursorOf(kit, id);
    const old = await goOn(kit, id);
    await using other = await openKit();
    await other.store.operator.importLines(textsOf(lines));
    await goOnOtherwise(other, id, firstId);
    expect(await readOn(other, id, old)).toBe('invalid_request');
    expect(await readOn(other, id, atBackup)).toBe('invalid_request');
    const current = await cursorOf(other, id);
    await other.say(id, '7');
    expect(await readOn(other, id, current)).toBe('item');
  });

  test('is refused in a copy', async () => {
    const [from, to] = [memory(), memory()];
    const kit = await openKit({ engine: from });
    const [id] = await begin(kit);
    const old = await cursorOf(kit, id);
    await kit.store.close();
    expect(await copyStore({ from, to, source: 'it' })).toMatchObject({ mismatchCount: 0 });
    await using copy = await openKit({ engine: to });
    await copy.say(id, 'four');
    expect(await readOn(copy, id, old)).toBe('invalid_request');
  });

  test('is refused after an item that a backup of the database lacks', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    const [id, firstId] = await begin(kit);
    await kit.store.close();
    const rows = await snapshotOf(engine);
    await using again = await openKit({ engine });
    const old = await goOn(again, id);
    await using other = await openKit({ engine: await restored(rows) });
    expect(await readOn(other, id, old)).toBe('invalid_request'); // ahead
    await goOnOtherwise(other, id, firstId);
    await goOnOtherwise(other, id, firstId);
    expect(await readOn(other, id, old)).toBe('invalid_request'); // no longer ahead
  });

  test.each(enginePlaces)('goes on in a store that was reopened: %s', async (_name, create) => {
    await using place = await create();
    const kit = await openKit({ engine: place.open() });
    const [id] = await begin(kit);
    const old = await cursorOf(kit, id);
    await kit.store.close();
    await using again = await openKit({ engine: place.open() });
    await again.say(id, 'four');
    expect(await readOn(again, id, old)).toBe('item');
  });

  test('of an older version, which does not name its store, goes on, too', async () => {
    await using kit = await openKit();
    const [id, firstId] = await begin(kit);
    const position = { itemId: firstId, version: 2, isHeadTold: false };
    expect(await readOn(kit, id, encodeLivePosition(storedForTesting(id), position))).toBe('item');
  });
});

const seed = seedForTesting();

/** A thread of version 3, three items and the changes that a reader of version 6 knows. */
async function amendLost(kit: StoreKit, id: string): Promise<string> {
  const { data } = await kit.owner.items.list(id);
  for (const { id: itemId } of data) {
    await kit.owner.items.update(id, [{ id: itemId, visibility: 'hidden' }]);
  }
  expect(await versionOf(kit, id)).toBe(6);
  return cursorOf(kit, id);
}

/** The same number of others, and then one more. Returns what the cursor gives at both times. */
async function amendOtherwise(kit: StoreKit, id: string, old: string): Promise<unknown[]> {
  const { data } = await kit.owner.items.list(id);
  const [a, b, c] = data.map((item) => item.id);
  const found: unknown[] = [];
  await kit.owner.items.redact(id, [a!]);
  await kit.owner.items.update(id, [{ id: c!, visibility: 'archived' }]);
  for (const visibility of ['hidden', 'visible'] as const) {
    await kit.owner.items.update(id, [{ id: b!, visibility }]);
    found.push(await versionOf(kit, id), await readOn(kit, id, old));
  }
  return found;
}

async function beginAt3(kit: StoreKit): Promise<string> {
  const [id] = await begin(kit);
  await kit.owner.threads.update([{ id, title: 'At the backup' }]);
  expect(await versionOf(kit, id)).toBe(3);
  return id;
}

const refusedTwice = [6, 'invalid_request', 7, 'invalid_request'];

describe.each(enginePlaces)('after a raw restore on %s, an old live cursor', (_name, create) => {
  test('that is ahead by amendments alone is refused when they are others', async () => {
    await using place = await create();
    const kit = await openKit({ engine: place.open() });
    const id = await beginAt3(kit);
    await kit.store.close();
    const rows = await snapshotOf(place.open());
    const again = await openKit({ engine: place.open() });
    const old = await amendLost(again, id);
    await again.store.close();
    await using other = await create();
    await using kept = await openKit({ engine: await restored(rows, other.open()) });
    expect(await amendOtherwise(kept, id, old)).toEqual(refusedTwice);
    const current = await cursorOf(kept, id);
    await kept.owner.items.redact(id, [(await kept.owner.items.list(id)).data.at(-1)!.id]);
    expect(await readOn(kept, id, current)).toBe('change');
  });
});

describe('after its files were copied back, an old live cursor is refused', () => {
  const stores: readonly (readonly [string, (folder: string) => Engine])[] = [
    ['lsm', (folder) => lsm({ path: folder })],
    ['sqlite', (folder) => sqlite({ path: join(folder, 'skein.db') })],
  ];

  test.each(stores)('on %s', async (_name, open) => {
    const root = await mkdtemp(join(tmpdir(), 'skein-'));
    const [data, backup] = [join(root, 'data'), join(root, 'backup')];
    try {
      await mkdir(data);
      const kit = await openKit({ engine: open(data) });
      const id = await beginAt3(kit);
      await kit.store.close();
      await cp(data, backup, { recursive: true });
      const again = await openKit({ engine: open(data) });
      const old = await amendLost(again, id);
      await again.store.close();
      await rm(data, { recursive: true });
      await cp(backup, data, { recursive: true });
      const kept = await openKit({ engine: open(data) });
      expect(await amendOtherwise(kept, id, old)).toEqual(refusedTwice);
      await kept.store.close();
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

/** One step of a thread's history. */
async function randomStep(kit: StoreKit, id: string, random: SeededRandom): Promise<void> {
  const { owner } = kit;
  const { data } = await owner.items.list(id, { view: 'log', limit: 100 });
  const item = data[random.below(data.length)]!;
  kit.clock.advance(1);
  const steps: readonly (() => Promise<unknown>)[] = [
    () => kit.say(id, 'more'),
    () => owner.items.update(id, [{ id: item.id, visibility: 'hidden' }]),
    () => owner.items.update(id, [{ id: item.id, visibility: 'visible' }]),
    () => owner.items.redact(id, [item.id]),
    () => owner.threads.update([{ id, title: `Title ${random.below(1000)}` }]),
  ];
  await steps[random.below(steps.length)]!();
}

/** The items and changes that a reader gets from a cursor on, or that it is refused. */
async function toldFrom(kit: StoreKit, id: string, after: string): Promise<Set<string> | string> {
  await using tail = new Tail(kit.owner, id, { after, view: 'log' });
  const version = await versionOf(kit, id);
  const reading = tail.upTo(version);
  const code = await codeOf(reading);
  if (code !== 'none') return String(code);
  const names = (await reading).map((event) => {
    if (event.type === 'item') return event.item.id;
    return event.type === 'change' ? `change ${event.change.version}` : 'head';
  });
  return new Set(names);
}

test.each(times(12, (i) => i))(
  `after any history a cursor is refused, or misses nothing (SEED=${seed}, run %i)`,
  async (run) => {
    const random = seededRandom(seed + run);
    const engine = memory();
    const kit = await openKit({ engine });
    const id = await beginAt3(kit);
    for (let step = random.below(6); step > 0; step--) await randomStep(kit, id, random);
    const atBackup = await cursorOf(kit, id);
    const backupVersion = await versionOf(kit, id);
    await kit.store.close();
    const rows = await snapshotOf(engine);
    const lost = await openKit({ engine });
    const cursors: string[] = [];
    for (let step = 1 + random.below(6); step > 0; step--) {
      await randomStep(lost, id, random);
      cursors.push(await cursorOf(lost, id));
    }
    await lost.say(id, 'the end');
    await using tail = new Tail(lost.owner, id, { after: atBackup, view: 'log' });
    for (const { cursor } of await tail.upTo(await versionOf(lost, id))) cursors.push(cursor);
    await lost.store.close();
    await using kept = await openKit({ engine: await restored(rows) });
    kept.clock.advance(60_000);
    for (let step = 6; step > 0; step--) await randomStep(kept, id, random);
    await kept.say(id, 'last');
    const all = await toldFrom(kept, id, atBackup);
    expect(all).toBeInstanceOf(Set);
    expect(all).toContain('head');
    expect(await versionOf(kept, id)).toBeGreaterThan(backupVersion);
    for (const cursor of cursors) {
      const told = await toldFrom(kept, id, cursor);
      if (told !== 'invalid_request') expect(told).toEqual(all);
    }
  },
);

async function* textsOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}
