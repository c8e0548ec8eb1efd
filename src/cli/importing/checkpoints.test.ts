import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  fillThread,
  runSampleGraph,
} from '../../../test/support/adapters/langgraph/import/sample-checkpoints-for-testing.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

describe.runIf(isEngineChosen('sqlite'))('skein import --format langgraph', () => {
  const path = (): string => join(kit.folder, 'source.db');
  const args = (...more: string[]): string[] => [
    ...['import', '--format', 'langgraph', '--from', `sqlite:${path()}`],
    ...['--data', kit.data, ...more],
  ];

  async function fillSource(): Promise<Database.Database> {
    const database = new Database(path());
    const saver = new SqliteSaver(database);
    await runSampleGraph(saver, 'graph');
    await fillThread(saver, 'long', 20);
    return database;
  }

  test('moves in, compares, and adds nothing the second time', async () => {
    (await fillSource()).close();
    const first = await kit.run(args());
    expect(first.err).toBe('');
    expect(first.out).toMatch(
      /^Imported 2 threads with \d\d checkpoints and \d\d pending writes from .*source\.db to .*data in 0:0\d\.\nVerified: every checkpoint reads the same through both savers\.\n$/,
    );
    expect(first.code).toBe(0);
    const [again] = await kit.json<object>(args());
    expect(again).toMatchObject({
      threads: 2,
      checkpointsAdded: 0,
      mismatchCount: 0,
      failures: [],
    });
    const shown = await kit.run(['show', 'long']);
    expect(shown.out).toMatch(/Message 0 of long\n.*20 items/);
  });

  test('gives the threads to the user that --user names', async () => {
    (await fillSource()).close();
    await kit.json(args('--user', 'ada'));
    expect(await kit.json(['threads', '--user', 'ada'])).toHaveLength(2);
    expect(await kit.json(['threads'])).toEqual([]);
  });

  test('ends with 1 if a checkpoint differs from the source', async () => {
    const database = await fillSource();
    await kit.json(args());
    const last = `(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = 'long')`;
    database.exec(`UPDATE checkpoints SET metadata = '{"step":99}' WHERE checkpoint_id = ${last}`);
    database.close();
    const { code, err } = await kit.run(args());
    expect(err).toMatch(
      /^thread long, checkpoint \S+: metadata differ\nerror: 1 checkpoint cannot be read back/,
    );
    expect(code).toBe(1);
  });

  test('reports the threads that belong to another user', async () => {
    (await fillSource()).close();
    await kit.json(args('--user', 'eve'));
    const { code, err } = await kit.run(args('--user', 'ada', '--continue-on-error'));
    expect(err).toMatch(/^(?:thread (?:graph|long): .*in use.*\n){2}error: 2 threads could not/);
    expect(code).toBe(1);
  });

  test('refuses contradictory options before it creates a store', async () => {
    const usage = [
      [['import', '--format', 'langgraph', '--data', kit.data], /from a database/],
      [['import', 'file', '--format', 'langgraph', '--data', kit.data], /from a database/],
      [['import', '--from', 'sqlite:a.db', '--data', kit.data], /--from is for databases/],
      [['import', '--data', kit.data], /There is nothing to import/],
      [
        ['import', '--format', 'langgraph', '--from', 'mysql://a/b', '--data', kit.data],
        /"mysql:"/,
      ],
      [
        ['import', '--format', 'langgraph', '--from', 'lsm:x', '--data', kit.data],
        /cannot keep checkpoints there/,
      ],
      [
        ['import', '--format', 'langgraph', '--from', 'sqlite:x', '--url', 'http://x'],
        /through a server/,
      ],
    ] as const;
    for (const [given, message] of usage) {
      const { code, err } = await kit.run(given);
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
    const { code, err } = await kit.run(args());
    expect([code, err]).toEqual([1, expect.stringMatching(/source\.db cannot be opened/)]);
    expect(existsSync(kit.data)).toBe(false);
  });

  test('leaves a store that is served to its server', async () => {
    (await fillSource()).close();
    const server = await kit.serve();
    const { code, err } = await kit.run(args());
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/is being served at http.*\nStop the server/),
    ]);
    expect(await server.stop('SIGTERM')).toBe(0);
  });
});
