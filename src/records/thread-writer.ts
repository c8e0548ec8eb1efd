import type { Expect, Put } from '../engine/engine.ts';
import { afterLostRace, backOff } from '../shared/backoff.ts';
import { ConflictError, notFound, SkeinError } from '../shared/error.ts';
import type { Clock } from '../shared/clock.ts';
import {
  formerThreadId,
  idOfAddress,
  type StoredThreadId,
  type ThreadAddress,
} from '../shared/ids.ts';
import { LruMap } from '../shared/lru-map.ts';
import { HeadMemory } from './head-memory.ts';
import type { Hints } from './hints.ts';
import type { Records } from './records.ts';
import { threads, type TaskRow, type ThreadRow } from './tables.ts';
import { ThreadDraft } from './thread-draft.ts';

/**
 * One step of a thread: reads the draft, then changes it or throws, and returns the answer. It may
 * run again on a newer head if another process won, so it must have no other effect. What must be
 * committed before it, it asks for with `draft.doFirst`.
 */
export type DraftOperation<T> = (draft: ThreadDraft) => T | Promise<T>;

/**
 * The only way to write to a thread.
 *
 * Each thread has a queue, which exists while an operation waits or runs. A runner takes all
 * waiting operations (up to `batchWeightMax`), takes the head that its last commit left or reads it
 * once, lets the operations build one draft, and commits it guarded by the head's version. On
 * `ConflictError` it rereads and repeats, a bounded number of times (`afterLostRace`). So a hot
 * thread costs one commit for many appends and no read, and writes of two processes never
 * interleave wrongly.
 *
 * An operation that wants a step done first (`draft.doFirst`) leaves the batch; the runner does the
 * step, once for all that want it, and runs these operations before any others.
 *
 * Invariants: one runner per thread; apart from that, operations run in order of arrival; an
 * operation is answered only after its commit is durable. A remembered head may be older than what
 * another process has written, so no answer, not even an error, is based on it before a commit
 * guarded by its version has confirmed it. Without such a commit the operations run again on the
 * stored head.
 */
export class ThreadWriter {
  readonly #records: Records;
  readonly #hints: Hints;
  readonly #clock: Clock;
  readonly #onPromise: (task: TaskRow) => void;
  readonly #queues = new Map<StoredThreadId, Waiting[]>();
  /** The heads that this writer last left or found, of threads without a write in progress. */
  readonly #heads = new HeadMemory();
  /** The ids of threads of other projects than `default`, by address: see `head`. */
  readonly #knownIds = new LruMap<StoredThreadId, StoredThreadId>(knownIdsMax);

  /**
   * `onPromise` is called with every task that a commit has promised, before any operation is
   * answered.
   */
  constructor(
    records: Records,
    hints: Hints,
    clock: Clock,
    onPromise: (task: TaskRow) => void = () => undefined,
  ) {
    this.#records = records;
    this.#hints = hints;
    this.#clock = clock;
    this.#onPromise = onPromise;
  }

