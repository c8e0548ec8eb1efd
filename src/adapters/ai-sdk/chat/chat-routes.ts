import type { JsonValue } from '../../../shared/json.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Responder } from '../../../api/responder.ts';
import type { Run } from '../../../api/run.ts';
import { notFound, SkeinError } from '../../../shared/error.ts';
import { mustLimit, mustShortText } from '../../../shared/validate.ts';
import { beginTurn } from './begin-turn.ts';
import type { ChatLifetime, ChatSettings, HoldChatTail } from './chat-settings.ts';
import { defaultChatPath, parseChatPath } from './chat-path.ts';
import { parseChatRequest } from './chat-request.ts';
import { closedMessages, waitingRuns } from './closed-messages.ts';
import { findMessage, isNotFound } from './find-message.ts';
import { readMessagePage } from './read-message-page.ts';
import { headersOfAnswer, streamAnswer } from './stream-answer.ts';

/** One request of a known caller. */
interface ChatCall {
  readonly method: string;
  readonly url: URL;
  /** The project as this caller may use it. */
  readonly project: ProjectApi;
  readonly requestId: string;
  readonly ifMatch: string | null;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal | undefined;
  readonly lifetime?: ChatLifetime | undefined;
  readonly holdTail?: HoldChatTail | undefined;
  readJson(): Promise<JsonValue | undefined>;
}

interface ChatRoutes {
  readonly basePath: string;
  /** Throws a `SkeinError` for every answer that is a problem. */
  answer(call: ChatCall): Promise<Response>;
}

/** The paths of a chat, below its base path. */
export function createChatRoutes(
  settings: ChatSettings,
  responder: Responder | undefined,
): ChatRoutes {
  const { basePath = defaultChatPath } = settings;
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(basePath)) {
    throw new TypeError(`basePath must be like ${defaultChatPath}, without a slash at the end`);
  }
  return {
    basePath,
    answer: async (call) => {
      const { pathname } = call.url;
      const { operation, threadId, messageId } = parseChatPath(call.method, pathname, basePath);
      if (call.method !== 'GET') mustBeUnconditional(call.ifMatch);
      switch (operation) {
        case 'postMessage':
          return post(call, settings, responder);
        case 'resumeAnswer':
          return resume(call, settings, threadId);
        case 'stopAnswer':
          return stop(call, threadId);
        case 'listChatMessages':
          return listMessages(call, settings, threadId);
        case 'deleteChatMessage':
          return deleteMessage(call, threadId, messageId);
      }
    },
  };
}

/** A client that asks for a comparison must not believe that there was one. */
function mustBeUnconditional(ifMatch: string | null): void {
  if (ifMatch === null || ifMatch.trim() === '*') return;
  throw new SkeinError(
    'precondition_failed',
    'A chat has no ETag to compare with If-Match, so nothing was done. Leave the header out.',
  );
}

async function post(
  call: ChatCall,
  settings: ChatSettings,
  responder: Responder | undefined,
): Promise<Response> {
  const request = parseChatRequest(await call.readJson());
  const { project, requestId } = call;
  const turn = await beginTurn({ project, settings, responder, write: { requestId } }, request);
  // A request that has begun a run is not refused its answer.
  const tail = call.holdTail?.({ isBounded: false });
  return streamAnswer(project, turn, { ...endsOf(call, settings), tail, isWhole: false });
}

/** What keeps the stream of an answer going, and what ends it before the answer does. */
function endsOf(
  { signal, lifetime }: ChatCall,
  { commentIntervalMs = 15_000 }: ChatSettings,
): Omit<Parameters<typeof streamAnswer>[2], 'isWhole' | 'tail'> {
  return { commentIntervalMs, signal, lifetime };
}

/** A thread that does not exist yet has nothing running: pages ask before their first message. */
async function resume(call: ChatCall, settings: ChatSettings, threadId: string): Promise<Response> {
  const { project } = call;
  const run = await findActive(project, threadId);
  if (run === undefined) return new Response(null, { status: 204 });
  if (call.method === 'HEAD') return new Response(null, { headers: headersOfAnswer(run) });
  const tail = call.holdTail?.({ isBounded: true });
  const options = { ...endsOf(call, settings), tail, isWhole: true };
  return streamAnswer(project, { run, items: [] }, options);
}

async function findActive(project: ProjectApi, threadId: string): Promise<Run | undefined> {
  try {
    const stream = await project.streams.active(threadId);
    if (stream?.runId === undefined) return undefined;
    return await project.runs.get(threadId, stream.runId);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Ends every answer under way in the thread, or that waits; what was said so far is kept. */
async function stop({ project }: ChatCall, threadId: string): Promise<Response> {
  const stopped: Run[] = [];
  const waiting = await waitingRuns(project, threadId);
  // Queued runs first, so that none of them begins when the running one ends.
  for (const status of ['queued', 'running', 'interrupted'] as const) {
    const { data } = await project.runs.list(threadId, { status, limit: 100 });
    for (const { id } of data) {
      const run = await stopOne(project, threadId, id, status === 'interrupted');
      if (run) stopped.push(run);
    }
  }
  const runs = stopped.map(({ id, status, messageId, outputItemId = null }) => {
    return { id, status, messageId, itemId: outputItemId };
  });
  const closed = await closedMessages(project, threadId, waiting);
  return Response.json({ runs, ...(closed.length > 0 && { closed }) });
}

/** What waits for other people is theirs to end, and does not keep the caller's own running. */
async function stopOne(
  project: ProjectApi,
  threadId: string,
  runId: string,
  mayStay: boolean,
): Promise<Run | undefined> {
  try {
    return await project.runs.stop(threadId, runId);
  } catch (error) {
    if (mayStay && error instanceof SkeinError && error.code === 'forbidden') return undefined;
    throw error;
  }
}

/** Removes what a message said for good, with all its revisions. It may have been done before. */
async function deleteMessage(
  { project }: ChatCall,
  threadId: string,
  messageId: string,
): Promise<Response> {
  const known = await findMessage(project, threadId, mustShortText(messageId, 'messageId'));
  if (known === undefined) throw notFound('The message');
  if (known.redactedAt === undefined) await project.items.redact(threadId, [known.id]);
  return new Response(null, { status: 204 });
}

async function listMessages(
  { project, url }: ChatCall,
  { messagesPerPage = 100, messagesBytesMax = 4 * 1024 * 1024 }: ChatSettings,
  threadId: string,
): Promise<Response> {
  const asked = url.searchParams.get('limit');
  const limit = mustLimit(asked === null ? messagesPerPage : Number(asked));
  const after = url.searchParams.get('after') ?? undefined;
  const page = await readMessagePage(project, threadId, {
    limit,
    after,
    bytesMax: messagesBytesMax,
  });
  const { texts, nextCursor = null } = page;
  const body = `{"messages":[${texts.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
