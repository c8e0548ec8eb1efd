import { expect, test } from 'vitest';
import {
  codeOf,
  openKit,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Item, NewItem } from '../../api/item.ts';
import { textOf } from '../../shared/parts.ts';
import type { Chunk } from '../../api/responder.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';

const good = scripted(() => textChunks('good'));
const limited = scripted(() => {
  throw new RunFailure({ code: 'rate_limited', message: 'Too much.', retryable: true });
});

async function shown(kit: StoreKit, threadId: string): Promise<readonly Item[]> {
  return (await kit.owner.items.list(threadId)).data;
}

test('a new attempt that fails without a word leaves the answer that was there', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const { outputItemId } = await (
    await kit.owner.runs.start(id, { input: 'Q', responder: good })
  ).done;
  const replacing = { replacesId: outputItemId!, responder: limited };
  for (const attempt of [2, 3]) {
    const { run, done } = await kit.owner.runs.start(id, replacing);
    const error = { code: 'rate_limited' };
    expect(await done).toMatchObject({ status: 'failed', attempt, error });
    expect((await kit.owner.runs.get(id, run.id)).outputItemId).toBeUndefined();
    const [, answer, ...others] = await shown(kit, id);
    expect(others).toEqual([]);
    expect([answer!.id, textOf(answer!.parts)]).toEqual([outputItemId, 'good']);
  }
  const [turn] = (await kit.owner.comparisons.turns(id)).data;
  expect(turn).toMatchObject({ model1Response: 'good' });
});

test('an error makes way for the next attempt, whatever that leads to', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const first = await kit.owner.runs.start(id, { input: 'Q', responder: limited });
  const { outputItemId } = await first.done;
  const replacing = { replacesId: outputItemId!, responder: limited };
  await (
    await kit.owner.runs.start(id, replacing)
  ).done;
  const [, failure, ...others] = await shown(kit, id);
  expect(others).toEqual([]);
  expect(failure!.parts).toMatchObject([{ type: 'data-error', data: { code: 'rate_limited' } }]);
});

test('a message id is one message’s', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  await kit.append(id, { text: 'one', key: 'm1' });
  const taken = { input: 'Q', messageId: 'm1', responder: good };
  expect(await codeOf(kit.owner.runs.start(id, taken))).toBe('key_conflict');
  const hung = gate();
  const slow = scripted(async function* () {
    await hung.opened;
    yield* textChunks('slow');
  });
  const first = { input: 'Q', messageId: 'm2', responder: slow } as const;
  const { done } = await kit.owner.runs.start(id, first);
  const second = { ...first, policy: 'enqueue' } as const;
  expect(await codeOf(kit.owner.runs.start(id, second))).toBe('key_conflict');
  // A caller may take the key of an answer in progress, which then gets another.
  await kit.append(id, { text: 'quick', key: 'm2' });
  hung.open();
  const { outputItemId } = await done;
  const items = await shown(kit, id);
  expect(items.map(({ key }) => key).filter((key) => key === 'm2')).toHaveLength(1);
  const answer = items.find((item) => item.id === outputItemId);
  expect(answer!.metadata).toMatchObject({ 'skein:messageId': 'm2' });
});

test('the same idempotency key with another message id is another request', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const options = { idempotencyKey: 'k' };
  const asked = { input: 'Q', messageId: 'm', metadata: { a: 1 }, responder: good };
  const { run, done } = await kit.owner.runs.start(id, asked, options);
  await done;
  const again = await kit.owner.runs.start(id, asked, options);
  expect([again.replayed, again.run.id]).toEqual([true, run.id]);
  for (const changed of [
    { messageId: 'n' },
    { metadata: { a: 2 } },
    { policy: 'enqueue' },
  ] as const) {
    const other = kit.owner.runs.start(id, { ...asked, ...changed }, options);
    expect(await codeOf(other)).toBe('key_conflict');
  }
});

function used(totalTokens: number): Chunk {
  return { type: 'finish', messageMetadata: { usage: { totalTokens } } };
}

