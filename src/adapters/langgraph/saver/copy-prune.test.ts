import { AIMessage, HumanMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import {
  Annotation,
  Command,
  interrupt,
  MessagesAnnotation,
  START,
  StateGraph,
  type StateSnapshot,
} from '@langchain/langgraph';
import {
  emptyCheckpoint,
  TASKS,
  uuid6,
  type Checkpoint,
  type CheckpointTuple,
} from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../../engine/fault/seeded-random.ts';
import { memory } from '../../../engines/memory/index.ts';
import { threads } from '../../../records/tables.ts';
import { createStore, doctor, type Store } from '../../../store/index.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import { TappedEngine } from '../../../../test/support/store/tapped-engine-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';

interface Kit extends AsyncDisposable {
  readonly store: Store;
  readonly saver: SkeinSaver;
}

async function openKit(): Promise<Kit> {
  const store = await createStore({ engine: memory() });
  const saver = new SkeinSaver({ store, userId: 'ada' });
  return { store, saver, [Symbol.asyncDispose]: () => store.close() };
}

function configOf(threadId: string, checkpointId?: string) {
  const configurable = { thread_id: threadId, checkpoint_ns: '' };
  return {
    configurable: { ...configurable, ...(checkpointId && { checkpoint_id: checkpointId }) },
  };
}

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  approved: Annotation<boolean>(),
});

/** Answers, and asks before it continues. */
function chat(saver: SkeinSaver) {
  return new StateGraph(State)
    .addNode('model', ({ messages }) => ({
      messages: [
        new AIMessage({ id: `a${messages.length}`, content: `Answer ${messages.length}` }),
      ],
    }))
    .addNode('ask', () => ({ approved: interrupt<string, boolean>('Go on?') }))
    .addEdge(START, 'model')
    .addEdge('model', 'ask')
    .compile({ checkpointer: saver });
}

async function talk(saver: SkeinSaver, threadId: string, turns: number): Promise<void> {
  const graph = chat(saver);
  for (let turn = 0; turn < turns; turn++) {
    const id = `${threadId}-h${turn}`;
    const message = new HumanMessage({ id, content: `Question ${turn} of ${threadId}` });
    await graph.invoke({ messages: [message] }, configOf(threadId));
  }
}

async function historyOf(saver: SkeinSaver, threadId: string): Promise<string[]> {
  const states: string[] = [];
  for await (const { values, metadata, next, config } of chat(saver).getStateHistory(
    configOf(threadId),
  )) {
    const { configurable } = config;
    states.push(JSON.stringify([configurable?.checkpoint_id, values, metadata?.step, next]));
  }
  return states;
}

async function textsOf({ store }: Kit, threadId: string): Promise<string[]> {
  const { data } = await store.project('default').as({ userId: 'ada' }).items.list(threadId);
  return data.map(({ parts }) => String(parts[0]?.text));
}

test('a copy has the history of its source, and continues by itself', async () => {
  await using kit = await openKit();
  const { saver, store } = kit;
  await talk(saver, 'source', 3);
  const before = await historyOf(saver, 'source');
  await saver.copyThread('source', 'target');
  expect(await historyOf(saver, 'target')).toEqual(before);
  expect(await textsOf(kit, 'target')).toEqual(await textsOf(kit, 'source'));
  const ada = store.project('default').as({ userId: 'ada' });
  const { title, lastPreview, ownerId } = await ada.threads.get('target');
  expect({ title, lastPreview, ownerId }).toEqual({
    title: 'Question 0 of source',
    lastPreview: 'Answer 5',
    ownerId: 'ada',
  });
  // The open interrupt is open in both, and each is answered separately.
  const graph = chat(saver);
  await graph.invoke(new Command({ resume: true }), configOf('target'));
  expect((await graph.getState(configOf('target'))).values.approved).toBe(true);
  expect(await historyOf(saver, 'source')).toEqual(before);
  await talk(saver, 'source', 1);
  await talk(saver, 'target', 1);
  expect(await textsOf(kit, 'target')).toHaveLength(8);
  expect((await historyOf(saver, 'target')).slice(-before.length)).toEqual(before);
});

