import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

const secret = 'a secret of at least thirty-two bytes';
const scope = '/v1/scopes/ticket/T-101/thread';
const feed = { mode: 'feed' };
const hello = { items: [{ role: 'user', text: 'Hello' }] };

/** A JWT of this user, whose `scopes` open feeds. */
function bearer(sub: string, scopes: readonly string[] = []): Record<string, string> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, exp, scopes })}`;
  const signature = createHmac('sha256', secret).update(signed).digest('base64url');
  return { authorization: `Bearer ${signed}.${signature}` };
}

type Send = (
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
) => Promise<{ readonly status: number; readonly json: Record<string, unknown> }>;

function sender(url: string): Send {
  return async (method, path, headers, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
}

test('three users comment on a ticket by their claims, and a fourth knows nothing of it', async () => {
  await using kit = await CliKitForTesting.create();
  const send = sender((await kit.serve(['--jwt-secret', secret])).url);
  const { json } = await send('PUT', scope, bearer('ada', ['ticket:*']), feed);
  const path = `/v1/threads/${String(json.id)}/items`;
  for (const [user, ...scopes] of [
    ['ada', 'ticket:*'],
    ['grace', 'ticket:T-101'],
    ['alan', 'order:5', 'ticket:T-101'],
  ] as const) {
    expect((await send('POST', path, bearer(user, scopes), hello)).status).toBe(201);
  }
  for (const scopes of [[], ['ticket:T-10'], ['order:*']]) {
    for (const [method, body] of [['GET'], ['POST', hello]] as const) {
      expect((await send(method, path, bearer('eve', scopes), body)).status).toBe(404);
    }
  }
  const read = await send('GET', path, bearer('grace', ['ticket:T-101']));
  const authors = (read.json.data as { authorId: string }[]).map(({ authorId }) => authorId);
  expect(authors).toEqual(['ada', 'grace', 'alan']);
});

test('a rule opens the feeds of tickets to all of the project, and only a server key rules them', async () => {
  await using kit = await CliKitForTesting.create();
  const server = await kit.serve(['--jwt-secret', secret, '--feed', 'ticket=project']);
  const send = sender(server.url);
  const { json } = await send('PUT', scope, bearer('ada'), feed);
  const path = `/v1/threads/${String(json.id)}`;
  expect((await send('POST', `${path}/items`, bearer('eve'), hello)).status).toBe(201);
  expect((await send('GET', `${path}/items`, {})).status).toBe(401);
  for (const user of ['ada', 'eve']) {
    expect((await send('PATCH', path, bearer(user), { title: 'Mine' })).status).toBe(403);
  }
  const [key] = await kit.json<{ secret: string }>(['keys', 'create', 'k']);
  const host = { authorization: `Bearer ${key!.secret}`, 'x-user-id': 'desk' };
  expect((await send('PATCH', path, host, { title: 'T-101' })).status).toBe(200);
});

test('the configuration has rules, too; a wrong one is refused', async () => {
  await using kit = await CliKitForTesting.create();
  const config = await kit.writeFile('skein.config.json', '{"feeds": {"ticket": "members"}}');
  const send = sender((await kit.serve(['--jwt-secret', secret, '--config', config])).url);
  const { json } = await send('PUT', scope, bearer('ada'), feed);
  const path = `/v1/threads/${String(json.id)}/items`;
  expect((await send('GET', path, bearer('eve'))).status).toBe(404);
  const wrong = await kit.run(['serve', '--feed', 'ticket=all']);
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('ticket=project')]);
});
