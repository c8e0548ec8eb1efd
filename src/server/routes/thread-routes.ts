import { readIfVersion, etagOf, isNotModified } from '../request/preconditions.ts';
import type {
  ForkListOptions,
  NewThread,
  Thread,
  ThreadListOptions,
  ThreadPatch,
} from '../../api/thread.ts';
import type { Outcome } from '../../api/write-options.ts';
import {
  forkBodySchema,
  forkListQuery,
  newThreadSchema,
  scopeBodySchema,
  threadListQuery,
  threadPatchSchema,
  type ForkBody,
  type ScopeBody,
} from '../../protocol/threads.ts';
import { empty, json, type JsonAnswer } from '../answer.ts';
import { defineRoute, type AnswerDescription, type Call, type Route } from '../route.ts';

const threadAnswer: AnswerDescription = {
  description: 'The thread.',
  schema: 'Thread',
  hasEtag: true,
};
const madeAnswers = {
  200: { ...threadAnswer, description: 'The thread was there already: the request was a retry.' },
  201: { ...threadAnswer, description: 'The thread was made.' },
};
const pageAnswers = { 200: { description: 'A page of threads.', schema: 'ThreadPage' } } as const;

const createThread = defineRoute<NewThread>({
  method: 'POST',
  path: '/v1/threads',
  name: 'createThread',
  group: 'Threads',
  summary: 'Create a thread',
  description:
    'With its first items, if any, in the same commit. Safe to repeat with an `id` or an Idempotency-Key.',
  access: 'caller',
  body: {
    schema: newThreadSchema,
    name: 'NewThread',
    example: { title: 'Support', tags: ['billing'], items: [{ role: 'user', text: 'Hello' }] },
  },
  takesIdempotencyKey: true,
  answers: madeAnswers,
  action: async (call) =>
    made(await call.project.threads.createWithOutcome(call.body, call.writeOptions())),
});

const listThreads = defineRoute<undefined, ThreadListOptions>({
  method: 'GET',
  path: '/v1/threads',
  name: 'listThreads',
  group: 'Threads',
  summary: 'List threads',
  description:
    "Most recent first: the caller's own, unless a scope, a tag or a visibility is named.",
  access: 'caller',
  query: threadListQuery,
  answers: pageAnswers,
  action: async (call) => json(200, await call.project.threads.list(call.query)),
});

const getThread = defineRoute({
  method: 'GET',
  path: '/v1/threads/{threadId}',
  name: 'getThread',
  group: 'Threads',
  summary: 'Read a thread',
  access: 'caller',
  answers: {
    200: threadAnswer,
    304: { description: 'If-None-Match named the version that the thread has.' },
  },
  async action(call) {
    const thread = await call.project.threads.get(call.param('threadId'));
    if (isNotModified(call.headers, thread)) return empty(304, { etag: etagOf(thread) });
    return answerThread(200, thread);
  },
});

const updateThread = defineRoute<ThreadPatch>({
  method: 'PATCH',
  path: '/v1/threads/{threadId}',
  name: 'updateThread',
  group: 'Threads',
  summary: 'Change a thread',
  access: 'caller',
  body: {
    schema: threadPatchSchema,
    name: 'ThreadPatch',
    example: { title: 'Support, solved', archived: true },
  },
  takesIfMatch: true,
  answers: { 200: threadAnswer },
  async action(call) {
    const id = call.param('threadId');
    const [thread] = await call.project.threads.update([
      { ...call.body, id, ...(await ifVersionOf(call, id)) },
    ]);
    return answerThread(200, thread!); // one update gives one thread
  },
});

const deleteThread = defineRoute({
  method: 'DELETE',
  path: '/v1/threads/{threadId}',
  name: 'deleteThread',
  group: 'Threads',
  summary: 'Delete a thread',
  description: 'For good. Threads that were forked from it keep what they inherited.',
  access: 'caller',
  takesIfMatch: true,
  answers: { 204: { description: 'It is gone.' } },
  async action(call) {
    const id = call.param('threadId');
    await call.project.threads.delete([id], await ifVersionOf(call, id));
    return empty(204);
  },
});

const getOrCreateScopeThread = defineRoute<ScopeBody>({
  method: 'PUT',
  path: '/v1/scopes/{scopeType}/{scopeId}/thread',
  name: 'getOrCreateScopeThread',
  group: 'Threads',
  summary: 'Get or create the primary thread of a scope',
  description: 'Atomic: however many ask at once, there is one.',
  access: 'caller',
  body: {
    schema: scopeBodySchema,
    name: 'Scope',
    isOptional: true,
    example: { title: 'Ticket T-101' },
  },
  takesIdempotencyKey: true,
  answers: {
    200: { ...threadAnswer, description: 'The thread that the scope had.' },
    201: { ...threadAnswer, description: 'The thread was made.' },
  },
  async action(call) {
    const scope = {
      ...call.body,
      scopeType: call.param('scopeType'),
      scopeId: call.param('scopeId'),
    };
    return made(await call.project.scopes.getOrCreateWithOutcome(scope, call.writeOptions()));
  },
});

const forkThread = defineRoute<ForkBody>({
  method: 'POST',
  path: '/v1/threads/{threadId}/fork',
  name: 'forkThread',
  group: 'Threads',
  summary: 'Fork a thread',
  description:
    'A new thread that shares the items up to one of them. It costs the same however long the thread is.',
  access: 'caller',
  body: {
    schema: forkBodySchema,
    name: 'Fork',
    isOptional: true,
    example: { atItemId: '0192f0c1-7e1a-7000-8000-0123456789ab' },
  },
  takesIdempotencyKey: true,
  answers: madeAnswers,
  async action(call) {
    const fork = { ...call.body, threadId: call.param('threadId') };
    return made(await call.project.threads.forkWithOutcome(fork, call.writeOptions()));
  },
});

const listForks = defineRoute<undefined, ForkListOptions>({
  method: 'GET',
  path: '/v1/threads/{threadId}/forks',
  name: 'listForks',
  group: 'Threads',
  summary: "List a thread's forks",
  access: 'caller',
  query: forkListQuery,
  answers: pageAnswers,
  action: async (call) =>
    json(200, await call.project.threads.forks(call.param('threadId'), call.query)),
});

export const threadRoutes: readonly Route[] = [
  createThread,
  listThreads,
  getThread,
  updateThread,
  deleteThread,
  getOrCreateScopeThread,
  forkThread,
  listForks,
];

async function ifVersionOf(call: Call, threadId: string): Promise<{ ifVersion?: number }> {
  const ifVersion = await readIfVersion(call.headers, () => call.project.threads.get(threadId));
  return ifVersion === undefined ? {} : { ifVersion };
}

function made({ data, replayed }: Outcome<Thread>): JsonAnswer {
  return answerThread(replayed ? 200 : 201, data);
}

function answerThread(status: number, thread: Thread): JsonAnswer {
  return json(status, thread, { etag: etagOf(thread) });
}
