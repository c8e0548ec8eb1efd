import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import { nextItemId } from '../../shared/ids.ts';
import { createStore } from '../../store/index.ts';
import { exportThread, ownThreadIds } from '../exporting/export-threads.ts';
import type { Item, ProjectApi, Store, Thread } from '../store-types.ts';
import { importThreads, type LineFailure, type FileReport } from './import-threads.ts';
import { createSkeinImporter } from './skein.ts';
import { readLines } from './read-lines.ts';

let store: Store;
let project: ProjectApi;
const others: Store[] = [];

let nowMs = 0;

beforeEach(async () => {
  nowMs = Date.parse('2026-01-01');
  store = await createStore({ engine: memory(), clock: () => nowMs });
  project = store.project('default').as({ userId: 'u1' });
});

afterEach(async () => {
  for (const each of [store, ...others.splice(0)]) await each.close();
});

/** The same in an empty store. */
async function openOther(): Promise<ProjectApi> {
  const other = await createStore({ engine: memory() });
  others.push(other);
  return other.project('default').as({ userId: 'u2' });
}

async function exportAll(from: ProjectApi): Promise<string> {
  const lines: string[] = [];
  for await (const id of ownThreadIds(from)) {
    for await (const line of exportThread(from, id)) lines.push(JSON.stringify(line));
  }
  return lines.join('\n');
}

interface Imported extends FileReport {
  readonly failures: readonly LineFailure[];
}

async function importText(
  into: ProjectApi,
  text: string,
  continueOnError = false,
): Promise<Imported> {
  const failures: LineFailure[] = [];
  const source = new Blob([text]).stream();
  const report = await importThreads(readLines(source), createSkeinImporter(into), {
    concurrency: 8,
    continueOnError,
    onFailure: (failure) => failures.push(failure),
  });
  return { ...report, failures };
}

/** What a round trip must keep: everything but ids, times and the importing user. */
function essence(items: readonly Item[]): unknown[] {
  const places = new Map(items.map(({ id }, i) => [id, i]));
  const placeOf = (id: Item['parentId']): unknown =>
    id === undefined ? undefined : places.get(id);
  return items.map(
    ({ id: _id, threadId: _threadId, createdAt: _createdAt, key: _key, ...item }) => ({
      ...item,
      parentId: placeOf(item.parentId),
      replacesId: placeOf(item.replacesId),
      replacedById: placeOf(item.replacedById),
      redactedAt: item.redactedAt !== undefined,
    }),
  );
}

async function readLog(from: ProjectApi, id: string): Promise<readonly Item[]> {
  return (await from.items.list(id, { view: 'log', limit: 1000 })).data;
}

async function createRichThread(): Promise<string> {
  const [thread] = await project.threads.create([
    {
      id: 'rich',
      title: 'Grüße',
      tags: ['a', 'b'],
      metadata: { n: { deep: [1, null] } },
      visibility: 'unlisted',
      scopeType: 'ticket',
      scopeId: 'T/1',
    },
  ]);
  const { id } = thread!;
  const items = await project.items.append(id, [
    { role: 'user', text: 'One', key: 'first', metadata: { m: 1 } },
    {
      role: 'assistant',
      parts: [{ type: 'unknown-kind', x: '\u2028👍' }],
      runId: 'r1',
      spanId: 's1',
      attempt: 2,
    },
    { role: 'user', text: 'secret', private: true, authorId: 'somebody' },
    { role: 'system', text: 'for the model', visibility: 'hidden', requestId: 'req-1' },
    { role: 'tool', text: 'old', visibility: 'archived', spanId: 's2', runId: 'r1' },
  ]);
  const [first, second, third] = items;
  const [reply] = await project.items.append(id, [
    { role: 'assistant', text: 'A reply', parentId: first!.id },
  ]);
  const [edit] = await project.items.append(id, [
    { role: 'user', text: 'One, edited', replacesId: first!.id },
  ]);
  await project.items.append(id, [
    { role: 'user', text: 'One, edited again', replacesId: edit!.id },
  ]);
  await project.items.redact(id, [third!.id]);
  await project.edges.create(id, [
    { fromItemId: reply!.id, toItemId: second!.id, type: 'caused_by' },
    { fromItemId: second!.id, toItemId: first!.id, type: 'depends_on' },
  ]);
  await project.threads.update([{ id, archived: true }]);
  return id;
}

