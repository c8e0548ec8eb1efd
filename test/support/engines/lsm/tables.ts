import type { Commit, Put, Row, Table } from '../../../../src/engine/engine.ts';
import type { JsonValue } from '../../../../src/shared/json.ts';

/** Versioned, so its rows are cached. Rows without a rank are not in the index. */
export const notes: Table = {
  name: 'notes',
  id: 1,
  columns: {
    noteId: { type: 'string' },
    ownerId: { type: 'string' },
    rank: { type: 'int', optional: true },
    version: { type: 'int' },
    body: { type: 'json', optional: true },
  },
  key: ['noteId'],
  partition: 1,
  indexes: [{ name: 'byOwner', id: 1, columns: ['ownerId', 'rank'] }],
};

/** Not versioned: its rows are always read from the database. */
export const lines: Table = {
  name: 'lines',
  id: 2,
  columns: {
    noteId: { type: 'string' },
    number: { type: 'int' },
    tag: { type: 'string', optional: true },
    body: { type: 'json', optional: true },
  },
  key: ['noteId', 'number'],
  partition: 1,
  indexes: [{ name: 'byTag', id: 1, columns: ['noteId', 'tag'] }],
};

export const tables: readonly Table[] = [notes, lines];

export function note(noteId: string, version: number, columns: Row = {}): Row {
  return { noteId, ownerId: 'u', version, ...columns };
}

export function line(noteId: string, number: number, tag?: string, body?: JsonValue): Row {
  return { noteId, number, tag, body };
}

export function putNote(row: Row, replaces?: Row | null): Put {
  return replaces === undefined ? { table: notes, row } : { table: notes, row, replaces };
}

/** Advances a note from this version to the next, if it is at this version. */
export function step(noteId: string, version: number, columns: Row = {}): Commit {
  return {
    puts: [putNote(note(noteId, version + 1, columns))],
    expects: [{ table: notes, key: [noteId], version }],
  };
}
