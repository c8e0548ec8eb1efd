/**
 * Every table of the store. Engines make their keys, indexes and columns from these declarations; the
 * ids are persisted and never given to another table or index.
 *
 * Recency lists are ordered by `listedAt`, the time of the last commit cut to the second, so that a hot
 * thread moves in its lists at most once a second (DESIGN, section 5); ties are ordered by id.
 */
import type { TypedTable } from './table.ts';
import { changes, edges, items, overlays } from './tables/item-tables.ts';
import { streams } from './tables/stream-tables.ts';
import { credentials, requests, tasks } from './tables/system-tables.ts';
import { forks, scopes, tags, threads } from './tables/thread-tables.ts';

export type { Ancestor, ForkRow, ScopeRow, TagRow, ThreadRow } from './tables/thread-tables.ts';
export type { ChangeRow, EdgeRow, ItemRow, OverlayRow } from './tables/item-tables.ts';
export type { StreamRow } from './tables/stream-tables.ts';
export type { CredentialRow, RequestRow, TaskRow } from './tables/system-tables.ts';
export {
  changes,
  credentials,
  edges,
  forks,
  items,
  overlays,
  requests,
  scopes,
  streams,
  tags,
  tasks,
  threads,
};

export const allTables: readonly TypedTable<unknown>[] = [
  threads,
  items,
  overlays,
  changes,
  edges,
  tags,
  scopes,
  forks,
  requests,
  tasks,
  credentials,
  streams,
];

/** The tables whose rows lie under a thread's id and go with it, heads apart. */
export const threadTables: readonly TypedTable<unknown>[] = [
  items,
  overlays,
  changes,
  edges,
  tags,
  forks,
  streams,
];
