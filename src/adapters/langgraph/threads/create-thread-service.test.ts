import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import {
  emptyCheckpoint,
  MemorySaver,
  uuid6,
  type BaseCheckpointSaver,
} from '@langchain/langgraph-checkpoint';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStore } from '../../../store/create-store.ts';
import type { Store } from '../../../store/store.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import { MessageHistorySchema, ThreadListResponseSchema, type ThreadMetadata } from '../index.ts';
import { createThreadService } from './create-thread-service.ts';
import type { ThreadService } from './thread-service.ts';

const ada = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0a01';
const bob = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0b02';
const idOf = (n: number): string => `6f1f5c1e-0b0a-4c39-9a57-${String(n).padStart(12, '0')}`;

async function expectRefusals(service: ThreadService, threadId: string): Promise<void> {
  const refused = { code: 'invalid_request' };
  await expect(service.listThreads('ada')).rejects.toMatchObject(refused);
  await expect(service.listThreads(ada, { limit: 0 })).rejects.toMatchObject(refused);
  await expect(service.listThreads(ada, { after: 'x' })).rejects.toMatchObject(refused);
  await expect(service.getHistory('thread-1')).rejects.toMatchObject(refused);
  await expect(service.getHistory(threadId, { limit: 1001 })).rejects.toMatchObject(refused);
  await expect(service.getHistory(threadId, { after: 'x' })).rejects.toMatchObject(refused);
  const missing = { code: 'not_found' };
  await expect(service.getHistory(idOf(999))).rejects.toMatchObject(missing);
  await expect(service.getHistory(threadId, { userId: bob })).rejects.toMatchObject(missing);
}

describe.each(enginePlaces)('the thread service on a store on %s', (_engine, createPlace) => {
  async function withStore(
    run: (store: Store, clock: { nowMs: number }) => Promise<void>,
  ): Promise<void> {
    await using place = await createPlace();
    const clock = { nowMs: Date.UTC(2026, 0, 1) };
    await using store = await createStore({ engine: place.open(), clock: () => clock.nowMs });
    await run(store, clock);
  }

  test('lists threads by their heads', () =>
    withStore(async (store, clock) => {
      const project = store.project('default').as({ userId: ada });
      const text = 'The quick brown fox jumps over the lazy dog, and then once more.';
      for (const n of [1, 2, 3]) await project.threads.create([{ id: idOf(n) }]);
      await project.threads.create([{ id: 'not-a-uuid' }]);
      clock.nowMs += 2000;
      const [, first] = await project.items.append(idOf(2), [
        { role: 'system', text: 'Be kind.', visibility: 'hidden' },
        { role: 'user', text },
        { role: 'tool', text: '42' },
        { role: 'assistant', text: 'Certainly.' },
      ]);
      const service = createThreadService(store);
      const list = ThreadListResponseSchema.parse(await service.listThreads(ada));
      expect(list.threads.map(({ threadId }) => threadId)).toEqual([idOf(2), idOf(3), idOf(1)]);
      expect(list).toMatchObject({ total: 3, nextCursor: null });
      expect(list.threads[0]).toEqual({
        threadId: idOf(2),
        userId: ada,
        title: text.slice(0, 50),
        lastMessage: 'Certainly.',
        lastMessageRole: 'assistant',
        messageCount: 2,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:02.000Z',
        isEmpty: false,
      });
      expect(list.threads[1]).toMatchObject({ title: 'New Conversation', isEmpty: true });
      // An edit adds no message; an item that is no longer visible does not count.
      await project.items.append(idOf(2), [
        { role: 'user', text: 'Edited', replacesId: first!.id },
      ]);
      expect((await service.listThreads(ada)).threads[0]).toMatchObject({
        title: 'Edited',
        messageCount: 2,
      });
      await project.items.update(idOf(2), [{ id: first!.id, visibility: 'archived' }]);
      expect((await service.listThreads(ada)).threads[0]?.messageCount).toBe(1);
      await project.items.update(idOf(2), [{ id: first!.id, visibility: 'visible' }]);
      expect((await service.listThreads(ada)).threads[0]?.messageCount).toBe(2);
      await project.items.redact(idOf(2), [first!.id]);
      expect((await service.listThreads(ada)).threads[0]).toMatchObject({
        title: 'New Conversation',
        messageCount: 1,
      });
      const history = await service.getHistory(idOf(2));
      expect(history.messages.map(({ content }) => content)).toEqual(['Certainly.']);
    }));

  test('a fork at the newest item counts as its source', () =>
    withStore(async (store) => {
      const project = store.project('default').as({ userId: ada });
      await project.threads.create([{ id: idOf(1) }]);
      await project.items.append(idOf(1), [
        { role: 'user', text: 'x'.repeat(60) },
        { role: 'tool', text: '1' },
      ]);
      const [fork] = await project.threads.fork([{ threadId: idOf(1) }]);
      await project.items.append(fork!.id, [{ role: 'assistant', text: 'b' }]);
      const { threads } = await createThreadService(store).listThreads(ada);
      const found = threads.find(({ threadId }) => threadId === fork!.id);
      expect(found).toMatchObject({ messageCount: 2, title: 'x'.repeat(50) });
    }));

  test('reads history for the server, or for a user, in pages', () =>
    withStore(async (store, clock) => {
      const project = store.project('default').as({ userId: ada });
      await project.threads.create([{ id: idOf(1) }]);
      for (const n of [1, 2, 3]) {
        clock.nowMs += 1000;
        await project.items.append(idOf(1), [{ role: n % 2 ? 'user' : 'assistant', text: `${n}` }]);
      }
      const service = createThreadService(store);
      const whole = MessageHistorySchema.parse(await service.getHistory(idOf(1)));
      expect(whole.messages).toMatchObject([
        { role: 'user', content: '1', timestamp: '2026-01-01T00:00:01.000Z' },
        { role: 'assistant', content: '2', timestamp: '2026-01-01T00:00:02.000Z' },
        { role: 'user', content: '3', timestamp: '2026-01-01T00:00:03.000Z' },
      ]);
      const first = await service.getHistory(idOf(1), { limit: 2, userId: ada });
      const rest = await service.getHistory(idOf(1), { limit: 2, after: first.nextCursor! });
      expect([...first.messages, ...rest.messages]).toEqual(whole.messages);
      expect(rest.nextCursor).toBeNull();
      const elsewhere = createThreadService(store, { projectId: 'elsewhere' });
      await expect(elsewhere.getHistory(idOf(1))).rejects.toMatchObject({ code: 'not_found' });
      await expectRefusals(service, idOf(1));
    }));

  test('counts up to a bound', () =>
    withStore(async (store) => {
      const project = store.project('default').as({ userId: ada });
      await project.threads.create(Array.from({ length: 130 }, (_, n) => ({ id: idOf(n) })));
      const service = createThreadService(store);
      const seen: string[] = [];
      for (let after: string | null | undefined = ''; typeof after === 'string';) {
        const page = await service.listThreads(ada, { limit: 60, ...(after && { after }) });
        expect(page.total).toBe(130);
        seen.push(...page.threads.map(({ threadId }) => threadId));
        after = page.nextCursor;
      }
      expect(new Set(seen).size).toBe(130);
      expect((await service.listThreads(ada)).threads).toHaveLength(100);
      expect(await service.listThreads(bob)).toEqual({ threads: [], total: 0, nextCursor: null });
    }));
});

