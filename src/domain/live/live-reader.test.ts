import { describe, expect, test } from 'vitest';
import {
  issuesOf,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { encodeLivePosition } from '../log/live-cursor.ts';
import type { LiveEvent } from '../../api/live.ts';
import {
  cursorOf,
  nameOf,
  Tail,
  textsOf,
  versionOf,
} from '../../../test/support/domain/live-kit-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

describe('a live reader', () => {
  test('gets a head that an interruption preceded, and none that it already got', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const after = await cursorOf(kit.owner, id);
    await kit.say(id, 'said');
    await using first = new Tail(kit.owner, id, { after });
    const item = (await first.next())!;
    await using second = new Tail(kit.owner, id, { after: item.cursor });
    const head = (await second.next())!;
    expect(nameOf(head)).toBe('head 2');
    await using third = new Tail(kit.owner, id, { after: head.cursor });
    const next = third.next();
    await someTurns();
    await kit.owner.threads.update([{ id, title: 'renamed' }]);
    expect(nameOf((await next)!)).toBe('head 3');
  });

  test.each([
    ['other', 'current', ['edit: edited']],
    ['owner', 'current', ['shown', 'private', 'edit: edited']],
    ['owner', 'context', ['shown', 'hidden', 'private', 'edit: edited']],
    ['owner', 'log', ['shown', 'hidden', 'archived', 'private', 'edited', 'edit: edited']],
  ] as const)('sees the same fed by hints and from the log: %s, %s', async (who, view, texts) => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    await using hot = new Tail(kit[who], id, { view });
    const head = (await hot.next())!;
    await speak(kit, id);
    const version = await versionOf(kit, id);
    expect(textsOf(await hot.upTo(version))).toEqual(texts);
    await using cold = new Tail(kit[who], id, { view, after: head.cursor });
    expect(textsOf(await cold.upTo(version))).toEqual(texts);
  });

  test('is not held up by pages in which it may see nothing', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const after = await cursorOf(kit.other, id);
    await kit.owner.items.append(
      id,
      times(300, (i) => ({ role: 'user', text: `${i}`, visibility: 'hidden' })),
    );
    await kit.say(id, 'shown');
    await using tail = new Tail(kit.other, id, { after });
    expect(textsOf(await tail.upTo(3))).toEqual(['shown']);
  });

  test.each([
    ['redacted', ['', 'redaction: ']],
    ['hidden', ['visibility: gone']],
  ])('that is slow does not see what was %s since', async (how, texts) => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    await using tail = new Tail(kit.other, id);
    await tail.next();
    const [said] = await kit.say(id, 'secret');
    if (how === 'redacted') await kit.owner.items.redact(id, [said!.id]);
    else await kit.owner.items.update(id, [{ id: said!.id, visibility: 'hidden' }]);
    expect(textsOf(await tail.upTo(await versionOf(kit, id)))).toEqual(texts);
  });

  test('ends in the middle of a page when it is aborted', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const after = await cursorOf(kit.owner, id);
    await kit.say(id, '0', '1', '2');
    await using tail = new Tail(kit.owner, id, { after });
    expect(textsOf([(await tail.next())!])).toEqual(['0']);
    tail.abort();
    expect(await tail.next()).toBeUndefined();
  });

  test('takes no cursor that is ahead of the thread', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [said] = await kit.say(id, 'said');
    const laterId = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    for (const position of [
      { itemId: said!.id, version: 3, isHeadTold: false },
      { itemId: laterId, version: 2, isHeadTold: false },
    ]) {
      await using tail = new Tail(kit.owner, id, { after: encodeLivePosition(id, position) });
      expect(await issuesOf(tail.next())).toEqual(['after']);
    }
  });

  test('of a fork reads on while the source is deleted', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(60, (i) => `s${i}`));
    const [fork] = await kit.owner.threads.fork([{ threadId: id }]);
    await kit.append(fork!.id, { text: 's3, edited', replacesId: said[3]!.id });
    await using tail = new Tail(kit.owner, fork!.id, { after: said[0]!.id });
    const events: LiveEvent[] = [(await tail.next())!];
    await kit.owner.threads.delete([id]);
    await settled(kit);
    await kit.say(fork!.id, 'own');
    events.push(...(await tail.upTo(await versionOf(kit, fork!.id))));
    const inherited = times(59, (i) => (i === 2 ? 's3, edited' : `s${i + 1}`));
    expect(textsOf(events)).toEqual([...inherited, 'edit: s3, edited', 'own']);
  });
});

/** Items of every kind that a view may or may not show. */
async function speak(kit: StoreKit, id: string): Promise<void> {
  const shown = await kit.append(id, { text: 'shown' });
  await kit.append(id, { text: 'hidden', visibility: 'hidden' });
  await kit.append(id, { text: 'archived', visibility: 'archived' });
  await kit.append(id, { text: 'private', private: true });
  await kit.append(id, { text: 'edited', replacesId: shown.id });
}