test('copying needs checkpoints, and an id that is free', async () => {
  await using kit = await openKit();
  const { saver, store } = kit;
  const ada = store.project('default').as({ userId: 'ada' });
  await ada.threads.create([{ id: 'empty' }]);
  await talk(saver, 'source', 1);
  await talk(saver, 'taken', 1);
  await talk(saver, 'gone', 1);
  await saver.deleteThread('gone');
  await expect(saver.copyThread('nobody', 'x')).rejects.toMatchObject({ code: 'not_found' });
  await expect(saver.copyThread('empty', 'x')).rejects.toMatchObject({ code: 'not_found' });
  await expect(saver.copyThread('source', 'taken')).rejects.toMatchObject({ code: 'conflict' });
  await expect(saver.copyThread('source', 'gone')).rejects.toMatchObject({ code: 'conflict' });
  await expect(saver.copyThread('source', 'source')).rejects.toMatchObject({
    code: 'invalid_request',
  });
  expect(await saver.getTuple(configOf('x'))).toBeUndefined();
  const long = 'é/'.repeat(200);
  await saver.copyThread('source', long);
  const listed: unknown[] = [];
  for await (const { config } of saver.list({ configurable: {} })) {
    listed.push(config.configurable?.thread_id);
  }
  expect(listed).toContain(long);
});

