import { expect, test } from 'vitest';
import { openKit, times } from '../../../test/support/store/store-kit-for-testing.ts';
import { textOf } from '../../shared/parts.ts';
import type { Responder, TurnContext } from '../../api/responder.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';

function answering(asked: string[][], before: Promise<void> = Promise.resolve()): Responder {
  return scripted(async function* ({ items }: TurnContext) {
    asked.push(items.map(({ parts }) => textOf(parts)));
    await before;
    yield* textChunks(`a${textOf(items.at(-1)!.parts)}`);
  });
}

test('a run that waited gets the earlier questions, each followed by its answer', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const asked: string[][] = [];
  const hung = gate();
  const responder = answering(asked, hung.opened);
  const starts = [];
  for (const input of ['1', '2', '3']) {
    starts.push(await kit.owner.runs.start(id, { input, responder, policy: 'enqueue' }));
  }
  hung.open();
  for (const { done } of starts) expect(await done).toMatchObject({ status: 'completed' });
  expect(asked).toEqual([['1'], ['1', 'a1', '2'], ['1', 'a1', '2', 'a2', '3']]);
  await (
    await kit.owner.runs.start(id, { input: '4', responder })
  ).done;
  expect(asked.at(-1)).toEqual(['1', 'a1', '2', 'a2', '3', 'a3', '4']);
});

test('an old item is answered with its preceding items, however many follow it', async () => {
  await using kit = await openKit({ runs: { contextItemsMax: 5 } });
  const { id } = await kit.thread();
  const asked: string[][] = [];
  const responder = answering(asked);
  await kit.append(id, { role: 'system', text: 'Be kind.' });
  const texts = times(40, (i) => `m${i}`);
  const items = await kit.say(id, ...texts);
  const { done } = await kit.owner.runs.start(id, { inputItemId: items[20]!.id, responder });
  const { outputItemId } = await done;
  const window = ['Be kind.', 'm16', 'm17', 'm18', 'm19', 'm20'];
  expect(asked.at(-1)).toEqual(window);
  await kit.say(id, ...texts);
  await (
    await kit.owner.runs.start(id, { replacesId: outputItemId!, responder })
  ).done;
  expect(asked.at(-1)).toEqual(window);
});

test('a question that was edited while it waited is asked as it now is', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const asked: string[][] = [];
  const hung = gate();
  const responder = answering(asked, hung.opened);
  const first = await kit.owner.runs.start(id, { input: '1', responder });
  const second = await kit.owner.runs.start(id, { input: '2', responder, policy: 'enqueue' });
  await kit.append(id, { text: '2b', replacesId: second.items[0]!.id });
  hung.open();
  await Promise.all([first.done, second.done]);
  expect(asked).toEqual([['1'], ['1', 'a1', '2b']]);
});

test('without input the newest item of a user is answered', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const asked: string[][] = [];
  const responder = answering(asked);
  await kit.say(id, '1');
  await kit.append(id, { role: 'assistant', text: 'by hand' });
  const { run, done } = await kit.owner.runs.start(id, { responder });
  await done;
  expect(asked).toEqual([['1']]);
  expect(run.attempt).toBe(1);
  const empty = await kit.thread();
  await expect(kit.owner.runs.start(empty.id, { responder })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});
