/**
 * Every table of the store. Engines make their keys, indexes and columns from these declarations; the
 * ids are persisted and never given to another table or index.
 *
 * Recency lists are ordered by `listedAt`, the time of the last commit cut to the second, so that a hot
 * thread moves in its lists at most once a second (DESIGN, section 5); ties are ordered by id.
 */
import type { TypedTable } from './table.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
} from './tables/checkpoint-tables.ts';
import { comparisons, votes } from './tables/comparison-tables.ts';
import { copies } from './tables/copy-tables.ts';
import { documentPaths, documents, documentVectors } from './tables/document-tables.ts';
import { changes, edges, items, overlays } from './tables/item-tables.ts';
import { chunks, runs } from './tables/run-tables.ts';
import { streams } from './tables/stream-tables.ts';
import { credentials, requests, tasks } from './tables/system-tables.ts';
import { forks, scopes, tags, threads } from './tables/thread-tables.ts';

export type { Ancestor, ForkRow, ScopeRow, TagRow, ThreadRow } from './tables/thread-tables.ts';
export type {
  CheckpointAncestor,
  CheckpointCopyRow,
  CheckpointElementRow,
  CheckpointLogRow,
  CheckpointRow,
  CheckpointWriteRow,
  PackedColumns,
} from './tables/checkpoint-tables.ts';
export type { ComparisonRow, VoteRow } from './tables/comparison-tables.ts';
export { copyId, type CopyRow } from './tables/copy-tables.ts';
export type { DocumentPathRow, DocumentRow, DocumentVectorRow } from './tables/document-tables.ts';
export type { ChangeRow, EdgeRow, ItemRow, OverlayRow } from './tables/item-tables.ts';
export type { ChunkRow, RunRow } from './tables/run-tables.ts';
export type { StreamRow } from './tables/stream-tables.ts';
export type { CredentialRow, RequestRow, TaskRow } from './tables/system-tables.ts';
export {
  changes,
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
  chunks,
  comparisons,
  copies,
  credentials,
  documentPaths,
  documents,
  documentVectors,
  edges,
  forks,
  items,
  overlays,
  requests,
  runs,
  scopes,
  streams,
  tags,
  tasks,
  threads,
  votes,
};

export const allTables: readonly TypedTable<unknown>[] = [
  copies,
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
  runs,
  chunks,
  comparisons,
  votes,
  documents,
  documentPaths,
  documentVectors,
  checkpointLogs,
  checkpoints,
  checkpointElements,
  checkpointWrites,
  checkpointCopies,
];

/** The tables whose rows lie under a thread's id and go with it, heads apart. */
export const threadTables: readonly TypedTable<unknown>[] = [
  items,
  overlays,
  changes,
  edges,
  tags,
  forks,
  streams, // before their chunks, so that no late writer adds to what is gone
  chunks,
  runs,
  comparisons, // before their votes, likewise
  votes,
  checkpointLogs,
  checkpoints,
  checkpointElements,
  checkpointWrites,
  checkpointCopies,
];
