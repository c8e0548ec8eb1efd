import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import { dyingAtStep, withoutProgress } from '../../../test/support/cli/die-at-progress.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';
import { only, openKit, times } from '../../../test/support/store/store-kit-for-testing.ts';
import { exportOf } from '../../../test/support/store/transfer-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

/** A store whose every fourth thread needs several commits; some have forks and amendments. */
async function filled(): Promise<Engine> {
  const engine = memory();
  await using source = await openKit({ engine });
  for (const i of times(40, (k) => k)) {
    const { id } = await source.thread({ title: `Thread ${i}`, tags: [`tag${i % 3}`] });
    const batches = i % 4 === 0 ? 5 : 1;
    for (const batch of times(batches, (k) => k)) {
      await source.say(id, ...times(batches === 1 ? 3 : 450, (k) => `${i} ${batch} ${k}`));
    }
    const { data } = await source.owner.items.list(id, { limit: 2 });
    await source.append(id, { text: 'edited', replacesId: data[0]!.id });
    await source.owner.items.redact(id, [data[1]!.id]);
    if (i % 3 === 0) {
      const fork = only(await source.owner.threads.fork([{ threadId: id }]));
      await source.say(fork.id, 'said in the fork');
    }
  }
  return engine;
}

/** The rows of each thread of an export. A fork that is not there yet is not listed. */
function rowsByThread(lines: readonly string[]): Map<string, string> {
  const rows = new Map<string, string>();
  let thread = '';
  for (const line of lines.slice(1, -1)) {
    const { table, row } = JSON.parse(line) as { table: string; row: Record<string, string> };
    if (table === 'threads') thread = row.id!; // its key
    if (table === 'forks') continue;
    rows.set(thread, `${rows.get(thread) ?? ''}${line}\n`);
  }
  return rows;
}

/** What the command exports of the whole store, or `undefined` if there is none yet. */
async function exported(where: readonly string[]): Promise<string[] | undefined> {
  const { code, out, err } = await kit.run(['export', '--all', ...where]);
  if (code !== 0 && /There is no store/.test(err)) return undefined;
  expect([code, withoutProgress(err)]).toEqual([0, expect.any(String)]);
  return out.trimEnd().split('\n');
}

/**
 * Kills the import, later each time, until it finishes first. Whatever is shown meanwhile is a
 * whole thread. Returns how often it was killed.
 */
async function killWhileImporting(
  file: string,
  where: readonly string[],
  expected: ReadonlyMap<string, string>,
): Promise<number> {
  for (let [kills, steps] = [0, 1]; ; kills++, steps = Math.ceil(steps * 1.5)) {
    const child = kit.start(['import', file, ...where], dyingAtStep(steps));
    const code = await child.exit();
    if (code !== null) {
      expect([code, withoutProgress(child.err)]).toEqual([0, '']);
      return kills;
    }
    for (const [id, rows] of rowsByThread((await exported(where)) ?? [])) {
      expect(rows).toBe(expected.get(id));
    }
  }
}

async function expectSameAfterKills(where: readonly string[]): Promise<void> {
  const { lines } = await exportOf(await filled());
  const file = await kit.writeFile('backup.jsonl', `${lines.join('\n')}\n`);
  const kills = await killWhileImporting(file, where, rowsByThread(lines));
  // Each thread is a step of the progress.
  expect(kills).toBeGreaterThan(5);
  expect((await exported(where))!.slice(1)).toEqual(lines.slice(1));
}

describe('skein import, killed again and again, takes in what the file has', () => {
  test.runIf(isEngineChosen('lsm'))('on lsm', () => expectSameAfterKills(['--data', kit.data]));

  test.runIf(isEngineChosen('sqlite'))('on sqlite', () =>
    expectSameAfterKills(['--database', `sqlite:${join(kit.folder, 'skein.db')}`]),
  );

  test.runIf(isEngineChosen('postgres'))('on postgres', async () => {
    await using schema = await schemaForTesting();
    const address = new URL(schema.url);
    address.searchParams.set('schema', schema.schema);
    await expectSameAfterKills(['--database', address.href]);
  });
});
