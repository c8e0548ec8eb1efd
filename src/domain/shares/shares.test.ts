import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import type { NewShare, SharedEvent } from '../../api/share.ts';
import { shares } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { asOlderVersion } from '../../../test/support/domain/older-rows-for-testing.ts';
import { scripted } from '../../../test/support/domain/responders-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { textOf } from '../../shared/parts.ts';

/** The texts that a link shows. */
async function shown(kit: StoreKit, token: string): Promise<string[]> {
  const { data } = await kit.anonymous.shared.items(token);
  return data.map(({ parts }) => textOf(parts));
}

async function share(kit: StoreKit, threadId: string, input?: NewShare): Promise<string> {
  return (await kit.owner.shares.create(threadId, input)).token;
}

describe('a link', () => {
  test('shows a private thread to everybody, and what is private in it to nobody', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ title: 'Trip' });
    const items = [
      await kit.append(id, { text: 'plain' }),
      await kit.append(id, { text: 'my secret', private: true }),
      await kit.append(id, { role: 'assistant', text: 'saw it', sawPrivate: true }),
      await kit.append(id, { role: 'system', text: 'instructions', visibility: 'hidden' }),
      await kit.append(id, { text: 'put away', visibility: 'archived' }),
      await kit.append(id, { text: 'redacted' }),
      await kit.append(id, { text: 'first words' }),
    ];
    await kit.append(id, { text: 'last words', replacesId: items[6]!.id });
    await kit.owner.items.redact(id, [items[5]!.id]);
    const { token, url, share: made } = await kit.owner.shares.create(id);
    expect(token).toMatch(/^sl_[\w-]{43}$/);
    expect(url).toBe(`/s/${token}`);
    expect(JSON.stringify(made)).not.toContain(token);
    for (const caller of [kit.anonymous, kit.other, kit.owner, kit.foreigner]) {
      expect(await caller.shared.get(token)).toMatchObject({ title: 'Trip', isFrozen: false });
      const { data } = await caller.shared.items(token);
      expect(data.map(({ parts }) => textOf(parts))).toEqual(['plain', 'last words']);
      expect(Object.keys(data[0]!)).toEqual(['id', 'role', 'parts', 'createdAt']);
    }
    expect(await codeOf(kit.anonymous.threads.get(id))).toBe('unauthenticated');
    const stored = JSON.stringify(await kit.rows(shares));
    for (let i = 3; i + 12 <= token.length; i++)
      expect(stored).not.toContain(token.slice(i, i + 12));
  });

  test('shows authors only where it says so, and never what went wrong', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'other' }] });
    await kit.other.items.append(id, [{ role: 'user', text: 'hello' }]);
    const failing = scripted(() => {
      throw new RunFailure({ code: 'provider_error', message: 'CANARY', retryable: false });
    });
    await (
      await kit.owner.runs.start(id, { input: 'ask', responder: failing })
    ).done;
    for (const showAuthors of [true, false]) {
      const { data } = await kit.anonymous.shared.items(await share(kit, id, { showAuthors }));
      expect(data.map(({ authorId }) => authorId)).toEqual(
        showAuthors ? ['other', 'owner'] : [undefined, undefined],
      );
      expect(JSON.stringify(data)).not.toMatch(/CANARY|error/);
    }
  });

  test('is the same error whether it is unknown, revoked, expired, or of a deleted thread', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'a');
    const gone = await kit.thread();
    await kit.say(gone.id, 'a');
    const revoked = await kit.owner.shares.create(id);
    await kit.owner.shares.revoke(id, [revoked.share.id]);
    await kit.owner.shares.revoke(id, [revoked.share.id]); // a retry
    const expired = await share(kit, id, { expiresInSeconds: 60 });
    const deleted = await share(kit, gone.id);
    await kit.owner.threads.delete([gone.id]);
    kit.clock.advance(60_000);
    const wrong = ['', 'sl_', `sl_${'A'.repeat(43)}`, revoked.share.id, id];
    const messages = new Set<string>();
    for (const token of [revoked.token, expired, deleted, ...wrong]) {
      for (const caller of [kit.anonymous, kit.owner]) {
        const attempts = [
          () => caller.shared.get(token),
          () => caller.shared.items(token),
          () => caller.shared.live(token).next(),
          ...(caller === kit.owner ? [() => caller.shared.fork(token)] : []),
        ];
        for (const attempt of attempts) {
          const [{ status, ...outcome }] = (await Promise.allSettled([attempt()])) as [
            object & { status: string },
          ];
          messages.add(`${status} ${String(Object.values(outcome)[0])}`);
        }
      }
    }
    expect([...messages]).toHaveLength(1);
    expect(await codeOf(kit.anonymous.shared.fork(revoked.token))).toBe('unauthenticated');
  });

  test('is the owner’s to make, list and revoke, and there is none to a direct thread', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'other' }] });
    const made = await kit.owner.shares.create(id);
    const { shares: theirs } = kit.other;
    expect(await codeOf(theirs.create(id))).toBe('forbidden');
    expect(await codeOf(theirs.list(id))).toBe('forbidden');
    expect(await codeOf(theirs.revoke(id, [made.share.id]))).toBe('forbidden');
    expect(await codeOf(theirs.sharing(id))).toBe('forbidden');
    expect(await codeOf(kit.anonymous.shares.list(id))).toBe('unauthenticated');
    expect(await codeOf(kit.foreigner.shares.list(id))).toBe('not_found');
    expect((await kit.owner.shares.list(id)).data).toEqual([made.share]);
    const direct = await kit.owner.direct.open('other');
    expect(await codeOf(kit.owner.shares.create(direct.id))).toBe('forbidden');
  });

  test.each<[string, object]>([
    ['expiresInSeconds', { expiresInSeconds: 0 }],
    ['expiresInSeconds', { expiresInSeconds: 1.5 }],
    ['frozen', { frozen: 'yes' }],
    ['frozen', { frozen: true }],
    ['frozen', { frozen: false, atItemId: '019aa000-0000-7000-8000-000000000000' }],
    ['atItemId', { atItemId: '019aa000-0000-7000-8000-000000000000' }],
    ['atItemId', { atItemId: 'x' }],
    ['title', { title: 'x'.repeat(201) }],
    ['showAuthors', { showAuthors: 1 }],
    ['other', { other: 1 }],
  ])('is refused for its %s: %j', async (path, input) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    expect(await issuesOf(kit.owner.shares.create(id, input))).toEqual([path]);
    expect(await kit.rows(shares)).toEqual([]);
  });

  test('counts its views, a minute’s as one', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const token = await share(kit, id);
    for (let minute = 0; minute < 3; minute++) {
      await Promise.all(times(5, () => kit.anonymous.shared.get(token)));
      kit.clock.advance(60_000);
    }
    expect((await kit.owner.shares.list(id)).data[0]).toMatchObject({ views: 3 });
  });

  test('is forked into a thread of the reader’s own, with what it shows and nothing else', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ title: 'Trip', metadata: { secret: 'CANARY' } });
    await kit.append(id, { text: 'question', metadata: { secret: 'CANARY' } });
    await kit.append(id, { text: 'CANARY', private: true });
    await kit.append(id, { role: 'assistant', text: 'answer' });
    const token = await share(kit, id);
    const made = await kit.other.shared.forkWithOutcome(token, { idempotencyKey: 'k' });
    const again = await kit.other.shared.forkWithOutcome(token, { idempotencyKey: 'k' });
    expect([made.replayed, again.replayed, again.data.id]).toEqual([false, true, made.data.id]);
    expect(made.data).toMatchObject({ ownerId: 'other', title: 'Trip', visibility: 'private' });
    const { data } = await kit.other.items.list(made.data.id);
    expect(data.map(({ role, parts }) => `${role}: ${textOf(parts)}`)).toEqual([
      'user: question',
      'assistant: answer',
    ]);
    expect(JSON.stringify([made, data])).not.toContain('CANARY');
    expect(await codeOf(kit.foreigner.shared.fork(token))).toBe('forbidden');
  });

  test('which stays a copy, whatever becomes of the thread and of the link', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said = await kit.append(id, { text: 'before' });
    const token = await share(kit, id);
    const fork = await kit.other.shared.fork(token);
    await kit.append(id, { text: 'edited', replacesId: said.id });
    await kit.owner.items.redact(id, [said.id]);
    const [link] = (await kit.owner.shares.list(id)).data;
    await kit.owner.shares.revoke(id, [link!.id]);
    await kit.owner.threads.delete([id]);
    const { data } = await kit.other.items.list(fork.id);
    expect(data.map(({ parts }) => textOf(parts))).toEqual(['before']);
    // A fork of a thread that its owner may read goes on to read it, redactions included.
    expect(fork).not.toHaveProperty('forkedFrom');
  });
});

