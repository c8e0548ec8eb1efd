import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  fillThread,
  runSampleGraph,
} from '../../../test/support/adapters/langgraph/import/sample-checkpoints-for-testing.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import { dyingAt, withoutProgress } from '../../../test/support/cli/die-at-progress.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

async function fillSource(saver: BaseCheckpointSaver): Promise<void> {
  for (let i = 0; i < 20; i++) await fillThread(saver, `thread-${i}`, 30);
  await fillThread(saver, 'long', 400);
  for (let i = 0; i < 3; i++) await runSampleGraph(saver, `graph-${i}`);
}

/**
 * Kills the command, later each time, until it finishes first. Returns how often it was interrupted
 * in the middle.
 */
async function killWhileImporting(args: readonly string[]): Promise<number> {
  let kills = 0;
  for (let shown = 1; ; shown += kills > 1 ? Math.ceil(shown / 2) : 0) {
    const child = kit.start(args, dyingAt(shown));
    const code = await child.exit();
    if (code !== null) {
      expect([code, withoutProgress(child.err)]).toEqual([0, '']);
      return kills;
    }
    kills++;
  }
}

async function expectWholeImport(from: string, database: string): Promise<void> {
  const args = ['import', '--format', 'langgraph', '--from', from, '--database', database];
  expect(await killWhileImporting(args)).toBeGreaterThan(1);
  const [report] = await kit.json<{ readonly checkpoints: number }>(args);
  expect(report).toMatchObject({
    threads: 24,
    checkpointsAdded: 0,
    mismatchCount: 0,
    failed: 0,
    isComplete: true,
  });
  expect(report!.checkpoints).toBeGreaterThan(1000); // it prints one
  const shown = await kit.json<object>(['threads', '--limit', '50', '--database', database]);
  expect(shown).toHaveLength(24);
  expect(shown).toContainEqual(expect.objectContaining({ id: 'long', itemCount: 400 }));
  expect(await kit.run(['doctor', '--database', database])).toMatchObject({
    code: 0,
    out: expect.stringContaining('no problems'),
  });
}

test.runIf(isEngineChosen('sqlite'))('an import from SQLite, killed, goes on', async () => {
  const path = join(kit.folder, 'source.db');
  const database = new Database(path);
  await fillSource(new SqliteSaver(database));
  database.close();
  await expectWholeImport(`sqlite:${path}`, `lsm:${join(kit.folder, 'target')}`);
});

test.runIf(isEngineChosen('sqlite') && isEngineChosen('postgres'))(
  'an import from PostgreSQL, killed, goes on',
  async () => {
    await using schema = await schemaForTesting();
    const pool = new Pool({ connectionString: schema.url });
    try {
      const saver = new PostgresSaver(pool, undefined, { schema: schema.schema });
      await saver.setup();
      await fillSource(saver);
    } finally {
      await pool.end();
    }
    const from = new URL(schema.url);
    from.searchParams.set('schema', schema.schema);
    await expectWholeImport(from.href, `sqlite:${join(kit.folder, 'target.db')}`);
  },
);
