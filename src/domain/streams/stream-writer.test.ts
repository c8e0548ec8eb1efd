import { expect, onTestFinished, test, vi } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import { openKit } from '../../../test/support/store/store-kit-for-testing.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';

test('the first visible chunk does not wait for the interval, whenever it arrives', async () => {
  await using kit = await openKit({ runs: { flushIntervalMs: 60_000 } });
  for (const comesLater of [false, true]) {
    const { id } = await kit.thread();
    const [announced, hung] = [gate(), gate()];
    const responder = scripted(async function* () {
      const chunks = textChunks('one ', 'two ');
      yield* chunks.slice(0, 3); // the chunks that announce the text
      if (comesLater) await announced.opened;
      yield* chunks.slice(3, 4);
      await hung.opened;
      yield* chunks.slice(4);
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Count', responder });
    for await (const { chunk } of kit.owner.streams.read(id, run.streamId)) {
      if (chunk.type === 'text-start') announced.open();
      // Only the end of the answer makes the rest durable.
      if (chunk.type === 'text-delta') hung.open();
    }
    expect(await done).toMatchObject({ status: 'completed' });
  }
});

test('later chunks go out in groups, one an interval', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  // Other engines wait by timers, too.
  await using kit = await openKit({ engine: memory(), runs: { flushIntervalMs: 40 } });
  const { id } = await kit.thread();
  const responder = scripted(async function* () {
    const chunks = textChunks(...Array.from({ length: 50 }, (_, i) => `${i} `));
    for (const chunk of chunks) {
      yield chunk;
      await vi.advanceTimersByTimeAsync(2);
    }
  });
  const { run } = await kit.owner.runs.start(id, { input: 'Count', responder });
  const groups: number[] = [];
  for await (const { chunks } of kit.owner.streams.readGroups(id, run.streamId)) {
    groups.push(chunks.length);
  }
  expect(groups.reduce((sum, length) => sum + length)).toBe(56);
  // The groups of the announcement, the first text and the end come on top of those of 112 ms.
  expect(groups.length).toBeLessThanOrEqual(Math.ceil(112 / 40) + 3);
});
