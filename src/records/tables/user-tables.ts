import type { JsonObject } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { anyJson, int, optional, string, timestamp } from './columns.ts';

/** A user of a project, of whom more is known than the id. */
export type UserRow = {
  readonly projectId: string;
  readonly id: string;
  readonly displayName?: string | undefined;
  readonly avatarUrl?: string | undefined;
  readonly kind: string;
  readonly responder?: string | undefined;
  readonly metadata: JsonObject;
  /** The name and picture of the last token that had another one than the token before. */
  readonly claimed?: JsonObject | undefined;
  /** When that token was issued, if it said so. */
  readonly claimedAt?: number | undefined;
  readonly version: number;
};

export const users: TypedTable<UserRow, 'users'> = declareTable({
  name: 'users',
  id: 38,
  columns: {
    projectId: string,
    id: string,
    displayName: optional(string),
    avatarUrl: optional(string),
    kind: string,
    responder: optional(string),
    metadata: anyJson,
    claimed: optional(anyJson),
    claimedAt: optional(timestamp),
    version: int,
  },
  key: ['projectId', 'id'],
  partition: 2,
  indexes: [{ name: 'byProject', id: 1, columns: ['projectId', 'id'], partition: 1 }],
});
