import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { tryLineForTesting } from '../../../test/support/cli/try-line-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

test('what the command line writes is for its user alone', async () => {
  const umask = process.umask(0o022); // the processes below inherit it
  try {
    const server = await kit.serve();
    await tryLineForTesting(server.out);
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