describe('export and import', () => {
  test('bring back a thread with everything in it', async () => {
    const id = await createRichThread();
    const text = await exportAll(project);
    const other = await openOther();
    expect(await importText(other, text)).toMatchObject({
      threadsCreated: 1,
      itemsAdded: 8,
      failures: [],
    });
    const [before, after] = [await project.threads.get(id), await other.threads.get(id)];
    const {
      createdAt: _c,
      updatedAt: _u,
      version: _v,
      ownerId: _o,
      lastItemId: _l,
      archivedAt,
      ...kept
    } = before;
    expect(after).toMatchObject({
      ...kept,
      archivedAt: archivedAt === undefined ? undefined : expect.any(String),
    });
    const [log, restored] = [await readLog(project, id), await readLog(other, id)];
    expect(essence(restored)).toEqual(essence(log));
    expect(restored[0]!.key).toBe('first');
    expect(restored[1]!.key).toBe(`import:${log[1]!.id}`);
    const placeOf = (itemId: string): number => restored.findIndex((item) => item.id === itemId);
    const edges = (await other.edges.list(id)).data.map(
      ({ fromItemId, toItemId, type }) => `${placeOf(fromItemId)} ${type} ${placeOf(toItemId)}`,
    );
    expect(edges.toSorted()).toEqual(['1 depends_on 0', '5 caused_by 1']);
  });

  test('keep from others what a model has said with something private in view', async () => {
    const [{ id }] = (await project.threads.create([{ visibility: 'public' }])) as [Thread];
    await project.items.append(id, [
      { role: 'assistant', text: 'The secret is 7.', sawPrivate: true },
      { role: 'assistant', text: 'Hello.' },
    ]);
    const other = await openOther();
    await importText(other, await exportAll(project));
    const marks = (await readLog(other, id)).map(({ sawPrivate }) => sawPrivate);
    expect(marks).toEqual([true, undefined]);
    const stranger = others[0]!.project('default').as({ userId: 'u3' });
    const seen = (await stranger.items.list(id)).data;
    expect(seen.map(({ parts }) => parts[0]?.text)).toEqual(['Hello.']);
  });

  test('a second import adds nothing, and a second export is the same', async () => {
    await createRichThread();
    const text = await exportAll(project);
    const other = await openOther();
    await importText(other, text);
    const versions = (await other.threads.list({ archived: true })).data.map(
      ({ version }) => version,
    );
    expect(await importText(other, text)).toMatchObject({
      threadsCreated: 0,
      threadsFound: 1,
      itemsAdded: 0,
      failed: 0,
    });
    expect(
      (await other.threads.list({ archived: true })).data.map(({ version }) => version),
    ).toEqual(versions);
    const third = await openOther();
    await importText(third, await exportAll(other));
    expect(essence(await readLog(third, 'rich'))).toEqual(essence(await readLog(project, 'rich')));
  });

  test.each(['private', 'hidden', 'shown again'])(
    'two authors with one key come in as they are, also again: %s',
    async (how) => {
      const [{ id }] = (await project.threads.create([{ mode: 'group' }])) as [Thread];
      await project.participants.add(id, [{ userId: 'ben' }]);
      const first = { role: 'user', text: 'mine', key: 'k', private: how === 'private' } as const;
      const [mine] = (await project.items.append(id, [first])) as [Item];
      const show = (visibility: 'hidden' | 'visible'): Promise<unknown> =>
        project.items.update(id, [{ id: mine.id, visibility }]);
      if (how !== 'private') await show('hidden');
      const ben = store.project('default').as({ userId: 'ben' });
      const [his] = (await ben.items.append(id, [
        { role: 'user', text: 'his', key: 'k' },
        { role: 'user', text: 'and this' },
      ])) as [Item];
      await ben.items.append(id, [{ role: 'user', text: 'his, edited', replacesId: his.id }]);
      if (how === 'shown again') await show('visible');
      const text = await exportAll(project);
      const other = others.push(await createStore({ engine: memory() })) - 1;
      const into = others[other]!.project('default').as({ userId: 'u1', isServer: true });
      expect(await importText(into, text)).toMatchObject({ itemsAdded: 4, failed: 0 });
      expect(await importText(into, text)).toMatchObject({ itemsAdded: 0, failed: 0 });
      expect(essence(await readLog(into, id))).toEqual(essence(await readLog(project, id)));
    },
  );

  test('a fork becomes a thread of its own with what it inherited', async () => {
    const id = await createRichThread();
    const [fork] = await project.threads.fork([{ threadId: id }]);
    await project.items.append(fork!.id, [{ role: 'user', text: 'only in the fork' }]);
    const other = await openOther();
    const report = await importText(other, await exportAll(project));
    expect(report).toMatchObject({ threadsCreated: 2, failed: 0 });
    expect(essence(await readLog(other, fork!.id))).toEqual(
      essence(await readLog(project, fork!.id)),
    );
  });

  test('a thread of several requests keeps its order and its references', async () => {
    await project.threads.create([{ id: 'long' }]);
    for (let batch = 0; batch < 5; batch++) {
      const items = Array.from(
        { length: 500 },
        (_, i) => ({ role: 'user', text: `${batch}.${i}` }) as const,
      );
      await project.items.append('long', items);
    }
    const [first] = (await project.items.list('long', { limit: 1 })).data;
    await project.items.append('long', [{ role: 'assistant', text: 'last', parentId: first!.id }]);
    const text = await exportAll(project);
    const other = await openOther();
    expect(await importText(other, text)).toMatchObject({
      threadsCreated: 1,
      itemsAdded: 2501,
      failed: 0,
    });
    const exported = await exportAll(other);
    const texts = (jsonl: string): unknown[] =>
      jsonl.split('\n').map((line) => (JSON.parse(line) as { item?: Item }).item?.parts);
    expect(texts(exported)).toEqual(texts(text));
    expect(exported.split('\n').at(-2)).toContain(JSON.parse(exported.split('\n')[1]!).item.id);
    expect(await importText(other, text)).toMatchObject({ threadsFound: 1, itemsAdded: 0 });
  });

  test('an import that was cut off in the middle of a thread is completed by the next one', async () => {
    await project.threads.create([{ id: 'long' }]);
    for (let i = 0; i < 3; i++) {
      await project.items.append(
        'long',
        Array.from({ length: 600 }, (_, n) => ({ role: 'user', text: `${i}.${n}` })),
      );
    }
    const text = await exportAll(project);
    const other = await openOther();
    const half = text.split('\n').slice(0, 1200).join('\n');
    expect(await importText(other, half)).toMatchObject({
      threadsCreated: 0,
      failures: [{ line: 1, message: expect.stringContaining('cut off') }],
    });
    expect(await importText(other, text)).toMatchObject({ itemsAdded: 800, failed: 0 });
    expect(essence(await readLog(other, 'long'))).toEqual(essence(await readLog(project, 'long')));
  });
});

