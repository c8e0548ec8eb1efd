import type { PendingWrite } from '@langchain/langgraph-checkpoint';
import type { SourceWrite } from './checkpoint-source.ts';

/**
 * Groups writes by task, in lists for which `putWrites` assigns the same indexes. It counts
 * positions in the list. Special channels have indexes below zero and may be anywhere; they fill
 * the gaps.
 */
export function groupWrites(writes: readonly SourceWrite[]): ReadonlyMap<string, PendingWrite[]> {
  const byTask = Map.groupBy(writes, ({ taskId }) => taskId);
  return new Map([...byTask].map(([taskId, list]) => [taskId, inOrder(list)]));
}

function inOrder(writes: readonly SourceWrite[]): PendingWrite[] {
  const special = writes.filter(({ index }) => index < 0);
  const ordered: SourceWrite[] = [];
  let next = 0;
  for (const write of writes) {
    if (write.index < 0) continue;
    // A gap with nothing to fill it is closed: nothing was ever written there.
    while (special.length > 0 && ordered.length < write.index) {
      // Writing it twice is the same as writing it once.
      ordered.push(special[Math.min(next++, special.length - 1)]!);
    }
    ordered.push(write);
  }
  return [...ordered, ...special.slice(next)].map(({ channel, value }) => [channel, value]);
}
