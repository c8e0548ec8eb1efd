import { invalid, SkeinError } from '../../../shared/error.ts';
import type { JsonValue } from '../../../shared/json.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Responder } from '../../../api/responder.ts';
import type { Run } from '../../../api/run.ts';
import { toUIMessages } from '../ui-messages.ts';
import { beginTurn } from './begin-turn.ts';
import type { ChatSettings } from './chat-settings.ts';
import { parseChatRequest } from './chat-request.ts';
import { isNotFound } from './find-message.ts';
import { streamAnswer } from './stream-answer.ts';

/** One request, whose caller is known. */
export interface ChatCall {
  readonly method: string;
  readonly url: URL;
  /** For this caller. */
  readonly project: ProjectApi;
  readonly requestId: string;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal | undefined;
  readJson(): Promise<JsonValue | undefined>;
}

export interface ChatRoutes {
  readonly basePath: string;
  /** Throws `SkeinError` for everything that is to be answered as a problem. */
  answer(call: ChatCall): Promise<Response>;
}

/** The paths of a chat, under its base path. */
export function createChatRoutes(
  settings: ChatSettings,
  responder: Responder | undefined,
): ChatRoutes {
  const { basePath = '/api/chat' } = settings;
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(basePath)) {
    throw new TypeError('basePath must be like /api/chat, without a slash at the end');
  }
  return {
    basePath,
    answer: async (call) => {
      const { threadId, action } = parsePath(call, basePath);
      if (threadId === undefined) return post(call, settings, responder);
      switch (action) {
        case 'stream':
          return resume(call, settings, threadId);
        case 'stop':
          return stop(call, threadId);
        case 'messages':
          return listMessages(call, settings, threadId);
      }
    },
  };
}

const methods = { stream: 'GET', stop: 'POST', messages: 'GET' } as const;
type Action = keyof typeof methods;

type ChatPath =
  | { readonly threadId: undefined; readonly action: undefined }
  | { readonly threadId: string; readonly action: Action };

function parsePath({ method, url }: ChatCall, basePath: string): ChatPath {
  const rest = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : undefined;
  if (rest === '' || rest === '/') {
    if (method === 'POST') return { threadId: undefined, action: undefined };
    throw unknownPath(`${basePath} offers POST.`);
  }
  const match = /^\/([^/]+)\/(stream|stop|messages)$/.exec(rest ?? '');
  if (match === null) throw unknownPath('There is nothing at this path of the chat.');
  const action = match[2] as Action; // as the pattern has it
  const offered: string = methods[action];
  const isOffered = method === offered || (method === 'HEAD' && offered === 'GET');
  if (!isOffered) throw unknownPath(`This path offers ${offered}.`);
  return { threadId: decode(match[1]!), action };
}

function unknownPath(message: string): SkeinError {
  return new SkeinError('not_found', message);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw invalid('path', 'has a broken percent-encoding');
    throw error;
  }
}

async function post(
  call: ChatCall,
  settings: ChatSettings,
  responder: Responder | undefined,
): Promise<Response> {
  const request = parseChatRequest(await call.readJson());
  const { project, requestId, signal } = call;
  const turn = await beginTurn({ project, settings, responder, write: { requestId } }, request);
  return streamAnswer(project, turn, { ...commentsOf(settings), isWhole: false, signal });
}

function commentsOf({ commentIntervalMs = 15_000 }: ChatSettings): { commentIntervalMs: number } {
  return { commentIntervalMs };
}

/** A thread that is not there yet has nothing running: pages ask before their first message. */
async function resume(
  { project, signal }: ChatCall,
  settings: ChatSettings,
  threadId: string,
): Promise<Response> {
  const run = await findActive(project, threadId);
  if (run === undefined) return new Response(null, { status: 204 });
  const options = { ...commentsOf(settings), isWhole: true, signal };
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

/** Ends everything that is being answered in the thread; what was said so far is kept. */
async function stop({ project }: ChatCall, threadId: string): Promise<Response> {
  const stopped: Run[] = [];
  // Those that wait first, so that none of them begins when the running one ends.
  for (const status of ['queued', 'running'] as const) {
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
