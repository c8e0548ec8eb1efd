/**
 * Opens stores that an earlier commit made and left in the middle of its work, compares what is
 * read with what that commit read, and uses them further. See the README.
 */
import { createStore, doctor, type Graph, type Store, type StoreProjectApi } from 'skein';
import type { Engine } from 'skein/engine';
import { describe, expect, test } from 'vitest';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import { differencesBetween, linesOf } from './differences.ts';
import { tasksFinished } from './finish-tasks.ts';
import { openedAtMs } from './golden-store.ts';
import { copyGolden, readSaved } from './load-golden.ts';
import type { Note } from './note.ts';
import { readAnswers } from './read-answers.ts';
import { declaredTables, readRows, scanAll } from './read-rows.ts';

const tables = await declaredTables();

interface OpenGolden extends AsyncDisposable {
  readonly store: Store;
  readonly engine: Engine;
}

/** Opens the store, and waits until the unfinished work is done. */
async function openFinished(engine: Engine, note: Note): Promise<OpenGolden> {
  const store = await createStore({ engine, clock: () => openedAtMs(note) });
  await tasksFinished(store, engine, tables);
  return { store, engine, [Symbol.asyncDispose]: () => store.close() };
}

/**
 * Answers that differ from the saved ones on purpose (decision 0029). In these threads a
 * private item comes before an answer, which the earlier version showed to everybody. The answer
 * counts as one that saw it, so only the owner reads it, in the items and in the preview.
 */
const modes = ['assistant', 'direct', 'group', 'channel', 'public', 'feed'] as const;
const confidential: readonly string[] = modes.flatMap((mode) => [
  `${mode}.public`,
  `${mode}.unlisted`,
]);

/** Where others may have written before it was kept who did. */
const open = ['public', 'feed'].flatMap((mode) =>
  ['private', 'unlisted', 'public'].map((visibility) => `${mode}.${visibility}`),
);

/** What the owner was told. */
interface ReadByOwner {
  readonly thread: Record<string, unknown>;
  readonly log: readonly { readonly parts: readonly { readonly text?: string }[] }[];
}

interface ReadByOthers {
  readonly thread: Record<string, unknown>;
  readonly items: readonly { readonly text: string }[];
}

/** The saved answers without those that are confidential now. Fails if there was none. */
function answersOfNow(answers: unknown): unknown {
  const saved = answers as { threads: Record<string, { others: object }> }; // read-answers.ts
  const { threads, ...rest } = saved;
  for (const id of confidential) {
    for (const [userId, read] of Object.entries(threads[id]!.others)) {
      const { thread, items } = read as ReadByOthers; // as above
      const shown = items.filter(({ text }) => text !== 'An answer');
      expect(items.length - shown.length, `${id} as ${userId}`).toBe(1);
      const preview = { lastPreview: 'What people see', lastRole: 'user' };
      const isQuoted = thread.lastPreview === 'An answer';
      const seen = { thread: { ...thread, ...(isQuoted && preview) }, items: shown };
      threads[id]!.others = { ...threads[id]!.others, [userId]: seen };
    }
  }
  for (const id of open) markAnswer(threads[id] as unknown as ReadByOwner);
  askToSignIn(Object.values(threads));
  return { threads, ...rest };
}

/** Others may have written there, so the answer that saw something private says so to its owner. */
function markAnswer({ thread, log }: ReadByOwner): void {
  const answer = log.find(({ parts }) => parts[0]?.text === 'An answer');
  expect(answer).toBeDefined();
  Object.assign(answer!, { sawPrivate: true });
  if (thread.lastPreview !== 'An answer') return;
  Object.assign(thread, { lastPreview: 'What people see', lastRole: 'user' });
}

/** A caller without a name is asked to sign in, where it was told that there was no thread. */
function askToSignIn(threads: readonly { others: object }[]): void {
  const hidden = threads.filter(({ others }) => {
    const { anonymous } = others as { readonly anonymous?: { readonly error?: string } };
    return anonymous?.error === 'not_found';
  });
  expect(hidden.length).toBeGreaterThan(0);
  for (const thread of hidden) {
    thread.others = { ...thread.others, anonymous: { error: 'unauthenticated' } };
  }
}

/**
 * Nodes and edges of graphs have more fields than they had, which the saved answers lack, and
 * nothing else of them has changed.
 */
function graphsOfThen(answers: unknown): unknown {
  const { threads, ...rest } = answers as { readonly threads: object }; // read-answers.ts
  const entries = Object.entries(threads).map(([id, read]) => {
    const { graph } = read as { readonly graph: Graph | { readonly nodes?: undefined } };
    if (graph.nodes === undefined) return [id, read]; // a refusal
    const nodes = graph.nodes.map(({ spanId, runId, itemIds }) => ({ spanId, runId, itemIds }));
    const edges = graph.edges.map(({ fromSpanId, toSpanId, type }) => {
      return { fromSpanId, toSpanId, type };
    });
    return [id, { ...read, graph: { ...graph, nodes, edges } }];
  });
  return { threads: Object.fromEntries(entries), ...rest };
}

function differences(was: unknown, is: unknown): string {
  return linesOf(differencesBetween(was, JSON.parse(JSON.stringify(is))));
}