test('of two copies at once into one id only one is made', async () => {
  await using kit = await openKit();
  await talk(kit.saver, 'a', 1);
  await talk(kit.saver, 'b', 2);
  const outcomes = await Promise.allSettled([
    kit.saver.copyThread('a', 'target'),
    kit.saver.copyThread('b', 'target'),
  ]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const winner = outcomes[0].status === 'fulfilled' ? 'a' : 'b';
  expect(await historyOf(kit.saver, 'target')).toEqual(await historyOf(kit.saver, winner));
});

test('pruning keeps the newest with their interrupts, and the thread continues', async () => {
  await using kit = await openKit();
  const { saver } = kit;
  await talk(saver, 't', 20);
  const before = await historyOf(saver, 't');
  const pruned = await saver.prune({ keepLast: 2, threadId: ['t', 'nobody'] });
  expect(pruned).toMatchObject({ threads: 1, checkpoints: before.length - 2 });
  expect(pruned.writes).toBeGreaterThan(0);
  expect(pruned.reclaimedBytes).toBeGreaterThan(5000);
  expect(await historyOf(saver, 't')).toEqual(before.slice(0, 2));
  expect((await saver.prune({ keepLast: 2, threadId: 't' })).reclaimedBytes).toBe(0);
  const graph = chat(saver);
  const state = await graph.getState(configOf('t'));
  expect(state.tasks[0]?.interrupts).toMatchObject([{ value: 'Go on?' }]);
  await graph.invoke(new Command({ resume: true }), configOf('t'));
  await talk(saver, 't', 1);
  const { values } = await graph.getState(configOf('t'));
  expect(values.messages).toHaveLength(41);
  expect(await textsOf(kit, 't')).toHaveLength(41);
});

test('pruning by age removes older checkpoints', async () => {
  await using kit = await openKit();
  const { saver } = kit;
  for (let day = 1; day <= 9; day++) {
    const ts = `2026-01-0${day}T00:00:00.000Z`;
    const checkpoint = { ...emptyCheckpoint(), id: uuid6(day), ts };
    await saver.put(configOf('t'), checkpoint, { source: 'loop', step: day, parents: {} }, {});
  }
  await saver.prune({ olderThan: '2026-01-07', threadId: 't' });
  expect((await tuplesOf(saver, 't')).map(({ checkpoint }) => checkpoint.ts.slice(8, 10))).toEqual([
    '09',
    '08',
    '07',
  ]);
  await saver.prune({ olderThan: new Date('2030-01-01') });
  expect(await tuplesOf(saver, 't')).toHaveLength(1);
  await expect(saver.prune({})).rejects.toThrow(TypeError);
  await expect(saver.prune({ keepLast: 0 })).rejects.toThrow(TypeError);
  await expect(saver.prune({ olderThan: 'soon' })).rejects.toThrow(TypeError);
});

/** Asks inside a subgraph. */
function nestedChat(saver: SkeinSaver) {
  const inner = new StateGraph(State)
    .addNode('think', () => ({ messages: [new AIMessage({ id: 'thought', content: 'Hm.' })] }))
    .addNode('ask', () => ({ approved: interrupt<string, boolean>('Go on?') }))
    .addEdge(START, 'think')
    .addEdge('think', 'ask')
    .compile();
  return new StateGraph(State)
    .addNode('begin', () => ({}))
    .addNode('inner', inner)
    .addEdge(START, 'begin')
    .addEdge('begin', 'inner')
    .compile({ checkpointer: saver });
}

test.each([{ keepLast: 1 }, { olderThan: '2999-01-01' }])(
  'pruning by %o leaves the end of every branch, with what waits there',
  async (bound) => {
    // The two have the same state; only their nodes have different names.
    for (const build of [chat, nestedChat as unknown as typeof chat]) {
      await using kit = await openKit();
      const { saver } = kit;
      const graph = build(saver);
      const message = new HumanMessage({ id: 'h', content: 'Question' });
      await graph.invoke({ messages: [message] }, configOf('t'));
      const waiting = await graph.getState(configOf('t'));
      const states: StateSnapshot[] = [];
      for await (const state of graph.getStateHistory(configOf('t'))) states.push(state);
      const early = states.findLast(({ values }) => values.messages?.length === 1)!;
      const fork = { messages: [new AIMessage({ id: 'x', content: 'Else' })] };
      await graph.updateState(early.config, fork, early.next[0]);
      const pruned = await saver.prune({ ...bound, threadId: 't' });
      expect(pruned.checkpoints).toBeGreaterThan(0);
      expect((await graph.getState(configOf('t'))).values.messages.at(-1)?.content).toBe('Else');
      const branch = await graph.getState(waiting.config, { subgraphs: true });
      expect(branch.tasks).toMatchObject([{ interrupts: [{ value: 'Go on?' }] }]);
      const { approved } = await graph.invoke(new Command({ resume: true }), waiting.config);
      expect(approved).toBe(true);
      const again = await saver.prune({ ...bound, threadId: 't' });
      expect(await saver.prune({ ...bound, threadId: 't' })).toMatchObject({ checkpoints: 0 });
      expect(again.checkpoints).toBeGreaterThan(0);
    }
  },
);

test('the sends before a checkpoint of an older format stay with it', async () => {
  await using kit = await openKit();
  const { saver } = kit;
  let config: RunnableConfig = configOf('t');
  for (let step = 0; step < 5; step++) {
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      v: 1,
      id: uuid6(step),
      channel_values: { a: step },
      channel_versions: { a: step + 1 },
    };
    const metadata = { source: 'loop' as const, step, parents: {} };
    config = await saver.put(config, checkpoint, metadata, { a: step + 1 });
    await saver.putWrites(config, [[TASKS, { node: 'n', args: step }]], 'task');
  }
  const before = await saver.getTuple(config);
  expect(before?.checkpoint.channel_values[TASKS]).toEqual([{ node: 'n', args: 3 }]);
  expect(await saver.prune({ keepLast: 1, threadId: 't' })).toMatchObject({ checkpoints: 3 });
  expect(await saver.getTuple(config)).toEqual(before);
  expect(await saver.prune({ keepLast: 1, threadId: 't' })).toMatchObject({ checkpoints: 0 });
  // Nothing is known of the parent except what it holds itself.
  const parent = await saver.getTuple(before!.parentConfig!);
  expect(parent?.checkpoint.channel_values).toEqual({ a: 3 });
});

