import type { Note } from './note.ts';
import type { Rows } from './read-rows.ts';

/** What is saved beside a golden store: what the commit that made it read in it. */
export interface SavedReading {
  readonly note: Note;
  /** As they were left, with the tasks that wait. */
  readonly rows: Rows;
  /** When all tasks were finished. */
  readonly answers: unknown;
}

/**
 * The clock of those who open a golden store: what was leased has lapsed, what was kept is still
 * there.
 */
export function openedAtMs({ savedAtMs }: Note): number {
  return savedAtMs + 60_000;
}
