import { MemoryLevel } from 'memory-level';
import { describe, expect, test } from 'vitest';
import type { Engine, Row } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { lsm } from '../../engines/lsm/lsm-engine.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { put, Records } from '../../records/records.ts';
import { allTables } from '../../records/all-tables.ts';
import { items, tags, threads, type ThreadRow } from '../../records/tables.ts';
import type { DoctorReport } from './doctor-report.ts';
import { doctor } from './doctor.ts';
import { listedIds } from '../../../test/support/store/log-check-for-testing.ts';
import {
  openKit,
  rowsOf,
  settled,
  textIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

/** Engines whose data survives: each call opens the same data again. */
const engines: readonly (readonly [name: string, create: () => () => Engine])[] = [
  ['memory', () => held(memory())],
  ['lsm over memory-level', () => onto(new MemoryLevel())],
];

function held(engine: Engine): () => Engine {
  return () => engine;
}

function onto(store: MemoryLevel): () => Engine {
  return () => lsm({ store });
}

/** A thread with everything that the doctor examines. */
async function fillThread(kit: StoreKit, id: string): Promise<void> {
  const scope = { scopeType: 'ticket', scopeId: id };
  await kit.thread({ id, tags: ['a', 'b'], visibility: 'public', ...scope });
  for (const i of times(3, (k) => k)) await kit.append(id, { text: `${i}`, key: `key ${i}` });
  kit.clock.advance(1000);
}

/** A store that uses every feature. */
async function fillStore(kit: StoreKit): Promise<void> {
  await fillThread(kit, 'plain');
  await kit.thread({ id: 'empty' });
  const [first, second] = await kit.say('empty', 'first', 'second');
  await kit.thread({ id: 'edited' });
  const [original] = await kit.say('edited', 'original', 'other');
  const revision = await kit.append('edited', { text: 'revision', replacesId: original!.id });
  await kit.append('edited', { text: 'revision 2', replacesId: revision.id, key: 'edit' });
  await kit.append('edited', { text: 'hidden', visibility: 'hidden' });
  await kit.owner.items.update('edited', [{ id: original!.id, visibility: 'archived' }]);
  await kit.owner.items.redact('edited', [original!.id]);
  await kit.owner.edges.create('empty', [
    { fromItemId: first!.id, toItemId: second!.id, type: 'depends_on' },
  ]);
  await kit.owner.scopes.getOrCreate([{ scopeType: 'ticket', scopeId: 'other', tags: ['x'] }]);
  await fillForks(kit);
  await kit.owner.threads.update([{ id: 'plain', archived: true, tags: ['b', 'c'] }]);
  await settled(kit);
}

/** Forks of forks, by the owner and by others, whose source is then deleted. */
async function fillForks(kit: StoreKit): Promise<void> {
  await kit.thread({ id: 'source', visibility: 'public' });
  await kit.say('source', '0', '1');
  await kit.append('source', { text: 'hidden', visibility: 'hidden' });
  await kit.say('source', '3');
  const [own] = await kit.owner.threads.fork([{ threadId: 'source' }]);
  const [limited] = await kit.other.threads.fork([{ threadId: 'source' }]);
  await kit.append('source', { text: 'hidden, too', visibility: 'hidden' });
  await kit.other.threads.fork([{ threadId: 'source' }]);
  await kit.say(own!.id, 'own');
  await kit.other.items.append(limited!.id, [{ role: 'user', text: 'other', key: 'k' }]);
  const [inner] = await kit.owner.threads.fork([{ threadId: own!.id }]);
  await kit.say(inner!.id, 'inner');
  await kit.owner.threads.fork([{ threadId: inner!.id }]);
  await kit.owner.threads.delete(['source']);
}

async function withRecords(
  engine: Engine,
  run: (records: Records) => Promise<void>,
): Promise<void> {
  const open = await OpenEngine.open(engine, allTables);
  try {
    await run(new Records(open));
  } finally {
    await open.close();
  }
}

/** Every row of every table, to detect changes. */
async function snapshot(engine: Engine): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  await withRecords(engine, async () => {
    for (const table of allTables) all.push([table.name, await rowsOf(engine, table)]);
  });
  return all;
}

