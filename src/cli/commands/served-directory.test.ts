import { existsSync } from 'node:fs';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { tryLineForTesting } from '../../../test/support/cli/try-line-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

const serverFile = (): string => join(kit.data, 'server.json');

describe('other commands on the directory', () => {
  test('go through the server while it runs', async () => {
    const server = await kit.serve();
    const thread = (await tryLineForTesting(server.out)) as Thread; // the API's answer
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
    await tryLineForTesting(server.out);
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
    const thread = (await tryLineForTesting(server.out)) as Thread; // the API's answer
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
    await tryLineForTesting(lost.out);
    await lost.stop('SIGKILL');
    const other = await kit.serve(['--database', 'memory:']);
    const file = JSON.parse(await readFile(serverFile(), 'utf8')) as object; // as serve wrote it
    const moved = { ...file, url: other.url, pid: other.pid };
    await writeFile(serverFile(), JSON.stringify(moved));
    expect(await kit.json<Thread>(['threads'])).toHaveLength(1);
  });

  test('goes with its directory', async () => {
    const server = await kit.serve();
    const thread = (await tryLineForTesting(server.out)) as Thread; // the API's answer
    const moved = join(kit.folder, 'moved');
    await rename(kit.data, moved);
    expect((await kit.run(['append', thread.id, 'Here', '--data', moved])).code).toBe(0);
    await rename(moved, kit.data);
    expect((await kit.run(['show', thread.id])).out).toContain('Here');
  });
});
