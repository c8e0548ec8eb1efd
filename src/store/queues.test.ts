import { expect, test } from 'vitest';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import { clockForTesting, openKit } from '../../test/support/store/store-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
  type EngineCall,
} from '../../test/support/store/tapped-engine-for-testing.ts';
import type { Core } from '../domain/base/core.ts';
import { sweepDocuments } from '../domain/documents/sweep-documents.ts';
import { sweepTokens } from '../domain/keys/tokens.ts';
import { sweepRequests } from '../domain/requests/idempotency.ts';
import { sweepStreams } from '../domain/streams/expire-streams.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import { allTables } from '../records/all-tables.ts';
import { Records } from '../records/records.ts';
import { queueMarginMs } from '../records/time-queue.ts';

/** Where the scans of queues by time have begun, by table. */
function beginsIn(calls: readonly EngineCall[]): Map<string, number[]> {
  const begins = new Map<string, number[]>();
  for (const call of calls) {
    if (call.method !== 'scan') continue;
    const { table, index: name, after } = call.scan;
    if (table.indexes.find((index) => index.name === name)?.partition !== 0) continue;
    begins.set(table.name, [...(begins.get(table.name) ?? []), Number(after?.[0])]);
  }
  return begins;
}

test('no sweep begins at the beginning of time, but the first one ever', async () => {
  const engine = new TappedEngine(memory());
  const records = new Records(await OpenEngine.open(engine, allTables));
  const clock = clockForTesting();
  // The parts of a core that sweeps need.
  const core = { records, clock: () => clock.nowMs, memory: new Map() } as unknown as Core;
  const sweeps = [sweepRequests, sweepTokens, sweepDocuments, sweepStreams];
  for (const sweep of sweeps) await sweep(core);
  const calls = recordCalls(engine);
  for (const sweep of sweeps) await sweep(core);
  const begins = beginsIn(calls);
  expect([...begins.keys()].toSorted()).toEqual([
    'credentials',
    'documents',
    'requests',
    'streams',
  ]);
  for (const times of begins.values()) expect(times).toEqual([clock.nowMs - queueMarginMs - 1]);
});

test('nor does the look for runs whose process has gone', async () => {
  const engine = new TappedEngine(memory());
  const responders = sourceOf(scripted(() => textChunks('an answer'), 'model'));
  await using kit = await openKit({ engine, responders, runs: { leaseMs: 30 } });
  const calls = recordCalls(engine);
  const { id } = await kit.thread();
  await (
    await kit.owner.runs.start(id, { model: 'model', input: 'hello' })
  ).done;
  await expect.poll(() => beginsIn(calls).get('runs')?.length ?? 0).toBeGreaterThan(3);
  const [, ...later] = beginsIn(calls).get('runs')!;
  expect(new Set(later)).toEqual(new Set([kit.clock.nowMs - queueMarginMs - 1]));
});
