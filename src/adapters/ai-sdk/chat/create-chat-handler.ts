import { problemContentType } from '../../../protocol/problem.ts';
import { MethodNotAllowedError } from '../../../protocol/method-not-allowed-error.ts';
import { problemOfError } from '../../../protocol/problem-of-error.ts';
import { limits } from '../../../api/limits.ts';
import { systemClock } from '../../../shared/clock.ts';
import { SkeinError } from '../../../shared/error.ts';
import { newUuidV7 } from '../../../shared/ids.ts';
import { isLoopbackAuthority, isLoopbackHost } from '../../../shared/loopback.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import { responderOf, type ChatHandlerOptions } from './chat-options.ts';
import type { ChatIdentity } from './chat-settings.ts';
import { createChatRoutes } from './chat-routes.ts';
import { readJson } from './read-json.ts';

/**
 * A chat for the AI SDK's `useChat`, over the UI message stream protocol; the client needs no
 * setup, not even a transport. Only the last message that a client sends counts; the store has the
 * others. The thread is created with its first message and belongs to its sender.
 *
 * - `POST /api/chat` answers a message, an edit of one, an approval, or a request for another
 *   answer.
 * - `GET /api/chat/{id}/stream` is the answer under way, from its beginning; 204 if there is none.
 * - `POST /api/chat/{id}/stop` stops it. A client that goes away does not: `useChat`'s own `stop`
 *   only
 *   stops listening, so a page's stop button does both:
 *
 * ```ts
 * const stopAnswer = async () => {
 *   await fetch(`/api/chat/${id}/stop`, { method: 'POST' });
 *   await stop();
 * };
 * ```
 *
 * - `GET /api/chat/{id}/messages` is the newest page of messages, for
 *   `useChat({ messages, resume: true })`; `?after={nextCursor}` is the page before it.
 *
 * Errors are problems (`application/problem+json`). A message while an answer is under way is 409,
 * unless `policy` says otherwise.
 *
 * @example
 * const identify = () => ({ projectId: 'default', userId: 'u1' });
 * const handler = createChatHandler({ store, model: openai('gpt-5'), identify });
 * const response = await handler(request);
 */
export function createChatHandler(
  options: ChatHandlerOptions,
): (request: Request) => Promise<Response> {
  const routes = createChatRoutes(options, responderOf(options));
  const { bodyBytesMax = limits.bodyBytesMax, onError } = options;
  return async (request) => {
    const requestId = newUuidV7(systemClock());
    try {
      const project = await projectOf(options, request);
      const response = await routes.answer({
        method: request.method,
        url: new URL(request.url),
        ifMatch: request.headers.get('if-match'),
        project,
        requestId,
        signal: undefined,
        readJson: () => readJson(request, bodyBytesMax),
      });
      response.headers.set('x-request-id', requestId);
      return response;
    } catch (error) {
      if (!(error instanceof SkeinError) || error.code === 'internal') onError?.(error);
      return toProblem(error, requestId);
    }
  };
}

async function projectOf(options: ChatHandlerOptions, request: Request): Promise<ProjectApi> {
  if ('project' in options) return options.project;
  const { store, identify = somebodyHere } = options;
  return store.as(await identify(request));
}

/**
 * Without `identify` all requests would have the same caller, so only this machine's own pages get
 * answers.
 */
function somebodyHere(request: Request): ChatIdentity {
  const { host, origin } = new URL(request.url);
  const page = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  const isOwnPage = (page === null || page === origin) && !site.endsWith('-site');
  const isHere = isLoopbackAuthority(host) && isOwnPage && !isFromElsewhere(request.headers);
  if (isHere) return { projectId: 'default', userId: 'local' };
  throw new SkeinError(
    'unauthenticated',
    'The chat cannot identify the caller: pass the option identify to createChatHandler.',
  );
}

/**
 * Whether a proxy says that it passes on a request of another machine. Frameworks set the headers
 * of proxies for requests of this machine, too, so their values count.
 */
function isFromElsewhere(headers: Headers): boolean {
  if (headers.has('via') || headers.has('forwarded')) return true;
  const valuesOf = (name: string): string[] => (headers.get(name) ?? '').split(',');
  const hosts = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].flatMap(valuesOf);
  return hosts
    .map((host) => host.trim().replace(/^::ffff:/i, ''))
    .some((host) => host !== '' && !isLoopbackHost(host) && !isLoopbackAuthority(host));
}

/** Turns an error into a response: a standalone handler has no server around it that would. */
function toProblem(error: unknown, requestId: string): Response {
  const problem = problemOfError(error, requestId, '');
  const headers = {
    'content-type': problemContentType,
    'x-request-id': requestId,
    ...(error instanceof MethodNotAllowedError && { allow: error.allow }),
  };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
