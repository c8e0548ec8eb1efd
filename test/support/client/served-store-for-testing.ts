import { createStore, type Store, type StoreOptions } from '../../../src/store/index.ts';
import { memory } from '../../../src/engines/memory/index.ts';
import { createHandler, type HandlerOptions } from '../../../src/server/index.ts';
import { createClient } from '../../../src/client/create-client.ts';
import type { ClientOptions } from '../../../src/client/client-options.ts';
import type { Item } from '../../../src/api/item.ts';
import type { ProjectApi } from '../../../src/api/project-api.ts';

/** A memory store, its real handler, and clients that call it without a port. */
export interface ServedStore extends AsyncDisposable {
  readonly store: Store;
  /** The same user in process. */
  readonly project: ProjectApi;
  /** The sent requests, as `METHOD /path`. */
  readonly log: string[];
  /**
   * Called before each request: may respond instead of the server, or throw like a broken network.
   */
  intercept:
    | ((request: Request) => Response | undefined | Promise<Response | undefined>)
    | undefined;
  /** Called with each response: may lose it. */
  deliver: ((response: Response, request: Request) => Response | Promise<Response>) | undefined;
  connect(options?: Partial<ClientOptions>): ProjectApi;
}

export async function serveInMemory(
  options: HandlerOptions = {},
  storeOptions: Omit<StoreOptions, 'engine'> = {},
): Promise<ServedStore> {
  const store = await createStore({ engine: memory(), ...storeOptions });
  const handler = createHandler(store, options);
  const served: ServedStore = {
    store,
    project: store.project('default').as({ userId: 'u1' }),
    log: [],
    intercept: undefined,
    deliver: undefined,
    connect: (clientOptions = {}) =>
      createClient({
        baseUrl: 'http://localhost',
        userId: 'u1',
        fetch: (request) => answer(request),
        ...clientOptions,
      }),
    [Symbol.asyncDispose]: () => store.close(),
  };
  const answer = async (request: Request): Promise<Response> => {
    served.log.push(`${request.method} ${new URL(request.url).pathname}`);
    const instead = await served.intercept?.(request);
    const response = instead ?? (await handler(new Request(request)));
    return served.deliver ? served.deliver(response, request) : response;
  };
  return served;
}

/** What `fetch` throws when the connection breaks. */
export function networkError(): TypeError {
  return new TypeError('fetch failed', { cause: new Error('read ECONNRESET') });
}

/** The text of an item's first part; a tombstone has none. */
export function textOf({ parts }: Item): string {
  const text = parts[0]?.text;
  return typeof text === 'string' ? text : 'redacted';
}
