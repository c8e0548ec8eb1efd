import { expect, test } from 'vitest';
import { openKit } from '../../../test/support/store/store-kit-for-testing.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('the first visible chunk does not wait for the interval, whenever it arrives', async () => {
  await using kit = await openKit({ runs: { flushIntervalMs: 60_000 } });
  for (const pauseMs of [0, 20]) {
    const { id } = await kit.thread();
    const hung = gate();
    const responder = scripted(async function* () {
      const chunks = textChunks('one ', 'two ');
      yield* chunks.slice(0, 3); // the chunks that announce the text
      await sleep(pauseMs);
      yield* chunks.slice(3, 4);
      await hung.opened;
      yield* chunks.slice(4);
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Count', responder });
    for await (const { chunk } of kit.owner.streams.read(id, run.streamId)) {
      // Only the end of the answer makes the rest durable.
      if (chunk.type === 'text-delta') hung.open();
    }
    expect(await done).toMatchObject({ status: 'completed' });
  }
});

test('later chunks go out in groups, one an interval', async () => {
  await using kit = await openKit({ runs: { flushIntervalMs: 40 } });
  const { id } = await kit.thread();
  const responder = scripted(async function* () {
    const chunks = textChunks(...Array.from({ length: 50 }, (_, i) => `${i} `));
    for (const chunk of chunks) {
      yield chunk;
      await sleep(2);
    }
  });
  const startMs = performance.now();
  const { run } = await kit.owner.runs.start(id, { input: 'Count', responder });
  const groups: number[] = [];
  for await (const { chunks } of kit.owner.streams.readGroups(id, run.streamId)) {
    groups.push(chunks.length);
  }
  const tookMs = performance.now() - startMs;
  expect(groups.reduce((sum, length) => sum + length)).toBe(56);
  // The groups of the announcement, the first text and the end come on top.
  expect(groups.length).toBeLessThanOrEqual(Math.ceil(tookMs / 40) + 3);
});
