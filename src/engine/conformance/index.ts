/**
 * The conformance suite of the engine contract: what an engine must pass before anything is built
 * on it.
 * @module
 */
export { conformance } from './conformance.ts';
export type { ConformanceOptions, TestContext, TestFunction } from './conformance.ts';
export type { Subject } from './subject.ts';
