/**
 * The in-memory engine, for tests and demos: fast, complete, and gone with the process.
 * @module
 */
export { memory } from './memory-engine.ts';
export type { MemoryConfig } from './memory-config.ts';
