/** What agents see, and that their runs are runs like others: limits, stops, approvals, retries. */
import { describe, expect, test } from 'vitest';
import type { Chunk, TurnContext } from '../../api/responder.ts';
import type { Item } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { asks } from '../../records/tables.ts';
import {
  agent,
  groupOf,
  kitOf,
  mention,
  quiet,
  said,
} from '../../../test/support/domain/agents-for-testing.ts';
import { gate, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import {
  codeOf,
  openKit,
  textIn,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';

/** An agent that notes what it is given. */
function listening(): { helper: ReturnType<typeof agent>; seen: string[][] } {
  const seen: string[][] = [];
  const helper = agent('helper', ({ items }: TurnContext) => {
    seen.push(items.map(textIn));
    return textChunks('Noted.');
  });
  return { helper, seen };
}

describe('an agent sees', () => {
  test('nothing hidden, also if the owner asks, and nothing private', async () => {
    const { helper, seen } = listening();
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'mentioned' });
    await kit.owner.items.append(id, [{ role: 'user', text: 'open' }]);
    await kit.host.items.append(id, [
      { role: 'user', text: 'SECRET hidden', visibility: 'hidden' },
      { role: 'user', text: 'SECRET archived', visibility: 'archived' },
      { role: 'assistant', text: 'SECRET saw', sawPrivate: true, authorId: 'owner' },
    ]);
    for (const person of [kit.owner, kit.other]) {
      await person.items.append(id, [{ role: 'user', text: 'SECRET private', private: true }]);
    }
    for (const person of [kit.owner, kit.other]) {
      await person.items.append(id, [mention('agent:helper', 'Well?')]);
      await quiet(kit, id);
    }
    expect(seen).toHaveLength(2);
    expect(seen.flat().filter((text) => text.includes('SECRET'))).toEqual([]);
    expect(seen[0]).toEqual(['open', ' Well?']);
  });

  test('a private question, and answers it for its asker alone', async () => {
    const { helper, seen } = listening();
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'always' }, ['other', 'third']);
    const third = kit.store.project('project').as({ userId: 'third' });
    await third.items.append(id, [{ role: 'user', text: 'SECRET of third', private: true }]);
    await quiet(kit, id);
    await kit.other.items.append(id, [{ role: 'user', text: 'SECRET of other', private: true }]);
    await quiet(kit, id);
    await kit.other.items.append(id, [{ role: 'user', text: 'open' }]);
    await quiet(kit, id);
    expect(seen).toEqual([['SECRET of third'], ['SECRET of other'], ['open']]);
    const readBy = async (as: ProjectApi): Promise<Item[]> =>
      [...(await as.items.list(id)).data].filter(({ role }) => role === 'assistant');
    expect(await readBy(kit.owner)).toMatchObject([{ authorId: 'agent:helper' }]);
    const own = await readBy(kit.other);
    expect(own).toMatchObject([
      { private: true, authorId: 'other' },
      { private: false, authorId: 'agent:helper' },
    ]);
    const runs = (await kit.other.runs.list(id)).data;
    expect(runs.map(({ authorId }) => authorId)).toEqual(['agent:helper', 'agent:helper']);
    expect((await kit.owner.runs.list(id)).data).toHaveLength(1);
  });

  test('open questions and private ones that came meanwhile, each in a run of its own', async () => {
    const hung = gate();
    const seen: string[][] = [];
    const helper = agent('helper', async function* ({ items }: TurnContext) {
      seen.push(items.map(textIn));
      if (seen.length === 1) await hung.opened;
      yield* textChunks('Yes.');
    });
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'always' });
    await kit.say(id, 'one');
    await until(() => Promise.resolve(seen.length === 1));
    await kit.other.items.append(id, [{ role: 'user', text: 'SECRET', private: true }]);
    await kit.say(id, 'two');
    await kit.owner.items.append(id, [{ role: 'user', text: 'own SECRET', private: true }]);
    await kit.say(id, 'three');
    hung.open();
    await quiet(kit, id);
    expect(seen.map((texts) => texts.filter((text) => text !== ' Yes.'))).toEqual([
      ['one'],
      ['one', 'SECRET'],
      ['one', 'two', 'three'],
      ['one', 'two', 'own SECRET'],
    ]);
  });
});