function kindsOf({ problems }: DoctorReport): string[] {
  return problems.map(({ threadId, kind }) => `${threadId}: ${kind}`);
}

describe.each(engines)('the doctor, over %s', (_, create) => {
  test('finds a healthy store of every feature healthy', async () => {
    const reopen = create();
    await using kit = await openKit({ projectId: 'default', engine: reopen() });
    await fillStore(kit);
    await kit.store.close();
    const report = await doctor(reopen(), { repair: false });
    expect(report.problems).toEqual([]);
    // plain, empty, edited, the scope's and five forks; the source is deleted.
    expect(report.threads).toBe(9);
    expect(report.items).toBeGreaterThan(20);
  });

  const damages: readonly (readonly [name: string, kinds: string[], damage: Damage])[] = [
    ['a wrong itemCount', ['head'], patchHead({ itemCount: 7 })],
    ['a wrong messageCount', ['head'], patchHead({ messageCount: 7 })],
    ['a wrong lastItemId', ['head'], patchHead({ lastItemId: undefined })],
    ['a wrong preview', ['head'], patchHead({ lastPreview: 'wrong' })],
    ['a wrong role', ['head'], patchHead({ lastRole: 'tool' })],
    ['a version behind the log', ['head'], patchHead({ version: 1 })],
    ['a missing tag', ['list'], (records) => removeTag(records, 'a')],
    ['a misplaced tag', ['list'], moveTag],
    ['two missing tags', ['list', 'list'], (records) => removeTag(records, 'a', 'b')],
    [
      'a wrong head and a missing tag',
      ['head', 'list'],
      async (records) => {
        await patchHead({ itemCount: 7, version: 1 })(records);
        await removeTag(records, 'a');
      },
    ],
  ];

  test.each(damages)('finds and repairs %s', async (_name, kinds, damage) => {
    await expectRepair(create(), kinds, damage);
  });

  test('finds a gap in the log, and reports that it cannot repair it', async () => {
    const reopen = create();
    await fillDamaged(reopen, async (records) => {
      const [, second] = await records.scan(items, { prefix: ['thread'], limit: 3 });
      await records.commit({ deletes: [{ table: items, key: ['thread', second!.id] }] });
    });
    const report = await doctor(reopen(), { repair: true });
    expect(report.problems).toMatchObject([{ threadId: 'thread', kind: 'order', repaired: false }]);
  });

  test('reports its progress', async () => {
    const reopen = create();
    await using kit = await openKit({ projectId: 'default', engine: reopen() });
    await kit.owner.threads.create(times(250, () => ({})));
    await kit.store.close();
    const progress: number[] = [];
    await doctor(reopen(), { repair: false, onProgress: (done) => progress.push(done.threads) });
    expect(progress).toEqual([100, 200, 250]);
  });

  test('refuses a store that another process has open', async () => {
    const reopen = create();
    const engine = reopen();
    await using kit = await openKit({ projectId: 'default', engine });
    await expect(doctor(engine, { repair: true })).rejects.toMatchObject({ code: 'unavailable' });
    await kit.thread();
  });
});

/**
 * Index entries can be lost only if a commit passes a wrong `replaces`, which the engine trusts.
 */
describe('the doctor, where index entries are lost,', () => {
  const withoutEntries: readonly (readonly [string, string[], Damage])[] = [
    ['a key', ['key', 'key', 'key'], loseItems],
    ['a thread in its lists', threads.indexes.map(() => 'list'), loseHead({})],
    [
      'a thread in its lists, and a wrong head',
      ['head', ...threads.indexes.map(() => 'list')],
      loseHead({ itemCount: 7, version: 2 }),
    ],
  ];

  test.each(withoutEntries)('finds and repairs %s', async (_, kinds, damage) => {
    const reopen = onto(new MemoryLevel());
    await expectRepair(reopen, kinds, damage);
    await using kit = await openKit({ projectId: 'default', engine: reopen() });
    expect(await listedIds(kit.owner)).toEqual(['thread']);
    const [again] = await kit.owner.items.append('thread', [
      { role: 'user', text: '1', key: 'key 1' },
    ]);
    expect(textIn(again!)).toBe('1');
    expect(await kit.rows(items)).toHaveLength(3);
  });
});

