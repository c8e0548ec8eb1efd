import type {
  InboxApi,
  InboxEntry,
  InboxListOptions,
  InboxPage,
  InboxState,
  SeenMarks,
} from '../inbox.ts';
import type { NounOf } from '../operation.ts';
import type { WithVerbs } from '../verb.ts';

export const inboxEndpoints = {
  listInbox: 'GET /v1/inbox',
  markInboxSeen: 'POST /v1/inbox/seen',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const inboxVerbs = {
  listInbox: ['inbox.list', 'query'],
  markInboxSeen: ['inbox.markSeen', 'body'],
} as const;

export const inboxTable = {
  group: 'Inbox',
  parameters: {},
  operations: {
    listInbox: {
      summary: 'List your inbox',
      description: [
        'Mentions of you, replies to you, and threads to which another has added you: the newest first.',
        'An entry is shown while you may read its thread and its item. About the newest 1,000 are kept.',
      ],
      query: 'InboxListQuery',
      responses: { 200: { description: 'A page of your inbox.', schema: 'InboxPage' } },
    },
    markInboxSeen: {
      summary: 'Mark entries of your inbox as seen',
      description: ['By their ids, or all from before a time.'],
      body: { schema: 'InboxSeen', example: { before: '2026-11-30T12:00:00Z' } },
      responses: { 200: { description: 'How many are unseen now.', schema: 'InboxState' } },
    },
  },
} as const;

interface InboxTypes {
  readonly schemas: {
    readonly InboxEntry: InboxEntry;
    readonly InboxPage: InboxPage;
    readonly InboxSeen: SeenMarks;
    readonly InboxState: InboxState;
  };
  readonly queries: { readonly InboxListQuery: InboxListOptions };
}

export type InboxNoun = WithVerbs<
  NounOf<typeof inboxEndpoints, typeof inboxTable, InboxTypes>,
  typeof inboxVerbs,
  { readonly inbox: InboxApi }
>;
