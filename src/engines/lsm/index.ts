/**
 * The embedded default engine: a log-structured merge tree, on disk with LevelDB or in any
 * abstract-level database.
 * @module
 */
export { lsm } from './lsm-engine.ts';
export type { LsmDatabaseOptions, LsmDirectoryOptions, LsmOptions } from './lsm-config.ts';
export type { AnyLevelDatabase, LevelSnapshot, LevelSupports } from './level-database.ts';