test('the content of a checkpoint of an older format counts if its parent is gone', async () => {
  await using kit = await openKit();
  const checkpoint: Checkpoint = {
    ...emptyCheckpoint(),
    v: 1,
    channel_values: { [TASKS]: ['sent'] },
    channel_versions: { [TASKS]: 1 },
  };
  const metadata = { source: 'loop' as const, step: 1, parents: {} };
  const gone = configOf('t', uuid6(0));
  const config = await kit.saver.put(gone, checkpoint, metadata, { [TASKS]: 1 });
  const tuple = await kit.saver.getTuple(config);
  expect(tuple?.checkpoint.channel_values).toEqual({ [TASKS]: ['sent'] });
});

test('a value that is made of writes keeps the ancestors that it is made of', async () => {
  await using kit = await openKit();
  const { saver } = kit;
  let config = configOf('t');
  for (let step = 0; step < 12; step++) {
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      channel_values: step === 6 ? { log: ['snapshot'] } : {},
      channel_versions: { log: step + 1 },
    };
    const metadata = {
      source: 'loop' as const,
      step,
      parents: {},
      counters_since_delta_snapshot: { log: [1, 1] as [number, number] },
    };
    config = (await saver.put(config, checkpoint, metadata, { log: step + 1 })) as typeof config;
    await saver.putWrites(config, [['log', `write ${step}`]], `task ${step}`);
  }
  const options = { config, channels: ['log'] };
  const before = await saver.getDeltaChannelHistory(options);
  expect(before.log?.writes).toHaveLength(5);
  expect((await saver.prune({ keepLast: 1, threadId: 't' })).checkpoints).toBe(6);
  expect(await saver.getDeltaChannelHistory(options)).toEqual(before);
});

test('the checkpoints of finished subgraphs go with those that they were made for', async () => {
  await using kit = await openKit();
  const { saver } = kit;
  const inner = new StateGraph(State)
    .addNode('a', () => ({ messages: [new AIMessage('inner')] }))
    .addEdge(START, 'a')
    .compile();
  const graph = new StateGraph(State)
    .addNode('inner', inner)
    .addEdge(START, 'inner')
    .compile({ checkpointer: saver });
  for (let i = 0; i < 5; i++) {
    await graph.invoke({ messages: [new HumanMessage(`Turn ${i}`)] }, configOf('t'));
  }
  const all = { configurable: { thread_id: 't' } };
  const before = await namespacesOf(saver, all);
  await saver.prune({ keepLast: 1, threadId: 't' });
  const after = await namespacesOf(saver, all);
  expect(before.size).toBe(6);
  expect(after.size).toBeLessThanOrEqual(2);
  expect((await graph.getState(configOf('t'))).values.messages.length).toBeGreaterThanOrEqual(10);
});

async function namespacesOf(saver: SkeinSaver, config: object): Promise<Set<unknown>> {
  const found = new Set<unknown>();
  for await (const tuple of saver.list(config)) found.add(tuple.config.configurable?.checkpoint_ns);
  return found;
}

test('what nothing refers to any more is gone, and may be put again', async () => {
  await using kit = await openKit();
  const { saver } = kit;
  const graph = chat(saver);
  const long = 'x'.repeat(2000);
  await graph.invoke({ messages: [new HumanMessage({ id: 'h', content: long })] }, configOf('t'));
  const state: StateSnapshot = await graph.getState(configOf('t'));
  const kept = state.values.messages as HumanMessage[];
  await graph.updateState(configOf('t'), {
    messages: [new HumanMessage({ id: 'h', content: '' })],
  });
  const pruned = await saver.prune({ keepLast: 1, threadId: 't' });
  expect(pruned.elements).toBe(2); // the message, and the input
  expect(pruned.reclaimedBytes).toBeGreaterThan(2000);
  // The saver still knows the object, but not as a stored one.
  await graph.updateState(configOf('t'), { messages: [kept[0]!] });
  const fresh = new SkeinSaver({ store: kit.store, userId: 'ada' });
  const { values } = await chat(fresh).getState(configOf('t'));
  expect((values.messages as HumanMessage[])[0]?.content).toBe(long);
});

