/**
 * A local server that speaks the OpenAI chat completions protocol, streaming or not. Its answers
 * are scripted: each request takes the next reply of the script, and the last reply repeats
 * forever.
 *
 * `POST <baseUrl>/chat/completions` streams server-sent events of `chat.completion.chunk` objects
 * and ends with `data: [DONE]`; without `stream: true` it responds with one `chat.completion`
 * object.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface ScriptedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, sent in pieces of a few characters. */
  readonly input: string;
}

export interface ScriptedReply {
  /**
   * The pieces of the answer, or a function that computes them from the request. Default:
   * `['Hello', ' world', '.']`.
   */
  readonly text?: readonly string[] | ((request: ChatRequest) => readonly string[]);
  readonly reasoning?: readonly string[];
  readonly toolCalls?: readonly ScriptedToolCall[];
  /**
   * Awaited before the first byte and after each chunk, with the number of chunks sent so far, for
   * as long as the client is there.
   */
  readonly hold?: (sent: number) => Promise<unknown> | undefined;
  /** Responds with this status and an error in OpenAI's form instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errorMessage?: string;
  /**
   * Breaks after `chunks` chunks. `error` sends an error object, `drop` closes the connection,
   * `hang` stays silent.
   */
  readonly breakAfter?: { readonly chunks: number; readonly by: 'error' | 'drop' | 'hang' };
  /** Default `{prompt_tokens: 7, completion_tokens: 5, total_tokens: 12}`. */
  readonly usage?: Readonly<Record<string, number>>;
}

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
  readonly stream?: boolean;
  readonly tools?: readonly unknown[];
  readonly [field: string]: unknown;
}

interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: ChatRequest;
  /** Whether the client disconnected before the end. */
  wasAborted: boolean;
}

export interface OpenAiServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:4711/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly SeenRequest[];
  /** Sets the replies to the next requests. Without arguments: the default reply. */
  script(...replies: ScriptedReply[]): void;
}

/** With an `apiKey`, requests with a different key get 401. */
export async function openOpenAiServerForTesting(
  options: { readonly apiKey?: string } = {},
): Promise<OpenAiServer> {
  const requests: SeenRequest[] = [];
  let replies: ScriptedReply[] = [];
  const nextReply = (): ScriptedReply => (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
  const server = createServer((request, response) => {
    const refuses =
      options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`;
    answer(request, response, requests, refuses ? () => refusal : nextReply).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    script: (...next) => {
      replies = next;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const refusal: ScriptedReply = {
  status: 401,
  errorMessage: 'Incorrect API key provided: sk-wrong-0123456789abcdef.',
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requests: SeenRequest[],
  nextReply: () => ScriptedReply,
): Promise<void> {
  // A client of the protocol sends this form.
  const body = JSON.parse(await readBody(request)) as ChatRequest;
  const { authorization } = request.headers;
  const seen: SeenRequest = { path: request.url ?? '', authorization, body, wasAborted: false };
  requests.push(seen);
  const gone = new AbortController();
  response.on('close', () => {
    seen.wasAborted = !response.writableFinished;
    gone.abort();
  });
  const reply = nextReply();
  await hold(reply, 0, gone.signal);
  if (reply.status !== undefined) sendError(response, reply, reply.status);
  else if (body.stream === true) await stream(response, reply, body, gone.signal);
  else sendWhole(response, reply, body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}

function sendError(response: ServerResponse, reply: ScriptedReply, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json', ...reply.headers });
  response.end(JSON.stringify(errorOf(reply)));
}

function errorOf({ errorMessage = 'It went wrong.' }: ScriptedReply): object {
  return { error: { message: errorMessage, type: 'server_error', code: null, param: null } };
}

function sendWhole(response: ServerResponse, reply: ScriptedReply, body: ChatRequest): void {
  response.writeHead(200, { 'content-type': 'application/json', ...reply.headers });
  const message = {
    role: 'assistant',
    content: textOf(reply, body).join(''),
    ...(reply.toolCalls && { tool_calls: reply.toolCalls.map((call) => toolCall(call)) }),
  };
  const choices = [{ index: 0, message, finish_reason: finishReasonOf(reply) }];
  response.end(
    JSON.stringify({ ...envelope(body), object: 'chat.completion', choices, ...usageOf(reply) }),
  );
}

async function stream(
  response: ServerResponse,
  reply: ScriptedReply,
  body: ChatRequest,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...reply.headers });
  let written = Promise.resolve();
  const send = (value: unknown): void => {
    written = new Promise((resolve) => {
      response.write(`data: ${JSON.stringify(value)}\n\n`, () => resolve());
    });
  };
  const { breakAfter } = reply;
  let sent = 0;
  for (const delta of deltasOf(reply, body)) {
    if (signal.aborted) return;
    if (sent === breakAfter?.chunks) break;
    send(chunkOf(body, delta, null));
    sent += 1;
    await hold(reply, sent, signal);
  }
  if (breakAfter?.by === 'drop') {
    await written; // after everything already written
    response.destroy();
    return;
  }
  if (breakAfter?.by === 'hang') {
    response.flushHeaders();
    return;
  }
  if (breakAfter?.by === 'error') send(errorOf(reply));
  else send({ ...chunkOf(body, {}, finishReasonOf(reply)), ...usageOf(reply) });
  response.end('data: [DONE]\n\n');
}

function deltasOf(reply: ScriptedReply, body: ChatRequest): object[] {
  const texts = reply.toolCalls && reply.text === undefined ? [] : textOf(reply, body);
  return [
    ...(reply.reasoning ?? []).map((text) => ({ role: 'assistant', reasoning_content: text })),
    ...texts.map((content) => ({ role: 'assistant', content })),
    ...(reply.toolCalls ?? []).flatMap((call, index) => toolDeltas(call, index)),
  ];
}

function toolDeltas(call: ScriptedToolCall, index: number): object[] {
  const pieces = call.input.match(/.{1,5}/gs) ?? [];
  const first = { index, ...toolCall({ ...call, input: '' }) };
  const rest = pieces.map((piece) => ({ index, function: { arguments: piece } }));
  return [first, ...rest].map((delta) => ({ tool_calls: [delta] }));
}

function toolCall({ id, name, input }: ScriptedToolCall): object {
  return { id, type: 'function', function: { name, arguments: input } };
}

function textOf(
  { text = ['Hello', ' world', '.'] }: ScriptedReply,
  body: ChatRequest,
): readonly string[] {
  return typeof text === 'function' ? text(body) : text;
}

function finishReasonOf({ toolCalls }: ScriptedReply): string {
  return toolCalls ? 'tool_calls' : 'stop';
}

function usageOf({ usage }: ScriptedReply): object {
  return { usage: usage ?? { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } };
}

function envelope({ model }: ChatRequest): object {
  return { id: 'chatcmpl-1', created: 1_700_000_000, model };
}

function chunkOf(body: ChatRequest, delta: object, finishReason: string | null): object {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return { ...envelope(body), object: 'chat.completion.chunk', choices };
}

async function hold(reply: ScriptedReply, sent: number, gone: AbortSignal): Promise<void> {
  const held = reply.hold?.(sent);
  if (held === undefined || gone.aborted) return;
  await Promise.race([held, new Promise((resolve) => gone.addEventListener('abort', resolve))]);
}
