import type { WebSocket } from 'ws';
import type { LiveChannel } from '../../api/live.ts';
import { check } from '../../protocol/check.ts';
import { encodeChannelMessage, type ChannelMessage } from '../../protocol/channel-events.ts';
import { channelRequest, type ChannelRequest } from '../../protocol/schemas/channel-requests.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { loggableError } from '../../shared/loggable-error.ts';
import type { Identity } from '../auth/authenticator.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { HeaderSource } from '../request/request-source.ts';
import { assertCaller, userOfTails } from '../run-action.ts';
import type { ServerContext } from '../server-context.ts';
import type { ForeignTail } from './live-tails.ts';

/** Who has asked for the connection, as far as the request says. */
export interface Handshake {
  readonly request: IncomingRequest;
  readonly identity: Identity;
  /** Among the tails of the server, until it is open and counts as one itself. */
  readonly slot: ForeignTail;
}

/**
 * A client that follows threads over a WebSocket.
 *
 * States: `waiting` (for `auth`) → `opening` → `open` → `over`; a caller whom the request names
 * begins `opening`, unless its first message is `auth`. Invariants: while it is not open, at most
 * `earlyMax` messages wait; what is sent is awaited, so that a client which does not read is
 * noticed; whatever ends it, it closes once.
 */