test.each(['in time', 'too late'] as const)(
  'a copy of a copy, made while the first source is deleted, is whole or refused: %s',
  async (when) => {
    const engine = new TappedEngine(memory());
    const store = await createStore({ engine });
    const saver = new SkeinSaver({ store, userId: 'ada' });
    await talk(saver, 'source', 3);
    const before = await historyOf(saver, 'source');
    await saver.copyThread('source', 'copy');
    const reached = holdCreation(engine, 'target', when);
    const outcome = saver.copyThread('copy', 'target').then(
      () => 'made',
      () => 'refused',
    );
    await reached;
    await saver.deleteThread('source');
    expect(await outcome).toBe(when === 'in time' ? 'made' : 'refused');
    await store.close();
    // What was read a moment ago is in memory no more.
    const later = await createStore({ engine });
    const reader = new SkeinSaver({ store: later, userId: 'ada' });
    expect(await historyOf(reader, 'copy')).toEqual(before);
    if (when === 'in time') expect(await historyOf(reader, 'target')).toEqual(before);
    await later.close();
    expect((await doctor(engine, { repair: false })).problems).toEqual([]);
  },
);

/**
 * Holds the commit that makes a thread until the purge looks whether it is there, or has given up
 * waiting for it. Resolves when it is held.
 */
function holdCreation(
  engine: TappedEngine,
  threadId: string,
  until: 'in time' | 'too late',
): Promise<void> {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isHeld = false;
  engine.tap = async (call, run) => {
    const isLook = call.method === 'get' && call.table === threads && call.key[0] === threadId;
    if (isHeld && isLook && until === 'in time') released.resolve();
    const isCreation =
      call.method === 'commit' &&
      call.commit.puts?.some(({ table, row }) => table === threads && row.id === threadId);
    if (!isCreation) return run();
    if (isHeld) return run().finally(released.resolve);
    isHeld = true;
    reached.resolve();
    await released.promise;
    return run();
  };
  return reached.promise;
}

const seed = seedForTesting();

test.each(enginePlaces)(
  `copies, prunings, puts and deletions in any order lose nothing on %s, seed ${seed}`,
  async (name, create) => {
    for (let run = 0; run < (name === 'memory' ? 8 : 2); run++) {
      await using stack = new AsyncDisposableStack();
      const place = stack.use(await create());
      const store = stack.use(await createStore({ engine: place.open() }));
      await new Rivals(store, seededRandom(seed + run), seed + run).run(40);
      await store.close();
      // What was read a moment ago is in memory no more: the doctor reads what is stored.
      expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
    }
  },
);

/** Threads that are written, copied, pruned and deleted, with what each must hold. */
class Rivals {
  readonly #savers: SkeinSaver[];
  readonly #random: SeededRandom;
  readonly #seed: number;
  /** By thread and checkpoint: the state as text. */
  readonly #threads = new Map<string, Map<string, string>>();
  #count = 0;

  constructor(store: Store, random: SeededRandom, seedOfRun: number) {
    this.#savers = [1, 2].map(() => new SkeinSaver({ store }));
    this.#random = random;
    this.#seed = seedOfRun;
  }

