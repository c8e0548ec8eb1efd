/**
 * Runs a graph repeatedly on one thread until it is killed: `… lsm|sqlite FOLDER`. Each turn
 * answers a message in three parallel steps and one after them. Prints the number of messages after
 * each turn.
 */
import { AIMessage, HumanMessage, type BaseMessage } from '@langchain/core/messages';
import {
  Annotation,
  MessagesAnnotation,
  START,
  StateGraph,
  type StateSnapshot,
} from '@langchain/langgraph';
import { join } from 'node:path';
import { lsm } from '../../../../../src/engines/lsm/index.ts';
import { sqlite } from '../../../../../src/engines/sqlite/index.ts';
import { createStore, type Store } from '../../../../../src/store/index.ts';
import { SkeinSaver } from '../../../../../src/adapters/langgraph/saver/skein-saver.ts';

export const crashConfig: { readonly configurable: { readonly thread_id: string } } = {
  configurable: { thread_id: 'crashed' },
};

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  /** The number of graph steps in the state: each adds 1 here and a line to the log. */
  steps: Annotation<number>({ reducer: (a, b) => a + b, default: () => 0 }),
  log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

interface CrashState {
  readonly messages: readonly BaseMessage[];
  readonly steps: number;
  readonly log: readonly string[];
}

/** The parts of the compiled graph that the test uses. */
interface CrashGraph {
  invoke(
    input: { readonly messages: readonly HumanMessage[] } | null,
    config: typeof crashConfig,
  ): Promise<CrashState>;
  getState(config: typeof crashConfig): Promise<CrashSnapshot>;
  getStateHistory(
    config: typeof crashConfig,
    options: { readonly limit: number },
  ): AsyncIterable<CrashSnapshot>;
}

interface CrashSnapshot extends Pick<StateSnapshot, 'next' | 'tasks'> {
  readonly values: Partial<CrashState>;
}

/** A turn is complete once its answer is stored; then messages, steps and log agree. */
export function crashGraph(store: Store): CrashGraph {
  const work = (name: string) => () => ({ steps: 1, log: [name] });
  const graph = new StateGraph(State)
    .addNode('a', work('a'))
    .addNode('b', work('b'))
    .addNode('c', work('c'))
    .addNode('answer', ({ messages }) => ({
      messages: [new AIMessage({ id: `a${messages.length}`, content: 'Answer '.repeat(60) })],
      steps: 1,
      log: ['answer'],
    }))
    .addEdge(START, 'a')
    .addEdge(START, 'b')
    .addEdge(START, 'c')
    .addEdge(['a', 'b', 'c'], 'answer')
    .compile({ checkpointer: new SkeinSaver({ store }) });
  return graph as unknown as CrashGraph; // the types of a graph name each of its nodes
}

export function openCrashStore(engine: string, folder: string): Promise<Store> {
  const path = join(folder, engine === 'lsm' ? 'skein' : 'skein.db');
  return createStore({ engine: engine === 'lsm' ? lsm({ path }) : sqlite({ path }) });
}

/** Continues where the last process was killed, then with new turns. */
async function runUntilKilled(engine: string, folder: string): Promise<never> {
  const graph = crashGraph(await openCrashStore(engine, folder));
  // A finished task of an unfinished step is no longer in `next`.
  const { tasks } = await graph.getState(crashConfig);
  if (tasks.length > 0) await graph.invoke(null, crashConfig);
  for (;;) {
    const { messages = [] } = (await graph.getState(crashConfig)).values;
    const message = new HumanMessage({
      id: `h${messages.length}`,
      content: 'Question '.repeat(50),
    });
    const state = await graph.invoke({ messages: [message] }, crashConfig);
    process.stdout.write(`${state.messages.length}\n`);
  }
}

const [, script, engine, folder] = process.argv;
if (script === import.meta.filename && engine && folder) await runUntilKilled(engine, folder);
