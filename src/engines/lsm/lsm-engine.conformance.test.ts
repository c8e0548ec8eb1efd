import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import { conformance, type Subject } from '../../engine/conformance/index.ts';
import type { Engine } from '../../engine/engine.ts';
import { testOfEngine } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { lsm } from './lsm-engine.ts';
import { temporaryFolder } from '../../../test/support/engines/lsm/temporary-folder.ts';

const test = testOfEngine('lsm');
const capabilities = { atomicAcrossPartitions: true, shared: false };

conformance({
  name: 'lsm, classic-level',
  test,
  capabilities: { ...capabilities, durable: true },
  factory: classicSubject,
});

// A tiny buffer spreads the rows over many tables, and no row is cached.
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

/**
 * A crash leaves the files as they are: the next engine gets a copy, the crashed one keeps its own.
 */
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
      copyAtOneMoment(pathOf(generation), pathOf(generation + 1));
      generation++;
    },
    destroy: async () => {
      for (const engine of crashed) await engine.close();
      await folder.remove();
    },
  };
}

/**
 * LevelDB compacts on its own thread. A copy made while the files changed matches no moment, so it
 * is made again. The log may grow meanwhile: a crash may cut it anywhere.
 */
function copyAtOneMoment(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    const before = filesOf(from);
    const isCopied = tryCopy(from, to);
    if (isCopied && filesOf(from) === before) return;
    if (attempt === 1000) throw new Error('The database never stood still.');
    rmSync(to, { recursive: true, force: true });
  }
}

function tryCopy(from: string, to: string): boolean {
  try {
    cpSync(from, to, { recursive: true });
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** The tables and the manifest with their sizes: they change when a compaction begins or ends. */
function filesOf(folder: string): string {
  const sizes = readdirSync(folder)
    .filter((name) => !name.endsWith('.log') && !name.startsWith('LO'))
    .map((name) => `${name} ${statSync(join(folder, name), { throwIfNoEntry: false })?.size}`);
  return sizes.toSorted().join('\n');
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
