/** Live cursors after their store was restored from an earlier state, copied, or reopened. */
import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/memory-engine.ts';
import type { Engine } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { copyStore } from '../../store/copy/copy-store.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { snapshotOf } from '../../../test/support/store/golden-rows-for-testing.ts';
import {
  codeOf,
  openKit,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
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
async function restored(rows: Awaited<ReturnType<typeof snapshotOf>>): Promise<Engine> {
  const engine = memory();
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
    expect(await readOn(kit, id, encodeLivePosition(id, position))).toBe('item');
  });
});

async function* textsOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}
