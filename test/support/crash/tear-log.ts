import { appendFile, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';

/**
 * What a crash of the machine may leave at the end of a log: arbitrary bytes, or the beginning of a
 * record.
 */
export type Tear = 'bytes' | 'half a record';

/** Leaves a torn write at the end of LevelDB's newest log. */
export async function tearLevelLog(
  directory: string,
  random: SeededRandom,
  kind: Tear,
): Promise<void> {
  const logs = (await readdir(directory)).filter((name) => name.endsWith('.log')).toSorted();
  const path = join(directory, logs.at(-1)!); // the names are numbers of six digits
  await appendFile(path, kind === 'bytes' ? randomBytes(random) : await halfALevelRecord(path));
}

/** Leaves a torn write at the end of SQLite's write-ahead log. */
export async function tearSqliteLog(
  databasePath: string,
  random: SeededRandom,
  kind: Tear,
): Promise<void> {
  const path = `${databasePath}-wal`;
  await appendFile(path, kind === 'bytes' ? randomBytes(random) : await halfASqliteFrame(path));
}

function randomBytes(random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(300) }, () => random.below(256));
}

/**
 * The header of the log's first record (checksum, length, type) and the first half of its content.
 */
async function halfALevelRecord(path: string): Promise<Uint8Array> {
  const header = Buffer.from(await readStart(path, 7));
  // The log is empty: tear a header.
  if (header.length < 7) return Buffer.from([1, 2, 3, 4, 0xff, 0x10, 1]);
  return readStart(path, 7 + (header.readUInt16LE(4) >> 1));
}

/**
 * The first frame, after the log's header of 32 bytes: its own header of 24 and half of its page.
 */
async function halfASqliteFrame(path: string): Promise<Uint8Array> {
  const header = Buffer.from(await readStart(path, 32));
  if (header.length < 32) return header; // an empty log
  const pageBytes = header.readUInt32BE(8);
  return (await readStart(path, 32 + 24 + (pageBytes >> 1))).subarray(32);
}

/** The file's first bytes, up to `length`. */
async function readStart(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
