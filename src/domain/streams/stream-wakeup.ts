import type { ThreadId } from '../../shared/ids.ts';
import { Wakeup, type RingSource } from '../../shared/wakeup.ts';
import type { Core } from '../base/core.ts';
import { streamHubOf } from './stream-hub.ts';

/**
 * Wakes who waits for a stream, or for the run that writes it: they move in commits of their own and in
 * those of their thread.
 */
export function streamWakeup(
  core: Core,
  { threadId, streamId }: { readonly threadId: ThreadId; readonly streamId: string },
  signal?: AbortSignal,
): Wakeup {
  const sources: RingSource[] = [
    (ring) => streamHubOf(core).subscribe(threadId, streamId, ring),
    (ring) => core.feed.subscribe(threadId, ring),
  ];
  return new Wakeup({ sources, signal });
}
