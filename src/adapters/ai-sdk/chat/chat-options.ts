import type { LanguageModel } from 'ai';
import type { Responder } from '../../../api/responder.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Store } from '../../../store/store.ts';
import {
  createResponder,
  type AgentResponderOptions,
  type ModelResponderOptions,
} from '../create-responder.ts';
import type { ChatIdentity, ChatSettings } from './chat-settings.ts';

/** What answers. Without any of them, a model or agent of the store's configuration. */
export type ChatAnswerer =
  | { readonly responder: Responder }
  | (Omit<ModelResponderOptions, 'name'> & { readonly name?: string })
  | (Omit<AgentResponderOptions, 'name'> & { readonly name?: string })
  | { readonly responder?: undefined; readonly model?: undefined; readonly agent?: undefined };

interface HandlerSettings extends ChatSettings {
  /** The largest request body in bytes. Default 16 MiB. */
  readonly bodyBytesMax?: number;
  /** Called with failures whose details the caller does not get, so that they can be logged. */
  readonly onError?: (error: unknown) => void;
}

/** The conversations: of a store, with a function that identifies callers; or of one caller. */
type ChatSource =
  | {
      readonly store: Store;
      /**
       * Default: the user `local` of the project `default`, on a loopback address only, for trying
       * things out.
       */
      readonly identify?: (request: Request) => ChatIdentity | Promise<ChatIdentity>;
    }
  | { readonly project: ProjectApi };

export type ChatHandlerOptions = HandlerSettings & ChatSource & ChatAnswerer;

/** The responder, or `undefined` if a request may choose among those of the store. */
export function responderOf(answerer: ChatAnswerer): Responder | undefined {
  if ('agent' in answerer && answerer.agent !== undefined) {
    const { id } = answerer.agent as { readonly id?: unknown }; // agents of the SDK may have one
    return createResponder({
      ...answerer,
      name: answerer.name ?? (typeof id === 'string' ? id : 'agent'),
    });
  }
  if ('model' in answerer && answerer.model !== undefined) {
    return createResponder({ ...answerer, name: answerer.name ?? nameOf(answerer.model) });
  }
  return 'responder' in answerer ? answerer.responder : undefined;
}

function nameOf(model: LanguageModel): string {
  return typeof model === 'string' ? model : `${model.provider}/${model.modelId}`;
}
