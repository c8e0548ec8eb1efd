import { Hono, type Context } from 'hono';
import { serverEndpoints } from '../api/operations/server.ts';
import { pathTo } from '../protocol/path.ts';
import { MethodNotAllowedError } from '../protocol/method-not-allowed-error.ts';
import { SkeinError } from '../shared/error.ts';
import { empty } from './plain-response.ts';
import { FetchRequest, toResponse, type FetchEnvironment } from './fetch-adapter.ts';
import { respondFromMount, type Mount } from './mount.ts';
import type { Route } from './route.ts';
import { runAction } from './run-action.ts';
import { createRunner, type Respond } from './run-request.ts';
import type { ServerContext } from './server-context.ts';

interface AppOptions {
  readonly routes: readonly Route[];
  readonly mounts: readonly Mount[];
  /** Aborts when the server stops. */
  readonly signal: AbortSignal | undefined;
}

type App = Hono<FetchEnvironment>;

/** The router of a server: its routes, and an error response for everything else. */
export function createApp(server: ServerContext, { routes, mounts, signal }: AppOptions): App {
  const app: App = new Hono();
  for (const route of routes) {
    app.on(
      route.method,
      patternOf(route, server),
      handlerOf(server, route.method, route.path, (request) => runAction(route, server, request)),
    );
  }
  // The first match answers, so that `/v1/users/lookup` must stand before `/v1/users/{userId}`.
  const paths = [...new Set(routes.map((route) => route.path))].toSorted(
    (a, b) => parameterCount(a) - parameterCount(b),
  );
  for (const path of paths) addOtherMethods(app, server, routes, path);
  for (const mount of mounts) {
    const handler = handlerOf(server, 'ANY', mount.path, (request) =>
      respondFromMount(mount, server, request, signal),
    );
    app.all(server.basePath + mount.path, handler);
    app.all(`${server.basePath}${mount.path}/*`, handler);
  }
  app.notFound(
    handlerOf(server, 'ANY', 'unknown', () => {
      throw new SkeinError(
        'not_found',
        `There is no resource at this path. The documentation is at ${pathTo(serverEndpoints.getDocumentation, {})}.`,
      );
    }),
  );
  return app;
}

type Handler = (context: Context<FetchEnvironment>) => Promise<Response>;

function handlerOf(server: ServerContext, method: string, path: string, respond: Respond): Handler {
  const run = createRunner(server, method, path, respond);
  return async (context) => {
    const request = new FetchRequest(context);
    return toResponse(await run(request), request.requestId);
  };
}

function patternOf(route: Pick<Route, 'path'>, { basePath }: ServerContext): string {
  return basePath + route.path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function parameterCount(path: Route['path']): number {
  return path.split('{').length - 1;
}

/**
 * OPTIONS lists the methods of a path, and so does the response to any other method that it lacks.
 */
function addOtherMethods(
  app: App,
  server: ServerContext,
  routes: readonly Route[],
  path: Route['path'],
): void {
  const offered = new Set<string>(
    routes.filter((route) => route.path === path).map(({ method }) => method),
  );
  const allow = [...offered, ...(offered.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const pattern = patternOf({ path }, server);
  app.on(
    'OPTIONS',
    pattern,
    handlerOf(server, 'OPTIONS', path, () => empty(204, { allow })),
  );
  const refuse: Respond = ({ method }) => {
    throw new MethodNotAllowedError(method, allow);
  };
  app.all(pattern, handlerOf(server, 'ANY', path, refuse));
}