describe('a live link', () => {
  async function take(
    tail: AsyncGenerator<SharedEvent, void>,
    count: number,
  ): Promise<SharedEvent[]> {
    const events: SharedEvent[] = [];
    while (events.length < count) {
      const next = await tail.next();
      if (next.done) break;
      events.push(next.value);
    }
    return events;
  }

  test('tells what is said and changed, without what is private', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const token = await share(kit, id);
    const tail = kit.anonymous.shared.live(token);
    await take(tail, 1);
    await kit.append(id, { text: 'CANARY', private: true });
    const [said] = await kit.say(id, 'hello');
    const events = await take(tail, 2);
    await kit.owner.items.redact(id, [said!.id]);
    events.push(...(await take(tail, 1)));
    expect(events.map(({ type }) => type)).toContain('item');
    expect(JSON.stringify(events)).not.toContain('CANARY');
    await tail.return();
  });

  test.each(['revoked', 'expired', 'deleted'] as const)('ends when it is %s', async (how) => {
    const engine = shareEngineForTesting(memory());
    await using here = await openKit({ engine: engine() });
    await using there = await openKit({ engine: engine(), clock: () => here.clock.nowMs });
    const { id } = await here.thread();
    const made = await here.owner.shares.create(id, { expiresInSeconds: 60 });
    const tail = here.anonymous.shared.live(made.token);
    await take(tail, 1);
    const waiting = take(tail, 10);
    if (how === 'revoked') await there.owner.shares.revoke(id, [made.share.id]);
    if (how === 'deleted') await there.owner.threads.delete([id]);
    if (how === 'expired') here.clock.advance(60_000);
    const rest = await waiting;
    expect(rest.filter(({ type }) => type === 'item')).toEqual([]);
  });
});

