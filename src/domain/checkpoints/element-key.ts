import type { StoredThreadId } from '../../shared/ids.ts';

/** Names a lane of a thread in memory. Thread ids contain no line breaks. */
export function laneKey(threadId: StoredThreadId, lane: string): string {
  return `${threadId}\n${lane}`;
}

/** The key of the item for a message without an id: its element, and its occurrence from 1. */
export function occurrenceKey(elementId: number, occurrence: number): string {
  return `#${elementId}.${occurrence}`;
}
