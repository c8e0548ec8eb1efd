import { SkeinError } from './error.ts';

/** One numbered step that brings a database's tables from one version to the next. */
export interface Migration {
  readonly number: number;
  /** What it does: `create threads`. */
  readonly name: string;
}

/**
 * What opening a database may do to its tables. `always` brings them to what this program declares;
 * `empty` creates them in an empty database but changes no older ones; `never` changes nothing.
 */
export type MigrationMode = 'always' | 'empty' | 'never';

/** How an engine with tables migrates them. */
export interface MigrationOptions {
  /** Default `always`. A migration that is not allowed throws `MigrationsPendingError`. */
  readonly migrate?: MigrationMode;
  /** Called for each migration done, once all of them are committed. */
  readonly onMigration?: (migration: Migration) => void;
}

/** The database cannot be opened: it needs these migrations, which the options do not allow. */
export class MigrationsPendingError extends SkeinError {
  override readonly name = 'MigrationsPendingError';
  readonly pending: readonly Migration[];
  /** Whether the database holds nothing of Skein's yet. */
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