describe('a frozen link', () => {
  test.each(enginePlaces)(
    'shows what was seen then, but for redactions: %s',
    async (_name, create) => {
      await using place = await create();
      await using kit = await openKit({ engine: place.open() });
      const { id } = await kit.thread({ title: 'Then' });
      const [a, b, c, d, e] = await kit.say(id, 'a', 'b', 'c', 'd', 'e');
      await kit.append(id, { text: 'B', replacesId: b!.id });
      await kit.owner.items.update(id, [{ id: d!.id, visibility: 'hidden' }]);
      const newest = await share(kit, id, { frozen: true });
      const atC = await share(kit, id, { atItemId: c!.id });
      expect(await shown(kit, newest)).toEqual(['a', 'B', 'c', 'e']);
      expect(await shown(kit, atC)).toEqual(['a', 'B', 'c']);
      // Whatever comes later is not seen.
      await kit.say(id, 'f');
      await kit.append(id, { text: 'A', replacesId: a!.id });
      await kit.append(id, { text: 'BB', replacesId: b!.id });
      await kit.owner.items.update(id, [{ id: c!.id, visibility: 'archived' }]);
      await kit.owner.items.update(id, [{ id: d!.id, visibility: 'visible' }]);
      await kit.owner.threads.update([{ id, title: 'Now' }]);
      expect(await shown(kit, newest)).toEqual(['a', 'B', 'c', 'e']);
      expect(await shown(kit, atC)).toEqual(['a', 'B', 'c']);
      expect(await kit.anonymous.shared.get(newest)).toMatchObject({
        title: 'Then',
        isFrozen: true,
      });
      const fork = await kit.other.shared.fork(newest);
      expect((await kit.other.items.list(fork.id)).data).toHaveLength(4);
      // A redaction takes its text from there, too.
      await kit.owner.items.redact(id, [b!.id, e!.id]);
      expect(await shown(kit, newest)).toEqual(['a', 'c']);
      expect(await codeOf(kit.anonymous.shared.live(newest).next())).toBe('conflict');
    },
  );

  test('has no title that tells what was redacted, also where it was made of it', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [first] = await kit.say(id, 'secret', 'second');
    const token = await share(kit, id, { frozen: true });
    const titles = async () => [
      (await kit.anonymous.shared.get(token)).title,
      (await kit.other.shared.fork(token)).title,
    ];
    await kit.append(id, { text: 'edited', replacesId: first!.id });
    expect(await titles()).toEqual(['secret', 'secret']);
    await kit.owner.items.redact(id, [first!.id]);
    expect(await titles()).toEqual(['second', 'second']);
    expect(JSON.stringify(await kit.owner.shares.list(id))).not.toContain('secret');
  });

  test.each([{}, { frozen: true }])(
    'has no title of an older version made of: %j',
    async (input) => {
      await using kit = await openKit();
      const { id } = await kit.thread();
      await kit.append(id, { text: 'plain' });
      await kit.append(id, { text: 'hunter2', private: true });
      await kit.append(id, { role: 'assistant', text: 'Your hunter2' });
      await asOlderVersion(kit, id, { title: 'Your hunter2', titleSource: 'generated' });
      const token = await share(kit, id, input);
      const { title } = await kit.anonymous.shared.get(token);
      expect([title, (await kit.other.shared.fork(token)).title]).toEqual(['plain', 'plain']);
    },
  );

  test('is read in pages that begin at cursors and at items', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(9, (i) => `${i}`));
    const token = await share(kit, id, { atItemId: said[6]!.id });
    const { shared } = kit.anonymous;
    const first = await shared.items(token, { limit: 4 });
    const rest = await shared.items(token, { limit: 4, after: first.nextCursor! });
    const texts = [...first.data, ...rest.data].map(({ parts }) => textOf(parts));
    expect(texts).toEqual(times(7, (i) => `${i}`));
    expect(rest.nextCursor).toBeNull();
    const newest = await shared.items(token, { order: 'desc', limit: 2 });
    expect(newest.data.map(({ id: itemId }) => itemId)).toEqual([said[6]!.id, said[5]!.id]);
    expect(await issuesOf(shared.items(token, { after: said[8]!.id }))).toEqual(['after']);
  });
});

