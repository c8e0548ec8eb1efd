import { expect, test } from 'vitest';
import { participants, threads } from '../../records/tables.ts';
import { openKit, times } from '../../../test/support/store/store-kit-for-testing.ts';

test('all threads that one takes part in come most recent first, whatever their mode', async () => {
  await using kit = await openKit();
  const grace = kit.store.project('project').as({ userId: 'grace' });
  const ids: string[] = [];
  for (const mode of ['group', 'assistant', 'channel', 'feed', 'public'] as const) {
    ids.push((await kit.thread({ mode, participants: [{ userId: 'grace' }] })).id);
    kit.clock.advance(2000);
  }
  const [own] = await grace.threads.create([{}]);
  for (const id of [...ids, own!.id, ids[0]!]) {
    const writer = id === own!.id ? grace : kit.owner;
    await writer.items.append(id, [{ role: 'user', text: 'news' }]);
    kit.clock.advance(2000);
  }
  const expected = [ids[0], own!.id, ids[4], ids[3], ids[2], ids[1]];
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await grace.threads.list({
      participating: true,
      limit: 2,
      ...(after && { after }),
    });
    seen.push(...page.data.map(({ id }) => id));
    after = page.nextCursor;
  } while (after !== null);
  expect(seen).toEqual(expected);
  await kit.owner.participants.remove(ids[0]!, ['grace']);
  const { data } = await grace.threads.list({ participating: true, unread: true });
  expect(data.map(({ id }) => id)).toEqual([ids[4], ids[3], ids[2], ids[1]]);
});

test('an append moves at most ten entries a second, each in its turn', async () => {
  await using kit = await openKit();
  const people = times(35, (i) => ({ userId: `u${i + 10}` }));
  const { id } = await kit.thread({ mode: 'group', participants: people });
  const versions = async (): Promise<number> =>
    (await kit.rows(participants, [id])).reduce((sum, { version }) => sum + version, 0);
  let before = await versions();
  for (let second = 0; second < 5; second++) {
    kit.clock.advance(1000);
    for (let i = 0; i < 3; i++) await kit.say(id, 'news');
    const now = await versions();
    expect(now - before).toBeLessThanOrEqual(10);
    before = now;
  }
  const head = (await kit.rows(threads, [id]))[0]!;
  const rows = await kit.rows(participants, [id]);
  const late = rows.map(({ listedAt }) => head.listedAt! - listedAt!);
  expect(Math.max(...late)).toBeLessThanOrEqual(4000);
});

test('who was muted and has left takes part no longer', async () => {
  await using kit = await openKit();
  const grace = kit.store.project('project').as({ userId: 'grace' });
  const listed = async (): Promise<string[]> => {
    const { data } = await grace.threads.list({ participating: true });
    return data.map(({ id }) => id);
  };
  for (const [mode, visibility] of [
    ['group', 'private'],
    ['group', 'unlisted'],
    ['channel', 'public'],
    ['public', 'public'],
  ] as const) {
    const { id } = await kit.thread({ mode, visibility, participants: [{ userId: 'grace' }] });
    const mutedUntil = new Date(kit.clock.nowMs + 3_600_000).toISOString();
    await kit.owner.participants.update(id, [{ userId: 'grace', mutedUntil }]);
    expect([mode, visibility, await listed()]).toEqual([mode, visibility, [id]]);
    await grace.participants.leave(id);
    expect([mode, visibility, await listed()]).toEqual([mode, visibility, []]);
  }
});
