import { MemoryLevel } from 'memory-level';
import type { Engine } from '../../engine/engine.ts';
import { lsm } from '../../engines/lsm/index.ts';
import { memory } from '../../engines/memory/index.ts';

/** The engines that the HTTP suite runs on: a new, empty one each time. */
export const enginesForTesting: readonly (readonly [name: string, create: () => Engine])[] = [
  ['memory', () => memory()],
  ['lsm over memory-level', () => lsm({ store: new MemoryLevel() })],
];
