import type { Commit, Engine } from '../engine.ts';
import { SkeinError } from '../../shared/error.ts';
import { faultEngine, type FaultEngine } from '../fault/fault-engine.ts';
import { commitOutcome, RandomRun } from './random-run.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';

/** The titles contain the seed, so that every report prints it; `SEED=…` repeats the run. */
export function randomCases(seed: number): Topic {
  return {
    name: 'random operations',
    cases: {
      [`one after the other agree with the reference (SEED=${seed})`]: {
        run: (session) => RandomRun.of(session, seed, 1500, sequentialStep),
      },
      [`at once on several partitions agree with the reference (SEED=${seed})`]: {
        run: (session) => RandomRun.of(session, seed, 200, concurrentStep),
      },
      [`with faults are whole or nothing (SEED=${seed})`]: {
        async run(session) {
          const plan = { seed, failBefore: 0.1, failAfter: 0.1, tear: 0.1, fill: 0.05 };
          const faulty = faultEngine(engineOf(session), plan);
          await RandomRun.of(session, seed, 400, (run) => faultyStep(run, faulty));
        },
      },
    },
  };
}

async function sequentialStep(run: RandomRun, count: number): Promise<void> {
  if (run.random.chance(0.08)) await run.deletePrefix();
  else await run.commit(await run.operations.commit());
  for (let i = 0; i < 3; i++) await run.compareScan(run.operations.scan());
  await run.compareGets();
  if (count % 40 === 39) await run.compareAll();
  if (count % 80 === 79) await run.restart();
}

/** Partitions share no rows, so the order in which their commits are applied does not matter. */
async function concurrentStep(run: RandomRun, count: number): Promise<void> {
  const commits: Commit[] = [];
  for (const partition of run.operations.partitions) {
    commits.push(await run.operations.commit(partition));
  }
  run.note('commits at once', commits);
  const outcomes = await Promise.all(
    commits.map((commit) => commitOutcome(run.session.engine.commit(commit))),
  );
  for (const [i, commit] of commits.entries()) {
    const expected = await commitOutcome(run.reference.commit(commit));
    if (outcomes[i] !== expected) throw new Error(`commit ${i}: ${outcomes[i]}, not ${expected}`);
  }
  if (count % 5 === 4) await run.compareAll();
  if (count % 30 === 29) await run.restart();
}

async function faultyStep(run: RandomRun, faulty: FaultEngine): Promise<void> {
  if (run.random.chance(0.15)) await deleteDespiteFaults(run, faulty);
  else await commitOnce(run, faulty);
  await run.compareScan(run.operations.scan());
}

/**
 * A commit whose response is lost has or has not happened: the state is as before or as after it.
 */
async function commitOnce(run: RandomRun, faulty: FaultEngine): Promise<void> {
  const commit = await run.operations.commit();
  run.note('commit with faults', commit);
  try {
    const outcome = await commitOutcome(faulty.commit(commit));
    const expected = await commitOutcome(run.reference.commit(commit));
    if (outcome !== expected) throw new Error(`${outcome}, not ${expected}`);
  } catch (error) {
    await recover(run, faulty, error);
    if (await run.isAsModel()) return;
    await run.reference.commit(commit);
    await run.compareAll();
  }
}

/** A `deletePrefix` that failed is repeated until it is done. */
async function deleteDespiteFaults(run: RandomRun, faulty: FaultEngine): Promise<void> {
  const table = run.operations.table();
  const prefix = run.operations.prefix(table);
  run.note('deletePrefix with faults', { table, prefix });
  for (let isDone = false; !isDone;) {
    try {
      await faulty.deletePrefix(table, prefix);
      isDone = true;
    } catch (error) {
      await recover(run, faulty, error);
    }
  }
  await run.reference.deletePrefix(table, prefix);
  await run.compareAll();
}

/** Recovers from a fault; rethrows anything else. A power loss sometimes restarts the store. */
async function recover(run: RandomRun, faulty: FaultEngine, error: unknown): Promise<void> {
  if (!(error instanceof SkeinError) || error.code !== 'unavailable') throw error;
  const { subject } = run.session;
  if (faulty.state === 'down' && subject.reopen && run.random.chance(0.2)) {
    await run.session.reopen();
  }
  faulty.heal();
}

/** The present engine of a session, as the base for a layer on top of it. */
function engineOf(session: Session): Engine {
  return {
    name: session.engine.name,
    capabilities: session.engine.capabilities,
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    get: (table, key) => session.engine.get(table, key),
    getMany: (table, keys) => session.engine.getMany(table, keys),
    scan: (scan) => session.engine.scan(scan),
    commit: (commit) => session.engine.commit(commit),
    deletePrefix: (table, prefix) => session.engine.deletePrefix(table, prefix),
  };
}
