import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { emptyCheckpoint, MemorySaver, uuid6 } from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/create-store.ts';
import { doctor } from '../../../store/doctor/doctor.ts';
import {
  createThreadService,
  MessageHistorySchema,
  SkeinSaver,
  ThreadListResponseSchema,
} from '../index.ts';

const ada = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0a01';
const threadId = '6f1f5c1e-0b0a-4c39-9a57-000000000001';

test('the messages of a graph on SkeinSaver are a conversation', async () => {
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

const human = (id: string, content: HumanMessage['content'], extra: object = {}): HumanMessage =>
  new HumanMessage({ id, content, ...extra });
const ai = (id: string, content: AIMessage['content'], extra: object = {}): AIMessage =>
  new AIMessage({ id, content, ...extra });
const system = new SystemMessage({ id: 's', content: 'Be nice.' });
const call = ai('c', '', { tool_calls: [{ id: 'c', name: 'weather', args: {} }] });
const result = new ToolMessage({ id: 'r', content: 'sunny', tool_call_id: 'c' });
const image = { type: 'image_url', image_url: { url: 'data:,' } };
const long = 'Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor '.repeat(
  3,
);
const early = { additional_kwargs: { createdAt: '2020-01-01T00:00:00Z' } };

/** The messages of one state after the other. */
const conversations: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  nothing: [[]],
  'a question and its answer': [[human('1', 'Hi')], [human('1', 'Hi'), ai('2', 'Yo')]],
  'a system prompt': [[system]],
  'a system prompt at the end': [[human('1', 'Hi')], [human('1', 'Hi'), system]],
  'a tool call': [[human('1', 'Hi')], [human('1', 'Hi'), call]],
  'what a tool found': [
    [human('1', 'Hi')],
    [human('1', 'Hi'), call],
    [human('1', 'Hi'), call, result],
  ],
  'a tool after words': [[human('1', 'Hi'), ai('2', 'Well'), result, system]],
  'an answer that a tool follows, edited': [
    [human('1', 'Hi'), ai('2', 'Well'), result],
    [human('1', 'Hi'), ai('2', 'Better'), result],
  ],
  'an answer that a tool follows, removed': [
    [human('1', 'Hi'), ai('2', 'Well'), result],
    [human('1', 'Hi'), result],
  ],
  'nothing but a tool, at last': [[human('1', 'Hi'), result], [result]],
  'an image first': [[human('1', [image]), ai('2', 'Nice'), human('3', 'Describe it')]],
  'an image last': [[human('1', 'Hi'), human('2', [image])]],
  'blocks of text': [
    [human('1', [{ type: 'text', text: 'One' }, image, { type: 'text', text: 'two' }])],
  ],
  'a long question': [[human('1', long)]],
  'blanks around and within': [[human('1', '  a\nb\n\n  c   d  ')]],
  'blanks where the title ends': [[human('1', `${'x'.repeat(49)} y`)]],
  'blanks alone': [[human('1', '  \n '), human('2', 'Then')]],
  'an edited question': [
    [human('1', 'First'), ai('2', 'x')],
    [human('1', 'Other'), ai('2', 'x')],
  ],
  'a removed question': [
    [human('1', 'First'), ai('2', 'x')],
    [ai('2', 'x'), human('3', 'Second')],
  ],
  'times of its own': [
    [human('1', 'a', early), ai('2', 'b', { response_metadata: { created: 1.7e9 } })],
  ],
  'what is no time': [[human('1', 'a', { additional_kwargs: { timestamp: '5' } })]],
};

test.each(Object.entries(conversations))('both services say the same of %s', async (_, states) => {
  await using store = await createStore({ engine: memory() });
  const official = new MemorySaver();
  const place: RunnableConfig = {
    configurable: { thread_id: threadId, userId: ada, checkpoint_ns: '' },
  };
  for (const saver of [official, new SkeinSaver({ store })]) {
    let config = place;
    for (const [step, messages] of states.entries()) {
      const checkpoint = {
        ...emptyCheckpoint(),
        id: uuid6(step),
        ts: new Date(Date.UTC(2026, 0, 1, 0, step)).toISOString(),
        channel_values: { messages },
        channel_versions: { messages: step + 1 },
      };
      const metadata = { source: 'loop' as const, step, parents: {} };
      config = await saver.put(config, checkpoint, metadata, { messages: step + 1 });
    }
  }
  const services = [
    createThreadService(official, { discover: () => [threadId] }),
    createThreadService(store),
  ];
  const [expected, found] = await Promise.all(
    services.map(async (service) => {
      const { threads } = ThreadListResponseSchema.parse(await service.listThreads(ada));
      const { createdAt: _createdAt, updatedAt: _updatedAt, ...entry } = threads[0]!;
      return { entry, messages: (await service.getHistory(threadId)).messages };
    }),
  );
  expect(found).toEqual(expected);
});

test('the last message is what the user or the assistant said last, if it has words', async () => {
  const engine = memory();
  const store = await createStore({ engine });
  const project = store.project('default').as({ userId: ada });
  await project.threads.create([{ id: threadId }]);
  const service = createThreadService(store);
  const last = async (id: string = threadId): Promise<readonly unknown[]> => {
    const { threads } = await service.listThreads(ada);
    const found = threads.find((thread) => thread.threadId === id);
    return [found?.lastMessage, found?.lastMessageRole];
  };
  await project.items.append(threadId, [{ role: 'system', text: 'Be nice.' }]);
  expect(await last()).toEqual(['', 'user']);
  const [said] = await project.items.append(threadId, [
    { role: 'user', text: 'Hi' },
    { role: 'tool', text: 'found' },
  ]);
  expect(await last()).toEqual(['Hi', 'user']);
  await project.items.append(threadId, [{ role: 'tool', text: 'found' }]);
  expect(await last()).toEqual(['Hi', 'user']);
  await project.items.append(threadId, [{ role: 'user', text: 'Edited', replacesId: said!.id }]);
  expect(await last()).toEqual(['Edited', 'user']);
  const [fork] = await project.threads.fork([{ threadId }]);
  expect(await last(fork!.id)).toEqual(['Edited', 'user']);
  await project.items.redact(threadId, [said!.id]);
  expect(await last()).toEqual(['', 'user']);
  await project.items.append(threadId, [
    { role: 'assistant', text: 'Yo' },
    { role: 'tool', text: '1' },
  ]);
  expect(await last()).toEqual(['Yo', 'assistant']);
  await store.close();
  expect((await doctor(engine, { repair: false })).problems).toEqual([]);
});
