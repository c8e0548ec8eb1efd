import type { CallerVerbs } from '../store/nouns.ts';
import type { VersionOptions, WriteOptions } from '../api/write-options.ts';
import { serverEndpoints } from '../api/operations/server.ts';
import { check } from '../protocol/check.ts';
import { pathTo } from '../protocol/path.ts';
import { invalid, SkeinError } from '../shared/error.ts';
import { mustShortText } from '../shared/validate.ts';
import type { JsonValue } from '../shared/json.ts';
import type { PlainResponse } from './plain-response.ts';
import { assertOperator } from './auth/assert-operator.ts';
import type { Identity } from './auth/authenticator.ts';
import type { IncomingRequest } from './incoming-request.ts';
import type { TailReader } from './live/live-tails.ts';
import { readJsonBody } from './request/body.ts';
import { readIdempotencyKey } from './request/headers.ts';
import { mustBeUnconditional, readIfVersions } from './request/preconditions.ts';
import { readQuery, type QueryValues } from './request/query.ts';
import type { HeaderSource } from './request/request-source.ts';
import type { Call } from './call.ts';
import { takesLinkKey, type Route } from './route.ts';
import type { ServerContext } from './server-context.ts';

/**
 * Identifies the caller, validates the request and runs the action. Throws errors that become
 * problem documents.
 */
export async function runAction(
  route: Route,
  server: ServerContext,
  incoming: IncomingRequest,
): Promise<PlainResponse> {
  const identified = identifyWithinLimits(route, server, incoming);
  // Local mode has nothing to wait for.
  const caller = identified instanceof Promise ? await identified : identified;
  const known = route.access === 'server' ? asServer(caller) : caller;
  assertAccess(route, known, incoming.source.headers);
  const { query, linkKey } = checkQuery(route, incoming.url);
  const identity = linkKey === undefined ? known : { ...known, linkKey };
  const body =
    route.body === undefined
      ? undefined
      : checkBody(route.body, await readJsonBody(incoming.source, server.bodyBytesMax));
  if (route.method !== 'GET' && !route.takesIfMatch) mustBeUnconditional(incoming.source.headers);
  const response = await route.action(new CheckedCall(server, incoming, identity, { query, body }));
  return response.kind === 'events'
    ? { ...response, reader: readerOf(identity, incoming) }
    : response;
}

/** A request that has begun a run is not refused its answer. */
function readerOf(identity: Identity, { method, disconnect }: IncomingRequest): TailReader {
  const user = userOfTails(identity);
  return { lifetime: identity.lifetime, user, isBounded: method !== 'POST', cut: disconnect };
}

/** Under which name tails count. Anonymous readers count in all only. */
export function userOfTails({ projectId, userId }: Identity): string | undefined {
  return userId === undefined ? undefined : JSON.stringify([projectId, userId]);
}

/** The probes and the metrics are not counted, nor is the operator, who is on this machine. */
export function identifyWithinLimits(
  route: Pick<Route, 'access' | 'path'>,
  server: ServerContext,
  incoming: IncomingRequest,
): Identity | Promise<Identity> {
  const { requestLimits } = server;
  const isCounted = route.access !== 'operator' && !uncountedPaths.has(route.path);
  if (requestLimits === undefined || !isCounted) return identify(route, server, incoming);
  return requestLimits.identify(incoming.source, () => identify(route, server, incoming));
}

const uncountedPaths: ReadonlySet<string> = new Set(
  [serverEndpoints.getHealth, serverEndpoints.getReadiness, serverEndpoints.getMetrics].map(
    (endpoint) => pathTo(endpoint, {}),
  ),
);

const nobody: Identity = { projectId: 'default' };

function identify(
  { access }: Pick<Route, 'access'>,
  { store, authenticator }: ServerContext,
  { request, source }: IncomingRequest,
): Identity | Promise<Identity> {
  if (access === 'none') return nobody;
  if (access === 'operator') return assertOperator(store.keys, source).then(() => nobody);
  return authenticator.identify(request, source.headers);
}

