import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import { dyingAt, withoutProgress } from '../../../test/support/cli/die-at-progress.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

interface Report {
  readonly threads: number;
  readonly items: number;
  readonly digest: string;
  readonly mismatches: readonly unknown[];
}

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

async function copyAs(from: string, to: string): Promise<Report> {
  const [report] = await kit.json<Report>(['copy', '--from', from, '--to', to]);
  return report!; // it prints one
}

const sqliteAt = (name: string): string => `sqlite:${join(kit.folder, name)}`;

describe.runIf(isEngineChosen('sqlite') && isEngineChosen('postgres'))('skein copy, killed', () => {
  test('continues after an interruption, on every engine, to the same result', async () => {
    await fill(400, 25);
    await using schema = await schemaForTesting();
    const address = new URL(schema.url);
    address.searchParams.set('schema', schema.schema);
    const places = [
      `lsm:${kit.data}`,
      sqliteAt('a.db'),
      address.href,
      `lsm:${join(kit.folder, 'back')}`,
    ];
    const digests: string[] = [];
    for (const [i, to] of places.slice(1).entries()) {
      const kills = await killWhileCopying(places[i]!, to);
      expect(kills).toBeGreaterThan(0);
      const report = await copyAs(places[i]!, to);
      expect(report).toMatchObject({ threads: 400, items: 10_000, mismatches: [] });
      digests.push(report.digest);
    }
    expect(new Set(digests).size).toBe(1);
  });
});

/**
 * Kills the command, later each time, until it finishes first. Returns how often it was interrupted
 * in the middle.
 */
async function killWhileCopying(from: string, to: string): Promise<number> {
  let kills = 0;
  for (let shown = 1; ; shown = Math.ceil(shown * 1.4)) {
    const child = kit.start(['copy', '--from', from, '--to', to], dyingAt(shown));
    const code = await child.exit();
    if (code !== null) {
      expect([code, withoutProgress(child.err)]).toEqual([0, '']);
      return kills;
    }
    const { err } = await kit.run(['threads', '--database', to]);
    // A copy is refused until it is complete, unless the command was killed before its start or
    // after its end.
    if (/unfinished copy of .*finish it with `skein copy`/.test(err)) kills++;
    else
      expect(err).toMatch(
        /^(?:.*There is no store.*\n.*\n|.*shown; there are more.*\n|No threads\.\n)$/,
      );
  }
}

const run = promisify(execFile);

test.runIf(isEngineChosen('sqlite'))(
  'a full disk is told, and the copy goes on when there is room',
  async (context) => {
    await fill(200, 20);
    const disk = join(kit.folder, 'disk');
    await mkdir(disk);
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'skein-test', disk]);
    } catch (error) {
      context.skip(`A small disk cannot be mounted here: ${String(error)}`);
    }
    try {
      const args = [
        'copy',
        '--from',
        `lsm:${kit.data}`,
        '--to',
        `sqlite:${join(disk, 'skein.db')}`,
      ];
      const full = await kit.run(args);
      expect(full.err).toMatch(/^error: The database .* cannot be written: the disk is full\.\n/);
      expect(full.code).toBe(1);
      await run('mount', ['-o', 'remount,size=64m', disk]);
      const { code, out } = await kit.run(args);
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/copying 200 threads with 4,000 items/i),
      ]);
    } finally {
      await run('umount', [disk]);
    }
  },
);
