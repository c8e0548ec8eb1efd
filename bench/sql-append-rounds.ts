import { createStore, type ProjectApi, type Store } from 'skein';
import type { Engine } from 'skein/engine';
import { appendOneByOne, createThreads } from './append-load.ts';
import type { BenchContext, MeasureResult } from './measure.ts';
import { median, ratioSpread } from './statistics.ts';

const writers = 64;
const threadCount = 1000;

/** One database of an engine, and the same rows written to it without the store. */
interface SqlAppendTarget {
  /** The names of the engine and its driver in the table. */
  readonly name: string;
  readonly driver: string;
  /** An engine on a new, empty database. */
  createEngine(place: string): Engine;
  /** The rows that a run of the store left in the place, and the number of transactions. */
  record(place: string, work: () => Promise<void>): Promise<RecordedRun>;
  /** Writes the rows into another place with the same threads. Returns the duration in seconds. */
  replay(place: string, run: RecordedRun): Promise<number>;
}

export interface RecordedRun {
  /** Rows of items in the order in which they were written, as the database has them. */
  readonly items: readonly RecordedItem[];
  readonly transactions: number;
}

export interface RecordedItem {
  readonly columns: Readonly<Record<string, string | number | null>>;
  /** The changes of the thread's head that the store makes with the item. */
  readonly head: RecordedHead;
}

export interface RecordedHead {
  readonly id: string;
  readonly version: number;
  readonly itemCount: number;
  readonly lastItemId: string;
  readonly lastPreview: string;
  readonly lastRole: string;
  /** In milliseconds. */
  readonly updatedAt: number;
  /** In milliseconds, cut to whole seconds; `undefined` if unchanged. */
  readonly listedAt: number | undefined;
}

/** The columns of an item that determine its head, times in milliseconds. */
interface ItemFacts {
  readonly id: string;
  readonly threadId: string;
  readonly role: string;
  readonly text: string;
  readonly position: number;
  readonly commitVersion: number;
  readonly createdAt: number;
}

/** Remembers when each thread was moved in its lists, which happens once a second. */
export class HeadFollower {
  readonly #listedAt = new Map<string, number>();

  next({ id, threadId, role, text, ...facts }: ItemFacts): RecordedHead {
    const second = facts.createdAt - (facts.createdAt % 1000);
    const isMoved = this.#listedAt.get(threadId) !== second;
    this.#listedAt.set(threadId, second);
    return {
      id: threadId,
      version: facts.commitVersion,
      itemCount: facts.position,
      lastItemId: id,
      lastPreview: text.slice(0, 100),
      lastRole: role,
      updatedAt: facts.createdAt,
      listedAt: isMoved ? second : undefined,
    };
  }
}

/**
 * Rounds of ours and of the driver used directly, in turns, each on a new database with the same
 * threads. The driver writes exactly the rows that a run of the store left, in as many
 * transactions.
 */
export async function runAppendRounds(
  context: BenchContext,
  target: SqlAppendTarget,
): Promise<MeasureResult> {
  const count = context.isQuick ? 6_400 : 32_000;
  const rounds = context.isQuick ? 3 : 9;
  let places = 0;
  const next = (): string => `place_${places++}`;
  context.progress('recording what the store writes');
  const recorded = await recordRun(target, next(), count);
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const a = await appendRound(target, next(), count);
    const b = count / (await replayRound(target, next(), recorded));
    if (round === 0) continue; // warms up
    ours.push(a);
    reference.push(b);
    context.progress(
      `round ${round} of ${rounds}: ${Math.round(a)} a second, directly ${Math.round(b)}`,
    );
  }
  const size = (count / recorded.transactions).toFixed(1);
  return {
    rows: [
      {
        measure: `${target.name} durable appends`,
        unit: 'a second',
        ours: median(ours),
        reference: median(reference),
        against: `${target.driver}, directly`,
        spread: ratioSpread(ours, reference),
        bar: { kind: 'atLeast', value: 0.6 },
      },
    ],
    notes: [
      `${target.name}: ${count.toLocaleString('en')} appends a round, ${size} a transaction.`,
    ],
  };
}

async function recordRun(
  target: SqlAppendTarget,
  place: string,
  count: number,
): Promise<RecordedRun> {
  await using store = await createStore({ engine: target.createEngine(place) });
  const append = await prepareAppends(store);
  return await target.record(place, () => append(count));
}

/** Appends per second. */
async function appendRound(target: SqlAppendTarget, place: string, count: number): Promise<number> {
  await using store = await createStore({ engine: target.createEngine(place) });
  const append = await prepareAppends(store);
  const startMs = performance.now();
  await append(count);
  return count / ((performance.now() - startMs) / 1000);
}

async function replayRound(
  target: SqlAppendTarget,
  place: string,
  recorded: RecordedRun,
): Promise<number> {
  const store = await createStore({ engine: target.createEngine(place) });
  await prepareAppends(store);
  await store.close();
  return await target.replay(place, recorded);
}

async function prepareAppends(store: Store): Promise<(count: number) => Promise<void>> {
  const project: ProjectApi = store.project('default').as({ userId: 'u1' });
  const threadIds = await createThreads(project, threadCount);
  return (count) => appendOneByOne(project, threadIds, count, writers);
}

/** The rows in groups of about the size of the store's transactions. */
export function groupsOf({ items, transactions }: RecordedRun): RecordedItem[][] {
  const groups: RecordedItem[][] = [];
  const size = Math.max(1, Math.round(items.length / transactions));
  for (let i = 0; i < items.length; i += size) groups.push(items.slice(i, i + size));
  return groups;
}

/** The columns of the rows; all rows of the load have the same. */
export function givenColumns({ items }: RecordedRun): string[] {
  const [first] = items;
  return Object.keys(first!.columns).filter((name) => first!.columns[name] !== null);
}