describe('a file that is wrong', () => {
  const thread = (id: string): string =>
    JSON.stringify({ type: 'thread', format: 1, thread: { id } });
  const item = (fields: object): string =>
    JSON.stringify({ type: 'item', item: { role: 'user', text: 'x', ...fields } });
  const end = (items: number, edges = 0): string => JSON.stringify({ type: 'end', items, edges });
  const ids = [1, 2, 3].map((n) => nextItemId(undefined, n * 1000));

  test.each<[string, string[], number, RegExp]>([
    ['no JSON', ['{'], 1, /is not JSON/],
    ['an unknown type', ['{"type":"chat"}'], 1, /must have the type/],
    ['a newer format', ['{"type":"thread","format":2,"thread":{"id":"t"}}'], 1, /format 2/],
    ['an item of no thread', [item({ key: 'k' })], 1, /without a thread/],
    ['no end line', [thread('t'), item({ key: 'k' })], 1, /cut off/],
    ['a thread inside another', [thread('t'), thread('u'), end(0)], 2, /no end line/],
    ['a lost line', [thread('t'), item({ key: 'k' }), end(2)], 3, /2 and 0, but 1 items/],
    ['an item without id and key', [thread('t'), item({}), end(1)], 2, /id or a key/],
    ['an id that is none', [thread('t'), item({ id: 'x' }), end(1)], 2, /item id/],
    [
      'a reference to nothing',
      [thread('t'), item({ key: 'k', parentId: ids[0] }), end(1)],
      2,
      /item.parentId/,
    ],
    [
      'a bad item',
      [thread('t'), item({ key: 'a' }), item({ key: 'b', role: 'bot' }), end(2)],
      3,
      /item.role/,
    ],
    [
      'an edge to nothing',
      [
        thread('t'),
        JSON.stringify({
          type: 'edge',
          edge: { fromItemId: ids[0], toItemId: ids[1], type: 'caused_by' },
        }),
        end(0, 1),
      ],
      2,
      /edge.fromItemId/,
    ],
    [
      'an edge that is none',
      [thread('t'), '{"type":"edge","edge":{}}', end(0, 1)],
      2,
      /edge.fromItemId/,
    ],
    ['a bad thread id', [thread('a b'), end(0)], 1, /^id: /],
  ])('%s is reported with its line', async (_name, lines, line, message) => {
    const { failures, failed } = await importText(project, lines.join('\n'));
    expect(failures).toEqual([{ line, message: expect.stringMatching(message) }]);
    expect(failed).toBe(1);
  });

  test('ids that do not rise are reported where something needs them', async () => {
    const lines = [
      thread('t'),
      item({ id: ids[1] }),
      item({ id: ids[0] }),
      item({ key: 'k', parentId: ids[1] }),
      end(3),
    ];
    const { failures } = await importText(project, lines.join('\n'));
    expect(failures).toEqual([{ line: 3, message: expect.stringContaining('greater') }]);
  });

  test('stops there, and creates nothing of that thread', async () => {
    const lines = [
      thread('a'),
      end(0),
      thread('b'),
      item({ key: 'k', role: 'bot' }),
      end(1),
      thread('c'),
      end(0),
    ];
    const report = await importText(project, lines.join('\n'));
    expect(report).toMatchObject({ failed: 1, isComplete: false });
    const ids = (await project.threads.list()).data.map(({ id }) => id);
    expect(ids).toContain('a');
    expect(ids).not.toContain('b');
  });

  test('with --continue-on-error the other threads are imported', async () => {
    const lines = [
      thread('a'),
      end(0),
      '{',
      item({ key: 'k' }),
      thread('b'),
      'nonsense',
      end(1),
      thread('c'),
      end(0),
    ];
    const report = await importText(project, lines.join('\n'), true);
    expect(report).toMatchObject({ threadsCreated: 2, failed: 2, isComplete: true });
    expect(report.failures.map(({ line }) => line)).toEqual([3, 6]);
    expect((await project.threads.list()).data.map(({ id }) => id).toSorted()).toEqual(['a', 'c']);
  });

  test('a thread that is there with other content is a conflict, not a change', async () => {
    await project.threads.create([{ id: 't', title: 'Mine' }]);
    const { failures } = await importText(project, [thread('t'), end(0)].join('\n'));
    expect(failures).toEqual([{ line: 1, message: expect.stringContaining('in use') }]);
    expect((await project.threads.get('t')).title).toBe('Mine');
  });
});

test('a store that fails ends the import at once, and is no fault of a line', async () => {
  const lines = Array.from(
    { length: 500 },
    (_, i) =>
      `{"type":"thread","format":1,"thread":{"id":"t${i}"}}\n{"type":"end","items":0,"edges":0}`,
  );
  const closing = importText(project, lines.join('\n'), true);
  await store.close();
  const report = await closing;
  expect(report).toMatchObject({
    failed: 0,
    isComplete: false,
    stoppedBy: { code: 'unavailable' },
  });
});

test('threads that move while they are listed are exported, each once', async () => {
  for (let i = 0; i < 450; i++) {
    nowMs += 1000; // lists are sorted by the second: t0 comes last
    await project.threads.create([{ id: `t${i}` }]);
  }
  const exported: string[] = [];
  for await (const id of ownThreadIds(project)) {
    exported.push(id);
    nowMs += 1000;
    // A thread that has not been read yet moves to the front of the list.
    if (exported.length === 10) await project.items.append('t0', [{ role: 'user', text: 'moved' }]);
    if (exported.length === 300) await project.threads.update([{ id: 't1', archived: true }]);
  }
  expect(new Set(exported).size).toBe(exported.length);
  expect(exported).toHaveLength(450);
});
