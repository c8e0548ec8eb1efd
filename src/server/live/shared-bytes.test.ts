import { expect, test } from 'vitest';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { memory } from '../../engines/memory/index.ts';
import { createStore, type StoreProjectApi } from '../../store/index.ts';
import { createHandler } from '../create-handler.ts';

const saying = 'Something that all of them read.';

/** Begins an answer and returns the path of its events. */
type Begin = (user: User) => Promise<string>;
type User = StoreProjectApi;

const begins: readonly (readonly [name: string, begin: Begin])[] = [
  [
    'a run',
    async (user) => {
      const { run } = await user.runs.start('t', { input: 'Hi', model: 'test/a' });
      return `streams/${run.streamId}`;
    },
  ],
  [
    'a comparison',
    async (user) => {
      const asked = { prompt: 'Hi', models: ['test/a', 'test/silent'] as const };
      const { comparison } = await user.comparisons.create('t', asked);
      return `comparisons/${comparison.id}/stream`;
    },
  ],
];

test.each(begins)('those who follow %s share the bytes of its chunks', async (name, begin) => {
  const [followed, ended] = [gate(), gate()];
  const responders = [saying, ''].map((text) =>
    scripted(
      async function* () {
        const chunks = textChunks(text);
        yield* chunks.slice(0, 3);
        await followed.opened;
        if (text !== '') yield chunks[3]!;
        await ended.opened;
        yield* chunks.slice(4);
      },
      text === '' ? 'test/silent' : 'test/a',
    ),
  );
  await using store = await createStore({ engine: memory(), responders: sourceOf(...responders) });
  const user = store.project('default').as({ userId: 'local' });
  await user.threads.create([{ id: 't' }]);
  const path = await begin(user);
  const handler = createHandler(store);
  const url = `http://localhost/v1/threads/t/${path}`;
  const readers = await Promise.all(
    Array.from({ length: 3 }, async () => (await handler(new Request(url))).body!.getReader()),
  );
  for (const reader of readers) {
    // Everything that was said before, by both sides of a comparison.
    for (let side = name === 'a run' ? 1 : 2; side > 0; side--) {
      await readUntil(reader, 'text-start');
    }
  }
  const reading = readers.map((reader) => readUntil(reader, saying));
  followed.open();
  const [first, ...others] = await Promise.all(reading);
  for (const other of others) expect(other).toBe(first);
  for (const reader of readers) await reader.cancel();
  ended.open();
});

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<Uint8Array> {
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error(`The stream ended without ${text}`);
    if (new TextDecoder().decode(value).includes(text)) return value;
  }
}
