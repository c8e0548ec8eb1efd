import { describe, expect, test } from 'vitest';
import type { Item, NewItem } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import type { Responder, TurnContext } from '../../api/responder.ts';
import type { Run, NewRun } from '../../api/run.ts';
import { items } from '../../records/tables.ts';
import { textOf } from '../../shared/parts.ts';
import { encodeLivePosition } from '../log/live-cursor.ts';
import { asOlderVersion } from '../../../test/support/domain/older-rows-for-testing.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import {
  codeOf,
  openKit,
  settled,
  type StoreKit,
  storedForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';

const secret = 'My password is hunter2';
const assistantThread = { visibility: 'public' } as const;
const publicThread = { mode: 'public', visibility: 'public' } as const;

const textsIn = (list: readonly Item[]): string[] => list.map(({ parts }) => textOf(parts));

/** Repeats all that it is given. */
function parrot(): { asked: string[][]; responder: Responder } {
  const asked: string[][] = [];
  const responder = scripted(({ items: given }: TurnContext) => {
    asked.push(textsIn(given));
    return textChunks(`heard: ${textsIn(given).join(' | ')}`);
  });
  return { asked, responder };
}

const privately = (text: string): readonly NewItem[] => [{ role: 'user', text, private: true }];

async function ask(caller: ProjectApi, id: string, run: NewRun): Promise<Run> {
  const { done } = await caller.runs.start(id, run);
  return done;
}

async function seen(caller: ProjectApi, id: string): Promise<string[]> {
  return textsIn((await caller.items.list(id)).data);
}

describe('the context of a question that is not private', () => {
  test.each([assistantThread, publicThread, {}] as const)(
    'has nothing private in it, in a thread %j',
    async (thread) => {
      await using kit = await openKit();
      const { id } = await kit.thread(thread);
      const { asked, responder } = parrot();
      await kit.append(id, { text: secret, private: true });
      await ask(kit.owner, id, { input: 'What did I say?', responder });
      expect(asked).toEqual([['What did I say?']]);
      expect((await kit.owner.threads.get(id)).lastPreview).toBe('heard: What did I say?');
      await ask(kit.owner, id, { input: privately('And in private?'), responder });
      expect(asked.at(-1)).toEqual([
        ...[secret, 'What did I say?', 'heard: What did I say?', 'And in private?'],
      ]);
      await ask(kit.owner, id, { input: 'And openly?', responder });
      expect(asked.at(-1)).toEqual(['What did I say?', 'heard: What did I say?', 'And openly?']);
    },
  );

  test('leaves out answers that saw something private, however they came to', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(assistantThread);
    const { asked, responder } = parrot();
    await kit.append(id, { role: 'assistant', text: 'It is hunter2', sawPrivate: true });
    await ask(kit.owner, id, { input: 'What?', responder });
    expect(asked).toEqual([['What?']]);
    await ask(kit.owner, id, { input: privately('What, in private?'), responder });
    expect(asked.at(-1)).toContain('It is hunter2');
  });

  test('has what is hidden only where the caller may read it', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { asked, responder } = parrot();
    const hidden = { role: 'system', text: 'Be kind.', visibility: 'hidden' } as const;
    await kit.append(id, hidden);
    await ask(kit.other, id, { input: 'Hi', responder });
    await ask(kit.owner, id, { input: 'Hello', responder });
    expect(asked).toEqual([['Hi'], ['Be kind.', 'Hi', 'heard: Hi', 'Hello']]);
    // Nor is a hidden item what a stranger asks for.
    const other = await kit.thread(publicThread);
    await kit.append(other.id, { text: 'hidden question', visibility: 'hidden' });
    expect(await codeOf(kit.other.runs.start(other.id, { responder }))).toBe('invalid_request');
  });
});

