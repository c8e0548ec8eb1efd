import type { Store } from '../store/store.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { LiveTails } from './live/live-tails.ts';
import type { Logger } from './logger.ts';
import type { RequestLimits } from './request-limits.ts';
import type { Metrics } from './metrics.ts';

/** The state that all requests of one handler share. */
export interface ServerContext {
  readonly store: Store;
  readonly authenticator: Authenticator;
  /** Absent: any number of requests. */
  readonly requestLimits: RequestLimits | undefined;
  readonly logger: Logger | undefined;
  readonly metrics: Metrics;
  readonly tails: LiveTails;
  readonly basePath: string;
  readonly id: string | undefined;
  readonly bodyBytesMax: number;
  /** The OpenAPI document and the documentation page, built on first use. */
  readonly documents: ServerDocuments;
}

export interface ServerDocuments {
  openApi(): string;
  page(origin: string): string;
}

/** A function from requests to responses, as `createHandler` makes it. */
export type Handler = (request: Request) => Promise<Response>;

const contexts = new WeakMap<Handler, ServerContext>();

/** Remembers the state behind a handler, for what it serves besides requests. */
export function withContext<H extends Handler>(handler: H, context: ServerContext): H {
  contexts.set(handler, context);
  return handler;
}

/** Throws a `TypeError` for a function that `createHandler` has not made. */
export function contextOf(handler: Handler): ServerContext {
  const context = contexts.get(handler);
  if (context === undefined) throw new TypeError('handler must be what createHandler returned');
  return context;
}
