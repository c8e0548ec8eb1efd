import type { ThreadId } from '../shared/ids.ts';
import type { ChangeRow, ItemRow, ThreadRow } from './tables.ts';

/** What one commit did to a thread. */
export interface ThreadCommit {
  /** The head's version that it stood on. */
  readonly baseVersion: number;
  readonly head: ThreadRow;
  readonly items: readonly ItemRow[];
  readonly changes: readonly ChangeRow[];
}

/**
 * Hints to the live readers of this process that a thread has moved, here or in another process. The last commits of a thread are
 * kept while somebody listens, so that a thousand caught-up readers need no read each; a reader for whom
 * they do not connect reads the log. Losing a hint therefore loses nothing but time.
 */
export class ChangeFeed {
  readonly #channels = new Map<ThreadId, Channel>();

  /** Calls `onHint` after every commit to the thread, until the returned function is called. */
  subscribe(threadId: ThreadId, onHint: () => void): () => void {
    let channel = this.#channels.get(threadId);
    if (!channel) {
      channel = { listeners: new Set(), recent: [], weight: 0 };
      this.#channels.set(threadId, channel);
    }
    channel.listeners.add(onHint);
    return () => this.#unsubscribe(threadId, onHint);
  }

  /** `weight` is about the bytes of the commit. */
  publish(threadId: ThreadId, commit: ThreadCommit, weight: number): void {
    const channel = this.#channels.get(threadId);
    if (!channel) return;
    channel.recent.push({ commit, weight });
    channel.weight += weight;
    while (channel.recent.length > recentCommitsMax || channel.weight > recentWeightMax) {
      channel.weight -= channel.recent.shift()?.weight ?? 0;
    }
    for (const listener of channel.listeners) listener();
  }

  /** The commits that lead on from `version` without a gap, or `undefined`: then read the log. */
  recentSince(threadId: ThreadId, version: number): readonly ThreadCommit[] | undefined {
    const recent = this.#channels.get(threadId)?.recent ?? [];
    const start = recent.findIndex(({ commit }) => commit.baseVersion === version);
    if (start < 0) return undefined;
    const commits = recent.slice(start).map(({ commit }) => commit);
    const isGapless = commits.every(
      (commit, i) => i === 0 || commit.baseVersion === commits[i - 1]!.head.version,
    );
    return isGapless ? commits : undefined;
  }

  /** Another process has written to the thread: its readers look. */
  wake(threadId: ThreadId): void {
    for (const listener of this.#channels.get(threadId)?.listeners ?? []) listener();
  }

  /** Wakes every reader, so that it can see that the store closes, or that it may have missed a hint. */
  wakeAll(): void {
    for (const { listeners } of this.#channels.values())
      for (const listener of listeners) listener();
  }

  #unsubscribe(threadId: ThreadId, onHint: () => void): void {
    const channel = this.#channels.get(threadId);
    channel?.listeners.delete(onHint);
    if (channel?.listeners.size === 0) this.#channels.delete(threadId);
  }
}

interface Channel {
  readonly listeners: Set<() => void>;
  readonly recent: { readonly commit: ThreadCommit; readonly weight: number }[];
  weight: number;
}

/** A slow reader that falls further behind than this reads the log. */
const recentCommitsMax = 64;
/** About the bytes kept for one thread, so that big items do not fill the memory. */
const recentWeightMax = 1024 * 1024;
