/**
 * The chat endpoint for the AI SDK's `useChat`. Applications may mount it anywhere; these are the
 * defaults. It speaks a protocol of its own, so it is not a noun and not in the OpenAPI document.
 */
export const chatEndpoints = {
  postMessage: 'POST /api/chat',
  resumeAnswer: 'GET /api/chat/{threadId}/stream',
  stopAnswer: 'POST /api/chat/{threadId}/stop',
  listChatMessages: 'GET /api/chat/{threadId}/messages',
  deleteChatMessage: 'DELETE /api/chat/{threadId}/messages/{messageId}',
} as const;
