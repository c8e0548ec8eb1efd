import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { findRunningServer } from '../server-file.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

async function request(url: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect((await fetch(`${url}/healthz`)).status).toBe(200);
}

describe('a server whose output has no reader any more', () => {
  test.each([0, 30])('goes on, and stops when it is told to, after %s requests', async (count) => {
    const server = await kit.serve(['--log-level', 'debug']);
    server.loseReader();
    await request(server.url, count);
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(existsSync(join(kit.data, 'server.json'))).toBe(false);
  });

  test('goes on where the reader takes no more than the first words', async () => {
    const server = kit.start(['serve', '--port', '0', '--log-level', 'debug']);
    await server.waitFor(/./, 'err');
    server.loseReader();
    let url: string | undefined;
    await until(async () => (url = await findRunningServer(kit.data)) !== undefined);
    await request(url!, 3);
    expect(await server.stop('SIGTERM')).toBe(0);
  });
});

test('a server whose output is not read answers, and stops when it is told to', async () => {
  const server = await kit.serve(['--log-level', 'debug']);
  server.stopReading();
  const path = `${server.url}/v1/threads/${'x'.repeat(100)}`;
  // More than a pipe holds.
  for (let i = 0; i < 1500; i++) await (await fetch(path)).arrayBuffer();
  server.kill('SIGTERM');
  await until(async () => (await fetch(server.url).catch(() => undefined)) === undefined);
  // What it has printed keeps its end from being noticed.
  await until(() => !isRunning(server.pid));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
