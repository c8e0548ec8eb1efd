import { AIMessage, HumanMessage, type BaseMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  interrupt,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import {
  emptyCheckpoint,
  uuid6,
  type BaseCheckpointSaver,
  type ChannelVersions,
} from '@langchain/langgraph-checkpoint';

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  data: Annotation<unknown>,
  log: Annotation<unknown[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

/** A graph with a subgraph that waits for input, and with values of every kind. */
function sampleGraph(checkpointer: BaseCheckpointSaver): SampleGraph {
  const inner = new StateGraph(State)
    .addNode('answer', ({ messages }) => ({
      messages: [new AIMessage({ id: `a${messages.length}`, content: 'Ünïcode \u0000 "quoted"' })],
    }))
    .addNode('ask', () => ({ log: [interrupt({ question: 'Go on?' })] }))
    .addEdge(START, 'answer')
    .addEdge('answer', 'ask')
    .compile();
  return new StateGraph(State)
    .addNode('bytes', () => ({
      data: new Uint8Array([255, 0, 128, 7]),
      log: [new Map([['a', new Set([1])]]), { __proto__: null, nested: new Uint8Array([254]) }],
    }))
    .addNode('inner', inner)
    .addEdge(START, 'bytes')
    .addEdge('bytes', 'inner')
    .compile({ checkpointer });
}

type Resumption = Command<unknown, Record<string, unknown>, '__start__' | 'bytes' | 'inner'>;

/** The parts of the compiled graph that tests use. */
interface SampleGraph {
  invoke(
    input: { readonly messages: HumanMessage[] } | Resumption,
    config: SampleConfig,
  ): Promise<SampleState>;
  updateState(config: SampleConfig, values: { readonly log: unknown[] }): Promise<unknown>;
}

interface SampleConfig {
  readonly configurable: { readonly thread_id: string; readonly userId?: string };
}

interface SampleState {
  readonly messages: readonly BaseMessage[];
  readonly log: readonly unknown[];
}

/** Runs it until it waits. With an update, its state is also changed from outside. */
export async function runSampleGraph(
  checkpointer: BaseCheckpointSaver,
  threadId: string,
  isUpdated: boolean = true,
): Promise<void> {
  const graph = sampleGraph(checkpointer);
  const config = { configurable: { thread_id: threadId } };
  const messages = [new HumanMessage({ id: 'h1', content: `Plan ${threadId}` })];
  await graph.invoke({ messages }, config);
  if (isUpdated) await graph.updateState(config, { log: ['updated'] });
}

/** Passes it the input that it waits for. */
export function resumeSampleGraph(
  checkpointer: BaseCheckpointSaver,
  configurable: SampleConfig['configurable'],
): Promise<SampleState> {
  const answer: Resumption = new Command({ resume: 'Yes, go on' });
  return sampleGraph(checkpointer).invoke(answer, { configurable });
}

/** A thread of many checkpoints, each with one more message, and with `extra` in their metadata. */
export async function fillThread(
  saver: BaseCheckpointSaver,
  threadId: string,
  count: number,
  extra: Record<string, unknown> = {},
): Promise<void> {
  const messages: HumanMessage[] = [];
  let configurable: Record<string, unknown> = { thread_id: threadId, checkpoint_ns: '' };
  for (let step = 0; step < count; step++) {
    messages.push(new HumanMessage({ id: `m${step}`, content: `Message ${step} of ${threadId}` }));
    const versions: ChannelVersions = { messages: step + 1 };
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      channel_values: { messages: [...messages], constant: 'as before' },
      channel_versions: { ...versions, constant: 1 },
    };
    const metadata = { source: 'loop' as const, step, parents: {}, ...extra };
    const changes = step === 0 ? { ...versions, constant: 1 } : versions;
    const next = await saver.put({ configurable }, checkpoint, metadata, changes);
    await saver.putWrites(next, [['messages', step]], `task-${step}`);
    configurable = { ...next.configurable };
  }
}
