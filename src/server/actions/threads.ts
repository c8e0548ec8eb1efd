import type { Thread, ThreadPatch } from '../../api/thread.ts';
import type { Outcome } from '../../api/write-options.ts';
import type { ThreadNoun } from '../../api/operations/threads.ts';
import { empty, json, type JsonResponse } from '../plain-response.ts';
import type { Actions, Call } from '../call.ts';
import { etagOf, isNotModified, readIfVersion } from '../request/preconditions.ts';

export const threadActions: Actions<ThreadNoun> = {
  createThread: async (call) =>
    made(await call.project.threads.createWithOutcome(call.body, call.writeOptions())),

  async getThread(call) {
    const thread = await call.project.threads.get(call.param('threadId'));
    if (isNotModified(call.headers, thread)) return empty(304, { etag: etagOf(thread) });
    return respondWithThread(200, thread);
  },

  updateThread: changeThread,
  putThread: changeThread,

  async deleteThread(call) {
    const id = call.param('threadId');
    await call.project.threads.delete([id], await ifVersionOf(call, id));
    return empty(204);
  },

  async getOrCreateScopeThread(call) {
    const scope = {
      ...call.body,
      scopeType: call.param('scopeType'),
      scopeId: call.param('scopeId'),
    };
    return made(await call.project.scopes.getOrCreateWithOutcome(scope, call.writeOptions()));
  },

  async forkThread(call) {
    const fork = { ...call.body, threadId: call.param('threadId') };
    return made(await call.project.threads.forkWithOutcome(fork, call.writeOptions()));
  },
};

async function changeThread(
  call: Pick<Call, 'headers' | 'project'> & {
    readonly body: ThreadPatch;
    param(name: 'threadId'): string;
  },
): Promise<JsonResponse<200, Thread>> {
  const id = call.param('threadId');
  const [thread] = await call.project.threads.update([
    { ...call.body, id, ...(await ifVersionOf(call, id)) },
  ]);
  return respondWithThread(200, thread!); // one update gives one thread
}

async function ifVersionOf(
  { headers, project }: Pick<Call, 'headers' | 'project'>,
  threadId: string,
): Promise<{ ifVersion?: number }> {
  const ifVersion = await readIfVersion(headers, () => project.threads.get(threadId));
  return ifVersion === undefined ? {} : { ifVersion };
}

function made({ data, replayed }: Outcome<Thread>): JsonResponse<200 | 201, Thread> {
  return respondWithThread(replayed ? 200 : 201, data);
}

function respondWithThread<Status extends number>(
  status: Status,
  thread: Thread,
): JsonResponse<Status, Thread> {
  return json(status, thread, { etag: etagOf(thread) });
}
