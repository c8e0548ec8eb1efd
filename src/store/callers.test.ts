import { expect, test } from 'vitest';
import type { Action } from '../api/access.ts';
import type { Principal } from '../api/principal.ts';
import { openKit } from '../../test/support/store/store-kit-for-testing.ts';

/** A store whose host remembers who appends to feeds, and a feed. */
async function openFeed(): Promise<{
  readonly kit: Awaited<ReturnType<typeof openKit>>;
  readonly id: string;
  readonly asked: Principal[];
}> {
  const asked: Principal[] = [];
  const authorize = (principal: Principal, action: Action): boolean =>
    action === 'read' || asked.push(principal) > 0;
  const kit = await openKit({ authorize });
  const { id } = await kit.thread({ mode: 'feed', scopeType: 'invoice', scopeId: 'T-1' });
  return { kit, id, asked };
}

const said = [{ role: 'user', text: 'Hello' }] as const;

test('the host learns what the credential says of a caller', async () => {
  const { kit, id, asked } = await openFeed();
  await using _ = kit;
  const project = kit.store.project('project');
  const agent = { userId: 'ben', roles: ['agent'], scopes: ['ticket:*'], isServer: true };
  await project.as(agent).items.append(id, said);
  await project.as({ userId: 'ben' }).items.append(id, said);
  await project.as({ userId: 'ben', roles: ['guest'] }).items.append(id, said);
  const principal = { projectId: 'project', userId: 'ben' };
  await kit.store.as({ ...principal, roles: ['guest'] }).items.append(id, said);
  expect(asked).toEqual([
    { projectId: 'project', ...agent },
    principal,
    { ...principal, roles: ['guest'] },
    { ...principal, roles: ['guest'] },
  ]);
});

test('callers who differ in one right alone are never mixed up', async () => {
  const { kit, id, asked } = await openFeed();
  await using _ = kit;
  const project = kit.store.project('project');
  const callers = [
    { userId: 'ben' },
    { userId: 'ben', roles: [] },
    { userId: 'ben', roles: ['a', 'b'] },
    { userId: 'ben', roles: ['a,b'] },
    { userId: 'ben', scopes: ['a', 'b'] },
    { userId: 'ben', isServer: true },
    { userId: 'ben', isServer: false },
    { userId: '{"userId":"ben","isServer":true}' },
  ];
  for (const caller of callers.concat(callers)) await project.as(caller).items.append(id, said);
  const expected = callers.map((caller) => ({ projectId: 'project', ...caller }));
  expect(asked).toEqual([...expected, ...expected]);
});

test('a caller without a user is anonymous, whatever else is known of it', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread({ visibility: 'public' });
  const anonymous = kit.store.as({ projectId: 'project', roles: ['admin'], isServer: true });
  expect((await anonymous.threads.get(id)).id).toBe(id);
  await expect(anonymous.items.append(id, said)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test.each([
  [{ isserver: true }, 'isserver is not a known option'],
  [{ projectId: 'other' }, 'projectId is not a known option'],
  [{ roles: 'admin' }, 'roles must be an array'],
  [{ roles: [''] }, 'roles.0 must not be empty'],
  [{ scopes: [5] }, 'scopes.0 must be a string'],
  [{ scopes: Array.from({ length: 101 }, String) }, 'scopes must have at most 100 entries'],
  [{ isServer: 'yes' }, 'isServer must be true or false'],
])('a caller %j is refused', async (given, problem) => {
  await using kit = await openKit();
  const project = kit.store.project('project');
  expect(() => project.as({ userId: 'ben', ...(given as object) })).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      issues: [{ path: problem.split(' ')[0], message: problem.slice(problem.indexOf(' ') + 1) }],
    }),
  );
});