const savers: readonly (readonly [name: string, create: () => BaseCheckpointSaver])[] = [
  ['MemorySaver', () => new MemorySaver()],
  ['SqliteSaver', () => SqliteSaver.fromConnString(':memory:')],
];

describe.each(savers)('the thread service on %s', (_name, createSaver) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  /** One turn: the user says something, a tool answers, and the assistant speaks. */
  async function say(saver: BaseCheckpointSaver, threadId: string, text: string): Promise<void> {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('tool', () => {
        vi.advanceTimersByTime(1000); // checkpoints are dated
        return { messages: [new ToolMessage({ content: 'x', tool_call_id: 't' })] };
      })
      .addNode('model', ({ messages }) => ({
        messages: [
          new AIMessage({ content: [{ type: 'text', text: `${messages.length} heard` }] }),
        ],
      }))
      .addEdge(START, 'tool')
      .addEdge('tool', 'model')
      .compile({ checkpointer: saver });
    const messages = [new HumanMessage(text)];
    await graph.invoke({ messages }, { configurable: { thread_id: threadId } });
  }

  test('derives lists and histories from the checkpoints', async () => {
    const saver = createSaver();
    const startMs = Date.now();
    for (const n of [1, 2, 3]) await say(saver, idOf(n), `Hello ${n} ${'x'.repeat(100)}`);
    await say(saver, idOf(1), 'Again');
    const service = createThreadService(saver, {
      discover: (userId) => (userId === ada ? [1, 2, 3, 2, 7].map(idOf) : []),
    });
    const list = ThreadListResponseSchema.parse(await service.listThreads(ada));
    expect(list.total).toBe(3);
    expect(list.threads.map(({ threadId }) => threadId)).toEqual([1, 3, 2].map(idOf));
    expect(list.threads[0]).toMatchObject({
      userId: ada,
      title: `Hello 1 ${'x'.repeat(42)}`,
      lastMessage: '5 heard',
      lastMessageRole: 'assistant',
      messageCount: 4,
      isEmpty: false,
    });
    for (const { createdAt, updatedAt } of list.threads) {
      expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(startMs - 1);
      expect(createdAt < updatedAt).toBe(true);
    }
    const first = await service.listThreads(ada, { limit: 2 });
    const second = await service.listThreads(ada, { limit: 2, after: first.nextCursor! });
    expect([...first.threads, ...second.threads]).toEqual(list.threads);
    expect(second.nextCursor).toBeNull();

    const history = MessageHistorySchema.parse(await service.getHistory(idOf(1), { userId: ada }));
    expect(history.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    const times = history.messages.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
    expect(new Set(times).size).toBeGreaterThan(2);
    const page = await service.getHistory(idOf(1), { limit: 3 });
    const rest = await service.getHistory(idOf(1), { after: page.nextCursor! });
    expect([...page.messages, ...rest.messages]).toEqual(history.messages);
    await expectRefusals(service, idOf(1));
  });

  test("believes a message's own time, and walks many checkpoints", async () => {
    const saver = createSaver();
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('step', () => ({ messages: [] }))
      .addEdge(START, 'step')
      .compile({ checkpointer: saver });
    const config = { configurable: { thread_id: idOf(1) } };
    const seconds = Date.UTC(2025, 0, 1) / 1000;
    await graph.invoke(
      {
        messages: [
          new SystemMessage('Be kind.'),
          new HumanMessage({
            content: 'a',
            additional_kwargs: { timestamp: '2025-01-01T00:00:00Z' },
          }),
          new AIMessage({ content: 'b', response_metadata: { created: seconds } }),
          new HumanMessage('c'),
        ],
      },
      config,
    );
    for (let i = 0; i < 30; i++) await graph.invoke({ messages: [] }, config);
    const service = createThreadService(saver, { discover: () => [idOf(1)] });
    const { messages } = await service.getHistory(idOf(1));
    const { threads } = await service.listThreads(ada);
    const oldest = threads[0]!.createdAt;
    expect(messages.map(({ timestamp }) => timestamp).slice(0, 2)).toEqual([
      '2025-01-01T00:00:00.000Z',
      '2025-01-01T00:00:00.000Z',
    ]);
    const found = [];
    for await (const { checkpoint } of saver.list(config)) found.push(checkpoint);
    expect(found.length).toBeGreaterThan(60);
    expect(oldest).toBe(found.at(-1)!.ts);
    const holding = found.filter(({ channel_values: { messages: held } }) => {
      return Array.isArray(held) && held.length > 0;
    });
    expect(messages[2]!.timestamp).toBe(holding.at(-1)!.ts);
  });

  test('passes over a time that is none', async () => {
    const saver = createSaver();
    let config: RunnableConfig = { configurable: { thread_id: idOf(1), checkpoint_ns: '' } };
    const put = async (step: number, ts: string): Promise<ThreadMetadata> => {
      const messages = Array.from(
        { length: step },
        (_, i) => new HumanMessage({ id: `m${i}`, content: 'x' }),
      );
      const checkpoint = {
        ...emptyCheckpoint(),
        id: uuid6(step),
        ts,
        channel_values: { messages },
        channel_versions: { messages: step },
      };
      const metadata = { source: 'loop' as const, step, parents: {} };
      config = await saver.put(config, checkpoint, metadata, { messages: step });
      const service = createThreadService(saver, { discover: () => [idOf(1)] });
      MessageHistorySchema.parse(await service.getHistory(idOf(1)));
      return ThreadListResponseSchema.parse(await service.listThreads(ada)).threads[0]!;
    };
    const nothing = '1970-01-01T00:00:00.000Z';
    expect(await put(1, 'no time')).toMatchObject({ createdAt: nothing, updatedAt: nothing });
    const [first, second] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    expect(await put(2, first)).toMatchObject({ createdAt: first, updatedAt: first });
    expect(await put(3, '+012026-01-01T00:00:00.000Z')).toMatchObject({ createdAt: first });
    expect(await put(4, second)).toMatchObject({ createdAt: first, updatedAt: second });
  });

  test('asks for discovery where it is needed, and bounds it', async () => {
    const saver = createSaver();
    await say(saver, idOf(1), 'x');
    await expect(createThreadService(saver).listThreads(ada)).rejects.toBeInstanceOf(TypeError);
    expect((await createThreadService(saver).getHistory(idOf(1))).messages).toHaveLength(2);
    let asked = 0;
    const service = createThreadService(saver, {
      threadsMax: 5,
      discover: async function* () {
        for (;;) yield await Promise.resolve(idOf(++asked));
      },
    });
    expect((await service.listThreads(ada)).total).toBe(1);
    expect(asked).toBe(5);
  });
});
