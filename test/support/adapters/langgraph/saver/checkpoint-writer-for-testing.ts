/**
 * Puts checkpoints into one thread, in this process or as its own: `… URL SCHEMA NAME` waits for a
 * line on stdin, puts to a PostgreSQL, and prints what it has put as JSON.
 */
import { once } from 'node:events';
import { HumanMessage } from '@langchain/core/messages';
import { emptyCheckpoint, uuid6, type Checkpoint } from '@langchain/langgraph-checkpoint';
import { postgres } from '../../../../../src/engines/postgres/index.ts';
import { createStore, type Store } from '../../../../../src/store/index.ts';
import { SkeinSaver } from '../../../../../src/adapters/langgraph/saver/skein-saver.ts';

export const sharedConfig: {
  readonly configurable: { readonly thread_id: string; readonly checkpoint_ns: string };
} = { configurable: { thread_id: 'shared', checkpoint_ns: '' } };

/** The number of checkpoints per writer. */
export const stepsOfWriter = 25;

/** The messages of a checkpoint, and the writes on top of it. */
export interface KnownCheckpoint {
  readonly ids: readonly string[];
  readonly write: string;
}

/**
 * Each writer continues from its own checkpoints, with messages that both have and some of its own.
 */
export class CheckpointWriter {
  readonly #saver: SkeinSaver;
  readonly #name: number;
  readonly #messages: HumanMessage[] = [];
  readonly known: Map<string, KnownCheckpoint> = new Map();
  #last: string | undefined;

  constructor(store: Store, name: number) {
    this.#saver = new SkeinSaver({ store });
    this.#name = name;
  }

  async run(): Promise<void> {
    for (let step = 0; step < stepsOfWriter; step++) await this.putNext();
  }

  async putNext(): Promise<void> {
    this.#last = await this.#put(this.known.size, this.#last);
  }

  async #put(step: number, parent: string | undefined): Promise<string> {
    this.#messages.push(messageOf(`both ${step}`), messageOf(`${this.#name} ${step}`));
    const versions = { messages: step + 1 };
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      channel_values: { messages: [...this.#messages] },
      channel_versions: versions,
    };
    const configurable = { ...sharedConfig.configurable, ...(parent && { checkpoint_id: parent }) };
    const metadata = { source: 'loop' as const, step, parents: {} };
    const put = await this.#saver.put({ configurable }, checkpoint, metadata, versions);
    const write = `write ${this.#name} ${step}`;
    await this.#saver.putWrites(put, [['out', write]], `task ${this.#name}`);
    this.known.set(checkpoint.id, { ids: this.#messages.map(({ id }) => id!), write });
    return checkpoint.id;
  }
}

/** With an id, so that the same message from both writers is one. */
function messageOf(id: string): HumanMessage {
  return new HumanMessage({ id, content: `${id} `.repeat(30) });
}

async function putFromProcess([
  url = '',
  schema = '',
  name = '',
]: readonly string[]): Promise<void> {
  await using store = await createStore({ engine: postgres({ url, schema }) });
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  const writer = new CheckpointWriter(store, Number(name));
  await writer.run();
  process.stdout.write(`${JSON.stringify([...writer.known])}\n`);
  process.stdin.destroy();
}

if (import.meta.filename === process.argv[1]) await putFromProcess(process.argv.slice(2));
