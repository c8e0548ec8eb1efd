import type {
  ThreadMetadataNoun,
  WireThreadMetadata,
} from '../../api/operations/thread-metadata.ts';
import type { Thread } from '../../api/thread.ts';
import { SkeinError } from '../../shared/error.ts';
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
    const { userId, ...page } = call.query;
    mustBeCaller(call, userId);
    return json(200, await readThreadMetadata(call.project, page));
  },

  listMessages: async (call) =>
    json(200, await readMessages(call.project, call.param('threadId'), call.query)),
};

/** A session begins empty; on a retry, a user may have spoken in it already. */
function sessionOf(thread: Thread): WireThreadMetadata {
  return toWireThreadMetadata({ thread, messageCount: thread.itemCount });
}

/**
 * Some clients name the user whose threads they list. An anonymous caller is refused by the store,
 * which asks it to sign in.
 */
function mustBeCaller({ identity }: Pick<Call, 'identity'>, userId: string | undefined): void {
  if (userId === undefined || identity.userId === undefined || userId === identity.userId) return;
  throw new SkeinError('forbidden', 'A caller lists its own threads: leave out userId.');
}

/** The store itself rejects an anonymous caller. */
function mustBeUuidCaller({ identity }: Pick<Call, 'identity'>): void {
  if (identity.userId !== undefined) mustUuid(identity.userId, 'userId');
}
