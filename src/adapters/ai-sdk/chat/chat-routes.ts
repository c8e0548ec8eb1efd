import type { JsonValue } from '../../../shared/json.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Responder } from '../../../api/responder.ts';
import type { Run } from '../../../api/run.ts';
import { toUIMessages } from '../ui-messages.ts';
import { beginTurn } from './begin-turn.ts';
import type { ChatLifetime, ChatSettings } from './chat-settings.ts';
import { defaultChatPath, parseChatPath } from './chat-path.ts';
import { parseChatRequest } from './chat-request.ts';
import { isNotFound } from './find-message.ts';
import { streamAnswer } from './stream-answer.ts';

/** One request of a known caller. */
interface ChatCall {
  readonly method: string;
  readonly url: URL;
  /** The project as this caller may use it. */
  readonly project: ProjectApi;
  readonly requestId: string;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal | undefined;
  readonly lifetime?: ChatLifetime | undefined;
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
      const { operation, threadId } = parseChatPath(call.method, call.url.pathname, basePath);
      switch (operation) {
        case 'postMessage':
          return post(call, settings, responder);
        case 'resumeAnswer':
          return resume(call, settings, threadId);
        case 'stopAnswer':
          return stop(call, threadId);
        case 'listChatMessages':
          return listMessages(call, settings, threadId);
      }
    },
  };
}

async function post(
  call: ChatCall,
  settings: ChatSettings,
  responder: Responder | undefined,
): Promise<Response> {
  const request = parseChatRequest(await call.readJson());
  const { project, requestId } = call;
  const turn = await beginTurn({ project, settings, responder, write: { requestId } }, request);
  return streamAnswer(project, turn, { ...endsOf(call, settings), isWhole: false });
}

/** What keeps the stream of an answer going, and what ends it before the answer does. */
function endsOf(
  { signal, lifetime }: ChatCall,
  { commentIntervalMs = 15_000 }: ChatSettings,
): Omit<Parameters<typeof streamAnswer>[2], 'isWhole'> {
  return { commentIntervalMs, signal, lifetime };
}

/** A thread that does not exist yet has nothing running: pages ask before their first message. */
async function resume(call: ChatCall, settings: ChatSettings, threadId: string): Promise<Response> {
  const { project } = call;
  const run = await findActive(project, threadId);
  if (run === undefined) return new Response(null, { status: 204 });
  const options = { ...endsOf(call, settings), isWhole: true };
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
  // Queued runs first, so that none of them begins when the running one ends.
  for (const status of ['queued', 'running', 'interrupted'] as const) {
    const { data } = await project.runs.list(threadId, { status, limit: 100 });
    for (const { id } of data) stopped.push(await project.runs.stop(threadId, id));
  }
  const runs = stopped.map(({ id, status, messageId, outputItemId = null }) => {
    return { id, status, messageId, itemId: outputItemId };
  });
  return Response.json({ runs });
}

async function listMessages(
  { project, url }: ChatCall,
  { messagesPerPage = 100 }: ChatSettings,
  threadId: string,
): Promise<Response> {
  const limit = url.searchParams.get('limit');
  const older = url.searchParams.get('after');
  const page = await project.items.list(threadId, {
    order: 'desc',
    limit: limit === null ? messagesPerPage : Number(limit),
    ...(older !== null && { after: older }),
  });
  const messages = toUIMessages(page.data.toReversed());
  return Response.json({ messages, nextCursor: page.nextCursor });
}
