import Database from 'better-sqlite3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Engine } from '../../../src/engine/engine.ts';
import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';
import { postgres } from '../../../src/engines/postgres/index.ts';
import { sqlite } from '../../../src/engines/sqlite/index.ts';
import { startPostgres } from '../../postgres-server.ts';
import { pauseAtRandom } from '../shared/waits-for-testing.ts';

/** An empty database that several servers share, with the disturbances that it can cause. */
export interface SharedDatabaseForTesting extends AsyncDisposable {
  /** The address for the command line. */
  readonly address: string;
  createEngine(): Engine;
  /** A disturbance that may happen at any time and that servers survive unnoticed. */
  disturb(random: SeededRandom): Promise<void>;
  /** The worst that can happen to the database itself. */
  interrupt(random: SeededRandom): Promise<void>;
}

/** A real PostgreSQL. Its connections are cut, and it is restarted. */
export async function sharedPostgres(): Promise<SharedDatabaseForTesting> {
  const server = await startPostgres({ fsync: true });
  return {
    address: server.url,
    createEngine: () => postgres({ url: server.url }),
    disturb: (random) => cutConnections(server.url, random),
    interrupt: () => server.restart(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function cutConnections(url: string, random: SeededRandom): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'skein' ORDER BY pid",
    );
    for (let i = 1 + random.below(3); i > 0 && rows.length > 0; i--) {
      await client.query('SELECT pg_terminate_backend($1)', [random.pick(rows).pid]);
    }
  } finally {
    await client.end();
  }
}

/** A SQLite file. Another program writes to it for a while, and checkpoints its log. */
export async function sharedSqlite(): Promise<SharedDatabaseForTesting> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  const path = join(folder, 'skein.db');
  return {
    address: `sqlite:${path}`,
    createEngine: () => sqlite({ path }),
    disturb: (random) => hold(path, () => pauseAtRandom(random, 100)),
    interrupt: async (random) => {
      await hold(path, () => pauseAtRandom(random, 3000));
      const database = new Database(path);
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.close();
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Holds the write lock meanwhile. */
async function hold(path: string, meanwhile: () => Promise<void>): Promise<void> {
  const database = new Database(path);
  try {
    database.exec('BEGIN IMMEDIATE');
    await meanwhile();
    database.exec('ROLLBACK');
  } finally {
    database.close();
  }
}
