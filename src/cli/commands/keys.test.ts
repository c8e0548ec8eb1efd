import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiKey, Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { tryLineForTesting } from '../../../test/support/cli/try-line-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

describe('skein keys', () => {
  test('are made, listed without secrets, and revoked', async () => {
    const { code, out, err } = await kit.run(['keys', 'create', 'my backend', '--project', 'p1']);
    expect(code).toBe(0);
    expect(out).toMatch(/^sk_[A-Za-z0-9_-]{43}\n$/);
    expect(err).toContain('p1');
    const [key] = await kit.json<ApiKey>(['keys', 'list']);
    expect(key).toEqual({
      id: expect.any(String),
      projectId: 'p1',
      name: 'my backend',
      createdAt: expect.any(String),
    });
    expect((await kit.run(['keys', 'list'])).out).toMatch(
      /ID +PROJECT +NAME +CREATED\n.* p1 +my backend/,
    );
    const rotated = await kit.run(['keys', 'rotate', key!.id, '--grace', '60']);
    expect(rotated.out).toMatch(/^sk_[A-Za-z0-9_-]{43}\n$/);
    expect(rotated.out).not.toBe(out);
    expect(rotated.err).toContain('The old secret ends at');
    expect((await kit.run(['keys', 'rotate', key!.id, '--grace', '0'])).err).toContain('has ended');
    expect((await kit.run(['keys', 'tokens', key!.id])).err).toContain('No tokens.');
    expect(await kit.run(['keys', 'revoke', key!.id])).toMatchObject({ code: 0 });
    expect(await kit.json(['keys', 'list'])).toEqual([]);
    expect(await kit.run(['keys', 'revoke', key!.id])).toMatchObject({ code: 1 });
  });
});

describe('skein keys while a server has the directory open', () => {
  const operatorKeyFile = (): string => join(kit.data, 'operator-key');
  const statusOf = async (url: string, path: string, headers = {}): Promise<number> =>
    (await fetch(url + path, { headers })).status;

  test('makes, lists and revokes keys, with effect at once', async () => {
    const server = await kit.serve();
    const { id } = (await tryLineForTesting(server.out)) as Thread; // the API's answer
    const path = `/v1/threads/${id}`;
    expect(await statusOf(server.url, path)).toBe(200);
    const [key] = await kit.json<ApiKey & { secret: string }>(['keys', 'create', 'backend']);
    expect(await statusOf(server.url, path)).toBe(401);
    expect(await statusOf(server.url, '/v1/threads')).toBe(401);
    const headers = { authorization: `Bearer ${key!.secret}`, 'x-user-id': 'local' };
    expect(await statusOf(server.url, path, headers)).toBe(200);
    const tail = await fetch(`${server.url}${path}/live`, { headers });
    const body = JSON.stringify({ userId: 'bob' });
    const minting = {
      method: 'POST',
      body,
      headers: { ...headers, 'content-type': 'application/json' },
    };
    const minted = (await (await fetch(`${server.url}/v1/tokens`, minting)).json()) as {
      id: string;
    };
    expect(await kit.json(['keys', 'tokens', key!.id])).toMatchObject([
      { id: minted.id, userId: 'bob' },
    ]);
    expect((await kit.run(['keys', 'tokens', key!.id])).out).toMatch(
      /ID +USER +CREATED +EXPIRES\n.* bob/,
    );
    expect((await kit.run(['keys', 'revoke', minted.id])).code).toBe(0);
    expect(await kit.json(['keys', 'tokens', key!.id])).toEqual([]);
    const { secret: _secret, ...listed } = key!;
    expect(await kit.json(['keys', 'list'])).toEqual([
      listed,
      {
        kind: 'operator',
        id: expect.any(String),
        name: expect.any(String),
        createdAt: expect.any(String),
      },
    ]);
    expect((await kit.run(['keys', 'revoke', key!.id])).code).toBe(0);
    await tail.text(); // ends
    expect(await statusOf(server.url, path, headers)).toBe(401);
    expect(await kit.run(['keys', 'revoke', key!.id])).toMatchObject({ code: 1 });
    expect((await kit.run(['keys', 'create', 'a\nb'])).err).toContain('name');
    await server.stop('SIGTERM');
    expect(existsSync(operatorKeyFile())).toBe(false);
    expect(await kit.json(['keys', 'list'])).toEqual([]);
  });

  test('uses an operator key of this start, which a server key cannot replace', async () => {
    const first = await kit.serve();
    const former = (await readFile(operatorKeyFile(), 'utf8')).trim();
    await first.stop('SIGKILL');
    const server = await kit.serve();
    const secret = (await readFile(operatorKeyFile(), 'utf8')).trim();
    expect((await stat(operatorKeyFile())).mode & 0o777).toBe(0o600);
    const bearer = (token: string): object => ({ authorization: `Bearer ${token}` });
    expect(await statusOf(server.url, '/v1/keys', bearer(secret))).toBe(200);
    expect(await statusOf(server.url, '/v1/keys', bearer(former))).toBe(401);
    const proxied = { ...bearer(secret), 'x-forwarded-for': '203.0.113.7' };
    expect(await statusOf(server.url, '/v1/keys', proxied)).toBe(403);
    const [key] = await kit.json<ApiKey & { secret: string }>(['keys', 'create', 'backend']);
    const own = { ...bearer(key!.secret), 'x-user-id': 'local' };
    expect(await statusOf(server.url, '/v1/keys', own)).toBe(403);
    expect(await statusOf(server.url, '/v1/keys', proxied)).toBe(403); // in the other mode, too
    expect(await statusOf(server.url, '/v1/threads', bearer(secret))).toBe(401);
  });

  test('says what is wrong without the operator key', async () => {
    await kit.serve();
    await rm(operatorKeyFile());
    const { code, err } = await kit.run(['keys', 'create', 'k']);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/operator key cannot be read.*\n.*stop/),
    ]);
  });
});
