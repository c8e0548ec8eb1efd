import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import type { ChunkGroup } from '../../api/stream.ts';
import type { ThreadId } from '../../shared/ids.ts';

/**
 * Tells the readers of this process what its own writers have made durable, so that a hundred readers of
 * one answer need no read each. Only hints: a reader for whom the groups do not connect reads the store.
 */
export class StreamHub {
  readonly #channels = new Map<string, Channel>();

  /** Calls `onHint` whenever the stream has moved, until the returned function is called. */
  subscribe(threadId: ThreadId, streamId: string, onHint: () => void): () => void {
    const name = nameOf(threadId, streamId);
    const channel = this.#channels.get(name) ?? { listeners: new Set(), groups: [], weight: 0 };
    this.#channels.set(name, channel);
    channel.listeners.add(onHint);
    return () => {
      channel.listeners.delete(onHint);
      if (channel.listeners.size === 0) this.#channels.delete(name);
    };
  }

  /** `weight` is about the bytes of the group. */
  publish(threadId: ThreadId, streamId: string, group: ChunkGroup, weight: number): void {
    const channel = this.#channels.get(nameOf(threadId, streamId));
    if (channel === undefined) return;
    channel.groups.push({ group, weight });
    channel.weight += weight;
    while (channel.weight > recentWeightMax) channel.weight -= channel.groups.shift()?.weight ?? 0;
    for (const listener of channel.listeners) listener();
  }

  /** The stream has ended, or something else has changed that is to be looked up. */
  wake(threadId: ThreadId, streamId: string): void {
    const channel = this.#channels.get(nameOf(threadId, streamId));
    for (const listener of channel?.listeners ?? []) listener();
  }

  wakeAll(): void {
    for (const { listeners } of this.#channels.values())
      for (const listener of listeners) listener();
  }

  /** The groups that lead on from `seq` without a gap, or `undefined`: then read the store. */
  recentSince(threadId: ThreadId, streamId: string, seq: number): ChunkGroup[] | undefined {
    const groups = this.#channels.get(nameOf(threadId, streamId))?.groups ?? [];
    const start = groups.findIndex(({ group }) => group.seq > seq);
    const first = groups[start]?.group;
    if (first === undefined || first.seq - first.chunks.length > seq) return undefined;
    return groups.slice(start).map(({ group }) => group);
  }
}

interface Channel {
  readonly listeners: Set<() => void>;
  readonly groups: { readonly group: ChunkGroup; readonly weight: number }[];
  weight: number;
}

/** About the bytes kept for one stream; a reader that is further behind reads the store. */
const recentWeightMax = 256 * 1024;

function nameOf(threadId: ThreadId, streamId: string): string {
  return `${threadId} ${streamId}`;
}

/** The hub of an open store. */
export const streamHubOf: (core: Core) => StreamHub = perStore(() => new StreamHub());
