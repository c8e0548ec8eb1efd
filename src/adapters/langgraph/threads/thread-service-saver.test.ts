import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/create-store.ts';
import {
  createThreadService,
  MessageHistorySchema,
  SkeinSaver,
  ThreadListResponseSchema,
} from '../index.ts';

const ada = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0a01';
const threadId = '6f1f5c1e-0b0a-4c39-9a57-000000000001';

test('what a graph says on SkeinSaver is a conversation', async () => {
  await using store = await createStore({ engine: memory() });
  const saver = new SkeinSaver({ store });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('tool', () => ({ messages: [new ToolMessage({ content: 'x', tool_call_id: 't' })] }))
    .addNode('model', () => ({ messages: [new AIMessage('Certainly.')] }))
    .addEdge(START, 'tool')
    .addEdge('tool', 'model')
    .compile({ checkpointer: saver });
  const text = 'The quick brown fox jumps over the lazy dog, and then once more.';
  const config = { configurable: { thread_id: threadId, userId: ada } };
  await graph.invoke({ messages: [new HumanMessage({ content: text, id: 'm1' })] }, config);
  for (const service of [createThreadService(saver), createThreadService(store)]) {
    const list = ThreadListResponseSchema.parse(await service.listThreads(ada));
    expect(list.threads).toMatchObject([
      {
        threadId,
        userId: ada,
        title: text.slice(0, 50),
        lastMessage: 'Certainly.',
        lastMessageRole: 'assistant',
        messageCount: 2,
      },
    ]);
    const { messages } = MessageHistorySchema.parse(await service.getHistory(threadId));
    expect(messages[0]?.id).toBe('m1');
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', text],
      ['assistant', 'Certainly.'],
    ]);
  }
});
