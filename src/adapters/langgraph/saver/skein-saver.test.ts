import { HumanMessage, AIMessage, RemoveMessage, SystemMessage } from '@langchain/core/messages';
import {
  MessagesAnnotation,
  REMOVE_ALL_MESSAGES,
  START,
  StateGraph,
  type StateSnapshot,
} from '@langchain/langgraph';
import { emptyCheckpoint, uuid6, type Checkpoint } from '@langchain/langgraph-checkpoint';
import { MemoryLevel } from 'memory-level';
import { expect, test } from 'vitest';
import { lsm } from '../../../engines/lsm/index.ts';
import { memory } from '../../../engines/memory/index.ts';
import { createStore, type Store, type StoreProjectApi } from '../../../store/index.ts';
import { SkeinSaver, type SkeinSaverOptions } from './skein-saver.ts';

interface Kit extends AsyncDisposable {
  readonly store: Store;
  readonly saver: SkeinSaver;
  readonly ada: StoreProjectApi;
}

async function openKit(options: Partial<SkeinSaverOptions> = {}): Promise<Kit> {
  const store = await createStore({ engine: memory() });
  const saver = new SkeinSaver({ store, userId: 'ada', ...options });
  const ada = store.project('default').as({ userId: 'ada' });
  return { store, saver, ada, [Symbol.asyncDispose]: () => store.close() };
}

/** A chat whose model repeats the last message in capitals. */
function chat(saver: SkeinSaver) {
  return new StateGraph(MessagesAnnotation)
    .addNode('model', ({ messages }) => {
      const text = String(messages.at(-1)?.content).toUpperCase();
      return { messages: [new AIMessage({ id: `a${messages.length}`, content: text })] };
    })
    .addEdge(START, 'model')
    .compile({ checkpointer: saver });
}

function configOf(threadId: string): { configurable: { thread_id: string } } {
  return { configurable: { thread_id: threadId } };
}

async function textsOf({ ada }: Kit, threadId: string): Promise<string[]> {
  const { data } = await ada.items.list(threadId);
  return data.map(({ role, parts }) => `${role}: ${String(parts[0]?.text)}`);
}

test('a graph thread is a thread with a title, a preview and its messages as items', async () => {
  await using kit = await openKit();
  const graph = chat(kit.saver);
  await graph.invoke(
    { messages: [new HumanMessage({ id: 'h1', content: 'Plan a trip' })] },
    configOf('t1'),
  );
  await graph.invoke({ messages: [{ role: 'user', content: 'To Rome' }] }, configOf('t1'));
  expect(await textsOf(kit, 't1')).toEqual([
    'user: Plan a trip',
    'assistant: PLAN A TRIP',
    'user: To Rome',
    'assistant: TO ROME',
  ]);
  const thread = await kit.ada.threads.get('t1');
  expect(thread).toMatchObject({
    ownerId: 'ada',
    title: 'Plan a trip',
    titleSource: 'derived',
    itemCount: 4,
    lastPreview: 'TO ROME',
    lastRole: 'assistant',
  });
  const { data } = await kit.ada.threads.list();
  expect(data.map(({ id }) => id)).toEqual(['t1']);
});

test.each([
  [false, ['assistant: Summary of 4']],
  [true, ['user: One', 'assistant: ONE', 'user: Two', 'assistant: TWO', 'assistant: Summary of 4']],
])('what a summary replaced stays visible if asked for: %s', async (keepRemovedMessages, shown) => {
  await using kit = await openKit({ keepRemovedMessages });
  const graph = chat(kit.saver);
  for (const [id, content] of Object.entries({ h1: 'One', h2: 'Two' })) {
    await graph.invoke({ messages: [new HumanMessage({ id, content })] }, configOf('t'));
  }
  const beforeIt = await graph.getState(configOf('t'));
  await graph.updateState(configOf('t'), {
    messages: [
      new RemoveMessage({ id: REMOVE_ALL_MESSAGES }),
      new AIMessage({ id: 's', content: `Summary of ${beforeIt.values.messages.length}` }),
    ],
  });
  expect(await textsOf(kit, 't')).toEqual(shown);
  expect((await kit.ada.threads.get('t')).lastPreview).toBe('Summary of 4');
  const { values } = await graph.getState(configOf('t'));
  expect(values.messages.map((message: AIMessage) => message.id)).toEqual(['s']);
});

