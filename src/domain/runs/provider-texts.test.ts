import { describe, expect, test } from 'vitest';
import type { ProjectApi } from '../../api/project-api.ts';
import type { Responder } from '../../api/responder.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';
import {
  openKit,
  settled,
  textsIn,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

const canary = 'CANARY in what the provider said';
const publicThread = { mode: 'public', visibility: 'public' } as const;

/** The ways in which a model fails, each with the provider's own words. */
const failing: readonly (readonly [string, Responder])[] = [
  ['throws', failingWith('provider_error')],
  ['throws with a code of its own', failingWith('CANARY')],
  [
    'reports it as a chunk',
    scripted(() => [...textChunks('partial').slice(0, 4), { type: 'error', errorText: canary }]),
  ],
];

function failingWith(code: string): Responder {
  return scripted(() => {
    throw new RunFailure({ code, message: canary, retryable: true });
  });
}

/** All that a caller can read of a thread and its runs, as text. */
async function everything(caller: ProjectApi, id: string): Promise<string> {
  const runs = (await caller.runs.list(id)).data;
  const found: unknown[] = [runs, await caller.items.list(id), await caller.threads.graph(id)];
  for (const { id: runId, streamId } of runs) {
    found.push(await caller.runs.get(id, runId));
    for (const isWhole of [false, true]) {
      found.push(await collect(caller.streams.readGroups(id, streamId, { isWhole })));
    }
    found.push(await collect(caller.streams.read(id, streamId, { from: 'step' })));
  }
  for (const { id: itemId } of (await caller.items.list(id)).data) {
    found.push(await caller.items.get(id, itemId));
  }
  found.push(await caller.comparisons.list(id), await caller.comparisons.turns(id));
  return JSON.stringify(found);
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

async function liveOf(kit: StoreKit, caller: ProjectApi, id: string): Promise<string> {
  const { version } = await kit.owner.threads.get(id);
  const [first] = (await kit.owner.items.list(id)).data;
  const events = [];
  for await (const event of caller.threads.live(id, { after: first!.id })) {
    events.push(event);
    if (event.type === 'head' && event.thread.version >= version) break;
  }
  return JSON.stringify(events);
}

describe.each(failing)('the words of a provider whose model %s', (_how, responder) => {
  test("are for the thread's owner", async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { done } = await kit.owner.runs.start(id, { input: 'ask', responder });
    expect((await done).error?.message).toBe(canary);
    expect(await everything(kit.owner, id)).toContain('CANARY');
    expect(await liveOf(kit, kit.owner, id)).toContain('CANARY');
    for (const caller of [kit.other, kit.anonymous]) {
      expect(await everything(caller, id)).not.toContain('CANARY');
      expect(await liveOf(kit, caller, id)).not.toContain('CANARY');
      const [run] = (await caller.runs.list(id)).data;
      expect(run!.error).toEqual({
        code: 'provider_error',
        message: 'The model failed to answer.',
        retryable: true,
      });
    }
  });

  test('are not for the user who asked in the thread of another', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    await kit.say(id, 'hello');
    const { done } = await kit.other.runs.start(id, { input: 'ask', responder });
    const run = await done;
    expect(run.status).toBe('failed');
    expect(JSON.stringify([run, await everything(kit.other, id)])).not.toContain('CANARY');
    const answer = (await kit.other.items.list(id)).data.at(-1)!;
    await kit.owner.items.update(id, [{ id: answer.id, visibility: 'hidden' }]);
    expect(await everything(kit.owner, id)).toContain('CANARY');
  });

  test('are not sent to others who follow the answer or the thread while it fails', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    await kit.say(id, 'hello');
    const failure = gate();
    const slow: Responder = {
      ...responder,
      async *respond(context) {
        yield { type: 'start' };
        await failure.opened;
        yield* responder.respond(context);
      },
    };
    const tail = kit.other.threads.live(id);
    await tail.next();
    const { run, done } = await kit.owner.runs.start(id, { input: 'ask', responder: slow });
    const followed = collect(kit.other.streams.read(id, run.streamId));
    failure.open();
    await done;
    expect(JSON.stringify(await followed)).not.toContain('CANARY');
    const { version } = await kit.owner.threads.get(id);
    for await (const event of tail) {
      expect(JSON.stringify(event)).not.toContain('CANARY');
      if (event.type === 'head' && event.thread.version >= version) break;
    }
  });

  test("do not come along into another user's fork, also when the source is deleted", async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { done } = await kit.owner.runs.start(id, { input: 'ask', responder });
    await done;
    const [fork] = await kit.other.threads.fork([{ threadId: id }]);
    for (const step of ['inherited', 'copied']) {
      expect(JSON.stringify(await kit.other.items.list(fork!.id))).not.toContain('CANARY');
      if (step === 'copied') break;
      await kit.owner.threads.delete([id]);
      await settled(kit);
    }
    expect(textsIn((await kit.other.items.list(fork!.id)).data)[0]).toBe('ask');
  });
});

test('a comparison tells others that a side has failed, in neutral words', async () => {
  const respondents = new Respondents(['lab/alpha', 'lab/beta']);
  respondents.fail('lab/alpha', canary);
  respondents.break('lab/beta', canary);
  await using kit = await openKit({ responders: respondents });
  const { id } = await kit.thread(publicThread);
  const models = ['lab/alpha', 'lab/beta'] as const;
  const comparison = await (await kit.owner.comparisons.create(id, { prompt: 'ask', models })).done;
  expect(comparison.left.error?.message).toBe(canary);
  for (const caller of [kit.other, kit.anonymous]) {
    const one = await caller.comparisons.get(id, comparison.id);
    const events = await collect(caller.comparisons.read(id, comparison.id));
    expect(one.left.error?.code).toBe('provider_error');
    const all = JSON.stringify([one, events, await everything(caller, id)]);
    expect(all).not.toContain('CANARY');
  }
});

test('a part of this type that a user has written stays as it is', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread(publicThread);
  const parts = [{ type: 'data-error', data: { message: 'mine' } }];
  await kit.append(id, { parts });
  await kit.append(id, { role: 'assistant', parts: [{ type: 'data-error', data: 'CANARY' }] });
  const [mine, its] = (await kit.other.items.list(id)).data;
  expect(mine!.parts).toEqual(parts);
  expect(its!.parts).toMatchObject([{ type: 'data-error', data: { code: 'provider_error' } }]);
});
