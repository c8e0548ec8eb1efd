/**
 * A LangGraph agent on a Skein store. It calls a tool, waits for a person, and continues after the
 * store is reopened, from nothing but the thread's id. The model is a script, so it needs no key.
 */
import { AIMessage, HumanMessage, type BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import {
  Command,
  END,
  interrupt,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { randomUUID } from 'node:crypto';
import { createStore } from 'skein';
import { createThreadService, SkeinSaver } from 'skein/adapters/langgraph';
import { lsm } from 'skein/engines/lsm';
import { z } from 'zod';

const path = process.argv[2] ?? './data';
const userId = '0b6f1a52-5d0e-4c57-8f1c-1f6a4f7f1d11';
const config = { configurable: { thread_id: randomUUID(), userId } };

const bookTable = tool(
  ({ place, people }) => {
    const answer: unknown = interrupt({ question: `Book a table for ${people} at ${place}?` });
    return answer === 'yes' ? `Booked for ${people} at ${place}.` : 'Not booked.';
  },
  {
    name: 'book_table',
    description: 'Books a table; a person has to agree.',
    schema: z.object({ place: z.string(), people: z.number() }),
  },
);

/** Replace it by a real model: `model.bindTools([bookTable]).invoke(messages)`. */
function model(messages: readonly BaseMessage[]): AIMessage {
  const last = messages.at(-1);
  if (last?.type === 'tool') return new AIMessage(`Done. ${last.text}`);
  const args = { place: 'Chez Ada', people: 2 };
  const call = { id: 'call_1', name: 'book_table', args, type: 'tool_call' as const };
  return new AIMessage({ content: 'Let me book that.', tool_calls: [call] });
}

const agent = new StateGraph(MessagesAnnotation)
  .addNode('model', ({ messages }) => ({ messages: [model(messages)] }))
  .addNode('tools', new ToolNode([bookTable]))
  .addEdge(START, 'model')
  .addConditionalEdges('model', ({ messages }) => {
    const last = messages.at(-1);
    return last instanceof AIMessage && last.tool_calls?.length ? 'tools' : END;
  })
  .addEdge('tools', 'model');

{
  await using store = await createStore({ engine: lsm({ path }) });
  const graph = agent.compile({ checkpointer: new SkeinSaver({ store }) });
  const messages = [new HumanMessage('A table for two, please.')];
  await graph.invoke({ messages }, config);
  const { tasks } = await graph.getState(config);
  console.log('waiting:', tasks[0]?.interrupts[0]?.value);
}
{
  // As after a restart: the store is reopened, and it holds everything the agent needs.
  await using store = await createStore({ engine: lsm({ path }) });
  const graph = agent.compile({ checkpointer: new SkeinSaver({ store }) });
  const { messages } = await graph.invoke(new Command({ resume: 'yes' }), config);
  console.log('answer:', messages.at(-1)?.text);

  const { threads } = await createThreadService(store).listThreads(userId);
  console.log('thread:', threads[0]?.title, '·', threads[0]?.lastMessage);
}
console.log(`skein show ${config.configurable.thread_id} --user ${userId} --data ${path}`);