describe('an unlisted thread', () => {
  test('whose id could be guessed is read by those who name its key, which changes', async () => {
    await using kit = await openKit();
    const project = kit.store.project('project');
    const { id } = await kit.thread({ id: 'trip', visibility: 'unlisted' });
    await kit.say(id, 'hello');
    const keyOf = async (): Promise<string> => {
      const { shareUrl } = await kit.owner.shares.sharing(id);
      return /^\/t\/trip\?k=([\w-]{22})$/.exec(shareUrl ?? '')![1]!;
    };
    const linkKey = await keyOf();
    expect(await codeOf(kit.other.items.list(id))).toBe('not_found');
    expect(await codeOf(kit.anonymous.items.list(id))).toBe('unauthenticated');
    for (const caller of [
      project.as({ userId: 'other', linkKey }),
      kit.store.as({ projectId: 'project', linkKey }),
    ]) {
      expect(await codeOf(caller.items.list(id))).toBe('none');
      expect(await codeOf(caller.items.append(id, [{ role: 'user', text: 'x' }]))).not.toBe('none');
    }
    const wrong = project.as({ userId: 'other', linkKey: 'A'.repeat(22) });
    expect(await codeOf(wrong.items.list(id))).toBe('not_found');
    await kit.owner.threads.update([{ id, visibility: 'unlisted', title: 'Same' }]);
    expect(await keyOf()).toBe(linkKey);
    await kit.owner.threads.update([{ id, visibility: 'private' }]);
    const old = project.as({ userId: 'other', linkKey });
    expect(await codeOf(old.items.list(id))).toBe('not_found');
    await kit.owner.threads.update([{ id, visibility: 'unlisted' }]);
    expect(await keyOf()).not.toBe(linkKey);
    expect(await codeOf(old.items.list(id))).toBe('not_found');
  });

  test('that the server has named is read by its id, and its members need no key', async () => {
    await using kit = await openKit();
    const named = await kit.thread({ visibility: 'unlisted' });
    expect(await codeOf(kit.anonymous.items.list(named.id))).toBe('none');
    const { id } = await kit.thread({
      ...{ id: 'team', mode: 'group', visibility: 'unlisted' },
      participants: [{ userId: 'other' }],
    });
    expect(await codeOf(kit.other.items.list(id))).toBe('none');
    expect(JSON.stringify(await kit.other.threads.get(id))).not.toContain('linkKey');
  });
});
