import { expect, test } from 'vitest';
import { lsm } from '../../engines/lsm/index.ts';
import { createStore } from '../../store/create-store.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';

/** A store with a thread of ada's. */
async function openKit(id: string): Promise<CliKitForTesting> {
  const kit = await CliKitForTesting.create();
  await using store = await createStore({ engine: lsm({ path: kit.data }) });
  const ada = store.project('default').as({ userId: 'ada' });
  await ada.threads.create([{ id, items: [{ role: 'user', text: 'Hello' }] }]);
  return kit;
}

const as = (userId: string): string[] => ['--user', userId];

test('participants are added, listed, banned and removed', async () => {
  await using kit = await openKit('team');
  const run = (...args: string[]) => kit.run(['participants', ...args, ...as('ada')]);
  expect((await run('add', 'team', 'grace', 'alan')).code).toBe(0);
  expect((await run('add', 'team', 'mo', '--moderator')).code).toBe(0);
  expect((await run('remove', 'team', 'alan')).code).toBe(0);
  expect((await run('ban', 'team', 'troll')).code).toBe(0);
  const listed = await run('list', 'team');
  expect(listed.out).toMatch(/USER +ROLE +SINCE/);
  const lines = await kit.json(['participants', 'list', 'team', ...as('ada')]);
  expect(lines).toMatchObject([
    { userId: 'ada', role: 'owner' },
    { userId: 'grace', role: 'participant' },
    { userId: 'mo', role: 'moderator' },
  ]);
  const denied = await kit.run(['participants', 'add', 'team', 'x', ...as('grace')]);
  expect([denied.code, denied.err]).toEqual([1, expect.stringContaining('owner')]);
  expect((await run('add', 'team')).code).toBe(2);
});

test('an agent of a server is added with its rule, and answers', async () => {
  await using kit = await openKit('team');
  const run = (...args: string[]) => kit.run([...args, ...as('ada')]);
  const alone = await run('participants', 'add', 'team', 'agent:helper');
  expect([alone.code, alone.err]).toEqual([1, expect.stringContaining('skein serve')]);
  const agents = { helper: { model: 'demo/echo' } };
  const config = await kit.writeFile('skein.config.json', JSON.stringify({ agents }));
  await kit.serve(['--config', config]);
  const add = ['participants', 'add', 'team', 'agent:helper'];
  expect((await run(...add, '--answers', 'sometimes')).code).toBe(2);
  expect((await run(...add, '--answers', 'always')).code).toBe(0);
  expect((await run('participants', 'add', 'team', 'agent:other')).err).toContain('agent:helper');
  const person = await run('participants', 'add', 'team', 'grace', '--answers', 'always');
  expect([person.code, person.err]).toEqual([1, expect.stringContaining('agents')]);
  const listed = await run('participants', 'list', 'team');
  expect(listed.out).toMatch(/agent:helper +participant +\S+ \S+ +always/);
  expect((await run('append', 'team', 'Are you there?')).code).toBe(0);
  await until(async () => (await run('show', 'team')).out.includes('You said: Are you there?'));
  expect((await run('show', 'team')).out).toContain('assistant · agent:helper');
});

test('links are made, listed and revoked', async () => {
  await using kit = await openKit('trip');
  const run = (...args: string[]) => kit.run(['share', ...args, ...as('ada')]);
  const made = await run('create', 'trip', '--expires', '3600', '--title', 'Rome');
  expect(made.out).toMatch(/^\/s\/sl_[\w-]{43}\n$/);
  expect((await run('create', 'trip', '--frozen')).code).toBe(0);
  const [first] = await kit.json<{ id: string }>(['share', 'list', 'trip', ...as('ada')]);
  expect((await run('revoke', 'trip', first!.id)).code).toBe(0);
  const { out } = await run('list', 'trip');
  expect(out).toMatch(/revoked .*Rome/);
  expect(out).toContain('frozen');
  expect(out).not.toContain('sl_');
  expect((await run('create', 'nowhere')).code).toBe(1);
  expect((await run('create', 'trip', '--expires', '0')).code).toBe(2);
});