describe('the answer to a private question', () => {
  test('is private, and made of what the user who asked may read', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { asked, responder } = parrot();
    await kit.append(id, { text: 'of the owner', private: true });
    const run = await ask(kit.other, id, { input: privately('of the other'), responder });
    expect(asked).toEqual([['of the other']]);
    const again = { replacesId: run.outputItemId!, responder };
    expect(await codeOf(kit.owner.runs.start(id, again))).toBe('invalid_request');
    await ask(kit.other, id, again);
    expect(asked.at(-1)).toEqual(['of the other']);
    expect(await seen(kit.other, id)).toEqual(['of the other', 'heard: of the other']);
    expect(await kit.other.runs.list(id)).toMatchObject({ data: [{ attempt: 1 }, { attempt: 2 }] });
    expect(await seen(kit.anonymous, id)).toEqual([]);
  });

  test('is not told in the place of an answer that everybody reads', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(assistantThread);
    const { responder } = parrot();
    const { outputItemId } = await ask(kit.owner, id, { input: 'open', responder });
    const run = await ask(kit.owner, id, {
      ...{ input: privately(secret), responder },
      replacesId: outputItemId!,
    });
    expect(run.status).toBe('completed');
    await expectUntold(kit, id);
    expect(await seen(kit.owner, id)).toContain(`heard: open | heard: open | ${secret}`);
  });

  test('takes the steps on its way along', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(assistantThread);
    const agent = scripted(async function* ({ runId }: TurnContext) {
      const step = { role: 'tool', text: `looked for ${secret}`, runId, spanId: 's' } as const;
      await kit.append(id, step);
      yield* textChunks('found');
    });
    await ask(kit.owner, id, { input: privately(secret), responder: agent });
    await expectUntold(kit, id);
    expect(await seen(kit.owner, id)).toHaveLength(3);
    expect((await kit.anonymous.threads.graph(id)).nodes).toEqual([]);
  });
});

const beginningOf = (id: string): string =>
  encodeLivePosition(storedForTesting(id), { itemId: '', version: 0, isHeadTold: false });

/** Only the owner finds the secret, wherever the others look. */
async function expectUntold(kit: StoreKit, id: string): Promise<void> {
  for (const caller of [kit.other, kit.anonymous]) {
    const thread = await caller.threads.get(id);
    const list = (await caller.items.list(id)).data;
    const runs = (await caller.runs.list(id)).data;
    const turns = (await caller.comparisons.turns(id)).data;
    const events: unknown[] = [];
    for await (const event of caller.threads.live(id, { after: beginningOf(id) })) {
      events.push(event);
      if (event.type === 'head') break;
    }
    const told = JSON.stringify([thread, list, runs, turns, events]);
    expect(told).not.toMatch(/hunter2/);
    for (const item of (await kit.owner.items.list(id, { view: 'log' })).data) {
      const read = await caller.items.get(id, item.id).catch(() => undefined);
      expect(JSON.stringify(read ?? '')).not.toMatch(/hunter2/);
    }
    for (const run of (await kit.owner.runs.list(id)).data) {
      const chunks: unknown[] = [];
      try {
        for await (const event of caller.streams.read(id, run.streamId)) chunks.push(event);
      } catch {
        continue; // as it should be, for a run that is kept from the caller
      }
      expect(JSON.stringify(chunks)).not.toMatch(/hunter2/);
    }
  }
}

