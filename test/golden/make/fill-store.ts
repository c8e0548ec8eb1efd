/**
 * Fills an empty store and dies in the middle of its work: `node fill-store.ts ENGINE PLACE NOTE`.
 * What a reader must know is written to the file NOTE.
 */
import { writeFileSync } from 'node:fs';
import { createStore, type Store } from 'skein';
import type { Engine } from 'skein/engine';
import type { Note } from '../note.ts';
import { openGolden } from '../open-golden.ts';
import { CuttingEngine } from './cutting-engine.ts';
import { fillCheckpoints } from './fill-checkpoints.ts';
import { fillDocuments } from './fill-documents.ts';
import { fillRuns, respondersOfFilling } from './fill-runs.ts';
import { fillThreads } from './fill-threads.ts';
import { Filling } from './filling.ts';
import { leaveTasks } from './leave-tasks.ts';

async function fill(engineName: string, place: string, notePath: string): Promise<void> {
  const clock = { nowMs: Date.UTC(2026, 0, 1) };
  const note: Note = { openStreams: [], secrets: [], tokens: [], cursors: [], savedAtMs: 0 };
  const open = (engine: Engine): Promise<Store> => {
    // The chunks of answers outlive the test's clock.
    const runs = { streamTtlMs: 24 * 3_600_000 };
    return createStore({ engine, clock: () => clock.nowMs, responders: respondersOfFilling, runs });
  };
  // Opened three times, so that the store contains traces of earlier sessions, too.
  for (const part of [fillThreads, fillRuns]) {
    await using store = await open(openGolden(engineName, place));
    await part(new Filling(store, clock, note));
  }
  const cutting = new CuttingEngine(openGolden(engineName, place));
  const filling = new Filling(await open(cutting.engine), clock, note);
  await fillCheckpoints(filling);
  await fillDocuments(filling);
  await leaveTasks(filling, cutting);
  note.savedAtMs = clock.nowMs;
  writeFileSync(notePath, JSON.stringify(note));
  process.kill(process.pid, 'SIGKILL');
}

const [engineName = '', place = '', notePath = ''] = process.argv.slice(2);
await fill(engineName, place, notePath);
