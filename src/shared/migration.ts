import { SkeinError } from './error.ts';

/** One numbered step that brought the tables of a database from one version to the next. */
export interface Migration {
  readonly number: number;
  /** What it does: `create threads`. */
  readonly name: string;
}

/**
 * What opening a database may do to its tables: `always` brings them to what this program declares,
 * `empty` makes them where there are none but changes no older ones, `never` changes nothing.
 */
export type MigrationMode = 'always' | 'empty' | 'never';

/** How an engine with tables migrates them. */
export interface MigrationOptions {
  /** Default `always`. What may not be done is refused with `MigrationsPendingError`. */
  readonly migrate?: MigrationMode;
  /** Called for every migration that was done, once all of them are committed. */
  readonly onMigration?: (migration: Migration) => void;
}

/** The database cannot be opened as it is: these migrations would have to be done first, and were not allowed. */
export class MigrationsPendingError extends SkeinError {
  override readonly name = 'MigrationsPendingError';
  readonly pending: readonly Migration[];
  /** Whether there is nothing of Skein's in the database yet. */
  readonly isEmpty: boolean;

  constructor(pending: readonly Migration[], isEmpty: boolean) {
    const count = pending.length === 1 ? '1 migration is' : `${pending.length} migrations are`;
    super(
      'unavailable',
      isEmpty
        ? 'There is no store in the database yet.'
        : `The database is of an older version of Skein: ${count} pending.`,
    );
    this.pending = pending;
    this.isEmpty = isEmpty;
  }
}

export const migrationModes: readonly MigrationMode[] = ['always', 'empty', 'never'];