describe('an answer that saw something private', () => {
  /** A public thread of an older version, in which an answer tells what is private. */
  async function older(kit: StoreKit): Promise<{ id: string; answer: Item; run: Run }> {
    const { id } = await kit.thread(assistantThread);
    const echo = scripted(() => textChunks(`You said: ${secret}`));
    await kit.say(id, 'Hello');
    await kit.append(id, { role: 'assistant', text: 'Hello, you.' });
    await kit.append(id, { text: secret, private: true });
    const run = await ask(kit.owner, id, { input: 'What did I say?', responder: echo });
    const answer = await kit.owner.items.get(id, run.outputItemId!);
    await asOlderVersion(kit, id);
    return { id, answer, run };
  }

  test('of an older version is one that has a private item before it', async () => {
    await using kit = await openKit();
    const { id, run } = await older(kit);
    await expectUntold(kit, id);
    expect(await seen(kit.anonymous, id)).toEqual(['Hello', 'Hello, you.', 'What did I say?']);
    expect(await seen(kit.owner, id)).toHaveLength(5);
    expect(await codeOf(kit.other.runs.get(id, run.id))).toBe('not_found');
    expect(await codeOf(kit.other.items.get(id, run.outputItemId!))).toBe('not_found');
    expect((await kit.anonymous.threads.get(id)).lastPreview).toBe('What did I say?');
    expect((await kit.owner.threads.get(id)).lastPreview).toBe(`You said: ${secret}`);
    const [listed] = (await kit.other.threads.list({ visibility: 'public' })).data;
    expect(listed!.lastPreview).toBe('What did I say?');
  });

  test('of an older version is in no context of what is not private', async () => {
    await using kit = await openKit();
    const { id } = await older(kit);
    const { asked, responder } = parrot();
    await ask(kit.owner, id, { input: 'And now?', responder });
    expect(asked).toEqual([['Hello', 'Hello, you.', 'What did I say?', 'And now?']]);
    await expectUntold(kit, id);
  });

  test('hands its mark on to attempts, edits and what answers it', async () => {
    await using kit = await openKit();
    const { id, answer } = await older(kit);
    const { asked, responder } = parrot();
    const again = await ask(kit.owner, id, { replacesId: answer.id, responder });
    expect(asked.at(-1)).toEqual(['Hello', 'Hello, you.', 'What did I say?']);
    const own = await kit.owner.items.get(id, again.outputItemId!);
    expect(own).toMatchObject({ sawPrivate: true, private: false });
    const edit = { role: 'assistant', text: `Edited: ${secret}`, replacesId: own.id } as const;
    expect(await kit.append(id, edit)).toMatchObject({ sawPrivate: true });
    await ask(kit.owner, id, { inputItemId: answer.id, responder: parrot().responder });
    const reply = { role: 'assistant', text: `${secret}, you said`, parentId: answer.id } as const;
    expect(await kit.append(id, reply)).toMatchObject({ sawPrivate: true });
    await expectUntold(kit, id);
  });

  test('hands its mark on when it goes on after it has waited for people', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(assistantThread);
    const asking = scripted(({ continued }) => {
      if (continued) return textChunks(`bought for ${secret}`);
      return [
        { type: 'start' },
        { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: { secret } },
        { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
        { type: 'finish' },
      ];
    });
    await kit.append(id, { text: secret, private: true });
    const waiting = await ask(kit.owner, id, { input: 'Buy it', responder: asking });
    expect(waiting.status).toBe('interrupted');
    await asOlderVersion(kit, id);
    const { parts, ...asked } = await kit.owner.items.get(id, waiting.outputItemId!);
    const approved = { role: 'assistant', parts, replacesId: asked.id, runId: waiting.id } as const;
    const hung = gate();
    const going = scripted(async function* () {
      yield* textChunks(`bought for ${secret}`).slice(0, 4);
      await hung.opened;
      yield* textChunks('!').slice(2);
    });
    const { run, done } = await kit.owner.runs.start(id, { input: [approved], responder: going });
    await kit.owner.streams.read(id, run.streamId).next();
    expect(await codeOf(kit.other.streams.read(id, run.streamId).next())).toBe('not_found');
    expect(await codeOf(kit.other.runs.get(id, run.id))).toBe('not_found');
    hung.open();
    expect(await done).toMatchObject({ status: 'interrupted' });
    await expectUntold(kit, id);
  });

  test('stays as it is in forks, and when their source is deleted', async () => {
    await using kit = await openKit();
    const { id } = await older(kit);
    const [own] = await kit.owner.threads.fork([{ threadId: id }]);
    const [theirs] = await kit.other.threads.fork([{ threadId: id }]);
    const open = { visibility: 'public' } as const;
    await kit.owner.threads.update([{ id: own!.id, ...open }]);
    await kit.other.threads.update([{ id: theirs!.id, ...open }]);
    const check = async (): Promise<void> => {
      await expectUntold(kit, own!.id);
      const told = [
        await kit.other.items.list(theirs!.id, { view: 'log' }),
        await kit.other.items.list(theirs!.id, { view: 'context' }),
        await kit.other.threads.get(theirs!.id),
        await kit.anonymous.threads.list({ visibility: 'public' }),
      ];
      expect(JSON.stringify(told)).not.toMatch(/hunter2/);
    };
    await check();
    expect(await seen(kit.owner, own!.id)).toHaveLength(5);
    await kit.owner.threads.delete([id]);
    await settled(kit);
    await check();
    expect(await seen(kit.owner, own!.id)).toHaveLength(5);
    expect(await seen(kit.other, theirs!.id)).toEqual(['Hello', 'Hello, you.', 'What did I say?']);
    const { asked, responder } = parrot();
    await ask(kit.owner, own!.id, { input: 'And now?', responder });
    expect(asked.at(-1)!.join(' ')).not.toMatch(/hunter2/);
  });

  test('is found by the user that it answers, and by no other', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const echo = scripted(() => textChunks(`You said: ${secret}`));
    await kit.other.items.append(id, privately(secret));
    const run = await ask(kit.other, id, { input: 'What did I say?', responder: echo });
    await asOlderVersion(kit, id);
    const third = kit.store.project('project').as({ userId: 'third' });
    expect(await seen(kit.other, id)).toEqual([secret, 'What did I say?', `You said: ${secret}`]);
    expect(await seen(third, id)).toEqual(['What did I say?']);
    const again = await ask(kit.other, id, { replacesId: run.outputItemId!, responder: echo });
    expect(await seen(kit.other, id)).toHaveLength(3);
    expect(await seen(third, id)).toEqual(['What did I say?']);
    expect(await codeOf(third.runs.start(id, { replacesId: again.outputItemId! }))).toBe(
      'invalid_request',
    );
  });

  test('is not what a thread is named by', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(assistantThread);
    const prompts: string[] = [];
    const named: Responder = {
      ...scripted(() => textChunks(`You said: ${secret}`)),
      complete: (prompt) => {
        prompts.push(prompt);
        return Promise.resolve('A password of yours');
      },
    };
    await kit.append(id, { text: secret, private: true });
    const answer = { role: 'assistant', text: `It is ${secret}`, sawPrivate: true } as const;
    const { id: inputItemId } = await kit.append(id, answer);
    await ask(kit.owner, id, { inputItemId, responder: named });
    expect(prompts).toEqual([]);
    expect((await kit.owner.threads.get(id)).title).toBe('New Thread');
  });

  test('is not told by the title that an older version had generated', async () => {
    await using kit = await openKit();
    const { id } = await older(kit);
    await asOlderVersion(kit, id, { title: 'Your hunter2', titleSource: 'generated' });
    expect((await kit.owner.threads.get(id)).title).toBe('Your hunter2');
    expect((await kit.anonymous.threads.get(id)).title).toBe('Hello');
    const [fork] = await kit.other.threads.fork([{ threadId: id }]);
    expect(fork!.title).toBe('Hello');
  });
});

