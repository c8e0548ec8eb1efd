import type { LanguageModel } from 'ai';
import type { Responder } from '../../../domain/runs/responder.ts';
import type { RunPolicy } from '../../../domain/runs/run.ts';
import type { NewThread } from '../../../domain/threads/thread.ts';
import type { ProjectApi } from '../../../domain/project-api.ts';
import type { Store } from '../../../store/store.ts';
import {
  createResponder,
  type AgentResponderOptions,
  type ModelResponderOptions,
} from '../create-responder.ts';

/** Who asks: as everywhere, nobody without a `userId` is anonymous. */
export interface ChatIdentity {
  readonly projectId: string;
  readonly userId?: string;
}

/** What is the same whoever answers and whoever mounts the chat. */
export interface ChatSettings {
  /** Where the chat is mounted, without a slash at the end. Default `/api/chat`, which `useChat` asks. */
  readonly basePath?: string;
  /** What a message does while an answer is being made. Default: the thread's own policy, else 409. */
  readonly policy?: RunPolicy;
  /** What a thread is made with that begins with its first message. */
  readonly newThread?: Omit<NewThread, 'id' | 'items'>;
  /** Messages of a page of `GET …/{id}/messages`, where the request names no limit. Default 100. */
  readonly messagesPerPage?: number;
  /** A stream that is silent gets a comment so often, for proxies. Default 15,000. */
  readonly commentIntervalMs?: number;
}

/** Who answers. With none of them, a model or agent that the store is configured with. */
export type ChatAnswerer =
  | { readonly responder: Responder }
  | (Omit<ModelResponderOptions, 'name'> & { readonly name?: string })
  | (Omit<AgentResponderOptions, 'name'> & { readonly name?: string })
  | { readonly responder?: undefined; readonly model?: undefined; readonly agent?: undefined };

interface HandlerSettings extends ChatSettings {
  /** Default 16 MiB. */
  readonly bodyBytesMax?: number;
  /** Hears of failures that the caller learns nothing about but that there was one, to log them. */
  readonly onError?: (error: unknown) => void;
}

/** Whose conversations: of a store, with who asks; or of one caller. */
type ChatSource =
  | {
      readonly store: Store;
      /** Default: the user `local` of the project `default`, for trying things out on one's own machine. */
      readonly identify?: (request: Request) => ChatIdentity | Promise<ChatIdentity>;
    }
  | { readonly project: ProjectApi };

export type ChatHandlerOptions = HandlerSettings & ChatSource & ChatAnswerer;

export type ChatMountOptions = ChatSettings & ChatAnswerer & { readonly store: Store };

/** The one who answers, or `undefined` where a request may choose among those of the store. */
export function responderOf(answerer: ChatAnswerer): Responder | undefined {
  if ('agent' in answerer && answerer.agent !== undefined) {
    const { id } = answerer.agent as { readonly id?: unknown }; // agents of the SDK may have one
    return createResponder({ ...answerer, name: answerer.name ?? String(id ?? 'agent') });
  }
  if ('model' in answerer && answerer.model !== undefined) {
    return createResponder({ ...answerer, name: answerer.name ?? nameOf(answerer.model) });
  }
  return 'responder' in answerer ? answerer.responder : undefined;
}

function nameOf(model: LanguageModel): string {
  return typeof model === 'string' ? model : `${model.provider}/${model.modelId}`;
}
