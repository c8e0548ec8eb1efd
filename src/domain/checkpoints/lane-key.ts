import type { ThreadId } from '../../shared/ids.ts';

/** Names a lane of a thread in memory. Thread ids contain no line breaks. */
export function laneKey(threadId: ThreadId, lane: string): string {
  return `${threadId}\n${lane}`;
}
