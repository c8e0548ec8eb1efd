import type { CheckpointSource } from './checkpoint-source.ts';
import { openPostgresSource } from './open-postgres-source.ts';
import { openSqliteSource } from './open-sqlite-source.ts';

/** Where the checkpoints to import are. */
export type SourceLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'server'; readonly url: string; readonly schema?: string };

/**
 * Opens what one of LangGraph's own savers has written, and changes nothing in it. Throws
 * `unavailable` if it is missing or something else, or if a package that reads it is not installed.
 */
export function openSource(location: SourceLocation): Promise<CheckpointSource> {
  return location.kind === 'file' ? openSqliteSource(location.path) : openPostgresSource(location);
}
