import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, type ChatInit, type UIMessage } from 'ai';
import { memory } from '../../../../../src/engines/memory/index.ts';
import { createStore, type StoreOptions } from '../../../../../src/store/create-store.ts';
import type { Project, Store } from '../../../../../src/store/store.ts';
import { createChatHandler } from '../../../../../src/adapters/ai-sdk/chat/create-chat-handler.ts';
import type { ChatAnswerer } from '../../../../../src/adapters/ai-sdk/chat/chat-options.ts';
import type { ChatSettings } from '../../../../../src/adapters/ai-sdk/chat/chat-settings.ts';

/**
 * A store, a chat handler on it, and clients of the AI SDK that call the handler without a network.
 */
export interface ChatKit extends AsyncDisposable {
  readonly store: Store;
  readonly owner: ReturnType<Project['as']>;
  /** Calls the handler as `userId`, default `u1`. */
  ask(path: string, init?: RequestInit & { readonly userId?: string }): Promise<Response>;
  post(body: unknown, userId?: string): Promise<Response>;
  /** The messages of a thread as a freshly loaded page gets them. */
  messages(threadId: string): Promise<UIMessage[]>;
  chat(
    init: ChatInit<UIMessage> & { readonly id: string; readonly userId?: string },
  ): Chat<UIMessage>;
}

export async function openChatKit(
  options: ChatSettings &
    ChatAnswerer & {
      readonly storeOptions?: Partial<StoreOptions>;
      readonly bodyBytesMax?: number;
    },
): Promise<ChatKit> {
  const store = await createStore({ engine: memory(), ...options.storeOptions });
  const handler = createChatHandler({
    ...options,
    store,
    identify: (request) => ({
      projectId: 'default',
      userId: request.headers.get('x-user') ?? 'u1',
    }),
  });
  const ask: ChatKit['ask'] = (path, { userId = 'u1', ...init } = {}) => {
    const headers = new Headers(init.headers);
    headers.set('x-user', userId);
    return handler(new Request(new URL(path, 'http://localhost'), { ...init, headers }));
  };
  const fetchAs =
    (userId: string): typeof fetch =>
    (input, init) =>
      ask(String(input), { ...init, userId });
  return {
    store,
    ask,
    owner: store.project('default').as({ userId: 'u1' }),
    post: (body, userId = 'u1') =>
      ask('/api/chat', {
        method: 'POST',
        userId,
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    messages: async (threadId) => {
      const answer = await ask(`/api/chat/${threadId}/messages`);
      // As listMessages returns them.
      return ((await answer.json()) as { messages: UIMessage[] }).messages;
    },
    chat: ({ userId = 'u1', ...init }) =>
      new Chat({ ...init, transport: new DefaultChatTransport({ fetch: fetchAs(userId) }) }),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

export function userMessage(id: string, text: string): UIMessage {
  return { id, role: 'user', parts: [{ type: 'text', text }] };
}

export function textIn(message: UIMessage | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}
