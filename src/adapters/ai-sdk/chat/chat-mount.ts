import type { Responder } from '../../../api/responder.ts';
import type { JsonValue } from '../../../shared/json.ts';
import type { Store } from '../../../store/store.ts';
import type { ChatIdentity, ChatLifetime, ChatSettings, HoldChatTail } from './chat-settings.ts';
import { createChatRoutes } from './chat-routes.ts';

export interface ChatMountOptions extends ChatSettings {
  readonly store: Store;
  /** Default: a model or agent of the store's configuration. */
  readonly responder?: Responder;
}

/** What the server passes to what is mounted in it. */
export interface ChatMountCall {
  readonly requestId: string;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal | undefined;
  /** Default: the caller's credential does not end. */
  readonly lifetime?: ChatLifetime | undefined;
  /** Default: streams are not counted. */
  readonly holdTail?: HoldChatTail | undefined;
  readJson(): Promise<JsonValue | undefined>;
}

/**
 * A chat behind a server's own authentication, guard, limits and log: one of the `mounts` of
 * `serve`.
 */
export interface ChatMount {
  readonly path: string;
  handler(request: Request, identity: ChatIdentity, call: ChatMountCall): Promise<Response>;
}

/**
 * The chat of `createChatHandler`, to mount in Skein's own server. It does not need the AI SDK.
 *
 * @example
 * const server = await serve({ store, port: 0, mounts: [createChatMount({ store })] });
 */
export function createChatMount(options: ChatMountOptions): ChatMount {
  const { store, responder } = options;
  const routes = createChatRoutes(options, responder);
  return {
    path: routes.basePath,
    handler: (request, identity, call) =>
      routes.answer({
        ...call,
        method: request.method,
        url: new URL(request.url),
        ifMatch: request.headers.get('if-match'),
        project: store.as(identity),
      }),
  };
}
