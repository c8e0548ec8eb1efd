/**
 * Every table of the store and the type of its rows. A table is declared once, in a file of
 * `tables/`; a new file is one line here, and `all-tables.ts` and everything that goes through all
 * tables follow. Engines derive their keys, indexes and columns from these declarations. Ids are
 * persisted and never reused for another table or index. Export only tables and types.
 *
 * Recency lists are ordered by `listedAt`, the time of the last commit truncated to the second, so
 * that a hot thread moves in its lists at most once a second (DESIGN, section 5). Ties are ordered
 * by id.
 */
export * from './tables/ask-tables.ts';
export * from './tables/checkpoint-tables.ts';
export * from './tables/comparison-tables.ts';
export * from './tables/copy-tables.ts';
export * from './tables/document-tables.ts';
export * from './tables/feedback-tables.ts';
export * from './tables/inbox-tables.ts';
export * from './tables/item-tables.ts';
export * from './tables/participant-tables.ts';
export * from './tables/reaction-tables.ts';
export * from './tables/run-tables.ts';
export * from './tables/share-tables.ts';
export * from './tables/stream-tables.ts';
export * from './tables/system-tables.ts';
export * from './tables/thread-tables.ts';
export * from './tables/user-tables.ts';
