import { ConflictError, SkeinError } from '../../shared/error.ts';
import { CommitGroup } from './commit-group.ts';
import type { EncodedCommit } from './encode-commit.ts';
import type { LevelStore } from './level-store.ts';
import type { RowCache } from './row-cache.ts';

/**
 * Group commit: one synced write takes many commits that arrived during the one before.
 *
 * States: idle, or running as long as commits wait. Invariants:
 * - one write at a time, and commits take effect in the order of their arrival;
 * - each commit sees what the earlier ones leave, also those of its own group;
 * - a commit is answered only after its group is durable and the row cache is up to date; by then
 *   the
 *   next group is on its way to the disk, so that disk and callers work at the same time.
 */
export class GroupCommitter {
  readonly #store: LevelStore;
  readonly #cache: RowCache;
  #queue: Waiting[] = [];
  #queuedCharacters = 0;
  #isRunning = false;
  /** The group that is durable but not answered yet. */
  #done: DoneGroup | undefined;
  /** The number of commits in the last group; their callers may be about to come back. */
  #lastCount = 0;
  #lastWriteMs = 0;

  constructor(store: LevelStore, cache: RowCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** Throws `ConflictError`, or `unavailable`. */
  commit(commit: EncodedCommit): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#queuedCharacters > queueCharactersMax) {
        reject(new SkeinError('unavailable', 'Too many writes wait for the disk; try again soon.'));
        return;
      }
      this.#queuedCharacters += commit.characterCount;
      this.#add({ commit, resolve, reject });
    });
  }

  /** Runs a task while no commit is under way; commits that arrive meanwhile wait for it. */
  runAlone<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): Promise<void> => task().then(resolve);
      this.#add({ run, reject });
    });
  }

  #add(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Never rejects: every outcome goes to the promises of the callers. */
  async #run(): Promise<void> {
    await nextTurn();
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      if (first.run) {
        this.#queue.shift();
        await this.#runAlone(first);
      } else {
        await this.#write(this.#takeGroup());
      }
    }
    this.#isRunning = false;
    this.#answer();
    this.#lastCount = 0;
  }

  async #runAlone({ run, reject }: WaitingTask): Promise<void> {
    this.#answer();
    try {
      await run();
    } catch (error) {
      this.#cache.clear();
      reject(error);
    }
  }

  /**
   * The next commits in line. Takes only half of them if preparing all that circulate takes longer
   * than writing them: then two halves alternate, one on the disk while the other is prepared.
   */
  #takeGroup(): WaitingCommit[] {
    const circulating = this.#queue.length + this.#lastCount;
    const isSplit = circulating * commitCostMs > this.#lastWriteMs;
    const countMax = Math.min(groupCountMax, isSplit ? Math.ceil(circulating / 2) : circulating);
    const group: WaitingCommit[] = [];
    let characters = 0;
    for (const waiting of this.#queue) {
      if (waiting.run || group.length === countMax) break;
      if (group.length > 0 && characters + waiting.commit.characterCount > groupCharactersMax)
        break;
      characters += waiting.commit.characterCount;
      group.push(waiting);
    }
    this.#queue.splice(0, group.length);
    this.#queuedCharacters -= characters;
    return group;
  }

  async #write(waiting: readonly WaitingCommit[]): Promise<void> {
    try {
      if (this.#store.mustRecover) {
        this.#answer();
        // Recover before any condition is checked: the rows may differ from what reads showed.
        await this.#store.recover();
      }
      const group = new CommitGroup(this.#cache);
      for (const { commit } of waiting) group.add(commit);
      if (!group.isLoaded) {
        this.#answer();
        await group.load(this.#store);
      }
      const batches = group.resolve();
      const writing = batches.length > 0 ? this.#store.write(batches) : undefined;
      this.#answer();
      if (writing) this.#lastWriteMs = await timed(writing);
      this.#lastCount = waiting.length;
      group.updateCache();
      this.#done = { waiting, group };
    } catch (error) {
      this.#cache.clear();
      this.#answer();
      for (const { reject } of waiting) reject(error);
    }
  }

  #answer(): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    for (const { commit, resolve, reject } of done.waiting) {
      if (!done.group.isRefused(commit)) resolve();
      else reject(new ConflictError('The row was changed by another write in the meantime.'));
    }
  }
}

async function timed(work: Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work;
  return performance.now() - startMs;
}

interface WaitingCommit {
  readonly commit: EncodedCommit;
  readonly run?: undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface WaitingTask {
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

type Waiting = WaitingCommit | WaitingTask;

interface DoneGroup {
  readonly waiting: readonly WaitingCommit[];
  readonly group: CommitGroup;
}

const groupCountMax = 1000;
/** In characters. A larger group would be slower than several, and keep more callers waiting. */
const groupCharactersMax = 4 * 1024 ** 2;
/** In characters. Bounds the memory of the queue and the wait at its end. */
const queueCharactersMax = 256 * 1024 ** 2;
/** The approximate time to prepare one commit, in the layers above and here. */
const commitCostMs = 0.02;

// Taken when the module is loaded, so that a test that replaces timers does not stop the engine.
const { setImmediate: nodeSetImmediate } = globalThis as {
  setImmediate?: (run: () => void) => unknown;
};

/** Lets the commits of callers in the current turn join the first group. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (nodeSetImmediate) nodeSetImmediate(resolve);
    else queueMicrotask(resolve);
  });
}
