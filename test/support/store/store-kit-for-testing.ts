import { storedThreadId, type StoredThreadId, type ThreadId } from '../../../src/shared/ids.ts';
import type { ProjectApi } from '../../../src/api/project-api.ts';
import type { Item, NewItem } from '../../../src/api/item.ts';
import type { NewThread, Thread } from '../../../src/api/thread.ts';
import type { Engine, Key, Table } from '../../../src/engine/engine.ts';
import { memory } from '../../../src/engines/memory/memory-engine.ts';
import type { TypedTable } from '../../../src/records/table.ts';
import { taskQueue } from '../../../src/records/tables.ts';
import { until } from '../shared/waits-for-testing.ts';
import { apartForTesting } from './engines-for-testing.ts';
import { SkeinError } from '../../../src/shared/error.ts';
import { createStore, type StoreOptions } from '../../../src/store/create-store.ts';
import type { Store } from '../../../src/store/store.ts';

/** A clock that moves only when a test moves it. */
export interface TestClock {
  nowMs: number;
  advance(byMs: number): void;
}

/**
 * An open store with the callers that most tests need. `owner` and `other` are two users of one
 * project.
 */
export interface StoreKit extends AsyncDisposable {
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: TestClock;
  readonly owner: ProjectApi;
  /** A server of the host that acts for the owner: it may write what the owner could not say. */
  readonly host: ProjectApi;
  readonly other: ProjectApi;
  readonly anonymous: ProjectApi;
  /** A user of another project. */
  readonly foreigner: ProjectApi;
  /** A new thread of the owner's. */
  thread(input?: NewThread): Promise<Thread>;
  /** Appends items with these texts as the owner, in one call. */
  say(threadId: string, ...texts: readonly string[]): Promise<Item[]>;
  append(threadId: string, item: Partial<NewItem>): Promise<Item>;
  /**
   * Every row of a table under a prefix of its key, from the engine. Threads are named by the ids
   * that callers know.
   */
  rows<R>(table: TypedTable<R>, prefix?: Key): Promise<R[]>;
}

export const startOfTests: number = Date.UTC(2026, 0, 1);

/** `projectId`: `default` for tests that look at rows under the ids that callers know. */
export async function openKit({
  projectId = 'project',
  ...options
}: Partial<StoreOptions> & { readonly projectId?: string } = {}): Promise<StoreKit> {
  const clock = clockForTesting();
  const engine = options.engine ?? defaultEngine();
  const store = await createStore({ clock: () => clock.nowMs, ...options, engine });
  const project = store.project(projectId);
  const owner = project.as({ userId: 'owner' });
  return {
    engine,
    store,
    clock,
    owner,
    host: project.as({ userId: 'owner', isServer: true }),
    other: project.as({ userId: 'other' }),
    anonymous: project,
    foreigner: store.project('elsewhere').as({ userId: 'owner' }),
    thread: async (input = {}) => only(await owner.threads.create([input])),
    say: (threadId, ...texts) =>
      owner.items.append(
        threadId,
        texts.map((text) => ({ role: 'user', text })),
      ),
    append: async (threadId, item) =>
      only(await owner.items.append(threadId, [{ role: 'user', ...withText(item) }])),
    rows: (table, prefix) => rowsOf(engine, table, storedPrefix(projectId, table, prefix)),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Tests of the domain run a second time with partitions apart: see `vitest.config.ts`. */
function defaultEngine(): Engine {
  return process.env.PARTITIONS === 'apart' ? apartForTesting() : memory();
}

export function clockForTesting(nowMs: number = startOfTests): TestClock {
  return {
    nowMs,
    advance(byMs) {
      this.nowMs += byMs;
    },
  };
}

/** The prefix with the id under which the thread is stored, if it names one. */
function storedPrefix(projectId: string, { name, parent }: Table, [id, ...rest]: Key = []): Key {
  const isOfThread = name === 'threads' || parent === 'threads';
  if (!isOfThread || typeof id !== 'string') return id === undefined ? [] : [id, ...rest];
  return [storedForTesting(id, projectId), ...rest];
}

/** The id under which a thread is stored. */
export function storedForTesting(id: string, projectId = 'project'): StoredThreadId {
  return storedThreadId(projectId, id as ThreadId); // it comes from the API
}

/** Reads directly from the engine, which must be open. */
export async function rowsOf<R>(
  engine: Engine,
  table: TypedTable<R>,
  prefix: Key = [],
): Promise<R[]> {
  const rows: R[] = [];
  let after: Key | undefined;
  for (;;) {
    const page = await engine.scan({ table, prefix, limit: 1000, ...(after && { after }) });
    rows.push(...(page as R[])); // as declared
    const last = page.at(-1);
    if (last === undefined || page.length < 1000) return rows;
    after = table.key.slice(prefix.length).map((column) => last[column] as string); // a key column
  }
}

/**
 * The code of a promise's error: `none` if it does not fail, the error itself if it has no code.
 */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof SkeinError ? error.code : error;
  }
}

/** The paths that an `invalid_request` names. */
export async function issuesOf(promise: Promise<unknown>): Promise<readonly string[]> {
  try {
    await promise;
    return ['no error'];
  } catch (error) {
    if (!(error instanceof SkeinError) || error.code !== 'invalid_request') throw error;
    return error.issues.map(({ path }) => path);
  }
}

export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new TypeError(`${list.length} instead of 1`);
  return first;
}

export function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** The text of an item as readers see it. */
export function textIn(item: Pick<Item, 'parts'>): string {
  return item.parts.map((part) => (typeof part.text === 'string' ? part.text : '')).join(' ');
}

export function textsIn(items: readonly Pick<Item, 'parts'>[]): string[] {
  return items.map(textIn);
}

/** All entries of a list, read page by page. */
export async function allPages<T>(
  list: (after: string | undefined) => Promise<{ data: readonly T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await list(after);
    all.push(...page.data);
    if (page.nextCursor === null) return all;
    after = page.nextCursor;
  }
  throw new TypeError('The list does not end.');
}

function withText(item: Partial<NewItem>): Partial<NewItem> {
  return item.parts === undefined && item.text === undefined ? { ...item, text: 'text' } : item;
}

/** A value shortened to fit into the title of a test. */
function titleOf(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

/**
 * Cases of `test.each` with the last value shortened for the title, followed by the value itself.
 */
export function titled<T extends readonly unknown[]>(cases: readonly T[]): [...T, string][] {
  return cases.map((values) => [...values, titleOf(values.at(-1))]);
}

/** Waits until all promised tasks are done. */
export async function settled(kit: StoreKit): Promise<void> {
  await until(async () => (await kit.rows(taskQueue)).length === 0);
}
