import { createHmac } from 'node:crypto';
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

describe('who may call', () => {
  const statusOf = async (url: string): Promise<number> =>
    (await fetch(`${url}/v1/threads`)).status;

  test('local mode says what it means', async () => {
    const server = await kit.serve();
    expect(await statusOf(server.url)).toBe(200);
    await server.waitFor(/Local mode: [^]*proxy[^]*--auth tokens/, 'err');
  });

  test('a store that ever had a key needs credentials until local mode is said', async () => {
    const [key] = await kit.json<ApiKey>(['keys', 'create', 'k']);
    await kit.run(['keys', 'revoke', key!.id]);
    const server = await kit.serve();
    expect(await statusOf(server.url)).toBe(401);
    expect(server.out).toContain('authorization: Bearer');
    await server.stop('SIGTERM');
    for (const said of [['--auth', 'local'], ['--no-auth']]) {
      const open = await kit.serve(said);
      expect(await statusOf(open.url)).toBe(200);
      await open.stop('SIGTERM');
    }
  });

  test('so does one that was served with a JWT secret', async () => {
    const first = await kit.serve(['--jwt-secret', 'x'.repeat(32)]);
    await first.stop('SIGTERM');
    const server = await kit.serve();
    expect(await statusOf(server.url)).toBe(401);
  });

  test('so does one that was restored from its export', async () => {
    const [key] = await kit.json<ApiKey>(['keys', 'create', 'k']);
    await kit.run(['keys', 'revoke', key!.id]);
    const { out } = await kit.run(['export', '--all']);
    const file = await kit.writeFile('backup.jsonl', out);
    const restored = ['--data', join(kit.folder, 'restored')];
    expect((await kit.run(['import', file, ...restored])).code).toBe(0);
    const server = await kit.serve(restored);
    expect(await statusOf(server.url)).toBe(401);
  });

  test('credentials can be asked for before there are any', async () => {
    const server = await kit.serve(['--auth', 'tokens']);
    expect(await statusOf(server.url)).toBe(401);
    expect((await kit.run(['serve', '--auth', 'all'])).code).toBe(2);
  });

  test('a key of another process takes effect while the server runs', async () => {
    const database = ['--database', `sqlite:${join(kit.folder, 'skein.db')}`];
    const server = await kit.serve(database);
    expect(await statusOf(server.url)).toBe(200);
    await kit.run(['keys', 'create', 'k', ...database]);
    await expect.poll(() => statusOf(server.url)).toBe(401);
  });
});

describe('off loopback', () => {
  test('it refuses to start without authentication, and says what to do', async () => {
    const { code, err } = await kit.run([
      'serve',
      '--host',
      '0.0.0.0',
      '--port',
      '0',
      '--log-level',
      'silent',
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/Refusing to listen on 0\.0\.0\.0 without authentication.*--jwt-secret/);
    await kit.run(['keys', 'create', 'k']);
    expect(
      await kit.run([
        'serve',
        '--host',
        '0.0.0.0',
        '--port',
        '0',
        '--no-auth',
        '--log-level',
        'silent',
      ]),
    ).toMatchObject({ code: 1 });
  });

  test('a server key in the store is authentication', async () => {
    const created = await kit.run(['keys', 'create', 'backend']);
    const secret = created.out.trim();
    const server = await kit.serve(['--host', '0.0.0.0']);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(await tryLineForTesting(server.out, { SKEIN_TOKEN: secret })).toMatchObject({
      title: 'Hello',
      ownerId: 'u1',
    });
    expect(await kit.run(['threads'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--token'),
    });
    const threads = await kit.json<Thread>(['threads', '--token', secret, '--user', 'u1']);
    expect(threads).toHaveLength(1);
  });

  test('so is a JWT secret', async () => {
    const server = await kit.serve([
      '--host',
      '0.0.0.0',
      '--jwt-secret',
      'a secret of some length for tests',
    ]);
    const encode = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: 'ann', exp })}`;
    const signature = createHmac('sha256', 'a secret of some length for tests')
      .update(content)
      .digest('base64url');
    expect(
      await tryLineForTesting(server.out, { SKEIN_TOKEN: `${content}.${signature}` }),
    ).toMatchObject({
      ownerId: 'ann',
    });
    expect((await fetch(`${server.url}/v1/threads`)).status).toBe(401);
  });

  test('a JWT secret that can be guessed is not', async () => {
    const args = ['serve', '--port', '0', '--log-level', 'silent', '--jwt-secret', 'x'.repeat(31)];
    const { code, err } = await kit.run([...args, '--host', '0.0.0.0']);
    expect([code, err]).toEqual([1, expect.stringMatching(/shorter than 32 bytes.*openssl/)]);
    const near = await kit.serve(['--jwt-secret', 'x'.repeat(31)]);
    expect((await fetch(`${near.url}/v1/threads`)).status).toBe(401);
  });

  test('JWTs that never expire are taken only where an option says so', async () => {
    const jwtSecret = 'x'.repeat(32);
    const encode = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: 'ann' })}`;
    const signature = createHmac('sha256', jwtSecret).update(content).digest('base64url');
    const headers = { authorization: `Bearer ${content}.${signature}` };
    const ask = async (url: string): Promise<number> =>
      (await fetch(`${url}/v1/threads`, { headers })).status;
    const strict = await kit.serve(['--jwt-secret', jwtSecret]);
    expect(await ask(strict.url)).toBe(401);
    await strict.stop('SIGTERM');
    const lax = await kit.serve(['--jwt-secret', jwtSecret, '--jwt-without-exp']);
    expect(await ask(lax.url)).toBe(200);
  });
});
