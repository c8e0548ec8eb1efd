import {
  conversationListQuery,
  messageListQuery,
  mustUuid,
  toThreadMetadata,
  type ConversationPageOptions,
  type MessagePageOptions,
  type ThreadMetadata,
} from '../../protocol/langgraph-threads.ts';
import type { Thread } from '../../api/thread.ts';
import { readConversations, readMessages } from '../../protocol/read-conversations.ts';
import { json } from '../answer.ts';
import { defineRoute, type Call, type Route } from '../route.ts';

const createSession = defineRoute({
  method: 'POST',
  path: '/api/session',
  name: 'createSession',
  group: 'Conversations',
  summary: 'Begin a conversation',
  description:
    'An empty thread of the caller, who is known by a UUID. It is in the list at once; pass its `threadId` to the ' +
    'graph as `thread_id`. The request has no body.',
  access: 'caller',
  takesIdempotencyKey: true,
  answers: {
    200: {
      description: 'It was there already: the request was a retry.',
      schema: 'ThreadMetadata',
    },
    201: { description: 'The empty thread.', schema: 'ThreadMetadata' },
  },
  async action(call) {
    mustBeUuidCaller(call);
    const { data, replayed } = await call.project.threads.createWithOutcome(
      {},
      call.writeOptions(),
    );
    return json(replayed ? 200 : 201, sessionOf(data));
  },
});

const listConversations = defineRoute<undefined, ConversationPageOptions>({
  method: 'GET',
  path: '/api/threads',
  name: 'listConversations',
  group: 'Conversations',
  summary: "List the caller's conversations",
  description:
    'Most recent first. The caller is known by a UUID; threads whose ids are no UUIDs are left out.',
  access: 'caller',
  query: conversationListQuery,
  answers: { 200: { description: 'A page of conversations.', schema: 'ThreadListResponse' } },
  async action(call) {
    mustBeUuidCaller(call);
    const { store } = call.server;
    const { projectId, userId } = call.identity;
    const anonymous = store.project(projectId);
    const caller = userId === undefined ? anonymous : anonymous.as({ userId });
    return json(200, await readConversations(caller, call.query));
  },
});

const listMessages = defineRoute<undefined, MessagePageOptions>({
  method: 'GET',
  path: '/api/threads/{threadId}/messages',
  name: 'listMessages',
  group: 'Conversations',
  summary: 'Read the messages of a conversation',
  description: 'Oldest first: what the user and the assistant said. The thread has a UUID.',
  access: 'caller',
  query: messageListQuery,
  answers: { 200: { description: 'The messages.', schema: 'MessageHistory' } },
  action: async (call) =>
    json(200, await readMessages(call.project, call.param('threadId'), call.query)),
});

export const conversationRoutes: readonly Route[] = [
  createSession,
  listConversations,
  listMessages,
];

/** A session begins empty; a retry may find that somebody has spoken in it meanwhile. */
function sessionOf(thread: Thread): ThreadMetadata {
  return toThreadMetadata({ thread, messageCount: thread.itemCount });
}

/** Nobody at all is for the store to refuse. */
function mustBeUuidCaller({ identity }: Pick<Call, 'identity'>): void {
  if (identity.userId !== undefined) mustUuid(identity.userId, 'userId');
}
