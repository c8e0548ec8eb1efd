import Sqlite from 'better-sqlite3';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { and, eq, inArray, like, or } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { LiveEvent, ProjectApi, Store } from 'skein';
import { postgres, postgresIn } from 'skein/database';
import {
  createDatabase,
  deleteEdges,
  deleteItems,
  deleteStreams,
  deleteThreads,
  insertEdges,
  insertItems,
  insertStreams,
  insertThreads,
  selectEdges,
  selectItems,
  selectStreams,
  selectThreads,
  updateEdges,
  updateItems,
  updateStreams,
  updateThreads,
  type Database,
  type ItemInsert,
  type ItemRecord,
  type ThreadRecord,
} from 'skein/models';
import { codeOf, only, textIn, times } from '../../test/support/store/store-kit-for-testing.ts';
import {
  postgresForTesting,
  sqliteForTesting,
  type DatabaseForTesting,
} from '../../test/support/models/databases-for-testing.ts';
import {
  isEngineChosen,
  testOfEngine,
} from '../../test/support/engine/chosen-engines-for-testing.ts';

const databases = { sqlite: sqliteForTesting, postgres: postgresForTesting };

const chosen = Object.entries(databases).filter(([name]) => isEngineChosen(name));

describe.each(chosen)('models on %s', (_name, open) => {
  let kit: DatabaseForTesting;
  let db: Database;
  let tables: DatabaseForTesting['tables'];
  let owner: ProjectApi;
  beforeAll(async () => {
    kit = await open();
    ({ db, tables } = kit);
    owner = asUser(kit.store, 'owner');
  });
  afterAll(() => kit[Symbol.asyncDispose]());

  const thread = async (): Promise<ThreadRecord> =>
    only(await insertThreads(db, [{ ownerId: 'owner' }]));
  const say = (threadId: string, ...texts: string[]): Promise<ItemRecord[]> =>
    insertItems(
      db,
      times(texts.length, (i) => ({ threadId, role: 'user', text: texts[i]! })),
    );
  const inThread = (threadId: string) => [eq(tables.items.threadId, threadId)];

  describe('threads', () => {
    test('the store has what a model call writes, and the other way round', async () => {
      const [mine, yours] = await insertThreads(db, [
        {
          ownerId: 'owner',
          title: 'Mine',
          scopeType: 'ticket',
          scopeId: 'S-1',
          metadata: { a: 1 },
        },
        { ownerId: 'u2', projectId: 'p2', items: [{ role: 'user', text: 'first' }] },
      ]);
      expect(mine).toMatchObject({ projectId: 'default', title: 'Mine', metadata: { a: 1 } });
      expect(yours).toMatchObject({
        projectId: 'p2',
        ownerId: 'u2',
        lastPreview: 'first',
        itemCount: 1,
      });
      expect(await owner.threads.get(mine!.id)).toMatchObject({ title: 'Mine', scopeId: 'S-1' });
      const made = only(await asUser(kit.other, 'owner').threads.create([{ title: 'Theirs' }]));
      const [row] = await selectThreads(db, [eq(tables.threads.id, made.id)]);
      expect(row).toMatchObject({ title: 'Theirs', version: 1, scopeType: null, archivedAt: null });
      expect(row?.createdAt).toEqual(new Date(made.createdAt));
      expectTypeOf(row).toEqualTypeOf<ThreadRecord | undefined>();
    });

    test('the same id again gives the first; with other content it is a conflict', async () => {
      const row = { ownerId: 'owner', id: 'fixed', title: 'One' };
      const first = only(await insertThreads(db, [row]));
      expect(only(await insertThreads(db, [row]))).toEqual(first);
      expect(await codeOf(insertThreads(db, [{ ...row, title: 'Two' }]))).toBe('conflict');
      expect(await codeOf(insertThreads(db, [{ ...row, ownerId: 'u2' }]))).toBe('conflict');
    });

    test('of other projects have the project in the ids of their rows', async () => {
      const id = 'in-several';
      const rows = await insertThreads(db, [
        { ownerId: 'owner', id },
        { ownerId: 'owner', id, projectId: 'p3', title: 'Theirs' },
      ]);
      expect(rows.map((row) => [row.id, row.projectId])).toEqual([
        [id, 'default'],
        [`p3/${id}`, 'p3'],
      ]);
      const threadId = `p3/${id}`;
      const here = [eq(tables.threads.id, threadId)];
      const [first, second] = await say(threadId, 'one', 'two');
      expect([first!.threadId, textIn(first!)]).toEqual([threadId, 'one']);
      const ends = { threadId, fromItemId: second!.id, toItemId: first!.id };
      await insertEdges(db, [{ ...ends, type: 'caused_by' }]);
      const drawn = [eq(tables.edges.threadId, threadId)];
      const [edge] = await updateEdges(db, drawn, { type: 'depends_on' });
      expect(edge).toMatchObject({ ...ends, type: 'depends_on' });
      const [stream] = await insertStreams(db, [{ threadId, id: 's' }]);
      expect(stream).toMatchObject({ threadId, id: 's', status: 'active' });
      const ended = [eq(tables.streams.threadId, threadId)];
      expect(await updateStreams(db, ended, { status: 'completed' })).toHaveLength(1);
      expect(await deleteStreams(db, ended)).toEqual([{ threadId, id: 's' }]);
      expect(await deleteEdges(db, drawn)).toHaveLength(1);
      const one = [...inThread(threadId), eq(tables.items.id, first!.id)];
      expect(only(await updateItems(db, one, { visibility: 'hidden' })).threadId).toBe(threadId);
      expect(await deleteItems(db, one)).toEqual([{ threadId, id: first!.id }]);
      expect(only(await updateThreads(db, here, { title: 'New' })).title).toBe('New');
      expect(await deleteThreads(db, here)).toEqual([{ id: threadId }]);
      expect(await owner.threads.get(id)).toMatchObject({ version: 1, itemCount: 0 });
    });

    test('an update changes what meets all conditions, and nothing else', async () => {
      const scope = { ownerId: 'owner', scopeType: 'batch', scopeId: 'B-1' };
      const made = await insertThreads(db, [scope, scope, { ...scope, title: 'Other' }]);
      const about = [eq(tables.threads.scopeId, 'B-1'), eq(tables.threads.titleSource, 'default')];
      const changed = await updateThreads(db, about, {
        archived: true,
        metadata: { x: [1], y: null },
      });
      expect(changed.map(({ id }) => id).toSorted()).toEqual([made[0]!.id, made[1]!.id].toSorted());
      expect(changed[0]).toMatchObject({ archived: true, metadata: { x: [1] }, version: 2 });
      expect(await owner.threads.get(made[2]!.id)).toMatchObject({ title: 'Other', version: 1 });
    });

    test('of two that race on a condition, one changes the row', async () => {
      const { id } = await thread();
      const free = [eq(tables.threads.id, id), eq(tables.threads.title, 'New Thread')];
      const outcomes = await Promise.all(
        times(6, (i) => updateThreads(i % 2 ? kit.otherDb : db, free, { title: `Taken by ${i}` })),
      );
      const winner = only(outcomes.flat());
      expect(only(await selectThreads(db, [eq(tables.threads.id, id)]))).toEqual(winner);
    });

    test('an update gets through while others append', async () => {
      const { id } = await thread();
      const appending = Promise.all(
        times(20, (i) => owner.items.append(id, [{ role: 'user', text: `${i}` }])),
      );
      const [changed] = await updateThreads(db, [eq(tables.threads.id, id)], { title: 'Renamed' });
      await appending;
      expect(changed?.title).toBe('Renamed');
      expect(await owner.threads.get(id)).toMatchObject({ title: 'Renamed', itemCount: 20 });
    });

    test('a deleted thread is gone at once, with everything in it; forks keep what they inherited', async () => {
      const { id } = await thread();
      const [first, second] = await say(id, 'one', 'two');
      await insertEdges(db, [edge(id, second!, first!)]);
      await insertStreams(db, [{ threadId: id }]);
      const fork = only(await owner.threads.fork([{ threadId: id }]));
      expect(await deleteThreads(db, [eq(tables.threads.id, id)])).toEqual([{ id }]);
      expect(await deleteThreads(db, [eq(tables.threads.id, id)])).toEqual([]);
      expect(await selectThreads(db, [eq(tables.threads.id, id)])).toEqual([]);
      expect(await selectItems(db, inThread(id))).toEqual([]);
      expect(await selectEdges(db, [eq(tables.edges.threadId, id)])).toEqual([]);
      expect(await selectStreams(db, [eq(tables.streams.threadId, id)])).toEqual([]);
      expect(await codeOf(owner.threads.get(id))).toBe('not_found');
      const kept = await asUser(kit.other, 'owner').items.list(fork.id);
      expect(kept.data.map(textIn)).toEqual(['one', 'two']);
      await expect.poll(() => selectItems(db, inThread(fork.id))).toHaveLength(2);
    });
  });

  describe('items', () => {
    test('are appended to many threads, in order, with the heads kept', async () => {
      const [a, b] = [await thread(), await thread()];
      const rows = await insertItems(db, [
        { threadId: a.id, role: 'user', text: 'a1', requestId: 'r1' },
        { threadId: b.id, role: 'assistant', text: 'b1', runId: 'run', spanId: 'span' },
        { threadId: a.id, role: 'user', text: 'a2', authorId: 'guest' },
      ]);
      expect(rows.map(textOf)).toEqual(['a1', 'b1', 'a2']);
      expect(rows[0]).toMatchObject({
        requestId: 'r1',
        authorId: 'owner',
        position: 1,
        attempt: 1,
      });
      expect(rows[2]).toMatchObject({ authorId: 'guest', position: 2, redactedAt: null });
      expect(rows[2]!.id > rows[0]!.id).toBe(true);
      expect(await owner.threads.get(a.id)).toMatchObject({ itemCount: 2, lastPreview: 'a2' });
      const page = await owner.items.list(b.id, { runId: 'run' });
      expect(page.data.map(({ id }) => id)).toEqual([rows[1]!.id]);
      expect(await selectItems(db, [...inThread(b.id), eq(tables.items.spanId, 'span')])).toEqual([
        rows[1],
      ]);
    });

    test('that the store appends are selected, from any process', async () => {
      const { id } = await thread();
      await asUser(kit.other, 'owner').items.append(id, [{ role: 'user', text: 'there' }]);
      const [row] = await selectItems(db, inThread(id));
      expect(row?.parts).toEqual([{ type: 'text', text: 'there' }]);
      expectTypeOf(row).toEqualTypeOf<ItemRecord | undefined>();
    });

    test('reach the live readers of this and of other processes', async () => {
      const { id } = await thread();
      const { cursor } = await owner.items.list(id);
      const readers = [owner, asUser(kit.other, 'owner')];
      const seen = readers.map((reader) => watch(reader, id, cursor));
      const row = only(await say(id, 'now'));
      await updateItems(db, [...inThread(id), eq(tables.items.id, row.id)], {
        visibility: 'hidden',
      });
      for (const events of seen) {
        await expect.poll(() => events.items, { timeout: 60_000 }).toEqual([row.id]);
        await expect
          .poll(() => events.changes, { timeout: 60_000 })
          .toEqual([`visibility ${row.id}`]);
      }
      for (const events of seen) events.stop();
    });

    test('change in nothing but their visibility', async () => {
      const { id } = await thread();
      const rows = await say(id, 'one', 'two', 'three');
      const some = [...inThread(id), inArray(tables.items.id, [rows[0]!.id, rows[2]!.id])];
      const hidden = await updateItems(db, some, { visibility: 'hidden' });
      expect(hidden).toEqual([rows[0], rows[2]].map((row) => ({ ...row, visibility: 'hidden' })));
      const list = await owner.items.list(id);
      expect(list.data.map(textIn)).toEqual(['two']);
      // @ts-expect-error -- a patch has no parts
      expect(await codeOf(updateItems(db, some, { parts: [] }))).toBe('invalid_request');
      // @ts-expect-error -- a patch must not be empty
      expect(await codeOf(updateItems(db, some, {}))).toBe('invalid_request');
    });

    test('are redacted when they are deleted, once', async () => {
      const { id } = await thread();
      const [first, second] = await say(id, 'secret', 'open');
      const one = [...inThread(id), eq(tables.items.id, first!.id)];
      expect(await deleteItems(db, one)).toEqual([{ threadId: id, id: first!.id }]);
      expect(await deleteItems(db, one)).toEqual([]);
      const [gone, stays] = await selectItems(db, inThread(id));
      expect(gone).toMatchObject({ id: first!.id, parts: [], redactedAt: expect.any(Date) });
      expect(stays).toEqual(second);
      expect(await owner.threads.get(id)).toMatchObject({ itemCount: 2 });
    });

    test('keep the rules of the store: keys, revisions, threads that are there', async () => {
      const { id } = await thread();
      const keyed: ItemInsert = { threadId: id, role: 'user', text: 'once', key: 'k' };
      const row = only(await insertItems(db, [keyed]));
      expect(await insertItems(db, [keyed, keyed])).toEqual([row, row]);
      expect(await codeOf(insertItems(db, [{ ...keyed, text: 'other' }]))).toBe('key_conflict');
      const edited = only(
        await insertItems(db, [{ threadId: id, role: 'user', text: 'new', replacesId: row.id }]),
      );
      const [original] = await selectItems(db, [...inThread(id), eq(tables.items.id, row.id)]);
      expect(original).toMatchObject({ replacedById: edited.id, parts: row.parts });
      const lost: ItemInsert = { ...keyed, key: 'k2', threadId: 'nowhere' };
      expect(await codeOf(insertItems(db, [{ ...keyed, key: 'k3' }, lost]))).toBe('not_found');
      expect(await selectItems(db, inThread(id))).toHaveLength(2);
    });
  });

  describe('selects', () => {
    let rows: ItemRecord[];
    let threadId: string;
    beforeAll(async () => {
      const [row] = await insertThreads(db, [
        { ownerId: 'owner', projectId: 'paging', scopeType: 'page', scopeId: 'P-1' },
      ]);
      threadId = row!.id;
      for (const run of ['x', 'y']) {
        const texts = times(6, (i): ItemInsert => ({
          threadId,
          role: 'user',
          text: `${run}${i}`,
          runId: run,
        }));
        rows = [...(rows ?? []), ...(await insertItems(db, texts))];
      }
    });

    test('and conditions, on columns of the thread, too', async () => {
      const about = [eq(tables.threads.scopeId, 'P-1'), eq(tables.items.runId, 'x')];
      expect(await selectItems(db, [...about, undefined, and()])).toEqual(rows.slice(0, 6));
      expect(await selectItems(db, [...about, eq(tables.threads.projectId, 'default')])).toEqual(
        [],
      );
    });

    test.each(['asc', 'desc'] as const)('page through everything, %s', async (order) => {
      const expected = order === 'asc' ? rows : rows.toReversed();
      for (const orderBy of [
        [],
        ['createdAt'],
        ['createdAt', 'position'],
        ['private', 'runId'],
      ] as const) {
        const found: ItemRecord[] = [];
        for (;;) {
          const options = { limit: 5, order, orderBy, after: found.at(-1) };
          const page = await selectItems(db, inThread(threadId), options);
          found.push(...page);
          if (page.length < 5) break;
        }
        expect(found.map(textOf)).toEqual(expected.map(textOf));
      }
    });

    test('ordered by a column leave out what lacks it', async () => {
      await say(threadId, 'without a run');
      const found = await selectItems(db, inThread(threadId), { orderBy: ['runId'] });
      expect(found.map(textOf)).toEqual(rows.map(textOf));
    });

    test('are bounded', async () => {
      const { id } = await thread();
      const many = times(1000, (i): ItemInsert => ({ threadId: id, role: 'user', text: `${i}` }));
      await insertItems(db, many);
      await say(id, 'one more');
      expect(await selectItems(db, inThread(id))).toHaveLength(1000);
      expect(await selectItems(db, inThread(id), { limit: 3 })).toHaveLength(3);
      expect((await selectItems(db, [])).length).toBe(1000);
      // Changes have no such limit: they take all matches, here over several pages.
      const some = [...inThread(id), like(tables.items.requestId, '%')];
      expect(await updateItems(db, some, { visibility: 'hidden' }, { limit: 2 })).toHaveLength(2);
      expect(await updateItems(db, some, { visibility: 'hidden' })).toHaveLength(1001);
    });

    test.each([
      [{ limit: 0 }],
      [{ limit: 1001 }],
      [{ limit: 1.5 }],
      [{ after: {} }],
      [{ after: { id: 'x' } }],
      [{ orderBy: ['parts'] }],
      [{ orderBy: ['constructor'] }],
      [{ order: 'up' }],
    ])('refuse %j', async (options) => {
      // JavaScript lets these through.
      const wrong = options as Parameters<typeof selectItems>[2];
      expect(await codeOf(selectItems(db, [], wrong))).toBe('invalid_request');
    });
  });

  describe('edges', () => {
    test('are drawn, retyped and removed, and the store agrees', async () => {
      const { id } = await thread();
      const [a, b, c] = await say(id, 'a', 'b', 'c');
      const drawn = await insertEdges(db, [edge(id, b!, a!), edge(id, c!, a!)], {
        requestId: 'r9',
      });
      expect(drawn.map(({ fromItemId }) => fromItemId)).toEqual([b!.id, c!.id]);
      expect(drawn[0]).toMatchObject({
        type: 'depends_on',
        requestId: 'r9',
        createdAt: expect.any(Date),
      });
      expect(await insertEdges(db, [edge(id, b!, a!)])).toEqual([drawn[0]]);
      const fromB = [eq(tables.edges.threadId, id), eq(tables.edges.fromItemId, b!.id)];
      const changed = await updateEdges(db, fromB, { type: 'caused_by' });
      expect(changed).toEqual([{ ...drawn[0], type: 'caused_by' }]);
      expect((await owner.edges.list(id)).data.map(({ type }) => type)).toEqual([
        'caused_by',
        'depends_on',
      ]);
      const keys = await deleteEdges(db, fromB);
      expect(keys).toEqual([
        { threadId: id, fromItemId: b!.id, toItemId: a!.id, type: 'caused_by' },
      ]);
      expect(await selectEdges(db, [eq(tables.edges.threadId, id)])).toEqual([drawn[1]]);
      expect((await asUser(kit.other, 'owner').edges.list(id)).data).toHaveLength(1);
      // @ts-expect-error -- an edge's ends cannot change
      expect(await codeOf(updateEdges(db, fromB, { toItemId: 'x' }))).toBe('invalid_request');
    });

    test('become one where they become the same', async () => {
      const { id } = await thread();
      const [a, b] = await say(id, 'a', 'b');
      const kept = only(await insertEdges(db, [{ ...edge(id, b!, a!), type: 'caused_by' }]));
      await insertEdges(db, [edge(id, b!, a!)]);
      const all = [eq(tables.edges.threadId, id)];
      expect(await updateEdges(db, all, { type: 'caused_by' })).toEqual([kept]);
      expect(await selectEdges(db, all)).toEqual([kept]);
    });

    test('need both of their items in the thread', async () => {
      const { id } = await thread();
      const foreign = only(await say((await thread()).id, 'elsewhere'));
      const own = only(await say(id, 'here'));
      expect(await codeOf(insertEdges(db, [edge(id, own, foreign)]))).toBe('invalid_request');
      expect(await codeOf(insertEdges(db, [edge('nowhere', own, own)]))).toBe('not_found');
    });
  });

  describe('streams', () => {
    const one = (threadId: string, id: string) => [
      eq(tables.streams.threadId, threadId),
      eq(tables.streams.id, id),
    ];

    test('begin, continue and are removed', async () => {
      const { id: threadId } = await thread();
      const expiresAt = new Date(Date.now() + 60_000);
      const begun = only(await insertStreams(db, [{ threadId, runId: 'run', expiresAt }]));
      expect(begun).toMatchObject({ status: 'active', runId: 'run', expiresAt, snapshot: null });
      expect(begun.resumeToken).toMatch(/^.{20,}$/);
      const [moved] = await updateStreams(db, one(threadId, begun.id), {
        lastEventId: '7',
        snapshot: { text: 'a\u0000' },
        expiresAt: null,
      });
      expect(moved).toMatchObject({
        lastEventId: '7',
        snapshot: { text: 'a\u0000' },
        expiresAt: null,
      });
      expect(await selectStreams(kit.otherDb, [eq(tables.streams.runId, 'run')])).toEqual([moved]);
      expect(await deleteStreams(db, one(threadId, begun.id))).toEqual([
        { threadId, id: begun.id },
      ]);
      expect(await selectStreams(db, one(threadId, begun.id))).toEqual([]);
    });

    test('are there once under one id', async () => {
      const { id: threadId } = await thread();
      const row = { threadId, id: 's', runId: 'r' };
      const begun = await insertStreams(db, [row]);
      expect(await insertStreams(kit.otherDb, [row])).toEqual(begun);
      expect(await codeOf(insertStreams(db, [{ ...row, runId: 'r2' }]))).toBe('conflict');
      expect(await codeOf(insertStreams(db, [{ ...row, resumeToken: 'guess' }]))).toBe('conflict');
      expect(await codeOf(insertStreams(db, [{ threadId: 'nowhere' }]))).toBe('not_found');
    });

    test('end once, however many race, and stay ended', async () => {
      const { id: threadId } = await thread();
      const { id } = only(await insertStreams(db, [{ threadId }]));
      const active = [...one(threadId, id), eq(tables.streams.status, 'active')];
      const outcomes = await Promise.all(
        times(8, (i) => {
          const status = i % 3 ? 'completed' : 'aborted';
          return updateStreams(i % 2 ? kit.otherDb : db, active, { status, lastEventId: `${i}` });
        }),
      );
      const winner = only(outcomes.flat());
      expect(await selectStreams(db, one(threadId, id))).toEqual([winner]);
      expect(winner.version).toBe(2);
      expect(await codeOf(updateStreams(db, one(threadId, id), { status: 'active' }))).toBe(
        'conflict',
      );
    });

    test('lose no change to each other', async () => {
      const { id: threadId } = await thread();
      const { id } = only(await insertStreams(db, [{ threadId }]));
      const [, , , appended] = await Promise.all([
        updateStreams(db, one(threadId, id), { lastEventId: '1' }),
        updateStreams(kit.otherDb, one(threadId, id), { snapshot: [1] }),
        updateStreams(db, one(threadId, id), { expiresAt: new Date(0) }),
        say(threadId, 'beside'),
      ]);
      expect(appended).toHaveLength(1);
      expect(await selectStreams(db, one(threadId, id))).toEqual([
        expect.objectContaining({
          lastEventId: '1',
          snapshot: [1],
          expiresAt: new Date(0),
          version: 4,
        }),
      ]);
    });
  });

  describe('an empty list', () => {
    test('of rows does nothing', async () => {
      expect(await insertThreads(db, [])).toEqual([]);
      expect(await insertItems(db, [])).toEqual([]);
      expect(await insertEdges(db, [])).toEqual([]);
      expect(await insertStreams(db, [])).toEqual([]);
    });

    test('of conditions never means the whole table', async () => {
      const { id } = await thread();
      const row = only(await say(id, 'stays'));
      for (const none of [[], [undefined], [and(), or()]]) {
        const calls = [
          updateThreads(db, none, { title: 'x' }),
          deleteThreads(db, none),
          updateItems(db, none, { visibility: 'hidden' }),
          deleteItems(db, none),
          updateEdges(db, none, { type: 'caused_by' }),
          deleteEdges(db, none),
          updateStreams(db, none, { status: 'aborted' }),
          deleteStreams(db, none),
        ];
        expect(await Promise.all(calls.map(codeOf))).toEqual(times(8, () => 'invalid_request'));
      }
      expect(await selectItems(db, inThread(id))).toEqual([row]);
      expect((await selectThreads(db, [], { limit: 2 })).length).toBe(2);
    });

    test('of one value matches nothing', async () => {
      expect(await deleteThreads(db, [inArray(tables.threads.id, [])])).toEqual([]);
    });
  });

  test('a row needs its thread', async () => {
    const items = [{ role: 'user', text: 'x' }] as unknown as ItemInsert[];
    const edges = [{ fromItemId: 'a', toItemId: 'b', type: 'depends_on', threadId: null }];
    for (const call of [
      () => insertItems(db, items),
      () => insertEdges(db, edges as never),
      () => insertStreams(db, [{} as never]),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'invalid_request',
        issues: [{ path: 'rows.0.threadId', message: 'must be a string' }],
      });
    }
  });

  test('a stream expires at a time that every database keeps', async () => {
    const { id: threadId } = await thread();
    const expiring = (time: number) => insertStreams(db, [{ threadId, expiresAt: new Date(time) }]);
    for (const time of [-1, -8.64e15, Number.NaN]) {
      expect(await codeOf(expiring(time))).toBe('invalid_request');
    }
    for (const time of [0, Date.UTC(9999, 11, 31), 8.64e15]) {
      expect(only(await expiring(time)).expiresAt).toEqual(new Date(time));
    }
  });

  test('an argument that is not a list is misuse', async () => {
    const wrong = {} as never;
    await expect(insertThreads(db, wrong)).rejects.toThrow(TypeError);
    await expect(selectItems(db, wrong)).rejects.toThrow(TypeError);
    await expect(deleteItems(db, wrong)).rejects.toThrow(TypeError);
  });
});

