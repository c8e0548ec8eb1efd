import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { createStore } from '../../store/create-store.ts';
import { sqlite } from './index.ts';

const child = new URL(
  '../../../test/support/engines/sqlite/append-until-killed-for-testing.ts',
  import.meta.url,
).pathname;

/** Lets a process write to the file and kills it in the middle. Returns what it had printed. */
async function writeAndKill(path: string, linesMin: number): Promise<string[]> {
  const writer = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: writer.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length === linesMin) writer.kill('SIGKILL');
  });
  // A printed line still in the pipe was acknowledged, too; a line cut in two was not.
  await Promise.all([once(writer, 'close'), once(reader, 'close')]);
  expect(lines.length).toBeGreaterThanOrEqual(linesMin);
  return lines.filter((line) => line.length === 73);
}

describe.runIf(isEngineChosen('sqlite'))('a process killed while it writes', () => {
  test('loses nothing acknowledged, and leaves every commit whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skein-'));
    try {
      const path = join(folder, 'skein.db');
      const acknowledged: string[] = [];
      for (const linesMin of [50, 300, 1000])
        acknowledged.push(...(await writeAndKill(path, linesMin)));
      await using store = await createStore({ engine: sqlite({ path }) });
      await store.checkReady();
      const database = new Database(path, { readonly: true });
      const ids = database.prepare(`SELECT "threadId" || ' ' || id AS id FROM items`).pluck().all();
      const found = new Set(ids);
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      const broken = database
        .prepare(
          `SELECT t.id FROM threads t WHERE "itemCount" <> (SELECT count(*) FROM items WHERE "threadId" = t.id)
           OR "lastItemId" <> (SELECT max(id) FROM items WHERE "threadId" = t.id)`,
        )
        .all();
      expect(broken).toEqual([]);
      expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(database.pragma('foreign_key_check')).toEqual([]);
      database.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
