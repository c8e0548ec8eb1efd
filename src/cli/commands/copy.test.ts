import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

/** Fills the kit's directory. */
async function fill(threads: number, itemsEach: number): Promise<void> {
  const lines = Array.from({ length: threads }, (_, i) => {
    const utterances = Array.from({ length: itemsEach }, (__, j) => ({
      speaker: j % 2 === 0 ? 'user' : 'assistant',
      text: `text ${j} of ${i}, ${'and so on '.repeat(20)}`,
    }));
    return JSON.stringify({ id: `d${i}`, scenario: 'test', utterances });
  });
  const file = await kit.writeFile('dialogues.jsonl', lines.join('\n'));
  const { code, err } = await kit.run(['import', file, '--format', 'dialogues']);
  if (code !== 0) throw new Error(err);
}

const sqliteAt = (name: string): string => `sqlite:${join(kit.folder, name)}`;

describe.runIf(isEngineChosen('sqlite'))('skein copy', () => {
  test('copies, verifies, says so, and run again only compares', async () => {
    await fill(20, 5);
    const to = sqliteAt('skein.db');
    const args = ['copy', '--from', `lsm:${kit.data}`, '--to', to];
    const first = await kit.run(args);
    expect(first.out).toMatch(
      /^Copied 20 threads with 100 items \(\d+ rows in all, \d+ written now\) from .*data to .*skein\.db in .*\nVerified: both stores have the digest \S+\.\n$/,
    );
    expect(first.code).toBe(0);
    expect((await kit.run(args)).out).toMatch(/^The copy was finished at .*; compared 20 threads/);
    expect((await kit.json(['threads', '--all', '--database', to])).length).toBe(20);
    const append = ['append', 'd7', 'more', '--role', 'user', '--database', to];
    expect((await kit.run(append)).code).toBe(0);
    const after = await kit.run(args);
    expect(after).toMatchObject({ code: 1, err: expect.stringContaining('differ in 1 place') });
    expect(after.out).toMatch(/^WHAT +ROWS +ROWS THERE.*\nthread d7 +6 +7 /);
    const other = await kit.run(['copy', '--from', to, '--to', `lsm:${join(kit.folder, 'back')}`]);
    expect(other.code).toBe(0);
  });

  test.each<[string[], number, RegExp]>([
    [['--from', 'lsm:FOLDER/data'], 2, /required option '--to/],
    [['--from', 'lsm:FOLDER/data', '--to', 'memory:'], 2, /in memory ends with its process/],
    [['--from', 'lsm:FOLDER/data', '--to', 'lsm:FOLDER/./data'], 2, /name the same store/],
    [['--from', 'lsm:FOLDER/data', '--to', 'x'], 2, /not the address of a database/],
    [['--from', 'lsm:FOLDER/missing', '--to', 'sqlite:FOLDER/a.db'], 1, /There is no store in/],
    [['--from', 'sqlite:FOLDER/missing.db', '--to', 'lsm:FOLDER/a'], 1, /There is no store in/],
    [
      ['--from', 'lsm:FOLDER/data', '--to', 'sqlite:FOLDER/no/a.db'],
      1,
      /directory .*no.* does not exist/,
    ],
    [
      ['--from', 'lsm:FOLDER/data', '--to', 'lsm:FOLDER'],
      1,
      /holds no Skein store, and is not empty/,
    ],
    [
      ['--from', 'lsm:FOLDER/data', '--to', 'postgres://u:hush@127.0.0.1:1/d'],
      1,
      /cannot be reached/,
    ],
  ])('%j is %i', async (args, code, message) => {
    await kit.run(['keys', 'create', 'x']);
    const given = args.map((arg) => arg.replace('FOLDER', kit.folder));
    const result = await kit.run(['copy', ...given]);
    expect(result.err).toMatch(message);
    expect(result.err).not.toMatch(/hush|\n\s+at /);
    expect(result.code).toBe(code);
  });

  test('leaves a source that is in use alone', async () => {
    const server = await kit.serve();
    const { code, err } = await kit.run([
      ...['copy', '--from', `lsm:${kit.data}`, '--to', sqliteAt('skein.db')],
    ]);
    expect([code, err]).toEqual([1, expect.stringContaining(`is being served at ${server.url}`)]);
  });
});
