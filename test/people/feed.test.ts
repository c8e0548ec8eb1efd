/** The feed of a record: users by the claims of their tokens, and the host's own session. */
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../src/api/principal.ts';
import {
  allRead,
  PeopleKitForTesting,
  peoplePlaces,
} from '../support/server/people-kit-for-testing.ts';

const scope = '/v1/scopes/ticket/T-101/thread';

/** Who has signed in to the host, by its cookie. */
const sessions = new Map<string, Principal>([
  ['session=1', { projectId: 'default', userId: 'agnes', roles: ['support'] }],
  ['session=2', { projectId: 'default', userId: 'visitor' }],
]);

describe.each(peoplePlaces)('the feed of a ticket, on $name', (place) => {
  test('three users write by their claims, a fourth knows nothing of it, and the host lets in its own', async () => {
    await using kit = await PeopleKitForTesting.open(place, {
      authorize: ({ roles }, _action, { mode }) =>
        mode === 'feed' && roles?.includes('support') === true,
    });
    const claim = { scopes: ['ticket:T-101'] };
    const ada = kit.person('ada', { scopes: ['ticket:*'] });
    const [grace, alan] = [kit.person('grace', claim), kit.person('alan', claim)];
    const fourth = kit.person('eve', { scopes: ['ticket:T-102', 'order:*'] });
    const host = await kit.serve(kit.stores[0]!, {
      auth: {
        mode: 'host',
        identify: ({ headers }) =>
          sessions.get(headers.get('cookie') ?? '') ?? { projectId: 'default' },
      },
    });
    const agnes = kit.guest(host, 'agnes', { cookie: 'session=1' });
    const visitor = kit.guest(host, 'visitor', { cookie: 'session=2' });
    const anonymous = kit.guest(host, 'nobody', {});

    const [feed] = await ada.api.scopes.getOrCreate([
      { scopeType: 'ticket', scopeId: 'T-101', mode: 'feed' },
    ]);
    const { id } = feed!;
    const team = [ada, grace, alan, agnes];
    const live = await Promise.all(team.map((one) => one.follow(id)));
    for (const { userId, say } of team) await say(id, `${userId} was here`);
    for (const one of live) await one.hearsText('agnes was here');
    const all = team.map(({ userId }) => `${userId} was here`);
    await allRead(team, id, all);
    for (const one of live) expect(one.texts(id)).toEqual(all);
    const { data } = await alan.api.items.list(id);
    expect(data.map(({ authorId }) => authorId)).toEqual(['ada', 'grace', 'alan', 'agnes']);

    const items = `/v1/threads/${id}/items`;
    const hello = { items: [{ role: 'user', text: 'Not heard' }] };
    for (const [stranger, status] of [
      [fourth, 404],
      [visitor, 404],
      [anonymous, 401],
    ] as const) {
      expect(await stranger.status('GET', items)).toBe(status);
      expect(await stranger.status('POST', items, hello)).toBe(status);
    }
    for (const stranger of [fourth, visitor]) await (await stranger.follow(id)).hearsEnd(id);
    expect((await fourth.api.threads.list({ scopeType: 'ticket', scopeId: 'T-101' })).data).toEqual(
      [],
    );
    // A person speaks for no other there, either.
    const forged = { items: [{ role: 'user', text: 'Not heard', authorId: 'ada' }] };
    for (const one of [grace, agnes]) expect(await one.status('POST', items, forged)).toBe(403);
    await allRead(team, id, all);
    expect(await ada.status('PUT', scope, { mode: 'feed' })).toBe(200);
  });
});
