import type { Key } from '../engine/engine.ts';
import type { ChunkGroup } from '../api/stream.ts';
import type { StoredThreadId } from '../shared/ids.ts';
import { HintChannel } from './hint-channel.ts';
import { SignalChannel } from './signals.ts';
import type { ChangeRow, ItemRow, ThreadRow } from './tables.ts';

/** The effect of one commit on a thread. */
export interface ThreadCommit {
  /** The head's version that the commit was based on. */
  readonly baseVersion: number;
  readonly head: ThreadRow;
  readonly items: readonly ItemRow[];
  readonly changes: readonly ChangeRow[];
}

/** A group of chunks that became durable, and the stream's token: another may reuse its id. */
interface StreamHint extends ChunkGroup {
  readonly resumeToken: string;
}

/** The hints of a store. */
export interface Hints {
  /** By thread id. Positions are versions of the head. */
  readonly threads: HintChannel<ThreadCommit>;
  /** By `streamHintKey`. Positions are sequence numbers of chunks. */
  readonly streams: HintChannel<StreamHint>;
  /** By the hash under which a credential is stored. Tells only that it may have changed. */
  readonly credentials: HintChannel<never>;
  /** By the thread's id. What is not in the log. */
  readonly signals: SignalChannel;
  /** Wakes all readers, for instance because the store closes or hints may have been lost. */
  wakeAll(): void;
}

/** `tell` passes a hint to other processes. */
export function createHints(tell: (key: Key) => void = () => undefined): Hints {
  const threads = new HintChannel<ThreadCommit>({
    leadsOn: ({ baseVersion }, version) => baseVersion === version,
    positionAfter: ({ head }) => head.version,
    entriesMax: 64,
    weightMax: 1024 * 1024,
  });
  const streams = new HintChannel<StreamHint>({
    // A reader may begin in the middle of a group.
    leadsOn: ({ seq, chunks }, after) => seq > after && seq - chunks.length <= after,
    positionAfter: ({ seq }) => seq,
    entriesMax: 4096,
    weightMax: 256 * 1024,
  });
  const credentials = new HintChannel<never>({
    leadsOn: () => false,
    positionAfter: () => 0,
    entriesMax: 0,
    weightMax: 0,
  });
  const wakeAll = (): void => {
    threads.wakeAll();
    streams.wakeAll();
    credentials.wakeAll();
  };
  return { threads, streams, credentials, signals: new SignalChannel(tell), wakeAll };
}

export function streamHintKey(threadId: StoredThreadId, streamId: string): string {
  return `${threadId} ${streamId}`;
}
