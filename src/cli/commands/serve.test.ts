import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openOpenAiServerForTesting } from '../../../test/support/adapters/ai-sdk/openai-server-for-testing.ts';
import type { Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { tryLineForTesting } from '../../../test/support/cli/try-line-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

const serverFile = (): string => join(kit.data, 'server.json');
const question = { role: 'user', parts: [{ type: 'text', text: 'What is hunter2?' }] };

describe('skein serve', () => {
  test('prints an address and a line to try, which works, and stops cleanly', async () => {
    const server = await kit.serve();
    expect(server.out).toMatch(
      /^Skein \S+ serves .* at http:\/\/127\.0\.0\.1:\d+ \(documentation: .*\/docs\)\nTry: curl .*\n$/,
    );
    expect(await tryLineForTesting(server.out)).toMatchObject({ title: 'Hello', itemCount: 1 });
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
    const thread = (await tryLineForTesting(server.out)) as Thread; // the API's answer
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
    expect(await tryLineForTesting(server.out)).toMatchObject({ title: 'Hello' });
    const threads = await kit.json<Thread>(['threads', '--url', server.url]);
    expect(threads).toHaveLength(1);
  });
});
