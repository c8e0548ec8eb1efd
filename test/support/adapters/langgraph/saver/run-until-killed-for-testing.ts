/**
 * Runs a graph repeatedly on one thread until it is killed: `… lsm|sqlite FOLDER COMMITS`. Each
 * turn answers a message in three parallel steps and one after them. Prints the number of messages
 * after each turn. The process kills itself at so many commits after the first turn, so that it
 * dies in the middle of its work, however fast the machine is.
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
import type { Engine } from '../../../../../src/engine/engine.ts';
import { lsm } from '../../../../../src/engines/lsm/index.ts';
import { sqlite } from '../../../../../src/engines/sqlite/index.ts';
import { createStore, type Store } from '../../../../../src/store/index.ts';
import { TappedEngine } from '../../../store/tapped-engine-for-testing.ts';
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
  return createStore({ engine: crashEngine(engine, folder) });
}

function crashEngine(engine: string, folder: string): Engine {
  const path = join(folder, engine === 'lsm' ? 'skein' : 'skein.db');
  return engine === 'lsm' ? lsm({ path }) : sqlite({ path });
}

/** Dies at this commit: before it, while it is written, or before it is answered. */
async function dieAt<T>(commit: number, run: () => Promise<T>): Promise<T> {
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  if (commit % 3 === 0) die();
  if (commit % 3 === 1) setImmediate(die);
  return await run().finally(die);
}

/** Continues where the last process was killed, then with new turns. */
async function runUntilKilled(engine: string, folder: string, commitsMax: number): Promise<never> {
  let turns = 0;
  let commits = 0;
  const tapped = new TappedEngine(crashEngine(engine, folder), ({ method }, run) => {
    const isLast = method === 'commit' && turns > 0 && ++commits === commitsMax;
    return isLast ? dieAt(commits, run) : run();
  });
  const graph = crashGraph(await createStore({ engine: tapped }));
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
    turns++;
  }
}

const [, script, engine, folder, commits] = process.argv;
if (script === import.meta.filename && engine && folder)
  await runUntilKilled(engine, folder, Number(commits));
