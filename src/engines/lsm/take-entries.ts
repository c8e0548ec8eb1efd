import type { LevelIterator } from './level-database.ts';
import { addNativeWeight } from './native-weight.ts';

/**
 * The first `countMax` entries of an iterator, or fewer if their characters exceed `charactersMax`;
 * none only at its end. Closes the iterator then.
 */
export async function takeEntries<Entry extends string | [string, string]>(
  iterator: LevelIterator<Entry>,
  countMax: number,
  charactersMax: number = Number.POSITIVE_INFINITY,
): Promise<Entry[]> {
  try {
    let entries: Entry[] = [];
    let characters = 0;
    while (entries.length < countMax && characters < charactersMax) {
      const count = Math.min(countMax - entries.length, stepCountMax);
      const step = await iterator.nextv(count);
      if (step.length === 0) break;
      const stepCharacters = charactersOf(step);
      addNativeWeight(iterator, stepCharacters + count * slotBytes);
      entries = entries.length === 0 ? step : entries.concat(step);
      characters += stepCharacters;
    }
    return entries;
  } finally {
    await iterator.close();
  }
}

function charactersOf(entries: readonly (string | [string, string])[]): number {
  let characters = 0;
  for (const entry of entries) {
    characters += typeof entry === 'string' ? entry.length : entry[0].length + entry[1].length;
  }
  return characters;
}

/**
 * LevelDB: an iterator keeps what it read last until it is collected, so it reads long pages in
 * several steps of this size. A typical page takes one.
 */
export const highWaterMarkBytes: number = 256 * 1024;
const stepCountMax = 250;
/** Bytes that LevelDB reserves for each entry, besides its content. */
const slotBytes = 64;
