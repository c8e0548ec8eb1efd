import type { LevelIterator } from './level-database.ts';

/** The first `countMax` entries of an iterator, which is closed then. */
export async function takeEntries<Entry>(
  iterator: LevelIterator<Entry>,
  countMax: number,
): Promise<Entry[]> {
  try {
    let entries = await iterator.nextv(countMax);
    while (entries.length < countMax) {
      const more = await iterator.nextv(countMax - entries.length);
      if (more.length === 0) break;
      entries = entries.concat(more);
    }
    return entries;
  } finally {
    await iterator.close();
  }
}

/** The entries of one step of an iterator, at most `countMax` and about as many bytes as it holds at once. */
export async function takeStep<Entry>(
  iterator: LevelIterator<Entry>,
  countMax: number,
): Promise<Entry[]> {
  try {
    return await iterator.nextv(countMax);
  } finally {
    await iterator.close();
  }
}