test('an answer is continued by its responder, and its tokens and time are added up', async () => {
  const buying = scripted(({ continued }) => {
    if (continued)
      return [
        { type: 'start' },
        { type: 'tool-output-available', toolCallId: 'c', output: 1 },
        used(14),
      ];
    return [
      { type: 'start' },
      { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
      used(150),
    ];
  }, 'test/buying');
  const named = scripted(() => textChunks('not me'), 'test/other');
  await using kit = await openKit({ responders: sourceOf(named, buying) });
  const { id } = await kit.thread();
  const { run, done } = await kit.owner.runs.start(id, { input: 'Buy', model: 'test/buying' });
  expect(await done).toMatchObject({ status: 'interrupted', usage: { totalTokens: 150 } });
  kit.clock.advance(60_000);
  const asked = (await shown(kit, id))[1]!;
  const input: NewItem[] = [
    { role: 'assistant', parts: asked.parts, replacesId: asked.id, runId: run.id },
  ];
  const other = kit.owner.runs.start(id, { input, model: 'test/other' });
  expect(await codeOf(other)).toBe('invalid_request');
  const next = await kit.owner.runs.start(id, { input }); // the default model is another one
  expect(await next.done).toMatchObject({
    id: run.id,
    status: 'completed',
    model: 'test/buying',
    usage: { totalTokens: 164 },
    waitedMs: 60_000,
  });
  expect((await shown(kit, id))[1]!.metadata.usage).toEqual({ totalTokens: 164 });
  const [turn] = (await kit.owner.comparisons.turns(id)).data;
  expect(turn).toMatchObject({ model1Name: 'test/buying', model1TimeMs: 0 });
});

test('a program that has another model by then lets an answer go on with it, and the run says so', async () => {
  const asking = scripted(
    () => [
      { type: 'start' },
      { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
    ],
    'test/old',
  );
  const going = scripted(
    () => [{ type: 'start' }, { type: 'tool-output-available', toolCallId: 'c', output: 1 }],
    'test/new',
  );
  await using kit = await openKit();
  const { id } = await kit.thread();
  const { run, done } = await kit.owner.runs.start(id, { input: 'Buy', responder: asking });
  await done;
  const asked = (await shown(kit, id))[1]!;
  const input: NewItem[] = [
    { role: 'assistant', parts: asked.parts, replacesId: asked.id, runId: run.id },
  ];
  const next = await kit.owner.runs.start(id, { input, responder: going });
  expect(await next.done).toMatchObject({ id: run.id, status: 'completed', model: 'test/new' });
});

test('a long answer is stopped while it is written', async () => {
  await using kit = await openKit({ runs: { flushIntervalMs: 1 }, clock: Date.now });
  const { id } = await kit.thread();
  const endless = scripted(async function* () {
    yield* textChunks().slice(0, 3);
    for (let i = 0; ; i++) {
      yield { type: 'text-delta', id: 't', delta: `${i} ` };
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const { run, done } = await kit.owner.runs.start(id, { input: 'Count', responder: endless });
  for await (const { seq } of kit.owner.streams.readGroups(id, run.streamId)) {
    if (seq > 60_000) break;
  }
  expect(await kit.owner.runs.stop(id, run.id)).toMatchObject({ status: 'cancelled' });
  expect(await done).toMatchObject({ status: 'cancelled' });
  const [, answer] = await shown(kit, id);
  expect(textOf(answer!.parts)).toMatch(/^0 1 2 .* 59000 /);
});

test('an answer has a bound', async () => {
  await using kit = await openKit({ clock: Date.now });
  const { id } = await kit.thread();
  const delta = 'x'.repeat(1024 * 1024);
  const endless = scripted(function* () {
    yield* textChunks().slice(0, 3);
    for (;;) yield { type: 'text-delta', id: 't', delta };
  });
  const { done } = await kit.owner.runs.start(id, { input: 'Go on', responder: endless });
  const error = { code: 'too_large', retryable: false };
  expect(await done).toMatchObject({ status: 'failed', error });
  const [, answer] = await shown(kit, id);
  expect(textOf(answer!.parts).length).toBeGreaterThan(15 * delta.length);
});
