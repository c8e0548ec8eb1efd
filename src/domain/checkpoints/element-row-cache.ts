import type { CheckpointElementRow } from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { laneKey } from './element-key.ts';

/**
 * Recently read elements. Within an epoch an element's row never changes and its id is never
 * reused, so a row may be returned as long as something refers to it; every read checks that, and
 * who may see it. Rows are frozen, since many readers share them. A lane is named with its epoch.
 */
export class ElementRowCache {
  readonly #lanes = new Map<string, KnownLane>();
  #weight = 0;

  /** The known rows of a lane; must not be changed. */
  rowsOf(threadId: StoredThreadId, lane: string): ReadonlyMap<number, CheckpointElementRow> {
    const name = laneKey(threadId, lane);
    const known = this.#lanes.get(name);
    if (known === undefined) return nothing;
    // The most recently used lane is last.
    this.#lanes.delete(name);
    this.#lanes.set(name, known);
    return known.rows;
  }

  add(threadId: StoredThreadId, lane: string, rows: readonly CheckpointElementRow[]): void {
    const name = laneKey(threadId, lane);
    const known = this.#lanes.get(name) ?? { rows: new Map(), weight: 0 };
    this.#lanes.set(name, known);
    for (const row of rows) {
      if (known.rows.has(row.id)) continue;
      const weight = deepFreeze(row) + rowWeight;
      known.rows.set(row.id, row);
      known.weight += weight;
      this.#weight += weight;
    }
    for (const [oldest, { weight }] of this.#lanes) {
      if (this.#weight <= weightMax) return;
      this.#lanes.delete(oldest);
      this.#weight -= weight;
    }
  }
}

interface KnownLane {
  readonly rows: Map<number, CheckpointElementRow>;
  weight: number;
}

const nothing: ReadonlyMap<number, CheckpointElementRow> = new Map();
/** The approximate size of all rows, in bytes. */
const weightMax = 32 * 1024 * 1024;
/** The overhead of a row in bytes. */
const rowWeight = 300;

export const elementRowCacheOf: (core: Core) => ElementRowCache = perStore(
  () => new ElementRowCache(),
);

/** Freezes plain data recursively. Returns its approximate size in bytes. */
function deepFreeze(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  Object.freeze(value);
  let weight = 50;
  // The values of an array are its elements.
  for (const inner of Object.values(value) as unknown[]) weight += 16 + deepFreeze(inner);
  return weight;
}
