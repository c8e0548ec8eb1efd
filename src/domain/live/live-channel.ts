import type {
  LiveChannel,
  LiveChannelEvent,
  LiveChannelOptions,
  LiveEvent,
  LiveThread,
  LiveThreadEnd,
} from '../../api/live.ts';
import { invalid, SkeinError, type ErrorCode } from '../../shared/error.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { mustKnowOptions, mustKnownKeys } from '../../shared/validate.ts';
import { Wakeup } from '../../shared/wakeup.ts';
import { missingThread } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { idlePollMs } from './read-live.ts';
import { ThreadSignals } from './thread-signals.ts';
import { ThreadTail } from './thread-tail.ts';

/**
 * Many threads for one reader: see `LiveChannel`. Threads with something to tell take turns, a page
 * each, so that a long log holds up no other thread.
 *
 * A followed thread is `opening` → `due` ⇄ quiet → over. Invariants: `#followed` has those that are
 * not over, by the ids that the caller gave; nothing is opened before the first event is asked for;
 * after a thread is over, no event of it is handed out.
 */
class ChannelReader {
  readonly #reading: Reading;
  readonly #signal: AbortSignal | undefined;
  readonly #followed = new Map<string, Followed>();
  readonly #wakeup: Wakeup;
  /** Threads that may have something to tell, first come, first served. */
  readonly #due = new Set<Followed>();
  readonly #toOpen = new Set<Followed>();
  #openingCount = 0;
  #isRunning = false;
  #polledAtMs = performance.now();

  constructor(reading: Reading, options: LiveChannelOptions) {
    mustKnowOptions(options, channelOptions);
    this.#reading = reading;
    this.#signal = options.signal;
    // A program with nothing else to do may exit, since no event can arrive.
    this.#wakeup = new Wakeup({ signal: options.signal, keepsProcess: false });
    this.subscribe(options.threads ?? []);
  }

