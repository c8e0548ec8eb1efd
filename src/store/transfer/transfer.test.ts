import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { ProjectApi } from '../../api/project-api.ts';
import type { Engine, Row } from '../../engine/engine.ts';
import { faultEngine } from '../../engine/fault/fault-engine.ts';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { taskQueue, type ThreadRow } from '../../records/tables.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';
import { ForkModel } from '../../../test/support/store/fork-model-for-testing.ts';
import { goldenInMemory } from '../../../test/support/store/golden-rows-for-testing.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  compareWithModel,
  randomForkStep,
} from '../../../test/support/store/random-forks-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  openKit,
  rowsOf,
  settled,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  each,
  exportOf,
  importInto,
  problemsOf,
} from '../../../test/support/store/transfer-kit-for-testing.ts';
import { createStore } from '../create-store.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';

const seed = seedForTesting();

/** A store with something of everything, whose promised tasks are done. */
async function settledGolden(): Promise<Engine> {
  const engine = (await goldenInMemory())();
  const store = await createStore({ engine });
  await until(async () => (await rowsOf(engine, taskQueue)).length === 0);
  await store.close();
  return engine;
}

describe.each(enginePlaces)('an export taken in on %s', (_, create) => {
  test('is the same store, with everything but what stays behind', async () => {
    const golden = await settledGolden();
    const { lines, report } = await exportOf(golden);
    const written = Object.keys(report.tables);
    for (const table of [
      'items',
      'checkpoints',
      'votes',
      'documents',
      'chunks',
      'scopes',
      'edges',
    ]) {
      expect(written).toContain(table);
    }
    for (const table of Object.keys(JSON.parse(lines[0]!).leftOut)) {
      expect(written).not.toContain(table);
    }
    await using place = await create();
    const first = await importInto(place.open(), lines);
    expect(first).toMatchObject({ rowsAdded: lines.length - 2, failed: 0, rowsKept: 0 });
    expect((await exportOf(place.open())).lines.slice(1)).toEqual(lines.slice(1));
    expect(await problemsOf(place.open())).toEqual(await problemsOf(golden));
    const again = await importInto(place.open(), lines);
    expect(again).toMatchObject({ rowsAdded: 0, itemsAdded: 0, threadsCreated: 0, failed: 0 });
    expect((await exportOf(place.open())).lines.slice(1)).toEqual(lines.slice(1));
  });

  test(`is the same after any history, killed and gone on with (SEED=${seed})`, async () => {
    const { engine, model } = await randomStore(seed, 120);
    const { lines } = await exportOf(engine);
    await using place = await create();
    const random = seededRandom(seed);
    for (let run = 0; run < 30; run++) {
      const faulty = faultEngine(place.open(), { seed: seed + run });
      // Each run is killed at another commit.
      faulty.next(...times(random.below(6), () => 'delay' as const), 'failAfter');
      try {
        await importInto(faulty, lines);
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
      }
    }
    await importInto(place.open(), lines);
    expect((await exportOf(place.open())).lines.slice(1)).toEqual(lines.slice(1));
    expect(await problemsOf(place.open())).toEqual([]);
    await using kit = await openKit({ engine: place.open() });
    for (const thread of model.alive) await compareWithModel(kit, model, thread, 'imported');
  });
});