  /**
   * Runs an operation on a thread that exists; the draft's head has its id. `weight` is the
   * approximate number of bytes that it writes. Throws what the operation throws; `not_found`;
   * `rate_limited` if too much waits; `conflict` if other processes kept winning; `unavailable` if
   * the engine cannot write.
   */
  write<T>(thread: ThreadAddress, operation: DraftOperation<T>, weight: number = 1000): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // The queue forgets the type of each answer; it only passes it to its own `resolve`.
      const waiting = { operation, weight, resolve: resolve as (value: unknown) => void, reject };
      const id = idOfAddress(thread);
      this.#enqueue(this.#knownIds.peek(id) ?? id, waiting);
    });
  }

  #enqueue(threadId: StoredThreadId, waiting: Waiting): void {
    const queue = this.#queues.get(threadId);
    if (queue === undefined) {
      const started = [waiting];
      this.#queues.set(threadId, started);
      void this.#run(threadId, started);
    } else if (queue.length >= queueLengthMax) {
      waiting.reject(
        new SkeinError(
          'rate_limited',
          'Too many writes are waiting for this thread. Try again soon.',
        ),
      );
    } else queue.push(waiting);
  }

  /**
   * Commits a new thread. The commit is guarded by the absence of its id or, if that is a new UUID,
   * by `guard`: the rows of only one partition can guard it. Throws `ConflictError`.
   */
  async create(
    draft: ThreadDraft,
    { puts = [], guard }: { readonly puts?: readonly Put[]; readonly guard?: Expect } = {},
  ): Promise<void> {
    const commit = draft.toCommit();
    await this.#records.commit({
      ...commit,
      puts: [...(commit.puts ?? []), ...puts],
      ...(guard && { expects: [guard] }),
    });
    for (const task of draft.promised) this.#onPromise(task);
  }

  /** Never rejects: every result goes to the operations' own promises. */
  async #run(threadId: StoredThreadId, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      const postponed: Postponed[] = [];
      try {
        const formerId = await this.#writeBatch(threadId, batch, postponed);
        if (formerId) return this.#move(threadId, formerId, [...batch, ...queue]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      if (postponed.length > 0) queue.unshift(...(await doFirst(postponed)));
    }
    this.#queues.delete(threadId);
  }

  /** Passes a queue on to the one of the thread's own id. All at once, so that the order stays. */
  #move(threadId: StoredThreadId, formerId: StoredThreadId, queue: readonly Waiting[]): void {
    this.#queues.delete(threadId);
    for (const waiting of queue) this.#enqueue(formerId, waiting);
  }

  /** Returns the thread's id, and has written nothing, if it turns out to be another. */
  async #writeBatch(
    threadId: StoredThreadId,
    batch: readonly Waiting[],
    postponed: Postponed[],
  ): Promise<StoredThreadId | undefined> {
    // The outcome is unknown until the commit ends, so the head must not be remembered meanwhile.
    const remembered = this.#heads.take(threadId);
    if (remembered) {
      const writing = { isFresh: false, batch, postponed };
      if ((await this.#writeOn(remembered, writing)) === undefined) return undefined;
    }
    for (let attempt = 1; ; attempt++) {
      const head = await this.head(threadId);
      if (head === undefined || head.deletedAt !== undefined) throw notFound('The thread');
      if (head.id !== threadId) return head.id;
      const conflict = await this.#writeOn(head, { isFresh: true, batch, postponed });
      if (conflict === undefined) return undefined;
      if (!(await backOff(attempt, afterLostRace))) throw conflict;
    }
  }

  /** Answers the batch, or returns why it must be repeated on a freshly read head. */
  async #writeOn(
    head: ThreadRow,
    { isFresh, batch, postponed }: Writing,
  ): Promise<ConflictError | undefined> {
    const draft = new ThreadDraft(head, this.#clock());
    const running = runOperations(draft, batch, postponed);
    const settle = running instanceof Promise ? await running : running;
    if (draft.isEmpty && !isFresh) return new ConflictError('No commit confirmed the head.');
    try {
      if (!draft.isEmpty) await this.#records.commit(draft.toCommit());
    } catch (error) {
      if (error instanceof ConflictError) return error;
      throw error;
    }
    if (draft.head.deletedAt === undefined) this.#heads.set(draft.head);
    const commit = draft.toThreadCommit();
    if (commit) this.#hints.threads.publish(head.id, commit, weightOf(batch));
    for (const signal of draft.signals) this.#hints.signals.publish(head.id, signal);
    for (const task of draft.promised) this.#onPromise(task);
    for (const answer of settle) answer();
    return undefined;
  }

  /**
   * Another process may have written to this thread, or to any thread: the next write reads the
   * head first.
   */
  forget(threadId: StoredThreadId | undefined): void {
    if (threadId === undefined) this.#heads.clear();
    else this.#heads.take(threadId);
  }

  /**
   * The current head, including that of a deleted thread. Always read from the store, since a
   * remembered one may be old. Its id is the address, unless an older version has stored the thread
   * of another project than `default`: without its project.
   */
  head(thread: ThreadAddress): Promise<ThreadRow | undefined> {
    const id = idOfAddress(thread);
    const former = formerThreadId(id);
    if (former === undefined) return this.#records.get(threads, [id]);
    const knownId = this.#knownIds.get(id);
    return knownId ? this.#records.get(threads, [knownId]) : this.#findHead(id, former);
  }

  /**
   * The id under which the thread is stored; `undefined` if there is none. In the project `default`
   * it is the address, which takes no read.
   */
  async idOf(thread: ThreadAddress): Promise<StoredThreadId | undefined> {
    const id = idOfAddress(thread);
    return formerThreadId(id) ? (await this.head(thread))?.id : id;
  }

  async #findHead(
    id: StoredThreadId,
    former: NonNullable<ReturnType<typeof formerThreadId>>,
  ): Promise<ThreadRow | undefined> {
    const head =
      (await this.#records.get(threads, [id])) ?? (await this.#records.get(threads, [former.id]));
    if (head?.projectId !== former.projectId) return undefined;
    this.#knownIds.set(id, head.id);
    return head;
  }
}

const knownIdsMax = 10_000;

interface Waiting {
  readonly operation: DraftOperation<unknown>;
  readonly weight: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** How often it has wanted something done first. */
  readonly rounds?: number;
  /** The results of these steps. */
  readonly done?: ReadonlyMap<string, unknown>;
}

/** An operation, and what must be committed before it. */
interface Postponed {
  readonly waiting: Waiting;
  readonly wanted: ReadonlyMap<string, () => Promise<unknown>>;
}

/** A batch that is written on a head, which was just read or is remembered. */
interface Writing {
  readonly isFresh: boolean;
  readonly batch: readonly Waiting[];
  /** Gets the operations of the batch that must wait for something. */
  readonly postponed: Postponed[];
}

const queueLengthMax = 10_000;
const batchWeightMax = 4 * 1024 * 1024;

function weightOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { weight }) => sum + weight, 0);
}

