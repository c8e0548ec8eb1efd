import type {
  ThreadMetadataNoun,
  WireThreadMetadata,
} from '../../api/operations/thread-metadata.ts';
import type { Thread } from '../../api/thread.ts';
import { readMessages, readThreadMetadata } from '../../protocol/read-thread-metadata.ts';
import { mustUuid, toWireThreadMetadata } from '../../protocol/thread-metadata.ts';
import { json } from '../plain-response.ts';
import type { Actions, Call } from '../call.ts';

export const threadMetadataActions: Actions<ThreadMetadataNoun> = {
  async createSession(call) {
    mustBeUuidCaller(call);
    const { data, replayed } = await call.project.threads.createWithOutcome(
      {},
      call.writeOptions(),
    );
    return json(replayed ? 200 : 201, sessionOf(data));
  },

  async listThreadMetadata(call) {
    mustBeUuidCaller(call);
    return json(200, await readThreadMetadata(call.project, call.query));
  },

  listMessages: async (call) =>
    json(200, await readMessages(call.project, call.param('threadId'), call.query)),
};

/** A session begins empty; on a retry, a user may have spoken in it already. */
function sessionOf(thread: Thread): WireThreadMetadata {
  return toWireThreadMetadata({ thread, messageCount: thread.itemCount });
}

/** The store itself rejects an anonymous caller. */
function mustBeUuidCaller({ identity }: Pick<Call, 'identity'>): void {
  if (identity.userId !== undefined) mustUuid(identity.userId, 'userId');
}
