import type { PendingWrite } from '@langchain/langgraph-checkpoint';
import type { SourceWrite } from './checkpoint-source.ts';

/**
 * Writes by task, each list such that `putWrites` gives them the indexes that they have. It counts the
 * places in the list, but for special channels, whose indexes are below zero and which may stand anywhere:
 * they stood in the gaps.
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
    // A gap without anything to fill it is closed: nothing was ever written there.
    while (special.length > 0 && ordered.length < write.index) {
      // One that is written twice is the same as written once.
      ordered.push(special[Math.min(next++, special.length - 1)]!);
    }
    ordered.push(write);
  }
  return [...ordered, ...special.slice(next)].map(({ channel, value }) => [channel, value]);
}