function takeBatch(queue: Waiting[]): Waiting[] {
  let weight = 0;
  let count = 0;
  while (count < queue.length && (count === 0 || weight + queue[count]!.weight <= batchWeightMax)) {
    weight += queue[count]!.weight;
    count++;
  }
  return queue.splice(0, count);
}

/**
 * Runs the operations on the draft. Each gets its result, or what it wants done first, only when
 * the returned functions are called. Synchronous if all of them are, as most are.
 */
function runOperations(
  draft: ThreadDraft,
  batch: readonly Waiting[],
  postponed: Postponed[],
): Settle[] | Promise<Settle[]> {
  const settle: Settle[] = [];
  for (const [i, waiting] of batch.entries()) {
    const running = runOperation(draft, waiting, postponed);
    if (running instanceof Promise) {
      const rest = batch.slice(i + 1);
      return running.then((first) => runSlowly(draft, rest, postponed, [...settle, first]));
    }
    settle.push(running);
  }
  return settle;
}

async function runSlowly(
  draft: ThreadDraft,
  batch: readonly Waiting[],
  postponed: Postponed[],
  settle: Settle[],
): Promise<Settle[]> {
  for (const waiting of batch) settle.push(await runOperation(draft, waiting, postponed));
  return settle;
}

/** Answers an operation once the commit is durable. */
type Settle = () => void;

function runOperation(
  draft: ThreadDraft,
  waiting: Waiting,
  postponed: Postponed[],
): Settle | Promise<Settle> {
  const savepoint = draft.savepoint();
  const refuse = (error: unknown): Settle => {
    draft.rollback(savepoint);
    return () => waiting.reject(error);
  };
  const end = (value: unknown): Settle => {
    const { wanted } = draft;
    if (wanted === undefined) return () => waiting.resolve(value);
    draft.rollback(savepoint);
    return () => postponed.push({ waiting, wanted });
  };
  draft.begin(waiting.done);
  try {
    const answer = waiting.operation(draft);
    return answer instanceof Promise ? answer.then(end, refuse) : end(answer);
  } catch (error) {
    return refuse(error);
  }
}

/** Does what these operations want done first, and returns those that can run again. */
async function doFirst(postponed: readonly Postponed[]): Promise<Waiting[]> {
  const steps = new Map<string, Promise<unknown>>();
  const again: Waiting[] = [];
  for (const { waiting, wanted } of postponed) {
    const rounds = waiting.rounds ?? 0;
    const done = new Map(waiting.done);
    try {
      // Another process undoes the step each time, by the same step of its own.
      const mayTry = rounds === 0 || (await backOff(rounds, afterLostRace));
      if (!mayTry) throw new ConflictError('Another process kept winning.');
      for (const [name, step] of wanted) {
        if (!steps.has(name)) steps.set(name, step());
        done.set(name, await steps.get(name));
      }
      again.push({ ...waiting, rounds: rounds + 1, done });
    } catch (error) {
      waiting.reject(error);
    }
  }
  return again;
}
