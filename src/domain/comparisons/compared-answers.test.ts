import { expect, test } from 'vitest';
import { codeOf, openKit } from '../../../test/support/store/store-kit-for-testing.ts';
import { textOf } from '../../shared/parts.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';

const alpha = scripted(() => textChunks('from alpha'), 'lab/alpha-1');
const beta = scripted(() => textChunks('from beta'), 'lab/beta-2');
const buying = scripted(({ continued }) => {
  if (continued) return textChunks('I am lab/gamma-3');
  return [
    { type: 'start' },
    { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
    { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
    { type: 'finish' },
  ];
}, 'lab/gamma-3');
const models = ['lab/alpha-1', 'lab/beta-2'] as const;

test('an answer in a comparison cannot be replaced', async () => {
  await using kit = await openKit({ responders: sourceOf(alpha, beta) });
  const { id } = await kit.thread();
  const begun = await kit.owner.comparisons.create(id, { prompt: 'Who?', models });
  const { left } = await begun.done;
  const replacesId = left.outputItemId!;
  expect(await codeOf(kit.owner.runs.start(id, { replacesId, model: 'lab/beta-2' }))).toBe(
    'conflict',
  );
  const [turn] = (await kit.owner.comparisons.turns(id)).data;
  expect(turn).toMatchObject({ model1Response: 'from alpha', model2Response: 'from beta' });
});

test('a side that waits for people does not go on, so a blind one tells nothing more', async () => {
  await using kit = await openKit({ responders: sourceOf(alpha, buying) });
  const { id } = await kit.thread();
  const sides = ['lab/alpha-1', 'lab/gamma-3'] as const;
  const asked = { prompt: 'Who?', models: sides, blind: true };
  const { right } = await (await kit.owner.comparisons.create(id, asked)).done;
  expect(right.status).toBe('interrupted');
  const before = (await kit.owner.items.list(id, { view: 'log' })).data;
  const waiting = before.find((item) => item.id === right.outputItemId)!;
  const input = [
    { role: 'assistant', parts: waiting.parts, replacesId: waiting.id, runId: right.runId },
  ] as const;
  expect(await codeOf(kit.owner.runs.start(id, { input, model: 'lab/gamma-3' }))).toBe('conflict');
  expect((await kit.owner.items.list(id, { view: 'log' })).data).toEqual(before);
});

test('a user who is not a member compares in a public thread, and votes', async () => {
  await using kit = await openKit({ responders: sourceOf(alpha, beta) });
  const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
  const begun = await kit.other.comparisons.create(id, { prompt: 'Who?', models });
  const ended = await begun.done;
  expect(ended.status).toBe('completed');
  await kit.other.comparisons.vote(id, ended.id, { choice: 'left' });
  const answer = await kit.owner.items.get(id, ended.left.outputItemId!);
  expect(textOf(answer.parts)).toBe('from alpha');
});