testOfEngine('postgres')(
  'a write through a transaction that would not see it is refused, with nothing done',
  async () => {
    await using kit = await postgresForTesting();
    const { store, tables } = kit;
    // The kit makes a database of this driver.
    const drizzle = kit.db.drizzle as unknown as NodePgDatabase;
    const ownerIds = async (): Promise<string[]> =>
      (await selectThreads(kit.db, [])).map(({ ownerId }) => ownerId);
    const [thread] = await insertThreads(kit.db, [{ ownerId: 'before' }]);
    for (const isolationLevel of ['repeatable read', 'serializable'] as const) {
      await drizzle.transaction(
        async (transaction) => {
          const db = createDatabase({ store, drizzle: transaction, tables });
          expect(await selectThreads(db, [])).toHaveLength(1);
          const here = [eq(tables.threads.id, thread!.id)];
          for (const call of [
            () => insertThreads(db, [{ ownerId: 'within' }]),
            () => insertItems(db, [{ threadId: thread!.id, role: 'user', text: 'x' }]),
            () => insertStreams(db, [{ threadId: thread!.id }]),
            () => updateThreads(db, here, { title: 'x' }),
            () => deleteItems(db, here),
          ]) {
            await expect(call()).rejects.toMatchObject({
              name: 'TypeError',
              message: expect.stringMatching(
                /^A transaction at isolation level ".*" does not see/,
              ) as unknown,
            });
          }
        },
        { isolationLevel },
      );
    }
    expect(await ownerIds()).toEqual(['before']);
    await drizzle.transaction(async (transaction) => {
      const db = createDatabase({ store, drizzle: transaction, tables });
      expect(await insertThreads(db, [{ ownerId: 'committed' }])).toHaveLength(1);
    });
    expect((await ownerIds()).toSorted()).toEqual(['before', 'committed']);
  },
);

