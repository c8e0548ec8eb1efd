import { HumanMessage } from '@langchain/core/messages';
import {
  emptyCheckpoint,
  uuid6,
  type Checkpoint,
  type CheckpointTuple,
} from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { isEngineChosen } from '../../../engine/testing/chosen-engines-for-testing.ts';
import type { EnginePlace } from '../../../engine/testing/engine-in-place-for-testing.ts';
import { createStore, type Store } from '../../../store/index.ts';
import { inPostgresSchema, inSqliteFile } from '../../../store/testing/engines-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';

const config = { configurable: { thread_id: 'shared', checkpoint_ns: '' } };
const writers = 2;
const steps = 25;

const places: readonly (readonly [name: string, create: () => Promise<EnginePlace>])[] = [
  ['sqlite', inSqliteFile],
  ['postgres', inPostgresSchema],
];

/** Each writer goes on from its own checkpoints, with messages that both have and some of its own. */
class Writer {
  readonly #saver: SkeinSaver;
  readonly #name: number;
  readonly #messages: HumanMessage[] = [];
  /** By checkpoint: the messages, and what was written on top. */
  readonly known = new Map<string, { readonly ids: readonly string[]; readonly write: string }>();

  constructor(store: Store, name: number) {
    this.#saver = new SkeinSaver({ store });
    this.#name = name;
  }

  async run(): Promise<void> {
    let parent: string | undefined;
    for (let step = 0; step < steps; step++) parent = await this.#step(step, parent);
  }

  async #step(step: number, parent: string | undefined): Promise<string> {
    this.#messages.push(messageOf(`both ${step}`), messageOf(`${this.#name} ${step}`));
    const versions = { messages: step + 1 };
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      channel_values: { messages: [...this.#messages] },
      channel_versions: versions,
    };
    const configurable = { ...config.configurable, ...(parent && { checkpoint_id: parent }) };
    const metadata = { source: 'loop' as const, step, parents: {} };
    const put = await this.#saver.put({ configurable }, checkpoint, metadata, versions);
    const write = `write ${this.#name} ${step}`;
    await this.#saver.putWrites(put, [['out', write]], `task ${this.#name}`);
    this.known.set(checkpoint.id, { ids: this.#messages.map(({ id }) => id!), write });
    return checkpoint.id;
  }
}

/** With an id, so that the same message of both writers is one. */
function messageOf(id: string): HumanMessage {
  return new HumanMessage({ id, content: `${id} `.repeat(30) });
}

for (const [name, create] of places) {
  test.runIf(isEngineChosen(name))(
    `two stores on one ${name} put to one thread at once, and every checkpoint is whole`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const place = stack.use(await create());
      const stores: Store[] = [];
      for (let i = 0; i < writers; i++) {
        stores.push(stack.use(await createStore({ engine: place.open() })));
      }
      const writing = stores.map((store, i) => new Writer(store, i));
      await Promise.all(writing.map((writer) => writer.run()));
      for (const store of stores) {
        const tuples = await tuplesOf(new SkeinSaver({ store }));
        expect(tuples).toHaveLength(writers * steps);
        for (const writer of writing) expectWhole(writer, tuples);
        const { itemCount } = await store.operator.threads.get('shared');
        expect(itemCount).toBe(new Set(writing.flatMap((writer) => idsOf(writer))).size);
      }
    },
    60_000,
  );
}

function idsOf({ known }: Writer): string[] {
  return [...known.values()].flatMap(({ ids }) => ids);
}

async function tuplesOf(saver: SkeinSaver): Promise<CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = [];
  for await (const tuple of saver.list(config)) tuples.push(tuple);
  return tuples;
}

function expectWhole({ known }: Writer, tuples: readonly CheckpointTuple[]): void {
  for (const [id, { ids, write }] of known) {
    const tuple = tuples.find(({ checkpoint }) => checkpoint.id === id);
    const messages = tuple?.checkpoint.channel_values.messages as HumanMessage[];
    expect(messages.map((message) => message.id)).toEqual(ids);
    expect(messages.every(({ id: of, content }) => content === `${of} `.repeat(30))).toBe(true);
    expect(tuple?.pendingWrites).toEqual([[expect.any(String), 'out', write]]);
  }
}
