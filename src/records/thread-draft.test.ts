import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../engine/fault/seeded-random.ts';
import type { Commit } from '../engine/engine.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { startOfTests, times } from '../../test/support/store/store-kit-for-testing.ts';
import {
  contentForTesting as content,
  headForTesting,
  newDraftForTesting,
} from '../../test/support/store/writer-kit-for-testing.ts';
import { put } from './records.ts';
import { changes, items, tags, taskQueue, threads, type ThreadRow } from './tables.ts';
import { changeMark } from './change-mark.ts';
import { ThreadDraft } from './thread-draft.ts';

const nowMs = startOfTests + 5_500;

/** A draft of a thread that is stored at version 7 with three items. */
function draftOf(patch: Partial<ThreadRow> = {}): ThreadDraft {
  const [, , third] = newDraftForTesting('thread').append(times(3, (i) => content(`${i}`)));
  const stored = { version: 7, itemCount: 3, lastItemId: third!.id, listedAt: startOfTests };
  return new ThreadDraft(headForTesting('thread', { ...stored, ...patch }), nowMs);
}

function putsInto(commit: Commit, table: unknown): readonly unknown[] {
  return (commit.puts ?? []).filter((one) => one.table === table).map(({ row }) => row);
}

const { id: threadId } = headForTesting('thread');
const task = { shard: 1, id: 'task', kind: 'purge', threadId };
const request = { scope: 's', userId: 'u', key: 'k', hash: 'h', result: [], expiresAt: 1 };

describe('a draft', () => {
  test('of nothing is empty, and guards by the version that was read', () => {
    const draft = draftOf();
    expect([draft.isEmpty, draft.isNew, draft.isHeadChanged]).toEqual([true, false, false]);
    expect(draft.toThreadCommit()).toBeUndefined();
    expect(draft.toCommit()).toEqual({
      puts: [],
      deletes: [],
      expects: [{ table: threads, key: ['thread'], version: 7 }],
    });
  });

  test('of a new thread guards by its absence', () => {
    const draft = newDraftForTesting('thread');
    expect(draft.isNew).toBe(true);
    expect(draft.toCommit().expects).toEqual([
      { table: threads, key: ['thread'], version: 'absent' },
    ]);
    expect(draft.toCommit().puts).toEqual([put(threads, draft.head, null)]);
  });

  test('has no bound on its rows', () => {
    const draft = draftOf();
    const one = put(taskQueue, task, null);
    for (let i = 0; i < 300_000; i++) draft.put(one);
    expect(draft.toCommit().puts).toHaveLength(300_000);
  });

  test('gives items ids, places and the version of their step', () => {
    const draft = draftOf();
    const { lastItemId } = draft.head;
    const rows = [...draft.append([content('a'), content('b')]), ...draft.append([content('c')])];
    expect(rows.map(({ position, commitVersion }) => [position, commitVersion])).toEqual([
      [4, 8],
      [5, 8],
      [6, 9],
    ]);
    const ids = [lastItemId, ...rows.map(({ id }) => id)];
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(4);
    expect(draft.head).toMatchObject({ version: 9, itemCount: 6, lastItemId: rows.at(-1)!.id });
    expect(draft.appended).toEqual(rows);
    expect(putsInto(draft.toCommit(), items)).toEqual(rows);
  });

  test('gives changes versions of their own', () => {
    const draft = draftOf();
    const [row] = draft.append([content('a')]);
    draft.addChange({ type: 'edit', itemId: row!.id, authorId: 'u' });
    draft.addChange({ type: 'visibility', itemId: row!.id });
    const stored = putsInto(draft.toCommit(), changes);
    expect(stored).toMatchObject([
      { threadId, version: 9, type: 'edit', itemId: row!.id, authorId: 'u', createdAt: nowMs },
      { threadId, version: 10, type: 'visibility' },
    ]);
    expect(draft.toThreadCommit()).toMatchObject({ baseVersion: 7, items: [row], changes: stored });
  });

  test('lists the thread by the second', () => {
    const draft = draftOf();
    draft.updateHead({ title: 'new' });
    expect(draft.head).toMatchObject({ updatedAt: nowMs, listedAt: startOfTests + 5_000 });
  });

  test('never changes a head without a step of its version', () => {
    const draft = draftOf();
    draft.head = { ...draft.head, overlaid: true };
    expect(putsInto(draft.toCommit(), threads)).toMatchObject([{ overlaid: true, version: 8 }]);
    expect(putsInto(draft.toCommit(), threads)).toMatchObject([{ version: 8 }]);
  });

  test('finds what its operations have added', () => {
    const draft = draftOf();
    const [a, b] = draft.append([content('a', { key: 'k' }), content('b')]);
    const [revision] = draft.append([content('a2', { originalId: a!.id, replacesId: a!.id })]);
    draft.putRequest(request);
    draft.put(put(taskQueue, task));
    draft.put(put(taskQueue, { ...task, kind: 'refresh' }));
    expect(draft.findItem(b!.id)).toEqual(b);
    expect(draft.findItemByKey('k')).toEqual(a);
    expect(draft.findItemByKey('other')).toBeUndefined();
    expect(draft.findRevisions(a!.id)).toEqual([revision]);
    expect(draft.findRequest('s', 'u', 'k')).toEqual(request);
    expect(draft.findRequest('s', 'other', 'k')).toBeUndefined();
    expect(draft.findPut(taskQueue, [1, 'task'])).toMatchObject({ kind: 'refresh' });
    expect(draft.findPut(taskQueue, [1, 'other'])).toBeUndefined();
    expect(draft.promised.map(({ kind }) => kind)).toEqual(['purge', 'refresh']);
  });

  test('rewrites an item of its own in place, and a stored one knowing what is stored', () => {
    const draft = draftOf();
    const [own] = draft.append([content('own')]);
    const stored = { ...own!, id: draftOf().head.lastItemId!, position: 3, visibility: 'visible' };
    draft.rewriteItem({ ...own!, visibility: 'hidden' }, own!);
    const once = { ...stored, visibility: 'hidden' };
    draft.rewriteItem(once, stored);
    draft.rewriteItem({ ...once, visibility: 'archived' }, once);
    expect(draft.findItem(own!.id)).toMatchObject({ visibility: 'hidden' });
    expect(draft.findItem(stored.id)).toMatchObject({ visibility: 'archived' });
    const puts = draft.toCommit().puts!.filter(({ table }) => table === items);
    expect(puts).toEqual([
      put(items, { ...own!, visibility: 'hidden' }, null),
      put(items, { ...stored, visibility: 'archived' }, stored),
    ]);
  });
});