export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #context: ServerContext;
  readonly #request: IncomingRequest;
  readonly #slot: ForeignTail;
  #identity: Identity;
  #state: 'waiting' | 'opening' | 'open' | 'over' = 'waiting';
  #channel: LiveChannel | undefined;
  readonly #early: ChannelRequest[] = [];
  #faults = 0;
  #authTimer: ReturnType<typeof setTimeout> | undefined;
  /** A ping has been sent that the client has not answered. */
  #isPinged = false;
  #isExpired = false;
  readonly #gone = new AbortController();

  constructor(socket: WebSocket, context: ServerContext, { request, identity, slot }: Handshake) {
    this.#socket = socket;
    this.#context = context;
    this.#request = request;
    this.#identity = identity;
    this.#slot = slot;
  }

  start(): void {
    const socket = this.#socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#hear(data, isBinary));
    socket.on('pong', () => void (this.#isPinged = false));
    socket.on('error', () => socket.terminate()); // broken frames: it has said so to the client
    socket.on('close', () => this.#leave());
    this.#authTimer = setTimeout(() => {
      if (this.#identity.userId !== undefined) this.#open();
      else this.#close(closeCodes.unauthenticated, 'Send {"type":"auth","token":…} first.');
    }, authMsMax);
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (this.#state === 'over') return;
    try {
      const request = parseRequest(data, isBinary);
      const { requestLimits } = this.#context;
      if (request.type !== 'auth') requestLimits?.admit(this.#identity, this.#request.source);
      this.#take(request);
      this.#faults = 0;
    } catch (error) {
      this.#refuse(error);
    }
  }

  #take(request: ChannelRequest): void {
    if (request.type === 'auth') return this.#authenticate(request);
    if (this.#state === 'open') return this.#act(request);
    if (this.#state === 'waiting' && this.#identity.userId === undefined) {
      throw new SkeinError('unauthenticated', 'The first message must be auth.');
    }
    if (this.#early.length >= earlyMax) throw invalid('type', 'Wait for ready, then send more.');
    this.#early.push(request);
    if (this.#state === 'waiting') this.#open();
  }

  #act(request: ChannelRequest): void {
    if (request.type === 'subscribe') this.#channel?.subscribe(request.threads ?? []);
    else if (request.type === 'unsubscribe') this.#channel?.unsubscribe(request.ids);
  }

  #authenticate({ token, userId }: Extract<ChannelRequest, { type: 'auth' }>): void {
    if (this.#state !== 'waiting')
      throw invalid('type', 'auth is only possible as the first message');
    this.#state = 'opening';
    clearTimeout(this.#authTimer);
    const headers = withCredential(this.#request.source.headers, token, userId);
    this.#identify(headers).then(
      (identity) => {
        this.#identity = identity;
        this.#open();
      },
      (error: unknown) => {
        this.#refuse(error);
        this.#close(closeCodes.unauthenticated, 'The credential is not valid.');
      },
    );
  }

  async #identify(headers: HeaderSource): Promise<Identity> {
    const { authenticator, requestLimits } = this.#context;
    const { source, request: handshake } = this.#request;
    const request = withAuthorization(handshake, headers);
    const identify = (): Identity | Promise<Identity> => authenticator.identify(request, headers);
    const identity = requestLimits
      ? await requestLimits.identify(source, identify)
      : await identify();
    assertCaller(identity);
    return identity;
  }

  #open(): void {
    if (this.#state === 'over') return;
    this.#state = 'opening';
    clearTimeout(this.#authTimer);
    this.#run().catch((error: unknown) => {
      const isOurs = error instanceof SkeinError;
      if (!isOurs) {
        this.#context.logger?.error({ err: loggableError(error) }, 'A live socket failed.');
      }
      this.#refuse(error);
      const isMany = isOurs && error.code === 'rate_limited';
      this.#close(isMany ? closeCodes.tooMany : closeCodes.tryLater, 'Try again later.');
    });
  }

  /** Resolves when the events have ended. */
  async #run(): Promise<void> {
    const { tails } = this.#context;
    const { lifetime } = this.#identity;
    this.#slot.release();
    const body = await tails.open<ChannelMessage>(
      (signal) => this.#events(signal),
      encodeChannelMessage,
      this.#gone.signal,
      {
        user: userOfTails(this.#identity),
        cut: () => this.#socket.terminate(),
        alive,
        lifetime:
          lifetime &&
          ((onEnd) =>
            lifetime(() => {
              this.#isExpired = true;
              onEnd();
            })),
      },
    );
    for await (const message of body) await this.#send(message);
    if (this.#isExpired) this.#close(closeCodes.unauthenticated, 'The credential has ended.');
    else this.#close(closeCodes.goingAway, 'The server stops.');
  }

  async *#events(signal: AbortSignal): AsyncGenerator<ChannelMessage, void, undefined> {
    const { userId } = this.#identity;
    this.#channel = this.#context.store.as(this.#identity).live({ signal });
    this.#state = 'open';
    yield { type: 'ready', ...(userId !== undefined && { userId }) };
    for (const request of this.#early.splice(0)) {
      try {
        this.#act(request);
      } catch (error) {
        this.#refuse(error);
      }
    }
    yield* this.#channel;
  }

  /** Resolves when the socket has taken the message, or will take none any more. */
  async #send(message: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (message === alive) {
      if (this.#isPinged) socket.terminate();
      this.#isPinged = true;
      socket.ping();
    }
    await new Promise<void>((resolve) => socket.send(message, { binary: false }, () => resolve()));
  }

  /** Tells the client what it has done wrong. */
  #refuse(error: unknown): void {
    const isOurs = error instanceof SkeinError && error.code !== 'internal';
    const code = isOurs ? error.code : 'internal';
    const detail = isOurs ? error.message.slice(0, detailLengthMax) : 'The server failed.';
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    socket.send(encodeChannelMessage({ type: 'error', code, detail }));
    this.#faults++;
    if (socket.bufferedAmount > bufferedMax) socket.terminate();
    else if (this.#faults >= faultsMax) this.#close(closeCodes.faults, 'Too many faulty messages.');
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#leave();
    setTimeout(() => this.#socket.terminate(), closeMsMax).unref();
  }

  #leave(): void {
    this.#state = 'over';
    clearTimeout(this.#authTimer);
    this.#gone.abort();
  }
}

const authMsMax = 5000;
const earlyMax = 20;
const faultsMax = 20;
const detailLengthMax = 1000;
const bufferedMax = 1024 * 1024;
/** How long a client has to answer a close. */
const closeMsMax = 1000;

/** Why the server closes a connection; those from 4000 on are its own. */
const closeCodes = {
  goingAway: 1001,
  tryLater: 1013,
  faults: 4400,
  unauthenticated: 4401,
  tooMany: 4429,
} as const;

const alive = new TextEncoder().encode(encodeChannelMessage({ type: 'alive' }));

function parseRequest(data: Buffer, isBinary: boolean): ChannelRequest {
  if (isBinary) throw invalid('', 'A message must be JSON text, not binary.');
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid('', 'A message must be JSON.');
    throw error;
  }
  return check(channelRequest, value);
}

/** The headers of the handshake with what a browser cannot put there. */
function withCredential(
  headers: HeaderSource,
  token: string | undefined,
  userId: string | undefined,
): HeaderSource {
  return {
    get(name) {
      if (name === 'authorization' && token !== undefined) return `Bearer ${token}`;
      if (name === 'x-user-id' && userId !== undefined) return userId;
      return headers.get(name);
    },
  };
}

/** The same for hosts, which get a request. */
function withAuthorization(request: Request, headers: HeaderSource): Request {
  const copy = new Headers(request.headers);
  const authorization = headers.get('authorization');
  if (authorization !== null) copy.set('authorization', authorization);
  return new Request(request.url, { headers: copy });
}