test('what another branch said goes from sight, though removed messages are kept', async () => {
  await using kit = await openKit({ keepRemovedMessages: true });
  const graph = chat(kit.saver);
  await graph.invoke({ messages: [new HumanMessage({ id: 'h1', content: 'One' })] }, configOf('t'));
  const { config } = await graph.getState(configOf('t'));
  await graph.invoke({ messages: [new HumanMessage({ id: 'h2', content: 'Two' })] }, configOf('t'));
  await graph.invoke({ messages: [new HumanMessage({ id: 'h3', content: 'Three' })] }, config);
  const shown = await textsOf(kit, 't');
  expect(shown.toSorted()).toEqual([
    'assistant: ONE',
    'assistant: THREE',
    'user: One',
    'user: Three',
  ]);
});

test('an edited message gets a revision, a removed one is archived, one that returns is shown again', async () => {
  await using kit = await openKit();
  const graph = chat(kit.saver);
  const human = new HumanMessage({ id: 'h1', content: 'One' });
  await graph.invoke({ messages: [human] }, configOf('t'));
  await graph.updateState(configOf('t'), {
    messages: [new HumanMessage({ id: 'h1', content: 'Two' })],
  });
  expect(await textsOf(kit, 't')).toEqual(['user: Two', 'assistant: ONE']);
  expect((await kit.ada.items.list('t', { view: 'log' })).data).toHaveLength(3);
  await graph.updateState(configOf('t'), { messages: [new RemoveMessage({ id: 'a1' })] });
  expect(await textsOf(kit, 't')).toEqual(['user: Two']);
  const removed = (await kit.ada.items.list('t', { view: 'log' })).data;
  expect(removed.map(({ visibility }) => visibility)).toEqual(['visible', 'archived', 'visible']);
  await graph.updateState(configOf('t'), {
    messages: [new AIMessage({ id: 'a1', content: 'ONE' }), new SystemMessage('Be brief')],
  });
  expect(await textsOf(kit, 't')).toEqual(['user: Two', 'assistant: ONE', 'system: Be brief']);
});

test('going back in time shows the messages of the branch that continues', async () => {
  await using kit = await openKit();
  const graph = chat(kit.saver);
  for (const text of ['One', 'Two']) {
    const messages = [new HumanMessage({ id: text, content: text })];
    await graph.invoke({ messages }, configOf('t'));
  }
  let early: StateSnapshot | undefined;
  for await (const state of graph.getStateHistory(configOf('t'))) {
    if (state.values.messages?.length === 2) early = state;
  }
  await graph.invoke(
    { messages: [new HumanMessage({ id: 'h3', content: 'Three' })] },
    early!.config,
  );
  expect(await textsOf(kit, 't')).toEqual([
    'user: One',
    'assistant: ONE',
    'assistant: THREE',
    'user: Three',
  ]);
});

test('threads belong to the user that the config names, and others do not know of them', async () => {
  await using kit = await openKit();
  const graph = chat(kit.saver);
  const input = { messages: [new HumanMessage('Hi')] };
  const config = { configurable: { thread_id: 't', userId: 'bob' } };
  await graph.invoke(input, config);
  expect((await kit.store.operator.threads.get('t')).ownerId).toBe('bob');
  expect((await graph.getState(config)).values.messages).toHaveLength(2);
  expect((await graph.getState(configOf('t'))).values).toEqual({});
  await expect(graph.invoke(input, configOf('t'))).rejects.toMatchObject({ code: 'conflict' });
  // A config that came from the saver keeps its user.
  const { config: found } = await graph.getState(config);
  expect((await graph.getState(found)).values.messages).toHaveLength(2);
  await graph.invoke(input, { configurable: { thread_id: 'u', user_id: 'eve' } });
  expect((await kit.store.operator.threads.get('u')).ownerId).toBe('eve');
});