describe("a thread's tags", () => {
  const listed = { tags: ['a', 'b'], listedAt: startOfTests + 5_000 };

  test('stay where they are within the second', () => {
    const draft = draftOf(listed);
    draft.updateHead({ title: 'new' });
    expect(putsInto(draft.toCommit(), tags)).toEqual([]);
  });

  test('move with the time, the archive and what they are', () => {
    const draft = draftOf({ ...listed, listedAt: startOfTests });
    draft.updateHead({ tags: ['b', 'c'] });
    const commit = draft.toCommit();
    expect(putsInto(commit, tags)).toMatchObject([
      { tag: 'b', listedAt: startOfTests + 5_000 },
      { tag: 'c', listedAt: startOfTests + 5_000 },
    ]);
    expect(commit.deletes).toMatchObject([{ table: tags, key: ['thread', 'a'] }]);
    const archiving = draftOf(listed);
    archiving.updateHead({ archived: true });
    expect(putsInto(archiving.toCommit(), tags)).toMatchObject([
      { tag: 'a', archived: true },
      { tag: 'b', archived: true },
    ]);
  });

  test('go with the thread', () => {
    const draft = draftOf(listed);
    draft.updateHead({ deletedAt: nowMs, listedAt: undefined });
    const keys = draft.toCommit().deletes!.map(({ key }) => key);
    expect(keys).toEqual([
      ['thread', 'a'],
      ['thread', 'b'],
    ]);
  });
});

const seed = seedForTesting();

/** One random step. It draws the same numbers from `random` whatever the draft is. */
function randomStep(draft: ThreadDraft, random: SeededRandom, step: number): void {
  const kind = random.below(7);
  const at = random.fraction();
  const row = draft.appended[Math.floor(at * draft.appended.length)];
  const text = `${step}`;
  if (kind === 0 || row === undefined) draft.append([content(text, { key: text }), content(text)]);
  else if (kind === 1) draft.rewriteItem({ ...row, visibility: text }, row);
  else if (kind === 2) draft.addChange({ type: 'edit', itemId: row.id });
  else if (kind === 3) draft.putRequest({ ...request, key: text });
  else if (kind === 4) draft.put(put(taskQueue, { ...task, id: text }));
  else if (kind === 5) draft.delete({ table: taskQueue, key: [1, text] });
  else rewriteStored(draft, random.below(3), text);
}

function rewriteStored(draft: ThreadDraft, number: number, text: string): void {
  const { id } = headForTesting(`019aa000-0000-7000-8000-00000000000${number}`);
  // `id` is an item's id.
  const stored = { ...content('stored'), id: id as never, threadId, position: 1, commitVersion: 1 };
  const row = draft.findItem(stored.id) ?? stored;
  draft.rewriteItem({ ...row, visibility: text }, row);
  draft.addChange({ type: 'visibility', itemId: stored.id });
}

/** The commit with each random id and tag replaced by its first position. */
function comparable(draft: ThreadDraft): unknown {
  const names = new Map(draft.appended.map(({ id }, i) => [id as string, `item ${i}`]));
  for (const [i, change] of (draft.toThreadCommit()?.changes ?? []).entries()) {
    names.set(change.tag!, `tag ${i}`); // a new change has one
    names.set(changeMark(change), `change ${i}`);
  }
  const { puts, deletes, expects } = draft.toCommit();
  const plain = { puts, deletes, expects, live: draft.toThreadCommit() };
  return JSON.parse(JSON.stringify(plain, (_, value: unknown) => named(names, value)));
}

function named(names: ReadonlyMap<string, string>, value: unknown): unknown {
  return typeof value === 'string' ? (names.get(value) ?? value) : value;
}

test.each(times(50, (i) => i))(
  `a draft forgets what is rolled back, run %i (SEED=${seed})`,
  (run) => {
    const random = seededRandom(seed + run);
    // Both are based on the same head; the rolled-back steps happen in one of them only.
    const draft = draftOf();
    const expected = new ThreadDraft(draft.head, nowMs);
    for (let operation = 0; operation < 12; operation++) {
      const operationSeed = random.below(2 ** 31);
      const isFailing = random.chance(0.5);
      const steps = 1 + random.below(4);
      const savepoint = draft.savepoint();
      for (const target of isFailing ? [draft] : [draft, expected]) {
        const own = seededRandom(operationSeed);
        for (let k = 0; k < steps; k++) randomStep(target, own, operation * 10 + k);
      }
      if (isFailing) draft.rollback(savepoint);
      expect(draft.isEmpty).toBe(expected.isEmpty);
    }
    expect(comparable(draft)).toEqual(comparable(expected));
  },
);
