import type { TypedTable } from '../records/table.ts';
import {
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
  type ChangeRow,
  type CheckpointCopyRow,
  type CheckpointElementRow,
  type CheckpointLogRow,
  type CheckpointRow,
  type CheckpointWriteRow,
  type ChunkRow,
  type ComparisonRow,
  type CopyRow,
  type CredentialRow,
  type DocumentPathRow,
  type DocumentRow,
  type DocumentVectorRow,
  type EdgeRow,
  type ForkRow,
  type ItemRow,
  type OverlayRow,
  type RequestRow,
  type RunRow,
  type ScopeRow,
  type StreamRow,
  type TagRow,
  type TaskRow,
  type ThreadRow,
  type VoteRow,
} from '../records/tables.ts';

/** The rows of every table of the store, by the table's name. */
export interface StoredRows {
  readonly copies: CopyRow;
  readonly threads: ThreadRow;
  readonly items: ItemRow;
  readonly overlays: OverlayRow;
  readonly changes: ChangeRow;
  readonly edges: EdgeRow;
  readonly tags: TagRow;
  readonly scopes: ScopeRow;
  readonly forks: ForkRow;
  readonly requests: RequestRow;
  readonly tasks: TaskRow;
  readonly credentials: CredentialRow;
  readonly streams: StreamRow;
  readonly runs: RunRow;
  readonly chunks: ChunkRow;
  readonly comparisons: ComparisonRow;
  readonly votes: VoteRow;
  readonly checkpoints: CheckpointRow;
  readonly checkpoint_copies: CheckpointCopyRow;
  readonly checkpoint_elements: CheckpointElementRow;
  readonly checkpoint_logs: CheckpointLogRow;
  readonly checkpoint_writes: CheckpointWriteRow;
  readonly documents: DocumentRow;
  readonly document_paths: DocumentPathRow;
  readonly document_vectors: DocumentVectorRow;
}

export type TableName = keyof StoredRows;

/** The declarations that the tables of both dialects are made from. */
export const declaredTables: { readonly [Name in TableName]: TypedTable<StoredRows[Name]> } = {
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
  checkpoints,
  checkpoint_copies: checkpointCopies,
  checkpoint_elements: checkpointElements,
  checkpoint_logs: checkpointLogs,
  checkpoint_writes: checkpointWrites,
  documents,
  document_paths: documentPaths,
  document_vectors: documentVectors,
};
