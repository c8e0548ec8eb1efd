import { createHmac } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openOpenAiServerForTesting } from '../../../test/support/adapters/ai-sdk/openai-server-for-testing.ts';
import type { ApiKey, Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

const serverFile = (): string => join(kit.data, 'server.json');

/** Runs the line that the server prints to try. */
async function tryLine(out: string, env: Record<string, string> = {}): Promise<unknown> {
  const [, line = ''] = /^Try: (.*)$/m.exec(out) ?? [];
  const { stdout } = await promisify(execFile)('bash', ['-c', line], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

const question = { role: 'user', parts: [{ type: 'text', text: 'What is hunter2?' }] };

describe('skein serve', () => {
  test('prints an address and a line to try, which works, and stops cleanly', async () => {
    const server = await kit.serve();
    expect(server.out).toMatch(
      /^Skein \S+ serves .* at http:\/\/127\.0\.0\.1:\d+ \(documentation: .*\/docs\)\nTry: curl .*\n$/,
    );
    expect(await tryLine(server.out)).toMatchObject({ title: 'Hello', itemCount: 1 });
    expect(existsSync(serverFile())).toBe(true);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(existsSync(serverFile())).toBe(false);
    expect(server.err).toMatch(
      /"msg":"Serving\."[^]*"msg":"Stopping\."[^]*"msg":"The store is closed\."/,
    );
    expect(await kit.json<Thread>(['threads'])).toMatchObject([
      { title: 'Hello', ownerId: 'local' },
    ]);
  });

  test('answers chats, without a configuration by a demo model, and says so', async () => {
    const server = await kit.serve();
    const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
    const answer = await fetch(`${server.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 't1', messages: [message] }),
    });
    expect(await answer.text()).toMatch(/"type":"text-delta"[^]*data: \[DONE\]\n\n$/);
    expect(server.err).toContain('Only demo models answer.');
    const items = await fetch(`${server.url}/v1/threads/t1/items`);
    expect(await items.json()).toMatchObject({ data: [{ key: 'm' }, { role: 'assistant' }] });
  });

  test('a provider that gives the key back does not bring it into the log', async () => {
    await using provider = await openOpenAiServerForTesting();
    const apiKey = 'correct-horse-battery';
    const errorMessage = `Got ${apiKey}, as in Authorization: Bearer sk-live-0123456789abcdef`;
    provider.script({ status: 500, errorMessage });
    const model = { baseUrl: provider.baseUrl, model: 'm', apiKey, maxRetries: 0 };
    const config = JSON.stringify({ models: { 'test/m': model } });
    const path = await kit.writeFile('skein.config.json', config);
    const server = await kit.serve(['--config', path, '--log-level', 'debug']);
    const message = {
      id: 'm',
      role: 'user',
      parts: [{ type: 'text', text: 'A private question' }],
    };
    const answer = await fetch(`${server.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 't1', messages: [message] }),
    });
    expect(await answer.text()).toContain('failed');
    expect(provider.requests[0]!.authorization).toBe(`Bearer ${apiKey}`);
    await server.waitFor(/in its own words\./, 'err');
    const lines = server.err.split('\n');
    const warning = JSON.parse(lines.find((text) => text.includes('A run failed.'))!) as object;
    expect(warning).toMatchObject({ level: 40, code: 'provider_error', status: 500 });
    expect(JSON.stringify(warning)).not.toContain('Got');
    const line = lines.find((text) => text.includes('in its own words.'))!;
    expect(JSON.parse(line)).toMatchObject({
      level: 20,
      err: { message: expect.stringContaining('Got …'), stack: expect.stringContaining('    at ') },
    });
    expect(server.err).not.toMatch(/correct-horse|sk-live|A private question/);
  });

  test('a provider that gives the question back brings it neither into the log nor to others', async () => {
    await using provider = await openOpenAiServerForTesting();
    provider.script({ status: 400, errorMessage: 'Cannot take: hunter2 is not allowed' });
    const model = { baseUrl: provider.baseUrl, model: 'm', apiKey: 'none', maxRetries: 0 };
    const config = JSON.stringify({ models: { 'test/m': model } });
    const server = await kit.serve(['--config', await kit.writeFile('skein.config.json', config)]);
    const as = (userId: string): object => ({
      headers: { 'content-type': 'application/json', 'x-user-id': userId },
    });
    const thread = { id: 't1', mode: 'public', visibility: 'public' };
    await fetch(`${server.url}/v1/threads`, {
      ...as('ada'),
      method: 'POST',
      body: JSON.stringify(thread),
    });
    const answer = await fetch(`${server.url}/api/chat`, {
      ...as('bob'),
      method: 'POST',
      body: JSON.stringify({ id: 't1', messages: [{ ...question, id: 'm' }] }),
    });
    expect(await answer.text()).toContain('The model refused the request.');
    await server.waitFor(/A run failed\./, 'err');
    expect(server.err).toContain('"code":"invalid_request"');
    expect(server.err).not.toContain('hunter2');
    for (const userId of ['bob', 'eve']) {
      const items = await fetch(`${server.url}/v1/threads/t1/items`, as(userId));
      expect(await items.text()).not.toContain('hunter2 is not allowed');
    }
    const own = await fetch(`${server.url}/v1/threads/t1/items`, as('ada'));
    expect(await own.text()).toContain('hunter2 is not allowed');
  });

  test('a wrong configuration is reported before the store is opened', async () => {
    const path = await kit.writeFile('skein.config.json', '{"models": {"a/b": {"model": "x"}}}');
    const { code, err } = await kit.run(['serve', '--config', path]);
    expect(code).toBe(1);
    expect(err).toContain('models.a/b');
    expect(existsSync(kit.data)).toBe(false);
  });

  test('open live tails do not keep it from stopping', async () => {
    const server = await kit.serve();
    const thread = (await tryLine(server.out)) as Thread; // the API's answer
    const tail = await fetch(`${server.url}/v1/threads/${thread.id}/live`);
    expect(tail.status).toBe(200);
    const rest = tail.text();
    expect(await server.stop('SIGTERM')).toBe(0);
    // The server ended it. Cut off after the drain time, it would end with an error.
    await expect(rest).resolves.toContain('event: head');
  });

  test('a port in use is a clear error', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo; // it listens on a port
    const { code, err } = await kit.run(['serve', '--port', String(port), '--log-level', 'silent']);
    other.close();
    expect(err).toMatch(/^error: .*EADDRINUSE/);
    expect(code).toBe(1);
    expect(existsSync(serverFile())).toBe(false);
    // The directory is free again.
    expect((await kit.run(['threads'])).code).toBe(0);
  });

  test('a second server on the directory learns where the first one is', async () => {
    const server = await kit.serve();
    expect(await kit.run(['serve', '--port', '0'])).toMatchObject({
      code: 1,
      err: expect.stringContaining(server.url),
    });
  });

  test('serves a store in memory', async () => {
    const server = await kit.serve(['--database', 'memory:']);
    expect(await tryLine(server.out)).toMatchObject({ title: 'Hello' });
    const threads = await kit.json<Thread>(['threads', '--url', server.url]);
    expect(threads).toHaveLength(1);
  });
});

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
    expect(await tryLine(server.out, { SKEIN_TOKEN: secret })).toMatchObject({
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
    expect(await tryLine(server.out, { SKEIN_TOKEN: `${content}.${signature}` })).toMatchObject({
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

describe('other commands on the directory', () => {
  test('go through the server while it runs', async () => {
    const server = await kit.serve();
    const thread = (await tryLine(server.out)) as Thread; // the API's answer
    expect((await kit.run(['append', thread.id, 'Via the server'])).code).toBe(0);
    expect((await kit.run(['show', thread.id])).out).toContain('Via the server');
    expect((await kit.run(['export'])).err).toContain('Exported 1 thread with 2 items');
    expect(await kit.run(['keys', 'list'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('(operator)'),
    });
    expect(await kit.run(['doctor'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('in use'),
    });
  });

  test('say that the directory is in use when no server answers for it', async () => {
    await kit.writeFile(
      't.jsonl',
      '{"type":"thread","format":1,"thread":{"id":"t"}}\n{"type":"end","items":0,"edges":0}',
    );
    await kit.run(['import', join(kit.folder, 't.jsonl')]);
    const holding = kit.start(['show', 't', '--follow']);
    await holding.waitFor(/serve/, 'err');
    const second = kit.start(['threads']);
    expect(await second.exit()).toBe(1);
    expect(second.err).toMatch(/^error: .*in use.*\n.*--data/);
  });

  test('are not misled by the remains of a crash', async () => {
    const server = await kit.serve();
    await tryLine(server.out);
    await server.stop('SIGKILL');
    expect(existsSync(serverFile())).toBe(true);
    expect(await kit.json<Thread>(['threads'])).toHaveLength(1);
    // The process id now belongs to another program, which does not answer; then the file is
    // broken.
    await writeFile(serverFile(), JSON.stringify({ url: 'http://127.0.0.1:1', pid: process.pid }));
    expect(await kit.json<Thread>(['threads'])).toHaveLength(1);
    await writeFile(serverFile(), '{"url":');
    expect(await kit.json<Thread>(['threads'])).toHaveLength(1);
    const again = await kit.serve();
    expect(await again.stop('SIGTERM')).toBe(0);
  });
});

describe('a server file', () => {
  test('of a copied directory leads nowhere', async () => {
    const server = await kit.serve();
    const thread = (await tryLine(server.out)) as Thread; // the API's answer
    const copy = join(kit.folder, 'copy');
    await cp(kit.data, copy, { recursive: true });
    expect(existsSync(join(copy, 'server.json'))).toBe(true);
    const onCopy = ['--data', copy];
    expect((await kit.run(['append', thread.id, 'Only there', ...onCopy])).code).toBe(0);
    expect((await kit.run(['show', thread.id, ...onCopy])).out).toContain('Only there');
    expect((await kit.run(['show', thread.id])).out).not.toContain('Only there');
    const second = await kit.serve(onCopy);
    expect(second.url).not.toBe(server.url);
    expect((await kit.run(['append', thread.id, 'Over there', ...onCopy])).code).toBe(0);
    expect((await kit.run(['show', thread.id])).out).not.toContain('Over there');
  });

  test('whose address has become that of another server leads nowhere', async () => {
    const lost = await kit.serve();
    await tryLine(lost.out);
    await lost.stop('SIGKILL');
    const other = await kit.serve(['--database', 'memory:']);
    const file = JSON.parse(await readFile(serverFile(), 'utf8')) as object; // as serve wrote it
    const moved = { ...file, url: other.url, pid: other.pid };
    await writeFile(serverFile(), JSON.stringify(moved));
    expect(await kit.json<Thread>(['threads'])).toHaveLength(1);
  });

  test('goes with its directory', async () => {
    const server = await kit.serve();
    const thread = (await tryLine(server.out)) as Thread; // the API's answer
    const moved = join(kit.folder, 'moved');
    await rename(kit.data, moved);
    expect((await kit.run(['append', thread.id, 'Here', '--data', moved])).code).toBe(0);
    await rename(moved, kit.data);
    expect((await kit.run(['show', thread.id])).out).toContain('Here');
  });
});

test('what the command line writes is for its user alone', async () => {
  const umask = process.umask(0o022); // the processes below inherit it
  try {
    const server = await kit.serve();
    await tryLine(server.out);
    const output = join(kit.folder, 'backup.jsonl');
    expect(await kit.start(['export', '--output', output]).exit()).toBe(0);
    const copy = join(kit.folder, 'copy.db');
    await server.stop('SIGTERM');
    const again = await kit.serve();
    expect((await modesIn(kit.data))['server.json']).toBe('600');
    await again.stop('SIGTERM');
    const copying = kit.start(['copy', '--from', `lsm:${kit.data}`, '--to', `sqlite:${copy}`]);
    expect(await copying.exit()).toBe(0);
    const { '.': _folder, ...modes } = await modesIn(kit.folder);
    expect(modes).toEqual({ 'backup.jsonl': '600', 'copy.db': '600', data: '700' });
    const { '.': data, ...files } = await modesIn(kit.data);
    expect([data, new Set(Object.values(files))]).toEqual(['700', new Set(['600'])]);
  } finally {
    process.umask(umask);
  }
});

async function modesIn(folder: string): Promise<Record<string, string>> {
  const names = ['.', ...(await readdir(folder))];
  const modes = names.map(async (name) => {
    const { mode } = await stat(join(folder, name));
    return [name, (mode & 0o777).toString(8)] as const;
  });
  return Object.fromEntries(await Promise.all(modes));
}

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
    const { id } = (await tryLine(server.out)) as Thread; // the API's answer
    const path = `/v1/threads/${id}`;
    expect(await statusOf(server.url, path)).toBe(200);
    const [key] = await kit.json<ApiKey & { secret: string }>(['keys', 'create', 'backend']);
    expect(await statusOf(server.url, path)).toBe(401);
    expect(await statusOf(server.url, '/v1/threads')).toBe(401);
    const headers = { authorization: `Bearer ${key!.secret}`, 'x-user-id': 'local' };
    expect(await statusOf(server.url, path, headers)).toBe(200);
    const tail = await fetch(`${server.url}${path}/live`, { headers });
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

describe('skein doctor', () => {
  test('finds a healthy store healthy', async () => {
    await kit.writeFile(
      't.jsonl',
      '{"type":"thread","format":1,"thread":{"id":"t"}}\n{"type":"item","item":{"key":"a","role":"user","text":"x"}}\n{"type":"end","items":1,"edges":0}',
    );
    await kit.run(['import', join(kit.folder, 't.jsonl')]);
    expect(await kit.run(['doctor'])).toEqual({
      code: 0,
      out: 'Checked 1 thread with 1 item: no problems.\n',
      err: '',
    });
    expect(await kit.json(['doctor', '--repair'])).toEqual([
      { threads: 1, items: 1, problems: [] },
    ]);
  });
});

test('skein bench measures, and leaves nothing behind', async () => {
  const [result] = await kit.json<Record<string, number>>([
    'bench',
    '--seconds',
    '1',
    '--dir',
    kit.folder,
  ]);
  expect(Object.values(result!).every((value) => value > 0)).toBe(true);
  const { stdout } = await promisify(execFile)('ls', [kit.folder]);
  expect(stdout).toBe('');
});
