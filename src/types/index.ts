/**
 * The types of the store's nouns and their fixed values, without any code: for pages, workers and
 * other programs that only name them.
 * @module
 */
export type * from '../api/project-api.ts';
export { edgeTypes as EDGE_TYPES } from '../api/edge.ts';
export { roles as ROLES } from '../api/item.ts';
export { streamStatuses as STREAM_STATUSES } from '../api/stream.ts';
export { threadVisibilities as VISIBILITY } from '../api/thread.ts';
export type { ThreadVisibility as Visibility } from '../api/thread.ts';