test('a config that names no user, in whatever way, uses the default user', async () => {
  await using kit = await openKit();
  const input = { messages: [new HumanMessage('Hi')] };
  for (const [i, userId] of [null, '', undefined].entries()) {
    const config = { configurable: { thread_id: `t${i}`, userId, user_id: userId } };
    await chat(kit.saver).invoke(input, config);
    expect((await kit.store.operator.threads.get(`t${i}`)).ownerId).toBe('ada');
    const tuple = await kit.saver.getTuple(config);
    expect(tuple?.config.configurable).not.toHaveProperty('userId');
  }
  const named = { configurable: { thread_id: 'eve', userId: '', user_id: 'eve' } };
  await chat(kit.saver).invoke(input, named);
  expect((await kit.store.operator.threads.get('eve')).ownerId).toBe('eve');
});

test('a deleted thread is not revived by a late write', async () => {
  await using kit = await openKit();
  const config = { configurable: { thread_id: 't', checkpoint_ns: '', userId: 'bob' } };
  const put = (checkpoint: Checkpoint): Promise<unknown> =>
    kit.saver.put(config, checkpoint, { source: 'loop', step: 1, parents: {} }, {});
  const first = emptyCheckpoint();
  await put(first);
  await kit.saver.deleteThread('t');
  await kit.saver.deleteThread('t');
  expect(await kit.saver.getTuple(config)).toBeUndefined();
  await expect(put({ ...emptyCheckpoint(), id: uuid6(1) })).rejects.toMatchObject({
    code: 'conflict',
  });
  const place = { configurable: { ...config.configurable, checkpoint_id: first.id } };
  await expect(kit.saver.putWrites(place, [['a', 1]], 'task')).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await kit.saver.getTuple(place)).toBeUndefined();
});

test('a read sees every put before it, awaited or not', async () => {
  await using kit = await openKit();
  const config = { configurable: { thread_id: 't', checkpoint_ns: '' } };
  const checkpoint = emptyCheckpoint();
  const putting = kit.saver.put(config, checkpoint, { source: 'input', step: -1, parents: {} }, {});
  const place = { configurable: { ...config.configurable, checkpoint_id: checkpoint.id } };
  const writing = kit.saver.putWrites(place, [['a', 1]], 'task');
  const tuple = await kit.saver.getTuple(config);
  expect(tuple?.checkpoint.id).toBe(checkpoint.id);
  expect(tuple?.pendingWrites).toEqual([['task', 'a', 1]]);
  await Promise.all([putting, writing]);
  // Its caller gets the failure.
  const failing = kit.saver.put(
    { configurable: { thread_id: 't', userId: 'bob' } },
    { ...emptyCheckpoint(), id: uuid6(1) },
    { source: 'loop', step: 0, parents: {} },
    {},
  );
  expect((await kit.saver.getTuple(config))?.checkpoint.id).toBe(checkpoint.id);
  await expect(failing).rejects.toMatchObject({ code: 'conflict' });
});

test('many concurrent writes to a thread that does not exist yet all arrive', async () => {
  const store = new MemoryLevel<string, string>({ storeEncoding: 'view' });
  await using kept = await createStore({ engine: lsm({ store }) });
  const saver = new SkeinSaver({ store: kept });
  for (let run = 0; run < 20; run++) {
    const config = { configurable: { thread_id: `t${run}`, checkpoint_ns: '' } };
    const checkpoints = Array.from({ length: 8 }, (_, i) => ({
      ...emptyCheckpoint(),
      id: uuid6(i),
    }));
    await Promise.all(
      checkpoints.flatMap((checkpoint) => {
        const place = { configurable: { ...config.configurable, checkpoint_id: checkpoint.id } };
        return [
          saver.put(config, checkpoint, { source: 'loop', step: 0, parents: {} }, {}),
          saver.putWrites(place, [['a', checkpoint.id]], 'task'),
        ];
      }),
    );
    let count = 0;
    for await (const { pendingWrites } of saver.list(config)) count += pendingWrites?.length ?? 0;
    expect(count).toBe(8);
  }
});
