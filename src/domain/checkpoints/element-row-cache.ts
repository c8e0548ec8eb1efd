import type { Records } from '../../records/records.ts';
import type { CheckpointElementRow } from '../../records/tables.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { deepFreeze } from './deep-freeze.ts';
import { laneKey } from './lane-key.ts';

/**
 * Elements that were read lately. A row of an element never changes, and its id is not given out again, so what
 * was read once may be handed out for as long as something refers to it; whether anything does, and who may see
 * it, is looked up each time. Rows are frozen, since many readers get them.
 */
export class ElementRowCache {
  readonly #lanes = new Map<string, KnownLane>();
  #weight = 0;

  /** The rows of a lane that are known; not to be changed. */
  rowsOf(threadId: ThreadId, lane: string): ReadonlyMap<number, CheckpointElementRow> {
    const name = laneKey(threadId, lane);
    const known = this.#lanes.get(name);
    if (known === undefined) return nothing;
    // The lane that was used last stands last.
    this.#lanes.delete(name);
    this.#lanes.set(name, known);
    return known.rows;
  }

  add(threadId: ThreadId, lane: string, rows: readonly CheckpointElementRow[]): void {
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
/** About the bytes of all rows. */
const weightMax = 32 * 1024 * 1024;
/** What a row takes besides its content. */
const rowWeight = 300;

const caches = new WeakMap<Records, ElementRowCache>();

/** One for each open store. */
export function elementRowCacheOf(records: Records): ElementRowCache {
  let cache = caches.get(records);
  if (cache === undefined) caches.set(records, (cache = new ElementRowCache()));
  return cache;
}
