import { AIMessage, HumanMessage, RemoveMessage } from '@langchain/core/messages';
import {
  Annotation,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
  type StateSnapshot,
} from '@langchain/langgraph';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { SeededRandom } from '../../../../../src/engine/fault/seeded-random.ts';

/** What a node does. Everything follows from the state, so that two runs of a graph do the same. */
const actions = [
  'say',
  'long',
  'count',
  'log',
  'data',
  'edit',
  'remove',
  'ask',
  'fan',
  'sub',
] as const;
type Action = (typeof actions)[number];

/** Steps in sequence; the actions within a step run in parallel. */
type GraphPlan = readonly (readonly Action[])[];

/**
 * At most one action of a step removes a message. If two remove the same one, LangGraph fails in
 * the middle of the step, with the list changed but not its version. A saver that stores values by
 * version, such as LangGraph's own for PostgreSQL, then rightly has the list of that version, while
 * `MemorySaver`, which stores each checkpoint whole, has the broken one.
 */
export function planGraph(random: SeededRandom): GraphPlan {
  return Array.from({ length: 1 + random.below(4) }, () => {
    const step = Array.from({ length: 1 + random.below(3) }, () => random.pick(actions));
    const first = step.indexOf('remove');
    return step.filter((action, i) => action !== 'remove' || i === first);
  });
}

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  count: Annotation<number>({ reducer: (a, b) => a + b, default: () => 0 }),
  log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
  data: Annotation<object>({ reducer: (a, b) => ({ ...a, ...b }), default: () => ({}) }),
});
type GraphState = typeof State.State;
type GraphUpdate = Partial<typeof State.Update>;

/** A graph in which each node's update follows from the state that it sees. */
export function buildGraph(plan: GraphPlan, checkpointer: BaseCheckpointSaver): TestGraph {
  const builder = new StateGraph(State);
  // The builder's type grows with every node; here a plan makes the nodes.
  const graph = builder as unknown as LooseBuilder;
  let before = [START as string];
  for (const [i, step] of plan.entries()) {
    const names = step.map((action, j) => `${action}_${i}_${j}`);
    for (const [j, action] of step.entries()) addAction(graph, names[j]!, action);
    for (const from of before) for (const name of names) graph.addEdge(from, name);
    before = [`join_${i}`];
    graph.addNode(before[0]!, () => ({ log: [`step ${i}`] }));
    graph.addEdge(names, before[0]!);
  }
  for (const from of before) graph.addEdge(from, END);
  return graph.compile({ checkpointer });
}

function addAction(graph: LooseBuilder, name: string, action: Action): void {
  if (action === 'sub') graph.addNode(name, buildSubgraph(name));
  else graph.addNode(name, (state: GraphState) => act(name, action, state));
  if (action !== 'fan') return;
  const worker = `${name}_worker`;
  graph.addNode(worker, (state: { readonly task: number }) => ({
    log: [`work ${state.task}`],
    count: state.task,
  }));
  graph.addConditionalEdges(
    name,
    ({ count }: GraphState) => [1, 2, 3].map((n) => new Send(worker, { task: n + (count % 5) })),
    [worker],
  );
}

function act(name: string, action: Action, { messages, count, log }: GraphState): GraphUpdate {
  const id = `${name}-${messages.length}`;
  switch (action) {
    case 'say':
      return { messages: [new AIMessage({ id, content: `I am ${name}` })] };
    case 'long':
      return {
        messages: Array.from({ length: 12 }, (_, i) => {
          return new HumanMessage({ id: `${id}-${i}`, content: `${name} ${i}`.repeat(20) });
        }),
      };
    case 'log':
      return { log: Array.from({ length: 9 }, (_, i) => `${name} ${log.length + i}`) };
    case 'data':
      return { data: { [name]: [count, null, { deep: 'é"\\\u0000'.repeat(log.length) }] } };
    case 'edit':
      return messages[0]
        ? { messages: [new HumanMessage({ id: messages[0].id!, content: id })] }
        : {};
    case 'remove':
      return messages[1] ? { messages: [new RemoveMessage({ id: messages[1].id! })] } : {};
    case 'ask':
      return { log: [`${name} was told ${JSON.stringify(interrupt({ name, count }))}`] };
    case 'count':
    case 'fan':
    case 'sub':
      return { count: 1 };
  }
}

function buildSubgraph(name: string): unknown {
  return new StateGraph(State)
    .addNode('inner', ({ messages }) => ({
      messages: [new AIMessage({ id: `${name}-in-${messages.length}`, content: 'inside' })],
      count: 10,
    }))
    .addNode('asks', ({ count }) => ({ log: [`inner ${String(interrupt(`inner ${count}`))}`] }))
    .addEdge(START, 'inner')
    .addEdge('inner', 'asks')
    .compile();
}

interface LooseBuilder {
  addNode(name: string, action: unknown): unknown;
  addEdge(from: string | readonly string[], to: string): unknown;
  addConditionalEdges(from: string, route: unknown, targets: readonly string[]): unknown;
  compile(options: { checkpointer: BaseCheckpointSaver }): TestGraph;
}

export type Durability = 'exit' | 'async' | 'sync';

/** What tests do with a graph. */
export interface TestGraph {
  invoke(input: unknown, config: RunnableConfig & { durability?: Durability }): Promise<unknown>;
  getState(config: RunnableConfig, options?: { subgraphs?: boolean }): Promise<StateSnapshot>;
  getStateHistory(config: RunnableConfig): AsyncIterableIterator<StateSnapshot>;
  updateState(config: RunnableConfig, values: unknown, asNode?: string): Promise<RunnableConfig>;
}
