import { open } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem, release, type } from 'node:os';
import { join } from 'node:path';
import { createTemporaryFolder } from './cleanup.ts';
import { median } from './statistics.ts';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /**
   * The median time to make 16 KiB durable in the folder of the bench, in ms. Near 0 it is not a
   * disk.
   */
  readonly syncMs: number;
}

export async function describeMachine(folder: string): Promise<Machine> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    syncMs: await measureSync(folder),
  };
}

async function measureSync(parent: string): Promise<number> {
  await using folder = await createTemporaryFolder(parent);
  const file = await open(join(folder.path, 'sync'), 'w');
  try {
    const block = new Uint8Array(16 * 1024);
    const timesMs: number[] = [];
    for (let i = 0; i < 100; i++) {
      await file.writeFile(block);
      const startMs = performance.now();
      await file.datasync();
      timesMs.push(performance.now() - startMs);
    }
    return median(timesMs);
  } finally {
    await file.close();
  }
}

export function machineText(machine: Machine): string {
  const gigabytes = Math.round(machine.memoryBytes / 1024 ** 3);
  return (
    `${machine.cores} cores (${machine.processor}), ${gigabytes} GiB, ${machine.system}, Node ${machine.node}, ` +
    `fdatasync of 16 KiB ${machine.syncMs.toFixed(2)} ms`
  );
}
