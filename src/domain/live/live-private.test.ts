import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import type { Item } from '../../api/item.ts';
import type { LiveEvent } from '../../api/live.ts';
import { LiveClientForTesting } from '../../../test/support/store/live-client-for-testing.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  openKit,
  settled,
  textsIn,
  times,
  type StoreKit,
  storedForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { Tail, textsOf, versionOf } from '../../../test/support/domain/live-kit-for-testing.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { encodeLivePosition } from '../log/live-cursor.ts';

const seed = seedForTesting();
const openThreads = [
  { visibility: 'public' },
  { mode: 'public', visibility: 'unlisted' },
  { mode: 'group', visibility: 'public' },
] as const;

/** What a stranger reads from here up to now, and what its page shows then. */
async function told(kit: StoreKit, id: string, after?: string): Promise<LiveClientForTesting> {
  const start = { itemId: '', version: 0, isHeadTold: false };
  const options = { after: after ?? encodeLivePosition(storedForTesting(id), start) };
  const client = new LiveClientForTesting(kit.other, id, options);
  const version = await versionOf(kit, id);
  await client.read((event) => event.type === 'head' && event.thread.version >= version);
  return client;
}

function changesIn(events: readonly LiveEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'change' ? [event.change.itemId] : []));
}

describe.each(openThreads)('a stranger who tails a thread %j', (thread) => {
  test('reads the current text and never the one that was edited away', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(thread);
    const [first, typo] = await kit.say(id, 'first', 'CANARY');
    await kit.append(id, { text: 'CANARY, too', replacesId: typo!.id });
    await kit.append(id, { text: 'mended', replacesId: typo!.id });
    for (const after of [undefined, first!.id]) {
      const client = await told(kit, id, after);
      expect(JSON.stringify(client.events)).not.toContain('CANARY');
      expect(textsIn(client.items).at(-1)).toBe('mended');
    }
    const own = await cold(kit, id, first!.id);
    expect(textsOf(own)).toContain('CANARY'); // for whom the history is
  });

  test('reads so too where its tail is behind what this process has just written', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(thread);
    await using tail = new Tail(kit.other, id);
    await tail.next();
    const [typo] = await kit.say(id, 'CANARY');
    await kit.append(id, { text: 'mended', replacesId: typo!.id });
    const events = await tail.upTo(await versionOf(kit, id));
    expect(textsOf(events)).toEqual(['edit: mended']);
  });

  test('learns nothing of changes of private and of hidden items', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(thread);
    const mine = await kit.append(id, { text: 'mine', private: true });
    const marked = await kit.append(id, { role: 'assistant', text: 'its', sawPrivate: true });
    const hidden = await kit.append(id, { text: 'hidden', visibility: 'hidden' });
    for (const { id: replacesId } of [mine, marked, hidden]) {
      await kit.append(id, { text: 'edited', replacesId });
    }
    for (const one of [mine, marked]) {
      await kit.owner.items.update(id, [{ id: one.id, visibility: 'hidden' }]);
      await kit.owner.items.update(id, [{ id: one.id, visibility: 'visible' }]);
    }
    await kit.owner.items.redact(id, [mine.id, marked.id, hidden.id]);
    const { events } = await told(kit, id);
    expect(events.map(({ type }) => type)).toEqual(['head']);
  });

  test('learns that an item is gone whose revision saw something private, not by what', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(thread);
    const open = await kit.append(id, { role: 'assistant', text: 'open' });
    const secret = { role: 'assistant', text: 'CANARY', sawPrivate: true } as const;
    const revision = await kit.append(id, { ...secret, replacesId: open.id });
    const { events, items } = await told(kit, id);
    expect(items).toEqual([]);
    expect(changesIn(events)).toEqual([open.id]);
    expect(JSON.stringify(events.filter(({ type }) => type !== 'head'))).not.toContain(revision.id);
  });

  test('does not read the stream of an answer that was edited away', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(thread);
    const responder = scripted(() => textChunks('CANARY'));
    const { run, done } = await kit.owner.runs.start(id, { input: 'ask', responder });
    const { outputItemId } = await done;
    const read = (): Promise<unknown> => kit.other.streams.read(id, run.streamId).next();
    expect(await codeOf(read())).toBe('none');
    await kit.append(id, { role: 'assistant', text: 'mended', replacesId: outputItemId! });
    expect(await codeOf(read())).toBe('not_found');
    expect(await codeOf(kit.other.streams.get(id, run.streamId))).toBe('not_found');
    expect(await codeOf(kit.owner.streams.read(id, run.streamId).next())).toBe('none');
  });
});

