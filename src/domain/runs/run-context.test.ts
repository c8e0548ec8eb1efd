import { expect, test } from 'vitest';
import {
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { textOf } from '../../shared/parts.ts';
import type { Item, NewItem } from '../../api/item.ts';
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

/** The roles that a model gets, and the texts, of a thread with these items and then a question. */
async function windowOf(
  kit: StoreKit,
  items: readonly NewItem[],
  more: Partial<Responder> = {},
): Promise<Item[]> {
  const { id } = await kit.thread();
  if (items.length > 0) await kit.owner.items.append(id, items);
  let got: readonly Item[] = [];
  const responder = scripted(async function* (context: TurnContext) {
    got = context.items;
    await Promise.resolve();
    yield* textChunks('Fine.');
  });
  const { done } = await kit.owner.runs.start(id, {
    input: 'Which contract?',
    responder: { ...responder, ...more },
  });
  expect(await done).toMatchObject({ status: 'completed' });
  return [...got];
}

test('a paste, an output of a tool and a photo leave what stands before them', async () => {
  await using kit = await openKit();
  const photo = `data:image/png;base64,${'A'.repeat(660_000)}`;
  const items: NewItem[] = [
    { role: 'user', text: 'My name is Ada.' },
    { role: 'user', text: `contract: ${'lorem ipsum '.repeat(5900)}` },
    {
      role: 'assistant',
      parts: [
        {
          ...{ type: 'tool-w', toolCallId: '1', state: 'output-available', input: {} },
          output: 'x'.repeat(70_000),
        },
      ],
    },
    { role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url: photo }] },
  ];
  const window = await windowOf(kit, items);
  expect(window.slice(0, -1).map(({ parts }) => parts)).toEqual(
    items.map(({ parts, text }) => parts ?? [{ type: 'text', text }]),
  );
  expect(textOf(window.at(-1)!.parts)).toBe('Which contract?');
});

test('from turn 51 on a prompt begins with a question, too', async () => {
  await using kit = await openKit();
  const roles = times(120, (i) => (i % 2 === 0 ? 'user' : 'assistant'));
  const items = roles.map((role, i): NewItem => ({ role, text: `m${i}` }));
  for (const count of [98, 99, 100, 101, 119, 120]) {
    const window = await windowOf(kit, items.slice(0, count));
    expect(window[0]?.role, String(count)).toBe('user');
    expect(window.length, String(count)).toBeGreaterThan(97);
  }
});

test('long work with tools leaves its question', async () => {
  await using kit = await openKit();
  const work = times(150, (i): NewItem => ({ role: 'assistant', text: `step ${i}` }));
  const window = await windowOf(kit, [{ role: 'user', text: 'Do it all.' }, ...work]);
  expect(window.length).toBeGreaterThan(99);
  expect(textOf(window[0]!.parts)).toBe('Do it all.');
});

test('a model whose window is known gets what fits into it', async () => {
  await using kit = await openKit();
  const items = times(40, (i): NewItem => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    text: `${i} ${'lorem ipsum '.repeat(100)}`,
  }));
  const window = await windowOf(kit, items, { contextTokensMax: 2000 });
  const text = window.map(({ parts }) => textOf(parts)).join('');
  expect(text.length).toBeLessThan(6500);
  expect(text).toMatch(/Which contract\?$/);
  expect((await windowOf(kit, items, { contextTokensMax: 1_000_000 })).length).toBe(41);
});

test('the question is there when an approval continues a large answer', async () => {
  await using kit = await openKit({ runs: { contextBytesMax: 5000, contextItemsMax: 3 } });
  const { id } = await kit.thread();
  const asked: (readonly Item[])[] = [];
  const tool = { toolCallId: '1', toolName: 'mail' };
  const responder = scripted(async function* (context: TurnContext) {
    asked.push(context.items);
    await Promise.resolve();
    expect(context.continued).toBe(context.continued && context.items.at(-1));
    if (context.continued) return yield* textChunks('Sent.');
    yield { type: 'start' };
    yield { type: 'tool-input-available', toolCallId: '0', toolName: 'read', input: {} };
    yield { type: 'tool-output-available', toolCallId: '0', output: 'x'.repeat(60_000) };
    yield { type: 'tool-input-available', ...tool, input: { to: 'ada' } };
    yield { type: 'tool-approval-request', approvalId: 'a', toolCallId: '1' };
    yield { type: 'finish' };
  });
  const first = await kit.owner.runs.start(id, { input: 'Send the mail.', responder });
  const { outputItemId } = await first.done;
  await kit.say(id, '1', '2', '3', '4', '5');
  const answer = await kit.owner.items.get(id, outputItemId!);
  const parts = answer.parts.map((part) =>
    part.state === 'approval-requested'
      ? { ...part, state: 'approval-responded', approval: { id: 'a', approved: true } }
      : part,
  );
  const revision = {
    role: 'assistant',
    parts,
    replacesId: answer.id,
    runId: answer.runId!,
  } as const;
  await (
    await kit.owner.runs.start(id, { input: [revision], responder })
  ).done;
  const window = asked.at(-1)!;
  expect(textOf(window[0]!.parts)).toBe('Send the mail.');
  expect(window.at(-1)!.parts.at(-1)).toMatchObject({ state: 'approval-responded' });
  expect(JSON.stringify(window).length).toBeLessThan(10_000);
});
