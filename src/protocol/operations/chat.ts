/**
 * The chat that the AI SDK's `useChat` asks for. Applications mount it where they want, this being
 * the default, and it speaks a protocol of its own: so it is no noun, and in no OpenAPI document.
 */
export const chatEndpoints = {
  postMessage: 'POST /api/chat',
  resumeAnswer: 'GET /api/chat/{threadId}/stream',
  stopAnswer: 'POST /api/chat/{threadId}/stop',
  listChatMessages: 'GET /api/chat/{threadId}/messages',
} as const;
