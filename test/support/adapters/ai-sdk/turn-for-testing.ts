import type { Item, Part, Role } from '../../../../src/api/item.ts';
import type { TurnContext } from '../../../../src/api/responder.ts';
import { newUuidV7, type ItemId, type ThreadId } from '../../../../src/shared/ids.ts';

const threadIdForTesting = 'thread-1' as ThreadId; // a valid one

/** An item of a thread as a turn passes it to its responder. */
export function itemForTesting(role: Role, parts: readonly Part[], more: Partial<Item> = {}): Item {
  return {
    id: newUuidV7(Date.now()) as ItemId, // a UUIDv7 is an item id
    threadId: threadIdForTesting,
    role,
    parts,
    visibility: 'visible',
    private: false,
    attempt: 1,
    requestId: 'request-1',
    metadata: {},
    createdAt: '2030-01-01T00:00:00.000Z',
    ...more,
  };
}

export function contextForTesting(context: Partial<TurnContext>): TurnContext {
  return {
    projectId: 'default',
    userId: 'u1',
    threadId: threadIdForTesting,
    runId: 'run-1',
    messageId: 'message-1',
    items: [],
    continued: undefined,
    signal: new AbortController().signal,
    ...context,
  };
}