describe('what is kept from a caller', () => {
  test('is not tied to anything, and no list is asked by it', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const [open] = await kit.say(id, 'open');
    const { id: privateId } = await kit.append(id, { text: secret, private: true });
    const { id: hiddenId } = await kit.append(id, { text: 'hidden', visibility: 'hidden' });
    const mark = { role: 'assistant', text: secret, sawPrivate: true } as const;
    const { id: markedId } = await kit.append(id, mark);
    const noneId = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    const errors = async (itemId: string): Promise<unknown[]> => {
      const edge = { fromItemId: open!.id, toItemId: itemId, type: 'depends_on' } as const;
      const back = { fromItemId: itemId, toItemId: open!.id, type: 'caused_by' } as const;
      return Promise.all([
        messageOf(kit.other.edges.create(id, [edge])),
        messageOf(kit.other.edges.create(id, [back])),
        messageOf(kit.other.items.append(id, [{ role: 'user', text: 'x', parentId: itemId }])),
        messageOf(kit.other.items.append(id, [{ role: 'user', text: 'x', replacesId: itemId }])),
        messageOf(kit.other.runs.start(id, { inputItemId: itemId })),
        messageOf(kit.other.runs.start(id, { replacesId: itemId })),
      ]);
    };
    const none = await errors(noneId);
    for (const itemId of [privateId, hiddenId, markedId])
      expect(await errors(itemId)).toEqual(none);
    const lists = async (itemId: string): Promise<unknown[]> =>
      Promise.all([
        messageOf(kit.other.items.list(id, { parentId: itemId })),
        messageOf(kit.other.edges.list(id, { fromItemId: itemId })),
        messageOf(kit.other.edges.list(id, { toItemId: itemId })),
        messageOf(kit.other.threads.forks(id, { itemId })),
      ]);
    const noLists = await lists(noneId);
    for (const itemId of [privateId, markedId]) expect(await lists(itemId)).toEqual(noLists);
    // A fork of what one may only read shows no more, to its owner neither.
    const [fork] = await kit.other.threads.fork([{ threadId: id }]);
    for (const itemId of [privateId, hiddenId, markedId]) {
      const reply = { role: 'user', text: 'x', parentId: itemId } as const;
      expect(await codeOf(kit.other.items.append(fork!.id, [reply]))).toBe('invalid_request');
      const start = kit.other.runs.start(fork!.id, { inputItemId: itemId });
      expect(await codeOf(start)).toBe('invalid_request');
    }
  });
});

async function messageOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

test('what a model has made says in its row that it saw nothing private', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const { responder } = parrot();
  await ask(kit.owner, id, { input: 'Hello', responder });
  await kit.append(id, { role: 'tool', text: 'tool' });
  const marks = (await kit.rows(items, [id])).map(({ role, sawPrivate }) => [role, sawPrivate]);
  expect(marks).toEqual([
    ['user', undefined],
    ['assistant', false],
    ['tool', false],
  ]);
  expect(textOf((await kit.owner.items.list(id)).data[1]!.parts)).toBe('heard: Hello');
});
