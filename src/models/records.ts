import type { PostgresTables } from '../database/postgres-tables.ts';

/** A row as a select returns it, in both dialects; a missing value is `null`. */
export type RecordOf<Name extends keyof PostgresTables> = PostgresTables[Name]['$inferSelect'];

export type ThreadRecord = RecordOf<'threads'>;
export type ItemRecord = RecordOf<'items'>;
export type EdgeRecord = RecordOf<'edges'>;
export type StreamRecord = RecordOf<'streams'>;

/** The tables that model calls read and write. */
export type ModelName = 'threads' | 'items' | 'edges' | 'streams';

/** The columns that name a row. */
export const keyColumns: KeyColumns = {
  threads: ['id'],
  items: ['threadId', 'id'],
  edges: ['threadId', 'fromItemId', 'toItemId', 'type'],
  streams: ['threadId', 'id'],
};

interface KeyColumns {
  readonly threads: readonly ['id'];
  readonly items: readonly ['threadId', 'id'];
  readonly edges: readonly ['threadId', 'fromItemId', 'toItemId', 'type'];
  readonly streams: readonly ['threadId', 'id'];
}

export type KeyOf<Name extends ModelName> = Pick<
  RecordOf<Name>,
  KeyColumns[Name][number] & keyof RecordOf<Name>
>;

export type ThreadKey = KeyOf<'threads'>;
export type ItemKey = KeyOf<'items'>;
export type EdgeKey = KeyOf<'edges'>;
export type StreamKey = KeyOf<'streams'>;
