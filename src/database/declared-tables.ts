import type { TypedTable } from '../records/table.ts';
import {
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
  type ChangeRow,
  type CredentialRow,
  type EdgeRow,
  type ForkRow,
  type ItemRow,
  type OverlayRow,
  type RequestRow,
  type ScopeRow,
  type StreamRow,
  type TagRow,
  type TaskRow,
  type ThreadRow,
} from '../records/tables.ts';

/** The rows of every table of the store, by the table's name. */
export interface StoredRows {
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
}

export type TableName = keyof StoredRows;

/** The declarations that the tables of both dialects are made from. */
export const declaredTables: { readonly [Name in TableName]: TypedTable<StoredRows[Name]> } = {
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
};
