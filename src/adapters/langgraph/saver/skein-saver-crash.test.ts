import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../engine/fault/seeded-random.ts';
import { isEngineChosen } from '../../../../test/support/engine/chosen-engines-for-testing.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';
import {
  crashConfig,
  crashGraph,
  openCrashStore,
} from '../../../../test/support/adapters/langgraph/saver/run-until-killed-for-testing.ts';

const child = new URL(
  '../../../../test/support/adapters/langgraph/saver/run-until-killed-for-testing.ts',
  import.meta.url,
).pathname;
const seed = seedForTesting();
const kills = 20;

/**
 * Runs the graph, which dies at so many commits after its first turn, and returns the number of
 * messages it reported.
 */
async function runUntilDead(engine: string, folder: string, commits: number): Promise<number> {
  const graph = spawn(process.execPath, [child, engine, folder, `${commits}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = 0;
  createInterface({ input: graph.stdout }).on('line', (line) => {
    told = Number(line);
  });
  const [, signal] = (await once(graph, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  expect(told).toBeGreaterThan(0);
  return told;
}

describe.each(['lsm', 'sqlite'])('a graph on %s that is killed while it runs', (engine) => {
  test.runIf(isEngineChosen(engine))(`goes on from a whole checkpoint, seed ${seed}`, async () => {
    const random = seededRandom(seed);
    const folder = await mkdtemp(join(tmpdir(), 'skein-'));
    try {
      for (let i = 0; i < kills; i++) {
        const told = await runUntilDead(engine, folder, 1 + random.below(40));
        await checkWhole(engine, folder, told);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/**
 * Checks that every state is one that a step left, that no reported message is lost, and that the
 * newest state can be continued.
 */
async function checkWhole(engine: string, folder: string, told: number): Promise<void> {
  await using store = await openCrashStore(engine, folder);
  const graph = crashGraph(store);
  let newest = true;
  for await (const { values, tasks } of graph.getStateHistory(crashConfig, { limit: 40 })) {
    const { messages = [], steps = 0, log = [] } = values;
    expect(log).toHaveLength(steps);
    // A checkpoint is before its turn's message, or has 3 steps of its turn, or all 4 and the
    // answer.
    const answered = Math.floor(messages.length / 2);
    expect([answered * 4, answered * 4 + 3]).toContain(steps);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    if (tasks.length === 0) expect(steps).toBe(answered * 4);
    for (const { error } of tasks) expect(error).toBeUndefined();
    if (newest) expect(messages.length).toBeGreaterThanOrEqual(told);
    newest = false;
  }
  const { data } = await store
    .project('default')
    .as({ userId: 'local' })
    .items.list('crashed', { limit: 1000, order: 'desc' });
  const tuple = await new SkeinSaver({ store }).getTuple(crashConfig);
  const { messages } = tuple!.checkpoint.channel_values as { messages: unknown[] };
  expect(data.length).toBe(Math.min(1000, messages.length));
}
