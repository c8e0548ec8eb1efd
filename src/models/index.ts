/**
 * The many-first model layer: read the store's tables with Drizzle conditions, and write them by
 * the store's own rules. Needs drizzle-orm.
 * @module
 */
export { createDatabase } from './database.ts';
export type { Conditions, Database, DatabaseOptions, DrizzleDatabase } from './database.ts';
export { deleteEdges, insertEdges, selectEdges, updateEdges } from './edges.ts';
export type { EdgeInsert, EdgePatch } from './edges.ts';
export type { WriteOptions } from './find-targets.ts';
export { deleteItems, insertItems, selectItems, updateItems } from './items.ts';
export type { ItemInsert, ItemPatch } from './items.ts';
export type {
  EdgeKey,
  EdgeRecord,
  ItemKey,
  ItemRecord,
  StreamKey,
  StreamRecord,
  ThreadKey,
  ThreadRecord,
} from './records.ts';
export type { OrderColumn, SelectOptions } from './select-rows.ts';
export { deleteStreams, insertStreams, selectStreams, updateStreams } from './streams.ts';
export type { StreamInsert, StreamPatch } from './streams.ts';
export { deleteThreads, insertThreads, selectThreads, updateThreads } from './threads.ts';
export type { ThreadInsert } from './threads.ts';
