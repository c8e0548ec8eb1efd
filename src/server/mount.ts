import type { JsonValue } from '../shared/json.ts';
import type { Identity, Lifetime } from './auth/authenticator.ts';
import type { ForeignTail } from './live/live-tails.ts';
import { assertCaller, userOfTails } from './run-action.ts';
import { readJsonBody } from './request/body.ts';
import type { IncomingRequest } from './incoming-request.ts';
import type { ForeignResponse } from './run-request.ts';
import type { ServerContext } from './server-context.ts';

/**
 * A handler of another framework, served under a path of its own. A `SkeinError` that it throws
 * becomes a problem document; any other error becomes a server failure.
 */
export interface Mount {
  /** For example `/api/chat`; everything below it belongs to the mount, too. */
  readonly path: string;
  handler(request: Request, identity: Identity, call: MountCall): Promise<Response>;
}

export interface MountCall {
  readonly requestId: string;
  /** Aborts when the server stops; streams must end then. */
  readonly signal: AbortSignal | undefined;
  /** Calls back when the caller's credential ends; streams must end then. */
  readonly lifetime: Lifetime | undefined;
  /**
   * Counts the response among the server's live tails, for one that stays open. Throws
   * `rate_limited` or `unavailable` if there are too many, unless it must not be refused since the
   * request has begun something.
   */
  holdTail(options: { readonly isBounded: boolean }): ForeignTail;
  /** The body, within the server's limit; `undefined` for an empty one. */
  readJson(): Promise<JsonValue | undefined>;
}

/**
 * Authenticates a request and passes it to the mount. Throws errors that must become problem
 * documents.
 */
export async function respondFromMount(
  mount: Mount,
  { authenticator, requestLimits, bodyBytesMax, tails }: ServerContext,
  incoming: IncomingRequest,
  signal: AbortSignal | undefined,
): Promise<ForeignResponse> {
  const { request, source, requestId } = incoming;
  const identify = (): Identity | Promise<Identity> =>
    authenticator.identify(request, source.headers);
  const identity = await (requestLimits?.identify(source, identify) ?? identify());
  assertCaller(identity);
  const user = userOfTails(identity);
  const held: ForeignTail[] = [];
  const call: MountCall = {
    requestId,
    signal,
    lifetime: identity.lifetime,
    readJson: () => readJsonBody(source, bodyBytesMax),
    holdTail: (options) => {
      const tail = tails.hold({ ...options, user }, incoming.signal);
      held.push(tail);
      return tail;
    },
  };
  try {
    const response = await mount.handler(request, identity, call);
    response.headers.set('x-request-id', requestId);
    return { kind: 'foreign', status: response.status, response };
  } catch (error) {
    for (const tail of held) tail.release();
    throw error;
  }
}
