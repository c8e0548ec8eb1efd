import { describe, expect, test } from 'vitest';
import { openKit, type StoreKit } from '../../../test/support/store/store-kit-for-testing.ts';
import type { Item } from '../../api/item.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import type { Responder } from '../../api/responder.ts';

function textsIn(items: readonly Item[]): string[] {
  return items.map(({ parts }) => parts.map(({ text }) => String(text)).join(''));
}

async function current(kit: StoreKit, threadId: string): Promise<string[]> {
  return textsIn((await kit.owner.items.list(threadId)).data);
}

/** The id with another last digit. */
function unknownIdLike(id: string): string {
  return id.replace(/.$/, (last) => (last === 'f' ? 'e' : 'f'));
}

/** Numbers its own answers. */
function counting(): Responder {
  let count = 0;
  return scripted(() => [
    { type: 'start' },
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', delta: `answer ${++count}` },
    { type: 'text-end', id: 't' },
    { type: 'finish' },
  ]);
}

describe('a run that archives what came after', () => {
  test('archives in the step that begins it, including items that a fork inherits', async () => {
    await using kit = await openKit({ clock: Date.now });
    const { id } = await kit.thread();
    const responder = counting();
    for (const input of ['a', 'b', 'c']) {
      await (
        await kit.owner.runs.start(id, { input, responder })
      ).done;
    }
    const [fork] = await kit.owner.threads.fork([{ threadId: id }]);
    const items = (await kit.owner.items.list(fork!.id)).data;
    const asked = { replacesId: items[1]!.id, archiveAfter: items[1]!.id, responder };
    const { done } = await kit.owner.runs.start(fork!.id, asked);
    expect(await done).toMatchObject({ status: 'completed' });
    expect(await current(kit, fork!.id)).toEqual(['a', 'answer 4']);
    expect(await current(kit, id)).toEqual(['a', 'answer 1', 'b', 'answer 2', 'c', 'answer 3']);
  });

  test('changes nothing when it is refused', async () => {
    await using kit = await openKit({ clock: Date.now });
    const { id } = await kit.thread();
    const responder = counting();
    const first = await kit.owner.runs.start(id, { input: 'a', responder });
    await first.done;
    await (
      await kit.owner.runs.start(id, { input: 'b', responder })
    ).done;
    const archiveAfter = first.items[0]!.id;
    const hung = gate();
    const slow = scripted(async function* () {
      await hung.opened;
      yield* textChunks('slow').slice(0, 5);
    });
    const busy = await kit.owner.runs.start(id, { input: 'c', responder: slow });
    const log = (await kit.owner.items.list(id, { view: 'log' })).data;
    const asked = { input: 'd', archiveAfter, responder };
    await expect(kit.owner.runs.start(id, asked)).rejects.toMatchObject({ code: 'conflict' });
    await expect(kit.other.runs.start(id, asked)).rejects.toMatchObject({ code: 'not_found' });
    hung.open();
    await busy.done;
    const unknown = { input: 'd', archiveAfter: unknownIdLike(log[0]!.id), responder };
    await expect(kit.owner.runs.start(id, unknown)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect((await kit.owner.items.list(id, { view: 'log' })).data.slice(0, -1)).toEqual(log);
  });

  test('has a bound', async () => {
    await using kit = await openKit({ clock: Date.now });
    const { id } = await kit.thread();
    const [first] = await kit.say(id, 'first');
    for (let batch = 0; batch < 2; batch++) {
      const items = Array.from({ length: 501 }, () => ({ role: 'user', text: 'x' }) as const);
      await kit.owner.items.append(id, items);
    }
    const asked = { input: 'd', archiveAfter: first!.id, responder: counting() };
    await expect(kit.owner.runs.start(id, asked)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(await current(kit, id)).toHaveLength(50);
  });
});

test('the same input after a failure is another attempt, in the place of the one before', async () => {
  await using kit = await openKit({ clock: Date.now });
  const { id } = await kit.thread();
  const failing = scripted(() => {
    throw new Error('It broke.');
  });
  const input = [{ role: 'user', text: 'Q', key: 'q' }] as const;
  for (const attempt of [1, 2]) {
    const { run, done } = await kit.owner.runs.start(id, { input, responder: failing });
    expect(run.attempt).toBe(attempt);
    expect(await done).toMatchObject({ status: 'failed' });
  }
  const { done } = await kit.owner.runs.start(id, { input, responder: counting() });
  const last = await done;
  expect(last).toMatchObject({ status: 'completed', attempt: 3 });
  expect(await current(kit, id)).toEqual(['Q', 'answer 1']);
  const inputItemId = last.inputItemId!;
  const { data } = await kit.owner.runs.list(id, { inputItemId });
  expect(data.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  const both = kit.owner.runs.list(id, { inputItemId, status: 'failed' });
  await expect(both).rejects.toMatchObject({ code: 'invalid_request' });
});

test('an answer continues once', async () => {
  await using kit = await openKit({ clock: Date.now });
  const { id } = await kit.thread();
  const asking = scripted(() => [
    { type: 'start' },
    { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
    { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
    { type: 'finish' },
  ]);
  const { run, done } = await kit.owner.runs.start(id, { input: 'Buy', responder: asking });
  await done;
  const asked = (await kit.owner.items.list(id)).data[1]!;
  const input = [
    { role: 'assistant', parts: asked.parts, replacesId: asked.id, runId: run.id },
  ] as const;
  const going = scripted(() => [
    { type: 'start' },
    { type: 'tool-output-available', toolCallId: 'c', output: 1 },
    { type: 'finish' },
  ]);
  const next = await kit.owner.runs.start(id, { input, responder: going });
  expect(await next.done).toMatchObject({ status: 'completed' });
  const after = (await kit.owner.items.list(id, { view: 'log' })).data;
  const again = kit.owner.runs.start(id, { input, responder: going });
  await expect(again).rejects.toMatchObject({ code: 'conflict' });
  expect((await kit.owner.items.list(id, { view: 'log' })).data).toEqual(after);
});