describe('an export', () => {
  test('of each thread alone is whole: it carries the items and checkpoints that it shares', async () => {
    const golden = await settledGolden();
    const { lines } = await exportOf(golden);
    const heads = lines.filter((line) => line.startsWith('{"table":"threads"'));
    const rows = heads.map((line) => (JSON.parse(line) as { row: ThreadRow }).row);
    const known = await problemsOf(golden);
    for (const { id, projectId, ownerId } of rows.filter(({ deletedAt }) => !deletedAt)) {
      const alone = await exportOf(golden, { threadIds: [id] });
      const target = memory();
      await importInto(target, alone.lines);
      expect((await exportOf(target)).lines.slice(1)).toEqual(alone.lines.slice(1));
      const found = await problemsOf(target);
      expect(found.filter((problem) => !known.includes(problem))).toEqual([]);
      await using here = await createStore({ engine: golden });
      await using there = await createStore({ engine: target });
      const [before, after] = [here, there].map((store) =>
        store.project(projectId).as({ userId: ownerId }),
      );
      const itemsOf = async ({ items }: Pick<ProjectApi, 'items'>): Promise<unknown> =>
        (await items.list(id, { view: 'log', limit: 1000 })).data;
      expect(await itemsOf(after!)).toEqual(await itemsOf(before!));
      const states = { namespace: '', limit: 100 };
      expect(await after!.checkpoints.list(id, states)).toEqual(
        await before!.checkpoints.list(id, states),
      );
    }
  });

  test('writes a run that is at work as interrupted, without its lease and token', async () => {
    const responders = new Respondents(['m']);
    responders.hold();
    const engine = memory();
    await using kit = await openKit({ engine, responders });
    const { id } = await kit.thread();
    await kit.owner.runs.start(id, { input: 'Hi' });
    await responders.untilAsked(1);
    const lines: string[] = [];
    for await (const line of kit.store.operator.exportLines()) lines.push(line);
    const rowsOf = (table: string): Row[] =>
      lines
        .filter((line) => line.startsWith(`{"table":"${table}"`))
        .map((line) => (JSON.parse(line) as { row: Row }).row);
    expect(rowsOf('runs')).toMatchObject([{ status: 'interrupted' }]);
    expect(rowsOf('runs')[0]).not.toHaveProperty('leaseExpiresAt');
    expect(rowsOf('streams')).toMatchObject([{ status: 'aborted', resumeToken: '' }]);
    const target = memory();
    await importInto(target, lines);
    expect(await problemsOf(target)).toEqual([]);
    expect((await exportOf(target)).lines.slice(1)).toEqual(lines.slice(1));
    responders.releaseAll();
  });

  test('of a user holds nothing of what the user could not read in the source of a fork', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    const { id } = await kit.thread({ visibility: 'public' });
    await kit.say(id, 'for all');
    await kit.append(id, { text: 'SECRET private', private: true });
    const hidden = await kit.append(id, { text: 'SECRET hidden' });
    await kit.owner.items.update(id, [{ id: hidden.id, visibility: 'hidden' }]);
    const old = await kit.append(id, { text: 'SECRET before' });
    await kit.append(id, { text: 'after', replacesId: old.id });
    await kit.say(id, 'last');
    const [fork] = await kit.other.threads.fork([{ threadId: id }]);
    await kit.store.close();
    const { lines } = await exportOf(engine, { projectId: 'project', userId: 'other' });
    expect(lines.join('')).not.toContain('SECRET');
    const target = memory();
    await importInto(target, lines);
    expect(await problemsOf(target)).toEqual([]);
    await using there = await openKit({ engine: target });
    const { data } = await there.other.items.list(fork!.id);
    expect(data.map(({ parts }) => parts[0]!.text)).toEqual(['for all', 'after', 'last']);
  });

  test('whose rows were put in another order is refused', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    const { id } = await kit.thread();
    await kit.say(id, 'one', 'two');
    await kit.store.close();
    const { lines } = await exportOf(engine);
    const turned = [...lines.slice(0, 2), lines[3]!, lines[2]!, ...lines.slice(4)];
    const twice = [...lines.slice(0, 3), lines[2]!, ...lines.slice(3)];
    for (const wrong of [turned, twice]) {
      await using store = await createStore({ engine: memory() });
      await expect(store.operator.importLines(each(wrong))).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('out of order'),
      });
    }
  });

  test('of a thread of many commits shows it only when all of it is there', async () => {
    const [engine, target] = [memory(), memory()];
    const kit = await openKit({ engine });
    const { id } = await kit.thread();
    for (const batch of times(5, (i) => i))
      await kit.say(id, ...times(600, (i) => `${batch} ${i}`));
    await kit.store.close();
    const { lines } = await exportOf(engine);
    // The file ends within the thread.
    const store = await createStore({ engine: target });
    const cut = store.operator.importLines(each(lines.slice(0, 2900)));
    await expect(cut).rejects.toMatchObject({ code: 'invalid_request' });
    await store.close();
    const there = await openKit({ engine: target });
    await expect(there.owner.threads.get(id)).rejects.toMatchObject({ code: 'not_found' });
    await there.store.close();
    expect((await exportOf(target)).report.rows).toBe(0);
    const report = await importInto(target, lines);
    expect(report).toMatchObject({ threadsCreated: 1, itemsAdded: 3000 });
    expect((await exportOf(target)).lines.slice(1)).toEqual(lines.slice(1));
  });
});

test('the example of docs/formats/export.md is an export', async () => {
  const page = await readFile(new URL('../../../docs/formats/export.md', import.meta.url), 'utf8');
  const lines = page.split('\n').filter((line) => /^\{"(?:type|table)"/.test(line));
  const target = memory();
  expect(await importInto(target, lines)).toMatchObject({ threadsCreated: 1, rowsAdded: 1 });
  expect((await exportOf(target)).lines.slice(1)).toEqual(lines.slice(1));
});

/** A random store and the model that tells what it holds. */
async function randomStore(
  from: number,
  steps: number,
): Promise<{ engine: Engine; model: ForkModel }> {
  const engine = memory();
  const model = new ForkModel();
  const random = seededRandom(from);
  await using kit = await openKit({ engine });
  for (let step = 0; step < steps; step++) await randomForkStep(kit, model, random, step);
  await settled(kit);
  return { engine, model };
}

describe(`a part of a store (SEED=${seed})`, () => {
  /** In it a fork has a revision of its own of an item that it inherits, and shows the item. */
  const ownRevision = 707_816_710;

  test.each([...times(6, (i) => seed + i), ownRevision])(
    'carries what its forks inherit, from %i on',
    async (from) => {
      const { engine, model } = await randomStore(from, 140);
      const random = seededRandom(from);
      const chosen = model.alive.filter(() => random.chance(0.5));
      const threadIds = chosen.map(({ id }) => id);
      const { lines, report } = await exportOf(engine, { projectId: 'project', threadIds });
      expect(report.notTaken.threads).toBe(model.alive.length - chosen.length);
      const target = memory();
      await importInto(target, lines);
      expect(await problemsOf(target)).toEqual([]);
      const again = (await exportOf(target)).lines;
      expect(again.slice(1)).toEqual(lines.slice(1));
      await using kit = await openKit({ engine: target });
      for (const thread of chosen) await compareWithModel(kit, model, thread, 'part');
    },
  );
});