  async run(steps: number): Promise<void> {
    await this.#put('t0');
    for (let step = 0; step < steps; step++) {
      const where = await this.#step();
      for (const threadId of this.#threads.keys()) await this.#check(threadId, `${step}: ${where}`);
    }
  }

  async #step(): Promise<string> {
    const random = this.#random;
    const threadId = random.pick([...this.#threads.keys()]);
    const saver = random.pick(this.#savers);
    const what = random.below(10);
    if (what < 6) {
      await this.#put(threadId);
      return `put ${threadId}`;
    }
    if (what < 8 && this.#threads.size < 6) {
      const copyId = `t${++this.#count}`;
      await saver.copyThread(threadId, copyId);
      this.#threads.set(copyId, new Map(this.#threads.get(threadId)));
      return `copy ${threadId} ${copyId}`;
    }
    if (what < 9) {
      const keepLast = 1 + random.below(4);
      // Runs next to a put, whose elements it must not take.
      await Promise.all([saver.prune({ keepLast, threadId }), this.#put(threadId)]);
      await this.#forget(threadId);
      return `prune ${threadId} ${keepLast}`;
    }
    if (this.#threads.size > 1) {
      this.#threads.delete(threadId);
      await saver.deleteThread(threadId);
      return `delete ${threadId}`;
    }
    return 'nothing';
  }

  /** A state with parts of others: elements that are known, new, and deleted before. */
  async #put(threadId: string): Promise<void> {
    const random = this.#random;
    const known = this.#threads.get(threadId) ?? new Map<string, string>();
    this.#threads.set(threadId, known);
    const saver = random.pick(this.#savers);
    const newest = await saver.getTuple(configOf(threadId));
    const list = [...((newest?.checkpoint.channel_values.messages ?? []) as unknown[])];
    if (random.below(4) === 0) list.splice(random.below(list.length + 1), 1 + random.below(5));
    for (let i = random.below(5); i >= 0; i--) list.push({ text: `message ${random.below(60)}` });
    const version = (newest?.checkpoint.channel_versions.messages ?? 0) as number;
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(known.size),
      channel_values: { messages: list, whole: 'y'.repeat(300) + random.below(3) },
      channel_versions: { messages: version + 1, whole: version + 1 },
    };
    const versions = { messages: version + 1, whole: version + 1 };
    const metadata = { source: 'loop' as const, step: 1, parents: {} };
    const config = await saver.put(
      configOf(threadId, newest?.checkpoint.id),
      checkpoint,
      metadata,
      versions,
    );
    await saver.putWrites(config, [['messages', [random.below(100)]]], 'task');
    known.set(checkpoint.id, textOf((await saver.getTuple(config))!));
    expect(JSON.parse(known.get(checkpoint.id)!)[0].messages).toEqual(list);
  }

  /** A pruned thread may have lost all but its newest checkpoint. */
  async #forget(threadId: string): Promise<void> {
    const known = this.#threads.get(threadId)!;
    const left = new Set((await this.#listed(threadId)).map(({ checkpoint }) => checkpoint.id));
    const newest = [...known.keys()].toSorted().at(-1)!;
    expect(left.has(newest)).toBe(true);
    for (const id of known.keys()) if (!left.has(id)) known.delete(id);
  }

  async #check(threadId: string, where: string): Promise<void> {
    const tuples = await this.#listed(threadId);
    const message = `seed ${this.#seed}, step ${where}: ${threadId}`;
    const found = new Map(tuples.map((tuple) => [tuple.checkpoint.id, textOf(tuple)]));
    expect(new Set(found.keys()), message).toEqual(new Set(this.#threads.get(threadId)!.keys()));
    expect(found, message).toEqual(this.#threads.get(threadId));
  }

  #listed(threadId: string): Promise<CheckpointTuple[]> {
    return tuplesOf(this.#random.pick(this.#savers), threadId);
  }
}

async function tuplesOf(saver: SkeinSaver, threadId: string): Promise<CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = [];
  for await (const tuple of saver.list(configOf(threadId))) tuples.push(tuple);
  return tuples;
}

function textOf({ checkpoint, pendingWrites }: CheckpointTuple): string {
  return JSON.stringify([checkpoint.channel_values, pendingWrites]);
}
