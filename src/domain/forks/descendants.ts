import { forks } from '../../records/tables.ts';
import type { ItemId, ThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';

/** The forks of a thread that inherit one of its items, and their forks in turn; parents first. */
export async function* descendantsOf(
  core: Core,
  threadId: ThreadId,
  fromItemId?: ItemId,
): AsyncGenerator<ThreadId, void, undefined> {
  const waiting: { threadId: ThreadId; fromItemId: ItemId | undefined }[] = [
    { threadId, fromItemId },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for await (const row of core.records.scanAll(forks, [next.threadId])) {
      if (next.fromItemId !== undefined && row.itemId < next.fromItemId) continue;
      yield row.forkId;
      // A fork at one of the fork's own items inherits everything that the fork inherits.
      waiting.push({ threadId: row.forkId, fromItemId: undefined });
    }
  }
}