describe('a run of an agent', () => {
  test('counts among those of its asker: at the bound it waits, and the append succeeds', async () => {
    const hung = gate();
    const helper = agent('helper', async function* () {
      await hung.opened;
      yield* textChunks('Yes.');
    });
    const responders = sourceOf(helper);
    const runs = { runsPerUserMax: 2, leaseMs: 1000 };
    await using kit = await openKit({ responders, runs, clock: Date.now });
    const ids: string[] = [];
    for (const _ of times(4, String)) ids.push(await groupOf(kit, { helper: 'always' }));
    for (const id of ids) await kit.say(id, 'Hello.');
    for (const id of ids) await kit.other.items.append(id, [{ role: 'user', text: 'And mine.' }]);
    const activeOf = async (): Promise<number> => {
      const lists = ids.map((id) => kit.owner.runs.list(id, { status: 'running' }));
      return (await Promise.all(lists)).flatMap(({ data }) => data).length;
    };
    await until(async () => (await activeOf()) === 4);
    hung.open();
    for (const id of ids) await quiet(kit, id);
    for (const id of ids) {
      const { data } = await kit.owner.runs.list(id);
      expect(data.every(({ status }) => status === 'completed')).toBe(true);
      const last = (await kit.owner.items.list(id)).data.findLast(({ role }) => role === 'user');
      expect(data.map(({ inputItemId }) => inputItemId)).toContain(last!.id);
    }
  });

  test('is stopped by who asked or leads the thread, by a redaction and by a deletion', async () => {
    const helper = agent('helper', async function* ({ signal }: TurnContext) {
      yield* textChunks('Half').slice(0, 4);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'mentioned' }, ['other', 'third']);
    const third = kit.store.project('project').as({ userId: 'third' });
    const running = async (): Promise<string> => {
      let runId: string | undefined;
      await until(async () => {
        runId = (await kit.owner.runs.list(id, { status: 'running' })).data[0]?.id;
        return runId !== undefined;
      });
      return runId!;
    };
    for (const by of [kit.other, kit.owner]) {
      await kit.other.items.append(id, [mention('agent:helper')]);
      const runId = await running();
      expect(await codeOf(third.runs.stop(id, runId))).toBe('forbidden');
      expect(await by.runs.stop(id, runId)).toMatchObject({ status: 'cancelled' });
    }
    const [question] = await kit.other.items.append(id, [mention('agent:helper')]);
    const redacted = await running();
    await kit.other.items.redact(id, [question!.id]);
    await quiet(kit, id);
    expect(await kit.owner.runs.get(id, redacted)).toMatchObject({ status: 'cancelled' });
    await kit.other.items.append(id, [mention('agent:helper')]);
    await running();
    await kit.other.items.append(id, [mention('agent:helper')]);
    await kit.owner.threads.delete([id]);
    await until(async () => (await kit.rows(asks)).length === 0);
  });

  test('does not begin for a question that was redacted while it waited', async () => {
    const hung = gate();
    const seen: string[][] = [];
    const helper = agent('helper', async function* ({ items }: TurnContext) {
      seen.push(items.map(textIn));
      await hung.opened;
      yield* textChunks('Yes.');
    });
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'always' });
    await kit.say(id, 'one');
    await until(() => Promise.resolve(seen.length === 1));
    await kit.say(id, 'two');
    const [gone] = await kit.say(id, 'SECRET');
    await kit.owner.items.redact(id, [gone!.id]);
    hung.open();
    await quiet(kit, id);
    expect(seen).toEqual([['one'], ['one', ' Yes.', 'two']]);
  });

  const asking: Chunk[] = [
    { type: 'start' },
    { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
    { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
    { type: 'finish' },
  ];

  test('waits for an approval without keeping others, and goes on under its own id', async () => {
    const helper = agent('helper', ({ continued, items }: TurnContext) => {
      if (continued) return [{ type: 'tool-output-available', toolCallId: 'c', output: 1 }];
      return textIn(items.at(-1)!).includes('Buy') ? asking : textChunks('Yes.');
    });
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'always' });
    await kit.say(id, 'Buy');
    const [waiting] = await quiet(kit, id);
    await kit.other.items.append(id, [{ role: 'user', text: 'Meanwhile.' }]);
    expect(said(await quiet(kit, id)).at(-1)).toEqual(['agent:helper', 'Yes.']);
    const { runId, parts, id: replacesId } = waiting!;
    const input = [{ role: 'assistant', parts, replacesId, runId: runId! }] as const;
    expect(await codeOf(kit.other.runs.start(id, { input }))).toBe('forbidden');
    const { done } = await kit.owner.runs.start(id, { input });
    expect(await done).toMatchObject({ status: 'completed', authorId: 'agent:helper' });
    const answer = (await kit.owner.items.list(id)).data.find((item) => item.runId === runId);
    expect(answer).toMatchObject({ authorId: 'agent:helper' });
  });

  test('is closed by its asker, who asks again instead of deciding', async () => {
    const helper = agent('helper', ({ items }: TurnContext) =>
      textIn(items.at(-1)!).includes('Buy') ? asking : textChunks('Yes.'),
    );
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'always' });
    await kit.other.items.append(id, [{ role: 'user', text: 'Buy' }]);
    await quiet(kit, id);
    await kit.other.items.append(id, [{ role: 'user', text: 'No, thanks.' }]);
    await quiet(kit, id);
    const statuses = (await kit.owner.runs.list(id)).data.map(({ status }) => status);
    expect(statuses).toEqual(['cancelled', 'completed']);
  });

  test('that failed is tried again by the same agent, and a replaced answer is its, too', async () => {
    let attempts = 0;
    const helper = agent('helper', () => {
      attempts++;
      if (attempts === 1) throw new Error('It broke.');
      return textChunks(`attempt ${attempts}`);
    });
    await using kit = await openKit({
      responders: sourceOf({ ...agent('lab/model'), kind: 'model' }, helper),
      clock: Date.now,
      runs: { onFailure: () => undefined },
    });
    const id = await groupOf(kit, { helper: 'always' });
    await kit.other.items.append(id, [{ role: 'user', text: 'Hello.' }]);
    const [failed] = await quiet(kit, id);
    expect(failed).toMatchObject({ authorId: 'agent:helper' });
    const retried = await kit.other.runs.start(id, { retriesId: failed!.id });
    expect(await retried.done).toMatchObject({ authorId: 'agent:helper', attempt: 2 });
    const [answer] = await quiet(kit, id);
    const again = await kit.other.runs.start(id, { replacesId: answer!.id });
    expect(await again.done).toMatchObject({ authorId: 'agent:helper', attempt: 3 });
    expect(said(await quiet(kit, id))).toEqual([['agent:helper', 'attempt 3']]);
  });

  test('that a person starts answers its message, and no other agent does unless mentioned', async () => {
    await using kit = await kitOf(agent('a'), agent('b'), { ...agent('lab/model'), kind: 'model' });
    const id = await groupOf(kit, { a: 'always', b: 'mentioned' });
    const authorOf = async (run: object): Promise<string | undefined> => {
      const { done } = await kit.other.runs.start(id, run);
      const { authorId } = await done;
      await quiet(kit, id);
      return authorId;
    };
    expect(await authorOf({ input: 'Hello.' })).toBe('agent:a');
    expect(await authorOf({ input: [mention('agent:b')] })).toBe('agent:b');
    expect(await authorOf({ input: 'Hello.', agent: 'b' })).toBe('agent:b');
    expect(await authorOf({ input: 'Hello.', model: 'lab/model' })).toBeUndefined();
    expect((await kit.owner.runs.list(id)).data).toHaveLength(4);
    expect(await authorOf({ input: [mention('agent:b')], agent: 'a' })).toBe('agent:a');
    expect((await kit.owner.runs.list(id)).data.map(({ agent: name }) => name).slice(4)).toEqual([
      'a',
      'b',
    ]);
  });

  test('of an agent that left the configuration fails where all see it', async () => {
    await using kit = await kitOf(agent('helper'));
    const id = await groupOf(kit, { helper: 'always' });
    const { engine } = kit;
    await kit.store.close();
    const responders = sourceOf(agent('other'));
    await using again = await openKit({ engine, responders, clock: Date.now });
    await again.say(id, 'Hello.');
    await quiet(again, id);
    const { data } = await again.owner.runs.list(id);
    expect(data).toMatchObject([{ status: 'failed', authorId: 'agent:helper' }]);
  });
});
