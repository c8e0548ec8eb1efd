/**
 * The doctor reads every table of a store and compares derived data with its source. With `repair`
 * it rebuilds derived data. Principle 3 of the design: the log is the truth. Each noun says what to
 * examine (`examine`).
 */
import type { Noun } from '../../domain/base/noun.ts';
import type { Engine } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { Records } from '../../records/records.ts';
import { mustBeWhole } from '../copy/must-be-whole.ts';
import { allNouns, tablesOf } from '../nouns.ts';
import type { DoctorOptions, DoctorReport } from './doctor-report.ts';
import { StoreWalk } from './store-walk.ts';

/** Checks a store that is not open elsewhere. Throws what opening the engine throws. */
export function doctor(engine: Engine, options: DoctorOptions): Promise<DoctorReport> {
  return doctorOf(allNouns, engine, options);
}

/** Checks a store with these nouns. */
export async function doctorOf(
  nouns: readonly Noun[],
  engine: Engine,
  options: DoctorOptions,
): Promise<DoctorReport> {
  const open = await OpenEngine.open(engine, tablesOf(nouns));
  try {
    await mustBeWhole(new Records(open));
    return await new StoreWalk(nouns, open, options).run();
  } finally {
    await open.close();
  }
}

/**
 * Leaves no bytes in the files of a store that were deleted, redacted or replaced. The store must
 * not be open elsewhere. Throws what opening throws, and `unavailable` for an engine whose files
 * are not the store's own.
 */
export async function compactStore(engine: Engine): Promise<void> {
  const open = await OpenEngine.open(engine, tablesOf(allNouns));
  try {
    await mustBeWhole(new Records(open));
    await open.compact();
  } finally {
    await open.close();
  }
}
