import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import type { Engine } from '../../engine/engine.ts';
import { lsm } from '../../engines/lsm/index.ts';
import { memory } from '../../engines/memory/index.ts';

/** A place where an engine keeps its data; each `open` gives an engine that finds what the one before left. */
export interface EnginePlace extends AsyncDisposable {
  open(): Engine;
}

export const enginePlaces: readonly (readonly [
  name: string,
  create: () => Promise<EnginePlace>,
])[] = [
  ['memory', () => Promise.resolve(inMemory())],
  ['lsm in memory', () => Promise.resolve(inMemoryLevel())],
  ['lsm on disk', onDisk],
];

function inMemory(): EnginePlace {
  const engine = memory();
  return { open: () => engine, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function inMemoryLevel(): EnginePlace {
  const store = new MemoryLevel<string, string>({ storeEncoding: 'view' });
  return { open: () => lsm({ store }), [Symbol.asyncDispose]: () => store.close() };
}

async function onDisk(): Promise<EnginePlace> {
  const path = await mkdtemp(join(tmpdir(), 'skein-'));
  return {
    open: () => lsm({ path }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