describe.each(['memory', 'lsm', 'sqlite', 'postgres'].filter(isEngineChosen))(
  'a golden store on %s',
  (name) => {
    test('has the rows that it had', async () => {
      await using copy = await copyGolden(name);
      const saved = await readSaved(name);
      const rows = await readRows(copy.engine(), tables);
      for (const [table, was] of Object.entries(saved.rows)) {
        expect(differences(was, rows[table]), table).toBe('');
      }
    });

    test('finishes its tasks, and then gives the saved answers', async () => {
      await using copy = await copyGolden(name);
      const saved = await readSaved(name);
      const kinds = saved.rows.tasks!.map(({ kind }) => kind);
      expect(new Set(kinds)).toEqual(new Set(['purge', 'redact', 'refresh']));
      await using golden = await openFinished(copy.engine(), saved.note);
      const answers = await readAnswers(golden.store, saved.rows, saved.note);
      expect(differences(answersOfNow(saved.answers), graphsOfThen(answers))).toBe('');
      await expectPurged(golden.engine, saved.rows.tasks!);
    });

    test('lists the threads of before in the order of their creation', async () => {
      await using copy = await copyGolden(name);
      const { rows, note } = await readSaved(name);
      await using golden = await openFinished(copy.engine(), note);
      const kept = (rows.threads as unknown as readonly SavedThread[]) // as the table declares them
        .filter(({ deletedAt }) => deletedAt === undefined);
      for (const [owner, threads] of Map.groupBy(kept, ownerOf)) {
        const [projectId, userId, archived] = JSON.parse(owner) as [string, string, boolean];
        const page = await golden.store
          .project(projectId)
          .as({ userId })
          .threads.list({ order: 'created', archived, limit: 1000 });
        const ids = threads.toSorted(newestFirst).map(({ id }) => id);
        expect(
          page.data.map(({ id }) => id),
          owner,
        ).toEqual(ids);
      }
    });

    test('is healthy, can be written to, and opened again', async () => {
      await using copy = await copyGolden(name);
      const { note } = await readSaved(name);
      const before = await openFinished(copy.engine(), note);
      await retry(before.store);
      const written = await write(before.store.project('default').as({ userId: 'ada' }));
      await before[Symbol.asyncDispose]();
      expect((await doctor(copy.engine(), { repair: false })).problems).toEqual([]);
      await using after = await openFinished(copy.engine(), note);
      expect(await readBack(after.store.project('default').as({ userId: 'ada' }))).toEqual(written);
    });
  },
);

interface SavedThread {
  readonly id: string;
  readonly projectId: string;
  readonly ownerId: string;
  readonly archived: boolean;
  readonly createdAt: number;
  readonly deletedAt?: number;
}

function ownerOf({ projectId, ownerId, archived }: SavedThread): string {
  return JSON.stringify([projectId, ownerId, archived]);
}

function newestFirst(a: SavedThread, b: SavedThread): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}

/**
 * Nothing is left of threads whose purge was promised, except their heads, which keep their ids
 * reserved.
 */
async function expectPurged(engine: Engine, tasks: readonly object[]): Promise<void> {
  const purged = tasks.filter((task) => 'kind' in task && task.kind === 'purge');
  const ids = new Set<unknown>(purged.map((task) => 'threadId' in task && task.threadId));
  for (const table of tables.filter(({ parent }) => parent === 'threads')) {
    const left = (await scanAll(engine, table)).filter((row) => ids.has(row[table.key[0]!]));
    expect(left, table.name).toEqual([]);
  }
}

/** A request that was answered under a key is not repeated. */
async function retry(store: Store): Promise<void> {
  const ada = store.project('default').as({ userId: 'ada' });
  const before = await ada.threads.get('main');
  const said = [{ role: 'user', text: 'Said once' }] as const;
  const append = await ada.items.appendWithOutcome('main', said, { idempotencyKey: 'append-1' });
  expect(append.replayed).toBe(true);
  const asked = { idempotencyKey: 'create-1', requestId: 'request-1' };
  const create = await ada.threads.createWithOutcome({ title: 'Asked once' }, asked);
  expect(create).toMatchObject({ replayed: true, data: { title: 'Asked once' } });
  const other = ada.items.append('main', [{ role: 'user', text: 'Other' }], asked);
  expect(await other).toHaveLength(1); // a key belongs to one thread, or to the project
  expect((await ada.threads.get('main')).itemCount).toBe(before.itemCount + 1);
}

/** Writes something of every kind; `readBack` reads the result. */
async function write(ada: StoreProjectApi): Promise<unknown> {
  const [item] = await ada.items.append('main', [
    { role: 'user', text: 'Said by a later version' },
  ]);
  await ada.items.append('main', [{ role: 'user', text: 'and edited', replacesId: item!.id }]);
  const [fork] = await ada.threads.fork([{ threadId: 'source' }]);
  await ada.threads.update([{ id: fork!.id, title: 'Made later', tags: ['later'] }]);
  await ada.threads.delete(['source']);
  return readBack(ada);
}

async function readBack(ada: StoreProjectApi): Promise<unknown> {
  const { data } = await ada.threads.list({ tag: 'later' });
  const heirs = await Promise.all(data.map(({ id }) => ada.items.list(id, { limit: 1000 })));
  return {
    threads: data.map(({ id, title, itemCount, lastPreview }) => ({
      id,
      title,
      itemCount,
      lastPreview,
    })),
    heirs: heirs.map((page) => page.data.map(({ id, parts }) => ({ id, parts }))),
    newest: (await ada.items.list('main', { order: 'desc', limit: 5 })).data,
  };
}
