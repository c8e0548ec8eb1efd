import { cpSync } from 'node:fs';
import { test } from 'vitest';
import { MemoryLevel } from 'memory-level';
import { conformance, type Subject } from '../../engine/conformance/index.ts';
import type { Engine } from '../../engine/engine.ts';
import { lsm } from './lsm-engine.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const capabilities = { atomicAcrossPartitions: true, shared: false };

conformance({
  name: 'lsm, classic-level',
  test,
  capabilities: { ...capabilities, durable: true },
  factory: classicSubject,
});

// A tiny buffer, so that rows are spread over many tables, and no cache of rows.
conformance({
  name: 'lsm, classic-level, small buffer',
  test,
  capabilities: { ...capabilities, durable: true },
  factory: () => classicSubject({ writeBufferSizeBytes: 64 * 1024, rowCacheEntriesMax: 0 }),
});

conformance({
  name: 'lsm, memory-level',
  test,
  capabilities: { ...capabilities, durable: false },
  factory: () => {
    const store = new MemoryLevel();
    return { open: () => lsm({ store }), reopen: () => lsm({ store }), destroy: () => {} };
  },
});

/** A crash leaves the files as they are: the next engine gets a copy of them, the crashed one keeps its own. */
async function classicSubject(options: object = {}): Promise<Subject> {
  const folder = await temporaryFolder();
  let generation = 0;
  const crashed: Engine[] = [];
  const pathOf = (number: number): string => folder.pathOf(`data${number}`);
  let current: Engine;
  const open = (): Engine => (current = lsm({ ...options, path: pathOf(generation) }));
  return {
    open,
    reopen: open,
    crash: () => {
      crashed.push(current);
      cpSync(pathOf(generation), pathOf(generation + 1), { recursive: true });
      generation++;
    },
    destroy: async () => {
      for (const engine of crashed) await engine.close();
      await folder.remove();
    },
  };
}
