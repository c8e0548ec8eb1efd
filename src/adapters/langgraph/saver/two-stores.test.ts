import type { HumanMessage } from '@langchain/core/messages';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { isEngineChosen } from '../../../../test/support/engine/chosen-engines-for-testing.ts';
import type { EnginePlace } from '../../../../test/support/engine/engine-in-place-for-testing.ts';
import { createStore, type Store } from '../../../store/index.ts';
import {
  inPostgresSchema,
  inSqliteFile,
} from '../../../../test/support/store/engines-for-testing.ts';
import { postgres } from '../../../engines/postgres/index.ts';
import { schemaForTesting } from '../../../../test/support/engines/postgres/database-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';
import {
  CheckpointWriter,
  sharedConfig,
  stepsOfWriter,
  type KnownCheckpoint,
} from '../../../../test/support/adapters/langgraph/saver/checkpoint-writer-for-testing.ts';

const writers = 2;

const places: readonly (readonly [name: string, create: () => Promise<EnginePlace>])[] = [
  ['sqlite', inSqliteFile],
  ['postgres', inPostgresSchema],
];

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
      const writing = stores.map((store, i) => new CheckpointWriter(store, i));
      await Promise.all(writing.map((writer) => writer.run()));
      // The items show the newest checkpoint, and the last one of a writer may have come too late.
      for (const writer of writing) await writer.putNext();
      for (const store of stores) {
        const tuples = await tuplesOf(new SkeinSaver({ store }));
        expect(tuples).toHaveLength(writers * (stepsOfWriter + 1));
        for (const writer of writing) expectWhole(writer, tuples);
        const { itemCount } = await store.operator.threads.get('shared');
        expect(itemCount).toBe(new Set(writing.flatMap((writer) => idsOf(writer))).size);
      }
    },
  );
}

const child = new URL(
  '../../../../test/support/adapters/langgraph/saver/checkpoint-writer-for-testing.ts',
  import.meta.url,
).pathname;

test.runIf(isEngineChosen('postgres'))(
  'two processes on one postgres put to one thread at once, and every checkpoint is whole',
  async () => {
    await using database = await schemaForTesting();
    const { url, schema } = database;
    const processes = Array.from({ length: writers }, (_, i) =>
      spawn(process.execPath, [child, url, schema, String(i)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const ended = processes.map((one) => once(one, 'close'));
    const lines = processes.map(linesOf);
    for (const line of lines) expect((await line.next()).value).toBe('ready');
    for (const { stdin } of processes) stdin.write('go\n');
    const known = await Promise.all(
      lines.map(async (line) => {
        const { value } = await line.next();
        // The writer's format.
        return new Map(JSON.parse(String(value)) as [string, KnownCheckpoint][]);
      }),
    );
    await using store = await createStore({ engine: postgres({ url, schema }) });
    const tuples = await tuplesOf(new SkeinSaver({ store }));
    expect(tuples).toHaveLength(writers * stepsOfWriter);
    for (const ofOne of known) expectWhole({ known: ofOne }, tuples);
    await Promise.all(ended);
  },
);

function linesOf(one: ChildProcessByStdio<Writable, Readable, null>): AsyncIterator<string> {
  return createInterface({ input: one.stdout })[Symbol.asyncIterator]();
}

function idsOf({ known }: Pick<CheckpointWriter, 'known'>): string[] {
  return [...known.values()].flatMap(({ ids }) => ids);
}

async function tuplesOf(saver: SkeinSaver): Promise<CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = [];
  for await (const tuple of saver.list(sharedConfig)) tuples.push(tuple);
  return tuples;
}

function expectWhole(
  { known }: Pick<CheckpointWriter, 'known'>,
  tuples: readonly CheckpointTuple[],
): void {
  for (const [id, { ids, write }] of known) {
    const tuple = tuples.find(({ checkpoint }) => checkpoint.id === id);
    const messages = tuple?.checkpoint.channel_values.messages as HumanMessage[];
    expect(messages.map((message) => message.id)).toEqual(ids);
    expect(messages.every(({ id: of, content }) => content === `${of} `.repeat(30))).toBe(true);
    expect(tuple?.pendingWrites).toEqual([[expect.any(String), 'out', write]]);
  }
}