  readonly subscribe = (threads: readonly LiveThread[]): void => {
    const wanted = mustThreads(threads);
    const ids = new Set([...this.#followed.keys(), ...wanted.map(({ id }) => id)]);
    const { liveThreadsMax } = this.#reading.core.limits;
    if (ids.size > liveThreadsMax) {
      throw invalid('threads', `must be at most ${liveThreadsMax} in one channel`);
    }
    for (const thread of wanted) {
      this.#end(this.#followed.get(thread.id));
      const followed = {
        thread,
        tail: undefined,
        signals: undefined,
        failure: undefined,
        hasBegun: false,
        isOver: false,
      };
      this.#followed.set(thread.id, followed);
      this.#toOpen.add(followed);
    }
    if (this.#isRunning) this.#openSome();
  };

  readonly unsubscribe = (threadIds: readonly string[]): void => {
    if (!Array.isArray(threadIds)) throw invalid('threadIds', 'must be an array of ids');
    for (const id of threadIds) this.#end(this.#followed.get(id));
  };

  async *events(): AsyncGenerator<LiveChannelEvent, void, undefined> {
    const { core } = this.#reading;
    this.#isRunning = true;
    this.#openSome();
    try {
      while (!this.#signal?.aborted && core.isOpen()) {
        this.#wakeup.reset();
        const [followed] = this.#due;
        if (followed === undefined) {
          await this.#wakeup.wait(idlePollMs);
          this.#pollAll();
        } else {
          this.#due.delete(followed);
          yield* this.#tell(followed);
        }
      }
    } finally {
      this.#isRunning = false;
      for (const followed of this.#followed.values()) this.#end(followed);
      this.#wakeup.release();
    }
  }

  /** What a thread has to tell, as far as one page goes. */
  async *#tell(followed: Followed): AsyncGenerator<LiveChannelEvent, void, undefined> {
    const { ref, presence } = followed.thread;
    try {
      const events = await this.#read(followed);
      if (followed.tail) followed.signals?.appear(followed.tail.member, presence === true);
      if (ref !== undefined && followed.tail && !followed.hasBegun && !followed.isOver) {
        followed.hasBegun = true;
        yield { type: 'begin', threadId: followed.thread.id, ref };
      }
      for (const event of events) {
        const may = followed.tail?.mayHave() ?? true;
        if (may !== true && !(await may)) throw missingThread(this.#reading.principal);
        if (this.#signal?.aborted || followed.isOver) return;
        // A valid id, since its thread was found.
        yield { ...event, threadId: followed.thread.id as ThreadId };
      }
      yield* this.#tellSignals(followed);
      const mayHaveMore = events.length > 0 || followed.tail?.isCaughtUp === false;
      if (mayHaveMore && !followed.isOver) this.#ring(followed);
    } catch (error) {
      if (followed.isOver) return;
      yield this.#endOf(followed, mustBeOfThread(error));
    }
  }

  /** After the log, so that what they are about has been told. */
  async *#tellSignals(followed: Followed): AsyncGenerator<LiveChannelEvent, void, undefined> {
    const { tail, signals } = followed;
    if (tail === undefined || signals === undefined || !tail.isCaughtUp) return;
    for (const signal of signals.take()) {
      const event = await signals.present(tail.member, signal);
      const may = tail.mayHave();
      if (may !== true && !(await may)) throw missingThread(this.#reading.principal);
      if (this.#signal?.aborted || followed.isOver) return;
      if (event) yield event;
    }
  }

  async #read({ failure, tail }: Followed): Promise<readonly LiveEvent[]> {
    if (failure !== undefined) throw failure.error;
    if (tail === undefined) return []; // a ring came while it is opening
    const events = await tail.next();
    if (events === undefined) throw missingThread(this.#reading.principal);
    return events;
  }

  #endOf(followed: Followed, { code, message }: SkeinError): LiveThreadEnd {
    const { id: threadId, ref } = followed.thread;
    this.#end(followed);
    return { type: 'end', threadId, ...(ref !== undefined && { ref }), code, detail: message };
  }

  #end(followed: Followed | undefined): void {
    if (followed === undefined) return;
    followed.isOver = true;
    followed.tail?.release();
    followed.signals?.release();
    this.#due.delete(followed);
    this.#toOpen.delete(followed);
    const { id } = followed.thread;
    if (this.#followed.get(id) === followed) this.#followed.delete(id);
  }

  #ring(followed: Followed): void {
    this.#due.add(followed);
    this.#wakeup.ring();
  }

  /** Hints may be lost: all threads are looked at every now and then. */
  #pollAll(): void {
    if (performance.now() - this.#polledAtMs < idlePollMs) return;
    this.#polledAtMs = performance.now();
    for (const followed of this.#followed.values()) if (followed.tail) this.#due.add(followed);
  }

  /** Many threads that are followed at once are opened a few at a time. */
  #openSome(): void {
    for (const followed of this.#toOpen) {
      if (this.#openingCount >= openingMax) return;
      this.#toOpen.delete(followed);
      this.#openingCount++;
      void this.#open(followed);
    }
  }

  /** Never rejects. */
  async #open(followed: Followed): Promise<void> {
    const { id, after, view, linkKey } = followed.thread;
    const { core, principal } = this.#reading;
    const reading = {
      core,
      principal: linkKey === undefined ? principal : { ...principal, linkKey },
    };
    const ring = (): void => this.#ring(followed);
    try {
      const position = { ...(after !== undefined && { after }), ...(view && { view }) };
      const tail = await ThreadTail.open(reading, id, position, ring);
      if (followed.isOver) return tail.release();
      followed.tail = tail;
      followed.signals = new ThreadSignals(core, tail.threadId, ring);
    } catch (error) {
      followed.failure = { error };
    } finally {
      this.#openingCount--;
      if (!followed.isOver) ring();
      if (this.#isRunning) this.#openSome();
    }
  }
}

/** A thread that a channel follows. */
interface Followed {
  readonly thread: LiveThread;
  /** Absent until it is open. */
  tail: ThreadTail | undefined;
  signals: ThreadSignals | undefined;
  /** Why it could not be opened. */
  failure: { readonly error: unknown } | undefined;
  hasBegun: boolean;
  isOver: boolean;
}

const openingMax = 16;
const channelOptions = { threads: true, signal: true } as const;
const threadKeys: ReadonlySet<string> = new Set<keyof LiveThread>([
  'id',
  'after',
  'view',
  'linkKey',
  'presence',
  'ref',
]);

/** What is wrong with a single thread comes as its end. */
function mustThreads(threads: readonly LiveThread[]): readonly LiveThread[] {
  if (!Array.isArray(threads)) throw invalid('threads', 'must be an array of threads');
  const seen = new Set<string>();
  for (const [i, thread] of threads.entries()) {
    mustKnownKeys(thread, threadKeys, `threads.${i}`);
    for (const [name, value] of Object.entries(thread)) {
      const type = name === 'presence' ? 'boolean' : 'string';
      if (typeof value !== type) throw invalid(`threads.${i}.${name}`, `must be a ${type}`);
    }
    const { id } = thread;
    if (typeof id !== 'string') throw invalid(`threads.${i}.id`, 'must be the id of a thread');
    if (seen.has(id)) throw invalid(`threads.${i}.id`, 'is there already: name each thread once');
    seen.add(id);
  }
  return threads;
}

/** Errors of one thread end that thread; others end the channel, whose reader comes back. */
function mustBeOfThread(error: unknown): SkeinError {
  if (error instanceof SkeinError && codesOfThread.has(error.code)) return error;
  throw error;
}

const codesOfThread: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
]);

/** See `LiveChannel`. */
export function openLiveChannel(reading: Reading, options: LiveChannelOptions = {}): LiveChannel {
  const reader = new ChannelReader(reading, options);
  const { subscribe, unsubscribe } = reader;
  return Object.assign(reader.events(), { subscribe, unsubscribe });
}
