import type { Edge, Item, Thread } from '../store-types.ts';

/**
 * The lines of Skein's own file format, in their order; see `docs/formats/jsonl.md`.
 *
 *   file   = *thread
 *   thread = thread-line *item-line *edge-line end-line
 */
export type JsonlLine =
  | { readonly type: 'thread'; readonly format: typeof jsonlFormat; readonly thread: Thread }
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'edge'; readonly edge: Edge }
  | { readonly type: 'end'; readonly items: number; readonly edges: number };

/** Rises when a reader of the previous number would lose something. */
export const jsonlFormat = 1;
