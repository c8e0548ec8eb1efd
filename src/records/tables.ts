/**
 * Every table of the store and the type of its rows. A table is declared once, in a file of
 * `tables/`, and a new file is one line here: `all-tables.ts` and everything that goes through all
 * tables follow. Engines make their keys, indexes and columns from these declarations; the ids are
 * persisted and never given to another table or index. Nothing but tables and types may be
 * exported.
 *
 * Recency lists are ordered by `listedAt`, the time of the last commit cut to the second, so that a
 * hot thread moves in its lists at most once a second (DESIGN, section 5); ties are ordered by id.
 */
export * from './tables/checkpoint-tables.ts';
export * from './tables/comparison-tables.ts';
export * from './tables/copy-tables.ts';
export * from './tables/document-tables.ts';
export * from './tables/item-tables.ts';
export * from './tables/run-tables.ts';
export * from './tables/stream-tables.ts';
export * from './tables/system-tables.ts';
export * from './tables/thread-tables.ts';
