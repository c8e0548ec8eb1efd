/** Threads of other projects than `default` that an older version stored without their project. */
import { describe, expect, test } from 'vitest';
import { enginePlaces } from '../../test/support/store/engines-for-testing.ts';
import { snapshotOf, withRecords } from '../../test/support/store/golden-rows-for-testing.ts';
import {
  codeOf,
  only,
  rowsOf,
  textsIn,
  times,
} from '../../test/support/store/store-kit-for-testing.ts';
import { someTurns } from '../../test/support/shared/turns-for-testing.ts';
import type { Engine, Row } from '../engine/engine.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import { allTables } from '../records/all-tables.ts';
import { forks, stores, threads } from '../records/tables.ts';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { createStore } from './create-store.ts';
import { doctor } from './doctor/doctor.ts';

interface Left {
  readonly itemIds: readonly string[];
  readonly cursor: string;
}

/** What `default` would have, of which the bare ids are those of older versions everywhere. */
async function fill(engine: Engine): Promise<Left> {
  await using store = await createStore({ engine });
  const owner = store.project('default').as({ userId: 'owner' });
  await owner.threads.create([{ id: 'old', title: 'Old', tags: ['tag'] }, { id: 'gone' }]);
  await owner.scopes.getOrCreate([{ scopeType: 'ticket', scopeId: '1' }]);
  const first = await owner.items.append('old', [{ role: 'user', text: 'one', key: 'k' }]);
  const idempotencyKey = 'again';
  const second = await owner.items.append('old', [{ role: 'user', text: 'two' }], {
    idempotencyKey,
  });
  const responder = scripted(() => textChunks('three'));
  const { done } = await owner.runs.start('old', { inputItemId: second[0]!.id, responder });
  await done;
  const { data, cursor } = await owner.items.list('old');
  await owner.threads.fork([{ threadId: 'old', atItemId: first[0]!.id }]);
  await owner.threads.delete(['gone']);
  return { itemIds: data.map(({ id }) => id), cursor };
}

/** The same rows as those of another project, as older versions left them. */
async function leave(engine: Engine): Promise<Left> {
  const source = memory();
  const left = await fill(source);
  const rows = await snapshotOf(source);
  await withRecords(engine, async (records) => {
    for (const table of allTables) {
      const moved = (rows[table.name] ?? []).map((row) => ({ table, row: inAcme(row) }));
      if (moved.length > 0) await records.commit({ puts: moved });
    }
  });
  return left;
}

function inAcme(row: Row): Row {
  return row.projectId === 'default' ? { ...row, projectId: 'acme' } : row;
}

async function idsIn(engine: Engine): Promise<string[]> {
  return (await rowsOf(engine, threads)).map(({ id }) => id);
}

