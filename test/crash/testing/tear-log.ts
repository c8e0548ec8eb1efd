import { appendFile, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';

/** Leaves a torn write at the end of LevelDB's newest log, as a crash of the machine may. */
export async function tearLog(
  directory: string,
  random: SeededRandom,
  kind: 'bytes' | 'half a record',
): Promise<void> {
  const logs = (await readdir(directory)).filter((name) => name.endsWith('.log')).toSorted();
  const path = join(directory, logs.at(-1)!); // the names are numbers of six digits
  await appendFile(path, kind === 'bytes' ? randomBytes(random) : await halfARecord(path));
}

function randomBytes(random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(300) }, () => random.below(256));
}

/** The header of the log's first record (checksum, length, type) and the first half of what it announces. */
async function halfARecord(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(7);
    const { bytesRead } = await file.read(header, 0, 7, 0);
    if (bytesRead < 7) return Buffer.from([1, 2, 3, 4, 0xff, 0x10, 1]); // an empty log: a header alone
    const half = Buffer.alloc(7 + (header.readUInt16LE(4) >> 1));
    await file.read(half, 0, half.length, 0);
    return half;
  } finally {
    await file.close();
  }
}