type Damage = (records: Records) => Promise<void>;

async function fillDamaged(reopen: () => Engine, damage: Damage): Promise<void> {
  await using kit = await openKit({ projectId: 'default', engine: reopen() });
  await fillThread(kit, 'thread');
  await kit.store.close();
  await withRecords(reopen(), damage);
}

/**
 * The damage is found and left alone, found again and repaired, and then gone. Everything is as
 * before.
 */
async function expectRepair(reopen: () => Engine, kinds: string[], damage: Damage): Promise<void> {
  let before: readonly unknown[] = [];
  await fillDamaged(reopen, () => Promise.resolve());
  before = await snapshot(reopen());
  await withRecords(reopen(), damage);
  const damaged = await snapshot(reopen());
  const named = kinds.map((kind) => `thread: ${kind}`);
  const found = await doctor(reopen(), { repair: false });
  expect(kindsOf(found)).toEqual(named);
  expect(found.problems.some(({ repaired }) => repaired)).toBe(false);
  expect(await snapshot(reopen())).toEqual(damaged);
  const repaired = await doctor(reopen(), { repair: true });
  expect(kindsOf(repaired)).toEqual(named);
  expect(repaired.problems.every((problem) => problem.repaired)).toBe(true);
  expect((await doctor(reopen(), { repair: false })).problems).toEqual([]);
  expect(await snapshot(reopen())).toEqual(before);
}

function patchHead(patch: Partial<ThreadRow>): Damage {
  return async (records) => {
    const head = (await records.get(threads, ['thread']))!;
    await records.commit({ puts: [put(threads, { ...head, ...patch })] });
  };
}

async function removeTag(records: Records, ...names: readonly string[]): Promise<void> {
  await records.commit({ deletes: names.map((tag) => ({ table: tags, key: ['thread', tag] })) });
}

async function moveTag(records: Records): Promise<void> {
  const row = (await records.get(tags, ['thread', 'b']))!;
  await records.commit({ puts: [put(tags, { ...row, listedAt: 0 })] });
}

/** Deletes rows and puts them back as if their index entries existed. */
async function loseEntries(
  records: Records,
  table: (typeof allTables)[number],
  rows: Row[],
): Promise<void> {
  // The keys of these tables are strings.
  const keyOf = (row: Row) => table.key.map((column) => row[column] as string);
  await records.commit({ deletes: rows.map((row) => ({ table, key: keyOf(row) })) });
  await records.commit({ puts: rows.map((row) => ({ table, row, replaces: row })) });
}

async function loseItems(records: Records): Promise<void> {
  await loseEntries(records, items, await records.scan(items, { prefix: ['thread'], limit: 9 }));
}

function loseHead(patch: Partial<ThreadRow>): Damage {
  return async (records) => {
    const head = (await records.get(threads, ['thread']))!;
    await loseEntries(records, threads, [{ ...head, ...patch }]);
  };
}

test('a preview with marks of Markdown, as older versions kept it, is renewed only if asked', async () => {
  const engine = memory();
  const marked = '## Plan **Rome** by [train](https://x.y)';
  const plain = 'Plan Rome by train';
  {
    await using kit = await openKit({ projectId: 'default', engine });
    const { id } = await kit.thread({ id: 't' });
    await kit.append(id, { role: 'assistant', text: '## Plan\n**Rome** by [train](https://x.y)' });
    expect((await kit.owner.threads.get(id)).lastPreview).toBe(plain);
    const [head] = await kit.rows(threads, [id]);
    const old = { ...head!, lastPreview: marked };
    await engine.commit({ puts: [put(threads, old, head)] });
  }
  expect((await doctor(engine, { repair: true })).problems).toEqual([]);
  expect((await doctor(engine, { repair: false, rebuild: true })).problems).toMatchObject([
    { threadId: 't', kind: 'head', repaired: true },
  ]);
  expect((await doctor(engine, { repair: false })).problems).toEqual([]);
  await using later = await openKit({ projectId: 'default', engine });
  expect((await later.owner.threads.get('t')).lastPreview).toBe(plain);
});
