import type { Column, Index, Table } from '../../engine/engine.ts';
import { SkeinError } from '../../shared/error.ts';

/**
 * A table's declaration as the database remembers it, as JSON under `table:NAME` of `skein_meta`.
 * The migrations of this and of later programs compare their own declarations with it.
 */
export interface TableRecord {
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  readonly parent?: string;
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

export function recordOf({ columns, key, parent, indexes }: Table): TableRecord {
  return {
    columns,
    key,
    ...(parent === undefined ? {} : { parent }),
    indexes: Object.fromEntries(indexes.map((index) => [index.name, recordOfIndex(index)])),
  };
}

function recordOfIndex({ columns, requires = [] }: Index): readonly string[] {
  return [...columns, ...requires.map((column) => `${column} required`)];
}

/** The steps that make a table match its declaration. */
export interface TableChange {
  readonly isNew: boolean;
  readonly columns: readonly string[];
  readonly indexes: readonly string[];
}

/**
 * Throws `unavailable` if a newer program made the database, or if it cannot become what is
 * declared.
 */
export function compareTable(table: Table, recorded: TableRecord | undefined): TableChange {
  const declared = recordOf(table);
  const columns = Object.keys(declared.columns);
  const indexes = Object.keys(declared.indexes);
  if (recorded === undefined) return { isNew: true, columns, indexes };
  const added = columns.filter((name) => recorded.columns[name] === undefined);
  if (Object.keys(recorded.columns).some((name) => declared.columns[name] === undefined)) {
    throw newerError(`its table ${table.name} has columns that this program does not know`);
  }
  const isSame =
    columns.every((name) => isCompatible(declared.columns[name]!, recorded.columns[name])) &&
    sameJson([declared.key, declared.parent], [recorded.key, recorded.parent]) &&
    indexes.every((name) =>
      sameJson(declared.indexes[name], recorded.indexes[name] ?? declared.indexes[name]),
    );
  if (!isSame) {
    throw new SkeinError(
      'unavailable',
      `The database's table ${table.name} differs from this program's declaration, and adding columns cannot mend it.`,
    );
  }
  const missing = indexes.filter((name) => recorded.indexes[name] === undefined);
  return { isNew: false, columns: added, indexes: missing };
}

export function newerError(why: string): SkeinError {
  return new SkeinError(
    'unavailable',
    `The database was made by a newer version of Skein: ${why}. Update this program.`,
  );
}

/** A column added later must be optional: the existing rows do not have it. */
function isCompatible(declared: Column, recorded: Column | undefined): boolean {
  if (recorded === undefined) return declared.optional === true;
  return (
    declared.type === recorded.type && (declared.optional ?? false) === (recorded.optional ?? false)
  );
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
