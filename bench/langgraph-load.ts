import { HumanMessage, AIMessage, type BaseMessage } from '@langchain/core/messages';
import { emptyCheckpoint, uuid6, type BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { sampleTexts } from './sample-text.ts';

const characters = 400;

/** One thread as a graph makes it: every step puts a checkpoint with one more message. */
export class CheckpointedThread {
  readonly #saver: BaseCheckpointSaver<string | number>;
  readonly #texts: readonly string[];
  readonly #messages: BaseMessage[] = [];
  readonly #threadId: string;
  #parentId: string | undefined;
  /** The duration of each put, in ms. */
  readonly timesMs: number[] = [];

  constructor(saver: BaseCheckpointSaver<string | number>, threadId: string, stepsMax: number) {
    this.#saver = saver;
    this.#threadId = threadId;
    this.#texts = sampleTexts(stepsMax, characters);
  }

  get config(): { configurable: { thread_id: string; checkpoint_ns: string } } {
    return { configurable: { thread_id: this.#threadId, checkpoint_ns: '' } };
  }

  get steps(): number {
    return this.#messages.length;
  }

  async step(): Promise<void> {
    const step = this.#messages.length;
    const Message = step % 2 === 0 ? HumanMessage : AIMessage;
    this.#messages.push(new Message({ id: `m${step}`, content: this.#texts[step]! }));
    const versions = { messages: step + 1 };
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      channel_values: { messages: [...this.#messages] },
      channel_versions: versions,
      versions_seen: { agent: versions },
    };
    const { configurable } = this.config;
    const parent = this.#parentId === undefined ? {} : { checkpoint_id: this.#parentId };
    const startMs = performance.now();
    await this.#saver.put(
      { configurable: { ...configurable, ...parent } },
      checkpoint,
      { source: 'loop', step, parents: {} },
      versions,
    );
    this.timesMs.push(performance.now() - startMs);
    this.#parentId = checkpoint.id;
  }

  async stepTo(steps: number): Promise<void> {
    while (this.steps < steps) await this.step();
  }
}

/** The newest state, complete. Throws if messages are missing. */
export async function readNewest(
  saver: BaseCheckpointSaver<string | number>,
  { config, steps }: Pick<CheckpointedThread, 'config' | 'steps'>,
): Promise<void> {
  const tuple = await saver.getTuple(config);
  const messages: unknown = tuple?.checkpoint.channel_values.messages;
  if (!Array.isArray(messages) || messages.length !== steps) {
    throw new Error(`The newest checkpoint has not ${steps} messages.`);
  }
}

/** The newest ten checkpoints, each with its state. */
export async function listNewest(
  saver: BaseCheckpointSaver<string | number>,
  { config }: Pick<CheckpointedThread, 'config'>,
): Promise<void> {
  let count = 0;
  for await (const _ of saver.list(config, { limit: 10 })) count++;
  if (count !== 10) throw new Error(`There are ${count} checkpoints instead of 10.`);
}
