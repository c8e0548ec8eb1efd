import type { Signal, SignalChannel } from '../../records/signals.ts';
import { newTag, type StoredThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';

/** Called when a user comes (`true`) or is gone. */
type OnPresence = (userId: string, isPresent: boolean) => void;

/** A thread that someone of this process is present in. */
interface PresentThread {
  /** By user of this process: how often. */
  readonly here: Map<string, number>;
  /** By process and user elsewhere: until when it holds, unless it is said again. */
  readonly elsewhere: Map<string, number>;
  readonly listeners: Set<OnPresence>;
  readonly leave: () => void;
}

/**
 * Who is present in which thread. Nothing is stored: each process tells the others of its own
 * users, again and again, so that those of a process that was killed are gone after a while.
 *
 * Invariant: a thread is here as long as a user of this process is present in it, and listeners
 * hear of a user only when that changes.
 */
class Presence {
  readonly #signals: SignalChannel;
  readonly #processId = newTag();
  readonly #threads = new Map<StoredThreadId, PresentThread>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(signals: SignalChannel) {
    this.#signals = signals;
  }

  /** The user is present until the result is called. `onPresence` hears of those who are there. */
  enter(threadId: StoredThreadId, userId: string, onPresence: OnPresence): () => void {
    const thread = this.#threads.get(threadId) ?? this.#begin(threadId);
    for (const other of usersOf(thread)) if (other !== userId) onPresence(other, true);
    this.#change(thread, userId, () => {
      thread.here.set(userId, (thread.here.get(userId) ?? 0) + 1);
    });
    if (thread.here.get(userId) === 1) this.#tell(threadId, userId, lastsMs);
    const listener: OnPresence = (other, isPresent) => {
      if (other !== userId) onPresence(other, isPresent);
    };
    thread.listeners.add(listener);
    return () => {
      if (thread.listeners.delete(listener)) this.#leave(threadId, thread, userId);
    };
  }

  /** Says again who is here, and forgets whom another process has not named for long. */
  renew(): void {
    for (const [threadId, thread] of this.#threads) {
      for (const userId of thread.here.keys()) this.#tell(threadId, userId, lastsMs);
      for (const [key, untilMs] of thread.elsewhere) {
        if (untilMs > performance.now()) continue;
        this.#change(thread, userOf(key), () => thread.elsewhere.delete(key));
      }
    }
  }

  #begin(threadId: StoredThreadId): PresentThread {
    const thread: PresentThread = {
      here: new Map(),
      elsewhere: new Map(),
      listeners: new Set(),
      leave: this.#signals.subscribe(threadId, (signal) => this.#hear(threadId, signal)),
    };
    this.#threads.set(threadId, thread);
    this.#timer ??= setInterval(() => this.renew(), renewMs);
    this.#timer.unref?.();
    return thread;
  }

  #leave(threadId: StoredThreadId, thread: PresentThread, userId: string): void {
    const count = thread.here.get(userId)! - 1;
    this.#change(thread, userId, () => {
      if (count > 0) thread.here.set(userId, count);
      else thread.here.delete(userId);
    });
    if (count === 0) this.#tell(threadId, userId, 0);
    if (thread.here.size > 0) return;
    thread.leave();
    this.#threads.delete(threadId);
    if (this.#threads.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #hear(threadId: StoredThreadId, { kind, id: key, lastsMs: holdsMs }: Signal): void {
    const thread = this.#threads.get(threadId);
    if (kind !== 'presence' || thread === undefined) return;
    const isNews = holdsMs > 0 && !thread.elsewhere.has(key);
    if (isNews && thread.elsewhere.size >= elsewhereMax) return;
    this.#change(thread, userOf(key), () => {
      if (holdsMs > 0) thread.elsewhere.set(key, performance.now() + holdsMs);
      else thread.elsewhere.delete(key);
    });
    // A process that has just come does not know who is here.
    if (isNews) for (const userId of thread.here.keys()) this.#tell(threadId, userId, lastsMs);
  }

  #change(thread: PresentThread, userId: string, change: () => void): void {
    const before = isPresent(thread, userId);
    change();
    const after = isPresent(thread, userId);
    if (before !== after) for (const listener of thread.listeners) listener(userId, after);
  }

  #tell(threadId: StoredThreadId, userId: string, holdsMs: number): void {
    const id = `${this.#processId} ${userId}`;
    this.#signals.tellOthers(threadId, { kind: 'presence', id, lastsMs: holdsMs });
  }
}

export const presenceIn: (core: Core) => Presence = perStore(
  ({ hints }) => new Presence(hints.signals),
);

const renewMs = 15_000;
/** A few renewals may be lost. */
const lastsMs = 50_000;
const elsewhereMax = 5000;

function userOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

function usersOf({ here, elsewhere }: PresentThread): ReadonlySet<string> {
  return new Set([...here.keys(), ...[...elsewhere.keys()].map(userOf)]);
}

function isPresent(thread: PresentThread, userId: string): boolean {
  return thread.here.has(userId) || [...thread.elsewhere.keys()].some((k) => userOf(k) === userId);
}
