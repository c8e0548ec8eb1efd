/**
 * The AI SDK on the store: UI messages and items, the model's view of a thread, models and agents
 * that answer turns, and their configuration.
 * @module
 */
export { createChatHandler } from './chat/create-chat-handler.ts';
export {
  createChatMount,
  type ChatMount,
  type ChatMountCall,
  type ChatMountOptions,
} from './chat/chat-mount.ts';
export type { ChatAnswerer, ChatHandlerOptions } from './chat/chat-options.ts';
export type { ChatIdentity, ChatSettings } from './chat/chat-settings.ts';
export {
  createResponder,
  type AgentLike,
  type AgentResponderOptions,
  type ModelResponderOptions,
  type ResponderOptions,
} from './create-responder.ts';
export type { ResponderTimeouts } from './model-watch.ts';
export { createDemoResponders, type DemoOptions } from './demo-responders.ts';
export { toModelMessages, type ModelItem, type ModelMessagesOptions } from './model-messages.ts';
export {
  fromUIMessages,
  toUIMessages,
  type MessageItem,
  type MessageNewItem,
} from './ui-messages.ts';