function assertAccess({ access }: Route, identity: Identity, headers: HeaderSource): void {
  if (access === 'serverKey' || access === 'server') assertServerKey(identity, headers);
  else if (access === 'caller') assertCaller(identity);
}

/** Throws for a server key without a user. */
export function assertCaller({ isServer, userId }: Identity): void {
  if (!isServer || userId !== undefined) return;
  throw new SkeinError(
    'unauthenticated',
    'A server key acts for a user: name the user in the header X-User-Id.',
  );
}

/** Local mode trusts the programs of its machine with everything. */
function asServer(identity: Identity): Identity {
  return identity.isLocal ? { ...identity, isServer: true } : identity;
}

/** In local mode a caller has a name without a credential. */
function assertServerKey(identity: Identity, headers: HeaderSource): void {
  if (identity.isServer) return;
  if (identity.userId === undefined || headers.get('authorization') === null)
    throw new SkeinError('unauthenticated', 'Send a server key as Authorization: Bearer sk_….');
  throw new SkeinError('forbidden', 'Only a server key may do this.');
}

const noParameters = Object.freeze({});

/** The parameters of the route, and what lets readers of an unlisted thread in. */
function checkQuery(
  route: Route,
  url: string,
): { readonly query: unknown; readonly linkKey?: string } {
  if (!url.includes('?')) return { query: noParameters }; // every parameter is optional
  const values = readQuery(url, route.repeats);
  if (!takesLinkKey(route) || values.k === undefined) return { query: checkValues(route, values) };
  const { k, ...others } = values;
  return { query: checkValues(route, others), linkKey: mustShortText(k, 'k') };
}

function checkValues(route: Route, values: QueryValues): unknown {
  if (route.query !== undefined) return check(route.query, values);
  const [unknown] = Object.keys(values);
  if (unknown !== undefined) throw invalid(unknown, 'is not a known parameter');
  return noParameters;
}

function checkBody(body: NonNullable<Route['body']>, value: JsonValue | undefined): unknown {
  return check(body.schema, value ?? emptyBody(body.isOptional));
}

function emptyBody(isOptional = false): JsonValue {
  if (isOptional) return {};
  throw new SkeinError('invalid_request', 'The body is empty: send a JSON object.', {
    issues: [{ path: '', message: 'must not be empty' }],
  });
}

const noVersion: VersionOptions = Object.freeze({});

class CheckedCall implements Call {
  readonly method: string;
  readonly headers: HeaderSource;
  readonly requestId: string;
  readonly identity: Identity;
  readonly query: unknown;
  readonly body: unknown;
  readonly server: ServerContext;
  readonly #incoming: IncomingRequest;

  constructor(
    server: ServerContext,
    incoming: IncomingRequest,
    identity: Identity,
    { query, body }: Pick<Call, 'query' | 'body'>,
  ) {
    this.server = server;
    this.method = incoming.method;
    this.headers = incoming.source.headers;
    this.requestId = incoming.requestId;
    this.identity = identity;
    this.query = query;
    this.body = body;
    this.#incoming = incoming;
  }

  get origin(): string {
    return new URL(this.#incoming.url).origin;
  }

  get project(): CallerVerbs {
    return this.server.store.as(this.identity);
  }

  param(name: string): string {
    return this.#incoming.parameter(name) ?? ''; // the route's path has it, so the router found it
  }

  writeOptions(): WriteOptions {
    const idempotencyKey = readIdempotencyKey(this.headers);
    return idempotencyKey === undefined
      ? { requestId: this.requestId }
      : { requestId: this.requestId, idempotencyKey };
  }

  versionOptions(): VersionOptions {
    const ifVersion = readIfVersions(this.headers);
    return ifVersion === undefined ? noVersion : { ifVersion };
  }
}
