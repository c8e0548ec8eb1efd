import type { Note } from './note.ts';
import type { Rows } from './read-rows.ts';

/** What is saved beside a golden store: what the commit that created it read from it. */
export interface SavedReading {
  readonly note: Note;
  /** The rows as they were left, with waiting tasks. */
  readonly rows: Rows;
  /** The answers after all tasks were finished. */
  readonly answers: unknown;
}

/**
 * The clock for opening a golden store: leases have lapsed, but nothing that was kept has expired.
 */
export function openedAtMs({ savedAtMs }: Note): number {
  return savedAtMs + 60_000;
}
