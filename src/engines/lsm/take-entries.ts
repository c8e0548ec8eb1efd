import type { LevelIterator } from './level-database.ts';
import { addNativeWeight } from './native-weight.ts';

/**
 * The first `countMax` entries of an iterator, or fewer if their characters exceed `sizeMax`; none
 * only at its end. Closes the iterator then.
 */
export async function takeEntries<Entry extends string | [string, string]>(
  iterator: LevelIterator<Entry>,
  countMax: number,
  sizeMax: number = Number.POSITIVE_INFINITY,
): Promise<Entry[]> {
  try {
    let entries: Entry[] = [];
    let size = 0;
    while (entries.length < countMax && size < sizeMax) {
      const count = Math.min(countMax - entries.length, stepCountMax);
      const step = await iterator.nextv(count);
      if (step.length === 0) break;
      const stepSize = sizeOf(step);
      addNativeWeight(iterator, stepSize + count * slotBytes);
      entries = entries.length === 0 ? step : entries.concat(step);
      size += stepSize;
    }
    return entries;
  } finally {
    await iterator.close();
  }
}

function sizeOf(entries: readonly (string | [string, string])[]): number {
  let size = 0;
  for (const entry of entries) {
    size += typeof entry === 'string' ? entry.length : entry[0].length + entry[1].length;
  }
  return size;
}

/**
 * LevelDB: an iterator keeps what it read last until it is collected, so it reads long pages in
 * several steps of this size. A typical page takes one.
 */
export const highWaterMarkBytes: number = 256 * 1024;
const stepCountMax = 250;
/** Bytes that LevelDB reserves for each entry, besides its content. */
const slotBytes = 64;
