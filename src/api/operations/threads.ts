import type { Page } from '../page.ts';
import type { ThreadEntry } from '../reading-state.ts';
import type { ScopeInput, ScopesApi } from '../scope.ts';
import type {
  ForkListOptions,
  NewThread,
  Thread,
  ThreadListOptions,
  ThreadPatch,
} from '../thread.ts';
import type { Typing } from '../live.ts';
import type { NounOf } from '../operation.ts';
import type { ThreadsApi } from '../threads-api.ts';
import type { WithVerbs } from '../verb.ts';

export const threadEndpoints = {
  createThread: 'POST /v1/threads',
  listThreads: 'GET /v1/threads',
  getThread: 'GET /v1/threads/{threadId}',
  updateThread: 'PATCH /v1/threads/{threadId}',
  putThread: 'PUT /v1/threads/{threadId}',
  deleteThread: 'DELETE /v1/threads/{threadId}',
  getOrCreateScopeThread: 'PUT /v1/scopes/{scopeType}/{scopeId}/thread',
  forkThread: 'POST /v1/threads/{threadId}/fork',
  listForks: 'GET /v1/threads/{threadId}/forks',
  tellTyping: 'POST /v1/threads/{threadId}/typing',
} as const;

export const threadVerbs = {
  createThread: ['threads.createWithOutcome', 'body', 'options'],
  listThreads: ['threads.list', 'query'],
  getThread: ['threads.get', 'threadId'],
  updateThread: ['threads.update', [{ id: 'threadId', ifVersion: 'ifMatch', '...': 'body' }]],
  putThread: ['threads.update', [{ id: 'threadId', ifVersion: 'ifMatch', '...': 'body' }]],
  deleteThread: ['threads.delete', ['threadId'], { ifVersion: 'ifMatch' }],
  getOrCreateScopeThread: [
    'scopes.getOrCreateWithOutcome',
    { scopeType: 'scopeType', scopeId: 'scopeId', '...': 'body' },
    'options',
  ],
  forkThread: ['threads.forkWithOutcome', { threadId: 'threadId', '...': 'body' }, 'options'],
  listForks: ['threads.forks', 'threadId', 'query'],
  tellTyping: ['threads.typing', 'threadId', 'body'],
} as const;

export const threadTable = {
  group: 'Threads',
  parameters: {
    scopeType: {
      description: 'The kind of thing that a thread is about, 1 to 128 characters.',
      example: 'ticket',
    },
    scopeId: { description: 'The id of that thing, 1 to 128 characters.', example: 'T-101' },
  },
  operations: {
    createThread: {
      summary: 'Create a thread',
      description: [
        'With its first items, if any, in the same commit.',
        'Safe to repeat with an `id` or an Idempotency-Key.',
      ],
      body: {
        schema: 'NewThread',
        example: { title: 'Support', tags: ['billing'], items: [{ role: 'user', text: 'Hello' }] },
      },
      takesIdempotencyKey: true,
      responses: {
        200: {
          description: 'The thread existed already: the request was a retry.',
          schema: 'Thread',
          hasEtag: true,
        },
        201: { description: 'The thread was created.', schema: 'Thread', hasEtag: true },
      },
    },
    listThreads: {
      summary: 'List threads',
      description: [
        "The caller's own threads, unless a scope, a tag or a visibility is given.",
        'With `participating=true` every thread that the caller owns or takes part in.',
        'Those that changed last come first, or with `order=created` the newest.',
      ],
      query: 'ThreadListQuery',
      exampleQuery: '?limit=20',
      responses: { 200: { description: 'A page of threads.', schema: 'ThreadEntryPage' } },
    },
    getThread: {
      summary: 'Read a thread',
      responses: {
        200: { description: 'The thread.', schema: 'Thread', hasEtag: true },
        304: { description: 'The thread still has the version in If-None-Match.' },
      },
    },
    updateThread: {
      summary: 'Change a thread',
      body: { schema: 'ThreadPatch', example: { title: 'Support, solved', archived: true } },
      takesIfMatch: true,
      responses: { 200: { description: 'The thread.', schema: 'Thread', hasEtag: true } },
    },
    putThread: {
      summary: 'Change a thread, with PUT',
      description: [
        'The same as PATCH, for clients that only have PUT: absent fields stay as they are.',
        'It creates no thread.',
      ],
      body: { schema: 'ThreadPatch', example: { title: 'Support', visibility: 'unlisted' } },
      takesIfMatch: true,
      responses: { 200: { description: 'The thread.', schema: 'Thread', hasEtag: true } },
    },
    deleteThread: {
      summary: 'Delete a thread',
      description: ['Deletes it permanently. Its forks keep what they inherited.'],
      takesIfMatch: true,
      responses: { 204: { description: 'The thread is deleted.' } },
    },
    getOrCreateScopeThread: {
      summary: 'Get or create the primary thread of a scope',
      description: ['Atomic: concurrent requests get the same thread.'],
      body: { schema: 'Scope', isOptional: true, example: { title: 'Ticket T-101' } },
      takesIdempotencyKey: true,
      responses: {
        200: {
          description: 'The thread that the scope already had.',
          schema: 'Thread',
          hasEtag: true,
        },
        201: { description: 'The thread was created.', schema: 'Thread', hasEtag: true },
      },
    },
    forkThread: {
      summary: 'Fork a thread',
      description: [
        'Creates a thread that shares the items up to a given one.',
        "The cost does not depend on the thread's length.",
      ],
      body: {
        schema: 'Fork',
        isOptional: true,
        example: { atItemId: '0192f0c1-7e1a-7000-8000-0123456789ab' },
      },
      takesIdempotencyKey: true,
      takesIfMatch: true,
      responses: {
        200: {
          description: 'The thread existed already: the request was a retry.',
          schema: 'Thread',
          hasEtag: true,
        },
        201: { description: 'The thread was created.', schema: 'Thread', hasEtag: true },
      },
    },
    listForks: {
      summary: "List a thread's forks",
      query: 'ForkListQuery',
      responses: { 200: { description: 'A page of threads.', schema: 'ThreadPage' } },
    },
    tellTyping: {
      summary: 'Say that you type',
      description: [
        'Those who follow the thread in a channel see it for eight seconds, or with `on: false` no',
        'longer. For those who may write. Nothing is stored.',
      ],
      body: { schema: 'Typing', isOptional: true, example: { on: true } },
      responses: { 204: { description: 'It was passed on.' } },
    },
  },
} as const;

export type ScopeBody = Omit<ScopeInput, 'scopeType' | 'scopeId'>;

export interface ForkBody {
  readonly atItemId?: string;
}

interface ThreadTypes {
  readonly schemas: {
    readonly NewThread: NewThread;
    readonly ThreadPatch: ThreadPatch;
    readonly Scope: ScopeBody;
    readonly Fork: ForkBody;
    readonly Thread: Thread;
    readonly Typing: Typing;
    readonly ThreadPage: Page<Thread>;
    readonly ThreadEntry: ThreadEntry;
    readonly ThreadEntryPage: Page<ThreadEntry>;
  };
  readonly queries: {
    readonly ThreadListQuery: ThreadListOptions;
    readonly ForkListQuery: ForkListOptions;
  };
}

export type ThreadNoun = WithVerbs<
  NounOf<typeof threadEndpoints, typeof threadTable, ThreadTypes>,
  typeof threadVerbs,
  { readonly threads: ThreadsApi; readonly scopes: ScopesApi }
>;