test('a database is a Drizzle database', () => {
  const store = {} as Store;
  expect(() => createDatabase({ store, drizzle: { select: () => 1 } })).toThrow(TypeError);
  const file = new Sqlite(':memory:');
  const drizzle = drizzleSqlite(file);
  expect(() => createDatabase({ store, drizzle, tables: postgresIn('other') })).toThrow(TypeError);
  expectTypeOf(createDatabase({ store, drizzle }).drizzle).toEqualTypeOf<typeof drizzle>();
  expect(postgresIn('public').items).toBeDefined();
  expect(postgres.items).toBeDefined();
  file.close();
});

function asUser(store: Store, userId: string): ProjectApi {
  return store.project('default').as({ userId });
}

function edge(threadId: string, from: { id: string }, to: { id: string }) {
  return { threadId, fromItemId: from.id, toItemId: to.id, type: 'depends_on' as const };
}

function textOf({ parts }: ItemRecord): string {
  return textIn({ parts });
}

/** Follows a thread from a cursor. */
function watch(project: ProjectApi, threadId: string, after: string) {
  const ending = new AbortController();
  const seen = { items: [] as string[], changes: [] as string[], stop: () => ending.abort() };
  const note = (event: LiveEvent): void => {
    if (event.type === 'item') seen.items.push(event.item.id);
    if (event.type === 'change') seen.changes.push(`${event.change.type} ${event.change.itemId}`);
  };
  void (async () => {
    const options = { after, signal: ending.signal, view: 'log' as const };
    for await (const event of project.threads.live(threadId, options)) note(event);
  })();
  return seen;
}