test('what a fork has inherited with its edits arrives as it is there, after a deletion, too', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread({ visibility: 'public' });
  const [first, typo] = await kit.say(id, 'first', 'CANARY');
  await kit.append(id, { text: 'mended', replacesId: typo!.id });
  const [fork] = await kit.owner.threads.fork([{ threadId: id }]);
  await kit.owner.threads.update([{ id: fork!.id, visibility: 'public' }]);
  const inherited = await told(kit, fork!.id, first!.id);
  expect(textsOf(inherited.events)).toEqual(['mended']);
  await kit.owner.threads.delete([id]);
  await settled(kit);
  const copied = await told(kit, fork!.id, first!.id);
  expect(textsOf(copied.events)).toEqual(['mended']);
});

/** Each engine with each run. */
const cases = enginePlaces.flatMap(([name, create]) =>
  [0, 1, 2].map((run) => [name, run, create] as const),
);

test.each(cases)(
  `over random steps no tail tells what was taken away, on %s, run %i (SEED=${seed})`,
  async (_name, run, create) => {
    const random = seededRandom(seed + run);
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread(openThreads[run % openThreads.length]);
    const said: Item[] = [];
    let gone: readonly string[] = [];
    const withdraw = (...texts: string[]): void => void (gone = [...gone, ...texts]);
    const tails = times(3, () => ({ tail: new Tail(kit.other, id), version: 0 }));
    const current = new Map<string, string>();
    for (let step = 0; step < 60; step++) {
      const text = `<${step}>`;
      const kind = random.below(6);
      const target = said.length > 0 && kind > 2 ? random.pick(said) : undefined;
      const before = target && current.get(target.id);
      if (target === undefined) {
        const isPrivate = random.chance(0.3);
        const item = await kit.append(id, { text, private: isPrivate });
        if (isPrivate) withdraw(text);
        current.set(item.id, text);
        said.push(item);
      } else if (kind === 3) {
        const edit = kit.append(id, { text, replacesId: target.id });
        if ((await codeOf(edit)) !== 'none') continue; // it was redacted
        withdraw(before!);
        if (target.private) withdraw(text);
        current.set(target.id, text);
      } else if (kind === 4) {
        await kit.owner.items.redact(id, [target.id]);
        withdraw(before!);
      } else {
        const visibility = random.pick(['hidden', 'visible'] as const);
        await kit.owner.items.update(id, [{ id: target.id, visibility }]);
      }
      const after = random.chance(0.5) && said.length > 0 ? random.pick(said).id : undefined;
      const lists = [(await told(kit, id, after)).events];
      const version = await versionOf(kit, id);
      for (const slow of tails.filter((one) => one.version < version && random.chance(0.3))) {
        lists.push(await slow.tail.upTo(version));
        slow.version = version;
      }
      const all = JSON.stringify(lists);
      expect(gone.filter((canary) => all.includes(canary))).toEqual([]);
      const page = await kit.other.items.list(id, { limit: 1000 });
      expect(textsIn((await told(kit, id)).items)).toEqual(textsIn(page.data));
    }
    for (const { tail } of tails) await tail[Symbol.asyncDispose]();
  },
);

async function cold(kit: StoreKit, id: string, after: string): Promise<LiveEvent[]> {
  await using tail = new Tail(kit.owner, id, { after });
  return await tail.upTo(await versionOf(kit, id));
}
