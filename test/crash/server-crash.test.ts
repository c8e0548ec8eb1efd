import { watch } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CliKitForTesting } from '../support/cli/cli-kit-for-testing.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { seededRandom, type SeededRandom } from '../../src/engine/fault/seeded-random.ts';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import { lsm } from '../../src/engines/lsm/index.ts';
import { sqlite } from '../../src/engines/sqlite/index.ts';
import { createStore, doctor } from '../../src/store/index.ts';
import { seedForTesting } from '../support/store/seed-for-testing.ts';
import { audit, retryUnanswered } from '../support/crash/audit.ts';
import { Ledger } from '../support/crash/ledger.ts';
import { tearLevelLog, tearSqliteLog, type Tear } from '../support/crash/tear-log.ts';
import { Traffic } from '../support/crash/traffic.ts';

const rounds = 20;
const writers = 16;
const seed = seedForTesting();

/** A store on the disk of a kit, with the means to reach its files. */
interface StoredForTesting {
  readonly kit: CliKitForTesting;
  /** The arguments with which a command opens it. */
  readonly args: readonly string[];
  /** The folder of its files. */
  readonly folder: string;
  createEngine(): Engine;
  tear(random: SeededRandom, kind: Tear): Promise<void>;
}

const stores: Readonly<Record<string, (kit: CliKitForTesting) => StoredForTesting>> = {
  lsm: (kit) => ({
    kit,
    args: ['--data', kit.data],
    folder: kit.data,
    createEngine: () => lsm({ path: kit.data }),
    tear: (random, kind) => tearLevelLog(kit.data, random, kind),
  }),
  sqlite: (kit) => {
    const path = join(kit.folder, 'skein.db');
    return {
      kit,
      args: ['--database', `sqlite:${path}`],
      folder: kit.folder,
      createEngine: () => sqlite({ path }),
      tear: (random, kind) => tearSqliteLog(path, random, kind),
    };
  },
};

for (const [engine, storeIn] of Object.entries(stores)) {
  describe.runIf(isEngineChosen(engine))(`on ${engine}`, () => {
    test(`a server that is killed ${rounds} times loses nothing that it acknowledged, and invents nothing (SEED=${seed})`, async () => {
      await using kit = await CliKitForTesting.create();
      await killAgainAndAgain(storeIn(kit));
    });
  });
}

async function killAgainAndAgain(stored: StoredForTesting): Promise<void> {
  const random = seededRandom(seed);
  const ledger = new Ledger();
  for (let round = 0; round < rounds; round++) {
    if (round % 6 === 5) await killWhileOpening(stored, random);
    await serveAndKill(stored, ledger, random, round);
    if (round % 3 === 1) await stored.tear(random, round === 10 ? 'half a record' : 'bytes');
    await reopenAndAudit(stored, ledger, round % 2 === 0 || round === rounds - 1);
    if (round % 5 === 4) await examine(stored, ledger);
    expect(ledger.problems.slice(0, 10), `after round ${round}, SEED=${seed}`).toEqual([]);
  }
  expect(ledger.unansweredKeyed()).toEqual([]);
  // Otherwise the server was never killed at work, or did none.
  expect(ledger.acknowledged).toBeGreaterThan(rounds * writers);
  expect(ledger.unanswered).toBeGreaterThan(rounds);
  const { acknowledged, unanswered, threads } = ledger;
  // oxlint-disable-next-line no-console -- how much of a test this was is part of its report
  console.info(
    `${acknowledged} items acknowledged, ${unanswered} requests cut, ${threads.size} threads`,
  );
}

async function serveAndKill(
  { kit, args }: StoredForTesting,
  ledger: Ledger,
  random: SeededRandom,
  round: number,
): Promise<void> {
  const server = await kit.serve([...args, '--log-level', 'silent']);
  const traffic = new Traffic(server.url, ledger, `r${round}`);
  await traffic.prepare(random);
  const retries = ledger.unansweredKeyed().map(({ thread, item }) => traffic.retry(thread, item));
  const running = Array.from({ length: writers }, () =>
    traffic.run(seededRandom(random.below(2 ** 32))),
  );
  await Promise.race([ledger.untilAcknowledged(writers + random.below(500)), ...running]);
  traffic.end();
  await server.stop('SIGKILL');
  await Promise.all([...running, ...retries]);
}

/** Crashes during the recovery from a crash: when one of the first files is touched. */
async function killWhileOpening(
  { kit, args, folder }: StoredForTesting,
  random: SeededRandom,
): Promise<void> {
  const touches = 1 + random.below(10); // an arbitrary point
  const watcher = watch(folder);
  let touched = 0;
  watcher.on('change', () => touched++);
  const server = kit.start(['serve', '--port', '0', ...args, '--log-level', 'silent']);
  await server.waitFor(/Try: .*\n/, 'out', () => touched >= touches);
  watcher.close();
  await server.stop('SIGKILL');
}

async function reopenAndAudit(
  stored: StoredForTesting,
  ledger: Ledger,
  isRetrying: boolean,
): Promise<void> {
  await using store = await createStore({ engine: stored.createEngine() });
  const project = store.project('default').as({ userId: 'local' });
  await audit(project, ledger);
  if (!isRetrying) return; // the next server gets the retries
  await retryUnanswered(project, ledger);
  await audit(project, ledger);
}

async function examine(stored: StoredForTesting, ledger: Ledger): Promise<void> {
  const { problems, threads } = await doctor(stored.createEngine(), { repair: false });
  expect(problems).toEqual([]);
  expect(threads).toBe(ledger.usable().length);
}
