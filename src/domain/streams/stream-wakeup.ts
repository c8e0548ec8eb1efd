import { streamHintKey } from '../../records/hints.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { Wakeup, type RingSource } from '../../shared/wakeup.ts';
import type { Core } from '../base/core.ts';

/**
 * Wakes readers of a stream or its run, which change in commits of their own and in those of their
 * thread.
 */
export function streamWakeup(
  core: Core,
  { threadId, streamId }: { readonly threadId: StoredThreadId; readonly streamId: string },
  signal?: AbortSignal,
): Wakeup {
  const sources: RingSource[] = [
    (ring) => core.hints.streams.subscribe(streamHintKey(threadId, streamId), ring),
    (ring) => core.hints.threads.subscribe(threadId, ring),
  ];
  return new Wakeup({ sources, signal });
}