describe.each(enginePlaces)('an old thread of another project on %s', (_name, createPlace) => {
  test('is found, read, followed, written to, forked and deleted', async () => {
    await using place = await createPlace();
    const { itemIds, cursor } = await leave(place.open());
    const engine = place.open();
    await using store = await createStore({ engine });
    const owner = store.project('acme').as({ userId: 'owner' });
    const listed = await owner.threads.list({ tag: 'tag' });
    expect(listed.data.map(({ id }) => id)).toContain('old');
    expect((await owner.items.list('old')).data.map(({ id }) => id)).toEqual(itemIds);
    const live = owner.threads.live('old', { after: cursor });
    const next = live.next();
    await owner.items.append('old', [{ role: 'user', text: 'four' }]);
    expect(await next).toMatchObject({ value: { type: 'item', item: { threadId: 'old' } } });
    await live.return();
    // What was promised to a retry still holds.
    const keyed = await owner.items.append('old', [{ role: 'user', text: 'one', key: 'k' }]);
    expect(keyed[0]!.id).toBe(itemIds[0]);
    const idempotencyKey = 'again';
    const again = await owner.items.append('old', [{ role: 'user', text: 'two' }], {
      idempotencyKey,
    });
    expect(again[0]!.id).toBe(itemIds[1]);
    const [fork] = await owner.threads.fork([{ threadId: 'old' }]);
    expect(fork!.forkedFrom).toMatchObject({ threadId: 'old' });
    expect(textsIn((await owner.items.list(fork!.id)).data)).toEqual([
      'one',
      'two',
      ' three',
      'four',
    ]);
    const scope = { scopeType: 'ticket', scopeId: '1' };
    expect(only(await owner.scopes.getOrCreate([scope])).itemCount).toBe(0);
    await owner.items.redact('old', [itemIds[0]!]);
    await owner.threads.update([{ id: 'old', title: 'New' }]);
    const stored = await idsIn(engine);
    expect(stored).toContain('old');
    expect(stored).toContain(`acme/${fork!.id}`);
    expect((await rowsOf(engine, forks)).map(({ threadId }) => threadId)).toContain('old');
    await owner.threads.delete(['old']);
    expect(await codeOf(owner.threads.get('old'))).toBe('not_found');
    expect(await codeOf(owner.threads.create([{ id: 'old' }]))).toBe('conflict');
    expect(textsIn((await owner.items.list(fork!.id)).data)).toHaveLength(4);
  });

  test('takes its id in its project and in default, and in no other', async () => {
    await using place = await createPlace();
    await leave(place.open());
    const engine = place.open();
    await using store = await createStore({ engine });
    const as = (project: string) => store.project(project).as({ userId: 'owner' });
    for (const id of ['old', 'gone']) {
      for (const project of ['acme', 'default']) {
        expect(await codeOf(as(project).threads.create([{ id, title: 'x' }]))).toBe('conflict');
      }
      expect(await codeOf(as('beta').threads.get(id))).toBe('not_found');
      const [theirs] = await as('beta').threads.create([{ id, title: 'Theirs' }]);
      await as('beta').items.append(id, [{ role: 'user', text: 'theirs' }]);
      expect(await as('beta').threads.get(id)).toMatchObject({ id, title: theirs!.title });
    }
    expect(await codeOf(as('default').threads.get('old'))).toBe('not_found');
    expect((await as('acme').threads.get('old')).title).toBe('Old');
    expect((await as('acme').items.list('old')).data).toHaveLength(3);
    expect((await as('acme').threads.create([{ id: 'new' }]))[0]!.id).toBe('new');
    expect(await idsIn(engine)).toContain('acme/new');
  });

  test('takes writes in the order of the calls, from the first one on', async () => {
    await using place = await createPlace();
    await leave(place.open());
    await using store = await createStore({ engine: place.open() });
    const owner = store.project('acme').as({ userId: 'owner' });
    const said: Promise<unknown>[] = [];
    for (let i = 0; i < 60; i++) {
      said.push(owner.items.append('old', [{ role: 'user', text: `${i}` }]));
      if (i % 7 === 0) await someTurns(i % 3);
    }
    await Promise.all(said);
    const texts = textsIn((await owner.items.list('old', { limit: 1000 })).data);
    expect(texts.slice(3)).toEqual(times(60, (i) => `${i}`));
  });

  test('leaves a file of before that reads the same, and nothing for the doctor', async () => {
    await using place = await createPlace();
    await leave(place.open());
    const lines = await exported(place.open());
    expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
    await using other = await createPlace();
    await using store = await createStore({ engine: other.open() });
    await store.operator.importLines(textsOf(lines));
    const owner = store.project('acme').as({ userId: 'owner' });
    expect((await owner.items.list('old')).data).toHaveLength(3);
    const one: string[] = [];
    const selection = { projectId: 'acme', threadIds: ['old'] };
    for await (const line of store.operator.exportLines(selection)) one.push(line);
    expect(one.some((line) => line.includes('"title":"Old"'))).toBe(true);
    await store.close();
    expect((await exported(other.open())).slice(1)).toEqual(lines.slice(1));
  });
});

async function* textsOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

async function exported(engine: Engine): Promise<string[]> {
  await using store = await createStore({ engine });
  const lines: string[] = [];
  for await (const line of store.operator.exportLines()) lines.push(line);
  return lines;
}

test('a file that brings an old thread beside one with its project, or the reverse, is refused', async () => {
  const [old, present] = [memory(), memory()];
  await leave(old);
  await using store = await createStore({ engine: present });
  await store
    .project('acme')
    .as({ userId: 'owner' })
    .threads.create([{ id: 'old' }]);
  const files = { old: await exported(old), present: [] as string[] };
  for await (const line of store.operator.exportLines()) files.present.push(line);
  const failures: string[] = [];
  const onFailure = ({ threadId }: { readonly threadId: string }): void =>
    void failures.push(threadId);
  await store.operator.importLines(textsOf(files.old), { onFailure });
  await using there = await createStore({ engine: old });
  await there.operator.importLines(textsOf(files.present), { onFailure });
  expect(failures).toEqual(['old', 'acme/old']);
  expect(await rowsOf(old, stores)).toHaveLength(1);
});

test('the operator reaches an old thread by the id with its project and by the bare one', async () => {
  const engine = memory();
  await leave(engine);
  await using store = await createStore({ engine });
  for (const id of ['acme/old', 'old']) {
    expect((await store.operator.threads.get(id)).title).toBe('Old');
    const [stream] = await store.operator.streams.create([{ threadId: id, id: `s ${id}` }]);
    expect(stream!.threadId).toBe('old');
    expect(await store.operator.streams.find({ threadId: id, id: stream!.id })).toEqual(stream);
  }
  expect(await codeOf(store.operator.threads.get('beta/old'))).toBe('not_found');
  expect(await codeOf(store.operator.threads.get('default/gone'))).toBe('not_found');
});
